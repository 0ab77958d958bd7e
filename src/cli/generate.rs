//! `acpihp completions` and `acpihp man`: scripts and pages generated from the one definition of the command line.

use super::pages::{self, GROUPS, PAGES, Page};
use super::{EXIT_STATUSES, Exit};
use crate::sink;
use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The page that explains words and rules, written by hand.
const CONCEPTS: &[u8] = include_bytes!("../../man/acpihp.7");

/// Options of `acpihp completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Whose script
    #[arg(value_name = "SHELL", value_enum, required_unless_present = "all")]
    pub shell: Option<Shell>,
    /// Write the scripts of all shells into a folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, conflicts_with = "shell")]
    pub all: Option<PathBuf>,
}

/// Options of `acpihp man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// A subcommand, or concepts [default: acpihp itself]
    #[arg(value_name = "COMMAND", value_parser = page_names(), hide_possible_values = true)]
    pub command: Option<String>,
    /// Write all pages into the folders man1 and man7 of a folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, conflicts_with = "command")]
    pub all: Option<PathBuf>,
}

/// A file that is generated: its name, and what is in it.
pub type Generated = (String, Vec<u8>);

/// Prints a completion script for `command`, the whole command line, or writes them all.
pub fn completions(args: &CompletionsArgs, command: &clap::Command) -> anyhow::Result<Exit> {
    match (&args.all, args.shell) {
        (Some(folder), _) => write_all(folder, completion_scripts(command))?,
        (None, Some(shell)) => sink::stdout(|out| out.write_all(&script(command, shell)))?,
        (None, None) => {}
    }
    Ok(Exit::Fine)
}

/// Prints a manual page about `command`, the whole command line, or writes them all.
pub fn man(args: &ManArgs, command: &clap::Command) -> anyhow::Result<Exit> {
    match (&args.all, args.command.as_deref()) {
        (Some(folder), _) => {
            let by_section = |(name, bytes): Generated| {
                let section = name.rsplit('.').next().unwrap_or_default();
                (format!("man{section}/{name}"), bytes)
            };
            write_all(folder, manual_pages(command)?.into_iter().map(by_section).collect())?;
        }
        (None, Some("concepts")) => sink::stdout(|out| out.write_all(CONCEPTS))?,
        (None, name) => {
            let page = pages::find(name.unwrap_or_default()).context("no such page")?;
            let text = manual_page(command, page)?;
            sink::stdout(|out| out.write_all(&text))?;
        }
    }
    Ok(Exit::Fine)
}

/// The completion scripts of all shells, under the names that shells and packagers expect.
pub fn completion_scripts(command: &clap::Command) -> Vec<Generated> {
    use clap_complete::Generator;
    let shells = [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh];
    shells.into_iter().map(|shell| (shell.file_name("acpihp"), script(command, shell))).collect()
}

/// All manual pages.
///
/// # Errors
/// What the writer of the pages says; memory takes everything.
pub fn manual_pages(command: &clap::Command) -> io::Result<Vec<Generated>> {
    let mut out = vec![("acpihp.7".to_owned(), CONCEPTS.to_owned())];
    for page in PAGES {
        out.push((format!("{}.1", page.title()), manual_page(command, page)?));
    }
    Ok(out)
}

fn page_names() -> PossibleValuesParser {
    let names = PAGES.iter().map(|page| page.command).filter(|name| !name.is_empty());
    PossibleValuesParser::new(names.chain(["concepts"]))
}

fn script(command: &clap::Command, shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command.clone(), "acpihp", &mut out);
    out
}

fn write_all(folder: &Path, files: Vec<Generated>) -> anyhow::Result<()> {
    let top = sink::Folder::make(folder)?;
    for (name, bytes) in files {
        let (parent, name) = name.rsplit_once('/').unwrap_or(("", &name));
        top.folder(Path::new(parent))?.file(name, |out| out.write_all(&bytes))?;
    }
    Ok(())
}

