//! Rules for override archives and initrds, for the two readers that the kernel has for them: the early search for tables,
//! and the unpacker. What is wrong with a table in itself is left to [`super::table()`].

mod reach;
mod verdict;

pub use reach::{Look, MOST_SEGMENTS, Reached, reach};
pub use verdict::{ArchiveFile, Becomes, Compared, beside, judge, locked_down};

use super::across::{self, Named};
use super::{Findings, identity};
use crate::boot::kernel::release::Release;
use crate::boot::stages::upgrade::{self, Examined, UpgradeFile, UpgradeRules};
use crate::container::cpio::early::{ACPI_PREFIX, Entry};
use crate::container::initrd::held::View;
use crate::container::raw;
use crate::finding::registry::{archive as rules, header};
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use crate::table::{Header, Identity};
use std::collections::{HashMap, HashSet};

/// What was found in an initrd or an archive.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The files that the kernel's early search finds, with what becomes of them.
    pub files: Vec<UpgradeFile<'a>>,
    /// The findings, those about tables included.
    pub findings: Vec<Finding>,
}

/// The name under which findings speak of a file in an archive.
pub fn file_subject(subject: &Foreign, entry: &Entry<'_>) -> Foreign {
    subject.clone() + ": " + entry.name()
}

/// Checks an initrd, or an archive that is to become the beginning of one.
pub fn check<'a>(subject: &Foreign, initrd: impl Into<View<'a>>, release: &Release) -> Checked<'a> {
    let initrd = initrd.into();
    let kernel = release.upgrade_rules(false);
    let files = upgrade::upgrade(initrd, &kernel).files;
    let mut out = Vec::new();
    for file in &files {
        out.extend(self::file(subject, file, &kernel));
    }
    let whole = reachable(subject, initrd, release);
    if files.is_empty() && whole.is_empty() {
        let mut none = Findings::new(subject, 0);
        none.add_whole(
            &rules::NO_TABLES,
            format_args!("no file below kernel/firmware/acpi/ in what is not compressed"),
        );
        out.extend(none.into_vec());
    }
    out.extend(whole);
    out.extend(identities(subject, &files));
    out.extend(together(subject, &files));
    Checked { files, findings: out }
}

/// What the kernel does not see of an initrd, and where its two readers end: the findings of [`check`] that are not about the
/// files which the early search finds.
pub fn reachable(subject: &Foreign, initrd: View<'_>, release: &Release) -> Vec<Finding> {
    // What cannot be read the initrd that is held knows of.
    reach(subject, initrd, release, &Look::NORMAL).map(|reached| reached.findings).unwrap_or_default()
}

/// Tables as if each were a file of an archive: those that the kernel would accept, and what is to be said of the others
/// beyond what [`super::table()`] says.
pub fn acceptable<'a>(tables: &[Named<'a>], kernel: &UpgradeRules) -> (Vec<Named<'a>>, Vec<Finding>) {
    let (mut accepted, mut out) = (Vec::new(), Vec::new());
    for table in tables {
        match upgrade::examine(table.bytes, kernel.signatures) {
            Examined::Accepted => accepted.push(*table),
            Examined::UnknownSignature => {
                let mut findings = Findings::new(table.subject, table.base);
                identity::unknown(&mut findings, table.bytes, 0);
                out.extend(findings.into_vec());
            }
            _ => {}
        }
    }
    (accepted, out)
}

/// The rules for one file that the search finds.
fn file(subject: &Foreign, file: &UpgradeFile<'_>, kernel: &UpgradeRules) -> Vec<Finding> {
    let entry = &file.entry;
    let (name, base) = (file_subject(subject, entry), entry.data_at as u64);
    let mut findings = Findings::new(&name, 0);
    let span = entry.data_at..entry.data_at + entry.data.len();
    if let Some(long) = entry.matched.and_then(|matched| matched.too_long) {
        let length = long.len().saturating_sub(ACPI_PREFIX.len());
        findings.add(
            &rules::NAME_LONG,
            entry.name_at..entry.name_at + entry.raw_name.len(),
            Foreign::from(format_args!("{length} characters; the kernel says \"")) + file.reported + "\"",
        );
    }
    let tables = raw::split(entry.data).tables.len();
    let is_several = tables > 1 && matches!(file.outcome, Examined::LengthMismatch { .. });
    match file.outcome {
        Examined::LengthMismatch { header } if is_several => {
            let message =
                format_args!("{tables} tables, the first of which has {header} of {} bytes", span.len());
            findings.add(&rules::SEVERAL_TABLES, span.clone(), message);
        }
        Examined::NotExamined => {
            let message = format_args!("the kernel looks at the first {} files", kernel.limit);
            findings.add(&rules::OVER_LIMIT, span.clone(), message);
        }
        Examined::UnknownSignature => identity::unknown(&mut findings, entry.data, entry.data_at),
        _ => {}
    }
    if file.outcome == Examined::Accepted && matches!(&raw::name(entry.data).0, b"RSDT" | b"XSDT") {
        findings.add(&rules::ROOT_TABLE, span, format_args!("the kernel reads its root table elsewhere"));
    }
    let mut out = findings.into_vec();
    let hard_link = entry.data.is_empty() && entry.header.nlink > 1;
    let about_table = super::table(&name, base, entry.data).into_iter();
    let is_unknown = file.outcome == Examined::UnknownSignature;
    let is_told = |finding: &Finding| {
        is_several && *finding.rule == header::TRAILING_BYTES
            || is_unknown && header::is_signature(finding.rule)
    };
    out.extend(about_table.filter(|finding| !is_told(finding)).map(|mut finding| {
        if *finding.rule == header::TRAILING_BYTES {
            finding.severity = Severity::Error; // refused here, while it is harmless in a dump
        }
        if hard_link && *finding.rule == header::SHORT_HEADER {
            finding.message = "a hard link whose data are under another name in the archive".into();
        }
        finding
    }));
    out
}

/// The rule for tables that are equal in what decides which table they replace.
fn identities(subject: &Foreign, files: &[UpgradeFile<'_>]) -> Vec<Finding> {
    let mut seen: HashMap<Identity, &Entry<'_>> = HashMap::new();
    let mut out = Vec::new();
    for file in files.iter().filter(|file| file.outcome == Examined::Accepted) {
        let entry = &file.entry;
        let Some(header) = Header::parse(entry.data) else { continue };
        let Some(first) = seen.get(&header.identity()) else {
            seen.insert(header.identity(), entry);
            continue;
        };
        let mut findings = Findings::new(file_subject(subject, entry), entry.data_at as u64);
        identity::duplicate(&mut findings, entry.data, &header, first.data, first.name(), false);
        out.extend(findings.into_vec());
    }
    out
}

/// The rules for accepted tables that must agree with each other; of equal identities the first one counts.
fn together(subject: &Foreign, files: &[UpgradeFile<'_>]) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let accepted: Vec<_> = files
        .iter()
        .filter(|file| file.outcome == Examined::Accepted)
        .filter(|file| Header::parse(file.entry.data).is_some_and(|header| seen.insert(header.identity())))
        .map(|file| (file_subject(subject, &file.entry), &file.entry))
        .collect();
    let named: Vec<_> = accepted
        .iter()
        .map(|(subject, entry)| Named {
            subject: subject.raw(),
            base: entry.data_at as u64,
            bytes: entry.data,
        })
        .collect();
    across::check(&named)
}
