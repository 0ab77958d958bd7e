//! Where the RSDP is found.

use super::build::*;
use super::{names, raw, read};
use acpihp::container::image::efi::EfiVersion;
use acpihp::container::image::find::{Options, RsdpPlace};
use acpihp::source::image::{self, ImageLayout};

const MIB: u64 = 1 << 20;

/// A machine whose RSDPs are put elsewhere: the root table at 1 MiB, one table.
fn tables() -> Memory {
    Memory::new([
        (0x10_0000, rsdt(&[0x10_2000])),
        (0x10_1000, xsdt(&[0x10_2000])),
        (0x10_2000, table(b"SRAT", &[0; 12])),
    ])
}

fn places(memory: &Memory, len: u64) -> Vec<(u64, RsdpPlace)> {
    raw(&memory.raw(len)).found.rsdps.iter().map(|rsdp| (rsdp.address, rsdp.place)).collect()
}

#[test]
fn the_bios_areas_are_searched_as_linux_does() {
    let in_area = tables().put(0xe_0010, rsdp(0x10_0000, None));
    assert_eq!(places(&in_area, 2 * MIB), [(0xe_0010, RsdpPlace::BiosArea)]);
    assert_eq!(names(&raw(&in_area.raw(2 * MIB))), ["RSDP", "RSDT", "SRAT"]);
    // The data area comes first, and the first KiB of it counts.
    let in_both = in_area.clone().put(0x40e, 0x9fc0u16.to_le_bytes()).put(0x9_fc30, rsdp(0x10_0000, None));
    assert_eq!(places(&in_both, 2 * MIB), [(0x9_fc30, RsdpPlace::Ebda)]);
    let too_far = in_area.clone().put(0x40e, 0x9000u16.to_le_bytes()).put(0x9_0400, rsdp(0x10_0000, None));
    assert_eq!(places(&too_far, 2 * MIB), [(0xe_0010, RsdpPlace::BiosArea)]);
    // A segment that cannot be right is no data area.
    for segment in [0u16, 0x40, 0xa000, 0xffff] {
        let wrong = in_area.clone().put(0x40e, segment.to_le_bytes());
        assert_eq!(places(&wrong, 2 * MIB), [(0xe_0010, RsdpPlace::BiosArea)]);
    }
    // The last place there is.
    let last = tables().put(0xf_ffe0, rsdp(0x10_0000, None));
    assert_eq!(places(&last, 2 * MIB), [(0xf_ffe0, RsdpPlace::BiosArea)]);
    // Wrong sums, and what does not stand at a multiple of 16: Linux goes on.
    let mut wrong = rsdp(0x10_0000, Some(0x10_1000));
    wrong[34] = 1;
    let two = tables()
        .put(0xe_0000, wrong)
        .put(0xe_0028, rsdp(0x10_0000, None))
        .put(0xf_0000, rsdp(0x10_0000, None));
    assert_eq!(places(&two, 2 * MIB), [(0xf_0000, RsdpPlace::BiosArea)]);
}

#[test]
fn only_a_few_kib_are_read_when_the_rsdp_is_where_it_belongs() {
    let memory = bios_machine();
    for len in [2 * MIB, 64 * MIB] {
        let source = Counting { inner: memory.raw(len), bytes: 0.into() };
        let source = Counting { inner: source.inner.as_slice(), bytes: 0.into() };
        let contents =
            image::read(&source, ImageLayout::Raw, &Options { everywhere: true, ..Options::default() })
                .unwrap();
        assert_eq!(names(&contents), BIOS_TABLES);
        assert_eq!(contents.found.searched, 0);
        // The BIOS area and the tables.
        assert!(source.bytes.get() < (128 << 10) + (8 << 10), "{} bytes", source.bytes.get());
    }
}

/// EFI firmware: a pointer at 12 MiB, a system table, its configuration tables and two RSDPs.
fn efi(system_table: Vec<u8>, list: Vec<u8>) -> Memory {
    let mut pointer = b"IBI SYST".to_vec();
    pointer.extend(0x50_1018u64.to_le_bytes());
    tables()
        .put(12 * MIB, pointer)
        .put(0x50_1018, system_table)
        .put(0x50_2008, list)
        .put(0x50_3000, rsdp(0x10_0000, None))
        .put(0x50_3014, rsdp(0x10_0000, Some(0x10_1000)))
}

fn list(entries: &[([u8; 16], u64)]) -> Vec<u8> {
    entries.iter().flat_map(|(guid, address)| [guid.as_slice(), &address.to_le_bytes()].concat()).collect()
}

