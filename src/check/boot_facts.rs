//! The memory of a boot, as assertions speak of it.

use crate::boot::running::windows;
use crate::boot::stages::zones::{NodeZone, Zone};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::memory::{PAGE_SIZE, Ranges};

/// The memory of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeMemory {
    /// The node.
    pub node: u32,
    /// All of its memory, in bytes.
    pub total: u64,
    /// What of it is in ZONE_MOVABLE.
    pub movable: u64,
}

/// The memory of a boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BootFacts {
    /// The nodes.
    pub nodes: Vec<NodeMemory>,
    /// All RAM that nodes have.
    pub ram: Ranges,
    /// What of it is in ZONE_MOVABLE.
    pub movable: Ranges,
    /// Bytes of RAM and of the windows for memory that is added later.
    pub grows_to: u64,
    /// What took marks away: node and name.
    pub blockers: Vec<(u32, String)>,
}

impl BootFacts {
    /// The memory of an outcome.
    pub fn of(machine: &Machine, next: &NextBoot<'_>, outcome: &Outcome<'_>) -> BootFacts {
        let nodes: Vec<NodeMemory> = outcome
            .zones
            .nodes
            .iter()
            .map(|(node, zones)| {
                let bytes = |zone: &NodeZone| zone.present_pages.saturating_mul(PAGE_SIZE);
                let movable = zones.zones.iter().filter(|zone| zone.zone == Zone::Movable);
                NodeMemory {
                    node: *node,
                    total: zones.zones.iter().map(bytes).sum(),
                    movable: movable.map(bytes).sum(),
                }
            })
            .collect();
        let owned = outcome.regions.iter().filter_map(|region| Some((region.node?, region.range.clone())));
        let movable = owned.clone().filter_map(|(node, range)| {
            let start = outcome.zones.movable_start.get(&node)?.saturating_mul(PAGE_SIZE);
            Some(range.start.max(start)..range.end)
        });
        let windows = windows::later(outcome, machine, next, &[]).windows;
        let taken = windows.iter().filter(|window| window.zone.is_some());
        let room: u64 =
            taken.map(|window| window.range.end - window.range.start).fold(0, u64::saturating_add);
        let total: u64 = nodes.iter().map(|node| node.total).sum();
        BootFacts {
            ram: owned.map(|(_, range)| range).collect(),
            movable: movable.collect(),
            grows_to: total.saturating_add(room),
            blockers: outcome.blockers.iter().map(|blocker| (blocker.node, blocker.holder.group())).collect(),
            nodes,
        }
    }

    /// All memory, in bytes.
    pub fn total(&self) -> u64 {
        self.nodes.iter().map(|node| node.total).sum()
    }
}
