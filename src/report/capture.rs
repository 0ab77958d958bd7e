//! `acpihp capture` for people: the report that stands in a capture, and what is said of it when it is written.

use super::model::capture::{CaptureModel, NoteModel};
use super::text::{self, Detail};
use crate::phrase::count;
use std::fmt::Write as _;
use std::io::{self, Write};

/// What a capture is, for whoever finds one.
const ABOUT: &str = "What Linux shows of a machine's ACPI tables and memory, as acpihp capture took it. acpihp dump, check, \
                     simulate, plan and doctor read it with --sysroot, packed or not. Captures of an unchanged machine are \
                     the same, byte for byte.";
/// What remains in it that whoever hands it on should know.
const REMAINS: &str = "Texts in AML (DSDT, SSDTs) that are not known to be harmless are replaced by others of their length; \
                       numbers, and bytes that are no text, are in it as the firmware has them. proc/iomem and the log \
                       show where the kernel was in memory in this boot.";

/// The report inside of a capture.
pub fn inside(report: &CaptureModel) -> String {
    let mut out = Vec::new();
    // A vector takes everything.
    let _ = text::paragraph(&mut out, "", 0, ABOUT);
    let _ = writeln!(out);
    let _ = text::paragraph(&mut out, "", 0, REMAINS);
    let _ = notes(&mut out, report, usize::MAX);
    String::from_utf8_lossy(&out).into_owned()
}

/// What was written.
pub fn written(out: &mut dyn Write, report: &CaptureModel, detail: Detail) -> io::Result<()> {
    if detail == Detail::Quiet {
        return Ok(());
    }
    let name = if report.output == *"-" { "standard output".into() } else { report.output.text() };
    write!(out, "{name}: {}", count(report.files.len(), "file", "files"))?;
    if let Some(length) = report.length {
        write!(out, ", {length} bytes")?;
    }
    if let Some(kernel) = &report.kernel {
        write!(out, ", Linux {}", kernel.text())?;
    }
    writeln!(out)?;
    notes(out, report, if detail == Detail::Verbose { usize::MAX } else { SHOWN })?;
    writeln!(out)?;
    if let Some(sha256) = &report.sha256 {
        writeln!(out, "SHA-256 {sha256}")?;
    }
    if report.output != *"-" {
        writeln!(out, "next: acpihp plan --numa --sysroot {}", report.output.text())?;
    }
    Ok(())
}

/// The notes, each with at most `most` offsets.
fn notes(out: &mut dyn Write, report: &CaptureModel, most: usize) -> io::Result<()> {
    let groups = [
        ("Left out", &report.left_out),
        ("Replaced by [masked-N]", &report.masked),
        ("Could not be read", &report.unreadable),
    ];
    for (title, notes) in groups.into_iter().filter(|(_, notes)| !notes.is_empty()) {
        writeln!(out, "\n{title}:")?;
        for (path, note) in grouped(notes) {
            let mut line = format!("{path}: {}", note.what);
            for (at, offset) in note.offsets.iter().take(most).enumerate() {
                let _ = write!(line, "{} {offset:#x}", if at == 0 { ", at" } else { "," });
            }
            if let Some(more) = note.offsets.len().checked_sub(most).filter(|more| *more > 0) {
                let _ = write!(line, " and {more} more");
            }
            if let Some(with) = note.with {
                let _ = write!(line, " (--with {with})");
            }
            text::paragraph(out, "  ", 4, &line)?;
        }
    }
    Ok(())
}

/// So many names of files in one folder, and so many offsets in one table, are shown.
const SHOWN: usize = 8;

/// Notes that say the same of several files of one folder, as one: `folder/{a,b}`.
fn grouped<'n>(notes: &'n [NoteModel]) -> Vec<(String, &'n NoteModel)> {
    let parted = |note: &NoteModel| {
        let (folder, name) = note.path.rsplit_once('/').unwrap_or(("", &note.path));
        (folder.to_owned(), name.to_owned())
    };
    let mut groups: Vec<(String, Vec<String>, &'n NoteModel)> = Vec::new();
    for note in notes {
        let (folder, name) = parted(note);
        let same = |group: &&mut (String, Vec<String>, &NoteModel)| {
            group.0 == folder
                && (&group.2.what, group.2.with, &group.2.offsets) == (&note.what, note.with, &note.offsets)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.1.push(name),
            None => groups.push((folder, vec![name], note)),
        }
    }
    let join = |(folder, names, note): (String, Vec<String>, &'n NoteModel)| match names.as_slice() {
        [_] => (note.path.clone(), note),
        several if several.len() > SHOWN => (format!("{folder}/*, {} of them", several.len()), note),
        several => (format!("{folder}/{{{}}}", several.join(",")), note),
    };
    groups.into_iter().map(join).collect()
}
