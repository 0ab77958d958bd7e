//! Initrds as a boot gets them: a file, or what the stub of a unified kernel image makes of its sections.

use super::image::{ImageError, ImageFile, ImageLayout};
use super::open::{Input, Opened};
use super::root::Root;
use super::{SourceError, detect, file};
use crate::container::cpio::header::HEADER_LEN;
use crate::container::cpio::other_format;
use crate::container::initrd::Compression;
use crate::container::initrd::held::Held;
use crate::container::pe::{self, Pe, PeError};
use crate::container::read_at::{ReadAt, ReadError, read_pieces, zeros_end};
use crate::container::uki::{Part, Role, Uki, UkiError};
use crate::container::{bzimage, gzip, raw};
use crate::foreign::Foreign;
use crate::sink::FileVersion;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// From this length on, in bytes, an initrd stays in its file.
const LARGE: u64 = 1 << 20;

/// As much of a file as tells whether it is an initrd, gzip's own header included.
const START_LEN: u64 = 64 << 10;

/// As much of a file as tells a kernel from other EFI programs.
const HEAD_LEN: usize = 0x400;

/// What messages say that an initrd should be.
const EXPECTED: &str = "an initrd or a unified kernel image";

/// Bytes that can be read from any place: a file that is read where it is needed, or what came from a pipe.
#[derive(Debug)]
pub enum Random {
    /// A file.
    File(ImageFile),
    /// All bytes of something that could only be read once.
    Bytes(Vec<u8>),
}

impl Random {
    /// Which file it is, as it was when it was opened; `None` for what came from a pipe.
    pub fn version(&self) -> Option<FileVersion> {
        match self {
            Random::File(file) => Some(file.version()),
            Random::Bytes(_) => None,
        }
    }

    /// Whether nobody has written to the file since it was opened.
    pub fn is_unchanged(&self) -> bool {
        match self {
            Random::File(file) => file.is_unchanged(),
            Random::Bytes(_) => true,
        }
    }

    /// All bytes.
    ///
    /// # Errors
    /// [`ReadError`] when they cannot be read.
    pub fn into_bytes(self) -> Result<Vec<u8>, ReadError> {
        match self {
            Random::File(file) => file.read_vec(0, usize::try_from(file.end()).unwrap_or(usize::MAX)),
            Random::Bytes(bytes) => Ok(bytes),
        }
    }
}

impl ReadAt for Random {
    fn end(&self) -> u64 {
        match self {
            Random::File(file) => file.end(),
            Random::Bytes(bytes) => bytes.as_slice().end(),
        }
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        match self {
            Random::File(file) => file.read_at(at, buffer),
            Random::Bytes(bytes) => bytes.as_slice().read_at(at, buffer),
        }
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        match self {
            Random::File(file) => file.data_from(at),
            Random::Bytes(bytes) => bytes.as_slice().data_from(at),
        }
    }
}

/// Files one behind the other, each filled up with zeros to a multiple of so many bytes before the next.
#[derive(Debug)]
pub struct Row {
    parts: Vec<(Range<u64>, Random)>,
}

impl Row {
    /// Puts them behind each other.
    pub fn new(files: impl IntoIterator<Item = Random>, padding: u64) -> Row {
        let (mut parts, mut at) = (Vec::new(), 0u64);
        for file in files {
            let start = at.next_multiple_of(padding);
            at = start.saturating_add(file.end());
            parts.push((start..at, file));
        }
        Row { parts }
    }
}

impl ReadAt for Row {
    fn end(&self) -> u64 {
        self.parts.last().map_or(0, |(range, _)| range.end)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let pieces = self.parts.iter().map(|(range, file)| (range.clone(), file));
        read_pieces(self.end(), at, buffer, pieces, |file, skipped, part| file.read_at(skipped, part))
    }
}

/// Opens what can be read from any place, and reads what cannot.
///
/// # Errors
/// [`SourceError`] as [`Opened::open`] gives it.
pub fn random(path: &Path, expected: &'static str) -> Result<Random, SourceError> {
    Opened::open(path, expected).map(Opened::into_source)
}

/// The same for what `opener` opens; `path` names it in messages.
///
/// # Errors
/// As [`random`].
pub(super) fn random_by(
    opener: file::Opener<'_>,
    path: &Path,
    expected: &'static str,
) -> Result<Random, SourceError> {
    Opened::open_by(opener, path, expected).map(Opened::into_source)
}

/// What a file to look into turned out to be.
#[derive(Debug)]
pub enum Content {
    /// An initrd, or what is taken for one.
    Initrd(Random),
    /// A unified kernel image or an addon.
    Image(Arc<Image>),
}

