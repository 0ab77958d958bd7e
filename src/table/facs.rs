//! FACS, the Firmware ACPI Control Structure: memory that firmware and system share. It has no common header and no checksum.
//!
//! # Spec
//! ACPI 6.5, 5.2.10.

use super::Signature;
use super::def::{TableDef, Role, address, bit, dec, flags, reserved, text, uint};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"FACS");

/// Bytes that every FACS has.
pub const LEN: usize = 64;

/// The layout.
pub static TABLE: TableDef = TableDef {
    signature: SIGNATURE,
    title: "Firmware ACPI Control Structure",
    reference: "ACPI 6.5, 5.2.10",
    header: &[],
    fields: &[
        text("Signature", 0, 4),
        dec("Length", 4, 4).role(Role::Length),
        uint("Hardware Signature", 8, 4),
        address("32 Firmware Waking Vector", 12, 4),
        flags("Global Lock", 16, 4, &[bit(0, "Pending"), bit(1, "Owned")]),
        flags("Flags", 20, 4, &[bit(0, "S4BIOS Support Present"), bit(1, "64-bit Wake Supported (V2)")]),
        address("64 Firmware Waking Vector", 24, 8).optional(),
        dec("Version", 32, 1).optional(),
        reserved("Reserved", 33, 3).optional(),
        flags("OspmFlags", 36, 4, &[bit(0, "64-bit Wake Env Required (V2)")]).optional(),
        reserved("Reserved", 40, 24).optional(),
    ],
};
