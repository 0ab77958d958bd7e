//! What other users put into folders that everybody may write to, as /tmp is.

use crate::source::display;
use rustix::fs::{Mode, Stat, fstat};
use rustix::process::geteuid;
use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// Refuses `what` with the name `name` in a sticky folder that everybody may write to, unless it belongs to this user or
/// to the folder's owner. These are the kernel's rules for links, files and pipes there, whether they are switched on or
/// not; the kernel's rule for links is about the last part of a path, this one is asked about each.
///
/// # Errors
/// Permission denied, with the reason; what the system says about the folder.
///
/// # Kernel
/// `may_follow_link` and `may_create_in_sticky` in fs/namei.c: `protected_symlinks`, `protected_regular` and
/// `protected_fifos` in Documentation/admin-guide/sysctl/fs.rst.
pub(super) fn refuse(folder: impl AsFd, name: &OsStr, stat: &Stat, what: &str) -> io::Result<()> {
    let folder = fstat(folder)?;
    let is_shared = Mode::from_raw_mode(folder.st_mode).contains(Mode::SVTX | Mode::WOTH);
    if !is_shared || stat.st_uid == geteuid().as_raw() || stat.st_uid == folder.st_uid {
        return Ok(());
    }
    let name = display(Path::new(name));
    let why =
        format!("Permission denied: {name} is another user's {what} in a folder that everybody may write to");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

/// Whether others may put files into a folder, and not take them away.
pub(super) fn is_sticky(folder: impl AsFd) -> io::Result<bool> {
    let mode = Mode::from_raw_mode(fstat(folder)?.st_mode);
    Ok(mode.contains(Mode::SVTX) && mode.intersects(Mode::WOTH | Mode::WGRP))
}
