//! Text from outside is harmless in every output: what an attacker plants in a capture, an archive, a source or a table reaches no
//! terminal, forges no line and no workflow command, whatever the command and the format.
#![allow(clippy::indexing_slicing)]

use crate::made;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A terminal's escape, C1, a bell, a mark of direction, a byte that is no UTF-8, and forged lines.
const PLANTED: &[u8] = b"Q\x1b[31m\xc2\x9b2J\x07\xe2\x80\xae\xff\r\n::error::FORGED\nFORGED Q";
/// The same without line ends, for what is read line by line.
const IN_LINE: &[u8] = b"Q\x1b[31m\xc2\x9b2J\x07\xe2\x80\xae\xff::error::FORGED";
/// The same in UTF-8, without blanks.
const WORD: &str = "Q\x1b[31m\u{9b}2J\x07\u{202e}\u{2028}\r::error::FORGED";

/// A folder with planted files.
struct Field(tempfile::TempDir);

/// `before`, what is planted, `after`.
fn around(before: &str, planted: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), planted, after.as_bytes()].concat()
}

fn table(signature: &[u8; 4], body: &[u8], revision: u8) -> Vec<u8> {
    let mut out = signature.to_vec();
    out.extend((36 + body.len() as u32).to_le_bytes());
    out.extend([revision, 0]);
    out.extend(b"\x1b[3\x9b\n!");
    out.extend(b"\x1b]0;\x07\xffQ\r");
    out.extend(7u32.to_le_bytes());
    out.extend(b"\x1b[2J");
    out.extend(1u32.to_le_bytes());
    out.extend(body);
    out[9] = 0u8.wrapping_sub(acpihp::bytes::sum8(&out));
    out
}

