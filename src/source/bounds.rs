//! Addresses and lengths of a machine's tree, cut to its physical address space before anything is computed from them.

use super::machine::{MapSource, Recorded};
use crate::memory::Ranges;
use crate::memory::memmap::Entry;
use crate::memory::space::Space;
use std::ops::Range;

/// Cuts everything that the tree tells of places in memory, and notes who told of places outside.
pub(super) fn apply(recorded: &mut Recorded) {
    let mut bounds = Bounds { space: recorded.space, outside: Vec::new() };
    let machine = &mut recorded.machine;
    let map = match recorded.map_source {
        MapSource::BootParams => "boot_params",
        MapSource::Memmap => "/sys/firmware/memmap",
        MapSource::Log | MapSource::LogAfterOptions | MapSource::None => LOG,
    };
    bounds.entries(map, &mut machine.map.entries);
    bounds.entries("setup_data", &mut machine.map.extended);
    bounds.ranges("setup_data", &mut machine.map.setup_data);
    bounds.ranges(LOG, &mut machine.map.uncached);
    machine.efi.0.retain_mut(|descriptor| bounds.range(EFI, &mut descriptor.range));
    machine.mirrored = bounds.set(EFI, &machine.mirrored);
    recorded.reserved.retain_mut(|(range, _)| bounds.range(LOG, range));
    bounds.place("/proc/iomem", &mut recorded.last.kernel);
    bounds.ranges("/proc/iomem", &mut recorded.system_ram);
    bounds.place("boot_params", &mut recorded.last.initrd);
    if recorded.last.kernel_end.is_some_and(|end| !bounds.is_inside(LOG, &(end.saturating_sub(1)..end))) {
        recorded.last.kernel_end = None;
    }
    recorded.outside = bounds.outside;
    recorded.bound_preferred("boot_params");
}

impl Recorded {
    /// Forgets the address that the kernel prefers where it lies outside of the address space, and notes who told it.
    pub fn bound_preferred(&mut self, source: &'static str) {
        let machine = &mut self.machine;
        let mut bounds = Bounds { space: self.space, outside: std::mem::take(&mut self.outside) };
        let place =
            machine.preferred_address.map(|start| start..start.saturating_add(machine.init_size.max(1)));
        machine.preferred_address =
            place.filter(|place| bounds.is_inside(source, place)).map(|place| place.start);
        self.outside = bounds.outside;
    }
}

const LOG: &str = "the kernel's log";
const EFI: &str = "EFI's memory map in the kernel's log";

struct Bounds {
    space: Space,
    outside: Vec<(&'static str, Range<u64>)>,
}

impl Bounds {
    /// Whether a range lies in the space whole; one that does not is noted, the first of each source.
    fn is_inside(&mut self, source: &'static str, range: &Range<u64>) -> bool {
        let is_inside = range.end <= self.space.end();
        if !is_inside && !self.outside.iter().any(|(known, _)| *known == source) {
            self.outside.push((source, range.clone()));
        }
        is_inside
    }

    /// Cuts a range: whether something of it is left.
    fn range(&mut self, source: &'static str, range: &mut Range<u64>) -> bool {
        if self.is_inside(source, range) {
            return true;
        }
        let inside = self.space.cut(range);
        *range = inside.clone().unwrap_or_default();
        inside.is_some()
    }

    fn ranges(&mut self, source: &'static str, ranges: &mut Vec<Range<u64>>) {
        ranges.retain_mut(|range| self.range(source, range));
    }

    fn set(&mut self, source: &'static str, ranges: &Ranges) -> Ranges {
        let mut ranges: Vec<Range<u64>> = ranges.iter().cloned().collect();
        self.ranges(source, &mut ranges);
        ranges.into_iter().collect()
    }

    /// A place of something whole: cut off it would be another one.
    fn place(&mut self, source: &'static str, place: &mut Option<Range<u64>>) {
        *place = place.take().filter(|place| self.is_inside(source, place));
    }

    fn entries(&mut self, source: &'static str, entries: &mut Vec<Entry>) {
        entries.retain_mut(|entry| {
            let range = entry.range();
            let is_left = self.space.cut_entry(entry);
            // An entry that wraps makes Linux refuse the map, which is said elsewhere.
            if entry.range() != range || !is_left {
                self.is_inside(source, &range);
            }
            is_left
        });
    }
}
