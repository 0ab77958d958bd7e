//! Tables of archives, and options about tables.

use super::super::scenario::Scenario;
use super::super::tables::table;

/// Every signature that some release takes, and some that none does.
const SIGNATURES: [&[u8; 4]; 56] = [
    b"BERT", b"CPEP", b"ECDT", b"EINJ", b"ERST", b"HEST", b"APIC", b"MSCT", b"SBST", b"SLIT", b"SRAT",
    b"ASF!", b"BOOT", b"DBGP", b"DMAR", b"HPET", b"IBFT", b"IVRS", b"MCFG", b"MCHI", b"SLIC", b"SPCR",
    b"SPMI", b"TCPA", b"UEFI", b"WAET", b"WDAT", b"WDDT", b"WDRT", b"DSDT", b"FACP", b"PSDT", b"RSDT",
    b"XSDT", b"SSDT", b"BGRT", b"IORT", b"NFIT", b"HMAT", b"PPTT", b"NHLT", b"AEST", b"CEDT", b"AGDI",
    b"NBFT", b"SWFT", b"MPAM", b"FACS", b"GTDT", b"DBG2", b"TPM2", b"FPDT", b"MSDM", b"LPIT", b"CDAT",
    b"OEM1",
];

pub fn scenarios() -> Vec<Scenario> {
    let one = |release, name, decides, line: &str| Scenario::new(release, name, decides, &[512, 512], line);
    // Drivers read fields behind the header: those of a WDAT must be there, and an IVRS must end before its first entry.
    let body = |signature: &[u8; 4]| if signature == b"IVRS" { 12 } else { 40 };
    let every: Vec<Vec<u8>> =
        SIGNATURES.iter().map(|signature| strange(signature, body(signature))).collect();
    let signatures = |release, other| {
        let mut scenario =
            one(release, "signatures", "which signatures an archive may hold", "").with_archive(&every);
        if let Some(other) = other {
            scenario = scenario.unless_release(other);
        }
        scenario
    };
    let ssdts = [strange(b"SSDT", 0), strange(b"OEM9", 0), strange(b"SSDT", 4)];
    let twice = table(b"OEM7", 1, b"the same bytes");
    vec![
        signatures("5.10", Some("6.1")),
        signatures("6.1", Some("5.10")).unless_release("6.12"),
        signatures("6.12", Some("6.1")).unless_release("6.18"),
        signatures("6.18", Some("6.12")).unless_release("7.2"),
        signatures("7.2", Some("6.18")),
        signatures("7.3", Some("6.18")),
        one(
            "6.1",
            "no-static-ssdt",
            "acpi_no_static_ssdt skips the archive's SSDTs too",
            "acpi_no_static_ssdt",
        )
        .with_archive(&ssdts)
        .unless_line("acpi_no_static_ssdt", ""),
        one(
            "7.2",
            "no-static-ssdt",
            "acpi_no_static_ssdt skips the archive's SSDTs too",
            "acpi_no_static_ssdt",
        )
        .with_archive(&ssdts)
        .unless_line("acpi_no_static_ssdt", ""),
        one(
            "6.12",
            "verified-copies",
            "acpi_force_table_verification keeps a byte-identical copy out at once",
            "acpi_force_table_verification",
        )
        .with_firmware(&[twice.clone(), twice.clone()])
        .unless_line("acpi_force_table_verification", ""),
        one("5.10", "lockdown", "lockdown refuses the archive", "lockdown=integrity")
            .with_archive(&[strange(b"SSDT", 0)])
            .unless_release("6.12"),
        one("7.2", "lockdown", "lockdown comes too late to refuse the archive", "lockdown=confidentiality")
            .with_archive(&[strange(b"SSDT", 0)])
            .unless_release("6.1"),
        one(
            "6.18",
            "acpi-off",
            "acpi=off: the archive is read, and no table is used",
            "acpi=off movable_node",
        )
        .with_archive(&[strange(b"SSDT", 0)])
        .unless_line("acpi=off", ""),
    ]
}

/// A table of nobody's identity, so that it replaces none.
fn strange(signature: &[u8; 4], body: usize) -> Vec<u8> {
    let mut bytes = table(signature, 1, &vec![0; body]);
    bytes[10..24].copy_from_slice(b"STRANGENOTHING");
    bytes[10..16].copy_from_slice(b"STRANG");
    super::super::tables::seal(&mut bytes);
    bytes
}
