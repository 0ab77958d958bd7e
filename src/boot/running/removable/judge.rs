//! One block: what Linux would answer.

use super::{Answer, AnswerReason, Hold, HoldKind, Judged, pages};
use crate::boot::running::policy::PAGE_STRUCTURE_LEN;
use crate::foreign::Foreign;
use crate::memory::block::{BlockState, ZoneWord};
use crate::memory::kpageflags::{Counts, PageCount, PageKind};
use crate::memory::zonestat::{ZoneStat, ZoneStats};
use crate::memory::{PAGE_SIZE, Ranges};
use std::ops::Range;

/// What holds for all blocks of a system.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// What /proc/iomem calls System RAM; `None` where it hides the addresses.
    pub ram: Option<Ranges>,
    /// The counters of the zones.
    pub stats: ZoneStats,
    /// Why the flags of pages are not known, where they are not.
    pub not_read: Foreign,
    /// Whether the kernel was built without CONFIG_MEMORY_HOTREMOVE.
    pub keeps_all: bool,
    /// On arm64, the memory that was there at boot; `Some(None)` where nothing says what was.
    pub arm64: Option<Option<Ranges>>,
    /// Whether page structures of added memory may lie in the blocks themselves.
    pub memmap_on_memory: bool,
    /// Free huge pages of hugetlbfs: node and bytes.
    pub free_huge: Vec<(u32, u64)>,
}

/// A block to judge.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Its physical addresses in bytes, the end exclusive.
    pub range: &'a Range<u64>,
    /// What it does; `None` where it went away.
    pub state: Option<BlockState>,
    /// Its zone where it is online.
    pub zone: Option<ZoneWord>,
    /// Its node; the first of several.
    pub node: Option<u32>,
    /// Its pages, where they could be read.
    pub counts: Option<&'a Counts>,
    /// How many pages without flags a process has mapped: those are not free.
    pub mapped: u64,
}

/// Whether a block can go offline.
pub fn judge(block: &Block<'_>, system: &System) -> Judged {
    let plain = |answer, reason| Judged { answer, held_by: Vec::new(), reasons: vec![reason], moves: 0 };
    match block.state {
        None | Some(BlockState::GoingOffline) => return plain(Answer::Unknown, AnswerReason::Changing),
        Some(BlockState::Offline) => return plain(Answer::Yes, AnswerReason::IsOffline),
        Some(BlockState::Online) => {}
    }
    if system.keeps_all {
        return plain(Answer::No, AnswerReason::NotConfigured);
    }
    let was_there = |known: &Ranges| known.overlapping(block.range).next().is_some();
    let arm64 = match &system.arm64 {
        Some(Some(known)) if was_there(known) => return plain(Answer::No, AnswerReason::BootMemory),
        Some(None) => Some(AnswerReason::PerhapsBootMemory),
        _ => None,
    };
    let holes = holes(block, system);
    let is_split = block.zone == Some(ZoneWord::None);
    if is_split || !holes.is_empty() {
        let reasons = if is_split { vec![AnswerReason::NoSingleZone] } else { Vec::new() };
        return Judged { answer: Answer::No, held_by: holes, reasons, moves: 0 };
    }
    let Some(counts) = block.counts else {
        return plain(Answer::Unknown, AnswerReason::NotRead(system.not_read.clone()));
    };
    let mut judged = match block.zone {
        Some(ZoneWord::Movable) => movable(block, counts, system),
        _ => of_kernel(block, counts, system),
    };
    if judged.answer != Answer::No {
        judged.reasons.extend(arm64);
        doubts(block, counts, system, &mut judged);
    }
    if judged.reasons.is_empty() {
        judged.reasons.push(match judged.moves {
            0 => AnswerReason::IsFree,
            bytes => AnswerReason::Moves(bytes),
        });
    }
    judged
}

