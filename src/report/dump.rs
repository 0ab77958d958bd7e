//! `acpihp dump` for people, and as text that acpixtract reads.

use super::text::{self, Detail, WIDTH, or_dash, size};
use super::{domains, hardware, hexdump};
use crate::bytes;
use crate::container::{acpidump, raw};
use crate::foreign::Foreign;
use crate::phrase::count;
use crate::source::SourceTable;
use crate::table::def::{FieldKind, Hint, Role};
use crate::table::item::{FieldValue, Item, Problem, Value, What};
use crate::table::summary::{Summary, right_checksum};
use crate::table::{HEADER_LEN, Signature, aml, decode, names, slit, srat};
use std::borrow::Cow;
use std::io::{self, Write};

/// One line for each table and a line for all of them; where more is wanted, what each is and where it was read below it.
pub fn list(out: &mut dyn Write, tables: &[SourceTable], detail: Detail) -> io::Result<()> {
    let placed = tables.iter().any(|table| table.address.is_some());
    let mut header =
        vec!["<TABLE", ">LENGTH", ">REV", "<SUM", "<OEM ID", "<TABLE ID", ">OEM REV", "<CREATOR"];
    if placed {
        header.insert(1, ">ADDRESS");
    }
    let row = |table: &SourceTable| {
        let summary = Summary::of(&table.bytes);
        let text = |id: Option<&[u8]>| or_dash(id.map(short_id));
        let creator = match (summary.creator_id, summary.creator_revision) {
            (Some(id), Some(revision)) => format!("{:4} {revision:08x}", short_id(&id)),
            _ => "-".to_owned(),
        };
        let mut row = vec![
            table.name.text().into_owned(),
            or_dash(summary.length),
            or_dash(summary.revision),
            checksum_word(&summary, table.bytes.len()).to_owned(),
            text(summary.oem_id.as_ref().map(<[u8; 6]>::as_slice)),
            text(summary.oem_table_id.as_ref().map(<[u8; 8]>::as_slice)),
            or_dash(summary.oem_revision.map(|revision| format!("{revision:08x}"))),
            creator,
        ];
        if placed {
            row.insert(1, or_dash(table.address.map(|address| format!("{address:#x}"))));
        }
        row
    };
    let below = |table: &SourceTable| (detail == Detail::Verbose).then(|| about_words(table));
    text::with_reasons(out, &header, tables.iter().map(|table| (row(table), below(table))).collect())?;
    let total: usize = tables.iter().map(|table| table.bytes.len()).sum();
    let rounded = if total < 1024 { String::new() } else { format!(" ({})", size(total as u64)) };
    writeln!(out, "{}, {total} bytes{rounded}", count(tables.len(), "table", "tables"))
}

/// An id as Linux prints it in its log, without the blanks that fill it up; `""` when nothing is left.
fn short_id(id: &[u8]) -> String {
    let text = bytes::kernel_text(id);
    let text = text.trim_end();
    if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() }
}

fn checksum_word(summary: &Summary, len: usize) -> &'static str {
    match summary.checksum_ok {
        // A header by itself: what it sums up is not there.
        Some(false) if len == HEADER_LEN && summary.length > Some(HEADER_LEN as u64) => "-",
        Some(true) => "ok",
        Some(false) => "bad",
        None => "-",
    }
}

/// Each of these tables in full, a blank line between two.
pub fn tables<'a>(
    out: &mut dyn Write,
    tables: impl IntoIterator<Item = &'a SourceTable>,
    detail: Detail,
) -> io::Result<()> {
    for (index, table) in tables.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let survey = Survey::of(&table.bytes);
        if detail == Detail::Quiet {
            survey.problems(out)?;
            fields(out, &table.bytes, &survey.columns)?;
            continue;
        }
        heading(out, table)?;
        survey.problems(out)?;
        if let Ok(srat) = srat::Srat::parse(&table.bytes) {
            domains::write(out, &srat)?;
        }
        if let Some(found) = aml::scan(&table.bytes) {
            super::aml::write(out, &found, detail)?;
        }
        hardware::write(out, &table.bytes)?;
        if let Ok(slit) = slit::Slit::parse(&table.bytes) {
            matrix(out, &slit)?;
        }
        fields(out, &table.bytes, &survey.columns)?;
        if detail == Detail::Verbose {
            writeln!(out, "\nAll bytes:")?;
            hexdump::indented(out, &table.bytes, 0, 2)?;
        }
    }
    Ok(())
}

fn heading(out: &mut dyn Write, table: &SourceTable) -> io::Result<()> {
    let address = table.address.map_or_else(String::new, |address| format!(" at {address:#x}"));
    writeln!(out, "{}: {}", table.name.text(), title(table))?;
    writeln!(out, "{} bytes{address}, from {}\n", table.bytes.len(), origin(table))
}

