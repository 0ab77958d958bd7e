//! KASLR: where the kernel image may come to lie, and how likely each node is to hold it.
//!
//! The decompressor looks at the firmware's SRAT, never at an override: a node that only an override makes hot-pluggable
//! can get the kernel, and then loses its marks. The EFI stub of newer kernels looks at no SRAT at all.
//!
//! # Kernel
//! `choose_random_location` in arch/x86/boot/compressed/kaslr.c and `count_immovable_mem_regions` in
//! arch/x86/boot/compressed/acpi.c, 5.1 to 7.3; `efi_decompress_kernel` and `efi_random_alloc` in drivers/firmware/efi/libstub,
//! 6.1.y and 6.6 to 7.3 (read in source).

use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::{Cmdline, memparse, number};
use crate::boot::kernel::release::{Change, Release};
use crate::boot::stages::e820::{BRK_SECTION, MAX_MEMORY, handed_over};
use crate::boot::stages::nodes::Nodes;
use crate::boot::stages::srat::{self, Block};
use crate::boot::{Machine, NextBoot};
use crate::memory::memmap::Kind;
use crate::memory::range::overlap;
use crate::memory::{Ranges, page_up};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// No place is looked for below the address where the kernel would lie otherwise, nor above this floor.
const HIGHEST_FLOOR: u64 = 512 << 20;
/// Before 4.8 the kernel stays below this.
const FIRST_GIB: u64 = 1 << 30;
/// How many memmap= ranges are avoided; with more in one option there is no randomisation.
const MAX_MEMMAPS: usize = 4;
/// How many stretches of places are kept; what comes later in the map is not looked at.
const MAX_STRETCHES: usize = 100;
/// A page of this size is kept whole while there are any left to keep (hugepagesz=1G hugepages=N).
const HUGE: u64 = 1 << 30;

/// Why the kernel's place is not random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum KaslrFixed {
    /// The caller says where the kernel is.
    Given,
    /// `nokaslr`.
    Nokaslr,
    /// The kernel was built without CONFIG_RANDOMIZE_BASE.
    NotConfigured,
    /// More `memmap=` ranges than are kept track of.
    TooManyMemmaps,
    /// `mem=` or `memmap=`, which the EFI stub does not know how to heed.
    MapOptions,
    /// Nowhere is room for the image.
    NoRoom,
}

/// Who chooses the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chooser {
    /// The decompressor; whether the firmware's SRAT narrows its choice to memory that is not called hot-pluggable.
    Decompressor {
        /// Whether it does.
        filtered: bool,
    },
    /// The EFI stub, which looks at no SRAT.
    EfiStub,
}

/// Where the kernel may come to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// At one place only.
    Fixed(KaslrFixed),
    /// At one of several places, all equally likely.
    Random {
        /// How many places there are.
        slots: u64,
        /// How many of them touch memory blocks of just these nodes: an image across a border touches several.
        by_nodes: BTreeMap<BTreeSet<u32>, u64>,
        /// Who chooses, and by what.
        chooser: Chooser,
    },
}

impl Placement {
    /// How likely a node is to hold (a part of) the kernel image, from 0 to 1.
    pub fn probability(&self, node: u32) -> f64 {
        self.by_nodes().filter(|(nodes, _)| nodes.contains(&node)).map(|(_, share)| share).sum()
    }

    /// The nodes that can hold a part of the image, ascending.
    pub fn nodes(&self) -> BTreeSet<u32> {
        self.by_nodes().flat_map(|(nodes, _)| nodes.iter().copied()).collect()
    }

    /// The sets of nodes that the image can touch, each with how likely that is.
    pub fn by_nodes(&self) -> impl Iterator<Item = (&BTreeSet<u32>, f64)> {
        let (all, by_nodes) = match self {
            Placement::Fixed(_) => (1, None),
            Placement::Random { slots, by_nodes, .. } => ((*slots).max(1), Some(by_nodes)),
        };
        by_nodes.into_iter().flatten().map(move |(nodes, slots)| (nodes, *slots as f64 / all as f64))
    }
}