/// Opens an initrd or a unified kernel image, without reading more of it than tells what it is.
///
/// # Errors
/// [`SourceError`] when it cannot be read, is empty, or is plainly something else.
pub fn open(path: &Path) -> Result<Content, SourceError> {
    let other = |found: Foreign| {
        Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected: EXPECTED })
    };
    let opened = match Input::open_as_it_is(path, EXPECTED)? {
        Input::Image(_, image) => return Ok(Content::Image(image)),
        Input::Archive(opened) => return Ok(Content::Initrd(opened.into_source())),
        Input::Folder(_) => return Err(SourceError::io(path, io::ErrorKind::IsADirectory.into())),
        Input::Machine(Root::Folder(_)) => return other("a copy of /proc and /sys".into()),
        Input::Machine(_) => return other("a tar archive".into()),
        Input::Kernel(opened) | Input::Tables(opened) | Input::Text(opened) => opened,
        Input::Memory(opened, ImageLayout::Format(_)) => opened,
        Input::Memory(opened, ImageLayout::Raw) | Input::Other(opened) => match opened.kind() {
            detect::Kind::Empty => return Err(SourceError::no_bytes(path)),
            detect::Kind::Known(_) if Compression::detect(opened.head()).is_none() => opened,
            _ => return Ok(Content::Initrd(opened.into_source())),
        },
    };
    other(detect::describe(opened.head()))
}

/// What is told of a file that cannot be read to where it should.
pub fn read_error(path: &Path, error: ReadError) -> SourceError {
    SourceError::Image { path: path.to_owned(), error: ImageError::Read(error) }
}

/// A unified kernel image or an addon in a file.
pub type Image = Uki<Random>;

/// The image that a PE file is.
///
/// # Errors
/// [`SourceError`] when it cannot be read or is neither a unified kernel image nor an addon.
pub(super) fn parse(path: &Path, source: Random) -> Result<Image, SourceError> {
    let content =
        |offset, found, expected| SourceError::Content { path: path.to_owned(), offset, found, expected };
    let damaged = |error: ReadError| {
        content(0, Foreign::from("a PE file that is cut off (") + Foreign::of_text(&error) + ")", EXPECTED)
    };
    // Kernels begin like PE files too, for firmware to start them.
    let head = source.read_vec(0, usize::try_from(source.end()).unwrap_or(HEAD_LEN).min(HEAD_LEN));
    if head.is_ok_and(|head| bzimage::is_bzimage(&head)) {
        return Err(content(0, "a kernel image".into(), EXPECTED));
    }
    let pe = Pe::open(source).map_err(|error| match error {
        PeError::Read(error) => damaged(error),
        PeError::Header { at, found, expected } => content(at, found, expected),
    })?;
    let machine = pe.machine_name();
    match Uki::new(pe) {
        Ok(Some(image)) => Ok(image),
        Ok(None) => {
            let found = format!("an EFI program for {machine} without .linux or .initrd");
            Err(content(0, found.into(), EXPECTED))
        }
        Err(error) => Err(damaged(error)),
    }
}

/// What is told of an image that gives no initrd.
pub fn image_error(path: &Path, error: UkiError) -> SourceError {
    let (path, what) = (path.to_owned(), Foreign::of_text(&error));
    match error {
        UkiError::NoProfile { .. } => SourceError::Absent { path, what },
        _ => SourceError::Empty { path, what },
    }
}

/// An initrd as a boot gets it.
#[derive(Debug)]
pub struct Initrd {
    /// Its bytes, as the kernel finds them in memory.
    pub bytes: Held<'static>,
    /// The image that it came from, and the profile that was taken; `None` for an initrd in a file of its own.
    pub image: Option<(Arc<Image>, usize)>,
}

impl Initrd {
    /// The release of the image's kernel, where the image tells it.
    pub fn release(&self) -> Option<Foreign> {
        let (image, number) = self.image.as_ref()?;
        image.release(image.profiles.get(*number)?).ok().flatten()
    }

    /// The image's command line, where it has one.
    pub fn command_line(&self) -> Option<String> {
        let (image, number) = self.image.as_ref()?;
        image.command_line(image.profiles.get(*number)?).ok().flatten()
    }
}

/// Takes an initrd: a file, a pipe or (`-`) standard input, or what the stub of a unified kernel image hands over for a
/// profile. Of what can be read from any place no more is read than somebody looks at.
///
/// # Errors
/// [`SourceError`] when it cannot be read, or there is no such profile.
pub fn read(path: &Path, profile: usize) -> Result<Initrd, SourceError> {
    of(path, random(path, EXPECTED)?, profile)
}

