//! Everything that the other commands need of a machine. What `acpihp capture` writes.

use super::machine::{self, MachineRequest};
use crate::foreign::Foreign;
use crate::report;
use crate::report::model::capture::CaptureModel;
use crate::source::SourceError;
use crate::source::capture::{self, Capture, secrets::Kind};
use crate::source::machine as machines;

/// What is taken.
#[derive(Debug, Clone, Default)]
pub struct CaptureRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// What is taken along that is left out otherwise.
    pub keep: Vec<Kind>,
    /// The name of the output.
    pub output: Foreign,
}

/// Takes a capture, with a report of it inside; and that report, without what only the written archive has.
///
/// # Errors
/// As [`machine::with_tables`]; [`SourceError`] for what is not a machine.
pub fn run(request: &CaptureRequest) -> anyhow::Result<(Capture, CaptureModel)> {
    let (root, tables) = machine::with_tables(&request.machine)?;
    if let Some(set) = tables {
        let what = "these are tables alone: a capture is taken of a machine's tree".into();
        return Err(SourceError::Empty { path: set.path, what }.into());
    }
    root.must_be_a_machine()?;
    let mut capture = capture::take(&root, &request.keep);
    let inside = report::capture::inside(&CaptureModel::of(&capture, None, Foreign::default()));
    capture.add_report(inside);
    let kernel = machines::release(&root).map(Into::into);
    let report = CaptureModel::of(&capture, kernel, request.output.clone());
    Ok((capture, report))
}
