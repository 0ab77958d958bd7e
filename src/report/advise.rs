//! The text of `acpihp advise`.

use super::model::advise::{AdviseModel, SumsModel};
use super::picture::text::{Look, pair, write as picture};
use super::text::{self, Detail};
use crate::bytes::size;
use std::io::{self, Write};

/// Writes what to do, in commands that can be pasted, the boot before and after, what is left to chance, and what is not met; with
/// the maps of both boots where `look` says how.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut dyn Write, view: &AdviseModel, look: Option<Look>, detail: Detail) -> io::Result<()> {
    if detail == Detail::Quiet {
        return brief(out, view);
    }
    text::sources(out, &view.about.sources, detail)?;
    text::log_lacks(out, &view.about.sources)?;
    let headline = match (view.met, view.nothing_to_do) {
        (true, true) => "nothing to do: the next boot meets all wishes",
        (true, false) => "all wishes can be met",
        (false, true) => "not all wishes can be met, and no change comes nearer",
        (false, false) => "not all wishes can be met; this comes nearest",
    };
    text::paragraph(out, "Advice", 14, headline)?;
    let chance = format!("{:.0} %", (view.certainty * 100.0).floor());
    if !view.nothing_to_do || view.certainty < 0.999 {
        text::paragraph(out, "Certainty", 14, &chance)?;
    }
    for unmet in &view.unmet {
        writeln!(out)?;
        text::paragraph(out, "not met: ", 4, &format!("{}: {}", unmet.want.text(), unmet.why.text()))?;
        text::paragraph(out, "", 4, &format!("nearest: {}", unmet.nearest.text()))?;
    }
    for (number, step) in (1..).zip(&view.steps) {
        writeln!(out)?;
        text::paragraph(out, &format!("{number}. "), 3, &step.why.text())?;
        writeln!(out, "   {}", step.command.text())?;
    }
    writeln!(out)?;
    if let Some((look, [before, after])) = look.zip(view.maps.as_deref()) {
        match view.nothing_to_do {
            true => picture(out, before, look)?,
            false => pair(out, [("before", before), ("after", after)], look)?,
        }
        writeln!(out)?;
    }
    sums(out, &view.before, &view.after)?;
    for (number, risk) in view.risks.iter().enumerate() {
        if number == 0 {
            writeln!(out)?;
        }
        text::paragraph(out, "risk: ", 4, &risk.text())?;
    }
    if detail == Detail::Verbose {
        writeln!(out)?;
        text::paragraph(out, "Predicted", 14, &format!("{} changes", view.tried))?;
    }
    if view.cut {
        let what =
            format!("the search was cut short after {} changes; there may be a smaller one", view.tried);
        text::paragraph(out, "note: ", 4, &what)?;
    }
    Ok(())
}

/// The commands, and what they do not reach.
fn brief(out: &mut dyn Write, view: &AdviseModel) -> io::Result<()> {
    for unmet in &view.unmet {
        text::paragraph(out, "not met: ", 4, &format!("{}: {}", unmet.want.text(), unmet.why.text()))?;
    }
    view.steps.iter().try_for_each(|step| writeln!(out, "{}", step.command.text()))
}

fn sums(out: &mut dyn Write, before: &SumsModel, after: &SumsModel) -> io::Result<()> {
    let header = [">NODE", ">TOTAL", ">MOVABLE BEFORE", ">AFTER"];
    let movable = |sums: &SumsModel, node: u32| {
        sums.nodes.iter().find(|sum| sum.node == node).map_or(0, |sum| sum.movable)
    };
    let row = |name: String, total: u64, was: u64, is: u64| vec![name, size(total), size(was), size(is)];
    let mut rows: Vec<Vec<String>> = after
        .nodes
        .iter()
        .map(|node| row(node.node.to_string(), node.total, movable(before, node.node), node.movable))
        .collect();
    rows.push(row("all".to_owned(), after.total, before.movable, after.movable));
    text::columns(out, &header, rows)
}
