//! Rules for the MADT.

use super::Findings;
use crate::finding::registry::{numa, platform as rules};
use crate::table::decode::decode;
use crate::table::item::{RawKind, What};
use crate::table::madt::{Madt, ProcessorId};
use crate::table::structures::{Structure, Structures};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Types of entries that the rules name.
mod kind {
    pub(super) const LOCAL_APIC: u64 = 0;
    pub(super) const IO_APIC: u64 = 1;
    pub(super) const OVERRIDE: u64 = 2;
    pub(super) const LAPIC_NMI: u64 = 4;
    pub(super) const ADDRESS_OVERRIDE: u64 = 5;
    pub(super) const IO_SAPIC: u64 = 6;
    pub(super) const X2APIC_NMI: u64 = 10;
    pub(super) const PLATFORM_INTERRUPT: u64 = 8;
    pub(super) const GICC: u64 = 11;
    pub(super) const GICD: u64 = 12;
    pub(super) const MSI_FRAME: u64 = 13;
    pub(super) const GICR: u64 = 14;
    pub(super) const ITS: u64 = 15;
    pub(super) const WAKEUP: u64 = 16;
}

/// The values of polarity and trigger mode that are reserved.
const RESERVED_MODE: u64 = 2;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(madt) = Madt::parse(table) else { return };
    let parts = Structures::of(table);
    processors(findings, &madt);
    flags(findings, &parts);
    lengths(findings, table);
    revisions(findings, &parts, madt.header.revision);
    nmis(findings, &parts);
    nmi_processors(findings, &parts, &madt);
    io_apics(findings, &parts);
    overrides(findings, &parts);
    gic(findings, &parts);
    for entry in parts.of_kind(kind::PLATFORM_INTERRUPT) {
        if let Some(value @ (0 | 4..)) = entry.uint("InterruptType") {
            let message = format_args!("{}: the interrupt type is {value}, expected 1 to 3", entry.name());
            findings.add(&rules::MADT_PLATFORM_INTERRUPT, entry.at("InterruptType"), message);
        }
    }
    for entry in parts.of_kind(kind::WAKEUP) {
        if let Some(version @ 2..) = entry.uint("Mailbox Version") {
            let message = format_args!("{}: the mailbox version is {version}, expected 0 or 1", entry.name());
            findings.add(&rules::MADT_MAILBOX_VERSION, entry.at("Mailbox Version"), message);
        }
        if let Some(address) = entry.uint("Mailbox Address").filter(|address| address % 4096 != 0) {
            let message = format_args!("{}: the mailbox is at {address:#x}", entry.name());
            findings.add(&rules::MADT_MAILBOX_UNALIGNED, entry.at("Mailbox Address"), message);
        }
    }
}

/// Processors: ids, UIDs, and whether there are any.
fn processors(findings: &mut Findings, madt: &Madt<'_>) {
    let mut by_id: HashMap<u32, usize> = HashMap::new();
    let mut by_uid: HashMap<u32, usize> = HashMap::new();
    let (mut any, mut usable) = (false, false);
    for (entry, processor) in madt.processors() {
        let span = entry.offset..entry.offset + entry.bytes.len();
        any = true;
        usable |= processor.is_enabled() || processor.is_online_capable();
        if processor.is_enabled() && processor.is_online_capable() && madt.header.revision >= 5 {
            let message = format_args!("the processor of UID {:#x}", processor.uid);
            findings.add(&rules::MADT_ENABLED_AND_CAPABLE, span.clone(), message);
        }
        if !processor.is_enabled() {
            continue;
        }
        if matches!(processor.id, ProcessorId::LocalApic(u8::MAX) | ProcessorId::X2Apic(u32::MAX)) {
            let id = processor.apic_id().unwrap_or_default();
            findings.add(&rules::MADT_CPU_BROADCAST, span, format_args!("APIC id {id:#x}"));
            continue;
        }
        if let Some(id) = processor.apic_id() {
            let first = *by_id.entry(id).or_insert(entry.offset);
            if first != entry.offset {
                let message = format_args!("APIC id {id:#x} is also in the entry at {first:#x}");
                findings.add(&numa::MADT_CPU_TWICE, span, message);
                continue;
            }
        }
        let first = *by_uid.entry(processor.uid).or_insert(entry.offset);
        if first != entry.offset {
            let message = format_args!("UID {:#x} is also in the entry at {first:#x}", processor.uid);
            findings.add(&rules::MADT_UID_TWICE, span, message);
        }
    }
    if any && !usable {
        findings.add_whole(&rules::MADT_NO_CPU, format_args!("no processor is enabled"));
    }
}

