//! Where a compressed part ends, told from its own headers: nothing is unpacked.
//!
//! zstd, xz, LZ4 and lzop put lengths in front of their blocks. gzip, bzip2 and the old LZMA do not: their end is only
//! known to who unpacks them.

use super::Compression;
use crate::container::read_at::{ReadAt, ReadError};

/// How far a compressed part reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// It ends here.
    Known(u64),
    /// Its format does not say.
    Unknown,
    /// Its headers make no sense from here on, or the bytes end before it does.
    Damaged {
        /// Where, in bytes.
        at: u64,
    },
}

/// Where the compressed part that starts at `at` ends. Linux goes on reading there.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn extent(format: Compression, source: &impl ReadAt, at: u64) -> Result<Extent, ReadError> {
    let mut cursor = Cursor { source, at };
    let end = match format {
        Compression::Zstd => zstd(&mut cursor)?,
        Compression::Xz => xz(&mut cursor)?,
        Compression::Lz4Legacy => lz4_legacy(&mut cursor)?,
        Compression::Lz4 => lz4_frame(&mut cursor)?,
        Compression::Lzo => lzop(&mut cursor)?,
        Compression::Gzip | Compression::Bzip2 | Compression::Lzma => return Ok(Extent::Unknown),
    };
    Ok(match end {
        Some(()) => Extent::Known(cursor.at),
        None => Extent::Damaged { at: cursor.at },
    })
}

/// A place that moves forward. What is not there, or makes no sense, is `None`, and leaves the place where it is.
struct Cursor<'a, R> {
    source: &'a R,
    at: u64,
}

impl<R: ReadAt> Cursor<'_, R> {
    fn left(&self) -> u64 {
        self.source.end().saturating_sub(self.at)
    }

    fn peek<const N: usize>(&self) -> Result<Option<[u8; N]>, ReadError> {
        if self.left() < N as u64 {
            return Ok(None);
        }
        let mut bytes = [0; N];
        self.source.read_at(self.at, &mut bytes)?;
        Ok(Some(bytes))
    }

    fn take<const N: usize>(&mut self) -> Result<Option<[u8; N]>, ReadError> {
        let bytes = self.peek()?;
        if bytes.is_some() {
            self.at = self.at.saturating_add(N as u64);
        }
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<Option<u8>, ReadError> {
        Ok(self.take()?.map(|[byte]| byte))
    }

    fn skip(&mut self, len: u64) -> Option<()> {
        if len > self.left() {
            return None;
        }
        self.at = self.at.saturating_add(len);
        Some(())
    }
}

/// Gives up on what is not there, as `?` does on errors.
macro_rules! some {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}

type PartEnd = Result<Option<()>, ReadError>;

/// The most that a block of Zstandard holds, unpacked, and the most bytes that it has.
pub(crate) const ZSTD_BLOCK: u32 = 128 << 10;

/// One frame of Zstandard: RFC 8878, 3.1.1.
fn zstd<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    let descriptor = some!(zstd_header(cursor)?);
    while !some!(zstd_next(cursor)?) {}
    Ok(cursor.skip(if descriptor & 4 != 0 { 4 } else { 0 }))
}

/// The header of a frame: its descriptor.
fn zstd_header<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> Result<Option<u8>, ReadError> {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    const RESERVED: u8 = 8;
    if some!(cursor.peek()?) != MAGIC {
        return Ok(None);
    }
    some!(cursor.skip(4));
    let descriptor = some!(cursor.byte()?);
    if descriptor & RESERVED != 0 {
        return Ok(None);
    }
    let single_segment = descriptor & 0x20 != 0;
    let window = u64::from(!single_segment);
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied().unwrap_or(0);
    let size = match descriptor >> 6 {
        0 => u64::from(single_segment),
        power => 1 << power,
    };
    some!(cursor.skip(window + dictionary + size));
    Ok(Some(descriptor))
}

/// Passes a block, and gives whether it is the last one of its frame.
fn zstd_next<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> Result<Option<bool>, ReadError> {
    let [low, middle, high] = some!(cursor.peek()?);
    let header = u32::from_le_bytes([low, middle, high, 0]);
    let size = header >> 3;
    let len = match header >> 1 & 3 {
        1 => 1,
        0 | 2 if size <= ZSTD_BLOCK => u64::from(size),
        _ => return Ok(None),
    };
    some!(cursor.skip(3 + len));
    Ok(Some(header & 1 != 0))
}

