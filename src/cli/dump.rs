//! `acpihp dump`: which tables there are, and what they say.

use super::args::MachineArgs;
use super::boot::listed_samples;
use super::{Exit, UsageError};
use crate::app::machine::{self, Meant};
use crate::report::model::dump::DumpModel;
use crate::report::model::sources::{Source, SourceKind, Sources};
use crate::report::{self, dsl, dump};
use crate::sink;
use crate::source::tables::{self, TableSet};
use crate::source::{SourceTable, display};
use clap::ValueEnum;
use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Options of `acpihp dump`.
#[derive(Debug, clap::Args)]
pub struct DumpArgs {
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
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_default_value = true)]
    pub format: DumpFormat,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format")]
    pub json: bool,
    /// Write each table as a file into a folder, under the name that acpixtract gives it; with --format
    /// dsl, json or acpidump in that form
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, conflicts_with = "decode")]
    pub output: Option<PathBuf>,
    /// Where the tables come from.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// What a dump can be printed as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DumpFormat {
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

/// Runs the subcommand.
pub fn run(args: &DumpArgs) -> anyhow::Result<Exit> {
    let format = if args.json { DumpFormat::Json } else { args.format };
    if format == DumpFormat::Raw && args.output.is_none() && std::io::stdout().is_terminal() {
        let why = "--format raw would write binary data to the terminal; redirect it, or use -o DIR";
        return Err(UsageError(why.to_owned()).into());
    }
    if listed_samples(&args.machine)? {
        return Ok(Exit::Fine);
    }
    let names: Vec<_> = args.tables.iter().chain(&args.named).map(String::as_str).collect();
    let files = files(&names)?;
    let set = match names.iter().all(|name| file(name).is_some()) {
        true if !names.is_empty() => TableSet::default(),
        _ => machine::tables(&args.machine.request())?,
    };
    for note in set.notes.iter().chain(&files.notes) {
        let _ = writeln!(std::io::stderr(), "acpihp: note: {note}");
    }
    let chosen = choose(&set.tables, &files.tables, &names)?;
    if let Some(folder) = &args.output {
        return write_files(folder, &chosen, format);
    }
    let in_full = args.decode || !names.is_empty();
    if format == DumpFormat::Raw {
        sink::binary(|out| chosen.iter().try_for_each(|table| out.write_all(&table.bytes)))?;
        return Ok(Exit::Fine);
    }
    sink::stdout(|out| match format {
        DumpFormat::Json => {
            let mut model = DumpModel::new(chosen, in_full);
            model.about = source(&args.machine).into();
            report::json(out, &model)
        }
        DumpFormat::Dsl => dsl::tables(out, chosen),
        DumpFormat::Acpidump => dump::acpidump(out, chosen),
        DumpFormat::Raw => chosen.iter().try_for_each(|table| out.write_all(&table.bytes)),
        DumpFormat::Text if in_full => dump::tables(out, chosen),
        DumpFormat::Text => dump::list(out, &set.tables),
    })?;
    Ok(Exit::Fine)
}

/// Where the tables come from.
fn source(machine: &MachineArgs) -> Sources {
    let tables = match (&machine.from, &machine.sample, &machine.sysroot) {
        (Some(path), ..) => Source::at(SourceKind::File, path.as_os_str()),
        (_, Some(name), _) => Source::at(SourceKind::Sysfs, format!("sample/{name}/{TABLES}")),
        (.., root) => {
            let root = root.as_deref().unwrap_or(std::path::Path::new("/"));
            Source::at(SourceKind::Sysfs, root.join(TABLES).as_os_str())
        }
    };
    Sources { tables: Some(tables), ..Sources::default() }
}

/// Where a machine has its tables.
const TABLES: &str = "sys/firmware/acpi/tables";

/// The tables of the words that are files.
fn files(words: &[&str]) -> anyhow::Result<TableSet> {
    let mut all = TableSet::default();
    for path in words.iter().filter_map(|word| file(word)) {
        let set = tables::from_path(&path)?;
        all.tables.extend(set.tables);
        all.notes.extend(set.notes);
    }
    Ok(all)
}

/// The file that a word means, if it means one.
fn file(word: &str) -> Option<PathBuf> {
    match machine::meant(Path::new(word)) {
        Meant::File(path) => Some(path),
        Meant::Machine(_) => None,
    }
}

/// The tables that the words stand for, those of each word in turn and each table once; all when there is no word. `files` are
/// the tables of files, which come in the order of the words.
fn choose<'a>(
    tables: &'a [SourceTable],
    files: &'a [SourceTable],
    words: &[&str],
) -> anyhow::Result<Vec<&'a SourceTable>> {
    if words.is_empty() {
        return Ok(tables.iter().collect());
    }
    let (mut chosen, mut absent) = (Vec::<&SourceTable>::new(), Vec::new());
    for word in words {
        let found: Vec<&SourceTable> = match file(word) {
            Some(path) => files.iter().filter(|table| table.origin.starts_with(&path)).collect(),
            None => machine::called(tables, word),
        };
        if found.is_empty() {
            absent.push(*word);
        }
        for table in found {
            if !chosen.iter().any(|other| std::ptr::eq(*other, table)) {
                chosen.push(table);
            }
        }
    }
    if absent.is_empty() { Ok(chosen) } else { Err(machine::absent(tables, &absent)) }
}

/// Writes each table as a file and says which.
fn write_files(folder: &Path, tables: &[&SourceTable], format: DumpFormat) -> anyhow::Result<Exit> {
    let ending = match format {
        DumpFormat::Text | DumpFormat::Raw => "dat",
        DumpFormat::Json => "json",
        DumpFormat::Dsl => "dsl",
        DumpFormat::Acpidump => "txt",
    };
    let open = sink::Folder::make(folder)?;
    let mut used = HashSet::new();
    let mut written = Vec::new();
    for &table in tables {
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
            let mut content = Vec::new();
            match format {
                DumpFormat::Text | DumpFormat::Raw => content.extend_from_slice(&table.bytes),
                DumpFormat::Json => report::json(&mut content, &DumpModel::new([table], true))?,
                DumpFormat::Dsl => dsl::tables(&mut content, [table])?,
                DumpFormat::Acpidump => dump::acpidump(&mut content, [table])?,
            }
            len = content.len();
            out.write_all(&content)
        })?;
        written.push((folder.join(name), len));
    }
    sink::stdout(|out| {
        written.iter().try_for_each(|(path, len)| writeln!(out, "{}: {len} bytes", display(path)))
    })?;
    Ok(Exit::Fine)
}
