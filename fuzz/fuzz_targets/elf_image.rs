//! Any bytes as an image of memory in each format: the walk ends within bounds, each address comes once, and every table
//! is what the memory holds there.
#![no_main]

use acpihp::container::elf;
use acpihp::container::image::find::{self, Options};
use acpihp::container::image::walk;
use acpihp::container::image::{Memory, Segments};
use acpihp::container::kdump::{Flat, Kdump};
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

fuzz_target!(|bytes: &[u8]| {
    check(&Segments::raw(bytes));
    if let Ok(image) = elf::Image::open(bytes) {
        let mut end = 0;
        for segment in image.memory.segments() {
            assert!(segment.len > 0 && segment.start >= end);
            assert!(segment.offset + segment.len <= bytes.len() as u64);
            end = segment.start + segment.len;
        }
        check(&image.memory);
    }
    if let Ok(image) = Kdump::open(bytes) {
        check(&image);
    }
    if let Ok(image) = Flat::open(bytes).and_then(Kdump::open) {
        check(&image);
    }
});

fn check(memory: &impl Memory) {
    let mut at = 0;
    for _ in 0..1000 {
        let Some(data) = memory.data_from(at) else { break };
        assert!(data.start >= at && data.start < data.end);
        at = data.end;
    }
    let Ok(found) = find::find(memory, &Options { given: Some(at), everywhere: true }) else { return };
    let Ok(walked) = walk::walk(memory, &found.rsdps) else { return };
    let mut addresses = HashSet::new();
    for table in &walked.tables {
        assert!(addresses.insert(table.address));
        assert_eq!(memory.read_vec(table.address, table.bytes.len()).as_ref(), Ok(&table.bytes));
    }
    assert!(walked.tables.iter().map(|table| table.bytes.len()).sum::<usize>() <= 17 << 20);
    for fault in &walked.faults {
        assert!(!fault.to_string().contains('\n'));
    }
}
