//! The text that users read is plain English: words that read as translated stay out.

use acpihp::finding::registry;
use std::path::Path;

/// What is not written any more, and what is written instead.
const LOST: &[(&str, &str)] = &[
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("without a word", "silently"),
    ("held against", "compared with"),
    ("hold against", "compare with"),
    ("not sure beforehand", "unknown before the boot"),
    ("make it sure", "settle it"),
    ("nobody knows", "unknown"),
    ("go together", "consistent"),
    ("goes together", "consistent"),
    ("stands", "is"),
    ("tells", "reports, shows, says"),
    ("told", "reported, shown, said"),
];

/// Whether the words are in a text as words.
fn has(text: &str, words: &str) -> bool {
    let is_inside = |character: char| character.is_alphanumeric() || character == '_' || character == '`';
    text.match_indices(words)
        .any(|(at, _)| !text[..at].ends_with(is_inside) && !text[at + words.len()..].starts_with(is_inside))
}

/// Lines with lost words, with the place that they are in.
fn lost<'t>(place: &str, text: &'t str) -> Vec<String> {
    let found =
        |line: &'t str| LOST.iter().find(|(words, _)| has(&line.to_lowercase(), words)).map(|it| (line, it));
    let lines = text.lines().filter_map(found);
    lines.map(|(line, (words, instead))| format!("{place}: \"{words}\" (write: {instead}): {line}")).collect()
}

#[test]
fn findings_pages_and_documents_have_plain_words() {
    let mut all = Vec::new();
    for rule in registry::all() {
        for text in [rule.title(), rule.why(), rule.consequence(), rule.fix()] {
            all.extend(lost(rule.code, text));
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["", "docs", "man"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let is_text = path.extension().is_some_and(|kind| ["md", "1", "7"].iter().any(|it| kind == *it));
            if is_text {
                all.extend(lost(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

/// Scripts and what packages are made of: every file of these folders that is text.
#[test]
fn scripts_and_packages_have_plain_words() {
    fn below(folder: &Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, all);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                all.extend(lost(&path.display().to_string(), &text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in [".ci", "contrib", "debian"].map(|folder| root.join(folder)) {
        // A package of the sources has no .ci.
        if folder.is_dir() {
            below(&folder, &mut all);
        }
    }
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn words_are_found_as_words() {
    assert!(has("it stands here", "stands") && has("stands", "stands"));
    assert!(!has("it understands", "stands") && !has("the key `mend` is `fix`", "mend"));
}
