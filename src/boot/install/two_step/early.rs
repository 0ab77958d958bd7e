//! The SRAT that the two-step flow reads before memblock hands out memory: one of the initrd, else the firmware's.
//!
//! It is chosen by its signature alone, while the replacement in step 2 wants the identity of the firmware's table; and of
//! its entries only the hot-pluggable mark is read. So it can be another table than the SRAT that the nodes are made
//! from, or say something else.
//!
//! # Kernel
//! `find_hotpluggable_memory` (mm/memory_hotplug.c), `early_acpi_override_srat`, `early_acpi_firmware_srat` and
//! `acpi_hotplug_mem_affinity` (drivers/acpi/osl.c) of the series of August 2013 for 3.11, as posted; never merged.

use crate::boot::install::{Boot, Event, Flow, Phase, Step, firmware};
use crate::boot::kernel::release::Change;
use crate::boot::stages::memblock::Reservation;
use crate::boot::stages::upgrade::{self, Examined};
use crate::container::cpio::early::{ACPI_PREFIX, Scan};
use crate::foreign::Foreign;
use crate::memory::Ranges;
use crate::memory::range::overlap;
use crate::table::entries::Entries;
use crate::table::srat::{Affinity, ENTRIES_AT, MemoryFlags};
use std::ops::Range;

/// How much can be mapped so early (`NR_FIX_BTMAPS` pages): the initrd is searched in windows of this length.
const WINDOW: usize = 64 << 12;
/// `PAGE_SIZE`.
const PAGE: usize = 1 << 12;

/// Where the early SRAT comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EarlyOrigin {
    /// A file of the initrd.
    Initrd {
        /// Offset of its bytes in the initrd.
        data_at: usize,
        /// Its name in the archive.
        path: Foreign,
    },
    /// This table of the firmware.
    Firmware(usize),
}

/// A hot-pluggable memory entry of the early SRAT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyEntry {
    /// Which entry of the SRAT it is, all types counted from 0.
    pub entry: u32,
    /// Its memory; `None` where it is empty or wraps.
    pub range: Option<Range<u64>>,
    /// Whether it is enabled: NUMA takes no other, this search does not look.
    pub enabled: bool,
    /// What is reserved in its memory already, so that memblock does not keep out of it.
    pub holder: Option<String>,
}

/// What the series as posted trips over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyFault {
    /// The search goes on behind a file that is no SRAT: the next window begins in the middle of a page, needs 65 pages and
    /// cannot be mapped.
    SecondWindow {
        /// Offset of the window.
        at: usize,
    },
    /// The SRAT's length is no multiple of 4, and its address is reckoned back from the padding behind it.
    Shifted {
        /// By how many bytes.
        by: usize,
    },
    /// The table is longer than can be mapped.
    TooLong,
}

impl EarlyFault {
    /// What happens, in a sentence.
    pub fn text(self) -> String {
        match self {
            EarlyFault::SecondWindow { at } => format!(
                "a second window, at {at:#x}, does not begin at a page: as posted, early_ioremap refuses its 65 pages and the boot dies"
            ),
            EarlyFault::Shifted { by } => format!(
                "the table's length is not a multiple of 4: as posted, the kernel reads it {by} bytes too far on"
            ),
            EarlyFault::TooLong => {
                "more than 256 KiB: as posted, early_ioremap refuses it and the boot dies".to_owned()
            }
        }
    }
}

/// The SRAT for memblock, and how it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlySrat {
    /// Which table it is; `None` when there is none.
    pub origin: Option<EarlyOrigin>,
    /// Its hot-pluggable entries, in order.
    pub entries: Vec<EarlyEntry>,
    /// What the series as posted trips over on the way; the search here goes on as it was meant.
    pub faults: Vec<EarlyFault>,
    /// Whether memblock keeps out of the marked memory: only with movable_node.
    pub is_used: bool,
    /// What the kernel does to find it, in its order.
    pub trace: Vec<Step>,
    /// The kernel's lines about files that it passed over; names as they are in the archive.
    pub log: Vec<String>,
}

