//! What `memblock=debug` shows of memory that was reserved and given back.

use super::KernelLog;
use crate::budget;
use crate::memory::hex;
use std::collections::BTreeMap;
use std::ops::Range;

/// One reservation that `memblock=debug` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemblockLine {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// The kernel function that reserved it: letters, digits, `_`, `.` and `$`.
    pub caller: String,
    /// The function for which memblock looked for a place, where it did and the log tells.
    pub asked_by: Option<String>,
    /// Whether memory was given back instead.
    pub freed: bool,
    /// Whether the SRAT had been read by then.
    pub after_srat: bool,
}

/// `memblock_reserve: [0x...-0x...] caller+0x.../0x...`, with `__` and node and flags before the caller in newer kernels.
pub(super) fn line(text: &str, after_srat: bool) -> Option<MemblockLine> {
    let (what, rest) = text.trim_start_matches('_').split_once(": [0x")?;
    let freed = matches!(what, "memblock_phys_free" | "memblock_free");
    if what != "memblock_reserve" && !freed {
        return None;
    }
    let (range, rest) = rest.split_once(']')?;
    let (start, last) = range.split_once("-0x")?;
    let caller = function(rest)?;
    let range = hex(start)?..hex(last)?.checked_add(1)?;
    (range.start < range.end).then_some(MemblockLine { range, caller, asked_by: None, freed, after_srat })
}

/// The function in `... function+0x.../0x...` at the end of a line. Text of another form is no function's name.
pub(super) fn function(text: &str) -> Option<String> {
    let name = text.split_whitespace().last()?.split('+').next()?;
    let is_name = name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"_.$".contains(&sign));
    is_name.then(|| name.to_owned())
}

/// Functions whose reservations the model makes itself, or whose allocations have no place of their own.
const MODELLED: [&str; 17] = [
    "setup_arch",
    "early_reserve_memory",
    "early_reserve_initrd",
    "reserve_initrd",
    "reserve_brk",
    "reserve_bios_regions",
    "reserve_real_mode",
    "trim_low_memory_range",
    "e820__memblock_setup",
    "memblock_x86_reserve_range_setup_data",
    "acpi_table_init",
    "acpi_table_upgrade",
    "acpi_reserve_initial_tables",
    "alloc_low_pages",
    "x86_numa_init",
    "numa_alloc_distance",
    "setup_log_buf",
];

/// Appends to a list that grows with a log: past the limit the run ends.
pub(super) fn account<T>(list: &mut Vec<T>, item: T, what: &'static str) {
    if let Err(error) = budget::push(list, item, what) {
        budget::end(error);
    }
}

/// Ranges, disjoint and not touching: starts and ends.
#[derive(Default)]
struct GivenBack(BTreeMap<u64, u64>);

impl GivenBack {
    fn insert(&mut self, mut range: Range<u64>) {
        if let Some((start, end)) = self.0.range(..=range.start).next_back()
            && *end >= range.start
        {
            range = *start..range.end.max(*end);
        }
        while let Some((start, end)) = self.0.range(range.start..=range.end).next() {
            let (start, end) = (*start, *end);
            self.0.remove(&start);
            range.end = range.end.max(end);
        }
        self.0.insert(range.start, range.end);
    }

    /// The parts of a range that are not in it, from the last to the first.
    fn rest(&self, range: &Range<u64>, mut each: impl FnMut(Range<u64>)) {
        let mut end = range.end;
        for (start, stop) in self.0.range(..range.end).rev() {
            if *stop <= range.start {
                break;
            }
            if *stop < end {
                each(*stop..end);
            }
            end = *start;
        }
        if range.start < end {
            each(range.start..end);
        }
    }
}

impl KernelLog {
    /// What firmware and boot loader had reserved at fixed addresses before the SRAT was read: range, and the kernel function
    /// that reserved it. What the model knows by itself is left out; what was given back is not there. Touching pieces of
    /// one function are one.
    pub fn fixed_reservations(&self) -> Vec<(Range<u64>, String)> {
        // Backward, what is given back later is known before what it is taken from.
        let before_srat = self.memblock.iter().take_while(|line| !line.after_srat).count();
        let lines = self.memblock.get(..before_srat).unwrap_or_default();
        let (mut given_back, mut left) = (GivenBack::default(), Vec::new());
        for line in lines.iter().rev() {
            if line.freed {
                given_back.insert(line.range.clone());
                continue;
            }
            let allocated = ["memblock_alloc", "memblock_phys_alloc", "memblock_double", "__memblock_"]
                .iter()
                .any(|name| line.caller.starts_with(name));
            if !allocated && !MODELLED.contains(&line.caller.as_str()) {
                given_back.rest(&line.range, |part| {
                    account(&mut left, (part, line.caller.as_str()), "the reservations of a log");
                });
            }
        }
        let mut kept: Vec<(Range<u64>, String)> = Vec::new();
        for (range, caller) in left.into_iter().rev() {
            match kept.last_mut() {
                Some((last, by)) if by == caller && last.end == range.start => last.end = range.end,
                _ => account(&mut kept, (range, caller.to_owned()), "the reservations of a log"),
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: &[(u64, u64, bool)]) -> KernelLog {
        let line = |(start, len, freed): &(u64, u64, bool)| MemblockLine {
            range: *start..start + len,
            caller: format!("f{}", start % 2),
            asked_by: None,
            freed: *freed,
            after_srat: false,
        };
        KernelLog { memblock: lines.iter().map(line).collect(), ..KernelLog::default() }
    }

    proptest::proptest! {
        #[test]
        fn what_is_given_back_is_not_there(lines in proptest::collection::vec((0_u64..40, 1_u64..12, proptest::bool::ANY), 0..30)) {
            // Address by address: what holds it that came after the last time it was given back.
            let mut wanted: BTreeMap<u64, Vec<String>> = BTreeMap::new();
            for (start, len, freed) in &lines {
                for address in *start..start + len {
                    let holders = wanted.entry(address).or_default();
                    if *freed { holders.clear() } else { holders.push(format!("f{}", start % 2)) }
                }
            }
            let mut found: BTreeMap<u64, Vec<String>> = BTreeMap::new();
            let kept = log(&lines).fixed_reservations();
            for (range, caller) in &kept {
                range.clone().for_each(|address| found.entry(address).or_default().push(caller.clone()));
            }
            wanted.retain(|_, holders| !holders.is_empty());
            proptest::prop_assert_eq!(found, wanted);
            proptest::prop_assert!(kept.windows(2).all(|pair| pair[0].1 != pair[1].1 || pair[0].0.end != pair[1].0.start));
        }
    }
}
