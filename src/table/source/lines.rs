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

/// A line with its comments gone and its continuations joined.
enum Logical<'t> {
    /// One line of the text as it is, and where it begins.
    Plain(&'t str, Place),
    /// Its characters, and where each stands in the text.
    Made(String, Vec<Place>),
}

/// The fields of a source, in order.
///
/// # Errors
/// [`ReadError`] when the text is not in that language at all.
pub fn read(text: &str) -> Result<Vec<Line<'_>>, ReadError> {
    let mut found = Vec::new();
    let mut lines = SourceLines::new(text);
    while let Some(line) = lines.advance()? {
        if line.text().contains("Raw Table Data") {
            break;
        }
        if line.text().trim_start().starts_with("DefinitionBlock") {
            return Err(ReadError::Asl(line.place(0)));
        }
        let (len, place) = (line.text().len(), line.place(0));
        if let Some(field) = line.field() {
            const WHAT: &str = "the list of the source's fields";
            // Name and value are parts of the text, or two pieces of memory with what the allocator needs for each.
            let own = if matches!(field.name, Cow::Owned(_)) { len.saturating_add(64) } else { 0 };
            let asked = budget::take(own as u64, WHAT);
            let pushed = asked.and_then(|()| budget::push(&mut found, field, WHAT));
            pushed.map_err(|error| ReadError::Memory(place, error))?;
        }
    }
    Ok(found)
}

/// The lines of a text one after the other, with their comments gone and their continuations joined.
struct SourceLines<'t> {
    signs: std::str::Chars<'t>,
    place: Place,
    /// Whether the last line has been given.
    is_over: bool,
}

impl<'t> SourceLines<'t> {
    fn new(text: &'t str) -> Self {
        SourceLines { signs: text.chars(), place: Place { line: 1, column: 1 }, is_over: false }
    }

    /// The next character but carriage returns.
    fn next(&mut self) -> Option<char> {
        self.signs.find(|sign| *sign != '\r')
    }

    /// The one behind it.
    fn peek(&self) -> Option<char> {
        self.signs.clone().find(|sign| *sign != '\r')
    }

    fn skip(&mut self) {
        self.next();
        self.place.column = self.place.column.saturating_add(1);
    }

    /// The next line where it is one as it is: nothing in it can begin a comment or join another.
    fn plain(&mut self) -> Option<Logical<'t>> {
        let rest = self.signs.as_str();
        let line = rest.get(..memchr::memchr(b'\n', rest.as_bytes())?)?;
        if memchr::memchr3(b'/', b'\\', b'\r', line.as_bytes()).is_some() {
            return None;
        }
        self.signs = rest.get(line.len() + 1..)?.chars();
        let here = self.place;
        self.place = Place { line: here.line.saturating_add(1), column: 1 };
        Some(Logical::Plain(line, here))
    }

    /// The next line; `None` behind the last.
    ///
    /// # Errors
    /// [`ReadError::Comment`] for a comment without an end, [`ReadError::Memory`] for a line without one.
    fn advance(&mut self) -> Result<Option<Logical<'t>>, ReadError> {
        if self.is_over {
            return Ok(None);
        }
        if let Some(line) = self.plain() {
            return Ok(Some(line));
        }
        let (mut text, mut places) = (String::new(), Vec::new());
        let mut push = |sign: char, place: Place| {
            text.push(sign);
            let pushed = budget::push(&mut places, place, "a line of the source");
            pushed.map_err(|error| ReadError::Memory(place, error))
        };
        let mut comment: Option<Place> = None;
        let mut quoted = false;
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
                push(' ', here)?;
            } else if sign == '\n' {
                return Ok(Some(Logical::Made(text, places)));
            } else {
                quoted ^= sign == '"';
                push(sign, here)?;
            }
        }
        self.is_over = true;
        comment.map_or(Ok(Some(Logical::Made(text, places))), |place| Err(ReadError::Comment(place)))
    }
}

impl<'t> Logical<'t> {
    fn text(&self) -> &str {
        match self {
            Logical::Plain(text, _) => text,
            Logical::Made(text, _) => text,
        }
    }

    /// Where the character at this byte of the text stands.
    fn place(&self, at: usize) -> Place {
        let index = self.text().get(..at).map_or(0, |before| before.chars().count());
        match self {
            Logical::Plain(_, first) => {
                let column = first.column.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
                Place { column, ..*first }
            }
            Logical::Made(_, places) => places.get(index).or(places.last()).copied().unwrap_or_default(),
        }
    }

    /// The field of the line; `None` when it has none, or one without a value.
    fn field(self) -> Option<Line<'t>> {
        match &self {
            Logical::Plain(text, _) => field(text, &self),
            Logical::Made(text, _) => field(text, &self).map(Line::into_owned),
        }
    }
}

/// The field in the text of a line.
fn field<'l>(text: &'l str, line: &Logical<'_>) -> Option<Line<'l>> {
    let (before, value) = text.split_once(':')?;
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
        Some(rest) => Given::Quoted(rest.split('"').next().unwrap_or_default().into()),
        None => {
            let (value, comment) = value.split_once('[').unwrap_or((value, ""));
            let value = Some(value.trim()).filter(|value| !value.is_empty())?;
            match u64::from_str_radix(value, 16) {
                Ok(number) if comment.trim_end() == ALL_BITS.trim_start_matches('[') => Given::Number(number),
                _ => Given::Source(value.into()),
            }
        }
    };
    Some(Line {
        name: name.into(),
        given,
        size,
        offset,
        place: line.place(at),
        value_place: line.place(value_at),
    })
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