/// Counts the places. They are known as well as the memory map is: a boot loader's own data, which are avoided too, do not
/// show there, nor does EFI's map unless a log told it.
pub fn placement(machine: &Machine, next: &NextBoot<'_>, nodes: &Nodes) -> Placement {
    if next.kernel_is_placed() {
        return Placement::Fixed(KaslrFixed::Given);
    }
    let by_stub = machine.is_uefi && next.release().efi_stub_places;
    if next.line().forbids_kaslr(by_stub) {
        return Placement::Fixed(KaslrFixed::Nokaslr);
    }
    if !next.release().build.randomizes {
        return Placement::Fixed(KaslrFixed::NotConfigured);
    }
    let options = KaslrOptions::read(next.line());
    let build = &next.release().build;
    let taken = page_up((next.kernel_at().end - next.kernel_at().start).saturating_add(BRK_SECTION));
    let floor = machine.preferred_address.unwrap_or(HIGHEST_FLOOR).min(HIGHEST_FLOOR);
    let mut places = Slots {
        align: build.align,
        len: build.room.unwrap_or(taken),
        image: taken,
        floor: floor.next_multiple_of(build.align),
        limit: if next.release().has(Change::KASLR_EVERYWHERE) {
            options.limit
        } else {
            options.limit.min(FIRST_GIB)
        },
        huge_pages: options.huge_pages,
        avoid: options.avoid,
        stretches: Vec::new(),
    };
    let chooser = if by_stub {
        if options.is_any {
            return Placement::Fixed(KaslrFixed::MapOptions);
        }
        (places.floor, places.huge_pages) = (machine.preferred_address.unwrap_or(build.start), 0);
        stub_regions(machine, next.line()).into_iter().for_each(|region| places.add(region));
        Chooser::EfiStub
    } else {
        if options.too_many {
            return Placement::Fixed(KaslrFixed::TooManyMemmaps);
        }
        places.avoid.extend(next.initrd_at().into_iter().chain(&machine.map.setup_data).cloned());
        // The compressed image lies behind the place where it is unpacked to, in a buffer of this size.
        if let Some(address) = machine.preferred_address {
            places.avoid.push(address..address.saturating_add(machine.init_size));
        }
        let acpi_off = next.line().word("acpi") == Some("off");
        let filters = next.release().has(Change::KASLR_READS_SRAT)
            && next.release().build.memory_hotremove
            && !acpi_off;
        let immovable = if filters { immovable(machine, next.limits()) } else { Vec::new() };
        for region in regions(machine, next.line()) {
            if immovable.is_empty() {
                places.add(region);
            } else {
                let parts = immovable.iter().filter_map(|part| overlap(part, &region));
                parts.for_each(|part| places.add(part));
            }
        }
        Chooser::Decompressor { filtered: !immovable.is_empty() }
    };
    let (mut slots, mut by_nodes) = (0, BTreeMap::new());
    for region in &places.stretches {
        let first = region.start / places.align;
        let count = 1 + (region.end - region.start - places.len) / places.align;
        slots += count;
        places.count_nodes(&mut by_nodes, first..first + count, &nodes.blocks);
    }
    if slots == 0 {
        return Placement::Fixed(KaslrFixed::NoRoom);
    }
    Placement::Random { slots, by_nodes, chooser }
}

/// Memory that counts as free, in the order of the map: EFI's where it is known, else the RAM of the boot loader's map.
fn regions(machine: &Machine, line: &Cmdline) -> Vec<Range<u64>> {
    if machine.is_uefi && !machine.efi.0.is_empty() {
        return machine.efi.free().collect();
    }
    let ram = handed_over(&machine.map, line).filter(|entry| entry.kind == Kind::RAM && !entry.wraps());
    ram.map(|entry| entry.range()).collect()
}

fn stub_regions(machine: &Machine, line: &Cmdline) -> Vec<Range<u64>> {
    if machine.efi.0.is_empty() {
        return regions(machine, line);
    }
    machine.efi.free_to_stub().iter().cloned().collect()
}

