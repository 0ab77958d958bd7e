//! Any text as table source, in both notations: reading and building end, and what was built can be taken apart and put
//! together again.
#![no_main]

use acpihp::report::dsl;
use acpihp::source::{SourceTable, table_json};
use acpihp::table::source::{BuildOptions, build, read};
use libfuzzer_sys::fuzz_target;

const AS_IS: BuildOptions = BuildOptions { as_is: true };

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut sources = table_json::read(text).unwrap_or_default();
    sources.extend(read(text));
    for lines in &sources {
        for options in [BuildOptions::default(), AS_IS] {
            let Ok(built) = build(lines, options) else { continue };
            let (name, origin) = ("T".into(), "T".into());
            let table =
                SourceTable { name, address: None, bytes: built.bytes, origin, offset: 0, is_dynamic: false };
            let mut printed = Vec::new();
            dsl::tables(&mut printed, [&table]).unwrap();
            let printed = String::from_utf8(printed).unwrap();
            let again = build(&read(&printed).unwrap(), AS_IS).map(|built| built.bytes);
            // Fewer bytes than a signature and a length are no table that could be printed.
            assert!(
                table.bytes.len() < 8 || again.as_ref() == Ok(&table.bytes),
                "{again:?} of {:?}",
                table.bytes
            );
        }
    }
});
