//! The beginning of an initrd, as far as the kernel's search for tables reads it, without what other files hold.

use crate::bytes::array_at;
use crate::container::cpio::header::{HEADER_LEN, Header};
use crate::container::cpio::walk::Walk;
use crate::container::initrd::held;
use crate::container::read_at::{Buffered, ReadAt, ReadError};
use crate::source::capture::aml::{self, Taken};
use crate::source::capture::mask::Mask;
use crate::table::HEADER_LEN as TABLE_HEADER_LEN;

/// The most that is kept.
const LIMIT: usize = 32 << 20;
/// What is kept of where the search ends: enough to see what stands there.
const TAIL: u64 = 16;
/// The longest name that is kept of an entry at which the search ends.
const NAME_LEN: u32 = 256;

/// The part of an initrd that decides which tables the kernel sees. Offsets stay; the data of files that are no tables are
/// zeros, so that microcode, keys and whatever else is there stays behind. `notes` gets what was made of each table, by where
/// it begins.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub(super) fn early(
    initrd: impl ReadAt,
    mask: &mut Mask,
    notes: &mut Vec<(usize, Taken)>,
) -> Result<Vec<u8>, ReadError> {
    let source = Buffered::new(initrd);
    let mut out = Vec::new();
    let read_to = |out: &mut Vec<u8>, end: u64| {
        let end = usize::try_from(end.min(source.end())).unwrap_or(LIMIT).min(LIMIT);
        let at = out.len();
        out.extend(source.read_vec(at as u64, end.saturating_sub(at))?);
        Ok::<(), ReadError>(())
    };
    let mut walk = Walk::at_address(&source, 0);
    while let Some(place) = walk.advance()? {
        read_to(&mut out, place.data_at)?;
        if held::is_table(&source, &place)? {
            let data_at = out.len();
            read_to(&mut out, place.next_at)?;
            let len = usize::try_from(place.header.file_size).unwrap_or(LIMIT);
            let end = data_at.saturating_add(len).min(out.len());
            if let Some(table) = out.get_mut(data_at..end) {
                let taken = aml::take(table, "", mask);
                if let Taken::Header(..) = taken {
                    blank(table);
                }
                notes.push((data_at, taken));
            }
        }
        let next = usize::try_from(place.next_at).unwrap_or(LIMIT).min(LIMIT);
        out.resize(next.max(out.len()), 0);
        if next == LIMIT {
            return Ok(out);
        }
    }
    let stop = walk.stop().map_or(walk.at(), |stop| stop.at).max(out.len() as u64);
    // Of an entry that is not whole, the header and the name.
    let is_whole = source.end().saturating_sub(stop) >= HEADER_LEN as u64;
    let header = if is_whole { array_at(&source.read_vec(stop, HEADER_LEN)?, 0) } else { None };
    let tail = header
        .and_then(|bytes| Header::parse(&bytes).ok())
        .map_or(TAIL, |header| HEADER_LEN as u64 + u64::from(header.name_size.min(NAME_LEN)));
    read_to(&mut out, stop.saturating_add(tail))?;
    Ok(out)
}

/// Takes out what follows a table's header, or its signature where it has no whole header. The sum of its bytes stays what it was,
/// which decides whether the kernel takes it.
fn blank(table: &mut [u8]) {
    let kept = if table.len() < TABLE_HEADER_LEN { 4 } else { TABLE_HEADER_LEN };
    let Some(body) = table.get_mut(kept..) else { return };
    let sum = crate::bytes::sum8(body);
    body.fill(0);
    if let Some(last) = body.last_mut() {
        *last = sum;
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::source::capture::secrets::Kind;

    fn early(initrd: &[u8], keep: &[Kind]) -> Result<Vec<u8>, ReadError> {
        super::early(initrd, &mut Mask::new(keep), &mut Vec::new())
    }
    use crate::container::cpio::build::{File, build};
    use crate::container::cpio::early::{ACPI_PREFIX, Scan};

    #[test]
    fn tables_stay_and_other_data_go() {
        let tables = build(&[File { name: "srat.aml", data: b"SRAT-table" }], 0).unwrap().bytes;
        let mut other = Vec::new();
        let mut entry = cpio::newc::Builder::new("etc/key").mode(0o100_600).write(&mut other, 6);
        std::io::Write::write_all(&mut entry, b"secret").unwrap();
        entry.finish().unwrap();
        cpio::newc::trailer(&mut other).unwrap();
        let initrd = [&other[..], &tables, b"\x1f\x8b", &[7; 4096]].concat();
        let kept = early(&initrd, &[]).unwrap();
        assert_eq!(kept.len(), other.len() + tables.len() + TAIL as usize);
        assert!(!kept.windows(6).any(|part| part == b"secret"));
        let seen = |bytes: &[u8]| {
            let entries = Scan::new(bytes, ACPI_PREFIX).filter(|entry| entry.matched.is_some());
            entries.map(|entry| (entry.data_at, entry.data.to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(seen(&kept), seen(&initrd));
        assert_eq!(seen(&kept).len(), 1);
        assert_eq!(early(b"\x1f\x8b", &[]).unwrap(), b"\x1f\x8b");
        // An entry that is cut off: its header and name, and nothing of what it holds.
        let cut = [&tables[..], &other[..HEADER_LEN + 8 + 4]].concat();
        let (kept, name_end) = (early(&cut, &[]).unwrap(), tables.len() + HEADER_LEN + 8);
        assert_eq!(kept, cut[..name_end]);
    }

    #[test]
    fn tables_with_secrets_keep_header_and_sum() {
        let mut table = vec![0u8; 60];
        table[..4].copy_from_slice(b"iBFT");
        table[4] = 60;
        table[40..46].copy_from_slice(b"secret");
        let initrd = build(&[File { name: "ibft.aml", data: &table }], 0).unwrap().bytes;
        let kept = early(&initrd, &[]).unwrap();
        let at = kept.windows(4).position(|part| part == b"iBFT").unwrap();
        assert_eq!(&kept[at..at + 36], &table[..36]);
        assert!(!kept.windows(6).any(|part| part == b"secret"));
        assert_eq!(crate::bytes::sum8(&kept[at..at + 60]), crate::bytes::sum8(&table));
        let asked = early(&initrd, &[Kind::Secrets]).unwrap();
        assert!(asked.windows(6).any(|part| part == b"secret"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_cut(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            assert!(early(&bytes, &[]).unwrap().len() <= bytes.len());
        }
    }
}
