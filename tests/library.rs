//! What the library answers to a program is what the commands answer to the same inputs.

use crate::program;
use acpihp::answers::{Boot, Override};
use acpihp::app::kernel;
use acpihp::boot::install::TableOutcome;
use acpihp::boot::kernel::Kernel;
use acpihp::source::machine::{self, Recorded, TablesFrom};
use acpihp::source::root::Root;
use acpihp::source::samples;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn answer(folder: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    let output = program::fed(command.args(args).current_dir(folder), b"");
    let text = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"))
}

fn sample(name: &str) -> (Kernel, Recorded) {
    let root = Root::Sample(samples::find(name).unwrap());
    let recorded = machine::read(&root, TablesFrom::Tree, None).unwrap();
    (kernel::of_machine(&root, recorded.release.as_deref()).unwrap().kernel, recorded)
}

/// What is left of a plan when nobody asks where its inputs were read, or for the command line that asks further.
fn without_sources(mut plan: Value) -> Value {
    plan.as_object_mut().unwrap().remove("sources");
    plan.as_object_mut().unwrap().remove("next_steps");
    plan
}

#[test]
fn a_plan_is_that_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let make =
        ["edit", "SRAT", "--sample", "hotplug", "--no-hotplug", "node=2", "--override-to", "a.img", "-J"];
    answer(folder.path(), &make);
    let archive = std::fs::read(folder.path().join("a.img")).unwrap();
    for name in ["hotplug", "unmarked"] {
        for line in
            ["movable_node", "movable_node nokaslr", "kernelcore=1G", "acpi=off", "mem=3G movable_node"]
        {
            for initrd in [None, Some(&archive)] {
                let (kernel, recorded) = sample(name);
                let boot =
                    Boot::new(kernel).machine(recorded.machine).last_boot(recorded.last).command_line(line);
                let mut args = vec!["plan", "-J", "--sample", name, "--cmdline", line];
                let boot = match initrd {
                    Some(archive) => {
                        args.extend(["--initrd", "a.img"]);
                        boot.initrd(archive.clone(), None)
                    }
                    None => boot,
                };
                let own = serde_json::to_value(boot.plan()).unwrap();
                let command = answer(folder.path(), &args);
                assert_eq!(without_sources(own), without_sources(command), "{args:?}");
            }
        }
    }
}

#[test]
fn tables_memory_line_and_release_are_enough() {
    for (name, line) in [("hotplug", "movable_node nokaslr"), ("unmarked", "kernelcore=30%")] {
        let (_, recorded) = sample(name);
        let tables = recorded.machine.firmware.tables.iter().map(|table| table.bytes.clone());
        let mut boot = Boot::new(Kernel::of_release("6.12").unwrap()).tables(tables).command_line(line);
        for entry in &recorded.machine.map.entries {
            boot = boot.memory(*entry);
        }
        let own = serde_json::to_value(boot.plan()).unwrap();
        let args = ["plan", "-J", "--sample", name, "--cmdline", line, "--kernel", "6.12"];
        let command = answer(Path::new("."), &args);
        for key in
            ["kernel", "numa", "zones", "movable_zone_start", "srat_memory", "nodes", "ranges", "totals"]
        {
            assert_eq!(own.get(key), command.get(key), "{name}: {key}");
            assert!(own.get(key).is_some(), "{key}");
        }
    }
}

#[test]
fn an_archive_becomes_what_check_says() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| answer(folder.path(), args);
    run(&["edit", "SRAT", "--sample", "hotplug", "--no-hotplug", "node=2", "-o", "new.aml", "-J"]);
    run(&[
        "edit",
        "SRAT",
        "--sample",
        "hotplug",
        "--oem-revision",
        "keep",
        "--set",
        "Oem ID=X",
        "-o",
        "other.aml",
        "-J",
    ]);
    run(&["edit", "SRAT", "--sample", "hotplug", "--oem-revision", "keep", "-o", "old.aml", "-J"]);
    run(&[
        "mkinitrd-override",
        "new.aml",
        "other.aml",
        "old.aml",
        "--against",
        "none",
        "--force",
        "-o",
        "a.img",
        "-J",
    ]);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let (archive, firmware) = (read("a.img"), read("old.aml"));
    for release in ["4.9", "6.12", "7.3"] {
        let kernel = Kernel::of_release(release).unwrap();
        let verdict = Override::new(&archive).kernel(kernel).against([firmware.as_slice()]).verdict();
        let command = run(&["check", "a.img", "--against", "old.aml", "--kernel", release, "-J"]);
        let shown = |outcome: TableOutcome| match outcome {
            TableOutcome::Override(_) => "override",
            TableOutcome::Install => "install",
            TableOutcome::Dropped { .. } => "dropped",
            TableOutcome::Unused(_) => "unused",
        };
        let own: Vec<(String, Option<&str>)> = verdict
            .files
            .iter()
            .map(|file| {
                (file.path.json().into_owned(), file.becomes.as_ref().map(|becomes| shown(becomes.outcome)))
            })
            .collect();
        let files = command["inputs"][0]["files"].as_array().unwrap();
        let theirs: Vec<_> = files
            .iter()
            .map(|file| (file["path"].as_str().unwrap().to_owned(), file["outcome"].as_str()))
            .collect();
        assert_eq!(own, theirs, "{release}");
        let mut own: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule.code).collect();
        let all = command["findings"].as_array().unwrap();
        let mut theirs: Vec<&str> = all.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        own.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(own, theirs, "{release}");
        assert!(!own.is_empty());
    }
}
