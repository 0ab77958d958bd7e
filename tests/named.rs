//! One idea, one name: the options that name a machine, several kernels, folders, and boots beside each other.

use crate::answer::parse;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).current_dir(folder).args(args).output().unwrap()
}

/// What a run prints; it must end with one of these statuses.
fn text(folder: &Path, args: &[&str], statuses: &[i32]) -> String {
    let output = run(folder, args);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(statuses.contains(&output.status.code().unwrap()), "{args:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    parse(text(folder, &[args, &["-J"]].concat(), &[0, 1]).as_bytes())
}

/// A sample as a tree, a capture, a dump and a folder of tables.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    text(path, &["sample", "hotplug", "-o", "tree"], &[0]);
    text(path, &["capture", "--sysroot", "tree", "-o", "tree.tar.gz"], &[0]);
    let dump = text(path, &["dump", "--sysroot", "tree", "--format", "acpidump"], &[0]);
    fs::write(path.join("dump"), dump).unwrap();
    text(path, &["dump", "--from", "dump", "-o", "tables"], &[0]);
    folder
}

#[test]
fn options_that_name_the_machine_take_whatever_can_be_opened() {
    let folder = place();
    let path = folder.path();
    for source in ["tree", "tree.tar.gz"] {
        let one = json(path, &["plan", "--sysroot", source]);
        let other = json(path, &["plan", "--from", source]);
        assert_eq!(one, other, "{source}");
        assert_eq!(one["totals"]["movable_bytes"], 4u64 << 30);
    }
    let names = |source: &str| -> Vec<Value> {
        let found = json(path, &["dump", "--sysroot", source]);
        let mut names: Vec<Value> =
            found["tables"].as_array().unwrap().iter().map(|table| table["name"].clone()).collect();
        names.sort_by_key(Value::to_string);
        names
    };
    for source in ["tree.tar.gz", "dump", "tables"] {
        assert_eq!(names(source), names("tree"), "{source}");
    }
    // Tables alone are no tree to take a capture of, or to stand beside other tables.
    for args in [
        &["capture", "--sysroot", "dump", "-o", "x.tar"][..],
        &["plan", "--sysroot", "dump", "--from", "tables"],
    ] {
        let output = run(path, args);
        assert!([2, 3].contains(&output.status.code().unwrap()), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("tables alone"), "{args:?}");
    }
}

#[test]
fn check_and_mkinitrd_override_know_the_machine_by_the_same_names() {
    let folder = place();
    let path = folder.path();
    text(path, &["edit", "SRAT", "--sample", "hotplug", "--no-hotplug", "node=1", "-o", "SRAT.aml"], &[0]);
    let of = |options: &[&str]| {
        json(path, &[&["check", "SRAT.aml"], options].concat())["inputs"][0]["outcome"].clone()
    };
    for options in
        [["--sample", "hotplug"], ["--sysroot", "tree"], ["--from", "dump"], ["--against", "tables"]]
    {
        assert_eq!(of(&options), "override", "{options:?}");
    }
    assert_eq!(json(path, &["check", "--sample", "hotplug"])["inputs"][0]["kind"], "tables");
    let made = json(path, &["mkinitrd-override", "SRAT.aml", "--sample", "hotplug", "-o", "a.img"]);
    assert_eq!(made["against"], "sample hotplug");
    assert_eq!(made["tables"][0]["path"], "kernel/firmware/acpi/SRAT.aml");
}

#[test]
fn several_kernels_make_a_table_in_every_format() {
    let folder = place();
    let path = folder.path();
    let args = ["check", "tables/srat.dat", "--against", "tree", "--kernel", "3.12,6.12"];
    let found = json(path, &args);
    let outcomes: Vec<(&str, &str)> = found["matrix"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kernel"].as_str().unwrap(), row["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes, [("3.12", "override"), ("6.12", "dropped")]);
    assert_eq!(found["kernels"], serde_json::json!(["3.12", "6.12"]));
    let finding = found["findings"].as_array().unwrap().iter().find(|one| one["code"] == "override-in-force");
    assert_eq!(finding.unwrap()["kernels"], serde_json::json!(["6.12"]));
    let shown = text(path, &args, &[0]);
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert!(shown.contains("override-in-force  -"), "{shown}");
    for format in [&["sarif"][..], &["junit"], &["github", "-v"]] {
        let shown = text(path, &[&args[..], &["--format"], format].concat(), &[0]);
        assert!(shown.contains("(Linux 6.12)"), "{format:?}: {shown}");
    }
    let piped = run(path, &["check", "-", "--kernel", "5.10,6.12"]);
    assert_eq!(piped.status.code(), Some(2));
    assert_eq!(run(path, &["check", "dump", "--kernel", "5.10,x"]).status.code(), Some(2));
}

