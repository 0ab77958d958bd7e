//! The walk along a table's field list with the lines of a source: the mirror of [`crate::table::decode()`].

mod value;

use super::encode;
use super::labels::{RAW, alike, is, is_generic, is_whole, may_be_empty, most_elements, same};
use super::{BuildError, Fault, Given, Line, Place};
use crate::bytes::uint_at;
use crate::foreign::Foreign;
use crate::table::def::{At, Count, EntryDef, EntryList, Field, FieldKind, Role};
use crate::table::summary::fix_checksums;
use crate::table::{LAYOUTS, Signature, layout};

/// Bytes that a source may grow to; the largest table that is known has one megabyte.
const MOST: usize = 64 << 20;

/// How deep structures may nest: more than any list does.
const DEPTH: usize = 16;

/// What bytes behind the end of a table are called.
const PAST: &str = "Bytes Past Length";

/// Whether what can be computed is taken as the source has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// Take lengths and sums as the source gives them, and let structures end early: for tables that are to be wrong.
    pub as_is: bool,
}

/// A table that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the source says that is probably not meant.
    pub notes: Vec<Note>,
    /// Which bytes the lines gave, in their order.
    pub written: Vec<Written>,
}

/// The bytes that a line of the source gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The line's number, from 0.
    pub line: usize,
    /// Where its bytes begin.
    pub at: usize,
    /// How many they are.
    pub len: usize,
    /// How their characters are to be read.
    pub is_text: bool,
}

/// A remark about a line of the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}: {what}", field.text())]
pub struct Note {
    /// The line and column that it is about.
    pub place: Place,
    /// The field that it is about.
    pub field: Foreign,
    /// What was found.
    pub what: String,
}

/// Builds the table that the lines describe. Lengths and checksums are computed, and so are counts and offsets that say
/// `auto`; everything else is as it is written.
///
/// # Errors
/// [`BuildError`] with the place of the first field that is missing, misplaced or does not fit.
pub fn build(lines: &[Line<'_>], options: BuildOptions) -> Result<Built, BuildError> {
    let mut labels = Vec::new();
    loop {
        let mut builder = Builder::new(lines, options, labels);
        let known = builder.labels.clone();
        builder.table()?;
        // Labels may be used before they are defined; then their offsets are known the second time.
        if builder.labels == known {
            return Ok(Built { bytes: builder.out, notes: builder.notes, written: builder.written });
        }
        labels = builder.labels;
    }
}

struct Builder<'s> {
    lines: &'s [Line<'s>],
    next: usize,
    options: BuildOptions,
    signature: Signature,
    revision: u8,
    out: Vec<u8>,
    open: Vec<Open>,
    notes: Vec<Note>,
    written: Vec<Written>,
    /// The offsets of labels, from the pass before and from this one.
    labels: Vec<(String, u64)>,
    first_pass: bool,
}

/// A structure that is being built.
struct Open {
    start: usize,
    /// The bytes that its length field in the source says.
    given: Option<u64>,
    /// The list that it is an entry of.
    list: Option<&'static EntryList>,
    /// Its numbers so far: definition, offset, and the line that gives the value.
    seen: Vec<SeenFields>,
}

#[derive(Clone, Copy)]
struct SeenFields {
    field: &'static Field,
    at: usize,
    line: usize,
    /// Whether the source leaves the value to be computed.
    auto: bool,
}

