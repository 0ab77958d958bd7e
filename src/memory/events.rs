//! What a kernel log tells of override tables, of the SRAT and of the zones, in the kernel's own words.

use super::log::{LoggedTable, message};
use crate::table::Signature;
use std::ops::Range;

/// A table that was found in the initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its signature.
    pub signature: Signature,
    /// Its name as the kernel prints it: behind the folder, cut to 17 characters.
    pub name: String,
    /// Length in bytes.
    pub length: u32,
}

/// A file that was looked at and refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The kernel's reason.
    pub why: String,
    /// The file's name, as in [`Found`].
    pub name: String,
}

/// A table of the firmware whose place one of the archive took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Signature of both.
    pub signature: Signature,
    /// Where the firmware's lies.
    pub firmware: u64,
    /// Where the new one was copied.
    pub copy: u64,
}

/// A memory entry of the SRAT, as the kernel read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SratLine {
    /// Node.
    pub node: u32,
    /// Proximity domain.
    pub pxm: u32,
    /// First address.
    pub start: u64,
    /// Last address.
    pub last: u64,
    /// Marked hot-pluggable.
    pub hotpluggable: bool,
    /// Marked non-volatile.
    pub non_volatile: bool,
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Events {
    /// All lines about override tables, in order.
    pub lines: Vec<String>,
    /// Tables found in the initrd, in order.
    pub found: Vec<Found>,
    /// Files refused, in order.
    pub rejected: Vec<Rejected>,
    /// The line that says that lockdown makes Linux ignore them.
    pub locked_down: Option<String>,
    /// Tables replaced, in order.
    pub replaced: Vec<Replaced>,
    /// The list of tables, in order, each where it lies: those of the archive in their copy.
    pub tables: Vec<LoggedTable>,
    /// Signature and address of each table that was added, in order.
    pub installed: Vec<(Signature, u64)>,
    /// How often a table was said to be replaced or added: `Table Upgrade:` lines and their older form.
    pub announced: Vec<Signature>,
    /// Memory entries of the SRAT, in order.
    pub srat: Vec<SratLine>,
    /// Why the SRAT is not used, where the log says that it is not.
    pub srat_refused: Option<String>,
    /// The ranges of the zones that are not empty, by name.
    pub zone_ranges: Vec<(String, Range<u64>)>,
    /// Where ZONE_MOVABLE starts on each node.
    pub movable_start: Vec<(u32, u64)>,
    /// Memory with its node (-1 or 1024 for none), in order: "Early memory node ranges".
    pub memory: Vec<(i64, Range<u64>)>,
    /// Whether the log reaches the zones, so that a node without a start has no movable zone.
    pub has_zones: bool,
    /// What the unpacker of the initrd says when it fails.
    pub unpacking_failed: Option<String>,
    /// Whether memory was added while the system runs.
    pub hot_added: bool,
}

/// Reads a log; of several boots in it the last one counts.
pub fn parse(text: &str) -> Events {
    let mut reader = Reader::default();
    for line in text.lines().map(message) {
        reader.line(line);
    }
    reader.events
}

/// Which indented list the lines belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    None,
    Zones,
    Movable,
    Memory,
}

#[derive(Default)]
struct Reader {
    events: Events,
    section: Section,
    /// An addition that was announced: the next table line is its.
    installs: bool,
    /// Tables loaded at run time follow.
    running: bool,
}

/// Lines after which Linux goes on without the SRAT.
const REFUSALS: [&str; 3] = ["SRAT not used", "No NUMA configuration found", "Too many proximity domains"];

impl Reader {
    fn line(&mut self, line: &str) {
        if line.starts_with("Linux version ") {
            *self = Reader::default();
            return;
        }
        let events = &mut self.events;
        match self.section {
            Section::Zones if line.starts_with("  ") => return self.zone(line.trim()),
            Section::Movable if line.starts_with("  ") => {
                let parts = line.trim().strip_prefix("Node ").and_then(|rest| rest.split_once(": "));
                let start = parts.and_then(|(node, start)| Some((node.parse().ok()?, hex(start)?)));
                events.movable_start.extend(start);
                return;
            }
            Section::Memory if line.starts_with("  ") => {
                let parts = line.trim().strip_prefix("node").and_then(|rest| rest.split_once(": "));
                let range = parts.and_then(|(node, range)| Some((node.trim().parse().ok()?, mem(range)?)));
                events.memory.extend(range);
                return;
            }
            _ => self.section = Section::None,
        }
        if line.starts_with("Zone ranges:") {
            (self.section, events.has_zones) = (Section::Zones, true);
        } else if line.starts_with("Movable zone start for each node") {
            self.section = Section::Movable;
        } else if line.starts_with("Early memory node ranges") {
            self.section = Section::Memory;
        } else if line.starts_with("Initramfs unpacking failed") {
            events.unpacking_failed = Some(line.trim_end().to_owned());
        } else if line.starts_with("acpi PNP0C80") && !line.contains("error") {
            events.hot_added = true;
        }
        if let Some(why) = REFUSALS.iter().find(|why| line.contains(*why)) {
            events.srat_refused.get_or_insert_with(|| (*why).to_owned());
        }
        if line.starts_with("File kernel/firmware/acpi/") && line.contains("MAX_CPIO_FILE_NAME") {
            events.lines.push(line.to_owned());
        } else {
            // Up to 4.6 there was no prefix.
            self.acpi(line, line.strip_prefix("ACPI: ").unwrap_or(line));
        }
    }

