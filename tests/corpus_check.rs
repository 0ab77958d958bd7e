//! The rules over tables of real machines, emulators and other projects' tests: every error is one that independent tools
//! have found as well, and everything that they found is an error.
//!
//! The tables are not part of the repository; without them beside it the test skips itself.

#![allow(clippy::indexing_slicing)]

use acpihp::boot::release::Release;
use acpihp::boot::upgrade::Outcome;
use acpihp::check::{self, archive};
use acpihp::finding::{Finding, Severity};
use acpihp::source::tables;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !path.join("expected-tables.jsonl").is_file() {
        eprintln!("skipped: no tables of other machines beside the repository");
        return None;
    }
    Some(path)
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The codes that say that bytes and sum of a table do not fit its header, by what other tools found out about it.
fn explained(table: &Value) -> &'static [&'static str] {
    let (length, actual) = (table["length"].as_u64().unwrap_or(0), table["actual"].as_u64().unwrap_or(0));
    match (length > actual, table["checksum_ok"].as_bool()) {
        (true, Some(false)) => &["table-truncated"],
        (_, Some(false)) => &["table-checksum"],
        _ => &[],
    }
}

fn errors(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule.code)
        .collect()
}

#[test]
fn every_error_is_a_known_fault_and_every_known_fault_an_error() {
    let Some(corpus) = corpus() else { return };
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for table in lines(&corpus.join("expected-tables.jsonl")) {
        files.entry(table["file"].as_str().unwrap().to_owned()).or_default().push(table);
    }
    let mut damaged: BTreeSet<(String, u64)> = BTreeSet::new();
    for table in lines(&corpus.join("expected-decoded.jsonl")) {
        if !table["decoded"]["err"].is_null() && table["signature"] == "SRAT" {
            damaged.insert((table["file"].as_str().unwrap().to_owned(), table["index"].as_u64().unwrap()));
        }
    }
    let (mut tables_seen, mut faults, mut warnings, mut wrong) = (0, 0, 0, Vec::new());
    for (name, expected) in &files {
        let Ok(set) = tables::from_path(&corpus.join(name)) else {
            wrong.push(format!("{name}: not read"));
            continue;
        };
        if set.tables.len() != expected.len() {
            wrong.push(format!("{name}: {} tables, expected {}", set.tables.len(), expected.len()));
            continue;
        }
        for (table, truth) in set.tables.iter().zip(expected) {
            let findings = check::table(name, 0, &table.bytes);
            let mut known: BTreeSet<&str> = explained(truth).iter().copied().collect();
            if damaged.contains(&(name.clone(), truth["index"].as_u64().unwrap())) {
                known.insert("srat-entry-zero-length");
            }
            let found = errors(&findings);
            if found != known {
                wrong.push(format!("{name} {}: {found:?}, expected {known:?}", table.name));
            }
            tables_seen += 1;
            faults += known.len();
            warnings += findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
        }
    }
    eprintln!("{tables_seen} tables of {} files: {faults} known faults, {warnings} warnings", files.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(tables_seen > 3000 && faults > 40);
}

#[test]
fn initrds_are_seen_as_their_truth_says() {
    let Some(corpus) = corpus() else { return };
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("expected-initrd.json")).unwrap()).unwrap();
    let kernel = Release::newest();
    let mut seen = 0;
    for (name, expected) in truth.as_object().unwrap() {
        let path = corpus.join("initrd").join(name);
        let bytes = std::fs::read(&path).unwrap();
        if bytes.starts_with(b"MZ") {
            continue;
        }
        let checked = archive::check(name, &bytes, &kernel);
        let found: Vec<_> = checked
            .files
            .iter()
            .map(|file| {
                (file.entry.to_string(), file.entry.data_at as u64, file.outcome == Outcome::Accepted)
            })
            .collect();
        let wanted: Vec<_> = expected["acpi"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["path"].as_str().unwrap().to_owned(), file["data_off"].as_u64().unwrap(), true))
            .collect();
        assert_eq!(found, wanted, "{name}");
        let errors = errors(&checked.findings);
        let lost = name.contains("wrongorder");
        assert_eq!(
            errors,
            BTreeSet::from_iter(lost.then_some("archive-hidden")),
            "{name}: {:?}",
            checked.findings
        );
        seen += 1;
    }
    assert!(seen > 3);
}
