//! Tables from anywhere: the kind of a source is detected from its content, never from its name.

use super::detect::{self, Kind};
use super::firmware::HEADERS;
use super::image::{self, Contents, ImageError, ImageFile, LEAST_RAW, Layout};
use super::root::Root;
use super::tree::Tree;
use super::{SourceError, SourceTable, display, file, initrd as initrds};
use crate::budget;
use crate::bytes::escape;
use crate::container::acpidump;
use crate::container::cpio::early::{self, ACPI_PREFIX};
use crate::container::hexdump;
use crate::container::image::find::Options;
use crate::container::initrd::held::{Held, View};
use crate::container::initrd::hidden::hidden_tables;
use crate::container::pe;
use crate::container::raw::{self, Fault};
use crate::container::read_at::ReadAt;
use crate::container::uki;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most that is read from one source: tables are small, the largest dumps known have a few megabytes.
pub const LIMIT: u64 = 64 << 20;

/// What a message says that a source should hold.
const EXPECTED: &str = "ACPI tables, a text with tables, an initrd, a UKI or an image of memory";

/// Where a system keeps its tables.
const TABLES: &str = "sys/firmware/acpi/tables";

/// What is read of a file to see what it is.
const HEAD_LEN: u64 = 4096;

/// The most notes that are worth reading.
const MOST_NOTES: usize = 40;

/// The tables of one source, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSet {
    /// The tables.
    pub tables: Vec<SourceTable>,
    /// What was noticed on the way and lost nothing: noise skipped, files left out and why. Safe to print.
    pub notes: Vec<String>,
    /// Whether a text spells the tables: a byte of one is not that many bytes after where it begins in the file.
    pub is_text: bool,
}

/// A set that is being put together.
#[derive(Default)]
struct Collector {
    set: TableSet,
    /// Notes beyond those that the set holds.
    more_notes: usize,
    /// Tables beyond [`budget::TABLES`], which are not kept: there are too many.
    more_tables: usize,
}

impl TableSet {
    /// Where findings about a table count bytes from: its place in its file, or 0 when that is a text.
    pub fn base(&self, table: &SourceTable) -> u64 {
        if self.is_text { 0 } else { table.offset }
    }
}

impl Collector {
    /// Adds one table, without a name yet.
    fn push(&mut self, origin: &str, offset: u64, address: u64, bytes: Vec<u8>) {
        let address = (address != 0).then_some(address);
        if self.has_room() {
            let (name, origin) = (String::new(), origin.to_owned());
            self.set.tables.push(SourceTable { name, address, bytes, origin, offset });
        }
    }

    /// Whether there is room for a table; counts it where there is none.
    fn has_room(&mut self) -> bool {
        let has_room = self.set.tables.len() < budget::TABLES;
        self.more_tables = self.more_tables.saturating_add(usize::from(!has_room));
        has_room
    }

    fn note(&mut self, origin: &str, note: impl Display) {
        if self.set.notes.len() < MOST_NOTES {
            self.set.notes.push(format!("{origin}: {note}"));
        } else {
            self.more_notes = self.more_notes.saturating_add(1);
        }
    }

