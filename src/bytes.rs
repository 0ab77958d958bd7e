//! L0: checked little-endian reads, the byte sum of ACPI, and text that is safe to print.
//!
//! Every read takes an offset that may come from a file; nothing here panics or wraps.

use std::borrow::Cow;

/// The `len` bytes at `at`, or `None` when they are not all there.
pub fn bytes_at(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

/// The `N` bytes at `at` as an array, or `None` when they are not all there.
pub fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes_at(bytes, at, N)?.try_into().ok()
}

/// The byte at `at`.
pub fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

/// The little-endian 16-bit number at `at`.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

/// The little-endian 32-bit number at `at`.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

/// The little-endian 64-bit number at `at`.
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// The little-endian number of `size` bytes (0 to 8) at `at`.
pub fn uint_at(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    if size > 8 {
        return None;
    }
    let raw = bytes_at(bytes, at, size)?;
    Some(raw.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The sum of all bytes modulo 256, which is 0 over a valid ACPI table (ACPI 6.5, 5.2.6).
pub fn sum8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// Whether `wanted` is somewhere in `bytes`, letters of any case taken for the same.
pub fn contains_ignoring_case(bytes: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || bytes.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}

/// A number of bytes with the largest binary unit that leaves at most one decimal: `512 B`, `640 KiB`, `1.5 GiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let unit = (bytes.ilog2() / 10) as usize;
    let name = UNITS.get(unit - 1).copied().unwrap_or("EiB");
    let one = 1u128 << (10 * unit);
    let tenths = (u128::from(bytes) * 10 + one / 2) / one;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

/// A range of addresses as Linux prints it: `[mem 0x...-0x...]`, the end inclusive.
pub fn mem(range: &std::ops::Range<u64>) -> String {
    format!("[mem {:#018x}-{:#018x}]", range.start, range.end.saturating_sub(1))
}

/// Bytes as Linux prints an ACPI string field: up to the first NUL, what is not printable ASCII as `?`.
///
/// # Kernel
/// `acpi_tb_fix_string` in drivers/acpi/acpica/tbprint.c, 5.10 to 7.3.
pub fn kernel_text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' })
        .collect()
}

/// Bytes of a line of the kernel's log as /dev/kmsg shows them: what is no printable ASCII, and the backslash, as `\xNN`. So it
/// is safe to print, and escaped once.
///
/// # Kernel
/// `msg_print_ext_body` in kernel/printk/printk.c, 3.8 to 7.3.
pub fn kmsg(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\x5c"),
            b' '..=b'~' => out.push(char::from(*byte)),
            other => escape_byte(&mut out, *other),
        }
    }
    out
}

/// The bytes of a line that has [`kmsg`]'s escapes.
pub fn from_kmsg(line: &str) -> Vec<u8> {
    let mut parts = line.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.as_bytes().get(2..).unwrap_or_default());
            }
            None => bytes.extend([b"\\x", part.as_bytes()].concat()),
        }
    }
    bytes
}

/// Bytes as text of as many characters, each the one of the byte's value (ISO 8859-1): nothing is lost, and nothing is made
/// safe for a terminal.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Adds so many blanks to a line.
pub fn push_blanks(line: &mut String, count: usize) {
    const BLANKS: &str = "                                                                ";
    let mut left = count;
    while left > 0 {
        let some = left.min(BLANKS.len());
        line.push_str(BLANKS.get(..some).unwrap_or_default());
        left -= some;
    }
}

/// As many digits as the largest number has.
type Digits = [u8; 20];

/// Adds the last digits of these to a line.
fn push_digits(line: &mut String, digits: &Digits, count: usize) {
    let last = digits.get(digits.len().saturating_sub(count)..).unwrap_or_default();
    line.push_str(std::str::from_utf8(last).unwrap_or_default());
}

/// Adds a number to a line, as `{:x}` writes it, with zeros in front of it up to so many digits, 20 at most.
pub fn push_hex(line: &mut String, number: u64, least: usize) {
    push_base_16(line, number, least, |value| b"0123456789abcdef".get(value));
}

