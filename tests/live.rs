//! The whole way on a real kernel: record a machine, make an archive, predict, boot it, and find what was predicted.
//!
//! `ACPIHP_LIVE_KERNEL=/path/to/vmlinuz cargo test --test integration live::` runs it; it needs qemu-system-x86_64 and a static
//! busybox, no rights and no KVM, and takes about 20 s. Without the variable it skips itself; with it, a missing tool
//! is a failure.

#![allow(clippy::indexing_slicing)]

use crate::recorder;
use crate::{answer, recorded, skip};

use acpihp::bytes::sum8;
use recorder::log::Log;
use recorder::{Guest, compare, files, user_space};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const BEFORE: &str = "console=ttyS0 panic=-1 nokaslr";
const NEXT: &str = "console=ttyS0 panic=-1 nokaslr movable_node";

/// Runs acpihp, which must succeed, and gives what it wrote.
fn acpihp(args: &[&str]) -> Vec<u8> {
    let done = Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "acpihp {}: {}\n{errors}", args.join(" "), done.status);
    done.stdout
}

/// Sets the hot-pluggable flag of the memory of one proximity domain, raises the OEM revision and fixes the checksum.
/// Written without the library, so that it checks the library's reading too.
fn make_hotpluggable(srat: &mut [u8], domain: u32) {
    let u32_at = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut at, mut marked) = (48, 0);
    while at < srat.len() {
        let (kind, length) = (srat[at], usize::from(srat[at + 1]));
        assert!(length > 1, "the firmware's SRAT is broken at {at}");
        if kind == 1 && u32_at(srat, at + 2) == domain && srat[at + 28] & 1 == 1 {
            srat[at + 28] |= 2;
            marked += 1;
        }
        at += length;
    }
    assert!(marked > 0, "no memory in domain {domain}");
    let revision = u32_at(srat, 24) + 1;
    srat[24..28].copy_from_slice(&revision.to_le_bytes());
    srat[9] = srat[9].wrapping_sub(sum8(srat));
    assert_eq!(sum8(srat), 0);
}

#[test]
fn the_kernel_does_what_was_predicted() {
    let Some(kernel) = skip::variable("ACPIHP_LIVE_KERNEL").map(PathBuf::from) else { return };
    assert!(recorder::has("qemu-system-x86_64"), "qemu-system-x86_64 is not in the path");
    let busybox = user_space::busybox().expect("no static busybox in /bin or /usr/bin");
    let base = user_space::initrd(&busybox).unwrap();
    // Two nodes below 4 GiB, where kernel, initrd and firmware tables are, and one above.
    let guest = Guest::new(&kernel, &[1024, 1024, 2048]);

    let before = guest.boot(&base, BEFORE).unwrap();
    assert!(!before.files.is_empty(), "the first boot never came to user space:\n{}", before.console);
    let temporary = recorder::temporary().unwrap();
    let path = |name: &str| temporary.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (machine, srat, initrd) = (text(&path("machine")), text(&path("srat.aml")), text(&path("next.img")));
    let mut files = files::Files::default();
    files.put_machine(&before, files::Keep::All).unwrap();
    files.write_below(Path::new(&machine)).unwrap();

    let mut table = before.files["sys/firmware/acpi/tables/SRAT"].clone();
    make_hotpluggable(&mut table, 2);
    std::fs::write(&srat, &table).unwrap();
    std::fs::write(path("base.img"), &base).unwrap();
    let tables = format!("{machine}/sys/firmware/acpi/tables");
    acpihp(&[
        "mkinitrd-override",
        &srat,
        "--against",
        &tables,
        "--initrd",
        &text(&path("base.img")),
        "-o",
        &initrd,
    ]);
    let with_archive = std::fs::read(&initrd).unwrap();
    assert!(with_archive.len() > base.len() && with_archive.ends_with(&base), "the initrd is not as it was");

    let next = ["--sysroot", &machine, "--initrd", &initrd, "--cmdline", NEXT, "--format", "json"];
    let plan: Value = answer::to(&[&["plan", "--numa"], &next[..]].concat());
    let simulate: Value = answer::to(&[&["simulate"], &next[..]].concat());

    let after = guest.boot(&with_archive, NEXT).unwrap();
    assert!(!after.files.is_empty(), "the second boot never came to user space:\n{}", after.console);
    // That the test is about something: the kernel took the table and made a movable zone of the node.
    let log = Log::parse(&after.log());
    assert!(
        log.events.iter().any(|line| line.contains("Table Upgrade: override [SRAT-")),
        "{:?}",
        log.events
    );
    assert_eq!(log.movable_zone_start, [(2, 4 << 30)]);

    let (wanted, got) = (compare::truth(&files::truth_json(&after)), compare::answer(&plan, &simulate));
    let wrong = compare::differences(&wanted, &got);
    assert!(wrong.is_empty(), "{}\n{}", log.release, wrong.join("\n"));
    let parts: Vec<&str> = wanted.into_keys().collect();
    eprintln!("Linux {} did as predicted: {}", log.release, parts.join(", "));
}

