//! Rules for fields whose right value depends on another field of the same structure.

use super::Findings;
use crate::finding::Severity;
use crate::finding::registry::tables as rules;
use crate::table::Signature;
use crate::table::structures::{Structure, Structures};

/// Checks a table of one of the signatures that have rules here.
pub fn check(findings: &mut Findings, signature: &Signature, table: &[u8]) {
    let rules: fn(&mut Findings, &Structures<'_>) = match &signature.0 {
        b"APMT" => apmt,
        b"ASF!" => asf,
        b"CSRT" => csrt,
        b"HEST" => hest,
        b"IORT" => iort,
        b"LPIT" => lpit,
        b"MPST" => mpst,
        b"NHLT" => nhlt,
        b"SPCR" => spcr,
        _ => return,
    };
    rules(findings, &Structures::of(table));
}

/// Types of nodes of which one number says which they are: the second must be zero for some, the first for others.
fn apmt(findings: &mut Findings, parts: &Structures<'_>) {
    for node in &parts.entries {
        let name = match node.uint("Node Type") {
            Some(0..=2) => "Secondary Node Instance",
            Some(4) => "Primary Node Instance",
            _ => continue,
        };
        if let Some(value @ 1..) = node.uint(name) {
            let kind = node.uint("Node Type").unwrap_or(0);
            let message = format_args!("{}: {name} is {value:#x}, expected 0 in type {kind}", node.name());
            findings.add(&rules::APMT_INSTANCE, node.at(name), message);
        }
    }
}

/// Bytes of an alert and of a control.
const ASF_ALERT: u64 = 12;
const ASF_CONTROL: u64 = 4;

/// The number of ASF among the enterprises, as its two bytes lie in the table.
const ASF_ENTERPRISE: [u64; 2] = [0x11be, 0xbe11_0000];

fn asf(findings: &mut Findings, parts: &Structures<'_>) {
    let mut hold = |of: &Structure<'_>, place: &str, name: &str, fits: fn(u64) -> bool, expected: &str| {
        if let Some(value) = of.uint(name).filter(|value| !fits(*value)) {
            let message = format_args!("{place}: {name} is {value:#x}, expected {expected}");
            findings.add(&rules::ASF_RECORD, of.at(name), message);
        }
    };
    for record in &parts.entries {
        let place = record.name();
        hold(record, &place, "Minimum Polling Interval", |seconds| seconds >= 2, "2 or more");
        hold(record, &place, "Alert Count", |count| (1..=8).contains(&count), "1 to 8");
        hold(record, &place, "Alert Data Length", |length| length == ASF_ALERT, "12");
        hold(record, &place, "Control Data Length", |length| length == ASF_CONTROL, "4");
        if record.uint("Enterprise ID").is_some_and(|id| ASF_ENTERPRISE.contains(&id)) {
            let fits = |command| matches!(command, 0..=5 | 0xc0..);
            hold(record, &place, "Command", fits, "0 to 5, or 0xc0 and more");
        }
    }
    for (group, name, fits, expected) in [
        ("Alert", "Offset", (|offset| offset < 0x80) as fn(u64) -> bool, "bit 7 clear"),
        ("Control", "Function", |function| function <= 3, "0 to 3"),
    ] {
        for (index, one) in parts.groups(group).into_iter().enumerate() {
            hold(one, &format!("{group} {index}"), name, fits, expected);
        }
    }
}

/// Types of resources, and the highest subtype of each. Caches (4) and power (5) are in public headers and not in the
/// document: their subtypes are not judged.
const RESOURCES: [(u64, u64); 5] = [(1, 1), (2, 0), (3, 1), (4, u64::MAX), (5, u64::MAX)];

