//! `acpihp inspect` for people.

use super::model::inspect::{ImageModel, InitrdModel, Inspect, MicrocodeModel, SegmentModel, TableModel};
use super::model::words::{Examined, ImageRole, InitFile, Looked};
use super::text::{self, Detail, size};
use crate::finding::Severity;
use crate::foreign::Foreign;
use std::io::{self, Write};

/// Writes what is in an image.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut dyn Write, report: &Inspect, detail: Detail) -> io::Result<()> {
    if detail == Detail::Quiet {
        report.initrds.iter().flat_map(|initrd| &initrd.tables).try_for_each(|one| table(out, one))?;
        let serious: Vec<_> = report.findings.iter().filter(|one| one.severity > Severity::Info).collect();
        return super::check::groups(out, &serious, None, 0, false);
    }
    let what = match &report.image {
        Some(image) if image.role == ImageRole::Addon => "an addon to unified kernel images",
        Some(_) => "a unified kernel image",
        None => "an initrd",
    };
    let Inspect { path, kernel, length, .. } = report;
    writeln!(out, "{}: {what} of {}, by the rules of Linux {}", path.text(), size(*length), kernel.text())?;
    if let Some(image) = &report.image {
        image_parts(out, image)?;
    }
    for initrd in &report.initrds {
        writeln!(out)?;
        if report.image.is_some() {
            handed_over(out, initrd)?;
        }
        initrd_parts(out, initrd, report.deep)?;
    }
    if !report.findings.is_empty() {
        writeln!(out)?;
        super::check::groups(
            out,
            &report.findings.iter().collect::<Vec<_>>(),
            None,
            0,
            detail == Detail::Verbose,
        )?;
    }
    Ok(())
}

fn image_parts(out: &mut dyn Write, image: &ImageModel) -> io::Result<()> {
    if let Some(stub) = &image.stub {
        writeln!(out, "  stub: {}", stub.text())?;
    }
    for profile in &image.profiles {
        let name = profile.title.as_ref().or(profile.id.as_ref()).map(|name| format!(" {}", name.text()));
        let release = profile.release.as_ref();
        let release = release.map_or("a kernel that does not say its release".into(), Foreign::text);
        writeln!(out, "  profile {}{}: {release}", profile.number, name.unwrap_or_default())?;
        if let Some(line) = &profile.command_line {
            text::paragraph(out, "    command line: ", 6, &line.text())?;
        }
    }
    writeln!(out)?;
    let header = [">OFFSET", ">LENGTH", "<SECTION"];
    let row = |section: &super::model::inspect::SectionModel| {
        vec![
            format!("{:#x}", section.start),
            section.end.saturating_sub(section.start).to_string(),
            section.name.text().into(),
        ]
    };
    text::columns(out, &header, image.sections.iter().map(row).collect())
}

/// Of which sections an initrd is made.
fn handed_over(out: &mut dyn Write, initrd: &InitrdModel) -> io::Result<()> {
    let profiles: Vec<String> = initrd.profiles.iter().map(usize::to_string).collect();
    let plural = if profiles.len() == 1 { "" } else { "s" };
    let sections: Vec<_> = initrd.parts.iter().map(|part| part.section).collect();
    let made = if sections.is_empty() { "nothing".to_owned() } else { sections.join(" and ") };
    writeln!(
        out,
        "the initrd that the stub hands over for profile{plural} {}: {made}, {} bytes",
        profiles.join(", "),
        initrd.length
    )
}

fn initrd_parts(out: &mut dyn Write, initrd: &InitrdModel, deep: bool) -> io::Result<()> {
    let header = [">OFFSET", ">LENGTH", "<SEGMENT"];
    let row = |segment: &SegmentModel| {
        let length = segment.end.saturating_sub(segment.start);
        vec![format!("{:#x}", segment.start), length.to_string(), self::segment(segment, deep)]
    };
    text::columns_or_below(out, &header, initrd.segments.iter().map(row).collect(), 2)?;
    if initrd.more_segments > 0 {
        writeln!(out, "and {} segments more", initrd.more_segments)?;
    }
    entries(out, initrd)?;
    tables(out, initrd)?;
    if !initrd.microcode.is_empty() {
        writeln!(out, "\nmicrocode:")?;
        initrd.microcode.iter().try_for_each(|file| microcode(out, file))?;
    }
    writeln!(out)?;
    text::paragraph(out, "early search: ", 4, &search_end(initrd))?;
    text::paragraph(out, "unpacker: ", 4, &unpacker(initrd))
}

/// How far the early search gets, in words.
fn search_end(initrd: &InitrdModel) -> String {
    let end = &initrd.search_end;
    let compressed =
        initrd.segments.iter().find(|segment| segment.looked.is_some() && segment.start == end.at);
    match compressed {
        _ if end.at >= initrd.length || end.why.starts_with("the end") => "goes to the end".to_owned(),
        Some(segment) => format!("ends at {:#x}, where {} data begin", end.at, segment.kind),
        None => format!("ends at {:#x}: {}", end.at, end.why),
    }
}

