//! Planted faults of single fields: a table from its template, made right, and one field of it made wrong.

use super::build::{resum, seal, table};
use acpihp::check;
use acpihp::finding::Severity::{self, Error, Info, Warning};
use acpihp::report::template;
use acpihp::table::edit::{Editor, Revision};
use acpihp::table::structures::Structures;
use acpihp::table::{LAYOUTS, definition};
use std::collections::BTreeSet;
use std::ops::Range;

/// Fields by their paths, with their values.
type Sets = &'static [(&'static str, &'static str)];

/// A fault: the table, what makes its template right, what makes it wrong, and the finding then.
pub(crate) struct FieldCase {
    signature: &'static str,
    right: Sets,
    wrong: Sets,
    code: &'static str,
    severity: Severity,
}

const fn case(
    signature: &'static str,
    right: Sets,
    wrong: Sets,
    code: &'static str,
    severity: Severity,
) -> FieldCase {
    FieldCase { signature, right, wrong, code, severity }
}

const ASPT: Sets = &[
    ("Global Registers[0].Feature Register Address", "0xfed00000"),
    ("Global Registers[0].Interrupt Enable Register Address", "0xfed00004"),
    ("Global Registers[0].Interrupt Status Register Address", "0xfed00008"),
    ("SEV Mailbox[0].CmdResp Register Address", "0xfed00010"),
    ("SEV Mailbox[0].CmdBufAddr_Lo Register Address", "0xfed00014"),
    ("SEV Mailbox[0].CmdBufAddr_Hi Register Address", "0xfed00018"),
    ("ACPI Mailbox[0].CmdResp Register Address", "0xfed0001c"),
];
const DBG2: Sets = &[("Debug Device Information[0].Base Address Register.Address", "0x3f8")];
const MCHI: Sets = &[("Interface Type", "2"), ("Control Register.Address", "0xca2")];
const UEFI: Sets = &[("UUID Identifier", "87367f87-1119-41ce-aaec-8be01e9b4c01")];
const BERT: Sets = &[("Boot Error Region Length", "4K"), ("Boot Error Region Address", "0x7ff00000")];
const BGRT: Sets = &[("Version", "1"), ("Image Address", "0x7ff00000")];
const CCEL: Sets =
    &[("CC Type", "2"), ("Log Area Minimum Length", "64K"), ("Log Area Start Address", "0x7ff00000")];
const DMAR: Sets = &[
    ("Host Address Width", "45"),
    ("Hardware Unit[0].Register Base Address", "0xfed90000"),
    ("Reserved Memory Region[0].Base Address", "0x7b800000"),
    ("Reserved Memory Region[0].End Address (limit)", "0x7fffffff"),
    ("Remapping Hardware Static Affinity[0].Base Address", "0xfed90000"),
];
const ECDT: Sets = &[
    ("Command/Status Register.Space ID", "1"),
    ("Command/Status Register.Address", "0x66"),
    ("Data Register.Space ID", "1"),
    ("Data Register.Address", "0x62"),
];
const EINJ: Sets = &[("Injection Header Length", "48")];
const ERST: Sets = &[("Serialization Header Length", "48")];
const GTDT: Sets = &[
    ("Generic Timer Block[0].Block Address", "0x2a810000"),
    ("Generic Timer Block[0].Timer.Base Address", "0x2a830000"),
    ("Generic Watchdog Timer[0].Refresh Frame Address", "0x2a450000"),
    ("Generic Watchdog Timer[0].Control Frame Address", "0x2a440000"),
    ("Generic Watchdog Timer[0].Timer Interrupt", "93"),
];
const HEST: Sets = &[
    ("IA-32 Corrected[0].Source Id", "1"),
    ("IA-32 Non[0].Source Id", "2"),
    ("PCI Express Root[0].Source Id", "3"),
    ("PCI Express AER[0].Source Id", "4"),
    ("PCI Express/PCI[0].Source Id", "5"),
    ("Generic Hardware Error Source[0].Source Id", "6"),
    ("Generic Hardware Error Source V2[0].Source Id", "7"),
    ("IA-32 Deferred[0].Source Id", "8"),
];
const HEST_GENERIC: Sets = &[
    ("IA-32 Corrected[0].Source Id", "1"),
    ("IA-32 Non[0].Source Id", "2"),
    ("PCI Express Root[0].Source Id", "3"),
    ("PCI Express AER[0].Source Id", "4"),
    ("PCI Express/PCI[0].Source Id", "5"),
    ("Generic Hardware Error Source[0].Source Id", "6"),
    ("Generic Hardware Error Source V2[0].Source Id", "7"),
    ("IA-32 Deferred[0].Source Id", "8"),
    ("Generic Hardware Error Source[0].Enabled", "1"),
    ("Generic Hardware Error Source[0].Error Status Address.Address", "0x7ff00000"),
    ("Generic Hardware Error Source[0].Error Status Block Length", "4K"),
];
const HPET: Sets = &[("Timer Block Register.Address", "0xfed00000")];
const SPCR: Sets = &[("Serial Port Register.Space ID", "1"), ("Serial Port Register.Address", "0x3f8")];
const SPCR_MEMORY: Sets =
    &[("Serial Port Register.Space ID", "0"), ("Serial Port Register.Address", "0xfe000000")];
