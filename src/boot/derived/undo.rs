//! The firmware's tables before an override, from what a running system shows after it.
//!
//! Linux shows the tables in force: those that an archive brought stand where the firmware's stood. The kernel's log has the
//! addresses of both, so that the list of before can be put together again, but for what the replaced tables held.

use crate::boot::install::{Firmware, FirmwareTable};
use crate::memory::log::Events;
use crate::table::summary::right_checksum;
use crate::table::{HEADER_LEN, Header};
use std::collections::{HashMap, HashSet};

/// A list of tables taken apart.
#[derive(Debug, Clone, Default)]
pub struct Undone {
    /// The firmware's list. Of a replaced table there is a header, with the ids and an OEM revision below that of the table
    /// that replaced it.
    pub firmware: Firmware,
    /// The tables of the archive that are in force, in the order of their addresses: that of the archive.
    pub archive: Vec<FirmwareTable>,
}

/// Takes apart the list of tables in force, with the addresses from the log, by what the log says of that boot.
pub fn undo(now: &Firmware, events: &Events) -> Undone {
    let replaced: HashMap<u64, u64> =
        events.replaced.iter().map(|replaced| (replaced.copy, replaced.firmware)).collect();
    let installed: HashSet<u64> = events.installed.iter().map(|(_, address)| *address).collect();
    let mut firmware = Firmware { tables: Vec::new(), ..now.clone() };
    let mut archive: Vec<FirmwareTable> = Vec::new();
    for table in &now.tables {
        let Some(address) = table.address else {
            firmware.tables.push(table.clone());
            continue;
        };
        if let Some(before) = replaced.get(&address) {
            firmware.tables.push(FirmwareTable { address: Some(*before), bytes: stub(&table.bytes) });
            archive.push(table.clone());
        } else if installed.contains(&address) {
            archive.push(table.clone());
        } else {
            firmware.tables.push(table.clone());
        }
    }
    archive.sort_by_key(|table| table.address);
    Undone { firmware, archive }
}

/// A header that a table would replace.
fn stub(table: &[u8]) -> Vec<u8> {
    let Some(header) = Header::parse(table) else { return table.to_vec() };
    let mut bytes = table.get(..HEADER_LEN).unwrap_or_default().to_vec();
    let revision = header.oem_revision.saturating_sub(1);
    for (at, value) in [(4, HEADER_LEN as u32), (24, revision)] {
        if let Some(field) = bytes.get_mut(at..at + 4) {
            field.copy_from_slice(&value.to_le_bytes());
        }
    }
    let checksum = right_checksum(header.checksum, &bytes);
    if let Some(byte) = bytes.get_mut(9) {
        *byte = checksum;
    }
    bytes
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::memory::log;

    fn table(name: &[u8; 4], revision: u32) -> Vec<u8> {
        let mut bytes = name.to_vec();
        bytes.extend(40u32.to_le_bytes());
        bytes.extend([1, 0]);
        bytes.extend(b"BOCHS BXPC    ");
        bytes.extend(revision.to_le_bytes());
        bytes.extend([0; 12]);
        bytes
    }

    #[test]
    fn replaced_and_added_tables_are_told_apart() {
        let log = "ACPI: Table Upgrade: override [SRAT-BOCHS -BXPC    ]\n\
                   ACPI: SRAT 0x000000003FFE1A90 Physical table override, new table: 0x0000000000100040\n\
                   ACPI: SRAT 0x0000000000100040 000028 (v03 BOCHS  BXPC     00000002 ORCL 00000001)\n\
                   ACPI: Table Upgrade: install [SLIT-BOCHS -BXPC    ]\n\
                   ACPI: SLIT 0x0000000000100000 000028 (v01 BOCHS  BXPC     00000002 ORCL 00000001)\n";
        let entry = |address, bytes| FirmwareTable { address: Some(address), bytes };
        let apic = FirmwareTable { address: None, bytes: table(b"APIC", 1) };
        let now = Firmware {
            tables: vec![
                apic.clone(),
                entry(0x10_0040, table(b"SRAT", 2)),
                entry(0x3ffe_0000, table(b"HPET", 1)),
                entry(0x10_0000, table(b"SLIT", 2)),
            ],
            ..Firmware::default()
        };
        let undone = undo(&now, &log::parse(log).events);
        let names: Vec<_> = undone.firmware.tables.iter().map(|table| table.address).collect();
        assert_eq!(names, [None, Some(0x3ffe_1a90), Some(0x3ffe_0000)]);
        let before = Header::parse(&undone.firmware.tables[1].bytes).unwrap();
        assert_eq!((before.oem_revision, before.oem_id, before.length), (1, *b"BOCHS ", 36));
        assert!(before.checksum_ok(&undone.firmware.tables[1].bytes));
        let archive: Vec<_> = undone.archive.iter().map(|table| table.bytes[..4].to_vec()).collect();
        assert_eq!(archive, [b"SLIT", b"SRAT"]);
        assert_eq!(undo(&now, &Events::default()).firmware.tables, now.tables);
    }
}