/// What a table is and where it was read, below a line about it, where more is wanted.
pub fn about(out: &mut dyn Write, table: &SourceTable, detail: Detail) -> io::Result<()> {
    match detail {
        Detail::Verbose => text::paragraph(out, "", 4, &about_words(table)),
        _ => Ok(()),
    }
}

fn about_words(table: &SourceTable) -> String {
    format!("{}, from {}", title(table), origin(table))
}

/// What such a table is called.
fn title(table: &SourceTable) -> &'static str {
    names::title(&table.bytes).unwrap_or("unknown table")
}

/// The file that a table was read from, and where in it it begins.
fn origin(table: &SourceTable) -> String {
    let offset = if table.offset > 0 { format!(", byte {}", table.offset) } else { String::new() };
    format!("{}{offset}", Foreign::from(table.origin.as_path()).text())
}

/// What a walk over a table shows before its fields are written.
struct Survey {
    /// Where the columns of the field list start.
    columns: Columns,
    /// How many problems there are.
    problems: usize,
    /// The first of them, each with its place.
    first: Vec<(usize, Problem)>,
}

impl Survey {
    /// The most problems that stand in front of a list of fields.
    const MOST: usize = 10;

    fn of(table: &[u8]) -> Survey {
        let (mut problems, mut first) = (0usize, Vec::new());
        let (mut longest, mut widest) = (21, 10);
        let mut text = String::new();
        for item in decode(table) {
            match &item.what {
                What::Value(field) => {
                    longest = longest.max(usize::from(item.depth) * 2 + item.name_len());
                    if widest < Columns::VALUE
                        && let Value::Uint(_) | Value::Text(_) = field.value
                    {
                        text.clear();
                        push_value(&mut text, field);
                        widest = widest.max(width(&text));
                    }
                }
                What::Problem(problem) => {
                    problems += 1;
                    if first.len() < Survey::MOST {
                        first.push((item.offset, *problem));
                    }
                }
                _ => {}
            }
        }
        Survey { columns: Columns::of(table, longest, widest), problems, first }
    }

    /// What does not fit, before a list of fields that may be long; it stands there again, where it belongs.
    fn problems(&self, out: &mut dyn Write) -> io::Result<()> {
        for (offset, problem) in &self.first {
            text::paragraph(out, &format!("byte {offset:#x}: "), 4, &problem.to_string())?;
        }
        if self.problems > Survey::MOST {
            writeln!(out, "and {} more", self.problems - Survey::MOST)?;
        }
        if self.problems > 0 { writeln!(out) } else { Ok(()) }
    }
}