const SPCR_SDM845: Sets = &[
    ("Interface Type", "0x11"),
    ("Serial Port Register.Space ID", "0"),
    ("Serial Port Register.Address", "0xa90000"),
];
const ASF: Sets = &[("ASF RMCP Boot Options[0].Enterprise ID", "0xbe110000")];
const HEST_VALUES: Sets = &[
    ("IA-32 Corrected[0].Source Id", "1"),
    ("IA-32 Non[0].Source Id", "2"),
    ("PCI Express Root[0].Source Id", "3"),
    ("PCI Express AER[0].Source Id", "4"),
    ("PCI Express/PCI[0].Source Id", "5"),
    ("Generic Hardware Error Source[0].Source Id", "6"),
    ("Generic Hardware Error Source V2[0].Source Id", "7"),
    ("IA-32 Deferred[0].Source Id", "8"),
    ("IA-32 Machine[0].Enabled", "1"),
    ("IA-32 Machine[0].Firmware First", "1"),
];
const IORT_COHERENT: Sets = &[
    ("Named Component[0].ID Mapping.Output Reference", "0x30"),
    ("PCI Root Complex[0].ID Mapping.Output Reference", "0x30"),
    ("SMMUv1[0].ID Mapping.Output Reference", "0x30"),
    ("SMMUv3[0].ID Mapping.Output Reference", "0x30"),
    ("PMCG[0].ID Mapping.Output Reference", "0x30"),
    ("Reserved Memory Range[0].ID Mapping.Output Reference", "0x30"),
    ("Interrupt Wire Bridge[0].ID Mapping.Output Reference", "0x30"),
    ("Named Component[0].Memory Properties.Cache Coherency", "1"),
    ("Named Component[0].Memory Properties.Memory Flags", "3"),
];
const LPIT: Sets = &[
    ("Native C-state Idle Structure[0].Residency Counter.Bit Width", "32"),
    ("Native C-state Idle Structure[0].Residency Counter.Address", "0xfe001000"),
];
const LPIT_REGISTER: Sets = &[
    ("Native C-state Idle Structure[0].Residency Counter.Space ID", "0x7f"),
    ("Native C-state Idle Structure[0].Residency Counter.Bit Width", "64"),
    ("Native C-state Idle Structure[0].Residency Counter.Address", "0x632"),
];
const NHLT: Sets = &[("Endpoint Descriptor[0].Link Type", "2"), ("Endpoint Descriptor[0].Device Type", "1")];
const SPMI: Sets = &[("Interface Type", "1")];
const TPM2: Sets = &[("Start Method", "7")];
const WDAT: Sets = &[("Timer Period", "600"), ("Max Count", "1023"), ("Min Count", "4")];
const WPBT: Sets = &[("Handoff Size", "4K"), ("Layout", "1"), ("Type", "1")];
const PMTT: Sets = &[
    ("Memory Device Count", "1"),
    ("Socket[0].Top-level Device", "1"),
    ("Socket[0].Memory Device Count", "1"),
    ("Memory Controller[0].Memory Device Count", "2"),
];

