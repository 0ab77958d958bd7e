//! `mkinitrd-override --howto`: the lines for one machine, run on a copy of it, put the archive in front of its initrd, and the
//! others take it out again.

#![allow(clippy::indexing_slicing)]

use crate::answer;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const RELEASE: &str = "6.1.0-1-amd64";

fn put(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A machine with these files beside kernel and initrd in /boot.
fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "proc/sys/kernel/osrelease", RELEASE);
    put(root, "proc/cmdline", "ro");
    put(root, "boot/vmlinuz-6.1.0-1-amd64", "kernel");
    put(root, "boot/initrd.img-6.1.0-1-amd64", [0; 64]);
    for (path, text) in files {
        put(root, path, text);
    }
    folder
}

fn acpihp(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).stdin(Stdio::null()).output().unwrap()
}

/// The ways of a machine: the archive is made anew for each.
fn howto(root: &Path, more: &[&str]) -> Value {
    let table = root.join("tables/ssdt.aml");
    fs::create_dir_all(root.join("tables")).unwrap();
    let mut bytes = b"SSDT\x24\0\0\0\x02\0MADE  MADETEST\x01\0\0\0INTL\0\0\0\0".to_vec();
    bytes[9] = 0u8.wrapping_sub(bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
    fs::write(&table, bytes).unwrap();
    let output = root.join("out/acpi.img");
    fs::create_dir_all(output.parent().unwrap()).unwrap();
    let (table, output) = (table.to_str().unwrap(), output.to_str().unwrap());
    let args = ["mkinitrd-override", table, "-o", output, "--against", "none", "--howto", "-J", "--sysroot"];
    answer::of(&acpihp(&[&args[..], &[root.to_str().unwrap()], more].concat()))
}

/// The lines of one way of a machine.
fn way<'v>(report: &'v Value, loader: &str) -> &'v Value {
    let ways = report["howto"].as_array().unwrap();
    ways.iter().find(|way| way["loader"] == loader).unwrap_or_else(|| panic!("{loader}: {report:#}"))
}

