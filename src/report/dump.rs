//! `acpihp dump` for people, and as text that acpixtract reads.

use super::text::{self, Align, WIDTH, columns, size};
use super::{domains, hardware, hexdump};
use crate::bytes::{self, escape};
use crate::container::{acpidump, raw};
use crate::source::{SourceTable, display};
use crate::table::def::{Hint, Kind, Role};
use crate::table::item::{FieldValue, Item, Value, What};
use crate::table::summary::{Summary, right_checksum};
use crate::table::{HEADER_LEN, Signature, aml, decode, names, slit, srat};
use std::io::{self, Write};

/// One line for each table and a line for all of them.
pub fn list(out: &mut dyn Write, tables: &[SourceTable]) -> io::Result<()> {
    let placed = tables.iter().any(|table| table.address.is_some());
    let mut header = vec![("TABLE", Align::Left), ("LENGTH", Align::Right), ("REV", Align::Right)];
    header.extend([("SUM", Align::Left), ("OEM ID", Align::Left), ("TABLE ID", Align::Left)]);
    header.extend([("OEM REV", Align::Right), ("CREATOR", Align::Left)]);
    if placed {
        header.insert(1, ("ADDRESS", Align::Right));
    }
    let row = |table: &SourceTable| {
        let summary = Summary::of(&table.bytes);
        let text = |id: Option<&[u8]>| id.map_or_else(|| "-".to_owned(), short_id);
        let hex =
            |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:08x}"));
        let creator = match (summary.creator_id, summary.creator_revision) {
            (Some(id), Some(revision)) => format!("{:4} {revision:08x}", short_id(&id)),
            _ => "-".to_owned(),
        };
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let mut row = vec![
            table.name.clone(),
            number(summary.length),
            number(summary.revision.map(u64::from)),
            checksum_word(&summary, table.bytes.len()).to_owned(),
            text(summary.oem_id.as_ref().map(<[u8; 6]>::as_slice)),
            text(summary.oem_table_id.as_ref().map(<[u8; 8]>::as_slice)),
            hex(summary.oem_revision),
            creator,
        ];
        if placed {
            row.insert(1, table.address.map_or_else(|| "-".to_owned(), |address| format!("{address:#x}")));
        }
        row
    };
    columns(out, &header, tables.iter().map(row).collect())?;
    let total: usize = tables.iter().map(|table| table.bytes.len()).sum();
    let plural = if tables.len() == 1 { "" } else { "s" };
    let rounded = if total < 1024 { String::new() } else { format!(" ({})", size(total as u64)) };
    writeln!(out, "{} table{plural}, {total} bytes{rounded}", tables.len())
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
pub fn tables<'a>(out: &mut dyn Write, tables: impl IntoIterator<Item = &'a SourceTable>) -> io::Result<()> {
    for (index, table) in tables.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        heading(out, table)?;
        problems(out, &table.bytes)?;
        if let Ok(srat) = srat::Srat::parse(&table.bytes) {
            domains::write(out, &srat)?;
        }
        if let Some(found) = aml::scan(&table.bytes) {
            super::aml::write(out, &found)?;
        }
        hardware::write(out, &table.bytes)?;
        if let Ok(slit) = slit::Slit::parse(&table.bytes) {
            matrix(out, &slit)?;
        }
        fields(out, &table.bytes)?;
    }
    Ok(())
}

fn heading(out: &mut dyn Write, table: &SourceTable) -> io::Result<()> {
    let title = names::title(&table.bytes).unwrap_or("a table of its own kind");
    let address = table.address.map_or_else(String::new, |address| format!(" at {address:#x}"));
    let offset = if table.offset > 0 { format!(", byte {}", table.offset) } else { String::new() };
    writeln!(out, "{}: {title}", table.name)?;
    writeln!(out, "{} bytes{address}, from {}{offset}\n", table.bytes.len(), display(&table.origin))
}

