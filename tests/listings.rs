//! Tables as programs print them: what iasl tells of a table, hw-probe's listings, `.hex` files, xxd and hexdump.
#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::bytes::sum8;
use acpihp::container::acpidump::{self, Dump, Note};
use acpihp::container::hexdump;
use acpihp::source::tables;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A table with a right checksum, with a run of zeros, and bytes that look like hex beside their digits.
fn table(signature: &[u8; 4], length: usize) -> Vec<u8> {
    let mut table = signature.to_vec();
    table.extend((length as u32).to_le_bytes());
    table.extend(b"\x01\0AB CD|F 01 @ 0x\x01\0\0\0AHP \x01\0\0\0");
    table.resize(length.min(60), b'A');
    table.resize(length.saturating_sub(7).max(table.len()), 0);
    table.resize(length, b'B');
    table[9] = 0u8.wrapping_sub(sum8(&table));
    table
}

fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if (32..127).contains(byte) { *byte as char } else { '.' }).collect()
}

/// As iasl writes the bytes of a table that is no code, with the text before them.
fn listing(table: &[u8], style: (&str, &str)) -> String {
    let (indent, before_ascii) = style;
    let length = table.len();
    let mut text = format!(
        "[000h 0000   4]                    Signature : \"{}\"    [Some Table]\n\
         [004h 0004   4]                 Table Length : {length:08X}\n\n\
         Raw Table Data: Length {length} (0x{length:X})\n\n",
        ascii(&table[..4])
    );
    for (index, row) in table.chunks(16).enumerate() {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02X}")).collect();
        let (at, ascii) = (index * 16, ascii(row));
        writeln!(text, "{indent}{at:04X}: {:48}{before_ascii}{ascii}", hex.join(" ")).unwrap();
    }
    text
}

/// The three kinds that iasl writes with `-tc`, `-ta` and `-ts`.
fn hex_file(table: &[u8], kind: char) -> String {
    let length = table.len();
    let (open, close, before, row_end) = match kind {
        'c' => ("/*\n * C source code output\n", "};\n\n#endif /* __SRAT_HEX__ */\n", "    ", "*/"),
        'a' => ("; Assembly code source output\n", "\n", "  db  ", ""),
        _ => ("/*\n * ASL source code output\n", "    })\n", "        ", "*/"),
    };
    let mark = if kind == 'a' { ";" } else { " *" };
    let mut text = format!("{open}{mark} AML code block contains 0x{length:X} bytes\n{mark}\n");
    match kind {
        'c' => text.push_str(
            " */\n#ifndef __SRAT_HEX__\n#define __SRAT_HEX__\n\nunsigned char srat_aml_code[] =\n{\n",
        ),
        'a' => {}
        _ => text.push_str(" */\n    Name (BUF1, Buffer()\n    {\n"),
    }
    for (index, row) in table.chunks(8).enumerate() {
        let is_last = (index + 1) * 8 >= length;
        let (numbers, comment) = if kind == 'a' {
            (row.iter().map(|byte| format!("0{byte:02X}h")).collect::<Vec<_>>(), "  ; ")
        } else {
            (
                row.iter().map(|byte| format!("0x{byte:02X}")).collect(),
                if is_last { "   /* " } else { ",  /* " },
            )
        };
        let (at, ascii) = (index * 8, ascii(row).replace("*/", ".."));
        writeln!(text, "{before}{}{comment}{at:08X}    \"{ascii}\" {row_end}", numbers.join(",")).unwrap();
    }
    text + close
}

fn xxd(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, row) in bytes.chunks(16).enumerate() {
        let groups: Vec<String> =
            row.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        writeln!(text, "{:08x}: {:39}  {}", index * 16, groups.join(" "), ascii(row)).unwrap();
    }
    text
}

