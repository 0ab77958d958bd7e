//! A kernel command line: what Linux keeps of it is read again as the same, and findings about it are safe to print.
#![no_main]

use acpihp::boot::kernel::cmdline::{Cmdline, findings, memparse};
use acpihp::boot::kernel::release::Release;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RELEASES: LazyLock<Vec<Release>> =
    LazyLock::new(|| ["3.10", "5.10", "7.3"].iter().map(|text| Release::parse(text).unwrap()).collect());

fuzz_target!(|input: (u8, &str)| {
    const STARTS: [&str; 8] = [
        "",
        "movable_node kernelcore=",
        "memmap=",
        "numa=fake=",
        "mem=",
        "crashkernel=",
        "hugepages=",
        "movablecore=mirror ",
    ];
    let (start, rest) = input;
    let text = format!("{}{rest}", STARTS[usize::from(start) % STARTS.len()]);
    let line = Cmdline::parse(&text);
    assert!(line.text().len() <= 2047 && line.text().len() + line.lost() <= text.len());
    let again = Cmdline::parse(line.text());
    assert_eq!(format!("{:?}", again.parameters()), format!("{:?}", line.parameters()));
    for parameter in line.parameters() {
        assert!(line.text().len() + 2 >= parameter.text().len());
    }
    assert!(line.misspelled().count() <= line.parameters().len());
    for word in text.split(' ') {
        let (_, rest) = memparse(word);
        assert!(word.ends_with(rest));
    }
    for release in RELEASES.iter() {
        let heeded = Cmdline::parse(&text).heeded_by(release);
        for finding in findings::of(&heeded) {
            assert!(!finding.message.text().contains(char::is_control), "{:?}", finding.message);
        }
    }
});
