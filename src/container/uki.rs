//! Unified kernel images: a kernel, its initrds and its command line as sections of one PE file, put together at boot by
//! the stub in it; and addons, which hold the like and no kernel.
//!
//! A stub that is given to several profiles repeats sections: what stands before the first `.profile` is the base, which
//! holds for all of them, and each `.profile` begins the sections of one more profile, counted from 0, that take the place
//! of those of the base.
//!
//! # Kernel
//! Nothing of Linux: systemd-stub(7), src/boot/stub.c, pe.c and initrd.c of systemd 250 to 261, and the UAPI Group's
//! specification of unified kernel images.

use super::pe::{Pe, Section};
use super::read_at::{ReadAt, ReadError, read_pieces};
use crate::foreign::Foreign;
use std::ops::Range;

/// The first stub that hands over `.ucode`.
pub const UCODE_SINCE: u16 = 256;
/// The first stub that knows profiles, and initrds in addons.
pub const PROFILES_SINCE: u16 = 257;

/// The most bytes of a section with text that are read.
const MOST_TEXT: usize = 64 << 10;
/// Where a section is longer in memory than in the file, zeros follow: this many are kept, and what of further ones counts
/// for the place of what comes behind.
const MOST_ZEROS: u64 = 4096;
/// The parts of an initrd stand at multiples of this.
const PART_ALIGN: u64 = 4;

/// What the stub in an image says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stub {
    /// Its name and version, such as `systemd-stub 257.9-1`. `None` when it does not say.
    pub name: Option<Foreign>,
    /// The version's first number, of systemd's stub.
    pub version: Option<u16>,
}

impl Stub {
    /// Reads the text of `.sdmagic`: `#### LoaderInfo: systemd-stub 257.9-1 ####`.
    fn parse(text: &[u8]) -> Stub {
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let inner = std::str::from_utf8(text).ok().and_then(|text| {
            text.trim().strip_prefix("#### LoaderInfo: ")?.strip_suffix("####").map(str::trim)
        });
        let version = inner.and_then(|name| {
            let digits = name.strip_prefix("systemd-stub ")?;
            digits.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
        });
        Stub { name: inner.map(Foreign::from), version }
    }

    /// Whether it has what came with a version. A stub that does not say is taken for a new one.
    fn has(&self, since: u16) -> bool {
        self.version.is_none_or(|version| version >= since)
    }

    /// Whether it hands over `.ucode`.
    pub fn hands_over_ucode(&self) -> bool {
        self.has(UCODE_SINCE)
    }

    /// Whether it knows profiles.
    pub fn knows_profiles(&self) -> bool {
        self.has(PROFILES_SINCE)
    }
}

/// What an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It has a kernel.
    Image,
    /// It has none, and adds to an image that has.
    Addon,
}

/// One of the boots that an image can be started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its number: `@1` in front of the command line chooses profile 1, and 0 is chosen otherwise.
    pub number: usize,
    /// `ID=` and `TITLE=` of its `.profile`.
    pub id: Option<Foreign>,
    /// As above.
    pub title: Option<Foreign>,
    /// Its sections' places in the table.
    own: Range<usize>,
}

/// Which part of an initrd a section becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `.ucode`: always in front.
    Ucode,
    /// `.initrd`: behind that.
    Initrd,
}

impl Source {
    /// The section's name.
    pub fn name(self) -> &'static str {
        match self {
            Source::Ucode => ".ucode",
            Source::Initrd => ".initrd",
        }
    }
}

/// A part of the initrd that the stub hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which section it is.
    pub source: Source,
    /// Its place in the table of sections.
    pub section: usize,
    /// Its bytes in the initrd, zeros behind them included.
    pub range: Range<u64>,
    /// Its bytes in the file.
    pub file: Range<u64>,
}

/// A unified kernel image, or an addon to one.
#[derive(Debug, Clone)]
pub struct Uki<R> {
    /// The file.
    pub pe: Pe<R>,
    /// Whether it has a kernel.
    pub role: Role,
    /// The stub in it. An addon has none.
    pub stub: Stub,
    /// Its profiles: one, if it does not have several.
    pub profiles: Vec<Profile>,
}

