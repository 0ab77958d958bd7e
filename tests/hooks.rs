//! The hooks of contrib/, run by the tools that they are for: the image that comes out has the tables in front, and the
//! kernel would take them. Where a tool is not here, or may not do what it needs, the test says so.

#![allow(clippy::indexing_slicing)]

use crate::skip::{self, skip};

use acpihp::bytes::sum8;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const RELEASE: &str = "6.1.0-50-amd64";
const ACPIHP: &str = env!("CARGO_BIN_EXE_acpihp");

fn contrib(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(path)
}

/// A folder with `tables/srat.aml`, whose OEM revision is 2.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut srat = crate::recorded::named("C-k61-034").read("sys/firmware/acpi/tables/SRAT").unwrap();
    srat[24] = 2;
    srat[9] = srat[9].wrapping_sub(sum8(&srat));
    fs::create_dir(folder.path().join("tables")).unwrap();
    fs::write(folder.path().join("tables/srat.aml"), srat).unwrap();
    folder
}

/// A table that the kernel would refuse.
fn spoil(folder: &Path) {
    fs::File::options().append(true).open(folder.join("tables/srat.aml")).unwrap().write_all(b"x").unwrap();
}

/// Where the hooks find what they need.
fn run(command: &mut Command, folder: &Path) -> Output {
    command
        .env("ACPIHP", ACPIHP)
        .env("ACPIHP_TABLES", folder.join("tables"))
        .env("ACPIHP_FIRMWARE", folder.join("none"))
        .env_remove("SOURCE_DATE_EPOCH")
        .stdin(Stdio::null());
    command.output().unwrap()
}

