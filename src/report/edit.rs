//! `acpihp edit` for people.

use super::ink;
use super::model::edit::{ChangeModel, EditModel, NodeChange, PlanModel};
use super::picture::text::{Look, pair};
use super::text::{self, Detail};
use std::io::{self, Write};

/// Bytes of a change that are shown; more are counted.
const SHOWN: usize = 8;

/// Writes what changed, and what comes of it, with the maps of both boots where `look` says how; `last` says that nothing else is
/// made of the table.
pub fn write(
    out: &mut dyn Write,
    edit: &EditModel,
    look: Option<Look>,
    last: bool,
    detail: Detail,
) -> io::Result<()> {
    if detail == Detail::Quiet {
        return edit.plan.as_ref().map_or(Ok(()), |plan| findings(out, plan));
    }
    let (table, changes) = (edit.table.text(), &edit.changes);
    if changes.is_empty() {
        writeln!(out, "{table}: nothing changes")?;
    } else {
        let put_in: u64 = edit.length.saturating_sub(edit.length_before);
        let changed: usize = changes.iter().filter(|change| !change.before.is_empty()).map(bytes).sum();
        let more = if put_in > 0 { format!(", {put_in} put in") } else { String::new() };
        writeln!(out, "{table}: {changed} of {} bytes change{more}; all others stay", edit.length_before)?;
        self::changes(out, changes, detail)?;
    }
    if let Some(plan) = &edit.plan {
        writeln!(out)?;
        if let Some((look, [without, with])) = look.zip(plan.maps.as_deref()) {
            pair(out, [("without", without), ("with", with)], look)?;
            writeln!(out)?;
        }
        self::plan(out, plan)?;
        text::sources(out, &edit.about.sources, detail)?;
        text::next_steps(out, &plan.next_steps)?;
    }
    match &edit.output {
        Some(path) => writeln!(out, "\n{}: written", path.text()),
        None if last => writeln!(out, "\nnothing is written without -o FILE"),
        None => writeln!(out),
    }
}

/// How many bytes a change is long.
fn bytes(change: &ChangeModel) -> usize {
    change.after.split(' ').count()
}

fn changes(out: &mut dyn Write, changes: &[ChangeModel], detail: Detail) -> io::Result<()> {
    let shown = if detail == Detail::Verbose { usize::MAX } else { SHOWN };
    let short = |hex: &str| {
        let all: Vec<&str> = hex.split(' ').collect();
        let rest = all.len().saturating_sub(shown);
        let text = all.iter().take(shown).copied().collect::<Vec<_>>().join(" ");
        if rest == 0 { text } else { format!("{text} +{rest}") }
    };
    let header = [">OFFSET", "<OLD", "<NEW", "<FIELD"];
    let mut cells = Vec::new();
    for change in changes {
        let old = if change.before.is_empty() { "-".to_owned() } else { short(&change.before) };
        let mut fields = change.fields.iter().cloned();
        let first = fields.next().unwrap_or_default();
        cells.push(vec![format!("{:#x}", change.offset), old, short(&change.after), first]);
        cells.extend(fields.map(|field| vec![String::new(), String::new(), String::new(), field]));
    }
    text::columns_or_below(out, &header, cells, 3)
}

fn plan(out: &mut dyn Write, plan: &PlanModel) -> io::Result<()> {
    let boot = format!("Linux {} with \"{}\":", plan.kernel.text(), plan.command_line.text());
    text::paragraph(out, "", 0, &boot)?;
    let header = [">NODE", ">TOTAL", ">MOVABLE NOW", ">THEN"];
    let row = |node: &NodeChange| {
        let total = match (node.total_before, node.total) {
            (before, now) if before == now => text::size(now),
            (before, now) => format!("{} -> {}", text::size(before), text::size(now)),
        };
        let cells =
            vec![node.node.to_string(), total, text::size(node.movable_before), text::size(node.movable)];
        (cells, node.why.clone())
    };
    if plan.modelled {
        text::with_reasons(out, &header, plan.nodes.iter().map(row).collect())?;
    }
    findings(out, plan)
}

fn findings(out: &mut dyn Write, plan: &PlanModel) -> io::Result<()> {
    for finding in &plan.findings {
        let label = format!("{} {}: ", ink::label(finding.severity, finding.code), finding.subject.text());
        text::paragraph(out, &label, 4, &finding.message.text())?;
    }
    Ok(())
}