fn xxd_i(bytes: &[u8]) -> String {
    let mut text = "unsigned char SRAT_dat[] = {\n".to_owned();
    for row in bytes.chunks(12) {
        let numbers: Vec<String> = row.iter().map(|byte| format!("0x{byte:02x}")).collect();
        writeln!(text, "  {},", numbers.join(", ")).unwrap();
    }
    let text = text.trim_end().trim_end_matches(',');
    format!("{text}\n}};\nunsigned int SRAT_dat_len = {};\n", bytes.len())
}

fn xxd_p(bytes: &[u8]) -> String {
    let row = |row: &[u8]| row.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    bytes.chunks(30).map(row).collect()
}

fn hexdump_c(bytes: &[u8]) -> String {
    let mut text = String::new();
    let rows: Vec<&[u8]> = bytes.chunks(16).collect();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 && *row == rows[index - 1] {
            if index < 2 || *row != rows[index - 2] {
                text.push_str("*\n");
            }
            continue;
        }
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let halves: Vec<String> = hex.chunks(8).map(|half| half.join(" ")).collect();
        writeln!(text, "{:08x}  {:48}  |{}|", index * 16, halves.join("  "), ascii(row)).unwrap();
    }
    writeln!(text, "{:08x}", bytes.len()).unwrap();
    text
}

/// What od prints, with the offset in octal, in hex, or without one.
fn od(bytes: &[u8], offset: fn(usize) -> String) -> String {
    let row = |(index, row): (usize, &[u8])| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{} {}\n", offset(index * 16), hex.join(" "))
    };
    let rows: String = bytes.chunks(16).enumerate().map(row).collect();
    format!("{rows}{}\n", offset(bytes.len()))
}

fn bytes(dump: Dump) -> Vec<Vec<u8>> {
    dump.tables.into_iter().map(|table| table.bytes).collect()
}

fn notes(dump: &Dump) -> Vec<String> {
    dump.notes.iter().map(Note::to_string).collect()
}

/// The tables of a text that is read as a file of any kind.
fn of_any_kind(text: &str) -> (Vec<Vec<u8>>, Vec<String>) {
    let set = tables::from_bytes("text".as_ref(), text.as_bytes())
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    // The listings here decode the first fields of a header, and no more.
    let notes = set.notes.iter().map(|note| note.text().into_owned());
    let notes = notes.filter(|note| !note.contains("no decoded line gives"));
    (set.tables.iter().map(|table| table.bytes.clone()).collect(), notes.collect())
}

/// Every form of one table, with its name.
fn forms(table: &[u8]) -> Vec<(&'static str, String)> {
    vec![
        ("iasl", listing(table, ("    ", "  // "))),
        ("iasl of 2012", listing(table, ("  ", "  // "))),
        ("iasl of 2010", listing(table, ("  ", "  "))),
        ("iasl -tc", hex_file(table, 'c')),
        ("iasl -ta", hex_file(table, 'a')),
        ("iasl -ts", hex_file(table, 's')),
        ("xxd", xxd(table)),
        ("xxd -i", xxd_i(table)),
        ("xxd -p", xxd_p(table)),
        ("hexdump -C", hexdump_c(table)),
        ("hexdump -C on a page", hexdump_c(table).replace("  ", " ")),
        ("od -t x1", od(table, |at| format!("{at:07o}"))),
        ("od -Ax -t x1", od(table, |at| format!("{at:06x}"))),
        ("od -An -t x1", od(table, |_| String::new())),
    ]
}

#[test]
fn every_form_of_one_table_is_the_same_table() {
    for length in [36, 59, 64, 301, 400] {
        let srat = table(b"SRAT", length);
        for (name, text) in forms(&srat) {
            let wrapped = format!("See this:\n\n{text}\nThanks.\n");
            let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
            let varied = [
                ("", text.clone()),
                ("CR LF", text.replace('\n', "\r\n")),
                ("prose", wrapped),
                ("quoted", quoted),
            ];
            for (how, text) in varied {
                assert_eq!(of_any_kind(&text), (vec![srat.clone()], vec![]), "{name} {how} {length}\n{text}");
            }
        }
    }
}

