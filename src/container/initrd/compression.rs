//! The formats in which parts of an initrd are compressed.

use std::fmt;

/// How a part of an initrd is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// LZMA, the format before xz.
    Lzma,
    /// xz.
    Xz,
    /// lzop.
    Lzo,
    /// LZ4 in the legacy format (`lz4 -l`), the only one of LZ4's that the kernel unpacks.
    Lz4Legacy,
    /// LZ4 in its frame format, which the kernel does not know.
    Lz4,
    /// Zstandard.
    Zstd,
}

/// First bytes of each format, as many as the kernel looks at; its name.
const FORMATS: &[(Compression, &[u8], &str)] = &[
    (Compression::Gzip, &[0x1f, 0x8b], "gzip"),
    (Compression::Gzip, &[0x1f, 0x9e], "gzip"),
    (Compression::Bzip2, b"BZ", "bzip2"),
    (Compression::Lzma, &[0x5d, 0x00], "lzma"),
    (Compression::Xz, &[0xfd, 0x37], "xz"),
    (Compression::Lzo, &[0x89, 0x4c], "lzo"),
    (Compression::Lz4Legacy, &[0x02, 0x21], "lz4-legacy"),
    (Compression::Zstd, &[0x28, 0xb5], "zstd"),
    // The kernel has no entry for this one.
    (Compression::Lz4, &[0x04, 0x22, 0x4d, 0x18], "lz4"),
];

impl Compression {
    /// The format that `bytes` begin with.
    pub fn detect(bytes: &[u8]) -> Option<Compression> {
        FORMATS.iter().find(|(_, magic, _)| bytes.starts_with(magic)).map(|(format, ..)| *format)
    }

    /// Its name: `gzip`, `zstd`, `lz4-legacy` and so on.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, _, name)| name)
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (format, magic, name) in FORMATS {
            assert_eq!(Compression::detect(magic), Some(*format));
            assert_eq!(format.to_string(), *name);
            assert_eq!(Compression::detect(magic.get(..1).unwrap_or_default()), None);
        }
        assert_eq!(Compression::detect(b"070701"), None);
    }
}
