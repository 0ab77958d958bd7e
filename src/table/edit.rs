//! Changes of a table, field by field: what is not named stays as it is, byte for byte.
//!
//! An [`Editor`] holds the bytes. Each change writes the bytes of one field, or moves what follows when an entry is added;
//! [`Editor::finish`] raises the OEM revision, without which Linux would not take the table for a newer one, and fixes length
//! and checksum. What became of every byte is then there to be shown.

use super::def::{Count, FieldKind, Role, TableDef};
use super::item::Value;
use super::path::{self, PathError, Place};
use super::structures::{Named, Structures};
use super::summary::{Summary, fix_checksums};
use super::{CDAT, HEADER_LEN, layout};
use crate::bytes::{escape, parse_guid, parse_size, u32_at, uint_at};
use std::ops::Range;

/// Where the OEM revision stands in the common header.
const OEM_REVISION: Range<usize> = 24..28;
/// Where the length stands in it.
const LENGTH: Range<usize> = 4..8;

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The bytes are no whole table.
    #[error("{found} bytes, expected a table of {expected}")]
    NoTable {
        /// Bytes that are there.
        found: usize,
        /// The length that the table names, or that of a header.
        expected: usize,
    },
    /// The path names nothing.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The value does not fit.
    #[error("{name} at byte {offset:#x}: found {found}, expected {expected}")]
    Value {
        /// The field.
        name: String,
        /// Where it is, in bytes from the start of the table.
        offset: usize,
        /// The value that was given; safe to print.
        found: String,
        /// What it can be.
        expected: String,
    },
    /// The field is computed from the others.
    #[error("{name} at byte {offset:#x} is computed and cannot be set")]
    Computed {
        /// The field.
        name: String,
        /// Where it is, in bytes from the start of the table.
        offset: usize,
    },
    /// There is no higher OEM revision.
    #[error(
        "the OEM revision at byte 0x18 is 0xffffffff and cannot be raised, so that Linux would not take the table for a newer one"
    )]
    LastRevision,
    /// The table has no OEM revision.
    #[error("such a table has no OEM revision")]
    NoRevision,
    /// The table would be longer than its length field can say.
    #[error("the table would be longer than 4 GiB")]
    TooLong,
}

/// What becomes of the OEM revision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Revision {
    /// One more, unless a change set it.
    #[default]
    Raise,
    /// As it is.
    Keep,
    /// This one.
    Set(u32),
}

/// A table that is being changed.
#[derive(Debug, Clone)]
pub struct Editor {
    before: Vec<u8>,
    bytes: Vec<u8>,
    /// Bytes that were put in, as spans of `bytes`, by rising start.
    inserted: Vec<Range<usize>>,
    has_own_revision: bool,
    /// The table's list as it was in the beginning: what tells a CDAT is that its sum is right.
    def: Option<&'static TableDef>,
}

/// A run of bytes that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, in bytes from the start of the new table.
    pub offset: usize,
    /// What was there; empty for bytes that were put in.
    pub before: Vec<u8>,
    /// What is there now.
    pub after: Vec<u8>,
}

impl Editor {
    /// Begins with a table.
    ///
    /// # Errors
    /// [`EditError::NoTable`] unless the bytes are a whole table and nothing else.
    pub fn new(table: &[u8]) -> Result<Editor, EditError> {
        let def = super::definition(table);
        let has_header = has_header(def);
        let found = table.len();
        let expected = match Summary::of(table).length {
            _ if has_header && found < HEADER_LEN => HEADER_LEN,
            Some(length) => usize::try_from(length).unwrap_or(usize::MAX),
            None => HEADER_LEN,
        };
        if expected != found {
            return Err(EditError::NoTable { found, expected });
        }
        let (before, bytes) = (table.to_vec(), table.to_vec());
        Ok(Editor { before, bytes, inserted: Vec::new(), has_own_revision: false, def })
    }

    /// The table as it stands.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Sets the field or flag that `path` names. The value is read as the field's kind wants it: a number in decimal or
    /// 0x hex with an optional suffix K, M, G, T or P, the name of a value, text, a GUID, or bytes in hex.
    ///
    /// # Errors
    /// [`EditError`] when the path names nothing, the field is computed, or the value does not fit.
    pub fn set(&mut self, path: &str, value: &str) -> Result<(), EditError> {
        let place = path::find(&self.bytes, path)?;
        let (name, offset) = (place.name.clone(), place.span.start);
        if matches!(place.field.def.role, Role::Length | Role::Checksum | Role::ChecksumOf(_)) {
            return Err(EditError::Computed { name, offset });
        }
        let bytes = encode(&place, value).map_err(|expected| EditError::Value {
            name,
            offset,
            found: format!("\"{}\"", escape(value.as_bytes())),
            expected,
        })?;
        self.has_own_revision |= has_header(self.def) && place.span == OEM_REVISION;
        let span = place.span;
        self.write(span.start, &bytes);
        if self.def.is_some_and(|def| def.signature == CDAT) {
            // The next path is looked up in a table that is told by its sum.
            self.sums();
        }
        Ok(())
    }

