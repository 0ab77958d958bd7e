//! "I made the archive and nothing happened": for each boot loader and each broken link a small machine on which it is so,
//! and one on which it is not.

use super::{check, doctor, status};
use crate::answer;
use acpihp::bytes::sum8;
use acpihp::container::cpio::build::{File, build};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

/// The packed initrd of these machines.
static PACKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut init = cpio::newc::Builder::new("init").mode(0o100_755).write(Vec::new(), 10);
    init.write_all(b"#!/bin/sh\n").unwrap();
    let plain = cpio::newc::trailer(init.finish().unwrap()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain).unwrap();
    gzip.finish().unwrap()
});
const RELEASE: &str = "6.1.0-1-amd64";

pub fn put(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub fn table(signature: &[u8; 4], revision: u32) -> Vec<u8> {
    let mut bytes = vec![0; 36];
    bytes[..4].copy_from_slice(signature);
    bytes[4] = 36;
    bytes[8] = 2;
    bytes[10..24].copy_from_slice(b"MADE  MADETEST");
    bytes[24..28].copy_from_slice(&revision.to_le_bytes());
    bytes[28..32].copy_from_slice(b"INTL");
    bytes[9] = 0u8.wrapping_sub(sum8(&bytes));
    bytes
}

pub fn archive(table: &[u8]) -> Vec<u8> {
    build(&[File { name: "dsdt.aml", data: table }], 0).unwrap().bytes
}

/// A machine that booted Linux with the packed initrd alone, from its first line of log on.
fn machine(line: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    machine_at(folder.path(), line);
    folder
}

/// The same in a folder of its own.
pub fn machine_at(root: &Path, line: &str) {
    put(root, "proc/cmdline", line);
    put(root, "proc/sys/kernel/osrelease", RELEASE);
    put(root, "boot/vmlinuz-6.1.0-1-amd64", "kernel");
    put(root, "boot/initrd.img-6.1.0-1-amd64", &*PACKED);
    put(root, "boot/config-6.1.0-1-amd64", "CONFIG_ACPI_TABLE_UPGRADE=y\n");
    put(root, "sys/firmware/acpi/tables/DSDT", table(b"DSDT", 1));
    log(root, line, "");
}

fn log(root: &Path, line: &str, more: &str) {
    let last = 0x3000_0000 + PACKED.len() - 1;
    let text = format!(
        "[    0.000000] Linux version {RELEASE} (x@x) #1 SMP\n[    0.000000] Command line: {line}\n\
         [    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n\
         [    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bfffffff] usable\n\
         [    0.000000] RAMDISK: [mem 0x30000000-{last:#x}]\n{more}"
    );
    put(root, "var/log/dmesg", text);
}

/// One loader: its file, and what it has without and with the archive.
pub struct Case {
    pub line: &'static str,
    pub file: &'static str,
    pub without: &'static str,
    pub with: &'static str,
    /// What the fix says.
    fix: &'static str,
}

pub const CASES: &[Case] = &[
    Case {
        line: "BOOT_IMAGE=/boot/vmlinuz-6.1.0-1-amd64 ro",
        file: "boot/grub/grub.cfg",
        without: "menuentry 'Debian' {\n linux /boot/vmlinuz-6.1.0-1-amd64 ro\n initrd /boot/initrd.img-6.1.0-1-amd64\n}\n",
        with: "menuentry 'Debian' {\n linux /boot/vmlinuz-6.1.0-1-amd64 ro\n initrd /boot/acpi.img /boot/initrd.img-6.1.0-1-amd64\n}\n",
        fix: "GRUB_EARLY_INITRD_LINUX_CUSTOM=\"acpi.img\"",
    },
    // A partition of its own for /boot.
    Case {
        line: "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0-1-amd64 ro",
        file: "boot/grub2/grub.cfg",
        without: "menuentry x {\n linuxefi /vmlinuz-6.1.0-1-amd64 ro\n initrdefi /initrd.img-6.1.0-1-amd64\n}\n",
        with: "menuentry x {\n linuxefi /vmlinuz-6.1.0-1-amd64 ro\n initrdefi /acpi.img /initrd.img-6.1.0-1-amd64\n}\n",
        fix: "grub2-mkconfig",
    },
    Case {
        line: "ro",
        file: "boot/loader/entries/a.conf",
        without: "title A\nlinux /vmlinuz-6.1.0-1-amd64\ninitrd /initrd.img-6.1.0-1-amd64\n",
        with: "title A\nlinux /vmlinuz-6.1.0-1-amd64\ninitrd /acpi.img\ninitrd /initrd.img-6.1.0-1-amd64\n",
        fix: "\"initrd /acpi.img\"",
    },
    Case {
        line: "ro",
        file: "boot/limine.conf",
        without: "timeout: 3\n/Linux\n protocol: linux\n path: boot():/vmlinuz-6.1.0-1-amd64\n module_path: boot():/initrd.img-6.1.0-1-amd64\n",
        with: "timeout: 3\n/Linux\n protocol: linux\n path: boot():/vmlinuz-6.1.0-1-amd64\n module_path: boot():/acpi.img\n module_path: boot():/initrd.img-6.1.0-1-amd64\n",
        fix: "\"module_path: boot():/acpi.img\"",
    },
    Case {
        line: "ro",
        file: "boot/extlinux/extlinux.conf",
        without: "label l\n linux ../vmlinuz-6.1.0-1-amd64\n initrd ../initrd.img-6.1.0-1-amd64\n",
        with: "LABEL l\n LINUX /vmlinuz-6.1.0-1-amd64\n INITRD /acpi.img,/initrd.img-6.1.0-1-amd64\n",
        fix: "INITRD /acpi.img,",
    },
    Case {
        line: "ro",
        file: "boot/efi/EFI/refind/refind.conf",
        without: "menuentry \"L\" {\n loader /@/boot/vmlinuz-6.1.0-1-amd64\n initrd /@/boot/initrd.img-6.1.0-1-amd64\n}\n",
        with: "menuentry \"L\" {\n loader /@/boot/vmlinuz-6.1.0-1-amd64\n initrd /@/boot/acpi.img\n initrd /@/boot/initrd.img-6.1.0-1-amd64\n}\n",
        fix: "\"initrd /acpi.img\"",
    },
    Case {
        line: "ro",
        file: "boot/refind_linux.conf",
        without: "\"Boot\" \"root=x initrd=boot\\initrd.img-6.1.0-1-amd64\"\n",
        with: "\"Boot\" \"root=x initrd=boot\\acpi.img initrd=boot\\initrd.img-6.1.0-1-amd64\"\n",
        fix: "acpi.img",
    },
    Case {
        line: "ro",
        file: "boot/boot.scr",
        without: "\u{0}\u{0}header\nload mmc 0:1 ${kernel_addr_r} /boot/vmlinuz-6.1.0-1-amd64\nload mmc 0:1 ${ramdisk_addr_r} /boot/initrd.img-6.1.0-1-amd64\n",
        with: "load mmc 0:1 ${kernel_addr_r} /boot/vmlinuz-6.1.0-1-amd64\nload mmc 0:1 ${ramdisk_addr_r} /boot/acpi.img\n\
               load mmc 0:1 ${ramdisk_addr_r} /boot/initrd.img-6.1.0-1-amd64\n",
        fix: "acpi.img",
    },
];

/// Other places and ways in which the same loaders have their entries.
const MORE: &[Case] = &[
    Case {
        line: "BOOT_IMAGE=/boot/vmlinuz-6.1.0-1-amd64 ro",
        file: "boot/efi/EFI/debian/grub.cfg",
        without: "set r=/boot\nmenuentry 'Debian' { linux $r/vmlinuz-6.1.0-1-amd64 ro; initrd ${r}/initrd.img-6.1.0-1-amd64; }\n",
        with: "set r=/boot\nmenuentry 'Debian' { linux $r/vmlinuz-6.1.0-1-amd64 ro; initrd ${r}/acpi.img ${r}/initrd.img-6.1.0-1-amd64; }\n",
        fix: "GRUB_EARLY_INITRD_LINUX_CUSTOM=\"acpi.img\"",
    },
    // Of a ZFS dataset.
    Case {
        line: "BOOT_IMAGE=/ROOT/ubuntu@/boot/vmlinuz-6.1.0-1-amd64 ro",
        file: "boot/grub/grub.cfg",
        without: "menuentry 'U' {\n linux \"/ROOT/ubuntu@/boot/vmlinuz-6.1.0-1-amd64\" ro\n initrd \"/ROOT/ubuntu@/boot/initrd.img-6.1.0-1-amd64\"\n}\n",
        with: "menuentry 'U' {\n linux \"/ROOT/ubuntu@/boot/vmlinuz-6.1.0-1-amd64\" ro\n initrd \"/ROOT/ubuntu@/boot/acpi.img\" \"/ROOT/ubuntu@/boot/initrd.img-6.1.0-1-amd64\"\n}\n",
        fix: "GRUB_EARLY_INITRD_LINUX_CUSTOM=\"acpi.img\"",
    },
    Case {
        line: "root=x ro",
        file: "boot/grub/menu.lst",
        without: "default 0\ntitle Debian\nroot (hd0,0)\nkernel /boot/vmlinuz-6.1.0-1-amd64 ro\ninitrd /boot/initrd.img-6.1.0-1-amd64\n",
        with: "default 0\ntitle Debian\nroot (hd0,0)\nkernel /boot/vmlinuz-6.1.0-1-amd64 ro\ninitrd /boot/acpi.img /boot/initrd.img-6.1.0-1-amd64\n",
        fix: "acpi.img",
    },
    Case {
        line: "ro",
        file: "boot/EFI/limine/limine.conf",
        without: "${D}=boot():\n/Linux\n protocol: linux\n path: ${D}/vmlinuz-6.1.0-1-amd64\n module_path: ${D}/initrd.img-6.1.0-1-amd64\n",
        with: "${D}=boot():\n/Linux\n protocol: linux\n path: ${D}/vmlinuz-6.1.0-1-amd64\n module_path: ${D}/acpi.img\n module_path: ${D}/initrd.img-6.1.0-1-amd64\n",
        fix: "\"module_path: boot():/acpi.img\"",
    },
    Case {
        line: "ro",
        file: "efi/EFI/syslinux/syslinux.cfg",
        without: "LABEL l\n LINUX /boot/vmlinuz-6.1.0-1-amd64\n INITRD /boot/initrd.img-6.1.0-1-amd64\n",
        with: "LABEL l\n LINUX /boot/vmlinuz-6.1.0-1-amd64\n INITRD /boot/acpi.img,/boot/initrd.img-6.1.0-1-amd64\n",
        fix: "INITRD /acpi.img,",
    },
    Case {
        line: "ro",
        file: "boot/refind_linux.conf",
        without: "\"Boot\" \"root=x initrd=boot\\initrd.img-%v\"\n",
        with: "\"Boot\" \"root=x initrd=boot\\acpi.img initrd=boot\\initrd.img-%v\"\n",
        fix: "acpi.img",
    },
    // The other entry is switched off.
    Case {
        line: "ro",
        file: "boot/efi/EFI/refind/refind.conf",
        without: "menuentry a {\n loader /boot/vmlinuz-6.1.0-1-amd64\n initrd /boot/initrd.img-6.1.0-1-amd64\n}\n\
                  menuentry b {\n loader /boot/vmlinuz-6.1.0-1-amd64\n initrd /boot/acpi.img\n initrd /boot/initrd.img-6.1.0-1-amd64\n disabled\n}\n",
        with: "menuentry b {\n loader /boot/vmlinuz-6.1.0-1-amd64\n initrd /boot/acpi.img\n initrd /boot/initrd.img-6.1.0-1-amd64\n}\n",
        fix: "\"initrd /acpi.img\"",
    },
    Case {
        line: "ro",
        file: "boot.scr",
        without: "load mmc 0:1 ${kernel_addr_r} /boot/vmlinuz-6.1.0-1-amd64\nload mmc 0:1 ${ramdisk_addr_r} /boot/initrd.img-6.1.0-1-amd64\n",
        with: "load mmc 0:1 ${kernel_addr_r} /boot/vmlinuz-6.1.0-1-amd64\nload mmc 0:1 ${ramdisk_addr_r} /boot/acpi.img\n\
               load mmc 0:1 ${ramdisk_addr_r} /boot/initrd.img-6.1.0-1-amd64\n",
        fix: "acpi.img",
    },
];

#[test]
fn files_that_a_loader_s_file_takes_in_count() {
    for (file, more) in [
        ("boot/syslinux/syslinux.cfg", ("INCLUDE more.cfg\n", "boot/syslinux/more.cfg")),
        ("boot/grub/grub.cfg", ("configfile $prefix/more.cfg\n", "boot/grub/more.cfg")),
        ("boot/efi/EFI/refind/refind.conf", ("include more.conf\n", "boot/efi/EFI/refind/more.conf")),
    ] {
        let folder = machine("ro");
        let root = folder.path();
        let (text, included) = more;
        put(root, file, text);
        let entry = match file {
            "boot/syslinux/syslinux.cfg" => CASES[4].without.replace("../", "/"),
            "boot/grub/grub.cfg" => CASES[0].without.to_owned(),
            _ => CASES[5].without.to_owned(),
        };
        put(root, included, entry);
        put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
        let (_, report) = doctor(root, &[]);
        let evidence = check(&report, "archive").unwrap()["evidence"].to_string();
        assert!(evidence.contains(included), "{file}: {report:#}");
    }
}

#[test]
fn lilo_loads_one_initrd() {
    let folder = machine("ro");
    let root = folder.path();
    let entry =
        |initrd: &str| format!("image=/boot/vmlinuz-6.1.0-1-amd64\n label=x\n initrd=/boot/{initrd}\n");
    put(root, "etc/lilo.conf", entry("initrd.img-6.1.0-1-amd64"));
    put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
    let (_, report) = doctor(root, &[]);
    assert!(
        check(&report, "archive").unwrap()["evidence"].to_string().contains("etc/lilo.conf"),
        "{report:#}"
    );
    put(root, "etc/lilo.conf", entry("acpi.img"));
    let (_, report) = doctor(root, &[]);
    let initrd = check(&report, "initrd").unwrap()["message"].as_str().unwrap();
    assert_eq!(initrd, "etc/lilo.conf loads /boot/acpi.img alone, which holds no /init");
}

#[test]
fn an_archive_that_no_entry_loads_is_named_with_the_entry() {
    for case in CASES.iter().chain(MORE) {
        let folder = machine(case.line);
        let root = folder.path();
        put(root, case.file, case.without);
        let (exit, report) = doctor(root, &[]);
        assert_eq!((exit, report["verdict"].as_str()), (0, Some("no-override")), "{}: {report:#}", case.file);
        put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
        let (exit, report) = doctor(root, &[]);
        assert_eq!((exit, &report["broken"]), (1, &Value::from("archive")), "{}: {report:#}", case.file);
        let archive = check(&report, "archive").unwrap();
        assert_eq!(archive["code"], "doctor-not-loaded", "{}: {report:#}", case.file);
        let message = archive["message"].as_str().unwrap();
        assert!(message.starts_with("boot/acpi.img holds DSDT"), "{message}");
        let evidence = archive["evidence"].to_string();
        assert!(evidence.contains(case.file), "{}: {evidence}", case.file);
        assert!(archive["fix"].as_str().unwrap().contains(case.fix), "{}: {archive:#}", case.file);
        assert_eq!(report["conclusion"].as_str().unwrap(), format!("archive: {message}"));
        // Named, it is part of what is looked at, and no longer lies around.
        put(root, case.file, case.with);
        let (_, report) = doctor(root, &[]);
        assert_eq!(status(&report, "archive"), "ok", "{}: {report:#}", case.file);
        let initrd = check(&report, "initrd").unwrap()["message"].as_str().unwrap();
        assert!(initrd.contains("boot/acpi.img, boot/initrd.img"), "{initrd}");
    }
}

#[test]
fn a_named_file_that_is_not_there_is_missing() {
    for case in CASES.iter().filter(|case| !case.file.contains("refind_linux")) {
        let folder = machine(case.line);
        let root = folder.path();
        put(root, case.file, case.with);
        let (exit, report) = doctor(root, &[]);
        assert_eq!((exit, &report["broken"]), (1, &Value::from("archive")), "{}: {report:#}", case.file);
        let archive = check(&report, "archive").unwrap();
        assert_eq!(archive["code"], "doctor-file-missing", "{}: {report:#}", case.file);
        // The same file elsewhere is said to be there.
        put(root, "boot/efi/other/acpi.img", self::archive(&table(b"DSDT", 2)));
        let (_, report) = doctor(root, &[]);
        let message = check(&report, "archive").unwrap()["message"].to_string();
        assert!(message.contains("boot/efi/other/acpi.img is, with DSDT"), "{message}");
    }
}

#[test]
fn grub_with_boot_loader_entries_takes_archives_from_grubenv() {
    let folder = machine("BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0-1-amd64 ro");
    let root = folder.path();
    put(root, "boot/grub2/grub.cfg", "insmod blscfg\nblscfg\n");
    put(root, "boot/loader/entries/a.conf", CASES[2].without);
    put(root, "etc/default/grub", "GRUB_ENABLE_BLSCFG=true\nGRUB_EARLY_INITRD_LINUX_CUSTOM=\"acpi.img\"\n");
    put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
    let (_, report) = doctor(root, &[]);
    let archive = check(&report, "archive").unwrap();
    let evidence = archive["evidence"].to_string();
    assert!(
        evidence.contains("GRUB_EARLY_INITRD_LINUX_CUSTOM=acpi.img") && evidence.contains("grubenv has none"),
        "{evidence}"
    );
    assert!(
        archive["fix"].as_str().unwrap().starts_with("grub2-editenv - set early_initrd=acpi.img"),
        "{archive:#}"
    );
    put(root, "boot/grub2/grubenv", "# GRUB Environment Block\nsaved_entry=a\nearly_initrd=acpi.img\n###");
    let (_, report) = doctor(root, &[]);
    assert_eq!(status(&report, "archive"), "ok", "{report:#}");
}

#[test]
fn tables_of_a_folder_that_are_not_in_the_initrd() {
    let dracut =
        ("etc/dracut.conf.d/acpi.conf", "acpi_override=\"yes\"\nacpi_table_dir=\"/etc/my tables\"\n");
    let cases = [
        (
            "etc/initcpio/acpi_override/dsdt.aml",
            "etc/mkinitcpio.conf",
            "HOOKS=(base acpi_override udev)\n",
            "mkinitcpio -P",
        ),
        (
            "usr/lib/initcpio/acpi_override/dsdt.aml",
            "etc/mkinitcpio.conf",
            "# HOOKS=(acpi_override)\n",
            "mkinitcpio -P",
        ),
        ("var/lib/acpi-override/dsdt.aml", "etc/x", "", "update-initramfs -u"),
        ("etc/my tables/dsdt.aml", dracut.0, dracut.1, "dracut --force"),
        ("etc/acpihp/tables/dsdt.aml", "etc/x", "", "dracut --force"),
    ];
    for (path, setting, text, fix) in cases {
        let folder = machine(CASES[0].line);
        let root = folder.path();
        put(root, CASES[0].file, CASES[0].without);
        put(root, setting, text);
        put(root, path, table(b"DSDT", 2));
        let (exit, report) = doctor(root, &[]);
        assert_eq!((exit, &report["broken"]), (1, &Value::from("archive")), "{path}: {report:#}");
        let archive = check(&report, "archive").unwrap();
        assert!(archive["message"].as_str().unwrap().starts_with(path), "{archive:#}");
        assert!(archive["fix"].as_str().unwrap().contains(fix), "{archive:#}");
        let is_set = archive["evidence"].to_string().contains(setting);
        assert_eq!(is_set, text.contains("yes") || text.starts_with("HOOKS"), "{archive:#}");
        // A file that is no table is not one.
        put(root, path, "not a table, and longer than a header of one");
        assert_eq!(doctor(root, &[]).0, 0, "{path}");
    }
}

#[test]
fn an_archive_that_is_older_than_its_tables() {
    let folder = machine(CASES[0].line);
    let root = folder.path();
    put(root, CASES[0].file, CASES[0].with);
    put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
    put(root, "etc/initcpio/acpi_override/dsdt.aml", table(b"DSDT", 2));
    assert_eq!(status(&doctor(root, &[]).1, "archive"), "ok");
    put(root, "etc/initcpio/acpi_override/dsdt.aml", table(b"DSDT", 3));
    let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for file in ["boot/acpi.img", "boot/initrd.img-6.1.0-1-amd64"] {
        fs::File::options().write(true).open(root.join(file)).unwrap().set_modified(past).unwrap();
    }
    let (exit, report) = doctor(root, &[]);
    let archive = check(&report, "archive").unwrap();
    assert_eq!((exit, archive["code"].as_str()), (1, Some("doctor-archive-outdated")), "{report:#}");
    assert!(archive["message"].as_str().unwrap().contains("is older than"), "{archive:#}");
}

#[test]
fn names_on_the_command_line_load_nothing() {
    for (line, is_stray) in [
        ("BOOT_IMAGE=/boot/vmlinuz-6.1.0-1-amd64 ro /acpi_override quiet", true),
        ("BOOT_IMAGE=/boot/vmlinuz-6.1.0-1-amd64 initrd=/acpi.img ro", true),
        ("BOOT_IMAGE=/boot/vmlinuz-6.1.0-1-amd64 root=/dev/sda1 init=/bin/sh", false),
    ] {
        let folder = machine(line);
        put(folder.path(), CASES[0].file, CASES[0].without);
        let (exit, report) = doctor(folder.path(), &[]);
        assert_eq!(exit, i32::from(is_stray), "{line}: {report:#}");
        assert_eq!(status(&report, "command-line"), if is_stray { "not" } else { "" }, "{line}");
    }
}

#[test]
fn an_entry_with_the_archive_alone_has_no_init() {
    let folder = machine("ro");
    let root = folder.path();
    put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
    put(root, CASES[2].file, "title A\nlinux /vmlinuz-6.1.0-1-amd64\ninitrd /acpi.img\n");
    let (exit, report) = doctor(root, &[]);
    assert_eq!(
        (exit, check(&report, "initrd").unwrap()["code"].as_str()),
        (1, Some("doctor-no-init")),
        "{report:#}"
    );
    log(
        root,
        "ro",
        "[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n",
    );
    let (_, report) = doctor(root, &[]);
    let initrd = check(&report, "initrd").unwrap();
    assert_eq!(
        (initrd["severity"].as_str(), &report["broken"]),
        (Some("error"), &Value::from("initrd")),
        "{report:#}"
    );
    log(root, "ro", "[    1.0] VFS: Mounted root (ext4 filesystem) readonly on device 8:1.\n");
    assert_ne!(check(&doctor(root, &[]).1, "initrd").unwrap()["code"], "doctor-no-init");
}

#[test]
fn a_kernel_without_table_upgrade_ends_the_search() {
    let folder = machine(CASES[0].line);
    let root = folder.path();
    put(root, CASES[0].file, CASES[0].without);
    put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
    put(root, "boot/config-6.1.0-1-amd64", "# CONFIG_ACPI_TABLE_UPGRADE is not set\n");
    let (exit, report) = doctor(root, &[]);
    assert_eq!((exit, &report["broken"]), (1, &Value::from("kernel")), "{report:#}");
    for link in ["initrd", "archive", "seen", "accepted", "applied"] {
        assert!(check(&report, link).is_none(), "{report:#}");
    }
    // The configuration that is given decides.
    put(root, "given", "CONFIG_ACPI_TABLE_UPGRADE=y\n");
    let given = root.join("given");
    let (_, report) = doctor(root, &["--config", given.to_str().unwrap()]);
    assert_eq!(report["broken"], "archive", "{report:#}");
}

#[test]
fn known_lines_are_explained() {
    let cases = [
        ("ACPI BIOS Error (bug): A valid RSDP was not found (20220331/tbxfroot-210)", "doctor-no-rsdp", 1),
        (
            "memory offlining [mem 0x100000000-0x107ffffff] failed due to unmovable page",
            "doctor-not-offlined",
            1,
        ),
        (
            "ACPI BIOS Warning (bug): Incorrect checksum in table [BGRT] - 0x3F, should be 0xC9",
            "doctor-checksum-line",
            0,
        ),
        (
            "ACPI BIOS Error (bug): Failure creating named object [\\_SB.X], AE_ALREADY_EXISTS (20230628/dswload2-326)",
            "doctor-already-exists",
            0,
        ),
    ];
    for (line, code, wanted) in cases {
        let folder = machine("ro");
        log(folder.path(), "ro", &format!("[    0.1] {line}\n"));
        let (exit, report) = doctor(folder.path(), &[]);
        let messages = check(&report, "messages").unwrap();
        assert_eq!((exit, messages["code"].as_str()), (wanted, Some(code)), "{report:#}");
        assert!(messages["evidence"].to_string().contains(&line[..20]), "{messages:#}");
    }
    // After an override the same line is the override's.
    let folder = machine("ro");
    let upgrade = "[    0.1] ACPI: SSDT ACPI table found in initrd [kernel/firmware/acpi/a.aml][0x24]\n\
                   [    0.2] ACPI: Table Upgrade: install [SSDT-MADE  -MADETEST]\n\
                   [    0.2] ACPI: SSDT 0x000000007FFDE128 000024 (v02 MADE   MADETEST 00000001 INTL 00000000)\n\
                   [    0.3] ACPI BIOS Error (bug): Failure creating named object [\\_SB.X], AE_ALREADY_EXISTS (20230628/dswload2-326)\n";
    log(folder.path(), "ro", upgrade);
    let (_, report) = doctor(folder.path(), &[]);
    assert_eq!(check(&report, "messages").unwrap()["severity"], "warning", "{report:#}");
}

#[test]
fn the_log_s_own_command_line_counts() {
    let folder = machine("ro of-now");
    let given = folder.path().join("given.log");
    fs::write(&given, "Linux version 5.10.0 (x@x)\nCommand line: ro of-the-log\nBIOS-e820: [mem 0x0000000000100000-0x00000000bfffffff] usable\n").unwrap();
    let (_, report) = doctor(folder.path(), &["--dmesg", given.to_str().unwrap()]);
    assert_eq!(
        (report["command_line"].as_str(), report["kernel"].as_str()),
        (Some("ro of-the-log"), Some("5.10.0"))
    );
    assert_eq!(report["sources"]["command_line"]["kind"], "log", "{report:#}");
    let (_, report) = doctor(
        folder.path(),
        &["--dmesg", given.to_str().unwrap(), "--cmdline", "acpi=off", "--kernel", "6.12"],
    );
    assert_eq!(
        (report["command_line"].as_str(), report["kernel"].as_str()),
        (Some("acpi=off"), Some("6.12"))
    );
}

#[test]
fn what_cannot_be_seen_is_unknown_and_not_wrong() {
    // A log with an SRAT, and no tables: nothing to compare with.
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "proc/sys/kernel/osrelease", RELEASE);
    let srat = "[    0.0] ACPI: SRAT 0x00000000BFFE0000 000128 (v02 A B 00000001 C 00000001)\n\
                [    0.0] ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0xbfffffff]\n";
    log(folder.path(), "ro", srat);
    let (exit, report) = doctor(folder.path(), &[]);
    assert_eq!((exit, status(&report, "srat")), (0, "unknown"), "{report:#}");
    assert!(check(&report, "zones").is_none(), "{report:#}");
    // No zoneinfo is no memory that came or went.
    let folder = machine("ro");
    log(folder.path(), "ro", "Zone ranges:\n  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n");
    assert!(!doctor(folder.path(), &[]).1.to_string().contains("added or taken away"));
}

