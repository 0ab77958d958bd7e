//! What a log lacks of the lines by which memory and nodes are known: it was cut, or lines were lost on the way.

use super::{KernelLog, SratLine};
use crate::memory::memmap::Kind;
use crate::memory::range::Ranges;
use crate::table::{HEADER_LEN, root};
use std::fmt;
use std::ops::Range;

/// Something that a log does not show, though the boot printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// Where RAM ends, so that the memory map may go on.
    EndOfRam,
    /// Tables: fewer are listed than the root table names, or the list is the last that the log has.
    Tables {
        /// How many are listed, without DSDT and FACS.
        listed: usize,
        /// How many the root table names, where its line is there.
        named: Option<usize>,
    },
    /// Memory of a SRAT that Linux took.
    Srat {
        /// RAM that no line covers, the first of it.
        range: Range<u64>,
        /// Whether the node ranges show its nodes.
        is_filled: bool,
    },
    /// The end of the list of node ranges.
    NodeRanges,
    /// The zones and the node ranges, which would confirm all else.
    Zones,
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::EndOfRam => out.write_str(
                "no line after the memory map shows where RAM ends (\"last_pfn\"): there may be more",
            ),
            Gap::Tables { listed, named: Some(named) } => {
                write!(out, "it lists {listed} of the {named} tables that the root table names")
            }
            Gap::Tables { .. } => out.write_str("it ends in the list of tables: there may be more"),
            Gap::Srat { range, is_filled } => {
                let (first, last) = (range.start, range.end.saturating_sub(1));
                write!(
                    out,
                    "no \"SRAT:\" line covers the RAM at {first:#x}-{last:#x}, and Linux used that SRAT"
                )?;
                match is_filled {
                    true => out.write_str("; the node ranges do, but do not show what is hot-pluggable"),
                    false => Ok(()),
                }
            }
            Gap::NodeRanges => {
                out.write_str("it ends in the \"Early memory node ranges\": there may be more")
            }
            Gap::Zones => {
                out.write_str("it has no lines about zones and node ranges, which would confirm this")
            }
        }
    }
}

/// Linux bears a SRAT that leaves less RAM than this without a node.
const LEAST: u64 = 1 << 20;

impl KernelLog {
    /// What the log lacks of the memory map.
    pub fn map_gap(&self) -> Option<Gap> {
        let events = &self.events;
        let is_seen = !self.last_pfns.is_empty()
            || !events.memory.is_empty()
            || !events.spans.is_empty()
            || events.zone_ranges.iter().any(|(name, _)| name == "Normal");
        (!is_seen).then_some(Gap::EndOfRam)
    }

    /// What the log lacks of tables and nodes.
    pub fn node_gaps(&self) -> Vec<Gap> {
        let mut all: Vec<Gap> = self.table_gap().into_iter().collect();
        all.extend(self.srat_gap());
        if self.events.ends_in_ranges {
            all.push(Gap::NodeRanges);
        }
        all
    }

    /// Whether a SRAT may be there that the log does not list.
    pub fn may_have_srat(&self) -> bool {
        let events = &self.events;
        let is_listed = self.tables.iter().any(|table| table.signature.0 == *b"SRAT");
        let is_told = is_listed || events.srat_refused.is_some();
        !is_told && (self.table_gap().is_some() || self.srat_gap().is_some())
    }

    /// The kernel lists what the root table names, and DSDT and FACS, which the FADT names.
    fn table_gap(&self) -> Option<Gap> {
        let by_fadt = |name: &[u8; 4]| matches!(name, b"DSDT" | b"FACS");
        let listed = self.tables.iter().filter(|table| !by_fadt(&table.signature.0)).count();
        let named = [(root::XSDT, 8), (root::RSDT, 4)].into_iter().find_map(|(name, size)| {
            let root = self.roots.iter().find(|root| root.table.signature == name)?;
            Some((root.table.length as usize).checked_sub(HEADER_LEN)? / size)
        });
        let is_short = match named {
            Some(named) => listed < named,
            None => !self.tables.is_empty() && !self.goes_on_after_tables(),
        };
        is_short.then_some(Gap::Tables { listed, named })
    }

    fn goes_on_after_tables(&self) -> bool {
        let events = &self.events;
        !self.node_data.is_empty()
            || !events.srat.is_empty()
            || events.srat_refused.is_some()
            || !events.zone_ranges.is_empty()
            || !events.memory.is_empty()
    }

    /// RAM that the lines of a SRAT leave out, though Linux took it.
    pub(super) fn srat_gap(&self) -> Option<Gap> {
        let events = &self.events;
        let has_lines = !events.srat.is_empty() || !events.cpus.is_empty();
        if events.srat_refused.is_some() || !has_lines && !self.uses_listed_srat() {
            return None;
        }
        let lost = self.ram().without(&covered(&events.srat));
        // A node that a range has is that of some entry, however small the range.
        let is_filled = !self.srat_of_ranges().is_empty();
        let range = lost.iter().next().filter(|_| is_filled || lost.total() >= LEAST)?.clone();
        Some(Gap::Srat { range, is_filled })
    }

    /// Whether Linux made nodes, and has a SRAT to make them of: where it makes one without, it says so.
    fn uses_listed_srat(&self) -> bool {
        let is_listed = self.tables.iter().any(|table| table.signature.0 == *b"SRAT");
        let line = self.command_line().unwrap_or_default();
        let is_off =
            line.split_whitespace().any(|word| matches!(word, "numa=off" | "numa=noacpi" | "acpi=off"));
        is_listed && !self.node_data.is_empty() && !is_off
    }

    /// Memory entries for what the lines of the SRAT leave out, by the node ranges.
    pub(super) fn srat_of_ranges(&self) -> Vec<SratLine> {
        let known = covered(&self.events.srat);
        let mut all: Vec<SratLine> = Vec::new();
        // Linux prints them in ascending order; what a hostile log gives twice is the first one's.
        let mut given = 0;
        for (node, range) in &self.events.memory {
            let Some(node) = u32::try_from(*node).ok().filter(|node| *node < 1024) else {
                return Vec::new();
            };
            let mut start = range.start.max(given);
            given = given.max(range.end);
            let borders = known.overlapping(&(start..range.end)).map(|part| (part.start, part.end));
            for (end, next) in borders.chain([(range.end, range.end)]) {
                match all.last_mut() {
                    _ if start >= end => {}
                    Some(line) if line.node == node => line.last = end - 1,
                    _ => all.push(SratLine {
                        node,
                        pxm: 0,
                        start,
                        last: end - 1,
                        hotpluggable: false,
                        non_volatile: false,
                    }),
                }
                start = next;
            }
        }
        all
    }

    /// RAM, by the node ranges, or else by the memory map.
    fn ram(&self) -> Ranges {
        let mut ram: Ranges = self.events.memory.iter().map(|(_, range)| range.clone()).collect();
        if !ram.is_empty() {
            return ram;
        }
        let map = [&self.user_map, &self.xen_map, &self.e820].into_iter().find(|map| !map.is_empty());
        let entries = map.into_iter().flatten().filter(|entry| entry.kind == Kind::RAM);
        ram = entries.map(|entry| entry.range()).collect();
        ram.without(&self.uncached.iter().cloned().collect())
    }
}

/// What entries of a SRAT cover.
fn covered(lines: &[SratLine]) -> Ranges {
    lines.iter().map(|line| line.start..line.last.saturating_add(1)).collect()
}
