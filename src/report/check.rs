//! `acpihp check` for people; [`super::model::check`] has it for programs.

use super::text;
use crate::boot::install;
use crate::boot::kernel::build::TableSource;
use crate::boot::stages::upgrade::Examined;
use crate::container::uki::{Part, Role};
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use crate::report::model::sources::Sources;
use crate::source::display;
use std::collections::HashMap;
use std::hash::Hash;
use std::io::{self, Write};
use std::path::PathBuf;

/// Findings of one rule about one subject that are shown unless all are asked for.
const SHOWN: usize = 3;
/// Files of an archive that are shown unless all are asked for.
const SHOWN_FILES: usize = 12;

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Report {
    /// The kernel that was asked for, as `7.3`.
    pub kernel: Foreign,
    /// What the answer was made from.
    pub sources: Sources,
    /// What was looked at, in the order of the command line.
    pub inputs: Vec<Input>,
    /// Findings left out because their codes are allowed.
    pub allowed: usize,
    /// Findings left out because they are waived.
    pub waived: usize,
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Input {
    /// Its path as given; `-` is standard input.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its findings, those about its parts included.
    pub findings: Vec<Finding>,
}

/// What an input turned out to be.
#[derive(Debug)]
pub enum Kind {
    /// One table in a file of its own.
    Table {
        /// Its signature; safe to print.
        signature: String,
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
        /// Its release; safe to print.
        release: Foreign,
        /// Where its configuration was found, if anywhere; safe to print.
        config: Option<String>,
        /// Where it looks for tables.
        tables: TableSource,
    },
    /// A unified kernel image or an addon.
    Image {
        /// Which of them.
        role: Role,
        /// The version of its own kernel, where that is the one whose rules were applied.
        kernel: Option<Foreign>,
        /// What its stub says that it is; safe to print.
        stub: Option<String>,
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
    /// This many waivers.
    Waivers(usize),
    /// Something that could not be read, and why, with its name; safe to print.
    Unread(String),
}

impl Kind {
    /// Whether it could not be read.
    pub fn is_unread(&self) -> bool {
        matches!(self, Kind::Unread(_))
    }
}

/// An initrd that the stub of an image hands over.
#[derive(Debug, Clone)]
pub struct HandedOver {
    /// The profiles that get it.
    pub profiles: Vec<usize>,
    /// The sections that it is made of.
    pub parts: Vec<Part>,
    /// The files in it that the kernel's early search finds; offsets are counted from its start.
    pub files: Vec<ArchiveFile>,
}

/// A file that the kernel's early search finds.
#[derive(Debug, Clone)]
pub struct ArchiveFile {
    /// Its path in the archive; safe to print.
    pub path: String,
    /// Where its data stand.
    pub offset: u64,
    /// Length of its data in bytes.
    pub length: u64,
    /// Its first four bytes, where they are there; safe to print.
    pub signature: Option<String>,
    /// Whether the kernel takes it.
    pub outcome: Examined,
    /// What becomes of it then, when it was held against a firmware.
    pub becomes: Option<Becomes>,
}

/// What becomes of a table that the kernel accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Becomes {
    /// What happens.
    pub outcome: install::TableOutcome,
    /// The firmware's table that it replaces or is not newer than; safe to print.
    pub firmware: Option<String>,
}

impl Becomes {
    /// The end of a sentence about the table.
    fn words(&self) -> String {
        let table = self.firmware.as_deref().unwrap_or("table");
        match self.outcome {
            install::TableOutcome::Override(_) => format!("overrides the firmware's {table}"),
            install::TableOutcome::Dropped { .. } => {
                format!("is dropped: the firmware's {table} is not older")
            }
            install::TableOutcome::Install => "is added to the firmware's tables".to_owned(),
            install::TableOutcome::Unused(_) => "is never used".to_owned(),
        }
    }
}

impl Report {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|finding| finding.severity == severity).count()
    }

    /// How many assertions of a policy cannot be decided.
    pub fn undecided(&self) -> usize {
        let of = |input: &Input| if let Kind::Policy { undecided, .. } = input.kind { undecided } else { 0 };
        self.inputs.iter().map(of).sum()
    }

    /// All findings in the order of the inputs.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.inputs.iter().flat_map(|input| &input.findings)
    }
}

