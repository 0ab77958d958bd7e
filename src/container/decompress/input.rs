//! Compressed bytes on their way into a decoder.

use super::UnpackError;
#[cfg(feature = "decompress")]
use super::{Compression, damaged};
use crate::container::initrd::extent::{self, ZSTD_BLOCK};
use crate::container::read_at::{Buffered, ReadAt, ReadError};
use std::io::{self, Read};

/// Compressed bytes as the decoders take them: one after the other.
pub(super) struct Input<'a> {
    pub(super) source: Buffered<Box<dyn ReadAt + 'a>>,
    pub(super) at: u64,
    failed: Option<ReadError>,
    cut: Option<Cut>,
}

/// Where compressed bytes are made to end, and bytes that are changed for that.
struct Cut {
    end: u64,
    changed: [(u64, u8); 2],
}

impl<'a> Input<'a> {
    /// Begins at `at`.
    pub(super) fn new(source: impl ReadAt + 'a, at: u64) -> Self {
        Input { source: Buffered::new(Box::new(source)), at, failed: None, cut: None }
    }

    /// Whether there is more than what comes out.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Makes a frame of Zstandard end once so many bytes have come out. Its decoder gives nothing before it has as much as a
    /// match can reach back, which can be hundreds of times of that: a frame that ends gives all.
    pub(super) fn cut_zstd(&mut self, bytes: u64) -> Result<(), ReadError> {
        const NO_CHECKSUM: u8 = !4;
        const LAST: u8 = 1;
        let blocks = bytes.div_ceil(ZSTD_BLOCK.into()).max(1);
        let Some((last, end)) = extent::zstd_block(&self.source, self.at, blocks)? else { return Ok(()) };
        let descriptor = self.at.saturating_add(4);
        let byte = |at: u64| {
            let mut byte = [0];
            self.source.read_at(at, &mut byte).map(|()| byte)
        };
        let ([flags], [header]) = (byte(descriptor)?, byte(last)?);
        self.cut = Some(Cut { end, changed: [(descriptor, flags & NO_CHECKSUM), (last, header | LAST)] });
        Ok(())
    }

    /// Where it ends.
    fn end(&self) -> u64 {
        self.cut.as_ref().map_or(self.source.end(), |cut| cut.end)
    }

    /// What a decoder's error means: that of the source, where there was one.
    #[cfg(feature = "decompress")]
    pub(super) fn explain(&mut self, format: Compression, error: &io::Error, produced: u64) -> UnpackError {
        self.failed.take().map_or_else(|| damaged(format, &error.to_string(), produced), UnpackError::Read)
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end().saturating_sub(self.at);
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(part) = buffer.get_mut(..len).filter(|part| !part.is_empty()) else { return Ok(0) };
        if let Err(error) = self.source.read_at(self.at, part) {
            self.failed = Some(error);
            return Err(io::ErrorKind::Other.into());
        }
        for (at, changed) in self.cut.iter().flat_map(|cut| cut.changed) {
            let index = at.checked_sub(self.at).and_then(|index| usize::try_from(index).ok());
            if let Some(byte) = index.and_then(|index| part.get_mut(index)) {
                *byte = changed;
            }
        }
        self.at = self.at.saturating_add(len as u64);
        Ok(len)
    }
}

/// Fills a buffer as far as there are bytes.
pub(super) fn read_all(input: &mut Input<'_>, buffer: &mut [u8]) -> Result<usize, UnpackError> {
    let end = ReadError::End { at: input.at, len: buffer.len() as u64, end: input.source.end() };
    input.read(buffer).map_err(|_| UnpackError::Read(input.failed.take().unwrap_or(end)))
}

/// Compressed bytes for decoders that take them from memory.
pub(super) struct Window<'a> {
    pub(super) input: Input<'a>,
    bytes: Vec<u8>,
    used: usize,
}

impl<'a> Window<'a> {
    /// How much is read in one go: little at first, so that many small parts cost no more than their bytes.
    const LEN: std::ops::Range<usize> = 512..64 << 10;

    /// Reads the first bytes.
    pub(super) fn open(mut input: Input<'a>) -> Result<Self, UnpackError> {
        let mut bytes = vec![0; Self::LEN.start];
        let len = read_all(&mut input, &mut bytes)?;
        bytes.truncate(len);
        Ok(Window { input, bytes, used: 0 })
    }

    /// Reads more behind the first bytes, for a header that is not whole in them.
    pub(super) fn extend(&mut self) -> Result<(), UnpackError> {
        let known = self.bytes.len();
        self.bytes.resize(Self::LEN.end.max(known), 0);
        let more = self.bytes.get_mut(known..).unwrap_or_default();
        let len = read_all(&mut self.input, more)?;
        self.bytes.truncate(known.saturating_add(len));
        Ok(())
    }

    /// What was read and not used; it is empty at the end only.
    pub(super) fn rest(&mut self) -> Result<&[u8], UnpackError> {
        if self.used >= self.bytes.len() {
            let wanted = self.bytes.len().saturating_mul(4).clamp(Self::LEN.start, Self::LEN.end);
            self.bytes.resize(wanted, 0);
            let len = read_all(&mut self.input, &mut self.bytes)?;
            self.bytes.truncate(len);
            self.used = 0;
        }
        Ok(self.bytes.get(self.used..).unwrap_or_default())
    }

    /// Passes what a decoder took.
    pub(super) fn pass(&mut self, len: u64) {
        self.used =
            self.used.saturating_add(usize::try_from(len).unwrap_or(usize::MAX)).min(self.bytes.len());
    }

    /// Where the first byte stands that was not used.
    pub(super) fn at(&self) -> u64 {
        self.input.at.saturating_sub(self.bytes.len().saturating_sub(self.used) as u64)
    }
}
