//! Listings of iasl that somebody has edited: the decoded lines and the raw data below them are compared, and neither is taken
//! silently.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn acpihp(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).output().unwrap()
}

/// The listing of a sample's SRAT, changed, in a folder of its own.
fn listing(change: impl Fn(&str) -> String) -> (tempfile::TempDir, PathBuf) {
    let out = acpihp(&["dump", "--sample", "hotplug", "--format", "dsl", "SRAT"]);
    let text = String::from_utf8(out.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("srat.dsl");
    let changed = change(&text);
    fs::write(&path, changed).unwrap();
    (folder, path)
}

/// Status, standard output and standard error.
fn run(args: &[&str]) -> (i32, String, String) {
    let out = acpihp(args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The bytes that `build` makes, with what it says.
fn built(path: &Path, more: &[&str]) -> (Vec<u8>, String) {
    let output = path.with_extension("out");
    let (status, out, err) = run(&[&["build", str(path), "-o", str(&output)], more].concat());
    assert_eq!(status, 0, "{out}{err}");
    (fs::read(output).unwrap(), err)
}

fn sample() -> Vec<u8> {
    acpihp(&["dump", "--sample", "hotplug", "--format", "raw", "SRAT"]).stdout
}

/// Entries of the sample's listing, from a line with this offset to the next entry.
fn entry<'a>(text: &'a str, offset: &str, next: &str) -> &'a str {
    let start = text.find(&format!("[{offset}h")).unwrap();
    let end = text.find(&format!("[{next}h")).unwrap();
    &text[start..end]
}

#[test]
fn an_edited_field_counts_and_is_said() {
    // A number, text, a number with its bits, the bits alone, the number alone.
    let edits: [(&str, &str, usize, u8, &str); 4] = [
        (
            "[042h 0066 001h]     Proximity Domain Low(8) : 01",
            "[042h 0066 001h]     Proximity Domain Low(8) : 05",
            0x42,
            5,
            "is 05 in the decoded line and 01",
        ),
        (
            "Oem ID : \"BOCHS \"",
            "Oem ID : \"ROCHS \"",
            10,
            b'R',
            "is \"ROCHS \" in the decoded line and \"BOCHS \"",
        ),
        (
            "[044h 0068 004h]       Flags (decoded below) : 00000001\n                                     Enabled : 1",
            "[044h 0068 004h]       Flags (decoded below) : 00000001\n                                     Enabled : 0",
            0x44,
            0,
            "Enabled is 0 in the decoded line and 1 in the raw data",
        ),
        (
            "[07Ch 0124 004h]       Flags (decoded below) : 00000001",
            "[07Ch 0124 004h]       Flags (decoded below) : 00000003",
            0x7c,
            3,
            "is 00000003 in the decoded line and 00000001",
        ),
    ];
    for (from, to, at, value, said) in edits {
        let (_folder, path) = listing(|text| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let mut expected = sample();
        let before = std::mem::replace(&mut expected[at], value);
        expected[9] = expected[9].wrapping_add(before).wrapping_sub(value);
        let (bytes, err) = built(&path, &[]);
        assert_eq!(bytes, expected, "{to}");
        assert!(err.contains(said) && err.contains("the decoded line counts"), "{err}");
        let (status, raw, err) = run(&["dump", str(&path), "--format", "json"]);
        assert!(status == 0 && err.contains(said), "{err}");
        assert!(raw.contains("SRAT"));
        let (status, out, _) = run(&["check", str(&path)]);
        assert!(status == 0 && out.contains("listing-edited"), "{out}");
        let aml = path.with_extension("aml");
        fs::write(&aml, &expected).unwrap();
        let (status, _, err) = run(&["diff", str(&path), str(&aml)]);
        assert!(status == 0 && err.contains(said), "{err}");
        let image = path.with_extension("img");
        let (_, _, err) = run(&["mkinitrd-override", str(&path), "--against", "none", "-o", str(&image)]);
        assert!(err.contains(said), "{err}");
        let archive = fs::read(image).unwrap();
        assert!(archive.windows(expected.len()).any(|part| part == expected));
        let (status, out, err) =
            run(&["edit", str(&path), "--set", "Oem Revision=9", "--oem-revision", "keep", "-o", str(&aml)]);
        assert!(status == 0 && err.contains(said), "{out}{err}");
        expected[0x18] = 9;
        expected[9] = expected[9].wrapping_sub(8);
        assert_eq!(fs::read(&aml).unwrap(), expected);
        // Who asks for the raw data gets them.
        let (bytes, err) = built(&path, &["--take", "raw"]);
        assert!(bytes == sample() && err.contains("the raw data count"), "{err}");
    }
}

#[test]
fn a_number_and_its_bits_that_were_both_edited_are_refused() {
    let (_folder, path) = listing(|text| {
        text.replace(
            "[07Ch 0124 004h]       Flags (decoded below) : 00000001\n                                     Enabled : 1",
            "[07Ch 0124 004h]       Flags (decoded below) : 00000003\n                                     Enabled : 0",
        )
    });
    let (status, _, err) = run(&["build", str(&path), "-o", "/dev/null"]);
    assert!(status == 1 && err.contains("the bits below it make 0x0"), "{err}");
}

#[test]
fn what_is_more_than_edited_values_is_refused_with_both() {
    type Change = (&'static str, fn(&str) -> String, &'static str);
    let changes: [Change; 9] = [
        (
            "an entry twice",
            |text| {
                let one = entry(text, "040", "050");
                text.replace(one, &one.repeat(2))
            },
            "no such field",
        ),
        (
            "the last entry twice, before the raw data",
            |text| {
                let start = text.rfind("\n[").unwrap();
                let start =
                    text[..start].rfind("Subtable Type").map(|at| text[..at].rfind('[').unwrap()).unwrap();
                let last = text[start..text.find("Raw Table").unwrap()].to_owned();
                text.replace("Raw Table", &format!("{last}\nRaw Table"))
            },
            "no such field",
        ),
        (
            "a part of an entry twice",
            |text| {
                let part = entry(text, "042", "050");
                text.replace(part, &part.repeat(2))
            },
            "no such field",
        ),
        (
            "an entry less",
            |text| text.replace(entry(text, "040", "050"), ""),
            "no decoded line gives bytes 0x40 to 0x50",
        ),
        (
            "the head of an entry less",
            |text| text.replace(entry(text, "040", "042"), ""),
            "no decoded line gives bytes 0x40 to 0x42",
        ),
        (
            "a line less",
            |text| text.replace(entry(text, "042", "043"), ""),
            "no decoded line gives bytes 0x42 to 0x43",
        ),
        (
            "a length",
            |text| text.replace("Table Length : 00000128", "Table Length : 00000118"),
            "is 00000118 in the decoded line and 00000128 in the raw data",
        ),
        (
            "a type",
            |text| {
                text.replace(
                    "[060h 0096 001h]               Subtable Type : 01",
                    "[060h 0096 001h]               Subtable Type : 02",
                )
            },
            "",
        ),
        (
            "a line without a place",
            |text| {
                text.replace("[050h 0080 001h]               Subtable Type", "               Subtable Type")
            },
            "no such field",
        ),
    ];
    for (what, change, said) in changes {
        let (folder, path) = listing(|text| {
            let changed = change(text);
            assert_ne!(changed, text, "{what}");
            changed
        });
        let image = folder.path().join("out");
        let (path, image) = (str(&path), str(&image));
        let commands: [&[&str]; 7] = [
            &["build", path, "-o", image],
            &["dump", path],
            &["dump", "--from", path],
            &["check", path],
            &["diff", path, path],
            &["mkinitrd-override", path, "--against", "none", "-o", image],
            &["edit", path, "--set", "Oem Revision=9"],
        ];
        for command in commands {
            let (status, out, err) = run(command);
            let all = format!("{out}{err}").replace("\n      ", " ");
            assert_eq!(status, 1, "{what} {command:?} {all}");
            assert!(
                all.contains(said) && all.contains("--take decoded or --take raw"),
                "{what} {command:?} {all}"
            );
            let (status, out, err) = run(&[command, &["--take", "raw"]].concat());
            assert!(
                status <= 1 && !format!("{out}{err}").contains("--take decoded"),
                "{what} {command:?} {out}{err}"
            );
        }
        assert!(!Path::new(image).exists() || fs::read(image).unwrap().len() >= sample().len());
        let raw = run(&["diff", path, path, "--take", "raw"]);
        assert_eq!(raw.0, 0, "{raw:?}");
    }
    // The decoded lines are compiled as any source is.
    let (_folder, path) = listing(|text| text.replace(entry(text, "040", "050"), ""));
    let (bytes, err) = built(&path, &["--take", "decoded"]);
    assert_eq!(bytes.len(), sample().len() - 16);
    assert!(err.contains("the raw data have 296 bytes, the decoded lines make 280"), "{err}");
}

#[test]
fn bytes_that_no_decoded_line_gives_are_named() {
    // As a release of iasl lists a TPM2 whose start method parameters it does not know.
    let (_folder, path) = listing(|text| {
        let end = text.rfind("Raw Table").unwrap();
        let cut = text[..end].rfind("[120h").unwrap();
        format!("{}{}", &text[..cut], &text[end..])
    });
    let (bytes, err) = built(&path, &[]);
    assert_eq!(bytes, sample());
    const SAID: &str = "no decoded line gives bytes 0x120-0x127: taken from the raw data";
    assert!(err.contains(SAID), "{err}");
    let name = str(&path);
    let image = path.with_extension("out");
    let commands: [&[&str]; 6] = [
        &["dump", name],
        &["dump", "--from", name],
        &["check", name, "-v"],
        &["diff", name, name],
        &["mkinitrd-override", name, "--against", "none", "-o", str(&image)],
        &["edit", name, "--set", "Oem Revision=9", "-o", str(&image)],
    ];
    for command in commands {
        let (_, out, err) = run(command);
        let all = format!("{out}{err}").replace("\n      ", " ");
        assert!(all.contains(SAID), "{command:?} {all}");
    }
    let only_lines = |text: &str| {
        text[..text.find("Raw Table").unwrap()].replace("Length : 00000128", "Length : 00000138")
    };
    let (_folder, path) = listing(only_lines);
    let (bytes, err) = built(&path, &[]);
    assert_eq!(bytes, sample());
    assert!(err.contains("Table Length: the source says 0x138 bytes, its lines make 0x128"), "{err}");
}

#[test]
fn quoted_and_indented_listings_are_compared_as_well() {
    let quoted = |text: &str| {
        let edited = text.replace(
            "[042h 0066 001h]     Proximity Domain Low(8) : 01",
            "[042h 0066 001h]     Proximity Domain Low(8) : 05",
        );
        edited.lines().map(|line| format!("> {line}\r\n")).collect()
    };
    let (_folder, path) = listing(quoted);
    let (bytes, err) = built(&path, &[]);
    assert_eq!(bytes[0x42], 5);
    assert!(err.contains("line 33: Proximity Domain Low(8) is 05"), "{err}");
}

/// Both parts edited alike, and the checksum in neither: the bytes are kept, and that is said.
#[test]
fn a_checksum_that_both_parts_have_wrong_is_said() {
    let (_folder, path) = listing(|text| {
        let (lines, raw) = text.split_once("Raw Table Data").unwrap();
        let lines = lines.replace(
            "[042h 0066 001h]     Proximity Domain Low(8) : 01",
            "[042h 0066 001h]     Proximity Domain Low(8) : 05",
        );
        let at = raw.find("    0040: ").unwrap() + 10 + 3 * 2;
        format!("{lines}Raw Table Data{}05{}", &raw[..at], &raw[at + 2..])
    });
    let mut expected = sample();
    expected[0x42] = 5;
    let (bytes, err) = built(&path, &[]);
    assert_eq!(bytes, expected);
    assert!(err.contains("the bytes do not sum to zero"), "{err}");
    let (bytes, _) = built(&path, &["--take", "decoded"]);
    assert_eq!(bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
    assert_eq!(bytes[0x42], 5);
    // What a line says of the checksum does not count: it is computed.
    let (_folder, path) = listing(|text| {
        let at = text.find(" Checksum : ").unwrap() + 12;
        format!("{}00{}", &text[..at], &text[at + 2..])
    });
    let (bytes, err) = built(&path, &[]);
    assert!(bytes == sample() && err.is_empty(), "{err}");
}

/// iasl 20200925 gives the byte before the PCI device of a SPCR a place of its own invention.
#[test]
fn a_place_that_iasl_misprints_does_not_keep_later_fields_from_being_edited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spcr.dsl");
    fs::write(&path, acpihp(&["template", "SPCR"]).stdout).unwrap();
    let plain = built(&path, &[]).0;
    let table = folder.path().join("spcr.aml");
    fs::write(&table, &plain).unwrap();
    let listing =
        String::from_utf8(acpihp(&["dump", "--from", str(&table), "--format", "dsl"]).stdout).unwrap();
    let language = listing.lines().find(|line| line.starts_with("[03Fh")).unwrap();
    let misprinted = listing.replace(language, "[04Ch 0076 001h]                    Reserved : 00");
    assert_ne!(misprinted, listing);
    fs::write(&path, &misprinted).unwrap();
    assert_eq!(built(&path, &[]), (plain.clone(), String::new()));
    let bus = misprinted.lines().find(|line| line.contains("PCI Bus :")).unwrap();
    fs::write(&path, misprinted.replace(bus, &bus.replace(": 00", ": 05"))).unwrap();
    let (bytes, said) = built(&path, &[]);
    assert_eq!(bytes.get(0x44), Some(&5), "{said}");
    assert!(said.contains("PCI Bus is 05 in the decoded line"), "{said}");
}

/// Listings of iasl 20200925 as it prints them, of tables made for this. It gives line offsets of an NFIT the place of the next one, leaves
/// out the secure access components of a SDEV, has texts that an offset names at place 0, and prints the bit below for Global.
#[test]
fn what_iasl_20200925_misprints_is_not_taken_for_an_edit() {
    let folder = tempfile::tempdir().unwrap();
    for (name, edit) in [
        ("nfit", Some(("Line Offset : 00000003", "Line Offset : 00000005", 0x3c, 5))),
        ("sdev", None),
        ("hest", Some(("Enabled : 01", "Enabled : 00", 0x2f, 0))),
    ] {
        let from =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tables/iasl-20200925/{name}.dsl"));
        let listing = fs::read_to_string(from).unwrap();
        let path = folder.path().join(format!("{name}.dsl"));
        fs::write(&path, &listing).unwrap();
        let raw = built(&path, &["--take", "raw"]).0;
        let (bytes, said) = built(&path, &[]);
        assert_eq!(bytes, raw, "{name}: {said}");
        assert!(!said.contains("counts"), "{name}: {said}");
        let Some((before, after, at, value)) = edit else { continue };
        fs::write(&path, listing.replace(before, after)).unwrap();
        let (bytes, said) = built(&path, &[]);
        assert_eq!(bytes.get(at), Some(&value), "{name}: {said}");
    }
    // A text that is another than that of the raw data is refused.
    let sdev = fs::read_to_string(folder.path().join("sdev.dsl")).unwrap();
    let path = folder.path().join("edited.dsl");
    let edited = sdev.replace("DEV0", "DEV1");
    assert_ne!(edited, sdev);
    fs::write(&path, edited).unwrap();
    let (status, out, err) = run(&["build", str(&path), "-o", str(&path.with_extension("out"))]);
    assert_eq!(status, 1, "{out}{err}");
    assert!(err.contains("--take decoded"), "{err}");
}
