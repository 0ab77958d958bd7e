//! What a running system shows of its memory at the moment.

use super::Ranges;
use super::block::MemoryBlock;
use super::range::overlap;
use super::zoneinfo::ZoneInfo;
use std::ops::Range;

/// A line of /proc/iomem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IomemLine {
    /// The addresses.
    pub range: Range<u64>,
    /// What is there, as firmware or a driver named it.
    pub name: String,
    /// How deep it is nested.
    pub depth: usize,
}

/// What a system shows of its memory; empty as far as nothing shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Now {
    /// Bytes in a memory block.
    pub block_size: Option<u64>,
    /// The memory blocks by their number.
    pub blocks: Vec<MemoryBlock>,
    /// The zones.
    pub zones: Vec<ZoneInfo>,
    /// /proc/iomem, in its order; empty where Linux hides the addresses.
    pub resources: Vec<IomemLine>,
}

impl Now {
    /// The block that an address lies in.
    pub fn block_at(&self, address: u64) -> Option<&MemoryBlock> {
        let number = address / self.block_size.filter(|size| *size > 0)?;
        let at = self.blocks.binary_search_by_key(&number, |block| block.number).ok()?;
        self.blocks.get(at)
    }

    /// What /proc/iomem has at an address, from the outermost to the innermost.
    pub fn names_at(&self, address: u64) -> impl Iterator<Item = &IomemLine> {
        self.resources.iter().filter(move |held| held.range.contains(&address))
    }

    /// What /proc/iomem has inside of a range below "System RAM".
    pub fn parts_of_ram(&self, range: &Range<u64>) -> impl Iterator<Item = (Range<u64>, &str)> {
        let inner = self.resources.iter().filter(|held| held.depth > 0 && !is_ram(&held.name));
        inner.filter_map(move |held| Some((overlap(&held.range, range)?, held.name.as_str())))
    }

    /// The memory that Linux calls its RAM: what is outside of it counts as a hole of a block.
    pub fn system_ram(&self) -> Ranges {
        let ram = self.resources.iter().filter(|held| is_ram(&held.name));
        ram.map(|held| held.range.clone()).collect()
    }
}

/// Memory that a driver adds has its name behind, as in `System RAM (kmem)`.
fn is_ram(name: &str) -> bool {
    name == "System RAM" || name.starts_with("System RAM (")
}