/// Where the EFI stub puts an image of `len` bytes without KASLR: the lowest place that is large enough. `None` where EFI's
/// memory map is not known or the release leaves it to the decompressor.
pub fn stub_place(machine: &Machine, release: &Release, len: u64) -> Option<u64> {
    if machine.efi.0.is_empty() || !release.efi_stub_places {
        return None;
    }
    let build = &release.build;
    let len = build.room.unwrap_or(page_up(len.saturating_add(BRK_SECTION)));
    machine.efi.free_to_stub().iter().find_map(|region| fitting(region, build.start, build.align, len))
}

/// The lowest place in RAM, as the boot loader's map has it, that is large enough for an image of `len` bytes: what the EFI stub
/// chooses without KASLR, as far as that can be told without EFI's memory map, in which boot services are not free.
pub fn lowest_ram(machine: &Machine, line: &Cmdline, release: &Release, len: u64) -> Option<u64> {
    let build = &release.build;
    let len = build.room.unwrap_or(page_up(len.saturating_add(BRK_SECTION)));
    regions(machine, line).iter().find_map(|region| fitting(region, build.start, build.align, len))
}

/// The lowest place in a region that is large enough, not below `lowest`.
fn fitting(region: &Range<u64>, lowest: u64, align: u64, len: u64) -> Option<u64> {
    let start = region.start.max(lowest).checked_next_multiple_of(align)?;
    (start.checked_add(len)? <= region.end).then_some(start)
}

/// The end of the memory among which the decompressor chooses, as mem= and memmap= limit it.
pub fn limit(line: &Cmdline) -> u64 {
    KaslrOptions::read(line).limit
}

/// What the decompressor makes of the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct KaslrOptions {
    limit: u64,
    avoid: Vec<Range<u64>>,
    too_many: bool,
    huge_pages: u64,
    /// Whether there is a mem= or memmap= at all.
    is_any: bool,
}

impl KaslrOptions {
    /// # Kernel
    /// `handle_mem_options` and `mem_avoid_memmap`; names are compared to the letter here.
    fn read(line: &Cmdline) -> KaslrOptions {
        let mut options = KaslrOptions { limit: MAX_MEMORY, ..KaslrOptions::default() };
        let mut is_gigantic = false;
        for (name, value) in line.to_the_letter() {
            let value = value.unwrap_or("");
            match name {
                "memmap" => options.memmap(value),
                "hugepagesz" => is_gigantic = memparse(value).0 == HUGE,
                "hugepages" if is_gigantic => options.huge_pages = number(value).0,
                "mem" if value == "nopentium" => {}
                "mem" => {
                    options.is_any = true;
                    match memparse(value).0 {
                        0 => break,
                        limit => options.limit = options.limit.min(limit),
                    }
                }
                _ => {}
            }
        }
        options
    }

    fn memmap(&mut self, list: &str) {
        self.is_any = true;
        if self.avoid.len() >= MAX_MEMMAPS {
            return;
        }
        let mut rest = Some(list);
        while let Some(text) = rest.filter(|_| self.avoid.len() < MAX_MEMMAPS) {
            let (one, after) = text.split_once(',').map_or((text, None), |(one, after)| (one, Some(after)));
            let (size, sign) = memparse(one);
            if one.starts_with("exactmap") || sign.len() == one.len() {
                break;
            }
            rest = after;
            let start = match sign.strip_prefix(['#', '$', '!']) {
                Some(start) => memparse(start).0,
                None => 0,
            };
            // Memory that is added is no limit; everything else without a start is, whatever its sign.
            let size = if sign.starts_with('@') { 0 } else { size };
            if start != 0 {
                self.avoid.push(start..start.saturating_add(size));
            } else if size > 0 {
                self.limit = self.limit.min(size);
            }
        }
        self.too_many |= self.avoid.len() >= MAX_MEMMAPS && rest.is_some();
    }
}

/// Stretches of memory that can hold the image.
struct Slots {
    align: u64,
    /// The room that is looked for.
    len: u64,
    /// What of it is reserved for good.
    image: u64,
    floor: u64,
    limit: u64,
    huge_pages: u64,
    avoid: Vec<Range<u64>>,
    stretches: Vec<Range<u64>>,
}

