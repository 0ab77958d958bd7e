//! Files that appear whole or not at all: written without a name (O_TMPFILE) where the file system can do that, and
//! given their name when everything is in them.

use super::output::How;
use super::signals::{self, Held};
use super::target::{self, NameInFolder};
use super::{BUFFER_LEN, FileVersion, SinkError, keep, leftover};
use rustix::fs::{
    Access, AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags, Stat, access, flock, linkat, openat,
    renameat, renameat_with,
};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;

/// How many names are tried for a temporary file.
const TRIES: usize = 100;

/// A file that is to be there, and what is there now.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) place: NameInFolder,
    pub(super) existing: Option<(OwnedFd, Stat)>,
}

/// Puts what `write` gives under the name, with all that `how` asks for.
pub(super) fn put(
    target: &Target,
    how: &How<'_>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SinkError> {
    let failed = |error: io::Error| SinkError::file(&target.path, error);
    signals::file_size_is_an_error();
    if target.existing.is_some() {
        leftover::can_go(&target.place.folder).map_err(failed)?;
    }
    let mode = if how.private || target.existing.is_some() { 0o600 } else { 0o666 };
    let mut temporary = Temporary::new(&target.place, Mode::from_raw_mode(mode)).map_err(failed)?;
    let mut out = BufWriter::with_capacity(BUFFER_LEN, &mut temporary);
    let written = write(&mut out).and_then(|()| out.flush());
    let _ = out.into_parts();
    written.map_err(failed)?;
    let old = match &target.existing {
        Some((_, stat)) => {
            let old = keep::reopen(&target.place, stat);
            keep::keep(&temporary.file, old.as_ref(), stat, &target.path).map_err(failed)?;
            if how.private {
                keep::tell_readers(&temporary.file, &target.path).map_err(failed)?;
            }
            old
        }
        None => None,
    };
    if let Some(check) = how.check {
        check(&temporary.file).map_err(|what| SinkError::Check { path: target.path.clone(), what })?;
    }
    if how.durable {
        temporary.file.sync_all().map_err(failed)?;
    }
    publish(temporary, target, how.read.as_ref(), old.as_ref())?;
    if how.durable {
        leftover::sync(&target.place.folder).map_err(failed)?;
    }
    Ok(())
}

/// A file under construction.
struct Temporary<'a> {
    place: &'a NameInFolder,
    file: File,
    name: Option<Name<'a>>,
}

/// The name of a temporary file, which goes when this is dropped. Until then, signals wait.
struct Name<'a> {
    place: &'a NameInFolder,
    name: OsString,
    is_gone: bool,
    held: Held,
}

impl Drop for Name<'_> {
    fn drop(&mut self) {
        if !self.is_gone {
            leftover::take_away(&self.place.folder, &self.name, &self.place.name);
        }
    }
}

impl<'a> Temporary<'a> {
    fn new(place: &'a NameInFolder, mode: Mode) -> io::Result<Temporary<'a>> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        if can_be_linked() {
            match openat(&place.folder, ".", flags | OFlags::TMPFILE, mode) {
                Ok(file) => return Ok(Temporary { place, file: File::from(file), name: None }),
                // The file system, or the kernel, does not know it.
                Err(Errno::NOTSUP | Errno::ISDIR | Errno::INVAL | Errno::NOSYS | Errno::NOENT) => {}
                Err(error) => {
                    leftover::can_go(&place.folder)?;
                    return Err(error.into());
                }
            }
        }
        leftover::can_go(&place.folder)?;
        let held = signals::hold();
        let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let (file, name) = free_name(place, |name| openat(&place.folder, name, flags, mode))?;
        let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
        let name = Some(Name { place, name, is_gone: false, held });
        Ok(Temporary { place, file: File::from(file), name })
    }

    /// Gives it a name of its own, if it has none.
    fn name(&mut self) -> io::Result<&mut Name<'a>> {
        if self.name.is_none() {
            leftover::can_go(&self.place.folder)?;
            let _ = flock(&self.file, FlockOperation::NonBlockingLockExclusive);
            let held = signals::hold();
            let ((), name) = free_name(self.place, |name| link(&self.file, self.place, name))?;
            self.name = Some(Name { place: self.place, name, is_gone: false, held });
        }
        self.name.as_mut().ok_or_else(|| Errno::NOENT.into())
    }
}

