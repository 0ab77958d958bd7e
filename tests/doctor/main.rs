//! `acpihp doctor` over recorded boots: what the kernel did with each override is what doctor says, and the prediction
//! holds; and where something was changed afterwards, doctor notices.

#![allow(clippy::indexing_slicing, unreachable_pub, missing_docs)]

mod after;
pub mod links;

use crate::answer;
use after::{Boot, boots};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs doctor on a machine and gives status and report.
fn doctor(root: &Path, more: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    command.args(["doctor", "-J", "--sysroot"]).arg(root).args(more).stdin(Stdio::null());
    let done = command.output().unwrap();
    (done.status.code().unwrap(), answer::of(&done))
}

fn check<'r>(report: &'r Value, name: &str) -> Option<&'r Value> {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name)
}

fn status<'r>(report: &'r Value, name: &str) -> &'r str {
    check(report, name).map_or("", |check| check["status"].as_str().unwrap())
}

/// The first broken link that the recording itself tells, and the codes that may go with it.
fn expected(boot: &Boot) -> Option<(&'static str, &'static [&'static str])> {
    let events: Vec<&str> =
        boot.truth["override_events"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let count = |what: &str| events.iter().filter(|event| event.contains(what)).count();
    match boot.case["scenario"].as_str().unwrap_or_default() {
        "gzip" => return Some(("archive", &["archive-compressed"])),
        "misaligned" => return Some(("archive", &["archive-misaligned"])),
        "wrong-path" => return Some(("archive", &["archive-prefix"])),
        "truncated" => return Some(("archive", &["archive-truncated", "archive-unpacker"])),
        "ssdt-70" | "ssdt-64-then-srat" => return Some(("accepted", &["archive-over-limit"])),
        "crc-magic" => return Some(("archive", &["archive-unpacker"])),
        _ => {}
    }
    for (words, codes) in [
        ("Unknown signature", &["archive-signature"][..]),
        (
            "does not match table length",
            &["table-truncated", "table-trailing-bytes", "archive-several-tables"],
        ),
        ("Bad table checksum", &["table-checksum"]),
        ("smaller than ACPI header", &["table-header-short"]),
    ] {
        if count(words) > 0 {
            return Some(("accepted", codes));
        }
    }
    if count("ignoring table override") > 0 {
        return Some(("lockdown", &["override-locked-down"]));
    }
    let firmware = |signature: &str| boot.has(&format!("sys/firmware/acpi/tables/{signature}"));
    let (mut worst, mut found) = (None, Vec::new());
    for event in events.iter().filter(|event| event.contains("ACPI table found in initrd")) {
        let signature = event.trim_start_matches("ACPI: ").get(..4).unwrap();
        if found.contains(&signature) {
            continue;
        }
        found.push(signature);
        let number = count(&format!("ACPI: {signature} ACPI table found"));
        let replaced = count(&format!("Upgrade: override [{signature}"));
        let added = count(&format!("Upgrade: install [{signature}"));
        let verdict: Option<&'static [&'static str]> = match (number, replaced, added) {
            _ if signature == "RSDT" || signature == "XSDT" => Some(&["archive-root-table"]),
            (number, replaced, added) if replaced + added < number => {
                Some(&["override-not-newer", "doctor-copy"])
            }
            (_, 0, 1..) if signature != "SSDT" && firmware(signature) => Some(&["override-ids-differ"]),
            (_, 1.., 1..) if signature != "SSDT" => Some(&["archive-same-identity"]),
            _ if boot.case["scenario"] == "ssdt-same-name-conflict" => Some(&["archive-same-identity"]),
            _ => None,
        };
        worst = worst.or(verdict);
    }
    if let Some(codes) = worst {
        return Some(("applied", codes));
    }
    let refusals = ["SRAT not used", "No NUMA configuration found"];
    let line = boot.truth["cmdline"].as_str().unwrap_or_default();
    let is_off = ["numa=off", "numa=noacpi", "acpi=off"].iter().any(|option| line.contains(option));
    let has_srat = boot.truth["tables"].as_array().unwrap().iter().any(|table| table["sig"] == "SRAT");
    let refused = refusals.iter().any(|words| boot.log.contains(words));
    (refused && has_srat && !is_off).then_some(("srat", &["numa-srat-refused"][..]))
}

/// Holds one boot's verdict against the recording, and gives the broken link if there is one.
fn hold(boot: &Boot) -> Option<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    boot.lay_out(folder.path());
    let (exit, report) = doctor(folder.path(), &[]);
    let name = format!("{} ({})", boot.name, boot.case["scenario"]);
    let has_log = boot.has("truth/dmesg.gz");
    let expected = expected(boot);
    match expected {
        Some((broken, codes)) => {
            assert_eq!(report["broken"], broken, "{name}: {report:#}");
            let check = check(&report, broken).unwrap();
            let code = check["code"].as_str().unwrap();
            assert!(codes.contains(&code), "{name}: {code}");
            assert_eq!(check["status"], "not", "{name}");
            assert_eq!(exit, 1, "{name}");
            assert!(check["fix"].as_str().is_some_and(|fix| fix.len() > 20), "{name}");
        }
        // What was not kept of a log tells of no refused SRAT.
        None if !has_log && report["broken"] == "srat" => {}
        None => assert!(report["broken"].is_null() && exit == 0, "{name}: {report:#}"),
    }
    // Whatever became of the override: the model does as the kernel did.
    for part in ["lines", "srat", "zones", "blocks"] {
        let told = check(&report, part).filter(|check| check["code"] != "numa-srat-refused");
        assert!(told.is_none_or(|check| check["status"] != "not"), "{name}: {report:#}");
    }
    // An override in force is told, and none where there is none.
    let announced = boot.log.matches("Table Upgrade: ").count();
    let ignored = boot.log.matches("Ignoring installation of ").count();
    if ignored > 0 {
        assert_eq!(check(&report, "applied").unwrap()["code"], "doctor-no-static-ssdt", "{name}");
    }
    assert_eq!(report["overridden"].as_array().unwrap().len(), announced - ignored.min(announced), "{name}");
    expected.map(|(broken, _)| broken)
}

