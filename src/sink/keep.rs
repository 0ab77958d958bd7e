//! What a file that is replaced hands on to the new one: owner, group, mode, extended attributes.

use super::note;
use super::target::NameInFolder;
use super::walk::FOLDER;
use crate::bytes::escape;
use crate::source::{display, reason};
use rustix::fs::{
    Gid, Mode, OFlags, Stat, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fremovexattr, fsetxattr,
    fstat, openat,
};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// The most bytes that names, or the value, of extended attributes have.
///
/// # Kernel
/// `XATTR_LIST_MAX` and `XATTR_SIZE_MAX` in include/uapi/linux/limits.h.
const XATTR_MAX: usize = 64 << 10;

/// The access list that a new file gets from its folder.
const ACCESS_LIST: &[u8] = b"system.posix_acl_access";

/// What belongs to the old bytes alone: rights of a program, and signatures.
const OF_CONTENT: [&[u8]; 3] = [b"security.capability", b"security.ima", b"security.evm"];

/// Opens a file again that was found, if the name still leads to it and it may be read.
pub(super) fn reopen(place: &NameInFolder, stat: &Stat) -> Option<OwnedFd> {
    let flags = FOLDER.difference(OFlags::PATH | OFlags::DIRECTORY)
        | OFlags::RDONLY
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::NOCTTY;
    let fd = openat(&place.folder, &place.name, flags, Mode::empty()).ok()?;
    let opened = fstat(&fd).ok()?;
    ((opened.st_dev, opened.st_ino) == (stat.st_dev, stat.st_ino)).then_some(fd)
}

/// Gives the new file what the old one had, but for setuid and setgid, and says what could not be kept.
///
/// # Errors
/// What the system says about the new file.
pub(super) fn keep(new: &File, old: Option<&OwnedFd>, stat: &Stat, path: &Path) -> io::Result<()> {
    let mut lost = Vec::new();
    owner(new, stat, &mut lost)?;
    let old_mode = Mode::from_raw_mode(stat.st_mode);
    let mode = old_mode - (Mode::SUID | Mode::SGID);
    if Mode::from_raw_mode(fstat(new)?.st_mode) != mode
        && let Err(error) = fchmod(new, mode)
    {
        lost.push(format!("mode {:o} ({})", mode.bits(), reason(&error.into())));
    }
    for (bit, name) in [(Mode::SUID, "setuid"), (Mode::SGID, "setgid")] {
        if old_mode.contains(bit) {
            lost.push(format!("{name} (never kept)"));
        }
    }
    match old {
        Some(old) => attributes(new, old, &mut lost),
        None => lost.push("extended attributes (it may not be read)".to_owned()),
    }
    let path = display(path);
    if !lost.is_empty() {
        note(&format!("{path} was replaced, not kept: {}", lost.join(", ")));
    }
    match stat.st_nlink.saturating_sub(1) {
        0 => {}
        1 => note(&format!("{path} had another name (a hard link), which keeps the old content")),
        more => note(&format!("{path} had {more} other names (hard links), which keep the old content")),
    }
    Ok(())
}

/// Says who else can read a file that is private when it is new, because of what the one that it replaces handed on.
pub(super) fn tell_readers(new: &File, path: &Path) -> io::Result<()> {
    let stat = fstat(new)?;
    let mode = Mode::from_raw_mode(stat.st_mode);
    let mut why = Vec::new();
    if stat.st_uid != geteuid().as_raw() {
        why.push(format!("owner {}", stat.st_uid));
    }
    // The group's bits are also the most that any entry of an access list gives.
    if mode.intersects(Mode::RGRP | Mode::ROTH) {
        why.push(format!("mode {:o}", mode.bits()));
        if value(new, ACCESS_LIST).is_ok() {
            why.push("access list".to_owned());
        }
    }
    if !why.is_empty() {
        note(&format!(
            "others can read {}: it replaced a file and keeps its {}",
            display(path),
            why.join(", ")
        ));
    }
    Ok(())
}

fn owner(new: &File, stat: &Stat, lost: &mut Vec<String>) -> io::Result<()> {
    let own = fstat(new)?;
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    if (own.st_uid, own.st_gid) == (stat.st_uid, stat.st_gid) || fchown(new, Some(uid), Some(gid)).is_ok() {
        return Ok(());
    }
    if own.st_uid != stat.st_uid
        && let Err(error) = fchown(new, Some(uid), None)
    {
        lost.push(format!("owner {} ({})", stat.st_uid, reason(&error.into())));
    }
    if own.st_gid != stat.st_gid
        && let Err(error) = fchown(new, None, Some(gid))
    {
        lost.push(format!("group {} ({})", stat.st_gid, reason(&error.into())));
    }
    Ok(())
}

fn attributes(new: &File, old: &OwnedFd, lost: &mut Vec<String>) {
    let names = match names(old) {
        Ok(names) => names,
        Err(error) => return lost.push(format!("extended attributes ({})", reason(&error.into()))),
    };
    if !names.iter().any(|name| name == ACCESS_LIST) {
        // What the folder's default gave to the new file is more than the old one allowed.
        let _ = fremovexattr(new, ACCESS_LIST);
    }
    for name in &names {
        let shown = || escape(name);
        if OF_CONTENT.contains(&name.as_slice()) {
            lost.push(format!("{} (of the old content)", shown()));
            continue;
        }
        let set = value(old, name).and_then(|wanted| match value(new, name) {
            Ok(there) if there == wanted => Ok(()),
            _ => fsetxattr(new, name.as_slice(), &wanted, XattrFlags::empty()),
        });
        match set {
            // Some are listed and have no value, as SELinux's where it is off.
            Ok(()) | Err(Errno::NODATA) => {}
            Err(error) => lost.push(format!("{} ({})", shown(), reason(&error.into()))),
        }
    }
}

fn names(file: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    let mut list = vec![0; XATTR_MAX];
    let len = match flistxattr(file, list.as_mut_slice()) {
        Err(Errno::NOTSUP) => 0,
        other => other?,
    };
    list.truncate(len);
    Ok(list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

fn value(file: impl AsFd, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; XATTR_MAX];
    let len = fgetxattr(file, name, value.as_mut_slice())?;
    value.truncate(len);
    Ok(value)
}
