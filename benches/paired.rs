//! Whole processes beside those of other programs, in turn: `cargo bench --bench paired [-- TEXT]`.
//!
//! TEXT is the text of acpidump to list; without it one of about 650 KB is made from a sample machine. RUNS in the
//! environment is how many pairs are run (500). What is measured is the program as it is released: contrib/release/build
//! builds it first, unless ACPIHP in the environment names another one.
#![allow(clippy::indexing_slicing)]

use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The program that is measured.
static PROGRAM: OnceLock<String> = OnceLock::new();

/// Pairs that are not counted: caches get warm.
const WARM_UP: usize = 20;

fn acpihp() -> &'static str {
    PROGRAM.get().map_or("acpihp", String::as_str)
}

/// The released program: built now, or named by ACPIHP.
fn released() -> Result<String, Box<dyn Error>> {
    if let Ok(program) = std::env::var("ACPIHP") {
        return Ok(program);
    }
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/release/build");
    let done = Command::new(&build).stderr(Stdio::inherit()).output()?;
    if !done.status.success() {
        return Err(format!("{}: {}", build.display(), done.status).into());
    }
    Ok(String::from_utf8(done.stdout)?.trim_end().to_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    PROGRAM.set(released()?)?;
    let runs = std::env::var("RUNS").map_or(Ok(500), |runs| runs.parse())?;
    let folder = tempfile::tempdir()?;
    // Cargo adds an option of its own.
    let text = match std::env::args().skip(1).find(|argument| !argument.starts_with("--")) {
        Some(text) => text,
        None => {
            let text = folder.path().join("text");
            let one = Command::new(acpihp())
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
        &[acpihp(), "dump", "--from", &text],
        &["acpixtract", "-l", &text],
    );
    compare("this machine's tables", runs, &[acpihp(), "dump"], &["acpidump", "-s"]);
    compare("start and end", runs, &[acpihp(), "--version"], &["true"]);
    initrds(folder.path(), runs.div_ceil(10))?;
    images(folder.path(), runs.div_ceil(10))
}

/// An initrd of 60 MB as distributions make them, beside what lists initrds otherwise.
fn initrds(folder: &Path, runs: usize) -> Result<(), Box<dyn Error>> {
    let script = "dump=$1; mkdir -p tree/usr/lib; cd tree
        for number in $(seq 2000); do head -c 30000 /dev/urandom >usr/lib/$number.ko; done
        printf '#!/bin/sh\\n' >init; chmod 755 init
        find . | cpio -o -H newc --quiet | zstd -q -1 >../main.img; cd ..; rm -r tree
        $dump dump --sample hotplug -o tables >/dev/null
        $dump mkinitrd-override --against none tables/srat.dat --initrd main.img -o initrd.img >/dev/null";
    let status = Command::new("sh").args(["-ec", script, "sh", acpihp()]).current_dir(folder).status();
    let initrd = folder.join("initrd.img").display().to_string();
    if !status.is_ok_and(|status| status.success()) {
        println!("\nan initrd of 60 MB: left out, since making one takes cpio and zstd");
        return Ok(());
    }
    let ours = [acpihp(), "inspect", &initrd];
    compare("an initrd of 60 MB", runs, &ours, &["lsinitramfs", &initrd]);
    compare("the same", runs, &ours, &["lsinitrd", &initrd]);
    memory(&ours);
    memory(&[acpihp(), "plan", "--numa", "--sample", "hotplug", "--initrd", &initrd]);
    Ok(())
}

/// Raw images of memory: a small one beside a large one, and the scan of all bytes.
fn images(folder: &Path, runs: usize) -> Result<(), Box<dyn Error>> {
    const MIB: u64 = 1 << 20;
    let made = |name: &str, len: u64, rsdp: u64| -> Result<String, Box<dyn Error>> {
        let path = folder.join(name);
        let file = File::create(&path)?;
        file.set_len(len)?;
        let summed = |mut bytes: Vec<u8>, at: usize| {
            bytes[at] = bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_sub(*byte));
            bytes
        };
        let pointer = [&b"RSD PTR \0ACPIHP\0"[..], &0x40_0000u32.to_le_bytes()].concat();
        file.write_all_at(&summed(pointer, 8), rsdp)?;
        let mut root = [&b"RSDT"[..], &40u32.to_le_bytes(), &[1, 0], &[b'A'; 26]].concat();
        root.extend(0x40_1000u32.to_le_bytes());
        file.write_all_at(&summed(root, 9), 0x40_0000)?;
        let table = [&b"SSDT"[..], &36u32.to_le_bytes(), &[2, 0], &[b'A'; 26]].concat();
        file.write_all_at(&summed(table, 9), 0x40_1000)?;
        Ok(path.display().to_string())
    };
    let (small, large) = (made("small", 256 * MIB, 0xf_59e0)?, made("large", 64 << 30, 0xf_59e0)?);
    let dump = |image: &'static str| [acpihp(), "dump", "--from", image];
    let (small, large) = (dump(small.leak()), dump(large.leak()));
    compare("a sparse image of 64 GiB beside one of 256 MiB", runs, &large, &small);
    memory(&large);
    // Bytes everywhere, and the RSDP where only the search of all of them finds it.
    let full = made("full", 1024 * MIB, 1000 * MIB)?;
    let piece: Vec<u8> =
        (0..MIB as u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let file = File::options().write(true).open(&full)?;
    for at in (8..999).map(|number| number * MIB) {
        file.write_all_at(&piece, at)?;
    }
    let ours = dump(full.leak());
    let cat = ["cat", ours[3]];
    let times: Option<Vec<f64>> = (0..10).map(|_| time(&ours).map(|time| time.as_secs_f64())).collect();
    compare("all of 1000 MiB searched, beside reading them", 10, &ours, &cat);
    if let Some(times) = times {
        println!("  {:.2} GB a second", (1000 * MIB) as f64 / 1e9 / quantile(times, 0.5));
    }
    memory(&ours);
    Ok(())
}

/// The most memory that a command holds, as time(1) tells it.
fn memory(command: &[&str]) {
    let output =
        Command::new("/usr/bin/time").args(["-f", "%M"]).args(command).stdout(Stdio::null()).output();
    match output.ok().and_then(|output| String::from_utf8(output.stderr).ok()) {
        Some(kilobytes) => println!("  {} KiB of memory at most: {}", kilobytes.trim(), command.join(" ")),
        None => println!("  memory: left out, since there is no time(1)"),
    }
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
