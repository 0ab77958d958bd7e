//! Rules for an override held against a firmware.

use super::build::*;
use super::{Expected, assert_found};
use acpihp::boot::kernel::release::Release;
use acpihp::check::{across::Named, against};
use acpihp::finding::Finding;
use acpihp::finding::Severity::{Error, Info, Warning};

/// What it shows, the firmware's tables, the override, the kernel, and what must be found.
type Case = (&'static str, Vec<Vec<u8>>, Vec<u8>, &'static str, Vec<Expected>);

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
    tables.iter().map(|bytes| Named { subject: b"x", base: 0, bytes }).collect()
}

fn check(firmware: &[Vec<u8>], tables: &[Vec<u8>], kernel: &str) -> Vec<Finding> {
    against::check(&named(tables), &named(firmware), &Release::parse(kernel).unwrap()).1
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
        ("newer", vec![srat.clone()], newer(&srat), "6.12", vec![]),
        ("older", vec![newer(&srat)], srat.clone(), "6.12", one("override-not-newer", Error, 24, 28)),
        ("the same", vec![srat.clone()], srat.clone(), "6.12", one("override-in-force", Info, 0, 200)),
        (
            "OEM id",
            vec![srat.clone()],
            renamed(10, b"acpihp", newer(&srat)),
            "6.12",
            one("override-ids-differ", Error, 10, 16),
        ),
        (
            "one zero",
            vec![srat.clone()],
            renamed(23, b"\0", newer(&srat)),
            "6.12",
            one("override-ids-differ", Error, 16, 24),
        ),
        ("no such table", vec![ssdt.clone()], srat.clone(), "6.12", one("override-adds", Info, 0, 200)),
        ("no such table, 4.6", vec![ssdt.clone()], srat, "4.6", one("override-ignored", Error, 0, 200)),
        ("another SSDT", vec![ssdt.clone()], others, "6.12", one("override-adds", Info, 10, 24)),
        ("two SSDTs", pair, newer(&ssdt), "6.12", one("override-ambiguous", Warning, 10, 24)),
        ("FADT of elsewhere", vec![here], there, "6.12", one("override-fadt-addresses", Warning, 140, 148)),
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
    for (name, firmware, table, kernel, expected) in cases() {
        assert_found(name, &check(&firmware, &[table], kernel), &expected);
    }
}