/// What of a block is no RAM: Linux refuses it at once.
fn holes(block: &Block<'_>, system: &System) -> Vec<Hold> {
    let mut found: Option<Hold> = None;
    let mut add = |first_pfn: u64, more: u64| match &mut found {
        Some(hold) => hold.pages += more,
        None => {
            found = Some(Hold { kind: HoldKind::Hole, pages: more, first_pfn, what: None, by: Vec::new() })
        }
    };
    if let Some(ram) = &system.ram {
        let whole: Ranges = std::iter::once(block.range.clone()).collect();
        for hole in whole.without(ram).iter() {
            add(hole.start / PAGE_SIZE, pages(hole.end - hole.start).max(1));
        }
    }
    if found.is_none()
        && let Some(PageCount { pages: more @ 1.., first_pfn }) =
            block.counts.map(|counts| counts.of(PageKind::Hole))
    {
        found = Some(Hold { kind: HoldKind::Hole, pages: more, first_pfn, what: None, by: Vec::new() });
    }
    found.into_iter().collect()
}

fn hold(kind: HoldKind, count: PageCount) -> Option<Hold> {
    let PageCount { pages, first_pfn } = count;
    (pages > 0).then_some(Hold { kind, pages, first_pfn, what: None, by: Vec::new() })
}

/// The pages that Linux surely moves, or tries to.
const MOVING: [PageKind; 3] = [PageKind::User, PageKind::Private, PageKind::Unevictable];

/// The kinds of which each page is the kernel's.
const OF_KERNEL: [(PageKind, HoldKind); 3] = [
    (PageKind::Slab, HoldKind::Slab),
    (PageKind::PageTable, HoldKind::PageTable),
    (PageKind::Kernel, HoldKind::Kernel),
];

/// Kinds that may or may not move, in any zone.
const DOUBTFUL: [(PageKind, HoldKind); 5] = [
    (PageKind::HugeTlb, HoldKind::Hugetlb),
    (PageKind::Unevictable, HoldKind::Unevictable),
    (PageKind::Ballooned, HoldKind::Balloon),
    (PageKind::Poisoned, HoldKind::Poisoned),
    (PageKind::Unknown, HoldKind::Unknown),
];

fn of_kinds(counts: &Counts, kinds: &[(PageKind, HoldKind)]) -> Vec<Hold> {
    kinds.iter().filter_map(|(kind, named)| hold(*named, counts.of(*kind))).collect()
}

/// The most pages of a zone that can be free, or move, without a flag that says so.
fn slack(block: &Block<'_>, system: &System) -> u64 {
    let zone = block.zone.map(ZoneWord::name).unwrap_or_default();
    let of = |zone: &ZoneStat| zone.on_lists.saturating_add(zone.compressed);
    block.node.and_then(|node| system.stats.of(node, zone)).map_or(0, of)
}

/// Pages without flags: the kernel's where there are more than can be free, and whether that is sure.
fn bare(block: &Block<'_>, counts: &Counts, system: &System) -> Option<(Hold, bool)> {
    let count = counts.of(PageKind::Bare);
    let is_sure = block.mapped > 0 || count.pages > slack(block, system);
    let kind = if is_sure { HoldKind::Kernel } else { HoldKind::Unknown };
    hold(kind, count).map(|hold| (hold, is_sure))
}

/// Joins pages of one kind.
fn join(held: &mut Vec<Hold>, more: Hold) {
    match held.iter_mut().find(|hold| hold.kind == more.kind) {
        Some(hold) => {
            hold.pages += more.pages;
            hold.first_pfn = hold.first_pfn.min(more.first_pfn);
        }
        None => held.push(more),
    }
}

fn moves(counts: &Counts) -> u64 {
    counts.sum(&MOVING).saturating_add(counts.of(PageKind::HugeTlb).pages).saturating_mul(PAGE_SIZE)
}

/// In a zone of the kernel one page that does not move is enough.
fn of_kernel(block: &Block<'_>, counts: &Counts, system: &System) -> Judged {
    let mut held: Vec<Hold> = hold(HoldKind::Reserved, counts.of(PageKind::Reserved)).into_iter().collect();
    held.extend(of_kinds(counts, &OF_KERNEL));
    let bare = bare(block, counts, system);
    let is_sure = !held.is_empty() || bare.as_ref().is_some_and(|(_, is_sure)| *is_sure);
    if let Some((more, true)) = &bare {
        join(&mut held, more.clone());
    }
    if is_sure {
        return Judged {
            answer: Answer::No,
            held_by: held,
            reasons: vec![AnswerReason::Held],
            moves: moves(counts),
        };
    }
    let mut held = of_kinds(counts, &DOUBTFUL);
    held.extend(hold(HoldKind::FileSystem, counts.of(PageKind::Private)));
    if let Some((more, false)) = bare {
        join(&mut held, more);
    }
    maybe(held, counts, AnswerReason::MayBeHeld)
}

