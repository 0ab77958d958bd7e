//! Any bytes as a tar archive: entries come in rising offsets, inside the bytes, and what we write is read back.
#![no_main]

use acpihp::container::tar::{self, TarContent, TarKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // No chance ever gets a sum right, so that all blocks get theirs.
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(tar::BLOCK) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    check(&bytes);
});

fn check(bytes: &[u8]) {
    let Ok(entries) = tar::read(bytes) else { return };
    let mut at = 0;
    let mut files = Vec::new();
    for entry in &entries {
        assert!(entry.data_at > at && entry.data_at + entry.len <= bytes.len() as u64);
        at = entry.data_at;
        if let (TarKind::File, Ok(name)) = (&entry.kind, std::str::from_utf8(&entry.name)) {
            files.push((name, TarContent::File(&bytes[entry.data_at as usize..][..entry.len as usize])));
        }
    }
    let Some(written) = tar::write(files.iter().copied(), 0) else { return };
    let again = tar::read(&written[..]).unwrap();
    assert!(again.iter().map(|entry| &entry.name[..]).eq(files.iter().map(|(name, _)| name.as_bytes())));
}
