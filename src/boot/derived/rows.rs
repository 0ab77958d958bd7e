//! What the boot means for each piece of memory: its node, its zone, and why it is there.

use crate::boot::kernel::cmdline::Numa;
use crate::boot::stages::memblock::Blocker;
use crate::boot::stages::srat::{BadEntry, Refusal, SratMemory};
use crate::boot::stages::zones::{Mode, Zone};
use crate::boot::{NextBoot, Outcome};
use crate::bytes::size;
use crate::memory::PAGE_SIZE;
use std::ops::Range;

/// One piece of RAM that lies in one zone of one node and in one entry of the SRAT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// Node; `None` for RAM that no node has.
    pub node: Option<u32>,
    /// Proximity domain of the node, where the SRAT gave it.
    pub pxm: Option<u32>,
    /// Zone; `None` for RAM that no node has.
    pub zone: Option<Zone>,
    /// Whether the SRAT marks it hot-pluggable, whatever became of the mark.
    pub hotpluggable: bool,
    /// The SRAT entry that covers it, all entries counted from 0.
    pub entry: Option<u32>,
    /// Why it is in that zone, in the words that all rows of its kind share.
    pub reason: String,
    /// The same with the number of the SRAT entry that decided it, where one did.
    pub why: String,
}

impl Row {
    /// Whether `next` follows without a gap and differs in nothing but its addresses.
    fn continues_in(&self, next: &Row) -> bool {
        let alike = |row: &Row| (row.node, row.zone, row.hotpluggable, row.entry);
        self.range.end == next.range.start && alike(self) == alike(next) && self.why == next.why
    }
}

/// The rows of a boot, ascending.
pub fn rows(outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Row> {
    let entries = SratEntries::new(&outcome.numa.memory);
    let mut rows: Vec<Row> = Vec::new();
    for region in &outcome.regions {
        let mut start = region.range.start;
        let movable =
            region.node.and_then(|node| outcome.zones.movable_start.get(&node)).map(|pfn| pfn * PAGE_SIZE);
        while start < region.range.end {
            let zone = region.node.map(|_| zone_at(outcome, start, movable));
            let borders = outcome.zones.limits.iter().map(|(_, pfns)| pfns.end.saturating_mul(PAGE_SIZE));
            let next_border = borders.chain(movable).filter(|border| *border > start).min();
            let end = region.range.end.min(next_border.unwrap_or(u64::MAX)).min(entries.next_border(start));
            let entry = if outcome.nodes.refusal.is_none() { entries.at(start) } else { None };
            let marked = entries.is_marked(start);
            let context = RowContext { outcome, next, node: region.node, movable, marked };
            let row = Row {
                range: start..end,
                node: region.node,
                pxm: region.node.and_then(|node| pxm(outcome, node)),
                zone,
                hotpluggable: marked,
                entry: entry.map(|entry| entry.entry),
                reason: context.why(zone, start, None),
                why: context.why(zone, start, entry.map(|entry| entry.entry)),
            };
            start = end;
            match rows.last_mut() {
                Some(last) if last.continues_in(&row) => last.range.end = row.range.end,
                _ => rows.push(row),
            }
        }
    }
    rows
}

/// The proximity domain of a node; none when the SRAT was refused, since the one node then has none.
pub fn pxm(outcome: &Outcome<'_>, node: u32) -> Option<u32> {
    outcome.nodes.pxm_of(node, &outcome.numa.domains)
}

fn zone_at(outcome: &Outcome<'_>, address: u64, movable: Option<u64>) -> Zone {
    let limits = &outcome.zones.limits;
    if movable.is_some_and(|start| address >= start) {
        return Zone::Movable;
    }
    let pfn = address / PAGE_SIZE;
    limits.iter().find(|(_, pfns)| pfn < pfns.end).map_or(Zone::Normal, |(zone, _)| *zone)
}

/// Entries of the SRAT by address.
struct SratEntries<'a> {
    borders: Vec<u64>,
    /// For each stretch between borders: the last entry that covers it, and whether any marks it.
    stretches: Vec<(Option<&'a SratMemory>, bool)>,
}

impl<'a> SratEntries<'a> {
    fn new(memory: &'a [SratMemory]) -> Self {
        let ranges = || memory.iter().filter_map(|entry| Some((entry, entry.range()?)));
        let mut borders: Vec<u64> = ranges().flat_map(|(_, range)| [range.start, range.end]).collect();
        borders.sort_unstable();
        borders.dedup();
        let mut stretches = vec![(None, false); borders.len()];
        // Later entries are looked at first: each stretch is given away once.
        let mut unset: Vec<usize> = (0..=borders.len()).collect();
        for (entry, range) in ranges().collect::<Vec<_>>().into_iter().rev() {
            let first = borders.partition_point(|border| *border < range.start);
            let last = borders.partition_point(|border| *border < range.end);
            let mut at = find(&mut unset, first);
            while at < last {
                if let Some(stretch) = stretches.get_mut(at) {
                    stretch.0 = Some(entry);
                }
                if let Some(next) = unset.get_mut(at) {
                    *next = at + 1;
                }
                at = find(&mut unset, at + 1);
            }
        }
        let mut depth = vec![0i64; borders.len() + 1];
        for (_, range) in ranges().filter(|(entry, _)| entry.hotpluggable) {
            for (border, change) in [(range.start, 1), (range.end, -1)] {
                if let Some(place) = depth.get_mut(borders.partition_point(|known| *known < border)) {
                    *place += change;
                }
            }
        }
        let mut marks = 0;
        for (stretch, change) in stretches.iter_mut().zip(&depth) {
            marks += change;
            stretch.1 = marks > 0;
        }
        SratEntries { borders, stretches }
    }

    fn stretch(&self, address: u64) -> Option<&(Option<&'a SratMemory>, bool)> {
        self.stretches.get(self.borders.partition_point(|border| *border <= address).checked_sub(1)?)
    }

    fn at(&self, address: u64) -> Option<&'a SratMemory> {
        self.stretch(address).and_then(|(entry, _)| *entry)
    }

    fn is_marked(&self, address: u64) -> bool {
        self.stretch(address).is_some_and(|(_, marked)| *marked)
    }

    fn next_border(&self, address: u64) -> u64 {
        let next = self.borders.partition_point(|border| *border <= address);
        self.borders.get(next).copied().unwrap_or(u64::MAX)
    }
}