/// In ZONE_MOVABLE Linux looks for reserved pages, and tries to move all others.
fn movable(block: &Block<'_>, counts: &Counts, system: &System) -> Judged {
    let reserved = counts.of(PageKind::Reserved);
    if !is_own_memmap(block, reserved, system)
        && let Some(held) = hold(HoldKind::Reserved, reserved)
    {
        let (held_by, reasons) = (vec![held], vec![AnswerReason::Held]);
        return Judged { answer: Answer::No, held_by, reasons, moves: moves(counts) };
    }
    let mut held = of_kinds(counts, &OF_KERNEL);
    // Otherwise the kernel takes no pages for itself here, so that these are free, or move.
    if let Some((more, true)) = bare(block, counts, system) {
        join(&mut held, more);
    }
    let is_stray = !held.is_empty();
    held.extend(of_kinds(counts, &DOUBTFUL));
    maybe(held, counts, if is_stray { AnswerReason::Stray } else { AnswerReason::MayBeHeld })
}

/// Whether the reserved pages are the block's own page structures at its beginning (`memmap_on_memory`).
fn is_own_memmap(block: &Block<'_>, reserved: PageCount, system: &System) -> bool {
    let bytes = pages(block.range.end - block.range.start).saturating_mul(PAGE_STRUCTURE_LEN);
    system.memmap_on_memory
        && reserved.first_pfn == block.range.start / PAGE_SIZE
        && reserved.pages == bytes.div_ceil(PAGE_SIZE)
}

fn maybe(held_by: Vec<Hold>, counts: &Counts, reason: AnswerReason) -> Judged {
    let (answer, reasons) = match held_by.is_empty() {
        true => (Answer::Yes, Vec::new()),
        false => (Answer::Maybe, vec![reason]),
    };
    Judged { answer, held_by, reasons, moves: moves(counts) }
}

/// What makes a maybe of a yes: pins, and too little room.
fn doubts(block: &Block<'_>, counts: &Counts, system: &System, judged: &mut Judged) {
    if counts.sum(&MOVING) > 0
        && let Some(pinned @ 1..) = block.node.and_then(|node| system.stats.pinned.get(&node)).copied()
    {
        judged.reasons.push(AnswerReason::Pinned(pinned));
    }
    if counts.of(PageKind::HugeTlb).pages > 0 {
        let elsewhere = system.free_huge.iter().filter(|(node, _)| Some(*node) != block.node);
        judged.reasons.push(AnswerReason::HugePages(elsewhere.map(|(_, bytes)| *bytes).sum()));
    }
    let need = counts.sum(&MOVING).saturating_mul(PAGE_SIZE);
    let room = system.room(block.node, counts.of(PageKind::Free).pages);
    if need > room {
        judged.reasons.push(AnswerReason::NoRoom { need, room });
    }
    if !judged.reasons.is_empty() {
        judged.answer = Answer::Maybe;
    }
}

impl System {
    /// Bytes that are free where pages of a node's block can go: on other nodes, or where it is the only one on that itself,
    /// less the free pages of the block.
    pub fn room(&self, node: Option<u32>, own_free: u64) -> u64 {
        let is_other = |zone: &&ZoneStat| Some(zone.node) != node;
        let has_others = self.stats.zones.iter().any(|zone| is_other(&zone) && zone.present > 0);
        let free = |zone: &ZoneStat| zone.free.saturating_sub(zone.min);
        let zones = self.stats.zones.iter().filter(|zone| !has_others || is_other(zone));
        let all: u64 = zones.map(free).fold(0, u64::saturating_add);
        let own = if has_others { 0 } else { own_free };
        all.saturating_sub(own).saturating_mul(PAGE_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::page_owner::Use;

    #[test]
    fn pages_and_holds_are_owned_alike() {
        for (page, hold) in OF_KERNEL.into_iter().chain(DOUBTFUL).chain([(PageKind::Bare, HoldKind::Unknown)])
        {
            assert_eq!(hold.owned(), Use::of(page), "{page:?}");
        }
    }
}
