//! The rules over tables and archives: findings with spans inside the bytes, or none; never a panic or a run-away.
#![no_main]

use acpihp::boot::kernel::release::Release;
use acpihp::check::{self, across::Named, archive};
use acpihp::finding::Finding;
use libfuzzer_sys::fuzz_target;

fn inside(findings: &[Finding], len: usize) {
    for finding in findings {
        if let Some(span) = &finding.span {
            assert!(span.start <= span.end && span.end <= len as u64, "{finding:?}");
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    inside(&check::table("t", 0, bytes), bytes.len());
    let halves = bytes.split_at(bytes.len() / 2);
    let named = [halves.0, halves.1].map(|bytes| Named { subject: b"t", base: 0, bytes });
    check::across::check(&named);
    let kernel = Release::newest();
    check::against::check(&named[..1], &named[1..], &kernel);
    inside(&archive::check(&"a".into(), bytes, &kernel).findings, bytes.len());
});