/// What does not fit, before a list of fields that may be long; it stands there again, where it belongs.
fn problems(out: &mut dyn Write, table: &[u8]) -> io::Result<()> {
    const MOST: usize = 10;
    let mut count = 0usize;
    for item in decode(table) {
        if let What::Problem(problem) = item.what {
            count += 1;
            if count <= MOST {
                text::paragraph(out, &format!("byte {:#x}: ", item.offset), 4, &problem.to_string())?;
            }
        }
    }
    if count > MOST {
        writeln!(out, "and {} more", count - MOST)?;
    }
    if count > 0 { writeln!(out) } else { Ok(()) }
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
    /// Wide enough for nearly all that the table has.
    fn of(table: &[u8]) -> Columns {
        let digits = format!("{:x}", table.len()).len().max(4);
        let name = 2 + digits + 1 + 5 + 2;
        let (mut longest, mut widest) = (21, 10);
        for item in decode(table) {
            if let Some(field) = item.field() {
                longest = longest.max(usize::from(item.depth) * 2 + item.name().len());
                if let Value::Uint(_) | Value::Text(_) = field.value {
                    widest = widest.max(value_text(field).chars().count());
                }
            }
        }
        let value = name + longest.min(40) + 2;
        Columns { name, value, meaning: value + widest.min(12) + 2 }
    }
}

/// Every field of a table, with offset, size, name, value and meaning.
fn fields(out: &mut dyn Write, table: &[u8]) -> io::Result<()> {
    let at = Columns::of(table);
    let (name, wide, value_wide) = (at.name, at.value - at.name, at.meaning - at.value);
    let offset = format!("{:1$}  SIZE", "OFFSET", at.name - 8);
    writeln!(out, "{offset:name$}{:wide$}{:value_wide$}MEANING", "FIELD", "VALUE")?;
    let walk = decode(table);
    let covered = walk.table();
    for item in walk {
        let place = |size: bool| {
            let width = at.name - 2;
            let offset = format!("{:#0digits$x}", item.offset, digits = width - 6);
            let size = if size { format!("{:>5}", item.size) } else { format!("{:5}", "") };
            format!("{offset} {size}  {:indent$}", "", indent = usize::from(item.depth) * 2)
        };
        match &item.what {
            What::Value(field) => value(out, &at, &place(true), &item, field, covered)?,
            What::Group { .. } => writeln!(out, "{}{}", place(true), item.name())?,
            What::Entry { kind, .. } => {
                let unknown = match kind {
                    Some(kind) if item.name() == "Unknown Entry" => format!(" of type {kind:#04x}"),
                    _ => String::new(),
                };
                writeln!(out, "\n{}{}{unknown}", place(true), item.name())?;
            }
            What::Raw(_, bytes) => {
                writeln!(out, "{}{}", place(true), item.name())?;
                hexdump::indented(out, bytes, item.offset, 8)?;
            }
            What::Problem(problem) => {
                let label = format!("{}! ", place(false));
                text::paragraph(out, &label, label.len(), &problem.to_string())?;
            }
        }
    }
    Ok(())
}

fn value(
    out: &mut dyn Write,
    at: &Columns,
    place: &str,
    item: &Item<'_>,
    field: &FieldValue<'_>,
    table: &[u8],
) -> io::Result<()> {
    let label = format!("{place}{}", item.name());
    if let Value::Bytes(bytes) = field.value
        && at.value + bytes.len() * 3 > WIDTH
    {
        if bytes.iter().all(|byte| *byte == 0) {
            return writeln!(out, "{label:column$}  all 0", column = at.value - 2);
        }
        writeln!(out, "{label}")?;
        return hexdump::indented(out, bytes, item.offset, 8);
    }
    if let Value::Uints { width, .. } = field.value {
        return numbers(out, &label, at.value, width, field.value);
    }
    let value = value_text(field);
    let room = at.value + value.chars().count() <= WIDTH;
    let label = match room {
        true => format!("{label:column$}{value}", column = at.value),
        false => format!("{label}\n{:column$}{value}", "", column = at.name + 4),
    };
    let meaning = meaning(field, table);
    let column = at.meaning.max(label.chars().count() + 2);
    let len: usize = meaning.iter().map(|part| part.chars().count() + 2).sum();
    if meaning.is_empty() {
        writeln!(out, "{label}")
    } else if column + len <= WIDTH + 2 {
        writeln!(out, "{label:column$}{}", meaning.join(", "))
    } else {
        writeln!(out, "{label}")?;
        meaning.iter().try_for_each(|part| text::paragraph(out, "", at.name + 4, part))
    }
}

