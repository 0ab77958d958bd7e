//! Any bytes as the input of a command: what it is told for by its content, and the tables of it, are the same however it comes.
#![no_main]

use acpihp::budget::TABLES;
use acpihp::source::open::{Input, Opened};
use acpihp::source::tables;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("input");
    let opened = Opened::of_bytes(path, bytes.to_vec());
    assert_eq!(opened.head(), &bytes[..bytes.len().min(4096)]);
    let input = Input::of(opened);
    let slice = tables::of_those(path, bytes, None).ok();
    let Ok(input) = input else {
        assert!(slice.is_none(), "tables of what cannot be opened");
        return;
    };
    let set = tables::of_input(input, None).ok().map(|(set, _)| set);
    assert_eq!(set, slice);
    let Some(set) = set else { return };
    assert!((1..=TABLES).contains(&set.tables.len()));
    for table in &set.tables {
        assert!(!table.bytes.is_empty() && !table.name.text().chars().any(char::is_control), "{table:?}");
    }
    assert!(!set.notes.iter().any(|note| note.text().chars().any(char::is_control)), "{:?}", set.notes);
});
