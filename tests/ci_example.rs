//! The example of a CI job in contrib/ci: its steps run as they stand there, on a machine of the samples.

#![allow(clippy::indexing_slicing)]

use crate::skip;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The commands of the workflow's steps, but for the installation.
fn steps() -> Vec<String> {
    let workflow = std::fs::read_to_string(Path::new(ROOT).join("contrib/ci/github.yml")).unwrap();
    let runs = workflow.lines().filter_map(|line| line.trim().strip_prefix("run: "));
    runs.filter(|run| !run.starts_with("cargo install")).map(str::to_owned).collect()
}

fn run(folder: &Path, step: &str) -> Output {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_acpihp"));
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-ec", step])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap()
}

/// A folder as the workflow finds it; the SRAT marks the third node hot-pluggable and is `newer` than the firmware's.
fn checkout(newer: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let acpi = folder.path().join("acpi");
    std::fs::create_dir(&acpi).unwrap();
    let machine = Path::new(ROOT).join("samples/unmarked/machine");
    for name in ["acpi.policy", "acpi.waivers"] {
        std::fs::copy(Path::new(ROOT).join("contrib/ci").join(name), acpi.join(name)).unwrap();
    }
    let tar = acpi.join("machine.tar");
    let packed = Command::new("tar").arg("-cf").arg(tar).arg("-C").arg(&machine).arg(".").status();
    assert!(packed.unwrap().success());
    let mut srat = std::fs::read(machine.join("sys/firmware/acpi/tables/SRAT")).unwrap();
    let last = acpihp::table::srat::Srat::parse(&srat)
        .unwrap()
        .memory()
        .filter(|(_, range)| range.is_enabled())
        .last();
    let at = last.unwrap().0.offset + 28;
    srat[at] |= 2;
    srat[24] += u8::from(newer);
    srat[9] = 0;
    srat[9] = acpihp::bytes::sum8(&srat).wrapping_neg();
    std::fs::write(acpi.join("srat.aml"), srat).unwrap();
    folder
}

#[test]
fn the_steps_pass_where_the_archive_does_its_job() {
    if !skip::program("tar") {
        return;
    }
    let folder = checkout(true);
    let steps = steps();
    assert_eq!(steps.len(), 2);
    for step in steps {
        let output = run(folder.path(), &step);
        assert!(output.status.success(), "{step}\n{output:#?}");
    }
}

#[test]
fn the_steps_fail_where_it_does_not() {
    if !skip::program("tar") {
        return;
    }
    let folder = checkout(false);
    let steps = steps();
    let refused = run(folder.path(), &steps[0]);
    assert_eq!(refused.status.code(), Some(1), "{refused:#?}");
    let forced = run(folder.path(), &format!("{} --force", steps[0]));
    assert!(forced.status.success(), "{forced:#?}");
    let checked = run(folder.path(), &steps[1]);
    let text = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{text}");
    assert!(text.contains("title=policy-unmet::acpi/acpi.policy: line 4: every override wins: "), "{text}");
}

/// The shell script of the step `Check` in action.yml.
fn action() -> String {
    let action = std::fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap();
    let (_, step) = action.split_once("- name: Check\n").unwrap();
    let (_, script) = step.split_once("run: |\n").unwrap();
    let lines = script.lines().map_while(|line| line.strip_prefix("        "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_action_writes_sarif_and_annotates() {
    if !skip::program("tar") || !skip::program("bash") {
        return;
    }
    let folder = checkout(true);
    let act = |files: &str, arguments: &str| {
        Command::new("bash")
            .args(["-eo", "pipefail", "-c", &action()])
            .current_dir(folder.path())
            .env("ACPIHP", env!("CARGO_BIN_EXE_acpihp"))
            .env("FILES", files)
            .env("AGAINST", "acpi/machine.tar")
            .env("ARGUMENTS", arguments)
            .env("SARIF", "out.sarif")
            .output()
            .unwrap()
    };
    let sarif = || {
        let report = std::fs::read(folder.path().join("out.sarif")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&report).unwrap()
    };
    let fine = act("acpi/*.aml", "");
    assert!(fine.status.success(), "{fine:#?}");
    assert_eq!(sarif()["version"], "2.1.0");
    // A file that is not there is an error of the job, and the report is whole all the same.
    let missing = act("acpi/none.aml", "--fail-on warning");
    assert_eq!(missing.status.code(), Some(3), "{missing:#?}");
    assert!(sarif()["runs"].is_array());
}
