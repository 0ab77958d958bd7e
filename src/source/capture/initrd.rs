//! The beginning of an initrd, as far as the kernel's search for tables reads it, without what other files hold.

use crate::bytes::array_at;
use crate::container::cpio::early::{ACPI_PREFIX, Scan};
use crate::container::cpio::header::{HEADER_LEN, Header};

/// The most that is kept.
const LIMIT: usize = 32 << 20;
/// What is kept of where the search ends: enough to see what stands there.
const TAIL: usize = 16;
/// The longest name that is kept of an entry at which the search ends.
const NAME_LEN: u32 = 256;

/// The part of an initrd that decides which tables the kernel sees. Offsets stay; the data of files that are no tables are
/// zeros, so that microcode, keys and whatever else is there stays behind.
pub fn early(initrd: &[u8]) -> Vec<u8> {
    let mut scan = Scan::new(initrd, ACPI_PREFIX);
    let mut others = Vec::new();
    let mut end = 0;
    for entry in scan.by_ref() {
        if entry.matched.is_none() {
            others.push(entry.data_at..entry.data_at.saturating_add(entry.data.len()));
        }
        end = entry.next_at;
    }
    let stop = scan.stop().and_then(|stop| usize::try_from(stop.at).ok()).unwrap_or(end).max(end);
    // Of an entry that is not whole, the header and the name.
    let header = array_at(initrd, stop).and_then(|bytes| Header::parse(&bytes).ok());
    let tail = header.map_or(TAIL, |header| HEADER_LEN + header.name_size.min(NAME_LEN) as usize);
    let kept = stop.saturating_add(tail).min(initrd.len()).min(LIMIT);
    let mut out = initrd.get(..kept).unwrap_or_default().to_vec();
    for range in others {
        if let Some(data) = out.get_mut(range.start..range.end.min(kept)) {
            data.fill(0);
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::container::cpio::build::{File, build};

    #[test]
    fn tables_stay_and_other_data_go() {
        let tables = build(&[File { name: "srat.aml", data: b"SRAT-table" }], 0).unwrap().bytes;
        let mut other = Vec::new();
        let mut entry = cpio::newc::Builder::new("etc/key").mode(0o100_600).write(&mut other, 6);
        std::io::Write::write_all(&mut entry, b"secret").unwrap();
        entry.finish().unwrap();
        cpio::newc::trailer(&mut other).unwrap();
        let initrd = [&other[..], &tables, b"\x1f\x8b", &[7; 4096]].concat();
        let kept = early(&initrd);
        assert_eq!(kept.len(), other.len() + tables.len() + TAIL);
        assert!(!kept.windows(6).any(|part| part == b"secret"));
        let seen = |bytes: &[u8]| {
            let entries = Scan::new(bytes, ACPI_PREFIX).filter(|entry| entry.matched.is_some());
            entries.map(|entry| (entry.data_at, entry.data.to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(seen(&kept), seen(&initrd));
        assert_eq!(seen(&kept).len(), 1);
        assert_eq!(early(b"\x1f\x8b"), b"\x1f\x8b");
        // An entry that is cut off: its header and name, and nothing of what it holds.
        let cut = [&tables[..], &other[..HEADER_LEN + 8 + 4]].concat();
        let (kept, name_end) = (early(&cut), tables.len() + HEADER_LEN + 8);
        assert_eq!(kept, cut[..name_end]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_cut(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            assert!(early(&bytes).len() <= bytes.len());
        }
    }
}
