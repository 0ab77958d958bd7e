//! Which tables are installed, by release, flow and option: cases with known answers.

#![allow(clippy::indexing_slicing)]

use crate::tablemaker;

use acpihp::boot::derived::compare::{self, Side};
use acpihp::boot::install::two_step::early::{EarlyFault, EarlyOrigin};
use acpihp::boot::install::{Firmware, Flow, TableOutcome, Unused, next_dynamic_ssdt};
use acpihp::boot::kernel::build::TableSource;
use acpihp::boot::{Machine, NextBoot, Outcome, derived::table_findings, predict};
use tablemaker::*;

const IDS: (&[u8; 6], &[u8; 8]) = (b"MADE  ", b"MADETEST");
const OTHER: (&[u8; 6], &[u8; 8]) = (b"OTHER ", b"MADETEST");
const DSDT_AT: u64 = 0x7f00_0000;
const FACS_AT: u64 = 0x7f10_0000;

fn dsdt(revision: u32) -> Vec<u8> {
    table(b"DSDT", IDS, revision, &[1; 20])
}

fn ssdt(revision: u32, byte: u8) -> Vec<u8> {
    table(b"SSDT", IDS, revision, &[byte; 10])
}

fn srat(ids: (&[u8; 6], &[u8; 8]), revision: u32, memory: &[Memory]) -> Vec<u8> {
    table(b"SRAT", ids, revision, &srat_body(memory))
}

/// Node 0 below 4 GiB, node 1 above it with these flags.
fn two_nodes(flags: u32) -> [Memory; 2] {
    [(0, 0, 4096, 1), (1, 4096, 6144, flags)]
}

/// FADT, MADT, SRAT and two SSDTs of one identity behind an RSDT and an XSDT.
fn usual() -> Vec<(u64, Vec<u8>)> {
    vec![
        (0x1000, fadt((FACS_AT as u32, DSDT_AT as u32), (0, DSDT_AT), 0)),
        (DSDT_AT, dsdt(1)),
        (FACS_AT, facs()),
        (0x2000, table(b"APIC", IDS, 1, &[0; 8])),
        (0x3000, srat(IDS, 1, &two_nodes(1))),
        (0x4000, ssdt(1, 1)),
        (0x5000, ssdt(1, 2)),
    ]
}

const ENTRIES: [u64; 5] = [0x1000, 0x2000, 0x3000, 0x4000, 0x5000];

fn usual_machine() -> Machine {
    machine(firmware(usual(), &ENTRIES, &ENTRIES))
}

fn list(machine: &Machine, next: &NextBoot<'_>) -> String {
    shown(machine, &predict(machine, next)).join(" ")
}

