//! Stage 3, installation: the root table's entries become the kernel's list of tables, and tables of the archive take the
//! place of those whose identity they share.
//!
//! Three flows do that in different orders ([`Flow`]); what replaces what is the release's matter and the same in all
//! of them. [`firmware`] says what there is to install, `state` holds the list, `replace` has the rule of identity, `fadt`
//! follows the FADT's pointers, `leftovers` adds what nothing matched, `late` is what happens once there is memory to
//! allocate. `interleaved` and [`two_step`] are the flows; the second reads an SRAT first ([`two_step::early`]).
//!
//! # Kernel
//! `acpi_tb_parse_root_table`, `acpi_tb_parse_fadt`, `acpi_tb_install_standard_table`, `acpi_tb_override_table` (ACPICA),
//! `acpi_table_initrd_override` and `acpi_table_initrd_scan` in drivers/acpi/tables.c, 4.7 to 7.3; drivers/acpi/osl.c before.

mod fadt;
pub mod firmware;
mod interleaved;
mod late;
mod leftovers;
mod lines;
pub mod order;
mod replace;
mod state;
pub mod two_step;

pub use firmware::{Firmware, FirmwareTable, OrderSource, Roots};
pub use late::{is_in_ram, next_dynamic_ssdt, sysfs_names};
pub use lines::UNKNOWN_ADDRESS;
pub use two_step::early::EarlySrat;

use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::bytes::u32_at;
use crate::container::initrd::held::View;
use crate::foreign::Foreign;
use crate::phrase::words;
use crate::table::Signature;
use state::State;

/// The kernel's list has room for this many tables while it is filled.
///
/// # Kernel
/// `ACPI_MAX_TABLES` in drivers/acpi/tables.c; the list grows only once memory can be allocated.
const EARLY_LIST_LEN: usize = 128;

const FACP: Signature = Signature(*b"FACP");
const FACS: Signature = Signature(*b"FACS");
pub(in crate::boot) const DSDT: Signature = Signature(*b"DSDT");
const SSDT: Signature = Signature(*b"SSDT");
const MADT: Signature = Signature(*b"APIC");
const RSDT: Signature = Signature(*b"RSDT");
const XSDT: Signature = Signature(*b"XSDT");

words! {
    /// In which order tables are installed and replaced.
    #[derive(Default)]
    pub enum Flow {
        /// Since 4.3: one list that grows; a table is replaced just before it is entered, DSDT and FACS follow the FADT.
        #[default]
        Current = "current",
        /// Up to 4.2: slots 0 and 1 belong to DSDT and FACS, the entries of the root table follow from 2 on; each is entered and
        /// then replaced before the next one is looked at.
        OneByOne = "one-by-one",
        /// The series of August 2013 that was never merged: all tables of the firmware first, then the SRAT is looked up
        /// for memblock, then all are replaced.
        TwoStep = "two-step",
    }
}

impl Flow {
    /// The flow that a release has.
    pub fn of(release: &Release) -> Flow {
        if release.has(Change::MODERN_INSTALL) { Flow::Current } else { Flow::OneByOne }
    }
}

/// Where a table of the list comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// This table of the firmware.
    Firmware(usize),
    /// This accepted table of the archive.
    Archive(usize),
}

/// One table of the kernel's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installed {
    /// Place in the kernel's list.
    pub slot: usize,
    /// Which table it is.
    pub origin: Origin,
    /// The firmware table that it replaced, if it did.
    pub replaced: Option<usize>,
    /// Physical address, where it is known.
    pub address: Option<u64>,
    /// The earlier slot with the same bytes, for which the kernel takes this one from the list again once it can allocate
    /// memory.
    pub copy_of: Option<usize>,
}

/// What became of an accepted table of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableOutcome {
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

impl TableOutcome {
    /// The same with another number for the firmware's table that it met.
    pub fn with_firmware(self, place: impl Fn(usize) -> usize) -> TableOutcome {
        match self {
            TableOutcome::Override(index) => TableOutcome::Override(place(index)),
            TableOutcome::Dropped { firmware, revision } => {
                TableOutcome::Dropped { firmware: place(firmware), revision }
            }
            other => other,
        }
    }

