//! Colours of text on a terminal, and whether there are any: maps and the words for how bad a finding is have them.

use super::text::severity;
use crate::finding::Severity;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether words are painted. It goes with where the text is shown, which only the program knows.
static PAINTED: AtomicBool = AtomicBool::new(false);

/// Says whether what is written from here on is painted; it is not, unless that is said.
pub fn paint(words: bool) {
    PAINTED.store(words, Ordering::Relaxed);
}

/// Colours, as the numbers of Select Graphic Rendition (ECMA-48, 8.3.117).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    Blue,
    Orange,
    Red,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Blue => "34",
            Ink::Orange => "33",
            Ink::Red => "1;31",
        }
    }

    /// The colour of what is so bad.
    pub(super) fn of(severity: Severity) -> Ink {
        match severity {
            Severity::Error => Ink::Red,
            Severity::Warning => Ink::Orange,
            Severity::Info => Ink::Dim,
        }
    }

    /// The text in this colour.
    pub(super) fn around(self, text: &str) -> String {
        match self {
            Ink::Plain => text.to_owned(),
            _ => format!("\x1b[{}m{text}\x1b[0m", self.code()),
        }
    }

    /// The same where words are painted, else the text as it is.
    pub(super) fn on(self, text: &str) -> String {
        if PAINTED.load(Ordering::Relaxed) { self.around(text) } else { text.to_owned() }
    }
}

/// What a finding begins with: `warning[srat-overlap]`.
pub(super) fn label(of: Severity, code: &str) -> String {
    format!("{}[{code}]", Ink::of(of).on(severity(of)))
}

/// The columns of a text, of which colours take none.
pub(super) fn width(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().chars().count();
    let shown = |part: &str| part.split_once('m').map_or(0, |(_, rest)| rest.chars().count());
    first + parts.map(shown).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_columns() {
        let text = format!("  {}[code] ", Ink::Red.around("error"));
        assert_eq!((width(&text), width("error"), width("")), (14, 5, 0));
    }
}
