//! What a running system shows of its memory at the moment.

use super::Ranges;
use super::block::MemoryBlock;
use super::intervals::Intervals;
use super::range::overlap;
use super::zoneinfo::ZoneInfo;
use std::ops::Range;

/// A line of /proc/iomem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IomemLine {
    /// The physical addresses in bytes, the end exclusive.
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
    /// The zones of all nodes, as /proc/zoneinfo has them.
    pub zones: Vec<ZoneInfo>,
    /// /proc/iomem, in its order; empty where Linux hides the addresses.
    pub resources: Vec<IomemLine>,
}

/// What a system shows of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeNow {
    /// The number that Linux gave it.
    pub node: u32,
    /// Bytes of memory that Linux manages there (MemTotal of its meminfo).
    pub bytes: Option<u64>,
    /// How many processors it has.
    pub cpus: Option<usize>,
    /// Its distances to the nodes that are online, in their order.
    pub distances: Vec<u32>,
}

/// How many numbers a list of the kernel has: `0-3,8`; `None` where it is no such list.
pub fn count_of_list(text: &str) -> Option<usize> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    text.split(',').try_fold(0usize, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        sum.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

/// How many bits a mask of the kernel has: `00000000,000000ff`; `None` where it is no mask.
pub fn count_of_mask(text: &str) -> Option<usize> {
    let words = text.trim().split(',').map(|word| u32::from_str_radix(word, 16));
    words.map(|word| word.ok().map(|word| word.count_ones() as usize)).sum()
}

impl Now {
    /// The block that an address lies in.
    pub fn block_at(&self, address: u64) -> Option<&MemoryBlock> {
        let number = address / self.block_size.filter(|size| *size > 0)?;
        let at = self.blocks.binary_search_by_key(&number, |block| block.number).ok()?;
        self.blocks.get(at)
    }

    /// What /proc/iomem has, to be asked by address.
    pub fn held(&self) -> IomemIndex<'_> {
        IomemIndex {
            lines: &self.resources,
            by_address: Intervals::new(self.resources.iter().map(|line| line.range.clone())),
        }
    }

    /// The memory that Linux calls its RAM: what is outside of it counts as a hole of a block.
    pub fn system_ram(&self) -> Ranges {
        let ram = self.resources.iter().filter(|held| is_ram(&held.name));
        ram.map(|held| held.range.clone()).collect()
    }
}

/// The lines of /proc/iomem by address.
#[derive(Debug, Clone)]
pub struct IomemIndex<'n> {
    lines: &'n [IomemLine],
    by_address: Intervals,
}

impl<'n> IomemIndex<'n> {
    /// What is there at an address, from the outermost to the innermost.
    pub fn names_at(&self, address: u64) -> impl Iterator<Item = &'n IomemLine> {
        let lines = self.lines;
        self.by_address.at(address).into_iter().filter_map(move |number| lines.get(number))
    }

    /// What is inside of a range below "System RAM".
    pub fn parts_of_ram(&self, range: &Range<u64>) -> impl Iterator<Item = (Range<u64>, &'n str)> {
        let (lines, range) = (self.lines, range.clone());
        let inner = self.by_address.over(&range).into_iter().filter_map(move |number| lines.get(number));
        let inner = inner.filter(|held| held.depth > 0 && !is_ram(&held.name));
        inner.filter_map(move |held| Some((overlap(&held.range, &range)?, held.name.as_str())))
    }
}

/// Memory that a driver adds has its name behind, as in `System RAM (kmem)`.
fn is_ram(name: &str) -> bool {
    name == "System RAM" || name.starts_with("System RAM (")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_masks_are_counted() {
        assert_eq!(count_of_list("0-3,8\n"), Some(5));
        assert_eq!(count_of_list("\n"), Some(0));
        assert_eq!(count_of_list("3-1"), None);
        assert_eq!(count_of_mask("00000001,000000ff\n"), Some(9));
        assert_eq!(count_of_mask("x"), None);
    }
}
