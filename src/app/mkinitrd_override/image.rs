//! The initrd that an archive goes into: where it goes, whether both of the kernel's readers then get through, and writing
//! what comes of it piece by piece.

use crate::boot::kernel::release::Release;
use crate::boot::unpack::Depth;
use crate::bytes::hex;
use crate::check::archive::{Look, Reached, reach};
use crate::container::cpio::build::Archive;
use crate::container::decompress::Limits;
use crate::container::initrd::front::{Front, Spliced, front};
use crate::container::initrd::{Kind, segments};
use crate::container::read_at::{ReadAt, ReadError};
use crate::finding::registry::archive as rules;
use crate::finding::{Finding, Rule, Severity};
use crate::foreign::Foreign;
use crate::phrase;
use crate::report::model::mkinitrd_override::InitrdModel;
use crate::source::image::ImageFile;
use crate::source::initrd::{self as initrds, Random};
use crate::source::{SourceError, detect, reason};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// How much is looked at, and copied, in one go.
const PIECE: u64 = 256 << 10;
/// How closely the result is looked at, and that the initrd is unpacked wholly, since a machine boots from it: the checksums
/// stand at the end.
const LOOK: Look = Look { depth: Depth::Start(1 << 20), tail: 64 << 10 };
const WHOLE: Depth = Depth::All(Limits { bytes: 4 << 30, ratio: 200 });

/// Rules about what makes one of the two readers fail.
const FAILURES: [&Rule; 6] = [
    &rules::MISALIGNED,
    &rules::TRUNCATED,
    &rules::FORMAT,
    &rules::UNPACKER,
    &rules::PAST_END,
    &rules::UNSUPPORTED,
];

/// What is written: an archive alone, an initrd with one, or an initrd without.
pub(super) type Image<'a> = Spliced<'a, Random>;

/// An archive alone.
pub(super) fn alone(archive: &[u8]) -> Image<'_> {
    Spliced::new(Random::Bytes(Vec::new()), 0..0, archive)
}

/// An initrd that was given, and its front.
struct Given {
    source: Random,
    front: Front,
}

impl Given {
    fn read(path: &Path) -> Result<Given, SourceError> {
        let source = initrds::random(path, "an initrd")?;
        if source.end() == 0 {
            return Err(SourceError::no_bytes(path));
        }
        let front = front(&source).map_err(|error| initrds::read_error(path, error))?;
        Ok(Given { source, front })
    }

    /// What an archive takes the place of.
    fn replaced(&self) -> Range<u64> {
        self.front.built().map_or(self.front.place..self.front.place, |archive| archive.range.clone())
    }

    /// The model of it, when `replaced` is taken away and `archive_len` bytes put there.
    fn model(&self, path: &Path, replaced: &Range<u64>, archive_len: u64) -> InitrdModel {
        let names = |names: &[Vec<u8>]| names.iter().map(|name| name.as_slice().into()).collect();
        let removed = self.front.tables.iter().find(|archive| archive.range == *replaced);
        let has_microcode = replaced.start > 0;
        InitrdModel {
            path: path.into(),
            offset: replaced.start.saturating_add(archive_len),
            length: self.source.end().saturating_sub(replaced.end.saturating_sub(replaced.start)),
            removed: removed.map_or_else(Vec::new, |archive| names(&archive.names)),
            microcode: if has_microcode { names(&self.front.microcode) } else { Vec::new() },
            front: replaced.start,
        }
    }
}

/// The initrd at `path` with the archive in its place, or the archive alone; what is to be said of that.
pub(super) fn with_archive<'a>(
    path: Option<&Path>,
    archive: &'a Archive,
    release: &Release,
    findings: &mut Vec<Finding>,
) -> Result<(Image<'a>, Option<InitrdModel>), SourceError> {
    let Some(path) = path else { return Ok((alone(&archive.bytes), None)) };
    let failed = |error| initrds::read_error(path, error);
    let given = Given::read(path)?;
    let replaced = given.replaced();
    begins_well(path, &given.source, &replaced)?;
    let subject = Foreign::from(path);
    let before = reach(&subject, &given.source, release, &Look { depth: WHOLE, ..LOOK }).map_err(failed)?;
    let model = given.model(path, &replaced, archive.bytes.len() as u64);
    let image = Spliced::new(given.source, replaced.clone(), &archive.bytes);
    let after = reach(&subject, &image, release, &Look { tail: 0, ..LOOK }).map_err(failed)?;
    let ours = replaced.start..replaced.start.saturating_add(archive.bytes.len() as u64);
    findings.extend(not_found(&subject, archive, &after, &ours));
    findings.extend(about(&before, &after));
    findings.extend(other_tables(&subject, &after, &ours));
    Ok((image, Some(model)))
}

/// An initrd without its override archive; `None` when it has none.
pub(super) fn without_archive(path: &Path) -> Result<Option<(Image<'static>, InitrdModel)>, SourceError> {
    let given = Given::read(path)?;
    // What the builder made, or else an archive of nothing but tables.
    let Some(archive) = given.front.built().or(given.front.tables.first()) else { return Ok(None) };
    let replaced = archive.range.clone();
    let model = given.model(path, &replaced, 0);
    Ok(Some((Spliced::new(given.source, replaced, &[]), model)))
}

