//! Memory blocks as Linux shows them in /sys/devices/system/memory.

use crate::phrase::words;

words! {
    /// What a block does at the moment.
    pub enum BlockState {
        /// Its memory is in use.
        Online = "online",
        /// Its memory is not in use.
        Offline = "offline",
        /// It is on its way.
        GoingOffline = "going-offline",
    }
}

words! {
    /// A zone as `valid_zones` names it.
    pub enum ZoneWord {
        /// `none`: no single zone has the block.
        None = "none",
        /// A zone of the kernel.
        Dma = "DMA",
        /// A zone of the kernel.
        Dma32 = "DMA32",
        /// A zone of the kernel.
        Normal = "Normal",
        /// A zone of memory that can be moved.
        Movable = "Movable",
    }
}

/// A memory block as /sys shows it: the unit in which memory goes on- and offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryBlock {
    /// Its number: its address divided by the size of blocks.
    pub number: u64,
    /// What it does; `None` when that could not be read, as when it went away meanwhile.
    pub state: Option<BlockState>,
    /// `valid_zones`: its zone where it is online, else those that it can go to.
    pub zones: Vec<ZoneWord>,
    /// The nodes that it is linked from.
    pub nodes: Vec<u32>,
}

impl MemoryBlock {
    /// The zone that an online block is in; [`ZoneWord::None`] where Linux names no single one.
    pub fn zone(&self) -> Option<ZoneWord> {
        self.zones.first().copied().filter(|_| self.state == Some(BlockState::Online))
    }
}
