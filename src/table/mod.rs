//! L1: ACPI tables as the specification lays them out.

mod header;

pub use header::{HEADER_LEN, Header, Identity, Signature};
