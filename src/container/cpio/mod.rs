//! cpio archives in the "newc" format, the only one Linux takes for an initrd: the header, and the kernel's early scanner.

pub mod early;
pub mod header;
