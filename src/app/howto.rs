//! What of a machine decides how an archive gets into its boot: the distribution, the boot loader's files, and what makes its
//! initrds.

use super::machine::{self as machines, MachineRequest};
use crate::boot::kernel::release::Release;
use crate::check::doctor::disk::Disk;
use crate::container::bootconf::{Loader, shell_value};
use crate::report::howto::{Distribution, EntryFile, Generator, Setup};
use crate::source::bootfiles;
use crate::source::machine;
use crate::source::root::Root;
use std::collections::HashSet;
use std::path::PathBuf;

/// Which machine is meant.
#[derive(Debug, Clone)]
pub enum Howto {
    /// That of a request, or the running one.
    Machine(MachineRequest),
    /// That of a source of tables, where it is a machine's tree.
    Source(PathBuf),
}

/// That machine; `None` where nothing of it is known.
///
/// # Errors
/// [`crate::source::SourceError`] when its tree cannot be read.
pub fn setup(howto: &Howto) -> anyhow::Result<Option<Setup>> {
    match howto {
        Howto::Machine(machine) => of_root(&machines::with_tables(machine)?.0),
        Howto::Source(path) => match Root::open(path) {
            Ok(root) if root.must_be_a_machine().is_ok() => of_root(&root),
            _ => Ok(None),
        },
    }
}

/// The machine of a tree; `None` where nothing of it is known.
fn of_root(root: &Root) -> anyhow::Result<Option<Setup>> {
    let release = machine::release(root).unwrap_or_default();
    let line = root.text("proc/cmdline").unwrap_or_default();
    let disk = bootfiles::disk(root, &release, &line, None)?;
    let texts = ["etc/os-release", "usr/lib/os-release"].into_iter().find_map(|file| root.text(file));
    let value = |name| shell_value(texts.as_deref().unwrap_or_default(), name);
    let distribution = distribution(&value("ID").unwrap_or_default(), &value("ID_LIKE").unwrap_or_default());
    if texts.is_none() && disk.entries.is_empty() {
        return Ok(None);
    }
    let early = disk.grub.early.iter().find(|(_, setting, _)| setting.ends_with("_CUSTOM"));
    Ok(Some(Setup {
        distribution,
        name: value("PRETTY_NAME").or_else(|| value("ID")),
        generator: generator(root, distribution),
        entries: entries(&disk),
        grub_early: early.map(|(_, _, value)| value.clone()),
        grub_uses_entries: disk.grub.uses_entries,
        grub_environment: disk.grub.environment.map(|(_, value)| value),
        grub_folder: if root.has_folder("boot/grub2") { "grub2" } else { "grub" },
        has_grub: root.has_folder("boot/grub") || root.has_folder("boot/grub2"),
        has_grub_folder: root.has_folder("etc/default/grub.d"),
        release: Release::parse(&release).is_ok().then_some(release),
    }))
}

fn distribution(id: &str, like: &str) -> Distribution {
    let all = std::iter::once(id).chain(like.split_whitespace());
    let known = all.filter_map(|id| match id {
        "debian" => Some(Distribution::Debian),
        "ubuntu" => Some(Distribution::Ubuntu),
        "fedora" | "rhel" | "centos" => Some(Distribution::Fedora),
        "arch" | "archlinux" => Some(Distribution::Arch),
        "opensuse" | "suse" | "opensuse-tumbleweed" | "opensuse-leap" | "sles" => {
            Some(Distribution::OpenSuse)
        }
        "nixos" => Some(Distribution::NixOs),
        _ => None,
    });
    known.into_iter().next().unwrap_or(Distribution::Other)
}

/// What makes initrds here: by its configuration, else as the distribution has it.
fn generator(root: &Root, distribution: Distribution) -> Option<Generator> {
    let has = |path: &str| root.len(path).is_some() || root.has_folder(path);
    if has("etc/mkinitcpio.conf") || has("etc/mkinitcpio.conf.d") {
        return Some(Generator::Mkinitcpio);
    }
    if has("etc/initramfs-tools") {
        return Some(Generator::InitramfsTools);
    }
    if has("etc/dracut.conf") || has("etc/dracut.conf.d") || has("usr/lib/dracut") {
        return Some(Generator::Dracut);
    }
    match distribution {
        Distribution::Debian | Distribution::Ubuntu => Some(Generator::InitramfsTools),
        Distribution::Fedora | Distribution::OpenSuse => Some(Generator::Dracut),
        Distribution::Arch => Some(Generator::Mkinitcpio),
        Distribution::NixOs | Distribution::Other => None,
    }
}

/// The loaders' files with entries for the running kernel, each once.
fn entries(disk: &Disk) -> Vec<EntryFile> {
    let mut seen = HashSet::new();
    let ours = disk.ours().into_iter().filter(|entry| seen.insert((entry.loader, entry.file.clone())));
    let file = |entry: &crate::check::doctor::disk::BootEntry| EntryFile {
        loader: entry.loader,
        file: format!("/{}", entry.file),
        first: entry.initrds.first().map(|named| named.name.clone()),
        folder: folder(entry),
        beside: entry.initrds.first().and_then(|named| {
            let (folder, _) = named.found.as_deref()?.rsplit_once('/')?;
            Some(format!("/{folder}"))
        }),
    };
    // A unified kernel image in another loader's entry is that image's affair.
    let is_image = |entry: &EntryFile| entry.first.is_some() || entry.loader == Loader::Unified;
    ours.map(file).filter(is_image).collect()
}

/// The folder of the partition that the entry's names are on: where a file has to be for the loader to find it.
fn folder(entry: &crate::check::doctor::disk::BootEntry) -> Option<String> {
    let (name, found) = entry.initrds.iter().find_map(|named| Some((&named.name, named.found.as_ref()?)))?;
    let path = name.rsplit_once(')').map_or(name.as_str(), |(_, path)| path);
    let plain = path.trim_start_matches('/');
    let mount = found.strip_suffix(plain)?.trim_end_matches('/');
    Some(if mount.is_empty() { String::new() } else { format!("/{mount}") })
}
