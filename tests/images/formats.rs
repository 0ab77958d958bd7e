//! The formats that memory is written in: raw, ELF, kdump-compressed, flattened.

use super::build::*;
use super::{elf, names, raw, read};
use acpihp::container::elf::{ElfError, Image};
use acpihp::container::image::Memory as _;
use acpihp::source::detect::MemoryFormat;
use acpihp::source::image::{ImageFile, ImageLayout};
use acpihp::source::tables;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

const MIB: u64 = 1 << 20;
/// What a PC of 2 MiB has: a hole for the screen.
const RANGES: [Range<u64>; 2] = [0..0xa_0000, 0xc_0000..2 * MIB];

fn kdump(bytes: &[u8]) -> ImageLayout {
    ImageLayout::Format(if bytes.starts_with(b"KDUMP") {
        MemoryFormat::Kdump
    } else {
        MemoryFormat::KdumpFlattened
    })
}

#[test]
fn every_format_gives_the_same_tables() {
    let memory = bios_machine();
    let expected = raw(&memory.raw(2 * MIB)).walk;
    let (elf, narrow, big) =
        (memory.elf(&RANGES), memory.elf_32(&RANGES, false), memory.elf_32(&RANGES, true));
    for bytes in [&elf, &narrow, &big] {
        let contents = super::elf(bytes).unwrap();
        assert_eq!(names(&contents), BIOS_TABLES);
        for (table, expected) in contents.walk.tables.iter().zip(&expected.tables) {
            assert_eq!((table.address, &table.bytes), (expected.address, &expected.bytes));
            let at = table.offset.unwrap() as usize;
            assert_eq!(bytes[at..at + table.bytes.len()], table.bytes);
        }
    }
    let mut packs = vec![Pack::Stored, Pack::Zlib];
    #[cfg(feature = "decompress")]
    packs.push(Pack::Zstd);
    for pack in packs {
        let plain = memory.kdump(&RANGES, pack);
        for bytes in [flatten(&plain, 4096), flatten(&plain, 1000), plain] {
            let contents = read(&bytes, kdump(&bytes)).unwrap();
            assert_eq!(names(&contents), BIOS_TABLES, "{pack:?}");
            for (table, expected) in contents.walk.tables.iter().zip(&expected.tables) {
                assert_eq!((table.address, &table.bytes), (expected.address, &expected.bytes));
                assert_eq!(table.offset, None);
            }
            assert!(!contents.is_cut);
        }
    }
}

#[test]
fn a_kdump_image_is_searched_too() {
    let memory = bios_machine().put(0xf_1230, [0; 36]).put(0x19_9ff1, rsdp(0x10_1000, Some(0x10_2000)));
    let bytes = memory.kdump(&RANGES, Pack::Zlib);
    let contents = read(&bytes, kdump(&bytes)).unwrap();
    assert_eq!(names(&contents), BIOS_TABLES);
    assert_eq!(contents.found.rsdps[0].address, 0x19_9ff1);
    // Pages of zeros are skipped once they are known.
    assert!(contents.found.searched < MIB, "{}", contents.found.searched);
}

#[test]
fn kdump_images_that_cannot_be_read_say_why() {
    let memory = bios_machine();
    let error = |bytes: &[u8]| read(bytes, kdump(bytes)).unwrap_err().to_string();
    // All pages in a format that is not read: nothing is found, and the reason is one of the pages.
    assert!(
        error(&memory.kdump(&RANGES, Pack::Lzo)).contains("lzo"),
        "{}",
        error(&memory.kdump(&RANGES, Pack::Lzo))
    );
    let good = memory.kdump(&RANGES, Pack::Zlib);
    assert_eq!(error(&good[..200]), "byte 0: 464 bytes should be here, and the file ends at byte 200");
    let mut wrong = good.clone();
    wrong[428..432].copy_from_slice(&4097u32.to_le_bytes());
    assert_eq!(error(&wrong), "byte 428: found 4097, expected the size of a page");
    let mut wrong = good.clone();
    wrong[4096 + 96..4096 + 104].copy_from_slice(&(1u64 << 35).to_le_bytes());
    assert_eq!(
        error(&wrong),
        "byte 436: found 34359738368 page frames in a bitmap of 4096 bytes, expected a bit for each"
    );
    let flat = flatten(&good, 4096);
    assert_eq!(error(&flat[..20]), "byte 0: 464 bytes should be here, and the file ends at byte 0");
    let contents = read(&flat[..flat.len() - 16], kdump(&flat)).unwrap();
    assert!(contents.is_cut && contents.walk.tables.len() == 8);
}

