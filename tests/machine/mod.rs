//! Machines made for a test: RAM, a SRAT written down as ranges, and processors.

#![allow(dead_code, unreachable_pub)]

use acpihp::boot::install::{Firmware, FirmwareTable};
use acpihp::boot::kernel::Kernel;
use acpihp::boot::stages::e820::FirmwareMap;
use acpihp::boot::{Machine, NextBoot};
use acpihp::bytes::sum8;
use acpihp::memory::memmap::{Entry, Kind};
use std::ops::Range;

/// Bytes.
pub const MIB: u64 = 1 << 20;
/// Bytes.
pub const GIB: u64 = 1 << 30;

/// The kernel image, where nokaslr leaves it.
pub const KERNEL: Range<u64> = 16 * MIB..56 * MIB;

/// One of the SRAT's memory entries: proximity domain, addresses, hot-pluggable.
pub type Memory = (u32, Range<u64>, bool);

/// A machine with this RAM above 1 MiB (low memory is as QEMU has it), a SRAT with these entries, and one processor in
/// each domain of `processors`.
pub fn machine(ram: &[Range<u64>], memory: &[Memory], processors: &[u32]) -> Machine {
    let low = [Entry::new(0..0x9_fc00, Kind::RAM), Entry::new(0xf_0000..MIB, Kind::RESERVED)];
    let ram = ram.iter().map(|range| Entry::new(range.clone(), Kind::RAM));
    let entries = low.into_iter().chain(ram).collect();
    let tables = [srat(memory, processors), madt(processors)].into_iter();
    let tables = tables.map(|bytes| FirmwareTable { address: None, bytes }).collect();
    Machine {
        firmware: Firmware { tables, ..Firmware::default() },
        map: FirmwareMap { entries, ..FirmwareMap::default() },
        ..Machine::default()
    }
}

/// A boot of a release with a command line.
pub fn boot(release: &str, line: &str) -> NextBoot<'static> {
    NextBoot::new(Kernel::of_release(release).unwrap(), line).with_kernel_at(KERNEL, true)
}

/// A SRAT: processors 0, 1, ... first, then memory.
pub fn srat(memory: &[Memory], processors: &[u32]) -> Vec<u8> {
    let mut body = vec![0; 12];
    for (id, domain) in (0u8..).zip(processors) {
        let domain = domain.to_le_bytes();
        body.extend([0, 16, domain[0], id, 1, 0, 0, 0, 0, domain[1], domain[2], domain[3], 0, 0, 0, 0]);
    }
    for (domain, range, hotpluggable) in memory {
        body.extend([1, 40]);
        body.extend(domain.to_le_bytes());
        body.extend([0; 2]);
        body.extend(range.start.to_le_bytes());
        body.extend((range.end - range.start).to_le_bytes());
        body.extend([0; 4]);
        body.extend((1 | u32::from(*hotpluggable) << 1).to_le_bytes());
        body.extend([0; 8]);
    }
    table(b"SRAT", 3, &body)
}

fn madt(processors: &[u32]) -> Vec<u8> {
    let mut body = vec![0; 8];
    for (id, _) in (0u8..).zip(processors) {
        body.extend([0, 8, id, id, 1, 0, 0, 0]);
    }
    table(b"APIC", 4, &body)
}

/// A table with a header whose checksum holds.
pub fn table(signature: &[u8; 4], revision: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = signature.to_vec();
    bytes.extend((36 + body.len() as u32).to_le_bytes());
    bytes.extend([revision, 0]);
    bytes.extend(b"MADE  MADETEST");
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(b"TEST\x01\0\0\0");
    bytes.extend(body);
    bytes[9] = 0u8.wrapping_sub(sum8(&bytes));
    bytes
}
