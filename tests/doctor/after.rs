//! A recorded boot as the machine showed it afterwards: what `--sysroot` takes.
//!
//! The log is the recorded one where it was kept, else it is put together from what was parsed of it. Tables in force are
//! found by their addresses: those of the archive where the kernel copied them, the firmware's elsewhere.

use crate::recorded;

use acpihp::container::cpio::early::{self, ACPI_PREFIX};
use acpihp::container::initrd::Compression;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::ops::Deref;
use std::path::Path;

/// A recording.
pub struct Boot {
    recording: recorded::Boot,
    /// The kernel's log.
    pub log: String,
}

impl Deref for Boot {
    type Target = recorded::Boot;

    fn deref(&self) -> &recorded::Boot {
        &self.recording
    }
}

/// All recordings at hand that came to user space: those of the repository, and more of them beside it.
pub fn boots() -> Vec<Boot> {
    // Who asks is a system that runs, with tables.
    let runs = |boot: &recorded::Boot| boot.truth["userspace"] == true;
    let has_tables =
        |boot: &recorded::Boot| boot.truth["tables"].as_array().is_some_and(|tables| !tables.is_empty());
    let boots = recorded::both().into_iter().filter(|boot| runs(boot) && has_tables(boot));
    let with_log = |recording: recorded::Boot| {
        let log = recording.log().unwrap_or_else(|| log_of(&recording, &recording.line()));
        Boot { recording, log }
    };
    boots.map(with_log).collect()
}

fn hex(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap_or("0x0").trim_start_matches("0x"), 16).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What a log would have said.
fn log_of(recorded::Boot { name, case, truth, .. }: &recorded::Boot, line: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Linux version {} (recorded)", case["linux"].as_str().unwrap());
    let _ = writeln!(out, "Command line: {line}");
    if let Some((start, end)) = case["initrd_at"].as_str().and_then(|range| range.split_once('-')) {
        let end = u64::from_str_radix(&end[2..], 16).unwrap();
        let _ = writeln!(out, "RAMDISK: [mem {start}-{:#x}]", end - 1);
    }
    let mut events: std::collections::VecDeque<&str> =
        list(&truth["override_events"]).iter().filter_map(Value::as_str).collect();
    let is_later = |event: &str| event.contains("Table Upgrade:") || event.contains("override, new table:");
    while let Some(event) = events.front().filter(|event| !is_later(event)) {
        let _ = writeln!(out, "{event}");
        events.pop_front();
    }
    let installs = events.iter().filter(|event| event.contains("Upgrade: install")).count();
    let tables = list(&truth["tables"]);
    for (index, table) in tables.iter().enumerate() {
        let address = format!("{:016X}", hex(&table["addr"]));
        let is_new = events.get(1).is_some_and(|event| event.contains(&format!("new table: 0x{address}")));
        let lines = if is_new { 2 } else { usize::from(index + installs >= tables.len()) };
        for event in events.drain(..lines.min(events.len())).collect::<Vec<_>>() {
            let _ = writeln!(out, "{event}");
        }
        let signature = table["sig"].as_str().unwrap();
        let _ = write!(out, "ACPI: {signature} 0x{address} {:06X}", table["len"].as_u64().unwrap());
        match table["rest"].as_str() {
            Some(rest) => {
                let _ = writeln!(out, " (v{:02} {rest})", table["rev"].as_u64().unwrap());
            }
            None => out.push('\n'),
        }
    }
    for entry in list(&truth["srat_mem"]) {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        let place = format!("[mem {}-{}] {}", text("start"), text("end"), text("flags"));
        let _ = writeln!(out, "ACPI: SRAT: Node {} PXM {} {}", entry["node"], entry["pxm"], place.trim_end());
    }
    let _ = writeln!(out, "Zone ranges:");
    for (zone, range) in truth["zone_ranges"].as_object().into_iter().flatten() {
        match range.as_array() {
            Some(range) => {
                let _ = writeln!(
                    out,
                    "  {zone} [mem {}-{}]",
                    range[0].as_str().unwrap(),
                    range[1].as_str().unwrap()
                );
            }
            None => {
                let _ = writeln!(out, "  {zone} empty");
            }
        }
    }
    let _ = writeln!(out, "Movable zone start for each node");
    for (node, start) in truth["movable_zone_start"].as_object().into_iter().flatten() {
        let _ = writeln!(out, "  Node {node}: {}", start.as_str().unwrap());
    }
    let _ = writeln!(out, "Early memory node ranges");
    for range in list(&truth["early_node_ranges"]) {
        let end = |at: usize| range[at].as_str().unwrap();
        let _ = writeln!(out, "  node   {}: [mem {}-{}]", range[0], end(1), end(2));
    }
    // The initrd is unpacked much later.
    for event in events.drain(..) {
        assert!(event.starts_with("Initramfs unpacking failed"), "{name}: {event}");
        let _ = writeln!(out, "{event}");
    }
    out
}

