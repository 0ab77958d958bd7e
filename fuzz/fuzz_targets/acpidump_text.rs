//! The text of acpidump: any bytes are read to their end, and what was read comes back from what we write.
#![no_main]

use acpihp::container::acpidump;
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

    // The same bytes as a file of any kind.
    if let Ok(set) = tables::from_bytes("input".as_ref(), bytes) {
        assert!(!set.tables.is_empty());
        assert!(set.tables.iter().all(|table| table.offset < bytes.len() as u64));
    }
});
