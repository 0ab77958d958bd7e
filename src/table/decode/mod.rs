//! The walk over a table along its definition: bytes in, a flat list of decoded items out, in rising offsets.
//!
//! Nothing here trusts a length, a count or an offset of the table; what does not fit is reported as a [`Problem`]
//! and its bytes are kept as [`What::Raw`], so that every byte of the table is in exactly one field or raw item.

mod entries;

use super::def::{At, Count, Field, FieldKind, Role, TableDef};
use super::item::{FieldValue, Item, Problem, RawKind, Value, What};
use super::{HEADER_LEN, layout};
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
    /// Each frame is taken off and put back at every step: a pointer to it is moved, not the frame.
    #[expect(clippy::vec_box)]
    stack: Vec<Box<Frame>>,
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
    /// Numbers whose place the table decides: the field's name, offset and width.
    seen: Vec<(&'static str, usize, u16)>,
    /// Whether it ends with its last field.
    open: bool,
    /// Fields that come next, where the table has them in another order than the list, and what the list has after them.
    detour: VecDeque<usize>,
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
    /// Where entries end at the latest.
    end: usize,
}

impl Frame {
    fn field(&self, index: usize) -> Option<&'static Field> {
        let [head, rest] = self.parts;
        head.get(index).or_else(|| rest.get(index.checked_sub(head.len())?))
    }
}

