//! JSON as it is written, and sums of what was written.

use crate::bytes::hex;
use crate::bytes::is_hostile;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Writes a value as JSON, indented, with a line end. Control characters and direction marks in its strings are escaped,
/// so that it can be looked at.
///
/// # Errors
/// What `out` says.
pub fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    let mut tame = Tame { out, pending: Vec::with_capacity(PENDING) };
    serde_json::to_writer_pretty(&mut tame, value)?;
    tame.write_all(b"\n")?;
    tame.pass_on()
}

/// Writes a value as one line of JSON, escaped as [`json`] does.
///
/// # Errors
/// What `out` says.
pub fn json_line(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    let mut tame = Tame { out, pending: Vec::with_capacity(PENDING) };
    serde_json::to_writer(&mut tame, value)?;
    tame.write_all(b"\n")?;
    tame.pass_on()
}

/// Bytes that are collected before they are passed on: a serialiser writes blank by blank.
const PENDING: usize = 8 << 10;

/// Escapes what JSON itself lets stand: above ASCII, which is in strings only.
struct Tame<'a> {
    out: &'a mut dyn Write,
    pending: Vec<u8>,
}

impl Tame<'_> {
    fn pass_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Takes text with characters above ASCII.
    #[cold]
    fn escape(&mut self, text: &str) {
        for part in text.split_inclusive(|character| character >= '\x7f' && is_hostile(character)) {
            let last = part.chars().next_back().filter(|last| *last >= '\x7f' && is_hostile(*last));
            let plain = part.len() - last.map_or(0, char::len_utf8);
            self.pending.extend_from_slice(part.as_bytes().get(..plain).unwrap_or_default());
            if let Some(last) = last {
                self.pending.extend_from_slice(format!("\\u{:04x}", u32::from(last)).as_bytes());
            }
        }
    }
}

impl Write for Tame<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.len() + bytes.len() > PENDING {
            self.pass_on()?;
        }
        if bytes.iter().all(|byte| *byte < 0x7f) {
            self.pending.extend_from_slice(bytes);
        } else {
            // A string arrives in whole characters.
            match std::str::from_utf8(bytes) {
                Ok(text) => self.escape(text),
                Err(_) => self.pending.extend_from_slice(bytes),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_can_be_looked_at() {
        let text = "a\u{9b}31m\u{fc}\u{202e}\x1b\u{7f}\\";
        let mut out = Vec::new();
        json(&mut out, &[text]).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "[\n  \"a\\u009b31m\u{fc}\\u202e\\u001b\\u007f\\\\\"\n]\n");
        assert_eq!(serde_json::from_str::<[String; 1]>(&out).unwrap(), [text]);
    }
}
