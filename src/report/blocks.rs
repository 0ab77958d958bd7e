//! Memory blocks, hot-add windows and added devices, as text for people.

use super::model::plan::later::state_why;
use super::text::{self, Align, Gap};
use crate::boot::Outcome;
use crate::boot::running::blocks::{BlockRun, Blocks};
use crate::boot::running::hotadd::{Added, Device, Home, Refusal};
use crate::boot::running::online::State;
use crate::boot::running::policy::Structures;
use crate::boot::running::windows::Later;
use crate::boot::stages::zones::Zone;
use std::io::{self, Write};
use std::ops::Range;

/// Writes the memory blocks, runs of them as lsmem does, the reason below the rows that it holds for.
pub fn blocks(out: &mut dyn Write, outcome: &Outcome<'_>) -> io::Result<()> {
    let blocks = &outcome.blocks;
    let size = text::size(blocks.size.bytes);
    let assumed =
        if blocks.size.assumed { "; no hypervisor is assumed, as nothing tells of one" } else { "" };
    text::paragraph(out, "", 0, &format!("Memory blocks of {size} ({}{assumed})", blocks.size.reason))?;
    let digits = blocks.runs.last().map_or(1, |run| hex_digits(blocks.range(run).end - 1));
    let header = [
        ("BLOCKS", Align::Left),
        ("RANGE", Align::Left),
        ("SIZE", Align::Right),
        ("NODE", Align::Left),
        ("ZONE", Align::Left),
        ("OFFLINE", Align::Left),
    ];
    let rows = blocks.runs.iter().map(|run| (cells(blocks, run, digits), Some(run.why.to_string())));
    text::with_reasons(out, &header, rows.collect())
}

fn cells(blocks: &Blocks, run: &BlockRun, digits: usize) -> Vec<String> {
    let bytes = blocks.range(run);
    vec![
        numbers(run.first, run.last),
        range(&bytes, digits),
        text::size(bytes.end - bytes.start),
        run.nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        run.zone.map_or("none", Zone::name).to_owned(),
        run.why.verdict().name().to_owned(),
    ]
}

/// Writes where the SRAT announces memory, and what becomes of devices that were asked about.
pub fn later(out: &mut dyn Write, later: &Later, gap: &mut Gap) -> io::Result<()> {
    let state = later.policy.state;
    if !later.windows.is_empty() {
        gap.before_next(out)?;
        writeln!(out, "Hot-add windows: the SRAT announces memory, there is none yet")?;
        let digits = later.windows.iter().map(|window| hex_digits(window.range.end - 1)).max().unwrap_or(1);
        let header = [
            ("RANGE", Align::Left),
            ("SIZE", Align::Right),
            ("NODE", Align::Right),
            ("PXM", Align::Right),
            ("SRAT", Align::Right),
            ("FIRST BLOCK", Align::Left),
        ];
        let cells = later.windows.iter().map(|window| {
            let mark = if window.hotpluggable { "*" } else { " " };
            let zone = window.zone.as_ref().map(|(zone, _)| zone.name());
            vec![
                range(&window.range, digits),
                text::size(window.range.end - window.range.start),
                window.node.to_string(),
                window.pxm.to_string(),
                format!("#{}{mark}", window.entry),
                match (zone, state) {
                    (None, _) => "refused".into(),
                    (Some(zone), State::Offline) => format!("offline ({zone})"),
                    (Some(_), State::Movable) => "Movable".into(),
                    (Some(zone), _) => zone.into(),
                },
            ]
        });
        text::columns(out, &header, cells.collect())?;
    }
    for (device, outcome) in &later.devices {
        gap.before_next(out)?;
        added(out, later, device, outcome)?;
    }
    Ok(())
}

fn added(
    out: &mut dyn Write,
    later: &Later,
    device: &Device,
    outcome: &Result<Added, Refusal>,
) -> io::Result<()> {
    let digits = hex_digits(device.range.end - 1);
    let domain = match device.home {
        Home::Pxm(pxm) => format!(", proximity domain {pxm}"),
        Home::Node(_) | Home::Unknown => String::new(),
    };
    let size = text::size(device.range.end - device.range.start);
    let lead = format!("Hot-add {} ({size}{domain}): ", range(&device.range, digits));
    let added = match outcome {
        Err(refusal) => return text::paragraph(out, &lead, 4, &format!("refused, {refusal}")),
        Ok(added) => added,
    };
    text::paragraph(out, &lead, 4, &format!("node {} ({})", added.node, added.by))?;
    let state = format!("comes {}: {}", arrives(added.state), state_why(&later.policy));
    text::paragraph(out, "", 4, &state)?;
    text::paragraph(out, "", 4, &structures(&added.structures))?;
    let header = [
        ("BLOCKS", Align::Left),
        ("RANGE", Align::Left),
        ("SIZE", Align::Right),
        (if added.state == State::Offline { "VALID ZONES" } else { "ZONE" }, Align::Left),
        ("OFFLINE AGAIN", Align::Left),
    ];
    let rows = added.runs.iter().map(|run| {
        let bytes = run.first * later.block_size..(run.last + 1) * later.block_size;
        let names: Vec<&str> = run.valid_zones.iter().map(|zone| zone.name()).collect();
        let cells = vec![
            numbers(run.first, run.last),
            range(&bytes, digits),
            text::size(bytes.end - bytes.start),
            if names.is_empty() { run.zone.name().to_owned() } else { names.join(" ") },
            run.removal().verdict().name().to_owned(),
        ];
        (cells, Some(run.reason.to_string()))
    });
    text::with_reasons(out, &header, rows.collect())
}

fn structures(of: &Structures) -> String {
    let size = text::size(of.bytes);
    match (of.inside, of.asked) {
        (true, _) => format!("page structures: {size}, each block's own at its beginning"),
        (false, true) => format!(
            "page structures: {size} of the kernel's memory; before 6.12 memmap_on_memory counts only for devices of one block"
        ),
        (false, false) => format!("page structures: {size} of the kernel's memory"),
    }
}

fn arrives(state: State) -> &'static str {
    match state {
        State::Offline => "offline; the first zone is where online would put it",
        State::Online => "online, in the zone that the policy chooses",
        State::Kernel => "online, in a zone of the kernel",
        State::Movable => "online, in the movable zone",
    }
}

/// `32` or `32-35`.
fn numbers(first: u64, last: u64) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// Both ends in as many digits as the largest address needs, the end inclusive as Linux prints it.
fn range(range: &Range<u64>, digits: usize) -> String {
    format!("{:#0w$x}-{:#0w$x}", range.start, range.end.saturating_sub(1), w = digits + 2)
}

fn hex_digits(number: u64) -> usize {
    number.checked_ilog2().map_or(1, |log| log as usize / 4 + 1)
}
