//! Unpacking what is compressed: piece by piece, and with limits on what comes out.
//!
//! gzip is always there; zstd, xz, LZMA and LZ4 come with the feature `decompress`. bzip2, lzop and LZ4's frame format are
//! recognised and not read.

use super::gzip;
use super::initrd::Compression;
use super::initrd::extent::{self, ZSTD_BLOCK};
use super::read_at::{Buffered, ReadAt, ReadError};
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, Read};

/// How much may come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all.
    pub bytes: u64,
    /// How many bytes may come out of one on average, once more than [`FREE`] came out.
    pub ratio: u64,
}

/// How much comes out before the ratio counts: files that are all zeros pack better than any limit.
pub const FREE: u64 = 64 << 20;

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 4 << 30, ratio: 200 }
    }
}

/// How much memory a decoder may take for what it looks back at, in bytes.
#[cfg(feature = "decompress")]
const MOST_MEMORY: u32 = 256 << 20;

/// Why nothing more comes out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// The format is one that is not read, or the program was built without it.
    #[error("{0} data are not read")]
    Unsupported(Compression),
    /// The data are damaged or end too early.
    #[error("the {format} data are damaged: {why} (after {produced} unpacked bytes)")]
    Damaged {
        /// The format.
        format: Compression,
        /// What is wrong; safe to print.
        why: String,
        /// How many bytes had come out.
        produced: u64,
    },
    /// More would come out than is allowed.
    #[error("the {format} data unpack to more than {limit} bytes, which is where unpacking stops")]
    TooMuch {
        /// The format.
        format: Compression,
        /// How many bytes may come out.
        limit: u64,
    },
    /// They could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Something compressed, on its way out.
pub struct Unpacker<R: ReadAt> {
    format: Compression,
    decoder: Decoder<R>,
    limits: Limits,
    start: u64,
    produced: u64,
    ended: bool,
    /// Whether there is more than the decoder is given.
    is_cut: bool,
}

enum Decoder<R: ReadAt> {
    Gzip(Gzip<R>),
    #[cfg(feature = "decompress")]
    Zstd(Box<ruzstd::decoding::StreamingDecoder<Input<R>, ruzstd::decoding::FrameDecoder>>),
    #[cfg(feature = "decompress")]
    Xz(Box<lzma_rust2::XzReader<Input<R>>>),
    #[cfg(feature = "decompress")]
    Lzma(Box<lzma_rust2::LzmaReader<Input<R>>>),
    #[cfg(feature = "decompress")]
    Lz4(lz4::Legacy<R>),
}

impl<R: ReadAt> Unpacker<R> {
    /// Begins with what stands at `at`.
    ///
    /// # Errors
    /// [`UnpackError`] for a format that is not read and a damaged header.
    pub fn open(format: Compression, source: R, at: u64, limits: Limits) -> Result<Self, UnpackError> {
        let input = Input { source: Buffered::new(source), at, failed: None, cut: None };
        Unpacker::of(format, input, limits)
    }

    /// The same for somebody who wants a start, and not more than that: of Zstandard there may come fewer bytes than the
    /// limits allow, but they come at once, where the decoder would hold them back for a long time.
    ///
    /// # Errors
    /// As [`Unpacker::open`].
    pub fn open_start(format: Compression, source: R, at: u64, limits: Limits) -> Result<Self, UnpackError> {
        let mut input = Input { source: Buffered::new(source), at, failed: None, cut: None };
        if format == Compression::Zstd {
            input.cut_zstd(limits.bytes)?;
        }
        Unpacker::of(format, input, limits)
    }

