//! Which file it is, and in which state.

use rustix::fs::{Stat, fstat};
use std::io;
use std::os::fd::AsFd;

/// A file's identity and state: two that are equal have the same content, as far as the file system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileVersion {
    device: u64,
    inode: u64,
    size: i64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileVersion {
    /// That of an open file.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(file: impl AsFd) -> io::Result<FileVersion> {
        Ok(FileVersion::from(&fstat(file)?))
    }

    /// Whether it is the same file, in whatever state.
    pub(super) fn is_same_file(&self, other: &FileVersion) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    /// Whether the content is the same; a file that was renamed meanwhile has another time of change.
    pub(super) fn has_same_content(&self, other: &FileVersion) -> bool {
        self.is_same_file(other) && (self.size, self.modified) == (other.size, other.modified)
    }
}

// Types of the fields differ between architectures.
#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, clippy::cast_lossless, trivial_numeric_casts)]
impl From<&Stat> for FileVersion {
    fn from(stat: &Stat) -> FileVersion {
        FileVersion {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: stat.st_size as i64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }
}
