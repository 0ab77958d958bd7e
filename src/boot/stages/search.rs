//! The early search in an initrd that need not be in memory: the tables, the microcode, and what is passed over although it
//! looks like a table. Of names and data no more is read than that needs.
//!
//! # Kernel
//! `find_cpio_data` in lib/earlycpio.c, as `acpi_table_upgrade` and the microcode loaders call it; 3.8 to 7.3.

use crate::boot::stages::upgrade::{self, Examined, UpgradeRules};
use crate::bytes::{contains_ignoring_case, sum8, u32_at};
use crate::container::cpio::early::{ACPI_PREFIX, MICROCODE_PREFIX};
use crate::container::cpio::header::TRAILER;
use crate::container::cpio::walk::{CpioPlace, Stop, StopReason, Walk};
use crate::container::read_at::{Buffered, ReadAt, ReadError};
use crate::table::HEADER_LEN;

/// How many files of each sort are kept.
pub const MOST_KEPT: usize = 256;
/// How many bytes of a name are read.
const MOST_OF_A_NAME: u32 = 1024;

/// An entry that the search comes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub place: CpioPlace,
    /// Its name up to the NUL.
    pub name: Vec<u8>,
}

/// A file below kernel/firmware/acpi/.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// Where it stands, and its name.
    pub entry: Found,
    /// The first of its bytes, at most as many as a table's header has.
    pub head: Vec<u8>,
    /// What becomes of it.
    pub outcome: Examined,
}

/// Why the search passes over an entry that is a table, or looks like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassedOver {
    /// It is below kernel/firmware/acpi/, and no regular file.
    NotRegular,
    /// Its name has kernel/firmware/acpi/ in it, but does not begin with that, letter by letter.
    Prefix,
    /// It is a table that this kernel takes, under quite another name.
    Elsewhere,
}

/// An entry that the search passes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Where it stands, and its name.
    pub entry: Found,
    /// Why it should be a table.
    pub why: PassedOver,
    /// The first of its bytes, at most as many as a table's header has.
    pub head: Vec<u8>,
}

/// What the early search sees of an initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The files below kernel/firmware/acpi/, in order; at most [`MOST_KEPT`].
    pub tables: Vec<TableFile>,
    /// The files below kernel/x86/microcode/, in order; at most [`MOST_KEPT`].
    pub microcode: Vec<Found>,
    /// What is passed over although it is a table or looks like one; at most [`MOST_KEPT`].
    pub passed_over: Vec<Passed>,
    /// How many of these are not kept.
    pub left_out: u64,
    /// How many entries the search walks over, trailers not counted.
    pub entries: u64,
    /// Where and why it ends.
    pub stop: Stop,
}

/// Goes over an initrd as the early search does.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn search(source: impl ReadAt, rules: &UpgradeRules) -> Result<Search, ReadError> {
    let source = Buffered::new(source);
    let end = Stop { at: source.end(), reason: StopReason::End { left: 0 } };
    let mut out = Search {
        tables: Vec::new(),
        microcode: Vec::new(),
        passed_over: Vec::new(),
        left_out: 0,
        entries: 0,
        stop: end,
    };
    let mut walk = Walk::at_address(&source, 0);
    while let Some(place) = walk.advance()? {
        let size = place.header.name_size.min(MOST_OF_A_NAME) as usize;
        let raw = source.read_vec(place.name_at, size)?;
        let name = raw.split(|byte| *byte == 0).next().unwrap_or_default();
        if name == TRAILER {
            continue;
        }
        out.entries = out.entries.saturating_add(1);
        let entry = || Found { place, name: name.to_vec() };
        let is_kept = if place.header.is_regular() && raw.starts_with(ACPI_PREFIX) {
            let head = head(&source, &place)?;
            let is_over_limit = out.tables.len() >= rules.limit;
            let outcome =
                if is_over_limit { Examined::NotExamined } else { examine(&source, &place, &head, rules)? };
            push(&mut out.tables, || TableFile { entry: entry(), head, outcome })
        } else if let Some(why) = passed_over(&source, &place, name, rules)? {
            let head = head(&source, &place)?;
            push(&mut out.passed_over, || Passed { entry: entry(), why, head })
        } else if place.header.is_regular() && raw.starts_with(MICROCODE_PREFIX) {
            push(&mut out.microcode, entry)
        } else {
            true
        };
        out.left_out = out.left_out.saturating_add(u64::from(!is_kept));
    }
    out.stop = walk.stop().unwrap_or(end);
    Ok(out)
}

