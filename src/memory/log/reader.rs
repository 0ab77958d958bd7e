//! The reader: each line once, for facts and events alike.

use super::memblock::{self, function};
use super::{
    Complaint, FakeNode, FoundTable, KernelLog, LoggedTable, Rejected, ReplacedTable, ShownTable, SratCpu,
    SratLine,
};
use crate::budget;
use crate::memory::arch::Arch;
use crate::memory::efi;
use crate::memory::hex;
use crate::memory::memmap::{Entry, Kind};
use crate::table::Signature;
use std::ops::Range;

/// Which indented list the lines belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    None,
    Zones,
    Movable,
    Memory,
    /// A command line that the kernel wrapped.
    Line,
}

impl Section {
    /// Whether a line without its indentation can only be one of this list.
    fn has(self, line: &str) -> bool {
        const ZONES: [&str; 6] = ["DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"];
        let parts = |at: char| line.split_once(at).map(|(name, rest)| (name, rest.trim_start()));
        match self {
            Section::None | Section::Line => false,
            Section::Zones => parts(' ').is_some_and(|(name, rest)| {
                ZONES.contains(&name) && (rest == "empty" || rest.starts_with("[mem "))
            }),
            Section::Movable => {
                parts(':').is_some_and(|(name, rest)| name.starts_with("Node ") && rest.starts_with("0x"))
            }
            Section::Memory => {
                parts(':').is_some_and(|(name, rest)| name.starts_with("node ") && rest.starts_with("[mem "))
            }
        }
    }
}

#[derive(Default)]
pub(super) struct Reader {
    log: KernelLog,
    section: Section,
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
    /// Whether a line that 32-bit and 64-bit Arm share is there.
    boots_on_arm: bool,
    /// Who asked memblock for memory last.
    asked: Option<String>,
    /// The node whose zones are listed.
    node: Option<u32>,
    /// Whether the zones are listed.
    in_zones: bool,
    /// Whether where movable zones start is listed.
    in_movable: bool,
}

/// Lines after which Linux goes on without the SRAT.
const REFUSALS: [&str; 3] = ["SRAT not used", "No NUMA configuration found", "Too many proximity domains"];

/// What lines about faults of tables and AML begin with or hold.
const COMPLAINTS: [&str; 23] = [
    "A valid RSDP was not found",
    "Incorrect checksum in table [",
    "BIOS Error (bug): ",
    "BIOS Warning (bug): ",
    "Firmware Error (ACPI): ",
    "Firmware Warning (ACPI): ",
    "ACPI Error: ",
    "ACPI Exception: ",
    "ACPI Warning: ",
    "Invalid zero length",
    "Unable to load the System Description Tables",
    "skipped apicid that is too big",
    "exceeding MAX_CPIO_FILE_NAME",
    "AE_ALREADY_EXISTS",
    "[Firmware Bug]: SRAT",
    "SLIT table looks invalid",
    "[Firmware Bug]",
    "nvalid checksum in table",
    "memory offlining [mem",
    "dumped because: unmovable page",
    "migrating pfn",
    "Unable to mount root fs",
    "No working init found",
];

