//! `acpihp build`: table source to a table.

use super::args::{DetailArgs, TakeArgs};
use super::{Exit, UsageError, settings};
use crate::app::listing::{self, NotCompiled};
use crate::budget;
use crate::bytes::is_hostile;
use crate::container::raw;
use crate::foreign::Foreign;
use crate::report::text::Detail;
use crate::report::{self, dump};
use crate::sink;
use crate::source::{SourceError, SourceTable, display, file, table_json};
use crate::table::source::{self, BuildError, BuildOptions, Place};
use anyhow::anyhow;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The largest source in JSON, of which more is made.
const MOST_JSON: usize = 16 << 20;

/// Options of `acpihp build`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("verbose", |arg| arg.conflicts_with(clap::builder::Resettable::Reset)))]
pub(super) struct BuildArgs {
    /// Source in iasl's data-table language, or the JSON of `acpihp dump`; - for standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// Where to write the table [default: FILE with .aml at its end]
    #[arg(short = 'o', long, value_name = "OUT", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub listing: TakeArgs,
    /// Take lengths and checksums as they are written, to build deliberately invalid tables
    #[arg(long)]
    pub as_is: bool,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &BuildArgs) -> anyhow::Result<Exit> {
    let piped = args.file.as_os_str() == "-";
    let stdout = args.output.as_deref() == Some(Path::new("-")) || piped && args.output.is_none();
    let detail = match args.detail.detail() {
        Detail::Normal if stdout => Detail::Quiet,
        detail => detail,
    };
    if stdout && std::io::stdout().is_terminal() {
        let why = "this would write binary data to the terminal; redirect it, or use -o OUT";
        return Err(UsageError(why.to_owned()).into());
    }
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("aml"));
    if !stdout && settings::is_same_file(&args.file, &output) {
        let why = format!("-o {}: this is the source; give another name", display(&output));
        return Err(UsageError(why).into());
    }
    let target = sink::Output::open(if stdout { Path::new("-") } else { &output })?;
    let data = file::read(&args.file, budget::TABLE_SOURCE, "table source")?;
    // Strings may hold any byte.
    let text = String::from_utf8(data).unwrap_or_else(|error| crate::bytes::latin1(error.as_bytes()));
    let options = BuildOptions { as_is: args.as_is };
    let name = display(&args.file);
    let is_json = text.trim_start().starts_with('{');
    if is_json && text.len() > MOST_JSON {
        return Err(anyhow!("{name}: {} bytes of JSON, expected {MOST_JSON} at most", text.len()));
    }
    let tables = if is_json {
        table_json::read(&text).map_err(|error| anyhow!("{name}: {error}"))?
    } else {
        vec![source::read(&text).map_err(|error| anyhow!("{name}: {error}"))?]
    };
    if !is_json && let Some(made) = of_listing(args, &name, &text, options)? {
        return written(target, &output, &made, detail);
    }
    let mut made = Vec::new();
    for lines in &tables {
        let built = source::build(lines, options).map_err(|error| told(&name, &text, &error))?;
        for note in &built.notes {
            sink::note(&format_args!("{name}: {note}"));
        }
        made.push(built.bytes);
    }
    written(target, &output, &made, detail)
}

/// The tables of a listing with raw data; `None` for other sources.
fn of_listing(
    args: &BuildArgs,
    name: &str,
    text: &str,
    options: BuildOptions,
) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
    let made = listing::compile(text.as_bytes(), options, args.listing.take());
    let made = made.map_err(|error| match error {
        NotCompiled::Build(error) => told(name, text, &error),
        NotCompiled::Disagreement(what) => {
            SourceError::Disagreement { path: args.file.clone(), what: Foreign::of_text(&what) }.into()
        }
    })?;
    let Some(made) = made else { return Ok(None) };
    for note in made.iter().flat_map(|made| &made.notes) {
        sink::note(&format_args!("{name}: {note}"));
    }
    Ok(Some(made.into_iter().map(|made| made.bytes).collect()))
}

/// Writes the tables, one after the other, and says so; where more is wanted with what the header of each has now, and the SHA-256.
fn written(target: sink::Output, output: &Path, made: &[Vec<u8>], detail: Detail) -> anyhow::Result<Exit> {
    let streamed = target.is_stream();
    let bytes = made.concat();
    target.write(sink::How::default(), |out| out.write_all(&bytes))?;
    if detail == Detail::Quiet {
        return Ok(Exit::Fine);
    }
    let table = |bytes: &Vec<u8>| SourceTable {
        name: raw::name(bytes).into(),
        address: None,
        bytes: bytes.clone(),
        origin: output.to_owned(),
        offset: 0,
        is_dynamic: false,
    };
    sink::tell(streamed, |out| {
        writeln!(out, "{}: {} bytes", display(output), bytes.len())?;
        if detail == Detail::Verbose {
            dump::list(out, &made.iter().map(table).collect::<Vec<_>>(), Detail::Normal)?;
            writeln!(out, "SHA-256 {}", report::sha256(&bytes))?;
        }
        Ok(())
    })?;
    Ok(Exit::Fine)
}

/// The error with the line of the source that it is about.
fn told(name: &str, text: &str, error: &BuildError) -> anyhow::Error {
    let Place { line, column } = error.place;
    let shown = usize::try_from(line).ok().and_then(|line| text.lines().nth(line.checked_sub(1)?));
    let Some(shown) = shown.filter(|shown| shown.chars().count() <= 160) else {
        return anyhow!("{name}: {error}");
    };
    // One blank for each, so that the mark stands below its place.
    let clean: String =
        shown.chars().map(|sign| if is_hostile(sign) && sign != '\\' { ' ' } else { sign }).collect();
    let at = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    anyhow!("{name}: {error}\n{line:>5} | {}\n      | {:at$}^", clean.trim_end(), "")
}
