//! The JSON of `acpihp sample`.

use super::sources::About;
use std::path::Path;

/// What `acpihp sample --format json` prints.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SamplesModel {
    /// Name and version of this contract.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The folder that the files were written into; `null` when they were not.
    pub folder: Option<String>,
    /// The samples.
    pub samples: Vec<SampleModel>,
}

/// What a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SampleKind {
    /// A machine: `--sample NAME` reads it, and so does `--sysroot` once it is written.
    Machine,
    /// Files to work on.
    Files,
}

/// One sample.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SampleModel {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What it is.
    pub kind: SampleKind,
    /// The version line of the kernel that it was recorded with; `null` where it is no machine.
    pub version: Option<&'static str>,
    /// The command line of that boot.
    pub command_line: Option<&'static str>,
    /// Its files; `null` when all samples are listed.
    pub files: Option<Vec<FileModel>>,
}

/// One file of a sample.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileModel {
    /// Its path below the folder.
    pub path: &'static str,
    /// Its length in bytes.
    pub bytes: usize,
}

impl SamplesModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.sample/1";

    /// The report about these samples, written into `folder` where there is one.
    pub fn new(samples: Vec<SampleModel>, folder: Option<&Path>) -> Self {
        let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
        SamplesModel { schema: Self::SCHEMA, about: About::default(), folder, samples }
    }
}
