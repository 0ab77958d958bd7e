//! The values of fields: numbers, flags with their bits, text and bytes.

use super::super::expression::evaluate;
use super::super::labels::{is_list, is_old, same};
use super::super::lines::ALL_BITS;
use super::super::{BuildError, Fault, Given, Line, encode};
use super::{Builder, Note, SeenFields, wrong};
use crate::table::def::{Count, Field, FieldKind, Role};

impl Builder<'_> {
    /// The value of a field from the next line, and its bits from those after it. Returns how many elements it had.
    pub(super) fn value(&mut self, field: &'static Field, before: u64) -> Result<u64, BuildError> {
        let Some(line) = self.peek() else { return Err(self.expected(field.label)) };
        let wrong = |fault| self::wrong(line, fault);
        let at = self.out.len();
        self.next += 1;
        if !matches!(field.kind, FieldKind::Uint(_) | FieldKind::Flags(_) | FieldKind::Choice(_)) {
            let room = match (field.kind, field.count) {
                (FieldKind::Guid, _) => Some(16),
                (FieldKind::Bytes, _) if field.width > 1 => Some(usize::from(field.width)),
                (_, Count::Fixed(count)) => Some(usize::from(count) * usize::from(field.width)),
                _ => None,
            };
            let bytes = encode::bytes(field, &line.given, room).map_err(wrong)?;
            self.push(line, &bytes)?;
            return Ok(1);
        }
        let values = match &line.given {
            Given::Numbers(values) if field.count != Count::Fixed(1) => values.clone(),
            Given::Source(text) if field.count != Count::Fixed(1) && is_list(text) => {
                let words = text.split([' ', ',', '\t']).filter(|word| !word.is_empty());
                let values = words.map(|word| evaluate(word, &|name| self.label(name)));
                values.collect::<Result<_, _>>().map_err(wrong)?
            }
            given => match self.uint(given).map_err(wrong)? {
                Some(value) => vec![value],
                None => vec![0],
            },
        };
        // Under its label of an earlier release, a field may be one with those after it.
        let merged = line.size.filter(|size| (field.width + 1..=8).contains(size) && is_old(line, field));
        let width = merged.unwrap_or(field.width);
        let mut bytes = Vec::new();
        for value in &values {
            bytes.extend(encode::number(*value, width).map_err(wrong)?);
        }
        if merged.is_some() {
            self.push(line, &bytes)?;
            return Ok(1);
        }
        let auto = matches!(self.uint(&line.given), Ok(None)) && values.len() == 1;
        self.push(line, &bytes)?;
        if let (FieldKind::Flags(_), [value]) = (field.kind, values.as_slice()) {
            let value = self.bits(field, line, *value)?;
            self.patch(at, &encode::number(value, field.width).map_err(wrong)?);
        }
        if before == 0
            && values.len() == 1
            && let Some(open) = self.open.last_mut()
        {
            let given = values.first().copied().filter(|_| !auto);
            if field.role == Role::Length {
                open.given = given;
            }
            open.seen.push(SeenFields { field, at, line: self.next - 1, auto });
        }
        Ok(values.len() as u64)
    }

    /// A flags field's value out of its number, which `line` gives, and the lines of its bits, which come next. As iasl has
    /// it, the bits count, and those that no line names are dropped; in some fields the number counts.
    fn bits(&mut self, field: &'static Field, line: &Line<'_>, number: u64) -> Result<u64, BuildError> {
        let FieldKind::Flags(bits) = field.kind else { return Ok(number) };
        let (mut named, mut said) = (0, 0);
        let mut taken = true;
        for bits in bits {
            // A bit called Reserved is one only among others: a field may be called so too.
            let line =
                self.peek().filter(|line| same(&line.name, bits.name) && (taken || bits.name != "Reserved"));
            taken = line.is_some();
            let Some(line) = line else { continue };
            let given = self.uint(&line.given).map_err(|fault| wrong(line, fault))?.unwrap_or(0);
            let most = bits.mask() >> bits.low.min(63);
            if given > most {
                return Err(wrong(line, Fault::Range { value: given, most }));
            }
            named |= bits.mask();
            said |= given << bits.low.min(63);
            self.next += 1;
        }
        let other = number & !field.listed_bits();
        let dropped =
            named != 0 && other != 0 && !self.options.as_is && !matches!(line.given, Given::Number(_));
        let differ = number & named != said;
        let (value, what) = match (field.number, dropped) {
            (true, _) if differ => (
                number,
                format!("the number {number:#x} counts, not the bits below it, which make {said:#x}"),
            ),
            (true, _) => return Ok(number),
            (_, true) => {
                let what =
                    format!("{other:#x} has no line below and is dropped; --as-is or {ALL_BITS} keeps it");
                (number & field.listed_bits() & !named | said, what)
            }
            _ if differ => {
                let value = number & !named | said;
                (value, format!("the bits below count, which make {value:#x}, not the number {number:#x}"))
            }
            _ => return Ok(number),
        };
        self.notes.push(Note { place: line.value_place, field: (*line.name).into(), what });
        Ok(value)
    }

    /// A number; `None` for one that is to be computed.
    pub(super) fn uint(&self, given: &Given<'_>) -> Result<Option<u64>, Fault> {
        let expected = "a number";
        match given {
            Given::Number(value) => Ok(Some(*value)),
            Given::Source(text) if text == "auto" => Ok(None),
            Given::Text(text) if text == "auto" => Ok(None),
            Given::Source(text) => evaluate(text, &|name| self.label(name)).map(Some),
            Given::Quoted(_) | Given::Text(_) => Err(Fault::Kind { found: "text", expected }),
            Given::Numbers(_) => Err(Fault::Kind { found: "list of numbers", expected }),
        }
    }

    pub(super) fn label(&self, name: &str) -> Result<u64, Fault> {
        match self.labels.iter().find(|(label, _)| label == name) {
            Some((_, at)) => Ok(*at),
            None if self.first_pass && self.defines(name) => Ok(0),
            None => Err(Fault::Label { label: name.into() }),
        }
    }

    fn defines(&self, name: &str) -> bool {
        let defines = |line: &Line<'_>| matches!(&line.given, Given::Source(label) if label == name);
        self.lines.iter().any(|line| line.name == "Label" && defines(line))
    }
}
