//! Which of many ranges share bytes with another, without looking at all of them.

use std::ops::Range;

/// Ranges that may overlap, by their number.
#[derive(Debug, Clone, Default)]
pub struct Intervals {
    /// Start, end and number, by start.
    all: Vec<(u64, u64, usize)>,
    /// The largest end of each part of `all`: of a part with more than one, its halves have theirs at twice the place and beside it.
    ends: Vec<u64>,
}

impl Intervals {
    /// Ranges in any order, overlapping or not, made ready for questions.
    pub fn new(ranges: impl IntoIterator<Item = Range<u64>>) -> Intervals {
        let ranges = ranges.into_iter().enumerate().filter(|(_, range)| range.start < range.end);
        let mut all: Vec<_> = ranges.map(|(number, range)| (range.start, range.end, number)).collect();
        all.sort_unstable();
        let mut ends = vec![0; all.len().next_power_of_two().saturating_mul(2)];
        if !all.is_empty() {
            fill(&all, &mut ends, 1);
        }
        Intervals { all, ends }
    }

    /// The numbers of the ranges that share bytes with this one, ascending.
    pub fn over(&self, range: &Range<u64>) -> Vec<usize> {
        let before = self.all.partition_point(|(start, ..)| *start < range.end);
        let mut found = Vec::new();
        self.visit(1, 0..self.all.len(), before, range.start, &mut found);
        found.sort_unstable();
        found
    }

    /// The numbers of the ranges that hold an address, ascending.
    pub fn at(&self, address: u64) -> Vec<usize> {
        self.over(&(address..address.saturating_add(1)))
    }

    fn visit(&self, place: usize, part: Range<usize>, before: usize, start: u64, found: &mut Vec<usize>) {
        if part.start >= before || self.ends.get(place).is_none_or(|end| *end <= start) {
            return;
        }
        if part.len() == 1 {
            return found.extend(self.all.get(part.start).map(|(.., number)| *number));
        }
        let middle = part.start + part.len().div_ceil(2);
        self.visit(2 * place, part.start..middle, before, start, found);
        self.visit(2 * place + 1, middle..part.end, before, start, found);
    }
}

/// Fills in the largest ends of a part and of its halves; gives that of the part.
fn fill(part: &[(u64, u64, usize)], ends: &mut [u64], place: usize) -> u64 {
    let end = match part {
        [] => 0,
        [(_, end, _)] => *end,
        _ => {
            let (first, second) = part.split_at(part.len().div_ceil(2));
            fill(first, ends, 2 * place).max(fill(second, ends, 2 * place + 1))
        }
    };
    if let Some(known) = ends.get_mut(place) {
        *known = end;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn all_that_share_bytes_are_found(ranges in proptest::collection::vec((0_u64..60, 0_u64..20), 0..40), start in 0_u64..90, len in 1_u64..9) {
            let ranges: Vec<Range<u64>> = ranges.into_iter().map(|(start, len)| start..start + len).collect();
            let asked = start..start + len;
            let is_over = |number: &usize| super::super::range::overlap(&ranges[*number], &asked).is_some();
            let wanted: Vec<usize> = (0..ranges.len()).filter(is_over).collect();
            proptest::prop_assert_eq!(Intervals::new(ranges.clone()).over(&asked), wanted);
        }
    }
}
