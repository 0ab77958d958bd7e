//! The boot entries of a machine: every loader's files, and where the files that they name are.

use super::{MOST_FILES, MOUNTS, joined, kernel_image, open_unified, unified};
use crate::check::doctor::disk::{BootEntry, Named};
use crate::container::bootconf::{self, Loader, file_name};
use crate::source::root::Root;
use std::collections::HashSet;

/// The most that is read of a loader's file.
pub(super) const LIMIT: u64 = 1 << 20;
/// Files of loaders at fixed places. GRUB's file is often a link to another of these: it counts once, by its text.
const FILES: [(Loader, &str); 28] = [
    (Loader::Grub, "boot/grub/grub.cfg"),
    (Loader::Grub, "boot/grub2/grub.cfg"),
    (Loader::Grub, "etc/grub2.cfg"),
    (Loader::Grub, "etc/grub2-efi.cfg"),
    (Loader::Grub, "boot/grub/custom.cfg"),
    (Loader::Grub, "boot/grub2/custom.cfg"),
    (Loader::Limine, "boot/limine.conf"),
    (Loader::Limine, "boot/limine/limine.conf"),
    (Loader::Limine, "boot/EFI/limine/limine.conf"),
    (Loader::Limine, "boot/EFI/BOOT/limine.conf"),
    (Loader::Limine, "boot/efi/limine.conf"),
    (Loader::Limine, "boot/efi/EFI/limine/limine.conf"),
    (Loader::Limine, "efi/limine.conf"),
    (Loader::Limine, "efi/EFI/limine/limine.conf"),
    (Loader::Limine, "boot/limine.cfg"),
    (Loader::Syslinux, "boot/extlinux/extlinux.conf"),
    (Loader::Syslinux, "boot/extlinux.conf"),
    (Loader::Syslinux, "boot/syslinux/syslinux.cfg"),
    (Loader::Syslinux, "boot/syslinux.cfg"),
    (Loader::Syslinux, "extlinux/extlinux.conf"),
    (Loader::Refind, "boot/refind_linux.conf"),
    (Loader::Refind, "boot/efi/EFI/refind/refind.conf"),
    (Loader::Refind, "boot/EFI/refind/refind.conf"),
    (Loader::Refind, "efi/EFI/refind/refind.conf"),
    (Loader::Refind, "boot/efi/EFI/BOOT/refind.conf"),
    (Loader::UBoot, "boot/boot.scr"),
    (Loader::UBoot, "boot/boot.cmd"),
    (Loader::UBoot, "boot/boot.scr.uimg"),
];
/// Entries of the Boot Loader Specification, on each partition.
const ENTRIES: &str = "loader/entries";

/// All entries, in the order in which a kernel's own is looked for.
pub(super) fn of(root: &Root, release: &str, command_line: &str) -> Vec<BootEntry> {
    let image = kernel_image(release, command_line);
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let (grub, others): (Vec<_>, Vec<_>) = FILES.iter().partition(|(loader, _)| *loader == Loader::Grub);
    let early = early_initrds(root);
    let specified = MOUNTS.iter().flat_map(|mount| {
        let folder = joined(mount, ENTRIES);
        let names = root.names(&folder).into_iter().filter(|name| name.ends_with(".conf")).take(MOST_FILES);
        names.map(move |name| (Loader::Entries, joined(&folder, &name))).collect::<Vec<_>>()
    });
    let fixed = |files: Vec<&(Loader, &str)>| {
        files.into_iter().map(|(loader, file)| (*loader, (*file).to_owned())).collect::<Vec<_>>()
    };
    let files = fixed(grub).into_iter().chain(specified).chain(fixed(others));
    for (loader, file) in files {
        let Some(text) = root.head(&file, LIMIT).filter(|text| seen.insert((loader, text.clone()))) else {
            continue;
        };
        for mut entry in bootconf::entries(loader, &text) {
            if loader == Loader::Entries {
                in_front(&mut entry, &early);
            }
            all.push(located(root, loader, &file, entry, &image, release));
        }
    }
    all.extend(unified(root).into_iter().map(|file| of_image(root, file, release)));
    all
}

/// What GRUB puts in front of the initrds of each entry of the Boot Loader Specification: `early_initrd` of grubenv.
fn early_initrds(root: &Root) -> Vec<String> {
    let found = super::tables::grub(root);
    let value = found.environment.filter(|_| found.uses_entries).map(|(_, value)| value).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}

