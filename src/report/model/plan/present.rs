//! What a machine shows of itself at the moment, in the JSON of `acpihp plan`: where there is no memory map to predict from.

use serde::Serialize;

/// Memory blocks and nodes as they are, and whether the tables say the same.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PresentModel {
    /// Bytes in a memory block; null where that is not shown.
    pub block_size: Option<u64>,
    /// Memory blocks, neighbours that are alike as one.
    pub blocks: Vec<PresentBlocks>,
    /// Nodes.
    pub nodes: Vec<PresentNode>,
    /// Tables that were compared with them: `SLIT`, `SRAT`.
    pub compared: Vec<&'static str>,
}

/// Neighbouring memory blocks that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PresentBlocks {
    /// Number of the first block.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// First byte; null where the size of blocks is not known.
    pub start: Option<u64>,
    /// Byte after the last.
    pub end: Option<u64>,
    /// `online`, `offline` or `going-offline`; null where it is not shown.
    pub state: Option<&'static str>,
    /// The zone of online blocks, `none` for several; null where it is not shown.
    pub zone: Option<&'static str>,
    /// The nodes that they are linked from.
    pub nodes: Vec<u32>,
}

/// A node.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PresentNode {
    /// Its number.
    pub node: u32,
    /// Bytes of memory that Linux manages there; null where it is not shown.
    pub bytes: Option<u64>,
    /// How many processors it has; null where it is not shown.
    pub cpus: Option<usize>,
    /// Distances to the nodes, in their order.
    pub distances: Vec<u32>,
}
