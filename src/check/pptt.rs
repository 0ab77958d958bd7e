//! Rules for the PPTT: nodes of the tree of processors, and the caches that they share.

use super::Findings;
use crate::finding::registry::platform as rules;
use crate::table::Header;
use crate::table::structures::{Structure, Structures};
use std::collections::{HashMap, HashSet};

/// Types of structures.
mod kind {
    pub(super) const PROCESSOR: u64 = 0;
    pub(super) const CACHE: u64 = 1;
}

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    if Header::parse(table).is_none() {
        return;
    }
    let parts = Structures::of(table);
    let by_offset: HashMap<u64, &Structure<'_>> =
        parts.entries.iter().map(|one| (one.span.start as u64, one)).collect();
    let is = |offset: u64, wanted: u64| by_offset.get(&offset).is_some_and(|one| one.kind == Some(wanted));
    let mut uids = HashMap::new();
    for node in parts.of_kind(kind::PROCESSOR) {
        let name = node.name();
        if let Some(parent) =
            node.uint("Parent").filter(|parent| *parent != 0 && !is(*parent, kind::PROCESSOR))
        {
            let message = format_args!("{name}: the parent is {parent:#x}, where no processor node starts");
            findings.add(&rules::PPTT_REFERENCE, node.at("Parent"), message);
        }
        let above = node.uint("Parent").and_then(|parent| by_offset.get(&parent));
        if let Some(above) = above.filter(|above| above.flag("Node is a leaf") == Some(true)) {
            let message = format_args!("{name}: the parent is {}, a leaf", above.name());
            findings.add(&rules::PPTT_LEAF, node.at("Parent"), message);
        }
        for resource in node.list("Private Resource") {
            if by_offset.get(&resource).is_none_or(|one| one.kind == Some(kind::PROCESSOR)) {
                let message = format_args!("{name}: a resource at {resource:#x}, where none starts");
                findings.add(&rules::PPTT_REFERENCE, node.at("Private Resource"), message);
            }
        }
        let leaf =
            node.flag("Node is a leaf") == Some(true) && node.flag("ACPI Processor ID valid") == Some(true);
        if let Some(uid) = node.uint("ACPI Processor ID").filter(|_| leaf) {
            let first = *uids.entry(uid).or_insert(node.span.start);
            if first != node.span.start {
                let message = format_args!("{name}: UID {uid:#x} is also in the node at {first:#x}");
                findings.add(&rules::PPTT_UID_TWICE, node.at("ACPI Processor ID"), message);
            }
        }
    }
    for cache in parts.of_kind(kind::CACHE) {
        let next = cache.uint("Next Level of Cache").unwrap_or(0);
        if next != 0 && !is(next, kind::CACHE) {
            let message =
                format_args!("{}: the next level is {next:#x}, where no cache starts", cache.name());
            findings.add(&rules::PPTT_REFERENCE, cache.at("Next Level of Cache"), message);
        }
        geometry(findings, cache);
    }
    cycles(findings, parts.of_kind(kind::PROCESSOR), &by_offset, "Parent");
    cycles(findings, parts.of_kind(kind::CACHE), &by_offset, "Next Level of Cache");
}

/// The sizes of a cache, as far as its flags say that they count.
fn geometry(findings: &mut Findings, cache: &Structure<'_>) {
    let valid = |flag, field| cache.uint(field).filter(|_| cache.flag(flag) == Some(true));
    let line = valid("Line Size valid", "Line Size");
    if let Some(line) = line.filter(|line| !line.is_power_of_two()) {
        let message = format_args!("{}: lines of {line} bytes", cache.name());
        findings.add(&rules::PPTT_CACHE, cache.at("Line Size"), message);
    }
    let sets = valid("Number of Sets valid", "Number of Sets");
    let ways = valid("Associativity valid", "Associativity");
    let (Some(size), Some(line), Some(sets), Some(ways)) = (valid("Size valid", "Size"), line, sets, ways)
    else {
        return;
    };
    // Zero ways say that a line can be anywhere.
    let product = sets.saturating_mul(line).saturating_mul(ways.max(1));
    if ways != 0 && product != size {
        let message =
            format_args!("{}: {size} bytes, but {sets} sets of {ways} lines of {line} bytes", cache.name());
        findings.add(&rules::PPTT_CACHE, cache.at("Size"), message);
    }
}

/// Structures whose references lead back to themselves: each circle is told once.
fn cycles<'s, 'a: 's>(
    findings: &mut Findings,
    structures: impl Iterator<Item = &'s Structure<'a>>,
    by_offset: &HashMap<u64, &Structure<'a>>,
    field: &str,
) {
    let mut done: HashSet<u64> = HashSet::new();
    for start in structures {
        let mut path: HashSet<u64> = HashSet::new();
        let mut at = start.span.start as u64;
        while let Some(structure) = by_offset.get(&at).filter(|one| one.kind == start.kind) {
            if !path.insert(at) {
                let message = format_args!("{}: {field} leads back to itself", structure.name());
                findings.add(&rules::PPTT_CYCLE, structure.at(field), message);
                break;
            }
            if !done.insert(at) {
                break;
            }
            at = structure.uint(field).unwrap_or(0);
        }
    }
}
