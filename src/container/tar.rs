//! Tar archives, as far as a tree of small files needs them: the ustar format with the long names of GNU tar and of pax.

use super::read_at::{ReadAt, ReadError};
use crate::budget::{self, Exceeded};
use crate::bytes::{bytes_at, u8_at};

/// Headers and data stand at multiples of this.
pub const BLOCK: usize = 512;
/// What an entry takes of memory besides its names: here, and in the index that is made of it.
const ENTRY_COST: u64 = 384;
/// The longest name or list of pax records that is taken.
const LONGEST: u64 = 64 << 10;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TarKind {
    /// A file with its bytes.
    File,
    /// Another name of the file with this name.
    HardLink(Vec<u8>),
    /// A symbolic link, and where it points.
    Link(Vec<u8>),
    /// A folder.
    Folder,
    /// A device, a pipe, a sparse file: nothing that is read here.
    Other,
}

/// One entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name as it is there.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: TarKind,
    /// Where its bytes begin.
    pub data_at: u64,
    /// How many there are.
    pub len: u64,
}

/// Why an archive is not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TarError {
    /// A header's sum is wrong: no archive, or a damaged one.
    #[error("byte {at}: the header's sum is {found}, expected {expected}")]
    Sum {
        /// Where the header stands.
        at: u64,
        /// What the bytes sum to.
        found: u64,
        /// What the header says.
        expected: u64,
    },
    /// The header has no readable length.
    #[error("byte {at}: no number of bytes")]
    Number {
        /// Where the number stands.
        at: u64,
    },
    /// A name or a list of pax records that is longer than any.
    #[error("byte {at}: a name of {len} bytes, expected {LONGEST} at most")]
    Name {
        /// Where its header stands.
        at: u64,
        /// Its length.
        len: u64,
    },
    /// More entries than there is memory for.
    #[error("byte {at}: {error}")]
    Memory {
        /// Where the header of the one too many stands.
        at: u64,
        /// The limit. Part of the message, so no source of this error besides.
        error: Exceeded,
    },
    /// The bytes end before they should, or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl TarError {
    /// Where the archive breaks, in bytes.
    pub fn at(&self) -> u64 {
        match self {
            TarError::Sum { at, .. }
            | TarError::Number { at }
            | TarError::Name { at, .. }
            | TarError::Memory { at, .. } => *at,
            TarError::Read(ReadError::End { at, .. } | ReadError::System { at, .. }) => *at,
        }
    }
}

/// Whether an archive begins with these bytes: its first header's sum is right.
pub fn is_tar(bytes: &[u8]) -> bool {
    let header = bytes_at(bytes, 0, BLOCK);
    header.is_some_and(|header| header.first() != Some(&0) && check_sum(header, 0).is_ok())
}