fn codes(machine: &Machine, next: &NextBoot<'_>) -> Vec<&'static str> {
    let outcome = predict(machine, next);
    table_findings::of(machine, &outcome, next).iter().map(|finding| finding.rule.code).collect()
}

fn steps(outcome: &Outcome<'_>) -> String {
    outcome
        .installation
        .trace
        .iter()
        .map(|step| format!("{}: {}: {}\n", step.function, step.event.words().text(), step.why.text()))
        .collect()
}

#[test]
fn each_release_lays_out_its_list() {
    let machine = usual_machine();
    for (release, wanted) in [
        ("3.8", "DSDT FACS FACP APIC SRAT SSDT SSDT"),
        ("3.18", "DSDT FACS FACP APIC SRAT SSDT SSDT"),
        ("4.1", "DSDT FACS FACP APIC SRAT SSDT SSDT"),
        ("4.2", "DSDT FACS - FACP APIC SRAT SSDT SSDT"),
        ("4.3", "FACP DSDT FACS APIC SRAT SSDT SSDT"),
        ("7.3", "FACP DSDT FACS APIC SRAT SSDT SSDT"),
    ] {
        assert_eq!(list(&machine, &boot(release, "", None)), wanted, "{release}");
    }
}

#[test]
fn two_facs_are_installed_as_the_release_does() {
    let second = FACS_AT + 0x1000;
    let mut other = facs();
    other[8] = 1;
    let mut tables = usual();
    tables[0].1 = fadt((FACS_AT as u32, DSDT_AT as u32), (second, DSDT_AT), 0);
    tables.push((second, other));
    let two = machine(firmware(tables.clone(), &[], &ENTRIES[..2]));
    let facs = |release: &str| {
        let outcome = predict(&two, &boot(release, "", None));
        (shown(&two, &outcome).join(" "), outcome.installation.facs)
    };
    assert_eq!(facs("3.12"), ("DSDT FACS FACP APIC".to_owned(), vec![1]));
    assert_eq!(facs("4.2"), ("DSDT FACS FACS FACP APIC".to_owned(), vec![1, 2]));
    assert_eq!(facs("6.12"), ("FACP DSDT FACS FACS APIC".to_owned(), vec![2, 3]));
    // Which one of two addresses counts where only one does.
    let address = |release: &str, line: &str| {
        let outcome = predict(&two, &boot(release, line, None));
        outcome.installation.list.iter().find(|table| table.slot == 1).unwrap().address
    };
    assert_eq!(address("3.10", ""), Some(second));
    assert_eq!(address("3.19", ""), Some(FACS_AT));
    // A hardware-reduced machine has none, until kernels installed it all the same.
    tables[0].1 = fadt((FACS_AT as u32, DSDT_AT as u32), (0, DSDT_AT), 1 << 20);
    let reduced = machine(firmware(tables, &[], &ENTRIES[..2]));
    assert_eq!(list(&reduced, &boot("6.1", "", None)), "FACP DSDT APIC");
    assert_eq!(list(&reduced, &boot("6.12", "", None)), "FACP DSDT FACS APIC");
    assert_eq!(list(&reduced, &boot("3.12", "", None)), "DSDT - FACP APIC");
}

#[test]
fn an_address_of_the_dsdt_wins_over_another() {
    let second = DSDT_AT + 0x1000;
    let mut tables = usual();
    tables[0].1 = fadt((0, DSDT_AT as u32), (0, second), 0);
    tables.push((second, with_revision(dsdt(1), 1)));
    let two = machine(firmware(tables, &[], &ENTRIES));
    let bits =
        |release: &str, line: &str| predict(&two, &boot(release, line, None)).installation.aml_integer_bits;
    assert_eq!(bits("6.1", ""), Some(32), "the wide one");
    assert_eq!(bits("6.1", "acpi_force_32bit_fadt_addr"), Some(64));
    assert_eq!(bits("4.4", "acpi_force_32bit_fadt_addr"), Some(32), "4.4 does not know the option");
    assert_eq!(bits("3.19", ""), Some(64), "the narrow one");
    assert_eq!(bits("3.10", ""), Some(32));
}

#[test]
fn empty_entries_are_skipped_keep_a_slot_or_cost_the_xsdt() {
    let with_null = [0x1000, 0, 0x2000];
    let both = machine(firmware(usual(), &[0x1000, 0x3000], &with_null));
    assert_eq!(list(&both, &boot("3.15", "", None)), "DSDT FACS FACP SRAT", "the RSDT instead");
    assert_eq!(list(&both, &boot("3.16", "", None)), "DSDT FACS FACP APIC");
    assert_eq!(list(&both, &boot("6.1", "acpi=rsdt", None)), "FACP DSDT FACS SRAT");
    let narrow = machine(firmware(usual(), &with_null, &[]));
    assert_eq!(list(&narrow, &boot("3.12", "", None)), "DSDT FACS FACP - APIC");
    assert_eq!(list(&narrow, &boot("6.1", "", None)), "FACP DSDT FACS APIC");
    let unknown = machine(firmware(usual(), &[], &[0x1000, 0xdead_0000, 0x2000]));
    assert_eq!(list(&unknown, &boot("6.1", "", None)), "FACP DSDT FACS - APIC");
}

#[test]
fn a_root_table_without_entries_switches_acpi_off() {
    let mut tables = firmware(usual(), &[], &ENTRIES);
    let empty = root(true, &[]);
    tables.roots.xsdt.as_mut().unwrap().bytes = empty;
    let empty = machine(tables.clone());
    assert_eq!(list(&empty, &boot("6.1", "", None)), "");
    assert_eq!(codes(&empty, &boot("6.1", "", None)), ["install-root-refused"]);
    assert_eq!(list(&empty, &boot("3.12", "", None)), "- -", "36 bytes were enough");
    tables.roots.xsdt.as_mut().unwrap().bytes[4] = 35;
    let short = machine(tables);
    assert_eq!(codes(&short, &boot("3.12", "", None)), ["install-root-refused"]);
    // Bytes behind the last whole entry do not count.
    let mut odd = firmware(usual(), &[], &ENTRIES[..2]);
    let xsdt = odd.roots.xsdt.as_mut().unwrap();
    xsdt.bytes.extend([0xff; 7]);
    xsdt.bytes[4] += 7;
    xsdt.bytes = fix(xsdt.bytes.clone());
    let odd = machine(odd);
    assert_eq!(list(&odd, &boot("6.1", "", None)), "FACP DSDT FACS APIC");
    assert!(
        steps(&predict(&odd, &boot("6.1", "", None))).contains("the last 7 bytes of the XSDT are ignored")
    );
}

#[test]
fn the_early_list_has_128_slots() {
    let mut tables = usual();
    tables.truncate(3);
    let mut entries = vec![0x1000];
    for number in 0..130u64 {
        let at = 0x10_0000 + number * 0x1000;
        tables.push((at, table(b"SSDT", IDS, 1, &[number as u8; 4])));
        entries.push(at);
    }
    let full = machine(firmware(tables, &[], &entries));
    let initrd = archive_of(&[table(b"HPET", IDS, 1, &[0; 20])]);
    let next = boot("6.1", "", Some(&initrd));
    let outcome = predict(&full, &next);
    assert_eq!(
        (outcome.installation.slots, outcome.installation.outcomes[0]),
        (128, TableOutcome::Unused(Unused::NoRoom))
    );
    assert!(codes(&full, &next).contains(&"install-list-full"));
    let old = predict(&full, &boot("3.12", "", None));
    assert_eq!(old.installation.slots, 128);
    assert!(steps(&old).contains("the last 5 entries are cut off"));
    assert_eq!(predict(&full, &boot("4.0", "", None)).installation.slots, 128);
}

#[test]
fn old_kernels_replace_by_two_ids_and_use_a_file_again() {
    let machine = usual_machine();
    let initrd = archive_of(&[ssdt(0, 9), table(b"SRAT", OTHER, 0, &srat_body(&two_nodes(3)))]);
    let old = boot("4.6", "", Some(&initrd));
    assert_eq!(list(&machine, &old), "FACP DSDT FACS APIC +SRAT +SSDT +SSDT");
    let outcome = predict(&machine, &old);
    assert!(outcome.installation.tainted);
    assert_eq!(outcome.installation.log.len(), 6, "{:#?}", outcome.installation.log);
    assert_eq!(
        outcome.installation.log[0],
        "ACPI: Override [SRAT-MADETEST], this is unsafe: tainting kernel"
    );
    let new = predict(&machine, &boot("4.7", "", Some(&initrd)));
    assert_eq!(shown(&machine, &new).join(" "), "FACP DSDT FACS APIC SRAT SSDT SSDT +SRAT");
    assert_eq!(
        new.installation.outcomes,
        [TableOutcome::Dropped { firmware: 5, revision: 1 }, TableOutcome::Install]
    );
    assert!(!new.installation.tainted);
}

#[test]
fn old_kernels_do_not_look_at_a_last_header_alone() {
    let machine = usual_machine();
    let header = table(b"APIC", IDS, 9, &[]);
    let last = archive_of(&[ssdt(9, 9), header.clone()]);
    let next = boot("3.12", "", Some(&last));
    assert_eq!(list(&machine, &next), "DSDT FACS FACP APIC SRAT +SSDT +SSDT");
    assert!(codes(&machine, &next).contains(&"install-last-not-examined"));
    let first = archive_of(&[header.clone(), ssdt(9, 9)]);
    assert_eq!(list(&machine, &boot("3.12", "", Some(&first))), "DSDT FACS FACP +APIC SRAT +SSDT +SSDT");
    let alone = archive_of(std::slice::from_ref(&header));
    assert_eq!(list(&machine, &boot("3.12", "", Some(&alone))), "DSDT FACS FACP +APIC SRAT SSDT SSDT");
    assert_eq!(list(&machine, &boot("4.7", "", Some(&last))), "FACP DSDT FACS +APIC SRAT +SSDT SSDT");
}

#[test]
fn old_kernels_die_of_more_than_256_kib() {
    let machine = usual_machine();
    let big = |len: usize| archive_of(&[table(b"DSDT", IDS, 9, &vec![0; len - 36])]);
    let (fits, dies) = (big(256 << 10), big((256 << 10) + 1));
    assert!(!codes(&machine, &boot("3.12", "", Some(&fits))).contains(&"install-copy-too-large"));
    assert!(codes(&machine, &boot("3.12", "", Some(&dies))).contains(&"install-copy-too-large"));
    assert!(!codes(&machine, &boot("3.18", "", Some(&dies))).contains(&"install-copy-too-large"));
}

#[test]
fn lines_are_those_of_the_release() {
    let machine = usual_machine();
    let initrd = archive_of(&[srat(IDS, 2, &two_nodes(3))]);
    let lines = |release: &str, line: &str| {
        compare::kernel_lines(&predict(&machine, &boot(release, line, Some(&initrd))))
    };
    let old = lines("3.12", "");
    assert_eq!(old[0], "SRAT ACPI table found in initrd [kernel/firmware/acpi/0.aml][0x80]");
    assert_eq!(old[1], "ACPI: RSDP 00000000000f0000 00024 (v02 MADE  )");
    assert!(old.contains(&"Disabling lock debugging due to kernel taint".to_owned()), "{old:#?}");
    assert!(old.contains(
        &"ACPI: SRAT 0000000000003000 Physical table override, new table: ????????????????".to_owned()
    ));
    let middle = lines("4.4", "");
    assert_eq!(middle[1], "ACPI: Early table checksum verification disabled");
    assert!(middle.iter().any(|line| {
        line.starts_with("ACPI: SRAT 0x0000000000003000 Physical table override, new table: 0x")
    }));
    let new = lines("6.12", "acpi_apic_instance=2 acpi-force-32bit-fadt-addr acpi_force_table_verification");
    assert_eq!(
        new[..4],
        [
            "ACPI: Shall use APIC/MADT table 2",
            "ACPI: Forcing 32 Bit FADT addresses",
            "ACPI: SRAT ACPI table found in initrd [kernel/firmware/acpi/0.aml][0x80]",
            "ACPI: Early table checksum verification enabled",
        ]
    );
    assert!(!lines("5.4", "").iter().any(|line| line.contains("Reserving")));
}

#[test]
fn of_several_madts_one_is_read() {
    let mut tables = usual();
    tables.push((0x6000, table(b"APIC", IDS, 1, &[1; 8])));
    let two = machine(firmware(tables, &[], &[0x1000, 0x2000, 0x6000]));
    let read = |line: &str| predict(&two, &boot("6.1", line, None)).installation.madt;
    assert_eq!(read(""), Some(3));
    assert_eq!(read("acpi_apic_instance=1"), Some(3));
    assert_eq!(read("acpi_apic_instance=2"), Some(4));
    assert_eq!(read("acpi_apic_instance=3"), None);
    let lines = compare::kernel_lines(&predict(&two, &boot("6.1", "", None)));
    let last =
        lines.iter().position(|line| line == "ACPI: BIOS bug: multiple APIC/MADT found, using 0").unwrap();
    assert_eq!(
        lines[last + 1],
        "ACPI: If \"acpi_apic_instance=2\" works better, notify linux-acpi@vger.kernel.org"
    );
    assert!(
        codes(&usual_machine(), &boot("6.1", "acpi_apic_instance=2", None))
            .contains(&"install-option-no-effect")
    );
}

#[test]
fn copies_go_late_or_never_come() {
    let mut tables = usual();
    tables[6].1 = ssdt(1, 1);
    let twins = machine(firmware(tables, &[], &ENTRIES));
    let late = predict(&twins, &boot("6.1", "", None)).installation;
    assert_eq!(
        late.list.iter().map(|table| table.copy_of).collect::<Vec<_>>(),
        [None, None, None, None, None, None, Some(5)]
    );
    let early = list(&twins, &boot("6.1", "acpi_force_table_verification", None));
    assert_eq!(early, "FACP DSDT FACS APIC SRAT SSDT");
    let old = predict(&twins, &boot("4.13", "acpi_force_table_verification", None)).installation;
    assert!(old.list.iter().all(|table| table.copy_of.is_none()) && old.list.len() == 7);
}

#[test]
fn options_are_told_of_where_they_do_nothing() {
    let machine = usual_machine();
    let initrd = archive_of(&[ssdt(2, 9)]);
    let told = |release: &str, line: &str| codes(&machine, &boot(release, line, Some(&initrd)));
    assert_eq!(
        list(&machine, &boot("6.1", "acpi_no_static_ssdt", Some(&initrd))),
        "FACP DSDT FACS APIC SRAT"
    );
    assert_eq!(
        list(&machine, &boot("3.12", "acpi_no_static_ssdt", None)),
        "DSDT FACS FACP APIC SRAT SSDT SSDT"
    );
    assert!(told("3.12", "acpi_no_static_ssdt").contains(&"command-line-option-unknown"));
    assert!(told("4.14", "lockdown=integrity").contains(&"command-line-option-unknown"));
    assert!(told("6.1", "lockdown=integrity").contains(&"override-locked-down"));
    assert!(told("6.12", "lockdown=integrity").contains(&"install-lockdown-late"));
    assert!(told("6.1", "acpi=off").contains(&"install-acpi-off"));
    assert!(told("6.1", "acpi_rsdp=0x1234").contains(&"install-other-rsdp"));
    assert!(told("6.1", "acpi_rsdp=0xf0000").contains(&"install-option-no-effect"));
    assert!(told("6.1", "noinitrd").contains(&"install-option-no-effect"));
    assert!(told("6.1", "").iter().all(|code| !code.starts_with("install-")), "{:?}", told("6.1", ""));
    let copied = predict(&machine, &boot("6.1", "acpi=copy_dsdt", None));
    assert!(steps(&copied).contains("acpi_tb_copy_dsdt: the DSDT is copied"));
}

#[test]
fn all_tables_of_one_identity_are_listed_and_the_one_that_is_hit() {
    let machine = usual_machine();
    let initrd = archive_of(&[ssdt(2, 9)]);
    let next = boot("6.1", "", Some(&initrd));
    let outcome = predict(&machine, &next);
    let findings = table_findings::of(&machine, &outcome, &next);
    let found = findings.iter().find(|finding| finding.rule.code == "override-ambiguous").unwrap();
    assert_eq!(
        found.message,
        "it hits SSDT1; 2 tables have these ids: SSDT1 (slot 5, 46 bytes, \
         OEM revision 0x1), SSDT2 (slot 6, 46 bytes, OEM revision 0x1)"
    );
}

#[test]
fn a_fadt_of_the_archive_chooses_the_dsdt() {
    let second = DSDT_AT + 0x1000;
    let mut tables = usual();
    tables.push((second, with_revision(dsdt(7), 1)));
    let machine = machine(firmware(tables, &[], &ENTRIES));
    let mut new = fadt((0, 0), (FACS_AT, second), 0);
    new[24] = 2;
    let initrd = archive_of(&[fix(new.clone())]);
    for flow in Flow::ALL {
        let next = with_flow(&boot("6.1", "", Some(&initrd)), flow);
        let outcome = predict(&machine, &next);
        let dsdt = outcome.installation.dsdt.unwrap();
        let table = outcome.installation.list.iter().find(|table| table.slot == dsdt).unwrap();
        assert_eq!(
            (table.address, outcome.installation.aml_integer_bits),
            (Some(second), Some(32)),
            "{flow:?}"
        );
    }
    new[140..148].copy_from_slice(&0xdead_0000u64.to_le_bytes());
    let lost = archive_of(&[fix(new)]);
    assert!(codes(&machine, &boot("6.1", "", Some(&lost))).contains(&"install-no-dsdt"));
}

fn compared(machine: &Machine, a: &NextBoot<'_>, b: &NextBoot<'_>) -> compare::Comparison {
    let (of_a, of_b) = (predict(machine, a), predict(machine, b));
    compare::compare(machine, Side { next: a, outcome: &of_a }, Side { next: b, outcome: &of_b })
}

fn flows<'a>(release: &str, line: &str, initrd: &'a [u8]) -> [NextBoot<'a>; 2] {
    let next = boot(release, line, Some(initrd));
    [with_flow(&next, Flow::OneByOne), with_flow(&next, Flow::TwoStep)]
}

