//! The JSON of `acpihp check`.

use super::FindingModel;
use super::sources::About;
use super::words::{Examined, InputKind, TableOutcome};
use crate::container::uki::Role;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::report::check::{ArchiveFile, HandedOver, Kind, Report};
use crate::source::display;

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
}

/// One thing that was looked at.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InputModel {
    /// Its path as given, made safe to print. Subjects of findings begin with it.
    pub path: String,
    /// What it is.
    pub kind: InputKind,
    /// Why it could not be read, if it could not; that counts as an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
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
    pub config: Option<String>,
    /// What the stub of an image says that it is, where it says so: `systemd-stub 257.9-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stub: Option<String>,
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
    pub path: String,
    /// Offset of its data in the archive.
    pub offset: u64,
    /// Length of its data in bytes.
    pub length: u64,
    /// Its first four bytes, if it has as many.
    pub signature: Option<String>,
    /// What the early search makes of it.
    pub examined: Examined,
    /// What becomes of it; null for an accepted one without --against.
    pub outcome: Option<TableOutcome>,
}

impl CheckModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.check/1";

    /// The report as JSON has it.
    pub fn new(report: &Report) -> Self {
        let inputs = report.inputs.iter().map(|input| {
            let mut model = InputModel {
                path: display(&input.path),
                kind: InputKind::Table,
                error: None,
                tables: 1,
                outcome: None,
                files: None,
                initrds: None,
                kernel: None,
                config: None,
                stub: None,
            };
            match &input.kind {
                Kind::Table { becomes, .. } => {
                    model.outcome = becomes.as_ref().map(|becomes| becomes.outcome.into());
                }
                Kind::Tables(count) => (model.kind, model.tables) = (InputKind::Tables, *count),
                Kind::Policy { .. } => (model.kind, model.tables) = (InputKind::Policy, 0),
                Kind::Waivers(_) => (model.kind, model.tables) = (InputKind::Waivers, 0),
                Kind::Unread(error) => {
                    (model.kind, model.tables, model.error) = (InputKind::Unreadable, 0, Some(error.clone()));
                }
                Kind::Archive(found) => {
                    let found = files(found);
                    (model.kind, model.tables, model.files) =
                        (InputKind::Archive, accepted(&found), Some(found));
                }
                Kind::Kernel { release, config, .. } => {
                    (model.kind, model.tables) = (InputKind::Kernel, 0);
                    (model.kernel, model.config) = (Some(release.clone()), config.clone());
                }
                Kind::Image { role, stub, initrds, kernel } => {
                    model.kernel = kernel.clone();
                    let first = initrds.first().map_or_else(Vec::new, |initrd| files(&initrd.files));
                    model.kind = if *role == Role::Image { InputKind::Image } else { InputKind::Addon };
                    (model.tables, model.files) = (accepted(&first), Some(first));
                    model.initrds = Some(initrds.iter().map(InitrdModel::from).collect());
                    model.stub = stub.clone();
                }
            }
            model
        });
        CheckModel {
            schema: Self::SCHEMA,
            about: report.sources.clone().into(),
            kernel: report.kernel.clone(),
            inputs: inputs.collect(),
            findings: report.findings().map(FindingModel::from).collect(),
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
            undecided: report.undecided(),
            allowed: report.allowed,
            waived: report.waived,
        }
    }
}

fn files(files: &[ArchiveFile]) -> Vec<FileModel> {
    files
        .iter()
        .map(|file| FileModel {
            path: file.path.clone(),
            offset: file.offset,
            length: file.length,
            signature: file.signature.clone(),
            examined: file.outcome.into(),
            outcome: outcome(file),
        })
        .collect()
}

/// What becomes of a file: known of one that is refused, and of one that was compared with the firmware's tables.
fn outcome(file: &ArchiveFile) -> Option<TableOutcome> {
    let becomes = file.becomes.as_ref().map(|becomes| becomes.outcome.into());
    Examined::from(file.outcome).refused().or(becomes)
}

fn accepted(files: &[FileModel]) -> usize {
    files.iter().filter(|file| file.examined == Examined::Accepted).count()
}

impl From<&HandedOver> for InitrdModel {
    fn from(initrd: &HandedOver) -> Self {
        let parts = initrd.parts.iter().map(|part| PartModel {
            section: part.source.name(),
            start: part.range.start,
            end: part.range.end,
            file_offset: part.file.start,
        });
        InitrdModel { profiles: initrd.profiles.clone(), parts: parts.collect(), files: files(&initrd.files) }
    }
}
