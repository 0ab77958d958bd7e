//! The boot entries of a machine: every loader's files, and where the files that they name are.

use super::{MOST_FILES, MOUNTS, joined, kernel_image, open_unified, unified};
use crate::check::doctor::disk::{BootEntry, Named};
use crate::container::bootconf::{self, Loader, file_name};
use crate::source::root::Root;
use std::collections::{HashSet, VecDeque};

/// The most that is read of a loader's file.
pub(super) const LIMIT: u64 = 1 << 20;
/// Files of loaders at fixed places. GRUB's file is often a link to another of these: it counts once, by its text.
const FILES: [(Loader, &str); 10] = [
    (Loader::Grub, "boot/grub/grub.cfg"),
    (Loader::Grub, "boot/grub2/grub.cfg"),
    (Loader::Grub, "etc/grub2.cfg"),
    (Loader::Grub, "etc/grub2-efi.cfg"),
    (Loader::Grub, "boot/grub/custom.cfg"),
    (Loader::Grub, "boot/grub2/custom.cfg"),
    (Loader::Grub, "boot/grub/menu.lst"),
    (Loader::Grub, "boot/grub/grub.conf"),
    (Loader::Syslinux, "boot/extlinux.conf"),
    (Loader::Lilo, "etc/lilo.conf"),
];
/// Files of loaders on any partition.
const ON_PARTITIONS: [(Loader, &str); 11] = [
    (Loader::Limine, "limine.conf"),
    (Loader::Limine, "limine/limine.conf"),
    (Loader::Limine, "limine.cfg"),
    (Loader::Syslinux, "extlinux/extlinux.conf"),
    (Loader::Syslinux, "syslinux/syslinux.cfg"),
    (Loader::Syslinux, "syslinux.cfg"),
    (Loader::Refind, "refind_linux.conf"),
    (Loader::UBoot, "boot.scr"),
    (Loader::UBoot, "boot.cmd"),
    (Loader::UBoot, "boot.scr.uimg"),
    (Loader::Lilo, "elilo.conf"),
];
/// Files of loaders in the folders below EFI of a partition.
const BELOW_EFI: [(Loader, &str); 7] = [
    (Loader::Grub, "grub.cfg"),
    (Loader::Limine, "limine.conf"),
    (Loader::Limine, "limine.cfg"),
    (Loader::Syslinux, "syslinux.cfg"),
    (Loader::Refind, "refind.conf"),
    (Loader::Refind, "refind_linux.conf"),
    (Loader::Lilo, "elilo.conf"),
];
/// The most files that loaders' files take in.
const MOST_INCLUDED: usize = 64;
/// Entries of the Boot Loader Specification, on each partition.
const ENTRIES: &str = "loader/entries";

/// All entries, in the order in which a kernel's own is looked for.
pub(super) fn of(root: &Root, release: &str, command_line: &str) -> Vec<BootEntry> {
    let image = kernel_image(release, command_line);
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let (grub, others): (Vec<_>, Vec<_>) =
        places(root).into_iter().partition(|(loader, _)| *loader == Loader::Grub);
    let early = early_initrds(root);
    let specified = MOUNTS.iter().flat_map(|mount| {
        let folder = joined(mount, ENTRIES);
        let names = root.names(&folder).into_iter().filter(|name| name.ends_with(".conf")).take(MOST_FILES);
        names.map(move |name| (Loader::Entries, joined(&folder, &name))).collect::<Vec<_>>()
    });
    let mut files: VecDeque<(Loader, String)> = grub.into_iter().chain(specified).chain(others).collect();
    let mut included = 0;
    while let Some((loader, file)) = files.pop_front() {
        let Some(text) = root.head(&file, LIMIT).filter(|text| seen.insert((loader, text.clone()))) else {
            continue;
        };
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        for name in bootconf::included(loader, &text) {
            let found = mount_beside(root, std::slice::from_ref(&name), None, folder)
                .and_then(|mount| below(root, mount, folder, &name));
            if let Some(found) = found.filter(|_| included < MOST_INCLUDED) {
                included += 1;
                files.push_back((loader, found));
            }
        }
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

/// Where loaders may have their files.
fn places(root: &Root) -> Vec<(Loader, String)> {
    let mut all: Vec<(Loader, String)> =
        FILES.iter().map(|(loader, file)| (*loader, (*file).to_owned())).collect();
    for mount in MOUNTS {
        all.extend(ON_PARTITIONS.iter().map(|(loader, file)| (*loader, joined(mount, file))));
        let folder = joined(mount, "EFI");
        for vendor in root.names(&folder).into_iter().take(MOST_FILES) {
            let vendor = joined(&folder, &vendor);
            all.extend(BELOW_EFI.iter().map(|(loader, file)| (*loader, joined(&vendor, file))));
        }
    }
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
    // rEFInd puts the kernel's version there.
    let written = |name: &String| match loader {
        Loader::Refind => name.replace("%v", release),
        _ => name.clone(),
    };
    let names: Vec<String> = std::iter::once(&entry.kernel).chain(&entry.initrds).map(written).collect();
    // An entry of a partition names that partition's files.
    let own = folder.strip_suffix(ENTRIES).map(|mount| mount.trim_end_matches('/'));
    let mount = mount_beside(root, &names, own, folder);
    let find = |name: &str| below(root, mount?, folder, name);
    let initrds: Vec<Named> =
        entry.initrds.iter().map(|name| Named { name: name.clone(), found: find(&written(name)) }).collect();
    let has_kernel = !entry.kernel.is_empty() && find(&entry.kernel).is_some();
    let is_unified = entry.initrds.is_empty() && entry.kernel.to_ascii_lowercase().ends_with(".efi");
    let is_ours = match (entry.kernel.is_empty(), is_unified) {
        (true, _) => true,
        (false, true) => {
            let image = find(&entry.kernel).and_then(|file| open_unified(root, &file)?.release());
            image.is_some_and(|image| image == *release)
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
    let is_ours =
        open_unified(root, &file).and_then(|image| image.release()).is_some_and(|own| own == *release);
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

/// A named file below a partition: `(hd0,gpt2)/x`, `/@/boot/x` of a btrfs subvolume, `/ROOT/x@/boot/y` of a ZFS dataset, or a name
/// beside the loader's file.
pub(super) fn below(root: &Root, mount: &str, folder: &str, name: &str) -> Option<String> {
    let name = name.rsplit_once(')').map_or(name, |(_, path)| path).replace('\\', "/");
    let plain = name.trim_start_matches('/');
    if plain.is_empty() {
        return None;
    }
    let of_subvolume = plain.strip_prefix('@').and_then(|rest| rest.split_once('/')).map(|(_, path)| path);
    let of_dataset = plain.split_once("@/").map(|(_, path)| path);
    let beside = (!name.starts_with('/') && !folder.is_empty()).then(|| joined(folder, plain));
    let inside = [of_subvolume, of_dataset].map(|path| path.map(|path| joined(mount, path)));
    let paths = [Some(joined(mount, plain))].into_iter().chain(inside).chain([beside]);
    paths.flatten().find(|path| root.len(path).is_some())
}
