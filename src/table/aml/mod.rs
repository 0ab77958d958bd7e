//! What tables of AML name: a scan for the starts of definitions, not an interpreter.
//!
//! AML is a program; what it defines at last may depend on running it. A definition starts with an opcode, the length of
//! what belongs to it and a name, and such a sequence hardly ever stands in the bytes by chance, so that a scan for it finds
//! all devices with few that are none. Names are as they are written, without the scopes around them.
//!
//! # Spec
//! ACPI 6.5, 20.2.

mod structure;
mod texts;

pub use structure::{Fault, FaultKind};
pub use texts::{Holds, Operand};

use super::Signature;

/// Tables whose content is AML.
pub const SIGNATURES: [Signature; 4] =
    [Signature(*b"DSDT"), Signature(*b"SSDT"), Signature(*b"PSDT"), Signature(*b"OSDT")];

/// What a table's AML defines, as far as a scan can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aml {
    /// Bytes of AML.
    pub len: usize,
    /// The names of devices in the order of their definitions, each once: `\_SB.PCI0`, `^FOO`, `BAR`.
    pub devices: Vec<String>,
    /// Control methods.
    pub methods: usize,
    /// Processor objects, which ACPI 6.4 has no longer.
    pub processors: usize,
}

/// The AML of a table; `None` for tables that hold none and for one without a whole header.
fn content(table: &[u8]) -> Option<&[u8]> {
    let header = super::Header::parse(table).filter(|header| SIGNATURES.contains(&header.signature))?;
    let end = usize::try_from(header.length).map_or(table.len(), |length| length.min(table.len()));
    Some(table.get(super::HEADER_LEN..end).unwrap_or_default())
}

/// The first byte of a table's AML at which every interpreter stops, counted from the table's start; `None` when there is
/// none that can be seen without running code, and for tables that hold no AML.
pub fn fault(table: &[u8]) -> Option<Fault> {
    let fault = structure::fault(content(table)?)?;
    Some(Fault { at: fault.at.saturating_add(super::HEADER_LEN), ..fault })
}

/// Calls `each` for every string and buffer of a table's AML, in definitions, packages and code, with its place counted from the
/// table's start; `false` for tables that hold no AML.
///
/// # Errors
/// The first byte that cannot be followed, counted from the table's start.
pub fn operands(table: &[u8], each: &mut dyn FnMut(Operand)) -> Result<bool, Fault> {
    use super::HEADER_LEN;
    let Some(aml) = content(table) else { return Ok(false) };
    let moved = &mut |operand: Operand| each(Operand { at: operand.at + HEADER_LEN, ..operand });
    match texts::operands(aml, moved) {
        Ok(()) => Ok(true),
        Err(fault) => Err(Fault { at: fault.at.saturating_add(HEADER_LEN), ..fault }),
    }
}

/// Scans a table that holds AML; `None` for others and for one without a whole header.
pub fn scan(table: &[u8]) -> Option<Aml> {
    let aml = content(table)?;
    let mut found = Aml { len: aml.len(), ..Aml::default() };
    let mut seen = std::collections::HashSet::new();
    for at in 0..aml.len() {
        match aml.get(at..) {
            Some([0x5b, 0x82, rest @ ..]) => {
                if let Some(name) = definition(rest)
                    && seen.insert(name.clone())
                {
                    found.devices.push(name);
                }
            }
            Some([0x5b, 0x83, rest @ ..]) => found.processors += usize::from(definition(rest).is_some()),
            // Behind a prefix the same byte is another opcode.
            Some([0x14, rest @ ..]) if at == 0 || aml.get(at - 1) != Some(&0x5b) => {
                found.methods += usize::from(definition(rest).is_some());
            }
            _ => (),
        }
    }
    Some(found)
}

