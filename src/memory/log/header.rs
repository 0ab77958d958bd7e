//! The headers that the kernel's lines about tables show, as bytes again.

use crate::bytes::sum8;
use crate::table::rsdp::{SIGNATURE as RSDP, V1_LEN, V2_LEN};
use crate::table::{HEADER_LEN, Signature};

/// The 36 bytes of a header, from what a line about a table shows behind the length: `v01 BOCHS  BXPC     00000001 BXPC
/// 00000001`, with or without parentheses. NULs are shown as blanks, and the checksum not at all: such bytes are for printing,
/// not for comparing.
pub fn header(signature: Signature, length: u32, shown: &str) -> Option<Vec<u8>> {
    let (revision, rest) = revision(shown)?;
    let hex = |range: std::ops::Range<usize>| u32::from_str_radix(rest.get(range)?, 16).ok();
    let mut bytes = signature.0.to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend([revision, 0]);
    bytes.extend(rest.get(0..6)?.as_bytes());
    bytes.extend(rest.get(7..15)?.as_bytes());
    bytes.extend(hex(16..24)?.to_le_bytes());
    bytes.extend(rest.get(25..29)?.as_bytes());
    bytes.extend(hex(30..38)?.to_le_bytes());
    (bytes.len() == HEADER_LEN).then_some(bytes)
}

/// An RSDP, from what a line about it shows behind the length (`v02 BOCHS `) and the addresses of the root tables; both its
/// sums are right.
pub fn rsdp(shown: &str, rsdt: u32, xsdt: u64) -> Option<Vec<u8>> {
    let (revision, rest) = revision(shown)?;
    let mut bytes = RSDP.to_vec();
    bytes.push(0);
    bytes.extend(rest.get(0..6)?.as_bytes());
    bytes.push(revision);
    bytes.extend(rsdt.to_le_bytes());
    if let Some(sum) = bytes.get(..V1_LEN).map(sum8)
        && let Some(place) = bytes.get_mut(8)
    {
        *place = 0u8.wrapping_sub(sum);
    }
    if revision > 0 {
        bytes.extend((V2_LEN as u32).to_le_bytes());
        bytes.extend(xsdt.to_le_bytes());
        bytes.extend([0; 4]);
        let sum = sum8(&bytes);
        if let Some(place) = bytes.get_mut(32) {
            *place = 0u8.wrapping_sub(sum);
        }
    }
    Some(bytes)
}

/// `v01 ` or `(v01 ` in front of the rest.
fn revision(shown: &str) -> Option<(u8, &str)> {
    let shown = shown.trim_start_matches('(').strip_prefix('v')?;
    let (revision, rest) = shown.split_once(' ')?;
    Some((revision.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Header;
    use crate::table::rsdp::Rsdp;

    #[test]
    fn what_a_line_shows_becomes_bytes_again() {
        let line = "(v01 ALASKA   A M I  01072009 AMI  00010013)";
        let bytes = header(Signature(*b"XSDT"), 0x54, line).unwrap();
        let header = Header::parse(&bytes).unwrap();
        assert_eq!((header.revision, header.length, header.oem_revision), (1, 0x54, 0x0107_2009));
        assert_eq!(
            (&header.oem_id, &header.oem_table_id, &header.creator_id),
            (b"ALASKA", b"  A M I ", b"AMI ")
        );
        let pointer = rsdp("v02 BOCHS ", 0, 0x7f00_0000).unwrap();
        let pointer = Rsdp::parse(&pointer).unwrap();
        assert!(pointer.checksum_ok() && pointer.extended_checksum_ok() == Some(true));
        assert_eq!((pointer.revision(), pointer.xsdt()), (2, Some(0x7f00_0000)));
        assert_eq!(rsdp("v00 BOCHS ", 1, 0).unwrap().len(), V1_LEN);
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "\\PC{0,60}", tail in "v[0-9]{1,3} \\PC{0,50}") {
            for text in [line, tail] {
                header(Signature(*b"XSDT"), 36, &text);
                rsdp(&text, 1, 2);
            }
        }
    }
}
