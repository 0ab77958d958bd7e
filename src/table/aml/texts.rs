//! The strings and buffers of a table's AML, wherever they are: in definitions, in packages and in code.
//!
//! Nothing is run, and how many arguments a method takes need not be known: an argument is a term as any other, so that the terms
//! can be read one after the other. Lengths that end in the middle of a term, and bytes that begin none, are faults.
//!
//! # Spec
//! ACPI 6.5, 20.2.

use super::structure::{Fault, FaultKind, Stop, Walk, is_lead};

/// How many lengths within each other are followed. Real tables need less than a hundred.
const DEPTH: usize = 4096;
/// How deep the operand of an Acquire is followed.
const OPERAND_DEPTH: usize = 8;

/// What an operand holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A string, without the zero at its end.
    Text,
    /// What fills a buffer. Where its size has to be computed, the computation is part of it.
    Bytes,
}

/// A string or buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    /// Where its content begins, in bytes from the start of what was walked.
    pub at: usize,
    /// Bytes of its content.
    pub len: usize,
    /// What the content is.
    pub holds: Holds,
}

/// Calls `each` for every string and buffer of `aml` (a table without its header), in the order in which they are there.
///
/// # Errors
/// The first byte that cannot be followed.
pub(super) fn operands(aml: &[u8], each: &mut dyn FnMut(Operand)) -> Result<(), Fault> {
    let mut terms = Terms { walk: Walk { aml, at: 0 }, ends: Vec::new(), matches: 0, each };
    match terms.all() {
        Ok(()) => Ok(()),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Code) => Err(Fault { at: terms.walk.at, what: FaultKind::Cut }),
    }
}

struct Terms<'a, 'e> {
    walk: Walk<'a>,
    /// Where the packages end that are open, the innermost last.
    ends: Vec<usize>,
    /// Comparisons of Match that may still come: bytes that are no terms.
    matches: usize,
    each: &'e mut dyn FnMut(Operand),
}

impl Terms<'_, '_> {
    fn all(&mut self) -> Result<(), Stop> {
        loop {
            while self.ends.last() == Some(&self.walk.at) {
                self.ends.pop();
            }
            let end = self.ends.last().copied().unwrap_or(self.walk.aml.len());
            if self.walk.at >= end {
                return Ok(());
            }
            self.term(end)?;
        }
    }

    /// Reads what is at this place up to where the next term begins.
    fn term(&mut self, end: usize) -> Result<(), Stop> {
        let walk = &mut self.walk;
        match walk.peek(end)? {
            byte if is_name(byte) => walk.name(end),
            // Alias; Name; External.
            0x06 => {
                walk.skip(1, end)?;
                walk.name(end)?;
                walk.name(end)
            }
            0x08 => {
                walk.skip(1, end)?;
                walk.name(end)
            }
            0x15 => {
                walk.skip(1, end)?;
                walk.name(end)?;
                walk.skip(2, end)
            }
            0x0a => walk.skip(2, end),
            0x0b => walk.skip(3, end),
            0x0c => walk.skip(5, end),
            0x0e => walk.skip(9, end),
            0x0d => self.text(end),
            0x11 => self.buffer(end),
            // Scope; Package; the package whose length is computed; Method.
            0x10 => self.open(1, end, true, 0),
            0x12 => self.open(1, end, false, 1),
            0x13 => self.open(1, end, false, 0),
            0x14 => self.open(1, end, true, 1),
            // If, Else, While.
            0xa0..=0xa2 => self.open(1, end, false, 0),
            0x5b => self.extended(end),
            // Match has two comparisons.
            0x89 => {
                self.matches += 2;
                self.walk.skip(1, end)
            }
            0x02..=0x05 if self.matches > 0 => {
                self.matches -= 1;
                self.walk.skip(1, end)
            }
            // Constants, locals and arguments, operators, statements.
            0x00 | 0x01 | 0xff | 0x60..=0x6e | 0x70..=0x99 | 0x9c..=0x9f | 0xa3..=0xa5 | 0xcc => {
                walk.skip(1, end)
            }
            byte => walk.wrong(FaultKind::Opcode(byte)),
        }
    }

