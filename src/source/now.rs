//! What a system shows of its memory at the moment: memory blocks, zones, /proc/iomem.

use super::root::Root;
use super::running;
use crate::memory::block::{BlockState, MemoryBlock, ZoneWord};
use crate::memory::iomem;
use crate::memory::now::{IomemLine, NodeNow, Now, count_of_list, count_of_mask};
use std::collections::HashMap;

const BLOCKS: &str = "sys/devices/system/memory";
const NODES: &str = "sys/devices/system/node";

/// What the system of a tree shows.
pub fn read(root: &Root) -> Now {
    Now {
        block_size: running::block_size(root),
        blocks: blocks(root),
        zones: running::zones(root),
        resources: resources(root),
    }
}

/// What the system of a tree shows of its nodes, by number.
pub fn nodes_now(root: &Root) -> Vec<NodeNow> {
    let node = |name: &String| {
        let node = name.strip_prefix("node")?.parse().ok()?;
        let file = |file: &str| root.text(&format!("{NODES}/{name}/{file}"));
        let total = |text: String| {
            let line = text.lines().find(|line| line.contains("MemTotal:"))?.to_owned();
            let kilobytes: u64 = line.split_whitespace().rev().nth(1)?.parse().ok()?;
            kilobytes.checked_mul(1024)
        };
        let is_cpu =
            |name: &&String| name.strip_prefix("cpu").is_some_and(|number| number.parse::<u32>().is_ok());
        let linked = || {
            let names = root.names(&format!("{NODES}/{name}"));
            Some(names.iter().filter(is_cpu).count()).filter(|count| *count > 0)
        };
        let listed = file("cpulist").as_deref().and_then(count_of_list);
        Some(NodeNow {
            node,
            bytes: file("meminfo").and_then(total),
            cpus: listed.or_else(|| count_of_mask(&file("cpumap")?)).or_else(linked),
            distances: file("distance")
                .unwrap_or_default()
                .split_whitespace()
                .filter_map(|number| number.parse().ok())
                .collect(),
        })
    };
    let mut nodes: Vec<NodeNow> = root.names(NODES).iter().filter_map(node).collect();
    nodes.sort_by_key(|node| node.node);
    nodes
}

fn resources(root: &Root) -> Vec<IomemLine> {
    let text = root.text("proc/iomem").unwrap_or_default();
    let all = iomem::parse(&text);
    let held: Vec<IomemLine> = all
        .map(|resource| IomemLine {
            range: resource.range,
            name: resource.name.to_owned(),
            depth: resource.depth,
        })
        .collect();
    // Whoever may not see addresses is shown zeros.
    if held.iter().all(|held| held.range == (0..1)) { Vec::new() } else { held }
}

fn blocks(root: &Root) -> Vec<MemoryBlock> {
    let mut blocks: Vec<MemoryBlock> = root
        .names(BLOCKS)
        .iter()
        .filter_map(|name| {
            let number = name.strip_prefix("memory")?.parse().ok()?;
            let file = |file: &str| root.text(&format!("{BLOCKS}/{name}/{file}"));
            Some(MemoryBlock {
                number,
                state: file("state").as_deref().and_then(|state| BlockState::named(state.trim())),
                zones: file("valid_zones")
                    .unwrap_or_default()
                    .split_whitespace()
                    .filter_map(ZoneWord::named)
                    .collect(),
                nodes: root
                    .names(&format!("{BLOCKS}/{name}"))
                    .iter()
                    .filter_map(|name| node_number(name))
                    .collect(),
            })
        })
        .collect();
    // Without links of their own, the nodes have some to them.
    if blocks.iter().any(|block| block.nodes.is_empty()) {
        let mut linked = nodes_by_links(root);
        for block in blocks.iter_mut().filter(|block| block.nodes.is_empty()) {
            block.nodes = linked.remove(&format!("memory{}", block.number)).unwrap_or_default();
        }
    }
    blocks.iter_mut().for_each(|block| block.nodes.sort_unstable());
    blocks.sort_by_key(|block| block.number);
    blocks
}

/// The number of a node's folder or link.
fn node_number(name: &str) -> Option<u32> {
    name.strip_prefix("node")?.parse().ok()
}

/// The nodes of each block that nodes have a link to, by the block's name.
fn nodes_by_links(root: &Root) -> HashMap<String, Vec<u32>> {
    let mut nodes: HashMap<String, Vec<u32>> = HashMap::new();
    for name in root.names(NODES) {
        let Some(node) = node_number(&name) else { continue };
        for block in root.names(&format!("{NODES}/{name}")) {
            if block.starts_with("memory") {
                nodes.entry(block).or_default().push(node);
            }
        }
    }
    nodes
}
