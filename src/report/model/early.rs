//! The early view in the JSON of `acpihp plan --early`.

use crate::boot::Outcome;
use crate::boot::derived::early::{self, Early};
use crate::boot::stages::memblock::ReservedBy;
use crate::memory::log::MemblockLine;
use serde::Serialize;

/// What memblock reserves before the SRAT is known.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EarlyModel {
    /// Whether the boot has movable_node.
    pub movable_node: bool,
    /// Reservations before the SRAT is used, in boot order.
    pub steps: Vec<EarlyStepModel>,
    /// What the log of an earlier boot shows memblock did (memblock=debug), in order; empty without such a log.
    pub recorded: Vec<RecordedStepModel>,
}

/// A reservation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EarlyStepModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// What is there.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub name: String,
    /// `fixed`, `bottom-up` or `top-down`: how its place was found.
    pub place: ReservedBy,
    /// Whether it lies in memory that the SRAT marks hot-pluggable.
    pub in_hotpluggable: bool,
    /// First byte with movable_node set the other way, if that is elsewhere.
    pub otherwise_start: Option<u64>,
    /// Byte after the last there.
    pub otherwise_end: Option<u64>,
    /// Whether that is in hot-pluggable memory.
    pub otherwise_in_hotpluggable: bool,
    /// Whether a SRAT known beforehand (two-step installation) would have kept it out of hot-pluggable memory.
    pub helped_by_two_step: bool,
}

/// A line of a recorded trace.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedStepModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// The kernel function that asked.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub caller: String,
    /// Whether the memory was given back.
    pub freed: bool,
    /// Whether the SRAT had been read by then.
    pub after_srat: bool,
    /// Whether it lies in memory that the predicted boot's SRAT marks hot-pluggable.
    pub in_hotpluggable: bool,
}

impl EarlyModel {
    /// The report of an early view and, where there is one, a recorded trace.
    pub fn of(early: &Early, recorded: &[MemblockLine], outcome: &Outcome<'_>) -> EarlyModel {
        let steps = early.steps.iter().map(|step| EarlyStepModel {
            start: step.reservation.range.start,
            end: step.reservation.range.end,
            name: step.reservation.holder.name(),
            place: step.reservation.place,
            in_hotpluggable: step.in_hotpluggable,
            otherwise_start: step.otherwise.as_ref().map(|range| range.start),
            otherwise_end: step.otherwise.as_ref().map(|range| range.end),
            otherwise_in_hotpluggable: step.otherwise_in_hotpluggable,
            helped_by_two_step: step.is_helped_by_two_steps(),
        });
        let recorded = recorded.iter().map(|line| RecordedStepModel {
            start: line.range.start,
            end: line.range.end,
            caller: line.asked_by.as_ref().unwrap_or(&line.caller).clone(),
            freed: line.freed,
            after_srat: line.after_srat,
            in_hotpluggable: early::line_in_hotpluggable(line, &outcome.numa.hotpluggable),
        });
        EarlyModel { movable_node: early.movable_node, steps: steps.collect(), recorded: recorded.collect() }
    }
}
