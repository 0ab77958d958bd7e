//! Rules for CPU entries, and for how CPUs and memory share domains.

use super::{Findings, Item};
use crate::finding::registry::numa as rules;
use crate::phrase::first_numbers;
use crate::table::srat::{Affinity, kind};
use std::collections::{BTreeSet, HashMap};

/// By what a CPU entry names its CPU. Local APIC and x2APIC entries share one space of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::check) enum CpuName {
    /// APIC id, with the SAPIC EID above it.
    Apic(u64),
    /// ACPI processor UID.
    Uid(u32),
}

/// The CPU that an enabled entry places, or `None` when no CPU can have its id.
pub(in crate::check) fn cpu_name(affinity: &Affinity) -> Option<CpuName> {
    match affinity {
        Affinity::LocalApic(cpu) if cpu.apic_id == u8::MAX && matches!(cpu.sapic_eid, 0 | u8::MAX) => None,
        Affinity::LocalApic(cpu) => {
            Some(CpuName::Apic(u64::from(cpu.sapic_eid) << 32 | u64::from(cpu.apic_id)))
        }
        Affinity::X2Apic(cpu) => (cpu.apic_id != u32::MAX).then_some(CpuName::Apic(u64::from(cpu.apic_id))),
        Affinity::Gicc(cpu) | Affinity::Rintc(cpu) => Some(CpuName::Uid(cpu.uid)),
        _ => None,
    }
}

impl std::fmt::Display for CpuName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CpuName::Apic(id) if *id > u64::from(u32::MAX) => {
                write!(out, "APIC id {:#x} (EID {:#x})", id & u64::from(u32::MAX), id >> 32)
            }
            CpuName::Apic(id) => write!(out, "APIC id {id:#x}"),
            CpuName::Uid(uid) => write!(out, "processor UID {uid:#x}"),
        }
    }
}

/// Checks the CPU entries; `whole` says that these are all.
pub(super) fn check(findings: &mut Findings, items: &[Item<'_>], revision: u8, whole: bool) {
    let enabled = || items.iter().filter(|item| item.affinity.is_enabled());
    let mut seen: HashMap<CpuName, &Item<'_>> = HashMap::new();
    for item in enabled().filter(|item| item.is_cpu()) {
        let index = item.index;
        let Some(name) = cpu_name(&item.affinity) else {
            findings.add(
                &rules::SRAT_CPU_BROADCAST,
                item.span(),
                format_args!("entry {index} ({}) has the id of all CPUs", super::kind_name(item.entry.kind)),
            );
            continue;
        };
        let Some(first) = seen.insert(name, item) else { continue };
        match (first.domain(revision), item.domain(revision)) {
            (Some(before), Some(now)) if before != now => findings.add(
                &rules::SRAT_CPU_TWO_DOMAINS,
                item.span(),
                format_args!(
                    "{name} is in domain {before} by entry {} and in domain {now} by entry {index}",
                    first.index
                ),
            ),
            _ => findings.add(
                &rules::SRAT_CPU_TWICE,
                item.span(),
                format_args!("{name} is in entries {} and {index}", first.index),
            ),
        }
    }
    if whole && !enabled().any(|item| item.is_cpu()) {
        findings.add_whole(&rules::SRAT_NO_CPU, format_args!("no entry places a CPU"));
    }
    let domains = |wanted: &dyn Fn(&Item<'_>) -> bool| -> BTreeSet<u32> {
        enabled().filter(|item| wanted(item)).filter_map(|item| item.domain(revision)).collect()
    };
    let with_memory = domains(&|item| matches!(item.affinity, Affinity::Memory(memory) if memory.length > 0));
    let with_cpus = domains(&|item| item.is_cpu() || item.entry.kind == kind::GENERIC_INITIATOR);
    let without = first_numbers(with_cpus.difference(&with_memory).copied());
    if !without.is_empty() && !with_memory.is_empty() {
        findings.add_whole(&rules::SRAT_MEMORYLESS, format_args!("domain {without}"));
    }
}
