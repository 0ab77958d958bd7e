//! L3: all input: files, folders, standard input and copies of /proc and /sys, bounded and never trusted.

pub mod bootfiles;
mod bounds;
pub mod capture;
pub mod detect;
pub mod file;
pub mod firmware;
pub mod image;
pub mod initrd;
pub mod kernel;
pub mod klog;
pub mod lines;
pub mod machine;
pub mod now;
pub mod open;
pub mod own_memory;
pub mod owners;
pub mod pages;
pub mod root;
pub mod rooted;
pub mod running;
pub mod samples;
pub mod table_json;
pub mod tables;
pub mod tree;

use crate::bytes::{escape, size};
use crate::foreign::Foreign;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Why an input gave nothing to work on. Every message names the file, and the byte offset where there is one.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system refused or failed.
    #[error("{}: {}", name(path), reason(error))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said. Part of the message, so no source of this error besides.
        error: io::Error,
    },
    /// Reading needs rights that the caller does not have.
    #[error("{}: permission denied; {how}", name(path))]
    Denied {
        /// The file or folder.
        path: PathBuf,
        /// How to be allowed.
        how: &'static str,
    },
    /// The file is larger than anything of its kind.
    #[error("{}: more than {}, expected {expected}", name(path), size(*limit))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
        /// What was expected instead.
        expected: &'static str,
    },
    /// The content is none of the kinds that are read.
    #[error("{}: byte {offset}: found {}, expected {expected}", name(path), found.text())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where, in bytes from the start.
        offset: u64,
        /// What is there.
        found: Foreign,
        /// What was expected.
        expected: &'static str,
    },
    /// An image of memory gave no tables.
    #[error("{}: {error}", name(path))]
    Image {
        /// The file.
        path: PathBuf,
        /// Why. Part of the message, so no source of this error besides.
        error: image::ImageError,
    },
    /// What is made of the file would take more memory than there is for it.
    #[error("{}: {error}", name(path))]
    Memory {
        /// The file.
        path: PathBuf,
        /// The limit, and what asked for more. Part of the message, so no source of this error besides.
        error: crate::budget::Exceeded,
    },
    /// The source has more tables than are looked at.
    #[error("{}: {found} tables, expected {} at most", name(path), crate::budget::TABLES)]
    TooMany {
        /// The file or folder.
        path: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// A part of a file that was asked for is not there.
    #[error("{}: {}", name(path), what.text())]
    Absent {
        /// The file.
        path: PathBuf,
        /// What is missing, and what there is.
        what: Foreign,
    },
    /// A listing says two things of a table.
    #[error("{}: {}; --take decoded or --take raw says which counts", name(path), what.text())]
    Disagreement {
        /// The file.
        path: PathBuf,
        /// What it says, with both values.
        what: Foreign,
    },
    /// It is standard output as well, so that whatever is written destroys it.
    #[error("{}: this input is standard output as well", name(path))]
    IsOutput {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing of use in a file or folder.
    #[error("{}: {}", name(path), what.text())]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What is missing.
        what: Foreign,
    },
}

impl SourceError {
    /// Wraps what the system said about `path`.
    pub fn io(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                SourceError::Denied { path, how: "run as root (CAP_DAC_READ_SEARCH)" }
            }
            _ => SourceError::Io { path, error },
        }
    }

    /// Says of a file that it has no bytes.
    pub fn no_bytes(path: &Path) -> Self {
        SourceError::Empty { path: path.to_owned(), what: "it is empty".into() }
    }
}

/// What the system said, without the number that Rust appends: `No such file or directory`.
pub fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.rfind(" (os error ") {
        text.truncate(end);
    }
    text
}

/// What messages call an input.
fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { display(path) }
}

/// A path as it may be printed: bytes that could disturb a terminal are escaped.
pub fn display(path: &Path) -> String {
    escape(path.as_os_str().as_bytes()).into_owned()
}

impl From<&Path> for Foreign {
    fn from(path: &Path) -> Self {
        path.as_os_str().into()
    }
}

/// One table that was read, with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTable {
    /// The name it goes by: that of its file in /sys/firmware/acpi/tables, or its signature, with a number where
    /// several tables share it (`SSDT1`, `SSDT2`).
    pub name: Foreign,
    /// Physical address, where the source tells it and it is not zero.
    pub address: Option<u64>,
    /// All bytes that the source has for it; the header's length may say otherwise.
    pub bytes: Vec<u8>,
    /// The file it was read from (`-` for standard input).
    pub origin: PathBuf,
    /// Where in that file it starts, in bytes; 0 where the file has it compressed.
    pub offset: u64,
    /// Whether it stands among the tables that a running system loaded after its boot, as AML asks for them.
    pub is_dynamic: bool,
}
