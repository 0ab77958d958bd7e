//! What holds for every boot, whatever firmware, SRAT and command line: no panic, and zones that fit memory.

#![allow(clippy::indexing_slicing)]

use acpihp::boot::install::{Firmware, FirmwareTable};
use acpihp::boot::kernel::Kernel;
use acpihp::boot::kernel::release::Change;
use acpihp::boot::stages::e820::FirmwareMap;
use acpihp::boot::stages::memblock::ReservedBy;
use acpihp::boot::stages::zones::Zone;
use acpihp::boot::{Machine, NextBoot, Outcome, derived::early, derived::findings, derived::rows, predict};
use acpihp::memory::memmap::{Entry, Kind};
use proptest::prelude::*;
use std::ops::Range;

const MIB: u64 = 1 << 20;
const RELEASES: [&str; 8] = ["3.10", "4.19", "5.10", "6.1", "6.6", "6.12", "7.2", "7.3"];

/// One memory entry: domain, first MiB, MiB, flags.
type Memory = (u32, u64, u64, u32);

fn srat(memory: &[Memory]) -> Vec<u8> {
    let mut table = b"SRAT\0\0\0\0\x03\0ACPIHPPROPERTY\x01\0\0\0AHP \x01\0\0\0\x01\0\0\0".to_vec();
    table.resize(48, 0);
    for (pxm, start, len, flags) in memory {
        table.extend([1, 40]);
        table.extend(pxm.to_le_bytes());
        table.extend([0; 2]);
        table.extend((start * MIB).to_le_bytes());
        table.extend((len * MIB).to_le_bytes());
        table.extend([0; 4]);
        table.extend(flags.to_le_bytes());
        table.extend([0; 8]);
    }
    let len = table.len() as u32;
    table[4..8].copy_from_slice(&len.to_le_bytes());
    table[9] = 0u8.wrapping_sub(acpihp::bytes::sum8(&table));
    table
}

fn machine(tables: Vec<Vec<u8>>, entries: Vec<Entry>) -> Machine {
    let tables = tables.into_iter().map(|bytes| FirmwareTable { address: None, bytes }).collect();
    Machine {
        firmware: Firmware { tables, ..Firmware::default() },
        map: FirmwareMap { entries, ..FirmwareMap::default() },
        ..Machine::default()
    }
}

/// A PC with 3 GiB below 4 GiB and 5 GiB above.
fn pc() -> Vec<Entry> {
    let ram = [0..0x9_fc00, MIB..3072 * MIB, 4096 * MIB..9216 * MIB];
    ram.into_iter().map(|range| Entry::new(range, Kind::RAM)).collect()
}

fn next(release: &str, line: &str, reserve: Vec<Range<u64>>) -> NextBoot<'static> {
    let reserve = reserve.into_iter().map(|range| (range, "test".to_owned())).collect();
    NextBoot::new(Kernel::of_release(release).unwrap(), line)
        .with_kernel_at(16 * MIB..64 * MIB, false)
        .with_initrd(None, Some(100 * MIB..120 * MIB))
        .with_reserved(reserve)
}

fn movable_pages(outcome: &Outcome<'_>) -> u64 {
    let zones = outcome.zones.nodes.values().flat_map(|node| &node.zones);
    zones.filter(|zone| zone.zone == Zone::Movable).map(|zone| zone.present_pages).sum()
}

fn ram_pages(outcome: &Outcome<'_>) -> u64 {
    let with_node = outcome.regions.iter().filter(|region| region.node.is_some());
    with_node.map(|region| (region.range.end - region.range.start) / 4096).sum()
}

