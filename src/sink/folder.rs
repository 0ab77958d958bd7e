//! Folders that files are written into.

use super::target::{self, FOLDER, Found};
use super::{How, Output, SinkError, leftover};
use rustix::fs::{Mode, mkdirat, openat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// What a new folder allows, less the umask.
const NEW: Mode = Mode::from_raw_mode(0o777);

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
        let fd = open_or_make(path).map_err(|error| SinkError::file(path, error))?;
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
        Output::below(self.fd.as_fd(), Path::new(name), &path, &self.leftovers)?.write(How::default(), write)
    }
}

fn open_or_make(path: &Path) -> io::Result<OwnedFd> {
    // A name with a slash behind it is the folder's all the same.
    let plain: PathBuf = path.components().collect();
    if plain.file_name().is_none() {
        return Ok(openat(rustix::fs::CWD, path, FOLDER, Mode::empty())?);
    }
    let (place, found) = match target::find_here(&plain) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = plain.parent().filter(|parent| !parent.as_os_str().is_empty()).ok_or(error)?;
            drop(open_or_make(parent)?);
            target::find_here(&plain)?
        }
        other => other?,
    };
    if matches!(found, Found::Nothing) {
        match mkdirat(&place.folder, &place.name, NEW) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(openat(&place.folder, &place.name, FOLDER | rustix::fs::OFlags::NOFOLLOW, Mode::empty())?)
}

/// Opens a folder below another, made where it is not there; no link is followed.
pub(super) fn below(base: &OwnedFd, relative: &Path) -> io::Result<OwnedFd> {
    let mut folder = base.try_clone()?;
    for part in relative.components() {
        let std::path::Component::Normal(name) = part else { return Err(Errno::INVAL.into()) };
        match mkdirat(&folder, name, NEW) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        folder = openat(&folder, name, FOLDER | rustix::fs::OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(folder)
}
