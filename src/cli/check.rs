//! `acpihp check`: will Linux accept tables, archives and initrds, and are they right?

use super::explain::rule;
use super::policy::{Options, Policy, PolicyArgs};
use super::{Exit, UsageError};
use crate::app::kernel::{self, Asked, ChosenKernel};
use crate::app::target::Target;
use crate::boot::NextBoot;
use crate::boot::build::TableSource;
use crate::boot::build_findings;
use crate::boot::install;
use crate::boot::release::Release;
use crate::boot::upgrade::{Examined, Lockdown, UpgradeRules};
use crate::bytes::escape;
use crate::check::across::Named;
use crate::check::image::Seen;
use crate::check::places::{self, Placed};
use crate::check::{self, across, against, archive};
use crate::container::initrd::held::{Held, View};
use crate::container::raw;
use crate::container::uki::Role;
use crate::finding::{Finding, Rule, Severity, registry};
use crate::memory::memmap::Entry;
use crate::report::check::{ArchiveFile, Becomes, HandedOver, Input, Kind, Report};
use crate::report::model::check::CheckModel;
use crate::report::{self, annotate, junit};
use crate::source::initrd::Random;
use crate::source::root::Root;
use crate::source::tables::{self, TableSet};
use crate::source::{SourceError, SourceTable, display, file, initrd as initrds, kernel as sources, machine};
use crate::{sink, table};
use clap::ValueEnum;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What messages say that an input should be.
const EXPECTED: &str = "ACPI tables, a text with tables, an initrd, an override archive or a UKI";

/// Options of `acpihp check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Tables, folders, dumps, override archives, initrds, kernels and unified kernel images, told by their content; - is
    /// standard input
    #[arg(value_name = "PATH", required = true, value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Take the tables for overrides and hold them against those of a machine: a root, a folder or a dump
    #[arg(long, value_name = "SRC", value_hint = clap::ValueHint::AnyPath)]
    pub against: Option<PathBuf>,
    /// The kernel whose rules apply: its release, such as 6.1 or 6.12.111, or its image [default: that of a unified kernel
    /// image, else the newest known]
    #[arg(long, value_name = "RELEASE|IMAGE", value_hint = clap::ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// The kernel's configuration [default: that of the image]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Exit with 1 if there is a finding of this severity or above
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    pub fail_on: FailOn,
    /// Leave findings with this code out
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
    /// Waivers and policies.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Show what is only worth knowing, and every place of a finding
    #[arg(short, long)]
    pub verbose: bool,
    /// How to print the findings
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_default_value = true)]
    pub format: CheckFormat,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format")]
    pub json: bool,
}

impl CheckArgs {
    /// Whether what is only worth knowing is wanted.
    fn shows_all(&self) -> bool {
        self.verbose || self.fail_on == FailOn::Info
    }
}

/// From which severity on findings make the exit status 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Errors and warnings
    Warning,
    /// Any finding
    Info,
    /// No finding
    Never,
}

/// How to print findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
    /// Workflow commands, which GitHub Actions shows at the file
    Github,
    /// JUnit XML, which build servers show as tests
    Junit,
}

impl FailOn {
    fn is_reached(self, severity: Severity) -> bool {
        match self {
            FailOn::Error => severity >= Severity::Error,
            FailOn::Warning => severity >= Severity::Warning,
            FailOn::Info => true,
            FailOn::Never => false,
        }
    }
}

