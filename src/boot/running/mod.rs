//! After the boot: memory blocks, and what becomes of memory that is added, brought online or taken offline.

pub mod block_size;
pub mod blocks;
pub mod hotadd;
pub mod live;
pub mod online;
pub mod pages;
pub mod policy;
pub mod removable;
pub mod settings;
pub mod udev;
pub mod whereis;
pub mod windows;
