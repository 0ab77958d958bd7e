//! What an expert would point out about a boot: what kills it, what has no effect, and what costs memory its use.

use crate::boot::derived::advice;
use crate::boot::derived::doubt::{self, Part};
use crate::boot::derived::rows::{self, Row};
use crate::boot::install::{Firmware, OrderSource, Origin};
use crate::boot::kernel::cmdline::{self, CoreSize, MOST_BYTES, number};
use crate::boot::stages::e820::MapDeath;
use crate::boot::stages::fake::{EmulationFailure, EmulationRequest};
use crate::boot::stages::memblock::Holder;
use crate::boot::stages::nodes::Region;
use crate::boot::stages::set_aside;
use crate::boot::stages::srat;
use crate::boot::stages::zones::Mode;
use crate::boot::unpack::{self, Depth, Init};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::finding::Finding;
use crate::finding::registry::{boot as rule, numa};
use crate::foreign::Foreign;
use crate::phrase::{self, numbers};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The findings of a boot, those that kill it first.
pub fn of(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, rows: &[Row]) -> Vec<Finding> {
    let mut all = Vec::new();
    deaths(outcome, next, &mut all);
    past_end(outcome, &mut all);
    unpacking(next, &mut all);
    nodes(outcome, next, &mut all);
    fake(outcome, next, &mut all);
    all.extend(cmdline::findings::of(next.line()));
    options(outcome, next, &mut all);
    advice::add(machine, outcome, next, rows, &mut all);
    set_aside::add(outcome, next, &mut all);
    overrides(machine, outcome, next, &mut all);
    memory_map(machine, outcome, next, &mut all);
    inputs(machine, outcome, next, &mut all);
    all
}

/// What becomes of the initrd when it is unpacked.
pub(super) fn of_unpacking(next: &NextBoot<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    unpacking(next, &mut all);
    all
}

/// What of it keeps the boot from its end.
pub fn fatal(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let mut all = of(machine, outcome, next, &rows::rows(outcome, next));
    all.retain(Finding::is_death);
    all
}

fn deaths(outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    if next.line().kernelcore_without_value {
        all.push(Finding::new(&rule::KERNELCORE_WITHOUT_VALUE, "command line", "kernelcore has no value"));
    }
    match outcome.map.death {
        Some(MapDeath::InvalidUserMap { entries }) => {
            let message = match entries {
                0 => "no entry is left".into(),
                1 => "one entry is left".into(),
                _ => "one of the entries passes the end of the address space".to_owned(),
            };
            all.push(Finding::new(&rule::MAP_INVALID, "command line", message));
        }
        Some(MapDeath::NoLowRam) => {
            all.push(Finding::new(
                &rule::NO_LOW_RAM,
                "memory map",
                "no whole page of RAM lies below 0x100000",
            ));
        }
        Some(MapDeath::SameType) => {
            let message = "memmap= turns a type of memory into itself";
            all.push(Finding::new(&rule::MAP_SAME_TYPE, "command line", message));
        }
        Some(MapDeath::NoRam) => all.push(Finding::new(&rule::NO_RAM, "memory map", "no RAM is left")),
        None => {}
    }
    if outcome.nodes.fake.as_ref().is_some_and(|fake| fake.dies) {
        let message = "a proximity domain has no memory to make nodes of, and no SLIT gives its distances";
        all.push(Finding::new(&rule::FAKE_DIES, "numa=fake=", message));
    }
    let nodes = &outcome.nodes;
    if nodes.refusal.is_some() && nodes.fake.is_none() {
        let has_ram = |node: u32| nodes.regions.iter().any(|region| region.node == Some(node));
        let mut left = outcome.numa.initiators.iter().filter(|node| !has_ram(**node));
        if let Some(node) = left.next() {
            let pxm = outcome.numa.domains.pxm(*node).map_or_else(String::new, |pxm| format!(" (PXM {pxm})"));
            let message = format!("node {node}{pxm} of a generic initiator stays, without its data");
            all.push(Finding::new(&rule::INITIATOR_OUTLIVES, "SRAT", message));
        }
    }
    if outcome.nodes.fatal_gap > 0 {
        let lost = outcome.regions.iter().filter(|region| region.node.is_none());
        let at = lost
            .filter_map(Region::whole_pages)
            .next()
            .map_or_else(String::new, |pages| format!(", first at {:#x}-{:#x}", pages.start, pages.end - 1));
        let message = format!("{} KiB of RAM have no node{at}", outcome.nodes.fatal_gap >> 10);
        all.push(Finding::new(&rule::GAP_WITHOUT_NODE, "SRAT", message));
    }
}

/// An entry that Linux reads past the end of the table.
fn past_end(outcome: &Outcome<'_>, all: &mut Vec<Finding>) {
    let Some(past) = outcome.numa.past_end else { return };
    let taken =
        if past.known { "what follows in memory is read in their place" } else { "taken for zero here" };
    let message = format!("entry {} lacks {} bytes: {taken}", past.entry, past.missing);
    let at = past.offset as u64;
    all.push(Finding::new(&numa::SRAT_TRUNCATED, "SRAT", message).at(at..at + 2));
}

