//! The text of `acpihp plan --early`.

use super::model::early::EarlyModel;
use super::text::{self, hex_digits};
use std::io::{self, Write};

/// Writes what is reserved before the SRAT is used, in boot order; where it would be with movable_node set the other way;
/// what a SRAT known beforehand would change; and the trace of an earlier boot, where its log has one.
pub fn write(out: &mut dyn Write, early: &EarlyModel) -> io::Result<()> {
    let (this, other) = if early.movable_node { ("with", "without") } else { ("without", "with") };
    writeln!(out, "Reserved before the SRAT is used, in boot order, {this} movable_node:")?;
    let digits = hex_digits(early.steps.iter().map(|step| step.end).max().unwrap_or(1));
    let range = |start: u64, end: u64| text::range(start, end, digits);
    let mark = |hot: bool| if hot { "*" } else { "" };
    let rows = early
        .steps
        .iter()
        .map(|step| {
            let place = format!("{}{}", range(step.start, step.end), mark(step.in_hotpluggable));
            vec![place, step.place.name().to_owned(), step.name.clone()]
        })
        .collect();
    text::columns(out, &["<RANGE", "<FOUND", "<WHAT"], rows)?;
    if early.steps.iter().any(|step| step.in_hotpluggable) {
        writeln!(out, "* in memory that the SRAT marks hot-pluggable")?;
    }

    let moved = early.steps.iter();
    let moved: Vec<_> =
        moved.filter_map(|step| Some((step, step.otherwise_start?, step.otherwise_end?))).collect();
    if !moved.is_empty() {
        writeln!(
            out,
            "\n{}{} movable_node these would lie elsewhere:",
            other[..1].to_uppercase(),
            &other[1..]
        )?;
        let rows = moved
            .iter()
            .map(|(step, start, end)| {
                let place = format!("{}{}", range(*start, *end), mark(step.otherwise_in_hotpluggable));
                vec![place, step.name.clone()]
            })
            .collect();
        text::columns(out, &["<RANGE", "<WHAT"], rows)?;
    }
    writeln!(out)?;
    let helped = early.steps.iter().filter(|step| step.helped_by_two_step).count();
    let fixed = early.steps.iter().filter(|step| step.in_hotpluggable).count() - helped;
    let buys = match helped {
        0 => "Two-step installation would change nothing here: nothing that memblock placed lies in hot-pluggable memory."
            .to_owned(),
        count => format!(
            "Two-step installation would keep {count} of these out of hot-pluggable memory: the SRAT would be known before \
             memblock looks for a place."
        ),
    };
    text::paragraph(out, "", 0, &buys)?;
    if fixed > 0 {
        let note = format!(
            "{fixed} more lie there because the boot loader, the firmware or the kernel image is there."
        );
        text::paragraph(out, "", 0, &note)?;
    }
    trace(out, early, &range)
}

fn trace(out: &mut dyn Write, model: &EarlyModel, range: &dyn Fn(u64, u64) -> String) -> io::Result<()> {
    if model.recorded.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThe log of an earlier boot (memblock=debug):")?;
    let rows = model
        .recorded
        .iter()
        .map(|line| {
            let mark = if line.in_hotpluggable { "*" } else { "" };
            vec![
                format!("{}{mark}", range(line.start, line.end)),
                if line.freed { "freed" } else { "reserved" }.to_owned(),
                if line.after_srat { "yes" } else { "no" }.to_owned(),
                line.caller.clone(),
            ]
        })
        .collect();
    let header = ["<RANGE", "<WHAT", "<SRAT KNOWN", "<CALLER"];
    text::columns(out, &header, rows)
}
