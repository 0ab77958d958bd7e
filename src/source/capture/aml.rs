//! What stays of the texts in AML: strings, and text in buffers, by forms and lists of what is known to be harmless. Any other
//! text is replaced by a placeholder of its length, so that every place in the table stays what it was.

use super::layout;
use super::mask::{self, Mask};
use super::secrets::{self, Kind};
use crate::bytes::sum8;
use crate::container::raw;
use crate::table::aml::{self, Fault, Holds, Operand};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// Whole texts that stay; see the head of the file.
const TEXTS: &str = include_str!("known/aml.txt");
/// Vendors of hardware ids; see the head of the file.
const IDS: &str = include_str!("known/ids.txt");
/// A text of fewer characters stays: too short to name anything.
const SHORT: usize = 4;
/// From this length on, letters and digits in a buffer are taken for text; other characters, two more. In as many random bytes the
/// first comes once in 5000, the second once in 3000.
const RUN: usize = 6;
/// The longest text that is remembered as it is; of longer ones only the hash is.
const REMEMBERED: usize = 64;
/// What a text is judged by, in bytes: none that is longer stays.
const HEAD: usize = 4096;
/// Texts that are replaced in one capture: 140 real machines have as many together.
const MOST: usize = 1 << 17;
/// Where the checksum is in a header.
const CHECKSUM: usize = 9;

/// What was replaced in a table: of each class, where.
pub type Replaced = BTreeMap<Kind, Vec<usize>>;

/// Why the texts of a table cannot be replaced one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The AML cannot be followed.
    #[error("its AML cannot be followed: at {:#x}, {}", .0.at, .0.what)]
    Fault(Fault),
    /// There are too many.
    #[error("its AML has more than {MOST} texts")]
    Many,
}

/// What is taken of a table.
pub(super) enum Taken {
    /// All of it, with these texts replaced.
    Whole(Replaced),
    /// All of it but what is no number, from these offsets on.
    Zeroed(Vec<usize>),
    /// Its header: the class of the rest, and why.
    Header(Kind, String),
}

/// Replaces what has to be replaced in a table whose file has the name `file`, if that can be done.
pub(super) fn take(table: &mut [u8], file: &str, mask: &mut Mask) -> Taken {
    let listed = secrets::of_table(table, file);
    if let Some((kind, why)) = listed.filter(|(kind, _)| !mask.keeps(*kind)) {
        return Taken::Header(kind, why.to_owned());
    }
    if listed.is_none() && !mask.keeps(Kind::Vendor) && !aml::SIGNATURES.contains(&raw::name(table)) {
        if crate::table::definition(table).is_none() {
            return Taken::Header(
                Kind::Vendor,
                "its layout is not known, so that it may hold anything".to_owned(),
            );
        }
        let free = layout::free(table, &mut mask.texts);
        if !free.is_empty() && !layout::is_needed(table) {
            let what =
                format!("it holds more than numbers, at {:#x}", free.first().map_or(0, |place| place.start));
            return Taken::Header(Kind::Vendor, what);
        }
        if !free.is_empty() {
            layout::zero(table, &free);
            return Taken::Zeroed(free.iter().map(|place| place.start).collect());
        }
    }
    match mask.aml(table) {
        Ok(replaced) => Taken::Whole(replaced.unwrap_or_default()),
        Err(_) if mask.keeps(Kind::Aml) => Taken::Whole(Replaced::new()),
        Err(refused) => Taken::Header(Kind::Aml, refused.to_string()),
    }
}

/// What is known, and what was replaced so far.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: HashSet<&'static str>,
    vendors: HashSet<&'static str>,
    /// How many texts were replaced.
    count: usize,
}

impl Texts {
    pub(super) fn read(&mut self) {
        if self.known.is_empty() {
            self.known = mask::list(TEXTS).lines().collect();
            self.vendors = mask::list(IDS).split_whitespace().collect();
        }
    }

