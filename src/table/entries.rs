//! The walk over entries that begin with a type byte and a length byte, as SRAT, MADT and their like have them.

use crate::bytes::u8_at;

/// Length of an entry's own head in bytes: type and length.
pub const ENTRY_HEAD_LEN: usize = 2;

/// One entry, as far as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Where it starts, in bytes from the start of the table.
    pub offset: usize,
    /// Its type byte.
    pub kind: u8,
    /// Its length byte, never 0.
    pub length: u8,
    /// Its bytes, head included: `length` of them, or fewer when the table ends before the entry does.
    pub bytes: &'a [u8],
}

impl Entry<'_> {
    /// Whether the table has all bytes that the length byte claims.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == usize::from(self.length)
    }
}

/// An entry that the walk cannot pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset:#x}: an entry of type {kind} has length 0, which ends the table's entries")]
pub struct ZeroLength<'a> {
    /// Where it starts, in bytes from the start of the table.
    pub offset: usize,
    /// Its type byte.
    pub kind: u8,
    /// Everything from its first byte to the end of the table.
    pub rest: &'a [u8],
}

/// The entries of a table, in order; see [`Entries::new`].
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    table: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    /// Walks `table` (which ends where its last entry may end) from byte `first`.
    ///
    /// Each step moves by the length byte, as Linux does, whatever the type's own size is. An entry that runs past the
    /// end is the last one and not whole. A length of 0 yields one [`ZeroLength`] and ends the walk.
    /// One or two bytes at the end are no entry: see [`Entries::rest`].
    ///
    /// # Kernel
    /// `acpi_parse_entries_array` in drivers/acpi/tables.c, 5.10 and 6.1; lib/fw_table.c from 6.7.
    pub fn new(table: &'a [u8], first: usize) -> Self {
        Entries { table, at: first.min(table.len()) }
    }

    /// The bytes that the walk has not passed; after its end, those that are no entry.
    pub fn rest(&self) -> &'a [u8] {
        self.table.get(self.at..).unwrap_or_default()
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ZeroLength<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (offset, rest) = (self.at, self.rest());
        if rest.len() <= ENTRY_HEAD_LEN {
            return None;
        }
        let (kind, length) = (u8_at(rest, 0)?, u8_at(rest, 1)?);
        if length == 0 {
            self.at = self.table.len();
            return Some(Err(ZeroLength { offset, kind, rest }));
        }
        let bytes = rest.get(..usize::from(length)).unwrap_or(rest);
        self.at = offset.saturating_add(bytes.len());
        Some(Ok(Entry { offset, kind, length, bytes }))
    }
}

impl std::iter::FusedIterator for Entries<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_follows_length_bytes_and_ends() {
        let table = [9, 9, 1, 3, 7, 2, 1, 5, 9, 0, 0];
        let mut walk = Entries::new(&table, 2);
        let first = walk.next().unwrap().unwrap();
        assert_eq!((first.offset, first.kind, first.bytes), (2, 1, &table[2..5]));
        let second = walk.next().unwrap().unwrap();
        assert_eq!((second.offset, second.length, second.is_whole()), (5, 1, true));
        let third = walk.next().unwrap().unwrap();
        assert_eq!((third.offset, third.kind, third.length, third.is_whole()), (6, 1, 5, true));
        assert_eq!(walk.next(), None);
        assert!(walk.rest().is_empty());
    }

    #[test]
    fn zero_length_past_the_end_and_trailing_bytes() {
        let table = [4, 0, 1, 2];
        let mut walk = Entries::new(&table, 0);
        assert_eq!(walk.next(), Some(Err(ZeroLength { offset: 0, kind: 4, rest: &table })));
        assert_eq!(walk.next(), None);
        let mut walk = Entries::new(&[1, 200, 3], 0);
        assert!(!walk.next().unwrap().unwrap().is_whole());
        assert_eq!(walk.next(), None);
        let mut walk = Entries::new(&[1, 3, 3, 0, 0], 0);
        assert_eq!(walk.by_ref().count(), 1);
        assert_eq!(walk.rest(), &[0, 0]);
        assert_eq!(Entries::new(&[1, 3, 3], 99).count(), 0);
    }
}
