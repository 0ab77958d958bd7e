//! One report on a boot: the plan, what becomes of the tables, and what it was made from. What `acpihp report` writes.

use super::boot::{BootRequest, Prepared};
use super::compare::{Contender, ReadMachine};
use super::machine::MachineRequest;
use super::plan;
use crate::boot::{self, NextBoot, Outcome};
use crate::bytes::hex;
use crate::container::read_at::ReadAt;
use crate::foreign::Foreign;
use crate::report::model::plan::Plan;
use crate::report::model::plan::compared::ComparedModel;
use crate::report::model::simulate::Run;
use crate::report::page::chain::links;
use crate::report::page::{InputFile, PageReport, next};
use crate::source::SourceError;
use crate::source::klog;
use crate::source::open::Opened;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// The report that is wanted.
#[derive(Debug, Clone, Default)]
pub struct ReportRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// What its next boot is made of: kernel, command line, initrd.
    pub boot: BootRequest,
    /// Two boots side by side, of which the first is reported on.
    pub compare: Option<[Contender; 2]>,
    /// The words of the command line that name machine and boot, for commands to paste.
    pub options: Vec<Foreign>,
    /// The command, for those who want to repeat it.
    pub command: Vec<Foreign>,
}

/// Makes the report.
///
/// # Errors
/// As [`Prepared::read`]; [`SourceError`] for a machine without a memory map.
pub fn run(request: &ReportRequest) -> anyhow::Result<PageReport> {
    let read = ReadMachine::read(&request.machine)?;
    let mut inputs = read.boot(&request.boot)?;
    let mut beside = None;
    if let Some([a, b]) = &request.compare {
        let other = plan_of(&read.contender(b, &inputs)?)?;
        inputs = read.contender(a, &inputs)?;
        beside = Some((a.name.clone(), b.name.clone(), other));
    }
    let mut plan = plan_of(&inputs)?;
    plan.comparison = beside.map(|(a, b, other)| ComparedModel::of(&[(a, plan.clone()), (b, other)]));
    let next_boot = inputs.next();
    let outcome = boot::predict(inputs.machine(), &next_boot);
    let tables = run_of(&inputs, &outcome, &next_boot);
    let without = (!tables.archive.is_empty()).then(|| {
        let bare = next_boot.clone().with_initrd(None, next_boot.initrd_at().cloned());
        run_of(&inputs, &boot::predict(inputs.machine(), &bare), &bare)
    });
    let chain = links(&plan, &tables, without.as_ref().unwrap_or(&tables), inputs.has_initrd());
    let report = PageReport {
        next: next::next(&plan, &chain, &request.options),
        recorded: recorded(request, &inputs),
        command: request.command.clone(),
        inputs: files(request)?,
        plan,
        tables,
        without,
        chain,
    };
    inputs.intact()?;
    Ok(report)
}

fn run_of(inputs: &Prepared, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Run {
    Run::of(inputs.machine(), outcome, next)
}

/// The plan of a boot.
fn plan_of(inputs: &Prepared) -> anyhow::Result<Plan> {
    plan::of(inputs, &plan::PlanRequest::default())
}

/// The lines about tables of the log that is at hand, as the model has them: without time stamps.
fn recorded(request: &ReportRequest, inputs: &Prepared) -> Option<Vec<String>> {
    let log = match request.machine.log_file() {
        Some(log) if log.path.as_os_str() == "-" => None,
        Some(log) => klog::from_file(log).ok(),
        None => klog::of(&inputs.root).ok().flatten(),
    }?;
    if log.log.which.of > 1 {
        return None;
    }
    let is_table = |line: &&str| {
        let words = line.trim_start_matches("ACPI: ");
        let is_address = words.get(4..7) == Some(" 0x");
        is_address
            || ["Table Upgrade", "Reserving ", "Early table"].iter().any(|start| words.starts_with(start))
    };
    let message = |line| str::find(line, "ACPI: ").and_then(|at| line.get(at..)).map(str::trim_end);
    let lines: Vec<String> =
        log.text.lines().filter_map(message).filter(is_table).map(str::to_owned).collect();
    (!lines.is_empty()).then_some(lines)
}

/// The files that a request names, with their hashes.
fn files(request: &ReportRequest) -> anyhow::Result<Vec<InputFile>> {
    let ReportRequest { machine, boot, compare, .. } = request;
    let of_boot = |boot: &BootRequest| {
        let named = [&boot.initrd, &boot.config, &boot.kernel].map(Clone::clone);
        named.into_iter().flatten().chain(boot.override_tables.clone()).collect::<Vec<_>>()
    };
    let boots = std::iter::once(boot).chain(compare.iter().flatten().map(|one| &one.boot));
    let mut paths: Vec<PathBuf> =
        [&machine.sysroot, &machine.from, &machine.log].into_iter().flatten().cloned().collect();
    for path in boots.flat_map(of_boot) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut files = Vec::new();
    for path in paths {
        // A kernel may be named by its release.
        if path.as_os_str() == "-" || !path.exists() {
            continue;
        }
        let sha256 = if path.is_file() { Some(hash(&path)?) } else { None };
        files.push(InputFile { path: path.as_os_str().into(), sha256 });
    }
    Ok(files)
}

/// The SHA-256 of a file, piece by piece.
fn hash(path: &Path) -> anyhow::Result<String> {
    const PIECE: u64 = 1 << 20;
    let source = Opened::open_file(path, "a file")?.into_source();
    let (mut at, end, mut digest) = (0, source.end(), Sha256::new());
    let mut buffer = vec![0; PIECE as usize];
    while at < end {
        let len = PIECE.min(end - at);
        let piece = buffer.get_mut(..len as usize).unwrap_or_default();
        source.read_at(at, piece).map_err(|error| SourceError::Io {
            path: path.to_owned(),
            error: io::Error::other(error.to_string()),
        })?;
        digest.update(&*piece);
        at += len;
    }
    Ok(hex(&digest.finalize()))
}
