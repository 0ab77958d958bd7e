//! A compressed part of an initrd.

use super::entry::{Step, entry};
use super::stream::{Stream, Unpacked};
use super::{Depth, FailureKind, Feature, Looked, MOST_PARTS, Packed, UnpackRun};
use crate::container::decompress::{Flaw, Limits, UnpackError, Unpacker};
use crate::container::initrd::Compression;
use crate::container::initrd::extent::{Extent, LZ4_MAGIC, extent};
use crate::container::read_at::{ReadAt, ReadError};
use flate2::Crc;
use std::ops::Range;

/// Where only the start is looked at, LZ4 data are left alone if their first block is longer than this: a block comes out as
/// a whole.
const MOST_OF_A_BLOCK: u32 = 64 << 10;

/// How a part ended that was looked into.
enum Ending {
    /// All came out, and was as it should be.
    Well,
    /// The unpacker ends with it; at which byte of what comes out.
    Failed(FailureKind, u64),
    /// Looking ended before the part did.
    Unseen,
}

impl<R: ReadAt> UnpackRun<R> {
    /// What begins at `at` and is no archive. Gives whether the unpacker goes on.
    pub(super) fn part(&mut self, at: u64) -> Result<bool, ReadError> {
        let magic = self.plain.take(2)?;
        self.plain.at = at;
        let known = if magic.len() < 2 { None } else { Compression::detect(&magic) };
        let Some(format) = known else {
            self.fail(at, None, FailureKind::InvalidMagic);
            return Ok(false);
        };
        let extent = extent(format, &self.plain.source, at)?;
        let mut part = Packed {
            at,
            end: if let Extent::Known(end) = extent { Some(end) } else { None },
            format,
            looked: Looked::No,
            unpacked: 0,
            entries: 0,
            files: Vec::new(),
            flaw: None,
        };
        let ending = match self.lacking(format, at)? {
            // Linux reads past such a header as if there were nothing in it, which goes well where there is not.
            Some(feature @ Feature::GzipHeader) => match self.look(&mut part)? {
                Ending::Failed(..) => Ending::Failed(FailureKind::NotForLinux(feature), 0),
                Ending::Unseen if part.looked == Looked::No => {
                    Ending::Failed(FailureKind::NotForLinux(feature), 0)
                }
                ending => ending,
            },
            Some(feature) => Ending::Failed(FailureKind::NotForLinux(feature), 0),
            None => self.look(&mut part)?,
        };
        // Damage that was not come upon shows in the headers.
        let ending = match (ending, extent) {
            (Ending::Unseen | Ending::Well, Extent::Damaged { .. }) => {
                Ending::Failed(FailureKind::Damaged(format), 0)
            }
            (ending, _) => ending,
        };
        let end = part.end;
        self.is_unseen |= matches!(ending, Ending::Unseen);
        if self.out.packed.len() < MOST_PARTS {
            self.out.packed.push(part);
        }
        match ending {
            Ending::Failed(kind, inside) => {
                self.fail(at, Some(inside), kind);
                return Ok(false);
            }
            Ending::Well | Ending::Unseen => self.is_reset = true,
        }
        match end {
            Some(end) => self.plain.at = end,
            None => self.out.open_from = Some(at),
        }
        Ok(end.is_some())
    }

    /// What Linux' decoder does not have and the data's header says that they need.
    fn lacking(&self, format: Compression, at: u64) -> Result<Option<Feature>, ReadError> {
        const CRC32: u8 = 1;
        let left = self.plain.source.end().saturating_sub(at);
        let head = self.plain.source.read_vec(at, usize::try_from(left.min(12)).unwrap_or(0))?;
        let flags_hold = |flags: &[u8], sum: &[u8]| {
            let mut crc = Crc::new();
            crc.update(flags);
            sum == crc.sum().to_le_bytes()
        };
        Ok(match (format, head.as_slice()) {
            (Compression::Xz, [_, _, _, _, _, _, 0, check, sum @ ..])
                if *check > CRC32 && flags_hold(&[0, *check], sum) =>
            {
                Some(Feature::XzCheck)
            }
            (Compression::Gzip, [0x1f, 0x8b, 8, flags, ..]) if flags & GZIP_FIELDS != 0 => {
                Some(Feature::GzipHeader)
            }
            (Compression::Gzip, [0x1f, 0x8b, 8, ..]) => None,
            (Compression::Gzip, _) => Some(Feature::GzipMethod),
            // The size of the window where it is told by itself: 10 bits and more, in eighths.
            (Compression::Zstd, [_, _, _, _, descriptor, window, ..]) if descriptor & 0x20 == 0 => {
                let exponent = 10 + u32::from(window >> 3);
                let base = 1u64 << exponent;
                let size = base + base / 8 * u64::from(window & 7);
                (size > 128 << 20).then_some(Feature::ZstdWindow)
            }
            _ => None,
        })
    }

