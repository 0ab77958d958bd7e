//! Field lists and the walk along them: the lists are consistent, no byte is lost, nothing panics, and iasl agrees.
#![allow(clippy::indexing_slicing)]

mod iasl;
mod real;
use crate::made;
mod sources;

use acpihp::table::def::{At, Count, Field, FieldKind, TableDef};
use acpihp::table::item::{Item, Problem, RawKind, Value, What};
use acpihp::table::{LAYOUTS, decode, definition};
use proptest::prelude::*;

/// A structure.
struct Structure {
    name: String,
    fields: Vec<&'static Field>,
    /// The length that the specification gives it, if it has one of its own.
    len: Option<u16>,
    /// The fields of the structures around it.
    around: Vec<&'static Field>,
}

/// Every structure of every table.
fn structures() -> Vec<Structure> {
    fn nested(structure: Structure, found: &mut Vec<Structure>) {
        let around: Vec<_> = structure.around.iter().chain(&structure.fields).copied().collect();
        let inner = |title: &str, fields, len| Structure {
            name: format!("{}: {title}", structure.name),
            fields,
            len,
            around: around.clone(),
        };
        for field in &structure.fields {
            match field.kind {
                FieldKind::Group(fields) => {
                    let len = Some(field.width).filter(|width| *width > 0);
                    nested(inner(field.name, fields.iter().collect(), len), found);
                }
                FieldKind::Entries(list) => {
                    for def in list.kinds {
                        let fields = list.head.iter().chain(def.fields).collect();
                        nested(inner(def.title, fields, Some(def.len)), found);
                    }
                }
                _ => (),
            }
        }
        found.push(structure);
    }
    let mut found = Vec::new();
    for def in definitions() {
        let fields = def.header.iter().chain(def.fields).collect();
        let table =
            Structure { name: def.signature.text().into_owned(), fields, len: None, around: Vec::new() };
        nested(table, &mut found);
    }
    found
}

/// The field lists; each must be one.
fn definitions() -> impl Iterator<Item = &'static TableDef> {
    LAYOUTS.iter().map(|layout| match layout.parsed() {
        Ok(def) => def,
        Err(error) => panic!("{}: {error}", layout.signature.text()),
    })
}

#[test]
fn field_lists_have_no_gaps_and_no_overlaps() {
    for Structure { name, fields, len, .. } in structures() {
        for revision in 0..10 {
            // Of fields that are there on a condition, several may be at one place.
            let mut ends = vec![0];
            for field in fields.iter().filter(|field| field.in_revision(revision)) {
                let at = match field.at {
                    At::Fixed(at) => at,
                    At::Next => *ends.last().unwrap(),
                    At::Field(_) => continue,
                };
                assert!(
                    ends.contains(&at),
                    "{name}: {} in revision {revision} at {at}: {ends:?}",
                    field.name
                );
                if let Count::Fixed(count) = field.count {
                    ends.push(at + count * field.width);
                }
            }
            // Where versions differ, one of them has that length. A string adds at least its end to the least length.
            let versions = fields.iter().any(|field| !field.when.is_empty());
            let known = |len| ends.contains(&len) || versions && ends.iter().any(|end| *end >= len);
            let known = len.is_none_or(|len| known(len) || known(len - 1));
            assert!(known, "{name} in revision {revision}: {ends:?}, {len:?}");
        }
    }
}

#[test]
fn field_lists_name_siblings_that_exist() {
    for Structure { name, fields, around, .. } in structures() {
        let numeric = |wanted: &str| {
            let place = |field: &Field| field.name == wanted && (1..=8).contains(&field.width);
            around.iter().chain(&fields).copied().any(place)
        };
        for field in &fields {
            let mut named = Vec::new();
            match field.count {
                Count::Field(name) | Count::Bytes(name) | Count::UpTo(name) => named.push(name),
                Count::Grid(rows, columns) => named.extend([rows, columns]),
                _ => (),
            }
            if let At::Field(name) = field.at {
                named.push(name);
            }
            named.extend(field.when.iter().filter_map(|when| when.field()));
            for wanted in named {
                assert!(numeric(wanted), "{name}: {} needs {wanted}", field.name);
            }
            assert!(!field.name.is_empty() && field.name.is_ascii(), "{name}");
            if let FieldKind::Flags(bits) = field.kind {
                let all = bits.iter().fold(0u64, |all, bits| {
                    assert_eq!(all & bits.mask(), 0, "{name}: {} {}", field.name, bits.name);
                    all | bits.mask()
                });
                assert!(field.width == 8 || all < 1 << (8 * field.width), "{name}: {}", field.name);
            }
        }
    }
}

