//! Text for people: columns, sizes and findings.

use super::ink;
use super::model::FindingModel;
use super::model::plan::next::NextModel;
use super::model::sources::Sources;
use crate::budget;
use crate::finding::Severity;
use crate::foreign::Foreign;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};

/// How much is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// The bare result, with warnings and errors.
    Quiet,
    /// What most people want to see.
    #[default]
    Normal,
    /// With what is only worth knowing, what is cut short otherwise, and what the answer was made from.
    Verbose,
}

/// Blank lines between the parts of an output of which any may be left out.
#[derive(Debug, Default)]
pub struct Gap {
    begun: bool,
}

impl Gap {
    /// Call it before each part: it writes an empty line, but not in front of the first one.
    pub fn before_next(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match std::mem::replace(&mut self.begun, true) {
            true => writeln!(out),
            false => Ok(()),
        }
    }
}

/// Rows under a header, two blanks between columns, no lines, no trailing blanks. A column's header begins with how it is aligned:
/// `<` for text, `>` for numbers. Cells must be safe to print ([`crate::bytes::escape`]); a cell is never wrapped.
///
/// A listing of nothing but ASCII, as most are, is laid out here: it is what a run of a millisecond ends with. Anything else
/// goes through comfy-table, which knows how wide the letters of the world are.
pub fn columns(out: &mut dyn Write, header: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
    if rows.iter().flatten().all(|cell| cell.is_ascii()) {
        ascii_columns(out, header, &rows)
    } else {
        wide_columns(out, header, rows)
    }
}

/// [`columns`], each reason below the rows that it holds for.
pub fn with_reasons(
    out: &mut dyn Write,
    header: &[&str],
    rows: Vec<(Vec<String>, Option<String>)>,
) -> io::Result<()> {
    let (cells, reasons) = rows.into_iter().map(|(cells, why)| (cells, why.map(|why| ((), why)))).unzip();
    with_reasons_of(out, header, cells, reasons)
}

/// [`with_reasons`], each with what it is a reason of: the same words about something else stand there again.
pub fn with_reasons_of<T: PartialEq>(
    out: &mut dyn Write,
    header: &[&str],
    cells: Vec<Vec<String>>,
    reasons: Vec<Option<(T, String)>>,
) -> io::Result<()> {
    let mut table = Vec::new();
    columns(&mut table, header, cells)?;
    let table = String::from_utf8_lossy(&table);
    let mut lines = table.lines();
    writeln!(out, "{}", lines.next().unwrap_or_default())?;
    for (index, (line, why)) in lines.zip(&reasons).enumerate() {
        writeln!(out, "{line}")?;
        if let Some((_, reason)) = why
            && reasons.get(index + 1) != Some(why)
        {
            paragraph(out, "", 4, reason)?;
        }
    }
    Ok(())
}

/// [`columns`] where they fit into [`WIDTH`]; else without column `below`, whose cells come below their rows.
pub fn columns_or_below(
    out: &mut dyn Write,
    header: &[&str],
    rows: Vec<Vec<String>>,
    below: usize,
) -> io::Result<()> {
    let mut table = Vec::new();
    columns(&mut table, header, rows.clone())?;
    if String::from_utf8_lossy(&table).lines().all(|line| line.chars().count() <= WIDTH) {
        return out.write_all(&table);
    }
    let left = |row: Vec<String>| {
        let mut row: Vec<String> = row;
        let cell = if below < row.len() { row.remove(below) } else { String::new() };
        (row, Some(cell))
    };
    let header: Vec<_> =
        header.iter().enumerate().filter(|(at, _)| *at != below).map(|(_, one)| *one).collect();
    with_reasons(out, &header, rows.into_iter().map(left).collect())
}

/// A column's name, without the sign of its alignment.
fn name(header: &str) -> &str {
    header.get(1..).unwrap_or_default()
}

fn is_right(header: &str) -> bool {
    header.starts_with('>')
}

