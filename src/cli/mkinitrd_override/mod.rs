//! `acpihp mkinitrd-override`: tables to an archive, in front of an initrd if there is one.

mod image;

use super::args::{Format, OutputArgs};
use super::{AbsentError, Exit, UsageError, settings};
use crate::app::kernel::Asked;
use crate::app::target::Target;
use crate::boot::install::TableOutcome;
use crate::boot::stages::upgrade::{Examined, examine};
use crate::bytes::escape;
use crate::check::across::Named;
use crate::container::cpio::build;
use crate::container::read_at::ReadAt;
use crate::finding::registry::archive as rules;
use crate::finding::{Area, Finding, Severity};
use crate::report;
use crate::report::model::FindingModel;
use crate::report::model::mkinitrd_override::{HowtoModel, MkinitrdOverride, TableModel};
use crate::report::model::sources::About;
use crate::report::model::words;
use crate::sink::{self, How, Output};
use crate::source::{SourceError, SourceTable, detect, display, file, tables};
use crate::table::Header;
use image::Image;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Options of `acpihp mkinitrd-override`.
#[derive(Debug, clap::Args)]
pub struct MkinitrdOverrideArgs {
    /// Binary tables, one a file, in the order in which they shall stand in the archive
    #[arg(value_name = "TABLE", required_unless_present = "remove", value_hint = clap::ValueHint::FilePath)]
    pub tables: Vec<PathBuf>,
    /// Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Put the archive in front of this initrd, behind its microcode, or in the place of an earlier one
    #[arg(long, value_name = "IMG", value_hint = clap::ValueHint::FilePath)]
    pub initrd: Option<PathBuf>,
    /// Take the override archive out of IMG again
    #[arg(long, requires = "initrd", conflicts_with_all = ["tables", "against", "kernel", "config"])]
    pub remove: bool,
    /// Compare with the tables of a file, a folder or a copied root; none compares with nothing [default: this machine]
    #[arg(long, value_name = "SRC", value_hint = clap::ValueHint::AnyPath)]
    pub against: Option<PathBuf>,
    /// Write the output even if the kernel would refuse tables in it or fail on it, or --remove leaves nothing
    #[arg(long)]
    pub force: bool,
    /// The kernel whose rules count: its release, such as 6.1 or 6.12.111, or its image [default: that of the machine compared
    /// with, or the newest known]
    #[arg(long, value_name = "RELEASE|IMAGE", value_hint = clap::ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// That kernel's configuration [default: that of the image, or the one that is installed for the release]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Show how boot loaders come to use the output, with the lines for it
    #[arg(long, conflicts_with = "remove")]
    pub howto: bool,
    /// Output options.
    #[command(flatten)]
    pub format: OutputArgs,
}

/// A table that was given.
#[derive(Debug)]
pub struct Input {
    /// The file's name; safe to print.
    pub subject: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name in the archive.
    pub name: String,
}

/// Runs the subcommand.
pub fn run(args: &MkinitrdOverrideArgs) -> anyhow::Result<Exit> {
    let path = output(args)?;
    let output = Output::open(path)?;
    let streamed = output.is_stream();
    if args.remove {
        return remove(args, path, output);
    }
    let inputs = inputs(&args.tables)?;
    let target = target(args)?;
    target.notes.iter().for_each(|text| note(text));
    let (report, findings) = archive(args, path, output, &inputs, &target)?;
    let exit = tell(args, &report, &findings, streamed)?;
    if !report.written {
        note("--force writes it all the same");
        if args.against.is_none() && findings.iter().any(|finding| finding.rule.area == Area::Override) {
            note(
                "the tables were compared with this machine's: --against SRC names others, --against none leaves that out",
            );
        }
    }
    Ok(exit)
}

