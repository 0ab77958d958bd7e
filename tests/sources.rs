//! Sources of tables: what is found in files, folders and copied roots, and what is said about everything else.
#![allow(clippy::indexing_slicing)]

use crate::skip;

use acpihp::bytes::sum8;
use acpihp::source::SourceError;
use acpihp::source::root::Root;
use acpihp::source::tables::{self, TableSet};
use std::fs;
use std::path::Path;

/// A table with a right checksum: 36 bytes of header, then `body`.
fn table(signature: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut table = signature.to_vec();
    table.extend((36 + body.len() as u32).to_le_bytes());
    table.extend(b"\x01\0ACPIHPEXAMPLE \x01\0\0\0AHP \x01\0\0\0");
    table.extend(body);
    table[9] = 0u8.wrapping_sub(sum8(&table));
    table
}

fn rsdp() -> Vec<u8> {
    let mut rsdp = b"RSD PTR \0ACPIHP\x02\0\0\0\0\x24\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0".to_vec();
    rsdp[8] = 0u8.wrapping_sub(sum8(&rsdp[..20]));
    rsdp[32] = 0u8.wrapping_sub(sum8(&rsdp));
    rsdp
}

fn facs() -> Vec<u8> {
    let mut facs = b"FACS\x40\0\0\0".to_vec();
    facs.resize(64, 0);
    facs
}

fn from_bytes(bytes: &[u8]) -> Result<TableSet, SourceError> {
    tables::from_bytes(Path::new("input"), bytes)
}

fn names(set: &TableSet) -> Vec<&str> {
    set.tables.iter().map(|table| str::from_utf8(table.name.raw()).unwrap()).collect()
}

#[test]
fn tables_back_to_back_are_divided_and_numbered() {
    let parts = [rsdp(), table(b"SSDT", b"one"), facs(), table(b"SSDT", b"two"), table(b"SRAT", &[0; 12])];
    let set = from_bytes(&parts.concat()).unwrap();
    assert_eq!(names(&set), ["RSDP", "SSDT1", "FACS", "SSDT2", "SRAT"]);
    assert!(set.tables.iter().zip(&parts).all(|(table, part)| table.bytes == *part));
    assert_eq!(set.tables[3].offset, 36 + 39 + 64);
    assert_eq!(set.notes, [""; 0]);

    let mut padded = parts[1].clone();
    padded.extend([0; 5]);
    padded.extend(&parts[3]);
    let set = from_bytes(&padded).unwrap();
    assert_eq!((names(&set), set.tables[1].offset), (vec!["SSDT1", "SSDT2"], 44));
}

#[test]
fn wrong_lengths_are_kept_and_noted() {
    let good = table(b"SRAT", &[0; 60]);
    for (length, note) in [
        (20u32, "input: byte 0: the header's length is 20, less than the 36 bytes of the header itself"),
        (0, "input: byte 0: the header's length is 0, less than the 36 bytes of the header itself"),
        (97, "input: byte 0: the header's length is 97 bytes, and only 96 are there"),
        (u32::MAX, "input: byte 0: the header's length is 4294967295 bytes, and only 96 are there"),
        (90, "input: byte 90: 6 bytes after the end of the table"),
    ] {
        let mut bytes = good.clone();
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        let set = from_bytes(&bytes).unwrap();
        assert_eq!((names(&set), set.tables[0].bytes.len()), (vec!["SRAT"], 96), "length {length}");
        assert_eq!(set.notes, [note]);
    }
    // A stream that breaks off, and one that goes on with something else.
    let mut bytes = [good.clone(), good.clone()].concat();
    let set = from_bytes(&bytes[..150]).unwrap();
    assert_eq!((names(&set), set.tables[1].bytes.len()), (vec!["SRAT1", "SRAT2"], 54));
    assert_eq!(set.notes, ["input: byte 96: the header's length is 96 bytes, and only 54 are there"]);
    bytes.extend(b"\x01\x02\x03\x04 no table");
    let set = from_bytes(&bytes).unwrap();
    assert_eq!(names(&set), ["SRAT1", "SRAT2"]);
    assert_eq!(set.notes, ["input: byte 192: no ACPI table starts here; the last 13 bytes were left out"]);
}

