//! Which machine is meant: a sample, a source that was named, or the root; and which of its tables a word means.

use super::order::GivenOrder;
use super::{AbsentError, UsageError};
use crate::bytes::escape;
use crate::report::model::sources::SourceKind;
use crate::source::klog::{self, LogFile};
use crate::source::open::Input;
use crate::source::root::Root;
use crate::source::samples::{self, Sample};
use crate::source::tables::{self, TableSet, from_root, of_input, taking};
use crate::source::{SourceError, SourceTable};
use crate::table::names;
use crate::table::source::Take;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The machine: where its tables, memory map and kernel release are read.
#[derive(Debug, Clone, Default)]
pub struct MachineRequest {
    /// A copy of the machine's /proc and /sys, a folder or a tar archive of one; `/` where nothing is named.
    pub sysroot: Option<PathBuf>,
    /// Where the tables are instead.
    pub from: Option<PathBuf>,
    /// A machine that acpihp carries itself.
    pub sample: Option<String>,
    /// The kernel's log of a boot of it.
    pub log: Option<PathBuf>,
    /// Which boot of that log is meant: from 1 the first, from 0 backward the last.
    pub log_boot: Option<i64>,
    /// What counts in a listing whose parts disagree.
    pub take: Option<Take>,
    /// Tables that come first in the machine's root table, by name or file.
    pub root_order: Vec<String>,
}

impl MachineRequest {
    /// Whether another machine than the running one is named.
    pub fn is_named(&self) -> bool {
        self.sysroot.is_some() || self.from.is_some() || self.sample.is_some()
    }

    /// What a message about the whole machine names.
    pub fn path(&self) -> PathBuf {
        match (&self.sample, self.from.as_ref().or(self.sysroot.as_ref()).or(self.log.as_ref())) {
            (Some(name), _) => Path::new("sample").join(name),
            (None, Some(path)) => path.clone(),
            (None, None) => PathBuf::from("/"),
        }
    }

    /// The files that it names.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.sysroot.iter().chain(&self.from).chain(&self.log)
    }

    /// The log that is named, and which of its boots.
    pub fn log_file(&self) -> Option<LogFile<'_>> {
        self.log.as_deref().map(|path| LogFile { path, boot: self.log_boot })
    }

    /// What it says of the order of tables that are its machine's.
    pub fn order(&self) -> GivenOrder<'_> {
        GivenOrder { log: self.log_file(), names: &self.root_order }
    }
}

/// The tree of the machine that is meant, and the tables to take instead of its own.
///
/// `sysroot` and `from` take whatever can be opened: a tree is the machine, a log is all that is known of one, and else there
/// are tables alone. Tables and a log without a tree belong to another machine than the running one: then nothing of the
/// running system is used. With a tree or a sample beside it, `from` has the tables that stand in for those of the tree.
///
/// # Errors
/// [`AbsentError`] for an unknown sample, [`UsageError`] for tables alone where the tree of `from`'s machine is asked for;
/// [`crate::source::SourceError`] when something cannot be read or has no table.
pub fn with_tables(machine: &MachineRequest) -> anyhow::Result<(Root, Option<TableSet>)> {
    let elsewhere = || -> Result<Option<TableSet>, SourceError> {
        machine.from.as_deref().map(|from| Ok(taking(from, machine.take)?.0)).transpose()
    };
    let (root, set) = match (&machine.sample, &machine.sysroot, &machine.from) {
        (Some(name), ..) => (Root::Sample(sample(name)?), elsewhere()?),
        (None, Some(path), Some(_)) => match opened(path, true, machine.take)? {
            (root, None) => (root, elsewhere()?),
            (_, Some(_)) => {
                let path = escape(path.as_os_str().as_bytes());
                let why =
                    "these are tables alone, and beside --from it names the tree of the tables' machine";
                return Err(UsageError(format!("--sysroot {path}: {why}")).into());
            }
        },
        (None, Some(path), None) => opened(path, true, machine.take)?,
        (None, None, Some(path)) => opened(path, false, machine.take)?,
        (None, None, None) if machine.log.is_some() => (Root::Nothing, None),
        (None, None, None) => (Root::open(Path::new("/"))?, None),
    };
    if machine.root_order.is_empty() {
        return Ok((root, set));
    }
    let mut set = set.map_or_else(|| from_root(&root), Ok)?;
    GivenOrder { log: None, ..machine.order() }.apply(&mut set)?;
    Ok((root, Some(set)))
}

/// The same, with the log as the machine where nothing else is named.
///
/// # Errors
/// As [`with_tables`]; [`SourceError`] when the log cannot be read.
pub fn with_log(machine: &MachineRequest) -> anyhow::Result<(Root, Option<TableSet>)> {
    Ok(match (with_tables(machine)?, machine.log_file()) {
        ((Root::Nothing, None), Some(log)) => (Root::Log(Arc::new(klog::from_file(log)?)), None),
        (known, _) => known,
    })
}