/// Refuses what begins like no initrd; `replaced` does not count.
fn begins_well(path: &Path, source: &Random, replaced: &Range<u64>) -> Result<(), SourceError> {
    let failed = |error: ReadError| initrds::read_error(path, error);
    let rest = Spliced::new(source, replaced.clone(), &[]);
    let mut parts = segments(&rest);
    while let Some(segment) = parts.advance().map_err(failed)? {
        match segment.kind {
            Kind::Zeros => {}
            Kind::Unknown => {
                let at = segment.range.start;
                let left = usize::try_from(rest.end().saturating_sub(at)).unwrap_or(usize::MAX);
                let bytes = rest.read_vec(at, left.min(4096)).map_err(failed)?;
                let expected = match bytes.starts_with(b"MZ") {
                    true => "an initrd (a UKI takes the archive as an early one: ukify --microcode)",
                    false => "an initrd: a newc archive or a compressed one",
                };
                let skipped =
                    if at < replaced.start { 0 } else { replaced.end.saturating_sub(replaced.start) };
                let (found, offset) = (detect::describe(&bytes), at.saturating_add(skipped));
                return Err(SourceError::Content { path: path.to_owned(), offset, found, expected });
            }
            Kind::Newc { .. } | Kind::Compressed(_) => return Ok(()),
        }
    }
    // What the archive leaves behind may be nothing; a file of zeros alone never was an initrd.
    match replaced.is_empty() {
        true => Err(SourceError::Empty {
            path: path.to_owned(),
            what: "nothing but zeros, expected an initrd".into(),
        }),
        false => Ok(()),
    }
}

/// What is to be said of an initrd: what makes a reader fail on the result is an error, all else is not for the archive to
/// fix.
fn about(before: &Reached, after: &Reached) -> Vec<Finding> {
    let fails = [before, after]
        .iter()
        .any(|reached| reached.unpacking.failure.is_some() || reached.unpacking.cut_short.is_some());
    let is_failure = |finding: &Finding| FAILURES.contains(&finding.rule);
    // Offsets are those of the initrd that was given, unless only the new one fails.
    let told = if fails && !before.findings.iter().any(is_failure) { after } else { before };
    let severity = |finding: &Finding| match fails && is_failure(finding) {
        true => Severity::Error,
        false => finding.severity.min(Severity::Warning),
    };
    told.findings.iter().map(|finding| finding.clone().with_severity(severity(finding))).collect()
}

/// Says when the early search does not get to the archive.
fn not_found(subject: &Foreign, archive: &Archive, after: &Reached, ours: &Range<u64>) -> Option<Finding> {
    let tables = after.search.tables.iter();
    let found = tables.filter(|file| ours.contains(&file.entry.place.header_at)).count();
    let stop = after.search.stop;
    let message =
        format!("the archive would not be found: the search ends at {:#x}, {}", stop.at, stop.reason);
    (found < archive.files.len().min(crate::boot::stages::search::MOST_KEPT))
        .then(|| Finding::new(&rules::HIDDEN, subject, message))
}

/// Says which further tables the kernel finds in an image beside the archive.
fn other_tables(subject: &Foreign, after: &Reached, ours: &Range<u64>) -> Option<Finding> {
    let tables = after.search.tables.iter();
    let others: Vec<_> = tables.filter(|file| !ours.contains(&file.entry.place.header_at)).collect();
    let first = others.first()?;
    let message = Foreign::from(&*first.entry.name) + phrase::more(others.len() - 1);
    Some(Finding::new(&rules::OTHER_TABLES, subject, message))
}

/// Reads back what was written, with the scanner that finds the place of an archive.
pub(super) fn read_back(image: &Image<'_>, file: &File) -> Result<(), String> {
    if !image.initrd().is_unchanged() {
        return Err("the initrd changed while it was read".to_owned());
    }
    let system = |error: io::Error| reason(&error);
    let copy = ImageFile::new(file.try_clone().map_err(system)?).map_err(system)?;
    let copy = copy.ok_or("it is not a regular file")?;
    if copy.end() != image.end() {
        return Err(format!("{} bytes instead of {}", copy.end(), image.end()));
    }
    let failed = |error: ReadError| error.to_string();
    let (there, wanted) = (front(&copy).map_err(failed)?, front(image).map_err(failed)?);
    if there != wanted {
        return Err("it begins with other archives than it should".to_owned());
    }
    for archive in &wanted.tables {
        let Range { start, end } = archive.range;
        let len = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        if copy.read_vec(start, len).map_err(failed)? != image.read_vec(start, len).map_err(failed)? {
            return Err(format!("the archive at byte {start} has other bytes than it should"));
        }
    }
    Ok(())
}

/// Writes an image, and gives its SHA-256 in hexadecimal.
///
/// # Errors
/// What `out` says, and what the initrd cannot be read for.
pub(super) fn write(image: &Image<'_>, out: &mut dyn Write) -> io::Result<String> {
    let mut hash = Sha256::new();
    let (mut at, end) = (0u64, image.end());
    let mut piece = Vec::new();
    while at < end {
        let len = end.saturating_sub(at).min(PIECE);
        piece.resize(usize::try_from(len).unwrap_or(0), 0);
        image.read_at(at, &mut piece).map_err(|error| io::Error::other(error.to_string()))?;
        hash.update(&piece);
        out.write_all(&piece)?;
        at = at.saturating_add(len);
    }
    Ok(hex(&hash.finalize()))
}
