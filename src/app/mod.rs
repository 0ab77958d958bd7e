//! L4: what each command does, from plain requests to values: no command line, no printing.

pub mod boot;
pub mod capture;
pub mod check;
pub mod diff;
pub mod doctor;
pub mod dump;
pub mod edit;
pub mod inspect;
pub mod kernel;
pub mod listing;
pub mod log;
pub mod machine;
pub mod mkinitrd_override;
pub mod plan;
pub mod removable;
pub mod report;
pub mod sample;
pub mod simulate;
pub mod sources;
pub mod target;
pub mod whereis;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_memory_lie_in_the_address_space() {
        let cpu =
            Space::of_cpuinfo(Some("processor\t: 0\naddress sizes\t: 40 bits physical, 48 bits virtual\n"));
        let most = Some((1 << 30, "Linux maps its image in 1 GiB"));
        let checked = |range: Range<u64>, space: Space| inside("--kernel-at X", &range, space, most);
        let whole = Space::default();
        assert!(checked(4095 << 40..4096 << 40, whole).unwrap_err().0.contains("expected 1 GiB at most"));
        assert!(checked(1 << 40..(1 << 40) + 1, whole).is_ok());
        assert_eq!(
            checked(1 << 40..(1 << 40) + 1, cpu).unwrap_err().0,
            "--kernel-at X: the end is above the physical address space of 1 TiB (40 bits, as /proc/cpuinfo says)"
        );
        for bad in [1..u64::MAX, 5 << 30..u64::MAX, 4 << 50..(4 << 50) + 1, 1 << 30..(2 << 30) + 1] {
            assert!(checked(bad.clone(), whole).is_err(), "{bad:x?}");
        }
    }
}
