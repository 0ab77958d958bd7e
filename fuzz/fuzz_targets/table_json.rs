//! The JSON of a report as source: it is refused at a place that it has, or gives lines that can be compiled or refused.
#![no_main]

use acpihp::source::table_json;
use acpihp::table::source::{BuildOptions, build};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for text in [text.to_owned(), format!("{{\"tables\":[{{\"name\":\"SRAT\",\"fields\":[{text}]}}]}}")] {
        match table_json::read(&text) {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(tables) => {
                let lines: usize = tables.iter().map(Vec::len).sum();
                assert!(lines <= text.len());
                for table in tables {
                    if let Ok(built) = build(&table, BuildOptions::default()) {
                        // No more can come of a text than its numbers say, and each has a digit.
                        assert!(built.bytes.len() <= 64 * (text.len() + 4096));
                    }
                }
            }
        }
    }
});
