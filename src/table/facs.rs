//! FACS, the Firmware ACPI Control Structure: memory that firmware and system share. It has no common header and no checksum.
//!
//! # Spec
//! ACPI 6.5, 5.2.10.

use super::Signature;

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"FACS");

/// Bytes that every FACS has.
pub const LEN: usize = 64;
