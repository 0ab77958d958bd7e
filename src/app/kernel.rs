//! The kernel that a request is about: a release, and what its image and its configuration say beyond that.

use super::UsageError;
use super::order::GivenOrder;
use crate::boot::kernel::release::{Release, ReleaseError};
use crate::boot::kernel::{FoundConfig, Kernel, ReleaseSource};
use crate::bytes::escape;
use crate::container::kernel::KernelImage;
use crate::container::read_at::ReadAt;
use crate::finding::Finding;
use crate::finding::registry::image as rule;
use crate::foreign::Foreign;
use crate::source::SourceError;
use crate::source::kernel;
use crate::source::root::Root;
use crate::table::source::Take;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a request says of the kernel.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    /// A release, or an image's file.
    pub kernel: Option<&'a Path>,
    /// The release whose rules it follows, where that is another one.
    pub rules_of: Option<&'a str>,
    /// Whether that is a file, whatever its name is.
    pub is_file: bool,
    /// The bytes of that file, where it is open already.
    pub opened: Option<&'a dyn ReadAt>,
    /// A configuration's file.
    pub config: Option<&'a Path>,
    /// The profile of a unified kernel image.
    pub profile: usize,
    /// Whether an image shall be unpacked, even if nothing else tells its configuration.
    pub deep: bool,
    /// What counts in a listing whose parts disagree.
    pub take: Option<Take>,
    /// What says the order of the tables that are compared with.
    pub order: GivenOrder<'a>,
}

/// A unified kernel image that is open.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// Its file.
    pub path: &'a Path,
    /// Its bytes.
    pub source: &'a dyn ReadAt,
    /// The release that it names, where it names one.
    pub release: Option<&'a Foreign>,
}

/// Where else a kernel may come from, the first that is there.
#[derive(Clone, Copy, Default)]
pub struct Otherwise<'a> {
    /// A unified kernel image that was given as initrd.
    pub image: Option<Image<'a>>,
    /// The machine, and its own release.
    pub machine: Option<(&'a Root, Option<&'a str>)>,
}

/// The kernel that is meant.
#[derive(Debug)]
pub struct ChosenKernel {
    /// The kernel, with its release and its configuration.
    pub kernel: Kernel,
    /// Its image, where one was given.
    pub image: Option<KernelImage>,
    /// What is to be said of how it was chosen.
    pub findings: Vec<Finding>,
}

/// The kernel that was asked for, or else the one that there is.
///
/// # Errors
/// [`UsageError`] for what is neither a release nor a file, [`SourceError`] for files that cannot be read or are of another
/// kind.
pub fn choose(asked: &Asked<'_>, otherwise: &Otherwise<'_>) -> anyhow::Result<ChosenKernel> {
    let given = asked.kernel.map(|kernel| given(kernel, asked)).transpose()?;
    let config = asked.config.map(kernel::config).transpose()?;
    let mut chosen = match (given, &config, otherwise) {
        (Some(Given::Release(release)), ..) => plain(*release, ReleaseSource::Given, otherwise.machine),
        (Some(Given::Image(path, image)), ..) => of_image(path, *image)?,
        (None, _, Otherwise { image: Some(image), .. }) => of_uki(image, asked),
        (None, Some(found), _) if found.config.version.is_some() => {
            let release = parse(found.config.version.as_deref().unwrap_or_default())?;
            plain(release, ReleaseSource::Config(found.origin.clone()), None)
        }
        (None, _, Otherwise { machine: Some((root, Some(release))), .. }) => {
            plain(parse(release)?, ReleaseSource::Machine, Some((root, Some(release))))
        }
        _ => plain(Release::newest(), ReleaseSource::Newest, None),
    };
    if let Some(found) = config {
        chosen.build_with(found);
    }
    if let Some(text) = asked.rules_of {
        chosen.kernel = chosen.kernel.by_rules_of(&rules_of(text)?);
    }
    Ok(chosen)
}

impl ChosenKernel {
    fn build_with(&mut self, found: FoundConfig) {
        let release = self.kernel.release();
        let of = found.config.version.as_deref().and_then(|version| Release::parse(version).ok());
        if let Some(of) = of.filter(|of| of.version != release.version) {
            let message = Foreign::from("Linux ") + &of.name + ", and the kernel is Linux " + &release.name;
            self.findings.push(Finding::new(&rule::OTHER_CONFIG, &found.origin, message));
        }
        self.kernel = std::mem::take(&mut self.kernel).built_with(found);
    }
}