impl Field {
    fn new() -> Field {
        let field = Field(tempfile::tempdir().unwrap());
        let srat = table(b"SRAT", &made::srat_memory(1, 1 << 32, 1 << 31, 3)[36..], 3);
        let (name, word) = (OsStr::from_bytes(PLANTED), OsStr::new(WORD));
        field.put(name, &srat);
        field.put("srat", &srat);
        field.put("ssdt", &table(b"SSDT", b"\x5b\x82\x09\x1b[3\x9b\x08_HID\x0d\x1b[31mX\n\0", 2));
        field.put("uefi", &table(b"UEFI", PLANTED, 1));
        field.put("spcr", &table(b"SPCR", &[PLANTED, &[7; 60]].concat(), 2));
        field.put("bgrt", &table(b"\x1b[2J", &[0; 20], 1));
        field.put("archive", &archive(&srat));
        field.put("policy", &around("SRAT exists\n", IN_LINE, " is 5\nSRAT.x == \"y\"\n"));
        field.put("waivers", &around("table-checksum ", IN_LINE, "\nnumeric  subject=x until=2030 "));
        field.put("config", &around("# Linux/x86 6.12.1-", IN_LINE, " Kernel Configuration\nCONFIG_ACPI_TABLE_UPGRADE=y\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"\x1b[31m quiet\u{202e}\"\nCONFIG_ACPI=y\n"));
        field.sources();
        field.put("log", &log());
        field.run(["capture", "--sample", "hotplug", "-o", "tree/"]);
        field.tree();
        field.blocks();
        field.images();
        field.put(Path::new(word).join(word), &srat);
        field.put(
            Path::new(word).join(OsStr::from_bytes(IN_LINE)).join("junk"),
            &around("junk ", IN_LINE, "\n"),
        );
        field.put(Path::new(word).join(OsStr::from_bytes(IN_LINE)).join("srat"), &srat);
        field.put("acpidump", &acpidump(&srat));
        field.put("wishes", &around("node 0 fully movable\nSRAT.oem_id == \"", IN_LINE, "\"\n"));
        field
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: impl AsRef<Path>, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Sources of tables, with what is planted as label, as value, as comment.
    fn sources(&self) {
        let dsl = self.run(["template", "SLIT"]).stdout;
        let at = dsl.windows(4).position(|part| part == b" : \"").unwrap();
        let planted = |bytes: &[u8]| [&dsl[..at], bytes, &dsl[at..]].concat();
        self.put("label.dsl", &planted(IN_LINE));
        self.put("value.dsl", &[&dsl[..at + 4], IN_LINE, &dsl[at + 4..]].concat());
        self.put("more.dsl", &[&dsl[..], IN_LINE, b" : 5\n", IN_LINE, b"\n"].concat());
        let json = self.run(["dump", "--from", "srat", "--decode", "-J"]).stdout;
        let json = String::from_utf8(json).unwrap();
        let word = serde_json::to_string(WORD).unwrap();
        self.put(
            "label.json",
            json.replacen("\"name\": \"Proximity Domain\"", &format!("\"name\": {word}"), 1).as_bytes(),
        );
        self.put(
            "value.json",
            json.replacen("\"value\": ", &format!("\"value\": {word}, \"was\": "), 1).as_bytes(),
        );
        self.put(
            "signature.json",
            json.replacen("\"signature\": \"SRAT\"", &format!("\"signature\": {word}"), 2).as_bytes(),
        );
    }

    /// What a hostile machine or its capture says of itself.
    fn tree(&self) {
        let at = |name: &str| Path::new("tree").join(name);
        self.put(at("proc/sys/kernel/osrelease"), &around("6.12.1-", PLANTED, "\n"));
        self.put(
            at("proc/version"),
            &around(
                "Linux version 6.12.1-",
                IN_LINE,
                " (x@y) (gcc) #1 SMP Debian 6.12.1-1\u{202e}\x1b[31m\n",
            ),
        );
        self.put(
            at("proc/cmdline"),
            &[
                b"movable_node numa=fake=".as_slice(),
                IN_LINE,
                b" memmap=",
                IN_LINE,
                b" kernelcore=\x1b[1m crashkernel=\x1b[1m acpi=",
                IN_LINE,
                b" moveable_node \xe2\x80\xae\n",
            ]
            .concat(),
        );
        self.put(
            at("proc/cpuinfo"),
            &around(
                "flags\t\t: pdpe1gb \x1b[31m",
                IN_LINE,
                "\naddress sizes\t: 40 bits\x1b[31m physical, 48 bits virtual\n",
            ),
        );
        let mut iomem = b"00001000-0009fbff : System RAM\n00100000-3fffffff : System RAM\n  01000000-02ffffff : Kernel code\x1b[31m\n".to_vec();
        iomem.extend(around("100000000-1ffffffff : ", IN_LINE, "\n40000000-400fffff : Crash kernel\n"));
        self.put(at("proc/iomem"), &iomem);
        self.put(
            at("proc/zoneinfo"),
            &around(
                "Node 0, zone ",
                IN_LINE,
                "\n  pages free 5\n        spanned  4095\n        present  3998\n  start_pfn: 1\n",
            ),
        );
        self.put(at("var/log/dmesg"), &log());
        self.put(at("sys/kernel/security/lockdown"), &around("none [", IN_LINE, "] integrity"));
        self.put(at("sys/class/dmi/id/sys_vendor"), PLANTED);
        self.put(at("sys/firmware/memmap/0/type"), PLANTED);
        self.put(at("boot/config-6.12.1"), &fs::read(self.path("config")).unwrap());
        self.put(
            at("boot/grub/grub.cfg"),
            &[
                b"menuentry '".as_slice(),
                IN_LINE,
                b"' {\n linux /vmlinuz-6.12.1-",
                IN_LINE,
                b" root=",
                IN_LINE,
                b"\n initrd /initrd-\x1b[31m",
                IN_LINE,
                b".img\n}\n",
            ]
            .concat(),
        );
        self.put(
            at("boot/loader/entries/x.conf"),
            &[
                b"title ".as_slice(),
                IN_LINE,
                b"\nlinux /vmlinuz\noptions ",
                IN_LINE,
                b"\ninitrd /",
                IN_LINE,
                b"\n",
            ]
            .concat(),
        );
        let name = OsStr::from_bytes(PLANTED.strip_suffix(b"Q").unwrap());
        self.put(at("sys/firmware/acpi/tables").join(name), &table(b"SSDT", b"", 2));
        self.put(at("sys/devices/system/memory/block_size_bytes"), PLANTED);
        self.put(at("sys/devices/system/memory/memory0/valid_zones"), PLANTED);
    }

    /// A machine whose memory blocks can be asked about, with hostile names in /proc.
    fn blocks(&self) {
        self.run(["capture", "--sample", "hotplug", "-o", "blocks/"]);
        let at = |name: &str| Path::new("blocks").join(name);
        let mut iomem = b"00001000-0009fbff : System RAM\n00100000-3fffffff : System RAM\n".to_vec();
        for range in ["  01000000-02ffffff", "40000000-40ffffff", "100000000-17fffffff"] {
            iomem.extend(around(&format!("{range} : "), IN_LINE, "\n"));
        }
        self.put(at("proc/iomem"), &iomem);
        self.put(at("proc/zoneinfo"), &fs::read(self.path("tree/proc/zoneinfo")).unwrap());
        let memory = at("sys/devices/system/memory");
        self.put(memory.join("block_size_bytes"), b"8000000\n");
        for number in 0..10 {
            let block = memory.join(format!("memory{number}"));
            self.put(block.join("state"), b"online\n");
            self.put(block.join("valid_zones"), if number == 9 { IN_LINE } else { b"Normal\n" });
            self.put(block.join("node0").join("x"), b"");
        }
    }

    /// Images whose sections have hostile names and texts.
    fn images(&self) {
        let about = around("ID=", IN_LINE, "\nTITLE=\"");
        let about = [&about[..], IN_LINE, b"\"\n"].concat();
        let own: &[(&str, &[u8])] = &[
            (".linux", b"MZ"),
            (".osrel", &around("PRETTY_NAME=\"", IN_LINE, "\"\n")),
            (".uname", &around("6.1.0-", PLANTED, "")),
            (".cmdline", &around("quiet ", PLANTED, "")),
            (".initrd", &fs::read(self.path("archive")).unwrap()),
            ("\x1b[31m", IN_LINE),
            (".profile", &about),
            (".cmdline", PLANTED),
        ];
        let magic = format!("#### LoaderInfo: systemd-stub 257{WORD} ####");
        self.put("image", &crate::kernels::build::uki(&magic, own));
    }

    fn run<T: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = T>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        command.current_dir(self.0.path()).args(args).env_remove("SOURCE_DATE_EPOCH").stdin(Stdio::null());
        command.output().unwrap()
    }
}

/// An archive whose names and tables are hostile.
fn archive(srat: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut file = |name: &[u8], data: &[u8]| {
        out.extend(
            format!(
                "070701{:08x}000081a4{:032}{:08x}{:032}{:08x}{:08}",
                1,
                1,
                data.len(),
                0,
                name.len() + 1,
                0
            )
            .into_bytes(),
        );
        out.extend(name);
        out.push(0);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(data);
        out.resize(out.len().next_multiple_of(4), 0);
    };
    let named = |folder: &[u8], name: &[u8]| [folder, name].concat();
    file(&named(b"kernel/firmware/acpi/", PLANTED), srat);
    file(&named(b"kernel/firmware/acpi/", IN_LINE), &table(b"SSDT", IN_LINE, 2));
    file(&named(b"kernel/firmware/acpi/x/", IN_LINE), &table(b"\x1b[2J", IN_LINE, 2));
    file(&named(b"kernel/firmware/acpi/", &[b'l'; 40]), PLANTED);
    file(&named(b"kernel/x86/microcode/", PLANTED), PLANTED);
    file(&named(b"kernel/x86/microcode/GenuineIntel.bin", IN_LINE), PLANTED);
    file(PLANTED, PLANTED);
    file(b"TRAILER!!!", b"");
    out
}

/// The text of acpidump with hostile names of tables, and hostile lines between its rows.
fn acpidump(table: &[u8]) -> Vec<u8> {
    let mut out = IN_LINE.to_vec();
    for name in [&b"Q\x1b[3"[..], b"\x1b]0;\x07", b"SRAT"] {
        out.extend([b"\n".as_slice(), name, b" @ 0x0000000000001000\n"].concat());
        for (row, bytes) in table.chunks(16).enumerate() {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X} ")).collect();
            out.extend(format!("  {:04X}: {digits:48} {}\n", row * 16, "\x1b[31m").into_bytes());
        }
        out.extend(IN_LINE);
    }
    out
}