/// A list of numbers under each other, as many in a line as fit.
fn numbers(out: &mut dyn Write, label: &str, column: usize, width: u16, value: Value<'_>) -> io::Result<()> {
    let digits = match width {
        1 => 3,
        2 => 5,
        _ => value.uints().map(|number| number.to_string().len()).max().unwrap_or(1),
    };
    let column = column.max(label.chars().count() + 2);
    let fits = (WIDTH.saturating_sub(column) / (digits + 1)).max(1);
    let mut line = format!("{label:column$}");
    for (index, number) in value.uints().enumerate() {
        if index > 0 && index % fits == 0 {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(column);
        }
        line.push_str(&format!("{number:>digits$} "));
    }
    writeln!(out, "{}", line.trim_end())
}

/// Text in quotes. The zeros that fill up what is longer than an id are counted, not shown.
fn quoted(text: &[u8]) -> String {
    const ID_LEN: usize = 8;
    let filled = text.iter().rev().take_while(|byte| **byte == 0).count();
    match text.get(..text.len() - filled) {
        Some(text) if filled > 1 && text.len() + filled > ID_LEN => {
            format!("\"{}\" and {filled} zeros", escape(text))
        }
        _ => format!("\"{}\"", escape(text)),
    }
}

/// A value as text; nothing for a list of numbers.
pub(super) fn value_text(field: &FieldValue<'_>) -> String {
    match (field.value, field.def.kind) {
        (Value::Uint(number), Kind::Uint(Hint::Dec) | Kind::Choice(_)) => number.to_string(),
        (Value::Uint(number), _) => format!("{number:#x}"),
        (Value::Text(text), _) => quoted(text),
        (Value::Unicode(_), _) => {
            format!("\"{}\"", escape(field.value.utf16().unwrap_or_default().as_bytes()))
        }
        (Value::Guid(guid), _) => bytes::guid(guid),
        (Value::Bytes(bytes), _) => bytes::pairs(bytes),
        (Value::Uints { .. }, _) => String::new(),
    }
}

/// What a value says, in parts, for fields whose value does not say it all.
fn meaning(field: &FieldValue<'_>, table: &[u8]) -> Vec<String> {
    let Value::Uint(number) = field.value else { return Vec::new() };
    let covered = match field.def.role {
        Role::Checksum => Some(table),
        Role::ChecksumOf(len) => table.get(..usize::from(len)),
        _ => None,
    };
    if let Some(covered) = covered {
        let right = right_checksum(number.to_le_bytes()[0], covered);
        let is_right = u64::from(right) == number;
        return vec![if is_right { "ok".to_owned() } else { format!("wrong, {right:#04x} would be right") }];
    }
    let one = |text: Option<String>| text.into_iter().collect();
    if let Some(must) = field.def.reserved_value() {
        return one((must != number).then(|| format!("reserved, should be {must}")));
    }
    if let Kind::Flags(_) = field.def.kind {
        let named = field.bits().filter_map(|(bits, value)| match (bits.width, value, bits.meaning(value)) {
            (1, 0, _) => None,
            (1, _, _) => Some(bits.name.to_owned()),
            (_, _, Some(meaning)) => Some(format!("{}: {meaning}", bits.name)),
            _ => Some(format!("{}: {value}", bits.name)),
        });
        let undefined = field.undefined_bits();
        return named.chain((undefined != 0).then(|| format!("undefined bits {undefined:#x}"))).collect();
    }
    // The heading of an entry says what its type is called.
    let label = field.label().filter(|_| field.def.role != Role::Type);
    let amount = field.def.kind == Kind::Uint(Hint::Amount) && number >= 1024;
    one(label.map(str::to_owned).or_else(|| amount.then(|| size(number))))
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
    let number = table.name.strip_prefix(escape(&name).as_ref()).unwrap_or_default();
    let number = if number.bytes().all(|byte| byte.is_ascii_digit()) { number } else { "" };
    format!("{stem}{number}.dat")
}