/// Makes an archive of tables that were read already, compared with the firmware's, and puts it where the options say,
/// unless there is an error about it.
///
/// # Errors
/// As [`run`].
pub fn archive(
    args: &MkinitrdOverrideArgs,
    path: &Path,
    output: Output,
    inputs: &[Input],
    target: &Target,
) -> anyhow::Result<(MkinitrdOverride, Vec<Finding>)> {
    let mtime = settings::source_date_epoch()?.unwrap_or(0);
    let release = target.kernel().release();
    let (mut tables, mut findings) = judge(inputs, target)?;

    let files: Vec<_> =
        inputs.iter().map(|input| build::File { name: &input.name, data: &input.bytes }).collect();
    let archive = build::build(&files, mtime)?;
    for (table, placed) in tables.iter_mut().zip(&archive.files) {
        table.path.clone_from(&placed.path);
        table.offset = placed.data_at as u64;
    }
    let (image, initrd) = image::with_archive(args, &archive, release, &mut findings)?;
    for table in &mut tables {
        table.offset = table.offset.saturating_add(initrd.as_ref().map_or(0, |initrd| initrd.front));
    }
    findings.extend(over_limit(inputs, &mut tables, release.max_files));
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let mut report = MkinitrdOverride {
        schema: MkinitrdOverride::SCHEMA,
        about: target.sources().into(),
        kernel: Some(release.name.clone()),
        against: target.name.clone(),
        written: errors == 0 || args.force,
        output: display(path),
        length: image.end(),
        sha256: String::new(),
        mtime: Some(mtime),
        initrd,
        tables,
        errors,
        warnings: findings.iter().filter(|finding| finding.severity == Severity::Warning).count(),
        findings: findings.iter().map(FindingModel::from).collect(),
        howto: if args.howto { howto(path, &output, args.initrd.is_some())? } else { Vec::new() },
    };
    put(output, &image, &mut report)?;
    Ok((report, findings))
}

/// The ways of boot loaders to the output, which must be a file for that.
fn howto(path: &Path, output: &Output, is_initrd: bool) -> Result<Vec<HowtoModel>, UsageError> {
    if output.is_stream() {
        return Err(UsageError("--howto needs -o FILE".into()));
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(report::howto::ways(&display(&path), is_initrd))
}

/// Where the output goes: a file, or `-` for standard output.
fn output(args: &MkinitrdOverrideArgs) -> Result<&Path, UsageError> {
    let json = args.format.format() == Format::Json;
    let path = match &args.output {
        Some(path) => path.as_path(),
        None if json => return Err(UsageError("--format json needs -o FILE".into())),
        None if io::stdout().is_terminal() => {
            let what = if args.remove { "an initrd" } else { "an archive" };
            return Err(UsageError(format!("{what} is nothing to show on a terminal: give -o FILE")));
        }
        None => Path::new("-"),
    };
    settings::standard_input_once(args.tables.iter().chain(&args.initrd).chain(&args.against))?;
    if let Some(same) = args.tables.iter().find(|table| settings::is_same_file(path, table)) {
        return Err(UsageError(format!("-o {}: this is one of the tables", display(same))));
    }
    Ok(path)
}

/// Reads the tables, and finds each a name.
fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>, SourceError> {
    let mut taken = HashSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        const EXPECTED: &str = "one binary ACPI table";
        let mut bytes = file::read(path, file::DEFAULT_LIMIT, EXPECTED)?;
        let kind = detect::kind(&bytes);
        let spelt = is_text(kind).then(|| one_table(path, &bytes)).flatten();
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
        if let Some(table) = spelt {
            bytes = table;
            // What iasl would call it.
            file = path.with_extension("aml").file_name().unwrap_or_default().to_owned();
        }
        let own = match path.as_os_str().as_bytes() {
            b"-" => [bytes.get(..4).unwrap_or_default(), b".aml"].concat(),
            _ => file.as_bytes().to_owned(),
        };
        let name = build::clean_name(&own, &taken);
        taken.insert(name.clone());
        inputs.push(Input { subject: display(path), bytes, name });
    }
    Ok(inputs)
}

fn is_text(kind: detect::Kind) -> bool {
    matches!(kind, detect::Kind::Text | detect::Kind::Utf16(_))
}

/// The table of a text that spells exactly one, with nothing wrong about it.
fn one_table(path: &Path, text: &[u8]) -> Option<Vec<u8>> {
    let set = tables::from_bytes(path, text).ok().filter(|set| set.notes.is_empty())?;
    let [table] = <[SourceTable; 1]>::try_from(set.tables).ok()?;
    Some(table.bytes)
}

/// What the options name to compare with.
fn target(args: &MkinitrdOverrideArgs) -> anyhow::Result<Target> {
    let asked = Asked { kernel: args.kernel.as_deref(), config: args.config.as_deref(), ..Asked::default() };
    match args.against.as_deref() {
        Some(path) if path.as_os_str() == "none" => Target::kernel_alone(&asked),
        Some(path) => Target::of_source(path, &asked),
        None => Target::running(&asked),
    }
}

