//! Stage 8, memory blocks: the pieces of memory that user space brings online and offline, their nodes and zone, and
//! whether they can go offline at all.
//!
//! # Kernel
//! `probe_memory_block_size` in arch/x86/mm/init_64.c; `memory_block_add_nid` and `valid_zones_show` in
//! drivers/base/memory.c, `register_mem_block_under_node_early` in drivers/base/node.c, `test_pages_in_a_zone` and
//! `offline_pages` in mm/memory_hotplug.c; 5.10 to 7.3.

use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{BlockZone, Release};
use crate::boot::running::block_size::{self, BlockSize, SizeInputs};
use crate::boot::running::pages::Owners;
use crate::boot::stages::memblock::{Holder, Reservation};
use crate::boot::stages::nodes::Region;
use crate::boot::stages::zones::{MOVABLE_ALIGN, Mode, NodeZone, Zone, Zones};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, Ranges, page_down, page_up};
use crate::phrase::{self, words};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// Bytes in a section, the unit in which Linux keeps page structures, and the smallest memory block.
pub const SECTION_SIZE: u64 = 128 << 20;
words! {
    /// Whether a block can go offline.
    #[derive(PartialOrd, Ord)]
    pub enum Verdict {
        /// Linux refuses, whatever is done.
        Never = "never",
        /// It depends on what the kernel keeps there.
        Maybe = "maybe",
        /// Nothing that boot puts there stands in the way.
        Yes = "yes",
    }
}

/// What decides whether a block can go offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Pages of several nodes lie in it.
    Nodes(Vec<u32>),
    /// It has a hole, which counts for another node than that whose pages lie in it.
    HoleOfNode {
        /// The node that the hole counts for.
        other: u32,
        /// The node of its pages.
        node: u32,
    },
    /// Several zones of its node lie in it.
    Zones(Vec<Zone>),
    /// Page structures in it name no single zone of a node that spans them.
    Beyond {
        /// Where the first page that does not fit lies, in bytes.
        address: u64,
    },
    /// A part of it is no RAM.
    Hole(Range<u64>),
    /// The kernel keeps something in it for ever.
    Holds {
        /// The part inside.
        range: Range<u64>,
        /// What it is.
        holder: Holder,
    },
    /// Something is reserved in it at boot that may be given back later.
    Reserved {
        /// The part inside.
        range: Range<u64>,
        /// What it is.
        name: String,
    },
    /// The kernel was built without CONFIG_MEMORY_HOTREMOVE: none goes offline.
    NotConfigured,
    /// It is in a zone that the kernel takes pages from.
    KernelZone(Zone),
    /// It is movable, but boot allocations were not kept out of it.
    Open,
    /// It is movable, and boot allocations were kept out of it.
    Movable,
    /// It is movable and was added after boot.
    Added,
}

impl Why {
    /// What follows from it.
    pub fn verdict(&self) -> Verdict {
        match self {
            Why::Nodes(_)
            | Why::HoleOfNode { .. }
            | Why::Zones(_)
            | Why::Beyond { .. }
            | Why::Hole(_)
            | Why::NotConfigured
            | Why::Holds { .. } => Verdict::Never,
            Why::Reserved { .. } | Why::KernelZone(_) | Why::Open => Verdict::Maybe,
            Why::Movable | Why::Added => Verdict::Yes,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = |range: &Range<u64>| range.end.saturating_sub(1);
        match self {
            Why::Nodes(nodes) => write!(out, "memory of nodes {} lies in it", list(nodes)),
            Why::HoleOfNode { other, node } => {
                write!(out, "memory of node {node} and a hole that Linux counts for node {other} lie in it")
            }
            Why::Zones(zones) => {
                let names: Vec<_> = zones.iter().map(|zone| zone.name()).collect();
                write!(out, "zones {} meet in it", list(&names))
            }
            Why::Beyond { address } => write!(out, "from {address:#x} on it lies outside of its zone"),
            Why::Hole(range) => write!(out, "{:#x}-{:#x} is not RAM", range.start, last(range)),
            Why::Holds { range, holder } => {
                write!(out, "it holds the {} at {:#x}-{:#x}", holder.name(), range.start, last(range))
            }
            Why::Reserved { range, name } => {
                write!(out, "{name} at {:#x}-{:#x} is reserved during boot", range.start, last(range))
            }
            Why::NotConfigured => write!(out, "the kernel was built without CONFIG_MEMORY_HOTREMOVE"),
            Why::KernelZone(zone) => {
                write!(out, "in zone {} the kernel can have pages that do not move", zone.name())
            }
            Why::Open => write!(out, "movable, but boot allocations were not kept out"),
            Why::Movable => write!(out, "movable, and boot allocations were kept out"),
            Why::Added => write!(out, "movable, and added after boot"),
        }
    }
}

/// `0, 2 and 5`.
fn list<T: fmt::Display>(items: &[T]) -> String {
    phrase::listed(&items.iter().map(T::to_string).collect::<Vec<_>>(), usize::MAX)
}

/// Neighbouring memory blocks that are alike. All are online: Linux brings what it boots with online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRun {
    /// Number of the first block: its address divided by the block size.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// The nodes under which /sys/devices/system/node links them, ascending.
    pub nodes: Vec<u32>,
    /// Their zone; none where `valid_zones` says so.
    pub zone: Option<Zone>,
    /// Whether they can go offline, and why.
    pub why: Why,
}