/// Why an image gives no initrd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UkiError {
    /// It has not so many profiles.
    #[error("there is no profile {number}; the last one is {last}")]
    NoProfile {
        /// Which was asked for.
        number: usize,
        /// The last that there is.
        last: usize,
    },
    /// A part could not be read.
    #[error("{0}")]
    Read(#[from] ReadError),
}

impl<R: ReadAt> Uki<R> {
    /// Takes a PE file for a unified kernel image or an addon; `None` when it is neither.
    ///
    /// # Errors
    /// [`ReadError`] when the source fails.
    pub fn new(pe: Pe<R>) -> Result<Option<Self>, ReadError> {
        let has = |name: &str| pe.sections.iter().any(|section| section.is_called(name));
        let role = if has(".linux") {
            Role::Image
        } else if [".ucode", ".initrd", ".cmdline", ".dtb", ".dtbauto"].into_iter().any(has) {
            Role::Addon
        } else {
            return Ok(None);
        };
        let text = |section: &Section| pe.head(section, MOST_TEXT);
        let stub = match pe.sections.iter().find(|section| section.is_called(".sdmagic")) {
            Some(section) => Stub::parse(&text(section)?),
            None => Stub::default(),
        };
        let starts: Vec<usize> = pe
            .sections
            .iter()
            .enumerate()
            .filter(|(_, section)| section.is_called(".profile"))
            .map(|(index, _)| index)
            .collect();
        let mut profiles = Vec::new();
        if stub.knows_profiles() {
            let ends = starts.iter().skip(1).copied().chain([pe.sections.len()]);
            for (number, (start, end)) in starts.iter().copied().zip(ends).enumerate() {
                let about = match pe.sections.get(start) {
                    Some(section) => text(section)?,
                    None => Vec::new(),
                };
                let (id, title) = (value(&about, "ID"), value(&about, "TITLE"));
                profiles.push(Profile { number, id, title, own: start..end });
            }
        }
        if profiles.is_empty() {
            let end = pe.sections.len();
            profiles.push(Profile { number: 0, id: None, title: None, own: end..end });
        }
        Ok(Some(Uki { pe, role, stub, profiles }))
    }

    /// The place in the table of the section of a name that the stub uses for a profile.
    pub fn find(&self, profile: &Profile, name: &str) -> Option<usize> {
        let first = |range: Range<usize>| {
            let sections = self.pe.sections.get(range.clone()).unwrap_or_default();
            Some(range.start.saturating_add(sections.iter().position(|section| section.is_called(name))?))
        };
        if !self.stub.knows_profiles() {
            // The last one, whose name need only begin so.
            return self.pe.sections.iter().rposition(|section| section.name.starts_with(name.as_bytes()));
        }
        let base = self.profiles.first().map_or(0, |first| first.own.start);
        first(profile.own.clone()).or_else(|| first(0..base))
    }

    /// The profile of a number.
    ///
    /// # Errors
    /// [`UkiError::NoProfile`] when there is none.
    pub fn profile(&self, number: usize) -> Result<&Profile, UkiError> {
        let last = self.profiles.len().saturating_sub(1);
        self.profiles.get(number).ok_or(UkiError::NoProfile { number, last })
    }

    /// The text of a section as the stub takes it: up to a NUL. `None` when the profile has no such section.
    ///
    /// # Errors
    /// [`ReadError`] when the source fails.
    pub fn text(&self, profile: &Profile, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(section) = self.find(profile, name).and_then(|index| self.pe.sections.get(index)) else {
            return Ok(None);
        };
        let mut text = self.pe.head(section, MOST_TEXT)?;
        text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
        Ok(Some(text))
    }

