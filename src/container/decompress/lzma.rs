//! The format of LZMA before xz.

use super::input::{Input, read_all};
use super::{Compression, UnpackError, damaged};
use lzma_rust2::{LzmaReader, lzma_get_memory_usage_by_props};
use std::io::Read;

/// LZMA data, which end at a mark of their own or, as Linux has it, when as much has come out as their header says, whatever is
/// first.
pub(super) struct Lzma<'a> {
    reader: LzmaReader<Input<'a>>,
    /// How much the header says that comes out; all bits set where it does not know.
    told: u64,
}

impl<'a> Lzma<'a> {
    /// Begins; `most` is how much memory the decoder may take, in bytes.
    pub(super) fn open(mut input: Input<'a>, most: u32) -> Result<Self, UnpackError> {
        let wrong = |why: &str| damaged(Compression::Lzma, why, 0);
        let mut header = [0; 13];
        if read_all(&mut input, &mut header)? < header.len() {
            return Err(wrong("no header of LZMA"));
        }
        let [props, d0, d1, d2, d3, told @ ..] = header;
        let (dictionary, told) = (u32::from_le_bytes([d0, d1, d2, d3]), u64::from_le_bytes(told));
        let needed =
            lzma_get_memory_usage_by_props(dictionary, props).map_err(|error| wrong(&error.to_string()))?;
        if needed > most >> 10 {
            return Err(wrong("the dictionary is too large"));
        }
        let reader = LzmaReader::new_with_props(input, u64::MAX, props, dictionary, None);
        Ok(Lzma { reader: reader.map_err(|error| wrong(&error.to_string()))?, told })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], produced: u64) -> Result<usize, UnpackError> {
        let left = usize::try_from(self.told.saturating_sub(produced)).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        let Some(part) = buffer.get_mut(..len).filter(|part| !part.is_empty()) else { return Ok(0) };
        let read = self.reader.read(part);
        read.map_err(|error| self.reader.inner_mut().explain(Compression::Lzma, &error, produced))
    }

    /// Up to where bytes were taken.
    pub(super) fn at(&self) -> u64 {
        self.reader.inner().at
    }

    /// Where the data end, once they have.
    pub(super) fn end(self) -> u64 {
        let (input, unused) = self.reader.into_parts();
        input.at.saturating_sub(unused.len() as u64)
    }
}