/// The same for what was opened already; `path` names it in messages.
///
/// # Errors
/// As [`read`].
pub fn of(path: &Path, source: Random, profile: usize) -> Result<Initrd, SourceError> {
    let head = source.read_vec(0, usize::try_from(source.end()).unwrap_or(HEAD_LEN).min(HEAD_LEN));
    let head = head.map_err(|error| read_error(path, error))?;
    if head.is_empty() {
        return Err(SourceError::no_bytes(path));
    }
    if !head.starts_with(pe::MAGIC) {
        if profile == 0 {
            return Ok(Initrd { bytes: held(path, source)?, image: None });
        }
        let found = detect::describe(&head) + ", which has no profiles";
        let expected = "a unified kernel image";
        return Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected });
    }
    of_image(path, Arc::new(parse(path, source)?), profile)
}

/// What the stub of a unified kernel image hands over for a profile.
///
/// # Errors
/// As [`read`].
pub fn of_image(path: &Path, image: Arc<Image>, profile: usize) -> Result<Initrd, SourceError> {
    if image.role == Role::Addon {
        let found = "an addon, which has no kernel".into();
        return Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected: EXPECTED });
    }
    let parts = image.parts(image.profile(profile).map_err(|error| image_error(path, error))?);
    let bytes = handed_over(path, &image, parts)?;
    Ok(Initrd { bytes, image: Some((image, profile)) })
}

/// What an image hands over as initrd, made of these parts.
///
/// # Errors
/// [`SourceError`] when it cannot be read.
pub fn handed_over(path: &Path, image: &Arc<Image>, parts: Vec<Part>) -> Result<Held<'static>, SourceError> {
    let source = HandedOver { image: Arc::clone(image), parts };
    Held::in_file(source).map_err(|error| read_error(path, error))
}

/// An initrd in an image.
struct HandedOver {
    image: Arc<Image>,
    parts: Vec<Part>,
}

impl ReadAt for HandedOver {
    fn end(&self) -> u64 {
        self.image.joined(&self.parts).end()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.image.joined(&self.parts).read_at(at, buffer)
    }
}

/// An initrd that was opened; a small one comes into memory.
///
/// # Errors
/// [`SourceError`] when it cannot be read.
pub fn held(path: &Path, source: Random) -> Result<Held<'static>, SourceError> {
    let held = match source {
        Random::File(file) if file.end() >= LARGE => Held::in_file(file),
        small => small.into_bytes().map(Held::from),
    };
    held.map_err(|error| read_error(path, error))
}

/// Whether this begins, after zeros if there are any, as an override archive or an initrd does.
pub(super) fn begins(source: &impl ReadAt) -> bool {
    let Ok(at) = zeros_end(source, 0) else { return false };
    let len = usize::try_from(START_LEN.min(source.end().saturating_sub(at))).unwrap_or_default();
    source.read_vec(at, len).is_ok_and(|head| is_initrd(&head))
}

/// That a file which somebody looked at was cut short meanwhile, if it was.
///
/// # Errors
/// [`SourceError`] where it was cut short.
pub fn intact(path: &Path, held: &Held<'_>) -> Result<(), SourceError> {
    held.failed().map_or(Ok(()), |error| Err(read_error(path, error)))
}

/// Initrds that an image hands over, those of several profiles that are the same once: the numbers of the profiles, and the
/// parts.
pub fn distinct(image: &Image) -> Vec<(Vec<usize>, Vec<Part>)> {
    let mut all: Vec<(Vec<usize>, Vec<Part>)> = Vec::new();
    for profile in &image.profiles {
        let parts = image.parts(profile);
        match all.iter_mut().find(|(_, known)| *known == parts) {
            Some((numbers, _)) => numbers.push(profile.number),
            None => all.push((vec![profile.number], parts)),
        }
    }
    all
}

/// Whether bytes are those of an override archive or of an initrd. What is compressed is taken for one unless it can be
/// looked into and is none.
pub fn is_initrd(bytes: &[u8]) -> bool {
    let is_newc = |bytes: &[u8]| [b"070701", b"070702"].iter().any(|magic| bytes.starts_with(*magic));
    let is_cpio = |bytes: &[u8]| is_newc(bytes) || other_format(bytes).is_some();
    if raw::length(bytes).is_ok() {
        return false;
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let rest = bytes.get(zeros..).unwrap_or_default();
    match Compression::detect(rest) {
        Some(Compression::Gzip) => gzip::head(rest, HEADER_LEN).is_some_and(|head| is_cpio(&head)),
        Some(_) => true,
        None => is_cpio(rest),
    }
}
