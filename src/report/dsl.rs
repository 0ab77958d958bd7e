//! `acpihp dump --format dsl`: tables in iasl's data-table language, which `acpihp build` and `iasl` compile.

use crate::bytes;
use crate::source::SourceTable;
use crate::table::def::{Bits, Count, Field, Kind, Role};
use crate::table::item::{FieldValue, Item, RawKind, Value, What};
use crate::table::source::{ALL_BITS, BuildOptions, build, read};
use crate::table::summary::Summary;
use crate::table::{decode, names};
use std::io::{self, Write};

/// Each of these tables as source, with its bytes below as `iasl -d` has them.
pub fn tables<'a>(out: &mut dyn Write, tables: impl IntoIterator<Item = &'a SourceTable>) -> io::Result<()> {
    for (index, table) in tables.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let title = names::title(&table.bytes).unwrap_or("a table of its own kind");
        let mut lines = Vec::new();
        fields(&mut lines, &table.bytes, Style::Listing)?;
        writeln!(out, "/*\n * {}: {title}", table.name)?;
        if is_lost(&table.bytes, &lines) {
            writeln!(
                out,
                " * Without the raw data below, acpihp build makes the same bytes of this only with --as-is: lengths,\n \
                 * counts or sums of the table are not those of its fields."
            )?;
        }
        writeln!(
            out,
            " * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)\n */\n"
        )?;
        out.write_all(&lines)?;
        raw(out, &table.bytes)?;
    }
    Ok(())
}

/// Whether `acpihp build` makes other bytes, or none, of this table's fields unless it takes lengths and sums as they are
/// written (`--as-is`).
pub fn needs_as_is(table: &[u8]) -> bool {
    let mut lines = Vec::new();
    fields(&mut lines, table, Style::Listing).is_err() || is_lost(table, &lines)
}

fn is_lost(table: &[u8], lines: &[u8]) -> bool {
    // Of a table without fields only the header can change: AML need not be built for that.
    if !decode(table).is_defined() {
        let summary = Summary::of(table);
        return summary.checksum_ok == Some(false) || summary.length != Some(table.len() as u64);
    }
    let built = std::str::from_utf8(lines)
        .ok()
        .and_then(|text| read(text).ok())
        .map(|lines| build(&lines, BuildOptions::default()).is_ok_and(|built| built.bytes == table));
    built != Some(true)
}

/// What stands in front of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `[024h 0036 004h]`: offset and size, as `iasl -d` does.
    Listing,
    /// `[0004]`: the size, as `iasl -T` does.
    Template,
}

/// The fields of a table as lines of source.
fn fields(out: &mut dyn Write, table: &[u8], style: Style) -> io::Result<()> {
    print(out, table, style, false)
}

/// The same, with comments that say what the fields may hold.
pub fn commented(out: &mut dyn Write, table: &[u8], style: Style) -> io::Result<()> {
    print(out, table, style, true)
}

fn print(out: &mut dyn Write, table: &[u8], style: Style, commented: bool) -> io::Result<()> {
    let walk = decode(table);
    let unknown = !walk.is_defined();
    let mut printer = Printer { out, style, unknown, commented, blank: true, group: None };
    for item in walk {
        printer.item(&item)?;
    }
    Ok(())
}

struct Printer<'a> {
    out: &'a mut dyn Write,
    style: Style,
    /// Whether the table has no field list: its content is of iasl's generic types.
    unknown: bool,
    /// Whether values are explained.
    commented: bool,
    /// Whether the last line was a blank one.
    blank: bool,
    /// The depth of the structure that was last begun, whose end iasl shows by a blank line.
    group: Option<u8>,
}

impl Printer<'_> {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        if self.group.is_some_and(|depth| item.depth <= depth) {
            self.group = None;
            self.gap()?;
        }
        match &item.what {
            What::Value(field) => self.value(item, field),
            What::Group { def, .. } => {
                self.gap()?;
                if let Some(heading) = def.heading {
                    self.line(item.offset, item.size, def.label, &format!("[{heading}]"))?;
                }
                self.group = Some(item.depth);
                Ok(())
            }
            What::Entry { .. } => self.gap(),
            What::Raw(kind, data) => {
                let label = match kind {
                    _ if self.unknown => "Buffer",
                    RawKind::Data => "Data",
                    RawKind::Undefined => "Undefined Bytes",
                    RawKind::PastLength => "Bytes Past Length",
                };
                self.gap()?;
                self.line(item.offset, item.size, label, &list(data, self.style))
            }
            What::Problem(problem) => {
                self.blank = false;
                writeln!(self.out, "/**** {problem} */")
            }
        }
    }

    fn gap(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.blank, true) { Ok(()) } else { writeln!(self.out) }
    }

    fn line(&mut self, offset: usize, size: usize, label: &str, value: &str) -> io::Result<()> {
        self.blank = false;
        match self.style {
            Style::Listing => {
                writeln!(self.out, "[{offset:03X}h {offset:04} {size:03X}h] {label:>27} : {value}")
            }
            Style::Template => writeln!(self.out, "[{size:04}] {label:>34} : {value}"),
        }
    }

    fn value(&mut self, item: &Item<'_>, field: &FieldValue<'_>) -> io::Result<()> {
        let def = field.def;
        let label = match field.index {
            Some(index) if def.numbered => format!("{} {index:>3}", def.label),
            _ => def.label.to_owned(),
        };
        if let Value::Uints { width, bytes } = field.value
            && !(width == 1 && def.numbered)
        {
            let width = usize::from(width).max(1);
            return bytes.chunks_exact(width).enumerate().try_for_each(|(index, one)| {
                let number = bytes::uint_at(one, 0, width).unwrap_or(0);
                self.line(
                    item.offset + index * width,
                    width,
                    &label,
                    &format!("{number:0digits$X}", digits = 2 * width),
                )
            });
        }
        if item.offset == 36 && item.depth == 0 {
            // The header is over.
            self.gap()?;
        }
        if self.commented
            && let Kind::Choice(values) = def.kind
        {
            let values: Vec<_> = values.iter().map(|(value, name)| format!("{value:X} {name}")).collect();
            writeln!(self.out, "/* {}: {} */", def.name, values.join(", "))?;
        }
        self.line(item.offset, item.size, &label, &text(field, item, self.style))?;
        if let (Kind::Flags(bits), Value::Uint(value)) = (def.kind, field.value) {
            bits.iter().filter(|bits| !bits.unlisted).try_for_each(|bits| self.bits(bits, value))?;
        }
        // iasl sets type and length off from what they are about.
        if def.role == Role::Length && item.entry.is_some() && item.depth > 0 {
            self.gap()?;
        }
        Ok(())
    }

    fn bits(&mut self, bits: &Bits, value: u64) -> io::Result<()> {
        let digits = usize::from(bits.width).div_ceil(4);
        let value = format!("{:0digits$X}", bits.of(value));
        match self.style {
            Style::Listing => writeln!(self.out, "{:>44} : {value}", bits.name),
            Style::Template => writeln!(self.out, "{:>41} : {value}", bits.name),
        }
    }
}

