//! Rules about addresses and the memory map.

use super::build::*;
use super::{Expected, assert_found};
use acpihp::check::across::Named;
use acpihp::check::places::{self, Placed};
use acpihp::finding::Finding;
use acpihp::finding::Severity::{Error, Info, Warning};
use acpihp::memory::memmap::{Entry, Kind};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What it shows, tables with their addresses, the memory map, and what must be found.
type Case = (&'static str, Vec<(u64, Vec<u8>)>, Vec<Entry>, Vec<Expected>);

/// The memory map of the machine of [`clean_srat`].
fn map() -> Vec<Entry> {
    vec![
        Entry::new(0..0x9_fc00, Kind::RAM),
        Entry::new(0xf_0000..MIB, Kind::RESERVED),
        Entry::new(MIB..0x7fe0_0000, Kind::RAM),
        Entry::new(0x7fe0_0000..0x7fff_0000, Kind::ACPI),
        Entry::new(0x7fff_0000..2 * GIB, Kind::NVS),
        Entry::new(0xb000_0000..0xc000_0000, Kind::RESERVED),
        Entry::new(4 * GIB..10 * GIB, Kind::RAM),
    ]
}

/// The map with one more entry.
fn with(range: std::ops::Range<u64>, kind: Kind) -> Vec<Entry> {
    [map(), vec![Entry::new(range, kind)]].concat()
}

fn xsdt(addresses: &[u64]) -> Vec<u8> {
    table(b"XSDT", 1, &addresses.iter().flat_map(|address| address.to_le_bytes()).collect::<Vec<_>>())
}

fn rsdt(addresses: &[u32]) -> Vec<u8> {
    table(b"RSDT", 1, &addresses.iter().flat_map(|address| address.to_le_bytes()).collect::<Vec<_>>())
}

fn mcfg(base: u64) -> Vec<u8> {
    table(b"MCFG", 1, &[&[0; 8], &base.to_le_bytes()[..], &[0, 0, 0, 255, 0, 0, 0, 0]].concat())
}

fn dmar(base: u64, last: u64) -> Vec<u8> {
    let region = [&[1, 0, 24, 0, 0, 0, 0, 0][..], &base.to_le_bytes(), &last.to_le_bytes()].concat();
    table(b"DMAR", 1, &[&[38, 0][..], &[0; 10], &region].concat())
}

fn nfit(base: u64) -> Vec<u8> {
    let range =
        [&[0, 0, 56, 0, 1, 0][..], &[0; 26], &base.to_le_bytes(), &GIB.to_le_bytes(), &[0; 8]].concat();
    table(b"NFIT", 1, &[&[0; 4][..], &range].concat())
}

fn facs() -> Vec<u8> {
    [b"FACS".as_slice(), &64u32.to_le_bytes(), &[0; 56]].concat()
}

fn low_msct() -> Vec<u8> {
    let mut table = msct(1);
    table[48..56].copy_from_slice(&(4 * GIB - 1).to_le_bytes());
    resum(table)
}

/// A machine with nothing to find in it, each table at its place.
fn machine() -> Vec<(u64, Vec<u8>)> {
    vec![
        (0xf_0100, rsdp(0x7fe0_0000, 0x7fe0_1000)),
        (0x7fe0_0000, rsdt(&[0x7fe0_2000, 0x7fe0_3000, 0x7fe0_5000])),
        (0x7fe0_1000, xsdt(&[0x7fe0_2000, 0x7fe0_3000, 0x7fe0_5000])),
        (0x7fe0_2000, fadt(0x7fe0_4000, 0x7fe0_4000)),
        (0x7fe0_3000, clean_srat()),
        (0x7fe0_4000, table(b"DSDT", 2, &[0xa3; 4])),
        (0x7fe0_5000, mcfg(0xb000_0000)),
        (0x7fff_0000, facs()),
    ]
}

/// The machine with another table in place of one of its own.
fn changed(index: usize, table: Vec<u8>) -> Vec<(u64, Vec<u8>)> {
    let mut machine = machine();
    machine[index].1 = table;
    machine
}

fn cases() -> Vec<Case> {
    let one = |code, severity, start, end| vec![(code, severity, Some((start, end)))];
    let alone = |table: Vec<u8>| vec![(0, table)];
    let mut moved = machine();
    moved[7].0 = 0x7000_0000;
    vec![
        (
            "an address of no table",
            changed(2, xsdt(&[0x7fe0_2000, 0x7fe0_3000, 0x7fe0_6000])),
            map(),
            vec![("root-entry-unknown", Warning, Some((52, 60))), ("root-tables-differ", Info, None)],
        ),
        (
            "one table less in the XSDT",
            changed(2, xsdt(&[0x7fe0_2000, 0x7fe0_5000])),
            map(),
            vec![("root-tables-differ", Info, None)],
        ),
        (
            "XSDT elsewhere",
            changed(0, rsdp(0x7fe0_0000, 0x7fe0_1040)),
            map(),
            one("table-address-wrong", Warning, 24, 32),
        ),
        (
            "DSDT elsewhere",
            changed(3, fadt(0x7fe0_4040, 0x7fe0_4040)),
            map(),
            one("table-address-wrong", Warning, 140, 148),
        ),
        ("FACS in RAM", moved, map(), one("table-in-ram", Warning, 0, 64)),
        (
            "RAM without a domain",
            alone(clean_srat()),
            with(10 * GIB..11 * GIB, Kind::RAM),
            one("srat-ram-uncovered", Error, 0, 200),
        ),
        (
            "a little RAM without a domain",
            alone(clean_srat()),
            with(10 * GIB..10 * GIB + MIB / 2, Kind::RAM),
            one("srat-ram-uncovered", Warning, 0, 200),
        ),
        (
            "a domain without RAM",
            alone(srat(&[clean_entries(), vec![memory(1, 32 * GIB, GIB, ENABLED)]].concat())),
            map(),
            one("srat-range-without-ram", Warning, 200, 240),
        ),
        ("a low MSCT", alone(low_msct()), map(), one("msct-below-ram", Warning, 48, 56)),
        (
            "configuration space in RAM",
            alone(mcfg(5 * GIB)),
            map(),
            one("device-memory-in-ram", Error, 44, 52),
        ),
        (
            "configuration space in a hole",
            alone(mcfg(0xc000_0000)),
            map(),
            one("mcfg-not-reserved", Info, 44, 52),
        ),
        ("RMRR in RAM", alone(dmar(GIB, GIB + 0xfff)), map(), one("device-memory-in-ram", Error, 56, 64)),
        (
            "RMRR in a hole",
            alone(dmar(0xd000_0000, 0xd000_0fff)),
            map(),
            one("dmar-memory-not-reserved", Warning, 56, 64),
        ),
        ("persistent memory in RAM", alone(nfit(5 * GIB)), map(), one("device-memory-in-ram", Error, 72, 80)),
    ]
}

fn check(tables: &[(u64, Vec<u8>)], map: &[Entry]) -> Vec<Finding> {
    let placed: Vec<Placed<'_>> = tables
        .iter()
        .map(|(address, bytes)| Placed {
            named: Named { subject: b"x", base: 0, bytes },
            address: (*address != 0).then_some(*address),
        })
        .collect();
    places::check(&placed, map)
}

/// The codes that are planted here.
pub(crate) fn codes() -> Vec<&'static str> {
    cases()
        .iter()
        .flat_map(|(.., expected)| expected.iter().map(|(code, ..)| *code).collect::<Vec<_>>())
        .collect()
}

#[test]
fn planted_faults_are_found() {
    for (name, tables, map, expected) in cases() {
        assert_found(name, &check(&tables, &map), &expected);
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    assert_eq!(check(&machine(), &map()), []);
    // Without a map, and in a source with a few tables, nothing can be said.
    assert_eq!(check(&[(0, clean_srat()), (0, mcfg(5 * GIB)), (0, low_msct())], &[]), []);
    assert_eq!(
        check(&[(0x7fe0_1000, xsdt(&[0x7fe0_2000, 0x7fe0_3000])), (0x7fe0_3000, clean_srat())], &[]),
        []
    );
    // Persistent memory is no RAM, and needs no reservation.
    assert_eq!(check(&[(0, nfit(32 * GIB))], &map()), []);
}
