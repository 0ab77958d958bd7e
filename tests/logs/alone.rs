//! A log by itself: tables, nodes and zones from its lines; and tables beside it that are, or are not, of the same machine.

use super::{DL165, codes, plan, run};
use crate::answer;
use serde_json::Value;
use std::path::Path;

fn folder(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs").join(name).display().to_string()
}

/// The ranges of a plan as the log has them.
fn ranges(plan: &Value) -> Vec<(i64, u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    let range = |one: &Value| (one["node"].as_i64().unwrap(), number(&one["start"]), number(&one["end"]));
    plan["memory"].as_array().unwrap().iter().map(range).collect()
}

fn json(args: &[&str], place: &Path) -> (Value, i32) {
    let output = run(place, args);
    (answer::parse(&output.stdout), output.status.code().unwrap())
}

#[test]
fn nodes_and_zones_come_from_the_lines() {
    let place = tempfile::tempdir().unwrap();
    let answer = plan(place.path(), DL165.as_bytes(), &[]);
    assert_eq!(
        ranges(&answer),
        [
            (0, 0x1000, 0x9e000),
            (0, 0x10_0000, 0x8000_0000),
            (1, 0x8000_0000, 0xbfda_0000),
            (1, 0x1_0000_0000, 0x1_c000_0000),
            (2, 0x1_c000_0000, 0x2_c000_0000),
            (3, 0x2_c000_0000, 0x3_c000_0000),
        ]
    );
    assert_eq!(answer["sources"]["tables"]["kind"], "log");
    assert!(codes(&answer).contains(&"input-tables-from-log"));
    // The log says the same of what that boot did.
    assert_eq!(answer["log"]["differences"], serde_json::json!([]));
    assert!(answer["log"]["compared"].as_array().unwrap().len() >= 5);
    // Of a log named as the tables' source the same holds.
    let (from, status) = json(&["plan", "--from", "log", "-J"], place.path());
    assert_eq!((ranges(&from), status), (ranges(&answer), 0));
    // Another kernel or command line is another boot: nothing to compare with.
    let other = plan(place.path(), DL165.as_bytes(), &["--cmdline", "movable_node"]);
    assert_eq!(other["log"], Value::Null);
}

#[test]
fn lines_about_nodes_are_enough() {
    let place = tempfile::tempdir().unwrap();
    let whole = plan(place.path(), DL165.as_bytes(), &[]);
    for lost in ["ACPI: ", "SRAT: PXM", "SRAT: "] {
        let log: String =
            DL165.lines().filter(|line| !line.contains(lost)).map(|line| format!("{line}\n")).collect();
        assert_eq!(ranges(&plan(place.path(), log.as_bytes(), &[])), ranges(&whole), "without {lost}");
    }
    let nothing: String = DL165
        .lines()
        .filter(|line| !line.contains("SRAT") && !line.contains("node   "))
        .map(|line| format!("{line}\n"))
        .collect();
    let answer = plan(place.path(), nothing.replace("ACPI: ", "").as_bytes(), &[]);
    assert!(codes(&answer).contains(&"input-tables-unknown"), "{:?}", codes(&answer));
}

#[test]
fn a_prediction_that_the_log_contradicts_says_so() {
    let place = tempfile::tempdir().unwrap();
    let log = DL165.replace("node   3: [mem 0x00000002c0000000", "node   3: [mem 0x00000002d0000000");
    let answer = plan(place.path(), log.as_bytes(), &[]);
    let difference = &answer["log"]["differences"][0];
    assert_eq!(
        (difference["part"].as_str(), difference["logged"].as_str()),
        (Some("ranges"), Some("node 3 0x2d0000000-0x3bfffffff"))
    );
    assert!(codes(&answer).contains(&"plan-log-differs"));
}

#[test]
fn fake_nodes_that_no_command_line_has_are_made_again() {
    let place = tempfile::tempdir().unwrap();
    let log = include_str!("numafake.log");
    let answer = plan(place.path(), log.as_bytes(), &[]);
    assert!(answer["command_line"].as_str().unwrap().ends_with(" numa=fake=2"));
    assert!(codes(&answer).contains(&"input-fake-nodes-logged"));
    assert_eq!(answer["log"]["differences"], serde_json::json!([]));
}

#[test]
fn a_log_orders_the_tables_of_a_dump() {
    let place = tempfile::tempdir().unwrap();
    let log = include_str!("prec5810.log");
    let answer = plan(place.path(), log.as_bytes(), &["--from", &folder("prec5810")]);
    assert_eq!(answer["numa"]["source"], "firmware", "the first SRAT is the short one, which is right");
    assert_eq!(answer["log"]["differences"], serde_json::json!([]));
    assert!(!codes(&answer).contains(&"input-tables-of-another-machine"), "{:?}", codes(&answer));
}

#[test]
fn tables_of_another_machine_are_named() {
    let place = tempfile::tempdir().unwrap();
    let answer = plan(place.path(), include_bytes!("prec5810.log"), &["--from", &folder("dl165")]);
    let findings = answer["findings"].as_array().unwrap();
    let of_another: Vec<&Value> =
        findings.iter().filter(|one| one["code"] == "input-tables-of-another-machine").collect();
    assert_eq!(of_another.len(), 1, "one finding for all tables");
    // A dump without FADT and SRAT: what the log has in their place contradicts nothing.
    let few = place.path().join("few");
    std::fs::create_dir(&few).unwrap();
    std::fs::copy(format!("{}/slit.dat", folder("dl165")), few.join("slit.dat")).unwrap();
    let answer = plan(place.path(), DL165.as_bytes(), &["--from", "few"]);
    assert!(!codes(&answer).contains(&"input-tables-of-another-machine"), "{:?}", codes(&answer));
    assert_eq!(answer["log"]["differences"], serde_json::json!([]));
    let answer = plan(place.path(), DL165.as_bytes(), &["--from", &folder("dl165")]);
    assert!(!codes(&answer).contains(&"input-tables-of-another-machine"));
    assert_eq!(answer["log"]["differences"], serde_json::json!([]));
}

