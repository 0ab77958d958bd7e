//! Rules for the FADT: the tables that it leads to, and the registers of the fixed hardware.

use super::Findings;
use crate::finding::Severity;
use crate::finding::registry::{header, platform as rules};
use crate::table::fadt::Fadt;
use crate::table::structures::{Structure, Structures};

/// The FACS must start at a multiple of this.
const FACS_ALIGNMENT: u64 = 64;

/// One block of registers: its fields, and what its length must be.
struct RegisterBlock {
    /// The field of its 32-bit address.
    narrow: &'static str,
    /// Its Generic Address Structure.
    wide: &'static str,
    /// The field of its length.
    length: &'static str,
    /// Whether fixed hardware must have it.
    required: bool,
    /// Which lengths are right, in words and as a test.
    expected: &'static str,
    fits: fn(u64) -> bool,
}

const BLOCKS: [RegisterBlock; 8] = [
    RegisterBlock {
        narrow: "PM1A Event Block Address",
        wide: "PM1A Event Block",
        length: "PM1 Event Block Length",
        required: true,
        expected: "4 or more",
        fits: |length| length >= 4,
    },
    RegisterBlock {
        narrow: "PM1B Event Block Address",
        wide: "PM1B Event Block",
        length: "PM1 Event Block Length",
        required: false,
        expected: "4 or more",
        fits: |length| length >= 4,
    },
    RegisterBlock {
        narrow: "PM1A Control Block Address",
        wide: "PM1A Control Block",
        length: "PM1 Control Block Length",
        required: true,
        expected: "2 or more",
        fits: |length| length >= 2,
    },
    RegisterBlock {
        narrow: "PM1B Control Block Address",
        wide: "PM1B Control Block",
        length: "PM1 Control Block Length",
        required: false,
        expected: "2 or more",
        fits: |length| length >= 2,
    },
    RegisterBlock {
        narrow: "PM2 Control Block Address",
        wide: "PM2 Control Block",
        length: "PM2 Control Block Length",
        required: false,
        expected: "1 or more",
        fits: |length| length >= 1,
    },
    RegisterBlock {
        narrow: "PM Timer Block Address",
        wide: "PM Timer Block",
        length: "PM Timer Block Length",
        required: false,
        expected: "4",
        fits: |length| length == 4,
    },
    RegisterBlock {
        narrow: "GPE0 Block Address",
        wide: "GPE0 Block",
        length: "GPE0 Block Length",
        required: false,
        expected: "an even number",
        fits: |length| length != 0 && length % 2 == 0,
    },
    RegisterBlock {
        narrow: "GPE1 Block Address",
        wide: "GPE1 Block",
        length: "GPE1 Block Length",
        required: false,
        expected: "an even number",
        fits: |length| length != 0 && length % 2 == 0,
    },
];

/// Where the reset register may be: memory, I/O ports, PCI configuration.
const RESET_SPACES: std::ops::RangeInclusive<u64> = 0..=2;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(fadt) = Fadt::parse(table) else { return };
    let parts = Structures::of(table);
    let fields = &parts.table;
    pointers(findings, fields, fadt.is_hw_reduced());
    if let Some(profile @ 9..) = fields.uint("PM Profile") {
        findings.add(&rules::FADT_PROFILE, fields.at("PM Profile"), format_args!("the profile is {profile}"));
    }
    if fields.bits("Persistent CPU Caches (V6)") == Some(3) {
        let message = format_args!("bits 22 and 23 of the flags are both set");
        findings.add(&rules::FADT_CACHES_RESERVED, fields.at("Flags"), message);
    }
    if fadt.is_hw_reduced() {
        reduced(findings, fields);
    } else {
        for block in &BLOCKS {
            registers(findings, fields, block);
        }
        commands(findings, fields);
        event_access(findings, fields);
        events(findings, fields);
        if fields.uint("SCI Interrupt") == Some(0) {
            findings.add(
                &rules::FADT_SCI,
                fields.at("SCI Interrupt"),
                format_args!("the SCI is interrupt 0"),
            );
        }
        for name in ["Sleep Control Register", "Sleep Status Register"] {
            if let Some(address @ 1..) = fields.inner(name, "Address") {
                findings.add(
                    &rules::FADT_SLEEP,
                    fields.group_at(name),
                    format_args!("{name} is at {address:#x}"),
                );
            }
        }
    }
    length(findings, table, &fadt);
    reset(findings, fields);
}

