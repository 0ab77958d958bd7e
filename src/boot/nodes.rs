//! Stage 5, nodes: the SRAT's memory blocks are clipped to RAM, checked and merged, and RAM gets its node numbers.
//!
//! # Kernel
//! `numa_init`, `numa_cleanup_meminfo` and `numa_register_memblks` in arch/x86/mm/numa.c (5.10 to 6.1) and
//! mm/numa_memblks.c (6.12 to 7.3).

use super::release::{Clip, Coverage, Release};
use super::srat::{Block, NumaInfo, Refusal};
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, Ranges};
use std::collections::BTreeSet;
use std::ops::Range;

const MIB: u64 = 1 << 20;

/// A piece of RAM of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Addresses, whole pages.
    pub range: Range<u64>,
    /// Node; `None` when no block covers it.
    pub node: Option<u32>,
    /// Marked hot-pluggable.
    pub hotpluggable: bool,
}

/// Two blocks of one node that became one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Node.
    pub node: u32,
    /// The two blocks.
    pub parts: [Range<u64>; 2],
    /// What they became: the hull, gaps included.
    pub hull: Range<u64>,
}

/// The nodes of the boot, before hot-pluggable marks are cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes {
    /// Blocks after clipping and merging; one block of node 0 when the SRAT was refused.
    pub blocks: Vec<Block>,
    /// Blocks without RAM, for memory that is added later.
    pub reserved_blocks: Vec<Block>,
    /// Merges, in order.
    pub merges: Vec<Merge>,
    /// Nodes that can exist.
    pub possible: BTreeSet<u32>,
    /// RAM with node numbers and marks, ascending.
    pub regions: Vec<Region>,
    /// Why the SRAT was refused, if it was: then there is one node and no mark.
    pub refusal: Option<Refusal>,
    /// Bytes of RAM without a node that pass the coverage test: Linux dies of them.
    pub fatal_gap: u64,
}

/// Gives RAM its nodes; a SRAT that does not hold is dropped for one node with all memory.
pub fn settle(info: &NumaInfo, ram: &Ranges, max_pfn: u64, release: &Release) -> Nodes {
    if let Some(refusal) = &info.refusal {
        return dummy(ram, max_pfn, release, Some(refusal.clone()));
    }
    match attempt(info.blocks.clone(), info, ram, max_pfn, release) {
        Ok(nodes) => nodes,
        Err(refusal) => dummy(ram, max_pfn, release, Some(refusal)),
    }
}

/// One node with all memory; no mark survives.
fn dummy(ram: &Ranges, max_pfn: u64, release: &Release, refusal: Option<Refusal>) -> Nodes {
    let all = Block { node: 0, range: 0..max_pfn.saturating_mul(PAGE_SIZE) };
    let info = NumaInfo::default();
    let mut nodes = attempt(vec![all], &info, ram, max_pfn, release).unwrap_or_default();
    nodes.refusal = refusal;
    nodes
}

fn attempt(
    blocks: Vec<Block>,
    info: &NumaInfo,
    ram: &Ranges,
    max_pfn: u64,
    release: &Release,
) -> Result<Nodes, Refusal> {
    let mut nodes = Nodes { reserved_blocks: info.reserved_blocks.clone(), ..Nodes::default() };
    nodes.possible = info.parsed.iter().copied().chain(blocks.iter().map(|block| block.node)).collect();
    let limits = match release.clip {
        Clip::EndOfRam => 0..max_pfn.saturating_mul(PAGE_SIZE),
        Clip::FirstAndLastRam => {
            ram.iter().next().map_or(0, |first| first.start)
                ..ram.iter().next_back().map_or(0, |last| last.end)
        }
    };
    let clipped = clip(blocks, ram, &limits, &mut nodes.reserved_blocks);
    (nodes.blocks, nodes.merges) = merge(clipped)?;
    nodes.regions = regions(ram, &nodes.blocks, &info.hotpluggable);
    nodes.fatal_gap = cover(&nodes, max_pfn, release)?;
    Ok(nodes)
}

/// Cuts blocks to where RAM can be; what holds no RAM goes to the reserved list.
fn clip(blocks: Vec<Block>, ram: &Ranges, limits: &Range<u64>, reserved: &mut Vec<Block>) -> Vec<Block> {
    let mut kept = Vec::with_capacity(blocks.len());
    for mut block in blocks {
        if ram.overlapping(&block.range).next().is_none() {
            reserved.push(block);
            continue;
        }
        block.range.start = block.range.start.max(limits.start);
        if block.range.end > limits.end {
            reserved.push(Block { node: block.node, range: limits.end..block.range.end });
            block.range.end = limits.end;
        }
        if !block.range.is_empty() {
            kept.push(block);
        }
    }
    kept
}

