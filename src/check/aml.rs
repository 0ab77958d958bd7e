//! Rules for tables of AML: whether an interpreter can load them at all.

use super::Findings;
use crate::bytes::u32_at;
use crate::finding::registry::tables as rules;
use crate::table::aml::fault;

/// Checks that the definitions of a DSDT or SSDT hold together.
pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    // A cut table is a finding of its own.
    let whole = u32_at(table, 4).is_some_and(|length| u64::from(length) <= table.len() as u64);
    if let Some(fault) = fault(table).filter(|_| whole) {
        let end = table.len().min(fault.at.saturating_add(1));
        findings.add(
            &rules::AML_FAULT,
            fault.at.min(end)..end,
            format_args!("the AML cannot be loaded: {}", fault.what),
        );
    }
}
