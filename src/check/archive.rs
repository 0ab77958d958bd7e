//! Rules for override archives and initrds, for the two readers that the kernel has for them: the early search for tables,
//! and the unpacker. What is wrong with a table in itself is left to [`super::table()`].

use super::across::{self, Named};
use super::{Findings, against, count};
use crate::boot::signatures::first_taken_by;
use crate::boot::upgrade::{self, Outcome, Upgrade, UpgradeFile, UpgradeRules};
use crate::bytes::escape;
use crate::container::cpio::early::{self, ACPI_PREFIX, Entry, Scan, Stop, StopReason};
use crate::container::cpio::header::HEADER_LEN;
use crate::container::initrd::{self, Complaint, ComplaintKind, Compression, Kind, Layout};
use crate::container::{gzip, raw};
use crate::finding::registry::{archive as rules, header};
use crate::finding::{Finding, Severity};
use crate::table::{Header, Identity, Signature};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// How much of a compressed part is looked into: an override archive begins with its tables.
const LOOKED_INTO: usize = 1 << 20;

/// What was found in an initrd or an archive.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The files that the kernel's early search finds, with what becomes of them.
    pub files: Vec<UpgradeFile<'a>>,
    /// The findings, those about tables included.
    pub findings: Vec<Finding>,
}

/// The name under which findings speak of a file in an archive; safe to print.
pub fn file_subject(subject: &str, entry: &Entry<'_>) -> String {
    format!("{subject}: {}", escape(entry.name()))
}

/// Checks an initrd, or an archive that is to become the beginning of one.
pub fn check<'a>(subject: &str, initrd: &'a [u8], kernel: &UpgradeRules) -> Checked<'a> {
    let Upgrade { files, stop, .. } = upgrade::upgrade(initrd, kernel);
    let layout = initrd::layout(initrd);
    let mut findings = Findings::new(subject, 0);
    let mut out = Vec::new();
    for file in &files {
        out.extend(self::file(subject, file, kernel));
    }
    let mut seen_anything = !files.is_empty();
    seen_anything |= unseen(&mut findings, initrd, kernel);
    trailers(&mut findings, &layout);
    let packed = packed(&mut findings, initrd, &layout);
    seen_anything |= packed.is_some();
    seen_anything |= reach(&mut findings, initrd, &layout, stop, packed.as_ref());
    let whole = findings.into_vec();
    if !seen_anything && whole.is_empty() {
        let mut none = Findings::new(subject, 0);
        none.add_whole(
            &rules::NO_TABLES,
            format_args!("no file below kernel/firmware/acpi/ in what is not compressed"),
        );
        out.extend(none.into_vec());
    }
    out.extend(whole);
    out.extend(identities(subject, &files));
    out.extend(together(subject, &files));
    Checked { files, findings: out }
}

/// What the kernel does not see of an initrd, and where its two readers end: the findings of [`check`] that are not about the
/// files which the early search finds.
pub fn reachable(subject: &str, initrd: &[u8], kernel: &UpgradeRules) -> Vec<Finding> {
    let layout = initrd::layout(initrd);
    let stop = upgrade::upgrade(initrd, kernel).stop;
    let mut findings = Findings::new(subject, 0);
    unseen(&mut findings, initrd, kernel);
    trailers(&mut findings, &layout);
    let packed = packed(&mut findings, initrd, &layout);
    reach(&mut findings, initrd, &layout, stop, packed.as_ref());
    findings.into_vec()
}

/// Tables as if each were a file of an archive: those that the kernel would accept, and what is to be said of the others
/// beyond what [`super::table()`] says.
pub fn acceptable<'a>(tables: &[Named<'a>], kernel: &UpgradeRules) -> (Vec<Named<'a>>, Vec<Finding>) {
    let (mut accepted, mut out) = (Vec::new(), Vec::new());
    for table in tables {
        match upgrade::examine(table.bytes, kernel.signatures) {
            Outcome::Accepted => accepted.push(*table),
            Outcome::UnknownSignature => {
                let mut findings = Findings::new(table.subject, table.base);
                unknown(&mut findings, table.bytes, 0);
                out.extend(findings.into_vec());
            }
            _ => {}
        }
    }
    (accepted, out)
}

