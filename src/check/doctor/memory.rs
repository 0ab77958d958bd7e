//! The model's SRAT, zones and memory blocks, held against those of the boot.

use super::{Check, Facts, Link, Status};
use crate::boot::derived::rows;
use crate::boot::install::Origin;
use crate::boot::stages::srat::Refusal;
use crate::boot::stages::zones::Zone;
use crate::bytes::{mem, size};
use crate::finding::Severity;
use crate::finding::registry::{boot as boot_rules, doctor as own};
use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use std::collections::BTreeMap;
use std::ops::Range;

/// How many differences are shown.
const SHOWN: usize = 4;

pub(super) fn checks(facts: &Facts<'_>) -> Vec<Check> {
    if let Some(message) = facts.machine.platform.not_modelled() {
        return not_modelled(facts, message);
    }
    if facts.machine.map.has_no_ram() || facts.outcome.map.ram.is_empty() {
        let message = "there is no memory map to predict from";
        return vec![Check::unknown(Link::Zones, message, "Read boot_params or the log as root.")];
    }
    if cannot_see_tables(facts) {
        let fix = "Run as root, or give the machine's tables: --from DUMP, or a capture with --sysroot.";
        let message = "the machine's tables are not here, so neither its SRAT nor its zones can be compared";
        return vec![Check::unknown(Link::Srat, message, fix)];
    }
    let held = [srat(facts), zones(facts), blocks(facts)].into_iter().flatten();
    if !lacks_mirror(facts) {
        return held.collect();
    }
    held.map(|check| match check.link {
        Link::Zones | Link::Blocks if check.status == Status::Not => {
            let message = "kernelcore=mirror, and nothing here shows which memory the firmware mirrors";
            Check::unknown(check.link, message, "Boot with efi=debug: the log then has EFI's memory map.")
        }
        _ => check,
    })
    .collect()
}

/// What can be compared where zones and blocks cannot: the SRAT's entries, whose nodes do not depend on the memory map.
fn not_modelled(facts: &Facts<'_>, message: String) -> Vec<Check> {
    let zones = Check {
        rule: Some(&boot_rules::NOT_MODELLED),
        ..Check::unknown(Link::Zones, message, boot_rules::NOT_MODELLED.fix())
    };
    let srat = if cannot_see_tables(facts) { None } else { srat(facts) };
    srat.into_iter().chain([zones]).collect()
}

/// Whether the machine has tables, as its log says or may have said, and none is here.
fn cannot_see_tables(facts: &Facts<'_>) -> bool {
    let is_without =
        |log: &super::Log| log.is_whole && log.events.tables.is_empty() && log.events.srat.is_empty();
    facts.machine.firmware.tables.is_empty() && !facts.log.as_ref().is_ok_and(is_without)
}

/// Whether the zones depend on what only EFI's memory map tells, which is not there.
fn lacks_mirror(facts: &Facts<'_>) -> bool {
    let machine = facts.machine;
    facts.next.line().kernelcore_mirror && machine.mirrored.is_empty() && machine.efi.0.is_empty()
}

fn srat(facts: &Facts<'_>) -> Option<Check> {
    let log = facts.log.as_ref().ok().filter(|log| log.is_whole)?;
    let numa = &facts.outcome.numa;
    if facts.outcome.srat.is_none() && log.events.srat.is_empty() {
        return None;
    }
    let line = |node: u32, pxm: u32, start: u64, last: u64, hot: bool| {
        let flag = if hot { " hotplug" } else { "" };
        format!("Node {node} PXM {pxm} [mem {start:#010x}-{last:#010x}]{flag}")
    };
    let wanted: Vec<String> = numa
        .memory
        .iter()
        .map(|entry| line(entry.node, entry.pxm, entry.start, entry.printed_last(), entry.hotpluggable))
        .collect();
    let found: Vec<String> = log
        .events
        .srat
        .iter()
        .map(|entry| line(entry.node, entry.pxm, entry.start, entry.last, entry.hotpluggable))
        .collect();
    let is_modelled = facts.machine.platform.is_modelled();
    if wanted != found {
        let check = differs(Link::Srat, "the memory entries that Linux read are others", &wanted, &found);
        return Some(if is_modelled { check } else { not_judged(check, facts) });
    }
    if let Some(check) = refused(facts, log) {
        return Some(check);
    }
    let hot = numa.memory.iter().filter(|entry| entry.hotpluggable).count();
    let message = format!("{} memory entries, {hot} of them hot-pluggable, as predicted", found.len());
    Some(Check::ok(Link::Srat, message))
}

