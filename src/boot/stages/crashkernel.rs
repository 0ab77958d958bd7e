//! `crashkernel=`: memory kept for a second kernel, taken once nodes are known. It never changes zones, and no memory
//! block that it lies in can go offline.
//!
//! # Kernel
//! `parse_crashkernel` (kernel/kexec_core.c, kernel/crash_core.c; 6.12: kernel/crash_reserve.c) and
//! `reserve_crashkernel` (arch/x86/kernel/setup.c, `reserve_crashkernel_generic` from 6.12 on); 5.10 to 7.3.

use crate::boot::kernel::cmdline::{Cmdline, memparse};
use std::ops::Range;

/// What comes to lie above 4 GiB needs this much below, in bytes, unless `,low` says otherwise.
const DEFAULT_LOW: u64 = 256 << 20;
/// Places that Linux chooses itself are multiples of this.
const ALIGN: u64 = 16 << 20;
const FOUR_GIB: u64 = 1 << 32;

/// What `crashkernel=` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashKernel {
    /// How much is reserved, in bytes.
    pub size: u64,
    /// The address given with `@`.
    pub at: Option<u64>,
    /// Whether it is to lie above 4 GiB where there is room.
    pub high: bool,
    /// Bytes below 4 GiB for what lies above.
    pub low: u64,
}

/// What a command line asks for on a machine with `total` bytes of RAM; `None` when nothing comes of it. The last option
/// of each kind counts.
pub fn asked(line: &Cmdline, total: u64) -> Option<CrashKernel> {
    let (mut plain, mut high, mut low) = (None, None, None);
    for value in line.anywhere("crashkernel") {
        match value.rsplit_once(',') {
            Some((size, "high")) => high = Some(size),
            Some((size, "low")) => low = Some(size),
            Some((_, "cma")) => {}
            _ => plain = Some(value),
        }
    }
    let whole = |text: &str| Some(memparse(text)).filter(|(_, rest)| rest.is_empty()).map(|(size, _)| size);
    let low = low.and_then(whole).unwrap_or(DEFAULT_LOW);
    let request = plain.and_then(|text| sized(text, total)).filter(|(size, _)| *size > 0);
    if let Some((size, at)) = request {
        return Some(CrashKernel { size, at, high: false, low });
    }
    let size = high.and_then(whole).filter(|size| *size > 0)?;
    Some(CrashKernel { size, at: None, high: true, low })
}

/// `SIZE[@AT]`, or `START-[END]:SIZE,...[@AT]` of which the range that holds the RAM's size counts.
fn sized(text: &str, total: u64) -> Option<(u64, Option<u64>)> {
    let (sizes, at) = match text.split_once('@') {
        Some((sizes, at)) => (sizes, Some(memparse(at).0).filter(|at| *at > 0)),
        None => (text, None),
    };
    if !sizes.contains(':') {
        return Some(memparse(sizes)).filter(|(_, rest)| rest.is_empty()).map(|(size, _)| (size, at));
    }
    for part in sizes.split(',') {
        let (range, size) = part.split_once(':')?;
        let (start, end) = range.split_once('-')?;
        let end = if end.is_empty() { u64::MAX } else { memparse(end).0 };
        if (memparse(start).0..end).contains(&total) {
            return Some((memparse(size).0, at));
        }
    }
    None
}

impl CrashKernel {
    /// Where it comes to lie. `find` gives the highest free memory of a size inside a range, at a multiple of a number.
    pub fn places(
        &self,
        mut find: impl FnMut(u64, u64, Range<u64>) -> Option<Range<u64>>,
    ) -> Vec<Range<u64>> {
        if let Some(at) = self.at {
            let end = at.saturating_add(self.size);
            return find(self.size, 1 << 20, at..end).into_iter().collect();
        }
        let below = if self.high { None } else { find(self.size, ALIGN, ALIGN..FOUR_GIB) };
        let Some(place) = below.or_else(|| find(self.size, ALIGN, ALIGN..u64::MAX)) else {
            return Vec::new();
        };
        let needs_low = place.start >= FOUR_GIB && self.low > 0;
        let low = if needs_low { find(self.low, ALIGN, 0..FOUR_GIB) } else { None };
        // Without low memory for it, the high part is given back.
        if needs_low && low.is_none() {
            return Vec::new();
        }
        [place].into_iter().chain(low).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;
    const MIB: u64 = 1 << 20;

    fn plain(size: u64, at: Option<u64>) -> Option<CrashKernel> {
        Some(CrashKernel { size, at, high: false, low: DEFAULT_LOW })
    }

    #[test]
    fn every_form_is_read() {
        let parse = |line: &str, total: u64| asked(&Cmdline::parse(line), total);
        let four = |line: &str| parse(line, 4 * GIB);
        assert_eq!(four("crashkernel=64M@1G"), plain(64 * MIB, Some(GIB)));
        assert_eq!(four("crashkernel=64M crashkernel=128M"), plain(128 * MIB, None));
        assert_eq!(four("crashkernel=512M-2G:64M,2G-:256M"), plain(256 * MIB, None));
        assert_eq!(four("crashkernel=512M-2G:64M,2G-4G:256M"), None);
        assert_eq!(parse("crashkernel=512M-2G:64M,2G-:256M@16M", GIB), plain(64 * MIB, Some(16 * MIB)));
        let high = CrashKernel { size: 192 * MIB, at: None, high: true, low: DEFAULT_LOW };
        assert_eq!(four("crashkernel=192M,high"), Some(high.clone()));
        assert_eq!(four("crashkernel=192M,high crashkernel=0,low"), Some(CrashKernel { low: 0, ..high }));
        // A plain size wins over a high one; a low one alone is nothing.
        assert_eq!(four("crashkernel=1G crashkernel=192M,high"), plain(GIB, None));
        for nothing in
            ["", "crashkernel", "crashkernel=", "crashkernel=200M,low", "crashkernel=0", "crashkernel=64Mx"]
        {
            assert_eq!(four(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_lies_high_takes_low_memory_too() {
        let free = [(ALIGN..2 * GIB), (4 * GIB..6 * GIB)];
        let find = |size: u64, align: u64, within: Range<u64>| {
            free.iter().rev().find_map(|gap| {
                let start = gap.end.min(within.end).checked_sub(size)? / align * align;
                (start >= gap.start.max(within.start)).then(|| start..start + size)
            })
        };
        let places = |line: &str| asked(&Cmdline::parse(line), 4 * GIB).unwrap().places(find);
        let (high, low) = (6 * GIB - 192 * MIB..6 * GIB, 2 * GIB - 256 * MIB..2 * GIB);
        let one = |range: &Range<u64>| vec![range.clone()];
        assert_eq!(places("crashkernel=256M"), one(&low));
        assert_eq!(places("crashkernel=256M@1G"), one(&(GIB..GIB + 256 * MIB)));
        assert_eq!(places("crashkernel=256M@3G"), []);
        assert_eq!(places("crashkernel=192M,high"), [high.clone(), low]);
        assert_eq!(places("crashkernel=192M,high crashkernel=0,low"), one(&high));
        assert_eq!(places("crashkernel=192M,high crashkernel=3G,low"), []);
    }
}