/// The same in capitals.
pub fn push_hex_capitals(line: &mut String, number: u64, least: usize) {
    push_base_16(line, number, least, |value| b"0123456789ABCDEF".get(value));
}

fn push_base_16(line: &mut String, number: u64, least: usize, sign: impl Fn(usize) -> Option<&'static u8>) {
    let mut digits: Digits = [b'0'; 20];
    let (mut count, mut left) = (0, number);
    for place in digits.iter_mut().rev() {
        *place = sign((left & 15) as usize).copied().unwrap_or(b'0');
        (count, left) = (count + 1, left >> 4);
        if left == 0 {
            break;
        }
    }
    push_digits(line, &digits, count.max(least));
}

/// Adds a number to a line, as `{}` writes it, with blanks in front of it up to so many columns.
pub fn push_dec(line: &mut String, number: u64, columns: usize) {
    let mut digits: Digits = [b'0'; 20];
    let (mut count, mut left) = (0, number);
    for place in digits.iter_mut().rev() {
        *place = b'0' + (left % 10) as u8;
        (count, left) = (count + 1, left / 10);
        if left == 0 {
            break;
        }
    }
    push_blanks(line, columns.saturating_sub(count));
    push_digits(line, &digits, count);
}

/// How many digits a number has as `{}` writes it.
pub fn decimals(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The hexadecimal digit of the lower four bits.
pub fn digit(value: u8) -> char {
    char::from(match value & 15 {
        value @ 0..10 => b'0' + value,
        value => b'a' - 10 + value,
    })
}

/// Bytes in hexadecimal, without anything between them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Bytes in hexadecimal, with blanks between them.
pub fn pairs(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(3));
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(*byte), ' ']);
    }
    text.pop();
    text
}

/// The 16 bytes of a GUID as it is written: the first three parts are little-endian numbers.
pub fn guid(bytes: &[u8]) -> String {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = String::with_capacity(36);
    for (index, at) in ORDER.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{:02x}", u8_at(bytes, at).unwrap_or_default()));
    }
    text
}

/// The 16 bytes of a GUID from the form in which it is written, upper or lower case; `None` for anything else.
pub fn parse_guid(text: &str) -> Option<[u8; 16]> {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let is_guid = parts.iter().map(|part| part.len()).eq(LENGTHS)
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = u128::from_str_radix(&parts.concat(), 16).ok().filter(|_| is_guid)?;
    let mut bytes = number.to_be_bytes();
    for part in [0..4, 4..6, 6..8] {
        bytes.get_mut(part)?.reverse();
    }
    Some(bytes)
}

/// A number as people give it: decimal or 0x hex, with a K, M, G, T or P suffix in powers of 1024.
pub fn parse_size(text: &str) -> Option<u64> {
    let shift = match text.as_bytes().last()?.to_ascii_uppercase() {
        b'K' => 10,
        b'M' => 20,
        b'G' => 30,
        b'T' => 40,
        b'P' => 50,
        _ => 0,
    };
    let digits = if shift == 0 { text } else { text.get(..text.len() - 1)? };
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16).ok()?,
        None if !digits.starts_with('+') => digits.parse().ok()?,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

/// The start of a text: at most so many bytes, and no character cut apart.
pub fn start_of(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or(text)
}

/// Bytes of unknown origin made safe for a terminal: UTF-8 text stays, control characters, escape sequences, line and
/// direction marks and bytes that are not UTF-8 become `\xNN`, and a backslash becomes `\\`.
pub fn escape(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.chars().any(is_hostile)
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_hostile(character) {
                let mut utf8 = [0; 4];
                character.encode_utf8(&mut utf8).bytes().for_each(|byte| escape_byte(&mut out, byte));
            } else {
                out.push(character);
            }
        }
        chunk.invalid().iter().for_each(|byte| escape_byte(&mut out, *byte));
    }
    Cow::Owned(out)
}