#[test]
fn more_program_headers_than_16_bits_can_count() {
    // 70,000 pages, each with a header of its own and a gap behind it, the tables in the last ones.
    let page = |number: u64| number * 0x2000..number * 0x2000 + 0x1000;
    let far = 69_990 * 0x2000;
    let memory = Memory::new([
        (far, rsdp((far + 0x2000) as u32, None)),
        (far + 0x2000, rsdt(&[(far + 0x4000) as u32])),
        (far + 0x4000, table(b"SRAT", &[0; 12])),
    ]);
    let ranges: Vec<_> = (0..70_000).map(page).collect();
    let bytes = memory.elf(&ranges);
    let image = Image::open(bytes.as_slice()).unwrap();
    assert_eq!(image.memory.segments().len(), 70_000);
    assert_eq!(image.memory.size(), 70_000 * 0x1000);
    assert_eq!(names(&elf(&bytes).unwrap()), ["RSDP", "RSDT", "SRAT"]);
}

#[test]
fn elf_files_that_are_no_images_say_why() {
    let good = bios_machine().elf(&RANGES);
    let changed = |at: usize, bytes: &[u8]| {
        let mut wrong = good.clone();
        wrong[at..at + bytes.len()].copy_from_slice(bytes);
        elf(&wrong).unwrap_err().to_string()
    };
    assert_eq!(
        changed(16, &[2, 0]),
        "byte 16: found an ELF file of type 2, expected an image of memory (type 4, ET_CORE)"
    );
    assert_eq!(changed(54, &[57, 0]), "byte 54: found program headers of 57 bytes, expected 32 or 56");
    assert_eq!(
        changed(56, &[0, 0]),
        "no memory in it: not one of its 0 program headers is a PT_LOAD with data"
    );
    assert!(changed(32, &[0xff; 8]).starts_with("byte 18446744073709551615: "));
    assert!(changed(5, &[9]).starts_with("byte 0: found "));
    // The core of a process: virtual addresses only.
    let mut process = good.clone();
    for header in 0..3 {
        let at = 64 + 56 * header;
        process[at + 16..at + 24].copy_from_slice(&0x5555_0000u64.to_le_bytes());
        process[at + 24..at + 32].copy_from_slice(&[0; 8]);
    }
    assert_eq!(elf(&process).unwrap_err().to_string(), ElfError::NoAddresses.to_string());
}

#[test]
fn an_image_that_was_cut_off_gives_what_it_has() {
    let memory = bios_machine();
    let good = memory.elf(&RANGES);
    let whole = raw(&memory.raw(2 * MIB)).walk.tables;
    let srat_end = Image::open(good.as_slice()).unwrap().memory.offset_of(0x10_6030).unwrap() as usize;
    let contents = elf(&good[..srat_end]).unwrap();
    assert_eq!(contents.missing, (good.len() - srat_end) as u64);
    assert_eq!(contents.walk.tables.len(), 7);
    for (cut, whole) in contents.walk.tables.iter().zip(&whole) {
        assert_eq!((cut.address, &cut.bytes), (whole.address, &whole.bytes));
    }
    assert_eq!(contents.walk.faults.len(), 1);
    let error = elf(&good[..0x1_0000]).unwrap_err().to_string();
    assert_eq!(error, "no RSDP in its 63 KiB of memory; the file was cut off");
    for len in [0, 10, 63, 64, 100, 231] {
        assert!(elf(&good[..len]).is_err(), "{len}");
    }
    // The same through the source, which notes it.
    let set = tables::from_bytes(Path::new("core"), &good[..srat_end]).unwrap();
    let missing = good.len() - srat_end;
    assert_eq!(
        set.notes[0].text(),
        format!("core: cut off: {missing} bytes of the memory that it describes are missing")
    );
    assert_eq!((&*set.tables[6].name.text(), set.tables[6].address), ("SRAT", Some(0x10_6000)));
}

