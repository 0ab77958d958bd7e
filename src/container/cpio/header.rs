//! The header of a newc entry: a magic number of 6 and thirteen fields of 8 hexadecimal digits.
//!
//! Behind it come the name with its NUL, zeros up to a multiple of 4, the data, and zeros again.

/// Length of the header in bytes.
pub const HEADER_LEN: usize = 110;
/// Magic number of newc.
pub const MAGIC_NEWC: u32 = 0x07_0701;
/// Magic number of newc with data sums in the last field.
pub const MAGIC_CRC: u32 = 0x07_0702;
/// The bits of `mode` that hold the kind of file.
pub const S_IFMT: u32 = 0o170_000;
/// Kind of file: directory.
pub const S_IFDIR: u32 = 0o040_000;
/// Kind of file: symbolic link.
pub const S_IFLNK: u32 = 0o120_000;
/// Kind of file: regular.
pub const S_IFREG: u32 = 0o100_000;
/// Name of the entry that ends an archive.
pub const TRAILER: &[u8] = b"TRAILER!!!";

const MAGIC_DIGITS: usize = 6;
const FIELD_DIGITS: usize = 8;
const FIELDS: usize = 13;

/// A header's numbers. Nothing but the digits has been checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Header {
    /// [`MAGIC_NEWC`] or [`MAGIC_CRC`] in an archive that Linux reads.
    pub magic: u32,
    /// Inode number.
    pub ino: u32,
    /// Kind of file and permissions.
    pub mode: u32,
    /// User id of the owner.
    pub uid: u32,
    /// Group id of the owner.
    pub gid: u32,
    /// Number of links.
    pub nlink: u32,
    /// Time of modification, in seconds since 1970.
    pub mtime: u32,
    /// Length of the data in bytes.
    pub file_size: u32,
    /// Device that the file was on, major number.
    pub dev_major: u32,
    /// Device that the file was on, minor number.
    pub dev_minor: u32,
    /// Device that the file is, major number.
    pub rdev_major: u32,
    /// Device that the file is, minor number.
    pub rdev_minor: u32,
    /// Length of the name in bytes, its NUL included.
    pub name_size: u32,
    /// Sum of the data's bytes where the magic is [`MAGIC_CRC`], else 0.
    pub check: u32,
}

/// A byte in a header that is no hexadecimal digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHex {
    /// Offset in the header.
    pub at: usize,
    /// The byte that is no hexadecimal digit.
    pub byte: u8,
}

impl Header {
    /// The numbers of a header, whatever its magic.
    ///
    /// # Errors
    /// The first byte that is not one of `0-9a-fA-F`: no sign, blank or `0x` is taken.
    ///
    /// # Kernel
    /// `find_cpio_data` in lib/earlycpio.c, 3.8 to 7.3. The later unpacker (init/initramfs.c) is laxer.
    pub fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Header, NotHex> {
        let (magic, rest) = bytes.split_at(MAGIC_DIGITS);
        let magic = number(magic, 0)?;
        let mut values = [0; FIELDS];
        for (index, (value, digits)) in values.iter_mut().zip(rest.chunks_exact(FIELD_DIGITS)).enumerate() {
            *value = number(digits, MAGIC_DIGITS + index * FIELD_DIGITS)?;
        }
        let [ino, mode, uid, gid, nlink, mtime, file_size, maj, min, rmaj, rmin, name_size, check] = values;
        Ok(Header {
            magic,
            ino,
            mode,
            uid,
            gid,
            nlink,
            mtime,
            file_size,
            dev_major: maj,
            dev_minor: min,
            rdev_major: rmaj,
            rdev_minor: rmin,
            name_size,
            check,
        })
    }

