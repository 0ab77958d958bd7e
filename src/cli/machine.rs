//! Where a command's machine comes from: a sample, a source that was named, or the root.

use super::args::MachineArgs;
use super::boot::sample;
use crate::source::tables::{TableSet, from_path, from_sysroot};
use std::path::Path;

/// The tables of the machine that the arguments name: `--from`, else `--sample`, else those of the root.
///
/// # Errors
/// [`super::AbsentError`] for an unknown sample; [`crate::source::SourceError`] when the source cannot be read or has no table.
pub fn tables(args: &MachineArgs) -> anyhow::Result<TableSet> {
    match (&args.from, &args.sample) {
        (Some(path), _) => Ok(from_path(path)?),
        (None, Some(name)) => Ok(TableSet { tables: sample(name)?.tables(), notes: Vec::new() }),
        (None, None) => Ok(from_sysroot(args.sysroot.as_deref().unwrap_or(Path::new("/")))?),
    }
}
