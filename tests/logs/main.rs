//! Logs as people bring them: every form gives the answer of the plain one.

mod alone;
mod architectures;
mod cut;
mod forms;
mod host;
mod settings;

use crate::answer;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// The log of a ProLiant DL165 G7 with four nodes, up to the zones.
const DL165: &str = include_str!("dl165.log");

/// Runs the program in a folder.
fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).current_dir(folder).args(args).output().unwrap()
}

/// Plans from a log.
fn plan(folder: &Path, log: &[u8], more: &[&str]) -> Value {
    std::fs::write(folder.join("log"), log).unwrap();
    let output = run(folder, &[&["plan", "--dmesg", "log", "-J"], more].concat());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    answer::parse(&output.stdout)
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect()
}
