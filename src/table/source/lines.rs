//! iasl's data-table language, as `iasl -d` and `iasl -T` write it and `iasl` compiles it: text to fields.
//!
//! A field is a line `Label : Value`, with `[024h 0036 004h]`, `[024h 0036   4]` or `[0004]` in front or not. What stands in
//! brackets behind a value explains it. Comments are those of C; a backslash at the end of a line joins the next one to
//! it; the text ends where the raw data begins.

use super::{Given, Line, Place};
use crate::budget::{self, Exceeded};
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
    /// More fields than there is memory for.
    #[error("{0}: {1}")]
    Memory(Place, Exceeded),
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
    let mut lines = SourceLines::new(text);
    while let Some(line) = lines.advance()? {
        if line.text.contains("Raw Table Data") {
            break;
        }
        let place = line.places.first().copied().unwrap_or_default();
        if line.text.trim_start().starts_with("DefinitionBlock") {
            return Err(ReadError::Asl(place));
        }
        if let Some(field) = field(&line) {
            const WHAT: &str = "the list of the source's fields";
            // Name and value are two pieces of memory, with what the allocator needs for each.
            let asked = budget::take(line.text.len().saturating_add(64) as u64, WHAT);
            let pushed = asked.and_then(|()| budget::push(&mut found, field, WHAT));
            pushed.map_err(|error| ReadError::Memory(place, error))?;
        }
    }
    Ok(found)
}

/// The lines of a text one after the other, with their comments gone and their continuations joined.
struct SourceLines<'a> {
    signs: std::iter::Peekable<std::str::Chars<'a>>,
    place: Place,
    /// Whether the last line has been given.
    is_over: bool,
}

impl<'a> SourceLines<'a> {
    fn new(text: &'a str) -> Self {
        SourceLines { signs: text.chars().peekable(), place: Place { line: 1, column: 1 }, is_over: false }
    }

    /// The next character but carriage returns.
    fn next(&mut self) -> Option<char> {
        self.peek();
        self.signs.next()
    }

    /// The one behind it.
    fn peek(&mut self) -> Option<char> {
        while self.signs.next_if_eq(&'\r').is_some() {}
        self.signs.peek().copied()
    }

    fn skip(&mut self) {
        self.next();
        self.place.column = self.place.column.saturating_add(1);
    }

    /// The next line; `None` behind the last.
    ///
    /// # Errors
    /// [`ReadError::Comment`] for a comment without an end, [`ReadError::Memory`] for a line without one.
    fn advance(&mut self) -> Result<Option<Logical>, ReadError> {
        let mut line = Logical::default();
        let mut comment: Option<Place> = None;
        let mut quoted = false;
        if self.is_over {
            return Ok(None);
        }
        while let Some(sign) = self.next() {
            let here = self.place;
            self.place = match sign {
                '\n' => Place { line: here.line.saturating_add(1), column: 1 },
                _ => Place { column: here.column.saturating_add(1), ..here },
            };
            let next = self.peek();
            if comment.is_some() {
                if sign == '*' && next == Some('/') {
                    self.skip();
                    comment = None;
                }
            } else if !quoted && sign == '/' && next == Some('*') {
                self.skip();
                comment = Some(here);
            } else if !quoted && sign == '/' && next == Some('/') {
                while self.peek().is_some_and(|sign| sign != '\n') {
                    self.skip();
                }
            } else if !quoted && sign == '\\' && next == Some('\n') {
                self.next();
                self.place = Place { line: self.place.line.saturating_add(1), column: 1 };
                line.push(' ', here)?;
            } else if sign == '\n' {
                return Ok(Some(line));
            } else {
                quoted ^= sign == '"';
                line.push(sign, here)?;
            }
        }
        self.is_over = true;
        comment.map_or(Ok(Some(line)), |place| Err(ReadError::Comment(place)))
    }
}

impl Logical {
    /// # Errors
    /// [`ReadError::Memory`] for a line that has no end.
    fn push(&mut self, sign: char, place: Place) -> Result<(), ReadError> {
        self.text.push(sign);
        let pushed = budget::push(&mut self.places, place, "a line of the source");
        pushed.map_err(|error| ReadError::Memory(place, error))
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
    let (mut size, mut offset) = (None, None);
    while let Some((place, rest)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        size = size_in(place);
        offset = offset_in(place);
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
    Some(Line { name, given, size, offset, place: line.place(at), value_place: line.place(value_at) })
}

/// The offset in front of a field: `024h 0036 004h` or `024h 0036   4`; `[0004]` has none.
fn offset_in(place: &str) -> Option<u32> {
    let hex = place.split_ascii_whitespace().next()?.strip_suffix('h')?;
    u32::from_str_radix(hex, 16).ok()
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