fn options() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        Just("movable_node".to_owned()),
        Just("kernelcore=mirror".to_owned()),
        Just("numa=off".to_owned()),
        Just("nokaslr".to_owned()),
        Just("log_buf_len=4M".to_owned()),
        (0u64..40).prop_map(|count| format!("numa=fake={count}")),
        (0u64..9).prop_map(|count| format!("numa=fake={count}U")),
        (1u64..4000).prop_map(|mib| format!("numa=fake={mib}M")),
        (0u64..9000, 0u64..9000, "[@#$!%]")
            .prop_map(|(len, start, sign)| format!("memmap={len}M{sign}{start}M")),
        (0u64..9000, 0u64..9000, 0u32..4, 0u32..4)
            .prop_map(|(len, start, from, to)| format!("memmap={len}M%{start}M-{from}+{to}")),
        Just("memmap=exactmap,639K@0,3G@1M".to_owned()),
        (0u64..9000).prop_map(|mib| format!("kernelcore={mib}M")),
        (0u64..9000).prop_map(|mib| format!("movablecore={mib}M")),
        (0u64..130).prop_map(|percent| format!("movablecore={percent}%")),
        (64u64..9000).prop_map(|mib| format!("mem={mib}M")),
        (0u64..9000, 0u64..9000).prop_map(|(len, start)| format!("memmap={len}M${start}M")),
        "[a-z_]{1,12}=[0-9xKMG%@#!,:-]{0,12}",
    ];
    prop::collection::vec(one, 0..5).prop_map(|words| words.join(" "))
}

fn memory() -> impl Strategy<Value = Vec<Memory>> {
    prop::collection::vec((0u32..6, 0u64..9300, 0u64..3000, 0u32..4), 0..10)
}

/// Entries that cover all memory without overlap: cut where the numbers say.
fn tiling() -> impl Strategy<Value = Vec<Memory>> {
    prop::collection::vec((0u32..6, 1u64..2000, 0u32..2), 1..10).prop_map(|cuts| {
        let mut start = 0;
        let mut entries: Vec<Memory> = Vec::new();
        for (pxm, len, hot) in cuts {
            entries.push((pxm, start, len, 1 | hot << 1));
            start += len;
        }
        entries.push((0, start, 20_000 - start, 1));
        entries
    })
}

proptest! {
    #[test]
    fn zones_are_the_memory(
        release in prop::sample::select(&RELEASES),
        line in options(),
        memory in prop_oneof![memory(), tiling()],
        mirrored in prop::collection::vec((0u64..9000, 1u64..3000), 0..4),
    ) {
        let mut machine = machine(vec![srat(&memory)], pc());
        machine.mirrored = mirrored.into_iter().map(|(start, len)| start * MIB..(start + len) * MIB).collect();
        let next = next(release, &line, Vec::new());
        let outcome = predict(&machine, &next);
        // Before 7.3 a mirror option lets zones of a node share their span. No page counts twice, unless movable_node is
        // given too and hot-pluggable memory lies below 4 GiB.
        let share = next.line().kernelcore_mirror && !next.release().has(Change::MIRROR_NO_OVERLAP);
        for node in outcome.zones.nodes.values() {
            for pair in node.zones.windows(2) {
                let apart = pair[0].start_pfn + pair[0].spanned_pages <= pair[1].start_pfn;
                prop_assert!(apart || (share && pair[1].zone == Zone::Movable), "{:?}", node);
            }
        }
        // Where zones share, Linux can take off more pages than there are: its number wraps below 0.
        let zones = outcome.zones.nodes.values().flat_map(|node| &node.zones);
        let present: i64 = zones.map(|zone| zone.present_pages.cast_signed()).sum();
        let ram = ram_pages(&outcome).cast_signed();
        if share {
            prop_assert!(next.line().movable_node || present <= ram);
        } else {
            prop_assert_eq!(present, ram);
        }
        // Made-up nodes are not smaller than Linux makes them, but for what is left at the end of a block.
        if let Some(fake) = &outcome.nodes.fake {
            prop_assert!(fake.physical.len() <= 1024);
            let known = |node: u32| (node as usize) < fake.physical.len();
            prop_assert!(outcome.nodes.blocks.iter().all(|block| known(block.node)));
        }
        let rows = rows::rows(&outcome, &next);
        let in_rows: u64 = rows.iter().map(|row| row.range.end - row.range.start).sum();
        prop_assert_eq!(in_rows, outcome.map.ram.total());
        findings::of(&machine, &outcome, &next, &rows);
        early::view(&machine, &next, &outcome);
    }

    #[test]
    fn a_reservation_never_makes_memory_movable(
        release in prop::sample::select(&RELEASES),
        more in options(),
        memory in tiling(),
        start in 0u64..9216,
        len in 1u64..64,
    ) {
        let machine = machine(vec![srat(&memory)], pc());
        let line = format!("movable_node nokaslr {more}");
        let before = predict(&machine, &next(release, &line, Vec::new()));
        let range = start * MIB..(start + len) * MIB;
        let after = predict(&machine, &next(release, &line, vec![range.clone()]));
        // What the kernel allocates itself gives way to the reservation, and may then cost another node its marks.
        let chosen = |outcome: &Outcome<'_>| -> Vec<Range<u64>> {
            let pieces = outcome.reserved.iter().filter(|piece| piece.place != ReservedBy::Fixed);
            pieces.map(|piece| piece.range.clone()).collect()
        };
        if chosen(&before) == chosen(&after) {
            prop_assert!(movable_pages(&after) <= movable_pages(&before));
        }
    }

    #[test]
    fn a_prediction_is_the_same_twice(release in prop::sample::select(&RELEASES), line in options(), memory in memory()) {
        let machine = machine(vec![srat(&memory)], pc());
        let next = next(release, &line, Vec::new());
        let (one, two) = (predict(&machine, &next), predict(&machine, &next));
        prop_assert_eq!(one.zones, two.zones);
        prop_assert_eq!(one.reserved, two.reserved);
    }

    #[test]
    fn no_input_makes_it_panic(
        table in prop::collection::vec(any::<u8>(), 0..200),
        cedt in prop::collection::vec(any::<u8>(), 0..120),
        slit in prop::collection::vec(any::<u8>(), 0..120),
        map in prop::collection::vec((any::<u64>(), any::<u64>(), 0u32..14), 0..12),
        line in "\\PC{0,80}",
        release in prop::sample::select(&RELEASES),
        reserve in prop::collection::vec((any::<u64>(), any::<u64>()), 0..4),
        initrd in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let named = |name: &[u8; 4], bytes: &[u8]| {
            let mut bytes = [&srat(&[])[..], bytes].concat();
            bytes[..4].copy_from_slice(name);
            let len = bytes.len() as u32;
            bytes[4..8].copy_from_slice(&len.to_le_bytes());
            bytes
        };
        let tables = vec![named(b"SRAT", &table), named(b"SLIT", &slit), named(b"CEDT", &cedt), table];
        let entries = map.into_iter().map(|(start, size, kind)| Entry { start, size, kind: Kind(kind) }).collect();
        let machine = machine(tables, entries);
        let reserve = reserve.into_iter().map(|(one, other)| one.min(other)..one.max(other)).collect();
        let next = next(release, &line, reserve);
        let at = next.initrd_at().cloned();
        let next = next.with_initrd(Some((&initrd).into()), at);
        let outcome = predict(&machine, &next);
        let rows = rows::rows(&outcome, &next);
        findings::of(&machine, &outcome, &next, &rows);
        early::view(&machine, &next, &outcome);
    }
}

