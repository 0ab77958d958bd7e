//! Rules for the CEDT: CXL host bridges, and the windows of memory that they share.

use super::{Findings, mem};
use crate::finding::registry::devices as rules;
use crate::table::Header;
use crate::table::cedt::{LAST_GRANULARITY, ways};
use crate::table::structures::{Structure, Structures};
use std::collections::HashSet;

/// Types of structures.
mod kind {
    pub(super) const HOST_BRIDGE: u64 = 0;
    pub(super) const WINDOW: u64 = 1;
    pub(super) const XOR: u64 = 2;
}

/// The length of a host bridge's registers by version: a CXL 1.1 bridge has its RCRB, a later one its component registers.
const REGISTERS: [(u64, u64); 2] = [(0, 0x2000), (1, 0x1_0000)];
/// Windows begin and end at multiples of this.
const WINDOW_ALIGNMENT: u64 = 256 << 20;
/// Bytes of a window structure before its targets.
const WINDOW_LEN: u64 = 36;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    if Header::parse(table).is_none() {
        return;
    }
    let parts = Structures::of(table);
    let mut bridges = HashSet::new();
    for bridge in parts.of_kind(kind::HOST_BRIDGE) {
        let name = bridge.name();
        if let Some(uid) = bridge.uint("Associated host bridge").filter(|uid| !bridges.insert(*uid)) {
            let message = format_args!("{name}: host bridge {uid} has two structures");
            findings.add(&rules::CEDT_BRIDGE, bridge.at("Associated host bridge"), message);
        }
        if bridge.uint("Register base") == Some(0) {
            let message = format_args!("{name}: the registers are at zero");
            findings.add(&rules::CEDT_BRIDGE, bridge.at("Register base"), message);
        }
        let version = bridge.uint("Specification version").unwrap_or(0);
        match REGISTERS.iter().find(|(number, _)| *number == version) {
            None => {
                let message = format_args!("{name}: the version is {version}, expected 0 or 1");
                findings.add(&rules::CEDT_BRIDGE, bridge.at("Specification version"), message);
            }
            Some((_, wanted)) if bridge.uint("Register length") != Some(*wanted) => {
                let length = bridge.uint("Register length").unwrap_or(0);
                let message =
                    format_args!("{name}: the registers take {length:#x} bytes, expected {wanted:#x}");
                findings.add(&rules::CEDT_BRIDGE, bridge.at("Register length"), message);
            }
            Some(_) => {}
        }
    }
    xor_maps(findings, &parts);
    let mut ranges: Vec<(u64, u64, &Structure<'_>)> = Vec::new();
    for window in parts.of_kind(kind::WINDOW) {
        if let (Some(base), Some(size)) = (window.uint("Window base address"), window.uint("Window size")) {
            let range = base..base.saturating_add(size);
            if size == 0 || (base | size) % WINDOW_ALIGNMENT != 0 {
                let message = format_args!("{}: {} of {size:#x} bytes", window.name(), mem(&range));
                findings.add(&rules::CEDT_WINDOW, window.at("Window base address"), message);
            }
            ranges.push((range.start, range.end, window));
        }
        interleave(findings, window, &bridges);
    }
    ranges.sort_by_key(|(start, ..)| *start);
    for pair in ranges.windows(2) {
        let [(_, end, first), (start, _, second)] = pair else { continue };
        if start < end {
            let message =
                format_args!("{} and {} share memory from {start:#x} on", first.name(), second.name());
            findings.add(&rules::CEDT_OVERLAP, second.at("Window base address"), message);
        }
    }
}

/// Bytes of a structure of XOR maps before its maps.
const XOR_LEN: u64 = 8;
/// The arithmetic that needs XOR maps, and the ways of interleaving that do not.
const BY_XOR: u64 = 1;
const NO_MAPS: [u64; 2] = [0, 8];

fn xor_maps(findings: &mut Findings, parts: &Structures<'_>) {
    let mut known = HashSet::new();
    for maps in parts.of_kind(kind::XOR) {
        let (length, count) = (maps.uint("Length").unwrap_or(0), maps.uint("Xormap List Count").unwrap_or(0));
        let wanted = XOR_LEN + 8 * count;
        if length != wanted {
            let message =
                format_args!("{}: length {length}, expected {wanted} for {count} maps", maps.name());
            findings.add(&rules::CEDT_XOR, maps.at("Length"), message);
        }
        known.extend(maps.uint("Interleave Granularity"));
    }
    for window in parts.of_kind(kind::WINDOW) {
        let granularity = window.uint("Granularity").unwrap_or(0);
        let ways = window.uint("Interleave Members").unwrap_or(0);
        if window.uint("Interleave Arithmetic") == Some(BY_XOR)
            && !NO_MAPS.contains(&ways)
            && !known.contains(&granularity)
        {
            let message =
                format_args!("{}: there are no XOR maps of granularity {granularity}", window.name());
            findings.add(&rules::CEDT_XOR, window.at("Interleave Arithmetic"), message);
        }
    }
}

fn interleave(findings: &mut Findings, window: &Structure<'_>, bridges: &HashSet<u64>) {
    let name = window.name();
    let mut odd = |field: &str, what: std::fmt::Arguments<'_>| {
        findings.add(&rules::CEDT_INTERLEAVE, window.at(field), format_args!("{name}: {what}"));
    };
    if let Some(value @ 2..) = window.uint("Interleave Arithmetic") {
        odd("Interleave Arithmetic", format_args!("the arithmetic is {value}, expected 0 or 1"));
    }
    if let Some(value) = window.uint("Granularity").filter(|value| *value > LAST_GRANULARITY) {
        odd("Granularity", format_args!("the granularity is {value:#x}, expected 0 to {LAST_GRANULARITY}"));
    }
    let Some(encoded) = window.uint("Interleave Members") else { return };
    let Some(ways) = ways(encoded) else {
        odd(
            "Interleave Members",
            format_args!("{encoded:#x} interleave members, expected 0 to 4 or 8 to 10"),
        );
        return;
    };
    let wanted = WINDOW_LEN + 4 * ways;
    if let Some(length) = window.uint("Length").filter(|length| *length != wanted) {
        odd("Length", format_args!("length {length}, expected {wanted} for {ways} targets"));
    }
    let targets = window.uint("First Target").into_iter().chain(window.list("Next Target"));
    for target in targets.filter(|target| !bridges.contains(target)) {
        let message = format_args!("{name}: target {target:#x}");
        findings.add(&rules::CEDT_TARGET, window.span.clone(), message);
    }
}
