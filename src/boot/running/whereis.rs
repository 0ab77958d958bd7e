//! What is at a physical address: what the machine shows of it, and what the model of its boot says beside that.

use crate::boot::derived::rows::{self, Row};
use crate::boot::running::removable::Answer;
use crate::boot::running::windows::Window;
use crate::boot::stages::srat::SratMemory;
use crate::boot::{Machine, NextBoot, Outcome};
use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use crate::memory::block::{BlockState, MemoryBlock, ZoneWord};
use crate::memory::intervals::Intervals;
use crate::memory::memmap::{Entry, Kind};
use crate::memory::now::{IomemIndex, Now};
use std::ops::Range;

/// The most pieces that a range is told in.
pub const MOST_PIECES: usize = 4096;

/// Addresses that have the same of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The physical addresses in bytes, the end exclusive.
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
    index: Index<'a>,
}

/// What there is by address, and all addresses at which something can change.
#[derive(Debug)]
struct Index<'a> {
    rows: Intervals,
    firmware: Intervals,
    entries: Intervals,
    windows: Intervals,
    reservations: Intervals,
    held: IomemIndex<'a>,
    borders: Vec<u64>,
}

/// Bytes in a memory block, as the machine shows it or the model has it.
fn block_size(now: &Now, outcome: &Outcome<'_>) -> u64 {
    now.block_size.filter(|size| *size > 0).unwrap_or(outcome.blocks.size.bytes)
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
        let rows = rows::rows(outcome, next);
        let map = &machine.map;
        let firmware: Vec<Range<u64>> = map.entries.iter().chain(&map.extended).map(Entry::range).collect();
        let entry = |entry: &SratMemory| entry.range().unwrap_or_default();
        let entries: Vec<Range<u64>> = outcome.numa.memory.iter().map(entry).collect();
        let windows_at: Vec<Range<u64>> = windows.iter().map(|window| window.range.clone()).collect();
        let reservations: Vec<Range<u64>> =
            outcome.reserved.iter().chain(&outcome.late).map(|piece| piece.range.clone()).collect();
        let rows_at: Vec<Range<u64>> = rows.iter().map(|row| row.range.clone()).collect();
        let size = block_size(now, outcome);
        let of_block = |number: u64| {
            let start = number.saturating_mul(size);
            start..start.saturating_add(size)
        };
        let all = [&firmware, &entries, &windows_at, &reservations, &rows_at].into_iter().flatten().cloned();
        let all = all
            .chain(now.resources.iter().map(|held| held.range.clone()))
            .chain(outcome.blocks.runs.iter().map(|run| outcome.blocks.range(run)))
            .chain(now.blocks.iter().map(|block| of_block(block.number)));
        let mut borders: Vec<u64> =
            all.filter(|part| part.start < part.end).flat_map(|part| [part.start, part.end]).collect();
        borders.sort_unstable();
        borders.dedup();
        let index = Index {
            rows: Intervals::new(rows_at),
            firmware: Intervals::new(firmware),
            entries: Intervals::new(entries),
            windows: Intervals::new(windows_at),
            reservations: Intervals::new(reservations),
            held: now.held(),
            borders,
        };
        Places { outcome, machine, rows, windows, now, index }
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
            place.blocks = place
                .blocks
                .map(|(first, _)| (first, border.saturating_sub(1) / block_size(self.now, self.outcome)));
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
    fn borders(&self, range: &Range<u64>) -> impl Iterator<Item = u64> {
        let (end, all) = (range.end, &self.index.borders);
        let first = all.partition_point(|at| *at <= range.start);
        let inside = all.get(first..).unwrap_or_default().iter().copied();
        inside.take_while(move |at| *at < end).chain([end])
    }

    /// What is at an address.
    pub fn at(&self, address: u64) -> Place {
        let row = self.index.rows.at(address).first().and_then(|number| self.rows.get(*number));
        let is_used = self.outcome.nodes.refusal.is_none();
        let last = self.index.entries.at(address).last().copied().filter(|_| is_used);
        let entry = last.and_then(|number| self.outcome.numa.memory.get(number));
        let block = self.now.block_at(address);
        let run = self.outcome.blocks.run_of(address / self.outcome.blocks.size.bytes);
        let run = run.filter(|_| self.now.blocks.is_empty());
        let number = address / block_size(self.now, self.outcome);
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
            resources: self.index.held.names_at(address).map(|held| held.name.as_str().into()).collect(),
            reserved_by: self.reserved_by(address),
            window: (self.index.windows.at(address).first())
                .and_then(|number| self.windows.get(*number))
                .map(|window| window.range.clone()),
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
        let only = only.and_then(|zone| ZoneWord::named(&zone.name)).map(ZoneWord::name);
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
        let entry = |number: usize| {
            let rest = number.checked_sub(map.entries.len());
            rest.map_or_else(|| map.entries.get(number), |rest| map.extended.get(rest))
        };
        self.index.firmware.at(address).into_iter().filter_map(entry).map(|entry| entry.kind).max()
    }

    fn reserved_by(&self, address: u64) -> Option<Foreign> {
        let inner = self.index.held.parts_of_ram(&(address..address.saturating_add(1))).last();
        if let Some((_, name)) = inner {
            return Some(name.into());
        }
        // The smallest piece says most.
        let (early, late) = (&self.outcome.reserved, &self.outcome.late);
        let piece = |number: usize| {
            let rest = number.checked_sub(early.len());
            rest.map_or_else(|| early.get(number), |rest| late.get(rest))
        };
        let pieces = self.index.reservations.at(address).into_iter().filter_map(piece);
        let piece = pieces.min_by_key(|piece| piece.range.end - piece.range.start);
        let by_firmware = || {
            let kind = self.firmware(address).filter(|kind| *kind != Kind::RAM)?;
            Some(Foreign::from(format_args!("firmware: {kind}")))
        };
        piece.map(|piece| Foreign::of_text(&piece.holder.name())).or_else(by_firmware)
    }
}