impl Reader {
    pub(super) fn finish(self) -> KernelLog {
        let mut log = self.log;
        // Linux lists a processor with such an ID only then.
        log.x2apic |= log.events.cpus.iter().any(|cpu| cpu.apic >= 0xff);
        log.events.ends_in_ranges = self.section == Section::Memory;
        if log.arch.is_none() {
            log.arch = log.release.as_deref().and_then(Arch::of_release);
        }
        if log.arch.is_none() && self.boots_on_arm {
            // Up to 4.15, 64-bit and 32-bit Arm have the same line; only one of them has ACPI.
            log.arch = Some(if log.tables.is_empty() { Arch::Arm } else { Arch::Arm64 });
        }
        log
    }

    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim_end();
        if line.is_empty() || is_property(line) || self.listed(line) {
            return;
        }
        self.section = Section::None;
        self.arch(line);
        let _ = self.boot(line)
            || self.map(line)
            || self.platform(line)
            || self.memory(line)
            || self.nodes(line)
            || self.override_file(line);
        self.refusal(line);
        // Up to 4.6 lines about override tables have no prefix.
        self.acpi(line, line.strip_prefix("ACPI: ").unwrap_or(line));
        self.complaint(line);
        // Whatever became of it.
        budget::need(line.len(), "what the lines of a log say");
    }

    /// A line of an indented list.
    fn listed(&mut self, line: &str) -> bool {
        let events = &mut self.log.events;
        match self.section {
            Section::Line => {
                if let Some(whole) = &mut self.log.kernel_line {
                    self.section = add_wrapped(whole, line.trim_start());
                }
                return true;
            }
            Section::None => return false,
            // Web pages and mails collapse or take off blanks.
            section if !line.starts_with("  ") && !section.has(line.trim_start()) => return false,
            Section::Zones => {
                let parts = line.trim().split_once(' ');
                events
                    .zone_ranges
                    .extend(parts.and_then(|(name, rest)| Some((name.to_owned(), whole_mem(rest)?))));
                // Only 32-bit kernels have it.
                let is_x86 = !self.boots_on_arm && self.log.arch.is_none_or(|arch| arch == Arch::X86_64);
                if is_x86 && parts.is_some_and(|(name, _)| name == "HighMem") {
                    self.log.arch = Some(Arch::X86_32);
                }
            }
            Section::Movable => {
                let parts = line.trim().strip_prefix("Node ").and_then(|rest| rest.split_once(": "));
                let start = parts.and_then(|(node, start)| Some((node.parse().ok()?, hex(start)?)));
                events.movable_start.extend(start);
            }
            Section::Memory => {
                let parts = line.trim().strip_prefix("node").and_then(|rest| rest.split_once(": "));
                let range =
                    parts.and_then(|(node, range)| Some((node.trim().parse().ok()?, whole_mem(range)?)));
                events.memory.extend(range);
            }
        }
        true
    }

    /// The first line that only one architecture has decides; that it has 32 bits is said later.
    fn arch(&mut self, line: &str) {
        self.boots_on_arm |= line.starts_with("Booting Linux on physical CPU");
        let Some(arch) = Arch::of_message(line) else { return };
        if self.log.arch.is_none() || (self.log.arch == Some(Arch::X86_64) && arch == Arch::X86_32) {
            self.log.arch = Some(arch);
        }
    }

    /// Release and command line.
    fn boot(&mut self, line: &str) -> bool {
        let log = &mut self.log;
        if let Some(rest) = line.strip_prefix(super::FIRST) {
            log.release = rest.split_whitespace().next().map(str::to_owned);
        } else if let Some(rest) = line.strip_prefix("Command line: ") {
            log.given_line = Some(rest.trim_end().to_owned());
        } else if let Some(rest) = line.strip_prefix("Kernel command line: ") {
            let mut whole = String::new();
            self.section = add_wrapped(&mut whole, rest);
            log.kernel_line = Some(whole);
        } else {
            return false;
        }
        true
    }

    /// The memory maps of firmware, EFI, Xen.
    fn map(&mut self, line: &str) -> bool {
        let log = &mut self.log;
        let map_line = |names: &[&str]| names.iter().find_map(|name| line.strip_prefix(name));
        if let Some(rest) = map_line(&["BIOS-e820: ", "BIOS-e801: ", "BIOS-88: "]) {
            log.e820.extend(entry(rest));
        } else if let Some(rest) = line.strip_prefix("Xen: ") {
            log.xen_map.extend(entry(rest));
            log.xen_pv |= !log.xen_map.is_empty();
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
        } else {
            return false;
        }
        true
    }

    /// What the platform is.
    fn platform(&mut self, line: &str) -> bool {
        let log = &mut self.log;
        if line.starts_with("Hypervisor detected:") {
            log.hypervisor = Some(true);
        } else if let Some(on) = line.strip_prefix("Booting paravirtualized kernel on ") {
            // The kernel does not know every hypervisor: bare hardware is no proof that there is none.
            log.hypervisor = log.hypervisor.or((!on.starts_with("bare hardware")).then_some(true));
            log.xen_pv |= on.trim_end() == "Xen";
        } else if line.starts_with("Using 2GB memory block size") {
            log.block_size = Some(2 << 30);
        } else if line.trim_end() == "Hypervisor detected: Xen PV" {
            log.xen_pv = true;
        } else if line.starts_with("secureboot: Secure boot enabled")
            || line.trim_end() == "Secure boot enabled"
        {
            log.secure_boot = true;
        } else if line.starts_with("Kernel is locked down from ") {
            log.secure_boot |= line.contains("EFI Secure Boot");
            let why = line.split(';').next().unwrap_or(line);
            log.locked_down.get_or_insert_with(|| why.trim_end().to_owned());
        } else if line.starts_with("x2apic: enabled by BIOS") {
            log.x2apic = true;
        } else if let Some((_, rest)) = line.split_once("emory block size") {
            log.block_size = mebibytes(rest.trim_start_matches([' ', ':'])).or(log.block_size);
        } else {
            return false;
        }
        true
    }

    /// What lies where, and what memblock hands out.
    fn memory(&mut self, line: &str) -> bool {
        let log = &mut self.log;
        if let Some(rest) = line.strip_prefix("RAMDISK: ") {
            log.ramdisk = log.ramdisk.clone().or_else(|| mem(rest).map(|(range, _)| range));
        } else if let Some((_, rest)) =
            line.strip_prefix("NODE_DATA(").and_then(|rest| rest.split_once(") allocated "))
        {
            log.node_data.extend(mem(rest).map(|(range, _)| range));
        } else if let Some(rest) = line.strip_prefix("e820: ").unwrap_or(line).strip_prefix("last_pfn = ") {
            log.last_pfns.extend(rest.split(' ').next().and_then(hex));
        } else if line == "Using GB pages for direct mapping" {
            log.gb_pages = Some(true);
        } else if let Some(rest) = line.strip_prefix("BRK [0x") {
            log.brk.extend(brk(rest));
        } else if line.starts_with("memblock_alloc") || line.starts_with("memblock_phys_alloc") {
            self.asked = function(line);
        } else if let Some(mut line) = memblock::line(line, self.after_srat).filter(|_| !self.in_zones) {
            let asked = self.asked.take();
            line.asked_by = asked.filter(|_| line.caller.starts_with("memblock_alloc"));
            memblock::account(&mut log.memblock, line, "the memblock lines of a log");
        } else {
            return false;
        }
        true
    }

    /// Zones, nodes and their pages.
    fn nodes(&mut self, line: &str) -> bool {
        let events = &mut self.log.events;
        if line.starts_with("Zone ranges:") {
            (self.section, self.in_zones) = (Section::Zones, true);
        } else if line.starts_with("Movable zone start for each node") {
            (self.section, self.in_movable) = (Section::Movable, true);
        } else if line.starts_with("Early memory node ranges") {
            self.section = Section::Memory;
            events.has_zones = self.in_zones && self.in_movable;
        } else if let Some(rest) = line.strip_prefix("Initmem setup node ") {
            // Up to 3.16 the same words come before the zones, of what the SRAT says.
            let parts = rest.split_once(' ');
            let span = parts.and_then(|(node, range)| {
                let span = if range == "as memoryless" { 0..1 } else { whole_mem(range)? };
                Some((node.parse().ok()?, span))
            });
            events
                .spans
                .extend(span.filter(|_| self.in_zones || self.in_movable || !events.memory.is_empty()));
        } else if let Some((_, rest)) = line.split_once("Brought up ").filter(|_| line.contains(" node")) {
            events.online_nodes = rest.split(' ').next().and_then(|count| count.parse().ok());
        } else if let Some(rest) = line.strip_prefix("On node ") {
            let parts = rest.split_once(" totalpages: ");
            let pages =
                parts.and_then(|(node, pages)| Some((node.parse().ok()?, pages.trim().parse().ok()?)));
            self.node = pages.map(|(node, _): (u32, u64)| node).or(self.node);
            events.total_pages.extend(pages);
        } else if let Some((name, rest)) = line.trim_start().split_once(" zone: ") {
            let pages = rest.split_once(" pages, LIFO").and_then(|(pages, _)| pages.parse().ok());
            if let (Some(node), Some(pages)) = (self.node, pages) {
                events.zone_pages.push((node, name.to_owned(), pages));
            }
        } else if let Some((_, rest)) = line.strip_prefix("Memory: ").and_then(|rest| rest.split_once('/')) {
            let kib = rest.split_once("K available").and_then(|(kib, _)| kib.parse::<u64>().ok());
            let bytes = kib.and_then(|kib| kib.checked_mul(1024));
            events.managed = events.managed.or(bytes);
        } else if let Some(rest) = line.strip_prefix("Faking node ") {
            let parts = rest.split_once(" at ");
            let fake = parts
                .and_then(|(node, range)| Some(FakeNode { node: node.parse().ok()?, range: mem(range)?.0 }));
            events.fake_nodes.extend(fake);
        } else if let Some(rest) = line.strip_prefix("SRAT: PXM ") {
            events.cpus.extend(cpu_line(rest));
        } else if line.starts_with("Initramfs unpacking failed") {
            events.unpacking_failed = Some(line.trim_end().to_owned());
        } else if line.starts_with("VFS: Mounted root (") {
            events.mounted_root = true;
        } else if line.starts_with("acpi PNP0C80") && !line.contains("error") {
            events.hot_added = true;
        } else {
            return false;
        }
        true
    }

    fn override_file(&mut self, line: &str) -> bool {
        let is = line.starts_with("File kernel/firmware/acpi/") && line.contains("MAX_CPIO_FILE_NAME");
        if is {
            self.log.events.lines.push(line.to_owned());
        }
        is
    }

    fn refusal(&mut self, line: &str) {
        if let Some(why) = REFUSALS.iter().find(|why| line.contains(*why)) {
            self.log.events.srat_refused.get_or_insert_with(|| (*why).to_owned());
        }
    }

    /// A line of a known kind about a fault of a table or of AML.
    fn complaint(&mut self, line: &str) {
        const MOST: usize = 100;
        let events = &mut self.log.events;
        let is = COMPLAINTS.iter().any(|start| line.contains(start));
        if is && events.complaints.len() < MOST {
            events.complaints.push(Complaint { text: line.trim().to_owned() });
        }
    }

    /// Lines about tables.
    fn acpi(&mut self, line: &str, rest: &str) {
        let log = &mut self.log;
        self.after_srat |= rest.starts_with("SRAT: Node");
        // By the first table all RAM is mapped.
        if log.gb_pages.is_none() && rest.starts_with("RSDP 0x") && !log.e820.is_empty() {
            log.gb_pages = Some(false);
        }
        // What is loaded once the interpreter runs is not in the firmware's list.
        self.tables_end |=
            rest.starts_with("Dynamic OEM Table Load") || rest.starts_with("Interpreter enabled");
        if self.override_line(line, rest) {
            return;
        }
        let events = &mut self.log.events;
        if let Some(entry) = rest.strip_prefix("SRAT: Node ") {
            events.srat.extend(srat_line(entry));
        } else if let Some((table, shown)) =
            table(rest).filter(|_| !self.tables_end && rest.len() < line.len())
        {
            self.table(table, shown);
        }
    }

    /// What the kernel says of tables in the initrd.
    fn override_line(&mut self, line: &str, rest: &str) -> bool {
        let events = &mut self.log.events;
        if let Some((signature, rest)) = rest.split_once(" ACPI table found in initrd [kernel/firmware/acpi/")
        {
            let found = signature.as_bytes().try_into().ok().map(Signature).zip(rest.split_once("]["));
            events.found.extend(found.and_then(|(signature, (name, length))| {
                let length = hex(length.trim_end().strip_suffix(']')?)?.try_into().ok()?;
                Some(FoundTable { signature, name: name.to_owned(), length })
            }));
        } else if let Some(rest) = rest.strip_prefix("ACPI OVERRIDE: ") {
            if let Some((why, name)) = rest.split_once(" [kernel/firmware/acpi/") {
                let name = name.trim_end().trim_end_matches(']').to_owned();
                events.rejected.push(Rejected { why: why.to_owned(), name });
            }
        } else if rest.starts_with("kernel is locked down, ignoring table override") {
            events.locked_down = Some(line.to_owned());
        } else if let Some(what) = rest.strip_prefix("Table Upgrade: ") {
            self.adds = what.starts_with("install");
            self.log.upgraded = true;
            let name = what.split_once('[').and_then(|(_, name)| name.as_bytes().get(..4)?.try_into().ok());
            events.announced.extend(name.map(Signature));
        } else if rest.starts_with("Ignoring installation") {
            self.adds = false;
            return true;
        } else if let Some(name) = rest.strip_prefix("Override [") {
            let name = name.as_bytes().get(..4).and_then(|name| name.try_into().ok());
            events.announced.extend(name.map(Signature));
        } else if let Some((place, copy)) = rest.split_once(" Physical table override, new table: ") {
            let parts = place.split_once(' ').and_then(|(name, at)| {
                let signature = Signature(name.as_bytes().try_into().ok()?);
                Some(ReplacedTable { signature, firmware: hex(at)?, copy: hex(copy)? })
            });
            self.moved = parts.map(|parts| (parts.copy, parts.firmware)).or(self.moved);
            events.replaced.extend(parts);
        } else {
            return false;
        }
        self.log.events.lines.push(line.to_owned());
        true
    }

    /// A line that lists a table.
    fn table(&mut self, mut table: LoggedTable, shown: &str) {
        let log = &mut self.log;
        let shown = shown.to_owned();
        if matches!(&table.signature.0, b"RSDP" | b"RSDT" | b"XSDT") {
            log.roots.push(ShownTable { table, shown });
            return;
        }
        log.events.tables.push(table);
        if std::mem::take(&mut self.adds) {
            log.events.installed.push((table.signature, table.address));
            log.added.push(table);
            return;
        }
        if let Some((_, from)) = self.moved.take().filter(|(to, _)| *to == table.address) {
            table.address = from;
            log.replaced.push(table.signature);
        }
        log.tables.push(table);
        log.shown.push(shown);
    }
}

