//! What a boot loader takes from disk for a machine's running kernel: the initrd, found as the loaders' own files name it; and
//! which files hold tables, whether an entry names them or not.

mod entries;
mod tables;

use super::SourceError;
use super::initrd::{self, Row, read_error};
use super::root::Root;
use crate::bytes::{from_kmsg, kmsg};
use crate::check::doctor::disk::Disk;
use crate::container::bootconf;
use crate::container::initrd::held::Held;
use crate::finding::{Finding, Severity, registry};
use crate::foreign::Foreign;

/// Where the paths of a boot loader's files may begin: on the root file system, or on a partition that is mounted here.
const MOUNTS: [&str; 4] = ["", "boot", "efi", "boot/efi"];
/// The most files that are looked at in one folder.
const MOST_FILES: usize = 512;
/// Names that distributions give to the initrd of a release.
const USUAL: [(&str, &str); 4] =
    [("initrd.img-", ""), ("initramfs-", ".img"), ("initrd-", ""), ("initramfs-", "")];
/// Loaders fill each initrd up to a multiple of this before the next.
const PADDING: u64 = 4;
/// Where a capture has the beginning of the initrd, and what it was made from.
pub const CAPTURED: &str = "acpihp/initrd-early.img";
/// See [`CAPTURED`].
pub const CAPTURED_FROM: &str = "acpihp/initrd-files";

/// The initrd of a boot.
#[derive(Debug)]
pub struct Initrd {
    /// Its files in order, below the root.
    pub files: Vec<String>,
    /// What named them: a loader's file, or in words.
    pub how: Foreign,
    /// Their bytes, one file behind the other; of a captured one, only what the early search needs.
    pub bytes: Held<'static>,
    /// The length of all files together, filled up in between.
    pub len: u64,
    /// Of a captured one: why tables in it are not found, as all of it told.
    pub hidden: Option<Vec<Finding>>,
}

/// The lines that a capture has of an initrd beside its beginning: length, how it was found, its files, and findings.
pub fn captured_lines(initrd: &Initrd, hidden: &[Finding]) -> String {
    let mut out = format!("{}\n{}\n", initrd.len, kmsg(initrd.how.raw()));
    for file in &initrd.files {
        out.push_str(&format!("file {}\n", kmsg(file.as_bytes())));
    }
    for finding in hidden {
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        out.push_str(&format!("{severity} {} {}\n", finding.rule.code, kmsg(finding.message.raw())));
    }
    out
}

/// A finding as [`captured_lines`] writes it.
fn captured_finding(line: &str) -> Option<Finding> {
    let mut words = line.splitn(3, ' ');
    let severity = match words.next()? {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => return None,
    };
    let rule = registry::find(words.next()?)?;
    let message = from_kmsg(words.next().unwrap_or_default());
    Some(Finding::new(rule, "initrd", message).with_severity(severity))
}

/// Where a capture has the boot entries and the files with tables.
pub const CAPTURED_DISK: &str = "acpihp/boot-files.json";

/// Boot entries, and files with tables. `initrd` is the one at hand.
///
/// # Errors
/// [`SourceError`] when a capture's list of them cannot be read.
pub fn disk(
    root: &Root,
    release: &str,
    command_line: &str,
    initrd: Option<&Initrd>,
) -> Result<Disk, SourceError> {
    if let Some(bytes) = root.bytes(CAPTURED_DISK)? {
        let path = root.path(CAPTURED_DISK);
        return serde_json::from_slice(&bytes).map_err(|error| SourceError::Content {
            path,
            offset: 0,
            found: error.to_string().into(),
            expected: "the boot entries that acpihp capture writes",
        });
    }
    let times = initrd.iter().flat_map(|initrd| &initrd.files).filter_map(|file| root.modified(file));
    Ok(Disk {
        entries: entries::of(root, release, command_line),
        files: tables::files(root),
        grub: tables::grub(root),
        settings: tables::settings(root),
        initrd_modified: times.max(),
        stray: Vec::new(),
    })
}