/// A kernel's log that was tampered with.
fn log() -> Vec<u8> {
    let lines: [&[u8]; 9] = [
        &around("Linux version 6.12.1-", IN_LINE, " (a@b) (gcc) #1 SMP"),
        &around("Command line: movable_node ", IN_LINE, ""),
        b"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\x1b[31m",
        &around("BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] ", IN_LINE, ""),
        &around("SRAT ACPI table found in initrd [kernel/firmware/acpi/", IN_LINE, "][0x148]"),
        &around("ACPI OVERRIDE: table found in initrd [", IN_LINE, "][0x148]"),
        &around("ACPI: SRAT 0x000000003FFE0000 000148 (v03 ", IN_LINE, " BXPC 00000001 BXPC 00000001)"),
        &around("ACPI: Table Upgrade: override [SRAT-", IN_LINE, "-BXPC    ]"),
        &around("memblock_reserve: [0x0000000001000000-0x0000000002ffffff] ", IN_LINE, "+0x0/0x10"),
    ];
    lines.iter().flat_map(|line| [b"[    0.000000] ", *line, b"\n"].concat()).collect()
}

/// Every command, with the formats that it has.
const RUNS: &[(&str, &[&str])] = &[
    ("plan --numa --sysroot tree", &["text", "json"]),
    ("plan --numa --sysroot tree --early --windows --hot-add 8G-9G", &["text", "json"]),
    ("plan --numa --sysroot tree --initrd archive", &["text", "json"]),
    ("plan --numa --sysroot tree --memory-blocks", &["text", "json"]),
    ("plan --numa --sample hotplug --dmesg log", &["text", "json"]),
    ("plan --numa --sample hotplug --config config --cmdline {word}", &["text", "json"]),
    ("plan --numa --sample hotplug --kernel 6.12-{planted} --override {planted}", &["text", "json"]),
    ("plan --numa --sample hotplug --kernel {planted}", &["text", "json"]),
    ("plan --numa --sample hotplug --cmdline movable_node --reserve 4G-5G={planted}", &["text", "json"]),
    ("plan --numa --sample {planted}", &["text", "json"]),
    ("plan --numa --sample hotplug --hot-add {planted}", &["text", "json"]),
    ("simulate --sysroot tree", &["text", "json"]),
    ("simulate --sysroot tree --initrd archive", &["text", "json"]),
    ("simulate --sysroot tree --initrd archive --compare two-step", &["text", "json"]),
    ("simulate --sysroot tree --initrd archive --compare 6.1-{planted}", &["text", "json"]),
    ("simulate --sample hotplug --initrd archive --kernel 6.1-{word}", &["text", "json"]),
    ("simulate --sample hotplug --override srat ssdt {planted} --cmdline {planted}", &["text", "json"]),
    ("simulate --sample hotplug --compare {planted}", &["text", "json"]),
    ("doctor --sysroot tree", &["text", "json"]),
    ("doctor --sysroot tree --initrd archive", &["text", "json"]),
    ("doctor --sysroot tree --dmesg log --before srat", &["text", "json"]),
    ("doctor --sample hotplug --dmesg log", &["text", "json"]),
    ("check tree", CHECKS),
    ("check archive srat ssdt uefi spcr bgrt {planted}", CHECKS),
    ("check archive --against tree --kernel 6.12-{planted}", CHECKS),
    ("check {planted} --against {planted} -v", CHECKS),
    ("check srat --policy policy", CHECKS),
    ("check srat --waivers waivers", CHECKS),
    ("check srat --allow {planted}", CHECKS),
    ("check label.dsl", CHECKS),
    ("dump --sysroot tree", &["text", "json"]),
    ("dump --sysroot tree --decode", &["text", "json"]),
    ("dump --from archive --decode", &["text", "json"]),
    ("dump --from {planted} {planted}", &["text", "json"]),
    ("dump --from srat --decode", &["text", "json", "dsl", "hex", "acpidump"]),
    ("dump --from ssdt --decode", &["text", "json", "dsl"]),
    ("dump --from uefi --decode", &["text", "json", "dsl"]),
    ("dump --from spcr --decode", &["text", "json", "dsl"]),
    ("dump --from bgrt --decode", &["text", "json", "dsl"]),
    ("inspect archive --entries", &["text", "json"]),
    ("inspect archive --deep --kernel 6.12-{planted}", &["text", "json"]),
    ("inspect {planted}", &["text", "json"]),
    ("diff srat {planted}", &["text", "json"]),
    ("diff srat ssdt -v", &["text", "json"]),
    ("diff uefi spcr -v", &["text", "json"]),
    ("diff tree srat", &["text", "json"]),
    ("diff tree tree --initrd archive", &["text", "json"]),
    ("build label.dsl -o {word}/out", &[""]),
    ("build value.dsl -o out", &[""]),
    ("build more.dsl -o out", &[""]),
    ("build label.json -o out", &[""]),
    ("build value.json -o out", &[""]),
    ("build signature.json -o out", &[""]),
    ("build {planted} -o out", &[""]),
    ("template {planted}", &[""]),
    ("explain {planted}", &["text", "json"]),
    ("edit {planted} --set {planted}={planted}", &["text", "json"]),
    ("edit srat --set {word}=5", &["text", "json"]),
    ("edit srat --set oem_id={word}", &["text", "json"]),
    ("edit srat --hotplug node=0 -o {word}/out", &["text", "json"]),
    ("edit srat --hotplug {planted}", &["text", "json"]),
    ("edit srat --distance {planted}", &["text", "json"]),
    ("edit {planted} --hotplug node=0 --plan --sysroot tree --cmdline {word}", &["text", "json"]),
    ("edit srat --hotplug 4G-6G --plan --sysroot tree --kernel 6.12-{planted}", &["text", "json"]),
    ("edit srat --hotplug 4G-6G --override-to {word}/o.img --sysroot tree", &["text", "json"]),
    ("mkinitrd-override {planted} ssdt --against tree -o {word}/a.img", &["text", "json"]),
    ("mkinitrd-override {planted} ssdt --against none -o {word}/a.img --force", &["text", "json"]),
    ("mkinitrd-override {planted} uefi --against tree --kernel 6.12-{planted} -o a.img", &["text", "json"]),
    ("mkinitrd-override srat --against none --initrd archive --force -o {word}/b.img", &["text", "json"]),
    ("mkinitrd-override --remove --initrd archive -o c.img", &["text", "json"]),
    ("capture --sysroot tree -o {word}/capture", &["text", "json"]),
    ("capture --sysroot tree --initrd -o capture", &["text", "json"]),
    ("dump --from {word} --decode", &["text", "json", "dsl", "acpidump"]),
    ("dump --from acpidump --decode", &["text", "json", "dsl"]),
    ("dump --from image --decode", &["text", "json"]),
    ("dump --from archive --decode", &["dsl", "acpidump"]),
    ("check acpidump image {word} blocks", CHECKS),
    ("check {word} --against blocks", CHECKS),
    ("check waivers policy config log", CHECKS),
    ("inspect image --entries", &["text", "json"]),
    ("inspect image --profile 0", &["text", "json"]),
    ("diff acpidump {word}", &["text", "json"]),
    ("diff {word} image", &["text", "json"]),
    ("edit acpidump --hotplug 4G-6G", &["text", "json"]),
    ("mkinitrd-override acpidump --against blocks -o {word}/d.img --howto", &["text", "json"]),
    ("mkinitrd-override srat --against tree -o e.img --howto --force", &["text", "json"]),
    ("simulate --sysroot blocks --initrd image", &["text", "json"]),
    (
        "simulate --sysroot blocks --initrd archive --cmdline movable_node --compare two-step",
        &["text", "json"],
    ),
    ("simulate --sysroot blocks --override bgrt {word}/{word}", &["text", "json"]),
    ("plan --numa --sysroot blocks --initrd image", &["text", "json"]),
    ("plan --numa --sysroot blocks --kernel image", &["text", "json"]),
    (
        "plan --numa --sysroot blocks --reserve 0-1G={word} --cmdline movable_node --memory-blocks",
        &["text", "json"],
    ),
    ("plan --numa --sysroot {word}", &["text", "json"]),
    ("removable --sysroot blocks", &["text", "json"]),
    ("removable --sysroot blocks --block {planted}", &["text", "json"]),
    ("removable --sysroot tree", &["text", "json"]),
    ("where --sysroot blocks 0-8G", &["text", "json"]),
    ("where --sysroot tree 0-8G", &["text", "json"]),
    ("where --sysroot blocks {planted}", &["text", "json"]),
    ("advise --sysroot blocks --policy wishes -o {word}/advice", &["text", "json"]),
    ("advise --sysroot blocks --want {planted}", &["text", "json"]),
    ("advise --sysroot tree --policy wishes --cmdline {word}", &["text", "json"]),
    ("report --sysroot blocks --initrd image -o {word}/page.html", &[""]),
    ("report --sysroot tree --initrd archive -o -", &[""]),
    ("sample {planted}", &["text", "json"]),
    ("plan --numa --sysroot blocks --compare --cmdline='{word}'", &["text", "json"]),
    ("simulate --sysroot blocks --compare --cmdline='{word}'", &["text", "json"]),
    ("simulate --sysroot blocks --initrd archive --compare --override='{word}/{word}'", &["text", "json"]),
    ("check archive {word} --against blocks --kernel 6.1,6.12", CHECKS),
    ("template list", &["text", "json"]),
    ("completions {planted}", &[""]),
    ("man {planted}", &[""]),
    ("{planted}", &[""]),
];

