//! Numbers and expressions of iasl's data-table language.
//!
//! Every number is hexadecimal, with `0x` or without. The operators are those of C with C's precedence, on unsigned
//! 64-bit numbers that wrap around; `$NAME` is the offset of a label.

use super::Fault;

/// Parentheses and signs that may nest; a source that goes deeper is refused.
const DEPTH: u32 = 64;

/// The value of an expression.
///
/// # Errors
/// [`Fault::Number`], [`Fault::Zero`], or what `label` says.
pub(super) fn evaluate(text: &str, label: &dyn Fn(&str) -> Result<u64, Fault>) -> Result<u64, Fault> {
    // Most are nothing but a number.
    if (1..=16).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return u64::from_str_radix(text, 16).map_err(|_| Fault::Number { found: text.into() });
    }
    let mut parser = Parser { text, rest: text, label };
    let value = parser.binary(0, 0)?;
    if parser.skip().is_empty() { Ok(value) } else { Err(parser.wrong()) }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    label: &'a dyn Fn(&str) -> Result<u64, Fault>,
}

/// The binary operators by rising precedence; longer ones first where one begins another.
const OPERATORS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl<'a> Parser<'a> {
    fn skip(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn wrong(&self) -> Fault {
        Fault::Number { found: self.text.into() }
    }

    /// Takes the operator of this precedence that comes next, if one does.
    fn operator(&mut self, level: usize) -> Option<&'static str> {
        let rest = self.skip();
        let found = OPERATORS.get(level)?.iter().find(|sign| rest.starts_with(**sign))?;
        let after = rest.get(found.len()..)?;
        // `|` is not the start of `||`, nor `<` of `<<`.
        let doubled = matches!(*found, "|" | "&" | "<" | ">") && after.starts_with(*found);
        if doubled {
            return None;
        }
        self.rest = after;
        Some(found)
    }

    fn binary(&mut self, level: usize, depth: u32) -> Result<u64, Fault> {
        if level == OPERATORS.len() {
            return self.unary(depth);
        }
        let mut left = self.binary(level + 1, depth)?;
        while let Some(sign) = self.operator(level) {
            let right = self.binary(level + 1, depth)?;
            left = apply(sign, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self, depth: u32) -> Result<u64, Fault> {
        if depth > DEPTH {
            return Err(self.wrong());
        }
        let rest = self.skip();
        if let Some(after) = rest.strip_prefix('~') {
            self.rest = after;
            return Ok(!self.unary(depth + 1)?);
        }
        if let Some(after) = rest.strip_prefix('!') {
            self.rest = after;
            return Ok(u64::from(self.unary(depth + 1)? == 0));
        }
        if let Some(after) = rest.strip_prefix('(') {
            self.rest = after;
            let value = self.binary(0, depth + 1)?;
            self.rest = self.skip().strip_prefix(')').ok_or_else(|| self.wrong())?;
            return Ok(value);
        }
        let word =
            rest.split(|sign: char| !sign.is_ascii_alphanumeric() && !matches!(sign, '$' | '_')).next();
        let word = word.unwrap_or_default();
        self.rest = rest.get(word.len()..).unwrap_or_default();
        if let Some(name) = word.strip_prefix('$') {
            return (self.label)(name);
        }
        let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word);
        u64::from_str_radix(digits, 16).map_err(|_| self.wrong())
    }
}

fn apply(sign: &str, left: u64, right: u64) -> Result<u64, Fault> {
    let shift = u32::try_from(right).unwrap_or(u32::MAX);
    Ok(match sign {
        "||" => u64::from(left != 0 || right != 0),
        "&&" => u64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => u64::from(left == right),
        "!=" => u64::from(left != right),
        "<=" => u64::from(left <= right),
        ">=" => u64::from(left >= right),
        "<" => u64::from(left < right),
        ">" => u64::from(left > right),
        "<<" => left.checked_shl(shift).unwrap_or(0),
        ">>" => left.checked_shr(shift).unwrap_or(0),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right).ok_or(Fault::Zero)?,
        _ => left.checked_rem(right).ok_or(Fault::Zero)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<u64, Fault> {
        evaluate(text, &|name| match name {
            "Here" => Ok(0x30),
            name => Err(Fault::Label { label: name.into() }),
        })
    }

    #[test]
    fn numbers_are_hexadecimal_and_operators_are_those_of_c() {
        for (text, expected) in [
            ("10", 0x10),
            ("0x1F", 0x1f),
            (" 1 + 2*3 ", 7),
            ("(1+2)*3", 9),
            ("1 << 4 | 3", 0x13),
            ("A-4/2", 8),
            ("~0 & FF", 0xff),
            ("!0 + !5", 1),
            ("1|2^3&1", 1 | 2 ^ 1),
            ("1 < 2 == 1", 1),
            ("2 || 0 && 0", 1),
            ("8 >> 2 % 3", 8 >> 2),
            ("$Here + 4", 0x34),
            ("FFFFFFFFFFFFFFFF + 2", 1),
            ("1 << 40", 0),
        ] {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "12345678901234567", "xyz", "1 +", "(1", "1 2", "0x", "1)", "\u{e9}", "$"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert_eq!(value("1/0"), Err(Fault::Zero));
        assert_eq!(value("1%(2-2)"), Err(Fault::Zero));
        assert_eq!(value("$There"), Err(Fault::Label { label: "There".into() }));
        assert!(value(&"(".repeat(100_000)).is_err());
        assert!(value(&"~".repeat(100_000)).is_err());
    }
}