#[test]
fn the_efi_system_table_names_the_rsdp() {
    let both = list(&[([7; 16], 0), (ACPI_10, 0x50_3000), (ACPI_20, 0x50_3014)]);
    let memory = efi(system_table(3, 0x50_2008), both.clone());
    let (first, second) =
        (RsdpPlace::Efi(EfiVersion::Acpi20, 0x50_1018), RsdpPlace::Efi(EfiVersion::Acpi10, 0x50_1018));
    let expected = [(0x50_3014, first), (0x50_3000, second)];
    assert_eq!(places(&memory, 16 * MIB), expected);
    let contents = raw(&memory.raw(16 * MIB));
    assert_eq!(names(&contents), ["RSDP", "RSDT", "XSDT", "SRAT", "RSDP"]);
    assert_eq!(contents.found.searched, 0);
    // Without the pointer, the table itself is found.
    let mut alone = memory.clone();
    alone.pieces.remove(&(12 * MIB));
    assert_eq!(places(&alone, 16 * MIB), expected);
    // 32-bit firmware.
    let mut narrow = ACPI_20.to_vec();
    narrow.extend(0x50_3014u32.to_le_bytes());
    let memory = efi(system_table_32(1, 0x50_2008), narrow);
    assert_eq!(places(&memory, 16 * MIB), [(0x50_3014, first)]);
    // Linux takes what firmware names even if its sums are wrong, and so the walk says so.
    let mut wrong = rsdp(0x10_0000, Some(0x10_1000));
    wrong[32] ^= 1;
    let memory = efi(system_table(3, 0x50_2008), both).put(0x50_3014, wrong);
    assert_eq!(places(&memory, 16 * MIB), expected);
    assert_eq!(super::faults(&raw(&memory.raw(16 * MIB))), ["RSDP at 0x503014: wrong checksum"]);
}

#[test]
fn a_system_table_that_is_wrong_or_virtual_is_passed_over() {
    let both = list(&[(ACPI_10, 0x50_3000), (ACPI_20, 0x50_3014)]);
    let mut bad_sum = system_table(2, 0x50_2008);
    bad_sum[30] ^= 1;
    let mut long = system_table(2, 0x50_2008);
    long[12..16].copy_from_slice(&0xffff_fff0u32.to_le_bytes());
    for (what, table) in [
        ("sum", bad_sum),
        ("length", long),
        ("virtual address", system_table(2, 0xffff_fffe_ff50_2008)),
        ("count", system_table(u64::MAX, 0x50_2008)),
        ("no entries", system_table(0, 0x50_2008)),
    ] {
        let memory = efi(table, both.clone());
        let expected = [(0x50_3014, RsdpPlace::Anywhere), (0x50_3000, RsdpPlace::Anywhere)];
        assert_eq!(places(&memory, 16 * MIB), expected, "{what}");
    }
}

#[test]
fn everything_is_searched_at_last() {
    // At any byte, across the borders of what is read at a time, at the very start and the very end.
    const WINDOW: u64 = 256 << 10;
    for at in [2 * MIB + 1, 8 * WINDOW - 1, 9 * WINDOW - 7, 10 * WINDOW - 19, 4 * MIB - 20, 0] {
        let memory = tables().put(at, rsdp(0x10_0000, None));
        assert_eq!(places(&memory, 4 * MIB), [(at, RsdpPlace::Anywhere)]);
    }
    // Cut off within the structure.
    let cut = tables().put(4 * MIB - 19, rsdp(0x10_0000, None));
    assert!(read(&cut.raw(4 * MIB), ImageLayout::Raw).is_err());
    // The newest first; what leads nowhere last; what has a wrong sum not at all.
    let mut wrong = rsdp(0x10_0000, None);
    wrong[9] = b'X';
    let memory = tables()
        .put(0x20_0000, wrong)
        .put(0x20_1000, rsdp(0x7fff_0000, Some(0x7fff_1000)))
        .put(0x20_2000, rsdp(0x10_0000, None))
        .put(0x20_3000, rsdp(0, Some(0x10_1000)));
    let found: Vec<u64> = places(&memory, 4 * MIB).iter().map(|(address, _)| *address).collect();
    assert_eq!(found, [0x20_3000, 0x20_2000, 0x20_1000]);
}

#[test]
fn a_live_system_is_not_searched() {
    let memory = tables().put(0x20_0000, rsdp(0x10_0000, None)).raw(4 * MIB);
    let error =
        image::read(memory.as_slice(), ImageLayout::Raw, &Options::default()).unwrap_err().to_string();
    assert!(error.ends_with("no RSDP as in an image of memory (4 MiB searched)"), "{error}");
    let given = Options { given: Some(0x20_0000), everywhere: false };
    let contents = image::read(memory.as_slice(), ImageLayout::Raw, &given).unwrap();
    assert_eq!(contents.found.rsdps[0].place, RsdpPlace::Given);
    assert_eq!(names(&contents), ["RSDP", "RSDT", "SRAT"]);
}
