//! Will Linux accept tables, archives and initrds, are they right, and does what a policy asserts hold? What `acpihp check`
//! shows.

mod folders;
mod found;
mod inputs;
pub mod matrix;
mod policy;
mod session;

use super::kernel::Asked;
use super::machine::MachineRequest;
use super::order::GivenOrder;
use super::target::Target;
use crate::check::waiver::Day;
use crate::finding::{Finding, Judge, Rule, registry};
use crate::foreign::Foreign;
use crate::report::model::check::CheckModel;
use crate::source::SourceError;
use crate::source::machine::Recorded;
use crate::source::root::Root;
use folders::Folders;
use found::{Input, Kind, Report};
use inputs::{Content, Firmware};
use policy::{Policy, PolicyBoot};
use session::Session;
use std::path::{Path, PathBuf};

/// What is to be checked, and what for.
#[derive(Debug, Clone)]
pub struct CheckRequest<'a> {
    /// Tables, folders, dumps, archives, initrds, kernels and images; `-` is standard input.
    pub paths: &'a [PathBuf],
    /// The machine: that whose tables the inputs are to override, or, without inputs, the input itself.
    pub machine: &'a MachineRequest,
    /// A second machine, whose tables the inputs are to override instead.
    pub against: Option<&'a Path>,
    /// A kernel release, or a kernel image.
    pub kernel: Option<&'a Path>,
    /// The release whose rules it follows, where that is another one.
    pub rules_of: Option<&'a str>,
    /// The kernel's configuration.
    pub config: Option<&'a Path>,
    /// Who judges how much a finding matters.
    pub judge: Judge,
    /// Rules whose findings are left out.
    pub allow: &'a [&'static Rule],
    /// A file of waivers.
    pub waivers: Option<&'a Path>,
    /// A file of assertions.
    pub policy: Option<&'a Path>,
    /// The command line of the boot that a policy is about; the machine's where none is given.
    pub command_line: Option<&'a str>,
    /// Words that are added to that line, or taken away.
    pub append: &'a [String],
    /// The day on which waivers hold or are over.
    pub today: Day,
}

/// What was read of one path.
struct Read {
    path: PathBuf,
    content: anyhow::Result<Content>,
}

/// Checks what was asked for. Every input has an entry in the report, in the order of the request, followed by those of other
/// files that could not be read.
///
/// # Errors
/// [`super::UsageError`] for a kernel that is neither a release nor a file, and for lines of a policy or of waivers that say
/// nothing.
pub fn run(request: &CheckRequest<'_>) -> anyhow::Result<CheckModel> {
    let mut others = Vec::new();
    let policy = Policy::read(request, &mut others)?;
    let asked = Asked {
        kernel: request.kernel,
        rules_of: request.rules_of,
        config: request.config,
        take: request.machine.take,
        // Without a machine to compare with, a log says the order of the inputs.
        order: request.machine.order(),
        ..Asked::default()
    };
    let is_machine = request.against.is_none() && request.machine.is_named();
    let is_compared = request.against.is_some() || is_machine && !request.paths.is_empty();
    let of_inputs = Asked { order: if is_compared { GivenOrder::default() } else { asked.order }, ..asked };
    let named = request.kernel.or(request.config);
    // What a kernel is for is asked first: without it nothing can be decided.
    let Some(alone) = kept(Some(Target::kernel_alone(&asked)), named, &mut others)? else {
        return Ok(unknown_kernel(request, others).view());
    };
    let firmware = match request.against {
        Some(path) => Some(Firmware::of_source(path, &asked)),
        None => is_compared.then(|| Firmware::of_machine(request.machine, &asked)),
    };
    let place = request.machine.path();
    let firmware = kept(firmware, request.against.or(Some(&place)), &mut others)?;
    let read = |path: PathBuf| Read { content: inputs::read(&path, &of_inputs), path };
    let mut folders = Folders::default();
    let paths: Vec<PathBuf> = request.paths.iter().flat_map(|path| folders.of(path)).collect();
    let mut all: Vec<Read> = paths.into_iter().map(read).collect();
    folders.settle(request.paths, &mut all);
    if request.paths.is_empty() {
        all.push(Read { content: inputs::of_machine(request.machine), path: place });
    }
    // A report of it would be written over it.
    if let Some(at) = all.iter().position(|read| read.content.as_ref().is_err_and(is_output)) {
        all.swap_remove(at).content?;
    }
    let own = if firmware.is_none() { only_machine(&mut all) } else { None };
    let own = own.map(|(root, recorded)| Target::of_recorded(root, recorded, &asked)).transpose()?;
    let target = firmware.as_ref().map(|firmware| &firmware.target).or(own.as_ref()).unwrap_or(&alone);
    let next = target.next();
    let session = Session { next: &next, firmware: firmware.as_ref(), judge: request.judge };
    let mut report = session.report(&all);
    report.left_out = folders.left_out;
    report.sources = target.sources();
    // What was cut short while somebody looked at it is as good as not read.
    for (input, read) in report.inputs.iter_mut().zip(&mut all) {
        if let Ok(content) = &read.content
            && let Err(error) = content.intact(&read.path)
        {
            *input = unread(&read.path, &error.into());
        }
    }
    report.inputs.extend(others);
    let boot = PolicyBoot { request, machine: target.prepared(), kernel: target.kernel() };
    policy.apply(&mut report, all, boot)?;
    leave_out(&mut report, request.allow);
    Ok(report.view())
}

