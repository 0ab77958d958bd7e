//! Waivers: findings that somebody looked at and lives with, each with a reason, and with a date after which it is to be
//! looked at again.
//!
//! A file has one a line: `CODE [in PATTERN] until YYYY-MM-DD: REASON`. A pattern is held against the subject of the finding;
//! `*` in it stands for anything.

use super::lines::{LineError, Words, statements};
use crate::finding::registry::{self, policy as rules};
use crate::finding::{Finding, Rule};
use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

/// Days of the months of a common year.
const MONTHS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Days of four hundred years, after which the calendar repeats.
const DAYS_OF_400_YEARS: u64 = 146_097;

impl Day {
    /// Reads `YYYY-MM-DD`; `None` for anything else and for days that do not exist.
    pub fn parse(text: &str) -> Option<Day> {
        let digits = |part: &str, count| {
            (part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())?
        };
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = u8::try_from(digits(parts.next()?, 2)?).ok()?;
        let day = u8::try_from(digits(parts.next()?, 2)?).ok()?;
        let is_right = parts.next().is_none() && day >= 1 && day <= days(year, month)?;
        is_right.then_some(Day { year, month, day })
    }

    /// The day, in UTC, of a time in seconds since 1970.
    pub fn of_unix(seconds: u64) -> Day {
        let mut left = seconds / 86_400;
        let mut year = 1970u64.saturating_add((left / DAYS_OF_400_YEARS).saturating_mul(400));
        left %= DAYS_OF_400_YEARS;
        let year_len = |year: u64| if is_leap(year) { 366 } else { 365 };
        while left >= year_len(year) {
            left -= year_len(year);
            year += 1;
        }
        let year = u16::try_from(year).unwrap_or(u16::MAX);
        let mut month = 1;
        while let Some(len) = days(year, month).map(u64::from).filter(|len| left >= *len) {
            left -= len;
            month += 1;
        }
        Day { year, month, day: u8::try_from(left + 1).unwrap_or(1) }
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

/// Days of a month; `None` if there is no such month.
fn days(year: u16, month: u8) -> Option<u8> {
    let common = *MONTHS.get(usize::from(month.checked_sub(1)?))?;
    Some(if month == 2 && is_leap(u64::from(year)) { 29 } else { common })
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The line that it is on, from 1.
    pub line: usize,
    /// The rule whose findings it waives.
    pub rule: &'static Rule,
    /// Which subjects it is about; all if there is no pattern.
    pub pattern: Option<String>,
    /// The last day on which it holds.
    pub until: Day,
    /// Why.
    pub reason: String,
}

/// Reads a file of waivers.
///
/// # Errors
/// [`LineError`] for the first line that is no waiver: an unknown code, no day or one that does not exist, no reason.
pub fn parse(text: &str) -> Result<Vec<Waiver>, LineError> {
    statements(text).map(waiver).collect()
}

/// What must come before the reason: every waiver has a last day.
const UNTIL: &str = "until YYYY-MM-DD";
const IN_OR_UNTIL: &str = "in PATTERN, or until YYYY-MM-DD";

fn waiver(mut words: Words<'_>) -> Result<Waiver, LineError> {
    let line = words.line;
    let before = words.clone();
    let code = words.word("the code of a finding")?;
    let rule = registry::find(code)
        .ok_or_else(|| before.error("the code of a finding, as `acpihp explain` lists them"))?;
    let pattern =
        if words.take("in") { Some(words.word("a pattern for the subject")?.to_owned()) } else { None };
    if !words.take("until") {
        return Err(words.error(if pattern.is_some() { UNTIL } else { IN_OR_UNTIL }));
    }
    let before = words.clone();
    let day = words.word("a day as YYYY-MM-DD")?;
    let until = Day::parse(day).ok_or_else(|| before.error("a day as YYYY-MM-DD"))?;
    if !words.sign(':') {
        return Err(words.error("a colon and the reason"));
    }
    let reason = words.rest().to_owned();
    if reason.is_empty() {
        return Err(words.error("the reason"));
    }
    Ok(Waiver { line, rule, pattern, until, reason })
}

impl Waiver {
    /// Whether it is about a finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule
            && self.pattern.as_deref().is_none_or(|pattern| matches(pattern, &finding.subject))
    }

    /// Whether its last day is over.
    pub fn is_over(&self, today: Day) -> bool {
        self.until < today
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// Which findings waivers take out, and which waivers are over or cover nothing. `file` is the name under which findings speak
/// of the waivers; safe to print.
pub fn apply<'f>(
    waivers: &[Waiver],
    file: &str,
    today: Day,
    findings: impl Iterator<Item = &'f Finding>,
) -> Applied {
    let mut used = vec![false; waivers.len()];
    let waived = findings.map(|finding| {
        // One that holds counts before one that is over.
        let covering = || waivers.iter().enumerate().filter(|(_, waiver)| waiver.covers(finding));
        let holding = covering().find(|(_, waiver)| !waiver.is_over(today));
        if let Some(used) = holding.or(covering().next()).and_then(|(index, _)| used.get_mut(index)) {
            *used = true;
        }
        holding.is_some()
    });
    let waived = waived.collect();
    let mut about = Vec::new();
    for (waiver, used) in waivers.iter().zip(used) {
        let code = waiver.rule.code;
        if !used {
            let message = format!("line {}: {code}, and there is no such finding", waiver.line);
            about.push(Finding::new(&rules::WAIVER_UNUSED, file, message));
        } else if waiver.is_over(today) {
            let message = format!("line {}: {code} was waived until {}", waiver.line, waiver.until);
            about.push(Finding::new(&rules::WAIVER_OVER, file, message));
        }
    }
    Applied { waived, about }
}

/// What waivers did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Of each finding, whether it is taken out.
    pub waived: Vec<bool>,
    /// What is to be said of the waivers themselves.
    pub about: Vec<Finding>,
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::finding::registry::numa;

    #[test]
    fn days_of_the_calendar() {
        let day = |text| Day::parse(text);
        for text in ["1970-01-01", "2000-02-29", "2026-11-24", "2400-12-31"] {
            assert_eq!(day(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-1-1",
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-01-01-1",
            "+026-01-01",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
        let seconds = [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_795_564_799, "2026-11-24"),
            (1_795_564_800, "2026-11-25"),
        ];
        for (seconds, text) in seconds {
            assert_eq!(Day::of_unix(seconds).to_string(), text);
        }
    }

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("SRAT.aml", "SRAT.aml", true),
            ("SRAT.aml", "x/SRAT.aml", false),
            ("*SRAT.aml", "x/SRAT.aml", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn waivers_are_read_or_refused() {
        let text = "# known\n\nslit-uniform until 2027-01-31: the vendor says so\nsrat-no-cpu in *SRAT* until 2027-01-31 : no CPUs there # x\n";
        let all = parse(text).unwrap();
        assert_eq!((all[0].line, all[0].reason.as_str()), (3, "the vendor says so"));
        assert_eq!(all[1].pattern.as_deref(), Some("*SRAT*"));
        assert_eq!(
            (all[1].until, all[1].reason.as_str()),
            (Day::parse("2027-01-31").unwrap(), "no CPUs there")
        );
        for (bad, column) in [
            ("no-such-code: x", 1),
            ("slit-uniform", 13),
            ("slit-uniform: x", 13),
            ("slit-uniform in *: x", 18),
            ("slit-uniform until 2027-01-31", 30),
            ("slit-uniform until 2027-01-31:", 31),
            ("slit-uniform until 2027-02-30: x", 20),
            ("slit-uniform in : x", 17),
            ("slit-uniform because: x", 14),
        ] {
            let error = parse(bad).unwrap_err();
            assert_eq!((error.line, error.column), (1, column), "{bad}: {error}");
        }
    }

    #[test]
    fn what_is_waived_is_gone_and_old_waivers_are_told() {
        let waivers = parse(
            "slit-uniform until 2026-01-01: x\nsrat-no-cpu until 2025-01-01: y\nsrat-no-cpu until 2027-01-01: y\n\
             slit-asymmetric until 2027-01-01: z",
        )
        .unwrap();
        let findings =
            [Finding::new(&numa::SLIT_UNIFORM, "a", ""), Finding::new(&numa::SRAT_NO_CPU, "a", "")];
        let applied = apply(&waivers, "w", Day::parse("2026-01-02").unwrap(), findings.iter());
        let codes: Vec<_> = applied.about.iter().map(|finding| finding.rule.code).collect();
        assert_eq!(
            (applied.waived, codes),
            (vec![false, true], vec!["waiver-over", "waiver-unused", "waiver-unused"])
        );
    }
}
