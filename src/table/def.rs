//! The words in which a table's layout is written down.
//!
//! A [`TableDef`] is a list of [`Field`]s. A field says what iasl calls it, where it is, how wide one element is, how
//! many there are, what they mean and when they are there at all; a list of entries that tell their own type and length
//! is a field too ([`FieldKind::Entries`]), so structures nest as deep as a table needs. Everything that shows, checks,
//! compares, changes or builds a table goes through these definitions.
//!
//! The lists themselves are text, one file a table in `src/table/lists/`, which [`mod@super::layout`] reads when a table of
//! that kind is met. Text needs no relocation, so that a hundred tables cost a program that starts in a millisecond nothing.

use super::Signature;

/// One table, or one kind of it.
#[derive(Debug, PartialEq, Eq)]
pub struct TableDef {
    /// Its signature; for the RSDP the name that tools use.
    pub signature: Signature,
    /// Its full name.
    pub title: &'static str,
    /// Where it is written.
    pub reference: &'static str,
    /// The revision that the specification has today.
    pub revision: u8,
    /// Whether iasl has no list of such tables: its sources then have fields of generic types behind the header, or none.
    pub unknown: bool,
    /// What it starts with: the common header for every table but RSDP, FACS, S3PT and CDAT.
    pub header: &'static [Field],
    /// What follows; offsets count from the start of the table.
    pub fields: &'static [Field],
}

/// One field, or a run of equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The name that iasl prints.
    pub name: &'static str,
    /// Where it starts.
    pub at: At,
    /// Bytes of one element; 0 for [`FieldKind::Entries`], whose elements tell their own size, and for a [`FieldKind::Group`] that
    /// ends with its last field.
    pub width: u16,
    /// How many elements.
    pub count: Count,
    /// What the bytes are.
    pub kind: FieldKind,
    /// What the field is for, where the structure itself depends on it.
    pub role: Role,
    /// When it is there: all of these must hold.
    pub when: &'static [When],
    /// Whether the structure may end before it, as it did in earlier versions.
    pub optional: bool,
    /// The whole label that iasl prints, with its "(decoded below)".
    pub label: &'static str,
    /// What iasl prints beside a label that stands for a structure, whose fields follow.
    pub heading: Option<&'static str>,
    /// Labels of earlier releases of iasl.
    pub was: &'static [&'static str],
    /// Whether iasl counts the elements in their labels.
    pub numbered: bool,
    /// Whether a source may leave it out, and zeros are meant.
    pub filled: bool,
    /// Whether iasl takes the number of a flags field as it stands, whatever the bits below it say.
    pub number: bool,
    /// Whether iasl counts the elements and writes the count itself, whatever the source says.
    pub counted: bool,
    /// Whether iasl writes the offset itself that [`At::Field`] names, even where nothing is there.
    pub placed: bool,
    /// Whether iasl takes a length as it stands in the source. In such entries it goes by the type, and so a length of 0
    /// does not end the walk.
    pub written: bool,
}

/// Where a field starts, in bytes from the start of its structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Always here.
    Fixed(u16),
    /// Right after the field before it.
    Next,
    /// Where the named field of the same structure says.
    Field(&'static str),
}

