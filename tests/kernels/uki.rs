//! Unified kernel images: what the stub hands over, and what the kernel sees of it.

use super::build::{Part, archive, bzimage, pe, uki};
use super::printed;
use crate::skip;
use acpihp::container::kernel::KernelImage;
use acpihp::container::pe::Pe;
use acpihp::container::read_at::ReadAt;
use acpihp::container::uki::{self, Role, Source, Uki};
use proptest::prelude::*;

const GZIP: &[u8] = b"\x1f\x8b\x08\0compressed";

/// A text without its line ends.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn open(bytes: &[u8]) -> Uki<&[u8]> {
    Uki::new(Pe::open(bytes).unwrap()).unwrap().unwrap()
}

fn whole(image: &Uki<&[u8]>, parts: &[uki::Part]) -> Vec<u8> {
    let joined = image.joined(parts);
    joined.read_vec(0, joined.end() as usize).unwrap()
}

fn initrd(image: &Uki<&[u8]>, profile: usize) -> Vec<u8> {
    let parts = image.parts(image.profile(profile).unwrap());
    whole(image, &parts)
}

#[test]
fn ucode_comes_first_and_every_part_is_filled_up() {
    let bytes = uki(
        "257.9-1",
        &[(".linux", b"k"), (".initrd", b"rest!"), (".ucode", b"first"), (".uname", b"6.1\n")],
    );
    let image = open(&bytes);
    assert_eq!((image.role, image.stub.version), (Role::Image, Some(257)));
    assert_eq!(initrd(&image, 0), b"first\0\0\0rest!\0\0\0");
    let profile = image.profile(0).unwrap();
    let parts = image.parts(profile);
    let shown: Vec<_> = parts.iter().map(|part| (part.source, part.range.clone())).collect();
    assert_eq!(shown, [(Source::Ucode, 0..5), (Source::Initrd, 8..13)]);
    for (offset, byte) in [(0, b'f'), (4, b't'), (8, b'r'), (12, b'!')] {
        let at = uki::in_file(&parts, offset).unwrap();
        assert_eq!(bytes[at as usize], byte);
    }
    assert!([5, 7, 13, 16].iter().all(|offset| uki::in_file(&parts, *offset).is_none()));
    assert_eq!(image.release(profile).unwrap(), Some("6.1".into()));
    assert_eq!(image.command_line(profile).unwrap(), None);
    assert_eq!(image.kernel(profile).map(|section| section.file.end - section.file.start), Some(1));
}

#[test]
fn one_part_alone_is_handed_over_as_it_is() {
    assert_eq!(initrd(&open(&uki("255", &[(".linux", b"k"), (".initrd", b"alone")])), 0), b"alone");
    assert_eq!(initrd(&open(&uki("255", &[(".linux", b"k")])), 0), b"");
    // Zeros that only memory has come behind it, of very many only so many that the rest keeps its place.
    let long = |zeros| {
        let parts =
            [Part(b".linux", b"k", 0), Part(b".ucode", &[1; 512], zeros), Part(b".initrd", b"end", 0)];
        initrd(&open(&pe(&parts)), 0)
    };
    assert_eq!(long(6)[512..], *b"\0\0\0\0\0\0\0\0end\0");
    assert_eq!(long(1 << 30).len(), 512 + 4096 + 4);
    assert_eq!(long((1 << 30) + 3).len(), 512 + 4100 + 4);
}

#[test]
fn an_old_stub_leaves_ucode_and_profiles_alone() {
    let sections: &[(&str, &[u8])] = &[
        (".linux", b"k"),
        (".ucode", b"ucode"),
        (".initrd", b"base"),
        (".profile", b"ID=one\n"),
        (".initrd", b"last"),
    ];
    let old = uki("255.4-1ubuntu8", sections);
    let image = open(&old);
    assert_eq!((image.profiles.len(), initrd(&image, 0)), (1, b"last".to_vec()));
    assert!(!image.stub.hands_over_ucode());
    let new = uki("257", sections);
    let image = open(&new);
    assert_eq!((image.profiles.len(), initrd(&image, 0)), (1, b"ucode\0\0\0last".to_vec()));
    // A stub that does not say what it is, is taken for a new one.
    let parts: Vec<Part<'_>> = sections.iter().map(|(name, data)| Part(name.as_bytes(), data, 0)).collect();
    assert_eq!(initrd(&open(&pe(&parts)), 0), b"ucode\0\0\0last");
}

