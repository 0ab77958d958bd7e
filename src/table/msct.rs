//! MSCT, the Maximum System Characteristics Table: how large the machine may grow.
//!
//! # Spec
//! ACPI 6.5, 5.2.19.

use super::view::{self, ViewError};
use super::{Header, Signature};
use crate::bytes::{u8_at, u32_at, u64_at};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"MSCT");

/// A table with the MSCT's signature; any content. Numbers of domains are those of the table: the highest, not the count.
#[derive(Debug, Clone, Copy)]
pub struct Msct<'a> {
    /// The header.
    pub header: Header,
    bytes: &'a [u8],
}

impl<'a> Msct<'a> {
    /// Views `table` as an MSCT, up to its header's length or as far as the bytes go.
    ///
    /// # Errors
    /// [`ViewError`] when there is no whole header or it is another table's.
    pub fn parse(table: &'a [u8]) -> Result<Self, ViewError> {
        view::open(table, &[SIGNATURE]).map(|(header, bytes)| Msct { header, bytes })
    }

    /// Where the domain structures start.
    pub fn domains_at(&self) -> Option<u32> {
        u32_at(self.bytes, 36)
    }

    /// The highest proximity domain that can ever be: one less than their number.
    pub fn max_proximity_domain(&self) -> Option<u32> {
        u32_at(self.bytes, 40)
    }

    /// The highest physical address that can ever be.
    pub fn max_physical_address(&self) -> Option<u64> {
        u64_at(self.bytes, 48)
    }

    /// The domain structures that are whole, up to the first that is too short, each with its offset.
    pub fn domains(&self) -> impl Iterator<Item = (usize, DomainRange)> + 'a {
        let table = self.bytes;
        let mut at = self.domains_at().and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
        std::iter::from_fn(move || {
            let offset = at;
            let rest = table.get(offset..)?;
            let length = usize::from(u8_at(rest, 1)?);
            let bytes = rest.get(..length)?;
            at = offset.saturating_add(length);
            let range = DomainRange {
                first: u32_at(bytes, 2)?,
                last: u32_at(bytes, 6)?,
                processors: u32_at(bytes, 10)?,
                memory: u64_at(bytes, 14)?,
            };
            Some((offset, range))
        })
    }
}

/// What a range of proximity domains can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainRange {
    /// First proximity domain.
    pub first: u32,
    /// Last proximity domain.
    pub last: u32,
    /// The most processors of each.
    pub processors: u32,
    /// The most memory of each, in bytes.
    pub memory: u64,
}