    fn acpi(&mut self, line: &str, rest: &str) {
        let events = &mut self.events;
        self.running |= rest.starts_with("Interpreter enabled") || rest.starts_with("Dynamic OEM Table Load");
        if let Some((signature, rest)) = rest.split_once(" ACPI table found in initrd [kernel/firmware/acpi/")
        {
            let found = signature.as_bytes().try_into().ok().map(Signature).zip(rest.split_once("]["));
            events.found.extend(found.and_then(|(signature, (name, length))| {
                let length = hex(length.trim_end().strip_suffix(']')?)?.try_into().ok()?;
                Some(Found { signature, name: name.to_owned(), length })
            }));
            events.lines.push(line.to_owned());
        } else if let Some(rest) = rest.strip_prefix("ACPI OVERRIDE: ") {
            if let Some((why, name)) = rest.split_once(" [kernel/firmware/acpi/") {
                let name = name.trim_end().trim_end_matches(']').to_owned();
                events.rejected.push(Rejected { why: why.to_owned(), name });
            }
            events.lines.push(line.to_owned());
        } else if rest.starts_with("kernel is locked down, ignoring table override") {
            events.locked_down = Some(line.to_owned());
            events.lines.push(line.to_owned());
        } else if let Some(what) = rest.strip_prefix("Table Upgrade: ") {
            self.installs = what.starts_with("install");
            let name = what.split_once('[').and_then(|(_, name)| name.as_bytes().get(..4)?.try_into().ok());
            events.announced.extend(name.map(Signature));
            events.lines.push(line.to_owned());
        } else if rest.starts_with("Ignoring installation") {
            self.installs = false;
        } else if let Some(name) = rest.strip_prefix("Override [") {
            events
                .announced
                .extend(name.as_bytes().get(..4).and_then(|name| name.try_into().ok()).map(Signature));
            events.lines.push(line.to_owned());
        } else if let Some((place, copy)) = rest.split_once(" Physical table override, new table: ") {
            let parts = place.split_once(' ').and_then(|(name, at)| {
                let signature = Signature(name.as_bytes().try_into().ok()?);
                Some(Replaced { signature, firmware: hex(at)?, copy: hex(copy)? })
            });
            events.replaced.extend(parts);
            events.lines.push(line.to_owned());
        } else if let Some(entry) = rest.strip_prefix("SRAT: Node ") {
            events.srat.extend(srat_line(entry));
        } else if !self.running
            && let Some(table) = table_line(rest)
        {
            if std::mem::take(&mut self.installs) {
                events.installed.push((table.signature, table.address));
            }
            events.tables.push(table);
        }
    }

    /// `DMA      [mem 0x0000000000001000-0x0000000000ffffff]` or `Normal   empty`.
    fn zone(&mut self, line: &str) {
        let Some((name, rest)) = line.split_once(' ') else { return };
        self.events.zone_ranges.extend(mem(rest).map(|range| (name.to_owned(), range)));
    }
}

/// `[mem 0x0000000000001000-0x0000000000ffffff]`; `None` for one that runs backward.
fn mem(text: &str) -> Option<Range<u64>> {
    let (start, last) = text.trim().strip_prefix("[mem ")?.strip_suffix(']')?.split_once('-')?;
    let range = hex(start)?..hex(last)?.checked_add(1)?;
    (range.start < range.end).then_some(range)
}

/// A line that lists a table: `SRAT 0x000000000010006C 0000E0 (v03 ...`.
fn table_line(rest: &str) -> Option<LoggedTable> {
    let signature = rest.get(..4)?.as_bytes().try_into().ok().map(Signature)?;
    let mut words = rest.get(4..)?.split_whitespace();
    let address = words.next().filter(|word| word.trim_start_matches("0x").len() == 16)?;
    let length = hex(words.next()?)?.try_into().ok()?;
    let is_root = matches!(&signature.0, b"RSDP" | b"RSDT" | b"XSDT");
    (!is_root).then_some(LoggedTable { signature, address: hex(address)?, length })
}

