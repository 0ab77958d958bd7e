//! Findings as JUnit XML, which build servers show as tests: a suite for each input, a case for each code that was found in it.

use super::model::FindingModel;
use super::model::check::{CheckModel, InputModel};
use crate::finding::Severity;
use crate::foreign::markup;
use std::io::{self, Write};

/// Writes the report. `fails` says which findings make a case a failure; the others are told in its output.
pub fn write(out: &mut dyn Write, report: &CheckModel, fails: &dyn Fn(Severity) -> bool) -> io::Result<()> {
    let suites: Vec<(&InputModel, Vec<Vec<&FindingModel>>)> =
        report.inputs.iter().map(|input| (input, by_code(report.of(input)))).collect();
    // What could not be read is an error of the run, whatever counts as a failure.
    let counts = |input: &InputModel, cases: &[Vec<&FindingModel>]| match input.is_unread() {
        true => (0, 1),
        false => (cases.iter().filter(|case| is_failure(case, fails)).count(), 0),
    };
    let tests: usize = suites.iter().map(|(_, cases)| cases.len().max(1)).sum();
    let failed: usize = suites.iter().map(|(input, cases)| counts(input, cases).0).sum();
    let unread: usize = suites.iter().map(|(input, cases)| counts(input, cases).1).sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"acpihp check\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{unread}\">"
    )?;
    for (input, cases) in &suites {
        let name = input.path.xml();
        let (tests, (failed, unread)) = (cases.len().max(1), counts(input, cases));
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{unread}\">"
        )?;
        if cases.is_empty() {
            writeln!(out, "    <testcase classname=\"{name}\" name=\"no findings\"/>")?;
        }
        for case in cases {
            let element = match input.is_unread() {
                true => Some("error"),
                false => is_failure(case, fails).then_some("failure"),
            };
            self::case(out, &name, case, element)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// The findings by their codes, in the order in which the codes first come.
fn by_code(findings: &[FindingModel]) -> Vec<Vec<&FindingModel>> {
    let mut cases: Vec<Vec<&FindingModel>> = Vec::new();
    for finding in findings {
        let same = |case: &&mut Vec<&FindingModel>| case.first().is_some_and(|one| one.code == finding.code);
        match cases.iter_mut().find(same) {
            Some(case) => case.push(finding),
            None => cases.push(vec![finding]),
        }
    }
    cases
}

fn is_failure(case: &[&FindingModel], fails: &dyn Fn(Severity) -> bool) -> bool {
    case.iter().any(|finding| fails(finding.severity))
}

/// Writes a case; `element` is `failure` or `error`, if it is one.
fn case(out: &mut dyn Write, class: &str, case: &[&FindingModel], element: Option<&str>) -> io::Result<()> {
    let Some(gravest) = case.iter().max_by_key(|finding| finding.severity) else { return Ok(()) };
    let rule = gravest.rule;
    writeln!(out, "    <testcase classname=\"{class}\" name=\"{}\">", rule.code)?;
    let lines: Vec<String> = case.iter().map(|finding| finding.placed().xml()).collect();
    let text = format!("{}\n{}\n{}", lines.join("\n"), markup(gravest.consequence), markup(rule.fix()));
    if let Some(element) = element {
        let (kind, title) = (super::text::severity(gravest.severity), markup(rule.title()));
        writeln!(out, "      <{element} type=\"{kind}\" message=\"{title}\">{text}</{element}>")?;
    } else {
        writeln!(out, "      <system-out>{text}</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}

#[cfg(test)]
mod tests {
    use super::super::model::check::tests::view;
    use super::*;
    use crate::finding::Finding;
    use crate::finding::registry::header;

    #[test]
    fn suites_cases_and_failures_are_counted_and_escaped() {
        let bad = Finding::new(&header::CHECKSUM, "a<b", "1 & 2").at(9..10);
        let known = Finding::new(&header::EMPTY, "a<b", "no \u{1}body");
        let report = view(&[("a<b", &[bad.clone(), known, bad]), ("c", &[])]);
        let mut out = Vec::new();
        write(&mut out, &report, &|severity| severity >= Severity::Error).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("<testsuites name=\"acpihp check\" tests=\"3\" failures=\"1\" errors=\"0\">"),
            "{text}"
        );
        assert!(
            text.contains("<testsuite name=\"a&lt;b\" tests=\"2\" failures=\"1\" errors=\"0\">"),
            "{text}"
        );
        assert!(text.contains("a&lt;b at 0x9: 1 &amp; 2\na&lt;b at 0x9: 1 &amp; 2\n"), "{text}");
        assert!(text.contains("<system-out>a&lt;b: no \\x01body\n"), "{text}");
        assert_eq!(text.matches("no findings").count(), 1);
    }
}