fn ascii_columns(out: &mut dyn Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let names: Vec<&str> = header.iter().copied().map(name).collect();
    let mut widths: Vec<usize> = names.iter().map(|name| name.len()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let mut line = String::new();
    let mut write = |cells: &mut dyn Iterator<Item = &str>| {
        line.clear();
        for ((cell, header), width) in cells.zip(header).zip(&widths) {
            let blanks = width.saturating_sub(cell.len());
            let (before, after) = if is_right(header) { (blanks, 2) } else { (0, blanks + 2) };
            line.extend(std::iter::repeat_n(' ', before));
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', after));
        }
        writeln!(out, "{}", line.trim_end())
    };
    write(&mut names.into_iter())?;
    rows.iter().try_for_each(|row| write(&mut row.iter().map(String::as_str)))
}

fn wide_columns(out: &mut dyn Write, header: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
    // Cells that know their style and width, and the lines that are made of them.
    let cells = rows.len().saturating_mul(header.len());
    budget::need(cells.saturating_mul(4 * size_of::<Cell>()), "the rows of the report");
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().map(|header| Cell::new(name(header))));
    table.add_rows(rows);
    for (column, header) in table.column_iter_mut().zip(header) {
        column.set_padding((0, 2));
        column.set_cell_alignment(if is_right(header) { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

pub use crate::bytes::{mem, size};

/// Columns of a terminal that text is wrapped for.
pub const WIDTH: usize = 80;

/// `text` wrapped at blanks to [`WIDTH`] columns, each line `indent` columns in; `label` stands in front of the first one.
pub fn paragraph(out: &mut dyn Write, label: &str, indent: usize, text: &str) -> io::Result<()> {
    write!(out, "{label}{:1$}", "", indent.saturating_sub(ink::width(label)))?;
    let mut column = ink::width(label).max(indent);
    let mut at_start = true;
    // A range as Linux prints it has a blank inside that is no place to break.
    let text = text.replace("[mem ", "[mem\u{a0}");
    for word in text.split(' ') {
        let width = word.chars().count();
        if !at_start && column + 1 + width > WIDTH {
            write!(out, "\n{:indent$}", "")?;
            (column, at_start) = (indent, true);
        }
        if !at_start {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{}", word.replace('\u{a0}', " "))?;
        column += width;
        at_start = false;
    }
    writeln!(out)
}

/// A range, both ends in as many digits as the largest address needs, the end inclusive as Linux prints it.
pub fn range(start: u64, end: u64, digits: usize) -> String {
    format!("{start:#0w$x}-{:#0w$x}", end.saturating_sub(1), w = digits + 2)
}

/// What there is, or `-`.
pub fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// How many hexadecimal digits a number has.
pub fn hex_digits(number: u64) -> usize {
    number.checked_ilog2().map_or(1, |log| log as usize / 4 + 1)
}

/// What an answer was made from: if that is the running machine alone, only where more is wanted.
pub fn sources(out: &mut dyn Write, sources: &Sources, detail: Detail) -> io::Result<()> {
    match sources.is_running() && detail != Detail::Verbose {
        true => Ok(()),
        false => paragraph(out, "Sources", 14, &sources.line()),
    }
}

/// What the log of a boot lacks, for views without findings.
pub fn log_lacks(out: &mut dyn Write, sources: &Sources) -> io::Result<()> {
    sources.log_lacks.iter().try_for_each(|gap| paragraph(out, "Log lacks", 14, gap))
}

/// Findings of a boot: what, of warnings and errors what Linux does with it, and where more is wanted how to fix them.
pub fn notes<'a>(
    out: &mut dyn Write,
    findings: impl IntoIterator<Item = &'a FindingModel>,
    detail: Detail,
) -> io::Result<()> {
    for finding in findings {
        let is_info = finding.severity == Severity::Info;
        if is_info && detail == Detail::Quiet {
            continue;
        }
        let lead = ink::label(finding.severity, finding.code) + " ";
        paragraph(out, &lead, 4, &finding.said().text())?;
        if !is_info || detail == Detail::Verbose {
            paragraph(out, "", 4, finding.consequence)?;
        }
        if detail == Detail::Verbose {
            paragraph(out, "    Fix: ", 9, finding.rule.fix())?;
        }
    }
    Ok(())
}

/// The command that fixes a finding, with the name of the file that it is about where that is known.
pub fn command(finding: &FindingModel, file: Option<&Foreign>) -> Option<String> {
    let command = finding.command.as_deref()?;
    Some(file.map_or_else(|| command.to_owned(), |file| command.replacen("FILE", &file.shell(), 1)))
}

/// What to do next, each with its command, which is never wrapped.
pub fn next_steps(out: &mut dyn Write, steps: &[NextModel]) -> io::Result<()> {
    for NextModel { why, command } in steps {
        writeln!(out)?;
        paragraph(out, "next: ", 6, why)?;
        if let Some(command) = command {
            writeln!(out, "      {command}")?;
        }
    }
    Ok(())
}

/// A command line, or that there is none in it.
pub fn or_empty(line: &Foreign) -> Cow<'_, str> {
    if line.is_empty() { "(empty)".into() } else { line.text() }
}

/// A share of 1 in whole percent; what is neither none nor all does not look like it.
pub fn percent(share: f64) -> String {
    match (share * 100.0).round() {
        0.0 if share > 0.0 => "<1 %".to_owned(),
        100.0 if share < 1.0 => ">99 %".to_owned(),
        whole => format!("{whole:.0} %"),
    }
}

/// The word a finding starts with.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// One finding: what and where, and what Linux does with it.
pub fn finding(out: &mut dyn Write, finding: &FindingModel) -> io::Result<()> {
    let label = ink::label(finding.severity, finding.code) + " ";
    let place = finding.start.map_or_else(String::new, |start| format!(" @{start:#x}"));
    paragraph(out, &label, 4, &format!("{}{place}: {}", finding.subject.text(), finding.message.text()))?;
    paragraph(out, "", 4, finding.consequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let pairs =
            [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536 << 20, "1.5 GiB"), (u64::MAX, "16 EiB")];
        for (bytes, text) in pairs {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn paragraphs_are_wrapped() {
        let mut out = Vec::new();
        let text = "A page of memory belongs to one node. The specification has no rule for two.";
        paragraph(&mut out, "Why", 8, text).unwrap();
        let expected =
            "Why     A page of memory belongs to one node. The specification has no rule for\n        two.\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let mut out = Vec::new();
        paragraph(&mut out, "", 2, &"x".repeat(100)).unwrap();
        assert_eq!(out.len(), 103);
    }

    #[test]
    fn columns_look_the_same_either_way() {
        let header = ["<TABLE", ">LENGTH", "<FILE"];
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = vec![row(["SRAT", "280", "a"]), row(["", "12000000", "b c"]), row(["LONGNAME", "-", ""])];
        let (mut plain, mut wide) = (Vec::new(), Vec::new());
        ascii_columns(&mut plain, &header, &rows).unwrap();
        wide_columns(&mut wide, &header, rows).unwrap();
        assert_eq!(String::from_utf8(plain), String::from_utf8(wide));
        let mut out = Vec::new();
        columns(&mut out, &header[..2], vec![row(["\u{8868}", "1", ""])[..2].to_vec()]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "TABLE  LENGTH\n\u{8868}          1\n");
    }

    #[test]
    fn columns_are_aligned_and_trimmed() {
        let mut out = Vec::new();
        let rows = vec![vec!["SRAT".into(), "280".into()], vec!["DSDT".into(), "12000".into()]];
        columns(&mut out, &["<TABLE", ">LENGTH"], rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "TABLE  LENGTH\nSRAT      280\nDSDT    12000\n");
    }
}
