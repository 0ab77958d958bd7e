//! A folder as the root of a machine: links in it lead to places in it, as they do after chroot.

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2, readlinkat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The kernel follows no more links in one path.
///
/// # Kernel
/// `MAXSYMLINKS` in include/linux/namei.h.
const MOST_LINKS: usize = 40;

/// How often a path is tried whose folders are being moved.
const TRIES: usize = 8;

/// How a folder is opened to find others from it.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open folder whose files are read, and none outside of it.
#[derive(Debug)]
pub struct Rooted {
    path: PathBuf,
    /// `None` for the running system's own root: there is nothing outside of it.
    folder: Option<OwnedFd>,
}

impl Rooted {
    /// Opens a folder; `/` is the running system.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Rooted> {
        if path == Path::new("/") {
            return Ok(Rooted::live());
        }
        let folder = openat(CWD, path, FOLDER, Mode::empty())?;
        Ok(Rooted { path: path.to_owned(), folder: Some(folder) })
    }

    /// The running system.
    pub fn live() -> Rooted {
        Rooted { path: PathBuf::from("/"), folder: None }
    }

    /// Whether this is the running system and no copy.
    pub fn is_live(&self) -> bool {
        self.folder.is_none()
    }

    /// The folder's own path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what has this name in the folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn file(&self, relative: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        let Some(folder) = &self.folder else {
            return Ok(openat(CWD, self.path.join(relative), flags, Mode::empty())?);
        };
        let relative = if relative.is_empty() { "." } else { relative };
        for _ in 0..TRIES {
            match openat2(folder, relative, flags, Mode::empty(), ResolveFlags::IN_ROOT) {
                Err(Errno::AGAIN) => {}
                // Kernels before 5.6, and containers that forbid it.
                Err(Errno::NOSYS | Errno::PERM | Errno::TOOBIG) => {
                    return by_hand(folder, Path::new(relative), flags);
                }
                other => return Ok(other?),
            }
        }
        by_hand(folder, Path::new(relative), flags)
    }

    /// What is known of it without opening it.
    ///
    /// # Errors
    /// What the system says.
    pub fn stat(&self, relative: &str) -> io::Result<Stat> {
        Ok(fstat(self.file(relative, OFlags::PATH)?)?)
    }

    /// Whether there is a folder of this name.
    pub fn has_folder(&self, relative: &str) -> bool {
        self.stat(relative).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    }

    /// A regular file's length in bytes; `None` when it is not there or something else.
    pub fn len(&self, relative: &str) -> Option<u64> {
        let stat = self.stat(relative).ok()?;
        let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        is_file.then(|| u64::try_from(stat.st_size).unwrap_or(0))
    }

    /// Whether there is a regular file of this name.
    pub fn has_file(&self, relative: &str) -> bool {
        self.len(relative).is_some()
    }

    /// The names in a folder, without `.` and `..`.
    ///
    /// # Errors
    /// What the system says.
    pub fn names(&self, relative: &str) -> io::Result<Vec<OsString>> {
        self.names_of(relative, |_| true)
    }

    /// The names in a folder without those of folders, where its file system says which they are.
    ///
    /// # Errors
    /// What the system says.
    pub fn files(&self, relative: &str) -> io::Result<Vec<OsString>> {
        self.names_of(relative, |kind| kind != FileType::Directory)
    }

    fn names_of(&self, relative: &str, is_meant: fn(FileType) -> bool) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::new(self.file(relative, OFlags::RDONLY | OFlags::DIRECTORY)?)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." && is_meant(entry.file_type()) {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Where a link points; the last part of the name is not followed.
    ///
    /// # Errors
    /// What the system says, also when it is no link.
    pub fn link(&self, relative: &str) -> io::Result<OsString> {
        let link = self.file(relative, OFlags::PATH | OFlags::NOFOLLOW)?;
        Ok(OsString::from_vec(readlinkat(link, "", Vec::new())?.into_bytes()))
    }
}

