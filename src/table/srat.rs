//! SRAT, the System Resource Affinity Table: which processors, devices and memory ranges are close to each other.
//!
//! # Spec
//! ACPI 6.6, 5.2.16.

use super::Signature;
use super::entries::{Entries, Entry};
use super::view::view;
use crate::bytes::{array_at, u8_at, u32_at, u64_at, uint_at};
use std::ops::Range;

/// Where the entries start: after the header, the table revision and eight reserved bytes.
pub const ENTRIES_AT: usize = 48;

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"SRAT");

/// Entry types, each with the length that the specification gives it.
pub mod kind {
    /// Processor Local APIC/SAPIC Affinity, 16 bytes.
    pub const LOCAL_APIC: u8 = 0;
    /// Memory Affinity, 40 bytes.
    pub const MEMORY: u8 = 1;
    /// Processor Local x2APIC Affinity, 24 bytes.
    pub const X2APIC: u8 = 2;
    /// GICC Affinity, 18 bytes.
    pub const GICC: u8 = 3;
    /// GIC Interrupt Translation Service (ITS) Affinity, 12 bytes.
    pub const GIC_ITS: u8 = 4;
    /// Generic Initiator Affinity, 32 bytes.
    pub const GENERIC_INITIATOR: u8 = 5;
    /// Generic Port Affinity, 32 bytes.
    pub const GENERIC_PORT: u8 = 6;
    /// RISC-V RINTC Affinity, 20 bytes.
    pub const RINTC: u8 = 7;
}

/// The length in bytes that the specification gives an entry type; `None` for types it does not know.
pub fn entry_len(kind: u8) -> Option<usize> {
    super::entry_len(SIGNATURE, u64::from(kind))
}

bitflags::bitflags! {
    /// Flags of a memory affinity entry; bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct MemoryFlags: u32 {
        /// The entry counts; Linux ignores it otherwise.
        const ENABLED = 1;
        /// The range may be hot-added or hot-removed.
        const HOT_PLUGGABLE = 1 << 1;
        /// The range is non-volatile memory.
        const NON_VOLATILE = 1 << 2;
        /// The range is set aside for a special purpose (ACPI 6.6).
        const SPECIFIC_PURPOSE = 1 << 3;
        /// Poison of the range can be cleared (draft of ACPI 6.7, SRAT revision 4).
        const POISON_CLEARING = 1 << 4;
        const _ = !0;
    }
}

/// The flag that every other entry with flags has in bit 0: the entry counts.
pub const ENABLED: u32 = 1;

view! {
    /// A table with the SRAT's signature; any content.
    pub struct Srat of [SIGNATURE];
}

impl<'a> Srat<'a> {
    /// The table's bytes, cut to the header's length where that is shorter.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The entries in table order.
    pub fn entries(&self) -> Entries<'a> {
        Entries::new(self.bytes, ENTRIES_AT)
    }

    /// The memory affinity entries that are long enough, in table order, enabled or not.
    pub fn memory(&self) -> impl Iterator<Item = (Entry<'a>, Memory)> {
        self.entries().filter_map(Result::ok).filter_map(|entry| match Affinity::of(&entry) {
            Affinity::Memory(memory) => Some((entry, memory)),
            _ => None,
        })
    }
}

/// Processor Local APIC/SAPIC Affinity (type 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalApic {
    /// Bits 0 to 7 of the proximity domain.
    pub pxm_low: u8,
    /// Bits 8 to 31 of the proximity domain, already in place; counts from SRAT revision 2.
    pub pxm_high: u32,
    /// Local APIC id.
    pub apic_id: u8,
    /// Flags: bit 0 is [`ENABLED`].
    pub flags: u32,
    /// Local SAPIC EID.
    pub sapic_eid: u8,
    /// Clock domain.
    pub clock_domain: u32,
}

impl LocalApic {
    /// The whole 32-bit proximity domain.
    pub fn pxm(&self) -> u32 {
        self.pxm_high | u32::from(self.pxm_low)
    }
}

/// Memory Affinity (type 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Proximity domain, all 32 bits.
    pub pxm: u32,
    /// First address of the range.
    pub base: u64,
    /// Its length in bytes.
    pub length: u64,
    /// What it is.
    pub flags: MemoryFlags,
}

impl Memory {
    /// Bits 0 to 7 of the proximity domain: all that counts before SRAT revision 2.
    pub fn pxm_low(&self) -> u8 {
        self.pxm.to_le_bytes()[0]
    }

    /// The addresses, or `None` when base and length pass the end of the address space.
    pub fn range(&self) -> Option<Range<u64>> {
        Some(self.base..self.base.checked_add(self.length)?)
    }

