//! L0: what `check`, `plan` and `simulate` find, and the rules behind the findings.
//!
//! A [`Rule`] is written down once, in [`registry`]; a [`Finding`] is one place where it applies.

pub mod registry;

use std::ops::Range;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Legal, and likely not what was meant.
    Warning,
    /// Linux refuses it, misreads it, or does not boot with it.
    Error,
}

/// One rule: a fact of the registry, the same wherever it is reported.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code, `area-what`, as `explain`, `--allow` and JSON take it.
    pub code: &'static str,
    /// How much it matters unless a finding says otherwise.
    pub severity: Severity,
    /// One line: what is found.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What Linux does with it.
    pub consequence: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// Where it is written: ACPI section, or kernel function, file and releases.
    pub reference: &'static str,
}

/// One place where a rule applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// The file, table or option it is about; safe to print.
    pub subject: String,
    /// The bytes in question: offsets into the subject, where it has any.
    pub span: Option<Range<u64>>,
    /// What was found and what was expected; safe to print.
    pub message: String,
}

impl Finding {
    /// A finding with the rule's own severity and no byte range.
    pub fn new(rule: &'static Rule, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Finding {
            rule,
            severity: rule.severity,
            subject: subject.into(),
            span: None,
            message: message.into(),
        }
    }

    /// The same finding about these bytes of the subject.
    pub fn at(mut self, span: Range<u64>) -> Self {
        self.span = Some(span);
        self
    }

    /// The same finding with another severity.
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}
