//! L0: what `check`, `plan` and `simulate` find, and the rules behind the findings.
//!
//! A [`Rule`] is written down once, in [`registry`]; a [`Finding`] is one place where it applies.

pub mod registry;

use crate::budget;
use crate::foreign::Foreign;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
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

/// By whom a finding is judged: both have the same rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Judge {
    /// Linux: what it never looks at is only worth knowing.
    #[default]
    Linux,
    /// The specification.
    Specification,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// The header and the length of any table: what the kernel refuses a table for.
    Header,
    /// Nodes, memory and their distances: SRAT, SLIT, HMAT and others.
    Numa,
    /// Processors and fixed hardware.
    Platform,
    /// Devices and their memory.
    Devices,
    /// What fields of any table hold.
    Fields,
    /// Addresses and the memory map.
    Places,
    /// Archives and initrds.
    Archive,
    /// A table beside that of the firmware which it is to replace: nothing is to be said without the firmware's tables.
    Override,
    /// Kernels and unified kernel images.
    Image,
    /// How tables are installed at boot.
    Install,
    /// The boot and its memory.
    Boot,
    /// What ends the boot, where it is an error.
    Death,
    /// The boot that was.
    Doctor,
    /// Policies and waivers.
    Policy,
    /// What was asked for.
    Input,
}

/// One rule: a fact of the registry, the same wherever it is reported. Two rules are equal if they have the same code.
#[derive(Debug)]
pub struct Rule {
    /// The stable code, as `explain`, `--allow` and JSON take it.
    pub code: &'static str,
    /// What it is about.
    pub area: Area,
    /// How much it matters unless a finding says otherwise.
    pub severity: Severity,
    /// How much it matters to Linux, where that is less.
    pub linux: Option<Severity>,
    /// How much it matters to Linux in a table of the firmware, which no check refuses, where that is less.
    pub firmware: Option<Severity>,
    /// All texts, with a NUL between them: one pointer in place of seven, since the loader sets every pointer at each start.
    texts: &'static str,
}

impl Rule {
    /// One line: what is found.
    pub fn title(&self) -> &'static str {
        self.text(0)
    }

    /// Why it matters.
    pub fn why(&self) -> &'static str {
        self.text(1)
    }

    /// What Linux does with it.
    pub fn consequence(&self) -> &'static str {
        self.text(2)
    }

    /// How to fix it.
    pub fn fix(&self) -> &'static str {
        self.text(3)
    }

    /// Where it is written: ACPI section, or kernel function, file and releases.
    pub fn reference(&self) -> &'static str {
        self.text(4)
    }

    /// What Linux does where a finding is less severe than the rule, if that is something else.
    pub fn lesser(&self) -> Option<&'static str> {
        Some(self.text(5)).filter(|text| !text.is_empty())
    }

    /// The command that does it or shows more, with words in capitals for what it is about.
    pub fn command(&self) -> Option<&'static str> {
        Some(self.text(6)).filter(|text| !text.is_empty())
    }

    fn text(&self, number: usize) -> &'static str {
        self.texts.split('\0').nth(number).unwrap_or_default()
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

impl Hash for Rule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code.hash(state);
    }
}

/// One place where a rule applies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// The file, table or option it is about.
    pub subject: Foreign,
    /// The bytes in question: offsets into the subject, where it has any.
    pub span: Option<Range<u64>>,
    /// What was found and what was expected.
    pub message: Foreign,
    /// The command that fixes it, where more of it is known than the rule says; FILE is the subject.
    pub command: Option<Box<str>>,
}

impl Finding {
    /// A finding with the rule's own severity and no byte range.
    pub fn new(rule: &'static Rule, subject: impl Into<Foreign>, message: impl Into<Foreign>) -> Self {
        let (subject, message) = (subject.into(), message.into());
        // In a list that grows, and in the report.
        let len =
            size_of::<Finding>().saturating_add(subject.raw().len()).saturating_add(message.raw().len());
        budget::need(len.saturating_mul(3), "the list of findings");
        Finding { rule, severity: rule.severity, subject, span: None, message, command: None }
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

    /// What Linux does with it, as severe as it is here.
    pub fn consequence(&self) -> &'static str {
        let lesser = self.rule.lesser().filter(|_| self.severity < self.rule.severity);
        lesser.unwrap_or(self.rule.consequence())
    }

    /// The command that fixes its file, where nothing in it is left open but FILE, the subject, and NEW, the result.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref().or(self.rule.command()).filter(|command| {
            let words =
                command.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            let is_open = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
            command.contains("FILE")
                && words.filter(|word| is_open(word)).all(|word| ["FILE", "NEW"].contains(&word))
        })
    }

    /// Whether it says that the boot does not come to its end.
    pub fn is_death(&self) -> bool {
        self.severity == Severity::Error && self.rule.area == Area::Death
    }

    /// What makes it the finding that it is: all but how much it matters.
    fn identity(&self) -> Identity<'_> {
        let span = self.span.as_ref().map(|span| (span.start, span.end));
        (self.rule.code, &self.subject, span, &self.message)
    }
}

/// Rule, subject, bytes and message of a finding.
type Identity<'a> = (&'static str, &'a Foreign, Option<(u64, u64)>, &'a Foreign);

/// Findings in the order in which they first came, each once: several comparisons can come to the same.
#[derive(Debug, Clone, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds findings. One that is there already, with the same rule, subject, bytes and message, stays once, as severe as
    /// the graver of both.
    pub fn merge(&mut self, more: impl IntoIterator<Item = Finding>) {
        let mut all = std::mem::take(&mut self.0);
        all.extend(more);
        let mut known: HashMap<Identity<'_>, (usize, Severity)> = HashMap::new();
        for (index, finding) in all.iter().enumerate() {
            let (_, severity) = known.entry(finding.identity()).or_insert((index, finding.severity));
            *severity = finding.severity.max(*severity);
        }
        let kept: HashMap<usize, Severity> = known.into_values().collect();
        self.0 = all
            .into_iter()
            .enumerate()
            .filter_map(|(index, finding)| Some(finding.with_severity(*kept.get(&index)?)))
            .collect();
    }

    /// The findings.
    pub fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(all: I) -> Self {
        let mut findings = Findings::default();
        findings.merge(all);
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_what_it_says_about_which_bytes() {
        let rule = &registry::header::CHECKSUM;
        let one = || Finding::new(rule, "a", "x").at(9..10);
        let all = [
            one().with_severity(Severity::Warning),
            one(),
            one().at(9..11),
            Finding::new(rule, "b", "x").at(9..10),
            Finding::new(rule, "a", "y").at(9..10),
            Finding::new(&registry::header::EMPTY, "a", "x").at(9..10),
        ];
        let merged = all.iter().cloned().collect::<Findings>().into_vec();
        assert_eq!(
            merged,
            all.get(1..).unwrap_or_default(),
            "one of six is there twice, and the graver counts"
        );
    }
}
