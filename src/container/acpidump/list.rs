//! The list of tables that acpixtract prints, at the beginning of hw-probe's listings.

use super::{digit, is_blank, number};
use crate::table::HEADER_LEN;

/// Signature and length in a line of acpixtract's list: `   SLIT   0x00000030     0x01    "OEMID "  …`, since 2023
/// ` 07)  SLIT  0x00000030  0x01  "OEMID "  …`.
pub(super) fn listed(line: &[u8]) -> Option<([u8; 4], u64)> {
    let line = line.trim_ascii_start();
    let line = match memchr::memchr(b')', line.get(..5).unwrap_or_default()) {
        Some(at) => line.get(at.saturating_add(1)..).unwrap_or_default().trim_ascii_start(),
        None => line,
    };
    let (signature, rest) = line.split_first_chunk::<4>()?;
    let digits = rest.trim_ascii_start().strip_prefix(b"0x")?;
    let count = digits.iter().take_while(|byte| digit(**byte) < 16).count();
    let is_one = rest.starts_with(b"  ")
        && signature.iter().all(u8::is_ascii_graphic)
        && count == 8
        && digits.get(8).is_none_or(|byte| is_blank(*byte));
    is_one.then(|| (*signature, number(digits.get(..8).unwrap_or_default())))
}

/// The header of a table in such a line: revision, OEM id, OEM table id and OEM revision after the length; `None` where the line
/// has no ids.
pub(super) fn listed_header(line: &[u8], (signature, length): ([u8; 4], u64)) -> Option<[u8; HEADER_LEN]> {
    let text = std::str::from_utf8(line).ok()?;
    let (_, rest) = text.split_once("0x")?;
    let (_, rest) = rest.split_once("0x")?;
    let mut parts = rest.split('"');
    let revision = u8::from_str_radix(parts.next()?.trim(), 16).ok()?;
    let (oem_id, _, table_id) = (parts.next()?, parts.next()?, parts.next()?);
    let oem_revision = u32::from_str_radix(parts.next()?.trim().strip_prefix("0x")?, 16).ok()?;
    let mut header = [0; HEADER_LEN];
    let length = u32::try_from(length).ok()?.to_le_bytes();
    let (creator, creator_revision) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let creator_revision = creator_revision.trim().strip_prefix("0x").unwrap_or_default();
    let creator_revision = u32::from_str_radix(creator_revision, 16).unwrap_or(0).to_le_bytes();
    let oem_revision = oem_revision.to_le_bytes();
    let fields: [(usize, usize, &[u8]); 8] = [
        (0, 4, &signature),
        (4, 4, &length),
        (8, 1, &[revision]),
        (10, 6, oem_id.as_bytes()),
        (16, 8, table_id.as_bytes()),
        (24, 4, &oem_revision),
        (28, 4, creator.as_bytes()),
        (32, 4, &creator_revision),
    ];
    for (at, len, value) in fields {
        let field = header.get_mut(at..at.saturating_add(len))?;
        field.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
    }
    Some(header)
}
