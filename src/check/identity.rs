//! Rules for what decides which table a file of an archive replaces: its signature and its ids.

use super::Findings;
use crate::boot::kernel::signatures::first_taken_by;
use crate::container::raw;
use crate::finding::Severity;
use crate::finding::registry::archive as rules;
use crate::foreign::Foreign;
use crate::table::{Header, Signature};

/// Kinds of tables of which Linux uses every one; of all others it uses the first.
pub(super) const ADDITIVE: [Signature; 2] = [Signature(*b"SSDT"), Signature(*b"PSDT")];

/// The rule for a signature that the kernel does not take; `at` is where the table starts.
pub(super) fn unknown(findings: &mut Findings, table: &[u8], at: usize) {
    let found = raw::name(table);
    let upper = Signature(found.0.map(|byte| byte.to_ascii_uppercase()));
    let since = match (first_taken_by(found), first_taken_by(upper)) {
        (Some((major, minor)), _) => Foreign::from(format_args!("taken from Linux {major}.{minor} on")),
        (None, Some(_)) => Foreign::from("case counts, expected \"") + upper + "\"",
        (None, None) => "no release takes it".into(),
    };
    findings.add(&rules::SIGNATURE, at..at + 4, Foreign::from("\"") + found + "\": " + since);
}

/// A file with the ids of an earlier one, `first`, that takes the place which both are meant for. `is_added` says that the
/// firmware is known and has no table with these ids: then both are added.
pub(super) fn duplicate(
    findings: &mut Findings,
    file: &[u8],
    header: &Header,
    first: &[u8],
    name: &[u8],
    is_added: bool,
) {
    let additive = ADDITIVE.contains(&header.signature) && first != file;
    let severity = match (additive, is_added) {
        (true, true) => Severity::Info,
        (true, false) => Severity::Warning,
        (false, _) => Severity::Error,
    };
    let what = if first == file { "the bytes" } else { "the ids" };
    let both = if additive && is_added { "; the firmware has none with them, so both are added" } else { "" };
    let message =
        Foreign::from(format_args!("it has {what} of ")) + name + format_args!(", which comes first{both}");
    findings.add_as(severity, &rules::SAME_IDENTITY, 10..24, message);
}
