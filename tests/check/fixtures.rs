//! The small files that the transcripts of commands work on are those that the builders here make.

use super::build::*;
use std::path::Path;

/// The clean SRAT with a range that reaches into another domain.
fn overlapping() -> Vec<u8> {
    srat(&[clean_entries(), vec![memory(1, 0x7000_0000, 0x1000_0000, ENABLED)]].concat())
}

fn newer(mut table: Vec<u8>) -> Vec<u8> {
    table[24] = 2;
    resum(table)
}

const POLICY: &str =
    "# What the archive is for.\nonly SRAT\noverride SRAT wins\nno table added\nmovable at least 1G\n";

const WAIVERS: &str = "# Known.\n\
    srat-domain-overlap in overlap.aml until 9999-12-31: the vendor knows\n\
    slit-distance until 2020-12-31: a new firmware was promised\n\
    srat-all-hotpluggable until 9999-12-31: a virtual machine\n";

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let name = "kernel/firmware/acpi/srat.aml";
    let mut bad = clean_srat();
    bad[60] = 1;
    let main = gzip(&[file("init", b"#!/bin/sh"), trailer()].concat());
    let archive = [file(name, &newer(clean_srat())), trailer()].concat();
    let mixed =
        [file(name, &bad), file("./kernel/firmware/acpi/slit.aml", &slit(2, &[10, 20, 20, 10])), trailer()];
    let mut late = main.clone();
    late.resize(main.len().next_multiple_of(4), 0);
    let firmware = [clean_srat(), madt(&[0, 1]), table(b"SSDT", 2, &[0xa3; 4])].concat();
    vec![
        ("srat.aml", clean_srat()),
        ("newer.aml", newer(clean_srat())),
        ("overlap.aml", overlapping()),
        ("slit.aml", slit(3, &[10, 20, 10, 21, 10, 30, 10, 30, 10])),
        ("cut.aml", clean_srat()[..100].to_vec()),
        (
            "hyperv.aml",
            srat(&[cpu(0, 0), memory(0, 0, 0x4000_0000, HOT), memory(0, 0x1_0000_0000, 1 << 32, HOT)]),
        ),
        ("firmware.bin", firmware),
        ("override.img", [archive.clone(), main].concat()),
        ("mixed.cpio", mixed.concat()),
        ("late.img", [late, archive].concat()),
        ("empty", vec![]),
        ("acpi.policy", POLICY.into()),
        ("bad.policy", "# so far\nno table added\nnode one fully movable\n".into()),
        ("acpi.waivers", WAIVERS.into()),
        ("bad.waivers", "srat-domain-overlap until 2026-02-30: the board\n".into()),
        ("notes.txt", b"Nothing of use here.\n".to_vec()),
    ]
}

#[test]
fn transcripts_work_on_current_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in");
    let overwrite = std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite");
    for (name, bytes) in files() {
        let path = folder.join(name);
        if overwrite {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let renew = "renew with: SNAPSHOTS=overwrite cargo test --test integration check::";
        assert!(
            std::fs::read(&path).is_ok_and(|there| there == bytes),
            "{} is out of date; {renew}",
            path.display()
        );
    }
}
