//! The text of acpidump: a header line for each table, then rows of an offset, up to 16 bytes in hex and their ASCII.
//!
//! Written as acpidump of ACPICA writes it, and read in every variety that is about: that of the older pmtools, with
//! CR LF line ends, in lower case, indented or quoted by a mail program, with other text before, between and inside
//! the tables, with a header line missing.
//!
//! The same rows follow a line `Raw Table Data: Length N (0xN)` in what iasl writes of a table that is no code, and so
//! in the listings that hw-probe makes of a machine: acpixtract's list of the tables, then each table as iasl tells it.
//!
//! The bytes of a row are read by column, since the ASCII beside them can look like hex: 16 columns of three
//! characters, of which a short row leaves the last ones blank.

mod list;

use crate::bytes::u32_at;
use crate::foreign::Foreign;
use crate::table::HEADER_LEN;
use list::{listed, listed_header};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// What begins the line before a table's rows in what iasl writes.
pub(crate) const RAW_DATA: &[u8] = b"Raw Table Data";

/// The most bytes that a row has.
const ROW_LEN: usize = 16;

/// The fewest bytes that are taken for a table: a signature and a length.
const LEAST_LEN: usize = 8;

/// The most notes that are kept.
const MOST_NOTES: usize = 1000;

/// The value of a hex digit, or 0xff.
#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        let (upper, lower) = (b"0123456789ABCDEF"[value], b"0123456789abcdef"[value]);
        digits[upper as usize] = value as u8;
        digits[lower as usize] = value as u8;
        value += 1;
    }
    digits
};

/// One table of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpedTable {
    /// The name in its header line (`SSDT`, also `SSDT4` or `RSD PTR`), as the text has it; empty without such a line,
    /// and in what iasl writes.
    pub name: Foreign,
    /// Physical address in the header line; 0 when the dump did not know it.
    pub address: u64,
    /// The line that it starts at, from 1.
    pub line: usize,
    /// Where that line starts, in bytes from the start of the text.
    pub offset: usize,
    /// The bytes that its rows give.
    pub bytes: Vec<u8>,
    /// In what iasl writes, the part of the text before its rows, which decodes them; and the line that this starts at.
    pub decoded: Option<(Range<usize>, usize)>,
}

/// Something in the text that a reader should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line that it is about, from 1.
    pub line: usize,
    /// What it is.
    pub what: What,
}

/// What a [`Note`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Lines that are no part of any table.
    Other {
        /// How many there are, one after the other.
        lines: usize,
        /// The beginning of the first.
        text: Foreign,
    },
    /// A row's offset is not where the row before it ended: lines were lost or doubled. Its bytes were appended.
    Gap {
        /// Where the row before it ended.
        expected: usize,
        /// What the row says.
        found: u64,
    },
    /// Something among a row's hex digits is none; the bytes before it were taken.
    NoHex,
    /// Rows that start a table without a header line.
    NoHeader,
    /// A header line with fewer bytes after it than any table has; left out.
    NoTable {
        /// How many there are.
        found: usize,
    },
    /// The header line tells another number of bytes than there are.
    Count {
        /// What the header line says.
        said: u64,
        /// How many there are.
        found: usize,
    },
    /// Tables of the list at the text's beginning whose bytes it does not give: code is there as source only.
    NoBytes {
        /// Their names with how many there are of each: `DSDT, 3 SSDT`.
        names: Foreign,
    },
    /// A row is said to repeat for longer than any table is; the table ends before.
    Repeated {
        /// Where the row after it would stand.
        to: u64,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Other { lines: 1, text } => {
                write!(out, "line {}: no part of a table: {}", self.line, text.text())
            }
            What::Other { lines, text } => {
                let last = self.line.saturating_add(*lines).saturating_sub(1);
                write!(out, "lines {}-{last}: no part of a table: {} …", self.line, text.text())
            }
            What::Gap { expected, found } => {
                write!(
                    out,
                    "line {}: offset {found:#x} where {expected:#x} should follow: rows lost or doubled",
                    self.line
                )
            }
            What::NoHex => write!(out, "line {}: something else among the hex digits", self.line),
            What::NoHeader => write!(out, "line {}: a table without a header line", self.line),
            What::NoTable { found } => {
                write!(out, "line {}: {found} bytes after this header line: no table", self.line)
            }
            What::Count { said, found } => {
                write!(out, "line {}: {said} bytes announced, and {found} are there", self.line)
            }
            What::NoBytes { names } => {
                write!(out, "line {}: listed without their bytes: {}", self.line, names.text())
            }
            What::Repeated { to } => {
                write!(out, "line {}: a row repeated up to {to:#x}: more than any table has", self.line)
            }
        }
    }
}