#[test]
fn other_commands_take_a_log_for_a_machine() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a.log"), DL165).unwrap();
    std::fs::write(place.path().join("b.log"), include_str!("prec5810.log")).unwrap();
    let (dump, status) = json(&["dump", "--from", "a.log", "-J"], place.path());
    let tables = dump["tables"].as_array().unwrap();
    let srat = tables.iter().find(|table| table["signature"] == "SRAT").unwrap();
    assert_eq!((status, tables.len()), (0, 19));
    assert_eq!((srat["length"].as_u64(), srat["address"].as_u64()), (Some(544), Some(0xbfdb_a7c0)));
    let (diff, status) = json(&["diff", "a.log", "a.log", "-J"], place.path());
    assert_eq!((status, diff["tables"].as_array().unwrap().len()), (0, 0));
    assert_eq!(run(place.path(), &["diff", "a.log", "b.log"]).status.code(), Some(1));
    // The same SRAT is not newer than the firmware's, which only the log shows.
    let srat = format!("{}/srat.dat", folder("dl165"));
    let (check, status) = json(&["check", &srat, "--against", "a.log", "-J"], place.path());
    assert_eq!(status, 1);
    assert!(check.to_string().contains("override-not-newer"), "{check}");
    let output = run(place.path(), &["mkinitrd-override", &srat, "--against", "a.log", "-o", "x.img"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!place.path().join("x.img").exists());
    // By itself it has no bytes to check.
    let output = run(place.path(), &["check", "a.log"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_log_without_a_memory_map_is_named_and_not_this_machine() {
    let place = tempfile::tempdir().unwrap();
    let acpi: String =
        DL165.lines().filter(|line| line.contains("ACPI")).map(|line| format!("{line}\n")).collect();
    std::fs::write(place.path().join("acpi.log"), acpi).unwrap();
    for option in ["--dmesg", "--from"] {
        let output = run(place.path(), &["plan", option, "acpi.log"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains("acpi.log: no memory map: no line of this log"), "{option}: {error}");
        assert!(!error.contains("this machine/"), "{error}");
    }
}

#[test]
fn a_srat_that_is_listed_and_not_shown_is_unknown_and_not_refused() {
    let folder = tempfile::tempdir().unwrap();
    let end = DL165.find("SRAT: PXM").unwrap();
    let log = &DL165[..DL165[..end].rfind('\n').unwrap() + 1];
    assert!(log.contains("ACPI: SRAT 0x"));
    let answer = plan(folder.path(), log.as_bytes(), &[]);
    assert!(!codes(&answer).contains(&"numa-srat-refused"), "{answer:#}");
    let unknown =
        answer["findings"].as_array().unwrap().iter().find(|one| one["code"] == "input-tables-unknown");
    assert_eq!(unknown.unwrap()["message"], "the machine has a SRAT, and what it says is not known");
}

#[test]
fn lost_lines_of_the_map_make_no_smaller_machine() {
    let place = tempfile::tempdir().unwrap();
    let whole = ranges(&plan(place.path(), DL165.as_bytes(), &[]));
    let of_map = |line: &&str| line.contains("BIOS-e820: ") && line.ends_with("usable");
    let lost: Vec<&str> = DL165.lines().filter(of_map).collect();
    assert_eq!(lost.len(), 3);
    for line in &lost {
        // The log goes on to say what memblock was given.
        let rest = DL165.replace(line, "");
        let answer = plan(place.path(), rest.as_bytes(), &[]);
        assert_eq!(ranges(&answer), whole, "{line}");
        assert!(codes(&answer).contains(&"input-map-incomplete"), "{line}");
        assert_eq!(answer["log"]["differences"], serde_json::json!([]), "{line}");
    }
    // Without that, where nodes have their data shows that something is missing.
    let is_kept = |line: &&str| *line != lost[1] && !line.contains("  node   ");
    let rest: String = DL165.lines().filter(is_kept).map(|line| line.to_owned() + "\n").collect();
    std::fs::write(place.path().join("log"), rest).unwrap();
    for command in [&["plan"][..], &["advise", "--want", "node 1 fully movable"]] {
        let output = run(place.path(), &[command, &["--dmesg", "log"]].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains("its \"NODE_DATA\" lines show RAM at 0x7ffd6000-0x7fffffff"), "{error}");
    }
}

#[test]
fn a_report_of_sos_has_its_log() {
    let place = tempfile::tempdir().unwrap();
    let whole = ranges(&plan(place.path(), DL165.as_bytes(), &[]));
    let log = place.path().join("report/sos_commands/kernel/dmesg");
    std::fs::create_dir_all(log.parent().unwrap()).unwrap();
    std::fs::create_dir_all(place.path().join("report/proc")).unwrap();
    std::fs::write(log, DL165).unwrap();
    for option in ["--sysroot", "--dmesg"] {
        let (answer, _) = json(&["plan", option, "report", "-J"], place.path());
        assert_eq!(ranges(&answer), whole, "{option}");
    }
}
