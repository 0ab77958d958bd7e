//! Which machine is meant: a sample, a source that was named, or the root; and which of its tables a word means.

use super::AbsentError;
use crate::bytes::escape;
use crate::source::root::Root;
use crate::source::samples::{self, Sample};
use crate::source::tables::{TableSet, from_root, taking};
use crate::source::{SourceError, SourceTable};
use crate::table::names;
use crate::table::source::Take;
use std::path::{Path, PathBuf};

/// The machine: where its tables, memory map and kernel release are read.
#[derive(Debug, Clone, Default)]
pub struct MachineRequest {
    /// A copy of the machine's /proc and /sys, a folder or a tar archive of one; `/` where nothing is named.
    pub sysroot: Option<PathBuf>,
    /// Where the tables are instead.
    pub from: Option<PathBuf>,
    /// A machine that acpihp carries itself.
    pub sample: Option<String>,
    /// What counts in a listing whose parts disagree.
    pub take: Option<Take>,
    /// Tables of `from` that come first in the machine's root table, by name or file.
    pub root_order: Vec<String>,
}

impl MachineRequest {
    /// Whether another machine than the running one is named.
    pub fn is_named(&self) -> bool {
        self.sysroot.is_some() || self.from.is_some() || self.sample.is_some()
    }
}

/// The tree that a request names: the sample, else the root, else the running system.
///
/// # Errors
/// [`AbsentError`] for an unknown sample; [`crate::source::SourceError`] when the tree cannot be read.
pub fn root(machine: &MachineRequest) -> anyhow::Result<Root> {
    Ok(match &machine.sample {
        Some(name) => Root::Sample(sample(name)?),
        None => Root::open(machine.sysroot.as_deref().unwrap_or(Path::new("/")))?,
    })
}

/// The tree of the machine that a boot is predicted for, and the tables to take instead of its own.
///
/// Tables from elsewhere (`from`) and another log belong to another machine than the running one, unless `sysroot` says
/// that they are this one's: then nothing of the running system is used. Where `from` is a machine's tree itself, it is
/// the machine.
///
/// # Errors
/// As [`root`] and [`tables`].
pub fn with_tables(machine: &MachineRequest, log: Option<&Path>) -> anyhow::Result<(Root, Option<TableSet>)> {
    let (set, tree) = match &machine.from {
        Some(path) => {
            let (mut set, tree) = taking(path, machine.take)?;
            if !machine.root_order.is_empty() {
                set.root_order.clone_from(&machine.root_order);
                set.arrange(None)?;
            }
            (Some(set), tree)
        }
        None => (None, None),
    };
    let is_named = machine.sysroot.is_some() || machine.sample.is_some();
    let root = match tree {
        // Of a log's tables there is more than the headers.
        Some(tree @ Root::Log(_)) if !is_named => return Ok((tree, None)),
        Some(tree) if !is_named => tree,
        None if !is_named && (set.is_some() || log.is_some()) => Root::Nothing,
        _ => root(machine)?,
    };
    Ok((root, set))
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

/// The tables of the machine that a request names: `from`, else the sample, else those of the root.
///
/// # Errors
/// [`super::AbsentError`] for an unknown sample; [`crate::source::SourceError`] when the source cannot be read or has no table.
pub fn tables(machine: &MachineRequest) -> anyhow::Result<TableSet> {
    Ok(tables_and_root(machine)?.0)
}

/// The same, and the tree of the machine that they are of, where there is one: what [`with_tables`] says.
///
/// # Errors
/// As [`tables`].
pub fn tables_and_root(machine: &MachineRequest) -> anyhow::Result<(TableSet, Option<Root>)> {
    let (root, set) = with_tables(machine, None)?;
    Ok(match (set, root) {
        (Some(set), Root::Nothing) => (set, None),
        (Some(set), root) => (set, Some(root)),
        (None, root) => (from_root(&root)?, Some(root)),
    })
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
    names::is_called(&table.name, &table.bytes, name)
}

/// The error for names that the machine has no tables of: [`AbsentError`], or [`SourceError`] for a word in another form, which
/// can only have been meant for a file.
pub fn absent(tables: &[SourceTable], names: &[&str]) -> anyhow::Error {
    for name in names.iter().filter(|name| !names::is_name(&name.to_ascii_uppercase())) {
        if let Err(error) = Path::new(name).metadata() {
            return SourceError::io(Path::new(name), error).into();
        }
    }
    let there: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    let shown: Vec<_> = names.iter().map(|name| escape(name.as_bytes())).collect();
    let file = names.iter().find(|name| Path::new(name).is_file());
    let file = file.map(|name| format!(" (the file is ./{name})")).unwrap_or_default();
    let text = format!("there is no table {}; there are {}{file}", shown.join(", "), there.join(", "));
    AbsentError(text).into()
}
