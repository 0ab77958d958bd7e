//! The bytes of a file, read or mapped: the only unsafe code of the crate.

use memmap2::Mmap;
use rustix::fs::fstatfs;
use std::fs::{File, Metadata};
use std::io;
use std::ops::Deref;

/// From this size on, in bytes, a regular file is mapped: 64 MiB.
pub const THRESHOLD: u64 = 64 << 20;

/// File systems whose files are made as they are read, and whose memory can be a device's: procfs, sysfs, debugfs,
/// tracefs, securityfs and the rest of linux/magic.h that is like them.
const MADE_ON_READ: [u64; 8] = [
    0x9fa0,      // proc
    0x6265_6572, // sysfs
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0x6265_6570, // configfs
    0xde5e_81e4, // efivarfs
    0x0027_e0eb, // cgroup
];

/// All bytes of a file.
#[derive(Debug)]
pub struct Bytes(Kind);

#[derive(Debug)]
enum Kind {
    Owned(Vec<u8>),
    Mapped(Mmap),
}

impl Bytes {
    /// Whether the bytes are the file itself and not a copy.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Kind::Mapped(_))
    }

    /// Maps a regular file of at least [`THRESHOLD`] bytes; `None` where reading is the better way.
    ///
    /// Whoever cuts such a file short while it is looked at ends this process with SIGBUS, as with any program that
    /// maps files. The threshold leaves that to images: tables, dumps and nearly all initrds are read.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn map(file: &File, meta: &Metadata) -> io::Result<Option<Bytes>> {
        if !meta.is_file() || meta.len() < THRESHOLD || usize::try_from(meta.len()).is_err() {
            return Ok(None);
        }
        // The type of f_type differs between architectures.
        #[allow(clippy::unnecessary_cast)]
        let magic = fstatfs(file)?.f_type as u64 & 0xffff_ffff;
        if MADE_ON_READ.contains(&magic) {
            return Ok(None);
        }
        map_regular(file).map(|map| Some(Bytes(Kind::Mapped(map))))
    }
}

#[allow(unsafe_code)]
fn map_regular(file: &File) -> io::Result<Mmap> {
    // SAFETY: the mapping is private to this function's caller, read only, and of a regular file on a file system that
    // holds its contents. What remains is another process that changes the file meanwhile. Nothing here relies on two
    // reads of one byte being equal: what is parsed is checked where it is used, with bounds of the mapping and never
    // of the file, so changed contents give a wrong answer about a file that has changed. Lengths do not change with
    // the file; pages that are gone raise SIGBUS, which ends the process before a wrong value is seen.
    unsafe { Mmap::map(file) }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(Kind::Owned(bytes))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Owned(bytes) => bytes,
            Kind::Mapped(map) => map,
        }
    }
}
