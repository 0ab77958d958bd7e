//! What memblock hands out before the SRAT is used, held against the traces (memblock=debug) of recorded boots.

#![allow(clippy::indexing_slicing)]

use crate::machine;
use crate::recorded;

use acpihp::boot::stages::memblock::{Holder, Reservation, ReservedBy};
use acpihp::boot::{derived::early, predict};
use acpihp::memory::{PAGE_SIZE, Ranges};
use machine::{GIB, MIB, boot, machine};
use proptest::prelude::*;
use recorded::Boot;
use std::ops::Range;

/// A trace as far as the SRAT: what was reserved at a place that memblock chose, in order, with what was given back taken
/// out again.
fn chosen(log: &str) -> Vec<(String, Range<u64>)> {
    let mut out: Vec<(String, Range<u64>)> = Vec::new();
    let mut asked: Option<String> = None;
    for line in log.lines() {
        let line = line.split_once("] ").map_or(line, |(_, line)| line).trim_start_matches('_');
        if line.starts_with("NODE_DATA(") {
            // Its own memory is the last that was reserved.
            out.pop();
            break;
        }
        if line.starts_with("Zone ranges:") {
            break;
        }
        let caller =
            || line.split_whitespace().last().and_then(|word| word.split('+').next()).unwrap_or_default();
        let range = || {
            let (start, last) = line.split_once("[0x")?.1.split_once(']')?.0.split_once("-0x")?;
            Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(last, 16).ok()? + 1)
        };
        if line.starts_with("memblock_alloc") || line.starts_with("memblock_phys_alloc") {
            asked = Some(caller().to_owned());
        } else if line.starts_with("memblock_reserve: ") {
            let by = match caller() {
                "memblock_alloc_range_nid" => asked.take().unwrap_or_else(|| "unknown".to_owned()),
                // 5.10 looks for a place and reserves it itself.
                direct @ ("alloc_low_pages"
                | "acpi_table_upgrade"
                | "reserve_real_mode"
                | "numa_alloc_distance") => direct.to_owned(),
                _ => continue,
            };
            out.extend(range().map(|range| (by, range)));
        } else if (line.starts_with("memblock_free: ") || line.starts_with("memblock_phys_free: "))
            && let Some(freed) = range()
        {
            out.retain(|(_, range)| *range != freed);
        }
    }
    // The trampoline lies in the first MiB, which is reserved as a whole.
    out.retain(|(by, _)| by != "reserve_real_mode");
    out
}

/// The same of a prediction.
fn predicted(boot: &Boot, log: &str) -> Vec<(Holder, Range<u64>)> {
    let inputs = boot.inputs();
    let mut machine = inputs.machine().clone();
    // What the processor can is a fact of the machine, which the older recordings kept in the log alone.
    machine.gb_pages = machine.gb_pages.or(Some(log.contains("Using GB pages for direct mapping")));
    let outcome = predict(&machine, &inputs.next());
    let chosen = outcome.reserved.into_iter().filter(|piece| piece.place != ReservedBy::Fixed);
    chosen.map(|piece| (piece.holder, piece.range)).collect()
}

/// Ranges side by side as one, whatever their order.
fn joined<'r>(ranges: impl Iterator<Item = &'r Range<u64>>) -> Ranges {
    ranges.cloned().collect()
}

