//! The layouts of tables as text, and what reads them: `src/table/lists/*.txt` to [`TableDef`].
//!
//! A list is indented lines. It begins with `table SIGNATURE Title`, `spec Reference` and `revision N`, today's revision of
//! such tables; `bare` says that there is no common header, and `unknown` that iasl knows no such table, so that its sources have
//! fields of generic types behind the header, or none. `#` starts a comment, at the start of a line only. Then come fields, in the order of their bytes:
//!
//! ```text
//! AT WIDTH KIND Name ; attribute ; attribute
//! ```
//!
//! | part | is |
//! |---|---|
//! | `AT` | bytes from the start of the structure; `+` right behind the field before; `@` where the field of attribute `at` says |
//! | `WIDTH` | bytes of one element, of all of them for `text` and `bytes`; `-` for `entries`, and for a `group` that ends with its last field |
//! | `KIND` | `hex` `dec` `address` `amount` numbers, `reserved`, `type` `length` `revision` `checksum` for what the structure depends on, `flags` and `choice` with indented lines, `text` `string` `unicode` `bytes` `guid`, `group` with indented fields, `gas`, `entries` |
//! | `Name` | as iasl prints it |
//! | `count` | a number, the name of the field that counts, or `*` for all that fit; `told F` for all that fit where a field says how many that should be; `size F` when the field counts bytes, `grid A \| B`, `strings`, `up to F` |
//! | `must N` | the value that it has to hold |
//! | `default N` | the value that a new table has |
//! | `since N`, `until N` | revisions of the table |
//! | `when F`, `when F = N`, `>=`, `<`, `when F in N-N`, `when F bit N` | what another field has to be; of several attributes all |
//! | `optional` | the structure may end before it |
//! | `of N` | how many bytes a `checksum` is for |
//! | `label TEXT`, `was TEXT`, `heading TEXT` | how iasl writes the name, how it did, what it writes instead of a value |
//! | `numbered`, `filled` | iasl counts the elements in their labels; a source may leave it out, and zeros are meant |
//! | `number` | iasl takes the number of the flags as it stands, whatever the bits below it say |
//! | `counted`, `placed` | iasl computes the count, the offset that another field names; `written`: and takes a length as it stands |
//! | `as SET` | the indented lines stand under `set SET` |
//!
//! Below `flags`: `BIT Name` or `FIRST-LAST Name`, with `+` in front when iasl does not list it. Below `choice` and runs of
//! bits: `= NUMBER Name`. Below `entries`: the fields of the head, then `entry TYPE LEN Title` with the rest of each, where
//! `TYPE` may be a range or `-`; `; more F * N` adds to the length of an entry that holds none; after an entry with `; last`
//! no other follows. `; zeros` at the list skips zeros between entries.

use super::Signature;
use super::def::{At, Bits, Count, EntryDef, EntryList, Field, FieldKind, Hint, Role, TableDef, When};
use std::sync::OnceLock;

/// The layout of one table: its text, and what it says once someone asked.
#[derive(Debug)]
pub struct Layout {
    /// The table's signature; for the RSDP the name that tools use.
    pub signature: Signature,
    text: &'static str,
    def: OnceLock<Result<TableDef, LayoutError>>,
}

/// What is wrong with a list. The lists are part of the program, and a test reads each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct LayoutError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Layout {
    /// The layout that `text` describes.
    pub const fn new(signature: [u8; 4], text: &'static str) -> Layout {
        Layout { signature: Signature(signature), text, def: OnceLock::new() }
    }

    /// The full name of such tables.
    pub fn title(&self) -> &'static str {
        let line = self.text.lines().find_map(|line| line.strip_prefix("table "));
        line.and_then(|line| line.split_once(' ')).map_or("", |(_, title)| title)
    }

    /// Whether the table starts with the common header.
    pub fn has_header(&self) -> bool {
        !self.text.lines().take(4).any(|line| line == "bare")
    }

    /// The field list.
    ///
    /// # Errors
    /// [`LayoutError`] when the text is no layout.
    pub fn parsed(&self) -> Result<&TableDef, LayoutError> {
        self.def.get_or_init(|| table(self.signature, self.text)).as_ref().map_err(Clone::clone)
    }
}

/// A line with the lines that are indented below it.
#[derive(Debug)]
struct LineNode {
    line: usize,
    indent: usize,
    text: &'static str,
    below: Vec<LineNode>,
}

