//! `acpihp doctor` for people.

use super::ink::Ink;
use super::model::doctor::{CheckModel, DoctorModel};
use super::text::{self, Detail};
use crate::check::doctor::{Status, Verdict};
use crate::finding::Severity;
use std::io::{self, Write};

/// Where the messages begin.
const INDENT: usize = 22;

/// The checks, and the first that does not hold.
pub fn write(out: &mut dyn Write, view: &DoctorModel, detail: Detail) -> io::Result<()> {
    match view.verdict {
        Verdict::Broken => text::paragraph(out, "Broken link:", 13, &view.conclusion.text())?,
        Verdict::Unknown => text::paragraph(out, "Unknown:", 9, &view.conclusion.text())?,
        Verdict::Works | Verdict::NoOverride => {
            text::paragraph(out, "", 0, &sentence(&view.conclusion.text()))?
        }
    }
    if detail == Detail::Quiet {
        return Ok(());
    }
    writeln!(out)?;
    text::paragraph(out, "Kernel", 14, &view.kernel.text())?;
    text::paragraph(out, "Command line", 14, &view.command_line.text())?;
    text::sources(out, &view.about.sources, detail)?;
    text::log_lacks(out, &view.about.sources)?;
    writeln!(out)?;
    for check in &view.checks {
        let word = word(check);
        let blank = " ".repeat(8usize.saturating_sub(word.len()));
        let ink = match check.status {
            Status::Not => check.severity.map_or(Ink::Plain, Ink::of),
            _ => Ink::Plain,
        };
        let label = format!("{}{blank} {}", ink.on(word), check.name.name());
        text::paragraph(out, &label, INDENT, &check.message.text())?;
        if check.status != Status::Ok || detail == Detail::Verbose {
            for line in &check.evidence {
                text::paragraph(out, "", INDENT + 2, &line.text())?;
            }
        }
    }
    overridden(out, view)?;
    let Some(check) = view.decisive() else { return Ok(()) };
    let (label, indent) = match view.broken {
        Some(_) => ("First broken link:", 19),
        None => ("First unknown:", 15),
    };
    writeln!(out)?;
    text::paragraph(out, label, indent, &format!("{}: {}", check.name.name(), check.question))?;
    if let Some(consequence) = check.consequence {
        text::paragraph(out, "  Linux", 10, consequence)?;
    }
    if let Some(fix) = &check.fix {
        text::paragraph(out, "  Fix", 10, &fix.text())?;
    }
    match check.code {
        Some(code) => text::paragraph(out, "  More", 10, &format!("acpihp explain {code}")),
        None => Ok(()),
    }
}

/// A sentence that begins a line.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The word in front of a check: of those that failed, how much it matters.
fn word(check: &CheckModel) -> &'static str {
    match (check.status, check.severity) {
        (Status::Not, Some(Severity::Error)) => "FAIL",
        (Status::Not, _) => "no",
        (status, _) => status.name(),
    }
}

fn overridden(out: &mut dyn Write, view: &DoctorModel) -> io::Result<()> {
    if view.overridden.is_empty() {
        return Ok(());
    }
    let shown = view.overridden.iter().take(8).map(|table| {
        let at = table.address.map_or_else(String::new, |address| format!(" at {address:#x}"));
        let of = table
            .firmware_address
            .map_or_else(String::new, |address| format!(", the firmware's at {address:#x}"));
        let revision =
            table.oem_revision.map_or_else(String::new, |revision| format!(", OEM revision {revision:#x}"));
        format!("{}{at} ({}{of}{revision})", table.signature.text(), table.how.name())
    });
    let mut names: Vec<String> = shown.collect();
    if view.overridden.len() > names.len() {
        names.push(format!("and {} more", view.overridden.len() - names.len()));
    }
    writeln!(out)?;
    writeln!(out, "Tables in /sys/firmware/acpi/tables that are not the firmware's:")?;
    for name in &names {
        text::paragraph(out, "  ", 4, name)?;
    }
    let advice = "Do not use these as the base of another override: they are patched already, and their OEM revisions are not the \
                  firmware's. For the firmware's own tables, boot without the archive and run acpihp capture.";
    text::paragraph(out, "", 0, advice)
}