/// The kernel's lines are as /dev/kmsg shows them: what these keys hold has its escapes, and so has evidence that quotes one.
const KERNEL_LINES: [&str; 3] = ["log", "kernel_lines", "log_differences"];
const QUOTED: [&str; 2] = ["expected: ", "found: "];

/// A planted character that a string of JSON has as an escape for people, and where. A byte that is no UTF-8 may be one.
fn escaped(value: &serde_json::Value, place: &str) -> Option<String> {
    const ESCAPES: [&str; 6] = ["\\x1b", "\\x07", "\\x0a", "\\x0d", "\\xc2\\x9b", "\\xe2\\x80\\xae"];
    match value {
        serde_json::Value::String(text)
            if place.ends_with(".evidence") && QUOTED.iter().any(|word| text.starts_with(word)) =>
        {
            None
        }
        serde_json::Value::String(text) => {
            ESCAPES.iter().any(|escape| text.contains(escape)).then(|| format!("{place}: {text:?}"))
        }
        serde_json::Value::Array(all) => all.iter().find_map(|one| escaped(one, place)),
        serde_json::Value::Object(all) => all
            .iter()
            .filter(|(key, _)| !KERNEL_LINES.contains(&key.as_str()))
            .find_map(|(key, one)| escaped(one, &format!("{place}.{key}"))),
        _ => None,
    }
}

