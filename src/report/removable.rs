//! The text of `acpihp removable`.

use super::model::removable::{BlockModel, NodeModel, RemovableModel, SlabModel};
use super::picture::{strips, text::Look};
use super::text::{self, Detail, hex_digits, or_dash, range};
use crate::boot::running::removable::{Answer, HoldKind};
use crate::bytes::size;
use crate::phrase;
use std::io::{self, Write};

/// Writes the blocks with what holds them, the sums by node, the gigabytes, and what to do next; with the strips of blocks where
/// `look` says how.
///
/// # Errors
/// What `out` says.
pub fn write(
    out: &mut dyn Write,
    view: &RemovableModel,
    look: Option<Look>,
    detail: Detail,
) -> io::Result<()> {
    if detail == Detail::Quiet {
        return brief(out, view);
    }
    text::sources(out, &view.about.sources, detail)?;
    text::log_lacks(out, &view.about.sources)?;
    headline(out, view)?;
    writeln!(out)?;
    if let Some(look) = look {
        strips::write(out, view, look)?;
        writeln!(out)?;
    }
    blocks(out, view)?;
    writeln!(out)?;
    nodes(out, &view.nodes)?;
    let is_more = !(view.gigabytes.is_empty() && view.slabs.is_empty() && view.next_boot.is_empty());
    if is_more || view.owners_not_read.is_some() {
        writeln!(out)?;
    }
    gigabytes(out, view)?;
    slabs(out, view)?;
    next_boot(out, view)?;
    next_steps(out, view)
}

/// Blocks and their answers, a line for those that are alike.
fn brief(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    view.blocks
        .iter()
        .try_for_each(|run| writeln!(out, "{} {}", phrase::run(run.first, run.last), run.answer.name()))
}

fn headline(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    let count = |answer: Answer| -> u64 {
        let runs = view.blocks.iter().filter(|run| run.answer == answer);
        runs.map(|run| run.last - run.first + 1).sum()
    };
    let answers = [Answer::Yes, Answer::Maybe, Answer::No, Answer::Unknown];
    let parts = answers.map(|answer| (count(answer), answer.name()));
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    let what = format!("{} of {}: {}", "blocks", size(view.block_size), parts.join(", "));
    text::paragraph(out, "Offline now", 14, &what)?;
    match &view.not_read {
        Some(why) => text::paragraph(out, "Not read", 14, &why.text()),
        None => Ok(()),
    }
}

fn blocks(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    let header = ["<BLOCKS", "<RANGE", ">SIZE", ">NODE", "<ZONE", "<STATE", "<OFFLINE"];
    let digits = view.blocks.last().map_or(1, |run| hex_digits(run.end.saturating_sub(1)));
    let cells = |run: &BlockModel| {
        vec![
            phrase::run(run.first, run.last),
            range(run.start, run.end, digits),
            size(run.end - run.start),
            or_dash(run.node),
            or_dash(run.zone),
            or_dash(run.state),
            run.answer.name().to_owned(),
        ]
    };
    let rows = view.blocks.iter().map(|run| (cells(run), Some(run.why.text().into_owned())));
    text::with_reasons(out, &header, rows.collect())
}

fn nodes(out: &mut dyn Write, nodes: &[NodeModel]) -> io::Result<()> {
    let header = [">NODE", ">YES", ">MAYBE", ">NO", ">UNKNOWN", ">TO MOVE", ">ROOM ELSEWHERE", "<AS A WHOLE"];
    let cells = |node: &NodeModel| {
        vec![
            node.node.to_string(),
            size(node.removable),
            size(node.maybe),
            size(node.held),
            size(node.unknown),
            size(node.moves),
            size(node.room),
            node.whole.name().to_owned(),
        ]
    };
    text::columns(out, &header, nodes.iter().map(cells).collect())
}

fn gigabytes(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    let free: Vec<String> = view
        .gigabytes
        .iter()
        .filter(|run| run.answer == Answer::Yes)
        .map(|run| format!("{:#x}-{:#x}", run.start, run.end.saturating_sub(1)))
        .collect();
    if view.gigabytes.is_empty() {
        return Ok(());
    }
    let text = if free.is_empty() { "no aligned gigabyte is".to_owned() } else { free.join(", ") };
    text::paragraph(out, "Clear 1 GiB", 14, &text)
}

/// The largest caches, and why the functions that asked for pages are not named.
fn slabs(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    let words = |cache: &SlabModel| {
        let more = if cache.reclaimable == Some(true) { " (can be dropped)" } else { "" };
        format!("{} {}{more}", cache.name.text(), size(cache.bytes))
    };
    let caches: Vec<String> = view.slabs.iter().filter(|cache| cache.bytes > 0).map(words).collect();
    if !caches.is_empty() {
        text::paragraph(out, "Slab caches", 14, &format!("the largest: {}", caches.join(", ")))?;
    }
    match &view.owners_not_read {
        Some(why) => text::paragraph(out, "Page owners", 14, &why.text()),
        None => Ok(()),
    }
}

fn next_boot(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    for boot in &view.next_boot {
        text::paragraph(out, "Next boot", 14, &boot.words())?;
    }
    Ok(())
}

fn next_steps(out: &mut dyn Write, view: &RemovableModel) -> io::Result<()> {
    let online = |answer: Answer| {
        let of = move |run: &&BlockModel| run.answer == answer && run.state == Some("online");
        view.blocks.iter().find(of)
    };
    if let Some(run) = online(Answer::Yes) {
        writeln!(out, "next: chmem -d -b {}-{}", run.first, run.last)?;
        if run.zone == Some("Movable") {
            let text = "Linux tries to move a page without end; Ctrl-C ends it, and the block stays online";
            text::paragraph(out, "", 6, text)?;
        }
    }
    let has_free = |run: &BlockModel| run.held_by.iter().any(|hold| hold.kind.may_be_free());
    // Slabs go when the last object in them does.
    let can_shrink = view.slabs.iter().any(|cache| cache.reclaimable == Some(true) && cache.bytes > 0);
    let is_slab = |run: &BlockModel| run.held_by.iter().all(|hold| hold.kind == HoldKind::Slab);
    let may_help = |run: &BlockModel| match run.answer {
        Answer::Maybe => has_free(run),
        Answer::No => can_shrink && !run.held_by.is_empty() && is_slab(run),
        _ => false,
    };
    if view.blocks.iter().any(may_help) {
        writeln!(out, "next: echo 3 > /proc/sys/vm/drop_caches; echo 1 > /proc/sys/vm/compact_memory")?;
    }
    if view.next_boot.iter().all(|boot| boot.movable == 0) && !view.next_boot.is_empty() {
        writeln!(out, "next: acpihp edit SRAT --hotplug node=N --plan --append movable_node")?;
    }
    Ok(())
}
