//! Was the last override seen, accepted and applied, and did the boot do what the model says it does?
//!
//! What is known of a boot that was comes in as [`Facts`]; what comes out is a short list of checks in the order in which
//! one thing leads to the next, so that the first that does not hold is where to fix.

mod chain;
pub mod disk;
pub mod known;
mod memory;

use crate::boot::install::Firmware;
use crate::boot::kernel::release::Release;
use crate::boot::{Machine, NextBoot, Outcome};
use crate::container::initrd::held::View;
use crate::finding::{Finding, Rule, Severity};
use crate::foreign::Foreign;
use crate::memory::log::Events;
use crate::memory::zoneinfo::ZoneInfo;
use crate::phrase::words;
use disk::Disk;

words! {
    /// What became of a question.
    pub enum Status {
        /// It is as it should be.
        Ok = "ok",
        /// It is not.
        Not = "not",
        /// Nothing tells.
        Unknown = "unknown",
    }
}

/// One question, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub link: Link,
    /// The answer.
    pub status: Status,
    /// How much it matters, where the answer is `not`.
    pub severity: Severity,
    /// The rule that applies, if there is one.
    pub rule: Option<&'static Rule>,
    /// The answer in words.
    pub message: Foreign,
    /// What it rests on: lines of the log, findings, differences.
    pub evidence: Vec<Foreign>,
    /// What to do about it, where that is not the rule's fix.
    pub fix: Option<Foreign>,
}

impl Check {
    fn new(link: Link, status: Status, message: impl Into<Foreign>) -> Check {
        Check {
            link,
            status,
            severity: Severity::Info,
            rule: None,
            message: message.into(),
            evidence: Vec::new(),
            fix: None,
        }
    }

    fn ok(link: Link, message: impl Into<Foreign>) -> Check {
        Check::new(link, Status::Ok, message)
    }

    fn unknown(link: Link, message: impl Into<Foreign>, fix: impl Into<Foreign>) -> Check {
        Check { fix: Some(fix.into()), ..Check::new(link, Status::Unknown, message) }
    }

    fn not(link: Link, severity: Severity, rule: &'static Rule, message: impl Into<Foreign>) -> Check {
        Check { severity, rule: Some(rule), ..Check::new(link, Status::Not, message) }
    }

    fn with(mut self, evidence: impl IntoIterator<Item: Into<Foreign>>) -> Check {
        self.evidence.extend(evidence.into_iter().map(Into::into));
        self
    }

    fn with_fix(mut self, fix: impl Into<Foreign>) -> Check {
        self.fix = Some(fix.into());
        self
    }

    /// What to do about it, if there is anything to do.
    pub fn remedy(&self) -> Option<Foreign> {
        let rule = self.rule.filter(|_| self.status == Status::Not);
        self.fix.clone().or_else(|| rule.map(|rule| rule.fix().into()))
    }
}

/// A link of the chain from the boot loader to memory: what a check is about, in the order in which one leads to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The kernel's log.
    Log,
    /// The kernel's configuration.
    Kernel,
    /// The initrd at hand.
    Initrd,
    /// Tables in it.
    Archive,
    /// What the command line names.
    CommandLine,
    /// What the kernel found.
    Seen,
    /// What it did not refuse.
    Accepted,
    /// What it was allowed.
    Lockdown,
    /// What replaced a table or was added.
    Applied,
    /// The tables in /sys.
    InForce,
    /// The log's lines about tables.
    Lines,
    /// Known lines of the log.
    Messages,
    /// The SRAT.
    Srat,
    /// The zones.
    Zones,
    /// The memory blocks.
    Blocks,
    /// The initrd as the unpacker reads it.
    Unpacked,
}

