//! Stages 2 and 6, memblock: what is reserved or allocated before the SRAT is known, in boot order, and what that does to
//! the marks of hot-pluggable memory.
//!
//! # Kernel
//! `setup_arch` (arch/x86/kernel/setup.c), `memblock_find_in_range_node` (mm/memblock.c), `setup_log_buf`,
//! `reserve_initrd`, `acpi_table_upgrade`, `acpi_reserve_initial_tables`, `numa_clear_kernel_node_hotplug`; 5.10 to 7.3.

use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::boot::stages::nodes::Region;
use crate::boot::stages::pagetables::Mapping;
use crate::boot::stages::srat::Block;
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, Ranges, page_down, page_up};
use crate::phrase::words;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const BIOS_AREA_END: u64 = MIB;
const FOUR_GIB: u64 = 1 << 32;
/// The highest free piece of this size is mapped before all other RAM.
const MAPPED_FIRST: u64 = 2 << 20;

words! {
    /// How a piece of memory came to be reserved.
    pub enum ReservedBy {
        /// Its address was given: by the boot loader, the firmware or the kernel image.
        Fixed = "fixed",
        /// memblock looked for the lowest free memory.
        BottomUp = "bottom-up",
        /// memblock looked for the highest free memory.
        TopDown = "top-down",
    }
}

/// What a piece of reserved memory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The kernel image.
    Kernel,
    /// The kernel's early heap behind its image.
    Brk,
    /// The first MiB, or what of it old kernels reserve.
    LowMemory,
    /// The initrd where the boot loader put it.
    Initrd,
    /// The initrd after Linux moved it into mapped RAM.
    MovedInitrd,
    /// A setup_data node of the boot loader.
    SetupData,
    /// Memory that firmware keeps for a purpose.
    SoftReserved,
    /// Reserved by firmware or named by the caller.
    Given(String),
    /// Tables of the mapping of RAM.
    PageTables,
    /// Log buffers for `log_buf_len=`.
    LogBuffer,
    /// The copy of the archive's tables.
    ArchiveCopy,
    /// An ACPI table of the firmware.
    AcpiTable(String),
    /// The table of node distances.
    Distances,
    /// Memory for a crash kernel (`crashkernel=`).
    CrashKernel,
    /// What Linux keeps of a node.
    NodeData(u32),
    /// The page structures of a node's memory.
    PageStructures(u32),
}

impl Holder {
    /// The words for all pieces of its kind: ACPI tables are one.
    pub fn group(&self) -> String {
        match self {
            Holder::AcpiTable(_) => "ACPI tables of the firmware".into(),
            other => other.name(),
        }
    }

    /// The words for it, as reports and JSON name it.
    pub fn name(&self) -> String {
        match self {
            Holder::Kernel => "kernel image".into(),
            Holder::Brk => "kernel brk".into(),
            Holder::LowMemory => "first MiB".into(),
            Holder::Initrd => "initrd".into(),
            Holder::MovedInitrd => "moved initrd".into(),
            Holder::SetupData => "setup_data".into(),
            Holder::SoftReserved => "soft-reserved memory".into(),
            Holder::Given(name) => name.clone(),
            Holder::PageTables => "page tables".into(),
            Holder::LogBuffer => "log buffer (log_buf_len=)".into(),
            Holder::ArchiveCopy => "copy of the archive's tables".into(),
            Holder::AcpiTable(signature) => format!("ACPI table {signature}"),
            Holder::Distances => "node distances".into(),
            Holder::CrashKernel => "memory of the crash kernel (crashkernel=)".into(),
            Holder::NodeData(node) => format!("data of node {node}"),
            Holder::PageStructures(node) => format!("page structures of node {node}"),
        }
    }
}

/// One piece of memory that is reserved before the SRAT has been used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// What it holds.
    pub holder: Holder,
    /// How it came there.
    pub place: ReservedBy,
}

/// What is at a known address before the kernel allocates anything.
#[derive(Debug, Clone, Default)]
pub struct Given<'a> {
    /// Where the kernel image lies, in bytes.
    pub kernel: Range<u64>,
    /// The initrd, if there is one.
    pub initrd: Option<Range<u64>>,
    /// setup_data nodes.
    pub setup_data: &'a [Range<u64>],
    /// Soft-reserved memory.
    pub soft_reserved: &'a [Range<u64>],
    /// Memory that firmware keeps in two copies.
    pub mirrored: Ranges,
    /// Further reservations: firmware's, or the caller's, with their names.
    pub others: &'a [(Range<u64>, String)],
}

