//! The table of `acpihp check` for several kernels: a column for each, and a row for what differs.

use super::model::check::{CheckModel, MatrixFile, MatrixRow};
use super::text::{self, WIDTH};
use crate::finding::Severity;
use crate::foreign::Foreign;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// The widest name of a row.
const NAME: usize = 40;

/// Writes a row for each outcome and for each code that was found; of what is only worth knowing, what differs, or `all`.
///
/// # Errors
/// What `out` says.
pub(super) fn write(out: &mut dyn Write, report: &CheckModel, all: bool) -> io::Result<()> {
    let rows = rows(report, all);
    let name = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(5);
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(at)).map(|cell| cell.chars().count());
        let header = report.kernels.get(at).map_or(0, |kernel| kernel.text().chars().count());
        cells.max().unwrap_or(0).max(header) + 2
    };
    let mut at = 0;
    while at < report.kernels.len() {
        // As many columns as there is room for, and one at least.
        let (first, mut used) = (at, name);
        while at < report.kernels.len() && (at == first || used + width(at) <= WIDTH) {
            used += width(at);
            at += 1;
        }
        if first > 0 {
            writeln!(out)?;
        }
        let kernels = report.kernels.iter().take(at).skip(first);
        let names: Vec<String> = kernels.map(|kernel| format!("<{}", kernel.text())).collect();
        let mut header = vec!["<LINUX"];
        header.extend(names.iter().map(String::as_str));
        let part = |(name, cells): &(String, Vec<String>)| {
            let cells = cells.iter().take(at).skip(first).cloned();
            std::iter::once(name.clone()).chain(cells).collect()
        };
        text::columns(out, &header, rows.iter().map(part).collect())?;
    }
    Ok(())
}

/// Names of rows, each with a cell for each kernel.
fn rows(report: &CheckModel, all: bool) -> Vec<(String, Vec<String>)> {
    let mut rows = Vec::new();
    let mut by_place: HashMap<(&Foreign, &Foreign), &MatrixRow> = HashMap::new();
    for row in &report.matrix {
        by_place.entry((&row.kernel, &row.path)).or_insert(row);
    }
    for input in &report.inputs {
        let of: Vec<Option<&MatrixRow>> =
            report.kernels.iter().map(|kernel| by_place.get(&(kernel, &input.path)).copied()).collect();
        let cells = |cell: &dyn Fn(&MatrixRow) -> String| -> Vec<String> {
            of.iter().map(|row| row.map_or_else(|| "-".to_owned(), cell)).collect()
        };
        let whole = |row: &MatrixRow| match (row.outcome, row.errors, row.warnings) {
            (Some(outcome), ..) => outcome.to_string(),
            (None, 0, 0) => "ok".to_owned(),
            (None, 0, _) => "warning".to_owned(),
            (None, ..) => "error".to_owned(),
        };
        rows.push((short(&input.path.text()), cells(&whole)));
        let files: Vec<HashMap<&Foreign, &MatrixFile>> = (of.iter())
            .map(|row| {
                row.iter().flat_map(|row| row.files.iter().rev()).map(|file| (&file.path, file)).collect()
            })
            .collect();
        let mut seen = HashSet::new();
        for file in of.iter().flatten().flat_map(|row| &row.files).filter(|file| seen.insert(&file.path)) {
            let cell = |files: &HashMap<&Foreign, &MatrixFile>| {
                files.get(&file.path).map_or_else(|| "-".to_owned(), |file| becomes(file))
            };
            let path = file.path.text();
            let name = path.rsplit('/').next().unwrap_or_default();
            rows.push((short(&format!("  {name}")), files.iter().map(cell).collect()));
        }
        let mut codes = Vec::new();
        for row in of.iter().flatten() {
            for code in &row.codes {
                if !codes.contains(&code.code) {
                    codes.push(code.code);
                }
            }
        }
        for code in codes {
            let severity =
                |row: &MatrixRow| row.codes.iter().find(|one| one.code == code).map(|one| one.severity);
            let found: Vec<Option<Severity>> = of.iter().map(|row| row.and_then(severity)).collect();
            let differs = found.windows(2).any(|pair| matches!(pair, [one, other] if one != other));
            if all || differs || found.iter().flatten().any(|one| *one > Severity::Info) {
                let cell = |row: &MatrixRow| severity(row).map_or("-", text::severity).to_owned();
                rows.push((short(&format!("  {code}")), cells(&cell)));
            }
        }
    }
    rows
}

/// What becomes of a file, or what the early search makes of it.
fn becomes(file: &MatrixFile) -> String {
    file.outcome.map_or_else(|| file.examined.to_string(), |outcome| outcome.to_string())
}

/// A name that leaves room for the columns: of a longer one, its end.
fn short(name: &str) -> String {
    let len = name.chars().count();
    if len <= NAME {
        name.to_owned()
    } else {
        name.chars()
            .skip(len - NAME + 1)
            .fold("…".to_owned(), |all, sign| all + sign.encode_utf8(&mut [0; 4]))
    }
}
