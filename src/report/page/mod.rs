//! `acpihp report`: a prediction as one HTML file that needs nothing else: no network, no script to be read, no framework.
//!
//! The page allows the one style and the one script that it holds, by their hashes, and nothing else. Text from outside gets
//! into it through [`crate::foreign::markup`] alone.

pub mod chain;
mod compared;
mod diff;
mod html;
pub mod next;
mod parts;

use super::model::plan::Plan;
use super::model::simulate::Run;
use super::picture::{Picture, svg};
use super::text::{self, Detail};
use crate::foreign::Foreign;
use chain::ChainLink;
use html::Html;
use next::NextStep;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a report says.
#[derive(Debug, Clone)]
pub struct PageReport {
    /// The prediction, with the boot beside it where one was asked for.
    pub plan: Plan,
    /// What the boot does with the tables.
    pub tables: Run,
    /// The same without the archive; `None` where there is no archive.
    pub without: Option<Run>,
    /// The kernel's lines about its tables that a log of the machine has; `None` without such a log.
    pub recorded: Option<Vec<String>>,
    /// How one thing leads to the next, from the firmware's table to the zones.
    pub chain: Vec<ChainLink>,
    /// What to do.
    pub next: NextStep,
    /// The command that made it, word by word.
    pub command: Vec<Foreign>,
    /// The files that it was made from.
    pub inputs: Vec<InputFile>,
}

/// A file that a report was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Its name, as given.
    pub path: Foreign,
    /// SHA-256 of its bytes, in hexadecimal; `None` for what is no file.
    pub sha256: Option<String>,
}

/// Writes the page.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut dyn Write, report: &PageReport) -> io::Result<()> {
    let style = format!("{STYLE}{}", svg::STYLE);
    let picture = Picture::of(&report.plan);
    let mut page = Html::default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(&style),
        digest(SCRIPT)
    );
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n"));
    page.raw("<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.element("title", &format!("acpihp report: {}", picture.headline()));
    page.raw(&format!("<style>{style}</style>\n</head>\n<body>\n<main>\n"));
    parts::top(&mut page, report, &picture);
    parts::map(&mut page, report, &picture);
    parts::nodes(&mut page, report);
    parts::outcomes(&mut page, report);
    parts::chain(&mut page, report);
    parts::findings(&mut page, report);
    parts::log(&mut page, report);
    parts::reproduce(&mut page, report);
    parts::data(&mut page, report)?;
    page.raw(&format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out.write_all(page.text.as_bytes())
}

/// What the page begins with, as text: what it was made from, the findings, what is in the way and what to do.
///
/// # Errors
/// What `out` says.
pub fn summary(out: &mut dyn Write, report: &PageReport) -> io::Result<()> {
    text::sources(out, &report.plan.about.sources, Detail::Verbose)?;
    for InputFile { path, sha256 } in &report.inputs {
        let sha256 = sha256.as_ref().map(|sha256| format!("SHA-256 {sha256}  {}", path.text()));
        sha256.map_or(Ok(()), |line| writeln!(out, "{line}"))?;
    }
    text::notes(out, &report.plan.findings, Detail::Normal)?;
    let NextStep { obstacle, step, command } = &report.next;
    if !obstacle.is_empty() {
        text::paragraph(out, "In the way: ", 4, obstacle)?;
    }
    text::paragraph(out, "next: ", 6, step)?;
    command.as_ref().map_or(Ok(()), |command| writeln!(out, "      {command}"))
}

/// The SHA-256 of a text as policies name it: in base64 (RFC 4648, 4).
fn digest(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut out = String::new();
    for three in digest.chunks(3) {
        let number =
            three.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4usize {
            let index = (number >> (18 - 6 * place) & 63) as usize;
            let letter = LETTERS.get(index).filter(|_| place <= three.len());
            out.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn digests_are_as_policies_want_them() {
        // The example of the specification of CSP, level 2.
        assert_eq!(super::digest("alert('Hello, world.');"), "qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
        assert_eq!(super::digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
