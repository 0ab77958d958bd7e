//! L4: arguments to checked values, and one file per subcommand.

mod advise;
pub mod args;
mod boot;
mod build;
mod capture;
mod check;
pub mod commands;
mod diff;
mod doctor;
mod dump;
mod edit;
mod explain;
pub mod generate;
mod inspect;
mod map;
mod mkinitrd_override;
mod pages;
mod plan;
mod removable;
mod report;
mod sample;
mod scenario;
mod settings;
mod simulate;
mod template;
mod whereis;

pub use crate::app::{AbsentError, UsageError};
use crate::budget;
use crate::bytes::escape;
use crate::sink::{self, SinkError};
use crate::source::{SourceError, own_memory};
use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// The exit statuses, the same for every subcommand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Fine.
    Fine = 0,
    /// Findings at or above `--fail-on`, or something was refused.
    Findings = 1,
    /// The command line is wrong.
    Usage = 2,
    /// An input cannot be read or is no ACPI data, or output cannot be written.
    Unreadable = 3,
    /// What was asked for is not there.
    Absent = 4,
}

/// What each exit status means, for help and man pages.
pub const EXIT_STATUSES: [(Exit, &str); 5] = [
    (Exit::Fine, "fine; also when the reader of the output stops reading"),
    (Exit::Findings, "findings at or above --fail-on, differences, or what the kernel would refuse"),
    (Exit::Usage, "the command line is wrong"),
    (Exit::Unreadable, "an input cannot be read or is not ACPI data, or the output cannot be written"),
    (Exit::Absent, "the table, sample or code asked for is not there"),
];

/// Runs the program on the process's arguments and gives its exit status.
pub fn main() -> ExitCode {
    budget::open(own_memory::anonymous, over_budget);
    let words = scenario::joined(std::env::args_os());
    // The words of the long help are put together only for those who ask for it.
    let matches = parse(commands::needed(words.get(1).map(OsString::as_os_str)), &words).or_else(|error| {
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                parse(commands::command(), &words)
            }
            _ => Err(error),
        }
    });
    let ran = matches.and_then(|matches| {
        map::paint(false);
        commands::run(&matches)
    });
    match ran {
        Ok(Ok(exit)) => ExitCode::from(exit as u8),
        Ok(Err(error)) => {
            let _ = writeln!(std::io::stderr(), "acpihp: {error:#}");
            ExitCode::from(status_of(&error) as u8)
        }
        Err(error) => not_run(&error),
    }
}

/// Prints help, the version or a mistake on the command line, and gives the exit status.
fn not_run(error: &clap::Error) -> ExitCode {
    // Help and version go to standard output with status 0, mistakes to standard error with 2.
    if let (false, Err(closed)) = (error.use_stderr(), sink::closed()) {
        let _ = writeln!(std::io::stderr(), "acpihp: {closed}");
        return ExitCode::from(Exit::Unreadable as u8);
    }
    if error.use_stderr() {
        let _ = write!(std::io::stderr(), "{}", as_others(error));
        return ExitCode::from(Exit::Usage as u8);
    }
    match error.print() {
        Err(failed) if failed.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(std::io::stderr(), "acpihp: {}", SinkError::Stdout(failed));
            ExitCode::from(Exit::Unreadable as u8)
        }
        _ => ExitCode::from(Exit::Fine as u8),
    }
}

/// Ends the run where a stage without errors of its own asked for more memory than a run may take.
fn over_budget(error: budget::Exceeded) -> ! {
    let _ = writeln!(std::io::stderr(), "acpihp: {error}");
    std::process::exit(Exit::Unreadable as i32)
}

fn parse(mut command: clap::Command, words: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let parsed = command.try_get_matches_from_mut(words);
    // It is needed once, and to free its many parts takes a tenth of a short run.
    std::mem::forget(command);
    parsed.map_err(harmless)
}

/// A mistake on the command line, beginning as all errors do.
fn as_others(error: &clap::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("error: ").map_or_else(|| text.clone(), |rest| format!("acpihp: {rest}"))
}

/// A mistake on the command line, with what stands there escaped.
fn harmless(mut error: clap::Error) -> clap::Error {
    let escaped = |text: &String| escape(text.as_bytes()).into_owned();
    let known: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(escaped(text)))),
            ContextValue::Strings(texts) => {
                Some((kind, ContextValue::Strings(texts.iter().map(escaped).collect())))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in known {
        error.insert(kind, value);
    }
    error
}

/// The exit status that an error stands for.
fn status_of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if cause.is::<UsageError>() {
            return Exit::Usage;
        }
        let is_absent = matches!(cause.downcast_ref(), Some(SourceError::Absent { .. }));
        if is_absent || cause.is::<AbsentError>() {
            return Exit::Absent;
        }
        if matches!(cause.downcast_ref(), Some(SourceError::Disagreement { .. })) {
            return Exit::Findings;
        }
        if cause.is::<SourceError>() || cause.is::<SinkError>() {
            return Exit::Unreadable;
        }
    }
    Exit::Unreadable
}
