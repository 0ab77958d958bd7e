//! L2: rules over tables and archives: each is a function from what is there to findings. Nothing is fixed, nothing printed.
//!
//! | module | rules |
//! |---|---|
//! | [`header`] | any table: header, length, sum, ids |
//! | [`layout`] | any table whose layout is known: what does not fit |
//! | `reserved` | any table whose layout is known: reserved bits |
//! | [`values`] | any table whose layout is known: values and types without a meaning |
//! | [`facts`] | single fields of many tables: what they must hold |
//! | [`conditional`] | fields whose right value depends on another one |
//! | `fixed` | RSDP, RSDT and XSDT |
//! | `srat`, `slit`, `hmat`, `msct`, `madt`, `pptt`, `fadt`, `cedt`, `mcfg`, `nfit`, `pmtt`, `dmar`, `iort`, `aml`, [`others`] | one table by itself |
//! | [`across`] | tables that must agree with each other |
//! | [`places`] | tables, the addresses that they give, and the memory map |
//! | [`archive`] | override archives and initrds |
//! | [`image`] | unified kernel images |
//! | [`against`] | tables for an archive, held against those of the firmware |
//! | [`boot`] | a boot that was predicted |
//! | [`judge`] | how much a finding matters to whom |
//! | [`policy`], [`waiver`] | what a build asserts, and what it lives with |

pub mod across;
pub mod against;
mod aml;
pub mod archive;
pub mod boot;
pub mod boot_facts;
mod cedt;
pub mod conditional;
mod dmar;
pub mod doctor;
pub mod facts;
mod fadt;
mod fixed;
pub mod header;
mod hmat;
mod identity;
pub mod image;
mod iort;
pub mod judge;
pub mod layout;
pub mod lines;
mod madt;
mod mcfg;
mod msct;
mod nfit;
pub mod open;
pub mod others;
pub mod places;
mod pmtt;
pub mod policy;
mod pptt;
mod reserved;
mod slit;
mod srat;
pub mod values;
pub mod waiver;

use crate::finding::{Finding, Rule, Severity};
use crate::foreign::Foreign;
use crate::table;
use std::ops::Range;

/// How many findings of one rule about one subject are kept; of further ones only the number is told.
pub const KEPT_PER_RULE: usize = 1000;

/// The findings about one subject, as the rules collect them.
#[derive(Debug)]
pub struct Findings {
    subject: Foreign,
    base: u64,
    list: Vec<Finding>,
    counts: Vec<(&'static Rule, usize)>,
}

impl Findings {
    /// No findings yet about `subject`. Spans are counted from byte `base` of the file that the subject is part of.
    pub fn new(subject: impl Into<Foreign>, base: u64) -> Self {
        Findings { subject: subject.into(), base, list: Vec::new(), counts: Vec::new() }
    }

    /// Adds a finding about the bytes `span` of the subject.
    pub fn add(&mut self, rule: &'static Rule, span: Range<usize>, message: impl Into<Foreign>) {
        self.add_as(rule.severity, rule, span, message);
    }

    /// Adds a finding with another severity than the rule's own.
    pub fn add_as(
        &mut self,
        severity: Severity,
        rule: &'static Rule,
        span: Range<usize>,
        message: impl Into<Foreign>,
    ) {
        if self.count(rule) <= KEPT_PER_RULE {
            let (start, end) = (self.base + span.start as u64, self.base + span.end as u64);
            let finding = Finding::new(rule, &self.subject, message);
            self.list.push(finding.at(start..end).with_severity(severity));
        }
    }

    /// Adds a finding that a command fixes: FILE in it is the subject.
    pub fn add_fixable(
        &mut self,
        rule: &'static Rule,
        span: Range<usize>,
        message: impl Into<Foreign>,
        command: String,
    ) {
        let known = self.list.len();
        self.add(rule, span, message);
        if let Some(added) = self.list.get_mut(known..).and_then(<[_]>::first_mut) {
            added.command = Some(command.into());
        }
    }