/// The allocator as far as the SRAT: RAM, what of it is reserved, and the direction of the search.
#[derive(Debug, Clone, Default)]
pub struct Memblock {
    free: Ranges,
    /// Everything reserved so far, in boot order.
    pub reserved: Vec<Reservation>,
    bottom_up: bool,
    /// Whether allocations keep out of hot-pluggable memory once that is known.
    keeps_out: bool,
    /// Mirrored memory, which is taken first with kernelcore=mirror.
    first: Ranges,
    /// Memory that is known to be hot-pluggable from the start, so that nothing is put there.
    kept_out_of: Ranges,
    lowest: u64,
    mapped_below_4g: u64,
}

impl Memblock {
    /// Memblock after the memory map is known and the fixed pieces are reserved.
    pub fn start(ram: &Ranges, given: &Given<'_>, line: &Cmdline, release: &Release) -> Memblock {
        let bottom_up = line.movable_node && release.movable_node;
        let mut memblock = Memblock {
            free: ram.clone(),
            reserved: Vec::new(),
            bottom_up,
            keeps_out: bottom_up,
            first: if line.kernelcore_mirror { ram.common(&given.mirrored) } else { Ranges::default() },
            kept_out_of: Ranges::default(),
            lowest: if release.has(Change::LOWEST_FIRST) { PAGE_SIZE } else { given.kernel.end },
            mapped_below_4g: ram.overlapping(&(0..FOUR_GIB)).last().map_or(0, |last| last.end),
        };
        memblock.fix(given.kernel.clone(), Holder::Kernel);
        let heap = if release.has(Change::FIRST_MIB) { 0x1_1000 } else { 0xd000 };
        memblock.fix(given.kernel.end..given.kernel.end.saturating_add(heap), Holder::Brk);
        if release.has(Change::FIRST_MIB) {
            memblock.fix(0..MIB, Holder::LowMemory);
        } else {
            let low = line.reservelow_kib.unwrap_or(release.build.reserve_low_kib);
            memblock.fix(0..page_up(low * KIB), Holder::LowMemory);
            let low_end = ram.overlapping(&(0..MIB)).last().map_or(0, |last| last.end);
            memblock.fix(low_end..BIOS_AREA_END, Holder::LowMemory);
            if line.word("crashkernel").is_some() {
                memblock.fix(0..MIB, Holder::LowMemory);
            }
        }
        if let Some(initrd) = &given.initrd {
            memblock.fix(initrd.start..page_up(initrd.end), Holder::Initrd);
        }
        given.setup_data.iter().for_each(|node| memblock.fix(node.clone(), Holder::SetupData));
        given.soft_reserved.iter().for_each(|range| memblock.fix(range.clone(), Holder::SoftReserved));
        for (range, name) in given.others {
            memblock.fix(range.clone(), Holder::Given(name.clone()));
        }
        memblock
    }

    /// Memory that nothing is put into from here on. As it is known, there is no need to search from below.
    pub fn keep_out_of(&mut self, ranges: Ranges) {
        self.bottom_up = false;
        self.kept_out_of = ranges;
    }

    /// Reserves memory at a known address.
    pub fn fix(&mut self, range: Range<u64>, holder: Holder) {
        if !range.is_empty() {
            self.free.remove(&range);
            self.reserved.push(Reservation { range, holder, place: ReservedBy::Fixed });
        }
    }

    /// Finds and reserves `size` bytes inside a range: their address, or `None` when no free memory is large enough.
    /// Memory in `avoid` is not taken.
    fn allocate(
        &mut self,
        size: u64,
        align: u64,
        within: Range<u64>,
        avoid: Option<&Ranges>,
        holder: Holder,
    ) -> Option<u64> {
        let start = self.look(size, align, &within, avoid)?;
        let place = if self.bottom_up { ReservedBy::BottomUp } else { ReservedBy::TopDown };
        self.free.remove(&(start..start + size));
        self.reserved.push(Reservation { range: start..start + size, holder, place });
        Some(start)
    }

