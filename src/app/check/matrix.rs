//! One check for several kernels: every finding once, with the kernels that it is of, and what becomes of each input on each.

use super::CheckRequest;
use super::found::Report;
use crate::app::UsageError;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::report::model::FindingModel;
use crate::report::model::check::{CheckModel, InputModel, MatrixRow};
use std::collections::HashMap;
use std::path::PathBuf;

/// Checks for each kernel in turn; of one kernel, the answer is that of [`super::run`].
///
/// # Errors
/// As [`super::run`]; [`UsageError`] where several kernels are to read standard input.
pub fn run(request: &CheckRequest<'_>, kernels: &[PathBuf]) -> anyhow::Result<CheckModel> {
    let [_, _, ..] = kernels else {
        let kernel = kernels.first().map(PathBuf::as_path);
        return super::run(&CheckRequest { kernel, ..request.clone() });
    };
    let stream = |path: &PathBuf| path.as_os_str() == "-";
    if request.paths.iter().any(stream) || request.machine.files().any(stream) {
        let why = "standard input (-) can be read once only, and there are several kernels to check for";
        return Err(UsageError(why.to_owned()).into());
    }
    let of = |kernel: &PathBuf| super::run(&CheckRequest { kernel: Some(kernel), ..request.clone() });
    Ok(merged(kernels.iter().map(of).collect::<Result<_, _>>()?))
}

/// Answers for several kernels as one.
fn merged(all: Vec<CheckModel>) -> CheckModel {
    let name = |at: usize, one: &CheckModel| match one.kernel.raw().is_empty() {
        true => Foreign::from(format!("kernel {}", at + 1)),
        false => one.kernel.clone(),
    };
    let kernels: Vec<Foreign> = all.iter().enumerate().map(|(at, one)| name(at, one)).collect();
    let rows = all.iter().zip(&kernels).flat_map(|(one, kernel)| {
        one.inputs.iter().map(|input| MatrixRow::of(kernel.clone(), input, one.of(input)))
    });
    let matrix: Vec<MatrixRow> = rows.collect();
    let mut inputs: Vec<Merged> = Vec::new();
    let mut places: HashMap<(Foreign, usize), usize> = HashMap::new();
    let (mut allowed, mut waived, mut undecided) = (0, 0, 0);
    let mut left_out = Vec::new();
    let mut first = None;
    for (mut one, kernel) in all.into_iter().zip(&kernels) {
        allowed = allowed.max(one.allowed);
        waived = waived.max(one.waived);
        left_out = std::mem::take(&mut one.left_out);
        undecided = undecided.max(one.undecided);
        let mut seen: HashMap<Foreign, usize> = HashMap::new();
        for input in std::mem::take(&mut one.inputs) {
            // A path may be given twice.
            let times = seen.entry(input.path.clone()).or_default();
            let key = (input.path.clone(), *times);
            *times += 1;
            let found: Vec<FindingModel> = one.of(&input).to_vec();
            let place = *places.entry(key).or_insert_with(|| {
                inputs.push(Merged { input, findings: Vec::new(), places: HashMap::new() });
                inputs.len() - 1
            });
            if let Some(merged) = inputs.get_mut(place) {
                found.into_iter().for_each(|finding| merged.add(finding, kernel));
            }
        }
        first = first.or(Some(one));
    }
    let Some(first) = first else { return Report::default().view() };
    let (mut findings, mut models) = (Vec::new(), Vec::new());
    for Merged { input, findings: own, .. } in inputs {
        let start = findings.len();
        findings.extend(own);
        models.push(InputModel { findings: start..findings.len(), ..input });
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    CheckModel {
        kernel: Foreign::joined(&kernels, ", "),
        inputs: models,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        infos: count(Severity::Info),
        findings,
        allowed,
        waived,
        undecided,
        kernels,
        matrix,
        left_out,
        ..first
    }
}

/// What makes a finding the same on several kernels: code, bytes, subject and message.
type Key = (&'static str, Option<u64>, Option<u64>, Foreign, Foreign);

/// An input with what was found on any kernel.
struct Merged {
    input: InputModel,
    findings: Vec<FindingModel>,
    /// Where each finding is among them.
    places: HashMap<Key, usize>,
}

impl Merged {
    /// Adds a finding of a kernel: the same one of another kernel counts once, as grave as it is on any.
    fn add(&mut self, finding: FindingModel, kernel: &Foreign) {
        let FindingModel { code, start, end, .. } = finding;
        let key = (code, start, end, finding.subject.clone(), finding.message.clone());
        match self.places.get(&key).and_then(|place| self.findings.get_mut(*place)) {
            Some(known) => {
                known.severity = known.severity.max(finding.severity);
                if known.kernels.last() != Some(kernel) {
                    known.kernels.push(kernel.clone());
                }
            }
            None => {
                self.places.insert(key, self.findings.len());
                self.findings.push(FindingModel { kernels: vec![kernel.clone()], ..finding });
            }
        }
    }
}
