//! The text of `acpihp plan`.

use super::ink;
use super::model::FindingModel;
use super::model::plan::orders::OpenOrderModel;
use super::model::plan::totals::TotalsModel;
use super::model::plan::{BlockerModel, Plan, RangeModel, SratModel};
use super::model::sources::SourceKind;
use super::model::words::TableOrigin;
use super::picture::{self, Picture, text::Look};
use super::text::{self, Detail, Gap, hex_digits, or_dash, or_empty, range};
use super::{blocks, early, orders, outcomes, present};
use crate::boot::derived::outcomes::What;
use crate::boot::stages::zones::Zone;
use crate::finding::Severity;
use crate::finding::registry::boot::{
    EFI_UNKNOWN, INITRD_PLACE_ASSUMED, KASLR_MAY_TAKE, KERNEL_PLACE_ASSUMED, MARKS_LOST,
};
use crate::finding::registry::header::ORDER_OPEN;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

/// Which parts of a plan are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts {
    /// The picture, and how it looks.
    pub picture: Option<Look>,
    /// Nodes and zones.
    pub zones: bool,
    /// Memory blocks, with the windows for more.
    pub blocks: bool,
    /// How much is said of each.
    pub detail: Detail,
}

/// Writes parts of a plan; what it says of early reservations and of added devices is always among them.
pub fn write(out: &mut dyn Write, plan: &Plan, parts: Parts) -> io::Result<()> {
    if parts.detail == Detail::Quiet {
        return brief(out, plan);
    }
    let mut gap = Gap::default();
    if let Some(look) = parts.picture {
        gap.before_next(out)?;
        picture::text::write(out, &Picture::of(plan), look)?;
    }
    if parts.zones {
        gap.before_next(out)?;
        zones(out, plan, parts.detail)?;
    } else if parts.picture.is_none() {
        failure(out, &plan.findings, &mut gap)?;
    }
    if let Some(early) = &plan.early {
        gap.before_next(out)?;
        early::write(out, early)?;
    }
    if parts.blocks {
        gap.before_next(out)?;
        blocks::blocks(out, plan)?;
    }
    if parts.blocks || !plan.hot_add.is_empty() {
        blocks::later(out, plan, &mut gap)?;
    }
    Ok(())
}

/// How much memory becomes movable, and what is wrong.
fn brief(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    match plan.predicted {
        true => writeln!(out, "{}", picture::headline(&plan.totals))?,
        false => text::paragraph(out, "", 0, plan.numa.reason.as_deref().unwrap_or_default())?,
    }
    text::notes(out, &plan.findings, Detail::Quiet)
}

/// Nodes and zones: what was predicted for, one row a range, a line per node, what took marks away, findings. A reason stands
/// below the rows that it holds for.
fn zones(out: &mut dyn Write, plan: &Plan, detail: Detail) -> io::Result<()> {
    if !plan.predicted {
        return not_predicted(out, plan, detail);
    }
    header(out, plan, detail)?;
    ranges(out, &plan.ranges)?;
    writeln!(out)?;
    nodes(out, plan)?;
    if plan.movable_node {
        blockers(out, &plan.blockers)?;
    }
    outcomes::write(out, &plan.outcomes, &plan.kaslr)?;
    let memory = |open: &&OpenOrderModel| open.cases.iter().any(|case| !case.becomes.is_empty());
    let open: Vec<OpenOrderModel> = plan.open_orders.iter().filter(memory).cloned().collect();
    orders::write(out, &open)?;
    // Lost marks and uncertain places have their own paragraphs above.
    let told = |finding: &FindingModel| {
        let of = |what: What| plan.outcomes.iter().any(|unknown| unknown.what == what);
        *finding.rule == MARKS_LOST
            || *finding.rule == ORDER_OPEN && !open.is_empty() && finding.severity > Severity::Info
            || ([&KASLR_MAY_TAKE, &KERNEL_PLACE_ASSUMED].contains(&finding.rule) && of(What::Kernel))
            || (*finding.rule == INITRD_PLACE_ASSUMED && of(What::Initrd))
            || (*finding.rule == EFI_UNKNOWN && of(What::BootServices))
    };
    let mut sorted: Vec<&FindingModel> = plan.findings.iter().filter(|finding| !told(finding)).collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if !sorted.is_empty() {
        writeln!(out)?;
    }
    text::notes(out, sorted, detail)?;
    text::next_steps(out, &plan.next_steps)
}

/// What holds of a machine whose boot is not predicted: the SRAT's domains, what it shows of itself, and why there is no more.
fn not_predicted(out: &mut dyn Write, plan: &Plan, detail: Detail) -> io::Result<()> {
    let line = or_empty(&plan.command_line);
    let reason = plan.numa.reason.as_deref().unwrap_or_default();
    let why = if plan.modelled { "Not predicted" } else { "Architecture" };
    for (name, value) in [("Kernel", &*plan.kernel.text()), ("Command line", &line), (why, reason)] {
        text::paragraph(out, name, 14, value)?;
    }
    text::sources(out, &plan.about.sources, detail)?;
    if !plan.domains.is_empty() {
        writeln!(out)?;
        let end = |one: &SratModel| u64::try_from(one.end).unwrap_or(u64::MAX);
        let digits = plan.domains.iter().map(|one| hex_digits(end(one).saturating_sub(1))).max().unwrap_or(1);
        let cells = |one: &SratModel| {
            vec![
                range(one.start, end(one), digits),
                text::size(end(one).saturating_sub(one.start)),
                one.node.to_string(),
                one.pxm.to_string(),
                if one.hotpluggable { "yes" } else { "no" }.to_owned(),
            ]
        };
        let header = ["<MEMORY OF THE SRAT", ">SIZE", ">NODE", ">PXM", "<HOT-PLUGGABLE"];
        text::columns(out, &header, plan.domains.iter().map(cells).collect())?;
    }
    if let Some(present) = &plan.present {
        present::write(out, present)?;
    }
    writeln!(out)?;
    text::notes(out, &plan.findings, detail)
}

