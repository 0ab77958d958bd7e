//! FADT (signature `FACP`): fixed hardware, and where FACS and DSDT are.
//!
//! # Spec
//! ACPI 6.5, 5.2.9.

use super::Signature;
use super::view::view;
use crate::bytes::{u32_at, u64_at};

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

view! {
    /// A table with the FADT's signature; any content. Each field is `None` when the table ends before it.
    pub struct Fadt of [SIGNATURE];
}

impl Fadt<'_> {
    /// 32-bit address of the FACS.
    pub fn firmware_ctrl(&self) -> Option<u32> {
        u32_at(self.bytes, 36)
    }

    /// 32-bit address of the DSDT.
    pub fn dsdt(&self) -> Option<u32> {
        u32_at(self.bytes, 40)
    }

    /// Fixed feature flags.
    pub fn flags(&self) -> Option<FadtFlags> {
        u32_at(self.bytes, 112).map(FadtFlags::from_bits_retain)
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
