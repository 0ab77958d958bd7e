//! Rules for the tables that lead to all others: RSDP, RSDT and XSDT.

use super::Findings;
use crate::bytes::{bytes_at, sum8, u8_at};
use crate::finding::registry::header as rules;
use crate::foreign::Foreign;
use crate::table::root::Root;
use crate::table::rsdp::{Rsdp, V1_LEN, V2_LEN};
use std::collections::HashMap;

/// Checks an RSDP.
pub(super) fn rsdp(findings: &mut Findings, bytes: &[u8]) {
    let there = bytes.len();
    let Ok(rsdp) = Rsdp::parse(bytes) else {
        findings.add(&rules::RSDP_SHORT, 0..there, format_args!("{there} bytes, expected at least {V1_LEN}"));
        return;
    };
    if let (false, Some(part), Some(byte)) = (rsdp.checksum_ok(), bytes_at(bytes, 0, V1_LEN), u8_at(bytes, 8))
    {
        let right = byte.wrapping_sub(sum8(part));
        findings.add(
            &rules::RSDP_CHECKSUM,
            8..9,
            format_args!("the checksum is {byte:#04x}, and should be {right:#04x}"),
        );
    }
    if rsdp.revision() >= 2 && there < V2_LEN {
        let revision = rsdp.revision();
        findings.add(
            &rules::RSDP_SHORT,
            0..there,
            format_args!("{there} bytes, expected {V2_LEN} in revision {revision}"),
        );
    } else if let (Some(false), Some(all), Some(byte)) =
        (rsdp.extended_checksum_ok(), bytes_at(bytes, 0, V2_LEN), u8_at(bytes, 32))
    {
        let right = byte.wrapping_sub(sum8(all));
        findings.add(
            &rules::RSDP_EXTENDED_CHECKSUM,
            32..33,
            format_args!("the extended checksum is {byte:#04x}, and should be {right:#04x}"),
        );
    }
    if !matches!(rsdp.revision(), 0 | 2) {
        let message = format_args!("the revision is {}, expected 0 or 2", rsdp.revision());
        findings.add(&rules::RSDP_REVISION, 15..16, message);
    }
    if let Some(length) = rsdp.length().filter(|length| rsdp.revision() >= 2 && *length != V2_LEN as u32) {
        findings.add(&rules::RSDP_LENGTH, 20..24, format_args!("the length is {length}, expected {V2_LEN}"));
    }
    let id = rsdp.oem_id();
    if !super::header::is_text(&id) {
        findings.add(&rules::ID_UNPRINTABLE, 9..15, Foreign::from("OEM id \"") + &id[..] + "\"");
    }
    if rsdp.rsdt() == 0 && rsdp.xsdt().unwrap_or(0) == 0 {
        findings.add(
            &rules::RSDP_NO_ROOT,
            16..there.min(V2_LEN),
            format_args!("revision {}, and the addresses of RSDT and XSDT are zero", rsdp.revision()),
        );
    }
}

/// Checks an RSDT or XSDT.
pub(super) fn root(findings: &mut Findings, table: &[u8]) {
    let Ok(root) = Root::parse(table) else { return };
    for (index, (at, _)) in root.entries().enumerate().filter(|(_, (_, address))| *address == 0) {
        findings.add(
            &rules::ROOT_NULL_ENTRY,
            at..at + root.entry_len(),
            format_args!("entry {index} is null"),
        );
    }
    let mut seen = HashMap::new();
    for (index, (at, address)) in root.entries().enumerate().filter(|(_, (_, address))| *address != 0) {
        let first = *seen.entry(address).or_insert(index);
        if first != index {
            let message = format_args!("entry {index} is {address:#x}, as entry {first}");
            findings.add(&rules::ROOT_ENTRY_TWICE, at..at + root.entry_len(), message);
        }
    }
    let trailing = root.trailing().len();
    if trailing > 0 {
        let end = usize::try_from(root.header.length).unwrap_or(table.len()).min(table.len());
        findings.add(
            &rules::ROOT_TRAILING,
            end - trailing..end,
            format_args!("{trailing} bytes are left after the last address of {}", root.entry_len()),
        );
    }
}
