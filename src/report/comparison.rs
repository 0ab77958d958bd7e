//! The text of `acpihp simulate --compare`.

use super::model::simulate::{ComparisonModel, Run};
use super::model::words::Side;
use super::run;
use super::text;
use std::io::{self, Write};

/// Lines of the log that are shown; a comparison of two releases can differ in all of them.
const MOST_LINES: usize = 40;

/// Writes two boots side by side: what they are, what holds, both lists, the lines that only one prints.
pub fn write(out: &mut dyn Write, comparison: &ComparisonModel) -> io::Result<()> {
    let sides = [("A", &comparison.a, &comparison.a_options), ("B", &comparison.b, &comparison.b_options)];
    for (name, side, options) in sides {
        let with = options.as_ref().filter(|text| text.raw().starts_with(b"-"));
        let with = with.map(|text| format!("; with {}", text.text())).unwrap_or_default();
        let what = format!("{} on {}: {}{with}", side.flow.name(), side.kernel.text(), run::flow(side.flow));
        text::paragraph(out, name, 14, &what)?;
    }
    writeln!(out)?;
    if comparison.a.archive == comparison.b.archive {
        run::archive(out, &comparison.a.archive, "Archive")?;
    } else {
        run::archive(out, &comparison.a.archive, "Archive in A")?;
        writeln!(out)?;
        run::archive(out, &comparison.b.archive, "Archive in B")?;
    }
    writeln!(out, "\nThe same in A and B?")?;
    for invariant in &comparison.invariants {
        let verdict = match invariant.holds {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        text::paragraph(out, verdict, 5, &format!("{}: {}", invariant.title, invariant.why.text()))?;
    }
    lists(out, comparison)?;
    lines(out, comparison)
}

/// Whether both lists are the same, and how much else is.
pub(super) fn result(comparison: &ComparisonModel) -> String {
    let differs: Vec<&str> =
        comparison.invariants.iter().filter(|one| one.holds == Some(false)).map(|one| one.name).collect();
    let asked = comparison.invariants.iter().filter(|one| one.holds.is_some()).count();
    let lists =
        if comparison.slots.iter().all(|pair| pair.same) { "the same list" } else { "different lists" };
    match differs.as_slice() {
        [] => format!("{lists}; all {asked} points are the same"),
        [one] => format!("{lists}; 1 of {asked} points differs: {one}"),
        several => format!("{lists}; {} of {asked} points differ: {}", several.len(), several.join(", ")),
    }
}

fn lists(out: &mut dyn Write, comparison: &ComparisonModel) -> io::Result<()> {
    writeln!(out, "\nThe lists (= the same table):")?;
    let columns = [">SLOT", "<A", "<", "<B", "<"];
    let cells = |side: &Run, table: Option<usize>| {
        let Some(table) = table.and_then(|table| side.tables.get(table)) else {
            return ["-".to_owned(), String::new()];
        };
        let name = match &table.sysfs_name {
            Some(name) => name.text().into_owned(),
            None => format!("({})", table.signature.text()),
        };
        let at = table.address.map_or_else(String::new, |address| format!(" {address:#x}"));
        let from = match (table.file, table.overridden) {
            (None, _) => String::new(),
            (Some(file), true) => format!("initrd #{file}"),
            (Some(file), false) => format!("initrd #{file}, added"),
        };
        [format!("{name}{at}"), from]
    };
    let rows = comparison.slots.iter().map(|pair| {
        let [a, a_from] = cells(&comparison.a, pair.a);
        let [b, b_from] = cells(&comparison.b, pair.b);
        let same_place = a == b && a_from == b_from;
        let (b, b_from) = match pair.same {
            true if same_place => ("=".to_owned(), String::new()),
            true => (format!("= {b}"), b_from),
            false => (b, b_from),
        };
        vec![pair.slot.to_string(), a, a_from, b, b_from]
    });
    text::columns(out, &columns, rows.collect())
}

/// Side by side these lines would be too wide: one after the other.
fn lines(out: &mut dyn Write, comparison: &ComparisonModel) -> io::Result<()> {
    for (name, side) in [("A", Side::A), ("B", Side::B)] {
        let only: Vec<_> = comparison.log_differences.iter().filter(|line| line.side == side).collect();
        if only.is_empty() {
            continue;
        }
        writeln!(out, "\nLines of the kernel that only {name} prints there:")?;
        for line in only.iter().take(MOST_LINES) {
            writeln!(out, "{}", line.line)?;
        }
        if let more @ 1.. = only.len().saturating_sub(MOST_LINES) {
            writeln!(out, "and {more} more (-J has them all)")?;
        }
    }
    Ok(())
}
