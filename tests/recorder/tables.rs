//! Writes ACPI tables for machines that are to be recorded. Written without the library, so that it checks the library's
//! reading too.

use std::ops::Range;

/// The identity of the tables that QEMU makes: OEM id, and with it the OEM table id.
const QEMU: [&[u8]; 2] = [b"BOCHS ", b"BXPC    "];

/// An entry of a SRAT.
#[derive(Debug, Clone)]
pub enum Affinity {
    /// An enabled processor: APIC id and domain.
    Cpu(u8, u32),
    /// An enabled processor by its x2APIC id, and its domain.
    X2Cpu(u32, u32),
    /// Memory: domain, addresses, flags beside ENABLED.
    Memory(u32, Range<u64>, u32),
    /// A generic initiator on a domain: whether it is enabled.
    Initiator(u32, bool),
    /// Any bytes.
    Raw(Vec<u8>),
}

/// The flag of memory that can be taken out.
pub const HOT: u32 = 2;
/// The flag of memory that keeps its content.
pub const NON_VOLATILE: u32 = 4;

/// A SRAT of this revision for QEMU's identity, newer than its own.
pub fn srat(revision: u8, entries: &[Affinity]) -> Vec<u8> {
    let mut body = vec![1, 0, 0, 0];
    body.extend([0; 8]);
    for entry in entries {
        match entry {
            Affinity::Cpu(id, domain) => {
                let [low, high @ ..] = domain.to_le_bytes();
                body.extend([0, 16, low, *id, 1, 0, 0, 0, 0]);
                body.extend(high);
                body.extend([0; 4]);
            }
            Affinity::X2Cpu(id, domain) => {
                body.extend([2, 24, 0, 0]);
                body.extend(domain.to_le_bytes());
                body.extend(id.to_le_bytes());
                body.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            }
            Affinity::Memory(domain, range, flags) => {
                body.extend([1, 40]);
                body.extend(domain.to_le_bytes());
                body.extend([0; 2]);
                body.extend(range.start.to_le_bytes());
                body.extend((range.end - range.start).to_le_bytes());
                body.extend([0; 4]);
                body.extend((1 | flags).to_le_bytes());
                body.extend([0; 8]);
            }
            Affinity::Initiator(domain, enabled) => {
                body.extend([5, 32, 0, 1]);
                body.extend(domain.to_le_bytes());
                body.extend([0; 16]);
                body.extend(u32::from(*enabled).to_le_bytes());
                body.extend([0; 4]);
            }
            Affinity::Raw(bytes) => body.extend(bytes),
        }
    }
    table(b"SRAT", revision, &body)
}

/// A CEDT with one fixed memory window.
pub fn cedt(window: Range<u64>) -> Vec<u8> {
    let mut body = vec![1, 0];
    body.extend(40_u16.to_le_bytes());
    body.extend([0; 4]);
    body.extend(window.start.to_le_bytes());
    body.extend((window.end - window.start).to_le_bytes());
    // One way, modulo arithmetic, a granularity of 256 bytes, type 2 and 3 memory that forgets, QoS group 0, target 0.
    body.extend([0; 8]);
    body.extend([0x06, 0, 0, 0, 0, 0, 0, 0]);
    table(b"CEDT", 1, &body)
}

/// A table of QEMU's identity and OEM revision 2.
pub fn table(signature: &[u8; 4], revision: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = signature.to_vec();
    bytes.extend((36 + body.len() as u32).to_le_bytes());
    bytes.extend([revision, 0]);
    bytes.extend(QEMU.concat());
    bytes.extend([2, 0, 0, 0]);
    bytes.extend(b"TEST\x01\0\0\0");
    bytes.extend(body);
    seal(&mut bytes);
    bytes
}

/// Makes the checksum hold.
pub fn seal(table: &mut [u8]) {
    let sum = table.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    table[9] = table[9].wrapping_sub(sum);
}
