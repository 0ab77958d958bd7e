//! What differs between two tables, dumps or machines, and what that does to nodes and zones. What `acpihp diff` shows.

use super::boot::{BootRequest, Prepared};
use super::compare::planned;
use super::kernel::{Otherwise, choose};
use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::stages::srat;
use crate::memory::arch::Arch;
use crate::memory::memmap::Entry;
use crate::report::model::diff::{DiffModel, DomainDiff, MapDiff, TableDiff};
use crate::report::model::edit::PlanModel;
use crate::report::model::sources::Sources;
use crate::report::model::words::Status;
use crate::report::picture::Picture;
use crate::source::machine::MapSource;
use crate::source::root::Root;
use crate::source::{SourceTable, tables};
use crate::table::diff::pair_tables;
use crate::table::source::Take;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct DiffRequest {
    /// A table, a dump, an initrd, or a machine.
    pub before: PathBuf,
    /// What it is compared with.
    pub after: PathBuf,
    /// Both boots; kernel and command line are the second machine's where nothing is named.
    pub boot: BootRequest,
    /// What counts in a listing whose parts disagree.
    pub take: Option<Take>,
}

/// Compares.
///
/// # Errors
/// As [`Prepared::of`], for both.
pub fn run(request: &DiffRequest) -> anyhow::Result<DiffModel> {
    let (old, before) = tables::taking(&request.before, request.take)?;
    let (new, after) = tables::taking(&request.after, request.take)?;
    let about = old.findings.iter().chain(&new.findings);
    let notes = about.map(|finding| finding.subject.clone() + ": " + &finding.message).collect();
    let (old, new) = (old.tables, new.tables);
    let mut model = DiffModel {
        schema: DiffModel::SCHEMA,
        about: Sources::default().with_tables(request.after.as_os_str()).into(),
        before: request.before.as_path().into(),
        after: request.after.as_path().into(),
        same: 0,
        tables: Vec::new(),
        memory_map: None,
        kernel: None,
        command_line: None,
        nodes: None,
        maps: None,
        domains: None,
        notes,
    };
    compare(&old, &new, &mut model);
    effects(request, &old, &new, before.zip(after), &mut model)?;
    Ok(model)
}

fn bytes(tables: &[SourceTable]) -> Vec<&[u8]> {
    tables.iter().map(|table| table.bytes.as_slice()).collect()
}

fn compare(old: &[SourceTable], new: &[SourceTable], model: &mut DiffModel) {
    for (from, to) in pair_tables(&bytes(old), &bytes(new)) {
        let pair = (from.and_then(|index| old.get(index)), to.and_then(|index| new.get(index)));
        match pair {
            (Some(before), Some(after)) if before.bytes == after.bytes => model.same += 1,
            (Some(before), Some(after)) => {
                model.tables.push(TableDiff::changed(&before.name, &before.bytes, &after.bytes));
            }
            (Some(lone), None) => model.tables.push(TableDiff::lone(&lone.name, &lone.bytes, false)),
            (None, Some(lone)) => model.tables.push(TableDiff::lone(&lone.name, &lone.bytes, true)),
            (None, None) => {}
        }
    }
}

/// What the differences do to nodes and zones; `roots` are those of two machines.
fn effects(
    request: &DiffRequest,
    old: &[SourceTable],
    new: &[SourceTable],
    roots: Option<(Root, Root)>,
    model: &mut DiffModel,
) -> anyhow::Result<()> {
    let numa = |table: &TableDiff| {
        ["SRAT", "SLIT", "CEDT"].iter().any(|name| table.table.raw().starts_with(name.as_bytes()))
    };
    let is_numa = model.tables.iter().any(numa);
    if let Some((before, after)) = roots {
        let after = Prepared::of(after, &request.boot)?;
        // Both boots have the kernel and the command line of the second machine, unless the options say otherwise.
        let boot = BootRequest {
            chosen: Some(after.next().kernel().clone()),
            command_line: Some(after.next().given_line().to_owned()),
            append: Vec::new(),
            ..request.boot.clone()
        };
        let before = Prepared::of(before, &boot)?;
        if before.recorded.map_source != MapSource::None && after.recorded.map_source != MapSource::None {
            let map = maps(&before.machine().map.entries, &after.machine().map.entries);
            if is_numa || !map.is_empty() {
                let (first, second) = (before.next(), after.next());
                let ((one, old), (two, new)) = (planned(&before, &first), planned(&after, &second));
                let boots = [&one.outcome, &two.outcome];
                let plan = PlanModel::new(
                    after.release(),
                    second.line(),
                    boots,
                    &two.rows,
                    &[],
                    [&old, &new].map(Picture::of),
                );
                model.about = after.sources.clone().into();
                (model.kernel, model.command_line) = (Some(plan.kernel), Some(plan.command_line));
                (model.nodes, model.maps) = (Some(plan.nodes), plan.maps);
            }
            model.memory_map = Some(map);
        }
    }
    if is_numa && model.nodes.is_none() {
        let chosen = choose(&request.boot.asked(), &Otherwise::default())?;
        model.domains = domains(old, new, chosen.kernel.release());
    }
    Ok(())
}

/// The ranges that only one of two maps has.
fn maps(before: &[Entry], after: &[Entry]) -> Vec<MapDiff> {
    let only = |status, all: &[Entry], others: &[Entry]| -> Vec<MapDiff> {
        let lone = all.iter().filter(|entry| !others.contains(entry));
        lone.map(|entry| MapDiff {
            status,
            start: entry.start,
            end: entry.end(),
            kind: entry.kind.to_string(),
        })
        .collect()
    };
    [only(Status::Removed, before, after), only(Status::Added, after, before)].concat()
}

/// The nodes that two SRATs make, when both are there.
fn domains(old: &[SourceTable], new: &[SourceTable], release: &Release) -> Option<Vec<DomainDiff>> {
    let nodes = |tables: &[SourceTable]| {
        let srat = tables.iter().find(|table| table.bytes.starts_with(b"SRAT"))?;
        let arch = Arch::of_tables(bytes(tables).into_iter()).or_else(|| Arch::of_srat(&srat.bytes));
        let arch = arch.unwrap_or_default();
        let tables = srat::Tables { srat: Some(&srat.bytes), arch, ..srat::Tables::default() };
        let numa = srat::read(&tables, &Cmdline::default(), NodeLimits::default(), release);
        let mut nodes: BTreeMap<u32, (u32, u64, u64)> = BTreeMap::new();
        for memory in &numa.memory {
            let len = memory.length;
            let (_, all, hot) = nodes.entry(memory.node).or_insert((memory.pxm, 0, 0));
            *all = all.saturating_add(len);
            *hot = hot.saturating_add(if memory.hotpluggable { len } else { 0 });
        }
        Some(nodes)
    };
    let (before, after) = (nodes(old)?, nodes(new)?);
    let mut ids: Vec<u32> = before.keys().chain(after.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let row = |node: u32| {
        let (old, new) = (before.get(&node), after.get(&node));
        DomainDiff {
            node,
            pxm_before: old.map(|node| node.0),
            pxm: new.map(|node| node.0),
            memory_before: old.map_or(0, |node| node.1),
            memory: new.map_or(0, |node| node.1),
            hotpluggable_before: old.map_or(0, |node| node.2),
            hotpluggable: new.map_or(0, |node| node.2),
        }
    };
    Some(ids.into_iter().map(row).collect())
}