/// Names without a folder lie where the entry's first initrd does, or its kernel.
fn in_front(entry: &mut bootconf::Entry, early: &[String]) {
    let first = entry.initrds.first().unwrap_or(&entry.kernel);
    let folder = first.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let early = early.iter().map(|name| format!("{folder}/{}", name.trim_start_matches('/')));
    entry.initrds = early.chain(entry.initrds.drain(..)).collect();
}

fn located(
    root: &Root,
    loader: Loader,
    file: &str,
    entry: bootconf::Entry,
    image: &str,
    release: &str,
) -> BootEntry {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let names: Vec<String> = std::iter::once(&entry.kernel).chain(&entry.initrds).cloned().collect();
    // An entry of a partition names that partition's files.
    let own = folder.strip_suffix(ENTRIES).map(|mount| mount.trim_end_matches('/'));
    let mount = mount_beside(root, &names, own, folder);
    let find = |name: &str| below(root, mount?, folder, name);
    let initrds: Vec<Named> =
        entry.initrds.iter().map(|name| Named { name: name.clone(), found: find(name) }).collect();
    let has_kernel = !entry.kernel.is_empty() && find(&entry.kernel).is_some();
    let is_unified = entry.initrds.is_empty() && entry.kernel.to_ascii_lowercase().ends_with(".efi");
    let is_ours = match (entry.kernel.is_empty(), is_unified) {
        (true, _) => true,
        (false, true) => {
            let image = find(&entry.kernel).and_then(|file| open_unified(root, &file)?.release());
            image.as_deref() == Some(release)
        }
        _ => file_name(&entry.kernel) == image || entry.version.as_deref() == Some(release),
    };
    BootEntry {
        loader,
        file: file.to_owned(),
        is_ours,
        is_here: has_kernel || initrds.iter().any(|named| named.found.is_some()),
        title: entry.title,
        kernel: entry.kernel,
        initrds,
        has_variables: entry.has_variables,
    }
}

fn of_image(root: &Root, file: String, release: &str) -> BootEntry {
    let is_ours = open_unified(root, &file).and_then(|image| image.release()).as_deref() == Some(release);
    BootEntry {
        loader: Loader::Unified,
        title: String::new(),
        kernel: format!("/{file}"),
        file,
        is_ours,
        is_here: true,
        initrds: Vec::new(),
        has_variables: false,
    }
}

/// The partition on which most of the files are.
pub(super) fn mount(root: &Root, names: &[String], own: Option<&'static str>) -> Option<&'static str> {
    mount_beside(root, names, own, "")
}

fn mount_beside(root: &Root, names: &[String], own: Option<&str>, folder: &str) -> Option<&'static str> {
    let known = |mount: &&&'static str| own.is_none_or(|own| own == **mount);
    let number = |mount: &str| {
        // The kernel counts most: an entry whose kernel is elsewhere does not boot.
        let there = names.iter().enumerate().filter(|(_, name)| below(root, mount, folder, name).is_some());
        there.map(|(index, _)| if index == 0 { names.len() } else { 1 }).sum::<usize>()
    };
    let counted = MOUNTS.iter().filter(known).map(|mount| (number(mount), *mount));
    // Of several the first.
    let best = counted.rev().max_by_key(|(number, _)| *number)?;
    (best.0 > 0).then_some(best.1)
}

/// A named file below a partition: `(hd0,gpt2)/x`, `/@/boot/x` of a btrfs subvolume, or a name beside the loader's file.
pub(super) fn below(root: &Root, mount: &str, folder: &str, name: &str) -> Option<String> {
    let name = name.rsplit_once(')').map_or(name, |(_, path)| path).replace('\\', "/");
    let plain = name.trim_start_matches('/');
    if plain.is_empty() {
        return None;
    }
    let of_subvolume = plain.strip_prefix('@').and_then(|rest| rest.split_once('/')).map(|(_, path)| path);
    let beside = (!name.starts_with('/') && !folder.is_empty()).then(|| joined(folder, plain));
    let paths = [Some(joined(mount, plain)), of_subvolume.map(|path| joined(mount, path)), beside];
    paths.into_iter().flatten().find(|path| root.len(path).is_some())
}
