//! MSCT, the Maximum System Characteristics Table: how large the machine may grow.
//!
//! # Spec
//! ACPI 6.5, 5.2.19.

use super::Signature;
use super::view::view;
use crate::bytes::{u32_at, u64_at};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"MSCT");

view! {
    /// A table with the MSCT's signature; any content. Numbers of domains are those of the table: the highest, not the count.
    pub struct Msct of [SIGNATURE];
}

impl Msct<'_> {
    /// The highest proximity domain that can ever be: one less than their number.
    pub fn max_proximity_domain(&self) -> Option<u32> {
        u32_at(self.bytes, 40)
    }

    /// The highest physical address that can ever be.
    pub fn max_physical_address(&self) -> Option<u64> {
        u64_at(self.bytes, 48)
    }
}
