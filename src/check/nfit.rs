//! Rules for the NFIT: ranges of persistent memory, and what they are made of.

use super::{Findings, mem};
use crate::finding::registry::devices as rules;
use crate::table::Header;
use crate::table::structures::{Structure, Structures};
use std::collections::{HashMap, HashSet};

/// Types of structures.
mod kind {
    pub(super) const RANGE: u64 = 0;
    pub(super) const MAP: u64 = 1;
    pub(super) const INTERLEAVE: u64 = 2;
    pub(super) const CONTROL: u64 = 4;
    pub(super) const WINDOW: u64 = 5;
    pub(super) const HINT: u64 = 6;
}

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    if Header::parse(table).is_none() {
        return;
    }
    let parts = Structures::of(table);
    let ranges = indexes(findings, &parts, kind::RANGE, "Range Index");
    let controls = indexes(findings, &parts, kind::CONTROL, "Region Index");
    let interleaves = indexes(findings, &parts, kind::INTERLEAVE, "Interleave Index");
    for range in parts.of_kind(kind::RANGE) {
        let (Some(base), Some(length)) =
            (range.uint("Address Range Base"), range.uint("Address Range Length"))
        else {
            continue;
        };
        // A range without an index describes volatile or unmapped memory by its type alone.
        if range.uint("Range Index") != Some(0) && (length == 0 || base.checked_add(length).is_none()) {
            let message = format_args!("{}: {length:#x} bytes from {base:#x} on", range.name());
            findings.add(&rules::NFIT_RANGE, range.at("Address Range Base"), message);
        }
    }
    overlaps(findings, &parts);
    let devices: HashSet<u64> =
        parts.of_kind(kind::MAP).filter_map(|map| map.uint("Device Handle")).collect();
    for hint in parts.of_kind(kind::HINT) {
        if let Some(device) = hint.uint("Device Handle").filter(|device| !devices.contains(device)) {
            let message = format_args!("{}: no map has device {device:#x}", hint.name());
            findings.add(&rules::NFIT_REFERENCE, hint.at("Device Handle"), message);
        }
    }
    for window in parts.of_kind(kind::WINDOW) {
        if let Some(index) = window.uint("Region Index").filter(|index| !controls.contains_key(index)) {
            let message = format_args!("{}: there is no control region {index}", window.name());
            findings.add(&rules::NFIT_REFERENCE, window.at("Region Index"), message);
        }
    }
    for map in parts.of_kind(kind::MAP) {
        let references = [
            ("Range Index", &ranges, "range"),
            ("Control Region Index", &controls, "control region"),
            ("Interleave Index", &interleaves, "interleave"),
        ];
        for (field, known, what) in references {
            if let Some(index) = map.uint(field).filter(|index| *index != 0 && !known.contains_key(index)) {
                let message = format_args!("{}: there is no {what} {index}", map.name());
                findings.add(&rules::NFIT_REFERENCE, map.at(field), message);
            }
        }
    }
}

/// The structures of one type by their indexes, of which each is to be one structure's own.
fn indexes(findings: &mut Findings, parts: &Structures<'_>, kind: u64, field: &str) -> HashMap<u64, usize> {
    let mut seen = HashMap::new();
    for one in parts.of_kind(kind) {
        let Some(index) = one.uint(field).filter(|index| *index != 0) else { continue };
        let first = *seen.entry(index).or_insert(one.span.start);
        if first != one.span.start {
            let message =
                format_args!("{}: {field} {index} is also that of the structure at {first:#x}", one.name());
            findings.add(&rules::NFIT_INDEX, one.at(field), message);
        }
    }
    seen
}

fn overlaps(findings: &mut Findings, parts: &Structures<'_>) {
    let of = |one: &Structure<'_>| {
        let (base, length) = (one.uint("Address Range Base")?, one.uint("Address Range Length")?);
        Some(base..base.checked_add(length)?).filter(|range| !range.is_empty())
    };
    let mut ranges: Vec<_> = parts.of_kind(kind::RANGE).filter_map(|one| Some((of(one)?, one))).collect();
    ranges.sort_by_key(|(range, _)| range.start);
    for pair in ranges.windows(2) {
        let [(first, one), (second, other)] = pair else { continue };
        if second.start < first.end {
            let message = format_args!("{}: {} and {} overlap", other.name(), mem(second), mem(first));
            let message = format_args!("{message}, the range of {}", one.name());
            findings.add(&rules::NFIT_RANGE, other.at("Address Range Base"), message);
        }
    }
}
