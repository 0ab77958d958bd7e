//! Every line of the kernel about its tables, addresses included, and the names of the tables in /sys: `simulate` held
//! against recorded boots. Recordings in tests/boots have the tables that the kernel listed; those of ../shared/boots, where
//! they are there, have the whole log.

#![allow(clippy::indexing_slicing)]

use crate::answer;
use crate::recorded::{self, Boot};

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The page tables that Linux makes while it maps memory take a page more or less with the processor's features, which no
/// recording tells; the archive's copy then moves by that page.
const PAGE: u64 = 4096;

fn simulate(boot: &Boot) -> Value {
    let Boot { case, truth, .. } = boot;
    let mut run = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    run.arg("simulate").arg("--sysroot").arg(boot.sysroot());
    run.args(["--cmdline", &boot.line(), "--format", "json"]);
    if let Some(release) = truth["linux"].as_str().or(case["linux"].as_str()) {
        run.args(["--kernel", release]);
    }
    if let Some(initrd) = boot.initrd() {
        run.arg("--initrd").arg(initrd);
    }
    for (key, option) in [("kernel_at", "--kernel-at"), ("initrd_at", "--initrd-at")] {
        if let Some(range) = case[key].as_str() {
            run.args([option, range]);
        }
    }
    for range in case["reserve"].as_array().into_iter().flatten() {
        run.args(["--reserve", range.as_str().unwrap()]);
    }
    let output = run.output().unwrap();
    assert!(output.status.success(), "{}: {}", boot.name, String::from_utf8_lossy(&output.stderr));
    answer::of(&output)
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|line| line.as_str().unwrap().to_owned()).collect()
}

fn hex(text: &str) -> u64 {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
}

/// A line that lists a table, not one that says where it was replaced.
fn is_header(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("ACPI: ").and_then(|rest| rest.get(4..)) else { return false };
    rest.starts_with(" 0x") && !rest.contains("override") && !line.starts_with("ACPI: RSDP")
}

/// Whether a line of a log is one that `simulate` foretells.
fn is_foretold(line: &str) -> bool {
    const BEGINNINGS: [&str; 11] = [
        "ACPI: Reserving",
        "ACPI: Table Upgrade",
        "ACPI: ACPI OVERRIDE",
        "File kernel",
        "ACPI: Early table checksum",
        "ACPI: kernel is locked down",
        "ACPI: Ignoring installation",
        "ACPI: BIOS bug: multiple",
        "ACPI: If \"acpi_apic_instance",
        "ACPI: Shall use APIC",
        "ACPI: Forcing 32 Bit",
    ];
    let has = |part: &str| line.contains(part);
    is_header(line)
        || BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        || line.starts_with("ACPI: ") && (has("Physical table override") || has("ACPI table found in initrd"))
}

/// A line with the addresses of the archive's copy taken back by some bytes.
fn moved(line: &str, copy: &std::ops::Range<u64>, by: i64) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let (before, number) = rest.split_at(at + 2);
        let end = number.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(number.len());
        let (digits, after) = number.split_at(end);
        out.push_str(before);
        match u64::from_str_radix(digits, 16).ok().filter(|address| copy.contains(address)) {
            Some(address) => {
                let address = address.wrapping_add_signed(by);
                let width = digits.len();
                let upper = digits.len() == 16;
                out += &if upper { format!("{address:0width$X}") } else { format!("{address:0width$x}") };
            }
            None => out.push_str(digits),
        }
        rest = after;
    }
    out + rest
}

/// Whether lines are the same, the archive's copy where it was foretold or a page beside.
fn compare(name: &str, wanted: &[String], got: &[String], answer: &Value, wrong: &mut Vec<String>) -> bool {
    if wanted == got {
        return true;
    }
    let from_initrd = answer["tables"].as_array().unwrap().iter().filter(|table| table["origin"] == "initrd");
    let places: Vec<(u64, u64)> = from_initrd
        .filter_map(|table| Some((table["address"].as_u64()?, table["length"].as_u64()?)))
        .collect();
    let copy = places.iter().map(|(start, _)| *start).min().unwrap_or(0)
        ..places.iter().map(|(start, length)| start + length).max().unwrap_or(0);
    let beside = [PAGE as i64, -(PAGE as i64)];
    let shifted = |by: i64| got.iter().map(|line| moved(line, &copy, by)).collect::<Vec<_>>();
    if beside.into_iter().any(|by| shifted(by) == wanted) {
        return false;
    }
    let pairs = wanted.iter().zip(got).find(|(wanted, got)| wanted != got);
    wrong.push(format!("{name}: {} lines, {} foretold, first {pairs:?}", wanted.len(), got.len()));
    true
}

