//! Tables of listings, which have each of them in decoded lines and in raw data.

use super::Collector;
use crate::container::acpidump::{self, DumpedTable};
use crate::finding::{Finding, registry::input as rules};
use crate::foreign::Foreign;
use crate::source::SourceError;
use crate::table::source::{self, BuildOptions, Line, Settled, Take, settle};
use crate::table::{HEADER_LEN, definition};
use std::path::Path;

/// The bytes of a table of a text: of a listing's, those that its decoded lines and its raw data agree on.
pub(super) fn bytes(found: &mut Collector, origin: &Path, text: &[u8], table: DumpedTable) -> Vec<u8> {
    let lines = lines(text, &table);
    if lines.is_empty() || found.take == Some(Take::Raw) {
        return table.bytes;
    }
    let made = match found.take {
        Some(Take::Decoded) => source::build(&lines, BuildOptions::default())
            .map(|built| Settled { bytes: built.bytes, ..Settled::default() })
            .map_err(|error| Foreign::of_text(&error)),
        _ => settle(&lines, &table.bytes).map_err(|error| Foreign::of_text(&error)),
    };
    match made {
        Ok(settled) => {
            for edit in &settled.edited {
                let message = Foreign::of_text(edit) + ": the decoded line counts";
                found.note(origin, &message);
                found.set.findings.push(Finding::new(&rules::LISTING_EDITED, origin, message));
            }
            // What follows the header of a table that has no list is raw in every listing.
            let is_unlisted = definition(&settled.bytes).is_none()
                && settled.not_decoded.iter().all(|range| range.start >= HEADER_LEN);
            if let Some(which) = source::ranges(&settled.not_decoded).filter(|_| !is_unlisted) {
                let message = source::not_decoded(&which);
                found.note(origin, &message);
                found.set.findings.push(Finding::new(&rules::LISTING_INCOMPLETE, origin, message));
            }
            settled.bytes
        }
        Err(what) => {
            found
                .disagreement
                .get_or_insert_with(|| SourceError::Disagreement { path: origin.to_owned(), what });
            table.bytes
        }
    }
}

/// The lines that decode a table, with their places in the whole text; none where it has none that can be read.
pub fn lines(text: &[u8], table: &DumpedTable) -> Vec<Line<'static>> {
    let Some((range, first)) = &table.decoded else { return Vec::new() };
    let part = text.get(range.clone()).unwrap_or_default();
    let plain: Vec<&[u8]> = part.split(|byte| *byte == b'\n').map(acpidump::unquoted).collect();
    let plain = plain.join(&b'\n');
    let plain = String::from_utf8(plain).unwrap_or_else(|error| crate::bytes::latin1(error.as_bytes()));
    let lines = source::read(&plain).unwrap_or_default();
    let mut lines: Vec<_> = lines.into_iter().map(Line::into_owned).collect();
    let before = u32::try_from(first.saturating_sub(1)).unwrap_or(0);
    for line in &mut lines {
        line.place.line = line.place.line.saturating_add(before);
        line.value_place.line = line.value_place.line.saturating_add(before);
    }
    lines
}
