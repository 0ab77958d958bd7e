//! Waivers and policies of a check: their files, and what they are held against.

use super::found::{Input, Kind, Report};
use super::inputs::Content;
use super::{CheckRequest, Read, kept};
use crate::app::UsageError;
use crate::app::boot::{BootRequest, NextInitrd, Prepared};
use crate::boot::kernel::Kernel;
use crate::boot::predict;
use crate::boot::stages::upgrade::Examined;
use crate::budget;
use crate::check::archive::ArchiveFile;
use crate::check::lines::LineError;
use crate::check::policy::{self, Assertion, BootFacts, Facts, File};
use crate::check::waiver::{self, Day, Waiver};
use crate::finding::registry::policy as rules;
use crate::foreign::Foreign;
use crate::source::initrd::Initrd;
use crate::source::machine::MapSource;
use crate::source::{display, file};
use crate::table::Signature;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The boot that a policy is about.
pub(super) struct PolicyBoot<'a> {
    pub(super) request: &'a CheckRequest<'a>,
    /// The machine, where it is known.
    pub(super) machine: Option<&'a Prepared>,
    /// The kernel that the findings are about too.
    pub(super) kernel: &'a Kernel,
}

/// A file of lines, where it could be read.
#[derive(Debug)]
struct Lines<T> {
    path: PathBuf,
    lines: Vec<T>,
}

/// What was read of the files.
#[derive(Debug)]
pub(super) struct Policy {
    waivers: Option<Lines<Waiver>>,
    policy: Option<Lines<Assertion>>,
    today: Day,
}

impl Policy {
    /// Reads the files that the request names; those that cannot be read get an entry.
    ///
    /// # Errors
    /// [`UsageError`] for a file with a line that says nothing.
    pub(super) fn read(request: &CheckRequest<'_>, others: &mut Vec<Input>) -> anyhow::Result<Policy> {
        let waivers = request.waivers.map(|path| lines(path, waiver::parse));
        let policy = request.policy.map(|path| lines(path, policy::parse));
        Ok(Policy {
            waivers: kept(waivers, request.waivers, others)?,
            policy: kept(policy, request.policy, others)?,
            today: request.today,
        })
    }

    /// Adds what does not hold of the policy, and takes out what is waived.
    ///
    /// # Errors
    /// As [`Prepared::with`], when the policy is about nodes.
    pub(super) fn apply(
        &self,
        report: &mut Report,
        all: Vec<Read>,
        boot: PolicyBoot<'_>,
    ) -> anyhow::Result<()> {
        if let Some(Lines { path, lines: assertions }) = &self.policy {
            let missing = report.inputs.iter().find(|input| input.kind.is_unread());
            let missing = missing.map(|input| input.path.as_path().into());
            let mut facts = Facts { files: files(report), missing, nodes: None };
            if facts.missing.is_none() && assertions.iter().any(|assertion| assertion.claim.is_about_nodes())
            {
                facts.nodes = nodes(all, boot)?;
            }
            let findings = policy::check(assertions, &path.as_path().into(), &facts);
            let is_undecided = |finding: &&crate::finding::Finding| *finding.rule == rules::POLICY_UNDECIDED;
            let undecided = findings.iter().filter(is_undecided).count();
            let kind = Kind::Policy { assertions: assertions.len(), undecided };
            report.inputs.push(Input { path: path.clone(), kind, findings });
        }
        if let Some(Lines { path, lines: waivers }) = &self.waivers {
            let read = report.inputs.iter().filter(|input| !input.kind.is_unread());
            let findings = read.flat_map(|input| &input.findings);
            let applied = waiver::apply(waivers, &path.as_path().into(), self.today, findings);
            report.waived = applied.waived.iter().filter(|waived| **waived).count();
            let mut waived = applied.waived.into_iter();
            for input in report.inputs.iter_mut().filter(|input| !input.kind.is_unread()) {
                input.findings.retain(|_| waived.next() != Some(true));
            }
            let kind = Kind::Waivers;
            report.inputs.push(Input { path: path.clone(), kind, findings: applied.about });
        }
        Ok(())
    }
}