    fn of(format: Compression, input: Input<R>, limits: Limits) -> Result<Self, UnpackError> {
        let at = input.at;
        let is_cut = input.cut.is_some();
        let decoder = match format {
            Compression::Gzip => Decoder::Gzip(Gzip::open(input)?),
            #[cfg(feature = "decompress")]
            Compression::Zstd => {
                let window = u64::from(MOST_MEMORY / 2);
                let opened = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(input, window);
                Decoder::Zstd(Box::new(opened.map_err(|error| damaged(format, &error.to_string(), 0))?))
            }
            #[cfg(feature = "decompress")]
            Compression::Xz => {
                Decoder::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(input, false, MOST_MEMORY >> 10)))
            }
            #[cfg(feature = "decompress")]
            Compression::Lzma => {
                let opened = lzma_rust2::LzmaReader::new_mem_limit(input, MOST_MEMORY >> 10, None);
                Decoder::Lzma(Box::new(opened.map_err(|error| damaged(format, &error.to_string(), 0))?))
            }
            #[cfg(feature = "decompress")]
            Compression::Lz4Legacy => Decoder::Lz4(lz4::Legacy::open(input)?),
            _ => return Err(UnpackError::Unsupported(format)),
        };
        Ok(Unpacker { format, decoder, limits, start: at, produced: 0, ended: false, is_cut })
    }

    /// How many bytes have come out.
    pub fn produced(&self) -> u64 {
        self.produced
    }

    /// Where the compressed data end, once all has come out, where that is known exactly.
    pub fn end(&self) -> Option<u64> {
        match &self.decoder {
            Decoder::Gzip(gzip) if self.ended => Some(gzip.end()),
            _ => None,
        }
    }

    /// Fills `buffer` as far as there is something, and gives how much that was: less than the buffer holds only at the end.
    ///
    /// # Errors
    /// [`UnpackError`]; what came out before it and went into this buffer is lost.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..) {
            match self.read_some(rest)? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    /// The next bytes, as many as come easily, into `buffer`; 0 at the end. What comes before an error comes before it.
    ///
    /// # Errors
    /// [`UnpackError`]
    pub fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.decoder {
            Decoder::Gzip(gzip) => gzip.read(buffer, self.produced),
            #[cfg(feature = "decompress")]
            Decoder::Zstd(zstd) => {
                let read = zstd.read(buffer);
                read.map_err(|error| zstd.get_mut().explain(self.format, &error, self.produced))
            }
            #[cfg(feature = "decompress")]
            Decoder::Xz(xz) => {
                let read = xz.read(buffer);
                read.map_err(|error| xz.inner_mut().explain(self.format, &error, self.produced))
            }
            #[cfg(feature = "decompress")]
            Decoder::Lzma(lzma) => {
                let read = lzma.read(buffer);
                read.map_err(|error| lzma.inner_mut().explain(self.format, &error, self.produced))
            }
            #[cfg(feature = "decompress")]
            Decoder::Lz4(lz4) => lz4.read(buffer, self.produced),
        }?;
        self.ended = read == 0;
        self.produced = self.produced.saturating_add(read as u64);
        let limit = self.limit();
        if self.produced > limit || self.ended && self.is_cut {
            return Err(UnpackError::TooMuch { format: self.format, limit });
        }
        Ok(read)
    }

    /// How much may have come out by now.
    fn limit(&self) -> u64 {
        let at = match &self.decoder {
            Decoder::Gzip(gzip) => gzip.input.at,
            #[cfg(feature = "decompress")]
            Decoder::Zstd(zstd) => zstd.get_ref().at,
            #[cfg(feature = "decompress")]
            Decoder::Xz(xz) => xz.inner().at,
            #[cfg(feature = "decompress")]
            Decoder::Lzma(lzma) => lzma.inner().at,
            #[cfg(feature = "decompress")]
            Decoder::Lz4(lz4) => lz4.input.at,
        };
        let by_ratio = at.saturating_sub(self.start).saturating_mul(self.limits.ratio);
        self.limits.bytes.min(by_ratio.saturating_add(FREE))
    }
}

fn damaged(format: Compression, why: &str, produced: u64) -> UnpackError {
    UnpackError::Damaged { format, why: crate::bytes::escape(why.as_bytes()).into_owned(), produced }
}

