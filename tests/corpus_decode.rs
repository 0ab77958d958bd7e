//! Every SRAT, SLIT, HMAT and MADT of a collection of real machines, field by field, against what an independent program
//! read from them. The collection is optional: it lies beside the repository, in `../shared/corpus`.
#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::source::tables::from_path;
use acpihp::table::decode;
use acpihp::table::item::{Item, Problem, Value, What};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// What the collection calls the fields of an entry, and the names that iasl prints.
type Names = &'static [(&'static str, &'static str)];

/// By signature and type of entry.
#[rustfmt::skip]
const NAMES: &[(&str, u64, Names)] = &[
    ("SRAT", 0, &[("pxm_lo", "Proximity Domain Low(8)"), ("apic_id", "Apic ID"), ("flags", "Flags"),
        ("sapic_eid", "Local Sapic EID"), ("clock", "Clock Domain")]),
    ("SRAT", 1, &[("pxm", "Proximity Domain"), ("base", "Base Address"), ("size", "Address Length"), ("flags", "Flags")]),
    ("SRAT", 2, &[("pxm", "Proximity Domain"), ("x2apic_id", "Apic ID"), ("flags", "Flags"), ("clock", "Clock Domain")]),
    ("SRAT", 3, &[("pxm", "Proximity Domain"), ("uid", "Acpi Processor UID"), ("flags", "Flags"), ("clock", "Clock Domain")]),
    ("SRAT", 4, &[("pxm", "Proximity Domain"), ("its_id", "ITS ID")]),
    ("SRAT", 5, &[("pxm", "Proximity Domain"), ("dht", "Device Handle Type"), ("handle", "Device Handle"), ("flags", "Flags")]),
    ("SRAT", 6, &[("pxm", "Proximity Domain"), ("dht", "Device Handle Type"), ("handle", "Device Handle"), ("flags", "Flags")]),
    ("SRAT", 7, &[("pxm", "Proximity Domain"), ("uid", "Acpi Processor UID"), ("flags", "Flags"), ("clock", "Clock Domain")]),
    ("APIC", 0, &[("uid", "Processor ID"), ("apic_id", "Local Apic ID"), ("flags", "Flags")]),
    ("APIC", 1, &[("ioapic_id", "I/O Apic ID"), ("addr", "Address"), ("gsi_base", "Interrupt")]),
    ("APIC", 2, &[("bus", "Bus"), ("irq", "Source"), ("gsi", "Interrupt"), ("inti_flags", "Flags")]),
    ("APIC", 4, &[("uid", "Processor ID"), ("inti_flags", "Flags"), ("lint", "Interrupt Input LINT")]),
    ("APIC", 9, &[("x2apic_id", "Processor x2Apic ID"), ("flags", "Flags"), ("uid", "Processor UID")]),
    ("APIC", 10, &[("inti_flags", "Flags"), ("uid", "Processor UID"), ("lint", "Interrupt Input LINT")]),
    ("APIC", 11, &[("cpu_if", "CPU Interface Number"), ("uid", "Processor UID"), ("flags", "Flags"),
        ("parking_ver", "Parking Protocol Version"), ("perf_gsi", "Performance Interrupt"), ("parked_addr", "Parked Address"),
        ("base", "Base Address"), ("gicv", "Virtual GIC Base Address"), ("gich", "Hypervisor GIC Base Address"),
        ("vgic_gsi", "Virtual GIC Interrupt"), ("gicr", "Redistributor Base Address"), ("mpidr", "ARM MPIDR")]),
    ("APIC", 12, &[("gic_id", "Local GIC Hardware ID"), ("base", "Base Address"), ("gsi_base", "Interrupt Base"), ("gic_ver", "Version")]),
    ("APIC", 13, &[("frame_id", "MSI Frame ID"), ("base", "Base Address"), ("flags", "Flags"), ("spi_count", "SPI Count"), ("spi_base", "SPI Base")]),
    ("APIC", 14, &[("base", "Base Address")]),
    ("APIC", 15, &[("its_id", "Translation ID"), ("base", "Base Address")]),
    ("HMAT", 0, &[("flags", "Flags"), ("initiator", "Attached Initiator Proximity Domain"), ("memory", "Memory Proximity Domain")]),
    ("HMAT", 1, &[("data_type", "Data Type"), ("min_transfer", "Minimum Transfer Size"),
        ("n_init", "Initiator Proximity Domains #"), ("n_target", "Target Proximity Domains #"), ("flags", "Flags"),
        ("base_unit", "Entry Base Unit"), ("initiators", "Initiator Proximity Domain List"), ("targets", "Target Proximity Domain List")]),
    ("HMAT", 2, &[("memory", "Memory Proximity Domain"), ("cache_size", "Memory Side Cache Size"), ("attrs", "Cache Attributes"),
        ("n_smbios", "SMBIOS Handle #"), ("smbios", "SMBIOS Handle")]),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Uint(number) => number.into(),
        Value::Uints { .. } => value.uints().collect(),
        Value::Text(bytes) | Value::Unicode(bytes) | Value::Guid(bytes) | Value::Bytes(bytes) => {
            hex(bytes).into()
        }
    }
}

