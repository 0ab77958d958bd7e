//! /sys/kernel/boot_params/data: what the boot loader handed to an x86 kernel.
//!
//! # Kernel
//! `struct boot_params` in arch/x86/include/uapi/asm/bootparam.h, the same layout from 5.10 to 7.3.

use super::memmap::{Entry, Kind};
use crate::bytes::{u8_at, u16_at, u32_at, u64_at};
use std::ops::Range;

const EXT_MEM_K: usize = 0x02;
const ACPI_RSDP: usize = 0x70;
const EXT_RAMDISK_IMAGE: usize = 0xc0;
const EXT_RAMDISK_SIZE: usize = 0xc4;
const EFI_INFO: usize = 0x1c0;
const ALT_MEM_K: usize = 0x1e0;
const E820_ENTRIES: usize = 0x1e8;
const SECURE_BOOT: usize = 0x1ec;
const TYPE_OF_LOADER: usize = 0x210;
const RAMDISK_IMAGE: usize = 0x218;
const RAMDISK_SIZE: usize = 0x21c;
const SETUP_DATA: usize = 0x250;
const PREF_ADDRESS: usize = 0x258;
const INIT_SIZE: usize = 0x260;
const E820_TABLE: usize = 0x2d0;
const E820_ENTRY_LEN: usize = 20;
const E820_MAX: usize = 128;
/// What of the structure is read, and numbers of boot loaders around it; no texts.
const READ: [Range<usize>; 8] = [
    EXT_MEM_K..EXT_MEM_K + 2,
    ACPI_RSDP..ACPI_RSDP + 8,
    EXT_RAMDISK_IMAGE..EXT_RAMDISK_SIZE + 4,
    EFI_INFO..ALT_MEM_K,
    ALT_MEM_K..ALT_MEM_K + 4,
    E820_ENTRIES..E820_ENTRIES + 1,
    SECURE_BOOT..SECURE_BOOT + 1,
    // `struct setup_header`, less what is to come.
    0x1f1..0x268,
];
/// Bytes in front of a setup_data node's data: the next node's address, its type and its length.
pub const SETUP_DATA_HEADER: u64 = 16;
/// Type of the setup_data node that holds the memory map's entries from the 129th on.
pub const SETUP_E820_EXT: u32 = 1;

/// What a boot loader handed over, as far as memory and tables go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BootParams {
    /// Physical address of the RSDP, if the loader or the decompressor knew it.
    pub rsdp: Option<u64>,
    /// The firmware's memory map, as given.
    pub e820: Vec<Entry>,
    /// Memory above 1 MiB in KiB, the most that the older BIOS calls told; counts when the map is not usable.
    pub alt_mem_k: u32,
    /// Where the initrd was put, end exclusive. `None` without an initrd or a boot loader type.
    pub initrd: Option<Range<u64>>,
    /// Physical address of the first setup_data node.
    pub setup_data: Option<u64>,
    /// Where the kernel wants to be loaded; 0 when an EFI stub filled the structure in.
    pub preferred_address: u64,
    /// Bytes from where the image is loaded that it needs while it unpacks itself.
    pub init_size: u32,
    /// Whether EFI firmware started the kernel.
    pub efi: bool,
    /// Whether the firmware booted with Secure Boot on.
    pub secure_boot: bool,
}