    /// Whether a text says nothing of a machine.
    pub(super) fn is_harmless(&self, text: &str) -> bool {
        let text = text.trim_end_matches(' ');
        text.len() < SHORT || is_path(text) || self.known.contains(text) || self.is_id(text)
    }

    /// A hardware id: PNP0A08, ACPI0007.
    fn is_id(&self, text: &str) -> bool {
        let Some((vendor, number)) = text.len().checked_sub(4).and_then(|at| text.split_at_checked(at))
        else {
            return false;
        };
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        number.bytes().all(is_digit) && self.vendors.contains(vendor)
    }
}

impl Mask<'_> {
    /// Replaces the texts of a table's AML that are not known to be harmless, and makes its checksum right again if it was right.
    /// The class of each, and where it is in the table; `None` for tables that hold no AML.
    ///
    /// # Errors
    /// [`Refused`], and the table is as it was.
    pub fn aml(&mut self, table: &mut [u8]) -> Result<Option<Replaced>, Refused> {
        self.texts.read();
        let (mut edits, count) = (Vec::new(), self.texts.count);
        let mut each = |operand: Operand| {
            if self.texts.count <= MOST
                && let Some(bytes) = table.get(operand.at..operand.at.saturating_add(operand.len))
            {
                self.operand(bytes, operand.holds, &mut |edit| {
                    edits.push(Edit { at: operand.at + edit.at, ..edit });
                });
            }
        };
        let holds = aml::operands(table, &mut each).map_err(Refused::Fault)?;
        // What is after the end that the header names.
        let length = crate::table::Header::parse(table).map_or(0, |header| header.length as usize);
        if holds && length < table.len() {
            each(Operand { at: length, len: table.len() - length, holds: Holds::Bytes });
        }
        if self.texts.count > MOST {
            self.texts.count = count;
            return Err(Refused::Many);
        }
        let end = length.min(table.len());
        let sum = |table: &[u8]| sum8(table.get(..end).unwrap_or_default());
        let (before, mut replaced) = (sum(table), Replaced::new());
        for edit in &edits {
            edit.apply(table);
            replaced.entry(edit.kind).or_default().push(edit.at);
        }
        let change = before.wrapping_sub(sum(table));
        if let Some(checksum) = table.get_mut(CHECKSUM) {
            *checksum = checksum.wrapping_add(change);
        }
        Ok(holds.then_some(replaced))
    }

    /// What is to be replaced of a string or a buffer: where it is, its class, and what comes there.
    fn operand(&mut self, bytes: &[u8], holds: Holds, each: &mut dyn FnMut(Edit)) {
        let mut replace = |at, text: &[u8], wide| {
            if let Some((kind, number)) = self.text(text) {
                each(Edit { at, len: text.len(), wide, kind, number });
            }
        };
        if holds == Holds::Text {
            return replace(0, bytes, false);
        }
        // A buffer that is a string with zeros to its end, and texts among other bytes.
        let filled = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let wide = wide_run(rest);
            let len = rest.iter().take_while(|byte| is_printable(**byte)).count();
            let run = rest.get(..len).unwrap_or_default();
            if wide >= SHORT {
                let text: Vec<u8> = rest.iter().step_by(2).take(wide).copied().collect();
                replace(at, &text, true);
                at += wide * 2;
                continue;
            }
            let is_text = len >= RUN + 2
                || len >= RUN && run.iter().all(u8::is_ascii_alphanumeric)
                || len >= SHORT && at == 0 && len == filled;
            if is_text && !ends_in_path(run) {
                replace(at, run, false);
            }
            at += len.max(1);
        }
    }

    /// The class of a text and the number of its placeholder, unless it stays.
    fn text(&mut self, bytes: &[u8]) -> Option<(Kind, usize)> {
        let (head, tail) = bytes.split_at(bytes.len().min(HEAD));
        // Every byte is a character of its own, so that no two texts are taken for one.
        let text: String = head.iter().map(|byte| char::from(*byte)).collect();
        let is_whole = tail.is_empty();
        if is_whole && self.texts.is_harmless(&text)
            || is_replacement(&text) && tail.iter().all(|byte| *byte == b'#')
        {
            return None;
        }
        let kind = kind(&text);
        if self.keeps(kind) {
            return None;
        }
        self.texts.count += 1;
        if bytes.len() > REMEMBERED {
            let hash = Sha256::digest(bytes).iter().map(|byte| char::from(*byte)).collect();
            return Some((kind, self.number(hash, false)));
        }
        // Words of the log are compared with what was replaced: with what somebody would know the machine by.
        let is_telling = kind != Kind::Aml && text.bytes().any(|byte| byte.is_ascii_digit());
        Some((kind, self.number(text, is_telling)))
    }
}

