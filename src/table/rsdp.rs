//! RSDP, the Root System Description Pointer: where everything starts.
//!
//! # Spec
//! ACPI 6.5, 5.2.5.3.

use super::Signature;
use super::view::ViewError;
use crate::bytes::{array_at, bytes_at, sum8, u8_at, u32_at, u64_at};

/// The eight bytes that it begins with.
pub const SIGNATURE: [u8; 8] = *b"RSD PTR ";

/// The name that tools give it, as it has no signature of four bytes.
pub const NAME: Signature = Signature(*b"RSDP");

/// Length of the ACPI 1.0 structure, which the first checksum covers.
pub const V1_LEN: usize = 20;

/// Length of the structure since ACPI 2.0.
pub const V2_LEN: usize = 36;

/// The pointer; any content.
#[derive(Debug, Clone, Copy)]
pub struct Rsdp<'a> {
    bytes: &'a [u8],
}

impl<'a> Rsdp<'a> {
    /// Views the start of `bytes` as an RSDP.
    ///
    /// # Errors
    /// [`ViewError`] when there are fewer than 20 bytes or they begin with something else.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ViewError> {
        if bytes.len() < V1_LEN {
            return Err(ViewError::Short { signature: NAME, found: bytes.len(), expected: V1_LEN });
        }
        if !bytes.starts_with(&SIGNATURE) {
            let found = Signature(array_at(bytes, 0).unwrap_or_default());
            return Err(ViewError::Other { found, expected: NAME });
        }
        Ok(Rsdp { bytes })
    }

    /// OEM ID.
    pub fn oem_id(&self) -> [u8; 6] {
        array_at(self.bytes, 9).unwrap_or_default()
    }

    /// 0 for ACPI 1.0, 2 since.
    pub fn revision(&self) -> u8 {
        u8_at(self.bytes, 15).unwrap_or_default()
    }

    /// Address of the RSDT.
    pub fn rsdt(&self) -> u32 {
        u32_at(self.bytes, 16).unwrap_or_default()
    }

    /// Length of the structure; from revision 2, when the bytes are there.
    pub fn length(&self) -> Option<u32> {
        (self.revision() >= 2).then(|| u32_at(self.bytes, 20)).flatten()
    }

    /// Address of the XSDT; from revision 2, when the bytes are there.
    pub fn xsdt(&self) -> Option<u64> {
        (self.revision() >= 2).then(|| u64_at(self.bytes, 24)).flatten()
    }

    /// Whether the first 20 bytes sum to zero.
    pub fn checksum_ok(&self) -> bool {
        bytes_at(self.bytes, 0, V1_LEN).is_some_and(|part| sum8(part) == 0)
    }

    /// Whether the first 36 bytes sum to zero; `None` before revision 2, where there is no such sum.
    pub fn extended_checksum_ok(&self) -> Option<bool> {
        let whole = || bytes_at(self.bytes, 0, V2_LEN).is_some_and(|all| sum8(all) == 0);
        (self.revision() >= 2).then(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sums_are_checked() {
        let mut bytes = [b"RSD PTR \0BOCHS \x02".as_slice(), &[0, 0, 0xfe, 0x7f, 36], &[0; 15]].concat();
        bytes[8] = 0u8.wrapping_sub(sum8(&bytes[..20]));
        bytes[32] = 0u8.wrapping_sub(sum8(&bytes));
        let rsdp = Rsdp::parse(&bytes).unwrap();
        assert!(rsdp.checksum_ok() && rsdp.extended_checksum_ok() == Some(true));
        assert_eq!((rsdp.rsdt(), rsdp.length(), rsdp.xsdt()), (0x7ffe_0000, Some(36), Some(0)));
        bytes[30] = 1;
        let rsdp = Rsdp::parse(&bytes).unwrap();
        assert!(rsdp.checksum_ok() && rsdp.extended_checksum_ok() == Some(false));
        assert!(Rsdp::parse(&bytes[..19]).is_err() && Rsdp::parse(&bytes[1..]).is_err());
        assert_eq!(Rsdp::parse(&bytes[..20]).unwrap().xsdt(), None);
    }
}
