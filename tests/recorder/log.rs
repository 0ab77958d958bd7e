//! What a kernel's log and /proc/zoneinfo say of tables, nodes and zones, as the kernel printed it.

use serde_json::{Map, Value, json};
use std::ops::Range;

/// A table of the kernel's list, as its line shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLine {
    /// Signature.
    pub signature: String,
    /// Physical address.
    pub address: u64,
    /// Length in bytes.
    pub length: u64,
    /// Revision, where the line has one.
    pub revision: Option<u64>,
    /// The rest of the line: identity and creator.
    pub rest: String,
}

/// A memory entry of the SRAT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SratLine {
    /// Node.
    pub node: u64,
    /// Proximity domain.
    pub pxm: u64,
    /// Range in bytes, and the two ends as they were printed.
    pub range: Range<u64>,
    /// `hotplug`, `non-volatile`, both, or nothing.
    pub flags: String,
}

/// The parts of a log.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Log {
    /// Release of the kernel.
    pub release: String,
    /// Its command line.
    pub cmdline: String,
    /// Lines about override tables, in order, without their times.
    pub events: Vec<String>,
    /// RSDP and root tables.
    pub root: Vec<TableLine>,
    /// The list of tables at boot, additions of the archive included.
    pub tables: Vec<TableLine>,
    /// Memory entries of the SRAT.
    pub srat_memory: Vec<SratLine>,
    /// Zones with their ranges; `None` where the kernel says empty.
    pub zone_ranges: Vec<(String, Option<Range<u64>>)>,
    /// Where ZONE_MOVABLE starts, by node.
    pub movable_zone_start: Vec<(u64, u64)>,
    /// Early memory node ranges.
    pub memory: Vec<(i64, Range<u64>)>,
    /// Where the initrd was.
    pub initrd: Option<Range<u64>>,
    /// What UEFI code of the kernel reserved, where the log was told to show it (memblock=debug).
    pub efi_reserved: Vec<Range<u64>>,
}

/// A line without its time.
fn message(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((time, message)) if time.trim().starts_with(|digit: char| digit.is_ascii_digit()) => message,
        _ => line,
    }
}