/// What one path gave.
enum Content {
    /// Tables, and the memory map of the machine that they are of where the source has one.
    Tables(TableSet, Vec<Entry>),
    Archive(Held<'static>),
    /// A kernel.
    Kernel(Box<ChosenKernel>),
    /// An image, the initrds that it hands over, each with the profiles that get it, and the kernel in it.
    Image(Arc<initrds::Image>, Vec<(HandedOver, Held<'static>)>, Option<Box<ChosenKernel>>),
}

impl Content {
    /// That the file was cut short while it was looked at, if it was.
    fn intact(&self, path: &Path) -> Result<(), SourceError> {
        match self {
            Content::Archive(held) => initrds::intact(path, held),
            Content::Image(_, initrds, _) => {
                initrds.iter().try_for_each(|(_, held)| initrds::intact(path, held))
            }
            Content::Tables(..) | Content::Kernel(_) => Ok(()),
        }
    }
}

/// Runs the subcommand.
pub fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let asked = Asked { kernel: args.kernel.as_deref(), config: args.config.as_deref(), ..Asked::default() };
    let allow = |code: &String| rule(code).map_err(|error| UsageError(format!("--allow: {error}")));
    let allowed = args.allow.iter().map(allow).collect::<Result<Vec<_>, _>>()?;
    let policy = Policy::read(&args.policy)?;
    let firmware = args.against.as_deref().map(|path| Firmware::read(path, &asked)).transpose()?;
    let alone = if firmware.is_none() { Some(Target::kernel_alone(&asked)?) } else { None };
    let target = firmware.as_ref().map(|firmware| &firmware.target).or(alone.as_ref());
    let target = target.ok_or_else(|| UsageError("--against: nothing to compare with".to_owned()))?;
    let mut unreadable = false;
    let (mut contents, mut paths) = (Vec::new(), Vec::new());
    for path in &args.paths {
        match read(path, &asked) {
            Ok(content) => {
                contents.push((display(path), content));
                paths.push(path.as_path());
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "acpihp: {error}");
                unreadable = true;
            }
        }
    }
    let next = target.next();
    let session = Session { next: &next, firmware: firmware.as_ref() };
    let mut report = session.report(&contents);
    let against = firmware.as_ref().and_then(|firmware| firmware.root.clone());
    let options = Options { against, kernel: target.kernel(), asked: asked.kernel };
    for ((_, content), path) in contents.iter().zip(&paths) {
        content.intact(path)?;
    }
    policy.apply(&mut report, &paths, &options)?;
    leave_out(&mut report, &allowed);
    sink::stdout(|out| match (args.json, args.format) {
        (true, _) | (_, CheckFormat::Json) => {
            let mut model = CheckModel::new(&report);
            model.about = target.sources().into();
            report::json(out, &model)
        }
        (_, CheckFormat::Sarif) => annotate::sarif(out, &report),
        (_, CheckFormat::Github) => annotate::github(out, &report, args.shows_all()),
        (_, CheckFormat::Junit) => junit::write(out, &report, &|severity| args.fail_on.is_reached(severity)),
        (_, CheckFormat::Text) => report::check::text(out, &report, args.shows_all()),
    })?;
    let failed = report.findings().any(|finding| args.fail_on.is_reached(finding.severity));
    Ok(if unreadable {
        Exit::Unreadable
    } else if failed {
        Exit::Findings
    } else {
        Exit::Fine
    })
}

/// What an override would meet.
struct Firmware {
    target: Target,
    /// The root that they stand in, if they do.
    root: Option<Root>,
    /// The memory map; empty when it is not known.
    map: Vec<Entry>,
}

impl Firmware {
    fn read(path: &Path, asked: &Asked<'_>) -> anyhow::Result<Firmware> {
        let target = Target::of_source(path, asked)?;
        let root = target.prepared().map(|prepared| prepared.root.clone());
        let map = map_of(root.as_ref())?;
        Ok(Firmware { target, root, map })
    }
}

/// What a path holds.
fn read(path: &Path, asked: &Asked<'_>) -> anyhow::Result<Content> {
    if path.as_os_str() != "-" && (path.is_dir() || path.is_file() && tables::is_tree(path)) {
        let (set, root) = tables::with_root(path)?;
        return Ok(Content::Tables(set, map_of(root.as_ref())?));
    }
    if sources::is_kernel_file(path)? {
        return Ok(Content::Kernel(Box::new(kernel::in_file(path, asked.config)?)));
    }
    if let Some(image) = initrds::image(path)? {
        return self::image(path, image, asked);
    }
    let bytes = match initrds::random(path, file::DEFAULT_LIMIT, EXPECTED)? {
        Random::Bytes(bytes) => bytes,
        file if initrds::is_large(&file) => return Ok(Content::Archive(initrds::held(path, file)?)),
        Random::File(file) => {
            // What begins like a table is for the rules, however damaged.
            let head = file.head().map_err(|error| SourceError::io(path, error))?;
            let image = if is_damaged_table(&head) { None } else { tables::of_image(path)? };
            match image {
                Some(set) => return Ok(Content::Tables(set, Vec::new())),
                None => file::read(path, file::DEFAULT_LIMIT, EXPECTED)?,
            }
        }
    };
    let bytes = match initrds::image_in(path, bytes)? {
        Ok(image) => return self::image(path, image, asked),
        Err(bytes) => bytes,
    };
    if initrds::is_initrd(&bytes) {
        return Ok(Content::Archive(bytes.into()));
    }
    match tables::from_bytes(path, &bytes) {
        Ok(set) => Ok(Content::Tables(set, Vec::new())),
        Err(error @ SourceError::TooMany { .. }) => Err(error.into()),
        Err(_) if is_damaged_table(&bytes) => Ok(Content::Tables(lone(path, bytes), Vec::new())),
        Err(SourceError::Content { path, offset, found, .. }) => {
            Err(SourceError::Content { path, offset, found, expected: EXPECTED }.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The memory map of a machine; empty when there is none or it tells none.
fn map_of(root: Option<&Root>) -> Result<Vec<Entry>, SourceError> {
    root.map_or(Ok(Vec::new()), machine::map)
}

/// An image with the initrds that it hands over. An addon hands over nothing by itself.
fn image(path: &Path, image: initrds::Image, asked: &Asked<'_>) -> anyhow::Result<Content> {
    let image = Arc::new(image);
    let all = if image.role == Role::Image { initrds::distinct(&image) } else { Vec::new() };
    let mut initrds = Vec::new();
    for (profiles, parts) in all {
        let bytes = initrds::handed_over(path, &image, parts.clone())?;
        initrds.push((HandedOver { profiles, parts, files: Vec::new() }, bytes));
    }
    // Its own kernel is the one that counts, if it tells and no other was asked for.
    let is_own = asked.kernel.is_none() && image.role == Role::Image;
    let own = if is_own { kernel::in_file(path, asked.config).ok() } else { None };
    Ok(Content::Image(image, initrds, own.map(Box::new)))
}

/// Whether bytes that no table can be read from begin like one that a rule can speak of.
fn is_damaged_table(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && table::names::title(bytes).is_some()
}

/// A file taken for one table, whatever its header says.
fn lone(path: &Path, bytes: Vec<u8>) -> TableSet {
    let name = escape(&raw::name(&bytes).0).into_owned();
    let table = SourceTable { name, address: None, bytes, origin: display(path), offset: 0 };
    TableSet { tables: vec![table], ..TableSet::default() }
}

/// What the inputs are held against.
#[derive(Clone, Copy)]
struct Session<'a> {
    next: &'a NextBoot<'a>,
    firmware: Option<&'a Firmware>,
}

impl Session<'_> {
    fn release(&self) -> &Release {
        self.next.release()
    }

    fn rules(&self) -> UpgradeRules {
        self.next.upgrade_rules()
    }

    /// Checks all inputs: each by itself, and what belongs together.
    fn report(&self, contents: &[(String, Content)]) -> Report {
        let mut inputs: Vec<Input> =
            contents.iter().map(|(path, content)| self.input(path, content)).collect();
        // Tables in files of their own are those of one machine, unless there are two of a kind.
        let lone: Vec<(usize, Named<'_>)> = contents
            .iter()
            .enumerate()
            .filter_map(|(index, (path, content))| Some((index, only(path, content)?)))
            .collect();
        let is_unique = |named: &Named<'_>| {
            lone.iter().filter(|(_, other)| raw::name(other.bytes) == raw::name(named.bytes)).count() == 1
        };
        let together: Vec<Named<'_>> = lone.iter().map(|(_, named)| *named).filter(is_unique).collect();
        let mut more = across::check(&together);
        let (findings, all) = self.against(&lone.iter().map(|(_, named)| *named).collect::<Vec<_>>());
        more.extend(findings);
        for (index, named) in &lone {
            if let Some(Input { kind: Kind::Table { becomes, .. }, .. }) = inputs.get_mut(*index) {
                *becomes = all.get(named.subject).cloned();
            }
        }
        for finding in more {
            // What concerns a table of the firmware belongs to those that override.
            let owner = lone.iter().find(|(_, named)| named.subject == finding.subject).or(lone.first());
            if let Some(input) = owner.and_then(|(index, _)| inputs.get_mut(*index)) {
                extend(&mut input.findings, vec![finding]);
            }
        }
        Report { kernel: self.release().version.to_string().into(), inputs, ..Report::default() }
    }

    fn input(&self, path: &str, content: &Content) -> Input {
        let path = path.to_owned();
        match content {
            Content::Archive(bytes) => {
                let (files, findings) = self.archive(&path, bytes.view());
                Input { kind: Kind::Archive(files), path, findings }
            }
            Content::Kernel(kernel) => {
                let build = kernel.kernel.build();
                let mut findings = kernel.findings.clone();
                findings.extend(build_findings::tables(&path, build));
                findings.extend(build_findings::dsdt(&path, build));
                let config = kernel.kernel.config().map(|config| config.origin.clone());
                let kind = Kind::Kernel {
                    release: kernel.kernel.release().name.clone(),
                    config,
                    tables: build.tables,
                };
                Input { kind, path, findings }
            }
            Content::Image(image, initrds, own) => {
                let next = own.as_ref().map(|own| self.next.of_kernel(own.kernel.clone()));
                let session = Session { next: next.as_ref().unwrap_or(self.next), ..*self };
                let (mut found, mut all, mut seen) = (Vec::new(), Vec::new(), Vec::new());
                for (index, (initrd, bytes)) in initrds.iter().enumerate() {
                    let subject = match initrd.profiles.first() {
                        Some(profile) if index > 0 => format!("{path}: profile {profile}"),
                        _ => path.clone(),
                    };
                    let (files, findings) = session.archive(&subject, bytes.view());
                    let tables = files.iter().filter(|file| file.outcome == Examined::Accepted).count();
                    seen.push(Seen { profiles: initrd.profiles.clone(), tables });
                    all.push(HandedOver { files, ..initrd.clone() });
                    found.extend(findings);
                }
                let mut findings = check::image::check(&path, image, &seen);
                // That tables are only missing where another profile has them is said once.
                let has_tables = seen.iter().any(|seen| seen.tables > 0);
                found.retain(|finding: &Finding| {
                    !(has_tables && std::ptr::eq(finding.rule, &registry::archive::NO_TABLES))
                });
                findings.extend(found);
                findings.extend(own.iter().flat_map(|own| own.findings.iter().cloned()));
                let kind = Kind::Image {
                    role: image.role,
                    kernel: own.as_ref().map(|own| own.kernel.release().version.to_string().into()),
                    stub: image.stub.name.clone(),
                    initrds: all,
                };
                Input { kind, path, findings }
            }
            Content::Tables(set, map) => {
                let subjects: Vec<String> =
                    set.tables.iter().map(|table| subject(&path, set, table)).collect();
                let named: Vec<Named<'_>> = set
                    .tables
                    .iter()
                    .zip(&subjects)
                    .map(|(table, subject)| Named { subject, base: set.base(table), bytes: &table.bytes })
                    .collect();
                let mut findings: Vec<Finding> = named
                    .iter()
                    .flat_map(|table| check::table(table.subject, table.base, table.bytes))
                    .collect();
                let signature =
                    named.first().map(|table| raw::name(table.bytes)).unwrap_or(table::rsdp::NAME);
                let kind = if only(&path, content).is_some() {
                    let build = &self.release().build;
                    let overridable = build.tables == TableSource::Initrd
                        && self.release().signatures.contains(&signature.0);
                    // A table need not be meant for an override.
                    let no = build_findings::tables(&path, build);
                    findings.extend(no.map(|finding| finding.with_severity(Severity::Warning)));
                    let accepted = overridable && !archive::acceptable(&named, &self.rules()).0.is_empty();
                    Kind::Table { signature: signature.to_string(), overridable, accepted, becomes: None }
                } else {
                    findings.extend(across::check(&named));
                    let addresses = set.tables.iter().map(|table| table.address);
                    let placed: Vec<Placed<'_>> = named
                        .iter()
                        .zip(addresses)
                        .map(|(named, address)| Placed { named: *named, address })
                        .collect();
                    findings.extend(places::check(&placed, map));
                    extend(&mut findings, self.against(&named).0);
                    Kind::Tables(named.len())
                };
                Input { path, kind, findings }
            }
        }
    }

    /// The files of an initrd that the kernel's early search finds, and what is to be said of them and of it.
    fn archive(&self, subject: &str, bytes: View<'_>) -> (Vec<ArchiveFile>, Vec<Finding>) {
        let mut checked = archive::check(subject, bytes, self.release());
        let mut findings = checked.findings;
        let build = &self.release().build;
        if build.tables != TableSource::Initrd && !checked.files.is_empty() {
            checked.files.iter_mut().for_each(|file| file.outcome = Examined::NotConfigured);
            findings.extend(build_findings::tables(subject, build));
        }
        findings.extend(build_findings::unpacking(subject, build, bytes));
        let is_refused = self.rules().lockdown == Lockdown::Refused && !checked.files.is_empty();
        if is_refused {
            findings.push(self.locked_down(subject));
        }
        let accepted: Vec<_> = checked
            .files
            .iter()
            .filter(|file| file.outcome == Examined::Accepted)
            .map(|file| (archive::file_subject(subject, &file.entry), &file.entry))
            .collect();
        let named: Vec<_> = accepted
            .iter()
            .map(|(subject, entry)| Named { subject, base: entry.data_at as u64, bytes: entry.data })
            .collect();
        let (more, all) = self.against(&named);
        extend(&mut findings, more);
        let files = checked.files.iter().map(|file| ArchiveFile {
            path: file.entry.to_string(),
            offset: file.entry.data_at as u64,
            length: file.entry.data.len() as u64,
            signature: file.signature().map(|signature| signature.to_string()),
            outcome: file.outcome,
            becomes: all
                .get(archive::file_subject(subject, &file.entry).as_str())
                .filter(|_| !is_refused)
                .cloned(),
        });
        (files.collect(), findings)
    }

    /// That a locked-down kernel keeps firmware's tables.
    fn locked_down(&self, subject: &str) -> Finding {
        let version = self.release().version;
        let message = format!("Linux {version} ignores override tables when it is locked down");
        Finding::new(&registry::archive::LOCKED_DOWN, subject, message)
    }

    /// What becomes of tables that are to override those of the firmware, by their subjects, and what is to be said of that;
    /// nothing if there is no firmware to hold them against.
    fn against(&self, tables: &[Named<'_>]) -> (Vec<Finding>, HashMap<String, Becomes>) {
        let Some(firmware) = self.firmware else { return Default::default() };
        let (accepted, mut findings) = archive::acceptable(tables, &self.rules());
        let firmware: Vec<Named<'_>> = firmware
            .target
            .tables
            .iter()
            .map(|table| Named { subject: &table.name, base: 0, bytes: &table.bytes })
            .collect();
        let (outcomes, more) = against::check(&accepted, &firmware, self.release());
        findings.extend(more);
        findings.extend(self.together(&accepted, &outcomes));
        let becomes = |outcome: install::TableOutcome| {
            let table = outcome.firmware().and_then(|index| firmware.get(index));
            Becomes { outcome, firmware: table.map(|table| table.subject.to_owned()) }
        };
        let all = accepted
            .iter()
            .zip(outcomes)
            .filter_map(|(table, outcome)| Some((table.subject.to_owned(), becomes(outcome?))))
            .collect();
        (findings, all)
    }
}

impl Session<'_> {
    /// What the tables that Linux ends up with say of each other, as far as the firmware's alone do not say the same.
    fn together(&self, accepted: &[Named<'_>], outcomes: &[Option<install::TableOutcome>]) -> Vec<Finding> {
        let Some(Firmware { target, map, .. }) = self.firmware else { return Vec::new() };
        let (source, tables) = (target.name.as_deref().unwrap_or_default(), &target.tables);
        let subjects: Vec<String> = tables.iter().map(|table| format!("{source}: {}", table.name)).collect();
        let before: Vec<Named<'_>> = tables
            .iter()
            .zip(&subjects)
            .map(|(table, subject)| Named { subject, base: 0, bytes: &table.bytes })
            .collect();
        let mut after = before.clone();
        for (table, outcome) in accepted.iter().zip(outcomes) {
            match outcome {
                Some(install::TableOutcome::Override(index)) => {
                    if let Some(place) = after.get_mut(*index) {
                        *place = *table;
                    }
                }
                Some(install::TableOutcome::Install) => after.push(*table),
                Some(install::TableOutcome::Dropped { .. } | install::TableOutcome::Unused(_)) | None => {}
            }
        }
        // Those of an archive get new places, and lists of addresses do not change with them.
        let placed = |tables: &[Named<'_>]| {
            let placed: Vec<Placed<'_>> =
                tables.iter().map(|named| Placed { named: *named, address: None }).collect();
            let mut findings = across::check(tables);
            findings.extend(places::check(&placed, map));
            findings
        };
        let old: HashSet<(&str, String)> =
            placed(&before).into_iter().map(|finding| (finding.rule.code, finding.message)).collect();
        let mut new = placed(&after);
        // That a table is added beside one of its kind has a finding of its own.
        new.retain(|finding| {
            !std::ptr::eq(finding.rule, &registry::header::SEVERAL)
                && !old.contains(&(finding.rule.code, finding.message.clone()))
        });
        new
    }
}

/// The table of an input that is a file with one table.
fn only<'a>(path: &'a str, content: &'a Content) -> Option<Named<'a>> {
    match content {
        Content::Tables(set, _) => match set.tables.as_slice() {
            [table] if table.origin == path => {
                Some(Named { subject: path, base: set.base(table), bytes: &table.bytes })
            }
            _ => None,
        },
        Content::Archive(_) | Content::Kernel(_) | Content::Image(..) => None,
    }
}

/// How findings name a table of an input: the file, and the table where the file has several.
fn subject(path: &str, set: &TableSet, table: &SourceTable) -> String {
    let alone = set.tables.iter().filter(|other| other.origin == table.origin).count() == 1;
    if alone && (table.origin != path || set.tables.len() == 1) {
        return table.origin.clone();
    }
    format!("{}: {}", table.origin, table.name)
}

/// Adds findings that are not there yet: two comparisons can tell the same of a table.
fn extend(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    let known: HashSet<(&str, String)> =
        findings.iter().map(|finding| (finding.rule.code, finding.subject.clone())).collect();
    findings.extend(
        more.into_iter().filter(|finding| !known.contains(&(finding.rule.code, finding.subject.clone()))),
    );
}

/// Leaves out what is allowed.
fn leave_out(report: &mut Report, allowed: &[&'static Rule]) {
    for input in &mut report.inputs {
        let before = input.findings.len();
        input.findings.retain(|finding| !allowed.iter().any(|rule| std::ptr::eq(*rule, finding.rule)));
        report.allowed += before - input.findings.len();
    }
}
