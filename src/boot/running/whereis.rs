//! What is at a physical address: what the machine shows of it, and what the model of its boot says beside that.

use crate::boot::derived::rows::{self, Row};
use crate::boot::running::removable::Answer;
use crate::boot::running::windows::Window;
use crate::boot::stages::memblock::Reservation;
use crate::boot::stages::srat::SratMemory;
use crate::boot::{Machine, NextBoot, Outcome};
use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use crate::memory::block::{BlockState, MemoryBlock, ZoneWord};
use crate::memory::memmap::{Entry, Kind};
use crate::memory::now::Now;
use crate::memory::range::overlap;
use std::collections::BTreeSet;
use std::ops::Range;

/// The most pieces that a range is told in.
pub const MOST_PIECES: usize = 4096;

/// Addresses that have the same of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The addresses.
    pub range: Range<u64>,
    /// Node.
    pub node: Option<u32>,
    /// Proximity domain.
    pub pxm: Option<u32>,
    /// Entry of the SRAT, all counted from 0.
    pub entry: Option<u32>,
    /// Whether that marks it hot-pluggable.
    pub hotpluggable: bool,
    /// Zone.
    pub zone: Option<&'static str>,
    /// The memory blocks: first and last.
    pub blocks: Option<(u64, u64)>,
    /// What they do; `None` where nothing shows it.
    pub state: Option<BlockState>,
    /// Whether they can go offline; `None` where there is no memory block.
    pub offline: Option<Answer>,
    /// Why.
    pub why: String,
    /// What the firmware's memory map says.
    pub firmware: Option<Kind>,
    /// What /proc/iomem says, from the outermost to the innermost.
    pub resources: Vec<Foreign>,
    /// What reserved it at boot, or uses it for good.
    pub reserved_by: Option<Foreign>,
    /// The window for memory that is added later.
    pub window: Option<Range<u64>>,
}

impl Place {
    /// Whether there is memory, or room for some.
    pub fn is_memory(&self) -> bool {
        self.blocks.is_some() || self.window.is_some() || self.firmware == Some(Kind::RAM)
    }

    fn continues_in(&self, next: &Place) -> bool {
        let blocks = match (self.blocks, next.blocks) {
            (Some((_, last)), Some((first, _))) => first == last || first == last + 1,
            (None, None) => true,
            _ => false,
        };
        let same = Place { range: self.range.clone(), blocks: self.blocks, ..next.clone() };
        blocks && self.range.end == next.range.start && *self == same
    }
}

/// All that is known of a machine's memory.
#[derive(Debug)]
pub struct Places<'a> {
    outcome: &'a Outcome<'a>,
    machine: &'a Machine,
    rows: Vec<Row>,
    windows: &'a [Window],
    now: &'a Now,
}

