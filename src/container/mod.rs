//! L1: what tables travel in.

pub mod acpidump;
pub mod cpio;
pub mod gzip;
pub mod initrd;
pub mod raw;
