//! Recordings as folders: the machine as a copy of /proc and /sys, the boot to predict, and what the kernel did.
//!
//! | path | what |
//! |---|---|
//! | `machine/` | what `--sysroot` takes; `machine/firmware/` has RSDP and root tables with addresses and order |
//! | `next/` | `cmdline`, and `initrd.img` where the boot had an archive in front |
//! | `truth/` | `truth.json`, and `dmesg.gz`, `zoneinfo`, `iomem`, `memory_blocks`, `nodes` as they were printed |
//! | `case.json` | the name, the release, and where that boot kept kernel, initrd and what UEFI reserved |

use super::Recording;
use super::log::{Log, TableLine, iomem, zones};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// Files of a recording that describe the machine before a boot, by the start of their path.
const MACHINE: &[&str] = &[
    "proc/cmdline",
    "proc/iomem",
    "proc/version",
    "proc/sys/kernel/osrelease",
    "sys/kernel/boot_params/",
    "sys/firmware/memmap/",
    "sys/firmware/acpi/tables/",
    "firmware/",
];

/// Writes what a boot showed of its machine below `folder`, as `--sysroot` takes it.
pub fn machine(folder: &Path, boot: &Recording) -> io::Result<()> {
    for (path, bytes) in &boot.files {
        if MACHINE.iter().any(|start| path.starts_with(start)) {
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
    write(&folder.join("var/log/dmesg.gz"), &packed(boot.log().as_bytes())?)
}

/// Writes what the kernel did below `folder`.
pub fn truth(folder: &Path, boot: &Recording) -> io::Result<()> {
    write_json(&folder.join("truth.json"), &truth_json(boot))?;
    write(&folder.join("dmesg.gz"), &packed(boot.log().as_bytes())?)?;
    for name in ["zoneinfo", "iomem"] {
        if let Some(bytes) = boot.files.get(&format!("proc/{name}")) {
            write(&folder.join(name), bytes)?;
        }
    }
    for (name, start) in
        [("memory_blocks", "sys/devices/system/memory/"), ("nodes", "sys/devices/system/node/")]
    {
        let lines = boot.files.iter().filter_map(|(path, bytes)| {
            Some(format!("{}:{}\n", path.strip_prefix(start)?, String::from_utf8_lossy(bytes).trim_end()))
        });
        let text: String = lines.collect();
        if !text.is_empty() {
            write(&folder.join(name), text.as_bytes())?;
        }
    }
    Ok(())
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
        "reserve": log.efi_reserved.iter().map(shown).collect::<Vec<_>>(),
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
