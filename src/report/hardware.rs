//! Windows of a CEDT and matrices of an HMAT, for people.

use super::model::dump::{LocalityModel, WindowModel};
use super::text::{self, size};
use crate::phrase::noun;
use std::io::{self, Write};

/// What a table of either kind says; nothing of others.
pub(super) fn write(out: &mut dyn Write, table: &[u8]) -> io::Result<()> {
    if let Some(windows) = WindowModel::of(table).filter(|windows| !windows.is_empty()) {
        self::windows(out, &windows)?;
    }
    for locality in LocalityModel::of(table).into_iter().flatten() {
        matrix(out, &locality)?;
    }
    Ok(())
}

fn windows(out: &mut dyn Write, windows: &[WindowModel]) -> io::Result<()> {
    for window in windows {
        let end =
            window.end.map_or_else(|| "beyond".to_owned(), |end| format!("{:#x}", end.saturating_sub(1)));
        let len = window.end.map_or_else(String::new, |end| format!(" {}", size(end - window.start)));
        let ways = match window.ways {
            Some(1) => "1 way".to_owned(),
            Some(ways) => format!("{ways} ways"),
            None => "ways unknown".to_owned(),
        };
        let each = window
            .granularity
            .map_or_else(|| "granularity unknown".to_owned(), |bytes| format!("{} each", size(bytes)));
        let xor = if window.xor { ", by XOR" } else { "" };
        let targets: Vec<String> = window.targets.iter().map(u64::to_string).collect();
        let bridges = noun(targets.len(), "host bridge", "host bridges");
        writeln!(out, "window {:#x}-{end}{len}", window.start)?;
        text::paragraph(
            out,
            "  interleaved",
            15,
            &format!("{ways}, {each}{xor}: {bridges} {}", targets.join(", ")),
        )?;
        if !window.restrictions.is_empty() {
            text::paragraph(out, "  for", 15, &window.restrictions.join(", "))?;
        }
    }
    writeln!(out)
}

/// A matrix, in blocks of as many columns as a terminal has room for.
fn matrix(out: &mut dyn Write, one: &LocalityModel) -> io::Result<()> {
    let is_latency = one.unit == Some("ps");
    let unit = match one.unit {
        Some("ps") => "ns",
        Some(unit) => unit,
        None => "units of the table",
    };
    let of = match one.hierarchy {
        0 => String::new(),
        level => format!(" of the memory-side cache of level {level}"),
    };
    let what = one.what.unwrap_or("data of an unknown type");
    let heading = format!("{what}{of}, in {unit}, from domain (row) to memory of domain (column):");
    text::paragraph(out, "", 0, &heading)?;
    let cell = |value: &Option<u64>| match value {
        None => "-".to_owned(),
        Some(ps) if is_latency && ps % 1000 == 0 => (ps / 1000).to_string(),
        Some(ps) if is_latency => format!("{}.{:03}", ps / 1000, ps % 1000),
        Some(value) => value.to_string(),
    };
    let widest = one.values.iter().flatten().map(|value| cell(value).len()).max().unwrap_or(0).max(4);
    // The first column has a domain, which is ten digits at most.
    let columns = ((text::WIDTH - 10) / (widest.min(60) + 2)).max(1);
    for first in (0..one.targets.len()).step_by(columns) {
        let last = first.saturating_add(columns).min(one.targets.len());
        let targets = one.targets.get(first..last).unwrap_or_default();
        let names: Vec<String> = targets.iter().map(|target| format!(">{target}")).collect();
        let mut header = vec![">FROM"];
        header.extend(names.iter().map(String::as_str));
        let rows = one.initiators.iter().zip(&one.values).map(|(from, values)| {
            let cells = values.get(first..last).unwrap_or_default().iter().map(cell);
            std::iter::once(from.to_string()).chain(cells).collect()
        });
        text::columns(out, &header, rows.collect())?;
        writeln!(out)?;
    }
    Ok(())
}