/// The machine that is asked about where no firmware is: the only one among the inputs.
fn only_machine(all: &mut [Read]) -> Option<(Root, Recorded)> {
    let mut machines = all.iter_mut().filter_map(|read| match &mut read.content {
        Ok(Content::Tables { root: Some(root), recorded, .. }) => Some((root, recorded)),
        _ => None,
    });
    let (root, recorded) = machines.next().filter(|_| machines.next().is_none())?;
    Some((root.clone(), *recorded.take()?))
}

/// What a file gave; where it could not be read, `None` and an entry for it.
fn kept<T, E: Into<anyhow::Error>>(
    result: Option<Result<T, E>>,
    path: Option<&Path>,
    others: &mut Vec<Input>,
) -> anyhow::Result<Option<T>> {
    match (result.transpose().map_err(Into::into), path) {
        (Err(error), Some(path)) if error.is::<SourceError>() && !is_output(&error) => {
            others.push(unread(path, &error));
            Ok(None)
        }
        (result, _) => result,
    }
}

/// Whether an input is what the report would be written to.
fn is_output(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(SourceError::IsOutput { .. }))
}

/// The entry of a file that could not be read.
fn unread(path: &Path, error: &anyhow::Error) -> Input {
    let is_listing = matches!(error.downcast_ref(), Some(SourceError::Disagreement { .. }));
    let rule = if is_listing { &registry::input::LISTING_DISAGREES } else { &registry::input::UNREADABLE };
    let error = Foreign::of_text(&format_args!("{error:#}"));
    let name = Foreign::from(path) + ": ";
    let message = error.raw().strip_prefix(name.raw()).unwrap_or(error.raw());
    let findings = vec![Finding::new(rule, path, message)];
    Input { path: path.to_owned(), kind: Kind::Unread(error), findings }
}

/// The report where the kernel that was asked for is not known, so that nothing could be decided.
fn unknown_kernel(request: &CheckRequest<'_>, others: Vec<Input>) -> Report {
    let error = anyhow::anyhow!("not looked at: the kernel that it is for could not be read");
    let mut inputs: Vec<Input> = request.paths.iter().map(|path| unread(path, &error)).collect();
    inputs.extend(others);
    Report { inputs, ..Report::default() }
}

/// Leaves out what is allowed. That something was not read is no finding that anybody could live with.
fn leave_out(report: &mut Report, allowed: &[&'static Rule]) {
    for input in &mut report.inputs {
        let before = input.findings.len();
        let is_allowed = |finding: &Finding| allowed.contains(&finding.rule) && !input.kind.is_unread();
        input.findings.retain(|finding| !is_allowed(finding));
        report.allowed += before - input.findings.len();
    }
}