    /// The numbers of a header as the later unpacker reads them up to 6.18 and beyond: a number ends at the first byte that is
    /// no hexadecimal digit, and is 0 without one; `0x` in front of it is left out.
    ///
    /// # Kernel
    /// `parse_header` in init/initramfs.c and `simple_strtoul` in lib/vsprintf.c, 5.10 to 6.18.
    pub fn parse_lax(bytes: &[u8; HEADER_LEN]) -> Header {
        let mut digits = *bytes;
        for field in digits.get_mut(MAGIC_DIGITS..).unwrap_or_default().chunks_exact_mut(FIELD_DIGITS) {
            let is_prefixed = matches!(field, [b'0', b'x' | b'X', ..]);
            let number = field.get(if is_prefixed { 2 } else { 0 }..).unwrap_or_default();
            let number: Vec<u8> = number.iter().copied().take_while(u8::is_ascii_hexdigit).collect();
            let room = field.len().saturating_sub(number.len());
            field.fill(b'0');
            if let Some(end) = field.get_mut(room..) {
                end.copy_from_slice(&number);
            }
        }
        Header::parse(&digits).unwrap_or_default()
    }

    /// Whether the magic number is one that Linux reads.
    pub fn is_newc(&self) -> bool {
        matches!(self.magic, MAGIC_NEWC | MAGIC_CRC)
    }

    /// Whether the entry is a regular file.
    pub fn is_regular(&self) -> bool {
        self.mode & S_IFMT == S_IFREG
    }

    /// What the entry is, in a word: `file`, `folder`, `link`, `device`, `pipe`, `socket` or `other`.
    pub fn kind(&self) -> &'static str {
        match self.mode & S_IFMT {
            S_IFREG => "file",
            S_IFDIR => "folder",
            S_IFLNK => "link",
            0o020_000 | 0o060_000 => "device",
            0o010_000 => "pipe",
            0o140_000 => "socket",
            _ => "other",
        }
    }

    /// Whether the entry is a directory.
    pub fn is_directory(&self) -> bool {
        self.mode & S_IFMT == S_IFDIR
    }
}

/// At most eight digits as a number; `base` is where they stand in the header.
fn number(digits: &[u8], base: usize) -> Result<u32, NotHex> {
    digits.iter().enumerate().try_fold(0, |value, (index, byte)| {
        let digit = char::from(*byte).to_digit(16).ok_or(NotHex { at: base + index, byte: *byte })?;
        Ok(value << 4 | digit)
    })
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn digits(field: usize, text: &[u8]) -> [u8; HEADER_LEN] {
        let mut header = [b'0'; HEADER_LEN];
        header[..6].copy_from_slice(b"070701");
        header[field..field + text.len()].copy_from_slice(text);
        header
    }

    #[test]
    fn every_field_is_read_from_its_place() {
        let text = b"070702000000010000000200000003000000040000000500000006000000070000000800000009\
                     0000000A0000000b0000000C0000000d";
        let header = Header::parse(text).unwrap();
        let expected = Header {
            magic: MAGIC_CRC,
            ino: 1,
            mode: 2,
            uid: 3,
            gid: 4,
            nlink: 5,
            mtime: 6,
            file_size: 7,
            dev_major: 8,
            dev_minor: 9,
            rdev_major: 10,
            rdev_minor: 11,
            name_size: 12,
            check: 13,
        };
        assert_eq!(header, expected);
        assert_eq!(Header::parse(&digits(54, b"ffffFFFF")).unwrap().file_size, u32::MAX);
    }

    #[test]
    fn only_hexadecimal_digits_are_taken() {
        for text in [b"+0000001", b"0x000001", b" 0000001", b"0000000g", b"0000\x0000\xff"] {
            let at = 54 + text.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap();
            assert_eq!(Header::parse(&digits(54, text)).unwrap_err().at, at);
        }
        assert_eq!(Header::parse(&[0; HEADER_LEN]), Err(NotHex { at: 0, byte: 0 }));
    }

    #[test]
    fn the_unpacker_takes_what_begins_like_a_number() {
        let number = |text: &[u8]| Header::parse_lax(&digits(54, text)).file_size;
        assert_eq!(number(b"0000001f"), 0x1f);
        assert_eq!(number(b"0x00001F"), 0x1f);
        assert_eq!(number(b"0X1f g00"), 0x1f);
        assert_eq!(number(b"12g00000"), 0x12);
        assert_eq!(number(b" 0000012"), 0);
        assert_eq!(number(b"+0000012"), 0);
        assert_eq!(number(b"FFFFFFFF"), u32::MAX);
        let strict = digits(94, b"0000001c");
        assert_eq!(Header::parse_lax(&strict), Header::parse(&strict).unwrap());
    }
}
