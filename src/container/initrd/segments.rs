//! The parts of an initrd, one behind the other.

use super::Compression;
use super::extent::{Extent, extent};
use crate::container::cpio::header::TRAILER;
use crate::container::cpio::walk::{CpioPlace, Walk};
use crate::container::read_at::{Buffered, ReadAt, ReadError, zeros_end};
use std::fmt;
use std::ops::Range;

/// What a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An uncompressed newc archive.
    Newc {
        /// Number of entries, the trailer not counted.
        entries: u64,
        /// Whether it ends with a trailer; if not, it ends behind its last whole entry.
        trailer: bool,
    },
    /// Zeros between the parts.
    Zeros,
    /// Something compressed.
    Compressed(Compression),
    /// Nothing that Linux reads.
    Unknown,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Newc { .. } => out.pad("newc"),
            Kind::Zeros => out.pad("zeros"),
            Kind::Compressed(format) => out.pad(format.name()),
            Kind::Unknown => out.pad("unknown"),
        }
    }
}

/// How the end of a segment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It ends there.
    Told,
    /// It counts to the end of the initrd: only who unpacks it knows where it ends, and whether something follows.
    Open,
    /// It counts to the end of the initrd, since its headers make no sense from `at` on, or it is cut off there.
    Damaged {
        /// Where, in bytes from the start of the initrd.
        at: u64,
    },
}

/// A part of an initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, as offsets into the initrd.
    pub range: Range<u64>,
    /// How its end is known.
    pub end: End,
}

/// The parts of an initrd from its first byte to its last. What is compressed is not unpacked, and the data of files are not
/// read: the work goes with the number of entries and blocks, not with the size.
#[derive(Debug)]
pub struct Segments<R> {
    source: Buffered<R>,
    at: u64,
    known: Vec<Range<u64>>,
}

/// Takes an initrd apart.
pub fn segments<R: ReadAt>(source: R) -> Segments<R> {
    segments_knowing(source, Vec::new())
}

/// The same for who has unpacked compressed parts, so that it is `known` where they end.
pub fn segments_knowing<R: ReadAt>(source: R, known: Vec<Range<u64>>) -> Segments<R> {
    Segments { source: Buffered::new(source), at: 0, known }
}

impl<R: ReadAt> Segments<R> {
    /// The next part, or `None` at the end. Each is at least a byte long, and begins where the one before ends.
    ///
    /// # Errors
    /// [`ReadError`] as the source gives it: it can shrink while it is read.
    pub fn advance(&mut self) -> Result<Option<Segment>, ReadError> {
        let (start, end) = (self.at, self.source.end());
        let mut head = [0; 4];
        let len = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).min(head.len());
        let Some(head) = head.get_mut(..len).filter(|head| !head.is_empty()) else { return Ok(None) };
        self.source.read_at(start, head)?;
        let told = |kind, end: u64| Segment { kind, range: start..end, end: End::Told };
        let segment = if head.first() == Some(&0) {
            told(Kind::Zeros, zeros_end(&self.source, start)?)
        } else if let Some(format) = Compression::detect(head) {
            let kind = Kind::Compressed(format);
            let is_known =
                |known: &&Range<u64>| known.start == start && known.end > start && known.end <= end;
            match self.known.iter().find(is_known) {
                Some(known) => told(kind, known.end),
                None => match extent(format, &self.source, start)? {
                    Extent::Known(end) => told(kind, end),
                    Extent::Unknown => Segment { end: End::Open, ..told(kind, end) },
                    Extent::Damaged { at } => Segment { end: End::Damaged { at }, ..told(kind, end) },
                },
            }
        } else {
            self.archive(start)?.unwrap_or(told(Kind::Unknown, end))
        };
        self.at = segment.range.end;
        Ok(Some(segment))
    }

    /// The archive that starts at `start`: up to its trailer, or to its last whole entry.
    fn archive(&self, start: u64) -> Result<Option<Segment>, ReadError> {
        let mut walk = Walk::of_archive(&self.source, start);
        let (mut entries, mut end) = (0u64, start);
        let mut trailer = false;
        while let (false, Some(place)) = (trailer, walk.advance()?) {
            end = place.next_at;
            trailer = is_trailer(&self.source, &place)?;
            entries = entries.saturating_add(u64::from(!trailer));
        }
        let kind = Kind::Newc { entries, trailer };
        Ok((end > start).then_some(Segment { kind, range: start..end, end: End::Told }))
    }
}

/// The entries of one archive, its trailer not counted.
#[derive(Debug)]
pub struct Entries<'a, R> {
    source: &'a Buffered<R>,
    walk: Walk<&'a Buffered<R>>,
    end: u64,
}

/// The entries of a segment that is an archive; nothing for others.
pub fn entries<'a, R: ReadAt>(source: &'a Buffered<R>, segment: &Segment) -> Entries<'a, R> {
    let Range { start, end } = segment.range;
    let end = if matches!(segment.kind, Kind::Newc { .. }) { end } else { start };
    Entries { source, walk: Walk::of_archive(source, start), end }
}

impl<R: ReadAt> Entries<'_, R> {
    /// The next entry and its name, of which no more than 1024 bytes are read; `None` at the end.
    ///
    /// # Errors
    /// [`ReadError`] as the source gives it.
    pub fn advance(&mut self) -> Result<Option<(CpioPlace, Vec<u8>)>, ReadError> {
        const LONGEST_NAME: u32 = 1024;
        if self.walk.at() >= self.end {
            return Ok(None);
        }
        let Some(place) = self.walk.advance()?.filter(|place| place.next_at <= self.end) else {
            return Ok(None);
        };
        let len = place.header.name_size.min(LONGEST_NAME) as usize;
        let mut name = self.source.read_vec(place.name_at, len)?;
        name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(len));
        Ok((name != TRAILER).then_some((place, name)))
    }
}

/// Whether an entry is the one that ends an archive.
fn is_trailer(source: &impl ReadAt, place: &CpioPlace) -> Result<bool, ReadError> {
    let len = TRAILER.len() + 1;
    let size = place.header.name_size as usize;
    if size < TRAILER.len() {
        return Ok(false);
    }
    let name = source.read_vec(place.name_at, size.min(len))?;
    Ok(name.strip_prefix(TRAILER).is_some_and(|rest| rest.iter().all(|byte| *byte == 0)))
}
