//! The lines for one machine: its distribution, its boot loader, its files.

use super::{name_for_loaders, quoted};
use crate::container::bootconf::Loader;
use crate::foreign::Foreign;
use crate::report::model::mkinitrd_override::HowtoModel;

/// A distribution, as far as it decides the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Distribution {
    /// Debian and what is made from it.
    Debian,
    /// Ubuntu and what is made from it.
    Ubuntu,
    /// Fedora, RHEL and their like.
    Fedora,
    /// Arch and what is made from it.
    Arch,
    /// openSUSE and SLES.
    OpenSuse,
    /// NixOS.
    NixOs,
    /// Another.
    #[default]
    Other,
}

/// What makes the initrds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// mkinitcpio.
    Mkinitcpio,
    /// dracut.
    Dracut,
    /// initramfs-tools.
    InitramfsTools,
}

/// A loader's file with an entry for the running kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFile {
    /// Whose it is.
    pub loader: Loader,
    /// Its path.
    pub file: String,
    /// The first initrd that the entry names.
    pub first: Option<String>,
    /// The folder where the partition is mounted that its names are on; empty for the root; `None` where that is not known.
    pub folder: Option<String>,
    /// The folder that the first initrd is in, where that was found.
    pub beside: Option<String>,
}

/// A machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// Its distribution.
    pub distribution: Distribution,
    /// The distribution's name for people.
    pub name: Option<String>,
    /// What makes its initrds.
    pub generator: Option<Generator>,
    /// The files with entries for the running kernel.
    pub entries: Vec<EntryFile>,
    /// What `GRUB_EARLY_INITRD_LINUX_CUSTOM` is now.
    pub grub_early: Option<String>,
    /// Whether GRUB takes the entries of the Boot Loader Specification.
    pub grub_uses_entries: bool,
    /// What `early_initrd` in grubenv is now.
    pub grub_environment: Option<String>,
    /// `grub` or `grub2`.
    pub grub_folder: &'static str,
    /// Whether GRUB is there.
    pub has_grub: bool,
    /// Whether /etc/default/grub.d is read.
    pub has_grub_folder: bool,
    /// The release of its kernel.
    pub release: Option<String>,
}

/// An archive on its way in.
struct Archive<'a> {
    /// The file, as a shell takes it.
    path: String,
    /// Its name.
    name: &'a str,
    /// The tables that are in it, as a shell takes them.
    tables: Vec<String>,
}

/// The ways of this machine, the first the one to take; none where its loader is not known.
pub(super) fn ways(setup: &Setup, output: &Foreign, tables: &[Foreign], is_initrd: bool) -> Vec<HowtoModel> {
    let name = name_for_loaders(output);
    let tables = tables.iter().map(Foreign::shell).collect();
    let archive = Archive { path: output.shell(), name: &name, tables };
    if setup.distribution == Distribution::NixOs {
        return vec![nixos(&archive)];
    }
    if is_initrd {
        return whole(setup, &archive).into_iter().collect();
    }
    let mut ways = Vec::new();
    if setup.generator == Some(Generator::Mkinitcpio) {
        ways.push(mkinitcpio(&archive));
    }
    let has_image = setup.entries.iter().any(|entry| entry.loader == Loader::Unified);
    if setup.generator == Some(Generator::Dracut) && has_image {
        ways.push(dracut(&archive));
    }
    if setup.has_grub {
        ways.push(if setup.grub_uses_entries {
            grub_entries(setup, &archive)
        } else {
            grub(setup, &archive)
        });
    }
    for entry in &setup.entries {
        ways.extend(match entry.loader {
            Loader::Grub | Loader::UBoot | Loader::Lilo => None,
            Loader::Entries if setup.has_grub && setup.grub_uses_entries => None,
            Loader::Entries => Some(entry_lines(entry, &archive)),
            Loader::Limine => Some(limine(entry, &archive)),
            Loader::Syslinux => Some(syslinux(entry, &archive)),
            Loader::Refind => Some(refind(entry, &archive)),
            Loader::Unified => Some(unified(entry, &archive)),
        });
    }
    if setup.generator == Some(Generator::Dracut) && !has_image && !ways.is_empty() {
        ways.push(dracut(&archive));
    }
    ways
}

fn way(loader: &'static str, what: &'static str, lines: Vec<String>, undo: Vec<String>) -> HowtoModel {
    HowtoModel { loader, what, lines, undo }
}

/// Where the archive goes: the entry's partition, or /boot.
fn place(entry: &EntryFile, archive: &Archive<'_>) -> String {
    format!("{}/{}", entry.folder.as_deref().unwrap_or("/boot"), quoted(archive.name))
}

/// The lines that put it there and take it away.
fn copy(archive: &Archive<'_>, to: &str) -> (String, String) {
    (format!("cp {} {to}", archive.path), format!("rm {to}"))
}

