//! `acpihp doctor` for people.

use super::model::sources::Sources;
use super::text;
use crate::check::doctor::{Check, Report, Status};
use crate::finding::Severity;
use crate::foreign::Foreign;
use std::io::{self, Write};

/// Where the messages begin.
const INDENT: usize = 21;

/// The checks, and the first that does not hold.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    kernel: &Foreign,
    command_line: &Foreign,
    sources: &Sources,
) -> io::Result<()> {
    text::paragraph(out, "Kernel", 14, &kernel.text())?;
    text::paragraph(out, "Command line", 14, &command_line.text())?;
    text::sources(out, sources)?;
    writeln!(out)?;
    for check in &report.checks {
        let label = format!("{:8} {}", word(check), check.name);
        text::paragraph(out, &label, INDENT, &check.message)?;
        if check.status != Status::Ok {
            for line in &check.evidence {
                text::paragraph(out, "", INDENT + 2, line)?;
            }
        }
    }
    overridden(out, report)?;
    match report.broken() {
        Some(check) => {
            writeln!(out)?;
            text::paragraph(out, "First broken link:", 19, &format!("{}: {}", check.name, check.question))?;
            if let Some(rule) = check.rule {
                text::paragraph(out, "  Linux", 10, rule.consequence)?;
            }
            remedy(out, check)?;
            if let Some(rule) = check.rule {
                text::paragraph(out, "  More", 10, &format!("acpihp explain {}", rule.code))?;
            }
        }
        None => {
            if let Some(check) = report.checks.iter().find(|check| check.status == Status::Unknown) {
                writeln!(out)?;
                text::paragraph(out, "First unknown:", 15, &format!("{}: {}", check.name, check.question))?;
                remedy(out, check)?;
            }
        }
    }
    Ok(())
}

fn remedy(out: &mut dyn Write, check: &Check) -> io::Result<()> {
    match check.remedy() {
        Some(fix) => text::paragraph(out, "  Fix", 10, fix),
        None => Ok(()),
    }
}

/// The word in front of a check: of those that are not so, how much it matters.
fn word(check: &Check) -> &'static str {
    match (check.status, check.severity) {
        (Status::Not, Severity::Error) => "NOT",
        (status, _) => status.name(),
    }
}

fn overridden(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.overridden.is_empty() {
        return Ok(());
    }
    let shown = report.overridden.iter().take(8).map(|table| {
        let at = table.address.map_or_else(String::new, |address| format!(" at {address:#x}"));
        let of = table
            .firmware_address
            .map_or_else(String::new, |address| format!(", the firmware's at {address:#x}"));
        let revision =
            table.oem_revision.map_or_else(String::new, |revision| format!(", OEM revision {revision:#x}"));
        format!("{}{at} ({}{of}{revision})", table.signature, table.how)
    });
    let mut names: Vec<String> = shown.collect();
    if report.overridden.len() > names.len() {
        names.push(format!("and {} more", report.overridden.len() - names.len()));
    }
    writeln!(out)?;
    writeln!(out, "Tables in /sys/firmware/acpi/tables that are not the firmware's:")?;
    for name in &names {
        text::paragraph(out, "  ", 4, name)?;
    }
    let advice = "Whoever changes one of these once more patches what is patched already, and its OEM revision is not the firmware's. \
                  The firmware's own: boot without the archive, and acpihp capture there.";
    text::paragraph(out, "", 0, advice)
}
