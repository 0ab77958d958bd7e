//! Stage 5, nodes that are made up: `numa=fake=` cuts the memory blocks of the machine's nodes into more, smaller ones.
//!
//! The blocks have been clipped and merged by then. Marks of hot-pluggable memory stay with the addresses, so that a made-up
//! node can be movable as any other.
//!
//! # Kernel
//! `numa_emulation`, `split_nodes_interleave`, `split_nodes_size_interleave_uniform` in arch/x86/mm/numa_emulation.c (5.10,
//! 6.1) and mm/numa_emulation.c (6.12 to 7.3); `fix_pxm_node_maps` in drivers/acpi/numa/srat.c (6.12 and newer).

use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::{memparse, number};
use crate::boot::kernel::release::{FakeRules, Release};
use crate::boot::stages::srat::Block;
use crate::memory::{PAGE_SIZE, Ranges, page_down, page_up};
use std::collections::BTreeSet;
use std::ops::Range;

/// No made-up node is smaller, and their borders are whole multiples of this above the start of the block they come from.
const MIN_SIZE: u64 = 32 << 20;
const DMA32_END: u64 = 1 << 32;

/// What `numa=fake=` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmulationRequest {
    /// `N`: so many nodes over all memory.
    Count(u64),
    /// `NM`, `NG`: nodes of this many bytes.
    Size(u64),
    /// `NU`: each node of the machine in so many parts.
    PerNode(u64),
}

impl EmulationRequest {
    /// Reads a request; also what is left of the text for the next attempt, since Linux does not go back to its start.
    pub fn read<'t>(text: &'t str, rules: &FakeRules) -> (EmulationRequest, &'t str) {
        // Only capitals make a size or a division, and they may stand anywhere.
        let has = |letter: char| text.contains(letter);
        let (request, rest) = if rules.knows_per_node && has('U') {
            let (count, rest) = number(text);
            (EmulationRequest::PerNode(count), rest)
        } else if has('M') || has('G') {
            let (size, rest) = memparse(text);
            (EmulationRequest::Size(size), rest)
        } else {
            let (count, rest) = number(text);
            (EmulationRequest::Count(count), rest)
        };
        (request, rest.strip_prefix(':').unwrap_or(rest))
    }
}

/// Why nothing was made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmulationFailure {
    /// The number or the size is 0, or there is none.
    NoNumber,
    /// There is not 32 MiB of memory for each node.
    TooLittleMemory,
    /// More pieces come of it than Linux has room for.
    TooManyBlocks,
    /// A node cannot be cut into that many parts.
    TooFewParts {
        /// The machine's node.
        node: u32,
        /// How many parts there are.
        parts: u64,
    },
    /// `numa=off` rules it out in this release.
    Off,
}

/// Made-up nodes, before their blocks are clipped and merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Their blocks, in the order in which they are made.
    pub blocks: Vec<Block>,
    /// For each made-up node, by number, the machine's node that it first took memory from.
    pub physical: Vec<u32>,
}

/// Cuts blocks, which are those of `parsed` nodes, into made-up nodes.
///
/// # Errors
/// [`EmulationFailure`] when Linux keeps the nodes as they are.
pub fn split(
    request: EmulationRequest,
    blocks: &[Block],
    parsed: &BTreeSet<u32>,
    memory: &Memory,
    limits: NodeLimits,
    release: &Release,
) -> Result<Split, EmulationFailure> {
    let mut work = Work {
        left: blocks.to_vec(),
        made: Vec::new(),
        physical: vec![None; limits.max_nodes as usize],
        limits,
        memory,
    };
    match request {
        EmulationRequest::Count(count) => work.by_count(count, parsed)?,
        EmulationRequest::Size(size) => work.by_size(size, parsed)?,
        EmulationRequest::PerNode(count) => work.per_node(count, parsed, &release.fake)?,
    }
    let known = work.physical.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let default = work.physical.iter().flatten().next().copied().unwrap_or(0);
    let physical = work.physical.into_iter().take(known).map(|node| node.unwrap_or(default)).collect();
    Ok(Split { blocks: work.made, physical })
}

