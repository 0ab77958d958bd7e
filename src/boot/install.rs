//! Stage 3, installation: the root table's entries become the kernel's list of tables, and tables of the archive take the
//! place of those whose identity they share.
//!
//! # Kernel
//! `acpi_tb_parse_root_table`, `acpi_tb_parse_fadt`, `acpi_tb_install_standard_table`, `acpi_tb_override_table` (ACPICA),
//! `acpi_table_initrd_override` and `acpi_table_initrd_scan` in drivers/acpi/tables.c; 4.7 to 7.3.

use super::cmdline::Cmdline;
use super::release::Release;
use crate::bytes::{escape, u32_at};
use crate::table::fadt::Fadt;
use crate::table::{Header, Identity, Signature};
use std::collections::HashMap;

/// The kernel's list has room for this many tables while it is filled from firmware.
const EARLY_LIST_LEN: usize = 128;
const FACP: Signature = Signature(*b"FACP");
const FACS: Signature = Signature(*b"FACS");
const DSDT: Signature = Signature(*b"DSDT");
const SSDT: Signature = Signature(*b"SSDT");
const RSDT: Signature = Signature(*b"RSDT");
const XSDT: Signature = Signature(*b"XSDT");

/// A table of the firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareTable {
    /// Physical address, where it is known.
    pub address: Option<u64>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl FirmwareTable {
    /// The signature: the first four bytes, zeros where they are missing.
    pub fn signature(&self) -> Signature {
        signature(&self.bytes)
    }
}

/// What the order of the firmware's tables rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderSource {
    /// The machine's recorded root table.
    RootTable,
    /// The kernel's log of an earlier boot.
    Log,
    /// Neither is there: the FADT first, then the order of names.
    #[default]
    Usual,
}

/// The firmware's tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Firmware {
    /// All tables, those of the root table in its order.
    pub tables: Vec<FirmwareTable>,
    /// What the order rests on.
    pub order: OrderSource,
}

/// Where a table of the list comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This table of the firmware.
    Firmware(usize),
    /// This accepted table of the archive.
    Archive(usize),
}

/// One table of the kernel's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installed {
    /// Which table it is.
    pub origin: Origin,
    /// The firmware table that it replaced, if it did.
    pub replaced: Option<usize>,
    /// Physical address, where it is known.
    pub address: Option<u64>,
}

/// What became of an accepted table of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It replaced this table of the firmware.
    Override(usize),
    /// It was installed as a further table.
    Install,
    /// It has the identity of a firmware table and is not newer: neither replaced nor installed.
    Dropped {
        /// The firmware table.
        firmware: usize,
        /// That table's OEM revision.
        revision: u32,
    },
    /// It was copied and never used.
    Unused(Unused),
}

/// Why an accepted table was never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unused {
    /// A root table: no code looks for its replacement.
    RootTable,
    /// ACPI is off.
    AcpiOff,
    /// `acpi_no_static_ssdt`.
    NoStaticSsdt,
    /// The kernel replaces tables and installs none, and no firmware table matches.
    NoMatch,
    /// There is no memory for the copies.
    NoMemory,
}

/// One thing that happened, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In which phase.
    pub phase: Phase,
    /// Place in the list, where the step put or looked at one.
    pub table: Option<usize>,
    /// What happened and why; safe to print.
    pub event: String,
}

/// The phases of installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Tables are taken from the initrd.
    Upgrade,
    /// A firmware table gets its place in the list.
    Install,
    /// A table of the archive is held against a firmware table.
    Override,
    /// The SRAT is looked up before memory is allocated (two-step flow).
    EarlySrat,
    /// What is left of the archive is installed.
    InstallNew,
}

impl Phase {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Upgrade => "upgrade",
            Phase::Install => "install",
            Phase::Override => "override",
            Phase::EarlySrat => "early-srat",
            Phase::InstallNew => "install-new",
        }
    }
}

/// The list of tables, and how it came about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installation {
    /// The kernel's list.
    pub list: Vec<Installed>,
    /// What became of each accepted table, in archive order.
    pub fates: Vec<Fate>,
    /// Step by step.
    pub trace: Vec<Step>,
    /// The kernel's lines about overrides and additions, in order; raw bytes of the tables are escaped.
    pub log: Vec<String>,
}

