//! docs/cases.md: every command of its tables is run on a small input of its kind and answers as its row says.

#![allow(clippy::indexing_slicing)]

use crate::doctor::links::{self, CASES, put};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Inputs that other tests have too: name in the tables, and where it is.
const COPIED: [(&str, &str); 17] = [
    ("acpi.img", "cmd/check.in/override.img"),
    ("late.img", "cmd/check.in/late.img"),
    ("overlap.aml", "cmd/check.in/overlap.aml"),
    ("notes.txt", "cmd/check.in/notes.txt"),
    ("behind.img", "cmd/inspect.in/behind.img"),
    ("firmware", "cmd/mkinitrd-override.in/firmware"),
    ("srat.aml", "cmd/mkinitrd-override.in/srat.aml"),
    ("ids.aml", "cmd/mkinitrd-override.in/ids.aml"),
    ("old.aml", "cmd/mkinitrd-override.in/old.aml"),
    ("ssdt.aml", "cmd/mkinitrd-override.in/ssdt.aml"),
    ("bad-sum.aml", "cmd/mkinitrd-override.in/bad-sum.aml"),
    ("dump.txt", "cmd/dump.in/dump.txt"),
    ("slit.dsl", "cmd/build.in/slit.dsl"),
    ("boot.log", "logs/dl165.log"),
    ("two.log", "logs/dl165.log"),
    ("grepped.log", "logs/dl165.log"),
    ("cut.log", "logs/dl165.log"),
];

