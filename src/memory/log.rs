//! What a kernel log tells of the machine: the firmware's memory map, its tables in order, where the initrd lay, and what
//! was reserved.
//!
//! Takes dmesg output, /var/log/dmesg, syslog and journal text in their usual styles; lines of any other kind are passed over.

use super::efi::{self, EfiMap};
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

/// A root table as the kernel listed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRoot {
    /// What and where it is.
    pub table: LoggedTable,
    /// What the line shows behind the length: `(v01 ` and the ids.
    pub shown: String,
}

/// One reservation that `memblock=debug` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemblockLine {
    /// Addresses.
    pub range: Range<u64>,
    /// The kernel function that reserved it: letters, digits, `_`, `.` and `$`.
    pub caller: String,
    /// The function for which memblock looked for a place, where it did and the log tells.
    pub asked_by: Option<String>,
    /// Whether memory was given back instead.
    pub freed: bool,
    /// Whether the SRAT had been read by then.
    pub after_srat: bool,
}

/// The facts of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelLog {
    /// The firmware's memory map (`BIOS-e820:` lines, or `extended:` ones where the boot loader gave more than fit).
    pub e820: Vec<Entry>,
    /// The map after mem= and memmap= (`user:` lines).
    pub user_map: Vec<Entry>,
    /// RAM that was taken out of the map because the MTRRs leave it uncached.
    pub uncached: Vec<Range<u64>>,
    /// EFI's memory map (with `efi=debug`).
    pub efi: EfiMap,
    /// The root tables: RSDP, RSDT, XSDT.
    pub roots: Vec<LoggedRoot>,
    /// The tables in the order in which the kernel installed them. Those that an archive replaced have the firmware's address
    /// and the archive's length.
    pub tables: Vec<LoggedTable>,
    /// The tables that an archive added.
    pub added: Vec<LoggedTable>,
    /// The tables that an archive replaced.
    pub replaced: Vec<Signature>,
    /// Where the initrd lay, if the boot loader gave one.
    pub ramdisk: Option<Range<u64>>,
    /// What memblock reserved and gave back, in order, as far as the zones (with `memblock=debug`).
    pub memblock: Vec<MemblockLine>,
    /// Whether tables were replaced or added in that boot.
    pub upgraded: bool,
    /// The release of the kernel that wrote it.
    pub release: Option<String>,
    /// Its command line.
    pub command_line: Option<String>,
    /// Whether the processor told of a hypervisor, where the log says so.
    pub hypervisor: Option<bool>,
    /// Whether firmware booted with Secure Boot on.
    pub secure_boot: bool,
    /// Whether RAM was mapped with pages of 1 GiB, where the log is whole enough to say so.
    pub gb_pages: Option<bool>,
}

/// Reads a log.
pub fn parse(text: &str) -> KernelLog {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.line(message(line));
    }
    reader.log
}

