//! The 36 bytes that begin every ACPI table but the RSDP and the FACS (ACPI 6.5, 5.2.6).

use crate::bytes::{array_at, escape, sum8, u8_at, u32_at};
use crate::foreign::Foreign;
use std::borrow::Cow;

/// Length of the header in bytes.
pub const HEADER_LEN: usize = 36;

/// The four bytes that name a table's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; 4]);

impl Signature {
    /// For a line of text, as [`Foreign::text`] has it.
    pub fn text(&self) -> Cow<'_, str> {
        escape(&self.0)
    }
}

impl From<Signature> for Foreign {
    fn from(signature: Signature) -> Self {
        signature.0[..].into()
    }
}

/// What Linux compares to decide whether a table of an archive replaces one of the firmware's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Kind of table.
    pub signature: Signature,
    /// OEM ID, all bytes significant.
    pub oem_id: [u8; 6],
    /// OEM table ID, all bytes significant.
    pub oem_table_id: [u8; 8],
}

/// The header of a table, as its bytes say; nothing is checked but that they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Kind of table.
    pub signature: Signature,
    /// Length of the whole table in bytes, header included.
    pub length: u32,
    /// Revision of the structure.
    pub revision: u8,
    /// The byte that makes the table's sum zero.
    pub checksum: u8,
    /// OEM ID.
    pub oem_id: [u8; 6],
    /// OEM table ID.
    pub oem_table_id: [u8; 8],
    /// OEM revision: newer tables have higher numbers.
    pub oem_revision: u32,
    /// Vendor ID of the tool that made the table.
    pub creator_id: [u8; 4],
    /// Revision of that tool.
    pub creator_revision: u32,
}

impl Header {
    /// The header at the start of `table`, or `None` when fewer than 36 bytes are there.
    pub fn parse(table: &[u8]) -> Option<Header> {
        Some(Header {
            signature: Signature(array_at(table, 0)?),
            length: u32_at(table, 4)?,
            revision: u8_at(table, 8)?,
            checksum: u8_at(table, 9)?,
            oem_id: array_at(table, 10)?,
            oem_table_id: array_at(table, 16)?,
            oem_revision: u32_at(table, 24)?,
            creator_id: array_at(table, 28)?,
            creator_revision: u32_at(table, 32)?,
        })
    }

    /// Whether the bytes that the header's length covers are all there and sum to zero.
    pub fn checksum_ok(&self, table: &[u8]) -> bool {
        usize::try_from(self.length)
            .ok()
            .and_then(|length| table.get(..length))
            .is_some_and(|all| sum8(all) == 0)
    }

    /// The fields that tell tables of one kind apart.
    pub fn identity(&self) -> Identity {
        Identity { signature: self.signature, oem_id: self.oem_id, oem_table_id: self.oem_table_id }
    }
}
