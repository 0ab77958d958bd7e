//! Stage 1, the memory map: what firmware gave, what the command line makes of it, and the RAM that results.
//!
//! # Kernel
//! arch/x86/kernel/e820.c (`e820__memory_setup_default`, `e820__update_table`, `parse_memopt`, `parse_memmap_one`,
//! `e820__memblock_setup`) and `setup_arch`, 5.10 to 7.3.

use crate::boot::kernel::cmdline::{Cmdline, MapChange};
use crate::boot::kernel::release::{Change, Release};
use crate::memory::memmap::{Entry, Kind};
use crate::memory::{PAGE_SIZE, Ranges, page_down, page_up};
use std::collections::BTreeMap;
use std::ops::Range;

/// The most memory x86-64 with four-level page tables addresses: 64 TiB, in bytes.
pub const MAX_MEMORY: u64 = 1 << 46;
/// How many entries a map has room for: 128 of boot_params and 3 for each of 1024 nodes. Linux leaves out what comes after.
///
/// # Kernel
/// `E820_MAX_ENTRIES` in arch/x86/include/asm/e820/types.h, `__e820__range_add` in arch/x86/kernel/e820.c; 5.10 to 7.3.
const MOST_ENTRIES: usize = 128 + 3 * 1024;
const BIOS_START: u64 = 0xa_0000;
const MIB: u64 = 1 << 20;
/// What the image has behind its bss for early allocations, in bytes (Debian 6.1.176, from a recorded boot).
pub const BRK_SECTION: u64 = 0x3_0000;
/// Where low memory ends when the firmware's map cannot be used.
const FALLBACK_LOW_END: u64 = 0x9_f000;

/// The memory map as the kernel finds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirmwareMap {
    /// The boot loader's entries.
    pub entries: Vec<Entry>,
    /// Entries beyond the 128 that boot_params has room for (setup_data of type SETUP_E820_EXT).
    pub extended: Vec<Entry>,
    /// Memory above 1 MiB in KiB, for when the entries cannot be used.
    pub alt_mem_k: u32,
    /// Ranges of setup_data nodes.
    pub setup_data: Vec<Range<u64>>,
    /// RAM that the processor's MTRRs leave uncached, so that Linux does not use it.
    pub uncached: Vec<Range<u64>>,
}

impl FirmwareMap {
    /// Whether nothing here says where RAM is: there is no map, or only some lines of one.
    pub fn has_no_ram(&self) -> bool {
        let mut all = self.entries.iter().chain(&self.extended);
        self.alt_mem_k == 0 && !all.any(|entry| entry.kind == Kind::RAM)
    }
}

/// Why no memory map came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapDeath {
    /// The options leave fewer than two entries, or one that wraps.
    InvalidUserMap {
        /// How many entries are left.
        entries: usize,
    },
    /// No RAM is left below 1 MiB for the real mode trampoline.
    NoLowRam,
    /// No RAM is left at all.
    NoRam,
    /// `memmap=N%S-T+T`: a type is to become itself, which is a BUG() in Linux.
    SameType,
}

/// The memory map of the boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryMap {
    /// All entries, sorted, after the options.
    pub entries: Vec<Entry>,
    /// Whole pages of RAM, as memblock holds them; regions that the firmware gave apart and that touch are one.
    pub ram: Ranges,
    /// Memory that firmware keeps for a purpose: reserved from the start.
    pub soft_reserved: Vec<Range<u64>>,
    /// One more than the highest page frame that counts.
    pub max_pfn: u64,
    /// Whether the firmware's entries were refused and the fall-back map used.
    pub fallback: bool,
    /// Whether the kernel image's range had to be turned into RAM.
    pub kernel_forced: bool,
    /// Why Linux stops here, if it does.
    pub death: Option<MapDeath>,
}

