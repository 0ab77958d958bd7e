//! What help and manual pages say of each command beyond its options: one table that both read.

mod archives;
mod boots;
mod memory;
mod tables;

use super::EXIT_STATUSES;
use std::fmt::Write;

/// The pages of one command.
#[derive(Debug)]
pub(super) struct Page {
    /// The subcommand; empty for the program itself.
    pub command: &'static str,
    /// Paragraphs that follow the one line that says what the command does.
    pub description: &'static [&'static str],
    /// What it is good for, and the command line that does it.
    pub examples: &'static [(&'static str, &'static str)],
    /// Files that the command knows by name, and what it takes from them.
    pub files: &'static [(&'static str, &'static str)],
    /// Environment variables, and what they change.
    pub environment: &'static [(&'static str, &'static str)],
    /// Further manual pages, with their sections.
    pub see_also: &'static [&'static str],
}

const TABLES: (&str, &str) = (
    "/sys/firmware/acpi/tables",
    "the tables that the running kernel uses: after an override, the new ones; readable by root",
);
const COLOUR: [(&str, &str); 2] = [
    (
        "NO_COLOR",
        "set and not empty: no colours; maps, the severity of findings and the help have them, on terminals only",
    ),
    ("CLICOLOR_FORCE", "set and not 0: colours even into a pipe or a file"),
];

/// The commands by the question that they answer, for the help and the manual of the program.
pub(super) const GROUPS: [(&str, &[&str]); 6] = [
    ("Look: what is there, and is it right?", &["dump", "inspect", "check", "explain"]),
    ("Change: make tables and archives", &["edit", "template", "build", "mkinitrd-override"]),
    ("Predict: what will the next boot do?", &["plan", "simulate", "advise", "report"]),
    ("After the boot: did it work, and what can go?", &["doctor", "removable", "where"]),
    ("Many machines: take one along, compare, try out", &["capture", "diff", "sample"]),
    ("This program", &["completions", "man", "help"]),
];

/// All pages, the program's own first, then in the order of the help.
pub(super) const PAGES: &[Page] = &[
    Page {
        command: "",
        description: &[
            "Linux can reliably take memory offline only if it holds no unmovable kernel allocations, that is, in ZONE_MOVABLE. \
             With movable_node on the kernel command line, memory that the ACPI SRAT marks hot-pluggable goes there. \
             A table of the firmware can be replaced through an archive in front of the initrd. acpihp reads tables, \
             makes and checks such archives, and says before the reboot which tables Linux will install and which \
             memory it will put where.",
            "-q and -v mean the same in every command that has them. With -q only the bare result is printed, with warnings \
             and errors, and no notes and no progress on standard error: of plan the sum, of simulate what becomes of the \
             archive, of check and edit the findings, of advise the commands, of doctor the conclusion, of removable, where, \
             inspect, diff, dump, sample and explain a line for each, of what writes a file nothing. With -v there is more: \
             what is only worth knowing, how to fix it, what is cut short otherwise (check, diff, edit, capture, inspect, \
             explain), all bytes of a table (dump), the ids of what is made (build, mkinitrd-override), the files of the \
             samples (sample), the findings and the next step of a report, and what the answer was made from. -v is for text: \
             other formats have all there is.",
            "On a terminal, work that takes longer than a second says on standard error that it goes on.",
            "Errors and notes begin with \"acpihp: \", then what they are about.",
            "acpihp(7) explains the words and the rules.",
        ],
        examples: &[
            ("List the tables of this machine", "acpihp dump"),
            ("Make the archive that replaces its SRAT", "acpihp mkinitrd-override srat.aml -o acpi.img"),
            ("Say whether Linux will take what is in it", "acpihp check acpi.img --against /"),
            (
                "Say which memory will be movable with it",
                "acpihp plan --numa --initrd acpi.img --cmdline 'movable_node'",
            ),
        ],
        files: &[TABLES],
        environment: &COLOUR,
        see_also: &["acpihp(7)", "acpidump(1)", "acpixtract(1)", "iasl(1)", "cpio(1)", "bootparam(7)"],
    },
    tables::DUMP,
    archives::MKINITRD_OVERRIDE,
    archives::CHECK,
    boots::SIMULATE,
    boots::PLAN,
    memory::ADVISE,
    memory::REMOVABLE,
    memory::WHERE,
    boots::REPORT,
    boots::CAPTURE,
    archives::INSPECT,
    tables::BUILD,
    tables::TEMPLATE,
    tables::EDIT,
    boots::DIFF,
    boots::DOCTOR,
    tables::SAMPLE,
    Page {
        command: "explain",
        description: &[
            "The codes are those that acpihp-check(1), acpihp-plan(1) and acpihp-simulate(1) print.",
        ],
        examples: &[
            ("What a finding means", "acpihp explain srat-domain-overlap"),
            ("All codes", "acpihp explain"),
        ],
        files: &[],
        environment: &COLOUR,
        see_also: &["acpihp-check(1)"],
    },
    Page {
        command: "completions",
        description: &[
            "The script goes to standard output; with --all, the scripts of all shells go into a folder, \
             under the names that the shells look for.",
        ],
        examples: &[
            (
                "Completion for one user of bash",
                "acpihp completions bash > ~/.local/share/bash-completion/completions/acpihp",
            ),
            (
                "Completion for all users of zsh",
                "acpihp completions zsh > /usr/share/zsh/site-functions/_acpihp",
            ),
            ("All scripts, for a package", "acpihp completions --all completions"),
        ],
        files: &[
            (
                "~/.local/share/bash-completion/completions, /usr/share/bash-completion/completions",
                "where bash looks: under the name acpihp",
            ),
            ("/usr/share/zsh/site-functions, or another folder of $fpath", "where zsh looks: as _acpihp"),
            (
                "~/.config/fish/completions, /usr/share/fish/vendor_completions.d",
                "where fish looks: as acpihp.fish",
            ),
        ],
        environment: &[],
        see_also: &[],
    },
    Page {
        command: "man",
        description: &[
            "The page goes to standard output as man(7) source: of acpihp, of a subcommand, or (`concepts`) \
             the page that explains words and rules. With --all, all pages go below a folder, in man1 and man7, as man(1) \
             looks for them.",
        ],
        examples: &[
            ("Read the page of a subcommand", "acpihp man plan | man -l -"),
            ("Read about overrides, zones and words", "acpihp man concepts | man -l -"),
            ("All pages, for one user", "acpihp man --all ~/.local/share/man"),
        ],
        files: &[("~/.local/share/man, /usr/share/man", "below which man(1) looks for pages")],
        environment: &[],
        see_also: &["man(1)"],
    },
];

