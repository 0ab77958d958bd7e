//! What the kernel's two readers get to of an initrd: the early search for tables, and the unpacker. Nothing here looks into
//! a table.

use super::super::Findings;
use crate::boot::kernel::release::Release;
use crate::boot::stages::search::{Passed, PassedOver, Search, search};
use crate::boot::unpack::{Depth, FailureKind, Init, Packed, UnpackFailure, Unpacking, unpack};
use crate::container::cpio::early::ACPI_PREFIX;
use crate::container::cpio::header::HEADER_LEN;
use crate::container::cpio::walk::StopReason;
use crate::container::cpio::{OTHER_LEN, other_format};
use crate::container::decompress::Flaw;
use crate::container::initrd::hidden::{Hidden, hidden_tables, misplaced_header};
use crate::container::initrd::{Compression, Kind, Segment, segments_knowing};
use crate::container::read_at::{ReadAt, ReadError};
use crate::finding::registry::archive as rules;
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use crate::phrase::count;
use std::ops::Range;

/// How many parts of an initrd are kept.
pub const MOST_SEGMENTS: usize = 1024;

/// How closely an initrd is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How far what is compressed is unpacked.
    pub depth: Depth,
    /// How many bytes at its end are looked through for tables that no reader comes by.
    pub tail: u64,
}

impl Look {
    /// All bytes are looked through, and the first MiB of what is compressed.
    pub const NORMAL: Look = Look { depth: Depth::Start(1 << 20), tail: u64::MAX };
}

/// What an initrd consists of, and what the two readers make of it.
#[derive(Debug)]
pub struct Reached {
    /// Its parts; at most [`MOST_SEGMENTS`].
    pub segments: Vec<Segment>,
    /// How many parts more there are.
    pub more_segments: u64,
    /// What the early search sees.
    pub search: Search,
    /// What the unpacker does.
    pub unpacking: Unpacking,
    /// Tables that the early search does not get to.
    pub hidden: Vec<Hidden>,
    /// What is to be said of the archive.
    pub findings: Vec<Finding>,
}

/// Looks at an initrd as the two readers do.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn reach(
    subject: &Foreign,
    source: impl ReadAt,
    release: &Release,
    look: &Look,
) -> Result<Reached, ReadError> {
    let mut out = Reached {
        segments: Vec::new(),
        more_segments: 0,
        search: search(&source, &release.upgrade_rules(false))?,
        unpacking: unpack(&source, &release.unpack, look.depth)?,
        hidden: Vec::new(),
        findings: Vec::new(),
    };
    let known = out.unpacking.packed.iter().filter_map(|part| Some(part.at..part.end?)).collect();
    let mut parts = segments_knowing(&source, known);
    while let Some(segment) = parts.advance()? {
        if out.segments.len() < MOST_SEGMENTS {
            out.segments.push(segment);
        } else {
            out.more_segments = out.more_segments.saturating_add(1);
        }
    }
    let stop = out.search.stop;
    let misplaced = misplaced_header(&source, stop)?;
    let packed: Vec<Range<u64>> = out
        .unpacking
        .packed
        .iter()
        .filter(|part| tables_in(part) > 0)
        .map(|part| range(part, &source))
        .collect();
    let from = misplaced.unwrap_or(stop.at).min(stop.at);
    out.hidden = hidden(&source, &out.unpacking, from, look)?;
    out.hidden.retain(|hidden| !packed.iter().any(|packed| packed.contains(&hidden.at)));

    let other_format = match out.unpacking.failure {
        Some(UnpackFailure { at, inside: None, .. }) => {
            let left = usize::try_from(source.end().saturating_sub(at)).unwrap_or(usize::MAX);
            other_format(&source.read_vec(at, left.min(OTHER_LEN))?)
        }
        _ => None,
    };
    let (findings, end) = (Findings::new(subject, 0), source.end());
    let mut rules = Rules { findings, reached: &out, other_format, end };
    rules.passed_over();
    rules.trailers();
    rules.packed();
    rules.checksums();
    let told = rules.search_end(misplaced);
    rules.unpacker(&told);
    out.findings = rules.findings.into_vec();
    Ok(out)
}

/// Tables that stand behind the end of the early search: those that the unpacker comes by, and those that are found by
/// looking through the bytes.
fn hidden(
    source: &impl ReadAt,
    unpacking: &Unpacking,
    from: u64,
    look: &Look,
) -> Result<Vec<Hidden>, ReadError> {
    let tail = source.end().saturating_sub(look.tail).max(from);
    let loose = unpacking.loose.iter().filter(|file| file.at >= from && file.name.starts_with(ACPI_PREFIX));
    let mut all: Vec<Hidden> = loose
        .map(|file| Hidden {
            at: file.at,
            name: file.name.clone(),
            data_at: file.data_at,
            size: file.size,
            head: file.head.clone(),
        })
        .collect();
    all.extend(hidden_tables(source, tail..source.end())?);
    all.sort_by_key(|hidden| hidden.at);
    all.dedup_by_key(|hidden| hidden.at);
    Ok(all)
}

