//! Memory that the SRAT announces where there is none yet: windows for memory that is added later.

use crate::boot::running::hotadd::{Added, Device, Home, HotAddRefusal, Reason};
use crate::boot::running::live::Live;
use crate::boot::running::policy::Policy;
use crate::boot::stages::zones::Zone;
use crate::boot::{Machine, NextBoot, Outcome};
use crate::memory::Ranges;
use std::ops::Range;

/// Below this address, what is no memory is for devices.
const FOUR_GIB: u64 = 1 << 32;

/// A window: a part of a SRAT entry that nothing in the memory map touches and that has room for a whole memory block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// The node that the SRAT gives it.
    pub node: u32,
    /// Its proximity domain.
    pub pxm: u32,
    /// The SRAT's entry, all types counted from 0.
    pub entry: u32,
    /// Whether the entry is marked hot-pluggable. Linux adds memory there in either case.
    pub hotpluggable: bool,
    /// The zone that `online` gives to a first block that is added there, and why; `None` where Linux refuses it.
    pub zone: Option<(Zone, Reason)>,
}

/// What can be said of memory that is added after the boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Later {
    /// Where the SRAT announces it, in the table's order; nothing where Linux does not use the SRAT.
    pub windows: Vec<Window>,
    /// The devices that were asked about, one after the other, and what Linux does with each.
    pub devices: Vec<(Device, Result<Added, HotAddRefusal>)>,
    /// How Linux treats them.
    pub policy: Policy,
    /// Bytes in a memory block.
    pub block_size: u64,
}

/// Looks for windows, and adds devices one after the other.
pub fn later(outcome: &Outcome<'_>, machine: &Machine, next: &NextBoot<'_>, devices: &[Device]) -> Later {
    let mut later = Later {
        windows: windows(outcome, machine),
        policy: Policy::of(machine, next),
        block_size: outcome.blocks.size.bytes,
        ..Later::default()
    };
    if later.windows.is_empty() && devices.is_empty() {
        return later;
    }
    let mut live = Live::new(outcome, machine, next);
    for window in &mut later.windows {
        if let Some(first) = whole_block(&window.range, live.size) {
            window.zone = live.try_add(&Device { range: first, home: Home::Pxm(window.pxm) });
        }
    }
    later.devices = devices.iter().map(|device| (device.clone(), live.add(device))).collect();
    later
}

fn whole_block(range: &Range<u64>, size: u64) -> Option<Range<u64>> {
    let start = range.start.checked_next_multiple_of(size)?;
    start.checked_add(size).filter(|end| *end <= range.end).map(|end| start..end)
}

fn windows(outcome: &Outcome<'_>, machine: &Machine) -> Vec<Window> {
    if outcome.nodes.refusal.is_some() {
        return Vec::new();
    }
    // What firmware has there is no window, even where an option took it out of the map.
    let entries = machine.map.entries.iter().chain(&outcome.map.entries);
    let taken: Ranges = entries.map(|entry| entry.range()).chain(std::iter::once(0..FOUR_GIB)).collect();
    let mut windows = Vec::new();
    for entry in &outcome.numa.memory {
        let Some(range) = entry.range() else { continue };
        let mut free: Vec<Range<u64>> = Vec::new();
        let mut start = range.start;
        for part in taken.overlapping(&range) {
            free.push(start..part.start);
            start = part.end;
        }
        free.push(start..range.end);
        let large = free.into_iter().filter(|range| whole_block(range, outcome.blocks.size.bytes).is_some());
        windows.extend(large.map(|range| Window {
            range,
            node: entry.node,
            pxm: entry.pxm,
            entry: entry.entry,
            hotpluggable: entry.hotpluggable,
            zone: None,
        }));
    }
    windows
}