const CHECKS: &[&str] = &["text", "json", "sarif", "junit", "github"];

/// What is wrong with an output, if anything is.
fn fault(bytes: &[u8], format: &str) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("it is not UTF-8".to_owned()) };
    let hostile = |sign: char| {
        sign.is_control() && sign != '\n'
            || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if let Some(sign) = text.chars().find(|sign| hostile(*sign)) {
        let line = text.lines().find(|line| line.contains(sign)).unwrap_or_default();
        return Some(format!("{sign:?} in {line:?}"));
    }
    let forged =
        |line: &&str| line.trim_start().starts_with("::error::") || line.trim_start().starts_with("FORGED");
    if let Some(line) = text.lines().find(forged) {
        return Some(format!("a forged line: {line:?}"));
    }
    if !matches!(format, "json" | "sarif") || text.is_empty() {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(value) => escaped(&value, "").map(|found| format!("escaped before it was written: {found}")),
        Err(_) => Some("it is no JSON".to_owned()),
    }
}

#[test]
fn nothing_planted_reaches_an_output() {
    let field = Field::new();
    let (mut faults, mut answers) = (Vec::new(), 0);
    for (line, formats) in RUNS {
        for format in *formats {
            let word = |word: &str| -> OsString {
                let (mut out, mut rest) = (OsString::new(), word);
                while let Some((before, after)) = rest.split_once('{') {
                    let (name, after) = after.split_once('}').unwrap();
                    out.push(before);
                    out.push(if name == "word" { OsStr::new(WORD) } else { OsStr::from_bytes(PLANTED) });
                    rest = after;
                }
                out.push(rest);
                out
            };
            let mut args: Vec<OsString> = line.split(' ').map(word).collect();
            match *format {
                "" | "text" => {}
                format if line.starts_with("dump") && !matches!(format, "json" | "text") => {
                    args.extend(["--format".into(), format.into()])
                }
                format => args.extend(["--format".into(), format.into()]),
            }
            let output = field.run(&args);
            let said = format!("{line} ({format}, {:?})", output.status.code());
            if output.status.code().is_none_or(|code| code > 4) {
                faults.push(format!("{said}: it died: {}", String::from_utf8_lossy(&output.stderr)));
            }
            answers += usize::from(!output.stdout.is_empty());
            for (bytes, stream) in [(&output.stdout, "standard output"), (&output.stderr, "standard error")] {
                let format = if stream == "standard error" { "text" } else { *format };
                if let Some(fault) = fault(bytes, format) {
                    faults.push(format!("{said}: {stream}: {fault}"));
                }
            }
        }
    }
    if std::env::var_os("SHOW_RUNS").is_some() {
        eprintln!("{answers} answers");
    }
    assert!(answers > 110, "only {answers} runs gave an answer: what is planted must not stop them all");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Names of files as somebody on the machine can choose them, and what other programs read back: the name itself where it is
/// UTF-8, and `\xNN` for each other byte.
const NAMES: [(&[u8], &str); 4] = [
    (b"a\\b.aml", "a\\b.aml"),
    (b"a\nb.aml", "a\nb.aml"),
    (b"\"'<&>\xe2\x80\xae.aml", "\"'<&>\u{202e}.aml"),
    (b"a\\\xff\\b.aml", "a\\\\xff\\b.aml"),
];

/// A text of XML with its entities and references resolved.
fn of_xml(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap();
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            number => char::from_u32(number.strip_prefix('#').unwrap().parse().unwrap()).unwrap(),
        });
        out.push_str(rest);
    }
    out
}

