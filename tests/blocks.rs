//! Memory blocks: their size, nodes, zone and whether they can go offline, held against recorded boots of real kernels.

#![allow(clippy::indexing_slicing)]

use crate::machine;
use crate::recorded;

use acpihp::boot::kernel::release::BlockZone;
use acpihp::boot::running::blocks::{BlockRun, SECTION_SIZE, Verdict};
use acpihp::boot::stages::memblock::Holder;
use acpihp::boot::stages::zones::Zone;
use acpihp::boot::{Machine, NextBoot, Outcome, predict, stages::late};
use acpihp::container::cpio::build;
use machine::{GIB, MIB, boot, machine};
use proptest::prelude::*;
use recorded::Boot;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Highest node and zone of a block, as /sys has them.
type Row = (u32, Option<String>);

/// Blocks by number from rows of `truth.json`: first, last, node, state, zone.
fn rows(rows: &Value) -> BTreeMap<u64, Row> {
    let rows = rows.as_array().unwrap().iter().flat_map(|row| {
        let zone = row[4].as_str().filter(|zone| *zone != "none").map(str::to_owned);
        let node = row[2].as_u64().unwrap() as u32;
        (row[0].as_u64().unwrap()..=row[1].as_u64().unwrap()).map(move |block| (block, (node, zone.clone())))
    });
    rows.collect()
}

/// The blocks that the kernel booted with: before anything was added where that was recorded.
fn boot_blocks(boot: &Boot, ram_end: u64) -> BTreeMap<u64, Row> {
    let before = boot.truth["steps"].as_array().into_iter().flatten().find(|step| step["blocks"].is_array());
    let before = before.filter(|step| step["snap"].is_string());
    let mut blocks = rows(before.map_or(&boot.truth["blocks"], |step| &step["blocks"]));
    blocks.retain(|block, _| block * size(boot) < ram_end);
    blocks
}

fn size(boot: &Boot) -> u64 {
    u64::from_str_radix(boot.truth["block_size"].as_str().unwrap(), 16).unwrap()
}

/// The nodes under which /sys/devices/system/node links each block, where that was kept.
fn links(boot: &Boot) -> Option<BTreeMap<u64, BTreeSet<u32>>> {
    let text = boot.text("truth/nodes")?;
    let mut links: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
    for line in text.lines() {
        let Some((node, block)) = line.split_once("/memory") else { continue };
        if let (Some(Ok(node)), Ok(block)) = (node.strip_prefix("node").map(str::parse), block.parse()) {
            links.entry(block).or_default().insert(node);
        }
    }
    Some(links)
}

fn hold(boot: &Boot) -> Vec<String> {
    let inputs = boot.inputs();
    let outcome = predict(inputs.machine(), &inputs.next());
    let blocks = &outcome.blocks;
    let mut wrong = Vec::new();
    if boot.truth["block_size"].is_null() {
        // A kernel without memory hotplug.
        let none = blocks.runs.is_empty() && boot.truth["blocks"] == json!([]);
        return if none { wrong } else { vec![format!("{}: predicted {:?}", boot.name, blocks.runs)] };
    }
    if blocks.size.bytes != size(boot) {
        wrong.push(format!("{}: size {:#x}, kernel {:#x}", boot.name, blocks.size.bytes, size(boot)));
    }
    let ram_end = outcome.map.ram.iter().next_back().unwrap().end;
    let (wanted, links) = (boot_blocks(boot, ram_end), links(boot));
    let mut got = BTreeMap::new();
    for run in &blocks.runs {
        for block in run.first..=run.last {
            let zone = run.zone.map(|zone| zone.name().to_owned());
            got.insert(block, (*run.nodes.last().unwrap(), zone));
            let nodes: BTreeSet<u32> = run.nodes.iter().copied().collect();
            if let Some(known) =
                links.as_ref().and_then(|links| links.get(&block)).filter(|known| **known != nodes)
            {
                wrong.push(format!("{}: block {block} is linked to {known:?}, not {nodes:?}", boot.name));
            }
        }
    }
    let all: BTreeSet<u64> = wanted.keys().chain(got.keys()).copied().collect();
    for block in all.into_iter().filter(|block| wanted.get(block) != got.get(block)) {
        let (wanted, got) = (wanted.get(&block), got.get(&block));
        wrong.push(format!("{}: block {block} is {wanted:?}, predicted {got:?}", boot.name));
    }
    wrong
}