/// Writes the report: a line or a block for each input, and a line that sums up. `all` shows what is only worth knowing,
/// and all findings of a kind.
pub fn text(out: &mut dyn Write, report: &Report, all: bool) -> io::Result<()> {
    let shown = |finding: &&Finding| all || finding.severity > Severity::Info;
    let mut told = false;
    for (index, input) in report.inputs.iter().enumerate() {
        let mut findings: Vec<&Finding> = input.findings.iter().filter(shown).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        if index > 0 && (!findings.is_empty() || told) {
            writeln!(out)?;
        }
        told = !findings.is_empty();
        headline(out, report, input, told)?;
        match &input.kind {
            Kind::Archive(files) => list(out, files, all)?,
            Kind::Image { stub, initrds, kernel, .. } => {
                let linux = format!("Linux {}", kernel.as_ref().unwrap_or(&report.kernel).text());
                initrds
                    .iter()
                    .try_for_each(|initrd| handed_over(out, initrd, stub.as_deref(), &linux, all))?;
            }
            Kind::Table { .. }
            | Kind::Tables(_)
            | Kind::Kernel { .. }
            | Kind::Policy { .. }
            | Kind::Waivers(_)
            | Kind::Unread(_) => {}
        }
        let path = display(&input.path);
        let (whole, parts): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|finding| finding.subject == path);
        groups(out, &whole, 2, all)?;
        for part in by(&parts, |finding| finding.subject.as_str()) {
            let subject = part.first().map_or("", |finding| finding.subject.as_str());
            let name = subject.strip_prefix(path.as_str()).and_then(|name| name.strip_prefix(": "));
            writeln!(out, "  {}", name.unwrap_or(subject))?;
            groups(out, &part, 4, all)?;
        }
    }
    summary(out, report, all)
}

