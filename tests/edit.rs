//! Changes of tables: what was asked for changes and nothing else.

#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::bytes::sum8;
use acpihp::table::affinity_edit::{self, Memories};
use acpihp::table::edit::{EditError, Edited, Editor, Revision};
use acpihp::table::path;
use acpihp::table::srat::{MemoryFlags, Srat};
use acpihp::table::structures::Structures;
use proptest::prelude::*;

/// The SRAT of a sample: two memory entries of domain 0, one each of 1 and 2.
fn srat() -> Vec<u8> {
    std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/unmarked/machine/sys/firmware/acpi/tables/SRAT"
    ))
    .unwrap()
}

/// A SLIT of three localities.
fn slit() -> Vec<u8> {
    let mut table =
        [b"SLIT".as_slice(), &[53, 0, 0, 0, 1, 0], b"ACPIHP", b"TESTING ", &[1, 0, 0, 0], b"AHP ", &[0; 4]]
            .concat();
    table.extend(3u64.to_le_bytes());
    table.extend([10, 20, 20, 20, 10, 20, 20, 20, 10]);
    table[9] = sum8(&table).wrapping_neg();
    table
}

fn edit(table: &[u8], change: impl FnOnce(&mut Editor)) -> Edited {
    let mut editor = Editor::new(table).unwrap();
    change(&mut editor);
    editor.finish(Revision::Raise).unwrap()
}

/// The offsets of all bytes that changed, but for the checksum.
fn changed(edited: &Edited) -> Vec<usize> {
    assert_eq!(sum8(&edited.after), 0);
    let offsets =
        edited.changes().into_iter().flat_map(|change| change.offset..change.offset + change.after.len());
    offsets.filter(|offset| *offset != 9).collect()
}

#[test]
fn paths_find_fields_flags_and_elements() {
    let table = srat();
    let at = |text: &str| path::find(&table, text).map(|place| (place.span, place.name));
    assert_eq!(at("oem revision").unwrap(), (24..28, "Oem Revision".into()));
    let memory = Srat::parse(&table).unwrap().memory().nth(1).unwrap().0.offset;
    let (span, name) = at("Memory[1].hot-pluggable").unwrap();
    assert_eq!((span, name.as_str()), (memory + 28..memory + 32, "Memory Affinity[1].Hot Pluggable"));
    let first = at("entry[0].Apic ID").unwrap();
    assert_eq!((first.0, first.1.as_str()), (51..52, "Entry[0].Apic ID"));
    for (bad, says) in [
        ("Memory[1]", "no field"),
        ("Memory.Flags", "no field"),
        ("Memory[9].Flags", "numbered from 0"),
        ("Memo[0].Flags", "no entry Memo"),
        ("Memory[x].Flags", "expected FIELD"),
        ("Hot Pluggable", "no field"),
        ("", "no field"),
        ("\x1b[2J", "no field"),
    ] {
        let error = at(bad).unwrap_err().to_string();
        assert!(error.contains(says), "{bad}: {error}");
        assert!(!error.contains('\x1b'), "{error:?}");
    }
}

#[test]
fn a_flag_changes_one_byte_revision_and_checksum() {
    let table = srat();
    let memory = Srat::parse(&table).unwrap().memory().nth(3).unwrap().0.offset;
    let edited = edit(&table, |editor| editor.set("Memory[3].Hot Pluggable", "1").unwrap());
    assert_eq!(changed(&edited), [24, memory + 28]);
    assert_eq!((edited.after[24], edited.after[memory + 28]), (2, 3));
    // Bits without a name stay.
    let mut odd = table.clone();
    (odd[memory + 28], odd[memory + 31]) = (9, 0x80);
    odd[9] = 0;
    odd[9] = sum8(&odd).wrapping_neg();
    let edited = edit(&odd, |editor| editor.set("Memory[3].Hot Pluggable", "1").unwrap());
    assert_eq!(&edited.after[memory + 28..memory + 32], &[11, 0, 0, 0x80]);
}

