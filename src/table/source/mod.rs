//! Table source: text that says what a table holds, field by field, and what makes the table's bytes of it.
//!
//! [`read`] takes iasl's data-table language apart into [`Line`]s; other notations can yield the same lines. [`build`] walks
//! the field list of the table that they name and turns each line into bytes.

mod build;
mod encode;
mod expression;
mod labels;
mod lines;
mod listing;
mod template;

use crate::foreign::Foreign;
pub use build::{BuildOptions, Built, Note, Written, build};
pub use lines::{ALL_BITS, ReadError, read};
pub use listing::{Difference, Disagreement, Settled, Take, not_decoded, ranges, settle};
use std::borrow::Cow;
pub use template::template;

/// A field with the value that the source gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// The field's label.
    pub name: Cow<'a, str>,
    /// Its value.
    pub given: Given<'a>,
    /// Bytes of the field, where the source tells.
    pub size: Option<u16>,
    /// Where the field was in the table that the source was made from, where the source tells.
    pub offset: Option<u32>,
    /// Where the label stands.
    pub place: Place,
    /// Where the value stands.
    pub value_place: Place,
}

impl Line<'_> {
    /// The same line, with memory of its own.
    pub fn into_owned(self) -> Line<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let given = match self.given {
            Given::Source(text) => Given::Source(own(text)),
            Given::Quoted(text) => Given::Quoted(own(text)),
            Given::Number(number) => Given::Number(number),
            Given::Numbers(numbers) => Given::Numbers(numbers),
            Given::Text(text) => Given::Text(text),
        };
        Line { name: own(self.name), given, ..self }
    }
}

/// A value as the source gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<'a> {
    /// Text in iasl's notation, whose meaning depends on the field.
    Source(Cow<'a, str>),
    /// The same between quotation marks, which are not part of it.
    Quoted(Cow<'a, str>),
    /// A number.
    Number(u64),
    /// Several numbers.
    Numbers(Vec<u64>),
    /// Text: a character for each byte or unit; of bytes, hexadecimal digits without blanks.
    Text(String),
}

/// A place in the source, both counted from 1; 0 when there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, counted from 1.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

/// A place in front of a message, unless there is none.
fn prefix(place: Place) -> String {
    if place.line == 0 { String::new() } else { format!("{place}: ") }
}

/// Why a source yields no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{fault}", prefix(*place), if field.is_empty() { String::new() } else { format!("{}: ", field.text()) })]
pub struct BuildError {
    /// The line and column where it was found.
    pub place: Place,
    /// The field that it is about; empty when it is about none.
    pub field: Foreign,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a field of the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no field at all.
    #[error("nothing here is the source of a table; it begins with a line such as Signature : \"SRAT\"")]
    NoTable,
    /// Another field must come here.
    #[error("expected {expected}, found {}", found.text())]
    Unexpected {
        /// The label that must come.
        expected: String,
        /// The label that is there.
        found: Foreign,
    },
    /// The source ends before the table does.
    #[error("the source ends before {expected}")]
    Missing {
        /// The label that must come.
        expected: String,
    },
    /// A field that the table does not have, or not here.
    #[error("a {} has no such field here", signature.text())]
    NotHere {
        /// The table's signature.
        signature: Foreign,
    },
    /// A number is too large.
    #[error("{value:#x} is out of range: 0 to {most:#x}")]
    Range {
        /// The number.
        value: u64,
        /// The largest that fits.
        most: u64,
    },
    /// Text is too long.
    #[error("{found} characters, there is room for {most}")]
    Long {
        /// Characters that are given.
        found: usize,
        /// Characters that fit.
        most: usize,
    },
    /// Another number of bytes or numbers is needed.
    #[error("{found} values, expected {expected}")]
    Count {
        /// Values that are given.
        found: usize,
        /// Values that the field has.
        expected: usize,
    },
    /// A value that is no number.
    #[error(
        "\"{}\" is not a number; numbers are hexadecimal, as in 1F or 0x1F, with + - * / & | << >> and ( )",
        found.text()
    )]
    Number {
        /// What is there.
        found: Foreign,
    },
    /// A value that is no list of bytes.
    #[error("\"{}\" is not a byte; bytes are two hexadecimal digits each, as in 0A FF", found.text())]
    Byte {
        /// What is there.
        found: Foreign,
    },
    /// A value that is no GUID.
    #[error("\"{}\" is no GUID, as in 4a3c1d52-0000-0000-8000-00805f9b34fb", found.text())]
    Guid {
        /// What is there.
        found: Foreign,
    },
    /// Text where a number must be, or the reverse.
    #[error("a {found} cannot be the value of this field, which takes {expected}")]
    Kind {
        /// What is given.
        found: &'static str,
        /// What the field takes.
        expected: &'static str,
    },
    /// A character that the field cannot hold.
    #[error("the character {found:?} has no place in it")]
    Character {
        /// The character.
        found: char,
    },
    /// A division by zero.
    #[error("division by zero")]
    Zero,
    /// A label that is not defined.
    #[error("no line defines the label {}", label.text())]
    Label {
        /// Its name.
        label: Foreign,
    },
    /// The table grows too large for its length.
    #[error("the table would be larger than {most} bytes")]
    Size {
        /// The largest length.
        most: usize,
    },
}
