//! Every table of a collection of real machines as source: taken apart and put together it is the same, iasl reads the same
//! values from it, and compiles the same bytes from what is printed of it. The collection is optional: it lies beside the
//! repository, in `../shared/corpus`; so is iasl.
#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::report::model::dump::DumpModel;
use acpihp::report::{dsl, json};
use acpihp::source::tables::{from_bytes, from_path};
use acpihp::source::{SourceTable, table_json};
use acpihp::table::item::{FieldValue, Item, RawKind, Value, What};
use acpihp::table::source::{BuildOptions, Built, build, read};
use acpihp::table::summary::Summary;
use acpihp::table::{aml, decode};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Each table once, without AML; `None` without the collection.
fn tables() -> Option<Vec<SourceTable>> {
    let corpus = skip::shared("corpus")?;
    let list = std::fs::read_to_string(corpus.join("expected-tables.jsonl")).unwrap();
    let file = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        json["file"].as_str().unwrap().to_owned()
    };
    let files: BTreeSet<String> = list.lines().map(file).collect();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for file in files {
        let Ok(set) = from_path(&corpus.join(&file)) else { continue };
        for table in set.tables {
            let is_aml = aml::SIGNATURES.iter().any(|signature| table.bytes.starts_with(&signature.0));
            if !is_aml && seen.insert(Sha256::digest(&table.bytes)) {
                found.push(SourceTable { origin: file.clone().into(), ..table });
            }
        }
    }
    Some(found)
}

fn listing(table: &SourceTable) -> String {
    let mut text = Vec::new();
    dsl::tables(&mut text, [table]).unwrap();
    String::from_utf8(text).unwrap()
}

/// Both notations of a table, built.
fn both_ways(table: &SourceTable, options: BuildOptions) -> [Result<Built, String>; 2] {
    let mut text = Vec::new();
    json(&mut text, &DumpModel::new([table], true)).unwrap();
    let tables = table_json::read(std::str::from_utf8(&text).unwrap()).unwrap();
    let text = listing(table);
    let lines = [read(&text).unwrap(), tables.into_iter().next().unwrap()];
    lines.map(|lines| build(&lines, options).map_err(|error| error.to_string()))
}

#[test]
fn what_was_taken_apart_can_be_put_together() {
    let Some(tables) = tables() else { return };
    let (mut sound, mut others) = (0, 0);
    for table in &tables {
        // Both notations say so where what they make is not the same.
        let same =
            |built: &Result<Built, String>| built.as_ref().is_ok_and(|built| built.bytes == table.bytes);
        let lost = both_ways(table, BuildOptions::default()).map(|built| !same(&built));
        assert_eq!(
            lost,
            [dsl::needs_as_is(&table.bytes); 2],
            "{} of {}",
            table.name.text(),
            table.origin.display()
        );
        assert_eq!(listing(table).contains("--as-is"), lost[0], "{}", table.name.text());
        let place = format!("{} of {}", table.name.text(), table.origin.display());
        for built in both_ways(table, BuildOptions { as_is: true }) {
            assert!(built.as_ref().is_ok_and(|built| built.bytes == table.bytes), "{place}: {built:?}");
        }
        // Where lengths and sums are right, computing them changes nothing.
        let summary = Summary::of(&table.bytes);
        let whole = summary.length.is_none_or(|length| length <= table.bytes.len() as u64);
        let problems = decode(&table.bytes).any(|item| matches!(item.what, What::Problem(_)));
        if summary.checksum_ok == Some(false) || !whole || problems {
            others += 1;
            continue;
        }
        for built in both_ways(table, BuildOptions::default()) {
            assert!(built.as_ref().is_ok_and(|built| built.bytes == table.bytes), "{place}: {built:?}");
        }
        sound += 1;
    }
    eprintln!("{sound} tables are the same again, lengths and sums computed; {others} more as they are");
    assert!(sound > 1500, "{sound}");
}

/// Why bytes of an entry are no field's, by signature: everywhere else a decode that leaves some is suspect.
const NO_FIELD: &[(&str, &str)] =
    &[("AEST", "a table made for the tests of fwts, with wrong lengths of its nodes")];

#[test]
fn no_bytes_of_an_entry_are_left_without_a_reason() {
    let Some(tables) = tables() else { return };
    let mut left = BTreeMap::new();
    for table in &tables {
        for item in decode(&table.bytes) {
            let What::Raw(RawKind::Undefined, bytes) = item.what else { continue };
            if item.entry.is_some() && bytes.iter().any(|byte| *byte != 0) {
                let signature =
                    String::from_utf8_lossy(table.bytes.get(..4).unwrap_or_default()).into_owned();
                left.entry(signature).or_insert_with(Vec::new).push(format!(
                    "{} of {} {:#x}: {} bytes",
                    table.name.text(),
                    table.origin.display(),
                    item.offset,
                    bytes.len()
                ));
            }
        }
    }
    for (signature, why) in NO_FIELD {
        let found = left.remove(*signature);
        eprintln!("{signature}: {} runs of bytes: {why}", found.as_ref().map_or(0, Vec::len));
        assert!(found.is_some(), "{signature}: a reason for nothing");
    }
    assert!(left.is_empty(), "{left:#?}");
}

