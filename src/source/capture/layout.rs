//! Whether a table of known layout is nothing but numbers, as a walk over it shows. A layout may have room for anything: images,
//! data of a vendor, texts; and there may be bytes that no entry covers.

use super::aml::Texts;
use crate::table::def::{At, Count, Field, Role};
use crate::table::item::{Item, Problem, Value, What};
use crate::table::{self, HEADER_LEN};
use std::ops::Range;

/// Tables that decide how a machine boots: of them what is no number is zeroed, and the rest stays.
const NEEDED: [&[u8; 4]; 11] =
    [b"APIC", b"CEDT", b"FACP", b"FACS", b"HMAT", b"MSCT", b"RSD ", b"RSDT", b"SLIT", b"SRAT", b"XSDT"];
/// So few bytes say nothing, and at the end of a list they decide whether the kernel sees one more entry there.
const SHORT: usize = 4;

/// Whether a table is kept though something in it is no number.
pub(super) fn is_needed(table: &[u8]) -> bool {
    NEEDED.iter().any(|signature| table.starts_with(*signature))
}

/// Where a table of known layout, of which `texts` are known, has something that is neither a number nor a known text. The header
/// does not count.
pub(super) fn free(table: &[u8], texts: &mut Texts) -> Vec<Range<usize>> {
    texts.read();
    let is_bare = table::definition(table).is_some_and(|def| def.header.is_empty());
    let (mut free, mut cut) = (Vec::new(), 0..0);
    for item in table::decode(table) {
        let place = item.offset..item.offset.saturating_add(item.size);
        let is_head =
            item.depth == 0 && place.end <= HEADER_LEN && (!is_bare || matches!(item.what, What::Value(_)));
        match &item.what {
            // What the kernel makes of an entry that is cut off depends on the bytes that it has.
            What::Entry { def: Some(def), .. } => cut = item.offset..item.offset + usize::from(def.len),
            What::Entry { def: None, .. } => cut = 0..0,
            What::Problem(Problem::PastEnd { .. }) => continue,
            _ if is_head || is_number(&item, texts) => {}
            What::Raw(..) if is_needed(table) && place.end <= cut.end && cut.contains(&place.start) => {}
            What::Raw(..) if is_needed(table) && place.end == table.len() && item.size < SHORT => {}
            _ => free.push(place.start + handle_len(&item, table, texts).min(item.size)..place.end),
        }
    }
    free.retain(|place| !is_zero(table.get(place.clone()).unwrap_or_default()));
    free
}

/// Zeroes these bytes, and makes the table's checksum right again if it was right.
pub(super) fn zero(table: &mut [u8], places: &[Range<usize>]) {
    let checksum = table::definition(table).and_then(|def| {
        let mut fields = def.header.iter().chain(def.fields);
        let field = fields.find(|field| field.role == Role::Checksum)?;
        match field.at {
            At::Fixed(at) => Some(usize::from(at)),
            _ => None,
        }
    });
    let end = table::decode(table).table().len();
    let sum = |table: &[u8]| crate::bytes::sum8(table.get(..end).unwrap_or_default());
    let before = sum(table);
    for place in places {
        table.get_mut(place.clone()).unwrap_or_default().fill(0);
    }
    let change = before.wrapping_sub(sum(table));
    if let Some(checksum) = checksum.and_then(|at| table.get_mut(at)) {
        *checksum = checksum.wrapping_add(change);
    }
}