#[test]
fn profiles_override_sections_of_the_base() {
    let bytes = uki(
        "257",
        &[
            (".linux", b"k"),
            (".cmdline", b"  quiet\tsplash\n"),
            (".ucode", b"ucod"),
            (".initrd", b"base"),
            (".profile", b"ID=main\nTITLE=\"Usual \x1b boot\"\n"),
            (".profile", b"ID='rescue'\n"),
            (".initrd", b"more"),
            (".initrd", b"gone"),
            (".cmdline", b"rescue\0junk"),
        ],
    );
    let image = open(&bytes);
    let [main, rescue] = image.profiles.as_slice() else { panic!("{:?}", image.profiles) };
    assert_eq!((&main.id, &main.title), (&Some("main".into()), &Some("Usual \x1b boot".into())));
    assert_eq!((rescue.number, &rescue.id, &rescue.title), (1, &Some("rescue".into()), &None));
    assert_eq!((initrd(&image, 0), initrd(&image, 1)), (b"ucodbase".to_vec(), b"ucodmore".to_vec()));
    let line = |number| image.command_line(image.profile(number).unwrap()).unwrap().unwrap();
    assert_eq!((line(0).as_str(), line(1).as_str()), ("quiet splash", "rescue"));
    assert!(image.profile(2).is_err());
}

/// A gzip member with these bytes.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn check_says_what_the_kernel_sees_of_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let srat = archive("ssdt.aml", b"SSDT");
    let end = format!("070701{:088}{:08x}{:08x}TRAILER!!!\0\0\0\0", 0, 11, 0);
    let main = gzip(&end.as_bytes()[..124]);
    let behind = [GZIP, &[0; 4], &srat].concat();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let check = |name: &str| printed(folder.path(), &["check", name]);

    write("good.efi", &uki("256", &[(".linux", b"k"), (".ucode", &srat), (".initrd", &main)]));
    let (text, status) = check("good.efi");
    assert!(text.starts_with(
        "good.efi: Linux 7.3 takes the table in it\n  systemd-stub 256 hands over .ucode at 0x0-"
    ));
    assert_eq!(status, 0, "{text}");

    write("behind.efi", &uki("256", &[(".linux", b"k"), (".initrd", &behind)]));
    let (text, status) = check("behind.efi");
    assert!(text.contains("error[archive-hidden]") && status == 1, "{text}");

    write("old.efi", &uki("255", &[(".linux", b"k"), (".ucode", &srat), (".initrd", &main)]));
    let (text, status) = check("old.efi");
    assert!(words(&text).contains("systemd-stub 255 is older than 256; 1 table in the section"), "{text}");
    assert_eq!(status, 1);

    let two = [
        (".linux", &b"k"[..]),
        (".initrd", &srat),
        (".profile", b"ID=a"),
        (".profile", b"ID=b"),
        (".initrd", &main),
    ];
    write("two.efi", &uki("257", &two));
    let (text, status) = check("two.efi");
    assert!(text.starts_with("two.efi: 2 profiles\n"), "{text}");
    assert!(text.contains("profile 1: Linux 7.3 finds no tables in it"), "{text}");
    assert!(text.contains("warning[image-profile-without-tables]") && status == 0, "{text}");
    assert!(!text.contains("archive-no-tables"), "{text}");

    write("x.addon.efi", &pe(&[Part(b".initrd", &srat, 0), Part(b".sdmagic", b"x", 0)]));
    let (text, status) = check("x.addon.efi");
    assert!(text.contains("error[image-addon-behind]") && status == 1, "{text}");
    write("y.addon.efi", &pe(&[Part(b".ucode", &srat, 0)]));
    let (text, status) = check("y.addon.efi");
    assert!(
        text.starts_with("y.addon.efi: an addon to unified kernel images (1 info") && status == 0,
        "{text}"
    );

    let whole = uki("257", &[(".linux", b"k"), (".initrd", &srat)]);
    write("cut.efi", &whole[..whole.len() - 600]);
    let (text, status) = check("cut.efi");
    assert!(text.contains("error[image-section-cut]") && status == 1, "{text}");
    write("header.efi", &whole[..200]);
    let (text, status) = check("header.efi");
    assert!(text.contains("a PE file that is cut off") && status == 3, "{text}");
    write("other.efi", &pe(&[Part(b".text", b"x", 0)]));
    let (text, status) = check("other.efi");
    assert!(text.contains("found an EFI program for x86-64") && status == 3, "{text}");
}