fn csrt(findings: &mut Findings, parts: &Structures<'_>) {
    for one in &parts.entries {
        let (Some(kind), Some(subtype)) = (one.uint("Type"), one.uint("Subtype")) else { continue };
        match RESOURCES.iter().find(|(known, _)| *known == kind) {
            None => {
                let message = format_args!("{}: Type is {kind:#x}, expected 1 to 5", one.name());
                findings.add(&rules::CSRT_RESOURCE, one.at("Type"), message);
            }
            Some((_, highest)) if subtype > *highest => {
                let message = format_args!(
                    "{}: Subtype is {subtype:#x}, expected {highest} at most in type {kind}",
                    one.name()
                );
                findings.add(&rules::CSRT_RESOURCE, one.at("Subtype"), message);
            }
            Some(_) => {}
        }
        if one.uint("UID") == Some(0xffff_ffff) {
            let message = format_args!("{}: UID is 0xffffffff, which is reserved", one.name());
            findings.add(&rules::CSRT_RESOURCE, one.at("UID"), message);
        }
    }
}

/// Sources of which a machine has one at most.
const HEST_ONE: std::ops::RangeInclusive<u64> = 0..=2;

fn hest(findings: &mut Findings, parts: &Structures<'_>) {
    for source in parts.entries.iter().filter(|source| source.uint("Enabled") != Some(0)) {
        for name in ["Records To Preallocate", "Max Sections Per Record"] {
            if source.uint(name) == Some(0) {
                let message = format_args!("{}: {name} is 0, expected 1 or more", source.name());
                findings.add(&rules::HEST_VALUES, source.at(name), message);
            }
        }
        if source.flag("Firmware First") == Some(true) && source.flag("GHES Assist") == Some(true) {
            let message = format_args!("{}: Firmware First and GHES Assist are both set", source.name());
            findings.add(&rules::HEST_VALUES, source.at("Flags"), message);
        }
    }
    for (index, bank) in parts.groups("Bank").into_iter().enumerate() {
        for (name, most) in [("Clear Status On Init", 1), ("Status Format", 2)] {
            if let Some(value) = bank.uint(name).filter(|value| *value > most) {
                let message = format_args!("Bank {index}: {name} is {value}, expected {most} at most");
                findings.add(&rules::HEST_VALUES, bank.at(name), message);
            }
        }
    }
    for kind in HEST_ONE {
        if let Some(second) = parts.of_kind(kind).nth(1) {
            let message = format_args!("{} is not the first of its kind", second.name());
            findings.add(&rules::HEST_VALUES, second.span.clone(), message);
        }
    }
}

/// The group of an IORT node with the properties of its accesses to memory.
const MEMORY: &str = "Memory Properties";

fn iort(findings: &mut Findings, parts: &Structures<'_>) {
    for node in &parts.entries {
        let (Some(cca), Some(flags)) =
            (node.inner(MEMORY, "Cache Coherency"), node.inner(MEMORY, "Memory Flags"))
        else {
            continue;
        };
        let (cpm, dacs) = (flags & 1 != 0, flags & 2 != 0);
        let what = match cca {
            1 if !cpm => "CCA is 1, and CPM is 0",
            0 if cpm && dacs => "CCA is 0, and CPM and DACS are 1",
            0 | 1 => continue,
            _ => "CCA is neither 0 nor 1",
        };
        findings.add(&rules::IORT_MEMORY, node.group_at(MEMORY), format_args!("{}: {what}", node.name()));
    }
}

/// The group of an idle state that says where time in it is counted.
const COUNTER: &str = "Residency Counter";

