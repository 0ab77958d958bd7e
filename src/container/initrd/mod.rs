//! What an initrd consists of: archives, compressed archives and zeros, one behind the other, found without unpacking.
//!
//! Two readers of the kernel go over an initrd. The early scanner ([`super::cpio::early`]) looks for override tables and
//! microcode in what is not compressed, at the very beginning of the boot. Much later everything is unpacked into the
//! root file system; where that reader ends with an error, all that follows is lost, mostly the whole system.
//!
//! # Kernel
//! `unpack_to_rootfs` in init/initramfs.c and `decompress_method` in lib/decompress.c, 5.10 to 7.3.

mod compression;
pub mod extent;
pub mod hidden;
mod segments;

pub use compression::Compression;
pub use segments::{End, Entries, Kind, Segment, Segments, entries, segments, segments_knowing};

use super::cpio::early::{ACPI_PREFIX, Entry, Scan, StopReason};
use super::cpio::header::{HEADER_LEN, Header, MAGIC_CRC, TRAILER};
use crate::bytes::array_at;
use std::ops::Range;

impl Segment {
    /// The entries of an archive, without its trailer; their offsets are counted from the start of the initrd where the
    /// archive stands at a multiple of 4, as it should. Nothing for other segments.
    pub fn entries<'a>(&self, initrd: &'a [u8]) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let archive = match self.kind {
            Kind::Newc { .. } => initrd.get(self.indices()).unwrap_or_default(),
            _ => &[],
        };
        let base = self.indices().start;
        Scan::new(archive, b"").filter(|entry| entry.name() != TRAILER).map(move |mut entry| {
            for at in [&mut entry.header_at, &mut entry.name_at, &mut entry.data_at, &mut entry.next_at] {
                *at = at.saturating_add(base);
            }
            entry
        })
    }

    /// Its bytes, as indices into an initrd that is in memory.
    pub fn indices(&self) -> Range<usize> {
        let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
        index(self.range.start)..index(self.range.end)
    }
}

/// What the unpacker ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaint {
    /// At which byte.
    pub at: usize,
    /// Why.
    pub kind: ComplaintKind,
}

/// Why the unpacker ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComplaintKind {
    /// Behind an archive and its zeros, something begins at an offset that is no multiple of 4.
    BrokenPadding,
    /// What begins here is neither an archive nor compressed in a way that Linux knows; an archive whose offset is no
    /// multiple of 4 is among this when it is the first.
    InvalidMagic,
    /// A cpio archive in the old binary-in-text format (`cpio -H odc`).
    OldFormat,
    /// A digit 0 that begins no archive.
    NoMagic,
    /// The data of a file in a 070702 archive do not sum to what its header says. Releases before 5.19 do not take such
    /// archives at all.
    BadSum,
    /// A header with something else than hexadecimal digits; releases differ in what they make of it.
    BadHeader,
    /// The last entry has not all its bytes. The kernel says nothing and goes on without it.
    CutShort,
}

impl ComplaintKind {
    /// The kernel's words behind "Initramfs unpacking failed: ", where it has any.
    pub fn message(self) -> Option<&'static str> {
        match self {
            ComplaintKind::BrokenPadding => Some("broken padding"),
            ComplaintKind::InvalidMagic => Some("invalid magic at start of compressed archive"),
            ComplaintKind::OldFormat => Some("incorrect cpio method used: use -H newc option"),
            ComplaintKind::NoMagic => Some("no cpio magic"),
            ComplaintKind::BadSum => Some("bad data checksum"),
            ComplaintKind::BadHeader | ComplaintKind::CutShort => None,
        }
    }
}

/// The parts of an initrd, and how far the unpacker gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// All parts; together they cover every byte.
    pub segments: Vec<Segment>,
    /// What the unpacker ends with before the first compressed part; what is inside or behind that is not looked at.
    pub complaint: Option<Complaint>,
}

