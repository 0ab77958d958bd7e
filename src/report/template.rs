//! `acpihp template`: source to start from, with what the fields may hold beside them.

use super::dsl::{self, Style};
use super::model::template::TemplatesModel;
use super::text::columns;
use crate::table::def::TableDef;
use crate::table::source::{self, BuildError, BuildOptions};
use std::io::{self, Write};

/// The tables that have a template.
pub fn list(out: &mut dyn Write, view: &TemplatesModel) -> io::Result<()> {
    let rows = view.templates.iter().map(|one| vec![one.signature.text().into_owned(), one.title.to_owned()]);
    columns(out, &["<TABLE", "<NAME"], rows.collect())
}

/// A table with one entry of each type and one element of each list.
///
/// # Errors
/// [`BuildError`] when the table's list is at odds with itself.
pub fn table(def: &'static TableDef) -> Result<Vec<u8>, BuildError> {
    source::build(&source::template(def), BuildOptions::default()).map(|built| built.bytes)
}

/// The source of such a table.
pub fn write(out: &mut dyn Write, def: &TableDef, table: &[u8]) -> io::Result<()> {
    writeln!(out, "/*\n * {} ({}): {}", def.title, def.signature.text(), def.reference)?;
    writeln!(out, " *\n * Format: [ByteLength]  FieldName : value in hexadecimal")?;
    writeln!(
        out,
        " * Repeat or remove entries as needed. `acpihp build FILE` computes lengths and checksums,"
    )?;
    writeln!(out, " * and counts and offsets whose value is auto.\n */")?;
    dsl::commented(out, table, Style::Template)
}
