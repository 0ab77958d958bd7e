//! The EFI system table: where firmware of that kind says where the RSDP is.
//!
//! # Spec
//! UEFI 2.10, 4.3 (system table), 4.6 (configuration table), 18.4.2 (system table pointer).

use super::Memory;
use crate::bytes::{array_at, u32_at, u64_at};
use crate::container::read_at::ReadError;
use crc::{CRC_32_ISO_HDLC, Crc};

/// What the system table and the pointer to it begin with.
pub const SIGNATURE: [u8; 8] = *b"IBI SYST";

/// The pointer to the system table stands at a multiple of this.
pub const POINTER_STEP: u64 = 4 << 20;

const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The header of every EFI table.
const HEADER_LEN: usize = 24;
/// Header sizes of the system tables of 32-bit and 64-bit firmware, and the most that is believed.
const LEN_32: usize = 72;
const LEN_64: usize = 120;
const MOST_LEN: usize = 4096;
/// The most configuration tables that are believed; firmware has a few dozen.
const MOST_TABLES: u64 = 1024;

/// GUIDs of the configuration tables that are RSDPs, in the order in which Linux prefers them.
const ACPI_GUIDS: [(EfiVersion, [u8; 16]); 2] = [
    (EfiVersion::Acpi20, *b"\x71\xe8\x68\x88\xf1\xe4\xd3\x11\xbc\x22\x00\x80\xc7\x3c\x88\x81"),
    (EfiVersion::Acpi10, *b"\x30\x2d\x9d\xeb\x88\x2d\xd3\x11\x9a\x16\x00\x90\x27\x3f\xc1\x4d"),
];

/// Under which of its two GUIDs firmware announces an RSDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EfiVersion {
    /// ACPI 2.0 and later.
    Acpi20,
    /// ACPI 1.0.
    Acpi10,
}

/// A system table whose CRC32 is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemTable {
    /// Its physical address.
    pub address: u64,
    /// The RSDPs that its configuration tables name, the preferred one first. Empty when there are none, or when the
    /// addresses are virtual: a system that runs may have had the firmware convert them.
    pub rsdps: Vec<(EfiVersion, u64)>,
}

/// The system table at `address`, if there is one whose CRC32 is right.
///
/// # Errors
/// [`ReadError`] when the file ends where it should not.
pub fn system_table(memory: &impl Memory, address: u64) -> Result<Option<SystemTable>, ReadError> {
    let Some(head) = memory.read_if_there(address, HEADER_LEN)? else { return Ok(None) };
    let len = u32_at(&head, 12).and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
    if !head.starts_with(&SIGNATURE) || !(LEN_32..=MOST_LEN).contains(&len) {
        return Ok(None);
    }
    let Some(table) = memory.read_if_there(address, len)? else { return Ok(None) };
    if !crc_ok(&table) {
        return Ok(None);
    }
    // The list's count and address, and the length of an entry.
    let list = if len >= LEN_64 {
        u64_at(&table, 104).zip(u64_at(&table, 112)).map(|(count, list)| (count, list, 24))
    } else {
        let narrow = |at| u32_at(&table, at).map(u64::from);
        narrow(64).zip(narrow(68)).map(|(count, list)| (count, list, 20))
    };
    let mut rsdps = Vec::new();
    if let Some((count @ 1..=MOST_TABLES, list, entry_len)) = list {
        let bytes =
            memory.read_if_there(list, usize::try_from(count).unwrap_or(0).saturating_mul(entry_len))?;
        for entry in bytes.as_deref().unwrap_or_default().chunks_exact(entry_len) {
            let wanted = ACPI_GUIDS.iter().find(|(_, guid)| entry.starts_with(guid));
            let rsdp = if entry_len == 24 { u64_at(entry, 16) } else { u32_at(entry, 16).map(u64::from) };
            if let (Some((version, _)), Some(rsdp)) = (wanted, rsdp) {
                rsdps.push((*version, rsdp));
            }
        }
    }
    rsdps.sort_by_key(|(version, _)| *version);
    Ok(Some(SystemTable { address, rsdps }))
}

/// The address that the pointer to the system table at `address` gives, if there is one.
///
/// # Errors
/// [`ReadError`] when the file ends where it should not.
pub fn pointer(memory: &impl Memory, address: u64) -> Result<Option<u64>, ReadError> {
    let bytes = memory.read_if_there(address, 16)?.filter(|bytes| bytes.starts_with(&SIGNATURE));
    Ok(bytes.and_then(|bytes| u64_at(&bytes, 8)))
}

/// Whether the CRC32 over the table, taken as if its field were zero, is the one in the field.
fn crc_ok(table: &[u8]) -> bool {
    let mut digest = CRC32.digest();
    let (Some(before), Some(after)) = (table.get(..16), table.get(20..)) else { return false };
    digest.update(before);
    digest.update(&[0; 4]);
    digest.update(after);
    array_at(table, 16).map(u32::from_le_bytes) == Some(digest.finalize())
}