#[derive(Default)]
struct Reader {
    log: KernelLog,
    /// RAM that became reserved, before a line says why.
    updates: Vec<Range<u64>>,
    extended: bool,
    efi_ends: bool,
    /// The next table is one that an archive adds.
    adds: bool,
    /// Where the archive has a table, and where the firmware had the one that it replaces.
    moved: Option<(u64, u64)>,
    tables_end: bool,
    after_srat: bool,
    zones: bool,
    /// Who asked memblock for memory last.
    asked: Option<String>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let log = &mut self.log;
        // Several boots in one log: the last one counts.
        if let Some(rest) = line.strip_prefix("Linux version ") {
            *self = Reader::default();
            self.log.release = rest.split_whitespace().next().map(str::to_owned);
        } else if let Some(rest) = line.strip_prefix("Command line: ") {
            log.command_line = Some(rest.trim_end().to_owned());
        } else if let Some(rest) = map_line(line, &["BIOS-e820: ", "BIOS-e801: ", "BIOS-88: "]) {
            log.e820.extend(entry(rest));
        } else if let Some(rest) = line.strip_prefix("extended: ") {
            // The whole map once more, with the boot loader's further entries.
            if !std::mem::replace(&mut self.extended, true) {
                log.e820.clear();
            }
            log.e820.extend(entry(rest));
        } else if let Some(rest) = line.strip_prefix("user: ") {
            log.user_map.extend(entry(rest));
        } else if let Some(rest) = line.strip_prefix("e820: update ") {
            self.updates.extend(became_reserved(rest));
        } else if line.starts_with("WARNING: BIOS bug: CPU MTRRs don't cover all of memory") {
            // Page 0 is always taken out; what is above low memory was cut for this reason.
            log.uncached = self.updates.drain(..).filter(|range| range.start >= 1 << 20).collect();
        } else if let Some(rest) = line.strip_prefix("efi: mem") {
            if let Some((number, descriptor)) = efi::from_log(line.get(5..).unwrap_or(rest)) {
                // A second map, of the runtime services, counts from 0 again.
                self.efi_ends |= number < log.efi.0.len();
                if !self.efi_ends {
                    log.efi.0.push(descriptor);
                }
            }
        } else if let Some(rest) = line.strip_prefix("RAMDISK: ") {
            log.ramdisk = log.ramdisk.clone().or_else(|| mem(rest).map(|(range, _)| range));
        } else if line.starts_with("Hypervisor detected:") {
            log.hypervisor = Some(true);
        } else if line.starts_with("Booting paravirtualized kernel on bare hardware") {
            log.hypervisor = log.hypervisor.or(Some(false));
        } else if line.starts_with("secureboot: Secure boot enabled")
            || line.starts_with("Kernel is locked down from EFI Secure Boot")
        {
            log.secure_boot = true;
        } else if line == "Using GB pages for direct mapping" {
            log.gb_pages = Some(true);
        } else if line.starts_with("memblock_alloc") || line.starts_with("memblock_phys_alloc") {
            self.asked = function(line);
        } else if let Some(mut line) = memblock(line, self.after_srat).filter(|_| !self.zones) {
            let asked = self.asked.take();
            line.asked_by = asked.filter(|_| line.caller.starts_with("memblock_alloc"));
            log.memblock.push(line);
        } else if line.starts_with("Zone ranges:") {
            self.zones = true;
        } else if let Some(rest) = line.strip_prefix("ACPI: ") {
            self.acpi(rest);
        }
    }

    fn acpi(&mut self, rest: &str) {
        let log = &mut self.log;
        self.after_srat |= rest.starts_with("SRAT: Node");
        // By the first table all RAM is mapped.
        if log.gb_pages.is_none() && rest.starts_with("RSDP 0x") && !log.e820.is_empty() {
            log.gb_pages = Some(false);
        }
        log.upgraded |= rest.starts_with("Table Upgrade:");
        // What is loaded once the interpreter runs is no table of the firmware's list.
        self.tables_end |=
            rest.starts_with("Dynamic OEM Table Load") || rest.starts_with("Interpreter enabled");
        if rest.starts_with("Table Upgrade: install") || rest.starts_with("Ignoring installation") {
            self.adds = rest.starts_with("Table Upgrade");
        } else if let Some(places) = replacement(rest) {
            self.moved = Some(places);
        } else if let Some((mut table, shown)) = table(rest).filter(|_| !self.tables_end) {
            if matches!(&table.signature.0, b"RSDP" | b"RSDT" | b"XSDT") {
                log.roots.push(LoggedRoot { table, shown: shown.to_owned() });
            } else if std::mem::take(&mut self.adds) {
                log.added.push(table);
            } else {
                if let Some((_, from)) = self.moved.take().filter(|(to, _)| *to == table.address) {
                    table.address = from;
                    log.replaced.push(table.signature);
                }
                log.tables.push(table);
            }
        }
    }
}

