//! The text of `acpihp where`.

use super::text::{self, Detail, or_dash};
use crate::boot::running::whereis::Place;
use crate::foreign::Foreign;
use crate::phrase::run;
use std::io::{self, Write};

/// Writes a row a piece, and below it what is there and whether it can go offline.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut dyn Write, places: &[Place], detail: Detail) -> io::Result<()> {
    if detail == Detail::Quiet {
        return places.iter().try_for_each(|place| writeln!(out, "{}", cells(place).join(" ")));
    }
    let header = ["<ADDRESS", ">NODE", ">PXM", ">SRAT", "<ZONE", ">BLOCK", "<STATE", "<OFFLINE"];
    let rows = places.iter().map(|place| (cells(place), Some(words(place))));
    text::with_reasons(out, &header, rows.collect())
}

fn cells(place: &Place) -> Vec<String> {
    let mark = if place.hotpluggable { "*" } else { " " };
    let last = place.range.end.saturating_sub(1);
    vec![
        if last == place.range.start {
            format!("{last:#x}")
        } else {
            format!("{:#x}-{last:#x}", place.range.start)
        },
        or_dash(place.node),
        or_dash(place.pxm),
        place.entry.map_or_else(|| "- ".to_owned(), |entry| format!("#{entry}{mark}")),
        or_dash(place.zone),
        or_dash(place.blocks.map(|(first, last)| run(first, last))),
        or_dash(place.state.map(|state| state.name())),
        or_dash(place.offline.map(|answer| answer.name())),
    ]
}

/// What is there, in a line.
fn words(place: &Place) -> String {
    let mut parts = Vec::new();
    let names: Vec<_> = place.resources.iter().map(Foreign::text).collect();
    match (names.is_empty(), place.firmware) {
        (false, _) => parts.push(names.join(" > ")),
        (true, Some(kind)) => parts.push(kind.to_string()),
        (true, None) => {}
    }
    if let Some(holder) = place.reserved_by.as_ref().filter(|holder| !place.resources.contains(holder)) {
        parts.push(format!("reserved by {}", holder.text()));
    }
    if let Some(window) = &place.window {
        let (start, end) = (window.start, window.end.saturating_sub(1));
        parts.push(format!("no RAM yet: the SRAT announces memory at {start:#x}-{end:#x}"));
    }
    if let (Some(answer), false) = (place.offline, place.why.is_empty()) {
        parts.push(format!("offline {answer}: {}", place.why));
    }
    if parts.is_empty() {
        parts.push("nothing: neither the firmware's memory map nor the SRAT has this address".to_owned());
    }
    parts.join("; ")
}
