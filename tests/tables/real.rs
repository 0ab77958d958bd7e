//! Tables of real machines on which a field list was wrong once: what they hold is read, and source made of them builds the same bytes.

use super::problems;
use super::sources::both_ways;
use acpihp::table::decode;
use acpihp::table::item::{RawKind, Value, What};
use acpihp::table::source::BuildOptions;
use std::path::Path;

/// A table of `tests/tables/cases`.
fn case(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/cases");
    std::fs::read(folder.join(name).with_extension("aml")).unwrap()
}

/// The numbers of all fields of that name.
fn numbers(table: &[u8], name: &str) -> Vec<u64> {
    let value = |item: acpihp::table::item::Item<'_>| match item.what {
        What::Value(value) if value.def.name == name => match value.value {
            Value::Uint(number) => Some(number),
            _ => None,
        },
        _ => None,
    };
    decode(table).filter_map(value).collect()
}

/// The bytes that no field takes.
fn left_over(table: &[u8]) -> Vec<(usize, usize)> {
    let raw = |item: &acpihp::table::item::Item<'_>| matches!(item.what, What::Raw(kind, _) if kind != RawKind::PastLength);
    decode(table).filter(raw).map(|item| (item.offset, item.size)).collect()
}

#[test]
fn source_made_of_them_builds_the_same_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{files:?}");
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("ssdt")) {
        let table = std::fs::read(file).unwrap();
        for built in both_ways(&table, BuildOptions::default()) {
            assert_eq!(built.as_ref(), Ok(&table), "{}", file.display());
        }
    }
}

#[test]
fn an_optional_field_ends_where_an_offset_begins_another_part() {
    let iort = case("iort-surface-pro-x");
    assert_eq!(left_over(&iort), []);
    // The root complex at 0x570 has four ID mappings from byte 0x20 on, where later revisions have more fields.
    let mappings = decode(&iort).filter(|item| item.offset >= 0x590 && item.offset < 0x590 + 80);
    assert_eq!(mappings.filter(|item| matches!(item.what, What::Group { .. })).count(), 4);
}

#[test]
fn the_log_of_a_tpm2_of_revision_5_comes_after_16_bytes_of_parameters() {
    let tpm2 = case("tpm2-rev5");
    assert_eq!(
        (numbers(&tpm2, "Minimum Log Length"), numbers(&tpm2, "Log Address")),
        (vec![0x10000], vec![0x1234_5000])
    );
    assert_eq!(left_over(&tpm2), []);
    // This one ends after the parameters.
    let short = case("tpm2-rev5-yoga-slim7");
    assert_eq!((numbers(&short, "Log Address"), left_over(&short)), (vec![], vec![]));
}

#[test]
fn nothing_follows_the_record_that_says_it_is_the_last() {
    let asf = case("asf-last-record-dg965lv");
    assert_eq!(left_over(&asf), [(0x9f, 7)]);
    assert_eq!(numbers(&asf, "Subtable Type").last().map(|kind| kind & 0x80), Some(0x80));
}

#[test]
fn a_uid_is_as_long_as_it_says() {
    let ivrs = case("ivrs-zenbook");
    assert_eq!(left_over(&ivrs), []);
    assert!(numbers(&ivrs, "UID").contains(&1));
}

#[test]
fn zeros_between_records_are_skipped() {
    let phat = case("phat-zero-block-precision5680");
    let after = decode(&phat).filter(|item| item.offset > 0x480 && matches!(item.what, What::Entry { .. }));
    assert_eq!(after.count(), 3);
    assert_eq!(left_over(&phat).len(), 1);
}

#[test]
fn the_draft_of_acpi_6_7_is_known() {
    let srat = case("srat-rev4");
    assert_eq!(problems(&decode(&srat).collect::<Vec<_>>()), []);
    let codes: Vec<_> =
        acpihp::check::table("srat", 0, &srat).into_iter().map(|finding| finding.rule.code).collect();
    assert!(!codes.iter().any(|code| code.contains("revision") || code.contains("reserved")), "{codes:?}");
}

#[test]
fn aml_that_cannot_be_loaded_is_an_error() {
    let codes = |name| {
        let found = acpihp::check::table(name, 0, &case(name));
        found.into_iter().map(|finding| finding.rule.code).collect::<Vec<_>>()
    };
    assert_eq!((codes("ssdt-garbage"), codes("ssdt-good")), (vec!["aml-fault"], vec![]));
}