impl Write for Temporary<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.name.as_ref().is_some_and(|name| name.held.is_wanted()) {
            return Err(io::Error::other("stopped by a signal"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a file without a name can be given one: with the right to name any descriptor, or through /proc.
fn can_be_linked() -> bool {
    geteuid().is_root() || access("/proc/self/fd", Access::EXISTS).is_ok()
}

fn link(file: &File, place: &NameInFolder, name: &OsStr) -> Result<(), Errno> {
    match linkat(file, "", &place.folder, name, AtFlags::EMPTY_PATH) {
        // Without CAP_DAC_READ_SEARCH.
        Err(Errno::NOENT | Errno::PERM | Errno::INVAL | Errno::ACCESS) => {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(CWD, path, &place.folder, name, AtFlags::SYMLINK_FOLLOW)
        }
        other => other,
    }
}

/// Does something with names until one is free.
fn free_name<T>(
    place: &NameInFolder,
    mut with: impl FnMut(&OsStr) -> Result<T, Errno>,
) -> io::Result<(T, OsString)> {
    for _ in 0..TRIES {
        let name = leftover::new_name(&place.name);
        match with(&name) {
            Err(Errno::EXIST) => {}
            other => return Ok((other?, name)),
        }
    }
    Err(Errno::EXIST.into())
}

/// Gives the file its name.
fn publish(
    mut temporary: Temporary<'_>,
    target: &Target,
    read: Option<&FileVersion>,
    old: Option<&OwnedFd>,
) -> Result<(), SinkError> {
    let failed = |error: io::Error| SinkError::file(&target.path, error);
    let place = &target.place;
    let now = target::now(place).map_err(failed)?.as_ref().map(FileVersion::from);
    let first = target.existing.as_ref().map(|(_, stat)| FileVersion::from(stat));
    let is_read = |version: &FileVersion| read.is_some_and(|read| version.is_same_file(read));
    let in_place = read.filter(|_| first.iter().chain(&now).any(is_read));
    if in_place.is_some_and(|read| now.as_ref() != Some(read)) {
        return Err(SinkError::Changed(target.path.clone()));
    }
    if temporary.name.is_none() && now.is_none() {
        match link(&temporary.file, place, &place.name) {
            Err(Errno::EXIST) => {}
            other => return other.map_err(|error| failed(error.into())),
        }
    }
    let name = temporary.name().map_err(failed)?;
    match in_place {
        Some(read) => {
            // Nobody takes the old file for a leftover while it has the other name.
            let _lock = old.map(|old| flock(old, FlockOperation::NonBlockingLockShared));
            exchange(name, target, read)
        }
        None => replace(name).map_err(failed),
    }
}

fn replace(name: &mut Name<'_>) -> io::Result<()> {
    renameat(&name.place.folder, &name.name, &name.place.folder, &name.place.name)?;
    name.is_gone = true;
    Ok(())
}

/// Replaces the file that was read, and no other: what was there is looked at after it was taken away, and put back if
/// another program has put it there in between.
fn exchange(name: &mut Name<'_>, target: &Target, read: &FileVersion) -> Result<(), SinkError> {
    let failed = |error: io::Error| SinkError::file(&target.path, error);
    let place = &target.place;
    let swap =
        |name: &OsStr| renameat_with(&place.folder, name, &place.folder, &place.name, RenameFlags::EXCHANGE);
    match swap(&name.name) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => return replace(name).map_err(failed),
        other => other.map_err(|error| failed(error.into()))?,
    }
    let taken = NameInFolder { folder: place.folder.try_clone().map_err(failed)?, name: name.name.clone() };
    let taken = target::now(&taken).map_err(failed)?;
    if taken.is_some_and(|stat| FileVersion::from(&stat).has_same_content(read)) {
        return Ok(());
    }
    swap(&name.name).map_err(|error| failed(error.into()))?;
    Err(SinkError::Changed(target.path.clone()))
}