/// Each value of each byte of a SRAT, and each of its beginnings, gives zones with the memory in them.
#[test]
fn every_change_of_a_byte_of_a_srat_gives_zones() {
    // Two processors, memory that tiles the machine, and the hot-pluggable part last.
    let mut whole = srat(&[(0, 0, 4096, 1), (1, 4096, 2048, 1), (2, 6144, 14_000, 3)]);
    for (pxm, apic) in [(0, 0), (1, 1)] {
        whole.extend([0, 16, pxm, apic, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    let len = whole.len() as u32;
    whole[4..8].copy_from_slice(&len.to_le_bytes());
    let ram = pc().iter().map(|entry| entry.size / 4096).sum::<u64>();
    let survives = |table: Vec<u8>| {
        let machine = machine(vec![table], pc());
        let next = next("6.12", "movable_node nokaslr", Vec::new());
        let outcome = predict(&machine, &next);
        let present: u64 =
            outcome.zones.nodes.values().flat_map(|node| &node.zones).map(|zone| zone.present_pages).sum();
        // Linux leaves the first page out, and of the rest what blocks do not cover, up to 1 MiB.
        assert!((ram - 257..=ram).contains(&present), "{present} of {ram} pages");
        findings::of(&machine, &outcome, &next, &rows::rows(&outcome, &next));
    };
    survives(whole.clone());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let (whole, survives) = (&whole, &survives);
            scope.spawn(move || {
                for at in (first..whole.len()).step_by(threads) {
                    survives(whole[..at].to_vec());
                    for value in 0..=255 {
                        let mut changed = whole.clone();
                        changed[at] = value;
                        survives(changed);
                    }
                }
            });
        }
    });
}