    /// Names each table that has no name after its signature, with a number from 1 where several share it.
    fn number(&mut self) {
        let base = |table: &SourceTable| raw::name(&table.bytes).0;
        let mut count: BTreeMap<[u8; 4], (usize, usize)> = BTreeMap::new();
        for table in self.set.tables.iter().filter(|table| table.name.is_empty()) {
            count.entry(base(table)).or_default().0 += 1;
        }
        for table in self.set.tables.iter_mut().filter(|table| table.name.is_empty()) {
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

    /// The set, with all names; `None` when it has no table.
    ///
    /// # Errors
    /// [`SourceError::TooMany`] where it has more than [`budget::TABLES`].
    fn finish(mut self, path: &Path) -> Result<Option<TableSet>, SourceError> {
        if self.more_tables > 0 {
            let found = self.set.tables.len().saturating_add(self.more_tables);
            return Err(SourceError::TooMany { path: path.to_owned(), found });
        }
        self.number();
        if self.more_notes > 0 {
            self.set.notes.push(format!("and {} more notes like these", self.more_notes));
        }
        Ok((!self.set.tables.is_empty()).then_some(self.set))
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
    Ok(with_root(path)?.0)
}

/// As [`from_path`], with the copied root that the tables stand in if they do: what comes through a pipe can be read once
/// only.
///
/// # Errors
/// As [`from_path`].
pub fn with_root(path: &Path) -> Result<(TableSet, Option<Root>), SourceError> {
    let is_stdin = path.as_os_str() == "-";
    let is_folder = !is_stdin && fs::metadata(path).map_err(|error| SourceError::io(path, error))?.is_dir();
    if is_folder {
        let root = Root::open(path)?;
        return match root.has_folder(TABLES) {
            true => in_root(root),
            false => folder(path).map(|set| (set, None)),
        };
    }
    if !is_stdin && is_tree(path) {
        return in_root(Root::open(path)?);
    }
    if let Some(image) = initrds::image(path)? {
        return from_uki(path, &image).map(|set| (set, None));
    }
    if let Some(set) = of_image(path)? {
        return Ok((set, None));
    }
    match file::read(path, LIMIT, EXPECTED) {
        Ok(bytes) if Tree::is_one(&bytes) => in_root(Root::Tar(Tree::from_bytes(path, bytes)?.into())),
        Ok(bytes) => from_bytes(path, &bytes).map(|set| (set, None)),
        Err(error @ SourceError::TooLarge { .. }) if !is_stdin => {
            match file::head(path, HEAD_LEN, EXPECTED) {
                // An image of that size has a name at its beginning.
                Ok(head) if matches!(detect::kind(&head), Kind::Known(_)) => Err(no_tables(path, &head)),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

fn in_root(root: Root) -> Result<(TableSet, Option<Root>), SourceError> {
    Ok((from_root(&root)?, Some(root)))
}

/// Whether a file is a tar archive, perhaps packed.
pub fn is_tree(path: &Path) -> bool {
    file::head(path, HEAD_LEN, EXPECTED).is_ok_and(|head| Tree::is_one(&head))
}

/// The tables of a running or copied system: `sys/firmware/acpi/tables` and its `dynamic` folder.
///
/// # Errors
/// [`SourceError`] when there is no such folder, or one of its files cannot be read.
pub fn from_root(root: &Root) -> Result<TableSet, SourceError> {
    let mut set = tables_of(root)?;
    for name in root.names(HEADERS) {
        let path = display(&root.path(&format!("{HEADERS}/{name}")));
        set.notes.push(format!("{path}: the header is all that was captured of this table"));
    }
    Ok(set)
}

fn tables_of(root: &Root) -> Result<TableSet, SourceError> {
    if let Root::Sample(sample) = root {
        return Ok(TableSet { tables: sample.tables(), ..TableSet::default() });
    }
    let mut found = Collector::default();
    let mut left = LIMIT;
    for folder in [TABLES.to_owned(), format!("{TABLES}/dynamic")] {
        let mut names = root.list(&folder)?;
        names.sort_by_cached_key(|name| natural(name.as_bytes()));
        for path in names.iter().map(|name| format!("{folder}/{name}")) {
            if let Some(bytes) = root.bytes(&path)? {
                left = left.checked_sub(bytes.len() as u64).ok_or_else(|| SourceError::TooLarge {
                    path: root.path(&folder),
                    limit: LIMIT,
                    expected: EXPECTED,
                })?;
                sysfs_file(&mut found, &root.path(&path), bytes);
            }
        }
    }
    found.finish(&root.path(TABLES))?.ok_or_else(|| none_in(root))
}

/// That a tree has no tables.
fn none_in(root: &Root) -> SourceError {
    let (path, what) = match root {
        Root::Tar(tree) => (tree.path().to_owned(), "no sys/firmware/acpi/tables in this archive"),
        root if root.has_folder(TABLES) => (root.path(TABLES), "no tables in this folder"),
        root if root.is_live() => {
            (root.path(TABLES), "no such folder: no ACPI here, or /sys is not mounted or hidden")
        }
        root => (root.path(TABLES), "no such folder"),
    };
    SourceError::Empty { path, what: what.to_owned() }
}

/// The same for a tree in a folder.
///
/// # Errors
/// As [`from_root`].
pub fn from_sysroot(root: &Path) -> Result<TableSet, SourceError> {
    from_root(&Root::open(root)?)
}

/// The tables in bytes that were already read; `path` names them in messages.
///
/// # Errors
/// [`SourceError`] when the bytes hold no table.
pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<TableSet, SourceError> {
    let mut found = Collector::default();
    let origin = display(path);
    match detect::kind(bytes) {
        Kind::Tables => binary(&mut found, &origin, bytes, |offset| offset as u64),
        // Zeros in front of an archive.
        Kind::Unknown if initrds::is_initrd(bytes) => {
            archive(&mut found, &origin, bytes.into(), |offset| offset as u64);
            return found.finish(path)?.ok_or_else(|| no_tables_in_initrd(path));
        }
        Kind::Text | Kind::Unknown => text(&mut found, &origin, bytes, |offset| offset),
        Kind::Utf16(order) => {
            // Characters beyond ASCII are noise wherever they are.
            let narrow: Vec<u8> = bytes.chunks_exact(2).skip(1).map(|unit| order.ascii(unit)).collect();
            text(&mut found, &origin, &narrow, |offset| offset.saturating_mul(2).saturating_add(2));
        }
        Kind::Memory(format) => {
            let options = Options { everywhere: true, ..Options::default() };
            let contents = image::read(bytes, Layout::Format(format), &options);
            memory(&mut found, &origin, contents.map_err(|error| image_error(path, error))?);
        }
        Kind::Empty => {}
        Kind::Known(_) if bytes.starts_with(pe::MAGIC) => {
            if let Ok(image) = initrds::image_in(path, bytes.to_vec())? {
                return from_uki(path, &image);
            }
        }
        Kind::Cpio => {
            archive(&mut found, &origin, bytes.into(), |offset| offset as u64);
            return found.finish(path)?.ok_or_else(|| no_tables_in_initrd(path));
        }
        // What is compressed from the first byte on shows Linux no tables, whatever it is.
        Kind::Known(_) if hidden(bytes.into(), 0) > 0 => return Err(no_tables_in_initrd(path)),
        Kind::Known(_) => {}
    }
    found.finish(path)?.ok_or_else(|| no_tables(path, bytes))
}

/// The tables of an image of memory, or of a large initrd, read piece by piece; `None` when the file is neither.
///
/// # Errors
/// [`SourceError`] when it cannot be read, or is one without tables.
pub fn of_image(path: &Path) -> Result<Option<TableSet>, SourceError> {
    let image = if path.as_os_str() == "-" { ImageFile::stdin() } else { ImageFile::open(path)? };
    let Some(image) = image else { return Ok(None) };
    if !image.is_live() && initrds::is_large(&image) {
        return large_initrd(path, image).map(Some);
    }
    let layout = match detect::kind(&image.head().map_err(|error| SourceError::io(path, error))?) {
        _ if image.is_all_memory() => Layout::Raw,
        Kind::Memory(format) => Layout::Format(format),
        Kind::Unknown if !image.is_live() && image.end() >= LEAST_RAW => Layout::Raw,
        _ => return Ok(None),
    };
    let contents = image::read(&image, layout, &image.options()).map_err(|error| image_error(path, error))?;
    let mut found = Collector::default();
    memory(&mut found, &display(path), contents);
    found.finish(path)
}

/// The tables in an initrd that stays in its file.
fn large_initrd(path: &Path, file: ImageFile) -> Result<TableSet, SourceError> {
    let failed = |error| initrds::read_error(path, error);
    let head = file.head().map_err(|error| SourceError::io(path, error))?;
    let held = Held::in_file(file).map_err(failed)?;
    let mut found = Collector::default();
    let hidden = archive(&mut found, &display(path), held.view(), |offset| offset as u64);
    initrds::intact(path, &held)?;
    found.finish(path)?.ok_or_else(|| match detect::kind(&head) {
        Kind::Known(_) if hidden == 0 => no_tables(path, &head),
        _ => no_tables_in_initrd(path),
    })
}

/// The tables that the stub of a unified kernel image hands over when no profile is asked for.
fn from_uki(path: &Path, image: &initrds::Image) -> Result<TableSet, SourceError> {
    let failed = |error| initrds::read_error(path, error);
    let origin = display(path);
    let mut found = Collector::default();
    let mut empty = true;
    for (number, (profiles, parts)) in initrds::distinct(image).into_iter().enumerate() {
        let held = Held::in_file(image.joined(&parts)).map_err(failed)?;
        let initrd = held.view();
        empty &= initrd.is_empty();
        if number == 0 {
            // What is cut off a section, or filled up, is no place in the file.
            archive(&mut found, &origin, initrd, |offset| {
                uki::in_file(&parts, offset as u64).unwrap_or_default()
            });
        } else {
            let tables = early::find_all(initrd, ACPI_PREFIX).0.len();
            let profile = profiles.first().copied().unwrap_or_default();
            found.note(&origin, format_args!("profile {profile} has another initrd, with {tables} tables"));
        }
        initrds::intact(path, &held)?;
    }
    found.finish(path)?.ok_or_else(|| {
        let what = if empty { "no .initrd and no .ucode in it" } else { NO_TABLES_FOUND };
        SourceError::Empty { path: path.to_owned(), what: what.to_owned() }
    })
}

/// Adds the tables that the kernel's early search finds in an initrd; `place` gives the place in the file of one in the
/// initrd. Returns how many tables stand behind the end of that search.
fn archive(found: &mut Collector, origin: &str, initrd: View<'_>, place: impl Fn(usize) -> u64) -> usize {
    let (files, stop) = early::find_all(initrd, ACPI_PREFIX);
    for entry in files {
        let split = raw::split(entry.data);
        for range in &split.tables {
            let at = place(entry.data_at.saturating_add(range.start));
            found.push(origin, at, 0, entry.data.get(range.clone()).unwrap_or_default().to_vec());
        }
        match split.fault {
            Some((at, fault)) => found.note(origin, format_args!("{entry}: byte {at}: {fault}")),
            None if split.tables.is_empty() => found.note(origin, format_args!("{entry}: no ACPI table")),
            None => {}
        }
    }
    let hidden = hidden(initrd, stop.at);
    if hidden > 0 {
        found.note(origin, format_args!("{hidden} more that Linux does not find: acpihp check says why"));
    }
    hidden
}

/// How many tables stand from a byte on, whether Linux gets there or not.
fn hidden(initrd: View<'_>, from: u64) -> usize {
    // What cannot be read the initrd that is held knows of.
    hidden_tables(&initrd, from..u64::MAX).map_or(0, |hidden| hidden.len())
}

/// What is said of an initrd in which Linux finds no tables.
const NO_TABLES_FOUND: &str = "an initrd in which Linux finds no ACPI tables: acpihp check says more";

fn no_tables_in_initrd(path: &Path) -> SourceError {
    SourceError::Empty { path: path.to_owned(), what: NO_TABLES_FOUND.to_owned() }
}

fn image_error(path: &Path, error: ImageError) -> SourceError {
    SourceError::Image { path: path.to_owned(), error }
}

/// Adds the tables of an image of memory.
fn memory(found: &mut Collector, origin: &str, contents: Contents) {
    if contents.missing > 0 {
        let missing = contents.missing;
        found.note(
            origin,
            format_args!("cut off: {missing} bytes of the memory that it describes are missing"),
        );
    } else if contents.is_cut {
        found.note(origin, "cut off: a part of the memory is missing");
    }
    if let [used, others @ ..] = contents.found.rsdps.as_slice() {
        for other in others {
            let (at, place, used) = (other.address, other.place, used.address);
            found.note(
                origin,
                format_args!("a second RSDP at {at:#x}, {place}; Linux takes the one at {used:#x}"),
            );
        }
    }
    contents.walk.faults.iter().for_each(|fault| found.note(origin, fault));
    found.more_notes = found.more_notes.saturating_add(contents.walk.more_faults);
    for table in contents.walk.tables {
        if !found.has_room() {
            continue;
        }
        found.set.tables.push(SourceTable {
            name: String::new(),
            address: Some(table.address),
            bytes: table.bytes,
            origin: origin.to_owned(),
            offset: table.offset.unwrap_or(0),
        });
    }
}

/// The error that stands for bytes without tables.
fn no_tables(path: &Path, bytes: &[u8]) -> SourceError {
    if bytes.is_empty() {
        return SourceError::no_bytes(path);
    }
    SourceError::Content {
        path: path.to_owned(),
        offset: 0,
        found: detect::describe(bytes),
        expected: EXPECTED,
    }
}

/// Adds the tables of a text; `place` gives the place in the file of a place in the text.
fn text(found: &mut Collector, origin: &str, text: &[u8], place: impl Fn(usize) -> usize) {
    let mut dump = acpidump::read(text);
    if dump.tables.is_empty() {
        let other = hexdump::read(text);
        dump = if other.tables.is_empty() { dump } else { other };
    }
    for table in dump.tables {
        let at = place(table.offset) as u64;
        // Without a header line the bytes can be those of a file of several tables.
        if table.name.is_empty() && raw::split(&table.bytes).tables.len() > 1 {
            binary(found, origin, &table.bytes, |_| at);
        } else {
            found.push(origin, at, table.address, table.bytes);
        }
        found.set.is_text = true;
    }
    dump.notes.iter().for_each(|note| found.note(origin, note));
    found.more_notes = found.more_notes.saturating_add(dump.more_notes);
}

/// Adds the binary tables of one file; `place` gives the place in the file of one in the bytes.
fn binary(found: &mut Collector, origin: &str, bytes: &[u8], place: impl Fn(usize) -> u64) {
    let split = raw::split(bytes);
    for range in &split.tables {
        if let Some(table) = bytes.get(range.clone()) {
            let room = found.set.tables.len() < budget::TABLES;
            found.push(origin, place(range.start), 0, if room { table.to_vec() } else { Vec::new() });
        }
    }
    if let Some((at, fault)) = split.fault {
        let rest = bytes.len().saturating_sub(at);
        match fault {
            Fault::NoTable => {
                found.note(origin, format_args!("byte {at}: {fault}; the last {rest} bytes were left out"))
            }
            _ => found.note(origin, format_args!("byte {at}: {fault}")),
        }
    } else if let ([only], Ok(length)) = (split.tables.as_slice(), raw::length(bytes))
        && length < only.end
    {
        let more = only.end.saturating_sub(length);
        found.note(origin, format_args!("byte {length}: {more} bytes after the end of the table"));
    }
    note_replaced(found, origin, bytes);
}

fn note_replaced(found: &mut Collector, origin: &str, bytes: &[u8]) {
    let replaced = detect::replaced_bytes(bytes);
    if replaced > 0 {
        let what = "bytes were replaced by EF BF BD: saved as text by some program, and damaged for good";
        found.note(origin, format_args!("{replaced} {what}"));
    }
}

/// The tables of /sys/firmware/acpi/tables or a copy of it: each file is one table, whose name is kept.
fn sysfs_folder(folder: &Path) -> Result<TableSet, SourceError> {
    let mut found = Collector::default();
    let mut left = LIMIT;
    for folder in [folder.to_owned(), folder.join("dynamic")] {
        for path in entries(&folder)?.files {
            let bytes = file::read(&path, left, EXPECTED)?;
            left = left.saturating_sub(bytes.len() as u64);
            sysfs_file(&mut found, &path, bytes);
        }
    }
    let what = || "no tables in this folder".to_owned();
    found.finish(folder)?.ok_or_else(|| SourceError::Empty { path: folder.to_owned(), what: what() })
}

fn sysfs_file(found: &mut Collector, path: &Path, bytes: Vec<u8>) {
    let origin = display(path);
    if raw::split(&bytes).tables.is_empty() {
        return found.note(&origin, format_args!("left out: {}", detect::describe(&bytes)));
    }
    if let Err(fault) = raw::length(&bytes) {
        found.note(&origin, format_args!("byte 0: {fault}"));
    }
    note_replaced(found, &origin, &bytes);
    if !found.has_room() {
        return;
    }
    found.push(&origin, 0, 0, bytes);
    if let Some(table) = found.set.tables.last_mut() {
        table.name = display(Path::new(path.file_name().unwrap_or_default()));
    }
}

/// The binary tables of a folder's files, in the order of the files' names; without any, those of its only text of
/// acpidump, or those that other texts spell.
fn folder(path: &Path) -> Result<TableSet, SourceError> {
    let entries = entries(path)?;
    if entries.has_dynamic {
        return sysfs_folder(path);
    }
    let mut found = Collector::default();
    let mut left = LIMIT;
    let mut keep_names = true;
    let mut texts = Vec::new();
    let mut others = Vec::new();
    for path in entries.files {
        let origin = display(&path);
        let head = match file::head(&path, HEAD_LEN, EXPECTED) {
            Ok(head) => head,
            Err(SourceError::Content { found: kind, .. }) => {
                found.note(&origin, format_args!("left out: {kind}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        match detect::kind(&head) {
            Kind::Tables => {
                let bytes = file::read(&path, left, EXPECTED)?;
                left = left.saturating_sub(bytes.len() as u64);
                let first = found.set.tables.len();
                binary(&mut found, &origin, &bytes, |offset| offset as u64);
                let added = found.set.tables.get(first..).unwrap_or_default();
                keep_names &= matches!(added, [table] if is_sysfs_name(&path, &table.bytes));
            }
            Kind::Text if acpidump::has_header(&head) => texts.push(path),
            Kind::Text => others.push((path, head)),
            _ => found.note(&origin, format_args!("left out: {}", detect::describe(&head))),
        }
    }
    if let ([text], true) = (texts.as_slice(), found.set.tables.is_empty()) {
        return from_path(text);
    }
    let is_all = texts.is_empty() && found.set.tables.is_empty();
    for (path, head) in others {
        let origin = display(&path);
        let mut spelt = Collector::default();
        if is_all {
            let bytes = file::read(&path, left, EXPECTED)?;
            left = left.saturating_sub(bytes.len() as u64);
            text(&mut spelt, &origin, &bytes, |offset| offset);
        }
        if spelt.set.tables.is_empty() {
            found.note(&origin, format_args!("left out: {}", detect::describe(&head)));
        } else {
            keep_names = false;
            found.set.is_text = true;
            found.set.tables.append(&mut spelt.set.tables);
            found.set.notes.append(&mut spelt.set.notes);
            found.more_notes = found.more_notes.saturating_add(spelt.more_notes);
            found.more_tables = found.more_tables.saturating_add(spelt.more_tables);
        }
    }
    for text in &texts {
        found
            .note(&display(text), "left out: the text of acpidump beside other tables; give the file itself");
    }
    if keep_names {
        for table in &mut found.set.tables {
            table.name = table.origin.rsplit('/').next().unwrap_or_default().to_owned();
        }
    }
    found.finish(path)?.ok_or_else(|| {
        let what = match texts.len() {
            0 => "no file with ACPI tables in this folder".to_owned(),
            several => format!("{several} texts of acpidump in this folder; give one of them"),
        };
        SourceError::Empty { path: path.to_owned(), what }
    })
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
