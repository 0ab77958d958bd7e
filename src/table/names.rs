//! The full names of tables, with or without a field list.

use super::{LAYOUTS, Signature, layout};

/// The name of a table, from its first bytes; `None` when the specification and its list of reserved signatures have
/// none.
pub fn title(table: &[u8]) -> Option<&'static str> {
    if let Some(layout) = layout(table) {
        return Some(layout.title());
    }
    let signature = table.get(..4)?;
    OTHERS.iter().find(|(name, _)| name.as_slice() == signature).map(|(_, title)| *title)
}

/// A signature as the specification or its list of reserved signatures spells it; `None` when they do not have it in any case.
pub fn in_its_case(signature: &Signature) -> Option<Signature> {
    let listed = LAYOUTS.iter().map(|layout| layout.signature);
    let all = listed.chain(OTHERS.iter().map(|(name, _)| Signature(**name)));
    // IBFT and iBFT are both known: the one that is meant comes first.
    let mut alike: Vec<Signature> = all.filter(|known| known.0.eq_ignore_ascii_case(&signature.0)).collect();
    alike.sort_by_key(|known| known != signature);
    alike.first().copied()
}

/// Whether a word has the form of a table's name as sysfs and people write it: a signature in capitals, perhaps with a number
/// after it (`SRAT`, `SSDT12`, `FADT`).
pub fn is_name(word: &str) -> bool {
    let (signature, number) = word.split_at_checked(4).unwrap_or_default();
    signature.starts_with(|letter: char| letter.is_ascii_uppercase())
        && signature.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && number.len() <= 4
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a table of a machine, known there as `own`, goes by this name: its own, its signature, or what people call such
/// tables (FADT, MADT, RSDP).
pub fn is_called(own: &[u8], table: &[u8], name: &str) -> bool {
    let signature = table.get(..4).unwrap_or_default();
    own.eq_ignore_ascii_case(name.as_bytes())
        || signature.eq_ignore_ascii_case(name.as_bytes())
        || signature_of(name).is_some_and(|other| signature == other.0)
        || name.eq_ignore_ascii_case("RSDP") && signature == b"RSD "
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