impl Link {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        self.text().0
    }

    /// What it asks.
    pub fn question(self) -> &'static str {
        self.text().1
    }

    fn text(self) -> (&'static str, &'static str) {
        match self {
            Link::Log => ("log", "is the kernel's log of this boot there, from its beginning?"),
            Link::Kernel => ("kernel", "does this kernel take tables from the initrd?"),
            Link::Initrd => ("initrd", "is the initrd at hand the one that was booted?"),
            Link::Archive => ("archive", "are there tables where the kernel looks for them?"),
            Link::CommandLine => {
                ("command-line", "does the command line name no file that only a boot loader could load?")
            }
            Link::Seen => ("seen", "did the kernel see them?"),
            Link::Accepted => ("accepted", "did it accept them?"),
            Link::Lockdown => ("lockdown", "was it allowed to use them?"),
            Link::Applied => ("applied", "did it replace or add tables with them?"),
            Link::InForce => ("in-force", "are the tables in /sys those of the archive?"),
            Link::Lines => ("lines", "did the kernel say of its tables what was predicted?"),
            Link::Messages => {
                ("messages", "is the log free of lines that mean trouble with tables or memory?")
            }
            Link::Srat => ("srat", "did it read the SRAT as predicted, and use it?"),
            Link::Zones => ("zones", "are the zones where they were predicted?"),
            Link::Blocks => ("blocks", "are the memory blocks in the zones that were predicted?"),
            Link::Unpacked => ("unpacked", "was the initrd unpacked to its end?"),
        }
    }
}

/// The kernel's log of the boot.
#[derive(Debug, Clone)]
pub struct Log {
    /// What the log tells of tables, nodes and zones.
    pub events: Events,
    /// Whether it begins where the boot did.
    pub is_whole: bool,
    /// Where it was read.
    pub origin: Foreign,
}

/// The initrd that the boot loader has.
#[derive(Debug, Clone, Copy)]
pub struct Initrd<'a> {
    /// Its files.
    pub name: &'a Foreign,
    /// How it was found.
    pub how: &'a Foreign,
    /// Its bytes, at least as far as the search for tables reads.
    pub bytes: View<'a>,
    /// How long it is.
    pub len: u64,
    /// Why tables in it are not found, where that was looked at when all of it was there: see [`hidden`].
    pub hidden: Option<&'a [Finding]>,
}

/// A memory block as the system shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number, as in its name in /sys/devices/system/memory.
    pub number: u64,
    /// Whether it is online.
    pub online: bool,
    /// The first word of its `valid_zones`: its zone if it is online, `none` if it has no single one.
    pub zone: String,
}

/// What is known of a boot that was.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The log, or why there is none.
    pub log: Result<Log, Foreign>,
    /// The lockdown mode now in force, where it is known: `none`, `integrity` or `confidentiality`.
    pub lockdown: Option<String>,
    /// The initrd at hand.
    pub initrd: Option<Initrd<'a>>,
    /// The length of the initrd that was booted; `Some(None)` if there was none.
    pub loaded: Option<Option<u64>>,
    /// The tables in force, with addresses from the log.
    pub now: &'a Firmware,
    /// The machine as it was before the override, and the boot, its initrd included: what the model is asked with.
    pub machine: &'a Machine,
    /// See there.
    pub next: &'a NextBoot<'a>,
    /// What the model says.
    pub outcome: &'a Outcome<'a>,
    /// Whether the initrd that the model was given is the one at hand, and no stand-in made from the tables in force.
    pub is_real: bool,
    /// Whether what the firmware's replaced tables hold is known.
    pub knows_before: bool,
    /// The zones now.
    pub zones: Vec<ZoneInfo>,
    /// The memory blocks now, and their size.
    pub blocks: Vec<Block>,
    /// Bytes in a block, as the system says.
    pub block_size: Option<u64>,
    /// Boot entries, and files with tables.
    pub disk: &'a Disk,
    /// The command lines of the boot: that of the boot in question, and that of the log where it is another.
    pub lines: Vec<String>,
}