fn text(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

/// What check says of an image: it must find the SRAT and nothing to complain of.
fn assert_taken(image: &Path) {
    let done = Command::new(ACPIHP).args(["check", "--kernel", "6.1"]).arg(image).output().unwrap();
    let said = text(&done);
    assert!(done.status.success() && said.contains("takes the table in it"), "{said}");
    assert!(said.contains("kernel/firmware/acpi/srat.aml"), "{said}");
}

fn copy_executable(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn initramfs_tools_puts_the_tables_in_front() {
    let script = Path::new("/usr/sbin/mkinitramfs");
    let configuration = Path::new("/etc/initramfs-tools");
    if !script.is_file() || !configuration.is_dir() {
        return skip("mkinitramfs", "the hook of initramfs-tools: mkinitramfs is not here");
    }
    let place = workplace();
    let path = |name: &str| place.path().join(name);
    // The tool looks for the kernel's configuration in /boot: a mount of our own stands there.
    fs::create_dir(path("boot")).unwrap();
    fs::write(path("boot").join(format!("config-{RELEASE}")), "CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\n")
        .unwrap();
    let mounted = |line: &str| {
        let mut command = Command::new("unshare");
        let whole = format!("mount --bind '{}' /boot && {line}", path("boot").display());
        run(command.args(["--mount", "--map-root-user", "sh", "-c", &whole]), place.path())
    };
    if !skip::program("unshare") {
        return;
    }
    if !mounted("true").status.success() {
        return skip("mounts", "the hook of initramfs-tools: no mount of our own can be made here");
    }
    let copied = Command::new("cp").arg("-r").arg(configuration).arg(path("conf")).status().unwrap();
    assert!(copied.success());
    fs::File::options()
        .append(true)
        .open(path("conf/initramfs.conf"))
        .unwrap()
        .write_all(b"\nMODULES=list\nCOMPRESS=gzip\n")
        .unwrap();
    copy_executable(&contrib("initramfs-tools/hooks/acpihp"), &path("conf/hooks/acpihp"));
    let line = format!(
        "mkinitramfs -d '{}' -o '{}' {RELEASE}",
        path("conf").display(),
        path("initrd.img").display()
    );
    let done = mounted(&line);
    assert!(done.status.success(), "{}", text(&done));
    assert_taken(&path("initrd.img"));
    spoil(place.path());
    let done = mounted(&line);
    assert!(!done.status.success() && text(&done).contains("table-trailing-bytes"), "{}", text(&done));
}

#[test]
fn dracut_packs_them_and_refuses_what_the_kernel_would() {
    let base = Path::new("/usr/lib/dracut");
    if !skip::program("dracut") {
        return;
    }
    let place = workplace();
    let path = |name: &str| place.path().join(name);
    // Modules come from one folder only: a copy of it, with ours among them.
    let modules = path("base/modules.d");
    fs::create_dir_all(&modules).unwrap();
    for (from, to) in [(base.to_owned(), path("base")), (base.join("modules.d"), modules.clone())] {
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            if entry.file_name() != "modules.d" {
                symlink(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
    copy_executable(&contrib("dracut/95acpihp/module-setup.sh"), &modules.join("95acpihp/module-setup.sh"));
    let configuration = fs::read_to_string(contrib("dracut/acpihp.conf")).unwrap();
    let tables = path("tables");
    assert!(configuration.contains("/etc/acpihp/tables"));
    fs::write(path("dracut.conf"), configuration.replace("/etc/acpihp/tables", tables.to_str().unwrap()))
        .unwrap();
    let drivers = path("kernel/lib/modules").join(RELEASE);
    for folder in [&drivers, &path("confdir"), &path("tmp")] {
        fs::create_dir_all(folder).unwrap();
    }
    let dracut = |image: &str| {
        let mut command = Command::new("dracut");
        command.args([
            "--force",
            "--no-kernel",
            "--no-compress",
            "--modules",
            "base acpihp",
            "--kver",
            RELEASE,
        ]);
        command.arg("--conf").arg(path("dracut.conf")).arg("--confdir").arg(path("confdir"));
        command.arg("--tmpdir").arg(path("tmp")).arg("--kmoddir").arg(&drivers).arg(path(image));
        run(command.env("dracutbasedir", path("base")), place.path())
    };
    let done = dracut("initrd.img");
    assert!(done.status.success(), "{}", text(&done));
    assert_taken(&path("initrd.img"));
    spoil(place.path());
    let done = dracut("other.img");
    assert!(
        !done.status.success() && text(&done).contains("acpihp: the kernel would not take"),
        "{}",
        text(&done)
    );
    assert!(!path("other.img").exists());
}

#[test]
fn kernel_install_puts_them_in_front_of_the_staged_initrd() {
    if !skip::program("kernel-install") {
        return;
    }
    let place = workplace();
    let path = |name: &str| place.path().join(name);
    // What generates the initrd before our plugin has its turn.
    let mut archive = Vec::new();
    cpio::newc::trailer(&mut archive).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&archive).unwrap();
    let main = packer.finish().unwrap();
    fs::write(path("main.img"), &main).unwrap();
    let generator =
        format!("#!/bin/sh\ncp '{}' \"$KERNEL_INSTALL_STAGING_AREA/initrd\"\n", path("main.img").display());
    fs::write(path("50-initrd.install"), generator).unwrap();
    fs::set_permissions(path("50-initrd.install"), fs::Permissions::from_mode(0o755)).unwrap();
    copy_executable(&contrib("kernel-install/55-acpihp.install"), &path("55-acpihp.install"));
    let entries = "/usr/lib/kernel/install.d/90-loaderentry.install";
    if !Path::new(entries).is_file() {
        return skip("kernel-install", "the plugin of kernel-install: it has no 90-loaderentry.install");
    }
    fs::create_dir_all(path("conf")).unwrap();
    fs::create_dir_all(path("boot/loader/entries")).unwrap();
    fs::write(path("conf/install.conf"), "layout=bls\ninitrd_generator=none\n").unwrap();
    fs::write(path("conf/cmdline"), "quiet\n").unwrap();
    fs::write(path("linux"), "kernel").unwrap();
    let plugins =
        format!("{} {} {entries}", path("50-initrd.install").display(), path("55-acpihp.install").display());
    let add = || {
        let mut command = Command::new("kernel-install");
        command.args(["add", RELEASE]).arg(path("linux"));
        command.env("KERNEL_INSTALL_CONF_ROOT", path("conf")).env("KERNEL_INSTALL_PLUGINS", &plugins);
        command.env("BOOT_ROOT", path("boot")).env("MACHINE_ID", "3e0484f3634a418b8e6a39e8828b03e3");
        run(&mut command, place.path())
    };
    let done = add();
    if text(&done).contains("Unknown") || !path("boot/3e0484f3634a418b8e6a39e8828b03e3").is_dir() {
        let said = text(&done);
        let why = format_args!("kernel-install: this release takes no plugins to try ({})", said.trim());
        return skip("kernel-install", why);
    }
    assert!(done.status.success(), "{}", text(&done));
    let image = path("boot/3e0484f3634a418b8e6a39e8828b03e3").join(RELEASE).join("initrd");
    assert_taken(&image);
    assert!(fs::read(&image).unwrap().ends_with(&main));
    spoil(place.path());
    let done = add();
    assert!(!done.status.success() && text(&done).contains("table-trailing-bytes"), "{}", text(&done));
}

#[test]
fn mkinitcpio_gets_each_table_for_its_early_image() {
    if !skip::program("bash") {
        return;
    }
    // mkinitcpio itself is not in Debian: its two functions that the hook calls say what they are called with.
    let place = workplace();
    let calls = "add_file_early() { echo \"early $1 $2\"; }\nerror() { echo \"error $*\"; }\n";
    let hook = contrib("mkinitcpio/install/acpihp");
    let script = format!("{calls}KERNELVERSION={RELEASE}\n. '{}'\nbuild", hook.display());
    let build = || run(Command::new("bash").args(["-eu", "-c", &script]), place.path());
    let done = build();
    assert!(done.status.success(), "{}", text(&done));
    let table = place.path().join("tables/srat.aml");
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        format!("early {} /kernel/firmware/acpi/srat.aml\n", table.display())
    );
    spoil(place.path());
    let done = build();
    assert!(!done.status.success() && !text(&done).contains("early "), "{}", text(&done));
}

#[test]
fn without_tables_they_do_nothing() {
    let place = workplace();
    fs::remove_file(place.path().join("tables/srat.aml")).unwrap();
    let hook = contrib("kernel-install/55-acpihp.install");
    let mut command = Command::new("sh");
    command.arg(hook).args(["add", RELEASE, "/entry"]).env("KERNEL_INSTALL_STAGING_AREA", place.path());
    let done = run(&mut command, place.path());
    assert!(done.status.success() && text(&done).is_empty(), "{}", text(&done));
}

/// Names that a shell may take for something else.
const NAMES: [&str; 5] = ["two words.aml", "line\nend.aml", "$(touch ran).aml", "`touch ran`.aml", "-o.aml"];

/// The table of a workplace under each of the names, every one with a table ID of its own.
fn name_oddly(folder: &Path) {
    let tables = folder.join("tables");
    let mut table = fs::read(tables.join("srat.aml")).unwrap();
    fs::remove_file(tables.join("srat.aml")).unwrap();
    for (name, digit) in NAMES.iter().zip(b'1'..) {
        // From the second on an SSDT: there is one SRAT.
        if digit > b'1' {
            table.truncate(36);
            table[..8].copy_from_slice(b"SSDT\x24\0\0\0");
        }
        table[16] = digit;
        table[9] = table[9].wrapping_sub(sum8(&table));
        fs::write(tables.join(name), &table).unwrap();
    }
}

/// How many tables the kernel would find in an image.
fn tables_in(image: &Path) -> usize {
    acpihp::container::cpio::early::find_all(&fs::read(image).unwrap(), b"kernel/firmware/acpi/").0.len()
}

#[test]
fn kernel_install_without_a_staging_area_and_with_odd_names() {
    let place = workplace();
    name_oddly(place.path());
    let hook = contrib("kernel-install/55-acpihp.install");
    for staged in [None, Some("staging $(touch ran) area")] {
        let entry = place.path().join("entry of\n`touch ran`");
        let initrd = staged.map_or(entry.clone(), |name| place.path().join(name)).join("initrd");
        for folder in [&entry, initrd.parent().unwrap()] {
            fs::create_dir_all(folder).unwrap();
        }
        let mut archive = Vec::new();
        cpio::newc::trailer(&mut archive).unwrap();
        fs::write(&initrd, archive).unwrap();
        let mut command = Command::new("sh");
        command.arg(&hook).args(["add", RELEASE]).arg(&entry).current_dir(place.path());
        command.env_remove("KERNEL_INSTALL_STAGING_AREA");
        if let Some(name) = staged {
            command.env("KERNEL_INSTALL_STAGING_AREA", place.path().join(name));
        }
        let done = run(&mut command, place.path());
        assert!(done.status.success(), "{}", text(&done));
        assert_eq!(tables_in(&initrd), NAMES.len());
        assert!(!place.path().join("ran").exists());
        fs::remove_file(&initrd).unwrap();
    }
    let mut command = Command::new("sh");
    command.arg(&hook).args(["add", RELEASE, "/no/entry"]).env_remove("KERNEL_INSTALL_STAGING_AREA");
    let done = run(&mut command, place.path());
    assert!(done.status.success() && text(&done).contains("no initrd was made"), "{}", text(&done));
}

#[test]
fn mkinitcpio_gets_tables_of_odd_names() {
    if !skip::program("bash") {
        return;
    }
    let place = workplace();
    name_oddly(place.path());
    let calls = "add_file_early() { printf '%s\\0' \"$1\"; }\nerror() { echo \"error $*\"; }\n";
    let hook = contrib("mkinitcpio/install/acpihp");
    // With and without nullglob, which some set.
    for option in ["-s", "-u"] {
        let script =
            format!("{calls}KERNELVERSION={RELEASE}\nshopt {option} nullglob\n. '{}'\nbuild", hook.display());
        let done =
            run(Command::new("bash").args(["-eu", "-c", &script]).current_dir(place.path()), place.path());
        assert!(done.status.success(), "{}", text(&done));
        let mut given: Vec<_> =
            done.stdout.split(|byte| *byte == 0).filter(|path| !path.is_empty()).collect();
        given.sort_unstable();
        let mut wanted: Vec<_> = NAMES
            .map(|name| place.path().join("tables").join(name).into_os_string().into_encoded_bytes())
            .into();
        wanted.sort_unstable();
        assert_eq!(given, wanted);
        assert!(!place.path().join("ran").exists());
        let empty = run(
            Command::new("bash").args([
                "-eu",
                "-c",
                &script.replace("\nbuild", "\nACPIHP_TABLES=/no/tables build"),
            ]),
            place.path(),
        );
        assert!(empty.status.success() && empty.stdout.is_empty(), "{}", text(&empty));
    }
}

#[test]
fn initramfs_tools_works_in_a_folder_of_its_own() {
    let place = workplace();
    name_oddly(place.path());
    let (functions, temporary) = (place.path().join("hook-functions"), place.path().join("tmp of mine"));
    fs::create_dir(&temporary).unwrap();
    // What the tool's own function does: it takes the file there and then.
    fs::write(
        &functions,
        "prepend_earlyinitramfs() { stat -c %a \"$(dirname \"$1\")\"; cat \"$1\" > \"$OUT\"; }\n",
    )
    .unwrap();
    let hook = fs::read_to_string(contrib("initramfs-tools/hooks/acpihp")).unwrap();
    let own = hook.replace("/usr/share/initramfs-tools/hook-functions", "\"$FUNCTIONS\"");
    assert_ne!(own, hook);
    fs::write(place.path().join("hook"), own).unwrap();
    let out = place.path().join("out.img");
    let hook = || {
        let mut command = Command::new("sh");
        command.arg("hook").current_dir(place.path()).env("version", RELEASE).env("TMPDIR", &temporary);
        run(command.env("FUNCTIONS", &functions).env("OUT", &out), place.path())
    };
    let done = hook();
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!((done.stdout.as_slice(), tables_in(&out)), (&b"700\n"[..], NAMES.len()));
    assert!(!place.path().join("ran").exists() && fs::read_dir(&temporary).unwrap().next().is_none());
    // Where the kernel would refuse one, nothing stays behind either.
    fs::write(place.path().join("tables/a.aml"), b"no table").unwrap();
    assert!(!hook().status.success() && fs::read_dir(&temporary).unwrap().next().is_none());
}

#[test]
fn shellcheck_has_no_complaint() {
    if !skip::program("shellcheck") {
        return;
    }
    let scripts = [
        "initramfs-tools/hooks/acpihp",
        "dracut/95acpihp/module-setup.sh",
        "mkinitcpio/install/acpihp",
        "kernel-install/55-acpihp.install",
    ];
    let done = Command::new("shellcheck").args(scripts.map(contrib)).output().unwrap();
    assert!(done.status.success(), "{}", text(&done));
}
