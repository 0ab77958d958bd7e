//! Images of real firmware, with what an independent walk found in them; skipped where they are not there.

use crate::skip;

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unpacks an image into a folder.
fn unpack(packed: &Path, folder: &Path) -> PathBuf {
    let out = folder.join(packed.file_stem().unwrap());
    let status =
        Command::new("zstd").args(["-q", "-d", "-f", "--long=27", "-o"]).arg(&out).arg(packed).status();
    assert!(status.unwrap().success(), "{}", packed.display());
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Address, signature, length and hash of each table.
type Tables = BTreeSet<(u64, String, u64, String)>;

#[test]
fn tables_are_those_that_an_independent_walk_found() {
    let Some(memory) = skip::shared("corpus/memory").filter(|_| skip::program("zstd")) else { return };
    let scratch = tempfile::tempdir().unwrap();
    let mut images = 0;
    for folder in std::fs::read_dir(memory).unwrap() {
        let folder = folder.unwrap().path();
        let truth: Value =
            serde_json::from_slice(&std::fs::read(folder.join("expected-memory.json")).unwrap()).unwrap();
        let field = |value: &Value, name: &str| value[name].as_u64().unwrap();
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let expected: Tables = truth["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|table| {
                (
                    field(table, "addr"),
                    text(table, "signature"),
                    field(table, "length"),
                    text(table, "sha256"),
                )
            })
            .collect();
        let rsdps: BTreeSet<u64> =
            truth["rsdp"].as_array().unwrap().iter().map(|rsdp| field(rsdp, "addr")).collect();
        for packed in std::fs::read_dir(&folder).unwrap() {
            let packed = packed.unwrap().path();
            if packed.extension().is_none_or(|kind| kind != "zst") {
                continue;
            }
            let image = unpack(&packed, scratch.path());
            let set = acpihp::source::tables::from_path(&image).unwrap();
            let (found_rsdps, tables): (Vec<_>, Vec<_>) =
                set.tables.iter().partition(|table| table.bytes.starts_with(b"RSD PTR "));
            let found: Tables = tables
                .iter()
                .map(|table| {
                    let signature = String::from_utf8_lossy(&table.bytes[..4]).into_owned();
                    let hash = hex(&Sha256::digest(&table.bytes));
                    (table.address.unwrap(), signature, table.bytes.len() as u64, hash)
                })
                .collect();
            assert_eq!(found, expected, "{}", packed.display());
            let found: BTreeSet<u64> = found_rsdps.iter().map(|rsdp| rsdp.address.unwrap()).collect();
            assert_eq!(found, rsdps, "{}", packed.display());
            std::fs::remove_file(image).unwrap();
            images += 1;
        }
    }
    assert!(images > 0, "no image in the corpus");
}