fn hold_all(boots: &[Boot]) {
    let boots: Vec<&Boot> =
        boots.iter().filter(|boot| boot.came_up() && boot.truth["blocks"].is_array()).collect();
    let wrong: Vec<String> = boots.iter().flat_map(|boot| hold(boot)).collect();
    eprintln!("memory blocks of {} boots", boots.len());
    assert!(boots.len() >= 25 && wrong.is_empty(), "{} boots\n{}", boots.len(), wrong.join("\n"));
}

#[test]
fn blocks_of_recorded_boots_are_predicted_exactly() {
    hold_all(&recorded::own());
}

#[test]
fn blocks_of_all_recorded_boots_are_predicted_exactly() {
    hold_all(&recorded::all());
}

/// Ranges of a log's lines, by the text before the bracket.
fn ranges(text: &str) -> Option<Range<u64>> {
    let (start, end) =
        text.split_once('[')?.1.split_once(']')?.0.trim_start_matches("mem ").split_once('-')?;
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    Some(hex(start)?..hex(end)? + 1)
}

#[test]
fn page_structures_lie_in_the_blocks_that_are_said_to_hold_them() {
    let (mut boots, mut nodes, mut structures, mut wrong) = (0, 0, 0, Vec::new());
    for boot in recorded::all().iter().filter(|boot| boot.came_up()) {
        let Some(log) = boot.log() else { continue };
        let inputs = boot.inputs();
        let next = inputs.next();
        let outcome = predict(inputs.machine(), &next);
        let size = outcome.blocks.size.bytes;
        let in_blocks = |range: &Range<u64>| range.start / size..range.end.div_ceil(size);
        let predicted = late::allocations(&outcome, &inputs.machine().mirrored, next.line(), next.release());
        boots += 1;
        for line in log.lines() {
            let Some((node, range)) =
                line.split_once("NODE_DATA(").and_then(|(_, rest)| rest.split_once(") allocated"))
            else {
                continue;
            };
            let (id, range) = (node.parse().unwrap(), ranges(range).unwrap());
            // A node without memory gets its data later, from what is left on others.
            if outcome.regions.iter().all(|region| region.node != Some(id)) {
                continue;
            }
            let node = Holder::NodeData(id);
            let found = predicted.iter().find(|piece| piece.holder == node);
            nodes += 1;
            if found.map(|piece| in_blocks(&piece.range)) != Some(in_blocks(&range)) {
                wrong.push(format!(
                    "{}: {} is at {range:x?}, predicted {:x?}",
                    boot.name,
                    node.name(),
                    found.map(|piece| &piece.range)
                ));
            }
        }
        // With memblock=debug, the line after an allocation's has its address.
        let mut seen: BTreeSet<u64> = BTreeSet::new();
        let mut lines = log.lines();
        while let Some(line) = lines.next() {
            let allocated = line.contains("align=0x200000")
                && (line.contains("sparse_init_nid") || line.contains("vmemmap"));
            if allocated
                && let Some(range) = lines
                    .next()
                    .and_then(|line| line.split_once("memblock_reserve: "))
                    .and_then(|(_, rest)| ranges(rest))
            {
                seen.extend(in_blocks(&range));
            }
        }
        if seen.is_empty() {
            continue;
        }
        structures += 1;
        let said: BTreeSet<u64> = predicted
            .iter()
            .filter(|piece| matches!(piece.holder, Holder::PageStructures(_)))
            .flat_map(|piece| in_blocks(&piece.range))
            .collect();
        if said != seen {
            wrong.push(format!("{}: page structures are in blocks {seen:?}, predicted {said:?}", boot.name));
        }
    }
    eprintln!("data of {nodes} nodes in {boots} boots, page structures in {structures} boots");
    assert!(boots > 0 && wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The runs of a boot as text: blocks, nodes, zone, verdict.
fn shown(machine: &Machine, next: &NextBoot<'_>) -> Vec<String> {
    let outcome = predict(machine, next);
    let show = |run: &BlockRun| {
        let zone = run.zone.map_or("none", Zone::name);
        format!("{}-{} {:?} {zone} {}: {}", run.first, run.last, run.nodes, run.why.verdict().name(), run.why)
    };
    outcome.blocks.runs.iter().map(show).collect()
}

/// Two nodes that meet inside block 4 where low memory ends in a hole, and a third above 4 GiB.
fn three_nodes() -> Machine {
    let ram = [MIB..1000 * MIB, 4 * GIB..5 * GIB];
    let memory = [(0, 0..640 << 10, false), (0, MIB..500 * MIB, false), (1, 500 * MIB..GIB, false)];
    let high = [(0, 4 * GIB..4 * GIB + 512 * MIB, false), (2, 4 * GIB + 512 * MIB..5 * GIB, true)];
    machine(&ram, &[memory.as_slice(), &high].concat(), &[0, 1, 2])
}

#[test]
fn holes_count_as_the_release_has_it() {
    let line = "movable_node";
    let seven = |release: &str| {
        shown(&three_nodes(), &boot(release, line)).into_iter().find(|run| run.starts_with("7-7")).unwrap()
    };
    // 6.1 and 6.12 count the hole for node 0, which lies around it; later kernels look at RAM only.
    let with_first =
        "7-7 [0, 1] none never: memory of node 1 and a hole that Linux counts for node 0 lie in it";
    assert_eq!([seven("6.1"), seven("6.12")], [with_first, with_first]);
    assert!(
        seven("6.18").starts_with("7-7 [1] DMA32 never: 0x3e800000-0x3fffffff is not RAM"),
        "{}",
        seven("6.18")
    );
    // 5.10 looks at the page structures: those of the hole name what follows it, node 0 above 4 GiB.
    assert_eq!(seven("5.10"), "7-7 [0, 1] none never: memory of nodes 0 and 1 lies in it");
}

#[test]
fn nodes_and_zones_that_meet_in_a_block_leave_it_without_a_zone() {
    let runs = shown(&three_nodes(), &boot("6.12", "movable_node"));
    assert_eq!(runs[0], "0-0 [0] none never: zones DMA and DMA32 meet in it");
    assert_eq!(runs[2], "3-3 [0, 1] none never: memory of nodes 0 and 1 lies in it");
    let movable = runs.last().unwrap();
    assert_eq!(movable, "36-39 [2] Movable yes: movable, and boot allocations were kept out");
}

#[test]
fn a_node_with_processors_only_can_be_the_first_one() {
    // Domain 7 has a processor and no memory: it becomes node 0, whose span reaches no hole.
    let ram = [MIB..1000 * MIB, 4 * GIB..5 * GIB];
    let memory = [(1, 0..GIB, false), (1, 4 * GIB..5 * GIB, false)];
    let machine = machine(&ram, &memory, &[7, 1]);
    let next = boot("6.1", "");
    assert_eq!(predict(&machine, &next).online.into_iter().collect::<Vec<_>>(), [0, 1]);
    assert!(shown(&machine, &next).iter().all(|run| run.contains(" [1] ")));
}

#[test]
fn an_early_end_of_ram_leaves_the_span_only_where_pages_are_stepped_over() {
    // The last block has RAM to 8 MiB before its end: the structures behind it name the zone, and lie outside of it.
    let ram = [MIB..GIB, 4 * GIB..5 * GIB - 8 * MIB];
    let machine = machine(&ram, &[(0, 0..GIB, false), (0, 4 * GIB..5 * GIB, false)], &[0]);
    let last = |release: &str| shown(&machine, &boot(release, "")).pop().unwrap();
    assert_eq!(last("5.10"), "39-39 [0] none never: from 0x13f800000 on it lies outside of its zone");
    assert!(last("6.1").starts_with("39-39 [0] Normal never: 0x13f800000-0x13fffffff is not RAM"));
    // A tail of less than 4 MiB is stepped over.
    let ram = [MIB..GIB, 4 * GIB..5 * GIB - 3 * MIB];
    let machine = self::machine::machine(&ram, &[(0, 0..GIB, false), (0, 4 * GIB..5 * GIB, false)], &[0]);
    assert!(
        shown(&machine, &boot("5.10", "")).pop().unwrap().starts_with("39-39 [0] Normal never: 0x13fd00000")
    );
}

#[test]
fn what_boot_leaves_in_a_block_keeps_it_online() {
    let ram = [MIB..GIB, 4 * GIB..8 * GIB];
    let machine = machine(&ram, &[(0, 0..GIB, false), (0, 4 * GIB..8 * GIB, false)], &[0]);
    let runs = |line: &str, reserve: Range<u64>| {
        let next = boot("6.12", line).with_reserved(vec![(reserve, "firmware data".into())]);
        shown(&machine, &next).join("\n")
    };
    let plain = runs("", 5 * GIB..5 * GIB + 1);
    assert!(
        plain.contains(
            "40-40 [0] Normal maybe: firmware data at 0x140000000-0x140000000 is reserved during boot"
        ),
        "{plain}"
    );
    assert!(plain.contains("63-63 [0] Normal never: it holds the page structures of node 0"), "{plain}");
    let crash = runs("crashkernel=300M@4G", 5 * GIB..5 * GIB + 1);
    let kept = "32-34 [0] Normal never: it holds the memory of the crash kernel (crashkernel=) at 0x100000000-0x112bfffff";
    assert!(crash.contains(kept), "{crash}");
    // A movable zone made by size keeps nothing out.
    let sized = runs("kernelcore=1G", 5 * GIB..5 * GIB + 1);
    assert!(sized.contains("[0] Movable maybe: movable, but boot allocations were not kept out"), "{sized}");
    assert!(sized.contains("63-63 [0] Movable never: it holds the page structures of node 0"), "{sized}");
}

#[test]
fn the_copy_of_an_archive_makes_a_hole() {
    let srat = machine::srat(&[(0, 0..GIB, false)], &[0]);
    let archive = build::build(&[build::File { name: "srat.aml", data: &srat }], 0).unwrap().bytes;
    let machine = machine(std::slice::from_ref(&(MIB..GIB)), &[(0, 0..GIB, false)], &[0]);
    let next = boot("6.12", "").with_initrd(Some((&archive).into()), None);
    let runs = shown(&machine, &next);
    assert_eq!(predict(&machine, &next).archive.base, Some(GIB - 4096));
    assert_eq!(runs.last().unwrap(), "7-7 [0] DMA32 never: 0x3ffff000-0x3fffffff is not RAM");
}

#[test]
fn page_structures_of_hot_pluggable_nodes_lie_elsewhere() {
    // 1 TiB of hot-pluggable memory needs 16 GiB of page structures, which node 0 has to take.
    let ram = [MIB..2 * GIB, 4 * GIB..36 * GIB, 64 * GIB..1088 * GIB];
    let memory = [(0, 0..2 * GIB, false), (0, 4 * GIB..36 * GIB, false), (1, 64 * GIB..1088 * GIB, true)];
    let mut machine = machine(&ram, &memory, &[0, 0]);
    machine.hypervisor = Some(false);
    let next = boot("6.12", "movable_node");
    let outcome = predict(&machine, &next);
    let of_node = |node: u32| -> u64 {
        let all = late::allocations(&outcome, &machine.mirrored, next.line(), next.release()).into_iter();
        let own = all.filter(|piece| piece.holder == Holder::PageStructures(node));
        own.map(|piece| piece.range.end - piece.range.start).sum()
    };
    assert_eq!((of_node(0), of_node(1)), (34 * GIB / 64, 16 * GIB));
    assert_eq!(outcome.blocks.size.bytes, 2 * GIB);
    let runs = shown(&machine, &next);
    assert_eq!(runs.last().unwrap(), "32-543 [1] Movable yes: movable, and boot allocations were kept out");
    assert!(
        runs.iter().any(|run| run.contains("it holds the page structures of node 1 at 0x")),
        "{}",
        runs.join("\n")
    );
}

#[test]
fn movable_memory_in_blocks_without_a_zone_is_stranded() {
    let ram = [MIB..GIB, 4 * GIB..8 * GIB];
    let machine = machine(&ram, &[(0, 0..GIB, false), (0, 4 * GIB..8 * GIB, false)], &[0]);
    let outcome = predict(&machine, &boot("6.12", "kernelcore=2050M"));
    let start = outcome.zones.movable_start[&0] * 4096;
    let block = start / outcome.blocks.size.bytes;
    let expected = vec![(block, 0, start..(block + 1) * outcome.blocks.size.bytes)];
    assert_eq!(outcome.blocks.stranded(&outcome.zones), expected);
    assert_eq!(outcome.blocks.run_of(block).unwrap().zone, None);
}

/// Nodes and zone of a block as the rules are written down, page by page.
fn plainly(outcome: &Outcome<'_>, rule: BlockZone, block: u64) -> Option<(Vec<u32>, Option<Zone>)> {
    let pages = outcome.blocks.size.bytes / 4096;
    let pfns = block * pages..(block + 1) * pages;
    let ram = |pfn: u64| outcome.regions.iter().find(|region| region.range.contains(&(pfn * 4096)));
    let section = |pfn: u64| {
        outcome.regions.iter().any(|region| {
            region.range.start / SECTION_SIZE <= pfn * 4096 / SECTION_SIZE
                && pfn * 4096 / SECTION_SIZE <= (region.range.end - 1) / SECTION_SIZE
        })
    };
    if !pfns.clone().step_by(128).any(|pfn| ram(pfn).is_some()) {
        return None;
    }
    let first = *outcome.online.first().unwrap();
    let reaches = outcome
        .zones
        .nodes
        .get(&first)
        .is_some_and(|node| node.span.start < pfns.end && pfns.start < node.span.end);
    let mut nodes = BTreeSet::new();
    // Above the first block all borders are whole MiB.
    for pfn in pfns.clone().step_by(if block == 0 { 1 } else { 256 }) {
        match ram(pfn) {
            Some(region) => drop(nodes.insert(region.node.unwrap())),
            None if rule != BlockZone::SpansRegions && reaches && section(pfn) => drop(nodes.insert(first)),
            None => {}
        }
    }
    let zones = |node: u32| outcome.zones.nodes[&node].zones.iter().filter(|zone| zone.present_pages > 0);
    let in_zone =
        |pfn: u64, node: u32| zones(node).find(|zone| zone.span().contains(&pfn)).map(|zone| zone.zone);
    let mut zone = None;
    if rule == BlockZone::FirstPages {
        for pfn in pfns.clone().step_by(1024).filter(|pfn| section(*pfn)) {
            let following = outcome.regions.iter().find(|region| region.range.end > pfn * 4096);
            let owner = match following {
                Some(region) => {
                    let node = region.node.unwrap();
                    (node, in_zone(pfn.max(region.range.start / 4096), node).unwrap())
                }
                None => {
                    let node = outcome.regions.last().unwrap().node.unwrap();
                    (node, zones(node).next_back().unwrap().zone)
                }
            };
            let spans = |owner: (u32, Zone)| {
                zones(owner.0).any(|zone| zone.zone == owner.1 && zone.span().contains(&pfn))
            };
            match zone {
                None => zone = Some(owner),
                Some(known) if known == owner && spans(known) => {}
                Some(_) => return Some((nodes.into_iter().collect(), None)),
            }
        }
    } else if nodes.len() == 1 {
        let node = *nodes.first().unwrap();
        let inside: Vec<_> =
            zones(node).filter(|zone| zone.span().start < pfns.end && pfns.start < zone.span().end).collect();
        if let [only] = inside.as_slice() {
            zone = Some((node, only.zone));
        }
    }
    Some((nodes.into_iter().collect(), zone.map(|(_, zone)| zone)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Runs are the plain rule, block by block, whatever the memory looks like.
    #[test]
    fn runs_of_blocks_are_the_rule_for_each_block(
        lens in prop::collection::vec((1u64..80, 0u64..6, 0u32..4, any::<bool>()), 1..8),
        high in prop::collection::vec((1u64..80, 0u64..6, 0u32..4, any::<bool>()), 0..5),
        release in prop::sample::select(vec!["5.10", "6.1", "6.12", "6.18", "7.3"]),
        line in prop::sample::select(vec!["", "movable_node", "kernelcore=200M", "movablecore=30%"]),
        processors in prop::collection::vec(0u32..6, 1..4),
    ) {
        let (mut ram, mut memory) = (Vec::new(), Vec::new());
        for (pieces, start) in [(lens, MIB), (high, 4 * GIB)] {
            let mut at = start;
            for (len, gap, domain, hot) in pieces {
                // In steps of 4 MiB and of less, so that borders lie everywhere.
                let end = at + len * 5 * MIB;
                ram.push(at..end);
                memory.push((domain, at..end, hot));
                at = end + gap * 3 * MIB;
            }
        }
        memory.insert(0, (0, 0..MIB, false));
        let machine = machine(&ram, &memory, &processors);
        let next = boot(release, line);
        let outcome = predict(&machine, &next);
        prop_assume!(outcome.regions.iter().all(|region| region.node.is_some()));
        let mut got = BTreeMap::new();
        for run in &outcome.blocks.runs {
            prop_assert!(run.first <= run.last);
            for block in run.first..=run.last {
                prop_assert!(got.insert(block, (run.nodes.clone(), run.zone)).is_none());
            }
        }
        let last = outcome.map.ram.iter().next_back().unwrap().end / outcome.blocks.size.bytes + 1;
        for block in 0..=last {
            let plain = plainly(&outcome, next.release().block_zone, block);
            prop_assert_eq!(got.get(&block).cloned(), plain, "block {}", block);
        }
        let verdicts = outcome.blocks.runs.iter().all(|run| run.zone.is_some() || run.why.verdict() == Verdict::Never);
        prop_assert!(verdicts);
    }
}
