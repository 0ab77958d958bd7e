//! Which line of a source gives which field: by the label, as iasl prints it today and did earlier.

use super::{Line, encode};
use crate::table::def::{Count, EntryList, Field, FieldKind};

/// What bytes are called that no field takes.
pub(super) const RAW: [&str; 2] = ["Data", "Undefined Bytes"];

/// Whether a line is of a generic type.
pub(super) fn is_generic(line: &Line<'_>) -> bool {
    line.name == "Label" || !RAW.contains(&line.name.as_ref()) && encode::generic(&line.name).is_some()
}

/// Whether two lists have entries with the same head.
pub(super) fn alike(one: &EntryList, other: &EntryList) -> bool {
    let names = |list: &EntryList| list.head.first().map(|field| field.label);
    names(one) == names(other)
}

/// Whether all elements of a field are given as one value: text and bytes.
pub(super) fn is_whole(field: &Field) -> bool {
    let rows = field.count == Count::Strings || field.kind == FieldKind::Bytes && field.width > 1;
    matches!(
        field.kind,
        FieldKind::Text | FieldKind::String | FieldKind::Unicode | FieldKind::Bytes | FieldKind::Guid
    ) && !rows
}

/// Whether a field may have no line, as it may have no bytes.
pub(super) fn may_be_empty(field: &Field) -> bool {
    !matches!(field.count, Count::Fixed(1..))
}

/// How many elements the list allows.
pub(super) fn most_elements(field: &Field) -> u64 {
    match field.count {
        Count::Fixed(count) => u64::from(count),
        _ => u64::MAX,
    }
}

/// Whether text is a list of numbers, not an expression.
pub(super) fn is_list(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b',' | b'\t'))
}

/// Whether a line gives this field, by any of its names.
pub(super) fn is(line: &Line<'_>, field: &Field) -> bool {
    let numbered = |name: &str| {
        let rest = line.name.strip_prefix(name).map(str::trim_start);
        field.count != Count::Fixed(1)
            && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let name: &str = &line.name;
    same(name, field.label)
        || same(name, field.name)
        || field.was.iter().any(|was| same(name, was))
        || numbered(field.name)
}

/// Whether a line gives this field by a label that it had earlier.
pub(super) fn is_old(line: &Line<'_>, field: &Field) -> bool {
    !same(&line.name, field.label) && field.was.iter().any(|was| same(&line.name, was))
}

/// Whether two labels are the same but for blanks and for "(decoded below)".
pub(super) fn same(one: &str, other: &str) -> bool {
    one == other || words(one).eq(words(other))
}

fn words(label: &str) -> impl Iterator<Item = &str> {
    let bare = label
        .rfind(" (")
        .filter(|at| label.get(*at..).is_some_and(|end| end.eq_ignore_ascii_case(" (decoded below)")));
    label.get(..bare.unwrap_or(label.len())).unwrap_or(label).split_ascii_whitespace()
}
