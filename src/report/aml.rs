//! What a table of AML names, for people.

use super::text::{self, Detail};
use crate::phrase::{self, count};
use crate::table::aml::Aml;
use std::io::{self, Write};

/// As many names as are shown unless more is wanted; the JSON has all.
const MOST: usize = 60;

/// How much AML there is, and the devices that it defines.
pub fn write(out: &mut dyn Write, aml: &Aml, detail: Detail) -> io::Result<()> {
    let mut found =
        vec![count(aml.devices.len(), "device", "devices"), count(aml.methods, "method", "methods")];
    if aml.processors > 0 {
        found.push(count(aml.processors, "processor", "processors"));
    }
    let found =
        format!("{} of AML; a scan for names finds {}", count(aml.len, "byte", "bytes"), found.join(", "));
    text::paragraph(out, "", 0, &found)?;
    if aml.devices.is_empty() {
        return writeln!(out);
    }
    let most = if detail == Detail::Verbose { usize::MAX } else { MOST };
    let shown: Vec<&str> = aml.devices.iter().take(most).map(String::as_str).collect();
    let names = shown.join(" ") + &phrase::more(aml.devices.len() - shown.len());
    text::paragraph(out, "devices: ", 9, &names)?;
    writeln!(out)
}
