//! lzop's format, as far as Linux reads it.

use super::input::{Input, read_all};
use super::{Compression, UnpackError, damaged};
use crate::container::initrd::extent::{self, LZOP_BLOCK};

/// Blocks, each with both of its lengths and a checksum, which Linux does not look at.
pub(super) struct Lzop<'a> {
    pub(super) input: Input<'a>,
    packed: Vec<u8>,
    block: Vec<u8>,
    used: usize,
    ended: bool,
}

impl<'a> Lzop<'a> {
    pub(super) fn open(mut input: Input<'a>) -> Result<Self, UnpackError> {
        let data = extent::lzop_data(&input.source, input.at)?;
        input.at = data.ok_or_else(|| damaged(Compression::Lzo, "no header of lzop", 0))?;
        Ok(Lzop { input, packed: Vec::new(), block: Vec::new(), used: 0, ended: false })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], produced: u64) -> Result<usize, UnpackError> {
        while self.used >= self.block.len() && !self.ended {
            self.unpack(produced)?;
        }
        let rest = self.block.get(self.used..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        self.used = self.used.saturating_add(len);
        Ok(len)
    }

    /// The next number, if it is there.
    fn number(&mut self) -> Result<Option<u32>, UnpackError> {
        let mut bytes = [0; 4];
        let len = read_all(&mut self.input, &mut bytes)?;
        Ok((len == bytes.len()).then_some(u32::from_be_bytes(bytes)))
    }

    /// Unpacks a block, or comes upon the length of zero that ends them.
    fn unpack(&mut self, produced: u64) -> Result<(), UnpackError> {
        let wrong = |why: &str| damaged(Compression::Lzo, why, produced);
        let early = || wrong("they end too early");
        let unpacked = self.number()?.ok_or_else(early)?;
        if unpacked == 0 {
            self.ended = true;
            return Ok(());
        }
        let packed = self.number()?.ok_or_else(early)?;
        self.number()?.ok_or_else(early)?;
        if unpacked > LZOP_BLOCK || packed == 0 || packed > unpacked {
            return Err(wrong("a block has lengths that none can have"));
        }
        self.packed.resize(packed as usize, 0);
        if read_all(&mut self.input, &mut self.packed)? < self.packed.len() {
            return Err(early());
        }
        self.used = 0;
        if packed == unpacked {
            std::mem::swap(&mut self.block, &mut self.packed);
            return Ok(());
        }
        self.block.resize(unpacked as usize, 0);
        match lzokay::decompress::decompress(&self.packed, &mut self.block) {
            Ok(len) if len == self.block.len() => Ok(()),
            Ok(_) => Err(wrong("a block does not have the length that it says")),
            Err(error) => Err(wrong(&error.to_string())),
        }
    }
}
