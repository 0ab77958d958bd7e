//! Changes of SRAT and SLIT in the words of their purpose: which memory is hot-pluggable, to which domain it belongs, how far
//! domains are from each other.

use super::edit::{EditError, Editor};
use super::slit::{MATRIX_AT, Slit};
use super::srat::{Memory, MemoryFlags, Srat};
use crate::phrase;
use std::ops::Range;

/// Where a memory entry has its domain, its base, its length and its flags, in bytes from its start.
const DOMAIN_AT: usize = 2;
const BASE_AT: usize = 8;
const LENGTH_AT: usize = 16;
const FLAGS_AT: usize = 28;

/// Why such a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AffinityError {
    /// The table is another one.
    #[error("byte 0: found a table of signature {found}, expected {expected}")]
    Table {
        /// The signature that is there.
        found: String,
        /// The one that the change is for.
        expected: &'static str,
    },
    /// No enabled memory entry is meant.
    #[error("no enabled memory entry {what}; there are {there}")]
    NoMemory {
        /// What was asked for.
        what: String,
        /// The entries that there are.
        there: String,
    },
    /// The SLIT has no such locality.
    #[error("there is no locality {wanted}: the table has {count}, numbered from 0")]
    NoLocality {
        /// The locality.
        wanted: u64,
        /// How many there are.
        count: u64,
    },
    /// Linux would drop the table.
    #[error("found a distance of {found} between {from} and {to}, expected {expected}")]
    Distance {
        /// The distance.
        found: u8,
        /// From this locality.
        from: u64,
        /// To this one.
        to: u64,
        /// What it can be.
        expected: &'static str,
    },
    /// The change itself was not made.
    #[error("{0}")]
    Edit(#[from] EditError),
}

/// Which memory entries of a SRAT are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memories {
    /// Those of this proximity domain.
    Domain(u32),
    /// Those within this range; entries that reach out of it are split at its borders.
    Range(Range<u64>),
}

/// One enabled memory entry with its place.
#[derive(Debug, Clone, Copy)]
struct EnabledEntry {
    offset: usize,
    len: usize,
    memory: Memory,
}

impl EnabledEntry {
    fn range(&self) -> Range<u64> {
        self.memory.base..self.memory.base.saturating_add(self.memory.length)
    }
}

/// The enabled entries that have memory, in table order.
fn memories(editor: &Editor) -> Result<Vec<EnabledEntry>, AffinityError> {
    let srat = Srat::parse(editor.bytes()).map_err(|_| other(editor, "SRAT"))?;
    let enabled = srat.memory().filter(|(_, memory)| memory.is_enabled() && memory.length > 0);
    let found =
        enabled.map(|(entry, memory)| EnabledEntry { offset: entry.offset, len: entry.bytes.len(), memory });
    Ok(found.collect())
}

fn other(editor: &Editor, expected: &'static str) -> AffinityError {
    let found = crate::bytes::escape(editor.bytes().get(..4).unwrap_or_default()).into_owned();
    AffinityError::Table { found, expected }
}

/// The enabled memory entries that are meant, after the splits that a range needs.
fn select(editor: &mut Editor, which: &Memories) -> Result<Vec<EnabledEntry>, AffinityError> {
    if let Memories::Range(range) = which {
        split(editor, range)?;
    }
    let all = memories(editor)?;
    let is_meant = |found: &&EnabledEntry| match which {
        Memories::Domain(domain) => found.memory.pxm == *domain,
        Memories::Range(range) => range.start <= found.range().start && found.range().end <= range.end,
    };
    let meant: Vec<EnabledEntry> = all.iter().filter(is_meant).copied().collect();
    if meant.is_empty() {
        let what = match which {
            Memories::Domain(domain) => format!("is in domain {domain}"),
            Memories::Range(range) => format!("lies in {}", mem(range)),
        };
        return Err(AffinityError::NoMemory { what, there: list(&all) });
    }
    Ok(meant)
}

/// A range as Linux prints it.
fn mem(range: &Range<u64>) -> String {
    format!("[mem {:#x}-{:#x}]", range.start, range.end.saturating_sub(1))
}

/// At most so many entries are named in a message.
const NAMED: usize = 8;