/// How many elements a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// This many.
    Fixed(u16),
    /// As many as the named field of the same structure says.
    Field(&'static str),
    /// As many whole ones as fit into the number of bytes that the named field of the same structure holds.
    Bytes(&'static str),
    /// As many whole ones as fit into the rest of the structure.
    Rest,
    /// The same; the named field of the same structure says how many that should be.
    Told(&'static str),
    /// Up to the first one that is zero, which is the last of them, or to the end of the structure: a string.
    ToNul,
    /// Strings that end with a zero, one after the other, to the end of the structure.
    Strings,
    /// As many as there is room for up to the offset that the named field of the same structure holds, or to the end of
    /// the structure when that is behind it: padding.
    UpTo(&'static str),
    /// Rows and columns, as the two named fields of the same structure say; a row is shown as one field.
    Grid(&'static str, &'static str),
}

/// What the bytes of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A little-endian number of 1 to 8 bytes.
    Uint(Hint),
    /// A number whose bits have names.
    Flags(&'static [Bits]),
    /// A number whose values have names.
    Choice(&'static [(u64, &'static str)]),
    /// ASCII, padded with blanks or NULs.
    Text,
    /// ASCII that ends with a NUL, which counts.
    String,
    /// UTF-16; an element is one of its units of two bytes.
    Unicode,
    /// A GUID in its mixed byte order; 16 bytes.
    Guid,
    /// Bytes without a meaning of their own; an element of several is shown by itself.
    Bytes,
    /// A structure of fixed size within this one; offsets count from its start.
    Group(&'static [Field]),
    /// Entries that tell their own type and length: as many as [`Field::count`] says, or up to the end of the structure.
    Entries(&'static EntryList),
}

/// How a number reads best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Hexadecimal.
    Hex,
    /// Decimal: counts, ids, versions.
    Dec,
    /// A physical address.
    Address,
    /// A number of bytes.
    Amount,
}

/// What the structure depends on a field for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing.
    Plain,
    /// Must hold this value, most often 0.
    Reserved(u64),
    /// Always holds this value in a table that is new.
    Default(u64),
    /// The length of the structure in bytes.
    Length,
    /// The type of the entry.
    Type,
    /// The revision of the table.
    Revision,
    /// The byte that makes the table's bytes sum to zero.
    Checksum,
    /// The byte that makes this many bytes from the table's start sum to zero.
    ChecksumOf(u16),
}

/// When a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From this table revision to that one, inclusive.
    Revision(u8, u8),
    /// When the value of the named field of the same structure, or of one around it, is in this range, inclusive.
    In(&'static str, u64, u64),
    /// When the named field of the same structure is not zero, such as the offset of an optional part.
    NonZero(&'static str),
    /// When this bit of the named field of the same structure is set.
    Bit(&'static str, u8),
}

impl When {
    /// The field that it depends on.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            When::Revision(..) => None,
            When::In(name, ..) | When::NonZero(name) | When::Bit(name, _) => Some(name),
        }
    }
}

/// One bit or a run of bits in a [`FieldKind::Flags`] field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits {
    /// The name that iasl prints.
    pub name: &'static str,
    /// The lowest bit.
    pub low: u8,
    /// How many bits.
    pub width: u8,
    /// The table revision that defined it; reserved before.
    pub since: u8,
    /// What the values of a run mean.
    pub values: &'static [(u64, &'static str)],
    /// Whether the specification has it and iasl does not.
    pub unlisted: bool,
}

/// A list of entries, each beginning with the same head.
#[derive(Debug, PartialEq, Eq)]
pub struct EntryList {
    /// The fields that every entry begins with. One has [`Role::Length`], else the type decides the length
    /// ([`EntryDef::len`]); one has [`Role::Type`], else every entry is of the first kind.
    pub head: &'static [Field],
    /// What is defined, by rising type.
    pub kinds: &'static [EntryDef],
    /// Whether zeros may stand between two entries.
    pub zeros: bool,
}

/// One type of entry.
#[derive(Debug, PartialEq, Eq)]
pub struct EntryDef {
    /// The first type that it stands for.
    pub first: u64,
    /// The last type that it stands for, most often the same.
    pub last: u64,
    /// The name that iasl prints beside the type.
    pub title: &'static str,
    /// Length in bytes, head included, that the specification gives it; the least when it varies.
    pub len: u16,
    /// Where no length is written down: the fields that count what is there beyond [`EntryDef::len`], and the bytes of
    /// one of each.
    pub more: &'static [(&'static str, u16)],
    /// Whether it is the last of its list: what follows is no entry.
    pub ends: bool,
    /// The fields after the head; offsets count from the start of the entry.
    pub fields: &'static [Field],
}

