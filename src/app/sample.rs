//! What `acpihp sample` does: lists samples, or writes one into a folder.

use super::AbsentError;
use crate::bytes::escape;
use crate::report::model::sample::{FileModel, SampleKind, SampleModel, SamplesModel};
use crate::sink::Folder;
use crate::source::samples::{Files, SAMPLES, Sample, TUTORIAL};
use std::path::Path;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleRequest<'a> {
    /// The sample; all of them when `None`.
    pub name: Option<&'a str>,
    /// The folder that its files are written into.
    pub folder: Option<&'a Path>,
    /// Whether the files of each are wanted where all are listed.
    pub with_files: bool,
}

/// Lists the samples that were asked for and writes their files where there is a folder.
///
/// # Errors
/// [`AbsentError`] for an unknown name, [`SinkError`](crate::sink::SinkError) when a file cannot be written.
pub fn run(request: &SampleRequest) -> anyhow::Result<SamplesModel> {
    let all = SAMPLES.iter().map(|sample| (sample.name, sample.title, SampleKind::Machine, sample.files()));
    let all = all.chain([(TUTORIAL.name, TUTORIAL.title, SampleKind::Files, TUTORIAL.files())]);
    let mut samples = Vec::new();
    for (name, title, kind, files) in
        all.filter(|(name, ..)| request.name.is_none_or(|wanted| wanted == *name))
    {
        if let Some(folder) = request.folder {
            write(folder, files)?;
        }
        let is_listed = request.name.is_some() || request.with_files;
        samples.push(model((name, title, kind), files, is_listed));
    }
    match request.name.filter(|_| samples.is_empty()) {
        Some(name) => {
            let name = escape(name.as_bytes());
            Err(AbsentError(format!("there is no sample \"{name}\"; `acpihp sample` lists all")).into())
        }
        None => Ok(SamplesModel::new(samples, request.folder)),
    }
}

/// The samples that `--sample` takes.
pub fn machines() -> SamplesModel {
    let model =
        |sample: &Sample| model((sample.name, sample.title, SampleKind::Machine), sample.files(), false);
    SamplesModel::new(SAMPLES.iter().map(model).collect(), None)
}

/// A sample of these files, which are listed or not.
fn model(
    (name, title, kind): (&'static str, &'static str, SampleKind),
    files: Files,
    is_listed: bool,
) -> SampleModel {
    let line = |wanted: &str| {
        let (_, bytes) = files.iter().find(|(path, _)| *path == wanted)?;
        std::str::from_utf8(bytes).ok().map(str::trim_end)
    };
    let listed = files.iter().map(|(path, bytes)| FileModel { path, bytes: bytes.len() });
    SampleModel {
        name,
        title,
        kind,
        version: line("proc/version"),
        command_line: line("proc/cmdline"),
        files: is_listed.then(|| listed.collect()),
    }
}

/// Writes the files below a folder.
fn write(folder: &Path, files: Files) -> anyhow::Result<()> {
    let top = Folder::make(folder)?;
    for (path, bytes) in files {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        top.folder(Path::new(parent))?.file(name, |out| out.write_all(bytes))?;
    }
    Ok(())
}
