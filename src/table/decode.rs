//! The walk over a table along its definition: bytes in, a flat list of decoded items out, in rising offsets.
//!
//! Nothing here trusts a length, a count or an offset of the table; what does not fit is reported as a [`Problem`]
//! and its bytes are kept as [`What::Raw`], so that every byte of the table is in exactly one field or raw item.

use super::def::{At, Count, EntryList, Field, Kind, Role, TableDef, When};
use super::item::{FieldValue, Item, Problem, RawKind, Value, What};
use super::{HEADER_FIELDS, HEADER_LEN};
use crate::bytes::{bytes_at, uint_at};
use std::collections::VecDeque;

/// Decodes a table along the definition that its first bytes call for.
pub fn decode(table: &[u8]) -> Decode<'_> {
    Decode::new(table, super::definition(table))
}

/// The decoding of one table; see [`decode`].
#[derive(Debug)]
pub struct Decode<'a> {
    all: &'a [u8],
    extent: usize,
    revision: u8,
    defined: bool,
    /// What is wrong with the table's length, until its field is reached.
    trouble: Option<Problem>,
    stack: Vec<Frame>,
    pending: VecDeque<Item<'a>>,
    entries: usize,
    finished: bool,
}

/// One structure that is being walked.
#[derive(Debug)]
struct Frame {
    /// The fields, in two parts: head and rest.
    parts: [&'static [Field]; 2],
    next: usize,
    start: usize,
    end: usize,
    /// The end of the last field.
    cursor: usize,
    depth: u8,
    entry: Option<usize>,
    title: Option<&'static str>,
    /// What bytes without a field are here.
    rest: RawKind,
    repeat: Option<Repeat>,
}

/// A field of several elements that is being walked.
#[derive(Debug, Clone, Copy)]
struct Repeat {
    field: &'static Field,
    at: usize,
    index: usize,
    left: u64,
    /// Bytes of one element or row; not for entries.
    size: usize,
}

impl<'a> Decode<'a> {
    /// Decodes `table` along `def`; without one, its header is read and the rest is data.
    pub fn new(table: &'a [u8], def: Option<&'static TableDef>) -> Self {
        let (head, fields) = def.map_or((HEADER_FIELDS, &[][..]), |def| (def.header, def.fields));
        let find = |role: Role| {
            let field = head.iter().chain(fields).find(|field| field.role == role)?;
            let At::Fixed(at) = field.at else { return None };
            Some((field, uint_at(table, usize::from(at), usize::from(field.width))?))
        };
        let revision = find(Role::Revision).map_or(0, |(_, value)| value.to_le_bytes()[0]);
        let mut trouble = None;
        let mut extent = table.len();
        // An RSDP of revision 0 has no length.
        let length = find(Role::Length).filter(|(field, _)| match field.when {
            When::Revision(first, last) => (first..=last).contains(&revision),
            _ => true,
        });
        if let Some((_, length)) = length {
            let least = if head.is_empty() { 0 } else { HEADER_LEN };
            let found = table.len();
            trouble = match usize::try_from(length) {
                Ok(length) if length <= found && length >= least => {
                    extent = length;
                    None
                }
                Ok(short) if short < least => {
                    extent = found.min(least);
                    Some(Problem::ShortHeader { length, header: least })
                }
                _ => Some(Problem::Truncated { length, found }),
            };
        }
        let frame = Frame {
            parts: [head, fields],
            next: 0,
            start: 0,
            end: extent,
            cursor: 0,
            depth: 0,
            entry: None,
            title: None,
            rest: if def.is_some() { RawKind::Undefined } else { RawKind::Data },
            repeat: None,
        };
        Decode {
            all: table,
            extent,
            revision,
            defined: def.is_some(),
            trouble,
            stack: vec![frame],
            pending: VecDeque::new(),
            entries: 0,
            finished: false,
        }
    }

    /// Whether the table has a definition: its fields, not only its header, are decoded.
    pub fn is_defined(&self) -> bool {
        self.defined
    }

    /// The bytes that belong to the table: to the end that its length names, as far as they are there.
    pub fn table(&self) -> &'a [u8] {
        self.all.get(..self.extent).unwrap_or(self.all)
    }