#[test]
fn the_listing_of_a_machine_gives_all_that_has_bytes() {
    let (apic, facs, srat) = (table(b"APIC", 44), table(b"FACS", 64), table(b"SRAT", 0x80));
    let old = "Signature  Length      Revision   OemId\n\n\
               \x20  APIC   0x0000002C     0x03    \"SUPERM\"\n\
               \x20  DSDT   0x00030C68     0x02    \"SUPERM\"\n\
               \x20  FACS   0x00000040\n\
               \x20  SRAT   0x00000080     0x03    \"SUPERM\"\n\
               \x20  SSDT   0x000170C7     0x02    \"SUPERM\"\n\
               \x20  SSDT   0x0000264C     0x02    \"SUPERM\"\n";
    let new = "\x20Signature  Length    Version\n _________  __________  ____\n\n\
               \x2001)  SSDT  0x000170C7  0x02\n 02)  FACS  0x00000040  0x02\n 03)  APIC  0x0000002C  0x03\n\
               \x2099)  DSDT  0x00030C68  0x02\n 100)  SSDT  0x0000264C  0x02\n 101)  SRAT  0x00000080  0x03\n";
    let code = "DSDT\n----\nDefinitionBlock (\"\", \"DSDT\", 2, \"SUPERM\", \"SMCI\", 1)\n{\n    Name (BUF, Buffer (8)\n    \
                {\n        /* 0000 */  0x53, 0x53, 0x44, 0x54, 0x08, 0x00, 0x00, 0x00  // SSDT....\n    })\n}\n";
    for (list, line) in [(old, 5), (new, 6)] {
        let text = format!(
            "\nIntel ACPI Component Architecture\n{list}\nFound 6 ACPI tables\n\nAPIC\n----\n{}\n\n{code}\nFACS\n----\n{}\n\n\
             SRAT\n----\n{}",
            listing(&apic, ("  ", "  // ")),
            listing(&facs, ("  ", "  // ")),
            listing(&srat, ("    ", "  // ")),
        );
        let (tables, notes) = of_any_kind(&text);
        assert_eq!(tables, [apic.clone(), facs.clone(), srat.clone()]);
        assert_eq!(notes, [format!("text: line {line}: listed without their bytes: DSDT, 2 SSDT")]);
    }
}

#[test]
fn what_is_lost_of_a_listing_is_noted() {
    let srat = table(b"SRAT", 0x40);
    let whole = listing(&srat, ("    ", "  // "));
    let without = |text: &str, part: &str| -> String {
        text.lines().filter(|line| !line.contains(part)).map(|line| format!("{line}\n")).collect()
    };
    let cut = without(&whole, "0030:");
    let dump = acpidump::read(cut.as_bytes());
    assert_eq!(notes(&dump), ["line 4: 64 bytes announced, and 48 are there"]);
    assert_eq!(bytes(dump), [srat[..48].to_vec()]);
    let lying = whole.replace("Length 64 (0x40)", "Length 99999999999999999999 (0x40)");
    assert_eq!(bytes(acpidump::read(lying.as_bytes())), std::slice::from_ref(&srat));
    let torn = whole.replace("    0010:", "^^ look\n    0010:");
    let dump = acpidump::read(torn.as_bytes());
    assert_eq!(
        (notes(&dump), bytes(dump)),
        (vec!["line 7: no part of a table: ^^ look".to_owned()], vec![srat.clone()])
    );

    let hex = hex_file(&srat, 'c');
    let rows: Vec<&str> = hex.lines().filter(|line| line.contains("/* 000000")).collect();
    let lost = hex.replace(&format!("{}\n", rows[2]), "");
    let dump = hexdump::read(lost.as_bytes());
    assert_eq!(
        notes(&dump)[..2],
        [
            "line 13: offset 0x18 where 0x10 should follow: rows lost or doubled",
            "line 14: offset 0x20 where 0x18 should follow: rows lost or doubled"
        ]
    );
    assert_eq!(notes(&dump).last().unwrap(), "line 11: 64 bytes announced, and 56 are there");
    let damaged = hex.replace(rows[7], &rows[7].replacen(",0x", ",0y", 1));
    let dump = hexdump::read(damaged.as_bytes());
    assert_eq!(
        notes(&dump),
        ["line 18: something else among the hex digits", "line 11: 64 bytes announced, and 57 are there"]
    );
    let short = xxd_i(&srat).replace("_len = 64;", "_len = 65;");
    assert_eq!(notes(&hexdump::read(short.as_bytes())), ["line 2: 65 bytes announced, and 64 are there"]);
    let short = hexdump_c(&srat).replace("\n00000040\n", "\n00000041\n");
    assert_eq!(notes(&hexdump::read(short.as_bytes())), ["line 1: 65 bytes announced, and 64 are there"]);
}

