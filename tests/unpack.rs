//! The unpacker: against what it said in recorded boots, against cpio archives that tools make, and against bytes that nobody
//! meant to be an initrd.

#![allow(clippy::indexing_slicing)]

use crate::recorded;

use acpihp::boot::kernel::release::Release;
use acpihp::boot::unpack::{Depth, FailureKind, Init, Unpacking, unpack};
use acpihp::container::decompress::Limits;

const DEEP: Depth = Depth::All(Limits { bytes: 1 << 30, ratio: 200 });

/// The lines of a list in the truth that have `what` in them.
fn lines<'a>(truth: &'a serde_json::Value, list: &str, what: &str) -> Vec<&'a str> {
    let all = truth[list].as_array().into_iter().flatten().filter_map(|line| line.as_str());
    all.filter(|line| line.contains(what)).collect()
}

/// Whether all that speaks against the initrd is that the recording has only the beginning of the archive at its end.
fn is_only_cut(unpacking: &Unpacking, len: u64) -> bool {
    let Some(failure) = unpacking.failure else { return true };
    let last = unpacking.packed.last();
    matches!(failure.kind, FailureKind::Damaged(_))
        && last.is_some_and(|part| part.at == failure.at && part.end.is_none_or(|end| end >= len))
}

#[test]
fn recorded_boots_failed_where_it_is_foretold_and_nowhere_else() {
    let (mut compared, mut failed) = (0, Vec::new());
    for boot in recorded::both() {
        let Some(initrd) = boot.read("next/initrd.img") else { continue };
        let recorded::Boot { name, case, truth, .. } = boot;
        let release = Release::parse(case["linux"].as_str().unwrap()).unwrap();
        let unpacking = unpack(initrd.as_slice(), &release.unpack, DEEP).unwrap();
        let ours = unpacking.failure.and_then(|failure| failure.kind.message());
        let start = "Initramfs unpacking failed: ";
        let truths: Vec<_> =
            lines(&truth, "override_events", start).iter().map(|line| &line[start.len()..]).collect();
        assert_eq!(ours.into_iter().collect::<Vec<_>>(), truths, "{name}: {unpacking:?}");
        if truths.is_empty() {
            assert!(is_only_cut(&unpacking, initrd.len() as u64), "{name}: {unpacking:?}");
        }
        // The main archive is cut short in the recordings, so what it has is not known; what comes before has no /init.
        if !lines(&truth, "warnings", "VFS: Unable to mount root fs").is_empty() {
            assert_eq!(unpacking.init, Init::Absent, "{name}");
            failed.push(name);
        }
        compared += 1;
    }
    eprintln!("{compared} boots, {} of them without /init: {failed:?}", failed.len());
    assert!(compared > 0 && !failed.is_empty());
}

/// Entries of newc archives.
mod cpio {
    /// One entry at a multiple of 4, with a sum if wanted; the name with whatever NULs it shall have.
    pub(crate) fn entry(mode: u32, nlink: u32, name: &[u8], data: &[u8], sum: Option<u32>) -> Vec<u8> {
        let magic = if sum.is_some() { "070702" } else { "070701" };
        let (size, len) = (data.len(), name.len());
        let zero = "00000000";
        let mut out = format!(
            "{magic}{:08x}{mode:08x}{zero}{zero}{nlink:08x}{zero}{size:08x}{}{len:08x}{:08x}",
            7,
            zero.repeat(4),
            sum.unwrap_or(0)
        )
        .into_bytes();
        for part in [name, data] {
            out.extend(part);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out
    }

    pub(crate) fn file(name: &str, data: &[u8]) -> Vec<u8> {
        entry(0o100_755, 1, format!("{name}\0").as_bytes(), data, None)
    }

    pub(crate) fn folder(name: &str) -> Vec<u8> {
        entry(0o040_755, 2, format!("{name}\0").as_bytes(), b"", None)
    }

    pub(crate) fn link(name: &str, target: &str) -> Vec<u8> {
        entry(0o120_777, 1, format!("{name}\0").as_bytes(), target.as_bytes(), None)
    }

    pub(crate) fn trailer() -> Vec<u8> {
        entry(0, 1, b"TRAILER!!!\0", b"", None)
    }

    pub(crate) fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
        [entries.concat(), trailer()].concat()
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, data).unwrap();
    encoder.finish().unwrap()
}

