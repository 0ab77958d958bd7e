//! Rules for the MCFG: where the configuration space of PCI Express is in memory.

use super::{Findings, mem};
use crate::finding::registry::devices as rules;
use crate::memory::range::overlap;
use crate::table::Header;
use crate::table::structures::Structures;
use std::ops::Range;

/// Bytes of configuration space that one bus takes.
pub(super) const BUS_LEN: u64 = 1 << 20;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    if Header::parse(table).is_none() {
        return;
    }
    let parts = Structures::of(table);
    overlaps(findings, &parts);
    let mut seen: Vec<(u64, u64, u64, usize)> = Vec::new();
    for (index, segment) in parts.groups("Segment").iter().enumerate() {
        let number = |name| segment.uint(name).unwrap_or(0);
        let (base, group) = (number("Base Address"), number("Segment Group Number"));
        let (first, last) = (number("Start Bus Number"), number("End Bus Number"));
        let span = segment.span.clone();
        if base == 0 || base % BUS_LEN != 0 {
            let message = format_args!("allocation {index}: the base is {base:#x}");
            findings.add(&rules::MCFG_BASE, segment.at("Base Address"), message);
        }
        if first > last {
            let message = format_args!("allocation {index}: buses {first:#x} to {last:#x}");
            findings.add(&rules::MCFG_BUSES, span, message);
            continue;
        }
        let other =
            seen.iter().find(|(other, start, end, _)| *other == group && *start <= last && first <= *end);
        if let Some((.., other)) = other {
            let message = format_args!(
                "allocations {other} and {index} both have buses of segment {group}, {first:#x} to {last:#x} here"
            );
            findings.add(&rules::MCFG_BUSES, span, message);
        } else {
            seen.push((group, first, last, index));
        }
    }
}

/// Two allocations that share memory.
fn overlaps(findings: &mut Findings, parts: &Structures<'_>) {
    let mut seen: Vec<(Range<u64>, usize)> = Vec::new();
    for (index, segment) in parts.groups("Segment").iter().enumerate() {
        let number = |name| segment.uint(name).unwrap_or(0);
        let (base, first, last) =
            (number("Base Address"), number("Start Bus Number"), number("End Bus Number"));
        let start = base.saturating_add(first * BUS_LEN);
        let range = start..base.saturating_add((last + 1) * BUS_LEN);
        if let Some((_, other)) = seen.iter().find(|(other, _)| overlap(other, &range).is_some()) {
            let message = format_args!("allocations {other} and {index} share memory: {} here", mem(&range));
            findings.add(&rules::MCFG_OVERLAP, segment.at("Base Address"), message);
        }
        seen.push((range, index));
    }
}
