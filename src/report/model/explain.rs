//! The JSON of `acpihp explain`.

use super::sources::About;
use crate::finding::{Rule, Severity};

/// What `acpihp explain --format json` prints.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExplainModel {
    /// Name and version of this contract.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The rules that were asked for, in that order; all of them when none was named.
    pub rules: Vec<RuleModel>,
}

/// One rule.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RuleModel {
    /// Stable code, as findings have it and `check --allow` takes it.
    pub code: &'static str,
    /// How much it matters, unless a finding says otherwise.
    pub severity: Severity,
    /// How much it matters at most where Linux is the judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linux: Option<Severity>,
    /// The same of a table of the firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware: Option<Severity>,
    /// What is found.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What Linux does with it.
    pub consequence: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// The command that does it or shows more, with words in capitals for what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<&'static str>,
    /// Where it is written.
    pub reference: &'static str,
}

impl ExplainModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.explain/1";

    /// The report about these rules.
    pub fn new(rules: &[&'static Rule]) -> Self {
        let rules = rules.iter().map(|rule| RuleModel {
            code: rule.code,
            severity: rule.severity,
            linux: rule.linux,
            firmware: rule.firmware,
            title: rule.title(),
            why: rule.why(),
            consequence: rule.consequence(),
            fix: rule.fix(),
            command: rule.command(),
            reference: rule.reference(),
        });
        ExplainModel { schema: Self::SCHEMA, about: About::default(), rules: rules.collect() }
    }
}