    /// Writes bytes over those at `offset`, as far as there are any.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(offset..offset.saturating_add(bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }

    /// Puts bytes in front of what is at `offset`.
    ///
    /// # Errors
    /// [`EditError::TooLong`] when the table cannot take them.
    pub fn insert(&mut self, offset: usize, bytes: &[u8]) -> Result<(), EditError> {
        let offset = offset.min(self.bytes.len());
        let len = self.bytes.len().saturating_add(bytes.len());
        let length = u32::try_from(len).map_err(|_| EditError::TooLong)?;
        self.bytes.splice(offset..offset, bytes.iter().copied());
        for span in self.inserted.iter_mut().filter(|span| span.start >= offset) {
            *span = span.start.saturating_add(bytes.len())..span.end.saturating_add(bytes.len());
        }
        self.inserted.push(offset..offset.saturating_add(bytes.len()));
        self.inserted.sort_by_key(|span| span.start);
        self.write(LENGTH.start, &length.to_le_bytes());
        Ok(())
    }

    /// Sets OEM revision and checksums, as far as such a table has them. One that nothing changed stays as it is, unless a
    /// revision was named, be it the old one.
    ///
    /// # Errors
    /// [`EditError::LastRevision`] when there is no higher OEM revision, [`EditError::NoRevision`] when there is none to set.
    pub fn finish(mut self, revision: Revision) -> Result<Edited, EditError> {
        let is_set = matches!(revision, Revision::Set(_));
        if is_set && !has_header(self.def) {
            return Err(EditError::NoRevision);
        }
        if self.bytes != self.before || revision != Revision::Raise {
            if has_header(self.def) {
                let now = u32_at(&self.bytes, OEM_REVISION.start).unwrap_or(0);
                let next = match revision {
                    Revision::Set(revision) => revision,
                    Revision::Keep => now,
                    Revision::Raise if self.has_own_revision => now,
                    Revision::Raise => now.checked_add(1).ok_or(EditError::LastRevision)?,
                };
                self.write(OEM_REVISION.start, &next.to_le_bytes());
            }
            self.sums();
        }
        Ok(Edited { before: self.before, after: self.bytes, inserted: self.inserted })
    }

    /// Mends the checksums that such a table has.
    fn sums(&mut self) {
        let (head, fields) = self.def.map_or((layout::header(), &[][..]), |def| (def.header, def.fields));
        let revision = Summary::of(&self.bytes).revision.unwrap_or(0);
        fix_checksums(&mut self.bytes, head.iter().chain(fields), revision);
    }
}

/// Whether tables with this list begin with the common header.
fn has_header(def: Option<&TableDef>) -> bool {
    def.is_none_or(|def| !def.header.is_empty())
}

/// A table before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The table as it was.
    pub before: Vec<u8>,
    /// The table as it is.
    pub after: Vec<u8>,
    inserted: Vec<Range<usize>>,
}

impl Edited {
    /// Every byte that is not as it was, in runs by rising offset. What is in none of them is unchanged.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let (mut old, mut new) = (self.before.iter(), 0usize);
        let mut inserted = self.inserted.iter().peekable();
        while let Some(after) = self.after.get(new).copied() {
            if let Some(span) = inserted.next_if(|span| span.start == new) {
                let after = self.after.get(span.clone()).unwrap_or_default().to_vec();
                changes.push(Change { offset: new, before: Vec::new(), after });
                new = span.end;
                continue;
            }
            let Some(before) = old.next().copied() else { break };
            if before != after {
                match changes.last_mut() {
                    Some(last)
                        if !last.before.is_empty() && last.offset.saturating_add(last.after.len()) == new =>
                    {
                        last.before.push(before);
                        last.after.push(after);
                    }
                    _ => changes.push(Change { offset: new, before: vec![before], after: vec![after] }),
                }
            }
            new += 1;
        }
        changes
    }
}

impl Edited {
    /// What a change means: the fields that it is about, each with its path, and flags and numbers as they were and are.
    pub fn meaning(&self, change: &Change) -> Vec<String> {
        let parts = Structures::of(&self.after);
        let span = change.offset..change.offset.saturating_add(change.after.len());
        if change.before.is_empty() {
            let entry = parts.entries.iter().filter(|entry| span.contains(&entry.span.start));
            let titles = entry.map(|entry| format!("new entry: {}", entry.title));
            return titles.collect();
        }
        let fields = path::fields_at(&parts, &span);
        fields.into_iter().map(|(name, named)| self.field_meaning(&name, named, change)).collect()
    }

