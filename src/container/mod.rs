//! L1: what tables travel in.

pub mod acpidump;
pub mod bootconf;
pub mod bzimage;
pub mod cpio;
pub mod decompress;
pub mod elf;
pub mod gzip;
pub mod hexdump;
pub mod image;
pub mod initrd;
pub mod kdump;
pub mod kernel;
pub mod pe;
pub mod program;
pub mod raw;
pub mod read_at;
pub mod tar;
pub mod uki;
pub mod vmlinux;
