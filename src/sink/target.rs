//! Where a path leads, found as open() finds it, once.

use super::walk::{NODE, Walk};
use super::{descriptor, theirs};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What messages call all that is no file, folder or link.
pub(super) const SPECIAL: &str = "pipe or device";

/// A name in an open folder.
#[derive(Debug)]
pub(super) struct NameInFolder {
    pub(super) folder: OwnedFd,
    pub(super) name: OsString,
}

/// What has that name.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    /// A regular file, opened with O_PATH: it stays the one that was found.
    Regular(OwnedFd, Stat),
    Folder,
    /// A device, a pipe, a socket.
    Special(Stat),
    /// What this process has open already.
    Descriptor(OwnedFd),
}

/// Finds where `path` leads from the current folder. Links are followed where open() would follow them, but for those that
/// [`theirs`] refuses.
///
/// # Errors
/// What the system says about anything but a name that is not there.
pub(super) fn find(path: &Path) -> io::Result<(NameInFolder, Found)> {
    let mut walk = Walk::new(path)?;
    if walk.ends_in_folder() {
        return Err(Errno::ISDIR.into());
    }
    loop {
        let name = walk.up_to_last()?;
        match look(&walk.here, &name)? {
            TargetLook::Link(link, stat) => walk.follow(&name, &link, &stat)?,
            TargetLook::Done(found) => return Ok((NameInFolder { folder: walk.here, name }, found)),
        }
    }
}

/// Finds what has this name in a folder. The program chose the name, so it is written to a file there and nowhere else.
///
/// # Errors
/// What the system says; a link, a pipe or a device of this name.
pub(super) fn find_in(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<(NameInFolder, Found)> {
    if name.as_bytes().contains(&b'/') {
        return Err(Errno::INVAL.into());
    }
    let place = NameInFolder { folder: folder.try_clone_to_owned()?, name: name.to_owned() };
    match look(&place.folder, name)? {
        TargetLook::Done(found @ (Found::Nothing | Found::Regular(..) | Found::Folder)) => Ok((place, found)),
        TargetLook::Link(..) | TargetLook::Done(Found::Descriptor(_)) => Err(io::Error::other(
            "there is a symbolic link of this name; none is followed below an output's folder",
        )),
        TargetLook::Done(Found::Special(_)) => {
            Err(io::Error::other("there is a pipe or a device of this name"))
        }
    }
}

enum TargetLook {
    Done(Found),
    Link(OwnedFd, Stat),
}

fn look(folder: &OwnedFd, name: &OsStr) -> io::Result<TargetLook> {
    let fd = match openat(folder, name, NODE, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(TargetLook::Done(Found::Nothing)),
        other => other?,
    };
    let stat = fstat(&fd)?;
    Ok(TargetLook::Done(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink if descriptor::is_proc(folder) => {
            Found::Descriptor(descriptor::numbered(folder, name)?)
        }
        FileType::Symlink => return Ok(TargetLook::Link(fd, stat)),
        FileType::RegularFile => {
            writable(folder, name, &stat)?;
            Found::Regular(fd, stat)
        }
        FileType::Directory => Found::Folder,
        _ => {
            theirs::refuse(folder, name, &stat, SPECIAL)?;
            Found::Special(stat)
        }
    }))
}

/// Whether a file of somebody else may be replaced in a sticky folder that others may write to: [`theirs`] has the rule, and
/// then the kernel is asked. Who made the file keeps it, and would read what root writes.
fn writable(folder: &OwnedFd, name: &OsStr, stat: &Stat) -> io::Result<()> {
    theirs::refuse(folder, name, stat, "file")?;
    if stat.st_uid == geteuid().as_raw() || !theirs::is_sticky(folder)? {
        return Ok(());
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::from_raw_mode(0o600))?;
    Ok(())
}

/// What has the name now; links are not followed.
pub(super) fn now(place: &NameInFolder) -> io::Result<Option<Stat>> {
    match statat(&place.folder, &place.name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