const IORT: Sets = &[
    ("Named Component[0].ID Mapping.Output Reference", "0x30"),
    ("PCI Root Complex[0].ID Mapping.Output Reference", "0x30"),
    ("SMMUv1[0].ID Mapping.Output Reference", "0x30"),
    ("SMMUv3[0].ID Mapping.Output Reference", "0x30"),
    ("PMCG[0].ID Mapping.Output Reference", "0x30"),
    ("Reserved Memory Range[0].ID Mapping.Output Reference", "0x30"),
    ("Interrupt Wire Bridge[0].ID Mapping.Output Reference", "0x30"),
];
const IVRS: Sets = &[
    ("Hardware Definition Block (IVHD)[0].Base Address", "0xfd500000"),
    ("Hardware Definition Block (IVHD)[1].Base Address", "0xfd600000"),
];
const PCCT: Sets = &[
    ("Generic Communications Subspace[0].Address Length", "64"),
    ("HW-Reduced Communications Subspace[0].Address Length", "64"),
    ("HW-Reduced Communications Subspace Type 2[0].Address Length", "64"),
    ("Extended PCC Master[0].Address Length", "64"),
];

#[rustfmt::skip]
pub(crate) static CASES: &[FieldCase] = &[
    case("BERT", BERT, &[("Boot Error Region Length", "19")], "bert-region", Warning),
    case("BERT", BERT, &[("Boot Error Region Address", "0")], "bert-region", Warning),
    case("BGRT", BGRT, &[("Version", "2")], "bgrt-image", Warning),
    case("BGRT", BGRT, &[("Image Type", "1")], "bgrt-image", Warning),
    case("BGRT", BGRT, &[("Image Address", "0")], "bgrt-image", Warning),
    case("CCEL", CCEL, &[("Log Area Start Address", "0")], "ccel-log-area", Warning),
    case("CCEL", CCEL, &[("Log Area Minimum Length", "0")], "ccel-log-area", Warning),
    case("CCEL", CCEL, &[("CC Type", "3")], "table-value-undefined", Warning),
    case("DMAR", DMAR, &[("Host Address Width", "10")], "dmar-unit", Warning),
    case("DMAR", DMAR, &[("Remapping Hardware Static Affinity[0].Base Address", "0xfed91000")], "dmar-reference", Warning),
    case("DMAR", DMAR, &[("Reserved Memory Region[0].End Address (limit)", "0x7fff0000")], "dmar-reserved-memory", Warning),
    case("DMAR", DMAR, &[("Reserved Memory Region[0].Base Address", "0x7b800800")], "dmar-reserved-memory", Warning),
    case("DMAR", DMAR, &[("Reserved Memory Region[0].End Address (limit)", "0x7b7fffff")], "dmar-reserved-memory", Warning),
    case("ECDT", ECDT, &[("Command/Status Register.Address", "0")], "ecdt-registers", Warning),
    case("ECDT", ECDT, &[("Data Register.Address", "0")], "ecdt-registers", Warning),
    case("ECDT", ECDT, &[("Data Register.Space ID", "0x20")], "table-value-undefined", Warning),
    case("EINJ", EINJ, &[("Injection Header Length", "36")], "apei-instructions", Warning),
    case("EINJ", EINJ, &[("Injection Entry Count", "3")], "table-structure", Warning),
    case("EINJ", EINJ, &[("Instruction Entry.Action", "0x20")], "table-value-undefined", Warning),
    case("ERST", ERST, &[("Serialization Header Length", "0")], "apei-instructions", Warning),
    case("ERST", ERST, &[("Instruction Entry Count", "0")], "apei-instructions", Warning),
    case("GTDT", GTDT, &[("Generic Timer Block[0].Block Address", "0")], "gtdt-timer", Warning),
    case("GTDT", GTDT, &[("Generic Timer Block[0].Timer.Frame Number", "8")], "gtdt-timer", Warning),
    case("GTDT", GTDT, &[("Generic Timer Block[0].Timer.Base Address", "0")], "gtdt-timer", Warning),
    case("GTDT", GTDT, &[("Generic Watchdog Timer[0].Control Frame Address", "0")], "gtdt-timer", Warning),
    case("GTDT", GTDT, &[("Platform Timer Count", "3")], "table-structure", Warning),
    case("HEST", HEST, &[("IA-32 Non[0].Source Id", "1")], "hest-error-source", Warning),
    case("HEST", HEST, &[("Error Source Count", "12")], "table-structure", Warning),
    case("HEST", HEST_GENERIC, &[("Generic Hardware Error Source[0].Error Status Block Length", "19")], "hest-error-source", Warning),
    case("HEST", HEST_GENERIC, &[("Generic Hardware Error Source[0].Error Status Address.Address", "0")], "hest-error-source", Warning),
    case("HPET", HPET, &[("Timer Block Register.Address", "0")], "hpet-block", Warning),
    case("HPET", HPET, &[("Timer Block Register.Space ID", "1")], "hpet-block", Warning),
    case("HPET", HPET, &[("Timer Block Register.Encoded Access Width", "5")], "table-value-undefined", Warning),
    case("IORT", IORT, &[("Named Component[0].ID Mapping.Output Reference", "0x31")], "iort-reference", Warning),
    case("IORT", IORT, &[("SMMUv1[0].ID Mapping.Output Reference", "0xb6")], "iort-cycle", Error),
    case("IORT", IORT, &[("PCI Root Complex[0].ID Mapping.ID Count", "0xffffffff"), ("PCI Root Complex[0].ID Mapping.Input base", "1")], "iort-mapping", Warning),
    case("IORT", IORT, &[("Node Count", "9")], "table-structure", Warning),
    case("IVRS", IVRS, &[("Hardware Definition Block (IVHD)[0].Base Address", "0")], "ivrs-unit", Warning),
    case("PCCT", PCCT, &[("Generic Communications Subspace[0].Address Length", "8")], "pcct-subspace", Warning),
    case("PCCT", PCCT, &[("Extended PCC Master[0].Address Length", "15")], "pcct-subspace", Warning),
    case("ASPT", ASPT, &[("Global Registers[0].Feature Register Address", "0")], "aspt-registers", Info),
    case("ASPT", ASPT, &[("SEV Mailbox[0].CmdBufAddr_Lo Register Address", "0")], "aspt-registers", Info),
    case("ASPT", ASPT, &[("ACPI Mailbox[0].CmdResp Register Address", "0")], "aspt-registers", Info),
    case("DBG2", DBG2, &[("Debug Device Information[0].Base Address Register.Address", "0")], "dbg2-address", Info),
    case("MCHI", MCHI, &[("Interface Type", "1")], "mchi-interface", Info),
    case("MCHI", MCHI, &[("Protocol", "3")], "mchi-interface", Info),
    case("MCHI", MCHI, &[("Control Register.Address", "0")], "mchi-interface", Info),
    case("MCHI", MCHI, &[("Gpe", "9")], "mchi-interface", Info),
    case("MCHI", MCHI, &[("Interrupt Type", "4")], "table-reserved-bits", Warning),
    case("MCHI", MCHI, &[("Pci Device Flag", "2")], "table-reserved-bits", Warning),
    case("UEFI", UEFI, &[("UUID Identifier", "00000000-0000-0000-0000-000000000000")], "uefi-content", Info),
    case("XENV", &[("Event Flags", "3")], &[("Event Flags", "7")], "table-reserved-bits", Warning),
    case("SBST", &[("Warning Level", "30"), ("Low Level", "20"), ("Critical Level", "10")], &[("Critical Level", "0")], "sbst-levels", Info),
    case("SBST", &[("Warning Level", "30"), ("Low Level", "20"), ("Critical Level", "10")], &[("Critical Level", "21")], "sbst-levels", Info),
    case("SPCR", SPCR, &[("Baud Rate", "5")], "spcr-baud-rate", Warning),
    case("SPCR", SPCR_MEMORY, &[("Serial Port Register.Encoded Access Width", "32")], "spcr-access-width", Warning),
    case("SPCR", SPCR_SDM845, &[("Serial Port Register.Encoded Access Width", "32")], "spcr-access-width", Info),
    case("APMT", &[], &[("Node[0].Secondary Node Instance", "1")], "apmt-instance", Warning),
    case("APMT", &[("Node[0].Node Type", "4")], &[("Node[0].Primary Node Instance", "1")], "apmt-instance", Warning),
    case("ASF!", ASF, &[("ASF Information[0].Minimum Polling Interval", "1")], "asf-record", Warning),
    case("ASF!", ASF, &[("ASF Alerts[0].Alert Data Length", "11")], "asf-record", Warning),
    case("ASF!", ASF, &[("ASF Alerts[0].Alert.Offset", "0x80")], "asf-record", Warning),
    case("ASF!", ASF, &[("ASF Remote Control[0].Control Data Length", "5")], "asf-record", Warning),
    case("ASF!", ASF, &[("ASF Remote Control[0].Control.Function", "4")], "asf-record", Warning),
    case("ASF!", ASF, &[("ASF RMCP Boot Options[0].Command", "6")], "asf-record", Warning),
    case("HEST", HEST_VALUES, &[("IA-32 Machine[0].Records To Preallocate", "0")], "hest-source-value", Warning),
    case("HEST", HEST_VALUES, &[("IA-32 Machine[0].GHES Assist", "1")], "hest-source-value", Warning),
    case("HEST", HEST_VALUES, &[("IA-32 Machine[0].Bank.Status Format", "3")], "hest-source-value", Warning),
    case("HEST", HEST_VALUES, &[("IA-32 Machine[0].Bank.Clear Status On Init", "2")], "hest-source-value", Warning),
    case("IORT", IORT_COHERENT, &[("Named Component[0].Memory Properties.Memory Flags", "0")], "iort-memory-access", Warning),
    case("IORT", IORT_COHERENT, &[("Named Component[0].Memory Properties.Cache Coherency", "0")], "iort-memory-access", Warning),
    case("IORT", IORT_COHERENT, &[("Named Component[0].Memory Properties.Cache Coherency", "2")], "iort-memory-access", Warning),
    case("LPIT", LPIT, &[("Native C-state Idle Structure[0].Residency Counter.Address", "0")], "lpit-counter", Warning),
    case("LPIT", LPIT, &[("Native C-state Idle Structure[0].Residency Counter.Bit Width", "24")], "lpit-counter", Warning),
    case("LPIT", LPIT_REGISTER, &[("Native C-state Idle Structure[0].Residency Counter.Bit Width", "0")], "lpit-counter", Warning),
    case("LPIT", LPIT_REGISTER, &[("Native C-state Idle Structure[0].Residency Counter.Bit Width", "32")], "lpit-counter", Info),
    case("LPIT", LPIT, &[("Native C-state Idle Structure[0].Unique ID", "1")], "lpit-state-id", Info),
    case("MPST", &[], &[("Memory Power Node[0].Length", "35")], "mpst-node", Warning),
    case("MPST", &[], &[("Memory Power State Characteristics.Structure ID", "1")], "mpst-node", Warning),
    case("NHLT", NHLT, &[("Endpoint Descriptor[0].Device Type", "2")], "nhlt-device-type", Warning),
    case("PCCT", PCCT, &[("Extended PCC Slave[0].Address Length", "15")], "pcct-subspace", Warning),
    case("PCCT", PCCT, &[("Generic Communications Subspace[0].Doorbell Register.Space ID", "2")], "pcct-doorbell", Warning),
    case("SVKL", &[], &[("Key.Key Type", "1")], "svkl-key", Warning),
    case("SVKL", &[], &[("Key.Key Format", "1")], "svkl-key", Warning),
    case("SPMI", SPMI, &[("Interface Type", "5")], "spmi-interface", Warning),
    case("TPM2", TPM2, &[("Start Method", "9")], "tpm2-start-method", Warning),
    case("WDAT", WDAT, &[("Timer Period", "0")], "wdat-limits", Warning),
    case("WDAT", WDAT, &[("Min Count", "1024")], "wdat-limits", Warning),
    case("WPBT", WPBT, &[("Type", "2")], "wpbt-content", Info),
    case("WPBT", WPBT, &[("Handoff Size", "0")], "wpbt-content", Info),
    case("PMTT", PMTT, &[("Memory Device Count", "2")], "pmtt-count", Warning),
    case("PMTT", PMTT, &[("Memory Controller[0].Memory Device Count", "1")], "pmtt-count", Warning),
    case("PMTT", PMTT, &[("Socket[0].Top-level Device", "0")], "pmtt-level", Warning),
    case("PMTT", PMTT, &[("Memory Controller[0].Top-level Device", "1")], "pmtt-level", Warning),
    case("PMTT", PMTT, &[("Socket[0].Memory Type", "3")], "table-value-undefined", Warning),
];