fn why(comparison: &compare::Comparison, name: &str) -> String {
    comparison.invariants.iter().find(|invariant| invariant.name == name).unwrap().why.text().into_owned()
}

#[test]
fn the_two_steps_are_those_of_the_series() {
    let machine = usual_machine();
    let initrd = archive_of(&[srat(IDS, 2, &two_nodes(3))]);
    let [_, next] = flows("3.11", "movable_node", &initrd);
    let outcome = predict(&machine, &next);
    let mut functions: Vec<&str> = outcome.installation.trace.iter().map(|step| step.function).collect();
    functions.dedup();
    assert_eq!(
        functions,
        [
            "acpi_tb_root_table_install",
            "acpi_tb_install_table_firmware",
            "acpi_tb_root_table_install",
            "early_acpi_override_srat",
            "acpi_hotplug_mem_affinity",
            "find_hotpluggable_memory",
            "acpi_tb_root_table_override",
            "acpi_tb_parse_fadt",
            "acpi_os_physical_table_override",
        ]
    );
    let mark = outcome.installation.upgrade_at;
    assert_eq!(outcome.installation.trace[mark.steps].function, "acpi_tb_root_table_override");
    let early = outcome.early_srat.as_ref().unwrap();
    assert!(
        matches!(&early.origin, Some(EarlyOrigin::Initrd { path, .. }) if path == "kernel/firmware/acpi/0.aml")
    );
    assert_eq!(early.avoided().total(), 6144 << 20);
    let lines = compare::kernel_lines(&outcome);
    let found = lines.iter().position(|line| line.starts_with("SRAT ACPI table found")).unwrap();
    let headers = |range: &[String]| range.iter().filter(|line| line.contains(" (v")).count();
    assert_eq!((headers(&lines[..found]), headers(&lines[found..])), (7, 7), "{lines:#?}");
}

