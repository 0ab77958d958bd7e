//! Tables from anywhere: the kind of a source is detected from its content, never from its name.

use super::detect::{self, Kind};
use super::{SourceError, SourceTable, display, file};
use crate::bytes::escape;
use crate::container::raw::{self, Fault};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most that is read from one source: tables are small, the largest dumps known have a few megabytes.
pub const LIMIT: u64 = 64 << 20;

/// What a message says that a source should hold.
const EXPECTED: &str = "ACPI tables or the text of acpidump";

/// Where a system keeps its tables.
const TABLES: &str = "sys/firmware/acpi/tables";

/// The most notes that are worth reading.
const MOST_NOTES: usize = 40;

/// The tables of one source, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSet {
    /// The tables.
    pub tables: Vec<SourceTable>,
    /// What was noticed on the way and lost nothing: noise skipped, files left out and why. Safe to print.
    pub notes: Vec<String>,
}

impl TableSet {
    /// Adds one table without a name yet.
    fn push(&mut self, origin: &str, offset: usize, address: u64, bytes: Vec<u8>) {
        let address = (address != 0).then_some(address);
        let (name, origin) = (String::new(), origin.to_owned());
        self.tables.push(SourceTable { name, address, bytes, origin, offset: offset as u64 });
    }

    /// Names each table that has no name after its signature, with a number from 1 where several share it.
    fn number(&mut self) {
        let base = |table: &SourceTable| raw::name(&table.bytes).0;
        let mut count: HashMap<[u8; 4], (usize, usize)> = HashMap::new();
        for table in self.tables.iter().filter(|table| table.name.is_empty()) {
            count.entry(base(table)).or_default().0 += 1;
        }
        for table in self.tables.iter_mut().filter(|table| table.name.is_empty()) {
            let signature = base(table);
            table.name = escape(&signature).into_owned();
            if let Some((total, number)) = count.get_mut(&signature)
                && *total > 1
            {
                *number += 1;
                table.name.push_str(&number.to_string());
            }
        }
    }

    fn finish(mut self) -> TableSet {
        self.number();
        if let Some(more) = self.notes.len().checked_sub(MOST_NOTES).filter(|more| *more > 0) {
            self.notes.truncate(MOST_NOTES);
            self.notes.push(format!("and {more} more notes of this kind"));
        }
        self
    }
}

/// The tables of a file, a folder or (`-`) standard input.
///
/// A folder is a copied root (`sys/firmware/acpi/tables` inside), a copy of that folder of tables, or any folder with
/// files of binary tables.
///
/// # Errors
/// [`SourceError`] when the source cannot be read or holds no table.
pub fn from_path(path: &Path) -> Result<TableSet, SourceError> {
    let is_stdin = path.as_os_str() == "-";
    if !is_stdin && fs::metadata(path).map_err(|error| SourceError::io(path, error))?.is_dir() {
        let root = path.join(TABLES);
        return if root.is_dir() { sysfs_folder(&root) } else { folder(path) };
    }
    match file::read(path, LIMIT, EXPECTED) {
        Ok(bytes) => from_bytes(path, &bytes),
        // An image of that size has a name at its beginning.
        Err(error @ SourceError::TooLarge { .. }) if !is_stdin => Err(file::head(path, 4096, EXPECTED)
            .ok()
            .and_then(|head| no_source(path, &head))
            .unwrap_or(error)),
        Err(error) => Err(error),
    }
}

/// The tables of a running or copied system: `sys/firmware/acpi/tables` and its `dynamic` folder below `root`.
///
/// # Errors
/// [`SourceError`] when there is no such folder, or one of its files cannot be read.
pub fn from_sysroot(root: &Path) -> Result<TableSet, SourceError> {
    let tables = root.join(TABLES);
    match fs::metadata(&tables) {
        Ok(meta) if meta.is_dir() => sysfs_folder(&tables),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(SourceError::io(&tables, error)),
        _ => {
            let why = if root == Path::new("/") {
                "no such folder: no ACPI here, or /sys is not mounted or hidden"
            } else {
                "no such folder"
            };
            Err(SourceError::Empty { path: tables, what: why.to_owned() })
        }
    }
}

/// The tables in bytes that were already read; `path` names them in messages.
///
/// # Errors
/// [`SourceError`] when the bytes hold no table.
pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<TableSet, SourceError> {
    let mut set = TableSet::default();
    if let Some(error) = no_source(path, bytes) {
        return Err(error);
    }
    if detect::kind(bytes) == Kind::Tables {
        binary(&mut set, &display(path), bytes);
    }
    if set.tables.is_empty() {
        let found = detect::describe(bytes);
        return Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected: EXPECTED });
    }
    Ok(set.finish())
}

/// The error that stands for bytes that are recognisably no tables.
fn no_source(path: &Path, bytes: &[u8]) -> Option<SourceError> {
    let path = path.to_owned();
    match detect::kind(bytes) {
        Kind::Empty => Some(SourceError::Empty { path, what: "empty".to_owned() }),
        Kind::Known(_) | Kind::Cpio => {
            let found = detect::describe(bytes);
            Some(SourceError::Content { path, offset: 0, found, expected: EXPECTED })
        }
        Kind::Tables | Kind::Text | Kind::Unknown => None,
    }
}

