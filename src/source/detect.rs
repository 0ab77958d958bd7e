//! What some bytes are, by their content.

use super::kernel;
use super::tree::Tree;
use crate::budget;
use crate::bytes::{bytes_at, pairs};
use crate::container::{acpidump, bzimage, elf, hexdump, kdump, pe, raw, tar};
use crate::foreign::Foreign;

/// What a file or a stream turned out to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing at all.
    Empty,
    /// Binary ACPI tables, the first of them at the start.
    Tables,
    /// An archive of the newc kind: an override archive, an initrd, or both.
    Cpio,
    /// An image of a machine's memory in one of the formats that say so; a raw image is [`Kind::Unknown`].
    Memory(MemoryFormat),
    /// Something that has a well-known beginning: what it is, as a message names it.
    Known(&'static str),
    /// Text of some sort, which may be that of acpidump.
    Text,
    /// Text in units of 16 bits, as some shells of Windows write it, after a byte order mark.
    Utf16(ByteOrder),
    /// None of these.
    Unknown,
}

/// A format of memory images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryFormat {
    /// An ELF core whose program headers describe memory.
    Elf,
    /// What makedumpfile writes, compressed page by page.
    Kdump,
    /// The same cut into records, for pipes.
    KdumpFlattened,
}

impl MemoryFormat {
    /// What a message calls it.
    pub fn name(self) -> &'static str {
        match self {
            MemoryFormat::Elf => "an ELF image of memory",
            MemoryFormat::Kdump => "a kdump memory dump",
            MemoryFormat::KdumpFlattened => "a flattened kdump memory dump",
        }
    }
}

/// Which byte of a 16-bit unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// The low one.
    Little,
    /// The high one.
    Big,
}

impl ByteOrder {
    /// The ASCII character of a unit, or a byte that is none.
    pub fn ascii(self, unit: &[u8]) -> u8 {
        match (self, unit) {
            (ByteOrder::Little, [character, 0]) | (ByteOrder::Big, [0, character]) => *character,
            _ => 0xff,
        }
    }
}

/// What a message calls a zip archive.
pub const ZIP: &str = "a zip archive";
/// What a message calls a PDF.
pub const PDF: &str = "a PDF";
/// How RTF begins.
pub const RTF: &[u8] = b"{\\rtf";

/// Whether the first lines of a text are base64: of one width, four signs for three bytes.
pub fn is_base64(text: &[u8]) -> bool {
    const LEAST: usize = 60;
    let mut lines =
        text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    lines.next().is_some_and(|first| {
        let rest_is_alike = lines.all(|line| line.len() <= first.len() && line.iter().all(is_sign));
        first.len() >= LEAST && first.iter().all(is_sign) && rest_is_alike
    })
}

/// Offset, bytes and name of the kinds that are told by a magic number.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"\x1f\x8b", "gzip data"),
    (0, b"\x28\xb5\x2f\xfd", "zstd data"),
    (0, b"\xfd7zXZ\0", "xz data"),
    (0, b"\x5d\0\0\x80\0", "lzma data"),
    (0, b"\x5d\0\0\0\x04", "lzma data"),
    (0, b"BZh", "bzip2 data"),
    (0, b"\x04\x22\x4d\x18", "lz4 data"),
    (0, b"\x02\x21\x4c\x18", "lz4 data"),
    (0, b"\x89LZO", "lzop data"),
    (0, b"PK\x03\x04", ZIP),
    (0, b"070707", "an old cpio archive"),
    (0, b"\xc7\x71", "an old cpio archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "an ELF file"),
    (0, b"MZ", "a PE file (a UKI, a kernel or another EFI program)"),
    (0x202, b"HdrS", "a kernel image"),
    (0, b"%PDF-", PDF),
    (0, b"\x89PNG", "a picture (PNG)"),
    (0, b"\xff\xd8\xff", "a picture (JPEG)"),
];

/// What a file is before anybody asks whether it is a table, whatever length its bytes 4 to 7 make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// A tar archive that is an initrd.
    Initrd,
    /// A tar archive of a machine's files.
    Machine,
    /// A kernel by itself.
    Kernel,
    /// Another PE file: a unified kernel image or an addon, unless it is damaged.
    Pe,
}

/// Whether a file is one of these, by its first 4 KiB.
pub fn whole(head: &[u8]) -> Option<Whole> {
    if tar::is_initrd(head) {
        Some(Whole::Initrd)
    } else if Tree::is_one(head) {
        Some(Whole::Machine)
    } else if kernel::is_kernel(head) {
        Some(Whole::Kernel)
    } else {
        head.starts_with(pe::MAGIC).then_some(Whole::Pe)
    }
}

/// The kind of some bytes.
pub fn kind(bytes: &[u8]) -> Kind {
    kind_of(bytes, bytes.len() as u64)
}

/// The kind of a file of `len` bytes that begins with `bytes`, of which 4 KiB are enough.
pub fn kind_of(bytes: &[u8], len: u64) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if [b"070701", b"070702"].iter().any(|magic| bytes.starts_with(*magic)) {
        return Kind::Cpio;
    }
    // A table first: its signature can begin like a magic number, but then its length would not fit, or be more than is read.
    if raw::length_within(bytes, len).is_ok_and(|length| length as u64 <= budget::TABLE_BYTES) {
        return Kind::Tables;
    }
    if let Some(format) = memory_format(bytes) {
        return Kind::Memory(format);
    }
    let is = |(at, magic, _): &&(usize, &[u8], &str)| bytes_at(bytes, *at, magic.len()) == Some(magic);
    if let Some((_, _, name)) = MAGIC.iter().find(is) {
        return Kind::Known(name);
    }
    if raw::is_exactly(bytes, len) || !raw::split(bytes).tables.is_empty() {
        return Kind::Tables;
    }
    match bytes {
        [0xff, 0xfe, ..] => Kind::Utf16(ByteOrder::Little),
        [0xfe, 0xff, ..] => Kind::Utf16(ByteOrder::Big),
        _ if is_text(bytes) => Kind::Text,
        _ => Kind::Unknown,
    }
}

