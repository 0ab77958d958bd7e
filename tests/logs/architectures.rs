//! Other architectures: what holds is said, and the rest is refused for what it is.

use super::{DL165, codes, run};
use crate::answer;
use serde_json::Value;
use std::path::Path;

/// A SRAT with a GICC for domain 3 before that of domain 0, processors of x86 that count for nothing here, and memory of both.
fn srat() -> Vec<u8> {
    let mut table = b"SRAT".to_vec();
    table.resize(36, 0);
    table[8] = 3;
    table[10..24].copy_from_slice(b"BOCHS BXPC    ");
    table.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    table.extend([0, 16, 7, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for pxm in [3u32, 0] {
        table.extend([3, 18]);
        table.extend(pxm.to_le_bytes());
        table.extend([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }
    for (pxm, start) in [(0u32, 0x4000_0000u64), (3, 0x8000_0000)] {
        table.extend([1, 40]);
        table.extend(pxm.to_le_bytes());
        table.extend([0, 0]);
        table.extend(start.to_le_bytes());
        table.extend(0x4000_0000u64.to_le_bytes());
        table.extend([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    let length = u32::try_from(table.len()).unwrap();
    table[4..8].copy_from_slice(&length.to_le_bytes());
    table[9] = 0u8.wrapping_sub(table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)));
    table
}

fn tree(place: &Path) {
    let tables = place.join("root/sys/firmware/acpi/tables");
    std::fs::create_dir_all(&tables).unwrap();
    std::fs::create_dir_all(place.join("root/proc/sys/kernel")).unwrap();
    std::fs::write(tables.join("SRAT"), srat()).unwrap();
    std::fs::write(
        place.join("root/proc/cpuinfo"),
        "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n",
    )
    .unwrap();
    std::fs::write(place.join("root/proc/sys/kernel/osrelease"), "6.12.1\n").unwrap();
}

fn answer(place: &Path, args: &[&str]) -> (Value, i32) {
    let output = run(place, args);
    (answer::parse(&output.stdout), output.status.code().unwrap())
}

#[test]
fn arm64_has_domains_and_no_zones() {
    let place = tempfile::tempdir().unwrap();
    tree(place.path());
    let (plan, status) = answer(place.path(), &["plan", "--sysroot", "root", "-J"]);
    assert_eq!(
        (status, plan["architecture"].as_str(), plan["modelled"].as_bool()),
        (1, Some("arm64"), Some(false))
    );
    assert_eq!(codes(&plan), ["architecture-not-modelled"]);
    for list in ["zones", "movable_zone_start", "srat_memory", "memory", "nodes", "ranges", "blockers"] {
        assert_eq!(plan[list], serde_json::json!([]), "{list}");
    }
    let domains: Vec<(u64, u64)> = plan["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["node"].as_u64().unwrap(), one["pxm"].as_u64().unwrap()))
        .collect();
    assert_eq!(domains, [(1, 0), (0, 3)], "GICC entries number the nodes");
    let text = run(place.path(), &["plan", "--sysroot", "root"]);
    assert!(String::from_utf8(text.stdout).unwrap().contains("arm64: zones are not modelled"));
}

#[test]
fn arm64_nodes_are_those_of_gicc_entries_in_edit_and_diff() {
    let place = tempfile::tempdir().unwrap();
    tree(place.path());
    let args = ["edit", "SRAT", "--sysroot", "root", "--hotplug", "node=0", "-o", "marked.aml"];
    assert_eq!(run(place.path(), &args).status.code(), Some(0));
    let (diff, _) = answer(place.path(), &["diff", "root/sys/firmware/acpi/tables/SRAT", "marked.aml", "-J"]);
    let marked: Vec<u64> = diff["domains"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["hotpluggable"].as_u64() > Some(0))
        .map(|one| one["pxm"].as_u64().unwrap())
        .collect();
    assert_eq!(marked, [3]);
}

#[test]
fn an_override_on_arm64_is_applied_at_an_unknown_place() {
    let place = tempfile::tempdir().unwrap();
    tree(place.path());
    let args = ["edit", "SRAT", "--sysroot", "root", "--hotplug", "node=0", "-o", "marked.aml"];
    assert_eq!(run(place.path(), &args).status.code(), Some(0));
    let (simulation, status) =
        answer(place.path(), &["simulate", "--sysroot", "root", "--override", "marked.aml", "-J"]);
    assert_eq!((status, simulation["modelled"].as_bool()), (0, Some(false)));
    assert_eq!(simulation["archive"][0]["outcome"], "override");
    assert_eq!(simulation["tables"][0]["address"], Value::Null);
    assert!(!simulation["kernel_lines"].to_string().contains("Reserving"));
}

#[test]
fn logs_of_others_say_what_they_are() {
    let place = tempfile::tempdir().unwrap();
    let arm = "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x51af8014]\n\
               [    0.000000] Linux version 5.0.0-rc2 (x) #7 SMP\n\
               [    0.000000] Zone ranges:\n[    0.000000]   DMA32    [mem 0x0000000080000000-0x00000000ffffffff]\n\
               [    0.000000] psci: probing for conduit method from DT.\n";
    let narrow =
        DL165.replace("Zone ranges:", "132MB HIGHMEM available.\n891MB LOWMEM available.\nZone ranges:");
    let xen = DL165.replace("BIOS-e820: ", "Xen: ");
    let old_arm = "[    0.000000] Booting Linux on physical CPU 0x0\n\
               [    0.000000] Linux version 6.1.0-armmp (x) #1 SMP\n\
               [    0.000000] CPU: ARMv7 Processor [410fc075] revision 5 (ARMv7), cr=10c5387d\n\
               [    0.000000] Zone ranges:\n[    0.000000]   HighMem  [mem 0x0000000070000000-0x000000007fffffff]\n";
    let z = "[    0.000000] Linux version 6.1.0-s390x (x) #1 SMP\n\
             [    0.000000] Zone ranges:\n[    0.000000]   DMA      [mem 0x0000000000000000-0x000000007fffffff]\n";
    for (log, words, arch) in [
        (arm, "arm64", "arm64"),
        (old_arm, "arm", "arm"),
        (z, "s390x", "s390x"),
        (&narrow, "32-bit x86", "i386"),
        (&xen, "Xen PV", "x86_64"),
    ] {
        std::fs::write(place.path().join("log"), log).unwrap();
        let (plan, status) = answer(place.path(), &["plan", "--dmesg", "log", "-J"]);
        assert_eq!(
            (status, plan["architecture"].as_str(), plan["modelled"].as_bool()),
            (1, Some(arch), Some(false))
        );
        let message = plan["findings"][0]["message"].as_str().unwrap();
        assert_eq!(message, format!("{words}: zones are not modelled"));
    }
    std::fs::write(place.path().join("log"), DL165).unwrap();
    let (plan, status) = answer(place.path(), &["plan", "--dmesg", "log", "-J"]);
    assert_eq!(
        (status, plan["architecture"].as_str(), plan["modelled"].as_bool()),
        (0, Some("x86_64"), Some(true))
    );
}

/// The lines of a kernel of arm64 on the machine of [`tree`].
const ARM64: &str = "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]\n\
    [    0.000000] Linux version 6.12.1 (x@x) #1 SMP\n\
    [    0.000000] ACPI: SRAT 0x000000005F0FE898 0000BC (v03 BOCHS  BXPC     00000001 BXPC 00000001)\n\
    [    0.000000] ACPI: SRAT: Node 1 PXM 0 [mem 0x40000000-0x7fffffff]\n\
    [    0.000000] ACPI: SRAT: Node 0 PXM 3 [mem 0x80000000-0xbfffffff]\n\
    [    0.000000] Zone ranges:\n\
    [    0.000000]   DMA      [mem 0x0000000040000000-0x00000000bfffffff]\n\
    [    0.000000] Early memory node ranges\n\
    [    0.000000]   node   1: [mem 0x0000000040000000-0x000000007fffffff]\n\
    [    0.000000] psci: probing for conduit method from ACPI.\n";

/// What doctor answers to a link, with its status and the whole report.
fn doctor(place: &Path, args: &[&str], link: &str) -> (Value, Value) {
    let (report, _) = answer(place, &[&["doctor", "-J"], args].concat());
    let checks = report["checks"].as_array().unwrap();
    (checks.iter().find(|check| check["name"] == link).cloned().unwrap_or_default(), report)
}

#[test]
fn doctor_judges_the_entries_of_a_srat_and_no_zones() {
    let place = tempfile::tempdir().unwrap();
    tree(place.path());
    let log = place.path().join("root/var/log/dmesg");
    std::fs::create_dir_all(log.parent().unwrap()).unwrap();
    std::fs::write(&log, ARM64).unwrap();
    let (zones, report) = doctor(place.path(), &["--sysroot", "root"], "zones");
    assert_eq!(
        (zones["status"].as_str(), zones["code"].as_str()),
        (Some("unknown"), Some("architecture-not-modelled"))
    );
    assert_eq!(zones["message"], "arm64: zones are not modelled");
    let (srat, _) = doctor(place.path(), &["--sysroot", "root"], "srat");
    assert_eq!(srat["status"], "ok", "GICC entries number the nodes: {report:#}");
    assert_eq!(report["broken"], Value::Null);
    // Entries that differ are no reason to report a fault of the model.
    std::fs::write(&log, ARM64.replace("Node 0 PXM 3", "Node 2 PXM 3")).unwrap();
    let (srat, report) = doctor(place.path(), &["--sysroot", "root"], "srat");
    assert_eq!(srat["status"], "unknown");
    assert!(srat["evidence"].to_string().contains("found: Node 2 PXM 3"));
    assert!(!report.to_string().contains("report it"), "{report:#}");
}

#[test]
fn doctor_says_which_logs_are_of_platforms_that_are_not_modelled() {
    let place = tempfile::tempdir().unwrap();
    let narrow =
        DL165.replace("Zone ranges:", "132MB HIGHMEM available.\n891MB LOWMEM available.\nZone ranges:");
    let xen = DL165.replace("BIOS-e820: ", "Xen: ");
    for (log, words) in [(ARM64, "arm64"), (&narrow, "32-bit x86"), (&xen, "Xen PV")] {
        std::fs::write(place.path().join("log"), log).unwrap();
        let (zones, report) = doctor(place.path(), &["--dmesg", "log"], "zones");
        assert_eq!(zones["message"], format!("{words}: zones are not modelled"));
        assert_eq!((&zones["status"], &report["broken"]), (&Value::from("unknown"), &Value::Null));
        assert!(!report.to_string().contains("report it"), "{report:#}");
    }
    std::fs::write(place.path().join("log"), DL165).unwrap();
    let (zones, _) = doctor(place.path(), &["--dmesg", "log"], "zones");
    assert_ne!(zones["code"], "architecture-not-modelled");
}

#[test]
fn zones_are_not_compared_with_those_of_a_memory_map_that_nobody_has() {
    let place = tempfile::tempdir().unwrap();
    let log = "Linux version 6.1.0 (x@x) #1 UML\nZone ranges:\n  Normal   [mem 0x0000000000000000-0x000000001fffffff]\n";
    std::fs::write(place.path().join("log"), log).unwrap();
    let (zones, report) = doctor(place.path(), &["--dmesg", "log"], "zones");
    assert_eq!(zones["message"], "there is no memory map to predict from", "{report:#}");
    assert_eq!((&zones["status"], &report["broken"]), (&Value::from("unknown"), &Value::Null));
}