/// Whether an archive that begins with these bytes is to be an override archive or an initrd, and not the copy of a machine: one
/// of the entries whose headers are there is `kernel` or the first program.
pub fn is_initrd(bytes: &[u8]) -> bool {
    let mut at = 0_usize;
    while let Some(header) = bytes_at(bytes, at, BLOCK).filter(|header| is_tar(header)) {
        let name = header.get(..100).unwrap_or_default().split(|byte| *byte == 0).next().unwrap_or_default();
        let name = name.strip_prefix(b"./").unwrap_or(name);
        if name == b"init" || name.starts_with(b"kernel/") {
            return true;
        }
        let digits = header.get(124..135).unwrap_or_default();
        let digits = std::str::from_utf8(digits).unwrap_or_default().trim_matches([' ', '\0']);
        let Ok(len) = usize::from_str_radix(digits, 8) else { return false };
        at = at.saturating_add(BLOCK).saturating_add(len.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    false
}

/// The entries of an archive, in its order. Nothing of their data is read.
///
/// # Errors
/// [`TarError`] when the archive is damaged or cut off, or has too many entries.
///
/// # Spec
/// POSIX.1-2017, pax: "ustar Interchange Format" and "pax Extended Header"; the GNU tar manual, "Basic Tar Format".
pub fn read(archive: &(impl ReadAt + ?Sized)) -> Result<Vec<Entry>, TarError> {
    let mut entries = Vec::new();
    let mut next = Extended::default();
    let mut at = 0;
    while at < archive.end() {
        let header = archive.read_vec(at, BLOCK)?;
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        check_sum(&header, at)?;
        let kind = u8_at(&header, 156).unwrap_or(0);
        let is_extended = matches!(kind, b'L' | b'K' | b'x' | b'g');
        let own = number(bytes_at(&header, 124, 12).unwrap_or_default());
        let own = own.ok_or(TarError::Number { at: at.saturating_add(124) })?;
        // The size in a pax record is that of the file behind it.
        let len = next.size.filter(|_| !is_extended).unwrap_or(own);
        // Links and the like may tell a size, and have no data.
        let len = if matches!(kind, b'1'..=b'6') { 0 } else { len };
        let data_at = at.saturating_add(BLOCK as u64);
        let end = data_at.checked_add(len).filter(|end| *end <= archive.end());
        let end = end.ok_or(ReadError::End { at: data_at, len, end: archive.end() })?;
        if is_extended {
            if len > LONGEST {
                return Err(TarError::Name { at, len });
            }
            let text = archive.read_vec(data_at, usize::try_from(len).unwrap_or(0))?;
            next.take(kind, &text);
        } else {
            let next = std::mem::take(&mut next);
            let link = next.link.unwrap_or_else(|| until_nul(&header, 157, 100));
            let kind = match kind {
                0 | b'0' | b'7' => TarKind::File,
                b'1' => TarKind::HardLink(link),
                b'2' => TarKind::Link(link),
                b'5' => TarKind::Folder,
                _ => TarKind::Other,
            };
            let name = next.name.unwrap_or_else(|| name(&header));
            let link =
                if let TarKind::Link(target) | TarKind::HardLink(target) = &kind { target.len() } else { 0 };
            const WHAT: &str = "the list of its entries";
            let cost = ENTRY_COST.saturating_add(2 * (name.len() + link) as u64);
            let asked = budget::take(cost, WHAT);
            let pushed =
                asked.and_then(|()| budget::push(&mut entries, Entry { name, kind, data_at, len }, WHAT));
            pushed.map_err(|error| TarError::Memory { at, error })?;
        }
        at = end.next_multiple_of(BLOCK as u64);
    }
    Ok(entries)
}

/// What headers in front of an entry say of it.
#[derive(Debug, Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Extended {
    fn take(&mut self, kind: u8, text: &[u8]) {
        match kind {
            b'L' => self.name = Some(until_nul(text, 0, text.len())),
            b'K' => self.link = Some(until_nul(text, 0, text.len())),
            b'x' => self.records(text),
            // Records for all entries: nothing of use is among them.
            _ => {}
        }
    }

    /// `LENGTH NAME=VALUE\n`, one behind the other; the length counts all of that.
    fn records(&mut self, mut text: &[u8]) {
        while let Some(blank) = text.iter().position(|byte| *byte == b' ') {
            let digits = text.get(..blank).and_then(|digits| std::str::from_utf8(digits).ok());
            let Some(len) = digits.and_then(|digits| digits.parse::<usize>().ok()) else { return };
            let Some(record) = text.get(blank + 1..len.saturating_sub(1)) else { return };
            if let Some(equals) = record.iter().position(|byte| *byte == b'=') {
                let (key, value) = record.split_at(equals);
                let value = value.get(1..).unwrap_or_default();
                match key {
                    b"path" => self.name = Some(value.to_vec()),
                    b"linkpath" => self.link = Some(value.to_vec()),
                    b"size" => {
                        self.size = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
                    }
                    _ => {}
                }
            }
            text = text.get(len..).unwrap_or_default();
        }
    }
}

fn check_sum(header: &[u8], at: u64) -> Result<(), TarError> {
    let blanks = 148..156;
    let sum =
        |index: usize, byte: &u8| if blanks.contains(&index) { u64::from(b' ') } else { u64::from(*byte) };
    let found = header.iter().enumerate().map(|(index, byte)| sum(index, byte)).sum();
    let expected = number(bytes_at(header, 148, 8).unwrap_or_default()).unwrap_or(0);
    if found == expected { Ok(()) } else { Err(TarError::Sum { at, found, expected }) }
}

/// An octal number with blanks or NULs around it, or a binary one behind a byte of 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let low: [u8; 8] = low.try_into().ok()?;
        return high.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(low));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The name in a header: in ustar, what stands in the prefix comes in front of it.
fn name(header: &[u8]) -> Vec<u8> {
    let name = until_nul(header, 0, 100);
    // GNU tar's own format, "ustar " and a blank, has times where ustar has the prefix.
    let prefix = match bytes_at(header, 257, 6) {
        Some(b"ustar\0") => until_nul(header, 345, 155),
        _ => Vec::new(),
    };
    if prefix.is_empty() { name } else { [&prefix[..], b"/", &name].concat() }
}