/// Reads the 4096 bytes (or as many as are there): `None` when they are too few to hold a memory map.
pub fn parse(data: &[u8]) -> Option<BootParams> {
    let wide =
        |low: usize, high: usize| Some(u64::from(u32_at(data, high)?) << 32 | u64::from(u32_at(data, low)?));
    let image = wide(RAMDISK_IMAGE, EXT_RAMDISK_IMAGE)?;
    let size = wide(RAMDISK_SIZE, EXT_RAMDISK_SIZE)?;
    let loaded = u8_at(data, TYPE_OF_LOADER)? != 0 && image != 0 && size != 0;
    let count = usize::from(u8_at(data, E820_ENTRIES)?).min(E820_MAX);
    let e820 = map_entries(data.get(E820_TABLE..)?).take(count).collect();
    Some(BootParams {
        rsdp: u64_at(data, ACPI_RSDP).filter(|address| *address != 0),
        e820,
        alt_mem_k: u32_at(data, ALT_MEM_K)?.max(u32::from(u16_at(data, EXT_MEM_K)?)),
        initrd: if loaded { image.checked_add(size).map(|end| image..end) } else { None },
        setup_data: u64_at(data, SETUP_DATA).filter(|address| *address != 0),
        preferred_address: u64_at(data, PREF_ADDRESS)?,
        init_size: u32_at(data, INIT_SIZE)?,
        efi: matches!(data.get(EFI_INFO..EFI_INFO + 4), Some(b"EL32" | b"EL64")),
        secure_boot: u8_at(data, SECURE_BOOT) == Some(3),
    })
}

/// Zeroes everything that [`parse`] does not read, such as what names a display and disks. Whether there was anything.
pub fn keep_read(data: &mut [u8]) -> bool {
    let count = usize::from(u8_at(data, E820_ENTRIES).unwrap_or(0)).min(E820_MAX);
    let map = E820_TABLE..E820_TABLE + count * E820_ENTRY_LEN;
    let mut any = false;
    for (at, byte) in data.iter_mut().enumerate() {
        if *byte != 0 && !map.contains(&at) && !READ.iter().any(|range| range.contains(&at)) {
            *byte = 0;
            any = true;
        }
    }
    any
}

/// The entries of a memory map as boot loaders lay it out, also that of a setup_data node of type [`SETUP_E820_EXT`]: as many
/// as are whole.
pub fn map_entries(data: &[u8]) -> impl Iterator<Item = Entry> + '_ {
    data.chunks_exact(E820_ENTRY_LEN).filter_map(|entry| {
        Some(Entry { start: u64_at(entry, 0)?, size: u64_at(entry, 8)?, kind: Kind(u32_at(entry, 16)?) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_data_is_refused_and_a_map_is_read() {
        assert_eq!(parse(&[0; 0x200]), None);
        let mut data = vec![0; 4096];
        data[E820_ENTRIES] = 1;
        data[E820_TABLE..E820_TABLE + 8].copy_from_slice(&0x10_0000u64.to_le_bytes());
        data[E820_TABLE + 8..E820_TABLE + 16].copy_from_slice(&0x1000u64.to_le_bytes());
        data[E820_TABLE + 16] = 1;
        data[TYPE_OF_LOADER] = 0xb0;
        data[RAMDISK_IMAGE + 3] = 0x10;
        data[RAMDISK_SIZE] = 5;
        let read = parse(&data).unwrap();
        assert_eq!(read.e820, [Entry::new(0x10_0000..0x10_1000, Kind::RAM)]);
        assert_eq!(read.initrd, Some(0x1000_0000..0x1000_0005));
    }

    #[test]
    fn only_what_is_read_is_kept() {
        let mut full: Vec<u8> = vec![0xa5; 4096];
        full[E820_ENTRIES] = 3;
        let mut kept = full.clone();
        assert!(keep_read(&mut kept));
        assert_eq!(parse(&kept), parse(&full));
        assert_eq!(kept[E820_TABLE + 59..E820_TABLE + 61], [0xa5, 0], "the entries that count");
        // The display's EDID, the disks' signatures, what is between them, and everything behind the map.
        for at in [0, 0x14c, 0x1e9, 0x268, 0x290, 0xcd0, 0xd00, 0xeec, 4095] {
            assert_eq!(kept[at], 0, "{at:#x}");
        }
        assert!(!keep_read(&mut kept), "a second time");
        assert!(!keep_read(&mut [0; 100]));
    }
}
