//! Rules for override archives and initrds.

use super::build::*;
use super::{Expected, assert_found};
use acpihp::boot::kernel::release::Release;
use acpihp::check::archive;
use acpihp::finding::Finding;
use acpihp::finding::Severity::{Error, Warning};
use acpihp::finding::registry;
use std::collections::BTreeSet;

const SRAT: &str = "kernel/firmware/acpi/srat.aml";

/// A case: what it shows, the bytes, and what must be found in them.
type Case = (&'static str, Vec<u8>, Vec<Expected>);

fn kernel() -> Release {
    Release::parse("7.3").unwrap()
}

fn check(bytes: &[u8]) -> Vec<Finding> {
    archive::check(&"x".into(), bytes, &kernel()).findings
}

fn slit_table() -> Vec<u8> {
    slit(2, &[10, 20, 20, 10])
}

/// An archive with a SRAT, the data of which start at 140, and what else is given.
fn with(entries: &[Vec<u8>]) -> Vec<u8> {
    [file(SRAT, &clean_srat()), entries.concat(), trailer()].concat()
}

fn one(code: &'static str, severity: acpihp::finding::Severity, start: usize, len: usize) -> Vec<Expected> {
    vec![(code, severity, Some((start as u64, (start + len) as u64)))]
}

fn cases() -> Vec<Case> {
    let ok = with(&[]);
    let srat_end = 140 + 200;
    let inside = |name: &str| srat_end + (110 + name.len() + 1).next_multiple_of(4);
    let other = "kernel/firmware/acpi/x";
    let at = inside(other);
    let ssdt = table(b"SSDT", 2, &[0xa3; 4]);
    let long = "kernel/firmware/acpi/seventeen-letters";
    let dotted = "./kernel/firmware/acpi/slit.aml";
    let mut bad = ssdt.clone();
    bad[9] ^= 1;
    let longer = [&ssdt[..], &[0; 4]].concat();
    let many: Vec<_> =
        (0..64).map(|number| file(&format!("kernel/firmware/acpi/{number}"), &oem_ssdt(number))).collect();
    let last = srat_end + many[..63].concat().len() + inside("kernel/firmware/acpi/63") - srat_end;
    let main = [file("init", b"x"), trailer()].concat();
    let behind_gzip = |gzip: Vec<u8>| {
        let start = gzip.len().next_multiple_of(4);
        let mut bytes = gzip;
        bytes.resize(start, 0);
        (start, [bytes, ok.clone()].concat())
    };
    let (hidden, after_gzip) = behind_gzip(gzip(&main));
    let misplaced = [with(&[]), vec![0], file(SRAT, &slit_table()), trailer()].concat();
    let odc = [&ok[..], b"070707", &[b'0'; 200]].concat();
    let truncated = with(&[file("init", &[1; 400])]);
    let cut = truncated.len() - 200;
    let gz = gzip(&ok);
    let mut crc = file("init", b"ab");
    crc[5] = b'2';
    vec![
        (
            "unknown signature",
            with(&[file(other, &table(b"FPDT", 1, &[]))]),
            one("archive-signature", Error, at, 4),
        ),
        (
            "FACS",
            with(&[file(other, &[&b"FACS\x40"[..], &[0; 59]].concat())]),
            one("archive-signature", Error, at, 4),
        ),
        ("no trailer", file(SRAT, &clean_srat()), one("archive-no-trailer", Warning, 0, srat_end)),
        (
            "directory with data",
            with(&[entry(0o040_755, other.as_bytes(), b"data")]),
            one("archive-not-regular", Error, srat_end, 136 + 4),
        ),
        (
            "table elsewhere",
            with(&[file("acpi/slit.aml", &slit_table())]),
            one("archive-prefix", Warning, srat_end, 124 + 48),
        ),
        ("35 bytes", with(&[file(other, &ssdt[..35])]), one("table-header-short", Error, at, 35)),
        ("hard link", with(&[file(other, b"")]), one("table-header-short", Error, at, 0)),
        (
            "two tables",
            with(&[file(other, &[&ssdt[..], &ssdt].concat())]),
            one("archive-several-tables", Error, at, 80),
        ),
        (
            "longer than its length",
            with(&[file(other, &longer)]),
            one("table-trailing-bytes", Error, at + 40, 4),
        ),
        (
            "shorter than its length",
            with(&[file(other, &ssdt[..36])]),
            one("table-truncated", Error, at + 4, 4),
        ),
        ("sum", with(&[file(other, &bad)]), one("table-checksum", Error, at + 9, 1)),
        (
            "fault in a table",
            [file(SRAT, &srat(&[cpu(0, 0), memory(0, 4096, u64::MAX, 1)])), trailer()].concat(),
            one("srat-memory-wrap", Error, 140 + 64, 40),
        ),
        (
            "long name",
            with(&[file(long, &ssdt)]),
            one("archive-name-long", Warning, srat_end + 110, long.len() + 1),
        ),
        (
            "65th file",
            [file(SRAT, &clean_srat()), many.concat(), trailer()].concat(),
            one("archive-over-limit", Error, last, 40),
        ),
        (
            "./ in front",
            with(&[file(dotted, &slit_table())]),
            one("archive-prefix", Error, srat_end, 144 + 48),
        ),
        (
            "/ in front",
            with(&[file("/kernel/firmware/acpi/slit.aml", &slit_table())]),
            one("archive-prefix", Error, srat_end, 144 + 48),
        ),
        (
            "link",
            with(&[entry(0o120_777, other.as_bytes(), b"/srat.aml")]),
            one("archive-not-regular", Error, srat_end, 136 + 12),
        ),
        ("behind gzip", after_gzip, one("archive-hidden", Error, hidden, 110)),
        ("in gzip", gz.clone(), one("archive-compressed", Error, 0, gz.len())),
        ("misaligned", misplaced, one("archive-misaligned", Error, ok.len() + 1, 110)),
        (
            "misaligned gzip",
            [&ok[..], &[0; 2], &gzip(&main)].concat(),
            one("archive-misaligned", Error, ok.len() + 2, gzip(&main).len().min(110)),
        ),
        ("misaligned at the start", [&[0; 3], &ok[..]].concat(), one("archive-misaligned", Error, 3, 110)),
        ("cut", truncated[..cut].to_vec(), one("archive-truncated", Error, srat_end, 110)),
        ("odc", odc, one("archive-format", Error, ok.len(), 6)),
        ("junk behind", [&ok[..], b"junk of four"].concat(), one("archive-unpacker", Error, ok.len(), 12)),
        ("wrong sum of 070702", with(&[crc]), one("archive-unpacker", Error, srat_end, 110)),
        (
            "junk in gzip",
            [&ok[..], &gzip(b"#!/bin/sh")].concat(),
            one("archive-unpacker", Error, ok.len(), gzip(b"#!/bin/sh").len()),
        ),
        (
            "xz with a CRC64",
            [&ok[..], b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"].concat(),
            one("archive-unsupported", Error, ok.len(), 12),
        ),
        (
            "LZ4 of the frame format",
            [&ok[..], b"\x04\x22\x4d\x18\x64\x40\xa7\0\0\0\0\x05\x5d\xcc\x02"].concat(),
            one("archive-unsupported", Error, ok.len(), 15),
        ),
        (
            "no tables",
            [file("init", b"#!/bin/sh"), trailer()].concat(),
            vec![("archive-no-tables", Warning, None)],
        ),
        (
            "compressed, no tables",
            gzip(&[file("init", b"x"), trailer()].concat()),
            vec![("archive-no-tables", Warning, None)],
        ),
        (
            "XSDT",
            with(&[file(other, &table(b"XSDT", 1, &[1; 8]))]),
            one("archive-root-table", Warning, at, 44),
        ),
        (
            "same twice",
            with(&[file(other, &revised(2, clean_srat()))]),
            one("archive-same-identity", Error, at + 10, 14),
        ),
        (
            "tables that disagree",
            with(&[file(other, &slit(1, &[10]))]),
            one("slit-domain-missing", Warning, 140 + 64, 16),
        ),
    ]
}

/// An SSDT whose OEM table id has a number in it.
fn oem_ssdt(number: usize) -> Vec<u8> {
    let mut table = table(b"SSDT", 2, &[0xa3; 4]);
    table[16..18].copy_from_slice(format!("{number:02}").as_bytes());
    resum(table)
}

#[test]
fn planted_faults_are_found() {
    for (name, bytes, expected) in cases() {
        assert_found(name, &check(&bytes), &expected);
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let micro = [file("kernel/x86/microcode/GenuineIntel.bin", &[1; 48]), trailer()].concat();
    let main = gzip(&[file("init", b"x"), trailer()].concat());
    let directories: Vec<u8> = ["kernel", "kernel/firmware", "kernel/firmware/acpi"]
        .iter()
        .flat_map(|name| entry(0o040_755, name.as_bytes(), b""))
        .collect();
    let two = with(&[file("kernel/firmware/acpi/sub/slit", &slit_table()), file("etc/x.aml", b"x")]);
    let good: [Vec<u8>; 6] = [
        two.clone(),
        [directories, two.clone()].concat(),
        [two.clone(), main.clone()].concat(),
        [micro.clone(), two.clone(), vec![0; 8], main.clone()].concat(),
        [two.clone(), micro, main].concat(),
        [vec![0; 512], two.clone()].concat(),
    ];
    for (index, bytes) in good.iter().enumerate() {
        assert_eq!(check(bytes), [], "{index}");
    }
    let names: Vec<_> = archive::check(&"x".into(), &two, &kernel())
        .files
        .iter()
        .map(|file| file.entry.name().to_vec())
        .collect();
    assert_eq!(names, [SRAT.as_bytes(), b"kernel/firmware/acpi/sub/slit"]);
}

#[test]
fn findings_about_a_table_name_it_and_count_from_the_archive() {
    let bytes = [file(SRAT, &table(b"SRAT", 3, &[0; 12])), trailer()].concat();
    let findings = check(&bytes);
    assert_eq!(findings[0].subject, "x: kernel/firmware/acpi/srat.aml");
    let hostile = [file("kernel/firmware/acpi/\x1b[2J", b""), trailer()].concat();
    assert_eq!(check(&hostile)[0].subject, "x: kernel/firmware/acpi/\x1b[2J");
}

#[test]
fn a_release_decides_what_is_taken() {
    let swft = with(&[file("kernel/firmware/acpi/x", &table(b"SWFT", 1, &[0; 8]))]);
    assert_eq!(check(&swft), []);
    let mut old = Release::parse("5.10").unwrap();
    old.max_files = 10;
    let findings = archive::check(&"x".into(), &swft, &old).findings;
    assert!(findings[0].message.text().contains("from Linux 6.18 on"), "{:?}", findings[0].message);
    let many: Vec<_> =
        (0..11).map(|number| file(&format!("kernel/firmware/acpi/{number}"), &oem_ssdt(number))).collect();
    let bytes = [many.concat(), trailer()].concat();
    assert_eq!(check(&bytes), []);
    assert_eq!(archive::check(&"x".into(), &bytes, &old).findings[0].rule.code, "archive-over-limit");
}

/// Rules that only the builder of archives knows of, or who unpacks all of an initrd: `unpackers` plants those. `listings` plants the DSDT.
const BUILDER: [&str; 7] = [
    "archive-checksum",
    "archive-other-tables",
    "archive-past-end",
    "override-dsdt-unknown",
    "override-order-open",
    "override-locked-down",
    "override-not-configured",
];

/// Every rule about archives has a case here or in the comparison with a firmware.
#[test]
fn every_rule_about_archives_is_planted() {
    let mut planted: BTreeSet<&str> = cases()
        .iter()
        .flat_map(|(_, _, expected)| expected.iter().map(|(code, ..)| *code).collect::<Vec<_>>())
        .collect();
    planted.extend(super::against::codes());
    let areas = registry::areas();
    let area = areas.iter().find(|(title, _)| *title == "Archives and initrds").unwrap();
    let rules = area.1.iter().map(|rule| rule.code);
    let missing: Vec<_> = rules.filter(|code| !planted.contains(code) && !BUILDER.contains(code)).collect();
    assert!(missing.is_empty(), "no case plants {missing:?}");
}

/// The kernel takes the tables and nothing is lost behind them, or a finding says so.
fn answers(bytes: &[u8], whole: usize, what: &str) {
    let checked = archive::check(&"x".into(), bytes, &kernel());
    let taken = checked
        .files
        .iter()
        .filter(|file| file.outcome == acpihp::boot::stages::upgrade::Examined::Accepted)
        .count();
    let told = checked.findings.iter().any(|finding| finding.severity >= Warning);
    assert!(taken == whole || told, "{what}: {taken} of {whole} tables, and no finding");
}

#[test]
fn an_archive_cut_anywhere_is_answered() {
    let bytes = with(&[file("kernel/firmware/acpi/slit.aml", &slit_table())]);
    for end in 0..bytes.len() {
        answers(&bytes[..end], 2, &format!("cut at {end}"));
    }
}

#[test]
fn any_changed_byte_of_an_archive_is_answered() {
    let bytes = with(&[file("kernel/firmware/acpi/slit.aml", &slit_table())]);
    for at in 0..bytes.len() {
        for value in [0, 1, b'0', b'1', b'7', b'f', b'/', 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at] ^ 0x40] {
            let mut changed = bytes.clone();
            changed[at] = value;
            answers(&changed, 2, &format!("byte {at} as {value:#x}"));
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_too_odd(
        parts in proptest::collection::vec((0usize..8, proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)), 0..6),
    ) {
        let mut bytes = Vec::new();
        for (kind, noise) in parts {
            match kind {
                0 => bytes.extend(file(SRAT, &clean_srat())),
                1 => bytes.extend(trailer()),
                2 => bytes.extend(gzip(&noise)),
                3 => bytes.extend(b"070701"),
                4 => bytes.extend(vec![0; noise.len()]),
                5 => bytes.extend(file("kernel/firmware/acpi/n", &noise)),
                6 => bytes.truncate(bytes.len().saturating_sub(noise.len())),
                _ => bytes.extend(noise),
            }
        }
        for finding in check(&bytes) {
            if let Some(span) = finding.span {
                proptest::prop_assert!(span.start <= span.end && span.end <= bytes.len() as u64, "{}: {:?}", finding.rule.code, span);
            }
        }
    }
}
