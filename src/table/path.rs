//! Names of places in a table: `Oem Revision`, `Memory[3].Hot Pluggable`, `Reset Register.Address`, `Entry[0].Next Target[1]`.
//!
//! A path is the name of a field or of one of its flags, in front of it the group that it is part of, and in front of that
//! the entry: its title, or as many of its first words as tell it from others, with its number among those of that title;
//! `Entry` counts entries of all kinds. Letters may be upper or lower case, and blanks and signs in names count for nothing.

use super::def::Bits;
use super::item::FieldValue;
use super::structures::{Named, Structure, Structures};
use crate::bytes::escape;
use std::collections::HashMap;
use std::ops::Range;

/// A place that a path names.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The field with its value.
    pub field: FieldValue<'a>,
    /// Its bytes in the table; of a list those of the element that the path names.
    pub span: Range<usize>,
    /// The flag or run of bits, where the path names one.
    pub bits: Option<&'static Bits>,
    /// The path, with names as the layout has them.
    pub name: String,
}

/// Why a path names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It is no path.
    #[error("{path}: expected FIELD or ENTRY[NUMBER].FIELD")]
    Syntax {
        /// The path; safe to print.
        path: String,
    },
    /// The table has no entries of that title.
    #[error("{path}: the table has no entry {entry}; there are {known}")]
    NoEntry {
        /// The path; safe to print.
        path: String,
        /// What stands for the entry.
        entry: String,
        /// The titles of the entries that there are.
        known: String,
    },
    /// Several titles begin like that.
    #[error("{path}: {entry} can be {known}")]
    Ambiguous {
        /// The path; safe to print.
        path: String,
        /// What can be several things.
        entry: String,
        /// What it can be.
        known: String,
    },
    /// The number is too high.
    #[error("{path}: there are {count} of {what}, numbered from 0")]
    Index {
        /// The path; safe to print.
        path: String,
        /// What is counted.
        what: String,
        /// How many there are.
        count: usize,
    },
    /// There is no such field.
    #[error("{path}: no field {field}; there are {known}")]
    NoField {
        /// The path; safe to print.
        path: String,
        /// What stands for the field.
        field: String,
        /// The names of the fields that there are.
        known: String,
    },
}

/// Letters and digits in lower case: what counts of a name.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Splits `name[3]`; the number is `None` where there is none.
fn numbered(text: &str) -> Option<(&str, Option<usize>)> {
    match text.strip_suffix(']') {
        None => Some((text, None)),
        Some(rest) => {
            let (name, number) = rest.rsplit_once('[')?;
            Some((name, Some(number.parse().ok()?)))
        }
    }
}

/// Finds the place that a path names in a table.
///
/// # Errors
/// [`PathError`] when it names nothing, or several things.
pub fn find<'a>(table: &'a [u8], path: &str) -> Result<Place<'a>, PathError> {
    find_in(&Structures::of(table), path)
}

/// The same in a table that was already taken apart.
///
/// # Errors
/// As [`find()`].
pub fn find_in<'a>(parts: &Structures<'a>, path: &str) -> Result<Place<'a>, PathError> {
    let shown = escape(path.as_bytes()).into_owned();
    let syntax = || PathError::Syntax { path: shown.clone() };
    // An entry always has its number, so a dot behind a bracket ends its name.
    let (structure, prefix, rest) = match path.split_once("].") {
        Some((entry, rest)) => {
            let (name, number) = entry.split_once('[').ok_or_else(syntax)?;
            let number = number.parse().map_err(|_| syntax())?;
            let structure = entry_of(parts, &shown, name, number)?;
            (structure, format!("{}[{number}].", title(structure, name)), rest)
        }
        None => (&parts.table, String::new(), path),
    };
    let (rest, number) = numbered(rest).ok_or_else(syntax)?;
    field_of(structure, &shown, rest, number).map(|place| Place { name: prefix + &place.name, ..place })
}

/// The fields that share bytes with `span`, each with its path and its place, in the order of their bytes.
pub fn fields_at<'s, 'a>(parts: &'s Structures<'a>, span: &Range<usize>) -> Vec<(String, &'s Named<'a>)> {
    let mut found = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for structure in std::iter::once(&parts.table).chain(&parts.entries) {
        let mut prefix = String::new();
        if structure.index.is_some() {
            let name = if structure.title.is_empty() { "Entry" } else { structure.title };
            let count = counts.entry(structure.title).or_default();
            // Entries without a title are counted among all of them.
            let number = if structure.title.is_empty() { structure.index.unwrap_or(0) } else { *count };
            *count = count.saturating_add(1);
            prefix = format!("{name}[{number}].");
        }
        let overlap = |named: &Named<'_>| named.span.start < span.end && span.start < named.span.end;
        if structure.fields().iter().any(overlap) {
            let named = numbered_names(structure).into_iter().zip(structure.fields());
            let named = named.filter(|(_, named)| overlap(named));
            found.extend(named.map(|(name, named)| (prefix.clone() + &name, named)));
        }
    }
    found
}