/// What openat2() does with RESOLVE_IN_ROOT: every part of the path is opened from the folder before it and not followed,
/// the text of a link takes its place, and `..` leads no further up than the root.
fn by_hand(root: &OwnedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let mut folders = vec![root.try_clone()?];
    let mut left: VecDeque<OsString> = parts(path.as_os_str());
    let mut links = 0;
    loop {
        let here = folders.last().unwrap_or(root);
        let Some(part) = left.pop_front() else {
            return Ok(openat(here, ".", flags, Mode::empty())?);
        };
        match part.as_bytes() {
            b"." => continue,
            b".." => {
                if folders.len() > 1 {
                    folders.pop();
                }
                continue;
            }
            _ => {}
        }
        let found = openat(here, &part, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        match FileType::from_raw_mode(fstat(&found)?.st_mode) {
            FileType::Symlink if left.is_empty() && flags.contains(OFlags::NOFOLLOW) => {
                return Ok(openat(here, &part, flags, Mode::empty())?);
            }
            FileType::Symlink => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Errno::LOOP.into());
                }
                let text = OsString::from_vec(readlinkat(&found, "", Vec::new())?.into_bytes());
                if text.as_bytes().starts_with(b"/") {
                    folders.truncate(1);
                }
                for part in parts(&text).into_iter().rev() {
                    left.push_front(part);
                }
            }
            FileType::Directory => folders.push(found),
            _ if left.is_empty() => {
                return Ok(openat(here, &part, flags | OFlags::NOFOLLOW, Mode::empty())?);
            }
            _ => return Err(Errno::NOTDIR.into()),
        }
    }
}

/// The parts of a path; a slash at its end stands for the folder itself.
fn parts(path: &OsStr) -> VecDeque<OsString> {
    let bytes = path.as_bytes();
    let mut parts: VecDeque<OsString> = bytes
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
        .map(|part| OsStr::from_bytes(part).to_owned())
        .collect();
    if bytes.ends_with(b"/") {
        parts.push_back(".".into());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    /// A tree with links of all kinds, and a secret beside it.
    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), "outside").unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("secret"), "inside").unwrap();
        fs::write(root.join("a/b/file"), "file").unwrap();
        let links = [
            ("absolute", "/secret"),
            ("above", "../secret"),
            ("a/b/far", "../../../../../../secret"),
            ("middle", "/a"),
            ("out", ".."),
            ("a/up", "../.."),
            ("loop", "loop"),
            ("chain", "middle/b/far"),
            ("dangling", "/nowhere"),
            ("slash", "a/b/"),
            ("whole", "/"),
        ];
        for (name, to) in links {
            symlink(to, root.join(name)).unwrap();
        }
        folder
    }

    #[test]
    fn links_stay_inside_with_and_without_openat2() {
        let folder = tree();
        let root = Rooted::open(&folder.path().join("root")).unwrap();
        let base = root.folder.as_ref().unwrap();
        let text = |fd: io::Result<OwnedFd>| {
            let mut text = String::new();
            fs::File::from(fd?).read_to_string(&mut text).map(|_| text)
        };
        let cases = [
            ("secret", "inside"),
            ("absolute", "inside"),
            ("above", "inside"),
            ("a/b/far", "inside"),
            ("middle/b/file", "file"),
            ("middle/b/far", "inside"),
            ("out/secret", "inside"),
            ("out/../../secret", "inside"),
            ("a/up/secret", "inside"),
            ("chain", "inside"),
            ("slash/file", "file"),
            ("whole/whole/a/../secret", "inside"),
            ("/a/b/file", "file"),
        ];
        for (name, wanted) in cases {
            assert_eq!(text(root.file(name, OFlags::RDONLY)).unwrap(), wanted, "{name}");
            assert_eq!(text(by_hand(base, Path::new(name), OFlags::RDONLY)).unwrap(), wanted, "{name}");
        }
        for name in ["loop", "dangling", "secret/x", "a/b/file/", "nothing", "a/nothing/.."] {
            let kernel = root.file(name, OFlags::RDONLY).unwrap_err().raw_os_error();
            let own = by_hand(base, Path::new(name), OFlags::RDONLY).unwrap_err().raw_os_error();
            assert_eq!(own, kernel, "{name}");
        }
        assert_eq!(root.link("above").unwrap(), "../secret");
        assert!(by_hand(base, Path::new("above"), OFlags::PATH | OFlags::NOFOLLOW).is_ok());
        assert!(root.has_folder("whole/middle") && !root.has_folder("secret"));
    }
}