/// The nodes that a boot of the machine with the checked tables makes; `None` when there is no machine whose memory map tells.
fn nodes(all: Vec<Read>, boot: PolicyBoot<'_>) -> anyhow::Result<Option<BootFacts>> {
    let Some(machine) = boot.machine else { return Ok(None) };
    let (mut tables, mut initrd) = (Vec::new(), None);
    for Read { path, content } in all {
        let given = match content? {
            Content::Archive(bytes) => Initrd { bytes, image: None },
            // What the stub hands over without a choice of profile.
            Content::Image(image, mut initrds, _) => {
                if initrds.is_empty() {
                    continue;
                }
                Initrd { bytes: initrds.swap_remove(0).1, image: Some((Arc::clone(&image), 0)) }
            }
            Content::Tables { set, root: None, .. } if set.tables.len() == 1 => {
                tables.extend(set.tables.into_iter().map(|table| (path.clone(), table.bytes)));
                continue;
            }
            Content::Tables { .. } | Content::Kernel(_) => continue,
        };
        if initrd.is_some() {
            let text = format!("{}: a policy about nodes is about one archive", display(&path));
            return Err(UsageError(text).into());
        }
        initrd = Some((path, given));
    }
    // An image's own kernel is the one that boots with it, unless another was asked for.
    let is_image = initrd.as_ref().is_some_and(|(_, initrd)| initrd.image.is_some());
    let chosen = (boot.request.kernel.is_some() || !is_image).then(|| boot.kernel.clone());
    let wanted = BootRequest {
        chosen,
        config: boot.request.config.map(Path::to_owned),
        command_line: boot.request.command_line.map(str::to_owned),
        append: boot.request.append.to_vec(),
        ..BootRequest::default()
    };
    let next = initrd.map_or(NextInitrd::Tables(tables), |(path, initrd)| NextInitrd::Initrd(path, initrd));
    let prepared = machine.with(next, &wanted)?;
    if prepared.recorded.map_source == MapSource::None {
        return Ok(None);
    }
    let outcome = predict(prepared.machine(), &prepared.next());
    prepared.intact()?;
    Ok(Some(BootFacts::of(prepared.machine(), &prepared.next(), &outcome)))
}

/// A file of lines.
fn lines<T>(path: &Path, parse: fn(&str) -> Result<Vec<T>, LineError>) -> anyhow::Result<Lines<T>> {
    let bytes = file::read(path, budget::LINES, "lines of text")?;
    let name = display(path);
    let text = str::from_utf8(&bytes).map_err(|error| {
        UsageError(format!("{name}: byte {}: expected text in UTF-8", error.valid_up_to()))
    })?;
    let lines = parse(text).map_err(|error| UsageError(format!("{name}: {error}")))?;
    Ok(Lines { path: path.to_owned(), lines })
}

/// The files that a policy is about: those of archives, and tables in files of their own.
fn files(report: &Report) -> Vec<File> {
    let mut files = Vec::new();
    for input in &report.inputs {
        match &input.kind {
            Kind::Table { signature, accepted, becomes, .. } => files.push(File {
                name: input.path.as_path().into(),
                signature: four(signature),
                accepted: *accepted,
                outcome: becomes.as_ref().map(|becomes| becomes.outcome),
            }),
            Kind::Archive(all) => files.extend(all.iter().map(in_archive)),
            // What the stub hands over without a choice of profile.
            Kind::Image { initrds, .. } => {
                files.extend(
                    initrds.first().into_iter().flat_map(|initrd| initrd.files.iter().map(in_archive)),
                );
            }
            Kind::Tables(_) | Kind::Kernel { .. } | Kind::Policy { .. } | Kind::Waivers | Kind::Unread(_) => {
            }
        }
    }
    files
}

fn in_archive(file: &ArchiveFile) -> File {
    File {
        name: file.path.clone(),
        signature: file.signature.as_ref().and_then(four),
        accepted: file.outcome == Examined::Accepted,
        outcome: file.becomes.as_ref().map(|becomes| becomes.outcome),
    }
}

fn four(signature: &Foreign) -> Option<Signature> {
    signature.raw().try_into().ok().map(Signature)
}
