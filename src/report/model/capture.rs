//! The JSON of `acpihp capture`.

use super::sources::About;
use crate::foreign::Foreign;
use crate::source::capture::{Capture, CaptureNote};
use serde::Serialize;

/// What was captured, and what was not: schema `acpihp.capture/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaptureModel {
    /// `acpihp.capture/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// Kernel release of the machine, where it is known.
    pub kernel: Option<Foreign>,
    /// The archive or folder that was written, `-` for standard output.
    pub output: Foreign,
    /// Length of the archive in bytes; null for a folder.
    pub length: Option<u64>,
    /// SHA-256 of the archive, in hexadecimal; null for a folder.
    pub sha256: Option<String>,
    /// The files in it, by path.
    pub files: Vec<FileModel>,
    /// What is left out.
    pub left_out: Vec<NoteModel>,
    /// What is replaced by `[masked-N]`, the same N for the same text. In tables the text keeps its length: `[masked-7]####`, or `~07`
    /// where there is no room for that.
    pub masked: Vec<NoteModel>,
    /// What could not be read.
    pub unreadable: Vec<NoteModel>,
}

/// A captured file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileModel {
    /// Its path below the root.
    pub path: String,
    /// Its length in bytes.
    pub length: u64,
}

/// Something that is not in a capture as it is on the machine.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NoteModel {
    /// The file it is about.
    pub path: String,
    /// What and why.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub what: String,
    /// What --with takes to get it; null where nothing does.
    pub with: Option<&'static str>,
    /// Where it is in a table, in bytes from the table's start; empty for what is no text of a table's AML.
    pub offsets: Vec<usize>,
}

impl CaptureModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.capture/1";

    /// The report of a capture that goes to `output`.
    pub fn of(capture: &Capture, kernel: Option<Foreign>, output: Foreign) -> CaptureModel {
        let notes = |notes: &[CaptureNote]| {
            let model = |note: &CaptureNote| NoteModel {
                path: note.path.as_str().into(),
                what: note.what.clone(),
                with: note.kind.map(|kind| kind.name()),
                offsets: note.offsets.clone(),
            };
            notes.iter().map(model).collect::<Vec<_>>()
        };
        CaptureModel {
            schema: Self::SCHEMA,
            about: About::default(),
            kernel,
            output,
            length: None,
            sha256: None,
            files: capture
                .files()
                .map(|(path, length)| FileModel { path: path.to_owned(), length })
                .collect(),
            left_out: notes(&capture.left_out),
            masked: notes(&capture.masked),
            unreadable: notes(&capture.unreadable),
        }
    }
}
