//! Memory added at run time, held against recorded guests: after every step the same blocks, zones and spans.

#![allow(clippy::indexing_slicing)]

use crate::machine;
use crate::recorded;

use acpihp::boot::running::hotadd::{Added, Device, Home, HotAddRefusal, NodeBy, Reason};
use acpihp::boot::running::live::{Live, LiveBlock};
use acpihp::boot::running::online::OnlineState;
use acpihp::boot::stages::zones::Zone;
use acpihp::boot::{Machine, predict, running::windows};
use acpihp::memory::memmap::{Entry, Kind};
use machine::{GIB, MIB, boot, machine};
use proptest::prelude::*;
use recorded::Boot;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// What was compared, and what differed.
#[derive(Default)]
struct Score {
    boots: usize,
    snapshots: usize,
    exact: usize,
    wrong: Vec<String>,
}

/// The blocks in the form of `truth.json`: number to node, state and `valid_zones`.
fn live_blocks(live: &Live<'_>) -> BTreeMap<u64, (u32, &'static str, String)> {
    let names = |zones: &[Zone]| zones.iter().map(|zone| zone.name()).collect::<Vec<_>>().join(" ");
    let row = |(number, block): (&u64, &LiveBlock)| {
        let row = match (block.online, block.zone) {
            (true, zone) => (block.node, "online", zone.map_or("none".to_owned(), |zone| names(&[zone]))),
            (false, _) => (block.node, "offline", names(&live.valid_zones(*number))),
        };
        (*number, row)
    };
    live.blocks().iter().map(row).collect()
}

fn recorded_blocks(rows: &Value) -> BTreeMap<u64, (u32, &'static str, String)> {
    let mut blocks = BTreeMap::new();
    for row in rows.as_array().unwrap() {
        let state = if row[3] == "online" { "online" } else { "offline" };
        for number in row[0].as_u64().unwrap()..=row[1].as_u64().unwrap() {
            let node = row[2].as_u64().unwrap() as u32;
            blocks.insert(number, (node, state, row[4].as_str().unwrap().to_owned()));
        }
    }
    blocks
}

/// The zones of each node that span anything: start (where there are pages), spanned and present pages.
fn live_zones(live: &Live<'_>) -> BTreeMap<String, Value> {
    let mut zones = BTreeMap::new();
    for (node, of_node) in live.zones() {
        for (zone, live) in Zone::ALL.iter().zip(of_node).filter(|(_, live)| !live.span.is_empty()) {
            let start = if live.present_pages > 0 { json!(live.span.start) } else { Value::Null };
            let spanned = live.span.end - live.span.start;
            zones.insert(format!("{node}/{}", zone.name()), json!([start, spanned, live.present_pages]));
        }
    }
    zones
}

fn recorded_zones(zones: &Value) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    for (node, of_node) in zones.as_object().unwrap() {
        for zone in Zone::ALL {
            let known = &of_node[zone.name()];
            if known["spanned"].as_u64().is_some_and(|pages| pages > 0) {
                out.insert(
                    format!("{node}/{}", zone.name()),
                    json!([known["start_pfn"], known["spanned"], known["present"]]),
                );
            }
        }
    }
    out
}