fn grub(setup: &Setup, archive: &Archive<'_>) -> HowtoModel {
    const SETTING: &str = "GRUB_EARLY_INITRD_LINUX_CUSTOM";
    let (copy, rm) = copy(archive, &format!("/boot/{}", quoted(archive.name)));
    let update = match setup.distribution {
        Distribution::Debian | Distribution::Ubuntu => "update-grub".to_owned(),
        _ if setup.grub_folder == "grub2" => "grub2-mkconfig -o /boot/grub2/grub.cfg".to_owned(),
        _ => "grub-mkconfig -o /boot/grub/grub.cfg".to_owned(),
    };
    let others = setup
        .grub_early
        .iter()
        .flat_map(|value| value.split_whitespace())
        .filter(|name| *name != archive.name);
    let value: Vec<&str> = others.chain([archive.name]).collect();
    let value = format!("{SETTING}=\"{}\"", value.join(" "));
    let is_debian = matches!(setup.distribution, Distribution::Debian | Distribution::Ubuntu);
    // Debian's and Ubuntu's grub-mkconfig alone reads that folder.
    let (set, unset) = match is_debian && setup.has_grub_folder {
        true => {
            let file = "/etc/default/grub.d/zz-acpi.cfg";
            (format!("echo {} > {file}", quoted(&value)), format!("rm {file}"))
        }
        false => {
            let file = "/etc/default/grub";
            (
                format!("echo {} >> {file}", quoted(&value)),
                format!("sed -i {} {file}", quoted(&format!("\\|^{value}$|d"))),
            )
        }
    };
    way(
        "GRUB",
        "it loads the archive before the initrd of every entry",
        vec![copy, set, update.clone()],
        vec![unset, update, rm],
    )
}

fn grub_entries(setup: &Setup, archive: &Archive<'_>) -> HowtoModel {
    let (copy, rm) = copy(archive, &format!("/boot/{}", quoted(archive.name)));
    let others: Vec<&str> = setup
        .grub_environment
        .iter()
        .flat_map(|value| value.split_whitespace())
        .filter(|name| *name != archive.name)
        .collect();
    let all: Vec<&str> = others.iter().copied().chain([archive.name]).collect();
    let undo = match others.is_empty() {
        true => "grub2-editenv - unset early_initrd".to_owned(),
        false => format!("grub2-editenv - set {}", quoted(&format!("early_initrd={}", others.join(" ")))),
    };
    way(
        "GRUB with boot loader entries",
        "early_initrd of grubenv goes before the initrd of every entry; GRUB_EARLY_INITRD_LINUX_CUSTOM alone does nothing here",
        vec![copy, format!("grub2-editenv - set {}", quoted(&format!("early_initrd={}", all.join(" "))))],
        vec![undo, rm],
    )
}

fn entry_lines(entry: &EntryFile, archive: &Archive<'_>) -> HowtoModel {
    let (copy, rm) = copy(archive, &place(entry, archive));
    let file = quoted(&entry.file);
    let (name, pattern) = (archive.name, escaped(archive.name));
    way(
        "systemd-boot",
        "a line before the entry's other initrd lines; entries that kernel-install writes later lack it (contrib/kernel-install \
         has a hook)",
        vec![copy, format!("sed -i '0,/^initrd/s|^initrd|initrd /{name}\\n&|' {file}")],
        vec![format!("sed -i '\\|^initrd */{pattern}$|d' {file}"), rm],
    )
}

fn limine(entry: &EntryFile, archive: &Archive<'_>) -> HowtoModel {
    let (copy, rm) = copy(archive, &place(entry, archive));
    let file = quoted(&entry.file);
    let (name, pattern) = (archive.name, escaped(archive.name));
    let first = escaped(entry.first.as_deref().unwrap_or_default());
    way(
        "limine",
        "a module_path before the entry's others; with config hashes enrolled, enrol anew",
        vec![
            copy,
            format!("sed -i 's|^\\( *\\)module_path:.*{first}|\\1module_path: boot():/{name}\\n&|' {file}"),
        ],
        vec![format!("sed -i '\\|module_path: boot():/{pattern}|d' {file}"), rm],
    )
}

fn syslinux(entry: &EntryFile, archive: &Archive<'_>) -> HowtoModel {
    let (copy, rm) = copy(archive, &place(entry, archive));
    let file = quoted(&entry.file);
    let (name, pattern) = (archive.name, escaped(archive.name));
    way(
        "SYSLINUX, EXTLINUX",
        "first in the INITRD line, followed by a comma without a blank; U-Boot loads one file only",
        vec![copy, format!("sed -i 's|^\\( *initrd *\\)|\\1/{name},|I' {file}")],
        vec![format!("sed -i 's|/{pattern},||' {file}"), rm],
    )
}