/// A line of a listing by iasl: offset, size (0 for a bit), label, value.
type Line = (usize, usize, String, String);

fn theirs(text: &str) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    for line in text.lines().take_while(|line| !line.starts_with("Raw Table Data")) {
        let Some((before, value)) = line.split_once(" : ") else { continue };
        let value = value.trim().to_owned();
        if let Some((place, label)) = before.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let mut numbers = place.split_whitespace();
            let offset =
                numbers.next().and_then(|word| usize::from_str_radix(word.strip_suffix('h')?, 16).ok());
            let size = numbers.nth(1).and_then(|word| match word.strip_suffix('h') {
                Some(hex) => usize::from_str_radix(hex, 16).ok(),
                None => word.parse().ok(),
            });
            if let (Some(offset), Some(size)) = (offset, size) {
                found.push((offset, size, label.trim().to_owned(), value));
            }
        } else if before.starts_with("          ")
            && let Some(&(offset, ..)) = found.last()
        {
            found.push((offset, 0, before.trim().to_owned(), value));
        }
    }
    found
}

/// A label without what varies: blanks and "(decoded below)".
fn bare(label: &str) -> String {
    let end = label.to_ascii_lowercase().rfind("(decoded below)").unwrap_or(label.len());
    label[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether iasl's line says of this field what its bytes say.
fn agrees(line: &Line, item: &Item<'_>, field: &FieldValue<'_>, table: &[u8]) -> bool {
    let (offset, size, label, value) = line;
    let def = field.def;
    if *size == 0 {
        // Bits that the table's revision does not define are shown by iasl as well.
        let acpihp::table::def::FieldKind::Flags(bits) = def.kind else { return false };
        let number = field.uint().unwrap_or(0);
        return bits
            .iter()
            .any(|bits| bits.name == label && u64::from_str_radix(value, 16) == Ok(bits.of(number)));
    }
    let label = bare(label);
    let printed = bare(def.label);
    let names = [def.name, printed.as_str()].into_iter().chain(def.was.iter().copied()).collect::<Vec<_>>();
    let numbered =
        label.rsplit_once(' ').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    if !names.contains(&label.as_str()) && !numbered.is_some_and(|(name, _)| names.contains(&name)) {
        return false;
    }
    let bytes = &table[*offset..(*offset + size).min(table.len())];
    let word = value.split_whitespace().next().unwrap_or_default();
    match field.value {
        Value::Uint(number) => {
            (item.offset, item.size) == (*offset, *size) && u64::from_str_radix(word, 16) == Ok(number)
        }
        Value::Uints { width, .. } if *size == usize::from(width) => {
            let number = acpihp::bytes::uint_at(bytes, 0, *size);
            u64::from_str_radix(word, 16).ok() == number
        }
        Value::Text(_) => {
            // iasl shows other bytes as it likes.
            let text: String = value.trim_matches('"').chars().take_while(|sign| *sign != '"').collect();
            bytes.starts_with(text.as_bytes())
                || bytes.iter().any(|byte| !(b' '..=b'~').contains(byte))
                || u64::from_str_radix(word, 16).is_ok()
        }
        Value::Guid(guid) => value.eq_ignore_ascii_case(&acpihp::bytes::guid(guid)),
        Value::Unicode(_) => true,
        Value::Bytes(_) | Value::Uints { .. } => {
            let pairs = value.split([' ', ',']).map_while(|pair| u8::from_str_radix(pair, 16).ok());
            let shown: Vec<u8> = pairs.take(bytes.len()).collect();
            let number = u64::from_str_radix(word, 16).ok().filter(|_| *size <= 8);
            bytes.starts_with(&shown) && !shown.is_empty()
                || number == acpihp::bytes::uint_at(bytes, 0, *size)
        }
    }
}

/// Where the two differ with a reason, by signature and iasl's label (`*` for any): why.
const REASONS: &[(&str, &str, &str)] = &[
    ("SDEV", "*", "iasl counts the offsets of what follows an entry's head from 0"),
    ("NFIT", "SMBIOS Table Entries", "iasl counts its offset from the entry"),
    ("NFIT", "Line Offset", "the same"),
    ("DBG2", "OEM Data", "the same"),
    ("RHCT", "Optional Padding", "the same"),
    ("CSRT", "*", "iasl takes what follows a group for Shared Info, whatever its length says"),
    ("HEST", "Global", "iasl shows bit 0 for both bits of the flags"),
    ("APIC", "TRBE Interrupt", "iasl reads on behind a shorter entry"),
    ("APIC", "SPE Overflow Interrupt", "the same"),
    ("APIC", "Reserved", "iasl counts the offset of two reserved bytes from the byte before them"),
    ("ASPT", "*", "iasl reads on behind the last of the counted subtables, of which there are none"),
    ("CEDT", "Next Xormap", "iasl adds 1 to the offset for each, not 8"),
    ("IORT", "*", "iasl reads on behind a shorter node, and takes a mapping offset of 0 at its word"),
    ("AEST", "*", "a table whose entries have wrong lengths, which iasl does not follow"),
    ("SRAT", "*", "a table whose entries have wrong lengths"),
    ("PMTT", "*", "the first revision, which iasl has for the second"),
    ("HMAT", "Reserved1", "two reserved bytes until 2021, Minimum Transfer Size and one since"),
    ("HMAT", "Reserved2", "reserved until 2024, Address Mode since"),
    ("FACP", "Reserved", "reserved until 2012, flags and minor revision since"),
    ("DMAR", "Reserved", "two reserved bytes until 2024, flags and one since"),
    ("SPCR", "Reserved", "reserved until 2023, a clock frequency since"),
    ("GTDT", "*", "fields of the third revision, which iasl knows since 2021"),
    ("CPEP", "*", "an entry that is longer than the table"),
    ("MPAM", "*", "the same"),
    ("VIOT", "*", "the same"),
    ("ASF!", "*", "the same"),
    ("PHAT", "*", "an offset behind the end of the record"),
    ("WPBT", "*", "iasl shows arguments that the length of 0 has not"),
];

#[test]
fn values_are_those_of_iasl() {
    let Some(tables) = tables().filter(|_| skip::program("iasl")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut compared, mut reasons) = (0usize, BTreeMap::new());
    let mut unexplained = Vec::new();
    for table in &tables {
        let Some(text) = iasl_listing(&table.bytes, folder.path()) else { continue };
        let items: Vec<_> = decode(&table.bytes).collect();
        let fields: Vec<_> = items.iter().filter(|item| item.field().is_some()).collect();
        for line in theirs(&String::from_utf8_lossy(&text)) {
            let heading = line.3.starts_with('[') && line.3.ends_with(']');
            if heading || line.2.starts_with("**") {
                continue;
            }
            let index = fields.partition_point(|item| item.offset + item.size <= line.0);
            let item = fields.get(index).filter(|item| item.offset <= line.0);
            let right = item.is_some_and(|item| {
                item.field().is_some_and(|field| agrees(&line, item, field, &table.bytes))
            });
            if right {
                compared += 1;
                continue;
            }
            let signature = String::from_utf8_lossy(table.bytes.get(..4).unwrap_or_default()).into_owned();
            let label = bare(&line.2);
            match REASONS.iter().find(|(of, name, _)| *of == signature && (*name == "*" || *name == label)) {
                Some((of, name, why)) => *reasons.entry((of, name, why)).or_insert(0usize) += 1,
                None => unexplained.push(format!(
                    "{} of {} {:#x}: {} : {}, here {:?}",
                    table.name.text(),
                    table.origin.display(),
                    line.0,
                    line.2,
                    line.3,
                    item.map(|item| item.name())
                )),
            }
        }
    }
    for ((of, name, why), count) in &reasons {
        eprintln!("{of} {name}: {count} lines: {why}");
    }
    eprintln!("{compared} lines of {} tables agree", tables.len());
    assert!(
        unexplained.is_empty(),
        "{} unexplained: {:#?}",
        unexplained.len(),
        &unexplained[..unexplained.len().min(40)]
    );
    assert!(compared > 100_000, "{compared}");
}

/// What iasl prints of a table, in `folder`; nothing of some. `None` without iasl.
fn iasl_listing(table: &[u8], folder: &Path) -> Option<Vec<u8>> {
    std::fs::write(folder.join("table.dat"), table).unwrap();
    let _ = std::fs::remove_file(folder.join("table.dsl"));
    iasl(&["-d", "table.dat"], folder);
    std::fs::read(folder.join("table.dsl")).ok()
}

/// Runs iasl, which some input sends into an endless loop; whether it succeeded.
fn iasl(arguments: &[&str], folder: &Path) -> bool {
    let quiet = || std::process::Stdio::null();
    let mut command = Command::new("iasl");
    command.args(arguments).current_dir(folder).stdin(quiet()).stdout(quiet()).stderr(quiet());
    let mut child = command.spawn().unwrap();
    for _ in 0..500 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// What iasl makes of source; `None` when it refuses.
fn compiled(source: &str, folder: &Path) -> Option<Vec<u8>> {
    std::fs::write(folder.join("table.dsl"), source).unwrap();
    let _ = std::fs::remove_file(folder.join("table.aml"));
    let done = iasl(&["table.dsl"], folder);
    let bytes = std::fs::read(folder.join("table.aml")).ok()?;
    done.then(|| without_creator(&bytes))
}

/// A table without what each compiler writes about itself, and the sum that depends on it.
fn without_creator(table: &[u8]) -> Vec<u8> {
    let mut table = table.to_vec();
    if acpihp::table::layout(&table).is_none_or(|layout| layout.has_header()) && table.len() >= 36 {
        table[9] = 0;
        table[28..36].fill(0);
    }
    table
}

#[test]
fn iasl_compiles_what_is_printed_and_we_compile_what_iasl_prints() {
    let Some(tables) = tables().filter(|_| skip::program("iasl")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut same, mut theirs_same, mut other_labels) = (0, 0, BTreeMap::new());
    let mut wrong = Vec::new();
    for table in &tables {
        let Some(text) = iasl_listing(&table.bytes, folder.path()) else { continue };
        let text = String::from_utf8_lossy(&text).into_owned();
        let expected = without_creator(&table.bytes);
        // Only what iasl itself takes apart and puts together is asked of what is printed here.
        if compiled(&text, folder.path()).is_none_or(|bytes| bytes != expected) {
            continue;
        }
        let place = format!("{} of {}", table.name.text(), table.origin.display());
        match read(&text)
            .map_err(|error| error.to_string())
            .and_then(|lines| build(&lines, BuildOptions::default()).map_err(|error| error.to_string()))
        {
            Ok(built) if without_creator(&built.bytes) == expected => theirs_same += 1,
            Ok(_) => wrong.push(format!("{place}: other bytes from iasl's source")),
            Err(error) => wrong.push(format!("{place}: {error}")),
        }
        let ours = listing(table);
        match compiled(&ours, folder.path()) {
            Some(bytes) if bytes == expected => same += 1,
            Some(_) => wrong.push(format!("{place}: other bytes from our source")),
            // Labels that have another name in this release of iasl.
            None => {
                let labels =
                    |text: &str| theirs(text).into_iter().map(|line| bare(&line.2)).collect::<Vec<_>>();
                match labels(&ours) == labels(&text) {
                    true => wrong.push(format!("{place}: iasl refuses our source")),
                    false => *other_labels.entry(table.name.clone()).or_insert(0usize) += 1,
                }
            }
        }
    }
    eprintln!("{same} tables: iasl makes the same bytes of our source; {theirs_same}: we of iasl's");
    eprintln!("in other releases of iasl, fields have other labels: {other_labels:?}");
    assert!(wrong.is_empty(), "{} wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    assert!(same > 900 && theirs_same > 1000, "{same} {theirs_same}");
}

/// Tables of which a release of iasl prints what they do not hold, or not all that they hold: why.
const MISPRINTED: &[(&str, &str)] = &[
    ("HEST", "iasl 20200925 shows bit 0 for both bits of the flags"),
    ("CPEP", "iasl 20200925 leaves out the lines of an entry that it does not know"),
    ("SDEV", "iasl 20200925 leaves out the lines of secure access components"),
    ("NFIT", "iasl counts the offsets of several line offsets from the entry"),
];

#[test]
fn a_listing_that_nobody_edited_is_one_table() {
    let Some(tables) = tables() else { return };
    let folder = tempfile::tempdir().unwrap();
    let has_iasl = skip::program("iasl");
    let (mut same, mut wrong) = (0usize, Vec::new());
    for table in &tables {
        let ours = Some(listing(table).into_bytes());
        let theirs = if has_iasl { iasl_listing(&table.bytes, folder.path()) } else { None };
        for (whose, text) in [("ours", ours), ("iasl's", theirs)] {
            let Some(text) = text.filter(|text| text.windows(8).any(|eight| eight == b"Raw Tabl")) else {
                continue;
            };
            let place = format!("{whose}: {} of {}", table.name.text(), table.origin.display());
            match from_bytes(Path::new("table.dsl"), &text) {
                // What iasl has no line for counts as the raw data have it.
                Ok(set) if set.findings.iter().all(|finding| finding.rule.code == "listing-incomplete") => {
                    same += 1;
                }
                Ok(set) => wrong.push(format!("{place}: {}", set.findings[0].message.text())),
                Err(error) => wrong.push(format!("{place}: {error}")),
            }
        }
    }
    wrong.retain(|what| !MISPRINTED.iter().any(|(of, _)| what.contains(&format!(": {of} of "))));
    eprintln!("{same} listings are one table");
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(60)]);
}