/// What is given as the kernel.
enum Given<'a> {
    Release(Box<Release>),
    Image(&'a Path, Box<KernelImage>),
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
    let image = match asked.opened {
        Some(source) => image(kernel, source, asked),
        None => kernel::open(kernel).and_then(|file| image(kernel, &file, asked)),
    };
    match image {
        Ok(image) => Ok(Given::Image(kernel, Box::new(image))),
        Err(SourceError::Io { error, .. }) if !is_path && error.kind() == io::ErrorKind::NotFound => {
            Err(UsageError(format!("--kernel {text}: {why}")).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The kernel in an image.
fn image(path: &Path, source: &dyn ReadAt, asked: &Asked<'_>) -> Result<KernelImage, SourceError> {
    let read = |deep: bool| kernel::of_source(path, &source, asked.profile, deep);
    let image = read(asked.deep)?;
    // It may be for the image itself to tell its configuration.
    let told = asked.deep || asked.config.is_some() || kernel::config_of(path, &image).is_some();
    if told { Ok(image) } else { read(true) }
}

/// The release whose rules are asked for.
///
/// # Errors
/// [`UsageError`] for a release that is not modelled.
pub fn rules_of(text: &str) -> Result<Release, UsageError> {
    Release::parse(text).map_err(|error| UsageError(format!("--rules-of: {error}")))
}

fn parse(text: &str) -> Result<Release, UsageError> {
    Release::parse(text).map_err(|error| UsageError(format!("--kernel: {error}")))
}

/// A release, with the configuration that is installed for it.
fn plain(release: Release, source: ReleaseSource, machine: Option<(&Root, Option<&str>)>) -> ChosenKernel {
    let name = release.name.raw_text().into_owned();
    let found = machine.map(|(root, running)| kernel::config_in(root, &name, running == Some(&*name)));
    let mut chosen = ChosenKernel { kernel: Kernel::new(release, source), image: None, findings: Vec::new() };
    for cut in found.iter().flat_map(|found| &found.cut) {
        let message = "it ends in the middle: nothing is taken from it".to_owned();
        chosen.findings.push(Finding::new(&rule::CUT_CONFIG, cut, message));
    }
    if let Some(found) = found.and_then(|found| found.config) {
        chosen.build_with(found);
    }
    chosen
}

/// The kernels that a word means: `A,B,C` is three; a file whose name has a comma is one.
///
/// # Errors
/// [`UsageError`] for one of several that is neither a release nor a file.
pub fn several(named: Option<&Path>) -> Result<Vec<PathBuf>, UsageError> {
    let Some(path) = named else { return Ok(Vec::new()) };
    let bytes = path.as_os_str().as_bytes();
    if !bytes.contains(&b',') || path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let kernel = |part: &[u8]| {
        let expected = "expected kernels with commas between: releases or images";
        let wrong = || UsageError(format!("--kernel {}: {expected}", escape(bytes)));
        let path = PathBuf::from(OsStr::from_bytes(part));
        is_one(&path).then_some(path).ok_or_else(wrong)
    };
    bytes.split(|byte| *byte == b',').map(kernel).collect()
}

/// Whether this is a release, or a file that may be a kernel's image.
pub fn is_one(kernel: &Path) -> bool {
    kernel.to_str().is_some_and(|text| Release::parse(text).is_ok()) || kernel.exists()
}

/// One kernel or two that a word means.
///
/// # Errors
/// [`UsageError`] for more, and as [`several`].
pub fn two(named: Option<&Path>) -> Result<(Option<PathBuf>, Option<PathBuf>), UsageError> {
    let mut all = several(named)?.into_iter();
    match (all.next(), all.next(), all.next()) {
        (one, other, None) => Ok((one, other)),
        _ => Err(UsageError("--kernel: expected one kernel, or two with a comma between".to_owned())),
    }
}

/// The kernel of a machine: the one that runs there, as that was built.
///
/// # Errors
/// [`UsageError`] for a release that is not modelled.
pub fn of_machine(root: &Root, release: Option<&str>) -> anyhow::Result<ChosenKernel> {
    choose(&Asked::default(), &Otherwise { machine: Some((root, release)), image: None })
}

fn of_image(path: &Path, image: KernelImage) -> anyhow::Result<ChosenKernel> {
    let Some(text) = image.release() else {
        let what = "a kernel image that does not say its release; give --kernel RELEASE".to_owned();
        return Err(SourceError::Empty { path: path.to_owned(), what: what.into() }.into());
    };
    let kernel = Kernel::new(parse(text)?, ReleaseSource::Image(path.into()));
    let kernel = kernel.in_image(image.place(), image.room());
    let mut findings = Vec::new();
    if let Some(why) = &image.unread {
        findings.push(Finding::new(&rule::NOT_UNPACKED, path, why.clone()));
    }
    let found = kernel::config_of(path, &image);
    let mut chosen = ChosenKernel { kernel, image: Some(image), findings };
    if let Some(found) = found {
        chosen.build_with(found);
    }
    Ok(chosen)
}

/// The kernel in an image that is open, with a configuration if one is given.
///
/// # Errors
/// As [`choose`].
pub fn in_file(path: &Path, opened: &dyn ReadAt, config: Option<&Path>) -> anyhow::Result<ChosenKernel> {
    let asked = Asked { kernel: Some(path), is_file: true, opened: Some(opened), config, ..Asked::default() };
    choose(&asked, &Otherwise::default())
}

/// The kernel in an image that was given as initrd. One that cannot be read is as good as its release.
fn of_uki(uki: &Image<'_>, asked: &Asked<'_>) -> ChosenKernel {
    let Image { path, source, release } = *uki;
    let image = kernel::of_source(path, &source, asked.profile, asked.deep).and_then(|image| {
        of_image(path, image).map_err(|error| SourceError::Empty {
            path: path.to_owned(),
            what: Foreign::of_text(&format_args!("{error:#}")),
        })
    });
    let named = release.and_then(|text| Release::parse(&text.raw_text()).ok());
    match (image, named) {
        (Ok(chosen), _) => chosen,
        (Err(error), named) => {
            let source = match &named {
                Some(_) => ReleaseSource::Image(path.into()),
                None => ReleaseSource::Newest,
            };
            let mut chosen = plain(named.unwrap_or_else(Release::newest), source, None);
            let message =
                Foreign::of_text(&error) + "; its release is taken to be " + &chosen.kernel.release().name;
            chosen.findings.push(Finding::new(&rule::NO_KERNEL, path, message));
            chosen
        }
    }
}
