//! Waivers: findings that somebody looked at and lives with, each with a reason, and with a date after which it is to be
//! looked at again.
//!
//! A file has one a line: `CODE [in PATTERN] until YYYY-MM-DD: REASON`. A pattern is held against the subject of the finding;
//! `*` in it stands for anything.

use super::lines::{LineError, Words, statements};
use crate::finding::registry::{self, policy as rules};
use crate::finding::{Finding, Rule};
use crate::foreign::Foreign;
use std::collections::HashMap;
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

/// A finding that is known and accepted, with the reason.
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
    /// Why it is accepted, in the words of the file.
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
    /// Whether its last day is over.
    pub fn is_over(&self, today: Day) -> bool {
        self.until < today
    }
}

/// A place in patterns, after the letters that lead there.
type PatternNode = u32;

/// Set in nodes after a `*`, which stands for the letters to come as well.
const STAR: PatternNode = 1 << 31;

/// The waivers of all rules as trees of their patterns, so that a finding meets all of them in one pass over its subject. A
/// waiver without a pattern is one for `*`.
#[derive(Default)]
struct Trees {
    /// Where the patterns for a rule begin, by its code.
    roots: HashMap<&'static str, PatternNode>,
    /// From a node by a letter of a pattern to the next.
    edges: HashMap<(PatternNode, u8), PatternNode>,
    /// Where patterns end: the first waiver of each that holds, or else the first.
    ends: HashMap<PatternNode, usize>,
}

impl Trees {
    fn of(waivers: &[Waiver], today: Day) -> Trees {
        let (mut trees, mut count) = (Trees::default(), 0);
        let mut add = |kind: PatternNode| {
            count += 1;
            count | kind
        };
        for (index, waiver) in waivers.iter().enumerate() {
            let mut node = *trees.roots.entry(waiver.rule.code).or_insert_with(|| add(0));
            for letter in waiver.pattern.as_deref().unwrap_or("*").bytes() {
                // Two stars are one.
                if letter != b'*' || node & STAR == 0 {
                    let kind = if letter == b'*' { STAR } else { 0 };
                    node = *trees.edges.entry((node, letter)).or_insert_with(|| add(kind));
                }
            }
            let first = trees.ends.entry(node).or_insert(index);
            let is_over = |index: usize| waivers.get(index).is_none_or(|waiver| waiver.is_over(today));
            if is_over(*first) && !is_over(index) {
                *first = index;
            }
        }
        trees
    }

    /// The waivers that a finding fits, of equal ones the first.
    fn about(&self, finding: &Finding) -> impl Iterator<Item = usize> {
        let next = |node: PatternNode, letter: u8| self.edges.get(&(node, letter)).copied();
        let with_star = |node: PatternNode| [Some(node), next(node, b'*')].into_iter().flatten();
        let mut nodes: Vec<PatternNode> =
            self.roots.get(finding.rule.code).copied().into_iter().flat_map(with_star).collect();
        for letter in finding.subject.raw() {
            let on = nodes.iter().filter(|_| *letter != b'*').filter_map(|node| next(*node, *letter));
            let mut all: Vec<PatternNode> = on.flat_map(with_star).collect();
            all.extend(nodes.iter().filter(|node| **node & STAR != 0));
            all.sort_unstable();
            all.dedup();
            nodes = all;
        }
        nodes.into_iter().filter_map(|node| self.ends.get(&node).copied())
    }
}

/// Which findings waivers take out, and which waivers are over or cover nothing. `file` is the name under which findings speak
/// of the waivers.
pub fn apply<'f>(
    waivers: &[Waiver],
    file: &Foreign,
    today: Day,
    findings: impl Iterator<Item = &'f Finding>,
) -> Applied {
    let mut used = vec![false; waivers.len()];
    let trees = Trees::of(waivers, today);
    let is_over = |index: &usize| waivers.get(*index).is_none_or(|waiver| waiver.is_over(today));
    let waived = findings.map(|finding| {
        // One that holds counts before one that is over, and of those the first.
        let taken = trees.about(finding).min_by_key(|index| (is_over(index), *index));
        if let Some(used) = taken.and_then(|index| used.get_mut(index)) {
            *used = true;
        }
        taken.is_some_and(|index| !is_over(&index))
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

/// Which findings waivers take out, and what is to be said of the waivers.
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

    /// For each finding whether it is waived, and the lines of waivers about which there is something to say.
    fn applied(waivers: &[Waiver], findings: &[Finding]) -> (Vec<bool>, Vec<String>) {
        let applied = apply(waivers, &"w".into(), Day::parse("2026-01-02").unwrap(), findings.iter());
        let about =
            applied.about.iter().map(|finding| finding.message.text().split(':').next().unwrap().into());
        (applied.waived, about.collect())
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
            ("a*a", "aba*a", true),
            ("**a*", "ba", true),
            ("*", "", true),
            ("a\\b", "a\\b", true),
            ("a", "*", false),
        ] {
            let waiver = parse(&format!("srat-no-cpu in {pattern} until 2027-01-01: x")).unwrap();
            let finding = |rule| Finding::new(rule, text, "");
            let (waived, about) =
                applied(&waiver, &[finding(&numa::SRAT_NO_CPU), finding(&numa::SLIT_UNIFORM)]);
            assert_eq!((waived, about.is_empty()), (vec![fits, false], fits), "{pattern} {text}");
        }
        let none = "srat-no-cpu in a* until 2027-01-01: x\nsrat-no-cpu in *b until 2027-01-01: x\n\
                    srat-no-cpu in a*b until 2025-01-01: x";
        let finding = Finding::new(&numa::SRAT_NO_CPU, &b"a\xffb"[..], "");
        let first = (vec![true], vec!["line 2".to_owned(), "line 3".to_owned()]);
        assert_eq!(
            applied(&parse(none).unwrap(), &[finding]),
            first,
            "the first that holds is the one that is used"
        );
    }

    #[test]
    fn the_work_grows_with_the_number_of_waivers_and_findings_and_not_with_their_product() {
        let line = |number: usize| match number % 4 {
            0 => format!("srat-no-cpu in *-{number} until 2027-01-01: x\n"),
            1 => format!("srat-no-cpu in f-{number}* until 2027-01-01: x\n"),
            2 => format!("srat-no-cpu in *-{number}* until 2027-01-01: x\n"),
            _ => format!("srat-no-cpu in f-{number} until 2027-01-01: x\n"),
        };
        // Of the same length, so that none is part of another.
        let numbers = 100_000..200_000;
        let waivers = parse(&numbers.clone().map(line).collect::<String>()).unwrap();
        let findings: Vec<Finding> =
            numbers.map(|number| Finding::new(&numa::SRAT_NO_CPU, format!("f-{number}"), "")).collect();
        let (waived, about) = applied(&waivers, &findings);
        assert_eq!((waived.len(), waived.contains(&false), about.len()), (100_000, false, 0));
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
        let applied = apply(&waivers, &"w".into(), Day::parse("2026-01-02").unwrap(), findings.iter());
        let codes: Vec<_> = applied.about.iter().map(|finding| finding.rule.code).collect();
        assert_eq!(
            (applied.waived, codes),
            (vec![false, true], vec!["waiver-over", "waiver-unused", "waiver-unused"])
        );
    }
}
