//! `acpihp capture`: an archive that answers as the machine does, and tells no secrets.

#![allow(clippy::indexing_slicing)]

use crate::{answer, recorded};

use acpihp::bytes::sum8;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn acpihp(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    command.args(args).env_remove("SOURCE_DATE_EPOCH").stdin(Stdio::null()).output().unwrap()
}

/// Captures a root into a file and gives the summary.
fn capture(root: &Path, output: &Path, more: &[&str]) -> Value {
    let args = ["capture", "--sysroot", root.to_str().unwrap(), "-o", output.to_str().unwrap(), "-J"];
    let done = acpihp(&[&args[..], more].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    answer::of(&done)
}

/// Where two answers part: the path to the value, and both values.
fn difference(one: &Value, other: &Value, path: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
            one.iter().find_map(|(key, value)| difference(value, other.get(key)?, &format!("{path}.{key}")))
        }
        (Value::Array(one), Value::Array(other)) if one.len() != other.len() => {
            let missing = one.iter().filter(|value| !other.contains(value));
            let more = other.iter().filter(|value| !one.contains(value));
            Some(format!("{path}: {:?} and {:?}", missing.collect::<Vec<_>>(), more.collect::<Vec<_>>()))
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| difference(one, other, &format!("{path}[{at}]")))
        }
        _ => (one != other).then(|| format!("{path}: {one} and {other}")),
    }
}

fn answer(root: &Path, command: &[&str]) -> Value {
    let done = acpihp(&[command, &["--sysroot", root.to_str().unwrap(), "-J"]].concat());
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    // Files are named by where they are, which is the one thing that differs: the folder, and a log that is packed there.
    let text = String::from_utf8(done.stdout).unwrap().replace(root.to_str().unwrap(), "ROOT");
    let mut text = text.replace("ROOT/var/log/dmesg.gz", "ROOT/var/log/dmesg");
    // A kernel's own configuration gets a name on disk.
    while let Some(at) = text.find("ROOT/boot/config-") {
        let end = text[at..].find(['"', '\\']).map_or(text.len(), |len| at + len);
        text.replace_range(at..end, "ROOT/proc/config.gz");
    }
    answer::parse(text.as_bytes())
}