    fn field_meaning(&self, name: &str, named: &Named<'_>, change: &Change) -> String {
        // The field's old bytes: the new ones with the change taken back.
        let mut old = self.after.get(named.span.clone()).unwrap_or_default().to_vec();
        for (index, byte) in change.before.iter().enumerate() {
            let at = change.offset.saturating_add(index).checked_sub(named.span.start);
            if let Some(place) = at.and_then(|at| old.get_mut(at)) {
                *place = *byte;
            }
        }
        let (Some(was), Some(is)) = (uint_at(&old, 0, old.len()), named.value.uint()) else {
            return name.to_owned();
        };
        let bits = named.value.bits().filter_map(|(bits, now)| {
            let before = bits.of(was);
            (before != now).then(|| format!("{} {before} -> {now}", bits.name))
        });
        let bits: Vec<String> = bits.collect();
        match bits.as_slice() {
            [] => format!("{name} {was:#x} -> {is:#x}"),
            bits => format!("{name}: {}", bits.join(", ")),
        }
    }
}

/// The bytes of a place with a new value, or what the value can be.
fn encode(place: &Place<'_>, value: &str) -> Result<Vec<u8>, String> {
    let field = &place.field;
    let len = place.span.len();
    if let Some(bits) = place.bits {
        let top = bits.mask() >> bits.low;
        let wanted = parse_size(value).or_else(|| named(bits.values, value)).filter(|number| *number <= top);
        let wanted = wanted.ok_or_else(|| expected(top, bits.values))?;
        let old = field.uint().unwrap_or(0);
        return Ok(little(old & !bits.mask() | wanted << bits.low, len));
    }
    match (field.def.kind, field.value) {
        (FieldKind::Text, _) => text(value, len, field.value),
        (FieldKind::Guid, _) => parse_guid(value)
            .map(Vec::from)
            .ok_or_else(|| "a GUID such as 91af0530-5d86-470e-a6b0-0a2db9408249".to_owned()),
        (
            FieldKind::Uint(_) | FieldKind::Flags(_) | FieldKind::Choice(_),
            Value::Uint(_) | Value::Uints { .. },
        ) if len <= 8 => {
            let top = if len >= 8 { u64::MAX } else { (1u64 << (8 * len)) - 1 };
            let names = if let FieldKind::Choice(names) = field.def.kind { names } else { &[] };
            let wanted = parse_size(value).or_else(|| named(names, value)).filter(|number| *number <= top);
            wanted.map(|number| little(number, len)).ok_or_else(|| expected(top, names))
        }
        (FieldKind::String | FieldKind::Unicode, _) => string(field.def.kind, field.def.count, value, len),
        _ => hex(value).filter(|bytes| bytes.len() == len).ok_or_else(|| format!("{len} bytes in hex")),
    }
}

/// A string and the NUL behind it, filled up with NULs where it does not end with the first of them.
fn string(kind: FieldKind, count: Count, value: &str, len: usize) -> Result<Vec<u8>, String> {
    let exact = matches!(count, Count::ToNul | Count::Strings);
    let unit = if kind == FieldKind::Unicode { 2 } else { 1 };
    let room = (len / unit).saturating_sub(1);
    let is_plain =
        kind == FieldKind::Unicode || value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let mut bytes: Vec<u8> = match kind {
        FieldKind::Unicode => value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => value.as_bytes().to_vec(),
    };
    let units = bytes.len() / unit;
    if !is_plain || units > room || exact && units != room {
        let many = if exact { "exactly" } else { "at most" };
        let what =
            if kind == FieldKind::Unicode { "characters of UTF-16" } else { "printable ASCII characters" };
        return Err(format!("{many} {room} {what}"));
    }
    bytes.resize(len, 0);
    Ok(bytes)
}

fn named(names: &[(u64, &str)], value: &str) -> Option<u64> {
    names.iter().find(|(_, name)| name.eq_ignore_ascii_case(value)).map(|(number, _)| *number)
}

fn expected(top: u64, names: &[(u64, &str)]) -> String {
    let mut text = format!("0 to {top:#x}");
    if top == 1 {
        text = "0 or 1".to_owned();
    }
    for (index, (number, name)) in names.iter().enumerate() {
        text.push_str(if index == 0 { ": " } else { ", " });
        text.push_str(&format!("{number} {name}"));
    }
    text
}

fn little(number: u64, len: usize) -> Vec<u8> {
    number.to_le_bytes().iter().copied().take(len).collect()
}

/// Text, filled up as the old one was: with zeros where that ended in one, else with blanks.
fn text(value: &str, len: usize, old: Value<'_>) -> Result<Vec<u8>, String> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !is_plain || value.len() > len {
        return Err(format!("at most {len} printable ASCII characters"));
    }
    let fill = match old {
        Value::Text(bytes) if bytes.last() == Some(&0) => 0,
        _ => b' ',
    };
    let mut bytes = value.as_bytes().to_vec();
    bytes.resize(len, fill);
    Ok(bytes)
}

/// Bytes in hex, with or without blanks between them.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect()
}