/// The firmware's entries as the decompressor and the kernel get them: the EFI stub, or what boots in its place, makes the map,
/// and with efi=nosoftreserve calls soft-reserved memory RAM.
pub fn handed_over(firmware: &FirmwareMap, line: &Cmdline) -> impl Iterator<Item = Entry> {
    let is_ram = line.no_soft_reserve;
    firmware.entries.iter().map(move |entry| match entry.kind {
        Kind::SOFT_RESERVED if is_ram => Entry { kind: Kind::RAM, ..*entry },
        _ => *entry,
    })
}

/// Settles the map: firmware's entries, the options in order, the kernel image and the low MiB.
pub fn settle(firmware: &FirmwareMap, line: &Cmdline, kernel: &Range<u64>, release: &Release) -> MemoryMap {
    let mut map = MemoryMap::default();
    let mut table: Vec<Entry> = handed_over(firmware, line).take(MOST_ENTRIES).collect();
    if table.len() < release.min_map_entries || table.iter().any(is_refused) {
        map.fallback = true;
        let high = u64::from(firmware.alt_mem_k) << 10;
        table = vec![
            Entry { start: 0, size: FALLBACK_LOW_END, kind: Kind::RAM },
            Entry { start: MIB, size: high, kind: Kind::RAM },
        ];
    }
    update(&mut table);
    if !firmware.extended.is_empty() {
        let room = MOST_ENTRIES.saturating_sub(table.len());
        table.extend(firmware.extended.iter().take_while(|entry| !is_refused(entry)).take(room));
        update(&mut table);
    }
    for change in &line.map {
        apply(&mut table, change);
        table.truncate(MOST_ENTRIES);
        if matches!(change, MapChange::Convert { from, to, .. } if from == to) {
            map.death = Some(MapDeath::SameType);
        }
    }
    for node in &firmware.setup_data {
        convert(&mut table, node.clone(), Some(Kind::RAM), Some(Kind::RESERVED_KERN));
    }
    if line.map_is_user_defined && !update(&mut table) {
        map.death = map.death.or(Some(MapDeath::InvalidUserMap { entries: table.len() }));
    }
    let covered = |table: &[Entry], range: &Range<u64>| {
        let ram = table.iter().filter(|entry| entry.kind == Kind::RAM).map(Entry::range);
        ram.collect::<Ranges>().contains_all(range)
    };
    let image = kernel.start..kernel.end.saturating_add(BRK_SECTION);
    if !covered(&table, &image) {
        map.kernel_forced = true;
        convert(&mut table, image.clone(), None, None);
        table.push(Entry::new(image, Kind::RAM));
    }
    convert(&mut table, 0..PAGE_SIZE, Some(Kind::RAM), Some(Kind::RESERVED));
    convert(&mut table, BIOS_START..MIB, Some(Kind::RAM), None);
    update(&mut table);
    for range in &firmware.uncached {
        convert(&mut table, range.clone(), Some(Kind::RAM), Some(Kind::RESERVED));
    }
    if !firmware.uncached.is_empty() {
        update(&mut table);
    }
    table.retain(|entry| entry.size > 0);

    let counts =
        |kind: Kind| kind == Kind::RAM || (release.has(Change::ACPI_IN_MAX_PFN) && kind == Kind::ACPI);
    let highest =
        table.iter().filter(|entry| counts(entry.kind)).map(|entry| entry.end().min(MAX_MEMORY)).max();
    map.max_pfn = highest.unwrap_or(0) / PAGE_SIZE;
    map.soft_reserved =
        table.iter().filter(|entry| entry.kind == Kind::SOFT_RESERVED).map(Entry::range).collect();
    let is_ram = |entry: &&Entry| matches!(entry.kind, Kind::RAM | Kind::RESERVED_KERN);
    let regions: Ranges = table.iter().filter(is_ram).map(Entry::range).collect();
    // Sections of memory end where four-level page tables do (memblocks_present, mm/sparse.c).
    let regions = regions.overlapping(&(0..MAX_MEMORY));
    map.ram = regions.map(|region| page_up(region.start)..page_down(region.end)).collect();
    map.entries = table;
    if map.death.is_none() && map.ram.is_empty() {
        map.death = Some(MapDeath::NoRam);
    } else if map.death.is_none() && map.ram.overlapping(&(0..MIB)).next().is_none() {
        map.death = Some(MapDeath::NoLowRam);
    }
    map
}

