//! The command line: what clap parses, and the groups of options that several subcommands share.

use clap::builder::Resettable;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// ACPI tables, initrd overrides, and the memory zones Linux will make of them.
#[derive(Debug, Parser)]
#[command(name = "acpihp", version, propagate_version = false, max_term_width = 100)]
#[command(infer_long_args = false, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The whole command line, with the words of [`super::pages`] in its long help.
pub fn command() -> clap::Command {
    super::pages::PAGES.iter().fold(Cli::command(), |command, page| match page.command {
        "" => page.help_of(command),
        name => command.mut_subcommand(name, |sub| page.help_of(sub)),
    })
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the tables of this machine, a file or a dump, and what they say
    Dump(Lazy<super::dump::DumpArgs>),
    /// Make the archive that replaces tables, in front of an initrd if wanted
    MkinitrdOverride(Lazy<super::mkinitrd_override::MkinitrdOverrideArgs>),
    /// Say whether Linux will accept tables, archives and initrds, and whether they are right
    Check(Lazy<super::check::CheckArgs>),
    /// Show step by step which tables end up installed, and why
    Simulate(Lazy<super::simulate::SimulateArgs>),
    /// Show which memory goes to which node and zone, and why
    Plan(Lazy<super::plan::PlanArgs>),
    /// Save what the other commands need of this machine, without secrets
    Capture(Lazy<super::capture::CaptureArgs>),
    /// Show what is in an initrd or a unified kernel image, and what the kernel will see of it
    Inspect(Lazy<super::inspect::InspectArgs>),
    /// Make a table from its source: iasl's data-table language, or the JSON of dump
    Build(Lazy<super::build::BuildArgs>),
    /// Print the source of a new table to start from
    Template(Lazy<super::template::TemplateArgs>),
    /// Change exactly the fields that are named in a table, and show what comes of it
    Edit(Lazy<super::edit::EditArgs>),
    /// Show what differs between two tables, dumps or machines, and what that does to nodes and zones
    Diff(Lazy<super::diff::DiffArgs>),
    /// Say whether the last override was seen, accepted and applied, and whether the boot did as predicted
    Doctor(Lazy<super::doctor::DoctorArgs>),
    /// Explain a finding: what it means, why, where it is written, how to mend it
    Explain(Lazy<super::explain::ExplainArgs>),
    /// Print the completion script of a shell
    Completions(Lazy<super::generate::CompletionsArgs>),
    /// Print the manual page of acpihp or of a subcommand
    Man(Lazy<super::generate::ManArgs>),
}

/// The options of a subcommand, which clap only gets to know when that subcommand is the one: a program that starts in
/// a millisecond has no time to describe all the others.
#[derive(Debug)]
pub struct Lazy<T>(pub T);

impl<T: Args> Args for Lazy<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        // The words about the subcommand stand at its variant; those at its options would come too late here.
        command.defer(|command| {
            let (about, long_about) = (command.get_about().cloned(), command.get_long_about().cloned());
            T::augment_args(command).about(Resettable::from(about)).long_about(Resettable::from(long_about))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<T: FromArgMatches> FromArgMatches for Lazy<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Lazy)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches_mut(matches).map(Lazy)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// How to print a result: for people or for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
}

/// `--format` and `-J`, where text and JSON are all there is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How to print the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_default_value = true)]
    pub format: Format,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format")]
    pub json: bool,
}

impl OutputArgs {
    /// The format that was asked for.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// The machine: where its tables, memory map and kernel release are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// A copy of the machine's /proc and /sys: a folder or a tar archive of one [default: /]
    #[arg(long, value_name = "DIR|TAR", value_hint = clap::ValueHint::AnyPath, conflicts_with = "sample")]
    pub sysroot: Option<PathBuf>,
    /// Take the tables from a file, a folder or - instead
    #[arg(long, value_name = "SRC", value_hint = clap::ValueHint::AnyPath)]
    pub from: Option<PathBuf>,
    /// A machine that acpihp carries itself; `list` shows them
    #[arg(long, value_name = "NAME")]
    pub sample: Option<String>,
}

/// The boot to predict: what the next boot changes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Boot to predict")]
pub struct BootArgs {
    /// Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: the
    /// machine's]
    #[arg(long, value_name = "RELEASE|IMAGE", value_hint = clap::ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// The kernel's configuration [default: that of the image, or the one that is installed for the release]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Kernel command line [default: the machine's]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub cmdline: Option<String>,
    /// The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and
    /// command line then hold too
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "override_tables")]
    pub initrd: Option<PathBuf>,
    /// The profile of the unified kernel image
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub profile: usize,
    /// Tables to override: short for an archive of them
    #[arg(long = "override", id = "override_tables", value_name = "TABLE", num_args = 1.., value_hint = clap::ValueHint::FilePath)]
    pub override_tables: Vec<PathBuf>,
    /// As if the kernel were locked down for another reason than its command line (Secure Boot)
    #[arg(long)]
    pub lockdown: bool,
    /// The kernel's log of an earlier boot of that machine (dmesg, journal text, or gzip of it)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub dmesg: Option<PathBuf>,
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
