//! One planted fault for each rule: found under its code, at its bytes, with its severity; and nothing found where
//! nothing is wrong.

#![allow(clippy::indexing_slicing)]

mod against;
mod archives;
mod boots;
mod build;
mod cli;
mod devices;
mod faults;
mod fields;
mod fixtures;
mod places;
mod platform;
mod tables;

use acpihp::finding::{Finding, Severity};

/// A finding that a case must give: code, severity, start and end.
type Expected = (&'static str, Severity, Option<(u64, u64)>);

/// Asserts that these findings are made, all of them and no others of severity warning or above; infos that the case
/// does not name are left alone.
fn assert_found(name: &str, findings: &[Finding], expected: &[Expected]) {
    let found: Vec<Expected> = findings
        .iter()
        .map(|finding| {
            let span = finding.span.as_ref().map(|span| (span.start, span.end));
            (finding.rule.code, finding.severity, span)
        })
        .collect();
    for wanted in expected {
        assert!(found.contains(wanted), "{name}: {wanted:?} is not in {found:?}");
    }
    for other in &found {
        assert!(expected.contains(other) || other.1 == Severity::Info, "{name}: {other:?} in {found:?}");
    }
}