/// A text that is replaced.
struct Edit {
    /// Where it is in the table.
    at: usize,
    /// How many characters it has.
    len: usize,
    /// Whether each character is followed by a zero.
    wide: bool,
    kind: Kind,
    /// The number of its placeholder.
    number: usize,
}

impl Edit {
    fn apply(&self, table: &mut [u8]) {
        let step = if self.wide { 2 } else { 1 };
        let place = table.get_mut(self.at..).unwrap_or_default().iter_mut().step_by(step);
        for (byte, new) in place.zip(replacement(self.number, self.len)) {
            *byte = new;
        }
    }
}

/// The class of a text that does not stay.
fn kind(text: &str) -> Kind {
    match secrets::kind("", text) {
        _ if is_product_key(text) => Kind::Licences,
        Kind::Secrets => Kind::Secrets,
        _ if mask::names_part(text) => Kind::Serials,
        _ if mask::foreign(text) => Kind::Names,
        _ => Kind::Aml,
    }
}

/// Five groups of five letters and digits.
fn is_product_key(text: &str) -> bool {
    let groups: Vec<&str> = text.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    groups.windows(5).any(|groups| groups.iter().all(|group| group.len() == 5))
}

/// A path in the namespace, or one name of at most four characters.
fn is_path(text: &str) -> bool {
    let names = text.trim_start_matches(['\\', '^']);
    names.len() < 256
        && names.split('.').all(|name| {
            (1..=4).contains(&name.len())
                && !name.starts_with(|first: char| first.is_ascii_digit())
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        })
}

/// Whether a run of characters is a path, after up to as many others as come by chance.
fn ends_in_path(run: &[u8]) -> bool {
    let root = run.iter().take(RUN).position(|byte| *byte == b'\\');
    root.and_then(|at| std::str::from_utf8(run.get(at..)?).ok()).is_some_and(is_path)
}

/// How many characters follow each other with a zero after each: text in UTF-16.
fn wide_run(bytes: &[u8]) -> usize {
    let pairs = bytes.chunks_exact(2);
    pairs.take_while(|pair| matches!(pair, [byte, 0] if is_printable(*byte))).count()
}

fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// A placeholder of `len` bytes: `[masked-7]####`, or `~07` where there is no room for that.
fn replacement(number: usize, len: usize) -> Vec<u8> {
    let long = format!("[masked-{number}]");
    if long.len() <= len {
        return format!("{long:#<len$}").into_bytes();
    }
    let digits = |base: usize| {
        let mut left = number;
        std::iter::from_fn(move || {
            let digit = char::from_digit((left % base) as u32, base as u32)?;
            left /= base;
            Some(digit.to_ascii_uppercase() as u8)
        })
    };
    let mut out: Vec<u8> = digits(36).take(len.saturating_sub(1)).collect();
    out.push(b'~');
    out.reverse();
    out
}

