//! An initrd that is as large as it likes: in memory, or in a file of which only the tables are kept in memory.

use crate::budget;
use crate::bytes::{bytes_at, size};
use crate::container::cpio::early::{ACPI_PREFIX, LOG_LINE_LEN};
use crate::container::cpio::walk::{CpioPlace, Walk};
use crate::container::read_at::{Buffered, ReadAt, ReadError, lock};
use std::fmt;
use std::ops::Range;
use std::sync::Mutex;

/// All bytes of an initrd, for as long as somebody looks at them.
pub struct Held<'s>(Reading<'s>);

enum Reading<'s> {
    Memory(Vec<u8>),
    File(HeldFile<'s>),
}

/// What is read where it is needed.
struct HeldFile<'s> {
    source: Buffered<Box<dyn ReadAt + Send + Sync + 's>>,
    /// Names and data of the files that the early search looks for, by their places.
    pieces: Vec<(u64, Vec<u8>)>,
    /// The first read that failed.
    failed: Mutex<Option<ReadError>>,
}

impl<'s> Held<'s> {
    /// Takes an initrd that stays where it is, and reads the tables in it.
    ///
    /// # Errors
    /// [`ReadError`] as the source gives it, and for tables that are too large altogether.
    pub fn in_file(source: impl ReadAt + Send + Sync + 's) -> Result<Self, ReadError> {
        let boxed: Box<dyn ReadAt + Send + Sync + 's> = Box::new(source);
        let source = Buffered::new(boxed);
        let mut pieces = Vec::new();
        // Linux examines 64 files, and none of them has a MiB as a rule.
        let mut room = budget::EARLY_FILES;
        let mut walk = Walk::at_address(&source, 0);
        while let Some(place) = walk.advance()? {
            if let Some(range) = wanted(&source, &place)? {
                let len = range.end.saturating_sub(range.start);
                room = room.checked_sub(len).ok_or_else(|| ReadError::System {
                    at: place.header_at,
                    why: format!("more than {} of tables", size(budget::EARLY_FILES)),
                })?;
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                pieces.push((range.start, source.read_vec(range.start, len)?));
            }
        }
        Ok(Held(Reading::File(HeldFile { source, pieces, failed: Mutex::default() })))
    }

    /// The same bytes, to be looked at.
    pub fn view(&self) -> View<'_> {
        let end = match &self.0 {
            Reading::Memory(bytes) => bytes.as_slice().end(),
            Reading::File(file) => file.source.end(),
        };
        View { all: All::of(&self.0), start: 0, end }
    }

    /// The first read that failed since: the file was cut short meanwhile, and what was made of it is wrong.
    pub fn failed(&self) -> Option<ReadError> {
        match &self.0 {
            Reading::Memory(_) => None,
            Reading::File(file) => lock(&file.failed).clone(),
        }
    }
}

impl From<Vec<u8>> for Held<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Held(Reading::Memory(bytes))
    }
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(out)
    }
}

/// Whether an entry is a file below [`ACPI_PREFIX`] to the early search.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn is_table(source: &impl ReadAt, place: &CpioPlace) -> Result<bool, ReadError> {
    let is_long = place.header.name_size as usize >= ACPI_PREFIX.len();
    Ok(place.header.is_regular()
        && is_long
        && source.read_vec(place.name_at, ACPI_PREFIX.len())? == ACPI_PREFIX)
}

/// Where name and data of an entry stand, if it is a file that the early search looks for. A name without an end goes on in
/// what follows, as far as a line of the log has room.
fn wanted(source: &impl ReadAt, place: &CpioPlace) -> Result<Option<Range<u64>>, ReadError> {
    if !is_table(source, place)? {
        return Ok(None);
    }
    let header = &place.header;
    let line = place.name_at.saturating_add(LOG_LINE_LEN as u64).min(source.end());
    let end = place.data_at.saturating_add(header.file_size.into());
    let name = source.read_vec(place.name_at, header.name_size as usize)?;
    Ok(Some(place.name_at..if name.contains(&0) { end } else { end.max(line) }))
}

/// Bytes of an initrd that can be read from any place; those of the tables can be borrowed.
#[derive(Clone, Copy)]
pub struct View<'a> {
    all: All<'a>,
    start: u64,
    end: u64,
}

#[derive(Clone, Copy)]
enum All<'a> {
    Memory(&'a [u8]),
    File(&'a HeldFile<'a>),
}

impl<'a> All<'a> {
    fn of<'s: 'a>(kind: &'a Reading<'s>) -> All<'a> {
        match kind {
            Reading::Memory(bytes) => All::Memory(bytes),
            Reading::File(file) => All::File(file),
        }
    }
}

impl<'a> View<'a> {
    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A part of it, as far as it is there; its first byte counts as 0.
    pub fn part(&self, range: Range<u64>) -> View<'a> {
        let place = |at: u64| self.start.saturating_add(at).min(self.end);
        let start = place(range.start);
        View { all: self.all, start, end: place(range.end).max(start) }
    }

    /// The bytes from `at` on that can be borrowed: up to the end in memory, else those of a table's name and data.
    pub fn borrowed(&self, at: usize) -> Option<&'a [u8]> {
        let at = self.start.checked_add(at as u64).filter(|at| *at <= self.end)?;
        let (first, bytes) = match self.all {
            All::Memory(bytes) => (0, bytes),
            All::File(file) => {
                let number = file.pieces.partition_point(|(start, _)| *start <= at).checked_sub(1)?;
                file.pieces.get(number).map(|(start, piece)| (*start, piece.as_slice()))?
            }
        };
        let bytes = bytes.get(usize::try_from(at.checked_sub(first)?).ok()?..)?;
        let left = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        Some(bytes.get(..left).unwrap_or(bytes))
    }

    /// `len` bytes that can be borrowed.
    pub fn slice(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        bytes_at(self.borrowed(at)?, 0, len)
    }
}

impl ReadAt for View<'_> {
    fn end(&self) -> u64 {
        self.len()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let len = buffer.len() as u64;
        if at.checked_add(len).is_none_or(|after| after > self.len()) {
            return Err(ReadError::End { at, len, end: self.len() });
        }
        let at = self.start.saturating_add(at);
        match self.all {
            All::Memory(bytes) => bytes.read_at(at, buffer),
            All::File(file) => file.source.read_at(at, buffer).inspect_err(|error| {
                lock(&file.failed).get_or_insert_with(|| error.clone());
            }),
        }
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        let from = self.start.saturating_add(at).min(self.end);
        let data = match self.all {
            All::Memory(_) => from..self.end,
            All::File(file) => file.source.data_from(from),
        };
        let inside = |place: u64| place.clamp(self.start, self.end).saturating_sub(self.start);
        inside(data.start)..inside(data.end)
    }
}

impl<'a> From<&'a [u8]> for View<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        View { all: All::Memory(bytes), start: 0, end: bytes.end() }
    }
}

impl<'a> From<&'a Vec<u8>> for View<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

impl<'a, const LEN: usize> From<&'a [u8; LEN]> for View<'a> {
    fn from(bytes: &'a [u8; LEN]) -> Self {
        bytes.as_slice().into()
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "an initrd of {} bytes", self.len())
    }
}
