//! A value of the source as the bytes of its field.

use super::{Fault, Given};
use crate::table::def::{Field, FieldKind, Hint};

/// The bytes of one element: a number of `width` bytes.
pub(super) fn number(value: u64, width: u16) -> Result<Vec<u8>, Fault> {
    let most = most(width);
    if value > most {
        return Err(Fault::Range { value, most });
    }
    let bytes = value.to_le_bytes();
    Ok(bytes.get(..usize::from(width)).unwrap_or(&bytes).to_vec())
}

/// The largest number of that many bytes.
pub(super) fn most(width: u16) -> u64 {
    match width {
        0 => 0,
        1..8 => (1 << (8 * u32::from(width))) - 1,
        _ => u64::MAX,
    }
}

/// Text as bytes, each character one of Latin-1.
fn latin1(text: &str) -> Result<Vec<u8>, Fault> {
    text.chars()
        .map(|sign| u8::try_from(u32::from(sign)).map_err(|_| Fault::Character { found: sign }))
        .collect()
}

/// `{ 41 4D 44 }`: the bytes of text that iasl's quotation marks cannot hold.
fn braces(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

/// Bytes of two hexadecimal digits each, with blanks, commas or nothing between them.
fn list(text: &str) -> Result<Vec<u8>, Fault> {
    let wrong = |found: &str| Fault::Byte { found: found.into() };
    let mut bytes = Vec::new();
    for word in text.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        for at in (0..word.len()).step_by(2) {
            let digits = word.get(at..(at + 2).min(word.len())).ok_or_else(|| wrong(word))?;
            let byte = u8::from_str_radix(digits, 16).map_err(|_| wrong(word))?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(wrong(word));
            }
            bytes.push(byte);
        }
    }
    Ok(bytes)
}

fn guid(text: &str) -> Result<Vec<u8>, Fault> {
    let wrong = || Fault::Guid { found: text.into() };
    let groups: Vec<&str> = text.trim().split('-').collect();
    if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
        return Err(wrong());
    }
    let mut bytes = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let mut part = list(group).map_err(|_| wrong())?;
        if index < 3 {
            part.reverse();
        }
        bytes.extend(part);
    }
    Ok(bytes)
}

/// The bytes of a field that holds no numbers: text, a GUID, bytes. `room` is how many there have to be, if that is fixed.
pub(super) fn bytes(field: &Field, given: &Given<'_>, room: Option<usize>) -> Result<Vec<u8>, Fault> {
    let expected = match field.kind {
        FieldKind::Guid => "a GUID",
        FieldKind::Bytes => "bytes",
        _ => "text",
    };
    let text = match given {
        Given::Source(text) | Given::Quoted(text) => text.as_ref(),
        Given::Text(text) => text.as_str(),
        Given::Numbers(units) if field.kind == FieldKind::Unicode => {
            let mut bytes = Vec::new();
            for unit in units {
                bytes.extend(number(*unit, 2)?);
            }
            return Ok(bytes);
        }
        Given::Number(_) => return Err(Fault::Kind { found: "number", expected }),
        Given::Numbers(_) => return Err(Fault::Kind { found: "list of numbers", expected }),
    };
    let plain = matches!(given, Given::Text(_));
    let raw = if let Given::Source(text) = given { braces(text) } else { None };
    let mut bytes = match field.kind {
        FieldKind::Guid => guid(text)?,
        FieldKind::Bytes => list(raw.unwrap_or(text))?,
        // iasl shows an id that is no text as a number.
        FieldKind::Text if is_number(given, room) => {
            let mut bytes = list(text)?;
            bytes.reverse();
            bytes
        }
        _ if raw.is_some() => list(raw.unwrap_or_default())?,
        FieldKind::Unicode => {
            let units = text.encode_utf16().chain((!plain).then_some(0));
            units.flat_map(u16::to_le_bytes).collect()
        }
        FieldKind::String if !plain => [latin1(text)?, vec![0]].concat(),
        _ => latin1(text)?,
    };
    if let Some(room) = room {
        match field.kind {
            FieldKind::Text if bytes.len() > room => {
                return Err(Fault::Long { found: bytes.len(), most: room });
            }
            FieldKind::Text => bytes.resize(room, 0),
            _ if bytes.len() != room => return Err(Fault::Count { found: bytes.len(), expected: room }),
            _ => (),
        }
    }
    Ok(bytes)
}

/// Whether text that is not quoted is a number with two digits for each byte, more than there is room for as text.
fn is_number(given: &Given<'_>, room: Option<usize>) -> bool {
    let Given::Source(text) = given else { return false };
    room.is_some_and(|room| room > 0 && text.len() == 2 * room)
        && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Bytes of the generic part of a table, by iasl's name of their type; `None` for other names.
pub(super) fn generic(name: &str) -> Option<Field> {
    let of = |kind, width| Field::new("", width, kind);
    let uint = FieldKind::Uint(Hint::Hex);
    Some(match name {
        "UINT8" => of(uint, 1),
        "UINT16" => of(uint, 2),
        "UINT24" => of(uint, 3),
        "UINT32" => of(uint, 4),
        "UINT40" => of(uint, 5),
        "UINT48" => of(uint, 6),
        "UINT56" => of(uint, 7),
        "UINT64" => of(uint, 8),
        "String" | "DevicePath" => of(FieldKind::String, 1),
        "Unicode" => of(FieldKind::Unicode, 2),
        "GUID" | "UUID" => of(FieldKind::Guid, 16),
        "Buffer" | "BUF16" | "Data" | "Undefined Bytes" | "Bytes Past Length" => of(FieldKind::Bytes, 1),
        _ => return None,
    })
}
