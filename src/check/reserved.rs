//! The rule for bits and bytes that the specification reserves, along the layout of each table that has one.

use super::Findings;
use crate::finding::registry::header as rules;
use crate::table::decode::decode;
use crate::table::item::{FieldValue, Item, What};

/// The flag that says that an entry counts; what else is in an entry without it does not matter.
const ENABLED: &str = "Enabled";

/// A node of the IORT whose mappings began, before its revision 1, where optional fields are now.
const ROOT_COMPLEX: &str = "PCI Root Complex";

/// Checks all fields of a table whose layout is known.
pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let mut entry: Option<usize> = None;
    let mut title = "";
    let (mut enabled, mut is_early) = (true, false);
    let mut odd: Vec<Item<'_>> = Vec::new();
    for item in decode(table) {
        if item.entry != entry || matches!(item.what, What::Entry { .. }) {
            tell(findings, &mut odd, entry, title, enabled);
            (entry, enabled) = (item.entry, true);
        }
        match &item.what {
            What::Entry { def, .. } => {
                title = def.map_or("unknown", |def| def.title);
                is_early = false;
            }
            What::Value(field) => {
                enabled &= field.bits().all(|(bits, value)| bits.name != ENABLED || value != 0);
                is_early |= field.def.name == "Revision" && field.uint() == Some(0) && title == ROOT_COMPLEX;
                if field.undefined_bits() != 0 && !(is_early && field.def.optional) {
                    odd.push(item);
                }
            }
            _ => {}
        }
    }
    tell(findings, &mut odd, entry, title, enabled);
}

/// Adds the findings about one entry, or about the fields in front of all entries.
fn tell(findings: &mut Findings, odd: &mut Vec<Item<'_>>, entry: Option<usize>, title: &str, enabled: bool) {
    for item in odd.drain(..).filter(|_| enabled) {
        let Some(field) = item.field() else { continue };
        let place = entry.map(|entry| format!("entry {entry} ({title}): ")).unwrap_or_default();
        let message = format!("{place}{}", what(field));
        findings.add(&rules::RESERVED_BITS, item.offset..item.offset + item.size, format_args!("{message}"));
    }
}

fn what(field: &FieldValue<'_>) -> String {
    let (name, value, odd) = (field.def.name, field.uint().unwrap_or(0), field.undefined_bits());
    if field.bits().next().is_some() {
        return format!("{name} is {value:#x}, and {odd:#x} of it is reserved");
    }
    format!("{name} is {value:#x}, expected {:#x}", value ^ odd)
}
