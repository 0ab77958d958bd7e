//! What decoding a table yields: fields, entries, bytes without a definition, and what does not fit.

use super::def::{Bits, EntryDef, Field, FieldKind, Role, lookup};
use crate::bytes::{decimals, push_dec, uint_at};

/// One thing that was found in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// Where it starts, in bytes from the start of the table.
    pub offset: usize,
    /// How many bytes it takes.
    pub size: usize,
    /// How deep it lies in entries and groups: 0 for the table's own fields.
    pub depth: u8,
    /// The running number, from 0, of the innermost entry that it belongs to.
    pub entry: Option<usize>,
    /// What it is.
    pub what: What<'a>,
}

/// What an [`Item`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What<'a> {
    /// A field.
    Value(FieldValue<'a>),
    /// A structure within this one starts; its fields follow, one deeper.
    Group {
        /// Its definition.
        def: &'static Field,
        /// Which of several, from 0.
        index: Option<usize>,
    },
    /// An entry starts; its fields follow, one deeper.
    Entry {
        /// Its definition, when the type is known.
        def: Option<&'static EntryDef>,
        /// Its type, when the list has types.
        kind: Option<u64>,
    },
    /// Bytes that no definition names.
    Raw(RawKind, &'a [u8]),
    /// Something that does not fit; the walk went on behind it if it could.
    Problem(Problem),
}

/// A field with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldValue<'a> {
    /// Its definition.
    pub def: &'static Field,
    /// Which row or element of several, from 0.
    pub index: Option<usize>,
    /// Its value.
    pub value: Value<'a>,
    /// The title of the entry's type, on the field that holds the type.
    pub title: Option<&'static str>,
    /// The table's revision, on which the meaning of bits depends.
    pub revision: u8,
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number.
    Uint(u64),
    /// Several numbers of `width` bytes each.
    Uints {
        /// Bytes of one.
        width: u16,
        /// All their bytes.
        bytes: &'a [u8],
    },
    /// Text, as it stands, padding included.
    Text(&'a [u8]),
    /// UTF-16, its zero included.
    Unicode(&'a [u8]),
    /// A GUID's bytes.
    Guid(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// Why bytes have no definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawKind {
    /// The content of a table or an entry whose type is not defined.
    Data,
    /// Between or after the fields that are defined.
    Undefined,
    /// Past the end that the table's length names.
    PastLength,
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The table's length is not what is there.
    #[error("the header says {length} bytes, {found} are there")]
    Truncated {
        /// What the length field says.
        length: u64,
        /// Bytes that are there.
        found: usize,
    },
    /// The table's length does not even cover its header.
    #[error("the header says {length} bytes, fewer than the {header} of the header itself")]
    ShortHeader {
        /// What the length field says.
        length: u64,
        /// Bytes of the header.
        header: usize,
    },
    /// The structure ends before, or within, a field that it must have.
    #[error("ends after {found} bytes, before the end of {field}, which takes {needed}")]
    Short {
        /// The first field that is not whole.
        field: &'static str,
        /// Bytes from the start of the structure to the end of the field.
        needed: u64,
        /// Bytes that the structure has.
        found: usize,
    },
    /// An entry's length runs past the end of what holds it.
    #[error("claims {length} bytes, {found} are left")]
    PastEnd {
        /// What the length field says.
        length: u64,
        /// Bytes that are left.
        found: usize,
    },
    /// An entry's length is zero: nothing after it can be found.
    #[error("an entry of type {kind:#04x} has length 0; what follows cannot be read")]
    ZeroLength {
        /// Its type, 0 where entries have none.
        kind: u64,
    },
    /// An entry's length is zero, and its type says how long it is.
    #[error(
        "an entry of type {kind:#04x} has length 0, and is read as the {length} bytes that such entries have"
    )]
    NoLength {
        /// Its type.
        kind: u64,
        /// The bytes that are taken for it.
        length: u64,
    },
    /// An entry's type is not defined and its length comes with the type.
    #[error(
        "an entry of unknown type {kind:#04x}, whose length only its type defines; what follows cannot be read"
    )]
    UnknownLength {
        /// Its type.
        kind: u64,
    },
    /// Another field counts more entries than there are.
    #[error("{missing} more entries are counted than there are")]
    Fewer {
        /// How many are missing.
        missing: u64,
    },
    /// Another field counts other than there are.
    #[error("{field} is {told}, and there are {found}")]
    Counted {
        /// The field that counts.
        field: &'static str,
        /// What it says.
        told: u64,
        /// How many are there.
        found: u64,
    },
    /// An offset field points at something that is already taken.
    #[error("{field} is to start at {offset:#x}, within what comes before it")]
    Backward {
        /// The field that should be there.
        field: &'static str,
        /// The offset that the table names.
        offset: u64,
    },
}

