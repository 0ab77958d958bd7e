//! The front of an initrd: microcode and override tables, each in archives of their own, and where a new override archive
//! goes among them.
//!
//! An archive that the builder made is known for sure: built again from what is in it, it gives the same bytes.

use super::{Kind, Segment, entries, segments};
use crate::container::cpio::build::{FILL, File, build};
use crate::container::cpio::early::{ACPI_PREFIX, MICROCODE_PREFIX};
use crate::container::cpio::walk::CpioPlace;
use crate::container::read_at::{Buffered, ReadAt, ReadError, read_pieces, zeros_end};
use std::ops::Range;

/// The most entries and the most bytes that an archive at the front has.
const MOST_ENTRIES: u64 = 4096;
const MOST_BYTES: u64 = 48 << 20;

/// An archive that holds nothing but override tables and the folders that lead to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableArchive {
    /// Its bytes, and the zeros that belong to it: those that fill it up to a multiple of 512.
    pub range: Range<u64>,
    /// The names of its files.
    pub names: Vec<Vec<u8>>,
    /// Whether it is what [`build()`] makes of these files, byte for byte.
    pub is_built: bool,
}

/// The front of an initrd.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Front {
    /// Names of the microcode files that stand before the place of an override archive.
    pub microcode: Vec<Vec<u8>>,
    /// Where an override archive goes: behind the microcode, or in the place of the one that is there.
    pub place: u64,
    /// Archives of tables among the first ones, in order.
    pub tables: Vec<TableArchive>,
}

impl Front {
    /// The archive that an earlier run of the builder put there.
    pub fn built(&self) -> Option<&TableArchive> {
        self.tables.iter().find(|archive| archive.is_built)
    }
}

/// Looks at the front of an initrd.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn front(source: impl ReadAt) -> Result<Front, ReadError> {
    let source = Buffered::new(source);
    let mut out = Front::default();
    let mut is_first = true;
    let mut parts = segments(&source);
    while let Some(segment) = parts.advance()? {
        if segment.kind == Kind::Zeros && !is_first {
            continue;
        }
        let Some(content) = content(&source, &segment)? else { break };
        match content {
            FrontContent::Microcode(names) if out.tables.is_empty() => {
                out.microcode.extend(names);
                out.place = next(&source, segment.range.end)?;
            }
            FrontContent::Microcode(_) => {}
            FrontContent::Tables(files) => {
                let archive = table_archive(&source, &segment, files)?;
                let is_earlier = archive.is_built && out.built().is_none();
                if is_earlier {
                    out.place = archive.range.start;
                }
                out.tables.push(archive);
            }
        }
        is_first = false;
    }
    Ok(out)
}

/// Where what follows a microcode archive begins, if that is a place for an archive; else the archive's own end.
fn next(source: &impl ReadAt, end: u64) -> Result<u64, ReadError> {
    let next = zeros_end(source, end)?;
    Ok(if next.is_multiple_of(4) && next < source.end() { next } else { end })
}

/// What an archive at the front holds.
enum FrontContent {
    /// Microcode and no tables; the names.
    Microcode(Vec<Vec<u8>>),
    /// Tables and nothing else.
    Tables(Vec<(CpioPlace, Vec<u8>)>),
}

/// What a segment holds, if it is an archive of microcode or of tables. One that does not stand at a multiple of 4 is none:
/// Linux does not read it.
fn content<R: ReadAt>(source: &Buffered<R>, segment: &Segment) -> Result<Option<FrontContent>, ReadError> {
    let is_small = matches!(segment.kind, Kind::Newc { entries: ..MOST_ENTRIES, trailer: true });
    if !is_small || !segment.range.start.is_multiple_of(4) {
        return Ok(None);
    }
    let (mut microcode, mut tables, mut only_tables) = (Vec::new(), Vec::new(), true);
    let mut is_main = false;
    let mut walk = entries(source, segment);
    while let Some((place, name)) = walk.advance()? {
        if place.header.is_regular() && name.starts_with(ACPI_PREFIX) {
            tables.push((place, name));
        } else if place.header.is_regular() && name.starts_with(MICROCODE_PREFIX) {
            only_tables = false;
            microcode.push(name);
        } else if !place.header.is_directory() || !leads_to_tables(&name) {
            only_tables = false;
            is_main |= matches!(name.as_slice(), b"init" | b"./init" | b"/init");
        }
    }
    Ok(match (tables.is_empty(), microcode.is_empty()) {
        (false, _) if only_tables => Some(FrontContent::Tables(tables)),
        (true, false) if !is_main => Some(FrontContent::Microcode(microcode)),
        _ => None,
    })
}

