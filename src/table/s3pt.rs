//! S3PT, the S3 Performance Table, which the FPDT points to. It has no common header and no checksum.
//!
//! # Spec
//! ACPI 6.5, 5.2.24.

use super::Signature;
use super::def::{EntryList, Role, TableDef, dec, entries, entry, text};

/// The layout.
pub static TABLE: TableDef = TableDef {
    signature: Signature(*b"S3PT"),
    title: "S3 Performance Table",
    reference: "ACPI 6.5, 5.2.24",
    header: &[],
    fields: &[text("Signature", 0, 4), dec("Length", 4, 4).role(Role::Length), entries(8, &LIST)],
};

/// Times are in nanoseconds.
static LIST: EntryList = EntryList {
    head: &[dec("Type", 0, 2).role(Role::Type), dec("Length", 2, 1).role(Role::Length), dec("Revision", 3, 1)],
    kinds: &[
        entry(0, "Basic S3 Resume Performance Record", 24, &[
            dec("Resume Count", 4, 4),
            dec("Full Resume", 8, 8),
            dec("Average Resume", 16, 8),
        ]),
        entry(1, "Basic S3 Suspend Performance Record", 20, &[
            dec("Suspend Start", 4, 8),
            dec("Suspend End", 12, 8),
        ]),
    ],
};
