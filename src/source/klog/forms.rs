//! The forms of logs that are not lines of text: JSON and export of the journal, JSON of dmesg, UTF-16.

use super::inside;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// The log as text, a message a line with its time where the form has it.
pub(super) fn text(bytes: &[u8]) -> String {
    if let Some(text) = utf32(bytes).or_else(|| utf16(bytes)) {
        return text;
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_gap = |byte: &u8| byte.is_ascii_whitespace() || *byte == SEPARATOR;
    let mut signs = start.iter().filter(|byte| !is_gap(byte));
    let from_json = match (signs.next(), signs.next()) {
        (Some(b'{'), _) => json(start),
        (Some(b'['), Some(b'{')) => serde_json::from_slice::<Records>(start).ok().map(|all| all.0),
        _ => None,
    };
    let known = from_json.filter(|text| !text.is_empty()).or_else(|| export(start));
    known.or_else(|| inside::text(start)).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

/// What begins each record of `journalctl -o json-seq`.
const SEPARATOR: u8 = 0x1e;

/// Text of four bytes a character. Without a mark of its order, the zeros of its first signs show that.
fn utf32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes.get(..8)? {
        [0xff, 0xfe, 0, 0, ..] | [1..=127, 0, 0, 0, 1..=127, 0, 0, 0] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=127, 0, 0, 0, 1..=127] => u32::from_be_bytes,
        _ => return None,
    };
    let signs = bytes.chunks_exact(4).filter_map(|sign| Some(read(sign.try_into().ok()?)));
    let text = signs.map(|sign| char::from_u32(sign).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(text.skip_while(|sign| *sign == '\u{feff}').collect())
}

/// Text of two bytes a character, as some terminals redirect to a file. Without a mark of its order, the zeros of its first
/// signs show that.
fn utf16(bytes: &[u8]) -> Option<String> {
    let units = |read: fn([u8; 2]) -> u16| {
        let pairs = bytes.strip_prefix(b"\xff\xfe").or(bytes.strip_prefix(b"\xfe\xff")).unwrap_or(bytes);
        let pairs = pairs.chunks_exact(2);
        let units: Vec<u16> = pairs.filter_map(|pair| Some(read(pair.try_into().ok()?))).collect();
        Some(String::from_utf16_lossy(&units))
    };
    match bytes.get(..2)? {
        [0xff, 0xfe] => units(u16::from_le_bytes),
        [0xfe, 0xff] => units(u16::from_be_bytes),
        _ => match bytes.get(..6)? {
            [1..=255, 0, 1..=255, 0, 1..=255, 0] => units(u16::from_le_bytes),
            [0, 1..=255, 0, 1..=255, 0, 1..=255] => units(u16::from_be_bytes),
            _ => None,
        },
    }
}

/// A record of the journal, or all records of dmesg.
#[derive(Deserialize)]
struct Record<'j> {
    #[serde(rename = "MESSAGE", default)]
    message: Option<Message>,
    #[serde(rename = "_TRANSPORT", default, borrow)]
    transport: Option<std::borrow::Cow<'j, str>>,
    #[serde(rename = "SYSLOG_IDENTIFIER", default)]
    identifier: Option<Message>,
    #[serde(default)]
    dmesg: Option<Lines>,
    /// A line as containers and collectors of logs keep it.
    #[serde(default)]
    log: Option<Message>,
    #[serde(rename = "textPayload", default)]
    payload: Option<Message>,
    #[serde(rename = "message", default)]
    line: Option<Message>,
    #[serde(default)]
    msg: Option<Message>,
}

impl Record<'_> {
    /// Adds the messages of the kernel.
    fn push(self, out: &mut String) {
        if let Some(lines) = self.dmesg {
            out.push_str(&lines.0);
        }
        let by = self.transport.as_deref().or(self.identifier.as_ref().map(|by| by.0.as_str()));
        if let Some(Message(text)) = self.message.filter(|_| by.is_none_or(|by| by == "kernel")) {
            push(out, &text);
        }
        let lines = [self.log, self.payload, self.line, self.msg].into_iter().flatten();
        if let Some(Message(text)) = lines.into_iter().find(|line| !line.0.is_empty()) {
            out.push_str(text.trim_end());
            out.push('\n');
        }
    }
}

/// An array of records, joined as they are read.
struct Records(String);

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Records, D::Error> {
        struct Joined;
        impl<'de> Visitor<'de> for Joined {
            type Value = Records;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an array of records")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Records, A::Error> {
                let mut out = String::new();
                while let Some(record) = seq.next_element::<Record<'_>>()? {
                    record.push(&mut out);
                }
                Ok(Records(out))
            }
        }
        from.deserialize_seq(Joined)
    }
}

