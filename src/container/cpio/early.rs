//! The scanner with which Linux looks for files in an initrd before anything is unpacked: override tables and microcode.
//!
//! It reads newc archives from the first byte on, walks through trailers and zero padding into whatever follows, and
//! stops for good at the first thing it cannot read, without a word. What it does not reach does not exist for the
//! kernel, whatever cpio, lsinitramfs or the later unpacker list.
//!
//! # Kernel
//! `find_cpio_data` in lib/earlycpio.c, 3.8 to 7.3.

use super::header::Header;
use super::walk::{CpioPlace, Walk};
pub use super::walk::{Stop, StopReason};
use crate::container::initrd::held::View;
use crate::foreign::Foreign;

/// Where override tables stand in the initrd. No leading `./` or `/` is taken.
pub const ACPI_PREFIX: &[u8] = b"kernel/firmware/acpi/";
/// The folder in which Linux looks for microcode.
pub const MICROCODE_PREFIX: &[u8] = b"kernel/x86/microcode/";
/// Bytes of a name behind the prefix that the kernel keeps and reports; longer ones are cut.
pub const REPORTED_NAME_LEN: usize = 17;
/// About what one line of the kernel's log holds: names without a NUL are not followed further.
pub const LOG_LINE_LEN: usize = 1024;

/// One entry that the scanner walked over. All offsets are in bytes from the start of the scanned bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Where the header stands.
    pub header_at: usize,
    /// Where the name stands.
    pub name_at: usize,
    /// Where the data stands.
    pub data_at: usize,
    /// Where the scan goes on: behind the data's padding.
    pub next_at: usize,
    /// The numbers of its header, as they were read.
    pub header: Header,
    /// The name as it stands, `name_size` bytes, NUL and anything behind it included.
    pub raw_name: &'a [u8],
    /// What the file holds, without padding.
    pub data: &'a [u8],
    /// What the caller of the scanner gets, when the entry is one that it looks for.
    pub matched: Option<Match<'a>>,
}

impl<'a> Entry<'a> {
    /// The name up to its first NUL.
    pub fn name(&self) -> &'a [u8] {
        until_nul(self.raw_name)
    }

    /// The name behind [`ACPI_PREFIX`], or all of it without one.
    pub fn table_name(&self) -> Foreign {
        self.name().strip_prefix(ACPI_PREFIX).unwrap_or(self.name()).into()
    }
}

/// A regular file below the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    /// The name behind the prefix as the kernel keeps it: at most [`REPORTED_NAME_LEN`] bytes. It ends at a NUL, not at
    /// the end of the name: a name without a NUL goes on in what follows it.
    pub reported: &'a [u8],
    /// The whole name as the kernel warns of it, when 18 bytes or more, the NUL counted, stand behind the prefix. The file
    /// is used all the same. A name of 17 bytes is warned of although it is kept whole.
    pub too_long: Option<&'a [u8]>,
}

/// The kernel's walk over an initrd: gives every entry that it passes; the wanted ones have [`Entry::matched`]. Of an initrd
/// that is not in memory it gives none but those below [`ACPI_PREFIX`].
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    bytes: View<'a>,
    prefix: &'a [u8],
    walk: Walk<View<'a>>,
}

impl<'a> Scan<'a> {
    /// A walk over `bytes`, whose first byte boot loaders put at a page boundary, for files whose names begin with `prefix`.
    pub fn new(bytes: impl Into<View<'a>>, prefix: &'a [u8]) -> Self {
        Self::at_address(bytes, prefix, 0)
    }

    /// The same walk over bytes that lie at `address` in memory.
    pub fn at_address(bytes: impl Into<View<'a>>, prefix: &'a [u8], address: u64) -> Self {
        let bytes = bytes.into();
        Scan { bytes, prefix, walk: Walk::at_address(bytes, address) }
    }

    /// Where and why the walk ended, once it has.
    pub fn stop(&self) -> Option<Stop> {
        self.walk.stop()
    }

    /// An entry with its bytes.
    fn entry(&self, place: &CpioPlace) -> Option<Entry<'a>> {
        let index = |at| usize::try_from(at).ok();
        let (name_at, data_at) = (index(place.name_at)?, index(place.data_at)?);
        let header = place.header;
        let raw_name = self.bytes.slice(name_at, header.name_size as usize)?;
        let is_wanted = header.is_regular() && raw_name.starts_with(self.prefix);
        Some(Entry {
            header_at: index(place.header_at)?,
            name_at,
            data_at,
            next_at: index(place.next_at)?,
            header,
            raw_name,
            data: self.bytes.slice(data_at, header.file_size as usize)?,
            matched: if is_wanted { self.matched(name_at, raw_name.len()) } else { None },
        })
    }

    /// What the kernel makes of a name that begins with the prefix.
    fn matched(&self, name_at: usize, name_size: usize) -> Option<Match<'a>> {
        let name = self.bytes.borrowed(name_at)?;
        let behind = name.get(self.prefix.len()..)?;
        let too_long = name_size - self.prefix.len() > REPORTED_NAME_LEN;
        Some(Match {
            reported: until_nul(behind.get(..REPORTED_NAME_LEN).unwrap_or(behind)),
            too_long: too_long.then(|| until_nul(name.get(..LOG_LINE_LEN).unwrap_or(name))),
        })
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        // What cannot be read ends it; an initrd that is held knows of it.
        while let Some(place) = self.walk.advance().ok().flatten() {
            let entry = self.entry(&place);
            if entry.is_some() {
                return entry;
            }
        }
        None
    }
}

