//! No answer about a machine that is named changes with the host that it is computed on.

use super::DL165;
use crate::skip;
use std::path::Path;
use std::process::Command;

/// Commands about other machines; `{}` is the folder of the test's tables.
const COMMANDS: [&str; 15] = [
    "plan --dmesg log -J",
    "plan --from log -J",
    "plan --from {}/dl165 --dmesg log -J",
    "plan --sample hotplug --hot-add 16G-17G -J",
    "simulate --from {}/dl165 -J",
    "simulate --sample hotplug -J",
    "check {}/dl165/srat.dat --against log -J",
    "diff log {}/prec5810.log -J",
    "dump --from {}/dl165 -J",
    "doctor --from {}/dl165 --dmesg log -J",
    "doctor --sample hotplug -J",
    "edit SRAT --sample hotplug --hotplug node=1 --plan -J",
    "mkinitrd-override {}/dl165/srat.dat --against log --force -o out.img -J",
    "inspect {}/../cmd/inspect.in/behind.img -J",
    "where 0x100000000 --sample hotplug -J",
];

/// Another host: its own /proc/cmdline, release and memory map hidden below an empty /sys, and a /proc without them.
const OTHER_HOST: &str = "mount -t tmpfs none /sys && mount -t tmpfs none /proc && exec \"$@\"";

fn program(folder: &Path, other: bool, line: &str) -> Command {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let words: Vec<String> =
        line.split(' ').map(|word| word.replace("{}", &tables.display().to_string())).collect();
    let mut command = match other {
        true => {
            let mut command = Command::new("unshare");
            command.args(["--mount", "--map-root-user", "sh", "-c", OTHER_HOST, "sh"]);
            command.arg(env!("CARGO_BIN_EXE_acpihp"));
            command
        }
        false => Command::new(env!("CARGO_BIN_EXE_acpihp")),
    };
    command.args(words).current_dir(folder);
    command
}

#[test]
fn another_host_gives_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log"), DL165).unwrap();
    let tried = program(folder.path(), true, "--version").output();
    if !tried.is_ok_and(|output| output.status.success()) {
        skip::skip("unshare", "unshare --mount is not there, or not allowed");
        return;
    }
    for line in COMMANDS {
        let [here, there] = [false, true].map(|other| program(folder.path(), other, line).output().unwrap());
        assert!(!here.stdout.is_empty(), "{line}: {}", String::from_utf8_lossy(&here.stderr));
        assert_eq!(
            here.status.code(),
            there.status.code(),
            "{line}: {}",
            String::from_utf8_lossy(&there.stderr)
        );
        assert_eq!(String::from_utf8_lossy(&here.stdout), String::from_utf8_lossy(&there.stdout), "{line}");
    }
}
