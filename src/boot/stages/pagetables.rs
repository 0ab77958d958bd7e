//! Stage 2, page tables: mapping all RAM takes pages, and where they come from shifts what is allocated after them.
//!
//! Linux maps RAM with the largest pages that fit. The first tables lie in a buffer of the kernel's brk; once that is used
//! up, or where the range that is mapped holds the buffer itself, memblock gives pages of what is mapped already.
//!
//! # Kernel
//! `init_mem_mapping`, `split_mem_range`, `memory_map_top_down`, `memory_map_bottom_up` and `alloc_low_pages` in
//! arch/x86/mm/init.c, `phys_pud_init` in arch/x86/mm/init_64.c; 5.10 to 7.3.

use crate::memory::PAGE_SIZE;
use crate::memory::range::overlap;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const MEDIUM: u64 = 2 << 20;
const LARGE: u64 = 1 << 30;
/// What one table of the third level maps.
const TABLE_OF_LARGE: u64 = 512 << 30;
const ISA_END: u64 = 1 << 20;
/// Each time as much is mapped as a step is long, steps grow by this factor.
const STEP_SHIFT: u32 = 8;

/// The sizes of pages that a range is mapped with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    medium: bool,
    large: bool,
}

const SMALL: Sizes = Sizes { medium: false, large: false };

/// The mapping as it grows.
pub(in crate::boot) struct Mapping<'a> {
    /// Pieces of RAM as memblock holds them, ascending: those of different kinds are apart even where they touch.
    ram: &'a [Range<u64>],
    /// Whether the processor has pages of 1 GiB.
    gb_pages: bool,
    /// Which 512 GiB have a table.
    tables: BTreeSet<u64>,
    /// Which GiB have a table of their own, and which 2 MiB in it have one of small pages. Pages need no record: what is
    /// mapped once more with the same or a larger size stays as it is.
    medium: BTreeMap<u64, BTreeSet<u64>>,
    /// Pages that are left in the buffer of the brk.
    buffer: Range<u64>,
    buffer_is_usable: bool,
    mapped: Range<u64>,
}

/// Gives a page of the memory inside a range, which is reserved from then on.
pub(in crate::boot) type Allocate<'f> = dyn FnMut(Range<u64>) -> Option<u64> + 'f;

