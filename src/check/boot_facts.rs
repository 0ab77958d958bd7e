//! The memory of a boot, as assertions speak of it.

use crate::boot::derived::findings;
use crate::boot::running::online::OnlineState;
use crate::boot::running::policy::{PAGE_STRUCTURE_LEN, Policy};
use crate::boot::running::windows;
use crate::boot::stages::zones::{NodeZone, Zone};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::finding::Finding;
use crate::memory::{PAGE_SIZE, Ranges};

/// The memory of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeMemory {
    /// The node's number.
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
    /// The same, with that of them alone that comes to ZONE_MOVABLE.
    pub grows_movable: u64,
    /// Why not more of the windows counts for that, in words; `None` where nothing else limits it.
    pub growth_limit: Option<&'static str>,
    /// What took marks away: node and name.
    pub blockers: Vec<(u32, String)>,
    /// Why the boot does not come to its end, where it does not: then nothing that is wished of its memory holds.
    pub death: Option<Finding>,
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
        let later = windows::later(outcome, machine, next, &[]);
        let room = |is_meant: &dyn Fn(Zone) -> bool| -> u64 {
            let windows = later.windows.iter();
            let taken =
                windows.filter(|window| window.zone.as_ref().is_some_and(|(zone, _)| is_meant(*zone)));
            taken.map(|window| window.range.end - window.range.start).fold(0, u64::saturating_add)
        };
        let total: u64 = nodes.iter().map(|node| node.total).sum();
        let movable_now: u64 = nodes.iter().map(|node| node.movable).sum();
        let (more, growth_limit) =
            movable_growth(&later.policy, room(&|zone| zone == Zone::Movable), total, movable_now);
        let death = findings::fatal(machine, outcome, next).into_iter().next();
        BootFacts {
            ram: owned.map(|(_, range)| range).collect(),
            movable: movable.collect(),
            grows_to: total.saturating_add(room(&|_| true)),
            grows_movable: total.saturating_add(more),
            growth_limit,
            blockers: outcome.blockers.iter().map(|blocker| (blocker.node, blocker.holder.group())).collect(),
            nodes,
            death,
        }
    }

    /// Why the boot does not come to its end, in words.
    pub fn why_dead(&self) -> Option<String> {
        let death = self.death.as_ref()?;
        Some(format!("Linux does not come up: {} [{}]", death.message.text(), death.rule.code))
    }

    /// All memory, in bytes.
    pub fn total(&self) -> u64 {
        self.nodes.iter().map(|node| node.total).sum()
    }
}

/// How many bytes of so much room for movable memory can be used, and what limits it: the page structures of what is added
/// take kernel memory unless they lie inside of it, and auto-movable keeps a ratio to kernel memory.
fn movable_growth(policy: &Policy, room: u64, total: u64, movable: u64) -> (u64, Option<&'static str>) {
    const PER_STRUCTURE: u64 = PAGE_SIZE / PAGE_STRUCTURE_LEN;
    let kernel = total.saturating_sub(movable);
    let free = kernel.saturating_sub(total / PER_STRUCTURE);
    // Before 6.12 it depends on the devices' sizes whether they can lie inside.
    let is_inside = policy.memmap_on_memory && policy.memmap_in_every_block;
    let (mut most, mut limit) = (room, None);
    let mut keep = |bytes: u64, why| {
        if bytes < most {
            (most, limit) = (bytes, Some(why));
        }
    };
    if !is_inside {
        keep(
            free.saturating_mul(PER_STRUCTURE),
            "as the page structures of more do not fit into the kernel's memory",
        );
    }
    if policy.auto_movable && policy.state_of_zone() == OnlineState::Online {
        let share = u128::from(kernel) * u128::from(policy.ratio) / 100;
        let share = u64::try_from(share).unwrap_or(u64::MAX);
        keep(share.saturating_sub(movable), "as memory_hotplug.auto_movable_ratio allows no more");
    }
    (most, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movable_memory_grows_as_far_as_kernel_memory_allows() {
        const GIB: u64 = 1 << 30;
        let policy = Policy { state: OnlineState::Online, ratio: 301, ..Policy::default() };
        let grown = |policy: &Policy, room: u64| movable_growth(policy, room, 8 * GIB, 4 * GIB);
        // 4 GiB of the kernel's less 128 MiB of page structures, 64 bytes for 4 KiB.
        assert_eq!(grown(&policy, 10 * GIB), (10 * GIB, None));
        let (bytes, why) = grown(&policy, 1024 * GIB);
        assert_eq!(bytes, (4 * GIB - GIB / 8) * 64);
        assert!(why.unwrap().contains("page structures"));
        let inside = Policy { memmap_on_memory: true, memmap_in_every_block: true, ..policy.clone() };
        assert_eq!(grown(&inside, 1024 * GIB), (1024 * GIB, None));
        let old = Policy { memmap_on_memory: true, ..policy.clone() };
        assert_eq!(grown(&old, 1024 * GIB).0, bytes);
        let ratio = Policy { auto_movable: true, ..inside };
        let (bytes, why) = grown(&ratio, 1024 * GIB);
        assert_eq!(bytes, 4 * GIB * 301 / 100 - 4 * GIB);
        assert!(why.unwrap().contains("auto_movable_ratio"));
        let asked = Policy { state: OnlineState::Movable, ..ratio };
        assert_eq!(grown(&asked, 1024 * GIB), (1024 * GIB, None));
    }
}
