//! The SRAT and the CEDT: which entries count, what spoils the table, and what CXL windows add.

use super::super::scenario::Scenario;
use super::super::tables::{Affinity, HOT, cedt, srat};
use super::{GIB, KIB, MIB};
use std::ops::Range;

/// Node 0 has [0, 1 GiB), node 1 [1 GiB, 2 GiB), node 2 [4 GiB, 5 GiB).
const NODES: [u64; 3] = [1024, 1024, 1024];

const LOW: Range<u64> = 0..2 * GIB;
const HIGH: Range<u64> = 4 * GIB..5 * GIB;

fn memory(domain: u32, range: Range<u64>) -> Affinity {
    Affinity::Memory(domain, range, 0)
}

fn hot(domain: u32, range: Range<u64>) -> Affinity {
    Affinity::Memory(domain, range, HOT)
}

pub fn scenarios() -> Vec<Scenario> {
    let one = |release, name, decides, table: &[Affinity], line: &str| {
        Scenario::new(release, name, decides, &NODES, line).with_archive(&[srat(3, table)])
    };
    let cpus = [Affinity::Cpu(0, 0), Affinity::Cpu(1, 0)];
    let plain = [&cpus[..], &[memory(0, LOW), hot(1, HIGH)]].concat();
    let with = |more: &[u8]| [&plain[..], &[Affinity::Raw(more.to_vec())]].concat();
    let stopped = [
        Affinity::Cpu(0, 7),
        Affinity::Initiator(4, false),
        Affinity::Cpu(1, 9),
        memory(5, LOW),
        memory(9, HIGH),
    ];
    let not_stopped = [stopped[0].clone(), stopped[2].clone(), stopped[3].clone(), stopped[4].clone()];
    let stops = "an initiator that is not enabled ends the walk over processors";
    let empty = "an entry of an unknown type and length 0 spoils the table";
    let overlap = [
        Affinity::Cpu(0, 7),
        Affinity::Initiator(4, true),
        Affinity::Cpu(1, 7),
        memory(7, 0..3 * GIB),
        memory(8, GIB..2 * GIB),
        memory(9, HIGH),
    ];
    let outlives =
        |release, decides| one(release, "initiator-outlives", decides, &overlap, "earlyprintk=ttyS0");
    let two = [
        Affinity::Cpu(0, 7),
        Affinity::Initiator(4, true),
        Affinity::Initiator(5, true),
        memory(7, LOW),
        memory(9, HIGH),
    ];
    let noacpi = |release| {
        one(
            release,
            "initiators-noacpi",
            "numa=noacpi does not keep initiators from having nodes, and Linux dies of the second",
            &two,
            "numa=noacpi earlyprintk=ttyS0",
        )
    };
    let split = 4 * GIB + 512 * MIB;
    let halves = |end: u64, start: u64| {
        [&cpus[..], &[memory(0, LOW), memory(1, 4 * GIB..end), memory(2, start..5 * GIB)]].concat()
    };
    let divided = |release| {
        one(
            release,
            "page-divided",
            "a page that the SRAT divides is no memory, and no gap that Linux dies of",
            &halves(split + 2 * KIB, split + 4 * KIB),
            "",
        )
        .unless_archive(&[srat(3, &halves(split + 4 * KIB, split + 4 * KIB))])
    };
    let far = [Affinity::X2Cpu(300, 9), Affinity::Cpu(0, 7), memory(5, LOW), memory(9, HIGH)];
    let far_counts = [Affinity::Cpu(3, 9), far[1].clone(), far[2].clone(), far[3].clone()];
    let gap = |bytes: u64| [&cpus[..], &[memory(0, LOW), hot(1, 4 * GIB..5 * GIB - bytes)]].concat();
    let gaps = |release, name, decides, bytes| {
        one(release, name, decides, &gap(bytes), "movable_node earlyprintk=ttyS0")
    };
    let mib_fails = "exactly 1 MiB of RAM without a node is too much";
    let mib_passes = "exactly 1 MiB of RAM without a node passes the test, and Linux dies of it";
    let many: Vec<Affinity> = (0..130_u32)
        .map(|node| {
            let step = 15 * MIB;
            let start = u64::from(node) * step;
            memory(node, start..if node == 129 { 2 * GIB } else { start + step })
        })
        .chain([hot(130, HIGH)])
        .collect();
    let half = 4 * GIB + 512 * MIB;
    let short = [&cpus[..], &[memory(0, LOW), hot(1, 4 * GIB..half)]].concat();
    let windows = |release, name, decides, window: Range<u64>| {
        one(release, name, decides, &short, "movable_node").with_firmware(&[cedt(window)])
    };
    let fills = "a CXL window that overlaps a node's memory is filled with it";
    let adds = "RAM in a CXL window that no entry covers becomes a node";
    let sets_aside = "a CXL window that no entry covers gives RAM no node";
    let cedt_file = "sys/firmware/acpi/tables/CEDT";
    // The last block below 2 GiB has the firmware's tables, and memory of node 0 on both sides.
    let around = [&cpus[..], &[memory(0, 0..GIB), memory(1, GIB..2 * GIB), memory(0, HIGH)]].concat();
    let hole =
        |release, decides, other| one(release, "hole-in-block", decides, &around, "").unless_release(other);
    let counts = "a hole in a memory block counts for the first node, so that the block has no zone";
    let counts_not = "a hole in a memory block counts for no node";
    vec![
        hole("6.12", counts, "6.18"),
        hole("6.16", counts, "6.18"),
        hole("6.17", counts_not, "6.12"),
        hole("6.18", counts_not, "6.12"),
        one("5.10", "initiator-off", stops, &stopped, "").unless_archive(&[srat(3, &not_stopped)]),
        one("6.1", "initiator-off", stops, &stopped, "").unless_archive(&[srat(3, &not_stopped)]),
        one("6.12", "initiator-off", stops, &stopped, "").unless_archive(&[srat(3, &not_stopped)]),
        one("7.3", "initiator-off", stops, &stopped, "").unless_archive(&[srat(3, &not_stopped)]),
        Scenario::new(
            "6.12",
            "entry-cut",
            "an entry that runs past the end of the table is read from what follows it in memory",
            &[3072],
            "",
        )
        .with_firmware(&[srat(3, &with(&[1, 40, 0, 0]))])
        .unless_without("firmware/roots.json"),
        divided("5.10"),
        divided("6.12"),
        divided("7.3"),
        outlives("5.10", "the node of an initiator outlives a SRAT that is refused"),
        outlives("6.1", "the node of an initiator outlives a SRAT that is refused, and Linux dies of it"),
        outlives("6.12", "the node of an initiator outlives a SRAT that is refused, and Linux dies of it"),
        outlives("6.18", "the node of an initiator outlives a SRAT that is refused, and Linux dies of it"),
        outlives("7.2", "the node of an initiator outlives a SRAT that is refused, and Linux dies of it"),
        outlives("7.3", "the node of an initiator outlives a SRAT that is refused, and Linux dies of it"),
        noacpi("6.1"),
        noacpi("7.2"),
        one("6.1", "empty-entry", empty, &with(&[9, 0, 0, 0]), "movable_node")
            .unless_archive(&[srat(3, &plain)]),
        one("6.12", "empty-entry", empty, &with(&[9, 0, 0, 0]), "movable_node")
            .unless_archive(&[srat(3, &plain)]),
        one(
            "6.18",
            "two-bytes-behind",
            "two bytes behind the last entry are no entry",
            &with(&[0, 0]),
            "movable_node",
        )
        .unless_archive(&[srat(3, &with(&[0, 0, 0]))]),
        one(
            "7.2",
            "three-bytes-behind",
            "three bytes of zero behind the last entry are a processor of length 0, and spoil the table",
            &with(&[0, 0, 0]),
            "movable_node",
        )
        .unless_archive(&[srat(3, &with(&[0, 0]))]),
        one(
            "6.1",
            "far-processor",
            "an x2APIC id that the running mode cannot address gives its domain no node",
            &far,
            "",
        )
        .unless_archive(&[srat(3, &far_counts)]),
        one(
            "7.2",
            "far-processor",
            "an x2APIC id that the running mode cannot address gives its domain no node",
            &far,
            "",
        )
        .unless_archive(&[srat(3, &far_counts)]),
        gaps("5.10", "gap-of-a-mib", mib_fails, MIB).unless_release("6.12"),
        gaps("6.1", "gap-of-a-mib", mib_fails, MIB).unless_release("6.12"),
        gaps("6.12", "gap-of-a-mib", mib_passes, MIB),
        gaps("6.18", "gap-of-a-mib", mib_passes, MIB),
        gaps("6.12", "gap-above-a-mib", "more than 1 MiB of RAM without a node is too much", MIB + 4 * KIB)
            .unless_archive(&[srat(3, &gap(0))]),
        one("6.12", "many-nodes", "131 nodes fit: the limit is 1,024", &many, "movable_node")
            .unless_without("next/initrd.img"),
        windows("5.10", "window-over-node", "the CEDT is not read", 4 * GIB..8 * GIB).unless_release("6.1"),
        windows("6.1", "window-over-node", fills, 4 * GIB..8 * GIB).unless_without(cedt_file),
        windows("6.12", "window-over-node", fills, 4 * GIB..8 * GIB).unless_without(cedt_file),
        windows("6.18", "window-over-node", fills, 4 * GIB..8 * GIB).unless_without(cedt_file),
        windows("7.2", "window-over-node", fills, 4 * GIB..8 * GIB).unless_without(cedt_file),
        windows("6.1", "window-beside-node", adds, half..8 * GIB)
            .unless_without(cedt_file)
            .unless_release("6.18"),
        windows("6.12", "window-beside-node", adds, half..8 * GIB)
            .unless_without(cedt_file)
            .unless_release("6.18"),
        windows("6.16", "window-beside-node", sets_aside, half..8 * GIB).unless_release("6.12"),
        windows("6.17", "window-beside-node", sets_aside, half..8 * GIB).unless_release("6.12"),
        windows("6.18", "window-beside-node", sets_aside, half..8 * GIB).unless_release("6.12"),
        windows("7.3", "window-beside-node", sets_aside, half..8 * GIB).unless_release("6.12"),
        one("6.1", "noacpi", "numa=noacpi: no SRAT, one node", &plain, "movable_node numa=noacpi")
            .generic()
            .unless_line("numa=noacpi", ""),
        one(
            "7.3",
            "wrapping-entry",
            "a memory entry that ends beyond the address space is left out, and its node stays possible",
            &[&plain[..], &[Affinity::Memory(2, 6 * GIB..6 * GIB, 0), wrapping(3)]].concat(),
            "movable_node",
        )
        .unless_without("next/initrd.img"),
    ]
}

/// An entry from 8 GiB on whose end does not fit into 64 bits.
fn wrapping(domain: u32) -> Affinity {
    let mut bytes = vec![1, 40];
    bytes.extend(domain.to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend((8 * GIB).to_le_bytes());
    bytes.extend((u64::MAX - GIB).to_le_bytes());
    bytes.extend([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    Affinity::Raw(bytes)
}
