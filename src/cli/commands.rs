//! The command line: the subcommands, as clap parses them.

use clap::builder::Resettable;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

/// ACPI tables, initrd overrides, and the memory zones Linux will make of them.
#[derive(Debug, Parser)]
#[command(name = "acpihp", version, propagate_version = false, max_term_width = 80)]
#[command(infer_long_args = false, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The whole command line, with the words of [`super::pages`] in its long help.
pub fn command() -> clap::Command {
    let paged = super::pages::PAGES.iter().fold(Cli::command(), |command, page| match page.command {
        "" => page.help_of(command),
        name => command.mut_subcommand(name, |sub| page.help_of(sub)),
    });
    super::pages::grouped(paged)
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
    /// Find the smallest change that meets wishes about memory: marks of the SRAT, command line
    Advise(Lazy<super::advise::AdviseArgs>),
    /// Show which memory can go offline now, what holds the rest, and what would help
    Removable(Lazy<super::removable::RemovableArgs>),
    /// Show what is at a physical address: node, zone, memory block, and who reserved it
    Where(Lazy<super::whereis::WhereArgs>),
    /// Write a prediction as one HTML page: map, nodes, what is in the way, the kernel's log
    Report(Lazy<super::report::ReportArgs>),
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
    /// List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder
    Sample(Lazy<super::sample::SampleArgs>),
    /// Explain a finding: what it means, why, where it is written, how to fix it
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
