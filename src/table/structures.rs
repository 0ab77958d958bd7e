//! A table's structures with their fields by name: for rules that compare a few fields, and for changes of one. Names, places
//! and widths are those of the layouts; nobody writes them down again.

use super::decode::decode;
use super::item::{FieldValue, Problem, What};
use crate::budget;
use std::ops::Range;

/// The table itself, or one of its entries.
#[derive(Debug, Clone, Default)]
pub struct Structure<'a> {
    /// The running number of the entry, from 0; `None` for the table itself.
    pub index: Option<usize>,
    /// The type of the entry; `None` for the table itself.
    pub kind: Option<u64>,
    /// What the type is called; empty for the table itself and for unknown types.
    pub title: &'static str,
    /// Its bytes.
    pub span: Range<usize>,
    fields: Vec<Named<'a>>,
}

/// A field with its place.
#[derive(Debug, Clone)]
pub struct Named<'a> {
    /// The structure of fixed size that it is part of.
    pub group: Option<&'static str>,
    /// Its bytes.
    pub span: Range<usize>,
    /// The field and its value.
    pub value: FieldValue<'a>,
}

/// What a table is made of, and what does not fit.
#[derive(Debug, Clone, Default)]
pub struct Structures<'a> {
    /// The fields outside of all entries.
    pub table: Structure<'a>,
    /// The entries in table order.
    pub entries: Vec<Structure<'a>>,
    /// Structures of fixed size within others, with the names of their fields, in table order.
    groups: Vec<(&'static str, Structure<'a>)>,
    /// What does not fit, each with its place and the entry it is in.
    pub problems: Vec<(Range<usize>, Option<usize>, Problem)>,
}

impl<'a> Structures<'a> {
    /// Takes a table apart along its layout; a table without one has no fields.
    pub fn of(table: &'a [u8]) -> Structures<'a> {
        let mut all = Structures::default();
        all.table.span = 0..table.len();
        let mut group: Option<(u8, &'static str)> = None;
        for item in decode(table) {
            let span = item.offset..item.offset + item.size;
            // Lists double when they grow, and a field of a group is in two.
            budget::need(4 * size_of::<Named<'_>>(), "the list of a table's fields");
            group = group.filter(|(depth, _)| item.depth > *depth);
            match item.what {
                What::Group { def, .. } => {
                    group = Some((item.depth, def.name));
                    all.groups
                        .push((def.name, Structure { index: item.entry, span, ..Structure::default() }));
                }
                What::Entry { def, kind } => {
                    let title = def.map_or("", |def| def.title);
                    let fields = Vec::new();
                    all.entries.push(Structure { index: item.entry, kind, title, span, fields });
                }
                What::Value(value) => {
                    if let (Some(_), Some((_, inner))) = (group, all.groups.last_mut()) {
                        inner.fields.push(Named { group: None, span: span.clone(), value });
                    }
                    let named = Named { group: group.map(|(_, name)| name), span, value };
                    all.owner(item.entry).fields.push(named);
                }
                What::Problem(problem) => all.problems.push((span, item.entry, problem)),
                What::Raw(..) => {}
            }
        }
        all
    }

    /// The structure that an item belongs to.
    fn owner(&mut self, entry: Option<usize>) -> &mut Structure<'a> {
        let known = self.entries.iter_mut().rev().find(|one| entry.is_some() && one.index == entry);
        known.unwrap_or(&mut self.table)
    }

    /// The structures of fixed size under one name.
    pub fn groups(&self, name: &str) -> Vec<&Structure<'a>> {
        self.groups.iter().filter(|(group, _)| *group == name).map(|(_, one)| one).collect()
    }

    /// The entries of one type.
    pub fn of_kind(&self, kind: u64) -> impl Iterator<Item = &Structure<'a>> {
        self.entries.iter().filter(move |one| one.kind == Some(kind))
    }
}

impl<'a> Structure<'a> {
    /// Its fields, those of groups within it included, in the order of their bytes.
    pub fn fields(&self) -> &[Named<'a>] {
        &self.fields
    }
}

impl Structure<'_> {
    fn find(&self, group: Option<&str>, name: &str, nth: usize) -> Option<&Named<'_>> {
        self.fields.iter().filter(|field| field.group == group && field.value.def.name == name).nth(nth)
    }

    /// The number in the first field of this name.
    pub fn uint(&self, name: &str) -> Option<u64> {
        self.find(None, name, 0)?.value.uint()
    }

    /// The number in the second field of this name, where a later version widened the first.
    pub fn second(&self, name: &str) -> Option<u64> {
        self.find(None, name, 1)?.value.uint()
    }

    /// The number in a field of a group.
    pub fn inner(&self, group: &str, name: &str) -> Option<u64> {
        self.find(Some(group), name, 0)?.value.uint()
    }

    /// Whether a flag is set; `None` where no field has it.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.fields
            .iter()
            .flat_map(|field| field.value.bits())
            .find(|(bits, _)| bits.name == name)
            .map(|(_, value)| value != 0)
    }

    /// The value of a run of bits; `None` where no field has it.
    pub fn bits(&self, name: &str) -> Option<u64> {
        self.fields
            .iter()
            .flat_map(|field| field.value.bits())
            .find(|(bits, _)| bits.name == name)
            .map(|(_, value)| value)
    }

    /// The bytes of the first field of this name, or of the structure if it has none.
    pub fn at(&self, name: &str) -> Range<usize> {
        self.find(None, name, 0).map_or(self.span.clone(), |field| field.span.clone())
    }

    /// The bytes of the second field of this name, or of the structure if it has no two.
    pub fn second_at(&self, name: &str) -> Range<usize> {
        self.find(None, name, 1).map_or(self.span.clone(), |field| field.span.clone())
    }

    /// The bytes of a group, or of the structure if it has none of this name.
    pub fn group_at(&self, group: &str) -> Range<usize> {
        let mut spans =
            self.fields.iter().filter(|field| field.group == Some(group)).map(|field| &field.span);
        let Some(first) = spans.next() else { return self.span.clone() };
        first.start..spans.next_back().unwrap_or(first).end
    }

    /// The numbers of a list.
    pub fn list(&self, name: &str) -> Vec<u64> {
        let named = self.fields.iter().filter(|field| field.value.def.name == name);
        named.flat_map(|field| field.value.uint().into_iter().chain(field.value.value.uints())).collect()
    }

    /// How messages speak of it: `entry 3 (I/O APIC)`.
    pub fn name(&self) -> String {
        match (self.index, self.title) {
            (None, _) => "the table".to_owned(),
            (Some(index), "") => format!("entry {index}"),
            (Some(index), title) => format!("entry {index} ({title})"),
        }
    }
}
