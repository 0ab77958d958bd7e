//! The order in which Linux installs the tables of a source, as far as a root table, a log or who asks says it.

use super::TableSet;
use crate::boot::install::order::{Rival, Rivals, rivals};
use crate::container::raw;
use crate::foreign::Foreign;
use crate::memory::log::{KernelLog, ShownTable};
use crate::source::{SourceError, SourceTable};
use crate::table::names::is_called;
use crate::table::root::{RSDT, Root, XSDT};
use crate::table::{Header, Signature};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A place after all that are known.
const LAST: usize = usize::MAX;

impl TableSet {
    /// Puts the tables into the order in which Linux installs them: that of a root table among them, of the log of their machine,
    /// or of [`TableSet::root_order`]. What none of these says stays as it is, and is in [`TableSet::open`].
    ///
    /// # Errors
    /// [`SourceError::Absent`] where `root_order` names a table that is not there.
    pub fn arrange(&mut self, log: Option<&KernelLog>) -> Result<(), SourceError> {
        let places = self.given()?;
        self.open = if self.is_unordered { self.several() } else { Vec::new() };
        if let Some(places) = self.by_root() {
            self.open.clear();
            self.sort(&places);
            return Ok(());
        }
        self.settle(&places, |_| false);
        if let Some(log) = log.filter(|log| !log.tables.is_empty()) {
            let (places, unclear) = self.by_log(log);
            self.settle(&places, |name| unclear.contains(&name));
        }
        Ok(())
    }

    /// Tables of which nothing says which one comes first, though it decides something, by their places in the set.
    pub fn rivals(&self) -> Vec<Rivals> {
        let labels = self.labels().into_iter();
        let tables = self.tables.iter().zip(labels).enumerate();
        rivals(tables.filter_map(|(index, (table, name))| {
            Some((table.bytes.as_slice(), Rival { index, name: name? }))
        }))
    }

    /// Gives tables whose numbers are not known names that claim none.
    pub fn name_by_label(&mut self) {
        let labels = self.labels();
        for (table, label) in self.tables.iter_mut().zip(labels) {
            if let Some(label) = label {
                table.name = label.text().into_owned();
            }
        }
    }

