//! Recordings as folders: the machine as a copy of /proc and /sys, the boot to predict, and what the kernel did.
//!
//! | path | what |
//! |---|---|
//! | `machine/` | what `--sysroot` takes; `machine/firmware/` has RSDP and root tables with addresses and order |
//! | `next/` | `cmdline`, and `initrd.img` where the boot had an archive in front |
//! | `truth/` | `truth.json`, `dmesg.gz`, and `nodes`: what /sys/devices/system/node has, memory blocks as bare links |
//! | `case.json` | the name, the release, and where that boot kept kernel, initrd and what UEFI reserved |

use super::Recording;
use super::log::{Log, TableLine, iomem, zones};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// Files of a recording that describe the machine before a boot, by the start of their path.
const MACHINE: &[&str] = &[
    "proc/cmdline",
    "proc/cpuinfo",
    "proc/iomem",
    "proc/version",
    "proc/sys/kernel/osrelease",
    "sys/kernel/boot_params/",
    "sys/firmware/memmap/",
    "sys/firmware/acpi/tables/",
    "firmware/",
];

/// How much of a machine is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All that a user could record.
    All,
    /// What the model needs, for the repository: nothing that is there twice, and the log of UEFI machines only.
    Needed,
}

/// What is there twice: the boot parameters have the memory map, and `case.json` the place of the kernel.
const TWICE: &[&str] = &["proc/iomem", "proc/version", "proc/cmdline", "sys/firmware/memmap/"];

/// Writes what a boot showed of its machine below `folder`, as `--sysroot` takes it.
pub fn machine(folder: &Path, boot: &Recording, keep: Keep) -> io::Result<()> {
    for (path, bytes) in &boot.files {
        let twice = keep == Keep::Needed && TWICE.iter().any(|start| path.starts_with(start));
        if MACHINE.iter().any(|start| path.starts_with(start)) && !twice {
            write(&folder.join(path), bytes)?;
        }
    }
    let log = Log::parse(&boot.log());
    let pointers: Map<String, Value> = log
        .root
        .iter()
        .map(|table| (table.signature.clone(), format!("{:#018X}", table.address).into()))
        .collect();
    let list = |tables: &[TableLine]| -> Vec<Value> { tables.iter().map(table).collect() };
    let roots = json!({"pointers": pointers, "root": list(&log.root), "order": list(&log.tables)});
    write_json(&folder.join("firmware/roots.json"), &roots)?;
    if keep == Keep::All || boot.log().contains("efi: EFI v") {
        write(&folder.join("var/log/dmesg.gz"), &packed(boot.log().as_bytes())?)?;
    }
    Ok(())
}

/// Writes what the kernel did below `folder`.
pub fn truth(folder: &Path, boot: &Recording) -> io::Result<()> {
    write_json(&folder.join("truth.json"), &truth_json(boot))?;
    write(&folder.join("dmesg.gz"), &packed(boot.log().as_bytes())?)?;
    let lines = boot.files.iter().filter_map(|(path, bytes)| {
        let name = path.strip_prefix("sys/devices/system/node/")?;
        let text = String::from_utf8_lossy(bytes);
        // A link to a memory block has no content.
        Some(if text.trim().is_empty() {
            format!("{name}\n")
        } else {
            format!("{name}:{}\n", text.trim_end())
        })
    });
    let text: String = lines.collect();
    if text.is_empty() { Ok(()) } else { write(&folder.join("nodes"), text.as_bytes()) }
}

/// Rows of memory blocks that are alike and follow each other: first, last, node, state, `valid_zones`. The node is the
/// highest of those that link to the block.
fn blocks(boot: &Recording) -> Vec<Value> {
    const MEMORY: &str = "sys/devices/system/memory/memory";
    let mut nodes: BTreeMap<u64, u64> = BTreeMap::new();
    for path in boot.files.keys() {
        let link =
            path.strip_prefix("sys/devices/system/node/node").and_then(|rest| rest.split_once("/memory"));
        if let Some((Ok(node), Ok(block))) = link.map(|(node, block)| (node.parse(), block.parse())) {
            let known = nodes.entry(block).or_insert(node);
            *known = node.max(*known);
        }
    }
    let mut rows: Vec<(u64, u64, [Value; 3])> = Vec::new();
    let numbers =
        boot.files.keys().filter_map(|path| path.strip_prefix(MEMORY)?.strip_suffix("/state")?.parse().ok());
    let numbers: BTreeSet<u64> = numbers.collect();
    for number in numbers {
        let text = |name: &str| boot.text(&format!("{MEMORY}{number}/{name}")).trim().to_owned();
        let row = [nodes.get(&number).copied().into(), text("state").into(), text("valid_zones").into()];
        match rows.last_mut() {
            Some((_, last, known)) if *last + 1 == number && *known == row => *last = number,
            _ => rows.push((number, number, row)),
        }
    }
    rows.into_iter()
        .map(|(first, last, [node, state, zones])| json!([first, last, node, state, zones]))
        .collect()
}

