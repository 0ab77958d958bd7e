//! The header that every table starts with: any bytes give an answer, and a header that is given was all there.
#![no_main]

use acpihp::table::Header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let header = Header::parse(bytes);
    assert_eq!(header.is_some(), bytes.len() >= 36);
    if let Some(header) = header {
        let summed = acpihp::bytes::sum8(bytes) == 0;
        if header.length as usize == bytes.len() {
            assert_eq!(header.checksum_ok(bytes), summed);
        }
        assert!(header.signature.text().chars().all(|character| !character.is_control()));
    }
});
