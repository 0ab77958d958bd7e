//! `acpihp inspect`: what is in an initrd or a unified kernel image, and what Linux sees of it.

use super::args::{DetailArgs, Format, OutputArgs, ReleaseArgs};
use super::{Exit, UsageError};
use crate::app::inspect::{self, InspectRequest};
use crate::boot::kernel::cmdline::memparse;
use crate::bytes::escape;
use crate::report::text::Detail;
use crate::source::display;
use crate::{report, sink};
use std::path::PathBuf;

/// Options of `acpihp inspect`.
#[derive(Debug, clap::Args)]
pub(super) struct InspectArgs {
    /// An initrd, an override archive or a unified kernel image; - is standard input
    #[arg(value_name = "IMG", value_hint = clap::ValueHint::FilePath)]
    pub image: PathBuf,
    /// Unpack what is compressed, to find tables in the wrong place and where the unpacker would fail
    #[arg(long)]
    pub deep: bool,
    /// The most that is unpacked of each compressed part, such as 512M
    #[arg(long, value_name = "SIZE", requires = "deep", default_value = "4G", hide_default_value = true)]
    pub limit: String,
    /// List the entries of large archives too
    #[arg(long)]
    pub entries: bool,
    /// The kernel whose rules apply.
    #[command(flatten)]
    pub release: ReleaseArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<Exit> {
    let detail = args.detail.of(args.output.format() == Format::Text)?;
    let busy = sink::Busy::new(&format!("reading {}", display(&args.image)));
    let view = inspect::run(&InspectRequest {
        image: args.image.clone(),
        deep: args.deep.then(|| limit(&args.limit)).transpose()?,
        entries: args.entries || detail == Detail::Verbose,
        kernel: args.release.kernel.clone(),
        rules_of: args.release.rules_of.clone(),
    })?;
    drop(busy);
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &view),
        Format::Text => report::inspect::write(out, &view, detail),
    })?;
    Ok(if view.errors > 0 { Exit::Findings } else { Exit::Fine })
}

/// `--limit`, in bytes.
fn limit(text: &str) -> Result<u64, UsageError> {
    match memparse(text) {
        (0, _) => None,
        (bytes, rest) => rest.is_empty().then_some(bytes),
    }
    .ok_or_else(|| {
        let text = escape(text.as_bytes());
        UsageError(format!("--limit {text}: expected a number of bytes, such as 512M"))
    })
}