impl<'a> Item<'a> {
    /// The field, if it is one.
    pub fn field(&self) -> Option<&FieldValue<'a>> {
        match &self.what {
            What::Value(field) => Some(field),
            _ => None,
        }
    }

    /// The name that iasl prints, with a number where there are several of the kind.
    pub fn name(&self) -> String {
        let mut name = String::new();
        self.push_name(&mut name);
        name
    }

    /// Adds that name to a line.
    pub fn push_name(&self, line: &mut String) {
        let (name, index) = self.numbered();
        line.push_str(name);
        if let Some(index) = index {
            line.push(' ');
            push_dec(line, index as u64, 1);
        }
    }

    /// How long that name is, in bytes.
    pub fn name_len(&self) -> usize {
        let (name, index) = self.numbered();
        name.len() + index.map_or(0, |index| 1 + decimals(index as u64))
    }

    fn numbered(&self) -> (&'static str, Option<usize>) {
        match &self.what {
            What::Value(field) => (field.def.name, field.index),
            What::Group { def, index } => (def.name, *index),
            What::Entry { def: Some(def), .. } => (def.title, None),
            What::Entry { def: None, .. } => ("Unknown Entry", None),
            What::Raw(RawKind::Data, _) => ("Data", None),
            What::Raw(RawKind::Undefined, _) => ("Undefined Bytes", None),
            What::Raw(RawKind::PastLength, _) => ("Bytes Past Length", None),
            What::Problem(_) => ("Problem", None),
        }
    }
}

impl FieldValue<'_> {
    /// The number, if it is one.
    pub fn uint(&self) -> Option<u64> {
        match self.value {
            Value::Uint(value) => Some(value),
            _ => None,
        }
    }

    /// The bits that the table's revision defines, with what they hold; none unless it is a flags field.
    pub fn bits(&self) -> impl Iterator<Item = (&'static Bits, u64)> + use<'_> {
        let (defined, value) = match (self.def.kind, self.value) {
            (FieldKind::Flags(bits), Value::Uint(value)) => (bits, value),
            _ => (&[][..], 0),
        };
        let revision = self.revision;
        defined.iter().filter(move |bits| bits.since <= revision).map(move |bits| (bits, bits.of(value)))
    }

    /// The bits that are set although nothing defines them, or the specification wants them otherwise: of a flags
    /// field those without a name, of a reserved number those that differ from what it must be.
    pub fn undefined_bits(&self) -> u64 {
        match (self.def.kind, self.def.role, self.value) {
            (FieldKind::Flags(_), _, Value::Uint(value)) => {
                value & !self.bits().fold(0, |mask, (bits, _)| mask | bits.mask())
            }
            (_, Role::Reserved(must), Value::Uint(value)) => value ^ must,
            _ => 0,
        }
    }

    /// What the value is called, when its values have names and this one has.
    pub fn label(&self) -> Option<&'static str> {
        match (self.def.kind, self.value) {
            (FieldKind::Choice(names), Value::Uint(value)) => lookup(names, value),
            _ => self.title,
        }
    }
}

impl Value<'_> {
    /// The numbers of a list, or the units of UTF-16; nothing for other values.
    pub fn uints(&self) -> impl Iterator<Item = u64> + use<'_> {
        let (width, bytes) = match self {
            Value::Uints { width, bytes } => (usize::from(*width).max(1), *bytes),
            Value::Unicode(bytes) => (2, *bytes),
            _ => (1, &[][..]),
        };
        bytes.chunks_exact(width).filter_map(move |one| uint_at(one, 0, width))
    }

    /// UTF-16 as text, what ends it included; `None` for other values and for units that are no text.
    pub fn utf16(&self) -> Option<String> {
        let Value::Unicode(_) = self else { return None };
        let units: Vec<u16> = self.uints().filter_map(|unit| u16::try_from(unit).ok()).collect();
        String::from_utf16(&units).ok()
    }
}
