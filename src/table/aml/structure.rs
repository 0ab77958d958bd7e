//! Whether the definitions of a table hold together: the lengths, names, strings and opcodes that every interpreter reads
//! before it runs anything.
//!
//! The walk goes down the definitions of scopes and devices. Where code begins, whose shape depends on what other tables
//! define, it stops and says nothing: it reports only what no interpreter loads.
//!
//! # Spec
//! ACPI 6.5, 20.2.

use super::package_length;

/// How deep scopes are followed. Real tables need less than ten levels.
const DEPTH: usize = 64;

/// A byte at which an interpreter stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Bytes from the start of the AML.
    pub at: usize,
    /// What is there.
    pub what: FaultKind,
}

/// What makes AML impossible to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// No opcode has this value.
    #[error("{0:#04x} is not an opcode")]
    Opcode(u8),
    /// No opcode after the prefix 0x5b has this value.
    #[error("0x5b {0:#04x} is not an opcode")]
    Extended(u8),
    /// A length that passes the end of what it is in, or that is shorter than itself.
    #[error("a length of {length} bytes where {room} are left")]
    Length {
        /// What the bytes say.
        length: usize,
        /// The bytes that are there.
        room: usize,
    },
    /// A definition without a valid name.
    #[error("{0:#04x} does not begin a name")]
    Name(u8),
    /// A string that holds something else than ASCII.
    #[error("{0:#04x} in a string, which has 0x01 to 0x7f and ends with 0")]
    Text(u8),
    /// The AML ends within a definition.
    #[error("it ends within a definition")]
    Cut,
    /// More packages, methods and blocks within each other than any table has.
    #[error("more than {0} lengths within each other")]
    Depth(usize),
}

/// Why a walk ended before the end of its bytes.
pub(super) enum Stop {
    Fault(Fault),
    /// Code, which is not followed.
    Code,
}

/// The first byte of `aml` (a table without its header) at which every interpreter stops; `None` when the walk found none.
pub(super) fn fault(aml: &[u8]) -> Option<Fault> {
    let mut walk = Walk { aml, at: 0 };
    match walk.terms(aml.len(), 0) {
        Err(Stop::Fault(fault)) => Some(fault),
        Err(Stop::Code) | Ok(()) => None,
    }
}

/// A place in AML, and what is read there.
pub(super) struct Walk<'a> {
    pub(super) aml: &'a [u8],
    pub(super) at: usize,
}

impl Walk<'_> {
    pub(super) fn wrong<T>(&self, what: FaultKind) -> Result<T, Stop> {
        Err(Stop::Fault(Fault { at: self.at, what }))
    }

    pub(super) fn peek(&self, end: usize) -> Result<u8, Stop> {
        match self.aml.get(self.at).filter(|_| self.at < end) {
            Some(byte) => Ok(*byte),
            None => self.wrong(FaultKind::Cut),
        }
    }

    pub(super) fn skip(&mut self, bytes: usize, end: usize) -> Result<(), Stop> {
        match self.at.checked_add(bytes).filter(|to| *to <= end) {
            Some(to) => {
                self.at = to;
                Ok(())
            }
            None => self.wrong(FaultKind::Cut),
        }
    }

    /// The definitions up to `end`.
    fn terms(&mut self, end: usize, depth: usize) -> Result<(), Stop> {
        while self.at < end {
            self.term(end, depth)?;
        }
        Ok(())
    }

    fn term(&mut self, end: usize, depth: usize) -> Result<(), Stop> {
        match self.peek(end)? {
            // Alias, Name, External.
            0x06 => {
                self.at += 1;
                self.name(end)?;
                self.name(end)
            }
            0x08 => {
                self.at += 1;
                self.name(end)?;
                self.data(end)
            }
            0x15 => {
                self.at += 1;
                self.name(end)?;
                self.skip(2, end)
            }
            // Scope; Method, whose code is not followed.
            0x10 => self.package(end, 1, Some((0, depth))),
            0x14 => self.package(end, 1, None),
            // If, Else, While and Noop.
            0xa0..=0xa2 => {
                self.at += 1;
                self.length(end).map(|to| self.at = to)
            }
            0xa3 => self.skip(1, end),
            0x5b => self.extended(end, depth),
            byte if is_code(byte) => Err(Stop::Code),
            byte => self.wrong(FaultKind::Opcode(byte)),
        }
    }

    fn extended(&mut self, end: usize, depth: usize) -> Result<(), Stop> {
        let Some(opcode) = self.aml.get(self.at + 1).copied().filter(|_| self.at + 1 < end) else {
            return self.wrong(FaultKind::Cut);
        };
        match opcode {
            // Mutex, Event.
            0x01 | 0x02 => {
                self.at += 2;
                self.name(end)?;
                self.skip(usize::from(opcode == 0x01), end)
            }
            // Device, Processor, PowerResource, ThermalZone: what is between the name and the definitions.
            0x82 | 0x85 => self.package(end, 2, Some((0, depth))),
            0x83 => self.package(end, 2, Some((6, depth))),
            0x84 => self.package(end, 2, Some((3, depth))),
            // Field, IndexField, BankField.
            0x81 | 0x86 | 0x87 => self.package(end, 2, None),
            0x80 => {
                self.at += 2;
                self.name(end)?;
                self.skip(1, end)?;
                self.data(end)?;
                self.data(end)
            }
            0x12 | 0x13 | 0x1f..=0x2a | 0x30..=0x33 | 0x88 => Err(Stop::Code),
            byte => self.wrong(FaultKind::Extended(byte)),
        }
    }

    /// An opcode of `opcode` bytes, a length, a name, and the definitions after `more` bytes, where it has some.
    fn package(&mut self, end: usize, opcode: usize, inner: Option<(usize, usize)>) -> Result<(), Stop> {
        self.skip(opcode, end)?;
        let to = self.length(end)?;
        self.name(to)?;
        if let Some((more, depth)) = inner.filter(|(_, depth)| *depth < DEPTH) {
            self.skip(more, to)?;
            match self.terms(to, depth + 1) {
                Err(Stop::Code) | Ok(()) => (),
                fault => return fault,
            }
        }
        self.at = to;
        Ok(())
    }

    /// Reads a package length and returns where the package ends.
    pub(super) fn length(&mut self, end: usize) -> Result<usize, Stop> {
        let start = self.at;
        let Some((length, own)) = self.aml.get(start..end).and_then(package_length) else {
            self.at = end;
            return self.wrong(FaultKind::Cut);
        };
        self.at += own;
        let to = start.saturating_add(length);
        if to > end || to < self.at {
            self.at = start;
            return self.wrong(FaultKind::Length { length, room: end - start });
        }
        Ok(to)
    }

    pub(super) fn name(&mut self, end: usize) -> Result<(), Stop> {
        while matches!(self.peek(end)?, b'\\' | b'^') {
            self.at += 1;
        }
        let count = match self.peek(end)? {
            0 => {
                self.at += 1;
                return Ok(());
            }
            0x2e => {
                self.at += 1;
                2
            }
            0x2f => {
                self.at += 1;
                let count = self.peek(end)?;
                self.at += 1;
                usize::from(count)
            }
            _ => 1,
        };
        for _ in 0..count {
            let lead = self.peek(end)?;
            if !is_lead(lead) {
                return self.wrong(FaultKind::Name(lead));
            }
            self.skip(4, end)?;
        }
        Ok(())
    }

    /// A constant; anything that has to be computed is code.
    fn data(&mut self, end: usize) -> Result<(), Stop> {
        let opcode = self.peek(end)?;
        let size = match opcode {
            0x00 | 0x01 | 0xff => 1,
            0x0a => 2,
            0x0b => 3,
            0x0c => 5,
            0x0e => 9,
            0x0d => {
                self.at += 1;
                return self.text(end);
            }
            0x11..=0x13 => {
                self.at += 1;
                let to = self.length(end)?;
                self.at = to;
                return Ok(());
            }
            byte if byte == 0x5b || is_code(byte) => return Err(Stop::Code),
            byte => return self.wrong(FaultKind::Opcode(byte)),
        };
        self.skip(size, end)
    }

    fn text(&mut self, end: usize) -> Result<(), Stop> {
        loop {
            match self.peek(end)? {
                0 => return self.skip(1, end),
                1..=0x7f => self.at += 1,
                byte => return self.wrong(FaultKind::Text(byte)),
            }
        }
    }
}