#[test]
fn what_is_no_table_is_named() {
    for (bytes, found) in [
        (b"\x1f\x8b\x08\0".to_vec(), "gzip data"),
        (b"\x28\xb5\x2f\xfd....".to_vec(), "zstd data"),
        (b"\xfd7zXZ\0..".to_vec(), "xz data"),
        (b"\x7fELF\x02\x01".to_vec(), "an ELF file"),
        (b"\xff\xfeS\0R\0".to_vec(), "UTF-16 text"),
        (b"hello\x1b[2J world\n".to_vec(), "text that begins \"hello\\x1b[2J world\""),
        (vec![0; 100], "the bytes 00 00 00 00 00 00 00 00"),
        (table(b"SRAT", &[0; 9])[..35].to_vec(), "the bytes 53 52 41 54 2d 00 00 00"),
    ] {
        let error = from_bytes(&bytes).unwrap_err().to_string();
        let expected = format!(
            "input: byte 0: found {found}, expected ACPI tables, a text with tables, an initrd, a UKI or an image of memory"
        );
        assert_eq!(error, expected);
    }
    assert_eq!(from_bytes(b"").unwrap_err().to_string(), "input: it is empty");
    assert_eq!(
        from_bytes(b"070701000002D1").unwrap_err().to_string(),
        "input: an initrd in which Linux finds no ACPI tables: acpihp check says more"
    );
    let cut = from_bytes(b"MZ\x90\0").unwrap_err().to_string();
    assert!(cut.starts_with("input: byte 0: found a PE file that is cut off (byte 0: 64 bytes"), "{cut}");
}

#[test]
fn replaced_bytes_are_told() {
    let mut bytes = table(b"GTDT", &[0x80, 1, 2, 3, 0xff, 0xfe]);
    bytes[4] = 0xc4;
    let text = String::from_utf8_lossy(&bytes).into_owned().replace('\u{80}', "\u{fffd}");
    let set = from_bytes(text.as_bytes()).unwrap();
    assert_eq!(names(&set), ["GTDT"]);
    assert!(
        set.notes.iter().any(|note| note.text().contains("were replaced by EF BF BD")),
        "{:?}",
        set.notes
    );
}

#[test]
fn a_copied_root_keeps_the_names_of_sysfs() {
    let root = tempfile::tempdir().unwrap();
    let tables = root.path().join("sys/firmware/acpi/tables");
    fs::create_dir_all(tables.join("dynamic")).unwrap();
    fs::create_dir_all(tables.join("data")).unwrap();
    for (name, bytes) in [
        ("SSDT10", table(b"SSDT", b"")),
        ("SSDT2", table(b"SSDT", b"")),
        ("APIC", table(b"APIC", b"")),
        ("FACS", facs()),
        ("dynamic/SSDT11", table(b"SSDT", b"x")),
        ("data/BERT", b"no table".to_vec()),
        ("README", b"copied from another machine\n".to_vec()),
    ] {
        fs::write(tables.join(name), bytes).unwrap();
    }
    let expected = ["APIC", "FACS", "SSDT2", "SSDT10", "SSDT11"];
    for set in [
        tables::from_root(&Root::open(root.path()).unwrap()).unwrap(),
        tables::from_path(root.path()).unwrap(),
        tables::from_path(&tables).unwrap(),
    ] {
        assert_eq!(names(&set), expected);
        assert_eq!(set.notes.len(), 1);
        assert!(
            set.notes[0]
                .text()
                .ends_with("README: left out: text that begins \"copied from another machine\"")
        );
        assert!(set.tables[0].origin.ends_with("tables/APIC"));
    }
    fs::create_dir(root.path().join("none")).unwrap();
    let none = Root::open(&root.path().join("none")).unwrap();
    let error = tables::from_root(&none).unwrap_err().to_string();
    assert!(error.ends_with("none/sys/firmware/acpi/tables: no such folder"), "{error}");
}

#[test]
fn a_folder_of_files_is_read_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let error = tables::from_path(path).unwrap_err().to_string();
    assert!(error.ends_with("no file with ACPI tables in this folder"), "{error}");
    for (name, bytes) in [
        ("ssdt10.dat", table(b"SSDT", b"ten")),
        ("ssdt9.dat", table(b"SSDT", b"nine")),
        ("override.aml", table(b"SRAT", &[0; 12])),
        ("readme.txt", b"hello\n".to_vec()),
        ("empty", Vec::new()),
    ] {
        fs::write(path.join(name), bytes).unwrap();
    }
    let set = tables::from_path(path).unwrap();
    assert_eq!(names(&set), ["SRAT", "SSDT1", "SSDT2"]);
    assert!(set.tables[1].bytes.ends_with(b"nine"));
    assert_eq!(set.notes.len(), 2, "{:?}", set.notes);
    // Names as sysfs has them are kept when all files have such.
    for name in ["ssdt10.dat", "ssdt9.dat", "override.aml"] {
        fs::remove_file(path.join(name)).unwrap();
    }
    fs::write(path.join("SSDT3"), table(b"SSDT", b"three")).unwrap();
    assert_eq!(names(&tables::from_path(path).unwrap()), ["SSDT3"]);
}

