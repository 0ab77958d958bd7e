//! Override archives and initrds: against recorded boots, against images that independent tools took apart, and against
//! bytes that nobody meant to be one.

#![allow(clippy::indexing_slicing)]

use crate::{recorded, skip};

use acpihp::boot::install::TableOutcome;
use acpihp::boot::kernel::release::Release;
use acpihp::boot::kernel::signatures::taken_by;
use acpihp::boot::stages::upgrade::{Lockdown, UpgradeRules, upgrade};
use acpihp::bytes::sum8;
use acpihp::check::across::Named;
use acpihp::check::against;
use acpihp::container::cpio::build::{File, build};
use acpihp::container::cpio::early::{ACPI_PREFIX, Scan, find_all};
use acpihp::container::initrd::front::front;
use acpihp::container::initrd::hidden::{hidden_tables, misplaced_header};
use acpihp::container::initrd::{Kind, Segment, entries, segments};
use acpihp::container::read_at::{Buffered, zeros_end};
use proptest::prelude::*;
use std::fs;
use std::ops::Range;
use std::path::Path;

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn release(text: &str) -> (u16, u16) {
    let mut parts = text.split(['.', '-']).map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

/// The lines of the kernel's log that come from looking through the archive.
fn is_ours(line: &str) -> bool {
    line.starts_with("File kernel/")
        || line.starts_with("ACPI: ")
            && (line.contains(" ACPI table found in initrd [")
                || line.contains("ACPI OVERRIDE: ")
                || line.contains("kernel is locked down, ignoring table override"))
}

#[test]
fn recorded_boots_said_the_same_of_their_archives() {
    let Some(boots) = recorded::shared() else { return };
    let (mut compared, mut lines) = (0, 0);
    for boot in boots {
        let Some(initrd) = boot.read("next/initrd.img") else { continue };
        let truth = &boot.truth;
        let release = release(truth["linux"].as_str().unwrap());
        let cmdline = boot.line();
        let lockdown = match (cmdline.contains("lockdown="), release >= (6, 12)) {
            (false, _) => Lockdown::Off,
            (true, false) => Lockdown::Refused,
            (true, true) => Lockdown::NotArmed,
        };
        let rules = UpgradeRules { limit: 64, signatures: taken_by(release), lockdown, prefixed: true };
        let log = upgrade(&initrd, &rules).log;
        let ours: Vec<_> = log.iter().map(|line| line.text.as_str()).collect();
        let events = truth["override_events"].as_array().unwrap();
        let theirs: Vec<_> =
            events.iter().filter_map(|line| line.as_str()).filter(|line| is_ours(line)).collect();
        assert_eq!(ours, theirs, "{}", boot.name);
        compared += 1;
        lines += ours.len();
    }
    eprintln!("{compared} boots, {lines} lines");
    assert!(compared > 0);
}

/// Signatures of the lines that begin with `start`, sorted.
fn signatures(events: &[serde_json::Value], start: &str) -> Vec<String> {
    let lines = events.iter().filter_map(|line| line.as_str()?.strip_prefix(start));
    let mut out: Vec<_> = lines.map(|rest| rest[..4].to_owned()).collect();
    out.sort();
    out
}

#[test]
fn recorded_boots_did_the_same_with_their_tables() {
    let Some(boots) = recorded::shared() else { return };
    let (mut compared, mut tables) = (0, 0);
    for boot in boots {
        let Some(initrd) = boot.read("next/initrd.img") else { continue };
        let truth = &boot.truth;
        let cmdline = boot.line();
        if cmdline.contains("acpi=off") {
            continue;
        }
        let release = Release::parse(truth["linux"].as_str().unwrap()).unwrap();
        let upgrade = upgrade(&initrd, &release.upgrade_rules(cmdline.contains("lockdown=")));
        let files: Vec<_> =
            upgrade.accepted().map(|file| Named { subject: b"", base: 0, bytes: file.entry.data }).collect();
        let firmware = boot.firmware();
        let firmware: Vec<_> = firmware
            .iter()
            .map(|table| Named { subject: table.name.raw(), base: 0, bytes: &table.bytes })
            .collect();
        let (effects, _) = against::check(&files, &firmware, &release);
        let ours = |wanted: fn(&TableOutcome) -> bool| {
            let chosen = files.iter().zip(&effects).filter(|(_, effect)| effect.as_ref().is_some_and(wanted));
            let mut out: Vec<_> =
                chosen.map(|(file, _)| String::from_utf8_lossy(&file.bytes[..4]).into_owned()).collect();
            out.sort();
            out
        };
        let events = truth["override_events"].as_array().unwrap();
        let overridden = signatures(events, "ACPI: Table Upgrade: override [");
        assert_eq!(ours(|effect| matches!(effect, TableOutcome::Override(_))), overridden, "{}", boot.name);
        let installed = signatures(events, "ACPI: Table Upgrade: install [");
        assert_eq!(ours(|effect| *effect == TableOutcome::Install), installed, "{}", boot.name);
        compared += 1;
        tables += files.len();
    }
    eprintln!("{compared} boots, {tables} tables");
    assert!(compared > 0);
}

fn parts_of(bytes: &[u8]) -> Vec<Segment> {
    let (mut walk, mut out) = (segments(bytes), Vec::new());
    while let Some(segment) = walk.advance().unwrap() {
        out.push(segment);
    }
    out
}

/// How many entries a segment has, all of which must lie in it.
fn number_of_entries(bytes: &[u8], segment: &Segment) -> u64 {
    let source = Buffered::new(bytes);
    let mut walk = entries(&source, segment);
    let mut number = 0;
    while let Some((place, _)) = walk.advance().unwrap() {
        assert!(segment.range.contains(&place.header_at) && place.next_at <= segment.range.end);
        number += 1;
    }
    number
}

#[test]
fn images_of_other_tools_are_taken_apart() {
    let Some(corpus) = skip::shared("corpus") else { return };
    let expected = json(&corpus.join("expected-initrd.json"));
    for (name, expected) in expected.as_object().unwrap() {
        let Ok(mut bytes) = fs::read(corpus.join("initrd").join(name)) else { continue };
        if let Some(section) = expected.get("initrd_section") {
            let at = section["off"].as_u64().unwrap() as usize;
            bytes = bytes[at..at + section["len"].as_u64().unwrap() as usize].to_vec();
        }
        let layout = parts_of(&bytes);
        let segments = expected["segments"].as_array().unwrap();
        let mut parts = layout.iter();
        for theirs in segments {
            let ours = parts.next().unwrap();
            let (start, len) = (theirs["off"].as_u64().unwrap(), theirs["len"].as_u64().unwrap());
            assert_eq!(ours.kind.to_string(), theirs["kind"].as_str().unwrap(), "{name}");
            assert_eq!(ours.range.start, start, "{name}");
            // There, what is compressed counts to the end.
            let filled = zeros_end(&bytes.as_slice(), ours.range.end).unwrap();
            assert!(ours.range.end == start + len || filled == start + len, "{name}: {ours:?}");
            if let Kind::Newc { entries, .. } = ours.kind {
                assert_eq!(entries, theirs["entries"].as_u64().unwrap(), "{name}");
                assert_eq!(number_of_entries(&bytes, ours), entries, "{name}");
            }
        }
        assert!(parts.all(|rest| rest.kind == Kind::Zeros), "{name}");
        let tables = find_all(&bytes, ACPI_PREFIX).0;
        let acpi = expected["acpi"].as_array().unwrap();
        assert_eq!(tables.len(), acpi.len(), "{name}");
        for (ours, theirs) in tables.iter().zip(acpi) {
            assert_eq!(ours.name(), theirs["path"].as_str().unwrap().as_bytes(), "{name}");
            assert_eq!(ours.data_at as u64, theirs["data_off"].as_u64().unwrap(), "{name}");
            assert_eq!(ours.data.len() as u64, theirs["size"].as_u64().unwrap(), "{name}");
            assert_eq!(sum8(ours.data) == 0, theirs["checksum_ok"].as_bool().unwrap(), "{name}");
        }
        let microcode = find_all(&bytes, b"kernel/x86/microcode/").0;
        assert_eq!(microcode.len(), expected["microcode"].as_array().unwrap().len(), "{name}");
    }
}

/// Everything that is done with an initrd: no panic, offsets grow and stay inside, parts cover all bytes.
fn survives(bytes: &[u8]) {
    survives_as(bytes, 0..4, &[0, 1, 64]);
}

/// The same where the initrd lies at these addresses, and the kernel looks at so many files.
fn survives_as(bytes: &[u8], addresses: Range<u64>, limits: &[usize]) {
    for address in addresses {
        let mut scan = Scan::at_address(bytes, ACPI_PREFIX, address);
        let mut at = 0;
        for entry in scan.by_ref() {
            assert!(
                at <= entry.header_at && entry.header_at < entry.name_at && entry.name_at <= entry.data_at
            );
            assert!(entry.data_at <= entry.next_at && entry.next_at <= bytes.len());
            at = entry.next_at;
        }
        let stop = scan.stop().unwrap();
        assert!(at as u64 <= stop.at && stop.at <= bytes.len() as u64);
        assert!(misplaced_header(&bytes, stop).unwrap().is_none_or(|header| header < bytes.len() as u64));
        assert!(!stop.reason.to_string().is_empty());
    }
    let covered = parts_of(bytes).iter().fold(0, |at, segment| {
        assert!(segment.range.start == at && !segment.range.is_empty());
        number_of_entries(bytes, segment);
        segment.range.end
    });
    assert_eq!(covered, bytes.len() as u64);
    let front = front(bytes).unwrap();
    assert!(front.place <= bytes.len() as u64 && front.place.is_multiple_of(4));
    for archive in &front.tables {
        assert!(archive.range.end <= bytes.len() as u64 && !archive.names.is_empty());
    }
    assert!(hidden_tables(&bytes, 0..u64::MAX).unwrap().iter().all(|hidden| hidden.at < bytes.len() as u64));
    for limit in limits.iter().copied() {
        let rules =
            UpgradeRules { limit, signatures: taken_by((6, 1)), lockdown: Lockdown::Refused, prefixed: true };
        let upgrade = upgrade(bytes, &rules);
        assert!(upgrade.log.len() <= 2 * limit + 1);
        assert_eq!(upgrade.accepted().count(), 0, "locked down");
    }
}

fn table(signature: &[u8; 4], len: usize) -> Vec<u8> {
    let mut table = vec![0x20; len];
    table[..4].copy_from_slice(signature);
    table[4..8].copy_from_slice(&(len as u32).to_le_bytes());
    table[9] = 0;
    table[9] = 0u8.wrapping_sub(sum8(&table));
    table
}

fn small_archive() -> Vec<u8> {
    let (srat, ssdt) = (table(b"SRAT", 61), table(b"SSDT", 40));
    let files =
        [File { name: "srat.aml", data: &srat }, File { name: "a-name-of-24-bytes.aml.x", data: &ssdt }];
    build(&files, 0).unwrap().bytes
}

#[test]
fn every_truncation_of_an_archive_gives_an_answer() {
    let bytes = small_archive();
    for len in 0..=bytes.len() {
        survives(&bytes[..len]);
    }
}

#[test]
fn every_change_of_a_byte_of_an_archive_gives_an_answer() {
    // Without the directories in front and the zeros behind, which are walked like everything else.
    let bytes = small_archive();
    let (files, _) = find_all(&bytes, ACPI_PREFIX);
    let end = parts_of(&bytes)[0].range.end as usize;
    let whole = &bytes[files[0].header_at..end];
    let change = |at: usize| {
        let mut bytes = whole.to_vec();
        for value in 0..=255 {
            bytes[at] = value;
            survives_as(&bytes, 0..1, &[64]);
        }
    };
    // More than a hundred thousand archives: the cores share them.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let places = (first..whole.len()).step_by(threads);
            scope.spawn(move || places.for_each(change));
        }
    });
}