fn until_nul(bytes: &[u8], at: usize, len: usize) -> Vec<u8> {
    let field = bytes_at(bytes, at, len).unwrap_or_default();
    field.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// What is written of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarContent<'a> {
    /// Its bytes.
    File(&'a [u8]),
    /// A symbolic link, and where it points.
    Link(&'a str),
}

/// An archive of files in the order given, each of user and group 0, of mode 0644 and with the time `mtime` in seconds
/// since 1970: the same files always give the same bytes. `None` for a name that has no place in a header.
///
/// # Spec
/// POSIX.1-2017, pax: "ustar Interchange Format".
pub fn write<'a>(files: impl IntoIterator<Item = (&'a str, TarContent<'a>)>, mtime: u32) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for (name, content) in files {
        let (kind, data, link) = match content {
            TarContent::File(data) => (b'0', data, ""),
            TarContent::Link(target) => (b'2', &[][..], target),
        };
        let (prefix, name) = split(name)?;
        let mut header = Vec::with_capacity(BLOCK);
        let mut put = |at: usize, text: &str| {
            header.resize(at, 0);
            header.extend(text.as_bytes());
        };
        put(0, name);
        put(100, if kind == b'2' { "0000777" } else { "0000644" });
        put(108, "0000000");
        put(116, "0000000");
        put(124, &format!("{:011o}", data.len()));
        put(136, &format!("{mtime:011o}"));
        put(148, "        ");
        put(156, if kind == b'2' { "2" } else { "0" });
        put(157, if link.len() <= 100 && !link.contains('\0') { link } else { return None });
        put(257, "ustar\x0000root");
        put(297, "root");
        put(329, "0000000");
        put(337, "0000000");
        put(345, prefix);
        header.resize(BLOCK, 0);
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header.splice(148..156, format!("{sum:06o}\0 ").into_bytes());
        out.extend(header);
        out.extend(data);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    // Two blocks of zeros, filled up to a record of twenty as tar does.
    out.resize((out.len() + 2 * BLOCK).next_multiple_of(20 * BLOCK), 0);
    Some(out)
}

/// A name as prefix and name of a header: up to 155 and 100 bytes, parted at a slash.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.is_empty() || name.contains('\0') {
        return None;
    }
    if name.len() <= 100 {
        return Some(("", name));
    }
    let mut slashes = name.match_indices('/').map(|(at, _)| at);
    let at = slashes.find(|at| name.len() - at - 1 <= 100 && *at <= 155 && *at > 0)?;
    Some((name.get(..at)?, name.get(at + 1..)?)).filter(|(_, name)| !name.is_empty())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn archive() -> Vec<u8> {
        let long = format!("{}/{}", "a".repeat(90), "b".repeat(60));
        let files = [
            ("proc/cmdline", TarContent::File(b"quiet\n")),
            ("node0", TarContent::Link("../x")),
            (&long, TarContent::File(&[7; 600])),
        ];
        write(files, 1).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = archive();
        assert_eq!(bytes.len() % (20 * BLOCK), 0);
        let entries = read(&bytes[..]).unwrap();
        let data = |entry: &Entry| bytes[entry.data_at as usize..][..entry.len as usize].to_vec();
        assert_eq!(
            (entries[0].name.as_slice(), data(&entries[0])),
            (&b"proc/cmdline"[..], b"quiet\n".to_vec())
        );
        assert_eq!(entries[1].kind, TarKind::Link(b"../x".to_vec()));
        assert_eq!((entries[2].name.len(), data(&entries[2])), (151, vec![7; 600]));
        assert_eq!(write([("", TarContent::File(b""))], 0), None);
        assert_eq!(write([("x".repeat(101).as_str(), TarContent::File(b""))], 0), None);
        assert_eq!(read(&b""[..]).unwrap(), []);
    }

    #[test]
    fn damage_is_told() {
        let bytes = archive();
        let mut wrong = bytes.clone();
        wrong[0] ^= 1;
        assert!(matches!(read(&wrong[..]), Err(TarError::Sum { at: 0, .. })));
        for end in [1, 511, 515, 1024, 1500, 2100] {
            let cut = read(&bytes[..end]);
            assert!(
                end % BLOCK == 0 && cut.is_ok() || matches!(cut, Err(TarError::Read(_))),
                "{end}: {cut:?}"
            );
        }
    }

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"  644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]), Some(2 << 24));
        assert_eq!(number(&[0x80, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0]), None);
        assert_eq!((number(b"9"), number(b"-1"), number(&[0xff; 12])), (None, None, None));
    }

    proptest! {
        #[test]
        fn any_bytes_end(start in 0..2600usize, noise in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = archive();
            for (at, byte) in noise.iter().enumerate() {
                bytes[start + at] = *byte;
            }
            // The header's sum is fixed, so that what is behind it gets its turn.
            for header in [0, 1024, 1536] {
                let sum: u32 = bytes[header..header + BLOCK].iter().enumerate()
                    .map(|(at, byte)| u32::from(if (148..156).contains(&at) { b' ' } else { *byte })).sum();
                bytes[header + 148..header + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
            if let Ok(entries) = read(&bytes[..]) {
                let mut at = 0;
                for entry in entries {
                    assert!(entry.data_at > at && entry.data_at + entry.len <= bytes.len() as u64);
                    at = entry.data_at;
                }
            }
        }
    }
}
