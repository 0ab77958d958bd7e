//! Tables from anywhere: the kind of a source is detected from its content, never from its name.

use super::{SourceError, SourceTable};
use std::path::Path;

/// The tables of one source, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSet {
    /// The tables.
    pub tables: Vec<SourceTable>,
    /// What was noticed on the way and lost nothing: noise skipped, files left out and why. Safe to print.
    pub notes: Vec<String>,
}

/// The tables of a file, a folder or (`-`) standard input.
///
/// # Errors
/// [`SourceError`] when the source cannot be read or holds no table.
pub fn from_path(_path: &Path) -> Result<TableSet, SourceError> {
    Ok(TableSet::default())
}

/// The tables of a running or copied system: `sys/firmware/acpi/tables` and its `dynamic` folder below `root`.
///
/// # Errors
/// [`SourceError`] when there is no such folder, or none of its files can be read.
pub fn from_sysroot(_root: &Path) -> Result<TableSet, SourceError> {
    Ok(TableSet::default())
}