fn write(path: PathBuf, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn table(signature: &[u8; 4], body: &str) -> Vec<u8> {
    let mut bytes = signature.to_vec();
    bytes.extend((36 + body.len() as u32).to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(b"VENDORTHEMODEL");
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(b"AMI \x01\0\0\0");
    bytes.extend(body.as_bytes());
    bytes[9] = 0u8.wrapping_sub(sum8(&bytes));
    bytes
}

/// A table with one more entry, of a type that does not exist.
fn with_entry(table: &[u8], text: &str) -> Vec<u8> {
    let mut bytes = [table, &[200, 2 + text.len() as u8], text.as_bytes()].concat();
    let length = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes[9] = bytes[9].wrapping_sub(sum8(&bytes));
    bytes
}

/// A table of AML: texts in a string, in code, in a buffer, and in a package within another.
fn aml(name: &[u8; 4], texts: [&str; 4], end: &[u8]) -> Vec<u8> {
    let package = |opcode: &[u8], inner: &[u8]| {
        let len = inner.len() + 2;
        [opcode, &[0x40 | (len & 0xf) as u8, (len >> 4) as u8], inner].concat()
    };
    let string = |text: &str| [b"\x0d", text.as_bytes(), b"\0"].concat();
    let [one, two, three, four] = texts;
    let buffer = package(&[0x11], &[&[0x0a, three.len() as u8], three.as_bytes()].concat());
    let inner = package(&[0x12], &[&[1][..], &string(four)].concat());
    let code = [
        &b"\x08NAME"[..],
        &string(one),
        &package(&[0x14], &[b"MTHD\x01\xa4".as_slice(), &string(two)].concat()),
        &b"\x08BUF0"[..],
        &buffer,
        &b"\x08PACK"[..],
        &package(&[0x12], &[&[1][..], &inner].concat()),
        end,
    ];
    // Bytes that are not ASCII have no place in the text that `table` takes.
    let code = code.concat();
    let mut bytes = table(name, &"x".repeat(code.len()));
    bytes.splice(36.., code);
    bytes[9] = 0;
    bytes[9] = 0u8.wrapping_sub(sum8(&bytes));
    bytes
}

/// What must not leave the machine, what it takes to get it all the same, and where it is.
const SECRETS: [(&str, &str); 70] = [
    ("serials", "NFIT-SERIAL-0815"),
    ("serials", "BDAT-SERIAL-0816"),
    ("serials", "DISPLAYSERIAL"),
    ("serials", "PARAMS-PADDING"),
    ("serials", "BEHIND-THE-MAP"),
    ("serials", "BOARD-SERIAL-4711"),
    ("serials", "52-54-00-11-22-33"),
    ("serials", "52:54:00:aa:bb:cc"),
    ("serials", "BOOTDEV-LAN"),
    ("licences", "MSDMK-EYXXX-XXXXX"),
    ("licences", "SLIC-PUBLIC-KEY"),
    ("secrets", "IBFT-CHAP-SECRET"),
    ("secrets", "LOWER-CHAP-SECRET"),
    ("secrets", "BIFT-CHAP-SECRET"),
    ("secrets", "NBFT-PSK"),
    ("secrets", "SVKL-KEYS"),
    ("secrets", "WPBT-ARGUMENTS"),
    ("secrets", "EVENT-LOG-GRUB-CMD"),
    ("secrets", "ARCHIVE-CHAP-SECRET"),
    ("secrets", "hunter2"),
    ("secrets", "s3cr3t-login"),
    ("secrets", "cifs-pass-9"),
    ("secrets", "root-flags-pw"),
    ("secrets", "t0ken-of-somebody"),
    ("secrets", "0123456789abcdef0123456789abcdef"),
    ("secrets", "RNG-SEED"),
    ("secrets", "config-built-in-pw"),
    ("names", "host-of-ip"),
    ("names", "10.11.12.13"),
    ("names", "0f1e2d3c-1111-2222-3333-444455556666"),
    ("names", "vg-of-host"),
    ("names", "who-knows-what"),
    ("names", "bare-w0rd"),
    ("names", "for-init-only"),
    ("names", "config-text-value"),
    ("names", "builder-of-kernel@farm"),
    ("log", "USB-SERIAL-99"),
    ("log", "NVME-SERIAL-98"),
    ("secrets", "another-boot-pw"),
    ("nothing", "UDEV-COMMENT-SECRET"),
    ("nothing", "UDEV-RUN-SECRET"),
    ("nothing", "UDEV-NAME-SECRET"),
    ("nothing", "UDEV-LABEL-SECRET"),
    ("vendor", "VENDOR-LICENCE-0817"),
    ("vendor", "UEFI-FREE-DATA"),
    ("vendor", "VFCT-IMAGE-OF-CARD"),
    ("vendor", "HEST-STRAY-BYTES"),
    ("vendor", "SRAT-STRAY-BYTES"),
    ("vendor", "SRAT-IN-ARCHIVE"),
    ("serials", "_AUXMAC_#001122AABBCC#"),
    ("licences", "ABCDE-12345-FGHIJ-67890-KLMNO"),
    ("secrets", "aml-password-9"),
    ("names", "admin@aml.example.org"),
    ("aml", "AssetTag of desk 7"),
    ("aml", "text-of-damaged-aml"),
    ("aml", "text-of-archived-aml"),
    ("names", "RESOURCE OF SECRET"),
    ("never", "SYSTAB-SECRET"),
    ("never", "PARAMETER-SECRET"),
    ("never", "52-54-00-99-88-77"),
    ("never", "MAP-ENTRY-SECRET"),
    ("never", "ZONE-SECRET"),
    ("never", "grub-password-pbkdf2"),
    ("never", "grub-other-entry-pw"),
    ("never", "bls-options-pw"),
    ("never", "config-comment"),
    ("never", "syslog-host-name"),
    ("never", "systemd-says-this"),
    ("never", "LUKS-KEY-FILE"),
    ("never", "MICROCODE-BLOB"),
];

const LINE: &str = "BOOT_IMAGE=/vmlinuz-6.1.0-50-cloud-amd64 movable_node nokaslr rd.iscsi.password=hunter2 \
                    inst.ks=http://me:s3cr3t-login@host/ks BOOTIF=01-52-54-00-11-22-33 quiet \
                    root=UUID=0f1e2d3c-1111-2222-3333-444455556666 resume=/dev/mapper/vg-of-host-swap \
                    ip=10.11.12.13::10.11.12.1:255.255.255.0:host-of-ip:eth0:off ifname=lan:52:54:00:aa:bb:cc \
                    bootdev=BOOTDEV-LAN rootflags=vers=3,password=root-flags-pw cifs=user=me,pass=cifs-pass-9 \
                    some.token=t0ken-of-somebody blob=0123456789abcdef0123456789abcdef tool=who-knows-what bare-w0rd";

/// Rules that bring memory online, among others.
const RULES: &str = "# UDEV-COMMENT-SECRET\n\
    SUBSYSTEM!=\"memory\", GOTO=\"UDEV-LABEL-SECRET\"\n\
    KERNEL==\"UDEV-NAME-SECRET\", ATTR{state}=\"online\"\n\
    ACTION==\"add\", TEST==\"state\", ATTR{state}==\"offline\", ATTR{state}=\"online_movable\", RUN+=\"/bin/UDEV-RUN-SECRET\"\n\
    LABEL=\"UDEV-LABEL-SECRET\"\n";

#[test]
fn rules_that_bring_memory_online_decide_from_a_capture() {
    let folder = tempfile::tempdir().unwrap();
    let (root, output) = (folder.path().join("root"), folder.path().join("machine.tar"));
    machine(&root);
    capture(&root, &output, &[]);
    let added = ["plan", "--hot-add", "64G-65G", "--kernel", "5.10"];
    let comes = |root: &Path| answer(root, &added)["hot_add"][0].to_string();
    let (here, there) = (comes(&root), comes(&output));
    assert!(here.contains("40-vm-hotadd.rules") && here.contains("Movable"), "{here}");
    assert_eq!(
        there.replace(&output.display().to_string(), ""),
        here.replace(&root.display().to_string(), "")
    );
    fs::remove_file(root.join("etc/udev/rules.d/40-vm-hotadd.rules")).unwrap();
    assert_ne!(comes(&root), here, "another answer without them");
}

/// A machine with secrets wherever machines have them; its log lists its tables.
fn machine(root: &Path) {
    recorded::named("C-k61-034").unpack(root);
    let _ = fs::remove_file(root.join("var/log/dmesg.gz"));
    let _ = fs::remove_file(root.join("firmware/roots.json"));
    write(root.join("proc/cmdline"), format!("{LINE} -- for-init-only\n"));
    let version = "Linux version 6.1.0-50-cloud-amd64 (builder-of-kernel@farm) (gcc 12) #1 SMP";
    write(root.join("proc/version"), format!("{version}\n"));
    let tables = root.join("sys/firmware/acpi/tables");
    for (name, body) in [
        (b"NFIT", "NFIT-SERIAL-0815"),
        (b"MSDM", "MSDMK-EYXXX-XXXXX"),
        (b"SLIC", "SLIC-PUBLIC-KEY"),
        (b"IBFT", "IBFT-CHAP-SECRET"),
        (b"iBFT", "LOWER-CHAP-SECRET"),
        (b"BIFT", "BIFT-CHAP-SECRET"),
        (b"NBFT", "NBFT-PSK"),
        (b"SVKL", "SVKL-KEYS"),
        (b"WPBT", "WPBT-ARGUMENTS"),
        (b"OEMX", "VENDOR-LICENCE-0817"),
        (b"BDAT", "BDAT-SERIAL-0816"),
        (b"UEFI", "GUID-OF-16-BYTES\x36\0UEFI-FREE-DATA"),
        (b"VFCT", "VFCT-IMAGE-OF-CARD"),
        (b"HEST", "\x01\0\0\0HEST-STRAY-BYTES"),
    ] {
        write(tables.join(String::from_utf8_lossy(name).as_ref()), table(name, body));
    }
    let srat = fs::read(tables.join("SRAT")).unwrap();
    write(tables.join("SRAT"), with_entry(&srat, "SRAT-STRAY-BYTES"));
    let texts =
        ["_AUXMAC_#001122AABBCC#", "aml-password-9", "ABCDE-12345-FGHIJ-67890-KLMNO", "AssetTag of desk 7"];
    write(tables.join("SSDT7"), aml(b"SSDT", texts, b"\x08MAIL\x0dadmin@aml.example.org\0"));
    write(tables.join("SSDT8"), aml(b"SSDT", ["text-of-damaged-aml", "", "", ""], &[0xf7]));
    write(root.join("var/log/messages"), "systemd-says-this\n");
    let mut log = format!(
        "[    0.000000] {version}\n[    0.000000] Command line: rd.password=another-boot-pw\n\
                 [    0.000000] {version}\n[    0.000000] Command line: {LINE}\n"
    );
    // MSDM lies where the third table of the machine did: in RAM that a node may lose for it.
    for (at, name) in ["FACP", "DSDT", "FACS", "APIC", "HPET", "MSDM", "SLIC", "NFIT", "IBFT", "SRAT", "WAET"]
        .iter()
        .enumerate()
    {
        let bytes = fs::read(tables.join(name)).unwrap();
        let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        let address = if *name == "MSDM" { 0x1_8000_0000 } else { 0x3ffe_0000 + at * 0x1000 };
        log += &format!(
            "[    0.018040] ACPI: {name} 0x{address:016X} {length:06X} (v01 VENDOR THEMODEL 00000001 AMI  00000001)\n"
        );
    }
    log += &format!(
        "[    0.100000] Kernel command line: {LINE}\n[    0.200000] smp: Bringing up secondary CPUs ...\n\
         [    0.200000] Unknown kernel command line parameters \"some.token=t0ken-of-somebody bare-w0rd\", will be passed to user space.\n\
         [    1.000000] ACPI: Interpreter enabled\n[    2.000000] usb 1-1: SerialNumber: USB-SERIAL-99\n\
         [    2.000000] nvme nvme0: serial NVME-SERIAL-98\n\
         Nov 23 10:00:00 syslog-host-name kernel: Policy zone: Normal\n"
    );
    write(root.join("var/log/dmesg"), log);
    let nodes = root.join("sys/kernel/boot_params/setup_data");
    write(nodes.join("0/type"), "0x9\n");
    write(nodes.join("0/data"), "RNG-SEED");
    let params = root.join("sys/kernel/boot_params/data");
    let mut bytes = fs::read(&params).unwrap();
    bytes[0x140 + 0x36..][..13].copy_from_slice(b"DISPLAYSERIAL");
    bytes[0x270..][..14].copy_from_slice(b"PARAMS-PADDING");
    bytes[0xc00..][..14].copy_from_slice(b"BEHIND-THE-MAP");
    write(params, bytes);
    let iomem = fs::read_to_string(root.join("proc/iomem")).unwrap();
    write(root.join("proc/iomem"), iomem + "fe900000-fe900fff : RESOURCE OF SECRET\n");
    write(root.join("sys/firmware/efi/systab"), "ACPI20=0x7fbfa014\nSYSTAB-SECRET=0x1\n");
    write(root.join("sys/module/memory_hotplug/parameters/other"), "PARAMETER-SECRET\n");
    write(root.join("sys/firmware/memmap/other/type"), "MAP-ENTRY-SECRET\n");
    write(root.join("proc/zoneinfo"), "Node 0, zone ZONE-SECRET\n        spanned 1\n");
    write(root.join("sys/class/dmi/id/product_version"), "52-54-00-99-88-77\n");
    write(root.join("sys/class/dmi/id/board_serial"), "BOARD-SERIAL-4711\n");
    write(root.join("sys/class/dmi/id/product_name"), "The Model\n");
    write(root.join("etc/udev/rules.d/40-vm-hotadd.rules"), RULES);
    write(
        root.join("boot/config-6.1.0-50-cloud-amd64"),
        "CONFIG_ACPI_TABLE_UPGRADE=y\n# config-comment\nCONFIG_CMDLINE=\"quiet x.password=config-built-in-pw\"\nCONFIG_OF=\"config-text-value\"\n",
    );
    write(tables.join("data/CCEL"), "EVENT-LOG-GRUB-CMD");
    write(
        root.join("boot/grub/grub.cfg"),
        "password_pbkdf2 root grub-password-pbkdf2\nlinux /vmlinuz-6.1.0-50-cloud-amd64 ro\n\
         initrd /ibft.img /early.img /initrd.img\nlinux /other password=grub-other-entry-pw\n",
    );
    write(root.join("boot/early.img"), recorded::named("C-k61-034").read("next/initrd.img").unwrap());
    write(root.join("boot/loader/entries/a.conf"), "linux /other\noptions password=bls-options-pw\n");
    let ibft = acpihp::container::cpio::build::File {
        name: "ibft.aml",
        data: &table(b"iBFT", "ARCHIVE-CHAP-SECRET"),
    };
    let ssdt = acpihp::container::cpio::build::File {
        name: "ssdt.aml",
        data: &aml(b"SSDT", ["text-of-archived-aml", "", "", ""], &[]),
    };
    let srat = with_entry(&srat, "SRAT-IN-ARCHIVE");
    let srat = acpihp::container::cpio::build::File { name: "srat.aml", data: &srat };
    let early = acpihp::container::cpio::build::build(&[ibft, ssdt, srat], 0).unwrap();
    write(root.join("boot/ibft.img"), early.bytes);
    let mut image = Vec::new();
    for (name, data) in
        [("kernel/x86/microcode/GenuineIntel.bin", "MICROCODE-BLOB"), ("etc/key", "LUKS-KEY-FILE")]
    {
        let mut entry = cpio::newc::Builder::new(name).mode(0o100_600).write(&mut image, data.len() as u32);
        std::io::Write::write_all(&mut entry, data.as_bytes()).unwrap();
        entry.finish().unwrap();
    }
    write(root.join("boot/initrd.img"), &image);
}

fn contains(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

#[test]
fn recorded_machines_answer_as_they_did_before() {
    let folder = tempfile::tempdir().unwrap();
    let boots = recorded::own();
    assert!(boots.len() > 10);
    for boot in boots {
        let (root, packed) = (boot.sysroot(), folder.path().join("machine.tar.gz"));
        let summary = capture(&root, &packed, &[]);
        // Whether two tables are the same is seen in their content alone, which a vendor's table leaves on the machine; and in a
        // table of AML its texts differ from those of an archive that comes from elsewhere.
        let is_vendors = summary["left_out"].as_array().unwrap().iter().any(|note| note["with"] == "vendor");
        let has_aml = boot.initrd().is_some_and(|path| {
            let archive = fs::read(path).unwrap();
            contains(&archive, "DSDT") || contains(&archive, "SSDT")
        });
        let texts = "aml,serials,licences,secrets,names";
        match (is_vendors, has_aml) {
            (false, false) => {}
            (true, false) => drop(capture(&root, &packed, &["--with", "vendor"])),
            (false, true) => drop(capture(&root, &packed, &["--with", texts])),
            (true, true) => drop(capture(&root, &packed, &["--with", texts, "--with", "vendor"])),
        }
        let next = boot.initrd();
        let mut args = vec!["simulate"];
        if let Some(next) = &next {
            args.extend(["--initrd", next.to_str().unwrap()]);
        }
        // A captured configuration has the name that distributions give it, and not that of /proc.
        let answer = |root: &Path, args: &[&str]| {
            let installed = format!("ROOT/boot/config-{}", boot.truth["linux"].as_str().unwrap_or_default());
            let text = answer(root, args).to_string().replace(&installed, "ROOT/proc/config.gz");
            serde_json::from_str::<Value>(&text).unwrap()
        };
        assert_eq!(difference(&answer(&packed, &args), &answer(&root, &args), ""), None, "{}", boot.name);
        args.splice(..1, ["plan", "--numa", "--blocks"]);
        assert_eq!(difference(&answer(&packed, &args), &answer(&root, &args), ""), None, "{}", boot.name);
        // Texts in AML are all that is replaced in a table.
        capture(&root, &packed, &["--with", "vendor,aml,serials,licences,secrets,names"]);
        let tables = |root: &Path| {
            let mut dump = answer(root, &["dump"]);
            for table in dump["tables"].as_array_mut().unwrap() {
                table["origin"] = Value::Null;
            }
            dump
        };
        assert_eq!(tables(&packed), tables(&root), "{}", boot.name);
    }
}

#[test]
fn secrets_stay_on_the_machine_and_answers_do_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let (root, output) = (folder.path().join("root"), folder.path().join("machine.tar"));
    machine(&root);
    for (_, secret) in &SECRETS {
        let everywhere = Command::new("grep").args(["-rqa", secret]).arg(&root).status();
        assert!(everywhere.unwrap().success(), "the machine does not have {secret}");
    }
    let summary = capture(&root, &output, &[]);
    let archive = fs::read(&output).unwrap();
    for (_, secret) in SECRETS {
        assert!(!contains(&archive, secret), "{secret} is in the archive");
    }
    assert_eq!(fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
    // What was done is told, in the summary and inside.
    let said = summary.to_string();
    let notes = summary["masked"].as_array().unwrap();
    let ssdt = |with: &str| {
        notes.iter().find(|note| note["with"] == with && note["path"].as_str().unwrap().ends_with("/SSDT7"))
    };
    assert_eq!(ssdt("serials").unwrap()["offsets"], serde_json::json!([42]));
    assert!(["licences", "secrets", "names", "aml"].iter().all(|with| ssdt(with).is_some()));
    // Lengths and checksums are those of the machine.
    let text = |root: &Path| answer(root, &["dump", "SSDT"])["tables"][0].clone();
    let (here, there) = (text(&root), text(&output));
    assert_eq!(there["length"], here["length"]);
    assert_eq!(there["checksum_ok"], here["checksum_ok"]);
    for wanted in [
        "MSDM",
        "SLIC",
        "IBFT",
        "NFIT",
        "board_serial",
        "rd.iscsi.password",
        "inst.ks",
        "BOOTIF",
        "SSDT7",
        "cannot be followed",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
        let report = archive.windows(8).position(|part| part == b"Left out").unwrap();
        assert!(contains(&archive[report..report + 8192], wanted), "{wanted} in README.txt");
    }
    for command in [&["simulate"][..], &["plan", "--numa", "--blocks"]] {
        let (mut here, mut there) = (answer(&root, command), answer(&output, command));
        here["command_line"] = there["command_line"].clone();
        // It quotes the built-in command line.
        for answer in [&mut here, &mut there] {
            answer["findings"]
                .as_array_mut()
                .unwrap()
                .retain(|finding| finding["code"] != "image-command-line");
        }
        assert_eq!(difference(&here, &there, ""), None, "{command:?}");
    }
    let listed = |root: &Path| {
        let dump = answer(root, &["dump"]);
        let names =
            dump["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let left: Vec<String> =
        listed(&root).into_iter().filter(|name| !listed(&output).contains(name)).collect();
    assert_eq!(
        left,
        [
            "BDAT", "BIFT", "HEST", "IBFT", "MSDM", "NBFT", "NFIT", "OEMX", "SLIC", "SSDT8", "SVKL", "UEFI",
            "VFCT", "WPBT", "iBFT"
        ]
    );
}

#[test]
fn each_kind_of_secret_comes_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (root, output) = (folder.path().join("root"), folder.path().join("machine.tar"));
    machine(&root);
    for kind in ["serials", "licences", "secrets", "names", "log", "vendor", "aml"] {
        capture(&root, &output, &["--with", kind]);
        let archive = fs::read(&output).unwrap();
        for (of, secret) in SECRETS {
            assert_eq!(contains(&archive, secret), of == kind, "--with {kind}: {secret}");
        }
    }
    capture(&root, &output, &["--with", "serials,licences,secrets,names,log,vendor,aml"]);
    let dump = |root: &Path| answer(root, &["dump", "MSDM"])["tables"][0]["length"].clone();
    assert_eq!(dump(&output), dump(&root));
}

#[test]
fn the_same_machine_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    machine(&root);
    let path = |name: &str| folder.path().join(name);
    let first = capture(&root, &path("a.tar"), &[]);
    assert_eq!(first["sha256"], capture(&root, &path("b.tar"), &[])["sha256"]);
    assert_eq!(fs::read(path("a.tar")).unwrap(), fs::read(path("b.tar")).unwrap());
    let tar = acpihp(&["capture", "--sysroot", root.to_str().unwrap()]);
    assert_eq!(tar.stdout, fs::read(path("a.tar")).unwrap(), "standard output");
    // Into a folder, and from there once more: nothing is lost on the way.
    capture(&root, &path("folder/"), &[]);
    for command in [&["simulate"][..], &["plan", "--numa"]] {
        assert_eq!(answer(&path("folder"), command), answer(&path("a.tar"), command));
    }
    capture(&path("folder"), &path("c.tar"), &[]);
    assert_eq!(answer(&path("c.tar"), &["simulate"]), answer(&path("a.tar"), &["simulate"]));
    let again =
        acpihp(&["capture", "--sysroot", root.to_str().unwrap(), "-o", path("folder").to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
    // The time is an input as with other archives.
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    command.args(["capture", "--sysroot", root.to_str().unwrap()]).env("SOURCE_DATE_EPOCH", "86400");
    assert!(contains(&command.output().unwrap().stdout, "00000250600"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (root, output) = (folder.path().join("root"), folder.path().join("machine.tar"));
    machine(&root);
    let start = root.join("sys/firmware/memmap/0/start");
    fs::create_dir_all(start.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&start);
    symlink("start", &start).unwrap();
    write(root.join("proc/iomem"), "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n");
    let summary = capture(&root, &output, &[]);
    let unreadable = summary["unreadable"].as_array().unwrap();
    let about =
        |path: &str| unreadable.iter().find(|note| note["path"] == path).map(|note| note["what"].to_string());
    assert!(about("sys/firmware/memmap/0/start").is_some_and(|what| what.contains("symbolic links")));
    assert!(about("proc/iomem").is_some_and(|what| what.contains("root only")));
    // Without any table there is nothing to work with: the status says so.
    let tables = root.join("sys/firmware/acpi/tables");
    fs::remove_dir_all(tables.join("data")).unwrap();
    for entry in fs::read_dir(&tables).unwrap().map(Result::unwrap) {
        fs::remove_file(entry.path()).unwrap();
        symlink(entry.file_name(), entry.path()).unwrap();
    }
    let done = acpihp(&["capture", "--sysroot", root.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(3));
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(
        text.contains("sys/firmware/acpi/tables/*, 23 of them: ")
            && text.lines().all(|line| line.len() <= 80),
        "{text}"
    );
}

#[test]
fn samples_can_be_taken_along() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("sample.tar");
    let done = acpihp(&["capture", "--sample", "hotplug", "-o", output.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let plan = acpihp(&["plan", "--numa", "--sample", "hotplug", "-J"]);
    let [taken, own] = [answer(&output, &["plan", "--numa"]), answer::of(&plan)].map(answer::without_sources);
    assert_eq!(taken, own);
}
