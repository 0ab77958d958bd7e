//! What nobody can know beforehand: where boot loader, firmware and KASLR put things, and what the boot would become with
//! each of them on each node.
//!
//! With movable_node a node keeps its hot-pluggable marks only if nothing is reserved in it before the SRAT is read, and
//! nodes do not depend on each other in this; so the boot with a thing on node N is the boot without that thing, less node
//! N's movable memory. A kernel image across a border of nodes takes the marks of both.

use crate::boot::stages::kaslr::Placement;
use crate::boot::stages::memblock::Holder;
use crate::boot::stages::zones::{MOVABLE_ALIGN, Mode};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::memory::PAGE_SIZE;
use crate::phrase::words;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const FOUR_GIB: u64 = 1 << 32;

words! {
    /// A thing whose place is not sure.
    pub enum What {
        /// The kernel image.
        Kernel = "kernel image",
        /// The initrd.
        Initrd = "initrd",
        /// Code and data of EFI's boot services.
        BootServices = "EFI boot services",
    }
}

impl What {
    /// How to make its place sure.
    pub fn fix(self) -> &'static str {
        match self {
            What::Kernel => "boot with nokaslr, or name its place: --kernel-at",
            What::Initrd => "look the place up in that boot's log (RAMDISK) and name it: --initrd-at",
            What::BootServices => "give a log of a boot with efi=debug: --dmesg",
        }
    }

    fn is_held_by(self, holder: &Holder) -> bool {
        match self {
            What::Kernel => matches!(holder, Holder::Kernel | Holder::Brk),
            What::Initrd => matches!(holder, Holder::Initrd | Holder::MovedInitrd),
            What::BootServices => false,
        }
    }
}

/// What the boot becomes with the thing on one of some nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The nodes, ascending. Where nothing is lost it does not matter which of them; else the thing lies on all of these.
    pub nodes: Vec<u32>,
    /// How likely that is, where it can be told.
    pub probability: Option<f64>,
    /// Whether the nodes lose their hot-pluggable marks for it.
    pub loses: bool,
    /// Bytes of movable memory on all nodes then.
    pub movable: u64,
}

/// A thing whose place is not sure, and what hangs on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// The thing.
    pub what: What,
    /// Where the plan takes it to be; `None` when it leaves it out.
    pub assumed: Option<Range<u64>>,
    /// The cases: first that in which no node loses anything for it, if there is one.
    pub cases: Vec<Case>,
}

/// Which places are sure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sure {
    /// That of the kernel image.
    pub kernel: bool,
    /// That of the initrd, or that there is none.
    pub initrd: bool,
}

/// The things that a boot hangs on. None where nothing is at stake: without movable_node, without marked memory, or where
/// all marks are lost for other reasons.
pub fn of(machine: &Machine, next: &NextBoot<'_>, outcome: &Outcome<'_>, sure: Sure) -> Vec<Unknown> {
    let mut all = Vec::new();
    if outcome.zones.mode != Mode::MovableNode {
        return all;
    }
    let worth = worth(outcome);
    if worth.is_empty() {
        return all;
    }
    let ram = |limit: u64, len: u64| -> BTreeSet<u32> {
        let large = outcome.regions.iter().filter(|region| {
            region.range.start < limit && region.range.end.min(limit) - region.range.start >= len
        });
        large.filter_map(|region| region.node).collect()
    };
    if !sure.kernel
        && let Placement::Random { .. } = &outcome.kaslr
    {
        let places = outcome.kaslr.by_nodes().map(|(nodes, chance)| (nodes.clone(), Some(chance)));
        let place = Some(next.kernel_at().clone());
        all.extend(unknown(What::Kernel, place, places.collect(), &worth, outcome));
    }
    if !sure.initrd {
        // Loaders of the BIOS keep below 4 GiB; EFI and kexec give out the highest memory first.
        let limit = if machine.is_uefi || machine.kexec.is_some() { u64::MAX } else { FOUR_GIB };
        let place = next.initrd_at().cloned();
        let len = match (&place, next.initrd()) {
            (Some(range), _) => range.end - range.start,
            (None, initrd) => initrd.map_or(0, |initrd| initrd.len()),
        };
        all.extend(unknown(What::Initrd, place, one_by_one(ram(limit, len)), &worth, outcome));
    }
    if machine.is_uefi && machine.efi.0.is_empty() && next.reserve().is_empty() {
        all.extend(unknown(What::BootServices, None, one_by_one(ram(u64::MAX, 0)), &worth, outcome));
    }
    all
}