/// Whether a folder is one that an archive of tables has.
fn leads_to_tables(name: &[u8]) -> bool {
    name.starts_with(ACPI_PREFIX)
        || matches!(name, b"." | b"kernel" | b"kernel/firmware" | b"kernel/firmware/acpi")
}

fn table_archive(
    source: &impl ReadAt,
    segment: &Segment,
    files: Vec<(CpioPlace, Vec<u8>)>,
) -> Result<TableArchive, ReadError> {
    let Range { start, end } = segment.range;
    let filled = end.saturating_sub(start).next_multiple_of(FILL as u64).saturating_add(start);
    let zeros = zeros_end(source, end)?.min(filled);
    // One that is not filled up ends where something else begins.
    let end = if zeros == filled { filled } else { zeros - (zeros - end) % 4 };
    let is_built = zeros == filled && is_built(source, start..filled, &files)?;
    let names = files.into_iter().map(|(_, name)| name).collect();
    Ok(TableArchive { range: start..end, names, is_built })
}

/// Whether `range` is what the builder makes of these files.
fn is_built(
    source: &impl ReadAt,
    range: Range<u64>,
    files: &[(CpioPlace, Vec<u8>)],
) -> Result<bool, ReadError> {
    let len = range.end.saturating_sub(range.start);
    let Some((first, _)) = files.first().filter(|_| len <= MOST_BYTES) else { return Ok(false) };
    let bytes = source.read_vec(range.start, usize::try_from(len).unwrap_or(0))?;
    let mut parts = Vec::new();
    for (place, name) in files {
        let at = usize::try_from(place.data_at.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let data = crate::bytes::bytes_at(&bytes, at, place.header.file_size as usize);
        let name = name.get(ACPI_PREFIX.len()..).and_then(|name| std::str::from_utf8(name).ok());
        let (Some(data), Some(name)) = (data, name) else { return Ok(false) };
        parts.push(File { name, data });
    }
    Ok(build(&parts, first.header.mtime).is_ok_and(|archive| archive.bytes == bytes))
}

/// An initrd of which a part is replaced: by an archive, or by nothing.
#[derive(Debug, Clone)]
pub struct Spliced<'a, R> {
    initrd: R,
    /// What is replaced.
    replaced: Range<u64>,
    archive: &'a [u8],
}

impl<'a, R: ReadAt> Spliced<'a, R> {
    /// `initrd` with `archive` in the place of `replaced`.
    pub fn new(initrd: R, replaced: Range<u64>, archive: &'a [u8]) -> Self {
        Spliced { initrd, replaced, archive }
    }

    /// The initrd that it is made from.
    pub fn initrd(&self) -> &R {
        &self.initrd
    }

    /// What it is made of, in order, with the bytes of the initrd as ranges.
    fn pieces(&self) -> [SplicedPiece<'a>; 3] {
        let end = self.initrd.end();
        let Range { start, end: behind } = self.replaced.clone();
        [
            SplicedPiece::Initrd(0..start.min(end)),
            SplicedPiece::Bytes(self.archive),
            SplicedPiece::Initrd(behind.min(end)..end),
        ]
    }
}

/// A piece of a [`Spliced`] initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SplicedPiece<'a> {
    /// Bytes of the initrd.
    Initrd(Range<u64>),
    /// Other bytes.
    Bytes(&'a [u8]),
}

