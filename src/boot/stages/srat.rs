//! Stage 4, the SRAT: which proximity domain becomes which node, and which memory belongs to it.
//!
//! The table is walked twice, as Linux does: first processors and initiators, then memory; node numbers are handed out in
//! that order. One bad entry makes Linux drop the whole table.
//!
//! # Kernel
//! `acpi_numa_init` and its handlers in drivers/acpi/numa/srat.c, `acpi_numa_processor_affinity_init` in
//! arch/x86/mm/srat.c, `acpi_parse_entries_array` in drivers/acpi/tables.c (6.12 and newer: lib/fw_table.c), 5.10 to 7.3.

pub use super::domains::DomainMap;
use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::{Cmdline, Numa};
use crate::boot::kernel::release::{Change, Release};
use crate::budget;
use crate::bytes::u8_at;
use crate::memory::Ranges;
use crate::memory::arch::Arch;
use crate::table::Header;
use crate::table::srat::{ENABLED, ENTRIES_AT, MemoryFlags, kind};
use std::collections::BTreeSet;
use std::ops::Range;

/// The first APIC id that Linux has no place for (`MAX_LOCAL_APIC`).
const MAX_LOCAL_APIC: u32 = 32768;

/// A memory entry that Linux took, as it prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SratMemory {
    /// Node.
    pub node: u32,
    /// Proximity domain, as Linux read it.
    pub pxm: u32,
    /// The first physical address.
    pub start: u64,
    /// Length in bytes; the end may not fit into 64 bits.
    pub length: u64,
    /// Whether the entry is marked hot-pluggable.
    pub hotpluggable: bool,
    /// Whether the entry is marked non-volatile.
    pub non_volatile: bool,
    /// Which entry of the SRAT it is, all types counted from 0.
    pub entry: u32,
    /// Its offset in the table.
    pub offset: usize,
}

impl SratMemory {
    /// The last address that Linux prints: one below the end, both modulo 2^64.
    pub fn printed_last(&self) -> u64 {
        self.start.wrapping_add(self.length).wrapping_sub(1)
    }

    /// The bytes it covers; `None` when it is empty or wraps.
    pub fn range(&self) -> Option<Range<u64>> {
        let end = self.start.checked_add(self.length)?;
        (end > self.start).then_some(self.start..end)
    }
}

/// Memory of one node, before and after Linux merges it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Node.
    pub node: u32,
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
}

/// Why there are no nodes from the SRAT: one node then holds all memory, and no hot-pluggable mark counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `numa=off`.
    Off,
    /// `numa=noacpi`.
    NoAcpi,
    /// ACPI is off, so no table is read.
    AcpiOff,
    /// The kernel was built without nodes, or without reading them from ACPI.
    NotConfigured,
    /// There is no SRAT.
    NoTable,
    /// Whether there is a SRAT, or what it says, is not known.
    Unread,
    /// An entry that Linux does not bear.
    BadEntry {
        /// Offset in the SRAT.
        offset: usize,
        /// What is wrong with it.
        why: BadEntry,
    },
    /// An entry of length 0, which ends the walk over memory.
    ZeroLength {
        /// Offset in the SRAT.
        offset: usize,
    },
    /// No enabled memory entry.
    NoMemory,
    /// Two nodes claim the same memory.
    Overlap(Block, Block),
    /// RAM without a node.
    Uncovered {
        /// How many bytes.
        bytes: u64,
    },
}

/// What Linux does not bear of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEntry {
    /// Its length byte is not what the type needs.
    Length(u8),
    /// Its proximity domain is too large, or there are more domains than nodes.
    Domain(u32),
    /// There are more memory blocks than Linux has room for.
    TooManyBlocks,
}

/// What Linux knows after it has read the SRAT, the SLIT and the CXL windows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumaInfo {
    /// Memory entries as Linux prints them, in order, also when the table is dropped later.
    pub memory: Vec<SratMemory>,
    /// Domains and nodes; they survive when the table is dropped.
    pub domains: DomainMap,
    /// Nodes that the table names.
    pub parsed: BTreeSet<u32>,
    /// APIC ids of enabled processor entries with their nodes, in order, also of processors that do not exist.
    pub processors: Vec<(u32, u32)>,
    /// The last entry, if it runs past the end of the table.
    pub past_end: Option<PastEnd>,
    /// Nodes of initiators that are no processors.
    pub initiators: BTreeSet<u32>,
    /// Memory blocks, in order, as the entries give them.
    pub blocks: Vec<Block>,
    /// Memory blocks of CXL windows that no entry covers, where the release sets them aside at once.
    pub reserved_blocks: Vec<Block>,
    /// What is marked hot-pluggable.
    pub hotpluggable: Ranges,
    /// Bytes of the distance table that a valid SLIT makes Linux allocate; 0 without.
    pub distance_len: u64,
    /// Whether there is a SLIT and Linux refuses it.
    pub slit_refused: bool,
    /// Block size in bytes that CXL windows advise.
    pub block_size_advice: Option<u64>,
    /// Why the SRAT gives no nodes, if it does not.
    pub refusal: Option<Refusal>,
}

