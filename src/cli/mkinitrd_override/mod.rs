//! `acpihp mkinitrd-override`: tables to an archive, in front of an initrd if there is one.

mod image;

use super::args::{Format, OutputArgs};
use super::{AbsentError, Exit, UsageError, settings};
use crate::boot::install::Fate;
use crate::boot::release::Release;
use crate::boot::upgrade::{Outcome, examine};
use crate::bytes::escape;
use crate::check::across::Named;
use crate::check::against;
use crate::container::cpio::build;
use crate::container::read_at::ReadAt;
use crate::finding::registry::archive as rules;
use crate::finding::{Finding, Severity};
use crate::report::model::FindingModel;
use crate::report::model::mkinitrd_override::{HowtoModel, MkinitrdOverride, TableModel};
use crate::source::tables::{self, TableSet};
use crate::source::{SourceError, SourceTable, bootfiles, detect, display, file, root::Root, running};
use crate::table::Header;
use crate::{report, sink};
use image::Image;
use std::collections::HashSet;
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
    #[arg(long, requires = "initrd", conflicts_with_all = ["tables", "against", "force", "kernel"])]
    pub remove: bool,
    /// Compare with the tables of a file, a folder or a copied root; none compares with nothing [default: this machine]
    #[arg(long, value_name = "SRC", value_hint = clap::ValueHint::AnyPath)]
    pub against: Option<PathBuf>,
    /// Write the output even if the kernel would refuse tables in it, or fail on it
    #[arg(long)]
    pub force: bool,
    /// Kernel release whose rules count, such as 6.1 or 6.12.111 [default: that of the machine compared with, or the newest
    /// known]
    #[arg(long, value_name = "RELEASE")]
    pub kernel: Option<String>,
    /// Show how boot loaders come to use the output, with the lines for it
    #[arg(long, conflicts_with = "remove")]
    pub howto: bool,
    /// Output options.
    #[command(flatten)]
    pub format: OutputArgs,
}

/// What the firmware's side is known of.
pub struct Against {
    /// `this machine` or the source's name.
    name: String,
    tables: Vec<SourceTable>,
    /// The release that runs there.
    release: Option<String>,
    locked_down: bool,
    /// How that release was configured: the file's name and its text.
    config: Option<(String, String)>,
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
    let output = output(args)?;
    if args.remove {
        return remove(args, output);
    }
    let (report, findings) = archive(args, output, &inputs(&args.tables)?, against(args)?)?;
    let exit = tell(args, &report, &findings, report.output == "-")?;
    if !report.written {
        note("--force writes it all the same");
        if args.against.is_none() && findings.iter().any(|finding| finding.rule.code.starts_with("override-"))
        {
            note(
                "the tables were compared with this machine's: --against SRC names others, --against none leaves that out",
            );
        }
    }
    Ok(exit)
}

/// Makes an archive of tables that were read already, held against the firmware's, and puts it where the options say,
/// unless there is an error about it.
///
/// # Errors
/// As [`run`].
pub fn archive(
    args: &MkinitrdOverrideArgs,
    output: &Path,
    inputs: &[Input],
    against: Option<Against>,
) -> anyhow::Result<(MkinitrdOverride, Vec<Finding>)> {
    let mtime = settings::source_date_epoch()?.unwrap_or(0);
    let release = release(args, against.as_ref())?;
    let (mut tables, mut findings) = judge(inputs, against.as_ref(), &release);

    let files: Vec<_> =
        inputs.iter().map(|input| build::File { name: &input.name, data: &input.bytes }).collect();
    let archive = build::build(&files, mtime)?;
    for (table, placed) in tables.iter_mut().zip(&archive.files) {
        table.path.clone_from(&placed.path);
        table.offset = placed.data_at as u64;
    }
    let (image, initrd) = image::with_archive(args, &archive, &release, &mut findings)?;
    for table in &mut tables {
        table.offset = table.offset.saturating_add(initrd.as_ref().map_or(0, |initrd| initrd.front));
    }
    findings.extend(over_limit(inputs, &mut tables, release.max_files));
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let mut report = MkinitrdOverride {
        schema: MkinitrdOverride::SCHEMA,
        kernel: Some(release.name.clone()),
        against: against.map(|against| against.name),
        written: errors == 0 || args.force,
        output: display(output),
        length: image.end(),
        sha256: String::new(),
        mtime: Some(mtime),
        initrd,
        tables,
        errors,
        warnings: findings.iter().filter(|finding| finding.severity == Severity::Warning).count(),
        findings: findings.iter().map(FindingModel::from).collect(),
        howto: if args.howto { howto(output, args.initrd.is_some())? } else { Vec::new() },
    };
    put(output, &image, &mut report)?;
    Ok((report, findings))
}