impl<'s> Builder<'s> {
    fn new(lines: &'s [Line<'s>], options: BuildOptions, labels: Vec<(String, u64)>) -> Self {
        Builder {
            lines,
            next: 0,
            options,
            signature: Signature([b'?'; 4]),
            revision: 0,
            out: Vec::new(),
            open: Vec::new(),
            notes: Vec::new(),
            written: Vec::new(),
            first_pass: labels.is_empty(),
            labels,
        }
    }

    fn peek(&self) -> Option<&'s Line<'s>> {
        self.lines.get(self.next)
    }

    /// Where the next line stands, or the end of the last one.
    fn place(&self) -> Place {
        self.peek().or(self.lines.last()).map(|line| line.place).unwrap_or_default()
    }

    /// The error that something else must come here.
    fn expected(&self, expected: &str) -> BuildError {
        let expected = expected.to_owned();
        match self.peek() {
            Some(line) => {
                let fault = Fault::Unexpected { expected, found: (*line.name).into() };
                BuildError { place: line.place, field: Foreign::default(), fault }
            }
            None => BuildError {
                place: self.place(),
                field: Foreign::default(),
                fault: Fault::Missing { expected },
            },
        }
    }

    /// Adds the bytes of the line that was taken last.
    fn push(&mut self, line: &Line<'_>, bytes: &[u8]) -> Result<(), BuildError> {
        if self.out.len().saturating_add(bytes.len()) > MOST {
            return Err(wrong(line, Fault::Size { most: MOST }));
        }
        let is_text = matches!(line.given, Given::Quoted(_) | Given::Text(_));
        self.written.push(Written {
            line: self.next.saturating_sub(1),
            at: self.out.len(),
            len: bytes.len(),
            is_text,
        });
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn table(&mut self) -> Result<(), BuildError> {
        let none =
            || BuildError { place: Place::default(), field: Foreign::default(), fault: Fault::NoTable };
        let first = self.lines.first().ok_or_else(none)?;
        let text = match &first.given {
            Given::Source(text) | Given::Quoted(text) => text.as_ref(),
            Given::Text(text) => text,
            Given::Number(_) | Given::Numbers(_) => "",
        };
        let def = if same(&first.name, "CDAT Table Length") {
            LAYOUTS
                .iter()
                .find(|layout| layout.signature.0 == *b"CDAT")
                .and_then(|layout| layout.parsed().ok())
        } else if same(&first.name, "Signature") {
            let bytes = text.as_bytes();
            self.signature = Signature(crate::bytes::array_at(bytes, 0).unwrap_or([b'?'; 4]));
            crate::table::definition(bytes)
        } else {
            return Err(none()).map_err(|error| BuildError { place: first.place, ..error });
        };
        let (head, fields) = def.map_or((layout::header(), &[][..]), |def| (def.header, def.fields));
        if let Some(def) = def {
            self.signature = def.signature;
        }
        self.revision = self.given_revision(head, fields);
        self.open.push(Open { start: 0, given: None, list: None, seen: Vec::new() });
        self.fields(head)?;
        if !def.is_some_and(|def| def.unknown) || self.peek().is_some_and(|line| !is_generic(line)) {
            self.fields(fields)?;
        } else if self.peek().is_none()
            && !self.options.as_is
            && let Some(last) = self.lines.last()
        {
            let what = "the table is its header alone, for nothing follows in the source".to_owned();
            self.notes.push(Note { place: last.place, field: (*last.name).into(), what });
        }
        while let Some(line) = self.peek() {
            if line.name == PAST {
                break;
            }
            if !self.generic(line)? {
                return Err(wrong(line, Fault::NotHere { signature: self.signature.0.as_slice().into() }));
            }
        }
        self.told_length();
        self.close()?;
        if !self.options.as_is {
            fix_checksums(&mut self.out, head.iter().chain(fields), self.revision);
        }
        while let Some(line) = self.peek() {
            if line.name != PAST || !self.generic(line)? {
                return Err(wrong(line, Fault::NotHere { signature: self.signature.0.as_slice().into() }));
            }
        }
        Ok(())
    }

    /// Notes where the source gives the table another length than it gets.
    fn told_length(&mut self) {
        let made = self.out.len() as u64;
        let length = |seen: &&SeenFields| seen.field.role == Role::Length && !seen.field.written;
        let Some(open) = self.open.last() else { return };
        let Some(seen) = open.seen.iter().find(length) else { return };
        let given = open.given.filter(|given| *given != made && *given != 0);
        if let (Some(given), Some(line), false) = (given, self.lines.get(seen.line), self.options.as_is) {
            let what = format!("the source says {given:#x} bytes, its lines make {made:#x}");
            self.notes.push(Note { place: line.value_place, field: (*line.name).into(), what });
        }
    }

    /// The table's revision, which decides what fields there are: read ahead, wherever the list has it.
    fn given_revision(&self, head: &'static [Field], fields: &'static [Field]) -> u8 {
        let field = head.iter().chain(fields).find(|field| field.role == Role::Revision);
        let line = field.and_then(|field| self.lines.iter().find(|line| is(line, field)));
        let value = line.and_then(|line| self.uint(&line.given).ok().flatten()).unwrap_or(0);
        u8::try_from(value).unwrap_or(u8::MAX)
    }

    fn fields(&mut self, fields: &'static [Field]) -> Result<(), BuildError> {
        let mut index = 0;
        while index < fields.len() {
            // Fields whose offsets the table names may come in another order than the list's.
            let run = fields.iter().skip(index).take_while(|field| matches!(field.at, At::Field(_))).count();
            let mut left: Vec<&'static Field> = fields.iter().skip(index).take(run.max(1)).collect();
            while !left.is_empty() {
                if run > 0 {
                    self.raw()?;
                }
                // Several may begin with the same labels; then the offset tells.
                let comes = |field: &&'static Field| self.applies(field) && self.comes(field);
                let first = left.iter().position(|field| comes(field) && self.is_here(field));
                let first = first.or_else(|| left.iter().position(comes));
                let field = left.remove(first.unwrap_or(0));
                // A wider field of an earlier release was there instead.
                let start = self.open.last().map_or(0, |open| open.start);
                let behind = matches!(field.at, At::Fixed(at) if start + usize::from(at) < self.out.len());
                if behind || !self.applies(field) {
                    continue;
                }
                if matches!(field.at, At::Field(_) | At::Next) || field.optional {
                    self.raw()?;
                }
                if !self.field(field)? {
                    return Ok(());
                }
            }
            index += run.max(1);
        }
        Ok(())
    }

    /// Whether the offset that the source gives for this field is where the next byte goes.
    fn is_here(&self, field: &Field) -> bool {
        let At::Field(name) = field.at else { return false };
        let start = self.open.last().map_or(0, |open| open.start);
        self.sibling(name) == Some((self.out.len() - start) as u64)
    }

    /// Whether the next line begins this field.
    fn comes(&self, field: &'static Field) -> bool {
        match field.kind {
            FieldKind::Group(inner) => self.begins(inner, &[]),
            FieldKind::Entries(list) => self.begins(list.head, &[]),
            _ => self.peek().is_some_and(|line| is(line, field)),
        }
    }

    /// One field of the list. Returns whether the structure goes on.
    fn field(&mut self, field: &'static Field) -> Result<bool, BuildError> {
        let start = self.out.len();
        let mut elements = 0u64;
        match field.kind {
            FieldKind::Group(inner) => {
                let most = most_elements(field);
                while elements < most && (field.count == Count::Fixed(1) || self.begins(inner, &[])) {
                    if !self.begins(inner, &[])
                        && (field.optional || self.options.as_is || !field.when.is_empty())
                    {
                        break;
                    }
                    self.structure(None, &[], inner)?;
                    elements += 1;
                }
            }
            FieldKind::Entries(list) => {
                loop {
                    // What was no entry, between two of them.
                    self.raw()?;
                    if !self.entry_begins(list) || !self.entry(list)? {
                        break;
                    }
                    elements += 1;
                }
            }
            _ => {
                let single = field.count == Count::Fixed(1) || is_whole(field);
                let most = if single { 1 } else { most_elements(field) };
                while elements < most && self.peek().is_some_and(|line| is(line, field)) {
                    elements += self.value(field, elements)?;
                }
                if elements == 0 && field.filled && !self.options.as_is {
                    let len = most_elements(field).saturating_mul(field.width.into());
                    self.out.extend(std::iter::repeat_n(0, usize::try_from(len).unwrap_or(0).min(MOST)));
                } else if elements == 0 && single && !may_be_empty(field) {
                    let early = field.optional || self.options.as_is;
                    return if early { Ok(field.optional) } else { Err(self.expected(field.label)) };
                }
            }
        }
        self.derive(field, start, elements)?;
        Ok(true)
    }

    /// Notes or sets what other fields say of this one: how many there are, how many bytes, where it starts.
    fn derive(&mut self, field: &'static Field, start: usize, elements: u64) -> Result<(), BuildError> {
        let bytes = (self.out.len() - start) as u64;
        let units = match field.kind {
            FieldKind::Group(_) | FieldKind::Entries(_) => elements,
            _ => bytes / u64::from(field.width.max(1)),
        };
        // Where text and bytes are and how long they are follows from them, as iasl has it. How many structures there
        // are is the source's to say.
        let follows = bytes > 0 && !self.options.as_is;
        let counted = field.counted && !self.options.as_is;
        match field.count {
            Count::Field(name) => self.say(name, units, counted || follows && is_whole(field))?,
            Count::Told(name) => self.say(name, units, counted)?,
            Count::Bytes(name) => self.say(name, bytes, follows)?,
            Count::Grid(rows, columns) => {
                // A square tells how wide it is.
                if rows == columns
                    && units.isqrt().pow(2) == units
                    && self.seen(rows).is_some_and(|seen| seen.auto)
                {
                    self.say(rows, units.isqrt(), false)?;
                }
                let rows = self.sibling(rows).unwrap_or(0);
                let columns = self.sibling(columns).unwrap_or(0);
                let expected = rows.checked_mul(columns).and_then(|all| usize::try_from(all).ok());
                if expected.is_none_or(|expected| expected as u64 != units) && !self.options.as_is {
                    let fault =
                        Fault::Count { found: units as usize, expected: expected.unwrap_or(usize::MAX) };
                    let place = self.place();
                    return Err(BuildError { place, field: field.label.into(), fault });
                }
            }
            _ => (),
        }
        let placed = field.placed && !self.options.as_is;
        if let At::Field(name) = field.at
            && (bytes > 0 || placed)
        {
            let base = self.open.last().map_or(0, |open| open.start);
            self.say(name, (start - base) as u64, follows || placed)?;
        }
        Ok(())
    }

    /// What a count or an offset should be: set where the source says `auto` or it `follows` from what is there, noted
    /// where the source says something else.
    fn say(&mut self, name: &str, value: u64, follows: bool) -> Result<(), BuildError> {
        let Some(seen) = self.seen(name) else { return Ok(()) };
        let width = seen.field.width;
        if seen.auto || follows {
            let line = self.lines.get(seen.line);
            let bytes = encode::number(value, width).map_err(|fault| match line {
                Some(line) => wrong(line, fault),
                None => self.expected(name),
            })?;
            self.patch(seen.at, &bytes);
        } else if let Some(given) = uint_at(&self.out, seen.at, usize::from(width))
            && given != value
            && let Some(line) = self.lines.get(seen.line)
        {
            let what = format!("the source says {given:#x}; what follows makes it {value:#x}");
            let note = Note { place: line.value_place, field: (*line.name).into(), what };
            self.notes.push(note);
        }
        Ok(())
    }

    fn patch(&mut self, at: usize, bytes: &[u8]) {
        let end = at.saturating_add(bytes.len());
        if let Some(old) = self.out.get_mut(at..end) {
            old.copy_from_slice(bytes);
        }
    }

    /// A structure with these fields; its length is set where it has a field for that.
    fn structure(
        &mut self,
        list: Option<&'static EntryList>,
        head: &'static [Field],
        fields: &'static [Field],
    ) -> Result<(), BuildError> {
        if self.open.len() >= DEPTH {
            return Err(self.expected("fewer structures within each other"));
        }
        self.open.push(Open { start: self.out.len(), given: None, list, seen: Vec::new() });
        self.fields(head)?;
        self.fields(fields)?;
        self.close()
    }

    /// The end of the innermost structure.
    fn close(&mut self) -> Result<(), BuildError> {
        self.raw()?;
        let Some(open) = self.open.pop() else { return Ok(()) };
        let length = (self.out.len() - open.start) as u64;
        let field = open.seen.iter().find(|seen| seen.field.role == Role::Length);
        if let Some(seen) = field
            && (!self.options.as_is && !seen.field.written || seen.auto)
        {
            let line = self.lines.get(seen.line);
            let bytes = encode::number(length, seen.field.width).map_err(|fault| match line {
                Some(line) => wrong(line, fault),
                None => self.expected(seen.field.label),
            })?;
            self.patch(seen.at, &bytes);
        }
        Ok(())
    }

    /// Bytes without a field, where the structure's length leaves room for them.
    fn raw(&mut self) -> Result<(), BuildError> {
        while let Some(line) = self.peek() {
            let given = self.open.last().map(|open| (open.start, open.given));
            let room = given.is_some_and(|(start, given)| {
                given.is_some_and(|given| given > (self.out.len() - start) as u64)
            });
            if !room || !RAW.contains(&line.name.as_ref()) || !self.generic(line)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A line of a generic type, if this is one.
    fn generic(&mut self, line: &'s Line<'s>) -> Result<bool, BuildError> {
        if line.name == "Label" {
            let (Given::Source(name) | Given::Quoted(name)) = &line.given else { return Ok(false) };
            let here = self.out.len() as u64;
            match self.labels.iter_mut().find(|(label, _)| label.as_str() == name.as_ref()) {
                Some((_, at)) => *at = here,
                None => self.labels.push((name.to_string(), here)),
            }
            self.next += 1;
            return Ok(true);
        }
        let Some(field) = encode::generic(&line.name) else { return Ok(false) };
        let bytes = match field.kind {
            FieldKind::Uint(_) => {
                self.uint(&line.given).and_then(|value| encode::number(value.unwrap_or(0), field.width))
            }
            _ => encode::bytes(&field, &line.given, (field.width == 16).then_some(16)),
        };
        let bytes = bytes.map_err(|fault| wrong(line, fault))?;
        self.next += 1;
        self.push(line, &bytes)?;
        Ok(true)
    }

    fn entry_begins(&self, list: &'static EntryList) -> bool {
        let first = list.kinds.first().filter(|_| list.head_field(Role::Type).is_none());
        if !self.begins(list.head, first.map_or(&[], |def| def.fields)) {
            return false;
        }
        // Entries of the same make within an entry: they are its own as long as its length has room, or they are of a
        // type that only it holds.
        let alike = |open: &&Open| open.list.is_some_and(|around| alike(around, list));
        let Some(around) = self.open.iter().rev().find(alike) else { return true };
        let room = around.given.is_none_or(|given| given > (self.out.len() - around.start) as u64);
        room && self.kind_ahead(list).is_none_or(|kind| list.find(kind).is_some())
    }

    /// The type of the entry that comes next.
    fn kind_ahead(&self, list: &'static EntryList) -> Option<u64> {
        let field = list.head_field(Role::Type)?;
        let line = self.lines.iter().skip(self.next).take(list.head.len()).find(|line| is(line, field))?;
        self.uint(&line.given).ok().flatten()
    }

    /// The next entry of a list. Returns whether another may follow.
    fn entry(&mut self, list: &'static EntryList) -> Result<bool, BuildError> {
        let kind = self.kind_ahead(list);
        let def: Option<&'static EntryDef> = match list.head_field(Role::Type) {
            Some(_) => kind.and_then(|kind| list.find(kind)),
            None => list.kinds.first(),
        };
        let before = self.out.len();
        self.structure(Some(list), list.head, def.map_or(&[], |def| def.fields))?;
        Ok(self.out.len() > before)
    }

    /// Whether the next lines are the start of a structure with these fields: its first two, if so many are certain.
    fn begins(&self, head: &'static [Field], rest: &'static [Field]) -> bool {
        let mut ahead = self.lines.iter().skip(self.next);
        let Some(mut line) = ahead.next() else { return false };
        let mut matched = 0;
        for field in head.iter().chain(rest) {
            let certain = field.when.is_empty() && !field.optional && field.count == Count::Fixed(1);
            match field.kind {
                FieldKind::Group(inner) if matched == 0 => return self.begins(inner, &[]),
                FieldKind::Group(_) | FieldKind::Entries(_) => return matched > 0,
                _ if is(line, field) => {
                    matched += 1;
                    // Behind flags come their bits.
                    if matched == 2 || matches!(field.kind, FieldKind::Flags(_)) {
                        return true;
                    }
                    match ahead.next() {
                        Some(next) if !RAW.contains(&next.name.as_ref()) => line = next,
                        _ => return true,
                    }
                }
                _ if certain || is_whole(field) => return false,
                _ => (),
            }
        }
        matched > 0
    }

    fn applies(&self, field: &Field) -> bool {
        field.applies(self.revision, |name| {
            let is_computed = self.seen(name)?.auto;
            if is_computed { Some(None) } else { self.sibling(name).map(Some) }
        })
    }

    fn seen(&self, name: &str) -> Option<SeenFields> {
        let find = |open: &Open| open.seen.iter().rev().find(|seen| seen.field.name == name).copied();
        self.open.iter().rev().find_map(find)
    }

    fn sibling(&self, name: &str) -> Option<u64> {
        let seen = self.seen(name)?;
        uint_at(&self.out, seen.at, usize::from(seen.field.width))
    }
}

/// The error about what a line gives.
fn wrong(line: &Line<'_>, fault: Fault) -> BuildError {
    let place = match fault {
        Fault::Unexpected { .. } | Fault::NotHere { .. } => line.place,
        _ => line.value_place,
    };
    BuildError { place, field: (*line.name).into(), fault }
}
