//! Writing an override archive: uncompressed newc with the same bytes for the same files, always.
//!
//! The directories come first, then the files in the order given, the trailer, and zeros up to a multiple of 512. Inode
//! numbers count from 1, owner, group and devices are 0, every link count is 1, and all times are the one given. That is
//! what GNU cpio writes with `-o -H newc --reproducible -R 0:0`, but for the case of the hexadecimal digits, its inode
//! numbers, which count from 0, and the link counts of directories, which depend on the file system.

use super::early::{ACPI_PREFIX, REPORTED_NAME_LEN};
use super::header::{HEADER_LEN, S_IFDIR, S_IFREG, TRAILER};
use crate::bytes::escape;
use cpio::newc;
use std::collections::HashSet;
use std::io::{self, Write};

/// The archive's length, and with it whatever follows, is a multiple of this.
pub const FILL: usize = 512;
/// The longest file name that the kernel takes without a warning: with its NUL it fits where the kernel keeps it.
pub const NAME_LEN: usize = REPORTED_NAME_LEN - 1;

const DIRECTORIES: [&str; 3] = ["kernel", "kernel/firmware", "kernel/firmware/acpi"];

/// A file to put below kernel/firmware/acpi/.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Its name below that folder.
    pub name: &'a str,
    /// What it holds.
    pub data: &'a [u8],
}

/// A file in an archive that was written. Offsets are in bytes from the archive's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its path in the archive.
    pub path: String,
    /// Where its header stands.
    pub header_at: usize,
    /// Where its data stand.
    pub data_at: usize,
    /// Length of its data in bytes.
    pub len: usize,
}

/// An archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The whole archive, trailer and padding included.
    pub bytes: Vec<u8>,
    /// Where the files are in it, in order.
    pub files: Vec<Placed>,
}

/// Why no archive was written.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A name cannot stand below kernel/firmware/acpi/.
    #[error("{}: no name for a file in the archive ({why})", escape(name.as_bytes()))]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file has more bytes than a newc header can say.
    #[error("{}: {len} bytes, and newc ends at 4294967295", escape(name.as_bytes()))]
    TooLong {
        /// The file's name.
        name: String,
        /// Its length.
        len: usize,
    },
    /// Fewer bytes came out than were put in.
    #[error("{}: {source}", escape(path.as_bytes()))]
    Write {
        /// The entry.
        path: String,
        /// What went wrong.
        source: io::Error,
    },
}

