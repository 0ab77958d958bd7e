//! Descriptors that this process was given: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`.

use rustix::fs::{CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, fcntl_getfl, fstat, fstatfs, openat};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Where the kernel lists them, for a process and for its first thread.
const FOLDERS: [&str; 2] = ["/proc/self/fd", "/proc/thread-self/fd"];

/// Whether this is a folder of /proc: links there lead to what is open, whatever their text says.
pub(super) fn is_proc(folder: impl AsFd) -> bool {
    fstatfs(folder).is_ok_and(|stat| stat.f_type == PROC_SUPER_MAGIC)
}

/// Another handle of the same open file if `folder` lists this process's descriptors: with its position, and appending
/// where it appends.
pub(super) fn numbered(folder: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let foreign = || io::Error::other("it leads to what another process has open");
    let own = fstat(&folder)?;
    let is_ours = FOLDERS.iter().any(|path| {
        let listed = openat(CWD, *path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        let listed = listed.and_then(fstat);
        listed.is_ok_and(|listed| (listed.st_dev, listed.st_ino) == (own.st_dev, own.st_ino))
    });
    let number = name.to_str().and_then(|name| name.parse::<i32>().ok()).filter(|_| is_ours);
    let fd = duplicate(number.ok_or_else(foreign)?)?;
    match fcntl_getfl(&fd)? & OFlags::RWMODE {
        OFlags::RDONLY => Err(Errno::BADF.into()),
        _ => Ok(fd),
    }
}

fn duplicate(number: i32) -> io::Result<OwnedFd> {
    if number == 1 {
        super::closed().map_err(|_| Errno::BADF)?;
        return io::stdout().as_fd().try_clone_to_owned();
    }
    if number == 2 {
        return io::stderr().as_fd().try_clone_to_owned();
    }
    let own = pidfd_open(getpid(), PidfdFlags::empty());
    match own.and_then(|own| pidfd_getfd(own, number, PidfdGetfdFlags::empty())) {
        Err(Errno::NOSYS | Errno::PERM) => reopened(number),
        other => Ok(other?),
    }
}

/// The same for kernels before 5.6 and containers that forbid it. A file that does not append would be written in a
/// place of its own, and what the descriptor's other users write would overwrite it.
fn reopened(number: i32) -> io::Result<OwnedFd> {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")).map_err(|_| Errno::BADF)?;
    let flags =
        text.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
    let append = OFlags::from_bits_retain(flags.unwrap_or(0)) & OFlags::APPEND;
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC | append;
    let fd = openat(CWD, format!("/proc/self/fd/{number}"), flags, Mode::empty())?;
    let is_regular = FileType::from_raw_mode(fstat(&fd)?.st_mode) == FileType::RegularFile;
    if is_regular && append.is_empty() {
        let why = "the system does not let descriptors be shared here (pidfd_getfd): use standard output";
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    Ok(fd)
}
