//! Rules for the DMAR: units, the devices that each has, and the memory that devices were given.

use super::{Findings, mem};
use crate::finding::registry::tables as rules;
use crate::table::structures::{Structure, Structures};
use std::collections::{HashMap, HashSet};

/// What the list calls the structures that the rules name; device scopes within them have types of their own.
pub(super) mod title {
    pub(super) const UNIT: &str = "Hardware Unit Definition";
    pub(in crate::check) const MEMORY: &str = "Reserved Memory Region";
    pub(super) const AFFINITY: &str = "Remapping Hardware Static Affinity";
}

const PAGE: u64 = 4096;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let parts = Structures::of(table);
    let of = |title: &'static str| parts.entries.iter().filter(move |one| one.title == title);
    units(findings, &of(title::UNIT).collect::<Vec<_>>());
    for region in of(title::MEMORY) {
        let (Some(base), Some(last)) = (region.uint("Base Address"), region.uint("End Address (limit)"))
        else {
            continue;
        };
        if last <= base || base % PAGE != 0 || last % PAGE != PAGE - 1 {
            let message = format_args!("{}: from {base:#x} to {last:#x}", region.name());
            let at = region.at("Base Address").start..region.at("End Address (limit)").end;
            findings.add(&rules::DMAR_MEMORY, at, message);
        }
    }
    let known: HashSet<u64> = of(title::UNIT).filter_map(|unit| unit.uint("Register Base Address")).collect();
    for affinity in of(title::AFFINITY) {
        if let Some(base) = affinity.uint("Base Address").filter(|base| !known.contains(base)) {
            let message = format_args!("{}: no unit has its registers at {base:#x}", affinity.name());
            findings.add(&rules::DMAR_REFERENCE, affinity.at("Base Address"), message);
        }
    }
}

fn units(findings: &mut Findings, units: &[&Structure<'_>]) {
    let (mut all, mut bases) = (HashMap::new(), HashMap::new());
    for unit in units {
        let segment = unit.uint("PCI Segment Number").unwrap_or(0);
        if let Some(first) = all.get(&segment) {
            let message =
                format_args!("{}: after the one at {first:#x} for all of segment {segment}", unit.name());
            findings.add(&rules::DMAR_ORDER, unit.span.clone(), message);
        } else if unit.flag("Include All PCI Devices") == Some(true) {
            all.insert(segment, unit.span.start);
        }
        if let Some(base) = unit.uint("Register Base Address").filter(|base| *base != 0) {
            let first = *bases.entry(base).or_insert(unit.span.start);
            if first != unit.span.start {
                let page = mem(&(base..base.saturating_add(PAGE)));
                let message = format_args!("{}: {page} is also that of the unit at {first:#x}", unit.name());
                findings.add(&rules::DMAR_TWICE, unit.at("Register Base Address"), message);
            }
        }
    }
}
