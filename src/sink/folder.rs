//! Folders that files are written into.

use super::walk::{Walk, below};
use super::{How, Output, SinkError, leftover};
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    pub(super) fd: OwnedFd,
    path: PathBuf,
    leftovers: Vec<OsString>,
}

impl Folder {
    /// Opens a folder, and makes it and those above it where they are not there yet.
    ///
    /// # Errors
    /// What the system says.
    pub fn make(path: &Path) -> Result<Folder, SinkError> {
        let fd = Walk::new(path).and_then(Walk::into_folder).map_err(|error| SinkError::file(path, error))?;
        let leftovers = leftover::listed(&fd);
        Ok(Folder { fd, path: path.to_owned(), leftovers })
    }

    /// Opens a folder below it, and makes it where it does not exist; no link is followed.
    ///
    /// # Errors
    /// What the system says; `EINVAL` for a path that is not relative or has `..` in it.
    pub fn folder(&self, relative: &Path) -> Result<Folder, SinkError> {
        let path = self.path.join(relative);
        let fd = below(&self.fd, relative).map_err(|error| SinkError::file(&path, error))?;
        let leftovers = leftover::listed(&fd);
        Ok(Folder { fd, path, leftovers })
    }

    /// Writes a file of this name in it.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn file(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), SinkError> {
        let path = self.path.join(name);
        Output::below(self.fd.as_fd(), OsStr::new(name), &path, &self.leftovers)?.write(How::default(), write)
    }
}
