//! The groups of options that several subcommands share.

use super::UsageError;
use crate::report::text::Detail;
use crate::sink;
use crate::table::source::Take;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How to print a result: for people or for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
}

impl Format {
    /// JSON where it is asked for, else text.
    pub fn of(is_json: bool) -> Format {
        if is_json { Format::Json } else { Format::Text }
    }
}

/// What a command can print its result as.
pub trait OutputFormat: ValueEnum + Copy + Default + Send + Sync + 'static {
    /// What `-J` is short for.
    const JSON: Self;
}

impl OutputFormat for Format {
    const JSON: Format = Format::Json;
}

/// `--format` and `-J`; text and JSON, where there is no more.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs<F: OutputFormat = Format> {
    /// How to print the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_default_value = true)]
    pub format: F,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format")]
    pub json: bool,
}

impl<F: OutputFormat> OutputArgs<F> {
    /// The format that was asked for.
    pub fn format(&self) -> F {
        if self.json { F::JSON } else { self.format }
    }
}

/// `-q` and `-v`.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct DetailArgs {
    /// Only the bare result, warnings and errors; no notes, no progress
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More: what is only worth knowing, what is cut short otherwise, and what the answer was made from
    #[arg(short, long, conflicts_with = "json")]
    pub verbose: bool,
}

impl DetailArgs {
    /// How much is printed; notes are left out from here on where little is.
    pub fn detail(self) -> Detail {
        if self.quiet {
            sink::hush();
        }
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }

    /// The same of what text is only one format of.
    ///
    /// # Errors
    /// [`UsageError`] for `-v` with another format: that has all there is already.
    pub fn of(self, is_text: bool) -> Result<Detail, UsageError> {
        match self.verbose && !is_text {
            true => Err(UsageError("-v is for text; other formats have all there is".to_owned())),
            false => Ok(self.detail()),
        }
    }
}

/// `--take`, where listings are read.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct TakeArgs {
    /// For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data
    #[arg(long, value_name = "PART", value_enum)]
    pub take: Option<TakePart>,
}

/// The two parts of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TakePart {
    /// The lines with the fields
    Decoded,
    /// The raw table data below them
    Raw,
}

impl TakeArgs {
    /// What counts in a listing whose parts disagree.
    pub fn take(&self) -> Option<Take> {
        self.take.map(|part| match part {
            TakePart::Decoded => Take::Decoded,
            TakePart::Raw => Take::Raw,
        })
    }
}

/// The machine's tree: where its tables, memory map and kernel release are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Machine")]
pub struct TreeArgs {
    /// The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes
    /// [default: /]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath, conflicts_with = "sample")]
    pub sysroot: Option<PathBuf>,
    /// Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub from: Option<PathBuf>,
    /// A machine that acpihp carries itself; `list` shows them
    #[arg(long, value_name = "NAME")]
    pub sample: Option<String>,
}

/// The machine, with its log and what says the order of its tables.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Its tree.
    #[command(flatten)]
    pub tree: TreeArgs,
    /// The kernel's log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its
    /// root]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    pub dmesg: Option<PathBuf>,
    /// Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a
    /// memory map]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, requires = "dmesg")]
    pub boot: Option<i64>,
    /// Tables that come first in its root table, by name or file, where neither a root table nor a log says it
    #[arg(long, value_name = "TABLE,...", value_delimiter = ',')]
    pub root_order: Vec<String>,
    /// Listings.
    #[command(flatten)]
    pub listing: TakeArgs,
}

/// The kernel's release, and whose rules it follows.
#[derive(Debug, Clone, Default, Args)]
pub struct ReleaseArgs {
    /// Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of
    /// the machine or image in question, else the newest known]
    #[arg(long, value_name = "RELEASE|IMAGE", value_hint = clap::ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// Use the rules of another release, such as the one whose memory management a distribution backported
    #[arg(long, value_name = "RELEASE")]
    pub rules_of: Option<String>,
}

/// The kernel, and how it is built.
#[derive(Debug, Clone, Default, Args)]
pub struct KernelArgs {
    /// The kernel itself.
    #[command(flatten)]
    pub release: ReleaseArgs,
    /// That kernel's configuration [default: that of the image, or the one that is installed for the release]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
}

/// The kernel's command line.
#[derive(Debug, Clone, Default, Args)]
pub struct CmdlineArgs {
    /// Kernel command line of the boot [default: that of the machine, log or image in question]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub cmdline: Option<String>,
}

/// The kernel's command line, and what changes in it.
#[derive(Debug, Clone, Default, Args)]
pub struct LineArgs {
    /// The line.
    #[command(flatten)]
    pub line: CmdlineArgs,
    /// Words to add to that command line; -NAME takes an option away
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub append: Vec<String>,
}

/// Who starts a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Loader {
    /// Firmware, and a boot loader
    Firmware,
    /// kexec_file_load of the kernel that runs (kexec -s)
    Kexec,
}

/// The boot to predict: what the next boot changes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Boot to predict")]
pub struct BootArgs {
    /// The kernel.
    #[command(flatten)]
    pub kernel: KernelArgs,
    /// Its command line.
    #[command(flatten)]
    pub line: LineArgs,
    /// The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and
    /// command line then hold too
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "override_tables")]
    pub initrd: Option<PathBuf>,
    /// The profile of the unified kernel image
    #[arg(long, value_name = "NUMBER")]
    pub profile: Option<usize>,
    /// Tables to override: short for an archive of them
    #[arg(long = "override", id = "override_tables", value_name = "TABLE", num_args = 1.., value_hint = clap::ValueHint::FilePath)]
    pub override_tables: Vec<PathBuf>,
    /// Assume lockdown (as with Secure Boot) even if the command line does not ask for it
    #[arg(long)]
    pub lockdown: bool,
    /// Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]
    #[arg(long, value_name = "LOADER", value_enum)]
    pub loader: Option<Loader>,
    /// Where that boot keeps the kernel image, in bytes, end exclusive
    #[arg(long, value_name = "START-END")]
    pub kernel_at: Option<String>,
    /// Where that boot keeps the initrd
    #[arg(long, value_name = "START-END")]
    pub initrd_at: Option<String>,
    /// Memory that firmware keeps in two copies, where no log shows EFI's memory map (kernelcore=mirror)
    #[arg(long, value_name = "START-END")]
    pub mirrored: Vec<String>,
    /// Memory that is reserved before the SRAT is read, with a name for it
    #[arg(long, value_name = "START-END[=NAME]")]
    pub reserve: Vec<String>,
}
