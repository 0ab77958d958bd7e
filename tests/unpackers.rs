//! Damaged initrds, as real kernels took them: one archive packed in each way, damaged in some way, booted in QEMU.
//!
//! tests/unpackers/README.md says how the outcomes were recorded.

use acpihp::boot::kernel::release::Release;
use acpihp::boot::unpack::{Depth, FailureKind, Init};
use acpihp::check::archive::{Look, reach};
use acpihp::container::decompress::{Flaw, Limits};
use acpihp::finding::Severity;
use std::fs;
use std::path::{Path, PathBuf};

const DEEP: Look = Look { depth: Depth::All(Limits { bytes: 1 << 30, ratio: 200 }), tail: u64::MAX };

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unpackers")
}

/// What a kernel did with an initrd.
#[derive(Debug, PartialEq)]
enum Said<'a> {
    /// It unpacked all, and /init ran.
    Boots,
    /// The same, but a file had other bytes than were packed.
    Changed,
    /// "Initramfs unpacking failed: " and these words.
    Fails(&'a str),
    /// A page fault in the unpacker, and panic.
    Dies,
}

/// A line of the list of outcomes.
struct Line<'a> {
    format: &'a str,
    damage: &'a str,
    kernels: &'a str,
    said: Said<'a>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let line = |line| {
        let mut fields = str::split(line, '|').map(str::trim);
        let [format, damage, kernels, said] = [(); 4].map(|()| fields.next().unwrap());
        let said = match said.split_once(": ") {
            Some(("fails", words)) => Said::Fails(words),
            None if said == "boots" => Said::Boots,
            None if said == "changed" => Said::Changed,
            None if said == "dies" => Said::Dies,
            _ => panic!("{line}"),
        };
        Line { format, damage, kernels, said }
    };
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(line).collect()
}

/// An initrd: what a program packed, damaged as the line says.
fn damaged(format: &str, damage: &str) -> Vec<u8> {
    let base = fs::read(folder().join(format)).unwrap();
    let plain = fs::read(folder().join("plain.cpio")).unwrap();
    let mut bytes = base.clone();
    let number = |text: &str| text.parse::<i64>().unwrap();
    for step in damage.split(';') {
        let mut words = step.split_whitespace();
        let (what, mut word) = (words.next().unwrap(), || words.next().unwrap());
        let place = |text: &str, len: usize| match text.strip_suffix('%') {
            Some(percent) => base.len() * percent.parse::<usize>().unwrap() / 100,
            None => {
                usize::try_from(if text.starts_with('-') { len as i64 } else { 0 } + number(text)).unwrap()
            }
        };
        match what {
            "intact" => {}
            "flip" => {
                let at = place(word(), bytes.len());
                bytes[at] ^= u8::from_str_radix(word(), 16).unwrap();
            }
            "cut" => bytes.truncate(bytes.len() - usize::try_from(number(word())).unwrap()),
            "keep" => bytes.truncate(place(word(), bytes.len())),
            "zeros" => bytes.resize(bytes.len() + usize::try_from(number(word())).unwrap(), 0),
            "align" => bytes.resize(bytes.len().next_multiple_of(4), 0),
            "again" => bytes.extend(&base),
            "archive" => bytes.extend(&plain),
            // The length that LZMA's header tells, which is unknown otherwise.
            "size" => bytes[5..13].copy_from_slice(&(plain.len() as i64 + number(word())).to_le_bytes()),
            "add" => {
                let digits = word();
                let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
                bytes.extend((0..digits.len()).step_by(2).map(byte));
            }
            _ => panic!("{step}"),
        }
    }
    bytes
}

#[test]
fn kernels_take_damaged_initrds_as_foretold() {
    let text = fs::read_to_string(folder().join("outcomes.txt")).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for Line { format, damage, kernels, said } in lines(&text) {
        let bytes = damaged(format, damage);
        for kernel in kernels.split_whitespace() {
            let release = Release::parse(kernel).unwrap();
            let reached = reach(&"initrd".into(), bytes.as_slice(), &release, &DEEP).unwrap();
            let unpacking = &reached.unpacking;
            let failure = unpacking.failure.map(|failure| failure.kind);
            let has_error = reached.findings.iter().any(|finding| finding.severity == Severity::Error);
            let flaw = unpacking.packed.iter().find_map(|part| part.flaw);
            let agrees = match said {
                Said::Boots | Said::Changed => {
                    let sees_change = said == Said::Boots || format != "gzip" || flaw == Some(Flaw::Checksum);
                    failure.is_none() && !has_error && unpacking.init == Init::Present && sees_change
                }
                Said::Fails(words) => {
                    // What damaged data hold can be no archive here before the decoder there finds the damage.
                    let is_late = format == "bzip2" || damage.starts_with("size -");
                    let message = failure.and_then(FailureKind::message).filter(|_| !is_late);
                    has_error && failure.is_some() && message.is_none_or(|message| message == words)
                }
                Said::Dies if format == "gzip" => has_error && failure == Some(FailureKind::PastEnd),
                Said::Dies => has_error && failure.is_some(),
            };
            compared += 1;
            if !agrees {
                wrong.push(format!(
                    "{kernel}: {format}, {damage}: {said:?}, and foretold: {failure:?} {flaw:?} {:?}",
                    unpacking.init
                ));
            }
        }
    }
    assert!(compared > 0 && wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