fn newest(bytes: &[u8]) -> Unpacking {
    unpack(bytes, &Release::newest().unpack, DEEP).unwrap()
}

fn fails(bytes: &[u8]) -> Option<(u64, Option<u64>, FailureKind)> {
    newest(bytes).failure.map(|failure| (failure.at, failure.inside, failure.kind))
}

#[test]
fn archives_and_compressed_parts_follow_one_another() {
    use cpio::{archive, file, folder};
    let (init, early) =
        (archive(&[file("init", b"#!")]), archive(&[folder("kernel"), file("kernel/x", b"y")]));
    let pad = |bytes: &[u8], to: usize| {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(to), 0);
        bytes
    };
    let good = [
        init.clone(),
        gzip(&init),
        [&early[..], &init].concat(),
        [&early[..], &gzip(&init)].concat(),
        [&pad(&early, 512)[..], &gzip(&init)].concat(),
        // Compressed parts may stand anywhere behind each other.
        [&gzip(&early)[..], &gzip(&init)].concat(),
        [&gzip(&early)[..], &[0; 3], &gzip(&init)].concat(),
        [&pad(&gzip(&early), 4)[..], &init].concat(),
        // A part that holds several archives, and one without a trailer.
        gzip(&[&early[..], &[0; 512], &init].concat()),
        gzip(&file("init", b"#!")),
        [&file("x", b"")[..], &file("init", b"#!"), &[0; 7]].concat(),
        [&[0; 512][..], &init].concat(),
    ];
    for (index, bytes) in good.iter().enumerate() {
        let unpacking = newest(bytes);
        let seen = (unpacking.failure, unpacking.cut_short, unpacking.init, unpacking.open_from);
        assert_eq!(seen, (None, None, Init::Present, None), "{index}");
    }
    assert_eq!(newest(&early).init, Init::Absent);
    assert_eq!(newest(b"").init, Init::Absent);
}

