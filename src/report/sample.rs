//! `acpihp sample` for people.

use super::model::sample::{SampleKind, SampleModel, SamplesModel};
use super::text::{Detail, Gap, columns, paragraph};
use crate::bytes::escape;
use std::io::{self, Write};

/// The samples, or the files of the one that was asked for.
pub fn text(out: &mut dyn Write, view: &SamplesModel, detail: Detail) -> io::Result<()> {
    match view.samples.as_slice() {
        [SampleModel { files: Some(_), .. }] if detail == Detail::Quiet && view.folder.is_some() => Ok(()),
        [SampleModel { files: Some(files), .. }] if detail == Detail::Quiet => {
            files.iter().try_for_each(|file| writeln!(out, "{}", file.path))
        }
        samples if detail == Detail::Quiet => {
            samples.iter().try_for_each(|sample| writeln!(out, "{}", sample.name))
        }
        [sample @ SampleModel { name, kind, files: Some(files), .. }] => {
            listed(out, sample, detail)?;
            match (&view.folder, kind) {
                (Some(folder), _) => {
                    let folder = escape(folder.as_bytes());
                    writeln!(out, "{} files written into {folder}", files.len())
                }
                (None, SampleKind::Machine) => writeln!(out, "next: acpihp plan --sample {name}"),
                (None, SampleKind::Files) => writeln!(out, "next: acpihp sample {name} -o DIR"),
            }
        }
        samples if samples.iter().all(|sample| sample.files.is_some()) => {
            let mut gap = Gap::default();
            samples.iter().try_for_each(|sample| {
                gap.before_next(out)?;
                listed(out, sample, detail)
            })
        }
        samples => {
            let width =
                samples.iter().map(|sample| sample.name.len()).max().unwrap_or(0).max("SAMPLE".len()) + 2;
            writeln!(out, "{:width$}WHAT IT SHOWS", "SAMPLE")?;
            samples.iter().try_for_each(|sample| {
                paragraph(out, &format!("{:width$}", sample.name), width, sample.title)
            })
        }
    }
}

/// A sample with its files, and where more is wanted with the boot that it was recorded in.
fn listed(out: &mut dyn Write, sample: &SampleModel, detail: Detail) -> io::Result<()> {
    paragraph(out, &format!("{}: ", sample.name), 4, sample.title)?;
    if let (Detail::Verbose, Some(version), Some(line)) = (detail, sample.version, sample.command_line) {
        paragraph(out, "Recorded with ", 14, version)?;
        paragraph(out, "Command line  ", 14, line)?;
    }
    let files = sample.files.iter().flatten();
    let rows = files.map(|file| vec![file.bytes.to_string(), file.path.to_owned()]);
    columns(out, &[">BYTES", "<FILE"], rows.collect())
}
