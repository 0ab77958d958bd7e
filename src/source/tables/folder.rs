//! The tables of folders: /sys/firmware/acpi/tables, copies of it, and any folder with files of tables.

use super::{Collector, DYNAMIC, EXPECTED, TableSet, binary, natural, note_replaced, text};
use crate::budget;
use crate::container::{acpidump, raw};
use crate::foreign::Foreign;
use crate::source::SourceError;
use crate::source::detect::{self, Kind};
use crate::source::open::Opened;
use crate::source::root::opener;
use crate::source::rooted::Rooted;
use crate::table::source::Take;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// How many texts of a folder are kept open until it is known whether they count.
const MOST_TEXTS: usize = 512;

/// The tables of /sys/firmware/acpi/tables or a copy of it: each file is one table, whose name is kept.
pub(super) fn sysfs(folder: &Path) -> Result<TableSet, SourceError> {
    let mut found = Collector::default();
    let mut left = budget::TABLE_BYTES;
    for (folder, is_dynamic) in [(folder.to_owned(), false), (folder.join(DYNAMIC), true)] {
        for path in entries(&folder)?.files {
            let bytes = Opened::open(&path, EXPECTED)?.into_bytes(left, EXPECTED)?;
            left = left.saturating_sub(bytes.len() as u64);
            sysfs_file(&mut found, &path, bytes, is_dynamic);
        }
    }
    let what = || "no tables in this folder".to_owned();
    found.finish(folder)?.ok_or_else(|| SourceError::Empty { path: folder.to_owned(), what: what().into() })
}

/// Adds a file of that folder, or of a copy in an archive.
pub(super) fn sysfs_file(found: &mut Collector, path: &Path, bytes: Vec<u8>, is_dynamic: bool) {
    let origin = path;
    if raw::split(&bytes).tables.is_empty() {
        return found.note(origin, Foreign::from("left out: ") + detect::describe(&bytes));
    }
    if let Err(fault) = raw::length(&bytes) {
        found.note(origin, format_args!("byte 0: {fault}"));
    }
    note_replaced(found, origin, &bytes);
    if !found.has_room() {
        return;
    }
    found.push(origin, 0, 0, bytes);
    if let Some(table) = found.set.tables.last_mut() {
        table.name = path.file_name().unwrap_or_default().into();
        table.is_dynamic = is_dynamic;
    }
}

/// The binary tables of a folder's files, in the order of the files' names; without any, those of its only text of
/// acpidump, or those that other texts spell.
pub(super) fn tables(path: &Path, take: Option<Take>) -> Result<TableSet, SourceError> {
    let set = of_files(path, take, None)?;
    match set.tables.as_slice() {
        [] => {
            let what = "no file with ACPI tables in this folder".into();
            Err(SourceError::Empty { path: path.to_owned(), what })
        }
        _ => Ok(set),
    }
}

/// The same of files that are in the folder; a set without tables where there are none.
pub(super) fn inside(path: &Path, take: Option<Take>) -> Result<TableSet, SourceError> {
    let rooted = Rooted::open(path).map_err(|error| SourceError::io(path, error))?;
    of_files(path, take, Some(&rooted))
}

/// Opens a file of a folder: one of `rooted` where that is given.
fn open(path: &Path, rooted: Option<&Rooted>) -> Result<Opened, SourceError> {
    let name = path.file_name().and_then(OsStr::to_str);
    match (rooted, name) {
        (Some(rooted), Some(name)) => Opened::open_file_by(&opener(rooted, name), path, EXPECTED),
        _ => Opened::open_file(path, EXPECTED),
    }
}

