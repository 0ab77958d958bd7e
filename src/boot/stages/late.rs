//! What memblock hands out once nodes are known, as far as memory blocks are concerned: each node's data, memory for a
//! crash kernel, and the page structures (the memmap), which take a sixty-fourth of all memory and never move.
//!
//! # Kernel
//! `alloc_node_data` (arch/x86/mm/numa.c; 6.12: mm/numa.c), `sparse_init_nid` (mm/sparse.c), `vmemmap_populate_hugepages`
//! (mm/sparse-vmemmap.c), `memblock_alloc_range_nid` (mm/memblock.c); 5.10 to 7.3.

use crate::boot::Outcome;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::running::blocks::SECTION_SIZE;
use crate::boot::stages::crashkernel;
use crate::boot::stages::memblock::{Holder, Reservation, ReservedBy};
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
    /// What is searched first, and what then: mirrored memory, if that counts, and all.
    pools: Vec<Ranges>,
    nodes: BTreeMap<u32, Vec<Range<u64>>>,
}

impl Free {
    /// The highest `size` bytes in a gap at a multiple of `align`.
    fn fit(gap: &Range<u64>, size: u64, align: u64) -> Option<Range<u64>> {
        let start = gap.end.checked_sub(size)? / align * align;
        (start >= gap.start).then(|| start..start + size)
    }

    /// The highest memory inside a range.
    fn find(pool: &Ranges, size: u64, align: u64, within: &Range<u64>) -> Option<Range<u64>> {
        pool.overlapping(within).rev().find_map(|gap| Free::fit(&gap, size, align))
    }

    fn remove(&mut self, range: &Range<u64>) {
        self.pools.iter_mut().for_each(|pool| pool.remove(range));
    }

    /// The highest memory of a node, at or above `lowest`.
    fn of_node(&self, pool: &Ranges, node: u32, size: u64, align: u64, lowest: u64) -> Option<Range<u64>> {
        let regions = self.nodes.get(&node)?.iter().rev();
        let mut inside = regions.map(|region| region.start.max(lowest)..region.end);
        inside.find_map(|region| Free::find(pool, size, align, &region))
    }

    /// Takes memory of a node and of no other.
    fn take_of(&mut self, node: u32, size: u64, align: u64, lowest: u64) -> Option<Range<u64>> {
        let found = self.pools.iter().find_map(|pool| self.of_node(pool, node, size, align, lowest))?;
        self.remove(&found);
        Some(found)
    }

    /// Takes a piece of the node's memory, or up to `count` pieces in a row of any other's.
    fn take(&mut self, node: u32, count: u64, piece: u64, align: u64, lowest: u64) -> Option<Range<u64>> {
        let any = |pool: &Ranges| {
            pool.iter().rev().find_map(|gap| {
                let gap = gap.start.max(lowest)..gap.end;
                let last = Free::fit(&gap, piece, align)?;
                let below = (last.start - gap.start) / align * align / piece;
                Some(last.start - below.min(count.saturating_sub(1)) * piece..last.end)
            })
        };
        let mut pools = self.pools.iter();
        let found =
            pools.find_map(|pool| self.of_node(pool, node, piece, align, lowest).or_else(|| any(pool)))?;
        self.remove(&found);
        Some(found)
    }
}

/// Node data, `crashkernel=` and page structures in the order of their allocation. With movable_node they keep out of
/// memory that is still marked hot-pluggable, and the page structures of its sections lie on other nodes. With
/// kernelcore=mirror `mirrored` memory is taken first, that of other nodes before the node's own that is not.
pub fn allocations(
    outcome: &Outcome<'_>,
    mirrored: &Ranges,
    line: &Cmdline,
    release: &Release,
) -> Vec<Reservation> {
    let keeps_out = line.movable_node && release.movable_node;
    let mut free = Free::default();
    for region in &outcome.regions {
        let Some(node) = region.node else { continue };
        let of_node = free.nodes.entry(node).or_default();
        if !(keeps_out && region.hotpluggable) {
            of_node.push(region.range.clone());
        }
    }
    let all: Ranges = free.nodes.values().flatten().cloned().collect();
    if line.kernelcore_mirror && !mirrored.is_empty() {
        free.pools.push(all.common(mirrored));
    }
    free.pools.push(all);
    outcome.reserved.iter().for_each(|piece| free.remove(&piece.range));
    let mut allocated = Vec::new();
    let mut push = |range: Range<u64>, holder: Holder| {
        allocated.push(Reservation { range, holder, place: ReservedBy::TopDown });
    };
    let nodes: Vec<u32> = free.nodes.keys().copied().collect();
    for node in nodes {
        if let Some(range) = free.take(node, 1, NODE_DATA_LEN, 64, PAGE_SIZE) {
            push(range, Holder::NodeData(node));
        }
    }
    if let Some(crash) = crashkernel::asked(line, outcome.map.ram.total()) {
        let places = crash.places(|size, align, within| {
            free.pools.iter().find_map(|pool| Free::find(pool, size, align, &within))
        });
        for place in places {
            free.remove(&place);
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
            let piece = [DMA_END, PAGE_SIZE]
                .into_iter()
                .find_map(|lowest| free.take(node, left, PIECE, PIECE, lowest));
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