/// Whether a line is a property of the message before it (` SUBSYSTEM=acpi`), as a record of /dev/kmsg has them.
fn is_property(line: &str) -> bool {
    let name = line.strip_prefix(' ').and_then(|rest| rest.split_once('=')).map_or("", |(name, _)| name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte))
}

/// Adds a piece of a wrapped command line; whether more of it follows.
fn add_wrapped(whole: &mut String, piece: &str) -> Section {
    if !whole.is_empty() {
        whole.push(' ');
    }
    match piece.trim_end().strip_suffix(" \\") {
        Some(piece) => {
            whole.push_str(piece.trim_end());
            Section::Line
        }
        None => {
            whole.push_str(piece.trim_end());
            Section::None
        }
    }
}

/// `2048MB`, in bytes.
fn mebibytes(text: &str) -> Option<u64> {
    let (digits, _) = text.split_once("MB")?;
    digits.trim().parse::<u64>().ok()?.checked_mul(1 << 20)
}

/// `[mem 0x...-0x...]` and what follows it.
fn mem(text: &str) -> Option<(Range<u64>, &str)> {
    let (range, rest) = text.strip_prefix("[mem ")?.split_once(']')?;
    let (start, last) = range.split_once('-')?;
    let range = hex(start)?..hex(last)?.checked_add(1)?;
    (range.start < range.end).then_some((range, rest))
}

