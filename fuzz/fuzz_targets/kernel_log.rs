//! A kernel log: any text gives an answer, and what is taken out of it is well formed.
#![no_main]

use acpihp::memory::log;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let log = log::parse(text);
    assert!(log.fixed_reservations().iter().all(|(range, _)| range.start < range.end));
    assert!(log.efi.0.iter().all(|descriptor| descriptor.range.start < descriptor.range.end));
    log.kernel_end();
});
