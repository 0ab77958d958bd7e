//! The rules over tables of real machines, emulators and other projects' tests: every error is one that independent tools
//! have found as well, and everything that they found is an error.
//!
//! The tables are not part of the repository; without them beside it the test skips itself.

#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::boot::kernel::release::Release;
use acpihp::boot::stages::upgrade::Examined;
use acpihp::check::{self, across, archive, places};
use acpihp::finding::{Finding, Severity};
use acpihp::foreign::Foreign;
use acpihp::source::tables;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    skip::shared("corpus")
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The codes that say that bytes and sum of a table do not fit its header, by what other tools found out about it.
fn explained(table: &Value) -> &'static [&'static str] {
    let (length, actual) = (table["length"].as_u64().unwrap_or(0), table["actual"].as_u64().unwrap_or(0));
    match (length > actual, table["checksum_ok"].as_bool()) {
        (true, Some(false)) => &["table-truncated"],
        (_, Some(false)) => &["table-checksum"],
        _ => &[],
    }
}

fn errors(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule.code)
        .collect()
}

#[test]
fn every_error_is_a_known_fault_and_every_known_fault_an_error() {
    let Some(corpus) = corpus() else { return };
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for table in lines(&corpus.join("expected-tables.jsonl")) {
        files.entry(table["file"].as_str().unwrap().to_owned()).or_default().push(table);
    }
    let mut damaged: BTreeSet<(String, u64)> = BTreeSet::new();
    for table in lines(&corpus.join("expected-decoded.jsonl")) {
        if !table["decoded"]["err"].is_null() && table["signature"] == "SRAT" {
            damaged.insert((table["file"].as_str().unwrap().to_owned(), table["index"].as_u64().unwrap()));
        }
    }
    let (mut tables_seen, mut faults, mut warnings, mut wrong) = (0, 0, 0, Vec::new());
    for (name, expected) in &files {
        let Ok(set) = tables::from_path(&corpus.join(name)) else {
            wrong.push(format!("{name}: not read"));
            continue;
        };
        if set.tables.len() != expected.len() {
            wrong.push(format!("{name}: {} tables, expected {}", set.tables.len(), expected.len()));
            continue;
        }
        for (table, truth) in set.tables.iter().zip(expected) {
            let findings = check::table(name, 0, &table.bytes);
            let mut known: BTreeSet<&str> = explained(truth).iter().copied().collect();
            if damaged.contains(&(name.clone(), truth["index"].as_u64().unwrap())) {
                known.insert("srat-entry-zero-length");
            }
            let found = errors(&findings);
            if found != known {
                wrong.push(format!("{name} {}: {found:?}, expected {known:?}", table.name.text()));
            }
            tables_seen += 1;
            faults += known.len();
            warnings += findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
        }
    }
    eprintln!("{tables_seen} tables of {} files: {faults} known faults, {warnings} warnings", files.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(tables_seen > 3000 && faults > 40);
}

#[test]
fn initrds_are_seen_as_their_truth_says() {
    let Some(corpus) = corpus() else { return };
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("expected-initrd.json")).unwrap()).unwrap();
    let kernel = Release::newest();
    let mut seen = 0;
    for (name, expected) in truth.as_object().unwrap() {
        let path = corpus.join("initrd").join(name);
        let bytes = std::fs::read(&path).unwrap();
        if bytes.starts_with(b"MZ") {
            continue;
        }
        let checked = archive::check(&name.into(), &bytes, &kernel);
        let found: Vec<_> = checked
            .files
            .iter()
            .map(|file| {
                (
                    Foreign::from(file.entry.name()).text().into_owned(),
                    file.entry.data_at as u64,
                    file.outcome == Examined::Accepted,
                )
            })
            .collect();
        let wanted: Vec<_> = expected["acpi"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["path"].as_str().unwrap().to_owned(), file["data_off"].as_u64().unwrap(), true))
            .collect();
        assert_eq!(found, wanted, "{name}");
        let errors = errors(&checked.findings);
        let lost = name.contains("wrongorder");
        assert_eq!(
            errors,
            BTreeSet::from_iter(lost.then_some("archive-hidden")),
            "{name}: {:?}",
            checked.findings
        );
        seen += 1;
    }
    assert!(seen > 3);
}