    fn push(&mut self, offset: usize, size: usize, depth: u8, entry: Option<usize>, what: What<'a>) {
        self.pending.push_back(Item { offset, size, depth, entry, what });
    }

    /// Keeps the bytes from one offset to another as they are.
    fn raw(&mut self, from: usize, to: usize, depth: u8, entry: Option<usize>, kind: RawKind) {
        if let Some(bytes) = self.all.get(from..to)
            && !bytes.is_empty()
        {
            self.push(from, bytes.len(), depth, entry, What::Raw(kind, bytes));
        }
    }

    /// One step on the innermost structure. Each step takes a field, an element or the structure itself off the list
    /// of what is left to do, and elements only where they take bytes, so the walk ends.
    fn step(&mut self, mut frame: Frame) {
        if let Some(repeat) = frame.repeat.take() {
            return match repeat.field.kind {
                Kind::Entries(list) => self.entry(frame, repeat, list),
                _ => self.element(frame, repeat),
            };
        }
        let [head, rest] = frame.parts;
        let field = head.get(frame.next).or_else(|| rest.get(frame.next.checked_sub(head.len())?));
        let Some(field) = field else {
            // The structure is through: what no field took is kept.
            return self.raw(frame.cursor, frame.end, frame.depth, frame.entry, frame.rest);
        };
        frame.next = frame.next.saturating_add(1);
        if self.applies(&frame, field) {
            self.start_field(&mut frame, field);
        }
        self.stack.push(frame);
    }

    fn start_field(&mut self, frame: &mut Frame, field: &'static Field) {
        let at = match field.at {
            At::Fixed(at) => Some(u64::from(at)),
            At::Next => None,
            At::Field(name) => match self.sibling(frame, name) {
                Some(at) => Some(at),
                None => return,
            },
        };
        let own = (frame.cursor - frame.start) as u64;
        let at = at.unwrap_or(own);
        if at < own {
            let problem = What::Problem(Problem::Backward { field: field.name, offset: at });
            return self.push(frame.cursor, 0, frame.depth, frame.entry, problem);
        }
        let room = (frame.end - frame.start) as u64;
        if field.optional && at >= room {
            return;
        }
        let size = self.size_of(frame, field, at);
        let needed = size.and_then(|(count, size)| count.checked_mul(size)?.checked_add(at));
        let Some((count, size)) = size.filter(|_| needed.is_some_and(|needed| needed <= room)) else {
            let found = frame.end - frame.start;
            let short = Problem::Short { field: field.name, needed: needed.unwrap_or(u64::MAX), found };
            self.push(frame.cursor, 0, frame.depth, frame.entry, What::Problem(short));
            frame.next = usize::MAX;
            return;
        };
        // Both are no more than `room`, which is a usize.
        let start = frame.start + at as usize;
        self.raw(frame.cursor, start, frame.depth, frame.entry, RawKind::Undefined);
        frame.cursor = start;
        let size = size as usize;
        match field.kind {
            _ if matches!(field.kind, Kind::Entries(_) | Kind::Group(_)) || field.is_rows() => {
                let left = if size == 0 && !matches!(field.kind, Kind::Entries(_)) { 0 } else { count };
                frame.repeat = Some(Repeat { field, at: start, index: 0, left, size });
            }
            _ => {
                let len = size * count as usize;
                if len > 0 {
                    self.value(frame, field, start, len, None);
                }
                frame.cursor = start + len;
            }
        }
    }

    /// How many elements (rows of a grid) a field has and how many bytes one takes; `None` when that overflows.
    fn size_of(&self, frame: &Frame, field: &Field, at: u64) -> Option<(u64, u64)> {
        let width = u64::from(field.width);
        let named = |name| self.sibling(frame, name).unwrap_or(0);
        Some(match field.count {
            // Their bytes are their own matter.
            Count::Field(name) if matches!(field.kind, Kind::Entries(_)) => (named(name), 0),
            _ if matches!(field.kind, Kind::Entries(_)) => (u64::MAX, 0),
            Count::Fixed(count) => (u64::from(count), width),
            Count::Field(name) => (named(name), width),
            Count::Rest => (((frame.end - frame.start) as u64).saturating_sub(at).checked_div(width)?, width),
            Count::ToNul => {
                let at = frame.start.checked_add(usize::try_from(at).ok()?)?;
                let rest = self.all.get(at..frame.end)?;
                let end = rest.iter().position(|byte| *byte == 0).map(|nul| nul + 1);
                (end.unwrap_or(rest.len()) as u64, width)
            }
            Count::Grid(rows, columns) => (named(rows), named(columns).checked_mul(width)?),
        })
    }

