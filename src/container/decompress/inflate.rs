//! gzip's format.

use super::input::{Input, Window};
use super::{Compression, Flaw, ReadAt, UnpackError, damaged};
use crate::container::gzip;
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Checksum and length at the end of a member.
const TRAILER: u64 = 8;

/// One member of gzip's format.
pub(super) struct Gzip<'a> {
    pub(super) window: Window<'a>,
    inflate: Box<Decompress>,
    sum: Crc,
}

impl<'a> Gzip<'a> {
    pub(super) fn open(input: Input<'a>) -> Result<Self, UnpackError> {
        let mut window = Window::open(input)?;
        let mut header = gzip::data_at(window.rest()?);
        if header.is_none() {
            // The name in it can be long.
            window.extend()?;
            header = gzip::data_at(window.rest()?);
        }
        let len = header.ok_or_else(|| damaged(Compression::Gzip, "no header of a gzip member", 0))?;
        window.pass(len as u64);
        Ok(Gzip { window, inflate: Box::new(Decompress::new(false)), sum: Crc::new() })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], produced: u64) -> Result<usize, UnpackError> {
        loop {
            let rest = self.window.rest()?;
            let is_end = rest.is_empty();
            let (before, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(rest, buffer, FlushDecompress::None);
            self.window.pass(self.inflate.total_in().saturating_sub(before));
            let written = self.inflate.total_out().saturating_sub(written);
            let written = usize::try_from(written).unwrap_or(buffer.len());
            match status {
                _ if written > 0 => {
                    self.sum.update(buffer.get(..written).unwrap_or_default());
                    return Ok(written);
                }
                Ok(Status::StreamEnd) => return Ok(0),
                Ok(_) if !is_end => {}
                Ok(_) => return Err(damaged(Compression::Gzip, "they end too early", produced)),
                Err(error) => return Err(damaged(Compression::Gzip, &error.to_string(), produced)),
            }
        }
    }

    /// Where the member ends, once its data have, and what is wrong with its trailer.
    pub(super) fn end(&self) -> (u64, Option<Flaw>) {
        let (at, source) = (self.window.at(), &self.window.input.source);
        let mut trailer = [0; TRAILER as usize];
        let Some(end) = at.checked_add(TRAILER).filter(|end| *end <= source.end()) else {
            return (source.end(), Some(Flaw::NoTrailer));
        };
        if source.read_at(at, &mut trailer).is_err() {
            return (end, None);
        }
        let [sum, len] = [self.sum.sum(), self.sum.amount()].map(u32::to_le_bytes);
        let differs = !trailer.starts_with(&sum) || !trailer.ends_with(&len);
        (end, differs.then_some(Flaw::Checksum))
    }
}
