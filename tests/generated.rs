//! The files that are generated and committed for packagers: manual pages and completion scripts. The JSON Schemas are
//! made by the tests of the library (src/report/model/generated.rs), which alone has the crate for them.
//!
//! Each is made anew and compared. `SNAPSHOTS=overwrite cargo test generated::` renews all of them.

#![allow(clippy::indexing_slicing)]

use acpihp::cli::{commands::command, generate};
use std::collections::BTreeMap;
use std::path::Path;

const HOW: &str = "renew with: SNAPSHOTS=overwrite cargo test generated::";

/// Compares the files of a folder of the repository with what they should be, or renews them when asked to.
/// `kept` are files of the folder that nobody generates.
fn hold_current(folder: &str, files: Vec<(String, Vec<u8>)>, kept: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let wanted: BTreeMap<String, Vec<u8>> = files.into_iter().collect();
    let overwrite = std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite");
    if overwrite {
        std::fs::create_dir_all(&path).unwrap();
        for (name, bytes) in &wanted {
            if !kept.contains(&name.as_str()) && std::fs::read(path.join(name)).ok().as_ref() != Some(bytes) {
                std::fs::write(path.join(name), bytes).unwrap();
            }
        }
    }
    let mut wrong = Vec::new();
    for (name, bytes) in &wanted {
        match std::fs::read(path.join(name)) {
            Ok(there) if there == *bytes => {}
            Ok(there) => wrong.push(format!("{folder}/{name} is out of date: {}", difference(&there, bytes))),
            Err(error) => wrong.push(format!("{folder}/{name}: {error}")),
        }
    }
    for entry in std::fs::read_dir(&path).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !wanted.contains_key(&name) && !kept.contains(&name.as_str()) {
            if overwrite {
                std::fs::remove_file(path.join(&name)).unwrap();
            } else {
                wrong.push(format!("{folder}/{name} is generated no more"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n{HOW}\n", wrong.join("\n"));
}

/// The first line that differs.
fn difference(there: &[u8], wanted: &[u8]) -> String {
    let (there, wanted) = (String::from_utf8_lossy(there), String::from_utf8_lossy(wanted));
    let (mut old, mut new) = (there.lines(), wanted.lines());
    for line in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                let shown =
                    |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("`{line}`"));
                return format!("line {line} is {}, should be {}", shown(old), shown(new));
            }
        }
    }
    "line ends".to_owned()
}

#[test]
fn manual_pages_are_current() {
    // acpihp.7 is written by hand and built into the program: it is compared with itself as it was built in.
    hold_current("man", generate::manual_pages(&command()).unwrap(), &["acpihp.7"]);
}

#[test]
fn completion_scripts_are_current() {
    hold_current("completions", generate::completion_scripts(&command()), &[]);
}

#[test]
fn pages_are_whole() {
    for (name, text) in generate::manual_pages(&command()).unwrap() {
        let text = String::from_utf8(text).unwrap();
        let wanted: &[&str] = match name.as_str() {
            "acpihp.7" => &["NAME", "SEE ALSO"],
            _ => &["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"],
        };
        for section in wanted {
            let heading = format!("\n.SH {section}\n");
            let body = text.split(&heading).nth(1).unwrap_or_else(|| panic!("{name} has no {section}"));
            assert!(!body.starts_with(".SH") && !body.trim().is_empty(), "{name}: {section} is empty");
        }
        assert!(text.starts_with(".TH ACPIHP") || text.starts_with(".\\\""), "{name}");
    }
}
