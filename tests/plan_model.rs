//! Rules of the boot model that recorded boots seldom decide, on machines made for the purpose: made-up nodes, mirrored
//! memory, what a boot hangs on, memory that is left to the kernel, and inputs that Linux refuses or ignores.

#![allow(clippy::indexing_slicing, clippy::single_range_in_vec_init)]

use crate::machine;

use acpihp::boot::derived::outcomes::{self, Sure, Unknown, What};
use acpihp::boot::kernel::build::NodeLimits;
use acpihp::boot::stages::kaslr::{Chooser, Placement};
use acpihp::boot::stages::srat::{BadEntry, Refusal};
use acpihp::boot::stages::zones::{Mode, Zone};
use acpihp::boot::{Machine, NextBoot, Outcome, derived::findings, derived::rows, predict};
use acpihp::memory::efi::{EfiDescriptor, EfiMap, MORE_RELIABLE, Type};
use acpihp::memory::memmap::{Entry, Kind};
use machine::{GIB, KERNEL, MIB, boot, machine};
use proptest::prelude::*;
use std::ops::Range;

/// RAM below 2 GiB on node 0 and from 4 GiB on, `sizes` GiB on each further node, all of those marked hot-pluggable.
fn hotplug(sizes: &[u64]) -> Machine {
    let mut start = 4 * GIB;
    let (mut ram, mut memory) = (vec![MIB..2 * GIB], vec![(0, 0..2 * GIB, false)]);
    for (pxm, size) in (1..).zip(sizes) {
        let range = start..start + size * GIB;
        start = range.end;
        ram.push(range.clone());
        memory.push((pxm, range, true));
    }
    machine(&ram, &memory, &[0])
}

fn movable(outcome: &Outcome<'_>) -> u64 {
    let zones = outcome.zones.nodes.values().flat_map(|node| &node.zones);
    zones.filter(|zone| zone.zone == Zone::Movable).map(|zone| zone.present_pages * 4096).sum()
}

/// Start, span and present pages of a node's zone.
fn zone(outcome: &Outcome<'_>, node: u32, zone: Zone) -> (u64, u64, u64) {
    let found = outcome.zones.nodes[&node].zones.iter().find(|known| known.zone == zone).unwrap();
    (found.start_pfn, found.spanned_pages, found.present_pages)
}

