//! Kernels and their configurations: images, configuration files, and what a tree has of them.

use super::image::ImageFile;
use super::initrd::{Random, random};
use super::root::Root;
use super::{SourceError, display, file};
use crate::boot::config::Config;
use crate::container::kernel::{Kernel, KernelError};
use crate::container::uki::UkiError;
use crate::container::{bzimage, elf};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most that is read of a configuration, unpacked.
const MOST_CONFIG: u64 = 16 << 20;
/// The most that is read of an image that comes through a pipe.
const MOST_IMAGE: u64 = 1 << 30;

/// What messages say that these files should be.
const EXPECTED: &str = "a kernel: a bzImage, a vmlinux or a unified kernel image";
const EXPECTED_CONFIG: &str = "a kernel's configuration, or an image that carries one";

/// What the names of images begin with where that of the configuration beside it ends alike.
const NAMES: [&str; 5] = ["vmlinuz-", "vmlinux-", "bzImage-", "kernel-", "linux-"];

/// A configuration, and where it was found.
#[derive(Debug, Clone)]
pub struct FoundConfig {
    /// The configuration.
    pub config: Config,
    /// The file, or the image that carries it; safe to print.
    pub origin: String,
}

/// Reads a kernel image; of a unified kernel image, the kernel of a profile. `deep` unpacks what is packed.
///
/// # Errors
/// [`SourceError`] when it cannot be read, is no kernel, or has no such profile.
pub fn read(path: &Path, profile: usize, deep: bool) -> Result<Kernel, SourceError> {
    Kernel::open(&open(path, EXPECTED)?, profile, deep).map_err(|error| failed(path, error))
}

/// Whether a file begins like a kernel image by itself: a bzImage or an ELF program.
pub fn is_kernel(head: &[u8]) -> bool {
    bzimage::is_bzimage(head) || head.starts_with(elf::MAGIC) && !elf::is_core(head)
}

/// Whether a regular file does.
///
/// # Errors
/// [`SourceError`] as the system says.
pub fn is_kernel_file(path: &Path) -> Result<bool, SourceError> {
    let file = if path.as_os_str() == "-" { None } else { ImageFile::open(path)? };
    let Some(file) = file.filter(|file| !file.is_live()) else { return Ok(false) };
    Ok(is_kernel(&file.head().map_err(|error| SourceError::io(path, error))?))
}

fn open(path: &Path, expected: &'static str) -> Result<Random, SourceError> {
    random(path, MOST_IMAGE, expected)
}

fn failed(path: &Path, error: KernelError) -> SourceError {
    let (path, what) = (path.to_owned(), error.to_string());
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
    let source = open(path, EXPECTED_CONFIG)?;
    if let Ok(kernel) = Kernel::open(&source, 0, true) {
        let config = kernel.config().map(parse).ok_or_else(|| SourceError::Empty {
            path: path.to_owned(),
            what: "a kernel without a configuration in it (CONFIG_IKCONFIG); give the file beside it"
                .to_owned(),
        })?;
        return Ok(FoundConfig { config, origin: display(path) });
    }
    let bytes = match source {
        Random::Bytes(bytes) => bytes,
        Random::File(_) => file::read(path, MOST_CONFIG, EXPECTED_CONFIG)?,
    };
    from_bytes(path, bytes)?.ok_or_else(|| SourceError::Content {
        path: path.to_owned(),
        offset: 0,
        found: "no line that sets an option".to_owned(),
        expected: EXPECTED_CONFIG,
    })
}

fn parse(bytes: &[u8]) -> Config {
    Config::parse(&String::from_utf8_lossy(bytes))
}

/// The configuration in a file's bytes; `None` when they are none.
fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Option<FoundConfig>, SourceError> {
    let config = parse(&file::gunzip(path, bytes, MOST_CONFIG, EXPECTED_CONFIG)?);
    Ok((!config.is_empty()).then(|| FoundConfig { config, origin: display(path) }))
}

/// The configuration of an image in a file: that in a file beside it, named as distributions name them, or else the one that
/// it carries.
pub fn config_of(path: &Path, kernel: &Kernel) -> Option<FoundConfig> {
    let folder = path.parent().filter(|_| path.as_os_str() != "-");
    let beside = folder.into_iter().flat_map(|folder| candidates(path, folder, kernel));
    let mut found = beside.filter_map(|path| {
        let bytes = file::read(&path, MOST_CONFIG, EXPECTED_CONFIG).ok()?;
        from_bytes(&path, bytes).ok().flatten()
    });
    let inside = || {
        let config = parse(kernel.config()?);
        (!config.is_empty()).then(|| FoundConfig { config, origin: format!("in {}", display(path)) })
    };
    found.next().or_else(inside)
}

/// Files in which the configuration of an image may stand.
fn candidates(path: &Path, folder: &Path, kernel: &Kernel) -> Vec<PathBuf> {
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

/// The configuration of a release that a tree has: that of the running system where it is the one that runs, or the file that
/// distributions install.
pub fn config_in(root: &Root, release: &str, is_running: bool) -> Option<FoundConfig> {
    if !is_file_name(release) {
        return None;
    }
    let running = is_running.then(|| "proc/config.gz".to_owned());
    let installed = ["boot/config-", "lib/modules/", "usr/lib/modules/"].map(|place| match place {
        "boot/config-" => format!("{place}{release}"),
        folder => format!("{folder}{release}/config"),
    });
    running.into_iter().chain(installed).find_map(|relative| {
        let bytes = root.bytes(&relative).ok().flatten()?;
        from_bytes(&root.path(&relative), bytes).ok().flatten()
    })
}

/// Whether a release is fit to be a part of a file's name.
fn is_file_name(release: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-~:".contains(&byte);
    release.bytes().all(fits) && release.starts_with(|first: char| first.is_ascii_digit())
}
