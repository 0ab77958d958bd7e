//! Kernels and their configurations: images, configuration files, and what a tree has of them.

use super::initrd::{Random, random};
use super::open::Opened;
use super::root::Root;
use super::{SourceError, display, file};
use crate::boot::kernel::FoundConfig;
use crate::boot::kernel::config::Config;
use crate::budget;
use crate::container::kernel::{KernelError, KernelImage};
use crate::container::read_at::ReadAt;
use crate::container::uki::UkiError;
use crate::container::{bzimage, elf};
use crate::foreign::Foreign;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What messages say that these files should be.
const EXPECTED: &str = "a kernel: a bzImage, a vmlinux or a unified kernel image";
const EXPECTED_CONFIG: &str = "a kernel's configuration, or an image that carries one";

/// What the names of images begin with where that of the configuration beside it ends alike.
const NAMES: [&str; 5] = ["vmlinuz-", "vmlinux-", "bzImage-", "kernel-", "linux-"];

/// Opens a file that should be a kernel image.
///
/// # Errors
/// [`SourceError`] when it cannot be opened.
pub fn open(path: &Path) -> Result<Random, SourceError> {
    random(path, EXPECTED)
}

/// Reads a kernel image; of a unified kernel image, the kernel of a profile. `path` names it in messages, `deep` unpacks what is
/// packed.
///
/// # Errors
/// [`SourceError`] when it cannot be read, is no kernel, or has no such profile.
pub fn of_source(
    path: &Path,
    source: &impl ReadAt,
    profile: usize,
    deep: bool,
) -> Result<KernelImage, SourceError> {
    KernelImage::open(source, profile, deep).map_err(|error| failed(path, error))
}

/// Whether a file begins like a kernel image by itself: a bzImage or an ELF program.
pub fn is_kernel(head: &[u8]) -> bool {
    bzimage::is_bzimage(head) || head.starts_with(elf::MAGIC) && !elf::is_core(head)
}

fn failed(path: &Path, error: KernelError) -> SourceError {
    let (path, what) = (path.to_owned(), Foreign::of_text(&error));
    match error {
        KernelError::Uki(UkiError::NoProfile { .. }) => SourceError::Absent { path, what },
        _ => SourceError::Empty { path, what },
    }
}

/// Reads a configuration: a file with one, packed with gzip or not, or an image that carries one.
///
/// # Errors
/// [`SourceError`] when it cannot be read or has none.
pub fn config(path: &Path) -> Result<FoundConfig, SourceError> {
    let source = Opened::open(path, EXPECTED_CONFIG)?;
    if let Ok(kernel) = KernelImage::open(&source, 0, true) {
        let config = kernel.config().map(parse).ok_or_else(|| SourceError::Empty {
            path: path.to_owned(),
            what: "a kernel without a configuration in it (CONFIG_IKCONFIG); give the file beside it".into(),
        })?;
        return Ok(FoundConfig { config, origin: path.into() });
    }
    let bytes = source.into_bytes(budget::CONFIG, EXPECTED_CONFIG)?;
    let len = bytes.len();
    let wrong = |offset: usize, found: &str| SourceError::Content {
        path: path.to_owned(),
        offset: offset as u64,
        found: found.into(),
        expected: EXPECTED_CONFIG,
    };
    match from_bytes(path, bytes)? {
        None => Err(wrong(0, "no line that sets an option")),
        Some(found) if found.config.is_cut => Err(wrong(len, "the end of a configuration that is cut off")),
        Some(found) => Ok(found),
    }
}

fn parse(bytes: &[u8]) -> Config {
    Config::parse(&String::from_utf8_lossy(bytes))
}

/// The configuration in a file's bytes; `None` when they are none.
fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Option<FoundConfig>, SourceError> {
    let config = parse(&file::gunzip(path, bytes, budget::CONFIG, EXPECTED_CONFIG)?);
    Ok((!config.is_empty()).then(|| FoundConfig { config, origin: path.into() }))
}

