//! Planted faults of CEDT, MCFG, NFIT and PPTT, and of what they say of other tables.

use super::build::*;
use super::tables::{AcrossCase, Case, found};
use acpihp::finding::Severity::{Error, Info, Warning};

/// Numbers of 1, 2, 4 or 8 bytes one after the other.
macro_rules! le {
    ($($number:expr),* $(,)?) => { [$($number.to_le_bytes().as_slice()),*].concat() };
}

/// A CXL host bridge.
fn bridge(uid: u32, version: u32, length: u64) -> Vec<u8> {
    le![0u8, 0u8, 32u16, uid, version, 0u32, 0x10_0000u64, length]
}

/// A CXL window with one target; the numbers are encoded as in the table.
fn window(base: u64, size: u64, members: u8, arithmetic: u8, granularity: u32, target: u32) -> Vec<u8> {
    le![1u8, 0u8, 40u16, 0u32, base, size, members, arithmetic, 0u16, granularity, 4u16, 0u16, target]
}

fn cedt(structures: &[Vec<u8>]) -> Vec<u8> {
    table(b"CEDT", 1, &[vec![bridge(7, 1, 0x1_0000)], structures.to_vec()].concat().concat())
}

const GIB: u64 = 1 << 30;

/// A CEDT with nothing to find in it: a bridge at 36, a window at 68.
pub(crate) fn clean_cedt() -> Vec<u8> {
    cedt(&[window(16 * GIB, GIB, 0, 0, 0, 7)])
}

pub(crate) fn cedt_cases() -> Vec<Case> {
    let one = |members, arithmetic, granularity| {
        cedt(&[window(16 * GIB, GIB, members, arithmetic, granularity, 7)])
    };
    vec![
        ("bridge twice", cedt(&[bridge(7, 1, 0x1_0000)]), found("cedt-host-bridge", Warning, 72, 76)),
        ("version 2", cedt(&[bridge(8, 2, 0x1_0000)]), found("cedt-host-bridge", Warning, 76, 80)),
        ("8 KiB", cedt(&[bridge(8, 1, 0x2000)]), found("cedt-host-bridge", Warning, 92, 100)),
        (
            "at 1 MiB",
            cedt(&[window(1 << 20, GIB, 0, 0, 0, 7)]),
            found("cedt-window-unaligned", Warning, 76, 84),
        ),
        ("empty", cedt(&[window(GIB, 0, 0, 0, 0, 7)]), found("cedt-window-unaligned", Warning, 76, 84)),
        (
            "overlap",
            cedt(&[window(16 * GIB, 2 * GIB, 0, 0, 0, 7), window(17 * GIB, GIB, 0, 0, 0, 7)]),
            found("cedt-window-overlap", Warning, 116, 124),
        ),
        ("5 members", one(5, 0, 0), found("cedt-interleave", Warning, 92, 93)),
        ("arithmetic 2", one(0, 2, 0), found("cedt-interleave", Warning, 93, 94)),
        ("granularity 7", one(0, 0, 7), found("cedt-interleave", Warning, 96, 100)),
        ("one target of two", one(1, 0, 0), found("cedt-interleave", Warning, 70, 72)),
        (
            "XOR without maps",
            one(1, 1, 0),
            vec![("cedt-xor-map", Warning, Some((93, 94))), ("cedt-interleave", Warning, Some((70, 72)))],
        ),
        (
            "two maps of one",
            cedt(&[le![2u8, 0u8, 16u16, 0u16, 0u8, 2u8, 0x2000u64]]),
            found("cedt-xor-map", Warning, 70, 72),
        ),
        (
            "bridge at 0",
            cedt(&[le![0u8, 0u8, 32u16, 9u32, 1u32, 0u32, 0u64, 0x1_0000u64]]),
            found("cedt-host-bridge", Warning, 84, 92),
        ),
        (
            "no such bridge",
            cedt(&[window(16 * GIB, GIB, 0, 0, 0, 9)]),
            found("cedt-target", Warning, 68, 108),
        ),
    ]
}