fn hold_all(boots: &[Boot], at_least: usize) {
    let (mut traces, mut pieces, mut wrong) = (0, 0, Vec::new());
    for boot in boots {
        let Some(log) = boot.log().filter(|log| log.contains("memblock_reserve: ")) else { continue };
        let (real, ours) = (chosen(&log), predicted(boot, &log));
        traces += 1;
        pieces += real.len();
        if joined(real.iter().map(|(_, range)| range)) != joined(ours.iter().map(|(_, range)| range)) {
            wrong.push(format!("{}:\n  kernel    {real:x?}\n  predicted {ours:x?}", boot.name));
        }
    }
    eprintln!("{traces} traces with {pieces} allocations");
    assert!(
        traces >= at_least && wrong.is_empty(),
        "{traces} traces, {} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn allocations_before_the_srat_are_where_the_traces_have_them() {
    hold_all(&recorded::own(), 1);
}

#[test]
fn allocations_before_the_srat_are_where_all_traces_have_them() {
    hold_all(&recorded::all(), 1);
}

/// RAM above 1 GiB in pieces of any page.
fn pieces() -> impl Strategy<Value = Vec<Range<u64>>> {
    let piece = (1_u64..0x40_0000, 1_u64..0x8_0000);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| {
        let ranges = pieces.into_iter().map(|(start, len)| {
            let start = GIB + start * PAGE_SIZE;
            start..start + len * PAGE_SIZE
        });
        ranges.collect::<Ranges>().iter().cloned().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What memblock chooses lies in RAM, page by page apart from all else that is reserved.
    #[test]
    fn chosen_places_are_ram_that_nothing_else_holds(
        mut ram in pieces(),
        gb_pages in any::<bool>(),
        movable_node in any::<bool>(),
        release in prop::sample::select(vec!["5.10", "6.1", "7.2"]),
        log in prop::sample::select(vec!["", "log_buf_len=1M", "log_buf_len=16M"]),
    ) {
        ram.insert(0, MIB..GIB);
        let mut made = machine(&ram, &[(0, 0..1 << 40, false)], &[0]);
        made.gb_pages = Some(gb_pages);
        let line = format!("{log}{}", if movable_node { " movable_node" } else { "" });
        let next = boot(release, &line);
        let outcome = predict(&made, &next);
        let (chosen, fixed): (Vec<_>, Vec<_>) =
            outcome.reserved.iter().partition(|piece| piece.place != ReservedBy::Fixed);
        let mut taken: Ranges = fixed.iter().map(|piece| piece.range.clone()).collect();
        for piece in chosen {
            prop_assert!(outcome.map.ram.contains_all(&piece.range), "{piece:?} is no RAM");
            prop_assert!(taken.overlapping(&piece.range).next().is_none(), "{piece:?} is taken");
            taken.insert(piece.range.clone());
        }
    }

    /// With pages of 1 GiB mapping takes no more tables than without.
    #[test]
    fn larger_pages_take_fewer_tables(mut ram in pieces(), movable_node in any::<bool>()) {
        ram.insert(0, MIB..GIB);
        let tables = |gb_pages: bool| -> u64 {
            let mut made = machine(&ram, &[(0, 0..1 << 40, false)], &[0]);
            made.gb_pages = Some(gb_pages);
            let outcome = predict(&made, &boot("6.12", if movable_node { "movable_node" } else { "" }));
            let tables = outcome.reserved.iter().filter(|piece| piece.holder == Holder::PageTables);
            tables.map(|piece| piece.range.end - piece.range.start).sum()
        };
        prop_assert!(tables(true) <= tables(false));
    }
}

/// Where the two boots differ, each piece is told where it would be otherwise: also behind the tables that map RAM, of
/// which one of the boots can have more.
#[test]
fn each_piece_has_its_twin_in_the_other_boot() {
    let mut moved = 0;
    for boot in recorded::own().iter().filter(|boot| boot.came_up()) {
        let inputs = boot.inputs();
        let next = inputs.next();
        let outcome = predict(inputs.machine(), &next);
        let other = next.clone().with_movable_node(!next.line().movable_node);
        let others = predict(inputs.machine(), &other).reserved;
        let view = early::view(inputs.machine(), &next, &outcome);
        for step in &view.steps {
            let holder = &step.reservation.holder;
            let of_holder =
                |all: &[_]| all.iter().filter(|piece: &&Reservation| piece.holder == *holder).count();
            if (of_holder(&outcome.reserved), of_holder(&others)) != (1, 1) {
                continue;
            }
            let twin = others.iter().find(|piece| piece.holder == *holder).unwrap();
            let expected = (twin.range != step.reservation.range).then(|| twin.range.clone());
            moved += usize::from(expected.is_some());
            assert_eq!(step.otherwise, expected, "{}: {}", boot.name, holder.name());
        }
    }
    assert!(moved > 10, "{moved} pieces would lie elsewhere");
}
