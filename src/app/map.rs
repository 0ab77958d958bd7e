//! Whether the memory map of a machine is at hand and whole, and what is said where it is not.

use super::boot::Prepared;
use crate::finding::{Finding, registry::boot as rule};
use crate::source::SourceError;
use crate::source::machine::{MapSource, Recorded};
use crate::source::root::Root;

/// Why there is no memory map to predict from, and what would have one; `None` where there is one.
pub fn missing(inputs: &Prepared) -> Option<String> {
    if inputs.recorded.map_source != MapSource::None {
        return None;
    }
    if let Some(lost) = lost(&inputs.recorded) {
        return Some(format!("no complete memory map: {lost}; {GIVE}"));
    }
    let why = match (&inputs.root, inputs.has_named_log()) {
        (Root::Nothing, true) | (Root::Log(_), _) => {
            return Some(format!("no memory map: no line of this log names usable memory; {GIVE}"));
        }
        (Root::Nothing, false) => {
            "the tables are of another machine than the running one; its log (--dmesg) or a capture of it (--sysroot) has one, \
             and --sysroot / says that it is the running machine"
        }
        (_, true) => {
            "neither sys/kernel/boot_params/data nor sys/firmware/memmap is there, and the log has none"
        }
        (_, false) => {
            "neither sys/kernel/boot_params/data nor sys/firmware/memmap nor a kernel log (--dmesg)"
        }
    };
    Some(format!("no memory map: {why}"))
}

/// What of a machine of which only a log is at hand has a map.
const GIVE: &str = "the whole log has one (journalctl -k -b, or dmesg right after a boot), or a capture of the machine (--sysroot), \
                    and --sysroot / says that it is the running machine";

/// The error of what cannot go without a map.
///
/// # Errors
/// [`SourceError`] that names the machine and says what would have a map.
pub fn required(inputs: &Prepared) -> Result<(), SourceError> {
    missing(inputs).map_or(Ok(()), |what| Err(SourceError::Empty { path: inputs.place(), what: what.into() }))
}

/// What is to be said of a map that is not as firmware gave it.
pub fn findings(recorded: &Recorded) -> Option<Finding> {
    let of = |rule, message: String| Some(Finding::new(rule, "memory map", message));
    match recorded.map_source {
        MapSource::LogAfterOptions => {
            of(&rule::MAP_AFTER_OPTIONS, "the log has \"user:\" lines and no \"BIOS-e820:\" ones".into())
        }
        MapSource::Memmap => {
            of(&rule::MAP_FROM_MEMMAP, "boot_params and the boot's log are not there".into())
        }
        MapSource::Log => {
            of(&rule::MAP_INCOMPLETE, lost(recorded)? + "; what those lines show is used instead")
        }
        MapSource::BootParams | MapSource::None => None,
    }
}

/// What the lines of a log's map lack, in words.
fn lost(recorded: &Recorded) -> Option<String> {
    let lost = recorded.lost.as_ref()?;
    let (first, last) = (lost.range.start, lost.range.end.saturating_sub(1));
    Some(format!(
        "lines of it are missing from the log: its \"{}\" lines show RAM at {first:#x}-{last:#x}",
        lost.by
    ))
}