/// Takes an initrd apart.
pub fn layout(initrd: &[u8]) -> Layout {
    let mut layout = Layout::default();
    let mut behind_newc = false;
    let mut parts = segments(initrd);
    while let Ok(Some(segment)) = parts.advance() {
        if !matches!(segment.kind, Kind::Zeros) {
            let at = segment.indices().start;
            let rest = initrd.get(at..).unwrap_or_default();
            let complaint = complaint(rest, segment.kind, at % 4 == 0, behind_newc);
            let complaint = complaint.map(|(offset, kind)| Complaint { at: at.saturating_add(offset), kind });
            layout.complaint = layout.complaint.or(complaint);
            behind_newc = true;
        }
        layout.segments.push(segment);
    }
    layout
}

/// What the unpacker has against a segment, and at which of its bytes.
fn complaint(rest: &[u8], kind: Kind, aligned: bool, behind_newc: bool) -> Option<(usize, ComplaintKind)> {
    if !aligned && behind_newc {
        return Some((0, ComplaintKind::BrokenPadding));
    }
    match kind {
        Kind::Zeros => None,
        Kind::Compressed(format) => (!format.is_known_to_linux()).then_some((0, ComplaintKind::InvalidMagic)),
        Kind::Newc { .. } if !aligned => Some((0, ComplaintKind::InvalidMagic)),
        Kind::Newc { .. } => bad_sum(rest).map(|at| (at, ComplaintKind::BadSum)),
        Kind::Unknown if rest.first() != Some(&b'0') || !aligned => Some((0, ComplaintKind::InvalidMagic)),
        // An unfinished header at the very end is left alone.
        Kind::Unknown if rest.len() < HEADER_LEN => Some((0, ComplaintKind::CutShort)),
        Kind::Unknown if rest.starts_with(b"070707") => Some((0, ComplaintKind::OldFormat)),
        Kind::Unknown if !rest.starts_with(b"070701") && !rest.starts_with(b"070702") => {
            Some((0, ComplaintKind::NoMagic))
        }
        Kind::Unknown => {
            let mut scan = Scan::new(rest, b"");
            scan.next();
            match scan.stop().map(|stop| stop.reason) {
                Some(StopReason::NotHex { at, .. }) => Some((at as usize, ComplaintKind::BadHeader)),
                _ => Some((0, ComplaintKind::CutShort)),
            }
        }
    }
}

/// Where in the archive that `rest` begins with the first file stands whose data do not sum to what its header says.
fn bad_sum(rest: &[u8]) -> Option<usize> {
    let is_wrong = |entry: &Entry<'_>| {
        entry.header.magic == MAGIC_CRC
            && entry.header.is_regular()
            && entry.data.iter().fold(0u32, |sum, byte| sum.wrapping_add(u32::from(*byte)))
                != entry.header.check
    };
    let mut files = Scan::new(rest, b"").take_while(|entry| entry.name() != TRAILER);
    files.find(is_wrong).map(|entry| entry.header_at)
}

/// An archive in front of an initrd that holds nothing but override tables: one of ours, or one like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverridePart<'a> {
    /// Its tables.
    pub files: Vec<Entry<'a>>,
    /// Length in bytes of the archive and the zeros that belong to it: where the rest of the initrd begins.
    pub len: usize,
}

/// The override archive that an initrd begins with: its entries are the directories that lead to kernel/firmware/acpi,
/// and what is below that. The zeros behind it that fill it up to a multiple of 512 belong to it, no more.
pub fn override_part(initrd: &[u8]) -> Option<OverridePart<'_>> {
    if initrd.first() != Some(&b'0') {
        return None;
    }
    let mut files = Vec::new();
    let mut scan = Scan::new(initrd, ACPI_PREFIX);
    let end = loop {
        let entry = scan.next()?;
        if entry.name() == TRAILER {
            break entry.next_at;
        }
        if entry.matched.is_some() {
            files.push(entry);
        } else if !entry.header.is_directory() || !leads_to_tables(entry.name()) {
            return None;
        }
    };
    if files.is_empty() {
        return None;
    }
    let filled = end.next_multiple_of(super::cpio::build::FILL).min(initrd.len());
    let zeros = initrd.get(end..filled)?.iter().take_while(|byte| **byte == 0).count();
    // A part that is not filled up ends where something else begins.
    let len = end + if end + zeros == filled { zeros } else { zeros - zeros % 4 };
    Some(OverridePart { files, len })
}