/// The distances as a matrix, in blocks of as many columns as a terminal has room for.
fn matrix(out: &mut dyn Write, slit: &slit::Slit<'_>) -> io::Result<()> {
    const COLUMNS: usize = 18;
    let Some(size) = slit.size().filter(|size| *size > 0) else { return Ok(()) };
    for first in (0..size).step_by(COLUMNS) {
        let last = first.saturating_add(COLUMNS).min(size);
        let head: String = (first..last).map(|to| format!("{to:>4}")).collect();
        writeln!(out, "{:>7} {head}", if first == 0 { "from\\to" } else { "" })?;
        for (from, row) in slit.rows().into_iter().flatten().enumerate() {
            let cells: String =
                row.get(first..last).unwrap_or_default().iter().map(|far| format!("{far:>4}")).collect();
            writeln!(out, "{from:>7} {cells}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Where the columns of the field list start.
struct Columns {
    name: usize,
    value: usize,
    meaning: usize,
}

impl Columns {
    /// The widest that the columns of names and values are made.
    const NAME: usize = 40;
    const VALUE: usize = 12;

    /// Wide enough for nearly all that the table has, whose longest name and widest value these are.
    fn of(table: &[u8], longest: usize, widest: usize) -> Columns {
        let digits = format!("{:x}", table.len()).len().max(4);
        let name = 2 + digits + 1 + 5 + 2;
        let value = name + longest.min(Columns::NAME) + 2;
        Columns { name, value, meaning: value + widest.min(Columns::VALUE) + 2 }
    }
}

/// Columns that a text takes.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Adds blanks to a line up to a column.
fn pad(line: &mut String, column: usize) {
    bytes::push_blanks(line, column.saturating_sub(width(line)));
}

/// Ends a line and writes it.
fn end(out: &mut dyn Write, line: &mut String) -> io::Result<()> {
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Every field of a table, with offset, size, name, value and meaning.
fn fields(out: &mut dyn Write, table: &[u8], at: &Columns) -> io::Result<()> {
    let (name, wide, value_wide) = (at.name, at.value - at.name, at.meaning - at.value);
    let offset = format!("{:1$}  SIZE", "OFFSET", at.name - 8);
    writeln!(out, "{offset:name$}{:wide$}{:value_wide$}MEANING", "FIELD", "VALUE")?;
    let walk = decode(table);
    let covered = walk.table();
    // A line is made in memory that the last one had: a table can have a million of them.
    let (mut line, mut parts) = (String::with_capacity(2 * WIDTH), Vec::new());
    for item in walk {
        line.clear();
        if let What::Entry { .. } = item.what {
            line.push('\n');
        }
        let is_problem = matches!(item.what, What::Problem(_));
        line.push_str("0x");
        bytes::push_hex(&mut line, item.offset as u64, at.name - 10);
        line.push(' ');
        if is_problem {
            bytes::push_blanks(&mut line, 5)
        } else {
            bytes::push_dec(&mut line, item.size as u64, 5)
        }
        bytes::push_blanks(&mut line, 2 + usize::from(item.depth) * 2);
        if !is_problem {
            item.push_name(&mut line);
        }
        match &item.what {
            What::Value(field) => value(out, &mut line, &mut parts, at, &item, field, covered)?,
            What::Group { .. } => end(out, &mut line)?,
            What::Entry { kind, def } => {
                if let (Some(kind), None) = (kind, def) {
                    line.push_str(&format!(" of type {kind:#04x}"));
                }
                end(out, &mut line)?;
            }
            What::Raw(_, bytes) => {
                end(out, &mut line)?;
                hexdump::indented(out, bytes, item.offset, 8)?;
            }
            What::Problem(problem) => {
                line.push_str("! ");
                text::paragraph(out, &line, line.len(), &problem.to_string())?;
            }
        }
    }
    Ok(())
}

/// The line of a field, of which place and name are there.
fn value(
    out: &mut dyn Write,
    line: &mut String,
    parts: &mut Vec<Cow<'static, str>>,
    at: &Columns,
    item: &Item<'_>,
    field: &FieldValue<'_>,
    table: &[u8],
) -> io::Result<()> {
    if let Value::Bytes(bytes) = field.value
        && at.value + bytes.len() * 3 > WIDTH
    {
        if bytes.iter().all(|byte| *byte == 0) {
            pad(line, at.value - 2);
            line.push_str("  all 0");
            return end(out, line);
        }
        end(out, line)?;
        return hexdump::indented(out, bytes, item.offset, 8);
    }
    if let Value::Uints { width, .. } = field.value {
        return numbers(out, line, at.value, width, field.value);
    }
    let label = line.len();
    pad(line, at.value);
    let start = line.len();
    push_value(line, field);
    if at.value + width(line.get(start..).unwrap_or_default()) > WIDTH {
        // Below its name, where it does not fit beside it.
        line.replace_range(label..start, &format!("\n{:1$}", "", at.name + 4));
    }
    parts.clear();
    meaning(parts, field, table);
    if parts.is_empty() {
        return end(out, line);
    }
    let column = at.meaning.max(width(line) + 2);
    let len: usize = parts.iter().map(|part| width(part) + 2).sum();
    if column + len > WIDTH + 2 {
        end(out, line)?;
        return parts.iter().try_for_each(|part| text::paragraph(out, "", at.name + 4, part));
    }
    pad(line, column);
    for (index, part) in parts.iter().enumerate() {
        line.push_str(if index > 0 { ", " } else { "" });
        line.push_str(part);
    }
    end(out, line)
}

/// A list of numbers under each other, as many in a line as fit.
fn numbers(
    out: &mut dyn Write,
    line: &mut String,
    column: usize,
    bytes: u16,
    value: Value<'_>,
) -> io::Result<()> {
    let digits = match bytes {
        1 => 3,
        2 => 5,
        _ => value.uints().max().map_or(1, bytes::decimals),
    };
    let column = column.max(width(line) + 2);
    let fits = (WIDTH.saturating_sub(column) / (digits + 1)).max(1);
    pad(line, column);
    for (index, number) in value.uints().enumerate() {
        if index > 0 && index % fits == 0 {
            line.truncate(line.trim_end().len());
            end(out, line)?;
            line.clear();
            bytes::push_blanks(line, column);
        }
        bytes::push_dec(line, number, digits);
        line.push(' ');
    }
    line.truncate(line.trim_end().len());
    end(out, line)
}

/// Of a text how much is shown, and how many zeros only fill up what is longer than an id: they are counted instead.
fn filled(text: &[u8]) -> (&[u8], usize) {
    const ID_LEN: usize = 8;
    let filled = text.iter().rev().take_while(|byte| **byte == 0).count();
    match text.get(..text.len() - filled) {
        Some(shown) if filled > 1 && text.len() > ID_LEN => (shown, filled),
        _ => (text, 0),
    }
}

/// Adds a value to a line of text; nothing for a list of numbers.
fn push_value(line: &mut String, field: &FieldValue<'_>) {
    match (field.value, field.def.kind) {
        (Value::Uint(number), FieldKind::Uint(Hint::Dec) | FieldKind::Choice(_)) => {
            bytes::push_dec(line, number, 1)
        }
        (Value::Uint(number), _) => {
            line.push_str("0x");
            bytes::push_hex(line, number, 1);
        }
        (Value::Text(_) | Value::Unicode(_), _) => line.push_str(&value_words(field).text()),
        (Value::Guid(guid), _) => line.push_str(&bytes::guid(guid)),
        (Value::Bytes(bytes), _) => line.push_str(&bytes::pairs(bytes)),
        (Value::Uints { .. }, _) => {}
    }
}

/// A value in words, text as it is in the table; nothing for a list of numbers.
pub(super) fn value_words(field: &FieldValue<'_>) -> Foreign {
    match field.value {
        Value::Text(text) => {
            let (text, zeros) = filled(text);
            let more = if zeros > 0 { format!(" and {zeros} zeros") } else { String::new() };
            Foreign::from("\"") + text + "\"" + more
        }
        Value::Unicode(_) => Foreign::from("\"") + field.value.utf16().unwrap_or_default() + "\"",
        _ => {
            let mut text = String::new();
            push_value(&mut text, field);
            text.into()
        }
    }
}

/// Adds what a value says, in parts, for fields whose value does not say it all.
fn meaning(parts: &mut Vec<Cow<'static, str>>, field: &FieldValue<'_>, table: &[u8]) {
    let Value::Uint(number) = field.value else { return };
    let covered = match field.def.role {
        Role::Checksum => Some(table),
        Role::ChecksumOf(len) => table.get(..usize::from(len)),
        _ => None,
    };
    if let Some(covered) = covered {
        let right = right_checksum(number.to_le_bytes()[0], covered);
        let is_right = u64::from(right) == number;
        parts.push(if is_right { "ok".into() } else { format!("wrong, {right:#04x} would be right").into() });
        return;
    }
    if let Some(must) = field.def.reserved_value() {
        if must != number {
            parts.push(format!("reserved, should be {must}").into());
        }
        return;
    }
    if let FieldKind::Flags(_) = field.def.kind {
        for (bits, value) in field.bits() {
            match (bits.width, value, bits.meaning(value)) {
                (1, 0, _) => {}
                (1, _, _) => parts.push(bits.name.into()),
                (_, _, Some(meaning)) => parts.push(format!("{}: {meaning}", bits.name).into()),
                _ => parts.push(format!("{}: {value}", bits.name).into()),
            }
        }
        let undefined = field.undefined_bits();
        if undefined != 0 {
            parts.push(format!("undefined bits {undefined:#x}").into());
        }
        return;
    }
    // The heading of an entry says what its type is called.
    if let Some(label) = field.label().filter(|_| field.def.role != Role::Type) {
        parts.push(label.into());
    } else if field.def.kind == FieldKind::Uint(Hint::Amount) && number >= 1024 {
        parts.push(size(number).into());
    }
}

/// Tables in the text form of acpidump: acpixtract gives the same bytes back.
pub fn acpidump<'a>(
    out: &mut dyn Write,
    tables: impl IntoIterator<Item = &'a SourceTable>,
) -> io::Result<()> {
    let mut text = Vec::new();
    for table in tables {
        text.clear();
        let Signature(name) = raw::name(&table.bytes);
        acpidump::write(&mut text, &name, table.address.unwrap_or(0), &table.bytes);
        out.write_all(&text)?;
    }
    Ok(())
}

/// The name of the file that a table is written to, as acpixtract has it: lower case, `.dat`. It never has another
/// directory in it, whatever the table's bytes are.
pub fn file_name(table: &SourceTable) -> String {
    let clean = |byte: u8| match byte {
        b'/' | b'\\' | b'.' => '_',
        b'!'..=b'~' => char::from(byte.to_ascii_lowercase()),
        _ => '_',
    };
    let Signature(name) = raw::name(&table.bytes);
    let stem: String = name.into_iter().map(clean).collect();
    // The number that the source gave it, if its name is signature and number (the signature may end in one: DBG2).
    let number = table.name.raw().strip_prefix(&name).unwrap_or_default();
    let number = std::str::from_utf8(number).unwrap_or_default();
    let number = if number.bytes().all(|byte| byte.is_ascii_digit()) { number } else { "" };
    format!("{stem}{number}.dat")
}
