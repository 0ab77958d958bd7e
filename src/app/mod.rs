//! L4: what each command does, from plain requests to values: no command line, no printing.

pub mod boot;
pub mod check;
pub mod files;
pub mod kernel;
pub mod log;
pub mod machine;
pub mod sources;
pub mod target;

use crate::bytes::size;
use crate::memory::space::Space;
use std::ops::Range;

/// A request that makes no sense: who asks is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Refuses a range of physical memory, in bytes, that is not in the machine's address space or is longer than `most` bytes,
/// where there is such a limit; `why` says where it comes from. `given` is option and text, safe to print.
///
/// # Errors
/// [`UsageError`] for such a range.
pub fn inside(
    given: &str,
    range: &Range<u64>,
    space: Space,
    most: Option<(u64, &str)>,
) -> Result<(), UsageError> {
    let len = range.end.saturating_sub(range.start);
    if range.end > space.end() {
        return Err(UsageError(format!("{given}: the end is above the physical address space of {space}")));
    }
    match most.filter(|(most, _)| len > *most) {
        Some((most, why)) => {
            Err(UsageError(format!("{given}: {} long, expected {} at most: {why}", size(len), size(most))))
        }
        None => Ok(()),
    }
}

/// Something that was asked for by name and is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AbsentError(pub String);