fn codes(machine: &Machine, next: &NextBoot<'_>) -> Vec<&'static str> {
    let outcome = predict(machine, next);
    let rows = rows::rows(&outcome, next);
    findings::of(machine, &outcome, next, &rows).iter().map(|finding| finding.rule.code).collect()
}

#[test]
fn made_up_nodes_keep_the_marks_of_their_addresses() {
    let machine = hotplug(&[2, 2]);
    let outcome = predict(&machine, &boot("6.1.0-50-amd64", "movable_node nokaslr numa=fake=2U"));
    let fake = outcome.nodes.fake.as_ref().unwrap();
    assert_eq!(fake.physical, [0, 0, 1, 1, 2, 2]);
    let starts: Vec<u32> = outcome.zones.movable_start.keys().copied().collect();
    assert_eq!(starts, [2, 3, 4, 5]);
    assert_eq!(rows::pxm(&outcome, 3), Some(1));
    // The initrd on one half of a node leaves the other half movable.
    let next = boot("6.1.0-50-amd64", "movable_node nokaslr numa=fake=2U")
        .with_initrd(None, Some(4 * GIB + 100 * MIB..4 * GIB + 120 * MIB));
    assert_eq!(movable(&predict(&machine, &next)), 3 * GIB);
}

#[test]
fn requests_for_made_up_nodes_are_read_to_the_letter() {
    let machine = hotplug(&[2]);
    let count = |release: &str, value: &str| {
        let outcome = predict(&machine, &boot(release, &format!("nokaslr numa=fake={value}")));
        outcome.nodes.fake.map(|fake| fake.physical.len())
    };
    let full = |value: &str| count("6.1.0-50-amd64", value);
    assert_eq!((full("4"), full("0x4"), full("4:10,20")), (Some(4), Some(4), Some(4)));
    // Node 0 has a little less than two times 1 GiB, so that all of it is one.
    assert_eq!((full("1G"), full("1024M")), (Some(3), Some(3)));
    // Small letters are no units: 512 nodes do not fit 32 MiB each.
    assert_eq!((full("512m"), full("0"), full(""), full("-3"), full("G")), (None, None, None, None, None));
    assert_eq!(
        (count("6.1.0-50-cloud-amd64", "4"), count("4.18", "2U"), count("4.19", "2U")),
        (None, Some(2), Some(4))
    );
    // Nobody goes below 32 MiB or above 1024 nodes.
    assert_eq!((full("1M"), full("200U")), (Some(127), None));
    assert_eq!(full("100000"), None);
}

#[test]
fn a_refused_srat_still_leaves_room_for_made_up_nodes() {
    let overlap =
        machine(&[MIB..2 * GIB, 4 * GIB..6 * GIB], &[(0, 0..2 * GIB, false), (1, GIB..6 * GIB, true)], &[0]);
    let outcome = predict(&overlap, &boot("6.1.0-50-amd64", "movable_node nokaslr numa=fake=4"));
    assert!(matches!(outcome.nodes.refusal, Some(Refusal::Overlap(..))));
    assert_eq!(outcome.nodes.fake.unwrap().physical, [0; 4]);
    // Where RAM without a node is what refuses it, the option has been read already, and is empty the second time.
    let gap = machine(&[MIB..2 * GIB, 4 * GIB..6 * GIB], &[(0, 0..2 * GIB, false)], &[0]);
    let outcome = predict(&gap, &boot("6.1.0-50-amd64", "nokaslr numa=fake=4"));
    assert!(matches!(outcome.nodes.refusal, Some(Refusal::Uncovered { .. })));
    assert_eq!(outcome.nodes.fake, None);
}

#[test]
fn a_domain_without_memory_beside_made_up_nodes_kills_newer_kernels() {
    let machine = machine(&[MIB..2 * GIB], &[(0, 0..2 * GIB, false), (1, 4 * GIB..6 * GIB, true)], &[0]);
    let dies = |release: &str| {
        codes(&machine, &boot(release, "nokaslr numa=fake=2")).contains(&"boot-fake-without-distances")
    };
    assert!(dies("6.12.111-amd64") && !dies("6.1.0-50-amd64"));
}

/// Worked example E: both halves of two nodes mirrored or not, and low memory mirrored.
fn mirrored() -> Machine {
    let ram = [MIB..2 * GIB, 4 * GIB..10 * GIB, 10 * GIB..18 * GIB];
    let memory = [(0, 0..2 * GIB, false), (0, 4 * GIB..10 * GIB, false), (1, 10 * GIB..18 * GIB, false)];
    let mut machine = machine(&ram, &memory, &[0]);
    machine.mirrored = [0..2 * GIB, 4 * GIB..6 * GIB, 10 * GIB..12 * GIB].into_iter().collect();
    machine
}

#[test]
fn mirrored_memory_stays_with_the_kernel() {
    let outcome = predict(&mirrored(), &boot("6.12", "kernelcore=mirror nokaslr"));
    assert_eq!(outcome.zones.mode, Mode::Mirror);
    assert_eq!(outcome.zones.movable_start.get(&0), Some(&(6 * GIB / 4096)));
    assert_eq!(outcome.zones.movable_start.get(&1), Some(&(12 * GIB / 4096)));
    let pages = |gib: u64| gib * GIB / 4096;
    assert_eq!(zone(&outcome, 0, Zone::Normal), (pages(4), pages(6), pages(2)));
    assert_eq!(zone(&outcome, 1, Zone::Normal), (pages(10), pages(8), pages(2)));
    assert_eq!(zone(&outcome, 1, Zone::Movable), (pages(12), pages(6), pages(6)));
    // 7.3 ends Normal where Movable begins.
    let outcome = predict(&mirrored(), &boot("7.3", "kernelcore=mirror nokaslr"));
    assert_eq!(zone(&outcome, 0, Zone::Normal), (pages(4), pages(2), pages(2)));
    assert_eq!(zone(&outcome, 1, Zone::Movable), (pages(12), pages(6), pages(6)));
}

#[test]
fn the_three_ways_to_a_movable_zone_exclude_each_other() {
    let machine = mirrored();
    let mode = |release: &str, line: &str| predict(&machine, &boot(release, line)).zones.mode;
    assert_eq!(mode("6.12", "kernelcore=mirror movable_node kernelcore=1G"), Mode::MovableNode);
    assert_eq!(mode("6.12", "kernelcore=1G kernelcore=mirror"), Mode::Mirror);
    assert!(matches!(mode("6.12", "kernelcore=1G movablecore=1G"), Mode::Sizes { .. }));
    assert_eq!(mode("6.12", "kernelcore=64G"), Mode::SizesWithoutEffect);
    let plain = hotplug(&[2]);
    let mode = |release: &str| predict(&plain, &boot(release, "kernelcore=mirror")).zones.mode;
    assert_eq!(
        (mode("6.1"), mode("6.6"), mode("7.3")),
        (Mode::Mirror, Mode::MirrorIgnored, Mode::MirrorIgnored)
    );
    let all = codes(&machine, &boot("6.12", "kernelcore=120% movable_node"));
    assert!(all.contains(&"boot-percent-above-100") && all.contains(&"boot-sizes-ignored"), "{all:?}");
}

#[test]
fn boot_allocations_take_mirrored_memory_first() {
    let mut machine = mirrored();
    machine.mirrored = [GIB..GIB + 256 * MIB].into_iter().collect();
    let log = |line: &str| {
        let outcome = predict(&machine, &boot("6.12", line));
        let piece =
            outcome.reserved.iter().find(|piece| piece.holder.name().starts_with("log buffer")).unwrap();
        piece.range.clone()
    };
    assert_eq!(log("kernelcore=mirror log_buf_len=4M").end, GIB + 256 * MIB);
    assert_eq!(log("log_buf_len=4M").end, 18 * GIB);
}

#[test]
fn kaslr_takes_soft_reserved_memory_where_it_counts_as_ram() {
    let soft = |kind| {
        let mut machine =
            machine(&[MIB..2 * GIB], &[(0, 0..2 * GIB, false), (1, 4 * GIB..6 * GIB, false)], &[0, 1]);
        machine.map.entries.push(Entry::new(4 * GIB..6 * GIB, kind));
        machine
    };
    let chance = |kind, line: &str| {
        let machine = soft(kind);
        let next = boot("6.1", line).with_kernel_at(KERNEL, false);
        predict(&machine, &next).kaslr.probability(1)
    };
    let as_ram = chance(Kind::RAM, "movable_node");
    assert!(as_ram > 0.3, "{as_ram}");
    assert_eq!(chance(Kind::SOFT_RESERVED, "movable_node efi=nosoftreserve"), as_ram);
    assert_eq!(chance(Kind::SOFT_RESERVED, "movable_node"), 0.0);
}

#[test]
fn kaslr_knows_what_chooses_the_place() {
    let mut machine = hotplug(&[2, 2]);
    let random = |machine: &Machine, release: &str, line: &str| {
        let next = boot(release, line).with_kernel_at(KERNEL, false);
        predict(machine, &next).kaslr
    };
    let chance = |placement: &Placement| [0, 1, 2].map(|node| placement.probability(node) > 0.0);
    // The decompressor keeps out of what the firmware marks; the EFI stub does not know the SRAT.
    assert_eq!(chance(&random(&machine, "6.12", "movable_node")), [true, false, false]);
    assert_eq!(chance(&random(&machine, "6.12", "acpi=off")), [true, false, false], "one node");
    machine.is_uefi = true;
    let stub = random(&machine, "6.12", "movable_node");
    assert!(matches!(stub, Placement::Random { chooser: Chooser::EfiStub, .. }));
    assert_eq!(chance(&stub), [true, true, true]);
    assert_eq!(chance(&random(&machine, "6.3", "movable_node")), [true, false, false]);
    // Mirrored memory is taken before any other.
    let free = |range: Range<u64>, attributes| EfiDescriptor { range, kind: Type::Conventional, attributes };
    machine.efi = EfiMap(vec![free(MIB..2 * GIB, 0), free(4 * GIB..6 * GIB, MORE_RELIABLE)]);
    assert_eq!(chance(&random(&machine, "6.12", "movable_node")), [false, true, false]);
}

fn of(unknowns: &[Unknown], what: What) -> Option<&Unknown> {
    unknowns.iter().find(|unknown| unknown.what == what)
}

#[test]
fn what_is_not_sure_is_told_with_what_hangs_on_it() {
    let mut machine = hotplug(&[2, 4]);
    let next = boot("6.12", "movable_node nokaslr").with_initrd(None, Some(GIB..GIB + 16 * MIB));
    let tell = |machine: &Machine, next: &NextBoot<'_>, sure: Sure| {
        outcomes::of(machine, next, &predict(machine, next), sure)
    };
    let unsure = Sure { kernel: true, initrd: false };
    // A BIOS loader keeps below 4 GiB, where nothing is marked.
    assert_eq!(tell(&machine, &next, unsure), []);
    machine.is_uefi = true;
    let unknowns = tell(&machine, &next, unsure);
    let cases = &of(&unknowns, What::Initrd).unwrap().cases;
    let summary: Vec<_> =
        cases.iter().map(|case| (case.nodes.clone(), case.loses, case.movable / GIB)).collect();
    assert_eq!(summary, [(vec![0], false, 6), (vec![1], true, 4), (vec![2], true, 2)]);
    assert!(of(&unknowns, What::BootServices).is_some() && of(&unknowns, What::Kernel).is_none());
    assert_eq!(tell(&machine, &next, Sure { kernel: true, initrd: true }).len(), 1);
    // Nothing hangs on it without movable_node, nor when all marks are lost anyway.
    let plain = next.clone().with_movable_node(false);
    assert_eq!(tell(&machine, &plain, unsure), []);
    let taken = next
        .clone()
        .with_reserved(vec![(5 * GIB..5 * GIB + MIB, "x".into()), (7 * GIB..7 * GIB + MIB, "y".into())]);
    assert_eq!(tell(&machine, &taken, unsure), []);
}