/// The bytes that [`escape`] made a text of.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let pair = || u8::from_str_radix(std::str::from_utf8(more.get(1..3)?).ok()?, 16).ok();
        let (byte, left) = match (first, more.first()) {
            (b'\\', Some(b'\\')) => (b'\\', more.get(1..)),
            (b'\\', Some(b'x')) => pair().map_or((b'\\', Some(more)), |byte| (byte, more.get(3..))),
            (byte, _) => (*byte, Some(more)),
        };
        out.push(byte);
        rest = left.unwrap_or_default();
    }
    out
}

/// Appends one byte as `\xNN`, or as `\\\\`.
pub(crate) fn escape_byte(out: &mut String, byte: u8) {
    if byte == b'\\' {
        out.push_str("\\\\");
        return;
    }
    out.push_str("\\x");
    out.extend([digit(byte >> 4), digit(byte)]);
}

/// Whether a character could change how the text around it is shown.
pub(crate) fn is_hostile(character: char) -> bool {
    character.is_control()
        || character == '\\'
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_read_as_they_are_written() {
        let text = "91af0530-5d86-470e-a6b0-0a2db9408249";
        assert_eq!(parse_guid(text).map(|bytes| guid(&bytes)).as_deref(), Some(text));
        assert_eq!(parse_guid(&text.to_uppercase()), parse_guid(text));
        for bad in [
            "",
            "91af0530",
            "91af0530-5d86-470e-a6b0-0a2db940824",
            "91af0530-5d86-470e-a6b0-0a2db940824g",
            "+1af0530-5d86-470e-a6b0-0a2db9408249",
        ] {
            assert_eq!(parse_guid(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_added_as_the_formatter_writes_them() {
        for number in [0, 1, 9, 10, 15, 16, 99, 100, 0xffff, 0x10000, u64::MAX / 10, u64::MAX] {
            for wide in [1, 3, 8] {
                let mut line = String::new();
                push_hex(&mut line, number, wide);
                push_hex_capitals(&mut line, number, wide);
                push_dec(&mut line, number, wide);
                push_blanks(&mut line, wide * 20);
                let blanks = " ".repeat(wide * 20);
                assert_eq!(line, format!("{number:0wide$x}{number:0wide$X}{number:>wide$}{blanks}"));
            }
        }
        assert_eq!((hex(&[0, 0xab]).as_str(), pairs(&[1, 0xff]).as_str()), ("00ab", "01 ff"));
    }

    #[test]
    fn reads_stop_at_the_end() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(u64_at(&bytes, 0), Some(0x0807_0605_0403_0201));
        assert_eq!(u64_at(&bytes, 1), None);
        assert_eq!(u32_at(&bytes, usize::MAX), None);
        assert_eq!(uint_at(&bytes, 5, 3), Some(0x0008_0706));
        assert_eq!(uint_at(&bytes, 0, 9), None);
    }

    #[test]
    fn hostile_text_is_escaped() {
        assert_eq!(escape(b"BOCHS "), "BOCHS ");
        assert_eq!(escape(b"a\x1b[2Jb\0"), "a\\x1b[2Jb\\x00");
        assert_eq!(escape("gr\u{fc}n\u{202e}".as_bytes()), "gr\u{fc}n\\xe2\\x80\\xae");
        assert_eq!(escape(b"\xff\\"), "\\xff\\\\");
        assert_eq!(kernel_text(b"A\x01B\0C"), "A?B");
        assert_eq!(kmsg(b"a\x1b\\\xc3\xa9\nb"), "a\\x1b\\x5c\\xc3\\xa9\\x0ab");
        assert_eq!(from_kmsg(&kmsg(b"a\x1b\\\xc3\xa9\nb")), b"a\x1b\\\xc3\xa9\nb");
        assert_eq!(from_kmsg("\\x \\xzz"), b"\\x \\xzz");
        assert_eq!(latin1(b"A\xe9\0"), "A\u{e9}\0");
        assert_eq!(guid(&(0..16).collect::<Vec<u8>>()), "03020100-0504-0706-0809-0a0b0c0d0e0f");
    }
}