impl<'a> Places<'a> {
    /// Of the boot that the machine runs, and what it shows at the moment.
    pub fn new(
        outcome: &'a Outcome<'a>,
        machine: &'a Machine,
        next: &NextBoot<'_>,
        windows: &'a [Window],
        now: &'a Now,
    ) -> Places<'a> {
        Places { outcome, machine, rows: rows::rows(outcome, next), windows, now }
    }

    /// What is at the addresses of a range, in pieces that have the same of everything; at most [`MOST_PIECES`], and
    /// whether there are more.
    pub fn of(&self, range: &Range<u64>) -> (Vec<Place>, bool) {
        let mut pieces: Vec<Place> = Vec::new();
        let mut start = range.start;
        for border in self.borders(range) {
            let mut place = self.at(start);
            place.range = start..border;
            // Runs of the model have many blocks; those that the machine shows end a piece each.
            place.blocks =
                place.blocks.map(|(first, _)| (first, border.saturating_sub(1) / self.block_size()));
            start = border;
            let is_full = pieces.len() == MOST_PIECES;
            match pieces.last_mut() {
                Some(last) if last.continues_in(&place) => {
                    last.range.end = place.range.end;
                    if let (Some(known), Some(more)) = (&mut last.blocks, place.blocks) {
                        known.1 = more.1;
                    }
                }
                _ if is_full => return (pieces, true),
                _ => pieces.push(place),
            }
        }
        (pieces, false)
    }

    /// Where something can change inside of a range, and its end; ascending.
    fn borders(&self, range: &Range<u64>) -> BTreeSet<u64> {
        let mut all: Vec<Range<u64>> = self.rows.iter().map(|row| row.range.clone()).collect();
        all.extend(self.machine.map.entries.iter().map(Entry::range));
        all.extend(self.windows.iter().map(|window| window.range.clone()));
        all.extend(self.outcome.numa.memory.iter().filter_map(SratMemory::range));
        all.extend(self.now.resources.iter().map(|held| held.range.clone()));
        all.extend(self.reservations().map(|piece| piece.range.clone()));
        all.extend(self.outcome.blocks.runs.iter().map(|run| self.outcome.blocks.range(run)));
        let size = self.block_size();
        let of_block = |number: u64| {
            let start = number.saturating_mul(size);
            start..start.saturating_add(size)
        };
        all.extend(self.now.blocks.iter().map(|block| of_block(block.number)));
        let inside = all.iter().filter_map(|part| overlap(part, range));
        inside
            .flat_map(|part| [part.start, part.end])
            .filter(|at| *at > range.start)
            .chain([range.end])
            .collect()
    }

    fn reservations(&self) -> impl Iterator<Item = &'a Reservation> {
        self.outcome.reserved.iter().chain(&self.outcome.late)
    }

    fn block_size(&self) -> u64 {
        self.now.block_size.filter(|size| *size > 0).unwrap_or(self.outcome.blocks.size.bytes)
    }

    /// What is at an address.
    pub fn at(&self, address: u64) -> Place {
        let row = self.rows.iter().find(|row| row.range.contains(&address));
        let is_used = self.outcome.nodes.refusal.is_none();
        let mut entries = self.outcome.numa.memory.iter().filter(|_| is_used);
        let entry = entries.rfind(|entry| entry.range().is_some_and(|range| range.contains(&address)));
        let block = self.now.block_at(address);
        let run = self.outcome.blocks.run_of(address / self.outcome.blocks.size.bytes);
        let run = run.filter(|_| self.now.blocks.is_empty());
        let number = address / self.block_size();
        let node = match block.map(|block| block.nodes.as_slice()) {
            Some([node]) => Some(*node),
            _ => row.and_then(|row| row.node).or(entry.map(|entry| entry.node)),
        };
        let zone = match (block, row) {
            (Some(block), _) => self.zone_of(block, address, row),
            (None, row) => row.and_then(|row| row.zone).map(|zone| zone.name()),
        };
        let (offline, why) = match (block, run) {
            (Some(block), _) => self.offline(block),
            (None, Some(run)) => (Some(run.why.verdict().into()), run.why.to_string()),
            (None, None) => (None, String::new()),
        };
        Place {
            range: address..address.saturating_add(1),
            node,
            pxm: entry.map(|entry| entry.pxm).or(row.and_then(|row| row.pxm)),
            entry: entry.map(|entry| entry.entry),
            hotpluggable: entry.is_some_and(|entry| entry.hotpluggable),
            zone,
            blocks: (block.is_some() || run.is_some()).then_some((number, number)),
            state: block.and_then(|block| block.state),
            offline,
            why,
            firmware: self.firmware(address),
            resources: self.now.names_at(address).map(|held| held.name.as_str().into()).collect(),
            reserved_by: self.reserved_by(address),
            window: self
                .windows
                .iter()
                .map(|window| &window.range)
                .find(|range| range.contains(&address))
                .cloned(),
        }
    }

    /// The zone of an address in an online block: the block's, or where it has no single one that of which the span holds it.
    fn zone_of(&self, block: &MemoryBlock, address: u64, row: Option<&Row>) -> Option<&'static str> {
        match block.zone()? {
            ZoneWord::None => {}
            zone => return Some(zone.name()),
        }
        let pfn = address / PAGE_SIZE;
        let holds = |start: u64, pages: u64| start <= pfn && pfn - start < pages;
        let zones = self.now.zones.iter();
        let mut inside =
            zones.filter(|zone| zone.start_pfn.is_some_and(|start| holds(start, zone.spanned_pages)));
        let only = inside.next().filter(|_| inside.next().is_none());
        let only = only.and_then(|zone| ZoneWord::parse(&zone.name)).map(ZoneWord::name);
        only.or(row.and_then(|row| row.zone).map(|zone| zone.name()))
    }

    /// Whether a block can go offline, as far as anything but its pages tells.
    fn offline(&self, block: &MemoryBlock) -> (Option<Answer>, String) {
        if block.state == Some(BlockState::Offline) {
            return (Some(Answer::Yes), "it is offline".to_owned());
        }
        if block.zone() == Some(ZoneWord::None) {
            let why = "it has pages of several zones or nodes, or a hole (valid_zones is none)".to_owned();
            return (Some(Answer::No), why);
        }
        // The model speaks of blocks of its size, and of those that boot set up.
        let is_same = self.now.block_size == Some(self.outcome.blocks.size.bytes);
        let run = self.outcome.blocks.run_of(block.number).filter(|_| is_same);
        match (run, block.zone()) {
            (Some(run), _) => (Some(run.why.verdict().into()), run.why.to_string()),
            (None, Some(ZoneWord::Movable)) => {
                (Some(Answer::Maybe), "movable, and added after boot".to_owned())
            }
            (None, Some(_)) => {
                (Some(Answer::Maybe), "the kernel can have pages in it that do not move".to_owned())
            }
            (None, None) => (Some(Answer::Unknown), "its state could not be read".to_owned()),
        }
    }

    fn firmware(&self, address: u64) -> Option<Kind> {
        let map = &self.machine.map;
        let of = map.entries.iter().chain(&map.extended).filter(|entry| entry.range().contains(&address));
        of.map(|entry| entry.kind).max()
    }

    fn reserved_by(&self, address: u64) -> Option<Foreign> {
        let inner = self.now.parts_of_ram(&(address..address.saturating_add(1))).last();
        if let Some((_, name)) = inner {
            return Some(name.into());
        }
        // The smallest piece says most.
        let pieces = self.reservations().filter(|piece| piece.range.contains(&address));
        let piece = pieces.min_by_key(|piece| piece.range.end - piece.range.start);
        let by_firmware = || {
            let kind = self.firmware(address).filter(|kind| *kind != Kind::RAM)?;
            Some(Foreign::from(format_args!("firmware: {kind}")))
        };
        piece.map(|piece| Foreign::of_text(&piece.holder.name())).or_else(by_firmware)
    }
}