/// The addresses of DSDT and FACS.
fn pointers(findings: &mut Findings, fields: &Structure<'_>, is_hw_reduced: bool) {
    let pair = |name| (fields.uint(name).unwrap_or(0), fields.second(name).unwrap_or(0));
    let at = |name| fields.at(name);
    match pair("DSDT Address") {
        (0, 0) => {
            let message = format_args!("DSDT and X_DSDT are both zero");
            findings.add(&header::FADT_NO_DSDT, at("DSDT Address"), message);
        }
        (narrow @ 1.., wide @ 1..) if narrow != wide => {
            let message = format_args!("DSDT is {narrow:#x}, X_DSDT {wide:#x}");
            findings.add(&header::FADT_DSDT_DIFFER, at("DSDT Address"), message);
        }
        _ => {}
    }
    let (narrow, wide) = pair("FACS Address");
    if narrow == 0 && wide == 0 && !is_hw_reduced {
        let message = format_args!("FIRMWARE_CTRL and X_FIRMWARE_CTRL are both zero");
        findings.add(&rules::FADT_NO_FACS, at("FACS Address"), message);
    } else if narrow != 0 && wide != 0 && narrow != wide {
        let message = format_args!("FIRMWARE_CTRL is {narrow:#x}, X_FIRMWARE_CTRL {wide:#x}");
        findings.add(&rules::FADT_FACS_DIFFER, at("FACS Address"), message);
    }
    for address in [narrow, wide] {
        if address % FACS_ALIGNMENT != 0 {
            let message = format_args!("the FACS is at {address:#x}");
            findings.add(&rules::FADT_FACS_UNALIGNED, at("FACS Address"), message);
            break;
        }
    }
}

/// The length of each revision.
const LENGTHS: [(u8, usize); 6] = [(1, 116), (2, 132), (3, 244), (4, 244), (5, 268), (6, 276)];

fn length(findings: &mut Findings, table: &[u8], fadt: &Fadt<'_>) {
    let revision = fadt.header.revision;
    let expected = LENGTHS.iter().find(|(of, _)| *of == revision).map(|(_, length)| *length);
    if let Some(expected) = expected.filter(|expected| *expected != table.len()) {
        let message = format_args!("{} bytes, expected {expected} in revision {revision}", table.len());
        findings.add(&rules::FADT_LENGTH, 4..8, message);
    }
}

/// One block of registers.
fn registers(findings: &mut Findings, fields: &Structure<'_>, block: &RegisterBlock) {
    let narrow = fields.uint(block.narrow).unwrap_or(0);
    let wide = fields.inner(block.wide, "Address").unwrap_or(0);
    let length = fields.uint(block.length).unwrap_or(0);
    let name = block.wide;
    let is_there = narrow != 0 || wide != 0;
    if narrow != 0 && wide != 0 && narrow != wide {
        let message = format_args!("{name}: {narrow:#x} in 32 bits, {wide:#x} in 64");
        findings.add(&rules::FADT_BLOCK_DIFFER, fields.group_at(name), message);
    }
    let width = fields.inner(block.wide, "Bit Width").unwrap_or(0);
    if wide != 0 && width != 0 && width != length * 8 && (block.fits)(length) {
        let message = format_args!("{name}: {width} bits wide, and {} is {length}", block.length);
        findings.add(&rules::FADT_BLOCK_WIDTH, fields.group_at(name), message);
    }
    if !is_there && block.required {
        let message = format_args!("{name}: the address is zero");
        findings.add(&rules::FADT_BLOCK_MISSING, fields.at(block.narrow), message);
    } else if is_there && !(block.fits)(length) {
        let message = format_args!("{name}: {} is {length}, expected {}", block.length, block.expected);
        findings.add(&rules::FADT_BLOCK_LENGTH, fields.at(block.length), message);
    } else if !is_there && length != 0 && name.starts_with("GPE") {
        let message = format_args!("{name}: {} is {length}, and there is no address", block.length);
        findings.add(&rules::FADT_BLOCK_LENGTH, fields.at(block.length), message);
    }
}