/// An entry that claims more bytes than the table has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastEnd {
    /// Its number.
    pub entry: u32,
    /// Where it begins in the table.
    pub offset: usize,
    /// How many of its bytes are not in the table.
    pub missing: usize,
    /// Whether what follows the table in memory is known; else it is taken for zero.
    pub known: bool,
}

/// The tables that this stage reads, as installed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tables<'a> {
    /// The bytes of the SRAT; `None` where there is none.
    pub srat: Option<&'a [u8]>,
    /// Whether no SRAT is given because nothing is known of it.
    pub is_unread: bool,
    /// What follows the SRAT in memory, piece by piece, as far as that is known.
    pub behind: &'a [&'a [u8]],
    /// The bytes of the SLIT; `None` where there is none.
    pub slit: Option<&'a [u8]>,
    /// The CEDT, for its CXL windows.
    pub cedt: Option<&'a [u8]>,
    /// Whether firmware runs the processors in x2APIC mode, so that ids above 254 can be addressed.
    pub x2apic: bool,
    /// Whose processors count.
    pub arch: Arch,
}

/// Reads the tables.
pub fn read(tables: &Tables<'_>, line: &Cmdline, limits: NodeLimits, release: &Release) -> NumaInfo {
    let mut info = NumaInfo { domains: DomainMap::new(limits), ..NumaInfo::default() };
    if line.numa == Numa::Off {
        info.refusal = Some(Refusal::Off);
        return info;
    }
    if line.acpi_off {
        info.refusal = Some(Refusal::AcpiOff);
        return info;
    }
    if !release.build.numa {
        info.refusal = Some(Refusal::NotConfigured);
        return info;
    }
    let mut walk_failed = None;
    if line.numa == Numa::NoAcpi {
        info.refusal = Some(Refusal::NoAcpi);
    }
    if let Some(srat) = tables.srat {
        let revision = u8_at(srat, 8).unwrap_or(0);
        let marks = match (release.build.memory_hotplug, !release.has(Change::MARKED_ENTRIES)) {
            (true, _) => Marks::Count,
            (false, false) => Marks::Ignored,
            (false, true) => Marks::DropEntry,
        };
        let mut walk = SratWalk {
            info: &mut info,
            srat,
            behind: tables.behind,
            revision,
            x2apic: tables.x2apic,
            arch: tables.arch,
            marks,
        };
        // With numa=noacpi only initiators count.
        walk.processors();
        if line.numa != Numa::NoAcpi {
            walk_failed = walk.memory();
        }
    }
    if line.numa == Numa::NoAcpi {
        return info;
    }
    let none = match tables.srat {
        Some(_) => Refusal::NoMemory,
        None if tables.is_unread => Refusal::Unread,
        None => Refusal::NoTable,
    };
    if let Some(slit) = tables.slit {
        info.read_slit(slit);
    }
    if let Some(cedt) = tables.cedt.filter(|_| release.reads_cfmws) {
        info.read_windows(cedt, release);
    }
    let failed = walk_failed.or_else(|| info.memory.is_empty().then_some(none));
    // A bad entry is the root of whatever failed after it.
    info.refusal = info.refusal.take().or(failed);
    info
}

/// The memory entries as the decompressor reads them, in order: addresses, and whether they are marked hot-pluggable, enabled
/// or not. `None` stands for an entry of length 0, which ends the walk.
pub fn raw_memory(srat: &[u8]) -> Vec<Option<(Range<u64>, bool)>> {
    let mut info = NumaInfo::default();
    let mut walk = SratWalk {
        info: &mut info,
        srat,
        behind: &[],
        revision: 0,
        x2apic: false,
        arch: Arch::X86_64,
        marks: Marks::Count,
    };
    let mut entries = Vec::new();
    walk.each(|walk, entry| {
        if entry.len == 0 {
            entries.push(None);
            return false;
        }
        if entry.kind == kind::MEMORY {
            let (start, len) = (walk.long(entry.offset + 8), walk.long(entry.offset + 16));
            let flags = MemoryFlags::from_bits_retain(walk.word(entry.offset + 28));
            let range = start..start.saturating_add(len);
            entries.push(Some((range, flags.contains(MemoryFlags::HOT_PLUGGABLE))));
        }
        true
    });
    entries
}

