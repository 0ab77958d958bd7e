//! The folders below a folder: each with tables is an input of its own.

use super::Read;
use super::inputs::Content;
use crate::foreign::Foreign;
use crate::source::root::Root;
use crate::source::{SourceError, tables};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep folders are looked at below the one that was named.
const DEEPEST: usize = 16;
/// How many folders are looked at in all.
const MOST: usize = 1024;

/// Folders that were found, and what was passed over.
#[derive(Default)]
pub(super) struct Folders {
    /// How many there are.
    count: usize,
    /// What was left out, and why.
    pub(super) left_out: Vec<Foreign>,
}

impl Folders {
    /// What a path stands for: itself, and, where it is a folder and no machine, the folders below it, each after the one that it
    /// is in. Links to folders are not followed.
    pub(super) fn of(&mut self, path: &Path) -> Vec<PathBuf> {
        let mut all = vec![path.to_owned()];
        if path.as_os_str() != "-" && path.is_dir() {
            self.below(path, 1, &mut all);
        }
        all
    }

    fn below(&mut self, folder: &Path, depth: usize, all: &mut Vec<PathBuf>) {
        let is_machine = Root::open(folder).is_ok_and(|root| root.has_folder(tables::FOLDER));
        if is_machine || folder.join(tables::DYNAMIC).is_dir() {
            return;
        }
        for name in self.names(folder) {
            let path = folder.join(name);
            if depth > DEEPEST {
                self.leave_out(&path, &format!("more than {DEEPEST} folders deep"));
            } else if self.count >= MOST {
                return self.leave_out(&path, &format!("and all after it: more than {MOST} folders"));
            } else {
                self.count += 1;
                all.push(path.clone());
                self.below(&path, depth + 1, all);
            }
        }
    }

    /// The names of the folders in a folder, in their order.
    fn names(&mut self, folder: &Path) -> Vec<OsString> {
        let mut names = Vec::new();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.leave_out(folder, &format!("its folders: {error}"));
                return names;
            }
        };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => names.push(entry.file_name()),
                Ok(kind) if kind.is_symlink() && entry.path().is_dir() => {
                    self.leave_out(&entry.path(), "a link to a folder");
                }
                _ => {}
            }
        }
        names.sort();
        names
    }

    fn leave_out(&mut self, path: &Path, why: &str) {
        self.left_out.push(Foreign::from(path) + ": left out: " + why);
    }

    /// Takes out folders without tables, of which only what was left out of them is said; where none of those below a named
    /// folder has any, the named one is an input that could not be read.
    pub(super) fn settle(&mut self, named: &[PathBuf], all: &mut Vec<Read>) {
        for read in all.iter_mut() {
            if let Ok(Content::Tables { set, is_folder: true, .. }) = &mut read.content {
                self.left_out.append(&mut set.notes);
            }
        }
        let is_empty = |read: &Read| match &read.content {
            Ok(Content::Tables { set, is_folder, .. }) => *is_folder && set.tables.is_empty(),
            _ => false,
        };
        let full: Vec<PathBuf> =
            all.iter().filter(|read| !is_empty(read)).map(|read| read.path.clone()).collect();
        all.retain_mut(|read| {
            if !is_empty(read) {
                return true;
            }
            let is_named = named.contains(&read.path);
            if !is_named || full.iter().any(|path| path.starts_with(&read.path)) {
                return false;
            }
            let what = "no file with ACPI tables in this folder or below".into();
            read.content = Err(SourceError::Empty { path: read.path.clone(), what }.into());
            true
        });
    }
}