/// Whether a boot loader's entry makes Linux refuse the whole map: its last byte does not fit into 64 bits.
fn is_refused(entry: &Entry) -> bool {
    entry.size > 0 && entry.start.checked_add(entry.size - 1).is_none()
}

fn apply(table: &mut Vec<Entry>, change: &MapChange) {
    let span = |start: u64, size: u64| start..start.saturating_add(size);
    match *change {
        MapChange::Exact => table.clear(),
        MapChange::Limit(limit) => convert(table, limit..u64::MAX, Some(Kind::RAM), None),
        MapChange::Add { start, size, kind } => table.push(Entry { start, size, kind: Kind(kind) }),
        MapChange::Convert { start, size, from, to } => {
            convert(table, span(start, size), Some(Kind(from)), Some(Kind(to)));
        }
        MapChange::Remove { start, size, from } => convert(table, span(start, size), from.map(Kind), None),
    }
}

/// Gives the parts of entries of one type (or of any) inside a range another type, or takes them away. An entry that is
/// taken away whole stays as an empty one, which still counts where Linux wants two of them.
fn convert(table: &mut Vec<Entry>, range: Range<u64>, from: Option<Kind>, to: Option<Kind>) {
    if range.is_empty() {
        return;
    }
    let mut changed = Vec::with_capacity(table.len() + 2);
    for entry in table.drain(..) {
        let inside = entry.start.max(range.start)..entry.end().min(range.end);
        if from.is_some_and(|kind| kind != entry.kind) || inside.is_empty() {
            changed.push(entry);
            continue;
        }
        let pieces = [
            (entry.start..inside.start, Some(entry.kind)),
            (inside.clone(), to),
            (inside.end..entry.end(), Some(entry.kind)),
        ];
        let before = changed.len();
        let kept = pieces.into_iter().filter(|(piece, _)| !piece.is_empty());
        changed.extend(kept.filter_map(|(piece, kind)| Some(Entry::new(piece, kind?))));
        if changed.len() == before {
            changed.push(Entry { start: 0, size: 0, kind: Kind(0) });
        }
    }
    *table = changed;
}

/// Sorts the entries and settles overlaps: the numerically largest type wins, neighbours of one type merge (not those of
/// persistent or soft-reserved memory), and entries of type 0 vanish. A map of fewer than two entries, or with one that wraps,
/// is left as it is: `false`.
fn update(table: &mut Vec<Entry>) -> bool {
    if table.len() < 2 || table.iter().any(Entry::wraps) {
        return false;
    }
    let mut points: Vec<(u64, bool, Kind)> = Vec::with_capacity(2 * table.len());
    for entry in table.iter().filter(|entry| entry.size > 0 && entry.kind != Kind(0)) {
        points.push((entry.start, true, entry.kind));
        points.push((entry.end(), false, entry.kind));
    }
    points.sort_by_key(|(address, starts, _)| (*address, *starts));
    let mut active: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut settled: Vec<Entry> = Vec::with_capacity(table.len());
    let mut since = 0;
    for (address, starts, kind) in points {
        if let Some((largest, _)) = active.last_key_value() {
            push(&mut settled, since..address, *largest);
        }
        since = address;
        let count = active.entry(kind).or_default();
        *count = if starts { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            active.remove(&kind);
        }
    }
    *table = settled;
    true
}

