//! A listing of iasl says a table twice: in decoded lines, and in the raw data below them. Who edits one of them leaves the
//! other as it was, so the two are compared before either is used.
//!
//! The decoded lines say where their field was in the table (`[024h 0036   1]`). So each is compared with the raw data at
//! that place, whatever bytes the listing leaves out between them.

use super::build::{BuildOptions, Written, build};
use super::labels::same;
use super::{Given, Line};
use crate::bytes::{escape, uint_at};
use crate::foreign::Foreign;
use crate::phrase;
use crate::table::def::{Bits, FieldKind};
use crate::table::item::What;
use crate::table::summary::fix_checksums;
use crate::table::{decode, definition, layout};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// Which of the two counts where they disagree, when somebody has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// The decoded lines, compiled as any source is.
    Decoded,
    /// The raw data.
    Raw,
}

/// The table of a listing whose two parts agree, or differ in nothing but fields that were edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Its bytes: those of the raw data with the edited fields, and then with right checksums.
    pub bytes: Vec<u8>,
    /// The edited fields.
    pub edited: Vec<Difference>,
    /// Bytes of the raw data that no decoded line gives.
    pub not_decoded: Vec<Range<usize>>,
}

/// `bytes 0x34-0x53, 0x60`; `None` where there are none.
pub fn ranges(all: &[Range<usize>]) -> Option<String> {
    const MOST: usize = 6;
    let one = |range: &Range<usize>| match range.end.saturating_sub(1) {
        last if last == range.start => format!("{last:#x}"),
        last => format!("{:#x}-{last:#x}", range.start),
    };
    let shown: Vec<String> = all.iter().map(one).collect();
    (!shown.is_empty()).then(|| format!("bytes {}", phrase::first(&shown, MOST)))
}

/// That these bytes are those of the raw data.
pub fn not_decoded(which: &str) -> String {
    format!("no decoded line gives {which}: taken from the raw data")
}

/// A field that both parts give, each in its way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {} is {} in the decoded line and {} in the raw data", field.text(), decoded.text(), raw.text())]
pub struct Difference {
    /// The line, from 1.
    pub line: u32,
    /// The field's label.
    pub field: Foreign,
    /// Its value in the decoded line.
    pub decoded: Foreign,
    /// Its value in the raw data.
    pub raw: Foreign,
    /// Where it is in the table.
    pub at: Range<usize>,
}

/// Why it is not clear which table is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// A field whose change makes other fields of what comes after it.
    #[error("{0}, which decides what other fields there are")]
    Layout(Difference),
    /// A number and the bits below it, both edited.
    #[error("{0}; the bits below it make {bits:#x}", bits = .1)]
    Bits(Difference, u64),
    /// A line for a place that another line gives, or that the raw data do not have.
    #[error("line {line}: {}: the raw data have no such field here: the bytes at {at:#x} are {}", field.text(), raw.text())]
    Added {
        /// The line, from 1.
        line: u32,
        /// The field's label.
        field: Foreign,
        /// Where it should be.
        at: usize,
        /// What is there.
        raw: Foreign,
    },
    /// A structure of the raw data that no line gives.
    #[error("no decoded line gives bytes {:#x} to {:#x} of the raw data, {} ({})", at.start, at.end, what.text(), raw.text())]
    Removed {
        /// Its bytes.
        at: Range<usize>,
        /// What it is.
        what: Foreign,
        /// The first of them.
        raw: Foreign,
    },
    /// The decoded lines are not the source of a table.
    #[error("the decoded lines and the raw data differ, and the lines cannot be read: {0}")]
    Source(String),
}

