//! Where the unpacker reads entries from: the initrd itself, or what comes out of a compressed part of it.

use crate::container::decompress::{Flaw, UnpackError, Unpacker};
use crate::container::read_at::{Buffered, ReadAt, ReadError, zeros_end};

/// Bytes that are read one after the other.
pub(super) trait Stream {
    /// What keeps it from going on.
    type Error;

    /// How many bytes are behind.
    fn position(&self) -> u64;

    /// The next `len` bytes; fewer when they end before.
    fn take(&mut self, len: usize) -> Result<Vec<u8>, Self::Error>;

    /// Leaves out `len` bytes; gives how many there were.
    fn skip(&mut self, len: u64) -> Result<u64, Self::Error>;

    /// The sum of the next `len` bytes, and how many there were.
    fn sum(&mut self, len: u64) -> Result<(u32, u64), Self::Error> {
        const PIECE: u64 = 64 << 10;
        let (mut sum, mut read) = (0u32, 0u64);
        while read < len {
            let piece = usize::try_from(len.saturating_sub(read).min(PIECE)).unwrap_or(0);
            let bytes = self.take(piece)?;
            sum = bytes.iter().fold(sum, |sum, byte| sum.wrapping_add(u32::from(*byte)));
            read = read.saturating_add(bytes.len() as u64);
            if bytes.len() < piece {
                break;
            }
        }
        Ok((sum, read))
    }

    /// Leaves out zeros, and gives the byte that stands behind them, which is not taken. `None` at the end.
    fn skip_zeros(&mut self) -> Result<Option<u8>, Self::Error>;
}

/// The initrd itself.
pub(super) struct Plain<R> {
    pub(super) source: Buffered<R>,
    pub(super) at: u64,
}

impl<R: ReadAt> Plain<R> {
    /// How many of `len` bytes are there.
    fn there(&self, len: u64) -> u64 {
        len.min(self.source.end().saturating_sub(self.at))
    }
}

impl<R: ReadAt> Stream for Plain<R> {
    type Error = ReadError;

    fn position(&self) -> u64 {
        self.at
    }

    fn take(&mut self, len: usize) -> Result<Vec<u8>, ReadError> {
        let len = usize::try_from(self.there(len as u64)).unwrap_or(0);
        let bytes = self.source.read_vec(self.at, len)?;
        self.at = self.at.saturating_add(len as u64);
        Ok(bytes)
    }

    fn skip(&mut self, len: u64) -> Result<u64, ReadError> {
        let len = self.there(len);
        self.at = self.at.saturating_add(len);
        Ok(len)
    }

    fn skip_zeros(&mut self) -> Result<Option<u8>, ReadError> {
        self.at = zeros_end(&self.source, self.at)?;
        Ok(if self.there(1) == 0 { None } else { self.source.read_vec(self.at, 1)?.first().copied() })
    }
}

/// What comes out of a compressed part.
pub(super) struct Unpacked<'a> {
    unpacker: Unpacker<'a>,
    window: Vec<u8>,
    /// What of the window has been used.
    used: usize,
    position: u64,
}

impl<'a> Unpacked<'a> {
    /// How much comes out in one go: little at first, so that small parts cost little.
    const WINDOW: std::ops::Range<usize> = 4 << 10..64 << 10;

    pub(super) fn new(unpacker: Unpacker<'a>) -> Self {
        Unpacked { unpacker, window: Vec::new(), used: 0, position: 0 }
    }

    /// Where the compressed data end, where that is known now.
    pub(super) fn end(&self) -> Option<u64> {
        self.unpacker.end()
    }

    /// What is wrong with the end of the compressed data, where that is known now.
    pub(super) fn flaw(&self) -> Option<Flaw> {
        self.unpacker.flaw()
    }

    /// What of the window is still to be used; it is empty at the end only.
    fn fill(&mut self) -> Result<&[u8], UnpackError> {
        if self.used >= self.window.len() {
            let wanted = self.window.len().saturating_mul(4);
            self.window.resize(wanted.clamp(Self::WINDOW.start, Self::WINDOW.end), 0);
            let len = match self.unpacker.read_some(&mut self.window) {
                Ok(len) => len,
                Err(error) => {
                    self.window.clear();
                    self.used = 0;
                    return Err(error);
                }
            };
            self.window.truncate(len);
            self.used = 0;
        }
        Ok(self.window.get(self.used..).unwrap_or_default())
    }

    fn use_up(&mut self, len: usize) {
        self.used = self.used.saturating_add(len);
        self.position = self.position.saturating_add(len as u64);
    }
}

impl Stream for Unpacked<'_> {
    type Error = UnpackError;

    fn position(&self) -> u64 {
        self.position
    }

    fn take(&mut self, len: usize) -> Result<Vec<u8>, UnpackError> {
        let mut out = Vec::new();
        while out.len() < len {
            let wanted = len - out.len();
            let window = self.fill()?;
            let part = window.get(..wanted).unwrap_or(window);
            if part.is_empty() {
                break;
            }
            out.extend(part);
            let taken = part.len();
            self.use_up(taken);
        }
        Ok(out)
    }

    fn skip(&mut self, len: u64) -> Result<u64, UnpackError> {
        let mut left = len;
        while left > 0 {
            let part = (self.fill()?.len() as u64).min(left);
            if part == 0 {
                break;
            }
            self.use_up(usize::try_from(part).unwrap_or(0));
            left = left.saturating_sub(part);
        }
        Ok(len.saturating_sub(left))
    }

    fn skip_zeros(&mut self) -> Result<Option<u8>, UnpackError> {
        loop {
            let window = self.fill()?;
            let zeros = window.iter().take_while(|byte| **byte == 0).count();
            let (len, next) = (window.len(), window.get(zeros).copied());
            self.use_up(zeros);
            if len == 0 || next.is_some() {
                return Ok(next);
            }
        }
    }
}
