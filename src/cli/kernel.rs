//! The kernel that a command is about, from `--kernel` and `--config`: a release, and what its image and its configuration
//! tell beyond that.

use super::UsageError;
use crate::boot::release::{Release, ReleaseError};
use crate::bytes::escape;
use crate::container::kernel::Kernel;
use crate::finding::Finding;
use crate::finding::registry::image as rule;
use crate::source::kernel::{self, FoundConfig};
use crate::source::root::Root;
use crate::source::{SourceError, display};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What the command line says of the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `--kernel`.
    pub kernel: Option<&'a Path>,
    /// Whether that is a file, whatever its name is.
    pub is_file: bool,
    /// `--config`.
    pub config: Option<&'a Path>,
    /// `--profile`, for unified kernel images.
    pub profile: usize,
    /// Whether an image shall be unpacked, even if nothing else tells its configuration.
    pub deep: bool,
}

/// Where else a kernel may come from, the first that is there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Otherwise<'a> {
    /// A unified kernel image that was given as initrd, and the release that it names.
    pub image: Option<(&'a Path, Option<&'a str>)>,
    /// The machine, and its own release.
    pub machine: Option<(&'a Root, Option<&'a str>)>,
}

/// The kernel.
#[derive(Debug)]
pub struct Chosen {
    /// Its release, with all that its configuration changes.
    pub release: Release,
    /// Its image, where one was given.
    pub image: Option<Kernel>,
    /// Its configuration, where there is one.
    pub config: Option<FoundConfig>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

/// The kernel that was asked for, or else the one that there is.
///
/// # Errors
/// [`UsageError`] for what is neither a release nor a file, [`SourceError`] for files that cannot be read or are of another
/// kind.
pub fn choose(asked: &Asked<'_>, otherwise: &Otherwise<'_>) -> anyhow::Result<Chosen> {
    let given = asked.kernel.map(|kernel| given(kernel, asked)).transpose()?;
    let config = asked.config.map(kernel::config).transpose()?;
    let mut chosen = match (given, &config, otherwise) {
        (Some(Given::Release(release)), ..) => plain(*release, otherwise.machine),
        (Some(Given::Image(path, image)), ..) => of_image(path, *image)?,
        (None, _, Otherwise { image: Some((path, release)), .. }) => of_uki(path, *release, asked),
        (None, Some(config), _) if config.config.version.is_some() => {
            plain(parse(config.config.version.as_deref().unwrap_or_default())?, None)
        }
        (None, _, Otherwise { machine: Some((root, Some(release))), .. }) => {
            plain(parse(release)?, Some((root, Some(release))))
        }
        _ => plain(Release::newest(), None),
    };
    if let Some(config) = config.or(chosen.config.take()) {
        let of = config.config.version.as_deref().and_then(|version| Release::parse(version).ok());
        if let Some(of) = of.filter(|of| of.version != chosen.release.version) {
            let message =
                format!("Linux {}, and the kernel is Linux {}", of.name.text(), chosen.release.name.text());
            chosen.findings.push(Finding::new(&rule::OTHER_CONFIG, config.origin.as_str(), message));
        }
        chosen.release = chosen.release.built_with(&config.config);
        chosen.config = Some(config);
    }
    chosen.release.build.room = chosen.image.as_ref().and_then(Kernel::room);
    Ok(chosen)
}

/// What `--kernel` gives.
enum Given<'a> {
    Release(Box<Release>),
    Image(&'a Path, Box<Kernel>),
}

/// What is no path is a release, if it looks like one.
fn given<'a>(kernel: &'a Path, asked: &Asked<'_>) -> anyhow::Result<Given<'a>> {
    let is_path = asked.is_file || kernel.as_os_str().as_bytes().contains(&b'/');
    let text = escape(kernel.as_os_str().as_bytes()).into_owned();
    let why = match kernel.to_str().map(Release::parse) {
        Some(Ok(release)) if !is_path => return Ok(Given::Release(Box::new(release))),
        Some(Err(error @ ReleaseError::TooOld(_))) => error.to_string(),
        _ => "neither a kernel release, such as 6.1 or 6.12.111, nor a file".to_owned(),
    };
    let read = |deep: bool| kernel::read(kernel, asked.profile, deep);
    let image = read(asked.deep).and_then(|image| {
        // It may be for the image itself to tell its configuration.
        let told = asked.deep || asked.config.is_some() || kernel::config_of(kernel, &image).is_some();
        if told { Ok(image) } else { read(true) }
    });
    match image {
        Ok(image) => Ok(Given::Image(kernel, Box::new(image))),
        Err(SourceError::Io { error, .. }) if !is_path && error.kind() == io::ErrorKind::NotFound => {
            Err(UsageError(format!("--kernel {text}: {why}")).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn parse(text: &str) -> Result<Release, UsageError> {
    Release::parse(text).map_err(|error| UsageError(format!("--kernel: {error}")))
}

/// A release, with the configuration that is installed for it.
fn plain(release: Release, machine: Option<(&Root, Option<&str>)>) -> Chosen {
    let config = machine.and_then(|(root, running)| {
        let name = release.name.raw_text();
        kernel::config_in(root, &name, running == Some(&*name))
    });
    Chosen { release, image: None, config, findings: Vec::new() }
}

fn of_image(path: &Path, image: Kernel) -> anyhow::Result<Chosen> {
    let Some(text) = image.release() else {
        let what = "a kernel image that does not tell its release; give --kernel RELEASE".to_owned();
        return Err(SourceError::Empty { path: path.to_owned(), what }.into());
    };
    let release = parse(text)?;
    let mut findings = Vec::new();
    if let Some(why) = &image.unread {
        findings.push(Finding::new(&rule::NOT_UNPACKED, display(path), why.clone()));
    }
    let config = kernel::config_of(path, &image);
    Ok(Chosen { release, config, image: Some(image), findings })
}

/// The kernel in an image, with a configuration if one is given.
///
/// # Errors
/// As [`choose`].
pub fn in_file(path: &Path, config: Option<&Path>) -> anyhow::Result<Chosen> {
    choose(&Asked { kernel: Some(path), is_file: true, config, ..Asked::default() }, &Otherwise::default())
}

/// The kernel in an image that was given as initrd. One that cannot be read is as good as its release.
fn of_uki(path: &Path, release: Option<&str>, asked: &Asked<'_>) -> Chosen {
    let image = kernel::read(path, asked.profile, asked.deep).and_then(|image| {
        of_image(path, image)
            .map_err(|error| SourceError::Empty { path: path.to_owned(), what: format!("{error:#}") })
    });
    let named = release.and_then(|text| Release::parse(text).ok());
    match (image, named) {
        (Ok(chosen), _) => chosen,
        (Err(error), named) => {
            let mut chosen = plain(named.unwrap_or_else(Release::newest), None);
            let message = format!(
                "{}; its release is taken to be {}",
                escape(error.to_string().as_bytes()),
                chosen.release.name.text()
            );
            chosen.findings.push(Finding::new(&rule::NO_KERNEL, display(path), message));
            chosen
        }
    }
}