impl<'a> Decode<'a> {
    /// Decodes `table` along `def`; without one, its header is read and the rest is data.
    pub fn new(table: &'a [u8], def: Option<&'static TableDef>) -> Self {
        let (head, fields) = def.map_or((layout::header(), &[][..]), |def| (def.header, def.fields));
        let find = |role: Role| {
            let field = head.iter().chain(fields).find(|field| field.role == role)?;
            let At::Fixed(at) = field.at else { return None };
            Some((field, uint_at(table, usize::from(at), usize::from(field.width))?))
        };
        let revision = find(Role::Revision).map_or(0, |(_, value)| value.to_le_bytes()[0]);
        let mut trouble = None;
        let mut extent = table.len();
        // An RSDP of revision 0 has no length.
        let length = find(Role::Length).filter(|(field, _)| field.in_revision(revision));
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
            seen: Vec::new(),
            open: false,
            detour: VecDeque::new(),
        };
        Decode {
            all: table,
            extent,
            revision,
            defined: def.is_some(),
            trouble,
            stack: vec![Box::new(frame)],
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
    fn step(&mut self, mut frame: Box<Frame>) {
        if let Some(repeat) = frame.repeat.take() {
            return match repeat.field.kind {
                FieldKind::Entries(list) => self.entry(frame, repeat, list),
                _ => self.element(frame, repeat),
            };
        }
        let index = frame.detour.pop_front().unwrap_or(frame.next);
        let Some(field) = frame.field(index) else {
            if frame.open {
                // What follows in the structure around it comes right behind.
                if let Some(around) = self.stack.last_mut() {
                    around.cursor = frame.cursor;
                    if let Some(repeat) = &mut around.repeat {
                        repeat.at = frame.cursor;
                    }
                }
                return;
            }
            // The structure is through: what no field took is kept.
            return self.raw(frame.cursor, frame.end, frame.depth, frame.entry, frame.rest);
        };
        if index == frame.next {
            frame.next = frame.next.saturating_add(1);
            if matches!(field.at, At::Field(_)) && self.reorder(&mut frame, index) {
                self.stack.push(frame);
                return;
            }
        }
        if self.applies(&frame, field) {
            self.start_field(&mut frame, field);
        }
        self.stack.push(frame);
    }

    /// Where fields follow whose offsets the table names, they come in the order of those offsets. Returns whether that
    /// is another order than the list's; then the frame knows it.
    fn reorder(&self, frame: &mut Frame, first: usize) -> bool {
        // Each with what comes right behind it.
        let mut units: Vec<(u64, Vec<usize>)> = Vec::new();
        let mut index = first;
        while let Some(field) = frame.field(index) {
            match (field.at, units.last_mut()) {
                (At::Field(name), _) => {
                    let at = self.sibling(frame, name).filter(|_| self.applies(frame, field));
                    units.push((at.unwrap_or(0), vec![index]));
                }
                (At::Next, Some((_, unit))) => unit.push(index),
                _ => break,
            }
            index += 1;
        }
        if units.is_sorted_by_key(|(at, _)| *at) {
            return false;
        }
        units.sort_by_key(|(at, _)| *at);
        frame.detour = units.into_iter().flat_map(|(_, unit)| unit).collect();
        frame.next = index;
        true
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
        let room = (frame.end - frame.start) as u64;
        if field.optional && at >= room {
            return;
        }
        let mut size = self.size_of(frame, field, at);
        // What a later offset of the structure claims for another part is not an optional field.
        if field.optional
            && let Some(part) = self.first_part(frame)
            && size.is_none_or(|(count, width)| count.saturating_mul(width).saturating_add(at) > part)
        {
            return;
        }
        if at < own {
            // Nothing is nowhere.
            if size.is_none_or(|(count, _)| count > 0) {
                let problem = What::Problem(Problem::Backward { field: field.name, offset: at });
                self.push(frame.cursor, 0, frame.depth, frame.entry, problem);
            }
            return;
        }
        // Of what another field counts, as many as there are.
        let mut fewer = None;
        if let (Some((count, width)), Count::Field(_) | Count::Grid(..)) = (size, field.count)
            && let Some(there) = room.checked_sub(at).and_then(|left| left.checked_div(width))
            && (1..count).contains(&there)
        {
            fewer = Some(Problem::Fewer { missing: count - there });
            size = Some((there, width));
        }
        let needed = size.and_then(|(count, size)| count.checked_mul(size)?.checked_add(at));
        let Some((count, size)) = size.filter(|_| needed.is_some_and(|needed| needed <= room)) else {
            let found = frame.end - frame.start;
            let short = Problem::Short { field: field.name, needed: needed.unwrap_or(u64::MAX), found };
            self.push(frame.cursor, 0, frame.depth, frame.entry, What::Problem(short));
            frame.next = usize::MAX;
            frame.detour.clear();
            return;
        };
        // Both are no more than `room`, which is a usize.
        let start = frame.start + at as usize;
        self.raw(frame.cursor, start, frame.depth, frame.entry, RawKind::Undefined);
        frame.cursor = start;
        if let Some(fewer) = fewer {
            self.push(start, 0, frame.depth, frame.entry, What::Problem(fewer));
        }
        if let (Count::Told(name), false) = (field.count, matches!(field.kind, FieldKind::Entries(_))) {
            self.told(frame, name, start, count);
        }
        let size = size as usize;
        match field.kind {
            _ if matches!(field.kind, FieldKind::Entries(_) | FieldKind::Group(_)) || field.is_rows() => {
                let own = matches!(field.kind, FieldKind::Entries(_) | FieldKind::Group(_))
                    || field.count == Count::Strings;
                let left = if size == 0 && !own { 0 } else { count };
                let (left, end) = match field.count {
                    Count::Bytes(_) if matches!(field.kind, FieldKind::Entries(_)) => {
                        (u64::MAX, start + size)
                    }
                    _ => (left, frame.end),
                };
                frame.repeat = Some(Repeat { field, at: start, index: 0, left, size, end });
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

    /// Where the first part begins whose offset the structure holds and which is still to come, in bytes from the
    /// start of the structure.
    fn first_part(&self, frame: &Frame) -> Option<u64> {
        let own = (frame.cursor - frame.start) as u64;
        let left = (frame.next..).map_while(|index| frame.field(index));
        let placed = left.filter_map(|field| match field.at {
            At::Field(name) if self.applies(frame, field) => {
                let at = self.sibling(frame, name).filter(|at| *at >= own)?;
                self.size_of(frame, field, at).is_some_and(|(count, _)| count > 0).then_some(at)
            }
            _ => None,
        });
        placed.min()
    }

    /// Says so where the named field counts other than the `found` elements that end before `at`.
    fn told(&mut self, frame: &Frame, name: &'static str, at: usize, found: u64) {
        let told = self.sibling(frame, name).unwrap_or(0);
        if told != found {
            let problem = What::Problem(Problem::Counted { field: name, told, found });
            self.push(at, 0, frame.depth, frame.entry, problem);
        }
    }

    /// How many elements (rows of a grid) a field has and how many bytes one takes; `None` when that overflows.
    fn size_of(&self, frame: &Frame, field: &Field, at: u64) -> Option<(u64, u64)> {
        let width = u64::from(field.width);
        let named = |name| self.sibling(frame, name).unwrap_or(0);
        Some(match field.count {
            // Their bytes are their own matter.
            Count::Field(name) if matches!(field.kind, FieldKind::Entries(_)) => (named(name), 0),
            // A field that counts bytes says where the entries end.
            Count::Bytes(name) if matches!(field.kind, FieldKind::Entries(_)) => (1, named(name)),
            _ if matches!(field.kind, FieldKind::Entries(_)) => (u64::MAX, 0),
            Count::Fixed(count) => (u64::from(count), width),
            Count::Field(name) => (named(name), width),
            Count::Bytes(name) => (named(name).checked_div(width)?, width),
            Count::Rest | Count::Told(_) => {
                (((frame.end - frame.start) as u64).saturating_sub(at).checked_div(width)?, width)
            }
            Count::ToNul => {
                let rest = self.rest(frame, at)?;
                ((string_len(rest, field.width) as u64).checked_div(width)?, width)
            }
            // Their bytes are found one by one.
            Count::Strings => (u64::MAX, 0),
            Count::UpTo(name) => {
                let room = (frame.end - frame.start) as u64;
                let end = named(name);
                let end = if (at..=room).contains(&end) { end } else { room };
                (end.saturating_sub(at).checked_div(width)?, width)
            }
            Count::Grid(rows, columns) => (named(rows), named(columns).checked_mul(width)?),
        })
    }

    fn rest(&self, frame: &Frame, at: u64) -> Option<&'a [u8]> {
        let at = frame.start.checked_add(usize::try_from(at).ok()?)?;
        self.all.get(at..frame.end)
    }

    fn value(
        &mut self,
        frame: &mut Frame,
        field: &'static Field,
        at: usize,
        len: usize,
        index: Option<usize>,
    ) {
        let Some(bytes) = bytes_at(self.all, at, len) else { return };
        let value = match field.kind {
            FieldKind::Text | FieldKind::String => Value::Text(bytes),
            FieldKind::Unicode => Value::Unicode(bytes),
            FieldKind::Guid => Value::Guid(bytes),
            FieldKind::Bytes => Value::Bytes(bytes),
            _ if field.is_single() => match uint_at(bytes, 0, len) {
                Some(value) => Value::Uint(value),
                None => Value::Bytes(bytes),
            },
            _ => Value::Uints { width: field.width, bytes },
        };
        let title = frame.title.filter(|_| field.role == Role::Type);
        let what = What::Value(FieldValue { def: field, index, value, title, revision: self.revision });
        self.push(at, len, frame.depth, frame.entry, what);
        if !matches!(field.at, At::Fixed(_)) && matches!(value, Value::Uint(_)) {
            frame.seen.push((field.name, at, field.width));
        }
        if field.role == Role::Length
            && frame.entry.is_none()
            && let Some(trouble) = self.trouble.take()
        {
            self.push(at, len, frame.depth, None, What::Problem(trouble));
        }
    }

    /// The next element of a group or the next row of a grid.
    fn element(&mut self, mut frame: Box<Frame>, mut repeat: Repeat) {
        frame.cursor = repeat.at;
        if repeat.left == 0 {
            self.stack.push(frame);
            return;
        }
        if repeat.field.count == Count::Strings {
            repeat.size =
                self.all.get(repeat.at..frame.end).map_or(0, |rest| string_len(rest, repeat.field.width));
            if repeat.size == 0 {
                self.stack.push(frame);
                return;
            }
        }
        let several = repeat.field.count != Count::Fixed(1);
        let (at, index) = (repeat.at, several.then_some(repeat.index));
        repeat.at = at.saturating_add(repeat.size);
        repeat.index = repeat.index.saturating_add(1);
        repeat.left -= 1;
        frame.cursor = repeat.at;
        let inner = match repeat.field.kind {
            FieldKind::Group(fields) => {
                let what = What::Group { def: repeat.field, index };
                let open = repeat.size == 0;
                let end = if open { frame.end } else { repeat.at };
                self.push(at, end - at, frame.depth, frame.entry, what);
                Some(Box::new(Frame {
                    parts: [fields, &[]],
                    next: 0,
                    start: at,
                    end,
                    cursor: at,
                    depth: frame.depth.saturating_add(1),
                    entry: frame.entry,
                    title: None,
                    rest: RawKind::Undefined,
                    repeat: None,
                    seen: Vec::new(),
                    open,
                    detour: VecDeque::new(),
                }))
            }
            _ => {
                self.value(&mut frame, repeat.field, at, repeat.size, index);
                None
            }
        };
        frame.repeat = Some(repeat);
        self.stack.push(frame);
        self.stack.extend(inner);
    }

    fn applies(&self, frame: &Frame, field: &Field) -> bool {
        field.applies(self.revision, |name| self.sibling(frame, name).map(Some))
    }

    /// The value of a field of the same structure, or of the innermost one around it that has such a field.
    fn sibling(&self, frame: &Frame, name: &str) -> Option<u64> {
        std::iter::once(frame)
            .chain(self.stack.iter().rev().map(Box::as_ref))
            .find_map(|frame| self.own(frame, name))
    }

    fn own(&self, frame: &Frame, name: &str) -> Option<u64> {
        let fields = frame.parts.iter().flat_map(|part| part.iter());
        let fixed = numeric(fields, name, self.revision);
        let (at, width) = match fixed {
            Some((at, width)) => (frame.start.checked_add(at)?, width),
            None => {
                let (_, at, width) = frame.seen.iter().rev().find(|(seen, ..)| *seen == name)?;
                (*at, usize::from(*width))
            }
        };
        uint_at(self.all.get(..frame.end)?, at, width)
    }
}

/// Bytes of the string at the start of `rest`, with the zero that ends it, in units of `width` bytes.
fn string_len(rest: &[u8], width: u16) -> usize {
    let width = usize::from(width).max(1);
    let units = rest.chunks_exact(width).position(|unit| unit.iter().all(|byte| *byte == 0));
    units.map_or(rest.len() / width, |nul| nul + 1) * width
}

/// Where the number with this name is that has a fixed place, and its width.
fn numeric<'f>(fields: impl Iterator<Item = &'f Field>, name: &str, revision: u8) -> Option<(usize, usize)> {
    let mut there = fields.filter(|field| field.in_revision(revision));
    let field = there.find(|field| field.name == name && matches!(field.at, At::Fixed(_)))?;
    let At::Fixed(at) = field.at else { return None };
    Some((usize::from(at), usize::from(field.width)))
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
mod tests;