    fn extended(&mut self, end: usize) -> Result<(), Stop> {
        let walk = &mut self.walk;
        let Some(opcode) = walk.aml.get(walk.at + 1).copied().filter(|_| walk.at + 1 < end) else {
            return walk.wrong(FaultKind::Cut);
        };
        match opcode {
            // Mutex; Event; DataRegion.
            0x01 | 0x02 | 0x88 => {
                walk.skip(2, end)?;
                walk.name(end)?;
                walk.skip(usize::from(opcode == 0x01), end)
            }
            0x80 => {
                walk.skip(2, end)?;
                walk.name(end)?;
                walk.skip(1, end)
            }
            // Acquire: what comes after the mutex is a number without an opcode. Fatal: two of them.
            0x23 => {
                walk.skip(2, end)?;
                operand(walk, end, 0)?;
                walk.skip(2, end)
            }
            0x32 => walk.skip(7, end),
            // Device, Processor, PowerResource, ThermalZone.
            0x82 | 0x85 => self.open(2, end, true, 0),
            0x83 => self.open(2, end, true, 6),
            0x84 => self.open(2, end, true, 3),
            // Field, IndexField, BankField.
            0x81 => self.fields(end, 1, false),
            0x86 => self.fields(end, 2, false),
            0x87 => self.fields(end, 2, true),
            0x12 | 0x13 | 0x1f..=0x22 | 0x24..=0x2a | 0x30 | 0x31 | 0x33 => walk.skip(2, end),
            byte => walk.wrong(FaultKind::Extended(byte)),
        }
    }

    /// An opcode of `opcode` bytes, a length, a name if there is one, `more` bytes, and terms up to where the length ends.
    fn open(&mut self, opcode: usize, end: usize, named: bool, more: usize) -> Result<(), Stop> {
        if self.ends.len() == DEPTH {
            return self.walk.wrong(FaultKind::Depth(DEPTH));
        }
        self.walk.skip(opcode, end)?;
        let to = self.walk.length(end)?;
        if named {
            self.walk.name(to)?;
        }
        self.walk.skip(more, to)?;
        self.ends.push(to);
        Ok(())
    }

    fn text(&mut self, end: usize) -> Result<(), Stop> {
        self.walk.skip(1, end)?;
        let at = self.walk.at;
        let rest = self.walk.aml.get(at..end).unwrap_or_default();
        let Some(len) = memchr::memchr(0, rest) else { return self.walk.wrong(FaultKind::Cut) };
        (self.each)(Operand { at, len, holds: Holds::Text });
        self.walk.skip(len + 1, end)
    }

    /// A length, a size, and bytes.
    fn buffer(&mut self, end: usize) -> Result<(), Stop> {
        self.walk.skip(1, end)?;
        let to = self.walk.length(end)?;
        // A size that is neither a number nor a name is taken as part of the bytes.
        let start = self.walk.at;
        if operand(&mut self.walk, to, OPERAND_DEPTH).is_err() {
            self.walk.at = start;
        }
        let at = self.walk.at;
        (self.each)(Operand { at, len: to - at, holds: Holds::Bytes });
        self.walk.at = to;
        Ok(())
    }

