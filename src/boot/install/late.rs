//! What happens to the list once memory can be allocated: copies go, and /sys gets its names.

use super::state::State;
use super::{Archive, Firmware, Installed, Origin, Phase, content, signature};
use crate::table::Signature;
use std::collections::HashMap;

/// Marks the tables that are byte for byte the same as an earlier one: the kernel takes them off the list, silently.
///
/// # Kernel
/// `acpi_reallocate_root_table` (ACPICA), since 4.14; not where all tables were verified at installation.
pub(super) fn remove_copies(state: &mut State<'_>) {
    if !state.release.drops_copies || state.line.acpi_force_table_verification {
        return;
    }
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    let mut copies = Vec::new();
    for table in state.list.iter().flatten() {
        match seen.entry(content(state.bytes(table.origin))) {
            std::collections::hash_map::Entry::Occupied(first) => copies.push((table.slot, *first.get())),
            std::collections::hash_map::Entry::Vacant(place) => drop(place.insert(table.slot)),
        }
    }
    for (slot, first) in copies {
        if let Some(Some(table)) = state.list.get_mut(slot) {
            table.copy_of = Some(first);
        }
        let what = state.name_at(slot).map_or_else(String::new, |name| name.to_string());
        let event = format!("{what} is taken off the list again");
        let why = format!("slot {first} has the same bytes");
        state.step(Phase::Install, "acpi_reallocate_root_table", Some(slot), event, why);
    }
}

/// The names of the tables in /sys/firmware/acpi/tables once the system is up: the signature, with a number from 1 where
/// several share it. `None` for copies, which have gone by then.
///
/// # Kernel
/// `acpi_table_attr_init` in drivers/acpi/sysfs.c.
pub fn sysfs_names(list: &[Installed], firmware: &Firmware, archive: &Archive<'_>) -> Vec<Option<String>> {
    let name = |table: &Installed| {
        let bytes = match table.origin {
            Origin::Firmware(index) => firmware.tables.get(index).map_or(&[][..], |table| &table.bytes),
            Origin::Archive(index) => archive.tables.get(index).copied().unwrap_or_default(),
        };
        table.copy_of.is_none().then(|| signature(bytes))
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
            Some(if several { format!("{name}{number}") } else { name.to_string() })
        })
        .collect()
}
