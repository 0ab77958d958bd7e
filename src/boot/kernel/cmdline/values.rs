//! Values of options: numbers, sizes and changes to the memory map, as the kernel reads them.
//!
//! # Kernel
//! `simple_strtoull` and `kstrtoint` (lib/vsprintf.c, lib/kstrtox.c), `memparse` (lib/cmdline.c), `cmdline_parse_core`
//! (mm/page_alloc.c or mm/mm_init.c), `parse_memmap_one` (arch/x86/kernel/e820.c); 5.10 to 7.3.

use std::fmt;

/// A size given in bytes or in percent; the last of each kind counts, and a percentage hides the bytes unless it is 0.
///
/// # Kernel
/// `cmdline_parse_core` in mm/page_alloc.c (5.10 to 6.1) and mm/mm_init.c (6.12 to 7.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoreSize {
    /// Whole pages' worth of bytes given; 0 when none.
    pub bytes: u64,
    /// Percentage given; 0 when none. Values above 100 are used as they are.
    pub percent: u64,
}

impl CoreSize {
    pub(super) fn read(&mut self, text: &str) {
        let (number, rest) = number(text);
        if rest.starts_with('%') {
            self.percent = number;
        } else {
            self.bytes = memparse(text).0 & !0xfff;
            self.percent = 0;
        }
    }
}

impl fmt::Display for CoreSize {
    /// Writes it as an option's value, in the largest unit that fits.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.percent != 0 {
            return write!(out, "{}%", self.percent);
        }
        let units = [(40, "T"), (30, "G"), (20, "M"), (10, "K")];
        let whole = units.into_iter().find(|(shift, _)| self.bytes >> shift << shift == self.bytes);
        let (shift, unit) = whole.unwrap_or((0, ""));
        write!(out, "{}{unit}", self.bytes >> shift)
    }
}

/// One change that the command line makes to the memory map, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapChange {
    /// `memmap=exactmap`: all entries so far are dropped.
    Exact,
    /// `mem=N` or `memmap=N`: RAM at and above this address is removed.
    Limit(u64),
    /// `memmap=N@S`, `N#S`, `N$S`, `N!S`, `N%S+T`: an entry of this e820 type is added.
    Add {
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// e820 type number.
        kind: u32,
    },
    /// `memmap=N%S-F+T`: what has the type F gets the type T.
    Convert {
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// Type before.
        from: u32,
        /// Type after.
        to: u32,
    },
    /// `memmap=N%S-F` or `N%S`: entries of type F (or of any) are removed.
    Remove {
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// Type to remove; any when `None`.
        from: Option<u32>,
    },
}

/// A number as the kernel's `simple_strtoull` with base 0 reads it, and what follows it: hex after 0x, octal after 0, no
/// sign, 0 when there is no digit. Too large numbers wrap.
pub fn number(text: &str) -> (u64, &str) {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', next, ..] if next.is_ascii_hexdigit() => (16, text.get(2..).unwrap_or("")),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let end = digits.find(|character: char| !character.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let value = digits
        .chars()
        .filter_map(|digit| digit.to_digit(radix))
        .fold(0u64, |value, digit| value.wrapping_mul(radix.into()).wrapping_add(digit.into()));
    (value, rest)
}

/// A whole number as the kernel's `kstrtoint` with base 0 reads it: nothing may follow it, and it may have a sign.
pub(in crate::boot) fn integer(text: &str) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (value, rest) = number(digits);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) || !rest.is_empty() {
        return None;
    }
    let value = i64::try_from(value).ok()?;
    i32::try_from(if negative { -value } else { value }).ok()
}

/// A number with one of the suffixes K, M, G, T, P, E, and what follows it. Too large numbers wrap.
pub fn memparse(text: &str) -> (u64, &str) {
    let (value, rest) = number(text);
    let shift = match rest.as_bytes().first().map(u8::to_ascii_uppercase) {
        Some(b'K') => 10,
        Some(b'M') => 20,
        Some(b'G') => 30,
        Some(b'T') => 40,
        Some(b'P') => 50,
        Some(b'E') => 60,
        _ => return (value, rest),
    };
    (value.wrapping_shl(shift), rest.get(1..).unwrap_or(""))
}

/// What one part of `memmap=` does.
///
/// # Errors
/// Why Linux passes over it, in words, and whether it takes the map for the user's all the same.
pub(super) fn map_change(one: &str) -> Result<MapChange, (&'static str, bool)> {
    if one.starts_with("exactmap") {
        return Ok(MapChange::Exact);
    }
    let (size, rest) = memparse(one);
    if rest.len() == one.len() {
        return Err(("it does not begin with a size", false));
    }
    let mut characters = rest.chars();
    let sign = characters.next();
    let (start, after) = memparse(characters.as_str());
    let add = |kind| MapChange::Add { start, size, kind };
    Ok(match sign {
        Some('@') => add(1),
        Some('#') => add(3),
        Some('$') => add(2),
        Some('!') => add(12),
        Some('%') => convert(start, size, after).ok_or(("what follows the start is no -OLD+NEW", true))?,
        _ => MapChange::Limit(size),
    })
}

fn convert(start: u64, size: u64, text: &str) -> Option<MapChange> {
    let (mut from, mut to, mut rest) = (0, 0, text);
    if let Some(after) = rest.strip_prefix('-') {
        (from, rest) = number(after);
    }
    if let Some(after) = rest.strip_prefix('+') {
        (to, rest) = number(after);
    }
    if !rest.is_empty() {
        return None;
    }
    let (from, to) = (from as u32, to as u32);
    Some(match (from, to) {
        (0, 0) => MapChange::Remove { start, size, from: None },
        (from, 0) => MapChange::Remove { start, size, from: Some(from) },
        (0, kind) => MapChange::Add { start, size, kind },
        (from, to) => MapChange::Convert { start, size, from, to },
    })
}

impl MapChange {
    /// The change as releases before 4.17 read it: what begins with % behind the size was not looked at.
    pub(super) fn before_conversions(self) -> MapChange {
        match self {
            MapChange::Convert { size, .. } | MapChange::Remove { size, .. } => MapChange::Limit(size),
            MapChange::Add { size, kind, .. } if !matches!(kind, 1 | 2 | 3 | 12) => MapChange::Limit(size),
            other => other,
        }
    }
}