/// Holds recordings against their lists of tables: lines, places, and names in /sys.
fn hold_tables(boots: &[Boot], at_least: usize) {
    assert!(boots.len() >= at_least, "{} recordings", boots.len());
    let (mut exact, mut beside, mut wrong) = (0, 0, Vec::new());
    for boot in boots {
        let Boot { name, truth, .. } = boot;
        let listed = truth["tables"].as_array().cloned().unwrap_or_default();
        if listed.is_empty() {
            continue;
        }
        let answer = simulate(boot);
        let header = |table: &Value| {
            let (at, length) = (hex(table["addr"].as_str().unwrap()), table["len"].as_u64().unwrap());
            let start = format!("ACPI: {} 0x{at:016X} {length:06X}", table["sig"].as_str().unwrap());
            match table["rest"].as_str() {
                Some(rest) => format!("{start} (v{:02} {rest})", table["rev"].as_u64().unwrap()),
                None => start,
            }
        };
        let wanted: Vec<String> = listed.iter().map(header).collect();
        let got: Vec<String> = strings(&answer["kernel_lines"])
            .into_iter()
            .filter(|line| {
                is_header(line) && !line.starts_with("ACPI: RSDT") && !line.starts_with("ACPI: XSDT")
            })
            .collect();
        match compare(name, &wanted, &got, &answer, &mut wrong) {
            true => exact += 1,
            false => beside += 1,
        }
        // DIMMs and the like bring in no static tables; names come from the list as it is once the system is up.
        let files = truth["final_tables"].as_array().cloned().unwrap_or_default();
        if files.is_empty() {
            continue;
        }
        let named = |list: &Value, name: &str, length: &str, revision: &str| {
            let rows = list.as_array().into_iter().flatten().filter(|row| row[name].is_string());
            rows.map(|row| (row[name].to_string(), row[length].to_string(), row[revision].to_string()))
                .collect::<BTreeSet<_>>()
        };
        let wanted = named(&truth["final_tables"], "file", "len", "oem_rev");
        let got = named(&answer["tables"], "sysfs_name", "length", "oem_revision");
        if wanted != got {
            let differ: Vec<_> = wanted.symmetric_difference(&got).collect();
            wrong.push(format!("{name}: names in /sys: {differ:?}"));
        }
    }
    eprintln!("{exact} lists exact, {beside} a page beside");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(beside * 20 <= exact, "too many are a page beside");
}

#[test]
fn tables_are_listed_where_the_kernel_listed_them() {
    hold_tables(&recorded::own(), 30);
}

#[test]
fn whole_logs_are_foretold_line_by_line() {
    let Some(boots) = recorded::shared() else { return };
    hold_tables(&boots, 1);
    let (mut exact, mut beside, mut wrong, mut kinds) = (0, 0, Vec::new(), BTreeMap::new());
    for boot in &boots {
        let Some(text) = boot.log() else { continue };
        let message = |line: &str| line.split_once("] ").map_or(line, |(_, message)| message).to_owned();
        let ends = |line: &String| {
            line.starts_with("ACPI: Dynamic OEM Table Load") || line.starts_with("ACPI: Interpreter enabled")
        };
        let wanted: Vec<String> = text
            .lines()
            .map(message)
            .take_while(|line| !ends(line))
            .filter(|line| is_foretold(line))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let answer = simulate(boot);
        let mut got = strings(&answer["kernel_lines"]);
        got.retain(|line| is_foretold(line));
        for line in &got {
            let kind: String = line.chars().filter(char::is_ascii_lowercase).take(12).collect();
            *kinds.entry(kind).or_insert(0) += 1;
        }
        match compare(&boot.name, &wanted, &got, &answer, &mut wrong) {
            true => exact += 1,
            false => beside += 1,
        }
    }
    eprintln!("{exact} logs exact, {beside} a page beside; {} kinds of lines", kinds.len());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(exact > 0 && beside * 20 <= exact, "{exact} exact, {beside} a page beside");
}