impl Boot {
    /// Lays the machine out below `root`.
    pub fn lay_out(&self, root: &Path) {
        let put = |path: &str, bytes: &[u8]| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let release = self.case["linux"].as_str().unwrap();
        put("var/log/dmesg", self.log.as_bytes());
        put("proc/cmdline", &self.read("next/cmdline").unwrap());
        put("proc/sys/kernel/osrelease", release.as_bytes());
        put(&format!("boot/config-{release}"), b"CONFIG_ACPI_TABLE_UPGRADE=y\n");
        put("proc/zoneinfo", self.zoneinfo().as_bytes());
        if let Some((start, end)) = self.case["kernel_at"].as_str().and_then(|range| range.split_once('-')) {
            let number = |text: &str| u64::from_str_radix(&text[2..], 16).unwrap();
            let text = format!("  {:08x}-{:08x} : Kernel code\n", number(start), number(end) - 1);
            put("proc/iomem", text.as_bytes());
        }
        let blocks = self.text("truth/memory_blocks").unwrap_or_default();
        for (name, text) in blocks.lines().filter_map(|line| line.split_once(':')) {
            put(&format!("sys/devices/system/memory/{name}"), format!("{text}\n").as_bytes());
        }
        for (name, bytes) in self.in_force() {
            put(&format!("sys/firmware/acpi/tables/{name}"), &bytes);
        }
        let loaded = self.loaded();
        let mut params = self.read("sys/kernel/boot_params/data").unwrap();
        let (start, mut len) = loaded.unwrap_or((0, 0));
        len = self.whole_len().unwrap_or(len);
        params[0x210] = 0xb0;
        params[0x218..0x21c].copy_from_slice(&u32::try_from(start).unwrap().to_le_bytes());
        params[0x21c..0x220].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
        put("sys/kernel/boot_params/data", &params);
        // Recorded initrds are cut behind their archives.
        if self.whole_len().is_some() {
            self.put_initrd(&root.join(format!("boot/initrd.img-{release}")));
        }
    }

    /// How long the initrd was; `None` for a boot whose initrd was not kept.
    pub fn whole_len(&self) -> Option<u64> {
        let kept = self.read("next/initrd.img")?.len() as u64;
        // A log rounds up to pages.
        Some(self.loaded().map_or(kept, |(_, len)| if len >= kept + 4096 { len } else { kept }))
    }

    /// Writes the initrd as long as the one that was booted: with a hole where the recording is cut.
    /// Of what is packed some recordings keep the first bytes, which no unpacker could end with.
    pub fn put_initrd(&self, path: &Path) {
        let mut kept = self.read("next/initrd.img").unwrap();
        let packed = early::find_all(&kept, ACPI_PREFIX).1.at as usize;
        let rest = &kept[packed..];
        let is_cut = (kept.len() as u64) < self.whole_len().unwrap();
        if Compression::detect(rest).is_some() && (is_cut && packed > 0 || rest.len() <= 64) {
            kept.truncate(packed);
        }
        fs::write(path, kept).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_len(self.whole_len().unwrap()).unwrap();
    }

    /// Where the initrd was and how long.
    fn loaded(&self) -> Option<(u64, u64)> {
        let (_, rest) = self.log.split_once("RAMDISK: [mem 0x")?;
        let (start, last) = rest.split_once(']')?.0.split_once("-0x")?;
        let (start, last) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(last, 16).ok()?);
        // The log rounds to pages; the recording does not.
        let exact = self.case["initrd_at"].as_str().and_then(|range| range.split_once('-'));
        let end = exact.and_then(|(_, end)| u64::from_str_radix(&end[2..], 16).ok()).unwrap_or(last + 1);
        Some((start, end - start))
    }

    fn zoneinfo(&self) -> String {
        if let Some(text) = self.text("truth/zoneinfo") {
            return text;
        }
        let mut out = String::new();
        for (node, zones) in self.truth["zones"].as_object().into_iter().flatten() {
            for (zone, of) in zones.as_object().unwrap() {
                let _ = writeln!(out, "Node {node}, zone {zone:>8}");
                let _ =
                    writeln!(out, "        spanned  {}\n        present  {}", of["spanned"], of["present"]);
                if of["start_pfn"].is_u64() {
                    let _ = writeln!(out, "  start_pfn:           {}", of["start_pfn"]);
                }
            }
        }
        out
    }

    /// The tables in force, under the names of sysfs.
    fn in_force(&self) -> Vec<(String, Vec<u8>)> {
        let initrd = self.read("next/initrd.img").unwrap_or_default();
        let mut ours: Vec<Vec<u8>> =
            early::find_all(&initrd, ACPI_PREFIX).0.iter().map(|entry| entry.data.to_vec()).collect();
        let mut firmware: Vec<Vec<u8>> = self.tables().into_iter().map(|(_, bytes)| bytes).collect();
        let events: Vec<&str> =
            list(&self.truth["override_events"]).iter().filter_map(Value::as_str).collect();
        let installs = events.iter().filter(|event| event.contains("Upgrade: install")).count();
        let tables = list(&self.truth["tables"]);
        let mut total: HashMap<&str, usize> = HashMap::new();
        for table in tables {
            *total.entry(table["sig"].as_str().unwrap()).or_default() += 1;
        }
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut out = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let (signature, len) = (table["sig"].as_str().unwrap(), table["len"].as_u64().unwrap());
            let place = format!("new table: 0x{:016X}", hex(&table["addr"]));
            let is_ours =
                index + installs >= tables.len() || events.iter().any(|event| event.contains(&place));
            let from = if is_ours { &mut ours } else { &mut firmware };
            let fits = |bytes: &Vec<u8>| bytes.starts_with(signature.as_bytes()) && bytes.len() as u64 == len;
            // A boot whose machine was recorded with another list of tables has none for some.
            let Some(at) = from.iter().position(fits) else { continue };
            let bytes = from.remove(at);
            let number = seen.entry(signature).or_default();
            *number += 1;
            let name =
                if total[signature] == 1 { signature.to_owned() } else { format!("{signature}{number}") };
            out.push((name, bytes));
        }
        out
    }
}