/// The page of a subcommand, or of the program where `command` is empty.
pub(super) fn find(command: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.command == command)
}

/// The help of the program, with its commands in [`GROUPS`].
pub(super) fn grouped(command: clap::Command) -> clap::Command {
    const HELP: &str = "Print this message or the help of the given subcommand";
    let mut out = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (question, names) in GROUPS {
        let _ = writeln!(out, "\n{question}");
        for name in names {
            let about =
                command.find_subcommand(name).and_then(|sub| sub.get_about()).map(ToString::to_string);
            let about = about.unwrap_or_else(|| HELP.to_owned());
            let _ = writeln!(out, "  {name:<17}  {}", hanging(&about, 21, 80));
        }
    }
    command.help_template(out + "\nOptions:\n{options}{after-help}")
}

impl Page {
    /// Puts the page's words into the long help of its command.
    pub(super) fn help_of(&self, command: clap::Command) -> clap::Command {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let long = std::iter::once(about.as_str()).chain(self.description.iter().copied());
        command.long_about(long.collect::<Vec<_>>().join("\n\n")).after_long_help(self.after_help())
    }

    /// Examples and exit statuses, as they follow the options in the long help.
    fn after_help(&self) -> String {
        let mut out = String::new();
        if !self.examples.is_empty() {
            out.push_str("Examples:\n");
        }
        for (does, line) in self.examples {
            let _ = writeln!(out, "  # {does}\n  {line}\n");
        }
        out.push_str("Exit status:\n");
        for (exit, means) in EXIT_STATUSES {
            let _ = writeln!(out, "  {}  {}", exit as u8, hanging(means, 5, 78));
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// Text broken at blanks so that no line passes `width`, later lines indented by `indent` blanks.
fn hanging(text: &str, indent: usize, width: usize) -> String {
    let (mut out, mut column) = (String::new(), indent);
    for word in text.split(' ') {
        let length = word.chars().count();
        if out.is_empty() {
            column = indent + length;
        } else if column + 1 + length > width {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent + length;
        } else {
            out.push(' ');
            column += 1 + length;
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::{command, plain};

    #[test]
    fn every_command_has_a_page_and_every_page_a_command() {
        let mut names: Vec<String> = plain().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        names.insert(0, String::new());
        let pages: Vec<_> = PAGES.iter().map(|page| page.command).collect();
        assert_eq!(pages, names, "src/cli/pages and the table of src/cli/commands.rs");
    }

    #[test]
    fn examples_are_command_lines_that_parse() {
        for (does, line) in PAGES.iter().flat_map(|page| page.examples) {
            assert!(line.len() <= 76, "too long for a terminal: {line}");
            assert!(!does.ends_with('.') && does.starts_with(char::is_uppercase), "{does}");
            let mut calls = 0;
            for part in line.split(['|', ';']).flat_map(|part| part.split("&&")) {
                let words = words(part);
                let Some(start) = words.iter().position(|word| word == "acpihp") else { continue };
                let end = words.iter().position(|word| word.starts_with('>')).unwrap_or(words.len());
                calls += 1;
                if let Err(error) = command().try_get_matches_from(&words[start..end]) {
                    panic!("{line}\n{error}");
                }
            }
            assert!(calls > 0, "{line}: does not run acpihp");
        }
    }

    /// The words of a shell line; single and double quotes hold words together.
    fn words(line: &str) -> Vec<String> {
        let (mut out, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for character in line.chars() {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                (None, ' ') => out.extend(word.take()),
                _ => word.get_or_insert_default().push(character),
            }
        }
        out.extend(word);
        out
    }

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        grouped.sort_unstable();
        let command = plain();
        let mut names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        names.push("help");
        names.sort_unstable();
        assert_eq!(grouped, names);
    }

    #[test]
    fn text_hangs() {
        assert_eq!(hanging("aa bb cc", 2, 7), "aa bb\n  cc");
        assert_eq!(hanging("a-long-word b", 2, 7), "a-long-word\n  b");
    }

    #[test]
    fn help_fits_a_terminal() {
        for page in PAGES {
            for line in page.after_help().lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