/// A value as it is written, with what it is called behind it.
fn text(field: &FieldValue<'_>, item: &Item<'_>, style: Style) -> String {
    let def = field.def;
    match field.value {
        Value::Uint(number) => {
            let digits = 2 * item.size.clamp(1, 8);
            let comment = match def.kind {
                Kind::Choice(_) => field.label(),
                Kind::Flags(_)
                    if !def.number && def.listed_bits() != 0 && number & !def.listed_bits() != 0 =>
                {
                    return format!("{number:0digits$X} {ALL_BITS}");
                }
                _ => field.title.filter(|_| def.role == Role::Type),
            };
            match comment {
                Some(comment) => format!("{number:0digits$X} [{comment}]"),
                None => format!("{number:0digits$X}"),
            }
        }
        Value::Text(text) => {
            let quoted = quoted(def, text);
            match names::title(text).filter(|_| item.offset == 0 && def.name == "Signature") {
                Some(title) => format!("{quoted}    [{title}]"),
                None => quoted,
            }
        }
        Value::Unicode(units) => match field.value.utf16() {
            Some(text) if text.strip_suffix('\0').is_some_and(is_plain) => {
                format!("\"{}\"", text.trim_end_matches('\0'))
            }
            _ => braces(units),
        },
        Value::Guid(guid) => bytes::guid(guid).to_ascii_uppercase(),
        Value::Bytes(bytes) if def.width > 1 => pairs(bytes, ','),
        Value::Bytes(bytes) | Value::Uints { bytes, .. } => list(bytes, style),
    }
}

/// Text between quotation marks where they can hold it, else its bytes in braces, which only `acpihp build` reads.
fn quoted(def: &Field, text: &[u8]) -> String {
    let content = match (def.kind, def.count) {
        (Kind::String, _) => text.strip_suffix(&[0]),
        // What a field has room for beyond its text is zeros.
        (_, Count::Fixed(_)) => {
            let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            text.get(..end)
        }
        _ => Some(text),
    };
    match content.and_then(|content| std::str::from_utf8(content).ok()).filter(|content| is_plain(content)) {
        Some(content) => format!("\"{content}\""),
        None => braces(text),
    }
}

/// Whether iasl reads the text between quotation marks as it stands.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"')
}

/// The two digits of a byte.
fn push_pair(text: &mut String, byte: u8) {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'A' - 10 + value });
    text.push(digit(byte >> 4));
    text.push(digit(byte & 15));
}

/// Bytes with a sign between them.
fn pairs(bytes: &[u8], between: char) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(3));
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push(between);
        }
        push_pair(&mut text, *byte);
    }
    text
}

fn braces(bytes: &[u8]) -> String {
    if bytes.is_empty() { "{ }".to_owned() } else { format!("{{ {} }}", pairs(bytes, ' ')) }
}

/// Bytes, sixteen in a line; a backslash joins the lines.
fn list(bytes: &[u8], style: Style) -> String {
    let column = match style {
        Style::Listing => 47,
        Style::Template => 44,
    };
    let mut text = String::with_capacity(bytes.len().saturating_mul(3).saturating_add(bytes.len() / 16 * 50));
    for (index, line) in bytes.chunks(16).enumerate() {
        if index > 0 {
            text.push_str(" \\\n");
            text.extend(std::iter::repeat_n(' ', column));
        }
        text.push_str(&pairs(line, ' '));
    }
    text
}

/// The bytes of a table as iasl shows them at the end.
fn raw(out: &mut dyn Write, table: &[u8]) -> io::Result<()> {
    writeln!(out, "\nRaw Table Data: Length {0} (0x{0:X})\n", table.len())?;
    let mut text = String::with_capacity(80);
    for (index, line) in table.chunks(16).enumerate() {
        text.clear();
        for byte in line {
            push_pair(&mut text, *byte);
            text.push(' ');
        }
        text.extend(std::iter::repeat_n(' ', 48usize.saturating_sub(text.len())));
        text.push_str(" // ");
        text.extend(
            line.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }),
        );
        writeln!(out, "    {:04X}: {text}", index * 16)?;
    }
    Ok(())
}