#[test]
fn the_early_srat_is_matched_by_its_signature_alone() {
    let machine = usual_machine();
    let same = archive_of(&[srat(IDS, 2, &two_nodes(3))]);
    let check = |release: &str, initrd: &[u8]| {
        let [a, b] = flows(release, "movable_node", initrd);
        let comparison = compared(&machine, &a, &b);
        (comparison.holds("early-srat").unwrap(), why(&comparison, "early-srat"))
    };
    assert_eq!(check("3.11", &same), (true, "the same table, and the same memory is marked".to_owned()));
    let other = archive_of(&[table(b"SRAT", (b"MADE  ", b"ELSEWISE"), 2, &srat_body(&two_nodes(3)))]);
    let (holds, reason) = check("3.11", &other);
    assert!(!holds && reason.contains("no table of the firmware has its OEM table ID"), "{reason}");
    let (holds, reason) = check("6.1", &other);
    assert!(!holds && reason.contains("its identity is another"), "{reason}");
    let old = archive_of(&[srat(IDS, 1, &two_nodes(3))]);
    let (holds, reason) = check("6.1", &old);
    assert!(!holds && reason.contains("not newer than 0x1"), "{reason}");
    assert!(check("3.11", &old).0, "old kernels do not compare revisions");
    let disabled = archive_of(&[srat(IDS, 2, &two_nodes(2))]);
    let (holds, reason) = check("3.11", &disabled);
    assert!(!holds && reason.contains("entry 1 is hot-pluggable to memblock and not enabled"), "{reason}");
    let [_, locked] = flows("6.1", "movable_node lockdown=integrity", &same);
    assert!(codes(&machine, &locked).contains(&"install-early-srat-differs"));
    let [_, off] = flows("3.11", "movable_node acpi=off", &same);
    let outcome = predict(&machine, &off);
    assert!(outcome.early_srat.as_ref().unwrap().origin.is_some() && outcome.srat.is_none());
}

