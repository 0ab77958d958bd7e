//! Stage 5, nodes: the SRAT's memory blocks are clipped to RAM, checked and merged, and RAM gets its node numbers.
//!
//! # Kernel
//! `numa_init`, `numa_cleanup_meminfo` and `numa_register_memblks` in arch/x86/mm/numa.c (5.10 to 6.1) and
//! mm/numa_memblks.c (6.12 to 7.3).

use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::{Cmdline, Numa};
use crate::boot::kernel::release::{Clip, Coverage, Release};
use crate::boot::stages::fake::{self, EmulationFailure, EmulationRequest};
use crate::boot::stages::srat::{Block, DomainMap, NumaInfo, Refusal};
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, Ranges, page_down, page_up};
use crate::table::madt::Madt;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const MIB: u64 = 1 << 20;

/// A piece of RAM of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Addresses; the SRAT can divide a page.
    pub range: Range<u64>,
    /// Node; `None` when no block covers it.
    pub node: Option<u32>,
    /// Whether the SRAT marks it hot-pluggable.
    pub hotpluggable: bool,
}

impl Region {
    /// The pages that lie in it as a whole; nobody has a page that is divided.
    pub fn whole_pages(&self) -> Option<Range<u64>> {
        let pages = page_up(self.range.start)..page_down(self.range.end);
        (pages.start < pages.end).then_some(pages)
    }
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
    /// How nodes were made up, if they were.
    pub fake: Option<Fake>,
    /// Why `numa=fake=` made none, if it was to.
    pub fake_failure: Option<EmulationFailure>,
}

/// Nodes that `numa=fake=` made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fake {
    /// What was asked for.
    pub request: EmulationRequest,
    /// For each node, by number, the machine's node whose memory and processors it has.
    pub physical: Vec<u32>,
    /// Which node each proximity domain is now, where the release moves domains and there are any.
    pub domains: Option<BTreeMap<u32, u32>>,
    /// Bytes of the table of their distances.
    pub distance_len: u64,
    /// Whether Linux dies of it: without a SLIT it looks for the distances of a domain that has no memory.
    pub dies: bool,
}

/// What this stage reads besides the SRAT.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// RAM.
    pub ram: &'a Ranges,
    /// One more than the highest page frame that counts.
    pub max_pfn: u64,
    /// How many nodes the kernel knows.
    pub limits: NodeLimits,
    /// The command line.
    pub line: &'a Cmdline,
    /// The kernel.
    pub release: &'a Release,
}

/// Gives RAM its nodes; a SRAT that does not hold is dropped for one node with all memory.
pub fn settle(info: &NumaInfo, place: &Place<'_>) -> Nodes {
    let fake = place.line.numa_fake.as_deref().filter(|_| place.release.fake.available);
    let mut wish = Wish { text: fake, failure: None };
    let refusal = match &info.refusal {
        Some(refusal) => refusal.clone(),
        None => match attempt(info, info, place, &mut wish) {
            Ok(nodes) => return Nodes { fake_failure: wish.failure, ..nodes },
            Err(refusal) => refusal,
        },
    };
    // One node with all memory; no mark survives.
    let all = Block { node: 0, range: 0..place.max_pfn.saturating_mul(PAGE_SIZE) };
    let dummy = NumaInfo { blocks: vec![all], parsed: BTreeSet::from([0]), ..NumaInfo::default() };
    let nodes = attempt(&dummy, info, place, &mut wish).unwrap_or_default();
    Nodes { refusal: Some(refusal), fake_failure: wish.failure, ..nodes }
}

/// What is left of the text of `numa=fake=`: a second attempt goes on where the first stopped reading.
struct Wish<'t> {
    text: Option<&'t str>,
    failure: Option<EmulationFailure>,
}

