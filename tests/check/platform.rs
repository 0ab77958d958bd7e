//! Planted faults of MADT, FADT, HMAT and MSCT.

use super::Expected;
use super::build::*;
use super::tables::{Case, found};
use acpihp::finding::Severity::{Error, Info, Warning};

/// A local APIC entry.
fn lapic(uid: u8, id: u8, flags: u32) -> Vec<u8> {
    [&[0, 8, uid, id][..], &flags.to_le_bytes()].concat()
}

/// An x2APIC entry.
fn x2(uid: u32, id: u32) -> Vec<u8> {
    [&[9, 16, 0, 0][..], &id.to_le_bytes(), &[1, 0, 0, 0], &uid.to_le_bytes()].concat()
}

/// An I/O APIC entry.
fn io_apic(id: u8, address: u32, first: u32) -> Vec<u8> {
    [&[1, 12, id, 0][..], &address.to_le_bytes(), &first.to_le_bytes()].concat()
}

/// An interrupt source override.
fn source(bus: u8, source: u8, flags: u16) -> Vec<u8> {
    [&[2, 10, bus, source, 9, 0, 0, 0][..], &flags.to_le_bytes()].concat()
}

/// A GICC entry of ACPI 5.1.
fn gicc_entry(uid: u8) -> Vec<u8> {
    let mut entry = vec![0; 76];
    (entry[0], entry[1], entry[4], entry[8], entry[12]) = (11, 76, uid, uid, 1);
    entry
}

/// A distributor.
fn gicd(version: u8) -> Vec<u8> {
    let mut entry = vec![0; 24];
    (entry[0], entry[1], entry[20]) = (12, 24, version);
    entry
}

fn madt_case(name: &'static str, entries: &[Vec<u8>], expected: Vec<Expected>) -> Case {
    let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    (name, madt_of(&entries), expected)
}

pub(crate) fn madt_cases() -> Vec<Case> {
    let cpu = || lapic(0, 0, 1);
    let mut redistributor = vec![0; 16];
    (redistributor[0], redistributor[1], redistributor[5]) = (14, 16, 1);
    let mut mailbox = vec![0; 16];
    (mailbox[0], mailbox[1], mailbox[8], mailbox[9]) = (16, 16, 0x10, 1);
    let mut platform = vec![0; 16];
    (platform[0], platform[1], platform[4]) = (8, 16, 4);
    let place = |address: u8| [&[5, 12, 0, 0, 0, address][..], &[0; 6]].concat();
    let frame = |id: u8| [&[13, 24, 0, 0, id][..], &[0; 19]].concat();
    vec![
        ("APIC id twice", madt(&[0, 1, 0]), found("madt-cpu-twice", Warning, 60, 68)),
        madt_case("APIC id by two kinds", &[cpu(), x2(7, 0)], found("madt-cpu-twice", Warning, 52, 68)),
        madt_case("UID twice", &[cpu(), lapic(0, 1, 1)], found("madt-uid-twice", Warning, 52, 60)),
        madt_case("id of all", &[cpu(), lapic(1, 0xff, 1)], found("madt-cpu-broadcast", Warning, 52, 60)),
        madt_case("x2 of all", &[cpu(), x2(1, u32::MAX)], found("madt-cpu-broadcast", Warning, 52, 68)),
        madt_case("no CPU", &[lapic(0, 0, 0)], vec![("madt-no-cpu-enabled", Warning, None)]),
        madt_case("both flags", &[lapic(0, 0, 3)], found("madt-enabled-and-online-capable", Info, 44, 52)),
        madt_case(
            "I/O APIC id twice",
            &[cpu(), io_apic(0, 0xfec0_0000, 0), io_apic(0, 0xfec1_0000, 24)],
            found("madt-entry-twice", Warning, 66, 67),
        ),
        madt_case(
            "interrupts twice",
            &[cpu(), io_apic(0, 0xfec0_0000, 0), io_apic(1, 0xfec1_0000, 0)],
            found("madt-entry-twice", Warning, 72, 76),
        ),
        madt_case("I/O APIC at 0", &[cpu(), io_apic(0, 0, 0)], found("madt-ioapic-address", Warning, 56, 60)),
        madt_case("bus 1", &[cpu(), source(1, 0, 0)], found("madt-override-bus", Warning, 54, 55)),
        madt_case(
            "source twice",
            &[cpu(), source(0, 9, 0), source(0, 9, 0)],
            found("madt-entry-twice", Warning, 65, 66),
        ),
        madt_case("polarity 2", &[cpu(), source(0, 0, 2)], found("madt-mode-reserved", Warning, 60, 62)),
        madt_case("trigger 2", &[cpu(), source(0, 0, 8)], found("madt-mode-reserved", Warning, 60, 62)),
        madt_case("source 16", &[cpu(), source(0, 16, 0)], found("madt-override-source", Warning, 55, 56)),
        madt_case("LINT 2", &[cpu(), vec![4, 6, 0xff, 0, 0, 2]], found("madt-nmi-input", Warning, 57, 58)),
        madt_case("NMI of CPU 7", &[cpu(), vec![4, 6, 7, 0, 0, 1]], found("madt-nmi-uid", Info, 54, 55)),
        madt_case(
            "NMI of x2APIC 7",
            &[cpu(), vec![10, 12, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0]],
            found("madt-nmi-uid", Info, 56, 60),
        ),
        madt_case(
            "local APIC of 10 bytes",
            &[vec![0, 10, 0, 0, 1, 0, 0, 0, 0, 0]],
            found("madt-entry-length", Warning, 52, 54),
        ),
        (
            "x2APIC in revision 1",
            revised(1, madt_of(&[&cpu(), &x2(1, 0x100)])),
            found("madt-entry-revision", Info, 52, 68),
        ),
        madt_case(
            "interrupts from 32 on",
            &[gicc_entry(0), [&gicd(3)[..16], &[32], &gicd(3)[17..]].concat()],
            found("madt-gicd-interrupt-base", Warning, 136, 140),
        ),
        madt_case(
            "mailbox of version 2",
            &[cpu(), [&[16, 16, 2, 0], &mailbox[4..8], &[0, 0x10, 0, 0, 0, 0, 0, 0][..]].concat()],
            found("madt-mailbox-version", Warning, 54, 56),
        ),
        (
            "APICs of the table at 0",
            table(b"APIC", 6, &[&[0; 4][..], &1u32.to_le_bytes(), &cpu()].concat()),
            found("madt-lapic-address", Warning, 36, 40),
        ),
        madt_case("APICs at 0", &[cpu(), place(0)], found("madt-lapic-address", Warning, 56, 64)),
        madt_case("two places", &[cpu(), place(1), place(1)], found("madt-lapic-address", Warning, 64, 76)),
        madt_case(
            "interrupt type 4",
            &[cpu(), platform],
            found("madt-platform-interrupt-type", Warning, 56, 57),
        ),
        madt_case("no distributor", &[gicc_entry(0)], found("madt-gicd-count", Warning, 44, 120)),
        madt_case(
            "two distributors",
            &[gicc_entry(0), gicd(3), gicd(3)],
            found("madt-gicd-count", Warning, 144, 168),
        ),
        madt_case("GIC 5", &[gicc_entry(0), gicd(5)], found("madt-gic-version", Warning, 140, 141)),
        madt_case(
            "GICR of 0",
            &[gicc_entry(0), gicd(3), redistributor],
            found("madt-gicr-empty", Warning, 156, 160),
        ),
        madt_case(
            "frames",
            &[gicc_entry(0), gicd(3), frame(1), frame(1)],
            found("madt-entry-twice", Warning, 172, 176),
        ),
        madt_case("mailbox", &[cpu(), mailbox], found("madt-mailbox-unaligned", Warning, 60, 68)),
        madt_case("entry of 0", &[cpu(), vec![9, 0, 0, 0]], found("table-structure", Warning, 52, 54)),
        (
            "no entries",
            table(b"APIC", 5, &[]),
            vec![("table-empty", Info, None), ("table-structure", Warning, Some((36, 36)))],
        ),
    ]
}