/// The configuration of an image in a file: that in a file beside it, named as distributions name them, or else the one that
/// it carries.
pub fn config_of(path: &Path, kernel: &KernelImage) -> Option<FoundConfig> {
    let folder = path.parent().filter(|_| path.as_os_str() != "-");
    let beside = folder.into_iter().flat_map(|folder| candidates(path, folder, kernel));
    let mut found = beside.filter_map(|path| {
        let bytes = file::read(&path, budget::CONFIG, EXPECTED_CONFIG).ok()?;
        from_bytes(&path, bytes).ok().flatten().filter(|found| !found.config.is_cut)
    });
    let inside = || {
        let config = parse(kernel.config()?);
        (!config.is_empty()).then(|| FoundConfig { config, origin: Foreign::from("in ") + path })
    };
    found.next().or_else(inside)
}

/// Files in which the configuration of an image may stand.
fn candidates(path: &Path, folder: &Path, kernel: &KernelImage) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let name = path.file_name().unwrap_or_default().as_bytes();
    let suffix = NAMES.iter().find_map(|prefix| name.strip_prefix(prefix.as_bytes()));
    if let Some(suffix) = suffix.and_then(|suffix| std::str::from_utf8(suffix).ok()) {
        all.push(folder.join(format!("config-{suffix}")));
    }
    if let Some(release) = kernel.release().filter(|release| is_file_name(release)) {
        all.push(folder.join(format!("config-{release}")));
    }
    // Beside the image in /lib/modules/RELEASE, and on top of a tree that was just built.
    if !kernel.in_uki && suffix.is_none() {
        all.push(folder.join("config"));
        all.extend(folder.ancestors().take(4).map(|folder| folder.join(".config")));
    }
    all
}

/// Where a tree has a kernel's configuration: the running kernel's own first.
fn config_paths(release: &str) -> Vec<String> {
    vec![
        "proc/config.gz".to_owned(),
        format!("boot/config-{release}"),
        format!("lib/modules/{release}/config"),
        format!("usr/lib/modules/{release}/config"),
    ]
}

/// What a tree has of a kernel's configuration.
#[derive(Debug, Default)]
pub struct ConfigSearch {
    /// The configuration; `None` when there is none that is whole.
    pub config: Option<FoundConfig>,
    /// The files before it that end in the middle; safe to print.
    pub cut: Vec<String>,
}

/// The configuration of a release that a tree has: that of the running system where it is the one that runs, or the file that
/// distributions install. A file that is empty, cannot be unpacked or ends in the middle is none.
pub fn config_in(root: &Root, release: &str, is_running: bool) -> ConfigSearch {
    let mut cut = Vec::new();
    let found = find_config(root, release, is_running, &mut cut);
    let config = found.map(|(path, _, config)| FoundConfig { config, origin: path.as_path().into() });
    ConfigSearch { config, cut }
}

/// The text of the configuration of the kernel that runs on a tree's machine, with the file's name, safe to print.
pub fn config_text(root: &Root, release: &str) -> Option<(String, String)> {
    let (path, text, _) = find_config(root, release, true, &mut Vec::new())?;
    Some((display(&path), text))
}

/// The first configuration that is whole, with its file and its text; names of those before it that are not.
fn find_config(
    root: &Root,
    release: &str,
    is_running: bool,
    cut: &mut Vec<String>,
) -> Option<(PathBuf, String, Config)> {
    let paths = if is_file_name(release) { config_paths(release) } else { Vec::new() };
    for relative in paths.iter().skip(usize::from(!is_running)) {
        let Ok(Some(bytes)) = root.bytes(relative) else { continue };
        let path = root.path(relative);
        let text = file::gunzip(&path, bytes, budget::CONFIG, EXPECTED_CONFIG);
        let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        match text.map(|text| (Config::parse(&text), text)) {
            Ok((config, _)) if config.is_empty() => {}
            Ok((config, text)) if !config.is_cut => return Some((path, text, config)),
            Ok(_) | Err(_) => cut.push(display(&path)),
        }
    }
    None
}

/// Whether a release is fit to be a part of a file's name.
fn is_file_name(release: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-~:".contains(&byte);
    release.bytes().all(fits) && release.starts_with(|first: char| first.is_ascii_digit())
}
