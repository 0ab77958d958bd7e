//! What `advise` says comes true: each advice is predicted again from its own outputs, through `check --policy`, which meets
//! the wish; and after it there is nothing to do.

use crate::answer;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn acpihp(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).current_dir(folder).args(args).output().unwrap()
}

/// The machine of a sample as a tree.
fn machine(folder: &Path, sample: &str) {
    assert!(acpihp(folder, &["capture", "--sample", sample, "-o", "machine.tar"]).status.success());
}

/// Asks for advice, follows it, and looks whether the wish is met.
fn follow(sample: &str, wishes: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    machine(here, sample);
    let mut args = vec!["advise", "-J", "--sysroot", "machine.tar", "-o", "out"];
    wishes.iter().for_each(|wish| args.extend(["--want", wish]));
    let done = acpihp(here, &args);
    let view = answer::parse(&done.stdout);
    let met = view["met"].as_bool().unwrap();
    assert_eq!(
        done.status.code(),
        Some(if met { 0 } else { 1 }),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    if !met {
        assert!(!view["unmet"].as_array().unwrap().is_empty());
        return view;
    }
    fs::write(here.join("wishes"), wishes.join("\n")).unwrap();
    let mut append = view["append"].as_str().unwrap().to_owned();
    for name in view["remove"].as_array().unwrap() {
        append += &format!(" -{}", name.as_str().unwrap());
    }
    let append = format!("--append={}", append.trim());
    let archive = view["archive"].as_str();
    let initrd: Vec<&str> = archive.into_iter().flat_map(|archive| ["--initrd", archive]).collect();
    if let Some(archive) = archive {
        let check = ["check", archive, "--against", "machine.tar", "--policy", "wishes", &append];
        let done = acpihp(here, &check);
        assert!(done.status.success(), "{wishes:?}: {}", String::from_utf8_lossy(&done.stdout));
        // The step that is printed makes the same bytes.
        let step = view["steps"][0]["command"].as_str().unwrap();
        let table = fs::read(here.join("out/srat.aml")).unwrap();
        let words: Vec<&str> = step.split(' ').skip(1).collect();
        let done = acpihp(here, &words);
        assert!(done.status.success(), "{step}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(fs::read(here.join("out/srat.aml")).unwrap(), table, "{step}");
    }
    let again = [&args[..], &initrd[..], &[&append]].concat();
    let again = answer::parse(&acpihp(here, &again).stdout);
    assert_eq!(
        (&again["met"], &again["nothing_to_do"]),
        (&true.into(), &true.into()),
        "{wishes:?}: {again:#}"
    );
    view
}

#[test]
fn advice_comes_true_and_nothing_is_left_to_do() {
    let cases: &[(&str, &[&str], bool)] = &[
        ("unmarked", &["node 2 fully movable"], true),
        ("unmarked", &["node 1 fully movable", "node 2 fully movable"], true),
        ("unmarked", &["movable at least 2G", "kernel keeps at least 3G"], true),
        ("unmarked", &["movable at least 50%", "node 0 not movable"], true),
        ("unmarked", &["range 6G-8G movable"], true),
        ("unmarked", &["range 7G-8G movable", "kernel keeps at least 4G"], true),
        ("unmarked", &["node 0 fully movable"], false),
        ("unmarked", &["node 9 fully movable"], false),
        ("unmarked", &["can grow to 1T"], false),
        ("unmarked", &["node 2 fully movable", "node 2 not movable"], false),
        ("hotplug", &["node 1 fully movable"], true),
        ("hotplug", &["node 1 not movable", "node 2 fully movable"], true),
        ("hotplug", &["movable at most 0"], true),
        ("hotplug", &["movable at least 90%"], false),
    ];
    for (sample, wishes, met) in cases {
        let view = follow(sample, wishes);
        assert_eq!(view["met"], *met, "{sample} {wishes:?}: {view:#}");
    }
}

#[test]
fn what_is_no_wish_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (wish, found) in [
        ("node x fully movable", "column 6"),
        ("range 8G-6G movable", "8G-6G"),
        ("only SRAT", "about memory"),
        ("", "says nothing"),
        ("can grow to 50%", "64G"),
    ] {
        let done = acpihp(folder.path(), &["advise", "--sample", "unmarked", "--want", wish]);
        assert_eq!(done.status.code(), Some(2), "{wish}");
        assert!(
            String::from_utf8_lossy(&done.stderr).contains(found),
            "{wish}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}
