//! Tables from anywhere: the kind of a source is detected from its content, never from its name.

mod folder;
mod listing;
mod order;

use super::detect::{self, Kind};
use super::firmware::HEADERS;
use super::image::{self, Contents, ImageError, ImageLayout};
use super::klog::KernelText;
use super::open::{Input, Opened};
use super::root::Root;
use super::{SourceError, SourceTable, initrd as initrds};
use crate::budget;
use crate::container::acpidump;
use crate::container::cpio::early::{self, ACPI_PREFIX};
use crate::container::hexdump;
use crate::container::initrd::held::{Held, View};
use crate::container::initrd::hidden::hidden_tables;
use crate::container::raw::{self, Fault};
use crate::container::uki;
use crate::finding::{Finding, registry::boot as rule};
use crate::foreign::Foreign;
use crate::memory::log::KernelLog;
use crate::table::Signature;
use crate::table::rsdp;
use crate::table::source::Take;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a message says that a source should hold.
pub const EXPECTED: &str = "ACPI tables, a text with tables, an initrd, a UKI or an image of memory";

/// Where a system keeps its tables.
pub(crate) const FOLDER: &str = "sys/firmware/acpi/tables";

/// The folder in that one with the tables that were loaded at run time.
pub(crate) const DYNAMIC: &str = "dynamic";

/// The most notes that are worth reading.
const MOST_NOTES: usize = 40;

pub use listing::lines as decoded_lines;

/// The tables of one source, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSet {
    /// The tables.
    pub tables: Vec<SourceTable>,
    /// What was noticed on the way and lost nothing: noise skipped, files left out and why. Safe to print.
    pub notes: Vec<Foreign>,
    /// Whether a text spells the tables: a byte of one is not that many bytes after where it begins in the file.
    pub is_text: bool,
    /// Tables of which a listing has no more than the header, in its list of tables: their bytes end there.
    pub headers: Vec<SourceTable>,
    /// What the listings among the texts say of a table in two ways.
    pub findings: Vec<Finding>,
    /// What was named: the file or the folder.
    pub path: PathBuf,
    /// Whether the order is that of a dump or a folder, which is not the order of installation.
    pub is_unordered: bool,
    /// Tables that come first, in this order, by name or file: what who asks says of the root table.
    pub root_order: Vec<String>,
    /// Kinds of tables whose order nothing says; [`TableSet::arrange`] finds out.
    pub open: Vec<Signature>,
}

/// A set that is being put together.
#[derive(Default)]
struct Collector {
    set: TableSet,
    /// Notes beyond those that the set holds.
    more_notes: usize,
    /// Tables beyond [`budget::TABLES`], which are not kept: there are too many.
    more_tables: usize,
    /// What counts in a listing that says two things of a table.
    take: Option<Take>,
    /// Why it is not clear which tables are meant.
    disagreement: Option<SourceError>,
}

impl TableSet {
    /// Where findings about a table count bytes from: its place in its file, or 0 when that is a text.
    pub fn base(&self, table: &SourceTable) -> u64 {
        if self.is_text { 0 } else { table.offset }
    }
}

impl Collector {
    fn taking(take: Option<Take>) -> Self {
        Collector { take, ..Collector::default() }
    }

    /// Adds one table, without a name yet.
    fn push(&mut self, origin: &Path, offset: u64, address: u64, bytes: Vec<u8>) {
        let address = (address != 0).then_some(address);
        budget::need(size_of::<SourceTable>().saturating_add(bytes.len()), "the list of tables");
        if self.has_room() {
            let (name, origin) = (Foreign::default(), origin.to_owned());
            self.set.tables.push(SourceTable { name, address, bytes, origin, offset, is_dynamic: false });
        }
    }

    /// Whether there is room for a table; counts it where there is none.
    fn has_room(&mut self) -> bool {
        let has_room = self.set.tables.len() < budget::TABLES;
        self.more_tables = self.more_tables.saturating_add(usize::from(!has_room));
        has_room
    }