/// The files below `prefix` in the order in which the kernel finds them, and where and why the walk ended.
pub fn find_all<'a>(bytes: impl Into<View<'a>>, prefix: &'a [u8]) -> (Vec<Entry<'a>>, Stop) {
    let bytes = bytes.into();
    let mut scan = Scan::new(bytes, prefix);
    let found = scan.by_ref().filter(|entry| entry.matched.is_some()).collect();
    let end = Stop { at: bytes.len(), reason: StopReason::End { left: 0 } };
    (found, scan.stop().unwrap_or(end))
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::super::header::{HEADER_LEN, S_IFDIR, S_IFREG};
    use super::*;
    use crate::bytes::escape;

    const SRAT: &[u8] = b"kernel/firmware/acpi/srat.aml\0";
    const FILE: u32 = S_IFREG | 0o644;

    /// One entry at a multiple of 4, padded; `name` with whatever NULs it shall have.
    fn entry(magic: &str, mode: u32, name: &[u8], data: &[u8]) -> Vec<u8> {
        let size = data.len();
        let mut out =
            format!("{magic}{:08x}{mode:08x}{:032x}{size:08X}{:032x}{:08x}{:08x}", 1, 0, 0, name.len(), 0)
                .into_bytes();
        assert_eq!(out.len(), HEADER_LEN);
        for part in [name, data] {
            out.extend(part);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out
    }

    fn file(name: &[u8], data: &[u8]) -> Vec<u8> {
        entry("070701", FILE, name, data)
    }

    fn trailer() -> Vec<u8> {
        entry("070701", 0, b"TRAILER!!!\0", b"")
    }

    fn found(bytes: &[u8]) -> Vec<String> {
        let names = find_all(bytes, ACPI_PREFIX).0;
        names.iter().map(|entry| escape(entry.matched.unwrap().reported).into_owned()).collect()
    }

    fn stop(bytes: &[u8]) -> Stop {
        find_all(bytes, ACPI_PREFIX).1
    }

    #[test]
    fn offsets_are_those_of_the_kernel() {
        let bytes = [file(SRAT, &[7; 0x120]), trailer()].concat();
        let (entries, end) = find_all(&bytes, ACPI_PREFIX);
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((entry.header_at, entry.name_at, entry.data_at, entry.next_at), (0, 110, 140, 428));
        assert_eq!((entry.name(), entry.raw_name, entry.data), (&SRAT[..29], SRAT, &[7; 0x120][..]));
        assert_eq!(entry.matched, Some(Match { reported: b"srat.aml", too_long: None }));
        assert_eq!(end, Stop { at: 428 + 124, reason: StopReason::End { left: 0 } });
    }

    #[test]
    fn only_regular_files_below_the_prefix_match() {
        let none: [&[u8]; 5] = [
            b"./kernel/firmware/acpi/srat.aml\0",
            b"/kernel/firmware/acpi/srat.aml\0",
            b"kernel/firmware/acpi\0",
            b"Kernel/firmware/acpi/srat.aml\0",
            b"kernel/firmware/acpi\0/srat.aml\0",
        ];
        for name in none {
            assert!(found(&[file(name, b"x"), trailer()].concat()).is_empty(), "{}", escape(name));
        }
        for mode in [S_IFDIR | 0o755, 0o120_777, 0o010_644, 0o644, 0] {
            assert!(found(&[entry("070701", mode, SRAT, b"x"), trailer()].concat()).is_empty(), "{mode:o}");
        }
        let deep =
            [file(b"kernel/firmware/acpi/x/y.aml\0", b"x"), file(b"kernel/firmware/acpi/\0", b""), trailer()];
        assert_eq!(found(&deep.concat()), ["x/y.aml", ""]);
    }

    #[test]
    fn directories_trailers_and_sums_do_not_matter() {
        let crc = entry("070702", FILE, SRAT, b"not the sum of this");
        let other = file(b"etc/passwd\0", b"root");
        let bytes =
            [crc, trailer(), vec![0; 512], other, file(b"kernel/firmware/acpi/B.DAT\0\0\0", b""), trailer()];
        assert_eq!(found(&bytes.concat()), ["srat.aml", "B.DAT"]);
        assert_eq!(found(&[vec![0; 512], file(SRAT, b"x"), trailer()].concat()), ["srat.aml"]);
    }

    #[test]
    fn names_are_cut_to_17_bytes_and_warned_of_from_17_on() {
        for (len, warned) in [(16, false), (17, true), (18, true), (40, true)] {
            let name = [ACPI_PREFIX, &vec![b'n'; len], b"\0"].concat();
            let bytes = [file(&name, b"x"), trailer()].concat();
            let matched = find_all(&bytes, ACPI_PREFIX).0[0].matched.unwrap();
            assert_eq!(matched.reported.len(), len.min(17));
            assert_eq!(matched.too_long, warned.then(|| &name[..name.len() - 1]));
        }
        // A name without a NUL goes on in the bytes behind it.
        let bytes = [file(b"kernel/firmware/acpi/ab", b"cde"), trailer()].concat();
        assert_eq!(found(&bytes), ["ab"], "padding ends it");
        let bytes = [file(b"kernel/firmware/acpi/a", b"cde"), trailer()].concat();
        assert_eq!(found(&bytes), ["acde"], "no padding does");
    }

    #[test]
    fn the_scan_stops_at_what_is_no_header() {
        let first = file(SRAT, b"x");
        let at = first.len();
        for (magic, bad) in [
            (&b"\x1f\x8b\x08"[..], 0),
            (b"\x28\xb5\x2f\xfd", 0),
            (b"BZh91AY", 1),
            (b"\xfd7zXZ", 0),
            (b"]\0\0", 0),
        ] {
            let bytes = [&first, magic, &[b'0'; 200], &file(SRAT, b"hidden")].concat();
            assert_eq!(found(&bytes), ["srat.aml"]);
            let byte = magic[bad];
            let reason = StopReason::NotHex { at: (at + bad) as u64, byte };
            assert_eq!(stop(&bytes), Stop { at: at as u64, reason });
        }
        let odc = [&first[..], &[b'0'; 6], &b"70707".repeat(40)].concat();
        assert!(matches!(stop(&odc), Stop { reason: StopReason::Magic { .. }, .. }));
        let mut bytes = [first.clone(), file(SRAT, b"x"), trailer()].concat();
        bytes[at + 109] = b'g';
        assert_eq!(stop(&bytes).reason, StopReason::NotHex { at: at as u64 + 109, byte: b'g' });
        bytes[at + 109] = b'0';
        bytes[at + 5] = b'3';
        assert_eq!(stop(&bytes), Stop { at: at as u64, reason: StopReason::Magic { found: 0x07_0703 } });
    }

    #[test]
    fn the_last_110_bytes_are_not_looked_at() {
        let header_only = entry("070701", FILE, b"", b"");
        assert_eq!(header_only.len(), 112);
        let scanned = Scan::new(&header_only, b"").count();
        assert_eq!(scanned, 1);
        let short = &header_only[..110];
        assert_eq!(stop(short), Stop { at: 0, reason: StopReason::TooShort { left: 110 } });
        assert_eq!(stop(&[0; 110]).reason, StopReason::End { left: 110 });
        assert_eq!(stop(&[0; 113]), Stop { at: 4, reason: StopReason::End { left: 109 } });
        assert_eq!(stop(&[]).reason, StopReason::End { left: 0 });
    }

    #[test]
    fn an_entry_past_the_end_is_lost_even_by_its_padding() {
        let whole = file(SRAT, &[b'7'; 101]);
        let end = whole.len();
        assert_eq!(found(&whole), ["srat.aml"]);
        for cut in 1..=104 {
            let reason = StopReason::PastEnd { next_at: end as u64, end: (end - cut) as u64 };
            assert_eq!(stop(&whole[..end - cut]), Stop { at: 0, reason });
        }
        for at in [54, 94] {
            let mut huge = [whole.clone(), trailer()].concat();
            huge[at..at + 8].copy_from_slice(b"ffffffff");
            assert!(matches!(stop(&huge).reason, StopReason::PastEnd { next_at: 0x1_0000_0000.., .. }));
        }
    }

    #[test]
    fn alignment_is_that_of_memory() {
        let two =
            |gap: usize| [file(SRAT, b"x"), trailer(), vec![0; gap], file(SRAT, b"y"), trailer()].concat();
        for gap in [0, 4, 8, 508] {
            assert_eq!(found(&two(gap)).len(), 2, "{gap}");
        }
        for gap in [1, 2, 3, 5, 511] {
            let bytes = two(gap);
            assert_eq!(found(&bytes).len(), 1, "{gap}");
        }
        // At an odd address the padding of the very first entry already differs.
        let bytes = [file(SRAT, b"xyz"), file(SRAT, b"y"), trailer()].concat();
        assert_eq!(Scan::at_address(&bytes, ACPI_PREFIX, 0x1000).count(), 3);
        let entry = Scan::at_address(&bytes, ACPI_PREFIX, 0x1001).next().unwrap();
        assert_eq!((entry.data_at, entry.next_at), (143, 147));
    }
}
