//! FADT (signature `FACP`): fixed hardware, and where FACS and DSDT are.
//!
//! # Spec
//! ACPI 6.5, 5.2.9.

use super::def::{Bits, TableDef, address, bit, bits, choice, dec, flags, gas, reserved, uint};
use super::view::{self, ViewError};
use super::{HEADER_FIELDS, Header, Signature};
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

/// The layout: what each version of ACPI added stands at the end.
pub static TABLE: TableDef = TableDef {
    signature: SIGNATURE,
    title: "Fixed ACPI Description Table (FADT)",
    reference: "ACPI 6.5, 5.2.9",
    header: HEADER_FIELDS,
    fields: &[
        address("FACS Address", 36, 4),
        address("DSDT Address", 40, 4),
        dec("Model", 44, 1),
        choice("PM Profile", 45, 1, PM_PROFILES),
        dec("SCI Interrupt", 46, 2),
        uint("SMI Command Port", 48, 4),
        uint("ACPI Enable Value", 52, 1),
        uint("ACPI Disable Value", 53, 1),
        uint("S4BIOS Command", 54, 1),
        uint("P-State Control", 55, 1),
        address("PM1A Event Block Address", 56, 4),
        address("PM1B Event Block Address", 60, 4),
        address("PM1A Control Block Address", 64, 4),
        address("PM1B Control Block Address", 68, 4),
        address("PM2 Control Block Address", 72, 4),
        address("PM Timer Block Address", 76, 4),
        address("GPE0 Block Address", 80, 4),
        address("GPE1 Block Address", 84, 4),
        dec("PM1 Event Block Length", 88, 1),
        dec("PM1 Control Block Length", 89, 1),
        dec("PM2 Control Block Length", 90, 1),
        dec("PM Timer Block Length", 91, 1),
        dec("GPE0 Block Length", 92, 1),
        dec("GPE1 Block Length", 93, 1),
        dec("GPE1 Base Offset", 94, 1),
        uint("_CST Support", 95, 1),
        dec("C2 Latency", 96, 2),
        dec("C3 Latency", 98, 2),
        dec("CPU Cache Size", 100, 2),
        dec("Cache Flush Stride", 102, 2),
        dec("Duty Cycle Offset", 104, 1),
        dec("Duty Cycle Width", 105, 1),
        uint("RTC Day Alarm Index", 106, 1),
        uint("RTC Month Alarm Index", 107, 1),
        uint("RTC Century Index", 108, 1),
        flags("Boot Flags", 109, 2, BOOT_FLAGS),
        reserved("Reserved", 111, 1),
        flags("Flags", 112, 4, FLAGS),
        gas("Reset Register", 116).optional(),
        uint("Value to cause reset", 128, 1).optional(),
        flags("ARM Flags", 129, 2, ARM_FLAGS).optional(),
        dec("FADT Minor Revision", 131, 1).optional(),
        address("FACS Address", 132, 8).optional(),
        address("DSDT Address", 140, 8).optional(),
        gas("PM1A Event Block", 148).optional(),
        gas("PM1B Event Block", 160).optional(),
        gas("PM1A Control Block", 172).optional(),
        gas("PM1B Control Block", 184).optional(),
        gas("PM2 Control Block", 196).optional(),
        gas("PM Timer Block", 208).optional(),
        gas("GPE0 Block", 220).optional(),
        gas("GPE1 Block", 232).optional(),
        gas("Sleep Control Register", 244).optional(),
        gas("Sleep Status Register", 256).optional(),
        uint("Hypervisor ID", 268, 8).optional(),
    ],
};

const PM_PROFILES: &[(u64, &str)] = &[
    (0, "Unspecified"),
    (1, "Desktop"),
    (2, "Mobile"),
    (3, "Workstation"),
    (4, "Enterprise Server"),
    (5, "SOHO Server"),
    (6, "Appliance PC"),
    (7, "Performance Server"),
    (8, "Tablet"),
];

const BOOT_FLAGS: &[Bits] = &[
    bit(0, "Legacy Devices Supported (V2)"),
    bit(1, "8042 Present on ports 60/64 (V2)"),
    bit(2, "VGA Not Present (V4)"),
    bit(3, "MSI Not Supported (V4)"),
    bit(4, "PCIe ASPM Not Supported (V4)"),
    bit(5, "CMOS RTC Not Present (V5)"),
];

const ARM_FLAGS: &[Bits] = &[bit(0, "PSCI Compliant"), bit(1, "Must use HVC for PSCI")];

const FLAGS: &[Bits] = &[
    bit(0, "WBINVD instruction is operational (V1)"),
    bit(1, "WBINVD flushes all caches (V1)"),
    bit(2, "All CPUs support C1 (V1)"),
    bit(3, "C2 works on MP system (V1)"),
    bit(4, "Control Method Power Button (V1)"),
    bit(5, "Control Method Sleep Button (V1)"),
    bit(6, "RTC wake not in fixed reg space (V1)"),
    bit(7, "RTC can wake system from S4 (V1)"),
    bit(8, "32-bit PM Timer (V1)"),
    bit(9, "Docking Supported (V1)"),
    bit(10, "Reset Register Supported (V2)"),
    bit(11, "Sealed Case (V3)"),
    bit(12, "Headless - No Video (V3)"),
    bit(13, "Use native instr after SLP_TYPx (V3)"),
    bit(14, "PCIEXP_WAK Bits Supported (V4)"),
    bit(15, "Use Platform Timer (V4)"),
    bit(16, "RTC_STS valid on S4 wake (V4)"),
    bit(17, "Remote Power-on capable (V4)"),
    bit(18, "Use APIC Cluster Model (V4)"),
    bit(19, "Use APIC Physical Destination Mode (V4)"),
    bit(20, "Hardware Reduced (V5)"),
    bit(21, "Low Power S0 Idle (V5)"),
    bits(22, 2, "Persistent CPU Caches (V6)", &[(0, "not reported"), (1, "not persistent"), (2, "persistent")]).since(6),
];
