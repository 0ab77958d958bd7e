//! Memory blocks, hot-add windows and added devices, as text for people.

use super::model::plan::Plan;
use super::model::plan::blocks::BlockRunModel;
use super::model::plan::later::{AddedModel, HotAddModel, WindowModel};
use super::text::{self, Gap, hex_digits, range};
use crate::boot::running::online::OnlineState;
use crate::boot::stages::zones::Zone;
use crate::phrase;
use std::io::{self, Write};

/// Writes the memory blocks, runs of them as lsmem does, the reason below the rows that it holds for.
pub fn blocks(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let blocks = &plan.memory_blocks;
    if plan.predicted && blocks.runs.is_empty() {
        return writeln!(out, "No memory blocks: the kernel was built without CONFIG_MEMORY_HOTPLUG");
    }
    let size = text::size(blocks.size);
    let assumed = if blocks.size_assumed { "; no hypervisor is assumed, as nothing shows one" } else { "" };
    text::paragraph(out, "", 0, &format!("Memory blocks of {size} ({}{assumed})", blocks.size_why))?;
    if blocks.undefined {
        let message = "More than 128 ranges of memory: which nodes and zones /sys shows for a block comes out by chance. These are \
                       what they would be otherwise.";
        text::paragraph(out, "", 0, message)?;
    }
    let digits = blocks.runs.last().map_or(1, |run| hex_digits(run.end - 1));
    let header = ["<BLOCKS", "<RANGE", ">SIZE", "<NODE", "<ZONE", "<OFFLINE"];
    let rows = blocks.runs.iter().map(|run| (cells(run, digits), Some(run.why.clone())));
    text::with_reasons(out, &header, rows.collect())
}

fn cells(run: &BlockRunModel, digits: usize) -> Vec<String> {
    vec![
        phrase::run(run.first, run.last),
        range(run.start, run.end, digits),
        text::size(run.end - run.start),
        run.nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        run.zone.map_or("none", Zone::name).to_owned(),
        run.offline.name().to_owned(),
    ]
}

/// Writes where the SRAT announces memory, and what becomes of devices that were asked about.
pub fn later(out: &mut dyn Write, plan: &Plan, gap: &mut Gap) -> io::Result<()> {
    let Plan { windows, hot_add, .. } = plan;
    if !windows.is_empty() {
        gap.before_next(out)?;
        writeln!(out, "Hot-add windows: the SRAT announces memory, there is none yet")?;
        let digits = windows.iter().map(|window| hex_digits(window.end - 1)).max().unwrap_or(1);
        let header = ["<RANGE", ">SIZE", ">NODE", ">PXM", ">SRAT", "<FIRST BLOCK"];
        let cells = |window: &WindowModel| {
            let mark = if window.hotpluggable { "*" } else { " " };
            let zone = window.zone.map(Zone::name);
            vec![
                range(window.start, window.end, digits),
                text::size(window.end - window.start),
                window.node.to_string(),
                window.pxm.to_string(),
                format!("#{}{mark}", window.entry),
                match (zone, window.state) {
                    (None, _) => "refused".into(),
                    (Some(zone), OnlineState::Offline) => format!("offline ({zone})"),
                    (Some(_), OnlineState::Movable) => "Movable".into(),
                    (Some(zone), _) => zone.into(),
                },
            ]
        };
        text::columns(out, &header, windows.iter().map(cells).collect())?;
    }
    for device in hot_add {
        gap.before_next(out)?;
        added(out, device)?;
    }
    Ok(())
}

fn added(out: &mut dyn Write, device: &HotAddModel) -> io::Result<()> {
    let digits = hex_digits(device.end - 1);
    let domain = device.pxm.map(|pxm| format!(", proximity domain {pxm}")).unwrap_or_default();
    let size = text::size(device.end - device.start);
    let lead = format!("Hot-add {} ({size}{domain}): ", range(device.start, device.end, digits));
    if let Some(why) = &device.refused {
        return text::paragraph(out, &lead, 4, &format!("refused, {why}"));
    }
    if let (Some(node), Some(why)) = (device.node, &device.node_why) {
        text::paragraph(out, &lead, 4, &format!("node {node} ({why})"))?;
    }
    text::paragraph(out, "", 4, &format!("comes {}: {}", arrives(device.state), device.state_why))?;
    text::paragraph(out, "", 4, &structures(device))?;
    let header = [
        "<BLOCKS",
        "<RANGE",
        ">SIZE",
        if device.state == OnlineState::Offline { "<VALID ZONES" } else { "<ZONE" },
        "<OFFLINE AGAIN",
    ];
    let row = |run: &AddedModel| {
        let names: Vec<&str> = run.valid_zones.iter().map(|zone| zone.name()).collect();
        let cells = vec![
            phrase::run(run.first, run.last),
            range(run.start, run.end, digits),
            text::size(run.end - run.start),
            names.join(" "),
            run.offline.name().to_owned(),
        ];
        (cells, Some(run.why.clone()))
    };
    text::with_reasons(out, &header, device.blocks.iter().map(row).collect())
}

fn structures(device: &HotAddModel) -> String {
    let size = text::size(device.memmap_len.unwrap_or(0));
    match (device.memmap_inside == Some(true), device.memmap_asked) {
        (true, _) => format!("page structures: {size}, each block's own at its beginning"),
        (false, true) => format!(
            "page structures: {size} of the kernel's memory; before 6.12 memmap_on_memory counts only for devices of one block"
        ),
        (false, false) => format!("page structures: {size} of the kernel's memory"),
    }
}

fn arrives(state: OnlineState) -> &'static str {
    match state {
        OnlineState::Offline => "offline; the first zone is where online would put it",
        OnlineState::Online => "online, in the zone that the policy chooses",
        OnlineState::Kernel => "online, in a zone of the kernel",
        OnlineState::Movable => "online, in the movable zone",
    }
}