/// General purpose events: half of a block's bytes are status bits, and the second block's numbers start at its base.
fn events(findings: &mut Findings, fields: &Structure<'_>) {
    let number = |name| fields.uint(name).unwrap_or(0);
    let (first, second, base) =
        (number("GPE0 Block Length") * 4, number("GPE1 Block Length") * 4, number("GPE1 Base Offset"));
    let is_there =
        number("GPE1 Block Address") != 0 || fields.inner("GPE1 Block", "Address").is_some_and(|at| at != 0);
    if first > 0 && second > 0 && is_there && base < first {
        let message = format_args!("GPE1 starts at event {base}, and GPE0 has 0 to {}", first - 1);
        findings.add(&rules::FADT_EVENTS, fields.at("GPE1 Base Offset"), message);
    }
}

/// Registers of general purpose events are bytes: an access width of 0 says nothing, and 1 is a byte.
fn event_access(findings: &mut Findings, fields: &Structure<'_>) {
    for name in ["GPE0 Block", "GPE1 Block"] {
        let is_there = fields.inner(name, "Address").is_some_and(|address| address != 0);
        if let Some(width @ 2..) = fields.inner(name, "Encoded Access Width").filter(|_| is_there) {
            let message = format_args!("{name}: the access width is {width}, expected 1 (bytes)");
            findings.add(&rules::FADT_EVENT_ACCESS, fields.group_at(name), message);
        }
    }
}

/// What can only be written to the SMI command port.
const COMMANDS: [&str; 5] =
    ["ACPI Enable Value", "ACPI Disable Value", "S4BIOS Command", "P-State Control", "_CST Support"];

fn commands(findings: &mut Findings, fields: &Structure<'_>) {
    let Some(port) = fields.uint("SMI Command Port") else { return };
    let value = |name| fields.uint(name).unwrap_or(0);
    if port == 0 {
        for name in COMMANDS.into_iter().filter(|name| value(name) != 0) {
            let message = format_args!("{name} is {:#x}, and the SMI command port is zero", value(name));
            findings.add(&rules::FADT_COMMAND, fields.at(name), message);
        }
    } else if value("ACPI Enable Value") == 0 && value("ACPI Disable Value") == 0 {
        let message = format_args!("the SMI command port is {port:#x}, and no value enables ACPI");
        findings.add(&rules::FADT_COMMAND, fields.at("SMI Command Port"), message);
    }
}

/// Fields of fixed hardware that mean nothing on a hardware-reduced machine.
const FIXED: [&str; 9] = [
    "SMI Command Port",
    "PM1A Event Block Address",
    "PM1B Event Block Address",
    "PM1A Control Block Address",
    "PM1B Control Block Address",
    "PM2 Control Block Address",
    "PM Timer Block Address",
    "GPE0 Block Address",
    "GPE1 Block Address",
];

fn reduced(findings: &mut Findings, fields: &Structure<'_>) {
    let set =
        FIXED.into_iter().filter_map(|name| Some((name, fields.uint(name).filter(|value| *value != 0)?)));
    for (name, value) in set {
        let message = format_args!("{name} is {value:#x}");
        findings.add(&rules::FADT_REDUCED_LEGACY, fields.at(name), message);
    }
}

/// The reset register, which counts when a flag says so.
fn reset(findings: &mut Findings, fields: &Structure<'_>) {
    const REGISTER: &str = "Reset Register";
    if fields.flag("Reset Register Supported (V2)") != Some(true) {
        return;
    }
    let part = |name| fields.inner(REGISTER, name);
    let (Some(space), Some(width), Some(offset), Some(address)) =
        (part("Space ID"), part("Bit Width"), part("Bit Offset"), part("Address"))
    else {
        return;
    };
    let wrong = if !RESET_SPACES.contains(&space) {
        format!("it is in space {space}, expected 0 to 2")
    } else if address == 0 {
        "its address is zero".to_owned()
    } else if width != 8 {
        format!("it is {width} bits wide, expected 8")
    } else if offset != 0 {
        format!("it starts at bit {offset}, expected 0")
    } else {
        return;
    };
    // To I/O ports Linux writes a byte, whatever width and offset say.
    let is_port = space == 1 && address != 0;
    let severity = if is_port { Severity::Info } else { rules::FADT_RESET.severity };
    findings.add_as(severity, &rules::FADT_RESET, fields.group_at(REGISTER), format_args!("{wrong}"));
}
