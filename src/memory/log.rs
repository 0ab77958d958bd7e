//! What a kernel log tells of the machine: the firmware's memory map, its tables in order, and where the initrd lay.
//!
//! Takes dmesg output, /var/log/dmesg and journal text; lines of any other kind are passed over.

use super::memmap::{Entry, Kind};
use crate::table::Signature;
use std::ops::Range;

/// A table as the kernel listed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedTable {
    /// Signature.
    pub signature: Signature,
    /// Physical address.
    pub address: u64,
    /// Length in bytes.
    pub length: u32,
}

/// One reservation that `memblock=debug` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemblockLine {
    /// Addresses.
    pub range: Range<u64>,
    /// The kernel function that asked; text of the log.
    pub caller: String,
    /// Whether memory was given back instead.
    pub freed: bool,
    /// Whether the SRAT had been read by then.
    pub after_srat: bool,
}

/// The facts of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelLog {
    /// The firmware's memory map (`BIOS-e820:` lines).
    pub e820: Vec<Entry>,
    /// The root tables: RSDP, RSDT, XSDT.
    pub roots: Vec<LoggedTable>,
    /// The tables in the order in which the kernel installed them; those that an archive replaced have its address.
    pub tables: Vec<LoggedTable>,
    /// Where the initrd lay, if the boot loader gave one.
    pub ramdisk: Option<Range<u64>>,
    /// What memblock reserved and gave back, in order, as far as the zones (with `memblock=debug`).
    pub memblock: Vec<MemblockLine>,
    /// Whether tables were replaced or added in that boot.
    pub upgraded: bool,
}

/// Reads a log.
pub fn parse(text: &str) -> KernelLog {
    let mut log = KernelLog::default();
    let (mut tables_end, mut after_srat, mut zones) = (false, false, false);
    for line in text.lines().map(message) {
        if let Some(rest) = line.strip_prefix("BIOS-e820: ") {
            log.e820.extend(entry(rest));
        } else if let Some(rest) = line.strip_prefix("RAMDISK: ") {
            log.ramdisk = log.ramdisk.or_else(|| mem(rest).map(|(range, _)| range));
        } else if let Some(line) = memblock(line, after_srat).filter(|_| !zones) {
            log.memblock.push(line);
        } else if line.starts_with("Zone ranges:") {
            zones = true;
        } else if let Some(rest) = line.strip_prefix("ACPI: ") {
            after_srat |= rest.starts_with("SRAT: Node");
            if rest.starts_with("Table Upgrade:") {
                log.upgraded = true;
            }
            // What is loaded once the interpreter runs is no table of the firmware's list.
            tables_end |=
                rest.starts_with("Dynamic OEM Table Load") || rest.starts_with("Interpreter enabled");
            if let Some(table) = table(rest).filter(|_| !tables_end) {
                let root = matches!(&table.signature.0, b"RSDP" | b"RSDT" | b"XSDT");
                if root { &mut log.roots } else { &mut log.tables }.push(table);
            }
        }
    }
    log
}

/// A line without the time stamp, and without what a journal puts in front of it.
fn message(line: &str) -> &str {
    let line = line.split_once(" kernel: ").map_or(line, |(_, message)| message);
    match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((stamp, rest)) if stamp.trim().chars().all(|c| c.is_ascii_digit() || c == '.') => rest,
        _ => line,
    }
}

/// `[mem 0x...-0x...]` and what follows it.
fn mem(text: &str) -> Option<(Range<u64>, &str)> {
    let (range, rest) = text.strip_prefix("[mem ")?.split_once(']')?;
    let (start, last) = range.split_once('-')?;
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    Some((hex(start)?..hex(last)?.checked_add(1)?, rest))
}

/// `memblock_reserve: [0x...-0x...] caller+0x.../0x...`, with `__` and node and flags before the caller in newer kernels.
fn memblock(text: &str, after_srat: bool) -> Option<MemblockLine> {
    let (what, rest) = text.trim_start_matches('_').split_once(": [0x")?;
    let freed = matches!(what, "memblock_phys_free" | "memblock_free");
    if what != "memblock_reserve" && !freed {
        return None;
    }
    let (range, rest) = rest.split_once(']')?;
    let (start, last) = range.split_once("-0x")?;
    let hex = |text: &str| u64::from_str_radix(text, 16).ok();
    let caller = rest.split_whitespace().last()?.split('+').next()?.to_owned();
    Some(MemblockLine { range: hex(start)?..hex(last)?.checked_add(1)?, caller, freed, after_srat })
}

fn entry(text: &str) -> Option<Entry> {
    let (range, kind) = mem(text)?;
    Some(Entry::new(range, Kind::from_name(kind)?))
}

/// `SIGN 0x0000000012345678 0000F4 (v03 ...`, or without what follows the length.
fn table(text: &str) -> Option<LoggedTable> {
    let signature = text.get(..4)?.as_bytes().try_into().ok().map(Signature)?;
    let (address, rest) = text.get(4..)?.strip_prefix(" 0x")?.split_once(' ')?;
    let length = rest.split(' ').next().filter(|length| length.len() == 6)?;
    Some(LoggedTable {
        signature,
        address: u64::from_str_radix(address, 16).ok()?,
        length: u32::from_str_radix(length, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff]  device reserved
[    0.000000] BIOS-e820: [gap 0x00000000000a0000-0x00000000000effff]
Nov 23 10:00:00 host kernel: RAMDISK: [mem 0x2fbe3000-0x2ffdffff]
[    0.000000] ACPI: RSDP 0x00000000000F5980 000014 (v00 BOCHS )
[    0.000000] ACPI: FACP 0x000000002FFE19C5 000074 (v01 BOCHS  BXPC     00000001 BXPC 00000001)
[    0.000000] ACPI: SRAT 0x000000003FFE2A59 Physical table override, new table: 0x0000000000101000
[    0.000000] ACPI: FACS 0x000000002FFE0000 000040
[    0.000000] memblock_reserve: [0x0000000003200000-0x000000000320cfff] setup_arch+0x665/0xc55
[    0.000000] ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff]
[    0.000000] __memblock_reserve: [0x00000001bffd4f40-0x00000001bfffffff] nid=0 flags=20 memblock_alloc_range_nid+0xe9/0x190
[    0.100000] ACPI: Dynamic OEM Table Load:
[    0.100000] ACPI: SSDT 0xFFFF888003A1C000 000100 (v02 X      Y        00000001 INTL 00000001)
";

    #[test]
    fn a_log_tells_map_tables_and_initrd() {
        let log = parse(LOG);
        assert_eq!(log.e820.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [Kind::RAM, Kind::RESERVED]);
        assert_eq!(log.ramdisk, Some(0x2fbe_3000..0x2ffe_0000));
        assert_eq!(log.tables.iter().map(|table| table.length).collect::<Vec<_>>(), [0x74, 0x40]);
        assert_eq!(log.roots.len(), 1);
        let memblock: Vec<_> =
            log.memblock.iter().map(|line| (line.caller.as_str(), line.after_srat)).collect();
        assert_eq!(memblock, [("setup_arch", false), ("memblock_alloc_range_nid", true)]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", tail in "ACPI: \\PC{0,40}") {
            parse(&format!("{text}\n{tail}"));
        }
    }
}