/// One entry with its fields, and its bytes.
struct Entry<'a> {
    kind: u64,
    bytes: &'a [u8],
    items: Vec<&'a Item<'a>>,
}

impl Entry<'_> {
    fn value(&self, name: &str) -> Option<Json> {
        let field = self.items.iter().filter_map(|item| item.field()).find(|field| field.def.name == name)?;
        Some(json(field.value))
    }

    fn uint(&self, name: &str) -> u64 {
        self.value(name).and_then(|value| value.as_u64()).unwrap_or_else(|| panic!("no {name}"))
    }

    /// What the collection means by a key, from our fields.
    fn find(&self, signature: &str, key: &str) -> Json {
        let names = NAMES.iter().find(|(of, kind, _)| (*of, *kind) == (signature, self.kind));
        let name = names.and_then(|(_, _, names)| names.iter().find(|(theirs, _)| *theirs == key));
        if let Some((_, name)) = name {
            // A list of no elements is no field.
            return self.value(name).unwrap_or_else(|| Json::Array(Vec::new()));
        }
        match (signature, self.kind, key) {
            (_, _, "raw") => hex(&self.bytes[2..]).into(),
            ("SRAT", 0, "pxm") => {
                (self.uint("Proximity Domain Low(8)") | self.uint("Proximity Domain High(24)") << 8).into()
            }
            ("SRAT", _, "enabled") => (self.uint("Flags") & 1 != 0).into(),
            ("SRAT", 1, "hotplug") => (self.uint("Flags") & 2 != 0).into(),
            ("SRAT", 1, "nonvolatile") => (self.uint("Flags") & 4 != 0).into(),
            ("APIC", 14, "len") => {
                // The second field of that name; the first is the entry's own.
                let lengths = self.items.iter().filter_map(|item| item.field());
                json(lengths.filter(|field| field.def.name == "Length").nth(1).unwrap().value)
            }
            // Reserved since revision 2.
            ("HMAT", 0, "base") => self.value("Physical Address Base").or(self.value("Reserved3")).unwrap(),
            ("HMAT", 0, "size") => self.value("Physical Address Length").or(self.value("Reserved4")).unwrap(),
            ("HMAT", 1, "matrix") => {
                let rows = self.items.iter().filter_map(|item| item.field());
                rows.filter(|field| field.def.name == "Entry").map(|field| json(field.value)).collect()
            }
            ("HMAT", 1, "slack") => {
                let raw = |item: &&&Item<'_>| matches!(item.what, What::Raw(..));
                self.items.iter().find(raw).map_or(0, |item| item.size).into()
            }
            _ => panic!("{signature} {}: no name for {key}", self.kind),
        }
    }
}

