//! `acpihp sample` for people.

use super::model::sample::{SampleKind, SampleModel, SamplesModel};
use super::text::{Align, Detail, columns, paragraph};
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
        [SampleModel { name, title, kind, files: Some(files) }] => {
            paragraph(out, &format!("{name}: "), 4, title)?;
            let rows = files.iter().map(|file| vec![file.bytes.to_string(), file.path.to_owned()]);
            columns(out, &[("BYTES", Align::Right), ("FILE", Align::Left)], rows.collect())?;
            match (&view.folder, kind) {
                (Some(folder), _) => {
                    let folder = escape(folder.as_bytes());
                    writeln!(out, "{} files written into {folder}", files.len())
                }
                (None, SampleKind::Machine) => writeln!(out, "next: acpihp plan --sample {name}"),
                (None, SampleKind::Files) => writeln!(out, "next: acpihp sample {name} -o DIR"),
            }
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