#[test]
fn inspect_says_the_same_of_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let ssdt = archive("ssdt.aml", b"SSDT");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let inspect = |name: &str| printed(folder.path(), &["inspect", name]);
    let kernel = bzimage("5.15.7 (a@b) #1", &gzip(b"program"), 7);
    write("old.efi", &uki("255", &[(".linux", &kernel), (".ucode", &ssdt), (".initrd", &ssdt)]));
    let (text, status) = inspect("old.efi");
    // Without .uname it is for the kernel to tell its release.
    assert!(text.contains("by the rules of Linux 5.15.7\n"), "{text}");
    assert!(text.contains("error[image-ucode-ignored]") && status == 1, "{text}");
    let profiles = [(".linux", &kernel[..]), (".initrd", &ssdt), (".profile", b"ID=a"), (".initrd", b"x")];
    write("two.efi", &uki("257", &profiles));
    let (text, _) = inspect("two.efi");
    assert!(text.contains("for profile 0: .initrd, "), "{text}");
    write("x.addon.efi", &pe(&[Part(b".initrd", &ssdt, 0)]));
    let (text, _) = inspect("x.addon.efi");
    assert!(text.contains("error[image-addon-behind]") && !text.contains("hands over"), "{text}");
}

#[test]
fn a_boot_of_an_image_is_predicted_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let line = b"movable_node nokaslr";
    let sections: [(&str, &[u8]); 4] = [
        (".linux", b"k"),
        (".uname", b"6.12.5"),
        (".cmdline", line),
        (".initrd", &archive("s.aml", b"SSDT")),
    ];
    let path = folder.path().join("a.efi");
    std::fs::write(&path, uki("257", &sections)).unwrap();
    let simulate = |more: &[&str]| {
        printed(folder.path(), &[&["simulate", "--sample", "hotplug", "--initrd", "a.efi"], more].concat())
    };
    let (text, status) = simulate(&[]);
    assert!(text.starts_with("Kernel        6.12.5\nCommand line  movable_node nokaslr\n"), "{text}");
    assert!(text.contains("Table Upgrade: install [SSDT-MADE  -MADETEST]") && status == 0, "{text}");
    let (text, _) = simulate(&["--kernel", "6.1", "--cmdline", "quiet"]);
    assert!(text.starts_with("Kernel        6.1\nCommand line  quiet\n"), "{text}");
    let (text, status) = simulate(&["--profile", "1"]);
    assert_eq!((text.as_str(), status), ("acpihp: a.efi: there is no profile 1; the last one is 0\n", 4));
    let (text, _) = printed(folder.path(), &["plan", "--numa", "--sample", "hotplug", "--initrd", "a.efi"]);
    assert!(words(&text).contains("info[image-boot] a.efi: release 6.12.5, command line"), "{text}");
    std::fs::write(&path, pe(&[Part(b".cmdline", b"x", 0)])).unwrap();
    let (text, status) = simulate(&[]);
    assert!(text.contains("found an addon, which has no kernel") && status == 3, "{text}");
}

#[test]
fn tables_are_read_out_of_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let srat = archive("srat.aml", b"SRAT");
    let image = uki("257", &[(".linux", b"k"), (".initrd", &[&srat[..], GZIP].concat())]);
    std::fs::write(folder.path().join("a.efi"), &image).unwrap();
    let set = acpihp::source::tables::from_path(&folder.path().join("a.efi")).unwrap();
    let [table] = set.tables.as_slice() else { panic!("{set:?}") };
    assert_eq!(image[table.offset as usize..][..48], table.bytes);
    assert_eq!((&*table.name.text(), set.notes.len()), ("SRAT", 0));
    // From a pipe the same.
    let piped = acpihp::source::tables::from_bytes("-".as_ref(), &image).unwrap();
    assert_eq!(piped.tables[0].bytes, table.bytes);
    // An initrd by itself, one with zeros in front, and one whose tables the kernel does not see.
    for (initrd, offset) in [(srat.clone(), 0), ([&[0; 512][..], &srat].concat(), 512)] {
        let set = acpihp::source::tables::from_bytes("x".as_ref(), &initrd).unwrap();
        assert_eq!(
            set.tables[0].offset,
            offset + table.offset - image.windows(6).position(|at| at == b"070701").unwrap() as u64
        );
    }
    let hidden = [&srat[..], GZIP, &[0; 4], &srat].concat();
    let set = acpihp::source::tables::from_bytes("x".as_ref(), &hidden).unwrap();
    assert_eq!(set.notes, ["x: 1 more that Linux does not find: acpihp check says why"]);
    let none = acpihp::source::tables::from_bytes("x".as_ref(), &[GZIP, &[0; 4], &srat].concat());
    assert!(none.is_err());
}

