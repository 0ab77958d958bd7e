//! The text of acpidump: every variety that is about is read, and what we write is what acpidump writes.
#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::bytes::sum8;
use acpihp::container::acpidump::{self, Note, What};
use proptest::prelude::*;
use std::process::Command;

/// A table with a right checksum whose bytes look like hex in the ASCII column.
fn table(signature: &[u8; 4], length: usize) -> Vec<u8> {
    let mut table = signature.to_vec();
    table.extend((length as u32).to_le_bytes());
    table.extend(b"\x01\0AB CD EF 01 @ 0x\x01\0\0\0AHP \x01\0\0\0");
    table.resize(length, b'A');
    table[9] = 0u8.wrapping_sub(sum8(&table));
    table
}

fn write(tables: &[&[u8]]) -> String {
    let mut text = Vec::new();
    tables.iter().for_each(|table| acpidump::write(&mut text, table, 0, table));
    String::from_utf8(text).unwrap()
}

/// The tables of a text that has nothing to be noted.
fn read(text: &str) -> Vec<Vec<u8>> {
    let dump = acpidump::read(text.as_bytes());
    assert_eq!(dump.notes, [], "{text}");
    dump.tables.into_iter().map(|table| table.bytes).collect()
}

fn notes(text: &str) -> Vec<String> {
    acpidump::read(text.as_bytes()).notes.iter().map(Note::to_string).collect()
}

