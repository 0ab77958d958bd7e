//! L3: what goes out: values to bytes. Nothing here reads, decides or looks at a terminal.

mod domains;
pub mod dump;
pub mod explain;
pub mod hexdump;
pub mod mkinitrd_override;
pub mod model;
pub mod plan;
pub mod text;

use std::io::{self, Write};

/// Writes a value as JSON, indented, with a line end.
///
/// # Errors
/// What `out` says.
pub fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}
