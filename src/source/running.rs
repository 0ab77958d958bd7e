//! What a system shows of itself once it runs: zones, memory blocks, lockdown.

use super::root::Root;
use crate::check::doctor::Block;
use crate::memory::zoneinfo::{self, ZoneInfo};

const BLOCKS: &str = "sys/devices/system/memory";

/// The zones; none when /proc/zoneinfo is not there.
pub fn zones(root: &Root) -> Vec<ZoneInfo> {
    zoneinfo::parse(&root.text("proc/zoneinfo").unwrap_or_default())
}

/// The memory blocks by their number; none when Linux has none, or a copy lacks them.
pub fn blocks(root: &Root) -> Vec<Block> {
    let block = |name: &String| {
        let number = name.strip_prefix("memory")?.parse().ok()?;
        let file = |file: &str| root.text(&format!("{BLOCKS}/{name}/{file}")).unwrap_or_default();
        let zone = file("valid_zones").split_whitespace().next().unwrap_or_default().to_owned();
        Some(Block { number, online: file("state").trim() == "online", zone })
    };
    let mut blocks: Vec<Block> = root.names(BLOCKS).iter().filter_map(block).collect();
    blocks.sort_by_key(|block| block.number);
    blocks
}

/// Bytes in a memory block.
pub fn block_size(root: &Root) -> Option<u64> {
    u64::from_str_radix(root.text(&format!("{BLOCKS}/block_size_bytes"))?.trim(), 16).ok()
}

/// The lockdown mode in force: `none`, `integrity` or `confidentiality`; `None` when the kernel has no lockdown.
pub fn lockdown(root: &Root) -> Option<String> {
    let text = root.text("sys/kernel/security/lockdown")?;
    let (_, rest) = text.split_once('[')?;
    let mode = rest.split_once(']')?.0;
    ["none", "integrity", "confidentiality"].contains(&mode).then(|| mode.to_owned())
}
