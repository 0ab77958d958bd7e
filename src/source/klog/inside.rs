//! A log inside of something else: a string of JSON, a record of JSON in each line, or a text whose line ends are spelt out.

use crate::memory::log::FIRST;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The lines of such a text; `None` where it is none, or where no string of it begins a boot.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    memchr::memmem::find(bytes, FIRST.as_bytes())?;
    let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'));
    let begins_a_boot = |text: &String| text.contains(FIRST);
    let found = is_json.then(|| strings(bytes)).filter(begins_a_boot);
    found.or_else(|| records(bytes).filter(begins_a_boot)).or_else(|| spelt_out(bytes).filter(begins_a_boot))
}

/// All strings of JSON, each as lines of its own, in their order. A value that is cut off ends them.
fn strings(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut from = serde_json::Deserializer::from_slice(bytes);
    // What came before a place that is no JSON counts.
    let _ = Strings(&mut out).deserialize(&mut from);
    out
}

/// Lines of which most have a record of JSON after something else, as collectors of logs and test farms write them.
fn records(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let record = |line: &str| {
        let start = line.find("{\"")?;
        let mut out = String::new();
        let mut from = serde_json::Deserializer::from_str(line.get(start..)?);
        Strings(&mut out).deserialize(&mut from).ok().map(|()| out)
    };
    let (mut out, mut lines, mut have) = (String::new(), 0usize, 0usize);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        lines += 1;
        if let Some(more) = record(line) {
            have += 1;
            out += &more;
        }
        // Other texts are not read to their end for this.
        if lines == 64 && have < lines / 2 {
            return None;
        }
    }
    (have > lines / 2).then_some(out)
}

/// A text in one line that has `\n` for its line ends.
fn spelt_out(bytes: &[u8]) -> Option<String> {
    const LEAST: usize = 8;
    let text = std::str::from_utf8(bytes).ok()?;
    if text.trim().lines().nth(1).is_some() || text.matches("\\n").nth(LEAST).is_none() {
        return None;
    }
    let lines = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", "\t");
    Some(lines.trim().trim_matches(['\'', '"']).to_owned())
}

/// How records call their line.
const LINES: [&str; 5] = ["MESSAGE", "message", "msg", "line", "log"];

/// Collects the strings of a value.
struct Strings<'o>(&'o mut String);

impl<'de> DeserializeSeed<'de> for Strings<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strings<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        self.0.push('\n');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Strings(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let start = self.0.len();
        let mut lines = String::new();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let to = if LINES.contains(&&*key) { &mut lines } else { &mut *self.0 };
            map.next_value_seed(Strings(to))?;
        }
        // What is beside a line, such as its time, is none.
        if !lines.is_empty() && !self.0.get(start..).unwrap_or_default().contains(FIRST) {
            self.0.truncate(start);
        }
        self.0.push_str(&lines);
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_something_else_is_read() {
        let line = "[    0.000000] Linux version 6.1";
        let long = "[    0.000000] a\\n".repeat(9);
        for (all, wanted) in [
            (
                format!(r#"{{"InstanceId":"i","Output":"{line}\r\n[    0.1] x"}}"#),
                format!("i\n{line}\r\n[    0.1] x\n"),
            ),
            (
                format!(r#"{{"events":[{{"timestamp":1.5,"message":"{line}","x":[null,true,-1]}}]}}"#),
                format!("{line}\n"),
            ),
            (format!(r#""{line}\n""#), format!("{line}\n\n")),
            (format!(r#"["{line}","x"]"#), format!("{line}\nx\n")),
            (
                format!("- {{\"dt\": \"1\", \"msg\": \"{line}\"}}\n- {{\"msg\": \"x\"}}\n"),
                format!("{line}\nx\n"),
            ),
            (
                format!("data: {{\"MESSAGE\":\"{line}\"}}\n\ndata: {{\"MESSAGE\":\"x\"}}\n"),
                format!("{line}\nx\n"),
            ),
            (format!("'{line}\\n{long}'\n"), format!("{line}\n{}", long.replace("\\n", "\n"))),
        ] {
            assert_eq!(text(all.as_bytes()).as_deref(), Some(&*wanted), "{all}");
        }
        for none in [line, "x", "", "{\"a\":\"b\"}", "{\"a\":", "Linux version {\"x\":1}\ny\n"] {
            assert_eq!(text(none.as_bytes()), None, "{none}");
        }
        // A value that is cut off ends the text.
        let cut = format!(r#"{{"a":"{line}","b":"no end"#);
        assert_eq!(text(cut.as_bytes()), Some(format!("{line}\n")));
    }
}