impl Slots {
    /// # Kernel
    /// `__process_mem_region`.
    fn add(&mut self, region: Range<u64>) {
        let end = region.end.min(self.limit);
        let mut start = region.start.max(self.floor);
        while self.stretches.len() < MAX_STRETCHES {
            let Some(aligned) = start.checked_next_multiple_of(self.align) else { return };
            start = aligned;
            if end.checked_sub(start).is_none_or(|room| room < self.len) {
                return;
            }
            let inside = self.avoid.iter().filter(|range| overlap(range, &(start..end)).is_some());
            let Some(first) = inside.min_by_key(|range| range.start).cloned() else {
                self.around_huge_pages(start..end);
                return;
            };
            if first.start >= start.saturating_add(self.len) {
                self.around_huge_pages(start..first.start);
            }
            start = first.end;
        }
    }

    /// # Kernel
    /// `process_gb_huge_pages`.
    fn around_huge_pages(&mut self, region: Range<u64>) {
        let (first, last) = (region.start.next_multiple_of(HUGE), region.end / HUGE * HUGE);
        if self.huge_pages == 0 || first >= last {
            return self.store(region);
        }
        if first >= region.start + self.len {
            self.store(region.start..first);
        }
        let kept = ((last - first) / HUGE).min(self.huge_pages);
        self.huge_pages -= kept;
        let tail = first + kept * HUGE;
        if region.end >= tail.saturating_add(self.len) {
            self.store(tail..region.end);
        }
    }

    fn store(&mut self, region: Range<u64>) {
        if self.stretches.len() < MAX_STRETCHES {
            self.stretches.push(region);
        }
    }

    /// Adds how many of these slots touch which nodes' blocks.
    fn count_nodes(&self, by_nodes: &mut BTreeMap<BTreeSet<u32>, u64>, slots: Range<u64>, blocks: &[Block]) {
        let mut touched: BTreeMap<u32, Ranges> = BTreeMap::new();
        for block in blocks {
            // The image at slot s covers [s, s + image): it touches the block from block.start - image + 1 on.
            let first = block.range.start.saturating_sub(self.image - 1).div_ceil(self.align);
            if let Some(range) = overlap(&(first..block.range.end.div_ceil(self.align)), &slots) {
                touched.entry(block.node).or_default().insert(range);
            }
        }
        let mut borders: BTreeMap<u64, Vec<(u32, bool)>> = BTreeMap::from([(slots.end, Vec::new())]);
        for (node, ranges) in &touched {
            for range in ranges.iter() {
                borders.entry(range.start).or_default().push((*node, true));
                borders.entry(range.end).or_default().push((*node, false));
            }
        }
        let (mut at, mut here) = (slots.start, BTreeSet::new());
        for (border, changes) in borders {
            if border > at {
                *by_nodes.entry(here.clone()).or_default() += border - at;
                at = border;
            }
            for (node, begins) in changes {
                if begins {
                    here.insert(node)
                } else {
                    here.remove(&node)
                };
            }
        }
    }
}

