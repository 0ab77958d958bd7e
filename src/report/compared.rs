//! The text of `acpihp plan --compare`.

use super::model::plan::compared::{ComparedBoot, ComparedFinding, ComparedModel, ComparedNode};
use super::model::words::Side;
use super::picture::{headline, text as picture, text::Look};
use super::text::{self, Detail, or_empty};
use crate::finding::Severity;
use std::io::{self, Write};

/// Writes two boots side by side: what they are, their maps on one scale where `look` says how, each node, and what is to be said
/// of one of them only.
///
/// # Errors
/// What `out` says.
pub fn write(
    out: &mut dyn Write,
    compared: &ComparedModel,
    look: Option<Look>,
    detail: Detail,
) -> io::Result<()> {
    let sides = [("A", &compared.a), ("B", &compared.b)];
    for (name, side) in sides {
        text::paragraph(out, name, 5, &what(side))?;
    }
    if detail == Detail::Quiet {
        return only(out, compared, detail);
    }
    writeln!(out)?;
    if let Some(look) = look {
        let [a, b] = &compared.maps;
        picture::pair(out, [("A", a), ("B", b)], look)?;
        writeln!(out)?;
    }
    nodes(out, &compared.nodes)?;
    only(out, compared, detail)
}

/// What is to be said of one of them only.
fn only(out: &mut dyn Write, compared: &ComparedModel, detail: Detail) -> io::Result<()> {
    for (name, side) in [("A", Side::A), ("B", Side::B)] {
        let is_shown = |one: &&ComparedFinding| {
            one.side == side && (detail != Detail::Quiet || one.finding.severity > Severity::Info)
        };
        let mut only: Vec<_> = compared.findings.iter().filter(is_shown).map(|one| &one.finding).collect();
        only.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        if !only.is_empty() {
            writeln!(out, "\nOnly in {name}:")?;
        }
        text::notes(out, only, detail)?;
    }
    Ok(())
}

/// A boot in a sentence.
fn what(side: &ComparedBoot) -> String {
    let line = or_empty(&side.command_line);
    let comes = match (side.fails, side.predicted) {
        (Some(code), _) => format!("FAILS [{code}]"),
        (None, false) => "not predicted".to_owned(),
        (None, true) => headline(&side.totals),
    };
    format!("{comes}: Linux {} with {line}", side.kernel.text())
}

fn nodes(out: &mut dyn Write, nodes: &[ComparedNode]) -> io::Result<()> {
    let header = [">NODE", ">TOTAL", ">MOVABLE IN A", ">IN B", ">LOST IN A", ">IN B"];
    let row = |node: &ComparedNode| {
        let total = match (node.a.total_bytes, node.b.total_bytes) {
            (one, other) if one == other => text::size(one),
            (one, other) => format!("{}, {}", text::size(one), text::size(other)),
        };
        let sums = [node.a.movable_bytes, node.b.movable_bytes, node.a.lost_bytes, node.b.lost_bytes];
        [node.node.to_string(), total].into_iter().chain(sums.map(text::size)).collect()
    };
    text::columns(out, &header, nodes.iter().map(row).collect())
}