#[test]
fn what_is_left_to_the_kernel_is_weighed() {
    let machine = machine(&[MIB..GIB], &[], &[0]);
    let said = |line: &str| -> Vec<&str> {
        let all = codes(&machine, &boot("6.12", line));
        all.into_iter().filter(|code| code.contains("memory-") || code.contains("ratio")).collect()
    };
    assert_eq!(said("nokaslr kernelcore=48M"), ["boot-kernel-memory-short"]);
    assert_eq!(said("nokaslr kernelcore=68M"), ["boot-kernel-memory-narrow"]);
    assert_eq!(said("nokaslr kernelcore=128M"), ["boot-movable-ratio"]);
    assert!(said("nokaslr kernelcore=512M").is_empty());
}

#[test]
fn inputs_that_linux_refuses_or_ignores_are_answered() {
    let ram = [MIB..2 * GIB, 4 * GIB..6 * GIB];
    let two = machine(&ram, &[(0, 0..2 * GIB, false), (1, 4 * GIB..6 * GIB, true)], &[0]);
    let all = |line: &str| codes(&two, &boot("6.12", line));
    assert!(all("kernelcore").contains(&"boot-kernelcore-without-value"));
    assert!(
        all("movablecore mem=0 memmap=x numa=bogus")
            .iter()
            .filter(|code| **code == "boot-option-ignored")
            .count()
            == 4
    );
    assert!(all("memmap=exactmap").contains(&"boot-map-invalid"));
    assert!(all("memmap=exactmap,1G@1M,1G@4G").contains(&"boot-no-low-ram"));
    assert!(all("memmap=1G%4G-1+1").contains(&"boot-map-same-type"));
    assert!(all("mem=5G movable_node").contains(&"boot-ram-taken"));
    assert!(all("memmap=64M@3G").contains(&"boot-ram-added"));
    assert!(all("memmap=1G$16M nokaslr").contains(&"boot-kernel-forced"));
    assert!(all("numa=fake=0").contains(&"numa-fake-without-effect"));
    assert!(codes(&Machine::default(), &boot("6.12", "")).contains(&"boot-map-fallback"));
    // More domains than nodes: one entry too many drops the whole SRAT.
    let many: Vec<machine::Memory> =
        (0..70).map(|pxm| (pxm, u64::from(pxm) * GIB / 16..u64::from(pxm + 1) * GIB / 16, true)).collect();
    let crowded = machine(&[MIB..4 * GIB], &many, &[0]);
    let next = boot("6.12", "movable_node");
    let few = next.kernel().clone().with_build(|build| build.limits = NodeLimits { max_nodes: 64 });
    let next = next.of_kernel(few);
    let outcome = predict(&crowded, &next);
    let refused = Refusal::BadEntry { offset: 48 + 16 + 64 * 40, why: BadEntry::Domain(64) };
    assert_eq!((outcome.nodes.refusal.clone(), movable(&outcome)), (Some(refused), 0));
    assert_eq!(outcome.zones.nodes.len(), 1);
}

