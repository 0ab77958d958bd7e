//! Limits that hold for whatever is put together: memory stays bounded, the work goes with the size of what was given, and
//! what is refused names the limit.
//!
//! Every child runs with its data segment limited by the kernel, so that one that takes more dies of it, and is killed when
//! it does not end: both fail the test.

use crate::tablemaker;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// What a run may take of anonymous memory, in KiB.
const MOST_KIB: u64 = 256 << 10;
/// Nothing here takes a tenth of this: whoever is not done by then hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a run said.
#[derive(Debug)]
struct Run {
    status: ExitStatus,
    out: String,
    error: String,
}

/// Runs acpihp inside the limits. `-` among the arguments reads `input`, which may be endless.
fn bounded_with(args: &[&str], input: Box<dyn Read + Send>) -> Run {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("ulimit -d {MOST_KIB} && exec \"$0\" \"$@\"")]);
    command.arg(env!("CARGO_BIN_EXE_acpihp")).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut out, mut error) =
        (child.stdin.take().unwrap(), child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut input = input;
    // A child that has read enough closes the pipe, and the copying ends with it.
    std::thread::spawn(move || std::io::copy(&mut input, &mut stdin));
    let (done, ended) = mpsc::channel();
    let id = child.id();
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(PATIENCE).is_err() {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        }
    });
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        error.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut text = Vec::new();
    out.read_to_end(&mut text).unwrap();
    let status = child.wait().unwrap();
    let _ = done.send(());
    watch.join().unwrap();
    let error = errors.join().unwrap();
    assert!(status.code().is_some(), "{args:?} died ({status}): {error}");
    assert!(!error.contains("panicked") && !error.contains("memory allocation"), "{args:?}: {error}");
    Run { status, out: String::from_utf8_lossy(&text).into_owned(), error }
}

fn bounded(args: &[&str]) -> Run {
    bounded_with(args, Box::new(std::io::empty()))
}

/// A run that is refused with a message that has these words.
fn refused(args: &[&str], words: &[&str]) {
    let run = bounded(args);
    assert!(!run.status.success(), "{args:?} was taken: {}", run.out);
    for word in words {
        assert!(run.error.contains(word), "{args:?} says nothing of {word:?}: {}", run.error);
    }
}

/// A copy of /proc and /sys with these files besides a command line and a release, packed into a tar archive.
fn sysroot(folder: &Path, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    use acpihp::container::tar::{TarContent, write};
    let base: [(&str, &[u8]); 2] =
        [("proc/cmdline", b"movable_node nokaslr\n"), ("proc/sys/kernel/osrelease", b"6.12.0\n")];
    let known = |name: &str| files.iter().any(|(other, _)| *other == name);
    let all = base.iter().filter(|(name, _)| !known(name)).chain(files);
    let bytes = write(all.map(|(name, bytes)| (*name, TarContent::File(bytes))), 0).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

const PARAMS: &str = "sys/kernel/boot_params/data";

/// boot_params with these entries, and where the kernel wants to be.
fn boot_params(extra: &[(u64, u64)], preferred: u64, setup_data: u64) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    let mut put = |at: usize, data: &[u8]| bytes[at..at + data.len()].copy_from_slice(data);
    let low = [(0, 0x9_fc00), (0x10_0000, 0x7ff0_0000)];
    let entries: Vec<(u64, u64)> = low.iter().chain(extra).copied().collect();
    put(0x1e8, &[u8::try_from(entries.len()).unwrap()]);
    put(0x202, b"HdrS");
    put(0x250, &setup_data.to_le_bytes());
    put(0x258, &preferred.to_le_bytes());
    put(0x260, &0x300_0000u32.to_le_bytes());
    for (index, (start, len)) in entries.iter().enumerate() {
        put(0x2d0 + 20 * index, &start.to_le_bytes());
        put(0x2d8 + 20 * index, &len.to_le_bytes());
        put(0x2e0 + 20 * index, &[1]);
    }
    bytes
}

