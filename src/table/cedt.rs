//! CEDT, the CXL Early Discovery Table: windows of physical addresses, and the host bridges that share each.
//!
//! # Spec
//! CXL 3.1, 9.18.1.3.

use super::structures::Structures;
use super::{Header, Signature};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"CEDT");
/// The highest granularity that is encoded: 16 KiB.
pub const LAST_GRANULARITY: u64 = 6;
/// The type of a window's structure.
const WINDOW: u64 = 1;
const RESTRICTIONS: [&str; 6] = [
    "device coherent",
    "host-only coherent",
    "volatile",
    "persistent",
    "fixed configuration",
    "back invalidate",
];

/// A fixed memory window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The first physical address.
    pub start: u64,
    /// Length in bytes.
    pub size: u64,
    /// How many targets share it; `None` for an encoding without a meaning.
    pub ways: Option<u64>,
    /// Bytes that go to one target before the next one's turn; `None` for an encoding without a meaning.
    pub granularity: Option<u64>,
    /// Whether a target is chosen by XOR of address bits.
    pub is_xor: bool,
    /// UIDs of the host bridges, in the order of interleaving.
    pub targets: Vec<u64>,
    /// What the window may be used for.
    pub restrictions: Vec<&'static str>,
}

/// How many targets an encoding stands for.
pub fn ways(encoded: u64) -> Option<u64> {
    match encoded {
        0..=4 => Some(1 << encoded),
        8 => Some(3),
        9 => Some(6),
        10 => Some(12),
        _ => None,
    }
}

/// The windows of a CEDT, in its order; `None` for another table.
pub fn windows(table: &[u8]) -> Option<Vec<Window>> {
    Header::parse(table).filter(|header| header.signature == SIGNATURE)?;
    let parts = Structures::of(table);
    let windows = parts.of_kind(WINDOW).map(|part| {
        let bits = part.uint("Restrictions").unwrap_or(0);
        let named = RESTRICTIONS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
        let granularity = part.uint("Granularity").filter(|encoded| *encoded <= LAST_GRANULARITY);
        Window {
            start: part.uint("Window base address").unwrap_or(0),
            size: part.uint("Window size").unwrap_or(0),
            ways: part.uint("Interleave Members").and_then(ways),
            granularity: granularity.map(|encoded| 256 << encoded),
            is_xor: part.uint("Interleave Arithmetic") == Some(1),
            targets: part.uint("First Target").into_iter().chain(part.list("Next Target")).collect(),
            restrictions: named.map(|(_, word)| *word).collect(),
        }
    });
    Some(windows.collect())
}