/// A folder with all inputs.
fn inputs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (name, from) in COPIED {
        copy(&tests.join(from), &root.join(name));
    }
    let log = fs::read_to_string(root.join("boot.log")).unwrap();
    put(root, "two.log", format!("{log}{}", log.replace("5.15.39-4-pve", "6.2.0-1-pve")));
    let grepped: String =
        log.lines().filter(|line| line.contains("ACPI")).flat_map(|line| [line, "\n"]).collect();
    put(root, "grepped.log", grepped);
    let cut = log.split_inclusive('\n').take_while(|line| !line.contains("ACPI: APIC 0x"));
    put(root, "cut.log", cut.collect::<String>());
    let first = "[    0.000000] Linux version 6.1.0-1-amd64 (x@x) #1 SMP\n[    0.000000] Command line: ro\n";
    put(
        root,
        "offline.log",
        format!(
            "{first}[   99.0] memory offlining [mem 0x100000000-0x107ffffff] failed due to unmovable page\n"
        ),
    );
    put(
        root,
        "rsdp.log",
        format!(
            "{first}[    0.0] ACPI BIOS Error (bug): A valid RSDP was not found (20220331/tbxfroot-210)\n"
        ),
    );
    let found = "[    0.1] ACPI: SSDT ACPI table found in initrd [kernel/firmware/acpi/a.aml][0x24]\n\
                 [    0.2] ACPI: Table Upgrade: install [SSDT-MADE  -MADETEST]\n\
                 [    0.2] ACPI: SSDT 0x000000007FFDE128 000024 (v02 MADE   MADETEST 00000001 INTL 00000000)\n";
    put(root, "override.log", format!("{first}{found}"));
    let log = fs::read_to_string(root.join("boot.log")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(log.as_bytes()).unwrap();
    put(root, "boot.log.gz", packer.finish().unwrap());
    let bug = "[    0.3] ACPI BIOS Warning (bug): Incorrect checksum in table [BGRT] - 0x3F, should be 0xC9 (20220331/utcksum-58)\n";
    put(root, "complaint.log", format!("{log}{bug}"));
    let locked = "[    0.0] Kernel is locked down from EFI Secure Boot mode; see man kernel_lockdown.7\n";
    put(root, "locked.log", format!("{log}{locked}"));
    orders(root);
    for tree in ["lsmem", "lsmem-slit"] {
        without_map(root, tree);
    }
    let mut slit = links::table(b"SLIT", 1);
    slit.extend([2, 0, 0, 0, 0, 0, 0, 0, 10, 31, 31, 10]);
    put(root, "lsmem-slit/sys/firmware/acpi/tables/SLIT", sealed(slit));
    let mut arm = fs::read(root.join("srat.aml")).unwrap();
    arm.truncate(48);
    arm.extend([3, 18, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    put(root, "arm/srat.dat", sealed(arm));
    put(root, "post.txt", hexdump(&fs::read(root.join("srat.aml")).unwrap()));

    let archive = links::archive(&links::table(b"DSDT", 2));
    let grub = &CASES[0];
    links::machine_at(&root.join("not-loaded"), grub.line);
    put(root, &format!("not-loaded/{}", grub.file), grub.without);
    put(root, "not-loaded/boot/acpi.img", &archive);
    put(root, "not-loaded/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
    links::machine_at(&root.join("missing"), grub.line);
    put(root, &format!("missing/{}", grub.file), grub.with);
    put(root, "missing/boot/efi/acpi.img", &archive);
    links::machine_at(&root.join("folder"), grub.line);
    put(root, "folder/etc/initcpio/acpi_override/dsdt.aml", links::table(b"DSDT", 2));
    put(root, "folder/etc/mkinitcpio.conf", "HOOKS=(base acpi_override)\n");
    links::machine_at(&root.join("stray"), "BOOT_IMAGE=/boot/vmlinuz-6.1.0-1-amd64 ro /acpi.img");
    links::machine_at(&root.join("alone"), "ro");
    put(root, "alone/boot/acpi.img", &archive);
    put(root, "alone/boot/loader/entries/a.conf", "linux /vmlinuz-6.1.0-1-amd64\ninitrd /acpi.img\n");
    links::machine_at(&root.join("no-upgrade"), grub.line);
    put(root, "no-upgrade/boot/acpi.img", &archive);
    put(root, "no-upgrade/boot/config-6.1.0-1-amd64", "# CONFIG_ACPI_TABLE_UPGRADE is not set\n");
    folder
}

/// Two folders whose order nothing tells, and the log of one: its second SRAT is the first of the machine.
fn orders(root: &Path) {
    let good = fs::read(root.join("srat.aml")).unwrap();
    let mut broken = good.clone();
    broken.extend([0; 8]);
    put(root, "two/srat1.dat", sealed(broken.clone()));
    put(root, "two/srat2.dat", &good);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let line = |table: &[u8]| {
        let number = |at: usize| u32::from_le_bytes(table[at..at + 4].try_into().unwrap());
        let (oem, id, creator) = (text(&table[10..16]), text(&table[16..24]), text(&table[28..32]));
        format!(
            "[    0.0] ACPI: SRAT 0x{:016X} {:06X} (v{:02} {oem} {id} {:08X} {creator} {:08X})\n",
            0x7ffe_0000 - table.len(),
            table.len(),
            table[8],
            number(24),
            number(32)
        )
    };
    let log = format!(
        "[    0.0] Linux version 6.1.0 (x@x) #1 SMP\n[    0.0] Command line: ro\n\
         [    0.0] ACPI: RSDP 0x00000000000F59E0 000024 (v02 BOCHS )\n{}{}",
        line(&good),
        line(&broken)
    );
    put(root, "two-srats.log", log);
    for (name, revision) in [("ssdts/one.dat", 1), ("ssdts/nine.dat", 9), ("five.aml", 5)] {
        put(root, name, links::table(b"SSDT", revision));
    }
}

/// A copy of /sys with memory blocks and nodes, and nothing else.
fn without_map(root: &Path, tree: &str) {
    let (blocks, nodes) = ("sys/devices/system/memory", "sys/devices/system/node");
    put(root, &format!("{tree}/{blocks}/block_size_bytes"), "8000000\n");
    for (number, node, zone) in [(0, 0, "DMA32"), (1, 0, "DMA32"), (32, 1, "Movable")] {
        let block = format!("{tree}/{blocks}/memory{number}");
        put(root, &format!("{block}/state"), "online\n");
        put(root, &format!("{block}/valid_zones"), format!("{zone}\n"));
        fs::create_dir_all(root.join(format!("{block}/node{node}"))).unwrap();
    }
    for (node, distance) in [(0, "10 21\n"), (1, "21 10\n")] {
        let folder = format!("{tree}/{nodes}/node{node}");
        put(root, &format!("{folder}/distance"), distance);
        put(root, &format!("{folder}/cpulist"), "0-3\n");
        put(root, &format!("{folder}/meminfo"), format!("Node {node} MemTotal:  131072 kB\n"));
    }
}

/// A table with length and checksum set.
fn sealed(mut table: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(table.len()).unwrap();
    table[4..8].copy_from_slice(&length.to_le_bytes());
    table[9] = 0;
    let sum = table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    table[9] = 0u8.wrapping_sub(sum);
    table
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Bytes as hexdump -C prints them.
fn hexdump(bytes: &[u8]) -> String {
    let line = |(at, part): (usize, &[u8])| {
        let hex = |part: &[u8]| part.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
        let (first, second) = part.split_at(part.len().min(8));
        let shown =
            |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let text: String = part.iter().map(shown).collect();
        let columns = format!("{} {}", hex(first), hex(second));
        format!("{:08x} {columns:50} |{text}|\n", at * 16)
    };
    bytes.chunks(16).enumerate().map(line).collect::<String>() + &format!("{:08x}\n", bytes.len())
}

/// A row of the tables.
struct Row {
    command: String,
    status: i32,
    words: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cases.md")).unwrap();
    let quoted =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows =
        cells.map(|line| line.split(" | ").collect::<Vec<_>>()).filter(|cells| cells[1].starts_with('`'));
    rows.map(|cells| {
        assert_eq!(cells.len(), 3, "{cells:?}");
        let status = cells[2].rsplit_once("(status ").map_or("0", |(_, rest)| rest.trim_end_matches(')'));
        let command = quoted(cells[1]).remove(0);
        Row { command, status: status.parse().unwrap(), words: quoted(cells[2]) }
    })
    .collect()
}

#[test]
fn every_kind_of_report_is_answered_as_its_row_says() {
    let folder = inputs();
    let rows = rows();
    assert!(rows.len() >= 31, "{}", rows.len());
    let mut wrong = Vec::new();
    for Row { command, status, words } in rows {
        let line = command.replacen("acpihp", env!("CARGO_BIN_EXE_acpihp"), 1);
        let mut shell = Command::new("sh");
        let done =
            shell.args(["-c", &line]).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        let text = [done.stdout, done.stderr].concat();
        let text = String::from_utf8_lossy(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        let lost: Vec<&String> = words.iter().filter(|words| !text.contains(words.as_str())).collect();
        if done.status.code() != Some(status) || !lost.is_empty() {
            wrong.push(format!("{command}: status {:?}, lacks {lost:?}: {text}", done.status.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