#[test]
fn several_tables_of_one_file_are_told_apart() {
    let (ssdt, srat) = (table(b"SSDT", 100), table(b"SRAT", 333));
    let both = [ssdt.clone(), srat.clone()];
    for (name, text) in forms(&both.concat()).split_off(3) {
        let (tables, notes) = of_any_kind(&text);
        assert_eq!((&tables[..], notes.as_slice()), (&both[..], &[][..]), "{name}");
    }
    for name in 0..10 {
        let text = format!("{}\n{}", forms(&ssdt)[name].1, forms(&srat)[name].1);
        assert_eq!(of_any_kind(&text).0, both, "{}", forms(&ssdt)[name].0);
    }
}

#[test]
fn what_spells_no_table_is_no_table() {
    let not = b"7f454c46 is no table at all, of any kind";
    for (name, text) in forms(not).split_off(3) {
        assert_eq!(hexdump::read(text.as_bytes()), Dump::default(), "{name}");
    }
    for text in
        ["", "\n", "db\n", "0x\n", "each of them", "00000000: \n", "00000010: 5352 4154\n", "*\n", "{", "AML"]
    {
        assert_eq!(hexdump::read(text.as_bytes()), Dump::default(), "{text}");
    }
    // Buffers of source are none, whatever is in them.
    let srat = table(b"SRAT", 64);
    let source = hex_file(&srat, 's')
        .replace("    Name", "DefinitionBlock (\"\", \"SSDT\", 2, \"A\", \"B\", 1) {\n    Name");
    assert_eq!(hexdump::read(source.as_bytes()), Dump::default());
    for (text, found) in [
        (source.as_str(), "source in ASL, which iasl compiles"),
        (
            "ACPI Binary Table Extraction Utility\n  SRAT  0x00000040\n",
            "acpixtract's list of tables, without their bytes",
        ),
        (
            "[000h 0000   4]     Signature : \"SRAT\"\n",
            "a table as source text, without its bytes: iasl compiles it",
        ),
    ] {
        let error = tables::from_bytes("text".as_ref(), text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("found {found}, expected")), "{error}");
    }
}

#[test]
fn a_row_that_repeats_forever_does_not() {
    let srat = table(b"SRAT", 0x1000);
    let text = hexdump_c(&srat);
    assert!(text.contains("\n*\n"));
    assert_eq!(bytes(hexdump::read(text.as_bytes())), std::slice::from_ref(&srat));
    let bomb = text.replace("\n*\n", "\n*\nffffffffffff  41 |A|\n");
    let dump = hexdump::read(bomb.as_bytes());
    assert!(bytes(dump.clone()).iter().all(|table| table.len() < 0x1000), "{dump:?}");
    assert!(
        notes(&dump)[0].ends_with("a row repeated up to 0xffffffffffff: more than any table has"),
        "{dump:?}"
    );
    // Nor do many that repeat a little less.
    let much = text.replace("\n*\n", "\n*\n00fff000  41 |A|\n").repeat(40);
    let dump = hexdump::read(much.as_bytes());
    assert!(dump.tables.iter().map(|table| table.bytes.len()).sum::<usize>() <= 17 << 20);
    assert!(notes(&dump).iter().any(|note| note.contains("more than any table has")));
}