    /// Where memory would be allocated.
    fn look(&self, size: u64, align: u64, within: &Range<u64>, avoid: Option<&Ranges>) -> Option<u64> {
        let mut free = Cow::Borrowed(&self.free);
        for avoid in [Some(&self.kept_out_of), avoid].into_iter().flatten().filter(|avoid| !avoid.is_empty())
        {
            free = Cow::Owned(free.without(avoid));
        }
        self.find(&free.common(&self.first), size, align.max(1), within)
            .or_else(|| self.find(&free, size, align.max(1), within))
    }

    /// The lowest or the highest place in free memory.
    fn find(&self, free: &Ranges, size: u64, align: u64, within: &Range<u64>) -> Option<u64> {
        let fit_low = |gap: Range<u64>| {
            let start = gap.start.checked_next_multiple_of(align)?;
            (start.checked_add(size)? <= gap.end).then_some(start)
        };
        let fit_high = |gap: Range<u64>| {
            let start = gap.end.checked_sub(size)? / align * align;
            (start >= gap.start).then_some(start)
        };
        let start = within.start.max(PAGE_SIZE);
        let gaps = |lowest: u64| free.overlapping(&(lowest..within.end));
        let high = || gaps(start).rev().find_map(fit_high);
        if !self.bottom_up {
            return high();
        }
        // Old kernels look above the kernel image first and then top-down anywhere.
        gaps(start.max(self.lowest)).find_map(fit_low).or_else(high)
    }

    /// The tables that map RAM up to `end`. `kernel_end` is where the kernel's image ends, brk included; `gb_pages` whether
    /// the processor has pages of 1 GiB.
    pub fn map_ram(&mut self, ram: &Ranges, end: u64, kernel_end: u64, gb_pages: bool) {
        let brk = self.reserved.iter().find(|piece| piece.holder == Holder::Brk);
        // Its first page has strings of the firmware.
        let buffer = brk.map_or(0..0, |brk| brk.range.start.saturating_add(PAGE_SIZE)..brk.range.end);
        let pieces: Vec<Range<u64>> = ram.iter().flat_map(|piece| self.first.cut(piece)).collect();
        let mut mapping = Mapping::new(&pieces, gb_pages, buffer);
        let before = self.reserved.len();
        if self.bottom_up {
            mapping.bottom_up(end, kernel_end, &mut |within| self.allocate_table(within));
        } else {
            let top = self.look(MAPPED_FIRST, MAPPED_FIRST, &(MIB..end), None);
            let top = top.map(|start| start + MAPPED_FIRST);
            mapping.top_down(end, top, &mut |within| self.allocate_table(within));
        }
        // Pages side by side are one piece.
        let mut tables: Vec<Reservation> = Vec::new();
        for table in self.reserved.drain(before..) {
            match tables.last_mut() {
                Some(last) if last.range.end == table.range.start => last.range.end = table.range.end,
                Some(last) if last.range.start == table.range.end => last.range.start = table.range.start,
                _ => tables.push(table),
            }
        }
        self.reserved.extend(tables);
    }

    fn allocate_table(&mut self, within: Range<u64>) -> Option<u64> {
        self.allocate(PAGE_SIZE, PAGE_SIZE, within, None, Holder::PageTables)
    }

    /// The buffers for `log_buf_len=`: the text, its descriptors and its records.
    pub fn allocate_log(&mut self, line: &Cmdline, release: &Release) {
        let Some(len) = line.log_buf_len.filter(|len| *len > release.build.log_len) else { return };
        for size in [len, len / 32 * 24, len / 32 * release.log_record_len] {
            if self.allocate(size, 8, 0..u64::MAX, None, Holder::LogBuffer).is_none() {
                return;
            }
        }
    }

    /// Moves an initrd that does not lie in RAM as a whole: where it then is.
    pub fn move_initrd(&mut self, ram: &Ranges) -> Option<Range<u64>> {
        let place = self.reserved.iter().position(|piece| piece.holder == Holder::Initrd)?;
        let old = self.reserved.get(place)?.range.clone();
        if ram.contains_all(&(page_down(old.start)..old.end)) {
            return Some(old);
        }
        let size = old.end - old.start;
        let start = self.allocate(size, PAGE_SIZE, 0..u64::MAX, None, Holder::MovedInitrd)?;
        self.reserved.remove(place);
        ram.overlapping(&old).for_each(|part| self.free.insert(part));
        for piece in &self.reserved {
            self.free.remove(&piece.range);
        }
        Some(start..start + size)
    }