fn of_files(path: &Path, take: Option<Take>, rooted: Option<&Rooted>) -> Result<TableSet, SourceError> {
    let entries = entries(path)?;
    if entries.has_dynamic {
        return sysfs(path);
    }
    let mut found = Collector::taking(take);
    let mut left = budget::TABLE_BYTES;
    let mut keep_names = true;
    let (mut texts, mut others) = (Vec::new(), Vec::new());
    for path in entries.files {
        let opened = match open(&path, rooted) {
            Ok(opened) => opened,
            Err(_) if rooted.is_some() && path.is_symlink() => {
                found.note(&path, "left out: a link that leads out of the folder, or nowhere");
                continue;
            }
            Err(SourceError::Content { found: kind, .. }) => {
                found.note(&path, Foreign::from("left out: ") + kind);
                continue;
            }
            Err(error) => return Err(error),
        };
        match opened.kind() {
            Kind::Tables => {
                let bytes = opened.into_bytes(left, EXPECTED)?;
                left = left.saturating_sub(bytes.len() as u64);
                let first = found.set.tables.len();
                binary(&mut found, &path, &bytes, |offset| offset as u64);
                let added = found.set.tables.get(first..).unwrap_or_default();
                keep_names &= matches!(added, [table] if is_sysfs_name(&path, &table.bytes));
            }
            Kind::Text if texts.len() + others.len() >= MOST_TEXTS => {
                found.note(&path, format_args!("left out: more than {MOST_TEXTS} texts in this folder"));
            }
            Kind::Text if acpidump::has_header(opened.head()) => texts.push(opened),
            Kind::Text => others.push(opened),
            _ => found.note(&path, Foreign::from("left out: ") + detect::describe(opened.head())),
        }
    }
    if texts.len() == 1
        && found.set.tables.is_empty()
        && let Some(text) = texts.pop()
    {
        return super::of_bytes(text, take, super::spelt);
    }
    let is_all = texts.is_empty() && found.set.tables.is_empty();
    for opened in others {
        let (path, head) = (opened.path().to_owned(), opened.head().to_vec());
        let mut spelt = Collector::taking(take);
        if is_all {
            let bytes = opened.into_bytes(left, EXPECTED)?;
            left = left.saturating_sub(bytes.len() as u64);
            text(&mut spelt, &path, &bytes, |offset| offset);
        }
        if spelt.set.tables.is_empty() {
            found.note(&path, Foreign::from("left out: ") + detect::describe(&head));
        } else {
            keep_names = false;
            found.set.is_text = true;
            found.set.tables.append(&mut spelt.set.tables);
            found.set.notes.append(&mut spelt.set.notes);
            found.set.findings.append(&mut spelt.set.findings);
            found.disagreement = found.disagreement.or(spelt.disagreement);
            found.more_notes = found.more_notes.saturating_add(spelt.more_notes);
            found.more_tables = found.more_tables.saturating_add(spelt.more_tables);
        }
    }
    for text in &texts {
        let note = "left out: the text of acpidump beside other tables; give the file itself";
        found.note(text.path(), note);
    }
    // Only the numbers of sysfs are in the order of installation.
    found.set.is_unordered = !keep_names;
    if keep_names {
        for table in &mut found.set.tables {
            table.name = table.origin.file_name().unwrap_or_default().into();
        }
    }
    if let (2.., None) = (texts.len(), rooted)
        && found.set.tables.is_empty()
    {
        let what = format!("{} texts of acpidump in this folder; give one of them", texts.len());
        return Err(SourceError::Empty { path: path.to_owned(), what: what.into() });
    }
    found.finish_any(path)
}

/// Whether a file has the name that sysfs would give it: the table's signature, perhaps with a number.
fn is_sysfs_name(path: &Path, table: &[u8]) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    name.strip_prefix(&raw::name(table).0).is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

/// What a folder holds.
struct Entries {
    /// Everything that is no folder, in the order of the names, numbers in them by value.
    files: Vec<PathBuf>,
    /// Whether there is a folder `dynamic`, as sysfs has it.
    has_dynamic: bool,
}

fn entries(folder: &Path) -> Result<Entries, SourceError> {
    let mut found = Entries { files: Vec::new(), has_dynamic: false };
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(SourceError::io(folder, error)),
    };
    for entry in listing {
        let entry = entry.map_err(|error| SourceError::io(folder, error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| SourceError::io(&path, error))?;
        if kind.is_dir() || kind.is_symlink() && path.is_dir() {
            found.has_dynamic |= entry.file_name() == DYNAMIC;
        } else {
            found.files.push(path);
        }
    }
    found.files.sort_by_cached_key(|path| natural(path.file_name().unwrap_or_default().as_bytes()));
    Ok(found)
}
