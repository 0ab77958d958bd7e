//! iasl's data-table language, as `iasl -d` and `iasl -T` write it and `iasl` compiles it: text to fields.
//!
//! A field is a line `Label : Value`, with `[024h 0036 004h]`, `[024h 0036   4]` or `[0004]` in front or not. What stands in
//! brackets behind a value explains it. Comments are those of C; a backslash at the end of a line joins the next one to
//! it; the text ends where the raw data begins.

use super::{Given, Line, Place};
use std::borrow::Cow;

/// Why a text is no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A comment has no end.
    #[error("{0}: the comment that begins here has no end")]
    Comment(Place),
    /// ASL, which is a programming language.
    #[error("{0}: this is ASL, the source of a DSDT or SSDT; iasl compiles it")]
    Asl(Place),
}

/// What stands behind the number of a flags field whose bits count all, also those that no line below it names. iasl drops
/// those.
pub const ALL_BITS: &str = "[all bits kept]";

/// A line with its comments gone and its continuations joined: its characters, and where each stands in the text.
#[derive(Default)]
struct Logical {
    text: String,
    places: Vec<Place>,
}

/// The fields of a source, in order.
///
/// # Errors
/// [`ReadError`] when the text is not in that language at all.
pub fn read(text: &str) -> Result<Vec<Line<'static>>, ReadError> {
    let mut found = Vec::new();
    for line in logical_lines(text)? {
        if line.text.contains("Raw Table Data") {
            break;
        }
        if line.text.trim_start().starts_with("DefinitionBlock") {
            return Err(ReadError::Asl(line.places.first().copied().unwrap_or_default()));
        }
        found.extend(field(&line));
    }
    Ok(found)
}

fn logical_lines(text: &str) -> Result<Vec<Logical>, ReadError> {
    let mut lines = Vec::new();
    let mut line = Logical::default();
    let mut place = Place { line: 1, column: 1 };
    let mut comment: Option<Place> = None;
    let mut quoted = false;
    let mut signs = text.chars().filter(|sign| *sign != '\r').peekable();
    while let Some(sign) = signs.next() {
        let here = place;
        place = match sign {
            '\n' => Place { line: place.line.saturating_add(1), column: 1 },
            _ => Place { column: place.column.saturating_add(1), ..place },
        };
        let next = signs.peek().copied();
        if comment.is_some() {
            if sign == '*' && next == Some('/') {
                signs.next();
                place.column = place.column.saturating_add(1);
                comment = None;
            }
        } else if !quoted && sign == '/' && next == Some('*') {
            signs.next();
            place.column = place.column.saturating_add(1);
            comment = Some(here);
        } else if !quoted && sign == '/' && next == Some('/') {
            while signs.peek().is_some_and(|sign| *sign != '\n') {
                signs.next();
                place.column = place.column.saturating_add(1);
            }
        } else if !quoted && sign == '\\' && next == Some('\n') {
            signs.next();
            place = Place { line: place.line.saturating_add(1), column: 1 };
            line.push(' ', here);
        } else if sign == '\n' {
            quoted = false;
            lines.push(std::mem::take(&mut line));
        } else {
            quoted ^= sign == '"';
            line.push(sign, here);
        }
    }
    lines.push(line);
    match comment {
        Some(place) => Err(ReadError::Comment(place)),
        None => Ok(lines),
    }
}

impl Logical {
    fn push(&mut self, sign: char, place: Place) {
        self.text.push(sign);
        self.places.push(place);
    }

    /// Where the character at this byte of the text stands.
    fn place(&self, at: usize) -> Place {
        let index = self.text.get(..at).map_or(0, |before| before.chars().count());
        self.places.get(index).or(self.places.last()).copied().unwrap_or_default()
    }
}

/// The field of a line; `None` when it has none, or one without a value.
fn field(line: &Logical) -> Option<Line<'static>> {
    let (before, value) = line.text.split_once(':')?;
    let mut name = before.trim_start();
    let mut size = None;
    while let Some((place, rest)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        size = size_in(place);
        name = rest.trim_start();
    }
    let at = before.len() - name.len();
    let name = name.trim_end();
    let value_at = before.len() + 1 + (value.len() - value.trim_start().len());
    let value = value.trim_start();
    let given = match value.strip_prefix('"') {
        // A string ends at the next quotation mark; backslashes stand for themselves.
        Some(rest) => Given::Quoted(Cow::Owned(rest.split('"').next().unwrap_or_default().to_owned())),
        None => {
            let (value, comment) = value.split_once('[').unwrap_or((value, ""));
            let value = Some(value.trim()).filter(|value| !value.is_empty())?;
            match u64::from_str_radix(value, 16) {
                Ok(number) if comment.trim_end() == ALL_BITS.trim_start_matches('[') => Given::Number(number),
                _ => Given::Source(value.to_owned().into()),
            }
        }
    };
    let name: Cow<'static, str> = Cow::Owned(name.to_owned());
    Some(Line { name, given, size, place: line.place(at), value_place: line.place(value_at) })
}

/// The size in front of a field: `024h 0036 004h`, `024h 0036   4`, or `0004`.
fn size_in(place: &str) -> Option<u16> {
    let mut words = place.split_ascii_whitespace();
    let (first, last) = (words.next()?, words.next_back());
    match last {
        None => first.parse().ok(),
        Some(last) => match last.strip_suffix('h') {
            Some(hex) => u16::from_str_radix(hex, 16).ok(),
            None => last.parse().ok(),
        },
    }
}
