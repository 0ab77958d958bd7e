//! Memory blocks as Linux shows them in /sys/devices/system/memory.

use std::fmt;

/// What a block does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockState {
    /// Its memory is in use.
    Online,
    /// Its memory is not in use.
    Offline,
    /// It is on its way.
    GoingOffline,
}

impl BlockState {
    /// The state that a text of sysfs names.
    pub fn parse(text: &str) -> Option<BlockState> {
        Some(match text.trim() {
            "online" => BlockState::Online,
            "offline" => BlockState::Offline,
            "going-offline" => BlockState::GoingOffline,
            _ => return None,
        })
    }

    /// The word of sysfs.
    pub fn name(self) -> &'static str {
        match self {
            BlockState::Online => "online",
            BlockState::Offline => "offline",
            BlockState::GoingOffline => "going-offline",
        }
    }
}

impl fmt::Display for BlockState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// A zone as `valid_zones` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneWord {
    /// `none`: no single zone has the block.
    None,
    /// A zone of the kernel.
    Dma,
    /// A zone of the kernel.
    Dma32,
    /// A zone of the kernel.
    Normal,
    /// A zone of memory that can be moved.
    Movable,
}

impl ZoneWord {
    /// The zone that a word names.
    pub fn parse(word: &str) -> Option<ZoneWord> {
        [ZoneWord::None, ZoneWord::Dma, ZoneWord::Dma32, ZoneWord::Normal, ZoneWord::Movable]
            .into_iter()
            .find(|zone| zone.name() == word)
    }

    /// The word of sysfs.
    pub fn name(self) -> &'static str {
        match self {
            ZoneWord::None => "none",
            ZoneWord::Dma => "DMA",
            ZoneWord::Dma32 => "DMA32",
            ZoneWord::Normal => "Normal",
            ZoneWord::Movable => "Movable",
        }
    }
}

/// A memory block.
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
