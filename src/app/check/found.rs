//! What a check found, as its parts hand it on; [`CheckModel`] is what is shown of it.

use crate::boot::kernel::build::TableSource;
use crate::check::archive::{ArchiveFile, Becomes};
use crate::container::uki::{Part, Role};
use crate::finding::{Finding, Judge, Severity};
use crate::foreign::Foreign;
use crate::report::model::FindingModel;
use crate::report::model::check::{CheckModel, FileModel, InitrdModel, InputModel, PartModel};
use crate::report::model::sources::Sources;
use crate::report::model::words::{self, InputKind, TableOutcome};
use std::path::PathBuf;

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The kernel that was asked for, as `7.3`.
    pub(super) kernel: Foreign,
    /// Who judged how much a finding matters.
    pub(super) judge: Judge,
    /// What the answer was made from.
    pub(super) sources: Sources,
    /// What was looked at, in the order of the command line.
    pub(super) inputs: Vec<Input>,
    /// Findings left out because their codes are allowed.
    pub(super) allowed: usize,
    /// Findings left out because they are waived.
    pub(super) waived: usize,
    /// What was left out of folders, and why.
    pub(super) left_out: Vec<Foreign>,
}

/// One thing that was looked at.
#[derive(Debug)]
pub(super) struct Input {
    /// Its path as given; `-` is standard input.
    pub(super) path: PathBuf,
    /// What it is.
    pub(super) kind: Kind,
    /// Its findings, those about its parts included.
    pub(super) findings: Vec<Finding>,
}

/// What an input turned out to be.
#[derive(Debug)]
pub(super) enum Kind {
    /// One table in a file of its own.
    Table {
        /// Its signature.
        signature: Foreign,
        /// Whether the kernel takes tables of that signature from an initrd.
        overridable: bool,
        /// Whether the kernel would accept it there as it is.
        accepted: bool,
        /// What becomes of it as an override, when it was held against a firmware.
        becomes: Option<Becomes>,
    },
    /// This many tables: a folder, a dump, tables back to back.
    Tables(usize),
    /// An override archive or an initrd.
    Archive(Vec<ArchiveFile>),
    /// A kernel by itself.
    Kernel {
        /// Its release.
        release: Foreign,
        /// Where its configuration was found, if anywhere.
        config: Option<Foreign>,
        /// Where it looks for tables.
        tables: TableSource,
    },
    /// A unified kernel image or an addon.
    Image {
        /// Which of them.
        role: Role,
        /// The version of its own kernel, where that is the one whose rules were applied.
        kernel: Option<Foreign>,
        /// What its stub says that it is.
        stub: Option<Foreign>,
        /// The initrds that it hands over; those of an addon go to an image.
        initrds: Vec<HandedOver>,
    },
    /// A policy.
    Policy {
        /// How many assertions it has.
        assertions: usize,
        /// How many of them cannot be decided.
        undecided: usize,
    },
    /// Waivers.
    Waivers,
    /// Something that could not be read, and why, with its name.
    Unread(Foreign),
}

impl Kind {
    /// Whether it could not be read.
    pub(super) fn is_unread(&self) -> bool {
        matches!(self, Kind::Unread(_))
    }
}

/// An initrd that the stub of an image hands over.
#[derive(Debug, Clone)]
pub(super) struct HandedOver {
    /// The profiles that get it.
    pub(super) profiles: Vec<usize>,
    /// The sections that it is made of.
    pub(super) parts: Vec<Part>,
    /// The files in it that the kernel's early search finds; offsets are counted from its start.
    pub(super) files: Vec<ArchiveFile>,
}

impl Report {
    /// How many assertions of a policy cannot be decided.
    pub(super) fn undecided(&self) -> usize {
        let of = |input: &Input| if let Kind::Policy { undecided, .. } = input.kind { undecided } else { 0 };
        self.inputs.iter().map(of).sum()
    }

    /// What is shown of it.
    pub(super) fn view(&self) -> CheckModel {
        let mut findings = Vec::new();
        let inputs = self.inputs.iter().map(|input| {
            let first = findings.len();
            findings.extend(input.findings.iter().map(FindingModel::from));
            let mut model = InputModel::new(input.path.as_path());
            model.findings = first..findings.len();
            match &input.kind {
                Kind::Table { becomes, signature, overridable, .. } => {
                    model.outcome = becomes.as_ref().map(|becomes| becomes.outcome.into());
                    model.firmware_table = becomes.as_ref().and_then(|becomes| becomes.firmware.clone());
                    (model.signature, model.overridable) = (Some(signature.clone()), *overridable);
                }
                Kind::Tables(count) => (model.kind, model.tables) = (InputKind::Tables, *count),
                Kind::Policy { assertions, undecided } => {
                    (model.kind, model.tables) = (InputKind::Policy, 0);
                    (model.assertions, model.undecided) = (*assertions, *undecided);
                }
                Kind::Waivers => (model.kind, model.tables) = (InputKind::Waivers, 0),
                Kind::Unread(error) => {
                    (model.kind, model.tables, model.error) = (InputKind::Unreadable, 0, Some(error.clone()));
                }
                Kind::Archive(found) => {
                    let found = files(found);
                    (model.kind, model.tables, model.files) =
                        (InputKind::Archive, accepted(&found), Some(found));
                }
                Kind::Kernel { release, config, tables } => {
                    model.looks_in = Some(*tables);
                    (model.kind, model.tables) = (InputKind::Kernel, 0);
                    (model.kernel, model.config) = (Some(release.clone()), config.clone());
                }
                Kind::Image { role, stub, initrds, kernel } => {
                    model.kernel = kernel.clone();
                    let first = initrds.first().map_or_else(Vec::new, |initrd| files(&initrd.files));
                    model.kind = if *role == Role::Image { InputKind::Image } else { InputKind::Addon };
                    (model.tables, model.files) = (accepted(&first), Some(first));
                    model.initrds = Some(initrds.iter().map(handed_over).collect());
                    model.stub = stub.clone();
                }
            }
            model
        });
        let inputs = inputs.collect();
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        CheckModel {
            schema: CheckModel::SCHEMA,
            about: self.sources.clone().into(),
            kernel: self.kernel.clone(),
            judge: self.judge,
            inputs,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            undecided: self.undecided(),
            allowed: self.allowed,
            waived: self.waived,
            kernels: Vec::new(),
            matrix: Vec::new(),
            left_out: self.left_out.clone(),
            findings,
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
            firmware_table: file.becomes.as_ref().and_then(|becomes| becomes.firmware.clone()),
        })
        .collect()
}

/// What becomes of a file: known of one that is refused or not used, and of one that was compared with the firmware's tables.
fn outcome(file: &ArchiveFile) -> Option<TableOutcome> {
    let becomes = file.becomes.as_ref().map(|becomes| becomes.outcome.into());
    let locked_down = file.locked_down.then_some(TableOutcome::LockedDown);
    words::Examined::from(file.outcome).refused().or(locked_down).or(becomes)
}

fn accepted(files: &[FileModel]) -> usize {
    files.iter().filter(|file| file.examined == words::Examined::Accepted).count()
}

fn handed_over(initrd: &HandedOver) -> InitrdModel {
    let parts = initrd.parts.iter().map(|part| PartModel {
        section: part.source.name(),
        start: part.range.start,
        end: part.range.end,
        file_offset: part.file.start,
    });
    InitrdModel { profiles: initrd.profiles.clone(), parts: parts.collect(), files: files(&initrd.files) }
}