/// Where the block of this number, counted from 1, begins and ends in the frame that starts at `at`; `None` when it is the
/// last one, or is not there.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub(crate) fn zstd_block(
    source: &impl ReadAt,
    at: u64,
    number: u64,
) -> Result<Option<(u64, u64)>, ReadError> {
    let mut cursor = Cursor { source, at };
    some!(zstd_header(&mut cursor)?);
    let mut start = cursor.at;
    for _ in 0..number {
        start = cursor.at;
        if some!(zstd_next(&mut cursor)?) {
            return Ok(None);
        }
    }
    Ok(Some((start, cursor.at)))
}

/// One stream of xz: "The .xz File Format" 1.2.1, and the chunks of LZMA2 where a block does not tell its length.
fn xz<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    const MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];
    const CHECK_LEN: [u64; 16] = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
    if some!(cursor.peek()?) != MAGIC {
        return Ok(None);
    }
    some!(cursor.skip(6));
    let [zero, check] = some!(cursor.peek()?);
    let check_len = *some!(CHECK_LEN.get(usize::from(check)).filter(|_| zero == 0));
    some!(cursor.skip(6));
    loop {
        let block = cursor.at;
        match some!(cursor.byte()?) {
            0 => break,
            size => {
                let data_at = block.saturating_add((u64::from(size) + 1) * 4);
                let len = some!(xz_block_header(cursor)?);
                some!(cursor.skip(some!(data_at.checked_sub(cursor.at))));
                match len {
                    Some(len) => some!(cursor.skip(len)),
                    None => some!(lzma2_chunks(cursor)?),
                }
                let padding = cursor.at.saturating_sub(data_at).wrapping_neg() % 4;
                some!(cursor.skip(padding + check_len));
            }
        }
    }
    let index = cursor.at.saturating_sub(1);
    for _ in 0..some!(vli(cursor)?) {
        some!(vli(cursor)?);
        some!(vli(cursor)?);
    }
    let padding = cursor.at.saturating_sub(index).wrapping_neg() % 4;
    // The index ends with a checksum, and the footer with "YZ".
    some!(cursor.skip(padding + 4));
    let footer: [u8; 12] = some!(cursor.peek()?);
    Ok(if footer.ends_with(b"YZ") { cursor.skip(12) } else { None })
}

/// The compressed size in a block's header, where it is told: `Some(None)` where it is not. The last filter must be LZMA2.
fn xz_block_header<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> Result<Option<Option<u64>>, ReadError> {
    const LZMA2: u64 = 0x21;
    let flags = some!(cursor.byte()?);
    let compressed = if flags & 0x40 != 0 { Some(some!(vli(cursor)?)) } else { None };
    if flags & 0x80 != 0 {
        some!(vli(cursor)?);
    }
    let mut last = 0;
    for _ in 0..=flags & 3 {
        last = some!(vli(cursor)?);
        let properties = some!(vli(cursor)?);
        some!(cursor.skip(properties));
    }
    Ok((last == LZMA2).then_some(compressed))
}

/// A number of 7 bits a byte, at most 9 bytes.
fn vli<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> Result<Option<u64>, ReadError> {
    let mut value = 0;
    for index in 0..9 {
        let byte = some!(cursor.byte()?);
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

fn lzma2_chunks<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    loop {
        let control = some!(cursor.byte()?);
        match control {
            0 => return Ok(Some(())),
            1 | 2 => {
                let len = u16::from_be_bytes(some!(cursor.take()?));
                some!(cursor.skip(u64::from(len) + 1));
            }
            3..0x80 => return Ok(None),
            0x80.. => {
                let [_, _, high, low] = some!(cursor.take()?);
                let properties = u64::from(control >= 0xc0);
                some!(cursor.skip(properties + u64::from(u16::from_be_bytes([high, low])) + 1));
            }
        }
    }
}

/// Magic number of LZ4's legacy format.
pub(crate) const LZ4_MAGIC: u32 = 0x184c_2102;
/// What a block of it holds, unpacked: 8 MiB.
pub(crate) const LZ4_BLOCK: u32 = 8 << 20;
/// The most bytes that such a block can need, compressed.
pub(crate) const LZ4_LONGEST: u32 = LZ4_BLOCK + LZ4_BLOCK / 255 + 16;

/// LZ4's legacy format, which has no end of its own: it is taken to end at a length of zero, or with the bytes.
///
/// # Kernel
/// `unlz4` in lib/decompress_unlz4.c, 5.10 to 7.3.
fn lz4_legacy<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    if u32::from_le_bytes(some!(cursor.peek()?)) != LZ4_MAGIC {
        return Ok(None);
    }
    while let Some(bytes) = cursor.peek()? {
        match u32::from_le_bytes(bytes) {
            0 => break,
            LZ4_MAGIC => some!(cursor.skip(4)),
            len if len > LZ4_LONGEST => return Ok(None),
            len => some!(cursor.skip(4 + u64::from(len))),
        }
    }
    Ok(Some(()))
}

