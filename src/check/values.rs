//! Rules along the layout of each table that has one: values without a meaning, entries of unknown types, and bytes behind
//! what is defined.

use super::Findings;
use crate::finding::registry::tables as rules;
use crate::phrase;
use crate::table::decode::decode;
use crate::table::def::{FieldKind, lookup};
use crate::table::item::{FieldValue, Item, RawKind, What};
use crate::table::{Signature, srat};

/// Values with names of their own beside numbers that mean themselves, and fields whose own rule says more. For the runs of
/// bits of a field the name is that of the bits.
const LEFT_OUT: [(&[u8; 4], &str); 18] = [
    (b"APIC", "Processor ID"),
    (b"APIC", "Processor UID"),
    (b"APIC", "InterruptType"),
    (b"APIC", "Version"),
    (b"APIC", "Polarity"),
    (b"APIC", "Trigger Mode"),
    (b"BGRT", "Image Type"),
    (b"CEDT", "Specification version"),
    (b"CEDT", "Interleave Arithmetic"),
    (b"FACP", "PM Profile"),
    (b"FACP", "Persistent CPU Caches (V6)"),
    (b"HMAT", "Data Type"),
    (b"HMAT", "Memory Hierarchy"),
    (b"HMAT", "Cache Associativity"),
    (b"HMAT", "Write Policy"),
    (b"SPCR", "Baud Rate"),
    (b"SPCR", "Encoded Access Width"),
    (b"TPM2", "Start Method"),
];

/// Types of entries that belong to vendors.
const VENDOR_TYPES: [(&[u8; 4], std::ops::RangeInclusive<u64>); 1] = [(b"FPDT", 0x1000..=0x3fff)];

/// The first address space that belongs to OEMs.
const OEM_SPACES: u64 = 0xc0;

/// Checks all fields and entries of a table whose layout is known.
pub fn check(findings: &mut Findings, table: &[u8]) {
    let Some(signature) = table.first_chunk().copied().map(Signature) else { return };
    let mut place = EntryPlace::default();
    for item in decode(table) {
        if item.entry.is_none() {
            place = EntryPlace::default();
        }
        match &item.what {
            What::Entry { def, kind } => {
                place = EntryPlace { entry: item.entry, title: def.map(|def| def.title) };
                // The SRAT has a rule of its own.
                let is_vendors = |kind: &u64| {
                    VENDOR_TYPES.iter().any(|(of, kinds)| **of == signature.0 && kinds.contains(kind))
                };
                if let (None, Some(kind), false) = (def, kind, signature == srat::SIGNATURE)
                    && !is_vendors(kind)
                {
                    let message = format_args!("{place}type {kind:#x}, {} bytes", item.size);
                    findings.add(&rules::ENTRY_UNKNOWN, span(&item), message);
                }
            }
            What::Value(field) => value(findings, &signature, &place, &item, field),
            What::Raw(RawKind::Undefined, bytes) if bytes.iter().any(|byte| *byte != 0) => {
                let message = format_args!("{place}{} bytes that no field has", bytes.len());
                findings.add(&rules::UNDEFINED_BYTES, span(&item), message);
            }
            _ => {}
        }
    }
}

/// The entry that a message is about.
#[derive(Debug, Clone, Copy, Default)]
struct EntryPlace {
    entry: Option<usize>,
    title: Option<&'static str>,
}

impl std::fmt::Display for EntryPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.entry {
            Some(entry) => write!(out, "entry {entry} ({}): ", self.title.unwrap_or("unknown")),
            None => Ok(()),
        }
    }
}

fn span(item: &Item<'_>) -> std::ops::Range<usize> {
    item.offset..item.offset + item.size
}

fn value(
    findings: &mut Findings,
    signature: &Signature,
    place: &EntryPlace,
    item: &Item<'_>,
    field: &FieldValue<'_>,
) {
    let is_left_out = |name: &str| LEFT_OUT.iter().any(|(of, left)| **of == signature.0 && *left == name);
    let odd = |names: &'static [(u64, &'static str)], value: u64| {
        !names.is_empty() && lookup(names, value).is_none()
    };
    if let (FieldKind::Choice(names), Some(value)) = (field.def.kind, field.uint())
        && odd(names, value)
        && !is_left_out(field.def.name)
        && !(field.def.name == "Space ID" && value >= OEM_SPACES)
    {
        let message = format_args!("{place}{} is {value:#x}, expected {}", field.def.name, expected(names));
        findings.add(&rules::VALUE_UNDEFINED, span(item), message);
    }
    for (bits, value) in field.bits() {
        if odd(bits.values, value) && !is_left_out(bits.name) {
            let message =
                format_args!("{place}{} is {value:#x}, expected {}", bits.name, expected(bits.values));
            findings.add(&rules::VALUE_UNDEFINED, span(item), message);
        }
    }
}

/// The values that have a name.
fn expected(names: &[(u64, &str)]) -> String {
    let mut values: Vec<u64> = names.iter().map(|(value, _)| *value).collect();
    values.sort_unstable();
    match (values.first(), values.last()) {
        (Some(first), Some(last)) if last - first + 1 == values.len() as u64 && values.len() > 2 => {
            format!("{first:#x} to {last:#x}")
        }
        _ => {
            let values: Vec<String> = values.iter().map(|value| format!("{value:#x}")).collect();
            phrase::either(&values)
        }
    }
}
