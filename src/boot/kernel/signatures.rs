//! The signatures that Linux takes from an initrd, by release.

use crate::table::Signature;

/// All signatures, in the order in which releases began to take them: what a release takes is a prefix of this list.
/// FACS, the RSDP and everything else (OEMx, MSDM, TPM2, ...) are never taken.
///
/// # Kernel
/// `table_sigs` in drivers/acpi/tables.c (before 4.7 in drivers/acpi/osl.c).
const SIGNATURES: &[[u8; 4]] = &[
    *b"BERT", *b"CPEP", *b"ECDT", *b"EINJ", *b"ERST", *b"HEST", *b"APIC", *b"MSCT", *b"SBST", *b"SLIT",
    *b"SRAT", *b"ASF!", *b"BOOT", *b"DBGP", *b"DMAR", *b"HPET", *b"IBFT", *b"IVRS", *b"MCFG", *b"MCHI",
    *b"SLIC", *b"SPCR", *b"SPMI", *b"TCPA", *b"UEFI", *b"WAET", *b"WDAT", *b"WDDT", *b"WDRT", *b"DSDT",
    *b"FACP", *b"PSDT", *b"RSDT", *b"XSDT", *b"SSDT", // 3.8
    *b"IORT", // 4.17
    *b"BGRT", *b"NFIT", *b"HMAT", *b"PPTT", // 5.4
    *b"NHLT", // 5.8
    *b"AEST", *b"CEDT", // 5.17
    *b"AGDI", // 5.19
    *b"NBFT", // 6.3
    *b"SWFT", // 6.18
    *b"MPAM", // 6.19
];

/// From which release on how many signatures of the list are taken. 3.12, 5.10, 6.1, 6.12, 6.18, 7.2 and 7.3 have been
/// compared with their sources, and the lists in the images of 6.16.12, 6.17.13, 6.18.15, 6.19.14 and 7.0.13 with one another;
/// what lies between two of these may have come a release earlier or later.
const TAKEN: &[((u16, u16), usize)] = &[
    ((0, 0), 35),
    ((4, 17), 36),
    ((5, 4), 40),
    ((5, 8), 41),
    ((5, 17), 43),
    ((5, 19), 44),
    ((6, 3), 45),
    ((6, 18), 46),
    ((6, 19), 47),
];

/// The signatures that a release (major, minor) takes from an initrd.
pub fn taken_by(release: (u16, u16)) -> &'static [[u8; 4]] {
    let count = TAKEN.iter().rev().find(|(first, _)| *first <= release).map_or(0, |(_, count)| *count);
    SIGNATURES.get(..count).unwrap_or(SIGNATURES)
}

/// The signatures that the newest release known here takes.
pub fn taken_by_newest() -> &'static [[u8; 4]] {
    SIGNATURES
}

/// The first release (major, minor) that takes a signature, `None` when none does. The first of all is 3.8.
pub fn first_taken_by(signature: Signature) -> Option<(u16, u16)> {
    let place = SIGNATURES.iter().position(|known| *known == signature.0)?;
    let (first, _) = TAKEN.iter().find(|(_, count)| place < *count)?;
    Some((*first).max((3, 8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_those_of_the_sources() {
        let lengths = [
            ((3, 12), 35),
            ((5, 10), 41),
            ((6, 1), 44),
            ((6, 12), 45),
            ((6, 16), 45),
            ((6, 17), 45),
            ((6, 18), 46),
            ((6, 19), 47),
            ((7, 2), 47),
            ((9, 0), 47),
        ];
        for (release, count) in lengths {
            assert_eq!(taken_by(release).len(), count, "{release:?}");
        }
        assert_eq!(taken_by_newest().len(), TAKEN.last().unwrap().1);
        assert!(TAKEN.is_sorted());
        let mut unique = SIGNATURES.to_vec();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), SIGNATURES.len());
    }

    #[test]
    fn a_signature_knows_its_first_release() {
        for (signature, first) in
            [(b"SRAT", (3, 8)), (b"HMAT", (5, 4)), (b"CEDT", (5, 17)), (b"MPAM", (6, 19))]
        {
            assert_eq!(first_taken_by(Signature(*signature)), Some(first));
            assert!(taken_by(first).contains(signature));
        }
        for signature in [b"FACS", b"RSD ", b"srat", b"OEM1", b"MSDM"] {
            assert_eq!(first_taken_by(Signature(*signature)), None);
        }
    }
}