fn lpit(findings: &mut Findings, parts: &Structures<'_>) {
    for (expected, state) in (0u64..).zip(&parts.entries) {
        if let Some(id) = state.uint("Unique ID").filter(|id| *id != expected) {
            let message = format_args!("{}: Unique ID is {id}, expected {expected}", state.name());
            findings.add(&rules::LPIT_ID, state.at("Unique ID"), message);
        }
        if state.flag("State Disabled") != Some(false) || state.flag("No Counter") != Some(false) {
            continue;
        }
        let part = |name| state.inner(COUNTER, name).unwrap_or(0);
        let (width, offset) = (part("Bit Width"), part("Bit Offset"));
        let (severity, what) = match part("Space ID") {
            0 if part("Address") == 0 => (Severity::Warning, "its address is zero".to_owned()),
            0 if !matches!(width, 8 | 16 | 32 | 64) => {
                (Severity::Warning, format!("it is {width} bits wide, expected 8, 16, 32 or 64"))
            }
            0x7f if width == 0 || width + offset > 64 => (
                Severity::Warning,
                format!("it is {width} bits wide from bit {offset} on, expected 64 from bit 0 on"),
            ),
            0x7f if width != 64 || offset != 0 => (
                Severity::Info,
                format!("it is {width} bits wide from bit {offset} on, expected 64 from bit 0 on"),
            ),
            _ => continue,
        };
        let message = format_args!("{}: {COUNTER}: {what}", state.name());
        findings.add_as(severity, &rules::LPIT_COUNTER, state.group_at(COUNTER), message);
    }
}

/// Structure ID of memory power state characteristics: 1 in bits 0 to 5, and revision 1 above.
const CHARACTERISTICS: u64 = 0x41;

fn mpst(findings: &mut Findings, parts: &Structures<'_>) {
    for node in &parts.entries {
        let number = |name| node.uint(name).unwrap_or(0);
        let expected = 32 + 2 * number("Num Power States") + 2 * number("Num Physical Components");
        if let Some(length) = node.uint("Length").filter(|length| *length != expected) {
            let message = format_args!("{}: Length is {length}, expected {expected}", node.name());
            findings.add(&rules::MPST_NODE, node.at("Length"), message);
        }
    }
    for (index, one) in parts.groups("Memory Power State Characteristics").into_iter().enumerate() {
        if let Some(id) = one.uint("Structure ID").filter(|id| *id != CHARACTERISTICS) {
            let message = format_args!(
                "Memory Power State Characteristics {index}: Structure ID is {id:#x}, expected {CHARACTERISTICS:#x}"
            );
            findings.add(&rules::MPST_NODE, one.at("Structure ID"), message);
        }
    }
}

/// Link types whose endpoints have device types of their own, and the highest of these.
const DEVICE_TYPES: [(u64, u64); 2] = [(2, 1), (3, 4)];

fn nhlt(findings: &mut Findings, parts: &Structures<'_>) {
    for endpoint in &parts.entries {
        let (Some(link), Some(device)) = (endpoint.uint("Link Type"), endpoint.uint("Device Type")) else {
            continue;
        };
        if let Some((_, most)) = DEVICE_TYPES.iter().find(|(of, most)| *of == link && device > *most) {
            let message = format_args!(
                "{}: Device Type is {device}, expected {most} at most on a link of type {link}",
                endpoint.name()
            );
            findings.add(&rules::NHLT_DEVICE, endpoint.at("Device Type"), message);
        }
    }
}

/// Interface types of which Linux makes a console.
const CONSOLES: [u64; 8] = [0, 1, 3, 0xd, 0xe, 0x10, 0x12, 0x15];

fn spcr(findings: &mut Findings, parts: &Structures<'_>) {
    const PORT: &str = "Serial Port Register";
    let port = &parts.table;
    let (Some(0), Some(width @ 5..)) =
        (port.inner(PORT, "Space ID"), port.inner(PORT, "Encoded Access Width"))
    else {
        return;
    };
    let is_driven = port.uint("Interface Type").is_some_and(|kind| CONSOLES.contains(&kind));
    let severity = if is_driven { rules::SPCR_ACCESS.severity } else { Severity::Info };
    let message = format_args!("{PORT}: Encoded Access Width is {width:#x}, expected 0x0 to 0x4");
    findings.add_as(severity, &rules::SPCR_ACCESS, port.group_at(PORT), message);
}