/// What a segment is, in words.
fn segment(segment: &SegmentModel, deep: bool) -> String {
    let entries = |number: u64| if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") };
    let mut out = segment.kind.to_string();
    match (segment.looked, segment.entries) {
        (None, Some(number)) => {
            out.push_str(&format!(", {}", entries(number)));
            if segment.trailer == Some(false) {
                out.push_str(", no trailer");
            }
        }
        (Some(Looked::All), number) => {
            let unpacked = size(segment.unpacked.unwrap_or(0));
            out.push_str(&format!(", {} in {unpacked}", entries(number.unwrap_or(0))));
        }
        (Some(Looked::Start), _) if deep => {
            out.push_str(&format!(", unpacked up to the limit of {}", size(segment.unpacked.unwrap_or(0))));
        }
        (Some(Looked::Start), _) => out.push_str(", only its start unpacked (--deep)"),
        (Some(Looked::No), _) if deep => out.push_str(", not read"),
        (Some(Looked::No), _) => out.push_str(", not unpacked (--deep)"),
        (None, None) => {}
    }
    if let Some(at) = segment.damaged_at {
        out.push_str(&format!("; damaged or cut off at {at:#x}"));
    } else if !segment.end_known {
        out.push_str("; to the end, unless more follows");
    }
    out
}

fn entries(out: &mut dyn Write, initrd: &InitrdModel) -> io::Result<()> {
    if !initrd.entries.is_empty() {
        writeln!(out)?;
        let header = [">OFFSET", ">LENGTH", "<ENTRY"];
        let rows = initrd.entries.iter().map(|entry| {
            let slash = if entry.kind == "folder" && !entry.path.raw().ends_with(b"/") { "/" } else { "" };
            vec![
                format!("{:#x}", entry.data),
                entry.length.to_string(),
                format!("{}{slash}", entry.path.text()),
            ]
        });
        text::columns(out, &header, rows.collect())?;
    }
    match initrd.more_entries {
        0 => Ok(()),
        1 => writeln!(out, "and 1 entry more (--entries)"),
        more => writeln!(out, "and {more} entries more (--entries)"),
    }
}

fn tables(out: &mut dyn Write, initrd: &InitrdModel) -> io::Result<()> {
    writeln!(out)?;
    if initrd.tables.is_empty() {
        return writeln!(out, "tables: none");
    }
    writeln!(out, "tables:")?;
    initrd.tables.iter().try_for_each(|one| table(out, one))
}

fn table(out: &mut dyn Write, table: &TableModel) -> io::Result<()> {
    let TableModel { length, offset, path, .. } = table;
    let outcome = if table.outcome == Examined::NotSeen { "not seen" } else { table.outcome.name() };
    let signature = table.signature.as_ref().map_or("-".into(), Foreign::text);
    let place = place(*offset, table.segment);
    writeln!(out, "  {outcome:<12}  {signature:<4}  {length:>7} bytes at {place}  {}", path.text())?;
    why(out, table.why.as_deref())
}

fn microcode(out: &mut dyn Write, file: &MicrocodeModel) -> io::Result<()> {
    let seen = if file.seen { "seen" } else { "not seen" };
    let place = place(file.offset, file.segment);
    writeln!(out, "  {seen:<12}        {:>7} bytes at {place}  {}", file.length, file.path.text())?;
    why(out, file.why.as_deref())
}

/// Where a file stands: in the initrd, or in what comes out of a segment.
fn place(offset: u64, segment: Option<u64>) -> String {
    match segment {
        Some(segment) => format!("{segment:#x}+{offset:#x}"),
        None => format!("{offset:#x}"),
    }
}

fn why(out: &mut dyn Write, why: Option<&str>) -> io::Result<()> {
    why.map_or(Ok(()), |why| text::paragraph(out, "      ", 6, why))
}

/// What the unpacker makes of an initrd, in words.
fn unpacker(initrd: &InitrdModel) -> String {
    let unpacker = &initrd.unpacker;
    let init = match unpacker.init {
        InitFile::Present => "/init is there",
        InitFile::Absent => "/init is not there",
        InitFile::Unknown => "/init may be in what was not unpacked",
    };
    if let Some(failure) = &unpacker.failure {
        let words = failure.message.map_or_else(String::new, |words| format!(" (\"{words}\")"));
        return format!("fails at {:#x}{words}, {} bytes are lost; {init}", failure.at, failure.lost);
    }
    if let Some(at) = unpacker.cut_short {
        return format!("the initrd is cut off in the entry at {at:#x}; {init}");
    }
    match unpacker.open_from {
        Some(at) => {
            format!("nothing against it up to the data at {at:#x}, whose end only unpacking can find; {init}")
        }
        None => format!("nothing against it; {init}"),
    }
}
