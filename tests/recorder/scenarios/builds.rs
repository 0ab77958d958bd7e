//! The same three boots of every build of a kernel that can be had: what a release, a flavour or an update changes shows there
//! first. Their recordings have names that begin with K.

use super::super::scenario::{Flavour, Scenario};
use super::super::tables::{Affinity, HOT, cedt, srat, table};
use super::{GIB, MIB};

/// Signatures that some releases take from an archive and others do not, and one that none takes.
const SIGNATURES: [&[u8; 4]; 10] =
    [b"AGDI", b"NBFT", b"SWFT", b"MPAM", b"AEST", b"NHLT", b"PPTT", b"IORT", b"HMAT", b"FPDT"];

/// What both boots of a pair have, so that an emulator has less to do.
const SHORT: &str = "quiet cryptomgr.notests";

/// The boots of a build, whose full release is given. They have one machine: three nodes, and a CXL window that begins where the
/// archive's SRAT ends.
pub fn scenarios(release: &str) -> Vec<Scenario> {
    let half = 4 * GIB + 512 * MIB;
    let one = |name: &str, decides, line: &str| {
        let mut scenario = Scenario::new("", name, decides, &[1024, 1024, 1024], &format!("{SHORT} {line}"));
        scenario.name = format!("K-{release}-{name}");
        scenario.line_before = SHORT;
        scenario.with_firmware(&[cedt(half..8 * GIB)])
    };
    let nodes = [
        Affinity::Cpu(0, 0),
        Affinity::Cpu(1, 0),
        Affinity::Memory(0, 0..GIB, 0),
        Affinity::Memory(2, GIB..2 * GIB, HOT),
        Affinity::Memory(1, 4 * GIB..half, HOT),
    ];
    let short = srat(3, &nodes);
    let mut archive: Vec<Vec<u8>> =
        SIGNATURES.iter().map(|signature| table(signature, 1, &[0; 40])).collect();
    archive.push(short.clone());
    let divided = match Flavour::of(release) {
        // Debian's kernels for virtual machines have no NUMA_EMU.
        Flavour::Cloud => one(
            "sizes",
            "kernelcore= in percent, and memory that memmap= takes away",
            "kernelcore=40% memmap=64M$0x110000000 memmap=64M!0x118000000 memmap=64M%0x120000000-1+2",
        ),
        Flavour::Generic | Flavour::RealTime | Flavour::Built(_) => {
            one("fake", "numa=fake=N, and sizes of zones", "numa=fake=5 kernelcore=1G")
        }
    };
    vec![
        one(
            "archive",
            "signatures of an archive; nodes of its SRAT, and a CXL window beside them",
            "movable_node",
        )
        .with_archive(&archive),
        divided,
        Scenario {
            kaslr: true,
            ..one("kaslr", "the kernel at a random place", "movable_node log_buf_len=1M")
        }
        .with_archive(&[short]),
    ]
}
