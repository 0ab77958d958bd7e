//! Tables of which nothing says which one comes first, though that decides what Linux does: those of a kind of which it uses
//! one, and those of one identity, of which an archive replaces the first.

use crate::foreign::Foreign;
use crate::table::{Header, Signature};
use std::collections::{BTreeMap, HashSet};

/// Kinds of tables of which Linux uses the first and no other.
#[rustfmt::skip]
pub const SINGLE: [&[u8; 4]; 28] = [
    b"SRAT", b"SLIT", b"HMAT", b"MSCT", b"APIC", b"FACP", b"DSDT", b"BERT", b"BGRT", b"CEDT", b"DMAR", b"ECDT", b"EINJ", b"ERST",
    b"FPDT", b"GTDT", b"HEST", b"IORT", b"IVRS", b"MCFG", b"NFIT", b"PCCT", b"PMTT", b"PPTT", b"SPCR", b"TPM2", b"WAET", b"WDAT",
];

/// Tables of which one comes first, and nothing says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rivals {
    /// The signature that all of them have.
    pub signature: Signature,
    /// The tables, in the order of the source.
    pub tables: Vec<Rival>,
}

/// A table whose place among others of its signature is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// Its number among all tables.
    pub index: usize,
    /// What it is called: its file or its place and its size, as its number is not known.
    pub name: Foreign,
}

impl Rivals {
    /// Whether Linux uses the first of them and no other.
    pub fn is_single(&self) -> bool {
        is_single(self.signature)
    }

    /// What the tables are called, in the order of the source.
    pub fn names(&self) -> Vec<Foreign> {
        self.tables.iter().map(|rival| rival.name.clone()).collect()
    }

    /// What one of them is called where `first` comes first, and is spoken of; `None` for any other table.
    pub fn name_beside(&self, index: usize, first: usize) -> Option<Foreign> {
        let rival = self.tables.iter().find(|rival| rival.index == index)?;
        Some(if index == first { "it".into() } else { rival.name.clone() })
    }

    /// The numbers of `len` tables in the order in which `first` comes before its rivals.
    pub fn order(&self, len: usize, first: usize) -> Vec<usize> {
        let place = self.tables.iter().map(|rival| rival.index).min().unwrap_or(first);
        let mut order: Vec<usize> = (0..len).filter(|index| *index != first).collect();
        order.insert(place.min(order.len()), first);
        order
    }
}

/// Whether Linux uses the first table of this kind and no other.
pub fn is_single(signature: Signature) -> bool {
    SINGLE.iter().any(|name| **name == signature.0)
}

/// OEM id and OEM table id, with the signature the identity of a table; zeros without a whole header.
pub fn ids(table: &[u8]) -> [u8; 14] {
    Header::parse(table).and_then(|_| table.get(10..24)?.try_into().ok()).unwrap_or_default()
}

/// Which tables of unknown order are rivals: those of a kind of which Linux uses one, or of the same identity. Tables with the
/// same bytes are none.
pub fn rivals<'a>(tables: impl IntoIterator<Item = (&'a [u8], Rival)>) -> Vec<Rivals> {
    /// Signature, and the ids where they count.
    type Key = ([u8; 4], Option<[u8; 14]>);
    let mut groups: BTreeMap<Key, Vec<(&'a [u8], Rival)>> = BTreeMap::new();
    for (bytes, rival) in tables {
        let signature = super::signature(bytes);
        let key = if is_single(signature) { None } else { Some(ids(bytes)) };
        groups.entry((signature.0, key)).or_default().push((bytes, rival));
    }
    let differ =
        |group: &[(&[u8], Rival)]| group.iter().map(|(bytes, _)| *bytes).collect::<HashSet<_>>().len() > 1;
    groups
        .into_iter()
        .filter(|(_, group)| differ(group))
        .map(|((signature, _), group)| Rivals {
            signature: Signature(signature),
            tables: group.into_iter().map(|(_, rival)| rival).collect(),
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn table(name: &[u8; 4], ids: &[u8; 14], byte: u8) -> Vec<u8> {
        let mut table = vec![0; 40];
        table[..4].copy_from_slice(name);
        table[4] = 40;
        table[10..24].copy_from_slice(ids);
        table[36] = byte;
        table
    }

    #[test]
    fn rivals_are_of_a_kind_that_linux_uses_once_or_of_one_identity() {
        const A: &[u8; 14] = b"AAAAAAAAAAAAAA";
        const B: &[u8; 14] = b"BBBBBBBBBBBBBB";
        let all = [
            table(b"SSDT", A, 1),
            table(b"SRAT", A, 1),
            table(b"SSDT", B, 2),
            table(b"SSDT", A, 3),
            table(b"SRAT", B, 1),
            table(b"SLIT", A, 1),
            table(b"SLIT", A, 1),
        ];
        let named = all.iter().enumerate();
        let found =
            rivals(named.map(|(index, table)| (&table[..], Rival { index, name: index.to_string().into() })));
        let shown: Vec<_> = found.iter().map(|one| (one.signature.0, one.names())).collect();
        assert_eq!(
            shown,
            [(*b"SRAT", vec!["1".into(), "4".into()]), (*b"SSDT", vec!["0".into(), "3".into()])]
        );
        assert_eq!(found[0].order(7, 4), [0, 4, 1, 2, 3, 5, 6]);
        assert_eq!(found[0].order(7, 1), [0, 1, 2, 3, 4, 5, 6]);
    }
}
