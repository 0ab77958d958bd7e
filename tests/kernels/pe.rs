//! The table of sections of PE files.

use super::build::{Part, pe};
use crate::skip::skip;
use acpihp::container::pe::{Pe, PeError};
use proptest::prelude::*;
use std::process::Command;

#[test]
fn sections_have_their_names_places_and_bytes() {
    let bytes =
        pe(&[Part(b".text", b"abc", 0), Part(b".initrd", b"xyz", 2000), Part(b".linuxxx", b"pqrs", 0)]);
    let pe = Pe::open(bytes.as_slice()).unwrap();
    assert_eq!((pe.machine_name().as_str(), pe.sections.len()), ("x86-64", 3));
    let data = |index: usize| pe.head(&pe.sections[index], 1 << 20).unwrap();
    assert_eq!((data(0), pe.sections[0].address), (b"abc".to_vec(), 0x1000));
    // Longer in memory than in the file: the file has 512 bytes of it.
    assert_eq!((data(1).len(), &data(1)[..4], pe.sections[1].memory_len), (512, &b"xyz\xaa"[..], 2003));
    assert_eq!((data(2), pe.sections[2].name.as_slice()), (b"pqrs".to_vec(), &b".linuxxx"[..]));
    assert!(pe.sections[1].is_called(".initrd") && !pe.sections[1].is_called(".init"));
    assert_eq!(pe.head(&pe.sections[0], 2).unwrap(), b"ab");
    assert!(pe.sections.iter().all(|section| pe.missing(section) == 0));
}

#[test]
fn a_name_that_stands_elsewhere_hides_no_other_section() {
    let bytes = pe(&[Part(b"/x", b"a", 0), Part(b"//?", b"b", 0), Part(b".linux", b"c", 0)]);
    let pe = Pe::open(bytes.as_slice()).unwrap();
    assert_eq!(pe.sections.iter().filter(|section| section.is_called(".linux")).count(), 1);
}

#[test]
fn a_file_that_is_cut_off_has_what_is_there() {
    let bytes = pe(&[Part(b".linux", &[7; 600], 0)]);
    let start = Pe::open(bytes.as_slice()).unwrap().sections[0].file.start as usize;
    for len in 0..bytes.len() {
        match Pe::open(&bytes[..len]) {
            Ok(pe) => {
                let there = len.saturating_sub(start).min(600);
                assert_eq!(pe.head(&pe.sections[0], 1000).unwrap(), vec![7; there]);
                assert_eq!(pe.missing(&pe.sections[0]), 600 - there as u64);
            }
            Err(error) => assert!(len < start, "{len}: {error}"),
        }
    }
}

#[test]
fn what_is_no_pe_file_is_told() {
    let told = |bytes: &[u8]| Pe::open(bytes).unwrap_err().to_string();
    assert_eq!(told(b"MZ"), "byte 0: 64 bytes should be here, and the file ends at byte 2");
    assert_eq!(told(&[b'x'; 64]), "byte 0: found \"xx\", expected MZ, the header of a PE file");
    let mut far = pe(&[]);
    far[60..64].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(told(&far).starts_with("byte 4294967295: 24 bytes should be here"));
    far[60..64].copy_from_slice(&0u32.to_le_bytes());
    assert!(told(&far).starts_with("byte 0: found \"MZ\\x00\\x00\", expected PE"));
    let mut many = pe(&[Part(b".linux", b"x", 0)]);
    many[0x86..0x88].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(matches!(Pe::open(many.as_slice()), Err(PeError::Read(_))));
}

/// Name, length in memory and place in the file of each section, as objdump reads them.
fn objdump(path: &std::path::Path) -> Option<Vec<(String, u64, u64)>> {
    let output = Command::new("objdump").arg("-h").arg(path).output().ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    let hex = |field: &str| u64::from_str_radix(field, 16).unwrap();
    let rows = text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [number, name, size, _, _, offset, ..] = fields.as_slice() else { return None };
        number.parse::<u32>().ok()?;
        Some(((*name).to_owned(), hex(size), hex(offset)))
    });
    Some(rows.collect())
}

#[test]
fn objdump_sees_the_same_sections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.efi");
    let plain =
        pe(&[Part(b".text", b"\xc3", 0), Part(b".osrel", b"ID=x\n", 0), Part(b".linux", &[1; 700], 0)]);
    std::fs::write(&path, &plain).unwrap();
    let Some(seen) = objdump(&path).filter(|seen| !seen.is_empty()) else {
        return skip("objdump", "no objdump that knows PE files");
    };
    let ours = |bytes: &[u8]| {
        let pe = Pe::open(bytes).unwrap();
        let sections = pe.sections.iter();
        sections
            .map(|section| {
                let name = String::from_utf8(section.name.clone()).unwrap();
                (name, section.file.end - section.file.start, section.file.start)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(ours(&plain), seen);
    // What objcopy adds is where it says.
    let (initrd, out) = (folder.path().join("initrd"), folder.path().join("out.efi"));
    std::fs::write(&initrd, [9; 1000]).unwrap();
    let status = Command::new("objcopy")
        .arg("--add-section")
        .arg(format!(".initrd={}", initrd.display()))
        .args(["--change-section-vma", ".initrd=0x143000000"])
        .args([&path, &out])
        .status();
    if !status.is_ok_and(|status| status.success()) {
        return skip("objcopy", "no objcopy that knows PE files");
    }
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(ours(&bytes), objdump(&out).unwrap());
    let pe = Pe::open(bytes.as_slice()).unwrap();
    let section = pe.sections.iter().find(|section| section.is_called(".initrd")).unwrap();
    assert_eq!(pe.head(section, 4096).unwrap(), [9; 1000]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = pe(&[Part(b".initrd", &[1; 300], 0), Part(b".linux", &[2; 40], 9)]);
        for (place, value) in changes {
            let at = place.index(600);
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let Ok(pe) = Pe::open(bytes.as_slice()) else { return Ok(()) };
        for section in &pe.sections {
            let data = pe.head(section, 1 << 16).unwrap();
            let len = section.file.end - section.file.start;
            prop_assert!(section.file.end >= section.file.start && len <= u64::from(section.memory_len));
            prop_assert_eq!(data.len() as u64, (len - pe.missing(section)).min(1 << 16));
        }
    }
}
