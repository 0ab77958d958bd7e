//! Override archives against recorded boots: what the kernel said of them is what we say.

#![allow(clippy::indexing_slicing)]

use acpihp::boot::signatures::taken_by;
use acpihp::boot::upgrade::{Lockdown, UpgradeRules, upgrade};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder beside the repository with data that a fresh clone does not have.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if !folder.is_dir() {
        eprintln!("skipped: no {}", folder.display());
        return None;
    }
    Some(folder)
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn release(text: &str) -> (u16, u16) {
    let mut parts = text.split(['.', '-']).map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

/// The lines of the kernel's log that come from looking through the archive.
fn is_ours(line: &str) -> bool {
    line.starts_with("File kernel/")
        || line.starts_with("ACPI: ")
            && (line.contains(" ACPI table found in initrd [")
                || line.contains("ACPI OVERRIDE: ")
                || line.contains("kernel is locked down, ignoring table override"))
}

#[test]
fn recorded_boots_said_the_same_of_their_archives() {
    let Some(boots) = shared("boots") else { return };
    let (mut compared, mut lines) = (0, 0);
    for boot in fs::read_dir(boots).unwrap() {
        let boot = boot.unwrap().path();
        let Ok(initrd) = fs::read(boot.join("next/initrd.img")) else { continue };
        let truth = json(&boot.join("truth/truth.json"));
        let release = release(truth["linux"].as_str().unwrap());
        let cmdline = fs::read_to_string(boot.join("next/cmdline")).unwrap();
        let lockdown = match (cmdline.contains("lockdown="), release >= (6, 12)) {
            (false, _) => Lockdown::Off,
            (true, false) => Lockdown::Refused,
            (true, true) => Lockdown::NotArmed,
        };
        let rules = UpgradeRules { limit: 64, signatures: taken_by(release), lockdown, prefixed: true };
        let log = upgrade(&initrd, &rules).log;
        let ours: Vec<_> = log.iter().map(|line| line.text.as_str()).collect();
        let events = truth["override_events"].as_array().unwrap();
        let theirs: Vec<_> =
            events.iter().filter_map(|line| line.as_str()).filter(|line| is_ours(line)).collect();
        assert_eq!(ours, theirs, "{}", boot.display());
        compared += 1;
        lines += ours.len();
    }
    eprintln!("{compared} boots, {lines} lines");
    assert!(compared > 0);
}
