//! Whole processes beside those of other programs, in turn: `cargo bench --bench paired [-- TEXT]`.
//!
//! TEXT is the text of acpidump to list; without it one of about 650 KB is made from a sample machine. RUNS in the
//! environment is how many pairs are run (500).
#![allow(clippy::indexing_slicing)]

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ACPIHP: &str = env!("CARGO_BIN_EXE_acpihp");

/// Pairs that are not counted: caches get warm.
const WARM_UP: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let runs = std::env::var("RUNS").map_or(Ok(500), |runs| runs.parse())?;
    let folder = tempfile::tempdir()?;
    // Cargo adds an option of its own.
    let text = match std::env::args().skip(1).find(|argument| !argument.starts_with("--")) {
        Some(text) => text,
        None => {
            let text = folder.path().join("text");
            let one = Command::new(ACPIHP)
                .args(["dump", "--sample", "hotplug", "--format", "acpidump"])
                .output()?;
            std::fs::write(&text, one.stdout.repeat(650_000usize.div_ceil(one.stdout.len().max(1))))?;
            text.display().to_string()
        }
    };
    println!("{runs} pairs each; milliseconds of a whole process: median, and the least of ten");
    compare(
        "the tables of an acpidump text",
        runs,
        &[ACPIHP, "dump", "--from", &text],
        &["acpixtract", "-l", &text],
    );
    compare("this machine's tables", runs, &[ACPIHP, "dump"], &["acpidump", "-s"]);
    compare("start and end", runs, &[ACPIHP, "--version"], &["true"]);
    Ok(())
}

/// Runs two commands in turn and tells of the times, and of their ratio pair by pair.
fn compare(what: &str, runs: usize, ours: &[&str], theirs: &[&str]) {
    let pairs = || Some((time(ours)?, time(theirs)?));
    let Some(pairs) = (0..WARM_UP + runs).map(|_| pairs()).collect::<Option<Vec<_>>>() else {
        println!(
            "\n{what}: left out, since one of the two does not run or fails: {} and {}",
            ours[0], theirs[0]
        );
        return;
    };
    let pairs = &pairs[WARM_UP..];
    println!("\n{what}");
    let line = |command: &[&str], times: Vec<f64>| {
        println!("{:7.3} {:7.3}  {}", quantile(times.clone(), 0.5), quantile(times, 0.1), command.join(" "));
    };
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    line(ours, pairs.iter().map(|(time, _)| ms(*time)).collect());
    line(theirs, pairs.iter().map(|(_, time)| ms(*time)).collect());
    let ratio = pairs.iter().map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64()).collect();
    let difference = pairs.iter().map(|(ours, theirs)| ms(*ours) - ms(*theirs)).collect();
    println!("  ratio {:.3}, difference {:+.3} ms", quantile(ratio, 0.5), quantile(difference, 0.5));
}

/// How long a command takes; `None` when it cannot be started or fails.
fn time(command: &[&str]) -> Option<Duration> {
    let (program, arguments) = command.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().ok()?;
    let time = start.elapsed();
    status.success().then_some(time)
}

/// The value below which this part of the values lies.
fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part) as usize]
}
