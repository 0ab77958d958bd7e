//! Rules for the PMTT: sockets, their memory controllers, and the components of these.

use super::Findings;
use crate::finding::registry::tables as rules;
use crate::table::Header;
use crate::table::structures::{Structure, Structures};
use std::collections::HashMap;

/// Types of devices.
mod kind {
    pub(super) const SOCKET: u64 = 0;
    pub(super) const CONTROLLER: u64 = 1;
    pub(super) const COMPONENT: u64 = 2;
}

/// The revision from which on devices are counted.
const COUNTED: u8 = 2;
/// A handle of no SMBIOS structure.
const NO_HANDLE: u64 = 0xffff;

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Some(header) = Header::parse(table) else { return };
    let parts = Structures::of(table);
    // The innermost device around each; devices come in the order in which they start.
    let mut open: Vec<&Structure<'_>> = Vec::new();
    let mut around: Vec<Option<&Structure<'_>>> = Vec::with_capacity(parts.entries.len());
    for device in &parts.entries {
        while open.pop_if(|other| other.span.end < device.span.end).is_some() {}
        around.push(open.last().copied());
        open.push(device);
    }
    for (device, holder) in parts.entries.iter().zip(&around) {
        let top = device.flag("Top-level Device");
        let message = match (holder, top) {
            (None, Some(false)) => Some("is in no other device and not flagged as top-level".to_owned()),
            (Some(_), Some(true)) => Some("is in another device and flagged as top-level".to_owned()),
            _ => None,
        };
        let misplaced = match (holder.and_then(|holder| holder.kind), device.kind) {
            (Some(_), Some(kind::SOCKET)) => Some("is a socket in another device".to_owned()),
            _ => None,
        };
        if let Some(message) = misplaced.or(message) {
            findings.add(
                &rules::PMTT_LEVEL,
                device.at("Flags"),
                format_args!("{}: it {message}", device.name()),
            );
        }
    }
    if header.revision >= COUNTED {
        let mut held: HashMap<Option<usize>, u64> = HashMap::new();
        for holder in &around {
            *held.entry(holder.map(|holder| holder.span.start)).or_default() += 1;
        }
        let counts = std::iter::once((&parts.table, None))
            .chain(parts.entries.iter().map(|device| (device, Some(device.span.start))));
        for (holder, by) in counts {
            let (told, found) = (holder.uint("Memory Device Count"), held.get(&by).copied().unwrap_or(0));
            if let Some(told) = told.filter(|told| *told != found) {
                let place = if by.is_some() { format!("{}: ", holder.name()) } else { String::new() };
                let message = format_args!("{place}Memory Device Count is {told}, and there are {found}");
                findings.add(&rules::PMTT_COUNT, holder.at("Memory Device Count"), message);
            }
        }
    }
    let mut seen: HashMap<(u64, u64, usize), usize> = HashMap::new();
    for (device, holder) in parts.entries.iter().zip(&around) {
        let inside = holder.map_or(0, |holder| holder.span.start);
        let (field, within) = match device.kind {
            Some(kind::SOCKET) => ("Socket ID", 0),
            Some(kind::CONTROLLER) => ("Controller ID", inside),
            Some(kind::COMPONENT) => ("Bios Handle", 0),
            _ => continue,
        };
        let Some(id) = device
            .uint(field)
            .filter(|id| device.kind != Some(kind::COMPONENT) || *id & NO_HANDLE != NO_HANDLE)
        else {
            continue;
        };
        let first = *seen.entry((device.kind.unwrap_or(0), id, within)).or_insert(device.span.start);
        if first != device.span.start {
            let message =
                format_args!("{}: {field} {id:#x} is also that of the device at {first:#x}", device.name());
            findings.add(&rules::PMTT_TWICE, device.at(field), message);
        }
    }
}