/// `[mem 0x...-0x...]` and no more; `None` for one that runs backward.
fn whole_mem(text: &str) -> Option<Range<u64>> {
    let (range, rest) = mem(text.trim())?;
    rest.is_empty().then_some(range)
}

/// `[mem 0x...-0x...] usable ==> reserved`, or in the words of newer kernels.
fn became_reserved(text: &str) -> Option<Range<u64>> {
    let (range, rest) = mem(text)?;
    let (from, to) = rest.split_once("==>")?;
    let kinds = (Kind::from_name(from)?, Kind::from_name(to)?);
    (kinds == (Kind::RAM, Kind::RESERVED)).then_some(range)
}

fn entry(text: &str) -> Option<Entry> {
    let (range, kind) = mem(text)?;
    Some(Entry::new(range, Kind::from_name(kind)?))
}

/// `dff19c000, 0xdff19cfff] PGTABLE`.
fn brk(text: &str) -> Option<Range<u64>> {
    let (start, last) = text.split_once(']')?.0.split_once(", ")?;
    let range = hex(start)?..hex(last)?.checked_add(1)?;
    (range.start < range.end).then_some(range)
}

/// `SIGN 0x0000000012345678 0000F4 (v03 ...` (up to 3.14 `SIGN 0000000012345678 000F4 (v03 ...`, with 8 digits on 32 bits), or
/// without what follows the length; that as well.
fn table(text: &str) -> Option<(LoggedTable, &str)> {
    let signature = text.get(..4)?.as_bytes().try_into().ok().map(Signature)?;
    let (address, rest) = text.get(4..)?.strip_prefix(' ')?.split_once(' ')?;
    let address = address.strip_prefix("0x").unwrap_or(address);
    let (length, shown) = rest.split_once(' ').unwrap_or((rest, ""));
    if !matches!(address.len(), 8 | 16) || !matches!(length.len(), 5 | 6) {
        return None;
    }
    let (address, length) = (u64::from_str_radix(address, 16).ok()?, u32::from_str_radix(length, 16).ok()?);
    Some((LoggedTable { signature, address, length }, shown))
}