/// RAM, made for the question how much of a range it fills.
#[derive(Debug)]
pub struct Memory {
    /// Whole pages: first byte, byte after the last, and bytes of RAM below the first.
    pieces: Vec<(u64, u64, u64)>,
    end: u64,
}

impl Memory {
    /// Of this RAM; `max_pfn` is one more than the highest page frame that counts.
    pub fn new(ram: &Ranges, max_pfn: u64) -> Memory {
        let mut below = 0;
        let pieces = ram.iter().map(|piece| {
            let before = below;
            below += piece.end - piece.start;
            (piece.start, piece.end, before)
        });
        Memory { pieces: pieces.collect(), end: max_pfn.saturating_mul(PAGE_SIZE) }
    }

    fn below(&self, address: u64) -> u64 {
        let at = self.pieces.partition_point(|(start, ..)| *start < address);
        let before = at.checked_sub(1).and_then(|last| self.pieces.get(last));
        before.map_or(0, |(start, end, below)| below + address.min(*end) - start)
    }

    /// Bytes of a range that are not a hole: holes count in whole pages.
    fn filled(&self, range: Range<u64>) -> u64 {
        let (first, end) = (page_up(range.start), page_down(range.end));
        let len = range.end.saturating_sub(range.start);
        if first >= end {
            return len;
        }
        len - ((end - first) - (self.below(end) - self.below(first)))
    }
}

struct Work<'m> {
    /// What is left of the machine's blocks.
    left: Vec<Block>,
    made: Vec<Block>,
    physical: Vec<Option<u32>>,
    limits: NodeLimits,
    memory: &'m Memory,
}

