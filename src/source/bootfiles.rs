//! What a boot loader takes from disk for a machine's running kernel: the initrd, found as the loaders' own files name it.

use super::initrd::{self, Row, read_error};
use super::root::Root;
use super::{SourceError, display};
use crate::bytes::escape;
use crate::container::initrd::held::Held;
use crate::finding::{Finding, Severity, registry};
use std::path::Path;

/// Where the paths of a boot loader's files may begin: on the root file system, or on a partition that is mounted here.
const MOUNTS: [&str; 4] = ["", "boot", "efi", "boot/efi"];
/// GRUB's files of menu entries.
const GRUB: [&str; 4] = ["boot/grub/grub.cfg", "boot/grub2/grub.cfg", "etc/grub2.cfg", "etc/grub2-efi.cfg"];
/// Entries of the Boot Loader Specification.
const ENTRIES: &str = "loader/entries";
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
    /// What named them, in words.
    pub how: String,
    /// Their bytes, one file behind the other; of a captured one, only what the early search needs.
    pub bytes: Held<'static>,
    /// The length of all files together, filled up in between.
    pub len: u64,
    /// Of a captured one: why tables in it are not found, as all of it told.
    pub hidden: Option<Vec<Finding>>,
}

/// The lines that a capture has of an initrd beside its beginning: length, how it was found, its files, and findings.
pub fn captured_lines(initrd: &Initrd, hidden: &[Finding]) -> String {
    let mut out = format!("{}\n{}\n", initrd.len, initrd.how);
    for file in &initrd.files {
        out.push_str(&format!("file {file}\n"));
    }
    for finding in hidden {
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        out.push_str(&format!("{severity} {} {}\n", finding.rule.code, finding.message));
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
    let message = escape(words.next().unwrap_or_default().as_bytes()).into_owned();
    Some(Finding::new(rule, "initrd", message).with_severity(severity))
}

/// The initrd that the boot loader has for the running kernel; `None` when nothing names one that is there.
///
/// # Errors
/// [`SourceError`] when the files are there and cannot be read.
pub fn find_initrd(root: &Root, release: &str, command_line: &str) -> Result<Option<Initrd>, SourceError> {
    if let Some(captured) = captured(root)? {
        return Ok(Some(captured));
    }
    let image = command_line.split_whitespace().find_map(|word| word.strip_prefix("BOOT_IMAGE="));
    let image = image.map(file_name).map_or_else(|| format!("vmlinuz-{release}"), str::to_owned);
    let candidates = from_command_line(command_line)
        .into_iter()
        .chain(GRUB.iter().filter_map(|config| from_grub(root, config, &image)))
        .chain(MOUNTS.iter().flat_map(|mount| from_entries(root, mount, &image, release)));
    for (names, how) in candidates {
        if let Some(files) = located(root, &names) {
            return read(root, files, how).map(Some);
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
                return read(root, vec![path], "by its usual name".to_owned()).map(Some);
            }
        }
    }
    Ok(None)
}

fn captured(root: &Root) -> Result<Option<Initrd>, SourceError> {
    let Some(facts) = root.text(CAPTURED_FROM) else { return Ok(None) };
    let Some(bytes) = root.bytes(CAPTURED)? else { return Ok(None) };
    let mut lines = facts.lines();
    let len = lines.next().and_then(|line| line.parse().ok()).unwrap_or(bytes.len() as u64);
    let how = escape(lines.next().unwrap_or_default().as_bytes()).into_owned();
    let files = lines.clone().filter_map(|line| line.strip_prefix("file ").map(str::to_owned)).collect();
    let hidden = Some(lines.filter_map(captured_finding).collect());
    Ok(Some(Initrd { files, how, bytes: bytes.into(), len, hidden }))
}

fn read(root: &Root, files: Vec<String>, how: String) -> Result<Initrd, SourceError> {
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

/// Where the files are that a loader names, if all of them are in one place.
fn located(root: &Root, names: &[String]) -> Option<Vec<String>> {
    if names.is_empty() {
        return None;
    }
    MOUNTS.iter().find_map(|mount| {
        let below = |name: &String| {
            let path = Path::new(mount).join(name.trim_start_matches('/')).to_str()?.to_owned();
            root.len(&path).is_some().then_some(path)
        };
        names.iter().map(below).collect()
    })
}

/// The last part of a path, as GRUB, EFI and systemd-boot write paths: `(hd0,gpt2)/vmlinuz`, `\EFI\vmlinuz`.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\', ')']).next().unwrap_or(path)
}

/// `initrd=` options, which the kernel's EFI stub and SYSLINUX leave there.
fn from_command_line(line: &str) -> Option<(Vec<String>, String)> {
    let values = line.split_whitespace().filter_map(|word| word.strip_prefix("initrd="));
    let names: Vec<String> =
        values.flat_map(|value| value.split(',')).map(|name| name.replace('\\', "/")).collect();
    (!names.is_empty()).then(|| (names, "initrd= on the command line".to_owned()))
}

/// The initrds of GRUB's first entry for a kernel.
fn from_grub(root: &Root, config: &str, image: &str) -> Option<(Vec<String>, String)> {
    let text = root.text(config)?;
    let names = grub_initrds(&text, image)?;
    Some((names, display(&root.path(config))))
}

