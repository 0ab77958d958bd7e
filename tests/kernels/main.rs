//! Kernel images and unified kernel images: what is in them, and what a boot gets of it.
#![allow(clippy::indexing_slicing)]

pub(crate) mod build;
mod config;
mod images;
use crate::machine;
mod pe;
mod uki;

use std::process::{Command, Output};

/// Runs the program in a folder.
fn acpihp(folder: &std::path::Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(args)
        .current_dir(folder)
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

/// What it printed, and its exit status.
fn printed(folder: &std::path::Path, args: &[&str]) -> (String, i32) {
    let output = acpihp(folder, args);
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code().unwrap())
}