/// The names of a structure's fields in their order, with a number where there are several of a name, as [`field_of`]
/// counts them.
fn numbered_names(structure: &Structure<'_>) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut count = |name: &str| {
        let count = counts.entry(plain(name)).or_default();
        *count += 1;
        *count - 1
    };
    let mut names = Vec::new();
    for named in structure.fields() {
        let full = full_name(named);
        let number = count(&full);
        let bits = named.value.bits().filter(|(bits, _)| plain(bits.name) != plain(&full));
        bits.for_each(|(bits, _)| _ = count(bits.name));
        names.push((number, full));
    }
    let numbered = |(number, name): (usize, String)| match counts.get(&plain(&name)) {
        Some(2..) => format!("{name}[{number}]"),
        _ => name,
    };
    names.into_iter().map(numbered).collect()
}

/// A field's name behind that of the group that it is part of.
fn full_name(named: &Named<'_>) -> String {
    match named.group {
        Some(group) => format!("{group}.{}", named.value.def.name),
        None => named.value.def.name.to_owned(),
    }
}

/// What an entry is called in a path.
fn title<'t>(structure: &Structure<'_>, name: &'t str) -> &'t str {
    if plain(name) == "entry" || structure.title.is_empty() { "Entry" } else { structure.title }
}

fn entry_of<'s, 'a>(
    parts: &'s Structures<'a>,
    path: &str,
    name: &str,
    number: usize,
) -> Result<&'s Structure<'a>, PathError> {
    let wanted = plain(name);
    let mut titles: Vec<&'static str> = parts.entries.iter().map(|entry| entry.title).collect();
    titles.sort_unstable();
    titles.dedup();
    let known = || titles.iter().filter(|title| !title.is_empty()).copied().collect::<Vec<_>>().join(", ");
    let (path, entry) = (path.to_owned(), escape(name.as_bytes()).into_owned());
    let exact: Vec<_> = titles.iter().filter(|title| plain(title) == wanted).collect();
    let fits: Vec<&&str> = match exact.as_slice() {
        [] => titles.iter().filter(|title| begins(title, &wanted)).collect(),
        _ => exact,
    };
    let (what, all): (String, Vec<&Structure<'a>>) = match fits.as_slice() {
        _ if wanted == "entry" => ("entries".to_owned(), parts.entries.iter().collect()),
        [] => return Err(PathError::NoEntry { path, entry, known: known() }),
        [one] => ((**one).to_owned(), parts.entries.iter().filter(|entry| entry.title == **one).collect()),
        several => {
            let known = several.iter().map(|title| **title).collect::<Vec<_>>().join(" or ");
            return Err(PathError::Ambiguous { path, entry, known });
        }
    };
    let count = all.len();
    all.get(number).copied().ok_or(PathError::Index { path, what, count })
}

/// Whether a title begins with whole words that come to `wanted`.
fn begins(title: &str, wanted: &str) -> bool {
    let mut so_far = String::new();
    title.split(|letter: char| !letter.is_alphanumeric()).any(|word| {
        so_far.push_str(&plain(word));
        !wanted.is_empty() && so_far == wanted
    })
}

/// A field of a structure, or a flag of one, with the number of the element or of the field among those of its name.
fn field_of<'a>(
    structure: &Structure<'a>,
    path: &str,
    name: &str,
    number: Option<usize>,
) -> Result<Place<'a>, PathError> {
    let wanted = plain(name);
    let mut found: Vec<Place<'a>> = Vec::new();
    for named in structure.fields() {
        let full = full_name(named);
        let place = |bits, name: String| Place { field: named.value, span: named.span.clone(), bits, name };
        if plain(&full) == wanted {
            found.push(place(None, full));
            continue;
        }
        for (bits, _) in named.value.bits().filter(|(bits, _)| plain(bits.name) == wanted) {
            found.push(place(Some(bits), bits.name.to_owned()));
        }
    }
    let field = escape(name.as_bytes()).into_owned();
    let path = path.to_owned();
    let count = found.len();
    match (found.as_slice(), number) {
        ([], _) => Err(PathError::NoField { path, field, known: names(structure) }),
        ([one], None) => Ok(one.clone()),
        ([one], Some(number)) if one.bits.is_none() && elements(one).1 > 1 => {
            let (width, count) = elements(one);
            let start = one.span.start.saturating_add(number.saturating_mul(width));
            let what = one.name.clone();
            let is_there = number < count;
            let place = Place {
                span: start..start.saturating_add(width),
                name: format!("{what}[{number}]"),
                ..one.clone()
            };
            is_there.then_some(place).ok_or(PathError::Index { path, what, count })
        }
        (several, Some(number)) => {
            let what = field;
            let place = several.get(number).cloned();
            let place = place.map(|place| Place { name: format!("{}[{number}]", place.name), ..place });
            place.ok_or(PathError::Index { path, what, count })
        }
        (several, None) => {
            let known: Vec<String> = several
                .iter()
                .enumerate()
                .map(|(number, place)| format!("{}[{number}] at {:#x}", place.name, place.span.start))
                .collect();
            Err(PathError::Ambiguous { path, entry: field, known: known.join(" or ") })
        }
    }
}

/// Bytes of one element of a field, and how many there are.
fn elements(place: &Place<'_>) -> (usize, usize) {
    let width = usize::from(place.field.def.width).max(1);
    let is_list = matches!(place.field.value, super::item::Value::Uints { .. });
    (width, if is_list { place.span.len() / width } else { 1 })
}

/// The fields of a structure, for a message.
fn names(structure: &Structure<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    for named in structure.fields().iter().filter(|named| named.value.def.reserved_value().is_none()) {
        names.push(full_name(named));
        names.extend(named.value.bits().map(|(bits, _)| bits.name.to_owned()));
    }
    names.dedup();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
