//! Bytes as rows of hexadecimal and text.

use crate::bytes::digit;
use std::io::{self, Write};

/// Bytes in a row.
pub const ROW: usize = 16;

/// Rows `indent` columns in: the offset, counted from `base`, sixteen pairs of digits, and what is printable of them.
pub fn indented(out: &mut dyn Write, bytes: &[u8], base: usize, indent: usize) -> io::Result<()> {
    let mut line = String::new();
    for (row, bytes) in bytes.chunks(ROW).enumerate() {
        let offset = base.saturating_add(row.saturating_mul(ROW));
        line.clear();
        line.push_str(&format!("{:indent$}{offset:04x}: ", ""));
        for byte in bytes {
            line.extend([digit(byte >> 4), digit(*byte), ' ']);
        }
        line.extend(std::iter::repeat_n(' ', (ROW - bytes.len()) * 3 + 1));
        line.extend(
            bytes.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' }),
        );
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_offset_digits_and_text() {
        let bytes: Vec<u8> = (0x3a..0x3a + 18).collect();
        let mut out = Vec::new();
        indented(&mut out, &bytes, 0xfff0, 2).unwrap();
        let expected = "  fff0: 3a 3b 3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49  :;<=>?@ABCDEFGHI\n  \
                        10000: 4a 4b                                            JK\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
