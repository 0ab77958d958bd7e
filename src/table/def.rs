//! The words in which a table's layout is written down: constant data, one file per table.
//!
//! A [`TableDef`] is a list of [`Field`]s. A field says what iasl calls it, where it is, how wide one element is, how
//! many there are, what they mean and when they are there at all; a list of entries that tell their own type and length
//! is a field too ([`Kind::Entries`]), so structures nest as deep as a table needs. Everything that shows, checks,
//! compares or changes a table goes through these definitions and [`super::decode()`]; a table is added by adding data.
//!
//! Names are iasl's, without its "(decoded below)"; `tests/tables/iasl.rs` compares them where iasl is installed.

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
    /// What it starts with: [`super::HEADER_FIELDS`] for every table but RSDP and FACS.
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
    /// Bytes of one element; 0 for [`Kind::Entries`], whose elements tell their own size.
    pub width: u16,
    /// How many elements.
    pub count: Count,
    /// What the bytes are.
    pub kind: Kind,
    /// What the field is for, where the structure itself depends on it.
    pub role: Role,
    /// When it is there.
    pub when: When,
    /// Whether the structure may end before it, as it did in earlier versions.
    pub optional: bool,
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
    /// As many whole ones as fit into the rest of the structure.
    Rest,
    /// Up to the first one that is zero, which is the last of them, or to the end of the structure: strings.
    ToNul,
    /// Rows and columns, as the two named fields of the same structure say; a row is shown as one field.
    Grid(&'static str, &'static str),
}

/// What the bytes of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A little-endian number of 1 to 8 bytes.
    Uint(Hint),
    /// A number whose bits have names.
    Flags(&'static [Bits]),
    /// A number whose values have names.
    Choice(&'static [(u64, &'static str)]),
    /// ASCII, padded with blanks or NULs.
    Text,
    /// A GUID in its mixed byte order; 16 bytes.
    Guid,
    /// Bytes without a meaning of their own.
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
    /// Always.
    Always,
    /// From this table revision to that one, inclusive.
    Revision(u8, u8),
    /// When the named field of the same structure has this value.
    Field(&'static str, u64),
    /// When the named field of the same structure is not zero, such as the offset of an optional part.
    NonZero(&'static str),
    /// When this bit of the named field of the same structure is set.
    Bit(&'static str, u8),
}

impl When {
    /// The field that it depends on.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            When::Always | When::Revision(..) => None,
            When::Field(name, _) | When::NonZero(name) | When::Bit(name, _) => Some(name),
        }
    }
}

/// One bit or a run of bits in a [`Kind::Flags`] field.
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
}

/// A list of entries, each beginning with the same head.
#[derive(Debug, PartialEq, Eq)]
pub struct EntryList {
    /// The fields that every entry begins with. One has [`Role::Length`], else the type decides the length
    /// ([`EntryDef::len`]); one has [`Role::Type`], else every entry is of the first kind.
    pub head: &'static [Field],
    /// What is defined, by rising type.
    pub kinds: &'static [EntryDef],
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
    /// The fields after the head; offsets count from the start of the entry.
    pub fields: &'static [Field],
}

/// A hexadecimal number of `width` bytes.
pub const fn uint(name: &'static str, at: u16, width: u16) -> Field {
    Field {
        name,
        at: At::Fixed(at),
        width,
        count: Count::Fixed(1),
        kind: Kind::Uint(Hint::Hex),
        role: Role::Plain,
        when: When::Always,
        optional: false,
    }
}

/// A decimal number.
pub const fn dec(name: &'static str, at: u16, width: u16) -> Field {
    uint(name, at, width).kind(Kind::Uint(Hint::Dec))
}

/// A physical address.
pub const fn address(name: &'static str, at: u16, width: u16) -> Field {
    uint(name, at, width).kind(Kind::Uint(Hint::Address))
}

/// A number of bytes.
pub const fn amount(name: &'static str, at: u16, width: u16) -> Field {
    uint(name, at, width).kind(Kind::Uint(Hint::Amount))
}

/// A reserved field, to be zero; more than eight bytes are shown as bytes.
pub const fn reserved(name: &'static str, at: u16, width: u16) -> Field {
    let field = if width > 8 { bytes(name, at, width) } else { uint(name, at, width) };
    field.role(Role::Reserved(0))
}

/// A number with named bits.
pub const fn flags(name: &'static str, at: u16, width: u16, bits: &'static [Bits]) -> Field {
    uint(name, at, width).kind(Kind::Flags(bits))
}

/// A number with named values.
pub const fn choice(
    name: &'static str,
    at: u16,
    width: u16,
    values: &'static [(u64, &'static str)],
) -> Field {
    uint(name, at, width).kind(Kind::Choice(values))
}

