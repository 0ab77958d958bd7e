//! What a test needs that not every machine has: without it the test says so and does nothing.
//!
//! `ACPIHP_DEMAND` names what must be there, with commas between, or `all`: then a test that would do nothing for want of
//! it fails. The names are `shared` for the folder ../shared, those of programs, and those of the variables that a test asks.

#![allow(unreachable_pub)]

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Says that a test, or a part of it, does nothing for want of something.
pub fn skip(need: &str, why: impl Display) {
    let demanded = std::env::var("ACPIHP_DEMAND").unwrap_or_default();
    let is_demanded = demanded.split(',').any(|name| name == need || name == "all");
    assert!(!is_demanded, "{why}; ACPIHP_DEMAND={demanded} says that {need} is here");
    // Past the test runner, which would keep it to itself.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A file or folder of the collections beside the repository.
pub fn shared(path: &str) -> Option<PathBuf> {
    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if there.exists() {
        return Some(there);
    }
    skip("shared", format_args!("no ../shared/{path}"));
    None
}

/// Whether a program is in the path.
pub fn program(name: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    if !found {
        skip(name, format_args!("{name} is not installed"));
    }
    found
}

/// What an environment variable says.
pub fn variable(name: &str) -> Option<std::ffi::OsString> {
    let value = std::env::var_os(name);
    if value.is_none() {
        skip(name, format_args!("{name} is not set"));
    }
    value
}