    /// The firmware table that it met.
    pub fn firmware(self) -> Option<usize> {
        match self {
            TableOutcome::Override(index) | TableOutcome::Dropped { firmware: index, .. } => Some(index),
            TableOutcome::Install | TableOutcome::Unused(_) => None,
        }
    }
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
    /// The kernel's list was full.
    NoRoom,
    /// A table of the list has the same bytes.
    Copy,
}

impl Unused {
    /// The reason in words.
    pub fn why(self) -> &'static str {
        match self {
            Unused::RootTable => "nothing looks for a replaced root table",
            Unused::AcpiOff => "acpi=off",
            Unused::NoStaticSsdt => "acpi_no_static_ssdt",
            Unused::NoMatch => "no firmware table has its signature and OEM table ID",
            Unused::NoMemory => "there is no memory for the copy",
            Unused::Copy => "a table of the list has the same bytes",
            Unused::NoRoom => "the kernel's early list holds 128 tables and is full",
        }
    }
}

/// What happened in a step. Those that findings hang on have a name of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The kernel reads no root table, and goes on without ACPI.
    SwitchedOff,
    /// The list has no room for this many entries of the root table.
    CutOff(usize),
    /// The list has no room for a table; what it is.
    Lost(Foreign),
    /// The FADT names a table that is not known: its signature and where.
    NotKnown(Signature, u64),
    /// Anything else.
    Said(Foreign),
}

impl Event {
    /// The event in words.
    pub fn words(&self) -> Foreign {
        match self {
            Event::SwitchedOff => "no table is installed: ACPI is switched off".into(),
            Event::CutOff(entries) => Foreign::from(format_args!("the last {entries} entries are cut off")),
            Event::Lost(what) => what.clone() + " is lost",
            Event::NotKnown(name, address) => {
                Foreign::from("the ") + *name + format_args!(" at {address:#x} is not known and left out")
            }
            Event::Said(text) => text.clone(),
        }
    }
}

impl From<Foreign> for Event {
    fn from(text: Foreign) -> Self {
        Event::Said(text)
    }
}

impl From<String> for Event {
    fn from(text: String) -> Self {
        Event::Said(text.into())
    }
}

impl From<&str> for Event {
    fn from(text: &str) -> Self {
        Event::Said(text.into())
    }
}

/// One thing that happened, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The phase of the boot that it is a part of.
    pub phase: Phase,
    /// The kernel's function that does it.
    pub function: &'static str,
    /// Place in the list, where the step put or looked at one.
    pub table: Option<usize>,
    /// The accepted table of the archive that it is about.
    pub archive: Option<usize>,
    /// What the kernel does there.
    pub event: Event,
    /// The reason, in words for people.
    pub why: Foreign,
}

/// The phases of installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
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

/// The list of tables, and how it came about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installation {
    /// The kernel's list in the order of its slots; empty slots are left out.
    pub list: Vec<Installed>,
    /// How many slots the list has, empty ones counted.
    pub slots: usize,
    /// The slot of the DSDT that the FADT selected.
    pub dsdt: Option<usize>,
    /// The slots of the FACS that the FADT selected.
    pub facs: Vec<usize>,
    /// The slot of the MADT that is read.
    pub madt: Option<usize>,
    /// The firmware's tables in the order in which they were held against the archive.
    pub visits: Vec<usize>,
    /// The slots that a second call of the step that replaces would change; only where the flow has such a step.
    pub changed_by_second_call: Option<Vec<usize>>,
    /// The width of integers in AML, 32 or 64 bits, by the revision of the DSDT that set it.
    pub aml_integer_bits: Option<u8>,
    /// Whether the kernel taints itself for an override.
    pub tainted: bool,
    /// What became of each accepted table, in archive order.
    pub outcomes: Vec<TableOutcome>,
    /// What the kernel does with each table, in its order.
    pub trace: Vec<Step>,
    /// The kernel's lines about overrides and additions, in order; raw bytes of the tables are escaped, and
    /// [`UNKNOWN_ADDRESS`] stands for addresses that are not known.
    pub log: Vec<String>,
    /// All of the kernel's lines about its list: those of `log`, and one for each table.
    pub kernel_lines: Vec<String>,
    /// Where in all this the initrd was looked through for tables.
    pub upgrade_at: Mark,
}

