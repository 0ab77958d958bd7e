//! Names of temporary files, and what a killed run has left under them.
//!
//! A temporary file is locked (flock) from before it gets its name until its process ends, so whoever gets the lock
//! knows that nobody is at work on it. Only a file of the same user is taken for a leftover, except where nobody else
//! can put one: others may plant such names in /tmp.

use super::note;
use super::walk::FOLDER;
use crate::source::{display, reason};
use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, StatxAttributes, StatxFlags, flock, fstat,
    openat, statat, statx, unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How the name of every temporary file begins.
const PREFIX: &str = ".acpihp-";

/// The beginning that all temporary files of one output share: its own name may be as long as names can be.
fn prefix_for(name: &OsStr) -> String {
    // FNV-1a: the same in every run and release.
    let hash = name.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{PREFIX}{hash:016x}-")
}

/// A new name for a temporary file of the output `name`.
pub(super) fn new_name(name: &OsStr) -> OsString {
    // Each state has random keys of the system.
    let number = RandomState::new().build_hasher().finish();
    format!("{}{number:016x}", prefix_for(name)).into()
}

/// The names in a folder that are those of temporary files; none where it cannot be listed.
pub(super) fn listed(folder: impl AsFd) -> Vec<OsString> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let entries = openat(&folder, ".", flags, Mode::empty()).and_then(Dir::new);
    let Ok(entries) = entries else { return Vec::new() };
    let names = entries.flatten().map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
    names.filter(|name| name.as_bytes().starts_with(PREFIX.as_bytes())).collect()
}

/// Removes those of the listed names that are leftovers of the output `name`.
pub(super) fn remove(folder: impl AsFd, name: &OsStr, listed: &[OsString]) {
    if listed.is_empty() {
        return;
    }
    let prefix = prefix_for(name);
    for old in listed.iter().filter(|old| old.as_bytes().starts_with(prefix.as_bytes())) {
        if is_ours(&folder, old).unwrap_or(false) {
            take_away(&folder, old, name);
        }
    }
}

/// Removes a temporary file of the output `name`, and says so where that cannot be done.
pub(super) fn take_away(folder: impl AsFd, temporary: &OsStr, name: &OsStr) {
    match unlinkat(folder, temporary, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => note(&format!(
            "{}, a temporary file beside {}, stays there: {}",
            display(Path::new(temporary)),
            display(Path::new(name)),
            reason(&error.into())
        )),
    }
}

/// Whether a name that is given in a folder can be taken away again, as far as the file system tells.
///
/// # Errors
/// The reason why it cannot.
pub(super) fn can_go(folder: impl AsFd) -> io::Result<()> {
    let Ok(stat) = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::empty()) else { return Ok(()) };
    for (attribute, option) in [(StatxAttributes::APPEND, "+a"), (StatxAttributes::IMMUTABLE, "+i")] {
        if stat.stx_attributes.contains(attribute) {
            let why = format!("nothing in its folder can be renamed or removed (chattr {option})");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
    }
    Ok(())
}

/// Whether it is a regular file of this user that no process works on.
fn is_ours(folder: impl AsFd, name: &OsStr) -> io::Result<bool> {
    // Killed before the rename, a file may have the owner of the one that it was to replace.
    let is_private = is_private(&folder)?;
    // Opening anything else could wait, or act on a device.
    let fits = |stat: &Stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
            && (is_private || stat.st_uid == geteuid().as_raw())
    };
    let seen = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if !fits(&seen) {
        return Ok(false);
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = openat(&folder, name, flags, Mode::empty())?;
    let opened = fstat(&file)?;
    let is_seen = (opened.st_dev, opened.st_ino) == (seen.st_dev, seen.st_ino);
    Ok(is_seen && fits(&opened) && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
}

/// Whether nobody but this user and root can put anything into a folder.
fn is_private(folder: impl AsFd) -> io::Result<bool> {
    let stat = fstat(folder)?;
    let is_ours = stat.st_uid == geteuid().as_raw() || stat.st_uid == 0;
    Ok(is_ours && !Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH))
}

/// Opens a folder again to have its entries synced.
pub(super) fn sync(folder: impl AsFd) -> io::Result<()> {
    let flags = FOLDER.difference(OFlags::PATH) | OFlags::RDONLY;
    match openat(folder, ".", flags, Mode::empty()).and_then(rustix::fs::fsync) {
        // A folder that may not be listed, or a file system that has nothing to sync.
        Ok(()) | Err(Errno::ACCESS | Errno::INVAL | Errno::NOTSUP | Errno::ROFS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
