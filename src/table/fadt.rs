//! FADT (signature `FACP`): fixed hardware, and where FACS and DSDT are.
//!
//! # Spec
//! ACPI 6.5, 5.2.9.

use super::view::{self, ViewError};
use super::{Header, Signature};
use crate::bytes::{u8_at, u32_at, u64_at};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"FACP");

bitflags::bitflags! {
    /// Fixed feature flags; bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct FadtFlags: u32 {
        /// WBINVD works.
        const WBINVD = 1;
        /// The reset register works.
        const RESET_REG_SUP = 1 << 10;
        /// Hardware-reduced ACPI: there is no fixed hardware and no need for a FACS.
        const HW_REDUCED_ACPI = 1 << 20;
        const _ = !0;
    }
}

/// A table with the FADT's signature; any content. Each field is `None` when the table ends before it.
#[derive(Debug, Clone, Copy)]
pub struct Fadt<'a> {
    /// The header; its revision is the FADT's major version.
    pub header: Header,
    bytes: &'a [u8],
}

impl<'a> Fadt<'a> {
    /// Views `table` as a FADT, up to its header's length or as far as the bytes go.
    ///
    /// # Errors
    /// [`ViewError`] when there is no whole header or it is another table's.
    pub fn parse(table: &'a [u8]) -> Result<Self, ViewError> {
        view::open(table, &[SIGNATURE]).map(|(header, bytes)| Fadt { header, bytes })
    }

    /// The table's bytes, cut to the header's length where that is shorter.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// 32-bit address of the FACS.
    pub fn firmware_ctrl(&self) -> Option<u32> {
        u32_at(self.bytes, 36)
    }

    /// 32-bit address of the DSDT.
    pub fn dsdt(&self) -> Option<u32> {
        u32_at(self.bytes, 40)
    }

    /// Preferred power management profile.
    pub fn pm_profile(&self) -> Option<u8> {
        u8_at(self.bytes, 45)
    }

    /// Fixed feature flags.
    pub fn flags(&self) -> Option<FadtFlags> {
        u32_at(self.bytes, 112).map(FadtFlags::from_bits_retain)
    }

    /// Minor version; bits 4 to 7 count errata.
    pub fn minor_revision(&self) -> Option<u8> {
        u8_at(self.bytes, 131)
    }

    /// 64-bit address of the FACS.
    pub fn x_firmware_ctrl(&self) -> Option<u64> {
        u64_at(self.bytes, 132)
    }

    /// 64-bit address of the DSDT.
    pub fn x_dsdt(&self) -> Option<u64> {
        u64_at(self.bytes, 140)
    }

    /// Whether there is no fixed hardware.
    pub fn is_hw_reduced(&self) -> bool {
        self.flags().is_some_and(|flags| flags.contains(FadtFlags::HW_REDUCED_ACPI))
    }
}
