//! `acpihp where`: what is at a physical address.

use super::args::{DetailArgs, Format, MachineArgs};
use super::boot::listed_samples;
use super::{Exit, UsageError};
use crate::app::range::Given;
use crate::app::whereis::{FoundPlaces, Ready, WhereRequest};
use crate::boot::running::whereis::{MOST_PIECES, Place};
use crate::bytes::escape;
use crate::memory::physical;
use crate::memory::space::Space;
use crate::report;
use crate::report::model::r#where::{AddressModel, WhereModel};
use crate::report::text::{self, Detail};
use crate::sink;
use crate::source::SourceError;
use crate::source::lines;
use std::io::{self, Write};
use std::ops::Range;

/// The most addresses of standard input that are answered together.
const MOST_LINES: usize = 100_000;

/// Options of `acpihp where`.
#[derive(Debug, clap::Args)]
pub(super) struct WhereArgs {
    /// Physical addresses or ranges START-END (end exclusive); none or -: a line each on standard input, also of a log
    #[arg(value_name = "ADDRESS|START-END")]
    pub addresses: Vec<String>,
    #[command(flatten)]
    pub machine: MachineArgs,
    /// How to print the result; ndjson: a line of JSON for each address, as it comes
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub format: WhereFormat,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format", help_heading = "Output")]
    pub json: bool,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

/// How to print the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum WhereFormat {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
    /// For programs that read line by line
    Ndjson,
}

pub(super) fn run(args: &WhereArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine.tree, Format::of(args.json || args.format != WhereFormat::Text))? {
        return Ok(Exit::Fine);
    }
    let request = WhereRequest { machine: args.machine.request() };
    let from_lines = args.addresses.is_empty() || args.addresses.iter().any(|word| word == "-");
    if from_lines && args.addresses.len() > 1 {
        return Err(UsageError("-: standard input has all addresses, or none".into()).into());
    }
    let format = if args.json { WhereFormat::Json } else { args.format };
    let detail = args.detail.of(format == WhereFormat::Text)?;
    let ready = Ready::read(&request)?;
    ready.ask(|of| match (from_lines, format) {
        (true, WhereFormat::Ndjson) => by_line(&ready, of),
        (true, _) => {
            let (ranges, unread) = from_stdin(&ready)?;
            let exit = all(&ready, &ranges, (format, detail), of)?;
            Ok(told(unread, ranges.len(), exit))
        }
        (false, _) => {
            let ranges = given(&args.addresses, ready.space())?;
            all(&ready, &ranges, (format, detail), of)
        }
    })
}

/// The addresses of the command line.
fn given(words: &[String], space: Space) -> Result<Vec<Range<u64>>, UsageError> {
    let read = |word: &String| {
        let shown = escape(word.as_bytes());
        let expected =
            || UsageError(format!("{shown}: expected a physical address such as 0x140000000, or START-END"));
        let range = physical::parse(word).ok_or_else(expected)?;
        Given::of(shown.into_owned(), range).within(space, None).cloned()
    };
    words.iter().map(read).collect()
}

/// The addresses of standard input, and how many lines that are not empty have none of this machine.
fn from_stdin(ready: &Ready) -> anyhow::Result<(Vec<Range<u64>>, usize)> {
    let (mut ranges, mut unread) = (Vec::new(), 0);
    lines::each_of_stdin(|line| {
        match ready.address_in(line) {
            Some(range) => ranges.push(range),
            None => unread += usize::from(!line.is_empty()),
        }
        if ranges.len() > MOST_LINES {
            let what = format!("more than {MOST_LINES} addresses; --format ndjson takes any number");
            return Err(anyhow::Error::from(SourceError::Empty { path: "-".into(), what: what.into() }));
        }
        Ok(true)
    })?;
    Ok((ranges, unread))
}

/// Says how many lines had no address; none at all is an answer of its own.
fn told(unread: usize, found: usize, exit: Exit) -> Exit {
    if unread > 0 {
        sink::note(&format_args!("standard input: no address in {unread} of {} lines", unread + found));
    }
    if found == 0 { Exit::Absent } else { exit }
}

fn all(
    ready: &Ready,
    ranges: &[Range<u64>],
    format: (WhereFormat, Detail),
    of: &dyn Fn(&Range<u64>) -> FoundPlaces,
) -> anyhow::Result<Exit> {
    let (format, detail) = format;
    let found: Vec<FoundPlaces> = ranges.iter().map(of).collect();
    let places: Vec<Place> = found.iter().flat_map(|found| found.places.iter().cloned()).collect();
    sink::stdout(|out| match format {
        WhereFormat::Json => {
            let about = ready.sources().clone().into();
            report::json(out, &WhereModel { about, ..WhereModel::of(&places) })
        }
        WhereFormat::Ndjson => places.iter().try_for_each(|place| line(out, place)),
        WhereFormat::Text if places.is_empty() => Ok(()),
        WhereFormat::Text => {
            if detail != Detail::Quiet {
                text::sources(out, ready.sources(), detail)?;
                text::log_lacks(out, ready.sources())?;
            }
            report::whereis::write(out, &places, detail)
        }
    })?;
    if found.iter().any(|found| found.cut) {
        sink::note(&format_args!("only the first {MOST_PIECES} pieces of a range are shown"));
    }
    Ok(exit_of(&places))
}

/// Answers line by line.
fn by_line(ready: &Ready, of: &dyn Fn(&Range<u64>) -> FoundPlaces) -> anyhow::Result<Exit> {
    let (mut found, mut unread) = (0, 0);
    let mut exit = Exit::Fine;
    lines::each_of_stdin(|text| {
        let Some(range) = ready.address_in(text) else {
            unread += usize::from(!text.is_empty());
            return Ok::<_, anyhow::Error>(true);
        };
        found += 1;
        let places = of(&range).places;
        if exit_of(&places) != Exit::Fine {
            exit = Exit::Findings;
        }
        let mut goes_on = false;
        sink::stdout(|out| {
            places.iter().try_for_each(|place| line(out, place))?;
            out.flush()?;
            goes_on = true;
            Ok(())
        })?;
        Ok(goes_on)
    })?;
    Ok(told(unread, found, exit))
}

fn line(out: &mut dyn Write, place: &Place) -> io::Result<()> {
    report::json_line(out, &AddressModel::of(place))
}

/// Whether there is memory at all addresses, or room for some.
fn exit_of(places: &[Place]) -> Exit {
    if places.iter().all(Place::is_memory) { Exit::Fine } else { Exit::Findings }
}
