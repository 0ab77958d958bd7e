//! L0: text from outside: what firmware, logs, archives, command lines and file names say.
//!
//! [`Foreign`] has no `Display`. Whoever shows it chooses the target, and with it how it is made harmless there.

use crate::bytes::{escape, escape_byte, is_hostile, unescape};
use std::borrow::{Borrow, Cow};
use std::ffi::OsStr;
use std::fmt;
use std::ops::Add;

/// Bytes of unknown origin that are meant as text. They are kept as they are: two are equal when all their bytes are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Foreign(Vec<u8>);

impl Foreign {
    /// The bytes, for comparing and reading; never for showing.
    pub fn raw(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as UTF-8, what is none of it replaced, for comparing and reading; never for showing.
    pub fn raw_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// These texts with a word of our own between them.
    pub fn joined(texts: impl IntoIterator<Item: Into<Foreign>>, between: &str) -> Foreign {
        let add = |all: Foreign, next: Foreign| all + between + next;
        texts.into_iter().map(Into::into).reduce(add).unwrap_or_default()
    }

    /// What a line of text says that is escaped as [`Foreign::text`] does it, as the `Display` of every error is: the escapes are
    /// taken back, so that each writer makes its own. Our own words have no backslash.
    pub fn of_text(text: &dyn fmt::Display) -> Foreign {
        Foreign(unescape(&text.to_string()))
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For a line of text: no control characters of C0 and C1, no line ends, no marks of direction ([`escape`]).
    pub fn text(&self) -> Cow<'_, str> {
        escape(&self.0)
    }

    /// The value of a string of JSON: unchanged where it is UTF-8, and `\xNN` for each byte that is none. What writes the
    /// JSON escapes what cannot be printed ([`crate::report::json`]).
    pub fn json(&self) -> Cow<'_, str> {
        if let Ok(text) = std::str::from_utf8(&self.0) {
            return Cow::Borrowed(text);
        }
        let chunks = self.0.utf8_chunks();
        Cow::Owned(chunks.fold(String::new(), |out, chunk| out + chunk.valid() + &escape(chunk.invalid())))
    }

