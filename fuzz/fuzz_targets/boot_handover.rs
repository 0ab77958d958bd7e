//! What a boot loader and firmware hand over (boot_params, a setup_data node, lines of EFI's map): as many entries as are there, in
//! ranges that go forward.
#![no_main]

use acpihp::memory::{boot_params, efi};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str)| {
    let (bytes, line) = input;
    // No chance writes 4 KiB with something in them: what is short stands where the fields are.
    let mut page = vec![0; 0x1e0];
    page.extend(bytes);
    page.resize(page.len().max(0x1000), 0);
    for data in [bytes, &page] {
        let Some(params) = boot_params::parse(data) else {
            assert!(data.len() < 0x2d0);
            continue;
        };
        assert!(params.e820.len() <= 128 && params.e820.len() * 20 <= data.len());
        assert!(params.initrd.is_none_or(|range| range.start < range.end));
        for entry in &params.e820 {
            assert!(entry.wraps() || entry.range().start <= entry.range().end);
        }
    }
    assert_eq!(boot_params::map_entries(bytes).count(), bytes.len() / 20);
    for text in [line.to_owned(), format!("mem00: [Conventional|   |  |{line}")] {
        if let Some((_, descriptor)) = efi::from_log(&text) {
            let map = efi::EfiMap(vec![descriptor.clone()]);
            for range in
                map.mirrored().iter().chain(map.boot_services().iter()).chain(map.free_to_stub().iter())
            {
                assert!(range.start < range.end && descriptor.range.end >= range.end);
            }
            assert!(map.free().all(|range| range.start < range.end));
        }
    }
});
