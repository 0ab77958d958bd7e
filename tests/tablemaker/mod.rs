//! Firmware and archives made for a test: tables with the ids that are wanted, root tables over them, initrds around them.

#![allow(dead_code, unreachable_pub, clippy::indexing_slicing)]

use acpihp::boot::install::{Firmware, FirmwareTable, Flow, OrderSource, Origin, Roots};
use acpihp::boot::kernel::Kernel;
use acpihp::boot::stages::e820::FirmwareMap;
use acpihp::boot::{Machine, NextBoot, Outcome};
use acpihp::bytes::sum8;
use acpihp::memory::memmap::{Entry, Kind};

const MIB: u64 = 1 << 20;

/// A table: signature, OEM ID, OEM table ID, OEM revision, what follows the header. Its sum is 0.
pub fn table(name: &[u8; 4], ids: (&[u8; 6], &[u8; 8]), revision: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = name.to_vec();
    bytes.extend((36 + body.len() as u32).to_le_bytes());
    bytes.extend([2, 0]);
    bytes.extend(ids.0);
    bytes.extend(ids.1);
    bytes.extend(revision.to_le_bytes());
    bytes.extend(b"TEST\x01\0\0\0");
    bytes.extend(body);
    fix(bytes)
}

/// The same table with a sum of 0 again.
pub fn fix(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() >= 36 {
        bytes[9] = 0;
        bytes[9] = 0u8.wrapping_sub(sum8(&bytes));
    }
    bytes
}

/// The same table with another revision of its structure (not the OEM revision).
pub fn with_revision(mut bytes: Vec<u8>, revision: u8) -> Vec<u8> {
    bytes[8] = revision;
    fix(bytes)
}

/// A FADT that names a DSDT and a FACS: FIRMWARE_CTRL, DSDT, X_FIRMWARE_CTRL, X_DSDT, flags.
pub fn fadt(narrow: (u32, u32), wide: (u64, u64), flags: u32) -> Vec<u8> {
    let mut body = vec![0; 244 - 36];
    body[0..4].copy_from_slice(&narrow.0.to_le_bytes());
    body[4..8].copy_from_slice(&narrow.1.to_le_bytes());
    body[76..80].copy_from_slice(&flags.to_le_bytes());
    body[96..104].copy_from_slice(&wide.0.to_le_bytes());
    body[104..112].copy_from_slice(&wide.1.to_le_bytes());
    table(b"FACP", (b"MADE  ", b"MADETEST"), 1, &body)
}

/// A FACS.
pub fn facs() -> Vec<u8> {
    let mut bytes = b"FACS\x40\0\0\0".to_vec();
    bytes.resize(64, 0);
    bytes
}

/// An entry of memory: domain, first MiB, MiB, flags.
pub type Memory = (u32, u64, u64, u32);

/// The body of an SRAT.
pub fn srat_body(memory: &[Memory]) -> Vec<u8> {
    let mut body = vec![0; 12];
    for (pxm, start, len, flags) in memory {
        body.extend([1, 40]);
        body.extend(pxm.to_le_bytes());
        body.extend([0; 2]);
        body.extend((start * MIB).to_le_bytes());
        body.extend((len * MIB).to_le_bytes());
        body.extend([0; 4]);
        body.extend(flags.to_le_bytes());
        body.extend([0; 8]);
    }
    body
}

/// A root table over these addresses.
pub fn root(wide: bool, addresses: &[u64]) -> Vec<u8> {
    let size = if wide { 8 } else { 4 };
    let body: Vec<u8> = addresses.iter().flat_map(|address| address.to_le_bytes()[..size].to_vec()).collect();
    table(if wide { b"XSDT" } else { b"RSDT" }, (b"MADE  ", b"MADETEST"), 1, &body)
}

