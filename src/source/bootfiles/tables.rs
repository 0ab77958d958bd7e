//! Files that hold tables, wherever they lie, and the settings that bring them into an initrd.

use super::entries::LIMIT;
use super::{MOST_FILES, joined};
use crate::check::doctor::disk::{self, FileKind, Grub, Maker, TableFile};
use crate::container::bootconf::{shell_value, uses_entries};
use crate::container::cpio::early::{self, ACPI_PREFIX, StopReason};
use crate::container::read_at::ReadAt;
use crate::source::file;
use crate::source::initrd::held;
use crate::source::root::Root;
use crate::table::HEADER_LEN;

/// Folders whose tables something takes into initrds.
const FOLDERS: [(Maker, &str); 4] = [
    (Maker::Mkinitcpio, "etc/initcpio/acpi_override"),
    (Maker::Mkinitcpio, "usr/lib/initcpio/acpi_override"),
    (Maker::InitramfsTools, "var/lib/acpi-override"),
    (Maker::Acpihp, "etc/acpihp/tables"),
];
/// Where boot loaders have their files.
const BOOT: [&str; 2] = ["boot", "efi"];
/// Folders there that hold none of ours, and many files.
const PASSED: [&str; 6] = ["grub", "grub2", "fonts", "locale", "lost+found", "Microsoft"];
/// An archive's end is no longer than this: its trailer, and zeros up to a block.
const TRAILER: u64 = 4096;
/// GRUB's file of entries, where it takes those of the Boot Loader Specification.
const GRUB: [&str; 3] = ["boot/grub2/grub.cfg", "boot/grub/grub.cfg", "etc/grub2-efi.cfg"];
/// GRUB's variables that outlive a boot.
const ENVIRONMENTS: [&str; 2] = ["boot/grub2/grubenv", "boot/grub/grubenv"];
/// How deep folders there are looked through.
const DEPTH: usize = 4;
/// The most files that are looked at there.
const MOST_BOOT_FILES: usize = 4096;
/// The most files with tables that are kept.
const MOST_KEPT: usize = 64;
/// dracut's configuration, the later over the earlier.
const DRACUT: [&str; 3] = ["usr/lib/dracut/dracut.conf.d", "etc/dracut.conf", "etc/dracut.conf.d"];
/// mkinitcpio's.
const MKINITCPIO: [&str; 2] = ["etc/mkinitcpio.conf", "etc/mkinitcpio.conf.d"];

/// The files that hold tables.
pub(super) fn files(root: &Root) -> Vec<TableFile> {
    let mut all = Vec::new();
    let dracut = dracut_value(root, "acpi_table_dir").map(|(_, folder)| (Maker::Dracut, folder));
    let fixed = FOLDERS.iter().map(|(maker, folder)| (*maker, (*folder).to_owned()));
    for (maker, folder) in fixed.chain(dracut) {
        let folder = folder.trim_matches('/');
        for name in root.names(folder).into_iter().take(MOST_FILES) {
            all.extend(table(root, joined(folder, &name), Some(maker)));
        }
    }
    let mut left = MOST_BOOT_FILES;
    for folder in BOOT {
        walk(root, folder, 0, &mut left, &mut all);
    }
    all.truncate(MOST_KEPT);
    all
}

/// The files below a folder of the boot loader.
fn walk(root: &Root, folder: &str, depth: usize, left: &mut usize, all: &mut Vec<TableFile>) {
    for name in root.names(folder) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let path = joined(folder, &name);
        if root.len(&path).is_some() {
            all.extend(archive(root, &path).or_else(|| table(root, path, None)));
        } else if depth < DEPTH && !PASSED.contains(&name.as_str()) && root.has_folder(&path) {
            walk(root, &path, depth + 1, left, all);
        }
    }
}

/// A table in a file of its own.
fn table(root: &Root, path: String, maker: Option<Maker>) -> Option<TableFile> {
    let len = root.len(&path).filter(|len| (HEADER_LEN as u64..=file::DEFAULT_LIMIT).contains(len))?;
    let source = root.large(&path).ok()??;
    // Most files are not: their first bytes say so.
    let head = source.read_vec(0, HEADER_LEN).ok()?;
    let stated = crate::table::Header::parse(&head)?.length;
    if u64::from(stated) != len {
        return None;
    }
    let bytes = source.read_vec(0, usize::try_from(len).ok()?).ok()?;
    disk::is_table(&bytes).then(|| TableFile {
        kind: FileKind::Table,
        maker,
        modified: root.modified(&path),
        tables: vec![head],
        path,
    })
}

