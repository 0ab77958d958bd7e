//! A kernel log: any text gives an answer, and what is taken out of it is well formed.
#![no_main]

use acpihp::memory::log::{self, Boots};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let log = log::parse(text);
    assert!(log.fixed_reservations().iter().all(|(range, _)| range.start < range.end));
    assert!(log.efi.0.iter().all(|descriptor| descriptor.range.start < descriptor.range.end));
    log.kernel_end();
    // Every boot can be asked for, and the one that counts is one of them.
    let boots = Boots::of(text);
    assert!((1..=log.which.of).contains(&log.which.number));
    for number in 1..=log.which.of.min(8) as i64 {
        let one = boots.choose(Some(number)).unwrap();
        assert_eq!(one.which.of, log.which.of);
        if one.which.number == log.which.number {
            assert_eq!((one.events, one.e820), (log.events.clone(), log.e820.clone()));
        }
    }
    assert!(boots.choose(Some(log.which.of as i64 + 1)).is_err());
});
