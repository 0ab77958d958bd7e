//! HMAT, the Heterogeneous Memory Attribute Table: latency, bandwidth and caches of memory, by proximity domain.
//!
//! # Spec
//! ACPI 6.6, 5.2.29.

use super::Signature;
use super::view::view;
use crate::bytes::{bytes_at, u8_at, u16_at, u32_at, u64_at};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"HMAT");

/// Where the structures start: after the header and four reserved bytes.
pub const ENTRIES_AT: usize = 40;

view! {
    /// A table with the HMAT's signature; any content.
    pub struct Hmat of [SIGNATURE];
}

impl<'a> Hmat<'a> {
    /// The structures in table order, up to the first with length 0; the last may run past the end.
    pub fn structures(&self) -> impl Iterator<Item = HmatStructure<'a>> + 'a {
        let (table, mut at) = (self.bytes, ENTRIES_AT);
        std::iter::from_fn(move || {
            let rest = table.get(at..).filter(|rest| rest.len() > 8)?;
            let structure = HmatStructure {
                offset: at,
                kind: u16_at(rest, 0)?,
                length: u32_at(rest, 4).filter(|length| *length != 0)?,
                bytes: rest,
            };
            let whole = usize::try_from(structure.length).ok().and_then(|length| rest.get(..length));
            let bytes = whole.unwrap_or(rest);
            at = at.saturating_add(bytes.len());
            Some(HmatStructure { bytes, ..structure })
        })
    }
}

/// One structure of the HMAT, as far as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HmatStructure<'a> {
    /// Where it starts, in bytes from the start of the table.
    pub offset: usize,
    /// Its type.
    pub kind: u16,
    /// Its length field, never 0.
    pub length: u32,
    /// Its bytes, or fewer when the table ends before it does.
    pub bytes: &'a [u8],
}

impl<'a> HmatStructure<'a> {
    /// The proximity domain of the memory (types 0 and 2).
    pub fn memory_domain(&self) -> Option<u32> {
        match self.kind {
            0 => u32_at(self.bytes, 16),
            2 => u32_at(self.bytes, 8),
            _ => None,
        }
    }

    /// The domain of the initiator that the memory is attached to (type 0), when the entry says that it is valid.
    pub fn attached_initiator(&self) -> Option<u32> {
        let valid = self.kind == 0 && u16_at(self.bytes, 8)? & 1 != 0;
        valid.then(|| u32_at(self.bytes, 12)).flatten()
    }

    /// Latency or bandwidth between domains (type 1), when all of its lists are there.
    pub fn locality(&self) -> Option<Locality<'a>> {
        let bytes = self.bytes;
        let (initiators, targets) = (u32_at(bytes, 12)? as usize, u32_at(bytes, 16)? as usize);
        let (rows, columns) = (initiators.checked_mul(4)?, targets.checked_mul(4)?);
        let lists = bytes_at(bytes, 32, rows)?;
        let second = 32usize.checked_add(rows)?;
        let third = second.checked_add(columns)?;
        (self.kind == 1).then_some(Locality {
            hierarchy: u8_at(bytes, 8)? & 15,
            data_type: u8_at(bytes, 9)?,
            base_unit: u64_at(bytes, 24)?,
            initiators: lists,
            targets: bytes_at(bytes, second, columns)?,
            entries: bytes_at(bytes, third, initiators.checked_mul(targets)?.checked_mul(2)?)?,
        })
    }
}

/// The lists of a locality structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locality<'a> {
    /// 0 for memory, 1 to 3 for the caches in front of it.
    pub hierarchy: u8,
    /// 0 to 2 latency of access, read, write; 3 to 5 bandwidth.
    pub data_type: u8,
    /// What one unit of an entry is: picoseconds, or MB/s.
    pub base_unit: u64,
    initiators: &'a [u8],
    targets: &'a [u8],
    entries: &'a [u8],
}

impl Locality<'_> {
    /// The domains of the rows.
    pub fn initiators(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.initiators.chunks_exact(4).map(|one| u32_at(one, 0).unwrap_or_default())
    }

    /// The domains of the columns.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.targets.chunks_exact(4).map(|one| u32_at(one, 0).unwrap_or_default())
    }

    /// The entry in a row and a column: 0xffff says that the pair is not reachable.
    pub fn entry(&self, row: usize, column: usize) -> Option<u16> {
        let columns = self.targets.len() / 4;
        let index = row.checked_mul(columns)?.checked_add(column).filter(|_| column < columns)?;
        u16_at(self.entries, index.checked_mul(2)?)
    }
}