    /// As the path of a URI: every byte but unreserved characters and `/` is percent-encoded.
    ///
    /// # Spec
    /// RFC 3986, 2.1 to 2.3.
    pub fn uri(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for byte in &self.0 {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
                out.push(char::from(*byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        out
    }

    /// As the message of a workflow command of GitHub Actions, which turns `%0A` and its like back: what a line of text cannot
    /// have is escaped as [`Foreign::text`] does it, except that a backslash stays.
    pub fn github(&self) -> String {
        let is_plain = |sign: char| sign == '\\' || !is_hostile(sign);
        let plain = std::str::from_utf8(&self.0).ok().filter(|text| text.chars().all(is_plain));
        plain.map_or_else(|| self.text(), Cow::Borrowed).replace('%', "%25")
    }

    /// As the value of a property of such a command.
    pub fn github_property(&self) -> String {
        self.github().replace(':', "%3A").replace(',', "%2C")
    }

    /// As the content or a quoted value of XML that a program reads: unchanged where XML 1.0 has the characters, those that
    /// would disturb a terminal as references, and `\xNN` for the bytes of all others.
    ///
    /// # Spec
    /// XML 1.0, 2.2 and 4.1.
    pub fn xml(&self) -> String {
        let mut out = String::with_capacity(self.0.len() + 8);
        for chunk in self.0.utf8_chunks() {
            for sign in chunk.valid().chars() {
                match sign {
                    '&' | '<' | '>' | '"' | '\'' => out.push_str(&markup(sign.encode_utf8(&mut [0; 4]))),
                    '\\' => out.push(sign),
                    '\0'..'\t' | '\x0b' | '\x0c' | '\x0e'..' ' | '\u{fffe}' | '\u{ffff}' => {
                        sign.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape_byte(&mut out, byte));
                    }
                    hostile if is_hostile(hostile) => out.push_str(&format!("&#{};", u32::from(hostile))),
                    plain => out.push(plain),
                }
            }
            chunk.invalid().iter().for_each(|byte| escape_byte(&mut out, *byte));
        }
        out
    }

    /// As one word of a shell: in quotes where it needs them, and as `$'...'` of bash, ksh and zsh where it has what cannot be
    /// printed.
    pub fn shell(&self) -> String {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@:,=%".contains(byte);
        if !self.0.is_empty() && self.0.iter().all(is_plain) {
            return self.text().into_owned();
        }
        if let Ok(text) = std::str::from_utf8(&self.0)
            && !text.contains(|sign| sign != '\\' && is_hostile(sign))
        {
            return format!("'{}'", text.replace('\'', "'\\''"));
        }
        let mut out = "$'".to_owned();
        for chunk in self.0.utf8_chunks() {
            for sign in chunk.valid().chars() {
                match sign {
                    '\\' | '\'' => out.extend(['\\', sign]),
                    hostile if is_hostile(hostile) => {
                        hostile.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape_byte(&mut out, byte));
                    }
                    plain => out.push(plain),
                }
            }
            chunk.invalid().iter().for_each(|byte| escape_byte(&mut out, *byte));
        }
        out + "'"
    }

    /// Inside of a comment of iasl's table language: one line that does not end the comment.
    pub fn dsl(&self) -> String {
        self.text().replace("*/", "*\\x2f")
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Foreign(\"{}\")", self.text())
    }
}

impl serde::Serialize for Foreign {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.json())
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Foreign {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl From<&[u8]> for Foreign {
    fn from(bytes: &[u8]) -> Self {
        Foreign(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Foreign {
    fn from(bytes: Vec<u8>) -> Self {
        Foreign(bytes)
    }
}

impl From<&str> for Foreign {
    fn from(text: &str) -> Self {
        Foreign(text.as_bytes().to_vec())
    }
}

impl From<&String> for Foreign {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Foreign {
    fn from(text: String) -> Self {
        Foreign(text.into_bytes())
    }
}

impl From<&OsStr> for Foreign {
    fn from(text: &OsStr) -> Self {
        Foreign(text.as_encoded_bytes().to_vec())
    }
}

impl From<&Foreign> for Foreign {
    fn from(text: &Foreign) -> Self {
        text.clone()
    }
}

/// Words of our own, numbers and names in them.
impl From<fmt::Arguments<'_>> for Foreign {
    fn from(words: fmt::Arguments<'_>) -> Self {
        words.to_string().into()
    }
}

/// One after the other, no byte changed: how words of our own and text from outside come together.
impl<T: Into<Foreign>> Add<T> for Foreign {
    type Output = Foreign;

    fn add(mut self, more: T) -> Foreign {
        self.0.extend(more.into().0);
        self
    }
}

/// As a key it is its bytes.
impl Borrow<[u8]> for Foreign {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq<str> for Foreign {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Foreign {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// Text as the content or a quoted value of HTML, SVG or XML, whatever is in it: what could end it or begin an element is an
/// entity, and what no such document may hold, or could change how it is read ([`escape`]), is `\xNN`.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\\' => out.push(sign),
            // Nothing in a backslash is hostile here, and a text that was escaped before stays as it is.
            hostile if is_hostile(hostile) => {
                out.push_str(&escape(hostile.encode_utf8(&mut [0; 4]).as_bytes()))
            }
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an attacker plants: a terminal's escape, a forged line, a mark of direction, C1, a bell and a byte that is no UTF-8.
    const PLANTED: &[u8] = b"a b\x1b[2J\n::error::x\xe2\x80\xae\xc2\x9b\x07\xff%*/\\";

    #[test]
    fn each_target_gets_what_is_harmless_there() {
        let planted = Foreign::from(PLANTED);
        let text = "a b\\x1b[2J\\x0a::error::x\\xe2\\x80\\xae\\xc2\\x9b\\x07\\xff%*/\\\\";
        assert_eq!(planted.text(), text);
        assert_eq!(planted.json(), "a b\u{1b}[2J\n::error::x\u{202e}\u{9b}\u{7}\\xff%*/\\");
        assert_eq!(planted.uri(), "a%20b%1B%5B2J%0A%3A%3Aerror%3A%3Ax%E2%80%AE%C2%9B%07%FF%25%2A/%5C");
        assert_eq!(planted.github(), text.replace('%', "%25"));
        assert_eq!(planted.github_property(), text.replace('%', "%25").replace(':', "%3A"));
        let xml = "a b\\x1b[2J&#10;::error::x&#8238;&#155;\\x07\\xff%*/\\";
        assert_eq!(planted.xml(), xml);
        assert_eq!(planted.dsl(), text.replace("*/", "*\\x2f"));
        assert_eq!(planted.shell(), format!("$'{text}'"));
        let words = ["", "a/b-1.img", "a\\b", "it's", "it's\x1b"].map(|word| Foreign::from(word).shell());
        assert_eq!(words, ["''", "a/b-1.img", "'a\\b'", "'it'\\''s'", "$'it\\'s\\x1b'"]);
        assert_eq!(format!("{planted:?}"), format!("Foreign(\"{text}\")"));
        assert_eq!(planted.raw(), PLANTED);
        let script = Foreign::from("</script><b title='\"'>&\u{202e}");
        let safe = "&lt;/script&gt;&lt;b title=&#39;&quot;&#39;&gt;&amp;\\xe2\\x80\\xae";
        assert_eq!((markup(&script.text()).as_str(), markup(&script.raw_text()).as_str()), (safe, safe));
        assert_eq!(markup("a\\x0a\n\u{7}"), "a\\x0a\\x0a\\x07");
        assert_eq!(Foreign::from("<a b='&'>\u{fffe}").xml(), "&lt;a b=&#39;&amp;&#39;&gt;\\xef\\xbf\\xbe");
        let parts = Foreign::from(&b"\xe2"[..]) + format_args!("{:#x}", 16) + &planted;
        assert_eq!(parts.raw(), [b"\xe20x10", PLANTED].concat());
        assert_eq!(Foreign::joined(["a", "b", "c"], ", "), "a, b, c");
        assert_eq!(Foreign::of_text(&planted.text()), planted);
    }

    #[test]
    fn what_is_harmless_stays() {
        let name = Foreign::from("gr\u{fc}n/a-b.aml");
        assert_eq!(
            (&*name.text(), &*name.json(), &*name.github()),
            ("gr\u{fc}n/a-b.aml", "gr\u{fc}n/a-b.aml", "gr\u{fc}n/a-b.aml")
        );
        // A backslash is a part of a name; only people need to see that none of it was escaped.
        assert_eq!(Foreign::from("a\\b").github(), "a\\b");
        assert_eq!(Foreign::from("a\\b").uri(), "a%5Cb");
    }
}