    /// Field, IndexField and BankField: names, the bank's number, flags, and the list of fields.
    fn fields(&mut self, end: usize, names: usize, bank: bool) -> Result<(), Stop> {
        self.walk.skip(2, end)?;
        let to = self.walk.length(end)?;
        for _ in 0..names {
            self.walk.name(to)?;
        }
        if bank {
            operand(&mut self.walk, to, 0)?;
        }
        self.walk.skip(1, to)?;
        while self.walk.at < to {
            match self.walk.peek(to)? {
                // Space between fields; how the next ones are accessed, in two ways.
                0x00 => {
                    self.walk.skip(1, to)?;
                    bits(&mut self.walk, to)?;
                }
                0x01 => self.walk.skip(3, to)?,
                0x03 => self.walk.skip(4, to)?,
                // A connection: a name or a buffer.
                0x02 => {
                    self.walk.skip(1, to)?;
                    if self.walk.peek(to)? == 0x11 {
                        self.buffer(to)?;
                    } else {
                        self.walk.name(to)?;
                    }
                }
                byte if is_lead(byte) => {
                    self.walk.skip(4, to)?;
                    bits(&mut self.walk, to)?;
                }
                byte => return self.walk.wrong(FaultKind::Name(byte)),
            }
        }
        Ok(())
    }
}

/// A number, a name, or what is made of such by references and arithmetic. From [`OPERAND_DEPTH`] on nothing is made any more.
fn operand(walk: &mut Walk, end: usize, depth: usize) -> Result<(), Stop> {
    match walk.peek(end)? {
        byte if is_name(byte) => walk.name(end),
        0x00 | 0x01 | 0xff | 0x60..=0x6e => walk.skip(1, end),
        0x0a => walk.skip(2, end),
        0x0b => walk.skip(3, end),
        0x0c => walk.skip(5, end),
        0x0e => walk.skip(9, end),
        // RefOf and DerefOf; arithmetic with two operands and Index, with a place for the result.
        0x71 | 0x83 if depth < OPERAND_DEPTH => {
            walk.skip(1, end)?;
            operand(walk, end, depth + 1)
        }
        0x72 | 0x74 | 0x75 | 0x77 | 0x79..=0x7f | 0x85 | 0x88 if depth < OPERAND_DEPTH => {
            walk.skip(1, end)?;
            (0..3).try_for_each(|_| operand(walk, end, depth + 1))
        }
        byte => walk.wrong(FaultKind::Opcode(byte)),
    }
}

/// How long a field is, in bits: written as a package's length, and counts nothing here.
fn bits(walk: &mut Walk, end: usize) -> Result<(), Stop> {
    let own = walk.aml.get(walk.at..end).and_then(super::package_length).map(|(_, own)| own);
    match own {
        Some(own) => walk.skip(own, end),
        None => walk.wrong(FaultKind::Cut),
    }
}

