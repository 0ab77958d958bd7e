//! The commands that findings, plans and explanations name: each runs on a sample, and does what it is named for.

#![allow(clippy::indexing_slicing)]

use crate::answer;
use acpihp::finding::registry;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, words: &[String]) -> Output {
    let (program, args) = words.split_first().unwrap();
    assert_eq!(program, "acpihp", "{words:?}");
    Command::new(env!("CARGO_BIN_EXE_acpihp")).current_dir(folder).args(args).output().unwrap()
}

/// The words of a command, as a shell takes them.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in command.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    assert!(!quoted, "{command}");
    words.push(word);
    words
}

fn well(output: &Output, what: &dyn std::fmt::Debug) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{what:?}: {:?} {said}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A log with what a prediction needs.
const LOG: &str = "\
[    0.000000] Linux version 6.12.0 (a@b) (gcc) #1 SMP
[    0.000000] Command line: movable_node nokaslr
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000007ffdffff] usable
[    0.000000] BIOS-e820: [mem 0x0000000100000000-0x00000001ffffffff] usable
";

/// Files for the words in capitals.
fn stage(folder: &Path) {
    let here = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let run = |command: &str| well(&run(folder, &words(command)), &command);
    run("acpihp dump --sample hotplug -o tables");
    std::fs::copy(here("samples/hotplug/machine/sys/firmware/acpi/tables/SRAT"), folder.join("srat.aml"))
        .unwrap();
    run("acpihp mkinitrd-override srat.aml -o early.img");
    std::fs::copy(here("tests/cmd/check.in/slit.aml"), folder.join("slit.aml")).unwrap();
    std::fs::write(folder.join("boot.log"), LOG).unwrap();
    let drivers = (0..300).map(|number| format!("CONFIG_DRIVER_{number}=m\n"));
    let config =
        "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_ACPI=y\nCONFIG_ACPI_TABLE_UPGRADE=y\n".to_owned();
    let config = drivers.fold(config, |all, line| all + &line);
    std::fs::write(folder.join("config"), config).unwrap();
    std::fs::write(folder.join("acpi.policy"), "node 2 fully movable\n").unwrap();
    std::fs::write(folder.join("srat.dsl"), run("acpihp template SRAT")).unwrap();
}

/// What a command says with all that it leaves open filled in.
fn filled(command: &str) -> Vec<String> {
    let file = match command {
        _ if command.contains("--distance") => "slit.aml",

        _ if command.contains(" build ") => "srat.dsl",
        _ if command.contains("--from") => "tables",
        _ => "srat.aml",
    };
    let places = [
        ("PATH=VALUE", "Oem Revision=9"),
        ("A,B=N", "0,1=21"),
        ("START-END", "4G-5G"),
        ("INITRD", "early.img"),
        ("IMAGE", "early.img"),
        ("ADDRESS", "0x100000000"),
        ("RELEASE", "6.12"),
        ("POLICY", "acpi.policy"),
        ("CONFIG", "config"),
        ("FILE", file),
        ("DUMP", "tables"),
        ("NEW", "new"),
        ("DIR", "folder"),
        ("LOG", "boot.log"),
        ("TEXT", "ABCD"),
        ("SIZE", "1G"),
        ("LINE", "movable_node"),
        ("[N]", "[1]"),
        ("=N", "=1"),
        ("N,N", "1,1"),
        (" N", " 1"),
    ];
    let mut command = command.to_owned();
    for (name, value) in places {
        command = command.replace(name, value);
    }
    // The machine that the commands are about is a sample.
    let of_machine = ["plan", "advise", "simulate", "doctor", "edit SRAT", "dump SRAT"];
    if of_machine.iter().any(|name| command.starts_with(&format!("acpihp {name}"))) {
        command += " --sample hotplug";
    }
    if command.contains(" capture ") {
        command += &format!(" --sysroot {}/samples/hotplug/machine", env!("CARGO_MANIFEST_DIR"));
    }
    if command.contains("-acpi=off") {
        command += " --cmdline acpi=off";
    }
    words(&command)
}

