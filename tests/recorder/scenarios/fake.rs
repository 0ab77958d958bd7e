//! `numa=fake=`, which Debian's kernels for everything know.

use super::super::scenario::Scenario;
use super::super::tables::{Affinity, HOT, srat};
use super::GIB;

pub fn scenarios() -> Vec<Scenario> {
    let one = |release, name, decides, nodes: &[u64], line: &str| {
        Scenario::new(release, name, decides, nodes, line).generic()
    };
    let hot = srat(
        3,
        &[
            Affinity::Cpu(0, 0),
            Affinity::Cpu(1, 1),
            Affinity::Memory(0, 0..GIB, 0),
            Affinity::Memory(1, GIB..2 * GIB, HOT),
        ],
    );
    let mut out = Vec::new();
    for release in ["5.10", "6.1", "6.12", "6.18", "7.2", "7.3"] {
        out.push(
            one(release, "fake-count", "numa=fake=N splits all nodes in turn", &[1280, 768], "numa=fake=5")
                .unless_line("numa=fake=5", ""),
        );
    }
    out.extend([
        one("6.1", "fake-one-node", "numa=fake=N without a SRAT", &[1500], "numa=fake=4")
            .unless_line("numa=fake=4", ""),
        one(
            "6.12",
            "fake-size",
            "numa=fake=SIZE: nodes of that size, cut at multiples of 32 MiB",
            &[3072, 1000],
            "numa=fake=700M",
        )
        .unless_line("numa=fake=700M", ""),
        one(
            "7.3",
            "fake-size",
            "numa=fake=SIZE: nodes of that size, cut at multiples of 32 MiB",
            &[3072, 1000],
            "numa=fake=700M",
        )
        .unless_line("numa=fake=700M", ""),
        one("6.1", "fake-uniform", "numa=fake=NU: each node is split into N", &[1536, 512], "numa=fake=3U")
            .unless_line("numa=fake=3U", "numa=fake=3"),
        one("6.18", "fake-uniform", "numa=fake=NU: each node is split into N", &[3000, 1100], "numa=fake=3U")
            .unless_line("numa=fake=3U", "numa=fake=3"),
        one("6.1", "fake-small", "numa=fake=SIZE below 32 MiB is raised", &[300, 212], "numa=fake=8M")
            .unless_line("numa=fake=8M", ""),
        one(
            "6.12",
            "fake-many",
            "numa=fake=N with more nodes than 32 MiB pieces",
            &[300, 212],
            "numa=fake=64",
        )
        .unless_line("numa=fake=64", "numa=fake=8"),
        one(
            "6.1",
            "fake-hotplug",
            "numa=fake=: hot-pluggable marks stay with their addresses",
            &[1024, 1024],
            "numa=fake=4 movable_node",
        )
        .with_archive(std::slice::from_ref(&hot))
        .unless_line("numa=fake=4", ""),
        one(
            "7.2",
            "fake-hotplug",
            "numa=fake=: hot-pluggable marks stay with their addresses",
            &[1024, 1024],
            "numa=fake=2U movable_node",
        )
        .with_archive(&[hot])
        .unless_line("numa=fake=2U", ""),
        one(
            "6.12",
            "fake-kernelcore",
            "kernelcore= is spread over faked nodes",
            &[3072, 1024],
            "numa=fake=6 kernelcore=1G",
        )
        .unless_line("numa=fake=6", ""),
        one("6.1", "fake-off", "numa=off and numa=fake= together", &[1024, 1024], "numa=off numa=fake=3")
            .unless_line("numa=off", ""),
    ]);
    out
}