/// A package length: the bytes that it counts, its own among them, and how many its own are; `None` where it is cut off.
fn package_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let lead = usize::from(*bytes.first()?);
    let more = lead >> 6;
    let mut length = if more == 0 { lead & 0x3f } else { lead & 0xf };
    for index in 0..more {
        length |= usize::from(*bytes.get(index + 1)?) << (4 + 8 * index);
    }
    Some((length, more + 1))
}

/// The name after a length that fits into what is there.
fn definition(rest: &[u8]) -> Option<String> {
    let (length, own) = package_length(rest)?;
    // Bits 4 and 5 are reserved where the length goes on.
    if own > 1 && rest.first()? & 0x30 != 0 {
        return None;
    }
    name_string(rest.get(..length)?.get(own..)?)
}

fn name_string(mut bytes: &[u8]) -> Option<String> {
    let mut name = String::new();
    while let [sign @ (b'\\' | b'^'), rest @ ..] = bytes {
        // The root comes first and alone.
        if *sign == b'\\' && !name.is_empty() || name.starts_with('\\') {
            return None;
        }
        name.push(char::from(*sign));
        bytes = rest;
    }
    let (count, segments) = match bytes {
        [0x2e, rest @ ..] => (2, rest),
        [0x2f, count, rest @ ..] => (usize::from(*count), rest),
        rest => (1, rest),
    };
    if count == 0 {
        return None;
    }
    for (index, segment) in segments.get(..count * 4)?.chunks_exact(4).enumerate() {
        let [first, others @ ..] = segment else { return None };
        let is_name = |sign: &u8| sign.is_ascii_uppercase() || *sign == b'_';
        if !is_name(first) || !others.iter().all(|sign| is_name(sign) || sign.is_ascii_digit()) {
            return None;
        }
        if index > 0 {
            name.push('.');
        }
        // Underscores at the end fill a name up.
        let text: String = segment.iter().map(|sign| char::from(*sign)).collect();
        let short = text.trim_end_matches('_');
        name.push_str(if short.is_empty() { "_" } else { short });
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(aml: &[u8]) -> Vec<u8> {
        let length = (36 + aml.len()) as u32;
        [b"SSDT".as_slice(), &length.to_le_bytes(), &[0; 28], aml].concat()
    }

    #[test]
    fn devices_methods_and_processors_are_found() {
        let aml = [
            &[0x10, 0x2e][..],
            b"\\_SB_",
            &[0x5b, 0x82, 0x20],
            b"PCI0",
            &[0x14, 0x06],
            b"_STA\0",
            &[0x5b, 0x82, 0x41, 0x01],
            b"\\\x2e_SB_FOO_",
            &[0; 8],
            &[0x5b, 0x83, 0x0b],
            b"^CP00",
            &[0; 8],
            &[0x5b, 0x82, 0x08],
            b"PCI0",
            &[0; 4],
        ];
        let found = scan(&table(&aml.concat())).unwrap();
        assert_eq!(found.devices, ["PCI0", "\\_SB.FOO"]);
        assert_eq!((found.methods, found.processors, found.len), (1, 1, aml.concat().len()));
    }

    #[test]
    fn what_only_looks_like_a_definition_is_none() {
        for aml in [
            // Too long, no name, a small letter, reserved bits, the root twice.
            b"\x5b\x82\x3fPCI0".as_slice(),
            b"\x5b\x82\x05\0\0\0\0",
            b"\x5b\x82\x05Pci0",
            b"\x5b\x82\x75\x00PCI0",
            b"\x5b\x82\x07\\\\PCI0",
            b"\x5b\x82\x03\x2f\0",
            b"\x5b\x82",
            b"\x5b\x14\x05PCI0",
        ] {
            assert_eq!(scan(&table(aml)), Some(Aml { len: aml.len(), ..Aml::default() }), "{aml:x?}");
        }
        assert_eq!(scan(b"SRAT"), None);
        assert_eq!(scan(&[b"FACP".as_slice(), &[0; 40]].concat()), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes(aml in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let found = scan(&table(&aml)).unwrap();
            assert!(found.devices.len() + found.methods + found.processors <= aml.len());
        }
    }
}
