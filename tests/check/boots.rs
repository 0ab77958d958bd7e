//! The rules held against recorded boots: what the kernel did with an archive and with the SRAT that was in force is what
//! the findings say beforehand.

use crate::recorded;

use acpihp::boot::install::TableOutcome;
use acpihp::boot::kernel::build::TableSource;
use acpihp::boot::kernel::config::Config;
use acpihp::boot::kernel::release::Release;
use acpihp::boot::stages::upgrade::Examined;
use acpihp::check::against;
use acpihp::check::{self, across::Named, archive};
use acpihp::finding::Severity;
use serde_json::Value;

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

#[test]
fn recorded_boots_did_what_the_findings_say() {
    let mut boots = recorded::both();
    boots.retain(|boot| boot.has("next/initrd.img"));
    assert!(boots.len() >= 15, "{} recordings", boots.len());
    let (mut tables_taken, mut replaced, mut refused) = (0, 0, 0);
    for boot in &boots {
        let recorded::Boot { name, case, truth, .. } = boot;
        let mut release = Release::parse(case["linux"].as_str().unwrap()).unwrap();
        if let Some(config) = boot.packed_text("proc/config.gz") {
            release = release.built_with(&Config::parse(&config));
        }
        let dmesg = boot.log().unwrap_or_default();
        let events: Vec<&str> =
            truth["override_events"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let count = |what: &str| events.iter().filter(|event| event.contains(what)).count();
        let initrd = boot.read("next/initrd.img").unwrap();
        if release.build.tables != TableSource::Initrd {
            assert!(events.is_empty(), "{name}: a kernel that looks for no tables");
            continue;
        }
        let checked = archive::check(&"initrd".into(), &initrd, &release);
        let accepted: Vec<_> =
            checked.files.iter().filter(|file| file.outcome == Examined::Accepted).collect();
        assert_eq!(accepted.len(), count("ACPI table found in initrd"), "{name}: tables taken");
        tables_taken += accepted.len();
        let cmdline = truth["cmdline"].as_str().unwrap_or("");
        // A tree that shows an earlier override, and boots that do not come to it, tell nothing of the next steps.
        let upgraded = boot.packed_text("var/log/dmesg.gz").is_some_and(|log| log.contains("Table Upgrade"));
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
        let firmware = boot.firmware();
        let firmware: Vec<Named<'_>> = firmware
            .iter()
            .filter(|table| table.name != "RSDT")
            .map(|table| Named { subject: table.name.raw(), base: 0, bytes: &table.bytes })
            .collect();
        let files: Vec<Named<'_>> =
            accepted.iter().map(|file| Named { subject: b"file", base: 0, bytes: file.entry.data }).collect();
        let (effects, _) = against::check(&files, &firmware, &release);
        let overrides =
            effects.iter().filter(|effect| matches!(effect, Some(TableOutcome::Override(_)))).count();
        let added = effects.iter().filter(|effect| matches!(effect, Some(TableOutcome::Install))).count();
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
                && (matches!(effect, Some(TableOutcome::Override(_)))
                    || in_firmware.is_none() && **effect == Some(TableOutcome::Install))
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
