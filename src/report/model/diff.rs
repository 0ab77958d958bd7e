//! The JSON of `acpihp diff`.

use super::edit::NodeChange;
use super::sources::About;
use super::words::Status;
use crate::budget;
use crate::foreign::Foreign;
use crate::report::dump::value_words;
use crate::report::picture::Picture;
use crate::table::diff::{self, Change, FieldDiff};
use crate::table::item::{FieldValue, Value};
use serde::Serialize;
use std::ops::Range;

/// What differs between two tables, dumps or machines: schema `acpihp.diff/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DiffModel {
    /// `acpihp.diff/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The first source.
    pub before: Foreign,
    /// The second source.
    pub after: Foreign,
    /// How many tables are the same in both.
    pub same: usize,
    /// The tables that are not.
    pub tables: Vec<TableDiff>,
    /// What of the firmware's memory maps is in one of them only; only when both sources have one.
    pub memory_map: Option<Vec<MapDiff>>,
    /// The release of the kernel that both boots of `nodes` have: that of the second machine, unless an option names another.
    pub kernel: Option<Foreign>,
    /// Their command line, in the same way.
    pub command_line: Option<Foreign>,
    /// The nodes of either machine, with that kernel and command line; only when SRAT, SLIT, CEDT or memory map differ.
    pub nodes: Option<Vec<NodeChange>>,
    /// The maps of both boots, where there are `nodes`.
    #[serde(skip)]
    pub maps: Option<Box<[Picture; 2]>>,
    /// What the nodes are, when only the SRATs tell.
    pub domains: Option<Vec<DomainDiff>>,
    /// What was noticed of the listings among the sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Foreign>,
}

/// A table that is not in both, or not the same.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TableDiff {
    /// Its name in the source that has it, the first one before the second.
    pub table: Foreign,
    /// `added`, `removed` or `changed`.
    pub status: Status,
    /// Bytes in the first source.
    pub length_before: Option<u64>,
    /// Bytes in the second source.
    pub length: Option<u64>,
    /// How many bytes differ, where both have the same length.
    pub bytes: Option<u64>,
    /// Fields and entries that differ; empty where the layout has no name for what does.
    pub changes: Vec<ChangeDiff>,
}

/// A field or an entry that differs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangeDiff {
    /// `added`, `removed` or `changed`.
    pub status: Status,
    /// The path in the first table, or in the second where only that has it.
    pub path: String,
    /// Where it starts there, in bytes.
    pub offset: u64,
    /// What it was; null where it was not there.
    pub before: Option<Foreign>,
    /// What it is; null where it is not there.
    pub after: Option<Foreign>,
}

/// A range of a memory map that only one of them has.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MapDiff {
    /// `added` or `removed`.
    pub status: Status,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// What it is, as Linux calls it.
    pub kind: String,
}

/// A node that the SRATs make.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainDiff {
    /// The node.
    pub node: u32,
    /// Its proximity domain in the first SRAT.
    pub pxm_before: Option<u32>,
    /// Its proximity domain in the second.
    pub pxm: Option<u32>,
    /// Its memory in the first, in bytes, as the entries have it.
    pub memory_before: u64,
    /// Its memory in the second.
    pub memory: u64,
    /// What of it is marked hot-pluggable in the first.
    pub hotpluggable_before: u64,
    /// What of it is in the second.
    pub hotpluggable: u64,
}

impl DiffModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.diff/1";

    /// Whether anything differs.
    pub fn is_different(&self) -> bool {
        !self.tables.is_empty() || self.memory_map.as_ref().is_some_and(|map| !map.is_empty())
    }
}

impl TableDiff {
    /// A table that one source has.
    pub fn lone(name: &Foreign, bytes: &[u8], is_new: bool) -> TableDiff {
        let length = Some(bytes.len() as u64);
        TableDiff {
            table: name.clone(),
            status: if is_new { Status::Added } else { Status::Removed },
            length_before: length.filter(|_| !is_new),
            length: length.filter(|_| is_new),
            bytes: None,
            changes: Vec::new(),
        }
    }

    /// A table in two versions.
    pub fn changed(name: &Foreign, before: &[u8], after: &[u8]) -> TableDiff {
        let differing = || before.iter().zip(after).filter(|(old, new)| old != new).count() as u64;
        TableDiff {
            table: name.clone(),
            status: Status::Changed,
            length_before: Some(before.len() as u64),
            length: Some(after.len() as u64),
            bytes: (before.len() == after.len()).then(differing),
            changes: (diff::diff(before, after).iter())
                .inspect(|_| budget::need(diff::PER_CHANGE, "the differences of two tables"))
                .flat_map(ChangeDiff::of)
                .collect(),
        }
    }
}

impl ChangeDiff {
    fn of(change: &Change<'_>) -> Vec<ChangeDiff> {
        let lone = |status, name: &String, span: &Range<usize>| ChangeDiff {
            status,
            path: name.clone(),
            offset: span.start as u64,
            before: None,
            after: None,
        };
        match change {
            Change::Added { name, span } => vec![lone(Status::Added, name, span)],
            Change::Removed { name, span } => vec![lone(Status::Removed, name, span)],
            Change::Fields { before, after, fields } => {
                fields.iter().flat_map(|field| ChangeDiff::field(before, after, field)).collect()
            }
        }
    }

    /// One row for a field, or one for each flag of it.
    fn field(before: &str, after: &str, field: &FieldDiff<'_>) -> Vec<ChangeDiff> {
        let Some((span, value)) = field.before.as_ref().or(field.after.as_ref()) else { return Vec::new() };
        let entry = if field.before.is_some() { before } else { after };
        let dot = if entry.is_empty() { "" } else { "." };
        let group = field.group.map(|group| format!("{group}.")).unwrap_or_default();
        let prefix = format!("{entry}{dot}{group}");
        let offset = span.start as u64;
        if let (Some((_, old)), Some((_, new))) = (&field.before, &field.after) {
            let flag = |(bits, now): (&crate::table::def::Bits, u64)| {
                let was = old.uint().map_or(0, |old| bits.of(old));
                (was != now).then(|| ChangeDiff {
                    status: Status::Changed,
                    path: format!("{prefix}{}", bits.name),
                    offset,
                    before: Some(was.to_string().into()),
                    after: Some(now.to_string().into()),
                })
            };
            let flags: Vec<ChangeDiff> = new.bits().filter_map(flag).collect();
            if !flags.is_empty() {
                return flags;
            }
        }
        let status = match (&field.before, &field.after) {
            (Some(_), Some(_)) => Status::Changed,
            (None, _) => Status::Added,
            (_, None) => Status::Removed,
        };
        vec![ChangeDiff {
            status,
            path: format!("{prefix}{}", value.def.name),
            offset,
            before: field.before.as_ref().map(|(_, value)| shown(value)),
            after: field.after.as_ref().map(|(_, value)| shown(value)),
        }]
    }
}

/// A value as text, lists of numbers too.
fn shown(value: &FieldValue<'_>) -> Foreign {
    match value.value {
        Value::Uints { .. } => Foreign::joined(value.value.uints().map(|number| number.to_string()), " "),
        _ => value_words(value),
    }
}
