//! `acpihp mkinitrd-override` for people.

use super::model::FindingModel;
use super::model::mkinitrd_override::{InitrdModel, MkinitrdOverride, TableModel};
use super::model::words::TableOutcome;
use super::text::{self, Detail};
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::phrase::count;
use std::io::{self, Write};

/// The step that comes after an archive.
const ALONE: &str = "next: name it first among the boot loader's initrds, or use --initrd IMG";
/// The step that comes after an initrd.
const IN_FRONT: &str = "next: boot with it; then dmesg | grep -e 'in initrd' -e 'Table Upgrade'";

/// What was written; where more is wanted with the ids and the file of each table, and what is in front of the archive and after it.
pub fn written(out: &mut dyn Write, report: &MkinitrdOverride, detail: Detail) -> io::Result<()> {
    let name = if report.output == "-" { "standard output".into() } else { report.output.text() };
    let length = bytes(report.length);
    if let (true, Some(initrd)) = (report.tables.is_empty(), &report.initrd) {
        writeln!(out, "{name}: {} without its override archive, {length}", initrd.path.text())?;
        removed(out, "removed", &initrd.removed)?;
        if detail == Detail::Verbose {
            places(out, initrd)?;
        }
        return writeln!(out, "SHA-256 {}", report.sha256);
    }
    let tables = count(report.tables.len(), "table", "tables");
    match &report.initrd {
        Some(initrd) => {
            let place = if initrd.front > 0 { "after the microcode of" } else { "in front of" };
            writeln!(out, "{name}: {tables} {place} {}, {length}", initrd.path.text())?;
            removed(out, "replaced", &initrd.removed)?;
        }
        None => writeln!(out, "{name}: {tables}, {length}")?,
    }
    writeln!(out, "{}", rules(report))?;
    let header = [">OFFSET", ">LENGTH", "<TABLE", ">OEM REVISION", "<NAME", "<OUTCOME"];
    let below = |table: &TableModel| (detail == Detail::Verbose).then(|| ids(table));
    text::with_reasons(out, &header, report.tables.iter().map(|table| (row(table), below(table))).collect())?;
    if let (Detail::Verbose, Some(initrd)) = (detail, &report.initrd) {
        places(out, initrd)?;
    }
    writeln!(out, "SHA-256 {}", report.sha256)?;
    writeln!(out, "{}", if report.initrd.is_some() { IN_FRONT } else { ALONE })?;
    super::howto::write(out, report.howto_for.as_ref(), &report.howto)
}

/// The file that a table was given as, and the ids that it goes by.
fn ids(table: &TableModel) -> String {
    let id = |id: &Option<Foreign>| {
        id.as_ref().map_or_else(|| "none".to_owned(), |id| format!("\"{}\"", id.text()))
    };
    format!("from {}; OEM ID {}, table ID {}", table.file.text(), id(&table.oem_id), id(&table.oem_table_id))
}

/// Where the initrd's own bytes are, and the microcode in front of the archive.
fn places(out: &mut dyn Write, initrd: &InitrdModel) -> io::Result<()> {
    if initrd.front > 0 {
        let names: Vec<_> = initrd.microcode.iter().map(Foreign::text).collect();
        text::paragraph(
            out,
            "microcode ",
            10,
            &format!("{} in front: {}", bytes(initrd.front), names.join(", ")),
        )?;
    }
    let (offset, length) = (initrd.offset, bytes(initrd.length));
    text::paragraph(
        out,
        "initrd    ",
        10,
        &format!("goes on at byte {offset:#x}; {length} of {}", initrd.path.text()),
    )
}

/// By what the tables were judged.
fn rules(report: &MkinitrdOverride) -> String {
    let kernel = report.kernel.as_ref().map(Foreign::text).unwrap_or_default();
    match &report.against {
        Some(source) => format!("for Linux {kernel}, compared with the tables of {}", source.text()),
        None => format!("for Linux {kernel}, not compared with any firmware's tables"),
    }
}

fn row(table: &TableModel) -> Vec<String> {
    let path = table.path.text();
    let name = path.rsplit('/').next().unwrap_or_default();
    let firmware = table.firmware_table.as_ref().map(Foreign::text).unwrap_or_default();
    let outcome = match table.outcome {
        Some(TableOutcome::Override) => format!("overrides {firmware}"),
        Some(TableOutcome::Install) => "is added".to_owned(),
        Some(TableOutcome::Dropped) => format!("dropped: {firmware} is not older"),
        Some(other) => other.to_string(),
        None => "accepted".to_owned(),
    };
    vec![
        format!("{:#x}", table.offset),
        table.length.to_string(),
        table.signature.as_ref().map(Foreign::text).unwrap_or_default().into_owned(),
        table.oem_revision.map_or_else(String::new, |revision| format!("{revision:#x}")),
        name.to_owned(),
        outcome,
    ]
}

/// The files of an archive that is not there any more.
fn removed(out: &mut dyn Write, word: &str, paths: &[Foreign]) -> io::Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let name = |path: &Foreign| path.text().rsplit('/').next().unwrap_or_default().to_owned();
    let names: Vec<String> = paths.iter().map(name).collect();
    text::paragraph(out, word, word.len() + 1, &names.join(", "))
}

/// `1536 bytes`, and from a megabyte on with the size in words.
fn bytes(length: u64) -> String {
    match length {
        1 => "1 byte".to_owned(),
        0..0x10_0000 => format!("{length} bytes"),
        _ => format!("{length} bytes ({})", text::size(length)),
    }
}

/// Findings, each error and warning with the way to fix it, and where more is wanted all.
pub fn findings(out: &mut dyn Write, findings: &[FindingModel], detail: Detail) -> io::Result<()> {
    for finding in findings {
        text::finding(out, finding)?;
        if finding.severity > Severity::Info || detail == Detail::Verbose {
            text::paragraph(out, "    Fix:", 10, finding.rule.fix())?;
        }
    }
    Ok(())
}
