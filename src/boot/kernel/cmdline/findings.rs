//! What is to be said of a command line by itself, whatever the machine.

use super::Cmdline;
use super::options::Reader;
use crate::finding::Finding;
use crate::finding::registry::command_line as rule;

/// The findings about a line.
pub fn of(line: &Cmdline) -> Vec<Finding> {
    let misspelled = line.misspelled().map(|(parameter, known)| {
        // Who compares to the letter may have been asked for with another letter.
        let letters = match known.reader {
            Reader::Decompressor | Reader::Anywhere => ", which is read to the letter",
            Reader::Kernel | Reader::Start | Reader::Module => "",
        };
        let message = format!(
            "{} is one letter away from {}, which {}{letters}",
            parameter.written, known.name, known.effect
        );
        Finding::new(&rule::OPTION_MISSPELLED, "command line", message)
    });
    let later = line.unknown.iter().filter_map(|known| Some((known.name, known.since?)));
    let later = later.map(|(option, since)| {
        Finding::new(
            &rule::OPTION_UNKNOWN,
            "command line",
            format!("{option} exists since {}", since.first()),
        )
    });
    misspelled.chain(later).collect()
}
