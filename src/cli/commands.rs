//! The command line: one table of the subcommands, what clap parses of them, and what they do.

use super::{
    Exit, advise, build, capture, check, diff, doctor, dump, edit, explain, generate, inspect,
    mkinitrd_override, pages, plan, removable, report, sample, simulate, template, whereis,
};
use clap::builder::Resettable;
use clap::{ArgMatches, Args, FromArgMatches};
use std::ffi::OsStr;

/// A subcommand.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    /// Adds its options. clap calls this only when the subcommand is the one that is asked for: a program that starts in a
    /// millisecond has no time to describe the options of all the others.
    options: fn(clap::Command) -> clap::Command,
    run: fn(&ArgMatches) -> Result<anyhow::Result<Exit>, clap::Error>,
}

/// The table: a name, the type of its options, what runs with them, and a line about it.
macro_rules! subcommands {
    ($($name:literal = $args:ty, $run:expr, $about:literal;)*) => {
        const SUBCOMMANDS: &[Subcommand] = &[$(Subcommand {
            name: $name,
            about: $about,
            options: options::<$args>,
            run: |matches| {
                let args = <$args>::from_arg_matches(matches)?;
                let run: fn(&$args) -> anyhow::Result<Exit> = $run;
                Ok(run(&args))
            },
        }),*];
    };
}

subcommands! {
    "dump" = dump::DumpArgs, dump::run,
        "Show the tables of this machine, a file or a dump, and what they say";
    "mkinitrd-override" = mkinitrd_override::MkinitrdOverrideArgs, mkinitrd_override::run,
        "Make the archive that replaces tables, in front of an initrd if wanted";
    "check" = check::CheckArgs, check::run,
        "Say whether Linux will accept tables, archives and initrds, and whether they are right";
    "simulate" = simulate::SimulateArgs, simulate::run,
        "Show step by step which tables end up installed, and why";
    "plan" = plan::PlanArgs, plan::run,
        "Show which memory goes to which node and zone, and why";
    "advise" = advise::AdviseArgs, advise::run,
        "Find the smallest change that meets wishes about memory: marks of the SRAT, command line";
    "removable" = removable::RemovableArgs, removable::run,
        "Show which memory can go offline now, what holds the rest, and what would help";
    "where" = whereis::WhereArgs, whereis::run,
        "Show what is at a physical address: node, zone, memory block, and who reserved it";
    "report" = report::ReportArgs, report::run,
        "Write a prediction as one HTML page: map, nodes, what is in the way, the kernel's log";
    "capture" = capture::CaptureArgs, capture::run,
        "Save what the other commands need of this machine, without secrets";
    "inspect" = inspect::InspectArgs, inspect::run,
        "Show what is in an initrd or a unified kernel image, and what the kernel will see of it";
    "build" = build::BuildArgs, build::run,
        "Make a table from its source: iasl's data-table language, or the JSON of dump";
    "template" = template::TemplateArgs, template::run,
        "Print the source of a new table to start from";
    "edit" = edit::EditArgs, edit::run,
        "Change exactly the fields that are named in a table, and show what comes of it";
    "diff" = diff::DiffArgs, diff::run,
        "Show what differs between two tables, dumps or machines, and what that does to nodes and zones";
    "doctor" = doctor::DoctorArgs, doctor::run,
        "Say whether the last override was seen, accepted and applied, and whether the boot did as predicted";
    "sample" = sample::SampleArgs, sample::run,
        "List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder";
    "explain" = explain::ExplainArgs, explain::run,
        "Explain a finding: what it means, why, where it is written, how to fix it";
    "completions" = generate::CompletionsArgs, |args| generate::completions(args, &command()),
        "Print the completion script of a shell";
    "man" = generate::ManArgs, |args| generate::man(args, &command()),
        "Print the manual page of acpihp or of a subcommand";
}

/// The whole command line, with the words of `pages` in its long help.
pub fn command() -> clap::Command {
    let paged = pages::PAGES.iter().fold(plain(), |command, page| match page.command {
        "" => page.help_of(command),
        name => command.mut_subcommand(name, |sub| page.help_of(sub)),
    });
    pages::grouped(paged)
}

/// The command line with all subcommands, without the words of the long help.
pub(super) fn plain() -> clap::Command {
    program().subcommands(SUBCOMMANDS.iter().map(Subcommand::command))
}

/// What is needed to parse arguments that begin with `first`: where it names a subcommand, only that one.
pub fn needed(first: Option<&OsStr>) -> clap::Command {
    match SUBCOMMANDS.iter().find(|sub| first == Some(OsStr::new(sub.name))) {
        Some(sub) => program().subcommand(sub.command()),
        None => plain(),
    }
}

/// Runs the subcommand that was parsed.
///
/// # Errors
/// clap's, for values that no subcommand takes; inside, what the subcommand says.
pub fn run(matches: &ArgMatches) -> Result<anyhow::Result<Exit>, clap::Error> {
    let named = matches.subcommand().and_then(|(name, matches)| {
        let sub = SUBCOMMANDS.iter().find(|sub| sub.name == name)?;
        Some((sub, matches))
    });
    match named {
        Some((sub, matches)) => (sub.run)(matches),
        None => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
    }
}

fn program() -> clap::Command {
    clap::Command::new("acpihp")
        .version(env!("CARGO_PKG_VERSION"))
        .about("ACPI tables, initrd overrides, and the memory zones Linux will make of them")
        .max_term_width(80)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

impl Subcommand {
    fn command(&self) -> clap::Command {
        clap::Command::new(self.name).about(self.about).defer(self.options)
    }
}

fn options<T: Args>(command: clap::Command) -> clap::Command {
    // The words about the subcommand are in the table; those at the type of its options come too late here.
    let (about, long_about) = (command.get_about().cloned(), command.get_long_about().cloned());
    T::augment_args(command).about(Resettable::from(about)).long_about(Resettable::from(long_about))
}
