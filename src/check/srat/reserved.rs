//! Rules for the bits and bytes that the specification reserves.

use super::{Findings, Item, kind_name};
use crate::bytes::uint_at;
use crate::finding::registry::numa as rules;
use crate::table::srat::kind;

/// Reserved bits of an entry type: where they stand, and a mask of them. Where a type is missing, nothing is reserved.
///
/// # Spec
/// ACPI 6.6, 5.2.16.1 to 5.2.16.8.
const RESERVED: [(u8, usize, usize, u64, &str); 18] = [
    (kind::LOCAL_APIC, 4, 4, !1, "flags"),
    (kind::MEMORY, 6, 2, !0, "bytes 6 to 7"),
    (kind::MEMORY, 24, 4, !0, "bytes 24 to 27"),
    (kind::MEMORY, 28, 4, !0xf, "flags"),
    (kind::MEMORY, 32, 8, !0, "bytes 32 to 39"),
    (kind::X2APIC, 2, 2, !0, "bytes 2 to 3"),
    (kind::X2APIC, 12, 4, !1, "flags"),
    (kind::X2APIC, 20, 4, !0, "bytes 20 to 23"),
    (kind::GICC, 10, 4, !1, "flags"),
    (kind::GIC_ITS, 6, 2, !0, "bytes 6 to 7"),
    (kind::GENERIC_INITIATOR, 2, 1, !0, "byte 2"),
    (kind::GENERIC_INITIATOR, 24, 4, !3, "flags"),
    (kind::GENERIC_INITIATOR, 28, 4, !0, "bytes 28 to 31"),
    (kind::GENERIC_PORT, 2, 1, !0, "byte 2"),
    (kind::GENERIC_PORT, 24, 4, !3, "flags"),
    (kind::GENERIC_PORT, 28, 4, !0, "bytes 28 to 31"),
    (kind::RINTC, 2, 2, !0, "bytes 2 to 3"),
    (kind::RINTC, 12, 4, !1, "flags"),
];

/// Checks the reserved bits of entries that are long enough; disabled ones are skipped, their contents are free.
pub(super) fn check(findings: &mut Findings, items: &[Item<'_>]) {
    for item in items.iter().filter(|item| item.affinity.is_enabled()) {
        for (_, at, size, mask, what) in RESERVED.iter().filter(|(kind, ..)| *kind == item.entry.kind) {
            let Some(set) = uint_at(item.entry.bytes, *at, *size).map(|value| value & mask) else { continue };
            if set != 0 {
                let start = item.entry.offset + at;
                findings.add(
                    &rules::SRAT_RESERVED,
                    start..start + size,
                    format_args!(
                        "entry {} ({}): {what} hold {set:#x} in reserved bits",
                        item.index,
                        kind_name(item.entry.kind)
                    ),
                );
            }
        }
    }
}