/// Whether what was found is a number, a text that is known, or nothing.
fn is_number(item: &Item<'_>, texts: &Texts) -> bool {
    let field = match &item.what {
        What::Value(field) => field,
        What::Raw(_, bytes) => return is_zero(bytes),
        What::Group { .. } | What::Entry { .. } | What::Problem(_) => return true,
    };
    match field.value {
        Value::Uint(_) => true,
        // Single bytes are numbers where rows of them are counted: distances.
        Value::Uints { width, bytes } => {
            width > 1 && !is_reserved(field.def)
                || matches!(field.def.count, Count::Grid(..))
                || is_zero(bytes)
        }
        Value::Text(bytes) => is_known(bytes, texts),
        // A function of a PCI device.
        Value::Bytes(bytes) => is_zero(bytes) || bytes.len() == 2 && bytes.iter().all(|byte| *byte < 32),
        Value::Unicode(bytes) | Value::Guid(bytes) => is_zero(bytes),
    }
}

fn is_reserved(field: &Field) -> bool {
    field.reserved_value().is_some()
}

/// Bytes of an SRAT's device handle that are numbers or a known id: segment and function of a PCI device, `_HID` and `_UID` of
/// one in the namespace. The rest of it is reserved. 0 for other things.
fn handle_len(item: &Item<'_>, table: &[u8], texts: &Texts) -> usize {
    let is_handle = item.field().is_some_and(|field| field.def.name == "Device Handle");
    // Its type is five bytes in front of it.
    let kind = item.offset.checked_sub(5).filter(|_| is_handle).and_then(|at| table.get(at));
    match kind {
        Some(0) => {
            let id = table.get(item.offset..item.offset.saturating_add(8)).unwrap_or_default();
            if is_known(id, texts) { 12 } else { 0 }
        }
        Some(1) => 4,
        _ => 0,
    }
}

/// Whether a text with its padding says nothing of a machine.
fn is_known(padded: &[u8], texts: &Texts) -> bool {
    let text = until_padding(padded);
    text.is_ascii() && texts.is_harmless(&String::from_utf8_lossy(text))
}

