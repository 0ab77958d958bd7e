//! What a log says that happened: the same with and without time and level in front of the lines, and no more than there are lines.
#![no_main]

use acpihp::memory::log;
use libfuzzer_sys::fuzz_target;

const STARTS: [&str; 8] = [
    "ACPI: Table Upgrade: override ",
    "ACPI: SSDT ACPI table found in initrd [kernel/firmware/acpi/",
    "ACPI: SRAT: Node ",
    "Early memory node ranges\n  node   0: [mem ",
    "Movable zone start for each node\n  Node ",
    "Zone ranges:\n  Normal   [mem ",
    "Initramfs unpacking failed: ",
    "SRAT: ",
];

fuzz_target!(|input: (u8, &str)| {
    let (start, rest) = input;
    // What is not text of one boot is another target's.
    if rest.contains(['\0', '\r', '\x1b']) || rest.contains(log::FIRST) {
        return;
    }
    let text = format!("{}{rest}", STARTS[usize::from(start) % STARTS.len()]);
    let plain = log::parse(&text).events;
    let lines = text.lines().count();
    assert!(plain.found.len() <= lines && plain.rejected.len() <= lines && plain.replaced.len() <= lines);
    assert!(plain.tables.len() <= lines && plain.srat.len() <= lines && plain.memory.len() <= lines);
    assert!(plain.memory.iter().all(|(_, range)| range.start < range.end));
    for line in text.lines() {
        assert!(line.trim_end_matches('\r').ends_with(log::message(line)));
    }
    // A line that begins like a time of its own, or like a quotation, is another line with a time in front of it.
    if log::plain(&text) == text && text.lines().all(|line| log::message(line) == line) {
        let timed: String = text.lines().map(|line| format!("[    0.123456] {line}\n")).collect();
        assert_eq!(log::parse(&timed).events, plain);
    }
});
