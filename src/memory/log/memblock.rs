//! What `memblock=debug` shows of memory that was reserved and given back.

use super::KernelLog;
use crate::memory::hex;
use std::ops::Range;

/// One reservation that `memblock=debug` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemblockLine {
    /// Addresses.
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

impl KernelLog {
    /// What firmware and boot loader had reserved at fixed addresses before the SRAT was read: range, and the kernel function
    /// that reserved it. What the model knows by itself is left out; what was given back is not there. Touching pieces of
    /// one function are one.
    pub fn fixed_reservations(&self) -> Vec<(Range<u64>, String)> {
        let mut kept: Vec<(Range<u64>, String)> = Vec::new();
        for line in self.memblock.iter().take_while(|line| !line.after_srat) {
            if line.freed {
                let parts = kept.drain(..).flat_map(|(range, caller)| {
                    let below = range.start..range.end.min(line.range.start);
                    let above = range.start.max(line.range.end)..range.end;
                    let left = [below, above].into_iter().filter(|part| part.start < part.end);
                    left.map(move |part| (part, caller.clone()))
                });
                kept = parts.collect();
                continue;
            }
            let allocated = ["memblock_alloc", "memblock_phys_alloc", "memblock_double", "__memblock_"]
                .iter()
                .any(|name| line.caller.starts_with(name));
            if allocated || MODELLED.contains(&line.caller.as_str()) {
                continue;
            }
            match kept.last_mut() {
                Some((last, caller)) if *caller == line.caller && last.end == line.range.start => {
                    last.end = line.range.end;
                }
                _ => kept.push((line.range.clone(), line.caller.clone())),
            }
        }
        kept
    }
}
