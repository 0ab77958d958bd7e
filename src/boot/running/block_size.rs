//! The size of memory blocks.
//!
//! # Kernel
//! `probe_memory_block_size` in arch/x86/mm/init_64.c, 3.8 to 7.3; logs of real machines under 3.10 to 6.19 and recorded boots.

use crate::boot::kernel::release::LargeBlocks;
use crate::boot::running::blocks::SECTION_SIZE;
use crate::memory::PAGE_SIZE;
use std::fmt;

const LARGEST_BLOCK: u64 = 2 << 30;
/// Machines whose RAM ends below this address have the smallest blocks.
const LARGE_MACHINE: u64 = 64 << 30;

/// What decided about the size of memory blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SizeReason {
    /// RAM ends below 64 GiB.
    #[default]
    SmallMachine,
    /// No hypervisor: the largest.
    BareMetal,
    /// A virtual machine: the largest that divides the end of RAM.
    VirtualMachine,
    /// CXL windows: the largest that fits them and divides the end of RAM.
    CxlWindows,
    /// Before 4.17: the largest.
    OldKernel,
    /// 4.17 to 5.8: the largest that divides the end of RAM.
    DividesRam,
    /// The machine has it in its last boot.
    Seen,
}

impl fmt::Display for SizeReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            SizeReason::SmallMachine => "RAM ends below 64 GiB",
            SizeReason::BareMetal => "bare metal with RAM beyond 64 GiB",
            SizeReason::VirtualMachine => "a virtual machine: the largest size that divides the end of RAM",
            SizeReason::CxlWindows => {
                "CXL windows: the largest size that fits them and divides the end of RAM"
            }
            SizeReason::OldKernel => "RAM beyond 64 GiB, before Linux 4.17",
            SizeReason::DividesRam => "Linux 4.17 to 5.8: the largest size that divides the end of RAM",
            SizeReason::Seen => "as in the machine's last boot",
        })
    }
}

/// The size of memory blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSize {
    /// Bytes; a power of two.
    pub bytes: u64,
    /// What decided.
    pub reason: SizeReason,
    /// Whether nothing told if there is a hypervisor, and it counts: bare metal is assumed.
    pub assumed: bool,
}

impl Default for BlockSize {
    fn default() -> Self {
        BlockSize { bytes: SECTION_SIZE, reason: SizeReason::default(), assumed: false }
    }
}

/// The size of memory blocks in a boot before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenSize {
    /// The size in bytes.
    pub bytes: u64,
    /// The rule of that boot's kernel.
    pub rule: LargeBlocks,
    /// Whether options of that boot changed the memory map.
    pub changed_map: bool,
}

/// What the size of memory blocks hangs on.
#[derive(Debug, Clone, Copy)]
pub struct SizeInputs {
    /// The page frame after the last.
    pub max_pfn: u64,
    /// Bytes that CXL windows ask for.
    pub advice: Option<u64>,
    /// Whether there is a hypervisor.
    pub hypervisor: Option<bool>,
    /// The release's rule.
    pub rule: LargeBlocks,
    /// What a boot before had, where that has the same end of RAM.
    pub seen: Option<SeenSize>,
}

/// The size of memory blocks.
pub fn of(of: &SizeInputs) -> BlockSize {
    let end = of.max_pfn.saturating_mul(PAGE_SIZE);
    if end < LARGE_MACHINE {
        return BlockSize::default();
    }
    let dividing = |largest: u64| {
        let mut bytes = largest;
        while bytes > SECTION_SIZE && !end.is_multiple_of(bytes) {
            bytes /= 2;
        }
        bytes
    };
    let sure = |bytes, reason| BlockSize { bytes, reason, assumed: false };
    if let Some(advice) = of.advice {
        return sure(dividing(advice.clamp(SECTION_SIZE, LARGEST_BLOCK)), SizeReason::CxlWindows);
    }
    if let Some(seen) = of.seen.filter(|seen| seen.rule == of.rule) {
        return sure(seen.bytes, SizeReason::Seen);
    }
    match (of.rule, of.hypervisor) {
        (LargeBlocks::Largest, _) => sure(LARGEST_BLOCK, SizeReason::OldKernel),
        (LargeBlocks::DividesRam, _) => sure(dividing(LARGEST_BLOCK), SizeReason::DividesRam),
        (_, Some(true)) => sure(dividing(LARGEST_BLOCK), SizeReason::VirtualMachine),
        (_, known) => {
            let assumed = known.is_none() && dividing(LARGEST_BLOCK) != LARGEST_BLOCK;
            BlockSize { bytes: LARGEST_BLOCK, reason: SizeReason::BareMetal, assumed }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LargeBlocks::{DividesRam, Largest, LargestOnBareMetal};

    #[test]
    fn the_size_follows_release_hypervisor_and_what_was_seen() {
        let gib = (1 << 30) / PAGE_SIZE;
        // 97 GiB is divided by 1 GiB at most.
        let inputs =
            |rule, hypervisor| SizeInputs { max_pfn: 97 * gib, advice: None, hypervisor, rule, seen: None };
        let size = |inputs: SizeInputs| (of(&inputs).bytes >> 20, of(&inputs).assumed);
        assert_eq!(size(inputs(Largest, Some(true))), (2048, false));
        assert_eq!(size(inputs(DividesRam, Some(false))), (1024, false));
        assert_eq!(size(inputs(LargestOnBareMetal, Some(true))), (1024, false));
        assert_eq!(size(inputs(LargestOnBareMetal, Some(false))), (2048, false));
        assert_eq!(size(inputs(LargestOnBareMetal, None)), (2048, true));
        assert_eq!(size(SizeInputs { max_pfn: 63 * gib, ..inputs(Largest, None) }), (128, false));
        let seen = |rule| Some(SeenSize { bytes: 128 << 20, rule, changed_map: false });
        let after = |rule| SizeInputs { seen: seen(rule), ..inputs(LargestOnBareMetal, None) };
        assert_eq!((size(after(LargestOnBareMetal)), size(after(Largest))), ((128, false), (2048, true)));
        assert_eq!(size(SizeInputs { advice: Some(256 << 20), ..inputs(Largest, None) }), (256, false));
    }
}