/// The rule for a signature that the kernel does not take; `at` is where the table starts.
pub(super) fn unknown(findings: &mut Findings, table: &[u8], at: usize) {
    let found = raw::name(table);
    let upper = Signature(found.0.map(|byte| byte.to_ascii_uppercase()));
    let since = match (first_taken_by(found), first_taken_by(upper)) {
        (Some((major, minor)), _) => format!("taken from Linux {major}.{minor} on"),
        (None, Some(_)) => format!("case counts, expected \"{upper}\""),
        (None, None) => "no release takes it".to_owned(),
    };
    findings.add(&rules::SIGNATURE, at..at + 4, format_args!("\"{found}\": {since}"));
}

/// The rules for one file that the search finds.
fn file(subject: &str, file: &UpgradeFile<'_>, kernel: &UpgradeRules) -> Vec<Finding> {
    let entry = &file.entry;
    let (name, base) = (file_subject(subject, entry), entry.data_at as u64);
    let mut findings = Findings::new(&name, 0);
    let span = entry.data_at..entry.data_at + entry.data.len();
    if let Some(long) = entry.matched.and_then(|matched| matched.too_long) {
        let length = long.len().saturating_sub(ACPI_PREFIX.len());
        findings.add(
            &rules::NAME_LONG,
            entry.name_at..entry.name_at + entry.raw_name.len(),
            format_args!("{length} characters; the kernel says \"{}\"", escape(file.reported)),
        );
    }
    let tables = raw::split(entry.data).tables.len();
    let is_several = tables > 1 && matches!(file.outcome, Outcome::LengthMismatch { .. });
    match file.outcome {
        Outcome::LengthMismatch { header } if is_several => {
            let message =
                format_args!("{tables} tables, the first of which has {header} of {} bytes", span.len());
            findings.add(&rules::SEVERAL_TABLES, span.clone(), message);
        }
        Outcome::NotExamined => {
            let message = format_args!("the kernel looks at the first {} files", kernel.limit);
            findings.add(&rules::OVER_LIMIT, span.clone(), message);
        }
        Outcome::UnknownSignature => unknown(&mut findings, entry.data, entry.data_at),
        _ => {}
    }
    if file.outcome == Outcome::Accepted && matches!(&raw::name(entry.data).0, b"RSDT" | b"XSDT") {
        findings.add(&rules::ROOT_TABLE, span, format_args!("the kernel reads its root table elsewhere"));
    }
    let mut out = findings.into_vec();
    let hard_link = entry.data.is_empty() && entry.header.nlink > 1;
    let about_table = super::table(&name, base, entry.data).into_iter();
    let is_told = |finding: &Finding| is_several && std::ptr::eq(finding.rule, &header::TRAILING_BYTES);
    out.extend(about_table.filter(|finding| !is_told(finding)).map(|mut finding| {
        if std::ptr::eq(finding.rule, &header::TRAILING_BYTES) {
            finding.severity = Severity::Error; // refused here, while it is harmless in a dump
        }
        if hard_link && std::ptr::eq(finding.rule, &header::SHORT_HEADER) {
            finding.message = "a hard link whose data stand with another name in the archive".to_owned();
        }
        finding
    }));
    out
}

/// The rules for entries that are tables, or should be, and that the search passes over. Gives whether there are any.
fn unseen(findings: &mut Findings, initrd: &[u8], kernel: &UpgradeRules) -> bool {
    let mut any = false;
    for entry in Scan::new(initrd, ACPI_PREFIX).filter(|entry| entry.matched.is_none()) {
        let span = entry.header_at..entry.next_at;
        let (name, header) = (entry.name(), &entry.header);
        let is_below = name.starts_with(ACPI_PREFIX) && name.len() > ACPI_PREFIX.len();
        if is_below && (!header.is_directory() || !entry.data.is_empty()) {
            let message = format_args!("{entry} has mode {:#o}, no regular file's", header.mode);
            findings.add(&rules::NOT_REGULAR, span, message);
        } else if header.is_regular() && contains_ignoring_case(name, ACPI_PREFIX) {
            findings.add(
                &rules::PREFIX,
                span,
                format_args!("{entry}: expected kernel/firmware/acpi/ at the start"),
            );
        } else if upgrade::examine(entry.data, kernel.signatures) == Outcome::Accepted {
            let message = format_args!("{entry} is a table, and not below kernel/firmware/acpi/");
            findings.add_as(Severity::Warning, &rules::PREFIX, span, message);
        } else {
            continue;
        }
        any = true;
    }
    any
}

