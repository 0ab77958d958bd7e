//! Two versions of a table, field by field.
//!
//! Entries are matched by what they say, not by where they stand. First come those whose bytes are the same. Of the rest,
//! entries of one type match by their common fields, of which a value that few entries have counts most: an APIC id or a base
//! address that is one entry's own tells more than a domain that many share. So no list has to say what identifies an entry.

use super::Header;
use super::item::FieldValue;
use super::structures::{Structure, Structures};
use crate::budget;
use std::collections::HashMap;
use std::ops::Range;

/// Pairs of entries that are compared at most; with more of one type left over, their order decides.
const MOST_PAIRS: usize = 250_000;

/// A field that is not as it was.
#[derive(Debug, Clone)]
pub struct FieldDiff<'a> {
    /// The group that it is part of.
    pub group: Option<&'static str>,
    /// What it was; `None` where it was not there.
    pub before: Option<(Range<usize>, FieldValue<'a>)>,
    /// What it is; `None` where it is not there any more.
    pub after: Option<(Range<usize>, FieldValue<'a>)>,
}

/// A part of a table that is not as it was.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// Fields of the table itself, or of an entry that is in both.
    Fields {
        /// The entry's path in the old table; empty for the table's own fields.
        before: String,
        /// Its path in the new one.
        after: String,
        /// The fields.
        fields: Vec<FieldDiff<'a>>,
    },
    /// An entry that was not there.
    Added {
        /// Its path in the new table.
        name: String,
        /// Its bytes there.
        span: Range<usize>,
    },
    /// An entry that is not there any more.
    Removed {
        /// Its path in the old table.
        name: String,
        /// Its bytes there.
        span: Range<usize>,
    },
}

/// What a change takes with its names, in bytes.
pub const PER_CHANGE: usize = 512;

/// What differs between two tables of one signature. Nothing when their bytes are the same; nothing as well where only bytes
/// differ that no layout names.
pub fn diff<'a>(before: &'a [u8], after: &'a [u8]) -> Vec<Change<'a>> {
    if before == after {
        return Vec::new();
    }
    let (old, new) = (Structures::of(before), Structures::of(after));
    let entries = old.entries.len().saturating_add(new.entries.len());
    budget::need(entries.saturating_mul(PER_CHANGE), "the differences of two tables");
    let mut changes = Vec::new();
    let fields = field_diffs(&old.table, &new.table);
    if !fields.is_empty() {
        let (before, after) = (String::new(), String::new());
        changes.push(Change::Fields { before, after, fields });
    }
    let (names, new_names) = (names(&old), names(&new));
    let pairs = pairs(before, after, &old.entries, &new.entries);
    let mut taken = vec![false; new.entries.len()];
    for (index, entry) in old.entries.iter().enumerate() {
        let name = names.get(index).cloned().unwrap_or_default();
        let Some(other) = pairs.get(index).copied().flatten() else {
            changes.push(Change::Removed { name, span: entry.span.clone() });
            continue;
        };
        if let Some(taken) = taken.get_mut(other) {
            *taken = true;
        }
        let Some(partner) = new.entries.get(other) else { continue };
        let fields = field_diffs(entry, partner);
        if !fields.is_empty() {
            let after = new_names.get(other).cloned().unwrap_or_default();
            changes.push(Change::Fields { before: name, after, fields });
        }
    }
    for (index, entry) in
        new.entries.iter().enumerate().filter(|(index, _)| taken.get(*index) == Some(&false))
    {
        let name = new_names.get(index).cloned().unwrap_or_default();
        changes.push(Change::Added { name, span: entry.span.clone() });
    }
    changes
}

/// The paths of all entries.
fn names(parts: &Structures<'_>) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let name = |entry: &Structure<'_>| {
        let count = counts.entry(entry.title).or_default();
        let number = if entry.title.is_empty() { entry.index.unwrap_or(0) } else { *count };
        *count = count.saturating_add(1);
        let title = if entry.title.is_empty() { "Entry" } else { entry.title };
        format!("{title}[{number}]")
    };
    parts.entries.iter().map(name).collect()
}

/// For each old entry the new one that it became.
fn pairs(before: &[u8], after: &[u8], old: &[Structure<'_>], new: &[Structure<'_>]) -> Vec<Option<usize>> {
    let mut pairs: Vec<Option<usize>> = vec![None; old.len()];
    let mut by_bytes: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, entry) in new.iter().enumerate().rev() {
        by_bytes.entry(after.get(entry.span.clone()).unwrap_or_default()).or_default().push(index);
    }
    let mut free = vec![true; new.len()];
    for (pair, entry) in pairs.iter_mut().zip(old) {
        let same = by_bytes.get_mut(before.get(entry.span.clone()).unwrap_or_default());
        *pair = same.and_then(Vec::pop);
        if let Some(free) = pair.and_then(|index| free.get_mut(index)) {
            *free = false;
        }
    }
    let mut kinds: Vec<(Option<u64>, &str)> = old.iter().map(|entry| (entry.kind, entry.title)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for (kind, title) in kinds {
        let is_of = |entry: &Structure<'_>| entry.kind == kind && entry.title == title;
        let left: Vec<usize> = (0..old.len())
            .filter(|index| pairs.get(*index) == Some(&None) && old.get(*index).is_some_and(is_of))
            .collect();
        let right: Vec<usize> = (0..new.len())
            .filter(|index| free.get(*index) == Some(&true) && new.get(*index).is_some_and(is_of))
            .collect();
        for (from, to) in alike(old, new, &left, &right) {
            if let Some(pair) = pairs.get_mut(from) {
                *pair = Some(to);
            }
        }
    }
    pairs
}