/// `0 PXM 0 [mem 0x00000000-0x0009ffff] hotplug non-volatile`; before 3.7 `0 PXM 0 0-a0000`, the end exclusive.
fn srat_line(text: &str) -> Option<SratLine> {
    let (node, rest) = text.split_once(" PXM ")?;
    let (pxm, rest) = rest.split_once(' ')?;
    // A range that runs backward is what the table says.
    let (start, last, flags) = match rest.strip_prefix("[mem ").and_then(|rest| rest.split_once(']')) {
        Some((range, flags)) => {
            let (start, last) = range.split_once('-')?;
            (hex(start)?, hex(last)?, flags)
        }
        None => {
            let (range, flags) = rest.split_once(' ').unwrap_or((rest, ""));
            let (start, end) = range.split_once('-')?;
            (hex(start)?, hex(end)?.wrapping_sub(1), flags)
        }
    };
    let flags: Vec<&str> = flags.split_whitespace().collect();
    Some(SratLine {
        node: node.parse().ok()?,
        pxm: pxm.parse().ok()?,
        start,
        last,
        hotpluggable: flags.contains(&"hotplug"),
        non_volatile: flags.contains(&"non-volatile"),
    })
}

/// `0 -> APIC 0x00 -> Node 0`.
fn cpu_line(text: &str) -> Option<SratCpu> {
    let (pxm, rest) = text.split_once(" -> APIC ")?;
    let (apic, node) = rest.split_once(" -> Node ")?;
    Some(SratCpu {
        node: node.trim().parse().ok()?,
        pxm: pxm.parse().ok()?,
        apic: u32::try_from(hex(apic)?).ok()?,
    })
}
