//! `acpihp diff`: what differs between two tables, dumps or machines.

use super::args::{Format, OutputArgs, RulesArgs, TakeArgs};
use super::{Exit, settings};
use crate::app::boot::BootRequest;
use crate::app::diff::{self, Request};
use crate::report::{self, diff as text};
use crate::sink;
use std::io::Write;
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
    /// Kernel release for nodes and zones, such as 6.1 or 6.12.111, or its image [default: that of B, or the newest known]
    #[arg(long, value_name = "RELEASE|IMAGE", value_hint = clap::ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// That kernel's configuration [default: that of the image or of B]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Whose rules it follows.
    #[command(flatten)]
    pub rules: RulesArgs,
    /// Kernel command line for the zones of two machines [default: that of B]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub cmdline: Option<String>,
    /// Words to add to that command line; -NAME takes an option away
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub append: Vec<String>,
    /// Show every difference
    #[arg(short, long)]
    pub verbose: bool,
    /// Listings.
    #[command(flatten)]
    pub listing: TakeArgs,
    /// The output.
    #[command(flatten)]
    pub format: OutputArgs,
}

/// Runs the subcommand.
pub fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    settings::standard_input_once([&args.before, &args.after])?;
    let view = diff::run(&Request {
        before: args.before.clone(),
        after: args.after.clone(),
        boot: BootRequest {
            kernel: args.kernel.clone(),
            config: args.config.clone(),
            rules_of: args.rules.rules_of.clone(),
            command_line: args.cmdline.clone(),
            append: args.append.clone(),
            ..BootRequest::default()
        },
        take: args.listing.take(),
    })?;
    for note in &view.notes {
        let _ = writeln!(std::io::stderr(), "acpihp: note: {note}");
    }
    sink::stdout(|out| match args.format.format() {
        Format::Json => report::json(out, &view),
        Format::Text => text::write(out, &view, args.verbose),
    })?;
    Ok(if view.is_different() { Exit::Findings } else { Exit::Fine })
}
