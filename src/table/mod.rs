//! L1: ACPI tables as the specification lays them out.
//!
//! Each signature has a file: its typed view, where the boot model or the rules need one, and its field list.
//! A view is a borrowed slice that was cut to the header's length: what the bytes say, unjudged, and `None` where they end.

pub mod entries;
pub mod fadt;
mod header;
pub mod madt;
pub mod root;
pub mod rsdp;
pub mod slit;
pub mod srat;
pub mod view;

pub use header::{HEADER_LEN, Header, Identity, Signature};