/// A line without what dmesg, a console, syslog or the journal put in front of the kernel's message.
pub fn message(line: &str) -> &str {
    let mut line = line.trim_end_matches('\r');
    // Host, `kernel`, and a process number that some write behind it.
    if let Some((before, after)) = line.split_once(" kernel: ")
        && before.len() < 100
        && !before.contains("[mem")
    {
        line = after;
    }
    if let Some(rest) = line.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        && rest.0.bytes().all(|byte| byte.is_ascii_digit())
    {
        line = rest.1;
    }
    // dmesg --decode: facility and level.
    if let Some((words, rest)) = line.split_once(" : ").or_else(|| line.split_once(": ["))
        && words.len() < 20
        && words.split_once(':').is_some_and(|(one, other)| is_word(one) && is_word(other))
    {
        line = line
            .get(line.len() - rest.len() - usize::from(!rest.starts_with('['))..)
            .unwrap_or(rest)
            .trim_start();
    }
    while let Some((stamp, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && is_stamp(stamp)
    {
        line = rest.strip_prefix(' ').unwrap_or(rest);
    }
    // dmesg --time-format=iso.
    if let Some((stamp, rest)) = line.split_once(' ')
        && stamp.len() > 18
        && stamp.as_bytes().get(10) == Some(&b'T')
        && stamp.bytes().all(|byte| byte.is_ascii_digit() || b"-:T,.+Z".contains(&byte))
    {
        line = rest;
    }
    line
}

fn is_word(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// What stands between brackets in front of a message: seconds, a caller's number, or a date.
fn is_stamp(text: &str) -> bool {
    let seconds = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b" .<>+".contains(&byte));
    let text = text.trim();
    let caller = text.strip_prefix(['T', 'C']).is_some_and(|number| !number.is_empty() && seconds(number));
    let days = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
    (!text.is_empty() && seconds(text)) || caller || days.iter().any(|day| text.starts_with(day))
}

fn map_line<'l>(line: &'l str, names: &[&str]) -> Option<&'l str> {
    names.iter().find_map(|name| line.strip_prefix(name))
}

/// `[mem 0x...-0x...]` and what follows it.
fn mem(text: &str) -> Option<(Range<u64>, &str)> {
    let (range, rest) = text.strip_prefix("[mem ")?.split_once(']')?;
    let (start, last) = range.split_once('-')?;
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let range = hex(start)?..hex(last)?.checked_add(1)?;
    (range.start < range.end).then_some((range, rest))
}

/// `[mem 0x...-0x...] usable ==> reserved`, or in the words of newer kernels.
fn became_reserved(text: &str) -> Option<Range<u64>> {
    let (range, rest) = mem(text)?;
    let (from, to) = rest.split_once("==>")?;
    let kinds = (Kind::from_name(from)?, Kind::from_name(to)?);
    (kinds == (Kind::RAM, Kind::RESERVED)).then_some(range)
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
    let caller = function(rest)?;
    let range = hex(start)?..hex(last)?.checked_add(1)?;
    (range.start < range.end).then_some(MemblockLine { range, caller, asked_by: None, freed, after_srat })
}

/// The function in `... function+0x.../0x...` at the end of a line. Text of another form is no function's name.
fn function(text: &str) -> Option<String> {
    let name = text.split_whitespace().last()?.split('+').next()?;
    let is_name = name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"_.$".contains(&sign));
    is_name.then(|| name.to_owned())
}

fn entry(text: &str) -> Option<Entry> {
    let (range, kind) = mem(text)?;
    Some(Entry::new(range, Kind::from_name(kind)?))
}

/// `SIGN 0x0000000012345678 Physical table override, new table: 0x...`: where the new table lies, and where the old one did.
fn replacement(text: &str) -> Option<(u64, u64)> {
    let (from, rest) = text.get(4..)?.strip_prefix(" 0x")?.split_once(' ')?;
    let to = rest.strip_prefix("Physical table override, new table: 0x")?;
    let hex = |text: &str| u64::from_str_radix(text.trim_end(), 16).ok();
    Some((hex(to)?, hex(from)?))
}

