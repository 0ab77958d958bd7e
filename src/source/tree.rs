//! A copy of /proc and /sys in a tar archive, read where it lies.

use super::initrd::Random;
use super::open::Opened;
use super::{SourceError, detect, file};
use crate::budget;
use crate::container::read_at::ReadAt;
use crate::container::tar::{self, Entry, TarKind};
use crate::foreign::Foreign;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a message says that the file should be.
const EXPECTED: &str = "a folder with proc and sys, or a tar archive of one";
/// Folders that a root has: an archive with a folder around them is taken without it.
const TOP: [&str; 3] = ["proc", "sys", "firmware"];
/// How many links one behind the other are followed.
const MOST_LINKS: usize = 8;

/// The files of an archive by their path, without a slash in front.
#[derive(Debug)]
pub struct Tree {
    path: PathBuf,
    bytes: Random,
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// The tree in a tar archive, packed with gzip or not; `-` is standard input.
    ///
    /// # Errors
    /// [`SourceError`] when the file cannot be read or is no whole archive.
    pub fn open(path: &Path) -> Result<Tree, SourceError> {
        Tree::of_opened(Opened::open(path, EXPECTED)?)
    }

    /// The tree in an archive that is open already.
    ///
    /// # Errors
    /// As [`Tree::open`].
    pub(super) fn of_opened(opened: Opened) -> Result<Tree, SourceError> {
        let path = opened.path().to_owned();
        let path = path.as_path();
        let bytes = if file::is_gzip(opened.head()) {
            unpacked(path, opened.into_bytes(budget::INPUT, EXPECTED)?)?
        } else {
            checked(path, opened.head())?;
            opened.into_source()
        };
        let entries = tar::read(&bytes).map_err(|error| damaged(path, &error))?;
        Ok(Tree { path: path.to_owned(), bytes, entries: by_path(entries) })
    }

    /// Whether an archive begins with these bytes, packed or not.
    pub(super) fn is_one(head: &[u8]) -> bool {
        let inside = || crate::container::gzip::head(head, tar::BLOCK).unwrap_or_default();
        tar::is_tar(head) || file::is_gzip(head) && tar::is_tar(&inside())
    }

    /// The archive itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file's first bytes, `limit` at most; `None` when it is not there or no file.
    ///
    /// # Errors
    /// [`SourceError`] when the archive cannot be read any more.
    pub fn bytes(&self, relative: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(entry) = self.file(relative) else { return Ok(None) };
        let len = usize::try_from(entry.len.min(limit)).unwrap_or(usize::MAX);
        let bytes = self.bytes.read_vec(entry.data_at, len);
        bytes.map(Some).map_err(|error| damaged(&self.path, &error.into()))
    }

    /// A file's length; `None` when it is not there or no file.
    pub fn len(&self, relative: &str) -> Option<u64> {
        self.file(relative).map(|entry| entry.len)
    }

    /// Where a symbolic link points.
    pub fn link(&self, relative: &str) -> Option<String> {
        match &self.entries.get(relative)?.kind {
            TarKind::Link(target) => String::from_utf8(target.clone()).ok(),
            _ => None,
        }
    }

    /// Whether something stands below a folder, or the folder itself is there.
    pub fn has_folder(&self, relative: &str) -> bool {
        let is_folder = self.entries.get(relative).is_some_and(|entry| entry.kind == TarKind::Folder);
        is_folder || self.names(relative).next().is_some()
    }

    /// The names in a folder; a name may come several times.
    pub fn names<'t>(&'t self, folder: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let below = self.entries.range(prefix.clone()..).take_while({
            let prefix = prefix.clone();
            move |(path, _)| path.starts_with(&prefix)
        });
        below.filter_map(move |(path, _)| path.strip_prefix(&prefix)?.split('/').next())
    }

    /// The entry that holds a file's bytes: links are followed inside the archive.
    fn file(&self, relative: &str) -> Option<&Entry> {
        let mut path = clean(relative.as_bytes())?;
        for _ in 0..MOST_LINKS {
            let entry = self.entries.get(&path)?;
            path = match &entry.kind {
                TarKind::File => return Some(entry),
                TarKind::HardLink(target) => clean(target)?,
                TarKind::Link(target) if target.starts_with(b"/") => clean(target)?,
                TarKind::Link(target) => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    joined(folder, std::str::from_utf8(target).ok()?)?
                }
                TarKind::Folder | TarKind::Other => return None,
            };
        }
        None
    }
}

fn checked(path: &Path, head: &[u8]) -> Result<(), SourceError> {
    if tar::is_tar(head) {
        return Ok(());
    }
    let found = detect::describe(head);
    Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected: EXPECTED })
}

/// The archive in bytes that may be packed.
fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Random, SourceError> {
    let bytes = file::gunzip(path, bytes, budget::INPUT, EXPECTED)?;
    checked(path, &bytes)?;
    Ok(Random::Bytes(bytes))
}

fn damaged(path: &Path, error: &tar::TarError) -> SourceError {
    if let tar::TarError::Memory { error, .. } = error {
        return SourceError::Memory { path: path.to_owned(), error: *error };
    }
    let found = Foreign::from("damage (") + Foreign::of_text(error) + ")";
    SourceError::Content { path: path.to_owned(), offset: error.at(), found, expected: EXPECTED }
}

/// The entries by their path, which is their name from then on. Of several with one path the last counts, as for tar itself; entries whose names are no
/// paths below a root are left out.
fn by_path(entries: Vec<Entry>) -> BTreeMap<String, Entry> {
    let paths = entries
        .into_iter()
        .filter_map(|entry| Some((clean(&entry.name)?, Entry { name: Vec::new(), ..entry })));
    let mut all: BTreeMap<String, Entry> = paths.filter(|(path, _)| !path.is_empty()).collect();
    let top = |path: &String| path.split('/').next().unwrap_or_default().to_owned();
    let mut tops: Vec<String> = all.keys().map(top).collect();
    tops.dedup();
    if let [only] = tops.as_slice()
        && !TOP.contains(&only.as_str())
    {
        let prefix = format!("{only}/");
        let inner =
            all.into_iter().filter_map(|(path, entry)| Some((path.strip_prefix(&prefix)?.to_owned(), entry)));
        all = inner.collect();
    }
    all
}

/// A name as a path below the root: no `.`, nothing twice; `None` with `..` in it, or where it is no UTF-8.
fn clean(name: &[u8]) -> Option<String> {
    let parts = std::str::from_utf8(name).ok()?.split('/').filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}

/// Where a relative link in a folder leads; `None` where it leaves the root.
fn joined(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_root() {
        assert_eq!(clean(b"./proc//cmdline").as_deref(), Some("proc/cmdline"));
        assert_eq!(clean(b"/proc/cmdline").as_deref(), Some("proc/cmdline"));
        assert_eq!((clean(b"../etc/shadow"), clean(b"proc/../../x"), clean(b"\xff")), (None, None, None));
        assert_eq!(joined("sys/a", "../../proc/x").as_deref(), Some("proc/x"));
        assert_eq!(joined("sys", "../../x"), None);
    }
}