    fn value(&mut self, frame: &Frame, field: &'static Field, at: usize, len: usize, index: Option<usize>) {
        let Some(bytes) = bytes_at(self.all, at, len) else { return };
        let value = match field.kind {
            Kind::Text => Value::Text(bytes),
            Kind::Guid => Value::Guid(bytes),
            Kind::Bytes => Value::Bytes(bytes),
            _ if field.is_single() => match uint_at(bytes, 0, len) {
                Some(value) => Value::Uint(value),
                None => Value::Bytes(bytes),
            },
            _ => Value::Uints { width: field.width, bytes },
        };
        let title = frame.title.filter(|_| field.role == Role::Type);
        let what = What::Value(FieldValue { def: field, index, value, title, revision: self.revision });
        self.push(at, len, frame.depth, frame.entry, what);
        if field.role == Role::Length
            && frame.entry.is_none()
            && let Some(trouble) = self.trouble.take()
        {
            self.push(at, len, frame.depth, None, What::Problem(trouble));
        }
    }

    /// The next element of a group or the next row of a grid.
    fn element(&mut self, mut frame: Frame, mut repeat: Repeat) {
        frame.cursor = repeat.at;
        if repeat.left == 0 {
            self.stack.push(frame);
            return;
        }
        let several = repeat.field.count != Count::Fixed(1);
        let (at, index) = (repeat.at, several.then_some(repeat.index));
        repeat.at = at.saturating_add(repeat.size);
        repeat.index = repeat.index.saturating_add(1);
        repeat.left -= 1;
        frame.cursor = repeat.at;
        let inner = match repeat.field.kind {
            Kind::Group(fields) => {
                let what = What::Group { def: repeat.field, index };
                self.push(at, repeat.size, frame.depth, frame.entry, what);
                Some(Frame {
                    parts: [fields, &[]],
                    next: 0,
                    start: at,
                    end: repeat.at,
                    cursor: at,
                    depth: frame.depth.saturating_add(1),
                    entry: frame.entry,
                    title: None,
                    rest: RawKind::Undefined,
                    repeat: None,
                })
            }
            _ => {
                self.value(&frame, repeat.field, at, repeat.size, index);
                None
            }
        };
        frame.repeat = Some(repeat);
        self.stack.push(frame);
        self.stack.extend(inner);
    }