#[test]
fn it_is_written_as_acpidump_writes_it() {
    let mut text = Vec::new();
    acpidump::write(&mut text, b"SSDT9", 0xfedc_ba98_7654_3210, b"0123456789abcdef\x00\x7f\x80~\n");
    acpidump::write(&mut text, b"RSD PTR ", 0, &[]);
    acpidump::write(&mut text, b"\x1b[A", 0, &[]);
    let expected = "SSDT @ 0xFEDCBA9876543210
    0000: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef
    0010: 00 7F 80 7E 0A                                   ...~.

RSD  @ 0x0000000000000000

?[A  @ 0x0000000000000000

";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
    let long = write(&[&table(b"DSDT", 0x10_0020)]);
    for row in ["\n    FFF0: 41 41", "\n   10000: 41 41", "\n  100010: 41 41"] {
        assert!(long.contains(row), "{row}");
    }
}

#[test]
fn every_variety_of_one_table_is_the_same_table() {
    let (srat, ssdt) = (table(b"SRAT", 0x3b), table(b"SSDT", 0x10_0007));
    let both = [srat.clone(), ssdt.clone()];
    let alone = [srat.clone()];
    let text = write(&[&srat, &ssdt]);
    let one = write(&[&srat]);
    assert_eq!(read(&text), both);
    assert_eq!(read(&text.replace('\n', "\r\n")), both, "CR LF");
    assert_eq!(read(&format!("\u{feff}{text}")), both, "byte order mark");
    assert_eq!(read(&text.replace("\n\n", "\n")), both, "no blank lines");
    assert_eq!(read(text.trim_end()), both, "no end of line");
    assert_eq!(read(&text.replace("\n    ", "\n  ")), both, "pmtools");
    assert_eq!(read(&text.replace("\n    ", "\n     ")), both, "mail");
    assert_eq!(read(&text.replace("0x0000000000000000\n", "0x0000000000000000          \n")), both, "blanks");
    assert_eq!(read(&one.to_lowercase().replace("srat @", "SRAT @")), alone, "lower case");
    assert_eq!(read(&format!("> {}", one.replace('\n', "\n> "))), alone, "quoted");
    assert_eq!(read(&format!("> > {}", one.replace('\n', "\n> > "))), alone, "quoted twice");
    assert_eq!(read(&one.replace("  AB CD EF 01 @ 0x", "\n    AB CD EF 01 @ 0x")), alone, "wrapped");
    // As mails show it: every line quoted, the ASCII wrapped, remarks between the rows.
    let mail = one
        .replace("  AB CD EF 01 @ 0x", "\n    AB CD EF 01 @ 0x")
        .replacen("\n    0020", "\n     ^^ see here\n     0020", 1)
        .replace('\n', "\n> > ");
    let dump = acpidump::read(format!("On Monday they wrote:\n> > {mail}\n").as_bytes());
    assert_eq!(dump.tables.into_iter().map(|table| table.bytes).collect::<Vec<_>>(), alone, "mail");
    let without_ascii: Vec<&str> =
        one.lines().map(|line| line.get(..57).unwrap_or(line).trim_end()).collect();
    assert_eq!(read(&without_ascii.join("\n")), alone, "no ASCII");
    let nuls = format!("\0\0{}\0", one.replace(": ", ":\0 ").replace('\n', "\0\n\0"));
    assert_eq!(read(&nuls), alone, "NULs");
    let listing = one.replace("SRAT @ 0x0000000000000000", "").replace("  SRAT", "  // SRAT");
    let dump = acpidump::read(listing.as_bytes());
    assert_eq!((&dump.tables[0].bytes, &dump.notes[0].what), (&srat, &What::NoHeader), "iasl");
}

#[test]
fn header_lines_are_read_in_every_variety() {
    let rows = "\n  0000: 53 53 44 54 08 00 00 00  SSDT....\n";
    for (header, name, address) in [
        ("SSDT @ 0x0000000000000000", "SSDT", 0),
        ("SSDT @ 0xFFFFFFFFFFFFFFFF", "SSDT", u64::MAX),
        ("SSDT4 @ 0x737e4000", "SSDT4", 0x737e_4000),
        ("RSD PTR @ 0xf7240", "RSD PTR", 0xf7240),
        ("RSD  @ 0x00000000000F7240", "RSD", 0xf7240),
        ("RSDP @ 0XF7240", "RSDP", 0xf7240),
        ("SSDT @ (nil)", "SSDT", 0),
        ("ASF! @ 0x1   ", "ASF!", 1),
        ("_RAT @ 0x1", "_RAT", 1),
        ("iBFT @ 0x1", "iBFT", 1),
        ("DSDT @ 0xdfffd0c0 (8 bytes)", "DSDT", 0xdfff_d0c0),
        ("     @ 0x1", "", 1),
    ] {
        let dump = acpidump::read(format!("{header}{rows}").as_bytes());
        assert_eq!(dump.notes, [], "{header}");
        let table = &dump.tables[0];
        assert_eq!((&*table.name.text(), table.address, table.line), (name, address, 1), "{header}");
        assert_eq!(table.bytes, b"SSDT\x08\0\0\0");
    }
    for prose in
        ["see SSDT @ 0x10 there", "SSDT @ 0x", "SSDT@0x10", "SSDT @ 0x123456789abcdef01", "me@example.org"]
    {
        let dump = acpidump::read(format!("{prose}{rows}").as_bytes());
        assert_eq!((&*dump.tables[0].name.text(), dump.tables[0].line), ("", 2), "{prose}");
    }
}

#[test]
fn what_is_not_as_it_should_be_is_noted() {
    let srat = table(b"SRAT", 0x4b);
    let text = write(&[&srat]);
    let lines: Vec<&str> = text.lines().collect();

    let warning = "Firmware Warning (ACPI): Incorrect checksum in table [OEMB] - 0xC6, should be 0xC5";
    assert_eq!(notes(&format!("{warning}\n{text}")), [format!("line 1: no part of a table: {warning}")]);
    let comment = text.replacen("\n    0010", "\n   ^^ incorrect\n   ^^ really\x1b[2J\n    0010", 1);
    assert_eq!(notes(&comment), ["lines 3-4: no part of a table: ^^ incorrect …"]);
    assert_eq!(acpidump::read(comment.as_bytes()).tables[0].bytes, srat);

    let lost = [&lines[..2], &lines[3..]].concat().join("\n");
    assert_eq!(
        notes(&lost),
        [
            "line 3: offset 0x20 where 0x10 should follow: rows lost or doubled",
            "line 4: offset 0x30 where 0x20 should follow: rows lost or doubled",
            "line 5: offset 0x40 where 0x30 should follow: rows lost or doubled"
        ]
    );
    assert_eq!(acpidump::read(lost.as_bytes()).tables[0].bytes.len(), 0x3b);

    assert_eq!(
        notes(&text[..text.rfind("41").unwrap() + 1]),
        ["line 6: something else among the hex digits"]
    );
    assert_eq!(notes("DSDT @ 0x0 (8 bytes)\n"), ["line 1: 0 bytes after this header line: no table"]);
    let said = text.replacen('\n', " (80 bytes)\n", 1);
    assert_eq!(notes(&said), ["line 1: 80 bytes announced, and 75 are there"]);

    // A second table whose header line was lost.
    let joined = format!("{}{}", text, lines[1..].join("\n"));
    let dump = acpidump::read(joined.as_bytes());
    assert_eq!(dump.tables.iter().map(|table| table.line).collect::<Vec<_>>(), [1, 8]);
    assert_eq!(notes(&joined), ["line 8: a table without a header line"]);

    let many = "x\n\n".repeat(3000);
    let dump = acpidump::read(many.as_bytes());
    assert_eq!((dump.tables.len(), dump.notes.len(), dump.more_notes), (0, 1000, 2000));
}

#[test]
fn acpixtract_reads_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    let tables = [table(b"SRAT", 0x3b), table(b"SSDT", 0x10_0007), table(b"SSDT", 36), table(b"ASF!", 64)];
    let text = write(&tables.iter().map(Vec::as_slice).collect::<Vec<_>>());
    std::fs::write(folder.path().join("dump"), text).unwrap();
    if !skip::program("acpixtract") {
        return;
    }
    let run = Command::new("acpixtract").args(["-a", "dump"]).current_dir(folder.path()).output();
    let output = run.unwrap();
    assert!(output.status.success(), "{output:?}");
    for (name, table) in ["srat.dat", "ssdt1.dat", "ssdt2.dat", "asf!.dat"].iter().zip(&tables) {
        assert_eq!(&std::fs::read(folder.path().join(name)).unwrap(), table, "{name}");
    }
}