    /// Unpacks a part as far as it is to be looked into.
    fn look(&mut self, part: &mut Packed) -> Result<Ending, ReadError> {
        let (at, format) = (part.at, part.format);
        let limits = match self.depth {
            Depth::Headers => return Ok(Ending::Unseen),
            Depth::Start(_) if self.is_long_lz4(format, at)? => return Ok(Ending::Unseen),
            Depth::Start(bytes) => Limits { bytes, ..Limits::default() },
            Depth::All(limits) => limits,
        };
        let (loose, entries) =
            (std::mem::take(&mut self.state.files), std::mem::take(&mut self.state.entries));
        let open = match self.depth {
            Depth::All(_) => Unpacker::open,
            Depth::Headers | Depth::Start(_) => Unpacker::open_start,
        };
        let source = AsLinux { source: &self.plain.source, ignored: ignored(format, at) };
        let ending = match open(format, source, at, limits).map(Unpacked::new) {
            Ok(mut stream) => {
                let ending = inside(&mut stream, &mut self.state, self.is_reset);
                part.unpacked = stream.position();
                part.end = part.end.or(stream.end());
                part.flaw = stream.flaw();
                match (ending, part.flaw) {
                    (Ok(Ending::Well), Some(Flaw::NoTrailer)) => {
                        Ok(Ending::Failed(FailureKind::PastEnd, part.unpacked))
                    }
                    (ending, _) => ending,
                }
            }
            Err(error) => Err(error),
        };
        part.entries = std::mem::replace(&mut self.state.entries, entries);
        part.files = std::mem::replace(&mut self.state.files, loose);
        part.looked = Looked::All;
        Ok(match ending {
            Ok(ending) => ending,
            Err(UnpackError::Read(error)) => return Err(error),
            Err(UnpackError::Unsupported(_)) => {
                part.looked = Looked::No;
                Ending::Unseen
            }
            Err(UnpackError::TooMuch { .. }) => {
                part.looked = Looked::Start;
                Ending::Unseen
            }
            Err(UnpackError::Damaged { .. }) => Ending::Failed(FailureKind::Damaged(format), part.unpacked),
        })
    }

    /// Whether data are LZ4's with a first block that is too long to look at the start only.
    fn is_long_lz4(&self, format: Compression, at: u64) -> Result<bool, ReadError> {
        if format != Compression::Lz4Legacy || self.plain.source.end().saturating_sub(at) < 8 {
            return Ok(false);
        }
        let mut length = [0; 4];
        self.plain.source.read_at(at.saturating_add(4), &mut length)?;
        let length = u32::from_le_bytes(length);
        Ok(length != LZ4_MAGIC && length > MOST_OF_A_BLOCK)
    }
}

/// Flags of gzip's header for fields that Linux does not skip: a checksum of the header, extra data, a comment.
const GZIP_FIELDS: u8 = 2 | 4 | 0x10;

/// A byte of compressed data whose bits Linux does not look at, and those bits.
fn ignored(format: Compression, at: u64) -> Option<(u64, u8)> {
    match format {
        Compression::Gzip => Some((at.checked_add(3)?, GZIP_FIELDS)),
        // The first byte of the range coder, which must be 0 elsewhere.
        Compression::Lzma => Some((at.checked_add(13)?, 0xff)),
        _ => None,
    }
}

/// Compressed data with zeros where Linux does not look.
struct AsLinux<R> {
    source: R,
    ignored: Option<(u64, u8)>,
}

impl<R: ReadAt> ReadAt for AsLinux<R> {
    fn end(&self) -> u64 {
        self.source.end()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.source.read_at(at, buffer)?;
        if let Some((place, bits)) = self.ignored
            && let Some(index) = place.checked_sub(at).and_then(|index| usize::try_from(index).ok())
            && let Some(byte) = buffer.get_mut(index)
        {
            *byte &= !bits;
        }
        Ok(())
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        self.source.data_from(at)
    }
}

/// The archives that come out of a compressed part.
fn inside<S: Stream<Error = UnpackError>>(
    stream: &mut S,
    state: &mut super::State,
    is_reset: bool,
) -> Result<Ending, UnpackError> {
    let mut is_reset = is_reset;
    loop {
        // At the very start of an initrd the first header is read as it comes, zeros or not.
        if is_reset {
            let next = stream.skip_zeros()?;
            let at = stream.position();
            match next {
                None => return Ok(Ending::Well),
                Some(_) if !at.is_multiple_of(4) => {
                    return Ok(Ending::Failed(FailureKind::BrokenPadding, at));
                }
                Some(b'0') => {}
                Some(_) => return Ok(Ending::Failed(FailureKind::JunkWithin, at)),
            }
        }
        let at = stream.position();
        match entry(stream, state)? {
            Step::Done => is_reset = true,
            Step::Failed(kind) => return Ok(Ending::Failed(kind, at)),
            Step::Cut { .. } => return Ok(Ending::Failed(FailureKind::JunkAtEnd, at)),
        }
    }
}