/// An MCFG with these allocations: base, segment, first and last bus.
fn mcfg(all: &[(u64, u16, u8, u8)]) -> Vec<u8> {
    let one = |(base, segment, first, last): &(u64, u16, u8, u8)| le![base, segment, first, last, 0u32];
    table(b"MCFG", 1, &[vec![vec![0; 8]], all.iter().map(one).collect()].concat().concat())
}

pub(crate) fn clean_mcfg() -> Vec<u8> {
    mcfg(&[(0xb000_0000, 0, 0, 0x7f), (0xb000_0000, 0, 0x80, 0xff), (0xd000_0000, 1, 0, 0xff)])
}

pub(crate) fn mcfg_cases() -> Vec<Case> {
    vec![
        ("space at 0", mcfg(&[(0, 0, 0, 255)]), found("mcfg-base", Warning, 44, 52)),
        (
            "two segments in one place",
            mcfg(&[(0xb000_0000, 0, 0, 255), (0xb800_0000, 1, 0, 9)]),
            found("mcfg-overlap", Warning, 60, 68),
        ),
        ("space at 4 KiB", mcfg(&[(0x1000, 0, 0, 255)]), found("mcfg-base", Warning, 44, 52)),
        ("buses 9 to 1", mcfg(&[(0xb000_0000, 0, 9, 1)]), found("mcfg-buses", Warning, 44, 60)),
        (
            "bus 9 twice",
            mcfg(&[(0xb000_0000, 0, 0, 9), (0xd000_0000, 0, 9, 20)]),
            found("mcfg-buses", Warning, 60, 76),
        ),
    ]
}

/// A range of persistent memory in a domain.
fn range(index: u16, base: u64, length: u64, domain: u32) -> Vec<u8> {
    [le![0u16, 56u16, index, 2u16, 0u32, domain], vec![0x11; 16], le![base, length, 0x8008u64]].concat()
}

/// A map of a DIMM to a range and a control region.
fn map(range: u16, control: u16, interleave: u16) -> Vec<u8> {
    le![1u16, 48u16, 1u32, 0u16, 0u16, range, control, GIB, 0u64, 0u64, interleave, 1u16, 0u16, 0u16]
}

/// A control region without block windows.
fn control(index: u16) -> Vec<u8> {
    [le![4u16, 32u16, index], vec![0; 26]].concat()
}

fn nfit(structures: &[Vec<u8>]) -> Vec<u8> {
    table(b"NFIT", 1, &[vec![vec![0; 4]], structures.to_vec()].concat().concat())
}

/// An NFIT with nothing to find in it.
pub(crate) fn clean_nfit() -> Vec<u8> {
    nfit(&[range(1, 32 * GIB, GIB, 0), map(1, 1, 0), control(1)])
}

pub(crate) fn nfit_cases() -> Vec<Case> {
    let first = || range(1, 32 * GIB, GIB, 0);
    vec![
        (
            "range 1 twice",
            nfit(&[first(), range(1, 64 * GIB, GIB, 0)]),
            found("nfit-index-twice", Warning, 100, 102),
        ),
        ("region 1 twice", nfit(&[control(1), control(1)]), found("nfit-index-twice", Warning, 76, 78)),
        (
            "no range 2",
            nfit(&[first(), map(2, 1, 0), control(1)]),
            found("nfit-reference", Warning, 108, 110),
        ),
        (
            "no region 2",
            nfit(&[first(), map(1, 2, 0), control(1)]),
            found("nfit-reference", Warning, 110, 112),
        ),
        (
            "no interleave",
            nfit(&[first(), map(1, 1, 3), control(1)]),
            found("nfit-reference", Warning, 136, 138),
        ),
        ("empty range", nfit(&[range(1, GIB, 0, 0)]), found("nfit-range", Warning, 72, 80)),
        ("wrap", nfit(&[range(1, u64::MAX - 4, GIB, 0)]), found("nfit-range", Warning, 72, 80)),
        ("shared", nfit(&[first(), range(2, 32 * GIB, GIB, 0)]), found("nfit-range", Warning, 128, 136)),
    ]
}

