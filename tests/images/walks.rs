//! From the RSDP to the tables, past pointers and lengths that lie.

use super::build::*;
use super::{faults, names, raw};
use acpihp::source::image::Contents;

/// Tables behind an XSDT at 0x101000 with these entries, whose RSDP is in the BIOS area.
fn read(entries: &[u64], more: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Contents {
    let mut memory = Memory::new([(0xf_0000, rsdp(0, Some(0x10_1000))), (0x10_1000, xsdt(entries))]);
    memory.pieces.extend(more);
    raw(&memory.raw(2 << 20))
}

#[test]
fn tables_come_in_the_kernels_order_with_their_addresses() {
    let contents = raw(&bios_machine().raw(2 << 20));
    assert_eq!(names(&contents), BIOS_TABLES);
    assert_eq!(faults(&contents), [""; 0]);
    let addresses: Vec<u64> = contents.walk.tables.iter().map(|table| table.address).collect();
    let expected = [0xf_1230, 0x10_1000, 0x10_2000, 0x10_3000, 0x10_4000, 0x10_5000, 0x10_6000, 0x10_7000];
    assert_eq!(addresses, expected);
    assert!(contents.walk.tables.iter().all(|table| table.offset == Some(table.address)));
    assert_eq!(contents.walk.tables[4].bytes, table(b"DSDT", &[1; 500]));
}

#[test]
fn both_facs_and_the_64_bit_dsdt_are_followed() {
    let contents = read(
        &[0x10_2000],
        [
            (0x10_2000, fadt(0x10_5000, 0x10_3000, 0x10_6000, 0x10_4000)),
            (0x10_3000, table(b"DSDT", b"32 bits")),
            (0x10_4000, table(b"DSDT", b"64 bits")),
            (0x10_5000, facs()),
            (0x10_6000, facs()),
        ],
    );
    assert_eq!(names(&contents), ["RSDP", "XSDT", "FACP", "DSDT", "FACS", "FACS"]);
    assert!(contents.walk.tables[3].bytes.ends_with(b"64 bits"));
    assert_eq!(
        faults(&contents),
        ["DSDT of the FADT: is 0x103000, the 64-bit field 0x104000; Linux takes the latter"]
    );
}

#[test]
fn cycles_end() {
    // The XSDT in itself, the RSDP in it, a FADT whose DSDT is the FADT, an entry twice, null entries.
    let contents = read(
        &[0x10_1000, 0xf_0000, 0x10_2000, 0, 0x10_3000, 0x10_3000],
        [(0x10_2000, fadt(0x10_1000, 0x10_2000, 0, 0)), (0x10_3000, table(b"SRAT", &[0; 12]))],
    );
    assert_eq!(names(&contents), ["RSDP", "XSDT", "FACP", "SRAT"]);
    assert_eq!(
        faults(&contents),
        [
            "XSDT entry 0: leads back to the root table at 0x101000",
            "XSDT entry 3: is null, Linux skips it",
            "XSDT entry 5: leads to 0x103000 again, like XSDT entry 4",
        ]
    );
    // RSDT and XSDT in one place.
    let memory = Memory::new([(0xf_0000, rsdp(0x10_1000, Some(0x10_1000))), (0x10_1000, xsdt(&[0x10_1000]))]);
    let contents = raw(&memory.raw(2 << 20));
    assert_eq!(names(&contents), ["RSDP", "XSDT"]);
    assert_eq!(
        faults(&contents),
        [
            "RSDT address of the RSDP at 0xf0000: leads to XSDT at 0x101000, expected RSDT",
            "XSDT address of the RSDP at 0xf0000: leads back to the root table at 0x101000",
        ]
    );
}

#[test]
fn what_cannot_be_reached_is_said() {
    let contents = read(
        &[0x10_2000, 0x20_0000, 0x1f_fff0, u64::MAX, 0x10_8000, 0x10_9000],
        [
            (0x10_2000, fadt(0x10_3000, 0x7fff_0000, 0, 0)),
            (0x10_3000, table(b"SSDT", b"")),
            (0x10_9000, table(b"SRAT", &[0; 12])),
        ],
    );
    assert_eq!(names(&contents), ["RSDP", "XSDT", "FACP", "SSDT", "SRAT"]);
    assert_eq!(
        faults(&contents),
        [
            "DSDT of the FADT: the table at 0x7fff0000 is unreachable: the image leaves that memory out",
            "FIRMWARE_CTRL of the FADT: leads to SSDT at 0x103000, expected FACS",
            "XSDT entry 1: the table at 0x200000 is unreachable: the image leaves that memory out",
            "XSDT entry 2: the table at 0x1ffff0 is unreachable: address 0x200000 is not in the image",
            "XSDT entry 3: the table at 0xffffffffffffffff is unreachable: the image leaves that memory out",
            "XSDT entry 4: no table at 0x108000, but the bytes 00 00 00 00",
        ]
    );
}

#[test]
fn lengths_that_lie_cost_the_table_and_no_more() {
    let with_length = |signature: &[u8; 4], length: u32| {
        let mut table = table(signature, &[0; 12]);
        table[4..8].copy_from_slice(&length.to_le_bytes());
        table
    };
    let contents = read(
        &[0x10_2000, 0x10_3000, 0x10_4000, 0x10_5000, 0x10_6000],
        [
            (0x10_2000, with_length(b"AAAA", 35)),
            (0x10_3000, with_length(b"BBBB", 0)),
            (0x10_4000, with_length(b"CCCC", 0xffff_ffff)),
            (0x10_5000, with_length(b"DDDD", 0x10_0000)),
            (0x10_6000, table(b"SRAT", &[0; 12])),
        ],
    );
    assert_eq!(names(&contents), ["RSDP", "XSDT", "AAAA", "BBBB", "CCCC", "DDDD", "SRAT"]);
    let lengths: Vec<usize> = contents.walk.tables.iter().map(|table| table.bytes.len()).collect();
    assert_eq!(lengths, [36, 76, 36, 36, 36, 36, 48]);
    let faults = faults(&contents);
    assert_eq!(
        faults[0],
        "XSDT entry 0: the table at 0x102000 gives its length as 35, less than the 36 bytes it must have; only these \
         were read"
    );
    assert_eq!(
        faults[2],
        "XSDT entry 2: the table at 0x104000 gives its length as 4294967295 bytes, which are not all in the image; only \
         its header was read"
    );
    assert_eq!(faults.len(), 4);
    // A root table whose length is a lie has no entries that can be trusted.
    let mut root = xsdt(&[0x10_2000]);
    root[4..8].copy_from_slice(&0x7fff_ffffu32.to_le_bytes());
    let memory = Memory::new([(0xf_0000, rsdp(0, Some(0x10_1000))), (0x10_1000, root)]);
    assert_eq!(names(&raw(&memory.raw(2 << 20))), ["RSDP", "XSDT"]);
}

#[test]
fn what_only_the_rsdt_has_comes_last() {
    let memory = bios_machine()
        .put(0x10_1000, rsdt(&[0x10_8000, 0x10_3000, 0x10_6000]))
        .put(0x10_8000, table(b"HPET", &[0; 20]));
    let contents = raw(&memory.raw(2 << 20));
    assert_eq!(names(&contents)[..8], BIOS_TABLES);
    assert_eq!(names(&contents)[8..], ["HPET"]);
    assert_eq!(faults(&contents), ["RSDT entry 0: only the RSDT has 0x108000; Linux reads the XSDT"]);
    // An XSDT that is not there: what the RSDT has is all there is.
    let memory = bios_machine().put(0xf_1230, rsdp(0x10_1000, Some(0x7fff_0000)));
    let contents = raw(&memory.raw(2 << 20));
    assert_eq!(names(&contents), ["RSDP", "RSDT", "FACP", "DSDT", "FACS", "SRAT", "SSDT"]);
    assert_eq!(faults(&contents).len(), 1);
}

#[test]
fn there_is_an_end_to_what_is_kept() {
    // Far more tables than any machine has, overlapping so that they are cheap for whoever makes them.
    let mut entries = Vec::new();
    let mut memory = Memory::default();
    let headers: Vec<u8> = (0..6000).flat_map(|_| table(b"SSDT", b"")).collect();
    for index in 0..6000u64 {
        entries.push(0x20_0000 + 36 * index);
    }
    memory =
        memory.put(0x20_0000, headers).put(0xf_0000, rsdp(0, Some(0x10_1000))).put(0x10_1000, xsdt(&entries));
    let contents = raw(&memory.raw(4 << 20));
    assert_eq!(contents.walk.tables.len(), 4096);
    assert_eq!(faults(&contents).len(), 1);
    assert!(
        faults(&contents)[0].contains("and all that follow were left out: more than 4096 tables or 16 MiB")
    );
    // Large tables on top of each other.
    let mut entries = Vec::new();
    let mut memory = Memory::new([(0xf_0000, rsdp(0, Some(0x10_1000)))]);
    for index in 0..20u64 {
        let mut large = table(b"SSDT", b"");
        large[4..8].copy_from_slice(&(3u32 << 20).to_le_bytes());
        entries.push(0x20_0000 + 36 * index);
        memory = memory.put(0x20_0000 + 36 * index, large);
    }
    let contents = raw(&memory.put(0x10_1000, xsdt(&entries)).raw(8 << 20));
    assert_eq!(contents.walk.tables.len(), 2 + 5);
    assert!(contents.walk.tables.iter().map(|table| table.bytes.len()).sum::<usize>() <= 16 << 20);
    // Faults are not kept without end either.
    let contents = read(&[0; 1000], []);
    assert_eq!((contents.walk.faults.len(), contents.walk.more_faults), (64, 936));
}