/// Entries with bytes behind the last field of their type.
fn lengths(findings: &mut Findings, table: &[u8]) {
    let mut title = None;
    for item in decode(table) {
        match &item.what {
            What::Entry { def, .. } => title = def.map(|def| (def.title, def.len)),
            What::Raw(RawKind::Undefined, bytes) if item.entry.is_some() => {
                let (Some(index), Some((title, len))) = (item.entry, title) else { continue };
                let message = format_args!(
                    "entry {index} ({title}): {} bytes after its fields, expected {len} in all",
                    bytes.len()
                );
                findings.add(&rules::MADT_ENTRY_LENGTH, item.offset..item.offset + item.size, message);
            }
            _ => {}
        }
    }
}

/// The first revision of the table with each type of entry.
const SINCE: [(std::ops::RangeInclusive<u64>, u8); 5] =
    [(5..=8, 1), (9..=10, 2), (11..=15, 3), (16..=27, 5), (28..=30, 7)];

fn revisions(findings: &mut Findings, parts: &Structures<'_>, revision: u8) {
    let since = |kind| SINCE.iter().find(|(kinds, _)| kinds.contains(&kind)).map_or(0, |(_, since)| *since);
    let early = |one: &&Structure<'_>| one.kind.is_some_and(|kind| since(kind) > revision);
    if let Some(entry) = parts.entries.iter().find(early) {
        let since = entry.kind.map_or(0, since);
        let message =
            format_args!("{}: in a table of revision {revision}, expected {since} or more", entry.name());
        findings.add(&rules::MADT_ENTRY_REVISION, entry.span.clone(), message);
    }
}

/// Inputs for NMIs: a local APIC has two.
fn nmis(findings: &mut Findings, parts: &Structures<'_>) {
    for entry in parts.of_kind(kind::LAPIC_NMI).chain(parts.of_kind(kind::X2APIC_NMI)) {
        if let Some(input @ 2..) = entry.uint("Interrupt Input LINT") {
            let message = format_args!("{}: the input is LINT {input}, expected 0 or 1", entry.name());
            findings.add(&rules::MADT_NMI_INPUT, entry.at("Interrupt Input LINT"), message);
        }
    }
}

/// NMIs of one processor, which must be there.
fn nmi_processors(findings: &mut Findings, parts: &Structures<'_>, madt: &Madt<'_>) {
    let known: HashSet<u64> = madt.processors().map(|(_, processor)| u64::from(processor.uid)).collect();
    let of = [(kind::LAPIC_NMI, "Processor ID", 0xff), (kind::X2APIC_NMI, "Processor UID", 0xffff_ffff)];
    for (kind, name, all) in of {
        for entry in parts.of_kind(kind) {
            if let Some(uid) = entry.uint(name).filter(|uid| *uid != all && !known.contains(uid)) {
                let message = format_args!("{}: no processor has the UID {uid:#x}", entry.name());
                findings.add(&rules::MADT_NMI_UID, entry.at(name), message);
            }
        }
    }
}

/// How interrupts are wired.
fn flags(findings: &mut Findings, parts: &Structures<'_>) {
    for entry in &parts.entries {
        for name in ["Polarity", "Trigger Mode"] {
            if entry.bits(name) == Some(RESERVED_MODE) {
                let message = format_args!("{}: {name} is 2", entry.name());
                findings.add(&rules::MADT_MODE_RESERVED, entry.at("Flags"), message);
            }
        }
    }
}

fn io_apics(findings: &mut Findings, parts: &Structures<'_>) {
    for entry in parts.of_kind(kind::IO_APIC).chain(parts.of_kind(kind::IO_SAPIC)) {
        if entry.uint("Address") == Some(0) {
            let message = format_args!("{}: the address is zero", entry.name());
            findings.add(&rules::MADT_IOAPIC_ADDRESS, entry.at("Address"), message);
        }
    }
    twice(findings, parts, kind::IO_SAPIC, "I/O Sapic ID");
    twice(findings, parts, kind::IO_APIC, "Address");
    twice(findings, parts, kind::IO_APIC, "I/O Apic ID");
    twice(findings, parts, kind::IO_APIC, "Interrupt");
}

