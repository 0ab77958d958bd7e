//! What `advise` says comes true: each advice is predicted again from its own outputs, through `check --policy`, which meets
//! the wish; and after it there is nothing to do.

use crate::{answer, recorded};
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

/// The words that an advice adds and takes away, as an option.
fn append(view: &serde_json::Value) -> String {
    let mut append = view["append"].as_str().unwrap().to_owned();
    for name in view["remove"].as_array().unwrap() {
        append += &format!(" -{}", name.as_str().unwrap());
    }
    format!("--append={}", append.trim())
}

/// Asks the same once more, with what was advised.
fn again(folder: &Path, args: &[&str], view: &serde_json::Value) -> serde_json::Value {
    let append = append(view);
    let archive = view["archive"].as_str();
    let initrd: Vec<&str> = archive.into_iter().flat_map(|archive| ["--initrd", archive]).collect();
    let more: Vec<&str> = if append == "--append=" { Vec::new() } else { vec![&append] };
    answer::parse(&acpihp(folder, &[args, &initrd, &more].concat()).stdout)
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
    let append = append(&view);
    let archive = view["archive"].as_str();
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
    let again = again(here, &args, &view);
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
        ("hotplug", &["can grow to 7G movable"], false),
    ];
    for (sample, wishes, met) in cases {
        let view = follow(sample, wishes);
        assert_eq!(view["met"], *met, "{sample} {wishes:?}: {view:#}");
    }
}

