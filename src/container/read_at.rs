//! Random access to bytes that need not be in memory: of files that are read piece by piece, and of slices.

use crate::budget;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// From this length on, in bytes, memory for a read is asked for.
const LARGE: usize = 64 << 10;

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
        if len >= LARGE {
            let asked = budget::take(wanted, "reading this");
            asked.map_err(|error| ReadError::System { at, why: error.to_string() })?;
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

impl<R: ReadAt + ?Sized> ReadAt for Box<R> {
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

/// Reads bytes that end at `end` and are made of pieces, each at its range of the whole, with zeros where there is none.
/// `read` fills a buffer from a place in a piece on.
///
/// # Errors
/// [`ReadError::End`] for what is not all in front of the end, and what `read` says.
pub(crate) fn read_pieces<P>(
    end: u64,
    at: u64,
    buffer: &mut [u8],
    pieces: impl IntoIterator<Item = (Range<u64>, P)>,
    read: impl Fn(P, u64, &mut [u8]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let len = buffer.len() as u64;
    let behind = at.checked_add(len).filter(|behind| *behind <= end);
    let behind = behind.ok_or(ReadError::End { at, len, end })?;
    buffer.fill(0);
    let place = |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX);
    for (range, piece) in pieces {
        let (from, to) = (range.start.max(at), range.end.min(behind));
        if from < to
            && let Some(part) = buffer.get_mut(place(from)..place(to))
        {
            read(piece, from.saturating_sub(range.start), part)?;
        }
    }
    Ok(())
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

/// Bytes that are read in windows: what reads many small pieces one behind the other asks the system for few large ones.
#[derive(Debug)]
pub struct Buffered<R> {
    inner: R,
    window: Mutex<(u64, Vec<u8>)>,
}

/// Takes a lock that nobody leaves anything half done under.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a window begins with, and what it grows to while the reads go on where it ended.
const WINDOW: Range<usize> = 4 << 10..64 << 10;

impl<R: ReadAt> Buffered<R> {
    /// The same bytes.
    pub fn new(inner: R) -> Self {
        Buffered { inner, window: Mutex::default() }
    }

    /// Makes the window begin at `at` and hold `len` bytes at least, if they are all there.
    fn refill(&self, at: u64, len: usize) -> bool {
        let mut window = lock(&self.window);
        let old_len = window.1.len();
        let goes_on = at >= window.0 && at <= window.0.saturating_add(old_len as u64 + WINDOW.start as u64);
        let wanted = if goes_on { old_len.saturating_mul(2) } else { 0 };
        let left = usize::try_from(self.inner.end().saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = wanted.clamp(WINDOW.start, WINDOW.end).min(left);
        if wanted < len {
            return false;
        }
        window.0 = at;
        window.1.resize(wanted, 0);
        let filled = self.inner.read_at(at, &mut window.1).is_ok();
        if !filled {
            window.1.clear();
        }
        filled
    }
}

impl<R: ReadAt> ReadAt for Buffered<R> {
    fn end(&self) -> u64 {
        self.inner.end()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let hit = |buffer: &mut [u8]| {
            let window = lock(&self.window);
            let start = at.checked_sub(window.0).and_then(|start| usize::try_from(start).ok());
            match start.and_then(|start| crate::bytes::bytes_at(&window.1, start, buffer.len())) {
                Some(bytes) => buffer.copy_from_slice(bytes),
                None => return false,
            }
            true
        };
        if hit(buffer) || (buffer.len() < WINDOW.start && self.refill(at, buffer.len()) && hit(buffer)) {
            return Ok(());
        }
        self.inner.read_at(at, buffer)
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        self.inner.data_from(at)
    }
}

/// Where the zeros end that `source` has from `at` on: `at` itself when there are none. Holes are not read.
///
/// # Errors
/// As [`ReadAt::read_at`].
pub fn zeros_end(source: &impl ReadAt, at: u64) -> Result<u64, ReadError> {
    let (mut at, mut buffer) = (at, Vec::new());
    loop {
        let data = source.data_from(at);
        at = data.start.max(at);
        let left = usize::try_from(data.end.saturating_sub(at)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(at.min(source.end()));
        }
        // Little at first: mostly there are few zeros or none.
        let len = if buffer.is_empty() { 512 } else { WINDOW.end };
        buffer.resize(len.min(left), 0);
        source.read_at(at, &mut buffer)?;
        if let Some(found) = buffer.iter().position(|byte| *byte != 0) {
            return Ok(at.saturating_add(found as u64));
        }
        at = at.saturating_add(buffer.len() as u64);
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
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

    /// Bytes that count how often they are read.
    struct Counted(Vec<u8>, std::cell::Cell<usize>);

    impl ReadAt for Counted {
        fn end(&self) -> u64 {
            self.0.as_slice().end()
        }

        fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
            self.1.set(self.1.get() + 1);
            self.0.as_slice().read_at(at, buffer)
        }
    }

    #[test]
    fn small_reads_share_a_window() {
        let bytes: Vec<u8> = (0..1_000_000u32).map(|number| (number % 251) as u8).collect();
        let counted = Counted(bytes.clone(), Default::default());
        let buffered = Buffered::new(&counted);
        for at in (0..bytes.len() - 110).step_by(112) {
            assert_eq!(buffered.read_vec(at as u64, 110).unwrap(), bytes[at..at + 110], "{at}");
        }
        assert!(counted.1.get() < 30, "{}", counted.1.get());
        counted.1.set(0);
        for at in [999_999, 0, 500_000, 499_999, 995_903] {
            assert_eq!(buffered.read_vec(at, 1).unwrap(), [bytes[at as usize]]);
        }
        assert_eq!(buffered.read_vec(100, 900_000).unwrap(), bytes[100..900_100]);
        assert_eq!(counted.1.get(), 5, "the first of them is in the window yet");
        assert!(buffered.read_vec(999_999, 2).is_err());
        assert!(Buffered::new([].as_slice()).read_vec(0, 1).is_err());
    }

    #[test]
    fn zeros_are_passed() {
        for (zeros, behind) in [(0, 1), (1, 0), (511, 2), (512, 1), (70_000, 3), (200_000, 0)] {
            let bytes = [vec![7], vec![0; zeros], vec![9; behind]].concat();
            assert_eq!(zeros_end(&bytes.as_slice(), 1), Ok(1 + zeros as u64));
            assert_eq!(zeros_end(&bytes.as_slice(), 0), Ok(0));
        }
        assert_eq!(zeros_end(&[0u8; 4].as_slice(), 9), Ok(4));
    }
}