/// LZ4's frame format, which Linux does not read: lz4_Frame_format.md 1.6.
fn lz4_frame<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    let [.., flags, _block] = some!(cursor.peek::<6>()?);
    let content_size = u64::from(flags >> 3 & 1) * 8;
    let dictionary = u64::from(flags & 1) * 4;
    let (block_sum, content_sum) = (u64::from(flags >> 4 & 1) * 4, u64::from(flags >> 2 & 1) * 4);
    some!(cursor.skip(6 + content_size + dictionary + 1));
    loop {
        match u32::from_le_bytes(some!(cursor.peek()?)) {
            0 => return Ok(cursor.skip(4 + content_sum)),
            size => some!(cursor.skip(4 + u64::from(size & 0x7fff_ffff) + block_sum)),
        }
    }
}

/// lzop's format, as far as Linux reads it: each block has one checksum, which is that of the unpacked data.
///
/// # Kernel
/// `unlzo` in lib/decompress_unlzo.c, 5.10 to 7.3.
fn lzop<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    some!(lzop_header(cursor)?);
    loop {
        let unpacked = u32::from_be_bytes(some!(cursor.peek()?));
        if unpacked == 0 {
            return Ok(cursor.skip(4));
        }
        let [.., a, b, c, d] = some!(cursor.peek::<8>()?);
        let packed = u32::from_be_bytes([a, b, c, d]);
        if unpacked > LZOP_BLOCK || packed == 0 || packed > unpacked {
            return Ok(None);
        }
        some!(cursor.skip(12 + u64::from(packed)));
    }
}

/// The most that a block of lzop holds, unpacked.
pub(crate) const LZOP_BLOCK: u32 = 256 << 10;

/// Where the first block stands in lzop's data that start at `at`; `None` where their header makes no sense.
///
/// # Errors
/// [`ReadError`] as the source gives it.
#[cfg(feature = "decompress")]
pub(crate) fn lzop_data(source: &impl ReadAt, at: u64) -> Result<Option<u64>, ReadError> {
    let mut cursor = Cursor { source, at };
    Ok(lzop_header(&mut cursor)?.map(|()| cursor.at))
}

fn lzop_header<R: ReadAt>(cursor: &mut Cursor<'_, R>) -> PartEnd {
    const MAGIC: [u8; 9] = [0x89, b'L', b'Z', b'O', 0, b'\r', b'\n', 0x1a, b'\n'];
    const WITH_LEVEL: u16 = 0x0940;
    const HAS_FILTER: u32 = 0x800;
    if some!(cursor.peek()?) != MAGIC {
        return Ok(None);
    }
    some!(cursor.skip(9));
    let version = u16::from_be_bytes(some!(cursor.peek()?));
    let newer = version >= WITH_LEVEL;
    some!(cursor.skip(7 + u64::from(newer)));
    let flags = u32::from_be_bytes(some!(cursor.peek()?));
    let filter = if flags & HAS_FILTER != 0 { 4 } else { 0 };
    // Flags, mode and time; then the file's name and the header's checksum.
    some!(cursor.skip(4 + filter + 8 + if newer { 4 } else { 0 }));
    let name = some!(cursor.byte()?);
    Ok(cursor.skip(u64::from(name) + 4))
}

/// What compressors made of a text.
#[cfg(test)]
pub(crate) mod samples {
    use super::Compression;