/// What a text holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dump {
    /// The tables, in their order.
    pub tables: Vec<DumpedTable>,
    /// What was noticed, in the order of the lines, up to 1000 of them.
    pub notes: Vec<Note>,
    /// How many notes there were beyond those.
    pub more_notes: usize,
    /// Headers of tables that the list at the text's beginning has and whose bytes the text does not give.
    pub headers: Vec<[u8; HEADER_LEN]>,
}

/// Reads the tables of a text. One without tables gives none: no text is an error.
pub fn read(text: &[u8]) -> Dump {
    let is_listing = memchr::memmem::find(text, RAW_DATA).is_some();
    let mut reader = Reader { left: text.len(), is_listing, ..Reader::default() };
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        reader.number = reader.number.saturating_add(1);
        reader.offset = at;
        reader.left = rest.len();
        reader.line(rest.get(..end).unwrap_or(rest));
        at = at.saturating_add(end).saturating_add(1);
    }
    reader.close();
    reader.note_unread();
    reader.dump
}

/// Whether one of the lines at the beginning of a text begins a table.
pub fn has_header(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| Header::parse(line).is_some())
}

/// Appends one table to a text: the header line, the rows, a blank line. The header line has the signature's four
/// bytes, `?` for those that are not printable.
pub fn write(text: &mut Vec<u8>, signature: &[u8], address: u64, table: &[u8]) {
    let printable = |byte: u8, or: u8| if byte.is_ascii_graphic() || byte == b' ' { byte } else { or };
    text.reserve(table.len().div_ceil(ROW_LEN).saturating_mul(76).saturating_add(26));
    text.extend((0..4).map(|index| printable(signature.get(index).copied().unwrap_or(b' '), b'?')));
    text.extend_from_slice(b" @ 0x");
    text.extend((0..16).rev().map(|digit| upper_hex((address >> (4 * digit)) as u8)));
    text.push(b'\n');
    for (index, row) in table.chunks(ROW_LEN).enumerate() {
        let offset = index.saturating_mul(ROW_LEN);
        let digits = (offset.checked_ilog2().unwrap_or(0) as usize / 4 + 1).max(4);
        text.resize(text.len().saturating_add(8usize.saturating_sub(digits)), b' ');
        text.extend((0..digits).rev().map(|digit| upper_hex((offset >> (4 * digit)) as u8)));
        text.extend_from_slice(b": ");
        for byte in row {
            text.extend_from_slice(&[upper_hex(byte >> 4), upper_hex(*byte), b' ']);
        }
        let blanks = ROW_LEN.saturating_sub(row.len()).saturating_mul(3).saturating_add(1);
        text.resize(text.len().saturating_add(blanks), b' ');
        text.extend(row.iter().map(|byte| printable(*byte, b'.')));
        text.push(b'\n');
    }
    text.push(b'\n');
}

/// The digit of the low four bits.
fn upper_hex(value: u8) -> u8 {
    b"0123456789ABCDEF".get(usize::from(value & 15)).copied().unwrap_or(b'?')
}

/// One row of bytes.
struct Row {
    offset: u64,
    bytes: [u8; ROW_LEN],
    length: usize,
    /// Whether nothing but blanks, the line's end or the row's ASCII comes after the bytes.
    whole: bool,
}