/// Compressed bytes as the decoders take them: one after the other.
struct Input<R> {
    source: Buffered<R>,
    at: u64,
    failed: Option<ReadError>,
    cut: Option<Cut>,
}

/// Where compressed bytes are made to end, and bytes that are changed for that.
struct Cut {
    end: u64,
    changed: [(u64, u8); 2],
}

impl<R: ReadAt> Input<R> {
    /// Makes a frame of Zstandard end once so many bytes have come out. Its decoder gives nothing before it has as much as a
    /// match can reach back, which can be hundreds of times of that: a frame that ends gives all.
    fn cut_zstd(&mut self, bytes: u64) -> Result<(), ReadError> {
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
    fn explain(&mut self, format: Compression, error: &io::Error, produced: u64) -> UnpackError {
        self.failed.take().map_or_else(|| damaged(format, &error.to_string(), produced), UnpackError::Read)
    }
}

impl<R: ReadAt> Read for Input<R> {
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

/// One member of gzip's format.
struct Gzip<R: ReadAt> {
    input: Input<R>,
    inflate: Box<Decompress>,
    window: Vec<u8>,
    /// What of the window has been used.
    used: usize,
}

impl<R: ReadAt> Gzip<R> {
    /// How much is read in one go.
    const WINDOW: usize = 64 << 10;
    /// Checksum and length behind the data. Linux looks at neither.
    const TRAILER: u64 = 8;

    fn open(mut input: Input<R>) -> Result<Self, UnpackError> {
        let mut window = vec![0; Self::WINDOW];
        let len = read_all(&mut input, &mut window)?;
        window.truncate(len);
        let header = gzip::data_at(&window);
        let used = header.ok_or_else(|| damaged(Compression::Gzip, "no header of a gzip member", 0))?;
        Ok(Gzip { input, inflate: Box::new(Decompress::new(false)), window, used })
    }

    fn read(&mut self, buffer: &mut [u8], produced: u64) -> Result<usize, UnpackError> {
        loop {
            if self.used >= self.window.len() {
                self.window.resize(Self::WINDOW, 0);
                let len = read_all(&mut self.input, &mut self.window)?;
                self.window.truncate(len);
                self.used = 0;
            }
            let rest = self.window.get(self.used..).unwrap_or_default();
            let (before, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(rest, buffer, FlushDecompress::None);
            self.used += usize::try_from(self.inflate.total_in() - before).unwrap_or(rest.len());
            let written = usize::try_from(self.inflate.total_out() - written).unwrap_or(buffer.len());
            match status {
                _ if written > 0 => return Ok(written),
                Ok(Status::StreamEnd) => return Ok(0),
                Ok(_) if !self.window.is_empty() => {}
                Ok(_) => return Err(damaged(Compression::Gzip, "they end too early", produced)),
                Err(error) => return Err(damaged(Compression::Gzip, &error.to_string(), produced)),
            }
        }
    }

    /// Where the member ends, once its data have.
    fn end(&self) -> u64 {
        let unused = self.window.len().saturating_sub(self.used);
        self.input.at.saturating_sub(unused as u64).saturating_add(Self::TRAILER)
    }
}

/// Fills a buffer as far as there are bytes.
fn read_all<R: ReadAt>(input: &mut Input<R>, buffer: &mut [u8]) -> Result<usize, UnpackError> {
    let end = ReadError::End { at: input.at, len: buffer.len() as u64, end: input.source.end() };
    input.read(buffer).map_err(|_| UnpackError::Read(input.failed.take().unwrap_or(end)))
}

#[cfg(feature = "decompress")]
mod lz4 {
    use super::{Compression, Input, ReadAt, UnpackError, damaged, read_all};
    use crate::container::initrd::extent::{LZ4_BLOCK, LZ4_LONGEST, LZ4_MAGIC};

