//! Answers in a few lines, for programs that have bytes and want to know: a virtual machine monitor's test, a tool that builds
//! initrds, a binding to another language. No file is opened, nothing is taken from the system that this runs on.
//!
//! * [`hot_pluggable`]: which memory a SRAT marks hot-pluggable.
//! * [`Override`]: what becomes of the tables of an archive.
//! * [`Boot`]: which memory goes to which node and zone.
//!
//! These are the answers that the commands `dump`, `check` and `plan` give to the same inputs; [the crate's page](crate) has an
//! example of each.

mod archive;
mod boot;

pub use archive::{ArchiveVerdict, Override};
pub use boot::Boot;

use crate::table::domains::Domains;
use crate::table::srat::{MemoryFlags, Srat};
use crate::table::view::ViewError;
use std::ops::Range;

/// Memory that a SRAT marks hot-pluggable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HotPluggable {
    /// The addresses, in bytes.
    pub range: Range<u64>,
    /// The proximity domain.
    pub domain: u32,
}

/// The memory that a SRAT marks hot-pluggable, in the order of the table. Entries that are not enabled, that are too short or
/// whose range leaves the address space are not among them: Linux does not use them.
///
/// # Errors
/// [`ViewError`] for bytes that are not a SRAT.
///
/// # Spec
/// ACPI 6.6, 5.2.16.2; in revision 1 of the table, proximity domains have 8 bits.
pub fn hot_pluggable(table: &[u8]) -> Result<Vec<HotPluggable>, ViewError> {
    let domains = Domains::of(&Srat::parse(table)?).by_pxm.into_iter();
    let mut all: Vec<(usize, HotPluggable)> = domains
        .flat_map(|(domain, of)| of.memory.into_iter().map(move |(offset, memory)| (domain, offset, memory)))
        .filter(|(.., memory)| memory.flags.contains(MemoryFlags::HOT_PLUGGABLE))
        .filter_map(|(domain, offset, memory)| {
            Some((offset, HotPluggable { range: memory.range()?, domain }))
        })
        .collect();
    all.sort_by_key(|(offset, _)| *offset);
    Ok(all.into_iter().map(|(_, memory)| memory).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SRAT of a revision with memory entries: domain, start, length, flags.
    fn srat(revision: u8, entries: &[(u32, u64, u64, u32)]) -> Vec<u8> {
        let mut table = b"SRAT\0\0\0\0".to_vec();
        table.push(revision);
        table.resize(48, 0);
        for (domain, start, len, flags) in entries {
            table.extend([1, 40]);
            table.extend(domain.to_le_bytes());
            table.extend([0; 2]);
            table.extend(start.to_le_bytes());
            table.extend(len.to_le_bytes());
            table.extend([0; 4]);
            table.extend(flags.to_le_bytes());
            table.extend([0; 8]);
        }
        let len = u32::try_from(table.len()).unwrap().to_le_bytes();
        table.splice(4..8, len);
        table
    }

    #[test]
    fn domains_have_8_bits_in_revision_1() {
        let entries = [
            (0x0102_0304, 0, 4096, 3),
            (2, 4096, 4096, 1),
            (1, 8192, 4096, 3),
            (3, u64::MAX, 2, 3),
            (9, 0, 1, 2),
        ];
        let of = |revision| -> Vec<(u64, u32)> {
            let all = hot_pluggable(&srat(revision, &entries)).unwrap();
            all.iter().map(|memory| (memory.range.start, memory.domain)).collect()
        };
        assert_eq!(of(1), [(0, 4), (8192, 1)]);
        assert_eq!(of(3), [(0, 0x0102_0304), (8192, 1)]);
        assert!(hot_pluggable(b"SLIT").is_err());
    }
}
