//! The order in which Linux installs the tables of a source, as far as a root table, a log or who asks says it.

use super::TableSet;
use crate::boot::install::order::{Rival, Rivals, rivals};
use crate::container::raw;
use crate::foreign::Foreign;
use crate::memory::log::{KernelLog, ShownIds};
use crate::phrase;
use crate::source::{SourceError, SourceTable};
use crate::table::names::is_called;
use crate::table::root::{RSDT, Root, XSDT};
use crate::table::{Header, Signature};
use std::collections::{HashMap, HashSet, VecDeque};
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
        self.open = if self.is_unordered { self.several() } else { Vec::new() };
        let places = self.given()?;
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
                table.name = label;
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
            Foreign::from(format_args!("the {number}{} ", ending(number))) + name + " of " + file + size
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
        let mut fitting: HashMap<Key, Fitting<'_>> = HashMap::new();
        for (index, table) in self.tables.iter().enumerate() {
            for key in keys(table).into_iter().flatten() {
                fitting.entry(key).or_default().add(index, table);
            }
        }
        for (place, shown) in log.listed().enumerate() {
            let key = (shown.table.signature, shown.table.length, shown.ids());
            let Some(of_line) = fitting.get_mut(&key) else { continue };
            let is_free = |index: &usize| places.get(*index) == Some(&LAST);
            let there = of_line.at.get(&shown.table.address).copied().filter(is_free);
            let Some(index) = there.or_else(|| of_line.first(is_free)) else { continue };
            if there.is_none() && of_line.contents.len() > 1 {
                unclear.push(shown.table.signature);
            }
            if let (Some(known), Some(table)) = (places.get_mut(index), self.tables.get(index)) {
                *known = place;
                for key in keys(table).into_iter().flatten() {
                    fitting.entry(key).and_modify(|one| one.take(table));
                }
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
            let by_name = free().find(|(_, (table, _))| is_called(table.name.raw(), &table.bytes, word));
            let found = free().find(|(_, (table, _))| is_file(table)).or(by_name).map(|(index, _)| index);
            let Some(known) = found.and_then(|index| places.get_mut(index)) else {
                return Err(self.absent(word));
            };
            *known = place;
        }
        Ok(places)
    }

    fn absent(&self, word: &str) -> SourceError {
        // Numbers of tables claim an order that is not known.
        let labels = self.labels().into_iter();
        let name =
            |(table, label): (&SourceTable, Option<Foreign>)| label.unwrap_or_else(|| table.name.clone());
        let there = self.tables.iter().zip(labels).map(name);
        let what = Foreign::from("--root-order: there is no table or file ")
            + word
            + " that was not named before; there are "
            + phrase::first_of(there, 16);
        SourceError::Absent { path: self.path.clone(), what }
    }
}

/// What of a table a line of a log shows: signature, length and, where it has them, ids.
type Key = (Signature, u32, Option<ShownIds>);

/// The lines that can be about a table: those with its ids, and those without any.
fn keys(table: &SourceTable) -> Option<[Key; 2]> {
    let header = Header::parse(&table.bytes)?;
    let name = raw::name(&table.bytes);
    Some([(name, header.length, None), (name, header.length, Some(ShownIds::of(&header)))])
}

/// The tables that one line can be about.
#[derive(Default)]
struct Fitting<'t> {
    /// All of them in their order; those in front that have a place are taken off.
    tables: VecDeque<usize>,
    /// The first at each address.
    at: HashMap<u64, usize>,
    /// How many without a place have these bytes.
    contents: HashMap<&'t [u8], usize>,
}

impl<'t> Fitting<'t> {
    fn add(&mut self, index: usize, table: &'t SourceTable) {
        self.tables.push_back(index);
        if let Some(at) = table.address {
            self.at.entry(at).or_insert(index);
        }
        *self.contents.entry(&table.bytes).or_default() += 1;
    }

    /// The first without a place.
    fn first(&mut self, is_free: impl Fn(&usize) -> bool) -> Option<usize> {
        while self.tables.front().is_some_and(|index| !is_free(index)) {
            self.tables.pop_front();
        }
        self.tables.front().copied()
    }

    fn take(&mut self, table: &SourceTable) {
        let bytes = table.bytes.as_slice();
        if let Some(count) = self.contents.get_mut(bytes) {
            *count -= 1;
            if *count == 0 {
                self.contents.remove(bytes);
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::log;
    use std::fmt::Write;

    /// As many SSDTs as asked for in one dump, each with an OEM revision of its own.
    fn set(count: u32, address: impl Fn(u32) -> Option<u64>) -> TableSet {
        let table = |number: u32| {
            let mut bytes = b"SSDT\x24\0\0\0\x02\0OEMID TABLEID ".to_vec();
            bytes.extend(number.to_le_bytes());
            bytes.extend(b"INTL\0\0\0\0");
            SourceTable {
                name: "SSDT".into(),
                bytes,
                origin: "dump.txt".into(),
                address: address(number),
                offset: 0,
                is_dynamic: false,
            }
        };
        TableSet { tables: (0..count).map(table).collect(), is_unordered: true, ..TableSet::default() }
    }

    fn log(numbers: impl Iterator<Item = u32>) -> KernelLog {
        let mut text = String::from("ACPI: RSDP 0x00000000000F0000 000024 (v02 OEMID )\n");
        for number in numbers {
            writeln!(
                text,
                "ACPI: SSDT 0x{number:016X} 000024 (v02 OEMID  TABLEID  {number:08X} INTL 00000000)"
            )
            .unwrap();
        }
        log::parse(&text)
    }

    fn revisions(set: &TableSet) -> Vec<u32> {
        set.tables.iter().map(|table| Header::parse(&table.bytes).unwrap().oem_revision).collect()
    }

    #[test]
    fn a_log_orders_many_tables() {
        const MANY: u32 = 20_000;
        let mut all = set(MANY, |_| None);
        all.arrange(Some(&log((0..MANY).rev()))).unwrap();
        assert_eq!(revisions(&all), (0..MANY).rev().collect::<Vec<_>>());
        assert!(all.open.is_empty());
    }

    #[test]
    fn tables_that_fit_the_same_line_are_told_apart_by_their_address_alone() {
        let alike = |addresses: bool| {
            let mut all = set(2, |number| addresses.then(|| u64::from(7 - number)));
            for (number, table) in all.tables.iter_mut().enumerate() {
                table.bytes.splice(24..28, 7u32.to_le_bytes());
                table.bytes.splice(32..36, (number as u32).to_le_bytes());
            }
            all.arrange(Some(&log([7].into_iter()))).unwrap();
            (all.tables.first().map(|table| table.bytes.get(32).copied()), all.open.len())
        };
        assert_eq!(alike(true), (Some(Some(0)), 0));
        assert_eq!(alike(false), (Some(Some(0)), 1), "either may be the one of the line");
    }

    #[test]
    fn a_wrong_root_order_names_no_number_that_is_not_known() {
        let mut all = set(20, |_| None);
        all.root_order = vec!["nothing".to_owned()];
        let error = all.arrange(None).unwrap_err().to_string();
        assert!(error.contains("the 1st SSDT of dump.txt (36 bytes)"), "{error}");
        assert!(error.ends_with(" and 4 more"), "{error}");
    }
}