    /// The copy of the archive's tables: its address, below 4 GiB. `None` when there is no room.
    pub fn allocate_archive(&mut self, size: u64) -> Option<u64> {
        self.allocate(size, PAGE_SIZE, 0..self.mapped_below_4g, None, Holder::ArchiveCopy)
    }

    /// The table of distances, once hot-pluggable memory is known: movable_node keeps out of it.
    pub fn allocate_distances(&mut self, size: u64, hotpluggable: &Ranges) -> Option<u64> {
        let avoid = self.keeps_out.then_some(hotpluggable);
        self.allocate(size, PAGE_SIZE, 0..u64::MAX, avoid, Holder::Distances)
    }

    /// Gives the table of distances back, as Linux does when it drops the SRAT after all.
    pub fn free_distances(&mut self) {
        self.reserved.retain(|piece| {
            let stays = piece.holder != Holder::Distances;
            if !stays {
                self.free.insert(piece.range.clone());
            }
            stays
        });
    }

    /// The table of distances of made-up nodes takes the place of the machine's, a copy of which is kept meanwhile. By now
    /// memblock looks for the highest memory again.
    pub fn replace_distances(&mut self, size: u64, hotpluggable: &Ranges) -> Option<u64> {
        self.bottom_up = false;
        let avoid = self.keeps_out.then_some(hotpluggable);
        let old = self.reserved.iter().position(|piece| piece.holder == Holder::Distances);
        let mut copy = None;
        if let Some(old) = old.map(|at| self.reserved.remove(at)) {
            let len = old.range.end - old.range.start;
            copy =
                self.allocate(len, PAGE_SIZE, 0..u64::MAX, avoid, Holder::Distances).map(|at| at..at + len);
            self.reserved.retain(|piece| piece.holder != Holder::Distances);
            self.free.insert(old.range);
        }
        let place = self.allocate(size, PAGE_SIZE, 0..u64::MAX, avoid, Holder::Distances);
        self.free.insert(copy.unwrap_or_default());
        place
    }
}

/// Reserved memory that took a node's hot-pluggable marks away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Node that lost its marks.
    pub node: u32,
    /// The part of the reservation inside the node's blocks.
    pub range: Range<u64>,
    /// What it holds.
    pub holder: Holder,
    /// How it came there.
    pub place: ReservedBy,
}

/// A node keeps its marks only if nothing reserved lies in any of its blocks, gaps included: clears the marks of the
/// others in `regions`, and gives what cleared them.
///
/// # Kernel
/// `numa_clear_kernel_node_hotplug`, 3.14 to 7.3.
pub fn clear_marks(regions: &mut Vec<Region>, blocks: &[Block], reserved: &[Reservation]) -> Vec<Blocker> {
    let marked: BTreeSet<u32> =
        regions.iter().filter(|region| region.hotpluggable).filter_map(|region| region.node).collect();
    if marked.is_empty() {
        return Vec::new();
    }
    let mut sorted: Vec<&Block> = blocks.iter().collect();
    sorted.sort_by_key(|block| block.range.start);
    let mut blockers = Vec::new();
    for piece in reserved {
        let last = sorted.partition_point(|block| block.range.start < piece.range.end);
        for block in sorted.iter().take(last).filter(|block| marked.contains(&block.node)) {
            if let Some(range) = overlap(&block.range, &piece.range) {
                let (holder, place) = (piece.holder.clone(), piece.place);
                blockers.push(Blocker { node: block.node, range, holder, place });
            }
        }
    }
    let lost: BTreeSet<u32> = blockers.iter().map(|blocker| blocker.node).collect();
    for region in regions.iter_mut().filter(|region| region.node.is_some_and(|node| lost.contains(&node))) {
        region.hotpluggable = false;
    }
    regions.dedup_by(|next, kept| {
        let alike = kept.range.end == next.range.start
            && kept.node == next.node
            && kept.hotpluggable == next.hotpluggable;
        if alike {
            kept.range.end = next.range.end;
        }
        alike
    });
    blockers
}

impl Blocker {
    /// Why it cost the node its marks, as a sentence.
    pub fn why(&self) -> String {
        let how = match self.place {
            ReservedBy::Fixed => "lies",
            ReservedBy::BottomUp => "was allocated (lowest free memory)",
            ReservedBy::TopDown => "was allocated (highest free memory)",
        };
        format!(
            "the {} {how} on node {} before hot-pluggable memory is known, so the kernel treats all of the node as its own",
            self.holder.name(),
            self.node
        )
    }
}
