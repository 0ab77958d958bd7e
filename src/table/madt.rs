//! MADT (signature `APIC`): processors and interrupt controllers.
//!
//! # Spec
//! ACPI 6.6, 5.2.12.

use super::Signature;
use super::entries::{Entries, Entry};
use super::view::view;
use crate::bytes::{u8_at, u32_at, u64_at};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"APIC");

/// Where the entries start: after the header, the local APIC address and the flags.
pub const ENTRIES_AT: usize = 44;

bitflags::bitflags! {
    /// Flags of a processor entry; bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ProcessorFlags: u32 {
        /// The processor is ready for use.
        const ENABLED = 1;
        /// The processor can be enabled later: all entries but GICC, from MADT revision 5.
        const ONLINE_CAPABLE = 1 << 1;
        /// The processor can be enabled later: GICC entries, from MADT revision 6.
        const GICC_ONLINE_CAPABLE = 1 << 3;
        const _ = !0;
    }
}

view! {
    /// A table with the MADT's signature; any content.
    pub struct Madt of [SIGNATURE];
}

impl<'a> Madt<'a> {
    /// The entries in table order.
    pub fn entries(&self) -> Entries<'a> {
        Entries::new(self.bytes, ENTRIES_AT)
    }

    /// The processors in table order, each with its entry.
    pub fn processors(&self) -> impl Iterator<Item = (Entry<'a>, Processor)> {
        self.entries().filter_map(Result::ok).filter_map(|entry| Some((entry, Processor::of(&entry)?)))
    }
}

/// How a processor is known to the interrupt hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessorId {
    /// Local APIC id (type 0).
    LocalApic(u8),
    /// x2APIC id (type 9).
    X2Apic(u32),
    /// GICC: CPU interface number (type 11).
    Gicc(u32),
    /// RISC-V hart id (type 24).
    Hart(u64),
}

/// A processor entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processor {
    /// ACPI processor UID, which the SRAT's GICC and RINTC entries name.
    pub uid: u32,
    /// Its interrupt controller's id.
    pub id: ProcessorId,
    /// Flags as they stand.
    pub flags: ProcessorFlags,
}

impl Processor {
    /// Reads an entry of type 0, 9, 11 or 24; `None` for other types and for entries that end before the flags do.
    pub fn of(entry: &Entry<'_>) -> Option<Processor> {
        let bytes = entry.bytes;
        let flags = |at| u32_at(bytes, at).map(ProcessorFlags::from_bits_retain);
        Some(match entry.kind {
            0 => Processor {
                uid: u32::from(u8_at(bytes, 2)?),
                id: ProcessorId::LocalApic(u8_at(bytes, 3)?),
                flags: flags(4)?,
            },
            9 => Processor {
                uid: u32_at(bytes, 12)?,
                id: ProcessorId::X2Apic(u32_at(bytes, 4)?),
                flags: flags(8)?,
            },
            11 => Processor {
                uid: u32_at(bytes, 8)?,
                id: ProcessorId::Gicc(u32_at(bytes, 4)?),
                flags: flags(12)?,
            },
            24 => Processor {
                uid: u32_at(bytes, 16)?,
                id: ProcessorId::Hart(u64_at(bytes, 8)?),
                flags: flags(4)?,
            },
            _ => return None,
        })
    }

    /// The id by which the SRAT's APIC and x2APIC entries name the processor.
    pub fn apic_id(&self) -> Option<u32> {
        match self.id {
            ProcessorId::LocalApic(id) => Some(u32::from(id)),
            ProcessorId::X2Apic(id) => Some(id),
            ProcessorId::Gicc(_) | ProcessorId::Hart(_) => None,
        }
    }

    /// Whether the processor is ready for use.
    pub fn is_enabled(&self) -> bool {
        self.flags.contains(ProcessorFlags::ENABLED)
    }

    /// Whether the processor says that it can be enabled later.
    pub fn is_online_capable(&self) -> bool {
        self.flags.contains(match self.id {
            ProcessorId::Gicc(_) => ProcessorFlags::GICC_ONLINE_CAPABLE,
            _ => ProcessorFlags::ONLINE_CAPABLE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_of_every_kind() {
        let mut table = [b"APIC".as_slice(), &[0xff; 4], &[5], &[0; 35]].concat();
        table.extend([0, 8, 1, 2, 1, 0, 0, 0, 9, 16, 0, 0, 0x2c, 1, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 1, 12]);
        table.extend([0; 10]);
        table.extend([24, 20, 1, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 8, 1]);
        let madt = Madt::parse(&table).unwrap();
        let found: Vec<_> = madt.processors().map(|(entry, cpu)| (entry.offset, cpu.uid, cpu.id)).collect();
        let expected = [
            (44, 1, ProcessorId::LocalApic(2)),
            (52, 7, ProcessorId::X2Apic(300)),
            (80, 9, ProcessorId::Hart(3)),
        ];
        assert_eq!(found, expected);
        let (_, second) = madt.processors().nth(1).unwrap();
        assert!(!second.is_enabled() && second.is_online_capable() && second.apic_id() == Some(300));
        assert_eq!(madt.entries().flatten().filter(|entry| !entry.is_whole()).count(), 1);
    }
}
