//! Texts that spell a table: the one that a command takes in place of a binary one, and listings of iasl as source.

use crate::container::acpidump;
use crate::foreign::Foreign;
use crate::source::SourceError;
use crate::source::tables::{self, decoded_lines};
use crate::table::source::{self, BuildError, BuildOptions, Disagreement, Line, Settled, Take, settle};
use crate::table::summary::Summary;
use std::path::Path;

/// A table, and what is worth a note about it.
type Noted = (Vec<u8>, Vec<Foreign>);

/// The table of a text that spells exactly one, with nothing lost of it, and what is worth a note; `None` for other texts.
///
/// # Errors
/// [`SourceError::Disagreement`] for a listing that says two tables.
pub fn one_table(path: &Path, text: &[u8], take: Option<Take>) -> Result<Option<Noted>, SourceError> {
    let set = match tables::of_those(path, text, take) {
        Err(error @ SourceError::Disagreement { .. }) => return Err(error),
        Ok(set) if set.notes.len() == set.findings.len() => set,
        _ => return Ok(None),
    };
    let notes = set.notes;
    Ok(<[_; 1]>::try_from(set.tables).ok().map(|[table]| (table.bytes, notes)))
}

/// A table that was made of a listing.
#[derive(Debug)]
pub struct Compiled {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is to be known of them.
    pub notes: Vec<String>,
}

/// Why none was made.
#[derive(Debug)]
pub enum NotCompiled {
    /// The listing says two tables.
    Disagreement(Disagreement),
    /// The lines are not the source of a table.
    Build(BuildError),
}

/// The tables of a listing that has decoded lines and raw data; `None` for other texts.
///
/// # Errors
/// [`NotCompiled`] for the first table that is none.
pub fn compile(
    text: &[u8],
    options: BuildOptions,
    take: Option<Take>,
) -> Result<Option<Vec<Compiled>>, NotCompiled> {
    let mut made = Vec::new();
    for table in acpidump::read(text).tables {
        let lines = decoded_lines(text, &table);
        if lines.is_empty() {
            return Ok(None);
        }
        // What is to be as it is written is written in the lines.
        let take = take.or(options.as_is.then_some(Take::Decoded));
        made.push(one(&lines, table.bytes, options, take)?);
    }
    Ok((!made.is_empty()).then_some(made))
}

fn one(
    lines: &[Line<'_>],
    raw: Vec<u8>,
    options: BuildOptions,
    take: Option<Take>,
) -> Result<Compiled, NotCompiled> {
    let settled = settle(lines, &raw);
    match take {
        None => {
            let Settled { bytes, edited, not_decoded } = settled.map_err(NotCompiled::Disagreement)?;
            let mut notes: Vec<String> =
                edited.iter().map(|edit| format!("{edit}: the decoded line counts")).collect();
            if let Some(which) = source::ranges(&not_decoded) {
                notes.push(source::not_decoded(&which));
            }
            if notes.is_empty() && Summary::of(&bytes).checksum_ok == Some(false) {
                notes.push(
                    "the bytes do not sum to zero, as the decoded lines and the raw data have them: nothing is changed; --take \
                     decoded makes a right checksum"
                        .to_owned(),
                );
            }
            Ok(Compiled { bytes, notes })
        }
        Some(Take::Raw) => {
            let edited = settled.map(|settled| settled.edited).unwrap_or_default();
            let notes = edited.iter().map(|edit| format!("{edit}: the raw data count")).collect();
            Ok(Compiled { bytes: raw, notes })
        }
        Some(Take::Decoded) => {
            let built = source::build(lines, options).map_err(NotCompiled::Build)?;
            let mut notes: Vec<String> = built.notes.iter().map(ToString::to_string).collect();
            let (made, had) = (built.bytes.len(), raw.len());
            if made != had {
                let lost = settled.ok().and_then(|settled| source::ranges(&settled.not_decoded));
                let lost = lost.map(|which| format!("; no decoded line gives {which}")).unwrap_or_default();
                notes.push(format!("the raw data have {had} bytes, the decoded lines make {made}{lost}"));
            }
            Ok(Compiled { bytes: built.bytes, notes })
        }
    }
}