/// The memory blocks of the boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Their size.
    pub size: BlockSize,
    /// All that have memory, ascending; none in a kernel without CONFIG_MEMORY_HOTPLUG.
    pub runs: Vec<BlockRun>,
    /// Whether nodes and zones of blocks come out by chance: there are more ranges of memory than memblock has room for at
    /// first, and its larger list is freed before it is asked which node a block is of.
    ///
    /// # Kernel
    /// `memblock_discard` in mm/memblock.c and `get_nid_for_pfn` in drivers/base/node.c, 5.10 to 7.3; recorded boots of 5.10 and
    /// 6.12.
    pub undefined: bool,
}

/// How many ranges of memory fit into memblock's first list.
pub const FIRST_RANGES: usize = 128;

impl Blocks {
    /// The addresses of a run.
    pub fn range(&self, run: &BlockRun) -> Range<u64> {
        let end = run.last.saturating_add(1).saturating_mul(self.size.bytes);
        run.first.saturating_mul(self.size.bytes)..end
    }

    /// The run that a block is in.
    pub fn run_of(&self, block: u64) -> Option<&BlockRun> {
        let after = self.runs.partition_point(|run| run.first <= block);
        self.runs.get(after.checked_sub(1)?).filter(|run| block <= run.last)
    }

    /// Bytes of ZONE_MOVABLE that lie in blocks without a single zone, by block: they can never go offline.
    pub fn stranded(&self, zones: &Zones) -> Vec<(u64, u32, Range<u64>)> {
        let mut stranded = Vec::new();
        for (node, of_node) in &zones.nodes {
            for zone in of_node.zones.iter().filter(|zone| zone.zone == Zone::Movable) {
                let span = zone.span();
                let bytes = span.start * PAGE_SIZE..span.end * PAGE_SIZE;
                let first = self.runs.partition_point(|run| self.range(run).end <= bytes.start);
                let inside = self.runs.iter().skip(first).take_while(|run| self.range(run).start < bytes.end);
                for run in inside.filter(|run| run.zone.is_none() && run.nodes.contains(node)) {
                    stranded.extend(overlap(&self.range(run), &bytes).map(|part| (run.first, *node, part)));
                }
            }
        }
        stranded
    }
}

/// The memory blocks of a boot.
pub fn settle(outcome: &Outcome<'_>, machine: &Machine, next: &NextBoot<'_>) -> Blocks {
    let keeps_map = !next.line().map_is_user_defined;
    let size = block_size::of(&SizeInputs {
        max_pfn: outcome.map.max_pfn,
        advice: outcome.numa.block_size_advice,
        hypervisor: machine.hypervisor,
        rule: next.release().large_blocks,
        seen: machine.block_size.filter(|seen| keeps_map && !seen.changed_map),
    });
    if !next.release().build.memory_hotplug {
        return Blocks { size, ..Blocks::default() };
    }
    let mut reserved: Vec<Reservation> = outcome.reserved.clone();
    reserved.extend(outcome.late.iter().cloned());
    let sketch = Sketch::new(outcome, machine, reserved, next.line(), next.release(), size.bytes);
    let starts = sketch.starts();
    let mut runs: Vec<BlockRun> = Vec::new();
    for pair in starts.windows(2) {
        let [first, next] = *pair else { continue };
        let Some(run) = sketch.run(first, next - 1) else { continue };
        match runs.last_mut() {
            Some(last) if last.last + 1 == run.first && alike(last, &run) => last.last = run.last,
            _ => runs.push(run),
        }
    }
    Blocks { size, runs, undefined: outcome.regions.len() > FIRST_RANGES }
}