    /// What each table is called whose place is open, as Linux' number for it is not known: its file, or its place there, and its
    /// size.
    pub fn labels(&self) -> Vec<Option<Foreign>> {
        if self.open.is_empty() {
            return vec![None; self.tables.len()];
        }
        let open: HashSet<Signature> = self.open.iter().copied().collect();
        let mut in_file: HashMap<&Path, usize> = HashMap::new();
        self.tables.iter().for_each(|table| *in_file.entry(&table.origin).or_default() += 1);
        let mut numbers: HashMap<(&Path, Signature), usize> = HashMap::new();
        let label = |table: &'_ SourceTable, number: usize, name: Signature| {
            let file = Foreign::from(table.origin.file_name().unwrap_or_default());
            let size = format!(" ({} bytes)", table.bytes.len());
            if in_file.get(table.origin.as_path()) == Some(&1) && !file.is_empty() {
                return file + size;
            }
            Foreign::from(format!("the {number}{} {name} of ", ending(number))) + file + size
        };
        let each = self.tables.iter().map(|table| {
            let name = raw::name(&table.bytes);
            let number = numbers.entry((&table.origin, name)).or_default();
            *number += 1;
            open.contains(&name).then(|| label(table, *number, name))
        });
        each.collect()
    }

    /// Sorts by places, and takes the kinds off the open ones of which some table has a place, unless they are unclear.
    fn settle(&mut self, places: &[usize], is_unclear: impl Fn(Signature) -> bool) {
        let known = self.tables.iter().zip(places).filter(|(_, place)| **place != LAST);
        let known: HashSet<Signature> = known.map(|(table, _)| raw::name(&table.bytes)).collect();
        self.open.retain(|name| !known.contains(name) || is_unclear(*name));
        self.sort(places);
    }

    fn sort(&mut self, places: &[usize]) {
        let tables = std::mem::take(&mut self.tables);
        let mut placed: Vec<(usize, SourceTable)> = places.iter().copied().zip(tables).collect();
        placed.sort_by_key(|(place, _)| *place);
        self.tables = placed.into_iter().map(|(_, table)| table).collect();
    }

    /// Kinds with several tables that differ.
    fn several(&self) -> Vec<Signature> {
        let mut firsts: HashMap<Signature, &[u8]> = HashMap::new();
        let mut kinds: HashSet<Signature> = HashSet::new();
        for table in &self.tables {
            let name = raw::name(&table.bytes);
            if *firsts.entry(name).or_insert(&table.bytes) != table.bytes {
                kinds.insert(name);
            }
        }
        kinds.into_iter().collect()
    }

    /// The places that the root table among the tables gives, where its addresses are those of the others.
    fn by_root(&self) -> Option<Vec<usize>> {
        let root = [XSDT, RSDT].iter().find_map(|name| {
            let table = self.tables.iter().find(|table| raw::name(&table.bytes) == *name)?;
            let mut listed: HashMap<u64, usize> = HashMap::new();
            for (place, (_, at)) in Root::parse(&table.bytes).ok()?.entries().enumerate() {
                listed.entry(at).or_insert(place);
            }
            let is_there = |table: &SourceTable| table.address.is_some_and(|at| listed.contains_key(&at));
            self.tables.iter().any(is_there).then_some(listed)
        })?;
        let place = |table: &SourceTable| root.get(&table.address?).copied();
        Some(self.tables.iter().map(|table| place(table).unwrap_or(LAST)).collect())
    }

    /// The places that a log gives, and the kinds of which two tables fit the same line.
    fn by_log(&self, log: &KernelLog) -> (Vec<usize>, Vec<Signature>) {
        let mut places = vec![LAST; self.tables.len()];
        let mut unclear = Vec::new();
        for (place, shown) in log.listed().enumerate() {
            let fits = |(table, taken): &(&SourceTable, &usize)| **taken == LAST && can_be(table, &shown);
            let fitting: Vec<&SourceTable> =
                self.tables.iter().zip(&places).filter(fits).map(|(table, _)| table).collect();
            let at = |table: &&&SourceTable| table.address == Some(shown.table.address);
            let Some(chosen) = fitting.iter().find(at).or(fitting.first()) else { continue };
            if fitting.iter().any(|table| table.bytes != chosen.bytes) && !at(&chosen) {
                unclear.push(shown.table.signature);
            }
            let index = self.tables.iter().position(|table| std::ptr::eq(table, *chosen));
            if let Some(known) = index.and_then(|index| places.get_mut(index)) {
                *known = place;
            }
        }
        (places, unclear)
    }

    /// The places that [`TableSet::root_order`] gives.
    fn given(&self) -> Result<Vec<usize>, SourceError> {
        let mut places = vec![LAST; self.tables.len()];
        for (place, word) in self.root_order.iter().enumerate() {
            let is_file = |table: &SourceTable| {
                let file = table.origin.file_name().unwrap_or_default();
                Path::new(word) == table.origin || word.as_str() == file
            };
            let free =
                || self.tables.iter().zip(&places).enumerate().filter(|(_, (_, known))| **known == LAST);
            let by_name = free().find(|(_, (table, _))| is_called(&table.name, &table.bytes, word));
            let found = free().find(|(_, (table, _))| is_file(table)).or(by_name).map(|(index, _)| index);
            let Some(known) = found.and_then(|index| places.get_mut(index)) else {
                return Err(self.absent(word));
            };
            *known = place;
        }
        Ok(places)
    }

    fn absent(&self, word: &str) -> SourceError {
        let there: Vec<&str> = self.tables.iter().map(|table| table.name.as_str()).collect();
        let word = crate::bytes::escape(word.as_bytes());
        let what = format!(
            "--root-order: there is no table or file {word} that was not named before; there are {}",
            there.join(", ")
        );
        SourceError::Absent { path: self.path.clone(), what }
    }
}

/// Whether a line of a log can be about this table.
fn can_be(table: &SourceTable, shown: &ShownTable) -> bool {
    raw::name(&table.bytes) == shown.table.signature
        && Header::parse(&table.bytes).is_some_and(|header| shown.is_alike(&header))
}

/// The letters after a number.
fn ending(number: usize) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}