#[test]
fn the_corpus_s_image_has_what_an_independent_reader_found() {
    let Some(corpus) = skip::shared("corpus") else { return };
    let truth = std::fs::read(corpus.join("expected-initrd.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
    let mut compared = 0;
    for (name, expected) in truth.as_object().unwrap() {
        let path = corpus.join("initrd").join(name);
        let initrd = acpihp::source::initrd::read(&path, 0).unwrap();
        if let Some(section) = expected.get("initrd_section") {
            let (image, _) = initrd.image.as_ref().unwrap();
            // What stands for the kernel in it is another EFI program.
            let error = KernelImage::open(image.pe.source(), 0, true).unwrap_err().to_string();
            assert!(error.contains("none in .linux"), "{error}");
            let profile = image.profile(0).unwrap();
            let parts = image.parts(profile);
            assert_eq!(parts.len(), 1);
            assert_eq!(Some(parts[0].file.start), section["off"].as_u64());
            assert_eq!(Some(initrd.bytes.view().len()), section["len"].as_u64());
            let text = |name: &str| String::from_utf8(image.text(profile, name).unwrap().unwrap()).unwrap();
            for name in [".cmdline", ".uname", ".osrel"] {
                assert_eq!(text(name), expected[name].as_str().unwrap());
            }
            for (name, place) in expected["sections"].as_object().unwrap() {
                let section = image.pe.sections.iter().find(|section| section.is_called(name)).unwrap();
                let field = |field: &str| place[field].as_u64().unwrap();
                assert_eq!(u64::from(section.address), field("vaddr"), "{name}");
                assert_eq!(u64::from(section.memory_len), field("vsize"), "{name}");
                let len = field("vsize").min(field("raw_size"));
                assert_eq!(section.file, field("raw_off")..field("raw_off") + len, "{name}");
            }
        }
        let expected = expected["acpi"].as_array().unwrap();
        let found = acpihp::source::tables::from_path(&path).map(|set| set.tables).unwrap_or_default();
        let found: Vec<_> =
            found.iter().map(|table| (table.name.text().into_owned(), table.bytes.len() as u64)).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|table| (table["signature"].as_str().unwrap().to_owned(), table["size"].as_u64().unwrap()))
            .collect();
        assert_eq!(found, expected, "{name}");
        compared += 1;
    }
    assert!(compared > 0);
}

proptest! {
    #[test]
    fn whatever_the_sections_the_initrd_is_made_of_them(
        names in prop::collection::vec(0usize..6, 0..10),
        lens in prop::collection::vec(0usize..20, 10),
        zeros in prop::collection::vec(0u32..20, 10),
        stub in prop::option::of(250u16..260),
    ) {
        const NAMES: [&[u8]; 6] = [b".linux", b".initrd", b".ucode", b".profile", b".cmdline", b".initrdx"];
        let data: Vec<Vec<u8>> = lens.iter().enumerate().map(|(index, len)| vec![index as u8 + 1; *len]).collect();
        let mut parts: Vec<Part<'_>> = Vec::new();
        let magic = stub.map(|stub| format!("#### LoaderInfo: systemd-stub {stub} ####"));
        if let Some(magic) = &magic {
            parts.push(Part(b".sdmagic", magic.as_bytes(), 0));
        }
        let chosen = names.iter().zip(data.iter().zip(&zeros));
        parts.extend(chosen.map(|(name, (data, zeros))| Part(NAMES[*name], data, *zeros)));
        let bytes = pe(&parts);
        let Some(image) = Uki::new(Pe::open(bytes.as_slice()).unwrap()).unwrap() else { return Ok(()) };
        prop_assert!(!image.profiles.is_empty());
        for profile in &image.profiles {
            let parts = image.parts(profile);
            let initrd = whole(&image, &parts);
            let mut end = 0;
            for part in &parts {
                prop_assert!(part.range.start % 4 == 0 && part.range.start >= end && part.range.end > part.range.start);
                prop_assert!(part.range.start - end < 4);
                end = part.range.end;
            }
            for (offset, byte) in initrd.iter().enumerate() {
                match uki::in_file(&parts, offset as u64) {
                    Some(at) => prop_assert_eq!(bytes[at as usize], *byte),
                    None => prop_assert_eq!(*byte, 0),
                }
            }
            prop_assert!(initrd.len() as u64 >= end && initrd.len() as u64 - end < 4);
            // Read piece by piece it is the same.
            let joined = image.joined(&parts);
            for (at, piece) in initrd.chunks(7).enumerate() {
                prop_assert_eq!(joined.read_vec(7 * at as u64, piece.len()).unwrap(), piece);
            }
            prop_assert!(joined.read_vec(initrd.len() as u64, 1).is_err());
        }
    }
}
