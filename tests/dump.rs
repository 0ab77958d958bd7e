//! `acpihp dump` as its users run it: what it prints, writes and returns.
#![allow(clippy::indexing_slicing)]

use crate::{answer, made, program, skip};

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn acpihp() -> Command {
    Command::new(env!("CARGO_BIN_EXE_acpihp"))
}

fn run(args: &[&str], stdin: &[u8]) -> Output {
    program::fed(acpihp().arg("dump").args(args), stdin)
}

/// Standard output of a run that must succeed without a word on standard error.
fn good(args: &[&str], stdin: &[u8]) -> Vec<u8> {
    let output = run(args, stdin);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), error.as_ref()), (Some(0), ""), "{args:?}");
    output.stdout
}

fn good_text(args: &[&str], stdin: &[u8]) -> String {
    String::from_utf8(good(args, stdin)).unwrap()
}

/// Status and standard error of a run that must fail: one line, and nothing on standard output.
fn bad(args: &[&str], stdin: &[u8]) -> (i32, String) {
    let output = run(args, stdin);
    assert!(output.stdout.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.lines().count(), 1, "{args:?}: {error}");
    (output.status.code().unwrap(), error)
}

/// A folder of tables with the names that sysfs gives them.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ssdt = |revision| made::table(b"SSDT", revision, &made::pattern(9));
    for (name, table) in [
        ("SRAT", made::srat_memory(1, 1 << 32, 1 << 31, 3)),
        ("SLIT", made::slit()),
        ("APIC", made::madt()),
        ("FACP", made::fadt(6, 276)),
        ("FACS", made::facs()),
        ("SSDT1", ssdt(1)),
        ("SSDT2", ssdt(2)),
        ("ASF!", made::table(b"ASF!", 32, &[1, 2, 3])),
    ] {
        std::fs::write(folder.path().join(name), table).unwrap();
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn without_a_name_each_table_is_one_line() {
    let folder = folder();
    let expected = "\
TABLE  LENGTH  REV  SUM  OEM ID  TABLE ID   OEM REV  CREATOR
APIC      346    5  ok   ACPIHP  TESTING   44332211  AHP  04030201
ASF!       39   32  ok   ACPIHP  TESTING   44332211  AHP  04030201
FACP      276    6  ok   ACPIHP  TESTING   44332211  AHP  04030201
FACS       64    -  -    -       -                -  -
SLIT       53    1  ok   ACPIHP  TESTING   44332211  AHP  04030201
SRAT       88    3  ok   ACPIHP  TESTING   44332211  AHP  04030201
SSDT1      45    1  ok   ACPIHP  TESTING   44332211  AHP  04030201
SSDT2      45    2  ok   ACPIHP  TESTING   44332211  AHP  04030201
8 tables, 956 bytes
";
    let list = good_text(&["--from", text(folder.path())], b"");
    assert_eq!(list, expected);
    // An address is shown where the source tells one, and a sum that is wrong.
    let mut broken = made::slit();
    broken[52] ^= 1;
    let dump = format!("{}{}", acpidump_of(&broken, 0xbfe1_2340), acpidump_of(&made::facs(), 0));
    let expected = "\
TABLE     ADDRESS  LENGTH  REV  SUM  OEM ID  TABLE ID   OEM REV  CREATOR
SLIT   0xbfe12340      53    1  bad  ACPIHP  TESTING   44332211  AHP  04030201
FACS            -      64    -  -    -       -                -  -
2 tables, 117 bytes
";
    assert_eq!(good_text(&["--from", "-"], dump.as_bytes()), expected);
}

/// The text of acpidump, written by hand.
fn acpidump_of(table: &[u8], address: u64) -> String {
    let mut text = format!("{} @ 0x{address:016X}\n", String::from_utf8_lossy(&table[..4]));
    for (row, bytes) in table.chunks(16).enumerate() {
        let pairs: String = bytes.iter().map(|byte| format!("{byte:02X} ")).collect();
        let shown = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
        let shown: String = bytes.iter().map(shown).collect();
        text.push_str(&format!("{:>8}: {pairs:48} {shown}\n", format!("{:04X}", row * 16)));
    }
    text + "\n"
}

#[test]
fn a_srat_begins_with_its_domains() {
    let srat = made::srat_of(
        3,
        &[
            made::cpu(0, 0, 1),
            made::cpu(0, 1, 1),
            made::cpu(0, 2, 1),
            made::cpu(0, 8, 1),
            made::cpu(1, 9, 0),
            made::memory(0, 0, 0xa_0000, 1),
            made::memory(0, 1 << 20, (2 << 30) - (1 << 20), 1),
            made::memory(300, 4 << 30, 8 << 30, 3),
            made::memory(300, 12 << 30, 1 << 30, 0x2f),
            made::memory(7, 0, 0, 0),
        ],
    );
    let shown = good_text(&["--from", "-", "srat"], &srat);
    let expected = "\
SRAT: System Resource Affinity Table
328 bytes, from -

domain 0: 4 processors, 2 GiB of memory
  APIC ids    0-2, 8
  memory      [mem 0x000000000-0x00009ffff]   640 KiB
              [mem 0x000100000-0x07fffffff]     2 GiB
domain 300: no processors, 9 GiB of memory
  memory      [mem 0x100000000-0x2ffffffff]     8 GiB  hot-pluggable
              [mem 0x300000000-0x33fffffff]     1 GiB
                   hot-pluggable, non-volatile, specific purpose, undefined bits
                   0x20
not enabled: 1 memory entry, 1 processor or device entry

OFFSET  SIZE  FIELD                        VALUE        MEANING
0x0000     4  Signature                    \"SRAT\"
0x0004     4  Table Length                 328
";
    assert_eq!(&shown[..expected.len()], expected);
    let end = "
0x0120    40  Memory Affinity
0x0120     1    Subtable Type              1
0x0121     1    Length                     40
0x0122     4    Proximity Domain           7
0x0126     2    Reserved1                  0x0
0x0128     8    Base Address               0x0
0x0130     8    Address Length             0x0
0x0138     4    Reserved2                  0x0
0x013c     4    Flags                      0x0
0x0140     8    Reserved3                  0x0
";
    assert!(shown.ends_with(end), "{shown}");
}

#[test]
fn a_slit_is_a_matrix() {
    let shown = good_text(&["--from", "-", "SLIT"], &made::slit());
    assert!(shown.contains(
        "\nfrom\\to    0   1   2\n      0   10  20  30\n      1   21  10  40\n      2   31  41  10\n\n"
    ));
    let big = made::table(b"SLIT", 1, &[&20u64.to_le_bytes()[..], &[10; 400]].concat());
    let shown = good_text(&["--from", "-", "SLIT"], &big);
    assert!(
        shown.contains("\nfrom\\to    0   1   2   3") && shown.contains("\n          18  19\n"),
        "{shown}"
    );
}

#[test]
fn every_line_fits_a_terminal() {
    for (name, table) in made::all() {
        for args in [&["--from", "-"][..], &["--from", "-", "-d"]] {
            let shown = good_text(args, &table);
            let wrong: Vec<_> =
                shown.lines().filter(|line| line.len() > 80 || line.trim_end() != *line).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        }
    }
}

#[test]
fn what_does_not_fit_is_told_first() {
    let mut srat = made::srat();
    srat[49] = 0;
    let shown = good_text(&["--from", "-", "SRAT"], &srat);
    let told = "byte 0x30: an entry of type 0x00 has length 0; what follows cannot be read\n";
    assert!(
        shown.lines().nth(3) == Some(told.trim_end()) && shown.contains("! an entry of type 0x00"),
        "{shown}"
    );
    let checksum = shown.lines().find(|line| line.contains("Checksum")).unwrap();
    assert!(checksum.contains("wrong, 0x") && checksum.ends_with(" would be right"), "{checksum}");
    let json = answer::parse(&good(&["--from", "-", "-J", "SRAT"], &srat));
    let problem = &json["tables"][0]["problems"][0];
    assert_eq!((problem["offset"].as_u64(), problem["entry"].as_u64()), (Some(48), None), "{problem}");
}

#[test]
fn names_choose_tables() {
    let folder = folder();
    let from = ["--from", text(folder.path())];
    let titles = |names: &[&str]| {
        let shown = good_text(&[&from, names].concat(), b"");
        let titles: Vec<_> = shown
            .lines()
            .filter(|line| line.contains(": ") && !line.starts_with([' ', '0']))
            .map(|line| line.split(':').next().unwrap().to_owned())
            .collect();
        titles.join(" ")
    };
    assert_eq!(titles(&["ssdt"]), "SSDT1 SSDT2");
    assert_eq!(titles(&["SSDT2", "ssdt1", "SSDT"]), "SSDT2 SSDT1");
    assert_eq!(titles(&["fadt"]), "FACP");
    assert_eq!(titles(&["MADT", "-n", "asf!"]), "APIC ASF!");
    let (status, error) = bad(&[&from[..], &["SRAT", "NOPE", "DSDT"]].concat(), b"");
    let expected =
        "acpihp: there is no table NOPE, DSDT; there are APIC, ASF!, FACP, FACS, SLIT, SRAT, SSDT1, SSDT2\n";
    assert_eq!((status, error.as_str()), (4, expected));
}

#[test]
fn json_is_the_contract() {
    let folder = folder();
    let whole = good_text(&["--from", text(folder.path()), "--format", "json"], b"");
    assert!(whole.starts_with("{\n  \"schema\": \"acpihp.dump/1\",\n"));
    let json = answer::parse(whole.as_bytes());
    let tables = json["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 8);
    // Fields are for tables that were asked for.
    assert!(tables.iter().all(|table| table.get("fields").is_none()));
    let facs = tables.iter().find(|table| table["name"] == "FACS").unwrap();
    assert!(facs["checksum_ok"].is_null() && facs["oem_id"].is_null() && facs["length"] == 64);
    let ssdt = tables.iter().find(|table| table["name"] == "SSDT2").unwrap();
    for (key, value) in
        [("signature", "SSDT"), ("oem_id", "ACPIHP"), ("oem_table_id", "TESTING "), ("creator_id", "AHP ")]
    {
        assert_eq!(ssdt[key], value, "{key}");
    }
    for (key, value) in
        [("length", 45), ("revision", 2), ("oem_revision", 0x4433_2211), ("creator_revision", 0x0403_0201)]
    {
        assert_eq!(ssdt[key].as_u64(), Some(value), "{key}");
    }
    assert_eq!((&ssdt["address"], &ssdt["checksum_ok"]), (&serde_json::Value::Null, &true.into()));

    let args = ["--from", text(folder.path()), "-J", "SRAT"];
    let json = answer::parse(&good(&args, b""));
    let srat = &json["tables"][0];
    let fields = srat["fields"].as_array().unwrap();
    let find = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    let base = find("Base Address");
    assert_eq!((base["offset"].as_u64(), base["size"].as_u64()), (Some(56), Some(8)));
    assert_eq!((base["value"].as_u64(), base["entry"].as_u64()), (Some(1 << 32), Some(0)));
    let hot =
        find("Flags")["bits"].as_array().unwrap().iter().find(|bit| bit["name"] == "Hot Pluggable").unwrap();
    assert_eq!((hot["bit"].as_u64(), hot["value"].as_u64()), (Some(1), Some(1)));
    assert_eq!(srat["entries"][0]["name"], "Memory Affinity");
    let memory = &srat["domains"][0]["memory"][0];
    assert_eq!(srat["domains"][0]["pxm"], 1);
    assert_eq!((memory["start"].as_u64(), memory["end"].as_u64()), (Some(1 << 32), Some(3 << 31)));
    assert_eq!(memory["hotpluggable"], true);
    let sizes: u64 = fields
        .iter()
        .filter(|field| !field["value"].is_null())
        .map(|field| field["size"].as_u64().unwrap())
        .sum();
    assert_eq!(Some(sizes), srat["length"].as_u64(), "each byte is in one field");
}

#[test]
fn acpidump_text_is_read_back_to_the_same_bytes() {
    let all: Vec<_> = made::all()
        .into_iter()
        .map(|(_, table)| table)
        .chain([made::table(b"OEM9", 1, &vec![7; 70_000])])
        .chain([1, 2].map(|revision| made::table(b"DBG2", revision, &[])))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for (number, table) in all.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number:02}.bin")), table).unwrap();
    }
    let dump = good(&["--from", text(folder.path()), "--format", "acpidump"], b"");
    let raw = good(&["--from", "-", "--format", "raw"], &dump);
    assert_eq!(raw, all.concat());

    if skip::program("acpixtract") {
        assert_eq!(acpixtract_gives_back(&["--from", text(folder.path())]), all.len());
    }
}