/// What a hot-pluggable mark means to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// What it says.
    Count,
    /// Nothing: the kernel was built without memory hotplug.
    Ignored,
    /// That the entry is left out, as older kernels do that were built without memory hotplug.
    DropEntry,
}

/// One walk over the SRAT. Bytes that an entry wants past the end of the table are those that follow it in memory, or zero
/// where they are not known.
struct SratWalk<'a, 'i> {
    info: &'i mut NumaInfo,
    srat: &'a [u8],
    behind: &'a [&'a [u8]],
    revision: u8,
    x2apic: bool,
    arch: Arch,
    marks: Marks,
}

/// One entry as the walk hands it to its handler.
#[derive(Clone, Copy)]
struct WalkedEntry {
    index: u32,
    offset: usize,
    kind: u8,
    len: u8,
}

impl SratWalk<'_, '_> {
    /// Visits entries in order while `visit` says so: `Some(offset)` of an entry of length 0 that ended the walk.
    fn each(&mut self, mut visit: impl FnMut(&mut Self, WalkedEntry) -> bool) -> Option<usize> {
        let length = Header::parse(self.srat).map_or(0, |header| header.length as usize);
        let (mut offset, mut index) = (ENTRIES_AT, 0);
        while offset.checked_add(2).is_some_and(|end| end < length) {
            let entry = WalkedEntry { index, offset, kind: self.byte(offset), len: self.byte(offset + 1) };
            if !visit(self, entry) {
                return None;
            }
            if entry.len == 0 {
                return Some(offset);
            }
            offset += usize::from(entry.len);
            index += 1;
        }
        None
    }

    fn byte(&self, at: usize) -> u8 {
        let mut rest = at;
        let pieces = std::iter::once(&self.srat).chain(self.behind);
        for piece in pieces {
            if let Some(byte) = piece.get(rest) {
                return *byte;
            }
            rest -= piece.len();
        }
        0
    }

    fn word(&self, at: usize) -> u32 {
        (0..4).rev().fold(0, |word, byte| word << 8 | u32::from(self.byte(at + byte)))
    }

    fn long(&self, at: usize) -> u64 {
        u64::from(self.word(at + 4)) << 32 | u64::from(self.word(at))
    }

    fn bad(&mut self, entry: WalkedEntry, why: BadEntry) {
        let refusal = Refusal::BadEntry { offset: entry.offset, why };
        self.info.refusal.get_or_insert(refusal);
    }

    /// First pass: processors and initiators. Its failure alone does not drop the table.
    fn processors(&mut self) {
        let has_apics = matches!(self.arch, Arch::X86_64 | Arch::X86_32 | Arch::LoongArch64 | Arch::Ia64);
        let arch = self.arch;
        self.each(|walk, entry| match entry.kind {
            kind::LOCAL_APIC if has_apics => {
                walk.local_apic(entry);
                true
            }
            kind::X2APIC if has_apics => {
                walk.x2apic(entry);
                true
            }
            kind::GICC if arch == Arch::Arm64 => {
                walk.with_flags_and_domain(entry, 10, 2);
                true
            }
            kind::RINTC if arch == Arch::RiscV64 => {
                walk.with_flags_and_domain(entry, 12, 4);
                true
            }
            // An initiator that is not enabled or has no node ends this pass; the table stays in use.
            kind::GENERIC_INITIATOR => walk.initiator(entry),
            _ => true,
        });
    }

    fn local_apic(&mut self, entry: WalkedEntry) {
        if self.info.refusal.is_some() {
            return;
        }
        if entry.len != 16 {
            return self.bad(entry, BadEntry::Length(entry.len));
        }
        if self.word(entry.offset + 4) & ENABLED == 0 {
            return;
        }
        let mut pxm = u32::from(self.byte(entry.offset + 2));
        if self.revision >= 2 {
            pxm |= self.word(entry.offset + 8) & 0xffff_ff00;
        }
        self.processor(entry, pxm);
    }

    fn x2apic(&mut self, entry: WalkedEntry) {
        if self.info.refusal.is_some() {
            return;
        }
        if entry.len < 24 {
            return self.bad(entry, BadEntry::Length(entry.len));
        }
        let apic_id = self.word(entry.offset + 8);
        if self.word(entry.offset + 12) & ENABLED == 0 || !(self.x2apic || apic_id < 255) {
            return;
        }
        self.processor(entry, self.word(entry.offset + 4));
    }