/// The table that a template makes, with these fields set.
fn made(signature: &str, sets: &[Sets]) -> Vec<u8> {
    let def = definition(signature.as_bytes()).unwrap();
    let mut bytes = template::table(def).unwrap();
    for (path, value) in sets.iter().copied().flatten() {
        let mut editor = Editor::new(&bytes).unwrap();
        editor.set(path, value).unwrap_or_else(|error| panic!("{signature} {path}: {error}"));
        bytes = editor.finish(Revision::Keep).unwrap().after;
    }
    bytes
}

/// A table with what follows its entry `index`, and the entry itself a second time in front of it.
fn doubled(table: &[u8], index: usize) -> Vec<u8> {
    let parts = Structures::of(table);
    let entry = &parts.entries[index];
    let copy = table[entry.span.clone()].to_vec();
    seal([&table[..entry.span.end], &copy, &table[entry.span.end..]].concat())
}

/// Faults that need more or other entries than a template has.
fn raw_cases() -> Vec<(&'static str, Vec<u8>, &'static str, Severity)> {
    let of = |signature, sets: Sets| made(signature, &[sets]);
    let dmar = of("DMAR", DMAR);
    let all: Sets = &[("Hardware Unit[0].Include All PCI Devices", "1")];
    let pmtt = of("PMTT", PMTT);
    let components = doubled(&pmtt, 2);
    let iort = of("IORT", IORT);
    let longer = |mut table: Vec<u8>| {
        table.push(7);
        seal(table)
    };
    let mut facs = [b"FACS".as_slice(), &64u32.to_le_bytes(), &[0; 56]].concat();
    facs[20] = 4;
    let mut unknown = of("NFIT", &[]);
    unknown[40] = 99;
    vec![
        ("one unit twice", doubled(&dmar, 0), "dmar-unit-twice", Warning),
        ("a unit behind that for all", doubled(&made("DMAR", &[DMAR, all]), 0), "dmar-include-all", Warning),
        ("two sockets of one id", doubled(&pmtt, 0), "pmtt-twice", Warning),
        ("two components with one handle", components, "pmtt-twice", Warning),
        ("a byte behind the fields", longer(of("HPET", HPET)), "table-undefined-bytes", Info),
        ("an undefined flag of the FACS", facs, "table-reserved-bits", Warning),
        ("NFIT structure of type 99", resum(unknown), "table-entry-unknown", Warning),
        (
            "a SLIC with a key of 150 bytes",
            table(b"SLIC", 1, &slic(150, 182, 0)),
            "licensing-structure",
            Info,
        ),
        ("a SLIC with reserved bytes", table(b"SLIC", 1, &slic(156, 182, 1)), "licensing-structure", Info),
        ("a MSDM of version 2", table(b"MSDM", 3, &msdm(2, 0, 29)), "licensing-structure", Info),
        ("a MSDM with a reserved field", table(b"MSDM", 3, &msdm(1, 1, 29)), "licensing-structure", Info),
        ("a MSDM of 30 bytes of 29", table(b"MSDM", 3, &msdm(1, 0, 30)), "licensing-structure", Info),
        ("a TPM2 without parameters", tpm2(11, 63), "tpm2-length", Warning),
        ("a Pluton of 67 bytes", tpm2(13, 67), "tpm2-length", Warning),
        ("an FF-A of 52 bytes", tpm2(15, 52), "tpm2-length", Warning),
        ("a HEST of nothing", table(b"HEST", 2, &[0; 4]), "hest-no-sources", Info),
        (
            "UEFI data at 53",
            table(b"UEFI", 1, &[&[7; 16][..], &[53, 0], &[0; 8]].concat()),
            "uefi-content",
            Info,
        ),
        ("an ECDT without a path", ecdt_path(b"_SB.EC"), "ecdt-registers", Warning),
        ("a CSRT resource of type 6", csrt(6, 0, 0), "csrt-resource", Warning),
        ("a CSRT timer of subtype 1", csrt(2, 1, 0), "csrt-resource", Warning),
        ("a CSRT resource of a reserved id", csrt(3, 1, 0xff), "csrt-resource", Warning),
        ("two sources of NMI", doubled(&of("HEST", HEST), 2), "hest-source-value", Warning),
        ("nodes without an end", doubled(&iort, 0), "table-structure", Warning),
    ]
}