impl Work<'_> {
    fn by_count(&mut self, count: u64, parsed: &BTreeSet<u32>) -> Result<(), EmulationFailure> {
        // The kernel keeps the number in an int.
        let count = Some(count as u32 as i32).filter(|count| *count > 0).ok_or(EmulationFailure::NoNumber)?;
        let count = u64::from(count.unsigned_abs().min(self.limits.max_nodes));
        let each = self.memory.filled(0..self.memory.end) / PAGE_SIZE / count * PAGE_SIZE;
        let larger = each % MIN_SIZE * count / MIN_SIZE;
        let size = each / MIN_SIZE * MIN_SIZE;
        if size == 0 {
            return Err(EmulationFailure::TooLittleMemory);
        }
        let mut number = 0;
        self.in_turns(parsed.iter().copied().collect(), |work, start, limit| {
            let mut end = start.saturating_add(size);
            if number < larger {
                end = end.saturating_add(MIN_SIZE);
            }
            let end = work.extend(start, end, limit, size);
            let end = work.whole_rest(end, limit, size);
            let node = number % count;
            number += 1;
            (node, end)
        })
    }

    fn by_size(&mut self, size: u64, parsed: &BTreeSet<u32>) -> Result<(), EmulationFailure> {
        if size == 0 {
            return Err(EmulationFailure::NoNumber);
        }
        let nodes = u64::from(self.limits.max_nodes);
        let least = self.memory.filled(0..self.memory.end) / PAGE_SIZE / nodes * PAGE_SIZE;
        let size = size.max(least.max(MIN_SIZE).next_multiple_of(MIN_SIZE)) / MIN_SIZE * MIN_SIZE;
        let mut number = 0;
        self.in_turns(parsed.iter().copied().collect(), |work, start, limit| {
            let end = work.extend(start, start.saturating_add(size), limit, size);
            let end = work.whole_rest(end, limit, size);
            let node = number % nodes;
            number += 1;
            (node, end)
        })
    }

    /// Each of the machine's nodes is cut by the size of the first of its blocks that is left, holes or not.
    fn per_node(
        &mut self,
        count: u64,
        parsed: &BTreeSet<u32>,
        rules: &FakeRules,
    ) -> Result<(), EmulationFailure> {
        let parts = u64::from(count as u32);
        if parts == 0 || parsed.is_empty() {
            return Err(EmulationFailure::NoNumber);
        }
        let nodes = u64::from(self.limits.max_nodes);
        let mut number = 0;
        for node in parsed {
            let before = number;
            // The machine's nodes come in the order of their blocks, whatever their numbers.
            if let Some(first) = self.left.first().cloned() {
                let pages = first.range.end / PAGE_SIZE - first.range.start / PAGE_SIZE;
                let each = pages / parts * PAGE_SIZE;
                let size = each.max(MIN_SIZE).next_multiple_of(MIN_SIZE);
                self.in_turns(vec![first.node], |work, start, limit| {
                    let end = work.up_to_4g(start.saturating_add(size)).min(limit);
                    let node = number % nodes;
                    number += 1;
                    (node, end)
                })?;
            }
            let made = if rules.counts_parts_per_node { number - before } else { number };
            if made < count && !(rules.counts_parts_per_node && made == 0) {
                return Err(EmulationFailure::TooFewParts { node: *node, parts: number - before });
            }
        }
        Ok(())
    }

    /// Takes a piece off the first block that is left of each node in turn, until there is none. `cut` gives the made-up
    /// node and the end of a piece from the start and the end of what is left of a block.
    fn in_turns(
        &mut self,
        mut nodes: Vec<u32>,
        mut cut: impl FnMut(&Self, u64, u64) -> (u64, u64),
    ) -> Result<(), EmulationFailure> {
        while !nodes.is_empty() {
            let mut exhausted = BTreeSet::new();
            for node in &nodes {
                let Some(at) = self.left.iter().position(|block| block.node == *node) else {
                    exhausted.insert(*node);
                    continue;
                };
                if self.made.len() >= self.limits.max_blocks() {
                    return Err(EmulationFailure::TooManyBlocks);
                }
                let Some(range) = self.left.get(at).map(|block| block.range.clone()) else { continue };
                let (made, end) = cut(self, range.start, range.end);
                let piece = range.start..end.min(range.end);
                if let Some(physical) = self.physical.get_mut(made as usize) {
                    physical.get_or_insert(*node);
                }
                if piece.end >= range.end {
                    self.left.remove(at);
                } else if let Some(block) = self.left.get_mut(at) {
                    block.range.start = piece.end;
                }
                self.made.push(Block { node: made as u32, range: piece });
            }
            nodes.retain(|node| !exhausted.contains(node));
        }
        Ok(())
    }

    /// Moves an end up in steps until the piece holds `size` bytes of RAM; a step past the block's end stops there.
    fn extend(&self, start: u64, end: u64, limit: u64, size: u64) -> u64 {
        let enough = |steps: u64| self.memory.filled(start..end.saturating_add(steps * MIN_SIZE)) >= size;
        if enough(0) {
            return end;
        }
        // Each step adds RAM or none, so the first that is enough can be looked for by halves.
        let most = limit.saturating_sub(end) / MIN_SIZE;
        if !enough(most) {
            return limit;
        }
        let (mut low, mut high) = (0, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle }
        }
        end + high * MIN_SIZE
    }

    /// A piece reaches up to 4 GiB when less than 32 MiB of RAM would be left below.
    fn up_to_4g(&self, end: u64) -> u64 {
        if end < DMA32_END && self.memory.filled(end..DMA32_END) < MIN_SIZE { DMA32_END } else { end }
    }

    /// ... and to the block's end when less than a node's RAM would be left in it.
    fn whole_rest(&self, end: u64, limit: u64, size: u64) -> u64 {
        let end = self.up_to_4g(end);
        if end <= limit && self.memory.filled(end..limit) < size { limit } else { end }
    }
}
