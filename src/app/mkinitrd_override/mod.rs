//! Tables to an archive, in front of an initrd if there is one. What `acpihp mkinitrd-override` makes.

mod image;

use super::howto::{self, Howto};
use super::kernel::Asked;
use super::listing;
use super::machine::MachineRequest;
use super::target::Target;
use super::{AbsentError, UsageError};
use crate::boot::install::TableOutcome;
use crate::boot::stages::upgrade::{Examined, examine};
use crate::check::across::Named;
use crate::container::cpio::build;
use crate::container::read_at::ReadAt;
use crate::finding::registry::archive as rules;
use crate::finding::{Area, Finding, Severity};
use crate::foreign::Foreign;
use crate::report;
use crate::report::model::FindingModel;
use crate::report::model::mkinitrd_override::{HowtoModel, MkinitrdOverride, TableModel};
use crate::report::model::words;
use crate::sink::{How, Output};
use crate::source::{SourceError, detect, display, file};
use crate::table::Header;
use crate::table::source::Take;
use image::Image;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What tables are compared with.
#[derive(Debug, Clone, Default)]
pub enum Against {
    /// Those of the machine that the request names, or the running one.
    #[default]
    Machine,
    /// Those of a second machine: a file, a folder or a copied root.
    Source(PathBuf),
    /// None.
    Nothing,
}

/// The archive that is wanted.
#[derive(Debug, Clone, Default)]
pub struct OverrideRequest {
    /// Files with one binary table each, in the order of the archive.
    pub tables: Vec<PathBuf>,
    /// The machine that the archive is for.
    pub machine: MachineRequest,
    /// What they are compared with.
    pub against: Against,
    /// The kernel: its release, or its image's file; the machine's, or the newest known, where nothing is named.
    pub kernel: Option<PathBuf>,
    /// Its configuration.
    pub config: Option<PathBuf>,
    /// The release whose rules it follows, where that is another one.
    pub rules_of: Option<String>,
    /// How it is put together.
    pub put: Put,
}

/// How an archive is put together, and when it is written.
#[derive(Debug, Clone, Default)]
pub struct Put {
    /// The output's name; `-` is standard output.
    pub output: PathBuf,
    /// The initrd that it comes in front of.
    pub initrd: Option<PathBuf>,
    /// Whether it is written even if there is an error about it.
    pub force: bool,
    /// The machine of which to say how its boot loader comes to use it, if that is wanted.
    pub howto: Option<Howto>,
    /// The time that its entries carry, in seconds since 1970.
    pub mtime: u32,
}

/// A table that was given.
#[derive(Debug)]
pub struct Input {
    /// The file's name.
    pub subject: Foreign,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name in the archive.
    pub name: String,
    /// What is worth a line.
    pub notes: Vec<Foreign>,
}

/// Makes an archive of the tables that are named, and writes it unless there is an error about it.
///
/// # Errors
/// [`SourceError`] for what cannot be read or is not a table, [`UsageError`] for a kernel that is neither a release nor a file,
/// [`crate::sink::SinkError`] where the output cannot be written.
pub fn run(request: &OverrideRequest, output: Output) -> anyhow::Result<MkinitrdOverride> {
    let inputs = inputs(&request.tables, request.machine.take)?;
    let asked = Asked {
        kernel: request.kernel.as_deref(),
        config: request.config.as_deref(),
        rules_of: request.rules_of.as_deref(),
        take: request.machine.take,
        order: request.machine.order(),
        ..Asked::default()
    };
    let target = match &request.against {
        Against::Nothing => Target::kernel_alone(&asked),
        Against::Source(path) => Target::of_source(path, &asked),
        Against::Machine => Target::of_machine(&request.machine, &asked),
    }?;
    let mut report = archive(&request.put, output, &inputs, &target)?;
    if !report.written {
        report.advice.push("--force writes it all the same");
        let is_override = |finding: &FindingModel| finding.rule.area == Area::Override;
        if matches!(request.against, Against::Machine)
            && !request.machine.is_named()
            && report.findings.iter().any(is_override)
        {
            report.advice.push(
                "the tables were compared with this machine's: --against SRC names others, --against none leaves that out",
            );
        }
    }
    Ok(report)
}

