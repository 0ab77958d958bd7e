//! What `dump` says of a CEDT and an HMAT before their fields.

#![allow(clippy::indexing_slicing)]

use crate::answer;

use std::process::Command;

fn table(signature: &[u8; 4], revision: u8, body: &[u8]) -> Vec<u8> {
    let mut out = signature.to_vec();
    out.extend((36 + body.len() as u32).to_le_bytes());
    out.extend([revision, 0]);
    out.extend(b"ACPIHPHARDWARE\x01\0\0\0TEST\x01\0\0\0");
    out.extend(body);
    out[9] = 0u8.wrapping_sub(acpihp::bytes::sum8(&out));
    out
}

fn dump(bytes: &[u8]) -> (String, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.aml");
    std::fs::write(&file, bytes).unwrap();
    let name = std::str::from_utf8(&bytes[..4]).unwrap();
    let args = ["dump", name, "--from", file.to_str().unwrap()];
    let text = Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).output().unwrap();
    let json = answer::to(&[&args[..], &["-J"]].concat());
    (String::from_utf8(text.stdout).unwrap(), json["tables"][0].clone())
}

#[test]
fn windows_of_a_cedt_have_ways_and_granularity() {
    let mut window = vec![1, 0, 44, 0, 0, 0, 0, 0];
    window.extend((16u64 << 30).to_le_bytes());
    window.extend((8u64 << 30).to_le_bytes());
    // Two ways, XOR, 4 KiB each; host-only coherent and volatile.
    window.extend([1, 1, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0]);
    window.extend(7u32.to_le_bytes());
    window.extend(9u32.to_le_bytes());
    let (text, json) = dump(&table(b"CEDT", 1, &window));
    let wanted = "window 0x400000000-0x5ffffffff 8 GiB\n  interleaved  2 ways, 4 KiB each, by XOR: host bridges 7, 9\n  \
                  for          host-only coherent, volatile\n";
    assert!(text.contains(wanted), "{text}");
    let window = &json["windows"][0];
    assert_eq!((window["ways"].as_u64(), window["granularity"].as_u64()), (Some(2), Some(4096)));
    assert_eq!(window["targets"], serde_json::json!([7, 9]));
    assert!(json["localities"].is_null());
}

#[test]
fn matrices_of_an_hmat_have_units() {
    let locality = |kind: u8, base: u64, entries: &[u16]| {
        let mut part = vec![1, 0, 0, 0, 32 + 4 + 8 + 4, 0, 0, 0, 0, kind, 0, 0];
        part.extend([1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        part.extend(base.to_le_bytes());
        [0u32, 0, 1].iter().for_each(|domain| part.extend(domain.to_le_bytes()));
        entries.iter().for_each(|entry| part.extend(entry.to_le_bytes()));
        part
    };
    let body = [vec![0; 4], locality(0, 100, &[800, 1505]), locality(3, 1024, &[20, 0xffff])].concat();
    let (text, json) = dump(&table(b"HMAT", 2, &body));
    assert!(text.contains("access latency, in ns, from domain"), "{text}");
    assert!(text.contains("FROM   0        1\n   0  80  150.500\n"), "{text}");
    assert!(text.contains("access bandwidth, in MB/s"), "{text}");
    assert!(text.contains("FROM      0  1\n   0  20480  -\n"), "{text}");
    let values = |index: usize| json["localities"][index]["values"].clone();
    assert_eq!(values(0), serde_json::json!([[80_000, 150_500]]));
    assert_eq!(values(1), serde_json::json!([[20480, null]]));
    // Revision 1 has another unit, which is not taken for this one.
    let (_, json) = dump(&table(b"HMAT", 1, &body));
    assert!(json["localities"][0]["unit"].is_null());
}