    /// Adds a finding about the subject as a whole.
    pub fn add_whole(&mut self, rule: &'static Rule, message: impl Into<Foreign>) {
        if self.count(rule) <= KEPT_PER_RULE {
            self.list.push(Finding::new(rule, &self.subject, message));
        }
    }

    /// Counts one more finding of a rule.
    fn count(&mut self, rule: &'static Rule) -> usize {
        let known = self.counts.iter_mut().find(|(counted, _)| *counted == rule);
        match known {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count
            }
            None => {
                self.counts.push((rule, 1));
                1
            }
        }
    }

    /// The findings in the order in which they were added.
    pub fn into_vec(mut self) -> Vec<Finding> {
        for (rule, count) in &self.counts {
            let kept = self.list.iter().rfind(|finding| finding.rule == *rule);
            if let (Some(more @ 1..), Some(kept)) = (count.checked_sub(KEPT_PER_RULE), kept) {
                let message = format!("{more} more of the same");
                let finding = Finding::new(rule, &self.subject, message);
                self.list.push(finding.with_severity(kept.severity));
            }
        }
        self.list
    }
}

/// All that the bytes of one table say by themselves. `base` is where the table starts in the file that offsets shall count
/// from.
pub fn table(subject: impl Into<Foreign>, base: u64, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Findings::new(subject, base);
    if bytes.starts_with(&table::rsdp::SIGNATURE) {
        fixed::rsdp(&mut findings, bytes);
        reserved::check(&mut findings, bytes);
    } else if let Some(header) = header::check(&mut findings, bytes) {
        match &header.signature.0 {
            b"SRAT" => srat::check(&mut findings, bytes),
            b"SLIT" => slit::check(&mut findings, bytes),
            b"HMAT" => hmat::check(&mut findings, bytes),
            b"MSCT" => msct::check(&mut findings, bytes),
            b"APIC" => madt::check(&mut findings, bytes),
            b"PPTT" => pptt::check(&mut findings, bytes),
            b"CEDT" => cedt::check(&mut findings, bytes),
            b"MCFG" => mcfg::check(&mut findings, bytes),
            b"NFIT" => nfit::check(&mut findings, bytes),
            b"FACP" => fadt::check(&mut findings, bytes),
            b"PMTT" => pmtt::check(&mut findings, bytes),
            b"DMAR" => dmar::check(&mut findings, bytes),
            b"IORT" => iort::check(&mut findings, bytes),
            b"DSDT" | b"SSDT" | b"PSDT" | b"OSDT" => aml::check(&mut findings, bytes),
            b"RSDT" | b"XSDT" => fixed::root(&mut findings, bytes),
            _ => others::check(&mut findings, &header.signature, bytes),
        }
        facts::check(&mut findings, bytes);
        conditional::check(&mut findings, &header.signature, bytes);
        along_layout(&mut findings, bytes);
    } else if header::has_length_only(bytes) && bytes.len() >= header::LENGTH_ONLY_LEN {
        along_layout(&mut findings, bytes);
    }
    findings.into_vec()
}

/// The rules along the layout, where the table has one.
fn along_layout(findings: &mut Findings, bytes: &[u8]) {
    layout::check(findings, bytes);
    values::check(findings, bytes);
    reserved::check(findings, bytes);
}

/// A range of addresses as Linux prints it, the end inclusive, without leading zeros.
pub(crate) fn mem(range: &Range<u64>) -> String {
    format!("[mem {:#x}-{:#x}]", range.start, range.end.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::registry::header as rules;

    #[test]
    fn findings_of_one_rule_are_limited() {
        let mut findings = Findings::new("x", 16);
        for at in 0..KEPT_PER_RULE + 5 {
            findings.add(&rules::CHECKSUM, at..at + 1, format_args!("{at}"));
        }
        let list = findings.into_vec();
        assert_eq!(list.len(), KEPT_PER_RULE + 1);
        assert_eq!(list.first().and_then(|finding| finding.span.clone()), Some(16..17));
        assert_eq!(list.last().map(|finding| finding.message.text()), Some("5 more of the same".into()));
    }
}
