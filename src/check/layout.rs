//! The rule for what does not fit: lengths, counts and offsets within a table, along the layout of each that has one.

use super::Findings;
use crate::finding::registry::header as rules;
use crate::table::decode::decode;
use crate::table::item::{Problem, What};
use crate::table::{HEADER_LEN, slit, srat};

/// Fields that take as much as another one needs, up to the length that they have in the list.
const OPEN_ENDED: [(&[u8; 4], &str); 1] = [(b"TPM2", "Method Parameters")];

/// Fields that an earlier revision of a structure had where others are now: those of a root complex of the IORT began behind
/// 32 bytes.
const EARLIER: [(&[u8; 4], &str, u64); 1] = [(b"IORT", "ID Mapping", 32)];

/// Tables whose own rules say more.
const OWN_RULES: [[u8; 4]; 2] = [srat::SIGNATURE.0, slit::SIGNATURE.0];

/// Checks how the parts of a table fit together.
pub fn check(findings: &mut Findings, table: &[u8]) {
    if table.len() == HEADER_LEN {
        findings.add_whole(&rules::EMPTY, format_args!("{HEADER_LEN} bytes, all of them header"));
    }
    if OWN_RULES.iter().any(|signature| table.starts_with(signature)) {
        return;
    }
    let mut title = "";
    for item in decode(table) {
        match &item.what {
            What::Entry { def, .. } => title = def.map_or("unknown", |def| def.title),
            // Told by the rules for the header.
            What::Problem(Problem::Truncated { .. } | Problem::ShortHeader { .. }) => return,
            What::Problem(Problem::Short { field, .. })
                if OPEN_ENDED.iter().any(|(of, open)| table.starts_with(*of) && open == field) => {}
            What::Problem(Problem::Backward { field, offset })
                if EARLIER
                    .iter()
                    .any(|(of, name, at)| table.starts_with(*of) && name == field && at == offset) => {}
            What::Problem(problem) => {
                let place = item.entry.map(|entry| format!("entry {entry} ({title}): ")).unwrap_or_default();
                let end = table.len().min(item.offset + item.size);
                let message = format_args!("{place}{problem}");
                findings.add(&rules::MALFORMED, item.offset.min(end)..end, message);
            }
            _ => {}
        }
    }
}