/// The rule for archives without an end.
fn trailers(findings: &mut Findings, layout: &Layout) {
    for (index, segment) in layout.segments.iter().enumerate() {
        // An entry that is not whole has a finding of its own.
        let next = index.checked_add(1).and_then(|next| layout.segments.get(next));
        let cut = next.is_some_and(|next| next.kind == Kind::Unknown);
        if let (Kind::Newc { trailer: false, .. }, false) = (segment.kind, cut) {
            let Range { start, end } = segment.indices();
            let message = format_args!("the archive at {start:#x} ends at {end:#x} without TRAILER!!!");
            findings.add(&rules::NO_TRAILER, start..end, message);
        }
    }
}

fn contains_ignoring_case(name: &[u8], wanted: &[u8]) -> bool {
    name.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}

/// The rules for where the search and the unpacker end. Gives whether tables stand behind that. What is in `packed` has been
/// told already.
fn reach(
    findings: &mut Findings,
    initrd: &[u8],
    layout: &Layout,
    stop: Option<Stop>,
    packed: Option<&Range<usize>>,
) -> bool {
    let Some(stop) = stop else { return false };
    let misplaced = early::misplaced_header(initrd, stop);
    let stop_at = usize::try_from(stop.at).unwrap_or(initrd.len());
    let from = misplaced.unwrap_or(stop_at).min(stop_at);
    let is_told = |at: &usize| packed.is_some_and(|packed| packed.contains(at));
    let hidden: Vec<(usize, &[u8])> =
        initrd::hidden_tables(initrd, from).filter(|(at, _)| !is_told(at)).collect();
    let complaint = layout.complaint;
    let mut told = Vec::new();
    if let Some(at) = misplaced {
        let tables = count(hidden.len(), "table in it is", "tables in it are");
        let off = count(at % 4, "byte", "bytes");
        let message =
            format_args!("an archive starts at {at:#x}, {off} past a multiple of 4; {tables} not found");
        findings.add(&rules::MISALIGNED, header_at(initrd, at), message);
        told.push(at);
    } else {
        let cut = matches!(stop.reason, StopReason::PastEnd { .. });
        if cut {
            truncated(findings, initrd, stop_at, &stop.reason.to_string());
            told.push(stop_at);
        } else if let StopReason::Magic { .. } = stop.reason {
            let message = format_args!("{}", stop.reason);
            findings.add(&rules::FORMAT, stop_at..(stop_at + 6).min(initrd.len()), message);
            told.push(stop_at);
        }
        for (at, name) in hidden.iter().filter(|(at, _)| !cut || *at != stop_at) {
            let message = format_args!(
                "{} is not found: the search ends at {:#x}, before {}",
                escape(name),
                stop_at,
                part_at(layout, stop_at)
            );
            findings.add(&rules::HIDDEN, header_at(initrd, *at), message);
        }
    }
    if let Some(complaint) = complaint.filter(|complaint| !told.contains(&complaint.at)) {
        unpacker(findings, initrd, layout, complaint);
    }
    !hidden.is_empty() || misplaced.is_some()
}

/// The bytes of a header at this offset, as far as they are there.
fn header_at(initrd: &[u8], at: usize) -> Range<usize> {
    at..at.saturating_add(HEADER_LEN).min(initrd.len())
}

fn truncated(findings: &mut Findings, initrd: &[u8], at: usize, why: &str) {
    findings.add(
        &rules::TRUNCATED,
        header_at(initrd, at),
        format_args!("the last entry starts at {at:#x}: {why}"),
    );
}

