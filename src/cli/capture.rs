//! `acpihp capture`: everything that the other commands need of a machine, as one archive.

use super::args::{DetailArgs, Format, OutputArgs, TreeArgs};
use super::boot::listed_samples;
use super::{Exit, UsageError, settings};
use crate::app::capture::{self as app, CaptureRequest};
use crate::container::tar::TarContent;
use crate::report;
use crate::sink;
use crate::source::capture::{Capture, secrets::Kind};
use crate::source::display;
use clap::ValueEnum;
use flate2::{Compression, GzBuilder};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Options of `acpihp capture`.
#[derive(Debug, clap::Args)]
pub(super) struct CaptureArgs {
    /// Write to FILE, packed if it ends in gz; a folder if it ends in / [default: standard output, unless it is a terminal]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    pub output: Option<PathBuf>,
    /// What to take along that is left out otherwise
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    pub with: Vec<With>,
    #[command(flatten)]
    pub machine: TreeArgs,
    #[command(flatten)]
    pub format: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

/// What can be asked for beyond what is taken by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum With {
    /// Serial numbers: NFIT, PHAT, BDAT and BERT, DMI, MAC addresses, the names of displays and disks
    Serials,
    /// Licence keys: MSDM and SLIC
    Licences,
    /// Passwords and keys: iBFT, NBFT and their like, values of options, setup_data, event logs
    Secrets,
    /// Names of hosts, people, networks and disks, and options that are not known
    Names,
    /// All lines of the kernel's log, with what drivers say of their devices
    Log,
    /// Tables whose layout is not known, such as those of vendors, and those with more than numbers, whole
    Vendor,
    /// Texts in AML that are not known to be harmless, and tables whose AML cannot be followed
    Aml,
}

impl With {
    fn kind(self) -> Kind {
        match self {
            With::Serials => Kind::Serials,
            With::Licences => Kind::Licences,
            With::Secrets => Kind::Secrets,
            With::Names => Kind::Names,
            With::Log => Kind::Log,
            With::Vendor => Kind::Vendor,
            With::Aml => Kind::Aml,
        }
    }
}

pub(super) fn run(args: &CaptureArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine, args.format.format())? {
        return Ok(Exit::Fine);
    }
    let detail = args.detail.of(args.format.format() == Format::Text)?;
    let output = output(args)?;
    let mtime = settings::source_date_epoch()?.unwrap_or(0);
    let busy = sink::Busy::new("taking the capture");
    let (capture, mut report) = app::run(&CaptureRequest {
        machine: args.machine.request(),
        keep: args.with.iter().map(|with| with.kind()).collect(),
        output: output.into(),
    })?;
    let mut streamed = false;
    if is_folder(output) {
        folder(output, &capture)?;
    } else {
        let target = sink::Output::open(output)?;
        streamed = target.is_stream();
        let bytes = packed(output, capture.tar(mtime), mtime)?;
        report.length = Some(bytes.len() as u64);
        report.sha256 = Some(report::sha256(&bytes));
        // Much of it is shown to root only.
        let how = sink::How { private: true, durable: true, ..sink::How::default() };
        target.write(how, |out| out.write_all(&bytes))?;
    }
    drop(busy);
    sink::tell(streamed, |out| match args.format.format() {
        Format::Json => report::json(out, &report),
        Format::Text => report::capture::written(out, &report, detail),
    })?;
    if capture.lacks_tables {
        let _ =
            writeln!(io::stderr(), "acpihp: no ACPI table could be read: run as root (CAP_DAC_READ_SEARCH)");
        return Ok(Exit::Unreadable);
    }
    Ok(Exit::Fine)
}

/// Where the output goes: a file, a folder, or `-` for standard output.
fn output(args: &CaptureArgs) -> Result<&Path, UsageError> {
    match &args.output {
        Some(path) => Ok(path),
        None if args.format.format() == Format::Json => Err(UsageError("--format json needs -o FILE".into())),
        None if io::stdout().is_terminal() => {
            Err(UsageError("refusing to write an archive to a terminal: give -o FILE".into()))
        }
        None => Ok(Path::new("-")),
    }
}

fn is_folder(output: &Path) -> bool {
    output.as_os_str().as_encoded_bytes().ends_with(b"/") || output.is_dir()
}

/// The archive, packed with gzip where the output's name says so.
fn packed(output: &Path, archive: Option<Vec<u8>>, mtime: u32) -> anyhow::Result<Vec<u8>> {
    let archive = archive.ok_or_else(|| anyhow::anyhow!("a file's name is too long for an archive"))?;
    let name = output.as_os_str().as_encoded_bytes();
    if ![&b".gz"[..], b".tgz"].iter().any(|end| name.ends_with(end)) {
        return Ok(archive);
    }
    let mut packer = GzBuilder::new().mtime(mtime).write(Vec::new(), Compression::best());
    packer.write_all(&archive)?;
    Ok(packer.finish()?)
}

/// Writes the files below a folder, which must be new or empty.
fn folder(path: &Path, capture: &Capture) -> anyhow::Result<()> {
    let Some(folder) = sink::CaptureFolder::new(path)? else {
        return Err(UsageError(format!("-o {}: the folder is not empty", display(path))).into());
    };
    for (name, content) in capture.contents() {
        match content {
            TarContent::File(bytes) => folder.file(Path::new(name), bytes)?,
            TarContent::Link(target) => folder.link(Path::new(name), target)?,
        }
    }
    Ok(folder.finish()?)
}