impl Field {
    /// One field right behind the one before it.
    pub const fn new(name: &'static str, width: u16, kind: FieldKind) -> Field {
        Field {
            name,
            at: At::Next,
            width,
            count: Count::Fixed(1),
            kind,
            role: Role::Plain,
            when: &[],
            optional: false,
            label: "",
            heading: None,
            was: &[],
            numbered: false,
            filled: false,
            number: false,
            counted: false,
            placed: false,
            written: false,
        }
    }

    /// Whether its elements, or the rows of its grid, are decoded one by one: groups, grids and lists of addresses.
    pub(super) fn is_rows(&self) -> bool {
        let list = self.count != Count::Fixed(1);
        matches!(self.count, Count::Grid(..) | Count::Strings)
            || list && matches!(self.kind, FieldKind::Uint(Hint::Address))
            || self.width > 1 && matches!(self.kind, FieldKind::Bytes)
    }

    /// Whether a value of it is one number, not a list of them.
    pub(super) fn is_single(&self) -> bool {
        self.count == Count::Fixed(1)
            || !matches!(self.count, Count::Grid(..)) && matches!(self.kind, FieldKind::Uint(Hint::Address))
    }

    /// Whether it is there in a table of this revision, as far as that alone says.
    pub fn in_revision(&self, revision: u8) -> bool {
        self.when.iter().all(|when| match when {
            When::Revision(first, last) => (*first..=*last).contains(&revision),
            _ => true,
        })
    }

    /// Whether it is there in a table of this revision. `value` gives that of another field: `None` where there is no such field,
    /// `Some(None)` where it is computed later, which is more than nothing.
    pub fn applies(&self, revision: u8, value: impl Fn(&str) -> Option<Option<u64>>) -> bool {
        self.when.iter().all(|when| match *when {
            When::Revision(first, last) => (first..=last).contains(&revision),
            When::In(name, first, last) => value(name)
                .is_some_and(|value| value.map_or(first > 0, |value| (first..=last).contains(&value))),
            When::NonZero(name) => value(name).is_some_and(|value| value != Some(0)),
            When::Bit(name, bit) => value(name).flatten().is_some_and(|value| value >> bit.min(63) & 1 != 0),
        })
    }

    /// The bits that have a line of their own in iasl's language: those of a flags field that iasl lists.
    pub fn listed_bits(&self) -> u64 {
        let FieldKind::Flags(bits) = self.kind else { return 0 };
        bits.iter().filter(|bits| !bits.unlisted).fold(0, |all, bits| all | bits.mask())
    }

    /// Whether the field means nothing and has a value that it must hold.
    pub const fn reserved_value(&self) -> Option<u64> {
        match self.role {
            Role::Reserved(value) => Some(value),
            _ => None,
        }
    }
}

impl Bits {
    /// The bits as a mask on the field's value.
    pub const fn mask(&self) -> u64 {
        let ones = if self.width >= 64 { u64::MAX } else { (1 << self.width) - 1 };
        if self.low >= 64 { 0 } else { ones << self.low }
    }

    /// What their value is called.
    pub fn meaning(&self, value: u64) -> Option<&'static str> {
        lookup(self.values, value)
    }

    /// What these bits are in a field's value.
    pub const fn of(&self, value: u64) -> u64 {
        if self.low >= 64 { 0 } else { (value & self.mask()) >> self.low }
    }
}

/// The name of a value.
pub fn lookup(names: &'static [(u64, &'static str)], value: u64) -> Option<&'static str> {
    names.iter().find(|(number, _)| *number == value).map(|(_, name)| *name)
}

impl EntryList {
    /// The definition of a type.
    pub fn find(&self, kind: u64) -> Option<&'static EntryDef> {
        self.kinds.iter().find(|def| (def.first..=def.last).contains(&kind))
    }

    /// The head's field with this role.
    pub fn head_field(&self, role: Role) -> Option<&'static Field> {
        self.head.iter().find(|field| field.role == role)
    }
}