/// A processor node: parent, UID if it is a leaf, and resources.
fn node(parent: u32, leaf: Option<u32>, resources: &[u32]) -> Vec<u8> {
    let flags = if leaf.is_some() { 0b1010u32 } else { 1 };
    let len = 20 + 4 * resources.len() as u8;
    let count = resources.len() as u32;
    let list = resources.iter().flat_map(|one| one.to_le_bytes());
    [le![0u8, len, 0u16, flags, parent, leaf.unwrap_or(0), count], list.collect()].concat()
}

/// A cache with all numbers valid.
fn cache(next: u32, size: u32, sets: u32, ways: u8, line: u16) -> Vec<u8> {
    le![1u8, 24u8, 0u16, 0x7fu32, next, size, sets, ways, 0u8, line]
}

fn pptt(structures: &[Vec<u8>]) -> Vec<u8> {
    table(b"PPTT", 2, &structures.concat())
}

/// A package at 36 with a cache at 56 and two processors at 80 and 104.
pub(crate) fn clean_pptt() -> Vec<u8> {
    pptt(&[
        node(0, None, &[]),
        cache(0, 0x8000, 64, 8, 64),
        node(36, Some(0), &[56]),
        node(36, Some(1), &[56]),
    ])
}

pub(crate) fn pptt_cases() -> Vec<Case> {
    let lone = |cache: Vec<u8>| pptt(&[cache]);
    vec![
        ("parent nowhere", pptt(&[node(40, None, &[])]), found("pptt-reference", Warning, 44, 48)),
        ("resource nowhere", pptt(&[node(0, None, &[99])]), found("pptt-reference", Warning, 56, 60)),
        ("a node as resource", pptt(&[node(0, None, &[36])]), found("pptt-reference", Warning, 56, 60)),
        ("next level nowhere", lone(cache(99, 0x8000, 64, 8, 64)), found("pptt-reference", Warning, 44, 48)),
        ("own parent", pptt(&[node(36, None, &[])]), found("pptt-cycle", Error, 44, 48)),
        (
            "two parents",
            pptt(&[node(56, None, &[]), node(36, None, &[])]),
            found("pptt-cycle", Error, 44, 48),
        ),
        ("own next level", lone(cache(36, 0x8000, 64, 8, 64)), found("pptt-cycle", Error, 44, 48)),
        (
            "UID twice",
            pptt(&[node(0, Some(3), &[]), node(0, Some(3), &[])]),
            found("pptt-uid-twice", Warning, 68, 72),
        ),
        (
            "a leaf as parent",
            pptt(&[node(0, Some(0), &[]), node(36, Some(1), &[])]),
            found("pptt-leaf", Warning, 64, 68),
        ),
        ("lines of 60", lone(cache(0, 0x7800, 64, 8, 60)), found("pptt-cache-geometry", Info, 58, 60)),
        ("sets of 63", lone(cache(0, 0x8000, 63, 8, 64)), found("pptt-cache-geometry", Info, 48, 52)),
    ]
}

pub(crate) fn across_cases() -> Vec<AcrossCase> {
    let part = cedt(&[window(4 * GIB, 8 * GIB, 0, 0, 0, 7)]);
    let other = pptt(&[node(0, Some(0), &[]), node(0, Some(9), &[])]);
    vec![
        (
            "NFIT of domain 5",
            vec![clean_srat(), nfit(&[range(1, 32 * GIB, GIB, 5)])],
            found("nfit-domain", Warning, 52, 56),
        ),
        (
            "window of no node",
            vec![clean_srat(), clean_cedt()],
            found("cedt-window-without-domain", Info, 76, 84),
        ),
        ("window of two nodes", vec![clean_srat(), part], found("cedt-window-in-srat", Info, 76, 84)),
        ("PPTT of another", vec![madt(&[0, 1]), other], found("pptt-uid-not-in-madt", Warning, 68, 72)),
    ]
}