#[test]
fn entry_types_rise() {
    for def in definitions() {
        for field in def.fields {
            if let FieldKind::Entries(list) = field.kind {
                assert!(list.kinds.windows(2).all(|pair| pair[0].last < pair[1].first), "{}", def.title);
            }
        }
    }
}

/// The items of a table, after checking what holds for all bytes whatsoever: offsets never fall, entries move forward,
/// and fields and raw bytes cover the table from its first byte to its last without gap or overlap.
fn checked(table: &[u8]) -> Vec<Item<'_>> {
    let items: Vec<_> = decode(table).collect();
    let (mut offset, mut covered, mut entry) = (0, 0, None);
    for item in &items {
        assert!(item.offset >= offset, "{item:?} after {offset:#x}");
        offset = item.offset;
        match &item.what {
            What::Value(field) => {
                assert_eq!(item.offset, covered, "{item:?}");
                assert!(item.size > 0, "{item:?}");
                covered += item.size;
                let _ = (field.bits().count(), field.undefined_bits(), field.label());
            }
            What::Raw(_, bytes) => {
                assert_eq!((item.offset, item.size), (covered, bytes.len()), "{item:?}");
                assert!(item.size > 0, "{item:?}");
                covered += item.size;
            }
            What::Entry { .. } => {
                assert!(item.size > 0 && entry.is_none_or(|last| last < item.offset), "{item:?}");
                entry = Some(item.offset);
            }
            What::Group { .. } | What::Problem(_) => (),
        }
        assert!(!item.name().is_empty());
    }
    assert_eq!(covered, table.len());
    items
}

fn problems(items: &[Item<'_>]) -> Vec<(usize, Problem)> {
    let problem = |item: &Item<'_>| match item.what {
        What::Problem(problem) => Some((item.offset, problem)),
        _ => None,
    };
    items.iter().filter_map(problem).collect()
}

#[test]
fn made_tables_decode_without_a_problem() {
    for (name, table) in made::all() {
        let items = checked(&table);
        assert_eq!(problems(&items), [], "{name}");
        assert!(items.iter().all(|item| !matches!(item.what, What::Raw(..))), "{name}");
    }
}

#[test]
fn every_truncation_of_every_table_is_told() {
    for (name, table) in made::all() {
        for end in 1..table.len() {
            let told = !problems(&checked(&table[..end])).is_empty();
            assert!(told, "{name} cut to {end} bytes");
        }
    }
}

#[test]
fn every_single_byte_change_of_a_srat() {
    let table = made::srat();
    for at in 0..table.len() {
        for value in 0..=255 {
            let mut changed = table.clone();
            changed[at] = value;
            checked(&changed);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_behind_any_header(
        def in proptest::sample::select(definitions().collect::<Vec<_>>()),
        length in proptest::option::of(any::<u32>()),
        revision in 0u8..8,
        body in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), 0u8..8, any::<u8>()], 0..400),
    ) {
        let mut table = header(def, revision);
        table.extend(body);
        let length = length.unwrap_or(table.len() as u32);
        let at = if def.signature.0 == *b"RSDP" { 20 } else { 4 };
        if table.len() >= at + 4 {
            table[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        checked(&table);
    }

    #[test]
    fn any_bytes(table in proptest::collection::vec(any::<u8>(), 0..200)) {
        checked(&table);
    }
}

fn header(def: &TableDef, revision: u8) -> Vec<u8> {
    match &def.signature.0 {
        b"RSDP" => [b"RSD PTR \0ACPIHP".as_slice(), &[revision]].concat(),
        bare @ (b"FACS" | b"S3PT") => bare.to_vec(),
        other => [other.as_slice(), &[0; 4], &[revision], &[0; 27]].concat(),
    }
}

#[test]
fn what_does_not_fit_is_told_where_it_is() {
    let mut table = made::srat();
    let first = 48;
    table[first + 1] = 0;
    let items = checked(&table);
    assert_eq!(problems(&items), [(first, Problem::ZeroLength { kind: 0 })]);
    assert_eq!(items.last().map(|item| (item.offset, item.size)), Some((first, table.len() - first)));

    let mut table = made::srat();
    let entries = decode(&table).filter(|item| matches!(item.what, What::Entry { .. }));
    let (last, left) = entries.last().map(|item| (item.offset, item.size)).unwrap();
    table[last + 1] = 200;
    assert_eq!(problems(&checked(&table)), [(last, Problem::PastEnd { length: 200, found: left })]);

    let mut table = made::srat();
    table[4..8].copy_from_slice(&20u32.to_le_bytes());
    let items = checked(&table);
    assert_eq!(problems(&items)[0], (4, Problem::ShortHeader { length: 20, header: 36 }));
    assert!(matches!(items.last().unwrap().what, What::Raw(RawKind::PastLength, _)));

    let mut table = made::srat();
    table[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let found = table.len();
    assert_eq!(problems(&checked(&table)), [(4, Problem::Truncated { length: u64::from(u32::MAX), found })]);

    let mut table = made::slit();
    table[36..44].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(problems(&checked(&table))[..], [(44, Problem::Short { field: "Locality", .. })]));

    let mut table = made::msct();
    table[36..40].copy_from_slice(&8u32.to_le_bytes());
    assert!(matches!(problems(&checked(&table))[..], [(56, Problem::Backward { offset: 8, .. })]));
}

#[test]
fn unknown_entries_flags_and_trailing_bytes_are_kept() {
    let mut table = made::srat();
    table.extend([0x77, 6, 1, 2, 3, 4, 0xee, 0xff]);
    let table = made::seal(table);
    let items = checked(&table);
    assert_eq!(problems(&items), []);
    let raw = |item: &Item<'_>| match item.what {
        What::Raw(kind, bytes) => Some((kind, bytes.to_vec())),
        _ => None,
    };
    let raw: Vec<_> = items.iter().filter_map(raw).collect();
    assert_eq!(raw, [(RawKind::Data, vec![1, 2, 3, 4]), (RawKind::Undefined, vec![0xee, 0xff])]);
    assert!(items.iter().any(|item| matches!(item.what, What::Entry { def: None, kind: Some(0x77) })));

    let table = made::srat_memory(0, 1 << 32, 1 << 30, 0x8000_000f);
    let items = checked(&table);
    let flags = items.iter().filter_map(Item::field).find(|field| field.def.name == "Flags").unwrap();
    assert_eq!(flags.undefined_bits(), 0x8000_0000);
    let set: Vec<_> = flags.bits().filter(|(_, value)| *value != 0).map(|(bits, _)| bits.name).collect();
    assert_eq!(set, ["Enabled", "Hot Pluggable", "Non-Volatile", "Specific Purpose"]);
}

