//! A log as lines of text, whatever it went through: consoles, terminals, mails, a machine that was reset while it wrote.

use super::posted;
use super::prefix::{QUOTES, message};
use std::borrow::Cow;

/// Messages by which a line without a time is known as the kernel's.
pub(super) const KNOWN: [&str; 9] = [
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
/// so does what all lines were indented or quoted by, and what mails, pages and terminals make of text.
pub fn plain(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut text = Cow::Borrowed(text);
    let change = |text: &mut Cow<'_, str>, made: Option<String>| {
        if let Some(made) = made {
            *text = Cow::Owned(made);
        }
    };
    let has_controls = text.bytes().any(|byte| matches!(byte, 0 | 0x1b | b'\r'));
    let made = has_controls.then(|| without_controls(&text));
    change(&mut text, made);
    for step in [posted::without_markup, posted::without_typography] {
        let made = step(&text);
        change(&mut text, made);
    }
    let lead = lead(&text);
    let made = match lead {
        Some(_) if posted::has_ends(&text) => posted::without_shape(&text),
        Some("") => None,
        Some(lead) => Some(without_lead(&text, lead)),
        None => posted::without_shape(&text),
    };
    change(&mut text, made);
    for step in [posted::unwrapped, posted::in_order] {
        let made = step(&text);
        change(&mut text, made);
    }
    text
}

/// Whether a message is one that only kernels print.
pub(super) fn is_known(message: &str) -> bool {
    KNOWN.iter().any(|known| message.starts_with(known))
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

/// What stands before the first line that is known: blanks, and signs of quoting. `None` where no line is known.
fn lead(text: &str) -> Option<&str> {
    let line = text.lines().find(|line| is_known(message(line.trim_start_matches(QUOTES))))?;
    line.get(..line.len() - line.trim_start_matches(QUOTES).len())
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

    /// Lines as programs, pages and mails have them; the list of zones among them, whose lines nothing but their place tells.
    #[test]
    fn posts_and_other_programs_give_the_same_messages() {
        const LINES: [&str; 9] = [
            "Linux version 6.1.0-20-amd64 (debian) #1 SMP",
            "Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-20-amd64 root=/dev/sda1 movable_node a=\"b c\" console=tty0 quiet",
            "BIOS-provided physical RAM map:",
            "BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable",
            "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved",
            "ACPI: SRAT 0x00000000BFDBA7C0 000220 (v02 AMD    AGESA    00000001 AMD  00000001)",
            "Zone ranges:",
            "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]",
            "  Normal   [mem 0x0000000100000000-0x00000003bfffffff]",
        ];
        let each = |form: &dyn Fn(usize, &str) -> String| {
            let all = LINES.iter().enumerate().map(|(index, line)| form(index, line));
            all.map(|line| line + "\n").collect::<String>()
        };
        let stamped = |line: &str| format!("[    0.000000] {line}");
        let html = |line: &str| stamped(line).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let quoted = each(&|_, line| stamped(line)).replace('=', "=3D").replace("quiet", "qui=\net");
        let width = 80;
        let wrapped = each(&|_, line| {
            let line = stamped(line);
            let pieces = line.as_bytes().chunks(width).map(|piece| std::str::from_utf8(piece).unwrap());
            pieces.collect::<Vec<_>>().join("\n")
        });
        let backward = LINES.iter().rev().map(|line| format!("Nov 24 22:06:00 host kernel: {line}\n"));
        for (form, text) in [
            (
                "RFC 5424",
                each(&|_, line| format!("<6>1 2026-11-24T22:06:00.123456+00:00 host kernel - - - {line}")),
            ),
            (
                "journalctl -o with-unit",
                each(&|_, line| format!("Tue 2026-11-24 22:06:00 UTC host kernel[n/a]: {line}")),
            ),
            ("klogd", each(&|_, line| format!("Nov 24 22:06:00 host klogd: {line}"))),
            ("metalog", each(&|_, line| format!("Nov 24 22:06:00 [kernel] {line}"))),
            ("svlogd", each(&|index, line| format!("@400000005f0c0f{index:02x} kern.info: {line}"))),
            ("ts", each(&|index, line| format!("00:00:{index:02} {line}"))),
            ("a serial console of a cloud", each(&|_, line| format!("2026/11/24 22:06:00 {line}"))),
            ("Android", each(&|index, line| format!("<6>[    0.0000{index:02}]  (0)[0:swapper]{line}"))),
            ("a vendor's kernel", each(&|index, line| format!("[    0.0000{index:02}@0] {line}"))),
            ("netconsole", each(&|index, line| format!("6.1.0-20-amd64,6,{index},0,-;{line}"))),
            ("CSV", each(&|index, line| format!("0.{index:06},\"{line}\""))),
            ("a table", each(&|index, line| format!("| 0.{index:06} | {line} |"))),
            (
                "CSV of lines with times",
                each(&|index, line| format!("{index},\"{}\"", stamped(line).replace('"', "\"\""))),
            ),
            ("a table of code", each(&|index, line| format!("| {index} | `{}` |", stamped(line)))),
            (
                "/dev/kmsg",
                each(&|index, line| format!("6,{index},0,-;{line}\n SUBSYSTEM=acpi\n DEVICE=+acpi:x")),
            ),
            ("Xen", each(&|_, line| format!("(XEN) SRAT: Node 0 PXM 0 0-a0000\n{}", stamped(line)))),
            ("HTML", each(&|_, line| html(line) + "<br>")),
            ("quoted-printable", quoted),
            ("no-break spaces", each(&|_, line| stamped(line).replace(' ', "\u{a0}"))),
            ("dashes", each(&|_, line| stamped(line).replace('-', "\u{2013}"))),
            ("blanks at the end", each(&|_, line| stamped(line) + "  ")),
            ("a terminal of 80 columns", wrapped),
            ("journalctl -r", backward.collect()),
        ] {
            let text = plain(&text);
            let messages: Vec<&str> = text.lines().map(|line| message(line).trim_end()).collect();
            let messages: Vec<&str> = messages.into_iter().filter(|line| !line.is_empty()).collect();
            let messages: Vec<&str> = messages
                .into_iter()
                .filter(|line| !line.starts_with([' ', '(']) || line.starts_with("  "))
                .collect();
            assert_eq!(messages, LINES, "{form}:\n{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_lines(text in "(\\PC|\0|\r|\n|\x1b|\\[|> |Linux version |[0-9;m]){0,60}") {
            let out = plain(&text);
            assert!(!out.contains(['\0', '\r', '\x1b']));
        }
    }
}