impl Row {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Reads a line as a row; `None` when it is none.
    fn parse(line: &[u8]) -> Option<Row> {
        let line = unquoted(line);
        let digits = line.iter().take_while(|byte| digit(**byte) < 16).count();
        if !(4..=16).contains(&digits) || line.get(digits) != Some(&b':') {
            return None;
        }
        let offset = number(line.get(..digits)?);
        let columns = line.get(digits.checked_add(1)?..)?;
        let columns = columns.get(columns.iter().take_while(|byte| is_blank(**byte)).count()..)?;
        let mut row = Row { offset, bytes: [0; ROW_LEN], length: 0, whole: true };
        row.read_columns(columns);
        (row.length > 0).then_some(row)
    }

    fn read_columns(&mut self, columns: &[u8]) {
        // Nearly all rows are whole: look at all their columns first and judge them together.
        if let Some(columns) = columns.get(..3 * ROW_LEN - 1)
            && columns.len() == 3 * ROW_LEN - 1
        {
            let mut wrong = 0;
            for (byte, column) in self.bytes.iter_mut().zip(columns.chunks(3)) {
                let [high, low, blank] = [0, 1, 2].map(|index| column.get(index).copied().unwrap_or(b' '));
                wrong |= (digit(high) | digit(low)) & 0xf0 | (blank ^ b' ');
                *byte = digit(high) << 4 | digit(low) & 15;
            }
            if wrong == 0 {
                self.length = ROW_LEN;
                return;
            }
        }
        let mut rest = columns;
        while let (Some(byte), [high, low, after @ ..]) = (self.bytes.get_mut(self.length), rest) {
            if digit(*high) > 15 || digit(*low) > 15 || after.first().is_some_and(|byte| !is_blank(*byte)) {
                break;
            }
            *byte = digit(*high) << 4 | digit(*low);
            self.length += 1;
            rest = after.get(1..).unwrap_or_default();
        }
        self.whole =
            self.length == ROW_LEN || rest.first().is_none_or(|byte| is_blank(*byte)) || self.has_ascii(rest);
    }

    /// Whether a text is the ASCII of these bytes and nothing else.
    fn has_ascii(&self, text: &[u8]) -> bool {
        let text = text.trim_ascii();
        let shown = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { *byte } else { b'.' };
        let mut ascii = [b' '; ROW_LEN];
        ascii.iter_mut().zip(self.bytes()).for_each(|(to, from)| *to = shown(from));
        !text.is_empty() && text == ascii.trim_ascii()
    }
}

/// The line that begins a table.
struct Header {
    name: Foreign,
    address: u64,
    count: Option<u64>,
}

impl Header {
    /// Reads `NAME @ 0xADDRESS` or `NAME @ (nil)`, with or without `(N bytes)` behind it.
    fn parse(line: &[u8]) -> Option<Header> {
        let line = unquoted(line).trim_ascii_end();
        let at = memchr::memrchr(b'@', line.get(..10).unwrap_or(line))?;
        let name = line.get(..at)?;
        let rest = line.get(at.checked_add(1)?..)?;
        // Four characters can be any, blanks too; longer names have none but in the RSDP's.
        let is_name = name.len() < 6
            || name.trim_ascii() == b"RSD PTR"
            || name.trim_ascii_end().iter().all(u8::is_ascii_graphic);
        if !is_name || !rest.first().is_some_and(|byte| is_blank(*byte)) || at > 0 && !name.ends_with(b" ") {
            return None;
        }
        let rest = rest.trim_ascii_start();
        let (address, tail) = if let Some(tail) = rest.strip_prefix(b"(nil)") {
            (0, tail)
        } else {
            let digits = rest.strip_prefix(b"0x").or_else(|| rest.strip_prefix(b"0X"))?;
            let count = digits.iter().take_while(|byte| digit(**byte) < 16).count();
            if !(1..=16).contains(&count) {
                return None;
            }
            (number(digits.get(..count)?), digits.get(count..)?)
        };
        let tail = tail.trim_ascii();
        let count = if tail.is_empty() {
            None
        } else {
            let count = tail.strip_prefix(b"(")?.strip_suffix(b" bytes)")?;
            Some(std::str::from_utf8(count).ok()?.parse().ok()?)
        };
        Some(Header { name: name.trim_ascii().into(), address, count })
    }
}

