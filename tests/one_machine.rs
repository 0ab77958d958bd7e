//! A machine is one machine: what is named is another one than the running one, and nothing of the running one is used.

use std::path::Path;
use std::process::Command;

const LOG: &str = "\
[    0.000000] Linux version 5.15.39-4-pve (build@x) (gcc) #1 SMP PVE 5.15.39-4
[    0.000000] Command line: root=/dev/sda1 ro movable_node
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable
[    0.000000] ACPI: RSDP 0x00000000000F5A10 000014 (v00 BOCHS )
";

fn run(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    let output = command.current_dir(folder).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// A folder with a table and a log.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/cases");
    std::fs::copy(cases.join("srat-rev4.aml"), folder.path().join("srat.aml")).unwrap();
    std::fs::write(folder.path().join("log"), LOG).unwrap();
    let grepped: Vec<&str> = LOG.lines().filter(|line| !line.contains("usable")).collect();
    std::fs::write(folder.path().join("grepped"), grepped.join("\n")).unwrap();
    folder
}

#[test]
fn a_log_says_which_machine_its_tables_are_of() {
    let folder = place();
    for args in
        [&["plan", "--from", "srat.aml", "--dmesg", "log", "-J"][..], &["plan", "--dmesg", "log", "-J"]]
    {
        let (out, error, status) = run(folder.path(), args);
        assert_eq!((status, error.as_str()), (0, ""), "{args:?}");
        let plan: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(plan["kernel"], "5.15.39-4-pve");
        assert_eq!(plan["command_line"], "root=/dev/sda1 ro movable_node");
        let end = plan["memory"].as_array().unwrap().iter().map(|range| range["end"].as_u64().unwrap()).max();
        assert_eq!(end, Some(0x8000_0000), "{args:?}");
    }
}

#[test]
fn what_is_not_known_of_another_machine_is_not_taken_from_this_one() {
    let folder = place();
    let (out, error, status) = run(folder.path(), &["plan", "--from", "srat.aml"]);
    assert_eq!((out.as_str(), status), ("", 3));
    assert!(error.contains("of another machine") && error.contains("--sysroot /"), "{error}");
    // The release and the command line of the running kernel are none of it either.
    let (out, _, status) = run(folder.path(), &["simulate", "--from", "srat.aml", "-J"]);
    let simulation: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, simulation["command_line"].as_str().unwrap_or("")), (0, ""));
    let codes: Vec<&str> =
        simulation["findings"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
    assert!(codes.contains(&"input-release-assumed"), "{codes:?}");
}

#[test]
fn a_log_without_the_lines_about_ram_has_no_memory_map() {
    let folder = place();
    for args in [&["plan", "--dmesg", "grepped"][..], &["plan", "--from", "srat.aml", "--dmesg", "grepped"]] {
        let (out, error, status) = run(folder.path(), args);
        assert_eq!((out.as_str(), status), ("", 3), "{args:?}");
        assert!(error.contains("no memory map: no line of this log"), "{error}");
    }
}