impl Page {
    /// The page's name, such as `acpihp-plan`.
    fn title(&self) -> String {
        if self.command.is_empty() { "acpihp".to_owned() } else { format!("acpihp-{}", self.command) }
    }
}

/// One manual page of section 1: what clap knows of the command, and what [`PAGES`] adds.
fn manual_page(command: &clap::Command, page: &Page) -> io::Result<Vec<u8>> {
    let mut root = command.clone();
    root.build();
    let mut this = match page.command {
        "" => root.clone(),
        name => root.find_subcommand(name).cloned().unwrap_or_default(),
    };
    let usage = this.render_usage().to_string();
    let about = about(&this);
    let mut out = Vec::new();
    // No date: the page of a version is always the same.
    let title = roff(&page.title().to_uppercase());
    writeln!(out, ".TH {title} 1 \"\" \"acpihp {}\" \"acpihp manual\"", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, ".SH NAME\n{} \\- {}", roff(&page.title()), roff(&uncapitalised(&about)))?;
    writeln!(out, ".SH SYNOPSIS\n{}", synopsis(usage.trim_start_matches("Usage:").trim()))?;
    writeln!(out, ".SH DESCRIPTION")?;
    for (number, paragraph) in page.description.iter().enumerate() {
        writeln!(out, "{}{}", if number == 0 { "" } else { ".PP\n" }, roff(paragraph))?;
    }
    if page.command.is_empty() {
        writeln!(out, ".SH COMMANDS")?;
        for (question, names) in GROUPS {
            writeln!(out, ".SS {}", roff(question))?;
            for sub in names.iter().filter_map(|name| subcommands(&root).find(|sub| sub.get_name() == *name))
            {
                let (name, about) = (roff(sub.get_name()), roff(&self::about(sub)));
                writeln!(out, ".TP\n.BR acpihp\\-{name} (1)\n{about}.")?;
            }
        }
    }
    arguments(&this, &mut out)?;
    writeln!(out, ".SH EXIT STATUS")?;
    for (exit, means) in EXIT_STATUSES {
        writeln!(out, ".TP\n.B {}\n{}", exit as u8, roff(means))?;
    }
    for (number, (does, line)) in page.examples.iter().enumerate() {
        writeln!(out, "{}", if number == 0 { ".SH EXAMPLES" } else { ".PP" })?;
        writeln!(out, "{}:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE", roff(does), roff(line))?;
    }
    for (heading, entries) in [("FILES", page.files), ("ENVIRONMENT", page.environment)] {
        match (entries, heading) {
            ([], "FILES") => writeln!(out, ".SH {heading}\nNone.")?,
            ([], _) => {}
            _ => writeln!(out, ".SH {heading}")?,
        }
        for (name, what) in entries {
            writeln!(out, ".TP\n.I {}\n{}", roff(name), roff(what))?;
        }
    }
    let mut see: Vec<String> = match page.command {
        "" => subcommands(&root).map(|sub| format!("acpihp-{}(1)", sub.get_name())).collect(),
        _ => vec!["acpihp(1)".to_owned(), "acpihp(7)".to_owned()],
    };
    see.extend(page.see_also.iter().map(|page| (*page).to_owned()));
    let see: Vec<String> = see
        .iter()
        .filter_map(|page| page.split_once('('))
        .map(|(name, section)| format!(".BR {} ({section}", roff(name)))
        .collect();
    writeln!(out, ".SH SEE ALSO\n{}", see.join(" ,\n"))?;
    Ok(folded(&String::from_utf8_lossy(&out)).into_bytes())
}

/// A page whose lines of text end at a blank within 80 columns, as mandoc wants them; what is shown as it stands, stays.
fn folded(page: &str) -> String {
    const WIDTH: usize = 80;
    let (mut out, mut is_filled) = (String::new(), true);
    for line in page.lines() {
        is_filled = match line {
            ".nf" => false,
            ".fi" => true,
            _ => is_filled,
        };
        if !is_filled || line.starts_with('.') {
            out += line;
            out.push('\n');
            continue;
        }
        let mut column = 0;
        for word in line.split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > WIDTH && !word.is_empty() {
                // What begins a line like a request is text.
                out += if word.starts_with(['.', '\'']) { "\n\\&" } else { "\n" };
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out += word;
            column += width;
        }
        out.push('\n');
    }
    out
}

