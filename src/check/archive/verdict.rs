//! What becomes of the files of an archive in a boot: examined by the kernel, and compared with the firmware's tables.

use super::{check, file_subject};
use crate::boot::NextBoot;
use crate::boot::derived::build_findings;
use crate::boot::install::TableOutcome;
use crate::boot::install::order::Rivals;
use crate::boot::kernel::release::Release;
use crate::boot::stages::upgrade::{Examined, UpgradeFile};
use crate::budget;
use crate::check::across::Named;
use crate::check::open;
use crate::container::initrd::held::View;
use crate::finding::Finding;
use crate::finding::registry::archive as rules;
use crate::foreign::Foreign;
use std::collections::HashMap;

/// What becomes of a table that the kernel accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Becomes {
    /// What happens.
    pub outcome: TableOutcome,
    /// The firmware's table that it replaces or is not newer than.
    pub firmware: Option<Foreign>,
}

/// A file that the kernel's early search finds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArchiveFile {
    /// Its path in the archive.
    pub path: Foreign,
    /// Where its data are.
    pub offset: u64,
    /// Length of its data in bytes.
    pub length: u64,
    /// Its first four bytes, where they are there.
    pub signature: Option<Foreign>,
    /// Whether the kernel takes it.
    pub outcome: Examined,
    /// Whether it would take it, and is locked down so that it does not use it.
    pub locked_down: bool,
    /// What becomes of it then, when it was compared with the firmware's tables.
    pub becomes: Option<Becomes>,
}

/// What becomes of accepted tables, by their subjects, and what is to be said of that.
pub type Compared = (Vec<Finding>, HashMap<Foreign, Becomes>);

/// The files of an initrd that the kernel's early search finds, and what is to be said of them and of it. `compare` says what
/// becomes of the accepted ones beside the firmware's tables.
pub fn judge(
    subject: &Foreign,
    initrd: View<'_>,
    next: &NextBoot<'_>,
    compare: impl FnOnce(&[Named<'_>]) -> Compared,
) -> (Vec<ArchiveFile>, Vec<Finding>) {
    let release = next.release();
    let mut checked = check(subject, initrd, release);
    let mut findings = checked.findings;
    let build = &release.build;
    if !next.looks_for_tables() && !checked.files.is_empty() {
        checked.files.iter_mut().for_each(|file| file.outcome = Examined::NotConfigured);
        findings.extend(build_findings::tables(subject, build));
    }
    findings.extend(build_findings::unpacking(subject, build, initrd));
    let is_accepted = |file: &UpgradeFile<'_>| file.outcome == Examined::Accepted;
    let is_refused = next.refuses_tables() && checked.files.iter().any(is_accepted);
    if is_refused {
        findings.push(locked_down(subject, next));
    }
    let accepted: Vec<_> = checked
        .files
        .iter()
        .filter(|file| is_accepted(file))
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
    // What is not used meets no table of the firmware.
    let (more, all) = if is_refused { Compared::default() } else { compare(&named) };
    findings.extend(more);
    let names: usize = checked.files.iter().map(|file| file.entry.name().len()).sum();
    budget::need(names.saturating_mul(3), "the list of the archive's files");
    let files = checked.files.iter().map(|file| ArchiveFile {
        path: file.entry.name().into(),
        offset: file.entry.data_at as u64,
        length: file.entry.data.len() as u64,
        signature: file.signature().map(|signature| signature.into()),
        outcome: file.outcome,
        locked_down: is_refused && is_accepted(file),
        becomes: all.get(&file_subject(subject, &file.entry)).cloned(),
    });
    (files.collect(), findings)
}

/// That a locked-down kernel keeps firmware's tables.
pub fn locked_down(subject: &Foreign, next: &NextBoot<'_>) -> Finding {
    let (version, why) = (&next.release().version, next.lockdown_reason());
    let message =
        Foreign::from(format!("Linux {version} ignores override tables when it is locked down: ")) + why;
    Finding::new(&rules::LOCKED_DOWN, subject, message)
}

/// What becomes of accepted tables beside those of the firmware, of which `rivals` may each be first.
pub fn beside(
    accepted: &[Named<'_>],
    firmware: &[Named<'_>],
    rivals: &[Rivals],
    release: &Release,
) -> Compared {
    let (outcomes, findings) = open::beside(accepted, firmware, rivals, release);
    let becomes = |outcome: TableOutcome| {
        let table = outcome.firmware().and_then(|index| firmware.get(index));
        Becomes { outcome, firmware: table.map(|table| table.subject.into()) }
    };
    let all = accepted.iter().zip(outcomes);
    let all = all.filter_map(|(table, outcome)| Some((table.subject.into(), becomes(outcome?))));
    (findings, all.collect())
}
