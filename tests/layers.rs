//! The layers of the crate: arrows point down only, and what lies below the reports touches nothing outside.
//!
//! Every file under src is read as tokens, so that comments, strings and test modules do not count, and each path
//! that it names is held against the tables below.

#![allow(clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The modules of the crate from the bottom up, with the layer that messages name. A module may use those of its own
/// line and of the lines above it here; `boot` stands below `check`, so it never uses it.
const ORDER: &[(&str, &[&str])] = &[
    ("L0", &["bytes", "foreign", "phrase"]),
    ("L0", &["budget"]),
    ("L0", &["finding"]),
    ("L1", &["table", "container", "memory"]),
    ("L2", &["boot"]),
    ("L2", &["check"]),
    ("L3", &["report", "source", "sink"]),
    ("L4", &["answers"]),
    ("L4", &["app"]),
    ("L5", &["cli"]),
];

/// What may be named only from the given module of [`ORDER`] on: paths that reach the outside, and the crates that
/// serve them.
const OUTSIDE: &[(&str, &str)] = &[
    ("std::env", "report"),
    ("std::fs", "report"),
    ("std::io", "report"),
    ("std::net", "report"),
    ("std::os", "report"),
    // Path::exists and its like look at the disk.
    ("std::path", "report"),
    ("std::process", "report"),
    ("std::thread", "report"),
    ("std::time", "report"),
    ("comfy_table", "report"),
    ("rustix", "report"),
    ("tempfile", "report"),
    ("anyhow", "app"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("clap_mangen", "cli"),
];

/// Uses of [`OUTSIDE`] that do not leave memory: the file, the path, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/container/cpio/build.rs", "std::io", "the cpio crate writes into memory through std::io::Write"),
    (
        "src/container/decompress/mod.rs",
        "std::io",
        "the decoders read what they are given through std::io::Read",
    ),
    (
        "src/container/decompress/input.rs",
        "std::io",
        "the decoders read what they are given through std::io::Read",
    ),
    (
        "src/container/decompress/lzma.rs",
        "std::io",
        "the decoders read what they are given through std::io::Read",
    ),
];

/// Macros that print. They panic on a closed pipe and belong to no layer: output goes through `sink`.
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// The most lines that a file may have.
const MOST_LINES: usize = 600;

/// A word or a sign of Rust source.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
}

/// Tokens with the lines that they stand on.
type Tokens = Vec<(usize, Token)>;