    /// LZ4's legacy format: blocks, each with its length in front of it, and no end.
    pub(super) struct Legacy<R: ReadAt> {
        pub(super) input: Input<R>,
        packed: Vec<u8>,
        block: Vec<u8>,
        used: usize,
    }

    impl<R: ReadAt> Legacy<R> {
        pub(super) fn open(input: Input<R>) -> Result<Self, UnpackError> {
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
            self.block.resize(LZ4_BLOCK as usize, 0);
            let unpacked = lz4_flex::block::decompress_into(&self.packed, &mut self.block);
            self.block.truncate(unpacked.map_err(|error| wrong(&error.to_string()))?);
            self.used = 0;
            Ok(())
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::container::initrd::extent::samples;
    use flate2::{Compress, FlushCompress};

    /// A gzip member; its header with a name or without.
    fn gzip(data: &[u8], name: &[u8]) -> Vec<u8> {
        let mut body = vec![0; data.len() / 2 + 4096];
        let mut deflate = Compress::new(flate2::Compression::fast(), false);
        assert_eq!(deflate.compress(data, &mut body, FlushCompress::Finish).unwrap(), Status::StreamEnd);
        body.truncate(deflate.total_out() as usize);
        let flags = if name.is_empty() { 0 } else { 8 };
        [&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3][..], name, &body, &[0; 8]].concat()
    }

    fn unpack(
        format: Compression,
        bytes: &[u8],
        at: u64,
        limits: Limits,
    ) -> Result<(Vec<u8>, Option<u64>), UnpackError> {
        let mut unpacker = Unpacker::open(format, bytes, at, limits)?;
        let (mut out, mut buffer) = (Vec::new(), [0; 1000]);
        loop {
            let len = unpacker.read(&mut buffer)?;
            out.extend(&buffer[..len]);
            if len < buffer.len() {
                assert_eq!(unpacker.produced(), out.len() as u64);
                return Ok((out, unpacker.end()));
            }
        }
    }

    #[test]
    fn what_the_tools_packed_comes_out() {
        for (format, bytes) in samples::all() {
            let all = [b"123", &bytes[..], &[0; 7]].concat();
            let result = unpack(format, &all, 3, Limits::default());
            let is_read =
                cfg!(feature = "decompress") && !matches!(format, Compression::Lzo | Compression::Lz4);
            match is_read {
                true => assert_eq!(result.unwrap().0, samples::TEXT.repeat(30).as_bytes(), "{format}"),
                false => assert_eq!(result, Err(UnpackError::Unsupported(format))),
            }
        }
    }

    #[test]
    fn a_gzip_member_tells_its_end() {
        let data: Vec<u8> = (0..300_000u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
        let member = gzip(&data, b"name\0");
        let all = [&[7; 9][..], &member, b"070701"].concat();
        let (out, end) = unpack(Compression::Gzip, &all, 9, Limits::default()).unwrap();
        assert!(out == data && end == Some(9 + member.len() as u64));
        for len in [0, 5, 12, 100, member.len() / 2] {
            let result = unpack(Compression::Gzip, &member[..len], 0, Limits::default());
            assert!(matches!(result, Err(UnpackError::Damaged { .. })), "{len}");
        }
        let empty = gzip(b"", b"");
        assert_eq!(
            unpack(Compression::Gzip, &empty, 0, Limits::default()),
            Ok((vec![], Some(empty.len() as u64)))
        );
    }

    #[test]
    fn bombs_are_stopped() {
        let zeros = gzip(&vec![0; 80 << 20], b"");
        let stop =
            |limits| unpack(Compression::Gzip, &zeros, 0, limits).map(|(out, _)| out.len()).unwrap_err();
        let limits = Limits { ratio: 20, ..Limits::default() };
        let limit = FREE + 20 * zeros.len() as u64;
        assert_eq!(stop(limits), UnpackError::TooMuch { format: Compression::Gzip, limit });
        let limits = Limits { bytes: 1 << 20, ratio: 200 };
        assert_eq!(stop(limits), UnpackError::TooMuch { format: Compression::Gzip, limit: 1 << 20 });
    }

    #[cfg(feature = "decompress")]
    #[test]
    fn bombs_of_other_formats_are_stopped_too() {
        // 4096 blocks that say "this byte 131072 times".
        let block = [0x02, 0, 0x10, 0];
        let bomb = [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x58][..], &block.repeat(4096)].concat();
        let result = unpack(Compression::Zstd, &bomb, 0, Limits::default());
        assert!(matches!(result, Err(UnpackError::TooMuch { .. })), "{:?}", result.map(|(out, _)| out.len()));
        // Promises of windows and dictionaries that nobody has the memory for.
        let window = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0];
        assert!(matches!(
            unpack(Compression::Zstd, &window, 0, Limits::default()),
            Err(UnpackError::Damaged { .. })
        ));
        let dictionary = [&[0x5d, 0xff, 0xff, 0xff, 0xff][..], &[0xff; 8], &[0; 20]].concat();
        let result = unpack(Compression::Lzma, &dictionary, 0, Limits::default());
        assert!(matches!(result, Err(UnpackError::Damaged { .. })), "{result:?}");
    }

