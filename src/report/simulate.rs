//! The text of `acpihp simulate`.

use super::comparison;
use super::ink;
use super::model::FindingModel;
use super::model::simulate::{ArchiveFile, Simulation, StepModel, TableModel};
use super::model::words::TableOutcome;
use super::orders;
use super::run::{archive, flow};
use super::text::{self, Detail, or_dash, or_empty};
use crate::boot::install::OrderSource;
use crate::finding::registry::header::ORDER_OPEN;
use crate::foreign::Foreign;
use std::io::{self, Write};

/// Writes a simulation: what was simulated, the archive's files, every step, the list, the kernel's lines. Where two boots
/// were compared, that takes the place of steps, list and lines.
pub fn write(out: &mut dyn Write, simulation: &Simulation, detail: Detail) -> io::Result<()> {
    if detail == Detail::Quiet {
        return brief(out, simulation);
    }
    header(out, simulation, detail)?;
    if let Some(compared) = &simulation.comparison {
        comparison::write(out, compared)?;
    } else {
        writeln!(out)?;
        archive(out, &simulation.run.archive, "Archive")?;
        steps(out, &simulation.run.trace)?;
        tables(out, simulation)?;
        kernel_lines(out, &simulation.run.kernel_lines)?;
    }
    if !simulation.open_orders.is_empty() {
        orders::write(out, &simulation.open_orders)?;
    }
    let told = |finding: &&FindingModel| *finding.rule == ORDER_OPEN;
    for finding in simulation.findings.iter().filter(|finding| !told(finding)) {
        writeln!(out)?;
        let lead = ink::label(finding.severity, finding.code) + " ";
        text::paragraph(out, &lead, 4, &finding.said().text())?;
        text::paragraph(out, "", 4, finding.consequence)?;
        if detail == Detail::Verbose {
            text::paragraph(out, "    Fix: ", 9, finding.rule.fix())?;
        }
        if let Some(command) = text::command(finding, None) {
            writeln!(out, "    {command}")?;
        }
    }
    Ok(())
}

/// What comes of the archive, and what is wrong.
fn brief(out: &mut dyn Write, simulation: &Simulation) -> io::Result<()> {
    if let Some(result) = headline(simulation) {
        text::paragraph(out, "", 0, &result)?;
    }
    text::notes(out, &simulation.findings, Detail::Quiet)
}

/// What comes of it in a sentence; `None` where there is no archive.
fn headline(simulation: &Simulation) -> Option<String> {
    match &simulation.comparison {
        Some(compared) => Some(comparison::result(compared)),
        None => result(&simulation.run.archive),
    }
}

fn header(out: &mut dyn Write, simulation: &Simulation, detail: Detail) -> io::Result<()> {
    let line = or_empty(&simulation.command_line);
    let order = match simulation.order {
        OrderSource::RootTable => "as recorded from the root table",
        OrderSource::Log => "as in the kernel's log",
        OrderSource::Given => "as it was given: --root-order",
        OrderSource::Usual => "the usual one: neither root table nor log is there",
    };
    let kernel = simulation.run.kernel.text();
    let flow = format!("{}: {}", simulation.run.flow.name(), flow(simulation.run.flow));
    let compares = simulation.comparison.is_some();
    let rows = [("Kernel", &*kernel), ("Command line", &*line), ("Flow", &*flow), ("Table order", order)];
    for (name, value) in rows.into_iter().filter(|(name, _)| !compares || !matches!(*name, "Kernel" | "Flow"))
    {
        text::paragraph(out, name, 14, value)?;
    }
    text::sources(out, &simulation.about.sources, detail)?;
    if let Some(result) = headline(simulation) {
        text::paragraph(out, "Result", 14, &result)?;
    }
    if simulation.run.tainted && !compares {
        text::paragraph(out, "Taint", 14, "A: an ACPI table was overridden")?;
    }
    Ok(())
}

