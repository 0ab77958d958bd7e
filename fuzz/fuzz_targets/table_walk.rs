//! Any bytes as a table of each kind: decoding ends, its offsets never fall, fields and raw bytes cover every byte once,
//! and the typed views find the same entries.
#![no_main]

use acpihp::table::decode::Decode;
use acpihp::table::item::{Item, What};
use acpihp::table::{LAYOUTS, decode, entries::Entries, fadt, hmat, madt, msct, root, rsdp, slit, srat};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check(bytes, decode(bytes));
    // The bytes themselves choose one of many.
    let chosen = bytes.iter().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let layout = &LAYOUTS[chosen % LAYOUTS.len()];
    check(bytes, Decode::new(bytes, Some(layout.parsed().unwrap())));
    if layout.has_header() && bytes.len() >= 36 {
        let mut table = bytes.to_vec();
        table[..4].copy_from_slice(&layout.signature.0);
        check(&table, decode(&table));
        views(&table);
    }
});

fn check<'a>(table: &'a [u8], decode: Decode<'a>) {
    let (mut offset, mut covered) = (0, 0);
    for item in decode {
        assert!(item.offset >= offset && item.offset + item.size <= table.len());
        offset = item.offset;
        if matches!(item.what, What::Value(_) | What::Raw(..)) {
            assert!(item.offset == covered && item.size > 0);
            covered += item.size;
        }
        assert!(!item.name().is_empty());
        if let Some(field) = item.field() {
            assert!(field.bits().count() <= 64 && field.value.uints().count() <= item.size);
            let _ = (field.undefined_bits(), field.label());
        }
    }
    assert_eq!(covered, table.len());
}

/// Where the decoder found entries.
fn starts(table: &[u8]) -> Vec<usize> {
    let entry = |item: Item<'_>| matches!(item.what, What::Entry { .. }).then_some(item.offset);
    decode(table).filter_map(entry).collect()
}

fn walk(entries: Entries<'_>, table: &[u8]) {
    assert!(entries.flatten().map(|entry| entry.offset).eq(starts(table)));
}

fn views(table: &[u8]) {
    // A header that is shorter than itself leaves the views nothing, and the decoder the header.
    let short = u32::from_le_bytes([table[4], table[5], table[6], table[7]]) < 36;
    if let (Ok(srat), false) = (srat::Srat::parse(table), short) {
        walk(srat.entries(), table);
        assert!(srat.memory().all(|(entry, memory)| entry.kind == 1
            && memory.range().is_none_or(|range| range.start == memory.base)));
    }
    if let (Ok(madt), false) = (madt::Madt::parse(table), short) {
        walk(madt.entries(), table);
        madt.processors().for_each(drop);
    }
    if let Ok(slit) = slit::Slit::parse(table) {
        let rows = slit.rows().map_or(0, |rows| rows.map(<[u8]>::len).sum());
        assert!(rows + slit.surplus().len() <= table.len());
        assert!(slit.distance(u64::MAX, 0).is_none());
    }
    if let Ok(hmat) = hmat::Hmat::parse(table) {
        for structure in hmat.structures() {
            if let Some(locality) = structure.locality() {
                let pairs = locality.initiators().len() * locality.targets().len();
                assert!(pairs * 2 <= structure.bytes.len());
            }
        }
    }
    if let Ok(msct) = msct::Msct::parse(table) {
        let _ = (msct.max_proximity_domain(), msct.max_physical_address());
    }
    if let Ok(root) = root::Root::parse(table) {
        assert!(root.entries().count() * root.entry_len() <= table.len());
    }
    if let Ok(fadt) = fadt::Fadt::parse(table) {
        let _ = (fadt.x_dsdt(), fadt.is_hw_reduced());
    }
    if let Ok(rsdp) = rsdp::Rsdp::parse(table) {
        let _ = (rsdp.checksum_ok(), rsdp.extended_checksum_ok(), rsdp.xsdt());
    }
}
