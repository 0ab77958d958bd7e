//! Any bytes as an initrd: both readers of Linux come to an end, what is compressed is unpacked within its limits, and the
//! parts cover all bytes.
#![no_main]

use acpihp::boot::kernel::release::Release;
use acpihp::boot::unpack::Depth;
use acpihp::check::archive::{Look, check, reach};
use acpihp::container::decompress::Limits;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RELEASES: LazyLock<Vec<Release>> =
    LazyLock::new(|| ["3.10", "5.10", "7.3"].iter().map(|text| Release::parse(text).unwrap()).collect());

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    for release in RELEASES.iter() {
        for depth in [Depth::Headers, Depth::Start(1 << 10), Depth::All(limits)] {
            for tail in [64, u64::MAX] {
                let reached = reach(&"initrd".into(), bytes, release, &Look { depth, tail }).unwrap();
                let mut at = 0;
                for segment in &reached.segments {
                    assert!(segment.range.start == at && segment.range.start < segment.range.end);
                    at = segment.range.end;
                }
                assert!(at == bytes.len() as u64 || reached.more_segments > 0);
                for part in &reached.unpacking.packed {
                    assert!(part.end.is_none_or(|end| part.at < end && end <= bytes.len() as u64));
                }
            }
        }
        check(&"initrd".into(), bytes, release);
    }
});