#[test]
fn the_early_search_has_the_flaws_of_the_series() {
    let machine = usual_machine();
    let marked = srat(IDS, 2, &two_nodes(3));
    let early = |initrd: &[u8]| {
        let [_, next] = flows("3.11", "movable_node", initrd);
        predict(&machine, &next).early_srat.unwrap()
    };
    let second = archive_of(&[ssdt(2, 9), marked.clone()]);
    let found = early(&second);
    assert!(matches!(found.faults[..], [EarlyFault::SecondWindow { .. }]) && found.origin.is_some());
    assert_eq!(found.log, ["ACPI OVERRIDE: Table signature does not match [kernel/firmware/acpi/0.aml]"]);
    let mut padded = marked.clone();
    padded.push(0);
    padded[4] += 1;
    assert_eq!(early(&archive_of(&[fix(padded)])).faults, [EarlyFault::Shifted { by: 3 }]);
    // What does not fit into the window that is mapped is not found, and the firmware's is taken.
    let microcode = vec![7; 300 << 10];
    let files: [(&str, &[u8]); 2] =
        [("kernel/x86/microcode/GenuineIntel.bin", &microcode), ("kernel/firmware/acpi/srat.aml", &marked)];
    let behind = archive(&files);
    let found = early(&behind);
    assert!(matches!(found.origin, Some(EarlyOrigin::Firmware(4))), "{:?}", found.origin);
    let [a, b] = flows("3.11", "movable_node", &behind);
    assert!(why(&compared(&machine, &a, &b), "early-srat").contains("256 KiB"));
    let broken = archive_of(&[{
        let mut broken = marked;
        broken[40] ^= 1;
        broken
    }]);
    assert!(matches!(early(&broken).origin, Some(EarlyOrigin::Firmware(4))));
}