/// Memory that the firmware's SRAT does not call hot-pluggable, entry by entry. Entries that are not enabled count too; none
/// at all, or too many, or an entry of length 0 mean that nothing is filtered.
fn immovable(machine: &Machine, limits: NodeLimits) -> Vec<Range<u64>> {
    let srat = machine.firmware.tables.iter().find(|table| table.bytes.starts_with(b"SRAT"));
    let Some(srat) = srat else { return Vec::new() };
    let mut cold = Vec::new();
    for entry in srat::raw_memory(&srat.bytes) {
        match entry {
            None => return Vec::new(),
            Some((range, false)) if !range.is_empty() => cold.push(range),
            Some(_) => {}
        }
        if cold.len() >= limits.max_blocks() {
            return Vec::new();
        }
    }
    cold
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_the_decompressor_reads_them() {
        let read = |line: &str| KaslrOptions::read(&Cmdline::parse(line));
        let limit = |line: &str| limit(&Cmdline::parse(line));
        let avoid = read("memmap=1M$1G memmap=16M#0x100000000,1M!3G memmap=1M@5G").avoid;
        let (mib, gib) = (1 << 20, 1 << 30);
        assert_eq!(avoid, [gib..gib + mib, 4 * gib..4 * gib + 16 * mib, 3 * gib..3 * gib + mib]);
        // A size alone is a limit, and so is a conversion, of which only the size is looked at.
        assert_eq!(read("mem=4G memmap=3G memmap=2G%4G-1+2").limit, 2 * gib);
        // Only a list shows that there are too many ranges; a mem= that cannot be read ends the search.
        assert!(read("memmap=1M$1G,1M$2G,1M$3G,1M$4G,1M$5G").too_many);
        let apart = read("memmap=1M$1G memmap=1M$2G memmap=1M$3G memmap=1M$4G memmap=1M$5G");
        assert_eq!((apart.too_many, apart.avoid.len()), (false, 4));
        assert_eq!(read("mem=x memmap=1G").limit, MAX_MEMORY);
        assert_eq!((limit("mem=64M"), limit("memmap=16M$1G")), (64 << 20, MAX_MEMORY));
        assert_eq!(read("hugepages=3 hugepagesz=1G hugepages=2").huge_pages, 2);
        assert_eq!(read("hugepagesz=1G hugepagesz=2M hugepages=2").huge_pages, 0);
    }

    #[test]
    fn stretches_keep_clear_of_what_is_avoided_and_of_huge_pages() {
        let mib = 1 << 20;
        let mut places = Slots {
            align: 2 * mib,
            len: 50 * mib,
            image: 40 * mib,
            floor: 16 * mib,
            limit: u64::MAX,
            huge_pages: 0,
            avoid: vec![100 * mib..101 * mib, 300 * mib..400 * mib],
            stretches: Vec::new(),
        };
        places.add(mib..1000 * mib);
        assert_eq!(places.stretches, [16 * mib..100 * mib, 102 * mib..300 * mib, 400 * mib..1000 * mib]);
        places.stretches.clear();
        places.huge_pages = 1;
        places.add(900 * mib..4096 * mib);
        assert_eq!(places.stretches, [900 * mib..1024 * mib, 2048 * mib..4096 * mib]);
        assert_eq!(places.huge_pages, 0);
    }

    #[test]
    fn a_place_across_a_border_counts_for_both_nodes() {
        let mib = 1 << 20;
        let places = Slots {
            align: 2 * mib,
            len: 50 * mib,
            image: 40 * mib,
            floor: 0,
            limit: u64::MAX,
            huge_pages: 0,
            avoid: Vec::new(),
            stretches: Vec::new(),
        };
        let block = |node, start: u64, end: u64| Block { node, range: start * mib..end * mib };
        let blocks = [block(1, 1024, 1100), block(2, 1100, 1500)];
        let mut by_nodes = BTreeMap::new();
        // Slots from 1000 MiB to 1400 MiB.
        places.count_nodes(&mut by_nodes, 500..700, &blocks);
        let of = |nodes: &[u32]| by_nodes.get(&nodes.iter().copied().collect::<BTreeSet<u32>>()).copied();
        // Clear of node 1 below 984 MiB; on node 1 alone as long as the image ends at 1100 MiB.
        assert_eq!((of(&[1]), of(&[1, 2]), of(&[2])), (Some(31), Some(19), Some(150)));
        assert_eq!(by_nodes.values().sum::<u64>(), 200);
        let placement =
            Placement::Random { slots: 200, by_nodes, chooser: Chooser::Decompressor { filtered: false } };
        assert_eq!((placement.probability(1), placement.probability(3)), (0.25, 0.0));
        assert_eq!(placement.nodes().len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn any_command_line_is_read(line in "\\PC{0,60}", list in "memmap=[0-9KMG@#$!%,x]{0,30}") {
            KaslrOptions::read(&Cmdline::parse(&format!("{line} {list}")));
        }
    }
}