/// The format of the memory image that begins with `bytes`.
fn memory_format(bytes: &[u8]) -> Option<MemoryFormat> {
    if elf::is_core(bytes) {
        Some(MemoryFormat::Elf)
    } else if bytes.starts_with(kdump::MAGIC) {
        Some(MemoryFormat::Kdump)
    } else {
        bytes.starts_with(kdump::FLAT_MAGIC).then_some(MemoryFormat::KdumpFlattened)
    }
}

/// What a message says that `bytes` are.
pub fn describe(bytes: &[u8]) -> Foreign {
    let known: &str = match kind(bytes) {
        Kind::Empty => "nothing: the file is empty",
        Kind::Tables => "ACPI tables",
        Kind::Cpio => "a cpio archive",
        Kind::Memory(format) => format.name(),
        Kind::Known(_) if bzimage::is_bzimage(bytes) => "a kernel image",
        Kind::Known(name) => name,
        Kind::Utf16(_) => "UTF-16 text",
        Kind::Text if bytes.starts_with(RTF) => "RTF",
        Kind::Text if is_base64(bytes.get(..4096).unwrap_or(bytes)) => "base64",
        Kind::Text if has(bytes, acpidump::RAW_DATA) => "a listing of tables",
        Kind::Text if has(bytes, hexdump::ASL) => "source in ASL, which iasl compiles",
        Kind::Text if has(bytes, b"ACPI Binary Table Extraction Utility") => {
            "acpixtract's list of tables, without their bytes"
        }
        Kind::Text if has(bytes, b"Signature : \"") => {
            "a table as source text, without its bytes: iasl compiles it"
        }
        Kind::Text => {
            let line =
                bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
            let line = line.unwrap_or_default();
            let more = if line.len() > 40 { "…" } else { "" };
            return Foreign::from("text that begins \"") + line.get(..40).unwrap_or(line) + more + "\"";
        }
        Kind::Unknown => {
            return Foreign::from("the bytes ") + pairs(bytes.get(..8).unwrap_or(bytes));
        }
    };
    known.into()
}

fn has(text: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(text, words).is_some()
}

/// How often the bytes hold `EF BF BD`, the character that replaces what is no UTF-8: a binary file that an editor, a
/// browser or a mail program has saved as text has it for every byte from 0x80 up, and nothing brings those back.
pub fn replaced_bytes(bytes: &[u8]) -> usize {
    // Most tables are done with here, and nearly all of the others below, without a search for three bytes in a row.
    if !bytes.contains(&0xef) {
        return 0;
    }
    let others = count(bytes, |byte| byte >= 0x80);
    if count(bytes, |byte| byte == 0xef).saturating_mul(3) < others {
        return 0;
    }
    let replaced = bytes.windows(3).filter(|three| three == b"\xef\xbf\xbd").count();
    if replaced.saturating_mul(3) == others { replaced } else { 0 }
}

/// How many bytes are of a kind. Parts that a byte can count let the processor take many bytes at once.
fn count(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    let part = |part: &[u8]| part.iter().fold(0u8, |sum, byte| sum.wrapping_add(u8::from(wanted(*byte))));
    bytes.chunks(255).fold(0, |sum, bytes| sum.saturating_add(usize::from(part(bytes))))
}

/// Whether the beginning is text: UTF-8 or another superset of ASCII, and a line end before long.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let printable = head.iter().filter(|byte| matches!(byte, 9..=13 | 27 | 32..=126 | 128..)).count();
    let ascii = head.iter().filter(|byte| byte.is_ascii()).count();
    // NULs inside a text happen to those who capture serial lines.
    printable.saturating_mul(16) >= head.len().saturating_mul(15) && ascii.saturating_mul(2) >= head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_an_image_is_no_table_however_well_its_length_fits() {
        use crate::source::open::{Input, Opened};
        use crate::source::tables;
        for magic in [&b"MZ\x90\0"[..], b"\x7fELF"] {
            let mut bytes = magic.to_vec();
            bytes.extend(64u32.to_le_bytes());
            bytes.resize(64, 0);
            let path = std::path::Path::new("x");
            let opened = Input::of(Opened::of_bytes(path, bytes.clone()));
            let by_input = opened.and_then(|input| tables::of_input(input, None)).map(|(set, _)| set);
            let (by_input, by_slice) =
                (by_input.unwrap_err(), tables::of_those(path, &bytes, None).unwrap_err());
            assert_eq!(by_input.to_string(), by_slice.to_string());
        }
    }

    #[test]
    fn a_dump_of_any_length_is_no_table() {
        for (magic, format) in [
            (&b"KDUMP   \x06\0\0\0"[..], MemoryFormat::Kdump),
            (b"makedumpfile\0\0\0\0", MemoryFormat::KdumpFlattened),
        ] {
            let mut head = magic.to_vec();
            head.resize(4096, 0);
            for len in [1 << 20, 1 << 30, 1 << 40] {
                assert_eq!(kind_of(&head, len), Kind::Memory(format), "{len}");
            }
        }
    }
}