/// The initrd that the boot loader has for the running kernel; `None` when nothing names one that is there.
///
/// # Errors
/// [`SourceError`] when the files are there and cannot be read.
pub fn find_initrd(root: &Root, release: &str, command_line: &str) -> Result<Option<Initrd>, SourceError> {
    if let Some(captured) = captured(root)? {
        return Ok(Some(captured));
    }
    let image = kernel_image(release, command_line);
    if let Some(found) = from_command_line(root, command_line)? {
        return Ok(Some(found));
    }
    for entry in entries::of(root, release, command_line).iter().filter(|entry| entry.is_ours) {
        let files: Option<Vec<String>> = entry.initrds.iter().map(|named| named.found.clone()).collect();
        match files {
            Some(files) if !files.is_empty() => {
                return read(root, files, root.path(&entry.file).as_path().into()).map(Some);
            }
            _ => {}
        }
    }
    if let Some(found) = from_images(root, release) {
        return Ok(Some(found));
    }
    let folders = ["boot".to_owned(), format!("lib/modules/{release}"), format!("usr/lib/modules/{release}")];
    let usual = USUAL.iter().map(|(before, after)| format!("{before}{release}{after}"));
    let arch = image.strip_prefix("vmlinuz-").map(|name| format!("initramfs-{name}.img"));
    let names: Vec<String> =
        usual.chain(arch).chain(["initramfs.img".to_owned(), "initrd".to_owned()]).collect();
    for (index, folder) in folders.iter().enumerate() {
        for name in names.iter().filter(|name| index > 0 || name.contains('-')) {
            let path = format!("{folder}/{name}");
            if root.len(&path).is_some() {
                return read(root, vec![path], "by its usual name".into()).map(Some);
            }
        }
    }
    Ok(None)
}

/// The name of the kernel's file: as the boot loader left it on the command line, else the usual one.
fn kernel_image(release: &str, command_line: &str) -> String {
    let image = command_line.split_whitespace().find_map(|word| word.strip_prefix("BOOT_IMAGE="));
    image.map(bootconf::file_name).map_or_else(|| format!("vmlinuz-{release}"), str::to_owned)
}

/// The initrds of `initrd=` options, where all of them are there.
fn from_command_line(root: &Root, command_line: &str) -> Result<Option<Initrd>, SourceError> {
    let names = bootconf::initrd_options(command_line);
    let Some(mount) = entries::mount(root, &names, None) else { return Ok(None) };
    let files: Option<Vec<String>> = names.iter().map(|name| entries::below(root, mount, "", name)).collect();
    let Some(files) = files.filter(|files| !files.is_empty()) else { return Ok(None) };
    read(root, files, "initrd= on the command line".into()).map(Some)
}

fn captured(root: &Root) -> Result<Option<Initrd>, SourceError> {
    let Some(facts) = root.text(CAPTURED_FROM) else { return Ok(None) };
    let Some(bytes) = root.bytes(CAPTURED)? else { return Ok(None) };
    let mut lines = facts.lines();
    let len = lines.next().and_then(|line| line.parse().ok()).unwrap_or(bytes.len() as u64);
    let how = from_kmsg(lines.next().unwrap_or_default()).into();
    let named = lines.clone().filter_map(|line| line.strip_prefix("file "));
    let files = named.filter_map(|name| String::from_utf8(from_kmsg(name)).ok()).collect();
    let hidden = Some(lines.filter_map(captured_finding).collect());
    Ok(Some(Initrd { files, how, bytes: bytes.into(), len, hidden }))
}

fn read(root: &Root, files: Vec<String>, how: Foreign) -> Result<Initrd, SourceError> {
    let mut parts = Vec::new();
    for file in &files {
        parts.extend(root.large(file)?);
    }
    let first = root.path(files.first().map_or("", String::as_str));
    let held = match parts.pop() {
        Some(only) if parts.is_empty() => Held::in_file(only),
        last => Held::in_file(Row::new(parts.into_iter().chain(last), PADDING)),
    };
    let bytes = held.map_err(|error| read_error(&first, error))?;
    Ok(Initrd { files, how, len: bytes.view().len(), bytes, hidden: None })
}

/// The initrd of a unified kernel image of this release, where systemd-boot looks for such images.
fn from_images(root: &Root, release: &str) -> Option<Initrd> {
    unified(root).into_iter().find_map(|file| {
        let read = open_unified(root, &file)?;
        if read.release().is_none_or(|own| own != *release) {
            return None;
        }
        let len = read.bytes.view().len();
        let how = "the unified kernel image of this release".into();
        Some(Initrd { files: vec![file], how, bytes: read.bytes, len, hidden: None })
    })
}

/// The unified kernel images where systemd-boot looks for them.
fn unified(root: &Root) -> Vec<String> {
    let folders = MOUNTS.iter().map(|mount| joined(mount, "EFI/Linux"));
    let images = folders.flat_map(|folder| {
        let names = root.names(&folder).into_iter().filter(|name| name.ends_with(".efi")).take(MOST_FILES);
        names.map(move |name| joined(&folder, &name)).collect::<Vec<_>>()
    });
    images.collect()
}

/// What such an image hands over.
fn open_unified(root: &Root, file: &str) -> Option<initrd::Initrd> {
    // An image in a capture or a tar archive would have to be unpacked as a whole.
    let Root::Folder(_) = root else { return None };
    initrd::of(&root.path(file), root.large(file).ok()??, 0).ok()
}

/// A path below another.
fn joined(folder: &str, name: &str) -> String {
    let name = name.trim_start_matches('/');
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
