//! The JSON of `acpihp simulate`.

use crate::boot::install::{Fate, Installed, Origin, Unused};
use crate::boot::upgrade::{self, UpgradeFile};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::bytes::escape;
use crate::table::{Header, Signature};
use serde::Serialize;

/// Which tables end up installed, and how: schema `acpihp.simulate/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Simulation {
    /// `acpihp.simulate/1`.
    pub schema: &'static str,
    /// Kernel release.
    pub kernel: String,
    /// `current`, `one-by-one` or `two-step`.
    pub flow: &'static str,
    /// Every file below kernel/firmware/acpi/ that the kernel can see, in archive order.
    pub archive: Vec<ArchiveFile>,
    /// The kernel's list of tables, in its order, after the archive's additions.
    pub tables: Vec<TableModel>,
    /// What happened, in order.
    pub trace: Vec<StepModel>,
    /// The kernel's own lines about overrides, in order.
    pub log: Vec<String>,
}

/// A file of the archive.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ArchiveFile {
    /// Its name in the archive.
    pub path: String,
    /// Offset of its bytes in the initrd.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Its first four bytes, if it has as many.
    pub signature: Option<String>,
    /// `override`, `install`, `dropped`, `unused`, `rejected`, `not-examined` or `locked-down`.
    pub outcome: &'static str,
    /// Why.
    pub why: Option<String>,
}

/// A table of the kernel's list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TableModel {
    /// Signature.
    pub signature: String,
    /// `firmware` or `initrd`.
    pub origin: &'static str,
    /// The archive's file, for tables from the initrd.
    pub archive_path: Option<String>,
    /// Physical address, where it is known.
    pub address: Option<u64>,
    /// Length in bytes.
    pub length: u32,
    /// Revision; null for the FACS, which has none there.
    pub revision: Option<u8>,
    /// OEM ID.
    pub oem_id: Option<String>,
    /// OEM table ID.
    pub oem_table_id: Option<String>,
    /// OEM revision.
    pub oem_revision: Option<u32>,
}

/// A step.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepModel {
    /// `upgrade`, `install`, `override`, `early-srat` or `install-new`.
    pub phase: &'static str,
    /// Place in the list of tables.
    pub table: Option<usize>,
    /// What happened and why.
    pub event: String,
}

impl Simulation {
    /// The report of an outcome.
    pub fn of(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Simulation {
        let files = outcome.upgrade.as_ref().map_or(&[][..], |upgrade| &upgrade.files);
        let accepted: Vec<&UpgradeFile<'_>> =
            outcome.upgrade.iter().flat_map(|upgrade| upgrade.accepted()).collect();
        let mut fates = outcome.installation.fates.iter();
        let locked_down = outcome.upgrade.as_ref().is_some_and(|upgrade| upgrade.locked_down);
        let path = |file: &UpgradeFile<'_>| escape(file.entry.name()).into_owned();
        let archive = files
            .iter()
            .map(|file| {
                let (outcome, why) = match file.outcome {
                    upgrade::Outcome::Accepted if locked_down => {
                        ("locked-down", Some("the kernel is locked down".to_owned()))
                    }
                    upgrade::Outcome::Accepted => fates.next().map_or(("unused", None), fate),
                    upgrade::Outcome::NotExamined => {
                        ("not-examined", Some(format!("only {} files are examined", next.release.max_files)))
                    }
                    rejected => ("rejected", Some(rejected.to_string())),
                };
                ArchiveFile {
                    path: path(file),
                    offset: file.entry.data_at as u64,
                    length: file.entry.data.len() as u64,
                    signature: file.signature().map(|signature| signature.to_string()),
                    outcome,
                    why,
                }
            })
            .collect();
        let upgrade_steps = files.iter().map(|file| StepModel {
            phase: "upgrade",
            table: None,
            event: format!("{}: {}", path(file), file.outcome),
        });
        let steps = outcome.installation.trace.iter().map(|step| StepModel {
            phase: step.phase.name(),
            table: step.table,
            event: step.event.clone(),
        });
        let upgrade_log =
            outcome.upgrade.iter().flat_map(|upgrade| &upgrade.log).map(|line| line.text.clone());
        Simulation {
            schema: "acpihp.simulate/1",
            kernel: next.release.text.clone(),
            flow: "current",
            archive,
            tables: outcome
                .installation
                .list
                .iter()
                .map(|table| table_model(machine, outcome, &accepted, table))
                .collect(),
            trace: upgrade_steps.chain(steps).collect(),
            log: upgrade_log.chain(outcome.installation.log.iter().cloned()).collect(),
        }
    }
}

fn fate(fate: &Fate) -> (&'static str, Option<String>) {
    match fate {
        Fate::Override(_) => ("override", None),
        Fate::Install => ("install", None),
        Fate::Dropped { revision, .. } => {
            ("dropped", Some(format!("the firmware's table has OEM revision {revision:#x}: not older")))
        }
        Fate::Unused(why) => (
            "unused",
            Some(
                match why {
                    Unused::RootTable => "nothing looks for a replaced root table",
                    Unused::AcpiOff => "acpi=off",
                    Unused::NoStaticSsdt => "acpi_no_static_ssdt",
                    Unused::NoMatch => "no firmware table has its signature and OEM table ID",
                    Unused::NoMemory => "there is no memory for the copy",
                }
                .to_owned(),
            ),
        ),
    }
}

fn table_model(
    machine: &Machine,
    outcome: &Outcome<'_>,
    accepted: &[&UpgradeFile<'_>],
    table: &Installed,
) -> TableModel {
    let (bytes, origin, path) = match table.origin {
        Origin::Firmware(index) => {
            let bytes = machine.firmware.tables.get(index).map_or(&[][..], |table| &table.bytes);
            (bytes, "firmware", None)
        }
        Origin::Archive(index) => {
            let bytes = outcome.archive.tables.get(index).copied().unwrap_or_default();
            let path = accepted.get(index).map(|file| escape(file.entry.name()).into_owned());
            (bytes, "initrd", path)
        }
    };
    let signature = Signature(crate::bytes::array_at(bytes, 0).unwrap_or_default());
    // The FACS has signature and length where other tables have them, and nothing else of a header.
    let header = Header::parse(bytes).filter(|_| signature.0 != *b"FACS");
    let length = crate::bytes::u32_at(bytes, 4).unwrap_or(0);
    TableModel {
        signature: signature.to_string(),
        origin,
        archive_path: path,
        address: table.address,
        length,
        revision: header.map(|header| header.revision),
        oem_id: header.map(|header| escape(&header.oem_id).into_owned()),
        oem_table_id: header.map(|header| escape(&header.oem_table_id).into_owned()),
        oem_revision: header.map(|header| header.oem_revision),
    }
}
