//! `acpihp diff` for people.

use super::model::diff::{ChangeDiff, DiffModel, DomainDiff, MapDiff, TableDiff};
use super::model::words::Status;
use super::picture::text::{Look, pair};
use super::text::{self, Detail, or_dash};
use crate::foreign::Foreign;
use crate::phrase::{count, noun};
use std::io::{self, Write};

/// Differences within one table that are shown unless all are asked for.
const SHOWN: usize = 40;

/// Writes what differs, with the maps of both boots where `look` says how.
pub fn write(out: &mut dyn Write, diff: &DiffModel, look: Option<Look>, detail: Detail) -> io::Result<()> {
    if detail == Detail::Quiet {
        return diff
            .tables
            .iter()
            .try_for_each(|table| writeln!(out, "{}: {}", table.table.text(), table.status));
    }
    let all = detail == Detail::Verbose;
    for table in &diff.tables {
        self::table(out, table, all)?;
    }
    if let Some(map) = diff.memory_map.as_ref().filter(|map| !map.is_empty()) {
        memory_map(out, map)?;
    }
    if let Some(nodes) = diff.nodes.as_ref().filter(|nodes| !nodes.is_empty()) {
        if let Some((look, [before, after])) = look.zip(diff.maps.as_deref()) {
            pair(out, [("before", before), ("after", after)], look)?;
            writeln!(out)?;
        }
        let header = [">NODE", ">MEMORY", "<", ">MOVABLE", "<"];
        let boot = diff.kernel.as_ref().zip(diff.command_line.as_ref());
        let of = boot.map(|(kernel, line)| format!(" of Linux {} with \"{}\"", kernel.text(), line.text()));
        text::paragraph(out, "", 0, &format!("zones of the next boot{}:", of.unwrap_or_default()))?;
        let row = |node: &super::model::edit::NodeChange| {
            let [memory, movable] = [(node.total_before, node.total), (node.movable_before, node.movable)]
                .map(|pair| arrow(pair, text::size));
            (vec![node.node.to_string(), memory.0, memory.1, movable.0, movable.1], node.why.clone())
        };
        text::with_reasons(out, &header, nodes.iter().map(row).collect())?;
        text::sources(out, &diff.about.sources, detail)?;
        writeln!(out)?;
    }
    if let Some(domains) = diff.domains.as_ref().filter(|domains| !domains.is_empty()) {
        domain_table(out, domains)?;
    }
    let tables = |number: usize| count(number, "table", "tables");
    let (same, others) = (diff.same, diff.tables.len());
    match (same, others) {
        (same, 0) => writeln!(out, "{}, all the same", tables(same)),
        (same, others) => {
            let differ = noun(others, "differs", "differ");
            let rest = match same {
                0 => String::new(),
                1 => ", 1 is the same".to_owned(),
                same => format!(", {same} are the same"),
            };
            writeln!(out, "{} {differ}{rest}", tables(others))
        }
    }
}

fn table(out: &mut dyn Write, table: &TableDiff, all: bool) -> io::Result<()> {
    let (name, status) = (table.table.text(), table.status);
    let length = match (table.length_before, table.length) {
        (Some(before), Some(after)) if before != after => format!("{before} -> {after} bytes"),
        (Some(length), _) | (None, Some(length)) => format!("{length} bytes"),
        (None, None) => String::new(),
    };
    let bytes = table.bytes.map(|bytes| format!(", {bytes} of them differ")).unwrap_or_default();
    writeln!(out, "{name}: {status}, {length}{bytes}")?;
    let shown = if all { table.changes.len() } else { SHOWN };
    let header = [">OFFSET", "<FIELD", "<BEFORE", "<AFTER"];
    let row = |change: &ChangeDiff| {
        let side = |value: &Option<Foreign>| {
            value.as_ref().map_or_else(|| "-".to_owned(), |value| short(&value.text()))
        };
        let (before, after) = match change.status {
            Status::Added if change.before.is_none() && change.after.is_none() => {
                ("-".to_owned(), "added".to_owned())
            }
            Status::Removed if change.before.is_none() && change.after.is_none() => {
                ("removed".to_owned(), "-".to_owned())
            }
            _ => (side(&change.before), side(&change.after)),
        };
        vec![format!("{:#x}", change.offset), change.path.clone(), before, after]
    };
    if !table.changes.is_empty() {
        text::columns_or_below(out, &header, table.changes.iter().take(shown).map(row).collect(), 1)?;
    }
    if let Some(more @ 1..) = table.changes.len().checked_sub(shown) {
        writeln!(out, "and {more} more (-v shows them)")?;
    }
    writeln!(out)
}

/// A value that fits into a column.
fn short(text: &str) -> String {
    const WIDTH: usize = 24;
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH - 1).chain(['…']).collect()
}

fn memory_map(out: &mut dyn Write, map: &[MapDiff]) -> io::Result<()> {
    writeln!(out, "memory map:")?;
    for entry in map {
        let sign = if entry.status == Status::Added { '+' } else { '-' };
        writeln!(out, "{sign} {} {}", text::mem(&(entry.start..entry.end)), entry.kind)?;
    }
    writeln!(out)
}

/// Before and now, the latter empty where nothing changes.
fn arrow<T: PartialEq + Copy>((before, now): (T, T), shown: impl Fn(T) -> String) -> (String, String) {
    (shown(before), if before == now { String::new() } else { format!("-> {}", shown(now)) })
}

fn domain_table(out: &mut dyn Write, domains: &[DomainDiff]) -> io::Result<()> {
    writeln!(out, "nodes that the SRATs make:")?;
    let header = [">NODE", ">PXM", "<", ">MEMORY", "<", ">HOT-PLUGGABLE", "<"];
    let row = |domain: &DomainDiff| {
        let (pxm, new_pxm) = arrow((domain.pxm_before, domain.pxm), or_dash);
        let (memory, new_memory) = arrow((domain.memory_before, domain.memory), text::size);
        let (hot, new_hot) = arrow((domain.hotpluggable_before, domain.hotpluggable), text::size);
        vec![domain.node.to_string(), pxm, new_pxm, memory, new_memory, hot, new_hot]
    };
    text::columns(out, &header, domains.iter().map(row).collect())?;
    writeln!(out)
}