/// The table that a listing means: `lines` are its decoded ones, `raw` the bytes of its raw data.
///
/// # Errors
/// [`Disagreement`] when they differ in more than fields that were edited.
pub fn settle(lines: &[Line<'_>], raw: &[u8]) -> Result<Settled, Disagreement> {
    let mut settled = Settled { bytes: raw.to_vec(), ..Settled::default() };
    if lines.iter().all(|line| line.offset.is_none()) {
        return Ok(settled);
    }
    if let Some(line) = doubled(lines) {
        let walk = RawProgress { raw, ..RawProgress::default() };
        return Err(walk.added(line, line.offset.unwrap_or(0) as usize, line.size.map_or(0, usize::from)));
    }
    let built = match build(lines, BuildOptions { as_is: true }) {
        Ok(built) => built,
        Err(error) if lines.iter().any(|line| differs_plainly(line, raw)) => {
            return Err(Disagreement::Source(error.to_string()));
        }
        Err(_) => return Ok(Settled { not_decoded: uncovered(lines, raw)?, ..settled }),
    };
    let mut walk = RawProgress { raw, heads: entries(raw), ..RawProgress::default() };
    for (index, written) in built.written.iter().enumerate() {
        walk.look_ahead(built.written.get(index..).unwrap_or_default(), lines);
        let Some(line) = lines.get(written.line) else { continue };
        let given = built.bytes.get(written.at..written.at.saturating_add(written.len)).unwrap_or_default();
        let end = walk.end;
        let at = walk.place(line, given, written.is_text)?;
        if at.start > end {
            settled.not_decoded.push(end..at.start);
        }
        let before = raw.get(at.clone()).unwrap_or_default();
        if let Some(value) = edited(line, given, before, at.start, written.is_text)? {
            match bits_edited(lines, written.line, raw, &value, &at) {
                bits if are_misprinted(raw, &bits) => continue,
                bits if bits.is_empty() => settled.edited.push(difference(line, before, at.clone())),
                bits => settled.edited.extend(bits),
            }
            if let Some(bytes) = settled.bytes.get_mut(at) {
                bytes.copy_from_slice(&value);
            }
        }
    }
    let end = walk.end;
    if end < raw.len() {
        settled.not_decoded.push(end..raw.len());
    }
    removed(raw, &settled.not_decoded)?;
    if let Some(first) = settled.edited.first() {
        if shape(raw) != shape(&settled.bytes) {
            let deciding =
                settled.edited.iter().find(|edit| shape(raw) != shape(&with(raw, &settled.bytes, &edit.at)));
            return Err(Disagreement::Layout(deciding.unwrap_or(first).clone()));
        }
        right_checksums(&mut settled.bytes);
        // A checksum is computed, whatever a line says.
        let bytes = &settled.bytes;
        settled.edited.retain(|edit| bytes.get(edit.at.clone()) != raw.get(edit.at.clone()));
    }
    Ok(settled)
}

/// A line that is there a second time: with place, length and field of another, it has been copied by hand. Text that an offset
/// names is at place 0 in some listings, whatever it is.
fn doubled<'a, 't>(lines: &'a [Line<'t>]) -> Option<&'a Line<'t>> {
    let mut seen = HashSet::new();
    let has_place = |line: &&Line<'_>| line.offset.is_some_and(|offset| offset != 0);
    lines.iter().filter(has_place).find(|line| !seen.insert((line.offset, line.size, &line.name)))
}

/// How far the decoded lines have come in the raw data.
#[derive(Default)]
struct RawProgress<'a> {
    raw: &'a [u8],
    /// Where the last field ends.
    end: usize,
    /// Where the entry that the lines are in begins.
    entry: usize,
    /// The entries that the lines have not come to: where they begin, and with which field.
    heads: Vec<(usize, &'static str)>,
    /// The fields that entries begin with.
    labels: Vec<&'static str>,
    /// By how much the places of the lines are too high, and the field of the raw data up to which they are.
    misprint: (usize, usize),
}

