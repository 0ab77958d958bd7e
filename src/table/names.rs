//! The full names of tables, with or without a field list.

use super::{Signature, definition};

/// The name of a table, from its first bytes; `None` when the specification and its list of reserved signatures have
/// none.
pub fn title(table: &[u8]) -> Option<&'static str> {
    if let Some(def) = definition(table) {
        return Some(def.title);
    }
    let signature = table.get(..4)?;
    OTHERS.iter().find(|(name, _)| name.as_slice() == signature).map(|(_, title)| *title)
}

/// The signature that people mean by another name of a table.
pub fn signature_of(name: &str) -> Option<Signature> {
    const ALIASES: [(&str, [u8; 4]); 2] = [("FADT", *b"FACP"), ("MADT", *b"APIC")];
    let found = ALIASES.iter().find(|(alias, _)| name.eq_ignore_ascii_case(alias));
    found.map(|(_, signature)| Signature(*signature))
}

/// Tables without a field list.
const OTHERS: &[(&[u8; 4], &str)] = &[
    (b"AEST", "Arm Error Source Table"),
    (b"AGDI", "Arm Generic Diagnostic Dump and Reset Interface"),
    (b"APMT", "Arm Performance Monitoring Unit Table"),
    (b"ASF!", "Alert Standard Format Table"),
    (b"ASPT", "AMD Secure Processor Table"),
    (b"BDAT", "BIOS Data ACPI Table"),
    (b"BERT", "Boot Error Record Table"),
    (b"BGRT", "Boot Graphics Resource Table"),
    (b"BOOT", "Simple Boot Flag Table"),
    (b"CCEL", "Confidential Computing Event Log"),
    (b"CDIT", "Component Distance Information Table"),
    (b"CEDT", "CXL Early Discovery Table"),
    (b"CPEP", "Corrected Platform Error Polling Table"),
    (b"CRAT", "Component Resource Attribute Table"),
    (b"CSRT", "Core System Resource Table"),
    (b"DBG2", "Debug Port Table 2"),
    (b"DBGP", "Debug Port Table"),
    (b"DMAR", "DMA Remapping Table"),
    (b"DRTM", "Dynamic Root of Trust for Measurement Table"),
    (b"DSDT", "Differentiated System Description Table"),
    (b"DTPR", "DMA Protected Range Table"),
    (b"ECDT", "Embedded Controller Boot Resources Table"),
    (b"EINJ", "Error Injection Table"),
    (b"ERDT", "Enhanced Resource Director Technology Table"),
    (b"ERST", "Error Record Serialization Table"),
    (b"ETDT", "Event Timer Description Table"),
    (b"FPDT", "Firmware Performance Data Table"),
    (b"GTDT", "Generic Timer Description Table"),
    (b"HEST", "Hardware Error Source Table"),
    (b"HPET", "High Precision Event Timer Table"),
    (b"IBFT", "iSCSI Boot Firmware Table"),
    (b"iBFT", "iSCSI Boot Firmware Table"),
    (b"IORT", "I/O Remapping Table"),
    (b"IOVT", "I/O Virtualization Table"),
    (b"IVRS", "I/O Virtualization Reporting Structure"),
    (b"KEYP", "Key Programming Interface Table"),
    (b"LPIT", "Low Power Idle Table"),
    (b"MCFG", "PCI Memory Mapped Configuration Table"),
    (b"MCHI", "Management Controller Host Interface Table"),
    (b"MHSP", "Microsoft Pluton Security Processor Table"),
    (b"MISC", "Miscellaneous GUIDed Table Entries"),
    (b"MPAM", "Memory System Resource Partitioning and Monitoring"),
    (b"MPST", "Memory Power State Table"),
    (b"MSDM", "Microsoft Data Management Table"),
    (b"NBFT", "NVMe Boot Firmware Table"),
    (b"NFIT", "NVDIMM Firmware Interface Table"),
    (b"NHLT", "Non HD Audio Link Table"),
    (b"PCCT", "Platform Communications Channel Table"),
    (b"PDTT", "Platform Debug Trigger Table"),
    (b"PHAT", "Platform Health Assessment Table"),
    (b"PMTT", "Platform Memory Topology Table"),
    (b"PPTT", "Processor Properties Topology Table"),
    (b"PRMT", "Platform Runtime Mechanism Table"),
    (b"PSDT", "Persistent System Description Table"),
    (b"RAS2", "RAS Feature Table 2"),
    (b"RASF", "RAS Feature Table"),
    (b"RGRT", "Regulatory Graphics Resource Table"),
    (b"RHCT", "RISC-V Hart Capabilities Table"),
    (b"RIMT", "RISC-V I/O Mapping Table"),
    (b"SBST", "Smart Battery Specification Table"),
    (b"SDEI", "Software Delegated Exception Interface Table"),
    (b"SDEV", "Secure Devices Table"),
    (b"SLIC", "Software Licensing Description Table"),
    (b"SPCR", "Serial Port Console Redirection Table"),
    (b"SPMI", "Server Platform Management Interface Table"),
    (b"SSDT", "Secondary System Description Table"),
    (b"STAO", "Status Override Table"),
    (b"SVKL", "Storage Volume Key Location Table"),
    (b"SWFT", "SoundWire File Table"),
    (b"TCPA", "Trusted Computing Platform Alliance Table"),
    (b"TDEL", "TD Event Log Table"),
    (b"TPM2", "Trusted Platform Module 2 Table"),
    (b"UEFI", "UEFI Boot Optimization Table"),
    (b"VIOT", "Virtual I/O Translation Table"),
    (b"WAET", "Windows ACPI Emulated Devices Table"),
    (b"WDAT", "Watchdog Action Table"),
    (b"WDDT", "Watchdog Description Table"),
    (b"WDRT", "Watchdog Resource Table"),
    (b"WPBT", "Windows Platform Binary Table"),
    (b"WSMT", "Windows SMM Security Mitigations Table"),
    (b"XENV", "Xen Environment Table"),
];
