//! What memblock hands out once nodes are known, as far as memory blocks are concerned: each node's data, memory for a
//! crash kernel, and the page structures (the memmap), which take a sixty-fourth of all memory and never move.
//!
//! # Kernel
//! `alloc_node_data` (arch/x86/mm/numa.c; 6.12: mm/numa.c), `sparse_init_nid` (mm/sparse.c), `vmemmap_populate_hugepages`
//! (mm/sparse-vmemmap.c), `memblock_alloc_range_nid` (mm/memblock.c); 5.10 to 7.3.

use super::Outcome;
use super::blocks::SECTION_SIZE;
use super::cmdline::Cmdline;
use super::crashkernel;
use super::memblock::{Holder, Place, Reservation};
use super::release::Release;
use crate::memory::{PAGE_SIZE, Ranges};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a node's data (Debian's kernels for 1,024 nodes).
const NODE_DATA_LEN: u64 = 0x2_b000;
/// Bytes of the page structures of a section: 64 for each page; they are allocated in pieces of this size and alignment.
const SECTION_STRUCTURES: u64 = SECTION_SIZE / PAGE_SIZE * 64;
/// Page structures are looked for above the DMA zone.
const DMA_END: u64 = 16 << 20;

/// Free memory, searched from the top.
#[derive(Default)]
struct Free {
    all: Ranges,
    nodes: BTreeMap<u32, Vec<Range<u64>>>,
}

impl Free {
    /// The highest `size` bytes in a gap at a multiple of `align`.
    fn fit(gap: &Range<u64>, size: u64, align: u64) -> Option<Range<u64>> {
        let start = gap.end.checked_sub(size)? / align * align;
        (start >= gap.start).then(|| start..start + size)
    }

    /// The highest memory inside a range.
    fn find(&self, size: u64, align: u64, within: &Range<u64>) -> Option<Range<u64>> {
        self.all.overlapping(within).rev().find_map(|gap| Free::fit(&gap, size, align))
    }

    /// Takes memory of a node, at or above `lowest`.
    fn take_of(&mut self, node: u32, size: u64, align: u64, lowest: u64) -> Option<Range<u64>> {
        let regions = self.nodes.get(&node)?.iter().rev();
        let mut inside = regions.map(|region| region.start.max(lowest)..region.end);
        let found = inside.find_map(|region| self.find(size, align, &region))?;
        self.all.remove(&found);
        Some(found)
    }

    /// Takes up to `count` pieces in a row of any node, at or above `lowest`.
    fn take_any(&mut self, count: u64, piece: u64, align: u64, lowest: u64) -> Option<Range<u64>> {
        let found = self.all.iter().rev().find_map(|gap| {
            let gap = gap.start.max(lowest)..gap.end;
            let last = Free::fit(&gap, piece, align)?;
            let below = (last.start - gap.start) / align * align / piece;
            Some(last.start - below.min(count.saturating_sub(1)) * piece..last.end)
        })?;
        self.all.remove(&found);
        Some(found)
    }
}

/// Node data, `crashkernel=` and page structures in the order of their allocation. With movable_node they keep out of
/// memory that is still marked hot-pluggable, and the page structures of its sections lie on other nodes.
pub fn allocations(outcome: &Outcome<'_>, line: &Cmdline, release: &Release) -> Vec<Reservation> {
    let keeps_out = line.movable_node && release.movable_node;
    let mut free = Free::default();
    for region in &outcome.regions {
        let Some(node) = region.node else { continue };
        let of_node = free.nodes.entry(node).or_default();
        if !(keeps_out && region.hotpluggable) {
            of_node.push(region.range.clone());
        }
    }
    free.all = free.nodes.values().flatten().cloned().collect();
    outcome.reserved.iter().for_each(|piece| free.all.remove(&piece.range));
    let mut allocated = Vec::new();
    let mut push = |range: Range<u64>, holder: Holder| {
        allocated.push(Reservation { range, holder, place: Place::TopDown });
    };
    let nodes: Vec<u32> = free.nodes.keys().copied().collect();
    for node in nodes {
        let own = free.take_of(node, NODE_DATA_LEN, 64, PAGE_SIZE);
        if let Some(range) = own.or_else(|| free.take_any(1, NODE_DATA_LEN, 64, PAGE_SIZE)) {
            push(range, Holder::NodeData(node));
        }
    }
    if let Some(crash) = crashkernel::parse(&line.text, outcome.map.ram.total()) {
        let places = crash.places(|size, align, within| free.find(size, align, &within));
        for place in places {
            free.all.remove(&place);
            push(place, Holder::CrashKernel);
        }
    }
    const PIECE: u64 = SECTION_STRUCTURES;
    for (node, sections) in sections(outcome) {
        // One buffer for all sections in a row, or else a piece for each, wherever there is one; what does not fit above
        // the DMA zone may lie in it.
        let size = sections.saturating_mul(PIECE);
        let whole =
            [DMA_END, PAGE_SIZE].into_iter().find_map(|lowest| free.take_of(node, size, PIECE, lowest));
        if let Some(range) = whole {
            push(range, Holder::PageStructures(node));
            continue;
        }
        let mut left = sections;
        while left > 0 {
            let piece = [DMA_END, PAGE_SIZE].into_iter().find_map(|lowest| {
                let own = free.take_of(node, PIECE, PIECE, lowest);
                own.or_else(|| free.take_any(left, PIECE, PIECE, lowest))
            });
            let Some(range) = piece else { break };
            left -= (range.end - range.start) / PIECE;
            push(range, Holder::PageStructures(node));
        }
    }
    allocated
}

/// The sections with memory: how many in a row have the same node. The first memory in a section gives its node.
fn sections(outcome: &Outcome<'_>) -> Vec<(u32, u64)> {
    let mut rows: Vec<(u32, u64)> = Vec::new();
    let mut counted = 0;
    for region in &outcome.regions {
        let Some(node) = region.node else { continue };
        let first = (region.range.start / SECTION_SIZE).max(counted);
        let end = region.range.end.div_ceil(SECTION_SIZE);
        if first >= end {
            continue;
        }
        counted = end;
        match rows.last_mut() {
            Some((last, count)) if *last == node => *count += end - first,
            _ => rows.push((node, end - first)),
        }
    }
    rows
}