impl RawProgress<'_> {
    /// Some releases of iasl print wrong places: the field before some of one name, and the one after them, leave room for
    /// these alone, and each is as far off.
    fn look_ahead(&mut self, written: &[Written], lines: &[Line<'_>]) {
        if self.end < self.misprint.1 {
            return;
        }
        let printed = |one: &Written| Some(lines.get(one.line)?.offset? as usize);
        let first = written.first().and_then(printed);
        let Some(off @ 1..) = first.and_then(|first| first.checked_sub(self.end)) else { return };
        let name = |one: &Written| lines.get(one.line).map(|line| line.name.as_ref());
        let mut end = self.end;
        for (one, next) in written.iter().zip(written.iter().skip(1)) {
            if name(one) != written.first().and_then(name) {
                return;
            }
            end = end.saturating_add(one.len);
            match printed(next) {
                Some(at) if at == end => {
                    self.misprint = (off, end);
                    return;
                }
                Some(at) if at == end.saturating_add(off) => {}
                _ => return,
            }
        }
    }

    /// Where a line's field is in the raw data.
    fn place(&mut self, line: &Line<'_>, given: &[u8], is_text: bool) -> Result<Range<usize>, Disagreement> {
        let printed = line.offset.map_or(self.end, |offset| offset as usize);
        let (off, until) = self.misprint;
        let is_misprinted = self.end < until && printed == self.end.saturating_add(off);
        let start = if is_misprinted { self.end } else { printed };
        let begins = |(at, label): &(usize, &str)| *at == start && same(&line.name, label);
        let begun = self.heads.iter().position(begins).map(|index| self.heads.remove(index));
        if let Some((at, label)) = begun {
            self.entry = at;
            self.labels.push(label);
        }
        let end_of = |start: usize| start.saturating_add(given.len());
        let is_same = |start: usize| self.raw.get(start..end_of(start)) == Some(given);
        // Some releases of iasl decode more fields than an entry has, or give one the place of another, and then go on
        // where they should. What begins an entry a second time has been copied by hand.
        let is_copy = begun.is_none() && self.labels.iter().any(|label| same(&line.name, label));
        let start = match start {
            start if line.offset.is_none() => return Err(self.added(line, start, given.len())),
            start if begun.is_some() || start >= self.end => start,
            start if start > self.entry && is_same(start) => start,
            _ if !is_copy && is_same(self.end) => self.end,
            start => return Err(self.added(line, start, given.len())),
        };
        let fits = line.size.is_none_or(|size| usize::from(size) == given.len()) || is_text;
        if end_of(start) > self.raw.len() || !fits && !is_same(start) {
            return Err(self.added(line, start, given.len()));
        }
        self.end = self.end.max(end_of(start));
        Ok(start..end_of(start))
    }

    /// The error that the raw data have no such field.
    fn added(&self, line: &Line<'_>, at: usize, len: usize) -> Disagreement {
        let bytes = self.raw.get(at..at.saturating_add(len).min(self.raw.len())).unwrap_or_default();
        let raw = if bytes.is_empty() { "past their end".to_owned() } else { hex(bytes) };
        Disagreement::Added {
            line: line.place.line,
            field: (*line.name).into(),
            at,
            raw: raw.as_str().into(),
        }
    }
}

/// The bytes that a line's field has been given by hand, if they are others than those of the raw data.
fn edited(
    line: &Line<'_>,
    given: &[u8],
    raw: &[u8],
    at: usize,
    is_text: bool,
) -> Result<Option<Vec<u8>>, Disagreement> {
    // A number with its bits below: whichever is not as it was has been edited.
    if let (Given::Source(text), Some(built)) = (&line.given, uint_at(given, 0, given.len()))
        && let (Ok(number), Some(before)) = (u64::from_str_radix(text, 16), uint_at(raw, 0, raw.len()))
        && number != built
        && number != before
    {
        let at = at..at.saturating_add(raw.len());
        if built != before {
            return Err(Disagreement::Bits(difference(line, raw, at), built));
        }
        let number = number.to_le_bytes();
        return Ok(number.get(..raw.len()).map(<[u8]>::to_vec));
    }
    // Listings have some other character for what is not printable, and end text at a zero.
    let ended = |bytes: &[u8]| bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    if is_text && ended(given) == ended(raw) && given.get(..ended(given)) == raw.get(..ended(raw)) {
        return Ok(None);
    }
    let same = |(given, raw): (&u8, &u8)| given == raw || is_text && !(0x20..0x7f).contains(raw);
    let is_same = given.len() == raw.len() && given.iter().zip(raw).all(same);
    Ok((!is_same).then(|| given.to_vec()))
}

/// Whether iasl printed these bits as they are, though the raw data have others: up to 20200925 the Global of an AER structure of a
/// HEST is the bit below it.
fn are_misprinted(raw: &[u8], bits: &[Difference]) -> bool {
    let below = |bit: &Difference| Some(format!("{:X}", raw.get(bit.at.start)? & 1));
    let is = |bit: &Difference| {
        bit.field.raw() == b"Global" && below(bit).is_some_and(|below| bit.decoded.text() == below)
    };
    raw.starts_with(b"HEST") && !bits.is_empty() && bits.iter().all(is)
}