/// That Linux does not use the SRAT: by the model, where there is one, or by the log.
fn refused(facts: &Facts<'_>, log: &super::Log) -> Option<Check> {
    let is_unread = facts.outcome.nodes.refusal == Some(Refusal::Unread);
    if facts.outcome.srat.is_none() || is_unread || rows::is_switched_off(facts.next) {
        return None;
    }
    let is_modelled = facts.machine.platform.is_modelled();
    if let Some(refusal) = facts.outcome.nodes.refusal.as_ref().filter(|_| is_modelled) {
        let message = rows::refusal_text(refusal);
        let is_ours = matches!(facts.outcome.srat, Some(Origin::Archive(_)));
        let severity = if is_ours { Severity::Error } else { Severity::Warning };
        return Some(Check::not(Link::Srat, severity, &boot_rules::SRAT_REFUSED, message));
    }
    let said = format!("Linux said \"{}\"", log.events.srat_refused.as_ref()?);
    let (rule, message) = match is_modelled {
        true => (&own::PREDICTION, format!("{said}, and was predicted to use it")),
        false => (&boot_rules::SRAT_REFUSED, said),
    };
    Some(Check::not(Link::Srat, Severity::Warning, rule, message))
}

/// A difference on a platform that is not modelled: it shows no fault of the model.
fn not_judged(check: Check, facts: &Facts<'_>) -> Check {
    let message = check.message + format_args!(", and {} is not modelled", facts.machine.platform);
    let fix = "Look whether the log and the tables are of the same boot; acpihp capture takes both at once.";
    Check::unknown(check.link, message, fix).with(check.evidence)
}

/// What was predicted and what is, where they part.
fn differs(link: Link, message: &str, wanted: &[String], found: &[String]) -> Check {
    let missing = wanted.iter().filter(|line| !found.contains(line)).map(|line| format!("predicted: {line}"));
    let more = found.iter().filter(|line| !wanted.contains(line)).map(|line| format!("found: {line}"));
    let mut evidence: Vec<String> = missing.take(SHOWN).chain(more.take(SHOWN)).collect();
    if evidence.is_empty() {
        evidence.push("the same, in another order".to_owned());
    }
    Check::not(link, Severity::Warning, &own::PREDICTION, message).with(evidence)
}

fn zones(facts: &Facts<'_>) -> Option<Check> {
    let by_log = zones_by_log(facts);
    if let Some((wanted, found)) = by_log.as_ref().filter(|(wanted, found)| wanted != found) {
        return Some(differs(
            Link::Zones,
            "at boot, zones were not where they were predicted",
            wanted,
            found,
        ));
    }
    if facts.zones.is_empty() && by_log.is_none() {
        let fix = "Read /proc/zoneinfo on the machine.";
        return Some(Check::unknown(Link::Zones, "there is no /proc/zoneinfo", fix));
    }
    let mut wanted = BTreeMap::new();
    for (node, of_node) in &facts.outcome.zones.nodes {
        for zone in of_node.zones.iter().filter(|zone| zone.spanned_pages > 0) {
            // A zone without memory has a span and no start.
            let start = (zone.present_pages > 0).then_some(zone.start_pfn);
            wanted.insert((*node, zone.zone.name()), (start, zone.spanned_pages, zone.present_pages));
        }
    }
    let mut found = BTreeMap::new();
    for zone in facts.zones.iter().filter(|zone| zone.spanned_pages > 0) {
        if let Some(known) = Zone::named(&zone.name) {
            let start = zone.start_pfn.filter(|_| zone.present_pages > 0);
            found.insert((zone.node, known.name()), (start, zone.spanned_pages, zone.present_pages));
        }
    }
    if wanted == found {
        return Some(Check::ok(
            Link::Zones,
            Foreign::of_text(&format_args!("{} zones, as predicted; {}", found.len(), movable(facts))),
        ));
    }
    if facts.zones.is_empty() {
        // Only the log shows them, and it shows what was predicted.
        let message = format!("at boot as predicted; there is no /proc/zoneinfo of now; {}", movable(facts));
        return Some(Check::ok(Link::Zones, Foreign::of_text(&message)));
    }
    if facts.log.as_ref().is_ok_and(|log| log.events.hot_added) || has_changed(facts) {
        if by_log.is_some() {
            let message =
                format!("at boot as predicted; memory was added or taken away since; {}", movable(facts));
            return Some(Check::ok(Link::Zones, Foreign::of_text(&message)));
        }
        let message = "memory was added or taken away since the boot: zones have moved";
        return Some(Check::unknown(Link::Zones, message, "Look again right after a boot."));
    }
    let line = |(node, zone): &(u32, &str), (start, spanned, present): &(Option<u64>, u64, u64)| {
        let start = start.map_or("nowhere".to_owned(), |pfn| format!("{:#x}", pfn.saturating_mul(PAGE_SIZE)));
        format!("node {node} {zone} from {start}, {spanned} pages spanned, {present} present")
    };
    let lines = |zones: &BTreeMap<(u32, &str), (Option<u64>, u64, u64)>| -> Vec<String> {
        zones.iter().map(|(key, value)| line(key, value)).collect()
    };
    Some(differs(Link::Zones, "the zones are not where they were predicted", &lines(&wanted), &lines(&found)))
}