fn compare(table: &[u8], signature: &str, expected: &Json) -> usize {
    let items: Vec<_> = decode(table).collect();
    let mut compared = 0;
    let top = |name: &str| {
        let field = items.iter().filter(|item| item.depth == 0).filter_map(Item::field);
        field.into_iter().find(|field| field.def.name == name).map(|field| json(field.value))
    };
    for (key, name) in [
        ("table_rev", "Table Revision"),
        ("localities", "Localities"),
        ("reserved", "Reserved"),
        ("lapic_addr", "Local Apic Address"),
        ("flags", "Flags"),
    ] {
        if let Some(expected) = expected.get(key) {
            assert_eq!(top(name).as_ref(), Some(expected), "{key}");
            compared += 1;
        }
    }
    if let Some(expected) = expected.get("rows") {
        let rows = items.iter().filter_map(Item::field).filter(|field| field.def.name == "Locality");
        assert_eq!(&rows.map(|field| json(field.value)).collect::<Json>(), expected);
        compared += expected.as_array().unwrap().len();
    }
    let stop = items.iter().find_map(|item| match item.what {
        What::Problem(Problem::ZeroLength { .. }) => Some(format!("subtable len 0 at {:#x}", item.offset)),
        What::Problem(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert_eq!(stop.as_deref(), expected["err"].as_str());
    let Some(entries) = expected.get("entries") else { return compared };
    let ours: Vec<_> = items
        .iter()
        .filter_map(|item| match item.what {
            What::Entry { kind, .. } => Some(Entry {
                kind: kind.unwrap(),
                bytes: &table[item.offset..item.offset + item.size],
                items: items.iter().filter(|other| other.entry == item.entry).collect(),
            }),
            _ => None,
        })
        .collect();
    assert_eq!(ours.len(), entries.as_array().unwrap().len());
    for (ours, theirs) in ours.iter().zip(entries.as_array().unwrap()) {
        let place = ours.items[0].offset;
        let head = (place, ours.bytes.len(), ours.kind);
        let expected = ["off", "length", "type"].map(|key| theirs[key].as_u64().unwrap());
        assert_eq!([head.0 as u64, head.1 as u64, head.2], expected);
        for (key, expected) in theirs.as_object().unwrap() {
            if !["off", "length", "type", "kind"].contains(&key.as_str()) {
                assert_eq!(&ours.find(signature, key), expected, "{place:#x}: {key}");
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn every_numa_table_and_madt_of_real_machines() {
    let Some(corpus) = skip::shared("corpus") else { return };
    let expected = std::fs::read_to_string(corpus.join("expected-decoded.jsonl")).unwrap();
    let (mut tables, mut values) = (0, 0);
    for line in expected.lines() {
        let expected: Json = serde_json::from_str(line).unwrap();
        let file = expected["file"].as_str().unwrap();
        let signature = expected["signature"].as_str().unwrap();
        let set = from_path(&corpus.join(file)).unwrap_or_else(|error| panic!("{error}"));
        let sum = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let table = set.tables.iter().find(|table| sum(&table.bytes) == expected["sha256"].as_str().unwrap());
        let table = table.unwrap_or_else(|| panic!("{file}: no {signature} with these bytes"));
        let outcome = std::panic::catch_unwind(|| compare(&table.bytes, signature, &expected["decoded"]));
        values += outcome.unwrap_or_else(|_| panic!("{file}: {signature} is read otherwise, see above"));
        tables += 1;
    }
    eprintln!("{tables} tables, {values} values compared");
    assert!(tables > 0 && values > tables);
}

#[test]
fn every_line_about_real_machines_fits_a_terminal() {
    let Some(machines) = skip::shared("corpus/machines") else { return };
    let mut lines = 0;
    for machine in std::fs::read_dir(machines).unwrap() {
        let mut set = from_path(&machine.unwrap().path()).unwrap();
        for table in &mut set.tables {
            // How long the name of a file is, its user knows.
            table.origin = std::path::PathBuf::new();
        }
        let mut out = Vec::new();
        acpihp::report::dump::tables(&mut out, &set.tables, acpihp::report::text::Detail::Normal).unwrap();
        for line in String::from_utf8(out).unwrap().lines() {
            assert!(line.chars().count() <= 80, "{line}");
            lines += 1;
        }
    }
    eprintln!("{lines} lines");
    assert!(lines > 0);
}
