//! A /proc and /sys tree: the running system's, a copy of it in a folder or a tar archive, or one that the program
//! carries.

use super::initrd::{self, Random};
use super::klog::KernelText;
use super::open::Opened;
use super::rooted::Rooted;
use super::samples::Sample;
use super::tree::Tree;
use super::{SourceError, file};
use crate::budget;
use crate::sink::INCOMPLETE;
use rustix::fs::{FileType, OFlags};
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a message says that such a file is.
const EXPECTED: &str = "a file of /proc or /sys";

/// Where the files of a machine are read: the running system, a copy of one, or what stands for one.
#[derive(Debug, Clone)]
pub enum Root {
    /// Files below a folder; `/` is the running system.
    Folder(Arc<Rooted>),
    /// Files in a tar archive.
    Tar(Arc<Tree>),
    /// A machine that the program carries.
    Sample(&'static Sample),
    /// Another machine than the running one, of which only a log is at hand.
    Log(Arc<KernelText>),
    /// Another machine than the running one, of which no tree is at hand: only what was given beside it is known.
    Nothing,
}

impl Root {
    /// The tree below a folder (`/` is the running system) or in a tar archive; `-` is an archive on standard input.
    ///
    /// # Errors
    /// [`SourceError`] when there is no such folder, or the archive cannot be read.
    pub fn open(path: &Path) -> Result<Root, SourceError> {
        if path.as_os_str() != "-" {
            match Rooted::open(path) {
                Ok(rooted) if !rooted.is_live() && rooted.has_file(INCOMPLETE) => {
                    let what = format!("{INCOMPLETE} is in it: this capture was stopped before it was whole");
                    return Err(SourceError::Empty { path: path.to_owned(), what: what.into() });
                }
                Ok(rooted) => return Ok(Root::Folder(Arc::new(rooted))),
                Err(error) if error.kind() == ErrorKind::NotADirectory => {}
                Err(error) => return Err(SourceError::io(path, error)),
            }
        }
        Tree::open(path).map(|tree| Root::Tar(Arc::new(tree)))
    }

    /// The tree in a tar archive that is open.
    ///
    /// # Errors
    /// [`SourceError`] for what is no such archive, or a damaged one.
    pub fn of_archive(opened: Opened) -> Result<Root, SourceError> {
        Tree::of_opened(opened).map(|tree| Root::Tar(Arc::new(tree)))
    }

    /// The running system.
    pub fn live() -> Root {
        Root::Folder(Arc::new(Rooted::live()))
    }

    /// Whether this is a machine's tree at all.
    ///
    /// # Errors
    /// [`SourceError::Empty`] when neither proc nor sys is there.
    pub fn must_be_a_machine(&self) -> Result<(), SourceError> {
        if self.has_folder("proc") || self.has_folder("sys") {
            return Ok(());
        }
        Err(SourceError::Empty { path: self.path(""), what: "neither proc nor sys is in it".into() })
    }

    /// Whether this is the running system and no copy.
    pub fn is_live(&self) -> bool {
        matches!(self, Root::Folder(folder) if folder.is_live())
    }

    /// The path of a file of the tree, for messages.
    pub fn path(&self, relative: &str) -> PathBuf {
        match self {
            Root::Folder(folder) => folder.path().join(relative),
            Root::Tar(tree) => tree.path().join(relative),
            Root::Sample(sample) => Path::new("sample").join(sample.name).join(relative),
            Root::Log(log) => log.path.clone(),
            Root::Nothing => Path::new("this machine").join(relative),
        }
    }

