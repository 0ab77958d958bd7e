//! Random access to bytes that need not be in memory: of files that are read piece by piece, and of slices.

use std::ops::Range;

/// Why bytes could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The bytes end before: a lying length, or a file that was cut off or shrinks while it is read.
    #[error("byte {at}: {len} bytes should be here, and the file ends at byte {end}")]
    End {
        /// Where the read began, in bytes.
        at: u64,
        /// What was to be read, in bytes.
        len: u64,
        /// Where the bytes end.
        end: u64,
    },
    /// The system refused or failed.
    #[error("byte {at}: {why}")]
    System {
        /// Where the read began, in bytes.
        at: u64,
        /// What the system said; safe to print.
        why: String,
    },
}

/// Bytes that can be read from any place.
pub trait ReadAt {
    /// Where the bytes end. A read may find an earlier end: a file can shrink.
    fn end(&self) -> u64;

    /// Fills `buffer` with the bytes from `at` on.
    ///
    /// # Errors
    /// [`ReadError`] when not all of them are there or can be read; `buffer` then holds anything.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError>;

    /// The next stretch from `at` on that may hold something else than zeros; empty at the end. Files have holes, which
    /// need not be read.
    fn data_from(&self, at: u64) -> Range<u64> {
        at.min(self.end())..self.end()
    }

    /// The `len` bytes from `at` on. Nothing is allocated for bytes that cannot be there.
    ///
    /// # Errors
    /// As [`ReadAt::read_at`].
    fn read_vec(&self, at: u64, len: usize) -> Result<Vec<u8>, ReadError> {
        let (end, wanted) = (self.end(), len as u64);
        if at.checked_add(wanted).is_none_or(|after| after > end) {
            return Err(ReadError::End { at, len: wanted, end });
        }
        let mut bytes = vec![0; len];
        self.read_at(at, &mut bytes)?;
        Ok(bytes)
    }
}

impl ReadAt for [u8] {
    fn end(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let start = usize::try_from(at).ok();
        match start.and_then(|start| crate::bytes::bytes_at(self, start, buffer.len())) {
            Some(bytes) => buffer.copy_from_slice(bytes),
            None => return Err(ReadError::End { at, len: buffer.len() as u64, end: self.end() }),
        }
        Ok(())
    }
}

impl<R: ReadAt + ?Sized> ReadAt for &R {
    fn end(&self) -> u64 {
        (**self).end()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_at(at, buffer)
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        (**self).data_from(at)
    }
}

/// A part of other bytes, which begins at 0: a section of a PE file, the payload of a kernel.
#[derive(Debug, Clone, Copy)]
pub struct Window<R> {
    inner: R,
    start: u64,
    end: u64,
}

impl<R: ReadAt> Window<R> {
    /// The bytes of `inner` in `range`, as far as they are there.
    pub fn new(inner: R, range: Range<u64>) -> Self {
        let end = range.end.min(inner.end());
        Window { inner, start: range.start.min(end), end }
    }
}

impl<R: ReadAt> ReadAt for Window<R> {
    fn end(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let len = buffer.len() as u64;
        if at.checked_add(len).is_none_or(|after| after > ReadAt::end(self)) {
            return Err(ReadError::End { at, len, end: ReadAt::end(self) });
        }
        self.inner.read_at(self.start.saturating_add(at), buffer)
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        let data = self.inner.data_from(self.start.saturating_add(at).min(self.end));
        let inside = |place: u64| place.min(self.end).saturating_sub(self.start);
        inside(data.start)..inside(data.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stop_at_the_end() {
        let bytes: Vec<u8> = (0..100).collect();
        let window = Window::new(bytes.as_slice(), 10..20);
        assert_eq!((window.end(), window.read_vec(2, 3)), (10, Ok(vec![12, 13, 14])));
        assert_eq!(window.read_vec(8, 3), Err(ReadError::End { at: 8, len: 3, end: 10 }));
        assert_eq!(window.read_vec(u64::MAX, 3), Err(ReadError::End { at: u64::MAX, len: 3, end: 10 }));
        assert_eq!((window.data_from(4), window.data_from(40)), (4..10, 10..10));
        let beyond = Window::new(bytes.as_slice(), 90..u64::MAX);
        assert_eq!((beyond.end(), beyond.read_vec(9, 1)), (10, Ok(vec![99])));
        assert_eq!(Window::new(bytes.as_slice(), 200..300).end(), 0);
    }
}
