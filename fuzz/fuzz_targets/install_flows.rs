//! Any firmware and any initrd, in every order of installation: each accepted file has a fate, the list is in order, and a boot
//! differs from itself in nothing.
#![no_main]

use acpihp::boot::derived::compare::{self, Side};
use acpihp::boot::install::{Firmware, FirmwareTable, Flow, OrderSource, Roots};
use acpihp::boot::kernel::release::Release;
use acpihp::boot::kernel::{Kernel, ReleaseSource};
use acpihp::boot::stages::e820::FirmwareMap;
use acpihp::boot::{Machine, NextBoot, derived::table_findings, predict};
use acpihp::memory::memmap::{Entry, Kind};
use libfuzzer_sys::fuzz_target;

const MIB: u64 = 1 << 20;
const RELEASES: [&str; 9] = ["3.8", "3.13", "3.16", "4.1", "4.2", "4.6", "4.9", "5.10", "7.3"];

/// A table at its address; where `is_mended`, its length is that of its bytes.
fn placed(number: u64, bytes: &[u8], is_mended: bool) -> FirmwareTable {
    let mut bytes = bytes.to_vec();
    let length = (bytes.len() as u32).to_le_bytes();
    if let Some(place) = bytes.get_mut(4..8).filter(|_| is_mended) {
        place.copy_from_slice(&length);
    }
    FirmwareTable { address: Some(0x7f00_0000 + 0x1000 * number), bytes }
}

type Input<'a> = (Vec<(&'a [u8], bool)>, [Option<(&'a [u8], bool)>; 3], &'a [u8], &'a str, u8, bool);

fuzz_target!(|input: Input<'_>| {
    let (tables, roots, initrd, line, release, movable_node) = input;
    let [rsdp, rsdt, xsdt] = roots.map(|root| root.map(|(bytes, is_mended)| placed(0x800, bytes, is_mended)));
    let tables = (0u64..).zip(tables).map(|(number, (bytes, is_mended))| placed(number, bytes, is_mended));
    let firmware = Firmware {
        tables: tables.collect(),
        order: OrderSource::RootTable,
        roots: Roots { rsdp, rsdt, xsdt },
        ..Firmware::default()
    };
    let ram = [0..0x9_fc00, MIB..2048 * MIB, 4096 * MIB..10240 * MIB];
    let entries = ram.into_iter().map(|range| Entry::new(range, Kind::RAM)).collect();
    let map = FirmwareMap { entries, ..FirmwareMap::default() };
    let machine = Machine { firmware, map, ..Machine::default() };
    let release = Release::parse(RELEASES[usize::from(release) % RELEASES.len()]).unwrap();
    let line = if movable_node { format!("movable_node {line}") } else { line.to_owned() };
    let boots = Flow::ALL.map(|flow| {
        NextBoot::new(Kernel::new(release.clone(), ReleaseSource::Given), &line)
            .with_kernel_at(16 * MIB..64 * MIB, true)
            .with_initrd(Some(initrd.into()), Some(100 * MIB..100 * MIB + initrd.len() as u64))
            .with_flow(flow)
    });
    let outcomes = boots.each_ref().map(|next| predict(&machine, next));
    for (next, outcome) in boots.iter().zip(&outcomes) {
        let installation = &outcome.installation;
        assert_eq!(installation.outcomes.len(), outcome.archive.tables.len());
        assert!(installation.list.is_sorted_by(|one, other| one.slot < other.slot));
        assert!(installation.list.iter().all(|table| table.slot < installation.slots));
        table_findings::of(&machine, outcome, next);
        let side = Side { next, outcome };
        let same = compare::compare(&machine, side, side);
        assert!(same.slots.iter().all(|pair| pair.same) && same.lines.is_empty());
        // These two look at more than what both boots have in common.
        let own = ["idempotence", "early-srat"];
        let differs = same.invariants.iter().find(|one| one.holds == Some(false) && !own.contains(&one.name));
        assert!(differs.is_none(), "{differs:?}");
    }
    let [_, one, other] = [0, 1, 2].map(|at| Side { next: &boots[at], outcome: &outcomes[at] });
    compare::compare(&machine, one, other);
});
