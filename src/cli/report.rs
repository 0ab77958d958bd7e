//! `acpihp report`: a prediction as one HTML file.

use super::args::{BootArgs, DetailArgs, Format, MachineArgs};
use super::boot::{listed_samples, options};
use super::{Exit, UsageError, map, scenario};
use crate::app::boot::BootRequest;
use crate::app::compare::Contender;
use crate::app::kernel;
use crate::app::report::{self as app, ReportRequest};
use crate::foreign::Foreign;
use crate::report::page;
use crate::report::picture::headline;
use crate::report::text::Detail;
use crate::sink::{self, How, Output};
use crate::source::display;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Options of `acpihp report`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("verbose", |arg| arg.conflicts_with(clap::builder::Resettable::Reset)))]
pub(super) struct ReportArgs {
    /// The file to write; - is standard output
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub machine: MachineArgs,
    /// The boot; --kernel takes two with a comma between, to compare them
    #[command(flatten)]
    pub boot: BootArgs,
    /// Show this boot beside one with OPTIONS, such as '--append movable_node --kernel 6.12'; or A,B, two kernels
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub compare: Option<String>,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine.tree, Format::Text)? {
        return Ok(Exit::Fine);
    }
    let path = match &args.output {
        None if io::stdout().is_terminal() => {
            let what = "a report is for a browser and not for a terminal: name a file with -o report.html";
            return Err(UsageError(what.to_owned()).into());
        }
        None => Path::new("-"),
        Some(path) => path,
    };
    let detail = args.detail.detail();
    let (boot, compare) = boots(args)?;
    // Found before the work is done, so that a mistake in the name costs nothing.
    let output = Output::open(path)?;
    let is_stream = output.is_stream();
    let command = std::iter::once(Foreign::from("acpihp"))
        .chain(std::env::args_os().skip(1).map(|word| Foreign::from(word.as_os_str())))
        .collect();
    // Of two kernels the first one.
    let mut kernel = args.boot.kernel.clone();
    kernel.release.kernel.clone_from(&boot.kernel);
    let named = options(&args.machine, &kernel, &args.boot.line);
    let busy = sink::Busy::new("predicting the boot");
    let report =
        app::run(&ReportRequest { machine: args.machine.request(), boot, compare, options: named, command })?;
    drop(busy);
    output.write(How::default(), |out| page::write(out, &report))?;
    if detail == Detail::Quiet {
        return Ok(Exit::Fine);
    }
    map::paint(is_stream);
    sink::tell(is_stream, |out| {
        writeln!(out, "{}: written: {}", display(path), headline(&report.plan.totals))?;
        if detail == Detail::Verbose { page::summary(out, &report) } else { Ok(()) }
    })?;
    Ok(Exit::Fine)
}

/// The boot that is reported on, and both where one is beside it.
fn boots(args: &ReportArgs) -> Result<(BootRequest, Option<[Contender; 2]>), UsageError> {
    let mut boot = args.boot.request()?;
    let (kernel, other) = kernel::two(boot.kernel.take().as_deref())?;
    boot.kernel = kernel;
    let compare = match (&args.compare, other) {
        (None, None) => None,
        (Some(text), None) => Some(scenario::two("--compare", text, &args.boot)?),
        (None, Some(kernel)) => {
            let contender = |boot| Contender { boot, ..Contender::default() };
            let other = BootRequest { kernel: Some(kernel), ..boot.clone() };
            Some([contender(boot.clone()), contender(other)])
        }
        (Some(_), Some(_)) => {
            let why =
                "--compare and two kernels of --kernel name three boots; --compare A,B compares two kernels";
            return Err(UsageError(why.to_owned()));
        }
    };
    Ok((boot, compare))
}
