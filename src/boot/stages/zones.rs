//! Stage 7, zones: where ZONE_MOVABLE begins on each node, and the span and present pages of every zone.
//!
//! Everything here counts in page frames. The three ways to a movable zone exclude each other, in this order: movable_node,
//! kernelcore=mirror, and sizes (kernelcore=, movablecore=).
//!
//! # Kernel
//! `find_zone_movable_pfns_for_nodes`, `zone_spanned_pages_in_node`, `zone_absent_pages_in_node` in mm/page_alloc.c
//! (5.10, 6.1) and mm/mm_init.c (6.12 to 7.3); `zone_sizes_init` in arch/x86/mm/init.c.

use crate::boot::kernel::cmdline::{Cmdline, CoreSize};
use crate::boot::kernel::release::{Change, Release};
use crate::boot::stages::nodes::Region;
use crate::memory::{PAGE_SIZE, Ranges};
use crate::phrase::words;
use std::collections::BTreeMap;
use std::ops::Range;

/// Movable zones begin at a multiple of this many pages: 4 MiB (MAX_ORDER_NR_PAGES, every release on x86).
pub const MOVABLE_ALIGN: u64 = 1024;
const DMA_END: u64 = (16 << 20) / PAGE_SIZE;
const DMA32_END: u64 = (1 << 32) / PAGE_SIZE;

words! {
    /// A zone of memory.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Zone {
        /// Below 16 MiB.
        Dma = "DMA",
        /// Below 4 GiB.
        Dma32 = "DMA32",
        /// Everything above.
        Normal = "Normal",
        /// Nothing but movable pages.
        Movable = "Movable",
    }
}

/// One zone of one node, in page frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeZone {
    /// Which zone.
    pub zone: Zone,
    /// The first page frame that it spans.
    pub start_pfn: u64,
    /// Page frames from the first to the last, holes included.
    pub spanned_pages: u64,
    /// Page frames that are RAM. With kernelcore=mirror Linux before 7.3 takes pages of other nodes off too, and where nodes
    /// interleave that can be more than there are: the number wraps, in /proc/zoneinfo as here.
    pub present_pages: u64,
}

impl NodeZone {
    /// The page frames from the first to the last.
    pub fn span(&self) -> Range<u64> {
        self.start_pfn..self.start_pfn.saturating_add(self.spanned_pages)
    }
}

/// The zones of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeZones {
    /// Page frames from the node's first to its last RAM.
    pub span: Range<u64>,
    /// Its zones that span anything, in the kernel's order.
    pub zones: Vec<NodeZone>,
}

/// How ZONE_MOVABLE came about, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// movable_node: hot-pluggable memory is movable.
    MovableNode,
    /// kernelcore=mirror: memory above 4 GiB that is not mirrored is movable.
    Mirror,
    /// kernelcore=mirror, ignored because nothing is mirrored.
    MirrorIgnored,
    /// kernelcore= and movablecore=: this many pages were left for the kernel.
    Sizes {
        /// Pages that the kernel asked for, over all nodes.
        kernelcore_pages: u64,
    },
    /// kernelcore= or movablecore= that ask for all or for none.
    SizesWithoutEffect,
    /// Nothing asked for a movable zone.
    None,
}

/// The zones of the boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zones {
    /// Page frames of DMA, DMA32 and Normal over all nodes; some may be empty.
    pub limits: [(Zone, Range<u64>); 3],
    /// Where ZONE_MOVABLE takes its memory from: the highest zone that is not empty.
    pub movable_from: Zone,
    /// First movable page frame of each node that has any.
    pub movable_start: BTreeMap<u32, u64>,
    /// How that came about.
    pub mode: Mode,
    /// Nodes with RAM.
    pub nodes: BTreeMap<u32, NodeZones>,
    /// Whether memory below 4 GiB that is not mirrored stays with the kernel in spite of kernelcore=mirror.
    pub unmirrored_kernel_memory: bool,
}

/// One piece of RAM in page frames.
#[derive(Debug, Clone)]
struct ZonePiece {
    pfns: Range<u64>,
    hotpluggable: bool,
    mirrored: bool,
}