/// A field's place in its structure and its value, by which entries are compared.
fn keys<'a>(
    entry: &Structure<'a>,
) -> impl Iterator<Item = (Option<&'static str>, &'static str, super::item::Value<'a>)> {
    let fields: Vec<_> = entry
        .fields()
        .iter()
        .filter(|named| named.value.def.reserved_value().is_none())
        .map(|named| (named.group, named.value.def.name, named.value.value))
        .collect();
    fields.into_iter()
}

/// Pairs of entries of one type, the most alike first.
fn alike(
    old: &[Structure<'_>],
    new: &[Structure<'_>],
    left: &[usize],
    right: &[usize],
) -> Vec<(usize, usize)> {
    if left.len().saturating_mul(right.len()) > MOST_PAIRS {
        return left.iter().copied().zip(right.iter().copied()).collect();
    }
    let mut common: HashMap<String, u64> = HashMap::new();
    let key = |key: (Option<&str>, &str, super::item::Value<'_>)| format!("{key:?}");
    let all_keys = |entries: &[Structure<'_>], indexes: &[usize]| -> Vec<Vec<String>> {
        let of = |index: &usize| entries.get(*index).map(|entry| keys(entry).map(key).collect());
        indexes.iter().map(|index| of(index).unwrap_or_default()).collect()
    };
    let (left_keys, right_keys) = (all_keys(old, left), all_keys(new, right));
    for key in left_keys.iter().chain(&right_keys).flatten() {
        let count = common.entry(key.clone()).or_default();
        *count = count.saturating_add(1);
    }
    let mut scored: Vec<(u64, usize, usize)> = Vec::new();
    for (from, keys) in left_keys.iter().enumerate() {
        for (to, others) in right_keys.iter().enumerate() {
            let same = keys.iter().zip(others).filter(|(key, other)| key == other);
            let score = same.map(|(key, _)| 1_000_000 / common.get(key).copied().unwrap_or(1).max(1)).sum();
            scored.push((score, from, to));
        }
    }
    // The highest score first; of equal ones, those that keep their order.
    scored.sort_by_key(|(score, from, to)| (std::cmp::Reverse(*score), from.abs_diff(*to), *from));
    let (mut used, mut taken) = (vec![false; left.len()], vec![false; right.len()]);
    let mut pairs = Vec::new();
    for (_, from, to) in scored {
        let (Some(used), Some(taken)) = (used.get_mut(from), taken.get_mut(to)) else { continue };
        if !*used && !*taken {
            (*used, *taken) = (true, true);
            pairs.extend(left.get(from).copied().zip(right.get(to).copied()));
        }
    }
    pairs
}

/// The fields that differ between two structures of one kind; checksums follow from the others and are left out.
fn field_diffs<'a>(old: &Structure<'a>, new: &Structure<'a>) -> Vec<FieldDiff<'a>> {
    let mut diffs = Vec::new();
    let mut seen: HashMap<(Option<&str>, &str), usize> = HashMap::new();
    let name = |named: &super::structures::Named<'_>| (named.group, named.value.def.name);
    for field in old.fields() {
        let nth = seen.entry(name(field)).or_default();
        let partner = new.fields().iter().filter(|other| name(other) == name(field)).nth(*nth);
        *nth = nth.saturating_add(1);
        let is_same = partner.is_some_and(|other| other.value.value == field.value.value);
        if !is_same && !is_checksum(&field.value) {
            diffs.push(FieldDiff {
                group: field.group,
                before: Some((field.span.clone(), field.value)),
                after: partner.map(|other| (other.span.clone(), other.value)),
            });
        }
    }
    let mut counts: HashMap<(Option<&str>, &str), usize> = HashMap::new();
    for field in new.fields() {
        let count = counts.entry(name(field)).or_default();
        *count = count.saturating_add(1);
        if *count > seen.get(&name(field)).copied().unwrap_or(0) {
            let after = Some((field.span.clone(), field.value));
            diffs.push(FieldDiff { group: field.group, before: None, after });
        }
    }
    diffs
}

fn is_checksum(field: &FieldValue<'_>) -> bool {
    use super::def::Role;
    matches!(field.def.role, Role::Checksum | Role::ChecksumOf(_))
}

/// Two tables that are versions of one another, or one that has no partner: indexes into the two lists.
pub type Pair = (Option<usize>, Option<usize>);

/// Which tables of two machines are versions of one another: those with the same bytes, then those with the same identity,
/// then those of the same signature, each in order.
pub fn pair_tables(before: &[&[u8]], after: &[&[u8]]) -> Vec<Pair> {
    let mut partner: Vec<Option<usize>> = vec![None; before.len()];
    let mut free: Vec<bool> = vec![true; after.len()];
    let signature = |table: &[u8]| table.get(..4).map(<[u8]>::to_vec);
    let identity = |table: &[u8]| Header::parse(table).map(|header| header.identity());
    let mut pair = |is_same: &dyn Fn(&[u8], &[u8]) -> bool| {
        for (old, partner) in before.iter().zip(&mut partner).filter(|(_, partner)| partner.is_none()) {
            let found = after.iter().zip(&free).position(|(new, free)| *free && is_same(old, new));
            if let Some(place) = found.and_then(|index| free.get_mut(index)) {
                *place = false;
                *partner = found;
            }
        }
    };
    pair(&|old, new| old == new);
    pair(&|old, new| identity(old).is_some() && identity(old) == identity(new));
    pair(&|old, new| signature(old) == signature(new));
    let pairs = partner.into_iter().enumerate().map(|(index, partner)| (Some(index), partner));
    let added = free.into_iter().enumerate().filter(|(_, free)| *free).map(|(index, _)| (None, Some(index)));
    pairs.chain(added).collect()
}