/// How many files of the archive come to what; `None` without files.
fn result(files: &[ArchiveFile]) -> Option<String> {
    let mut counts: Vec<(TableOutcome, usize)> = Vec::new();
    for file in files {
        match counts.iter_mut().find(|(outcome, _)| *outcome == file.outcome) {
            Some((_, count)) => *count += 1,
            None => counts.push((file.outcome, 1)),
        }
    }
    let parts: Vec<String> = counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    match files {
        [] => None,
        [file] => Some(format!("1 file in the archive: {}", file.outcome)),
        _ => Some(format!("{} files in the archive: {}", files.len(), parts.join(", "))),
    }
}

/// The steps below the functions that take them; the slot in front.
fn steps(out: &mut dyn Write, steps: &[StepModel]) -> io::Result<()> {
    writeln!(out, "\nSteps (slot of the kernel's list, what happens, and why):")?;
    if steps.is_empty() {
        return writeln!(out, "  none: there is neither a table of the firmware nor one of the archive");
    }
    let (mut function, mut last) = ("", None);
    for step in steps {
        if step.function != function {
            function = step.function;
            writeln!(out, "{function}")?;
        }
        let slot = step.table.map_or_else(String::new, |slot| slot.to_string());
        // What holds for several steps in a row is said once.
        let why = Foreign::from(": ") + &step.why;
        let why = if last == Some(&step.why) { Foreign::default() } else { why };
        last = Some(&step.why);
        text::paragraph(out, &format!("{slot:>4}  "), 8, &(step.event.clone() + why).text())?;
    }
    Ok(())
}

fn tables(out: &mut dyn Write, simulation: &Simulation) -> io::Result<()> {
    writeln!(out)?;
    if simulation.run.tables.is_empty() {
        return text::paragraph(out, "Tables", 14, "none");
    }
    let (bits, width) = match simulation.run.aml_integer_bits {
        Some(bits) => (bits.to_string(), ", AML integers of "),
        None => (String::new(), ""),
    };
    let unit = if width.is_empty() { "" } else { " bits" };
    writeln!(out, "Tables, with their names in /sys/firmware/acpi/tables{width}{bits}{unit}:")?;
    let columns =
        [">SLOT", "<NAME", "<ADDRESS", ">LENGTH", ">REV", "<OEM ID", "<TABLE ID", ">OEM REV", "<FROM"];
    let row = |table: &TableModel| {
        let why =
            table.copy_of.map(|first| format!("taken off the list again: slot {first} has the same bytes"));
        let cells = vec![
            table.slot.to_string(),
            match (&table.sysfs_name, table.copy_of) {
                (Some(name), _) => name.text().into_owned(),
                (None, Some(_)) => format!("({})", table.signature.text()),
                (None, None) => format!("{}?", table.signature.text()),
            },
            table.address.map_or_else(|| "?".into(), |address| format!("{address:#x}")),
            table.length.to_string(),
            or_dash(table.revision),
            or_dash(table.oem_id.as_ref().map(|text| id(&text.text()))),
            or_dash(table.oem_table_id.as_ref().map(|text| id(&text.text()))),
            or_dash(table.oem_revision.map(|revision| format!("{revision:#x}"))),
            table.file.map_or_else(|| "firmware".into(), |file| format!("initrd #{file}")),
        ];
        (cells, why)
    };
    text::with_reasons(out, &columns, simulation.run.tables.iter().map(row).collect())?;
    let later = format!("The first SSDT that AML loads later becomes {}.", simulation.run.next_dynamic_ssdt);
    text::paragraph(out, "", 0, &later)
}

/// An id without the blanks and zeros that fill it up.
fn id(text: &str) -> String {
    let mut text = text.trim_end();
    while let Some(shorter) = text.strip_suffix("\\x00") {
        text = shorter.trim_end();
    }
    text.to_owned()
}

fn kernel_lines(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThe kernel's log:")?;
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