/// Computes the zones. `mirrored` is the memory that firmware keeps in two copies.
pub fn settle(
    regions: &[Region],
    mirrored: &Ranges,
    max_pfn: u64,
    line: &Cmdline,
    release: &Release,
) -> Zones {
    let nodes = by_node(regions, mirrored);
    let lowest = nodes.values().flatten().map(|piece| piece.pfns.start).min().unwrap_or(0);
    let limits = limits(lowest, max_pfn, release);
    let movable_from =
        limits.iter().rev().find(|(_, pfns)| !pfns.is_empty()).map_or(Zone::Dma, |(zone, _)| *zone);
    let usable = limits.iter().find(|(zone, _)| *zone == movable_from).map_or(0, |(_, pfns)| pfns.start);
    let mut zones = Zones {
        limits,
        movable_from,
        movable_start: BTreeMap::new(),
        mode: Mode::None,
        nodes: BTreeMap::new(),
        unmirrored_kernel_memory: false,
    };
    zones.find_movable(&nodes, mirrored, usable, line, release);
    let spans: BTreeMap<u32, Range<u64>> = nodes.iter().map(|(node, pieces)| (*node, span(pieces))).collect();
    zones.align(&spans, release);
    let all: Vec<&ZonePiece> = nodes.values().flatten().collect();
    for (node, pieces) in &nodes {
        let span = spans.get(node).cloned().unwrap_or_default();
        let of_node = zones.of_node(*node, &span, pieces, &all, line, release);
        zones.nodes.insert(*node, NodeZones { span, zones: of_node });
    }
    zones
}

/// The pieces of each node, cut where mirrored memory begins or ends. RAM without a node belongs to none.
fn by_node(regions: &[Region], mirrored: &Ranges) -> BTreeMap<u32, Vec<ZonePiece>> {
    let mut nodes: BTreeMap<u32, Vec<ZonePiece>> = BTreeMap::new();
    for region in regions {
        let Some(node) = region.node else { continue };
        let pieces = nodes.entry(node).or_default();
        for part in mirrored.cut(&region.range) {
            let pfns = part.start.div_ceil(PAGE_SIZE)..part.end / PAGE_SIZE;
            if !pfns.is_empty() {
                let mirrored = mirrored.contains_all(&part);
                pieces.push(ZonePiece { pfns, hotpluggable: region.hotpluggable, mirrored });
            }
        }
    }
    nodes
}

fn span(pieces: &[ZonePiece]) -> Range<u64> {
    let start = pieces.iter().map(|piece| piece.pfns.start).min().unwrap_or(0);
    start..pieces.iter().map(|piece| piece.pfns.end).max().unwrap_or(0)
}

fn limits(lowest: u64, max_pfn: u64, release: &Release) -> [(Zone, Range<u64>); 3] {
    let mut start = lowest;
    let ends_with_ram = release.has(Change::DMA32_ENDS_WITH_RAM);
    // A zone that the kernel was built without has no pages.
    let dma = if release.build.zone_dma { DMA_END } else { 0 };
    let dma32 = if release.build.zone_dma32 { DMA32_END } else { 0 };
    [(Zone::Dma, dma), (Zone::Dma32, dma32), (Zone::Normal, u64::MAX)].map(|(zone, limit)| {
        let end = if ends_with_ram || zone == Zone::Normal { limit.min(max_pfn) } else { limit };
        let pfns = start..end.max(start);
        start = pfns.end;
        (zone, pfns)
    })
}

fn lower(start: &mut BTreeMap<u32, u64>, node: u32, pfn: u64) {
    let known = start.entry(node).or_insert(pfn);
    *known = pfn.min(*known);
}

impl Zones {
    fn find_movable(
        &mut self,
        nodes: &BTreeMap<u32, Vec<ZonePiece>>,
        mirrored: &Ranges,
        usable: u64,
        line: &Cmdline,
        release: &Release,
    ) {
        let pieces =
            || nodes.iter().flat_map(|(node, pieces)| pieces.iter().map(move |piece| (*node, piece)));
        if line.movable_node && release.movable_node {
            self.mode = Mode::MovableNode;
            for (node, piece) in pieces().filter(|(_, piece)| piece.hotpluggable) {
                lower(&mut self.movable_start, node, piece.pfns.start);
            }
        } else if line.kernelcore_mirror {
            if release.has(Change::MIRROR_NEEDS_MIRROR) && mirrored.is_empty() {
                self.mode = Mode::MirrorIgnored;
                return;
            }
            self.mode = Mode::Mirror;
            for (node, piece) in pieces().filter(|(_, piece)| !piece.mirrored) {
                if piece.pfns.start < DMA32_END {
                    self.unmirrored_kernel_memory = true;
                } else {
                    lower(&mut self.movable_start, node, piece.pfns.start);
                }
            }
        } else {
            self.spread(nodes, usable, line);
        }
    }

