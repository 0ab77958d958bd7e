//! Two versions of a table, and of a machine's tables.

#![allow(clippy::indexing_slicing)]

use acpihp::table::affinity_edit::{self, Memories};
use acpihp::table::diff::{Change, diff, pair_tables};
use acpihp::table::edit::{Editor, Revision};
use proptest::prelude::*;

fn srat() -> Vec<u8> {
    let path = "/samples/unmarked/machine/sys/firmware/acpi/tables/SRAT";
    std::fs::read(format!("{}{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What differs, a line each: `+` and `-` in front of entries, fields with their entry.
fn lines(before: &[u8], after: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    for change in diff(before, after) {
        match change {
            Change::Added { name, .. } => lines.push(format!("+{name}")),
            Change::Removed { name, .. } => lines.push(format!("-{name}")),
            Change::Fields { before, after, fields } => {
                for field in fields {
                    let name = field.before.or(field.after).unwrap().1.def.name;
                    lines.push(format!("{before}>{after} {name}"));
                }
            }
        }
    }
    lines
}

/// The SRAT with its entries in another order, each a range of bytes.
fn reordered(order: &[std::ops::Range<usize>]) -> Vec<u8> {
    let table = srat();
    let mut out = table[..48].to_vec();
    order.iter().for_each(|span| out.extend_from_slice(&table[span.clone()]));
    out
}

#[test]
fn entries_are_matched_by_what_they_say() {
    let table = srat();
    // Three CPUs of 16 bytes from 48 on, then memory entries of 40.
    let memory = |index: usize| 96 + 40 * index..136 + 40 * index;
    let moved = reordered(&[memory(3), 80..96, memory(1), 48..64, memory(4), memory(0), 64..80, memory(2)]);
    assert_eq!(lines(&table, &moved), [""; 0]);
    let less = reordered(&[48..64, 64..80, memory(0), memory(1), memory(2), memory(3)]);
    assert_eq!(lines(&table, &less), ["-Processor Local APIC/SAPIC Affinity[2]", "-Memory Affinity[4]"]);
    assert_eq!(lines(&less, &table), ["+Processor Local APIC/SAPIC Affinity[2]", "+Memory Affinity[4]"]);
    // One domain more for a range, with the ranges in another order: the address tells which one it is.
    let mut other =
        reordered(&[48..64, 64..80, 80..96, memory(3), memory(2), memory(1), memory(0), memory(4)]);
    other[96 + 2] = 7;
    assert_eq!(lines(&table, &other), ["Memory Affinity[3]>Memory Affinity[0] Proximity Domain"]);
}

#[test]
fn an_edit_shows_as_what_it_was() {
    let table = srat();
    let mut editor = Editor::new(&table).unwrap();
    affinity_edit::hot_pluggable(&mut editor, &Memories::Domain(2), true).unwrap();
    let edited = editor.finish(Revision::Raise).unwrap();
    let expected = ["> Oem Revision", "Memory Affinity[3]>Memory Affinity[3] Flags"];
    assert_eq!(lines(&table, &edited.after), expected);
}

#[test]
fn tables_are_paired_by_bytes_then_identity_then_signature() {
    let table = |signature: &[u8; 4], id: u8, body: u8| {
        [signature.as_slice(), &[40, 0, 0, 0, 1, 0], &[id; 14], &[0; 12], &[body; 4]].concat()
    };
    let (a, b, c) = (table(b"SSDT", 1, 1), table(b"SSDT", 2, 2), table(b"SSDT", 1, 3));
    assert_eq!(pair_tables(&[&a, &b], &[&b, &a]), [(Some(0), Some(1)), (Some(1), Some(0))]);
    assert_eq!(pair_tables(&[&a, &b], &[&b, &c]), [(Some(0), Some(1)), (Some(1), Some(0))]);
    assert_eq!(pair_tables(&[&a], &[&b]), [(Some(0), Some(0))]);
    let slit = table(b"SLIT", 1, 1);
    assert_eq!(pair_tables(&[&a], &[&slit]), [(Some(0), None), (None, Some(0))]);
}

proptest! {
    /// No bytes are too odd, and nothing differs from itself.
    #[test]
    fn any_two_tables_can_be_compared(
        signature in prop_oneof![Just(*b"SRAT"), Just(*b"APIC"), Just(*b"SLIT"), Just(*b"HMAT"), Just(*b"PMTT"), any::<[u8; 4]>()],
        one in proptest::collection::vec(any::<u8>(), 0..160),
        other in proptest::collection::vec(any::<u8>(), 0..160),
    ) {
        let table = |body: &[u8]| [&signature[..], &(36 + body.len() as u32).to_le_bytes(), &[1, 0], &[b' '; 26], body].concat();
        let (one, other) = (table(&one), table(&other));
        prop_assert!(diff(&one, &one).is_empty());
        let there = diff(&one, &other).len();
        prop_assert!(one == other || there <= 2 * (one.len() + other.len()));
        let pairs = pair_tables(&[&one, &other], &[&other]);
        prop_assert_eq!(pairs.len(), 2);
    }
}