/// What the kernel says of zones and memory when it sets them up, whatever happens later: predicted and logged.
fn zones_by_log(facts: &Facts<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let events = &facts.log.as_ref().ok().filter(|log| log.is_whole && log.events.has_zones)?.events;
    let zone = |name: &str, range: &Range<u64>| format!("zone {name} {}", mem(range));
    let movable = |node: u32, at: u64| format!("node {node}: ZONE_MOVABLE from {at:#x}");
    let memory = |node: i64, range: &Range<u64>| format!("memory of node {node} {}", mem(range));
    let bytes = |pfns: &Range<u64>| pfns.start.saturating_mul(PAGE_SIZE)..pfns.end.saturating_mul(PAGE_SIZE);
    let outcome = facts.outcome;
    let limits = outcome.zones.limits.iter().filter(|(_, pfns)| !pfns.is_empty());
    let starts = outcome.zones.movable_start.iter();
    let wanted: Vec<String> = limits
        .map(|(limit, pfns)| zone(limit.name(), &bytes(pfns)))
        .chain(starts.map(|(node, pfn)| movable(*node, pfn.saturating_mul(PAGE_SIZE))))
        .chain(outcome.regions.iter().filter_map(|region| {
            let node = region.node.map_or(facts.next.release().no_node, i64::from);
            Some(memory(node, &region.whole_pages()?))
        }))
        .collect();
    let of_memory = |name: &str| outcome.zones.limits.iter().any(|(limit, _)| limit.name() == name);
    let found: Vec<String> = events
        .zone_ranges
        .iter()
        .filter(|(name, _)| of_memory(name))
        .map(|(name, range)| zone(name, range))
        .chain(events.movable_start.iter().map(|(node, at)| movable(*node, *at)))
        .chain(events.memory.iter().map(|(node, range)| memory(*node, range)))
        .collect();
    Some((wanted, found))
}

/// Whether blocks came or went, or are offline.
fn has_changed(facts: &Facts<'_>) -> bool {
    let blocks = &facts.outcome.blocks;
    facts.blocks.iter().any(|block| !block.online || blocks.run_of(block.number).is_none())
}

/// What of the memory is movable, in words.
fn movable(facts: &Facts<'_>) -> String {
    let zones = &facts.outcome.zones;
    let mut parts = Vec::new();
    for (node, of_node) in &zones.nodes {
        if let Some(zone) =
            of_node.zones.iter().find(|zone| zone.zone == Zone::Movable && zone.present_pages > 0)
        {
            parts.push(format!("{} of node {node}", size(zone.present_pages.saturating_mul(PAGE_SIZE))));
        }
    }
    let hot = facts.outcome.numa.memory.iter().any(|entry| entry.hotpluggable);
    match parts.is_empty() {
        false => format!("movable: {}", parts.join(", ")),
        true if hot && !facts.next.line().movable_node => {
            "nothing is movable: movable_node is not on the command line".to_owned()
        }
        true if hot && !facts.outcome.blockers.is_empty() => {
            let names: Vec<String> =
                facts.outcome.blockers.iter().map(|blocker| blocker.holder.group()).collect();
            let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.dedup();
            names.truncate(3);
            format!("nothing is movable: the hot-pluggable nodes hold {}", names.join(", "))
        }
        true => "nothing is movable".to_owned(),
    }
}

fn blocks(facts: &Facts<'_>) -> Option<Check> {
    let predicted = &facts.outcome.blocks;
    let told = facts.blocks.iter().filter(|block| block.online && !block.zone.is_empty());
    let mut known = 0;
    let (mut wanted, mut found) = (Vec::new(), Vec::new());
    if let Some(bytes) = facts.block_size.filter(|bytes| *bytes != predicted.size.bytes) {
        wanted.push(format!("blocks of {}", size(predicted.size.bytes)));
        found.push(format!("blocks of {}", size(bytes)));
    } else {
        for block in told {
            let Some(run) = predicted.run_of(block.number) else { continue };
            known += 1;
            let zone = run.zone.map_or("none", Zone::name);
            if zone != block.zone {
                wanted.push(format!("memory{} in {zone}", block.number));
                found.push(format!("memory{} in {}", block.number, block.zone));
            }
        }
    }
    if !wanted.is_empty() {
        let message = format!("{} of {} memory blocks are elsewhere", wanted.len(), known.max(1));
        return Some(differs(Link::Blocks, &message, &wanted, &found));
    }
    (known > 0).then(|| {
        let added = facts.blocks.len().saturating_sub(known);
        let more =
            if added > 0 { format!("; {added} others came later or are offline") } else { String::new() };
        Check::ok(Link::Blocks, format!("{known} memory blocks, as predicted{more}"))
    })
}
