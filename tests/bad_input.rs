//! Bad input and bad output, for every command that takes any: one clear line or a finding, the right status, nothing
//! that a terminal would obey, and no file left behind.
#![allow(clippy::indexing_slicing)]

use crate::{answer, skip};

use crate::made;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A folder with everything that a user should not give.
struct Shelf(tempfile::TempDir);

/// A name with an escape sequence, a line end and a byte that is no UTF-8.
const NAME: &[u8] = b"\x1b[31mred\n\xff.aml";

impl Shelf {
    fn new() -> Shelf {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &[u8]| folder.path().join(OsStr::from_bytes(name));
        let srat = made::srat_memory(1, 1 << 32, 1 << 31, 3);
        let changed = |start: usize, bytes: &[u8]| {
            let mut table = srat.clone();
            table[start..start + bytes.len()].copy_from_slice(bytes);
            table[9] = table[9].wrapping_sub(acpihp::bytes::sum8(&table));
            table
        };
        let mut bad_sum = srat.clone();
        bad_sum[9] ^= 1;
        let files: [(&[u8], &[u8]); 14] = [
            (b"newer", &changed(24, &u32::MAX.to_le_bytes())),
            (b"source", &template()),
            (b"good", &srat),
            (b"empty", b""),
            (b"text", b"this is no dump\nat all\n"),
            (b"length-20", &changed(4, &20u32.to_le_bytes())),
            (b"length-beyond", &changed(4, &100_000u32.to_le_bytes())),
            (b"entry-of-zero", &changed(49, &[0])),
            (b"bad-sum", &bad_sum),
            (b"no-ascii", &changed(10, b"\xff\xfe\x80\xe9\x7f\x01")),
            (b"escapes", &changed(10, b"\x1b[31mX\x1b]0;pwn\x07")),
            (b"signature", &changed(0, b"\x1b[2J")),
            (b"initrd", &main_archive()),
            (NAME, &srat),
        ];
        for (name, bytes) in files {
            fs::write(at(name), bytes).unwrap();
        }
        fs::create_dir(at(b"folder")).unwrap();
        // 4 GiB without a byte on the disk.
        fs::File::create(at(b"sparse")).unwrap().set_len(4 << 30).unwrap();
        Shelf(folder)
    }

    fn names(&self) -> Vec<std::ffi::OsString> {
        let mut names: Vec<_> =
            fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&OsStr]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        command.current_dir(self.0.path()).args(args).env_remove("SOURCE_DATE_EPOCH").stdin(Stdio::null());
        command
    }

    /// Runs a command with `{}` for the input; asserts what holds for every run.
    fn run(&self, line: &str, input: &[u8]) -> Output {
        let args: Vec<&OsStr> = line
            .split(' ')
            .map(|word| if word == "{}" { OsStr::from_bytes(input) } else { OsStr::new(word) })
            .collect();
        let before = self.names();
        let output = self.command(&args).output().unwrap();
        let said = format!("{line} with {}: {output:?}", input.escape_ascii());
        let code = output.status.code().unwrap_or_else(|| panic!("died: {said}"));
        assert!(code <= 4, "{said}");
        for text in [&output.stdout, &output.stderr] {
            let obeyed = text.iter().find(|byte| byte.is_ascii_control() && **byte != b'\n');
            assert!(obeyed.is_none() && std::str::from_utf8(text).is_ok(), "{said}");
        }
        let left: Vec<_> = self.names().into_iter().filter(|name| !before.contains(name)).collect();
        match left.as_slice() {
            [] => {}
            [only] if only == "out" && code == 0 => fs::remove_file(self.0.path().join(only)).unwrap(),
            _ => panic!("{left:?} left: {said}"),
        }
        output
    }
}

/// The source of a table.
fn template() -> Vec<u8> {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).args(["template", "SLIT"]).output().unwrap().stdout
}