/// The output of a program, if it is there and does it.
fn run(program: &str, args: &[&str], folder: &Path) -> Option<Vec<u8>> {
    match Command::new(program).args(args).current_dir(folder).output() {
        Ok(output) if output.status.success() => Some(output.stdout),
        _ => {
            skip::skip(program, format_args!("no {program}, or not {args:?}"));
            None
        }
    }
}

#[test]
fn what_the_real_programs_write_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // A table that iasl knows: two processors, one range of memory.
    let mut slit = b"SLIT\0\0\0\0\x01\0ACPIHPACPIHP  \x01\0\0\0AHP \x01\0\0\0".to_vec();
    slit.extend(16u64.to_le_bytes());
    slit.extend((0..256).map(|index| if index % 17 == 0 { 10 } else { 20 }));
    let length = slit.len() as u32;
    slit[4..8].copy_from_slice(&length.to_le_bytes());
    slit[9] = 0u8.wrapping_sub(sum8(&slit));
    fs::write(path.join("slit.dat"), &slit).unwrap();
    let same = |how: &str, text: Vec<u8>, expected: &[u8]| {
        let text = String::from_utf8(text).unwrap();
        assert_eq!(of_any_kind(&text), (vec![expected.to_owned()], vec![]), "{how}\n{text}");
    };
    for (program, args) in [
        ("xxd", &["slit.dat"][..]),
        ("xxd", &["-i", "slit.dat"]),
        ("xxd", &["-p", "slit.dat"]),
        ("xxd", &["-p", "-c", "200", "slit.dat"]),
        ("xxd", &["-u", "-c", "24", "slit.dat"]),
        ("xxd", &["-g", "4", "slit.dat"]),
        ("xxd", &["-a", "slit.dat"]),
        ("hexdump", &["-C", "slit.dat"]),
        ("busybox", &["hexdump", "-C", "slit.dat"]),
        ("busybox", &["xxd", "slit.dat"]),
    ] {
        if let Some(text) = run(program, args, path) {
            same(&format!("{program} {args:?}"), text, &slit);
        }
    }
    if run("iasl", &["-d", "slit.dat"], path).is_some() {
        same("iasl -d", fs::read(path.join("slit.dsl")).unwrap(), &slit);
        for (option, name) in [("-tc", "c"), ("-ta", "a"), ("-ts", "s")] {
            if run("iasl", &[option, "-p", name, "slit.dsl"], path).is_some() {
                let compiled = fs::read(path.join(format!("{name}.aml"))).unwrap();
                same(option, fs::read(path.join(format!("{name}.hex"))).unwrap(), &compiled);
            }
        }
    }
}

fn acpihp(folder: &Path, args: &[&str]) -> (String, i32) {
    let run = Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    (text, run.status.code().unwrap())
}