/// Adds the binary tables of one file. Returns how many.
fn binary(set: &mut TableSet, origin: &str, bytes: &[u8]) -> usize {
    let split = raw::split(bytes);
    for range in &split.tables {
        if let Some(table) = bytes.get(range.clone()) {
            set.push(origin, range.start, 0, table.to_vec());
        }
    }
    if let Some((at, fault)) = split.fault {
        let rest = bytes.len().saturating_sub(at);
        set.notes.push(match fault {
            Fault::NoTable => format!("{origin}: byte {at}: {fault}; the last {rest} bytes were left out"),
            _ => format!("{origin}: byte {at}: {fault}"),
        });
    } else if let ([only], Ok(length)) = (split.tables.as_slice(), raw::length(bytes))
        && length < only.end
    {
        let more = only.end.saturating_sub(length);
        set.notes.push(format!("{origin}: byte {length}: {more} bytes after the end of the table"));
    }
    replaced_note(set, origin, bytes);
    split.tables.len()
}

fn replaced_note(set: &mut TableSet, origin: &str, bytes: &[u8]) {
    let replaced = detect::replaced_bytes(bytes);
    if replaced > 0 {
        set.notes.push(format!(
            "{origin}: {replaced} bytes were replaced by EF BF BD: saved as text by some program, and damaged for good"
        ));
    }
}

/// The tables of /sys/firmware/acpi/tables or a copy of it: each file is one table, whose name is kept.
fn sysfs_folder(folder: &Path) -> Result<TableSet, SourceError> {
    let mut set = TableSet::default();
    let mut left = LIMIT;
    for folder in [folder.to_owned(), folder.join("dynamic")] {
        for path in entries(&folder)?.files {
            let bytes = file::read(&path, left, EXPECTED)?;
            left = left.saturating_sub(bytes.len() as u64);
            sysfs_file(&mut set, &path, bytes);
        }
    }
    if set.tables.is_empty() {
        return Err(SourceError::Empty {
            path: folder.to_owned(),
            what: "no tables in this folder".to_owned(),
        });
    }
    Ok(set.finish())
}

fn sysfs_file(set: &mut TableSet, path: &Path, bytes: Vec<u8>) {
    let origin = display(path);
    let Some(range) = raw::split(&bytes).tables.first().cloned() else {
        set.notes.push(format!("{origin}: left out: {}", detect::describe(&bytes)));
        return;
    };
    if let Err(fault) = raw::length(&bytes) {
        set.notes.push(format!("{origin}: byte 0: {fault}"));
    }
    replaced_note(set, &origin, &bytes);
    set.push(&origin, range.start, 0, bytes);
    if let Some(table) = set.tables.last_mut() {
        table.name = display(Path::new(path.file_name().unwrap_or_default()));
    }
}

/// The binary tables of a folder's files, in the order of the files' names.
fn folder(path: &Path) -> Result<TableSet, SourceError> {
    let entries = entries(path)?;
    if entries.has_dynamic {
        return sysfs_folder(path);
    }
    let mut set = TableSet::default();
    let mut left = LIMIT;
    let mut keep_names = true;
    for path in entries.files {
        let origin = display(&path);
        let head = match file::head(&path, 4096, EXPECTED) {
            Ok(head) => head,
            Err(SourceError::Content { found, .. }) => {
                set.notes.push(format!("{origin}: left out: {found}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        if !matches!(detect::kind(&head), Kind::Tables) {
            set.notes.push(format!("{origin}: left out: {}", detect::describe(&head)));
            continue;
        }
        let bytes = file::read(&path, left, EXPECTED)?;
        left = left.saturating_sub(bytes.len() as u64);
        let first = set.tables.len();
        let found = binary(&mut set, &origin, &bytes);
        keep_names &=
            found == 1 && set.tables.get(first).is_some_and(|table| is_sysfs_name(&path, &table.bytes));
    }
    if set.tables.is_empty() {
        return Err(SourceError::Empty {
            path: path.to_owned(),
            what: "no file with ACPI tables in this folder".to_owned(),
        });
    }
    if keep_names {
        for table in &mut set.tables {
            table.name = table.origin.rsplit('/').next().unwrap_or_default().to_owned();
        }
    }
    Ok(set.finish())
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
            found.has_dynamic |= entry.file_name() == "dynamic";
        } else {
            found.files.push(path);
        }
    }
    found.files.sort_by_cached_key(|path| natural(path.file_name().unwrap_or_default().as_bytes()));
    Ok(found)
}

/// A key that orders SSDT2 before SSDT10.
fn natural(name: &[u8]) -> (Vec<u8>, usize, Vec<u8>) {
    let digits_from = name.iter().position(u8::is_ascii_digit).unwrap_or(name.len());
    let (stem, rest) = name.split_at(digits_from);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (stem.to_vec(), digits, rest.to_vec())
}