/// ASCII text of `len` bytes.
pub const fn text(name: &'static str, at: u16, len: u16) -> Field {
    uint(name, at, 1).kind(Kind::Text).count(Count::Fixed(len))
}

/// `len` bytes.
pub const fn bytes(name: &'static str, at: u16, len: u16) -> Field {
    uint(name, at, 1).kind(Kind::Bytes).count(Count::Fixed(len))
}

/// A GUID.
pub const fn guid(name: &'static str, at: u16) -> Field {
    uint(name, at, 16).kind(Kind::Guid)
}

/// A structure of `width` bytes.
pub const fn group(name: &'static str, at: u16, width: u16, fields: &'static [Field]) -> Field {
    uint(name, at, width).kind(Kind::Group(fields))
}

/// A Generic Address Structure.
pub const fn gas(name: &'static str, at: u16) -> Field {
    group(name, at, 12, GAS)
}

/// The entries from byte `at` to the end of the structure.
pub const fn entries(at: u16, list: &'static EntryList) -> Field {
    uint("Entries", at, 0).kind(Kind::Entries(list)).count(Count::Rest)
}

/// One flag.
pub const fn bit(low: u8, name: &'static str) -> Bits {
    bits(low, 1, name, &[])
}

/// A run of bits, with the meanings of its values.
pub const fn bits(low: u8, width: u8, name: &'static str, values: &'static [(u64, &'static str)]) -> Bits {
    Bits { name, low, width, since: 0, values }
}

/// One type of entry.
pub const fn entry(kind: u64, title: &'static str, len: u16, fields: &'static [Field]) -> EntryDef {
    EntryDef { first: kind, last: kind, title, len, fields }
}

impl Field {
    /// The same field of another kind.
    pub const fn kind(mut self, kind: Kind) -> Field {
        self.kind = kind;
        self
    }

    /// The same field with a role.
    pub const fn role(mut self, role: Role) -> Field {
        self.role = role;
        self
    }

    /// The same field, as often as `count` says.
    pub const fn count(mut self, count: Count) -> Field {
        self.count = count;
        self
    }

    /// The same field, right after the one before it.
    pub const fn next(mut self) -> Field {
        self.at = At::Next;
        self
    }

    /// The same field, where the named one says.
    pub const fn at_field(mut self, name: &'static str) -> Field {
        self.at = At::Field(name);
        self
    }

    /// The same field, which the structure may end before.
    pub const fn optional(mut self) -> Field {
        self.optional = true;
        self
    }

    /// The same field, there from this table revision.
    pub const fn since(mut self, revision: u8) -> Field {
        self.when = When::Revision(revision, u8::MAX);
        self
    }

    /// The same field, there up to this table revision.
    pub const fn until(mut self, revision: u8) -> Field {
        self.when = When::Revision(0, revision);
        self
    }

    /// The same field, there on this condition.
    pub const fn when(mut self, when: When) -> Field {
        self.when = when;
        self
    }

    /// Whether its elements, or the rows of its grid, are decoded one by one: groups, grids and lists of addresses.
    pub(super) fn is_rows(&self) -> bool {
        let list = self.count != Count::Fixed(1);
        matches!(self.count, Count::Grid(..)) || list && matches!(self.kind, Kind::Uint(Hint::Address))
    }

    /// Whether a value of it is one number, not a list of them.
    pub(super) fn is_single(&self) -> bool {
        self.count == Count::Fixed(1)
            || !matches!(self.count, Count::Grid(..)) && matches!(self.kind, Kind::Uint(Hint::Address))
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
    /// The same bits, reserved before this table revision.
    pub const fn since(mut self, revision: u8) -> Bits {
        self.since = revision;
        self
    }

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

/// Address spaces of a [`gas`].
pub const ADDRESS_SPACES: &[(u64, &str)] = &[
    (0, "SystemMemory"),
    (1, "SystemIO"),
    (2, "PCI_Config"),
    (3, "EmbeddedControl"),
    (4, "SMBus"),
    (5, "SystemCMOS"),
    (6, "PCIBARTarget"),
    (7, "IPMI"),
    (8, "GeneralPurposeIo"),
    (9, "GenericSerialBus"),
    (10, "PlatformCommChannel"),
    (11, "PlatformRtMechanism"),
    (0x7f, "FunctionalFixedHW"),
];

/// The fields of a Generic Address Structure (ACPI 6.5, 5.2.3.2).
pub const GAS: &[Field] = &[
    choice("Space ID", 0, 1, ADDRESS_SPACES),
    dec("Bit Width", 1, 1),
    dec("Bit Offset", 2, 1),
    choice(
        "Encoded Access Width",
        3,
        1,
        &[
            (0, "Undefined/Legacy"),
            (1, "Byte Access:8"),
            (2, "Word Access:16"),
            (3, "DWord Access:32"),
            (4, "QWord Access:64"),
        ],
    ),
    address("Address", 4, 8),
];