    /// The next entry of a list.
    fn entry(&mut self, mut frame: Frame, mut repeat: Repeat, list: &'static EntryList) {
        let at = repeat.at;
        frame.cursor = at;
        let left = frame.end - at;
        let kind_field = list.head_field(Role::Type);
        let length_field = list.head_field(Role::Length);
        let read = |field: &Field| match field.at {
            At::Fixed(inner) => {
                let inner = usize::from(inner);
                uint_at(self.all.get(at..frame.end)?, inner, usize::from(field.width))
            }
            _ => None,
        };
        let ends = |field: &&'static Field| match field.at {
            At::Fixed(at) => usize::from(at) + usize::from(field.width),
            _ => 0,
        };
        // As Linux walks: what is no longer than type and length themselves is no entry. Where the type alone tells the
        // length, an entry may be no more than that.
        let least = kind_field.iter().chain(&length_field).map(ends).max().unwrap_or(0);
        let counted = matches!(repeat.field.count, Count::Field(_));
        let ended = left < least || left == least && (length_field.is_some() || left == 0);
        if ended || repeat.left == 0 {
            if counted && repeat.left > 0 {
                let fewer = Problem::Fewer { missing: repeat.left };
                self.push(at, 0, frame.depth, frame.entry, What::Problem(fewer));
            }
            self.stack.push(frame);
            return;
        }
        repeat.left -= 1;
        let kind = kind_field.and_then(read);
        let def = match kind_field {
            Some(_) => kind.and_then(|kind| list.find(kind)),
            None => list.kinds.first(),
        };
        let length = match length_field {
            Some(field) => read(field),
            None => def.map(|def| u64::from(def.len)),
        };
        let length = length.unwrap_or(0);
        if length == 0 {
            let problem = match length_field {
                Some(_) => Problem::ZeroLength { kind: kind.unwrap_or(0) },
                None => Problem::UnknownLength { kind: kind.unwrap_or(0) },
            };
            self.push(at, least, frame.depth, frame.entry, What::Problem(problem));
            self.raw(at, frame.end, frame.depth, frame.entry, RawKind::Data);
            frame.cursor = frame.end;
            self.stack.push(frame);
            return;
        }
        let size = usize::try_from(length).map_or(left, |length| length.min(left));
        let number = self.entries;
        self.entries = number.saturating_add(1);
        self.push(at, size, frame.depth, Some(number), What::Entry { def, kind });
        if length > left as u64 {
            let past = Problem::PastEnd { length, found: left };
            self.push(at, size, frame.depth.saturating_add(1), Some(number), What::Problem(past));
        }
        let inner = Frame {
            parts: [list.head, def.map_or(&[][..], |def| def.fields)],
            next: 0,
            start: at,
            end: at + size,
            cursor: at,
            depth: frame.depth.saturating_add(1),
            entry: Some(number),
            title: def.map(|def| def.title),
            rest: if def.is_some() { RawKind::Undefined } else { RawKind::Data },
            repeat: None,
        };
        repeat.at = at + size;
        frame.cursor = repeat.at;
        frame.repeat = Some(repeat);
        self.stack.push(frame);
        self.stack.push(inner);
    }

    fn applies(&self, frame: &Frame, field: &Field) -> bool {
        match field.when {
            When::Always => true,
            When::Revision(first, last) => (first..=last).contains(&self.revision),
            When::Field(name, value) => self.sibling(frame, name) == Some(value),
            When::NonZero(name) => self.sibling(frame, name).is_some_and(|value| value != 0),
            When::Bit(name, bit) => {
                self.sibling(frame, name).is_some_and(|value| value >> bit.min(63) & 1 != 0)
            }
        }
    }

    /// The value of a field of the same structure, which must have a fixed place.
    fn sibling(&self, frame: &Frame, name: &str) -> Option<u64> {
        let field = frame.parts.iter().flat_map(|part| part.iter()).find(|field| field.name == name)?;
        let At::Fixed(at) = field.at else { return None };
        uint_at(self.all.get(frame.start..frame.end)?, usize::from(at), usize::from(field.width))
    }
}

