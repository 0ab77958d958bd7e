//! The JSON of `acpihp removable`.

use super::sources::About;
use crate::boot::running::removable::{Answer, Hold, HoldKind, NodeSum, Run};
use crate::bytes::size;
use crate::foreign::Foreign;
use crate::memory::slabinfo::SlabCache;
use serde::Serialize;

/// What can go offline now, and what holds the rest: schema `acpihp.removable/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RemovableModel {
    /// `acpihp.removable/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// Bytes in a memory block.
    pub block_size: u64,
    /// Whether all blocks that were asked for can go: the least of their answers.
    pub answer: Answer,
    /// The blocks that were asked for; neighbours that are alike are one.
    pub blocks: Vec<BlockModel>,
    /// The nodes of these blocks.
    pub nodes: Vec<NodeModel>,
    /// Aligned gigabytes that are memory as a whole, for pages of 1 GiB; neighbours that are alike are one.
    pub gigabytes: Vec<GigabyteModel>,
    /// What the next boot would make of the machine: with its command line, and with words added; none where there is no
    /// memory map to predict from.
    pub next_boot: Vec<NextBootModel>,
    /// Why the flags of pages are not known; null where they are.
    pub not_read: Option<Foreign>,
    /// Why page_owner does not say which functions asked for the pages that hold blocks; null where it does, or where none do.
    pub owners_not_read: Option<Foreign>,
    /// The largest slab caches of the machine, where slab pages hold a block.
    pub slabs: Vec<SlabModel>,
}

/// Neighbouring memory blocks that are alike.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlockModel {
    /// Number of the first block, as in /sys/devices/system/memory.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Their node; of several the lowest.
    pub node: Option<u32>,
    /// Their zone; `none` where Linux names no single one, null where they are not online.
    pub zone: Option<&'static str>,
    /// `online`, `offline` or `going-offline`; null where it could not be read.
    pub state: Option<&'static str>,
    /// Whether they can go offline: `yes`, `no`, `maybe` or `unknown`.
    pub answer: Answer,
    /// The pages that are in the way, or may be.
    pub held_by: Vec<HoldModel>,
    /// Why, in words.
    pub why: Foreign,
    /// Bytes in them that have to move.
    pub moves: u64,
}

/// Pages that are in the way, or may be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HoldModel {
    /// What they are.
    pub kind: HoldKind,
    /// How many, in all blocks of the run.
    pub pages: u64,
    /// The first page frame.
    pub first_pfn: u64,
    /// What is there, as far as /proc/iomem and the model of the boot say.
    pub what: Option<Foreign>,
    /// The functions of the kernel that asked for them, as far as page_owner says, the one with most pages first.
    pub by: Vec<FunctionModel>,
}

/// A function of the kernel that asked for pages.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FunctionModel {
    /// Its name.
    pub function: Foreign,
    /// Pages.
    pub pages: u64,
}

/// A cache of the kernel's small objects.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SlabModel {
    /// Its name; caches of like objects share one.
    pub name: Foreign,
    /// Bytes of its slabs.
    pub bytes: u64,
    /// Bytes of the objects in use.
    pub used: u64,
    /// Whether Linux gives its objects back when memory is short or caches are dropped; null where that is not known.
    pub reclaimable: Option<bool>,
}

/// What can go of a node.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeModel {
    /// The node.
    pub node: u32,
    /// Bytes in blocks that can go, or are offline.
    pub removable: u64,
    /// Bytes in blocks that are maybe.
    pub maybe: u64,
    /// Bytes in blocks that are no.
    pub held: u64,
    /// Bytes in blocks of which it is not known.
    pub unknown: u64,
    /// Whether all of these blocks can go.
    pub whole: Answer,
    /// Bytes that have to move for that.
    pub moves: u64,
    /// Bytes that are free on other nodes.
    pub room: u64,
}

/// Aligned gigabytes that are alike.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GigabyteModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Whether nothing in them is in the way.
    pub answer: Answer,
}

/// What a boot would make of the machine.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NextBootModel {
    /// Words that are added to the command line; empty for the line as it is.
    pub append: String,
    /// Bytes in ZONE_MOVABLE.
    pub movable: u64,
    /// Bytes in all zones.
    pub total: u64,
    /// Nodes of which all is in ZONE_MOVABLE.
    pub nodes: Vec<u32>,
}

impl NextBootModel {
    /// It in one line, without an end.
    pub fn words(&self) -> String {
        let with = match self.append.as_str() {
            "" => "as it is".to_owned(),
            words => format!("with {words}"),
        };
        let nodes: Vec<String> = self.nodes.iter().map(u32::to_string).collect();
        let nodes = match nodes.as_slice() {
            [] => String::new(),
            [one] => format!(", all of node {one}"),
            several => format!(", all of nodes {}", several.join(", ")),
        };
        format!("{with}: {} of {} movable{nodes}", size(self.movable), size(self.total))
    }
}

impl BlockModel {
    /// The view of a run.
    pub fn of(run: &Run, block_size: u64) -> BlockModel {
        let hold = |hold: &Hold| HoldModel {
            kind: hold.kind,
            pages: hold.pages,
            first_pfn: hold.first_pfn,
            what: hold.what.clone(),
            by: hold
                .by
                .iter()
                .map(|(name, pages)| FunctionModel { function: name.clone(), pages: *pages })
                .collect(),
        };
        BlockModel {
            first: run.first,
            last: run.last,
            start: run.first.saturating_mul(block_size),
            end: run.last.saturating_add(1).saturating_mul(block_size),
            node: run.node,
            zone: run.zone.map(|zone| zone.name()),
            state: run.state.map(|state| state.name()),
            answer: run.judged.answer,
            held_by: run.judged.held_by.iter().map(hold).collect(),
            why: run.judged.why(),
            moves: run.judged.moves,
        }
    }
}

impl SlabModel {
    /// The view of a cache.
    pub fn of(cache: &SlabCache) -> SlabModel {
        let SlabCache { name, bytes, used, reclaimable } = cache;
        SlabModel { name: name.clone(), bytes: *bytes, used: *used, reclaimable: *reclaimable }
    }
}

impl NodeModel {
    /// The view of a node.
    pub fn of(sum: &NodeSum) -> NodeModel {
        NodeModel {
            node: sum.node,
            removable: sum.of(Answer::Yes),
            maybe: sum.of(Answer::Maybe),
            held: sum.of(Answer::No),
            unknown: sum.of(Answer::Unknown),
            whole: sum.whole,
            moves: sum.moves,
            room: sum.room,
        }
    }
}
