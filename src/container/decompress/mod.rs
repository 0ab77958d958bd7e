//! Unpacking what is compressed: piece by piece, and with limits on what comes out.
//!
//! gzip is always there; bzip2, LZMA, xz, lzop, LZ4 and zstd come with the feature `decompress`. LZ4's frame format is
//! recognised and not read. Checksums are compared where Linux compares them; see `docs/model.md`.

#[cfg(feature = "decompress")]
mod bzip2;
mod inflate;
mod input;
#[cfg(feature = "decompress")]
mod lz4;
#[cfg(feature = "decompress")]
mod lzma;
#[cfg(feature = "decompress")]
mod lzop;

use super::initrd::Compression;
use super::read_at::{ReadAt, ReadError};
use inflate::Gzip;
use input::Input;
#[cfg(feature = "decompress")]
use std::io::Read;

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
const MOST_MEMORY: u32 = 160 << 20;

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

/// Something compressed, on its way out. The decoders are compiled once, for whatever the bytes are read from.
pub struct Unpacker<'a> {
    format: Compression,
    decoder: Decoder<'a>,
    limits: Limits,
    start: u64,
    produced: u64,
    ended: bool,
    /// Where the data end, and what is wrong with their end, once that is known.
    end: (Option<u64>, Option<Flaw>),
    /// Whether there is more than the decoder is given.
    is_cut: bool,
}

/// What is wrong with data that came out whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The bytes end within gzip's trailer.
    NoTrailer,
    /// gzip's trailer says another checksum, or another length.
    Checksum,
}