/// Whether a text is a placeholder, of this capture or of one that it was made from.
fn is_replacement(text: &str) -> bool {
    mask::is_placeholder(text.trim_end_matches('#'))
        || text.strip_prefix('~').is_some_and(|digits| {
            // Longer ones have room for the other form.
            (3..=14).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
                && digits.starts_with('0')
        })
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    const AUXMAC: &str = "_AUXMAC_#001122334455#";

    fn package(opcode: &[u8], inner: &[u8]) -> Vec<u8> {
        let len = inner.len() + 2;
        [opcode, &[0x40 | (len & 0xf) as u8, (len >> 4) as u8], inner].concat()
    }

    fn text(text: &str) -> Vec<u8> {
        [b"\x0d", text.as_bytes(), b"\0"].concat()
    }

    fn buffer(bytes: &[u8]) -> Vec<u8> {
        package(&[0x11], &[&[0x0a, bytes.len() as u8], bytes].concat())
    }

    fn table(aml: &[u8]) -> Vec<u8> {
        let length = 36 + aml.len() as u32;
        let mut table = [b"SSDT".as_slice(), &length.to_le_bytes(), &[2, 0], &[b'A'; 26], aml].concat();
        table[9] = 0u8.wrapping_sub(sum8(&table));
        table
    }

    fn masked(aml: &[u8], keep: &[Kind]) -> (Vec<u8>, Replaced) {
        let (before, mut after) = (table(aml), table(aml));
        let replaced = Mask::new(keep).aml(&mut after).unwrap().unwrap();
        assert_eq!((after.len(), sum8(&after)), (before.len(), 0));
        assert_eq!(after[..9], before[..9]);
        (after[36..].to_vec(), replaced)
    }

    fn wide(text: &str) -> Vec<u8> {
        text.bytes().flat_map(|byte| [byte, 0]).collect()
    }

    #[test]
    fn lists_are_read() {
        let mut texts = Texts::default();
        texts.read();
        assert!(texts.known.len() > 50 && texts.vendors.len() > 50);
        assert!(texts.known.iter().all(|text| text.len() >= SHORT && text.trim() == *text));
        let is_vendor = |vendor: &&str| (3..=5).contains(&vendor.len());
        assert!(texts.vendors.iter().all(is_vendor));
    }

    #[test]
    fn what_is_harmless_stays() {
        for stays in [
            "",
            "mWh",
            "PNP0A08",
            "ACPI0007",
            "INTC1056",
            "Windows 2015",
            "Linux",
            "\\_SB.PCI0.GFX0",
            "^^LPCB.EC0",
            "GFX0",
            "CPU0IST ",
            "LION",
            "compatible",
        ] {
            let aml = [text(stays), buffer(stays.as_bytes()), buffer(&wide(stays))].concat();
            assert_eq!(masked(&aml, &[]), (aml, Replaced::new()), "{stays}");
        }
        // Where a resource has a path, and what is in front of it happens to be a character.
        let aml = buffer(b"\x8c\x20\0\x01\x22\\_SB.GPO0\0\x79\0");
        assert_eq!(masked(&aml, &[]).0, aml);
    }

    #[test]
    fn known_uuids_are_no_text() {
        for uuid in [
            "33db4d5b1ff7401c96577441c03dd766",
            "0811b06e4a2744f98d603cbbc22e7b48",
            "e5c937d035534d7a9117ea4d19c3434d",
            "3cdff6f742674555ad05b30a3d8938de",
            "daffd8146eba4d8c8a91bc9bbf4aa301",
            "c4eb40a06cd211e2bcfd0800200c9a66",
        ] {
            let digits = |at: usize| u8::from_str_radix(&uuid[at * 2..at * 2 + 2], 16).unwrap();
            let bytes: Vec<u8> = (0..16).map(digits).collect();
            let mixed = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map(|at| bytes[at]);
            let aml = buffer(&mixed);
            assert_eq!(masked(&aml, &[]).0, aml, "{uuid}");
        }
    }

    #[test]
    fn what_is_not_known_goes_wherever_it_is() {
        for (secret, kind) in [
            (AUXMAC, Kind::Serials),
            ("00:11:22:33:44:55", Kind::Serials),
            ("0f1e2d3c-1111-2222-3333-444455556666", Kind::Serials),
            ("ABCDE-12345-FGHIJ-67890-KLMNO", Kind::Licences),
            ("password=hunter2", Kind::Secrets),
            ("http://me.example/x", Kind::Names),
            ("7GX4K02", Kind::Aml),
            ("1234", Kind::Aml),
            ("Asset of somebody", Kind::Aml),
        ] {
            let inner =
                [&[3][..], &text(secret), &buffer(secret.as_bytes()), &buffer(&wide(secret))].concat();
            let nested = package(&[0x12], &[&[1][..], &package(&[0x12], &inner)].concat());
            let method = package(&[0x14], &[b"MTHD\0\xa4".as_slice(), &text(secret)].concat());
            let aml = [nested, method].concat();
            let (after, replaced) = masked(&aml, &[]);
            let holds = |bytes: &[u8]| memchr::memmem::find(&after, bytes).is_some();
            assert!(!holds(secret.as_bytes()) && !holds(&wide(secret)), "{secret}");
            assert_eq!(replaced.keys().collect::<Vec<_>>(), [&kind], "{secret}");
            assert_eq!(replaced[&kind].len(), 4, "{secret}");
            assert_eq!(masked(&after, &[]).0, after, "{secret} a second time");
            assert_eq!(masked(&aml, &[kind]).0, aml, "{secret} asked for");
        }
        // In the middle of other bytes.
        let (after, _) = masked(&buffer(&[&[1, 2, 0][..], AUXMAC.as_bytes(), &[0, 3]].concat()), &[]);
        assert!(memchr::memmem::find(&after, b"0011").is_none());
    }

    #[test]
    fn the_same_text_has_the_same_placeholder() {
        let mut mask = Mask::new(&[]);
        let line = mask.command_line("quiet who=serial-no-4711");
        let mut table = table(&[text("Serial 1"), text("who=serial-no-4711"), text("Serial 1")].concat());
        mask.aml(&mut table).unwrap();
        assert_eq!(line, "quiet [masked-1]");
        assert_eq!(&table[36..], b"\x0d~0000002\0\x0d[masked-1]########\0\x0d~0000002\0");
        let number = replacement(1_679_615, 5);
        assert_eq!(number, b"~ZZZZ");
    }

    #[test]
    fn what_cannot_be_followed_is_refused_and_stays_as_it_was() {
        let damaged = table(&[text(AUXMAC), vec![0x7d, 0xf7]].concat());
        let mut after = damaged.clone();
        let refused = Mask::new(&[]).aml(&mut after).unwrap_err();
        assert!(refused.to_string().contains("0x3d"), "{refused}");
        assert_eq!(after, damaged);
        assert_eq!(Mask::new(&[]).aml(&mut b"APIC".to_vec()), Ok(None));
        // What comes after the length in the header is looked at too.
        let mut longer = [table(&[0xa3]), AUXMAC.as_bytes().to_vec()].concat();
        Mask::new(&[]).aml(&mut longer).unwrap();
        assert!(memchr::memmem::find(&longer, b"0011").is_none() && sum8(&longer[..37]) == 0);
    }

    proptest::proptest! {
        #[test]
        fn any_aml_keeps_its_shape(parts in proptest::collection::vec("[ -~]{0,40}|[a-z]{2}", 0..20)) {
            let aml: Vec<u8> = parts.iter().flat_map(|part| [text(part), buffer(part.as_bytes())].concat()).collect();
            let (after, _) = masked(&aml, &[]);
            let shape = |aml: &[u8]| {
                let mut all = Vec::new();
                aml::operands(&table(aml), &mut |operand| all.push(operand)).unwrap();
                all
            };
            proptest::prop_assert_eq!(shape(&aml), shape(&after));
        }
    }
}
