//! Rules for the SRAT: the walk over its entries here, then `domains`, `cpus` and `memory`.

mod cpus;
mod domains;
mod memory;

pub(super) use cpus::{CpuName, cpu_name};

use super::Findings;
use crate::budget;
use crate::finding::registry::{header, numa as rules};
use crate::table::entries::{ENTRY_HEAD_LEN, Entry, ZeroLength};
use crate::table::srat::{Affinity, ENTRIES_AT, Srat, entry_len, kind};
use std::ops::Range;

/// One entry with its number in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// Its number, from 0 on.
    pub(super) index: usize,
    pub(super) entry: Entry<'a>,
    pub(super) affinity: Affinity,
}

impl Item<'_> {
    /// Its bytes in the table.
    pub(super) fn span(&self) -> Range<usize> {
        self.entry.offset..self.entry.offset + self.entry.bytes.len()
    }

    /// The proximity domain that Linux takes from it: 8 bits in memory and local APIC entries before revision 2.
    pub(super) fn domain(&self, revision: u8) -> Option<u32> {
        match self.affinity {
            Affinity::LocalApic(cpu) if revision < 2 => Some(u32::from(cpu.pxm_low)),
            Affinity::Memory(memory) if revision < 2 => Some(u32::from(memory.pxm_low())),
            affinity => affinity.pxm(),
        }
    }

    /// Whether it places a CPU.
    pub(super) fn is_cpu(&self) -> bool {
        matches!(self.entry.kind, kind::LOCAL_APIC | kind::X2APIC | kind::GICC | kind::RINTC)
    }
}