#[test]
fn each_way_to_fail() {
    use FailureKind::*;
    use acpihp::boot::unpack::Feature;
    use cpio::{archive, entry, file};
    let (init, len) = (archive(&[file("init", b"#!")]), archive(&[file("init", b"#!")]).len());
    let behind = |gap: usize, next: &[u8]| fails(&[&init[..], &vec![0; gap], next].concat());
    let at = |gap: usize, kind| Some(((len + gap) as u64, None, kind));
    let inside = |offset: u64, kind| Some((len as u64, Some(offset), kind));
    assert_eq!(behind(1, &init), at(1, BrokenPadding));
    assert_eq!(behind(2, &gzip(&init)), at(2, BrokenPadding));
    assert_eq!(behind(0, b"junk"), at(0, InvalidMagic));
    assert_eq!(behind(0, b"\x1f"), at(0, InvalidMagic));
    assert_eq!(behind(0, b"\x04\x22\x4d\x18"), at(0, InvalidMagic));
    assert_eq!(fails(&[&[0; 5], &init[..]].concat()), Some((5, None, InvalidMagic)));
    let packed = gzip(&init);
    let misplaced = packed.len() + 4 - packed.len() % 4 + 1;
    let bytes = [&packed[..], &vec![0; misplaced - packed.len()], &init].concat();
    assert_eq!(
        fails(&bytes),
        Some((misplaced as u64, None, InvalidMagic)),
        "zeros behind what is compressed"
    );
    assert_eq!(behind(0, &[b"070707", &[b'0'; 120][..]].concat()), at(0, OldFormat));
    assert_eq!(behind(0, &[b'0'; 120]), at(0, NoMagic));
    assert_eq!(behind(0, &entry(0o100_644, 1, b"name", b"", None)), at(0, NameWithoutNul));
    assert_eq!(behind(0, &entry(0o120_777, 1, b"name", b"x", None)), at(0, NameWithoutNul));
    for (sum, wrong) in [(195, false), (196, true), (0, true)] {
        let bytes = entry(0o100_644, 1, b"new\0", b"ab", Some(sum));
        assert_eq!(behind(0, &bytes), if wrong { at(0, BadSum) } else { None }, "{sum}");
    }
    // A file that cannot be opened is not written, and so not summed.
    assert_eq!(behind(0, &entry(0o100_644, 1, b"no/folder\0", b"ab", Some(7))), None);
    assert_eq!(behind(0, &entry(0o100_644, 1, b"new\0", b"", Some(7))), at(0, BadSum), "no data, but a sum");

    assert_eq!(behind(0, &gzip(b"#!/bin/sh")), inside(0, JunkWithin));
    assert_eq!(behind(0, &gzip(&[&init[..], b"junk"].concat())), inside(len as u64, JunkWithin));
    assert_eq!(
        behind(0, &gzip(&[&init[..], &[0; 2], &init].concat())),
        inside(len as u64 + 2, BrokenPadding)
    );
    assert_eq!(behind(0, &gzip(&init[..len - 1])), inside(len as u64 - 124, JunkAtEnd));
    assert_eq!(fails(&gzip(b"")), Some((0, Some(0), JunkAtEnd)), "nothing at all, at the very start");
    assert_eq!(behind(0, &gzip(b"")), None);
    assert_eq!(fails(&gzip(&[&[0; 4], &init[..]].concat())), Some((0, Some(0), NoMagic)));
    assert_eq!(behind(0, &gzip(&[&[0; 4], &init[..]].concat())), None);
    let gzip_damaged = Damaged(acpihp::container::initrd::Compression::Gzip);
    let cut = gzip(&init);
    assert!(matches!(behind(0, &cut[..cut.len() / 2]), Some((_, _, kind)) if kind == gzip_damaged));
    let mut commented = gzip(&init);
    commented[3] = 0x10;
    assert_eq!(behind(0, &commented), None, "the flag alone is not looked at");
    commented.splice(10..10, *b"made by hand\0");
    assert_eq!(behind(0, &commented), inside(0, NotForLinux(Feature::GzipHeader)));
    assert_eq!(behind(0, b"\x1f\x9e\x08abcdefgh"), inside(0, NotForLinux(Feature::GzipMethod)));
    assert_eq!(behind(0, b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"), inside(0, NotForLinux(Feature::XzCheck)));
    assert_eq!(behind(0, b"\x28\xb5\x2f\xfd\x04\x89abcdef"), inside(0, NotForLinux(Feature::ZstdWindow)));
    for kind in [BrokenPadding, NotForLinux(Feature::XzCheck), NotForLinux(Feature::GzipMethod)] {
        assert!(kind.message().is_some());
    }
}

#[test]
fn releases_differ_in_what_they_take() {
    use cpio::{archive, entry, file};
    let of = |release: &str, bytes: &[u8]| {
        let rules = Release::parse(release).unwrap().unpack;
        unpack(bytes, &rules, DEEP).unwrap()
    };
    let summed = entry(0o100_755, 1, b"init\0", b"ab", Some(195));
    for (release, failure) in [("5.10", Some(FailureKind::NoMagic)), ("6.1", None), ("7.3", None)] {
        assert_eq!(of(release, &summed).failure.map(|failure| failure.kind), failure, "{release}");
    }
    let mut lax = archive(&[file("init", b"ab")]);
    lax[54..62].copy_from_slice(b"0x000002");
    for (release, failure) in [("5.10", None), ("6.18", None), ("7.2", Some(FailureKind::DamagedHeader))] {
        let unpacking = of(release, &lax);
        assert_eq!(unpacking.failure.map(|failure| failure.kind), failure, "{release}");
        assert_eq!(unpacking.init == Init::Present, failure.is_none(), "{release}");
    }
}

#[test]
fn init_is_followed_through_links_and_what_is_not_read_is_unknown() {
    use cpio::{archive, file, folder, link};
    let systemd =
        [folder("usr"), folder("usr/lib"), link("init", "usr/lib/systemd"), file("usr/lib/systemd", b"x")];
    assert_eq!(newest(&gzip(&archive(&systemd))).init, Init::Present);
    assert_eq!(newest(&gzip(&archive(&systemd[..3]))).init, Init::Absent);
    let all = archive(&[file("filler", &vec![0x5a; 300_000]), file("init", b"x")]);
    let rules = Release::newest().unpack;
    for depth in [Depth::Headers, Depth::Start(100_000)] {
        let unpacking = unpack(gzip(&all).as_slice(), &rules, depth).unwrap();
        assert_eq!((unpacking.init, unpacking.open_from), (Init::Unknown, Some(0)), "{depth:?}");
    }
}