#[test]
fn files_that_cannot_be_read_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let message = |path: &Path| {
        let error = tables::from_path(path).unwrap_err().to_string();
        assert!(!error.contains('\n'));
        error.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&error).to_owned()
    };
    assert_eq!(message(&path("missing")), "No such file or directory");
    assert_eq!(
        message(Path::new("/dev/zero")),
        "byte 0: found a device, expected ACPI tables, a text with tables, an initrd, a UKI or an image of memory"
    );
    fs::write(path("empty"), b"").unwrap();
    assert_eq!(message(&path("empty")), "it is empty");
    let sparse = fs::File::create(path("sparse")).unwrap();
    sparse.set_len(4 << 30).unwrap();
    assert_eq!(
        message(&path("sparse")),
        "found no tables, no text of acpidump, and no RSDP as in an image of memory (4096 MiB searched)"
    );
    fs::write(path("image"), b"\x7fELF\x02\x01\x01").unwrap();
    fs::File::options().write(true).open(path("image")).unwrap().set_len(4 << 30).unwrap();
    assert_eq!(
        message(&path("image")),
        "byte 0: found an ELF file, expected ACPI tables, a text with tables, an initrd, a UKI or an image of memory"
    );
}

/// A named pipe, as the shell command of that name makes it.
fn fifo(path: &Path) -> bool {
    skip::program("mkfifo")
        && std::process::Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success())
}

#[test]
fn a_pipe_is_read_whole_however_slowly_it_comes() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    if !fifo(&path) {
        return;
    }
    let table = table(b"DSDT", &[7; 9000]);
    let (writer, expected) = (path.clone(), table.clone());
    let thread = std::thread::spawn(move || {
        let mut pipe = fs::File::options().write(true).open(writer).unwrap();
        for part in table.chunks(1000) {
            std::thread::sleep(std::time::Duration::from_millis(5));
            pipe.write_all(part).unwrap();
        }
    });
    let set = tables::from_path(&path).unwrap();
    thread.join().unwrap();
    assert_eq!(set.tables[0].bytes, expected);
    // In a folder it is no file of tables.
    fs::write(folder.path().join("srat.aml"), self::table(b"SRAT", &[0; 12])).unwrap();
    let set = tables::from_path(folder.path()).unwrap();
    assert_eq!((names(&set), set.notes.len()), (vec!["SRAT"], 1), "{:?}", set.notes);
}

#[test]
fn pipes_that_never_end_or_never_begin_are_given_up() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    if !fifo(&path) {
        return;
    }
    let error = tables::from_path(&path).unwrap_err().to_string();
    assert!(error.ends_with("a pipe that nobody wrote to for 3 s"), "{error}");
    let writer = path.clone();
    let thread = std::thread::spawn(move || {
        let mut pipe = fs::File::options().write(true).open(writer).unwrap();
        while pipe.write_all(&[b'x'; 1 << 16]).is_ok() {}
    });
    let error = tables::from_path(&path).unwrap_err().to_string();
    assert!(error.contains("more than 64 MiB"), "{error}");
    thread.join().unwrap();
}

#[test]
fn a_text_that_begins_with_four_letters_is_no_table() {
    // HWiNFO in Latin-1, and UTF-8 with letters of its own.
    for text in [
        b"HWiNFO\xae ARM64 Version 8.24-5700\n\nSome-Machine -------------------------\n\n [Current Computer]\n".to_vec(),
        "SRAT für die Maschine, bitte prüfen: es fehlt ein Speicherbereich in der Liste\n".as_bytes().to_vec(),
    ] {
        let error = from_bytes(&text).unwrap_err().to_string();
        assert!(error.contains("found text that begins"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        std::fs::write(&path, &text).unwrap();
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_acpihp")).arg("check").arg(&path).output().unwrap();
        let shown = String::from_utf8(out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(3), "{shown}");
        assert!(shown.contains("input-unreadable"), "{shown}");
    }
}