impl SplicedPiece<'_> {
    /// How many bytes it has.
    fn len(&self) -> u64 {
        match self {
            SplicedPiece::Initrd(range) => range.end.saturating_sub(range.start),
            SplicedPiece::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl<R: ReadAt> ReadAt for Spliced<'_, R> {
    fn end(&self) -> u64 {
        self.pieces().iter().fold(0, |end, piece| end.saturating_add(piece.len()))
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let mut start = 0u64;
        let pieces = self.pieces().map(|piece| {
            let range = start..start.saturating_add(piece.len());
            start = range.end;
            (range, piece)
        });
        read_pieces(self.end(), at, buffer, pieces, |piece, skipped, part| match piece {
            SplicedPiece::Initrd(range) => self.initrd.read_at(range.start.saturating_add(skipped), part),
            SplicedPiece::Bytes(bytes) => bytes.read_at(skipped, part),
        })
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        let (mut at, mut start) = (at, 0u64);
        for piece in self.pieces() {
            let behind = start.saturating_add(piece.len());
            if at < behind {
                let SplicedPiece::Initrd(range) = piece else { return at..behind };
                let data = self.initrd.data_from(range.start.saturating_add(at.saturating_sub(start)));
                let place = |offset: u64| offset.clamp(range.start, range.end) - range.start + start;
                if place(data.start) < behind {
                    return place(data.start)..place(data.end);
                }
                // A hole up to the end of the piece.
                at = behind;
            }
            start = behind;
        }
        start..start
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    const GZIP: &[u8] = b"\x1f\x8b\x08\0compressed";

    fn ours() -> Vec<u8> {
        build(&[File { name: "srat.aml", data: b"SRAT" }], 7).unwrap().bytes
    }

    /// An archive of files with this time, filled up to a multiple of `fill`.
    fn archive(names: &[&str], fill: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for name in names {
            let is_folder = name.ends_with('/') || *name == ".";
            let mode = if is_folder { 0o040_755 } else { 0o100_644 };
            let builder = ::cpio::newc::Builder::new(name.trim_end_matches('/')).mode(mode).mtime(9);
            let data: &[u8] = if is_folder { b"" } else { b"data" };
            let mut writer = builder.write(&mut out, data.len() as u32);
            std::io::Write::write_all(&mut writer, data).unwrap();
            writer.finish().unwrap();
        }
        ::cpio::newc::trailer(&mut out).unwrap();
        out.resize(out.len().next_multiple_of(fill), 0);
        out
    }

    fn microcode(fill: usize) -> Vec<u8> {
        archive(&[".", "early_cpio", "kernel/", "kernel/x86/", "kernel/x86/microcode/AuthenticAMD.bin"], fill)
    }

    fn place(parts: &[&[u8]]) -> (u64, usize, usize) {
        let front = front(parts.concat().as_slice()).unwrap();
        (front.place, front.microcode.len(), front.tables.len())
    }

    #[test]
    fn microcode_stays_in_front() {
        let (padded, bare) = (microcode(512), microcode(4));
        let main = archive(&["bin/", "init"], 4);
        assert_eq!(place(&[GZIP]), (0, 0, 0));
        assert_eq!(place(&[b""]), (0, 0, 0));
        assert_eq!(place(&[&padded, GZIP]), (padded.len() as u64, 1, 0));
        assert_eq!(place(&[&bare, GZIP]), (bare.len() as u64, 1, 0));
        assert_eq!(place(&[&bare, &[0; 1024], &main]), (bare.len() as u64 + 1024, 1, 0));
        assert_eq!(place(&[&bare, &padded, &main]), ((bare.len() + padded.len()) as u64, 2, 0));
        // Where what follows stands at an odd place, nothing is put right in front of it; nor at the very end.
        assert_eq!(place(&[&bare, &[0; 5], GZIP]), (bare.len() as u64, 1, 0));
        assert_eq!(place(&[&bare, &[0; 512]]), (bare.len() as u64, 1, 0));
        // The system itself is no microcode archive, nor is one that has tables too.
        assert_eq!(place(&[&archive(&["init", "kernel/x86/microcode/x"], 4)]), (0, 0, 0));
        assert_eq!(
            place(&[&archive(&["kernel/firmware/acpi/x", "kernel/x86/microcode/x"], 512), GZIP]),
            (0, 0, 0)
        );
        assert_eq!(place(&[&[0; 512], &padded, GZIP]), (0, 0, 0), "zeros first");
        assert_eq!(place(&[&[0; 1], &padded]), (0, 0, 0));
    }

    #[test]
    fn an_archive_of_the_builder_is_known_byte_for_byte() {
        let (ours, microcode) = (ours(), microcode(512));
        let at = microcode.len() as u64;
        let range = |parts: &[&[u8]]| {
            front(parts.concat().as_slice()).unwrap().built().map(|archive| archive.range.clone())
        };
        assert_eq!(range(&[&ours, GZIP]), Some(0..ours.len() as u64));
        assert_eq!(
            range(&[&ours, &[0; 4096], GZIP]),
            Some(0..ours.len() as u64),
            "zeros behind it are no part of it"
        );
        assert_eq!(range(&[&microcode, &ours, GZIP]), Some(at..at + ours.len() as u64));
        assert_eq!(place(&[&microcode, &ours, GZIP]), (at, 1, 1));
        assert_eq!(place(&[&ours, &microcode, GZIP]), (0, 0, 1), "where an earlier release put it");
        // Another tool's archive of tables is not touched, and what is put before it counts first.
        let theirs = archive(
            &[".", "kernel/", "kernel/firmware/", "kernel/firmware/acpi/", "kernel/firmware/acpi/x"],
            512,
        );
        assert_eq!(range(&[&theirs, GZIP]), None);
        assert_eq!(place(&[&theirs, &microcode, GZIP]), (0, 0, 1));
        assert_eq!(place(&[&microcode, &theirs, GZIP]), (at, 1, 1));
        assert_eq!(
            range(&[&microcode, &theirs, &ours, GZIP]).map(|range| range.start),
            Some(at + theirs.len() as u64)
        );
        // One byte makes it another's.
        for at in [20, 46, ours.len() - 200] {
            let mut changed = ours.clone();
            changed[at] ^= 1;
            assert_eq!(range(&[&changed, GZIP]), None, "{at}");
        }
        assert_eq!(range(&[&ours[..ours.len() - 4], GZIP]), None);
    }

    #[test]
    fn another_s_archive_ends_where_something_else_begins() {
        let bare = archive(&["kernel/firmware/acpi/x"], 4);
        let end = |parts: &[&[u8]]| front(parts.concat().as_slice()).unwrap().tables[0].range.end;
        let len = bare.len() as u64;
        assert_eq!(end(&[&bare, GZIP]), len);
        assert_eq!(end(&[&bare, &[0; 8], GZIP]), len + 8);
        assert_eq!(end(&[&bare, &[0; 7], GZIP]), len + 4);
        assert_eq!(end(&[&bare, &[0; 4096], GZIP]), len.next_multiple_of(512));
        assert_eq!(end(&[&bare]), len);
    }

    #[test]
    fn a_spliced_initrd_reads_as_if_it_were_one() {
        let initrd: Vec<u8> = (1..=100).collect();
        for (replaced, archive) in
            [(0..0, &b"new"[..]), (20..50, b""), (20..50, b"other bytes"), (100..100, b"x")]
        {
            let spliced = Spliced::new(initrd.as_slice(), replaced.clone(), archive);
            let (start, end) = (replaced.start as usize, replaced.end as usize);
            let whole = [&initrd[..start], archive, &initrd[end..]].concat();
            assert_eq!(spliced.end(), whole.len() as u64);
            for at in 0..whole.len() {
                for len in [1, 7, whole.len() - at] {
                    let expected = whole.get(at..at + len);
                    assert_eq!(spliced.read_vec(at as u64, len).ok().as_deref(), expected);
                }
                assert!(spliced.data_from(at as u64).contains(&(at as u64)));
            }
            assert!(spliced.data_from(spliced.end()).is_empty());
        }
    }
}