enum Decoder<'a> {
    Gzip(Gzip<'a>),
    #[cfg(feature = "decompress")]
    Zstd(Box<ruzstd::decoding::StreamingDecoder<Input<'a>, ruzstd::decoding::FrameDecoder>>),
    #[cfg(feature = "decompress")]
    Xz(Box<lzma_rust2::XzReader<Input<'a>>>),
    #[cfg(feature = "decompress")]
    Lzma(Box<lzma::Lzma<'a>>),
    #[cfg(feature = "decompress")]
    Bzip2(bzip2::Bzip2<'a>),
    #[cfg(feature = "decompress")]
    Lzop(lzop::Lzop<'a>),
    #[cfg(feature = "decompress")]
    Lz4(lz4::Legacy<'a>),
    /// All has come out.
    Ended(u64),
}

impl<'a> Unpacker<'a> {
    /// Begins with what stands at `at`.
    ///
    /// # Errors
    /// [`UnpackError`] for a format that is not read and a damaged header.
    pub fn open(
        format: Compression,
        source: impl ReadAt + 'a,
        at: u64,
        limits: Limits,
    ) -> Result<Self, UnpackError> {
        let input = Input::new(source, at);
        Unpacker::of(format, input, limits)
    }

    /// The same for somebody who wants a start, and not more than that: of Zstandard there may come fewer bytes than the
    /// limits allow, but they come at once, where the decoder would hold them back for a long time.
    ///
    /// # Errors
    /// As [`Unpacker::open`].
    pub fn open_start(
        format: Compression,
        source: impl ReadAt + 'a,
        at: u64,
        limits: Limits,
    ) -> Result<Self, UnpackError> {
        let mut input = Input::new(source, at);
        if format == Compression::Zstd {
            input.cut_zstd(limits.bytes)?;
        }
        Unpacker::of(format, input, limits)
    }

    fn of(format: Compression, input: Input<'a>, limits: Limits) -> Result<Self, UnpackError> {
        let at = input.at;
        let is_cut = input.is_cut();
        let decoder = match format {
            Compression::Gzip => Decoder::Gzip(Gzip::open(input)?),
            #[cfg(feature = "decompress")]
            Compression::Zstd => {
                // Linux takes no larger one.
                let window = 128 << 20;
                let opened = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(input, window);
                Decoder::Zstd(Box::new(opened.map_err(|error| damaged(format, &error.to_string(), 0))?))
            }
            #[cfg(feature = "decompress")]
            Compression::Xz => {
                Decoder::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(input, false, MOST_MEMORY >> 10)))
            }
            #[cfg(feature = "decompress")]
            Compression::Lzma => Decoder::Lzma(Box::new(lzma::Lzma::open(input, MOST_MEMORY)?)),
            #[cfg(feature = "decompress")]
            Compression::Bzip2 => Decoder::Bzip2(bzip2::Bzip2::open(input)?),
            #[cfg(feature = "decompress")]
            Compression::Lzo => Decoder::Lzop(lzop::Lzop::open(input)?),
            #[cfg(feature = "decompress")]
            Compression::Lz4Legacy => Decoder::Lz4(lz4::Legacy::open(input)?),
            _ => return Err(UnpackError::Unsupported(format)),
        };
        Ok(Unpacker {
            format,
            decoder,
            limits,
            start: at,
            produced: 0,
            ended: false,
            end: (None, None),
            is_cut,
        })
    }

    /// Where the compressed data end, once all has come out, where that is known exactly.
    pub fn end(&self) -> Option<u64> {
        self.end.0
    }

    /// What is wrong with data that came out whole, once all has.
    pub fn flaw(&self) -> Option<Flaw> {
        self.end.1
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
            Decoder::Lzma(lzma) => lzma.read(buffer, self.produced),
            #[cfg(feature = "decompress")]
            Decoder::Bzip2(bzip2) => bzip2.read(buffer, self.produced),
            #[cfg(feature = "decompress")]
            Decoder::Lzop(lzop) => lzop.read(buffer, self.produced),
            #[cfg(feature = "decompress")]
            Decoder::Lz4(lz4) => lz4.read(buffer, self.produced),
            Decoder::Ended(_) => Ok(0),
        }?;
        if read == 0 {
            self.finish()?;
        }
        self.produced = self.produced.saturating_add(read as u64);
        let limit = self.limit();
        if self.produced > limit || self.ended && self.is_cut {
            return Err(UnpackError::TooMuch { format: self.format, limit });
        }
        Ok(read)
    }

    /// Looks at what stands at the end of the data.
    fn finish(&mut self) -> Result<(), UnpackError> {
        self.ended = true;
        let at = self.at();
        self.end = match std::mem::replace(&mut self.decoder, Decoder::Ended(at)) {
            Decoder::Gzip(gzip) => {
                let (end, flaw) = gzip.end();
                (Some(end), flaw)
            }
            #[cfg(feature = "decompress")]
            Decoder::Zstd(zstd) => {
                let frame = zstd.into_frame_decoder();
                let [told, summed] = [frame.get_checksum_from_data(), frame.get_calculated_checksum()];
                if told.is_some() && told != summed {
                    return Err(damaged(self.format, "their checksum is another", self.produced));
                }
                (Some(at), None)
            }
            #[cfg(feature = "decompress")]
            Decoder::Lzma(lzma) => (Some(lzma.end()), None),
            #[cfg(feature = "decompress")]
            Decoder::Bzip2(_) | Decoder::Lzop(_) => (Some(at), None),
            #[cfg(feature = "decompress")]
            Decoder::Xz(_) | Decoder::Lz4(_) => (None, None),
            Decoder::Ended(_) => self.end,
        };
        Ok(())
    }

    /// Up to where the decoder has taken bytes.
    fn at(&self) -> u64 {
        match &self.decoder {
            Decoder::Gzip(gzip) => gzip.window.at(),
            #[cfg(feature = "decompress")]
            Decoder::Zstd(zstd) => zstd.get_ref().at,
            #[cfg(feature = "decompress")]
            Decoder::Xz(xz) => xz.inner().at,
            #[cfg(feature = "decompress")]
            Decoder::Lzma(lzma) => lzma.at(),
            #[cfg(feature = "decompress")]
            Decoder::Bzip2(bzip2) => bzip2.window.at(),
            #[cfg(feature = "decompress")]
            Decoder::Lzop(lzop) => lzop.input.at,
            #[cfg(feature = "decompress")]
            Decoder::Lz4(lz4) => lz4.input.at,
            Decoder::Ended(at) => *at,
        }
    }

    /// How much may have come out by now.
    fn limit(&self) -> u64 {
        let by_ratio = self.at().saturating_sub(self.start).saturating_mul(self.limits.ratio);
        self.limits.bytes.min(by_ratio.saturating_add(FREE))
    }
}

fn damaged(format: Compression, why: &str, produced: u64) -> UnpackError {
    UnpackError::Damaged { format, why: crate::bytes::escape(why.as_bytes()).into_owned(), produced }
}

#[cfg(test)]
mod tests;
