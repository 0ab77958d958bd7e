//! `acpihp check` for people; [`super::model::check`] has it for programs.

use super::ink;
use super::model::FindingModel;
use super::model::check::{CheckModel, FileModel, InitrdModel, InputModel, PartModel};
use super::model::words::{Examined, InputKind, TableOutcome};
use super::text::{self, Detail};
use crate::boot::kernel::build::TableSource;
use crate::bytes::escape;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::phrase::{count, noun};
use std::collections::HashMap;
use std::hash::Hash;
use std::io::{self, Write};

/// Findings of one rule about one subject that are shown unless all are asked for.
const SHOWN: usize = 3;
/// Files of an archive that are shown unless all are asked for.
const SHOWN_FILES: usize = 12;

/// Writes the report: a line or a block for each input, and a line that sums up. `all` shows what is only worth knowing,
/// and all findings of a kind.
pub fn text(out: &mut dyn Write, report: &CheckModel, all: bool, detail: Detail) -> io::Result<()> {
    let shown = |finding: &&FindingModel| all || finding.severity > Severity::Info;
    if !report.kernels.is_empty() && detail != Detail::Quiet {
        super::matrix::write(out, report, all)?;
        writeln!(out)?;
    }
    let mut told = false;
    for (index, input) in report.inputs.iter().enumerate() {
        let mut findings: Vec<&FindingModel> = report.of(input).iter().filter(shown).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        // The table has it all.
        if findings.is_empty() && (!report.kernels.is_empty() || detail == Detail::Quiet) {
            continue;
        }
        if index > 0 && (!findings.is_empty() || told) && (told || detail != Detail::Quiet) {
            writeln!(out)?;
        }
        told = !findings.is_empty();
        headline(out, report, input, told)?;
        match (&input.initrds, &input.files) {
            _ if !report.kernels.is_empty() => {}
            (Some(initrds), _) => {
                let (stub, linux) = (input.stub.as_ref(), linux(report, input));
                initrds.iter().try_for_each(|initrd| handed_over(out, initrd, stub, &linux, all))?;
            }
            (None, Some(files)) => list(out, files, all)?,
            (None, None) => {}
        }
        let path = &input.path;
        let (whole, parts): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|finding| finding.subject == *path);
        let file = Some(path).filter(|_| input.kind == InputKind::Table);
        groups(out, &whole, file, 2, all)?;
        for part in by(&parts, |finding| &finding.subject) {
            let subject = part.first().map_or(&[][..], |finding| finding.subject.raw());
            let name = subject.strip_prefix(path.raw()).and_then(|name| name.strip_prefix(b": "));
            writeln!(out, "  {}", escape(name.unwrap_or(subject)))?;
            groups(out, &part, None, 4, all)?;
        }
    }
    if detail == Detail::Quiet { Ok(()) } else { summary(out, report, all) }
}

