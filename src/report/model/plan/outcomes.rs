//! What a boot hangs on, in the JSON of `acpihp plan --numa`.

use crate::boot::derived::outcomes::{Case, Unknown, What};
use serde::Serialize;

/// A thing whose place is not sure, and what the boot becomes with it on each node.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnknownModel {
    /// `kernel image`, `initrd` or `EFI boot services`.
    pub what: What,
    /// First byte of the place that the rest of the plan takes for it; null when it is left out.
    pub assumed_start: Option<u64>,
    /// Byte after the last.
    pub assumed_end: Option<u64>,
    /// The cases.
    pub cases: Vec<CaseModel>,
    /// How to make the place sure.
    pub fix: &'static str,
}

/// The boot with the thing on these nodes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaseModel {
    /// Nodes: where no marks are lost, it does not matter which of them; else the thing lies on all of these.
    pub nodes: Vec<u32>,
    /// From 0 to 1; null where it cannot be told.
    pub probability: Option<f64>,
    /// Whether the nodes lose their hot-pluggable marks for it.
    pub loses_marks: bool,
    /// Bytes of movable memory on all nodes then.
    pub movable_bytes: u64,
}

impl UnknownModel {
    /// The model of an unknown.
    pub fn of(unknown: &Unknown) -> UnknownModel {
        let case = |case: &Case| CaseModel {
            nodes: case.nodes.clone(),
            probability: case.probability,
            loses_marks: case.loses,
            movable_bytes: case.movable,
        };
        UnknownModel {
            what: unknown.what,
            assumed_start: unknown.assumed.as_ref().map(|range| range.start),
            assumed_end: unknown.assumed.as_ref().map(|range| range.end),
            cases: unknown.cases.iter().map(case).collect(),
            fix: unknown.what.fix(),
        }
    }
}
