//! The JSON contracts: one structure per report, serialised as it stands.
//!
//! Within a major version keys are only added. Addresses and sizes are bytes; ranges end exclusive.

#[cfg(feature = "cli")]
pub mod advise;
#[cfg(feature = "cli")]
pub mod capture;
#[cfg(feature = "cli")]
pub mod check;
#[cfg(feature = "cli")]
pub mod diff;
#[cfg(feature = "cli")]
pub mod doctor;
#[cfg(feature = "cli")]
pub mod dump;
pub mod early;
#[cfg(feature = "cli")]
pub mod edit;
#[cfg(feature = "cli")]
pub mod explain;
#[cfg(test)]
#[cfg(feature = "cli")]
mod generated;
#[cfg(feature = "cli")]
pub mod inspect;
#[cfg(feature = "cli")]
pub mod mkinitrd_override;
pub mod plan;
#[cfg(feature = "cli")]
pub mod removable;
#[cfg(feature = "cli")]
pub mod sample;
#[cfg(feature = "cli")]
pub mod simulate;
pub mod sources;
#[cfg(feature = "cli")]
pub mod template;
#[cfg(feature = "cli")]
pub mod r#where;
pub mod words;

use crate::budget;
use crate::finding::{Area, Finding, Rule, Severity};
use crate::foreign::Foreign;

/// One finding, as every report that has findings shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingModel {
    /// Stable code of the rule; `acpihp explain CODE` tells more.
    pub code: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// The file, table or option it is about.
    pub subject: Foreign,
    /// First byte in question, in the subject.
    pub start: Option<u64>,
    /// Byte after the last one in question.
    pub end: Option<u64>,
    /// What was found and what was expected.
    pub message: Foreign,
    /// What Linux does with it.
    pub consequence: &'static str,
    /// Where the rule is written.
    pub reference: &'static str,
    /// The command that fixes it, where there is one: FILE is the file that it is about, NEW the one to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Box<str>>,
    /// The kernels that it is of, where a check was for several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kernels: Vec<Foreign>,
    /// The rule, for writers that say more of it.
    #[serde(skip)]
    pub rule: &'static Rule,
}

impl FindingModel {
    /// What it says, and of what.
    pub fn said(&self) -> Foreign {
        self.subject.clone() + ": " + &self.told()
    }

    /// What it says, and of which kernels where several were checked for.
    pub fn told(&self) -> Foreign {
        match self.kernels.as_slice() {
            [] => self.message.clone(),
            kernels => {
                let names: Vec<_> = kernels.iter().map(Foreign::text).collect();
                self.message.clone() + " (Linux " + names.join(", ") + ")"
            }
        }
    }

    /// The same, with the place where it has one.
    pub fn placed(&self) -> Foreign {
        let at = self.start.map(|start| format!(" at {start:#x}")).unwrap_or_default();
        self.subject.clone() + at + ": " + &self.told()
    }

    /// Whether it says that the boot does not come to its end.
    pub fn is_death(&self) -> bool {
        self.severity == Severity::Error && self.rule.area == Area::Death
    }
}

impl From<&Finding> for FindingModel {
    fn from(finding: &Finding) -> Self {
        let len = 2 * size_of::<FindingModel>() + finding.subject.raw().len() + finding.message.raw().len();
        budget::need(len, "the findings of the report");
        FindingModel {
            code: finding.rule.code,
            severity: finding.severity,
            subject: finding.subject.clone(),
            start: finding.span.as_ref().map(|span| span.start),
            end: finding.span.as_ref().map(|span| span.end),
            message: finding.message.clone(),
            consequence: finding.consequence(),
            reference: finding.rule.reference(),
            command: finding.command().map(Box::from),
            kernels: Vec::new(),
            rule: finding.rule,
        }
    }
}

/// Writes words for people that may hold names from outside: with the characters, not with the escapes for a line of text.
fn said<S: serde::Serializer>(words: &str, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Foreign::of_text(&words), to)
}

/// The same where there may be none.
#[cfg(feature = "cli")]
fn said_if_any<S: serde::Serializer>(words: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&words.as_ref().map(|words| Foreign::of_text(words)), to)
}
