//! L3: all output: standard output, and files that appear whole or not at all.
//!
//! A path is resolved once, by [`Output::open`]; from then on everything happens relative to the folder that was opened
//! there, so that nobody can put another file under the name between a check and a use.

mod atomic;
mod capture_folder;
mod descriptor;
mod folder;
mod keep;
mod leftover;
mod output;
#[cfg(feature = "cli")]
mod progress;
mod signals;
mod stdout;
mod target;
mod theirs;
mod version;
mod walk;

pub use capture_folder::{CaptureFolder, INCOMPLETE};
pub use folder::Folder;
pub use output::{Check, How, Output};
#[cfg(feature = "cli")]
pub use progress::{Busy, Progress};
pub use stdout::{binary, closed, is_stdout, stdout, tell};
pub use version::FileVersion;

use crate::source::{display, reason};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is collected before it is written, in bytes.
const BUFFER_LEN: usize = 32 << 10;

/// Why output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Standard output failed, for another reason than a reader that went away.
    #[error("cannot write to standard output: {}", reason(.0))]
    Stdout(io::Error),
    /// A file or its folder could not be written; what was there before is there still.
    #[error("cannot write {}: {}", display(path), reason(error))]
    File {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said. Part of the message, so no source of this error besides.
        error: io::Error,
    },
    /// The file that was read and is to be replaced has changed, or is another one by now.
    #[error("{} was changed by another program since it was read: it stays as it is; run this again", display(.0))]
    Changed(PathBuf),
    /// What was written is not what should have been; the file was not replaced.
    #[error("cannot write {}: reading it back: {what}", display(path))]
    Check {
        /// The file that was asked for.
        path: PathBuf,
        /// What differs; safe to print.
        what: String,
    },
    /// Messages would end up inside the output.
    #[error("{} is where standard error goes as well: messages would end up inside the output", shown(.0))]
    Shared(PathBuf),
}

impl SinkError {
    fn file(path: &Path, error: impl Into<io::Error>) -> SinkError {
        SinkError::File { path: path.to_owned(), error: error.into() }
    }
}

/// What messages call an output.
fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard output".to_owned() } else { display(path) }
}

/// Whether notes and progress are left out.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves notes and progress out from here on.
pub fn hush() {
    QUIET.store(true, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// One line on standard error, unless nobody wants to know. It does not matter whether anyone reads it.
pub fn note(text: &dyn fmt::Display) {
    if !is_quiet() {
        let _ = writeln!(io::stderr(), "acpihp: note: {text}");
    }
}
