//! Binary tables as they lie in memory and in files: one, or several back to back.

use crate::bytes::{u8_at, u32_at};
use crate::table::{self, HEADER_LEN, Signature, rsdp};
use std::fmt;
use std::ops::Range;

/// The tables that begin with a signature and a length and have nothing else of a header, with the least length of
/// each in bytes (ACPI 6.5, 5.2.10; S3PT: 5.2.24).
const SHORT_HEADERS: [(Signature, usize); 2] = [(Signature(*b"FACS"), 64), (Signature(*b"S3PT"), 8)];

/// No real table comes near this; a larger length after the end of a table is no length.
const PLAUSIBLE_LEN: u64 = 1 << 24;

/// What stands between the bytes and the table that they seem to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The length is less than the table's own header.
    Short {
        /// The length that the header gives, in bytes.
        length: u64,
        /// The least that it can be.
        minimum: usize,
    },
    /// The length reaches past the end of the bytes.
    Beyond {
        /// The length that the header gives, in bytes.
        length: u64,
        /// What is there.
        available: usize,
    },
    /// The bytes do not begin like a table.
    NoTable,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Short { length, minimum } => {
                write!(
                    out,
                    "the header's length is {length}, less than the {minimum} bytes of the header itself"
                )
            }
            Fault::Beyond { length, available } => {
                write!(out, "the header's length is {length} bytes, and only {available} are there")
            }
            Fault::NoTable => out.write_str("no ACPI table starts here"),
        }
    }
}

/// Where tables lie in some bytes, and where that ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// The tables, in order, without gaps but for zero bytes. A first table that is the only one reaches to the end
    /// of the bytes, whatever its header says: the length in it is for others to judge.
    pub tables: Vec<Range<usize>>,
    /// What is wrong, and at which byte: a table whose length cannot be right (it is the last in `tables`), or bytes
    /// after the last table that are none.
    pub fault: Option<(usize, Fault)>,
}

/// The name of the table that starts here: its signature, `RSDP`, or `CDAT`.
pub fn name(table: &[u8]) -> Signature {
    if table.starts_with(&rsdp::SIGNATURE) {
        return rsdp::NAME;
    }
    if table::is_cdat(table) {
        return table::CDAT;
    }
    Signature(crate::bytes::array_at(table, 0).unwrap_or_default())
}

/// Whether tables of this name have no header but a signature and a length: no revision, checksum or ids.
pub fn is_short_header(name: Signature) -> bool {
    SHORT_HEADERS.iter().any(|(short, _)| *short == name)
}

/// The length in bytes of the table that starts here, if its bytes can be those of a table and it is all there.
pub fn length(bytes: &[u8]) -> Result<usize, Fault> {
    length_within(bytes, bytes.len() as u64)
}

/// The same, where `bytes` are the first of `available` ones.
pub fn length_within(bytes: &[u8], available: u64) -> Result<usize, Fault> {
    let (length, minimum) = declared(bytes).ok_or(Fault::NoTable)?;
    let available = usize::try_from(available).unwrap_or(usize::MAX);
    match usize::try_from(length) {
        Ok(fits) if fits <= available && fits >= minimum => Ok(fits),
        Ok(short) if short < minimum => Err(Fault::Short { length, minimum }),
        _ => Err(Fault::Beyond { length, available }),
    }
}

/// Whether `bytes`, the first of `len` ones, have the length of all in the place where a table has its own: whatever the
/// signature, that is no accident.
pub fn is_exactly(bytes: &[u8], len: u64) -> bool {
    len >= HEADER_LEN as u64 && u32_at(bytes, 4).is_some_and(|length| u64::from(length) == len)
}

/// Divides bytes into tables. Empty when they do not begin with one.
pub fn split(bytes: &[u8]) -> Split {
    let mut split = Split::default();
    if table::is_cdat(bytes) {
        split.tables.push(0..bytes.len());
        return split;
    }
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match length(rest) {
            Ok(length) => {
                split.tables.push(at..at.saturating_add(length));
                at = at.saturating_add(length);
            }
            Err(fault) if at == 0 => {
                let least = if bytes.starts_with(&rsdp::SIGNATURE) { rsdp::V1_LEN } else { HEADER_LEN };
                let exact = u32_at(bytes, 4).is_some_and(|length| length as usize == bytes.len());
                if bytes.len() >= least && (exact || fault != Fault::NoTable && looks_like_table(bytes)) {
                    split.tables.push(0..bytes.len());
                    split.fault = (!exact).then_some((0, fault));
                }
                return split;
            }
            Err(Fault::Beyond { length, available })
                if length < PLAUSIBLE_LEN && available >= HEADER_LEN && looks_like_table(rest) =>
            {
                split.tables.push(at..bytes.len());
                split.fault = Some((at, Fault::Beyond { length, available }));
                return split;
            }
            Err(fault) => {
                let zeros = rest.iter().take_while(|byte| **byte == 0).count();
                let next = at.saturating_add(zeros);
                if zeros > 0 && bytes.get(next..).is_some_and(length_ok) {
                    at = next;
                    continue;
                }
                match split.tables.as_mut_slice() {
                    [only] => only.end = bytes.len(),
                    _ => split.fault = Some((at, fault)),
                }
                return split;
            }
        }
    }
    split
}

fn length_ok(bytes: &[u8]) -> bool {
    length(bytes).is_ok()
}

/// The length that a table's own header gives and the least that it can be; `None` when this is no header.
pub fn declared(bytes: &[u8]) -> Option<(u64, usize)> {
    if bytes.starts_with(&rsdp::SIGNATURE) {
        return match u8_at(bytes, 15)? {
            0 | 1 => Some((rsdp::V1_LEN as u64, rsdp::V1_LEN)),
            _ => Some((u32_at(bytes, 20).map_or(rsdp::V2_LEN as u64, u64::from), rsdp::V2_LEN)),
        };
    }
    let signature = bytes.get(..4)?;
    let length = u64::from(u32_at(bytes, 4)?);
    let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if !signature.iter().all(printable) || signature.starts_with(b" ") {
        return None;
    }
    let short = SHORT_HEADERS.iter().find(|(name, _)| name.0 == signature);
    Some((length, short.map_or(HEADER_LEN, |(_, least)| *least)))
}

/// Whether a header whose length cannot be right is one all the same: most of its ids are printable or zero, and it is
/// no text, as its length has zero bytes.
fn looks_like_table(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEADER_LEN).unwrap_or(bytes);
    // In whatever encoding: 0x85 and 0xae are letters of some.
    let is_text = head.iter().all(|byte| matches!(byte, 9..=13 | 27 | 32..=126 | 128..));
    let ids = bytes.get(10..24).into_iter().chain(bytes.get(28..32)).flatten();
    let printable = ids.filter(|byte| byte.is_ascii_graphic() || matches!(byte, 0 | b' ')).count();
    let has_no_ids = bytes.starts_with(&rsdp::SIGNATURE) || is_short_header(name(bytes));
    !is_text && (has_no_ids || printable >= 12)
}
