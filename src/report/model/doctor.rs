//! The JSON of `acpihp doctor`.

use super::sources::About;
use crate::check::doctor::{Check, How, Link, Overridden, Report, Status, Verdict};
use crate::finding::Severity;
use crate::foreign::Foreign;
use serde::Serialize;

/// What became of an override, and of the prediction: schema `acpihp.doctor/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DoctorModel {
    /// `acpihp.doctor/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// What the answers come to.
    pub verdict: Verdict,
    /// The same in a sentence: of a broken link, its name and what is wrong.
    pub conclusion: Foreign,
    /// Kernel release of the boot.
    pub kernel: Foreign,
    /// Its command line.
    pub command_line: Foreign,
    /// Each question that applies, in the order in which one thing leads to the next.
    pub checks: Vec<CheckModel>,
    /// The name of the first check that does not hold, errors before warnings; null when all hold.
    pub broken: Option<Link>,
    /// The name of the first check that nothing answers, where the verdict is `unknown`; null otherwise.
    pub unknown: Option<Link>,
    /// Tables in /sys/firmware/acpi/tables that are not the firmware's.
    pub overridden: Vec<OverriddenModel>,
    /// Number of checks that do not hold and are errors.
    pub errors: usize,
    /// Number of checks that do not hold and are warnings.
    pub warnings: usize,
}

/// One question, and its answer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckModel {
    /// Its name.
    pub name: Link,
    /// What it asks.
    pub question: &'static str,
    /// `ok`, `not` or `unknown`.
    pub status: Status,
    /// How much it matters that it is not so; null unless the status is `not`.
    pub severity: Option<Severity>,
    /// The rule that applies; `acpihp explain CODE` tells more.
    pub code: Option<&'static str>,
    /// What Linux does because of it; null without a rule.
    pub consequence: Option<&'static str>,
    /// The answer in words.
    pub message: Foreign,
    /// What it rests on.
    pub evidence: Vec<Foreign>,
    /// What to do about it.
    pub fix: Option<Foreign>,
}

/// A table that is an override's.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OverriddenModel {
    /// Signature.
    pub signature: Foreign,
    /// How it came to be in force.
    pub how: How,
    /// Physical address of the table in force, where it is known.
    pub address: Option<u64>,
    /// Physical address of the firmware's table that it replaced, where it is known.
    pub firmware_address: Option<u64>,
    /// OEM revision of the table in force, where it is known.
    pub oem_revision: Option<u32>,
}

impl DoctorModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.doctor/1";

    /// The report of a boot.
    pub fn of(report: &Report, about: About, kernel: Foreign, command_line: Foreign) -> DoctorModel {
        let number = |severity| {
            let not = report.checks.iter().filter(|check| check.status == Status::Not);
            not.filter(|check| check.severity == severity).count()
        };
        DoctorModel {
            schema: Self::SCHEMA,
            about,
            verdict: report.verdict,
            conclusion: report.conclusion.clone(),
            kernel,
            command_line,
            checks: report.checks.iter().map(check).collect(),
            broken: report.broken().map(|check| check.link),
            unknown: report.unknown,
            overridden: report.overridden.iter().map(overridden).collect(),
            errors: number(Severity::Error),
            warnings: number(Severity::Warning),
        }
    }

    /// The check that decides: the first that does not hold, or that nothing answers.
    pub fn decisive(&self) -> Option<&CheckModel> {
        let (link, status) = match self.broken {
            Some(link) => (link, Status::Not),
            None => (self.unknown?, Status::Unknown),
        };
        self.checks.iter().find(|check| check.name == link && check.status == status)
    }
}

fn check(check: &Check) -> CheckModel {
    let is_not = check.status == Status::Not;
    CheckModel {
        name: check.link,
        question: check.link.question(),
        status: check.status,
        severity: is_not.then_some(check.severity),
        code: check.rule.map(|rule| rule.code),
        consequence: check.rule.map(|rule| rule.consequence()),
        message: check.message.clone(),
        evidence: check.evidence.clone(),
        fix: check.remedy(),
    }
}

fn overridden(table: &Overridden) -> OverriddenModel {
    OverriddenModel {
        signature: table.signature.clone(),
        how: table.how,
        address: table.address,
        firmware_address: table.firmware_address,
        oem_revision: table.oem_revision,
    }
}