/// How many tables were found in a compressed part.
fn tables_in(part: &Packed) -> usize {
    part.files.iter().filter(|file| file.name.starts_with(ACPI_PREFIX)).count()
}

/// The bytes of a compressed part, as far as its end is known.
fn range(part: &Packed, source: &impl ReadAt) -> Range<u64> {
    part.at..part.end.unwrap_or(source.end())
}

struct Rules<'a> {
    findings: Findings,
    reached: &'a Reached,
    /// What the unpacker ends at, where that is an archive of another format.
    other_format: Option<&'static str>,
    end: u64,
}

/// Offsets as findings take them.
fn span(range: Range<u64>) -> Range<usize> {
    let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
    index(range.start)..index(range.end)
}

impl Rules<'_> {
    /// The bytes of a header at this offset, as far as they are there.
    fn header_at(&self, at: u64) -> Range<usize> {
        span(at..at.saturating_add(HEADER_LEN as u64).min(self.end))
    }

    /// Entries that are tables, or should be, and that the search passes over.
    fn passed_over(&mut self) {
        for Passed { entry, why, .. } in &self.reached.search.passed_over {
            let name = || Foreign::from(&*entry.name);
            let span = span(entry.place.header_at..entry.place.next_at);
            match why {
                PassedOver::NotRegular => {
                    let mode = entry.place.header.mode;
                    let message = name() + format_args!(" has mode {mode:#o}, no regular file's");
                    self.findings.add(&rules::NOT_REGULAR, span, message);
                }
                PassedOver::Prefix => {
                    let message = name() + ": expected kernel/firmware/acpi/ at the start";
                    self.findings.add(&rules::PREFIX, span, message);
                }
                PassedOver::Elsewhere => {
                    let message = name() + " is a table, and not below kernel/firmware/acpi/";
                    self.findings.add_as(Severity::Warning, &rules::PREFIX, span, message);
                }
            }
        }
    }

    /// Archives without an end.
    fn trailers(&mut self) {
        for (index, segment) in self.reached.segments.iter().enumerate() {
            // An entry that is not whole has a finding of its own.
            let next = index.checked_add(1).and_then(|next| self.reached.segments.get(next));
            let cut = next.is_some_and(|next| next.kind == Kind::Unknown);
            if let (Kind::Newc { trailer: false, .. }, false) = (segment.kind, cut) {
                let Range { start, end } = segment.range;
                let message = format_args!("the archive at {start:#x} ends at {end:#x} without TRAILER!!!");
                self.findings.add(&rules::NO_TRAILER, span(start..end), message);
            }
        }
    }

    /// gzip data that are not what was packed.
    fn checksums(&mut self) {
        for part in &self.reached.unpacking.packed {
            if part.flaw == Some(Flaw::Checksum) {
                let message = format_args!(
                    "what comes out of the {} data at {:#x} does not have the checksum and length at their end",
                    part.format, part.at
                );
                let span = span(part.at..part.end.unwrap_or(self.end));
                self.findings.add(&rules::CHECKSUM, span, message);
            }
        }
    }

    /// Tables in compressed parts, as far as those were looked into.
    fn packed(&mut self) {
        for part in &self.reached.unpacking.packed {
            let mut tables = part.files.iter().filter(|file| file.name.starts_with(ACPI_PREFIX));
            let (number, Some(first)) = (tables_in(part), tables.next()) else { continue };
            let tables = count(number, "table", "tables");
            let message =
                Foreign::from(format_args!("the {} data at {:#x} hold {tables}, ", part.format, part.at))
                    + &*first.name
                    + " first";
            self.findings.add(&rules::COMPRESSED, span(part.at..part.end.unwrap_or(self.end)), message);
        }
    }

    /// Where the early search ends, if not at the end, and the tables behind that. Gives the offsets of what was told.
    fn search_end(&mut self, misplaced: Option<u64>) -> Vec<u64> {
        let stop = self.reached.search.stop;
        let hidden = &self.reached.hidden;
        if let Some(at) = misplaced {
            let tables = count(hidden.len(), "table in it is", "tables in it are");
            let message = format_args!(
                "an archive starts at {at:#x}, {} past a multiple of 4; {tables} not found",
                off(at)
            );
            let span = self.header_at(at);
            self.findings.add(&rules::MISALIGNED, span, message);
            return vec![at];
        }
        let mut told = Vec::new();
        let cut = matches!(stop.reason, StopReason::PastEnd { .. });
        if cut {
            self.truncated(stop.at, &stop.reason.to_string());
            told.push(stop.at);
        } else if let StopReason::Magic { .. } = stop.reason {
            let message = format_args!("{}", stop.reason);
            let end = stop.at.saturating_add(6).min(self.end);
            self.findings.add(&rules::FORMAT, span(stop.at..end), message);
            told.push(stop.at);
        }
        for hidden in hidden.iter().filter(|hidden| !cut || hidden.at != stop.at) {
            let (at, part) = (stop.at, self.part_at(stop.at));
            let message = Foreign::from(&*hidden.name)
                + format_args!(" is not found: the search ends at {at:#x}, before {part}");
            let span = self.header_at(hidden.at);
            self.findings.add(&rules::HIDDEN, span, message);
        }
        told
    }

    fn truncated(&mut self, at: u64, why: &str) {
        let span = self.header_at(at);
        self.findings.add(&rules::TRUNCATED, span, format_args!("the last entry starts at {at:#x}: {why}"));
    }

    /// What stands at an offset, in words.
    fn part_at(&self, at: u64) -> String {
        let segment = self.reached.segments.iter().find(|segment| segment.range.contains(&at));
        match segment.map(|segment| segment.kind) {
            Some(Kind::Compressed(format)) => format!("{format} data"),
            Some(Kind::Newc { .. } | Kind::Zeros) => "an archive that it cannot read".to_owned(),
            Some(Kind::Unknown) | None => "what is not an archive".to_owned(),
        }
    }

    /// What the unpacker ends with, where the early search has not told already.
    fn unpacker(&mut self, told: &[u64]) {
        let unpacking = &self.reached.unpacking;
        if let Some(at) = unpacking.cut_short.filter(|at| !told.contains(at)) {
            self.truncated(at, "it has not all its bytes");
        }
        if let Some(failure) = unpacking.failure.filter(|failure| !told.contains(&failure.at)) {
            self.failure(failure);
        }
    }

    fn failure(&mut self, failure: UnpackFailure) {
        let UnpackFailure { at, inside, kind } = failure;
        let mut span_of_it = self.header_at(at);
        let rest = self.consequence(at);
        let segment = self.reached.segments.iter().find(|segment| segment.range.start == at);
        let is_archive = segment.is_some_and(|segment| matches!(segment.kind, Kind::Newc { .. }));
        let is_frame = segment.is_some_and(|segment| segment.kind == Kind::Compressed(Compression::Lz4));
        if let Some(what) = self.other_format {
            span_of_it.end = span_of_it.start.saturating_add(6).min(span_of_it.end);
            return self.findings.add(&rules::FORMAT, span_of_it, format_args!("{what} at {at:#x}{rest}"));
        }
        match kind {
            _ if inside.is_none() && is_out_of_step(kind, is_archive) && at % 4 != 0 => {
                let what = if is_archive { "an archive".to_owned() } else { self.part_at(at) };
                let message =
                    format_args!("{what} starts at {at:#x}, {} past a multiple of 4{rest}", off(at));
                self.findings.add(&rules::MISALIGNED, span_of_it, message);
            }
            FailureKind::InvalidMagic if is_frame => {
                let message = format_args!("LZ4 data of the frame format at {at:#x}{rest}");
                self.findings.add(&rules::UNSUPPORTED, span_of_it, message);
            }
            FailureKind::NotForLinux(feature) => {
                let message = format_args!("at {at:#x}: {feature}{rest}");
                self.findings.add(&rules::UNSUPPORTED, span_of_it, message);
            }
            FailureKind::PastEnd => {
                let message = format_args!(
                    "the gzip data at {at:#x} end within their trailer: the unpacker reads on past the end of the initrd"
                );
                self.findings.add(&rules::PAST_END, span_of_it, message);
            }
            _ => {
                let words = kind.message().map(|words| format!(" (\"{words}\")")).unwrap_or_default();
                let place = match (inside, kind) {
                    (Some(_), FailureKind::Damaged(format)) => {
                        format!("in the {format} data there, which are damaged or cut off")
                    }
                    (Some(0), FailureKind::JunkWithin | FailureKind::NoMagic) => {
                        format!("with {} that hold no archive", self.part_at(at))
                    }
                    (Some(inside), _) => {
                        format!("in the {}, {inside:#x} bytes into what comes out", self.part_at(at))
                    }
                    (None, FailureKind::BadSum) => {
                        "with a file whose data do not have the sum that its header \
                                                    says"
                            .to_owned()
                    }
                    (None, _) => format!("before {}", self.part_at(at)),
                };
                let message = format_args!("the unpacker ends at {at:#x}, {place}{words}{rest}");
                self.findings.add(&rules::UNPACKER, span_of_it, message);
            }
        }
    }

    /// What is lost with all that stands from `at` on, as far as it is known.
    fn consequence(&self, at: u64) -> &'static str {
        match self.reached.unpacking.init {
            Init::Present => "; /init comes before it",
            Init::Absent if self.has_more(at) => "; /init does not come before it",
            Init::Absent | Init::Unknown => "",
        }
    }

    /// Whether more than the beginning of an initrd is there, so that it should have an /init.
    fn has_more(&self, at: u64) -> bool {
        self.end.saturating_sub(at) > HEADER_LEN as u64
    }
}

/// Whether a failure is due to the offset. What is compressed may stand anywhere but right behind an archive.
fn is_out_of_step(kind: FailureKind, is_archive: bool) -> bool {
    kind == FailureKind::BrokenPadding || kind == FailureKind::InvalidMagic && is_archive
}

/// How far an offset is past a multiple of 4.
fn off(at: u64) -> String {
    count(usize::try_from(at % 4).unwrap_or(0), "byte", "bytes")
}