#[test]
fn the_series_sets_the_integer_width_too_early() {
    let machine = usual_machine();
    let initrd = archive_of(&[with_revision(dsdt(2), 1)]);
    let [a, b] = flows("6.1", "", &initrd);
    let comparison = compared(&machine, &a, &b);
    assert_eq!(comparison.holds("integer-width"), Some(false));
    assert_eq!(comparison.holds("slot-contents"), Some(true));
    assert!(why(&comparison, "integer-width").starts_with("32 bits in A, 64 bits in B"));
}

#[test]
fn replacing_twice_can_find_another_file() {
    let machine = usual_machine();
    let newer = archive_of(&[srat(IDS, 2, &two_nodes(3)), srat(IDS, 3, &two_nodes(3))]);
    let holds = |release: &str, initrd: &[u8]| {
        let [a, b] = flows(release, "", initrd);
        compared(&machine, &a, &b).holds("idempotence").unwrap()
    };
    assert!(!holds("6.1", &newer), "the second file is newer than the first");
    assert!(holds("4.4", &newer), "signature and table ID find the first file again");
    assert!(!holds("6.1", &archive_of(&[dsdt(2)])), "the DSDT is entered anew, and its file is used up");
    assert!(holds("6.1", &archive_of(&[srat(IDS, 2, &two_nodes(3))])));
    let current = boot("6.1", "", Some(&newer));
    assert_eq!(compared(&machine, &current, &current).holds("idempotence"), None);
}

