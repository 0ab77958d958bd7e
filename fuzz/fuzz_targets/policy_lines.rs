//! Policies and waivers: any text is read or refused at a place that it has.

#![no_main]

use acpihp::check::lines::LineError;
use acpihp::check::{policy, waiver};
use libfuzzer_sys::fuzz_target;

fn look(text: &str, refused: Option<LineError>) {
    if let Some(error) = refused {
        let line = text.lines().nth(error.line - 1).expect("a line that is there");
        assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
    }
}

fuzz_target!(|text: &str| {
    look(text, policy::parse(text).err());
    look(text, waiver::parse(text).err());
});
