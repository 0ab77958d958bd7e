//! What mails, pages and terminals make of a log, and how programs begin its lines: taken back, where it shows.
//!
//! Each step gives the text anew, or `None` where there is nothing to do.

use super::FIRST;
use super::plain::is_known;
use super::prefix::{QUOTES, has_time, message};
use crate::bytes::start_of;

/// How far into a line the message begins, in bytes.
const PREFIX_LEN: usize = 160;
/// How wide terminals are that break lines.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=250;

/// Without HTML's entities and line breaks, and without the `=3D` of mails in quoted-printable.
pub(super) fn without_markup(text: &str) -> Option<String> {
    const ENTITIES: [(&str, &str); 6] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    const BREAKS: [&str; 3] = ["<br>", "<br/>", "<br />"];
    let has = |what: &str| memchr::memmem::find(text.as_bytes(), what.as_bytes()).is_some();
    let is_html = ["&lt;", "&gt;"].into_iter().chain(BREAKS).any(has);
    let is_mail = ["BOOT_IMAGE=3D", " root=3D"].into_iter().any(has);
    if !is_html && !is_mail {
        return None;
    }
    let mut text = if is_mail { quoted_printable(text) } else { text.to_owned() };
    if is_html {
        BREAKS.iter().for_each(|sign| text = text.replace(sign, ""));
        ENTITIES.iter().for_each(|(entity, sign)| text = text.replace(entity, sign));
    }
    Some(text)
}

/// `=XX` as the byte, where that is ASCII, and lines that end with `=` joined.
fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        out.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match byte.filter(u8::is_ascii) {
            Some(byte) => {
                out.push(char::from(byte));
                after.get(2..).unwrap_or_default()
            }
            None => match after.strip_prefix('\n') {
                Some(joined) => joined,
                None => {
                    out.push('=');
                    after
                }
            },
        };
    }
    out + rest
}

/// With the ASCII signs in place of those that pages and word processors put there.
pub(super) fn without_typography(text: &str) -> Option<String> {
    let plain = |sign: char| {
        Some(match sign {
            '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
            '\u{2010}'..='\u{2014}' | '\u{2212}' => '-',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2018}' | '\u{2019}' => '\'',
            _ => return None,
        })
    };
    let has = !text.is_ascii() && text.chars().any(|sign| plain(sign).is_some());
    has.then(|| text.chars().map(|sign| plain(sign).unwrap_or(sign)).collect())
}

/// A piece of what stands before each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'t> {
    /// Letters and digits, one digit among them at least, and any blanks before them: a time, a number.
    Number,
    /// These bytes.
    Same(&'t str),
}

/// What ends a value in quotes, or a cell of a table.
const ENDS: [char; 3] = ['"', '|', '`'];

/// Whether the messages are values in quotes or cells of a table, after which there is something.
pub(super) fn has_ends(text: &str) -> bool {
    let plain = |line: &str| message(line.trim_start_matches(QUOTES)).len();
    let is_known = |line: &&str| is_known(message(line.trim_start_matches(QUOTES)));
    let known = text.lines().find(is_known).unwrap_or_default();
    let prefix = known.get(..known.len() - plain(known)).unwrap_or_default();
    prefix.contains(ENDS) && known.trim_end().ends_with(ENDS)
}

/// Without what the lines begin with, where no form is known: it is learnt from a line that holds a message of the kernel,
/// in which numbers differ from line to line and all else stays.
pub(super) fn without_shape(text: &str) -> Option<String> {
    let known_in = |line: &str| {
        let places = start_of(line, PREFIX_LEN).char_indices().skip(1);
        places.map(|(at, _)| at).find(|at| is_known(line.get(*at..).unwrap_or_default()))
    };
    let (line, at) = text.lines().find_map(|line| Some((line, known_in(line)?)))?;
    let prefix = line.get(..at)?;
    let shape = shape(prefix);
    // A value in quotes, or a cell of a table, has an end as well.
    let has_end = prefix.contains(ENDS);
    let kept = line.trim_end_matches(|sign| has_end && (ENDS.contains(&sign) || sign == ' ')).len();
    let end = line.get(kept..).unwrap_or_default();
    let mut known = 0;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        match after(line, &shape) {
            Some(rest) => {
                let rest = rest.strip_suffix(end).unwrap_or(rest);
                known += usize::from(is_known(rest));
                match end.starts_with('"') {
                    true => out.push_str(&rest.replace("\"\"", "\"")),
                    false => out.push_str(rest),
                }
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    // One line that holds such words may be a sentence.
    (known > 1).then_some(out)
}

fn shape(prefix: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = prefix;
    while !rest.is_empty() {
        let (piece, after) = match number(rest) {
            Some(after) => (Piece::Number, after),
            None => {
                let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
                let len = if word > 0 { word } else { rest.chars().next().map_or(1, char::len_utf8) };
                let (same, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
                (Piece::Same(same), after)
            }
        };
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// What follows a number.
fn number(text: &str) -> Option<&str> {
    let word = text.trim_start_matches(' ');
    let len = word.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (number, after) = word.split_at_checked(len)?;
    number.bytes().any(|byte| byte.is_ascii_digit()).then_some(after)
}

/// What follows the shape at the start of a line.
fn after<'t>(line: &'t str, shape: &[Piece<'_>]) -> Option<&'t str> {
    shape.iter().try_fold(line, |rest, piece| match piece {
        Piece::Number => number(rest),
        Piece::Same(same) => rest.strip_prefix(same),
    })
}

/// With lines joined that a terminal broke at its width: most lines have a time, and each without one follows a line of exactly
/// the greatest length.
pub(super) fn unwrapped(text: &str) -> Option<String> {
    let width = text.lines().map(str::len).max().filter(|width| WIDTHS.contains(width))?;
    let (mut stamped, mut broken, mut others) = (0_usize, 0_usize, 0_usize);
    let mut is_full = false;
    for line in text.lines() {
        match (has_time(line), is_full) {
            (true, _) => stamped += 1,
            (false, true) => broken += 1,
            (false, false) => others += 1,
        }
        is_full = line.len() == width;
    }
    if broken < 2 || stamped <= broken + others || others > broken {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut is_full = false;
    for line in text.lines() {
        if !out.is_empty() && (!is_full || has_time(line)) {
            out.push('\n');
        }
        out.push_str(line);
        is_full = line.len() == width;
    }
    out.push('\n');
    Some(out)
}

/// With the first message first, where the newest line came first (`journalctl -r`): the version line is the last one, after
/// the line that follows it in every log.
pub(super) fn in_order(text: &str) -> Option<String> {
    let lines = || text.lines().rev().map(str::trim_end);
    let mut last = lines().filter(|line| !line.is_empty() && !line.starts_with("-- "));
    let plain = |line: &'_ str| message(line.trim_start_matches(QUOTES)).to_owned();
    let is = plain(last.next()?).starts_with(FIRST) && plain(last.next()?).starts_with("Command line: ");
    is.then(|| lines().flat_map(|line| [line, "\n"]).collect())
}
