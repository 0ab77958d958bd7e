//! Images of a machine's memory: physical addresses, whatever file they come from.
//!
//! [`Memory`] is what the formats have in common (a raw image, [`super::elf`], [`super::kdump`]). [`find`] looks for the
//! RSDP in it as the kernel would, and [`walk`] goes from there to the tables. Only what is needed is read.

pub mod efi;
pub mod find;
pub mod walk;

use super::read_at::{ReadAt, ReadError};
use crate::budget;
use std::ops::Range;

/// Why memory could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// The image leaves this address out.
    #[error("address {address:#x} is not in the image")]
    Absent {
        /// The first address that is missing.
        address: u64,
    },
    /// It is there and cannot be made sense of: a broken page of a compressed image.
    #[error("address {address:#x}: {why}")]
    Broken {
        /// Where.
        address: u64,
        /// What is wrong; safe to print.
        why: String,
    },
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Physical memory as an image has it.
pub trait Memory {
    /// The next stretch at or above `address` that the image has and that may hold something else than zeros.
    fn data_from(&self, address: u64) -> Option<Range<u64>>;

    /// Fills `buffer` with the memory from `address` on.
    ///
    /// # Errors
    /// [`MemoryError`] when not all of it is there; `buffer` then holds anything.
    fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), MemoryError>;

    /// How much memory the image has, in bytes.
    fn size(&self) -> u64;

    /// Where in the file the byte of this address stands; `None` where it is not there or compressed.
    fn offset_of(&self, address: u64) -> Option<u64>;

    /// The `len` bytes from `address` on, which should be few: they are allocated first.
    ///
    /// # Errors
    /// As [`Memory::read`].
    fn read_vec(&self, address: u64, len: usize) -> Result<Vec<u8>, MemoryError> {
        let asked = budget::take(len as u64, "reading this");
        asked.map_err(|error| ReadError::System { at: address, why: error.to_string() })?;
        let mut bytes = vec![0; len];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// As [`Memory::read_vec`], but `None` for what is not there.
    ///
    /// # Errors
    /// [`ReadError`] when the file ends where it should not: it shrinks while it is read.
    fn read_if_there(&self, address: u64, len: usize) -> Result<Option<Vec<u8>>, ReadError> {
        match self.read_vec(address, len) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(MemoryError::Read(error @ ReadError::End { .. })) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// A stretch of memory that stands in one piece in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Its physical address.
    pub start: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Where it stands in the file.
    pub offset: u64,
}

impl Segment {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }

    /// The segment without what lies below `address`.
    fn from(self, address: u64) -> Segment {
        let cut = address.saturating_sub(self.start).min(self.len);
        Segment {
            start: self.start.saturating_add(cut),
            len: self.len.saturating_sub(cut),
            offset: self.offset.saturating_add(cut),
        }
    }

    /// Whether `next` goes on where this one ends, in memory and in the file.
    pub(super) fn goes_on_in(&self, next: &Segment) -> bool {
        self.end() == next.start && self.offset.checked_add(self.len) == Some(next.offset)
    }
}

/// Memory in uncompressed pieces of a file.
#[derive(Debug)]
pub struct Segments<R> {
    source: R,
    /// Ordered by address, without overlap.
    segments: Vec<Segment>,
}

impl<R: ReadAt> Segments<R> {
    /// The memory that `segments` describe. Where several hold the same address, the one that starts first counts.
    pub fn new(source: R, mut segments: Vec<Segment>) -> Self {
        segments.retain(|segment| segment.len > 0 && segment.start.checked_add(segment.len).is_some());
        segments.sort_by_key(|segment| segment.start);
        let (mut end, mut kept) = (0, 0usize);
        for index in 0..segments.len() {
            let Some(segment) = segments.get(index).map(|segment| segment.from(end)) else { break };
            if segment.len == 0 {
                continue;
            }
            end = segment.end();
            match kept.checked_sub(1).and_then(|last| segments.get_mut(last)) {
                Some(last) if last.goes_on_in(&segment) => last.len = last.len.saturating_add(segment.len),
                _ => {
                    if let Some(place) = segments.get_mut(kept) {
                        *place = segment;
                    }
                    kept += 1;
                }
            }
        }
        segments.truncate(kept);
        Segments { source, segments }
    }