/// The entries that a walk by length bytes reaches, numbered in table order.
pub(super) fn items<'a>(srat: &Srat<'a>) -> Vec<Item<'a>> {
    let asked = |_: &_| budget::need(2 * size_of::<Item<'_>>(), "the list of the SRAT's entries");
    let entries = srat.entries().filter_map(Result::ok).inspect(asked).enumerate();
    let items: Vec<_> =
        entries.map(|(index, entry)| Item { index, entry, affinity: Affinity::of(&entry) }).collect();
    // Rules make lists of their own of it.
    budget::need(items.len().saturating_mul(size_of::<Item<'_>>()), "the rules for the SRAT's entries");
    items
}

/// Whether the table is of an x86 machine, as far as its entries tell.
pub(super) fn is_x86(items: &[Item<'_>]) -> bool {
    !items.iter().any(|item| matches!(item.entry.kind, kind::GICC | kind::GIC_ITS | kind::RINTC))
}

/// What people call an entry of this type.
pub(super) fn kind_name(kind: u8) -> &'static str {
    match kind {
        kind::LOCAL_APIC => "local APIC",
        kind::MEMORY => "memory",
        kind::X2APIC => "x2APIC",
        kind::GICC => "GICC",
        kind::GIC_ITS => "GIC ITS",
        kind::GENERIC_INITIATOR => "generic initiator",
        kind::GENERIC_PORT => "generic port",
        kind::RINTC => "RINTC",
        _ => "unknown",
    }
}

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(srat) = Srat::parse(table) else { return };
    let there = srat.bytes().len();
    if there < ENTRIES_AT {
        findings.add(
            &rules::SRAT_SHORT,
            0..there,
            format_args!("{there} bytes, expected at least {ENTRIES_AT}"),
        );
        return;
    }
    let whole = walk(findings, &srat);
    let items = items(&srat);
    for item in &items {
        length(findings, item);
    }
    for item in &items {
        handle(findings, item);
    }
    let revision = srat.header.revision;
    domains::check(findings, &items, revision);
    cpus::check(findings, &items, revision, whole);
    memory::check(findings, &items, revision, whole);
}

/// The rules for the way from entry to entry; gives whether it leads to the end. What a table that was cut off lacks is not
/// told again here.
fn walk(findings: &mut Findings, srat: &Srat<'_>) -> bool {
    let cut = (srat.bytes().len() as u64) < u64::from(srat.header.length);
    let mut entries = srat.entries();
    let mut whole = !cut;
    for (index, entry) in entries.by_ref().enumerate() {
        whole &= entry.is_ok_and(|entry| entry.is_whole());
        match entry {
            Ok(entry) if entry.is_whole() || cut => {}
            Ok(Entry { offset, kind, length, bytes }) => findings.add(
                &rules::SRAT_TRUNCATED,
                offset..offset + bytes.len(),
                format_args!(
                    "entry {index} ({}) has a length of {length}, and {} left",
                    kind_name(kind),
                    crate::phrase::count(bytes.len(), "byte is", "bytes are")
                ),
            ),
            Err(ZeroLength { offset, rest, .. }) if rest.iter().all(|byte| *byte == 0) => findings.add(
                &rules::SRAT_PADDING,
                offset..offset + rest.len(),
                format_args!("{} zero bytes follow the last entry", rest.len()),
            ),
            Err(ZeroLength { offset, kind, rest }) => findings.add(
                &rules::SRAT_ZERO_LENGTH,
                offset..offset + ENTRY_HEAD_LEN,
                format_args!(
                    "entry {index} (type {kind}) has length 0; the {} bytes from here on are not read",
                    rest.len()
                ),
            ),
        }
    }
    let rest = entries.rest().len();
    if rest > 0 && !cut {
        let end = srat.bytes().len();
        let what = crate::phrase::count(rest, "byte follows", "bytes follow");
        findings.add(&rules::SRAT_TRAILING_BYTES, end - rest..end, format_args!("{what} the last entry"));
    }
    whole
}

/// Where an initiator or a port has its device handle, and the bytes of it that are reserved: an ACPI handle has a hardware id
/// and a UID, a PCI handle segment, bus, device and function.
const HANDLE_KIND: usize = 3;
const HANDLE_RESERVED: [Range<usize>; 2] = [20..24, 12..24];

/// The reserved bytes of a device handle, where its type is defined.
fn handle(findings: &mut Findings, item: &Item<'_>) {
    let bytes = item.entry.bytes;
    if !matches!(item.entry.kind, kind::GENERIC_INITIATOR | kind::GENERIC_PORT) || !item.affinity.is_enabled()
    {
        return;
    }
    let reserved = bytes.get(HANDLE_KIND).and_then(|of| HANDLE_RESERVED.get(usize::from(*of)));
    let Some((span, part)) = reserved.and_then(|span| Some((span, bytes.get(span.clone())?))) else { return };
    if part.iter().any(|byte| *byte != 0) {
        let (start, index) = (item.entry.offset, item.index);
        findings.add(
            &header::RESERVED_BITS,
            start + span.start..start + span.end,
            format_args!(
                "entry {index} ({}): reserved bytes of the device handle are set",
                kind_name(item.entry.kind)
            ),
        );
    }
}

/// The rules for the length of one entry.
fn length(findings: &mut Findings, item: &Item<'_>) {
    let Entry { kind, length, .. } = item.entry;
    let Some(expected) = entry_len(kind) else {
        findings.add(
            &rules::SRAT_UNKNOWN_TYPE,
            item.span(),
            format_args!("entry {} is of type {kind}, {length} bytes", item.index),
        );
        return;
    };
    let found = usize::from(length);
    if found == expected {
        return;
    }
    let rule = match kind {
        kind::LOCAL_APIC => &rules::SRAT_CPU_LENGTH,
        kind::X2APIC | kind::GICC if found < expected => &rules::SRAT_CPU_LENGTH,
        kind::MEMORY if found < expected => &rules::SRAT_MEMORY_LENGTH,
        _ => &rules::SRAT_ENTRY_LENGTH,
    };
    findings.add(
        rule,
        item.span(),
        format_args!(
            "entry {} ({}) has a length of {found}, expected {expected}",
            item.index,
            kind_name(kind)
        ),
    );
}