/// Nodes that are online when user space starts: those with RAM, with an enabled processor of the MADT, or with an
/// initiator. Where the SRAT was refused, all processors are on the one node.
///
/// # Kernel
/// `numa_register_memblks`, `init_cpu_to_node` and `init_gi_nodes` in arch/x86/mm/numa.c, 5.10 to 7.3.
pub fn online(nodes: &Nodes, info: &NumaInfo, madt: Option<&[u8]>) -> BTreeSet<u32> {
    let with_ram = nodes.regions.iter().filter_map(|region| region.node);
    // Made-up nodes have the processors of the nodes whose memory they have.
    if nodes.fake.is_some() {
        return with_ram.chain(info.initiators.iter().copied()).collect();
    }
    if nodes.refusal.is_some() {
        return with_ram.collect();
    }
    let enabled: BTreeSet<u32> =
        madt.and_then(|table| Madt::parse(table).ok()).map_or_else(BTreeSet::new, |madt| {
            madt.processors()
                .filter(|(_, cpu)| cpu.is_enabled())
                .filter_map(|(_, cpu)| cpu.apic_id())
                .collect()
        });
    // The last entry of an id decides.
    let node_of: BTreeMap<u32, u32> = info.processors.iter().copied().collect();
    let with_processor = node_of.iter().filter(|(id, _)| enabled.contains(id)).map(|(_, node)| *node);
    with_ram.chain(with_processor).chain(info.initiators.iter().copied()).collect()
}

fn attempt(
    info: &NumaInfo,
    srat: &NumaInfo,
    place: &Place<'_>,
    wish: &mut Wish<'_>,
) -> Result<Nodes, Refusal> {
    let (ram, max_pfn, release) = (place.ram, place.max_pfn, place.release);
    let mut nodes = Nodes { reserved_blocks: info.reserved_blocks.clone(), ..Nodes::default() };
    nodes.possible = info.parsed.iter().copied().chain(info.blocks.iter().map(|block| block.node)).collect();
    (nodes.blocks, nodes.merges) = clean_up(info.blocks.clone(), place, &mut nodes.reserved_blocks)?;
    if let Some(text) = wish.text {
        let (request, rest) = EmulationRequest::read(text, &release.fake);
        wish.text = Some(rest);
        match emulate(request, &nodes, info, srat, place) {
            Ok(made) => {
                nodes = made;
                wish.failure = None;
            }
            Err(failure) => wish.failure = Some(failure),
        }
    }
    nodes.regions = regions(ram, &nodes.blocks, &info.hotpluggable);
    nodes.fatal_gap = cover(&nodes, max_pfn, release)?;
    Ok(nodes)
}

/// Clips and merges blocks.
fn clean_up(
    blocks: Vec<Block>,
    place: &Place<'_>,
    reserved: &mut Vec<Block>,
) -> Result<(Vec<Block>, Vec<Merge>), Refusal> {
    let limits = match place.release.clip {
        Clip::EndOfRam => 0..place.max_pfn.saturating_mul(PAGE_SIZE),
        Clip::FirstAndLastRam => {
            place.ram.iter().next().map_or(0, |first| first.start)
                ..place.ram.iter().next_back().map_or(0, |last| last.end)
        }
    };
    merge(&clip(blocks, place.ram, &limits, reserved))
}

/// The nodes of `numa=fake=` in place of the machine's.
///
/// # Errors
/// [`EmulationFailure`] when the machine's nodes stay.
fn emulate(
    request: EmulationRequest,
    nodes: &Nodes,
    info: &NumaInfo,
    srat: &NumaInfo,
    place: &Place<'_>,
) -> Result<Nodes, EmulationFailure> {
    let memory = fake::Memory::new(place.ram, place.max_pfn);
    let split = fake::split(request, &nodes.blocks, &info.parsed, &memory, place.limits, place.release)?;
    let mut made = Nodes { reserved_blocks: nodes.reserved_blocks.clone(), ..Nodes::default() };
    let cleaned = clean_up(split.blocks, place, &mut made.reserved_blocks);
    (made.blocks, made.merges) = cleaned.map_err(|_| EmulationFailure::TooManyBlocks)?;
    made.possible = made.blocks.iter().map(|block| block.node).collect();
    let mut domains = None;
    if place.release.fake.moves_domains {
        if place.line.numa == Numa::Off {
            return Err(EmulationFailure::Off);
        }
        if !matches!(srat.refusal, Some(Refusal::BadEntry { .. } | Refusal::NoAcpi)) {
            domains = moved_domains(&split.physical, &srat.domains, &mut made.possible);
        }
    }
    let count = made.possible.last().map_or(0, |last| u64::from(*last) + 1);
    // The distances of nodes that only keep a domain are looked up in the SLIT's table, be there one or not.
    let dies = count > split.physical.len() as u64 && info.distance_len == 0;
    made.fake = Some(Fake { request, physical: split.physical, domains, distance_len: count * count, dies });
    Ok(made)
}

