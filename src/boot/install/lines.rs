//! The kernel's own lines about tables.
//!
//! # Kernel
//! `acpi_tb_print_table_header` and `acpi_tb_override_table` (ACPICA), `acpi_table_initrd_override` and
//! `acpi_table_initrd_scan` in drivers/acpi/tables.c, `acpi_reserve_initial_tables` there.

use super::FACS;
use crate::boot::kernel::cmdline::{Cmdline, Parameter, integer};
use crate::boot::kernel::release::{Change, Release};
use crate::bytes::{bytes_at, kernel_text, kmsg, u8_at, u32_at};
use crate::table::rsdp::Rsdp;

/// Stands in a line for an address that is not known.
pub const UNKNOWN_ADDRESS: &str = "0x????????????????";

/// An address as the kernel prints it: `0x` and 16 digits since 3.15, 16 small digits before.
pub(super) fn address(address: Option<u64>, release: &Release) -> String {
    match (address, release.has(Change::HEX_ADDRESSES)) {
        (Some(address), true) => format!("0x{address:016X}"),
        (Some(address), false) => format!("{address:016x}"),
        (None, true) => UNKNOWN_ADDRESS.to_owned(),
        (None, false) => "????????????????".to_owned(),
    }
}

/// What the first taint of the kernel brings with it.
pub(super) const LOCK_DEBUGGING_OFF: &str = "Disabling lock debugging due to kernel taint";

/// What options about tables say as they are read, in the order of the command line.
///
/// # Kernel
/// `acpi_force_32bit_fadt_addr` and `acpi_parse_apic_instance` in drivers/acpi/tables.c.
pub(super) fn options(line: &Cmdline, release: &Release) -> Vec<String> {
    let said = |parameter: &Parameter| match parameter.name.as_str() {
        "acpi_force_32bit_fadt_addr" => {
            release.has(Change::FORCED_NARROW_FADT).then(|| "ACPI: Forcing 32 Bit FADT addresses".to_owned())
        }
        "acpi_apic_instance" => {
            let instance = integer(parameter.value.as_deref()?)?;
            Some(format!("ACPI: Shall use APIC/MADT table {instance}"))
        }
        _ => None,
    };
    line.parameters().iter().filter_map(said).collect()
}

/// What is said where there is more than one MADT.
///
/// # Kernel
/// `check_multiple_madt` in drivers/acpi/tables.c.
pub(super) fn several_madts(instance: i32) -> [String; 2] {
    let other = if instance == 0 { 2 } else { 0 };
    [
        format!("ACPI: BIOS bug: multiple APIC/MADT found, using {instance}"),
        format!("ACPI: If \"acpi_apic_instance={other}\" works better, notify linux-acpi@vger.kernel.org"),
    ]
}

/// The line that lists a table as it is installed.
pub(super) fn header(table: &[u8], at: Option<u64>, release: &Release) -> String {
    let at = address(at, release);
    let length = length(u32_at(table, 4).unwrap_or(0), release);
    let text = |start, len| kernel_text(bytes_at(table, start, len).unwrap_or_default());
    let name = text(0, 4);
    if table.starts_with(&FACS.0) {
        return format!("ACPI: {name:4} {at} {length}");
    }
    let revision = u8_at(table, 8).unwrap_or(0);
    let (oem, table_id, creator) = (text(10, 6), text(16, 8), text(28, 4));
    let oem_revision = u32_at(table, 24).unwrap_or(0);
    let creator_revision = u32_at(table, 32).unwrap_or(0);
    if release.has(Change::HEX_ADDRESSES) {
        format!(
            "ACPI: {name:4} {at} {length} (v{revision:02} {oem:6} {table_id:8} {oem_revision:08X} {creator:4} {creator_revision:08X})"
        )
    } else {
        format!(
            "ACPI: {name:>4} {at} {length} (v{revision:02} {oem:>6} {table_id:>8} {oem_revision:08X} {creator:>4} {creator_revision:08X})"
        )
    }
}