    #[cfg(feature = "decompress")]
    #[test]
    fn the_start_of_a_long_frame_comes_out_as_it_is() {
        // 100 blocks of 100,000 bytes that are not compressed, a window of 8 MiB, a checksum.
        let header = |last: bool| ((100_000u32 << 3) | u32::from(last)).to_le_bytes();
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 4, 0x68];
        for block in 0..100u8 {
            frame.extend(&header(block == 99)[..3]);
            frame.extend(vec![block; 100_000]);
        }
        frame.extend([1, 2, 3, 4]);
        for bytes in [1, 100_000, 131_072, 131_073, 1 << 20] {
            let limits = Limits { bytes, ratio: 200 };
            let mut unpacker = Unpacker::open_start(Compression::Zstd, frame.as_slice(), 0, limits).unwrap();
            let (mut out, mut buffer) = (Vec::<u8>::new(), [0; 1000]);
            let error = loop {
                match unpacker.read_some(&mut buffer) {
                    Ok(0) => panic!("{bytes}: {} came out, and then the end", out.len()),
                    Ok(len) => out.extend(&buffer[..len]),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, UnpackError::TooMuch { .. }), "{error}");
            assert!(out.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at / 100_000));
            // Blocks are counted as if each were full.
            assert!(
                out.len() as u64 + 1000 >= bytes.min(bytes.div_ceil(131_072) * 100_000),
                "{bytes}: {}",
                out.len()
            );
        }
        let all = unpack(Compression::Zstd, &frame, 0, Limits::default()).unwrap().0;
        assert_eq!(all.len(), 10_000_000);
    }

    #[cfg(feature = "decompress")]
    #[test]
    fn all_comes_out_of_blocks_that_are_not_full() {
        // Encoders split blocks for better codes: 300 blocks here, where 3 would do.
        let header = |last: bool| ((1000u32 << 3) | u32::from(last)).to_le_bytes();
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x68];
        for block in 0..300u16 {
            frame.extend(&header(block == 299)[..3]);
            frame.extend(vec![block.to_le_bytes()[0]; 1000]);
        }
        let limits = Limits { bytes: 300_000, ..Limits::default() };
        let all = unpack(Compression::Zstd, &frame, 0, limits).unwrap().0;
        assert_eq!(all.len(), 300_000);
        let less = Limits { bytes: 299_999, ..limits };
        let error = unpack(Compression::Zstd, &frame, 0, less).unwrap_err();
        assert!(matches!(error, UnpackError::TooMuch { limit: 299_999, .. }), "{error}");
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        for (format, bytes) in samples::all() {
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 0xff;
                let _ = unpack(format, &damaged, 0, Limits::default());
                let _ = unpack(format, &damaged[..at], 0, Limits::default());
            }
        }
    }
}
