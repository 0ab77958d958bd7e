//! The firmware's memory map (e820): entries and their types, as Linux numbers and names them.

use crate::memory::hex;
use std::fmt;
use std::ops::Range;

/// The type of an e820 entry.
///
/// # Kernel
/// `enum e820_type` in arch/x86/include/asm/e820/types.h, 5.10 to 7.3. Where entries overlap the largest number wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u32);

impl Kind {
    /// Memory for any use.
    pub const RAM: Kind = Kind(1);
    /// Not to be touched.
    pub const RESERVED: Kind = Kind(2);
    /// ACPI tables; memory once they have been read.
    pub const ACPI: Kind = Kind(3);
    /// ACPI non-volatile storage: to be kept over sleep.
    pub const NVS: Kind = Kind(4);
    /// Memory with errors, which nobody uses.
    pub const UNUSABLE: Kind = Kind(5);
    /// Persistent memory, which drivers use.
    pub const PMEM: Kind = Kind(7);
    /// Persistent memory, the older kind (`memmap=nn!ss`).
    pub const PRAM: Kind = Kind(12);
    /// Memory that holds boot data: RAM for memblock.
    pub const RESERVED_KERN: Kind = Kind(128);
    /// Memory that firmware keeps for a purpose (EFI_MEMORY_SP).
    pub const SOFT_RESERVED: Kind = Kind(0xefff_ffff);

    /// The type that a text of /sys/firmware/memmap, /proc/iomem or a kernel log names.
    pub fn from_name(name: &str) -> Option<Kind> {
        Some(match name.trim() {
            "System RAM" | "usable" => Kind::RAM,
            "Reserved" | "reserved" | "device reserved" => Kind::RESERVED,
            "ACPI Tables" | "ACPI data" => Kind::ACPI,
            "ACPI Non-volatile Storage" | "ACPI NVS" => Kind::NVS,
            "Unusable memory" | "unusable" => Kind::UNUSABLE,
            "Persistent Memory" => Kind::PMEM,
            "Persistent Memory (legacy)" => Kind::PRAM,
            "Soft Reserved" | "soft reserved" => Kind::SOFT_RESERVED,
            _ => return persistent(name.trim()),
        })
    }
}

/// Kernel logs print both persistent types as `persistent (type N)`.
fn persistent(name: &str) -> Option<Kind> {
    let number = name.strip_prefix("persistent (type ").or_else(|| name.strip_prefix("type "))?;
    number.trim_end_matches(')').parse().ok().map(Kind)
}

impl fmt::Display for Kind {
    /// Writes the type as /sys/firmware/memmap names it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Kind::RAM | Kind::RESERVED_KERN => out.pad("System RAM"),
            Kind::RESERVED => out.pad("Reserved"),
            Kind::ACPI => out.pad("ACPI Tables"),
            Kind::NVS => out.pad("ACPI Non-volatile Storage"),
            Kind::UNUSABLE => out.pad("Unusable memory"),
            Kind::PMEM => out.pad("Persistent Memory"),
            Kind::PRAM => out.pad("Persistent Memory (legacy)"),
            Kind::SOFT_RESERVED => out.pad("Soft Reserved"),
            Kind(number) => out.pad(&format!("type {number}")),
        }
    }
}

/// One entry of a memory map: `size` bytes from `start`. Firmware can give any numbers: the end may not fit into 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Physical address of the first byte.
    pub start: u64,
    /// Length in bytes.
    pub size: u64,
    /// What the memory is, by the number of e820.
    pub kind: Kind,
}

impl Entry {
    /// An entry for a range.
    pub fn new(range: Range<u64>, kind: Kind) -> Self {
        Entry { start: range.start, size: range.end.saturating_sub(range.start), kind }
    }

    /// The byte after the last, no further than 64 bits reach.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.size)
    }

    /// Whether the end does not fit into 64 bits.
    pub fn wraps(&self) -> bool {
        self.start.checked_add(self.size).is_none()
    }

    /// The bytes it covers.
    pub fn range(&self) -> Range<u64> {
        self.start..self.end()
    }
}

/// One entry from the three texts of /sys/firmware/memmap/N: `start` and the inclusive `end` in hex, and `type`.
pub fn from_sysfs(start: &str, end: &str, kind: &str) -> Option<Entry> {
    let (start, last) = (hex(start)?, hex(end)?);
    let size = last.checked_sub(start)?.checked_add(1)?;
    Some(Entry { start, size, kind: Kind::from_name(kind)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sysfs_entries_are_read() {
        let entry = from_sysfs("0x100000\n", "0x7ffdffff\n", "System RAM\n").unwrap();
        assert_eq!(entry, Entry::new(0x10_0000..0x7ffe_0000, Kind::RAM));
        assert_eq!(from_sysfs("0x2", "0x1", "System RAM"), None);
        assert_eq!(Kind::from_name("persistent (type 12)"), Some(Kind::PRAM));
    }
}