/// The recorded boots, of each kernel every few: advice for the nodes of each, followed, leaves nothing to do.
#[test]
fn advice_for_recorded_machines_leaves_nothing_to_do() {
    let (mut met, mut unmet) = (0, 0);
    for (index, boot) in recorded::own().into_iter().enumerate() {
        let nodes: Vec<u64> = match boot.truth["zones"].as_object() {
            Some(zones) if zones.len() > 1 => zones.keys().filter_map(|node| node.parse().ok()).collect(),
            _ => continue,
        };
        if index % 3 != 0 {
            continue;
        }
        let last = nodes.iter().max().unwrap();
        let wishes = match index / 3 % 4 {
            0 => vec![format!("node {last} fully movable")],
            1 => vec!["movable at least 30%".to_owned(), "kernel keeps at least 128M".to_owned()],
            2 => vec![format!("node {last} not movable"), "movable at least 128M".to_owned()],
            _ => vec!["movable at most 50%".to_owned(), "can grow to 1G".to_owned()],
        };
        let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
        let folder = tempfile::tempdir().unwrap();
        let root = boot.sysroot();
        let mut args = vec!["advise", "-J", "--sysroot", root.to_str().unwrap(), "-o", "out"];
        wishes.iter().for_each(|wish| args.extend(["--want", wish]));
        let done = acpihp(folder.path(), &args);
        let name = &boot.name;
        assert!(
            matches!(done.status.code(), Some(0 | 1)),
            "{name}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        let view = answer::parse(&done.stdout);
        if view["met"] == false {
            assert!(!view["unmet"].as_array().unwrap().is_empty(), "{name}");
            unmet += 1;
            continue;
        }
        met += 1;
        let again = again(folder.path(), &args, &view);
        assert_eq!(
            (&again["met"], &again["nothing_to_do"]),
            (&true.into(), &true.into()),
            "{name} {wishes:?}: {view:#}\n{again:#}"
        );
    }
    assert!(met >= 30 && unmet > 0, "{met} {unmet}");
}

/// A machine whose SRAT announces room, with a line that has it go to the kernel.
#[test]
fn what_is_added_can_be_wished_to_go_again() {
    let boot = recorded::named("E-k612-008");
    let (root, folder) = (boot.sysroot(), tempfile::tempdir().unwrap());
    let ask = |wish: &str, more: &[&str]| {
        let args = ["advise", "-J", "--sysroot", root.to_str().unwrap(), "--want", wish];
        answer::parse(&acpihp(folder.path(), &[&args, more].concat()).stdout)
    };
    let append = |view: &serde_json::Value| view["append"].as_str().unwrap().to_owned();
    let before = ask("can grow to 8G", &[]);
    assert_eq!((&before["met"], &before["nothing_to_do"]), (&true.into(), &true.into()), "{before:#}");
    let small = ask("can grow to 8G movable", &[]);
    assert_eq!(append(&small), "memory_hotplug.online_policy=auto-movable", "{small:#}");
    let done = ask("can grow to 8G movable", &["--append", &append(&small)]);
    assert_eq!((&done["met"], &done["nothing_to_do"]), (&true.into(), &true.into()), "{done:#}");
    assert!(done["before"]["grows_movable"].as_u64() >= Some(8 << 30), "{done:#}");
    // The kernel knows no policy before 5.15, and is told to leave memory devices alone.
    let old = ask("can grow to 8G movable", &["--rules-of", "5.10", "--append", "acpi_no_memhotplug"]);
    assert_eq!(append(&old), "memhp_default_state=online_movable", "{old:#}");
    assert_eq!(old["remove"], serde_json::json!(["acpi_no_memhotplug"]));
}

#[test]
fn what_cannot_be_met_says_how_near_it_comes() {
    let view = follow("hotplug", &["movable at least 90%"]);
    // Node 0 stays the kernel's, and that was so before.
    assert_eq!(view["nothing_to_do"], true, "{view:#}");
    let view = follow("unmarked", &["movable at least 90%", "node 0 not movable"]);
    let unmet = &view["unmet"][0];
    assert!(unmet["nearest"].as_str().unwrap().contains("add movablecore=90%"), "{view:#}");
    assert_eq!(view["after"]["movable"], 4_u64 << 30, "{view:#}");
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

/// The log of a machine with 3 GiB on node 0, and nodes of 4 GiB each after it.
fn log_of(nodes: u64) -> String {
    const GIB: u64 = 1 << 30;
    let end = (4 + 4 * (nodes - 1)) * GIB;
    let srat = |node: u64| match node {
        0 => (0, 3 * GIB - 1),
        node => (4 * node * GIB, 4 * (node + 1) * GIB - 1),
    };
    let entries = (0..nodes).map(|node| {
        let (start, last) = srat(node);
        format!("ACPI: SRAT: Node {node} PXM {node} [mem {start:#010x}-{last:#010x}]\n")
    });
    let table = |name: &str, at: u64, len: u64| {
        format!("ACPI: {name} 0x{at:016X} {len:06X} (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n")
    };
    format!(
        "Linux version 6.12.90-amd64 (x) #1 SMP\nCommand line: ro\n\
         BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n\
         BIOS-e820: [mem 0x0000000000100000-0x00000000bfffffff] usable\n\
         BIOS-e820: [mem 0x0000000100000000-{:#018x}] usable\nRAMDISK: [mem 0x7a000000-0x7dffffff]\n\
         ACPI: RSDP 0x00000000000F59D0 000014 (v00 BOCHS )\n{}{}{}",
        end - 1,
        table("RSDT", 0xbffe_25c6, 0x34),
        table("SRAT", 0xbffe_2500, 48 + 40 * nodes),
        entries.collect::<String>()
    )
}

#[test]
fn a_boot_that_does_not_come_up_meets_no_wish() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("log"), log_of(64)).unwrap();
    let wishes: String = (1..64).map(|node| format!("node {node} fully movable\n")).collect();
    fs::write(here.join("wishes"), &wishes).unwrap();
    let advised = acpihp(here, &["advise", "--dmesg", "log", "--policy", "wishes", "-J", "-o", "out"]);
    let view = answer::parse(&advised.stdout);
    assert_eq!((advised.status.code(), view["met"].as_bool()), (Some(1), Some(false)));
    // 4 GiB of page structures do not fit into the 3 GiB of node 0; those of one node less leave room.
    let unmet = view["unmet"].as_array().unwrap();
    assert_eq!(unmet.len(), 1, "{unmet:#?}");
    let why = unmet[0]["why"].as_str().unwrap();
    assert!(why.contains("does not come up") && why.contains("[boot-kernel-memory-short]"), "{why}");
    let risks = view["risks"].to_string();
    assert!(!risks.contains("boot-kernel-memory-short"), "{risks}");
    // A log shows the table in part, so that no file is made of it.
    assert!(view["archive"].is_null() && !here.join("out").exists());
    let step = &view["steps"][0];
    assert!(step["why"].as_str().unwrap().starts_with("on the machine itself"), "{step}");
    assert!(!step["command"].as_str().unwrap().contains("--dmesg"), "{step}");
    // A policy says so too.
    fs::write(here.join("wish"), "kernel keeps at least 1M\n").unwrap();
    machine(here, "hotplug");
    for (append, met) in [("mem=3G", true), ("mem=40M", false)] {
        let args = ["check", "machine.tar", "--policy", "wish", "--append", append, "-J"];
        let view = answer::parse(&acpihp(here, &args).stdout);
        let findings = view["findings"].as_array().unwrap();
        let failed = findings.iter().find(|one| one["code"].as_str().unwrap().starts_with("policy"));
        assert_eq!(failed.is_none(), met, "{append}: {findings:#?}");
        let why = failed.map(|one| one["message"].to_string()).unwrap_or_default();
        assert!(met || why.contains("does not come up"), "{why}");
    }
}
