//! A /proc and /sys tree: the running system's or a copy of it.

use super::{SourceError, file};
use std::io;
use std::path::{Path, PathBuf};

/// The most that is read of one file of the tree.
const LIMIT: u64 = 64 << 20;

/// A tree, by its root.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
}

impl Root {
    /// The tree below `path`; `/` is the running system.
    ///
    /// # Errors
    /// [`SourceError`] when there is no such folder.
    pub fn open(path: &Path) -> Result<Root, SourceError> {
        let meta = std::fs::metadata(path).map_err(|error| SourceError::io(path, error))?;
        if !meta.is_dir() {
            return Err(SourceError::io(path, io::ErrorKind::NotADirectory.into()));
        }
        Ok(Root { path: path.to_owned() })
    }

    /// Whether this is the running system and no copy.
    pub fn is_live(&self) -> bool {
        self.path == Path::new("/")
    }

    /// The path of a file of the tree.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.path.join(relative)
    }

    /// A file's bytes: `None` when it is not there.
    ///
    /// # Errors
    /// [`SourceError`] when it is there and cannot be read.
    pub fn bytes(&self, relative: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let path = self.path(relative);
        if !path.exists() {
            return Ok(None);
        }
        file::read(&path, LIMIT, "a file of /proc or /sys").map(Some)
    }

    /// A file's text; bytes that are not UTF-8 are replaced. `None` when it is not there or cannot be read.
    pub fn text(&self, relative: &str) -> Option<String> {
        let bytes = self.bytes(relative).ok().flatten()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The names in a folder, sorted; none when it is not there or cannot be read.
    pub fn names(&self, relative: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(relative)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}