/// Makes an archive of tables that were read already, compared with the firmware's, and writes it unless there is an error
/// about it.
///
/// # Errors
/// As [`run`].
pub fn archive(
    put: &Put,
    output: Output,
    inputs: &[Input],
    target: &Target,
) -> anyhow::Result<MkinitrdOverride> {
    let (howto_for, howto) = howto(put, inputs, &output)?;
    let release = target.kernel().release();
    let Judged { mut tables, mut findings, notes } = judge(inputs, target)?;
    let files: Vec<_> =
        inputs.iter().map(|input| build::File { name: &input.name, data: &input.bytes }).collect();
    let archive = build::build(&files, put.mtime)?;
    let (image, initrd) = image::with_archive(put.initrd.as_deref(), &archive, release, &mut findings)?;
    let front = initrd.as_ref().map_or(0, |initrd| initrd.front);
    for (table, placed) in tables.iter_mut().zip(&archive.files) {
        table.path = placed.path.as_str().into();
        table.offset = (placed.data_at as u64).saturating_add(front);
    }
    findings.extend(over_limit(inputs, &mut tables, release.max_files));
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let errors = count(Severity::Error);
    let mut report = MkinitrdOverride {
        about: target.sources().into(),
        kernel: Some(release.name.clone()),
        against: target.name.clone(),
        written: errors == 0 || put.force,
        length: image.end(),
        mtime: Some(put.mtime),
        initrd,
        tables,
        errors,
        warnings: count(Severity::Warning),
        findings: findings.iter().map(FindingModel::from).collect(),
        howto_for,
        howto,
        notes: target
            .notes
            .iter()
            .cloned()
            .chain(inputs.iter().flat_map(|input| input.notes.clone()))
            .chain(notes)
            .collect(),
        ..MkinitrdOverride::new(put.output.as_path())
    };
    write(output, &image, &mut report)?;
    Ok(report)
}

/// The ways of boot loaders to the output, which must be a file for that, and the machine whose they are.
fn howto(put: &Put, inputs: &[Input], output: &Output) -> anyhow::Result<(Option<Foreign>, Vec<HowtoModel>)> {
    let Some(howto) = &put.howto else { return Ok((None, Vec::new())) };
    if output.is_stream() {
        return Err(UsageError("--howto needs -o FILE".into()).into());
    }
    let path = std::path::absolute(&put.output).unwrap_or_else(|_| put.output.clone());
    let setup = howto::setup(howto)?;
    let tables: Vec<Foreign> = inputs.iter().map(|input| input.subject.clone()).collect();
    let ways = report::howto::of(setup.as_ref(), &path.as_path().into(), &tables, put.initrd.is_some());
    Ok((setup.and_then(|setup| setup.name).map(Foreign::from), ways))
}

/// Reads the tables, and finds each a name.
fn inputs(paths: &[PathBuf], take: Option<Take>) -> Result<Vec<Input>, SourceError> {
    let mut taken = HashSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        const EXPECTED: &str = "one binary ACPI table";
        let mut bytes = file::read(path, file::DEFAULT_LIMIT, EXPECTED)?;
        let kind = detect::kind(&bytes);
        let spelt = if is_text(kind) { listing::one_table(path, &bytes, take)? } else { None };
        let expected = match kind {
            _ if spelt.is_some() => None,
            detect::Kind::Tables | detect::Kind::Unknown => None,
            detect::Kind::Empty => {
                return Err(SourceError::no_bytes(path));
            }
            detect::Kind::Text | detect::Kind::Utf16(_) => Some(
                "one binary ACPI table (iasl compiles source; acpihp dump --from FILE -o DIR splits a dump)",
            ),
            detect::Kind::Cpio | detect::Kind::Memory(_) | detect::Kind::Known(_) => Some(EXPECTED),
        };
        if let Some(expected) = expected {
            let found = detect::describe(&bytes);
            return Err(SourceError::Content { path: path.clone(), offset: 0, found, expected });
        }
        let mut file = path.file_name().unwrap_or_default().to_owned();
        let mut notes = Vec::new();
        if let Some((table, about)) = spelt {
            notes = about;
            bytes = table;
            // What iasl would call it.
            file = path.with_extension("aml").file_name().unwrap_or_default().to_owned();
        }
        let own = match path.as_os_str().as_bytes() {
            b"-" => [bytes.get(..4).unwrap_or_default(), b".aml"].concat().to_ascii_lowercase(),
            _ => file.as_bytes().to_owned(),
        };
        let name = build::clean_name(&own, &taken);
        taken.insert(name.clone());
        inputs.push(Input { subject: path.as_path().into(), bytes, name, notes });
    }
    Ok(inputs)
}

fn is_text(kind: detect::Kind) -> bool {
    matches!(kind, detect::Kind::Text | detect::Kind::Utf16(_))
}

/// What the kernel would do with tables.
struct Judged {
    /// Each of them.
    tables: Vec<TableModel>,
    /// What is to be said of them.
    findings: Vec<Finding>,
    /// What else is worth a line.
    notes: Vec<Foreign>,
}

