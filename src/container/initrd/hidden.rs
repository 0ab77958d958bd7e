//! Tables that stand in an initrd where the early search does not get, found by their names.

use crate::bytes::array_at;
use crate::container::cpio::early::ACPI_PREFIX;
use crate::container::cpio::header::{HEADER_LEN, Header};
use crate::container::cpio::walk::{Stop, StopReason};
use crate::container::read_at::{ReadAt, ReadError};
use crate::table;
use std::ops::Range;

/// How many tables are kept.
const MOST_KEPT: usize = 256;
/// The longest name that is read.
const LONGEST_NAME: usize = 1024;
/// How much is looked through in one go.
const STRIDE: u64 = 256 << 10;

/// A header that would be that of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Where its header stands, in bytes from the start of the data.
    pub at: u64,
    /// The file's name.
    pub name: Vec<u8>,
    /// Where its data begin.
    pub data_at: u64,
    /// Length of its data in bytes; they need not all be there.
    pub size: u64,
    /// The first of its bytes, at most as many as a table's header has.
    pub head: Vec<u8>,
}

/// Headers of newc entries in `range` that would be those of override tables: what stands behind a compressed part, where
/// the early search never gets, or at a place that it misses. No more than 256 are given.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn hidden_tables(source: &impl ReadAt, range: Range<u64>) -> Result<Vec<Hidden>, ReadError> {
    let mut out = Vec::new();
    let end = range.end.min(source.end());
    let (mut at, mut bytes) = (range.start, Vec::new());
    while at < end && out.len() < MOST_KEPT {
        // A name can begin in the zeros in front of data, if nowhere else.
        let data = source.data_from(at).start.saturating_sub(ACPI_PREFIX.len() as u64);
        at = at.max(data.min(end));
        let len = usize::try_from(end.saturating_sub(at).min(STRIDE)).unwrap_or(0);
        bytes.resize(len, 0);
        source.read_at(at, &mut bytes)?;
        for found in memchr::memmem::find_iter(&bytes, ACPI_PREFIX) {
            let name_at = at.saturating_add(found as u64);
            out.extend(table_at(source, range.start, name_at)?);
        }
        // What stands across the border is found in the next stretch.
        let kept = ACPI_PREFIX.len().saturating_sub(1) as u64;
        let next = at.saturating_add(len as u64);
        at = if next < end { next.saturating_sub(kept).max(at.saturating_add(1)) } else { next };
    }
    out.truncate(MOST_KEPT);
    Ok(out)
}

/// The header whose name stands at `name_at`, if it is that of a table.
fn table_at(source: &impl ReadAt, from: u64, name_at: u64) -> Result<Option<Hidden>, ReadError> {
    let Some(at) = name_at.checked_sub(HEADER_LEN as u64).filter(|at| *at >= from) else { return Ok(None) };
    let Some(digits) = array_at(&source.read_vec(at, HEADER_LEN)?, 0) else { return Ok(None) };
    let Ok(header) = Header::parse(&digits) else { return Ok(None) };
    let left = usize::try_from(source.end().saturating_sub(name_at)).unwrap_or(usize::MAX);
    let size = header.name_size as usize;
    if !header.is_newc() || !header.is_regular() || size > left {
        return Ok(None);
    }
    let name = source.read_vec(name_at, size.min(LONGEST_NAME))?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    // Alignment is that of the archive, which need not stand at a multiple of 4.
    let name_end = (HEADER_LEN as u64).saturating_add(size as u64);
    let data_at = at.saturating_add(name_end.next_multiple_of(4));
    let left = usize::try_from(source.end().saturating_sub(data_at)).unwrap_or(usize::MAX);
    let head_len = table::HEADER_LEN.min(header.file_size as usize).min(left);
    let head = source.read_vec(data_at.min(source.end()), head_len)?;
    Ok(Some(Hidden { at, name, data_at, size: header.file_size.into(), head }))
}

/// Where the header that the early search missed really stands, when it is less than four bytes away from where the search
/// stopped: the parts of the initrd were put together without filling the first one up to a multiple of 4.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn misplaced_header(source: &impl ReadAt, stop: Stop) -> Result<Option<u64>, ReadError> {
    if !matches!(stop.reason, StopReason::NotHex { .. } | StopReason::Magic { .. }) {
        return Ok(None);
    }
    let start = stop.at.saturating_sub(3);
    let len = source.end().saturating_sub(start).min(HEADER_LEN as u64 + 6);
    let bytes = source.read_vec(start, usize::try_from(len).unwrap_or(0))?;
    let is_header = |at: &u64| {
        let digits = usize::try_from(at.saturating_sub(start)).ok().and_then(|index| array_at(&bytes, index));
        *at != stop.at
            && digits.is_some_and(|digits| Header::parse(&digits).is_ok_and(|header| header.is_newc()))
    };
    Ok((start..=stop.at.saturating_add(3)).find(is_header))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::container::cpio::build::{File, build};
    use crate::container::cpio::early::find_all;

    #[test]
    fn tables_out_of_sight_are_found_wherever_they_are() {
        let archive = build(&[File { name: "srat.aml", data: b"SRAT" }], 0).unwrap();
        let header_at = archive.files[0].header_at as u64;
        for front in [12, 500, STRIDE as usize - 400, STRIDE as usize - header_at as usize - 120, 700_000] {
            let bytes = [&vec![0x1f; front][..], &archive.bytes].concat();
            let found = hidden_tables(&bytes.as_slice(), 0..bytes.len() as u64).unwrap();
            let at = front as u64 + header_at;
            let data_at = (front + archive.files[0].data_at) as u64;
            let name = b"kernel/firmware/acpi/srat.aml".to_vec();
            assert_eq!(found, [Hidden { at, name, data_at, size: 4, head: b"SRAT".to_vec() }], "{front}");
            let none = hidden_tables(&bytes.as_slice(), at + 1..bytes.len() as u64).unwrap();
            assert_eq!(none, []);
        }
        let cut = &archive.bytes[..archive.files[0].header_at + 120];
        assert_eq!(hidden_tables(&cut, 0..u64::MAX), Ok(vec![]));
        assert_eq!(hidden_tables(&ACPI_PREFIX, 0..u64::MAX), Ok(vec![]));
    }

    #[test]
    fn a_header_beside_the_place_is_found() {
        let archive = build(&[File { name: "srat.aml", data: b"SRAT" }], 0).unwrap().bytes;
        for gap in 1..4 {
            let bytes = [&archive[..], &vec![0; gap], &archive].concat();
            let stop = find_all(&bytes, ACPI_PREFIX).1;
            assert_eq!(misplaced_header(&bytes.as_slice(), stop), Ok(Some((archive.len() + gap) as u64)));
        }
        let bytes = [&archive[..], b"\x1f\x8b\x08"].concat();
        let stop = find_all(&bytes, ACPI_PREFIX).1;
        assert_eq!(misplaced_header(&bytes.as_slice(), stop), Ok(None));
    }
}