/// The body of a SLIC: a public key and a marker of these lengths, and a reserved byte of the marker.
fn slic(key: u8, marker: u8, reserved: u8) -> Vec<u8> {
    let mut body = vec![0; 156 + 182];
    (body[4], body[156], body[160], body[156 + 40]) = (key, 1, marker, reserved);
    body
}

/// A CSRT with one resource, whose id has this byte four times.
fn csrt(kind: u8, subtype: u8, id: u8) -> Vec<u8> {
    let mut table = made("CSRT", &[]);
    table.extend([12, 0, 0, 0, kind, 0, subtype, 0, id, id, id, id]);
    table[36] += 12;
    seal(table)
}

/// The body of a MSDM with a key of 29 characters.
fn msdm(version: u8, reserved: u8, length: u8) -> Vec<u8> {
    [&[version, 0, 0, 0, reserved, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, length, 0, 0, 0][..], &[b'X'; 29]]
        .concat()
}

/// A TPM2 table of this start method and length.
fn tpm2(method: u8, length: usize) -> Vec<u8> {
    let mut body = vec![0; length - 36];
    body[12] = method;
    table(b"TPM2", 4, &body)
}

#[test]
fn licences_and_start_parameters_that_fit_are_not_found() {
    let right = [
        table(b"SLIC", 1, &slic(156, 182, 0)),
        table(b"MSDM", 3, &msdm(1, 0, 29)),
        table(b"UEFI", 1, &[&[7; 16][..], &[54, 0], &[0; 8]].concat()),
        tpm2(11, 64),
        tpm2(13, 68),
        tpm2(15, 64),
        tpm2(6, 52),
        csrt(3, 1, 0),
        csrt(4, 2, 7),
    ];
    let codes = ["csrt-resource", "licensing-structure", "tpm2-length", "uefi-content"];
    for bytes in right {
        let found = check::table("x", 0, &bytes);
        assert!(found.iter().all(|finding| !codes.contains(&finding.rule.code)), "{found:?}");
    }
}

