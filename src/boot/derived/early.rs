//! The early view: what memblock hands out before the SRAT is known, with and without movable_node, and what an SRAT that
//! is known from the start would change.

use crate::boot::stages::memblock::{Reservation, ReservedBy};
use crate::boot::{Machine, NextBoot, Outcome, predict};
use crate::memory::Ranges;
use crate::memory::log::MemblockLine;
use std::collections::VecDeque;
use std::ops::Range;

/// One reservation, with where it would be under the other setting of movable_node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyStep {
    /// What is reserved and where.
    pub reservation: Reservation,
    /// Whether it lies in memory that the SRAT marks hot-pluggable.
    pub in_hotpluggable: bool,
    /// Where it lies with movable_node set the other way, if that is elsewhere.
    pub otherwise: Option<Range<u64>>,
    /// Whether that place is in hot-pluggable memory.
    pub otherwise_in_hotpluggable: bool,
}

impl EarlyStep {
    /// Whether an SRAT known before memblock hands anything out would have kept it out of hot-pluggable memory: its place
    /// was chosen, and chosen badly.
    pub fn is_helped_by_two_steps(&self) -> bool {
        self.in_hotpluggable && self.reservation.place != ReservedBy::Fixed
    }
}

/// The early view of a boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Early {
    /// Whether the boot has movable_node.
    pub movable_node: bool,
    /// Reservations before the SRAT is used, in boot order.
    pub steps: Vec<EarlyStep>,
}

/// The early view of a predicted boot.
pub fn view(machine: &Machine, next: &NextBoot<'_>, outcome: &Outcome<'_>) -> Early {
    let other = next.clone().with_movable_node(!next.line().movable_node);
    let mut others = VecDeque::from(predict(machine, &other).reserved);
    let hot = |range: &Range<u64>| touches(&outcome.numa.hotpluggable, range);
    // Both boots reserve the same things in the same order, but for what finds no room, and for the tables that map RAM: how
    // many pieces there are goes with the direction of the search.
    let steps = outcome.reserved.iter().map(|reservation| {
        let twin = others.iter().position(|twin| twin.holder == reservation.holder);
        let twin = twin.and_then(|at| others.remove(at));
        let otherwise = twin.map(|twin| twin.range).filter(|range| *range != reservation.range);
        EarlyStep {
            in_hotpluggable: hot(&reservation.range),
            otherwise_in_hotpluggable: otherwise.as_ref().is_some_and(hot),
            otherwise,
            reservation: reservation.clone(),
        }
    });
    Early { steps: steps.collect(), movable_node: next.line().movable_node }
}

/// Whether a line of a recorded trace touches memory that the SRAT marks.
pub fn line_in_hotpluggable(line: &MemblockLine, hotpluggable: &Ranges) -> bool {
    touches(hotpluggable, &line.range)
}

fn touches(ranges: &Ranges, range: &Range<u64>) -> bool {
    ranges.overlapping(range).next().is_some()
}