/// `SIGN 0x0000000012345678 0000F4 (v03 ...` (up to 3.14 `SIGN 0000000012345678 000F4 (v03 ...`), or without what follows
/// the length; that as well.
fn table(text: &str) -> Option<(LoggedTable, &str)> {
    let signature = text.get(..4)?.as_bytes().try_into().ok().map(Signature)?;
    let (address, rest) = text.get(4..)?.strip_prefix(' ')?.split_once(' ')?;
    let (address, digits) = address.strip_prefix("0x").map_or((address, 5), |address| (address, 6));
    let (length, shown) = rest.split_once(' ').unwrap_or((rest, ""));
    if address.len() != 16 || length.len() != digits {
        return None;
    }
    let (address, length) = (u64::from_str_radix(address, 16).ok()?, u32::from_str_radix(length, 16).ok()?);
    Some((LoggedTable { signature, address, length }, shown))
}

/// Functions whose reservations the model makes itself, or whose allocations have no place of their own.
const MODELLED: [&str; 17] = [
    "setup_arch",
    "early_reserve_memory",
    "early_reserve_initrd",
    "reserve_initrd",
    "reserve_brk",
    "reserve_bios_regions",
    "reserve_real_mode",
    "trim_low_memory_range",
    "e820__memblock_setup",
    "memblock_x86_reserve_range_setup_data",
    "acpi_table_init",
    "acpi_table_upgrade",
    "acpi_reserve_initial_tables",
    "alloc_low_pages",
    "x86_numa_init",
    "numa_alloc_distance",
    "setup_log_buf",
];

impl KernelLog {
    /// What firmware and boot loader had reserved at fixed addresses before the SRAT was read: range, and the kernel function
    /// that reserved it. What the model knows by itself is left out; what was given back is not there. Touching pieces of
    /// one function are one.
    pub fn fixed_reservations(&self) -> Vec<(Range<u64>, String)> {
        let mut kept: Vec<(Range<u64>, String)> = Vec::new();
        for line in self.memblock.iter().take_while(|line| !line.after_srat) {
            if line.freed {
                let parts = kept.drain(..).flat_map(|(range, caller)| {
                    let below = range.start..range.end.min(line.range.start);
                    let above = range.start.max(line.range.end)..range.end;
                    let left = [below, above].into_iter().filter(|part| part.start < part.end);
                    left.map(move |part| (part, caller.clone()))
                });
                kept = parts.collect();
                continue;
            }
            let allocated = ["memblock_alloc", "memblock_phys_alloc", "memblock_double", "__memblock_"]
                .iter()
                .any(|name| line.caller.starts_with(name));
            if allocated || MODELLED.contains(&line.caller.as_str()) {
                continue;
            }
            match kept.last_mut() {
                Some((last, caller)) if *caller == line.caller && last.end == line.range.start => {
                    last.end = line.range.end;
                }
                _ => kept.push((line.range.clone(), line.caller.clone())),
            }
        }
        kept
    }

