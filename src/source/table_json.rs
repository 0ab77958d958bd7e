//! The JSON of `acpihp dump` as table source: its fields become lines, its offsets and comments are not needed.

use crate::bytes::escape;
use crate::foreign::Foreign;
use crate::table::source::{Given, Line, Place};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Why JSON is no table source.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON, or no report of `acpihp dump`.
    #[error("{}", escape(.0.to_string().as_bytes()))]
    Json(#[from] serde_json::Error),
    /// Tables without their fields.
    #[error("{0} has no fields: `acpihp dump {0} --format json` writes them", name.text())]
    NoFields {
        /// The table.
        name: Foreign,
    },
    /// A value that no field has.
    #[error("{place}: {}: {} is not a value of a field", field.text(), found.text())]
    Value {
        /// Where it stands.
        place: Place,
        /// The field.
        field: Foreign,
        /// What is there.
        found: Foreign,
    },
    /// A value that its bits contradict.
    #[error(
        "{place}: {}: the value {value:#x} has {} = {own:#x}, its bits say {said:#x}; one of them has to change",
        field.text(),
        bit.text()
    )]
    Bits {
        /// Where the value stands.
        place: Place,
        /// The field.
        field: Foreign,
        /// Its value.
        value: u64,
        /// The bits.
        bit: Foreign,
        /// What the value has there.
        own: u64,
        /// What the bits say.
        said: u64,
    },
}

#[derive(Deserialize)]
struct Dump<'a> {
    #[serde(borrow)]
    tables: Vec<Table<'a>>,
}

#[derive(Deserialize)]
struct Table<'a> {
    #[serde(default, borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    fields: Option<Vec<Field<'a>>>,
}

#[derive(Deserialize)]
struct Field<'a> {
    #[serde(borrow)]
    name: &'a RawValue,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(default)]
    bits: Vec<Bits>,
}

#[derive(Deserialize)]
struct Bits {
    name: String,
    bit: u32,
    width: u32,
    value: u64,
}

/// The lines of each table of the report.
///
/// # Errors
/// [`JsonError`] when the text is no such report, with line and column.
pub fn read(text: &str) -> Result<Vec<Vec<Line<'static>>>, JsonError> {
    let dump: Dump<'_> = serde_json::from_str(text)?;
    let mut places = Places { text, at: 0, place: Place { line: 1, column: 1 } };
    let mut tables = Vec::new();
    for table in &dump.tables {
        let Some(fields) = &table.fields else {
            return Err(JsonError::NoFields { name: (*table.name).into() });
        };
        let mut lines = Vec::new();
        for field in fields {
            lines.extend(line(field, &mut places)?);
        }
        tables.push(lines);
    }
    Ok(tables)
}

fn line(field: &Field<'_>, places: &mut Places<'_>) -> Result<Option<Line<'static>>, JsonError> {
    let name: String = serde_json::from_str(field.name.get())?;
    let (place, value_place) = (places.of(field.name), places.of(field.value));
    let text = field.value.get();
    let wrong = || JsonError::Value { place: value_place, field: name.as_str().into(), found: text.into() };
    let given = match text.bytes().next() {
        // A structure; its fields follow.
        Some(b'n') => return Ok(None),
        Some(b'"') => Given::Text(serde_json::from_str(text)?),
        Some(b'[') => Given::Numbers(serde_json::from_str(text).map_err(|_| wrong())?),
        _ => Given::Number(serde_json::from_str(text).map_err(|_| wrong())?),
    };
    if let Given::Number(value) = given {
        for bits in &field.bits {
            let mask = 1u64.checked_shl(bits.width).map_or(u64::MAX, |over| over - 1);
            let own = value.checked_shr(bits.bit).unwrap_or(0) & mask;
            if own != bits.value {
                let (bit, said) = (bits.name.as_str().into(), bits.value);
                return Err(JsonError::Bits {
                    place: value_place,
                    field: name.into(),
                    value,
                    bit,
                    own,
                    said,
                });
            }
        }
    }
    Ok(Some(Line { name: Cow::Owned(name), given, size: None, offset: None, place, value_place }))
}

/// Where values stand in the text; they are asked for in rising order mostly.
struct Places<'a> {
    text: &'a str,
    at: usize,
    place: Place,
}

impl Places<'_> {
    fn of(&mut self, value: &RawValue) -> Place {
        // Borrowed values are parts of the text.
        let at = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        if at < self.at {
            (self.at, self.place) = (0, Place { line: 1, column: 1 });
        }
        for sign in self.text.get(self.at..at).unwrap_or_default().chars() {
            self.place = match sign {
                '\n' => Place { line: self.place.line.saturating_add(1), column: 1 },
                _ => Place { column: self.place.column.saturating_add(1), ..self.place },
            };
        }
        self.at = at.max(self.at);
        self.place
    }
}
