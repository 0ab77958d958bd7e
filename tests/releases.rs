//! What is said of a release that was not recorded, that a vendor changed, or that follows another one's rules.

#![allow(clippy::indexing_slicing)]

use crate::machine::{GIB, MIB, boot, machine};
use acpihp::boot::derived::doubt::{self, Part};
use acpihp::boot::kernel::release::{Change, LargeBlocks, Release};
use acpihp::boot::{Machine, predict};
use acpihp::memory::Ranges;

/// Two nodes, the second hot-pluggable and with holes that share memory blocks with the first.
fn plain() -> Machine {
    let ram = [MIB..2 * GIB, 4 * GIB..6 * GIB];
    machine(&ram, &[(0, 0..2 * GIB, false), (1, 4 * GIB..6 * GIB, true)], &[0])
}

/// The findings of a boot about its release: code and message.
fn said(machine: &Machine, release: &str, line: &str) -> Vec<(&'static str, String)> {
    let next = boot(release, line);
    let outcome = predict(machine, &next);
    let all = doubt::findings(machine, &outcome, &next, Part::All);
    all.into_iter().map(|finding| (finding.rule.code, finding.message.text().into_owned())).collect()
}

#[test]
fn a_recorded_release_needs_no_word() {
    for release in ["5.10", "6.1.0-50-cloud-amd64", "6.16.12+deb13-amd64", "7.0", "7.3-rc7"] {
        assert_eq!(said(&plain(), release, "movable_node"), [], "{release}");
    }
}

#[test]
fn only_rules_that_change_the_answer_are_named() {
    let quiet = &said(&plain(), "6.5", "movable_node")[0].1;
    assert!(quiet.contains("is in doubt between 6.1 and 6.12"), "{quiet}");
    // Exactly one page above all RAM is ACPI data: it counts for the end of memory since some release from 6.2 to 6.12.
    let mut acpi = plain();
    let kind = acpihp::memory::memmap::Kind::ACPI;
    acpi.map.entries.push(acpihp::memory::memmap::Entry::new(7 * GIB..8 * GIB, kind));
    let named = &said(&acpi, "6.5", "movable_node")[0].1;
    assert!(named.contains("ACPI data counts for the highest page"), "{named}");
    assert!(!named.contains("112 instead of 88"), "{named}");
    let next = boot("6.5", "");
    let counted = doubt::changes(&acpi, &predict(&acpi, &next), &next, Part::All);
    assert_eq!(counted, [Change::ACPI_IN_MAX_PFN]);
    assert_eq!(doubt::changes(&acpi, &predict(&acpi, &next), &next, Part::Tables), [] as [&Change; 0]);
}

#[test]
fn what_is_newer_than_all_recorded_ones_gets_the_newest_rules() {
    let (code, message) = &said(&plain(), "7.4.1", "")[0];
    assert_eq!(*code, "input-release-not-recorded");
    assert!(message.contains("the rules of 7.3 were used"), "{message}");
}

#[test]
fn a_vendor_s_kernel_is_not_upstream_s() {
    let red_hat = said(&plain(), "5.14.0-570.el9.x86_64", "");
    assert_eq!(red_hat[0].0, "input-vendor-kernel");
    assert!(red_hat[0].1.starts_with("Red Hat's 5.14 differs from upstream's"), "{}", red_hat[0].1);
    assert!(red_hat[0].1.contains("CXL windows become nodes"), "{}", red_hat[0].1);
    let of = |name: &str| Release::parse(name).unwrap();
    assert!(
        of("5.14.0-570.el9").reads_cfmws
            && !of("5.14").reads_cfmws
            && !of("5.14.21-150500.55-default").reads_cfmws
    );
    let ubuntu = &said(&plain(), "6.8.0-45-generic", "")[0].1;
    assert!(
        ubuntu.contains("Ubuntu's 6.8 differs") && ubuntu.contains("numa=fake= does nothing"),
        "{ubuntu}"
    );
    let azure = &said(&plain(), "6.8.0-1015-azure", "")[0].1;
    assert!(azure.contains("Ubuntu's 6.8 differs") && azure.contains("not known"), "{azure}");
    // Of kernels that make no nodes for numa=fake=.
    let nodes = |name: &str| {
        let next = boot(name, "numa=fake=4");
        predict(&plain(), &next).nodes.regions.iter().map(|region| region.node).max()
    };
    let most = ["6.8", "6.8.0-45-generic", "6.8.12-4-pve"].map(|name| nodes(name).flatten());
    assert_eq!(most, [Some(3), Some(1), Some(1)]);
    assert!(said(&plain(), "6.11.0", "").iter().all(|(code, _)| *code != "input-vendor-kernel"));
}

#[test]
fn rules_can_be_chosen() {
    let own = Release::parse("5.14.0-570.el9").unwrap();
    let other = own.by_rules_of(&Release::parse("5.4").unwrap());
    assert_eq!((other.name.clone(), other.version), (own.name.clone(), own.version));
    assert_eq!(
        (own.large_blocks, other.large_blocks),
        (LargeBlocks::LargestOnBareMetal, LargeBlocks::DividesRam)
    );
    assert!(!other.has(Change::CFMWS) && other.rules().to_string() == "5.4");
}

#[test]
fn a_change_is_flipped_alone() {
    let release = Release::parse("6.5").unwrap();
    let other = release.flipping(Change::ACPI_IN_MAX_PFN);
    assert_ne!(release.has(Change::ACPI_IN_MAX_PFN), other.has(Change::ACPI_IN_MAX_PFN));
    assert_eq!(release.has(Change::CFMWS), other.has(Change::CFMWS));
}

#[test]
fn a_table_in_ram_is_lost_where_it_crosses_a_page() {
    use acpihp::boot::install::{self, FirmwareTable};
    let mut machine = plain();
    let mut dsdt = vec![0; 0x2000];
    dsdt[..8].copy_from_slice(b"DSDT\0\x20\0\0");
    let table = FirmwareTable { address: Some(0x10_0000_0040), bytes: dsdt };
    machine.firmware.tables.push(table);
    let index = machine.firmware.tables.len() - 1;
    let outcome = predict(&plain(), &boot("6.12", ""));
    let mut listed = outcome.installation.list[0];
    listed.origin = install::Origin::Firmware(index);
    let ram: Ranges = std::iter::once(0x10_0000_0000..0x10_0010_0000).collect();
    assert!(install::is_in_ram(&listed, &machine.firmware, &ram));
    assert!(!install::is_in_ram(&listed, &machine.firmware, &Ranges::default()));
    machine.firmware.tables[index].bytes[4..8].copy_from_slice(&0x200u32.to_le_bytes());
    assert!(!install::is_in_ram(&listed, &machine.firmware, &ram), "within its page");
}
