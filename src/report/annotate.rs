//! Findings for the tools that show them beside the code: SARIF 2.1.0, and the workflow commands of GitHub Actions.

use super::model::FindingModel;
use super::model::check::{CheckModel, InputModel};
use crate::finding::{Rule, Severity};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Where the SARIF format is defined.
const SARIF_SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the findings as one SARIF run. Offsets are in bytes.
///
/// # Spec
/// SARIF 2.1.0 (OASIS), 3.13 to 3.30.
pub fn sarif(out: &mut dyn Write, report: &CheckModel) -> io::Result<()> {
    let mut rules: Vec<&'static Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.code);
    rules.dedup_by_key(|rule| rule.code);
    let results: Vec<Value> = report
        .inputs
        .iter()
        .flat_map(|input| report.of(input).iter().map(|finding| result(input, finding)))
        .collect();
    let artifacts: Vec<Value> =
        report.inputs.iter().map(|input| json!({ "location": { "uri": input.path.uri() } })).collect();
    let unread = report.inputs.iter().filter(|input| input.is_unread());
    let unread: Vec<Value> =
        unread.flat_map(|input| report.of(input).iter().map(|one| notice(input, one))).collect();
    let run = json!({
        "tool": { "driver": {
            "name": "acpihp",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "invocations": [{ "executionSuccessful": unread.is_empty(), "toolExecutionNotifications": unread }],
        "artifacts": artifacts,
        "results": results,
    });
    super::json(out, &json!({ "$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.title() },
        "fullDescription": { "text": format!("{} {}", rule.why(), rule.consequence()) },
        "help": { "text": format!("{} See: {}.", rule.fix(), rule.reference()) },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

/// That an input could not be read.
fn notice(input: &InputModel, finding: &FindingModel) -> Value {
    json!({
        "level": "error",
        "message": { "text": finding.said().json() },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": input.path.uri() } } }],
    })
}

fn result(input: &InputModel, finding: &FindingModel) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": input.path.uri() } });
    if let (Some((start, end)), Some(place)) = (finding.start.zip(finding.end), place.as_object_mut()) {
        let region = json!({ "byteOffset": start, "byteLength": end.saturating_sub(start) });
        place.insert("region".to_owned(), region);
    }
    json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": { "text": (finding.said() + ". " + finding.consequence).json() },
        "locations": [{ "physicalLocation": place }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Writes the findings as workflow commands, which GitHub Actions shows at the file; those that are only worth knowing if
/// `all` are wanted.
pub fn github(out: &mut dyn Write, report: &CheckModel, all: bool) -> io::Result<()> {
    let shown = |finding: &&FindingModel| all || finding.severity > Severity::Info;
    for input in &report.inputs {
        // An ordinary line of the log, so that what nothing is wrong with is there as well.
        if !report.of(input).iter().any(|finding| shown(&finding)) {
            writeln!(out, "acpihp: {}: nothing to show", input.path.text())?;
        }
        for finding in report.of(input).iter().filter(shown) {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let message = finding.placed() + ". " + finding.consequence;
            let (file, title) = (input.path.github_property(), finding.code);
            writeln!(out, "::{command} file={file},title={title}::{}", message.github())?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::super::model::check::tests::view;
    use super::*;
    use crate::finding::Finding;
    use crate::finding::registry::header;

    fn report() -> CheckModel {
        let finding = Finding::new(&header::CHECKSUM, "a, b.aml", "100% wrong").at(9..10);
        view(&[("a, b.aml", &[finding])])
    }

    #[test]
    fn sarif_has_rules_results_and_byte_offsets() {
        let mut out = Vec::new();
        sarif(&mut out, &report()).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        let run = &value["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "table-checksum");
        let result = &run["results"][0];
        assert_eq!((&result["ruleId"], &result["level"]), (&json!("table-checksum"), &json!("error")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%2C%20b.aml");
        assert_eq!(place["region"], json!({ "byteOffset": 9, "byteLength": 1 }));
    }

    #[test]
    fn workflow_commands_are_escaped() {
        let mut out = Vec::new();
        github(&mut out, &report(), false).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.starts_with("::error file=a%2C b.aml,title=table-checksum::a, b.aml at 0x9: 100%25 wrong. "),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }
}