pub(super) fn is_lead(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte == b'_'
}

/// Whether a byte begins an expression, a statement or a use of a name.
fn is_code(byte: u8) -> bool {
    is_lead(byte)
        || matches!(byte, b'\\' | b'^' | 0x2e | 0x2f | 0x00 | 0x01 | 0x0a..=0x0e | 0x11..=0x13)
        || matches!(byte, 0x60..=0x6e | 0x70..=0x92 | 0x93..=0x9f | 0xa3..=0xa5 | 0xcc | 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(aml: &[u8]) -> Option<(usize, FaultKind)> {
        fault(aml).map(|fault| (fault.at, fault.what))
    }

    #[test]
    fn definitions_that_hold_together() {
        let device = [&[0x5b, 0x82, 0x13][..], b"PCI0", &[0x08], b"_HID", &[0x0d], b"ACPI01\0"].concat();
        assert_eq!(at(&device), Some((2, FaultKind::Length { length: 0x13, room: 0x12 })));
        let device = [&[0x5b, 0x82, 0x12][..], b"PCI0", &[0x08], b"_HID", &[0x0d], b"ACPI01\0"].concat();
        assert_eq!(at(&device), None);
        let scope = [&[0x10, device.len() as u8 + 6][..], b"\\_SB_", &device, &[0xa3]].concat();
        assert_eq!(at(&scope), None);
        // Code, and what follows it, is not judged.
        assert_eq!(at(&[0x70, 0x01, 0x60, 0xf7]), None);
        assert_eq!(at(b""), None);
    }

    #[test]
    fn what_no_interpreter_loads() {
        assert_eq!(at(&[0xf7]), Some((0, FaultKind::Opcode(0xf7))));
        assert_eq!(at(&[0x5b, 0xfe]), Some((0, FaultKind::Extended(0xfe))));
        assert_eq!(at(b"\x08abcd"), Some((1, FaultKind::Name(b'a'))));
        assert_eq!(at(b"\x08ABCD\x0dA\xff\0"), Some((7, FaultKind::Text(0xff))));
        assert_eq!(at(b"\x08ABCD"), Some((5, FaultKind::Cut)));
        assert_eq!(at(b"\x10\x30\\_SB_"), Some((1, FaultKind::Length { length: 0x30, room: 6 })));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end(aml in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            if let Some(fault) = fault(&aml) {
                proptest::prop_assert!(fault.at <= aml.len());
            }
        }
    }
}