#[test]
fn a_revision_decides_what_a_bit_is() {
    let mut table = made::madt();
    table[48..52].copy_from_slice(&3u32.to_le_bytes());
    for (revision, undefined) in [(4u8, 2), (5, 0)] {
        table[8] = revision;
        let items = checked(&table);
        let flags = items.iter().filter(|item| item.offset == 48).find_map(Item::field).unwrap();
        assert_eq!((flags.value, flags.undefined_bits()), (Value::Uint(3), undefined), "revision {revision}");
    }
}

/// The typed view and the field list say the same of every entry.
#[test]
fn the_srat_view_agrees_with_its_field_list() {
    use acpihp::table::srat::{Affinity, Srat};
    let table = made::srat();
    let srat = Srat::parse(&table).unwrap();
    let items = checked(&table);
    let starts = items.iter().filter(|item| matches!(item.what, What::Entry { .. })).map(|item| item.offset);
    assert!(srat.entries().flatten().map(|entry| entry.offset).eq(starts));
    let mut kinds = Vec::new();
    for entry in srat.entries().flatten() {
        let inside =
            |item: &&Item<'_>| (entry.offset..entry.offset + entry.bytes.len()).contains(&item.offset);
        let value = |name: &str| {
            items.iter().filter(inside).filter_map(Item::field).find(|field| field.def.name == name)?.uint()
        };
        let affinity = Affinity::of(&entry);
        let pxm = value("Proximity Domain")
            .or_else(|| Some(value("Proximity Domain Low(8)")? | value("Proximity Domain High(24)")? << 8));
        assert_eq!(affinity.pxm().map(u64::from), pxm, "{affinity:?}");
        assert_eq!(
            u64::from(affinity.is_enabled()),
            value("Flags").map_or(1, |flags| flags & 1),
            "{affinity:?}"
        );
        let cpu = match affinity {
            Affinity::LocalApic(cpu) => Some((cpu.clock_domain, u32::from(cpu.apic_id), "Apic ID")),
            Affinity::X2Apic(cpu) => Some((cpu.clock_domain, cpu.apic_id, "Apic ID")),
            Affinity::Gicc(cpu) | Affinity::Rintc(cpu) => {
                Some((cpu.clock_domain, cpu.uid, "Acpi Processor UID"))
            }
            Affinity::GicIts(its) => {
                assert_eq!(value("ITS ID"), Some(its.its_id.into()));
                None
            }
            Affinity::Memory(memory) => {
                assert_eq!(value("Base Address"), Some(memory.base));
                assert_eq!(value("Address Length"), Some(memory.length));
                assert_eq!(value("Flags"), Some(memory.flags.bits().into()));
                None
            }
            Affinity::GenericInitiator(device) | Affinity::GenericPort(device) => {
                assert_eq!(value("Device Handle Type"), Some(device.handle_type.into()));
                assert_eq!(value("Flags"), Some(device.flags.into()));
                None
            }
            Affinity::Short { .. } | Affinity::Unknown => panic!("{affinity:?}"),
        };
        if let Some((clock, id, name)) = cpu {
            assert_eq!(
                (value("Clock Domain"), value(name)),
                (Some(clock.into()), Some(id.into())),
                "{affinity:?}"
            );
        }
        kinds.push(entry.kind);
    }
    assert_eq!(kinds, [0, 1, 2, 3, 4, 5, 6, 7]);
}

