//! Where kexec puts the next kernel and its initrd: memory that the running kernel chooses, and no boot loader.
//!
//! # Kernel
//! `kexec_locate_mem_hole` and `locate_mem_hole_top_down` in kernel/kexec_file.c, `bzImage64_load` in
//! arch/x86/kernel/kexec-bzimage64.c, 5.10 to 7.3: the system call kexec_file_load. The older call kexec_load leaves the choice to
//! the program kexec, and is not modelled.

use crate::boot::kernel::release::{Change, Release};
use crate::memory::range::overlap;
use crate::memory::{PAGE_SIZE, page_up};
use std::ops::Range;

/// The code between the two kernels, in bytes: as in the recorded boots.
const PURGATORY: u64 = 5 * PAGE_SIZE;
/// Neither that code nor boot_params lie below.
const LOWEST: u64 = 0x3000;
/// boot_params, and what follows it at a multiple of 16: the command line with the most that a crash kernel would add to it.
const BOOT_PARAMS: u64 = PAGE_SIZE;
const CRASH_WORDS: u64 = 30;
/// setup_data that follows the command line: the nodes of EFI and of the seed, with their data.
const SETUP_DATA: u64 = 16 + 32 + 16 + 32;
const LOWEST_KERNEL: u64 = 1 << 20;
const LOWEST_INITRD: u64 = 16 << 20;

/// The kernel that runs, and the memory it has, as kexec sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// RAM, ascending: "System RAM" of /proc/iomem.
    pub ram: Vec<Range<u64>>,
    /// Whether the highest memory is taken; else the first range that is large enough.
    pub from_top: bool,
}

impl Running {
    /// A kernel of a release, with this RAM.
    pub fn new(mut ram: Vec<Range<u64>>, release: &Release) -> Running {
        ram.sort_by_key(|range| range.start);
        Running { ram, from_top: release.has(Change::KEXEC_TOP) }
    }

    /// The highest place in the range that is taken: aligned, and free of what was placed before.
    fn hole(&self, len: u64, align: u64, lowest: u64, taken: &[Range<u64>]) -> Option<Range<u64>> {
        let in_range = |range: &Range<u64>| {
            let mut start = range.end.checked_sub(len)? / align * align;
            while start >= range.start.max(lowest) {
                let place = start..start + len;
                match taken.iter().filter(|held| overlap(held, &place).is_some()).map(|held| held.start).min()
                {
                    None => return Some(place),
                    Some(held) => start = held.checked_sub(len)? / align * align,
                }
            }
            None
        };
        let mut ranges = self.ram.iter();
        if self.from_top { ranges.rev().find_map(in_range) } else { ranges.find_map(in_range) }
    }

    /// Where a kernel goes that needs `room` bytes at a multiple of `align` (init_size and kernel_alignment of its header), with a
    /// command line of `line` bytes. `None` where there is no room.
    pub fn place(self, room: u64, align: u64, line: u64) -> Option<Kexec> {
        let purgatory = self.hole(PURGATORY, PAGE_SIZE, LOWEST, &[])?;
        let words = (line + 1 + CRASH_WORDS).next_multiple_of(16);
        let params = page_up(BOOT_PARAMS + words + SETUP_DATA);
        let params = self.hole(params, PAGE_SIZE, LOWEST, std::slice::from_ref(&purgatory))?;
        let data = params.start + BOOT_PARAMS + words;
        let taken = vec![purgatory, params];
        let kernel = self.hole(page_up(room.max(1)), align.max(PAGE_SIZE), LOWEST_KERNEL, &taken)?;
        Some(Kexec { running: self, kernel, setup_data: data..data + SETUP_DATA, taken })
    }
}

/// Where kexec puts things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kexec {
    running: Running,
    /// The kernel: where it stays unless KASLR moves it, and where it unpacks itself.
    pub kernel: Range<u64>,
    /// What follows boot_params and is reserved.
    pub setup_data: Range<u64>,
    taken: Vec<Range<u64>>,
}

impl Kexec {
    /// Where an initrd of `len` bytes goes; `None` where there is no room.
    pub fn initrd(&self, len: u64) -> Option<Range<u64>> {
        let taken = [&self.taken[..], std::slice::from_ref(&self.kernel)].concat();
        let place = self.running.hole(page_up(len.max(1)), PAGE_SIZE, LOWEST_INITRD, &taken)?;
        Some(place.start..place.start + len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recorded machine: 512 MiB of RAM below 4 GiB, 1 GiB above.
    fn placed(release: &str, room: u64) -> Kexec {
        let ram = vec![0x1000..0x9_fc00, 0x10_0000..0x1ffe_0000, 0x1_0000_0000..0x1_4000_0000];
        let running = Running::new(ram, &Release::parse(release).unwrap());
        running.place(room, 2 << 20, 95).unwrap()
    }

    #[test]
    fn the_highest_memory_is_taken_from_6_8_on_and_before_the_first_that_is_large_enough() {
        let new = placed("6.12", 0x34b_0000);
        assert_eq!(new.kernel.start, 0x1_3ca0_0000);
        assert_eq!(new.initrd(0x3f_ce00), Some(0x1_3c60_3000..0x1_3c9f_fe00));
        let old = placed("6.1", 0x33a_4000);
        assert_eq!(old.kernel.start, 0x1cc0_0000);
        assert_eq!(old.initrd(0x3f_ce00), Some(0x1c80_3000..0x1cbf_fe00));
        assert!(old.setup_data.end < 0x9_fc00 && new.setup_data.start > 0x1_3fff_0000);
    }

    #[test]
    fn what_does_not_fit_has_no_place() {
        let running = |ram| Running::new(ram, &Release::newest());
        assert_eq!(running(vec![]).place(1 << 20, 2 << 20, 0), None);
        let little = 0..1 << 20;
        assert_eq!(running(vec![little]).place(16 << 20, 2 << 20, 0), None);
        assert_eq!(placed("6.12", 1 << 20).initrd(4 << 30), None);
    }
}