    /// A file's bytes: `None` when it is not there, or is a folder.
    ///
    /// # Errors
    /// [`SourceError`] when it is there and cannot be read.
    pub fn bytes(&self, relative: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Root::Sample(sample) => Ok(sample.file(relative).map(<[u8]>::to_vec)),
            Root::Nothing | Root::Log(_) => Ok(None),
            Root::Tar(tree) => match tree.len(relative) {
                Some(len) if len > budget::TREE_FILE => Err(SourceError::TooLarge {
                    path: self.path(relative),
                    limit: budget::TREE_FILE,
                    expected: EXPECTED,
                }),
                _ => tree.bytes(relative, budget::TREE_FILE),
            },
            Root::Folder(folder) => {
                let (opener, path) = (opener(folder, relative), self.path(relative));
                // The sysfs of the running system has no devices.
                let read = if folder.is_live() && relative.starts_with("sys/") {
                    file::read_plain(&opener, &path, budget::TREE_FILE, EXPECTED)
                } else {
                    file::read_by(&opener, &path, budget::TREE_FILE, EXPECTED)
                };
                match read {
                    Err(SourceError::Io { error, .. }) if is_no_file(&error) => Ok(None),
                    read => read.map(Some),
                }
            }
        }
    }

    /// A large file, an initrd, that is read where it is needed; `None` as in [`Root::bytes`].
    ///
    /// # Errors
    /// As [`Root::bytes`].
    pub fn large(&self, relative: &str) -> Result<Option<Random>, SourceError> {
        const EXPECTED: &str = "an initrd";
        match self {
            Root::Folder(folder) if self.len(relative).is_some() => {
                let opener = opener(folder, relative);
                initrd::random_by(&opener, &self.path(relative), EXPECTED).map(Some)
            }
            Root::Tar(tree) => Ok(tree.bytes(relative, file::DEFAULT_LIMIT)?.map(Random::Bytes)),
            _ => Ok(self.bytes(relative)?.map(Random::Bytes)),
        }
    }

    /// A file that is too large to be held, to be read piece by piece; `None` when there is no such file, or the tree is
    /// not a folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn stream(&self, relative: &str) -> std::io::Result<Option<File>> {
        let Root::Folder(folder) = self else { return Ok(None) };
        match folder.file(relative, OFlags::RDONLY | OFlags::NONBLOCK) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A file's length in bytes; `None` when it is not there or no file. Linux tells no true length of what is in /proc
    /// and /sys.
    pub fn len(&self, relative: &str) -> Option<u64> {
        match self {
            Root::Folder(folder) => folder.len(relative),
            Root::Tar(tree) => tree.len(relative),
            Root::Sample(sample) => sample.file(relative).map(|bytes| bytes.len() as u64),
            Root::Nothing | Root::Log(_) => None,
        }
    }

    /// When a file was changed, in seconds since 1970; `None` where that is not known.
    pub fn modified(&self, relative: &str) -> Option<i64> {
        match self {
            Root::Folder(folder) => Some(folder.stat(relative).ok()?.st_mtime),
            Root::Tar(_) | Root::Sample(_) | Root::Nothing | Root::Log(_) => None,
        }
    }

    /// The first `len` bytes of a file as text, where reading all of it would take long. `None` as in [`Root::text`].
    pub fn head(&self, relative: &str, len: u64) -> Option<String> {
        let bytes = match self {
            Root::Sample(sample) => sample.file(relative)?.to_vec(),
            Root::Nothing | Root::Log(_) => return None,
            Root::Tar(tree) => tree.bytes(relative, len).ok()??,
            Root::Folder(folder) => {
                file::head_by(&opener(folder, relative), &self.path(relative), len, EXPECTED).ok()?
            }
        };
        file::text(&self.path(relative), bytes).ok()
    }

    /// A file's text; bytes that are not UTF-8 are replaced. `None` when it is not there or cannot be read.
    pub fn text(&self, relative: &str) -> Option<String> {
        let text = |bytes| file::text(&self.path(relative), bytes);
        match self.bytes(relative).and_then(|bytes| bytes.map(text).transpose()) {
            Ok(text) => text,
            // Not there because of a limit is no answer.
            Err(SourceError::Memory { error, .. }) => {
                budget::end(error);
                None
            }
            Err(_) => None,
        }
    }

