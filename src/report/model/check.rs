//! The JSON of `acpihp check`.

use super::FindingModel;
use super::sources::About;
use super::words::{Examined, InputKind, TableOutcome};
use crate::boot::kernel::build::TableSource;
use crate::finding::{Judge, Severity};
use crate::foreign::Foreign;
use std::ops::Range;

/// What `acpihp check --format json` prints.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckModel {
    /// Name and version of this contract.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The kernel whose rules were applied.
    pub kernel: Foreign,
    /// Who judged how much a finding matters.
    pub judge: Judge,
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
    /// How many assertions of a policy cannot be decided; each is an error too.
    pub undecided: usize,
    /// Findings that are left out because --allow names their code.
    pub allowed: usize,
    /// Findings that are left out because --waivers has a waiver for them.
    pub waived: usize,
    /// The kernels, where there are several: each finding is there once then, and says which of them it is of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kernels: Vec<Foreign>,
    /// What becomes of each input on each of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matrix: Vec<MatrixRow>,
    /// What was left out of folders, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Foreign>,
}

/// An input on one of several kernels.
#[derive(Debug, Clone, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MatrixRow {
    /// The kernel.
    pub kernel: Foreign,
    /// The input's path.
    pub path: Foreign,
    /// What becomes of a table as an override, where it was compared with a machine's tables.
    pub outcome: Option<TableOutcome>,
    /// The files of an archive or of an image's first initrd.
    pub files: Vec<MatrixFile>,
    /// How many findings are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// How many are only worth knowing.
    pub infos: usize,
    /// The codes of its findings with what the gravest of each is, each once.
    pub codes: Vec<MatrixCode>,
}

/// A file of an archive on one of several kernels.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MatrixFile {
    /// Its path in the archive.
    pub path: Foreign,
    /// What the early search makes of it.
    pub examined: Examined,
    /// What becomes of it; null for an accepted one that was compared with no machine's tables.
    pub outcome: Option<TableOutcome>,
}

/// A code that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MatrixCode {
    /// The code.
    pub code: &'static str,
    /// How much the gravest of its findings matters there.
    pub severity: Severity,
}

impl MatrixRow {
    /// What a check for one kernel says of an input.
    pub fn of(kernel: Foreign, input: &InputModel, findings: &[FindingModel]) -> MatrixRow {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let mut codes: Vec<MatrixCode> = Vec::new();
        for finding in findings {
            match codes.iter_mut().find(|known| known.code == finding.code) {
                Some(known) => known.severity = known.severity.max(finding.severity),
                None => codes.push(MatrixCode { code: finding.code, severity: finding.severity }),
            }
        }
        let file = |file: &FileModel| MatrixFile {
            path: file.path.clone(),
            examined: file.examined,
            outcome: file.outcome,
        };
        MatrixRow {
            kernel,
            path: input.path.clone(),
            outcome: input.outcome,
            files: input.files.iter().flatten().map(file).collect(),
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            codes,
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InputModel {
    /// Its path as given. Subjects of findings begin with it.
    pub path: Foreign,
    /// What it is.
    pub kind: InputKind,
    /// Why it could not be read, if it could not; that counts as an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Foreign>,
    /// How many tables are in it; of an archive those that the kernel accepts.
    pub tables: usize,
    /// What becomes of a table as an override, when --against was given.
    pub outcome: Option<TableOutcome>,
    /// The files of an archive that the kernel's early search finds, in its order; of an image, those of the initrd that
    /// profile 0 gets.
    pub files: Option<Vec<FileModel>>,
    /// The initrds that an image hands over, those of several profiles that are the same once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initrds: Option<Vec<InitrdModel>>,
    /// The release of a kernel; of an image, that of its own kernel where its rules were applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Foreign>,
    /// Where the configuration of a kernel was found, if anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Foreign>,
    /// What the stub of an image says that it is, where it says so: `systemd-stub 257.9-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stub: Option<Foreign>,
    /// Which of the findings are its own.
    #[serde(skip)]
    pub findings: Range<usize>,
    /// The signature of a table.
    #[serde(skip)]
    pub signature: Option<Foreign>,
    /// Whether the kernel takes tables of that signature from an initrd.
    #[serde(skip)]
    pub overridable: bool,
    /// The firmware's table that a table replaces or is not newer than.
    #[serde(skip)]
    pub firmware_table: Option<Foreign>,
    /// Where a kernel looks for tables.
    #[serde(skip)]
    pub looks_in: Option<TableSource>,
    /// How many assertions a policy has.
    #[serde(skip)]
    pub assertions: usize,
    /// How many of them cannot be decided.
    #[serde(skip)]
    pub undecided: usize,
}

/// An initrd that the stub of an image hands over.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InitrdModel {
    /// The numbers of the profiles that get it.
    pub profiles: Vec<usize>,
    /// The sections that it is made of, in its order.
    pub parts: Vec<PartModel>,
    /// The files in it that the kernel's early search finds. Offsets here and in findings count from the start of the initrd.
    pub files: Vec<FileModel>,
}

/// A section of an image as a part of an initrd.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartModel {
    /// `.ucode` or `.initrd`.
    pub section: &'static str,
    /// Where the part starts in the initrd, in bytes.
    pub start: u64,
    /// Where it ends there, exclusive.
    pub end: u64,
    /// Where the section's bytes start in the file.
    pub file_offset: u64,
}

/// A file of an archive.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileModel {
    /// Its path in the archive.
    pub path: Foreign,
    /// Offset of its data in the archive.
    pub offset: u64,
    /// Length of its data in bytes.
    pub length: u64,
    /// Its first four bytes, if it has as many.
    pub signature: Option<Foreign>,
    /// What the early search makes of it.
    pub examined: Examined,
    /// What becomes of it; null for an accepted one without --against.
    pub outcome: Option<TableOutcome>,
    /// The firmware's table that it replaces or is not newer than.
    #[serde(skip)]
    pub firmware_table: Option<Foreign>,
}