/// Text, or bytes where it is not UTF-8. One of several values of a field counts, the last.
struct Message(String);

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Message, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Message;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("text, or an array of bytes")
            }
            fn visit_str<E>(self, text: &str) -> Result<Message, E> {
                Ok(Message(text.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Message, E> {
                Ok(Message(String::new()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Message, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element::<u8>()? {
                    bytes.push(byte);
                }
                Ok(Message(String::from_utf8_lossy(&bytes).into_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Message, A::Error> {
                // A structure of the same name is no message.
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Message(String::new()))
            }
        }
        from.deserialize_any(Texts)
    }
}

/// The messages of `dmesg --json`, joined as they are read.
struct Lines(String);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Lines, D::Error> {
        #[derive(Deserialize)]
        struct Line {
            #[serde(default)]
            time: Value,
            #[serde(default)]
            msg: String,
            #[serde(default)]
            pri: Value,
            /// The facility, with `-x`; the level is a word then.
            #[serde(default)]
            fac: Option<String>,
        }
        struct Joined;
        impl<'de> Visitor<'de> for Joined {
            type Value = Lines;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an array of messages")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Lines, A::Error> {
                let mut out = String::new();
                while let Some(line) = seq.next_element::<Line>()? {
                    // The facility is above the three bits of the level: 0 is the kernel's.
                    let is_own = line.pri.as_u64().is_none_or(|pri| pri >> 3 == 0);
                    if is_own && line.fac.is_none_or(|facility| facility == "kern") {
                        match line.time.as_f64() {
                            Some(time) => out.push_str(&format!("[{time:12.6}] {}\n", line.msg)),
                            None => push(&mut out, &line.msg),
                        }
                    }
                }
                Ok(Lines(out))
            }
        }
        from.deserialize_seq(Joined)
    }
}

/// JSON, one record after the other. A last record that is cut off ends it.
fn json(bytes: &[u8]) -> Option<String> {
    let bytes: Vec<u8> = bytes.iter().map(|byte| if *byte == SEPARATOR { b'\n' } else { *byte }).collect();
    let mut out = String::new();
    let mut any = false;
    for record in serde_json::Deserializer::from_slice(&bytes).into_iter::<Record<'_>>() {
        let Ok(record) = record else { break };
        any = true;
        record.push(&mut out);
    }
    any.then_some(out)
}

/// A message of the journal, which says that it is the kernel's.
fn push(out: &mut String, text: &str) {
    for line in text.lines() {
        out.push_str("kernel: ");
        out.push_str(line);
        out.push('\n');
    }
}

/// `journalctl -o export`: records of `NAME=value` lines with an empty line after each; a value of bytes has its length before
/// it. `-o verbose` as well, whose lines are indented.
///
/// # Reference
/// systemd.io, Journal Export Formats
fn export(bytes: &[u8]) -> Option<String> {
    const FIELDS: [&[u8]; 2] = [b"__CURSOR=", b"_BOOT_ID="];
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    if !lines.any(|line| FIELDS.iter().any(|field| line.starts_with(field))) {
        return None;
    }
    let mut out = String::new();
    let mut record = Fields::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        rest = rest.get(end + 1..).unwrap_or_default();
        let is_new =
            line.is_empty() || (!line.starts_with(b" ") && !line.contains(&b'=') && line.contains(&b' '));
        if is_new {
            std::mem::take(&mut record).push(&mut out);
        } else if let Some(at) = memchr::memchr(b'=', line) {
            let (name, value) = (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
            record.set(name.trim_ascii_start(), value);
        } else if let Some((len, after)) = rest.split_first_chunk::<8>() {
            let len = usize::try_from(u64::from_le_bytes(*len)).unwrap_or(usize::MAX).min(after.len());
            record.set(line, after.get(..len).unwrap_or_default());
            rest = after.get(len..).unwrap_or_default();
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
    }
    record.push(&mut out);
    Some(out)
}

/// What counts of a record.
#[derive(Default)]
struct Fields {
    message: Option<String>,
    by: Option<Vec<u8>>,
    transport: Option<Vec<u8>>,
}

impl Fields {
    fn set(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"MESSAGE" => self.message = Some(String::from_utf8_lossy(value).into_owned()),
            b"_TRANSPORT" => self.transport = Some(value.to_vec()),
            b"SYSLOG_IDENTIFIER" => self.by = Some(value.to_vec()),
            _ => {}
        }
    }

    fn push(self, out: &mut String) {
        let by = self.transport.or(self.by);
        if let Some(message) = self.message.filter(|_| by.is_none_or(|by| by == b"kernel")) {
            push(out, &message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "kernel: Linux version 6.1\nkernel:   node   0: [mem 0x1000-0x1fff]\n";

    #[test]
    fn json_of_the_journal_is_read() {
        let records = [
            r#"{"MESSAGE":"Linux version 6.1","_TRANSPORT":"kernel","PRIORITY":"5","_BOOT_ID":"0"}"#,
            r#"{"MESSAGE":"not the kernel's","_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":["kernel","x"]}"#,
            r#"{"MESSAGE":[32,32,110,111,100,101,32,32,32,48,58,32,91,109,101,109,32,48,120,49,48,48,48,45,48,120,49,102,102,102,93],"_TRANSPORT":"kernel"}"#,
        ];
        let records = records.map(|record| record.replace(r#"["kernel","x"]"#, r#""x""#));
        assert_eq!(text(records.join("\n").as_bytes()), PLAIN);
        assert_eq!(text(format!("\x1e{}\n", records.join("\n\x1e")).as_bytes()), PLAIN);
        assert_eq!(text(format!("{}\n{{\"MESSAGE\":\"cut", records.join("\n")).as_bytes()), PLAIN);
        assert_eq!(text(br#"{"MESSAGE":"Linux version 6.1"}"#), "kernel: Linux version 6.1\n");
    }

    #[test]
    fn json_of_dmesg_is_read() {
        let log = r#"{ "dmesg": [ { "pri": 5, "time": 0.000000, "msg": "Linux version 6.1" }, {"pri":30,"time":1.5,"msg":"x"} ] }"#;
        assert_eq!(text(log.as_bytes()), "[    0.000000] Linux version 6.1\n");
        // `-x`, and another format of times.
        let log = r#"{"dmesg":[{"fac":"kern","pri":"notice","time":"2026-11-24T22:06:00,1+00:00","msg":"Linux version 6.1"},
            {"fac":"daemon","pri":"info","time":1,"msg":"x"}]}"#;
        assert_eq!(text(log.as_bytes()), "kernel: Linux version 6.1\n");
    }

    #[test]
    fn json_of_other_programs_is_read() {
        for log in [
            r#"[{"MESSAGE":"Linux version 6.1","_TRANSPORT":"kernel"}, {"MESSAGE":"x","_TRANSPORT":"stdout"}]"#,
            r#"{"log":"kernel: Linux version 6.1\n","stream":"stdout","time":"2026-11-24T22:06:00Z"}"#,
            r#"{"textPayload":"kernel: Linux version 6.1"}"#,
            r#"{"message":"kernel: Linux version 6.1","log":{"level":"info"}}"#,
        ] {
            let text = text(log.as_bytes());
            assert_eq!(
                text.lines().find(|line| !line.is_empty()),
                Some("kernel: Linux version 6.1"),
                "{log}"
            );
        }
    }

    #[test]
    fn an_export_of_the_journal_is_read() {
        let mut log =
            b"__CURSOR=s=1\n_TRANSPORT=kernel\nMESSAGE=Linux version 6.1\n\n__CURSOR=s=2\nMESSAGE\n".to_vec();
        let message = b"  node   0: [mem 0x1000-0x1fff]";
        log.extend((message.len() as u64).to_le_bytes());
        log.extend(message);
        log.extend(b"\n_TRANSPORT=kernel\n\n__CURSOR=s=3\n_TRANSPORT=stdout\nMESSAGE=other\n\n");
        assert_eq!(text(&log), PLAIN);
        let verbose = "Tue 2026-11-24 22:06:00 UTC [s=1;i=2]\n    _BOOT_ID=1\n    _TRANSPORT=kernel\n    MESSAGE=Linux version 6.1\n";
        assert_eq!(text(verbose.as_bytes()), "kernel: Linux version 6.1\n");
        let huge = b"__CURSOR=1\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffrest";
        assert_eq!(text(huge), "kernel: rest\n");
    }

    #[test]
    fn wide_text_is_read() {
        let wide: Vec<u8> = "\u{feff}Linux version".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&wide), "Linux version");
        let wide: Vec<u8> = "\u{feff}Linux version".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text(&wide), "Linux version");
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let unmarked: Vec<u8> = "Linux version".encode_utf16().flat_map(bytes).collect();
            assert_eq!(text(&unmarked), "Linux version");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_become_text(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            text(&bytes);
            text(&[b"__CURSOR=1\nMESSAGE\n".as_slice(), &bytes].concat());
            text(&[b"{\"MESSAGE\":".as_slice(), &bytes].concat());
        }
    }
}
