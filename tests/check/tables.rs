//! Rules for tables.

use super::build::*;
use super::{Expected, assert_found, devices, platform};
use acpihp::check::{self, across};
use acpihp::finding::Severity::{Error, Info, Warning};
use acpihp::finding::registry;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A case: what it shows, the table, and what must be found in it.
pub(crate) type Case = (&'static str, Vec<u8>, Vec<Expected>);

/// The clean SRAT with these entries behind its own, the first of which starts at 200.
fn with(entries: &[Vec<u8>]) -> Vec<u8> {
    srat(&[clean_entries(), entries.to_vec()].concat())
}

/// The clean SRAT with these bytes at `at`.
fn patched(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut table = clean_srat();
    table[at..at + bytes.len()].copy_from_slice(bytes);
    resum(table)
}

/// One finding at these bytes.
pub(crate) fn found(
    code: &'static str,
    severity: acpihp::finding::Severity,
    start: u64,
    end: u64,
) -> Vec<Expected> {
    vec![(code, severity, Some((start, end)))]
}

fn header_cases() -> Vec<Case> {
    let ssdt = table(b"SSDT", 2, b"\x08ABCD\x0a\x07\xa3");
    let mut long = ssdt.clone();
    long.extend([0; 4]);
    let mut short = ssdt.clone();
    short[4] = 20;
    let mut summed = ssdt.clone();
    summed[40] ^= 0x40;
    let mut id = ssdt.clone();
    id[11] = 0x1b;
    let signed = |signature: &[u8; 4]| resum([signature.as_slice(), &ssdt[4..]].concat());
    let mut creator = ssdt.clone();
    creator[29] = 0xfe;
    let text = String::from_utf8_lossy(&table(b"SSDT", 2, &[0xfe; 8])).into_owned().into_bytes();
    let mut facs = [b"FACS".as_slice(), &64u32.to_le_bytes(), &[0; 56]].concat();
    let facs_cut = facs[..60].to_vec();
    facs[4] = 60;
    let first = text.windows(3).position(|part| part == [0xef, 0xbf, 0xbd]).unwrap() as u64;
    vec![
        ("empty", vec![], found("table-header-short", Error, 0, 0)),
        ("35 bytes", ssdt[..35].to_vec(), found("table-header-short", Error, 0, 35)),
        ("length 20", short, found("table-length-short", Error, 4, 8)),
        ("cut", ssdt[..40].to_vec(), found("table-truncated", Error, 4, 8)),
        ("surplus", long, found("table-trailing-bytes", Warning, 44, 48)),
        ("sum", summed, found("table-checksum", Error, 9, 10)),
        ("OEM id", resum(id), found("table-id-unprintable", Warning, 10, 16)),
        ("small letters", signed(b"srat"), found("table-signature-case", Error, 0, 4)),
        ("one small letter", signed(b"dSDT"), found("table-signature-case", Error, 0, 4)),
        ("iBFT in small letters", signed(b"ibft"), found("table-signature-case", Error, 0, 4)),
        ("a signature of its own", signed(b"oem1"), found("table-signature-invalid", Warning, 0, 4)),
        ("a blank in a signature", signed(b"AB D"), found("table-signature-invalid", Warning, 0, 4)),
        (
            "bytes for a signature",
            signed(&[0x1b, b'A', b'B', 0xff]),
            found("table-signature-invalid", Warning, 0, 4),
        ),
        ("creator", resum(creator), found("table-creator-unprintable", Info, 28, 32)),
        (
            "revision",
            table(b"SLIT", 9, &[0; 8]),
            vec![("table-revision-unknown", Warning, Some((8, 9))), ("slit-empty", Warning, Some((36, 44)))],
        ),
        ("UTF-8", text, found("table-utf8-mangled", Error, first, first + 3)),
        ("AML", table(b"SSDT", 2, b"\x08ABCD\x0dA\xff\0"), found("aml-fault", Error, 43, 44)),
        (
            "FACS of 60",
            facs,
            vec![("facs-length", Error, Some((4, 8))), ("table-structure", Warning, Some((40, 40)))],
        ),
        ("FACS cut", facs_cut, found("table-truncated", Error, 4, 8)),
        ("7 bytes of FACS", b"FACS\x40\0\0".to_vec(), found("table-header-short", Error, 0, 7)),
    ]
}

fn fixed_cases() -> Vec<Case> {
    let good = rsdp(0x7fe0_0000, 0x7fe0_1000);
    let (mut first, mut second) = (good.clone(), good.clone());
    first[18] ^= 1;
    first[32] = first[32].wrapping_sub(first[18]).wrapping_add(good[18]);
    second[30] ^= 1;
    let patched = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        (bytes[8], bytes[32]) = (0, 0);
        bytes[8] = 0u8.wrapping_sub(bytes[..20].iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
        bytes[32] = 0u8.wrapping_sub(bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte)));
        bytes
    };
    let (revision, length, id) = (patched(15, 1), patched(20, 20), patched(9, 0x1b));
    let xsdt = |addresses: &[u8]| table(b"XSDT", 1, addresses);
    vec![
        ("RSDP of 19", good[..19].to_vec(), found("rsdp-short", Error, 0, 19)),
        ("RSDP of 35", good[..35].to_vec(), found("rsdp-short", Error, 0, 35)),
        ("first sum", first, found("rsdp-checksum", Error, 8, 9)),
        ("second sum", second, found("rsdp-extended-checksum", Error, 32, 33)),
        ("revision 1", revision, found("rsdp-revision", Warning, 15, 16)),
        ("length 20", length, found("rsdp-length", Warning, 20, 24)),
        ("OEM id of the RSDP", id, found("table-id-unprintable", Warning, 9, 15)),
        ("one table twice", xsdt(&[1; 16]), found("root-entry-twice", Warning, 44, 52)),
        ("no root", rsdp(0, 0), found("rsdp-no-root", Warning, 16, 36)),
        ("null", xsdt(&[[1; 8], [0; 8]].concat()), found("root-null-entry", Info, 44, 52)),
        ("11 bytes", xsdt(&[1; 11]), found("root-trailing-bytes", Warning, 44, 47)),
    ]
}