/// A text without the blanks and zeros at its end.
fn until_padding(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' '));
    last.and_then(|last| bytes.get(..=last)).unwrap_or_default()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::super::aml::{Taken, take};
    use super::super::mask::Mask;
    use super::super::secrets::Kind;
    use crate::bytes::sum8;

    fn table(signature: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let length = 36 + body.len() as u32;
        let mut table = [signature.as_slice(), &length.to_le_bytes(), &[3, 0], &[b'A'; 26], body].concat();
        table[9] = 0u8.wrapping_sub(sum8(&table));
        table
    }

    /// What comes of a table: its bytes, or nothing but its header, and where something was zeroed.
    fn taken(table: &[u8], keep: &[Kind]) -> Option<(Vec<u8>, Vec<usize>)> {
        let mut bytes = table.to_vec();
        match take(&mut bytes, "", &mut Mask::new(keep)) {
            Taken::Header(kind, _) => {
                assert_eq!(kind, Kind::Vendor);
                None
            }
            Taken::Zeroed(offsets) => Some((bytes, offsets)),
            Taken::Whole(_) => Some((bytes, Vec::new())),
        }
    }

    fn srat(entries: &[&[u8]]) -> Vec<u8> {
        table(b"SRAT", &[&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], entries.concat().as_slice()].concat())
    }

    #[test]
    fn tables_with_free_data_go() {
        let mut uefi = [7; 80];
        uefi[16..18].copy_from_slice(&54u16.to_le_bytes());
        for (signature, body) in [
            (b"UEFI", &uefi[..]),
            (b"UEFI", b"hunter2-hunter2-hunter2"),
            (b"RGRT", b"\x01\0\x01\0hunter2"),
            (b"HEST", b"\x01\0\0\0hunter2-hunter2"),
            (b"MCFG", b"\0\0\0\0\0\0\0\0hunter2"),
            (b"WAET", b"\x01\0\0\0hunter2"),
            (b"S3PT", b"hunter2-hunter2"),
            (b"ECDT", b"hunter2-hunter2-hunter2-hunter2-hunter2"),
        ] {
            let table = table(signature, body);
            assert_eq!(taken(&table, &[]), None, "{}", String::from_utf8_lossy(signature));
            assert_eq!(taken(&table, &[Kind::Vendor]), Some((table, Vec::new())));
        }
        // Behind its end.
        let table = [table(b"WAET", &[1, 0, 0, 0]).as_slice(), b"hunter2"].concat();
        assert_eq!(taken(&table, &[]), None);
    }

    #[test]
    fn tables_of_numbers_and_paths_stay() {
        let dmar =
            [&[38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 18, 0, 0, 0, 0, 1][..], b"\\_SB.PC00\0"].concat();
        for (signature, body) in [(b"WAET", &[1, 0, 0, 0][..]), (b"DMAR", &dmar)] {
            let table = table(signature, body);
            assert_eq!(taken(&table, &[]), Some((table, Vec::new())));
        }
        let other = [&dmar[..20], b"hunter2..\0"].concat();
        assert_eq!(taken(&table(b"DMAR", &other), &[]), None);
    }

    #[test]
    fn what_no_entry_covers_is_zeroed_in_tables_that_decide() {
        let processor = [&[0, 16, 1, 7, 1, 0, 0, 0][..], &[0; 8]].concat();
        let unknown = [&[200, 16][..], b"hunter2-hunter"].concat();
        let long = [&[0, 24, 1, 7, 1, 0, 0, 0][..], &[0; 8], b"hunter2!"].concat();
        let before = srat(&[&processor, &unknown, &long, &[0, 0], b"hunter2"]);
        let (after, offsets) = taken(&before, &[]).unwrap();
        assert!(memchr::memmem::find(&after, b"hunter").is_none() && sum8(&after) == 0);
        assert_eq!(offsets, [66, 96, 104]);
        let mut wanted = srat(&[&processor, &[200, 16], &[0; 14], &long[..16], &[0; 8], &[0; 9]]);
        (wanted[9], wanted[65], wanted[81]) = (after[9], 16, 24);
        assert_eq!(after, wanted);
        assert_eq!(taken(&before, &[Kind::Vendor]), Some((before.clone(), Vec::new())));
        let damaged = [&before[..9], &[before[9] ^ 1], &before[10..]].concat();
        assert_eq!(sum8(&taken(&damaged, &[]).unwrap().0), sum8(&damaged), "a sum that is wrong stays so");
    }

    #[test]
    fn what_decides_about_the_end_stays() {
        let memory = [&[1, 40, 2, 0, 0, 0][..], &[9; 20], &[0; 4]].concat();
        for end in [&[5, 6, 7][..], &memory] {
            let table = srat(&[end]);
            assert_eq!(taken(&table, &[]), Some((table, Vec::new())), "{end:?}");
        }
        // An entry that is cut off keeps what such entries have, and no more.
        let table = srat(&[&[0, 99, 1, 7, 1, 0, 0, 0], &[0; 8], b"hunter2"]);
        assert_eq!(taken(&table, &[]).unwrap().1, [64]);
    }

    #[test]
    fn device_handles_keep_numbers_and_known_ids() {
        let initiator = |kind, handle: &[u8; 16]| {
            [&[5, 32, 0, kind, 1, 0, 0, 0][..], handle, &[1, 0, 0, 0, 0, 0, 0, 0]].concat()
        };
        for (kind, handle, at) in [
            (1, b"\0\0\x10\x20\0\0\0\0\0\0\0\0\0\0\0\0", None),
            (1, b"\0\0\x10\x20hunter2.....", Some(60)),
            (0, b"ACPI0016\x01\0\0\0\0\0\0\0", None),
            (0, b"ACPI0016\x01\0\0\0seed", Some(68)),
            (0, b"hunter2.\0\0\0\0\0\0\0\0", Some(56)),
            (7, b"hunter2.\0\0\0\0\0\0\0\0", Some(56)),
        ] {
            let table = srat(&[&initiator(kind, handle)]);
            assert_eq!(taken(&table, &[]).unwrap().1, Vec::from_iter(at), "{handle:?}");
        }
    }
}