#[test]
fn memblock_keeps_the_copy_out_of_early_marks() {
    let machine = usual_machine();
    let all: [Memory; 3] = [(0, 0, 1024, 1), (1, 1024, 3072, 3), (1, 4096, 6144, 3)];
    let initrd = archive_of(&[srat(IDS, 2, &all)]);
    let [a, b] = flows("6.1", "movable_node", &initrd);
    let place = |next: &NextBoot<'_>| predict(&machine, next).archive.base.unwrap();
    assert_eq!(place(&a), 0x10_0000, "from below, as nothing is known");
    assert_eq!(place(&b), (1024 << 20) - 0x1000, "the highest that is not marked");
    let [_, unused] = flows("6.1", "", &initrd);
    assert_eq!(place(&unused), (2048 << 20) - 0x1000);
}

#[test]
fn a_machine_without_tables_gives_an_empty_list() {
    let none = machine(Firmware::default());
    for flow in Flow::ALL {
        let next = with_flow(&boot("6.1", "", None), flow);
        let outcome = predict(&none, &next);
        assert!(outcome.installation.list.is_empty());
    }
}

#[test]
fn a_built_in_dsdt_comes_before_the_archive() {
    let machine = usual_machine();
    let initrd = archive_of(&[dsdt(9), ssdt(9, 9)]);
    for flow in Flow::ALL {
        let next = boot("6.1", "", Some(&initrd));
        let kernel = next.kernel().clone().with_build(|build| build.has_custom_dsdt = true);
        let next = with_flow(&next.of_kernel(kernel), flow);
        let outcome = predict(&machine, &next);
        let fates = &outcome.installation.outcomes;
        assert!(
            fates[0] == TableOutcome::Install && matches!(fates[1], TableOutcome::Override(_)),
            "{flow:?}: {fates:?}"
        );
        assert!(outcome.installation.tainted);
        let lines = compare::kernel_lines(&outcome);
        let at = lines
            .iter()
            .position(|line| line == "ACPI: Override [DSDT-MADETEST], this is unsafe: tainting kernel");
        assert_eq!(
            lines[at.unwrap() + 2],
            "ACPI: DSDT 0x000000007F000000 Logical table override, new table: 0x????????????????"
        );
    }
}