proptest! {
    /// What is told of a place equals a prediction with the thing at that place.
    #[test]
    fn each_case_is_what_a_prediction_with_it_gives(
        sizes in prop::collection::vec(1u64..5, 1..6),
        reserve in prop::collection::vec(0u64..20, 0..3),
        more in prop::sample::select(&["", "numa=fake=7", "numa=fake=512M", "mem=9G"]),
        release in prop::sample::select(&["5.10", "6.1", "6.12", "7.3"]),
    ) {
        let mut machine = hotplug(&sizes);
        machine.is_uefi = true;
        let reserve = reserve.into_iter().map(|gib| (gib * GIB..gib * GIB + MIB, "r".to_owned())).collect();
        let next = boot(release, &format!("movable_node nokaslr {more}"))
            .with_reserved(reserve)
            .with_initrd(None, Some(GIB..GIB + 32 * MIB));
        let outcome = predict(&machine, &next);
        let unknowns = outcomes::of(&machine, &next, &outcome, Sure { kernel: true, initrd: false });
        for case in of(&unknowns, What::Initrd).into_iter().flat_map(|unknown| &unknown.cases) {
            for node in &case.nodes {
                let region = outcome.regions.iter().rev().find(|region| {
                    region.node == Some(*node) && region.range.end - region.range.start >= 64 * MIB
                });
                let Some(region) = region else { continue };
                let place = region.range.end - 32 * MIB..region.range.end;
                let there = next.clone().with_initrd(None, Some(place));
                prop_assert_eq!(movable(&predict(&machine, &there)), case.movable, "node {}", node);
            }
        }
    }
}