fn list(all: &[EnabledEntry]) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let name = |found: &EnabledEntry| format!("{} of domain {}", mem(&found.range()), found.memory.pxm);
    phrase::first(&all.iter().map(name).collect::<Vec<_>>(), NAMED)
}

/// Sets or clears the hot-pluggable flag of memory entries.
///
/// # Errors
/// [`AffinityError`] when the table is no SRAT, no enabled entry is meant, or the table cannot grow.
pub fn hot_pluggable(editor: &mut Editor, which: &Memories, on: bool) -> Result<(), AffinityError> {
    for found in select(editor, which)? {
        let mut flags = found.memory.flags;
        flags.set(MemoryFlags::HOT_PLUGGABLE, on);
        editor.write(found.offset.saturating_add(FLAGS_AT), &flags.bits().to_le_bytes());
    }
    Ok(())
}

/// Moves memory to another proximity domain.
///
/// # Errors
/// As [`hot_pluggable`].
pub fn move_to(editor: &mut Editor, which: &Memories, domain: u32) -> Result<(), AffinityError> {
    for found in select(editor, which)? {
        editor.write(found.offset.saturating_add(DOMAIN_AT), &domain.to_le_bytes());
    }
    Ok(())
}

/// Splits the memory entries that reach over a border of `range`, so that each lies in it or outside. The new entries follow
/// those that they were a part of and are the same but for base and length.
///
/// # Errors
/// As [`hot_pluggable`].
pub fn split(editor: &mut Editor, range: &Range<u64>) -> Result<(), AffinityError> {
    let overlap = |found: &EnabledEntry| found.range().start < range.end && range.start < found.range().end;
    let all = memories(editor)?;
    if !all.iter().any(overlap) {
        let what = format!("lies in {}", mem(range));
        return Err(AffinityError::NoMemory { what, there: list(&all) });
    }
    for border in [range.start, range.end] {
        // From the last entry on, so that the places of those before stay.
        for found in memories(editor)?.into_iter().rev() {
            if !(found.range().start < border && border < found.range().end) {
                continue;
            }
            let whole = editor.bytes().get(found.offset..found.offset.saturating_add(found.len));
            let mut entry = whole.unwrap_or_default().to_vec();
            let rest = found.range().end.saturating_sub(border);
            put(&mut entry, BASE_AT, border);
            put(&mut entry, LENGTH_AT, rest);
            let first = border.saturating_sub(found.memory.base);
            editor.write(found.offset.saturating_add(LENGTH_AT), &first.to_le_bytes());
            editor.insert(found.offset.saturating_add(found.len), &entry)?;
        }
    }
    Ok(())
}

fn put(entry: &mut [u8], at: usize, value: u64) {
    if let Some(place) = entry.get_mut(at..at.saturating_add(8)) {
        place.copy_from_slice(&value.to_le_bytes());
    }
}

/// Sets the distance from one locality to another, and back if `both` ways.
///
/// # Errors
/// [`AffinityError`] when the table is no SLIT, has no such locality, or Linux would drop it for that distance.
pub fn distance(
    editor: &mut Editor,
    from: u64,
    to: u64,
    distance: u8,
    both: bool,
) -> Result<(), AffinityError> {
    let slit = Slit::parse(editor.bytes()).map_err(|_| other(editor, "SLIT"))?;
    let count = slit.size().map_or(0, |size| size as u64);
    if let Some(wanted) = [from, to].into_iter().find(|locality| *locality >= count) {
        return Err(AffinityError::NoLocality { wanted, count });
    }
    let expected = match (from == to, distance) {
        (true, 10) | (false, 11..) => None,
        (true, _) => Some("10"),
        (false, _) => Some("11 to 254, or 255 for unreachable"),
    };
    if let Some(expected) = expected {
        return Err(AffinityError::Distance { found: distance, from, to, expected });
    }
    let mut put = |row: u64, column: u64| {
        let index = row.saturating_mul(count).saturating_add(column);
        let at = usize::try_from(index).unwrap_or(usize::MAX).saturating_add(MATRIX_AT);
        editor.write(at, &[distance]);
    };
    put(from, to);
    if both {
        put(to, from);
    }
    Ok(())
}
