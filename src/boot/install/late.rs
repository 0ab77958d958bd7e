//! What happens to the list later: several MADTs are told of, copies go once memory can be allocated, and /sys gets its names.

use super::state::State;
use super::{Archive, FACS, Firmware, Installed, MADT, Origin, Phase, content, is_whole, lines, signature};
use crate::boot::kernel::release::Change;
use crate::bytes::{sum8, u32_at};
use crate::foreign::Foreign;
use crate::memory::{PAGE_SIZE, Ranges, page_down, page_up};
use crate::table::Signature;
use std::collections::HashMap;

/// Chooses the MADT, and says so where there are several: the first, or the one that `acpi_apic_instance=` names.
///
/// # Kernel
/// `check_multiple_madt` and `acpi_table_parse` in drivers/acpi/tables.c.
pub(super) fn choose_madt(state: &mut State<'_>) {
    const FUNCTION: &str = "check_multiple_madt";
    let madts: Vec<usize> = (0..state.list.len()).filter(|slot| state.name_at(*slot) == Some(MADT)).collect();
    state.done.madt = madts.first().copied();
    if madts.len() < 2 {
        return;
    }
    let instance = state.line.acpi_apic_instance.unwrap_or(0);
    lines::several_madts(instance).into_iter().for_each(|line| state.say(line));
    let place = usize::try_from(instance).unwrap_or(usize::MAX).saturating_sub(1);
    state.done.madt = madts.get(place).copied();
    let why = match state.line.acpi_apic_instance {
        Some(instance) => format!("acpi_apic_instance={instance}"),
        None => "the first one counts unless acpi_apic_instance= names another".to_owned(),
    };
    let event = match state.done.madt {
        Some(slot) => format!("of {} MADTs the one in slot {slot} is read", madts.len()),
        None => format!("none of the {} MADTs is read", madts.len()),
    };
    state.step(Phase::Install, FUNCTION, state.done.madt, event, why);
}

/// Tells of the tables whose bytes do not sum to 0: the kernel warns of them and uses them.
///
/// # Kernel
/// `acpi_tb_verify_checksum` (ACPICA); a build that would refuse them is not in use.
pub(super) fn verify_sums(state: &mut State<'_>) {
    const FUNCTION: &str = "acpi_tb_verify_checksum";
    for slot in 0..state.list.len() {
        let Some(table) = state.at(slot) else { continue };
        let bytes = state.bytes(table.origin);
        if !is_whole(bytes) {
            continue;
        }
        let bytes = content(bytes);
        let (name, sum) = (signature(bytes), sum8(bytes));
        if name == FACS || sum == 0 {
            continue;
        }
        let event =
            Foreign::from("the bytes of ") + name + " do not sum to 0: the kernel warns of it and uses it";
        state.step(Phase::Install, FUNCTION, Some(slot), event, format!("they sum to {sum:#04x}"));
    }
}

/// With `acpi=copy_dsdt`, the DSDT gets memory of its own before it is loaded.
///
/// # Kernel
/// `acpi_tb_copy_dsdt` (ACPICA).
pub(super) fn copy_dsdt(state: &mut State<'_>) {
    if let Some(slot) = state.done.dsdt.filter(|_| state.line.acpi_copy_dsdt) {
        let event = "the DSDT is copied, and the copy is loaded";
        state.step(Phase::Install, "acpi_tb_copy_dsdt", Some(slot), event, "acpi=copy_dsdt");
    }
}