/// The half-open range of `[mem 0x..-0x..]` or `[0x..-0x..]` somewhere in a text.
fn range(text: &str) -> Option<Range<u64>> {
    let inner = text.split_once('[')?.1.split_once(']')?.0;
    let (start, end) = inner.trim_start_matches("mem ").split_once('-')?;
    Some(hex(start)?..hex(end)?.checked_add(1)?)
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// `ACPI: SRAT 0x000000003FBE2000 000158 (v01 BOCHS  BXPC     FFFFFFFF ORCL 00000001)`, from the signature on.
fn table_line(text: &str) -> Option<TableLine> {
    let (signature, rest) = text.split_at_checked(4)?;
    let mut words = rest.strip_prefix(" 0x")?.splitn(3, ' ');
    let address = words.next().filter(|word| word.len() == 16).and_then(hex)?;
    let length = words.next().filter(|word| word.len() == 6).and_then(hex)?;
    let inner = words.next().unwrap_or_default().trim_start_matches("(v").trim_end_matches(')');
    let (revision, rest) = inner.split_once(' ').unwrap_or((inner, ""));
    Some(TableLine {
        signature: signature.to_owned(),
        address,
        length,
        revision: revision.parse().ok(),
        rest: rest.to_owned(),
    })
}

impl Log {
    /// Reads a log: of dmesg or of a console, with or without times.
    pub fn parse(text: &str) -> Log {
        let mut log = Log::default();
        let (mut listing, mut section) = (true, "");
        for line in text.lines().map(message) {
            if let Some(rest) = line.strip_prefix("Linux version ") {
                log.release = rest.split(' ').next().unwrap_or_default().to_owned();
            } else if let Some(rest) = line.strip_prefix("Command line: ") {
                log.cmdline = rest.to_owned();
            } else if let Some(rest) = line.strip_prefix("RAMDISK: ") {
                log.initrd = range(rest);
            } else if let Some(rest) = line.strip_prefix("memblock_reserve: ") {
                if rest.contains("] efi_") {
                    log.efi_reserved.extend(range(rest));
                }
            } else if let Some(rest) = line.strip_prefix("ACPI: ") {
                log.acpi(line, rest, &mut listing);
            } else if line.starts_with("File kernel/") && line.contains("MAX_CPIO_FILE_NAME") {
                log.events.push(line.to_owned());
            }
            let heading = ["Zone ranges:", "Movable zone start for each node", "Early memory node ranges"];
            if let Some(heading) = heading.into_iter().find(|heading| line.trim_end() == *heading) {
                section = heading;
            } else if line.starts_with("  ") {
                log.entry(section, line.trim());
            } else {
                section = "";
            }
        }
        log
    }

    /// A line of the ACPI code, `rest` without its prefix.
    fn acpi(&mut self, line: &str, rest: &str, listing: &mut bool) {
        const EVENTS: [&str; 5] = [
            "ACPI OVERRIDE: ",
            "Table Upgrade: ",
            "kernel is locked down",
            "Override [",
            "Ignoring installation",
        ];
        let found = rest.contains("ACPI table found in initrd");
        let replaced = rest.contains(" table override, new table: ");
        if found || replaced || EVENTS.iter().any(|start| rest.starts_with(start)) {
            self.events.push(line.to_owned());
        } else if rest.starts_with("Core revision") {
            *listing = false;
        } else if let Some(srat) = rest.strip_prefix("SRAT: Node ") {
            self.srat_memory.extend(srat_line(srat));
        } else if let Some(table) = table_line(rest).filter(|_| *listing) {
            let root = matches!(table.signature.as_str(), "RSDP" | "RSDT" | "XSDT");
            if root { self.root.push(table) } else { self.tables.push(table) }
        }
    }

    /// An indented line below one of the headings.
    fn entry(&mut self, section: &str, line: &str) {
        match section {
            "Zone ranges:" => {
                let (zone, rest) = line.split_once(' ').unwrap_or((line, ""));
                self.zone_ranges.push((zone.to_owned(), range(rest)));
            }
            "Movable zone start for each node" => {
                let parts = line.strip_prefix("Node ").and_then(|rest| rest.split_once(": "));
                self.movable_zone_start
                    .extend(parts.and_then(|(node, start)| Some((node.parse().ok()?, hex(start)?))));
            }
            "Early memory node ranges" => {
                let parts = line.strip_prefix("node").and_then(|rest| rest.split_once(": "));
                self.memory
                    .extend(parts.and_then(|(node, rest)| Some((node.trim().parse().ok()?, range(rest)?))));
            }
            _ => {}
        }
    }
}

/// `0 PXM 0 [mem 0x00000000-0x0009ffff] hotplug non-volatile`
fn srat_line(text: &str) -> Option<SratLine> {
    let (node, rest) = text.split_once(" PXM ")?;
    let (pxm, rest) = rest.split_once(' ')?;
    Some(SratLine {
        node: node.parse().ok()?,
        pxm: pxm.parse().ok()?,
        range: range(rest)?,
        flags: rest.split_once(']')?.1.trim().to_owned(),
    })
}

/// The zones of /proc/zoneinfo by node and name: start, spanned, present and managed page frames.
pub fn zones(zoneinfo: &str) -> Map<String, Value> {
    let mut out = Map::new();
    let (mut node, mut zone) = (String::new(), String::new());
    for line in zoneinfo.lines() {
        if let Some((number, name)) = line.strip_prefix("Node ").and_then(|rest| rest.split_once(", zone")) {
            (node, zone) = (number.to_owned(), name.trim().to_owned());
            let zones = out.entry(node.clone()).or_insert_with(|| json!({}));
            zones[&zone] = json!({});
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(name), Some(value)) =
            (words.next(), words.next().and_then(|word| word.parse::<u64>().ok()))
        else {
            continue;
        };
        let name = name.trim_end_matches(':');
        if matches!(name, "spanned" | "present" | "managed" | "start_pfn")
            && let Some(zones) = out.get_mut(&node)
        {
            zones[&zone][name] = value.into();
        }
    }
    out
}

/// The ranges of /proc/iomem by name, those inside others included, in order.
pub fn iomem(text: &str) -> Vec<(String, Range<u64>)> {
    let parsed = text.lines().filter_map(|line| {
        let (span, name) = line.trim().split_once(" : ")?;
        let (start, end) = span.split_once('-')?;
        Some((name.to_owned(), hex(start)?..hex(end)?.checked_add(1)?))
    });
    parsed.collect()
}
