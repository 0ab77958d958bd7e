//! The files of a recording: the machine as a copy of /proc and /sys, the boot to predict, and what the kernel did.
//!
//! | path | what |
//! |---|---|
//! | `proc/`, `sys/`, `var/`, `firmware/` | the machine, as `--sysroot` takes it; `firmware/` has RSDP and root tables with addresses and order |
//! | `next/` | `cmdline`, and `initrd.img` where the boot had an archive in front |
//! | `unless/` | archives with which the prediction must be wrong |
//! | `truth/` | `truth.json`, `dmesg.gz`, and `nodes`: what /sys/devices/system/node has, memory blocks as bare links |
//! | `case.json` | the name, the release, and where that boot kept kernel, initrd and what UEFI reserved |
//!
//! They are kept as one tar archive. Where they are a folder, as in other collections, the machine is in `machine/`.

use super::Recording;
use super::log::{Log, TableLine, iomem, zones};
use super::scenario::Module;
use acpihp::container::tar::{self, TarContent};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::io::{self, Write};
use std::ops::{Deref, DerefMut, Range};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Files of a recording that describe the machine before a boot, by the start of their path.
const MACHINE: &[&str] = &[
    "proc/cmdline",
    "proc/config.gz",
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

/// Files by their path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Deref for Files {
    type Target = BTreeMap<String, Vec<u8>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Files {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl FromIterator<(String, Vec<u8>)> for Files {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(files: I) -> Files {
        Files(files.into_iter().collect())
    }
}

impl Files {
    /// One more file.
    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.insert(path.to_owned(), bytes.into());
    }

    /// A file of indented JSON.
    pub fn put_json(&mut self, path: &str, value: &Value) {
        let mut text = format!("{value:#}");
        text.push('\n');
        self.put(path, text);
    }

    /// What a boot showed of its machine, as `--sysroot` takes it.
    pub fn put_machine(&mut self, boot: &Recording, keep: Keep) -> io::Result<()> {
        for (path, bytes) in &boot.files {
            let twice = keep == Keep::Needed && TWICE.iter().any(|start| path.starts_with(start));
            if MACHINE.iter().any(|start| path.starts_with(start)) && !twice {
                self.put(path, bytes.as_slice());
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
        self.put_json("firmware/roots.json", &roots);
        if keep == Keep::All || boot.log().contains("efi: EFI v") {
            self.put("var/log/dmesg.gz", packed(boot.log().as_bytes())?);
        }
        Ok(())
    }

    /// What the kernel did. Modules of memory are one step before what it shows.
    pub fn put_truth(&mut self, boot: &Recording, modules: &[Module]) -> io::Result<()> {
        let mut truth = truth_json(boot);
        if !modules.is_empty() && truth["blocks"].is_array() {
            truth["steps"] = steps(&truth, modules);
        }
        self.put_json("truth/truth.json", &truth);
        self.put("truth/dmesg.gz", packed(boot.log().as_bytes())?);
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
        if !text.is_empty() {
            self.put("truth/nodes", text);
        }
        Ok(())
    }

    /// The machine's files of the recording in an archive.
    pub fn machine_of(archive: &[u8]) -> io::Result<Files> {
        let mut files = Files::read(archive)?;
        files.retain(|path, _| is_of_machine(path));
        Ok(files)
    }

    /// The files below a folder.
    pub fn below(folder: &Path) -> io::Result<Files> {
        let mut files = Files::default();
        let mut folders = vec![(folder.to_owned(), String::new())];
        while let Some((folder, path)) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let path = format!("{path}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    folders.push((entry.path(), path + "/"));
                } else {
                    files.put(&path, std::fs::read(entry.path())?);
                }
            }
        }
        Ok(files)
    }

    /// The files of an archive.
    pub fn read(archive: &[u8]) -> io::Result<Files> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
        let entries = tar::read(archive).map_err(|error| invalid(error.to_string()))?;
        let file = |entry: tar::Entry| {
            let name = String::from_utf8(entry.name).map_err(|error| invalid(error.to_string()))?;
            if entry.kind != tar::TarKind::File {
                return Err(invalid(format!("{name} is not a file")));
            }
            Ok((name, archive[entry.data_at as usize..][..entry.len as usize].to_vec()))
        };
        entries.into_iter().map(file).collect()
    }

    /// All of them as an archive: the same files give the same bytes.
    pub fn archive(&self) -> io::Result<Vec<u8>> {
        let files = self.iter().map(|(path, bytes)| (path.as_str(), TarContent::File(bytes)));
        tar::write(files, 0).ok_or_else(|| io::Error::other("a path is too long for an archive"))
    }

    /// Writes the archive as a whole, in place of another of its name.
    pub fn write_archive(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut new =
            tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(folder)?;
        new.write_all(&self.archive()?)?;
        new.persist(path)?;
        Ok(())
    }

    /// Writes them as files below a folder.
    pub fn write_below(&self, folder: &Path) -> io::Result<()> {
        for (path, bytes) in self.iter() {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, bytes)?;
        }
        Ok(())
    }
}

/// Whether a path of a recording is one of the machine's files.
pub fn is_of_machine(path: &str) -> bool {
    path != "case.json" && !["next/", "truth/", "unless/"].iter().any(|start| path.starts_with(start))
}

/// Modules that are added, and the system then, as steps of a guest.
fn steps(truth: &Value, modules: &[Module]) -> Value {
    let mut steps = Vec::new();
    for (number, module) in modules.iter().enumerate() {
        let (id, size) = (format!("p{number}"), module.range.end - module.range.start);
        let device = json!({"id": id, "node": module.node, "addr": module.range.start, "size": size});
        steps.push(json!({"plug": {"id": id}, "devices": [device]}));
    }
    steps.push(json!({"snap": "up", "zones": truth["zones"], "blocks": truth["blocks"]}));
    steps.into()
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
    } else if !zoneinfo.is_empty() {
        // A kernel without memory hotplug.
        truth["blocks"] = json!([]);
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
