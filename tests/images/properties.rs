//! Whatever the bytes: images are read to an end, within bounds, and what comes out is what is in them.

use super::build::*;
use super::read;
use acpihp::container::elf::Image;
use acpihp::container::image::{Memory as _, Segment, Segments};
use acpihp::source::detect::MemoryFormat;
use acpihp::source::image::{Contents, ImageLayout};
use proptest::prelude::*;
use std::ops::Range;

/// Nothing below 896 KiB, so that images are small.
const RANGE: Range<u64> = 0xe_0000..0x10_8000;

/// Small images of all formats.
fn images() -> Vec<(ImageLayout, Vec<u8>)> {
    let ranges = [RANGE];
    let memory = bios_machine();
    let kdump = memory.kdump(&ranges, Pack::Zlib);
    vec![
        (ImageLayout::Format(MemoryFormat::Elf), memory.elf(&ranges)),
        (ImageLayout::Format(MemoryFormat::Elf), memory.elf_32(&ranges, true)),
        (ImageLayout::Format(MemoryFormat::KdumpFlattened), flatten(&kdump, 5000)),
        (ImageLayout::Format(MemoryFormat::Kdump), kdump),
        (ImageLayout::Raw, memory.raw(0x10_8000)),
    ]
}

fn check(contents: &Contents) {
    assert!(contents.walk.tables.len() <= 4096 + 64);
    let bytes: usize = contents.walk.tables.iter().map(|table| table.bytes.len()).sum();
    assert!(bytes <= (16 << 20) + 4096 * 36);
    let mut addresses: Vec<u64> = contents.walk.tables.iter().map(|table| table.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), contents.walk.tables.len());
    for fault in &contents.walk.faults {
        assert!(!fault.to_string().contains('\n'));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn changed_images_are_read_to_an_end(
        which in 0..5usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (layout, mut bytes) = images().swap_remove(which);
        for (place, value, in_head) in changes {
            let len = if in_head { 600 } else { bytes.len() };
            bytes[place.index(len)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(contents) = read(&bytes, layout) {
            check(&contents);
        }
    }

    #[test]
    fn any_pointers_lead_to_an_end(
        entries in prop::collection::vec(0u64..60, 0..40),
        fadt_fields in prop::array::uniform4(0u64..60),
        lengths in prop::collection::vec((0usize..40, prop::num::u32::ANY), 0..4),
    ) {
        // Everything stands at a multiple of 36 bytes, so that many pointers hit something.
        let place = |slot: u64| 0x10_0000 + 36 * slot;
        let mut memory = Memory::new([(0xf_0000, rsdp(place(0) as u32, Some(place(10))))]);
        for slot in 0..60 {
            memory = memory.put(place(slot), table(b"SSDT", &[]));
        }
        let list: Vec<u64> = entries.iter().map(|slot| place(*slot)).collect();
        let [facs, dsdt, x_facs, x_dsdt] = fadt_fields;
        memory = memory
            .put(place(10), xsdt(&list))
            .put(place(50), fadt(place(facs) as u32, place(dsdt) as u32, place(x_facs), place(x_dsdt)));
        let mut bytes = memory.raw(0x10_0000 + 4 * 4096);
        for (slot, length) in lengths {
            let at = place(slot as u64) as usize + 4;
            bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        check(&read(&bytes, ImageLayout::Raw).unwrap());
    }

    #[test]
    fn segments_give_each_address_once(
        pieces in prop::collection::vec((0u64..300, 0u64..40, 0u64..200), 0..12),
        address in 0u64..350,
        len in 0usize..50,
    ) {
        let bytes: Vec<u8> = (0..=255).collect();
        let given: Vec<Segment> =
            pieces.iter().map(|(start, len, offset)| Segment { start: *start, len: *len, offset: *offset }).collect();
        let memory = Segments::new(bytes.as_slice(), given.clone());
        let mut end = 0;
        for segment in memory.segments() {
            prop_assert!(segment.len > 0 && segment.start >= end);
            end = segment.start + segment.len;
        }
        let has = |address: u64| given.iter().any(|piece| (piece.start..piece.start + piece.len).contains(&address));
        prop_assert_eq!(memory.size(), (0..400).filter(|address| has(*address)).count() as u64);
        let there = (address..address + len as u64).all(has);
        match memory.read_vec(address, len) {
            Ok(read) => {
                prop_assert!(there);
                for (at, byte) in (address..).zip(read) {
                    let comes_from = |piece: &Segment| {
                        (piece.start..piece.start + piece.len).contains(&at)
                            && u64::from(byte) == piece.offset + at - piece.start
                    };
                    prop_assert!(given.iter().any(comes_from));
                }
            }
            Err(_) => prop_assert!(!there),
        }
        // Stretches of data grow and cover all.
        let (mut at, mut covered) = (0, 0);
        while let Some(data) = memory.data_from(at) {
            prop_assert!(data.start >= at && data.start < data.end);
            covered += data.end - data.start;
            at = data.end;
        }
        prop_assert_eq!(covered, memory.size());
    }
}

#[test]
fn every_truncation_of_an_elf_image_is_an_error_or_less() {
    let bytes = bios_machine().elf(&[RANGE]);
    for len in (0..400).chain((400..bytes.len()).step_by(997)) {
        if let Ok(image) = Image::open(&bytes[..len]) {
            assert_eq!(image.missing + image.memory.size(), 0x2_8000);
        }
    }
}