/// A point of time during installation: how much there was by then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    /// How many steps of [`Installation::trace`] there were.
    pub steps: usize,
    /// How many lines of [`Installation::log`] there were.
    pub log: usize,
    /// How many lines of [`Installation::kernel_lines`] there were.
    pub kernel_lines: usize,
}

/// The accepted tables of an archive where the kernel copied them: back to back from `base`.
#[derive(Debug, Clone, Default)]
pub struct Archive<'a> {
    /// The tables in archive order.
    pub tables: Vec<&'a [u8]>,
    /// Their names below kernel/firmware/acpi/.
    pub names: Vec<Foreign>,
    /// Address of the copy, where it is known.
    pub base: Option<u64>,
    /// Whether there was no memory for the copy, so that nothing of it is used.
    pub lost: bool,
}

impl Archive<'_> {
    /// Where the kernel put a table, if that is known.
    pub fn address(&self, index: usize) -> Option<u64> {
        let before: usize = self.tables.iter().take(index).map(|table| table.len()).sum();
        self.base?.checked_add(before as u64)
    }

    /// The bytes of all tables together.
    pub fn len(&self) -> usize {
        self.tables.iter().map(|table| table.len()).sum()
    }

    /// Whether there is no table.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// What installation works with.
#[derive(Debug, Clone, Copy)]
pub struct Boot<'a> {
    /// What the firmware offers.
    pub firmware: &'a Firmware,
    /// The accepted tables of the archive.
    pub archive: &'a Archive<'a>,
    /// The initrd that the archive stands in.
    pub initrd: Option<View<'a>>,
    /// The command line, of which options of ACPI count.
    pub line: &'a Cmdline,
    /// The release whose rules hold.
    pub release: &'a Release,
    /// The order of things.
    pub flow: Flow,
}

/// Installs the firmware's tables and the archive's in the order of a flow, by the rules of a release. `early` is the SRAT
/// that the two-step flow has read before.
pub fn install(boot: &Boot<'_>, early: Option<&EarlySrat>) -> Installation {
    let mut state = State::new(boot);
    if boot.line.acpi_off {
        state.leave_unused(Unused::AcpiOff);
        if let Some(early) = early {
            two_step::without_acpi(&mut state, early);
        }
        state.step(Phase::Install, "acpi_boot_table_init", None, "no table is installed", "acpi=off");
        return state.finish();
    }
    if boot.archive.lost {
        state.leave_unused(Unused::NoMemory);
    }
    match boot.flow {
        Flow::Current | Flow::OneByOne => interleaved::run(&mut state),
        Flow::TwoStep => two_step::run(&mut state, early),
    }
    state.leftovers();
    late::choose_madt(&mut state);
    late::verify_sums(&mut state);
    late::remove_copies(&mut state);
    late::copy_dsdt(&mut state);
    state.finish()
}

fn signature(table: &[u8]) -> Signature {
    Signature(crate::bytes::array_at(table, 0).unwrap_or_default())
}

/// Whether all bytes that a table's header claims are there: of some tables only the header was recorded.
fn is_whole(table: &[u8]) -> bool {
    u32_at(table, 4).is_some_and(|length| table.len() as u64 >= u64::from(length))
}

/// A table's bytes up to the length in its header, or all where that claims more.
fn content(table: &[u8]) -> &[u8] {
    u32_at(table, 4).and_then(|length| table.get(..usize::try_from(length).ok()?)).unwrap_or(table)
}