fn grub_initrds(config: &str, image: &str) -> Option<Vec<String>> {
    let mut found: Option<Vec<String>> = None;
    for line in config.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("linux" | "linuxefi" | "linux16") => {
                if found.is_some() {
                    break;
                }
                if words.next().is_some_and(|path| file_name(path.trim_matches(['"', '\''])) == image) {
                    found = Some(Vec::new());
                }
            }
            Some("initrd" | "initrdefi" | "initrd16") => {
                if let Some(names) = &mut found {
                    let plain = |word: &str| word.trim_matches(['"', '\'']).to_owned();
                    names.extend(words.map(plain).filter(|word| !word.is_empty() && !word.starts_with('$')));
                }
            }
            Some("menuentry" | "submenu") if found.is_some() => break,
            _ => {}
        }
    }
    found.filter(|names| !names.is_empty())
}

/// The initrds of the Boot Loader Specification's entries for a kernel.
fn from_entries(root: &Root, mount: &str, image: &str, release: &str) -> Vec<(Vec<String>, String)> {
    let folder = Path::new(mount).join(ENTRIES);
    let Some(folder) = folder.to_str() else { return Vec::new() };
    let entries = root.names(folder).into_iter().filter(|name| name.ends_with(".conf")).filter_map(|name| {
        let path = format!("{folder}/{name}");
        let names = entry_initrds(&root.text(&path)?, image, release)?;
        Some((names, display(&root.path(&path))))
    });
    entries.collect()
}

fn entry_initrds(entry: &str, image: &str, release: &str) -> Option<Vec<String>> {
    let values = |key: &'static str| {
        let lines = entry.lines().filter_map(move |line| line.trim().split_once(char::is_whitespace));
        lines.filter(move |(name, _)| *name == key).map(|(_, value)| value.trim())
    };
    let ours =
        values("linux").any(|path| file_name(path) == image) || values("version").any(|text| text == release);
    let words = values("initrd").flat_map(str::split_whitespace).filter(|word| !word.starts_with('$'));
    let names: Vec<String> = words.map(str::to_owned).collect();
    (ours && !names.is_empty()).then_some(names)
}

/// The initrd of a unified kernel image of this release, where systemd-boot looks for such images.
fn from_images(root: &Root, release: &str) -> Option<Initrd> {
    let Root::Folder(_) = root else { return None };
    let folders = MOUNTS.iter().map(|mount| Path::new(mount).join("EFI/Linux"));
    let images = folders.flat_map(|folder| {
        let folder = folder.to_str().unwrap_or_default().to_owned();
        let names = root.names(&folder).into_iter().filter(|name| name.ends_with(".efi"));
        names.map(move |name| format!("{folder}/{name}")).collect::<Vec<_>>()
    });
    images.into_iter().find_map(|file| {
        let read = initrd::of(&root.path(&file), root.large(&file).ok()??, 0).ok()?;
        if read.release().as_deref() != Some(release) {
            return None;
        }
        let len = read.bytes.view().len();
        let how = "the unified kernel image of this release".to_owned();
        Some(Initrd { files: vec![file], how, bytes: read.bytes, len, hidden: None })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grub_s_entry_of_the_kernel_is_taken() {
        let config = "menuentry 'Debian' {\n\tlinux\t/vmlinuz-6.1 root=/dev/vda1 ro quiet\n\tinitrd\t/acpi.img /initrd.img-6.1\n}\n\
                      menuentry 'old' {\n\tlinux /boot/vmlinuz-5.10 ro\n\tinitrd /boot/initrd.img-5.10 $extra\n}\n";
        assert_eq!(grub_initrds(config, "vmlinuz-6.1").unwrap(), ["/acpi.img", "/initrd.img-6.1"]);
        assert_eq!(grub_initrds(config, "vmlinuz-5.10").unwrap(), ["/boot/initrd.img-5.10"]);
        assert_eq!(grub_initrds(config, "vmlinuz-6.12"), None);
        assert_eq!(grub_initrds("linux /vmlinuz-6.1\nmenuentry x {\ninitrd /other\n", "vmlinuz-6.1"), None);
    }

    #[test]
    fn entries_and_options_name_initrds() {
        let entry =
            "title Arch\nlinux /vmlinuz-linux\ninitrd /acpi_override.img\ninitrd  /initramfs-linux.img\n";
        let wanted = ["/acpi_override.img", "/initramfs-linux.img"];
        assert_eq!(entry_initrds(entry, "vmlinuz-linux", "6.1").unwrap(), wanted);
        assert_eq!(entry_initrds(entry, "vmlinuz-lts", "6.1"), None);
        assert!(entry_initrds(&format!("version 6.1\n{entry}"), "vmlinuz-lts", "6.1").is_some());
        let (names, _) = from_command_line("quiet initrd=\\acpi.img initrd=/a.img,b.img").unwrap();
        assert_eq!(names, ["/acpi.img", "/a.img", "b.img"]);
        assert_eq!((file_name("(hd0,gpt2)/boot/vmlinuz"), file_name("(hd0)vmlinuz")), ("vmlinuz", "vmlinuz"));
    }
}