fn header(out: &mut dyn Write, plan: &Plan, detail: Detail) -> io::Result<()> {
    let line = or_empty(&plan.command_line);
    let srat = match (plan.numa.source, &plan.numa.reason) {
        (_, Some(reason)) => format!("not in use: {reason}"),
        (TableOrigin::Initrd, None) => "from the initrd".into(),
        (TableOrigin::Firmware | TableOrigin::None, None) => match &plan.about.sources.tables {
            Some(tables) if tables.kind == SourceKind::Log => "from the firmware, as the log shows it".into(),
            _ => "from the firmware".into(),
        },
    };
    let TotalsModel { total_bytes: total, movable_bytes: movable, .. } = plan.totals;
    let share = format!("{} of {} ({})", text::size(movable), text::size(total), percent(movable, total));
    for (name, value) in
        [("Kernel", &*plan.kernel.text()), ("Command line", &line), ("SRAT", &srat), ("Movable", &share)]
    {
        text::paragraph(out, name, 14, value)?;
    }
    text::sources(out, &plan.about.sources, detail)?;
    if let Some(log) = plan.log.as_ref().filter(|log| log.differences.is_empty()) {
        let parts: Vec<&str> = log.compared.iter().map(|part| part.words()).collect();
        let agreed = format!("says the same of what this boot did: {}", parts.join(", "));
        text::paragraph(out, "Log", 14, &agreed)?;
    }
    failure(out, &plan.findings, &mut Gap::default())?;
    writeln!(out)
}

/// Writes that the boot does not come to an end, where that is so: what leaves out nodes and zones says at least this. What
/// follows is then how far Linux would have got, or what it had planned when it died.
fn failure(out: &mut dyn Write, findings: &[FindingModel], gap: &mut Gap) -> io::Result<()> {
    let Some(death) = findings.iter().find(|finding| finding.is_death()) else { return Ok(()) };
    gap.before_next(out)?;
    text::paragraph(out, "Boot", 14, &format!("FAILS: {} [{}]", death.rule.title(), death.rule.code))
}

fn ranges(out: &mut dyn Write, rows: &[RangeModel]) -> io::Result<()> {
    let digits = rows.iter().map(|row| hex_digits(row.end - 1)).max().unwrap_or(1);
    let header = ["<RANGE", ">SIZE", ">NODE", ">PXM", ">SRAT", "<ZONE"];
    let cells = |row: &RangeModel| {
        let mark = if row.hotpluggable { "*" } else { " " };
        vec![
            range(row.start, row.end, digits),
            text::size(row.end - row.start),
            or_dash(row.node),
            or_dash(row.pxm),
            row.entry.map_or_else(|| "- ".to_owned(), |entry| format!("#{entry}{mark}")),
            or_dash(row.zone.map(Zone::name)),
        ]
    };
    let reasons = rows.iter().map(|row| Some((row.node, row.reason.clone())));
    text::with_reasons_of(out, &header, rows.iter().map(cells).collect(), reasons.collect())?;
    if rows.iter().any(|row| row.entry.is_some() && row.hotpluggable) {
        writeln!(out, "SRAT: number of the entry, * hot-pluggable")?;
    }
    Ok(())
}

/// Totals and movable memory by node.
fn nodes(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let header = [">NODE", ">PXM", ">TOTAL", ">MOVABLE", ">SHARE", "<MOVABLE FROM"];
    let cells = plan
        .nodes
        .iter()
        .map(|node| {
            let TotalsModel { total_bytes: total, movable_bytes: movable, .. } = node.totals;
            let start = plan.movable_zone_start.iter().find(|start| start.node == node.node);
            vec![
                node.node.to_string(),
                or_dash(node.pxm),
                text::size(total),
                text::size(movable),
                percent(movable, total),
                or_dash(start.map(|start| format!("{:#x}", start.start))),
            ]
        })
        .collect();
    text::columns(out, &header, cells)
}

fn percent(part: u64, whole: u64) -> String {
    text::percent(part as f64 / whole.max(1) as f64)
}

/// What took hot-pluggable marks away: per node and holder one line, however many pieces there are.
fn blockers(out: &mut dyn Write, blockers: &[BlockerModel]) -> io::Result<()> {
    if blockers.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let lead = ink::label(MARKS_LOST.severity, MARKS_LOST.code) + " ";
    let what = "Reserved before the SRAT is read, so that all of the node counts as the kernel's own:";
    text::paragraph(out, &lead, 4, what)?;
    /// Name, hull and number of pieces.
    type Group<'a> = (&'a str, Range<u64>, usize);
    let mut groups: BTreeMap<u32, Vec<Group<'_>>> = BTreeMap::new();
    for blocker in blockers {
        let (name, range) = (&blocker.group, blocker.start..blocker.end);
        let groups = groups.entry(blocker.node).or_default();
        match groups.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, hull, pieces)) => {
                *hull = hull.start.min(range.start)..hull.end.max(range.end);
                *pieces += 1;
            }
            None => groups.push((name, range, 1)),
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