/// What the kernel did, parsed: addresses in hex, ranges with their last byte, as the kernel prints them.
pub fn truth_json(boot: &Recording) -> Value {
    let log = Log::parse(&boot.log());
    let ends = |range: &Range<u64>, width: usize| {
        let shown = |at: u64| Value::from(format!("{at:#0width$x}"));
        [shown(range.start), shown(range.end - 1)]
    };
    let zone_ranges: Map<String, Value> = log
        .zone_ranges
        .iter()
        .map(|(zone, range)| {
            (zone.clone(), range.as_ref().map_or("empty".into(), |range| json!(ends(range, 18))))
        })
        .collect();
    let movable: Map<String, Value> = log
        .movable_zone_start
        .iter()
        .map(|(node, at)| (node.to_string(), format!("{at:#018x}").into()))
        .collect();
    let memory: Vec<Value> = log
        .memory
        .iter()
        .map(|(node, range)| {
            let [start, end] = ends(range, 18);
            json!([node, start, end])
        })
        .collect();
    let srat: Vec<Value> = log
        .srat_memory
        .iter()
        .map(|entry| {
            let [start, end] = ends(&entry.range, 10);
            json!({"node": entry.node, "pxm": entry.pxm, "start": start, "end": end, "flags": entry.flags})
        })
        .collect();
    let mut truth = json!({
        "userspace": !boot.files.is_empty(),
        "linux": log.release,
        "cmdline": log.cmdline,
        "override_events": log.events,
        "root": log.root.iter().map(table).collect::<Vec<_>>(),
        "tables": log.tables.iter().map(table).collect::<Vec<_>>(),
        "srat_mem": srat,
        "zone_ranges": zone_ranges,
        "movable_zone_start": movable,
        "early_node_ranges": memory,
    });
    let zoneinfo = boot.text("proc/zoneinfo");
    if !zoneinfo.is_empty() {
        truth["zones"] = Value::Object(zones(&zoneinfo));
    }
    let size = boot.text("sys/devices/system/memory/block_size_bytes");
    if !size.is_empty() {
        truth["block_size"] = size.trim().into();
        truth["blocks"] = blocks(boot).into();
    }
    for (path, bytes) in &boot.files {
        if let Some(name) = path.strip_prefix("sys/devices/system/node/").filter(|name| !name.contains('/')) {
            truth["node_sets"][name] = String::from_utf8_lossy(bytes).trim().into();
        }
    }
    truth
}

/// `case.json`: what the folder is about, and the places that nobody can know beforehand.
pub fn case(name: &str, scenario: &str, boot: &Recording) -> Value {
    let log = Log::parse(&boot.log());
    let shown = |range: &Range<u64>| format!("{:#x}-{:#x}", range.start, range.end);
    let mut case = json!({
        "name": name,
        "family": name.split('-').next(),
        "linux": log.release,
        "scenario": scenario,
        "reserve": joined(&log.efi_reserved).iter().map(shown).collect::<Vec<_>>(),
        "dimms": 0,
    });
    if let Some(kernel) = kernel_at(&boot.text("proc/iomem")) {
        case["kernel_at"] = shown(&kernel).into();
    }
    if let Some(initrd) = &log.initrd {
        case["initrd_at"] = shown(initrd).into();
    }
    case
}

/// Ranges in ascending order, those that touch as one.
fn joined(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_by_key(|range| range.start);
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match out.last_mut() {
            Some(last) if last.end >= range.start => last.end = range.end.max(last.end),
            _ => out.push(range),
        }
    }
    out
}

/// Where /proc/iomem has the kernel's image, from its code to the end of its zeroed data.
pub fn kernel_at(text: &str) -> Option<Range<u64>> {
    let ranges: Vec<_> = iomem(text).into_iter().filter(|(name, _)| name.starts_with("Kernel ")).collect();
    let start = ranges.iter().map(|(_, range)| range.start).min()?;
    let end = ranges.iter().map(|(_, range)| range.end).max()?;
    Some(start..end)
}

fn table(line: &TableLine) -> Value {
    let mut out = json!({"sig": line.signature, "addr": format!("{:#x}", line.address), "len": line.length});
    // The RSDP's line ends after its OEM id, the FACS has none.
    if let (Some(revision), true) = (line.revision, line.rest.len() > 6) {
        out["rev"] = revision.into();
        out["oem_id"] = line.rest.get(..6).into();
        out["rest"] = line.rest.as_str().into();
    }
    out
}

fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes)?;
    out.finish()
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, bytes)
}

/// Writes a value as indented JSON.
pub fn write_json(path: &Path, value: &Value) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    write(path, &text)
}