/// Parts of which initrds are made, whole and broken.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![Just(0u32), 0u32..200, any::<u32>()];
    let magic =
        prop_oneof![8 => Just("070701"), 1 => Just("070702"), 1 => Just("070707"), 1 => Just("07070x")];
    let mode = prop_oneof![4 => Just(0o100_644u32), 1 => Just(0o040_755), 1 => any::<u32>()];
    let name = prop_oneof![
        4 => "kernel/firmware/acpi/[a-z.]{0,20}\0{0,3}".prop_map(String::into_bytes),
        1 => Just(b"TRAILER!!!\0".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    let data = prop_oneof![
        Just(table(b"SRAT", 48)),
        Just(table(b"OEM1", 37)),
        prop::collection::vec(any::<u8>(), 0..80),
    ];
    let lies = prop_oneof![6 => Just(None), 1 => number.clone().prop_map(Some)];
    let entry = (magic, mode, name, data, lies.clone(), lies).prop_map(
        |(magic, mode, name, data, name_lie, data_lie)| {
            let name_size = name_lie.unwrap_or(name.len() as u32);
            let size = data_lie.unwrap_or(data.len() as u32);
            let mut out =
                format!("{magic}{:08x}{mode:08x}{:032x}{size:08x}{:032x}{name_size:08X}{:08x}", 1, 0, 0, 0);
            let mut out = std::mem::take(&mut out).into_bytes();
            for bytes in [name, data] {
                out.extend(bytes);
                out.resize(out.len().next_multiple_of(4), 0);
            }
            out
        },
    );
    prop_oneof![
        8 => entry,
        2 => (0usize..600).prop_map(|len| vec![0; len]),
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => Just(small_archive()),
        1 => Just(b"\x1f\x8b\x08\0".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_initrd_gives_an_answer(parts in prop::collection::vec(part(), 0..12), cut in 0usize..40) {
        let bytes = parts.concat();
        survives(&bytes[..bytes.len() - cut.min(bytes.len())]);
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        survives(&bytes);
    }

    #[test]
    fn what_is_built_is_found(
        tables in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..500), 1..70),
        mtime in any::<u32>(),
    ) {
        let names: Vec<_> = (0..tables.len()).map(|number| format!("t{number}.aml")).collect();
        let files: Vec<_> = names.iter().zip(&tables).map(|(name, data)| File { name, data }).collect();
        let archive = build(&files, mtime).unwrap();
        let (found, _) = find_all(&archive.bytes, ACPI_PREFIX);
        prop_assert_eq!(found.len(), files.len());
        for ((found, placed), file) in found.iter().zip(&archive.files).zip(&files) {
            prop_assert_eq!(found.data, file.data);
            prop_assert_eq!((found.header_at, found.data_at), (placed.header_at, placed.data_at));
        }
        let image = [&archive.bytes[..], &tables[0]].concat();
        prop_assert_eq!(front(image.as_slice()).unwrap().built().unwrap().range.clone(), 0..archive.bytes.len() as u64);
    }
}

#[test]
fn an_archive_of_another_format_is_called_so_however_it_was_made() {
    if !["cpio", "tar"].iter().all(|name| crate::skip::program(name)) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shell = |script: &str| {
        let done = std::process::Command::new("sh").args(["-c", script]).current_dir(folder.path()).output();
        assert!(done.as_ref().unwrap().status.success(), "{script}: {done:?}");
    };
    shell("mkdir -p kernel/firmware/acpi && head -c 64 /dev/zero > kernel/firmware/acpi/a.aml");
    let made = [
        ("cpio -o", "find kernel | cpio -o"),
        ("bin", "find kernel | cpio -o -H bin"),
        ("odc", "find kernel | cpio -o -H odc"),
        ("hpbin", "find kernel | cpio -o -H hpbin"),
        ("tar by cpio", "find kernel | cpio -o -H tar"),
        ("ustar by cpio", "find kernel | cpio -o -H ustar"),
        ("tar", "tar c kernel"),
        ("tar of .", "tar c ./kernel"),
    ];
    let check = |command: &str| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_acpihp"))
            .args([command, "a.img"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap())
    };
    for (name, script) in made {
        shell(&format!("{script} > a.img"));
        let (status, shown) = check("check");
        assert_eq!(status, 1, "{name}: {shown}");
        assert_eq!(shown.matches("error[").count(), 1, "{name}: {shown}");
        assert!(shown.contains("error[archive-format] at 0x0"), "{name}: {shown}");
        assert!(check("inspect").1.contains("error[archive-format] at 0x0"), "{name}");
    }
    for format in ["newc", "crc"] {
        shell(&format!("find kernel | cpio -o -H {format} > a.img"));
        assert!(!check("check").1.contains("archive-format"), "{format}");
    }
}