impl<'a> Mapping<'a> {
    /// Nothing is mapped yet. `buffer` is the brk's.
    pub(in crate::boot) fn new(ram: &'a [Range<u64>], gb_pages: bool, buffer: Range<u64>) -> Mapping<'a> {
        Mapping {
            ram,
            gb_pages,
            tables: BTreeSet::new(),
            medium: BTreeMap::new(),
            buffer,
            buffer_is_usable: true,
            mapped: 0..0,
        }
    }

    /// The highest memory first. `top` is where the highest free 2 MiB end, which are mapped before all else.
    pub(in crate::boot) fn top_down(&mut self, end: u64, top: Option<u64>, allocate: &mut Allocate<'_>) {
        self.range(0..ISA_END, allocate);
        let top = top.unwrap_or((end / MEDIUM * MEDIUM).max(ISA_END));
        self.mapped = top..0;
        let (mut step, mut last, mut done) = (MEDIUM, top, 0_u64);
        while last > ISA_END {
            // Steps over a hole map nothing and stay as long as they are.
            if let Some(below) = self.end_of_ram_below(last).checked_next_multiple_of(step)
                && below.max(ISA_END) < last
            {
                last = below.max(ISA_END);
                self.mapped.start = last;
                continue;
            }
            let start = if last > step { ((last - 1) / step * step).max(ISA_END) } else { ISA_END };
            done = done.saturating_add(self.ram_in(start..last, allocate));
            last = start;
            self.mapped.start = last;
            if done >= step {
                step = step.checked_shl(STEP_SHIFT).filter(|step| *step != 0).unwrap_or(u64::MAX);
            }
        }
        if top < end {
            self.ram_in(top..end, allocate);
        }
    }

    /// The lowest memory first: what lies above the kernel, then what lies below its end.
    pub(in crate::boot) fn bottom_up(&mut self, end: u64, kernel_end: u64, allocate: &mut Allocate<'_>) {
        self.range(0..ISA_END, allocate);
        for part in [kernel_end..end, ISA_END..kernel_end] {
            let (mut step, mut start, mut done) = (MEDIUM, part.start, 0_u64);
            self.mapped.start = start;
            while start < part.end {
                let next_ram = self.start_of_ram_above(start).min(part.end) / step * step;
                if next_ram > start {
                    start = next_ram;
                    continue;
                }
                let far = part.end - start > step;
                let next = if far { (start / step).saturating_add(1).saturating_mul(step) } else { part.end };
                let next = next.min(part.end);
                done = done.saturating_add(self.ram_in(start..next, allocate));
                start = next;
                if done >= step {
                    step = step.checked_shl(STEP_SHIFT).filter(|step| *step != 0).unwrap_or(u64::MAX);
                }
            }
        }
    }

    /// Where the highest RAM below an address ends, the address itself inside RAM; 0 without any.
    fn end_of_ram_below(&self, address: u64) -> u64 {
        let after = self.ram.partition_point(|piece| piece.start < address);
        after.checked_sub(1).and_then(|last| self.ram.get(last)).map_or(0, |piece| piece.end.min(address))
    }

    /// Where the lowest RAM from an address on begins, the address itself inside RAM; the end of all without any.
    fn start_of_ram_above(&self, address: u64) -> u64 {
        let at = self.ram.partition_point(|piece| piece.end <= address);
        self.ram.get(at).map_or(u64::MAX, |piece| piece.start.max(address))
    }

    /// Maps the RAM inside a range: how many bytes that is.
    fn ram_in(&mut self, within: Range<u64>, allocate: &mut Allocate<'_>) -> u64 {
        let first = self.ram.partition_point(|piece| piece.end <= within.start);
        let last = self.ram.partition_point(|piece| piece.start < within.end);
        let pieces = self.ram.get(first..last).unwrap_or_default().iter();
        let pieces: Vec<Range<u64>> = pieces.filter_map(|piece| overlap(piece, &within)).collect();
        for piece in &pieces {
            self.buffer_is_usable = overlap(piece, &self.buffer).is_none();
            self.range(piece.clone(), allocate);
            self.buffer_is_usable = true;
        }
        pieces.iter().map(|piece| piece.end - piece.start).sum()
    }

    fn range(&mut self, range: Range<u64>, allocate: &mut Allocate<'_>) {
        let mut reached = range.end;
        for (part, sizes) in self.split(&range) {
            reached = self.part(part, sizes, allocate);
        }
        self.mapped.end = self.mapped.end.max(reached);
    }

    /// A range cut where larger pages begin and end, with the sizes for each part.
    fn split(&self, range: &Range<u64>) -> Vec<(Range<u64>, Sizes)> {
        let up = |at: u64, unit: u64| at.checked_next_multiple_of(unit).unwrap_or(u64::MAX);
        let down = |at: u64, unit: u64| at / unit * unit;
        let medium = Sizes { medium: true, large: false };
        let mut parts: Vec<(Range<u64>, Sizes)> = Vec::new();
        let mut at = range.start;
        let mut push = |end: u64, sizes: Sizes| {
            if at < end {
                parts.push((at..end, sizes));
                at = end;
            }
            at
        };
        let head = push(up(range.start, MEDIUM).min(range.end), SMALL);
        let middle = push(up(head, LARGE).min(down(range.end, MEDIUM)), medium);
        if middle.is_multiple_of(LARGE) {
            push(down(range.end, LARGE), Sizes { medium: true, large: self.gb_pages });
        }
        push(down(range.end, MEDIUM), medium);
        push(range.end, SMALL);
        // Where all around is RAM, a larger page does no harm.
        for (part, sizes) in &mut parts {
            let around = |unit: u64| self.is_one_piece(&(down(part.start, unit)..up(part.end, unit)));
            sizes.medium |= around(MEDIUM);
            sizes.large |= self.gb_pages && around(LARGE);
        }
        parts.dedup_by(|next, kept| {
            let alike = kept.0.end == next.0.start && kept.1 == next.1;
            if alike {
                kept.0.end = next.0.end;
            }
            alike
        });
        parts
    }

    fn is_one_piece(&self, range: &Range<u64>) -> bool {
        let at = self.ram.partition_point(|piece| piece.end <= range.start);
        self.ram.get(at).is_some_and(|piece| piece.start <= range.start && range.end <= piece.end)
    }

    /// Maps a part with pages of these sizes: where what was mapped ends.
    fn part(&mut self, part: Range<u64>, sizes: Sizes, allocate: &mut Allocate<'_>) -> u64 {
        for table in part.start / TABLE_OF_LARGE..part.end.div_ceil(TABLE_OF_LARGE) {
            if self.tables.insert(table) {
                self.page(allocate);
            }
            let of_table = table.saturating_mul(TABLE_OF_LARGE)..(table + 1).saturating_mul(TABLE_OF_LARGE);
            let Some(inside) = overlap(&part, &of_table).filter(|_| !sizes.large) else { continue };
            for gib in inside.start / LARGE..inside.end.div_ceil(LARGE) {
                if !self.medium.contains_key(&gib) {
                    self.page(allocate);
                    self.medium.insert(gib, BTreeSet::new());
                }
                if sizes.medium {
                    continue;
                }
                let of_gib = gib.saturating_mul(LARGE)..(gib + 1).saturating_mul(LARGE);
                let Some(inside) = overlap(&inside, &of_gib) else { continue };
                for unit in inside.start / MEDIUM..inside.end.div_ceil(MEDIUM) {
                    if self.medium.entry(gib).or_default().insert(unit) {
                        self.page(allocate);
                    }
                }
            }
        }
        let last = part.end.saturating_sub(1);
        match self.medium.get(&(last / LARGE)) {
            None => (last / LARGE + 1).saturating_mul(LARGE),
            Some(small) if small.contains(&(last / MEDIUM)) => part.end,
            Some(_) => (last / MEDIUM + 1).saturating_mul(MEDIUM),
        }
    }

    /// A page for a table.
    fn page(&mut self, allocate: &mut Allocate<'_>) {
        if self.buffer_is_usable && !self.buffer.is_empty() {
            self.buffer.start += PAGE_SIZE;
        } else if self.mapped.start < self.mapped.end {
            allocate(self.mapped.clone());
        }
    }
}