/// The first place at or after `at` that is not given away, with the path to it shortened.
fn find(unset: &mut [usize], at: usize) -> usize {
    let mut root = at;
    while let Some(next) = unset.get(root).copied().filter(|next| *next != root) {
        root = next;
    }
    let mut walk = at;
    while let Some(next) = unset.get_mut(walk).filter(|next| **next != root && **next != walk) {
        walk = std::mem::replace(next, root);
    }
    root
}

/// What a piece's sentence is made of.
struct RowContext<'o, 'n> {
    outcome: &'o Outcome<'o>,
    next: &'n NextBoot<'n>,
    node: Option<u32>,
    movable: Option<u64>,
    marked: bool,
}

impl RowContext<'_, '_> {
    fn why(&self, zone: Option<Zone>, start: u64, entry: Option<u32>) -> String {
        let (Some(node), Some(zone)) = (self.node, zone) else {
            return "no SRAT entry covers it: Linux dies of this".into();
        };
        let marked = match entry {
            Some(entry) => format!("SRAT entry #{entry} marks it hot-pluggable"),
            None => "hot-pluggable".into(),
        };
        let movable_from = self.outcome.zones.movable_from;
        match (self.outcome.zones.mode, zone) {
            (Mode::MovableNode, Zone::Movable) if self.marked => {
                format!("{marked}, and nothing on node {node} is reserved before the SRAT is read")
            }
            (Mode::MovableNode, Zone::Movable) => {
                let from = self.movable.unwrap_or(0);
                format!("not marked, but above {from:#x}, the lowest hot-pluggable page of node {node}")
            }
            (Mode::MovableNode, _) => self.kernel_in_spite_of_movable_node(node, start, &marked, entry),
            (Mode::Mirror, Zone::Movable) => "kernelcore=mirror: not mirrored, and above 4 GiB".into(),
            (Mode::Mirror, _) => "kernelcore=mirror: mirrored, or below 4 GiB".into(),
            (Mode::Sizes { .. }, Zone::Movable) => {
                format!("{} leaves it: the kernel's share of node {node} ends below", self.sizes())
            }
            (Mode::Sizes { .. }, zone) if zone != movable_from => {
                format!("only {} memory can be made movable by {}", movable_from.name(), self.sizes())
            }
            (Mode::Sizes { .. }, _) => format!("the kernel's share of node {node} ({})", self.sizes()),
            (Mode::SizesWithoutEffect, _) => format!("{} leaves all memory to the kernel", self.sizes()),
            (Mode::MirrorIgnored, _) => "kernelcore=mirror is ignored: no memory is mirrored".into(),
            (Mode::None, _) if self.marked && self.outcome.nodes.refusal.is_none() => {
                format!("{marked}, but movable_node is not given")
            }
            (Mode::None, _) => "nothing on the command line asks for a movable zone".into(),
        }
    }