fn signature(table: &[u8]) -> Signature {
    Signature(crate::bytes::array_at(table, 0).unwrap_or_default())
}

/// The accepted tables of an archive where the kernel copied them: back to back from `base`.
#[derive(Debug, Clone, Default)]
pub struct Archive<'a> {
    /// The tables in archive order.
    pub tables: Vec<&'a [u8]>,
    /// Address of the copy, where it is known.
    pub base: Option<u64>,
}

impl Archive<'_> {
    fn address(&self, index: usize) -> Option<u64> {
        let before: usize = self.tables.iter().take(index).map(|table| table.len()).sum();
        self.base?.checked_add(before as u64)
    }
}

/// The order in which a flow visits tables, and how it matches.
struct Installer<'a> {
    firmware: &'a Firmware,
    archive: &'a Archive<'a>,
    line: &'a Cmdline,
    release: &'a Release,
    used: Vec<bool>,
    done: Installation,
    fates: Vec<Option<Fate>>,
    /// Tables by address, for the pointers of the FADT.
    by_address: HashMap<u64, usize>,
}

/// Installs the firmware's tables and the archive's, as the release does it.
pub fn install(
    firmware: &Firmware,
    archive: &Archive<'_>,
    line: &Cmdline,
    release: &Release,
) -> Installation {
    let count = archive.tables.len();
    if line.acpi_off {
        let unused = Fate::Unused(Unused::AcpiOff);
        return Installation { fates: vec![unused; count], ..Installation::default() };
    }
    let by_address = firmware
        .tables
        .iter()
        .enumerate()
        .filter_map(|(index, table)| Some((table.address?, index)))
        .collect();
    let mut installer = Installer {
        firmware,
        archive,
        line,
        release,
        used: vec![false; count],
        done: Installation::default(),
        fates: vec![None; count],
        by_address,
    };
    installer.root();
    installer.leftovers();
    let fates = installer.fates.iter().map(|fate| fate.unwrap_or(Fate::Unused(Unused::NoMatch))).collect();
    Installation { fates, ..installer.done }
}

