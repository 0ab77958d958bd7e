//! Two boots side by side, in the JSON of `acpihp simulate --compare`.

use super::{ArchiveFile, EarlySratModel, Simulation, StepModel, TableModel};
use crate::boot::compare::{Comparison, SlotPair, Which};
use serde::Serialize;

/// Two boots side by side.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComparisonModel {
    /// The first boot.
    pub a: SideModel,
    /// The second boot.
    pub b: SideModel,
    /// What is to be the same in both.
    pub invariants: Vec<InvariantModel>,
    /// Both lists, slot by slot.
    pub slots: Vec<SlotModel>,
    /// The kernel's lines about tables that only one of them prints, in order.
    pub log_differences: Vec<LineModel>,
}

/// One of two boots.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SideModel {
    /// `current`, `one-by-one` or `two-step`.
    pub flow: &'static str,
    /// Kernel release.
    pub kernel: String,
    /// How many slots the list has, empty ones counted.
    pub slots: usize,
    /// Every file below kernel/firmware/acpi/ that the kernel can see.
    pub archive: Vec<ArchiveFile>,
    /// The kernel's list of tables.
    pub tables: Vec<TableModel>,
    /// Slot of the MADT that is read; null without one.
    pub madt_slot: Option<usize>,
    /// The SRAT that is read before memory is handed out.
    pub early_srat: Option<EarlySratModel>,
    /// Width of integers in AML in bits.
    pub aml_integer_bits: Option<u8>,
    /// Whether the kernel taints itself.
    pub tainted: bool,
    /// What happened, in order.
    pub trace: Vec<StepModel>,
    /// The kernel's own lines about overrides.
    pub log: Vec<String>,
    /// All of the kernel's lines about its tables.
    pub kernel_lines: Vec<String>,
}

/// Something that is to be the same in both.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvariantModel {
    /// `list-length`, `slot-contents`, `dsdt-facs`, `visit-order`, `overridden`, `fates`, `idempotence`, `early-srat`,
    /// `copy-place`, `integer-width`, `taint` or `log`.
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Whether it holds; null where neither boot has the thing in question.
    pub holds: Option<bool>,
    /// Why.
    pub why: String,
}

/// A slot in both lists.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineModel {
    /// `a` or `b`.
    pub side: &'static str,
    /// The line.
    pub line: String,
}

impl From<Simulation> for SideModel {
    fn from(one: Simulation) -> SideModel {
        SideModel {
            flow: one.flow,
            kernel: one.kernel,
            slots: one.slots,
            archive: one.archive,
            tables: one.tables,
            madt_slot: one.madt_slot,
            early_srat: one.early_srat,
            aml_integer_bits: one.aml_integer_bits,
            tainted: one.tainted,
            trace: one.trace,
            log: one.log,
            kernel_lines: one.kernel_lines,
        }
    }
}

impl ComparisonModel {
    /// The report of a comparison of two simulations.
    pub fn of(a: Simulation, b: Simulation, comparison: Comparison) -> ComparisonModel {
        let place = |simulation: &Simulation, slot: usize| {
            simulation.tables.iter().position(|table| table.slot == slot)
        };
        let slot = |pair: &SlotPair| SlotModel {
            slot: pair.slot,
            a: place(&a, pair.slot),
            b: place(&b, pair.slot),
            same: pair.same,
        };
        let line = |(which, line): (Which, String)| LineModel {
            side: match which {
                Which::A => "a",
                Which::B => "b",
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
            a: a.into(),
            b: b.into(),
        }
    }
}
