//! Changes and comparisons of tables: what is not named stays, and any two tables can be compared.
#![no_main]

use acpihp::bytes::sum8;
use acpihp::table::diff::diff;
use acpihp::table::edit::{Editor, Revision};
use acpihp::table::{layout, path};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str, &str)| {
    let (table, name, value) = input;
    let _ = path::find(table, name);
    let Ok(mut editor) = Editor::new(table) else { return };
    if editor.set(name, value).is_ok()
        && let Ok(edited) = editor.finish(Revision::Raise)
    {
        let changed: usize = edited.changes().iter().map(|change| change.after.len()).sum();
        // FACS and S3PT have no sum.
        let has_sum = layout(table).is_none_or(|layout| layout.has_header());
        assert_eq!(edited.after.len(), table.len());
        assert!(!has_sum || edited.after == table || sum8(&edited.after) == 0);
        assert!(changed <= table.len());
        diff(table, &edited.after);
    }
});