impl Installer<'_> {
    fn bytes(&self, origin: Origin) -> &[u8] {
        match origin {
            Origin::Firmware(index) => self.firmware.tables.get(index).map_or(&[], |table| &table.bytes),
            Origin::Archive(index) => self.archive.tables.get(index).copied().unwrap_or_default(),
        }
    }

    fn step(&mut self, phase: Phase, table: Option<usize>, event: String) {
        self.done.trace.push(Step { phase, table, event });
    }

    /// The entries of the root table; the FADT brings DSDT and FACS in as soon as it is installed itself.
    fn root(&mut self) {
        for index in 0..self.firmware.tables.len() {
            let Some(table) = self.firmware.tables.get(index) else { return };
            if matches!(table.signature(), DSDT | FACS) {
                continue;
            }
            let is_fadt = table.signature() == FACP;
            let place = self.one(index);
            if is_fadt && let Some(place) = place {
                self.fadt(place);
            }
        }
    }

    /// Installs one table of the firmware, or what replaces it: its place in the list.
    fn one(&mut self, index: usize) -> Option<usize> {
        let table = self.firmware.tables.get(index)?;
        let (name, address) = (table.signature(), table.address);
        if name == SSDT && self.line.acpi_no_static_ssdt {
            self.step(Phase::Install, None, "SSDT ignored: acpi_no_static_ssdt".into());
            return None;
        }
        if self.done.list.len() >= EARLY_LIST_LEN {
            let event = format!("{name} lost: the kernel's early list holds {EARLY_LIST_LEN} tables");
            self.step(Phase::Install, None, event);
            return None;
        }
        let place = self.done.list.len();
        let at = address.map_or_else(String::new, |address| format!(" at {address:#x}"));
        self.step(Phase::Install, Some(place), format!("{name}{at} from firmware"));
        let mut installed = Installed { origin: Origin::Firmware(index), replaced: None, address };
        if let Some(archive) = self.matching(index, place) {
            installed = Installed {
                origin: Origin::Archive(archive),
                replaced: Some(index),
                address: self.archive.address(archive),
            };
            self.log_override(index, archive);
        }
        self.done.list.push(installed);
        Some(place)
    }

    /// The table of the archive that replaces a firmware table: the first in archive order that matches.
    fn matching(&mut self, index: usize, place: usize) -> Option<usize> {
        let existing = Header::parse(self.bytes(Origin::Firmware(index)))?;
        for candidate in 0..self.archive.tables.len() {
            let Some(new) = Header::parse(self.bytes(Origin::Archive(candidate))) else { continue };
            if !self.same(&existing.identity(), &new.identity()) {
                continue;
            }
            if !self.release.exact_identity {
                self.fate(candidate, Fate::Override(index));
                self.step(
                    Phase::Override,
                    Some(place),
                    format!("archive table {candidate} replaces it: signature and OEM table ID match"),
                );
                return Some(candidate);
            }
            let Some(used) = self.used.get_mut(candidate) else { continue };
            let was_used = std::mem::replace(used, true);
            let (old, revision) = (existing.oem_revision, new.oem_revision);
            if was_used {
                let event =
                    format!("archive table {candidate} matches, but it has been used or dropped already");
                self.step(Phase::Override, Some(place), event);
            } else if old >= revision {
                self.fate(candidate, Fate::Dropped { firmware: index, revision: old });
                let event = format!(
                    "archive table {candidate} matches, but its OEM revision {revision:#x} is not newer than {old:#x}: dropped"
                );
                self.step(Phase::Override, Some(place), event);
            } else {
                self.fate(candidate, Fate::Override(index));
                let event = format!(
                    "archive table {candidate} replaces it: OEM revision {revision:#x} is newer than {old:#x}"
                );
                self.step(Phase::Override, Some(place), event);
                return Some(candidate);
            }
        }
        None
    }

    fn same(&self, one: &Identity, other: &Identity) -> bool {
        if self.release.exact_identity {
            return one == other;
        }
        one.signature == other.signature && one.oem_table_id == other.oem_table_id
    }

    fn fate(&mut self, candidate: usize, fate: Fate) {
        if let Some(place) = self.fates.get_mut(candidate) {
            place.get_or_insert(fate);
        }
    }

    fn log_override(&mut self, index: usize, archive: usize) {
        let address = |address: Option<u64>| format!("0x{:016X}", address.unwrap_or(0));
        let old = address(self.firmware.tables.get(index).and_then(|table| table.address));
        let new = address(self.archive.address(archive));
        let bytes = self.bytes(Origin::Archive(archive));
        let name = signature(bytes);
        let announced = if self.release.exact_identity {
            format!("ACPI: Table Upgrade: override [{}]", ids(bytes))
        } else {
            let id = padded(bytes.get(16..24).unwrap_or_default(), 8);
            format!("ACPI: Override [{name:4}-{id}], this is unsafe: tainting kernel")
        };
        self.done.log.push(announced);
        self.done.log.push(format!("ACPI: {name:4} {old} Physical table override, new table: {new}"));
    }

    /// The FADT in force names the DSDT and the FACS; they take the next places.
    fn fadt(&mut self, place: usize) {
        let Some(installed) = self.done.list.get(place).copied() else { return };
        let bytes = self.bytes(installed.origin).to_vec();
        let Ok(fadt) = Fadt::parse(&bytes) else { return };
        let wide = |address: Option<u64>| address.filter(|address| *address != 0);
        let narrow = |address: Option<u32>| wide(address.map(u64::from));
        let (dsdt, x_dsdt) = (narrow(fadt.dsdt()), wide(fadt.x_dsdt()));
        let dsdt = match (dsdt, x_dsdt) {
            (Some(_), Some(_)) if self.line.acpi_force_32bit_fadt_addr => dsdt,
            (dsdt, x_dsdt) => x_dsdt.or(dsdt),
        };
        self.pointed(place, DSDT, dsdt);
        if fadt.is_hw_reduced() && !self.release.facs_when_hardware_reduced {
            return;
        }
        let facs = [narrow(fadt.firmware_ctrl()), wide(fadt.x_firmware_ctrl())];
        facs.into_iter().flatten().for_each(|address| self.pointed(place, FACS, Some(address)));
    }

    /// Installs the table at an address that the FADT gives. Where addresses are not known, the only table of that kind is
    /// meant as long as the FADT is the firmware's.
    fn pointed(&mut self, fadt: usize, name: Signature, address: Option<u64>) {
        let Some(address) = address else { return };
        let mut of_kind =
            self.firmware.tables.iter().enumerate().filter(|(_, table)| table.signature() == name);
        let only = match (of_kind.next(), of_kind.next()) {
            (Some((index, table)), None) if table.address.is_none_or(|known| known == address) => Some(index),
            _ => None,
        };
        match self.by_address.get(&address).copied().or(only) {
            Some(index) => drop(self.one(index)),
            None => {
                let event =
                    format!("the FADT points to {name} at {address:#x}, where nothing is known to be");
                self.step(Phase::Install, Some(fadt), event);
            }
        }
    }

    /// What no firmware table wanted is installed behind them, unless the release only replaces.
    fn leftovers(&mut self) {
        if !self.release.installs_leftovers {
            return;
        }
        for index in 0..self.archive.tables.len() {
            let bytes = self.bytes(Origin::Archive(index)).to_vec();
            let name = signature(&bytes);
            if matches!(name, RSDT | XSDT) {
                self.fate(index, Fate::Unused(Unused::RootTable));
                self.step(Phase::InstallNew, None, format!("archive table {index} ({name}) is never used"));
                continue;
            }
            if self.used.get(index).copied().unwrap_or(true) {
                continue;
            }
            self.done.log.push(format!("ACPI: Table Upgrade: install [{}]", ids(&bytes)));
            if name == SSDT && self.line.acpi_no_static_ssdt {
                self.fate(index, Fate::Unused(Unused::NoStaticSsdt));
                self.step(
                    Phase::InstallNew,
                    None,
                    format!("archive table {index} (SSDT) ignored: acpi_no_static_ssdt"),
                );
                continue;
            }
            self.fate(index, Fate::Install);
            let place = self.done.list.len();
            let address = self.archive.address(index);
            self.done.list.push(Installed { origin: Origin::Archive(index), replaced: None, address });
            let event = format!(
                "archive table {index} ({name}) replaces nothing and is installed as a further table"
            );
            self.step(Phase::InstallNew, Some(place), event);
        }
    }
}