#[test]
fn size_costs_nothing_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let memory = bios_machine();
    let write = |memory: &Memory, len: u64| {
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(len).unwrap();
        memory.pieces.iter().for_each(|(address, bytes)| file.write_all_at(bytes, *address).unwrap());
    };
    write(&memory, 64 << 30);
    let set = tables::from_path(&path).unwrap();
    assert_eq!((set.tables.len(), set.notes.len()), (8, 0));
    // Without an RSDP where it belongs, only what is no hole is searched.
    let elsewhere = memory.put(0xf_1230, [0; 36]).put((63 << 30) + 5, rsdp(0x10_1000, Some(0x10_2000)));
    write(&elsewhere, 64 << 30);
    let image = ImageFile::new(std::fs::File::open(&path).unwrap()).unwrap().unwrap();
    let contents = acpihp::source::image::read(&image, ImageLayout::Raw, &image.options()).unwrap();
    assert_eq!(names(&contents), BIOS_TABLES);
    if contents.found.searched > 64 * MIB {
        crate::skip::skip("holes", "holes in files: the file system does not tell them");
    }
    let nothing = Memory::default();
    write(&nothing, 64 << 30);
    let error = tables::from_path(&path).unwrap_err().to_string();
    assert!(error.ends_with("image: found no tables, no text of acpidump, and no RSDP as in an image of memory (65536 MiB searched)"), "{error}");
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    std::fs::write(&path, bios_machine().raw(2 * MIB)).unwrap();
    let image = ImageFile::new(std::fs::File::open(&path).unwrap()).unwrap().unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(0x10_4000).unwrap();
    let error =
        acpihp::source::image::read(&image, ImageLayout::Raw, &image.options()).unwrap_err().to_string();
    assert_eq!(error, "byte 1064960: 36 bytes should be here, and the file ends at byte 1064960");
}

#[test]
fn images_come_from_files_standard_input_and_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let memory = bios_machine();
    for bytes in [memory.raw(2 * MIB), memory.elf(&RANGES), memory.kdump(&RANGES, Pack::Zlib)] {
        std::fs::write(&path, &bytes).unwrap();
        let is_raw = bytes[0] == 0;
        let dump = |from: &Path, input: Stdio| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
            let done =
                command.args(["dump", "--format", "json", "--from"]).arg(from).stdin(input).output().unwrap();
            let errors = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "{errors}");
            let value = crate::answer::of(&done);
            value["tables"]
                .as_array()
                .unwrap()
                .iter()
                .map(|table| table["address"].as_u64())
                .collect::<Vec<_>>()
        };
        let from_file = dump(&path, Stdio::null());
        assert_eq!(from_file.len(), 8);
        assert!(from_file.iter().all(Option::is_some));
        assert_eq!(dump(Path::new("-"), std::fs::File::open(&path).unwrap().into()), from_file);
        if !is_raw {
            let mut cat = Command::new("cat").arg(&path).stdout(Stdio::piped()).spawn().unwrap();
            assert_eq!(dump(Path::new("-"), cat.stdout.take().unwrap().into()), from_file);
            cat.wait().unwrap();
        }
    }
}
