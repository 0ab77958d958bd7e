//! What hangs on orders of tables that nothing says, in the JSON of `acpihp plan` and `acpihp simulate`.

use crate::boot::derived::orders::{OpenOrder, OrderCase};
use crate::foreign::Foreign;
use serde::Serialize;

/// Tables of which nothing says which comes first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OpenOrderModel {
    /// Their signature.
    pub signature: Foreign,
    /// Whether Linux uses the first and no other; otherwise they share an identity, and a file of the archive replaces the first.
    pub single: bool,
    /// The boot with each of them first; what else is reported is the first case.
    pub cases: Vec<OrderCaseModel>,
}

/// The boot with one of them first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OrderCaseModel {
    /// The table that comes first.
    pub first: Foreign,
    /// Why the SRAT is not used then, where it is not.
    pub srat_refused: Option<String>,
    /// Nodes with RAM; null where no memory map is known.
    pub nodes: Option<usize>,
    /// Bytes of RAM that are marked hot-pluggable.
    pub hotpluggable_bytes: Option<u64>,
    /// Bytes of movable memory.
    pub movable_bytes: Option<u64>,
    /// What becomes of it, in words.
    pub becomes: Foreign,
}

impl OpenOrderModel {
    /// The model of an order.
    pub fn of(open: &OpenOrder) -> OpenOrderModel {
        let case = |case: &OrderCase| {
            let memory = case.memory.as_ref();
            OrderCaseModel {
                first: case.first.clone(),
                srat_refused: memory.and_then(|memory| memory.refusal.clone()),
                nodes: memory.map(|memory| memory.nodes),
                hotpluggable_bytes: memory.map(|memory| memory.hotpluggable),
                movable_bytes: memory.map(|memory| memory.movable),
                becomes: open.words(case),
            }
        };
        OpenOrderModel {
            signature: open.signature.into(),
            single: open.is_single,
            cases: open.cases.iter().map(case).collect(),
        }
    }
}
