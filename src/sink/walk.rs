//! A path, walked part by part as open() walks it, with an eye on every link.

use super::{descriptor, theirs};
use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, mkdirat, openat, readlinkat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// The kernel follows no more links in one path.
///
/// # Kernel
/// `MAXSYMLINKS` in include/linux/namei.h.
const MOST_LINKS: usize = 40;

/// How a folder is opened that others are found from.
pub(super) const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// How it is found out what has a name.
pub(super) const NODE: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What a new folder allows, less the umask.
const NEW: Mode = Mode::from_raw_mode(0o777);

/// The folder that has been reached, and the parts that are left; each is opened from the folder before it.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) here: OwnedFd,
    left: VecDeque<OsString>,
    links: usize,
}

impl Walk {
    /// Begins in the current folder.
    ///
    /// # Errors
    /// What the system says; `ENOENT` for a path without a byte.
    pub(super) fn new(path: &Path) -> io::Result<Walk> {
        let start = if path.is_absolute() { "/" } else { "." };
        let here = openat(CWD, start, FOLDER, Mode::empty())?;
        let mut walk = Walk { here, left: VecDeque::new(), links: 0 };
        walk.put(path.as_os_str())?;
        Ok(walk)
    }

    /// Whether the path leads to a folder, whatever is there: by a slash or dots at its end.
    pub(super) fn ends_in_folder(&self) -> bool {
        self.left.back().is_none_or(|part| is_dots(part))
    }

    /// Goes into all folders but the last part, which is given back.
    ///
    /// # Errors
    /// What the system says; `EISDIR` when the path leads to a folder, whatever is there.
    pub(super) fn up_to_last(&mut self) -> io::Result<OsString> {
        while let Some(part) = self.left.pop_front() {
            if self.left.is_empty() && !is_dots(&part) {
                return Ok(part);
            }
            self.enter(&part)?;
        }
        Err(Errno::ISDIR.into())
    }

    /// Goes to the end, and makes the folders that are not there yet.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn into_folder(mut self) -> io::Result<OwnedFd> {
        while let Some(part) = self.left.pop_front() {
            match self.enter(&part) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !is_dots(&part) => {
                    match mkdirat(&self.here, &part, NEW) {
                        Ok(()) | Err(Errno::EXIST) => self.enter(&part)?,
                        Err(error) => return Err(error.into()),
                    }
                }
                other => other?,
            }
        }
        Ok(self.here)
    }

    fn enter(&mut self, part: &OsStr) -> io::Result<()> {
        // The flag for folders has what is mounted on demand mounted.
        match openat(&self.here, part, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Err(Errno::NOTDIR | Errno::LOOP) => {}
            other => {
                self.here = other?;
                return Ok(());
            }
        }
        let found = openat(&self.here, part, NODE, Mode::empty())?;
        let stat = fstat(&found)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink if descriptor::is_proc(&self.here) => {
                self.here = openat(&self.here, part, FOLDER, Mode::empty())?;
            }
            FileType::Symlink => self.follow(part, &found, &stat)?,
            FileType::Directory => self.here = found,
            _ => return Err(Errno::NOTDIR.into()),
        }
        Ok(())
    }

    /// Lets the text of a link take its place, if it may be followed: [`theirs`] has the rule, and then the kernel is asked.
    ///
    /// # Errors
    /// What the system says; `ELOOP` for too many.
    pub(super) fn follow(&mut self, part: &OsStr, link: &OwnedFd, stat: &Stat) -> io::Result<()> {
        self.links = self.links.saturating_add(1);
        if self.links > MOST_LINKS {
            return Err(Errno::LOOP.into());
        }
        theirs::refuse(&self.here, part, stat, "link")?;
        match openat(&self.here, part, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
            Ok(_) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let text = OsString::from_vec(readlinkat(link, "", Vec::new())?.into_bytes());
        if text.as_bytes().starts_with(b"/") {
            self.here = openat(CWD, "/", FOLDER, Mode::empty())?;
        }
        self.put(&text)
    }

    /// Puts the parts of a path in front of those that are left; a slash at its end stands for the folder itself.
    fn put(&mut self, path: &OsStr) -> io::Result<()> {
        let bytes = path.as_bytes();
        if bytes.is_empty() {
            return Err(Errno::NOENT.into());
        }
        if bytes.ends_with(b"/") {
            self.left.push_front(".".into());
        }
        for part in bytes.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).rev() {
            self.left.push_front(OsStr::from_bytes(part).to_owned());
        }
        Ok(())
    }
}

/// Whether it is `.` or `..`.
fn is_dots(part: &OsStr) -> bool {
    matches!(part.as_bytes(), b"." | b"..")
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
        folder = openat(&folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn folders_are_found_where_the_kernel_finds_them() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        fs::create_dir_all(at("a/b/c")).unwrap();
        fs::write(at("a/file"), "").unwrap();
        let links = [
            ("to-b", "a/b"),
            ("slash", "a/b/"),
            ("a/up", ".."),
            ("a/b/far", "../../to-b/./c/"),
            ("chain", "slash/far"),
            ("loop", "loop"),
            ("to-file", "a/file"),
            ("whole", "/"),
        ];
        for (name, to) in links {
            symlink(to, at(name)).unwrap();
        }
        symlink(at("a/up/to-b"), at("absolute")).unwrap();
        let whole = format!("whole{}/a", top.path().display());
        let names = [
            "",
            "/",
            "/.",
            "/..",
            "a",
            "a//b",
            "a/b/",
            "a/./b/../b/c",
            "to-b",
            "to-b/",
            "to-b/..",
            "slash/c",
            "a/up/a/up/to-b",
            "chain",
            "chain/..",
            "absolute/c",
            &whole,
            "loop",
            "loop/x",
            "a/file",
            "a/file/",
            "a/file/x",
            "to-file",
            "to-file/.",
            "a/file/..",
        ];
        for name in names {
            let path = format!("{}/{name}", top.path().display());
            let identity = |fd: io::Result<OwnedFd>| {
                let stat = fstat(fd?)?;
                Ok((stat.st_dev, stat.st_ino))
            };
            let kernel = identity(openat(CWD, &path, FOLDER, Mode::empty()).map_err(io::Error::from));
            let own = identity(Walk::new(Path::new(&path)).and_then(Walk::into_folder));
            let number = |result: io::Result<_>| result.map_err(|error| error.raw_os_error());
            assert_eq!(number(own), number(kernel), "{name}");
        }
        assert!(Walk::new(Path::new("")).is_err());
        // What is missing is made, also where a link leads there.
        symlink("new/x", at("dangling")).unwrap();
        for name in ["a/m/n", "b/../c/", "dangling"] {
            assert!(Walk::new(&at(name)).and_then(Walk::into_folder).is_ok(), "{name}");
        }
        assert!(at("a/m/n").is_dir() && at("c").is_dir() && at("new/x").is_dir());
    }
}
