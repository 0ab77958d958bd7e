//! How fast a boot is planned: SRATs of 1,000, 10,000 and 100,000 entries, up to 1,024 nodes.
//!
//! `cargo bench --bench plan`. With a number as its only argument the program plans one boot with that many entries and
//! ends, so that a profiler counts nothing else: benches/README.md.

#![allow(clippy::indexing_slicing)]

#[path = "../tests/machine/mod.rs"]
mod machine;

use acpihp::boot::install::FirmwareTable;
use acpihp::boot::kernel::Kernel;
use acpihp::boot::kernel::build::NodeLimits;
use acpihp::boot::places::PlaceSource;
use acpihp::boot::{Machine, NextBoot};
use acpihp::check::boot::{Assumed, settle};
use acpihp::report;
use acpihp::report::model::plan::Plan;
use divan::Bencher;
use machine::{GIB, MIB, Memory, boot};

const ENTRIES: [u32; 3] = [1_000, 10_000, 100_000];
/// As many as Debian's kernels know.
const NODES: u32 = 1024;

fn main() {
    match std::env::args().nth(1).and_then(|entries| entries.parse().ok()) {
        Some(entries) => drop(plan(&processors_and_memory(entries), &line())),
        None => divan::main(),
    }
}

/// The whole way of `plan --numa --format json`, files aside.
fn plan(machine: &Machine, next: &NextBoot<'_>) -> Vec<u8> {
    let assumed = Assumed { kernel: PlaceSource::Given, initrd: PlaceSource::Given, reserved: &[] };
    let settled = settle(machine, next, &assumed, &[]);
    let mut out = Vec::new();
    report::json(&mut out, &Plan::of(&settled, next)).unwrap();
    out
}

fn line() -> NextBoot<'static> {
    boot("6.12", "movable_node")
}

/// RAM in pieces with gaps between, and what the SRAT says of each: nodes take turns.
fn memory(pieces: u32, nodes: u32) -> (Vec<std::ops::Range<u64>>, Vec<Memory>) {
    let range = |piece: u32| {
        let start = 4 * GIB + u64::from(piece) * 512 * MIB;
        start..start + 256 * MIB
    };
    let ram = std::iter::once(MIB..GIB).chain((1..pieces).map(range)).collect();
    let low = (0, 0..GIB, false);
    let entry = |piece: u32| (piece % nodes, range(piece), piece % nodes % 4 == 3);
    (ram, std::iter::once(low).chain((1..pieces).map(entry)).collect())
}

/// As large machines have it: as much memory as Linux has room for, 2,048 pieces, and processors in the rest.
fn processors_and_memory(entries: u32) -> Machine {
    let pieces = (entries / 2).min(2 * NODES);
    let nodes = (pieces / 2).min(NODES);
    let (ram, memory) = memory(pieces, nodes);
    let mut made = machine::machine(&ram, &memory, &[0]);
    let mut body: Vec<u8> = made.firmware.tables[0].bytes[36..].to_vec();
    for id in 0..entries - pieces - 1 {
        body.extend([2, 24, 0, 0]);
        body.extend((id % nodes).to_le_bytes());
        body.extend((id % 255).to_le_bytes());
        body.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    made.firmware.tables[0] = FirmwareTable { address: None, bytes: machine::table(b"SRAT", 3, &body) };
    made
}

#[divan::bench(args = ENTRIES)]
fn plan_with_1024_nodes(bencher: Bencher, entries: u32) {
    let (made, next) = (processors_and_memory(entries), line());
    bencher.bench(|| plan(divan::black_box(&made), &next));
}

/// Nothing but memory, for a kernel that would have room for it: how the work grows.
#[divan::bench(args = ENTRIES)]
fn plan_memory_alone(bencher: Bencher, entries: u32) {
    let (ram, memory) = memory(entries, NODES);
    let made = machine::machine(&ram, &memory, &[0]);
    let kernel = Kernel::default().with_build(|build| build.limits = NodeLimits { max_nodes: entries });
    let next = line().of_kernel(kernel);
    bencher.bench(|| plan(divan::black_box(&made), &next));
}