/// Asserts that acpixtract makes of `dump --format acpidump` the files that `dump -o` writes, and gives their number.
fn acpixtract_gives_back(args: &[&str]) -> usize {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // What was noticed about the source does not matter here.
    let dump = run(&[args, &["--format", "acpidump"]].concat(), b"");
    assert!(dump.status.success(), "{args:?}");
    std::fs::write(theirs.path().join("dump.txt"), &dump.stdout).unwrap();
    let extract = Command::new("acpixtract").args(["-a", "dump.txt"]).current_dir(theirs.path()).output();
    let extract = extract.unwrap();
    assert!(extract.status.success(), "{args:?}: {extract:?}");
    std::fs::remove_file(theirs.path().join("dump.txt")).unwrap();
    assert!(run(&[args, &["-o", text(ours.path())]].concat(), b"").status.success(), "{args:?}");
    let files = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut files: Vec<_> =
            entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect();
        files.sort();
        files
    };
    let (theirs, ours) = (files(theirs.path()), files(ours.path()));
    for (their, our) in theirs.iter().zip(&ours) {
        assert_eq!((&their.0, their.1 == our.1), (&our.0, true), "{args:?}");
    }
    assert_eq!(theirs.len(), ours.len(), "{args:?}");
    ours.len()
}

