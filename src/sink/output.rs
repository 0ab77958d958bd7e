//! Where an output goes, and writing it there.

use super::atomic::{self, Target};
use super::target::{self, Found, NameInFolder};
use super::walk::FOLDER;
use super::{BUFFER_LEN, FileVersion, SinkError, descriptor, leftover, stdout, theirs};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Looks at a file before it gets its name; says what is wrong with it.
pub type Check<'a> = &'a dyn Fn(&File) -> Result<(), String>;

/// What is asked for beyond the bytes.
#[derive(Default, Clone, Copy)]
pub struct How<'a> {
    /// A new file is for its owner alone. One that replaces another is as that was, and a note says who can read it.
    pub private: bool,
    /// The bytes and the name are on the disk before it is done: a machine boots from it.
    pub durable: bool,
    /// The file that the bytes were made from. If it is the one that is replaced, it must not have changed.
    pub read: Option<FileVersion>,
    /// What must hold of the whole file.
    pub check: Option<Check<'a>>,
}

/// Where an output goes, found once.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    to: To,
}

#[derive(Debug)]
enum To {
    Stdout,
    /// Something that this process has open.
    Open(OwnedFd),
    /// A pipe or a device; opening it waits for a reader, or acts on it.
    Special(NameInFolder, Stat),
    File(Box<Target>),
}

impl Output {
    /// Finds where a path leads; `-`, `/dev/stdout`, `/dev/fd/N`, pipes and devices are written through. Leftovers of
    /// killed runs for the same output are removed.
    ///
    /// # Errors
    /// [`SinkError`] for a folder, for standard output that was closed from the start, for a link that open() would not
    /// follow, for a stream that standard error goes to as well, and for whatever the system says.
    pub fn open(path: &Path) -> Result<Output, SinkError> {
        if path.as_os_str() == "-" {
            super::closed()?;
            refuse_shared(
                path,
                &fstat(rustix::stdio::stdout()).map_err(|error| SinkError::Stdout(error.into()))?,
            )?;
            return Ok(Output { path: path.to_owned(), to: To::Stdout });
        }
        let output = Output::to(target::find(path), path, &[])?;
        if let To::File(target) = &output.to {
            let names = leftover::listed(&target.place.folder);
            leftover::remove(&target.place.folder, &target.place.name, &names);
        }
        Ok(output)
    }

    /// The same for a file in a folder, whose temporary files are known.
    pub(super) fn below(
        folder: BorrowedFd<'_>,
        name: &OsStr,
        path: &Path,
        leftovers: &[OsString],
    ) -> Result<Output, SinkError> {
        Output::to(target::find_in(folder, name), path, leftovers)
    }

    fn to(
        found: io::Result<(NameInFolder, Found)>,
        path: &Path,
        leftovers: &[OsString],
    ) -> Result<Output, SinkError> {
        let failed = |error: io::Error| SinkError::file(path, error);
        let (place, found) = found.map_err(failed)?;
        let file = |place: NameInFolder, existing| {
            leftover::remove(&place.folder, &place.name, leftovers);
            To::File(Box::new(Target { path: path.to_owned(), place, existing }))
        };
        let to = match found {
            Found::Nothing if descriptor::is_proc(&place.folder) => {
                return Err(failed(Errno::BADF.into()));
            }
            Found::Nothing => file(place, None),
            Found::Regular(fd, stat) => file(place, Some((fd, stat))),
            Found::Folder => return Err(failed(Errno::ISDIR.into())),
            Found::Special(stat) => {
                refuse_shared(path, &stat)?;
                To::Special(place, stat)
            }
            Found::Descriptor(fd) => {
                refuse_shared(path, &fstat(&fd).map_err(|error| failed(error.into()))?)?;
                To::Open(fd)
            }
        };
        Ok(Output { path: path.to_owned(), to })
    }

    /// Whether bytes are written through, one after the other, so that reports go to standard error.
    pub fn is_stream(&self) -> bool {
        !matches!(self.to, To::File(_))
    }

    /// The file that has the name now, and is replaced; `None` where there is none, or the output is a stream.
    pub fn version(&self) -> Option<FileVersion> {
        let To::File(target) = &self.to else { return None };
        target.existing.as_ref().map(|(_, stat)| FileVersion::from(stat))
    }

    /// Writes the whole output. A file keeps what it held when anything fails.
    ///
    /// # Errors
    /// What `write` or the system says, also that a reader stops reading; [`SinkError::Changed`] and [`SinkError::Check`]
    /// as `how` asks for.
    pub fn write(
        self,
        how: How<'_>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), SinkError> {
        let failed = |error: io::Error| SinkError::file(&self.path, error);
        match self.to {
            To::Stdout => stdout::through(write),
            To::Open(fd) => stream(File::from(fd), write).map_err(failed),
            To::Special(place, stat) => {
                let device = open_special(&place, &stat).map_err(failed)?;
                let disk = device.try_clone().map_err(failed)?;
                stream(device, write).map_err(failed)?;
                let is_disk = FileType::from_raw_mode(stat.st_mode) == FileType::BlockDevice;
                if is_disk { disk.sync_all().map_err(failed) } else { Ok(()) }
            }
            To::File(target) => atomic::put(&target, &how, write),
        }
    }
}

fn stream(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER_LEN, file);
    let written = write(&mut out).and_then(|()| out.flush());
    let _ = out.into_parts();
    written
}

/// Opens a pipe or a device for writing, if the name still leads to it.
///
/// # Kernel
/// With O_CREAT, `may_create_in_sticky` in fs/namei.c says whether somebody else's pipe may be written to.
fn open_special(place: &NameInFolder, stat: &Stat) -> io::Result<File> {
    let mut flags = FOLDER.difference(OFlags::PATH | OFlags::DIRECTORY)
        | OFlags::WRONLY
        | OFlags::NOFOLLOW
        | OFlags::NOCTTY;
    if theirs::is_sticky(&place.folder)? {
        flags |= OFlags::CREATE;
    }
    let fd = openat(&place.folder, &place.name, flags, Mode::from_raw_mode(0o600))?;
    let opened = fstat(&fd)?;
    theirs::refuse(&place.folder, &place.name, &opened, target::SPECIAL)?;
    match (opened.st_dev, opened.st_ino) == (stat.st_dev, stat.st_ino) {
        true => Ok(File::from(fd)),
        false => Err(io::Error::other("another file took its name")),
    }
}

/// Refuses a stream that standard error goes to as well. A terminal or a device is looked at by people.
fn refuse_shared(path: &Path, stat: &Stat) -> Result<(), SinkError> {
    let is_shared = fstat(rustix::stdio::stderr())
        .is_ok_and(|other| (other.st_dev, other.st_ino) == (stat.st_dev, stat.st_ino));
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::CharacterDevice => Ok(()),
        _ if is_shared => Err(SinkError::Shared(path.to_owned())),
        _ => Ok(()),
    }
}
