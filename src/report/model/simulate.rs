//! The JSON of `acpihp simulate`.

use super::FindingModel;
use super::plan::orders::OpenOrderModel;
use super::sources::About;
use super::words::{self, TableOrigin};
use crate::boot::derived::compare;
use crate::boot::derived::orders::OpenOrder;
use crate::boot::install::two_step::early::EarlyOrigin;
use crate::boot::install::{
    self, EarlySrat, Flow, Installed, OrderSource, Origin, Phase, TableOutcome, UNKNOWN_ADDRESS,
};
use crate::boot::kernel::build::TableSource;
use crate::boot::kernel::release::Change;
use crate::boot::kernel::signatures;
use crate::boot::stages::upgrade::{self, Upgrade, UpgradeFile};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::finding::Finding;
use crate::foreign::Foreign;
use crate::memory::arch::Arch;
use crate::memory::memmap::Kind;
use crate::table::{Header, Signature};
use serde::Serialize;

mod comparison;

pub use comparison::{ComparisonModel, InvariantModel, LineModel, SlotModel};

/// Which tables end up installed, and how: schema `acpihp.simulate/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Simulation {
    /// `acpihp.simulate/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// Kernel command line.
    pub command_line: Foreign,
    /// The machine's architecture, as Linux names it.
    pub architecture: Arch,
    /// Whether the boot of that architecture is modelled; if not, addresses that Linux chooses and its lines about memory are left out.
    pub modelled: bool,
    /// What the order of the firmware's tables rests on: `root-table`, `log`, `given` or `usual`.
    pub order: OrderSource,
    /// Tables of which nothing says which comes first, and what hangs on it.
    pub open_orders: Vec<OpenOrderModel>,
    /// The boot.
    #[serde(flatten)]
    pub run: Run,
    /// Two boots side by side, where that was asked for.
    pub comparison: Option<ComparisonModel>,
    /// What is worth knowing about this boot's tables.
    pub findings: Vec<FindingModel>,
}

/// What one boot does with the tables.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// Kernel release.
    pub kernel: Foreign,
    /// `current`, `one-by-one` or `two-step`.
    pub flow: Flow,
    /// Every file below kernel/firmware/acpi/ that the kernel can see, in archive order.
    pub archive: Vec<ArchiveFile>,
    /// The kernel's list of tables, in its order, after the archive's additions.
    pub tables: Vec<TableModel>,
    /// How many slots the list has, empty ones counted.
    pub slots: usize,
    /// Slot of the MADT that is read; null without one.
    pub madt_slot: Option<usize>,
    /// The SRAT that is read before memory is handed out; null unless the flow is `two-step`.
    pub early_srat: Option<EarlySratModel>,
    /// Name below /sys/firmware/acpi/tables of the first SSDT that AML loads later, which is numbered on.
    pub next_dynamic_ssdt: String,
    /// Width of integers in AML in bits, by the revision of the DSDT; null without a DSDT.
    pub aml_integer_bits: Option<u8>,
    /// Whether the kernel taints itself for an override.
    pub tainted: bool,
    /// What happened, in order.
    pub trace: Vec<StepModel>,
    /// The kernel's own lines about overrides, in order. An address that nobody can know beforehand is all zeros.
    pub log: Vec<String>,
    /// All of the kernel's lines about its tables, in order: those of `log`, and one for each table.
    pub kernel_lines: Vec<String>,
}

/// The SRAT that the two-step flow reads before memory is handed out.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EarlySratModel {
    /// `initrd`, `firmware` or `none`.
    pub origin: TableOrigin,
    /// The archive's file, where it comes from the initrd.
    pub archive_path: Option<Foreign>,
    /// Offset of its bytes in the initrd, where it comes from there.
    pub offset: Option<u64>,
    /// Physical address, where it is the firmware's and that is known.
    pub address: Option<u64>,
    /// Whether memory is kept out of what it marks: only with movable_node.
    pub used: bool,
    /// Its hot-pluggable entries, in order.
    pub hotpluggable: Vec<EarlyEntryModel>,
    /// What the series as posted trips over.
    pub faults: Vec<String>,
}

/// A hot-pluggable entry of the early SRAT.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EarlyEntryModel {
    /// Number of the entry in the SRAT, all types counted from 0.
    pub entry: u32,
    /// First byte; null where the range is empty or wraps.
    pub start: Option<u64>,
    /// Byte behind the last one.
    pub end: Option<u64>,
    /// Whether the entry is enabled; the early search does not look.
    pub enabled: bool,
    /// What lies there already, so that the memory stays the kernel's.
    #[serde(serialize_with = "crate::report::model::said_if_any")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub holder: Option<String>,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ArchiveFile {
    /// Its name in the archive.
    pub path: Foreign,
    /// Offset of its bytes in the initrd.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Its first four bytes, if it has as many.
    pub signature: Option<Foreign>,
    /// `override`, `install`, `dropped`, `unused`, `rejected`, `not-examined`, `locked-down`, or `not-looked-for` where the
    /// kernel was not built to take tables from the boot loader's initrd.
    pub outcome: words::TableOutcome,
    /// Why.
    pub why: Option<Foreign>,
}

