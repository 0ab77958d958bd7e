//! Rules for tables of which several fields must go together, and that need no file of their own.

use super::Findings;
use crate::bytes::{bytes_at, u32_at};
use crate::finding::registry::tables as rules;
use crate::foreign::Foreign;
use crate::table::item::Value;
use crate::table::structures::Structures;
use crate::table::{HEADER_LEN, Signature};
use std::collections::HashMap;

/// Checks a table of one of the signatures that have rules here.
pub fn check(findings: &mut Findings, signature: &Signature, table: &[u8]) {
    match &signature.0 {
        b"ECDT" => ecdt(findings, &Structures::of(table)),
        b"HEST" => hest(findings, &Structures::of(table)),
        b"MCHI" => mchi(findings, &Structures::of(table)),
        b"MSDM" => msdm(findings, table),
        b"SBST" => sbst(findings, &Structures::of(table)),
        b"SLIC" => slic(findings, table),
        b"TPM2" => tpm2(findings, &Structures::of(table)),
        b"UEFI" => uefi(findings, table),
        b"WDAT" => wdat(findings, &Structures::of(table)),
        _ => {}
    }
}

fn ecdt(findings: &mut Findings, parts: &Structures<'_>) {
    let path = parts.table.fields().iter().find(|field| field.value.def.name == "Namepath");
    if let Some(path) = path
        && let Value::Text(text) = path.value.value
        && !text.starts_with(b"\\")
    {
        let text = text.strip_suffix(b"\0").unwrap_or(text);
        let message = Foreign::from("Namepath is \"") + text + "\", expected an absolute path";
        findings.add(&rules::ECDT_REGISTERS, path.span.clone(), message);
    }
}

fn hest(findings: &mut Findings, parts: &Structures<'_>) {
    let mut seen = HashMap::new();
    for source in &parts.entries {
        let Some(id) = source.uint("Source Id") else { continue };
        let first = *seen.entry(id).or_insert(source.span.start);
        if first != source.span.start {
            let message = format_args!("{}: id {id} is also that of the source at {first:#x}", source.name());
            findings.add(&rules::HEST_SOURCE, source.at("Source Id"), message);
        }
    }
}

fn mchi(findings: &mut Findings, parts: &Structures<'_>) {
    let fields = &parts.table;
    let Some(kinds) = fields.uint("Interrupt Type") else { return };
    for (name, bit) in [("Gpe", 0), ("Global Interrupt", 1)] {
        if let Some(number @ 1..) = fields.uint(name).filter(|_| kinds >> bit & 1 == 0) {
            let message = format_args!(
                "{name} is {number}, and bit {bit} of Interrupt Type, which is for it, is clear"
            );
            findings.add(&rules::MCHI_INTERFACE, fields.at(name), message);
        }
    }
}

/// Numbers of four bytes before the data of a MSDM, and what they must be.
const MSDM: [(&str, usize, u32); 4] = [
    ("the version", 36, 1),
    ("a reserved field", 40, 0),
    ("the data type", 44, 1),
    ("a reserved field", 48, 0),
];
/// Where the length of its data is, and where they start.
const MSDM_LENGTH: std::ops::Range<usize> = 52..56;

fn msdm(findings: &mut Findings, table: &[u8]) {
    for (name, at, expected) in MSDM {
        if let Some(found) = u32_at(table, at).filter(|found| *found != expected) {
            let message = format_args!("{name} is {found:#x}, expected {expected}");
            findings.add(&rules::LICENSING, at..at + 4, message);
        }
    }
    let there = table.len().saturating_sub(MSDM_LENGTH.end) as u64;
    if let Some(length) = u32_at(table, MSDM_LENGTH.start).filter(|length| u64::from(*length) != there) {
        let message = format_args!("the data have {length} bytes, and {there} are there");
        findings.add(&rules::LICENSING, MSDM_LENGTH, message);
    }
}

/// A structure of the SLIC: its type, its length, and where its reserved bytes are.
const SLIC: [(u32, usize, std::ops::Range<usize>); 2] = [(0, 156, 10..12), (1, 182, 38..54)];

fn slic(findings: &mut Findings, table: &[u8]) {
    let mut at = HEADER_LEN;
    while let (Some(kind), Some(length)) = (u32_at(table, at), u32_at(table, at.saturating_add(4))) {
        let known = SLIC.iter().find(|(of, ..)| *of == kind);
        let Some((_, expected, reserved)) = known.filter(|(_, len, _)| u32::try_from(*len) == Ok(length))
        else {
            let message = match known {
                Some((_, len, _)) => format!("a structure of type {kind} has {length} bytes, expected {len}"),
                None => format!("a structure of type {kind:#x}, expected 0 or 1"),
            };
            findings.add(&rules::LICENSING, at..at + 8, format_args!("{message}"));
            return;
        };
        let span = at + reserved.start..at + reserved.end;
        if bytes_at(table, span.start, span.len()).is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0)) {
            findings.add(&rules::LICENSING, span, format_args!("reserved bytes are not zero"));
        }
        at += expected;
    }
}

fn sbst(findings: &mut Findings, parts: &Structures<'_>) {
    let levels = ["Warning Level", "Low Level", "Critical Level"].map(|name| (name, parts.table.uint(name)));
    for pair in levels.windows(2) {
        if let [(above, Some(high)), (below, Some(low))] = pair
            && low > high
        {
            let message = format_args!("{below} is {low}, above {above}, which is {high}");
            findings.add(&rules::SBST_LEVELS, parts.table.at(below), message);
        }
    }
}

/// The lengths that Linux asks for, by the start method whose parameters it reads.
const TPM2_LENGTHS: [(u64, u64); 3] = [(11, 64), (13, 68), (15, 64)];

fn tpm2(findings: &mut Findings, parts: &Structures<'_>) {
    let fields = &parts.table;
    let (Some(method), Some(length)) = (fields.uint("Start Method"), fields.uint("Table Length")) else {
        return;
    };
    let least = TPM2_LENGTHS.iter().find(|(of, _)| *of == method).map(|(_, least)| *least);
    if let Some(least) = least.filter(|least| *least > length) {
        let message = format_args!("{length} bytes, expected {least} or more for start method {method}");
        findings.add(&rules::TPM2_LENGTH, 4..8, message);
    }
}

/// Where the GUID of a UEFI table is, that says what its data are.
const UEFI_ID: std::ops::Range<usize> = 36..52;

fn uefi(findings: &mut Findings, table: &[u8]) {
    if table.get(UEFI_ID).is_some_and(|id| id.iter().all(|byte| *byte == 0)) {
        findings.add(&rules::UEFI_CONTENT, UEFI_ID, format_args!("the identifier is zero"));
    }
}

fn wdat(findings: &mut Findings, parts: &Structures<'_>) {
    let fields = &parts.table;
    if let (Some(least), Some(most)) = (fields.uint("Min Count"), fields.uint("Max Count"))
        && least > most
    {
        let message = format_args!("Min Count is {least}, above Max Count, which is {most}");
        findings.add(&rules::WDAT_LIMITS, fields.at("Min Count"), message);
    }
}
