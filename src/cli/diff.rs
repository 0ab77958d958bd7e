//! `acpihp diff`: what differs between two tables, dumps or machines.

use super::args::{DetailArgs, Format, KernelArgs, LineArgs, OutputArgs, TakeArgs};
use super::map::MapArgs;
use super::{Exit, boot, settings};
use crate::app::diff::{self, DiffRequest};
use crate::report::{self, diff as text};
use crate::sink;
use std::path::PathBuf;

/// Options of `acpihp diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// A table, a dump, an initrd, or a machine: a root, a capture, a folder
    #[arg(value_name = "A", value_hint = clap::ValueHint::AnyPath)]
    pub before: PathBuf,
    /// What to compare it with
    #[arg(value_name = "B", value_hint = clap::ValueHint::AnyPath)]
    pub after: PathBuf,
    /// The kernel that nodes and zones of both are predicted for.
    #[command(flatten)]
    pub kernel: KernelArgs,
    /// Its command line.
    #[command(flatten)]
    pub line: LineArgs,
    /// Listings.
    #[command(flatten)]
    pub listing: TakeArgs,
    /// The maps.
    #[command(flatten)]
    pub map: MapArgs,
    /// The output.
    #[command(flatten)]
    pub format: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

/// Runs the subcommand.
pub fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let detail = args.detail.detail();
    settings::standard_input_once([&args.before, &args.after])?;
    let view = diff::run(&DiffRequest {
        before: args.before.clone(),
        after: args.after.clone(),
        boot: boot::next(&args.kernel, &args.line),
        take: args.listing.take(),
    })?;
    for note in &view.notes {
        sink::note(&note.text());
    }
    sink::stdout(|out| match args.format.format() {
        Format::Json => report::json(out, &view),
        Format::Text => text::write(out, &view, args.map.look(), detail),
    })?;
    Ok(if view.is_different() { Exit::Findings } else { Exit::Fine })
}
