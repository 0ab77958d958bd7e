//! How much memory is movable, and how much is lost, in the JSON of `acpihp plan`.

use crate::boot::derived::totals::{Loss, Sums, Totals};
use serde::Serialize;

/// Sums over all nodes, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TotalsModel {
    /// All RAM.
    pub total_bytes: u64,
    /// RAM in ZONE_MOVABLE.
    pub movable_bytes: u64,
    /// RAM that the SRAT marks hot-pluggable and that is in another zone all the same.
    pub lost_bytes: u64,
}

/// Memory of one node that is marked hot-pluggable and not movable, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LossModel {
    /// The node; null for RAM without one.
    pub node: Option<u32>,
    /// Bytes.
    pub bytes: u64,
    /// Why.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub why: String,
    /// What took the marks of the node away, as places in `blockers`; empty where something else is the reason.
    pub blockers: Vec<usize>,
}

impl From<Sums> for TotalsModel {
    fn from(sums: Sums) -> TotalsModel {
        TotalsModel { total_bytes: sums.total, movable_bytes: sums.movable, lost_bytes: sums.lost }
    }
}

impl LossModel {
    /// All losses of a boot.
    pub fn of(totals: &Totals) -> Vec<LossModel> {
        let model = |loss: &Loss| LossModel {
            node: loss.node,
            bytes: loss.bytes,
            why: loss.why.clone(),
            blockers: loss.blockers.clone(),
        };
        totals.losses.iter().map(model).collect()
    }
}