    /// Whether there is a folder of this name.
    pub fn has_folder(&self, relative: &str) -> bool {
        match self {
            Root::Folder(folder) => folder.has_folder(relative),
            Root::Tar(tree) => tree.has_folder(relative),
            Root::Sample(sample) => sample.names(relative).next().is_some(),
            Root::Nothing | Root::Log(_) => false,
        }
    }

    /// The names in a folder, sorted; none when it is not there or cannot be read.
    pub fn names(&self, relative: &str) -> Vec<String> {
        self.list(relative).unwrap_or_default()
    }

    /// The names in a folder, sorted; none when there is no such folder.
    ///
    /// # Errors
    /// [`SourceError`] when it is there and cannot be read.
    pub fn list(&self, relative: &str) -> Result<Vec<String>, SourceError> {
        self.list_by(relative, Rooted::names)
    }

    /// As [`Root::list`], without what the folder itself says are folders.
    ///
    /// # Errors
    /// As [`Root::list`].
    pub fn files(&self, relative: &str) -> Result<Vec<String>, SourceError> {
        self.list_by(relative, Rooted::files)
    }

    fn list_by(
        &self,
        relative: &str,
        names_in: fn(&Rooted, &str) -> std::io::Result<Vec<OsString>>,
    ) -> Result<Vec<String>, SourceError> {
        let mut names: Vec<String> = match self {
            Root::Sample(sample) => sample.names(relative).map(str::to_owned).collect(),
            Root::Nothing | Root::Log(_) => Vec::new(),
            Root::Tar(tree) => tree.names(relative).map(str::to_owned).collect(),
            Root::Folder(folder) => match names_in(folder, relative) {
                Ok(names) => names.into_iter().filter_map(|name| name.into_string().ok()).collect(),
                Err(error) if is_absent(&error) => Vec::new(),
                Err(error) => return Err(SourceError::io(&self.path(relative), error)),
            },
        };
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Where a symbolic link of the tree points; `None` when it is none.
    pub fn link(&self, relative: &str) -> Option<String> {
        match self {
            Root::Folder(folder) => folder.link(relative).ok()?.into_string().ok(),
            Root::Tar(tree) => tree.link(relative),
            Root::Sample(_) | Root::Nothing | Root::Log(_) => None,
        }
    }
}

/// Opens a file of the tree.
pub(super) fn opener<'a>(
    folder: &'a Rooted,
    relative: &'a str,
) -> impl Fn(OFlags) -> std::io::Result<OwnedFd> + 'a {
    move |flags| {
        let file = folder.file(relative, flags)?;
        if folder.is_live() {
            return Ok(file);
        }
        match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
            // Nobody writes to one, and a copy may have many of them.
            FileType::Fifo | FileType::Socket => {
                Err(std::io::Error::other("a pipe or a socket, not a regular file"))
            }
            _ => Ok(file),
        }
    }
}

/// Whether the system says that there is no file of this name, but nothing or a folder.
fn is_no_file(error: &std::io::Error) -> bool {
    is_absent(error) || error.kind() == ErrorKind::IsADirectory
}

/// Whether the system says that there is nothing of this name.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn nothing_and_folders_are_no_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("sys/tables/data")).unwrap();
        fs::write(folder.path().join("sys/tables/SRAT"), "bytes").unwrap();
        std::os::unix::fs::symlink("data", folder.path().join("sys/tables/link")).unwrap();
        let copy = Root::open(folder.path()).unwrap();
        assert_eq!(copy.list("sys/tables").unwrap(), ["SRAT", "data", "link"]);
        assert_eq!(copy.files("sys/tables").unwrap(), ["SRAT", "link"]);
        assert_eq!(copy.bytes("sys/tables/SRAT").unwrap().unwrap(), b"bytes");
        for name in ["sys/tables/data", "sys/tables/link", "sys/tables/none", "sys/tables/SRAT/none"] {
            assert!(copy.bytes(name).unwrap().is_none(), "{name}");
        }
        assert!(Root::live().bytes("sys/kernel").unwrap().is_none(), "a folder of the running system");
        assert!(Root::live().bytes("dev/null").is_err(), "a device of the running system");
    }
}