fn error(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A main archive without files, as gzip.
fn main_archive() -> Vec<u8> {
    let end = format!("070701{:088}{:08x}{:08x}TRAILER!!!\0\0\0\0", 0, 11, 0);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(end.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// What takes tables, dumps or initrds, with the place of the input.
const READERS: [&str; 9] = [
    "diff good {}",
    "build {} -o out",
    "dump --from {}",
    "dump --from {} SRAT",
    "check {}",
    "check good --against {}",
    "mkinitrd-override {} --against none -o out",
    "mkinitrd-override good --against {} -o out",
    "mkinitrd-override good --against none --initrd {} -o out",
];

/// What takes the tree of a machine.
const MACHINES: [&str; 5] = [
    "plan --numa --sysroot {}",
    "simulate --sysroot {}",
    "dump --sysroot {}",
    "capture --sysroot {} -o out",
    "doctor --sysroot {}",
];

/// What takes a table, and looks among the machine's where there is no such file.
const EDIT: &str = "edit {} --hotplug node=0 -o out";

/// What takes an initrd, of which any bytes can be one.
const INSPECT: &str = "inspect {}";

/// What takes other files, with the place of one.
const OTHERS: [&str; 6] = [
    "plan --numa --sample hotplug --dmesg {}",
    "doctor --sample hotplug --dmesg {}",
    "doctor --sample hotplug --before {}",
    "simulate --sample hotplug --from {}",
    "check good --policy {}",
    "check good --waivers {}",
];

/// What takes a table or an initrd and shows what a kernel does with it, whatever it is.
const KERNELS: [&str; 4] = [
    "plan --numa --sample hotplug --override {}",
    "simulate --sample hotplug --override {}",
    "plan --numa --sample hotplug --initrd {}",
    "simulate --sample hotplug --initrd {}",
];

/// How long standard output may be: `check` has an entry in its report for what could not be read, all others say nothing.
fn entry(line: &str, output: &Output) -> usize {
    let is_told = line.starts_with("check ") && String::from_utf8_lossy(&output.stdout).contains("not read");
    if is_told { output.stdout.len() } else { 0 }
}

#[test]
fn what_cannot_be_read_is_one_line_and_status_3() {
    let shelf = Shelf::new();
    let unreadable: [&[u8]; 8] =
        [b"missing", b"good/below", b"folder", b"empty", b"/dev/zero", b"/dev/null", b"sparse", b"text"];
    for input in unreadable {
        let name = String::from_utf8_lossy(input);
        let edit = Some(&EDIT).filter(|_| input != b"missing");
        let inspect = Some(&INSPECT).filter(|_| input != b"sparse");
        for line in READERS.iter().chain(&MACHINES).chain(edit).chain(inspect) {
            let output = shelf.run(line, input);
            let error = error(&output);
            assert_eq!(
                (output.status.code(), output.stdout.len()),
                (Some(3), entry(line, &output)),
                "{line} with {name}: {error}"
            );
            assert!(error.starts_with(&format!("acpihp: {name}")), "{line} with {name}: {error}");
            assert_eq!(error.lines().count(), 1, "{line} with {name}: {error}");
        }
    }
    for input in [&b"missing"[..], b"folder", b"/dev/zero", b"sparse"] {
        // Zeros are an initrd to a kernel, however many.
        let kernels = KERNELS.iter().filter(|line| input != b"sparse" || line.contains("--override"));
        for line in kernels.chain(&OTHERS) {
            let output = shelf.run(line, input);
            let name = String::from_utf8_lossy(input);
            let wanted = (Some(3), entry(line, &output));
            assert_eq!((output.status.code(), output.stdout.len()), wanted, "{line} with {name}");
            assert_eq!(error(&output).lines().count(), 1, "{line} with {name}: {}", error(&output));
        }
    }
    for line in KERNELS.iter().filter(|line| line.contains("--initrd")).chain(&OTHERS[..3]) {
        let output = shelf.run(line, b"empty");
        let wanted = (Some(3), entry(line, &output));
        assert_eq!((output.status.code(), output.stdout.len()), wanted, "{line} with an empty file");
        assert_eq!(error(&output).lines().count(), 1, "{line}: {}", error(&output));
    }
}

#[test]
fn a_damaged_table_is_shown_told_and_refused() {
    let shelf = Shelf::new();
    // The input, its finding, whether a kernel refuses it in an initrd, and what the plan then says of it.
    for (input, code, refused) in [
        ("length-20", "table-length-short", Some("not as long as its header says")),
        ("length-beyond", "table-truncated", Some("not as long as its header says")),
        ("entry-of-zero", "srat-entry-zero-length", None),
        ("bad-sum", "table-checksum", Some("instead of 0")),
    ] {
        let input = input.as_bytes();
        let dump = shelf.run("dump --from {} SRAT", input);
        assert!(dump.status.success() && dump.stdout.starts_with(b"SRAT: "), "{code}");
        let check = shelf.run("check {}", input);
        let found = String::from_utf8(check.stdout).unwrap();
        assert_eq!(check.status.code(), Some(1), "{code}");
        assert!(found.contains(&format!("error[{code}] at 0x")), "{code}: {found}");
        let make = shelf.run("mkinitrd-override {} --against none -o out", input);
        assert_eq!(make.status.code(), Some(i32::from(refused.is_some())), "{code}");
        let told = error(&make);
        match refused {
            Some(_) => assert!(told.starts_with(&format!("error[{code}] ")), "{code}: {told}"),
            None => assert!(told.contains("there is an error inside: acpihp check"), "{code}: {told}"),
        }
        for line in &KERNELS[..2] {
            let shown = String::from_utf8(shelf.run(line, input).stdout).unwrap().replace("\n    ", " ");
            if refused.is_some() {
                assert!(shown.contains(&format!("error[{code}]")), "{line}, {code}: {shown}");
            }
        }
    }
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let shelf = Shelf::new();
    for input in [&b"no-ascii"[..], b"escapes", b"signature", NAME] {
        for line in READERS.iter().chain(&MACHINES).chain(&KERNELS).chain(&OTHERS).chain([&EDIT, &INSPECT]) {
            shelf.run(line, input);
        }
    }
    // JSON keeps what is there, in escapes of its own.
    let json = shelf.run("dump --from {} --format json", b"escapes");
    let json = answer::of(&json);
    assert_eq!(json["tables"][0]["oem_id"], "\u{1b}[31mX");
    // The name in an archive is made of it, and nothing but it.
    let made = shelf.run("mkinitrd-override {} --against none -o out", NAME);
    assert!(String::from_utf8(made.stdout).unwrap().contains(" __31mred__.aml "));
}

#[test]
fn the_command_line_is_checked_before_anything_is_done() {
    let shelf = Shelf::new();
    for (line, wanted) in [
        ("plan --numa --sample hotplug --reserve 2G", "--reserve 2G: expected START-END"),
        ("plan --numa --sample hotplug --reserve 2G-1G", "--reserve 2G-1G: the end must be above the start"),
        (
            "plan --numa --sample hotplug --kernel-at 1Q-2Q",
            "--kernel-at 1Q-2Q: the start is not a number of bytes",
        ),
        ("plan --numa --sample hotplug --initrd-at 0-99999999999T", "the end is not a number of bytes"),
        ("plan --numa --sample hotplug --kernel six", "--kernel six: "),
        ("plan --numa --sample hotplug --kernel 2.6.32", "--kernel 2.6.32: "),
        ("simulate --sample hotplug --kernel \u{1b}[31m", "--kernel \\x1b[31m: "),
        ("check good --kernel 0", "--kernel 0: "),
        ("check good --allow no-such-code", "--allow: "),
        ("check good --fail-on sometimes", "invalid value 'sometimes'"),
        ("mkinitrd-override good --kernel 6 -o out", "--kernel 6: "),
        ("mkinitrd-override good -o good", "-o good: this is one of the tables"),
        ("mkinitrd-override - --against - -o out", "standard input (-) can be read once only"),
        ("mkinitrd-override -o out", "required arguments were not provided"),
        ("dump --format yaml", "invalid value 'yaml'"),
        ("dump --from good -o new --decode", "cannot be used with"),
        ("build text -o text", "-o text: this is the source"),
        ("edit good --hotplug node=9", "nodes with memory are 0"),
        ("edit good --hotplug node=0 -o - --override-to -", "takes the table or the archive, not both"),
        ("diff - -", "standard input (-) can be read once only"),
        ("inspect initrd --deep --limit 4Q", "--limit 4Q: "),
        ("capture --sample hotplug --with everything -o out", "invalid value 'everything'"),
        ("doctor --sample hotplug --fail-on sometimes", "unexpected argument '--fail-on'"),
        ("template", "required arguments were not provided"),
    ] {
        let output = shelf.run(line, b"");
        let told = error(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{line}: {told}");
        assert!(told.contains(wanted), "{line}: {told}");
    }
    for (line, wanted) in [
        ("dump --sample nothing", "there is no such sample"),
        ("dump --from good SLIT", "there is no table SLIT; there are SRAT"),
        ("explain no-such-code", "there is no"),
        ("template XYZW", "there is no"),
        ("edit SLIT --sample hotplug --hotplug node=0", "there is no table SLIT; there are"),
        ("mkinitrd-override --remove --initrd initrd -o out", "it begins with no override archive"),
    ] {
        let output = shelf.run(line, b"");
        let told = error(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(4), 0), "{line}: {told}");
        assert!(told.contains(wanted) && told.lines().count() == 1, "{line}: {told}");
    }
}

/// What writes to standard output.
const WRITERS: [&str; 24] = [
    "--help",
    "--version",
    "dump --sample hotplug --format dsl",
    "inspect initrd",
    "diff good good",
    "edit good --hotplug node=0",
    "edit good --hotplug node=0 -o -",
    "template SRAT",
    "capture --sample hotplug",
    "doctor --sample hotplug",
    "simulate --sample hotplug --compare",
    "man dump",
    "dump --sample hotplug",
    "dump --sample hotplug -d",
    "dump --sample hotplug --format json",
    "dump --sample hotplug --format acpidump",
    "dump --sample hotplug --format raw",
    "check good",
    "check good --format json",
    "simulate --sample hotplug",
    "plan --numa --sample hotplug",
    "explain override-not-newer",
    "completions bash",
    "mkinitrd-override good --against none",
];

/// Whether what it writes is a table, an archive or an initrd.
fn is_binary(line: &str) -> bool {
    let is_archive = line.starts_with("mkinitrd") || line.starts_with("capture");
    is_archive || line.ends_with(" -o -") || line.ends_with("--format raw")
}

#[test]
fn a_reader_that_leaves_is_no_error_but_for_binary_data() {
    let shelf = Shelf::new();
    for line in WRITERS {
        let args: Vec<&OsStr> = line.split(' ').map(OsStr::new).collect();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = shelf.command(&args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        // A part of a table or an initrd is of no use; of a text, who reads has seen enough.
        if is_binary(line) {
            assert_eq!(output.status.code(), Some(3), "{line}: {output:?}");
            assert!(
                error(&output).ends_with("cannot write to standard output: Broken pipe\n"),
                "{line}: {output:?}"
            );
            continue;
        }
        assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
        assert!(output.stderr.is_empty(), "{line}: {output:?}");
    }
}

#[test]
fn output_that_cannot_be_written_is_status_3() {
    let shelf = Shelf::new();
    for line in WRITERS {
        let args: Vec<&OsStr> = line.split(' ').map(OsStr::new).collect();
        let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
            return skip::skip("/dev/full", "no /dev/full");
        };
        let output = shelf.command(&args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let told = error(&output);
        assert_eq!(output.status.code(), Some(3), "{line}: {told}");
        let wanted = "acpihp: cannot write to standard output: No space left on device\n";
        assert_eq!(told, wanted, "{line}");
    }
    for (line, wanted) in [
        ("mkinitrd-override good --against none -o {}", "cannot write good/below: Not a directory"),
        (
            "mkinitrd-override good --against none -o /dev/full",
            "cannot write /dev/full: No space left on device",
        ),
        ("mkinitrd-override good --against none -o folder", "cannot write folder: "),
        (
            "mkinitrd-override good --against none -o no/such/folder",
            "cannot write no/such/folder: No such file",
        ),
        ("capture --sample hotplug -o {}", "cannot write good/below: Not a directory"),
        ("capture --sample hotplug -o /dev/full", "cannot write /dev/full: No space left on device"),
        ("edit good --hotplug node=0 -o {}", "cannot write good/below: Not a directory"),
        ("edit good --hotplug node=0 -o /dev/full", "cannot write /dev/full: No space left on device"),
        ("build source -o /dev/full", "cannot write /dev/full: No space left on device"),
        ("build source -o folder", "cannot write folder: "),
        ("man --all {}", "cannot write good/below: Not a directory"),
        ("dump --from good -o {}", "cannot write good/below: Not a directory"),
        ("dump --from good -o good", "cannot write good: "),
    ] {
        let output = shelf.run(line, b"good/below");
        let told = error(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{line}: {told}");
        assert!(told.contains(wanted) && told.lines().count() == 1, "{line}: {told}");
    }
}

/// A file system of one page, in a name space of its own, where the kernel lets anyone have one.
#[test]
fn a_full_file_system_is_left_as_it_was() {
    let shelf = Shelf::new();
    let script = |line: &str| {
        let program = env!("CARGO_BIN_EXE_acpihp");
        format!(
            "mount -t tmpfs -o size=4096 none folder && printf before > folder/out && \
             {program} {line} >/dev/null 2>told; echo status $?; cat told; ls -A folder; cat folder/out"
        )
    };
    let run = |script: &str| {
        let shell =
            Command::new("unshare").args(["-rm", "sh", "-c", script]).current_dir(shelf.0.path()).output();
        shell.ok().map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let possible = run("mount -t tmpfs none folder && echo fine");
    if possible.as_deref() != Some("fine\n") {
        return skip::skip("mounts", "no name space to mount a file system in");
    }
    for line in [
        "mkinitrd-override good --against none --kernel 6.1 -o folder/out",
        "mkinitrd-override good --against none --kernel 6.1 --initrd initrd -o folder/out",
    ] {
        let shown = run(&script(line)).unwrap();
        let wanted = "status 3\nacpihp: cannot write folder/out: No space left on device\nout\nbefore";
        assert_eq!(shown, wanted, "{line}");
    }
    let shown = run(&script("dump --sample hotplug -o folder/new").replace("; cat folder/out", "")).unwrap();
    assert!(shown.starts_with("status 3\nacpihp: cannot write folder/new"), "{shown}");
    assert!(Path::new(&shelf.0.path().join("told")).exists());
}

/// Bytes that come through a pipe are there once: a shell's `<(…)` for each input, and a capture by standard input.
#[test]
fn every_input_may_be_a_pipe() {
    let shelf = Shelf::new();
    let run = |script: &str| {
        let script = format!("acpihp() {{ '{}' \"$@\"; }}; {script}", env!("CARGO_BIN_EXE_acpihp"));
        let output = Command::new("bash").args(["-c", &script]).current_dir(shelf.0.path()).output().ok()?;
        Some((
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        ))
    };
    if !skip::program("bash") {
        return;
    }
    for (script, wanted) in [
        ("acpihp dump --from <(cat good)", "1 table, "),
        ("acpihp check newer --against <(cat good) || true", "it overrides the firmware's SRAT"),
        ("acpihp mkinitrd-override <(cat newer) --against <(cat good) -o new", "overrides SRAT"),
        ("cat good | acpihp mkinitrd-override newer --against - -o new", "overrides SRAT"),
        ("acpihp diff <(cat good) <(cat newer) || true", "Oem Revision"),
        ("acpihp inspect <(cat initrd)", "gzip"),
        ("acpihp edit <(cat good) --set 'Oem Revision=7'", "-> 0x7"),
        ("acpihp edit good --hotplug node=0 --override-to - 2>/dev/null | acpihp dump --from -", "1 table, "),
        ("acpihp template SLIT | acpihp build - | acpihp dump --from -", "1 table, "),
        ("acpihp capture --sample hotplug -o m.tar && cat m.tar | acpihp dump --from -", "8 tables, "),
        ("acpihp dump --from <(gzip < m.tar)", "8 tables, "),
        // The release of the machine counts as well, and is only in the archive.
        (
            "acpihp edit SRAT --sample hotplug --hotplug node=0 -o newest && \
             acpihp mkinitrd-override newest --against <(cat m.tar) -o new",
            "for Linux 6.1.0-56-cloud-amd64, ",
        ),
        ("cat m.tar | acpihp diff m.tar -", "all the same"),
        ("acpihp plan --numa --sysroot <(cat m.tar)", "6.1.0-56-cloud-amd64"),
    ] {
        let (status, stdout, stderr) = run(script).unwrap();
        assert_eq!(status, Some(0), "{script}: {stderr}");
        assert!(stdout.contains(wanted), "{script}: {stdout}{stderr}");
    }
}

/// An archive with a table, something that is packed, and as much as is wanted behind it, without a byte on the disk.
fn large_initrd(shelf: &Shelf, name: &str, len: u64) {
    let table = made::srat_memory(1, 1 << 32, 1 << 31, 3);
    let file = acpihp::container::cpio::build::File { name: "srat.aml", data: &table };
    let archive = acpihp::container::cpio::build::build(&[file], 0).unwrap().bytes;
    let path = shelf.0.path().join(name);
    fs::write(&path, [archive, main_archive()].concat()).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(len).unwrap();
}

/// What looks into an initrd.
const LOOKERS: [&str; 7] = [
    "inspect {}",
    "inspect --deep {}",
    "check {}",
    "dump --from {}",
    "plan --numa --sample hotplug --initrd {}",
    "simulate --sample hotplug --initrd {}",
    "doctor --sample hotplug --initrd {}",
];

#[test]
fn a_file_that_shrinks_while_it_is_read_ends_nobody() {
    let shelf = Shelf::new();
    large_initrd(&shelf, "large", 96 << 20);
    let path = shelf.0.path().join("large");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let file = fs::File::options().write(true).open(&path).unwrap();
            for len in [100u64, 96 << 20, 600, 5 << 20, 0, 96 << 20].into_iter().cycle() {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                file.set_len(len).unwrap();
                std::thread::yield_now();
            }
        });
        for line in LOOKERS.iter().chain(&READERS).cycle().take(70) {
            // `run` asserts that it ends by itself, and with a status of ours.
            let output = shelf.run(line, b"large");
            assert!(
                output.status.code() != Some(3) || error(&output).lines().count() == 1,
                "{line}: {output:?}"
            );
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn an_initrd_of_any_size_takes_little_memory() {
    let shelf = Shelf::new();
    large_initrd(&shelf, "large", 5 << 30);
    for line in LOOKERS {
        // Address space for the program itself and not for the file.
        let words = line.replace("{}", "large");
        let script = format!("ulimit -v 1000000 && exec {} {words}", env!("CARGO_BIN_EXE_acpihp"));
        let output = Command::new("sh").args(["-c", &script]).current_dir(shelf.0.path()).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{line}: {output:?}");
        assert!(output.stdout.to_ascii_lowercase().windows(4).any(|word| word == b"srat"), "{line}");
    }
}