#[test]
fn addresses_from_boot_params_are_cut_to_the_address_space() {
    let folder = tempfile::tempdir().unwrap();
    type Case = (&'static str, &'static [(u64, u64)], u64, u64);
    let cases: [Case; 6] = [
        ("e820-59", &[(1 << 32, 1 << 59)], 0x100_0000, 0),
        ("e820-52", &[(1 << 32, (1 << 52) - (1 << 32) + 1)], 0x100_0000, 0),
        ("far", &[(1 << 60, 1 << 40)], 0x100_0000, 0),
        ("preferred", &[], 0x337_8000_0000_0000, 0),
        ("preferred-end", &[], u64::MAX - 0xfff, 0),
        ("setup-data", &[], 0x100_0000, 1 << 58),
    ];
    for (name, entries, preferred, setup_data) in cases {
        let root = sysroot(folder.path(), name, &[(PARAMS, &boot_params(entries, preferred, setup_data))]);
        for more in [&["--blocks"][..], &["--hot-add", "16T-17T"], &["--early"], &["-J"]] {
            let run = bounded(&[&["plan", "--sysroot", root.to_str().unwrap()], more].concat());
            assert!(run.status.success(), "{name} {more:?}: {}", run.error);
        }
        let run = bounded(&["plan", "--sysroot", root.to_str().unwrap()]);
        assert!(run.out.contains("input-outside-address-space"), "{name}: {}", run.out);
        assert!(run.out.contains("4 PiB (52 bits"), "{name}: {}", run.out);
    }
}

#[test]
fn the_processor_says_where_addresses_end() {
    let folder = tempfile::tempdir().unwrap();
    let params = boot_params(&[(1 << 32, 1 << 41)], 0x100_0000, 0);
    let cpuinfo = b"processor\t: 0\naddress sizes\t: 40 bits physical, 48 bits virtual\n";
    let root = sysroot(folder.path(), "40.tar", &[(PARAMS, &params), ("proc/cpuinfo", cpuinfo)]);
    let root = root.to_str().unwrap();
    let run = bounded(&["plan", "--sysroot", root]);
    assert!(run.out.contains("1 TiB (40 bits, as"), "{}", run.out);
    refused(
        &["plan", "--sysroot", root, "--reserve", "1T-2T"],
        &["--reserve 1T-2T: the end is above", "1 TiB (40 bits"],
    );
}

#[test]
fn setup_data_with_a_map_of_any_size_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let params = boot_params(&[], 0x100_0000, 0x1000);
    let entry = |start: u64, len: u64| [&start.to_le_bytes()[..], &len.to_le_bytes(), &[1, 0, 0, 0]].concat();
    let huge = entry(1 << 32, 1 << 59);
    let many: Vec<u8> = (0..100_000u64).flat_map(|at| entry((1 << 32) + (at << 14), 4096)).collect();
    for (name, data) in [("huge", huge), ("many", many)] {
        let files: [(&str, &[u8]); 3] = [
            (PARAMS, &params),
            ("sys/kernel/boot_params/setup_data/0/type", b"0x1\n"),
            ("sys/kernel/boot_params/setup_data/0/data", &data),
        ];
        let root = sysroot(folder.path(), name, &files);
        for more in [&["--hot-add", "16T-17T"][..], &["--blocks"]] {
            let run = bounded(&[&["plan", "--sysroot", root.to_str().unwrap()], more].concat());
            assert!(run.status.success(), "{name}: {}", run.error);
        }
    }
}

fn zipped(bytes: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    bytes.into_iter().for_each(|piece| out.write_all(&piece).unwrap());
    out.finish().unwrap()
}

/// A header of a tar archive.
fn tar_header(name: &str, len: u64) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(124, &format!("{len:011o}"));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[test]
fn packed_trees_are_refused_past_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let start = || std::iter::once(tar_header("proc/cmdline", 0));
    let large =
        start().chain([tar_header("proc/iomem", 160 << 20)]).chain((0..160).map(|_| vec![0; 1 << 20]));
    let many = start().chain((0..250_000).map(|number| tar_header(&format!("proc/{number}"), 0)));
    let path = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for path in [path("large.tar.gz", zipped(large)), path("many.tar.gz", zipped(many))] {
        for command in ["plan", "dump", "doctor"] {
            refused(&[command, "--sysroot", &path], &[".tar.gz: ", "MiB"]);
        }
    }
    // The same entries where they are not packed: the list of them has room.
    let plain: Vec<u8> = start()
        .chain((0..300_000).map(|number| tar_header(&format!("proc/{number}"), 0)))
        .flatten()
        .collect();
    refused(&["plan", "--sysroot", &path("plain.tar", plain)], &["plain.tar/: no memory map"]);
}