    /// What is in them, 30 times.
    pub(crate) const TEXT: &str = "kernel/firmware/acpi\n";

    /// [`TEXT`], 30 times, as zstd, xz, lz4 and lzop wrote it.
    const SAMPLES: [(Compression, &str); 6] = [
        (
            Compression::Zstd,
            "28b52ffd647601e50000a86b65726e656c2f6669726d776172652f616370690a0100bd603599c35f8654",
        ),
        (
            Compression::Xz,
            "fd377a585a0000016922de360200210116000000742fe5a3e0027500205d0035994aaba2e2af73523ae0092662282b1e2f\
             b1954f1c78259d3e8adb7594000000a1a1c8c0000138f604000000b7636a633e300d8b020000000001595a",
        ),
        // Two filters, checksums of 8 bytes.
        (
            Compression::Xz,
            "fd377a585a000004e6d6b44602010400210116000d86351fe0027500205d0035994aaba2e2af73523ae0092662282b1e2f\
             b1954f1c78259d3e8adb7594000000a485c0aae594d00b00013cf604000000a121fbf8b1c467fb020000000004595a",
        ),
        (
            Compression::Lz4Legacy,
            "02214c1822000000ff066b65726e656c2f6669726d776172652f616370690a1500ffff4b50616370690a",
        ),
        (
            Compression::Lz4,
            "04224d186440a722000000ff066b65726e656c2f6669726d776172652f616370690a1500ffff4b50616370690a000000000dde7e\
             ef",
        ),
        (
            Compression::Lzo,
            "894c5a4f000d0a1a0a104020a00940010503000009000081a46b0610e90000000005742e7478744eb10602000002760000002e2e\
             07ec9b00036b65726e656c2f6669726d776172652f616370690a2000003550000a69726d776172652f616370690a110000000000\
             00",
        ),
    ];

    /// All of them, with their formats.
    pub(crate) fn all() -> impl Iterator<Item = (Compression, Vec<u8>)> {
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        SAMPLES.into_iter().map(move |(format, hex)| (format, hex.as_bytes().chunks(2).map(byte).collect()))
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn end(format: Compression, bytes: &[u8], at: u64) -> Extent {
        extent(format, &bytes, at).unwrap()
    }

    #[test]
    fn ends_are_found_whatever_follows() {
        for (format, bytes) in samples::all() {
            assert_eq!(Compression::detect(&bytes), Some(format));
            let len = bytes.len() as u64;
            for behind in [&b""[..], &[0; 3], &[0; 600], b"\0\0\0\x00070701"] {
                let all = [b"1234567", &bytes[..], behind].concat();
                assert_eq!(end(format, &all, 7), Extent::Known(7 + len), "{format} {behind:?}");
            }
            // LZ4's legacy format has no end: what follows at once counts as the length of a block.
            let archive = [&bytes[..], b"070701"].concat();
            let is_legacy = format == Compression::Lz4Legacy;
            let expected = if is_legacy { Extent::Damaged { at: len } } else { Extent::Known(len) };
            assert_eq!(end(format, &archive, 0), expected, "{format}");
        }
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_told() {
        for (format, bytes) in samples::all() {
            for len in 0..bytes.len() {
                let is_cut =
                    matches!(end(format, &bytes[..len], 0), Extent::Damaged { at } if at <= len as u64);
                // Between two blocks, and before the length of one, LZ4's legacy format may end.
                let may_end = format == Compression::Lz4Legacy && (4..8).contains(&len);
                assert!(is_cut != may_end, "{format} {len}");
            }
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 0xff;
                match end(format, &damaged, 0) {
                    Extent::Known(end) => assert!(end <= bytes.len() as u64),
                    Extent::Damaged { at } => assert!(at <= bytes.len() as u64),
                    Extent::Unknown => panic!("{format} {at}"),
                }
            }
        }
        let (_, legacy) = samples::all().nth(3).unwrap();
        let two = [&legacy[..], &legacy].concat();
        assert_eq!(
            end(Compression::Lz4Legacy, &two, 0),
            Extent::Known(two.len() as u64),
            "one behind the other"
        );
        for format in [Compression::Gzip, Compression::Bzip2, Compression::Lzma] {
            assert_eq!(end(format, b"anything", 0), Extent::Unknown);
        }
    }
}