    /// Whether the entry counts.
    pub fn is_enabled(&self) -> bool {
        self.flags.contains(MemoryFlags::ENABLED)
    }
}

/// Processor Local x2APIC Affinity (type 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct X2Apic {
    /// Proximity domain, all 32 bits.
    pub pxm: u32,
    /// x2APIC id.
    pub apic_id: u32,
    /// Flags: bit 0 is [`ENABLED`].
    pub flags: u32,
    /// Clock domain.
    pub clock_domain: u32,
}

/// GICC Affinity (type 3) and RINTC Affinity (type 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByUid {
    /// Proximity domain, all 32 bits.
    pub pxm: u32,
    /// ACPI processor UID, as in the MADT.
    pub uid: u32,
    /// Flags: bit 0 is [`ENABLED`].
    pub flags: u32,
    /// Clock domain.
    pub clock_domain: u32,
}

/// GIC ITS Affinity (type 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GicIts {
    /// Proximity domain, all 32 bits.
    pub pxm: u32,
    /// ITS id, as in the MADT.
    pub its_id: u32,
}

/// Generic Initiator Affinity (type 5) and Generic Port Affinity (type 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generic {
    /// Proximity domain, all 32 bits.
    pub pxm: u32,
    /// What [`Generic::handle`] is: 0 an ACPI handle, 1 a PCI handle.
    pub handle_type: u8,
    /// The device: ACPI `_HID` and `_UID`, or PCI segment and BDF.
    pub handle: [u8; 16],
    /// Flags: bit 0 is [`ENABLED`], bit 1 says that transactions are architecturally coherent.
    pub flags: u32,
}

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affinity {
    /// Type 0.
    LocalApic(LocalApic),
    /// Type 1.
    Memory(Memory),
    /// Type 2.
    X2Apic(X2Apic),
    /// Type 3.
    Gicc(ByUid),
    /// Type 4.
    GicIts(GicIts),
    /// Type 5.
    GenericInitiator(Generic),
    /// Type 6.
    GenericPort(Generic),
    /// Type 7.
    Rintc(ByUid),
    /// A known type with fewer bytes than its structure has.
    Short {
        /// Bytes that the structure has.
        expected: usize,
    },
    /// A type that the specification does not define.
    Unknown,
}

impl Affinity {
    /// Reads an entry. Bytes past the structure of its type are allowed and stay in [`Entry::bytes`].
    pub fn of(entry: &Entry<'_>) -> Affinity {
        match entry_len(entry.kind) {
            None => Affinity::Unknown,
            Some(expected) => Affinity::read(entry).unwrap_or(Affinity::Short { expected }),
        }
    }

    fn read(entry: &Entry<'_>) -> Option<Affinity> {
        let bytes = entry.bytes.get(..entry_len(entry.kind)?)?;
        let generic = || {
            Some(Generic {
                pxm: u32_at(bytes, 4)?,
                handle_type: u8_at(bytes, 3)?,
                handle: array_at(bytes, 8)?,
                flags: u32_at(bytes, 24)?,
            })
        };
        Some(match entry.kind {
            kind::LOCAL_APIC => Affinity::LocalApic(LocalApic {
                pxm_low: u8_at(bytes, 2)?,
                apic_id: u8_at(bytes, 3)?,
                flags: u32_at(bytes, 4)?,
                sapic_eid: u8_at(bytes, 8)?,
                pxm_high: u32::try_from(uint_at(bytes, 9, 3)? << 8).ok()?,
                clock_domain: u32_at(bytes, 12)?,
            }),
            kind::MEMORY => Affinity::Memory(Memory {
                pxm: u32_at(bytes, 2)?,
                base: u64_at(bytes, 8)?,
                length: u64_at(bytes, 16)?,
                flags: MemoryFlags::from_bits_retain(u32_at(bytes, 28)?),
            }),
            kind::X2APIC => Affinity::X2Apic(X2Apic {
                pxm: u32_at(bytes, 4)?,
                apic_id: u32_at(bytes, 8)?,
                flags: u32_at(bytes, 12)?,
                clock_domain: u32_at(bytes, 16)?,
            }),
            kind::GICC => Affinity::Gicc(ByUid {
                pxm: u32_at(bytes, 2)?,
                uid: u32_at(bytes, 6)?,
                flags: u32_at(bytes, 10)?,
                clock_domain: u32_at(bytes, 14)?,
            }),
            kind::GIC_ITS => Affinity::GicIts(GicIts { pxm: u32_at(bytes, 2)?, its_id: u32_at(bytes, 8)? }),
            kind::GENERIC_INITIATOR => Affinity::GenericInitiator(generic()?),
            kind::GENERIC_PORT => Affinity::GenericPort(generic()?),
            kind::RINTC => Affinity::Rintc(ByUid {
                pxm: u32_at(bytes, 4)?,
                uid: u32_at(bytes, 8)?,
                flags: u32_at(bytes, 12)?,
                clock_domain: u32_at(bytes, 16)?,
            }),
            _ => return None,
        })
    }