/// `0 PXM 0 [mem 0x00000000-0x0009ffff] hotplug non-volatile`.
fn srat_line(text: &str) -> Option<SratLine> {
    let (node, rest) = text.split_once(" PXM ")?;
    let (pxm, rest) = rest.split_once(" [mem ")?;
    let (range, flags) = rest.split_once(']')?;
    let (start, last) = range.split_once('-')?;
    Some(SratLine {
        node: node.parse().ok()?,
        pxm: pxm.parse().ok()?,
        start: hex(start)?,
        last: hex(last)?,
        hotpluggable: flags.split_whitespace().any(|flag| flag == "hotplug"),
        non_volatile: flags.split_whitespace().any(|flag| flag == "non-volatile"),
    })
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_behind_one_that_is_ignored_is_the_firmwares() {
        let events = parse(
            "Linux version 6.1.0\n\
             ACPI: Table Upgrade: install [SSDT-MADE  -MADETEST]\n\
             ACPI: Ignoring installation of SSDT at 000000007FFDE128\n\
             ACPI: MCFG 0x000000007FFE2400 00003C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n",
        );
        assert_eq!((events.tables.len(), events.installed.len()), (1, 0));
    }

    const LOG: &str = "\
[    0.000000] Linux version 6.1.0-50-amd64 (debian) #1 SMP
[    0.014407] ACPI: SLIT ACPI table found in initrd [kernel/firmware/acpi/slit.aml][0x6c]
[    0.014498] ACPI: SRAT ACPI table found in initrd [kernel/firmware/acpi/srat.aml][0xe0]
[    0.014499] ACPI: ACPI OVERRIDE: Unknown signature [kernel/firmware/acpi/oem1.aml]
[    0.017787] ACPI: Table Upgrade: override [SRAT-BOCHS -BXPC    ]
[    0.017876] ACPI: SRAT 0x000000003FFE1A90 Physical table override, new table: 0x000000000010006C
[    0.018040] ACPI: SRAT 0x000000000010006C 0000E0 (v03 BOCHS  BXPC     00000002 ORCL 00000001)
[    0.018495] ACPI: Table Upgrade: install [SLIT-BOCHS -BXPC    ]
[    0.018541] ACPI: SLIT 0x0000000000100000 00006C (v01 BOCHS  BXPC     00000002 ORCL 00000001)
[    0.021143] ACPI: SRAT: Node 1 PXM 1 [mem 0x00000000-0x20fcbfff] hotplug
[    0.021316] ACPI: SRAT: Node 0 PXM 0 [mem 0x20fcc000-0x295f3fff]
[    0.027674] Zone ranges:
[    0.027714]   DMA      [mem 0x0000000000001000-0x0000000000ffffff]
[    0.027714]   Normal   empty
[    0.027714] Movable zone start for each node
[    0.027714]   Node 2: 0x0000000140000000
[    0.027714] Early memory node ranges
[    0.027714]   node   1: [mem 0x0000000000001000-0x000000000009efff]
[    0.700000] Initramfs unpacking failed: broken padding
";

    #[test]
    fn a_boot_with_an_override_is_read() {
        let events = parse(LOG);
        assert_eq!(events.lines.len(), 6);
        let srat = Found { signature: Signature(*b"SRAT"), name: "srat.aml".into(), length: 0xe0 };
        assert_eq!(events.found[1], srat);
        assert_eq!(events.rejected, [Rejected { why: "Unknown signature".into(), name: "oem1.aml".into() }]);
        let replaced = Replaced { signature: Signature(*b"SRAT"), firmware: 0x3ffe_1a90, copy: 0x10_006c };
        assert_eq!(events.replaced, [replaced]);
        assert_eq!(events.installed, [(Signature(*b"SLIT"), 0x10_0000)]);
        let at: Vec<_> = events.tables.iter().map(|table| (table.address, table.length)).collect();
        assert_eq!(at, [(0x10_006c, 0xe0), (0x10_0000, 0x6c)]);
        assert_eq!(events.announced, [Signature(*b"SRAT"), Signature(*b"SLIT")]);
        assert_eq!(
            events.srat.iter().map(|line| (line.node, line.last, line.hotpluggable)).collect::<Vec<_>>(),
            [(1, 0x20fc_bfff, true), (0, 0x295f_3fff, false)]
        );
        assert_eq!(events.zone_ranges, [("DMA".to_owned(), 0x1000..0x100_0000)]);
        assert_eq!(events.memory, [(1, 0x1000..0x9f000)]);
        assert_eq!((events.movable_start, events.has_zones), (vec![(2, 5 << 30)], true));
        assert_eq!(events.unpacking_failed.as_deref(), Some("Initramfs unpacking failed: broken padding"));
        assert_eq!((events.locked_down, events.srat_refused), (None, None));
    }

    #[test]
    fn the_last_boot_counts_and_old_words_are_known() {
        let old = "Linux version 4.4.0\nSRAT ACPI table found in initrd [kernel/firmware/acpi/srat.aml][0xe0]\n\
                   ACPI: Override [SRAT-BXPC    ], this is unsafe: tainting kernel\n";
        let events = parse(&format!("{LOG}{old}"));
        assert_eq!((events.found.len(), events.announced.len(), events.srat.len()), (1, 1, 0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(ACPI: \\PC{0,30}\n|  \\PC{0,20}\n|Zone ranges:\n|ACPI: Table Upgrade: \\PC{0,9}\n){0,9}") {
            parse(&text);
        }
    }
}
