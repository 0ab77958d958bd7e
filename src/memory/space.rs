//! The physical address space: what addresses and lengths that come from outside must lie in.

use super::cpuinfo;
use super::memmap::Entry;
use super::range::overlap;
use std::fmt;
use std::ops::Range;

/// The most bits that a physical address has on x86-64 (Intel SDM, volume 3A, 4.1.4: MAXPHYADDR is at most 52).
pub const MOST_BITS: u32 = 52;
/// Fewer bits than this no processor of x86-64 has: a smaller number is not believed.
const FEWEST_BITS: u32 = 32;

/// How far physical addresses reach on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    bits: u32,
    /// Whether the processor told.
    is_known: bool,
}

impl Default for Space {
    /// The most that x86-64 has.
    fn default() -> Self {
        Space { bits: MOST_BITS, is_known: false }
    }
}

impl Space {
    /// The space of the machine whose /proc/cpuinfo this is, from its `address sizes` line; the most that there is without one.
    pub fn of_cpuinfo(text: Option<&str>) -> Space {
        let bits = text.and_then(cpuinfo::physical_bits);
        let bits = bits.filter(|bits| (FEWEST_BITS..=MOST_BITS).contains(bits));
        bits.map_or_else(Space::default, |bits| Space { bits, is_known: true })
    }

    /// One more than the highest address, in bytes.
    pub fn end(self) -> u64 {
        1 << self.bits
    }

    /// The part of a range that lies in the space; `None` when that is nothing.
    pub fn cut(self, range: &Range<u64>) -> Option<Range<u64>> {
        overlap(range, &(0..self.end()))
    }

    /// Cuts an entry of a memory map to the space; `false` when nothing of it is left. One that wraps stays as it is: Linux
    /// refuses the map for it.
    pub fn cut_entry(self, entry: &mut Entry) -> bool {
        if entry.wraps() {
            return true;
        }
        entry.size = entry.size.min(self.end().saturating_sub(entry.start));
        entry.start < self.end()
    }
}

impl fmt::Display for Space {
    /// `4 PiB (52 bits, the most of x86-64)`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.is_known { "as /proc/cpuinfo says" } else { "the most that x86-64 has" };
        write!(out, "{} ({} bits, {whose})", crate::bytes::size(self.end()), self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::memmap::Kind;

    #[test]
    fn the_processor_says_how_far_addresses_reach() {
        let of =
            |line: &str| Space::of_cpuinfo(Some(&format!("processor\t: 0\n{line}\npower management:\n")));
        assert_eq!(of("address sizes\t: 46 bits physical, 48 bits virtual").end(), 1 << 46);
        for line in [
            "",
            "address sizes\t: 64 bits physical",
            "address sizes\t: 0 bits physical",
            "address sizes\t: x",
        ] {
            assert_eq!(of(line), Space::default(), "{line}");
        }
        assert_eq!(Space::default().to_string(), "4 PiB (52 bits, the most that x86-64 has)");
    }

    #[test]
    fn entries_are_cut_and_those_that_wrap_are_left() {
        let cut = |start: u64, size: u64| {
            let mut entry = Entry { start, size, kind: Kind::RAM };
            Space::default().cut_entry(&mut entry).then_some(entry.size)
        };
        assert_eq!(cut(1 << 51, 1 << 59), Some(1 << 51));
        assert_eq!(cut(1 << 52, 1), None);
        assert_eq!(cut(u64::MAX, 2), Some(2));
        assert_eq!(cut(0, 4096), Some(4096));
    }
}
