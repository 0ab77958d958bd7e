//! Page structures: which node and zone each names once boot has set them up, holes included.
//!
//! # Kernel
//! `memmap_init` and `init_unavailable_range` in mm/page_alloc.c (5.10, 6.1) and mm/mm_init.c (6.12 to 7.3).

use crate::boot::stages::nodes::Region;
use crate::boot::stages::zones::{Zone, Zones};
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, Ranges, page_up};
use std::ops::Range;

/// Which node and zone the structure of each page frame names, as boot sets them up: also those of holes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// RAM, ascending; a hole belongs to what follows it.
    pieces: Vec<(Range<u64>, u32, Zone)>,
    /// What follows all RAM belongs to the last zone of the last node.
    rest: Option<(u32, Zone)>,
}

impl Owners {
    /// The owners of a boot. `mirrored` is what of the RAM firmware keeps twice.
    pub fn new(regions: &[Region], zones: &Zones, mirrored: &Ranges) -> Owners {
        let mut owners = Owners::default();
        let in_order = regions.iter().filter_map(|region| Some((region, region.node?)));
        for (region, node) in in_order {
            let Some(of_node) = zones.nodes.get(&node) else { continue };
            let pfns = page_up(region.range.start) / PAGE_SIZE..region.range.end / PAGE_SIZE;
            for zone in of_node.zones.iter().filter(|zone| zone.present_pages > 0) {
                owners.rest = Some((node, zone.zone));
                let Some(inside) = overlap(&pfns, &zone.span()) else { continue };
                owners.push(inside, node, zone.zone, mirrored);
            }
        }
        owners
    }

    /// Where the spans of two zones overlap, as they do with kernelcore=mirror, the movable one keeps what is not mirrored.
    fn push(&mut self, pfns: Range<u64>, node: u32, zone: Zone, mirrored: &Ranges) {
        let earlier = self.pieces.last().is_some_and(|(last, ..)| last.end > pfns.start);
        if !earlier {
            self.pieces.push((pfns, node, zone));
            return;
        }
        let Some((last, of_node, of_zone)) = self.pieces.pop() else { return };
        let mut start = last.start;
        let mut cut = |end: u64, node: u32, zone: Zone| {
            if start < end {
                self.pieces.push((start..end, node, zone));
            }
            start = end.max(start);
        };
        cut(pfns.start, of_node, of_zone);
        let bytes = pfns.start.saturating_mul(PAGE_SIZE)..pfns.end.saturating_mul(PAGE_SIZE);
        for twice in mirrored.overlapping(&bytes) {
            cut(twice.start / PAGE_SIZE, node, zone);
            cut(twice.end / PAGE_SIZE, of_node, of_zone);
        }
        cut(pfns.end, node, zone);
        cut(last.end, of_node, of_zone);
    }

    /// Node and zone that a page frame's structure names; `None` when there is no RAM at all.
    pub fn at(&self, pfn: u64) -> Option<(u32, Zone)> {
        let at = self.pieces.partition_point(|(pfns, ..)| pfns.end <= pfn);
        self.pieces.get(at).map(|(_, node, zone)| (*node, *zone)).or(self.rest)
    }
}
