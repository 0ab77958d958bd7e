//! How much memory a boot makes movable, node by node, and how much of what the SRAT marks it does not.

use crate::boot::Outcome;
use crate::boot::derived::rows::Row;
use crate::boot::stages::zones::Zone;
use std::collections::BTreeMap;

/// Sums of memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// All RAM, in bytes.
    pub total: u64,
    /// RAM in ZONE_MOVABLE, in bytes.
    pub movable: u64,
    /// RAM that the SRAT marks hot-pluggable and that is in another zone all the same.
    pub lost: u64,
}

impl Sums {
    fn add(&mut self, row: &Row) {
        let len = row.range.end - row.range.start;
        self.total += len;
        if row.zone == Some(Zone::Movable) {
            self.movable += len;
        } else if is_lost(row) {
            self.lost += len;
        }
    }
}

/// Memory of one node that is marked, not movable, and so for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The node; `None` for RAM without one.
    pub node: Option<u32>,
    /// How much is lost, in bytes.
    pub bytes: u64,
    /// The reason, in words that all pieces of its kind share.
    pub why: String,
    /// The blockers of the node, as places in [`Outcome::blockers`]; empty where something else is the reason.
    pub blockers: Vec<usize>,
}

/// The totals of a boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Over all nodes.
    pub all: Sums,
    /// By node; `None` for RAM that no node has.
    pub nodes: BTreeMap<Option<u32>, Sums>,
    /// What is lost, in the order of the addresses.
    pub losses: Vec<Loss>,
}

/// Whether memory is marked hot-pluggable and not movable.
pub fn is_lost(row: &Row) -> bool {
    row.hotpluggable && row.zone != Some(Zone::Movable)
}

/// The totals of the rows of a boot. `marks_count` says whether the kernel acts on hot-pluggable marks at all: otherwise a
/// blocker costs nothing.
pub fn of(outcome: &Outcome<'_>, rows: &[Row], marks_count: bool) -> Totals {
    let mut totals = Totals::default();
    for row in rows {
        totals.all.add(row);
        totals.nodes.entry(row.node).or_default().add(row);
        if !is_lost(row) {
            continue;
        }
        let bytes = row.range.end - row.range.start;
        let alike = |loss: &&mut Loss| loss.node == row.node && loss.why == row.reason;
        match totals.losses.iter_mut().find(alike) {
            Some(loss) => loss.bytes += bytes,
            None => {
                let blockers = outcome.blockers.iter().enumerate();
                let own = blockers.filter(|(_, blocker)| marks_count && Some(blocker.node) == row.node);
                let blockers = own.map(|(at, _)| at).collect();
                totals.losses.push(Loss { node: row.node, bytes, why: row.reason.clone(), blockers });
            }
        }
    }
    totals
}
