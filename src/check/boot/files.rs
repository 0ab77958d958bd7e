//! What is to be said of the files of an initrd that hold tables, beside the firmware's: the same for every command that
//! predicts a boot.

use crate::boot::install::order::{Rival, Rivals};
use crate::boot::install::{Origin, sysfs_names};
use crate::boot::stages::upgrade::Examined as Accepted;
use crate::boot::{Machine, NextBoot, Outcome};
use crate::check::across::Named;
use crate::check::{against, open};
use crate::finding::Finding;
use crate::foreign::Foreign;

/// The findings about the files: those that Linux refuses, and what becomes of the others.
pub fn findings(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let mut all = refused(outcome, next);
    if next.line().acpi_off {
        return all;
    }
    let accepted = &outcome.archive;
    let names: Vec<Foreign> = accepted.names.iter().map(|name| Foreign::from("archive: ") + name).collect();
    let files: Vec<Named<'_>> = accepted
        .tables
        .iter()
        .zip(&names)
        .map(|(table, subject)| Named { subject: subject.raw(), base: 0, bytes: table })
        .collect();
    let firmware = firmware(machine, outcome);
    let place = |rival: &Rival| {
        let index = firmware.iter().position(|(index, _)| *index == rival.index)?;
        Some(Rival { index, name: rival.name.clone() })
    };
    let among = |group: Rivals| {
        let tables = group.tables.iter().filter_map(place).collect();
        Rivals { tables, ..group }
    };
    let rivals: Vec<Rivals> = machine.firmware.rivals().into_iter().map(among).collect();
    let tables: Vec<Named<'_>> = firmware
        .iter()
        .filter_map(|(index, subject)| {
            let bytes = &machine.firmware.tables.get(*index)?.bytes;
            Some(Named { subject: subject.raw(), base: 0, bytes })
        })
        .collect();
    all.extend(open::beside(&files, &tables, &rivals, next.release()).1);
    all
}

/// Why files are refused.
fn refused(outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let files = outcome.upgrade.iter().flat_map(|upgrade| &upgrade.files);
    let refused = files.filter(|file| !matches!(file.outcome, Accepted::Accepted | Accepted::NotConfigured));
    refused
        .flat_map(|file| {
            let subject = Foreign::from("archive: ") + file.reported;
            against::refusal(&subject, file.entry.data, next.release())
        })
        .collect()
}

/// The firmware's tables that are in the kernel's list or were replaced there, by number, with their names in /sys.
fn firmware(machine: &Machine, outcome: &Outcome<'_>) -> Vec<(usize, Foreign)> {
    let list = &outcome.installation.list;
    let shown = sysfs_names(list, &machine.firmware, &outcome.archive, &outcome.map.ram);
    list.iter()
        .zip(&shown)
        .filter_map(|(table, name)| {
            let index = match table.origin {
                Origin::Firmware(index) => index,
                Origin::Archive(_) => table.replaced?,
            };
            // Where nothing says the order, the number in /sys is not known.
            let label = machine.firmware.label(index).cloned().or_else(|| name.clone());
            Some((index, label.unwrap_or_else(|| format!("the table in slot {}", table.slot).into())))
        })
        .collect()
}
