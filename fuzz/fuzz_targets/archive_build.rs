//! Any files as an archive: what is built is found again, by the kernel's scanner and by another reader.
#![no_main]

use acpihp::container::cpio::build::{File, NAME_LEN, build, clean_name};
use acpihp::container::cpio::early::{ACPI_PREFIX, find_all};
use acpihp::container::initrd::front::front;
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

fuzz_target!(|input: (u32, Vec<(Vec<u8>, Vec<u8>)>, Vec<u8>)| {
    let (mtime, given, rest) = input;
    let mut names = HashSet::new();
    let mut files = Vec::new();
    for (name, data) in &given {
        let name = clean_name(name, &names);
        assert!(!name.is_empty() && name.len() <= NAME_LEN);
        assert!(names.insert(name.clone()));
        files.push((name, data));
    }
    let files: Vec<_> = files.iter().map(|(name, data)| File { name, data }).collect();
    let archive = build(&files, mtime).unwrap();
    let (found, _) = find_all(&archive.bytes, ACPI_PREFIX);
    assert_eq!(found.len(), files.len());
    for ((found, placed), file) in found.iter().zip(&archive.files).zip(&files) {
        assert_eq!(found.data, &file.data[..]);
        assert_eq!((found.header_at, found.data_at), (placed.header_at, placed.data_at));
        assert_eq!(found.matched.unwrap().reported, file.name.as_bytes());
        assert!(found.matched.unwrap().too_long.is_none());
    }
    let image = [&archive.bytes[..], &rest].concat();
    let front = front(image.as_slice()).unwrap();
    let built = front.tables.first().filter(|archive| archive.is_built).map(|archive| archive.range.clone());
    assert_eq!(built, (!files.is_empty()).then_some(0..archive.bytes.len() as u64));
});
