//! Initrds that stay in their files: what is made of them, and what happens when a file is cut short meanwhile.
#![allow(clippy::indexing_slicing)]

use crate::made;

use acpihp::boot::kernel::release::Release;
use acpihp::boot::stages::upgrade::upgrade;
use acpihp::check::archive::check;
use acpihp::container::cpio::build::{File, build};
use acpihp::container::initrd::held::Held;
use acpihp::container::read_at::{ReadAt, ReadError};
use acpihp::source::image::ImageFile;
use acpihp::source::initrd;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use std::fs;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes of an initrd that are cut short when the reader comes to a place.
struct Shrinking {
    bytes: Vec<u8>,
    left: AtomicUsize,
}

impl ReadAt for Shrinking {
    fn end(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let left = self.left.load(Relaxed);
        let there = if left == 0 { &self.bytes[..100] } else { &self.bytes };
        self.left.store(left.saturating_sub(1), Relaxed);
        there.read_at(at, buffer)
    }
}

#[test]
fn what_shrinks_while_it_is_looked_at_is_told() {
    let table = made::srat_memory(1, 1 << 32, 1 << 31, 3);
    let archive = build(&[File { name: "srat.aml", data: &table }], 0).unwrap().bytes;
    let bytes = [archive, vec![0x1f, 0x8b, 8, 0], vec![7; 300_000]].concat();
    let release = Release::newest();
    let whole = check(&"x".into(), &bytes, &release);
    let mut failed = 0;
    for left in 0..60 {
        let source = Shrinking { bytes: bytes.clone(), left: left.into() };
        let Ok(held) = Held::in_file(source) else {
            failed += 1;
            continue;
        };
        let checked = check(&"x".into(), held.view(), &release);
        match held.failed() {
            Some(error) => {
                assert!(matches!(error, ReadError::End { .. }), "{error}");
                failed += 1;
            }
            None => {
                assert_eq!((checked.files, checked.findings), (whole.files.clone(), whole.findings.clone()))
            }
        }
    }
    assert!(failed > 3 && failed < 60, "{failed}");
}

#[test]
fn held_in_a_file_it_is_the_same_as_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let table = made::srat_memory(1, 1 << 32, 1 << 31, 3);
    let long = vec![b'S'; 3000];
    let names = [("a.aml", &table), ("b.aml", &long), ("a-name-of-more-than-17-bytes.aml", &table)];
    let files: Vec<_> = names.iter().map(|(name, data)| File { name, data }).collect();
    let archive = build(&files, 0).unwrap().bytes;
    let mut endless = archive.clone();
    // The first name has no NUL any more, and goes on in what follows it.
    let at = endless.windows(5).position(|bytes| bytes == b"a.aml").unwrap();
    endless[at + 5] = b'x';
    let tail = vec![7; 2 << 20];
    for bytes in [archive.clone(), [&archive[..], &tail].concat(), [&endless[..], &tail].concat(), tail] {
        fs::write(&path, &bytes).unwrap();
        let held = initrd::read(&path, 0).unwrap().bytes;
        let view = held.view();
        for release in ["3.10", "7.3"].map(|text| Release::parse(text).unwrap()) {
            let rules = release.upgrade_rules(false);
            assert_eq!(upgrade(view, &rules), upgrade(&bytes, &rules));
            let (ours, theirs) = (check(&"x".into(), view, &release), check(&"x".into(), &bytes, &release));
            assert_eq!((ours.files, ours.findings), (theirs.files, theirs.findings));
        }
        assert!(held.failed().is_none());
    }
}

#[test]
fn only_what_nobody_can_change_is_mapped() {
    let seals = [
        (SealFlags::empty(), false),
        (SealFlags::GROW | SealFlags::WRITE, false),
        (SealFlags::SHRINK | SealFlags::WRITE, true),
    ];
    let bytes: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
    for (seals, is_mapped) in seals {
        let file = fs::File::from(memfd_create("initrd", MemfdFlags::ALLOW_SEALING).unwrap());
        file.write_all_at(&bytes, 0).unwrap();
        fcntl_add_seals(&file, seals).unwrap();
        let image = ImageFile::new(file).unwrap().unwrap();
        assert_eq!(image.is_mapped(), is_mapped, "{seals:?}");
        assert_eq!(image.read_vec(70_000, 30_000).unwrap(), bytes[70_000..]);
        let beyond = image.read_vec(70_000, 30_001).unwrap_err();
        assert_eq!(beyond, ReadError::End { at: 70_000, len: 30_001, end: 100_000 });
    }
    let ordinary = tempfile::tempfile().unwrap();
    ordinary.write_all_at(&bytes, 0).unwrap();
    assert!(!ImageFile::new(ordinary).unwrap().unwrap().is_mapped());
}