/// Whether a line is the first one that decodes a table: `[000h 0000   4]  Signature : "SRAT"`.
fn is_first_field(line: &[u8]) -> bool {
    let field = unquoted(line).strip_prefix(b"[000h 0000").and_then(|rest| {
        let end = memchr::memchr(b']', rest)?;
        rest.get(end.saturating_add(1)..)
    });
    field.is_some_and(|field| {
        [b"Signature".as_slice(), b"CDAT Table Length"]
            .iter()
            .any(|name| field.trim_ascii_start().starts_with(name))
    })
}

/// The number of bytes that a line `Raw Table Data: Length N (0xN)` announces, if it tells; `None` when it is none.
fn raw_data(line: &[u8]) -> Option<Option<u64>> {
    let tail = unquoted(line).strip_prefix(RAW_DATA)?.trim_ascii();
    if tail.is_empty() {
        return Some(None);
    }
    let count = tail.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"Length")?.trim_ascii_start();
    let count = count.get(..count.iter().take_while(|byte| byte.is_ascii_digit()).count())?;
    Some(std::str::from_utf8(count).ok()?.parse().ok())
}

/// Where the reading of a text stands.
#[derive(Default)]
struct Reader {
    dump: Dump,
    /// Whether it is a listing of iasl, in which most lines are no bytes.
    is_listing: bool,
    /// The tables of acpixtract's list: how often each is there, and the first line.
    listed: (BTreeMap<([u8; 4], u64), usize>, usize),
    /// Their headers, as far as the list tells.
    headers: Vec<[u8; HEADER_LEN]>,
    /// Where the decoded lines of the next table begin, in the text and by line.
    decoded: Option<(usize, usize)>,
    /// The table whose rows are being read, and the number of bytes that its header line announces.
    open: Option<(DumpedTable, Option<u64>)>,
    /// The last row, while nothing else came after it.
    last: Option<Row>,
    /// The line being read, from 1.
    number: usize,
    /// Where it starts in the text.
    offset: usize,
    /// What is left of the text from there.
    left: usize,
}

impl Reader {
    fn line(&mut self, line: &[u8]) {
        match Row::parse(line) {
            Some(row) if row.whole => return self.row(row),
            // NULs come from serial lines; they are no part of anything.
            _ if line.contains(&0) => {
                let mut clean = [0; 256];
                let mut length = 0;
                for (to, from) in clean.iter_mut().zip(line.iter().filter(|byte| **byte != 0)) {
                    *to = *from;
                    length += 1;
                }
                return self.clean_line(clean.get(..length).unwrap_or_default());
            }
            _ => {}
        }
        self.clean_line(line);
    }

    fn clean_line(&mut self, line: &[u8]) {
        if unquoted(line).is_empty() {
            return;
        }
        if let Some(header) = Header::parse(line) {
            self.begin(header.name, header.address, header.count);
        } else if let Some(count) = raw_data(line) {
            self.begin(Foreign::default(), 0, count);
            let decoded = self.decoded.take().map(|(start, line)| (start..self.offset, line));
            if let Some((table, _)) = &mut self.open {
                table.decoded = decoded;
            }
        } else if let Some(row) = Row::parse(line) {
            self.row(row);
        } else if !self.last.take().is_some_and(|row| row.has_ascii(unquoted(line))) {
            self.other(line);
        }
    }

    fn begin(&mut self, name: Foreign, address: u64, count: Option<u64>) {
        self.close();
        let (line, offset) = (self.number, self.offset);
        let table = DumpedTable { name, address, line, offset, bytes: Vec::new(), decoded: None };
        self.open = Some((table, count));
    }

    fn row(&mut self, row: Row) {
        let starts_table = row.offset == 0 && row.length >= LEAST_LEN;
        match &self.open {
            None if !starts_table => return self.note(What::Gap { expected: 0, found: row.offset }),
            Some((table, _)) if !starts_table || table.bytes.is_empty() => {}
            _ => {
                self.begin(Foreign::default(), 0, None);
                self.note(What::NoHeader);
            }
        }
        let Some((table, _)) = &mut self.open else { return };
        let expected = table.bytes.len();
        if expected == 0 {
            // The header tells how much is to come; the text cannot hold more than a byte in three.
            let length = u32_at(row.bytes(), 4).map_or(0, |length| length as usize);
            table.bytes.reserve_exact(length.min(self.left / 3));
        }
        table.bytes.extend_from_slice(row.bytes());
        if row.offset != expected as u64 {
            self.note(What::Gap { expected, found: row.offset });
        }
        if !row.whole {
            self.note(What::NoHex);
        }
        self.last = Some(row);
    }

