//! Rules for the HMAT by itself.

use super::Findings;
use crate::finding::registry::numa as rules;
use crate::table::hmat::Hmat;
use crate::table::structures::{Structure, Structures};
use std::collections::{HashMap, HashSet};

/// Types of structures.
mod kind {
    pub(super) const MEMORY: u64 = 0;
    pub(super) const LOCALITY: u64 = 1;
    pub(super) const CACHE: u64 = 2;
}

/// Bytes of the attributes of a memory domain.
const MEMORY_LEN: u64 = 40;
/// Bytes of a locality structure before its lists.
const LOCALITY_LEN: u64 = 32;
/// Bytes of a cache structure before its handles.
const CACHE_LEN: u64 = 32;
/// The highest data type that is defined.
const LAST_DATA_TYPE: u64 = 5;
/// The entry that says that nothing gets from there to here.
const UNREACHABLE: u64 = 0xffff;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(hmat) = Hmat::parse(table) else { return };
    if !(1..=2).contains(&hmat.header.revision) {
        // Told by the rule for revisions: Linux takes no part of it.
        return;
    }
    let parts = Structures::of(table);
    localities(findings, &parts);
    caches(findings, &parts);
    for structure in parts.of_kind(kind::MEMORY) {
        if let Some(length) = structure.uint("Length").filter(|length| *length != MEMORY_LEN) {
            let message = format_args!("{}: length {length}, expected {MEMORY_LEN}", structure.name());
            findings.add(&rules::HMAT_LENGTH, structure.at("Length"), message);
        }
    }
    // Before revision 2 each structure is about a range of a domain.
    let memory = parts.of_kind(kind::MEMORY).filter(|_| hmat.header.revision >= 2);
    let memory = memory.map(|one| (one, (one.uint("Memory Proximity Domain"), None)));
    twice(findings, memory, "memory domain");
    let caches = parts
        .of_kind(kind::CACHE)
        .map(|one| (one, (one.uint("Memory Proximity Domain"), one.bits("Cache Level"))));
    twice(findings, caches, "memory domain and level");
}

/// Structures about the same thing.
fn twice<'s, 'a: 's>(
    findings: &mut Findings,
    structures: impl Iterator<Item = (&'s Structure<'a>, (Option<u64>, Option<u64>))>,
    what: &str,
) {
    let mut seen = HashMap::new();
    for (structure, key) in structures {
        let first = *seen.entry(key).or_insert(structure.span.start);
        if first != structure.span.start {
            let message =
                format_args!("{}: the same {what} as the structure at {first:#x}", structure.name());
            findings.add(&rules::HMAT_TWICE, structure.span.clone(), message);
        }
    }
}

fn localities(findings: &mut Findings, parts: &Structures<'_>) {
    let mut seen: HashMap<(u64, u64), usize> = HashMap::new();
    for structure in parts.of_kind(kind::LOCALITY) {
        let name = structure.name();
        let number = |field| structure.uint(field);
        let (Some(length), Some(rows), Some(columns)) =
            (number("Length"), number("Initiator Proximity Domains #"), number("Target Proximity Domains #"))
        else {
            continue;
        };
        let lists = rows.saturating_add(columns).saturating_mul(4);
        let needed = rows.saturating_mul(columns).saturating_mul(2).saturating_add(lists + LOCALITY_LEN);
        if length != needed {
            let message = format_args!("{name}: length {length}, expected {needed} for {rows} x {columns}");
            findings.add(&rules::HMAT_LENGTH, structure.at("Length"), message);
        }
        if rows == 0 || columns == 0 {
            let message = format_args!("{name}: {rows} initiators and {columns} targets");
            let field =
                if rows == 0 { "Initiator Proximity Domains #" } else { "Target Proximity Domains #" };
            findings.add(&rules::HMAT_EMPTY, structure.at(field), message);
        }
        let data_type = number("Data Type").unwrap_or(0);
        if data_type > LAST_DATA_TYPE {
            let message =
                format_args!("{name}: the data type is {data_type}, expected 0 to {LAST_DATA_TYPE}");
            findings.add(&rules::HMAT_DATA_TYPE, structure.at("Data Type"), message);
        }
        if let Some(hierarchy @ 4..) = structure.bits("Memory Hierarchy") {
            let message = format_args!("{name}: the memory hierarchy is {hierarchy}, expected 0 to 3");
            findings.add(&rules::HMAT_ATTRIBUTE, structure.at("Flags"), message);
        }
        if number("Entry Base Unit") == Some(0) {
            let message = format_args!("{name}: the base unit is zero");
            findings.add(&rules::HMAT_BASE_UNIT, structure.at("Entry Base Unit"), message);
        }
        let key = (structure.bits("Memory Hierarchy").unwrap_or(0), data_type);
        let first = *seen.entry(key).or_insert(structure.span.start);
        if first != structure.span.start {
            let message =
                format_args!("{name}: the same hierarchy and data type as the structure at {first:#x}");
            findings.add(&rules::HMAT_TWICE, structure.span.clone(), message);
        }
        for field in ["Initiator Proximity Domain List", "Target Proximity Domain List"] {
            let mut known = HashSet::new();
            if let Some(domain) = structure.list(field).into_iter().find(|domain| !known.insert(*domain)) {
                let message = format_args!("{name}: domain {domain} is twice in {field}");
                findings.add(&rules::HMAT_LIST_TWICE, structure.at(field), message);
            }
        }
        let unreachable = structure.list("Entry").iter().filter(|entry| **entry == UNREACHABLE).count();
        if unreachable > 0 {
            let pairs = crate::phrase::count(unreachable, "pair of domains", "pairs of domains");
            findings.add(&rules::HMAT_UNREACHABLE, structure.span.clone(), format_args!("{name}: {pairs}"));
        }
    }
}

/// The fields of the cache attributes, with their highest defined values.
const ATTRIBUTES: [(&str, u64); 4] =
    [("Total Cache Levels", 3), ("Cache Level", 3), ("Cache Associativity", 2), ("Write Policy", 2)];

fn caches(findings: &mut Findings, parts: &Structures<'_>) {
    for structure in parts.of_kind(kind::CACHE) {
        let name = structure.name();
        for (field, highest) in ATTRIBUTES {
            if let Some(value) = structure.bits(field).filter(|value| *value > highest) {
                let message = format_args!("{name}: {field} is {value}, expected 0 to {highest}");
                findings.add(&rules::HMAT_ATTRIBUTE, structure.at("Cache Attributes"), message);
            }
        }
        let (total, level) = (structure.bits("Total Cache Levels"), structure.bits("Cache Level"));
        if let (Some(total), Some(level)) = (total, level)
            && level > total
        {
            let message = format_args!("{name}: level {level} of {total}");
            findings.add(&rules::HMAT_ATTRIBUTE, structure.at("Cache Attributes"), message);
        }
        if let (Some(length), Some(handles)) = (structure.uint("Length"), structure.uint("SMBIOS Handle #"))
            && length != CACHE_LEN + 2 * handles
        {
            let needed = CACHE_LEN + 2 * handles;
            let message = format_args!("{name}: length {length}, expected {needed} for {handles} handles");
            findings.add(&rules::HMAT_LENGTH, structure.at("Length"), message);
        }
    }
}
