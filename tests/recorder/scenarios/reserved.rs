//! What takes a node's hot-pluggable marks away, each as the only reserved memory of its node.
//!
//! The SRAT is the firmware's own here, as an archive would put its copy into the lowest memory.

use super::super::scenario::Scenario;
use super::super::tables::{Affinity, HOT, srat};
use super::super::uefi::{Mark, SPECIFIC_PURPOSE};
use super::{GIB, MIB};
use std::ops::Range;

fn memory(domain: u32, range: Range<u64>, flags: u32) -> Affinity {
    Affinity::Memory(domain, range, flags)
}

/// Domains 0 to 3: [0, a), [a, b) hot-pluggable, [b, 1 GiB), [1 GiB, 2 GiB) with the boot loader's initrd; domain 4 above
/// 4 GiB.
fn layers(a: u64, b: u64, top: u32) -> Vec<u8> {
    srat(
        3,
        &[
            Affinity::Cpu(0, 0),
            Affinity::Cpu(1, 2),
            memory(0, 0..a, 0),
            memory(1, a..b, HOT),
            memory(2, b..GIB, 0),
            memory(3, GIB..2 * GIB, top),
            memory(4, 4 * GIB..5 * GIB, 0),
        ],
    )
}

pub fn scenarios() -> Vec<Scenario> {
    let one = |release, name, decides, table: Vec<u8>, line: &str| {
        Scenario::new(release, name, decides, &[3072], line).with_firmware(&[table])
    };
    let log = "movable_node log_buf_len=1M";
    let moved = "movable_node mem=1900M";
    let moves = "an initrd that mem= cuts off moves to the lowest memory";
    let low = srat(
        3,
        &[
            Affinity::Cpu(0, 0),
            Affinity::Cpu(1, 0),
            memory(0, 0..0x2_0000, 0),
            memory(1, 0x2_0000..0x8_0000, HOT),
            memory(0, 0x8_0000..2 * GIB, 0),
            memory(1, 4 * GIB..5 * GIB, HOT),
        ],
    );
    let copy = |release, decides| {
        Scenario::new(release, "archive-copy", decides, &[1536, 1536], "movable_node")
            .with_archive(&[layers(MIB, 12 * MIB, 0)])
    };
    let purpose = |release, name, decides, line: &str| {
        let marks = [Mark { attribute: SPECIFIC_PURPOSE, range: 4 * GIB + 256 * MIB..4 * GIB + 512 * MIB }];
        Scenario::new(release, name, decides, &[2048, 1024], line)
            .with_archive(&[srat(
                3,
                &[
                    Affinity::Cpu(0, 0),
                    Affinity::Cpu(1, 0),
                    memory(0, 0..2 * GIB, 0),
                    memory(1, 4 * GIB..5 * GIB, HOT),
                ],
            )])
            .uefi(&marks)
    };
    let kept = |release| {
        purpose(
            release,
            "soft-reserved",
            "soft-reserved memory in a node takes its marks",
            "movable_node memblock=debug",
        )
        .unless_line("movable_node", "movable_node efi=nosoftreserve")
    };
    let free = |release| {
        purpose(
            release,
            "no-soft-reserve",
            "efi=nosoftreserve makes soft-reserved memory RAM like any other",
            "movable_node memblock=debug efi=nosoftreserve",
        )
        .unless_line("efi=nosoftreserve", "")
    };
    vec![
        one(
            "6.1",
            "log-buffer",
            "the log buffer of log_buf_len= takes the marks of its node",
            layers(MIB, 12 * MIB, 0),
            log,
        )
        .unless_line("log_buf_len=1M", ""),
        one(
            "6.18",
            "log-records-88",
            "a record of the log takes 88 bytes",
            layers(6 * MIB, 12 * MIB, 0),
            log,
        )
        .unless_release("7.2"),
        one(
            "7.2",
            "log-records-112",
            "a record of the log takes 112 bytes",
            layers(6 * MIB, 12 * MIB, 0),
            log,
        )
        .unless_release("6.18"),
        copy("6.12", "the copy of the archive's tables takes the marks of its node").unless_release("5.10"),
        copy("5.10", "the copy of the archive's tables lies below 1 MiB, and a node behind keeps its marks")
            .unless_release("6.1"),
        one("6.1", "initrd-moved", moves, layers(MIB, 12 * MIB, HOT), moved).unless_line("mem=1900M", ""),
        one("7.2", "initrd-moved", moves, layers(MIB, 12 * MIB, HOT), moved).unless_line("mem=1900M", ""),
        one(
            "5.10",
            "first-mib-free",
            "memory below 1 MiB that nothing uses is free",
            low.clone(),
            "movable_node",
        )
        .unless_release("6.1"),
        one(
            "5.10",
            "first-mib-crashkernel",
            "crashkernel= reserves the first MiB",
            low.clone(),
            "movable_node crashkernel=64M",
        )
        .unless_line("crashkernel=64M", ""),
        one("6.1", "first-mib", "the first MiB is reserved as a whole", low, "movable_node")
            .unless_release("5.10"),
        one(
            "6.12",
            "crashkernel",
            "crashkernel= comes after the SRAT and takes no marks",
            srat(
                3,
                &[
                    Affinity::Cpu(0, 0),
                    Affinity::Cpu(1, 0),
                    memory(0, 0..2 * GIB, 0),
                    memory(1, 4 * GIB..5 * GIB, HOT),
                ],
            ),
            "movable_node crashkernel=128M,high crashkernel=64M,low",
        )
        .unless_reserved("0x130000000-0x138000000"),
        kept("6.1"),
        kept("6.12"),
        kept("7.3"),
        free("5.10"),
        free("6.12"),
    ]
}
