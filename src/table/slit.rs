//! SLIT, the System Locality Information Table: how far each proximity domain is from each other one.
//!
//! # Spec
//! ACPI 6.5, 5.2.17.

use super::Signature;
use super::view::view;
use crate::bytes::{bytes_at, u64_at};

/// The signature.
pub const SIGNATURE: Signature = Signature(*b"SLIT");

/// Where the matrix starts: after the header and the number of localities.
pub const MATRIX_AT: usize = 44;

/// The distance of a domain to itself.
pub const LOCAL_DISTANCE: u8 = 10;

/// The distance that says: not reachable.
pub const UNREACHABLE: u8 = 255;

view! {
    /// A table with the SLIT's signature; any content.
    pub struct Slit of [SIGNATURE];
}

impl<'a> Slit<'a> {
    /// The table's bytes, cut to the header's length where that is shorter.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of localities that the table claims, all 64 bits; `None` when the table ends before it.
    pub fn localities(&self) -> Option<u64> {
        u64_at(self.bytes, 36)
    }

    /// Rows and columns of the matrix, when all of it is there.
    pub fn size(&self) -> Option<usize> {
        let size = usize::try_from(self.localities()?).ok()?;
        bytes_at(self.bytes, MATRIX_AT, size.checked_mul(size)?).map(|_| size)
    }

    /// The matrix in rows, when all of it is there.
    pub fn rows(&self) -> Option<impl ExactSizeIterator<Item = &'a [u8]>> {
        let size = self.size()?;
        let matrix = bytes_at(self.bytes, MATRIX_AT, size.checked_mul(size)?)?;
        Some(matrix.chunks_exact(size.max(1)))
    }

    /// The distance from one locality to another, when its byte is there.
    pub fn distance(&self, from: u64, to: u64) -> Option<u8> {
        let localities = self.localities()?;
        if from >= localities || to >= localities {
            return None;
        }
        let index = from.checked_mul(localities)?.checked_add(to)?;
        self.bytes.get(MATRIX_AT.checked_add(usize::try_from(index).ok()?)?).copied()
    }

    /// The bytes past the matrix, when all of the matrix is there.
    pub fn surplus(&self) -> &'a [u8] {
        let end =
            self.size().and_then(|size| size.checked_mul(size)).map(|len| len.saturating_add(MATRIX_AT));
        end.and_then(|end| self.bytes.get(end..)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slit(localities: u64, matrix: &[u8]) -> Vec<u8> {
        let length = (MATRIX_AT + matrix.len()) as u32;
        let mut table =
            [b"SLIT".as_slice(), &length.to_le_bytes(), &[0; 28], &localities.to_le_bytes()].concat();
        table.extend(matrix);
        table
    }

    #[test]
    fn distances_are_where_they_belong() {
        let table = slit(2, &[10, 20, 31, 10, 99]);
        let view = Slit::parse(&table).unwrap();
        assert_eq!((view.size(), view.distance(1, 0), view.distance(2, 0)), (Some(2), Some(31), None));
        assert_eq!(view.rows().unwrap().collect::<Vec<_>>(), [[10, 20], [31, 10]]);
        assert_eq!(view.surplus(), [99]);
    }

    #[test]
    fn a_matrix_that_is_not_there_is_not_read() {
        for localities in [0, 3, 1 << 32, u64::MAX] {
            let table = slit(localities, &[10, 20, 20, 10]);
            let view = Slit::parse(&table).unwrap();
            assert_eq!(view.localities(), Some(localities));
            assert_eq!(view.size(), (localities == 0).then_some(0));
            assert_eq!(view.rows().map_or(0, |rows| rows.count()), 0);
            assert_eq!(view.distance(0, 1), (localities > 1).then_some(20));
        }
    }
}