/// The line about the RSDP; its length is only printed as it is from revision 1 on.
pub(super) fn rsdp(bytes: &[u8], at: Option<u64>, release: &Release) -> Option<String> {
    let rsdp = Rsdp::parse(bytes).ok()?;
    let revision = rsdp.revision();
    let length = if revision > 0 { u32_at(bytes, 20).unwrap_or(0) } else { 20 };
    let (at, length, oem) = (address(at, release), length_of(length, release), kernel_text(&rsdp.oem_id()));
    Some(if release.has(Change::HEX_ADDRESSES) {
        format!("ACPI: RSDP {at} {length} (v{revision:02} {oem:6})")
    } else {
        format!("ACPI: RSDP {at} {length} (v{revision:02} {oem:>6})")
    })
}

fn length(length: u32, release: &Release) -> String {
    length_of(length, release)
}

fn length_of(length: u32, release: &Release) -> String {
    if release.has(Change::HEX_ADDRESSES) { format!("{length:06X}") } else { format!("{length:05X}") }
}

/// What announces that a table of the archive takes the place of another, since 4.7.
pub(super) fn announce_override(new: &[u8]) -> String {
    format!("ACPI: Table Upgrade: override [{}]", ids(new))
}

/// What announces a replacement that taints the kernel.
pub(super) fn taint(existing: &[u8]) -> String {
    let name = padded(existing.get(..4).unwrap_or_default(), 4);
    let id = padded(existing.get(16..24).unwrap_or_default(), 8);
    format!("ACPI: Override [{name}-{id}], this is unsafe: tainting kernel")
}

/// Where the DSDT that the kernel was built with takes the place of the firmware's; it is part of the kernel's image.
pub(super) fn built_in_place(from: Option<u64>, release: &Release) -> String {
    let (from, to) = (address(from, release), address(None, release));
    format!("ACPI: DSDT {from} Logical table override, new table: {to}")
}

/// Where the new table lies; old kernels print where they mapped it, which nobody knows.
pub(super) fn override_place(new: &[u8], from: Option<u64>, to: Option<u64>, release: &Release) -> String {
    let name = padded(new.get(..4).unwrap_or_default(), 4);
    let to = to.filter(|_| release.has(Change::OVERRIDE_PLACE));
    let (from, to) = (address(from, release), address(to, release));
    format!("ACPI: {name} {from} Physical table override, new table: {to}")
}

/// What announces a further table.
pub(super) fn announce_install(new: &[u8]) -> String {
    format!("ACPI: Table Upgrade: install [{}]", ids(new))
}

/// What is said of an SSDT under `acpi_no_static_ssdt`.
pub(super) fn ignoring(table: &[u8], at: Option<u64>) -> String {
    let name = padded(table.get(..4).unwrap_or_default(), 4);
    let at = at.map_or_else(|| "?".repeat(16), |at| format!("{at:016X}"));
    format!("ACPI: Ignoring installation of {name} at {at}")
}

/// The reservation of a table's memory.
pub(super) fn reserving(table: &[u8], at: u64) -> String {
    let name = padded(table.get(..4).unwrap_or_default(), 4);
    let last = at.wrapping_add(u64::from(u32_at(table, 4).unwrap_or(0))).wrapping_sub(1);
    format!("ACPI: Reserving {name} table memory at [mem {at:#x}-{last:#x}]")
}

/// Signature and ids as the kernel's `Table Upgrade` lines show them: up to the first NUL, padded on the left.
fn ids(table: &[u8]) -> String {
    let part = |range: std::ops::Range<usize>| table.get(range).unwrap_or_default();
    format!("{}-{}-{}", padded(part(0..4), 4), padded(part(10..16), 6), padded(part(16..24), 8))
}

fn padded(field: &[u8], width: usize) -> String {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let blanks = width.saturating_sub(text.len());
    format!("{}{}", " ".repeat(blanks), kmsg(text))
}