#[test]
fn acpixtract_gives_back_whole_machines() {
    if !skip::program("acpixtract") {
        return;
    }
    let mut files = 0;
    for sample in acpihp::source::samples::SAMPLES {
        files += acpixtract_gives_back(&["--sample", sample.name]);
    }
    if run(&[], b"").status.success() {
        files += acpixtract_gives_back(&[]);
    }
    if let Some(machines) = skip::shared("corpus/machines") {
        let machines = std::fs::read_dir(machines).unwrap();
        let mut machines: Vec<_> = machines.map(|entry| entry.unwrap().path()).collect();
        machines.sort();
        // Some of them; the others differ in nothing that matters here.
        for machine in machines.iter().step_by(6) {
            files += acpixtract_gives_back(&["--from", text(machine)]);
        }
    }
    eprintln!("{files} tables given back");
}

#[test]
fn files_are_written_whole_and_replaced() {
    let from = folder();
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("new/below");
    let args = ["--from", text(from.path()), "-o", text(&target), "SSDT", "srat"];
    let shown = good_text(&args, b"");
    let expected = [("ssdt1.dat", 45), ("ssdt2.dat", 45), ("srat.dat", 88)]
        .map(|(name, len)| format!("{}: {len} bytes\n", target.join(name).display()));
    assert_eq!(shown, expected.concat());
    std::fs::write(target.join("srat.dat"), "an old file that is longer than the new one".repeat(9)).unwrap();
    good(&args, b"");
    assert_eq!(std::fs::read(target.join("srat.dat")).unwrap(), made::srat_memory(1, 1 << 32, 1 << 31, 3));
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 3, "nothing else is left");

    let (status, error) = bad(&["--from", text(from.path()), "-o", "/proc/nowhere"], b"");
    assert!(status == 3 && error.starts_with("acpihp: cannot write /proc/nowhere: "), "{error}");
    let output = run(&["--from", text(from.path()), "-o", text(&target), "--decode"], b"");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn files_are_written_in_the_form_that_is_asked_for() {
    let from = folder();
    let out = tempfile::tempdir().unwrap();
    for (format, name, begins) in [
        (&["--format", "dsl"][..], "srat.dsl", "/*\n * SRAT: "),
        (&["-J"], "srat.json", "{\n  \"schema\": \"acpihp.dump/1\""),
        (&["--format", "acpidump"], "srat.txt", "SRAT @ 0x"),
    ] {
        good(&[&["--from", text(from.path()), "-o", text(out.path()), "SRAT"], format].concat(), b"");
        let file = out.path().join(name);
        assert!(std::fs::read_to_string(&file).unwrap().starts_with(begins), "{name}");
        if name != "srat.txt" {
            let mut build = Command::new(env!("CARGO_BIN_EXE_acpihp"));
            let built = out.path().join("srat.aml");
            assert!(build.arg("build").arg(&file).arg("-o").arg(&built).status().unwrap().success());
            assert_eq!(std::fs::read(built).unwrap(), made::srat_memory(1, 1 << 32, 1 << 31, 3));
        }
    }
}