/// Made-up nodes take over the domain of the node that they are part of; what else has a domain gets the lowest numbers that
/// are left and stays possible.
fn moved_domains(
    physical: &[u32],
    domains: &DomainMap,
    possible: &mut BTreeSet<u32>,
) -> Option<BTreeMap<u32, u32>> {
    let mut of_node: Vec<Option<u32>> = physical.iter().map(|node| domains.pxm(*node)).collect();
    of_node.iter().flatten().next()?;
    let used: BTreeSet<u32> = physical.iter().copied().collect();
    let unused = (0u32..).map_while(|node| Some((node, domains.pxm(node)?)));
    for (_, pxm) in unused.filter(|(node, _)| !used.contains(node)) {
        let free = of_node.iter().position(Option::is_none).unwrap_or(of_node.len());
        match of_node.get_mut(free) {
            Some(place) => *place = Some(pxm),
            None => of_node.push(Some(pxm)),
        }
        possible.extend(u32::try_from(free).ok());
    }
    let mut moved = BTreeMap::new();
    for (node, pxm) in (0u32..).zip(of_node) {
        if let Some(pxm) = pxm {
            moved.entry(pxm).or_insert(node);
        }
    }
    Some(moved)
}

impl Nodes {
    /// The node of a proximity domain for memory that is added later, whether that node is possible or not.
    pub fn node_of(&self, pxm: u32, domains: &DomainMap) -> Option<u32> {
        match self.fake.as_ref().and_then(|fake| fake.domains.as_ref()) {
            Some(moved) => moved.get(&pxm).copied(),
            None => domains.node(pxm),
        }
    }

