//! Memory blocks in the JSON of `acpihp plan --numa`.

use crate::boot::running::blocks::{BlockRun, Blocks, Verdict};
use crate::boot::stages::zones::Zone;
use serde::Serialize;

/// Memory blocks: the pieces that user space brings online and offline.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlocksModel {
    /// Bytes in a block.
    pub size: u64,
    /// What decided about the size.
    pub size_why: String,
    /// Whether nothing told if this is a virtual machine, and the size depends on it: bare metal is assumed.
    pub size_assumed: bool,
    /// Whether nodes and zones of blocks, as /sys shows them, come out by chance: more than 128 ranges of memory. The rows are
    /// then as they would be with fewer.
    pub undefined: bool,
    /// All blocks that have memory, ascending; neighbours that are alike are one. None in a kernel without CONFIG_MEMORY_HOTPLUG.
    pub runs: Vec<BlockRunModel>,
}

/// Neighbouring memory blocks that are alike.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlockRunModel {
    /// Number of the first block, as in /sys/devices/system/memory.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Their node; of several the one with the highest number.
    pub node: Option<u32>,
    /// All nodes under which they are linked.
    pub nodes: Vec<u32>,
    /// Their zone, as `valid_zones` has it; null for `none`.
    pub zone: Option<Zone>,
    /// Whether they can go offline: `never`, `maybe` or `yes`.
    pub offline: Verdict,
    /// Why.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub why: String,
}

impl BlocksModel {
    /// The blocks of a boot.
    pub fn of(blocks: &Blocks) -> BlocksModel {
        BlocksModel {
            size: blocks.size.bytes,
            size_why: blocks.size.reason.to_string(),
            size_assumed: blocks.size.assumed,
            undefined: blocks.undefined,
            runs: blocks.runs.iter().map(|run| run_model(blocks, run)).collect(),
        }
    }
}

fn run_model(blocks: &Blocks, run: &BlockRun) -> BlockRunModel {
    let range = blocks.range(run);
    BlockRunModel {
        first: run.first,
        last: run.last,
        start: range.start,
        end: range.end,
        node: run.nodes.last().copied(),
        nodes: run.nodes.clone(),
        zone: run.zone,
        offline: run.why.verdict(),
        why: run.why.to_string(),
    }
}