/// Templates have the revisions of ACPI 6.6.
#[test]
fn templates_have_current_revisions() {
    for (signature, revision) in
        [("EINJ", 2), ("HEST", 2), ("FACP", 6), ("APIC", 7), ("HMAT", 2), ("PCCT", 2)]
    {
        assert_eq!(made(signature, &[])[8], revision, "{signature}");
    }
}

/// An ECDT with this path.
fn ecdt_path(path: &[u8]) -> Vec<u8> {
    let table = made("ECDT", &[ECDT]);
    seal([&table[..65], path, b"\0"].concat())
}

#[test]
fn a_wrong_field_is_found_where_it_is_and_a_right_one_is_not() {
    for case in CASES {
        let FieldCase { signature, right, wrong, code, severity } = case;
        let name = format!("{signature} {wrong:?}");
        let clean = made(signature, &[right]);
        let loud: Vec<_> = check::table("x", 0, &clean)
            .into_iter()
            .filter(|finding| finding.severity >= Warning || finding.rule.code == *code)
            .collect();
        assert_eq!(loud, [], "{name}");
        let faulty = made(signature, &[right, wrong]);
        let changed = |at: &u64| clean[*at as usize] != faulty[*at as usize] && *at != 9;
        let places: Vec<u64> = (0..clean.len() as u64).filter(changed).collect();
        let findings = check::table("x", 0, &faulty);
        let found = findings.iter().find(|finding| {
            let at_fault = |span: &Range<u64>| places.iter().any(|place| span.contains(place));
            // A wrong count is seen behind what is counted.
            let at = finding.span.as_ref().is_some_and(at_fault) || *code == "table-structure";
            finding.rule.code == *code && finding.severity == *severity && (at || *code == "iort-cycle")
        });
        assert!(found.is_some(), "{name}: no {code} at {places:x?} in {findings:#?}");
    }
}