/// Merges blocks of a node over gaps, in their order, as long as no other node's block lies in the hull.
///
/// # Errors
/// [`Refusal::Overlap`] for the first pair of blocks of different nodes that share memory, in the order Linux looks.
fn merge(blocks: Vec<Block>) -> Result<(Vec<Block>, Vec<Merge>), Refusal> {
    let mut foreign = Foreign::new(&blocks);
    let mut slots: Vec<Option<Block>> = blocks.into_iter().map(Some).collect();
    let mut merges = Vec::new();
    for i in 0..slots.len() {
        let Some(mut one) = slots.get_mut(i).and_then(Option::take) else { continue };
        for slot in slots.iter_mut().skip(i + 1) {
            let Some(other) = slot else { continue };
            if other.node != one.node {
                if overlap(&one.range, &other.range).is_some() {
                    return Err(Refusal::Overlap(one, other.clone()));
                }
                continue;
            }
            let hull = one.range.start.min(other.range.start)..one.range.end.max(other.range.end);
            if foreign.intersects(one.node, &hull) {
                continue;
            }
            merges.push(Merge {
                node: one.node,
                parts: [one.range.clone(), other.range.clone()],
                hull: hull.clone(),
            });
            foreign.grow(one.node, &hull);
            one.range = hull;
            *slot = None;
        }
        if let Some(place) = slots.get_mut(i) {
            *place = Some(one);
        }
    }
    Ok((slots.into_iter().flatten().collect(), merges))
}

/// Tells whether a hull holds memory of another node, in log n: all blocks sorted by start, with the next place where the
/// node changes, and the two farthest ends (of different nodes) so far.
struct Foreign {
    sorted: Vec<Block>,
    change: Vec<usize>,
    farthest: Vec<[Option<(u64, u32)>; 2]>,
}

impl Foreign {
    fn new(blocks: &[Block]) -> Self {
        let mut sorted = blocks.to_vec();
        sorted.sort_by_key(|block| block.range.start);
        let mut foreign = Foreign { sorted, change: Vec::new(), farthest: Vec::new() };
        foreign.index();
        foreign
    }

    fn index(&mut self) {
        let count = self.sorted.len();
        self.change = vec![count; count];
        for at in (0..count.saturating_sub(1)).rev() {
            let next = at + 1;
            let same =
                self.sorted.get(at).map(|block| block.node) == self.sorted.get(next).map(|block| block.node);
            let change = if same { self.change.get(next).copied().unwrap_or(count) } else { next };
            if let Some(place) = self.change.get_mut(at) {
                *place = change;
            }
        }
        let mut best: [Option<(u64, u32)>; 2] = [None; 2];
        self.farthest.clear();
        for block in &self.sorted {
            let (end, node) = (block.range.end, block.node);
            best = match best {
                [Some((far, same)), second] if same == node => [Some((far.max(end), same)), second],
                [first @ Some((far, _)), _] if end > far => [Some((end, node)), first],
                [first @ Some(_), Some((second, other))] if other == node || end > second => {
                    [first, Some((end.max(if other == node { second } else { 0 }), node))]
                }
                [first @ Some(_), None] => [first, Some((end, node))],
                [None, _] => [Some((end, node)), None],
                kept => kept,
            };
            self.farthest.push(best);
        }
    }

    /// Whether a block of another node than `node` shares memory with `hull`.
    fn intersects(&self, node: u32, hull: &Range<u64>) -> bool {
        let first = self.sorted.partition_point(|block| block.range.start < hull.start);
        let last = self.sorted.partition_point(|block| block.range.start < hull.end);
        let reaches_in =
            first.checked_sub(1).and_then(|before| self.farthest.get(before)).is_some_and(|best| {
                best.iter().flatten().any(|(end, other)| *other != node && *end > hull.start)
            });
        let starts_in = first < last
            && (self.sorted.get(first).is_some_and(|block| block.node != node)
                || self.change.get(first).is_some_and(|change| *change < last));
        reaches_in || starts_in
    }

    /// All blocks of `node` inside `hull` become one: nothing of another node is there.
    fn grow(&mut self, node: u32, hull: &Range<u64>) {
        let first = self.sorted.partition_point(|block| block.range.start < hull.start);
        let last = self.sorted.partition_point(|block| block.range.start < hull.end);
        self.sorted.splice(first..last, [Block { node, range: hull.clone() }]);
        self.index();
    }
}

/// RAM cut at the borders of nodes and marks; neighbours that are alike are one region.
pub fn regions(ram: &Ranges, blocks: &[Block], hotpluggable: &Ranges) -> Vec<Region> {
    let mut sorted: Vec<&Block> = blocks.iter().collect();
    sorted.sort_by_key(|block| block.range.start);
    let mut cuts: Vec<u64> = Vec::with_capacity(2 * sorted.len());
    cuts.extend(sorted.iter().flat_map(|block| [block.range.start, block.range.end]));
    cuts.extend(hotpluggable.iter().flat_map(|range| [range.start, range.end]));
    cuts.sort_unstable();
    cuts.dedup();
    let mut all: Vec<Region> = Vec::new();
    for piece in ram.iter() {
        let from = cuts.partition_point(|cut| *cut <= piece.start);
        let mut start = piece.start;
        let inner = cuts.iter().skip(from).copied().take_while(|cut| *cut < piece.end);
        for end in inner.chain([piece.end]) {
            let range = start..end;
            start = end;
            // Blocks of different nodes do not overlap, so the last one that starts here or before decides; blocks of one
            // node may, and then an earlier one can reach further.
            let before = sorted.partition_point(|block| block.range.start <= range.start);
            let node = sorted
                .iter()
                .take(before)
                .rev()
                .find(|block| block.range.end > range.start)
                .map(|block| block.node);
            let hot = hotpluggable.overlapping(&range).next().is_some();
            match all.last_mut() {
                Some(last)
                    if last.range.end == range.start && last.node == node && last.hotpluggable == hot =>
                {
                    last.range.end = range.end;
                }
                _ => all.push(Region { range, node, hotpluggable: hot }),
            }
        }
    }
    all
}