/// Marks the tables that are byte for byte the same as an earlier one: the kernel takes them off the list, silently.
///
/// # Kernel
/// `acpi_reallocate_root_table` (ACPICA), since 4.14; not where all tables were verified at installation.
pub(super) fn remove_copies(state: &mut State<'_>) {
    if !state.release.has(Change::COPIES_DROPPED) || state.verifies() {
        return;
    }
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    let mut copies = Vec::new();
    for table in state.list.iter().flatten().filter(|table| is_whole(state.bytes(table.origin))) {
        match seen.entry(content(state.bytes(table.origin))) {
            std::collections::hash_map::Entry::Occupied(first) => copies.push((table.slot, *first.get())),
            std::collections::hash_map::Entry::Vacant(place) => drop(place.insert(table.slot)),
        }
    }
    for (slot, first) in copies {
        if let Some(Some(table)) = state.list.get_mut(slot) {
            table.copy_of = Some(first);
        }
        let what = state.name_at(slot).map(Foreign::from).unwrap_or_default();
        let event = what + " is taken off the list again";
        let why = format!("slot {first} has the same bytes");
        state.step(Phase::Install, "acpi_reallocate_root_table", Some(slot), event, why);
    }
}

/// Whether a table cannot be mapped any more once the system is up: it begins in what the kernel takes for RAM, and does not
/// fit into that page. Where the archive has its tables, the kernel takes nothing for RAM.
///
/// # Kernel
/// `acpi_map` in drivers/acpi/osl.c, 3.8 to 7.3; two recorded boots of 6.12 and 7.1.
pub fn is_in_ram(table: &Installed, firmware: &Firmware, ram: &Ranges) -> bool {
    let Origin::Firmware(index) = table.origin else { return false };
    let Some((known, start)) = firmware.tables.get(index).and_then(|table| Some((table, table.address?)))
    else {
        return false;
    };
    let length = u32_at(&known.bytes, 4).map_or(0, u64::from);
    let (first, end) = (page_down(start), page_up(start.saturating_add(length)));
    end.saturating_sub(first) > PAGE_SIZE && ram.contains_all(&(first..first.saturating_add(PAGE_SIZE)))
}

/// The names of the tables in /sys/firmware/acpi/tables once the system is up: the signature, with a number from 1 where
/// several share it. `None` for copies, which have gone by then, and for tables that cannot be mapped any more.
///
/// # Kernel
/// `acpi_table_attr_init` in drivers/acpi/sysfs.c.
pub fn sysfs_names(
    list: &[Installed],
    firmware: &Firmware,
    archive: &Archive<'_>,
    ram: &Ranges,
) -> Vec<Option<Foreign>> {
    let name = |table: &Installed| {
        let bytes = match table.origin {
            Origin::Firmware(index) => firmware.tables.get(index).map_or(&[][..], |table| &table.bytes),
            Origin::Archive(index) => archive.tables.get(index).copied().unwrap_or_default(),
        };
        (table.copy_of.is_none() && !is_in_ram(table, firmware, ram)).then(|| signature(bytes))
    };
    let kept: Vec<Option<Signature>> = list.iter().map(name).collect();
    let mut totals: HashMap<Signature, usize> = HashMap::new();
    kept.iter().flatten().for_each(|name| *totals.entry(*name).or_default() += 1);
    let mut numbers: HashMap<Signature, usize> = HashMap::new();
    kept.iter()
        .map(|name| {
            let name = (*name)?;
            let number = numbers.entry(name).or_default();
            *number += 1;
            let several = totals.get(&name).is_some_and(|total| *total > 1);
            let number = if several { number.to_string() } else { String::new() };
            Some(Foreign::from(name) + number)
        })
        .collect()
}

/// The name below /sys/firmware/acpi/tables of the first SSDT that AML loads once the system is up: the count goes on behind
/// the tables that have these names.
///
/// # Kernel
/// `acpi_sysfs_table_handler` and `acpi_table_attr_init` in drivers/acpi/sysfs.c.
pub fn next_dynamic_ssdt(names: &[Option<Foreign>]) -> String {
    match names.iter().flatten().filter(|name| name.raw().starts_with(b"SSDT")).count() {
        0 => "dynamic/SSDT".to_owned(),
        before => format!("dynamic/SSDT{}", before + 1),
    }
}