/// For each node with marked memory: how many bytes are movable if it keeps its marks.
fn worth(outcome: &Outcome<'_>) -> BTreeMap<u32, u64> {
    let mut lowest: BTreeMap<u32, u64> = BTreeMap::new();
    for region in outcome.nodes.regions.iter().filter(|region| region.hotpluggable) {
        let Some(node) = region.node else { continue };
        let known = lowest.entry(node).or_insert(region.range.start);
        *known = region.range.start.min(*known);
    }
    let mut worth = BTreeMap::new();
    for region in &outcome.nodes.regions {
        let Some((node, start)) = region.node.and_then(|node| Some((node, lowest.get(&node)?))) else {
            continue;
        };
        let start = start.checked_next_multiple_of(MOVABLE_ALIGN * PAGE_SIZE).unwrap_or(u64::MAX);
        let part = region.range.end.saturating_sub(region.range.start.max(start));
        if part > 0 {
            *worth.entry(node).or_default() += part;
        }
    }
    worth
}

/// Nodes that a thing lies on together, and how likely that is.
type Places = Vec<(BTreeSet<u32>, Option<f64>)>;

/// A thing that lies on one of some nodes.
fn one_by_one(nodes: BTreeSet<u32>) -> Places {
    nodes.into_iter().map(|node| (BTreeSet::from([node]), None)).collect()
}

fn unknown(
    what: What,
    assumed: Option<Range<u64>>,
    places: Places,
    worth: &BTreeMap<u32, u64>,
    outcome: &Outcome<'_>,
) -> Option<Unknown> {
    let lost: BTreeSet<u32> = outcome
        .blockers
        .iter()
        .filter(|blocker| !what.is_held_by(&blocker.holder))
        .map(|blocker| blocker.node)
        .collect();
    let kept: BTreeMap<u32, u64> =
        worth.iter().filter(|(node, _)| !lost.contains(node)).map(|(node, bytes)| (*node, *bytes)).collect();
    let all: u64 = kept.values().sum();
    let mut harmless: Option<Case> = None;
    let mut costly: BTreeMap<Vec<u32>, Option<f64>> = BTreeMap::new();
    for (nodes, chance) in places {
        let at_stake: Vec<u32> = nodes.iter().copied().filter(|node| kept.contains_key(node)).collect();
        if !at_stake.is_empty() {
            let known = costly.entry(at_stake).or_insert_with(|| chance.map(|_| 0.0));
            *known = known.zip(chance).map(|(sum, chance)| sum + chance);
            continue;
        }
        let case = harmless.get_or_insert_with(|| Case {
            nodes: Vec::new(),
            probability: chance.map(|_| 0.0),
            loses: false,
            movable: all,
        });
        case.nodes.extend(nodes);
        case.probability = case.probability.zip(chance).map(|(sum, chance)| sum + chance);
    }
    if costly.is_empty() {
        return None;
    }
    let mut cases: Vec<Case> = harmless.into_iter().collect();
    for case in &mut cases {
        case.nodes.sort_unstable();
        case.nodes.dedup();
    }
    cases.extend(costly.into_iter().map(|(nodes, probability)| Case {
        probability,
        loses: true,
        movable: all - nodes.iter().filter_map(|node| kept.get(node)).sum::<u64>(),
        nodes,
    }));
    Some(Unknown { what, assumed, cases })
}
