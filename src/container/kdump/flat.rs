//! Flattened dumps: a file cut into records, each with its place, so that it can be written into a pipe.

use super::{FLAT_MAGIC, KdumpError};
use crate::bytes::array_at;
use crate::container::image::{Memory, MemoryError, Segment, Segments};
use crate::container::read_at::{ReadAt, ReadError};
use std::ops::Range;

/// Where the records begin.
const RECORDS_AT: u64 = 4096;
/// Bytes in front of each record: its place and its length, both with the high byte first.
const HEAD_LEN: u64 = 16;
/// The most records that are kept, of 24 bytes each.
const MOST_RECORDS: usize = 1 << 20;

/// The file that a flattened one stands for; what no record covers is zero.
#[derive(Debug)]
pub struct Flat<R> {
    /// The records: what is an address there is an offset in the rearranged file.
    records: Segments<R>,
    end: u64,
    /// Whether the record that ends such a file is missing.
    pub is_cut: bool,
}

impl<R: ReadAt> Flat<R> {
    /// Walks over the records of `source`.
    ///
    /// # Errors
    /// [`KdumpError`] when it is no such file, or a record makes no sense.
    pub fn open(source: R) -> Result<Self, KdumpError> {
        let wrong = |at: u64, found: String, expected| Err(KdumpError::Header { at, found, expected });
        let head = source.read_vec(0, FLAT_MAGIC.len())?;
        if head != FLAT_MAGIC {
            return wrong(0, "another file".to_owned(), "a flattened kdump memory dump");
        }
        let (mut at, mut end, mut is_cut) = (RECORDS_AT, 0, true);
        let mut records = Vec::new();
        while at.saturating_add(HEAD_LEN) <= source.end() {
            let head = source.read_vec(at, 16)?;
            let number = |at: usize| array_at(&head, at).map_or(0, i64::from_be_bytes);
            let (place, len) = (number(0), number(8));
            if place < 0 {
                is_cut = false;
                break;
            }
            let (Ok(start), Ok(len)) = (u64::try_from(place), u64::try_from(len)) else {
                return wrong(at, format!("a record of {len} bytes"), "a length");
            };
            let offset = at.saturating_add(HEAD_LEN);
            let len = len.min(source.end().saturating_sub(offset));
            end = start.saturating_add(len).max(end);
            let record = Segment { start, len, offset };
            if records.len() >= MOST_RECORDS {
                return Err(KdumpError::TooManyRecords { most: MOST_RECORDS });
            }
            records.push(record);
            at = offset.saturating_add(len);
        }
        // A later record replaces what an earlier one says of the same place.
        records.reverse();
        Ok(Flat { records: Segments::new(source, records), end, is_cut })
    }
}

impl<R: ReadAt> ReadAt for Flat<R> {
    fn end(&self) -> u64 {
        self.end
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let len = buffer.len() as u64;
        if at.checked_add(len).is_none_or(|after| after > self.end) {
            return Err(ReadError::End { at, len, end: self.end });
        }
        let (mut at, mut rest) = (at, buffer);
        while !rest.is_empty() {
            let data = self.records.data_from(at).unwrap_or(self.end..self.end);
            let gap = usize::try_from(data.start.saturating_sub(at)).unwrap_or(usize::MAX).min(rest.len());
            let (zeros, later) = rest.split_at_mut(gap);
            zeros.fill(0);
            let there = usize::try_from(data.end.saturating_sub(data.start)).unwrap_or(usize::MAX);
            let (now, later) = later.split_at_mut(there.min(later.len()));
            self.records.read(data.start, now).map_err(|error| match error {
                MemoryError::Read(error) => error,
                other => ReadError::System { at, why: other.to_string() },
            })?;
            at = at.saturating_add((gap.saturating_add(now.len())) as u64);
            rest = later;
        }
        Ok(())
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        self.records.data_from(at).unwrap_or(self.end..self.end)
    }
}