impl EarlySrat {
    /// The early SRAT of a boot with the two-step flow, `None` for other flows. `reserved` is what lies at fixed
    /// places in memory.
    pub fn of(boot: &Boot<'_>, reserved: &[Reservation]) -> Option<EarlySrat> {
        if boot.flow != Flow::TwoStep {
            return None;
        }
        // The series brought the option with it, under a name of its own at first.
        let is_used = ["movable_node", "movablenode"].iter().any(|own| boot.line.last(own).is_some());
        let mut early = EarlySrat { is_used, ..EarlySrat::default() };
        let table = match early.in_initrd(boot) {
            Some(table) => Some(table),
            None => early.in_firmware(boot),
        };
        if let Some(table) = table {
            early.read(table, reserved);
        }
        early.start_memblock();
        Some(early)
    }

    /// The memory that memblock keeps out of.
    pub fn avoided(&self) -> Ranges {
        let mut all = Ranges::default();
        let free = |entry: &&EarlyEntry| self.is_used && entry.holder.is_none();
        self.entries
            .iter()
            .filter(free)
            .filter_map(|entry| entry.range.clone())
            .for_each(|range| all.insert(range));
        all
    }

    fn step(&mut self, function: &'static str, event: impl Into<Event>, why: impl Into<Foreign>) {
        let (event, why) = (event.into(), why.into());
        self.trace.push(Step { phase: Phase::EarlySrat, function, table: None, archive: None, event, why });
    }

    fn fault(&mut self, function: &'static str, fault: EarlyFault) {
        self.faults.push(fault);
        self.step(function, "the series has a flaw here", fault.text());
    }

