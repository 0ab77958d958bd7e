//! Any bytes as an initrd: the early scanner's offsets grow and stay inside, the parts cover all bytes, and the kernel's
//! answer about override tables agrees with what the scanner found.
#![no_main]

use acpihp::boot::kernel::signatures::taken_by_newest;
use acpihp::boot::stages::upgrade::{Lockdown, UpgradeRules, upgrade};
use acpihp::container::cpio::early::{ACPI_PREFIX, Scan, find_all};
use acpihp::container::initrd::front::{Spliced, front};
use acpihp::container::initrd::hidden::{hidden_tables, misplaced_header};
use acpihp::container::initrd::{entries, segments};
use acpihp::container::read_at::{Buffered, ReadAt};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for address in 0..4 {
        let mut scan = Scan::at_address(bytes, ACPI_PREFIX, address);
        let mut at = 0;
        for entry in scan.by_ref() {
            assert!(
                at <= entry.header_at && entry.header_at < entry.name_at && entry.name_at <= entry.data_at
            );
            assert!(entry.data_at <= entry.next_at && entry.next_at <= bytes.len());
            assert!(entry.next_at > at);
            at = entry.next_at;
        }
        let stop = scan.stop().unwrap();
        assert!(at as u64 <= stop.at && stop.at <= bytes.len() as u64);
        misplaced_header(&bytes, stop).unwrap();
    }
    let (source, mut at) = (Buffered::new(bytes), 0);
    let mut parts = segments(bytes);
    while let Some(segment) = parts.advance().unwrap() {
        assert!(segment.range.start == at && !segment.range.is_empty());
        at = segment.range.end;
        let mut walk = entries(&source, &segment);
        while let Some((place, _)) = walk.advance().unwrap() {
            assert!(segment.range.contains(&place.header_at));
        }
    }
    assert_eq!(at, bytes.len() as u64);
    hidden_tables(&bytes, 0..u64::MAX).unwrap();
    let front = front(bytes).unwrap();
    let replaced = front.built().map_or(front.place..front.place, |archive| archive.range.clone());
    assert!(replaced.end <= bytes.len() as u64);
    let spliced = Spliced::new(bytes, replaced.clone(), b"other");
    assert_eq!(spliced.end(), bytes.len() as u64 - (replaced.end - replaced.start) + 5);
    let rules =
        UpgradeRules { limit: 64, signatures: taken_by_newest(), lockdown: Lockdown::Off, prefixed: true };
    assert_eq!(upgrade(bytes, &rules).files.len(), find_all(bytes, ACPI_PREFIX).0.len());
});
