//! How much memory is left to the kernel itself: what lies in its zones, less what boot has put there by the time the
//! page allocator takes over.
//!
//! # Kernel
//! `memblock_free_all` (mm/memblock.c), `alloc_large_system_hash` (mm/page_alloc.c; 6.12: mm/mm_init.c), 5.10 to 7.3.

use crate::boot::Outcome;
use crate::boot::stages::memblock::Holder;
use crate::boot::stages::zones::Mode;
use crate::memory::{PAGE_SIZE, Ranges};

/// With less than this left, boots of Debian's kernels with two processors ended in "System is deadlocked on memory": the
/// floor of recorded boots, in bytes. What more processors, drivers and a larger initrd need comes on top.
pub const FLOOR: u64 = 20 << 20;
/// The same where no memory is movable: a boot with a little less died, and one with 19 MiB did not.
const BARE_FLOOR: u64 = 13 << 20;
/// Tables for directory entries and inodes: 8 bytes for each 8 KiB and each 16 KiB of memory.
const HASH_SHARE: u64 = 1024 * 2 / 3;

/// What the kernel has for itself, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelMemory {
    /// Memory of all zones but the movable ones.
    pub total: u64,
    /// What of it is in use before the page allocator starts and never given back.
    pub taken: u64,
    /// Memory of movable zones.
    pub movable: u64,
}

impl KernelMemory {
    /// The least that boots were seen to need, in bytes.
    pub fn floor(&self) -> u64 {
        if self.movable == 0 { BARE_FLOOR } else { FLOOR }
    }

    /// What is left of it for the kernel, in bytes.
    pub fn left(&self) -> u64 {
        self.total.saturating_sub(self.taken)
    }
}

/// Adds up what a predicted boot leaves.
pub fn kernel_memory(outcome: &Outcome<'_>) -> KernelMemory {
    let mut own = Ranges::default();
    let (mut total, mut movable) = (0, 0);
    for region in &outcome.regions {
        let Some(node) = region.node else { continue };
        let start = outcome.zones.movable_start.get(&node).map(|pfn| pfn.saturating_mul(PAGE_SIZE));
        let border = start.unwrap_or(u64::MAX).clamp(region.range.start, region.range.end);
        own.insert(region.range.start..border);
        total += border - region.range.start;
        movable += region.range.end - border;
    }
    let given_back = |holder: &Holder| {
        matches!(holder, Holder::Initrd | Holder::MovedInitrd | Holder::Given(_) | Holder::SetupData)
    };
    let kept = outcome.reserved.iter().chain(&outcome.late).filter(|piece| !given_back(&piece.holder));
    let taken: Ranges = kept.flat_map(|piece| own.overlapping(&piece.range)).collect();
    // The hash tables come from the top of memory that may hold them: of the kernel's zones, where hot-pluggable memory is
    // kept free.
    let keeps_out = outcome.zones.mode == Mode::MovableNode;
    let hashes = if keeps_out { (total + movable) / HASH_SHARE } else { 0 };
    KernelMemory { total, taken: taken.total() + hashes, movable }
}