#[test]
fn whatever_takes_tables_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let ssdt = table(b"SSDT", 100);
    fs::write(path.join("ssdt.dat"), &ssdt).unwrap();
    for (name, text) in forms(&ssdt) {
        let write = |name: &str, bytes: &[u8]| fs::write(path.join(name), bytes).unwrap();
        write("ssdt.txt", text.as_bytes());
        let (shown, status) = acpihp(path, &["dump", "--from", "ssdt.txt"]);
        assert!(status == 0 && shown.contains("SSDT      100    1  ok "), "{name}: {shown}");
        let (made, status) =
            acpihp(path, &["mkinitrd-override", "--against", "none", "-o", "a.img", "ssdt.txt"]);
        assert!(status == 0 && made.contains("  ssdt.aml  accepted"), "{name}: {made}");
        assert!(fs::read(path.join("a.img")).unwrap().windows(100).any(|bytes| bytes == ssdt), "{name}");
        // A finding tells the place in the table, whatever that of the table is.
        let damaged = [&ssdt[..40], &[7], &ssdt[41..]].concat();
        write("ssdt.txt", forms(&damaged).iter().find(|(other, _)| *other == name).unwrap().1.as_bytes());
        let (checked, status) = acpihp(path, &["check", "ssdt.txt"]);
        assert!(status == 1 && checked.contains("] at 0x9: "), "{name}: {checked}");
    }
    // Two tables are no table to put into an archive.
    fs::write(path.join("two.hex"), xxd(&[&ssdt[..], &ssdt].concat())).unwrap();
    let (text, status) = acpihp(path, &["mkinitrd-override", "--against", "none", "-o", "b.img", "two.hex"]);
    assert!(status == 3 && text.contains("expected one binary ACPI table"), "{text}");
    // A folder of such files is one of tables, unless there are binary ones.
    let listings = path.join("listings");
    fs::create_dir(&listings).unwrap();
    fs::write(listings.join("a.dsl"), listing(&ssdt, ("    ", "  // "))).unwrap();
    fs::write(listings.join("b.hex"), hex_file(&table(b"SRAT", 64), 'c')).unwrap();
    fs::write(listings.join("readme"), "some words\n").unwrap();
    let set = tables::from_path(&listings).unwrap();
    let names: Vec<_> = set.tables.iter().map(|table| str::from_utf8(table.name.raw()).unwrap()).collect();
    assert_eq!((names, set.notes.len()), (vec!["SSDT", "SRAT"], 2));
    assert!(
        set.notes[0].text().ends_with("a.dsl: no decoded line gives bytes 0x8-0x63: taken from the raw data")
    );
    assert!(
        set.notes[1].text().ends_with("readme: left out: text that begins \"some words\""),
        "{:?}",
        set.notes
    );
    fs::write(listings.join("ssdt.dat"), &ssdt).unwrap();
    assert_eq!(tables::from_path(&listings).unwrap().tables.len(), 1);
}

/// Lines that listings are made of, right and wrong ones, in any order.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "Raw Table Data(: Length [0-9]{1,21} \\(0x[0-9A-F]{1,4}\\))?",
        "[0-9a-f]{4,10}:? {1,2}([0-9a-fA-F]{2} {0,2}){0,20} {0,3}\\|?[ -~]{0,16}\\|?",
        " {0,4}(db )?(0x[0-9A-F]{1,3}, ?|0[0-9A-F]{2}h,){0,12}( /\\* [0-9A-F]{8}  )?",
        "00000000  53 53 44 54 0a 00 00 00  |SSDT|",
        "    0x53,0x53,0x44,0x54,0xFF,0xFF,0x00,0x00,  /\\* 00000000    \"SSDT\" \\*/",
        "(\\*|[0-9a-f]{8}|\\}|[0-9a-f]{2,40})",
        "( AML code block contains 0x[0-9A-F]{1,17} bytes| [a-z]_len = [0-9]{1,21};)",
        "[\\x00-\\x7f]{0,60}",
    ];
    let bytes = proptest::collection::vec(any::<u8>(), 0..60);
    let line = prop_oneof![6 => line.prop_map(String::into_bytes), 1 => bytes];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_read_to_its_end(text in lines()) {
        for dump in [acpidump::read(&text), hexdump::read(&text)] {
            let starts: Vec<(usize, usize)> = dump.tables.iter().map(|table| (table.line, table.offset)).collect();
            prop_assert!(starts.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
            prop_assert!(starts.iter().all(|(_, offset)| *offset < text.len()));
            let bytes: usize = dump.tables.iter().map(|table| table.bytes.len()).sum();
            prop_assert!(bytes <= text.len() + (16 << 20));
            prop_assert!(dump.notes.iter().all(|note| !note.to_string().contains(char::is_control)));
        }
    }

    #[test]
    fn every_form_of_any_table_is_that_table(
        body in proptest::collection::vec(prop_oneof![3 => Just(0), 1 => any::<u8>()], 0..300)
    ) {
        let mut table = table(b"OEM1", 36);
        table.extend(body);
        let length = table.len() as u32;
        table[4..8].copy_from_slice(&length.to_le_bytes());
        for (name, text) in forms(&table) {
            let (tables, notes) = of_any_kind(&text);
            prop_assert_eq!(&tables, &[table.clone()], "{}\n{}", name, text);
            prop_assert_eq!(notes, Vec::<String>::new(), "{}\n{}", name, text);
        }
    }
}