/// Lines that a dump is made of, right and wrong ones, in any order.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[A-Z]{4} @ 0x[0-9A-F]{1,17}( \\([0-9]{1,20} bytes\\))?",
        "[> ]{0,5}[0-9A-F]{3,6}: ([0-9a-fA-F]{2} ){0,17} {0,3}[ -~]{0,16}",
        "    0000: 53 53 44 54 FF FF FF FF 01 02 03 04 05 06 07 08  ................",
        "[\\x00-\\x7f]{0,60}",
    ];
    let bytes = proptest::collection::vec(any::<u8>(), 0..60);
    let line = prop_oneof![4 => line.prop_map(String::into_bytes), 1 => bytes];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_read_to_its_end(text in lines()) {
        let dump = acpidump::read(&text);
        let starts: Vec<(usize, usize)> = dump.tables.iter().map(|table| (table.line, table.offset)).collect();
        prop_assert!(starts.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        prop_assert!(starts.iter().all(|(_, offset)| *offset < text.len()));
        let bytes: usize = dump.tables.iter().map(|table| table.bytes.len()).sum();
        prop_assert!(bytes * 2 <= text.len());
        prop_assert!(dump.notes.iter().all(|note| !note.to_string().contains(char::is_control)));
    }

    #[test]
    fn what_is_written_is_read(
        tables in proptest::collection::vec((any::<u64>(), proptest::collection::vec(any::<u8>(), 8..200)), 0..8)
    ) {
        let mut text = Vec::new();
        tables.iter().for_each(|(address, table)| acpidump::write(&mut text, table, *address, table));
        let dump = acpidump::read(&text);
        prop_assert_eq!(dump.notes, []);
        let read: Vec<_> = dump.tables.into_iter().map(|table| (table.address, table.bytes)).collect();
        prop_assert_eq!(read, tables);
    }
}
