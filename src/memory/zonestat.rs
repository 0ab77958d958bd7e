//! /proc/zoneinfo: how much of each zone is free, and how many pages of it are on lists where their flags do not say so.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The counters of a zone, in pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZoneStat {
    /// The node that it is a part of.
    pub node: u32,
    /// Its name: `DMA`, `DMA32`, `Normal`, `Movable`, `Device`.
    pub name: String,
    /// Free in the buddy allocator.
    pub free: u64,
    /// Linux keeps so many of them to itself.
    pub min: u64,
    /// All that are memory.
    pub present: u64,
    /// The most that can be free on the lists of processors: such pages have no flag.
    pub on_lists: u64,
    /// Compressed memory (zsmalloc), which moves and has no flag.
    pub compressed: u64,
}

/// What /proc/zoneinfo counts, in pages, for each zone of each node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZoneStats {
    /// The zones in their order.
    pub zones: Vec<ZoneStat>,
    /// Pages of each node that are pinned at the moment (FOLL_PIN), for devices or for a system call.
    pub pinned: BTreeMap<u32, u64>,
}

impl ZoneStats {
    /// The zone of a node.
    pub fn of(&self, node: u32, name: &str) -> Option<&ZoneStat> {
        self.zones.iter().find(|zone| zone.node == node && zone.name == name)
    }

    /// Reads /proc/zoneinfo; lines of another form are passed over.
    pub fn parse(text: &str) -> ZoneStats {
        let mut stats = ZoneStats::default();
        let (mut count, mut high) = (0, 0);
        for line in text.lines() {
            if let Some((node, name)) = line.strip_prefix("Node ").and_then(|rest| rest.split_once(", zone"))
            {
                if let Ok(node) = node.parse() {
                    stats.zones.push(ZoneStat { node, name: name.trim().to_owned(), ..ZoneStat::default() });
                }
                continue;
            }
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            let name = if first == "pages" { words.next().unwrap_or_default() } else { first };
            let (Some(zone), Some(Ok(number))) =
                (stats.zones.last_mut(), words.next().map(str::parse::<u64>))
            else {
                continue;
            };
            match name {
                "free" => zone.free = number,
                "min" => zone.min = number,
                "present" => zone.present = number,
                "nr_zspages" => zone.compressed = number,
                "count:" => count = number,
                "high:" => high = number,
                // The last of a processor's three. Between two reads a list grows to its limit, and once by a batch.
                "batch:" => {
                    let most = number.saturating_add(u64::max(count, high));
                    zone.on_lists = zone.on_lists.saturating_add(most);
                }
                "nr_foll_pin_acquired" => {
                    let pinned: &mut u64 = stats.pinned.entry(zone.node).or_default();
                    *pinned = pinned.saturating_add(number);
                }
                "nr_foll_pin_released" => {
                    let pinned = stats.pinned.entry(zone.node).or_default();
                    *pinned = pinned.saturating_sub(number);
                }
                _ => {}
            }
        }
        stats
    }

    /// The counters as a capture keeps them, in the form of [`ZoneStats::parse`].
    pub fn write(&self) -> String {
        let mut out = String::new();
        let mut last = None;
        for zone in &self.zones {
            let _ = writeln!(out, "Node {}, zone {}", zone.node, zone.name);
            if last != Some(zone.node) {
                let _ = writeln!(out, "nr_foll_pin_acquired {}", self.pinned.get(&zone.node).unwrap_or(&0));
            }
            last = Some(zone.node);
            let ZoneStat { free, min, present, on_lists, compressed, .. } = zone;
            let _ = writeln!(out, "pages free {free}\nmin {min}\npresent {present}\nnr_zspages {compressed}");
            let _ = writeln!(out, "count: {on_lists}\nhigh: 0\nbatch: 0");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Node 0, zone    DMA32\n  per-node stats\n      nr_foll_pin_acquired 1100\n      nr_foll_pin_released 76\n\
                        \x20 pages free     1000\n        min      63\n        high     93\n        present  4000\n      nr_zspages   7\n\
                        \x20 pagesets\n    cpu: 0\n              count:    20\n              high:     500\n              batch:    63\n\
                        \x20   cpu: 1\n              count:    900\n              high:     500\n              batch:    63\n  start_pfn: 1\n\
                        Node 1, zone  Movable\n  pages free     5\n";

    #[test]
    fn counters_are_read_and_come_back() {
        let stats = ZoneStats::parse(TEXT);
        let dma32 = stats.of(0, "DMA32").unwrap();
        assert_eq!((dma32.free, dma32.min, dma32.present, dma32.compressed), (1000, 63, 4000, 7));
        assert_eq!((dma32.on_lists, stats.pinned[&0]), (500 + 63 + 900 + 63, 1024));
        assert_eq!(stats.of(1, "Movable").unwrap().free, 5);
        let again = ZoneStats::parse(&stats.write());
        assert_eq!(again.zones, stats.zones);
        assert_eq!(again.pinned.get(&0), Some(&1024));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(Node [0-9], zone \\PC{0,8}\n|(batch: |pages free |nr_foll_pin_released )[0-9]{1,22}\n|\\PC{0,20}\n){0,8}") {
            ZoneStats::parse(&text);
        }
    }
}