fn alike(one: &BlockRun, other: &BlockRun) -> bool {
    // Something that fills several blocks is one obstacle, told with all its addresses.
    let same = |one: &Why, other: &Why| match (one, other) {
        (Why::Holds { range, holder }, Why::Holds { range: next, holder: more }) => {
            holder == more && range == next
        }
        (Why::Reserved { range, name }, Why::Reserved { range: next, name: more }) => {
            name == more && range == next
        }
        (one, other) => one == other,
    };
    (&one.nodes, one.zone) == (&other.nodes, other.zone) && same(&one.why, &other.why)
}

/// What the blocks are judged by.
struct Sketch<'a> {
    outcome: &'a Outcome<'a>,
    size: u64,
    rule: BlockZone,
    /// Whether page structures are set up late.
    deferred_pages: bool,
    /// Whether the kernel was built to let memory go.
    can_go: bool,
    /// /proc/iomem's "System RAM": the archive's copy is taken out of it.
    system_ram: Ranges,
    /// Movable RAM that boot allocations were kept out of.
    kept: Ranges,
    owners: Owners,
    /// By start, with the farthest end so far.
    reserved: Vec<(Reservation, u64)>,
}

impl<'a> Sketch<'a> {
    fn new(
        outcome: &'a Outcome<'a>,
        machine: &Machine,
        mut reserved: Vec<Reservation>,
        line: &Cmdline,
        release: &Release,
        size: u64,
    ) -> Sketch<'a> {
        let mut system_ram = outcome.map.ram.clone();
        for piece in reserved.iter().filter(|piece| piece.holder == Holder::ArchiveCopy) {
            system_ram.remove(&(page_down(piece.range.start)..page_up(piece.range.end)));
        }
        let kept = outcome.zones.mode == Mode::MovableNode && line.movable_node;
        let kept = outcome.regions.iter().filter(|region| kept && region.hotpluggable);
        reserved.sort_by_key(|piece| (piece.range.start, piece.range.end));
        let mut farthest = 0;
        let reserved = reserved
            .into_iter()
            .map(|piece| {
                farthest = piece.range.end.max(farthest);
                (piece, farthest)
            })
            .collect();
        Sketch {
            outcome,
            size,
            rule: release.block_zone,
            deferred_pages: release.build.deferred_pages,
            can_go: release.build.memory_hotremove,
            system_ram,
            kept: kept.map(|region| region.range.clone()).collect(),
            owners: Owners::new(&outcome.regions, &outcome.zones, &machine.mirrored),
            reserved,
        }
    }

    /// Every block that can differ from the one before it, ascending, and the one after the last: a border of anything
    /// starts a block, or lies in one that then stands alone.
    fn starts(&self) -> Vec<u64> {
        let mut starts = BTreeSet::new();
        let mut border = |address: u64| {
            starts.insert(address / self.size);
            starts.insert(address.div_ceil(self.size));
        };
        for region in &self.outcome.regions {
            border(region.range.start);
            border(region.range.end);
        }
        for node in self.outcome.zones.nodes.values() {
            for pfns in node.zones.iter().map(NodeZone::span).chain([node.span.clone()]) {
                border(pfns.start.saturating_mul(PAGE_SIZE));
                border(pfns.end.saturating_mul(PAGE_SIZE));
            }
        }
        let ram_end = self.outcome.map.ram.iter().next_back().map_or(0, |last| last.end);
        for (piece, _) in self.reserved.iter().filter(|(piece, _)| piece.range.start < ram_end) {
            border(piece.range.start);
            border(piece.range.end.min(ram_end));
        }
        starts.into_iter().collect()
    }

    /// The blocks `first..=last`, all like the first; `None` when there is no memory in them.
    fn run(&self, first: u64, last: u64) -> Option<BlockRun> {
        let block = first * self.size..first.saturating_add(1).saturating_mul(self.size);
        self.outcome.map.ram.overlapping(&block).next()?;
        // A page that the SRAT divides is memory to memblock alone, which the newer rule asks.
        let counts = |region: &&Region| match self.rule {
            BlockZone::SpansRegions => true,
            _ => region.whole_pages().is_some_and(|pages| overlap(&pages, &block).is_some()),
        };
        let of_ram: BTreeSet<u32> =
            self.regions(&block).filter(counts).filter_map(|region| region.node).collect();
        let mut nodes = of_ram.clone();
        if self.rule != BlockZone::SpansRegions {
            nodes.extend(self.nodes_of_holes(&block));
        }
        let hole = nodes.difference(&of_ram).copied().next();
        let nodes: Vec<u32> = nodes.into_iter().collect();
        let zone = match (self.rule, nodes.as_slice(), hole) {
            (BlockZone::FirstPages, ..) => self.zone_of_first_pages(&block),
            (_, [node], _) => self.zone_of_spans(*node, &block),
            (_, [one, last], Some(other)) => {
                Err(Why::HoleOfNode { other, node: if *one == other { *last } else { *one } })
            }
            _ => Err(Why::Nodes(nodes.clone())),
        };
        let why = match &zone {
            Err(why) => why.clone(),
            Ok(zone) => self.why(&(block.start..last.saturating_add(1).saturating_mul(self.size)), *zone),
        };
        Some(BlockRun { first, last, nodes, zone: zone.ok(), why })
    }

    fn regions(&self, block: &Range<u64>) -> impl Iterator<Item = &'a Region> + use<'a> {
        let regions = self.outcome.regions.as_slice();
        let first = regions.partition_point(|region| region.range.end <= block.start);
        let end = block.end;
        regions.iter().skip(first).take_while(move |region| region.range.start < end)
    }

    /// The sections of a block that have memory.
    fn sections(&self, block: &Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let count = (block.end - block.start) / SECTION_SIZE;
        let start = block.start;
        (0..count)
            .map(move |section| start + section * SECTION_SIZE..start + (section + 1) * SECTION_SIZE)
            .filter(|section| self.outcome.map.ram.overlapping(section).next().is_some())
    }

    /// The nodes that holes of a block count for, of those whose memory reaches the block from both sides: where page structures
    /// are set up late the first one online, else whom the structures name.
    ///
    /// # Kernel
    /// `get_nid_for_pfn` in drivers/base/node.c, 5.10 to 6.16.
    fn nodes_of_holes(&self, block: &Range<u64>) -> BTreeSet<u32> {
        let ram = &self.outcome.map.ram;
        let is_hole = |piece: &Range<u64>| ram.overlapping(piece).next().is_none();
        let holes = self.sections(block).flat_map(|section| ram.cut(&section)).filter(is_hole);
        let node = |hole: Range<u64>| match self.deferred_pages {
            true => self.outcome.online.first().copied(),
            false => self.owners.at(page_up(hole.start) / PAGE_SIZE).map(|(node, _)| node),
        };
        let reaches = |node: &u32| {
            self.outcome.zones.nodes.get(node).is_some_and(|of_node| {
                let span =
                    of_node.span.start.saturating_mul(PAGE_SIZE)..of_node.span.end.saturating_mul(PAGE_SIZE);
                overlap(&span, block).is_some()
            })
        };
        holes.filter_map(node).filter(reaches).collect()
    }

    fn zone_of_spans(&self, node: u32, block: &Range<u64>) -> Result<Zone, Why> {
        let pfns = block.start / PAGE_SIZE..block.end / PAGE_SIZE;
        let zones = self.outcome.zones.nodes.get(&node).into_iter().flat_map(|node| &node.zones);
        let inside = zones.filter(|zone| zone.present_pages > 0 && overlap(&zone.span(), &pfns).is_some());
        let inside: Vec<Zone> = inside.map(|zone| zone.zone).collect();
        match inside.as_slice() {
            [zone] => Ok(*zone),
            _ => Err(Why::Zones(inside)),
        }
    }

    /// Whether the SRAT divides a page of RAM: no node has it, and it is no hole either, so that its structure stays all
    /// zeros, which stand for the zone DMA of node 0.
    fn is_divided(&self, pfn: u64) -> bool {
        let page = pfn * PAGE_SIZE..pfn.saturating_add(1).saturating_mul(PAGE_SIZE);
        let mut regions = self.regions(&page).peekable();
        let whole = |region: &Region| region.range.start <= page.start && page.end <= region.range.end;
        regions.peek().is_some() && !regions.any(whole)
    }

    fn zone_of_first_pages(&self, block: &Range<u64>) -> Result<Zone, Why> {
        let mut found: Option<(u32, Zone)> = None;
        for section in self.sections(block) {
            let pfns = section.start / PAGE_SIZE..section.end / PAGE_SIZE;
            for pfn in pfns.step_by(MOVABLE_ALIGN as usize) {
                let owner = match self.is_divided(pfn) {
                    true => Some((0, Zone::Dma)),
                    false => self.owners.at(pfn),
                };
                let Some(owner) = owner else { continue };
                if let Some((node, zone)) = found {
                    if node != owner.0 {
                        return Err(Why::Nodes(vec![node.min(owner.0), node.max(owner.0)]));
                    }
                    if zone != owner.1 {
                        return Err(Why::Zones(vec![zone.min(owner.1), zone.max(owner.1)]));
                    }
                    let zones = self.outcome.zones.nodes.get(&node).into_iter().flat_map(|node| &node.zones);
                    if !zones.filter(|known| known.zone == zone).any(|known| known.span().contains(&pfn)) {
                        return Err(Why::Beyond { address: pfn * PAGE_SIZE });
                    }
                }
                found = Some(owner);
            }
        }
        found.map(|(_, zone)| zone).ok_or_else(|| Why::Zones(Vec::new()))
    }

    /// Whether blocks of one zone can go offline: what stands first in the way.
    fn why(&self, blocks: &Range<u64>, zone: Zone) -> Why {
        if !self.can_go {
            return Why::NotConfigured;
        }
        let mut at = blocks.start;
        for part in self.system_ram.overlapping(blocks) {
            if part.start > at {
                break;
            }
            at = part.end;
        }
        if at < blocks.end {
            let next = self.system_ram.overlapping(&(at..blocks.end)).next();
            return Why::Hole(at..next.map_or(blocks.end, |part| part.start));
        }
        let last = self.reserved.partition_point(|(piece, _)| piece.range.start < blocks.end);
        // Of several the largest, and what stays for ever before what may not.
        let mut worst: Option<(bool, u64, &Reservation)> = None;
        for (piece, farthest) in self.reserved.iter().take(last).rev() {
            if *farthest <= blocks.start {
                break;
            }
            let stays = match stays(&piece.holder) {
                Stays::Always => true,
                Stays::Unknown => false,
                Stays::Freed => continue,
            };
            let Some(inside) = overlap(&piece.range, blocks) else { continue };
            let len = inside.end - inside.start;
            if worst.is_none_or(|(known, largest, _)| (known, largest) < (stays, len)) {
                worst = Some((stays, len, piece));
            }
        }
        match (worst, zone) {
            (Some((true, _, piece)), _) => {
                Why::Holds { range: piece.range.clone(), holder: piece.holder.clone() }
            }
            (Some((false, _, piece)), _) => {
                Why::Reserved { range: piece.range.clone(), name: piece.holder.name() }
            }
            (None, Zone::Movable) if self.kept.contains_all(blocks) => Why::Movable,
            (None, Zone::Movable) => Why::Open,
            (None, zone) => Why::KernelZone(zone),
        }
    }
}

/// Whether reserved memory is given back once the system is up.
enum Stays {
    Always,
    Freed,
    Unknown,
}

fn stays(holder: &Holder) -> Stays {
    match holder {
        Holder::Initrd | Holder::MovedInitrd => Stays::Freed,
        Holder::Given(_) | Holder::Brk => Stays::Unknown,
        _ => Stays::Always,
    }
}