/// The words and signs of Rust source; comments, strings, characters and lifetimes are left out.
fn tokens(text: &str) -> Tokens {
    let source: Vec<char> = text.chars().collect();
    let at = |index: usize| source.get(index).copied().unwrap_or('\0');
    let word_end = |mut index: usize| {
        while at(index).is_alphanumeric() || at(index) == '_' {
            index += 1;
        }
        index
    };
    let string_end = |mut index: usize| {
        index += 1;
        while index < source.len() && at(index) != '"' {
            index += if at(index) == '\\' { 2 } else { 1 };
        }
        index + 1
    };
    let (mut index, mut line, mut out) = (0, 1, Vec::new());
    while index < source.len() {
        let start = index;
        match (at(index), at(index + 1), at(index + 2)) {
            ('/', '/', _) => {
                while index < source.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            ('/', '*', _) => {
                let mut depth = 0;
                while index < source.len() {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            ('"', _, _) => index = string_end(index),
            // A character ends with a quote; a lifetime does not.
            ('\'', '\\', _) => {
                index += 3;
                while index < source.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            ('\'', _, '\'') => index += 3,
            ('\'', _, _) => index = word_end(index + 1),
            (first, _, _) if first.is_alphanumeric() || first == '_' => {
                index = word_end(index);
                let word: String = source[start..index].iter().collect();
                let hashes = source[index..].iter().take_while(|sign| **sign == '#').count();
                if matches!(word.as_str(), "r" | "br" | "cr") && at(index + hashes) == '"' {
                    index += hashes + 1;
                    let closes =
                        |index: usize| at(index) == '"' && (1..=hashes).all(|hash| at(index + hash) == '#');
                    while index < source.len() && !closes(index) {
                        index += 1;
                    }
                    index += hashes + 1;
                } else if matches!(word.as_str(), "b" | "c") && at(index) == '"' {
                    index = string_end(index);
                } else {
                    out.push((line, Token::Word(word)));
                }
            }
            (sign, _, _) => {
                index += 1;
                if !sign.is_whitespace() {
                    out.push((line, Token::Sign(sign)));
                }
            }
        }
        index = index.min(source.len());
        line += source[start..index].iter().filter(|sign| **sign == '\n').count();
    }
    out
}

/// Takes out every item behind `#[cfg(test)]`, and gives the names of the modules in other files among them.
fn without_tests(tokens: &[(usize, Token)]) -> (Tokens, Vec<String>) {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    let spelled = |(_, token): &(usize, Token)| match token {
        Token::Word(word) => word.clone(),
        Token::Sign(sign) => sign.to_string(),
    };
    let (mut kept, mut modules, mut index) = (Vec::new(), Vec::new(), 0);
    while index < tokens.len() {
        if !tokens[index..].iter().take(attribute.len()).map(spelled).eq(attribute) {
            kept.push(tokens[index].clone());
            index += 1;
            continue;
        }
        index += attribute.len();
        let (start, mut depth) = (index, 0);
        while index < tokens.len() {
            let token = &tokens[index].1;
            depth += match token {
                Token::Sign('{' | '(' | '[') => 1,
                Token::Sign('}' | ')' | ']') => -1,
                _ => 0,
            };
            index += 1;
            if depth == 0 && matches!(token, Token::Sign('}' | ';')) {
                break;
            }
        }
        let item: Vec<String> = tokens[start..index].iter().map(spelled).collect();
        if let [keyword, name, end] = item.as_slice()
            && keyword == "mod"
            && end == ";"
        {
            modules.push(name.clone());
        }
    }
    (kept, modules)
}

/// All paths that source names, with their lines; groups are taken apart: `use a::{b, c::d}` gives `a::b`, `a::c::d`.
fn paths(tokens: &[(usize, Token)]) -> Vec<(usize, Vec<String>)> {
    let (mut out, mut index) = (Vec::new(), 0);
    while index < tokens.len() {
        index = match &tokens[index].1 {
            Token::Word(word) if word == "use" => path(tokens, index + 1, &[], &mut out),
            Token::Word(_) => path(tokens, index, &[], &mut out),
            Token::Sign(_) => index + 1,
        };
    }
    out
}

/// Reads the path at `index`, which goes on from `prefix`, and gives the place behind it.
fn path(
    tokens: &[(usize, Token)],
    mut index: usize,
    prefix: &[String],
    out: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let token = |index: usize| tokens.get(index).map(|(_, token)| token);
    let colons = |index: usize| [index, index + 1].iter().all(|at| token(*at) == Some(&Token::Sign(':')));
    let mut names = prefix.to_vec();
    let line = tokens.get(index).map_or(0, |(line, _)| *line);
    if colons(index) {
        index += 2;
    }
    loop {
        match token(index) {
            Some(Token::Word(word)) => names.push(word.clone()),
            Some(Token::Sign('*')) => names.push("*".to_owned()),
            Some(Token::Sign('{')) => {
                index += 1;
                while !matches!(token(index), None | Some(Token::Sign('}'))) {
                    index = path(tokens, index, &names, out);
                    // `as name`
                    while !matches!(token(index), None | Some(Token::Sign('}' | ','))) {
                        index += 1;
                    }
                    if token(index) == Some(&Token::Sign(',')) {
                        index += 1;
                    }
                }
                return index + 1;
            }
            _ => break,
        }
        index += 1;
        if !colons(index) {
            break;
        }
        index += 2;
    }
    out.push((line, names));
    index
}

/// A path that starts at `crate`, `self` or `super`, as seen from `module`: the names from the crate's root on.
/// `None` where a path starts elsewhere.
fn from_root(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => module.to_vec(),
        _ => return None,
    };
    for name in path {
        match name.as_str() {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            _ => at.push(name.clone()),
        }
    }
    Some(at)
}

/// The place of a module in [`ORDER`], and its layer.
fn rank(module: &str) -> Option<(usize, &'static str)> {
    ORDER
        .iter()
        .enumerate()
        .find(|(_, (_, names))| names.contains(&module))
        .map(|(at, (layer, _))| (at, *layer))
}

/// The module path of a file below src: `boot/zones.rs` is `boot::stages::zones`.
fn module_of(file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs");
    stem.strip_suffix("/mod").unwrap_or(stem).split('/').map(str::to_owned).collect()
}

/// What is wrong with a file, with the lines. `file` is its path below src.
fn violations(file: &str, text: &str) -> Vec<(usize, String)> {
    let module = module_of(file);
    let Some((own, layer)) = rank(&module[0]) else {
        return vec![(1, format!("module `{}` has no layer yet: give it one in tests/layers.rs", module[0]))];
    };
    let (tokens, _) = without_tests(&tokens(text));
    let mut out = Vec::new();
    for pair in tokens.windows(2) {
        if let [(line, Token::Word(word)), (_, Token::Sign('!'))] = pair
            && PRINTING.contains(&word.as_str())
        {
            out.push((*line, format!("{word}! prints: output goes through crate::sink")));
        }
    }
    for (line, path) in paths(&tokens) {
        let name = path.join("::");
        let mut wrong = |what: String| out.push((line, what));
        let Some(target) = from_root(&module, &path) else {
            outside(file, own, layer, &path).into_iter().for_each(wrong);
            continue;
        };
        match target.first().map(|first| (first, rank(first))) {
            Some((first, Some((theirs, above)))) if theirs > own => {
                wrong(format!("{layer} `{}` uses {above} `{first}` ({name}): arrows point down", module[0]));
            }
            Some((_, Some(_))) => {}
            Some((first, None)) => wrong(format!("`{name}`: `{first}` is in no layer")),
            // `pub(crate)` and `pub(super)` name the root alone.
            None if path.len() > 1 => wrong(format!("`{name}` names the whole crate")),
            None => {}
        }
    }
    out
}

/// What is wrong with a path that leaves the crate, in a file whose module has the place `own` in [`ORDER`].
fn outside(file: &str, own: usize, layer: &str, path: &[String]) -> Vec<String> {
    let name = path.join("::");
    let starts = |with: &str| name == with || name.starts_with(&format!("{with}::"));
    if EXCEPTIONS.iter().any(|(place, what, _)| *place == format!("src/{file}") && starts(what)) {
        return Vec::new();
    }
    let mut out: Vec<String> = OUTSIDE
        .iter()
        .filter(|(what, from)| path.len() > 1 && starts(what) && own < rank(from).unwrap().0)
        .map(|(_, from)| format!("{layer} uses `{name}`: only {} and above may", rank(from).unwrap().1))
        .collect();
    if matches!(name.as_str(), "std::*" | "std::self") && own < rank("report").unwrap().0 {
        out.push(format!("`{name}` hides what is used"));
    }
    out
}

/// All Rust files below `folder`, as paths from there.
fn rust_files(folder: &Path) -> BTreeSet<PathBuf> {
    let (mut out, mut folders) = (BTreeSet::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                out.insert(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    out
}

#[test]
fn arrows_point_down_and_the_lower_layers_are_pure() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut texts, mut tests_only) = (Vec::new(), BTreeSet::new());
    for file in rust_files(&source) {
        let name = file.to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(source.join(file)).unwrap();
        for module in without_tests(&tokens(&text)).1 {
            tests_only.insert(format!("{}/{module}.rs", module_of(&name).join("/")));
        }
        texts.push((name, text));
    }
    assert!(texts.len() > 20, "src was not found");
    let mut wrong = Vec::new();
    for (name, text) in &texts {
        let lines = text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("src/{name}: {lines} lines; above {MOST_LINES} it is two files"));
        }
        // The root declares all modules; the binary stands above them.
        if name != "lib.rs" && !name.starts_with("bin/") && !tests_only.contains(name) {
            wrong.extend(
                violations(name, text).into_iter().map(|(line, what)| format!("src/{name}:{line}: {what}")),
            );
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn exceptions_are_needed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, what, _) in EXCEPTIONS {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let used =
            paths(&without_tests(&tokens(&text)).0).iter().any(|(_, path)| path.join("::").starts_with(what));
        assert!(used, "{file} does not use {what}: take the exception away");
    }
}

/// The lines of `text`, seen as `file`, that are wrong.
fn wrong_lines(file: &str, text: &str) -> Vec<usize> {
    violations(file, text).into_iter().map(|(line, _)| line).collect()
}

#[test]
fn an_arrow_that_points_up_is_found() {
    for (file, text) in [
        ("bytes.rs", "use crate::table::Header;"),
        ("bytes.rs", "use crate::finding::Rule;"),
        ("finding/mod.rs", "fn f() { crate::boot::run() }"),
        ("table/srat.rs", "use crate::{bytes::u32_at, check};"),
        ("boot/zones.rs", "use crate::check::Rule;"),
        ("boot/zones.rs", "use super::super::report::text as t;"),
        ("boot/mod.rs", "use super::check;"),
        ("boot/deep/er.rs", "pub use super::super::super::cli::Exit;"),
        ("memory/iomem.rs", "let x: crate::source::SourceError = y;"),
        ("container/cpio/early.rs", "use crate::{container::{self, x}, bytes, sink::{file}};"),
        ("report/text.rs", "use crate::cli::Exit;"),
        ("check/mod.rs", "macro_rules! m { () => { $crate::report::json() } }"),
        ("boot/mod.rs", "use crate::*;"),
        ("boot/mod.rs", "use crate::{self as all};"),
        ("boot/mod.rs", "use crate::nowhere::x;"),
        ("nowhere.rs", ""),
    ] {
        assert_eq!(wrong_lines(file, text), [1], "{file}: {text}");
    }
}

#[test]
fn the_outside_is_found_in_the_lower_layers() {
    for (file, text) in [
        ("bytes.rs", "use std::fs;"),
        ("bytes.rs", "use ::std::fs::File;"),
        ("boot/mod.rs", "use std::{ops::Range, env};"),
        ("boot/mod.rs", "use std::{ops::Range, net::{self as n}, cmp};"),
        ("table/x.rs", "fn f() -> std::io::Result<()> { g() }"),
        ("table/x.rs", "use std::{self as s};"),
        ("check/x.rs", "use std::time::Instant;"),
        ("check/x.rs", "println!(\"{x}\");"),
        ("memory/x.rs", "dbg!(x);"),
        ("container/x.rs", "use anyhow::Context;"),
        ("report/text.rs", "fn f() -> anyhow::Result<()> { g() }"),
        ("report/text.rs", "eprintln!()"),
    ] {
        assert_eq!(wrong_lines(file, text), [1], "{file}: {text}");
    }
    let text = "// one\n/* two /* three */\n*/ use std::fs;\nlet x = \"\\\"\n\"; use std::env;";
    assert_eq!(wrong_lines("boot/x.rs", text), [3, 5]);
}

#[test]
fn what_is_allowed_passes() {
    for (file, text) in [
        ("bytes.rs", "use std::borrow::Cow; // crate::cli::x"),
        ("boot/zones.rs", "use crate::{bytes, finding::Rule, table::{srat, Header}, boot::stages::e820};"),
        ("boot/zones.rs", "use super::{e820, memblock::Memblock}; use super::super::memory::range;"),
        ("check/mod.rs", "use crate::boot::Outcome;"),
        (
            "check/mod.rs",
            "let text = \"use crate::cli\"; let raw = r#\"crate::cli \" std::fs\"#; let c = '\"';",
        ),
        ("check/mod.rs", "fn f<'a>(x: &'a str) -> &'a str { x } let fs = env; let b = b\"std::fs\";"),
        ("check/mod.rs", "/// crate::cli::main and std::fs\npub(crate) fn f(self) { '\\'' }"),
        ("check/mod.rs", "#[cfg(test)]\nmod tests { use std::fs; use crate::cli::x; fn f() { println!() } }"),
        ("check/mod.rs", "#[cfg(test)] use std::fs; fn f() {}"),
        ("sink.rs", "use std::io::Write; use crate::source::display;"),
        ("cli/plan.rs", "use anyhow::Context; use crate::boot::Outcome; use std::fs;"),
    ] {
        assert_eq!(violations(file, text), [], "{file}: {text}");
    }
    // What follows a test module counts again.
    let text =
        "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::cli::x;\n#[cfg(test)] mod more;\nuse std::env;";
    assert_eq!(wrong_lines("check/mod.rs", text), [3, 5]);
    assert_eq!(without_tests(&tokens(text)).1, ["more"]);
}

#[test]
fn documents_name_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["docs/architecture.md", "CONTRIBUTING.md", "README.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let words = text.split(|sign: char| sign.is_whitespace() || "`()[],;:…".contains(sign));
        let starts =
            ["src/", "tests/", "docs/", "fuzz/", "man/", "schemas/", "completions/", "benches/", ".ci/"];
        for word in words.filter(|word| starts.iter().any(|start| word.starts_with(start))) {
            let path = word.trim_end_matches('.');
            assert!(root.join(path).exists(), "{document} names {path}, which does not exist");
        }
    }
}

/// The keys of a section of Cargo.toml.
fn keys(manifest: &str, section: &str) -> BTreeSet<String> {
    let body = manifest.split(&format!("\n[{section}]\n")).nth(1).unwrap_or_default();
    let lines = body.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect()
}

#[test]
fn every_dependency_is_explained() {
    let read =
        |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (manifest, document) = (read("Cargo.toml"), read("docs/architecture.md"));
    let section = document.split("\n## Dependencies\n").nth(1).unwrap().split("\n## ").next().unwrap();
    for (head, name) in [("crate", "dependencies"), ("crate, for tests and measurements", "dev-dependencies")]
    {
        let table = section.split(&format!("\n| {head} | why it is there |\n|---|---|\n")).nth(1).unwrap();
        let rows = table.lines().map_while(|line| line.strip_prefix("| ")?.split_once(" | "));
        let explained: BTreeSet<String> =
            rows.filter(|(_, why)| why.len() > 10).map(|(name, _)| name.to_owned()).collect();
        assert_eq!(explained, keys(&manifest, name), "docs/architecture.md and [{name}] of Cargo.toml");
        assert!(!explained.is_empty());
    }
}

/// Files that packages are made of: the part before a star has to begin the name of some file.
#[test]
fn packages_name_files_that_exist() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let packages = manifest
        .split("[package.metadata.")
        .skip(1)
        .filter(|section| section.starts_with("deb]") || section.starts_with("generate-rpm]"));
    let mut count = 0;
    for section in packages {
        let section = section.split("\n[").next().unwrap();
        let lines = section
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("[\"") || line.starts_with("{ source"));
        for line in lines {
            let source = line.split('"').nth(1).unwrap();
            if source.starts_with("target/") {
                continue;
            }
            count += 1;
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
            let found = match source.rsplit('/').next().unwrap().split_once('*') {
                None => path.is_file(),
                Some((start, end)) => std::fs::read_dir(path.parent().unwrap()).unwrap().any(|entry| {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    name.starts_with(start) && name.ends_with(end)
                }),
            };
            assert!(found, "Cargo.toml: {source} is not there");
        }
    }
    assert!(count > 15, "{count}");
}
