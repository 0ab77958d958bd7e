//! Walking over the entries of newc archives the way the kernel's early scanner does, in bytes that need not be in memory.
//!
//! # Kernel
//! `find_cpio_data` in lib/earlycpio.c, 3.8 to 7.3.

use super::header::{HEADER_LEN, Header};
use crate::container::read_at::{ReadAt, ReadError};
use std::fmt;

/// Where one entry stands. All offsets are in bytes from the start of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpioPlace {
    /// Where the header stands.
    pub header_at: u64,
    /// Where the name stands.
    pub name_at: u64,
    /// Where the data stands.
    pub data_at: u64,
    /// Where the walk goes on: behind the data's padding.
    pub next_at: u64,
    /// The numbers of its header, as they were read.
    pub header: Header,
}

/// Where and why a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Where the header would have stood.
    pub at: u64,
    /// Why the walk did not go on.
    pub reason: StopReason,
}

/// Why a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Nothing is left but `left` zeros.
    End {
        /// Bytes left, all zero; 0 to 110.
        left: u64,
    },
    /// What is left is no longer than a header; the kernel does not look at it.
    TooShort {
        /// Bytes left, not all zero; 1 to 110.
        left: u64,
    },
    /// A byte of the header is no hexadecimal digit: a compressed archive, another cpio format, or a misplaced header.
    NotHex {
        /// Offset of the byte.
        at: u64,
        /// The byte.
        byte: u8,
    },
    /// The header is all digits, but not of a newc archive.
    Magic {
        /// The magic number found.
        found: u32,
    },
    /// The entry, its padding to a multiple of 4 included, ends behind the last byte.
    PastEnd {
        /// Where it would end.
        next_at: u64,
        /// Where the bytes end.
        end: u64,
    },
}

impl fmt::Display for StopReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::End { left: 0 } => write!(out, "the end"),
            StopReason::End { left } => write!(out, "the end ({left} zero bytes left)"),
            StopReason::TooShort { left } => {
                write!(out, "{left} bytes left, and the kernel reads a header only where more than 110 are")
            }
            StopReason::NotHex { at, byte } => {
                write!(out, "byte {at:#x} is {:#04x}, no hexadecimal digit of a cpio header", byte)
            }
            StopReason::Magic { found } => {
                write!(out, "magic number {found:06x}, neither 070701 nor 070702")
            }
            StopReason::PastEnd { next_at, end } => {
                write!(out, "the entry ends at {next_at:#x} with its padding, and the file at {end:#x}")
            }
        }
    }
}

/// A walk over entries. Names and data are not read.
#[derive(Debug, Clone)]
pub struct Walk<R> {
    source: R,
    /// Address of the first byte, modulo 4: alignment is that of memory, not of the file.
    phase: u64,
    at: u64,
    stop: Option<Stop>,
}

/// How many bytes are looked at in one go where there are zeros: few at first, for mostly there are few.
const STRIDE: std::ops::Range<u64> = 64..64 << 10;

impl<R: ReadAt> Walk<R> {
    /// A walk over a source that lies at `address` in memory; boot loaders put an initrd at a page boundary.
    pub fn at_address(source: R, address: u64) -> Self {
        Walk { source, phase: address % 4, at: 0, stop: None }
    }

    /// A walk over the archive that starts at `at`, which counts as a multiple of 4 whatever it is.
    pub fn of_archive(source: R, at: u64) -> Self {
        Walk { source, phase: at.wrapping_neg() % 4, at, stop: None }
    }

    /// Where the walk is: where the last entry ended.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Where and why the walk ended, once it has.
    pub fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// The next entry, or `None` when the walk has ended.
    ///
    /// # Errors
    /// [`ReadError`] as the source gives it; the walk stays where it is.
    pub fn advance(&mut self) -> Result<Option<CpioPlace>, ReadError> {
        if self.stop.is_some() {
            return Ok(None);
        }
        match self.step()? {
            Ok(place) => {
                self.at = place.next_at;
                Ok(Some(place))
            }
            Err(reason) => {
                self.stop = Some(Stop { at: self.at, reason });
                Ok(None)
            }
        }
    }

    /// The entry at the current place, or why there is none.
    fn step(&mut self) -> Result<Result<CpioPlace, StopReason>, ReadError> {
        const LEN: u64 = HEADER_LEN as u64;
        let end = self.source.end();
        let mut digits = [0; HEADER_LEN];
        while end.saturating_sub(self.at) > LEN {
            self.source.read_at(self.at, &mut digits)?;
            if digits.first() != Some(&0) {
                break;
            }
            self.skip_zeros(end.saturating_sub(LEN))?;
        }
        let left = end.saturating_sub(self.at);
        if left <= LEN {
            let rest = self.source.read_vec(self.at.min(end), usize::try_from(left).unwrap_or(0))?;
            let zeros = rest.iter().all(|byte| *byte == 0);
            return Ok(Err(if zeros { StopReason::End { left } } else { StopReason::TooShort { left } }));
        }
        let header = match Header::parse(&digits) {
            Ok(header) => header,
            Err(not_hex) => {
                let at = self.at.saturating_add(not_hex.at as u64);
                return Ok(Err(StopReason::NotHex { at, byte: not_hex.byte }));
            }
        };
        if !header.is_newc() {
            return Ok(Err(StopReason::Magic { found: header.magic }));
        }
        let name_at = self.at.saturating_add(LEN);
        let data_at = self.aligned(name_at.saturating_add(u64::from(header.name_size)));
        let next_at = self.aligned(data_at.saturating_add(u64::from(header.file_size)));
        Ok(if next_at > end {
            Err(StopReason::PastEnd { next_at, end })
        } else {
            Ok(CpioPlace { header_at: self.at, name_at, data_at, next_at, header })
        })
    }

    /// Goes on in steps of 4 while the byte there is 0 and below `limit`; the three behind it do not matter.
    fn skip_zeros(&mut self, limit: u64) -> Result<(), ReadError> {
        let mut bytes = Vec::new();
        let mut stride = STRIDE.start;
        while self.at < limit {
            let hole = self.source.data_from(self.at).start.min(limit).saturating_sub(self.at);
            self.at = self.at.saturating_add(hole - hole % 4);
            let len = limit.saturating_sub(self.at).min(stride);
            stride = stride.saturating_mul(4).min(STRIDE.end);
            bytes.resize(usize::try_from(len).unwrap_or(0), 0);
            self.source.read_at(self.at, &mut bytes)?;
            let zeros = bytes.iter().step_by(4).take_while(|byte| **byte == 0).count();
            self.at = self.at.saturating_add(4 * zeros as u64);
            if (zeros as u64) < len.div_ceil(4) {
                break;
            }
        }
        Ok(())
    }

    fn aligned(&self, offset: u64) -> u64 {
        offset.saturating_add(self.phase).saturating_add(3) / 4 * 4 - self.phase
    }
}
