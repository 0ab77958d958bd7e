//! The JSON of `acpihp mkinitrd-override`.

use super::FindingModel;
use super::sources::About;
use super::words::TableOutcome;
use crate::foreign::Foreign;
use serde::Serialize;

/// What was written, or would have been: schema `acpihp.mkinitrd-override/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MkinitrdOverride {
    /// `acpihp.mkinitrd-override/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// Kernel release whose rules were applied; null with --remove.
    pub kernel: Option<Foreign>,
    /// Whose tables the given ones were compared with: `this machine` or the source's name; null when there were none.
    pub against: Option<Foreign>,
    /// Whether the output was written; it is not when the kernel would refuse tables and --force is not given.
    pub written: bool,
    /// The file that was written, `-` for standard output.
    pub output: Foreign,
    /// Length of the output in bytes.
    pub length: u64,
    /// SHA-256 of the output, in hexadecimal.
    pub sha256: String,
    /// Time that the archive's entries carry, in seconds since 1970; null with --remove.
    pub mtime: Option<u32>,
    /// The initrd that the archive stands in front of, or was taken from.
    pub initrd: Option<InitrdModel>,
    /// The tables in the archive, in order; none with --remove.
    pub tables: Vec<TableModel>,
    /// What was found.
    pub findings: Vec<FindingModel>,
    /// The machine whose lines `howto` has; null where it has those of the usual boot loaders.
    pub howto_for: Option<Foreign>,
    /// How boot loaders come to use the output; only with --howto.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub howto: Vec<HowtoModel>,
    /// Number of findings that are errors.
    pub errors: usize,
    /// Number of findings that are warnings.
    pub warnings: usize,
    /// What is worth a line beside the report.
    #[serde(skip)]
    pub notes: Vec<Foreign>,
    /// What can be done where nothing was written.
    #[serde(skip)]
    pub advice: Vec<&'static str>,
}

/// The initrd that was given.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InitrdModel {
    /// Its name.
    pub path: Foreign,
    /// Where what stands behind the archive begins in the output, in bytes.
    pub offset: u64,
    /// Its length in bytes, without an override archive that it had.
    pub length: u64,
    /// The files of the override archive that it had: they are not in the output.
    pub removed: Vec<Foreign>,
    /// How many of its bytes stand in front of the archive: archives of microcode.
    pub front: u64,
    /// The files with microcode in there.
    pub microcode: Vec<Foreign>,
}

/// One table of the archive.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TableModel {
    /// The file that was given.
    pub file: Foreign,
    /// Its name in the archive.
    pub path: Foreign,
    /// Where its bytes are in the output.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Signature; null, like the fields below, when the file is too short for a header.
    pub signature: Option<Foreign>,
    /// OEM ID.
    pub oem_id: Option<Foreign>,
    /// OEM table ID.
    pub oem_table_id: Option<Foreign>,
    /// OEM revision.
    pub oem_revision: Option<u32>,
    /// What becomes of it; null when it was compared with no tables.
    pub outcome: Option<TableOutcome>,
    /// The table of the firmware that it replaces, or whose ids it has.
    pub firmware_table: Option<Foreign>,
}

/// How one boot loader comes to use the output.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HowtoModel {
    /// The boot loader.
    pub loader: &'static str,
    /// What to do, in words.
    pub what: &'static str,
    /// The lines that stand in a file, or are run.
    pub lines: Vec<String>,
    /// The lines that take it out again; none where that depends on how it was put in.
    pub undo: Vec<String>,
}

impl MkinitrdOverride {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.mkinitrd-override/1";

    /// The report of an output of which nothing else is known.
    pub fn new(output: impl Into<Foreign>) -> MkinitrdOverride {
        MkinitrdOverride {
            schema: Self::SCHEMA,
            about: About::default(),
            kernel: None,
            against: None,
            written: false,
            output: output.into(),
            length: 0,
            sha256: String::new(),
            mtime: None,
            initrd: None,
            tables: Vec::new(),
            findings: Vec::new(),
            howto_for: None,
            howto: Vec::new(),
            errors: 0,
            warnings: 0,
            notes: Vec::new(),
            advice: Vec::new(),
        }
    }
}
