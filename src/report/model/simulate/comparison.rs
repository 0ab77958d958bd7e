//! Two boots side by side, in the JSON of `acpihp simulate --compare`.

use super::Run;
use crate::boot::derived::compare::{Comparison, SlotPair, Which};
use crate::foreign::Foreign;
use crate::report::model::words::Side;
use serde::Serialize;

/// Two boots side by side.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ComparisonModel {
    /// The first boot.
    pub a: Run,
    /// The second boot.
    pub b: Run,
    /// What the first boot was asked for with; null for the boot as it is.
    pub a_options: Option<Foreign>,
    /// What the second boot was asked for with.
    pub b_options: Option<Foreign>,
    /// What is to be the same in both.
    pub invariants: Vec<InvariantModel>,
    /// Both lists, slot by slot.
    pub slots: Vec<SlotModel>,
    /// The kernel's lines about tables that only one of them prints, in order.
    pub log_differences: Vec<LineModel>,
}

/// Something that is to be the same in both.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InvariantModel {
    /// `list-length`, `slot-contents`, `dsdt-facs`, `visit-order`, `overridden`, `outcomes`, `idempotence`, `early-srat`,
    /// `copy-place`, `integer-width`, `taint` or `log`.
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Whether it holds; null where neither boot has the thing in question.
    pub holds: Option<bool>,
    /// Why.
    pub why: Foreign,
}

/// A slot in both lists.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SlotModel {
    /// The slot.
    pub slot: usize,
    /// The entry of `a.tables`; null where the slot is empty.
    pub a: Option<usize>,
    /// The entry of `b.tables`.
    pub b: Option<usize>,
    /// Whether it is the same table.
    pub same: bool,
}

/// A line that only one boot prints.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LineModel {
    /// `a` or `b`.
    pub side: Side,
    /// The line.
    pub line: String,
}

impl ComparisonModel {
    /// The report of a comparison of two boots.
    pub fn of([a, b]: [Run; 2], options: [Option<Foreign>; 2], comparison: Comparison) -> ComparisonModel {
        let [a_options, b_options] = options;
        let place = |run: &Run, slot: usize| run.tables.iter().position(|table| table.slot == slot);
        let slot = |pair: &SlotPair| SlotModel {
            slot: pair.slot,
            a: place(&a, pair.slot),
            b: place(&b, pair.slot),
            same: pair.same,
        };
        let line = |(which, line): (Which, String)| LineModel {
            side: match which {
                Which::A => Side::A,
                Which::B => Side::B,
            },
            line,
        };
        let slots = comparison.slots.iter().map(slot).collect();
        let invariants = comparison.invariants.into_iter().map(|invariant| InvariantModel {
            name: invariant.name,
            title: invariant.title,
            holds: invariant.holds,
            why: invariant.why,
        });
        ComparisonModel {
            slots,
            invariants: invariants.collect(),
            log_differences: comparison.lines.into_iter().map(line).collect(),
            a,
            b,
            a_options,
            b_options,
        }
    }
}