/// The program and the libraries that it is linked with, as files of an initrd.
pub(crate) fn program(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_acpihp"));
    // A debug build is large: what only a debugger needs stays here.
    let small = folder.join("acpihp");
    let stripped = Command::new("strip").arg("-o").arg(&small).arg(&built).status();
    let program = if stripped.is_ok_and(|status| status.success()) { small } else { built.clone() };
    let mut files = vec![("bin/acpihp".to_owned(), std::fs::read(program).unwrap())];
    let linked = Command::new("ldd").arg(&built).output().unwrap();
    for word in
        String::from_utf8_lossy(&linked.stdout).split_whitespace().filter(|word| word.starts_with('/'))
    {
        files.push((word.trim_start_matches('/').to_owned(), std::fs::read(word).unwrap()));
    }
    files
}

/// What acpihp says inside of the guest, and a capture of it.
const INSIDE: &str = r#"#!/bin/sh
mkdir -p /out/inside
acpihp plan --numa --blocks -J > /out/inside/plan
acpihp simulate -J > /out/inside/simulate
acpihp doctor -J > /out/inside/doctor
acpihp capture -o /out/inside/capture.tar > /out/inside/said 2>&1
acpihp capture -o /out/inside/again.tar > /dev/null 2>&1
"#;

#[test]
fn a_capture_answers_as_the_machine_that_it_was_taken_of() {
    let Some(kernel) = skip::variable("ACPIHP_LIVE_KERNEL").map(PathBuf::from) else { return };
    // It says which libraries the program takes along.
    if !skip::program("ldd") {
        return;
    }
    let busybox = user_space::busybox().expect("no static busybox in /bin or /usr/bin");
    let temporary = recorder::temporary().unwrap();
    let path = |name: &str| temporary.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut files = program(temporary.path());
    files.push(("more".to_owned(), INSIDE.as_bytes().to_vec()));
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let base = user_space::initrd_with(&busybox, &files).unwrap();
    let guest = Guest::new(&kernel, &[1024, 1024, 2048]);

    // The firmware's own SRAT first, without an override.
    let before = guest.boot(&base, BEFORE).unwrap();
    assert!(!before.files.is_empty(), "the first boot never came to user space:\n{}", before.console);
    std::fs::write(path("before.tar"), &before.files["inside/capture.tar"]).unwrap();
    let mut table = before.files["sys/firmware/acpi/tables/SRAT"].clone();
    make_hotpluggable(&mut table, 2);
    std::fs::write(path("srat.aml"), &table).unwrap();
    std::fs::write(path("base.img"), &base).unwrap();
    let (srat, tar, initrd) = (text(&path("srat.aml")), text(&path("before.tar")), text(&path("next.img")));
    acpihp(&[
        "mkinitrd-override",
        &srat,
        "--against",
        &tar,
        "--initrd",
        &text(&path("base.img")),
        "-o",
        &initrd,
    ]);

    let after = guest.boot(&std::fs::read(&initrd).unwrap(), NEXT).unwrap();
    assert!(!after.files.is_empty(), "the second boot never came to user space:\n{}", after.console);
    let said = after.text("inside/said");
    assert!(!said.contains("Could not be read"), "{said}");
    let fixed = |name: &str| {
        let tar = &after.files[name];
        let entries = acpihp::container::tar::read(&&tar[..]).unwrap();
        let is_fixed = |entry: &acpihp::container::tar::Entry| {
            // What pages are used for, and how many are free, changes all the time.
            !entry.name.starts_with(b"acpihp/")
        };
        let bytes = |entry: &acpihp::container::tar::Entry| {
            let at = usize::try_from(entry.data_at).unwrap();
            tar[at..at + usize::try_from(entry.len).unwrap()].to_vec()
        };
        entries
            .iter()
            .filter(|entry| is_fixed(entry))
            .map(|entry| (entry.name.clone(), bytes(entry)))
            .collect::<Vec<_>>()
    };
    assert!(fixed("inside/capture.tar") == fixed("inside/again.tar"), "two captures differ");
    for (boot, name) in [(&before, "before.tar"), (&after, "after.tar")] {
        let root = text(&path(name));
        std::fs::write(&root, &boot.files["inside/capture.tar"]).unwrap();
        for (inside, command) in [("plan", &["plan", "--numa", "--blocks"][..]), ("simulate", &["simulate"])]
        {
            let wanted = answer::parse(&boot.files[&format!("inside/{inside}")]);
            let args = [command, &["-J", "--sysroot", &root][..]].concat();
            let [wanted, got] = [wanted, answer::to(&args)].map(answer::without_sources);
            assert_eq!(wanted, got, "{name}: {inside}");
        }
    }

    let root = text(&path("after.tar"));
    let args = ["doctor", "-J", "--sysroot", &root, "--initrd", &initrd, "--before", &tar];
    let report: Value = answer::to(&args);
    assert!(report["broken"].is_null(), "{report:#}");
    for wanted in [
        "log", "initrd", "archive", "seen", "accepted", "applied", "in-force", "lines", "srat", "zones",
        "blocks",
    ] {
        let checks = report["checks"].as_array().unwrap();
        let status = checks.iter().find(|check| check["name"] == wanted).map(|check| &check["status"]);
        assert_eq!(status, Some(&Value::from("ok")), "{wanted}: {report:#}");
    }
    let inside: Value = answer::parse(&after.files["inside/doctor"]);
    assert!(inside["broken"].is_null() && inside["overridden"] == report["overridden"], "{inside:#}");
    eprintln!("a capture answers as the guest does; doctor: nothing is broken");
}

#[test]
fn logs_are_read_as_they_were_recorded() {
    for boot in recorded::both() {
        let Some(log) = boot.log() else { continue };
        let (name, truth) = (&boot.name, &boot.truth);
        let zoneinfo = boot.read("truth/zoneinfo");
        let mut again = recorder::Recording::default();
        again.files.insert("dmesg".to_owned(), log.into_bytes());
        again.files.insert("proc/zoneinfo".to_owned(), zoneinfo.clone().unwrap_or_default());
        let again = files::truth_json(&again);
        // Of some logs only the lines that decide a rule were kept.
        if again["linux"] == "" {
            continue;
        }
        // Zones of boots with hot-added memory were recorded step by step; memory blocks are in no log.
        let mut wanted = compare::truth(truth);
        wanted.remove("blocks");
        let has_zones = zoneinfo.is_some() && truth["zones"].is_object();
        if !has_zones || truth["steps"].is_array() {
            wanted.remove("zones");
        }
        let wrong = compare::differences(&wanted, &compare::truth(&again));
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
        for part in ["linux", "cmdline"] {
            assert_eq!(truth[part], again[part], "{name}");
        }
    }
}
