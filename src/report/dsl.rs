//! `acpihp dump --format dsl`: tables in iasl's data-table language, which `acpihp build` and `iasl` compile.

use crate::budget;
use crate::bytes;
use crate::source::SourceTable;
use crate::table::def::{Bits, Count, Field, FieldKind, Role};
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
        let title = names::title(&table.bytes).unwrap_or("unknown table");
        writeln!(out, "/*\n * {}: {title}", table.name.dsl())?;
        let lines = Kept::lines(&table.bytes);
        if is_lost(&table.bytes, lines.as_deref()) {
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
        match lines {
            Some(lines) => out.write_all(&lines)?,
            None => fields(out, &table.bytes, Style::Listing)?,
        }
        raw(out, &table.bytes)?;
    }
    Ok(())
}

/// Lines that are kept, as long as there is memory for them.
struct Kept(Vec<u8>);

impl Kept {
    /// The fields of a table as source; `None` where they would take more memory than a run has.
    fn lines(table: &[u8]) -> Option<Vec<u8>> {
        let mut kept = Kept(Vec::new());
        fields(&mut kept, table, Style::Listing).ok().map(|()| kept.0)
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        /// The room grows by no more than this at once, in bytes.
        const GROWTH: usize = 4 << 20;
        if bytes.len() > self.0.capacity() - self.0.len() {
            let growth = self.0.len().clamp(1 << 12, GROWTH).max(bytes.len());
            budget::take(growth as u64, "the source of a table").map_err(io::Error::other)?;
            self.0.reserve_exact(growth);
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether `acpihp build` makes other bytes, or none, of this table's fields unless it takes lengths and sums as they are
/// written (`--as-is`).
pub fn needs_as_is(table: &[u8]) -> bool {
    is_lost(table, Kept::lines(table).as_deref())
}

/// The same for a table whose lines are at hand; without them, as there is no memory for so many, nothing is built.
fn is_lost(table: &[u8], lines: Option<&[u8]>) -> bool {
    // Of a table without fields only the header can change: AML need not be built for that.
    if !decode(table).is_defined() {
        let summary = Summary::of(table);
        return summary.checksum_ok == Some(false) || summary.length != Some(table.len() as u64);
    }
    let built = lines
        .and_then(|lines| std::str::from_utf8(lines).ok())
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
    let line = String::with_capacity(128);
    let mut printer = Printer { out, line, style, unknown, commented, blank: true, group: None };
    for item in walk {
        printer.item(&item)?;
    }
    Ok(())
}

struct Printer<'a> {
    out: &'a mut dyn Write,
    /// The line that is made, in memory that the last one had.
    line: String,
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
                    self.begin(item.offset, item.size, def.label, None);
                    self.line.extend(["[", heading, "]"]);
                    self.end()?;
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
                self.begin(item.offset, item.size, label, None);
                push_list(&mut self.line, data, self.style);
                self.end()
            }
            What::Problem(problem) => {
                self.blank = false;
                writeln!(self.out, "/**** {problem} */")
            }
        }
    }

    fn gap(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.blank, true) { Ok(()) } else { self.out.write_all(b"\n") }
    }

    /// Begins a line: where the field is, how long, and what it is called, with its number where it has one.
    fn begin(&mut self, offset: usize, size: usize, label: &str, index: Option<usize>) {
        let line = &mut self.line;
        line.clear();
        line.push('[');
        let column = match self.style {
            Style::Listing => {
                bytes::push_hex_capitals(line, offset as u64, 3);
                line.push_str("h ");
                push_dec(line, offset);
                line.push(' ');
                bytes::push_hex_capitals(line, size as u64, 3);
                line.push('h');
                27
            }
            Style::Template => {
                push_dec(line, size);
                34
            }
        };
        line.push_str("] ");
        let number = index.map_or(0, |index| bytes::decimals(index as u64).max(3) + 1);
        bytes::push_blanks(line, column - column.min(label.chars().count() + number));
        line.push_str(label);
        if let Some(index) = index {
            line.push(' ');
            bytes::push_dec(line, index as u64, 3);
        }
        line.push_str(" : ");
    }

    /// Ends the line and writes it.
    fn end(&mut self) -> io::Result<()> {
        self.blank = false;
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    fn value(&mut self, item: &Item<'_>, field: &FieldValue<'_>) -> io::Result<()> {
        let def = field.def;
        let index = field.index.filter(|_| def.numbered);
        if let Value::Uints { width, bytes } = field.value
            && !(width == 1 && def.numbered)
        {
            let width = usize::from(width).max(1);
            return bytes.chunks_exact(width).enumerate().try_for_each(|(place, one)| {
                self.begin(item.offset + place * width, width, def.label, index);
                bytes::push_hex_capitals(
                    &mut self.line,
                    bytes::uint_at(one, 0, width).unwrap_or(0),
                    2 * width,
                );
                self.end()
            });
        }
        if item.offset == 36 && item.depth == 0 {
            // The header is over.
            self.gap()?;
        }
        if self.commented
            && let FieldKind::Choice(values) = def.kind
        {
            let values: Vec<_> = values.iter().map(|(value, name)| format!("{value:X} {name}")).collect();
            writeln!(self.out, "/* {}: {} */", def.name, values.join(", "))?;
        }
        self.begin(item.offset, item.size, def.label, index);
        push_text(&mut self.line, field, item, self.style);
        self.end()?;
        if let (FieldKind::Flags(bits), Value::Uint(value)) = (def.kind, field.value) {
            bits.iter().filter(|bits| !bits.unlisted).try_for_each(|bits| self.bits(bits, value))?;
        }
        // iasl sets type and length off from what they are about.
        if def.role == Role::Length && item.entry.is_some() && item.depth > 0 {
            self.gap()?;
        }
        Ok(())
    }

    fn bits(&mut self, bits: &Bits, value: u64) -> io::Result<()> {
        let column: usize = match self.style {
            Style::Listing => 44,
            Style::Template => 41,
        };
        self.line.clear();
        bytes::push_blanks(&mut self.line, column.saturating_sub(bits.name.chars().count()));
        self.line.extend([bits.name, " : "]);
        bytes::push_hex_capitals(&mut self.line, bits.of(value), usize::from(bits.width).div_ceil(4));
        self.end()
    }
}