/// A FADT with these bytes at `at`.
fn changed(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut fadt = fadt(0x7000, 0x7000);
    for (at, bytes) in changes {
        fadt[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    resum(fadt)
}

pub(crate) fn fadt_cases() -> Vec<Case> {
    let register = |space: u8, width: u8, offset: u8, address: u8| {
        changed(&[(113, &[4]), (116, &[space, width, offset, 0, address])])
    };
    let reset = || found("fadt-reset-register", Warning, 116, 128);
    let reduced: (usize, &[u8]) = (114, &[0x10]);
    vec![
        ("no DSDT", fadt(0, 0), found("fadt-no-dsdt", Warning, 40, 44)),
        ("two DSDTs", fadt(0x7000, 0x8000), found("fadt-dsdt-differ", Warning, 40, 44)),
        ("no FACS", changed(&[(36, &[0; 4])]), found("fadt-no-facs", Warning, 36, 40)),
        ("two FACS", changed(&[(132, &[0, 0x61])]), found("fadt-facs-differ", Info, 36, 40)),
        ("FACS at 0x20", changed(&[(36, &[0x20])]), found("fadt-facs-unaligned", Warning, 36, 40)),
        ("profile 9", changed(&[(45, &[9])]), found("fadt-profile", Warning, 45, 46)),
        ("caches 3", changed(&[(114, &[0xc0])]), found("fadt-caches-reserved", Warning, 112, 116)),
        ("no PM1a event", changed(&[(56, &[0; 4])]), found("fadt-block-missing", Error, 56, 60)),
        ("no PM1a control", changed(&[(64, &[0; 4])]), found("fadt-block-missing", Error, 64, 68)),
        ("PM1a twice", changed(&[(148, &[1, 32, 0, 3, 4])]), found("fadt-block-differ", Warning, 148, 160)),
        ("PM1 of 2", changed(&[(88, &[2])]), found("fadt-block-length", Warning, 88, 89)),
        ("timer of 3", changed(&[(91, &[3])]), found("fadt-block-length", Warning, 91, 92)),
        ("GPE0 of 3", changed(&[(92, &[3])]), found("fadt-block-length", Warning, 92, 93)),
        ("GPE1 nowhere", changed(&[(93, &[4])]), found("fadt-block-length", Warning, 93, 94)),
        ("no port", changed(&[(48, &[0; 4]), (53, &[0])]), found("fadt-smi-command", Info, 52, 53)),
        ("no command", changed(&[(52, &[0, 0])]), found("fadt-smi-command", Info, 48, 52)),
        ("reduced with port", changed(&[reduced]), found("fadt-reduced-legacy", Info, 48, 52)),
        ("revision 5", changed(&[(8, &[5])]), found("fadt-length", Info, 4, 8)),
        (
            "GPE1 from event 8 on",
            changed(&[(84, &[0, 7]), (93, &[4, 8])]),
            found("fadt-events-overlap", Warning, 94, 95),
        ),
        (
            "GPE0 by words",
            changed(&[(220, &[1, 0, 0, 2, 0x20, 6])]),
            found("fadt-event-access", Info, 220, 232),
        ),
        ("no SCI", changed(&[(46, &[0, 0])]), found("fadt-sci-interrupt", Warning, 46, 48)),
        ("sleep register", changed(&[(244, &[1, 8, 0, 1, 4])]), found("fadt-sleep-register", Info, 244, 256)),
        (
            "PM timer of 16 bits",
            changed(&[(208, &[1, 16, 0, 3, 8, 6])]),
            found("fadt-block-width", Info, 208, 220),
        ),
        ("reset in space 3", register(3, 8, 0, 1), reset()),
        ("reset of 16 bits", register(0, 16, 0, 1), reset()),
        ("reset from bit 1", register(0, 8, 1, 1), reset()),
        ("reset port of 16 bits", register(1, 16, 0, 1), found("fadt-reset-register", Info, 116, 128)),
        ("reset at 0", register(1, 8, 0, 0), reset()),
    ]
}

/// The HMAT of two domains with these bytes at `at`; its structure starts at 40.
fn hmat_with(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut table = hmat(&[0, 1], &[0, 1]);
    for (at, bytes) in changes {
        table[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    resum(table)
}

/// An HMAT with one cache structure, which starts at 40.
fn cache(attributes: u32, handles: u16) -> Vec<u8> {
    let mut body = vec![0; 36];
    (body[4], body[8], body[12]) = (2, 32, 1);
    body[28..32].copy_from_slice(&attributes.to_le_bytes());
    body[34..36].copy_from_slice(&handles.to_le_bytes());
    table(b"HMAT", 2, &body)
}

pub(crate) fn hmat_cases() -> Vec<Case> {
    let whole = hmat(&[0], &[0]);
    let twice = table(b"HMAT", 2, &[&whole[36..], &whole[40..]].concat());
    let end = 40 + 32 + 16 + 8;
    vec![
        ("one target less", hmat_with(&[(56, &[1])]), found("hmat-length", Error, 44, 48)),
        ("target twice", hmat(&[0], &[1, 1]), found("hmat-list-twice", Warning, 76, 84)),
        ("no targets", hmat(&[0], &[]), found("hmat-empty", Warning, 56, 60)),
        (
            "domain of 44 bytes",
            table(b"HMAT", 2, &[&[0; 8][..], &44u32.to_le_bytes(), &[0; 36]].concat()),
            found("hmat-length", Error, 44, 48),
        ),
        ("data type 6", hmat_with(&[(49, &[6])]), found("hmat-data-type", Error, 49, 50)),
        ("unit 0", hmat_with(&[(64, &[0; 8])]), found("hmat-base-unit", Error, 64, 72)),
        ("hierarchy 4", hmat_with(&[(48, &[4])]), found("hmat-attribute", Warning, 48, 49)),
        (
            "unreachable",
            hmat_with(&[(end - 2, &[0xff, 0xff])]),
            found("hmat-unreachable", Info, 40, end as u64),
        ),
        ("twice", twice, found("hmat-twice", Info, 82, 124)),
        ("level 4", cache(0x44, 0), found("hmat-attribute", Warning, 64, 68)),
        ("level 2 of 1", cache(0x21, 0), found("hmat-attribute", Warning, 64, 68)),
        ("policy 3", cache(0x3011, 0), found("hmat-attribute", Warning, 64, 68)),
    ]
}

pub(crate) fn msct_cases() -> Vec<Case> {
    let mut early = msct(1);
    early[36] = 40;
    let mut behind = msct(1);
    behind[36] = 200;
    vec![
        ("offset 40", resum(early), found("table-structure", Warning, 56, 56)),
        ("offset 200", resum(behind), found("table-structure", Warning, 56, 56)),
        ("1 to 0", msct_of(1, &[(1, 0), (0, 1)]), found("msct-range", Warning, 58, 62)),
        ("both have 1", msct_of(2, &[(0, 1), (1, 2)]), found("msct-range", Warning, 80, 84)),
        ("up to 0 of 1", msct_of(1, &[(0, 0)]), found("msct-range", Warning, 40, 44)),
    ]
}