/// What the later reader of the initrd ends with. What is compressed is not looked into.
fn unpacking(next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    let Some(initrd) = next.initrd() else { return };
    let Ok(seen) = unpack::unpack(initrd, &next.release().unpack, Depth::Headers) else { return };
    let Some(failure) = seen.failure else { return };
    let rule = match seen.init {
        Init::Present => return,
        Init::Absent => &rule::INITRD_LOST,
        Init::Unknown => &rule::INITRD_CUT,
    };
    let words = failure.kind.message().map(|words| format!(" (\"{words}\")")).unwrap_or_default();
    let message = format!("unpacking ends at byte {:#x} of {:#x}{words}", failure.at, initrd.len());
    all.push(Finding::new(rule, "initrd", message));
}

fn nodes(outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    if outcome.blocks.undefined {
        let message = format!("{} ranges", outcome.regions.len());
        all.push(Finding::new(&rule::BLOCKS_UNDEFINED, "memory blocks", message));
    }
    if let Some(refusal) = &outcome.nodes.refusal
        && outcome.srat.is_some()
        && *refusal != srat::Refusal::Unread
        && !rows::is_switched_off(next)
    {
        all.push(Finding::new(&rule::SRAT_REFUSED, "SRAT", rows::refusal_text(refusal)));
    }
    if !next.line().movable_node {
        return;
    }
    let marked =
        outcome.nodes.regions.iter().filter(|region| region.hotpluggable).filter_map(|region| region.node);
    let is_kernel = |holder: &Holder| matches!(holder, Holder::Kernel | Holder::Brk);
    for node in marked.collect::<BTreeSet<u32>>() {
        let probability = outcome.kaslr.probability(node);
        let lost_anyway =
            outcome.blockers.iter().any(|other| other.node == node && !is_kernel(&other.holder));
        if probability > 0.0 && !lost_anyway {
            let message = format!(
                "{:.0} % of the places for the kernel touch its memory",
                (probability * 100.0).max(1.0)
            );
            all.push(Finding::new(&rule::KASLR_MAY_TAKE, format!("node {node}"), message));
        }
    }
    let mut lost: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for blocker in &outcome.blockers {
        let names = lost.entry(blocker.node).or_default();
        let name = blocker.holder.group();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for (node, names) in lost {
        let names = phrase::first(&names, 4);
        let message = format!("reserved in its memory before the SRAT is read: {names}");
        all.push(Finding::new(&rule::MARKS_LOST, format!("node {node}"), Foreign::of_text(&message)));
    }
}

/// What `numa=fake=` did, or why it did nothing.
fn fake(outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    let Some(text) = &next.line().numa_fake else { return };
    let subject = format!("numa=fake={text}");
    let nodes = &outcome.nodes;
    if let Some(made) = &nodes.fake {
        let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (node, physical) in (0u32..).zip(&made.physical) {
            parts.entry(*physical).or_default().push(node);
        }
        let of = |(physical, nodes): (&u32, &Vec<u32>)| format!("{} of node {physical}", numbers(nodes));
        let mut message = match parts.len() {
            1 => format!("{} nodes", made.physical.len()),
            _ => parts.iter().map(of).collect::<Vec<_>>().join("; "),
        };
        let small = number(text).1.chars().next().filter(|unit| matches!(unit, 'k' | 'm' | 'g' | 'u'));
        if let (Some(unit), EmulationRequest::Count(count)) = (small, made.request) {
            message.push_str(&format!(" (a small {unit} is not a unit: Linux reads {count} nodes)"));
        }
        all.push(Finding::new(&rule::FAKE_NODES, subject, message));
        return;
    }
    let why = match nodes.fake_failure {
        None => "this kernel is built without CONFIG_NUMA_EMU, as Debian's cloud kernels are".to_owned(),
        Some(EmulationFailure::NoNumber)
            if nodes.refusal.is_some() && nodes.fake_failure.is_some() && number(text).0 > 0 =>
        {
            "the SRAT was refused after the nodes had been made, and Linux does not read the option again"
                .into()
        }
        Some(EmulationFailure::NoNumber) => "it begins with no number above 0".into(),
        Some(EmulationFailure::TooLittleMemory) => "there are not 32 MiB of memory for each node".into(),
        Some(EmulationFailure::TooManyBlocks) => "more pieces come of it than Linux has room for".into(),
        Some(EmulationFailure::TooFewParts { node, parts }) => {
            format!("node {node} can be cut into {parts} parts of 32 MiB or more only")
        }
        Some(EmulationFailure::Off) => "numa=off rules it out in this release".into(),
    };
    all.push(Finding::new(&rule::FAKE_WITHOUT_EFFECT, subject, why));
}

fn options(outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    let line = next.line();
    let mut note = |rule, message: Foreign| all.push(Finding::new(rule, "command line", message));
    let given = |size: &CoreSize| size.bytes != 0 || size.percent != 0;
    let sizes = given(&line.kernelcore) || given(&line.movablecore);
    for (name, size) in [("kernelcore", line.kernelcore), ("movablecore", line.movablecore)] {
        if size.percent > 100 {
            note(&rule::PERCENT_ABOVE_ALL, format!("{name}={}%", size.percent).into());
        }
    }
    match outcome.zones.mode {
        Mode::MovableNode if sizes || line.kernelcore_mirror => {
            note(&rule::SIZES_IGNORED, "movable_node rules out kernelcore= and movablecore=".into());
        }
        Mode::Mirror if sizes => {
            note(&rule::SIZES_IGNORED, "kernelcore=mirror rules out the sizes given".into())
        }
        Mode::MirrorIgnored => note(&rule::MIRROR_IGNORED, "no memory is mirrored".into()),
        Mode::SizesWithoutEffect => note(&rule::SIZES_WITHOUT_EFFECT, "the kernel keeps all memory".into()),
        _ => {}
    }
    if line.lost() > 0 {
        let (given, most) = (line.text().len() + line.lost(), MOST_BYTES);
        note(&rule::LINE_TOO_LONG, format!("{given} bytes, of which Linux has room for {most}").into());
    }
    for (option, why) in &line.ignored {
        note(&rule::OPTION_IGNORED, format!("{option}: {why}").into());
    }
    if line.kernelcore_mirror && outcome.zones.mode == Mode::Mirror && outcome.zones.unmirrored_kernel_memory
    {
        note(&rule::MIRROR_IGNORED, "memory below 4 GiB is not mirrored and stays with the kernel".into());
    }
}

fn overrides(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    if let Some(Origin::Archive(_)) = outcome.srat
        && outcome.nodes.refusal.is_none()
        && let Some(before) = firmware_srat(&machine.firmware)
    {
        let arch = machine.platform.arch();
        let inputs = srat::Tables { srat: Some(before), arch, ..srat::Tables::default() };
        let old = srat::read(&inputs, next.line(), next.limits(), next.release());
        let domains: BTreeSet<u32> = outcome.numa.memory.iter().map(|entry| entry.pxm).collect();
        let moved: Vec<String> = domains
            .iter()
            .filter_map(|pxm| {
                let (was, is) = (old.domains.node(*pxm)?, outcome.numa.domains.node(*pxm)?);
                (was != is).then(|| format!("domain {pxm} was node {was} and is node {is}"))
            })
            .collect();
        if !moved.is_empty() {
            all.push(Finding::new(&rule::RENUMBERED, "SRAT", phrase::first(&moved, 3)));
        }
    }
}

fn firmware_srat(firmware: &Firmware) -> Option<&[u8]> {
    firmware.tables.iter().map(|table| table.bytes.as_slice()).find(|bytes| bytes.starts_with(b"SRAT"))
}

fn memory_map(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    let at = |range: &Range<u64>| format!("{:#x}-{:#x}", range.start, range.end.saturating_sub(1));
    if outcome.map.kernel_forced && outcome.map.death.is_none() && next.line().map_is_user_defined {
        let message = format!("{} is taken for RAM again", at(next.kernel_at()));
        all.push(Finding::new(&rule::KERNEL_FORCED, "kernel image", message));
    }
    let lost: u64 = machine.map.uncached.iter().map(|range| range.end - range.start).sum();
    if lost > 0 {
        let message = format!("{} MiB, as in the boot of the log", lost >> 20);
        all.push(Finding::new(&rule::UNCACHED, "memory map", message));
    }
    if next.line().kernelcore_mirror
        && machine.is_uefi
        && machine.mirrored.is_empty()
        && machine.efi.0.is_empty()
    {
        all.push(Finding::new(&rule::MIRROR_UNKNOWN, "memory", "EFI's memory map is not known"));
    }
    // Marks are at stake only where something asks for them.
    let at_stake = next.line().movable_node && outcome.nodes.regions.iter().any(|region| region.hotpluggable);
    if at_stake && machine.is_uefi && machine.efi.0.is_empty() && next.reserve().is_empty() {
        all.push(Finding::new(&rule::EFI_UNKNOWN, "EFI boot services", "their place is not known"));
    }
}

fn inputs(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    if outcome.map.fallback {
        let message = format!("{} entries", machine.map.entries.len());
        all.push(Finding::new(&rule::MAP_FALLBACK, "memory map", message));
    }
    all.extend(doubt::findings(machine, outcome, next, Part::All));
    if machine.firmware.order == OrderSource::Usual
        && !machine.firmware.tables.is_empty()
        && (next.initrd().is_some() || outcome.numa.memory.iter().any(|entry| entry.hotpluggable))
    {
        let message = "FADT, DSDT and FACS first, then by name; addresses are not known";
        all.push(Finding::new(&rule::UNKNOWN_ORDER, "tables", message));
    }
}
