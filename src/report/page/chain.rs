//! The way from the firmware's table to the zones, link by link: which one is the first that does not hold.

use crate::boot::stages::zones::Zone;
use crate::bytes::size;
use crate::phrase::nodes;
use crate::report::model::plan::Plan;
use crate::report::model::simulate::{ArchiveFile, Run, TableModel};
use crate::report::model::words::TableOutcome;
use std::collections::BTreeSet;

/// How it is about a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It holds.
    Yes,
    /// It does not, and what follows depends on it.
    No,
    /// It is not needed here.
    NotNeeded,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLink {
    /// `firmware`, `archive`, `found`, `accepted`, `override`, `marks`, `memblock` or `zones`.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: Holds,
    /// What there is.
    pub says: String,
}

/// The links of a boot. `has_initrd` says whether the boot has an initrd at all.
pub fn links(plan: &Plan, run: &Run, firmware: &Run, has_initrd: bool) -> Vec<ChainLink> {
    let link = |name, (holds, says)| ChainLink { name, holds, says };
    let mut links = vec![link("firmware", of_firmware(firmware))];
    links.push(link("archive", of_archive(run, has_initrd)));
    links.push(link("found", of_found(run)));
    links.push(link("accepted", of_accepted(run)));
    links.push(link("override", of_override(run)));
    links.push(link("marks", of_marks(plan)));
    links.push(link("memblock", of_memblock(plan)));
    links.push(link("zones", of_zones(plan)));
    // Where memory is movable and none is lost, nothing about marks was in the way: kernelcore= does without them.
    let is_well = plan.totals.movable_bytes > 0 && plan.totals.lost_bytes == 0;
    for link in
        links.iter_mut().filter(|link| is_well && ["firmware", "marks", "memblock"].contains(&link.name))
    {
        if link.holds == Holds::No {
            link.holds = Holds::NotNeeded;
        }
    }
    links
}

/// The first link that does not hold.
pub fn broken(links: &[ChainLink]) -> Option<&ChainLink> {
    links.iter().find(|link| link.holds == Holds::No)
}

fn of_firmware(firmware: &Run) -> (Holds, String) {
    match firmware.tables.iter().find(|table| table.signature == "SRAT") {
        Some(srat) => (Holds::Yes, identity(srat)),
        None => (Holds::NotNeeded, "the firmware has no SRAT".to_owned()),
    }
}

fn identity(table: &TableModel) -> String {
    let revision =
        table.oem_revision.map(|revision| format!(", OEM revision {revision:#x}")).unwrap_or_default();
    format!("{} of {} bytes{revision}", table.signature.text(), table.length)
}

fn of_archive(run: &Run, has_initrd: bool) -> (Holds, String) {
    match (run.archive.len(), has_initrd) {
        (0, false) => (Holds::NotNeeded, "no archive is used".to_owned()),
        (0, true) => (Holds::NotNeeded, "the initrd begins with no table".to_owned()),
        (1, _) => (Holds::Yes, run.archive.iter().map(|file| file.path.text()).collect()),
        (count, _) => (Holds::Yes, format!("{count} files")),
    }
}

/// Of the files with one of some outcomes, the first one's name and reason.
fn first<'a>(run: &'a Run, is: &[TableOutcome]) -> Option<&'a ArchiveFile> {
    run.archive.iter().find(|file| is.contains(&file.outcome))
}

fn refused(file: &ArchiveFile) -> (Holds, String) {
    let why = file.why.as_ref().map(|why| format!(": {}", why.text())).unwrap_or_default();
    (Holds::No, format!("{}{why}", file.path.text()))
}

fn of_found(run: &Run) -> (Holds, String) {
    let Some(at) = run.archive.first().map(|file| file.offset) else {
        return (Holds::NotNeeded, "nothing to find".to_owned());
    };
    match first(run, &[TableOutcome::NotLookedFor, TableOutcome::NotExamined]) {
        Some(file) => refused(file),
        None => (Holds::Yes, format!("at offset {at:#x} of the initrd")),
    }
}

