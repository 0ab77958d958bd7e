//! Rules for proximity domains: which Linux can use, and which it takes for another.

use super::{Findings, Item};
use crate::finding::registry::numa as rules;
use crate::phrase::first_numbers;
use crate::table::srat::{Affinity, kind};
use std::collections::BTreeSet;

/// Nodes, and so domains, of the kernels of distributions (NODES_SHIFT 10).
pub(super) const MAX_NODES: u32 = 1024;

/// Domains that any kernel has, however few its nodes.
const LEAST_DOMAINS: u32 = 256;

/// Checks the domains of all enabled entries.
pub(super) fn check(findings: &mut Findings, items: &[Item<'_>], revision: u8) {
    let enabled = || items.iter().filter(|item| item.affinity.is_enabled());
    for item in enabled() {
        let (Some(whole), Some(taken)) = (item.affinity.pxm(), item.domain(revision)) else { continue };
        let index = item.index;
        if whole != taken {
            let message = format_args!(
                "entry {index}: domain {whole:#x} in revision {revision}; Linux takes domain {taken}"
            );
            findings.add(&rules::SRAT_DOMAIN_MASKED, item.span(), message);
        }
        // Generic initiators have a rule of their own; ITS and port entries give no node.
        if taken >= MAX_NODES && (item.is_cpu() || item.entry.kind == kind::MEMORY) {
            let message = format_args!("entry {index}: domain {taken:#x}, expected less than {MAX_NODES:#x}");
            findings.add(&rules::SRAT_DOMAIN_RANGE, item.span(), message);
        }
    }
    let domains: BTreeSet<u32> = enabled()
        .filter(|item| !matches!(item.entry.kind, kind::GIC_ITS | kind::GENERIC_PORT))
        .filter_map(|item| item.domain(revision))
        .collect();
    if domains.len() > MAX_NODES as usize {
        let message = format_args!("{} domains, expected at most {MAX_NODES}", domains.len());
        findings.add_whole(&rules::SRAT_TOO_MANY_DOMAINS, message);
    }
    let high = first_numbers(domains.range(LEAST_DOMAINS..MAX_NODES).copied());
    if !high.is_empty() {
        findings.add_whole(&rules::SRAT_DOMAIN_HIGH, format_args!("domain {high}"));
    }
    let newer = enabled().find(|item| !matches!(item.entry.kind, kind::LOCAL_APIC | kind::MEMORY));
    if let (0..=2, Some(item)) = (revision, newer) {
        let name = super::kind_name(item.entry.kind);
        let message =
            format_args!("entry {} ({name}) in a table of revision {revision}, expected 3", item.index);
        findings.add(&rules::SRAT_REVISION_CONTENT, item.span(), message);
    }
    initiators(findings, items);
}

/// The first generic initiator that ends Linux' pass over CPUs and initiators, if that pass then misses anything.
fn initiators(findings: &mut Findings, items: &[Item<'_>]) {
    let stops = |item: &&Item<'_>| match item.affinity {
        Affinity::GenericInitiator(device) => !item.affinity.is_enabled() || device.pxm >= MAX_NODES,
        _ => false,
    };
    let Some(stop) = items.iter().find(stops) else { return };
    let missed = |item: &&Item<'_>| {
        item.affinity.is_enabled() && (item.is_cpu() || item.entry.kind == kind::GENERIC_INITIATOR)
    };
    let missed = items.iter().skip(stop.index + 1).filter(missed).count();
    if missed > 0 {
        let why = if stop.affinity.is_enabled() { "has a domain above the last one" } else { "is disabled" };
        findings.add(
            &rules::SRAT_INITIATOR_STOPS,
            stop.span(),
            format_args!(
                "entry {} (generic initiator) {why}; {} after it",
                stop.index,
                crate::phrase::count(missed, "CPU or initiator entry is", "CPU or initiator entries are")
            ),
        );
    }
}
