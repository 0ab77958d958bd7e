//! Where a path leads, found as open() finds it, once.

use super::descriptor;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The kernel follows no more links in one path.
///
/// # Kernel
/// `MAXSYMLINKS` in include/linux/namei.h.
const MOST_LINKS: usize = 40;

/// How a folder is opened that others are found from.
pub(super) const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

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

/// Finds where `path` leads from the folder `base`. Links of the last part are followed where open() would follow them.
///
/// # Errors
/// What the system says about anything but a name that is not there.
pub(super) fn find(base: BorrowedFd<'_>, path: &Path) -> io::Result<(NameInFolder, Found)> {
    let (parent, name) = split(path)?;
    let mut place = NameInFolder { folder: openat(base, parent.as_os_str(), FOLDER, Mode::empty())?, name };
    for _ in 0..=MOST_LINKS {
        let link = match look(&place)? {
            TargetLook::Done(found) => return Ok((place, found)),
            TargetLook::Link(link) => link,
        };
        let (parent, name) = split(&link)?;
        place =
            NameInFolder { folder: openat(&place.folder, parent.as_os_str(), FOLDER, Mode::empty())?, name };
    }
    Err(Errno::LOOP.into())
}

enum TargetLook {
    Done(Found),
    Link(PathBuf),
}

fn look(place: &NameInFolder) -> io::Result<TargetLook> {
    let NameInFolder { folder, name } = place;
    let fd = match openat(folder, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(TargetLook::Done(Found::Nothing)),
        other => other?,
    };
    let stat = fstat(&fd)?;
    Ok(TargetLook::Done(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink if descriptor::is_proc(folder) => {
            Found::Descriptor(descriptor::numbered(folder, name)?)
        }
        FileType::Symlink => return follow(place, &fd, &stat).map(TargetLook::Link),
        FileType::RegularFile => {
            writable(place, &stat)?;
            Found::Regular(fd, stat)
        }
        FileType::Directory => Found::Folder,
        _ => Found::Special(stat),
    }))
}

/// The text of a link, if it may be followed: the kernel is asked, and then the rule of its `protected_symlinks` holds
/// also where that is switched off. In a sticky folder that everybody may write to, links of others are not followed,
/// but for those of the folder's owner.
///
/// # Kernel
/// `may_follow_link` in fs/namei.c, Documentation/admin-guide/sysctl/fs.rst.
fn follow(place: &NameInFolder, link: &OwnedFd, stat: &Stat) -> io::Result<PathBuf> {
    match openat(&place.folder, &place.name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
        Ok(_) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let folder = fstat(&place.folder)?;
    let is_shared = Mode::from_raw_mode(folder.st_mode).contains(Mode::SVTX | Mode::WOTH);
    if is_shared && stat.st_uid != geteuid().as_raw() && stat.st_uid != folder.st_uid {
        return Err(Errno::ACCESS.into());
    }
    let text = readlinkat(link, "", Vec::new())?.into_bytes();
    if text.is_empty() {
        return Err(Errno::NOENT.into());
    }
    Ok(PathBuf::from(OsString::from_vec(text)))
}

/// Whether a file of somebody else may be replaced in a sticky folder that others may write to: the kernel is asked, and then the rule
/// of its `protected_regular` holds also where that is switched off. Who made the file keeps it, and would read what root writes.
///
/// # Kernel
/// `may_create_in_sticky` in fs/namei.c: the `protected_regular` of Documentation/admin-guide/sysctl/fs.rst.
fn writable(place: &NameInFolder, stat: &Stat) -> io::Result<()> {
    if stat.st_uid == geteuid().as_raw() || !is_sticky(&place.folder)? {
        return Ok(());
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(&place.folder, &place.name, flags, Mode::from_raw_mode(0o600))?;
    let folder = fstat(&place.folder)?;
    let is_shared = Mode::from_raw_mode(folder.st_mode).contains(Mode::WOTH);
    if is_shared && stat.st_uid != folder.st_uid { Err(Errno::ACCESS.into()) } else { Ok(()) }
}

/// Whether others may put files into a folder, and not take them away.
pub(super) fn is_sticky(folder: impl AsFd) -> io::Result<bool> {
    let mode = Mode::from_raw_mode(fstat(folder)?.st_mode);
    Ok(mode.contains(Mode::SVTX) && mode.intersects(Mode::WOTH | Mode::WGRP))
}

/// What has the name now; links are not followed.
pub(super) fn now(place: &NameInFolder) -> io::Result<Option<Stat>> {
    match statat(&place.folder, &place.name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A path's folder and its last part.
fn split(path: &Path) -> io::Result<(PathBuf, OsString)> {
    let bytes = path.as_os_str().as_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash.saturating_add(1));
    let (parent, name) = bytes.split_at(at);
    match name {
        [] if bytes.is_empty() => Err(Errno::NOENT.into()),
        [] | b"." | b".." => Err(Errno::ISDIR.into()),
        name => {
            let parent = if parent.is_empty() { &b"."[..] } else { parent };
            Ok((PathBuf::from(OsStr::from_bytes(parent)), OsStr::from_bytes(name).to_owned()))
        }
    }
}

/// As [`find`], from the current folder.
pub(super) fn find_here(path: &Path) -> io::Result<(NameInFolder, Found)> {
    find(CWD, path)
}