/// A table of the kernel's list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TableModel {
    /// Signature.
    pub signature: Foreign,
    /// `firmware` or `initrd`.
    pub origin: TableOrigin,
    /// The archive's file, for tables from the initrd.
    pub archive_path: Option<Foreign>,
    /// Physical address, where it is known.
    pub address: Option<u64>,
    /// Length in bytes.
    pub length: u32,
    /// Revision; null for the FACS, which has none there.
    pub revision: Option<u8>,
    /// OEM ID.
    pub oem_id: Option<Foreign>,
    /// OEM table ID.
    pub oem_table_id: Option<Foreign>,
    /// OEM revision.
    pub oem_revision: Option<u32>,
    /// The archive's file in `archive`, for tables from the initrd.
    pub file: Option<usize>,
    /// Place in the kernel's list.
    pub slot: usize,
    /// Whether it stands where a table of the firmware would.
    pub overridden: bool,
    /// Physical address of the firmware's table that it replaced, where it is known.
    pub replaced_address: Option<u64>,
    /// Name in /sys/firmware/acpi/tables; null when it is taken off the list before, or its number hangs on an order that nothing
    /// says.
    pub sysfs_name: Option<Foreign>,
    /// The earlier slot with the same bytes, for which it is taken off the list.
    pub copy_of: Option<usize>,
}

/// A step.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepModel {
    /// `upgrade`, `install`, `override`, `early-srat` or `install-new`.
    pub phase: Phase,
    /// Place in the list of tables.
    pub table: Option<usize>,
    /// What happened.
    pub event: Foreign,
    /// The kernel's function that does it.
    pub function: &'static str,
    /// The file of `archive` that it is about.
    pub file: Option<usize>,
    /// Why.
    pub why: Foreign,
}

impl Simulation {
    /// The report of an outcome.
    pub fn of(
        machine: &Machine,
        outcome: &Outcome<'_>,
        next: &NextBoot<'_>,
        orders: &[OpenOrder],
        findings: &[Finding],
    ) -> Simulation {
        let modelled = machine.platform.is_modelled();
        let mut run = Run::of(machine, outcome, next);
        // Only x86 reserves tables before it maps them.
        run.kernel_lines.retain(|line| modelled || !line.starts_with("ACPI: Reserving "));
        Simulation {
            schema: "acpihp.simulate/1",
            about: About::default(),
            command_line: next.line().text().into(),
            architecture: machine.platform.arch(),
            modelled,
            order: machine.firmware.order,
            open_orders: orders.iter().map(OpenOrderModel::of).collect(),
            run,
            comparison: None,
            findings: findings.iter().map(FindingModel::from).collect(),
        }
    }
}

