//! Rules for any table: the header, the length, the sum and the ids.

use super::Findings;
use crate::bytes::{array_at, sum8, u32_at};
use crate::finding::Severity;
use crate::finding::registry::header as rules;
use crate::foreign::Foreign;
use crate::table::{HEADER_LEN, Header, Signature, names};
use std::ops::RangeInclusive;

/// Tables that begin with signature and length alone: no sum, no ids.
const WITHOUT_HEADER: [[u8; 4]; 2] = [*b"FACS", *b"S3PT"];

/// What these begin with.
pub(super) const LENGTH_ONLY_LEN: usize = 8;

/// Length of the FACS that ACPI 1.0 defines.
const FACS_LEN: u32 = 64;

/// The revisions that the specification (up to ACPI 6.6) defines for the tables that are looked at here.
const REVISIONS: [([u8; 4], RangeInclusive<u8>); 28] = [
    (*b"APIC", 1..=7),
    (*b"BERT", 1..=1),
    (*b"BGRT", 1..=1),
    (*b"CEDT", 1..=2),
    (*b"CPEP", 1..=1),
    (*b"DSDT", 1..=2),
    (*b"ECDT", 1..=1),
    (*b"EINJ", 1..=2),
    (*b"ERST", 1..=1),
    (*b"FACP", 1..=6),
    (*b"FPDT", 1..=1),
    (*b"GTDT", 1..=3),
    (*b"HEST", 1..=2),
    (*b"HMAT", 1..=2),
    (*b"HPET", 1..=1),
    (*b"MCFG", 1..=1),
    (*b"MPST", 1..=1),
    (*b"MSCT", 1..=1),
    (*b"NFIT", 1..=1),
    (*b"PCCT", 1..=2),
    (*b"PMTT", 1..=2),
    (*b"PPTT", 1..=4),
    (*b"RSDT", 1..=1),
    (*b"SBST", 1..=1),
    (*b"SLIT", 1..=1),
    (*b"SRAT", 1..=4),
    (*b"SSDT", 1..=2),
    (*b"XSDT", 1..=1),
];

/// Whether a table begins with signature and length alone.
pub(super) fn has_length_only(table: &[u8]) -> bool {
    array_at(table, 0).is_some_and(|signature| WITHOUT_HEADER.contains(&signature))
}

/// The tables that readers take apart by their revision; in others firmware writes what it likes, and nothing comes of it.
const BY_REVISION: [[u8; 4]; 8] =
    [*b"APIC", *b"FACP", *b"HMAT", *b"MSCT", *b"RSDT", *b"SLIT", *b"SRAT", *b"XSDT"];

/// Checks what all tables have in common. The header comes back when the table behind it is worth a look.
pub fn check(findings: &mut Findings, table: &[u8]) -> Option<Header> {
    if has_length_only(table) {
        length_only(findings, table);
        return None;
    }
    // What tells a CDAT are a length and a sum that are right.
    if crate::table::is_cdat(table) {
        return None;
    }
    let Some(header) = Header::parse(table) else {
        let what = if table.is_empty() { "the file is empty".into() } else { bytes_there(table) };
        findings.add(
            &rules::SHORT_HEADER,
            0..table.len(),
            format_args!("{what}, expected at least {HEADER_LEN}"),
        );
        return None;
    };
    if is_mangled(table, &header) {
        let first = table.windows(3).position(|part| part == REPLACEMENT).unwrap_or(0);
        let count = table.windows(3).filter(|part| *part == REPLACEMENT).count();
        findings.add(
            &rules::UTF8_MANGLED,
            first..first + REPLACEMENT.len(),
            format_args!("EF BF BD appears {} in {} bytes", times(count), table.len()),
        );
        return None;
    }
    let whole = length(findings, table, &header)?;
    if let Some(all) = table.get(..whole) {
        checksum(findings, all, &header);
    }
    ids(findings, &header);
    revision(findings, &header);
    Some(header)
}

/// The three bytes of U+FFFD in UTF-8.
const REPLACEMENT: &[u8] = &[0xef, 0xbf, 0xbd];

/// Whether the table went through a program that took it for text: it is UTF-8 from end to end, has replacement characters,
/// and does not hold together as a table. Tables with text of their own hold together.
fn is_mangled(table: &[u8], header: &Header) -> bool {
    let consistent = header.length as usize == table.len() && sum8(table) == 0;
    !consistent && std::str::from_utf8(table).is_ok_and(|text| text.contains('\u{fffd}'))
}