#[test]
fn a_name_comes_back_from_what_programs_read() {
    let field = Field::new();
    for (name, value) in NAMES {
        field.put(OsStr::from_bytes(name), b"SRAT\x30\0\0\0");
        let said = |format: &str| {
            let args = ["check".as_ref(), OsStr::from_bytes(name), "--format".as_ref(), format.as_ref()];
            let output = field.run(args);
            assert_eq!(
                output.status.code(),
                Some(1),
                "{format}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert_eq!(fault(&output.stdout, format), None, "{format}");
            String::from_utf8(output.stdout).unwrap()
        };
        let json: serde_json::Value = serde_json::from_str(&said("json")).unwrap();
        assert_eq!(
            (&json["inputs"][0]["path"], &json["findings"][0]["subject"]),
            (&value.into(), &value.into())
        );
        let sarif: serde_json::Value = serde_json::from_str(&said("sarif")).unwrap();
        let text = sarif["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("{value}: ")), "{text:?}");
        let uri = sarif["runs"][0]["artifacts"][0]["location"]["uri"].as_str().unwrap();
        let mut bytes = Vec::new();
        let mut rest = uri.as_bytes();
        while let Some((first, more)) = rest.split_first() {
            let is_escape = *first == b'%';
            let hex = |two: &[u8]| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap();
            bytes.push(if is_escape { hex(&more[..2]) } else { *first });
            rest = if is_escape { &more[2..] } else { more };
        }
        assert_eq!(bytes, name, "an address has all bytes");
        let junit = said("junit");
        let suite = junit.split("<testsuite name=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(of_xml(suite), value);
        assert!(of_xml(&junit).contains(&format!(">{value}")), "{junit}");
        let github = said("github");
        assert!(
            github.lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")),
            "{github}"
        );
        assert!(said("text").contains(&*acpihp::foreign::Foreign::from(name).text()));
    }
}

#[test]
fn a_fault_is_seen() {
    assert_eq!(fault(b"all is well\n  at :1 FORGED\n", "text"), None);
    for bad in [
        &b"a\x1b[1m"[..],
        b"a\xc2\x9b",
        "a\u{202e}".as_bytes(),
        b"a\n::error::FORGED",
        b"a\n  FORGED",
        b"\xff",
        b"a\r\n",
    ] {
        assert!(fault(bad, "text").is_some(), "{bad:?}");
    }
    assert!(fault(b"{\"a\": }", "json").is_some());
    assert!(fault(b"{\"a\": [\"b\\\\x1b[1m\"]}", "json").is_some());
    assert_eq!(fault(b"{\"a\": [\"b\\u001b[1m\\\\xff\"], \"log\": \"\\\\x1b\"}", "json"), None);
}