#[test]
fn tables_that_a_listing_only_names_count_with_their_ids() {
    let apic = table(b"APIC", 44);
    let list = "\nIntel ACPI Component Architecture\n\
                \x2001)  APIC  0x0000002C  0x03  \"AB CD|\"  \"F 01 @ 0\"  0x00000001  \"AHP \"   0x00000001\n\
                \x2002)  DSDT  0x00032C46  0x02  \"ALASKA\"  \"A M I   \"  0x01072009  \"INTL\"   0x20091013\n\
                \x2003)  FACP  0x0000010C  0x05  \"ALASKA\"  \"A M I   \"  0x01072009  \"AMI \"   0x00010013\n\
                \x2004)  FACS  0x00000040  0x02\n\n";
    let text = format!("{list}{}", listing(&apic, ("    ", "  // ")));
    let set = tables::from_bytes("text".as_ref(), text.as_bytes()).unwrap();
    assert_eq!(set.tables.len(), 1);
    let names: Vec<_> = set.headers.iter().map(|table| table.name.text()).collect();
    assert_eq!(names, ["DSDT", "FACP"]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("listing.txt"), &text).unwrap();
    fs::create_dir(path("rest")).unwrap();
    let mut fadt = table(b"FACP", 244);
    fadt[40..44].copy_from_slice(&0x1000_u32.to_le_bytes());
    fs::write(path("rest/facp.dat"), &fadt).unwrap();
    let dsdt = |ids: &[u8; 14], revision: u32| {
        let mut dsdt = table(b"DSDT", 36);
        dsdt[8] = 2;
        dsdt[10..24].copy_from_slice(ids);
        dsdt[24..28].copy_from_slice(&revision.to_le_bytes());
        dsdt[9] = dsdt[9].wrapping_sub(sum8(&dsdt));
        dsdt
    };
    for (ids, revision, outcome, code) in [
        (b"ALASKAA M I   ", 0x0107_200a, "override", None),
        (b"ALASKAA M I   ", 0x0107_2009, "dropped", Some("override-not-newer")),
        (b"OTHER A M I   ", 0x0107_200a, "install", Some("override-ids-differ")),
    ] {
        fs::write(path("dsdt.aml"), dsdt(ids, revision)).unwrap();
        let answer = |against: &str| {
            let [file, against] = ["dsdt.aml", against].map(|name| path(name).to_str().unwrap().to_owned());
            crate::answer::to(&["check", "-J", "--fail-on", "never", &file, "--against", &against])
        };
        let has = |answer: &serde_json::Value, code: &str| {
            answer["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == code)
        };
        let listed = answer("listing.txt");
        assert_eq!(listed["inputs"][0]["outcome"], outcome, "{listed:#}");
        assert!(code.is_none_or(|code| has(&listed, code)), "{listed:#}");
        // The FADT names one that is not there: nothing is known of its ids.
        let rest = answer("rest");
        assert!(rest["inputs"][0]["outcome"].is_null() && has(&rest, "override-dsdt-unknown"), "{rest:#}");
    }
}
