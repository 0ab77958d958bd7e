//! What a boot becomes with each of several tables first, where nothing says which of them is.

use crate::boot::derived::{rows, totals};
use crate::boot::install::TableOutcome;
use crate::boot::install::order::{Rival, Rivals};
use crate::boot::{Machine, NextBoot, Outcome, predict};
use crate::foreign::Foreign;
use crate::phrase;
use crate::table::Signature;
use std::collections::BTreeSet;

/// The most orders that are looked at of one group of tables.
pub const MOST_CASES: usize = 16;

/// Tables of which one comes first, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// Their signature.
    pub signature: Signature,
    /// Whether Linux uses the first of them and no other.
    pub is_single: bool,
    /// What follows from each; the first is the one that the rest of the prediction takes to be first.
    pub cases: Vec<OrderCase>,
}

/// The boot with one of them first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderCase {
    /// The table that is first.
    pub first: Foreign,
    /// What becomes of memory; `None` where no memory map is known.
    pub memory: Option<MemoryCase>,
    /// What becomes of the archive's files: each with its name.
    pub files: Vec<(Foreign, Foreign)>,
}

/// First byte, byte after the last, node, mark and zone of a piece of RAM.
type Piece = (u64, u64, Option<u32>, bool, Option<&'static str>);

/// What becomes of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryCase {
    /// Why the SRAT is not used, where it is not.
    pub refusal: Option<String>,
    /// Nodes with RAM.
    pub nodes: usize,
    /// Bytes of RAM that are marked hot-pluggable.
    pub hotpluggable: u64,
    /// Bytes of movable memory.
    pub movable: u64,
    /// Bytes of the distance table: 0 where the SLIT is not used.
    distances: u64,
    /// All ranges, to be compared.
    ranges: Vec<Piece>,
}

impl OpenOrder {
    /// Whether memory depends on it.
    pub fn is_of_memory(&self) -> bool {
        self.cases.iter().any(|case| Some(&case.memory) != self.cases.first().map(|first| &first.memory))
    }

    /// Whether what becomes of the archive's files depends on it.
    pub fn is_of_files(&self) -> bool {
        self.cases.iter().any(|case| Some(&case.files) != self.cases.first().map(|first| &first.files))
    }

    /// What follows from a case, in words.
    pub fn words(&self, case: &OrderCase) -> Foreign {
        let mut parts: Vec<Foreign> = Vec::new();
        if let Some(memory) = case.memory.as_ref().filter(|_| self.is_of_memory()) {
            parts.push(memory.words().into());
        }
        if self.is_of_files() {
            parts.extend(case.files.iter().map(|(name, becomes)| name.clone() + " " + becomes.clone()));
        }
        if parts.is_empty() && self.is_single {
            parts.push("Linux uses it, and none of the others".into());
        }
        Foreign::joined(parts, "; ")
    }
}

impl MemoryCase {
    fn of(machine: &Machine, next: &NextBoot<'_>, outcome: &Outcome<'_>) -> Option<MemoryCase> {
        if outcome.map.ram.is_empty() || !machine.platform.is_modelled() {
            return None;
        }
        let rows = rows::rows(outcome, next);
        let sums = totals::of(outcome, &rows, next.line().movable_node);
        let marked = rows.iter().filter(|row| row.hotpluggable);
        Some(MemoryCase {
            refusal: outcome.nodes.refusal.as_ref().map(rows::refusal_text),
            nodes: rows.iter().filter_map(|row| row.node).collect::<BTreeSet<_>>().len(),
            hotpluggable: marked.map(|row| row.range.end.saturating_sub(row.range.start)).sum(),
            movable: sums.all.movable,
            distances: outcome.numa.distance_len,
            ranges: rows
                .iter()
                .map(|row| {
                    let zone = row.zone.map(|zone| zone.name());
                    (row.range.start, row.range.end, row.node, row.hotpluggable, zone)
                })
                .collect(),
        })
    }

    /// What becomes of memory, in words.
    pub fn words(&self) -> String {
        let nodes = phrase::count(self.nodes, "node", "nodes");
        let refusal = self.refusal.as_ref().map(|why| format!("SRAT not in use: {why}; "));
        let marked = match self.hotpluggable {
            0 => String::new(),
            bytes => format!(", {} marked hot-pluggable", crate::bytes::size(bytes)),
        };
        let distances = if self.distances > 0 { ", distances from the SLIT" } else { "" };
        let movable = crate::bytes::size(self.movable);
        format!("{}{nodes}{marked}, {movable} movable{distances}", refusal.unwrap_or_default())
    }
}

/// What hangs on each order that nothing says. Of tables of one identity, only where the archive has a file that is meant for
/// them and becomes something else.
pub fn of(machine: &Machine, next: &NextBoot<'_>) -> Vec<OpenOrder> {
    let open = machine.firmware.rivals();
    let of_files = |rivals: &&Rivals| rivals.is_single() || next.initrd().is_some();
    let open = open.iter().filter(of_files).map(|rivals| one(machine, next, rivals));
    open.filter(|open| open.is_single || open.is_of_files()).collect()
}

fn one(machine: &Machine, next: &NextBoot<'_>, rivals: &Rivals) -> OpenOrder {
    let case = |rival: &Rival| {
        let (firmware, order) = machine.firmware.with_first(rivals, rival.index);
        let machine = Machine { firmware, ..machine.clone() };
        let outcome = predict(&machine, next);
        OrderCase {
            first: rival.name.clone(),
            memory: MemoryCase::of(&machine, next, &outcome),
            files: files(&outcome, rivals, &order, rival.index),
        }
    };
    OpenOrder {
        signature: rivals.signature,
        is_single: rivals.is_single(),
        cases: rivals.tables.iter().take(MOST_CASES).map(case).collect(),
    }
}

/// What becomes of the archive's files that these tables are of the kind of.
fn files(outcome: &Outcome<'_>, rivals: &Rivals, order: &[usize], first: usize) -> Vec<(Foreign, Foreign)> {
    let name = |index: usize| rivals.name_beside(*order.get(index)?, first);
    let files = outcome.archive.names.iter().zip(&outcome.archive.tables).zip(&outcome.installation.outcomes);
    files
        .filter(|((_, bytes), _)| bytes.starts_with(&rivals.signature.0))
        .map(|((file, _), becomes)| (Foreign::from(file), becomes_words(*becomes, name)))
        .collect()
}

/// What becomes of a file, in words; `name` gives those of a table of the firmware.
pub fn becomes_words(becomes: TableOutcome, name: impl Fn(usize) -> Option<Foreign>) -> Foreign {
    let name = |index: usize| name(index).unwrap_or("a table of the firmware".into());
    match becomes {
        TableOutcome::Override(index) => Foreign::from("replaces ") + name(index),
        TableOutcome::Install => "is added".into(),
        TableOutcome::Dropped { firmware, revision } => {
            let has = format!(" has OEM revision {revision:#x}");
            Foreign::from("is dropped, as ") + name(firmware) + has
        }
        TableOutcome::Unused(_) => "is not used".into(),
    }
}