/// The ways of boot loaders to the output, which must be a file for that.
fn howto(output: &Path, is_initrd: bool) -> Result<Vec<HowtoModel>, UsageError> {
    if output.as_os_str() == "-" {
        return Err(UsageError("--howto needs -o FILE".into()));
    }
    let path = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
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

/// The firmware's side that the options name.
fn against(args: &MkinitrdOverrideArgs) -> anyhow::Result<Option<Against>> {
    match args.against.as_deref() {
        Some(path) if path.as_os_str() == "none" => Ok(None),
        Some(path) => {
            let (set, root) = tables::with_root(path)?;
            Ok(Some(Against::new(display(path), set, root.as_ref())))
        }
        None => Ok(Against::this_machine()),
    }
}

impl Against {
    /// The machine that this runs on. Says in a line when its tables cannot be read.
    pub fn this_machine() -> Option<Against> {
        let live = Root::Folder("/".into());
        match tables::from_root(&live) {
            Ok(set) => Some(Against::new("this machine".to_owned(), set, Some(&live))),
            Err(error) => {
                note(&format!(
                    "not compared with any firmware's tables: {error} (--against SRC names others)"
                ));
                None
            }
        }
    }

    /// The firmware's tables, and what else the tree tells of that machine.
    pub fn new(name: String, set: TableSet, root: Option<&Root>) -> Against {
        set.notes.iter().for_each(|text| note(&format!("note: {text}")));
        let text = |path: &str| root.and_then(|root| root.text(path)).unwrap_or_default();
        if crate::memory::log::parse(&text("var/log/dmesg")).upgraded {
            note(&format!(
                "{name} was booted with an override: its tables are no longer all the firmware's own"
            ));
        }
        // Tables that were loaded at run time can not be overridden.
        let is_dynamic = |table: &SourceTable| root.is_some() && table.origin.contains("/dynamic/");
        let release =
            Some(text("proc/sys/kernel/osrelease").trim().to_owned()).filter(|text| !text.is_empty());
        let config = release.as_deref().and_then(|release| bootfiles::config(root?, release));
        Against {
            name,
            config,
            release,
            tables: set.tables.into_iter().filter(|table| !is_dynamic(table)).collect(),
            locked_down: root.and_then(running::lockdown).is_some_and(|mode| mode != "none"),
        }
    }
}

/// The release that was asked for, that of the machine, or the newest that is known.
fn release(args: &MkinitrdOverrideArgs, against: Option<&Against>) -> Result<Release, UsageError> {
    if let Some(text) = &args.kernel {
        return Release::parse(text).map_err(|error| UsageError(format!("--kernel: {error}")));
    }
    let own = against.and_then(|against| against.release.as_deref());
    Ok(own.and_then(|text| Release::parse(text).ok()).unwrap_or_else(Release::newest))
}

/// What the kernel would do with each table, and what is to be said of it.
fn judge(inputs: &[Input], against: Option<&Against>, release: &Release) -> (Vec<TableModel>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut accepted = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        match examine(&input.bytes, release.signatures) {
            Outcome::Accepted => accepted.push(index),
            _ => findings.extend(against::refusal(&input.subject, &input.bytes, release)),
        }
    }
    for input in accepted.iter().filter_map(|index| inputs.get(*index)) {
        hint(input);
    }
    let files: Vec<_> = accepted
        .iter()
        .filter_map(|index| inputs.get(*index))
        .map(|input| Named { subject: &input.subject, base: 0, bytes: &input.bytes })
        .collect();
    let firmware: Vec<_> = against
        .iter()
        .flat_map(|against| &against.tables)
        .map(|table| Named { subject: &table.name, base: 0, bytes: &table.bytes })
        .collect();
    let (fates, about) = against::check(&files, &firmware, release);
    // Without the firmware's tables, only what the files say of each other counts.
    let needs_firmware = |finding: &Finding| finding.rule.code.starts_with("override-");
    findings.extend(about.into_iter().filter(|finding| against.is_some() || !needs_firmware(finding)));
    if let Some(against) = against.filter(|against| against.locked_down)
        && release.upgrade_rules(true).lockdown == crate::boot::upgrade::Lockdown::Refused
    {
        let message = format!("Linux {} ignores override tables there", release.version);
        findings.push(Finding::new(&rules::LOCKED_DOWN, against.name.as_str(), message));
    }
    let own = against.filter(|against| against.release.as_deref() == Some(&*release.name.raw_text()));
    if let Some((name, config)) = own.and_then(|against| against.config.as_ref()) {
        findings.extend(against::configuration(name, config, release));
    }
    let mut models: Vec<_> = inputs.iter().map(|input| model(input, Some("rejected"))).collect();
    for (index, fate) in accepted.iter().zip(fates) {
        let Some(model) = models.get_mut(*index) else { continue };
        let told = |fate: &Fate| against.is_some() || matches!(fate, Fate::Unused(_));
        model.outcome = fate.filter(told).map(Fate::name);
        let met = fate.and_then(Fate::firmware).and_then(|index| firmware.get(index));
        model.firmware_table = met.map(|table| table.subject.to_owned());
    }
    (models, findings)
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

fn model(input: &Input, outcome: Option<&'static str>) -> TableModel {
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
            table.outcome = Some("not-examined");
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
fn remove(args: &MkinitrdOverrideArgs, output: &Path) -> anyhow::Result<Exit> {
    let Some(path) = &args.initrd else {
        return Err(UsageError("--remove needs --initrd IMG".into()).into());
    };
    let Some((image, initrd)) = image::without_archive(path)? else {
        let name = display(path);
        return Err(
            AbsentError(format!("{name}: it begins with no override archive that could be removed")).into()
        );
    };
    let mut report = MkinitrdOverride {
        schema: MkinitrdOverride::SCHEMA,
        kernel: None,
        against: None,
        written: true,
        output: display(output),
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
    tell(args, &report, &[], report.output == "-")
}

/// Writes the output if it is to be written.
fn put(output: &Path, image: &Image<'_>, report: &mut MkinitrdOverride) -> anyhow::Result<()> {
    let mut write = |out: &mut dyn Write| {
        report.sha256 = image::write(image, out)?;
        Ok(())
    };
    if !report.written {
        let _ = write(&mut io::sink());
    } else {
        sink::output(output, write)?;
    }
    Ok(())
}

/// Tells of the output: on standard error when standard output is `taken`.
///
/// # Errors
/// [`sink::SinkError`].
pub fn tell(
    args: &MkinitrdOverrideArgs,
    report: &MkinitrdOverride,
    findings: &[Finding],
    taken: bool,
) -> anyhow::Result<Exit> {
    let json = args.format.format() == Format::Json;
    if !json {
        let _ = report::mkinitrd_override::findings(&mut io::stderr().lock(), findings);
    }
    sink::tell(taken, |out| match json {
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
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "acpihp: {text}");
}