/// The length rules; gives the number of bytes that belong to the table, if there are as many as a header has.
fn length(findings: &mut Findings, table: &[u8], header: &Header) -> Option<usize> {
    let (there, length) = (table.len(), header.length as usize);
    if length < HEADER_LEN {
        findings.add(
            &rules::LENGTH_SHORT,
            4..8,
            format_args!("the header's length is {length}, and {} there", bytes_are(there)),
        );
        return None;
    }
    if length > there {
        findings.add(
            &rules::TRUNCATED,
            4..8,
            format_args!("the header's length is {length}, but only {} there", bytes_are(there)),
        );
    } else if length < there {
        let rest = table.get(length..).unwrap_or_default();
        let kind = if rest.iter().all(|byte| *byte == 0) { "zero bytes follow" } else { "more bytes follow" };
        findings.add(
            &rules::TRAILING_BYTES,
            length..there,
            format_args!("the header's length is {length}, and {} {kind}", rest.len()),
        );
    }
    Some(length)
}

fn checksum(findings: &mut Findings, all: &[u8], header: &Header) {
    let sum = sum8(all);
    if sum != 0 {
        let right = header.checksum.wrapping_sub(sum);
        findings.add(
            &rules::CHECKSUM,
            9..10,
            format_args!("the checksum is {:#04x}, and should be {right:#04x}", header.checksum),
        );
    }
}

fn ids(findings: &mut Findings, header: &Header) {
    signature(findings, &header.signature);
    let fields: [(&str, usize, &[u8]); 3] = [
        ("OEM id", 10, &header.oem_id),
        ("OEM table id", 16, &header.oem_table_id),
        ("creator id", 28, &header.creator_id),
    ];
    for (name, at, bytes) in fields {
        if !is_text(bytes) {
            let rule = if at == 28 { &rules::CREATOR_UNPRINTABLE } else { &rules::ID_UNPRINTABLE };
            findings.add(rule, at..at + bytes.len(), Foreign::from(name) + " \"" + bytes + "\"");
        }
    }
}

/// Capital letters, digits, `_` and `!` (as in ASF!) are in a signature, and what else a known one has (iBFT).
fn signature(findings: &mut Findings, signature: &Signature) {
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_!".contains(byte);
    if signature.0.iter().all(fits) {
        return;
    }
    match names::in_its_case(signature) {
        Some(known) if known == *signature => {}
        Some(known) => {
            let message = Foreign::from("signature \"") + *signature + "\", expected \"" + known + "\"";
            findings.add(&rules::SIGNATURE_CASE, 0..4, message);
        }
        None => {
            let message = Foreign::from("signature \"") + *signature + "\"";
            findings.add(&rules::SIGNATURE_INVALID, 0..4, message);
        }
    }
}

/// Whether an id is printable ASCII up to zeros that fill it up.
pub(super) fn is_text(id: &[u8]) -> bool {
    let end = id.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    id.iter().take(end).all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

fn revision(findings: &mut Findings, header: &Header) {
    let Some((_, known)) = REVISIONS.iter().find(|(signature, _)| Signature(*signature) == header.signature)
    else {
        return;
    };
    if !known.contains(&header.revision) {
        let (first, last) = (known.start(), known.end());
        let expected = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let is_read = BY_REVISION.contains(&header.signature.0);
        let severity = if is_read { rules::REVISION_UNKNOWN.severity } else { Severity::Info };
        findings.add_as(
            severity,
            &rules::REVISION_UNKNOWN,
            8..9,
            Foreign::from(header.signature)
                + format_args!(" of revision {}, expected {expected}", header.revision),
        );
    }
}

/// The rules for a table of signature and length alone.
fn length_only(findings: &mut Findings, table: &[u8]) {
    let Some(length) = u32_at(table, 4) else {
        findings.add(
            &rules::SHORT_HEADER,
            0..table.len(),
            format_args!("{}, expected at least 8", bytes_there(table)),
        );
        return;
    };
    let there = table.len();
    if table.starts_with(b"FACS") && length < FACS_LEN {
        findings.add(
            &rules::FACS_SHORT,
            4..8,
            format_args!("the FACS's length is {length}, expected {FACS_LEN} or more"),
        );
    }
    if u64::from(length) > there as u64 {
        findings.add(
            &rules::TRUNCATED,
            4..8,
            format_args!("the header's length is {length}, but only {} there", bytes_are(there)),
        );
    }
}

fn bytes_there(table: &[u8]) -> String {
    crate::phrase::count(table.len(), "byte", "bytes")
}

fn bytes_are(count: usize) -> String {
    crate::phrase::count(count, "byte is", "bytes are")
}

fn times(count: usize) -> String {
    crate::phrase::count(count, "time", "times")
}
