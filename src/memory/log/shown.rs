//! RAM that a log shows beside its memory map: where the map lacks it, lines of the map were lost on the way.

use super::KernelLog;
use crate::memory::memmap::{Entry, Kind};
use crate::memory::range::{PAGE_SIZE, Ranges};
use std::ops::Range;

/// RAM of which the map's lines are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRam {
    /// What the map lacks of it first.
    pub range: Range<u64>,
    /// The line that shows it.
    pub by: &'static str,
    /// Whether the log's "Early memory node ranges" gave all that was lost.
    pub is_filled: bool,
}

const SPANS: &str = "Initmem setup node";
const NODE_RANGES: &str = "Early memory node ranges";

impl KernelLog {
    /// A map of this log as firmware gave it, and what its lines lack. Lost RAM that the node ranges show is put back where
    /// no other line speaks of it; the map is not whole where there is more than that.
    ///
    /// # Kernel
    /// RAM are, in 2.6 to 7.3: memblock's memory (`e820__memblock_setup`), from which nodes' data come; the last page of RAM,
    /// or of ACPI data (`e820__end_of_ram_pfn`); the initrd as the boot loader left it (`reserve_initrd`).
    pub fn whole(&self, map: &[Entry]) -> (Vec<Entry>, Option<LostRam>) {
        // With this option RAM of EFI's map counts too.
        let line = self.command_line().unwrap_or_default();
        if line.split_whitespace().any(|word| word == "add_efi_memmap") {
            return (map.to_vec(), None);
        }
        let Some(first) = self.lost(map) else { return (map.to_vec(), None) };
        let mut known = Ranges::default();
        map.iter().for_each(|entry| known.insert(entry.range()));
        let mut filled = map.to_vec();
        for (_, range) in &self.events.memory {
            let mut shown = Ranges::default();
            shown.insert(range.clone());
            let more = shown.without(&known);
            filled.extend(more.iter().map(|range| Entry::new(range.clone(), Kind::RAM)));
        }
        filled.sort_by_key(|entry| entry.start);
        match self.lost(&filled) {
            None => (filled, Some(LostRam { is_filled: true, ..first })),
            Some(_) => (map.to_vec(), Some(first)),
        }
    }

    /// What the log shows as RAM and a map lacks.
    fn lost(&self, map: &[Entry]) -> Option<LostRam> {
        let (mut ram, mut counted) = (Ranges::default(), Ranges::default());
        for entry in [map, &self.user_map, &self.xen_map].into_iter().flatten() {
            match entry.kind {
                Kind::RAM | Kind::RESERVED_KERN => ram.insert(entry.range()),
                Kind::ACPI => counted.insert(entry.range()),
                _ => continue,
            }
        }
        ram.iter().for_each(|range| counted.insert(range.clone()));
        let lost = |all: &Ranges, range: &Range<u64>, by: &'static str| {
            let mut shown = Ranges::default();
            shown.insert(range.clone());
            let range = shown.without(all).iter().next()?.clone();
            Some(LostRam { range, by, is_filled: false })
        };
        let ranges = self.events.memory.iter().map(|(_, range)| (range, NODE_RANGES));
        let initrd = self.ramdisk.iter().map(|range| (range, "RAMDISK"));
        let nodes = self.node_data.iter().map(|range| (range, "NODE_DATA"));
        let mut spans: Vec<Range<u64>> = Vec::new();
        for (_, span) in self.events.spans.iter().filter(|(_, span)| span.end >= PAGE_SIZE) {
            spans.extend([span.start..span.start.saturating_add(PAGE_SIZE), span.end - PAGE_SIZE..span.end]);
        }
        let spans = spans.iter().map(|range| (range, SPANS));
        let mut shown = ranges.chain(nodes).chain(initrd).chain(spans);
        let last = |pfn: &u64| {
            let end = pfn.checked_mul(PAGE_SIZE)?;
            lost(&counted, &(end.checked_sub(PAGE_SIZE)?..end), "last_pfn")
        };
        let zone = |(name, zone): &(String, Range<u64>)| {
            (name == "Normal")
                .then(|| lost(&counted, &(zone.end.checked_sub(PAGE_SIZE)?..zone.end), "Zone ranges"))?
        };
        shown
            .find_map(|(range, by)| lost(&ram, range, by))
            .or_else(|| self.last_pfns.iter().find_map(last))
            .or_else(|| self.events.zone_ranges.iter().find_map(zone))
    }
}