/// What the kernel would do with each table, and what is to be said of it.
fn judge(inputs: &[Input], target: &Target) -> anyhow::Result<Judged> {
    let release = target.kernel().release();
    let files: Vec<_> = inputs
        .iter()
        .map(|input| Named { subject: input.subject.raw(), base: 0, bytes: &input.bytes })
        .collect();
    let verdict = target.judge(&files)?;
    let (mut models, mut notes) = (Vec::new(), Vec::new());
    for (input, fate) in inputs.iter().zip(verdict.fates) {
        let mut model = model(input, Some(words::TableOutcome::Rejected));
        if examine(&input.bytes, release.signatures) == Examined::Accepted {
            notes.extend(hint(input));
            let told = |fate: &TableOutcome| target.has_firmware() || matches!(fate, TableOutcome::Unused(_));
            model.outcome = fate.filter(told).map(words::TableOutcome::from);
            let met = fate.and_then(TableOutcome::firmware).and_then(|index| target.tables.get(index));
            model.firmware_table = met.map(|table| table.name.clone());
        }
        models.push(model);
    }
    // A kernel that looks for no table, or uses none that it finds, leaves the firmware's as they are.
    let next = target.next();
    for model in &mut models {
        let instead = match model.outcome {
            _ if !next.looks_for_tables() => words::TableOutcome::NotLookedFor,
            Some(words::TableOutcome::Rejected) => continue,
            _ if next.refuses_tables() => words::TableOutcome::LockedDown,
            _ => continue,
        };
        (model.outcome, model.firmware_table) = (Some(instead), None);
    }
    Ok(Judged { tables: models, findings: verdict.findings, notes })
}

/// What the kernel accepts can still be wrong inside: `check` has the rules for that.
fn hint(input: &Input) -> Option<Foreign> {
    let inside = crate::check::table(&input.subject, 0, &input.bytes);
    let are = match inside.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => return None,
        1 => "is an error".to_owned(),
        number => format!("are {number} errors"),
    };
    let inside = format_args!(": there {are} inside: acpihp check ");
    Some(input.subject.clone() + inside + &input.subject)
}

fn model(input: &Input, outcome: Option<words::TableOutcome>) -> TableModel {
    let header = Header::parse(&input.bytes);
    TableModel {
        file: input.subject.clone(),
        path: Foreign::default(),
        offset: 0,
        length: input.bytes.len() as u64,
        signature: header.map(|header| header.signature.into()),
        oem_id: header.map(|header| header.oem_id[..].into()),
        oem_table_id: header.map(|header| header.oem_table_id[..].into()),
        oem_revision: header.map(|header| header.oem_revision),
        outcome,
        firmware_table: None,
    }
}

/// The tables that come after the last one that the kernel looks at.
fn over_limit(inputs: &[Input], tables: &mut [TableModel], limit: usize) -> Vec<Finding> {
    let beyond = inputs.iter().zip(tables).skip(limit);
    beyond
        .map(|(input, table)| {
            table.outcome = Some(words::TableOutcome::NotExamined);
            table.firmware_table = None;
            Finding::new(
                &rules::OVER_LIMIT,
                &input.subject,
                format!("the kernel looks at the first {limit} files"),
            )
        })
        .collect()
}

/// Takes the override archive out of an initrd again.
///
/// # Errors
/// [`AbsentError`] where there is none, [`UsageError`] where nothing would be left; as [`run`].
pub fn remove(put: &Put, initrd: &Path, output: Output) -> anyhow::Result<MkinitrdOverride> {
    let name = display(initrd);
    let Some((image, model)) = image::without_archive(initrd)? else {
        return Err(
            AbsentError(format!("{name}: it begins with no override archive that could be removed")).into()
        );
    };
    if image.end() == 0 && !put.force {
        let why = format!(
            "{name}: the archive is all that is in it, nothing would be left; --force writes an empty file"
        );
        return Err(UsageError(why).into());
    }
    let mut report = MkinitrdOverride {
        written: true,
        length: image.end(),
        initrd: Some(model),
        ..MkinitrdOverride::new(put.output.as_path())
    };
    write(output, &image, &mut report)?;
    Ok(report)
}

/// Writes the output if it is to be written.
fn write(output: Output, image: &Image<'_>, report: &mut MkinitrdOverride) -> anyhow::Result<()> {
    let mut write = |out: &mut dyn Write| {
        report.sha256 = image::write(image, out)?;
        Ok(())
    };
    if !report.written {
        let _ = write(&mut io::sink());
    } else {
        let check = |file: &File| image::read_back(image, file);
        let read = image.initrd().version();
        output.write(How { durable: true, read, check: Some(&check), private: false }, write)?;
    }
    Ok(())
}
