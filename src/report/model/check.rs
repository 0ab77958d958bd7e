//! The JSON of `acpihp check`.

use super::FindingModel;
use crate::finding::Severity;
use crate::report::check::{Fate, Kind, Report};

/// What `acpihp check --format json` prints.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckModel {
    /// Name and version of this contract.
    pub schema: &'static str,
    /// The kernel whose rules were applied.
    pub kernel: String,
    /// What was looked at, in the order of the command line.
    pub inputs: Vec<InputModel>,
    /// All findings, in the order of the inputs.
    pub findings: Vec<FindingModel>,
    /// How many findings are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// How many are only worth knowing.
    pub infos: usize,
    /// Findings that are left out because --allow names their code.
    pub allowed: usize,
}

/// One thing that was looked at.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InputModel {
    /// Its path as given, made safe to print. Subjects of findings begin with it.
    pub path: String,
    /// `table`, `tables` (a folder, a dump or tables back to back) or `archive` (also an initrd).
    pub kind: &'static str,
    /// How many tables are in it; of an archive those that the kernel accepts.
    pub tables: usize,
    /// What becomes of a table as an override, when --against was given: `override`, `dropped` (not newer), `install` (as an
    /// additional table) or `unused`.
    pub fate: Option<&'static str>,
    /// The files of an archive that the kernel's early search finds, in its order.
    pub files: Option<Vec<FileModel>>,
}

/// A file of an archive.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileModel {
    /// Its path in the archive.
    pub path: String,
    /// Offset of its data in the archive.
    pub offset: u64,
    /// Length of its data in bytes.
    pub length: u64,
    /// Its first four bytes, if it has as many.
    pub signature: Option<String>,
    /// `accepted`, `rejected` or `not-examined`.
    pub outcome: &'static str,
    /// What becomes of it then, when --against was given: as for a table.
    pub fate: Option<&'static str>,
}

impl CheckModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.check/1";

    /// The report as JSON has it.
    pub fn new(report: &Report) -> Self {
        let inputs = report.inputs.iter().map(|input| {
            let (kind, tables, fate, files) = match &input.kind {
                Kind::Table { fate, .. } => ("table", 1, fate.as_ref().map(Fate::name), None),
                Kind::Tables(count) => ("tables", *count, None, None),
                Kind::Archive(files) => {
                    let files: Vec<FileModel> = files
                        .iter()
                        .map(|file| FileModel {
                            path: file.path.clone(),
                            offset: file.offset,
                            length: file.length,
                            signature: file.signature.clone(),
                            outcome: file.verdict(),
                            fate: file.fate.as_ref().map(Fate::name),
                        })
                        .collect();
                    (
                        "archive",
                        files.iter().filter(|file| file.outcome == "accepted").count(),
                        None,
                        Some(files),
                    )
                }
            };
            InputModel { path: input.path.clone(), kind, tables, fate, files }
        });
        CheckModel {
            schema: Self::SCHEMA,
            kernel: report.kernel.clone(),
            inputs: inputs.collect(),
            findings: report.findings().map(FindingModel::from).collect(),
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
            allowed: report.allowed,
        }
    }
}