impl CheckModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.check/1";

    /// The findings about an input, those about its parts included.
    pub fn of(&self, input: &InputModel) -> &[FindingModel] {
        self.findings.get(input.findings.clone()).unwrap_or_default()
    }
}

impl InputModel {
    /// A file with one table, of which nothing else is known.
    pub fn new(path: impl Into<Foreign>) -> InputModel {
        InputModel {
            path: path.into(),
            kind: InputKind::Table,
            error: None,
            tables: 1,
            outcome: None,
            files: None,
            initrds: None,
            kernel: None,
            config: None,
            stub: None,
            findings: 0..0,
            signature: None,
            overridable: false,
            firmware_table: None,
            looks_in: None,
            assertions: 0,
            undecided: 0,
        }
    }

    /// Whether it could not be read.
    pub fn is_unread(&self) -> bool {
        self.kind == InputKind::Unreadable
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::Finding;

    /// A view of inputs with these findings.
    pub(crate) fn view(all: &[(&str, &[Finding])]) -> CheckModel {
        let mut findings: Vec<FindingModel> = Vec::new();
        let mut inputs = Vec::new();
        for (path, own) in all {
            let first = findings.len();
            findings.extend(own.iter().map(FindingModel::from));
            let of = first..findings.len();
            inputs.push(InputModel { findings: of, ..InputModel::new(*path) });
        }
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        CheckModel {
            schema: CheckModel::SCHEMA,
            about: About::default(),
            judge: crate::finding::Judge::Linux,
            kernel: "7.3".into(),
            inputs,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            undecided: 0,
            allowed: 0,
            waived: 0,
            kernels: Vec::new(),
            matrix: Vec::new(),
            left_out: Vec::new(),
            findings,
        }
    }

    #[test]
    fn each_input_has_its_own_findings() {
        let finding = |text: &str| Finding::new(&crate::finding::registry::header::CHECKSUM, "a", text);
        let view = view(&[("a", &[finding("1")]), ("b", &[]), ("c", &[finding("2"), finding("3")])]);
        let messages = |index: usize| -> Vec<&[u8]> {
            let input = view.inputs.get(index).unwrap();
            view.of(input).iter().map(|finding| finding.message.raw()).collect()
        };
        assert_eq!([messages(0), messages(1), messages(2)], [vec![&b"1"[..]], vec![], vec![b"2", b"3"]]);
    }
}