/// The bits of a flags field that were edited, where the number above them was not.
fn bits_edited(
    lines: &[Line<'_>],
    number: usize,
    raw: &[u8],
    value: &[u8],
    at: &Range<usize>,
) -> Vec<Difference> {
    let before = raw.get(at.clone()).and_then(|bytes| uint_at(bytes, 0, bytes.len()));
    let (Some(before), Some(after)) = (before, uint_at(value, 0, value.len())) else { return Vec::new() };
    let is_number = matches!(lines.get(number).map(|line| &line.given), Some(Given::Source(text))
        if u64::from_str_radix(text, 16) == Ok(before));
    let field = decode(raw).find_map(|item| match item.what {
        What::Value(field) if (item.offset, item.size) == (at.start, at.len()) => Some(field),
        _ => None,
    });
    let Some(FieldKind::Flags(bits)) = field.map(|field| field.def.kind).filter(|_| is_number) else {
        return Vec::new();
    };
    let below = lines.get(number.saturating_add(1)..).unwrap_or_default();
    let changed = bits.iter().filter(|bits| bits.of(before) != bits.of(after));
    let one = |bits: &Bits| {
        let line =
            below.iter().take_while(|line| line.offset.is_none()).find(|line| same(&line.name, bits.name))?;
        let hex = |value: u64| format!("{:X}", bits.of(value)).as_str().into();
        Some(Difference {
            line: line.place.line,
            field: bits.name.into(),
            decoded: hex(after),
            raw: hex(before),
            at: at.clone(),
        })
    };
    changed.filter_map(one).collect()
}

/// The bytes that no line gives, of lines that cannot be read as a source. What an offset names has the place 0 in some listings,
/// and may follow on fields that the iasl did not know.
///
/// # Errors
/// [`Disagreement::Removed`] for the first bytes before the last line that no such text accounts for: some lines were taken out.
fn uncovered(lines: &[Line<'_>], raw: &[u8]) -> Result<Vec<Range<usize>>, Disagreement> {
    let (mut end, mut all) = (0, Vec::new());
    let mut named: Vec<&Line<'_>> = Vec::new();
    for line in lines {
        let (Some(at), Some(size)) = (line.offset, line.size) else { continue };
        let (start, size) = (at as usize, usize::from(size));
        if start == 0 && end > 0 {
            named.push(line);
            continue;
        }
        if start > end {
            all.extend(before_texts(&named, raw, end..start).ok_or_else(|| lost(raw, end..start))?);
        }
        named.clear();
        end = end.max(start.saturating_add(size));
    }
    if !named.is_empty() {
        let rest = end..raw.len();
        all.extend(before_texts(&named, raw, rest.clone()).ok_or_else(|| lost(raw, rest))?);
    }
    Ok(all)
}

/// What a gap has before texts that fill it to its end, in their order; `None` where they do not, or there are none.
fn before_texts(texts: &[&Line<'_>], raw: &[u8], gap: Range<usize>) -> Option<Option<Range<usize>>> {
    let sizes = texts.iter().map(|line| line.size.map_or(0, usize::from));
    let first = gap.end.checked_sub(sizes.sum()).filter(|first| *first >= gap.start && !texts.is_empty())?;
    let mut at = first;
    for line in texts {
        let end = at + line.size.map_or(0, usize::from);
        let bytes = raw.get(at..end)?;
        let is_same = match &line.given {
            Given::Quoted(text) => bytes.split(|byte| *byte == 0).next()? == text.as_bytes(),
            Given::Source(text) => crate::bytes::pairs(bytes).eq_ignore_ascii_case(text.trim()),
            _ => false,
        };
        if !is_same {
            return None;
        }
        at = end;
    }
    Some((first > gap.start).then_some(gap.start..first))
}

/// That lines for these bytes were taken out.
fn lost(raw: &[u8], at: Range<usize>) -> Disagreement {
    let found = decode(raw).filter(|item| item.offset == at.start && item.size > 0);
    let what = found.filter_map(|item| match item.what {
        What::Entry { def: Some(def), .. } => Some(def.title),
        What::Value(value) => Some(value.def.label),
        _ => None,
    });
    let what = what.into_iter().next().unwrap_or("a field").into();
    let bytes = hex(raw.get(at.clone()).unwrap_or_default());
    Disagreement::Removed { at, what, raw: bytes.as_str().into() }
}

/// A field that differs.
fn difference(line: &Line<'_>, raw: &[u8], at: Range<usize>) -> Difference {
    let decoded = match &line.given {
        Given::Source(text) => text.to_string(),
        Given::Quoted(text) => format!("\"{text}\""),
        Given::Text(text) => text.clone(),
        Given::Number(value) => format!("{value:X}"),
        Given::Numbers(values) => format!("{values:X?}"),
    };
    let is_quoted = matches!(line.given, Given::Quoted(_));
    let raw = match (is_quoted, uint_at(raw, 0, raw.len())) {
        (true, _) => format!("\"{}\"", String::from_utf8_lossy(raw).trim_end_matches('\0')),
        (false, Some(value)) => format!("{value:0width$X}", width = raw.len().saturating_mul(2)),
        (false, None) => hex(raw),
    };
    Difference {
        line: line.place.line,
        field: (*line.name).into(),
        decoded: decoded.as_str().into(),
        raw: raw.as_str().into(),
        at,
    }
}

/// The first bytes, as a listing has them.
fn hex(bytes: &[u8]) -> String {
    let shown = crate::bytes::pairs(bytes.get(..16).unwrap_or(bytes));
    if bytes.len() > 16 { format!("{shown} …") } else { shown }
}

/// Whether a line, as it is written, says something else than the raw data at its place; `false` for what can be written in
/// several ways.
fn differs_plainly(line: &Line<'_>, raw: &[u8]) -> bool {
    let (Some(at), Some(size)) = (line.offset, line.size) else { return false };
    let (at, size) = (at as usize, usize::from(size));
    let Some(bytes) = raw.get(at..at.saturating_add(size)) else { return true };
    match &line.given {
        Given::Source(text) => match (u64::from_str_radix(text, 16), uint_at(bytes, 0, size)) {
            (Ok(given), Some(value)) => given != value,
            _ => false,
        },
        Given::Quoted(text) => {
            let printable = |byte: &u8| (0x20..0x7f).contains(byte) || *byte == 0;
            let shown: Cow<'_, str> = escape(bytes.split(|byte| *byte == 0).next().unwrap_or_default());
            bytes.iter().all(printable) && shown.trim_end() != text.trim_end() && text.is_ascii()
        }
        _ => false,
    }
}

/// That an entry of the raw data has no decoded line, where that is so. An iasl that does not know a kind of entry leaves those
/// out, so only the kinds that have lines elsewhere count at the end of what it decoded.
fn removed(raw: &[u8], gaps: &[Range<usize>]) -> Result<(), Disagreement> {
    let mut decoded = Vec::new();
    for item in decode(raw) {
        let What::Entry { def: Some(def), kind } = item.what else { continue };
        let end = item.offset.saturating_add(item.size);
        let Some(gap) = gaps.iter().find(|gap| gap.start == item.offset && end <= gap.end) else {
            decoded.push(kind);
            continue;
        };
        if item.size > 0 && (gap.end < raw.len() || decoded.contains(&kind)) {
            return Err(Disagreement::Removed {
                at: item.offset..end,
                what: def.title.into(),
                raw: hex(raw.get(item.offset..end).unwrap_or_default()).as_str().into(),
            });
        }
    }
    Ok(())
}

/// Where the entries of a table begin, and with which field.
fn entries(table: &[u8]) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    let mut begun = None;
    for item in decode(table) {
        match item.what {
            What::Entry { .. } => begun = Some(item.offset),
            What::Value(value) if begun == Some(item.offset) => found.push((item.offset, value.def.label)),
            _ => {}
        }
    }
    found
}

/// What fields a table has, and where.
fn shape(table: &[u8]) -> Vec<(usize, usize, u8, String)> {
    let what = |what: &What<'_>| match what {
        What::Value(value) => value.def.label.to_owned(),
        What::Group { def, .. } => def.label.to_owned(),
        What::Entry { kind, .. } => format!("{kind:?}"),
        What::Raw(kind, _) => format!("{kind:?}"),
        What::Problem(problem) => problem.to_string(),
    };
    decode(table).map(|item| (item.offset, item.size, item.depth, what(&item.what))).collect()
}

/// A table with these bytes of another.
fn with(table: &[u8], other: &[u8], at: &Range<usize>) -> Vec<u8> {
    let mut table = table.to_vec();
    if let (Some(to), Some(from)) = (table.get_mut(at.clone()), other.get(at.clone())) {
        to.copy_from_slice(from);
    }
    table
}

/// Sets the checksums that a table has by its list.
fn right_checksums(table: &mut [u8]) {
    let (head, fields) =
        definition(table).map_or((layout::header(), &[][..]), |def| (def.header, def.fields));
    let revision = crate::table::Header::parse(table).map_or(0, |header| header.revision);
    fix_checksums(table, head.iter().chain(fields), revision);
}