/// Writes an archive of `files`, all with the time `mtime` (seconds since 1970).
///
/// # Errors
/// [`BuildError`] for a name that is empty, used twice, has a `/` or a NUL or is `.` or `..`, and for a file of 4 GiB or
/// more. Names longer than [`NAME_LEN`] are written as they are.
pub fn build(files: &[File<'_>], mtime: u32) -> Result<Archive, BuildError> {
    check_names(files)?;
    let room = |len: usize| len.saturating_add(HEADER_LEN + 64);
    let mut out = ArchiveOutput {
        bytes: Vec::with_capacity(files.iter().fold(1024, |sum, file| sum + room(file.data.len()))),
        ino: 0,
        mtime,
    };
    for path in DIRECTORIES {
        out.entry(path, S_IFDIR | 0o755, &[])?;
    }
    let prefix = String::from_utf8_lossy(ACPI_PREFIX);
    let placed = files
        .iter()
        .map(|file| {
            let path = format!("{prefix}{}", file.name);
            let header_at = out.bytes.len();
            out.entry(&path, S_IFREG | 0o644, file.data)?;
            let data_at = (header_at + HEADER_LEN + path.len() + 1).next_multiple_of(4);
            Ok(Placed { path, header_at, data_at, len: file.data.len() })
        })
        .collect::<Result<_, BuildError>>()?;
    let trailer = String::from_utf8_lossy(TRAILER);
    newc::trailer(&mut out.bytes)
        .map_err(|source| BuildError::Write { path: trailer.into_owned(), source })?;
    out.bytes.resize(out.bytes.len().next_multiple_of(FILL), 0);
    Ok(Archive { bytes: out.bytes, files: placed })
}

fn check_names(files: &[File<'_>]) -> Result<(), BuildError> {
    let mut seen = HashSet::new();
    for file in files {
        let why = match file.name {
            "" => "it is empty",
            "." | ".." => "it is a folder",
            name if name.contains(['/', '\0']) => "it has a slash or a NUL",
            name if !seen.insert(name) => "it is there twice",
            _ => continue,
        };
        return Err(BuildError::Name { name: file.name.to_owned(), why });
    }
    Ok(())
}

struct ArchiveOutput {
    bytes: Vec<u8>,
    ino: u32,
    mtime: u32,
}

impl ArchiveOutput {
    /// Appends an entry. The cpio crate does not mind when fewer bytes are written than announced, or more than 4 GiB.
    fn entry(&mut self, path: &str, mode: u32, data: &[u8]) -> Result<(), BuildError> {
        let Ok(len) = u32::try_from(data.len()) else {
            return Err(BuildError::TooLong { name: path.to_owned(), len: data.len() });
        };
        self.ino = self.ino.saturating_add(1);
        let before = self.bytes.len();
        let head = (before + HEADER_LEN + path.len() + 1).next_multiple_of(4);
        let builder = newc::Builder::new(path).ino(self.ino).mode(mode).nlink(1).mtime(self.mtime);
        let mut writer = builder.write(&mut self.bytes, len);
        let written = writer.write_all(data).and_then(|()| writer.finish().map(drop));
        written.map_err(|source| BuildError::Write { path: path.to_owned(), source })?;
        if self.bytes.len() != (head + data.len()).next_multiple_of(4) {
            let source = io::ErrorKind::UnexpectedEof.into();
            return Err(BuildError::Write { path: path.to_owned(), source });
        }
        Ok(())
    }
}

/// A name for the archive from the name of a file: the same, unless it is longer than [`NAME_LEN`] bytes, has other characters
/// than letters, digits, `.`, `_` and `-`, or is one of `taken`. Of a name that is cut, an ending of up to four stays.
///
/// The kernel does not care for names; they only appear in its log, which is where people look for them.
pub fn clean_name(file_name: &[u8], taken: &HashSet<String>) -> String {
    let clean: String = String::from_utf8_lossy(file_name)
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() || "._-".contains(sign) { sign } else { '_' })
        .collect();
    // Names of dots alone are folders.
    let clean = if clean.bytes().all(|byte| byte == b'.') { "" } else { clean.as_str() };
    let (stem, ending) = match clean.rfind('.').map(|at| clean.split_at(at)) {
        Some((stem, ending)) if !stem.is_empty() && (2..=5).contains(&ending.len()) => (stem, ending),
        _ => (clean, ""),
    };
    let stem = if stem.is_empty() { "table" } else { stem };
    (1u64..)
        .map(|number| {
            let tail = if number == 1 { ending.to_owned() } else { format!("-{number}{ending}") };
            let room = NAME_LEN.saturating_sub(tail.len());
            format!("{}{tail}", stem.get(..room).unwrap_or(stem))
        })
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::super::early::{StopReason, find_all};
    use super::*;

    fn two() -> Archive {
        let files = [File { name: "srat.aml", data: &[0xab; 0x120] }, File { name: "b", data: &[0xcd; 37] }];
        build(&files, 0).unwrap()
    }

    #[test]
    fn what_is_written_is_what_the_kernel_finds() {
        let archive = two();
        let (entries, stop) = find_all(&archive.bytes, ACPI_PREFIX);
        assert_eq!(entries.len(), 2);
        for (entry, placed) in entries.iter().zip(&archive.files) {
            assert_eq!(
                (entry.header_at, entry.data_at, entry.data.len()),
                (placed.header_at, placed.data_at, placed.len)
            );
            assert_eq!(entry.name(), placed.path.as_bytes());
            assert_eq!(entry.matched.unwrap().too_long, None);
        }
        assert_eq!((entries[0].data, entries[1].data), (&[0xab; 0x120][..], &[0xcd; 37][..]));
        assert!(matches!(stop.reason, StopReason::End { .. }));
        assert_eq!(archive.bytes.len() % FILL, 0);
    }

    #[test]
    fn an_independent_reader_agrees() {
        let archive = two();
        let mut rest = &archive.bytes[..];
        let mut seen = Vec::new();
        loop {
            let reader = newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            let entry = reader.entry().clone();
            assert_eq!((entry.uid(), entry.gid(), entry.mtime(), entry.nlink()), (0, 0, 0, 1));
            assert_eq!(entry.ino(), seen.len() as u32 + 1);
            let mut data = Vec::new();
            rest = reader.to_writer(&mut data).unwrap();
            seen.push((entry.name().to_owned(), entry.mode(), data));
        }
        let names: Vec<_> = seen.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names[..3], DIRECTORIES);
        assert_eq!(names[3..], ["kernel/firmware/acpi/srat.aml", "kernel/firmware/acpi/b"]);
        assert!(seen[..3].iter().all(|(_, mode, data)| *mode == 0o040_755 && data.is_empty()));
        assert_eq!(
            (seen[3].1, &seen[3].2[..], &seen[4].2[..]),
            (0o100_644, &[0xab; 0x120][..], &[0xcd; 37][..])
        );
    }

    #[test]
    fn time_is_the_only_thing_that_may_differ() {
        assert_eq!(two(), two());
        let files = [File { name: "srat.aml", data: b"x" }];
        let (old, new) = (build(&files, 0).unwrap().bytes, build(&files, 0x1234_5678).unwrap().bytes);
        let differ: Vec<_> = (0..old.len()).filter(|at| old[*at] != new[*at]).collect();
        assert_eq!(differ.len(), 4 * 8);
        assert_eq!(&new[46..54], b"12345678");
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        for name in ["", ".", "..", "a/b", "a\0b"] {
            assert!(
                matches!(build(&[File { name, data: b"" }], 0), Err(BuildError::Name { .. })),
                "{name:?}"
            );
        }
        let twice = [File { name: "a", data: b"" }; 2];
        assert!(build(&twice, 0).unwrap_err().to_string().contains("twice"));
        assert!(build(&[], 0).unwrap().files.is_empty());
    }

    #[test]
    fn file_names_become_names_that_the_kernel_reports_whole() {
        let mut taken = HashSet::new();
        let given: [(&[u8], &str); 12] = [
            (b"SRAT.aml", "SRAT.aml"),
            (b"srat.AML", "srat.AML"),
            (b"SRAT.aml", "SRAT-2.aml"),
            (b"SRAT", "SRAT"),
            (b"exactly-12ch.aml", "exactly-12ch.aml"),
            (b"a-very-long-name.aml", "a-very-long-.aml"),
            (b"a-very-long-name2.aml", "a-very-lon-2.aml"),
            (b"no.ending-of-a-file", "no.ending-of-a-f"),
            ("gr\u{fc}n \u{1b}[2J.dat".as_bytes(), "gr_n___2J.dat"),
            (b"\xff\xfe", "__"),
            (b".aml", ".aml"),
            (b"", "table"),
        ];
        for (name, expected) in given {
            let clean = clean_name(name, &taken);
            assert_eq!(clean, expected);
            assert!(clean.len() <= NAME_LEN);
            assert!(taken.insert(clean));
        }
        assert_eq!(clean_name(b"..", &taken), "table-2");
    }
}