/// Adds to a list that is not full. Gives whether there was room.
fn push<T>(list: &mut Vec<T>, new: impl FnOnce() -> T) -> bool {
    if list.len() >= MOST_KEPT {
        return false;
    }
    list.push(new());
    true
}

/// The first bytes of an entry's data, as many as a table's header has.
fn head(source: &impl ReadAt, place: &CpioPlace) -> Result<Vec<u8>, ReadError> {
    source.read_vec(place.data_at, HEADER_LEN.min(place.header.file_size as usize))
}

/// What the kernel makes of a file.
fn examine(
    source: &impl ReadAt,
    place: &CpioPlace,
    head: &[u8],
    rules: &UpgradeRules,
) -> Result<Examined, ReadError> {
    let size = place.header.file_size;
    match upgrade::examine_head(head, u64::from(size), rules.signatures) {
        Some(refused) => Ok(refused),
        None => Ok(Examined::of_sum(sum(source, place.data_at, size)?)),
    }
}

/// The sum of bytes that need not be in memory all at once.
fn sum(source: &impl ReadAt, at: u64, len: u32) -> Result<u8, ReadError> {
    const PIECE: usize = 64 << 10;
    let (mut sum, mut done) = (0u8, 0u64);
    let mut piece = vec![0; PIECE.min(len as usize)];
    while done < u64::from(len) {
        let left = usize::try_from(u64::from(len).saturating_sub(done)).unwrap_or(PIECE);
        piece.truncate(left);
        source.read_at(at.saturating_add(done), &mut piece)?;
        sum = sum.wrapping_add(sum8(&piece));
        done = done.saturating_add(piece.len() as u64);
    }
    Ok(sum)
}

/// Whether an entry that is none of the files which the search looks for should be one.
fn passed_over(
    source: &impl ReadAt,
    place: &CpioPlace,
    name: &[u8],
    rules: &UpgradeRules,
) -> Result<Option<PassedOver>, ReadError> {
    let header = &place.header;
    let is_below = name.starts_with(ACPI_PREFIX) && name.len() > ACPI_PREFIX.len();
    if is_below && (!header.is_directory() || header.file_size > 0) {
        return Ok(Some(PassedOver::NotRegular));
    }
    if header.is_regular() && contains_ignoring_case(name, ACPI_PREFIX) {
        return Ok(Some(PassedOver::Prefix));
    }
    if (header.file_size as usize) < HEADER_LEN || name.starts_with(MICROCODE_PREFIX) {
        return Ok(None);
    }
    // Mostly the length tells that it is none.
    let start = source.read_vec(place.data_at, 8)?;
    if u32_at(&start, 4) != Some(header.file_size) {
        return Ok(None);
    }
    let outcome = examine(source, place, &head(source, place)?, rules)?;
    Ok((outcome == Examined::Accepted).then_some(PassedOver::Elsewhere))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::boot::stages::upgrade::Lockdown;
    use crate::container::cpio::build::{File, build};

    const RULES: UpgradeRules =
        UpgradeRules { limit: 2, signatures: &[*b"SSDT"], lockdown: Lockdown::Off, prefixed: true };

    fn ssdt(len: usize) -> Vec<u8> {
        let mut table = vec![3; len];
        table[..4].copy_from_slice(b"SSDT");
        table[4..8].copy_from_slice(&(len as u32).to_le_bytes());
        table[9] = 0;
        table[9] = 0u8.wrapping_sub(sum8(&table));
        table
    }

    #[test]
    fn it_sees_what_the_search_in_memory_sees() {
        let (big, small) = (ssdt(200_000), ssdt(40));
        let mut bad = small.clone();
        bad[39] ^= 1;
        let all = [("a", &big[..]), ("b", &bad), ("c", &small), ("d", b"")];
        for count in 0..=all.len() {
            let files: Vec<_> = all[..count].iter().map(|(name, data)| File { name, data }).collect();
            let bytes = [build(&files, 0).unwrap().bytes, b"\x1f\x8b the rest".to_vec()].concat();
            for limit in 0..4 {
                let rules = UpgradeRules { limit, ..RULES };
                let (ours, theirs) =
                    (search(bytes.as_slice(), &rules).unwrap(), upgrade::upgrade(&bytes, &rules));
                assert_eq!(Some(ours.stop), theirs.stop);
                let told = theirs.files.iter().map(|file| (file.entry.name().to_vec(), file.outcome));
                let seen = ours.tables.iter().map(|file| (file.entry.name.clone(), file.outcome));
                assert!(seen.eq(told), "{count} {limit}");
                assert_eq!(ours.entries, 3 + count as u64);
            }
        }
    }
}
