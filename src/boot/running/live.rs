//! Stage 9, the running system: memory is added, brought online, taken offline and removed; zones grow and shrink with it.
//!
//! # Kernel
//! `add_memory_resource`, `default_zone_for_pfn`, `auto_movable_zone_for_pfn`, `resize_zone_range` and
//! `shrink_zone_span` in mm/memory_hotplug.c; 5.10 to 7.3.

use crate::boot::running::blocks::SECTION_SIZE;
use crate::boot::running::hotadd::{Added, AddedRun, Device, Home, HotAddRefusal, NodeBy, Reason};
use crate::boot::running::online::OnlineState;
use crate::boot::running::pages::Owners;
use crate::boot::running::policy::Policy;
use crate::boot::stages::e820::MAX_MEMORY;
use crate::boot::stages::nodes::Nodes;
use crate::boot::stages::srat::DomainMap;
use crate::boot::stages::zones::Zone;
use crate::boot::{Machine, NextBoot, Outcome};
use crate::memory::memmap::{Entry, Kind};
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, Ranges};
use std::collections::BTreeMap;
use std::ops::Range;

/// Zone spans shrink in steps of this many pages: 2 MiB.
const SUBSECTION_PAGES: u64 = 512;

/// A zone as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveZone {
    /// Page frames from the first to the last; empty for an empty zone.
    pub span: Range<u64>,
    /// Pages of it that are online.
    pub present_pages: u64,
    /// Those of them that were there at boot.
    pub early_pages: u64,
}

impl LiveZone {
    fn intersects(&self, pfns: &Range<u64>) -> bool {
        overlap(&self.span, pfns).is_some()
    }

    fn grow(&mut self, pfns: &Range<u64>) {
        if self.span.is_empty() {
            self.span = pfns.clone();
        } else {
            self.span = self.span.start.min(pfns.start)..self.span.end.max(pfns.end);
        }
    }
}

/// A memory block as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveBlock {
    /// Its node; of several the highest.
    pub node: u32,
    /// Whether it is online.
    pub online: bool,
    /// Its zone, if it is online and has a single one.
    pub zone: Option<Zone>,
    /// Which device it came with; `None` for what was there at boot.
    pub device: Option<usize>,
    /// Whether it has been online since boot, so that its pages are as boot set them up.
    untouched: bool,
}

/// A device that was added: a group whose blocks go to one kind of zone with auto-movable.
#[derive(Debug, Clone, Default)]
struct Group {
    blocks: Range<u64>,
    max_pages: u64,
    movable_pages: u64,
    kernel_pages: u64,
}

/// The running system, as far as memory blocks and zones go.
#[derive(Debug, Clone)]
pub struct Live<'a> {
    /// How added memory is treated; can be changed at any time.
    pub policy: Policy,
    /// Bytes in a block.
    pub size: u64,
    nodes: &'a Nodes,
    domains: &'a DomainMap,
    ram: &'a Ranges,
    owners: Owners,
    off: Option<HotAddRefusal>,
    occupied: Ranges,
    /// Entries of the memory map that Linux leaves to drivers: their resources are not busy.
    for_drivers: Ranges,
    zones: BTreeMap<u32, [LiveZone; 4]>,
    /// Over all nodes.
    total: OnlinePages,
    blocks: BTreeMap<u64, LiveBlock>,
    groups: Vec<Group>,
}

/// What auto-movable weighs.
#[derive(Debug, Clone, Copy, Default)]
struct OnlinePages {
    /// Of kernel zones, there since boot.
    early_kernel: u64,
    /// In the movable zone.
    movable: u64,
}

/// Whether Linux keeps an entry of the memory map available to drivers, such as device-dax.
///
/// # Kernel
/// `do_mark_busy` in arch/x86/kernel/e820.c; 5.10 to 7.3.
fn is_for_drivers(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::SOFT_RESERVED | Kind::PMEM | Kind::PRAM)
}

impl OnlinePages {
    fn of(zones: &[LiveZone; 4]) -> OnlinePages {
        let mut pages = OnlinePages::default();
        for (zone, live) in Zone::ALL.iter().zip(zones) {
            match zone {
                Zone::Movable => pages.movable = live.present_pages,
                _ => pages.early_kernel = pages.early_kernel.saturating_add(live.early_pages),
            }
        }
        pages
    }
}