impl Run {
    /// What an outcome has of tables.
    pub fn of(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Run {
        let installation = &outcome.installation;
        let files = Files::of(outcome.upgrade.as_ref());
        let names =
            install::sysfs_names(&installation.list, &machine.firmware, &outcome.archive, &outcome.map.ram);
        let next_dynamic_ssdt = install::next_dynamic_ssdt(&names);
        let tables = installation.list.iter().zip(names);
        let steps = installation.trace.iter().map(|step| StepModel {
            phase: step.phase,
            table: step.table,
            event: step.event.words(),
            function: step.function,
            file: step.archive.and_then(|index| files.place(index)),
            why: step.why.clone(),
        });
        let found = outcome.upgrade.iter().flat_map(|upgrade| &upgrade.log).map(|line| line.text.clone());
        let at = installation.upgrade_at;
        let known = |line: &String| without_unknown(line);
        let log = installation.log.iter().take(at.log).map(known).chain(found);
        let mut trace: Vec<StepModel> = steps.collect();
        let place = at.steps.min(trace.len());
        trace.splice(place..place, files.steps(outcome, next));
        Run {
            kernel: next.release().name.clone(),
            flow: next.flow(),
            archive: files.models(outcome, next),
            tables: tables.map(|(table, name)| table_model(machine, outcome, &files, table, name)).collect(),
            slots: installation.slots,
            madt_slot: installation.madt,
            early_srat: outcome.early_srat.as_ref().map(|early| early_model(early, machine)),
            next_dynamic_ssdt,
            aml_integer_bits: installation.aml_integer_bits,
            tainted: installation.tainted,
            trace,
            log: log.chain(installation.log.iter().skip(at.log).map(known)).collect(),
            kernel_lines: compare::kernel_lines(outcome),
        }
    }
}

fn early_model(early: &EarlySrat, machine: &Machine) -> EarlySratModel {
    let (origin, archive_path, offset, address) = match &early.origin {
        None => (TableOrigin::None, None, None, None),
        Some(EarlyOrigin::Initrd { data_at, path }) => {
            (TableOrigin::Initrd, Some(path.clone()), Some(*data_at as u64), None)
        }
        Some(EarlyOrigin::Firmware(index)) => {
            let address = machine.firmware.tables.get(*index).and_then(|table| table.address);
            (TableOrigin::Firmware, None, None, address)
        }
    };
    let entry = |entry: &install::two_step::early::EarlyEntry| EarlyEntryModel {
        entry: entry.entry,
        start: entry.range.as_ref().map(|range| range.start),
        end: entry.range.as_ref().map(|range| range.end),
        enabled: entry.enabled,
        holder: entry.holder.clone(),
    };
    EarlySratModel {
        origin,
        archive_path,
        offset,
        address,
        used: early.is_used,
        hotpluggable: early.entries.iter().map(entry).collect(),
        faults: early.faults.iter().map(|fault| fault.text()).collect(),
    }
}

fn without_unknown(line: &str) -> String {
    line.replace(UNKNOWN_ADDRESS, "0x0000000000000000").replace(&"?".repeat(16), &"0".repeat(16))
}

/// The archive's files, and which of them are the accepted ones.
struct Files<'o, 'a> {
    all: &'o [UpgradeFile<'a>],
    locked_down: bool,
}

impl<'o, 'a> Files<'o, 'a> {
    fn of(upgrade: Option<&'o Upgrade<'a>>) -> Self {
        Files {
            all: upgrade.map_or(&[], |upgrade| &upgrade.files),
            locked_down: upgrade.is_some_and(|upgrade| upgrade.locked_down),
        }
    }