/// An RSDP of revision 2.
pub fn rsdp(rsdt: u32, xsdt: u64) -> Vec<u8> {
    let mut bytes = b"RSD PTR \0MADE  \x02".to_vec();
    bytes.extend(rsdt.to_le_bytes());
    bytes.extend(36u32.to_le_bytes());
    bytes.extend(xsdt.to_le_bytes());
    bytes.extend([0; 4]);
    bytes[8] = 0u8.wrapping_sub(sum8(&bytes[..20]));
    bytes[32] = 0u8.wrapping_sub(sum8(&bytes));
    bytes
}

/// Where the root tables of [`firmware`] lie.
pub const RSDT_AT: u32 = 0x7ff0_0000;
/// See [`RSDT_AT`].
pub const XSDT_AT: u64 = 0x7ff1_0000;

/// Firmware with these tables at their addresses, and root tables with these entries.
pub fn firmware(tables: Vec<(u64, Vec<u8>)>, rsdt: &[u64], xsdt: &[u64]) -> Firmware {
    let at = |address, bytes| FirmwareTable { address: Some(address), bytes };
    Firmware {
        tables: tables.into_iter().map(|(address, bytes)| at(address, bytes)).collect(),
        order: OrderSource::RootTable,
        roots: Roots {
            rsdp: Some(at(0xf_0000, rsdp(RSDT_AT, if xsdt.is_empty() { 0 } else { XSDT_AT }))),
            rsdt: (!rsdt.is_empty()).then(|| at(RSDT_AT.into(), root(false, rsdt))),
            xsdt: (!xsdt.is_empty()).then(|| at(XSDT_AT, root(true, xsdt))),
        },
        ..Firmware::default()
    }
}

/// A machine with this firmware, 2 GiB below 4 GiB and 6 GiB above.
pub fn machine(firmware: Firmware) -> Machine {
    let ram = [0..0x9_fc00, MIB..2048 * MIB, 4096 * MIB..10240 * MIB];
    let entries = ram.into_iter().map(|range| Entry::new(range, Kind::RAM)).collect();
    Machine { firmware, map: FirmwareMap { entries, ..FirmwareMap::default() }, ..Machine::default() }
}

/// An archive of these files, as GNU cpio writes them.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in files {
        let name = [name.as_bytes(), b"\0"].concat();
        out.extend(format!("070701{:08x}{:08x}{:032x}", 0, 0o100_644, 0).bytes());
        out.extend(format!("{:08x}{:032x}{:08x}{:08x}", data.len(), 0, name.len(), 0).bytes());
        for part in [&name[..], data] {
            out.extend(part);
            out.resize(out.len().next_multiple_of(4), 0);
        }
    }
    out.resize(out.len() + 512, 0);
    out
}

/// An archive of tables `0.aml`, `1.aml` and so on.
pub fn archive_of(tables: &[Vec<u8>]) -> Vec<u8> {
    let names: Vec<String> = (0..tables.len()).map(|n| format!("kernel/firmware/acpi/{n}.aml")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(tables.iter().map(Vec::as_slice)).collect();
    archive(&files)
}

/// A boot of a release with its own flow.
pub fn boot<'a>(release: &str, line: &str, initrd: Option<&'a [u8]>) -> NextBoot<'a> {
    let at = initrd.map(|initrd| 100 * MIB..100 * MIB + initrd.len() as u64);
    NextBoot::new(Kernel::of_release(release).unwrap(), line)
        .with_kernel_at(16 * MIB..64 * MIB, true)
        .with_initrd(initrd.map(Into::into), at)
}

/// The same boot with another flow.
pub fn with_flow<'a>(next: &NextBoot<'a>, flow: Flow) -> NextBoot<'a> {
    next.clone().with_flow(flow)
}

/// What stands in each slot: signatures, `+` in front of those of the archive, `-` for empty slots.
pub fn shown(machine: &Machine, outcome: &Outcome<'_>) -> Vec<String> {
    let mut slots = vec!["-".to_owned(); outcome.installation.slots];
    for table in &outcome.installation.list {
        let name = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..4]).into_owned();
        slots[table.slot] = match table.origin {
            Origin::Firmware(index) => name(&machine.firmware.tables[index].bytes),
            Origin::Archive(index) => format!("+{}", name(outcome.archive.tables[index])),
        };
    }
    slots
}
