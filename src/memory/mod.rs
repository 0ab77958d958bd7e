//! L1: what Linux says of physical memory: ranges, the firmware's memory map, and the files of /proc and /sys that tell
//! of them.

pub mod arch;
pub mod block;
pub mod boot_params;
pub mod cpuinfo;
pub mod efi;
pub mod iomem;
pub mod kpageflags;
pub mod log;
pub mod memmap;
pub mod now;
pub mod physical;
pub mod range;
pub mod space;
pub mod zoneinfo;
pub mod zonestat;

pub use range::{PAGE_SIZE, Ranges, page_down, page_up};