fn lines(way: &Value, key: &str) -> String {
    way[key].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Runs those of the lines that only change files, on the copy.
fn run(root: &Path, lines: &str) {
    const FILES: [&str; 6] = ["cp ", "rm ", "sed ", "echo ", "printf ", "install "];
    let at = root.to_str().unwrap();
    for line in lines.lines().filter(|line| FILES.iter().any(|start| line.starts_with(start))) {
        // What is in quotes is a script, and no file of this machine.
        let parts = line.split('\'').enumerate().map(|(index, part)| match index % 2 {
            0 => ["/boot", "/etc", "/efi"].iter().fold(part.to_owned(), |part, folder| {
                part.replace(&format!(" {folder}/"), &format!(" {at}{folder}/"))
            }),
            _ => part.to_owned(),
        });
        let line = parts.collect::<Vec<_>>().join("'");
        let done = Command::new("sh").args(["-ec", &line]).current_dir(root).output().unwrap();
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Whether the machine's next boot has the tables.
fn has_tables(root: &Path) -> bool {
    let report = answer::of(&acpihp(&["doctor", "-J", "--sysroot", root.to_str().unwrap()]));
    report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .any(|check| check["name"] == "archive" && check["status"] == "ok")
}

const ENTRY: &str = "title A\nlinux /vmlinuz-6.1.0-1-amd64\ninitrd /initrd.img-6.1.0-1-amd64\noptions ro\n";
const GRUB: &str =
    "menuentry x {\n linux /boot/vmlinuz-6.1.0-1-amd64 ro\n initrd /boot/initrd.img-6.1.0-1-amd64\n}\n";

#[test]
fn lines_that_edit_entries_do_it_and_undo_it() {
    let arch = ("etc/os-release", "ID=arch\nPRETTY_NAME=\"Arch Linux\"\n");
    let cases = [
        ("systemd-boot", "boot/loader/entries/a.conf", ENTRY),
        (
            "limine",
            "boot/limine.conf",
            "timeout: 3\n/+Arch\n  //linux\n  protocol: linux\n  path: boot():/vmlinuz-6.1.0-1-amd64\n  module_path: boot():/initrd.img-6.1.0-1-amd64\n",
        ),
        (
            "SYSLINUX, EXTLINUX",
            "boot/extlinux/extlinux.conf",
            "LABEL l\n LINUX /vmlinuz-6.1.0-1-amd64\n INITRD /initrd.img-6.1.0-1-amd64\n",
        ),
        (
            "rEFInd",
            "boot/efi/EFI/refind/refind.conf",
            "menuentry L {\n loader /boot/vmlinuz-6.1.0-1-amd64\n initrd /boot/initrd.img-6.1.0-1-amd64\n}\n",
        ),
        (
            "rEFInd",
            "boot/refind_linux.conf",
            "\"Boot\" \"root=x initrd=boot\\initrd.img-6.1.0-1-amd64 ro\"\n",
        ),
    ];
    for (loader, file, text) in cases {
        let folder = machine(&[arch, (file, text)]);
        let root = folder.path();
        let report = howto(root, &[]);
        assert_eq!(report["howto_for"], "Arch Linux");
        let way = way(&report, loader);
        assert!(!has_tables(root), "{file}");
        run(root, &lines(way, "lines"));
        let after = fs::read_to_string(root.join(file)).unwrap();
        assert!(has_tables(root), "{file}: {after}\n{way:#}");
        run(root, &lines(way, "undo"));
        assert_eq!(fs::read_to_string(root.join(file)).unwrap(), text, "{file}: {way:#}");
        assert!(!root.join("boot/acpi.img").exists(), "{way:#}");
    }
}

#[test]
fn each_distribution_has_its_lines() {
    let debian = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n";
    /// A name, the machine's files, the way that is first, and what is said and not said.
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        (
            debian,
            &[("boot/grub/grub.cfg", GRUB), ("etc/default/grub.d/x.cfg", "")],
            "GRUB",
            &[
                "GRUB_EARLY_INITRD_LINUX_CUSTOM=\"acpi.img\"",
                "/etc/default/grub.d/zz-acpi.cfg",
                "update-grub",
            ],
            &["rm /etc/default/grub.d/zz-acpi.cfg", "update-grub", "rm /boot/acpi.img"],
        ),
        // What is set already stays, in front.
        (
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
            &[
                ("boot/grub/grub.cfg", GRUB),
                ("etc/default/grub", "GRUB_EARLY_INITRD_LINUX_CUSTOM=\"ucode.img\"\n"),
            ],
            "GRUB",
            &["GRUB_EARLY_INITRD_LINUX_CUSTOM=\"ucode.img acpi.img\"", ">> /etc/default/grub", "update-grub"],
            &["sed -i"],
        ),
        (
            "ID=fedora\n",
            &[("boot/grub2/grub.cfg", "blscfg\n"), ("boot/loader/entries/a.conf", ENTRY)],
            "GRUB with boot loader entries",
            &["cp ", "grub2-editenv - set early_initrd=acpi.img"],
            &["grub2-editenv - unset early_initrd", "rm /boot/acpi.img"],
        ),
        (
            "ID=fedora\n",
            &[("boot/grub2/grub.cfg", "blscfg\n"), ("boot/loader/entries/a.conf", ENTRY)],
            "dracut",
            &["acpi_table_dir=\"/etc/acpi_override\"", "dracut --force"],
            &["rm -r", "dracut --force"],
        ),
        (
            "ID=arch\n",
            &[("etc/mkinitcpio.conf", "HOOKS=(base)\n"), ("boot/loader/entries/a.conf", ENTRY)],
            "mkinitcpio",
            &["install -Dm644 -t /etc/initcpio/acpi_override", "HOOKS+=(acpi_override)", "mkinitcpio -P"],
            &["rm -r", "mkinitcpio -P"],
        ),
        (
            "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n",
            &[("boot/grub2/grub.cfg", GRUB)],
            "GRUB",
            &[">> /etc/default/grub", "grub2-mkconfig -o /boot/grub2/grub.cfg"],
            &["sed -i", "grub2-mkconfig -o /boot/grub2/grub.cfg"],
        ),
        (
            "ID=nixos\n",
            &[],
            "NixOS",
            &["boot.initrd.prepend = [ \"${./acpi.img}\" ];", "nixos-rebuild boot"],
            &["nixos-rebuild boot"],
        ),
        (
            "ID=fedora\n",
            &[("boot/EFI/Linux/a.efi", "no image, and its name is all that is asked for")],
            "UKI",
            &["Microcode=/etc/kernel/acpi.img", "kernel-install add", "acpihp inspect /boot/EFI/Linux/a.efi"],
            &["sed -i", "rm /etc/kernel/acpi.img"],
        ),
    ];
    for (os, files, loader, wanted, undone) in cases {
        let folder = machine(&[&[("etc/os-release", *os)], *files].concat());
        let report = howto(folder.path(), &[]);
        let way = way(&report, loader);
        let (lines, undo) = (lines(way, "lines"), lines(way, "undo"));
        wanted.iter().for_each(|part| assert!(lines.contains(part), "{part}: {way:#}"));
        undone.iter().for_each(|part| assert!(undo.contains(part), "{part}: {way:#}"));
    }
}

#[test]
fn grub_settings_are_undone_as_they_were() {
    let before = "GRUB_TIMEOUT=5\nGRUB_EARLY_INITRD_LINUX_CUSTOM=\"ucode.img\"\n";
    let folder = machine(&[
        ("etc/os-release", "ID=arch\n"),
        ("boot/grub/grub.cfg", GRUB),
        ("etc/default/grub", before),
    ]);
    let root = folder.path();
    let report = howto(root, &[]);
    let way = way(&report, "GRUB");
    run(root, &lines(way, "lines"));
    let file = root.join("etc/default/grub");
    assert!(fs::read_to_string(&file).unwrap().ends_with("\"ucode.img acpi.img\"\n"), "{way:#}");
    run(root, &lines(way, "undo"));
    assert_eq!(fs::read_to_string(&file).unwrap(), before, "{way:#}");
}

#[test]
fn a_machine_that_is_not_known_gets_the_usual_loaders() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "proc/cmdline", "ro");
    let report = howto(folder.path(), &[]);
    assert!(report["howto_for"].is_null());
    let loaders: Vec<&str> =
        report["howto"].as_array().unwrap().iter().map(|way| way["loader"].as_str().unwrap()).collect();
    assert!(["GRUB", "systemd-boot", "UKI"].iter().all(|loader| loaders.contains(loader)), "{loaders:?}");
}

#[test]
fn text_has_80_columns_but_for_lines_to_paste() {
    let folder =
        machine(&[("etc/os-release", "ID=arch\nPRETTY_NAME=Arch\n"), ("boot/loader/entries/a.conf", ENTRY)]);
    let root = folder.path();
    howto(root, &[]);
    let (table, output) = (root.join("tables/ssdt.aml"), root.join("out/acpi.img"));
    let args =
        ["mkinitrd-override", table.to_str().unwrap(), "-o", output.to_str().unwrap(), "--against", "none"];
    let done = acpihp(&[&args[..], &["--howto", "--sysroot", root.to_str().unwrap()]].concat());
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains("To take it out again:") && text.contains("for Arch"), "{text}");
    let own = |line: &&str| !line.starts_with("    ") && !line.contains(root.to_str().unwrap());
    assert!(text.lines().filter(own).all(|line| line.chars().count() <= 80), "{text}");
}