fn is_name(byte: u8) -> bool {
    is_lead(byte) || matches!(byte, b'\\' | b'^' | 0x2e | 0x2f)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// What is found, as text, and how the walk ends.
    fn found(aml: &[u8]) -> (Vec<String>, Result<(), Fault>) {
        let mut all = Vec::new();
        let end = operands(aml, &mut |Operand { at, len, holds }| {
            all.push(format!("{holds:?} {at} {}", aml[at..at + len].escape_ascii()));
        });
        (all, end)
    }

    /// `opcode`, a length, and what it counts.
    fn package(opcode: &[u8], inner: &[u8]) -> Vec<u8> {
        match inner.len() + 1 {
            short @ ..64 => [opcode, &[short as u8], inner].concat(),
            more => [opcode, &[0x40 | ((more + 1) & 0xf) as u8, ((more + 1) >> 4) as u8], inner].concat(),
        }
    }

    #[test]
    fn strings_and_buffers_are_found_wherever_they_are() {
        let buffer = package(&[0x11], b"\x0a\x04abc\0");
        let packages = package(&[0x12], &[&[2][..], &package(&[0x12], b"\x01\x0done\0"), &buffer].concat());
        let block =
            package(&[0xa0], &[b"\x93\x60".as_slice(), b"\x0dtwo\0", b"\x70\x0dthree\0\x61"].concat());
        let method =
            package(&[0x14], &[b"MTHD\x01".as_slice(), &block, b"FOO_\x0dfour\0", b"\xa4\x01"].concat());
        let device = package(&[0x5b, 0x82], &[b"DEV0\x08_UID".as_slice(), &packages, &method].concat());
        let (all, end) = found(&device);
        assert_eq!(end, Ok(()));
        let texts: Vec<&str> = all.iter().map(|text| text.rsplit(' ').next().unwrap()).collect();
        assert_eq!(texts, ["one", "abc\\x00", "two", "three", "four"]);
        assert!(all[0].starts_with("Text ") && all[1].starts_with("Bytes "));
    }

    #[test]
    fn operands_that_are_no_terms_are_passed_over() {
        for aml in [
            // The time of an Acquire, with the mutex by name and by reference.
            b"\x5b\x23MUTX\xe8\x03\x0da\0".as_slice(),
            b"\x5b\x23\x83\x88LIST\x0a\x02\0\xe8\x03\x0da\0",
            // Match, Fatal, External, OperationRegion, a name without segments.
            b"\x89LIST\x02\x60\x05\x0a\x09\0\x0da\0",
            b"\x5b\x32\x7d\x7d\x7d\x7d\x7d\x0a\x01\x0da\0",
            b"\x15\\\x2e_SB_FOO_\x08\x07\x0da\0",
            b"\x5b\x80REG_\x7d\x0c\x7d\x7d\x7d\x7d\x0a\x7d\x0da\0",
            b"\x10\x03\\\0\x0da\0",
        ] {
            let (all, end) = found(aml);
            assert_eq!((all.len(), end), (1, Ok(())), "{}", aml.escape_ascii());
        }
        // Fields: space, access, a connection by a buffer, and the extended access.
        let inner = [
            b"REG_\x01\0\x08\x01\x7d\x7d\x02".as_slice(),
            &package(&[0x11], b"\x0a\x01x"),
            b"\x03\x7d\x7d\x7dABCD\x48\x0d",
        ];
        let (all, end) = found(&package(&[0x5b, 0x81], &inner.concat()));
        assert_eq!((all.len(), end), (1, Ok(())));
        // The number of a bank can be computed.
        let bank = package(&[0x5b, 0x87], b"REG_BANK\x7d\x79OFFS\x0a\x10\0\x72\x60\x0a\x08\0\0\x01ABCD\x08");
        assert_eq!(found(&bank), (vec![], Ok(())));
        // A size that is computed belongs to the bytes.
        let (all, end) = found(&package(&[0x11], b"\x87\x0dsize\0abcd"));
        assert_eq!((all, end), (vec!["Bytes 2 \\x87\\rsize\\x00abcd".to_owned()], Ok(())));
    }

    #[test]
    fn what_cannot_be_followed_is_a_fault() {
        assert_eq!(found(b"\x0dabc").1, Err(Fault { at: 1, what: FaultKind::Cut }));
        assert_eq!(found(b"\x70\x7d\xf7").1, Err(Fault { at: 2, what: FaultKind::Opcode(0xf7) }));
        assert_eq!(found(b"\x5b\xf7").1, Err(Fault { at: 0, what: FaultKind::Extended(0xf7) }));
        // A string that goes past the block it is in.
        assert_eq!(found(b"\xa1\x04\x0dabc\0").1, Err(Fault { at: 3, what: FaultKind::Cut }));
        let deep: Vec<u8> = [[0xa1, 0x40]; 10].concat();
        assert!(found(&deep).1.is_err());
        // A comparison without a Match, and more of them than it has.
        assert!(found(&[0x02]).1.is_err() && found(b"\x89\x02\x03\x04").1.is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_inside(aml in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let mut last = 0;
            let end = operands(&aml, &mut |operand| {
                assert!(operand.at >= last && operand.at + operand.len <= aml.len());
                last = operand.at + operand.len;
            });
            if let Err(fault) = end {
                proptest::prop_assert!(fault.at <= aml.len());
            }
        }
    }
}
