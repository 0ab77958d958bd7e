//! The text of acpidump, of iasl and of what prints bytes: any bytes are read to their end, and what was read of acpidump
//! comes back from what we write.
#![no_main]

use acpihp::container::{acpidump, hexdump};
use acpihp::source::tables;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let dump = acpidump::read(bytes);
    let mut text = Vec::new();
    let mut offset = None;
    for table in &dump.tables {
        assert!(offset < Some(table.offset) && table.offset < bytes.len());
        offset = Some(table.offset);
        acpidump::write(&mut text, &table.bytes, table.address, &table.bytes);
    }
    for note in &dump.notes {
        assert!(!note.to_string().contains(char::is_control));
    }
    let again = acpidump::read(&text);
    assert!(again.notes.is_empty());
    assert!(again.tables.iter().map(|table| &table.bytes).eq(dump.tables.iter().map(|table| &table.bytes)));

    let other = hexdump::read(bytes);
    let mut offset = None;
    for table in &other.tables {
        assert!(offset < Some(table.offset) && table.offset < bytes.len());
        assert!(table.bytes.len() >= 8);
        offset = Some(table.offset);
    }
    let spelt: usize = other.tables.iter().map(|table| table.bytes.len()).sum();
    assert!(spelt <= bytes.len() / 2 + (16 << 20));
    for note in &other.notes {
        assert!(!note.to_string().contains(char::is_control));
    }

    // The same bytes as a file of any kind.
    if let Ok(set) = tables::from_bytes("input".as_ref(), bytes) {
        assert!(!set.tables.is_empty());
        assert!(set.tables.iter().all(|table| table.offset < bytes.len() as u64));
    }
});