/// Tables of which each byte of the ids is hostile, and whose signatures are no file names.
fn hostile() -> [Vec<u8>; 2] {
    let table = |signature: &[u8; 4]| {
        let mut table = made::table(signature, 1, b"\x1b[2J\x9b\xe2\x80\xae");
        table[10..16].copy_from_slice(b"\x1b]0;x\x07");
        table[16..24].copy_from_slice(b"\x9b31m\xc2\x9b\r\n");
        table[28..32].copy_from_slice(b"\x1b[2J");
        made::seal(table)
    };
    [[table(b"../x"), table(b"..\\x")].concat(), table(b"A\x1bBC")]
}

#[test]
fn hostile_ids_reach_neither_terminal_nor_paths() {
    for tables in hostile() {
        for args in [&[][..], &["-d"], &["-J"], &["-J", "-d"], &["--format", "acpidump"], &["NOPE\x1b[2J"]] {
            let output = run(&[&["--from", "-"], args].concat(), &tables);
            for shown in [&output.stdout, &output.stderr] {
                let shown = String::from_utf8(shown.clone()).unwrap();
                assert!(
                    !shown.contains(|byte: char| byte.is_control() && byte != '\n'),
                    "{args:?}: {shown:?}"
                );
                assert!(!shown.contains('\u{202e}'), "{args:?}: {shown:?}");
            }
        }
    }
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("a/b");
    for tables in hostile() {
        assert_eq!(run(&["--from", "-", "-o", text(&target)], &tables).status.code(), Some(0));
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["___x-2.dat", "___x.dat", "a_bc.dat"]);
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1);
}