    /// The kernel's release as `.uname` tells it, trimmed.
    ///
    /// # Errors
    /// [`ReadError`] when the source fails.
    pub fn release(&self, profile: &Profile) -> Result<Option<Foreign>, ReadError> {
        let text = self.text(profile, ".uname")?;
        let text = text.map(|text| Foreign::from(text.trim_ascii()));
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The command line of `.cmdline` as the stub fixes it: without blanks around it, control characters in it as blanks.
    ///
    /// # Errors
    /// [`ReadError`] when the source fails.
    pub fn command_line(&self, profile: &Profile) -> Result<Option<String>, ReadError> {
        let Some(text) = self.text(profile, ".cmdline")? else { return Ok(None) };
        let text = String::from_utf8_lossy(&text).into_owned();
        let is_blank = |character: char| character <= ' ' || character == '\x7f';
        let line = text.trim_matches(is_blank);
        let fix = |character| if is_blank(character) { ' ' } else { character };
        Ok(Some(line.chars().map(fix).collect()))
    }

    /// The kernel: its bytes in the file.
    pub fn kernel(&self, profile: &Profile) -> Option<&Section> {
        self.find(profile, ".linux").and_then(|index| self.pe.sections.get(index))
    }

    /// The parts of the initrd that the stub hands over for a profile, in its order. What it makes itself at boot comes
    /// behind them (credentials, extensions, signatures), what addons bring in `.ucode` in front of them.
    pub fn parts(&self, profile: &Profile) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut end: u64 = 0;
        let wanted = [Source::Ucode, Source::Initrd].into_iter();
        for source in wanted.filter(|source| *source != Source::Ucode || self.stub.hands_over_ucode()) {
            let Some(index) = self.find(profile, source.name()) else { continue };
            let Some(section) = self.pe.sections.get(index) else { continue };
            let file =
                section.file.start..section.file.end.min(self.pe.source().end()).max(section.file.start);
            let len = file.end.saturating_sub(file.start);
            let zeros = u64::from(section.memory_len).saturating_sub(len);
            // No reader tells a long row of zeros from a longer one, but for what comes behind it.
            let zeros = zeros.min(MOST_ZEROS.saturating_add(zeros % PART_ALIGN));
            let start = end.next_multiple_of(PART_ALIGN);
            end = start.saturating_add(len).saturating_add(zeros);
            if end > start {
                parts.push(Part { source, section: index, range: start..end, file });
            }
        }
        parts
    }

    /// The initrd that these parts make up, read where it is needed.
    pub fn joined<'a>(&'a self, parts: &'a [Part]) -> Joined<'a, R> {
        Joined { source: self.pe.source(), parts }
    }
}

/// An initrd made of parts of a file.
#[derive(Debug, Clone, Copy)]
pub struct Joined<'a, R> {
    source: &'a R,
    parts: &'a [Part],
}

impl<R: ReadAt> ReadAt for Joined<'_, R> {
    fn end(&self) -> u64 {
        match self.parts {
            // One part alone is handed over as it is, several are filled up each.
            [only] => only.range.end,
            _ => self.parts.last().map_or(0, |last| last.range.end.next_multiple_of(PART_ALIGN)),
        }
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let pieces = self.parts.iter().map(|part| {
            let data_len = part.file.end.saturating_sub(part.file.start);
            (part.range.start..part.range.start.saturating_add(data_len), part.file.start)
        });
        read_pieces(self.end(), at, buffer, pieces, |start, skipped, part| {
            self.source.read_at(start.saturating_add(skipped), part)
        })
    }
}

/// Where a byte of the initrd stands in the file; `None` for zeros that the file does not have.
pub fn in_file(parts: &[Part], offset: u64) -> Option<u64> {
    let part = parts.iter().find(|part| part.range.contains(&offset))?;
    let at = part.file.start.checked_add(offset.checked_sub(part.range.start)?)?;
    part.file.contains(&at).then_some(at)
}

/// The value of `NAME=` in lines as os-release(5) has them, quotes taken off.
pub fn value(text: &[u8], name: &str) -> Option<Foreign> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let value = line.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        let quoted = |quote: &[u8]| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = quoted(b"\"").or_else(|| quoted(b"'")).unwrap_or(value);
        Some(value.into())
    })
}
