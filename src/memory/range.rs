//! Half-open byte ranges of physical memory, and sorted sets of them.

use std::ops::Range;

/// Bytes in a page on x86-64.
pub const PAGE_SIZE: u64 = 4096;

/// `address` rounded up to a page; the last page's start when the next would not fit into 64 bits.
pub fn page_up(address: u64) -> u64 {
    address.checked_add(PAGE_SIZE - 1).map_or(u64::MAX, |up| up) & !(PAGE_SIZE - 1)
}

/// `address` rounded down to a page.
pub fn page_down(address: u64) -> u64 {
    address & !(PAGE_SIZE - 1)
}

/// What two ranges share; `None` when that is nothing.
pub fn overlap(one: &Range<u64>, other: &Range<u64>) -> Option<Range<u64>> {
    let both = one.start.max(other.start)..one.end.min(other.end);
    (both.start < both.end).then_some(both)
}

/// A set of bytes: sorted ranges, disjoint, none empty, none touching the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// The ranges in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Range<u64>> {
        self.0.iter()
    }

    /// Whether there is no byte in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes there are.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// How many bytes of a range are in it.
    pub fn bytes_in(&self, range: &Range<u64>) -> u64 {
        self.overlapping(range).map(|part| part.end - part.start).sum()
    }

    /// Adds the bytes of a range.
    pub fn insert(&mut self, mut range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.0.partition_point(|known| known.end < range.start);
        let last = self.0.partition_point(|known| known.start <= range.end);
        for known in self.0.get(first..last).unwrap_or_default() {
            range.start = range.start.min(known.start);
            range.end = range.end.max(known.end);
        }
        self.0.splice(first..last, [range]);
    }

    /// Takes the bytes of a range away.
    pub fn remove(&mut self, range: &Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.0.partition_point(|known| known.end <= range.start);
        let last = self.0.partition_point(|known| known.start < range.end);
        let rest: Vec<_> = self
            .0
            .get(first..last)
            .unwrap_or_default()
            .iter()
            .flat_map(|known| [known.start..range.start, range.end..known.end])
            .filter(|piece| piece.start < piece.end)
            .collect();
        self.0.splice(first..last, rest);
    }

    /// What is in this set and not in the other, in linear time.
    pub fn without(&self, other: &Ranges) -> Ranges {
        let mut left = Vec::with_capacity(self.0.len() + other.0.len());
        let mut cuts = other.0.iter().peekable();
        for range in &self.0 {
            let mut start = range.start;
            while cuts.next_if(|cut| cut.end <= start).is_some() {}
            while let Some(cut) = cuts.peek().filter(|cut| cut.start < range.end) {
                if start < cut.start {
                    left.push(start..cut.start);
                }
                start = cut.end;
                if cut.end > range.end {
                    break;
                }
                cuts.next();
            }
            if start < range.end {
                left.push(start..range.end);
            }
        }
        Ranges(left)
    }

    /// The parts of the set that lie in `within`, ascending.
    pub fn overlapping<'a>(
        &'a self,
        within: &Range<u64>,
    ) -> impl DoubleEndedIterator<Item = Range<u64>> + use<'a> {
        let within = within.clone();
        let first = self.0.partition_point(|known| known.end <= within.start);
        let last = self.0.partition_point(|known| known.start < within.end);
        let inside = self.0.get(first..last).unwrap_or_default();
        inside.iter().filter_map(move |known| overlap(known, &within))
    }

    /// A range, cut where parts of the set begin and end; the pieces ascend.
    pub fn cut<'a>(&'a self, range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<'a> {
        let mut start = range.start;
        let borders = self.overlapping(range).flat_map(|part| [part.start, part.end]);
        borders.chain([range.end]).filter_map(move |end| {
            let piece = start..end;
            start = end;
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// What is in both sets.
    pub fn common(&self, other: &Ranges) -> Ranges {
        other.iter().flat_map(|range| self.overlapping(range)).collect()
    }

    /// Whether all bytes of `range` are in the set.
    pub fn contains_all(&self, range: &Range<u64>) -> bool {
        range.is_empty() || self.overlapping(range).next().is_some_and(|part| part == *range)
    }
}

impl FromIterator<Range<u64>> for Ranges {
    /// The union of the ranges, in n log n.
    fn from_iter<I: IntoIterator<Item = Range<u64>>>(ranges: I) -> Self {
        let mut all: Vec<_> = ranges.into_iter().filter(|range| range.start < range.end).collect();
        all.sort_by_key(|range| range.start);
        let mut set: Vec<Range<u64>> = Vec::with_capacity(all.len());
        for range in all {
            match set.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => set.push(range),
            }
        }
        Ranges(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_round_without_wrapping() {
        assert_eq!((page_up(1), page_up(4096), page_down(4097)), (4096, 4096, 4096));
        assert_eq!(page_up(u64::MAX), u64::MAX - 4095);
    }

    proptest! {
        #[test]
        fn a_set_of_ranges_is_a_set_of_bytes(steps in prop::collection::vec((any::<bool>(), 0u64..64, 0u64..64), 0..24)) {
            let mut set = Ranges::default();
            let mut bytes = [false; 64];
            for (add, start, end) in steps {
                if add { set.insert(start..end) } else { set.remove(&(start..end)) }
                bytes.iter_mut().enumerate().filter(|(at, _)| (start..end).contains(&(*at as u64))).for_each(|(_, byte)| *byte = add);
            }
            let held: Vec<u64> = set.iter().flat_map(|range| range.clone()).collect();
            let meant: Vec<u64> = (0..64).filter(|at| bytes[*at as usize]).collect();
            prop_assert_eq!(held, meant);
            prop_assert!(set.0.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert_eq!(set.iter().cloned().collect::<Ranges>(), set);
        }

        #[test]
        fn a_difference_is_what_removing_one_by_one_leaves(
            one in prop::collection::vec((0u64..64, 0u64..64), 0..8),
            other in prop::collection::vec((0u64..64, 0u64..64), 0..8),
        ) {
            let set = |ranges: Vec<(u64, u64)>| -> Ranges { ranges.into_iter().map(|(start, end)| start..end).collect() };
            let (one, other) = (set(one), set(other));
            let mut slow = one.clone();
            other.iter().for_each(|range| slow.remove(range));
            prop_assert_eq!(one.without(&other), slow.clone());
            prop_assert_eq!(one.common(&other), one.without(&slow));
            let pieces: Vec<_> = other.cut(&(0..64)).collect();
            prop_assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert_eq!((pieces[0].start, pieces[pieces.len() - 1].end), (0, 64));
            let inside = pieces.iter().filter(|piece| other.contains_all(piece)).cloned();
            prop_assert_eq!(inside.collect::<Ranges>(), other.common(&(std::iter::once(0..64).collect())));
        }
    }
}
