//! L1: what Linux says of physical memory: ranges, the firmware's memory map, and the files of /proc and /sys that tell
//! of them.

pub mod arch;
pub mod block;
pub mod boot_params;
pub mod cpuinfo;
pub mod efi;
pub mod intervals;
pub mod iomem;
pub mod kpageflags;
pub mod log;
pub mod memmap;
pub mod now;
pub mod page_owner;
pub mod physical;
pub mod range;
pub mod slabinfo;
pub mod space;
pub mod zoneinfo;
pub mod zonestat;

/// A hexadecimal number, with or without `0x` in front.
fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

pub use range::{PAGE_SIZE, Ranges, page_down, page_up};