/// Signature and ids as the kernel's `Table Upgrade` lines show them: up to the first NUL, padded on the left.
fn ids(table: &[u8]) -> String {
    let part = |range: std::ops::Range<usize>| table.get(range).unwrap_or_default();
    format!("{}-{}-{}", padded(part(0..4), 4), padded(part(10..16), 6), padded(part(16..24), 8))
}

fn padded(field: &[u8], width: usize) -> String {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let blanks = width.saturating_sub(text.len());
    format!("{}{}", " ".repeat(blanks), escape(text))
}

/// The names of the tables in /sys/firmware/acpi/tables once the system is up: those of the list that are not a
/// byte-identical copy of an earlier one, numbered where several share a signature. `None` for copies.
///
/// # Kernel
/// `acpi_reallocate_root_table` (ACPICA) and `acpi_table_attr_init` in drivers/acpi/sysfs.c.
pub fn sysfs_names(list: &[Installed], firmware: &Firmware, archive: &Archive<'_>) -> Vec<Option<String>> {
    let bytes = |installed: &Installed| match installed.origin {
        Origin::Firmware(index) => firmware.tables.get(index).map_or(&[][..], |table| table.bytes.as_slice()),
        Origin::Archive(index) => archive.tables.get(index).copied().unwrap_or_default(),
    };
    let cut = |table| -> &[u8] {
        let all: &[u8] = bytes(table);
        u32_at(all, 4).and_then(|length| all.get(..usize::try_from(length).ok()?)).unwrap_or(all)
    };
    let mut seen: HashMap<&[u8], ()> = HashMap::new();
    let kept: Vec<Option<Signature>> = list
        .iter()
        .map(|table| seen.insert(cut(table), ()).is_none().then(|| signature(bytes(table))))
        .collect();
    let mut totals: HashMap<Signature, usize> = HashMap::new();
    kept.iter().flatten().for_each(|name| *totals.entry(*name).or_default() += 1);
    let mut numbers: HashMap<Signature, usize> = HashMap::new();
    kept.iter()
        .map(|name| {
            let name = (*name)?;
            let number = numbers.entry(name).or_default();
            *number += 1;
            let several = totals.get(&name).is_some_and(|total| *total > 1);
            Some(if several { format!("{name}{number}") } else { name.to_string() })
        })
        .collect()
}
