//! LZ4's legacy format.

use super::input::{Input, read_all};
use super::{Compression, UnpackError, damaged};
use crate::container::initrd::extent::{LZ4_BLOCK, LZ4_LONGEST, LZ4_MAGIC};

/// LZ4's legacy format: blocks, each with its length in front of it, and no end.
pub(super) struct Legacy<'a> {
    pub(super) input: Input<'a>,
    packed: Vec<u8>,
    block: Vec<u8>,
    used: usize,
}

impl<'a> Legacy<'a> {
    pub(super) fn open(input: Input<'a>) -> Result<Self, UnpackError> {
        let mut new = Legacy { input, packed: Vec::new(), block: Vec::new(), used: 0 };
        match new.number()? {
            Some(LZ4_MAGIC) => Ok(new),
            _ => Err(damaged(Compression::Lz4Legacy, "no magic number", 0)),
        }
    }

    /// The next four bytes, if they are there.
    fn number(&mut self) -> Result<Option<u32>, UnpackError> {
        let mut bytes = [0; 4];
        let len = read_all(&mut self.input, &mut bytes)?;
        Ok((len == bytes.len()).then_some(u32::from_le_bytes(bytes)))
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], produced: u64) -> Result<usize, UnpackError> {
        while self.used >= self.block.len() {
            match self.number()? {
                None | Some(0) => return Ok(0),
                Some(LZ4_MAGIC) => {}
                Some(len) => self.unpack(len, produced)?,
            }
        }
        let rest = self.block.get(self.used..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        self.used += len;
        Ok(len)
    }

    fn unpack(&mut self, len: u32, produced: u64) -> Result<(), UnpackError> {
        let wrong = |why: &str| damaged(Compression::Lz4Legacy, why, produced);
        let len = len as usize;
        if len > LZ4_LONGEST as usize {
            return Err(wrong("a block is longer than any can be"));
        }
        self.packed.resize(len, 0);
        if read_all(&mut self.input, &mut self.packed)? < len {
            return Err(wrong("they end too early"));
        }
        // A byte yields 255 at most: a small block needs no room for a large one.
        self.block.resize(len.saturating_mul(255).min(LZ4_BLOCK as usize), 0);
        let unpacked = lz4_flex::block::decompress_into(&self.packed, &mut self.block);
        self.block.truncate(unpacked.map_err(|error| wrong(&error.to_string()))?);
        self.used = 0;
        Ok(())
    }
}