fn of_accepted(run: &Run) -> (Holds, String) {
    if run.archive.is_empty() {
        return (Holds::NotNeeded, "nothing to accept".to_owned());
    }
    match first(run, &[TableOutcome::Rejected]) {
        Some(file) => refused(file),
        None => (Holds::Yes, "signature, length and checksum".to_owned()),
    }
}

fn of_override(run: &Run) -> (Holds, String) {
    if run.archive.is_empty() {
        return (Holds::NotNeeded, "nothing is replaced".to_owned());
    }
    if let Some(file) = first(run, &[TableOutcome::Dropped, TableOutcome::Unused, TableOutcome::LockedDown]) {
        return refused(file);
    }
    let of = |outcome| -> Vec<_> {
        let files = run.archive.iter().filter(|file| file.outcome == outcome);
        files.filter_map(|file| Some(file.signature.as_ref()?.text())).collect()
    };
    let (replaced, added) = (of(TableOutcome::Override), of(TableOutcome::Install));
    match (replaced.is_empty(), added.is_empty()) {
        (false, true) => (Holds::Yes, format!("{} replaced", replaced.join(", "))),
        (true, false) => (Holds::Yes, format!("{} added", added.join(", "))),
        (false, false) => {
            (Holds::Yes, format!("{} replaced, {} added", replaced.join(", "), added.join(", ")))
        }
        (true, true) => (Holds::NotNeeded, "nothing is replaced".to_owned()),
    }
}

fn of_marks(plan: &Plan) -> (Holds, String) {
    if let Some(reason) = &plan.numa.reason {
        return (Holds::No, format!("the SRAT is not in use: {reason}"));
    }
    let marked: BTreeSet<u32> =
        plan.ranges.iter().filter(|one| one.hotpluggable).filter_map(|one| one.node).collect();
    let bytes: u64 = plan.ranges.iter().filter(|one| one.hotpluggable).map(|one| one.end - one.start).sum();
    let marked: Vec<u32> = marked.into_iter().collect();
    match marked.is_empty() {
        true => (Holds::No, "no memory is marked hot-pluggable".to_owned()),
        false => (Holds::Yes, format!("{} of {}", size(bytes), nodes(&marked))),
    }
}

fn of_memblock(plan: &Plan) -> (Holds, String) {
    let lost: BTreeSet<usize> = plan.lost.iter().flat_map(|loss| loss.blockers.iter().copied()).collect();
    let Some(first) = lost.first().and_then(|at| plan.blockers.get(*at)) else {
        let is_marked = plan.ranges.iter().any(|range| range.hotpluggable);
        return match is_marked {
            true => (Holds::Yes, "nothing reserved early takes marks away".to_owned()),
            false => (Holds::NotNeeded, "there are no marks to lose".to_owned()),
        };
    };
    let lost: Vec<u32> =
        lost.iter().filter_map(|at| plan.blockers.get(*at)).map(|blocker| blocker.node).collect();
    let all: BTreeSet<u32> = lost.into_iter().collect();
    let more =
        if all.len() > 1 { format!(", and {} more nodes lose theirs", all.len() - 1) } else { String::new() };
    (
        Holds::No,
        format!("the {} at {:#x} takes the marks of node {}{more}", first.name, first.start, first.node),
    )
}

fn of_zones(plan: &Plan) -> (Holds, String) {
    let movable = plan.totals.movable_bytes;
    let movable_nodes: Vec<u32> = plan
        .nodes
        .iter()
        .filter(|node| node.zones.iter().any(|zone| zone.zone == Zone::Movable))
        .map(|node| node.node)
        .collect();
    match (movable, plan.lost.iter().find(|loss| loss.blockers.is_empty())) {
        (0, Some(loss)) => (Holds::No, loss.why.clone()),
        (0, None) => (Holds::No, "no memory is movable".to_owned()),
        _ => (Holds::Yes, format!("{} in ZONE_MOVABLE on {}", size(movable), nodes(&movable_nodes))),
    }
}