fn srat_cases() -> Vec<Case> {
    let zeros = |count: usize| with(&[vec![0; count]]);
    let high = || with(&[memory(0x103, 0x3_0000_0000, 0x1000_0000, ENABLED)]);
    let mut wide = cpu(0x103, 7);
    wide[1] = 16;
    let domains: Vec<_> = (0..1025u64)
        .map(|at| memory((at % 1023) as u32, 0x10_0000_0000 + (at << 30), 1 << 30, ENABLED))
        .collect();
    let ranges: Vec<_> =
        (0..2048u64).map(|at| memory(1, 0x10_0000_0000 + (at << 30), 1 << 30, ENABLED)).collect();
    let disabled = |base, flags| memory(1, base, 1 << 30, flags);
    vec![
        (
            "47 bytes",
            table(b"SRAT", 3, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            found("srat-short", Error, 0, 47),
        ),
        ("1 byte behind", zeros(1), found("srat-trailing-bytes", Warning, 200, 201)),
        ("2 bytes behind", zeros(2), found("srat-trailing-bytes", Warning, 200, 202)),
        ("3 zeros behind", zeros(3), found("srat-padding", Error, 200, 203)),
        ("64 zeros behind", zeros(64), found("srat-padding", Error, 200, 264)),
        ("length 0", patched(161, &[0]), found("srat-entry-zero-length", Error, 160, 162)),
        (
            "past the end",
            with(&[memory(1, 0, 0, 0)[..30].to_vec()]),
            found("srat-entry-truncated", Error, 200, 230),
        ),
        ("CPU of 15", with(&[[&[0, 15][..], &[0; 13]].concat()]), found("srat-cpu-length", Error, 200, 215)),
        ("CPU of 17", with(&[[&[0, 17][..], &[0; 15]].concat()]), found("srat-cpu-length", Error, 200, 217)),
        (
            "x2APIC of 20",
            with(&[[&[2, 20][..], &[0; 18]].concat()]),
            found("srat-cpu-length", Error, 200, 220),
        ),
        ("GICC of 16", with(&[[&[3, 16][..], &[0; 14]].concat()]), found("srat-cpu-length", Error, 200, 216)),
        (
            "memory of 24",
            with(&[[&[1, 24][..], &[0; 22]].concat()]),
            found("srat-memory-length", Error, 200, 224),
        ),
        (
            "memory of 48",
            with(&[[&[1, 48][..], &[0; 46]].concat()]),
            found("srat-entry-length", Warning, 200, 248),
        ),
        ("type 200", with(&[vec![200, 4, 0, 0]]), found("srat-unknown-type", Warning, 200, 204)),
        (
            "x2APIC in revision 2",
            revised(2, with(&[x2apic(1, 0x100)])),
            found("srat-revision-content", Info, 200, 224),
        ),
        ("memory masked", revised(1, high()), found("srat-domain-masked", Error, 200, 240)),
        ("CPU masked", revised(1, with(&[wide])), found("srat-domain-masked", Error, 200, 216)),
        ("domain 0x103", high(), vec![("srat-domain-high", Info, None)]),
        (
            "domain 1024",
            with(&[memory(1024, 0x3_0000_0000, 1 << 30, ENABLED)]),
            found("srat-domain-range", Error, 200, 240),
        ),
        ("CPU in domain 1024", with(&[cpu(1024, 9)]), found("srat-domain-range", Error, 200, 216)),
        (
            "1025 domains",
            with(&[domains.concat(), cpu(1023, 8), cpu(1024, 9)]),
            vec![("srat-too-many-domains", Error, None), ("srat-domain-range", Error, Some((41216, 41232)))],
        ),
        ("2051 ranges", with(&[ranges.concat()]), vec![("srat-too-many-ranges", Error, None)]),
        (
            "disabled initiator",
            srat(&[vec![initiator(5, 0)], clean_entries()].concat()),
            found("srat-initiator-stops", Warning, 48, 80),
        ),
        (
            "initiator in 1024",
            srat(&[vec![initiator(1024, 1)], clean_entries()].concat()),
            found("srat-initiator-stops", Warning, 48, 80),
        ),
        ("reserved flags", patched(80 + 28, &[0x11]), found("table-reserved-bits", Warning, 108, 112)),
        ("reserved bytes", patched(80 + 6, &[1, 0]), found("table-reserved-bits", Warning, 86, 88)),
        ("byte 36", patched(36, &[2]), found("table-reserved-bits", Warning, 36, 40)),
        (
            "handle with reserved bytes",
            with(&[initiator(1, 1)
                .into_iter()
                .enumerate()
                .map(|(at, byte)| if at == 13 { 9 } else { byte })
                .collect()]),
            found("table-reserved-bits", Warning, 212, 224),
        ),
        (
            "beyond 56 bits",
            with(&[memory(1, 1 << 56, 1 << 30, ENABLED)]),
            found("srat-memory-beyond", Warning, 200, 240),
        ),
        ("CPUs alone", srat(&[cpu(0, 0), cpu(1, 1)]), vec![("srat-no-memory", Error, None)]),
        (
            "all disabled",
            srat(&[cpu(0, 0), memory(0, 0, 1 << 30, 0)]),
            vec![("srat-no-memory", Error, None), ("srat-memory-disabled", Info, Some((64, 104)))],
        ),
        ("no CPU", srat(&clean_entries()[2..]), vec![("srat-no-cpu", Warning, None)]),
        (
            "plain overlap",
            with(&[memory(1, 0x7000_0000, 0x2000_0000, ENABLED)]),
            found("srat-domain-overlap", Error, 200, 240),
        ),
        (
            "hot over plain",
            with(&[memory(1, 0x7000_0000, 0x1000_0000, HOT)]),
            found("srat-domain-overlap", Error, 200, 240),
        ),
        (
            "hot over hot",
            with(&[memory(0, 0x2_0000_0000, 0x10_0000_0000, HOT)]),
            vec![
                ("srat-domain-overlap", Warning, Some((200, 240))),
                ("srat-hotplug-low-memory", Warning, Some((200, 240))),
            ],
        ),
        (
            "non-volatile over hot",
            with(&[memory(0, 0x2_0000_0000, 1 << 30, NON_VOLATILE)]),
            found("srat-domain-overlap", Info, 200, 240),
        ),
        (
            "non-volatile over plain",
            with(&[memory(1, 0x4000_0000, 1 << 30, NON_VOLATILE)]),
            found("srat-domain-overlap", Warning, 200, 240),
        ),
        (
            "overlap with itself",
            with(&[memory(0, 0x7000_0000, 0x1000_0000, ENABLED)]),
            found("srat-self-overlap", Warning, 200, 240),
        ),
        (
            "length 0 enabled",
            with(&[memory(2, 0x4_0000_0000, 0, ENABLED)]),
            found("srat-memory-empty", Warning, 200, 240),
        ),
        (
            "wrap",
            with(&[memory(1, u64::MAX - 0xfff, 0x1000, ENABLED)]),
            found("srat-memory-wrap", Error, 200, 240),
        ),
        (
            "half a page",
            with(&[memory(1, 0x3_0000_0800, 1 << 30, ENABLED)]),
            found("srat-memory-page-unaligned", Warning, 200, 240),
        ),
        (
            "half a block",
            with(&[memory(1, 0x3_0400_0000, 1 << 30, HOT)]),
            found("srat-memory-block-unaligned", Info, 200, 240),
        ),
        (
            "hot, not enabled",
            with(&[disabled(0x3_0000_0000, 2)]),
            found("srat-hotplug-disabled", Warning, 200, 240),
        ),
        (
            "disabled range",
            with(&[disabled(0x3_0000_0000, 0)]),
            found("srat-memory-disabled", Info, 200, 240),
        ),
        (
            "hot in the kernel's node",
            with(&[memory(0, 0x3_0000_0000, 1 << 30, HOT)]),
            found("srat-hotplug-low-memory", Warning, 200, 240),
        ),
        (
            "all hot",
            srat(&[cpu(0, 0), memory(0, 0, 1 << 30, HOT)]),
            vec![
                ("srat-hotplug-low-memory", Warning, Some((64, 104))),
                ("srat-all-hotpluggable", Warning, Some((64, 104))),
            ],
        ),
        (
            "specific purpose",
            with(&[memory(1, 0x3_0000_0000, 1 << 30, 9)]),
            found("srat-specific-purpose", Info, 200, 240),
        ),
        (
            "not sorted",
            with(&[memory(1, 0xc000_0000, 1 << 20, ENABLED)]),
            found("srat-memory-unsorted", Info, 200, 240),
        ),
        ("CPUs without memory", with(&[cpu(4, 4)]), vec![("srat-domain-memoryless", Info, None)]),
        ("one CPU, two domains", with(&[cpu(1, 0)]), found("srat-cpu-two-domains", Error, 200, 216)),
        ("one CPU, two kinds", with(&[x2apic(0, 1)]), found("srat-cpu-two-domains", Error, 200, 224)),
        ("one CPU twice", with(&[x2apic(1, 1)]), found("srat-cpu-twice", Info, 200, 224)),
        ("all CPUs", with(&[cpu(1, 0xff)]), found("srat-cpu-broadcast", Warning, 200, 216)),
        ("all x2APICs", with(&[x2apic(1, u32::MAX)]), found("srat-cpu-broadcast", Warning, 200, 224)),
        (
            "one GICC twice",
            srat(&[gicc(0, 5), gicc(1, 5), memory(0, 1 << 30, 1 << 30, 1), memory(1, 2 << 30, 1 << 30, 1)]),
            found("srat-cpu-two-domains", Error, 66, 84),
        ),
    ]
}

fn slit_cases() -> Vec<Case> {
    let three = |cells: [u8; 9]| slit(3, &cells);
    vec![
        ("43 bytes", table(b"SLIT", 1, &[0; 7]), found("slit-short", Error, 0, 43)),
        ("no localities", slit(0, &[]), found("slit-empty", Warning, 36, 44)),
        (
            "no localities, bytes",
            slit(0, &[10]),
            vec![("slit-empty", Warning, Some((36, 44))), ("slit-surplus", Warning, Some((44, 45)))],
        ),
        ("8 of 9", slit(3, &[10, 20, 20, 20, 10, 20, 20, 20]), found("slit-size", Error, 36, 44)),
        ("2^32 + 2", slit((1 << 32) + 2, &[10, 20, 20, 10]), found("slit-size", Error, 36, 44)),
        ("2^64 - 1", slit(u64::MAX, &[10]), found("slit-size", Error, 36, 44)),
        ("5 of 4", slit(2, &[10, 20, 20, 10, 10]), found("slit-surplus", Warning, 48, 49)),
        (
            "inner diagonal",
            three([10, 20, 21, 20, 11, 20, 21, 20, 10]),
            found("slit-diagonal", Error, 48, 49),
        ),
        (
            "10 apart",
            three([10, 20, 21, 20, 10, 10, 21, 10, 10]),
            vec![("slit-distance", Error, Some((49, 50))), ("slit-distance", Error, Some((51, 52)))],
        ),
        ("0 apart", slit(2, &[10, 0, 20, 10]), found("slit-distance", Error, 45, 46)),
        ("255", slit(2, &[10, 255, 20, 10]), found("slit-unreachable", Warning, 45, 46)),
        ("asymmetric", slit(2, &[10, 21, 31, 10]), found("slit-asymmetric", Info, 45, 46)),
        (
            "a short way round",
            three([10, 20, 60, 20, 10, 20, 60, 20, 10]),
            found("slit-triangle", Info, 46, 47),
        ),
        ("uniform", three([10, 20, 20, 20, 10, 20, 20, 20, 10]), found("slit-uniform", Info, 44, 53)),
    ]
}

fn single_cases() -> Vec<Case> {
    [
        header_cases(),
        fixed_cases(),
        srat_cases(),
        slit_cases(),
        platform::madt_cases(),
        platform::fadt_cases(),
        platform::hmat_cases(),
        platform::msct_cases(),
        devices::cedt_cases(),
        devices::mcfg_cases(),
        devices::nfit_cases(),
        devices::pptt_cases(),
    ]
    .concat()
}

/// The same with tables that must agree.
pub(crate) type AcrossCase = (&'static str, Vec<Vec<u8>>, Vec<Expected>);

fn across_cases() -> Vec<AcrossCase> {
    let two = slit(2, &[10, 20, 20, 10]);
    let mut cases = vec![
        ("SLIT too small", vec![clean_srat(), slit(1, &[10])], found("slit-domain-missing", Warning, 64, 80)),
        (
            "SLIT too large",
            vec![clean_srat(), slit(3, &[10, 20, 21, 20, 10, 20, 21, 20, 10])],
            vec![("slit-domain-unused", Info, None)],
        ),
        (
            "one SRAT twice",
            vec![clean_srat(), two.clone(), clean_srat()],
            vec![("table-several", Info, None)],
        ),
        (
            "two SRATs",
            vec![clean_srat(), two, revised(2, clean_srat())],
            vec![("table-several", Warning, None)],
        ),
        (
            "CPU without domain",
            vec![clean_srat(), madt(&[0, 1, 2])],
            found("madt-cpu-not-in-srat", Warning, 60, 68),
        ),
        (
            "HMAT of another",
            vec![clean_srat(), hmat(&[0, 7], &[0, 1, 9])],
            found("hmat-domain-missing", Warning, 40, 40 + 32 + 20 + 12),
        ),
        (
            "HMAT of one domain",
            vec![clean_srat(), hmat(&[0, 1], &[1])],
            vec![("hmat-domain-absent", Info, None)],
        ),
        (
            "HMAT of memory alone",
            vec![
                srat(&[clean_entries(), vec![memory(2, 0x3_0000_0000, 1 << 30, ENABLED)]].concat()),
                hmat(&[0, 2], &[0, 1, 2]),
            ],
            found("hmat-initiator", Warning, 40, 40 + 32 + 20 + 12),
        ),
        ("low MSCT", vec![clean_srat(), low_msct()], found("msct-memory-above", Warning, 48, 56)),
        ("small MSCT", vec![clean_srat(), msct(0)], found("msct-domain-range", Warning, 40, 44)),
        (
            "MADT of ACPI 1.0",
            vec![fadt(0x7000, 0x7000), revised(1, madt(&[0, 1]))],
            found("madt-fadt-revision", Info, 8, 9),
        ),
        (
            "PPTT of ACPI 6.3",
            vec![old_fadt(), table(b"PPTT", 2, &[])],
            found("fadt-older-than-table", Info, 8, 9),
        ),
        ("S4BIOS", vec![fadt(0x7000, 0x7000), facs(1)], found("fadt-s4bios", Info, 54, 55)),
        ("CPU of no MADT", vec![clean_srat(), madt(&[0])], found("srat-cpu-not-in-madt", Info, 64, 80)),
    ];
    cases.extend(devices::across_cases());
    cases
}

/// A FADT of ACPI 6.2.
fn old_fadt() -> Vec<u8> {
    let mut table = fadt(0x7000, 0x7000);
    table[131] = 2;
    resum(table)
}

/// A MSCT for 4 GiB.
fn low_msct() -> Vec<u8> {
    let mut table = msct(1);
    table[48..56].copy_from_slice(&0xffff_ffffu64.to_le_bytes());
    resum(table)
}

/// NMIs of processors that are there, or of all, events by bytes, and revisions of one version of the specification.
#[test]
fn what_goes_together_is_not_found() {
    let entries: [&[u8]; 4] = [
        &[0, 8, 7, 0, 1, 0, 0, 0],
        &[4, 6, 7, 0, 0, 1],
        &[4, 6, 0xff, 0, 0, 1],
        &[10, 12, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0],
    ];
    assert_eq!(check::table("x", 0, &madt_of(&entries)), []);
    let mut events = fadt(0x7000, 0x7000);
    events[92] = 4;
    events[220..226].copy_from_slice(&[1, 32, 0, 1, 0x20, 6]);
    assert_eq!(check::table("x", 0, &resum(events)), []);
    let tables = [fadt(0x7000, 0x7000), revised(6, madt(&[0])), facs(0)];
    assert_eq!(check_across(&tables), []);
    let mut with_command = fadt(0x7000, 0x7000);
    with_command[54] = 0xf2;
    assert_eq!(check_across(&[resum(with_command), facs(1)]), []);
}

fn check_across(tables: &[Vec<u8>]) -> Vec<acpihp::finding::Finding> {
    let named = |bytes| across::Named { subject: b"x", base: 0, bytes };
    across::check(&tables.iter().map(|bytes| named(bytes)).collect::<Vec<_>>())
}

#[test]
fn planted_faults_are_found() {
    for (name, table, expected) in single_cases() {
        assert_found(name, &check::table("x", 0, &table), &expected);
    }
    for (name, tables, expected) in across_cases() {
        assert_found(name, &check_across(&tables), &expected);
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let tables = [
        clean_srat(),
        slit(2, &[10, 20, 20, 10]),
        madt(&[0, 1]),
        hmat(&[0, 1], &[0, 1]),
        msct(1),
        fadt(0x7000, 0x7000),
        devices::clean_cedt(),
        devices::clean_mcfg(),
        devices::clean_nfit(),
        devices::clean_pptt(),
        rsdp(0, 0x7fe0_0000),
        table(b"XSDT", 1, &[[1; 8], [2; 8]].concat()),
        // Name (DATA, Buffer (3) {...}) with the bytes of U+FFFD.
        table(b"SSDT", 2, b"\x08DATA\x11\x06\x0a\x03\xef\xbf\xbd"),
        table(b"OEM1", 77, &[0xff; 7]),
        table(b"OE_!", 1, &[0xff; 7]),
        [b"FACS".as_slice(), &64u32.to_le_bytes(), &[0; 56]].concat(),
    ];
    for table in &tables {
        assert_eq!(check::table("x", 0, table), [], "{}", String::from_utf8_lossy(&table[..4]));
    }
    // Its window is not in the SRAT, which is nothing wrong.
    let codes: Vec<_> = check_across(&tables).iter().map(|finding| finding.rule.code).collect();
    assert_eq!(codes, ["cedt-window-without-domain"]);
    assert_eq!(check_across(&[]), []);
}

#[test]
fn offsets_count_from_the_base() {
    let findings = check::table("x", 0x1000, &patched(161, &[0]));
    assert_found("base", &findings, &found("srat-entry-zero-length", Error, 0x10a0, 0x10a2));
}

/// Every rule about tables has a case above: a rule that nothing can trigger is no rule.
#[test]
fn every_rule_about_tables_is_planted() {
    let of = |expected: &[Expected]| expected.iter().map(|(code, ..)| *code).collect::<Vec<_>>();
    let mut planted: BTreeSet<&str> =
        single_cases().iter().flat_map(|(_, _, expected)| of(expected)).collect();
    planted.extend(across_cases().iter().flat_map(|(_, _, expected)| of(expected)));
    let areas = registry::areas();
    planted.extend(super::fields::codes());
    planted.extend(super::places::codes());
    // A dump or a folder has it, and no list of tables by itself: tests/cases.rs.
    planted.insert("table-order-open");
    let rules = areas.iter().take(6).flat_map(|(_, rules)| rules.iter().map(|rule| rule.code));
    let missing: Vec<_> = rules.filter(|code| !planted.contains(code)).collect();
    assert!(missing.is_empty(), "no case plants {missing:?}");
}

#[test]
fn a_srat_cut_anywhere_gives_a_finding() {
    let whole = clean_srat();
    for end in 0..whole.len() {
        let findings = check::table("x", 0, &whole[..end]);
        assert!(findings.iter().any(|finding| finding.severity == Error), "cut at {end}: {findings:?}");
    }
}

#[test]
fn any_changed_byte_of_a_srat_is_survived_and_told() {
    let whole = clean_srat();
    for at in 0..whole.len() {
        for value in 0..=255 {
            let mut table = whole.clone();
            table[at] = value;
            let findings = check::table("x", 0, &table);
            let told = findings.iter().any(|finding| finding.severity == Error);
            assert!(
                told || value == whole[at] || table.starts_with(b"FACS"),
                "byte {at} as {value:#x}: {findings:?}"
            );
            check::table("x", 0, &resum(table));
        }
    }
}

proptest! {
    /// Any text is read, or refused at a place that it has.
    #[test]
    fn policies_and_waivers_are_read_or_refused(text in "([a-z]{2,9}|SRAT|node|movable|at|least|[0-9]{1,3}|[:,#%*\n-]| ){0,40}") {
        for refused in [check::policy::parse(&text).err(), check::waiver::parse(&text).err()].into_iter().flatten() {
            let line = text.lines().nth(refused.line - 1);
            prop_assert!(line.is_some_and(|line| refused.column <= line.chars().count() + 1), "{}", refused);
        }
    }

    #[test]
    fn no_bytes_are_too_odd(
        signature in prop_oneof![Just(*b"SRAT"), Just(*b"SLIT"), Just(*b"APIC"), Just(*b"XSDT"), Just(*b"FACP"), Just(*b"FACS"), Just(*b"RSD "), any::<[u8; 4]>()],
        revision in any::<u8>(),
        body in proptest::collection::vec(any::<u8>(), 0..400),
        length in proptest::option::of(any::<u32>()),
    ) {
        let mut bytes = table(&signature, revision, &body);
        if let Some(length) = length {
            bytes[4..8].copy_from_slice(&length.to_le_bytes());
        }
        for finding in check::table("x", 7, &bytes) {
            if let Some(span) = finding.span {
                prop_assert!(7 <= span.start && span.start <= span.end && span.end <= 7 + bytes.len() as u64, "{}: {:?}", finding.rule.code, span);
            }
        }
        check_across(&[bytes, clean_srat(), madt(&[1])]);
    }

    /// Ranges of any kind: overlaps are found exactly where a comparison of all pairs finds them.
    #[test]
    fn overlaps_are_those_of_all_pairs(ranges in proptest::collection::vec((0u32..3, 0u64..24, 1u64..6, 0usize..3), 1..12)) {
        let flags = [ENABLED, HOT, NON_VOLATILE];
        let entries: Vec<_> = ranges.iter()
            .map(|(domain, start, length, kind)| memory(*domain, start << 30, length << 30, flags[*kind])).collect();
        let findings = check::table("x", 0, &srat(&entries));
        let worst = |severity| findings.iter().any(|finding| finding.rule.code == "srat-domain-overlap" && finding.severity == severity);
        let mut pairs = Vec::new();
        for (index, one) in ranges.iter().enumerate() {
            for other in &ranges[..index] {
                if one.0 != other.0 && one.1 < other.1 + other.2 && other.1 < one.1 + one.2 {
                    pairs.push((one.3.min(other.3), one.3.max(other.3)));
                }
            }
        }
        prop_assert_eq!(worst(Error), pairs.iter().any(|pair| matches!(pair, (0, 0 | 1))));
        prop_assert_eq!(findings.iter().any(|finding| finding.rule.code == "srat-domain-overlap"), !pairs.is_empty());
    }
}
