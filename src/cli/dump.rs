//! `acpihp dump`: which tables there are, and what they say.

use super::args::{DetailArgs, Format, MachineArgs};
use super::boot::listed_samples;
use super::{Exit, UsageError};
use crate::app::dump::{self as app, DumpRequest};
use crate::report::model::dump::DumpModel;
use crate::report::text::{self, Detail};
use crate::report::{self, dsl, dump};
use crate::sink;
use crate::source::{SourceTable, display};
use clap::ValueEnum;
use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Options of `acpihp dump`.
#[derive(Debug, clap::Args)]
pub(super) struct DumpArgs {
    /// Tables to show in full: SRAT, SSDT for all SSDTs, SSDT2 for one; or files, such as ov.aml or ./SRAT [default: list all]
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,
    /// The same, as acpidump takes it
    #[arg(short = 'n', long = "table", value_name = "TABLE", hide = true)]
    pub named: Vec<String>,
    /// Show every table in full
    #[arg(short, long)]
    pub decode: bool,
    /// How to print the tables
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub format: DumpFormat,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format", help_heading = "Output")]
    pub json: bool,
    /// Write each table as a file into a folder, under the name that acpixtract gives it; with --format
    /// dsl, json or acpidump in that form
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, conflicts_with = "decode")]
    pub output: Option<PathBuf>,
    /// Where the tables come from.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

/// What a dump can be printed as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DumpFormat {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
    /// Source that `acpihp build` and iasl compile
    Dsl,
    /// The text of acpidump, which acpixtract reads
    Acpidump,
    /// The tables' bytes, one after the other
    Raw,
}

pub(super) fn run(args: &DumpArgs) -> anyhow::Result<Exit> {
    let format = if args.json { DumpFormat::Json } else { args.format };
    if format == DumpFormat::Raw && args.output.is_none() && std::io::stdout().is_terminal() {
        let why = "--format raw would write binary data to the terminal; redirect it, or use -o DIR";
        return Err(UsageError(why.to_owned()).into());
    }
    if listed_samples(&args.machine.tree, Format::of(format == DumpFormat::Json))? {
        return Ok(Exit::Fine);
    }
    let detail = args.detail.of(format == DumpFormat::Text || args.output.is_some())?;
    let quiet = detail == Detail::Quiet;
    let words: Vec<String> = args.tables.iter().chain(&args.named).cloned().collect();
    let in_full = args.decode || !words.is_empty();
    let busy = sink::Busy::new("reading tables");
    let found = app::run(&DumpRequest { machine: args.machine.request(), words })?;
    drop(busy);
    for note in &found.notes {
        sink::note(&note.text());
    }
    let tables = &found.tables;
    if let Some(folder) = &args.output {
        return write_files(folder, tables, format, detail);
    }
    if format == DumpFormat::Raw {
        sink::binary(|out| tables.iter().try_for_each(|table| out.write_all(&table.bytes)))?;
        return Ok(Exit::Fine);
    }
    sink::stdout(|out| match format {
        DumpFormat::Json => {
            let mut model = DumpModel::new(tables, in_full);
            model.about = found.sources.clone().into();
            report::json(out, &model)
        }
        DumpFormat::Dsl => dsl::tables(out, tables),
        DumpFormat::Acpidump => dump::acpidump(out, tables),
        DumpFormat::Raw => tables.iter().try_for_each(|table| out.write_all(&table.bytes)),
        DumpFormat::Text if quiet && !in_full => {
            tables.iter().try_for_each(|table| writeln!(out, "{}", table.name.text()))
        }
        DumpFormat::Text if in_full => dump::tables(out, tables, detail),
        DumpFormat::Text => {
            dump::list(out, tables, detail)?;
            if detail == Detail::Verbose { text::sources(out, &found.sources, detail) } else { Ok(()) }
        }
    })?;
    Ok(Exit::Fine)
}

/// An output that counts what is written.
struct Counted<'a> {
    out: &'a mut dyn Write,
    len: &'a mut usize,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.out.write(bytes)?;
        *self.len = self.len.saturating_add(len);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes each table as a file and says which.
fn write_files(
    folder: &Path,
    tables: &[SourceTable],
    format: DumpFormat,
    detail: Detail,
) -> anyhow::Result<Exit> {
    let ending = match format {
        DumpFormat::Text | DumpFormat::Raw => "dat",
        DumpFormat::Json => "json",
        DumpFormat::Dsl => "dsl",
        DumpFormat::Acpidump => "txt",
    };
    let open = sink::Folder::make(folder)?;
    let mut used = HashSet::new();
    let mut written = Vec::new();
    for table in tables {
        let stem = dump::file_name(table);
        let stem = stem.trim_end_matches(".dat");
        let mut name = format!("{stem}.{ending}");
        // Two tables whose names only differ in what no file name may have.
        for number in 2.. {
            if used.insert(name.clone()) {
                break;
            }
            name = format!("{stem}-{number}.{ending}");
        }
        let mut len = 0;
        open.file(&name, |out| {
            let mut out = Counted { out, len: &mut len };
            match format {
                DumpFormat::Text | DumpFormat::Raw => out.write_all(&table.bytes),
                DumpFormat::Json => report::json(&mut out, &DumpModel::new([table], true)),
                DumpFormat::Dsl => dsl::tables(&mut out, [table]),
                DumpFormat::Acpidump => dump::acpidump(&mut out, [table]),
            }
        })?;
        written.push((folder.join(name), len, table));
    }
    if detail == Detail::Quiet {
        return Ok(Exit::Fine);
    }
    sink::stdout(|out| {
        written.iter().try_for_each(|(path, len, table)| {
            writeln!(out, "{}: {len} bytes", display(path))?;
            dump::about(out, table, detail)
        })
    })?;
    Ok(Exit::Fine)
}
