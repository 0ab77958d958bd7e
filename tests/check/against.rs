//! Rules for an override held against a firmware.

use super::build::*;
use super::{Expected, assert_found};
use acpihp::check::{across::Named, against};
use acpihp::finding::Finding;
use acpihp::finding::Severity::{Error, Info, Warning};

/// What it shows, the firmware's tables, the override, whether the kernel is 4.7 or later, and what must be found.
type Case = (&'static str, Vec<Vec<u8>>, Vec<u8>, bool, Vec<Expected>);

/// The table with another OEM revision.
fn at_revision(revision: u32, mut table: Vec<u8>) -> Vec<u8> {
    table[24..28].copy_from_slice(&revision.to_le_bytes());
    resum(table)
}

/// The table with these bytes in its ids.
fn renamed(at: usize, id: &[u8], mut table: Vec<u8>) -> Vec<u8> {
    table[at..at + id.len()].copy_from_slice(id);
    resum(table)
}

fn named(tables: &[Vec<u8>]) -> Vec<Named<'_>> {
    tables.iter().map(|bytes| Named { subject: "x", base: 0, bytes }).collect()
}

fn check(firmware: &[Vec<u8>], tables: &[Vec<u8>], exact: bool) -> Vec<Finding> {
    against::check(&named(tables), &named(firmware), exact).1
}

fn cases() -> Vec<Case> {
    let srat = clean_srat();
    let ssdt = table(b"SSDT", 2, &[0xa3; 4]);
    let newer = |table: &Vec<u8>| at_revision(2, table.clone());
    let one = |code, severity, start, end| vec![(code, severity, Some((start, end)))];
    let others = renamed(16, b"OTHER", ssdt.clone());
    let pair = vec![ssdt.clone(), at_revision(0, ssdt.clone())];
    let (here, there) = (fadt(0x7000, 0x7000), at_revision(2, fadt(0x7000, 0x8000)));
    vec![
        ("newer", vec![srat.clone()], newer(&srat), true, vec![]),
        ("older", vec![newer(&srat)], srat.clone(), true, one("override-not-newer", Error, 24, 28)),
        ("the same", vec![srat.clone()], srat.clone(), true, one("override-in-force", Info, 0, 200)),
        (
            "OEM id",
            vec![srat.clone()],
            renamed(10, b"acpihp", newer(&srat)),
            true,
            one("override-ids-differ", Error, 10, 16),
        ),
        (
            "one zero",
            vec![srat.clone()],
            renamed(23, b"\0", newer(&srat)),
            true,
            one("override-ids-differ", Error, 16, 24),
        ),
        ("no such table", vec![ssdt.clone()], srat.clone(), true, one("override-adds", Info, 0, 200)),
        ("no such table, 4.6", vec![ssdt.clone()], srat, false, one("override-ignored", Error, 0, 200)),
        ("another SSDT", vec![ssdt.clone()], others, true, one("override-adds", Info, 10, 24)),
        ("two SSDTs", pair, newer(&ssdt), true, one("override-ambiguous", Warning, 10, 24)),
        ("FADT of elsewhere", vec![here], there, true, one("override-fadt-addresses", Warning, 140, 148)),
    ]
}

/// The codes that cases here plant.
pub(crate) fn codes() -> Vec<&'static str> {
    cases()
        .iter()
        .flat_map(|(.., expected)| expected.iter().map(|(code, ..)| *code).collect::<Vec<_>>())
        .collect()
}

#[test]
fn planted_faults_are_found() {
    for (name, firmware, table, exact, expected) in cases() {
        assert_found(name, &check(&firmware, &[table], exact), &expected);
    }
}
