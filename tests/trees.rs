//! `--sysroot` with an archive: it answers as the folder does that was packed, whoever packed it.

#![allow(clippy::indexing_slicing)]

use crate::{answer, recorded, skip};

use acpihp::container::tar::{self, TarContent};
use std::process::{Command, Output, Stdio};

fn acpihp(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).stdin(Stdio::null()).output().unwrap()
}

/// A recorded machine as a folder `machine` in another.
fn machine() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    recorded::named("C-k61-034").unpack(&folder.path().join("machine"));
    folder
}

/// What commands say of a machine.
fn answers(root: &str) -> Vec<String> {
    let commands: [&[&str]; 4] = [
        &["dump", "-J"],
        &["dump", "SRAT", "-J"],
        &["simulate", "-J"],
        &["plan", "--numa", "--cmdline", "movable_node nokaslr", "-J"],
    ];
    let answer = |command: &&[&str]| {
        let done = acpihp(&[command, &["--sysroot", root][..]].concat());
        assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
        answer::of(&done);
        // Where a table was read is the one thing that differs.
        String::from_utf8(done.stdout).unwrap().replace(root, "ROOT")
    };
    commands.iter().map(answer).collect()
}

#[test]
fn every_tar_answers_as_the_folder() {
    if !skip::program("tar") {
        return;
    }
    let machine = machine();
    let (around, inside) = (machine.path(), machine.path().join("machine"));
    let inside = inside.as_path();
    let folder = tempfile::tempdir().unwrap();
    let wanted = answers(inside.to_str().unwrap());
    let recording = recorded::named("C-k61-034").sysroot();
    assert_eq!(answers(recording.to_str().unwrap()), wanted, "the recording itself");
    for (name, args, from, what) in [
        ("gnu.tar", &["--format=gnu"][..], inside, "."),
        ("pax.tar", &["--format=pax"], inside, "."),
        ("ustar.tar", &["--format=ustar"], inside, "."),
        ("v7.tar", &["--format=v7"], inside, "."),
        ("packed.tgz", &["-z"], inside, "."),
        // A folder around it all, as whoever packs by a file manager has it.
        ("around.tar", &[], around, "machine"),
    ] {
        let path = folder.path().join(name);
        let packed =
            Command::new("tar").arg("-C").arg(from).args(args).arg("-cf").arg(&path).arg(what).status();
        assert!(packed.unwrap().success(), "{name}");
        let path = path.to_str().unwrap();
        assert_eq!(answers(path), wanted, "{name}");
        let list = |arg| String::from_utf8(acpihp(&["dump", arg, path]).stdout).unwrap();
        assert_eq!(list("--from"), list("--sysroot"), "{name}");
    }
}

#[test]
fn what_is_no_tree_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let error = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let done = acpihp(&["plan", "--numa", "--sysroot", path.to_str().unwrap()]);
        assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stdout));
        let text = String::from_utf8(done.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    };
    let whole = tar::write([("proc/cmdline", TarContent::File(&[b'x'; 600]))], 0).unwrap();
    assert!(error(b"hello\n").contains("found text that begins \"hello\""));
    assert!(error(b"").contains("nothing: the file is empty"));
    assert!(error(b"\x1f\x8b\x08\0damaged").contains("file: "));
    assert!(error(&whole[..1000]).contains("byte 512: found damage"));
    assert!(error(&whole).contains("no memory map"));
}

#[test]
fn links_are_followed_inside_an_archive_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.tar");
    let srat = recorded::named("C-k61-034").read("sys/firmware/acpi/tables/SRAT").unwrap();
    let table =
        |content| [("proc/x", TarContent::File(&srat[..])), ("sys/firmware/acpi/tables/SRAT", content)];
    for (target, found) in [
        ("../../../../proc/x", true),
        ("/proc/x", true),
        ("../../../../../proc/x", false),
        ("/proc/cmdline", false),
        ("SRAT", false),
    ] {
        std::fs::write(&path, tar::write(table(TarContent::Link(target)), 0).unwrap()).unwrap();
        let done = acpihp(&["dump", "--sysroot", path.to_str().unwrap()]);
        assert_eq!(done.status.success(), found, "{target}: {}", String::from_utf8_lossy(&done.stderr));
    }
}