#[test]
fn tables_without_the_common_header_are_changed_by_their_own_rules() {
    let mut facs = [b"FACS".as_slice(), &[64, 0, 0, 0], &[0x59, 0, 0, 0], &[0; 52]].concat();
    facs[32] = 2;
    let edited = edit_any(&facs, "Version", "1");
    assert_eq!(edited.changes().len(), 1);
    assert_eq!(edited.after[32], 1);
    let refused = Editor::new(&facs).unwrap().finish(Revision::Set(1)).unwrap_err();
    assert_eq!(refused, EditError::NoRevision);

    let mut rsdp = [b"RSD PTR \0".as_slice(), b"ACPIHP", &[2], &[0; 4], &[36, 0, 0, 0], &[0; 12]].concat();
    rsdp[8] = sum8(&rsdp[..20]).wrapping_neg();
    rsdp[32] = sum8(&rsdp).wrapping_neg();
    let edited = edit_any(&rsdp, "Oem ID", "OTHERS");
    assert_eq!((sum8(&edited.after[..20]), sum8(&edited.after)), (0, 0));

    let mut cdat = [&[24, 0, 0, 0, 1, 0], &[0; 6][..], &[4, 0, 0, 0], &[4, 0, 8, 0, 1, 0, 0, 0]].concat();
    cdat[5] = sum8(&cdat).wrapping_neg();
    let mut editor = Editor::new(&cdat).unwrap();
    editor.set("Sequence", "9").unwrap();
    editor.set("Sequence", "10").unwrap();
    let edited = editor.finish(Revision::Raise).unwrap();
    let offsets: Vec<_> = edited.changes().iter().map(|change| change.offset).collect();
    assert_eq!((offsets, edited.after[12], sum8(&edited.after)), (vec![5, 12], 10, 0));
}

/// One field changed.
fn edit_any(table: &[u8], path: &str, value: &str) -> Edited {
    let mut editor = Editor::new(table).unwrap();
    editor.set(path, value).unwrap();
    editor.finish(Revision::Raise).unwrap()
}

/// Each field of each table of the collection of real machines, where that lies beside the repository: set to what it is,
/// no byte changes; set to something else, its bytes, the OEM revision and the checksum do.
#[test]
fn every_field_of_every_table_changes_alone() {
    let Some(machines) = skip::shared("corpus/machines") else { return };
    let machines = std::fs::read_dir(machines).unwrap();
    let (mut seen, mut fields) = (std::collections::BTreeSet::new(), 0);
    for machine in machines {
        let Ok(set) = acpihp::source::tables::from_path(&machine.unwrap().path()) else { continue };
        for table in set.tables {
            // One of each kind and length says enough.
            let kind = (table.bytes.get(..4).unwrap_or_default().to_vec(), table.bytes.len());
            if table.bytes.len() < 1500 && Editor::new(&table.bytes).is_ok() && seen.insert(kind) {
                fields += every_field_changes_alone(&table.bytes);
            }
        }
    }
    eprintln!("{fields} fields of {} tables", seen.len());
    assert!(fields > 10_000, "{fields}");
}

fn every_field_changes_alone(table: &[u8]) -> usize {
    let parts = Structures::of(table);
    let mut fields = 0;
    for (name, named) in path::fields_at(&parts, &(0..table.len())) {
        let old = &table[named.span.clone()];
        let Some(number) = named.value.uint().filter(|_| (1..=8).contains(&old.len())) else { continue };
        let mut editor = Editor::new(table).unwrap();
        match editor.set(&name, &number.to_string()) {
            Ok(()) => (),
            Err(EditError::Computed { .. }) => continue,
            Err(error) => panic!("{name}: {error}"),
        }
        let same = editor.finish(Revision::Raise).unwrap();
        assert_eq!(same.after, table, "{name}");
        let mut editor = Editor::new(table).unwrap();
        editor.set(&name, &(number ^ 1).to_string()).unwrap();
        let Ok(edited) = editor.finish(Revision::Keep) else { continue };
        assert_eq!(edited.after[named.span.start], old[0] ^ 1, "{name}");
        // The sum of a FACS does not exist, that of an RSDP is for its first 20 bytes as well.
        let header = acpihp::table::layout(table).is_none_or(|layout| layout.has_header());
        for (at, (before, after)) in table.iter().zip(&edited.after).enumerate() {
            let may = at == named.span.start || header && at == 9 || !header && matches!(at, 8 | 32);
            assert!(may || before == after, "{name}: byte {at:#x}");
        }
        fields += 1;
    }
    fields
}