    /// The proximity domain, all 32 bits, where the entry has one.
    pub fn pxm(&self) -> Option<u32> {
        match self {
            Affinity::LocalApic(entry) => Some(entry.pxm()),
            Affinity::Memory(entry) => Some(entry.pxm),
            Affinity::X2Apic(entry) => Some(entry.pxm),
            Affinity::Gicc(entry) | Affinity::Rintc(entry) => Some(entry.pxm),
            Affinity::GicIts(entry) => Some(entry.pxm),
            Affinity::GenericInitiator(entry) | Affinity::GenericPort(entry) => Some(entry.pxm),
            Affinity::Short { .. } | Affinity::Unknown => None,
        }
    }

    /// Whether the entry counts; entries without flags (GIC ITS) always do.
    pub fn is_enabled(&self) -> bool {
        match self {
            Affinity::LocalApic(entry) => entry.flags & ENABLED != 0,
            Affinity::Memory(entry) => entry.is_enabled(),
            Affinity::X2Apic(entry) => entry.flags & ENABLED != 0,
            Affinity::Gicc(entry) | Affinity::Rintc(entry) => entry.flags & ENABLED != 0,
            Affinity::GicIts(_) => true,
            Affinity::GenericInitiator(entry) | Affinity::GenericPort(entry) => entry.flags & ENABLED != 0,
            Affinity::Short { .. } | Affinity::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[&[u8]]) -> Vec<u8> {
        let body = entries.concat();
        let length = (ENTRIES_AT + body.len()) as u32;
        let head = [b"SRAT".as_slice(), &length.to_le_bytes(), &[3], &[0; 27], &1u32.to_le_bytes(), &[0; 8]];
        [head.concat(), body].concat()
    }

    #[test]
    fn entries_are_read_with_all_their_bits() {
        let mut memory = vec![1, 40, 4, 3, 2, 1, 0, 0];
        memory.extend([0x1_0000_0000u64.to_le_bytes(), 0x8000_0000u64.to_le_bytes()].concat());
        memory.extend([0, 0, 0, 0, 0x1f, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]);
        let cpu = [0, 16, 4, 7, 1, 0, 0, 0, 0, 3, 2, 1, 5, 0, 0, 0];
        let bytes = table(&[&cpu, &memory, &memory[..39], &[99, 4, 1, 2], &[1, 0, 0]]);
        let srat = Srat::parse(&bytes).unwrap();
        assert_eq!(srat.header.revision, 3);
        let (entry, first) = srat.memory().next().unwrap();
        assert_eq!((entry.offset, entry.length, first.pxm, first.pxm_low()), (64, 40, 0x0102_0304, 4));
        assert_eq!(first.range(), Some(0x1_0000_0000..0x1_8000_0000));
        assert_eq!(first.flags.bits(), 0x8000_001f);
        assert!(first.flags.contains(MemoryFlags::SPECIFIC_PURPOSE) && first.is_enabled());
        let found: Vec<_> = srat.entries().flatten().map(|entry| Affinity::of(&entry)).collect();
        assert_eq!(found.first().and_then(Affinity::pxm), Some(0x0102_0304));
        // The short entry's length byte says 40, so the walk passes the byte that is missing.
        assert!(matches!(found.get(2), Some(Affinity::Memory(_))));
    }

    #[test]
    fn wrapping_ranges_and_short_entries_are_told() {
        let memory = Memory { pxm: 0, base: u64::MAX, length: 2, flags: MemoryFlags::ENABLED };
        assert_eq!(memory.range(), None);
        let bytes = table(&[&[1, 8, 0, 0, 0, 0, 0, 0], &[9, 3, 0]]);
        let srat = Srat::parse(&bytes).unwrap();
        let found: Vec<_> = srat.entries().flatten().map(|entry| Affinity::of(&entry)).collect();
        assert_eq!(found, [Affinity::Short { expected: 40 }, Affinity::Unknown]);
        assert!(Srat::parse(bytes.get(..35).unwrap()).is_err());
        assert_eq!(Srat::parse(bytes.get(..36).unwrap()).unwrap().entries().count(), 0);
    }
}