    /// The place among all files of an accepted one.
    fn place(&self, accepted: usize) -> Option<usize> {
        let taken = |(_, file): &(usize, &UpgradeFile<'_>)| file.outcome == upgrade::Examined::Accepted;
        self.all.iter().enumerate().filter(taken).nth(accepted).map(|(place, _)| place)
    }

    fn models(&self, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<ArchiveFile> {
        let mut outcomes = outcome.installation.outcomes.iter().enumerate();
        let mut model = |file: &UpgradeFile<'_>| {
            let (outcome, why) = match file.outcome {
                upgrade::Examined::Accepted if self.locked_down => {
                    (words::TableOutcome::LockedDown, Some("the kernel is locked down".into()))
                }
                upgrade::Examined::Accepted => {
                    outcomes.next().map_or((words::TableOutcome::Unused, None), |(index, becomes)| {
                        outcome_model(*becomes, index, outcome)
                    })
                }
                upgrade::Examined::NotExamined => (words::TableOutcome::NotExamined, Some(why(file, next))),
                upgrade::Examined::NotConfigured => {
                    (words::TableOutcome::NotLookedFor, Some(why(file, next)))
                }
                _ => (words::TableOutcome::Rejected, Some(why(file, next))),
            };
            ArchiveFile {
                path: path(file),
                offset: file.entry.data_at as u64,
                length: file.entry.data.len() as u64,
                signature: file.signature().map(Foreign::from),
                outcome,
                why,
            }
        };
        self.all.iter().map(&mut model).collect()
    }

    /// What happens to each file before any table is installed.
    fn steps(&self, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<StepModel> {
        let function = if next.release().has(Change::EXACT_IDENTITY) {
            "acpi_table_upgrade"
        } else {
            "acpi_initrd_override"
        };
        let phase = Phase::Upgrade;
        let step = |file, event: Foreign, why| StepModel { phase, table: None, event, function, file, why };
        let mut steps: Vec<StepModel> = Vec::new();
        for (index, file) in self.all.iter().enumerate() {
            let event = match file.outcome {
                upgrade::Examined::Accepted => " is accepted",
                upgrade::Examined::NotExamined => " is not looked at",
                upgrade::Examined::NotConfigured => " is not looked for",
                _ => " is rejected",
            };
            steps.push(step(Some(index), file.entry.table_name() + event, why(file, next)));
        }
        let accepted = self.all.iter().filter(|file| file.outcome == upgrade::Examined::Accepted).count();
        let what =
            if accepted == 1 { "the accepted table is".to_owned() } else { format!("{accepted} tables are") };
        if self.locked_down {
            steps.push(step(None, Foreign::from(what) + " ignored", "the kernel is locked down".into()));
        } else if outcome.archive.lost {
            steps.push(step(
                None,
                Foreign::from(what) + " dropped",
                "there is no memory for the copy".into(),
            ));
        } else if accepted > 0 {
            let at = outcome.archive.base.map_or_else(String::new, |base| format!(" to {base:#x}"));
            let length = outcome.archive.len();
            let kind = if next.release().archive_copy_kind == Kind::NVS.0 { "ACPI NVS" } else { "ACPI data" };
            let why = format!(
                "{length} bytes back to back, {kind} in the memory map, as the initrd's memory is given away later"
            );
            steps.push(step(None, format!("{what} copied{at}").into(), why.into()));
        }
        steps
    }
}

fn path(file: &UpgradeFile<'_>) -> Foreign {
    file.entry.name().into()
}

/// Why a file was accepted or not.
fn why(file: &UpgradeFile<'_>, next: &NextBoot<'_>) -> Foreign {
    match file.outcome {
        upgrade::Examined::Accepted => "signature, length and checksum are as the kernel wants them".into(),
        upgrade::Examined::NotExamined => {
            Foreign::from(format_args!("only {} files are examined", next.release().max_files))
        }
        upgrade::Examined::NotConfigured => match next.release().build.tables {
            TableSource::BuiltIn => {
                "CONFIG_ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD: only the built-in initramfs is searched"
                    .into()
            }
            _ => "the kernel was built without CONFIG_ACPI_TABLE_UPGRADE".into(),
        },
        upgrade::Examined::UnknownSignature => {
            let name = file.signature().map(|name| Foreign::from(name) + " is ").unwrap_or_default();
            match file.signature().and_then(signatures::first_taken_by) {
                Some((major, minor)) => {
                    name + format_args!("a signature that Linux takes since {major}.{minor}")
                }
                None => name + "a signature that no Linux takes",
            }
        }
        rejected => rejected.to_string().into(),
    }
}

fn outcome_model(
    becomes: TableOutcome,
    index: usize,
    outcome: &Outcome<'_>,
) -> (words::TableOutcome, Option<Foreign>) {
    let why = match becomes {
        TableOutcome::Override(_) => None,
        TableOutcome::Install => {
            let step = |step: &&install::Step| step.archive == Some(index) && step.phase == Phase::InstallNew;
            outcome.installation.trace.iter().find(step).map(|step| step.why.clone())
        }
        TableOutcome::Dropped { revision, .. } => {
            Some(format!("the firmware's table has OEM revision {revision:#x}: not older").into())
        }
        TableOutcome::Unused(why) => Some(why.why().into()),
    };
    (becomes.into(), why)
}

fn table_model(
    machine: &Machine,
    outcome: &Outcome<'_>,
    files: &Files<'_, '_>,
    table: &Installed,
    sysfs_name: Option<Foreign>,
) -> TableModel {
    let (bytes, origin, file) = match table.origin {
        Origin::Firmware(index) => {
            let bytes = machine.firmware.tables.get(index).map_or(&[][..], |table| &table.bytes);
            (bytes, TableOrigin::Firmware, None)
        }
        Origin::Archive(index) => (
            outcome.archive.tables.get(index).copied().unwrap_or_default(),
            TableOrigin::Initrd,
            files.place(index),
        ),
    };
    let signature = Signature(crate::bytes::array_at(bytes, 0).unwrap_or_default());
    // The FACS has signature and length where other tables have them, and nothing else of a header.
    let header = Header::parse(bytes).filter(|_| signature.0 != *b"FACS");
    let length = crate::bytes::u32_at(bytes, 4).unwrap_or(0);
    TableModel {
        signature: signature.into(),
        origin,
        archive_path: file.and_then(|file| files.all.get(file)).map(path),
        address: table.address,
        length,
        revision: header.map(|header| header.revision),
        oem_id: header.map(|header| header.oem_id[..].into()),
        oem_table_id: header.map(|header| header.oem_table_id[..].into()),
        oem_revision: header.map(|header| header.oem_revision),
        file,
        slot: table.slot,
        overridden: table.replaced.is_some(),
        replaced_address: table.replaced.and_then(|index| machine.firmware.tables.get(index)?.address),
        // Where nothing says the order, the number is not known.
        sysfs_name: match table.origin {
            Origin::Firmware(index) if machine.firmware.label(index).is_some() => None,
            _ => sysfs_name,
        },
        copy_of: table.copy_of,
    }
}