#[test]
fn a_kernel_that_looks_for_no_tables_finds_none() {
    let machine = usual_machine();
    let initrd = archive_of(&[dsdt(9)]);
    let looks = boot("6.1", "", Some(&initrd));
    let kernel = looks.kernel().clone();
    let blind = looks.of_kernel(kernel.with_build(|build| build.tables = TableSource::BuiltIn));
    assert_eq!(list(&machine, &blind), "FACP DSDT FACS APIC SRAT SSDT SSDT");
    let found = compared(&machine, &looks, &blind);
    assert_eq!(why(&found, "outcomes"), "0.aml is an override in A and not looked for in B");
}

#[test]
fn dynamic_tables_are_numbered_on() {
    let named = |names: &[&str]| names.iter().map(|name| Some((*name).into())).collect::<Vec<_>>();
    assert_eq!(next_dynamic_ssdt(&named(&["FACP", "DSDT"])), "dynamic/SSDT");
    assert_eq!(next_dynamic_ssdt(&named(&["FACP", "SSDT"])), "dynamic/SSDT2");
    // A copy has been taken off the list and has no name.
    let with_copy = [named(&["SSDT1", "SSDT2"]), vec![None]].concat();
    assert_eq!(next_dynamic_ssdt(&with_copy), "dynamic/SSDT3");
}