/// The sections of arguments and options, as clap_mangen writes them, with the values that an option knows in its text.
fn arguments(this: &clap::Command, out: &mut Vec<u8>) -> io::Result<()> {
    let only = |positional: bool| {
        let shown = this.clone().mut_args(|arg| {
            let hidden = arg.is_hide_set() || arg.is_positional() != positional;
            with_values(arg).hide(hidden)
        });
        let mut text = Vec::new();
        clap_mangen::Man::new(shown).render_options_section(&mut text).map(|()| text)
    };
    if this.get_positionals().any(|arg| !arg.is_hide_set()) {
        let text = String::from_utf8_lossy(&only(true)?).replacen(".SH OPTIONS", ".SH ARGUMENTS", 1);
        out.write_all(text.as_bytes())?;
    }
    out.write_all(&only(false)?)
}

/// The argument with its possible values written out in its help.
fn with_values(arg: clap::Arg) -> clap::Arg {
    let values = arg.get_possible_values();
    if arg.is_hide_possible_values_set()
        || values.is_empty()
        || !arg.get_num_args().is_some_and(|n| n.takes_values())
    {
        return arg;
    }
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let named = |value: &clap::builder::PossibleValue| match value.get_help() {
        Some(help) => format!("{} ({})", value.get_name(), uncapitalised(&help.to_string())),
        None => value.get_name().to_owned(),
    };
    let values: Vec<String> = values.iter().filter(|value| !value.is_hide_set()).map(named).collect();
    arg.long_help(format!("{help}: {}", values.join(", "))).hide_possible_values(true)
}

/// The subcommands that have pages.
fn subcommands(root: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    root.get_subcommands().filter(|sub| sub.get_name() != "help")
}

/// The one line that says what a command does.
fn about(command: &clap::Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// A sentence as it goes on behind a dash: its first letter small, unless it begins a name in capitals.
fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Text that roff prints as it stands.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('`', "\\(ga").replace('\'', "\\(aq");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

/// A line of usage: what is typed as it stands in bold, what is replaced in italics.
fn synopsis(usage: &str) -> String {
    let words = usage.split_whitespace().map(|word| {
        let name: String =
            word.chars().filter(|sign| sign.is_alphanumeric() || "-_".contains(*sign)).collect();
        let face = if name.chars().any(char::is_uppercase) { 'I' } else { 'B' };
        match word.split_once(name.as_str()) {
            Some((open, close)) if !name.is_empty() => {
                let (open, close) = (open.replace('<', ""), close.replace('>', ""));
                format!("{open}\\f{face}{}\\fR{close}", roff(&name))
            }
            _ => roff(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synopsis_shows_what_is_typed_and_what_is_replaced() {
        let line = synopsis("acpihp mkinitrd-override [OPTIONS] <TABLE>...");
        assert_eq!(line, "\\fBacpihp\\fR \\fBmkinitrd\\-override\\fR [\\fIOPTIONS\\fR] \\fITABLE\\fR...");
    }

    #[test]
    fn lines_end_at_blanks() {
        let long = "word ".repeat(30);
        let page = folded(&format!(".TH {long}\n{long}.SH\n.nf\n{long}\n.fi\n"));
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!((lines[0].len(), lines[1].len(), lines[2].len()), (154, 79, 73), "{page}");
        assert_eq!(folded(&format!("{}.x y", "x ".repeat(40))).lines().nth(1), Some("\\&.x y"));
        assert_eq!(page.lines().find(|line| line.len() == 150), Some(long.as_str()));
    }

    #[test]
    fn text_cannot_become_a_macro() {
        assert_eq!(roff(".SH x\\y"), "\\&.SH x\\ey");
        assert_eq!(roff("'x"), "\\(aqx");
    }
}