#[test]
fn a_folder_is_looked_at_with_what_is_below_it() {
    let folder = place();
    let path = folder.path();
    fs::create_dir_all(path.join("all/one/deep")).unwrap();
    fs::create_dir_all(path.join("all/none")).unwrap();
    fs::copy(path.join("tables/srat.dat"), path.join("all/one/deep/srat.aml")).unwrap();
    fs::write(path.join("all/none/notes.txt"), "no table").unwrap();
    symlink(path.join("tables"), path.join("all/away")).unwrap();
    symlink(path.join("tables/slit.dat"), path.join("all/one/deep/slit.aml")).unwrap();
    let found = json(path, &["check", "all"]);
    let inputs: Vec<&str> =
        found["inputs"].as_array().unwrap().iter().map(|input| input["path"].as_str().unwrap()).collect();
    assert_eq!(inputs, ["all/one/deep"]);
    let left: Vec<&str> =
        found["left_out"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    for (name, why) in [("all/away", "a link to a folder"), ("slit.aml", "leads out"), ("notes.txt", "text")]
    {
        assert!(left.iter().any(|text| text.contains(name) && text.contains(why)), "{name}: {left:?}");
    }
    let output = run(path, &["check", "all/none"]);
    assert_eq!(output.status.code(), Some(3), "nothing there");
    let mut deep = path.join("deep");
    for _ in 0..20 {
        deep = deep.join("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::copy(path.join("tables/srat.dat"), deep.join("srat.aml")).unwrap();
    fs::copy(path.join("tables/srat.dat"), path.join("deep/srat.aml")).unwrap();
    let found = json(path, &["check", "deep"]);
    assert_eq!(found["inputs"].as_array().unwrap().len(), 1);
    assert!(found["left_out"].to_string().contains("more than 16 folders deep"), "{found}");
}

#[test]
fn two_boots_are_set_beside_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let all =
        |text: &str| json(path, &["plan", "--sample", "hotplug", "--compare", text])["comparison"].clone();
    let found = all("--append '-movable_node'");
    assert_eq!(found["a"]["totals"]["movable_bytes"], 4u64 << 30);
    assert_eq!(found["b"]["totals"]["movable_bytes"], 0);
    assert_eq!(found["nodes"].as_array().unwrap().len(), 3);
    let found = all("5.10,6.12");
    assert_eq!((&found["a"]["kernel"], &found["b"]["kernel"]), (&"5.10".into(), &"6.12".into()));
    let found = json(path, &["simulate", "--sample", "hotplug", "--compare", "--kernel 4.2 --flow two-step"]);
    assert_eq!(found["comparison"]["b"]["flow"], "two-step");
    assert_eq!(found["comparison"]["b_options"], "--kernel 4.2 --flow two-step");
    // Each map has the same scale, and a text that stands alone keeps to the terminal.
    let shown =
        text(path, &["plan", "--sample", "hotplug", "--map", "--compare", "--append -movable_node"], &[0]);
    assert!(
        shown.contains("A: 4 GiB of 6 GiB movable") && shown.contains("B: 0 B of 6 GiB movable"),
        "{shown}"
    );
    assert_eq!(run(path, &["plan", "--sample", "hotplug", "--compare", "--what"]).status.code(), Some(2));
}

#[test]
fn lists_and_templates_are_there_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(json(path, &["template", "list"])["templates"].as_array().unwrap().len() > 50);
    for command in ["plan", "dump", "check", "capture", "mkinitrd-override"] {
        assert_eq!(json(path, &[command, "--sample", "list"])["schema"], "acpihp.sample/1", "{command}");
    }
    fs::write(path.join("srat.json"), text(path, &["template", "SRAT", "-J"], &[0])).unwrap();
    fs::write(path.join("srat.dsl"), text(path, &["template", "SRAT"], &[0])).unwrap();
    text(path, &["build", "srat.json", "-o", "a.aml"], &[0]);
    text(path, &["build", "srat.dsl", "-o", "b.aml"], &[0]);
    assert_eq!(fs::read(path.join("a.aml")).unwrap(), fs::read(path.join("b.aml")).unwrap());
}