impl<'a> Live<'a> {
    /// The system as it came up.
    pub fn new(outcome: &'a Outcome<'a>, machine: &Machine, next: &NextBoot<'_>) -> Live<'a> {
        let mut zones: BTreeMap<u32, [LiveZone; 4]> = BTreeMap::new();
        for (node, of_node) in &outcome.zones.nodes {
            let live = zones.entry(*node).or_default();
            for zone in &of_node.zones {
                if let Some(place) = live.get_mut(zone.zone as usize) {
                    let pages = zone.present_pages;
                    *place = LiveZone { span: zone.span(), present_pages: pages, early_pages: pages };
                }
            }
        }
        let mut total = OnlinePages::default();
        for pages in zones.values().map(OnlinePages::of) {
            total.early_kernel = total.early_kernel.saturating_add(pages.early_kernel);
            total.movable = total.movable.saturating_add(pages.movable);
        }
        let mut blocks = BTreeMap::new();
        for run in &outcome.blocks.runs {
            for block in run.first..=run.last {
                let node = run.nodes.last().copied().unwrap_or(0);
                blocks.insert(
                    block,
                    LiveBlock { node, online: true, zone: run.zone, device: None, untouched: true },
                );
            }
        }
        let no_hotplug = next.line().acpi_no_memhotplug;
        let off = next.line().acpi_off.then_some(HotAddRefusal::AcpiOff);
        Live {
            policy: Policy::of(machine, next),
            size: outcome.blocks.size.bytes,
            nodes: &outcome.nodes,
            domains: &outcome.numa.domains,
            ram: &outcome.map.ram,
            owners: Owners::new(&outcome.regions, &outcome.zones, &machine.mirrored),
            off: off.or(no_hotplug.then_some(HotAddRefusal::SwitchedOff)).or((!next
                .release()
                .build
                .acpi_memory)
                .then_some(HotAddRefusal::NotConfigured)),
            occupied: outcome
                .map
                .entries
                .iter()
                .filter(|entry| !is_for_drivers(entry))
                .map(Entry::range)
                .collect(),
            for_drivers: outcome
                .map
                .entries
                .iter()
                .filter(|entry| is_for_drivers(entry))
                .map(Entry::range)
                .collect(),
            zones,
            total,
            blocks,
            groups: Vec::new(),
        }
    }

    /// The blocks with their numbers, ascending.
    pub fn blocks(&self) -> &BTreeMap<u64, LiveBlock> {
        &self.blocks
    }

    /// The zones of each node, in the order of [`Zone::ALL`].
    pub fn zones(&self) -> &BTreeMap<u32, [LiveZone; 4]> {
        &self.zones
    }

    /// The zone that the first block of a device would come to, or that `online` would give it where blocks stay offline;
    /// `None` when Linux does not add it. Nothing is changed.
    pub fn try_add(&self, device: &Device) -> Option<(Zone, Reason)> {
        let (node, _) = self.accept(device).ok()?;
        let block = device.range.start / self.size;
        let group =
            Group { max_pages: (device.range.end - device.range.start) / PAGE_SIZE, ..Group::default() };
        Some(self.zone_for(node, Some(&group), &self.pfns(block), self.policy.state_of_zone()))
    }

    /// The node of a device that Linux adds.
    fn accept(&self, device: &Device) -> Result<(u32, NodeBy), HotAddRefusal> {
        let range = &device.range;
        let acpi = !matches!(device.home, Home::Node(_));
        if let Some(off) = self.off.as_ref().filter(|_| acpi) {
            return Err(off.clone());
        }
        let (node, by) = self.node(device);
        // The order of the kernel's tests.
        if let Some(part) = self.occupied.overlapping(range).next() {
            return Err(HotAddRefusal::Occupied(part));
        }
        // A resource that is not busy takes it as its child, if all of it lies inside.
        if let Some(part) = self.for_drivers.overlapping(range).find(|part| part != range) {
            return Err(HotAddRefusal::Occupied(part));
        }
        if range.is_empty() || !range.start.is_multiple_of(self.size) || !range.end.is_multiple_of(self.size)
        {
            return Err(HotAddRefusal::Unaligned { size: self.size });
        }
        if !self.nodes.possible.contains(&node) {
            return Err(HotAddRefusal::Impossible { node, by });
        }
        if range.end > MAX_MEMORY {
            return Err(HotAddRefusal::TooHigh);
        }
        Ok((node, by))
    }

    /// Adds a device: its node, and the zone of each of its blocks.
    ///
    /// # Errors
    /// [`HotAddRefusal`] when Linux does not add it.
    pub fn add(&mut self, device: &Device) -> Result<Added, HotAddRefusal> {
        let (node, by) = self.accept(device)?;
        let range = &device.range;
        self.occupied.insert(range.clone());
        let blocks = range.start / self.size..range.end / self.size;
        let max_pages = (range.end - range.start) / PAGE_SIZE;
        let number = self.groups.len();
        self.groups.push(Group { blocks: blocks.clone(), max_pages, ..Group::default() });
        for block in blocks.clone() {
            let new = LiveBlock { node, online: false, zone: None, device: Some(number), untouched: false };
            self.blocks.insert(block, new);
        }
        let mut runs: Vec<AddedRun> = Vec::new();
        for block in blocks {
            let state = self.policy.state_of_zone();
            let valid_zones =
                if self.policy.state == OnlineState::Offline { self.valid_zones(block) } else { Vec::new() };
            let (zone, reason) = self.choose(block, state);
            if self.policy.state != OnlineState::Offline {
                self.set_online(block, zone);
            }
            match runs.last_mut() {
                Some(run)
                    if run.zone == zone && run.valid_zones == valid_zones && run.reason.covers(&reason) =>
                {
                    run.last = block;
                }
                _ => runs.push(AddedRun { first: block, last: block, zone, reason, valid_zones }),
            }
        }
        let structures = self.policy.structures(range.end - range.start, self.size);
        Ok(Added { device: number, node, by, state: self.policy.state, runs, structures })
    }

    /// The node of a device, whether it is possible or not.
    fn node(&self, device: &Device) -> (u32, NodeBy) {
        let pxm = match device.home {
            Home::Node(node) => return (node, NodeBy::Given),
            Home::Pxm(pxm) => match self.nodes.node_of(pxm, self.domains) {
                Some(node) => return (node, NodeBy::Pxm(pxm)),
                None => Some(pxm),
            },
            Home::Unknown => None,
        };
        let blocks = &self.nodes.blocks;
        match blocks.iter().find(|block| block.range.contains(&device.range.start)) {
            Some(block) => (block.node, NodeBy::Address(pxm)),
            None => (blocks.first().map_or(0, |first| first.node), NodeBy::First(pxm)),
        }
    }

    /// Brings a block online and gives its zone and the reason; `None` when it is not there or online already.
    pub fn online(&mut self, block: u64, state: OnlineState) -> Option<(Zone, Reason)> {
        if state == OnlineState::Offline || self.blocks.get(&block).is_none_or(|block| block.online) {
            return None;
        }
        let (zone, reason) = self.choose(block, state);
        self.set_online(block, zone);
        Some((zone, reason))
    }

    /// Takes a block offline; `false` when it is not online or has no single zone.
    pub fn offline(&mut self, block: u64) -> bool {
        let pfns = self.pfns(block);
        let pages = pfns.end - pfns.start;
        let Some(live) = self.blocks.get_mut(&block).filter(|block| block.online) else { return false };
        let Some(zone) = live.zone.take() else { return false };
        (live.online, live.untouched) = (false, false);
        let (node, device) = (live.node, live.device);
        let early = device.is_none();
        if let Some(group) = device.and_then(|device| self.groups.get_mut(device)) {
            *group.pages(zone) = group.pages(zone).saturating_sub(pages);
        }
        self.count(node, zone, early, |known| known.saturating_sub(pages));
        self.shrink(node, zone, &pfns);
        true
    }

    /// Takes a device away, its blocks offline first; `false` when one of them cannot go offline.
    pub fn remove(&mut self, device: usize) -> bool {
        let Some(blocks) = self.groups.get(device).map(|group| group.blocks.clone()) else { return false };
        for block in blocks.clone() {
            if self.blocks.get(&block).is_some_and(|block| block.online) && !self.offline(block) {
                return false;
            }
        }
        for block in blocks.clone() {
            self.blocks.remove(&block);
        }
        self.occupied.remove(&(blocks.start * self.size..blocks.end * self.size));
        true
    }

    /// The zones that an offline block can go to, the one for `online` first, as sysfs lists them.
    pub fn valid_zones(&self, block: u64) -> Vec<Zone> {
        let mut zones = vec![self.choose(block, OnlineState::Online).0];
        for state in [OnlineState::Kernel, OnlineState::Movable] {
            let zone = self.choose(block, state).0;
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        zones
    }

    fn pfns(&self, block: u64) -> Range<u64> {
        let pages = self.size / PAGE_SIZE;
        block.saturating_mul(pages)..block.saturating_add(1).saturating_mul(pages)
    }

    fn zone(&self, node: u32, zone: Zone) -> Option<&LiveZone> {
        self.zones.get(&node)?.get(zone as usize)
    }

    /// The zone that a block comes to.
    fn choose(&self, block: u64, state: OnlineState) -> (Zone, Reason) {
        let live = self.blocks.get(&block);
        let group = live.and_then(|live| self.groups.get(live.device?));
        self.zone_for(live.map_or(0, |live| live.node), group, &self.pfns(block), state)
    }

    fn zone_for(
        &self,
        node: u32,
        group: Option<&Group>,
        pfns: &Range<u64>,
        state: OnlineState,
    ) -> (Zone, Reason) {
        let intersects = |zone: Zone| self.zone(node, zone).is_some_and(|live| live.intersects(pfns));
        let kernel =
            [Zone::Dma, Zone::Dma32].into_iter().find(|zone| intersects(*zone)).unwrap_or(Zone::Normal);
        match state {
            OnlineState::Kernel => return (kernel, Reason::Asked(state)),
            OnlineState::Movable => return (Zone::Movable, Reason::Asked(state)),
            OnlineState::Online | OnlineState::Offline => {}
        }
        if self.policy.auto_movable {
            let reason = self.auto_movable(node, group, pfns.end - pfns.start);
            return (if reason == Reason::WithinRatio { Zone::Movable } else { kernel }, reason);
        }
        match (intersects(kernel), intersects(Zone::Movable)) {
            (true, false) => (kernel, Reason::Inside(kernel)),
            (false, true) => (Zone::Movable, Reason::Inside(Zone::Movable)),
            _ if self.policy.movable_node => (Zone::Movable, Reason::MovableNode),
            _ => (kernel, Reason::KernelByDefault),
        }
    }

    fn auto_movable(&self, node: u32, group: Option<&Group>, pages: u64) -> Reason {
        let ratio = self.policy.ratio;
        if ratio == 0 {
            return Reason::RatioZero;
        }
        // What is left of the device is to fit as a whole.
        let wanted = match group {
            Some(group) if group.kernel_pages > 0 => return Reason::PartIsKernel,
            Some(group) => group.max_pages.saturating_sub(group.movable_pages),
            None => pages,
        };
        let everywhere = self.over_ratio(None, wanted);
        let on_node = || self.policy.numa_aware.then(|| self.over_ratio(Some(node), wanted)).flatten();
        everywhere.or_else(on_node).unwrap_or(Reason::WithinRatio)
    }

    /// Why the ratio would not hold in the system or on a node, if it would not.
    fn over_ratio(&self, node: Option<u32>, wanted: u64) -> Option<Reason> {
        let pages = match node {
            None => self.total,
            Some(node) => self.zones.get(&node).map(OnlinePages::of).unwrap_or_default(),
        };
        let (kernel_pages, movable_pages) = (pages.early_kernel, pages.movable.saturating_add(wanted));
        let ratio = self.policy.ratio;
        let most = u128::from(ratio) * u128::from(kernel_pages) / 100;
        let over = kernel_pages == 0 || u128::from(movable_pages) > most;
        over.then_some(Reason::OverRatio { node, movable_pages, kernel_pages, ratio })
    }

    fn set_online(&mut self, block: u64, zone: Zone) {
        let pfns = self.pfns(block);
        let pages = pfns.end - pfns.start;
        let Some(live) = self.blocks.get_mut(&block) else { return };
        (live.online, live.zone) = (true, Some(zone));
        let (node, device) = (live.node, live.device);
        if let Some(group) = device.and_then(|device| self.groups.get_mut(device)) {
            *group.pages(zone) += pages;
        }
        if let Some(of_zone) = self.zones.entry(node).or_default().get_mut(zone as usize) {
            of_zone.grow(&pfns);
        }
        self.count(node, zone, device.is_none(), |known| known.saturating_add(pages));
    }

    /// Changes the numbers of pages of a zone, and the sums that they are in.
    fn count(&mut self, node: u32, zone: Zone, early: bool, change: impl Fn(u64) -> u64) {
        if let Some(of_zone) = self.zones.get_mut(&node).and_then(|zones| zones.get_mut(zone as usize)) {
            of_zone.present_pages = change(of_zone.present_pages);
            if early {
                of_zone.early_pages = change(of_zone.early_pages);
            }
        }
        match zone {
            Zone::Movable => self.total.movable = change(self.total.movable),
            _ if early => self.total.early_kernel = change(self.total.early_kernel),
            _ => {}
        }
    }

    /// A zone that loses pages at one of its ends begins or ends where the next pages that are online name it.
    fn shrink(&mut self, node: u32, zone: Zone, gone: &Range<u64>) {
        let Some(span) = self.zone(node, zone).map(|live| live.span.clone()) else { return };
        let rest = if span.start == gone.start {
            self.edge(node, zone, gone.end..span.end, false).map(|pfn| pfn..span.end)
        } else if span.end == gone.end {
            self.edge(node, zone, span.start..gone.start, true).map(|pfn| span.start..pfn + 1)
        } else {
            return;
        };
        if let Some(live) = self.zones.get_mut(&node).and_then(|zones| zones.get_mut(zone as usize)) {
            live.span = rest.unwrap_or_default();
        }
    }

    /// The first or last page frame inside `within` that is online in a zone; looked at are the borders of 2 MiB.
    fn edge(&self, node: u32, zone: Zone, within: Range<u64>, last: bool) -> Option<u64> {
        if within.is_empty() {
            return None;
        }
        let pages = self.size / PAGE_SIZE;
        let blocks = self.blocks.range(within.start / pages..within.end.div_ceil(pages));
        let look = |(number, block): (&u64, &LiveBlock)| {
            if !block.online {
                return None;
            }
            let inside = overlap(&self.pfns(*number), &within)?;
            if !block.untouched {
                let ours = block.node == node && block.zone == Some(zone);
                return ours.then(|| if last { inside.end - 1 } else { inside.start });
            }
            let ours = |pfn: &u64| self.has_memory(*pfn) && self.owners.at(*pfn) == Some((node, zone));
            let steps = 0..(inside.end - inside.start).div_ceil(SUBSECTION_PAGES);
            let mut pfns = steps.map(|step| match last {
                true => inside.end - 1 - step * SUBSECTION_PAGES,
                false => inside.start + step * SUBSECTION_PAGES,
            });
            pfns.find(ours)
        };
        if last { blocks.rev().find_map(look) } else { blocks.into_iter().find_map(look) }
    }

    /// Whether a page frame lies in a section that had memory at boot.
    fn has_memory(&self, pfn: u64) -> bool {
        let start = pfn.saturating_mul(PAGE_SIZE) / SECTION_SIZE * SECTION_SIZE;
        self.ram.overlapping(&(start..start.saturating_add(SECTION_SIZE))).next().is_some()
    }
}

impl Group {
    fn pages(&mut self, zone: Zone) -> &mut u64 {
        if zone == Zone::Movable { &mut self.movable_pages } else { &mut self.kernel_pages }
    }
}
