//! The text of `acpihp plan --numa`.

use super::model::plan::Plan;
use super::model::words::TableOrigin;
use super::text::or_empty;
use super::text::{self, Align, Gap};
use crate::boot::derived::outcomes::{Unknown, What};
use crate::boot::derived::rows::Row;
use crate::boot::stages::memblock::Blocker;
use crate::boot::stages::zones::Zone;
use crate::boot::{NextBoot, Outcome};
use crate::finding::registry::boot::{
    EFI_UNKNOWN, INITRD_PLACE_ASSUMED, KASLR_MAY_TAKE, KERNEL_PLACE_ASSUMED, MARKS_LOST,
};
use crate::finding::{Finding, Severity};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

/// Writes the plan: what was predicted for, one row a range, a line per node, what took marks away, findings. A
/// reason stands below the rows that it holds for.
pub fn write(
    out: &mut dyn Write,
    plan: &Plan,
    outcome: &Outcome<'_>,
    next: &NextBoot<'_>,
    rows: &[Row],
    findings: &[Finding],
    unknowns: &[Unknown],
) -> io::Result<()> {
    header(out, plan, rows, findings)?;
    ranges(out, rows)?;
    writeln!(out)?;
    nodes(out, outcome, plan, rows)?;
    if next.line().movable_node {
        blockers(out, &outcome.blockers)?;
    }
    super::outcomes::write(out, unknowns, &outcome.kaslr)?;
    // Lost marks and uncertain places have their own paragraphs above.
    let told = |finding: &Finding| {
        let of = |what: What| unknowns.iter().any(|unknown| unknown.what == what);
        *finding.rule == MARKS_LOST
            || ([&KASLR_MAY_TAKE, &KERNEL_PLACE_ASSUMED].contains(&finding.rule) && of(What::Kernel))
            || (*finding.rule == INITRD_PLACE_ASSUMED && of(What::Initrd))
            || (*finding.rule == EFI_UNKNOWN && of(What::BootServices))
    };
    let mut sorted: Vec<&Finding> = findings.iter().filter(|finding| !told(finding)).collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for (index, finding) in sorted.into_iter().enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        note(out, finding)?;
    }
    Ok(())
}

fn header(out: &mut dyn Write, plan: &Plan, rows: &[Row], findings: &[Finding]) -> io::Result<()> {
    let line = or_empty(&plan.command_line);
    let srat = match (plan.numa.source, &plan.numa.reason) {
        (_, Some(reason)) => format!("not in use: {reason}"),
        (TableOrigin::Initrd, None) => "from the initrd".into(),
        (TableOrigin::Firmware | TableOrigin::None, None) => "from the firmware".into(),
    };
    let len = |row: &Row| row.range.end - row.range.start;
    let total: u64 = rows.iter().map(len).sum();
    let movable: u64 = rows.iter().filter(|row| row.zone == Some(Zone::Movable)).map(len).sum();
    let share = format!("{} of {} ({})", text::size(movable), text::size(total), percent(movable, total));
    for (name, value) in
        [("Kernel", &*plan.kernel.text()), ("Command line", &line), ("SRAT", &srat), ("Movable", &share)]
    {
        text::paragraph(out, name, 14, value)?;
    }
    text::sources(out, &plan.about.sources)?;
    failure(out, findings, &mut Gap::default())?;
    writeln!(out)
}

/// Writes that the boot does not come to an end, where that is so: views that leave out the plan say at least this. What
/// follows is then how far Linux would have got, or what it had planned when it died.
pub fn failure(out: &mut dyn Write, findings: &[Finding], gap: &mut Gap) -> io::Result<()> {
    let Some(death) = findings.iter().find(|finding| finding.is_death()) else { return Ok(()) };
    gap.before_next(out)?;
    text::paragraph(out, "Boot", 14, &format!("FAILS: {} [{}]", death.rule.title, death.rule.code))
}