#[test]
fn inputs_that_fit_one_by_one_share_one_limit() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = vec![0; 56 << 20];
    table[..4].copy_from_slice(b"OEM1");
    table[4..8].copy_from_slice(&(56u32 << 20).to_le_bytes());
    let path = folder.path().join("oem1.aml");
    std::fs::write(&path, table).unwrap();
    let path = path.to_str().unwrap();
    let alone = bounded(&["check", "--fail-on", "never", path]);
    assert!(alone.status.success(), "{}", alone.error);
    let all = bounded(&["check", "--fail-on", "never", path, path, path, path]);
    assert_eq!(all.status.code(), Some(3), "{}", all.out);
    let said = [all.out, all.error].concat();
    assert!(said.contains("would take more than 208 MiB of memory, the limit of a run"), "{said}");
}

#[test]
fn what_never_ends_is_refused_past_the_limit() {
    let endless = || Box::new(std::fs::File::open("/dev/urandom").unwrap());
    let runs: [(&[&str], &str); 4] = [
        (&["inspect", "-"], "more than 112 MiB"),
        (&["check", "-"], "more than 112 MiB"),
        (&["dump", "--from", "-"], "more than 112 MiB"),
        (&["build", "-", "-o", "/dev/null"], "more than 32 MiB"),
    ];
    for (args, words) in runs {
        let run = bounded_with(args, endless());
        assert!(!run.status.success() && run.error.contains(words), "{args:?}: {}", run.error);
    }
}

#[test]
fn tables_and_fields_without_number_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut rsdp = b"RSD PTR ".to_vec();
    rsdp.resize(20, 0);
    rsdp[8] = 0u8.wrapping_sub(acpihp::bytes::sum8(&rsdp));
    rsdp.resize(32, 0);
    let rsdps = path("rsdps.bin", &rsdp.repeat(20_000));
    refused(&["dump", "--from", &rsdps], &["20000 tables, expected 16384 at most"]);
    refused(&["check", &rsdps], &["20000 tables, expected 16384 at most"]);
    let fields = path("fields.dsl", &b"A : 1\n".repeat(2_500_000));
    refused(&["build", &fields, "-o", "/dev/null"], &["fields would take more than 208 MiB"]);
    let line =
        b"[000h 0000   4]                    Signature : \"SRAT\"    [System Resource Affinity Table]\n";
    refused(&["build", &path("long.dsl", &line.repeat(100_000)), "-o", "/dev/null"], &["line 2, column"]);
    let json = path("deep.json", &b"{\"tables\":[".repeat(1_000_000));
    refused(&["build", &json, "-o", "/dev/null"], &["deep.json"]);
}

#[test]
fn many_tables_of_one_kind_cost_no_more_than_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in [b"SSDT", b"SRAT"] {
        let table = |number: u32| {
            let number = number.to_le_bytes();
            tablemaker::fix([&name[..], &[40, 0, 0, 0, 1, 0], &[b'A'; 26], &number].concat())
        };
        let path = folder.path().join("tables");
        std::fs::write(&path, (0..8_000).flat_map(table).collect::<Vec<u8>>()).unwrap();
        let path = path.to_str().unwrap();
        assert!(bounded(&["check", path]).error.is_empty());
        assert!(bounded(&["plan", "--sample", "hotplug", "--from", path]).status.success());
    }
}