#[test]
fn raw_bytes_are_those_of_the_tables() {
    let folder = folder();
    let from = ["--from", text(folder.path()), "--format", "raw"];
    assert_eq!(good(&[&from[..], &["SLIT"]].concat(), b""), made::slit());
    let both = [made::facs(), made::slit()].concat();
    assert_eq!(good(&[&from[..], &["FACS", "SLIT"]].concat(), b""), both);
    assert_eq!(good(&from, b"").len(), 956);
}

#[test]
fn raw_bytes_are_no_matter_for_a_terminal() {
    let line = format!("{} dump --format raw", env!("CARGO_BIN_EXE_acpihp"));
    if !skip::program("script") {
        return;
    }
    let run =
        Command::new("script").args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8_lossy(&run.stdout);
    assert_eq!(run.status.code(), Some(2), "{shown}");
    assert!(shown.starts_with("acpihp: --format raw would write binary data to the terminal"), "{shown}");
}

#[test]
fn what_may_not_be_read_is_told_in_one_line() {
    let root = tempfile::tempdir().unwrap();
    let tables = root.path().join("sys/firmware/acpi/tables");
    std::fs::create_dir_all(&tables).unwrap();
    std::fs::write(tables.join("SRAT"), made::srat()).unwrap();
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    let mode = |path: PathBuf, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    mode(root.path().to_owned(), 0o755);
    mode(tables.join("SRAT"), if is_root { 0o400 } else { 0 });
    let copy = root.path().join("acpihp");
    let mut command = if is_root {
        // The program may lie where another user does not get.
        std::fs::copy(env!("CARGO_BIN_EXE_acpihp"), &copy).unwrap();
        let mut command = Command::new(&copy);
        command.uid(65534);
        command
    } else {
        acpihp()
    };
    let output = command.args(["dump", "--sysroot", text(root.path())]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let expected = format!("acpihp: {}: permission denied; run as root (", tables.join("SRAT").display());
    assert!(error.starts_with(&expected) && error.lines().count() == 1, "{error}");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
}

#[test]
fn bad_input_is_one_line() {
    let empty = tempfile::tempdir().unwrap();
    for (args, stdin, status, wanted) in [
        (&["--from", "/no/such/file"][..], &b""[..], 3, "/no/such/file: No such file"),
        (&["--from", "-"], b"", 3, "standard input: it is empty"),
        (&["--from", "-"], b"no dump at all\n", 3, "standard input: byte 0: found "),
        (&["--from", "/dev/zero"], b"", 3, "/dev/zero: byte 0: found a device"),
        (&["--from", text(empty.path())], b"", 3, "no file with ACPI tables in this folder"),
        (&["--sysroot", text(empty.path())], b"", 3, "no such folder"),
        (&["--sample", "nothing\x1b[2J"], b"", 4, "--sample nothing\\x1b[2J: there is no such sample"),
    ] {
        let (found, error) = bad(args, stdin);
        assert!(found == status && error.contains(wanted), "{args:?}: {found}, {error}");
    }
}

#[test]
fn samples_are_machines() {
    let list = good_text(&["--sample", "list"], b"");
    let name = list.lines().nth(1).and_then(|line| line.split(' ').next()).unwrap();
    let shown = good_text(&["--sample", name, "SRAT"], b"");
    assert!(shown.contains("\ndomain 0: "), "{shown}");
    assert!(good_text(&["--sample", name], b"").contains("\nSRAT "));
}

#[test]
fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
    let folder = folder();
    for format in ["text", "json", "acpidump"] {
        let mut child = acpihp()
            .args(["dump", "-d", "--from", text(folder.path()), "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{format}");
    }
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        return skip::skip("/dev/full", "no /dev/full");
    };
    let output = acpihp().args(["dump", "--from", text(folder.path())]).stdout(full).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        error.starts_with("acpihp: cannot write to standard output: ") && error.lines().count() == 1,
        "{error}"
    );
}
