//! `acpihp sample`: the machines that acpihp carries, and the files of the tutorial.

use super::Exit;
use super::args::{DetailArgs, Format, OutputArgs};
use crate::app::sample::{self, SampleRequest};
use crate::report;
use crate::report::text::Detail;
use crate::sink;
use std::path::PathBuf;

/// Options of `acpihp sample`.
#[derive(Debug, clap::Args)]
pub(super) struct SampleArgs {
    /// The sample: a machine, or the files of the tutorial [default: list all]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Write its files into this folder, which is made where it does not exist
    #[arg(short = 'o', long = "output", value_name = "DIR", value_hint = clap::ValueHint::DirPath, requires = "name")]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &SampleArgs) -> anyhow::Result<Exit> {
    let detail = args.detail.of(args.output.format() == Format::Text)?;
    let view = sample::run(&SampleRequest {
        name: args.name.as_deref(),
        folder: args.folder.as_deref(),
        with_files: detail == Detail::Verbose,
    })?;
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &view),
        Format::Text => report::sample::text(out, &view, detail),
    })?;
    Ok(Exit::Fine)
}
