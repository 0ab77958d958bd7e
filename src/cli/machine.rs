//! Where a command's machine comes from: a sample, a source that was named, or the root.

use super::AbsentError;
use super::args::MachineArgs;
use crate::bytes::escape;
use crate::source::tables::{TableSet, from_path, from_sysroot};
use std::path::Path;

/// The tables of the machine that the arguments name: `--from`, else `--sample`, else those of the root.
///
/// # Errors
/// [`AbsentError`] for an unknown sample; [`crate::source::SourceError`] when the source cannot be read or has no table.
pub fn tables(args: &MachineArgs) -> anyhow::Result<TableSet> {
    match (&args.from, &args.sample) {
        (Some(path), _) => Ok(from_path(path)?),
        (None, Some(name)) => Ok(sample_tables(name)?),
        (None, None) => Ok(from_sysroot(args.sysroot.as_deref().unwrap_or(Path::new("/")))?),
    }
}

/// The tables of a machine that the program carries.
///
/// # Errors
/// [`AbsentError`] when there is none of this name.
fn sample_tables(name: &str) -> Result<TableSet, AbsentError> {
    Err(AbsentError(format!("there is no sample \"{}\"", escape(name.as_bytes()))))
}