#[test]
fn nothing_changes_when_nothing_is_changed() {
    let table = srat();
    let edited = edit(&table, |editor| editor.set("Memory[3].Hot Pluggable", "0").unwrap());
    assert_eq!((edited.changes(), &edited.after), (vec![], &table));
}

#[test]
fn values_that_do_not_fit_are_refused_with_field_offset_and_range() {
    let mut editor = Editor::new(&srat()).unwrap();
    for (path, value, says) in [
        ("Memory[0].Hot Pluggable", "2", "expected 0 or 1"),
        ("Entry[0].Apic ID", "256", "at byte 0x33: found \"256\", expected 0 to 0xff"),
        ("Oem ID", "TOOLONG", "at most 6 printable"),
        ("Oem ID", "\u{1b}[0m", "found \"\\x1b[0m\""),
        ("Table Length", "9", "is computed"),
        ("Checksum", "9", "is computed"),
        ("Memory[0].Base Address", "1X", "expected 0 to 0xffffffffffffffff"),
    ] {
        let error = editor.set(path, value).unwrap_err().to_string();
        assert!(error.contains(says), "{path}={value}: {error}");
    }
    assert_eq!(editor.bytes(), srat());
    editor.set("Oem ID", "ME").unwrap();
    editor.set("Memory[0].Base Address", "4G").unwrap();
    assert_eq!(&editor.bytes()[10..16], b"ME    ");
}

#[test]
fn the_last_revision_is_refused_unless_told_otherwise() {
    let mut table = srat();
    table[24..28].fill(0xff);
    table[9] = 0;
    table[9] = sum8(&table).wrapping_neg();
    let mut editor = Editor::new(&table).unwrap();
    editor.set("Memory[0].Hot Pluggable", "1").unwrap();
    assert_eq!(editor.clone().finish(Revision::Raise), Err(EditError::LastRevision));
    assert_eq!(editor.clone().finish(Revision::Keep).unwrap().after[24..28], [0xff; 4]);
    assert_eq!(editor.clone().finish(Revision::Set(7)).unwrap().after[24..28], [7, 0, 0, 0]);
    editor.set("Oem Revision", "9").unwrap();
    assert_eq!(editor.finish(Revision::Raise).unwrap().after[24..28], [9, 0, 0, 0]);
}

/// Base, length, domain and hot-pluggable flag of the enabled memory entries.
fn ranges(table: &[u8]) -> Vec<(u64, u64, u32, bool)> {
    let srat = Srat::parse(table).unwrap();
    let enabled = srat.memory().filter(|(_, memory)| memory.is_enabled());
    enabled
        .map(|(_, memory)| {
            (memory.base, memory.length, memory.pxm, memory.flags.contains(MemoryFlags::HOT_PLUGGABLE))
        })
        .collect()
}