/// The coverage test: how much RAM without a node passes it.
///
/// # Errors
/// [`Refusal::Uncovered`] when too much RAM has no node.
fn cover(nodes: &Nodes, max_pfn: u64, release: &Release) -> Result<u64, Refusal> {
    let end = max_pfn.saturating_mul(PAGE_SIZE);
    let len = |region: &Region| region.range.end.min(end).saturating_sub(region.range.start);
    let missing: u64 = nodes.regions.iter().filter(|region| region.node.is_none()).map(len).sum();
    let fails = match release.coverage {
        Coverage::Sums | Coverage::Unassigned => missing >= MIB,
        Coverage::UnassignedAboveMib => missing > MIB,
    };
    if fails { Err(Refusal::Uncovered { bytes: missing }) } else { Ok(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(node: u32, range: Range<u64>) -> Block {
        Block { node, range }
    }

    fn hulls(blocks: &[(u32, Range<u64>)]) -> Result<Vec<Block>, Refusal> {
        merge(blocks.iter().map(|(node, range)| block(*node, range.clone())).collect())
            .map(|(blocks, _)| blocks)
    }

    #[test]
    fn blocks_merge_over_gaps_unless_another_node_lies_between() {
        let merged = hulls(&[(0, 0..2), (0, 4..10), (1, 10..18)]).unwrap();
        assert_eq!(merged, [block(0, 0..10), block(1, 10..18)]);
        let apart = hulls(&[(0, 0..2), (1, 4..6), (0, 6..8)]).unwrap();
        assert_eq!(apart.len(), 3);
        assert!(matches!(hulls(&[(0, 0..4), (1, 2..6)]), Err(Refusal::Overlap(..))));
        assert_eq!(hulls(&[(0, 0..4), (0, 2..6)]).unwrap(), [block(0, 0..6)]);
    }

    /// The rule as it is written down, without an index.
    fn plain(mut blocks: Vec<Block>) -> Option<Vec<Block>> {
        let mut i = 0;
        while i < blocks.len() {
            let mut j = i + 1;
            while j < blocks.len() {
                let (one, other) = (blocks[i].clone(), blocks[j].clone());
                j += 1;
                if one.node != other.node {
                    if overlap(&one.range, &other.range).is_some() {
                        return None;
                    }
                    continue;
                }
                let hull = one.range.start.min(other.range.start)..one.range.end.max(other.range.end);
                if blocks.iter().any(|block| block.node != one.node && overlap(&block.range, &hull).is_some())
                {
                    continue;
                }
                blocks[i].range = hull;
                j -= 1;
                blocks.remove(j);
            }
            i += 1;
        }
        Some(blocks)
    }

    proptest! {
        #[test]
        fn the_indexed_merge_is_the_plain_one(raw in prop::collection::vec((0u32..4, 0u64..60, 1u64..12), 0..14)) {
            let blocks: Vec<Block> = raw.into_iter().map(|(node, start, len)| block(node, start..start + len)).collect();
            let indexed = merge(blocks.clone()).ok().map(|(blocks, _)| blocks);
            prop_assert_eq!(indexed, plain(blocks));
        }

        #[test]
        fn regions_are_the_ram(raw in prop::collection::vec((0u32..3, 0u64..40, 1u64..12), 0..8), hot in prop::collection::vec((0u64..50, 1u64..9), 0..4)) {
            let page = |range: Range<u64>| range.start * PAGE_SIZE..range.end * PAGE_SIZE;
            let ram: Ranges = [page(1..20), page(24..48)].into_iter().collect();
            let blocks: Vec<Block> = raw.into_iter().map(|(node, start, len)| block(node, page(start..start + len))).collect();
            let hot: Ranges = hot.into_iter().map(|(start, len)| page(start..start + len)).collect();
            let Ok((blocks, _)) = merge(blocks) else { return Ok(()) };
            let all = regions(&ram, &blocks, &hot);
            prop_assert_eq!(all.iter().map(|region| region.range.clone()).collect::<Ranges>(), ram.clone());
            for pair in all.windows(2) {
                prop_assert!(pair[0].range.end <= pair[1].range.start);
            }
            for region in &all {
                let at = region.range.start;
                prop_assert_eq!(region.hotpluggable, hot.overlapping(&(at..at + 1)).next().is_some());
                let node = blocks.iter().find(|block| block.range.contains(&at)).map(|block| block.node);
                prop_assert_eq!(region.node, node);
            }
        }
    }
}