    /// The first SRAT of the initrd that passes the archive's own checks.
    fn in_initrd<'a>(&mut self, boot: &Boot<'a>) -> Option<&'a [u8]> {
        const FUNCTION: &str = "early_acpi_override_srat";
        let Some(initrd) = boot.initrd.filter(|initrd| !initrd.is_empty()) else {
            self.step(FUNCTION, "no SRAT in the initrd", "there is no initrd");
            return None;
        };
        let mut at = 0;
        for number in 0..boot.release.max_files {
            let rest = initrd.part(at as u64..u64::MAX);
            let window = rest.part(0..WINDOW as u64);
            if number > 0 && at % PAGE != 0 && self.faults.is_empty() {
                self.fault(FUNCTION, EarlyFault::SecondWindow { at });
            }
            let mut scan = Scan::at_address(window, ACPI_PREFIX, at as u64);
            let Some(entry) = scan.find(|entry| entry.matched.is_some()) else {
                let more =
                    Scan::at_address(rest, ACPI_PREFIX, at as u64).any(|entry| entry.matched.is_some());
                let why = match (more, number) {
                    (true, _) => format!(
                        "the next file below kernel/firmware/acpi/ ends more than 256 KiB after {at:#x}, and no more is mapped at a time"
                    ),
                    (false, 0) => "no file that Linux looks at below kernel/firmware/acpi/".to_owned(),
                    (false, _) => "none of the files is a SRAT that passes".to_owned(),
                };
                self.step(FUNCTION, "no SRAT in the initrd", why);
                return None;
            };
            let verdict = upgrade::examine(entry.data, &[*b"SRAT"]);
            if verdict != Examined::Accepted {
                let what = if verdict == Examined::UnknownSignature {
                    "Table signature does not match"
                } else {
                    verdict.complaint().unwrap_or_default()
                };
                let reported = entry.matched.map_or(&[][..], |matched| matched.reported);
                self.log.push(upgrade::rejection(what, reported, boot.release.has(Change::PREFIXED)).text);
                let why = if verdict == Examined::UnknownSignature {
                    "its signature is not SRAT".to_owned()
                } else {
                    verdict.to_string()
                };
                self.step("acpi_verify_table", entry.table_name() + " is passed over", why);
                at = at.saturating_add(entry.next_at);
                continue;
            }
            let data_at = at.saturating_add(entry.data_at);
            self.step(
                FUNCTION,
                entry.table_name() + " of the initrd is the early SRAT",
                "it is the first with this signature that passes the archive's checks; no other identity is compared",
            );
            let by = entry.next_at.saturating_sub(entry.data_at).saturating_sub(entry.data.len());
            if by > 0 {
                self.fault(FUNCTION, EarlyFault::Shifted { by });
            }
            self.origin = Some(EarlyOrigin::Initrd { data_at, path: entry.name().into() });
            return initrd.slice(data_at, entry.data.len());
        }
        self.step(
            FUNCTION,
            "no SRAT in the initrd",
            format!("only {} files are examined", boot.release.max_files),
        );
        None
    }

    /// The SRAT of the list that step 1 has made.
    fn in_firmware<'a>(&mut self, boot: &Boot<'a>) -> Option<&'a [u8]> {
        const FUNCTION: &str = "early_acpi_firmware_srat";
        if boot.line.acpi_off {
            self.step(FUNCTION, "no SRAT of the firmware", "acpi=off: step 1 listed no table");
            return None;
        }
        let walk = firmware::walk(boot.firmware, boot.line, boot.release);
        let is_srat = |index: &usize| {
            boot.firmware.tables.get(*index).is_some_and(|table| table.bytes.starts_with(b"SRAT"))
        };
        let listed = walk.entries.iter().filter_map(|entry| entry.table()).filter(|_| walk.failed.is_none());
        let Some(index) = listed.into_iter().find(is_srat) else {
            self.step(FUNCTION, "no SRAT of the firmware", "step 1 listed none");
            return None;
        };
        let table = boot.firmware.tables.get(index)?;
        let at = table.address.map_or_else(String::new, |address| format!(" at {address:#x}"));
        self.step(
            FUNCTION,
            format!("the firmware's SRAT{at} is the early SRAT"),
            "acpi_get_table_desc finds it in the list of step 1",
        );
        self.origin = Some(EarlyOrigin::Firmware(index));
        Some(table.content())
    }

    /// Reads the hot-pluggable entries.
    fn read(&mut self, table: &[u8], reserved: &[Reservation]) {
        const FUNCTION: &str = "acpi_hotplug_mem_affinity";
        if table.len() > WINDOW {
            self.fault("find_hotpluggable_memory", EarlyFault::TooLong);
        }
        let (mut hot, mut disabled) = (0usize, 0usize);
        for (number, entry) in Entries::new(table, ENTRIES_AT).map_while(Result::ok).enumerate() {
            let Affinity::Memory(memory) = Affinity::of(&entry) else { continue };
            if !memory.flags.contains(MemoryFlags::HOT_PLUGGABLE) {
                continue;
            }
            let range = memory.range();
            let in_the_way = range
                .as_ref()
                .and_then(|range| reserved.iter().find(|piece| overlap(&piece.range, range).is_some()));
            hot += 1;
            disabled += usize::from(!memory.is_enabled());
            self.entries.push(EarlyEntry {
                entry: u32::try_from(number).unwrap_or(u32::MAX),
                range,
                enabled: memory.is_enabled(),
                holder: in_the_way.map(|piece| piece.holder.name()),
            });
        }
        let what = match hot {
            0 => "no memory is hot-pluggable".to_owned(),
            1 => "1 entry is hot-pluggable".to_owned(),
            several => format!("{several} entries are hot-pluggable"),
        };
        let why = match disabled {
            0 => "only the mark HOT_PLUGGABLE is looked at, not ENABLED".to_owned(),
            _ => format!("only the mark HOT_PLUGGABLE is looked at: {disabled} of them not enabled"),
        };
        self.step(FUNCTION, what, why);
    }

    fn start_memblock(&mut self) {
        const FUNCTION: &str = "find_hotpluggable_memory";
        let shown = |entry: &EarlyEntry| {
            let at = entry.range.as_ref().map_or_else(
                || "an empty range".to_owned(),
                |range| format!("{:#x}-{:#x}", range.start, range.end.saturating_sub(1)),
            );
            format!("entry {} ({at})", entry.entry)
        };
        let held: Vec<(String, String)> =
            self.entries.iter().filter_map(|entry| Some((shown(entry), entry.holder.clone()?))).collect();
        if self.is_used {
            for (entry, holder) in held {
                self.step(FUNCTION, format!("{entry} stays the kernel's"), format!("it holds the {holder}"));
            }
        }
        let avoided = self.avoided();
        let event = match (self.is_used, avoided.is_empty()) {
            (true, false) => {
                format!("memblock starts, and keeps out of {} hot-pluggable ranges", avoided.iter().count())
            }
            _ => "memblock starts, free to hand out any memory".to_owned(),
        };
        let why = match (self.is_used, self.entries.is_empty()) {
            (false, false) => "without movable_node the marks have no effect",
            (_, true) => "nothing is marked",
            (true, false) if avoided.is_empty() => "all that is marked holds something already",
            (true, false) => "movable_node: nothing of the kernel's is put there any more",
        };
        self.step(FUNCTION, event, why);
    }
}
