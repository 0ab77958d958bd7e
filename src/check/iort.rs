//! Rules for the IORT: nodes, and the mappings that lead from one to the next.

use super::Findings;
use crate::finding::registry::tables as rules;
use crate::table::structures::{Structure, Structures};
use std::collections::{HashMap, HashSet};

/// Types of nodes to which a mapping can lead.
const OUTPUTS: [u64; 4] = [0, 3, 4, 7];

/// One mapping: the node that has it, and the node that it leads to.
struct Mapping<'s, 'a> {
    node: &'s Structure<'a>,
    fields: &'s Structure<'a>,
}

impl Mapping<'_, '_> {
    fn number(&self, name: &str) -> u64 {
        self.fields.uint(name).unwrap_or(0)
    }
}

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let parts = Structures::of(table);
    let by_offset: HashMap<u64, &Structure<'_>> =
        parts.entries.iter().map(|node| (node.span.start as u64, node)).collect();
    let by_index: HashMap<Option<usize>, &Structure<'_>> =
        parts.entries.iter().map(|node| (node.index, node)).collect();
    let groups = parts.groups("ID Mapping");
    let mappings: Vec<Mapping<'_, '_>> = groups
        .into_iter()
        .filter_map(|fields| Some(Mapping { node: by_index.get(&fields.index)?, fields }))
        .collect();
    let mut next: HashMap<u64, Vec<u64>> = HashMap::new();
    for mapping in &mappings {
        let to = mapping.number("Output Reference");
        let is_output =
            by_offset.get(&to).is_some_and(|node| node.kind.is_some_and(|kind| OUTPUTS.contains(&kind)));
        if is_output {
            next.entry(mapping.node.span.start as u64).or_default().push(to);
        } else {
            let message = format_args!(
                "{}: a mapping leads to {to:#x}, where no SMMU or ITS group starts",
                mapping.node.name()
            );
            findings.add(&rules::IORT_REFERENCE, mapping.fields.at("Output Reference"), message);
        }
    }
    overlaps(findings, &mappings);
    cycles(findings, &parts.entries, &next);
}

/// Mappings of one node that take the same ids. A single mapping has no input.
fn overlaps(findings: &mut Findings, mappings: &[Mapping<'_, '_>]) {
    let mut seen: HashMap<Option<usize>, Vec<(u64, u64)>> = HashMap::new();
    for mapping in mappings.iter().filter(|mapping| mapping.fields.flag("Single Mapping") != Some(true)) {
        let (first, more) = (mapping.number("Input base"), mapping.number("ID Count"));
        let last = first + more;
        let known = seen.entry(mapping.node.index).or_default();
        let wraps =
            [first, mapping.number("Output Base")].iter().any(|base| base + more > u64::from(u32::MAX));
        if wraps || known.iter().any(|(start, end)| *start <= last && first <= *end) {
            let message = format_args!("{}: the ids from {first:#x} to {last:#x}", mapping.node.name());
            findings.add(&rules::IORT_MAPPING, mapping.fields.at("Input base"), message);
        }
        known.push((first, last));
    }
}

/// Nodes that lead back to themselves; each circle is told once.
fn cycles(findings: &mut Findings, nodes: &[Structure<'_>], next: &HashMap<u64, Vec<u64>>) {
    let mut done: HashSet<u64> = HashSet::new();
    for start in nodes {
        // The way from the start, each node with the number of those behind it that were followed.
        let mut path: Vec<(u64, usize)> = vec![(start.span.start as u64, 0)];
        while let Some((at, followed)) = path.pop() {
            let Some(to) = next.get(&at).and_then(|all| all.get(followed)).copied() else {
                done.insert(at);
                continue;
            };
            path.push((at, followed + 1));
            if path.iter().any(|(on, _)| *on == to) {
                if !done.contains(&to) {
                    let message = format_args!("the node at {at:#x} leads back to that at {to:#x}");
                    let from = usize::try_from(at).unwrap_or(0);
                    findings.add(&rules::IORT_CYCLE, from..from.saturating_add(16), message);
                }
                done.insert(to);
            } else if !done.contains(&to) {
                path.push((to, 0));
            }
        }
    }
}
