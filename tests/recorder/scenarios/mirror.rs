//! kernelcore=mirror on a machine that has mirrored memory: below 1 GiB and at the beginning of what each node has above
//! 4 GiB.

use super::super::scenario::Scenario;
use super::super::tables::{Affinity, HOT, srat};
use super::super::uefi::{MIRRORED, Mark};
use super::{GIB, MIB};
use std::ops::Range;

fn mirrored_at(ranges: &[Range<u64>]) -> Vec<Mark> {
    ranges.iter().map(|range| Mark { attribute: MIRRORED, range: range.clone() }).collect()
}

pub fn scenarios() -> Vec<Scenario> {
    let nodes = [3072, 2048];
    let marks = mirrored_at(&[0..GIB, 4 * GIB..4 * GIB + 512 * MIB, 5 * GIB..5 * GIB + 256 * MIB]);
    let one = |release, name, decides, line| {
        Scenario::new(release, name, decides, &nodes, line).uefi(&marks).unless_line("kernelcore=mirror", "")
    };
    let simple = "kernelcore=mirror: what is not mirrored above 4 GiB is movable";
    let line = "kernelcore=mirror memblock=debug";
    let hot = srat(
        3,
        &[
            Affinity::Cpu(0, 0),
            Affinity::Cpu(1, 1),
            Affinity::Memory(0, 0..2 * GIB, 0),
            Affinity::Memory(0, 4 * GIB..5 * GIB, 0),
            Affinity::Memory(1, 5 * GIB..7 * GIB, HOT),
        ],
    );
    let woven = srat(
        3,
        &[
            Affinity::Cpu(0, 0),
            Affinity::Cpu(1, 1),
            Affinity::Memory(0, 0..2 * GIB, 0),
            Affinity::Memory(1, 4 * GIB..4 * GIB + 768 * MIB, 0),
            Affinity::Memory(0, 4 * GIB + 768 * MIB..6 * GIB, 0),
            Affinity::Memory(1, 6 * GIB..7 * GIB, 0),
        ],
    );
    vec![
        one("5.10", "mirror", simple, line).unless_release("7.3"),
        one("6.1", "mirror", simple, line).unless_release("7.3"),
        one("6.12", "mirror", simple, line).unless_release("7.3"),
        one("6.18", "mirror", simple, line).unless_release("7.3"),
        one("7.2", "mirror", simple, line).unless_release("7.3"),
        one("7.3", "mirror", "kernelcore=mirror: Normal ends where Movable begins", line)
            .unless_release("7.2"),
        one(
            "6.12",
            "mirror-movable-node",
            "movable_node decides, but kernelcore=mirror leaves Normal its whole span",
            "kernelcore=mirror movable_node memblock=debug",
        )
        .with_archive(std::slice::from_ref(&hot)),
        one(
            "7.3",
            "mirror-movable-node",
            "movable_node decides, and kernelcore=mirror changes no span",
            "kernelcore=mirror movable_node memblock=debug",
        )
        .with_archive(&[hot])
        .unless_release("7.2"),
        one(
            "6.1",
            "mirror-woven",
            "kernelcore=mirror: mirrored memory of other nodes inside a zone counts too",
            line,
        )
        .with_archive(std::slice::from_ref(&woven)),
        one("7.2", "mirror-woven", "kernelcore=mirror: memory of other nodes inside a zone counts too", line)
            .with_archive(&[woven]),
    ]
}