    fn note(&mut self, origin: &Path, note: impl Into<Foreign>) {
        if self.set.notes.len() < MOST_NOTES {
            self.set.notes.push(Foreign::from(origin) + ": " + note);
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
            table.name = Signature(signature).into();
            if let Some((total, number)) = count.get_mut(&signature)
                && *total > 1
            {
                *number += 1;
                table.name = std::mem::take(&mut table.name) + number.to_string();
            }
        }
    }

    /// The set, with all names; `None` when it has no table.
    ///
    /// # Errors
    /// [`SourceError::TooMany`] where it has more than [`budget::TABLES`].
    fn finish(self, path: &Path) -> Result<Option<TableSet>, SourceError> {
        Ok(Some(self.finish_any(path)?).filter(|set| !set.tables.is_empty()))
    }

    /// The same, without tables as well.
    fn finish_any(mut self, path: &Path) -> Result<TableSet, SourceError> {
        if let Some(error) = self.disagreement {
            return Err(error);
        }
        if self.more_tables > 0 {
            let found = self.set.tables.len().saturating_add(self.more_tables);
            return Err(SourceError::TooMany { path: path.to_owned(), found });
        }
        self.number();
        path.clone_into(&mut self.set.path);
        if self.more_notes > 0 {
            self.set.notes.push(format!("and {} more notes like these", self.more_notes).into());
        }
        Ok(self.set)
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

/// As [`from_path`], with the copied root that the tables stand in if they do.
///
/// # Errors
/// As [`from_path`].
pub fn with_root(path: &Path) -> Result<(TableSet, Option<Root>), SourceError> {
    taking(path, None)
}

/// The same, where somebody has decided what counts in a listing whose parts disagree.
///
/// # Errors
/// As [`from_path`].
pub fn taking(path: &Path, take: Option<Take>) -> Result<(TableSet, Option<Root>), SourceError> {
    of_input(Input::open(path, EXPECTED)?, take)
}

/// The tables of an input, with the machine that they are of where it is one.
///
/// # Errors
/// [`SourceError`] when it cannot be read or holds no table.
pub fn of_input(input: Input, take: Option<Take>) -> Result<(TableSet, Option<Root>), SourceError> {
    let set = match input {
        Input::Machine(root) => return Ok((from_root(&root)?, Some(root))),
        Input::Folder(path) => folder::tables(&path, take)?,
        Input::Image(path, image) => of_uki(&path, &image)?,
        Input::Archive(opened) => of_archive(opened)?,
        Input::Memory(opened, layout) => of_memory(opened, layout)?,
        Input::Kernel(opened) => {
            return Err(no_tables(opened.path(), opened.head()));
        }
        Input::Tables(opened) => of_bytes(opened, take, in_file)?,
        Input::Text(opened) => match KernelText::in_opened(&opened)? {
            Some(log) => return Ok((of_log(&log)?, Some(Root::Log(Arc::new(log))))),
            None => of_bytes(opened, take, spelt)?,
        },
        Input::Other(opened) => of_other(opened)?,
    };
    Ok((set, None))
}

/// The tables of a folder's files, none of them from outside of it: a link that leads out is not followed. A set without tables
/// has notes of what was left out.
///
/// # Errors
/// As [`of_input`], but for a folder without tables.
pub fn of_folder(path: &Path, take: Option<Take>) -> Result<TableSet, SourceError> {
    folder::inside(path, take)
}

/// The headers of the tables that a log lists.
///
/// # Errors
/// [`SourceError::TooMany`] where there are too many.
fn of_log(read: &KernelText) -> Result<TableSet, SourceError> {
    let (mut found, mut seen) = (Collector::default(), HashSet::new());
    for shown in read.log.roots.iter().cloned().chain(read.log.listed()) {
        // Linux lists a FACS twice where two addresses lead to it.
        if seen.insert(shown.table.address) && shown.table.signature != rsdp::NAME {
            found.push(&read.path, 0, shown.table.address, KernelLog::header_of(&shown));
        }
    }
    found.note(&read.path, "a log: of each table it shows the header");
    let (origin, gaps) = (&read.path, read.log.map_gap().into_iter().chain(read.log.node_gaps()));
    let lost = gaps.map(|gap| Finding::new(&rule::LOG_INCOMPLETE, origin.as_path(), gap.to_string()));
    found.set.findings.extend(lost);
    found.set.is_text = true;
    Ok(found.finish(&read.path)?.unwrap_or_default())
}

/// The tables of a running or copied system: `sys/firmware/acpi/tables` and its `dynamic` folder.
///
/// # Errors
/// [`SourceError`] when there is no such folder, or one of its files cannot be read.
pub fn from_root(root: &Root) -> Result<TableSet, SourceError> {
    if let Root::Log(log) = root {
        return of_log(log);
    }
    let mut set = tables_of(root)?;
    // Only captures have headers alone.
    let headers = if root.is_live() { Vec::new() } else { root.names(HEADERS) };
    for name in headers {
        let path = root.path(&format!("{HEADERS}/{name}"));
        set.notes.push(Foreign::from(path.as_path()) + ": the header is all that was captured of this table");
    }
    Ok(set)
}

fn tables_of(root: &Root) -> Result<TableSet, SourceError> {
    let dynamic = format!("{FOLDER}/{DYNAMIC}");
    in_folders(root, &[(FOLDER, false), (&dynamic, true)])?.ok_or_else(|| none_in(root))
}

/// The tables that a running or copied system had when it came up; none where there is no folder of them.
///
/// # Errors
/// [`SourceError`] when one of them cannot be read.
pub(super) fn of_boot(root: &Root) -> Result<Vec<SourceTable>, SourceError> {
    let set = in_folders(root, &[(FOLDER, false)])?.unwrap_or_default();
    Ok(set.tables.into_iter().filter(|table| !table.is_dynamic).collect())
}

/// The tables of folders of a tree, each with whether they were loaded at run time; `None` without any.
fn in_folders(root: &Root, folders: &[(&str, bool)]) -> Result<Option<TableSet>, SourceError> {
    if let Root::Sample(sample) = root {
        return Ok(Some(TableSet { tables: sample.tables(), ..TableSet::default() }));
    }
    let mut found = Collector::default();
    let mut left = budget::TABLE_BYTES;
    for (folder, is_dynamic) in folders {
        let mut names = root.files(folder)?;
        names.sort_by_cached_key(|name| natural(name.as_bytes()));
        for path in names.iter().map(|name| format!("{folder}/{name}")) {
            if let Some(bytes) = root.bytes(&path)? {
                left = left.checked_sub(bytes.len() as u64).ok_or_else(|| SourceError::TooLarge {
                    path: root.path(folder),
                    limit: budget::TABLE_BYTES,
                    expected: EXPECTED,
                })?;
                folder::sysfs_file(&mut found, &root.path(&path), bytes, *is_dynamic);
            }
        }
    }
    found.finish(&root.path(FOLDER))
}

/// That a tree has no tables.
fn none_in(root: &Root) -> SourceError {
    let (path, what) = match root {
        Root::Tar(tree) => (tree.path().to_owned(), "no sys/firmware/acpi/tables in this archive"),
        root if root.has_folder(FOLDER) => (root.path(FOLDER), "no tables in this folder"),
        root if root.is_live() => {
            (root.path(FOLDER), "no such folder: no ACPI here, or /sys is not mounted or hidden")
        }
        root => (root.path(FOLDER), "no such folder"),
    };
    SourceError::Empty { path, what: what.into() }
}

/// The tables in bytes that were already read; `path` names them in messages.
///
/// # Errors
/// [`SourceError`] when the bytes hold no table.
pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<TableSet, SourceError> {
    of_those(path, bytes, None)
}

/// The same, where somebody has decided what counts in a listing whose parts disagree.
///
/// # Errors
/// As [`from_bytes`].
pub fn of_those(path: &Path, bytes: &[u8], take: Option<Take>) -> Result<TableSet, SourceError> {
    let head = bytes.get(..super::open::HEAD_LEN).unwrap_or(bytes);
    let mut found = Collector::taking(take);
    found.set.is_unordered = true;
    // Most are of these two kinds, for which nothing has to be copied.
    match (detect::whole(head), detect::kind_of(head, bytes.len() as u64)) {
        (None, Kind::Tables) => in_file(&mut found, path, bytes),
        (None, Kind::Text | Kind::Utf16(_)) => spelt(&mut found, path, bytes),
        _ => return Ok(of_input(Input::of(Opened::of_bytes(path, bytes.to_vec()))?, take)?.0),
    }
    found.finish(path)?.ok_or_else(|| no_tables(path, bytes))
}

/// The tables that `read` finds in the bytes of a file.
fn of_bytes(
    opened: Opened,
    take: Option<Take>,
    read: fn(&mut Collector, &Path, &[u8]),
) -> Result<TableSet, SourceError> {
    let path = opened.path().to_owned();
    let bytes = opened.into_bytes(budget::TABLE_BYTES, EXPECTED)?;
    let mut found = Collector::taking(take);
    found.set.is_unordered = true;
    read(&mut found, &path, &bytes);
    found.finish(&path)?.ok_or_else(|| no_tables(&path, &bytes))
}

/// Adds the tables of a file with nothing else in it.
fn in_file(found: &mut Collector, origin: &Path, bytes: &[u8]) {
    binary(found, origin, bytes, |offset| offset as u64);
}

/// The tables of text in whatever units.
fn spelt(found: &mut Collector, origin: &Path, bytes: &[u8]) {
    match detect::kind(bytes) {
        Kind::Utf16(order) => {
            // Characters beyond ASCII are noise wherever they are.
            let narrow: Vec<u8> = bytes.chunks_exact(2).skip(1).map(|unit| order.ascii(unit)).collect();
            text(found, origin, &narrow, |offset| offset.saturating_mul(2).saturating_add(2));
        }
        _ => text(found, origin, bytes, |offset| offset),
    }
}

/// The tables of what is none of the kinds that have any as a rule: text with noise in front may still spell some.
fn of_other(opened: Opened) -> Result<TableSet, SourceError> {
    match detect::kind(opened.head()) {
        Kind::Unknown => of_bytes(opened, None, spelt),
        // What is compressed from the first byte on shows Linux no tables, whatever it is.
        Kind::Known(_) => {
            let (path, head) = (opened.path().to_owned(), opened.head().to_vec());
            let held =
                Held::in_file(opened.into_source()).map_err(|error| initrds::read_error(&path, error))?;
            let hidden = hidden(held.view(), 0);
            initrds::intact(&path, &held)?;
            Err(if hidden > 0 { no_tables_in_initrd(&path) } else { no_tables(&path, &head) })
        }
        _ => Err(no_tables(opened.path(), opened.head())),
    }
}

/// The tables of an image of memory.
fn of_memory(opened: Opened, layout: ImageLayout) -> Result<TableSet, SourceError> {
    let contents = image::read(&opened, layout, &opened.memory_options());
    let contents = contents.map_err(|error| image_error(opened.path(), error))?;
    let mut found = Collector::default();
    memory(&mut found, opened.path(), contents);
    found.finish(opened.path())?.ok_or_else(|| no_tables(opened.path(), opened.head()))
}

/// The tables that Linux finds in an override archive or an initrd.
fn of_archive(opened: Opened) -> Result<TableSet, SourceError> {
    let (path, head) = (opened.path().to_owned(), opened.head().to_vec());
    let held = initrds::held(&path, opened.into_source())?;
    let mut found = Collector::default();
    let hidden = archive(&mut found, &path, held.view(), |offset| offset as u64);
    initrds::intact(&path, &held)?;
    found.finish(&path)?.ok_or_else(|| match detect::kind(&head) {
        Kind::Known(_) if hidden == 0 => no_tables(&path, &head),
        _ => no_tables_in_initrd(&path),
    })
}

/// The tables that the stub of a unified kernel image hands over when no profile is asked for.
fn of_uki(path: &Path, image: &initrds::Image) -> Result<TableSet, SourceError> {
    let failed = |error| initrds::read_error(path, error);
    let origin = path;
    let mut found = Collector::default();
    let mut empty = true;
    for (number, (profiles, parts)) in initrds::distinct(image).into_iter().enumerate() {
        let held = Held::in_file(image.joined(&parts)).map_err(failed)?;
        let initrd = held.view();
        empty &= initrd.is_empty();
        if number == 0 {
            // What is cut off a section, or filled up, is no place in the file.
            archive(&mut found, origin, initrd, |offset| {
                uki::in_file(&parts, offset as u64).unwrap_or_default()
            });
        } else {
            let tables = early::find_all(initrd, ACPI_PREFIX).0.len();
            let profile = profiles.first().copied().unwrap_or_default();
            found.note(origin, format_args!("profile {profile} has another initrd, with {tables} tables"));
        }
        initrds::intact(path, &held)?;
    }
    found.finish(path)?.ok_or_else(|| {
        let what = if empty { "no .initrd and no .ucode in it" } else { NO_TABLES_FOUND };
        SourceError::Empty { path: path.to_owned(), what: what.into() }
    })
}

/// Adds the tables that the kernel's early search finds in an initrd; `place` gives the place in the file of one in the
/// initrd. Returns how many tables stand behind the end of that search.
fn archive(found: &mut Collector, origin: &Path, initrd: View<'_>, place: impl Fn(usize) -> u64) -> usize {
    let (files, stop) = early::find_all(initrd, ACPI_PREFIX);
    for entry in files {
        let split = raw::split(entry.data);
        for range in &split.tables {
            let at = place(entry.data_at.saturating_add(range.start));
            found.push(origin, at, 0, entry.data.get(range.clone()).unwrap_or_default().to_vec());
        }
        match split.fault {
            Some((at, fault)) => {
                found.note(origin, Foreign::from(entry.name()) + format_args!(": byte {at}: {fault}"))
            }
            None if split.tables.is_empty() => {
                found.note(origin, Foreign::from(entry.name()) + ": no ACPI table")
            }
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
    SourceError::Empty { path: path.to_owned(), what: NO_TABLES_FOUND.into() }
}

fn image_error(path: &Path, error: ImageError) -> SourceError {
    SourceError::Image { path: path.to_owned(), error }
}

/// Adds the tables of an image of memory.
fn memory(found: &mut Collector, origin: &Path, contents: Contents) {
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
    contents.walk.faults.iter().for_each(|fault| found.note(origin, Foreign::of_text(fault)));
    found.more_notes = found.more_notes.saturating_add(contents.walk.more_faults);
    for table in contents.walk.tables {
        if !found.has_room() {
            continue;
        }
        found.set.tables.push(SourceTable {
            name: Foreign::default(),
            address: Some(table.address),
            bytes: table.bytes,
            origin: origin.to_owned(),
            is_dynamic: false,
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
fn text(found: &mut Collector, origin: &Path, text: &[u8], place: impl Fn(usize) -> usize) {
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
            let (address, bytes) = (table.address, listing::bytes(found, origin, text, table));
            found.push(origin, at, address, bytes);
        }
        found.set.is_text = true;
    }
    for header in dump.headers {
        let (origin, bytes) = (origin.to_owned(), header.to_vec());
        let name = raw::name(&bytes).into();
        let header = SourceTable { name, address: None, bytes, origin, offset: 0, is_dynamic: false };
        found.set.headers.push(header);
    }
    dump.notes.iter().for_each(|note| found.note(origin, Foreign::of_text(note)));
    found.more_notes = found.more_notes.saturating_add(dump.more_notes);
}

/// Adds the binary tables of one file; `place` gives the place in the file of one in the bytes.
fn binary(found: &mut Collector, origin: &Path, bytes: &[u8], place: impl Fn(usize) -> u64) {
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

fn note_replaced(found: &mut Collector, origin: &Path, bytes: &[u8]) {
    let replaced = detect::replaced_bytes(bytes);
    if replaced > 0 {
        let what = "bytes were replaced by EF BF BD: saved as text by some program, and damaged for good";
        found.note(origin, format_args!("{replaced} {what}"));
    }
}

/// A key that orders SSDT2 before SSDT10.
pub(super) fn natural(name: &[u8]) -> (Vec<u8>, usize, Vec<u8>) {
    let digits_from = name.iter().position(u8::is_ascii_digit).unwrap_or(name.len());
    let (stem, rest) = name.split_at(digits_from);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (stem.to_vec(), digits, rest.to_vec())
}
