//! What can be said of any table in one line, RSDP and FACS included, which have no common header.

use super::def::{At, Field, Role};
use super::{Header, is_cdat, layout, rsdp};
use crate::bytes::{sum8, u8_at, u32_at};

/// The few facts that most tables have; `None` where this one has none or ends before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Length in bytes that the table claims; of an RSDP of ACPI 1.0, which has no such field, 20.
    pub length: Option<u64>,
    /// Revision, where the table has one.
    pub revision: Option<u8>,
    /// The checksum byte.
    pub checksum: Option<u8>,
    /// Whether the bytes sum to zero (an RSDP's both sums); false when some of them are missing.
    pub checksum_ok: Option<bool>,
    /// OEM ID.
    pub oem_id: Option<[u8; 6]>,
    /// OEM table ID.
    pub oem_table_id: Option<[u8; 8]>,
    /// OEM revision.
    pub oem_revision: Option<u32>,
    /// Vendor ID of the tool that made the table.
    pub creator_id: Option<[u8; 4]>,
    /// Revision of that tool.
    pub creator_revision: Option<u32>,
}

impl Summary {
    /// Reads the facts from a table's bytes.
    pub fn of(table: &[u8]) -> Summary {
        if let Ok(pointer) = rsdp::Rsdp::parse(table) {
            return Summary {
                length: Some(pointer.length().map_or(rsdp::V1_LEN as u64, u64::from)),
                revision: Some(pointer.revision()),
                checksum: u8_at(table, 8),
                checksum_ok: Some(pointer.checksum_ok() && pointer.extended_checksum_ok() != Some(false)),
                oem_id: Some(pointer.oem_id()),
                ..Summary::default()
            };
        }
        if is_cdat(table) {
            return Summary {
                length: u32_at(table, 0).map(u64::from),
                revision: u8_at(table, 4),
                checksum: u8_at(table, 5),
                checksum_ok: Some(true),
                ..Summary::default()
            };
        }
        // FACS and S3PT have a signature and a length, no more.
        let bare = layout(table).is_some_and(|layout| !layout.has_header());
        let Some(header) = Header::parse(table).filter(|_| !bare) else {
            return Summary { length: u32_at(table, 4).map(u64::from), ..Summary::default() };
        };
        Summary {
            length: Some(u64::from(header.length)),
            revision: Some(header.revision),
            checksum: Some(header.checksum),
            checksum_ok: Some(header.checksum_ok(table)),
            oem_id: Some(header.oem_id),
            oem_table_id: Some(header.oem_table_id),
            oem_revision: Some(header.oem_revision),
            creator_id: Some(header.creator_id),
            creator_revision: Some(header.creator_revision),
        }
    }
}

/// Mends the checksums that a table has by its list, at its revision; those that cover more than there is stay.
pub(crate) fn fix_checksums(
    bytes: &mut [u8],
    fields: impl IntoIterator<Item = &'static Field>,
    revision: u8,
) {
    for field in fields.into_iter().filter(|field| field.in_revision(revision)) {
        let covered = match field.role {
            Role::Checksum => bytes.len(),
            Role::ChecksumOf(len) => usize::from(len),
            _ => continue,
        };
        let At::Fixed(at) = field.at else { continue };
        let at = usize::from(at);
        let right = bytes.get(at).zip(bytes.get(..covered)).map(|(sum, all)| right_checksum(*sum, all));
        if let Some((byte, right)) = bytes.get_mut(at).zip(right) {
            *byte = right;
        }
    }
}

/// What the checksum byte would have to be for the bytes to sum to zero.
pub fn right_checksum(checksum: u8, covered: &[u8]) -> u8 {
    checksum.wrapping_sub(sum8(covered))
}
