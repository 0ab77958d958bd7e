//! What a machine shows of itself at the moment, and whether its SRAT and SLIT say the same: what is left to say where there is no
//! memory map to predict from.

use super::boot::Prepared;
use crate::boot::Outcome;
use crate::boot::derived::rows;
use crate::finding::Finding;
use crate::finding::registry::boot as rules;
use crate::memory::block::{MemoryBlock, ZoneWord};
use crate::memory::now::{NodeNow, Now};
use crate::memory::range::overlap;
use crate::report::model::plan::present::{PresentBlocks, PresentModel, PresentNode};
use crate::source::now;
use crate::table::slit::Slit;
use std::collections::BTreeSet;

/// What the machine shows, and what differs from its tables; `None` where it shows nothing.
pub fn of(prepared: &Prepared, outcome: &Outcome<'_>) -> Option<(PresentModel, Vec<Finding>)> {
    let now = now::read(&prepared.root);
    let nodes = now::nodes_now(&prepared.root);
    if now.blocks.is_empty() && nodes.is_empty() {
        return None;
    }
    let mut present = PresentModel {
        block_size: now.block_size,
        blocks: runs(&now),
        nodes: nodes.iter().map(node_model).collect(),
        compared: Vec::new(),
    };
    let mut findings = Vec::new();
    if let Some(differences) = srat(&now, &nodes, outcome) {
        present.compared.push("SRAT");
        findings.extend(differences);
    }
    if let Some(differences) = slit(prepared, &nodes, outcome) {
        present.compared.push("SLIT");
        findings.extend(differences);
    }
    Some((present, findings))
}

fn node_model(node: &NodeNow) -> PresentNode {
    let NodeNow { node, bytes, cpus, distances } = node.clone();
    PresentNode { node, bytes, cpus, distances }
}

/// Neighbouring blocks that are alike.
fn runs(now: &Now) -> Vec<PresentBlocks> {
    let mut runs: Vec<PresentBlocks> = Vec::new();
    for block in &now.blocks {
        let address = |number: u64| now.block_size.and_then(|size| number.checked_mul(size));
        let one = PresentBlocks {
            first: block.number,
            last: block.number,
            start: address(block.number),
            end: block.number.checked_add(1).and_then(address),
            state: block.state.map(|state| state.name()),
            zone: block.zone().map(ZoneWord::name),
            nodes: block.nodes.clone(),
        };
        match runs.last_mut() {
            Some(last)
                if last.last.checked_add(1) == Some(one.first)
                    && (last.state, last.zone, &last.nodes) == (one.state, one.zone, &one.nodes) =>
            {
                (last.last, last.end) = (one.last, one.end);
            }
            _ => runs.push(one),
        }
    }
    runs
}

/// Where the SRAT puts memory on other nodes than the machine has it; `None` without a SRAT or anything to compare.
fn srat(now: &Now, nodes: &[NodeNow], outcome: &Outcome<'_>) -> Option<Vec<Finding>> {
    let entries = &outcome.numa.memory;
    if entries.is_empty() {
        return None;
    }
    let mut findings = Vec::new();
    let mut differs = |message: String| findings.push(Finding::new(&rules::PRESENT_DIFFERS, "SRAT", message));
    if let Some(size) = now.block_size.filter(|_| !now.blocks.is_empty()) {
        let other = |block: &&MemoryBlock| {
            let start = block.number.saturating_mul(size);
            let range = start..start.saturating_add(size);
            let of_srat: BTreeSet<u32> = entries
                .iter()
                .filter(|entry| entry.range().is_some_and(|entry| overlap(&entry, &range).is_some()))
                .map(|entry| entry.node)
                .collect();
            !block.nodes.is_empty() && !block.nodes.iter().all(|node| of_srat.contains(node))
        };
        let all: Vec<&MemoryBlock> = now.blocks.iter().filter(other).collect();
        if let Some(first) = all.first() {
            let nodes = first.nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            let more =
                if all.len() > 1 { format!(", and {} more blocks", all.len() - 1) } else { String::new() };
            differs(format!("memory block {} is on node {nodes}, where no entry has it{more}", first.number));
        }
        return Some(findings);
    }
    if nodes.iter().all(|node| node.bytes.is_none()) {
        return None;
    }
    for node in nodes {
        let of_node = entries.iter().filter(|entry| entry.node == node.node);
        let announced: u64 =
            of_node.filter_map(|entry| Some(entry.range()?.end.saturating_sub(entry.start))).sum();
        // Linux keeps a part of each node to itself.
        if let Some(bytes) = node.bytes.filter(|bytes| *bytes > announced) {
            differs(format!(
                "node {} has {} bytes of memory, and {announced} in the table",
                node.node, bytes
            ));
        }
    }
    Some(findings)
}

/// Where distances are others than those of the SLIT; `None` without a SLIT or distances.
fn slit(prepared: &Prepared, nodes: &[NodeNow], outcome: &Outcome<'_>) -> Option<Vec<Finding>> {
    let tables = &prepared.machine().firmware.tables;
    let table = tables.iter().find(|table| table.bytes.starts_with(b"SLIT"))?;
    let slit = Slit::parse(&table.bytes).ok()?;
    let with: Vec<&NodeNow> = nodes.iter().filter(|node| node.distances.len() == nodes.len()).collect();
    if with.is_empty() || with.len() != nodes.len() {
        return None;
    }
    // Without a SRAT, nodes and domains have the same numbers, as far as anybody knows.
    let domain = |node: u32| u64::from(rows::pxm(outcome, node).unwrap_or(node));
    for from in &with {
        for (to, distance) in with.iter().zip(&from.distances) {
            let of_table = slit.distance(domain(from.node), domain(to.node));
            if of_table.map(u32::from) != Some(*distance) {
                let theirs = of_table.map_or_else(|| "none".to_owned(), |distance| distance.to_string());
                let message = format!(
                    "from node {} to node {} it is {distance}, and {theirs} in the table",
                    from.node, to.node
                );
                return Some(vec![Finding::new(&rules::PRESENT_DIFFERS, "SLIT", message)]);
            }
        }
    }
    Some(Vec::new())
}
