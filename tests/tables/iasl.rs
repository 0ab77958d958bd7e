//! Names, offsets, sizes and values as iasl prints them, where it is installed.

use crate::skip;

use super::checked;
use crate::made;
use acpihp::table::item::{Item, Value};
use std::path::Path;
use std::process::Command;

/// Fields that releases of iasl name differently: the table and iasl's name.
const KNOWN_DIFFERENCES: &[(&str, &str)] = &[
    // Two reserved bytes until 2021; Minimum Transfer Size and one reserved byte since.
    ("HMAT", "Reserved1"),
    // Reserved until 2024; Address Mode since.
    ("HMAT", "Reserved2"),
];

/// One line of a listing: offset, size (0 for a bit of the field above), name, and the value as it stands.
type Line = (usize, usize, String, String);

/// What iasl prints of a table.
fn listing(table: &[u8], folder: &Path) -> Vec<Line> {
    std::fs::write(folder.join("table.dat"), table).unwrap();
    let run = Command::new("iasl").args(["-d", "table.dat"]).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let text = std::fs::read(folder.join("table.dsl")).unwrap();
    let text = String::from_utf8_lossy(&text);
    let mut found: Vec<Line> = Vec::new();
    for text in text.lines().take_while(|line| !line.starts_with("Raw Table Data")) {
        let bit = |last: &Line| {
            let (name, value) = text.strip_prefix("    ")?.split_once(" : ")?;
            Some((last.0, 0, name.trim().to_owned(), value.trim().to_owned()))
        };
        let bit = found.last().and_then(bit);
        found.extend(line(text).or(bit));
    }
    found
}

/// `[030h 0048   1]    Subtable Type : 00 [...]`, with the size as `001h` in newer releases.
fn line(line: &str) -> Option<Line> {
    let (place, rest) = line.strip_prefix('[')?.split_once(']')?;
    let mut numbers = place.split_whitespace();
    let offset = usize::from_str_radix(numbers.next()?.strip_suffix('h')?, 16).ok()?;
    let size = numbers.nth(1)?;
    let size = match size.strip_suffix('h') {
        Some(hex) => usize::from_str_radix(hex, 16).ok()?,
        None => size.parse().ok()?,
    };
    let (name, value) = rest.split_once(" : ")?;
    let name: Vec<_> = name.trim().trim_end_matches("(decoded below)").split_whitespace().collect();
    Some((offset, size, name.join(" "), value.trim().to_owned()))
}

#[test]
fn names_offsets_and_values_are_those_of_iasl() {
    if !skip::program("iasl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, table) in made::all() {
        // iasl lists no RSDP, and stops at the first entry type that it does not know.
        if ["RSDP", "APIC late"].contains(&name) {
            continue;
        }
        let lines = listing(&table, folder.path());
        let items = checked(&table);
        let fields: Vec<_> = items.iter().filter(|item| item.field().is_some()).collect();
        let mut compared = 0;
        for (offset, size, label, value) in lines {
            let heading = value.starts_with("[Generic Address Structure]");
            if heading || label.starts_with("**") || KNOWN_DIFFERENCES.contains(&(name, &label)) {
                continue;
            }
            let holds = |item: &&&Item<'_>| (item.offset..item.offset + item.size).contains(&offset);
            let item = fields.iter().find(holds).unwrap_or_else(|| panic!("{name} {offset:#x}: no {label}"));
            let field = item.field().unwrap();
            let place = format!("{name} {offset:#x} {label}");
            if size == 0 {
                let bits = field.bits().find(|(bits, _)| bits.name == label);
                assert_eq!(bits.map(|(_, value)| value), u64::from_str_radix(&value, 16).ok(), "{place}");
                compared += 1;
                continue;
            }
            assert!(item.name() == label || field.def.name == label, "{place}: {}", item.name());
            // A list or a row is one field here, and there a line for each number.
            if !matches!(field.value, Value::Uints { .. }) {
                assert_eq!((item.offset, item.size), (offset, size), "{place}");
            }
            let word = value.split_whitespace().next().unwrap_or_default();
            match field.value {
                Value::Uint(number) => {
                    assert_eq!(u64::from_str_radix(word, 16), Ok(number), "{place}");
                    let title = value.split_once('[').map(|(_, title)| title.trim_end_matches(']'));
                    if field.title.is_some() && title.is_some_and(|title| title.starts_with("Unknown")) {
                        eprintln!("{place}: not known to this iasl, which stops here");
                        break;
                    }
                    assert!(
                        field.title.is_none() || title.is_none() || title == field.title,
                        "{place}: {title:?}"
                    );
                }
                Value::Text(text) => {
                    // A name is quoted, or stands bare before a comment.
                    let text = String::from_utf8_lossy(text);
                    assert!(value.contains(text.trim_end_matches('\0')), "{place}: {value}");
                }
                _ => {
                    let bytes = if size <= 8 && !value.contains(' ') {
                        let number = u64::from_str_radix(word, 16).unwrap();
                        number.to_le_bytes()[..size].to_vec()
                    } else {
                        let pairs =
                            value.split_whitespace().map_while(|pair| u8::from_str_radix(pair, 16).ok());
                        pairs.collect()
                    };
                    assert_eq!(bytes, table[offset..offset + bytes.len()], "{place}");
                }
            }
            compared += 1;
        }
        eprintln!("{name}: {compared} lines compared");
        assert!(compared >= 10, "{name}: {compared}");
    }
}