#[test]
fn a_range_is_split_off_marked_and_moved() {
    const GIB: u64 = 1 << 30;
    let table = srat();
    let before = ranges(&table);
    assert_eq!(before[3], (6 * GIB, 2 * GIB, 2, false));
    let which = Memories::Range(6 * GIB + GIB / 2..7 * GIB);
    let edited = edit(&table, |editor| affinity_edit::hot_pluggable(editor, &which, true).unwrap());
    let after = ranges(&edited.after);
    assert_eq!(after[..3], before[..3]);
    let parts =
        [(6 * GIB, GIB / 2, 2, false), (6 * GIB + GIB / 2, GIB / 2, 2, true), (7 * GIB, GIB, 2, false)];
    assert_eq!(after[3..], parts);
    assert_eq!(edited.after.len(), table.len() + 80);
    let put_in: usize = edited
        .changes()
        .iter()
        .filter(|change| change.before.is_empty())
        .map(|change| change.after.len())
        .sum();
    assert_eq!(put_in, 80);
    let moved = edit(&edited.after, |editor| affinity_edit::move_to(editor, &which, 1).unwrap());
    assert_eq!(ranges(&moved.after)[4], (6 * GIB + GIB / 2, GIB / 2, 1, true));
    let all =
        edit(&table, |editor| affinity_edit::hot_pluggable(editor, &Memories::Domain(0), true).unwrap());
    assert_eq!(
        ranges(&all.after).iter().map(|range| range.3).collect::<Vec<_>>(),
        [true, true, false, false]
    );
    let mut editor = Editor::new(&table).unwrap();
    let none = affinity_edit::hot_pluggable(&mut editor, &Memories::Domain(7), true).unwrap_err().to_string();
    assert!(
        none.starts_with("no enabled memory entry is in domain 7; there are [mem 0x0-0x9ffff] of domain 0, "),
        "{none}"
    );
    let none = affinity_edit::split(&mut editor, &(32 * GIB..33 * GIB)).unwrap_err().to_string();
    assert!(none.starts_with("no enabled memory entry lies in [mem 0x800000000-0x83fffffff]"), "{none}");
    assert_eq!(editor.bytes(), table);
}

#[test]
fn distances_are_set_one_way_or_both() {
    let table = slit();
    let edited = edit(&table, |editor| affinity_edit::distance(editor, 0, 2, 31, true).unwrap());
    assert_eq!(changed(&edited), [24, 46, 50]);
    let edited = edit(&table, |editor| affinity_edit::distance(editor, 2, 1, 255, false).unwrap());
    assert_eq!(changed(&edited), [24, 51]);
    let mut editor = Editor::new(&table).unwrap();
    for (from, to, distance, says) in
        [(0, 3, 20, "no locality 3"), (0, 1, 10, "expected 11 to 254"), (1, 1, 11, "expected 10")]
    {
        let error = affinity_edit::distance(&mut editor, from, to, distance, true).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let wrong =
        affinity_edit::distance(&mut Editor::new(&srat()).unwrap(), 0, 1, 20, true).unwrap_err().to_string();
    assert_eq!(wrong, "byte 0: found a table of signature SRAT, expected SLIT");
}

proptest! {
    /// Whatever the table and the change: bytes outside the named field, the revision and the checksum stay.
    #[test]
    fn changes_keep_to_their_field(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        signature in prop_oneof![Just(*b"SRAT"), Just(*b"APIC"), Just(*b"FACP"), Just(*b"HMAT"), any::<[u8; 4]>()],
        entry in 0usize..6,
        field in prop_oneof![Just("Flags".to_owned()), Just("Base Address".to_owned()), Just("Enabled".to_owned()), Just("Proximity Domain".to_owned()), "[A-Za-z ]{0,12}"],
        value in prop_oneof![any::<u64>().prop_map(|number| number.to_string()), Just("0".to_owned()), ".{0,8}"],
    ) {
        let mut table = [&signature[..], &(36 + body.len() as u32).to_le_bytes(), &[1, 0], &[b' '; 14], &[1, 0, 0, 0], &[0; 8], &body].concat();
        table[9] = sum8(&table).wrapping_neg();
        let mut editor = Editor::new(&table).unwrap();
        let path = format!("Entry[{entry}].{field}");
        let Ok(place) = path::find(&table, &path) else { return Ok(()) };
        if editor.set(&path, &value).is_ok() {
            let edited = editor.finish(Revision::Raise).unwrap();
            prop_assert_eq!(sum8(&edited.after), 0);
            prop_assert_eq!(edited.after.len(), table.len());
            for (at, (before, after)) in table.iter().zip(&edited.after).enumerate() {
                let may = at == 9 || (24..28).contains(&at) || place.span.contains(&at);
                prop_assert!(may || before == after, "byte {}", at);
            }
        }
    }

    /// No path is too odd.
    #[test]
    fn odd_paths_are_refused(path in "\\PC{0,40}") {
        let _ = path::find(&srat(), &path);
    }
}
