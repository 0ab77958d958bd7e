//! Lists of entries: each says its type and mostly its length, and some can be missing or padded.

use super::{Decode, Frame, Repeat, numeric};
use crate::bytes::uint_at;
use crate::table::def::{At, Count, EntryDef, EntryList, Field, Role};
use crate::table::item::{Problem, RawKind, What};

use std::collections::VecDeque;

impl Decode<'_> {
    /// The next entry of a list.
    pub(super) fn entry(&mut self, mut frame: Box<Frame>, mut repeat: Repeat, list: &'static EntryList) {
        let at = repeat.at;
        frame.cursor = at;
        let left = repeat.end - at;
        let kind_field = list.head_field(Role::Type);
        let length_field = list.head_field(Role::Length);
        let read = |field: &Field| match field.at {
            At::Fixed(inner) => {
                let inner = usize::from(inner);
                uint_at(self.all.get(at..repeat.end)?, inner, usize::from(field.width))
            }
            _ => None,
        };
        let ends = |field: &&'static Field| match field.at {
            At::Fixed(at) => usize::from(at) + usize::from(field.width),
            _ => 0,
        };
        if list.zeros
            && let Some(zeros) = self.zeros(list, at, repeat.end)
        {
            self.raw(at, at + zeros, frame.depth, frame.entry, RawKind::Undefined);
            repeat.at = at + zeros;
            frame.cursor = repeat.at;
            frame.repeat = Some(repeat);
            self.stack.push(frame);
            return;
        }
        // As Linux walks: what is no longer than type and length themselves is no entry. Where the type alone tells the
        // length, an entry may be no more than that.
        let least = kind_field.iter().chain(&length_field).map(ends).max().unwrap_or(0);
        let counted = matches!(repeat.field.count, Count::Field(_));
        let mut ended = left < least || left == least && (length_field.is_some() || left == 0);
        if let Count::Told(name) = repeat.field.count {
            // Behind as many as another field counts, zeros are padding.
            let found = u64::MAX - repeat.left;
            let rest = self.all.get(at..repeat.end).unwrap_or_default();
            ended |= self.sibling(&frame, name).is_some_and(|told| found >= told)
                && rest.iter().all(|byte| *byte == 0);
            if ended {
                self.told(&frame, name, at, found);
            }
        }
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
            None => def.map(|def| u64::from(def.len).saturating_add(self.more(list, def, at, repeat.end))),
        };
        let mut length = length.unwrap_or(0);
        let unsaid = def.filter(|_| length == 0 && length_field.is_some_and(|field| field.written));
        if let Some(def) = unsaid {
            length = u64::from(def.len).min(left as u64);
        }
        if length == 0 {
            let problem = match length_field {
                Some(_) => Problem::ZeroLength { kind: kind.unwrap_or(0) },
                None => Problem::UnknownLength { kind: kind.unwrap_or(0) },
            };
            self.push(at, least, frame.depth, frame.entry, What::Problem(problem));
            self.raw(at, repeat.end, frame.depth, frame.entry, RawKind::Data);
            frame.cursor = repeat.end;
            self.stack.push(frame);
            return;
        }
        let size = usize::try_from(length).map_or(left, |length| length.min(left));
        let number = self.entries;
        self.entries = number.saturating_add(1);
        self.push(at, size, frame.depth, Some(number), What::Entry { def, kind });
        if unsaid.is_some() {
            let problem = What::Problem(Problem::NoLength { kind: kind.unwrap_or(0), length });
            self.push(at, size, frame.depth.saturating_add(1), Some(number), problem);
        }
        if length > left as u64 {
            let past = Problem::PastEnd { length, found: left };
            self.push(at, size, frame.depth.saturating_add(1), Some(number), What::Problem(past));
        }
        if let Some(field) = length_field.filter(|_| size < least) {
            // It ends before its own length does: whatever its bytes are, they are no fields of an entry.
            let short = Problem::Short { field: field.name, needed: least as u64, found: size };
            self.push(at, size, frame.depth.saturating_add(1), Some(number), What::Problem(short));
            self.raw(at, at + size, frame.depth.saturating_add(1), Some(number), RawKind::Undefined);
            repeat.at = at + size;
            frame.cursor = repeat.at;
            frame.repeat = Some(repeat);
            self.stack.push(frame);
            return;
        }
        let inner = Box::new(Frame {
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
            seen: Vec::new(),
            open: false,
            detour: VecDeque::new(),
        });
        repeat.at = at + size;
        frame.cursor = repeat.at;
        frame.repeat = Some(repeat).filter(|_| !def.is_some_and(|def| def.ends));
        self.stack.push(frame);
        self.stack.push(inner);
    }

    /// How many zeros stand from `at` on before the next entry, or up to `end`: firmware that takes a record out may
    /// leave its bytes. `None` where an entry begins here.
    fn zeros(&self, list: &EntryList, at: usize, end: usize) -> Option<usize> {
        let rest = self.all.get(at..end)?;
        let length = list.head_field(Role::Length)?;
        let At::Fixed(place) = length.at else { return None };
        let (place, width) = (usize::from(place), usize::from(length.width));
        let run = rest.iter().take_while(|byte| **byte == 0).count();
        if run < place.saturating_add(width) {
            return None;
        }
        // The next entry begins at the first byte that is not zero, or before it when its type is 0.
        let begins = |from: &usize| {
            let entry = rest.get(*from..)?;
            let long = usize::try_from(uint_at(entry, place, width)?).ok()?;
            let kind = list.head_field(Role::Type).and_then(|field| {
                let At::Fixed(inner) = field.at else { return None };
                uint_at(entry, usize::from(inner), usize::from(field.width))
            })?;
            let def = list.find(kind)?;
            (long >= usize::from(def.len) && long <= entry.len()).then_some(())
        };
        let first = run.saturating_sub(place);
        Some((first..=run).find(|from| begins(from).is_some()).unwrap_or(rest.len()))
    }

    /// The bytes that an entry without a length of its own has beyond what all of its kind have.
    fn more(&self, list: &EntryList, def: &EntryDef, start: usize, end: usize) -> u64 {
        let one = |(name, unit): &(&str, u16)| {
            let fields = list.head.iter().chain(def.fields);
            let (at, width) = numeric(fields, name, self.revision)?;
            let count = uint_at(self.all.get(start..end)?, at, width)?;
            Some(count.saturating_mul(u64::from(*unit)))
        };
        def.more.iter().filter_map(one).fold(0, u64::saturating_add)
    }
}
