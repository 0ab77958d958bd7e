//! Files of one statement a line, which waivers and policies are: `#` starts a comment, blanks separate words.

use crate::bytes::escape;

/// A line of such a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: found {found}, expected {expected}")]
pub struct LineError {
    /// Its number, from 1.
    pub line: usize,
    /// Where in it, in characters from 1.
    pub column: usize,
    /// What is there; safe to print.
    pub found: String,
    /// What should be there.
    pub expected: &'static str,
}

/// What is left of one line to read.
#[derive(Debug, Clone)]
pub(super) struct Words<'t> {
    /// Its number, from 1.
    pub(super) line: usize,
    whole: &'t str,
    rest: &'t str,
}

/// The lines that say something.
pub(super) fn statements(text: &str) -> impl Iterator<Item = Words<'_>> {
    let lines = text.lines().enumerate().map(|(index, line)| {
        let whole = line.split('#').next().unwrap_or_default().trim_end();
        Words { line: index.saturating_add(1), whole, rest: whole.trim_start() }
    });
    lines.filter(|words| !words.rest.is_empty())
}

impl<'t> Words<'t> {
    /// The line without comment and outer blanks.
    pub(super) fn text(&self) -> &'t str {
        self.whole.trim()
    }

    /// The next word, up to a blank or a colon.
    pub(super) fn peek(&self) -> Option<&'t str> {
        let end = self.rest.find(|letter: char| letter.is_whitespace() || letter == ':' || letter == ',');
        self.rest.get(..end.unwrap_or(self.rest.len())).filter(|word| !word.is_empty())
    }

    /// Takes the next word.
    pub(super) fn word(&mut self, expected: &'static str) -> Result<&'t str, LineError> {
        let word = self.peek().ok_or_else(|| self.error(expected))?;
        self.rest = self.rest.get(word.len()..).unwrap_or_default().trim_start();
        Ok(word)
    }

    /// Takes the next word if it is this one.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let is_there = self.peek() == Some(word);
        if is_there {
            self.rest = self.rest.get(word.len()..).unwrap_or_default().trim_start();
        }
        is_there
    }

    /// Takes a sign.
    pub(super) fn sign(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign).map(str::trim_start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes all that is left.
    pub(super) fn rest(&mut self) -> &'t str {
        std::mem::take(&mut self.rest)
    }

    /// Makes sure that nothing is left.
    pub(super) fn end(&self) -> Result<(), LineError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error("the end of the line")) }
    }

    /// An error about what comes next.
    pub(super) fn error(&self, expected: &'static str) -> LineError {
        let before = self.whole.len().saturating_sub(self.rest.len());
        let column = self.whole.get(..before).unwrap_or_default().chars().count().saturating_add(1);
        let found = match self.peek().or(self.rest.get(..1)) {
            Some(word) => format!("\"{}\"", escape(word.as_bytes())),
            None => "the end of the line".to_owned(),
        };
        LineError { line: self.line, column, found, expected }
    }
}
