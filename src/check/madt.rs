//! Rules for the MADT.

use super::Findings;
use crate::finding::registry::numa as rules;
use crate::table::madt::Madt;
use std::collections::HashMap;

/// Checks a MADT.
pub fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(madt) = Madt::parse(table) else { return };
    let mut seen = HashMap::new();
    for (entry, processor) in madt.processors().filter(|(_, processor)| processor.is_enabled()) {
        let Some(id) = processor.apic_id() else { continue };
        if let Some(first) = seen.insert(id, entry.offset) {
            findings.add(
                &rules::MADT_CPU_TWICE,
                entry.offset..entry.offset + entry.bytes.len(),
                format_args!("APIC id {id:#x} is also in the entry at {first:#x}"),
            );
            seen.insert(id, first);
        }
    }
}