    /// kernelcore= and movablecore=: the kernel's share is spread evenly over the nodes; a node that cannot take its part
    /// leaves it to the others.
    fn spread(&mut self, nodes: &BTreeMap<u32, Vec<ZonePiece>>, usable: u64, line: &Cmdline) {
        let total: u64 = nodes.values().flatten().map(|piece| piece.pfns.end - piece.pfns.start).sum();
        let pages = |size: &CoreSize| match size.percent {
            0 => size.bytes / PAGE_SIZE,
            percent => total.wrapping_mul(100).wrapping_mul(percent) / 10_000,
        };
        let (mut kernelcore, movablecore) = (pages(&line.kernelcore), pages(&line.movablecore));
        let asked = kernelcore != 0 || movablecore != 0;
        if movablecore != 0 {
            let rounded = movablecore.checked_next_multiple_of(MOVABLE_ALIGN).unwrap_or(u64::MAX).min(total);
            kernelcore = kernelcore.max(total - rounded);
        }
        if kernelcore == 0 || kernelcore >= total {
            self.mode = if asked { Mode::SizesWithoutEffect } else { Mode::None };
            return;
        }
        self.mode = Mode::Sizes { kernelcore_pages: kernelcore };
        let mut left = nodes.len() as u64;
        let mut required = kernelcore;
        loop {
            let mut share = required / left;
            for (node, pieces) in nodes {
                if required < share {
                    share = required / left;
                }
                let mut wanted = share;
                let start = self.movable_start.entry(*node).or_insert(0);
                for piece in pieces {
                    let (mut a, b) = (piece.pfns.start.max(*start), piece.pfns.end);
                    if a >= b {
                        continue;
                    }
                    if a < usable {
                        let low = b.min(usable) - a;
                        wanted -= low.min(wanted);
                        required -= low.min(required);
                        if b <= usable {
                            *start = b;
                            continue;
                        }
                        a = usable;
                    }
                    let size = (b - a).min(wanted);
                    *start = a + size;
                    required -= size.min(required);
                    wanted -= size;
                    if wanted == 0 {
                        break;
                    }
                }
            }
            left -= 1;
            if left == 0 || required <= left {
                return;
            }
        }
    }

    /// Rounds the starts up; a node without movable memory after that has none.
    fn align(&mut self, spans: &BTreeMap<u32, Range<u64>>, release: &Release) {
        if matches!(self.mode, Mode::MirrorIgnored | Mode::SizesWithoutEffect | Mode::None) {
            self.movable_start.clear();
        }
        self.movable_start.retain(|node, start| {
            *start = start.next_multiple_of(MOVABLE_ALIGN);
            let end = spans.get(node).map_or(0, |span| span.end);
            *start != 0 && (*start < end || !release.has(Change::MOVABLE_RESET))
        });
    }

    fn of_node(
        &self,
        node: u32,
        span: &Range<u64>,
        pieces: &[ZonePiece],
        all: &[&ZonePiece],
        line: &Cmdline,
        release: &Release,
    ) -> Vec<NodeZone> {
        let movable = self.movable_start.get(&node).copied();
        // The option itself counts, even where movable_node decided.
        let mirror = line.kernelcore_mirror && !release.has(Change::MIRROR_NO_OVERLAP);
        let movable_end =
            self.limits.iter().find(|(zone, _)| *zone == self.movable_from).map_or(0, |(_, pfns)| pfns.end);
        let mut zones = Vec::new();
        for zone in Zone::ALL {
            let pfns = match (zone, movable) {
                (Zone::Movable, None) => continue,
                (Zone::Movable, Some(start)) => start..span.end.min(movable_end),
                (_, movable) => {
                    let limit =
                        self.limits.iter().find(|(known, _)| *known == zone).map(|(_, pfns)| pfns.clone());
                    let limit = limit.unwrap_or_default();
                    let start = span.start.clamp(limit.start, limit.end);
                    let end = span.end.clamp(limit.start, limit.end);
                    match movable {
                        Some(first) if !mirror && start < first && first < end => start..first,
                        Some(first) if start >= first => end..end,
                        _ => start..end,
                    }
                }
            };
            if pfns.is_empty() || pfns.end < span.start || pfns.start > span.end {
                continue;
            }
            let pfns = pfns.start.max(span.start)..pfns.end.min(span.end);
            if pfns.is_empty() {
                continue;
            }
            let inside = |piece: &ZonePiece| {
                piece.pfns.end.min(pfns.end).saturating_sub(piece.pfns.start.max(pfns.start))
            };
            let mut present: u64 = pieces.iter().map(inside).sum();
            if mirror && movable.is_some() && matches!(zone, Zone::Movable | Zone::Normal) {
                // Pages of the other kind count as absent: those of every node inside the span.
                let other = |piece: &&&ZonePiece| piece.mirrored == (zone == Zone::Movable);
                present = present.wrapping_sub(all.iter().filter(other).map(|piece| inside(piece)).sum());
            }
            let spanned_pages = pfns.end - pfns.start;
            zones.push(NodeZone { zone, start_pfn: pfns.start, spanned_pages, present_pages: present });
        }
        zones
    }
}