/// Findings in groups with one key each, in the order in which the keys appear first.
fn by<'a, K: Hash + Eq>(findings: &[&'a Finding], key: impl Fn(&'a Finding) -> K) -> Vec<Vec<&'a Finding>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let place = *places.entry(key(finding)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// What an input is, and that all is well where it is.
fn headline(out: &mut dyn Write, report: &Report, input: &Input, told: bool) -> io::Result<()> {
    let Input { path, kind, findings } = input;
    let path = display(path);
    let own = if let Kind::Image { kernel, .. } = kind { kernel.as_ref() } else { None };
    let linux = format!("Linux {}", own.unwrap_or(&report.kernel).text());
    let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
    // A count of what is not shown stands where nothing else is.
    let infos = |findings| if told { String::new() } else { infos(findings) };
    match kind {
        Kind::Table { overridable: true, becomes, .. } if !refused => {
            let becomes =
                becomes.as_ref().map(|becomes| format!("; it {}", becomes.words())).unwrap_or_default();
            writeln!(out, "{path}: {linux} accepts it{becomes}{}", infos(findings))
        }
        _ if told => match kind {
            Kind::Table { .. } => writeln!(out, "{path}"),
            Kind::Tables(count) => writeln!(out, "{path}: {}", number(*count, "table", "tables")),
            Kind::Archive(files) => writeln!(out, "{path}: {}", taken(files, &linux)),
            Kind::Kernel { .. } => writeln!(out, "{path}: {}", self::kernel(kind)),
            Kind::Image { role, initrds, .. } => writeln!(out, "{path}: {}", image(*role, initrds, &linux)),
            Kind::Policy { assertions, undecided } => {
                let unmet = findings.len().saturating_sub(*undecided);
                let undecided =
                    if *undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
                writeln!(out, "{path}: {unmet} of {assertions} assertions do not hold{undecided}")
            }
            Kind::Waivers(_) => writeln!(out, "{path}"),
            Kind::Unread(_) => writeln!(out, "{path}: not read"),
        },
        Kind::Table { signature, .. } => {
            writeln!(
                out,
                "{path}: nothing wrong; Linux takes no {signature} from an initrd{}",
                infos(findings)
            )
        }
        Kind::Tables(count) => {
            writeln!(out, "{path}: {}, nothing wrong{}", number(*count, "table", "tables"), infos(findings))
        }
        Kind::Archive(files) => writeln!(out, "{path}: {}{}", taken(files, &linux), infos(findings)),
        Kind::Kernel { .. } => writeln!(out, "{path}: {}{}", self::kernel(kind), infos(findings)),
        Kind::Image { role, initrds, .. } => {
            writeln!(out, "{path}: {}{}", image(*role, initrds, &linux), infos(findings))
        }
        Kind::Policy { assertions: 1, .. } => writeln!(out, "{path}: the assertion holds"),
        Kind::Policy { assertions, .. } => writeln!(out, "{path}: all {assertions} assertions hold"),
        Kind::Unread(_) => writeln!(out, "{path}: not read"),
        Kind::Waivers(_) => {
            let waived = number(report.waived, "finding is", "findings are");
            writeln!(out, "{path}: {waived} waived{}", infos(findings))
        }
    }
}

/// What a kernel is, and where it looks for tables.
fn kernel(kind: &Kind) -> String {
    let Kind::Kernel { release, config, tables } = kind else { return String::new() };
    let name = config.as_deref().map(|config| config.rsplit('/').next().unwrap_or(config));
    let what = match (tables, name) {
        (_, None) => "its configuration is not known".to_owned(),
        (TableSource::Initrd, Some(config)) => format!("takes tables from an initrd ({config})"),
        (TableSource::BuiltIn, Some(config)) => {
            format!("takes tables only from its own initramfs ({config})")
        }
        (TableSource::Nowhere, Some(config)) => format!("takes no tables ({config})"),
    };
    let sign = if config.is_some() { "" } else { ";" };
    format!("Linux {}{sign} {what}", release.text())
}

/// What an image is, and what the kernel takes from it.
fn image(role: Role, initrds: &[HandedOver], linux: &str) -> String {
    match (role, initrds) {
        (Role::Addon, _) => "an addon to unified kernel images".to_owned(),
        (Role::Image, [only]) => taken(&only.files, linux),
        (Role::Image, several) => {
            let profiles = several.iter().map(|initrd| initrd.profiles.len()).sum();
            number(profiles, "profile", "profiles")
        }
    }
}

/// What an initrd of an image is made of, and its tables.
fn handed_over(
    out: &mut dyn Write,
    initrd: &HandedOver,
    stub: Option<&str>,
    linux: &str,
    all: bool,
) -> io::Result<()> {
    let HandedOver { profiles, parts, files } = initrd;
    if profiles.len() > 1 || profiles.first() != Some(&0) {
        let numbers: Vec<String> = profiles.iter().map(usize::to_string).collect();
        let word = if numbers.len() == 1 { "profile" } else { "profiles" };
        writeln!(out, "  {word} {}: {}", numbers.join(", "), taken(files, linux))?;
    }
    if !parts.is_empty() {
        let stub = stub.unwrap_or("the stub");
        let parts: Vec<String> = parts
            .iter()
            .map(|part| {
                let (name, range) = (part.source.name(), &part.range);
                format!("{name} at {:#x}-{:#x}", range.start, range.end.saturating_sub(1))
            })
            .collect();
        writeln!(out, "  {stub} hands over {}", parts.join(", "))?;
    }
    list(out, files, all)
}

/// How many files of an archive are taken.
fn taken(files: &[ArchiveFile], linux: &str) -> String {
    let accepted = files.iter().filter(|file| file.outcome == Examined::Accepted).count();
    if files.iter().any(|file| file.outcome == Examined::NotConfigured) {
        return format!("{linux} looks for no tables in it");
    }
    match (accepted, files.len()) {
        (_, 0) => format!("{linux} finds no tables in it"),
        (1, 1) => format!("{linux} takes the table in it"),
        (0, 1) => format!("{linux} refuses the table in it"),
        (0, total) => format!("{linux} refuses all {total} tables in it"),
        (accepted, total) if accepted == total => format!("{linux} takes all {total} tables in it"),
        (accepted, total) => format!("{linux} takes {accepted} of {total} tables in it"),
    }
}

fn list(out: &mut dyn Write, files: &[ArchiveFile], all: bool) -> io::Result<()> {
    let shown = if all { files.len() } else { SHOWN_FILES };
    for file in files.iter().take(shown) {
        let signature = file.signature.as_deref().unwrap_or("-");
        let becomes =
            file.becomes.as_ref().map(|becomes| format!(" ({})", becomes.words())).unwrap_or_default();
        let ArchiveFile { length, offset, path, .. } = file;
        let verdict = super::model::words::Examined::from(file.outcome);
        writeln!(out, "  {verdict:<12}  {signature:<4}  {length:>7} bytes at {offset:#x}  {path}{becomes}")?;
    }
    match files.len().checked_sub(shown) {
        Some(more @ 1..) => writeln!(out, "  and {more} more (-v shows them)"),
        _ => Ok(()),
    }
}

/// Findings about one subject, those of one rule together.
pub(super) fn groups(out: &mut dyn Write, findings: &[&Finding], indent: usize, all: bool) -> io::Result<()> {
    for same in by(findings, |finding| (finding.severity, finding.rule.code)) {
        group(out, &same, indent, all)?;
    }
    Ok(())
}

/// Findings of one rule about one subject: what was found in each place, and once what Linux does.
fn group(out: &mut dyn Write, group: &[&Finding], indent: usize, all: bool) -> io::Result<()> {
    let shown = if all { group.len() } else { SHOWN };
    let inner = indent + 4;
    for finding in group.iter().take(shown) {
        let at = finding.span.as_ref().map(|span| format!(" at {:#x}", span.start)).unwrap_or_default();
        let label =
            format!("{:indent$}{}[{}]{at}: ", "", text::severity(finding.severity), finding.rule.code);
        text::paragraph(out, &label, inner, &finding.message)?;
    }
    if let Some(more @ 1..) = group.len().checked_sub(shown) {
        writeln!(out, "{:inner$}and {more} more like this (-v shows them)", "")?;
    }
    let consequence = group.first().map_or("", |finding| finding.consequence());
    text::paragraph(out, &format!("{:inner$}-> ", ""), inner + 3, consequence)
}

fn infos(findings: &[Finding]) -> String {
    let count = findings.iter().filter(|finding| finding.severity == Severity::Info).count();
    if count == 0 { String::new() } else { format!(" ({}, -v shows)", number(count, "info", "infos")) }
}

/// What was looked at, and how much was found.
fn summary(out: &mut dyn Write, report: &Report, all: bool) -> io::Result<()> {
    let [errors, warnings, infos] =
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| report.count(severity));
    if report.inputs.is_empty()
        || report.inputs.len() == 1 && errors + warnings + report.allowed == 0 && !(all && infos > 0)
    {
        return Ok(());
    }
    let (mut tables, mut archives, mut images, mut kernels, mut unread) = (0, 0, 0, 0, 0);
    for input in &report.inputs {
        match &input.kind {
            Kind::Table { .. } => tables += 1,
            Kind::Tables(count) => tables += count,
            Kind::Archive(_) => archives += 1,
            Kind::Image { .. } => images += 1,
            Kind::Kernel { .. } => kernels += 1,
            Kind::Unread(_) => unread += 1,
            Kind::Policy { .. } | Kind::Waivers(_) => {}
        }
    }
    let counted = |parts: &[(usize, &str, &str)]| -> Vec<String> {
        parts
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| number(*count, one, many))
            .collect()
    };
    let seen = counted(&[
        (tables, "table", "tables"),
        (archives, "archive", "archives"),
        (images, "image", "images"),
        (kernels, "kernel", "kernels"),
        (unread, "input not read", "inputs not read"),
    ]);
    let mut found =
        counted(&[(errors, "error", "errors"), (warnings, "warning", "warnings"), (infos, "info", "infos")]);
    if found.is_empty() {
        found.push("nothing wrong".to_owned());
    }
    for (count, how) in
        [(report.undecided(), "undecided"), (report.allowed, "allowed"), (report.waived, "waived")]
    {
        if count > 0 {
            found.push(format!("{count} {how}"));
        }
    }
    writeln!(out, "\n{}: {}", seen.join(", "), found.join(", "))?;
    if errors + warnings > 0 {
        writeln!(out, "`acpihp explain CODE` says why, where it is written, and how to fix it.")?;
    }
    Ok(())
}

fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