#[cfg(test)]
mod tests {
    use crate::memory::log::parse;
    use crate::memory::memmap::{Entry, Kind};

    const LOG: &str = "Linux version 6.1.0 (x)\nBIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n\
        BIOS-e820: [mem 0x000000000009fc00-0x00000000000fffff] reserved\n\
        BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n\
        BIOS-e820: [mem 0x00000000bffe0000-0x00000000bfffffff] reserved\n\
        BIOS-e820: [mem 0x0000000100000000-0x000000013fffffff] usable\n\
        last_pfn = 0x140000 max_arch_pfn = 0x400000000\nlast_pfn = 0xbffe0 max_arch_pfn = 0x400000000\n\
        RAMDISK: [mem 0x7f000000-0x7fffffff]\nNODE_DATA(0) allocated [mem 0x13fffb000-0x13fffffff]\n";
    const RANGES: &str = "Early memory node ranges\n  node   0: [mem 0x0000000000001000-0x000000000009efff]\n\
        \x20 node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n\
        \x20 node   0: [mem 0x0000000100000000-0x000000013fffffff]\n";

    /// What is lost without the line that has `without`, and the entries of RAM then.
    fn lost(log: &str, without: &str) -> (Option<(u64, &'static str, bool)>, usize) {
        let lines = log.lines().filter(|line| without.is_empty() || !line.contains(without));
        let log = parse(&lines.collect::<Vec<_>>().join("\n"));
        let (map, lost) = log.whole(&log.e820);
        let ram = map.iter().filter(|entry| entry.kind == Kind::RAM).count();
        (lost.map(|lost| (lost.range.start, lost.by, lost.is_filled)), ram)
    }

    #[test]
    fn what_other_lines_show_is_in_a_whole_map() {
        assert_eq!(lost(LOG, ""), (None, 3));
        assert_eq!(lost(LOG, "0bffdffff] usable"), (Some((0x7f00_0000, "RAMDISK", false)), 2));
        assert_eq!(lost(LOG, "13fffffff] usable"), (Some((0x1_3fff_b000, "NODE_DATA", false)), 2));
        let ends = LOG.replace("RAMDISK", "").replace("NODE_DATA", "");
        assert_eq!(lost(&ends, "0bffdffff] usable"), (Some((0xbffd_f000, "last_pfn", false)), 2));
        assert_eq!(lost(&ends, "13fffffff] usable"), (Some((0x1_3fff_f000, "last_pfn", false)), 2));
        assert_eq!(lost(&ends, "reserved"), (None, 3), "what is reserved has no other line");
    }

    #[test]
    fn node_ranges_fill_what_is_lost() {
        let log = format!("{LOG}{RANGES}");
        assert_eq!(lost(&log, ""), (None, 3));
        for (line, start) in
            [("09fbff] usable", 0x1000), ("0bffdffff] usable", 1 << 20), ("13fffffff] u", 1 << 32)]
        {
            assert_eq!(lost(&log, line), (Some((start, "Early memory node ranges", true)), 3), "{line}");
        }
        let read = parse(&log.replace("0bffdffff] usable", "0bffdffff] lost"));
        let (map, _) = read.whole(&read.e820);
        assert!(map.contains(&Entry::new(1 << 20..0xbffe_0000, Kind::RAM)));
        // Ranges that other lines contradict fill nothing.
        let log = log.replace("bffdffff] usable", "bffdffff] reserved");
        assert_eq!(lost(&log, ""), (Some((1 << 20, "Early memory node ranges", false)), 2));
    }

    #[test]
    fn ram_of_options_counts() {
        let log = format!("{LOG}{}\n", "user: [mem 0x0000000200000000-0x000000023fffffff] usable")
            .replace("last_pfn = 0x140000", "last_pfn = 0x240000");
        assert_eq!(lost(&log, ""), (None, 3));
        assert_eq!(lost(&log, "user:"), (Some((0x2_3fff_f000, "last_pfn", false)), 3));
        let line = "Command line: ro add_efi_memmap\n";
        assert_eq!(lost(&(log + line), "user:"), (None, 3));
    }
}
