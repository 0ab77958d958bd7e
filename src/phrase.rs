//! Words and numbers as messages and reports have them.

use crate::foreign::Foreign;
use std::fmt::Display;

/// An enum of words: how each is written in JSON and in text.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$about:meta])* $word:ident = $text:tt),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $text)] $word),*
        }

        impl $name {
            /// All, in the order of their definition.
            pub const ALL: [$name; [$($name::$word),*].len()] = [$($name::$word),*];

            /// The one that a word names.
            pub fn named(word: &str) -> Option<$name> {
                $name::ALL.into_iter().find(|one| one.name() == word)
            }

            /// The word in text and JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$word => $text),*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.name())
            }
        }
    )*};
}

pub(crate) use words;

/// `A`, `A and B`, `A, B and C`; of more than `most` what [`first`] makes of them.
pub(crate) fn listed<T: AsRef<str>>(words: &[T], most: usize) -> String {
    if words.len() > most { first(words, most) } else { joined(words, "and") }
}

/// `A`, `A or B`, `A, B or C`.
pub(crate) fn either<T: AsRef<str>>(words: &[T]) -> String {
    joined(words, "or")
}

/// `A, B, C`; of more than `most` the first ones, and how many are left: `A, B and 5 more`.
pub(crate) fn first<T: AsRef<str>>(words: &[T], most: usize) -> String {
    let (shown, rest) = words.split_at(words.len().min(most));
    commas(shown) + &more(rest.len())
}

/// The same of text from outside.
pub(crate) fn first_of(names: impl IntoIterator<Item = Foreign>, most: usize) -> Foreign {
    let mut names = names.into_iter();
    let shown = Foreign::joined(names.by_ref().take(most), ", ");
    shown + more(names.count())
}

/// ` and 5 more`; nothing where none is left out.
pub(crate) fn more(left: usize) -> String {
    if left == 0 { String::new() } else { format!(" and {left} more") }
}

/// The noun for so many.
pub(crate) fn noun<'a>(number: usize, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// `1 entry`, `2 entries`: a number with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", noun(number, one, many))
}

/// Rising numbers as runs, the end inclusive.
pub(crate) fn runs(numbers: impl IntoIterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

/// `32` or `32-35`.
pub(crate) fn run<T: PartialEq + Display>(first: T, last: T) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// Rising numbers in a sentence: `0, 2-5`.
pub(crate) fn numbers(numbers: &[u32]) -> String {
    let runs = runs(numbers.iter().copied());
    commas(&runs.into_iter().map(|(first, last)| run(first, last)).collect::<Vec<_>>())
}

/// The same for nodes: `node 3`, `nodes 0-2, 5`.
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "what says it comes with the command line"))]
pub(crate) fn nodes(all: &[u32]) -> String {
    format!("{} {}", noun(all.len(), "node", "nodes"), numbers(all))
}

/// Rising numbers, the first runs of them: `0-3, 7, 9 and 4 more`.
pub(crate) fn first_numbers(numbers: impl IntoIterator<Item = u32>) -> String {
    const SHOWN: usize = 8;
    let runs = runs(numbers);
    let text = |(first, last): &(u32, u32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}-{last}"),
    };
    let rest = runs.iter().skip(SHOWN).map(|(first, last)| (last - first) as usize);
    let left = rest.fold(0, |all: usize, more| all.saturating_add(more).saturating_add(1));
    commas(&runs.iter().take(SHOWN).map(text).collect::<Vec<_>>()) + &more(left)
}

fn joined<T: AsRef<str>>(words: &[T], word: &str) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {word} {}", commas(rest), last.as_ref()),
        _ => commas(words),
    }
}

fn commas<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_listed_as_people_write_them() {
        let words = ["a", "b", "c", "d"];
        let of = |len: usize| (listed(&words[..len], 3), first(&words[..len], 3));
        assert_eq!(of(0), (String::new(), String::new()));
        assert_eq!(of(1), ("a".to_owned(), "a".to_owned()));
        assert_eq!(of(2), ("a and b".to_owned(), "a, b".to_owned()));
        assert_eq!(of(3), ("a, b and c".to_owned(), "a, b, c".to_owned()));
        assert_eq!(either(&words), "a, b, c or d");
        let names = |most| first_of(words.iter().map(|word| (*word).into()), most).text().into_owned();
        assert_eq!((names(3), names(4)), ("a, b, c and 1 more".to_owned(), "a, b, c, d".to_owned()));
        assert_eq!(of(4), ("a, b, c and 1 more".to_owned(), "a, b, c and 1 more".to_owned()));
    }
    #[test]
    fn numbers_are_listed_in_runs() {
        assert_eq!(runs([0, 1, 2, 5, u32::MAX - 1, u32::MAX]), [(0, 2), (5, 5), (u32::MAX - 1, u32::MAX)]);
        assert_eq!((nodes(&[3]), nodes(&[0, 1, 2, 5])), ("node 3".to_owned(), "nodes 0-2, 5".to_owned()));
        assert_eq!(first_numbers([0, 1, 2, 3, 7, 9, 10]), "0-3, 7, 9, 10");
        let even = (0..20).map(|number| number * 2);
        assert_eq!(first_numbers(even), "0, 2, 4, 6, 8, 10, 12, 14 and 12 more");
        assert_eq!(first_numbers([u32::MAX]), "4294967295");
        assert_eq!((first_numbers([]), runs([])), (String::new(), Vec::new()));
    }
}