fn ranges(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    let digits = rows.iter().map(|row| hex_digits(row.range.end - 1)).max().unwrap_or(1);
    let header = [
        ("RANGE", Align::Left),
        ("SIZE", Align::Right),
        ("NODE", Align::Right),
        ("PXM", Align::Right),
        ("SRAT", Align::Right),
        ("ZONE", Align::Left),
    ];
    let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let cells = |row: &Row| {
        let mark = if row.hotpluggable { "*" } else { " " };
        vec![
            range(&row.range, digits),
            text::size(row.range.end - row.range.start),
            number(row.node),
            number(row.pxm),
            row.entry.map_or_else(|| "- ".to_owned(), |entry| format!("#{entry}{mark}")),
            row.zone.map_or("-", Zone::name).to_owned(),
        ]
    };
    let reasons = rows.iter().map(|row| Some((row.node, row.reason.clone())));
    text::with_reasons_of(out, &header, rows.iter().map(cells).collect(), reasons.collect())?;
    if rows.iter().any(|row| row.entry.is_some() && row.hotpluggable) {
        writeln!(out, "SRAT: number of the entry, * hot-pluggable")?;
    }
    Ok(())
}

/// Both ends in as many digits as the largest address needs, the end inclusive as Linux prints it.
fn range(range: &Range<u64>, digits: usize) -> String {
    format!("{:#0w$x}-{:#0w$x}", range.start, range.end.saturating_sub(1), w = digits + 2)
}

fn hex_digits(number: u64) -> usize {
    number.checked_ilog2().map_or(1, |log| log as usize / 4 + 1)
}

/// Totals and movable memory by node.
fn nodes(out: &mut dyn Write, outcome: &Outcome<'_>, plan: &Plan, rows: &[Row]) -> io::Result<()> {
    let mut sums: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let Some(node) = row.node else { continue };
        let (total, movable) = sums.entry(node).or_default();
        let len = row.range.end - row.range.start;
        *total += len;
        *movable += if row.zone == Some(Zone::Movable) { len } else { 0 };
    }
    let header = [
        ("NODE", Align::Right),
        ("PXM", Align::Right),
        ("TOTAL", Align::Right),
        ("MOVABLE", Align::Right),
        ("SHARE", Align::Right),
        ("MOVABLE FROM", Align::Left),
    ];
    let cells = plan
        .nodes
        .iter()
        .map(|node| {
            let (total, movable) = sums.get(&node.node).copied().unwrap_or_default();
            let start = outcome.zones.movable_start.get(&node.node);
            vec![
                node.node.to_string(),
                node.pxm.map_or_else(|| "-".to_owned(), |pxm| pxm.to_string()),
                text::size(total),
                text::size(movable),
                percent(movable, total),
                start.map_or_else(|| "-".to_owned(), |pfn| format!("{:#x}", pfn * crate::memory::PAGE_SIZE)),
            ]
        })
        .collect();
    text::columns(out, &header, cells)
}

fn percent(part: u64, whole: u64) -> String {
    match u128::from(part) * 1000 / u128::from(whole.max(1)) {
        1..=9 => "<1 %".into(),
        tenths => format!("{} %", tenths / 10),
    }
}

/// What took hot-pluggable marks away: per node and holder one line, however many pieces there are.
fn blockers(out: &mut dyn Write, blockers: &[Blocker]) -> io::Result<()> {
    if blockers.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let lead = format!("{}[{}] ", text::severity(MARKS_LOST.severity), MARKS_LOST.code);
    let what = "Reserved before the SRAT is read, so that all of the node counts as the kernel's own:";
    text::paragraph(out, &lead, 4, what)?;
    let mut groups: BTreeMap<u32, Vec<(String, Range<u64>, usize)>> = BTreeMap::new();
    for blocker in blockers {
        let (name, range) = (blocker.holder.group(), &blocker.range);
        let groups = groups.entry(blocker.node).or_default();
        match groups.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, hull, pieces)) => {
                *hull = hull.start.min(range.start)..hull.end.max(range.end);
                *pieces += 1;
            }
            None => groups.push((name, range.clone(), 1)),
        }
    }
    for (node, groups) in groups {
        for (name, hull, pieces) in groups {
            let pieces = if pieces > 1 { format!(" ({pieces} pieces)") } else { String::new() };
            let (first, last) = (hull.start, hull.end.saturating_sub(1));
            writeln!(out, "    node {node}: {name} {first:#x}-{last:#x}{pieces}")?;
        }
    }
    Ok(())
}

fn note(out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
    let lead = format!("{}[{}] ", text::severity(finding.severity), finding.rule.code);
    text::paragraph(out, &lead, 4, &format!("{}: {}", finding.subject, finding.message))?;
    if finding.severity > Severity::Info {
        text::paragraph(out, "", 4, finding.consequence())?;
    }
    Ok(())
}
