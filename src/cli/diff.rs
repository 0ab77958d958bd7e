//! `acpihp diff`: what differs between two tables, dumps or machines.

use super::args::{DetailArgs, KernelArgs, LineArgs, TakeArgs};
use super::map::{MapArgs, MapFormat, MapOutput};
use super::{Exit, boot, settings};
use crate::app::diff::{self, DiffRequest};
use crate::report::picture::svg;
use crate::report::{self, diff as text};
use crate::sink;
use std::path::PathBuf;

/// Options of `acpihp diff`.
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// A table, a dump, an initrd, or a machine: a root, a capture, a folder
    #[arg(value_name = "A", value_hint = clap::ValueHint::AnyPath)]
    pub before: PathBuf,
    /// What to compare it with
    #[arg(value_name = "B", value_hint = clap::ValueHint::AnyPath)]
    pub after: PathBuf,
    /// The kernel that nodes and zones of both are predicted for.
    #[command(flatten)]
    pub kernel: KernelArgs,
    #[command(flatten)]
    pub line: LineArgs,
    #[command(flatten)]
    pub listing: TakeArgs,
    #[command(flatten)]
    pub map: MapArgs,
    #[command(flatten)]
    pub output: MapOutput,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

/// Why two sources have no maps.
const NO_MAP: &str = "maps are of two machines whose memory or whose SRAT, SLIT or CEDT differs";

pub(super) fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let format = args.output.format()?;
    let detail = args.detail.of(format == MapFormat::Text)?;
    settings::standard_input_once([&args.before, &args.after])?;
    let view = diff::run(&DiffRequest {
        before: args.before.clone(),
        after: args.after.clone(),
        boot: boot::next(&args.kernel, &args.line),
        take: args.listing.take(),
    })?;
    let look = args.map.look_in(&args.output);
    for note in &view.notes {
        sink::note(&note.text());
    }
    let maps = format.drawn(view.maps.as_deref(), NO_MAP)?;
    args.output.write(|out| match (format, maps) {
        (MapFormat::Json, _) => report::json(out, &view),
        (_, Some([before, after])) => svg::pair(out, [("before", before), ("after", after)]),
        (_, None) => text::write(out, &view, look, detail),
    })?;
    Ok(if view.is_different() { Exit::Findings } else { Exit::Fine })
}
