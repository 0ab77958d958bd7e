//! Machines made for pictures: a copy of /proc and /sys with a memory map and a SRAT.

#![allow(unreachable_pub)]

use std::fs;
use std::path::Path;

pub const MIB: u64 = 1 << 20;
pub const GIB: u64 = 1 << 30;
pub const TIB: u64 = 1 << 40;

/// A range of the SRAT: proximity domain, addresses, whether it is hot-pluggable.
pub type Memory = (u32, std::ops::Range<u64>, bool);

/// Writes a machine into a folder: RAM above the first MiB, a SRAT, a command line.
pub fn write(folder: &Path, ram: &[std::ops::Range<u64>], memory: &[Memory], line: &str) {
    let put = |path: String, bytes: &[u8]| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let low = 0..0x9fc00;
    for (index, range) in std::iter::once(&low).chain(ram).enumerate() {
        let at = format!("sys/firmware/memmap/{index}");
        put(format!("{at}/start"), format!("{:#x}\n", range.start).as_bytes());
        put(format!("{at}/end"), format!("{:#x}\n", range.end - 1).as_bytes());
        put(format!("{at}/type"), b"System RAM\n");
    }
    put("sys/firmware/acpi/tables/SRAT".to_owned(), &srat(memory));
    put("proc/cmdline".to_owned(), format!("{line}\n").as_bytes());
    put("proc/sys/kernel/osrelease".to_owned(), b"6.12.0\n");
}

fn srat(memory: &[Memory]) -> Vec<u8> {
    let mut table = b"SRAT\0\0\0\0\x03\0ACPIHPPICTURES".to_vec();
    table.extend(1u32.to_le_bytes());
    table.extend(b"TEST\x01\0\0\0");
    table.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (pxm, range, hot) in memory {
        table.extend([1, 40]);
        table.extend(pxm.to_le_bytes());
        table.extend([0, 0]);
        table.extend(range.start.to_le_bytes());
        table.extend((range.end - range.start).to_le_bytes());
        table.extend([0; 4]);
        table.extend(if *hot { 3u32 } else { 1 }.to_le_bytes());
        table.extend([0; 8]);
    }
    let len = table.len() as u32;
    table[4..8].copy_from_slice(&len.to_le_bytes());
    table[9] = 0u8.wrapping_sub(acpihp::bytes::sum8(&table));
    table
}

/// Far nodes, holes, hot-add windows, and a node that is too small for the scale.
pub fn holes(folder: &Path) {
    let far = |tib: u64, from: u64, to: u64| tib * TIB + from..tib * TIB + to;
    let ram = [
        MIB..2 * GIB,
        4 * GIB..20 * GIB,
        far(1, 0, 16 * GIB),
        far(2, 0, 512 * MIB),
        far(3, 0, 8 * GIB),
        far(3, 12 * GIB, 20 * GIB),
    ];
    let memory = [
        (0, 0..2 * GIB, false),
        (0, 4 * GIB..20 * GIB, false),
        (1, far(1, 0, 16 * GIB), true),
        (1, far(1, 16 * GIB, 512 * GIB), true),
        (2, far(2, 0, 512 * MIB), true),
        (3, far(3, 0, 20 * GIB), true),
        (0, 20 * GIB..64 * GIB, true),
    ];
    write(folder, &ram, &memory, "movable_node nokaslr");
}

/// A node of the kernel, and as many more of `size` each, or of different sizes from there on.
pub fn many(folder: &Path, nodes: u64, size: u64, step: u64) {
    let (mut ram, mut memory) = (vec![MIB..2 * GIB, 4 * GIB..20 * GIB], vec![(0, 0..20 * GIB, false)]);
    let mut at = 20 * GIB;
    for node in 1..nodes {
        let range = at..at + size + node * 7 % 48 * step;
        at = range.end;
        ram.push(range.clone());
        memory.push((node as u32, range, node % 3 != 0 || step == 0));
    }
    write(folder, &ram, &memory, "movable_node nokaslr");
}