#[test]
fn every_command_of_a_rule_runs() {
    let folder = tempfile::tempdir().unwrap();
    stage(folder.path());
    let mut seen = 0;
    for rule in registry::all() {
        let Some(command) = rule.command() else { continue };
        seen += 1;
        let words = filled(command);
        for word in &words[1..] {
            let open = word.split(|letter: char| !letter.is_ascii_alphanumeric());
            let known = ["SRAT", "ABCD", "ID", "", "1G", "5G", "4G"];
            let is_open =
                |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase()) && !known.contains(&part);
            assert!(!open.clone().any(is_open), "{}: {word} is left open", rule.code);
        }
        let (new, into) = (folder.path().join("new"), folder.path().join("folder"));
        let _ = (std::fs::remove_file(&new), std::fs::remove_dir_all(&into));
        well(&run(folder.path(), &words), &(rule.code, &words));
        if command.contains("NEW") {
            assert!(new.exists(), "{}: {words:?} wrote nothing", rule.code);
        }
    }
    assert!(seen > 300, "{seen}");
}

/// The command of the one next step that a plan has.
fn next(folder: &Path, command: &str) -> Vec<String> {
    let mut words = words(command);
    let text = well(&run(folder, &words), &command);
    words.push("-J".to_owned());
    let json = answer::parse(&run(folder, &words).stdout);
    let steps = json["next_steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{steps:?}");
    let step = steps[0]["command"].as_str().unwrap();
    assert!(text.contains(&format!("\n      {step}\n")), "{text}");
    self::words(step)
}

#[test]
fn a_plan_leads_to_movable_memory() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Nothing is marked: the command marks a node.
    let edit = next(folder, "acpihp plan --sample unmarked --cmdline 'movable_node nokaslr'");
    let text = well(&run(folder, &edit), &edit);
    assert!(text.contains("0 B  2 GiB"), "{text}");
    assert!(folder.join("acpi.img").exists());
    // Something is marked, and nothing asks for it: the command asks.
    let plan = next(folder, "acpihp plan --sample unmarked --initrd acpi.img --cmdline nokaslr");
    let plan: Vec<String> = plan.into_iter().chain(["--initrd", "acpi.img"].map(str::to_owned)).collect();
    assert!(well(&run(folder, &plan), &plan).contains("2 GiB of 6 GiB"));
    for done in ["hotplug", "unmarked --cmdline quiet", "unmarked --cmdline 'movable_node numa=off'"] {
        let command = format!("acpihp plan --sample {done}");
        assert!(!well(&run(folder, &words(&command)), &command).contains("next:"), "{done}");
    }
}

#[test]
fn an_edit_says_what_the_command_line_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let command = "acpihp edit SRAT --sample unmarked --hotplug node=2 --plan";
    let text = well(&run(folder.path(), &words(command)), &command);
    assert!(text.contains("next: ") && text.contains("--append movable_node"), "{text}");
    let command = format!("{command} --append movable_node");
    assert!(!well(&run(folder.path(), &words(&command)), &command).contains("next:"));
}

#[test]
fn what_check_says_of_a_file_fixes_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    stage(folder);
    let mut bytes = std::fs::read(folder.join("srat.aml")).unwrap();
    bytes[9] ^= 0x40;
    std::fs::write(folder.join("wrong sum.aml"), bytes).unwrap();
    for (command, code, after) in [
        ("acpihp check srat.aml --against tables --kernel 6.12 -v", "override-in-force", None),
        ("acpihp check 'wrong sum.aml' --kernel 6.12", "table-checksum", Some("check new --kernel 6.12")),
    ] {
        let text = well(&run(folder, &words(command)), &command);
        assert!(text.contains(code), "{text}");
        let named = text.lines().find(|line| line.trim_start().starts_with("acpihp "));
        assert_eq!(named.is_some(), after.is_some(), "{text}");
        let (Some(named), Some(after)) = (named, after) else { continue };
        well(&run(folder, &words(&named.trim().replace("NEW", "new"))), &named);
        let text = well(&run(folder, &words(&format!("acpihp {after}"))), &after);
        assert!(!text.contains(code) && text.contains("accepts it"), "{text}");
    }
    // Not newer: the revision that the command names is enough.
    let changed = "acpihp edit srat.aml --hotplug node=0 --oem-revision keep -o same.aml";
    well(&run(folder, &words(changed)), &changed);
    let check = "acpihp check same.aml --against tables --kernel 6.12";
    let text = well(&run(folder, &words(check)), &check);
    let named = text.lines().find(|line| line.contains("--oem-revision")).unwrap_or_else(|| panic!("{text}"));
    let named = named.trim().replace("NEW", "newer.aml");
    well(&run(folder, &words(&named)), &named);
    let check = "acpihp check newer.aml --against tables --kernel 6.12";
    let text = well(&run(folder, &words(check)), &check);
    assert!(text.contains("overrides the firmware's SRAT"), "{text}");
}