    /// The proximity domain that a node's memory comes from; none when the SRAT was refused.
    pub fn pxm_of(&self, node: u32, domains: &DomainMap) -> Option<u32> {
        if self.refusal.is_some() {
            return None;
        }
        let Some(fake) = &self.fake else { return domains.pxm(node) };
        match fake.physical.get(node as usize) {
            Some(physical) => domains.pxm(*physical),
            None => fake.domains.as_ref()?.iter().find(|(_, of)| **of == node).map(|(pxm, _)| *pxm),
        }
    }
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

/// Merges blocks of a node over gaps, as long as no other node's block lies in the hull. Linux looks at every pair; as
/// blocks of different nodes cannot overlap, what becomes one are the blocks of a node that follow each other by address.
///
/// # Errors
/// [`Refusal::Overlap`] for the first pair of blocks of different nodes that share memory, in the order Linux looks.
fn merge(blocks: &[Block]) -> Result<(Vec<Block>, Vec<Merge>), Refusal> {
    let mut sorted: Vec<(usize, &Block)> = blocks.iter().enumerate().collect();
    sorted.sort_by_key(|(_, block)| block.range.start);
    if let Some((one, other)) = first_overlap(blocks, &sorted) {
        return Err(Refusal::Overlap(one.clone(), other.clone()));
    }
    let mut runs: Vec<Vec<(usize, &Block)>> =
        sorted.chunk_by(|(_, one), (_, next)| one.node == next.node).map(<[_]>::to_vec).collect();
    // Messages and the list of blocks keep the table's order.
    runs.iter_mut().for_each(|run| run.sort_by_key(|(index, _)| *index));
    runs.sort_by_key(|run| run.first().map(|(index, _)| *index));
    let mut merges = Vec::new();
    let merged = runs.into_iter().filter_map(|run| {
        let mut rest = run.into_iter().map(|(_, block)| block);
        let mut one = rest.next()?.clone();
        for other in rest {
            let hull = one.range.start.min(other.range.start)..one.range.end.max(other.range.end);
            let parts = [one.range, other.range.clone()];
            merges.push(Merge { node: one.node, parts, hull: hull.clone() });
            one.range = hull;
        }
        Some(one)
    });
    Ok((merged.collect(), merges))
}

/// The first two blocks of different nodes that share memory, in the order of the list.
fn first_overlap<'b>(blocks: &'b [Block], sorted: &[(usize, &Block)]) -> Option<(&'b Block, &'b Block)> {
    let mut farthest: Option<&Block> = None;
    let any = sorted.iter().any(|(_, block)| {
        let clash = farthest.is_some_and(|far| far.node != block.node && far.range.end > block.range.start);
        if farthest.is_none_or(|far| far.range.end < block.range.end) {
            farthest = Some(block);
        }
        clash
    });
    if !any {
        return None;
    }
    blocks.iter().enumerate().find_map(|(index, one)| {
        let clash = |other: &&Block| other.node != one.node && overlap(&one.range, &other.range).is_some();
        blocks.iter().skip(index + 1).find(clash).map(|other| (one, other))
    })
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

/// The same regions, cut where any of these ranges begins or ends.
pub fn cut(regions: &[Region], at: &Ranges) -> Vec<Region> {
    let pieces = |region: &Region| {
        let region = region.clone();
        at.cut(&region.range.clone()).map(move |range| Region { range, ..region.clone() })
    };
    regions.iter().flat_map(pieces).collect()
}

/// The coverage test: how much RAM without a node passes it.
///
/// # Errors
/// [`Refusal::Uncovered`] when too much RAM has no node.
fn cover(nodes: &Nodes, max_pfn: u64, release: &Release) -> Result<u64, Refusal> {
    let end = max_pfn.saturating_mul(PAGE_SIZE);
    let without = nodes.regions.iter().filter(|region| region.node.is_none());
    let pages = without.filter_map(Region::whole_pages);
    let missing: u64 = pages.map(|pages| pages.end.min(end).saturating_sub(pages.start)).sum();
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
        let blocks: Vec<Block> = blocks.iter().map(|(node, range)| block(*node, range.clone())).collect();
        merge(&blocks).map(|(blocks, _)| blocks)
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

    #[test]
    fn a_part_of_a_page_without_a_node_is_no_gap() {
        let region = |node, range| Region { node, range, hotpluggable: false };
        let gap = |gap: Range<u64>| {
            let regions = vec![
                region(Some(0), 0..gap.start),
                region(None, gap.clone()),
                region(Some(1), gap.end..1 << 30),
            ];
            let nodes = Nodes { regions, ..Nodes::default() };
            cover(&nodes, 1 << 18, &Release::parse("6.12").unwrap())
        };
        assert_eq!(gap(0x10_0800..0x10_1000).unwrap(), 0);
        assert_eq!(gap(0x10_0800..0x10_2000).unwrap(), 0x1000);
        assert_eq!(gap(0x10_0000..0x20_0800).unwrap(), MIB);
        assert!(gap(0x10_0000..0x20_1000).is_err());
    }

    /// Pair by pair, as Linux does it.
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
        fn runs_by_address_are_what_pairs_become(raw in prop::collection::vec((0u32..4, 0u64..60, 1u64..12), 0..14)) {
            let blocks: Vec<Block> = raw.into_iter().map(|(node, start, len)| block(node, start..start + len)).collect();
            let quick = merge(&blocks).ok().map(|(blocks, _)| blocks);
            prop_assert_eq!(quick, plain(blocks));
        }

        #[test]
        fn regions_are_the_ram(raw in prop::collection::vec((0u32..3, 0u64..40, 1u64..12), 0..8), hot in prop::collection::vec((0u64..50, 1u64..9), 0..4)) {
            let page = |range: Range<u64>| range.start * PAGE_SIZE..range.end * PAGE_SIZE;
            let ram: Ranges = [page(1..20), page(24..48)].into_iter().collect();
            let blocks: Vec<Block> = raw.into_iter().map(|(node, start, len)| block(node, page(start..start + len))).collect();
            let hot: Ranges = hot.into_iter().map(|(start, len)| page(start..start + len)).collect();
            let Ok((blocks, _)) = merge(&blocks) else { return Ok(()) };
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