/// Sorts lines into a tree by their indentation. The lists are short and their depth is small.
fn tree(text: &'static str) -> Vec<LineNode> {
    let mut open: Vec<LineNode> = Vec::new();
    let mut roots = Vec::new();
    fn close(open: &mut Vec<LineNode>, roots: &mut Vec<LineNode>, indent: usize) {
        while open.last().is_some_and(|node| node.indent >= indent) {
            let Some(node) = open.pop() else { return };
            match open.last_mut() {
                Some(parent) => parent.below.push(node),
                None => roots.push(node),
            }
        }
    }
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        close(&mut open, &mut roots, indent);
        open.push(LineNode { line: index + 1, indent, text: content, below: Vec::new() });
    }
    close(&mut open, &mut roots, 0);
    roots
}

/// Text that several lists need.
const COMMON: &str = include_str!("lists/common.txt");

/// The sets of lines that fields refer to.
struct Sets(Vec<LineNode>);

impl Sets {
    fn find(&self, name: &str) -> Option<&LineNode> {
        self.0.iter().find(|node| node.text.strip_prefix("set ") == Some(name))
    }
}

fn table(signature: Signature, text: &'static str) -> Result<TableDef, LayoutError> {
    let (sets, lines) = tree(text).into_iter().partition(|node: &LineNode| node.text.starts_with("set "));
    let mut sets = Sets(sets);
    sets.0.extend(tree(COMMON));
    let (mut title, mut reference, mut revision, mut bare, mut unknown) = ("", "", 1, false, false);
    let mut fields = Vec::new();
    for node in &lines {
        if let Some(rest) = node.text.strip_prefix("table ") {
            title = rest.split_once(' ').map_or("", |(_, title)| title);
        } else if let Some(rest) = node.text.strip_prefix("spec ") {
            reference = rest;
        } else if let Some(rest) = node.text.strip_prefix("revision ") {
            revision = byte(node, rest)?;
        } else if node.text == "bare" {
            bare = true;
        } else if node.text == "unknown" {
            unknown = true;
        } else {
            fields.push(field(node, &sets)?);
        }
    }
    let header = if bare { &[] } else { header() };
    Ok(TableDef { signature, title, reference, revision, unknown, header, fields: leak(fields) })
}

/// The header that every table has but those that say `bare`.
pub fn header() -> &'static [Field] {
    static HEADER: OnceLock<&'static [Field]> = OnceLock::new();
    HEADER.get_or_init(|| {
        let sets = Sets(tree(COMMON));
        let fields = sets.find("header").map(|node| self::fields(&node.below, &sets));
        leak(fields.and_then(Result::ok).unwrap_or_default())
    })
}

/// Lists live as long as the program, and each is read once.
fn leak<T>(list: Vec<T>) -> &'static [T] {
    Box::leak(list.into_boxed_slice())
}

fn fields(nodes: &[LineNode], sets: &Sets) -> Result<Vec<Field>, LayoutError> {
    nodes.iter().map(|node| field(node, sets)).collect()
}

fn wrong(node: &LineNode, what: impl Into<String>) -> LayoutError {
    LayoutError { line: node.line, what: format!("{}: {}", node.text, what.into()) }
}

fn number(node: &LineNode, text: &str) -> Result<u64, LayoutError> {
    let number = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    number.map_err(|_| wrong(node, format!("{text:?} is not a number")))
}

fn short(node: &LineNode, text: &str) -> Result<u16, LayoutError> {
    u16::try_from(number(node, text)?).map_err(|_| wrong(node, format!("{text} is too large")))
}

fn byte(node: &LineNode, text: &str) -> Result<u8, LayoutError> {
    u8::try_from(number(node, text)?).map_err(|_| wrong(node, format!("{text} is too large")))
}