    fn other(&mut self, line: &[u8]) {
        if self.is_listing {
            if is_first_field(line) {
                self.decoded = Some((self.offset, self.number));
            }
            let is_cut = |(table, count): &(DumpedTable, Option<u64>)| {
                count.is_some_and(|count| (1..count).contains(&(table.bytes.len() as u64)))
            };
            // Before any bytes, so that no line of source is taken for one.
            if self.dump.tables.is_empty()
                && let Some(key) = listed(line)
            {
                let (all, first) = &mut self.listed;
                if all.is_empty() {
                    *first = self.number;
                }
                if all.len() < MOST_NOTES && self.headers.len() < MOST_NOTES {
                    *all.entry(key).or_default() += 1;
                    self.headers.extend(listed_header(line, key));
                }
            }
            if !self.open.as_ref().is_some_and(is_cut) {
                return;
            }
        }
        if let Some(Note { line: first, what: What::Other { lines, .. } }) = self.dump.notes.last_mut()
            && first.saturating_add(*lines) == self.number
        {
            *lines += 1;
            return;
        }
        let text = line.trim_ascii();
        let text = text.get(..100).unwrap_or(text).into();
        self.note(What::Other { lines: 1, text });
    }

    /// Ends the open table.
    fn close(&mut self) {
        self.last = None;
        let Some((table, count)) = self.open.take() else { return };
        let (line, found) = (table.line, table.bytes.len());
        if found < LEAST_LEN {
            return self.note_at(line, What::NoTable { found });
        }
        if let Some(said) = count.filter(|said| *said != found as u64) {
            self.note_at(line, What::Count { said, found });
        }
        self.dump.tables.push(table);
    }

    /// Notes the tables of acpixtract's list that were not among the rows.
    fn note_unread(&mut self) {
        let (mut missing, line) = std::mem::take(&mut self.listed);
        for table in &self.dump.tables {
            if let (Some(signature), Some(length)) = (table.bytes.first_chunk(), u32_at(&table.bytes, 4))
                && let Some(count) = missing.get_mut(&(*signature, u64::from(length)))
            {
                *count = count.saturating_sub(1);
            }
        }
        let mut left = missing.clone();
        for header in std::mem::take(&mut self.headers).into_iter().rev() {
            let key = header.first_chunk().zip(u32_at(&header, 4)).map(|(name, len)| (*name, u64::from(len)));
            if let Some(count @ 1..) = key.and_then(|key| left.get_mut(&key)) {
                *count -= 1;
                self.dump.headers.insert(0, header);
            }
        }
        let mut names: BTreeMap<[u8; 4], usize> = BTreeMap::new();
        for ((signature, _), count) in missing.into_iter().filter(|(_, count)| *count > 0) {
            *names.entry(signature).or_default() += count;
        }
        let names = names.iter().map(|(name, count)| match count {
            1 => Foreign::from(&name[..]),
            several => Foreign::from(format_args!("{several} ")) + &name[..],
        });
        let names = Foreign::joined(names, ", ");
        if !names.is_empty() {
            self.note_at(line, What::NoBytes { names });
        }
    }

    fn note(&mut self, what: What) {
        self.note_at(self.number, what);
    }

    fn note_at(&mut self, line: usize, what: What) {
        if self.dump.notes.len() < MOST_NOTES {
            self.dump.notes.push(Note { line, what });
        } else {
            self.dump.more_notes = self.dump.more_notes.saturating_add(1);
        }
    }
}

/// A line without its indentation and a mail program's quoting.
pub(crate) fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|byte| is_blank(**byte) || **byte == b'>').count();
    line.get(marks..).unwrap_or_default()
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

pub(super) fn digit(byte: u8) -> u8 {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(0xff)
}

/// The value of up to 16 hex digits.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, byte| value << 4 | u64::from(digit(*byte)))
}
