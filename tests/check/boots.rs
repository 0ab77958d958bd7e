//! The rules held against recorded boots: what the kernel did with an archive and with the SRAT that was in force is what
//! the findings say beforehand.

use acpihp::boot::install::Fate;
use acpihp::boot::release::Release;
use acpihp::boot::upgrade::Outcome;
use acpihp::check::against;
use acpihp::check::{self, across::Named, archive};
use acpihp::container::gzip;
use acpihp::finding::Severity;
use acpihp::source::tables;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Rules after which Linux does not use the SRAT, whatever the memory map.
const FATAL: [&str; 7] = [
    "srat-padding",
    "srat-entry-zero-length",
    "srat-cpu-length",
    "srat-memory-length",
    "srat-domain-range",
    "srat-too-many-domains",
    "srat-no-memory",
];

/// What the kernel logs when the SRAT itself is to blame for that.
const REASONS: [&str; 3] = ["SRAT not used", "Invalid zero length", "overlaps with node"];

/// All recordings at hand: those of the repository, and more of them beside it.
fn recordings() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/boots", "../shared/boots"].map(|folder| root.join(folder));
    let mut found: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("truth/truth.json").is_file() && path.join("next/initrd.img").is_file())
        .collect();
    found.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    found.dedup_by_key(|path| path.file_name().map(ToOwned::to_owned));
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn log(path: &Path) -> String {
    let packed = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&gzip::head(&packed, 16 << 20).unwrap_or_default()).into_owned()
}

#[test]
fn recorded_boots_did_what_the_findings_say() {
    let boots = recordings();
    assert!(boots.len() >= 15, "{} recordings", boots.len());
    let (mut tables_taken, mut replaced, mut refused) = (0, 0, 0);
    for boot in &boots {
        let name = boot.file_name().unwrap().to_string_lossy().into_owned();
        let release = Release::parse(json(&boot.join("case.json"))["linux"].as_str().unwrap()).unwrap();
        let truth = json(&boot.join("truth/truth.json"));
        let dmesg = log(&boot.join("truth/dmesg.gz"));
        let events: Vec<&str> =
            truth["override_events"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let count = |what: &str| events.iter().filter(|event| event.contains(what)).count();
        let initrd = std::fs::read(boot.join("next/initrd.img")).unwrap();
        let checked = archive::check("initrd", &initrd, &release);
        let accepted: Vec<_> =
            checked.files.iter().filter(|file| file.outcome == Outcome::Accepted).collect();
        assert_eq!(accepted.len(), count("ACPI table found in initrd"), "{name}: tables taken");
        tables_taken += accepted.len();
        let cmdline = truth["cmdline"].as_str().unwrap_or("");
        // A tree that shows an earlier override, and boots that do not come to it, tell nothing of the next steps.
        let upgraded = log(&boot.join("machine/var/log/dmesg.gz")).contains("Table Upgrade");
        let stopped = count("locked down") > 0
            || cmdline.contains("acpi=off")
            || cmdline.contains("acpi_no_static_ssdt");
        if upgraded
            || stopped
            || cmdline.contains("acpi_rsdp")
            || ["root", "tables"].iter().any(|list| truth[*list].as_array().is_none_or(Vec::is_empty))
        {
            continue;
        }
        let firmware = tables::from_sysroot(&boot.join("machine")).unwrap().tables;
        let firmware: Vec<Named<'_>> = firmware
            .iter()
            .filter(|table| table.name != "RSDT")
            .map(|table| Named { subject: &table.name, base: 0, bytes: &table.bytes })
            .collect();
        let files: Vec<Named<'_>> =
            accepted.iter().map(|file| Named { subject: "file", base: 0, bytes: file.entry.data }).collect();
        let (effects, _) = against::check(&files, &firmware, &release);
        let overrides = effects.iter().filter(|effect| matches!(effect, Some(Fate::Override(_)))).count();
        let added = effects.iter().filter(|effect| matches!(effect, Some(Fate::Install))).count();
        assert_eq!(
            (overrides, added),
            (count("Table Upgrade: override"), count("Table Upgrade: install")),
            "{name}"
        );
        replaced += overrides;

        if ["numa=off", "numa=noacpi"].iter().any(|option| cmdline.contains(option)) || dmesg.is_empty() {
            continue;
        }
        let is_srat = |table: &Named<'_>| table.bytes.starts_with(b"SRAT");
        let in_firmware = firmware.iter().find(|table| is_srat(table));
        let from_archive = files.iter().zip(&effects).find(|(file, effect)| {
            is_srat(file)
                && (matches!(effect, Some(Fate::Override(_)))
                    || in_firmware.is_none() && **effect == Some(Fate::Install))
        });
        let Some(srat) = from_archive.map(|(file, _)| file).or(in_firmware) else { continue };
        let findings = check::table("SRAT", 0, srat.bytes);
        let errors: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.rule.code)
            .collect();
        let faked = dmesg.contains("No NUMA configuration found");
        // Walks over other tables use the same words.
        let of_srat = |line: &&str| !line.contains("Invalid zero length") || line.contains("SRAT");
        let blamed =
            dmesg.lines().filter(of_srat).any(|line| REASONS.iter().any(|reason| line.contains(reason)));
        if errors.iter().any(|code| FATAL.contains(code) || *code == "srat-domain-overlap") {
            assert!(faked, "{name}: {errors:?}, and the kernel used the SRAT");
            refused += 1;
        }
        let overlaps = findings.iter().any(|finding| finding.rule.code == "srat-domain-overlap");
        if blamed {
            assert!(
                !errors.is_empty() || overlaps,
                "{name}: the kernel refused the SRAT, and no error says so"
            );
        }
    }
    eprintln!(
        "{} boots: {tables_taken} tables taken, {replaced} replaced, {refused} SRATs refused, as the findings say",
        boots.len()
    );
}
