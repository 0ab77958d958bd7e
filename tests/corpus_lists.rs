//! The table lists of many real machines, held against what other programs read from the same files.
//!
//! The files are no part of this project; without them the test says so and does nothing.
#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::bytes;
use acpihp::container::{acpidump, raw};
use acpihp::source::{SourceTable, tables};
use acpihp::table::{Header, rsdp::Rsdp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    skip::shared("corpus")
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the truth says of each table, as we see it.
fn seen(table: &SourceTable, dumped: Option<&acpidump::DumpedTable>) -> Value {
    let bytes = &table.bytes;
    let latin1 = |bytes: &[u8]| Value::String(bytes.iter().map(|byte| char::from(*byte)).collect());
    let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut value = json!({
        "actual": bytes.len(),
        "address": dumped.map(|dumped| format!("0x{:X}", dumped.address)),
        "line": dumped.map(|dumped| dumped.line),
        "sha256": sha256,
    });
    let add = if let Ok(rsdp) = Rsdp::parse(bytes) {
        // The truth tells no more of it; that it has both sums is ours to add.
        assert!(rsdp.checksum_ok() && rsdp.extended_checksum_ok() != Some(false) || bytes.len() < 36);
        json!({"signature": "RSD PTR "})
    } else if raw::is_short_header(raw::name(bytes)) {
        json!({"signature": raw::name(bytes).text(), "length": bytes::u32_at(bytes, 4)})
    } else {
        let header = Header::parse(bytes).unwrap();
        json!({
            "signature": latin1(&header.signature.0),
            "length": header.length,
            "revision": header.revision,
            "checksum": header.checksum,
            "checksum_ok": header.checksum_ok(bytes),
            "oem_id": latin1(&header.oem_id),
            "oem_table_id": latin1(&header.oem_table_id),
            "oem_revision": header.oem_revision,
            "compiler_id": latin1(&header.creator_id),
            "compiler_revision": header.creator_revision,
        })
    };
    value.as_object_mut().unwrap().extend(add.as_object().unwrap().clone());
    value
}

#[test]
fn every_list_is_the_expected_one() {
    let Some(corpus) = corpus() else { return };
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for table in lines(&corpus.join("expected-tables.jsonl")) {
        files.entry(table["file"].as_str().unwrap().to_owned()).or_default().push(table);
    }
    let mut compared = 0;
    for (file, expected) in &files {
        let path = corpus.join(file);
        let text = fs::read(&path).unwrap();
        let set = tables::from_path(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let is_text = !expected[0]["line"].is_null();
        let dump = if is_text { acpidump::read(&text).tables } else { Vec::new() };
        assert_eq!(set.tables.len(), expected.len(), "{file}: {:?}", set.notes);
        for (index, (table, expected)) in set.tables.iter().zip(expected).enumerate() {
            let dumped = dump.get(index);
            if let Some(dumped) = dumped {
                assert_eq!(
                    (table.offset, &table.bytes),
                    (dumped.offset as u64, &dumped.bytes),
                    "{file}: table {index}"
                );
                assert!(dumped.offset == 0 || text[dumped.offset - 1] == b'\n', "{file}: table {index}");
            }
            let seen = seen(table, dumped);
            for (key, value) in seen.as_object().unwrap() {
                assert_eq!(value, &expected[key], "{file}: table {index}: {key}");
            }
            compared += 1;
        }
    }
    eprintln!("compared {compared} tables of {} files", files.len());
    assert!(compared > 0);
}

#[test]
fn the_notes_are_the_expected_ones() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for expected in lines(&corpus.join("expected-files.jsonl")) {
        let file = expected["file"].as_str().unwrap();
        let dump = acpidump::read(&fs::read(corpus.join(file)).unwrap());
        assert_eq!(dump.tables.len() as u64, expected["n_tables"].as_u64().unwrap(), "{file}");
        let covered = |line: u64| {
            dump.notes.iter().any(|note| {
                let lines = if let acpidump::What::Other { lines, .. } = note.what { lines } else { 1 };
                (note.line..note.line + lines).contains(&(line as usize))
            })
        };
        for note in expected["notes"].as_array().unwrap() {
            assert!(covered(note[0].as_u64().unwrap()), "{file}: {note}: {:?}", dump.notes);
        }
        if expected["notes"].as_array().unwrap().is_empty() {
            assert_eq!(dump.notes, [], "{file}");
        }
        compared += 1;
    }
    eprintln!("compared the notes of {compared} texts");
    assert!(compared > 0);
}
