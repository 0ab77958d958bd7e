//! bzip2's format.

use super::input::{Input, Window};
use super::{Compression, UnpackError, damaged};
use bzip2::{Decompress, Status};

/// One stream of bzip2, with the checksums of its blocks and its own.
pub(super) struct Bzip2<'a> {
    pub(super) window: Window<'a>,
    decoder: Decompress,
    ended: bool,
}

impl<'a> Bzip2<'a> {
    pub(super) fn open(input: Input<'a>) -> Result<Self, UnpackError> {
        Ok(Bzip2 { window: Window::open(input)?, decoder: Decompress::new(false), ended: false })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], produced: u64) -> Result<usize, UnpackError> {
        while !self.ended {
            let rest = self.window.rest()?;
            let is_end = rest.is_empty();
            let (before, written) = (self.decoder.total_in(), self.decoder.total_out());
            let status = self.decoder.decompress(rest, buffer);
            self.window.pass(self.decoder.total_in().saturating_sub(before));
            let written = self.decoder.total_out().saturating_sub(written);
            self.ended = matches!(status, Ok(Status::StreamEnd));
            match status {
                _ if written > 0 => return Ok(usize::try_from(written).unwrap_or(buffer.len())),
                Ok(_) if !is_end || self.ended => {}
                Ok(_) => return Err(damaged(Compression::Bzip2, "they end too early", produced)),
                Err(error) => return Err(damaged(Compression::Bzip2, &error.to_string(), produced)),
            }
        }
        Ok(0)
    }
}