#[test]
fn a_capture_knows_the_boot_entries_and_no_titles() {
    for case in [&CASES[0], &CASES[3]] {
        let folder = machine(case.line);
        let root = folder.path();
        put(
            root,
            case.file,
            case.without.replace("'Debian'", "'Of Somebody'").replace("/Linux", "/Of Somebody"),
        );
        put(root, "boot/acpi.img", archive(&table(b"DSDT", 2)));
        let packed = root.join("capture.tar");
        let mut capture = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        capture.args(["capture", "-J", "--sysroot"]).arg(root).arg("-o").arg(&packed);
        answer::of(&capture.output().unwrap());
        assert!(!fs::read(&packed).unwrap().windows(8).any(|part| part == b"Somebody"));
        let verdict = |root: &Path| {
            let (exit, report) = doctor(root, &[]);
            (exit, report["conclusion"].clone(), check(&report, "archive").unwrap()["fix"].clone())
        };
        assert_eq!(verdict(&packed), verdict(root), "{}", case.file);
    }
}

#[test]
fn the_first_line_is_the_conclusion() {
    let folder = machine(CASES[0].line);
    put(folder.path(), CASES[0].file, CASES[0].without);
    put(folder.path(), "boot/acpi.img", archive(&table(b"DSDT", 2)));
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    let text = command.args(["doctor", "--sysroot"]).arg(folder.path()).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("Broken link: archive: boot/acpi.img holds DSDT"), "{text}");
    assert!(
        !text.lines().any(|line| line.len() > 80 && !line.contains(folder.path().to_str().unwrap())),
        "{text}"
    );
}