words! {
    /// How a table came to be in force.
    pub enum How {
        /// It took the place of the firmware's.
        Replaced = "replaced",
        /// The firmware has none such.
        Added = "added",
    }
}

/// A table in /sys/firmware/acpi/tables that is no longer the firmware's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// Signature.
    pub signature: Foreign,
    /// What it did.
    pub how: How,
    /// Address of the table in force.
    pub address: Option<u64>,
    /// Address of the firmware's, where it replaced one.
    pub firmware_address: Option<u64>,
    /// OEM revision of the table in force.
    pub oem_revision: Option<u32>,
}

/// The answer to all questions together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A link is broken.
    Broken,
    /// The override did its work.
    Works,
    /// There was nothing to override.
    NoOverride,
    /// What would decide cannot be seen.
    Unknown,
}

/// The answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What they come to.
    pub verdict: Verdict,
    /// The link that cannot be seen, where that decides.
    pub unknown: Option<Link>,
    /// The same in a sentence.
    pub conclusion: Foreign,
    /// Each question that applies.
    pub checks: Vec<Check>,
    /// The tables in /sys that are an override's.
    pub overridden: Vec<Overridden>,
}

impl Report {
    /// The first check that does not hold and matters more than information.
    pub fn broken(&self) -> Option<&Check> {
        let not = || self.checks.iter().filter(|check| check.status == Status::Not);
        not()
            .find(|check| check.severity == Severity::Error)
            .or_else(|| not().find(|check| check.severity == Severity::Warning))
    }
}

/// Goes through all questions.
pub fn examine(facts: &Facts<'_>) -> Report {
    let mut checks = chain::checks(facts);
    checks.extend(known::check(facts));
    checks.extend(memory::checks(facts));
    checks.extend(chain::unpacked(facts));
    let overridden = chain::overridden(facts);
    let mut report =
        Report { verdict: Verdict::Works, unknown: None, conclusion: Foreign::default(), checks, overridden };
    (report.verdict, report.unknown, report.conclusion) = conclusion(facts, &report);
    report
}

/// What the answers come to: the first broken link, what became of the override, or the first link that cannot be seen.
fn conclusion(facts: &Facts<'_>, report: &Report) -> (Verdict, Option<Link>, Foreign) {
    let sentence = |check: &Check| Foreign::from(check.link.name()) + ": " + &check.message;
    if let Some(check) = report.broken() {
        return (Verdict::Broken, None, sentence(check));
    }
    let is_ok =
        |link: Link| report.checks.iter().any(|check| check.link == link && check.status == Status::Ok);
    if is_ok(Link::Applied) {
        let names: Vec<Foreign> = report.overridden.iter().map(|table| table.signature.clone()).collect();
        return (
            Verdict::Works,
            None,
            Foreign::from("the override did its work: ") + chain::some(&chain::distinct(&names)),
        );
    }
    let is_seen = facts.log.as_ref().is_ok_and(|log| log.is_whole);
    let mut unknown = report.checks.iter().filter(|check| check.status == Status::Unknown);
    match unknown.find(|check| DECIDES.contains(&check.link)) {
        Some(check) if !is_seen || is_ok(Link::Archive) => {
            (Verdict::Unknown, Some(check.link), sentence(check))
        }
        _ => (
            Verdict::NoOverride,
            None,
            Foreign::from("the boot had no override, and ") + disk::nothing(facts.disk),
        ),
    }
}

/// The links without which it is not known what became of an override.
const DECIDES: [Link; 7] =
    [Link::Log, Link::Initrd, Link::Archive, Link::Seen, Link::Accepted, Link::Lockdown, Link::Applied];

/// Why tables in an initrd are not found, or the initrd itself is not read to its end: what a capture keeps of an initrd
/// is not enough to tell.
pub fn hidden(name: &Foreign, initrd: View<'_>, release: &Release) -> Vec<Finding> {
    chain::hidden(name, initrd, release)
}
