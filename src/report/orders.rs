//! The paragraph of `acpihp plan` and `acpihp simulate` about orders of tables that nothing says.

use super::model::plan::orders::OpenOrderModel;
use super::text;
use std::io::{self, Write};

/// Writes what follows from each table that may come first.
pub fn write(out: &mut dyn Write, orders: &[OpenOrderModel]) -> io::Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNeither a root table nor a log says which of these tables comes first:")?;
    for open in orders {
        for (index, case) in open.cases.iter().enumerate() {
            let lead = format!("  {}: ", open.signature.text());
            let taken = if index == 0 { " (as above)" } else { "" };
            text::paragraph(
                out,
                &lead,
                4,
                &format!("if {} comes first{taken}: {}", case.first.text(), case.becomes.text()),
            )?;
        }
    }
    text::paragraph(
        out,
        "",
        2,
        "to settle it: --dmesg LOG of that machine, or --root-order with the file that comes first",
    )
}