/// An archive with tables where Linux looks for them, alone or in front of an initrd.
fn archive(root: &Root, path: &str) -> Option<TableFile> {
    let source = root.large(path).ok()??;
    if !source.read_vec(0, 5).is_ok_and(|head| head == b"07070") {
        return None;
    }
    let bytes = held(&root.path(path), source).ok()?;
    let (found, stop) = early::find_all(bytes.view(), ACPI_PREFIX);
    let found: Vec<_> = found.iter().filter(|entry| entry.matched.is_some()).collect();
    let last = found.last()?;
    let tables =
        found.iter().map(|entry| entry.data.get(..HEADER_LEN).unwrap_or(entry.data).to_vec()).collect();
    // Something else behind the tables: what is packed, or further files.
    let is_all = matches!(stop.reason, StopReason::End { .. } | StopReason::TooShort { .. });
    let behind = stop.at.saturating_sub(last.next_at as u64);
    let kind = if is_all && behind <= TRAILER { FileKind::Archive } else { FileKind::Initrd };
    Some(TableFile { path: path.to_owned(), kind, maker: None, modified: root.modified(path), tables })
}

/// GRUB's settings of archives.
pub(super) fn grub(root: &Root) -> Grub {
    let mut files = vec!["etc/default/grub".to_owned()];
    files.extend(in_folder(root, "etc/default/grub.d", ".cfg"));
    let mut grub = Grub::default();
    let mut is_enabled = None;
    for file in files {
        let Some(text) = root.head(&file, LIMIT) else { continue };
        for setting in ["GRUB_EARLY_INITRD_LINUX_CUSTOM", "GRUB_EARLY_INITRD_LINUX_STOCK"] {
            let Some(value) = shell_value(&text, setting) else { continue };
            grub.early.retain(|(_, known, _)| known != setting);
            grub.early.push((file.clone(), setting.to_owned(), value));
        }
        is_enabled = shell_value(&text, "GRUB_ENABLE_BLSCFG").or(is_enabled);
    }
    // What GRUB reads at boot decides; the setting, where that cannot be read.
    let made: Vec<String> = GRUB.iter().filter_map(|file| root.head(file, LIMIT)).collect();
    grub.uses_entries = match made.is_empty() {
        true => is_enabled.is_some_and(|value| value == "true"),
        false => made.iter().any(|text| uses_entries(text)),
    };
    let vendors = root.names("boot/efi/EFI").into_iter().take(MOST_FILES);
    let environments = ENVIRONMENTS.map(str::to_owned).into_iter();
    let mut environments = environments.chain(vendors.map(|vendor| format!("boot/efi/EFI/{vendor}/grubenv")));
    grub.environment = environments.find_map(|file| {
        let value = shell_value(&root.head(&file, LIMIT)?, "early_initrd")?;
        (!value.is_empty()).then_some((file, value))
    });
    grub
}

/// The settings that turn on what makes initrds of tables.
pub(super) fn settings(root: &Root) -> Vec<(Maker, String, String)> {
    let mut all = Vec::new();
    let hooks = MKINITCPIO.iter().flat_map(|file| files_of(root, file)).filter_map(|file| {
        let text = root.head(&file, LIMIT)?;
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("HOOKS") && line.contains("acpi_override"))?;
        Some((Maker::Mkinitcpio, file, cut(line)))
    });
    all.extend(hooks);
    let on = dracut_value(root, "acpi_override").filter(|(_, value)| value == "yes");
    all.extend(on.map(|(file, value)| (Maker::Dracut, file, format!("acpi_override=\"{value}\""))));
    const DEBIAN: &str = "usr/share/initramfs-tools/hooks";
    for (maker, folder, part) in
        [(Maker::InitramfsTools, DEBIAN, "acpi"), (Maker::Acpihp, "etc/initramfs-tools/hooks", "acpihp")]
    {
        let hook = root.names(folder).into_iter().take(MOST_FILES).find(|name| name.contains(part));
        all.extend(hook.map(|name| (maker, joined(folder, &name), "the hook is there".to_owned())));
    }
    all
}

/// As much of a line as a message shows.
fn cut(line: &str) -> String {
    line.chars().take(120).collect()
}

/// What dracut's configuration sets last, and where.
fn dracut_value(root: &Root, name: &str) -> Option<(String, String)> {
    let files: Vec<String> = DRACUT.iter().flat_map(|file| files_of(root, file)).collect();
    files
        .into_iter()
        .rev()
        .find_map(|file| Some((shell_value(&root.head(&file, LIMIT)?, name)?, file)))
        .map(|(value, file)| (file, value))
}

/// The file, or the configuration files in a folder of that name.
fn files_of(root: &Root, path: &str) -> Vec<String> {
    if root.has_folder(path) { in_folder(root, path, ".conf") } else { vec![path.to_owned()] }
}

fn in_folder(root: &Root, folder: &str, end: &str) -> Vec<String> {
    let names = root.names(folder).into_iter().filter(|name| name.ends_with(end)).take(MOST_FILES);
    names.map(|name| joined(folder, &name)).collect()
}
