//! What an expert would point out about memory that is to be removed later: marks that cannot count, memory that is movable
//! unasked, zones that end in the middle of a block, options that get in each other's way.

use crate::boot::derived::floor;
use crate::boot::derived::rows::Row;
use crate::boot::stages::memblock::{Holder, ReservedBy};
use crate::boot::stages::zones::{Mode, Zone};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::bytes::size;
use crate::finding::Finding;
use crate::finding::registry::boot as rule;
use crate::foreign::Foreign;
use crate::memory::memmap::Kind;
use crate::memory::{PAGE_SIZE, Ranges};
use crate::phrase::{self, numbers};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Below this, some recorded boots ended in a panic and others did not.
const NARROW: u64 = 32 << 20;

/// Adds what there is to say.
pub fn add(
    machine: &Machine,
    outcome: &Outcome<'_>,
    next: &NextBoot<'_>,
    rows: &[Row],
    all: &mut Vec<Finding>,
) {
    unmarked(outcome, rows, all);
    marks_on_kernel_node(outcome, all);
    shares(outcome, all);
    boot_data(outcome, all);
    borders(outcome, all);
    windows(outcome, next, all);
    options(machine, outcome, next, all);
}

fn movable_start(outcome: &Outcome<'_>, node: u32) -> u64 {
    outcome.zones.movable_start.get(&node).copied().unwrap_or(0).saturating_mul(PAGE_SIZE)
}

/// The memory of movable zones.
fn movable_memory(outcome: &Outcome<'_>) -> Ranges {
    let parts = outcome.regions.iter().filter_map(|region| {
        let start = outcome.zones.movable_start.get(&region.node?)?.saturating_mul(PAGE_SIZE);
        Some(region.range.start.max(start)..region.range.end)
    });
    parts.collect()
}

fn unmarked(outcome: &Outcome<'_>, rows: &[Row], all: &mut Vec<Finding>) {
    if outcome.zones.mode != Mode::MovableNode {
        return;
    }
    let mut unmarked: BTreeMap<u32, u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.zone == Some(Zone::Movable) && !row.hotpluggable) {
        if let Some(node) = row.node {
            *unmarked.entry(node).or_default() += row.range.end - row.range.start;
        }
    }
    for (node, len) in unmarked {
        let start = movable_start(outcome, node);
        let message =
            format!("{} above {start:#x} are movable though the SRAT does not mark them", size(len));
        all.push(Finding::new(&rule::UNMARKED_MOVABLE, format!("node {node}"), message));
    }
}

fn marks_on_kernel_node(outcome: &Outcome<'_>, all: &mut Vec<Finding>) {
    if outcome.zones.mode != Mode::MovableNode {
        return;
    }
    let low = outcome.blockers.iter().filter(|blocker| blocker.holder == Holder::LowMemory);
    let nodes: BTreeSet<u32> = low.map(|blocker| blocker.node).collect();
    let marked = |node: u32| -> u64 {
        let regions = &outcome.nodes.regions;
        let of_node = regions.iter().filter(|region| region.node == Some(node) && region.hotpluggable);
        of_node.map(|region| region.range.end - region.range.start).sum()
    };
    for node in nodes {
        let message = format!("{} of it are marked, and the first MiB is part of it", size(marked(node)));
        all.push(Finding::new(&rule::MARKS_ON_KERNEL_NODE, format!("node {node}"), message));
    }
}

fn shares(outcome: &Outcome<'_>, all: &mut Vec<Finding>) {
    if outcome.map.death.is_some() {
        return;
    }
    let memory = floor::kernel_memory(outcome);
    let (movable, left) = (memory.movable, memory.left());
    let words = |what: &str| {
        format!(
            "{} of the {} in the kernel's zones are left once the kernel image and what boot allocates are in them; {what}",
            size(left),
            size(memory.total)
        )
    };
    let floor = memory.floor();
    if left < floor {
        let what = format!("every recorded boot with less than {} ended in a panic", size(floor));
        all.push(Finding::new(&rule::KERNEL_MEMORY_SHORT, "memory", words(&what)));
    } else if movable > 0 && left < NARROW {
        let what = format!("of the recorded boots with less than {} some ended in a panic", size(NARROW));
        all.push(Finding::new(&rule::KERNEL_MEMORY_NARROW, "memory", words(&what)));
    } else if movable > memory.total.saturating_mul(4) {
        let ratio = movable as f64 / memory.total.max(1) as f64;
        let message = format!(
            "{} are movable, {} are left to the kernel: {ratio:.1} to 1",
            size(movable),
            size(memory.total)
        );
        all.push(Finding::new(&rule::MOVABLE_RATIO, "memory", message));
    }
}