impl<'a> Iterator for Decode<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            if let Some(item) = self.pending.pop_front() {
                return Some(item);
            }
            match self.stack.pop() {
                Some(frame) => self.step(frame),
                None if self.finished => return None,
                None => {
                    self.finished = true;
                    self.raw(self.extent, self.all.len(), 0, None, RawKind::PastLength);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::HEADER_FIELDS;
    use super::super::def::{EntryDef, bytes, dec, entries, entry, group, text, uint};
    use super::*;

    /// What later tables need and those of today do not have: counted entries with entries in them, optional parts at an
    /// offset, strings, structures in a row.
    static TABLE: TableDef = TableDef {
        signature: crate::table::Signature(*b"TEST"),
        title: "Test",
        reference: "none",
        header: HEADER_FIELDS,
        fields: &[
            dec("Count", 36, 1),
            uint("Flags", 37, 1),
            uint("Part Offset", 38, 2),
            entries(40, &OUTER).count(Count::Field("Count")),
            group("Pair", 0, 3, &[dec("First", 0, 1), dec("Second", 1, 2)]).next().count(Count::Fixed(2)),
            text("Name", 0, 1).next().count(Count::ToNul),
            uint("Extra", 0, 2).next().when(When::Bit("Flags", 3)),
            bytes("Part", 0, 2).at_field("Part Offset").when(When::NonZero("Part Offset")),
        ],
    };
    static OUTER: EntryList = EntryList {
        head: &[dec("Type", 0, 1).role(Role::Type), dec("Length", 1, 2).role(Role::Length)],
        kinds: &[entry(1, "Outer", 5, &[dec("Own", 3, 2), entries(5, &INNER)])],
    };
    /// The type alone tells the length.
    static INNER: EntryList = EntryList {
        head: &[dec("Type", 0, 1).role(Role::Type)],
        kinds: &[
            EntryDef { first: 1, last: 2, title: "Small", len: 2, fields: &[dec("Value", 1, 1)] },
            entry(4, "Bare", 1, &[]),
        ],
    };

    fn shown(table: &[u8]) -> Vec<String> {
        let item = |item: Item<'_>| {
            let value = match &item.what {
                What::Value(field) => format!("{:?}", field.value),
                What::Raw(_, bytes) => format!("{bytes:?}"),
                What::Problem(problem) => problem.to_string(),
                What::Group { .. } | What::Entry { .. } => String::new(),
            };
            format!("{} {}{} {value}", item.offset, ">".repeat(item.depth.into()), item.name())
        };
        Decode::new(table, Some(&TABLE)).filter(|item| item.offset >= 40).map(item).collect()
    }

    fn table(body: &[u8]) -> Vec<u8> {
        let length = (36 + body.len()) as u32;
        [b"TEST".as_slice(), &length.to_le_bytes(), &[0; 28], body].concat()
    }

    #[test]
    fn everything_that_a_layout_can_say() {
        let body = [
            &[2, 8, 75, 0][..],
            &[1, 10, 0, 7, 0, 1, 9, 2, 8, 4],
            &[1, 6, 0, 5, 0, 3],
            &[1, 2, 0, 3, 4, 0],
            b"ab\0",
            &[0x34, 0x12],
            &[0xee, 0xee, 0xee, 0xee],
            &[0xaa, 0xbb, 0xcc],
        ];
        let expected = [
            "40 Outer ",
            "40 >Type Uint(1)",
            "41 >Length Uint(10)",
            "43 >Own Uint(7)",
            "45 >Small ",
            "45 >>Type Uint(1)",
            "46 >>Value Uint(9)",
            "47 >Small ",
            "47 >>Type Uint(2)",
            "48 >>Value Uint(8)",
            "49 >Bare ",
            "49 >>Type Uint(4)",
            "50 Outer ",
            "50 >Type Uint(1)",
            "51 >Length Uint(6)",
            "53 >Own Uint(5)",
            "55 >Problem an entry of unknown type 0x03, whose length only its type tells; what follows cannot be read",
            "55 >Data [3]",
            "56 Pair 0 ",
            "56 >First Uint(1)",
            "57 >Second Uint(2)",
            "59 Pair 1 ",
            "59 >First Uint(3)",
            "60 >Second Uint(4)",
            "62 Name Text([97, 98, 0])",
            "65 Extra Uint(4660)",
            "67 Undefined Bytes [238, 238, 238, 238]",
            "71 Undefined Bytes [170, 187, 204]",
        ];
        let mut body = body.concat();
        body[2] = 0;
        let lines = shown(&table(&body));
        assert_eq!(lines.len(), expected.len() - 1, "{lines:#?}");
        assert_eq!(lines[..26], expected[..26]);
        assert_eq!(lines.last().unwrap(), "67 Undefined Bytes [238, 238, 238, 238, 170, 187, 204]");
        body[2] = 71;
        let lines = shown(&table(&body));
        let tail = [
            "67 Undefined Bytes [238, 238, 238, 238]",
            "71 Part Bytes([170, 187])",
            "73 Undefined Bytes [204]",
        ];
        assert_eq!(lines[26..], tail);
        body[1] = 0;
        let lines = shown(&table(&body));
        assert_eq!(lines[25], "65 Undefined Bytes [52, 18, 238, 238, 238, 238]");
    }

    #[test]
    fn what_is_counted_and_not_there_is_told() {
        let lines = shown(&table(&[200, 0, 0, 0, 1, 5, 0, 7, 0]));
        let told = "45 Problem 199 more entries are counted than there are";
        assert!(lines.iter().any(|line| line == told), "{lines:#?}");
        let lines = shown(&table(&[1, 0, 0, 0, 1, 7, 0, 7, 0, 9, 9]));
        let told = "45 >Problem an entry of unknown type 0x09, whose length only its type tells; what follows cannot be read";
        assert!(lines.iter().any(|line| line == told), "{lines:#?}");
    }
}
