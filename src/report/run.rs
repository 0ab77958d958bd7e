//! What the text of a simulation and that of a comparison have in common: a flow in words, and the files of an archive.

use super::model::simulate::ArchiveFile;
use super::text;
use crate::boot::install::Flow;
use crate::foreign::Foreign;
use std::io::{self, Write};

/// The folder of the archive in which Linux looks for tables.
const FOLDER: &str = "kernel/firmware/acpi/";

/// What a flow is, in a few words.
pub(super) fn flow(flow: Flow) -> &'static str {
    match flow {
        Flow::OneByOne => "slots 0 and 1 for DSDT and FACS, a table replaced as it comes",
        Flow::TwoStep => "all tables first, the SRAT for memblock, then all replacements",
        Flow::Current => "a list that grows, a table replaced as it comes",
    }
}

/// Writes the archive's files under a title.
pub(super) fn archive(out: &mut dyn Write, files: &[ArchiveFile], title: &str) -> io::Result<()> {
    if files.is_empty() {
        return text::paragraph(out, title, 14, "no file that Linux looks at below kernel/firmware/acpi/");
    }
    writeln!(out, "{title}, below {FOLDER}:")?;
    let columns = [">#", ">OFFSET", ">LENGTH", "<TABLE", "<OUTCOME", "<FILE"];
    let rows = files.iter().enumerate().map(|(number, file)| {
        let cells = vec![
            number.to_string(),
            format!("{:#x}", file.offset),
            file.length.to_string(),
            file.signature.as_ref().map_or("-".into(), Foreign::text).into_owned(),
            file.outcome.to_string(),
            {
                let path = file.path.text();
                path.strip_prefix(FOLDER).unwrap_or(&path).to_owned()
            },
        ];
        (cells, file.why.as_ref().map(|why| why.text().into_owned()))
    });
    text::with_reasons(out, &columns, rows.collect())
}
