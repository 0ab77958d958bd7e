//! `acpihp mkinitrd-override`: tables to an archive, in front of an initrd if there is one.

use super::args::{DetailArgs, Format, KernelArgs, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::{Exit, UsageError, map, settings};
use crate::app::howto::Howto;
use crate::app::mkinitrd_override::{self as app, Against, OverrideRequest, Put};
use crate::report::text::Detail;
use crate::report::{self, model::mkinitrd_override::MkinitrdOverride};
use crate::sink::{self, Output};
use crate::source::display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Options of `acpihp mkinitrd-override`.
#[derive(Debug, clap::Args)]
pub(super) struct MkinitrdOverrideArgs {
    /// Binary tables, one a file, in the order that they are to have in the archive
    #[arg(value_name = "TABLE", required_unless_present_any = ["remove", "sample"], value_hint = clap::ValueHint::FilePath)]
    pub tables: Vec<PathBuf>,
    /// Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Put the archive in front of this initrd, after its microcode, or in the place of an earlier one
    #[arg(long, value_name = "IMG", value_hint = clap::ValueHint::FilePath)]
    pub initrd: Option<PathBuf>,
    /// Take the override archive out of IMG again
    #[arg(long, requires = "initrd", conflicts_with_all = ["tables", "against", "sysroot", "from", "sample", "dmesg", "kernel", "rules_of", "config"])]
    pub remove: bool,
    /// Compare with the tables of a second machine: a file, a folder or a copied root; none compares with nothing
    /// [default: the machine]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub against: Option<PathBuf>,
    /// Write the output even if the kernel would refuse tables in it or fail on it, or --remove leaves nothing
    #[arg(long)]
    pub force: bool,
    /// The kernel whose rules count.
    #[command(flatten)]
    pub kernel: KernelArgs,
    /// Show the lines with which the machine's boot loader loads the output, and how to take it out again
    #[arg(long, conflicts_with = "remove")]
    pub howto: bool,
    /// The machine whose tables are to be replaced, and whose boot loader --howto is about.
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub format: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &MkinitrdOverrideArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine.tree, args.format.format())? {
        return Ok(Exit::Fine);
    }
    if args.tables.is_empty() && !args.remove {
        return Err(UsageError("no table is named that the archive should have".to_owned()).into());
    }
    let detail = args.detail.of(args.format.format() == Format::Text)?;
    let path = output(args)?;
    let output = Output::open(path)?;
    let streamed = output.is_stream();
    let put = Put {
        output: path.to_owned(),
        initrd: args.initrd.clone(),
        force: args.force,
        howto: args.howto.then(|| howto(args)),
        mtime: settings::source_date_epoch()?.unwrap_or(0),
    };
    let busy = sink::Busy::new(&format!("writing {}", display(path)));
    let report = match (&args.initrd, args.remove) {
        (Some(initrd), true) => app::remove(&put, initrd, output)?,
        (None, true) => return Err(UsageError("--remove needs --initrd IMG".into()).into()),
        (_, false) => {
            let request = OverrideRequest {
                tables: args.tables.clone(),
                against: match args.against.as_deref() {
                    Some(path) if path.as_os_str() == "none" => Against::Nothing,
                    Some(path) => Against::Source(path.to_owned()),
                    None => Against::Machine,
                },
                kernel: args.kernel.release.kernel.clone(),
                config: args.kernel.config.clone(),
                rules_of: args.kernel.release.rules_of.clone(),
                machine: args.machine.request(),
                put,
            };
            app::run(&request, output)?
        }
    };
    drop(busy);
    tell(args.format.format(), &report, streamed, detail)
}

/// The machine that --howto is about.
fn howto(args: &MkinitrdOverrideArgs) -> Howto {
    let machine = args.machine.request();
    match &args.against {
        Some(path) if path.as_os_str() != "none" && !machine.is_named() => Howto::Source(path.clone()),
        _ => Howto::Machine(machine),
    }
}

/// Where the output goes: a file, or `-` for standard output.
fn output(args: &MkinitrdOverrideArgs) -> Result<&Path, UsageError> {
    let json = args.format.format() == Format::Json;
    let path = match &args.output {
        Some(path) => path.as_path(),
        None if json => return Err(UsageError("--format json needs -o FILE".into())),
        None if io::stdout().is_terminal() => {
            let what = if args.remove { "an initrd" } else { "an archive" };
            return Err(UsageError(format!("refusing to write {what} to a terminal: give -o FILE")));
        }
        None => Path::new("-"),
    };
    settings::standard_input_once(
        args.tables.iter().chain(&args.initrd).chain(&args.against).chain(args.machine.files()),
    )?;
    if let Some(same) = args.tables.iter().find(|table| settings::is_same_file(path, table)) {
        return Err(UsageError(format!("-o {}: this is one of the tables", display(same))));
    }
    Ok(path)
}

/// Reports an archive: on standard error when the output is a stream.
///
/// # Errors
/// [`sink::SinkError`].
pub(super) fn tell(
    format: Format,
    report: &MkinitrdOverride,
    streamed: bool,
    detail: Detail,
) -> anyhow::Result<Exit> {
    notes(report);
    let json = format == Format::Json;
    if !json {
        map::paint(true);
        let _ = report::mkinitrd_override::findings(&mut io::stderr().lock(), &report.findings, detail);
    }
    sink::tell(streamed, |out| match json {
        true => report::json(out, report),
        false if report.written && detail != Detail::Quiet => {
            report::mkinitrd_override::written(out, report, detail)
        }
        false => Ok(()),
    })?;
    Ok(status(report))
}

/// What is worth a line beside the report, on standard error.
pub(super) fn notes(report: &MkinitrdOverride) {
    report.notes.iter().for_each(|words| note(&words.text()));
}

/// The exit status, with lines on standard error where nothing was written.
pub(super) fn status(report: &MkinitrdOverride) -> Exit {
    if report.written {
        return Exit::Fine;
    }
    match report.errors {
        1 => note("nothing was written: 1 error"),
        errors => note(&format!("nothing was written: {errors} errors")),
    }
    report.advice.iter().for_each(|text| note(text));
    Exit::Findings
}

/// A line on standard error; whether anyone reads it does not matter.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "acpihp: {text}");
}
