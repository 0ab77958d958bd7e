//! `acpihp mkinitrd-override` end to end: what it writes is read back by the kernel's scanner and by other programs, stays
//! the same, and goes away again without a trace.

#![allow(clippy::indexing_slicing)]

use crate::{answer, skip};

use acpihp::boot::kernel::release::Release;
use acpihp::boot::unpack::{Depth, Unpacking, unpack};
use acpihp::bytes::sum8;
use acpihp::container::cpio::early::{ACPI_PREFIX, find_all};
use acpihp::container::initrd::front::front;
use acpihp::container::initrd::{Kind, segments};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd/mkinitrd-override.in");

/// The program in a folder of its own with the fixtures, and nothing in the environment that it looks at.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        for entry in
            fs::read_dir(FIXTURES).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file())
        {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        Bench(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, parts: &[&[u8]]) {
        fs::write(self.path(name), parts.concat()).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        command.arg("mkinitrd-override").args(args).current_dir(self.0.path());
        command.env_remove("SOURCE_DATE_EPOCH").stdin(Stdio::null());
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs it without the firmware's tables, for 6.1; it must end with status 0.
    fn make(&self, args: &[&str]) -> Output {
        let output = self.output(&[args, &["--against", "none", "--kernel", "6.1"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// What a program prints when it is given `input`; `None` when it fails.
fn piped(program: &str, args: &[&str], folder: &Path, input: &[u8]) -> Option<String> {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// An archive as other tools put it into an initrd.
fn newc(name: &str, data: &[u8]) -> Vec<u8> {
    newc_of(&[(name, data)])
}

fn newc_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in files {
        let mut writer = cpio::newc::Builder::new(name).mode(0o100_644).write(&mut out, data.len() as u32);
        writer.write_all(data).unwrap();
        writer.finish().unwrap();
    }
    cpio::newc::trailer(&mut out).unwrap();
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// A main archive as distributions have it.
fn gzip() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&newc("init", b"#!/bin/sh\n")).unwrap();
    encoder.finish().unwrap()
}

/// What the kernel's unpacker makes of an image.
fn unpacked(image: &[u8]) -> Unpacking {
    let limits = acpihp::container::decompress::Limits::default();
    unpack(image, &Release::newest().unpack, Depth::All(limits)).unwrap()
}

/// Both of the kernel's readers get through an image, and find so many tables.
fn is_well(image: &[u8], tables: usize) {
    let unpacking = unpacked(image);
    assert_eq!((unpacking.failure, unpacking.cut_short), (None, None));
    assert_eq!(find_all(image, ACPI_PREFIX).0.len(), tables);
}

const TABLES: [&str; 3] = ["slit.aml", "srat.aml", "ssdt.aml"];

#[test]
fn the_archive_is_what_the_kernel_looks_for() {
    let bench = Bench::new();
    bench.make(&[&TABLES[..], &["-o", "a.img"]].concat());
    let bytes = bench.read("a.img");
    let (found, _) = find_all(&bytes, ACPI_PREFIX);
    let names: Vec<_> = found.iter().map(|entry| entry.matched.unwrap().reported.to_vec()).collect();
    assert_eq!(names, TABLES.map(|name| name.as_bytes().to_vec()), "in the order given");
    for (entry, name) in found.iter().zip(TABLES) {
        assert_eq!(entry.data, bench.read(name));
    }
    assert_eq!(bytes.len() % 512, 0);
    let first = segments(bytes.as_slice()).advance().unwrap().unwrap();
    let Kind::Newc { entries, trailer } = first.kind else { panic!() };
    assert_eq!((entries, trailer), (6, true));
}

#[test]
fn the_same_tables_give_the_same_bytes() {
    let (one, other) = (Bench::new(), Bench::new());
    one.make(&["srat.aml", "slit.aml", "-o", "a.img"]);
    fs::create_dir(other.path("deep")).unwrap();
    fs::rename(other.path("srat.aml"), other.path("deep/srat.aml")).unwrap();
    let mut later = other.command(&["deep/srat.aml", "slit.aml", "--against", "none", "--kernel", "5.10"]);
    let piped = later.env("TZ", "Asia/Tokyo").env("SOURCE_DATE_EPOCH", "").output().unwrap();
    assert_eq!(piped.stdout, one.read("a.img"), "another folder, kernel, time and way out");
    let epoch = |value: &str| {
        let mut command = one.command(&["srat.aml", "slit.aml", "--against", "none", "-o", "b.img"]);
        command.env("SOURCE_DATE_EPOCH", value).output().unwrap().status.code()
    };
    assert_eq!(epoch("305419896"), Some(0));
    assert_eq!(&one.read("b.img")[46..54], b"12345678");
    for bad in ["-1", "now", "4294967296", "1.5", " 1"] {
        assert_eq!(epoch(bad), Some(2), "{bad}");
    }
}

#[test]
fn other_programs_list_the_archive() {
    let bench = Bench::new();
    bench.make(&["srat.aml", "slit.aml", "-o", "a.img"]);
    let bytes = bench.read("a.img");
    let expected = [
        "kernel",
        "kernel/firmware",
        "kernel/firmware/acpi",
        "kernel/firmware/acpi/srat.aml",
        "kernel/firmware/acpi/slit.aml",
    ];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&newc("init", b"x")).unwrap();
    bench.write("main.img", &[&gzip.finish().unwrap()]);
    bench.make(&["srat.aml", "slit.aml", "--initrd", "main.img", "-o", "both.img"]);
    let lists: [(&str, &[&str]); 4] = [
        ("cpio", &["-t", "--quiet"]),
        ("bsdtar", &["-tf", "-"]),
        ("busybox", &["cpio", "-t"]),
        ("lsinitramfs", &["both.img"]),
    ];
    for (program, args) in lists.into_iter().filter(|(program, _)| skip::program(program)) {
        let listed =
            piped(program, args, bench.0.path(), &bytes).unwrap_or_else(|| panic!("{program} failed"));
        let names: Vec<_> = listed.lines().filter(|line| line.starts_with("kernel")).collect();
        assert_eq!(names, expected, "{program}");
    }
}

/// But for the case of digits, the first inode number and the link counts of directories, which depend on the file system,
/// the bytes are those of GNU cpio.
#[test]
fn gnu_cpio_writes_the_same() {
    let bench = Bench::new();
    if !skip::program("cpio") {
        return;
    }
    bench.make(&["srat.aml", "slit.aml", "-o", "a.img"]);
    let folder = bench.path("kernel/firmware/acpi");
    fs::create_dir_all(&folder).unwrap();
    for name in ["srat.aml", "slit.aml"] {
        fs::copy(bench.path(name), folder.join(name)).unwrap();
    }
    let names = "kernel\nkernel/firmware\nkernel/firmware/acpi\nkernel/firmware/acpi/srat.aml\nkernel/firmware/acpi/slit.aml\n";
    for name in names.lines() {
        let file = fs::File::open(bench.path(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        let mode = if bench.path(name).is_dir() { 0o755 } else { 0o644 };
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    fs::write(bench.path("names"), names).unwrap();
    let script = "cpio -o -H newc --reproducible -R 0:0 --quiet <names >gnu.img";
    assert!(Command::new("sh").args(["-c", script]).current_dir(bench.0.path()).status().unwrap().success());
    let normal = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let mut at = 0;
        while bytes.get(at) == Some(&b'0') {
            let size = |field: usize| {
                let digits = std::str::from_utf8(&bytes[at + field..at + field + 8]).unwrap();
                usize::from_str_radix(digits, 16).unwrap()
            };
            let next = (at + 110 + size(94)).next_multiple_of(4) + size(54).next_multiple_of(4);
            bytes[at..at + 110].make_ascii_lowercase();
            // Inodes count from 1 here and from 0 there; the trailer has 0 in both.
            bytes[at + 6..at + 14].copy_from_slice(b"inode  .");
            bytes[at + 38..at + 46].copy_from_slice(b"links  .");
            at = next;
        }
        bytes
    };
    let (ours, theirs) = (normal(&bench.read("a.img")), normal(&bench.read("gnu.img")));
    assert!(ours == theirs, "differ at {:?}", (0..ours.len()).find(|at| ours.get(*at) != theirs.get(*at)));
}

#[test]
fn an_initrd_gets_it_once_and_gives_it_back() {
    let microcode = newc("kernel/x86/microcode/GenuineIntel.bin", &[0xcc; 3000]);
    let bare = &microcode[..(microcode.iter().rposition(|byte| *byte != 0).unwrap() + 2).next_multiple_of(4)];
    let theirs = newc("kernel/firmware/acpi/theirs.aml", b"x");
    let (plain, gzip) = (newc("init", b"#!/bin/sh\n"), gzip());
    let mixed = newc_of(&[("kernel/x86/microcode/x", &[1; 99]), ("kernel/firmware/acpi/theirs.aml", b"x")]);
    let bodies: [(&[&[u8]], usize); 12] = [
        (&[&gzip], 0),
        (&[&microcode, &gzip], microcode.len()),
        (&[bare, &gzip], bare.len()),
        (&[bare, &[0; 4096], &gzip], bare.len() + 4096),
        (&[&microcode, &microcode, &plain], 2 * microcode.len()),
        (&[&microcode], bare.len()),
        (&[&plain], 0),
        (&[&[0; 512], &gzip], 0),
        (&[&[0; 516], &plain], 0),
        (&[&theirs, &microcode, &gzip], 0),
        (&[&microcode, &theirs, &gzip], microcode.len()),
        (&[&mixed, &gzip], 0),
    ];
    for (index, (body, place)) in bodies.into_iter().enumerate() {
        let bench = Bench::new();
        bench.write("i.img", body);
        let original = bench.read("i.img");
        let others = find_all(&original, ACPI_PREFIX).0.len();
        bench.make(&["srat.aml", "slit.aml", "--initrd", "i.img", "-o", "one.img"]);
        let one = bench.read("one.img");
        let len = one.len() - original.len();
        let expected = [&original[..place], &one[place..place + len], &original[place..]].concat();
        assert!(one == expected && len.is_multiple_of(512), "{index}");
        assert_eq!(front(one.as_slice()).unwrap().built().unwrap().range.start, place as u64, "{index}");
        is_well(&one, 2 + others);
        bench.make(&["srat.aml", "slit.aml", "--initrd", "one.img", "-o", "one.img"]);
        assert_eq!(bench.read("one.img"), one, "a second run changes nothing");
        bench.make(&["ssdt.aml", "--initrd", "one.img", "-o", "one.img"]);
        is_well(&bench.read("one.img"), 1 + others);
        let removed = bench.output(&["--remove", "--initrd", "one.img", "-o", "back.img"]);
        assert!(removed.status.success());
        assert_eq!(bench.read("back.img"), original, "{index}");
        let piped = bench.output(&["--remove", "--initrd", "one.img"]);
        assert_eq!(piped.stdout, original);
    }
}

#[test]
fn microcode_stays_first_and_is_found_as_before() {
    let bench = Bench::new();
    let microcode = newc("kernel/x86/microcode/GenuineIntel.bin", &[0xcc; 3001]);
    bench.write("i.img", &[&microcode, &gzip()]);
    let told = bench.make(&["srat.aml", "--initrd", "i.img", "-o", "i.img"]);
    assert!(String::from_utf8(told.stdout).unwrap().contains("1 table after the microcode of i.img"));
    let bytes = bench.read("i.img");
    assert!(bytes.starts_with(&microcode) && bytes.ends_with(&gzip()));
    let (found, _) = find_all(&bytes, b"kernel/x86/microcode/");
    assert_eq!((found.len(), found[0].data), (1, &[0xcc; 3001][..]));
    let json = bench.make(&["srat.aml", "--initrd", "i.img", "-o", "i.img", "-J"]);
    let json = answer::of(&json);
    assert_eq!(json["initrd"]["front"], microcode.len());
    assert_eq!(json["initrd"]["microcode"][0], "kernel/x86/microcode/GenuineIntel.bin");
    let offset = json["tables"][0]["offset"].as_u64().unwrap() as usize;
    assert_eq!(bytes[offset..][..144], bench.read("srat.aml"));
}

#[test]
fn tables_that_the_initrd_brings_itself_are_told() {
    let bench = Bench::new();
    let microcode = newc("kernel/x86/microcode/GenuineIntel.bin", b"x");
    let theirs = newc("kernel/firmware/acpi/theirs.aml", &bench.read("slit.aml"));
    bench.write("i.img", &[&microcode, &theirs, &gzip()]);
    let output = bench.make(&["srat.aml", "--initrd", "i.img", "-o", "o.img"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.starts_with("warning[archive-other-tables] i.img: kernel/firmware/acpi/theirs.aml\n"),
        "{told}"
    );
    let image = bench.read("o.img");
    let found = find_all(&image, ACPI_PREFIX).0;
    assert_eq!(found[0].name(), b"kernel/firmware/acpi/srat.aml", "of two for one table, the new one counts");
    assert_eq!(found.len(), 2);
    // What is not the builder's is only taken away by who asks for it.
    for (left, from) in [(1, "o.img"), (0, "one.img")] {
        assert!(bench.output(&["--remove", "--initrd", from, "-o", "one.img"]).status.success());
        assert_eq!(find_all(&bench.read("one.img"), ACPI_PREFIX).0.len(), left);
    }
    assert_eq!(bench.read("one.img"), [&microcode[..], &gzip()].concat());
    assert_eq!(bench.output(&["--remove", "--initrd", "one.img", "-o", "x"]).status.code(), Some(4));
}

#[test]
fn an_image_that_a_reader_would_fail_on_is_not_written() {
    let bench = Bench::new();
    let (init, gzip) = (newc("init", b"x"), gzip());
    let cut = &gzip[..gzip.len() / 2];
    for (parts, words) in [
        (&[&init[..], &[0], &init][..], "archive-misaligned"),
        (&[&init, &[0; 2], &gzip], "archive-misaligned"),
        (&[&init, b"070707000000", &[b'0'; 110]], "archive-format"),
        (&[&init, &init[..112]], "archive-truncated"),
        (&[cut], "archive-unpacker"),
        (&[&init, b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"], "archive-unsupported"),
        (&[&gzip, b"junk"], "archive-unpacker"),
        (&[&init, &gzip[..gzip.len() - 4]], "archive-past-end"),
    ] {
        bench.write("broken", parts);
        let before = bench.files();
        let args = ["srat.aml", "--against", "none", "--initrd", "broken", "-o", "o.img"];
        let output = bench.output(&args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words}: {told}");
        assert!(told.contains(&format!("error[{words}] broken @")), "{words}: {told}");
        assert_eq!(bench.files(), before);
        assert!(bench.output(&[&args[..], &["--force"]].concat()).status.success());
        assert!(bench.output(&["--remove", "--initrd", "o.img", "-o", "back"]).status.success());
        assert_eq!(bench.read("back"), bench.read("broken"));
        for name in ["o.img", "back"] {
            fs::remove_file(bench.path(name)).unwrap();
        }
    }
}

#[test]
fn what_is_no_initrd_gets_nothing_put_in_front() {
    let bench = Bench::new();
    for (name, bytes) in
        [("pe", &b"MZ\x90\0 a UKI"[..]), ("text", b"hello\n"), ("odc", b"070707000000"), ("empty", b"")]
    {
        bench.write(name, &[bytes]);
        let before = bench.files();
        let output = bench.output(&["srat.aml", "--against", "none", "--initrd", name, "-o", "o.img"]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with(&format!("acpihp: {name}: ")) && told.lines().count() == 1, "{told}");
        assert_eq!(bench.files(), before);
    }
}

#[test]
fn refused_tables_leave_nothing_behind() {
    let bench = Bench::new();
    bench.write("out.img", &[b"what was there before"]);
    let before = bench.files();
    for args in [
        &["bad-sum.aml", "-o", "out.img"][..],
        &["srat.aml", "cut.aml", "-o", "out.img"],
        &["two.aml", "-o", "new.img"],
        &["srat.aml", "srat.aml", "-o", "new.img"],
        &["facs.aml"],
    ] {
        let output = bench.output(&[args, &["--against", "none", "--kernel", "6.1"]].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{args:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("nothing was written: 1 error"));
        assert_eq!(bench.files(), before);
        assert_eq!(bench.read("out.img"), b"what was there before");
    }
    bench.make(&["bad-sum.aml", "two.aml", "--force", "-o", "out.img"]);
    assert_eq!(find_all(&bench.read("out.img"), ACPI_PREFIX).0.len(), 2);
}

#[test]
fn the_archive_goes_to_standard_output_and_the_report_beside_it() {
    let bench = Bench::new();
    let output = bench.make(&["srat.aml"]);
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(report.starts_with("standard output: 1 table, 1024 bytes\n"), "{report}");
    bench.make(&["srat.aml", "-o", "a.img"]);
    assert_eq!(output.stdout, bench.read("a.img"));
    let json = bench.make(&["srat.aml", "-o", "-", "--format", "json"]);
    assert_eq!(json.stdout, output.stdout);
    let json = answer::parse(&json.stderr);
    assert_eq!(
        (json["schema"].as_str(), json["output"].as_str()),
        (Some("acpihp.mkinitrd-override/1"), Some("-"))
    );
    let mut child = bench
        .command(&["-", "--against", "none", "--kernel", "6.1", "-o", "b.img"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&bench.read("srat.aml")).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(
        bench.read("b.img"),
        output.stdout,
        "a table from standard input is named after its signature"
    );
}

#[test]
fn more_files_than_the_kernel_looks_at_are_refused() {
    let bench = Bench::new();
    let table = bench.read("ssdt.aml");
    let names: Vec<_> = (0..66).map(|number| format!("{number}.aml")).collect();
    for (number, name) in (0u8..).zip(&names) {
        let mut table = table.clone();
        table[16] = number;
        table[9] = table[9].wrapping_sub(sum8(&table));
        bench.write(name, &[&table]);
    }
    let mut args: Vec<_> = names.iter().map(String::as_str).collect();
    args.extend(["--against", "none", "--kernel", "6.1", "-o", "o.img"]);
    let output = bench.output(&args);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.matches("error[archive-over-limit]").count(), 2, "{told}");
    assert!(told.contains("64.aml") && told.contains("65.aml"));
    assert!(!bench.path("o.img").exists());
}

#[test]
fn an_output_file_is_replaced_in_one_step() {
    let bench = Bench::new();
    bench.write("i.img", &[&gzip()]);
    std::os::unix::fs::symlink("i.img", bench.path("link.img")).unwrap();
    let before = fs::metadata(bench.path("i.img")).unwrap().ino();
    bench.make(&["srat.aml", "--initrd", "link.img", "-o", "link.img"]);
    assert!(fs::symlink_metadata(bench.path("link.img")).unwrap().is_symlink());
    assert_ne!(fs::metadata(bench.path("i.img")).unwrap().ino(), before, "a new file took its name");
    assert!(bench.read("i.img").ends_with(&gzip()));
    let left: Vec<_> = bench.files().into_iter().filter(|name| name.starts_with('.')).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn a_machine_that_would_ignore_overrides_is_told() {
    let bench = Bench::new();
    let put = |path: &str, bytes: &[u8]| {
        let path = bench.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let firmware = fs::read(Path::new(FIXTURES).join("firmware/srat.dat")).unwrap();
    put("m/sys/firmware/acpi/tables/SRAT", &firmware);
    let told = |args: &[&str]| {
        let output = bench.output(&[&["srat.aml", "--against", "m", "-o", "o.img"], args].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        let codes =
            told.lines().filter_map(|line| line.split(['[', ']']).nth(1).filter(|_| !line.starts_with(' ')));
        let codes = codes.map(str::to_owned).collect::<Vec<_>>();
        // What a machine that was named would not use is refused.
        assert_eq!(output.status.success(), codes.is_empty(), "{told}");
        codes
    };
    assert_eq!(told(&[]), [""; 0]);
    put("m/proc/sys/kernel/osrelease", b"6.1.0-50-amd64\n");
    put("m/sys/kernel/security/lockdown", b"[none] integrity confidentiality\n");
    put("m/boot/config-6.1.0-50-amd64", b"# CONFIG_X is not set\nCONFIG_ACPI_TABLE_UPGRADE=y\n");
    assert_eq!(told(&[]), [""; 0]);
    put("m/sys/kernel/security/lockdown", b"none [integrity] confidentiality\n");
    assert_eq!(told(&[]), ["override-locked-down"]);
    assert_eq!(told(&["--kernel", "6.12"]), [""; 0], "lockdown comes too late there");
    put("m/sys/kernel/security/lockdown", b"");
    put("m/boot/config-6.1.0-50-amd64", b"CONFIG_ACPI=y\n# CONFIG_ACPI_TABLE_UPGRADE is not set\n");
    assert_eq!(told(&[]), ["override-not-configured"]);
    assert_eq!(told(&["--kernel", "6.12"]), [""; 0], "another kernel than the one configured so");
}

#[test]
fn tables_loaded_at_run_time_are_not_the_firmware_s() {
    let bench = Bench::new();
    let ssdt = bench.read("ssdt.aml");
    for (path, bytes) in [("SSDT1", &bench.read("srat.aml")), ("dynamic/SSDT2", &ssdt)] {
        let path = bench.path("m/sys/firmware/acpi/tables").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let output = bench.output(&["ssdt.aml", "--against", "m", "-o", "o.img", "-J"]);
    let report = answer::of(&output);
    assert_eq!(report["tables"][0]["outcome"], "install");
}
