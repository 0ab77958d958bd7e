//! The full names of tables, with or without a field list.

use super::{Signature, layout};

/// The name of a table, from its first bytes; `None` when the specification and its list of reserved signatures have
/// none.
pub fn title(table: &[u8]) -> Option<&'static str> {
    if let Some(layout) = layout(table) {
        return Some(layout.title());
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
    (b"DSDT", "Differentiated System Description Table"),
    (b"DPPT", "DMA Protection Policy Table"),
    (b"ETDT", "Event Timer Description Table"),
    (b"MHSP", "Microsoft Pluton Security Processor Table"),
    (b"NBFT", "NVMe Boot Firmware Table"),
    (b"PSDT", "Persistent System Description Table"),
    (b"SSDT", "Secondary System Description Table"),
];
