//! What `acpihp check` does with inputs and outputs that are not as they should be: a message or a finding, the right
//! status, and an end.

use super::build::*;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn acpihp(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .current_dir(folder)
        .arg("check")
        .args(args)
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs check on one file with these bytes.
fn on(name: &str, bytes: &[u8]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let output = acpihp(folder.path(), &[name]);
    (status(&output), text(&output.stdout), text(&output.stderr))
}

#[test]
fn damaged_tables_are_findings() {
    let srat = clean_srat();
    let mut long = srat.clone();
    long[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut short = srat.clone();
    short[4] = 20;
    let mut hostile = srat.clone();
    hostile[10..14].copy_from_slice(b"\x1b[2J");
    for (code, bytes) in [
        ("table-header-short", srat[..30].to_vec()),
        ("table-truncated", srat[..100].to_vec()),
        ("table-truncated", long),
        ("table-length-short", short),
        ("table-checksum", hostile.clone()),
        ("table-id-unprintable", resum(hostile)),
        ("table-utf8-mangled", String::from_utf8_lossy(&srat).into_owned().into_bytes()),
        ("table-trailing-bytes", [&srat[..], b"????"].concat()),
    ] {
        let (status, out, err) = on("t.aml", &bytes);
        assert!(out.contains(&format!("[{code}] at 0x")), "{code}: {out}{err}");
        assert!(status == i32::from(out.contains("error[")) && err.is_empty(), "{code}: {status} {err}");
        assert!(!out.contains('\x1b'), "{code}: {out:?}");
    }
}

#[test]
fn what_is_no_acpi_data_is_status_3() {
    for (bytes, said) in [
        (&b""[..], "empty"),
        (b"hello\nworld\n", "text that begins \"hello\""),
        (b"\0\0\0\0\0\0\0\0", "expected"),
        (b"\x7fELF\x02\x01\x01", "ELF"),
        (b"SR", "expected"),
    ] {
        let (status, out, err) = on("x", bytes);
        assert!(status == 3 && out.starts_with("x: not read\n"), "{said}: {status} {out}");
        assert!(
            err.starts_with("acpihp: x: ") && err.contains(said) && err.lines().count() == 1,
            "{said}: {err}"
        );
    }
}

#[test]
fn places_that_hold_no_file_are_status_3() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let sparse = std::fs::File::create(folder.path().join("sparse")).unwrap();
    sparse.set_len(4 << 30).unwrap();
    std::fs::write(folder.path().join("good"), clean_srat()).unwrap();
    for path in ["missing", "folder", "sparse", "/dev/zero", "/dev/null", "good/below"] {
        let output = acpihp(folder.path(), &[path]);
        let err = text(&output.stderr);
        assert!(status(&output) == 3 && err.lines().count() == 1 && err.contains(path), "{path}: {err}");
        // The others are checked all the same.
        let output = acpihp(folder.path(), &[path, "good"]);
        assert!(status(&output) == 3 && text(&output.stdout).contains("good: Linux"), "{path}");
    }
}

#[test]
fn standard_input_is_taken_once_for_any_kind() {
    let archive = [file("kernel/firmware/acpi/srat.aml", &clean_srat()), trailer()].concat();
    for (bytes, said) in
        [(clean_srat(), "-: Linux"), (archive, "takes the table in it"), (madt(&[0, 0]), "madt-cpu-twice")]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_acpihp"))
            .args(["check", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(status(&output) == 0 && text(&output.stdout).contains(said), "{said}: {output:?}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error_and_a_full_disk_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.aml"), clean_srat()).unwrap();
    let run = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        command.current_dir(folder.path()).args(["check", "-J", "t.aml"]).stdout(out).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        (status(&output), text(&output.stderr))
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run(writer.into()), (0, String::new()));
    if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
        let (status, err) = run(full.into());
        assert!(status == 3 && err.contains("standard output"), "{status} {err}");
    }
}

#[test]
fn severities_and_allowed_codes_decide_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let warned = srat(&[cpu(0, 0), memory(0, 0, 1 << 30, HOT)]);
    let unsorted = srat(&[cpu(0, 0), memory(0, 1 << 32, 1 << 30, 1), memory(0, 0, 1 << 30, 1)]);
    for (name, bytes) in [
        ("warned", warned),
        ("unsorted", unsorted),
        ("clean", clean_srat()),
        ("cut", clean_srat()[..60].to_vec()),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let code = |args: &[&str]| status(&acpihp(folder.path(), args));
    for (file, statuses) in
        [("clean", [0, 0, 0, 0]), ("unsorted", [0, 0, 1, 0]), ("warned", [0, 1, 1, 0]), ("cut", [1, 1, 1, 0])]
    {
        let found = ["error", "warning", "info", "never"].map(|level| code(&[file, "--fail-on", level]));
        assert_eq!(found, statuses, "{file}");
    }
    let allow = ["--allow", "srat-hotplug-low-memory", "--allow", "srat-all-hotpluggable"];
    assert_eq!(code(&[&["warned", "--fail-on", "info"][..], &allow].concat()), 0);
    for wrong in [
        &["clean", "--allow", "no-such-code"][..],
        &["clean", "--kernel", "x"],
        &["clean", "--kernel", "2.6"],
        &[],
        &["clean", "--fail-on", "x"],
    ] {
        assert_eq!(code(wrong), 2, "{wrong:?}");
    }
    assert_eq!(code(&["clean", "--against", "missing"]), 3);
}
