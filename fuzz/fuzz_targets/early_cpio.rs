//! Any bytes as an initrd: the early scanner's offsets grow and stay inside, the parts cover all bytes, and the kernel's
//! answer about override tables agrees with what the scanner found.
#![no_main]

use acpihp::boot::signatures::taken_by_newest;
use acpihp::boot::upgrade::{Lockdown, UpgradeRules, upgrade};
use acpihp::container::cpio::early::{ACPI_PREFIX, Scan, find_all, misplaced_header};
use acpihp::container::initrd::{hidden_tables, layout, override_part};
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
        misplaced_header(bytes, stop);
    }
    let mut at = 0;
    for segment in layout(bytes).segments {
        assert!(segment.range.start == at && !segment.range.is_empty());
        at = segment.range.end;
        assert!(segment.entries(bytes).all(|entry| segment.indices().contains(&entry.header_at)));
    }
    assert_eq!(at, bytes.len() as u64);
    assert!(override_part(bytes).is_none_or(|part| part.len <= bytes.len()));
    hidden_tables(bytes, 0).for_each(drop);
    let rules =
        UpgradeRules { limit: 64, signatures: taken_by_newest(), lockdown: Lockdown::Off, prefixed: true };
    assert_eq!(upgrade(bytes, &rules).files.len(), find_all(bytes, ACPI_PREFIX).0.len());
});
