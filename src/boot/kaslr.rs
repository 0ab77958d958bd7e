//! KASLR: where the kernel image may come to lie, and how likely each node is to hold it.
//!
//! The decompressor looks at the firmware's SRAT, never at an override: a node that only an override makes hot-pluggable
//! can get the kernel, and then loses its marks.
//!
//! # Kernel
//! `choose_random_location` in arch/x86/boot/compressed/kaslr.c and `count_immovable_mem_regions` in
//! arch/x86/boot/compressed/acpi.c, 5.1 to 7.3.

use super::cmdline::MapChange;
use super::nodes::Nodes;
use super::srat::{Block, NodeLimits};
use super::{Machine, NextBoot};
use crate::memory::memmap::{Entry, Kind};
use crate::memory::range::overlap;
use crate::memory::{Ranges, page_up};
use crate::table::srat::{MemoryFlags, Srat};
use std::collections::BTreeMap;
use std::ops::Range;

/// Images are placed at multiples of this (CONFIG_PHYSICAL_ALIGN).
const ALIGN: u64 = 2 << 20;
/// No place is looked for below the address where the kernel would lie otherwise, nor above this floor.
const HIGHEST_FLOOR: u64 = 512 << 20;
/// How many memmap= ranges are avoided; with more there is no randomisation.
const MAX_MEMMAPS: usize = 4;

/// Why the kernel's place is not random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// The caller says where the kernel is.
    Given,
    /// `nokaslr`.
    Nokaslr,
    /// More `memmap=` ranges than are kept track of.
    TooManyMemmaps,
    /// Nowhere is room for the image.
    NoRoom,
}

/// Where the kernel may come to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// At one place only.
    Fixed(Fixed),
    /// At one of several places, all equally likely.
    Random {
        /// How many places there are.
        slots: u64,
        /// How many of them touch memory blocks of each node.
        by_node: BTreeMap<u32, u64>,
        /// Whether the firmware's SRAT narrows the choice to memory it does not call hot-pluggable.
        filtered: bool,
    },
}

impl Placement {
    /// How likely a node is to hold (a part of) the kernel image, from 0 to 1.
    pub fn probability(&self, node: u32) -> f64 {
        match self {
            Placement::Fixed(_) => 0.0,
            Placement::Random { slots, by_node, .. } => {
                by_node.get(&node).copied().unwrap_or(0) as f64 / (*slots).max(1) as f64
            }
        }
    }
}

/// Counts the places. They are known as well as the memory map is: a boot loader's or EFI's own data, which are avoided
/// too, do not show there.
pub fn placement(machine: &Machine, next: &NextBoot<'_>, nodes: &Nodes) -> Placement {
    let line = &next.line;
    if next.kernel_is_placed {
        return Placement::Fixed(Fixed::Given);
    }
    if line.nokaslr {
        return Placement::Fixed(Fixed::Nokaslr);
    }
    let ranges = |change: &MapChange| match *change {
        MapChange::Add { start, size, kind } if kind != Kind::RAM.0 => {
            Some(start..start.saturating_add(size))
        }
        _ => None,
    };
    let avoided: Vec<Range<u64>> = line.map.iter().filter_map(ranges).collect();
    if avoided.len() > MAX_MEMMAPS {
        return Placement::Fixed(Fixed::TooManyMemmaps);
    }
    let limit = line.map.iter().filter_map(|change| match change {
        MapChange::Limit(limit) => Some(*limit),
        _ => None,
    });
    let limit = limit.min().unwrap_or(u64::MAX);
    let len = page_up(next.kernel_at.end - next.kernel_at.start);
    let floor = machine.preferred_address.unwrap_or(HIGHEST_FLOOR).min(HIGHEST_FLOOR);

    let ram = machine.map.entries.iter().filter(|entry| entry.kind == Kind::RAM && !entry.wraps());
    let mut candidates: Ranges = ram.map(Entry::range).collect();
    candidates.remove(&(0..floor));
    candidates.remove(&(limit..u64::MAX));
    for range in avoided.iter().chain(&next.initrd_at).chain(&machine.map.setup_data) {
        candidates.remove(range);
    }
    let immovable = if next.release.kaslr_reads_srat && !line.acpi_off {
        immovable(machine, next.limits)
    } else {
        Ranges::default()
    };
    let filtered = !immovable.is_empty();
    let regions: Vec<Range<u64>> = if filtered {
        immovable.iter().flat_map(|part| candidates.overlapping(part)).collect()
    } else {
        candidates.iter().cloned().collect()
    };
    let (mut slots, mut by_node) = (0, BTreeMap::new());
    for region in &regions {
        let Some(last) = region.end.checked_sub(len).map(|last| last / ALIGN) else { continue };
        let first = region.start.div_ceil(ALIGN);
        slots += (last + 1).saturating_sub(first);
        if first <= last {
            count(&mut by_node, first..last + 1, len, &nodes.blocks);
        }
    }
    if slots == 0 {
        return Placement::Fixed(Fixed::NoRoom);
    }
    Placement::Random { slots, by_node, filtered }
}

/// Memory that the firmware's SRAT does not call hot-pluggable. Entries that are not enabled count too; none at all, or
/// too many, or an entry of length 0 mean that nothing is filtered.
fn immovable(machine: &Machine, limits: NodeLimits) -> Ranges {
    let srat = machine.firmware.tables.iter().find(|table| table.bytes.starts_with(b"SRAT"));
    let Some(srat) = srat.and_then(|table| Srat::parse(&table.bytes).ok()) else { return Ranges::default() };
    if srat.entries().any(|entry| entry.is_err()) {
        return Ranges::default();
    }
    let cold: Vec<Range<u64>> = srat
        .memory()
        .filter(|(_, memory)| !memory.flags.contains(MemoryFlags::HOT_PLUGGABLE) && memory.length > 0)
        .map(|(_, memory)| memory.base..memory.base.saturating_add(memory.length))
        .collect();
    if cold.len() >= limits.max_blocks() { Ranges::default() } else { cold.into_iter().collect() }
}

/// Adds how many of these slots touch each node's blocks. A slot that touches several blocks of one node counts once.
fn count(by_node: &mut BTreeMap<u32, u64>, slots: Range<u64>, len: u64, blocks: &[Block]) {
    let mut touched: BTreeMap<u32, Ranges> = BTreeMap::new();
    for block in blocks {
        // The image at slot s covers [s, s + len): it touches the block from block.start - len + 1 on.
        let first = block.range.start.saturating_sub(len - 1).div_ceil(ALIGN);
        if let Some(range) = overlap(&(first..block.range.end.div_ceil(ALIGN)), &slots) {
            touched.entry(block.node).or_default().insert(range);
        }
    }
    for (node, ranges) in touched {
        *by_node.entry(node).or_default() += ranges.total();
    }
}