/// Adds a number with zeros in front of it up to four digits.
fn push_dec(line: &mut String, number: usize) {
    let number = number as u64;
    line.extend(std::iter::repeat_n('0', 4usize.saturating_sub(bytes::decimals(number))));
    bytes::push_dec(line, number, 1);
}

/// Adds a value as it is written, with what it is called behind it.
fn push_text(line: &mut String, field: &FieldValue<'_>, item: &Item<'_>, style: Style) {
    let def = field.def;
    match field.value {
        Value::Uint(number) => {
            bytes::push_hex_capitals(line, number, 2 * item.size.clamp(1, 8));
            let comment = match def.kind {
                FieldKind::Choice(_) => field.label(),
                FieldKind::Flags(_)
                    if !def.number && def.listed_bits() != 0 && number & !def.listed_bits() != 0 =>
                {
                    return line.extend([" ", ALL_BITS]);
                }
                _ => field.title.filter(|_| def.role == Role::Type),
            };
            if let Some(comment) = comment {
                line.extend([" [", comment, "]"]);
            }
        }
        Value::Text(text) => {
            line.push_str(&quoted(def, text));
            if let Some(title) = names::title(text).filter(|_| item.offset == 0 && def.name == "Signature") {
                line.extend(["    [", title, "]"]);
            }
        }
        Value::Unicode(units) => match field.value.utf16() {
            Some(text) if text.strip_suffix('\0').is_some_and(is_plain) => {
                line.extend(["\"", text.trim_end_matches('\0'), "\""]);
            }
            _ => line.push_str(&braces(units)),
        },
        Value::Guid(guid) => line.push_str(&bytes::guid(guid).to_ascii_uppercase()),
        Value::Bytes(bytes) if def.width > 1 => line.push_str(&pairs(bytes, ',')),
        Value::Bytes(bytes) | Value::Uints { bytes, .. } => push_list(line, bytes, style),
    }
}

/// Text between quotation marks where they can hold it, else its bytes in braces, which only `acpihp build` reads.
fn quoted(def: &Field, text: &[u8]) -> String {
    let content = match (def.kind, def.count) {
        (FieldKind::String, _) => text.strip_suffix(&[0]),
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
    text.extend([byte >> 4, byte].map(|value| bytes::digit(value).to_ascii_uppercase()));
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

/// Adds bytes, sixteen in a line; a backslash joins the lines.
fn push_list(text: &mut String, bytes: &[u8], style: Style) {
    let column = match style {
        Style::Listing => 47,
        Style::Template => 44,
    };
    text.reserve(bytes.len().saturating_mul(3).saturating_add(bytes.len() / 16 * 50));
    for (index, line) in bytes.chunks(16).enumerate() {
        if index > 0 {
            text.push_str(" \\\n");
            bytes::push_blanks(text, column);
        }
        text.push_str(&pairs(line, ' '));
    }
}

/// The bytes of a table as iasl shows them at the end.
fn raw(out: &mut dyn Write, table: &[u8]) -> io::Result<()> {
    writeln!(out, "\nRaw Table Data: Length {0} (0x{0:X})\n", table.len())?;
    let mut text = String::with_capacity(80);
    for (index, line) in table.chunks(16).enumerate() {
        text.clear();
        text.push_str("    ");
        bytes::push_hex_capitals(&mut text, (index * 16) as u64, 4);
        text.push_str(": ");
        for byte in line {
            push_pair(&mut text, *byte);
            text.push(' ');
        }
        bytes::push_blanks(&mut text, (16 - line.len()) * 3);
        text.push_str(" // ");
        text.extend(
            line.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }),
        );
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}