/// Whether a directory is one that an override archive has.
fn leads_to_tables(name: &[u8]) -> bool {
    name.starts_with(ACPI_PREFIX) || matches!(name, b"kernel" | b"kernel/firmware" | b"kernel/firmware/acpi")
}

/// The offsets of newc headers in `initrd[from..]` that would be those of override tables, each with its path: what
/// stands behind a compressed part, where the early scanner never gets, or at a place that it misses.
pub fn hidden_tables(initrd: &[u8], from: usize) -> impl Iterator<Item = (usize, &[u8])> {
    memchr::memmem::find_iter(initrd.get(from..).unwrap_or_default(), ACPI_PREFIX).filter_map(move |at| {
        let name_at = from.checked_add(at)?;
        let header_at = name_at.checked_sub(HEADER_LEN)?;
        let header = Header::parse(&array_at(initrd, header_at)?).ok()?;
        let name = crate::bytes::bytes_at(initrd, name_at, header.name_size as usize)?;
        let table = header.is_newc() && header.is_regular() && header_at >= from;
        table.then(|| (header_at, name.split(|byte| *byte == 0).next().unwrap_or_default()))
    })
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::super::cpio::build::{File, build};
    use super::*;

    const GZIP: &[u8] = b"\x1f\x8b\x08\0compressed";

    fn tables() -> Vec<u8> {
        build(&[File { name: "srat.aml", data: b"SRAT" }], 0).unwrap().bytes
    }

    /// An archive with one file that is no table; 070702 with a sum if wanted.
    fn plain(name: &str, data: &[u8], sum: Option<u32>) -> Vec<u8> {
        let builder = ::cpio::newc::Builder::new(name).mode(0o100_644);
        let mut out = Vec::new();
        let mut writer = match sum {
            Some(sum) => builder.write_crc(&mut out, data.len() as u32, sum),
            None => builder.write(&mut out, data.len() as u32),
        };
        std::io::Write::write_all(&mut writer, data).unwrap();
        writer.finish().unwrap();
        ::cpio::newc::trailer(&mut out).unwrap();
        out
    }

    fn parts(bytes: &[u8]) -> Vec<(Kind, usize, usize)> {
        let layout = layout(bytes);
        let covered = layout.segments.iter().fold(0, |at, segment| {
            assert_eq!(segment.range.start, at);
            segment.range.end
        });
        assert_eq!(covered, bytes.len() as u64);
        let place = |segment: Segment| (segment.kind, segment.indices().start, segment.indices().len());
        layout.segments.into_iter().map(place).collect()
    }

    fn complains(bytes: &[u8]) -> Option<(usize, ComplaintKind)> {
        layout(bytes).complaint.map(|complaint| (complaint.at, complaint.kind))
    }

    #[test]
    fn parts_are_told_apart() {
        let ours = tables();
        let newc = Kind::Newc { entries: 4, trailer: true };
        let end = layout(&ours).segments[0].indices().end;
        let all = [&ours[..], GZIP].concat();
        let gzip = (Kind::Compressed(Compression::Gzip), ours.len(), GZIP.len());
        assert_eq!(parts(&all), [(newc, 0, end), (Kind::Zeros, end, ours.len() - end), gzip]);
        assert_eq!(complains(&all), None);
        assert_eq!(parts(b""), []);
        assert_eq!(parts(&[0; 7]), [(Kind::Zeros, 0, 7)]);
        let names: Vec<_> =
            layout(&all).segments[0].entries(&all).map(|entry| entry.name().to_vec()).collect();
        assert_eq!(names.last().unwrap(), b"kernel/firmware/acpi/srat.aml");
    }

    #[test]
    fn an_archive_without_a_trailer_ends_behind_its_last_entry() {
        let ours = tables();
        let end = override_part(&ours).unwrap().files[0].next_at;
        let open = Kind::Newc { entries: 4, trailer: false };
        let gzip = Kind::Compressed(Compression::Gzip);
        let bytes = [&ours[..end], GZIP].concat();
        assert_eq!(parts(&bytes), [(open, 0, end), (gzip, end, GZIP.len())]);
        assert_eq!(override_part(&bytes), None);
        let cut = [&ours[..end], &plain("init", &[1; 200], None)[..200]].concat();
        assert_eq!(parts(&cut), [(open, 0, end), (Kind::Unknown, end, 200)]);
        assert_eq!(complains(&cut), Some((end, ComplaintKind::CutShort)));
        assert_eq!(complains(&cut[..end + 60]), Some((end, ComplaintKind::CutShort)));
    }

    #[test]
    fn the_unpacker_s_complaints_are_foretold() {
        let ours = tables();
        let len = ours.len();
        let behind = |gap: usize, next: &[u8]| complains(&[&ours[..], &vec![0; gap], next].concat());
        assert_eq!(behind(1, &plain("init", b"", None)), Some((len + 1, ComplaintKind::BrokenPadding)));
        assert_eq!(behind(2, GZIP), Some((len + 2, ComplaintKind::BrokenPadding)));
        assert_eq!(behind(4, GZIP), None);
        assert_eq!(behind(0, b"\x04\x22\x4d\x18x"), Some((len, ComplaintKind::InvalidMagic)));
        assert_eq!(behind(0, b"junk"), Some((len, ComplaintKind::InvalidMagic)));
        let old = [&b"070707"[..], &[b'0'; 120]].concat();
        assert_eq!(behind(0, &old), Some((len, ComplaintKind::OldFormat)));
        assert_eq!(behind(0, &[b'0'; 120]), Some((len, ComplaintKind::NoMagic)));
        assert_eq!(complains(&[&[0; 5], &ours[..]].concat()), Some((5, ComplaintKind::InvalidMagic)));
        assert_eq!(behind(0, &plain("init", b"ab", Some(195))), None);
        assert_eq!(behind(0, &plain("init", b"ab", Some(196))), Some((len, ComplaintKind::BadSum)));
        let mut bad = plain("init", b"ab", None);
        bad[20] = b'x';
        assert_eq!(behind(0, &bad), Some((len + 20, ComplaintKind::BadHeader)));
    }

    #[test]
    fn an_override_archive_is_known_by_its_content() {
        let ours = tables();
        assert_eq!(override_part(&[&ours[..], GZIP].concat()).unwrap().len, ours.len());
        // Zeros that the rest begins with stay with the rest.
        assert_eq!(override_part(&[&ours[..], &[0; 4096], GZIP].concat()).unwrap().len, ours.len());
        // An archive that is not filled up, as another tool may have put it there.
        let end = layout(&ours).segments[0].indices().end;
        assert_eq!(override_part(&[&ours[..end], &[0; 8], GZIP].concat()).unwrap().len, end + 8);
        assert_eq!(override_part(&ours[..end]).unwrap().len, end);
        for other in ["kernel/x86/microcode/GenuineIntel.bin", "init", "kernel/firmware/acpi"] {
            assert_eq!(override_part(&plain(other, b"x", None)), None, "{other}");
        }
        assert_eq!(override_part(&[&[0; 512], &ours[..]].concat()), None);
        assert_eq!(override_part(b""), None);
        assert_eq!(override_part(&build(&[], 0).unwrap().bytes), None);
    }

    #[test]
    fn tables_out_of_the_scanner_s_sight_are_found() {
        let bytes = [GZIP, &tables()].concat();
        let found: Vec<_> = hidden_tables(&bytes, 0).collect();
        let at = GZIP.len() + override_part(&tables()).unwrap().files[0].header_at;
        assert_eq!(found, [(at, &b"kernel/firmware/acpi/srat.aml"[..])]);
        assert_eq!(hidden_tables(&bytes, at + 1).count(), 0);
        assert_eq!(hidden_tables(b"kernel/firmware/acpi/", 0).count(), 0);
    }
}