/// The first word of a text and the rest.
fn word(text: &'static str) -> (&'static str, &'static str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

fn field(node: &LineNode, sets: &Sets) -> Result<Field, LayoutError> {
    let mut parts = node.text.split(" ; ").map(str::trim);
    let (at, rest) = word(parts.next().unwrap_or_default());
    let (width, rest) = word(rest);
    let (kind, name) = word(rest);
    if name.is_empty() {
        return Err(wrong(node, "expected AT WIDTH KIND Name"));
    }
    let at = match at {
        "+" => At::Next,
        "@" => At::Field(""),
        at => At::Fixed(short(node, at)?),
    };
    let width = if width == "-" { 0 } else { short(node, width)? };
    let mut below = node.below.as_slice();
    let mut field = Field { at, ..Field::new(name, width, FieldKind::Uint(Hint::Hex)) };
    let (mut was, mut whens) = (Vec::new(), Vec::new());
    let mut role_of = None;
    let mut zeros = false;
    for part in parts {
        let (key, value) = word(part);
        match key {
            "count" => field.count = count(node, value)?,
            "grid" => {
                let (rows, columns) =
                    value.split_once(" | ").ok_or_else(|| wrong(node, "grid needs A | B"))?;
                field.count = Count::Grid(rows, columns);
            }
            "told" => field.count = Count::Told(value),
            "strings" => field.count = Count::Strings,
            "up" => field.count = Count::UpTo(value.strip_prefix("to ").unwrap_or(value)),
            "must" => field.role = Role::Reserved(number(node, value)?),
            "default" => field.role = Role::Default(number(node, value)?),
            "of" => role_of = Some(short(node, value)?),
            "size" => field.count = Count::Bytes(value),
            "since" => whens.push(When::Revision(byte(node, value)?, u8::MAX)),
            "until" => whens.push(When::Revision(0, byte(node, value)?)),
            "when" => whens.push(when(node, value)?),
            "at" => field.at = At::Field(value),
            "optional" => field.optional = true,
            "numbered" => field.numbered = true,
            "filled" => field.filled = true,
            "zeros" => zeros = true,
            "number" => field.number = true,
            "counted" => field.counted = true,
            "placed" => field.placed = true,
            "written" => field.written = true,
            "label" => field.label = value,
            "heading" => field.heading = Some(value),
            "was" => was.push(value),
            "as" => {
                let set = sets.find(value).ok_or_else(|| wrong(node, format!("no set {value}")))?;
                below = &set.below;
            }
            _ => return Err(wrong(node, format!("unknown attribute {key:?}"))),
        }
    }
    (field.was, field.when) = (leak(was), leak(whens));
    let whole = |field: &mut Field, kind| {
        field.kind = kind;
        if field.count == Count::Fixed(1) {
            (field.count, field.width) = (Count::Fixed(width), 1);
        }
    };
    match kind {
        "hex" => (),
        "dec" => field.kind = FieldKind::Uint(Hint::Dec),
        "address" => field.kind = FieldKind::Uint(Hint::Address),
        "amount" => field.kind = FieldKind::Uint(Hint::Amount),
        "reserved" => {
            if width > 8 {
                whole(&mut field, FieldKind::Bytes);
            }
            if field.role == Role::Plain {
                field.role = Role::Reserved(0);
            }
        }
        "type" => (field.kind, field.role) = (FieldKind::Uint(Hint::Dec), Role::Type),
        "length" => (field.kind, field.role) = (FieldKind::Uint(Hint::Dec), Role::Length),
        "revision" => (field.kind, field.role) = (FieldKind::Uint(Hint::Dec), Role::Revision),
        "checksum" => field.role = role_of.map_or(Role::Checksum, Role::ChecksumOf),
        "flags" => field.kind = FieldKind::Flags(leak(bits(below)?)),
        "choice" => field.kind = FieldKind::Choice(leak(values(below)?)),
        "text" => whole(&mut field, FieldKind::Text),
        "string" => {
            field.kind = FieldKind::String;
            if field.count == Count::Fixed(1) {
                field.count = Count::ToNul;
            }
        }
        "unicode" => field.kind = FieldKind::Unicode,
        "bytes" => whole(&mut field, FieldKind::Bytes),
        "guid" => field.kind = FieldKind::Guid,
        "group" => field.kind = FieldKind::Group(leak(fields(below, sets)?)),
        "gas" => {
            let gas = sets.find("gas").ok_or_else(|| wrong(node, "no set gas"))?;
            field.kind = FieldKind::Group(leak(fields(&gas.below, sets)?));
            field.heading = Some("Generic Address Structure");
        }
        "entries" => {
            field.kind = FieldKind::Entries(entries(below, sets, zeros)?);
            if field.count == Count::Fixed(1) {
                field.count = Count::Rest;
            }
        }
        _ => return Err(wrong(node, format!("unknown kind {kind:?}"))),
    }
    if field.at == At::Field("") {
        return Err(wrong(node, "@ needs the attribute at"));
    }
    if field.label.is_empty() {
        field.label = match field.kind {
            FieldKind::Flags(_) => Box::leak(format!("{name} (decoded below)").into_boxed_str()),
            _ => name,
        };
    }
    Ok(field)
}

fn count(node: &LineNode, value: &'static str) -> Result<Count, LayoutError> {
    Ok(match value {
        "*" => Count::Rest,
        _ if value.bytes().all(|byte| byte.is_ascii_digit()) => Count::Fixed(short(node, value)?),
        name => Count::Field(name),
    })
}

fn when(node: &LineNode, value: &'static str) -> Result<When, LayoutError> {
    if let Some((name, range)) = value.split_once(" in ") {
        let (first, last) = range.split_once('-').ok_or_else(|| wrong(node, "in needs N-N"))?;
        return Ok(When::In(name, number(node, first)?, number(node, last)?));
    }
    if let Some((name, value)) = value.split_once(" = ") {
        let value = number(node, value)?;
        return Ok(When::In(name, value, value));
    }
    if let Some((name, least)) = value.split_once(" >= ") {
        return Ok(When::In(name, number(node, least)?, u64::MAX));
    }
    if let Some((name, limit)) = value.split_once(" < ") {
        return Ok(When::In(name, 0, number(node, limit)?.saturating_sub(1)));
    }
    match value.rsplit_once(" bit ") {
        Some((name, bit)) => Ok(When::Bit(name, byte(node, bit)?)),
        None => Ok(When::NonZero(value)),
    }
}

fn bits(nodes: &[LineNode]) -> Result<Vec<Bits>, LayoutError> {
    let one = |node: &LineNode| {
        let unlisted = node.text.starts_with('+');
        let mut parts = node.text.trim_start_matches('+').split(" ; ");
        let (at, name) = word(parts.next().unwrap_or_default());
        let (low, high) = at.split_once('-').unwrap_or((at, at));
        let (low, high) = (byte(node, low)?, byte(node, high)?);
        let mut since = 0;
        for part in parts {
            match part.strip_prefix("since ") {
                Some(revision) => since = byte(node, revision)?,
                None => return Err(wrong(node, "only since")),
            }
        }
        let width = high.checked_sub(low).filter(|_| high < 64).ok_or_else(|| wrong(node, "bits fall"))? + 1;
        Ok(Bits { name, low, width, since, values: leak(values(&node.below)?), unlisted })
    };
    nodes.iter().map(one).collect()
}

fn values(nodes: &[LineNode]) -> Result<Vec<(u64, &'static str)>, LayoutError> {
    let one = |node: &LineNode| {
        let text = node.text.strip_prefix("= ").ok_or_else(|| wrong(node, "expected = NUMBER Name"))?;
        let (value, name) = word(text);
        Ok((number(node, value)?, name))
    };
    nodes.iter().map(one).collect()
}

fn entries(nodes: &[LineNode], sets: &Sets, zeros: bool) -> Result<&'static EntryList, LayoutError> {
    let (kinds, head): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| node.text.starts_with("entry "));
    let kind = |node: &&LineNode| {
        let mut parts = node.text.trim_start_matches("entry ").split(" ; ");
        let (range, rest) = word(parts.next().unwrap_or_default());
        let (len, title) = word(rest);
        let (first, last) = match range {
            "-" => (0, 0),
            range => {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                (number(node, first)?, number(node, last)?)
            }
        };
        let mut more = Vec::new();
        let mut ends = false;
        let mut below = node.below.as_slice();
        for part in parts {
            if let Some((name, unit)) = part.strip_prefix("more ").and_then(|more| more.rsplit_once(" * ")) {
                more.push((name, short(node, unit)?));
            } else if let Some(set) = part.strip_prefix("as ").and_then(|name| sets.find(name)) {
                below = &set.below;
            } else if part == "last" {
                ends = true;
            } else {
                return Err(wrong(node, format!("unknown attribute {part:?}")));
            }
        }
        Ok(EntryDef {
            ends,
            first,
            last,
            title,
            len: short(node, len)?,
            more: leak(more),
            fields: leak(fields(below, sets)?),
        })
    };
    let kinds = kinds.iter().map(kind).collect::<Result<_, _>>()?;
    let head = head.iter().map(|node| field(node, sets)).collect::<Result<_, _>>()?;
    Ok(Box::leak(Box::new(EntryList { head: leak(head), kinds: leak(kinds), zeros })))
}
