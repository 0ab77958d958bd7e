//! What a table of AML names, for people.

use super::text::{self, Detail};
use crate::phrase;
use crate::table::aml::Aml;
use std::io::{self, Write};

/// As many names as are shown unless more is wanted; the JSON has all.
const MOST: usize = 60;

/// How much AML there is, and the devices that it defines.
pub fn write(out: &mut dyn Write, aml: &Aml, detail: Detail) -> io::Result<()> {
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut found = vec![plural(aml.devices.len(), "device"), plural(aml.methods, "method")];
    if aml.processors > 0 {
        found.push(plural(aml.processors, "processor"));
    }
    let found = format!("{} of AML; a scan for names finds {}", plural(aml.len, "byte"), found.join(", "));
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