/// Why a finding about the collection is true: its code, where the file lies, and the reason. The first that fits counts.
#[rustfmt::skip]
const TRUE: &[(&str, &str, &str)] = &[
    ("", "templates/", "iasl's templates: placeholders, most of them zero, where a machine has addresses, ids and counts"),
    ("", "fwts/", "tables made for the tests of fwts: wrong on purpose, cut, or with placeholders"),
    ("", "mail/a6cf0cd992ad-7", "a table that a machine with a broken firmware posted: it was the mail's subject"),
    ("table-checksum", "", "other tools find the same sum wrong (expected-tables.jsonl)"),
    ("table-truncated", "", "other tools find the same bytes missing (expected-tables.jsonl)"),
    ("srat-entry-zero-length", "machines/lhwdsl-998589835EA1", "x2APIC entries of 24 bytes that lie 40 apart: iasl stops there as well"),
    ("srat-all-hotpluggable", "gems/hyperv", "Hyper-V marks all memory hot-pluggable"),
    ("srat-hotplug-low-memory", "", "the first MiB lies in a domain with a hot-plug window: QEMU with one node, and Hyper-V"),
    ("fadt-no-dsdt", "qemu-blobs/", "a table as QEMU hands it over: firmware fills the addresses in"),
    ("fadt-no-facs", "qemu-blobs/", "a table as QEMU hands it over: firmware fills the addresses in"),
    ("table-several", "", "the dump has two tables of the kind"),
    ("table-id-unprintable", "", "bytes that are no text in an id: a tab, 0xff, text behind a zero"),
    ("table-reserved-bits", "", "bits that the specification reserves; firmware left them set"),
    ("table-structure", "machines/", "ASF! with a record that is 23 bytes too early, IORT and GTDT with zeros: read the same by iasl"),
    ("table-value-undefined", "machines/", "an access width of 32 for 3 in SPCR and DBG2 of Snapdragon laptops; Linux complains of it"),
    ("tpm2-start-method", "machines/", "start methods 9 and 14 of Qualcomm, which the specification reserves"),
    ("madt-entry-length", "machines/", "a distributor of 25 bytes on Snapdragon laptops"),
    ("iort-memory-access", "machines/arm-honeycomb", "two components that are fully coherent without a coherent path to memory"),
    ("asf-record", "machines/lhw-428B8D25DDA9", "a polling interval of 0"),
    ("bgrt-image", "machines/", "a BGRT without a picture"),
    ("fadt-block-length", "machines/lhw-AB6EADEE22B9", "a PM2 block with an address and no length; Linux complains of it"),
    ("fadt-reset-register", "machines/lhw-DEF2DEF61AED", "a reset register of no width"),
    ("pptt-uid-not-in-madt", "machines/arm-ampere_ava_1", "a PPTT for 128 processors, of which the MADT has 32 under other UIDs"),
];

/// What is found in the tables of a file, errors and warnings, with how often.
fn loud(name: &str, tables: &[acpihp::source::SourceTable]) -> BTreeMap<(String, &'static str), usize> {
    let named: Vec<_> = tables
        .iter()
        .map(|table| across::Named { subject: table.name.raw(), base: 0, bytes: &table.bytes })
        .collect();
    let placed: Vec<_> = named
        .iter()
        .zip(tables)
        .map(|(named, table)| places::Placed { named: *named, address: table.address })
        .collect();
    let mut all: Vec<Finding> =
        named.iter().flat_map(|table| check::table(table.subject, 0, table.bytes)).collect();
    all.extend(across::check(&named));
    all.extend(places::check(&placed, &[]));
    let mut counts = BTreeMap::new();
    for finding in all.iter().filter(|finding| finding.severity > Severity::Info) {
        *counts.entry((format!("{name} {}", finding.subject.text()), finding.rule.code)).or_insert(0) += 1;
    }
    counts
}

/// Every error and warning is on a list, each with the reason why it is true.
#[test]
fn every_warning_is_true_and_explained() {
    let Some(corpus) = corpus() else { return };
    let names: BTreeSet<String> = lines(&corpus.join("expected-tables.jsonl"))
        .iter()
        .map(|table| table["file"].as_str().unwrap().to_owned())
        .collect();
    let mut sections: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for name in &names {
        let set = tables::from_path(&corpus.join(name)).unwrap();
        for ((subject, code), count) in loud(name, &set.tables) {
            let fits = |(of, place, _): &(&str, &str, &str)| {
                (of.is_empty() || *of == code) && subject.starts_with(place)
            };
            match TRUE.iter().position(fits) {
                Some(reason) => sections.entry(reason).or_default().push(format!("{code} {subject} {count}")),
                None => unexplained.push(format!("{code} {subject} {count}")),
            }
        }
    }
    assert!(unexplained.is_empty(), "nobody says why these are true:\n{}", unexplained.join("\n"));
    let mut text = String::from(
        "# The errors and warnings that `acpihp check` gives for a collection of tables, and why each is true.\n\
         # code, file, table, how often. Written and read by tests/corpus_check.rs.\n",
    );
    for (reason, lines) in &sections {
        text.push_str(&format!("\n# {}\n{}\n", TRUE[*reason].2, lines.join("\n")));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus_findings.txt");
    if std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let of = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    let (found, known) = (of(&text), of(&known));
    let (new, gone): (Vec<_>, Vec<_>) =
        (found.difference(&known).collect(), known.difference(&found).collect());
    assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}\ngone: {gone:#?}");
}