/// The other views, likewise.
#[test]
fn the_other_views_agree_with_their_field_lists() {
    use acpihp::table::{fadt::Fadt, hmat::Hmat, madt::Madt, msct::Msct, root::Root, rsdp::Rsdp};
    fn all(table: &[u8], name: &str) -> Vec<u64> {
        let items = checked(table);
        items
            .iter()
            .filter_map(Item::field)
            .filter(|field| field.def.name == name)
            .filter_map(|field| field.uint())
            .collect()
    }
    let table = made::fadt(6, 276);
    let fadt = Fadt::parse(&table).unwrap();
    let both = |low: Option<u32>, high: Option<u64>| vec![u64::from(low.unwrap()), high.unwrap()];
    assert_eq!(all(&table, "FACS Address"), both(fadt.firmware_ctrl(), fadt.x_firmware_ctrl()));
    assert_eq!(all(&table, "DSDT Address"), both(fadt.dsdt(), fadt.x_dsdt()));
    assert_eq!(all(&table, "Flags"), [u64::from(fadt.flags().unwrap().bits())]);

    let table = made::madt();
    let madt = Madt::parse(&table).unwrap();
    let ids: Vec<_> = madt.processors().filter_map(|(_, cpu)| cpu.apic_id()).map(u64::from).collect();
    assert_eq!(ids, [all(&table, "Local Apic ID"), all(&table, "Processor x2Apic ID")].concat());
    let uids = madt.processors().filter(|(entry, _)| entry.kind >= 9).map(|(_, cpu)| u64::from(cpu.uid));
    // Types 7 and 10 have a Processor UID as well and are no processors of these kinds.
    assert!(uids.eq([1, 3].map(|at| all(&table, "Processor UID")[at])));

    let table = made::hmat();
    let hmat = Hmat::parse(&table).unwrap();
    let domains: Vec<_> = hmat.structures().filter_map(|one| one.memory_domain()).map(u64::from).collect();
    assert_eq!(domains, all(&table, "Memory Proximity Domain"));
    let locality = hmat.structures().find_map(|one| one.locality()).unwrap();
    let rows: Vec<Vec<u64>> = checked(&table)
        .iter()
        .filter_map(Item::field)
        .filter(|field| field.def.name == "Entry")
        .map(|field| field.value.uints().collect())
        .collect();
    for (row, entries) in rows.iter().enumerate() {
        let theirs = (0..3).map(|column| u64::from(locality.entry(row, column).unwrap()));
        assert!(theirs.eq(entries.iter().copied()), "{row}");
    }
    assert_eq!((rows.len(), locality.initiators().len(), locality.targets().len()), (2, 2, 3));
    assert_eq!((locality.entry(2, 0), locality.entry(0, 3)), (None, None));
    assert_eq!(all(&table, "Entry Base Unit"), [locality.base_unit]);

    let table = made::msct();
    let msct = Msct::parse(&table).unwrap();
    assert_eq!(all(&table, "Max Physical Address"), [msct.max_physical_address().unwrap()]);

    for signature in [b"RSDT", b"XSDT"] {
        let table = made::table(signature, 1, &made::pattern(24));
        let addresses: Vec<_> = Root::parse(&table).unwrap().entries().map(|(_, address)| address).collect();
        assert_eq!(addresses, all(&table, "ACPI Table Address"));
    }

    let table = made::rsdp();
    let rsdp = Rsdp::parse(&table).unwrap();
    assert_eq!(all(&table, "RSDT Address"), [u64::from(rsdp.rsdt())]);
    assert_eq!(all(&table, "XSDT Address"), [rsdp.xsdt().unwrap()]);
    assert!(rsdp.checksum_ok() && rsdp.extended_checksum_ok() == Some(true));
}

#[test]
fn definitions_are_found_by_the_first_bytes() {
    assert_eq!(definition(b"RSD PTR ").unwrap().signature.0, *b"RSDP");
    assert_eq!(definition(b"FACP").unwrap().signature.0, *b"FACP");
    assert!(definition(b"facp").is_none() && definition(b"RSDT").is_some() && definition(b"RS").is_none());
}