/// What a shell loop printed of the blocks that it wrote a state to: those where it worked.
fn blocks_done(step: &Value) -> Vec<u64> {
    let lines = step["out"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let done = lines.filter_map(|line| {
        let (name, outcome) = line.split_once(' ')?;
        (outcome != "fail")
            .then(|| name.trim_start_matches("memory").trim_end_matches("/state").parse().ok())?
    });
    done.collect()
}

fn replay(boot: &Boot, score: &mut Score) {
    let steps = boot.truth["steps"].as_array().unwrap();
    let inputs = boot.inputs();
    let next = inputs.next();
    let outcome = predict(inputs.machine(), &next);
    let mut live = Live::new(&outcome, inputs.machine(), &next);
    let mut devices: BTreeMap<String, usize> = BTreeMap::new();
    score.boots += 1;
    for step in steps {
        if let Some(name) = step["snap"].as_str() {
            let (wanted, got) = (recorded_blocks(&step["blocks"]), live_blocks(&live));
            let (zones, got_zones) = (recorded_zones(&step["zones"]), live_zones(&live));
            score.snapshots += 1;
            if wanted == got && zones == got_zones {
                score.exact += 1;
                continue;
            }
            let differ = wanted.iter().filter(|(number, row)| got.get(number) != Some(row)).take(3);
            let differ: Vec<_> = differ.map(|(number, row)| (number, row, got.get(number))).collect();
            let differ_zones: Vec<_> = zones
                .iter()
                .filter(|(name, zone)| got_zones.get(*name) != Some(zone))
                .map(|(name, zone)| (name, zone, got_zones.get(name)))
                .collect();
            score.wrong.push(format!(
                "{} {name}: {} blocks, predicted {}; {differ:?} {differ_zones:?}",
                boot.name,
                wanted.len(),
                got.len()
            ));
        } else if step["plug"].is_object() {
            let id = step["plug"]["id"].as_str().unwrap();
            let Some(device) =
                step["devices"].as_array().into_iter().flatten().find(|device| device["id"] == id)
            else {
                continue;
            };
            let start = device["addr"].as_u64().unwrap();
            let range = start..start + device["size"].as_u64().unwrap();
            let home = Home::Pxm(device["node"].as_u64().unwrap() as u32);
            if let Ok(added) = live.add(&Device { range, home }) {
                devices.insert(id.to_owned(), added.device);
            }
        } else if let Some(id) = step["unplug"].as_str() {
            // How many blocks are left tells whether it worked.
            let left = step["out"][0].as_str().and_then(|count| count.parse::<usize>().ok());
            let mut without = live.clone();
            if without.remove(devices[id]) && left.is_none_or(|left| left < live.blocks().len()) {
                live = without;
            }
        } else if let Some(command) = step["sh"].as_str() {
            let state = ["online_movable", "online_kernel", "online"]
                .into_iter()
                .find(|state| command.contains(&format!("echo {state} >")));
            if let Some(state) = state {
                for block in blocks_done(step) {
                    live.online(block, OnlineState::named(state).unwrap());
                }
            } else if command.contains("echo offline >") {
                for block in blocks_done(step) {
                    assert!(live.offline(block), "{}: block {block} went offline", boot.name);
                }
            } else if let Some(ratio) = command
                .strip_suffix("auto_movable_ratio")
                .and_then(|command| command.split_whitespace().nth(1))
            {
                live.policy.ratio = ratio.parse().unwrap();
            } else {
                assert!(
                    command.starts_with("N0="),
                    "{}: a step that is not understood: {command}",
                    boot.name
                );
            }
        }
    }
}

fn replay_all(boots: &[Boot]) -> Score {
    let mut score = Score::default();
    let with_steps = |boot: &&Boot| {
        let mut steps = boot.truth["steps"].as_array().into_iter().flatten();
        steps.any(|step| step["snap"].is_string())
    };
    boots.iter().filter(with_steps).for_each(|boot| replay(boot, &mut score));
    eprintln!("{} guests: {} of {} snapshots exact", score.boots, score.exact, score.snapshots);
    score
}

#[test]
fn every_step_of_recorded_guests_is_predicted_exactly() {
    let score = replay_all(&recorded::own());
    assert!(score.snapshots >= 20 && score.wrong.is_empty(), "\n{}", score.wrong.join("\n"));
}

#[test]
fn every_step_of_all_recorded_guests_is_predicted_exactly() {
    let score = replay_all(&recorded::all());
    assert!(score.wrong.is_empty(), "\n{}", score.wrong.join("\n"));
}

/// What becomes of devices that are added one after the other.
fn add(
    machine: &Machine,
    release: &str,
    line: &str,
    devices: &[(Range<u64>, Home)],
) -> Vec<Result<Added, HotAddRefusal>> {
    let next = boot(release, line);
    let outcome = predict(machine, &next);
    let devices: Vec<Device> =
        devices.iter().map(|(range, home)| Device { range: range.clone(), home: *home }).collect();
    let later = windows::later(&outcome, machine, &next, &devices);
    later.devices.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Zones and reasons of a device that must be taken.
fn zones(added: &Result<Added, HotAddRefusal>) -> Vec<(Zone, Reason)> {
    added.as_ref().unwrap().runs.iter().map(|run| (run.zone, run.reason.clone())).collect()
}

/// Node 0 of domain 5 below 4 GiB, node 1 of domain 3 from 4 GiB on, a window for node 2 of domain 9 above.
fn two_nodes() -> Machine {
    let memory = [
        (5, 0..GIB, false),
        (3, 4 * GIB..6 * GIB, false),
        (9, 16 * GIB..32 * GIB, true),
        (3, 6 * GIB..6 * GIB + 64 * MIB, false),
    ];
    machine(&[MIB..GIB, 4 * GIB..6 * GIB], &memory, &[5, 3])
}

#[test]
fn a_device_gets_the_node_of_its_domain_or_of_its_place() {
    let devices = [
        (8 * GIB..9 * GIB, Home::Pxm(3)),
        (9 * GIB..10 * GIB, Home::Pxm(7)),
        (10 * GIB..11 * GIB, Home::Unknown),
        (2 * GIB..2 * GIB + 128 * MIB, Home::Unknown),
        (16 * GIB..17 * GIB, Home::Pxm(9)),
        (17 * GIB..18 * GIB, Home::Unknown),
        (18 * GIB..19 * GIB, Home::Node(1)),
    ];
    let added = add(&two_nodes(), "6.12", "", &devices);
    let nodes: Vec<_> =
        added.iter().map(|added| added.as_ref().map(|added| (added.node, added.by)).unwrap()).collect();
    let expected = [
        (1, NodeBy::Pxm(3)),
        (0, NodeBy::First(Some(7))),
        (0, NodeBy::First(None)),
        (0, NodeBy::First(None)),
        (2, NodeBy::Pxm(9)),
        // The window holds no memory: it is no block of the cleaned list.
        (0, NodeBy::First(None)),
        (1, NodeBy::Given),
    ];
    assert_eq!(nodes, expected);
    // The merged block of a node counts with its gaps.
    let gap = machine(
        &[MIB..GIB, 4 * GIB..5 * GIB, 6 * GIB..7 * GIB],
        &[(1, 0..GIB, false), (2, 4 * GIB..5 * GIB, false), (2, 6 * GIB..7 * GIB, false)],
        &[],
    );
    let inside = add(&gap, "6.12", "", &[(5 * GIB..6 * GIB, Home::Unknown)]);
    assert_eq!(inside[0].as_ref().map(|added| (added.node, added.by)), Ok((1, NodeBy::Address(None))));
}

#[test]
fn what_linux_does_not_add_is_refused_with_the_reason() {
    let refused = |line: &str, range: Range<u64>, home: Home| {
        add(&two_nodes(), "6.12", line, &[(range, home)]).remove(0).unwrap_err()
    };
    let free = 8 * GIB..9 * GIB;
    assert_eq!(refused("acpi=off", free.clone(), Home::Pxm(3)), HotAddRefusal::AcpiOff);
    assert_eq!(refused("acpi_no_memhotplug", free.clone(), Home::Pxm(3)), HotAddRefusal::SwitchedOff);
    assert_eq!(
        refused("", 8 * GIB..8 * GIB + 64 * MIB, Home::Pxm(3)),
        HotAddRefusal::Unaligned { size: 128 * MIB }
    );
    assert_eq!(refused("", 5 * GIB..7 * GIB, Home::Pxm(3)), HotAddRefusal::Occupied(5 * GIB..6 * GIB));
    let impossible = HotAddRefusal::Impossible { node: 9, by: NodeBy::Given };
    assert_eq!(refused("", free.clone(), Home::Node(9)), impossible);
    assert_eq!(refused("", 65536 * GIB..65537 * GIB, Home::Pxm(3)), HotAddRefusal::TooHigh);
    // numa=off: nothing maps domains, all is node 0. A SRAT that is dropped leaves its map, and then only node 0 is possible.
    let off = add(&two_nodes(), "6.12", "numa=off", &[(free.clone(), Home::Pxm(3))]);
    assert_eq!(off[0].as_ref().map(|added| added.node), Ok(0));
    let holes =
        machine(&[MIB..GIB, 4 * GIB..6 * GIB], &[(5, 0..GIB, false), (3, 4 * GIB..5 * GIB, false)], &[5, 3]);
    let dropped = add(&holes, "6.12", "", &[(free.clone(), Home::Pxm(3)), (free, Home::Pxm(5))]);
    assert_eq!(dropped[0], Err(HotAddRefusal::Impossible { node: 1, by: NodeBy::Pxm(3) }));
    assert_eq!(dropped[1].as_ref().map(|added| added.node), Ok(0));
}

#[test]
fn memory_that_is_left_to_drivers_can_be_added_where_all_of_it_is_theirs() {
    for kind in [Kind::SOFT_RESERVED, Kind::PMEM, Kind::PRAM] {
        let mut machine = two_nodes();
        machine.map.entries.push(Entry::new(8 * GIB..10 * GIB, kind));
        let devices = [8 * GIB..9 * GIB, 9 * GIB..11 * GIB, 9 * GIB..10 * GIB];
        let added = add(&machine, "6.12", "", &devices.map(|range| (range, Home::Pxm(3))));
        assert!(added[0].is_ok() && added[2].is_ok(), "{kind:?}: {added:?}");
        assert_eq!(added[1], Err(HotAddRefusal::Occupied(9 * GIB..10 * GIB)), "{kind:?}");
    }
    let mut machine = two_nodes();
    machine.map.entries.push(Entry::new(8 * GIB..10 * GIB, Kind::NVS));
    let refused = add(&machine, "6.12", "", &[(8 * GIB..9 * GIB, Home::Pxm(3))]);
    assert_eq!(refused[0], Err(HotAddRefusal::Occupied(8 * GIB..9 * GIB)));
}

#[test]
fn added_memory_is_occupied_from_then_on() {
    let range = 8 * GIB..9 * GIB;
    let twice =
        add(&two_nodes(), "6.12", "", &[(range.clone(), Home::Pxm(3)), (range.clone(), Home::Pxm(5))]);
    assert_eq!(twice[1], Err(HotAddRefusal::Occupied(range)));
}

#[test]
fn contiguous_zones_are_inherited_and_movable_node_decides_the_rest() {
    let low = (GIB..GIB + 128 * MIB, Home::Pxm(5));
    let inside = (4 * GIB + 512 * MIB..5 * GIB, Home::Pxm(3));
    // Node 1 has a gap in the middle: its Normal zone spans it.
    let memory = [(5, 0..GIB, false), (3, 4 * GIB..4 * GIB + 512 * MIB, false), (3, 5 * GIB..6 * GIB, false)];
    let gap = machine(&[MIB..GIB, 4 * GIB..4 * GIB + 512 * MIB, 5 * GIB..6 * GIB], &memory, &[5, 3]);
    let both = [inside.clone(), low.clone()];
    let plain = add(&gap, "6.12", "", &both);
    assert_eq!(zones(&plain[0]), [(Zone::Normal, Reason::Inside(Zone::Normal))]);
    // Behind the end of DMA32 of its node there is no zone: below 4 GiB or not, it is Normal.
    assert_eq!(zones(&plain[1]), [(Zone::Normal, Reason::KernelByDefault)]);
    let movable = add(&gap, "6.12", "movable_node", &both);
    assert_eq!(zones(&movable[0]), [(Zone::Normal, Reason::Inside(Zone::Normal))]);
    assert_eq!(zones(&movable[1]), [(Zone::Movable, Reason::MovableNode)]);
    let sized = add(&gap, "6.12", "kernelcore=1G", &both);
    assert_eq!(zones(&sized[0]), [(Zone::Movable, Reason::Inside(Zone::Movable))]);
    // Memory of another node above grows that zone's span: what comes into the gap later is inside.
    let grown = add(
        &two_nodes(),
        "6.12",
        "",
        &[(10 * GIB..11 * GIB, Home::Pxm(3)), (8 * GIB..9 * GIB, Home::Pxm(3))],
    );
    assert_eq!(zones(&grown[1]), [(Zone::Normal, Reason::Inside(Zone::Normal))]);
}

#[test]
fn states_are_the_release_s_default_or_those_given() {
    let device = [(8 * GIB..9 * GIB, Home::Pxm(3))];
    let one = |release: &str, line: &str| add(&two_nodes(), release, line, &device).remove(0).unwrap();
    let offline = one("6.1", "");
    assert_eq!((offline.state, offline.runs.len()), (OnlineState::Offline, 1));
    assert_eq!(offline.runs[0].valid_zones, [Zone::Normal, Zone::Movable]);
    assert_eq!(one("6.1", "movable_node").runs[0].valid_zones, [Zone::Movable, Zone::Normal]);
    assert_eq!(one("6.12", "").state, OnlineState::Online);
    let movable = one("6.12", "memhp_default_state=online_movable memory_hotplug.online_policy=auto-movable");
    assert_eq!((movable.state, movable.runs[0].zone), (OnlineState::Movable, Zone::Movable));
    assert_eq!(one("6.1", "memhp_default_state=online_kernel movable_node").runs[0].zone, Zone::Normal);
}

#[test]
fn auto_movable_keeps_the_ratio_everywhere_and_on_the_node() {
    let line = "memory_hotplug.online_policy=auto-movable memhp_default_state=online memory_hotplug.auto_movable_ratio=50";
    let pages = |bytes: u64| bytes / 4096;
    // Half of the 2 GiB of node 1 fits; half of all is a little more.
    let fits = (8 * GIB..9 * GIB, Home::Pxm(3));
    let more = (9 * GIB..9 * GIB + 128 * MIB, Home::Pxm(3));
    let added = add(&two_nodes(), "6.1", line, &[fits.clone(), more]);
    assert_eq!(zones(&added[0]), [(Zone::Movable, Reason::WithinRatio)]);
    let over = |node: Option<u32>, movable: u64, kernel: u64| Reason::OverRatio {
        node,
        movable_pages: pages(movable),
        kernel_pages: kernel,
        ratio: 50,
    };
    assert_eq!(zones(&added[1]), [(Zone::Normal, over(Some(1), GIB + 128 * MIB, pages(2 * GIB)))]);
    // The device counts as a whole: none of it is movable when not all can be.
    let whole = add(&two_nodes(), "6.1", line, &[(8 * GIB..9 * GIB + 128 * MIB, Home::Pxm(3))]);
    assert_eq!(zones(&whole[0]), [(Zone::Normal, over(Some(1), GIB + 128 * MIB, pages(2 * GIB)))]);
    // A node without memory from boot has no share, unless nodes are not looked at.
    let empty = (16 * GIB..16 * GIB + 128 * MIB, Home::Pxm(9));
    let added = add(&two_nodes(), "6.1", line, std::slice::from_ref(&empty));
    assert_eq!(zones(&added[0]), [(Zone::Normal, over(Some(2), 128 * MIB, 0))]);
    let unaware = format!("{line} memory_hotplug.auto_movable_numa_aware=N");
    let added = add(&two_nodes(), "6.1", &unaware, &[empty, (8 * GIB..10 * GIB, Home::Pxm(3))]);
    assert_eq!(zones(&added[0]), [(Zone::Movable, Reason::WithinRatio)]);
    let kernel = pages(2 * GIB) + pages(GIB - MIB) + 0x9f - 1;
    assert_eq!(zones(&added[1]), [(Zone::Normal, over(None, 2 * GIB + 128 * MIB, kernel))]);
    let zero = line.replace("=50", "=0");
    assert_eq!(
        zones(&add(&two_nodes(), "6.1", &zero, std::slice::from_ref(&fits))[0]),
        [(Zone::Normal, Reason::RatioZero)]
    );
    // 5.10 has no such policy.
    assert_eq!(
        zones(&add(&two_nodes(), "5.10", line, &[fits])[0]),
        [(Zone::Normal, Reason::KernelByDefault)]
    );
}

#[test]
fn windows_are_what_the_srat_announces_and_nothing_holds() {
    let machine = two_nodes();
    let next = boot("6.12", "movable_node mem=5G");
    let outcome = predict(&machine, &next);
    let later = windows::later(&outcome, &machine, &next, &[]);
    // RAM that mem= cuts off and 64 MiB, less than a block, are no windows.
    let [window] = later.windows.as_slice() else { panic!("{:?}", later.windows) };
    assert_eq!((window.range.clone(), window.node, window.pxm, window.entry), (16 * GIB..32 * GIB, 2, 9, 4));
    assert!(window.hotpluggable);
    assert_eq!(window.zone, Some((Zone::Movable, Reason::MovableNode)));
    let next = boot("6.12", "numa=off");
    let outcome = predict(&machine, &next);
    assert!(windows::later(&outcome, &machine, &next, &[]).windows.is_empty());
}

#[test]
fn blocks_that_were_there_at_boot_can_go_and_come_back() {
    let machine = two_nodes();
    let next = boot("6.12", "");
    let outcome = predict(&machine, &next);
    let mut live = Live::new(&outcome, &machine, &next);
    let spanned = |live: &Live<'_>, zone: Zone| live.zones()[&1][zone as usize].span.clone();
    let pages = 128 * MIB / 4096;
    assert_eq!(spanned(&live, Zone::Normal), 4 * GIB / 4096..6 * GIB / 4096);
    assert!(live.offline(47) && !live.offline(47));
    assert_eq!(spanned(&live, Zone::Normal), 4 * GIB / 4096..6 * GIB / 4096 - pages);
    assert_eq!(
        live.online(47, OnlineState::Movable),
        Some((Zone::Movable, Reason::Asked(OnlineState::Movable)))
    );
    assert_eq!(spanned(&live, Zone::Movable), 47 * pages..48 * pages);
    // In the middle nothing shrinks; then both ends meet there.
    assert!(live.offline(40));
    assert_eq!(spanned(&live, Zone::Normal), 32 * pages..47 * pages);
    for block in (32..40).chain(41..47) {
        assert!(live.offline(block), "{block}");
    }
    assert!(spanned(&live, Zone::Normal).is_empty());
    // No zone spans it any more: it would be Normal by default.
    assert_eq!(live.valid_zones(40), [Zone::Normal, Zone::Movable]);
}

proptest! {
    /// Whatever is done in whatever order: a zone's pages are those of its online blocks and lie in its span, and what
    /// was added can be taken away again.
    #[test]
    fn zones_hold_the_blocks_that_are_online(
        steps in prop::collection::vec((0u8..5, 0u64..160, 1u64..12, 0u32..4), 0..40),
        line in prop::sample::select(vec!["", "movable_node", "kernelcore=1G", "memory_hotplug.online_policy=auto-movable", "memhp_default_state=online_kernel"]),
        release in prop::sample::select(vec!["5.10", "6.1", "6.12"]),
    ) {
        let machine = two_nodes();
        let next = boot(release, line);
        let outcome = predict(&machine, &next);
        let mut live = Live::new(&outcome, &machine, &next);
        let size = live.size;
        let at_boot: BTreeMap<u64, bool> = live.blocks().keys().map(|block| (*block, true)).collect();
        let mut devices = Vec::new();
        for (step, block, count, home) in steps {
            match step {
                0 => {
                    let home = [Home::Unknown, Home::Pxm(3), Home::Pxm(9), Home::Node(0)][home as usize];
                    let device = Device { range: block * size..(block + count) * size, home };
                    devices.extend(live.add(&device).map(|added| added.device));
                }
                1 => drop(live.offline(block)),
                2 => drop(live.online(block, [OnlineState::Online, OnlineState::Kernel, OnlineState::Movable, OnlineState::Offline][home as usize])),
                3 => if let Some(device) = devices.pop() { prop_assert!(live.remove(device)); },
                _ => drop(live.valid_zones(block)),
            }
        }
        let pages = size / 4096;
        let mut sums: BTreeMap<(u32, Zone), u64> = BTreeMap::new();
        for (number, block) in live.blocks().iter().filter(|(_, block)| block.online && block.device.is_some()) {
            let zone = block.zone.unwrap();
            *sums.entry((block.node, zone)).or_default() += pages;
            let span = &live.zones()[&block.node][zone as usize].span;
            prop_assert!(span.start <= number * pages && (number + 1) * pages <= span.end);
        }
        for ((node, zone), pages) in sums {
            let live = &live.zones()[&node][zone as usize];
            prop_assert!(live.present_pages >= pages && live.present_pages <= live.span.end - live.span.start);
            prop_assert!(live.early_pages <= live.present_pages);
        }
        for device in devices {
            prop_assert!(live.remove(device));
        }
        prop_assert!(live.blocks().keys().eq(at_boot.keys()));
    }
}
