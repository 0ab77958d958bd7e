//! A log as lines of text, whatever it went through: consoles, terminals, mails, a machine that was reset while it wrote.

use super::prefix::{QUOTES, message};
use std::borrow::Cow;

/// Messages by which a line without a time is known as the kernel's.
const KNOWN: [&str; 9] = [
    "Linux version ",
    "Command line: ",
    "Kernel command line: ",
    "BIOS-provided physical RAM map",
    "BIOS-e820: ",
    "ACPI: RSDP ",
    "SRAT: ",
    "ACPI: SRAT: ",
    "Zone ranges:",
];

/// The log with one message a line: bytes of zero (left by a hard reset) and returns of the carriage end lines, colours go, and
/// so does what all lines were indented or quoted by.
pub fn plain(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = match text.bytes().any(|byte| matches!(byte, 0 | 0x1b | b'\r')) {
        true => Cow::Owned(without_controls(text)),
        false => Cow::Borrowed(text),
    };
    match lead(&text).map(str::to_owned) {
        Some(lead) => Cow::Owned(without_lead(&text, &lead)),
        None => text,
    }
}

fn without_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\0', '\r', '\x1b']) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        rest = after.get(1..).unwrap_or_default();
        if after.starts_with('\x1b') {
            rest = after_escape(rest);
        } else {
            rest = rest.trim_start_matches(['\0', '\r', '\n']);
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
        }
    }
    out.push_str(rest);
    out
}

/// What follows an escape sequence of a terminal: `[`, numbers, a letter.
fn after_escape(text: &str) -> &str {
    let Some(body) = text.strip_prefix('[') else { return text };
    let body = body.trim_start_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, ';' | '?'));
    body.strip_prefix(|sign: char| sign.is_ascii_alphabetic()).unwrap_or(body)
}

/// What stands before the first line that is known: blanks, and signs of quoting.
fn lead(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    let line = lines.find(|line| {
        let message = message(line.trim_start_matches(QUOTES));
        KNOWN.iter().any(|known| message.starts_with(known))
    })?;
    let len = line.len() - line.trim_start_matches(QUOTES).len();
    line.get(..len).filter(|lead| !lead.is_empty())
}

fn without_lead(text: &str, lead: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(line.strip_prefix(lead).unwrap_or(line));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_went_through_is_taken_off() {
        let log = "Linux version 6.1\nZone ranges:\n  DMA      empty\n";
        for (from, to) in [("\n", "\r\n"), ("\n", "\r\r\n"), ("\n", "\r"), ("Linux", "\u{feff}Linux")] {
            assert_eq!(
                plain(&log.replace(from, to)).lines().collect::<Vec<_>>(),
                log.lines().collect::<Vec<_>>()
            );
        }
        for lead in ["    ", "> ", ">> > ", "\t"] {
            let quoted: String = log.lines().map(|line| format!("{lead}{line}\n")).collect();
            assert_eq!(plain(&format!("As I said:\n{quoted}")), format!("As I said:\n{log}"));
        }
        assert_eq!(plain("half a li\0\0\0Linux version 6.1"), "half a li\nLinux version 6.1");
        let coloured = "\x1b[32m[    0.000000] \x1b[0m\x1b[33mACPI: \x1b[0mRSDP";
        assert_eq!(plain(coloured), "[    0.000000] ACPI: RSDP");
        assert!(matches!(plain(log), Cow::Borrowed(_)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_lines(text in "(\\PC|\0|\r|\n|\x1b|\\[|> |Linux version |[0-9;m]){0,60}") {
            let out = plain(&text);
            assert!(!out.contains(['\0', '\r', '\x1b']));
        }
    }
}
