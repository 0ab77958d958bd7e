//! RSDT and XSDT: the lists of addresses of all other tables.
//!
//! # Spec
//! ACPI 6.5, 5.2.7 and 5.2.8.

use super::view::view;
use super::{HEADER_LEN, Signature};
use crate::bytes::uint_at;

/// The signature of the list of 32-bit addresses.
pub const RSDT: Signature = Signature(*b"RSDT");

/// The signature of the list of 64-bit addresses.
pub const XSDT: Signature = Signature(*b"XSDT");

view! {
    /// A table with the RSDT's or the XSDT's signature; any content.
    pub struct Root of [XSDT, RSDT];
}

impl<'a> Root<'a> {
    /// Size of one address in bytes: 8 in an XSDT, 4 in an RSDT.
    pub fn entry_len(&self) -> usize {
        if self.header.signature == XSDT { 8 } else { 4 }
    }

    /// The addresses that are whole, in order, null ones included, each with its offset in the table.
    pub fn entries(&self) -> impl Iterator<Item = (usize, u64)> + 'a {
        let (bytes, size) = (self.bytes, self.entry_len());
        (HEADER_LEN..bytes.len()).step_by(size).map_while(move |at| Some((at, uint_at(bytes, at, size)?)))
    }

    /// The bytes after the last whole address.
    pub fn trailing(&self) -> &'a [u8] {
        let list = self.bytes.get(HEADER_LEN..).unwrap_or_default();
        list.chunks_exact(self.entry_len()).remainder()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_as_wide_as_the_signature_says() {
        let list: Vec<u8> = (1..=19).collect();
        for (signature, addresses, trailing) in [
            (*b"RSDT", vec![(36, 0x0403_0201), (40, 0x0807_0605), (44, 0x0c0b_0a09), (48, 0x100f_0e0d)], 3),
            (*b"XSDT", vec![(36, 0x0807_0605_0403_0201), (44, 0x100f_0e0d_0c0b_0a09)], 3),
        ] {
            let table = [signature.as_slice(), &55u32.to_le_bytes(), &[0; 28], &list].concat();
            let root = Root::parse(&table).unwrap();
            assert_eq!(root.entries().collect::<Vec<_>>(), addresses);
            assert_eq!(root.trailing().len(), trailing);
        }
        assert!(Root::parse(b"RSDT").is_err());
    }
}