/// Findings in groups with one key each, in the order in which the keys appear first.
fn by<'a, K: Hash + Eq>(
    findings: &[&'a FindingModel],
    key: impl Fn(&'a FindingModel) -> K,
) -> Vec<Vec<&'a FindingModel>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<&FindingModel>> = Vec::new();
    for finding in findings {
        let place = *places.entry(key(finding)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// The kernel whose rules count for an input: an image's own, or the one that was asked for.
fn linux(report: &CheckModel, input: &InputModel) -> String {
    let own = if input.initrds.is_some() { input.kernel.as_ref() } else { None };
    format!("Linux {}", own.unwrap_or(&report.kernel).text())
}

/// What an input is, and that all is well where it is.
fn headline(out: &mut dyn Write, report: &CheckModel, input: &InputModel, told: bool) -> io::Result<()> {
    let (path, findings, linux) = (input.path.text(), report.of(input), linux(report, input));
    if !report.kernels.is_empty() {
        return writeln!(out, "{path}");
    }
    let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
    // A count of what is not shown stands where nothing else is.
    let infos = if told { String::new() } else { infos(findings) };
    let what = match input.kind {
        InputKind::Table if input.overridable && !refused => format!("{linux} accepts it{}", becomes(input)),
        InputKind::Table | InputKind::Waivers if told => return writeln!(out, "{path}"),
        InputKind::Table => {
            let signature = input.signature.as_ref().map(Foreign::text).unwrap_or_default();
            format!("nothing wrong; Linux takes no {signature} from an initrd")
        }
        InputKind::Tables => {
            let well = if told { "" } else { ", nothing wrong" };
            format!("{}{well}", count(input.tables, "table", "tables"))
        }
        InputKind::Archive => taken(input.files.as_deref().unwrap_or_default(), &linux),
        InputKind::Kernel => kernel(input),
        InputKind::Addon => "an addon to unified kernel images".to_owned(),
        InputKind::Image => image(input.initrds.as_deref().unwrap_or_default(), &linux),
        InputKind::Policy => policy(input, findings),
        InputKind::Waivers => format!("{} waived", count(report.waived, "finding is", "findings are")),
        InputKind::Unreadable => "not read".to_owned(),
    };
    let label = format!("{path}: ");
    text::paragraph(out, &label, label.chars().count().min(4), &format!("{what}{infos}"))
}

/// The end of a sentence about a table that is accepted: what becomes of it.
fn becomes(input: &InputModel) -> String {
    let words = input.outcome.map(|outcome| becomes_words(outcome, input.firmware_table.as_ref()));
    words.map(|words| format!("; it {words}")).unwrap_or_default()
}

fn becomes_words(outcome: TableOutcome, firmware: Option<&Foreign>) -> String {
    let table = firmware.map_or("table".into(), Foreign::text);
    match outcome {
        TableOutcome::Override => format!("overrides the firmware's {table}"),
        TableOutcome::Dropped => format!("is dropped: the firmware's {table} is not older"),
        TableOutcome::Install => "is added to the firmware's tables".to_owned(),
        TableOutcome::LockedDown => "is not used: the kernel is locked down".to_owned(),
        _ => "is never used".to_owned(),
    }
}

/// How many assertions of a policy hold.
fn policy(input: &InputModel, findings: &[FindingModel]) -> String {
    let InputModel { assertions, undecided, .. } = *input;
    match (findings.len(), assertions) {
        (0, 1) => "the assertion holds".to_owned(),
        (0, _) => format!("all {assertions} assertions hold"),
        (found, _) => {
            let unmet = found.saturating_sub(undecided);
            let undecided = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
            format!("{unmet} of {assertions} assertions do not hold{undecided}")
        }
    }
}

/// What a kernel is, and where it looks for tables.
fn kernel(input: &InputModel) -> String {
    let release = input.kernel.as_ref().map(|release| release.text()).unwrap_or_default();
    let name = input.config.as_ref().and_then(|config| config.raw().rsplit(|byte| *byte == b'/').next());
    let Some(config) = name else { return format!("Linux {release}; its configuration is not known") };
    let what = match input.looks_in {
        Some(TableSource::BuiltIn) => "takes tables only from its own initramfs",
        Some(TableSource::Nowhere) => "takes no tables",
        Some(TableSource::Initrd) | None => "takes tables from an initrd",
    };
    format!("Linux {release} {what} ({})", escape(config))
}

/// What the kernel takes from an image.
fn image(initrds: &[InitrdModel], linux: &str) -> String {
    match initrds {
        [only] => taken(&only.files, linux),
        several => {
            let profiles = several.iter().map(|initrd| initrd.profiles.len()).sum();
            count(profiles, "profile", "profiles")
        }
    }
}

/// What an initrd of an image is made of, and its tables.
fn handed_over(
    out: &mut dyn Write,
    initrd: &InitrdModel,
    stub: Option<&Foreign>,
    linux: &str,
    all: bool,
) -> io::Result<()> {
    let InitrdModel { profiles, parts, files } = initrd;
    if profiles.len() > 1 || profiles.first() != Some(&0) {
        let numbers: Vec<String> = profiles.iter().map(usize::to_string).collect();
        let word = noun(numbers.len(), "profile", "profiles");
        writeln!(out, "  {word} {}: {}", numbers.join(", "), taken(files, linux))?;
    }
    if !parts.is_empty() {
        let stub = stub.map_or("the stub".into(), Foreign::text);
        let part = |part: &PartModel| {
            format!("{} at {:#x}-{:#x}", part.section, part.start, part.end.saturating_sub(1))
        };
        let parts: Vec<String> = parts.iter().map(part).collect();
        writeln!(out, "  {stub} hands over {}", parts.join(", "))?;
    }
    list(out, files, all)
}

/// How many files of an archive are taken.
fn taken(files: &[FileModel], linux: &str) -> String {
    let accepted = files.iter().filter(|file| file.examined == Examined::Accepted).count();
    if files.iter().any(|file| file.examined == Examined::NotLookedFor) {
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

fn list(out: &mut dyn Write, files: &[FileModel], all: bool) -> io::Result<()> {
    let shown = if all { files.len() } else { SHOWN_FILES };
    for file in files.iter().take(shown) {
        let signature = file.signature.as_ref().map_or("-".into(), Foreign::text);
        let FileModel { length, offset, path, examined, .. } = file;
        let path = path.text();
        let line = format!("  {examined:<12}  {signature:<4}  {length:>7} bytes at {offset:#x}  {path}");
        let becomes = file.outcome.filter(|_| file.examined == Examined::Accepted);
        let becomes = becomes.map(|outcome| becomes_words(outcome, file.firmware_table.as_ref()));
        match becomes.map(|words| format!("({words})")) {
            Some(words) if line.chars().count() + words.chars().count() < text::WIDTH => {
                writeln!(out, "{line} {words}")?;
            }
            Some(words) => writeln!(out, "{line}\n{:16}{words}", "")?,
            None => writeln!(out, "{line}")?,
        }
    }
    match files.len().checked_sub(shown) {
        Some(more @ 1..) => writeln!(out, "  and {more} more (-v shows them)"),
        _ => Ok(()),
    }
}

/// Findings about one subject, those of one rule together; `file` is the file that the subject is, where it is one.
pub(super) fn groups(
    out: &mut dyn Write,
    findings: &[&FindingModel],
    file: Option<&Foreign>,
    indent: usize,
    all: bool,
) -> io::Result<()> {
    for same in by(findings, |finding| (finding.severity, finding.code)) {
        group(out, &same, file, indent, all)?;
    }
    Ok(())
}

/// Findings of one rule about one subject: what was found in each place, and once what Linux does.
fn group(
    out: &mut dyn Write,
    group: &[&FindingModel],
    file: Option<&Foreign>,
    indent: usize,
    all: bool,
) -> io::Result<()> {
    let shown = if all { group.len() } else { SHOWN };
    let inner = indent + 4;
    for finding in group.iter().take(shown) {
        let at = finding.start.map(|start| format!(" at {start:#x}")).unwrap_or_default();
        let label = format!("{:indent$}{}{at}: ", "", ink::label(finding.severity, finding.code));
        text::paragraph(out, &label, inner, &finding.told().text())?;
    }
    if let Some(more @ 1..) = group.len().checked_sub(shown) {
        writeln!(out, "{:inner$}and {more} more like this (-v shows them)", "")?;
    }
    let consequence = group.first().map_or("", |finding| finding.consequence);
    text::paragraph(out, &format!("{:inner$}-> ", ""), inner + 3, consequence)?;
    match group.first().and_then(|finding| text::command(finding, file)) {
        Some(command) => writeln!(out, "{:inner$}   {command}", ""),
        None => Ok(()),
    }
}

fn infos(findings: &[FindingModel]) -> String {
    let infos = findings.iter().filter(|finding| finding.severity == Severity::Info).count();
    if infos == 0 { String::new() } else { format!(" ({}, -v shows)", count(infos, "info", "infos")) }
}

/// What was looked at, and how much was found.
fn summary(out: &mut dyn Write, report: &CheckModel, all: bool) -> io::Result<()> {
    let CheckModel { errors, warnings, infos, allowed, waived, undecided, .. } = *report;
    if report.inputs.is_empty()
        || report.inputs.len() == 1 && errors + warnings + allowed == 0 && !(all && infos > 0)
    {
        return Ok(());
    }
    let of = |kind: InputKind| report.inputs.iter().filter(move |input| input.kind == kind);
    let tables: usize = of(InputKind::Tables).map(|input| input.tables).sum();
    let counted = |parts: &[(usize, &str, &str)]| -> Vec<String> {
        parts
            .iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, one, many)| count(*number, one, many))
            .collect()
    };
    let seen = counted(&[
        (of(InputKind::Table).count() + tables, "table", "tables"),
        (of(InputKind::Archive).count(), "archive", "archives"),
        (of(InputKind::Image).count() + of(InputKind::Addon).count(), "image", "images"),
        (of(InputKind::Kernel).count(), "kernel", "kernels"),
        (of(InputKind::Unreadable).count(), "input not read", "inputs not read"),
    ]);
    let mut found =
        counted(&[(errors, "error", "errors"), (warnings, "warning", "warnings"), (infos, "info", "infos")]);
    if found.is_empty() {
        found.push("nothing wrong".to_owned());
    }
    for (count, how) in [(undecided, "undecided"), (allowed, "allowed"), (waived, "waived")] {
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