/// kernelcore= and movablecore= do not keep boot's own allocations out of the movable zone.
fn boot_data(outcome: &Outcome<'_>, all: &mut Vec<Finding>) {
    if !matches!(outcome.zones.mode, Mode::Sizes { .. } | Mode::Mirror) {
        return;
    }
    let movable = movable_memory(outcome);
    let stays = |holder: &Holder| !matches!(holder, Holder::Initrd | Holder::MovedInitrd | Holder::Given(_));
    let pieces: Vec<(Range<u64>, String)> = outcome
        .reserved
        .iter()
        .chain(&outcome.late)
        .filter(|piece| stays(&piece.holder))
        .flat_map(|piece| movable.overlapping(&piece.range).map(|part| (part, piece.holder.group())))
        .collect();
    let Some((first, _)) = pieces.first() else { return };
    let total: Ranges = pieces.iter().map(|(range, _)| range.clone()).collect();
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in &pieces {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let message = format!(
        "{} of boot's own data lie in movable zones, first at {:#x}: {}",
        size(total.total()),
        first.start,
        phrase::first(&names, 3)
    );
    all.push(Finding::new(&rule::BOOT_DATA_IN_MOVABLE, "movable zone", Foreign::of_text(&message)));
}

/// A zone that begins inside a memory block: the block has two zones, and can never go offline.
fn borders(outcome: &Outcome<'_>, all: &mut Vec<Finding>) {
    let block = outcome.blocks.size.bytes.max(1);
    let mut nodes: BTreeMap<u32, Ranges> = BTreeMap::new();
    for (_, node, range) in outcome.blocks.stranded(&outcome.zones) {
        nodes.entry(node).or_default().insert(range);
    }
    for (node, ranges) in nodes {
        let names = ranges.iter().map(|range| match (range.start / block, (range.end - 1) / block) {
            (first, last) if first == last => format!("memory{first}"),
            (first, last) => format!("memory{first} to memory{last}"),
        });
        let names = phrase::first(&names.collect::<Vec<_>>(), 4);
        let message = format!(
            "{} of movable memory lie in {names}, which other zones or nodes have a part in",
            size(ranges.total())
        );
        all.push(Finding::new(&rule::BORDER_INSIDE_BLOCK, format!("node {node}"), message));
    }
}

/// Entries of the SRAT that hold no RAM: room for memory that is added later, or a mistake.
fn windows(outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    if outcome.nodes.refusal.is_some() {
        return;
    }
    let empty = outcome.numa.memory.iter().filter_map(|entry| {
        let range = entry.range()?;
        outcome.map.ram.overlapping(&range).next().is_none().then_some((entry.entry, range))
    });
    let empty: Vec<(u32, Range<u64>)> = empty.collect();
    if empty.is_empty() {
        return;
    }
    let total: u64 = empty.iter().map(|(_, range)| range.end - range.start).fold(0, u64::saturating_add);
    let entries: Vec<u32> = empty.iter().map(|(entry, _)| *entry).collect();
    let (word, says) = if entries.len() == 1 { ("entry", "announces") } else { ("entries", "announce") };
    let taken = if next.line().map.is_empty() { "" } else { ", or mem= and memmap= took it away" };
    let message =
        format!("{word} {} {says} {} where no RAM is at boot{taken}", numbers(&entries), size(total));
    all.push(Finding::new(&rule::WINDOW_WITHOUT_RAM, "SRAT", message));
}

/// RAM that mem= and memmap= take away, and what of it the SRAT marks.
fn options(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    if next.line().map.is_empty() || outcome.map.death.is_some() || outcome.map.fallback {
        return;
    }
    let entries = machine.map.entries.iter().chain(&machine.map.extended);
    let before: Ranges = entries.filter(|entry| entry.kind == Kind::RAM).map(|entry| entry.range()).collect();
    let (mut taken, mut added) = (before.without(&outcome.map.ram), outcome.map.ram.without(&before));
    // Low memory is always trimmed a little.
    taken.remove(&(0..1 << 20));
    added.remove(&(0..1 << 20));
    let marked = taken.common(&outcome.numa.hotpluggable).total();
    if taken.total() >= PAGE_SIZE {
        let of_it =
            if marked > 0 { format!(", {} of it marked hot-pluggable", size(marked)) } else { String::new() };
        let message = format!("mem= and memmap= take {} of RAM away{of_it}", size(taken.total()));
        all.push(Finding::new(&rule::RAM_TAKEN, "command line", message));
    }
    if let Some(first) = added.iter().next().filter(|_| added.total() >= PAGE_SIZE) {
        let message = format!(
            "memmap= calls {} RAM that the firmware does not, first at {:#x}",
            size(added.total()),
            first.start
        );
        all.push(Finding::new(&rule::RAM_ADDED, "command line", message));
    }
    let known: Ranges =
        machine.map.entries.iter().chain(&machine.map.extended).map(|entry| entry.range()).collect();
    let unknown = added.without(&known);
    let mut placed =
        outcome.reserved.iter().filter(|piece| piece.place != ReservedBy::Fixed).chain(&outcome.late);
    let of_kernel = unknown.without(&movable_memory(outcome));
    let whole = |part: &&Range<u64>| part.end - part.start >= PAGE_SIZE;
    let message = if let Some(piece) = placed.find(|piece| unknown.overlapping(&piece.range).next().is_some())
    {
        let (name, Range { start, end }) = (piece.holder.name(), piece.range.clone());
        format!("{name} {start:#x}-{:#x} lies where the firmware knows of nothing", end - 1)
    } else if let Some(part) = of_kernel.iter().find(whole) {
        let total = size(of_kernel.total());
        format!(
            "{total} in the kernel's zones are where the firmware knows of nothing, first at {:#x}",
            part.start
        )
    } else {
        return;
    };
    all.push(Finding::new(&rule::RAM_MADE_UP, "command line", Foreign::of_text(&message)));
}
