//! Logs that end early or lost lines: each gives the answer of the whole one, or says what may be missing.

use super::{DL165, run};
use crate::answer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// What an answer about memory and nodes is.
const PARTS: [&str; 4] = ["memory", "nodes", "zones", "movable_zone_start"];
/// What says that memory or nodes may be others.
const SAYS: [&str; 5] = [
    "input-log-ends",
    "input-log-incomplete",
    "input-map-incomplete",
    "input-tables-unknown",
    "plan-log-differs",
];

struct Answer {
    parts: Vec<Value>,
    bytes: u64,
    said: BTreeSet<(String, String)>,
}

/// The plan from a log; `None` where there is nothing to plan from, and an error says so.
fn planned(place: &Path, lines: &[&str]) -> Option<Answer> {
    std::fs::write(place.join("log"), lines.concat()).unwrap();
    let output = run(place, &["plan", "--dmesg", "log", "-J"]);
    if output.status.code() == Some(3) {
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
        return None;
    }
    let plan = answer::parse(&output.stdout);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = plan["findings"].as_array().unwrap().iter();
    let ranges = plan["memory"].as_array().unwrap().iter();
    Some(Answer {
        parts: PARTS.iter().map(|part| plan[part].clone()).collect(),
        bytes: ranges.map(|one| one["end"].as_u64().unwrap() - one["start"].as_u64().unwrap()).sum(),
        said: findings
            .filter(|one| SAYS.contains(&one["code"].as_str().unwrap()))
            .map(|one| (text(&one["code"]), text(&one["message"])))
            .collect(),
    })
}

/// Cuts a log at twenty places, and takes each twentieth part out of it.
fn hold(name: &str, log: &str) {
    let place = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let whole = planned(place.path(), &lines).unwrap();
    let at = |part: usize| lines.len() * part / 20;
    let ends = (1..20).map(|part| (format!("{name} up to line {}", at(part)), lines[..at(part)].to_vec()));
    let gaps = (0..20).map(|part| {
        let name = format!("{name} without lines {} to {}", at(part) + 1, at(part + 1));
        (name, [&lines[..at(part)], &lines[at(part + 1)..]].concat())
    });
    let mut others = 0;
    for (name, lines) in ends.chain(gaps) {
        let Some(cut) = planned(place.path(), &lines) else { continue };
        if cut.parts == whole.parts {
            continue;
        }
        others += 1;
        let mut said = cut.said.iter().filter(|one| one.0 == "input-log-ends" || !whole.said.contains(*one));
        // That no table is known does not say that memory is missing.
        let is_said = said.any(|(code, _)| cut.bytes == whole.bytes || code != "input-tables-unknown");
        assert!(is_said, "{name}: another answer and no word of it: {:?}", cut.said);
    }
    assert!(others > 5, "{name}: {others} other answers");
}

#[test]
fn a_cut_log_is_no_smaller_machine_in_silence() {
    hold("four nodes", DL165);
    hold("one node", include_str!("prec5810.log"));
    hold("fake nodes", include_str!("numafake.log"));
    hold("a node without memory", include_str!("memoryless.log"));
}

#[test]
fn lost_lines_of_a_srat_are_filled_from_the_node_ranges() {
    let place = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = DL165.split_inclusive('\n').collect();
    let whole = planned(place.path(), &lines).unwrap();
    let entries: Vec<&str> = lines.iter().copied().filter(|line| line.contains("SRAT: Node")).collect();
    assert!(entries.len() > 4);
    for lost in &entries {
        let rest: Vec<&str> = lines.iter().copied().filter(|line| line != lost).collect();
        let cut = planned(place.path(), &rest).unwrap();
        assert_eq!(cut.parts, whole.parts, "without {lost}");
    }
    // Without node ranges the SRAT is not known, and that Linux refused it is not claimed.
    let is_kept = |line: &&str| *line != entries[2] && !line.contains("  node  ");
    let rest: Vec<&str> = lines.iter().copied().filter(is_kept).collect();
    let cut = planned(place.path(), &rest).unwrap();
    let codes: Vec<&str> = cut.said.iter().map(|(code, _)| code.as_str()).collect();
    assert!(codes.contains(&"input-log-incomplete") && codes.contains(&"input-tables-unknown"), "{codes:?}");
}

#[test]
fn each_command_says_what_a_log_lacks() {
    let place = tempfile::tempdir().unwrap();
    let end = DL165.lines().position(|line| line.contains("ACPI: APIC 0x")).unwrap();
    let log: String = DL165.split_inclusive('\n').take(end).collect();
    std::fs::write(place.path().join("cut"), log).unwrap();
    std::fs::write(place.path().join("whole"), DL165).unwrap();
    let srat = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs/dl165/srat.dat").display().to_string();
    for args in [
        &["plan", "--dmesg", "cut"][..],
        &["simulate", "--dmesg", "cut"],
        &["where", "0x100000", "--dmesg", "cut"],
        &["advise", "--want", "node 0 fully movable", "--dmesg", "cut"],
        &["doctor", "--dmesg", "cut"],
        &["dump", "--from", "cut"],
        &["diff", "whole", "cut"],
        &["diff", "cut", "whole"],
        &["check", &srat, "--against", "cut"],
        &["mkinitrd-override", &srat, "--against", "cut", "-o", "x.img"],
    ] {
        let output = run(place.path(), args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let text: Vec<&str> = text.split_whitespace().collect();
        assert!(
            text.join(" ").contains("it lists 1 of the 16 tables that the root table names"),
            "{args:?}: {text:?}"
        );
    }
}
