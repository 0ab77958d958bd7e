//! The source of a table that does not exist yet: one entry of each type, one element of each list, all zeros.

use super::labels::alike;
use super::{Given, Line, Place};
use crate::table::def::{At, Count, EntryList, Field, FieldKind, Role, TableDef};
use std::borrow::Cow;
use std::collections::HashSet;

/// Lines that [`super::build`] makes such a table of: what other fields depend on is left to be computed.
pub fn template(def: &'static TableDef) -> Vec<Line<'static>> {
    let mut writer =
        Writer { revision: def.revision, lines: Vec::new(), scopes: Vec::new(), lists: Vec::new() };
    writer.structure(def.header, def.fields, None);
    for line in &mut writer.lines {
        let given = match line.name.as_ref() {
            "Signature" if def.signature.0 == *b"RSDP" => "RSD PTR ",
            "Signature" => def.text(),
            "Oem ID" => "OEM   ",
            "Oem Table ID" => "TEMPLATE",
            "Asl Compiler ID" => "AHP ",
            _ => continue,
        };
        if line.given == Given::Text(String::new()) {
            line.given = Given::Text(given.to_owned());
        }
    }
    writer.lines
}

impl TableDef {
    /// The signature as text.
    fn text(&self) -> &str {
        std::str::from_utf8(&self.signature.0).unwrap_or_default()
    }
}

struct Writer {
    revision: u8,
    lines: Vec<Line<'static>>,
    /// The numbers of the structures that are open, the innermost last; `None` for what is computed.
    scopes: Vec<Vec<(&'static str, Option<u64>)>>,
    /// The lists whose entries are open.
    lists: Vec<&'static EntryList>,
}

impl Writer {
    fn structure(&mut self, head: &'static [Field], fields: &'static [Field], kind: Option<u64>) {
        // Counts and offsets follow from what is there.
        let mut computed = HashSet::new();
        for field in head.iter().chain(fields) {
            match field.count {
                Count::Field(name) | Count::Bytes(name) | Count::Told(name) => _ = computed.insert(name),
                _ => (),
            }
            if let At::Field(name) = field.at {
                computed.insert(name);
            }
        }
        self.scopes.push(Vec::new());
        for field in head.iter().chain(fields) {
            if field.applies(self.revision, |name| self.number(name)) {
                self.field(field, kind, &computed);
            }
        }
        self.scopes.pop();
    }

    fn field(&mut self, field: &'static Field, kind: Option<u64>, computed: &HashSet<&str>) {
        let elements = match field.count {
            Count::Fixed(count) if !is_bytes(field) => usize::from(count),
            // As many as there are is none of a list that continues another field.
            Count::Rest if field.width > 1 && !field.numbered && matches!(field.kind, FieldKind::Uint(_)) => {
                0
            }
            _ => 1,
        };
        match field.kind {
            FieldKind::Group(inner) => {
                for _ in 0..elements {
                    self.structure(&[], inner, None);
                }
            }
            // What may stand within its like stands behind it.
            FieldKind::Entries(list) if self.lists.iter().any(|around| alike(around, list)) => (),
            FieldKind::Entries(list) => {
                self.lists.push(list);
                for def in list.kinds.iter().filter(|def| !def.ends) {
                    self.structure(list.head, def.fields, Some(def.first));
                }
                self.lists.pop();
            }
            FieldKind::Uint(_) | FieldKind::Flags(_) | FieldKind::Choice(_) => {
                let value = match (field.role, field.kind) {
                    (Role::Length | Role::Checksum | Role::ChecksumOf(_), _) => None,
                    (Role::Type, _) => Some(kind.unwrap_or(0)),
                    (Role::Revision, _) => Some(u64::from(self.revision)),
                    (Role::Reserved(value) | Role::Default(value), _) => Some(value),
                    // iasl takes no table at 0.
                    _ if field.numbered && field.width > 1 => Some(0x1000),
                    _ if computed.contains(field.name) => None,
                    (_, FieldKind::Choice(&[(first, _), ..])) => Some(first),
                    _ => Some(0),
                };
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((field.name, value));
                }
                for _ in 0..elements {
                    let sum = matches!(field.role, Role::Checksum | Role::ChecksumOf(_));
                    let given = match value.or(sum.then_some(0)) {
                        Some(value) => Given::Number(value),
                        None => Given::Source(Cow::Borrowed("auto")),
                    };
                    self.line(field, given);
                }
            }
            FieldKind::Guid => {
                self.line(field, Given::Text("00000000-0000-0000-0000-000000000000".to_owned()))
            }
            FieldKind::Text => self.line(field, Given::Text(String::new())),
            FieldKind::String | FieldKind::Unicode => self.line(field, Given::Quoted(Cow::Borrowed("\\_SB"))),
            FieldKind::Bytes => {
                let len = match field.count {
                    Count::Fixed(count) => usize::from(count),
                    Count::UpTo(_) => return,
                    _ => usize::from(field.width),
                };
                self.line(field, Given::Text("00".repeat(len)));
            }
        }
    }

    fn line(&mut self, field: &'static Field, given: Given<'static>) {
        let place = Place::default();
        self.lines.push(Line {
            name: Cow::Borrowed(field.label),
            given,
            size: None,
            offset: None,
            place,
            value_place: place,
        });
    }

    fn number(&self, name: &str) -> Option<Option<u64>> {
        let find = |scope: &Vec<(&str, Option<u64>)>| {
            scope.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| *value)
        };
        self.scopes.iter().rev().find_map(find)
    }
}

/// Whether all of a field is one value, whatever its count.
fn is_bytes(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Text | FieldKind::String | FieldKind::Unicode | FieldKind::Bytes)
}