    /// A processor of another architecture: it gives its domain a node, and no more of it is modelled.
    ///
    /// # Kernel
    /// `acpi_numa_gicc_affinity_init` in arch/arm64/kernel/acpi_numa.c, `acpi_numa_rintc_affinity_init` in
    /// arch/riscv/kernel/acpi_numa.c, 6.1 to 7.3.
    fn with_flags_and_domain(&mut self, entry: WalkedEntry, flags_at: usize, pxm_at: usize) {
        if self.info.refusal.is_some() || self.word(entry.offset + flags_at) & ENABLED == 0 {
            return;
        }
        let pxm = self.word(entry.offset + pxm_at);
        match self.info.domains.map(pxm) {
            None => self.bad(entry, BadEntry::Domain(pxm)),
            Some(node) => {
                self.info.parsed.insert(node);
            }
        }
    }

    /// A processor gives its domain a node, even where Linux then has no place for the processor itself.
    fn processor(&mut self, entry: WalkedEntry, pxm: u32) {
        match self.info.domains.map(pxm) {
            None => self.bad(entry, BadEntry::Domain(pxm)),
            Some(node) => {
                let apic_id = match entry.kind {
                    kind::X2APIC => self.word(entry.offset + 8),
                    _ => u32::from(self.byte(entry.offset + 3)),
                };
                if apic_id < MAX_LOCAL_APIC {
                    self.info.parsed.insert(node);
                    self.info.processors.push((apic_id, node));
                }
            }
        }
    }

    fn initiator(&mut self, entry: WalkedEntry) -> bool {
        let enabled = self.word(entry.offset + 24) & ENABLED != 0;
        let node = if enabled { self.info.domains.map(self.word(entry.offset + 4)) } else { None };
        self.info.parsed.extend(node);
        self.info.initiators.extend(node);
        node.is_some()
    }

    /// Second pass: memory. An entry of length 0 drops the table.
    fn memory(&mut self) -> Option<Refusal> {
        let limits = self.info.domains.limits;
        let length = self.srat.len();
        let zero = self.each(|walk, entry| {
            let missing = (entry.offset + usize::from(entry.len)).saturating_sub(length);
            if missing > 0 {
                let known = walk.behind.iter().map(|piece| piece.len()).sum::<usize>() >= missing;
                walk.info.past_end =
                    Some(PastEnd { entry: entry.index, offset: entry.offset, missing, known });
            }
            if entry.kind == kind::MEMORY && walk.info.refusal.is_none() {
                walk.memory_entry(entry, limits);
            }
            true
        });
        zero.map(|offset| Refusal::ZeroLength { offset })
    }

    fn memory_entry(&mut self, entry: WalkedEntry, limits: NodeLimits) {
        if entry.len < 40 {
            return self.bad(entry, BadEntry::Length(entry.len));
        }
        let flags = MemoryFlags::from_bits_retain(self.word(entry.offset + 28));
        if !flags.contains(MemoryFlags::ENABLED) {
            return;
        }
        let marked = flags.contains(MemoryFlags::HOT_PLUGGABLE);
        if marked && self.marks == Marks::DropEntry {
            return;
        }
        let mut pxm = self.word(entry.offset + 2);
        if self.revision <= 1 {
            pxm &= 0xff;
        }
        let Some(node) = self.info.domains.map(pxm) else {
            return self.bad(entry, BadEntry::Domain(pxm));
        };
        let memory = SratMemory {
            node,
            pxm,
            start: self.long(entry.offset + 8),
            length: self.long(entry.offset + 16),
            hotpluggable: marked && self.marks == Marks::Count,
            non_volatile: flags.contains(MemoryFlags::NON_VOLATILE),
            entry: entry.index,
            offset: entry.offset,
        };
        if let Some(range) = memory.range() {
            if self.info.blocks.len() >= limits.max_blocks() {
                return self.bad(entry, BadEntry::TooManyBlocks);
            }
            self.info.blocks.push(Block { node, range });
        }
        self.info.parsed.insert(node);
        if memory.hotpluggable {
            // The mark is cut to the address space where the block of a wrapping entry is not taken at all.
            self.info.hotpluggable.insert(memory.start..memory.start.saturating_add(memory.length));
        }
        // Three lists, which double when they grow, and what the stages after this one make of them.
        budget::need(4 * (size_of::<SratMemory>() + size_of::<Block>()), "the list of the SRAT's memory");
        self.info.memory.push(memory);
    }
}

/// Whether firmware must have switched the processors to x2APIC mode: an enabled one has an id that xAPIC cannot address.
pub fn needs_x2apic(madt: &[u8]) -> bool {
    use crate::table::madt::Madt;
    Madt::parse(madt).is_ok_and(|madt| {
        madt.processors()
            .any(|(_, processor)| processor.is_enabled() && processor.apic_id().is_some_and(|id| id >= 255))
    })
}