/// What the kernel would do with each table, and what is to be said of it.
fn judge(inputs: &[Input], target: &Target) -> anyhow::Result<(Vec<TableModel>, Vec<Finding>)> {
    let release = target.kernel().release();
    let files: Vec<_> =
        inputs.iter().map(|input| Named { subject: &input.subject, base: 0, bytes: &input.bytes }).collect();
    let verdict = target.judge(&files)?;
    let mut models = Vec::new();
    for (input, fate) in inputs.iter().zip(verdict.fates) {
        let mut model = model(input, Some(words::TableOutcome::Rejected));
        if examine(&input.bytes, release.signatures) == Examined::Accepted {
            hint(input);
            let told = |fate: &TableOutcome| target.has_firmware() || matches!(fate, TableOutcome::Unused(_));
            model.outcome = fate.filter(told).map(words::TableOutcome::from);
            let met = fate.and_then(TableOutcome::firmware).and_then(|index| target.tables.get(index));
            model.firmware_table = met.map(|table| table.name.clone());
        }
        models.push(model);
    }
    // A kernel that looks at no table uses none.
    if target.next().takes_no_tables() {
        for model in &mut models {
            (model.outcome, model.firmware_table) = (Some(words::TableOutcome::NotLookedFor), None);
        }
    }
    Ok((models, verdict.findings))
}

/// What the kernel accepts can still be wrong inside: `check` has the rules for that.
fn hint(input: &Input) {
    let inside = crate::check::table(&input.subject, 0, &input.bytes);
    match inside.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => {}
        1 => note(&format!("{0}: there is an error inside: acpihp check {0}", input.subject)),
        number => note(&format!("{0}: there are {number} errors inside: acpihp check {0}", input.subject)),
    }
}

fn model(input: &Input, outcome: Option<words::TableOutcome>) -> TableModel {
    let header = Header::parse(&input.bytes);
    TableModel {
        file: input.subject.clone(),
        path: String::new(),
        offset: 0,
        length: input.bytes.len() as u64,
        signature: header.map(|header| header.signature.to_string()),
        oem_id: header.map(|header| escape(&header.oem_id).into_owned()),
        oem_table_id: header.map(|header| escape(&header.oem_table_id).into_owned()),
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

/// `--remove`.
fn remove(args: &MkinitrdOverrideArgs, name: &Path, output: Output) -> anyhow::Result<Exit> {
    let streamed = output.is_stream();
    let Some(path) = &args.initrd else {
        return Err(UsageError("--remove needs --initrd IMG".into()).into());
    };
    let Some((image, initrd)) = image::without_archive(path)? else {
        let name = display(path);
        return Err(
            AbsentError(format!("{name}: it begins with no override archive that could be removed")).into()
        );
    };
    if image.end() == 0 && !args.force {
        let name = display(path);
        let why = format!(
            "{name}: the archive is all that is in it, nothing would be left; --force writes an empty file"
        );
        return Err(UsageError(why).into());
    }
    let mut report = MkinitrdOverride {
        schema: MkinitrdOverride::SCHEMA,
        about: About::default(),
        kernel: None,
        against: None,
        written: true,
        output: display(name),
        length: image.end(),
        sha256: String::new(),
        mtime: None,
        initrd: Some(initrd),
        tables: Vec::new(),
        findings: Vec::new(),
        howto: Vec::new(),
        errors: 0,
        warnings: 0,
    };
    put(output, &image, &mut report)?;
    tell(args, &report, &[], streamed)
}

/// Writes the output if it is to be written.
fn put(output: Output, image: &Image<'_>, report: &mut MkinitrdOverride) -> anyhow::Result<()> {
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

/// Reports the output: on standard error when the output is a stream.
///
/// # Errors
/// [`sink::SinkError`].
pub fn tell(
    args: &MkinitrdOverrideArgs,
    report: &MkinitrdOverride,
    findings: &[Finding],
    streamed: bool,
) -> anyhow::Result<Exit> {
    let json = args.format.format() == Format::Json;
    if !json {
        let _ = report::mkinitrd_override::findings(&mut io::stderr().lock(), findings);
    }
    sink::tell(streamed, |out| match json {
        true => report::json(out, report),
        false if report.written => report::mkinitrd_override::written(out, report),
        false => Ok(()),
    })?;
    Ok(status(report))
}

/// The exit status, with a line on standard error where nothing was written.
pub fn status(report: &MkinitrdOverride) -> Exit {
    if report.written {
        return Exit::Fine;
    }
    match report.errors {
        1 => note("nothing was written: 1 error"),
        errors => note(&format!("nothing was written: {errors} errors")),
    }
    Exit::Findings
}

/// A line on standard error; whether anyone reads it does not matter.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "acpihp: {text}");
}
