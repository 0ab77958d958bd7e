//! Predictions held against recorded boots of real kernels: those in tests/boots and samples, and all of ../shared/boots
//! where they are there.

#![allow(clippy::indexing_slicing)]

#[path = "recorder/compare.rs"]
#[allow(dead_code, unreachable_pub)]
mod compare;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What holds for a recording.
enum Verdict {
    /// Every part that can be compared is exact; how many there are.
    Exact(usize),
    /// The kernel died, and the plan says that it will.
    DeathForetold,
    /// The kernel died of something that the inputs do not show: an initrd cut short for the recording.
    NotComparable,
    /// These parts differ.
    Wrong(Vec<String>),
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// With KASLR nobody knows the place beforehand: where the kernel then was must be one of the places foretold.
fn kernel_place_is_foretold(boot: &Path, case: &Value, truth: &Value) -> bool {
    let line = std::fs::read_to_string(boot.join("next/cmdline")).unwrap();
    let Some((start, _)) = case["kernel_at"].as_str().and_then(|range| range.split_once('-')) else {
        return true;
    };
    // EFI looks at its own memory map, which is not recorded.
    if line.contains("nokaslr") || case["family"] == "D" {
        return true;
    }
    let start = u64::from_str_radix(start.trim_start_matches("0x"), 16).unwrap();
    let mut unplaced = case.clone();
    unplaced["kernel_at"] = Value::Null;
    let plan = acpihp(boot, &unplaced, truth, &["plan", "--numa"]);
    let holds =
        |range: &&Value| (range["start"].as_u64().unwrap()..range["end"].as_u64().unwrap()).contains(&start);
    let Some(range) = plan["ranges"].as_array().unwrap().iter().find(holds) else { return false };
    let nodes = plan["kaslr"]["nodes"].as_array().unwrap();
    nodes.iter().any(|node| node["node"] == range["node"] && node["probability"].as_f64().unwrap() > 0.0)
}

fn acpihp(boot: &Path, case: &Value, truth: &Value, command: &[&str]) -> Value {
    let next = boot.join("next");
    let line = std::fs::read_to_string(next.join("cmdline")).unwrap();
    let known =
        |value: &Value| value["linux"].as_str().filter(|release| !release.is_empty()).map(str::to_owned);
    let release = known(truth).or_else(|| known(case));
    let mut run = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    run.args(command).arg("--sysroot").arg(boot.join("machine"));
    run.args(["--cmdline", line.trim(), "--format", "json"]);
    if let Some(release) = release {
        run.args(["--kernel", &release]);
    }
    if next.join("initrd.img").exists() {
        run.arg("--initrd").arg(next.join("initrd.img"));
    }
    for (key, option) in [("kernel_at", "--kernel-at"), ("initrd_at", "--initrd-at")] {
        if let Some(range) = case[key].as_str() {
            run.args([option, range]);
        }
    }
    for range in case["reserve"].as_array().into_iter().flatten() {
        run.args(["--reserve", range.as_str().unwrap()]);
    }
    let output = run.output().unwrap();
    let name = boot.display();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn hold(boot: &Path) -> Verdict {
    let case = read(&boot.join("case.json"));
    let mut truth = read(&boot.join("truth/truth.json"));
    let plan = acpihp(boot, &case, &truth, &["plan", "--numa"]);
    let dies = |finding: &&Value| {
        finding["severity"] == "error"
            && finding["code"].as_str().is_some_and(|code| code.starts_with("boot-"))
    };
    let mut deaths = plan["findings"].as_array().unwrap().iter().filter(dies);
    if truth["userspace"] != true || truth["zones"].is_null() {
        let foretold = deaths.next().is_some();
        // Where the recording's own initrd was broken on purpose, its main archive is what killed the boot.
        return match case["family"].as_str() {
            _ if foretold => Verdict::DeathForetold,
            Some("C") => Verdict::NotComparable,
            _ => Verdict::Wrong(vec!["the kernel died, and the plan does not say so".into()]),
        };
    }
    if let Some(step) = truth["steps"].as_array().into_iter().flatten().find(|step| !step["zones"].is_null())
    {
        truth["zones"] = step["zones"].clone();
    }
    let simulation = acpihp(boot, &case, &truth, &["simulate"]);
    let (mut wanted, mut got) = (compare::truth(&truth), compare::answer(&plan, &simulation));
    if case["dimms"].as_u64().unwrap_or(0) > 0 {
        // DIMMs present at boot are added after the zones were made.
        wanted.remove("zones");
        got.remove("zones");
    }
    let mut differences = compare::differences(&wanted, &got);
    if !kernel_place_is_foretold(boot, &case, &truth) {
        differences.push("the kernel lay where KASLR was not expected to put it".into());
    }
    // What stands behind the first bytes of an initrd is not recorded.
    let alarms = deaths.filter(|death| death["code"] != "boot-initrd-lost");
    differences.extend(alarms.map(|death| format!("it came up in spite of {}", death["code"])));
    if differences.is_empty() { Verdict::Exact(wanted.len()) } else { Verdict::Wrong(differences) }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(of).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    all.retain(|folder| folder.join("case.json").exists());
    all.sort();
    all
}

fn hold_all(of: &Path, at_least: usize) {
    let boots = folders(of);
    assert!(boots.len() >= at_least, "{}: {} recordings", of.display(), boots.len());
    let (mut parts, mut exact, mut foretold, mut wrong) = (0, 0, 0, Vec::new());
    for boot in &boots {
        match hold(boot) {
            Verdict::Exact(count) => (exact, parts) = (exact + 1, parts + count),
            Verdict::DeathForetold => foretold += 1,
            Verdict::NotComparable => {}
            Verdict::Wrong(differences) => {
                let name = boot.file_name().unwrap().to_string_lossy();
                wrong.extend(differences.iter().map(|difference| format!("{name}: {difference}")));
            }
        }
    }
    eprintln!("{}: {exact} boots exact in {parts} parts, {foretold} deaths foretold", of.display());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn recorded_boots_are_predicted_exactly() {
    hold_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boots"), 30);
}

#[test]
fn samples_are_predicted_exactly() {
    hold_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), 2);
}

#[test]
fn all_recorded_boots_are_predicted_exactly() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/boots");
    if !shared.is_dir() {
        eprintln!("skipped: ../shared/boots is not there");
        return;
    }
    hold_all(&shared, 1);
}