/// What stands at an offset, in words.
fn part_at(layout: &Layout, at: usize) -> String {
    let kind =
        layout.segments.iter().find(|segment| segment.indices().contains(&at)).map(|segment| segment.kind);
    match kind {
        Some(Kind::Compressed(format)) => format!("{format} data"),
        Some(Kind::Newc { .. } | Kind::Zeros) => "an archive that it cannot read".to_owned(),
        Some(Kind::Unknown) | None => "what is no archive".to_owned(),
    }
}

/// What the unpacker ends with, where the early search has not told already.
fn unpacker(findings: &mut Findings, initrd: &[u8], layout: &Layout, complaint: Complaint) {
    let Complaint { at, kind } = complaint;
    let span = header_at(initrd, at);
    let is_archive = layout
        .segments
        .iter()
        .any(|segment| segment.range.start == at as u64 && matches!(segment.kind, Kind::Newc { .. }));
    match kind {
        ComplaintKind::BrokenPadding | ComplaintKind::InvalidMagic if at % 4 != 0 => {
            let what = part_at(layout, at);
            let what = if is_archive { "an archive" } else { what.as_str() };
            findings.add(
                &rules::MISALIGNED,
                span,
                format_args!(
                    "{what} starts at {at:#x}, {} past a multiple of 4",
                    count(at % 4, "byte", "bytes")
                ),
            );
        }
        ComplaintKind::OldFormat => {
            findings.add(
                &rules::FORMAT,
                at..at + 6,
                format_args!("an archive with the magic number 070707 at {at:#x}"),
            );
        }
        ComplaintKind::CutShort => truncated(findings, initrd, at, "it has not all its bytes"),
        _ => {
            let words = kind.message().map(|message| format!(" (\"{message}\")")).unwrap_or_default();
            findings.add(
                &rules::UNPACKER,
                span,
                format_args!("the unpacker ends at {at:#x}, before {}{words}", part_at(layout, at)),
            );
        }
    }
}

/// The rule for tables in a compressed part, as far as it can be looked into. Gives the part if it has any.
fn packed(findings: &mut Findings, initrd: &[u8], layout: &Layout) -> Option<Range<usize>> {
    let is_gzip = |kind| matches!(kind, Kind::Compressed(Compression::Gzip));
    let range = layout.segments.iter().find(|segment| is_gzip(segment.kind))?.indices();
    let inside = gzip::head(initrd.get(range.clone())?, LOOKED_INTO)?;
    let (tables, _) = early::find_all(&inside, ACPI_PREFIX);
    let (first, start) = (tables.first()?, range.start);
    findings.add(
        &rules::COMPRESSED,
        range.clone(),
        format_args!(
            "the gzip data at {start:#x} hold {}, {first} first",
            count(tables.len(), "table", "tables")
        ),
    );
    Some(range)
}

/// The rule for tables that are equal in what decides which table they replace.
fn identities(subject: &str, files: &[UpgradeFile<'_>]) -> Vec<Finding> {
    let mut seen: HashMap<Identity, &Entry<'_>> = HashMap::new();
    let mut out = Vec::new();
    for file in files.iter().filter(|file| file.outcome == Outcome::Accepted) {
        let entry = &file.entry;
        let Some(header) = Header::parse(entry.data) else { continue };
        let Some(first) = seen.get(&header.identity()) else {
            seen.insert(header.identity(), entry);
            continue;
        };
        let mut findings = Findings::new(file_subject(subject, entry), entry.data_at as u64);
        against::duplicate(&mut findings, entry.data, &header, first.data, &first.to_string());
        out.extend(findings.into_vec());
    }
    out
}

/// The rules for accepted tables that must agree with each other; of equal identities the first one counts.
fn together(subject: &str, files: &[UpgradeFile<'_>]) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let accepted: Vec<_> = files
        .iter()
        .filter(|file| file.outcome == Outcome::Accepted)
        .filter(|file| Header::parse(file.entry.data).is_some_and(|header| seen.insert(header.identity())))
        .map(|file| (file_subject(subject, &file.entry), &file.entry))
        .collect();
    let named: Vec<_> = accepted
        .iter()
        .map(|(subject, entry)| Named { subject, base: entry.data_at as u64, bytes: entry.data })
        .collect();
    across::check(&named)
}