    fn kernel_in_spite_of_movable_node(
        &self,
        node: u32,
        start: u64,
        marked: &str,
        entry: Option<u32>,
    ) -> String {
        if let Some(refusal) = &self.outcome.nodes.refusal {
            return format!("no memory is hot-pluggable: {}", refusal_text(refusal));
        }
        if !self.marked {
            return match entry {
                Some(entry) => format!("SRAT entry #{entry} does not mark it hot-pluggable"),
                None => "the SRAT does not mark it hot-pluggable".into(),
            };
        }
        let mut blockers = self.outcome.blockers.iter().filter(|blocker| blocker.node == node);
        match blockers.next() {
            Some(first) => {
                let more = if blockers.next().is_some() { " and more" } else { "" };
                format!("{marked}, but node {node} holds {}{more}", holder(first))
            }
            None if self.movable.is_some_and(|movable| start < movable) => {
                format!("{marked}, but below the first 4 MiB border")
            }
            None => format!("{marked}, but too small to hold a 4 MiB border"),
        }
    }

    /// The options that decided about sizes, with what they came to.
    fn sizes(&self) -> String {
        let line = self.next.line();
        let options = [("kernelcore", &line.kernelcore), ("movablecore", &line.movablecore)];
        let given = options.into_iter().filter(|(_, size)| size.bytes != 0 || size.percent != 0);
        given.map(|(name, size)| format!("{name}={size}")).collect::<Vec<_>>().join(" with ")
    }
}

/// A reservation as a sentence names it.
fn holder(blocker: &Blocker) -> String {
    format!("the {} at {:#x}", blocker.holder.name(), blocker.range.start)
}

/// Why the SRAT gives no nodes, as a clause that can stand after a colon.
pub fn refusal_text(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Off => "numa=off".into(),
        Refusal::NoAcpi => "numa=noacpi".into(),
        Refusal::AcpiOff => "acpi=off".into(),
        Refusal::NotConfigured => "the kernel was built without CONFIG_NUMA or CONFIG_ACPI_NUMA".into(),
        Refusal::NoTable => "the machine has no SRAT".into(),
        Refusal::Unread => "no table at hand shows whether the machine has one, or what it says".into(),
        Refusal::BadEntry { offset, why } => {
            let what = match why {
                BadEntry::Length(len) => format!("has the length {len}"),
                BadEntry::Domain(pxm) => format!("has proximity domain {pxm}, which Linux has no node for"),
                BadEntry::TooManyBlocks => "is one memory range more than Linux has room for".into(),
            };
            format!("the SRAT entry at offset {offset:#x} {what}")
        }
        Refusal::ZeroLength { offset } => {
            format!("the SRAT entry at offset {offset:#x} has length 0")
        }
        Refusal::NoMemory => "the SRAT has no memory entry that Linux takes".into(),
        Refusal::Overlap(one, other) => format!(
            "node {} at {:#x}-{:#x} and node {} at {:#x}-{:#x} overlap in the SRAT",
            one.node,
            one.range.start,
            one.range.end.saturating_sub(1),
            other.node,
            other.range.start,
            other.range.end.saturating_sub(1)
        ),
        Refusal::Uncovered { bytes } => {
            format!("the SRAT leaves {} of RAM without a node", size(*bytes))
        }
    }
}

/// Whether the command line or the configuration keeps Linux from reading the SRAT at all.
pub fn is_switched_off(next: &NextBoot<'_>) -> bool {
    next.line().acpi_off || next.line().numa != Numa::On || !next.release().build.numa
}