fn refind(entry: &EntryFile, archive: &Archive<'_>) -> HowtoModel {
    let (copy, rm) =
        copy(archive, &format!("{}/{}", entry.beside.as_deref().unwrap_or("/boot"), quoted(archive.name)));
    let file = quoted(&entry.file);
    let (name, pattern) = (archive.name, escaped(archive.name));
    let first = entry.first.as_deref().unwrap_or_default();
    let folder = first.rsplit_once('/').map_or("", |(folder, _)| folder);
    let first = escaped(first);
    if entry.file.ends_with("refind_linux.conf") {
        let before = folder.trim_start_matches('/').replace('/', "\\\\");
        let path = if before.is_empty() { name.to_owned() } else { format!("{before}\\\\{name}") };
        return way(
            "rEFInd",
            "an initrd= before the others of each line",
            vec![copy, format!("sed -i '0,/initrd=/s|initrd=|initrd={path} &|' {file}")],
            vec![format!("sed -i 's|initrd=[^ ]*{pattern} ||' {file}"), rm],
        );
    }
    way(
        "rEFInd",
        "an initrd line before the others of its menuentry",
        vec![copy, format!("sed -i 's|^\\( *\\)initrd *{first}|\\1initrd {folder}/{name}\\n&|' {file}")],
        vec![format!("sed -i '\\|initrd .*/{pattern}$|d' {file}"), rm],
    )
}

fn unified(entry: &EntryFile, archive: &Archive<'_>) -> HowtoModel {
    let kept = "/etc/kernel/acpi.img";
    way(
        "UKI",
        "ukify puts it into the section .ucode, which the stub hands over before any initrd; with microcode of its own in there, \
         name both",
        vec![
            format!("cp {} {kept}", archive.path),
            format!("printf '[UKI]\\nMicrocode={kept}\\n' >> /etc/kernel/uki.conf"),
            "kernel-install add \"$(uname -r)\" \"/usr/lib/modules/$(uname -r)/vmlinuz\"".to_owned(),
            format!("acpihp inspect {}", quoted(&entry.file)),
        ],
        vec![
            format!("sed -i '\\|^Microcode={kept}$|d' /etc/kernel/uki.conf"),
            format!("rm {kept}"),
            "kernel-install add \"$(uname -r)\" \"/usr/lib/modules/$(uname -r)/vmlinuz\"".to_owned(),
        ],
    )
}

fn mkinitcpio(archive: &Archive<'_>) -> HowtoModel {
    const FOLDER: &str = "/etc/initcpio/acpi_override";
    const SETTING: &str = "/etc/mkinitcpio.conf.d/acpi_override.conf";
    way(
        "mkinitcpio",
        "its own hook packs the tables into every initrd and image that it makes, whatever the boot loader is",
        vec![
            format!("install -Dm644 -t {FOLDER} {}", archive.tables.join(" ")),
            format!("echo 'HOOKS+=(acpi_override)' > {SETTING}"),
            "mkinitcpio -P".to_owned(),
        ],
        vec![format!("rm -r {FOLDER} {SETTING}"), "mkinitcpio -P".to_owned()],
    )
}

fn dracut(archive: &Archive<'_>) -> HowtoModel {
    const FOLDER: &str = "/etc/acpi_override";
    const SETTING: &str = "/etc/dracut.conf.d/acpi_override.conf";
    way(
        "dracut",
        "it packs the tables into every initrd that it makes, whatever the boot loader is; it takes *.aml alone",
        vec![
            format!("install -Dm644 -t {FOLDER} {}", archive.tables.join(" ")),
            format!("printf 'acpi_override=\"yes\"\\nacpi_table_dir=\"{FOLDER}\"\\n' > {SETTING}"),
            "dracut --force".to_owned(),
        ],
        vec![format!("rm -r {FOLDER} {SETTING}"), "dracut --force".to_owned()],
    )
}

fn nixos(archive: &Archive<'_>) -> HowtoModel {
    let name = archive.name;
    way(
        "NixOS",
        "a line in /etc/nixos/configuration.nix, with the archive beside that file",
        vec![
            format!("cp {} /etc/nixos/{}", archive.path, quoted(name)),
            format!("boot.initrd.prepend = [ \"${{./{name}}}\" ];"),
            "nixos-rebuild boot".to_owned(),
        ],
        vec!["take the line boot.initrd.prepend out again".to_owned(), "nixos-rebuild boot".to_owned()],
    )
}

/// An initrd with the archive in front, in the place of the one that it was made of.
fn whole(setup: &Setup, archive: &Archive<'_>) -> Option<HowtoModel> {
    let named = setup.entries.iter().find(|entry| entry.first.is_some())?;
    let first = named.first.as_deref()?;
    let path = first.rsplit_once(')').map_or(first, |(_, path)| path);
    let to = quoted(&format!("{}/{}", named.folder.as_deref()?, path.trim_start_matches('/')));
    let anew = match setup.generator? {
        Generator::Mkinitcpio => "mkinitcpio -P",
        Generator::Dracut => "dracut --force",
        Generator::InitramfsTools => "update-initramfs -u",
    };
    Some(way(
        "any",
        "in the place of the initrd that the entry names, until that is made anew; the hooks in contrib/ last",
        vec![format!("cp {to} {to}.before"), format!("cp {} {to}", archive.path)],
        vec![anew.to_owned()],
    ))
}

/// A name in a basic regular expression between bars.
fn escaped(name: &str) -> String {
    let is_special = |letter: char| ".[]*^$\\|".contains(letter);
    name.chars().flat_map(|letter| is_special(letter).then_some('\\').into_iter().chain([letter])).collect()
}