    /// A raw image: the byte at an offset is the one at that physical address.
    pub fn raw(source: R) -> Self {
        let len = source.end();
        Segments::new(source, vec![Segment { start: 0, len, offset: 0 }])
    }

    /// The segments, ordered by address, without overlap; those that go on in one another are one.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment that holds `address`, or else the next one, cut to what is not below `address`.
    fn at_or_above(&self, address: u64) -> Option<Segment> {
        let index = self.segments.partition_point(|segment| segment.end() <= address);
        self.segments.get(index).map(|segment| segment.from(address))
    }
}

impl<R: ReadAt> Memory for Segments<R> {
    fn data_from(&self, address: u64) -> Option<Range<u64>> {
        let mut address = address;
        loop {
            let segment = self.at_or_above(address)?;
            let file_end = segment.offset.saturating_add(segment.len);
            let data = self.source.data_from(segment.offset);
            let place = |offset: u64| {
                segment.start.saturating_add(offset.min(file_end).saturating_sub(segment.offset))
            };
            let found = place(data.start)..place(data.end);
            if !found.is_empty() {
                return Some(found);
            }
            // Nothing but a hole up to the segment's end.
            address = segment.end();
        }
    }

    fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let (mut address, mut rest) = (address, buffer);
        while !rest.is_empty() {
            let segment = self
                .at_or_above(address)
                .filter(|segment| segment.start == address)
                .ok_or(MemoryError::Absent { address })?;
            let here = usize::try_from(segment.len).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at_mut(here);
            self.source.read_at(segment.offset, now)?;
            (address, rest) = (address.saturating_add(here as u64), later);
        }
        Ok(())
    }

    fn size(&self) -> u64 {
        self.segments.iter().fold(0, |sum, segment| sum.saturating_add(segment.len))
    }

    fn offset_of(&self, address: u64) -> Option<u64> {
        let segment = self.at_or_above(address).filter(|segment| segment.start == address)?;
        Some(segment.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_put_in_order_cut_and_joined() {
        let segment = |start, len, offset| Segment { start, len, offset };
        let bytes: Vec<u8> = (0..100).collect();
        let memory = Segments::new(
            bytes.as_slice(),
            vec![
                segment(0x2000, 10, 50),
                segment(0x1000, 10, 0),
                segment(0x100a, 5, 10),
                // Inside the first and beyond it; inside altogether; empty; past the end of addresses.
                segment(0x2005, 10, 80),
                segment(0x1001, 2, 90),
                segment(0x5000, 0, 0),
                segment(u64::MAX, 10, 0),
            ],
        );
        assert_eq!(
            memory.segments(),
            [segment(0x1000, 15, 0), segment(0x2000, 10, 50), segment(0x200a, 5, 85)]
        );
        assert_eq!(memory.size(), 30);
        assert_eq!(memory.read_vec(0x2008, 4), Ok(vec![58, 59, 85, 86]));
        assert_eq!(memory.read_vec(0x100e, 2), Err(MemoryError::Absent { address: 0x100f }));
        assert_eq!(memory.read_vec(u64::MAX, 2), Err(MemoryError::Absent { address: u64::MAX }));
        assert_eq!((memory.offset_of(0x200b), memory.offset_of(0xfff)), (Some(86), None));
        assert_eq!(memory.data_from(0), Some(0x1000..0x100f));
        assert_eq!(memory.data_from(0x1005), Some(0x1005..0x100f));
        assert_eq!((memory.data_from(0x1fff), memory.data_from(0x200f)), (Some(0x2000..0x200a), None));
    }
}
