//! A machine of UEFI whose memory map says what no emulator says: that memory is kept twice (mirrored), or kept for a
//! purpose (soft-reserved).
//!
//! QEMU gives OVMF no way to set such attributes. A driver in the option ROM of a PCI device does: it stands in front of
//! `GetMemoryMap` and adds them to what the firmware answers, before the kernel's stub asks. `uefi_marks.s` is the driver;
//! `as` and `objcopy` of the binutils make its code when a recording needs it.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

/// Memory that firmware keeps in two copies (EFI_MEMORY_MORE_RELIABLE; UEFI 2.10, 7.2).
pub const MIRRORED: u64 = 0x1_0000;
/// Memory that firmware keeps for a purpose (EFI_MEMORY_SP).
pub const SPECIFIC_PURPOSE: u64 = 0x4_0000;

/// An attribute for the memory of a range: for each descriptor that lies inside it as a whole. Pages are taken at both
/// ends, so that free memory is cut there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bits of the descriptor's attribute.
    pub attribute: u64,
    /// Addresses.
    pub range: Range<u64>,
}

const SOURCE: &str = include_str!("uefi_marks.s");
/// Where the driver's file begins in the ROM, and where its code begins in the file.
const FILE_AT: usize = 0x40;
const CODE_AT: usize = 0x200;
/// A ROM's address register has no bits for less.
const SMALLEST_ROM: usize = 4096;

/// The option ROM of `pci-testdev` with the driver for these marks; `folder` takes the files between.
pub fn rom(marks: &[Mark], folder: &Path) -> io::Result<Vec<u8>> {
    let mut code = assemble(folder)?;
    for mark in marks {
        for word in [mark.attribute, mark.range.start, mark.range.end] {
            code.extend(word.to_le_bytes());
        }
    }
    code.extend([0; 8]);
    code.resize(code.len().next_multiple_of(32), 0);
    let driver = image(&code);
    let mut rom = vec![0; FILE_AT];
    let units = ((FILE_AT + driver.len()).div_ceil(512) as u16).to_le_bytes();
    put(&mut rom, 0, &[0x55, 0xaa]);
    put(&mut rom, 2, &units);
    put(&mut rom, 4, &0x0ef1_u32.to_le_bytes());
    put(&mut rom, 8, &BOOT_SERVICE_DRIVER.to_le_bytes());
    put(&mut rom, 10, &X64.to_le_bytes());
    put(&mut rom, 22, &(FILE_AT as u16).to_le_bytes());
    // The PCI data structure, revision 3: vendor and device, its own length, class, length, EFI image, the last one.
    put(&mut rom, 24, &0x1c_u16.to_le_bytes());
    put(&mut rom, 0x1c, b"PCIR\x36\x1b\x05\x00");
    put(&mut rom, 0x26, &[0x1c, 0, 3, 0, 0, 0xff]);
    put(&mut rom, 0x2c, &units);
    put(&mut rom, 0x30, &[3, 0x80]);
    rom.extend(driver);
    rom.resize(rom.len().next_power_of_two().max(SMALLEST_ROM), 0);
    Ok(rom)
}

const X64: u16 = 0x8664;
const BOOT_SERVICE_DRIVER: u16 = 11;

/// A PE32+ file of one section that runs wherever it is loaded.
fn image(code: &[u8]) -> Vec<u8> {
    let mut file = vec![0; CODE_AT];
    let (len, at) = ((code.len() as u32).to_le_bytes(), (CODE_AT as u32).to_le_bytes());
    let whole = ((CODE_AT + code.len()) as u32).to_le_bytes();
    put(&mut file, 0, b"MZ");
    put(&mut file, 0x3c, &[0x40]);
    put(&mut file, 0x40, b"PE\0\0");
    put(&mut file, 0x44, &X64.to_le_bytes());
    put(&mut file, 0x46, &[1]);
    put(&mut file, 0x54, &[0xf0, 0, 0x22, 0]);
    const OPTIONAL: usize = 0x58;
    put(&mut file, OPTIONAL, &[0x0b, 2]);
    put(&mut file, OPTIONAL + 4, &len);
    put(&mut file, OPTIONAL + 16, &at);
    put(&mut file, OPTIONAL + 20, &at);
    // Alignment of 32 bytes in memory and in the file: the firmware protects no pages then.
    put(&mut file, OPTIONAL + 32, &[32, 0, 0, 0, 32]);
    put(&mut file, OPTIONAL + 56, &whole);
    put(&mut file, OPTIONAL + 60, &at);
    put(&mut file, OPTIONAL + 68, &BOOT_SERVICE_DRIVER.to_le_bytes());
    put(&mut file, OPTIONAL + 108, &[16]);
    const SECTION: usize = OPTIONAL + 0xf0;
    put(&mut file, SECTION, b".text");
    for (offset, word) in [(8, len), (12, at), (16, len), (20, at), (36, 0xe000_0020_u32.to_le_bytes())] {
        put(&mut file, SECTION + offset, &word);
    }
    file.extend(code);
    file
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn assemble(folder: &Path) -> io::Result<Vec<u8>> {
    let [source, object, binary] = ["marks.s", "marks.o", "marks.bin"].map(|name| folder.join(name));
    std::fs::write(&source, SOURCE)?;
    let run = |command: &mut Command| {
        let status = command.status().map_err(|error| io::Error::other(format!("binutils: {error}")))?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("{command:?}: {status}"))) }
    };
    run(Command::new("as").arg("--64").arg("-o").arg(&object).arg(&source))?;
    run(Command::new("objcopy").args(["-O", "binary", "-j", ".text"]).arg(&object).arg(&binary))?;
    std::fs::read(binary)
}