fn overrides(findings: &mut Findings, parts: &Structures<'_>) {
    if parts.table.uint("Local Apic Address") == Some(0)
        && parts.of_kind(kind::LOCAL_APIC).next().is_some()
        && parts.of_kind(kind::ADDRESS_OVERRIDE).next().is_none()
    {
        let message = format_args!("the table's address of the local APICs is zero");
        findings.add(&rules::MADT_LAPIC_ADDRESS, parts.table.at("Local Apic Address"), message);
    }
    for entry in parts.of_kind(kind::OVERRIDE) {
        if let Some(bus @ 1..) = entry.uint("Bus") {
            let message = format_args!("{}: the bus is {bus}, expected 0 (ISA)", entry.name());
            findings.add(&rules::MADT_OVERRIDE_BUS, entry.at("Bus"), message);
        }
        if let Some(source @ 16..) = entry.uint("Source") {
            let message = format_args!("{}: the source is {source}, expected 0 to 15", entry.name());
            findings.add(&rules::MADT_OVERRIDE_SOURCE, entry.at("Source"), message);
        }
    }
    twice(findings, parts, kind::OVERRIDE, "Source");
    let mut addresses = parts.of_kind(kind::ADDRESS_OVERRIDE);
    if let Some(entry) = addresses.next()
        && entry.uint("APIC Address") == Some(0)
    {
        let message = format_args!("{}: the address is zero", entry.name());
        findings.add(&rules::MADT_LAPIC_ADDRESS, entry.at("APIC Address"), message);
    }
    for entry in addresses {
        let message = format_args!("{} is not the first of its kind", entry.name());
        findings.add(&rules::MADT_LAPIC_ADDRESS, entry.span.clone(), message);
    }
}

fn gic(findings: &mut Findings, parts: &Structures<'_>) {
    let distributors: Vec<&Structure<'_>> = parts.of_kind(kind::GICD).collect();
    if distributors.len() != 1
        && let Some(gicc) = parts.of_kind(kind::GICC).next()
    {
        let at = distributors.get(1).map_or(gicc.span.clone(), |second| second.span.clone());
        findings.add(&rules::MADT_GICD_COUNT, at, format_args!("{} distributors", distributors.len()));
    }
    for entry in distributors {
        if let Some(version @ 5..) = entry.uint("Version") {
            let message = format_args!("{}: the GIC version is {version}, expected 0 to 4", entry.name());
            findings.add(&rules::MADT_GIC_VERSION, entry.at("Version"), message);
        }
        if let Some(base @ 1..) = entry.uint("Interrupt Base") {
            let message = format_args!("{}: the interrupt base is {base}, expected 0", entry.name());
            findings.add(&rules::MADT_GICD_BASE, entry.at("Interrupt Base"), message);
        }
    }
    for entry in parts.of_kind(kind::GICR) {
        // The first field of that name is the entry's own length.
        if entry.second("Length") == Some(0) {
            let message = format_args!("{}: the length is zero", entry.name());
            findings.add(&rules::MADT_GICR_EMPTY, entry.second_at("Length"), message);
        }
    }
    twice(findings, parts, kind::MSI_FRAME, "MSI Frame ID");
    twice(findings, parts, kind::ITS, "Translation ID");
}

/// Entries of one type that share a number which is to be their own.
fn twice(findings: &mut Findings, parts: &Structures<'_>, kind: u64, name: &str) {
    let mut seen: HashMap<u64, Range<usize>> = HashMap::new();
    for entry in parts.of_kind(kind) {
        let Some(value) = entry.uint(name) else { continue };
        if let Some(first) = seen.get(&value) {
            let message =
                format_args!("{}: {name} {value} is also in the entry at {:#x}", entry.name(), first.start);
            findings.add(&rules::MADT_ENTRY_TWICE, entry.at(name), message);
        } else {
            seen.insert(value, entry.span.clone());
        }
    }
}
