//! What single fields of tables must hold for Linux to use them: one line each.

use super::Findings;
use crate::finding::Rule;
use crate::finding::registry::{header, numa, tables as rules};
use crate::table::structures::{Structure, Structures};
use std::ops::Range;

/// Where a field is.
#[derive(Debug, Clone, Copy)]
enum In {
    /// In the table itself.
    Table,
    /// In each entry of this title.
    Entry(&'static str),
    /// In each structure of fixed size under this name.
    Group(&'static str),
}

/// What one field must hold.
struct Fact {
    signature: &'static [u8; 4],
    of: In,
    /// The name of the field; `GROUP.FIELD` where a structure of fixed size has it.
    field: &'static str,
    /// What is right, in words and as a test.
    expected: &'static str,
    fits: fn(u64) -> bool,
    rule: &'static Rule,
}

const fn fact(
    signature: &'static [u8; 4],
    of: In,
    field: &'static str,
    expected: &'static str,
    fits: fn(u64) -> bool,
    rule: &'static Rule,
) -> Fact {
    Fact { signature, of, field, expected, fits, rule }
}

const NOT_ZERO: &str = "not zero";

fn set(value: u64) -> bool {
    value != 0
}

/// The header of a list of instructions, with the table's header or without it.
fn instruction_header(length: u64) -> bool {
    matches!(length, 12 | 48)
}

/// Bits 0 and 1 alone are defined.
fn two_bits(value: u64) -> bool {
    value < 4
}

/// A status block begins with 20 bytes that say what follows.
fn status_block(length: u64) -> bool {
    length >= 20
}

const DOORBELL: &str = "0 (memory), 1 (I/O) or 0x7f (fixed hardware)";

fn doorbell(space: u64) -> bool {
    matches!(space, 0 | 1 | 0x7f)
}

#[rustfmt::skip]
static FACTS: &[Fact] = &[
    fact(b"ASPT", In::Table, "Number of Subtables", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("Global Registers"), "Feature Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("Global Registers"), "Interrupt Enable Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("Global Registers"), "Interrupt Status Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("SEV Mailbox Registers"), "CmdResp Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("SEV Mailbox Registers"), "CmdBufAddr_Lo Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("SEV Mailbox Registers"), "CmdBufAddr_Hi Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"ASPT", In::Entry("ACPI Mailbox Registers"), "CmdResp Register Address", NOT_ZERO, set, &rules::ASPT_REGISTERS),
    fact(b"BERT", In::Table, "Boot Error Region Length", "20 or more", |length| length >= 20, &rules::BERT_REGION),
    fact(b"BERT", In::Table, "Boot Error Region Address", NOT_ZERO, set, &rules::BERT_REGION),
    fact(b"BGRT", In::Table, "Version", "1", |version| version == 1, &rules::BGRT_IMAGE),
    fact(b"BGRT", In::Table, "Image Type", "0 (bitmap)", |kind| kind == 0, &rules::BGRT_IMAGE),
    fact(b"BGRT", In::Table, "Image Address", NOT_ZERO, set, &rules::BGRT_IMAGE),
    fact(b"CCEL", In::Table, "Log Area Start Address", NOT_ZERO, set, &rules::LOG_AREA),
    fact(b"CCEL", In::Table, "Log Area Minimum Length", NOT_ZERO, set, &rules::LOG_AREA),
    fact(b"DBG2", In::Group("Base Address Register"), "Address", NOT_ZERO, set, &rules::DBG2_ADDRESS),
    fact(b"DMAR", In::Table, "Host Address Width", "11 or more", |width| width >= 11, &rules::DMAR_UNIT),
    fact(b"DMAR", In::Entry("Hardware Unit Definition"), "Register Base Address", "not zero, a multiple of 4 KiB",
        |base| base != 0 && base % 4096 == 0, &rules::DMAR_UNIT),
    fact(b"ECDT", In::Table, "Command/Status Register.Address", NOT_ZERO, set, &rules::ECDT_REGISTERS),
    fact(b"ECDT", In::Table, "Data Register.Address", NOT_ZERO, set, &rules::ECDT_REGISTERS),
    fact(b"EINJ", In::Table, "Injection Header Length", "48 or 12", instruction_header, &rules::INSTRUCTIONS_HEADER),
    fact(b"EINJ", In::Table, "Injection Entry Count", NOT_ZERO, set, &rules::INSTRUCTIONS_HEADER),
    fact(b"ERST", In::Table, "Serialization Header Length", "48 or 12", instruction_header, &rules::INSTRUCTIONS_HEADER),
    fact(b"ERST", In::Table, "Instruction Entry Count", NOT_ZERO, set, &rules::INSTRUCTIONS_HEADER),
    fact(b"GTDT", In::Entry("Generic Timer Block"), "Block Address", NOT_ZERO, set, &rules::GTDT_TIMER),
    fact(b"GTDT", In::Entry("Generic Timer Block"), "Timer Count", "1 to 8", |count| (1..=8).contains(&count), &rules::GTDT_TIMER),
    fact(b"GTDT", In::Group("Timer"), "Frame Number", "0 to 7", |number| number < 8, &rules::GTDT_TIMER),
    fact(b"GTDT", In::Group("Timer"), "Base Address", NOT_ZERO, set, &rules::GTDT_TIMER),
    fact(b"GTDT", In::Entry("Generic Watchdog Timer"), "Refresh Frame Address", NOT_ZERO, set, &rules::GTDT_TIMER),
    fact(b"GTDT", In::Entry("Generic Watchdog Timer"), "Control Frame Address", NOT_ZERO, set, &rules::GTDT_TIMER),
    fact(b"GTDT", In::Entry("Generic Watchdog Timer"), "Timer Interrupt", NOT_ZERO, set, &rules::GTDT_TIMER),
    fact(b"HEST", In::Table, "Error Source Count", NOT_ZERO, set, &rules::HEST_EMPTY),
    fact(b"HEST", In::Entry("Generic Hardware Error Source"), "Error Status Block Length", "20 or more", status_block, &rules::HEST_SOURCE),
    fact(b"HEST", In::Entry("Generic Hardware Error Source V2"), "Error Status Block Length", "20 or more", status_block, &rules::HEST_SOURCE),
    fact(b"HEST", In::Entry("Generic Hardware Error Source"), "Error Status Address.Address", NOT_ZERO, set, &rules::HEST_SOURCE),
    fact(b"HEST", In::Entry("Generic Hardware Error Source V2"), "Error Status Address.Address", NOT_ZERO, set, &rules::HEST_SOURCE),
    fact(b"HPET", In::Table, "Timer Block Register.Space ID", "0 (memory)", |space| space == 0, &rules::HPET_BLOCK),
    fact(b"HPET", In::Table, "Timer Block Register.Address", NOT_ZERO, set, &rules::HPET_BLOCK),
    fact(b"IVRS", In::Entry("Hardware Definition Block (IVHD)"), "Base Address", NOT_ZERO, set, &rules::IVRS_UNIT),
    fact(b"MCHI", In::Table, "Interface Type", "2 or more", |kind| kind >= 2, &rules::MCHI_INTERFACE),
    fact(b"MCHI", In::Table, "Protocol", "0 to 2 or 255", |protocol| matches!(protocol, 0..=2 | 255), &rules::MCHI_INTERFACE),
    fact(b"MCHI", In::Table, "Control Register.Address", NOT_ZERO, set, &rules::MCHI_INTERFACE),
    fact(b"MCHI", In::Table, "Interrupt Type", "bits 0 and 1 alone", two_bits, &header::RESERVED_BITS),
    fact(b"MCHI", In::Table, "Pci Device Flag", "bit 0 alone", |flags| flags < 2, &header::RESERVED_BITS),
    fact(b"MSCT", In::Entry("Maximum Proximity Domain Information"), "Revision", "1", |revision| revision == 1, &numa::MSCT_RANGE),
    fact(b"PCCT", In::Entry("Generic Communications Subspace"), "Address Length", "more than 8", |length| length > 8, &rules::PCCT_SUBSPACE),
    fact(b"PCCT", In::Entry("HW-Reduced Communications Subspace"), "Address Length", "more than 8", |length| length > 8, &rules::PCCT_SUBSPACE),
    fact(b"PCCT", In::Entry("HW-Reduced Communications Subspace Type 2"), "Address Length", "more than 8", |length| length > 8, &rules::PCCT_SUBSPACE),
    fact(b"PCCT", In::Entry("Extended PCC Master Subspace"), "Address Length", "16 or more", |length| length >= 16, &rules::PCCT_SUBSPACE),
    fact(b"PCCT", In::Entry("Extended PCC Slave Subspace"), "Address Length", "16 or more, or 0", |length| length == 0 || length >= 16, &rules::PCCT_SUBSPACE),
    fact(b"PCCT", In::Entry("Generic Communications Subspace"), "Doorbell Register.Space ID", DOORBELL, doorbell, &rules::PCCT_DOORBELL),
    fact(b"PCCT", In::Entry("HW-Reduced Communications Subspace"), "Doorbell Register.Space ID", DOORBELL, doorbell, &rules::PCCT_DOORBELL),
    fact(b"PCCT", In::Entry("HW-Reduced Communications Subspace Type 2"), "Doorbell Register.Space ID", DOORBELL, doorbell, &rules::PCCT_DOORBELL),
    fact(b"PCCT", In::Entry("Extended PCC Master Subspace"), "Doorbell Register.Space ID", DOORBELL, doorbell, &rules::PCCT_DOORBELL),
    fact(b"SBST", In::Table, "Warning Level", NOT_ZERO, set, &rules::SBST_LEVELS),
    fact(b"SBST", In::Table, "Low Level", NOT_ZERO, set, &rules::SBST_LEVELS),
    fact(b"SBST", In::Table, "Critical Level", NOT_ZERO, set, &rules::SBST_LEVELS),
    fact(b"SPCR", In::Table, "Baud Rate", "0, 3, 4, 6 or 7", |rate| matches!(rate, 0 | 3 | 4 | 6 | 7), &rules::SPCR_PORT),
    fact(b"SPMI", In::Table, "Interface Type", "1 to 4", |kind| (1..=4).contains(&kind), &rules::SPMI_INTERFACE),
    fact(b"SVKL", In::Group("Key"), "Key Type", "0", |kind| kind == 0, &rules::SVKL_KEY),
    fact(b"SVKL", In::Group("Key"), "Key Format", "0", |format| format == 0, &rules::SVKL_KEY),
    fact(b"TPM2", In::Table, "Start Method", "2, 6 to 8, 11 to 13 or 15", |method| matches!(method, 2 | 6..=8 | 11..=13 | 15), &rules::TPM2_START),
    fact(b"UEFI", In::Table, "Data Offset", "54 or more", |offset| offset >= 54, &rules::UEFI_CONTENT),
    fact(b"WDAT", In::Table, "Timer Period", NOT_ZERO, set, &rules::WDAT_LIMITS),
    fact(b"WPBT", In::Table, "Layout", "1", |layout| layout == 1, &rules::WPBT_CONTENT),
    fact(b"WPBT", In::Table, "Type", "1", |kind| kind == 1, &rules::WPBT_CONTENT),
    fact(b"WPBT", In::Table, "Handoff Size", NOT_ZERO, set, &rules::WPBT_CONTENT),
    fact(b"XENV", In::Table, "Event Flags", "bits 0 and 1 alone", two_bits, &header::RESERVED_BITS),
];

/// Checks the fields of a table that the list names.
pub fn check(findings: &mut Findings, table: &[u8]) {
    let Some(signature) = table.first_chunk() else { return };
    let mut facts = FACTS.iter().filter(|fact| fact.signature == signature).peekable();
    if facts.peek().is_none() {
        return;
    }
    let parts = Structures::of(table);
    for fact in facts {
        match fact.of {
            In::Table => hold(findings, fact, &parts.table, ""),
            In::Entry(title) => {
                // What is not enabled does not matter.
                let entries = parts.entries.iter().filter(|one| one.title == title);
                for entry in entries.filter(|entry| entry.uint("Enabled") != Some(0)) {
                    hold(findings, fact, entry, &format!("{}: ", entry.name()));
                }
            }
            In::Group(name) => {
                for (index, group) in parts.groups(name).into_iter().enumerate() {
                    hold(findings, fact, group, &format!("{name} {index}: "));
                }
            }
        }
    }
}

fn hold(findings: &mut Findings, fact: &Fact, of: &Structure<'_>, place: &str) {
    let (value, at): (Option<u64>, Range<usize>) = match fact.field.split_once('.') {
        Some((group, name)) => (of.inner(group, name), of.group_at(group)),
        None => (of.uint(fact.field), of.at(fact.field)),
    };
    if let Some(value) = value.filter(|value| !(fact.fits)(*value)) {
        let message = format_args!("{place}{} is {value:#x}, expected {}", fact.field, fact.expected);
        findings.add(fact.rule, at, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Signature;
    use crate::table::def::{Field, FieldKind};
    use crate::table::definition;

    fn find<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
        fields.iter().find(|field| field.name == name)
    }

    /// A fact about a field that no list has would never be looked at.
    #[test]
    fn every_fact_names_a_field_of_its_list() {
        for fact in FACTS {
            let list = definition(fact.signature).unwrap();
            let entries = |fields: &'static [Field]| {
                fields.iter().filter_map(|field| match field.kind {
                    FieldKind::Entries(list) => Some(list),
                    _ => None,
                })
            };
            let (group, name) = match fact.field.split_once('.') {
                Some((group, name)) => (Some(group), name),
                None => (None, fact.field),
            };
            let found = match fact.of {
                In::Table => find(list.fields, group.unwrap_or(name)).is_some(),
                In::Entry(title) => entries(list.fields).any(|list| {
                    let of = |fields| find(fields, group.unwrap_or(name)).is_some();
                    list.kinds.iter().any(|def| def.title == title && (of(def.fields) || of(list.head)))
                }),
                In::Group(of) => entries(list.fields)
                    .flat_map(|list| list.kinds.iter().flat_map(|def| def.fields))
                    .chain(list.fields)
                    .any(|field| match field.kind {
                        FieldKind::Group(inner) => field.name == of && find(inner, name).is_some(),
                        _ => false,
                    }),
            };
            assert!(found, "{} {:?} {}", Signature(*fact.signature).text(), fact.of, fact.field);
        }
    }
}