#[test]
fn many_lines_of_a_log_cost_no_more_than_their_bytes() {
    const LINES: u64 = 200_000;
    let folder = tempfile::tempdir().unwrap();
    let start = "Linux version 6.12.1 (a@b) #1 SMP\nCommand line: movable_node\n\
                 BIOS-e820: [mem 0x0000000000000000-0x000000ffffffffff] usable\n";
    let at = |number: u64| (1 << 20) + number * (4 << 20);
    let srat = (0..LINES).rev().map(|number| {
        let start = at(number);
        format!("SRAT: Node {0} PXM {0} [mem {start:#018x}-{1:#018x}]\n", number % 4, start + 0x1f_ffff)
    });
    let srat: String = srat.collect();
    let zones = "Zone ranges:\nMovable zone start for each node\nEarly memory node ranges\n";
    let apart = |number| {
        format!("  node   {}: [mem {:#018x}-{:#018x}]\n", number % 4, at(number), at(number + 1) - 1)
    };
    let over =
        |number| format!("  node   {}: [mem {:#018x}-{:#018x}]\n", number % 4, at(0), at(number + 1) - 1);
    let span =
        |number| format!("Initmem setup node {} [mem {:#018x}-{:#018x}]\n", 5 + number % 900, at(0), at(9));
    let spans: String = (0..LINES).map(span).collect();
    let ranges: [String; 2] = [(0..LINES).map(apart).collect(), (0..LINES).map(over).collect()];
    for (name, ranges) in ["apart", "over"].into_iter().zip(ranges) {
        let path = folder.path().join(name);
        std::fs::write(&path, [start, &srat, zones, &ranges, &spans].concat()).unwrap();
        let run = bounded(&["plan", "--dmesg", path.to_str().unwrap()]);
        assert!(run.error.is_empty(), "{name}: {}", run.error);
        assert!(run.out.contains("SRAT of 200000 lines"), "{name}: {}", run.out);
    }
}

#[test]
fn many_small_parts_of_an_initrd_cost_no_more_than_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let trailer = acpihp::container::cpio::build::build(&[], 0).unwrap().bytes;
    let trailer = &trailer[trailer.windows(6).rposition(|bytes| bytes == b"070701").unwrap()..];
    let tiny = [trailer, &[0; 4]].concat();
    let member = zipped([vec![0]]); // not text, which would be taken for a packed log or dump
    let mut lz4 = vec![0x02, 0x21, 0x4c, 0x18, 49, 0, 0, 0, 0xf0, 32];
    lz4.resize(57, 0);
    for (name, part, times) in [("tiny", &tiny, 30_000), ("gzip", &member, 100_000), ("lz4", &lz4, 100_000)] {
        let path = folder.path().join(name);
        std::fs::write(&path, part.repeat(times)).unwrap();
        for more in [&[][..], &["--deep"]] {
            let run = bounded(&[&["inspect", path.to_str().unwrap()], more].concat());
            assert!(run.error.is_empty(), "{name}: {}", run.error);
        }
    }
}

#[test]
fn arguments_are_checked_where_they_enter() {
    let outside =
        ["1-18446744073709551615", "5G-0xffffffffffffffff", "4P-5P", "0xfffffffffffff-0x10000000000001"];
    for option in ["--kernel-at", "--initrd-at", "--reserve", "--mirrored", "--hot-add"] {
        for range in outside {
            let words = [option, "the end is above the physical address space of 4 PiB (52 bits"];
            refused(&["plan", "--sample", "hotplug", option, range], &words);
        }
        for range in ["2-1", "1-1", "0-16E", "x-1", "1", "18446744073709551616-18446744073709551617"] {
            refused(&["plan", "--sample", "hotplug", option, range], &[&format!("{option} {range}")]);
        }
    }
    refused(
        &["plan", "--sample", "hotplug", "--kernel-at", "1G-3G"],
        &["--kernel-at 1G-3G: 2 GiB long", "1 GiB at most"],
    );
    refused(
        &["plan", "--sample", "hotplug", "--initrd-at", "1T-2T"],
        &["--initrd-at 1T-2T: 1 TiB long", "64 GiB at most"],
    );
    let both =
        ["plan", "--sample", "hotplug", "--hot-add", "1T-2T@1", "--kernel-at", "5G-0xffffffffffffffff"];
    refused(&both, &["--kernel-at 5G-0xffffffffffffffff: the end is above"]);
}

#[test]
fn a_command_line_is_cut_where_linux_has_no_more_room() {
    let line = |len: usize| format!("x={} movable_node", "a".repeat(len - "x= movable_node".len()));
    let plan = |len: usize| bounded(&["plan", "--sample", "hotplug", "--cmdline", &line(len), "-J"]).out;
    for len in [2046, 2047] {
        assert!(!plan(len).contains("boot-line-too-long"), "{len}");
    }
    for len in [2048, 4000, 100_000] {
        let out = plan(len);
        assert!(out.contains("boot-line-too-long") && out.contains(&format!("{len} bytes")), "{len}: {out}");
        let read: serde_json::Value = serde_json::from_str(&out).unwrap();
        let line = read["command_line"].as_str().unwrap();
        assert!(!line.contains("movable_node"), "{len}: what is cut off counts: {out}");
    }
}