    /// Where the kernel image ended: its early heap, which is reserved once the log can tell, lies right behind it.
    pub fn kernel_end(&self) -> Option<u64> {
        let heap =
            self.memblock.iter().find(|line| matches!(line.caller.as_str(), "setup_arch" | "reserve_brk"))?;
        let len = heap.range.end - heap.range.start;
        (!heap.freed && heap.range.start >= 1 << 20 && len <= 0x3_0000).then_some(heap.range.start)
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    const LOG: &str = "\
[    0.000000] Linux version 6.1.0-50-amd64 (debian) #1 SMP
[    0.000000] Command line: console=ttyS0 movable_node
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff]  device reserved
[    0.000000] BIOS-e820: [gap 0x00000000000a0000-0x00000000000effff]
[    0.000000] user: [mem 0x0000000000000000-0x000000000009fbff] usable
Nov 23 10:00:00 host kernel: RAMDISK: [mem 0x2fbe3000-0x2ffdffff]
[    0.000000] ACPI: RSDP 0x00000000000F5980 000014 (v00 BOCHS )
[    0.000000] ACPI: FACP 0x000000002FFE19C5 000074 (v01 BOCHS  BXPC     00000001 BXPC 00000001)
[    0.000000] ACPI: SRAT 0x000000003FFE2A59 Physical table override, new table: 0x0000000000101000
[    0.000000] ACPI: FACS 0x000000002FFE0000 000040
[    0.000000] memblock_reserve: [0x0000000003200000-0x000000000320cfff] setup_arch+0x665/0xc55
[    0.000000] memblock_reserve: [0x0000000007000000-0x00000000070fffff] efi_reserve_boot_services+0x7d/0xcf
[    0.000000] memblock_reserve: [0x0000000007100000-0x00000000071fffff] efi_reserve_boot_services+0x7d/0xcf
[    0.000000] memblock_phys_free: [0x0000000007080000-0x0000000007080fff] efi_mem_free+0x7d/0xcf
[    0.000000] memblock_reserve: [0x0000000000100000-0x00000000001fffff] memblock_alloc_range_nid+0x7d/0xcf
[    0.000000] ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff]
[    0.000000] __memblock_reserve: [0x00000001bffd4f40-0x00000001bfffffff] nid=0 flags=20 memblock_alloc_range_nid+0xe9/0x190
[    0.000000] Hypervisor detected: KVM
[    0.100000] ACPI: Dynamic OEM Table Load:
[    0.100000] ACPI: SSDT 0xFFFF888003A1C000 000100 (v02 X      Y        00000001 INTL 00000001)
";

    #[test]
    fn a_log_tells_map_tables_and_initrd() {
        let log = parse(LOG);
        assert_eq!(log.e820.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [Kind::RAM, Kind::RESERVED]);
        assert_eq!(log.user_map.len(), 1);
        assert_eq!(log.ramdisk, Some(0x2fbe_3000..0x2ffe_0000));
        assert_eq!(log.tables.iter().map(|table| table.length).collect::<Vec<_>>(), [0x74, 0x40]);
        assert_eq!(log.roots.len(), 1);
        assert_eq!(log.release.as_deref(), Some("6.1.0-50-amd64"));
        assert_eq!(log.command_line.as_deref(), Some("console=ttyS0 movable_node"));
        assert_eq!((log.hypervisor, log.kernel_end()), (Some(true), Some(0x320_0000)));
        let memblock: Vec<_> = log.memblock.iter().map(|line| line.caller.as_str()).collect();
        assert_eq!(memblock.len(), 6);
        assert!(log.memblock.last().unwrap().after_srat);
    }

    #[test]
    fn reservations_of_others_are_kept_with_their_function() {
        let name = "efi_reserve_boot_services".to_owned();
        assert_eq!(
            parse(LOG).fixed_reservations(),
            [(0x700_0000..0x708_0000, name.clone()), (0x708_1000..0x720_0000, name)]
        );
    }

    #[test]
    fn every_style_of_line_is_read() {
        for line in [
            "RAMDISK: [mem 0x1000-0x1fff]",
            "[    0.000000] RAMDISK: [mem 0x1000-0x1fff]\r",
            "[    0.000000][    T0] RAMDISK: [mem 0x1000-0x1fff]",
            "[Tue Nov 24 22:06:00 2026] RAMDISK: [mem 0x1000-0x1fff]",
            "<6>[    0.000000] RAMDISK: [mem 0x1000-0x1fff]",
            "kern  :info  : [    0.000000] RAMDISK: [mem 0x1000-0x1fff]",
            "2026-11-24T22:06:00,123456+00:00 RAMDISK: [mem 0x1000-0x1fff]",
            "Nov 24 22:06:00 host kernel: RAMDISK: [mem 0x1000-0x1fff]",
            "Nov 24 22:06:00 host kernel: [    0.000000] RAMDISK: [mem 0x1000-0x1fff]",
            "[    0.000000] host kernel: RAMDISK: [mem 0x1000-0x1fff]",
            "2026-11-24T22:06:00+0000 host kernel: RAMDISK: [mem 0x1000-0x1fff]",
            "1795557960.123456 host kernel: RAMDISK: [mem 0x1000-0x1fff]",
            "kern  :info  : RAMDISK: [mem 0x1000-0x1fff]",
        ] {
            assert_eq!(parse(line).ramdisk, Some(0x1000..0x2000), "{line}");
        }
        let efi = "[    0.000000] efi: mem00: [Boot Code   |   |  |MR] range=[0x1000-0x1fff] (0MB)";
        let log = parse(&format!("{efi}\n{efi}"));
        assert_eq!(log.efi.0.len(), 1, "the second map is another one");
    }

    #[test]
    fn the_last_boot_of_several_counts() {
        let twice = format!(
            "{LOG}[    0.000000] Linux version 6.12.1 (x)\n[    0.000000] RAMDISK: [mem 0x1000-0x1fff]\n"
        );
        let log = parse(&twice);
        assert_eq!((log.e820.len(), log.ramdisk), (0, Some(0x1000..0x2000)));
        assert_eq!(log.release.as_deref(), Some("6.12.1"));
    }

    #[test]
    fn memory_that_the_mtrrs_leave_out_is_known() {
        let log = "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved\n\
                   e820: update [mem 0x230000000-0x23fffffff]  System RAM ==> device reserved\n\
                   WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 256MB of RAM.\n\
                   e820: update [mem 0x7fec0000-0x7fec0fff] usable ==> reserved\n";
        assert_eq!(parse(log).uncached, vec![0x2_3000_0000..0x2_4000_0000]);
        let quiet = log.replace("WARNING", "warning");
        assert!(parse(&quiet).uncached.is_empty());
    }

    #[test]
    fn what_an_archive_did_is_told_apart() {
        let log = parse(
            "ACPI: RSDP 0x00000000000F59E0 000024 (v02 BOCHS )\n\
             ACPI: XSDT 0x000000007FFE2464 00003C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n\
             ACPI: Table Upgrade: override [SRAT-BOCHS -BXPC    ]\n\
             ACPI: SRAT 0x000000007FFE22D8 Physical table override, new table: 0x000000007FFDE000\n\
             ACPI: SRAT 0x000000007FFDE000 000128 (v01 BOCHS  BXPC     00000002 INTL 20200925)\n\
             ACPI: MCFG 0x000000007FFE2400 00003C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n\
             ACPI: Table Upgrade: install [SSDT-MADE  -MADETEST]\n\
             ACPI: Ignoring installation of SSDT at 000000007FFDE128\n\
             ACPI: Table Upgrade: install [SLIT-MADE  -MADETEST]\n\
             ACPI: SLIT 0x000000007FFDE128 000030 (v01 MADE   MADETEST 00000001 MADE 00000001)\n",
        );
        let listed: Vec<_> = log.tables.iter().map(|table| (table.signature.0, table.address)).collect();
        assert_eq!(listed, [(*b"SRAT", 0x7ffe_22d8), (*b"MCFG", 0x7ffe_2400)], "at the firmware's places");
        assert_eq!(log.replaced, [Signature(*b"SRAT")]);
        assert_eq!(log.added.iter().map(|table| table.signature.0).collect::<Vec<_>>(), [*b"SLIT"]);
        assert_eq!((log.roots.len(), log.roots[1].shown.len(), log.upgraded), (2, 44, true));
    }

    #[test]
    fn lines_of_old_kernels_are_read() {
        let log = parse(
            "ACPI: FACP 000000007ffe2124 000F4 (v03 BOCHS  BXPC     00000001 BXPC 00000001)\nACPI: PM-Timer IO Port: 0x608\n",
        );
        assert_eq!(log.tables.len(), 1);
        assert_eq!((log.tables[0].address, log.tables[0].length), (0x7ffe_2124, 0xf4));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", tail in "ACPI: \\PC{0,40}", front in "[\\[<a-z0-9:T. ]{0,30}") {
            parse(&format!("{text}\n{front}{tail}")).fixed_reservations();
        }
    }
}