/// What a path gives: a machine's tree or log, or tables that are all that is known of their machine. A folder with neither is a
/// tree where one is expected.
fn opened(path: &Path, is_tree: bool, take: Option<Take>) -> Result<(Root, Option<TableSet>), SourceError> {
    if path.as_os_str() != "-" && path.is_dir() {
        let root = Root::open(path)?;
        return match root.must_be_a_machine() {
            Ok(()) => Ok((root, None)),
            Err(_) => match taking(path, take) {
                Ok((set, _)) => Ok((Root::Nothing, Some(set))),
                Err(_) if is_tree => Ok((root, None)),
                Err(error) => Err(error),
            },
        };
    }
    match Input::open(path, tables::EXPECTED)? {
        Input::Machine(root) => Ok((root, None)),
        // Nothing that could have tables: it says what it should be.
        Input::Other(opened) if is_tree => Ok((Root::of_archive(opened)?, None)),
        input => match of_input(input, take)? {
            // Of a log's tables there is more than the headers.
            (_, Some(root)) => Ok((root, None)),
            (set, None) => Ok((Root::Nothing, Some(set))),
        },
    }
}

/// The sample of a name.
///
/// # Errors
/// [`AbsentError`] that lists the samples there are.
pub fn sample(name: &str) -> Result<&'static Sample, AbsentError> {
    samples::find(name).ok_or_else(|| {
        let known: Vec<&str> = samples::SAMPLES.iter().map(|sample| sample.name).collect();
        let name = escape(name.as_bytes());
        AbsentError(format!(
            "--sample {name}: there is no such sample; there are {} (and list)",
            known.join(", ")
        ))
    })
}

/// The tables of the machine that a request names, and where they are.
///
/// # Errors
/// As [`with_tables`]; [`SourceError`] where there are none.
pub fn tables(machine: &MachineRequest) -> anyhow::Result<(TableSet, SourceKind)> {
    let (root, set) = with_log(machine)?;
    let kind = match (&set, &root) {
        (Some(_), _) => SourceKind::File,
        (None, Root::Log(_)) => SourceKind::Log,
        (None, _) => SourceKind::Sysfs,
    };
    let mut set = set.map_or_else(|| from_root(&root), Ok)?;
    if machine.log.is_some() && kind != SourceKind::Log {
        GivenOrder { names: &[], ..machine.order() }.apply(&mut set)?;
    }
    Ok((set, kind))
}

/// What a word for a table means.
#[derive(Debug)]
pub enum Meant {
    /// The machine's tables of this name.
    Machine(String),
    /// A file, or (`-`) standard input.
    File(PathBuf),
}

/// What a word for a table means. In the form of a signature it is the machine's table, whatever files there are; a file of that
/// name is `./SRAT`. Any other word is a file if there is one, or else a name.
pub fn meant(word: &Path) -> Meant {
    match word.to_str() {
        Some(name) if names::is_name(name) => Meant::Machine(name.to_owned()),
        Some(name) if name != "-" && !name.is_empty() && !name.contains('/') && !word.exists() => {
            Meant::Machine(name.to_owned())
        }
        _ => Meant::File(word.to_owned()),
    }
}

/// The machine's tables that go by a name.
pub fn called<'a>(tables: &'a [SourceTable], name: &str) -> Vec<&'a SourceTable> {
    tables.iter().filter(|table| is_called(table, name)).collect()
}

/// Whether a table goes by a name.
pub fn is_called(table: &SourceTable, name: &str) -> bool {
    names::is_called(table.name.raw(), &table.bytes, name)
}

/// The error for names that the machine has no tables of: [`AbsentError`], or [`SourceError`] for a word in another form, which
/// can only have been meant for a file.
pub fn absent(tables: &[SourceTable], names: &[&str]) -> anyhow::Error {
    for name in names.iter().filter(|name| !names::is_name(&name.to_ascii_uppercase())) {
        if let Err(error) = Path::new(name).metadata() {
            return SourceError::io(Path::new(name), error).into();
        }
    }
    let there: Vec<_> = tables.iter().map(|table| table.name.text()).collect();
    let shown: Vec<_> = names.iter().map(|name| escape(name.as_bytes())).collect();
    let file = names.iter().find(|name| Path::new(name).is_file());
    let file = file.map(|name| format!(" (the file is ./{name})")).unwrap_or_default();
    let text = format!("there is no table {}; there are {}{file}", shown.join(", "), there.join(", "));
    AbsentError(text).into()
}