fn push(settled: &mut Vec<Entry>, range: Range<u64>, kind: Kind) {
    if range.is_empty() {
        return;
    }
    let merges = !matches!(kind, Kind::PRAM | Kind::SOFT_RESERVED);
    match settled.last_mut() {
        Some(last) if merges && last.kind == kind && last.end() == range.start => {
            last.size += range.end - range.start;
        }
        _ => settled.push(Entry::new(range, kind)),
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    const KERNEL: Range<u64> = 0x100_0000..0x380_0000;

    fn qemu() -> FirmwareMap {
        let entries = [
            (0..0x9_fc00, Kind::RAM),
            (0x9_fc00..0xa_0000, Kind::RESERVED),
            (0xf_0000..0x10_0000, Kind::RESERVED),
            (0x10_0000..0x7ffd_c000, Kind::RAM),
            (0x7ffd_c000..0x8000_0000, Kind::RESERVED),
            (0x1_0000_0000..0x2_8000_0000, Kind::RAM),
        ];
        let entries = entries.map(|(range, kind)| Entry::new(range, kind)).to_vec();
        FirmwareMap { entries, ..FirmwareMap::default() }
    }

    fn ram(line: &str) -> Vec<Range<u64>> {
        let map = settle(&qemu(), &Cmdline::parse(line), &KERNEL, &Release::newest());
        map.ram.iter().cloned().collect()
    }

    #[test]
    fn whole_pages_of_ram_remain() {
        let expected = [0x1000..0x9_f000, 0x10_0000..0x7ffd_c000, 0x1_0000_0000..0x2_8000_0000];
        assert_eq!(ram(""), expected);
        assert_eq!(settle(&qemu(), &Cmdline::default(), &KERNEL, &Release::newest()).max_pfn, 0x28_0000);
    }

    #[test]
    fn options_change_the_map_in_order() {
        assert_eq!(ram("mem=1G"), [0x1000..0x9_f000, 0x10_0000..0x4000_0000]);
        assert_eq!(ram("memmap=16M$256M mem=1G")[1..], [0x10_0000..0x1000_0000, 0x1100_0000..0x4000_0000]);
        assert_eq!(
            ram("mem=1G memmap=exactmap memmap=639K@0,863M@1M"),
            [0x1000..0x9_f000, 0x10_0000..0x3600_0000]
        );
        // A range cannot be un-reserved: the larger type wins.
        assert_eq!(ram("memmap=16M$256M memmap=16M@256M").len(), 4);
    }

    #[test]
    fn soft_reserved_memory_is_ram_where_an_option_says_so() {
        let mut firmware = qemu();
        firmware.entries.push(Entry::new(0x2_8000_0000..0x2_9000_0000, Kind::SOFT_RESERVED));
        let settled =
            |line: &str| settle(&firmware, &Cmdline::parse(line), &KERNEL, &Release::parse("6.12").unwrap());
        let last = |map: &MemoryMap| map.ram.iter().next_back().map(|range| range.end);
        let (kept, free) = (settled("efi=debug"), settled("efi=debug,nosoftreserve"));
        assert_eq!((last(&kept), kept.soft_reserved.len()), (Some(0x2_8000_0000), 1));
        assert_eq!((last(&free), free.soft_reserved.len()), (Some(0x2_9000_0000), 0));
    }

    #[test]
    fn maps_that_linux_does_not_survive_are_known() {
        let death = |line: &str| settle(&qemu(), &Cmdline::parse(line), &KERNEL, &Release::newest()).death;
        assert_eq!(death("memmap=exactmap memmap=863M@1M memmap=1M@4G"), Some(MapDeath::NoLowRam));
        assert_eq!(death("memmap=exactmap"), Some(MapDeath::InvalidUserMap { entries: 0 }));
        assert_eq!(death("memmap=exactmap memmap=2G@0"), Some(MapDeath::InvalidUserMap { entries: 1 }));
        assert_eq!(death("memmap=1M@18446744073708503040"), Some(MapDeath::InvalidUserMap { entries: 7 }));
        assert_eq!(death("memmap=1M%4G-1+1"), Some(MapDeath::SameType));
        assert_eq!(death("memmap=1M%4G-1+4294967297"), Some(MapDeath::SameType));
        assert_eq!(death("memmap=16E@4095"), None);
        assert_eq!(death(""), None);
    }

    #[test]
    fn what_is_taken_away_still_counts_as_an_entry() {
        let two = [(0..0x9_f000, Kind::RAM), (MIB..0x4000_0000, Kind::RAM)];
        let firmware = FirmwareMap {
            entries: two.map(|(range, kind)| Entry::new(range, kind)).to_vec(),
            ..FirmwareMap::default()
        };
        let map = settle(&firmware, &Cmdline::parse("mem=512K"), &(0x1000..0x2000), &Release::newest());
        assert_eq!((map.death, map.ram.iter().cloned().collect::<Vec<_>>()), (None, vec![0x1000..0x8_0000]));
    }

    #[test]
    fn entries_beyond_boot_params_and_uncached_memory_count() {
        let mut firmware = qemu();
        firmware.extended = vec![Entry::new(0x3_0000_0000..0x4_0000_0000, Kind::RAM)];
        firmware.uncached = vec![0x3_8000_0000..0x4_0000_0000, 0x2_7000_0000..0x2_8000_0000];
        let map = settle(&firmware, &Cmdline::default(), &KERNEL, &Release::newest());
        let high: Vec<_> = map.ram.iter().skip(2).cloned().collect();
        assert_eq!(high, [0x1_0000_0000..0x2_7000_0000, 0x3_0000_0000..0x3_8000_0000]);
        assert_eq!(map.max_pfn, 0x38_0000);
    }

    #[test]
    fn every_form_of_memmap_changes_the_map() {
        let end = |line: &str| {
            settle(&qemu(), &Cmdline::parse(line), &KERNEL, &Release::newest())
                .ram
                .iter()
                .cloned()
                .collect::<Vec<_>>()
        };
        let low = [0x1000..0x9_f000, 0x10_0000..0x7ffd_c000];
        let with = |high: &[Range<u64>]| [&low[..], high].concat();
        // A plain size is a limit, as mem= is; what is added beside RAM joins it.
        assert_eq!(end("memmap=5G"), with(&[0x1_0000_0000..0x1_4000_0000]));
        assert_eq!(end("memmap=1G@10G"), with(&[0x1_0000_0000..0x2_c000_0000]));
        for taken in [
            "memmap=1G#5G",
            "memmap=1G$5G",
            "memmap=1G!5G",
            "memmap=1G%5G-1+2",
            "memmap=1G%5G-1",
            "memmap=1G%5G",
        ] {
            assert_eq!(
                end(taken),
                with(&[0x1_0000_0000..0x1_4000_0000, 0x1_8000_0000..0x2_8000_0000]),
                "{taken}"
            );
        }
        // Type 1 added over RAM, and a conversion of what is not there, change nothing.
        for same in ["memmap=1G%5G+1", "memmap=1G%5G-7+2", "memmap=1G%5G-1+2x"] {
            assert_eq!(end(same), with(&[0x1_0000_0000..0x2_8000_0000]), "{same}");
        }
        // The last word is the largest type, whatever the order.
        assert_eq!(end("memmap=1G$5G memmap=1G@5G"), end("memmap=1G@5G memmap=1G$5G"));
        assert_eq!(end("memmap=1G$5G memmap=1G%5G-2+1"), with(&[0x1_0000_0000..0x2_8000_0000]));
    }

    #[test]
    fn an_unusable_firmware_map_falls_back_to_the_older_call() {
        let firmware = FirmwareMap { alt_mem_k: 0x10_0000, ..FirmwareMap::default() };
        let map = settle(&firmware, &Cmdline::default(), &KERNEL, &Release::newest());
        assert!(map.fallback);
        assert_eq!(map.ram.iter().cloned().collect::<Vec<_>>(), [0x1000..0x9_f000, 0x10_0000..0x4010_0000]);
    }

    proptest::proptest! {
        #[test]
        fn any_map_settles_into_sorted_entries_apart(raw in proptest::collection::vec((0u64.., 0u64.., 0u32..14), 0..20)) {
            let entries: Vec<_> = raw.iter().map(|(start, size, kind)| Entry { start: *start, size: *size >> 1, kind: Kind(*kind) }).collect();
            let map = settle(&FirmwareMap { entries, ..FirmwareMap::default() }, &Cmdline::default(), &KERNEL, &Release::newest());
            proptest::prop_assert!(map.fallback || map.entries.windows(2).all(|pair| pair[0].end() <= pair[1].start));
        }
    }
}
