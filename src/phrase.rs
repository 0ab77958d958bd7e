//! Several words in one sentence, as messages and reports have them.

use crate::foreign::Foreign;

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
    use super::{either, first, first_of, listed};

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
}
