//! A new folder of many files, which is marked until all of them are in it.

use super::walk::below;
use super::{Folder, SinkError, leftover, signals};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, symlinkat, unlinkat};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// The file that stays in a folder whose capture was not finished.
pub const INCOMPLETE: &str = "INCOMPLETE-CAPTURE";

/// What is in it, for people who find it.
const WHY: &[u8] = b"acpihp capture was stopped before everything was in this folder.\n";

/// A folder that is being filled.
#[derive(Debug)]
pub struct CaptureFolder {
    folder: Folder,
    path: PathBuf,
}

impl CaptureFolder {
    /// Makes a folder, or takes one that is empty, and marks it; `None` when something is in it already.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(path: &Path) -> Result<Option<CaptureFolder>, SinkError> {
        signals::file_size_is_an_error();
        let new = CaptureFolder { folder: Folder::make(path)?, path: path.to_owned() };
        if !new.is_empty().map_err(|error| SinkError::file(path, error))? {
            return Ok(None);
        }
        leftover::can_go(&new.folder.fd).map_err(|error| SinkError::file(path, error))?;
        new.file(Path::new(INCOMPLETE), WHY)?;
        Ok(Some(new))
    }

    fn is_empty(&self) -> io::Result<bool> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let entries = Dir::new(openat(&self.folder.fd, ".", flags, Mode::empty())?)?;
        for entry in entries {
            if ![c".", c".."].contains(&entry?.file_name()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes a new file below the folder, for its owner alone.
    ///
    /// # Errors
    /// What the system says, also when there is something of that name, or a link on the way.
    pub fn file(&self, name: &Path, bytes: &[u8]) -> Result<(), SinkError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.with(name, |folder, last| {
            let file = openat(folder, last, flags, Mode::from_raw_mode(0o600))?;
            File::from(file).write_all(bytes)
        })
    }

    /// Makes a symbolic link below the folder.
    ///
    /// # Errors
    /// As [`CaptureFolder::file`].
    pub fn link(&self, name: &Path, to: &str) -> Result<(), SinkError> {
        self.with(name, |folder, last| Ok(symlinkat(to, folder, last)?))
    }

    fn with(
        &self,
        name: &Path,
        act: impl FnOnce(&OwnedFd, &Path) -> io::Result<()>,
    ) -> Result<(), SinkError> {
        let parent = name.parent().unwrap_or(Path::new(""));
        let last = Path::new(name.file_name().unwrap_or_default());
        let done = below(&self.folder.fd, parent).and_then(|folder| act(&folder, last));
        done.map_err(|error| SinkError::file(&self.path.join(name), error))
    }

    /// Takes the mark away: everything is there.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> Result<(), SinkError> {
        unlinkat(&self.folder.fd, INCOMPLETE, AtFlags::empty())
            .map_err(|error| SinkError::file(&self.path.join(INCOMPLETE), error))
    }
}