#[test]
fn a_wrong_set_of_entries_is_found() {
    for (name, table, code, severity) in raw_cases() {
        let findings = check::table("x", 0, &table);
        let found = findings.iter().any(|finding| finding.rule.code == code && finding.severity == severity);
        assert!(found, "{name}: no {code} in {findings:#?}");
    }
}

/// The codes that are planted here.
pub(crate) fn codes() -> BTreeSet<&'static str> {
    let raw = raw_cases().into_iter().map(|(_, _, code, _)| code);
    CASES.iter().map(|case| case.code).chain(raw).collect()
}

/// What every table that has a list can suffer: cut anywhere it is a finding, and with length and sum of the rest it is read
/// to an end. A length byte of any value, an offset or a count of any, is survived as well.
#[test]
fn templates_of_every_kind_cut_and_changed_anywhere() {
    for layout in &LAYOUTS {
        let whole = template::table(layout.parsed().unwrap()).unwrap();
        let name = layout.signature;
        let is_plain = layout.has_header();
        for end in 0..whole.len() {
            let findings = check::table("x", 0, &whole[..end]);
            let told = findings.iter().any(|finding| finding.severity == Error);
            assert!(told, "{name:?} cut at {end}: {findings:?}");
            if is_plain && end > 36 && end % (1 + whole.len() / 128) == 0 {
                check::table("x", 0, &seal(whole[..end].to_vec()));
            }
        }
        // Every field at least once, and long lists only now and then.
        for at in (0..whole.len()).step_by(1 + whole.len() / 128) {
            for value in [0, 0xff] {
                let mut table = whole.clone();
                table[at] = value;
                for finding in check::table("x", 0, &if is_plain { resum(table) } else { table }) {
                    let span = finding.span.unwrap_or(0..0);
                    assert!(
                        span.start <= span.end && span.end <= whole.len() as u64,
                        "{name:?} {at} {span:?}"
                    );
                }
            }
        }
    }
}