#[test]
fn every_recorded_boot_gets_its_verdict() {
    let mut boots = boots();
    // The trees that are laid out here have a distribution's configuration, and no modules of memory.
    boots.retain(|boot| {
        boot.case["family"] != "X" || boot.case["linux"].as_str().is_some_and(|name| name.ends_with("amd64"))
    });
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut verdicts: Vec<&str> = std::thread::scope(|scope| {
        let parts = boots.chunks(boots.len().div_ceil(workers));
        let running: Vec<_> =
            parts.map(|part| scope.spawn(|| part.iter().filter_map(hold).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let in_force = boots.iter().filter(|boot| boot.log.contains("Table Upgrade: ")).count();
    let of_archives = boots.iter().filter(|boot| boot.case["family"] == "C");
    let mut scenarios: Vec<&str> = of_archives.filter_map(|boot| boot.case["scenario"].as_str()).collect();
    for list in [&mut scenarios, &mut verdicts] {
        list.sort_unstable();
        list.dedup();
    }
    assert!(
        scenarios.len() >= 20 && verdicts.len() >= 4 && in_force >= 20,
        "{scenarios:?} {verdicts:?} {in_force}"
    );
    eprintln!(
        "{} boots, {in_force} with an override in force, {} scenarios of archives, broken links: {verdicts:?}",
        boots.len(),
        scenarios.len()
    );
}

/// A boot with an override that did its work, laid out.
fn good_boot() -> (Boot, tempfile::TempDir) {
    let all = boots();
    let wanted = all.into_iter().find(|boot| {
        let full = boot.has("truth/dmesg.gz") && boot.log.contains("Table Upgrade: override");
        full && boot.case["dimms"] == 0 && expected(boot).is_none()
    });
    let boot = wanted.expect("a recording with a log and an override");
    let folder = tempfile::tempdir().unwrap();
    boot.lay_out(folder.path());
    (boot, folder)
}

#[test]
fn what_was_changed_afterwards_is_noticed() {
    let (boot, folder) = good_boot();
    let root = folder.path();
    let edit = |path: &str, change: &dyn Fn(String) -> String| {
        let path = root.join(path);
        let before = fs::read_to_string(&path).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after, "{path:?}: nothing was changed");
        fs::write(&path, after).unwrap();
        move || fs::write(&path, &before).unwrap()
    };
    let without = |words: &'static str| {
        move |text: String| -> String {
            text.lines().filter(|line| !line.contains(words)).flat_map(|line| [line, "\n"]).collect()
        }
    };
    assert_eq!(status(&doctor(root, &[]).1, "lines"), "ok");

    // Nothing in the log: the kernel saw nothing.
    let restore = edit("var/log/dmesg", &|text| {
        without("Table Upgrade")(without("in initrd")(without("override, new")(text)))
    });
    let (exit, report) = doctor(root, &[]);
    assert_eq!((exit, &report["broken"]), (1, &Value::from("seen")), "{report:#}");
    assert_eq!(check(&report, "seen").unwrap()["code"], "doctor-not-seen");
    restore();

    // Found, and then neither replaced nor added: another line than predicted.
    let restore = edit("var/log/dmesg", &without("Table Upgrade: "));
    assert_eq!(status(&doctor(root, &[]).1, "lines"), "not");
    restore();

    // The lockdown line of a real kernel.
    let restore = edit("var/log/dmesg", &|text| {
        let line = "ACPI: kernel is locked down, ignoring table override\n";
        let at = text.find("ACPI: RSDP").unwrap_or_else(|| text.find("ACPI: FACP").unwrap());
        let at = text[..at].rfind('\n').unwrap() + 1;
        let kept = without("Table Upgrade")(without("override, new")(text[at..].to_owned()));
        format!("{}{line}{kept}", &text[..at])
    });
    let (exit, report) = doctor(root, &[]);
    assert_eq!((exit, &report["broken"]), (1, &Value::from("lockdown")), "{report:#}");
    restore();

    // Zones and blocks elsewhere.
    let restore = edit("proc/zoneinfo", &|text| text.replacen("spanned  ", "spanned  1", 9));
    let (exit, report) = doctor(root, &[]);
    assert_eq!((exit, status(&report, "zones"), &report["broken"]), (1, "not", &Value::from("zones")));
    restore();
    let block = "sys/devices/system/memory/memory1/valid_zones";
    let restore =
        edit(block, &|text| if text.contains("Movable") { "Normal\n".into() } else { "Movable\n".into() });
    assert_eq!(status(&doctor(root, &[]).1, "blocks"), "not");
    restore();

    // Another initrd on disk: by its length, and by its tables.
    let image = root.join(format!("boot/initrd.img-{}", boot.case["linux"].as_str().unwrap()));
    let grown = boot.whole_len().unwrap() + (1 << 16);
    fs::File::options().write(true).open(&image).unwrap().set_len(grown).unwrap();
    let (_, report) = doctor(root, &[]);
    assert_eq!((status(&report, "initrd"), &report["broken"]), ("not", &Value::from("initrd")), "{report:#}");
    boot.put_initrd(&image);
    let other =
        boots().into_iter().find(|other| other.name != boot.name && other.log.contains("ssdt")).unwrap();
    let other = other.initrd().unwrap();
    let (_, report) = doctor(root, &["--initrd", other.to_str().unwrap()]);
    assert_eq!(status(&report, "seen"), "not", "{report:#}");

    // A kernel that takes none, with nothing in the log.
    let restore = edit("var/log/dmesg", &|text| {
        without("Table Upgrade")(without("in initrd")(without("override, new")(text)))
    });
    let config = format!("boot/config-{}", boot.case["linux"].as_str().unwrap());
    edit(&config, &|text| text.replace("=y", "=n"))();
    fs::write(root.join(&config), "# CONFIG_ACPI_TABLE_UPGRADE is not set\n").unwrap();
    let (exit, report) = doctor(root, &[]);
    assert_eq!((exit, &report["broken"]), (1, &Value::from("kernel")), "{report:#}");
    restore();
}

#[test]
fn without_a_log_or_an_initrd_it_says_so_and_goes_on() {
    let (boot, folder) = good_boot();
    let root = folder.path();
    // Without the initrd, the tables in force stand in for it.
    fs::remove_file(root.join(format!("boot/initrd.img-{}", boot.case["linux"].as_str().unwrap()))).unwrap();
    let (_, report) = doctor(root, &[]);
    assert_eq!((status(&report, "initrd"), status(&report, "applied")), ("unknown", "ok"), "{report:#}");
    for part in ["srat", "zones", "blocks"] {
        assert_ne!(status(&report, part), "not", "{report:#}");
    }
    // With neither, the tables of /sys are what there is.
    fs::remove_file(root.join("var/log/dmesg")).unwrap();
    let (exit, report) = doctor(root, &[]);
    assert_eq!((exit, status(&report, "log")), (0, "unknown"), "{report:#}");
    // With the initrd alone, an override in force is known by its bytes.
    let initrd = root.join("initrd.img");
    boot.put_initrd(&initrd);
    let (_, report) = doctor(root, &["--initrd", initrd.to_str().unwrap()]);
    assert!(!report["overridden"].as_array().unwrap().is_empty(), "{report:#}");
    // The log from elsewhere.
    let log = root.join("elsewhere.log");
    fs::write(&log, &boot.log).unwrap();
    let args = ["--initrd", initrd.to_str().unwrap(), "--dmesg", log.to_str().unwrap()];
    let (_, report) = doctor(root, &args);
    assert_eq!((status(&report, "log"), status(&report, "lines")), ("ok", "ok"), "{report:#}");
    // The end of a log is not taken for all of it.
    let (_, rest) = boot.log.split_at(boot.log.len() / 2);
    fs::write(&log, rest).unwrap();
    assert_eq!(status(&doctor(root, &args).1, "log"), "unknown");
}

#[test]
fn a_capture_gets_the_same_verdict() {
    for boot in boots()
        .iter()
        .filter(|boot| ["B", "C", "F"].iter().any(|family| boot.case["family"] == *family))
        .step_by(5)
    {
        let folder = tempfile::tempdir().unwrap();
        let (root, packed) = (folder.path().join("root"), folder.path().join("after.tar.gz"));
        boot.lay_out(&root);
        let mut capture = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        capture.args(["capture", "--sysroot"]).arg(&root).arg("-o").arg(&packed);
        assert!(capture.output().unwrap().status.success());
        let verdict = |root: &Path| {
            let (exit, report) = doctor(root, &[]);
            let checks = report["checks"].as_array().unwrap().iter();
            let of = |check: &Value| format!("{} {} {}", check["name"], check["status"], check["code"]);
            (exit, checks.map(of).collect::<Vec<_>>())
        };
        assert_eq!(verdict(&packed), verdict(&root), "{}", boot.name);
    }
}

#[test]
fn the_machine_from_before_takes_the_place_of_what_is_lost() {
    let (boot, folder) = good_boot();
    let before = boot.sysroot();
    let (_, report) = doctor(folder.path(), &["--before", before.to_str().unwrap()]);
    for part in ["applied", "lines", "srat", "zones", "blocks"] {
        assert_ne!(status(&report, part), "unknown", "{report:#}");
    }
    assert_eq!(status(&report, "lines"), "ok", "{report:#}");
}

#[test]
fn what_nobody_tells_of_mirrored_memory_is_unknown() {
    let boots = boots();
    let mirrored = boots.iter().filter(|boot| boot.name.starts_with("X-") && boot.name.contains("-mirror"));
    let mut told = 0;
    for boot in mirrored {
        let folder = tempfile::tempdir().unwrap();
        boot.lay_out(folder.path());
        let log = folder.path().join("var/log/dmesg");
        let text = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.contains("efi: mem")).collect();
        std::fs::write(&log, lines.join("\n")).unwrap();
        let (exit, report) = doctor(folder.path(), &[]);
        assert_eq!(exit, 0, "{}: {report:#}", boot.name);
        assert!(report["broken"].is_null(), "{}: {report:#}", boot.name);
        let zones = check(&report, "zones").unwrap();
        if zones["status"] == "unknown" {
            assert!(
                zones["message"].as_str().unwrap().contains("which memory the firmware mirrors"),
                "{zones}"
            );
            assert!(zones["fix"].as_str().unwrap().contains("efi=debug"), "{zones}");
            told += 1;
        }
    }
    assert!(told > 0);
}
