//! Where a command's machine comes from: a sample, a source that was named, or the root.

use super::args::MachineArgs;
use super::boot::root;
use crate::source::tables::{TableSet, from_path, from_root};

/// The tables of the machine that the arguments name: `--from`, else `--sample`, else those of the root.
///
/// # Errors
/// [`super::AbsentError`] for an unknown sample; [`crate::source::SourceError`] when the source cannot be read or has no table.
pub fn tables(args: &MachineArgs) -> anyhow::Result<TableSet> {
    match &args.from {
        Some(path) => Ok(from_path(path)?),
        None => Ok(from_root(&root(args)?)?),
    }
}
