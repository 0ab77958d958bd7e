//! Lines of the kernel's log that are known, and what they mean for tables and memory.

use super::{Check, Facts, Link};
use crate::finding::registry::doctor as own;
use crate::finding::{Finding, Rule, Severity};
use crate::foreign::Foreign;
use crate::memory::log::Events;
use crate::phrase;

/// A line that is known.
struct Known {
    /// What is in it: all of these.
    words: &'static [&'static str],
    rule: &'static Rule,
}

/// The lines. The first that fits counts.
///
/// # Kernel
/// `acpi_find_root_pointer` in drivers/acpi/acpica/tbxfroot.c, `find_cpio_data` in lib/earlycpio.c, `acpi_ns_lookup` in
/// drivers/acpi/acpica/nsaccess.c, `acpi_ut_verify_checksum` in drivers/acpi/acpica/utcksum.c, `offline_pages` in mm/memory_hotplug.c.
const KNOWN: [Known; 11] = [
    Known { words: &["A valid RSDP was not found"], rule: &own::NO_RSDP },
    Known { words: &["exceeding MAX_CPIO_FILE_NAME"], rule: &own::NAME_CUT },
    Known { words: &["AE_ALREADY_EXISTS"], rule: &own::ALREADY_EXISTS },
    Known { words: &["offlining", "failed"], rule: &own::NOT_OFFLINED },
    Known { words: &["dumped because: unmovable page"], rule: &own::NOT_OFFLINED },
    Known { words: &["migrating pfn", "failed"], rule: &own::NOT_OFFLINED },
    Known { words: &["ncorrect checksum in table"], rule: &own::CHECKSUM_LINE },
    Known { words: &["nvalid checksum in table"], rule: &own::CHECKSUM_LINE },
    Known { words: &["ACPI BIOS Error (bug)"], rule: &own::FIRMWARE_BUG },
    Known { words: &["ACPI BIOS Warning (bug)"], rule: &own::FIRMWARE_BUG },
    Known { words: &["[Firmware Bug]"], rule: &own::FIRMWARE_BUG },
];
/// How many lines are shown of each kind.
const SHOWN: usize = 3;

/// What the lines of the log mean, the worst first; `None` without a log.
pub(super) fn check(facts: &Facts<'_>) -> Option<Check> {
    let log = facts.log.as_ref().ok()?;
    let overridden = !log.events.announced.is_empty();
    let severity = |rule: &'static Rule| match *rule == own::ALREADY_EXISTS && !overridden {
        // Without an override it is the firmware's own affair.
        true => Severity::Info,
        false => rule.severity,
    };
    let mut kinds: Vec<(&'static Rule, Vec<&str>)> = Vec::new();
    for message in log.events.complaints.iter().map(|complaint| complaint.text.as_str()) {
        let Some(rule) = rule_of(message) else { continue };
        match kinds.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, lines)) => lines.push(message),
            None => kinds.push((rule, vec![message])),
        }
    }
    // A stable sort: of equal ones the first in the log.
    kinds.sort_by_key(|(rule, _)| std::cmp::Reverse(severity(rule)));
    let (rule, lines) = kinds.first()?;
    let shown = |lines: &[&str]| {
        lines.iter().take(SHOWN).map(|line| Foreign::from(line.trim_end())).collect::<Vec<_>>()
    };
    let more = |lines: &[&str]| phrase::more(lines.len().saturating_sub(1));
    let message = format!("{}{}", rule.title(), more(lines));
    let others = kinds.iter().skip(1).map(|(rule, lines)| {
        Foreign::from(format_args!("also {}: ", rule.title()))
            + Foreign::joined(shown(lines), "; ")
            + more(lines)
    });
    let evidence = shown(lines).into_iter().chain(others).collect::<Vec<_>>();
    Some(Check::not(Link::Messages, severity(rule), rule, message).with(evidence))
}

/// What known lines of a log mean, one finding a kind: no more than a warning, as the boot that is asked about is another one.
pub fn findings(events: &Events) -> Vec<Finding> {
    let mut all: Vec<(&'static Rule, &str, usize)> = Vec::new();
    for complaint in &events.complaints {
        let Some(rule) = rule_of(&complaint.text) else { continue };
        match all.iter_mut().find(|(known, ..)| *known == rule) {
            Some((.., more)) => *more += 1,
            None => all.push((rule, complaint.text.trim_end(), 0)),
        }
    }
    let one = |(rule, line, more): (&'static Rule, &str, usize)| {
        let is_own = *rule == own::ALREADY_EXISTS && events.announced.is_empty();
        let most = if is_own { Severity::Info } else { Severity::Warning };
        let severity = rule.severity.min(most);
        Finding::new(rule, "log", Foreign::from(line) + phrase::more(more)).with_severity(severity)
    };
    all.into_iter().map(one).collect()
}

fn rule_of(message: &str) -> Option<&'static Rule> {
    let fits = |known: &&Known| known.words.iter().all(|words| message.contains(words));
    KNOWN.iter().find(fits).map(|known| known.rule)
}

/// The line with which Linux gave up looking for a root file system, if there is one.
pub(super) fn no_root<'a>(facts: &'a Facts<'_>) -> Option<&'a str> {
    let complaints = &facts.log.as_ref().ok()?.events.complaints;
    let is_end =
        |line: &&str| line.contains("Unable to mount root fs") || line.contains("No working init found");
    complaints.iter().map(|complaint| complaint.text.as_str()).find(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_meaning() {
        let code = |line| rule_of(line).map(|rule| rule.code);
        assert_eq!(
            code("ACPI BIOS Error (bug): A valid RSDP was not found (20220331/tbxfroot-210)"),
            Some("doctor-no-rsdp")
        );
        assert_eq!(
            code("File kernel/firmware/acpi/a-very-long-name.aml exceeding MAX_CPIO_FILE_NAME [18]"),
            Some("doctor-name-cut")
        );
        let exists = "ACPI BIOS Error (bug): Failure creating named object [\\_SB.PC00], AE_ALREADY_EXISTS (20230628/dswload2-326)";
        assert_eq!(code(exists), Some("doctor-already-exists"));
        assert_eq!(
            code(
                "memory offlining [mem 0x100000000-0x107ffffff] failed due to failure to dissolve huge pages"
            ),
            Some("doctor-not-offlined")
        );
        assert_eq!(code("Offlined Pages 32768"), None);
        assert_eq!(
            code("ACPI BIOS Warning (bug): Incorrect checksum in table [BGRT] - 0x3F, should be 0xC9"),
            Some("doctor-checksum-line")
        );
        assert_eq!(code("[Firmware Bug]: TSC ADJUST: CPU0: -1 force to 0"), Some("doctor-firmware-bug"));
    }
}
