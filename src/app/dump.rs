//! Which tables there are, and which of them are meant. What `acpihp dump` shows.

use super::machine::{self, MachineRequest, Meant};
use crate::finding::registry::boot as rule;
use crate::foreign::Foreign;
use crate::report::model::sources::{Source, SourceKind, Sources};
use crate::source::SourceTable;
use crate::source::tables::{self, TableSet};
use crate::table::source::Take;
use std::path::{Path, PathBuf};

/// The tables that are wanted.
#[derive(Debug, Clone, Default)]
pub struct DumpRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// Names of its tables, or files; all tables of the machine where there is none.
    pub words: Vec<String>,
}

/// The tables.
#[derive(Debug)]
pub struct TableDump {
    /// Those of each word in turn, each once.
    pub tables: Vec<SourceTable>,
    /// What is worth a line beside them.
    pub notes: Vec<Foreign>,
    /// Where they come from.
    pub sources: Sources,
}

/// Reads the tables.
///
/// # Errors
/// As [`machine::tables`]; [`super::AbsentError`] for tables that the machine lacks.
pub fn run(request: &DumpRequest) -> anyhow::Result<TableDump> {
    let words = &request.words;
    let files = files(words, request.machine.take)?;
    let (set, source) = match words.iter().map(|word| file(word)).collect::<Option<Vec<_>>>() {
        Some(files) if !words.is_empty() => {
            let first = files.first().map(|path| Source::at(SourceKind::File, path.as_path()));
            (TableSet::default(), first)
        }
        _ => {
            let (set, kind) = machine::tables(&request.machine)?;
            let source = Source::at(kind, set.path.as_path());
            (set, Some(source))
        }
    };
    let sources = Sources { tables: source, ..Sources::default() };
    let chosen = choose(&set.tables, &files.tables, words)?;
    let lost = set.findings.iter().filter(|finding| *finding.rule == rule::LOG_INCOMPLETE);
    let lost: Vec<Foreign> = lost.map(|finding| finding.subject.clone() + ": " + &finding.message).collect();
    let notes = set.notes.into_iter().chain(lost).chain(files.notes).collect();
    // Each table is wanted once, so that none is copied.
    let mut all: Vec<Option<SourceTable>> = set.tables.into_iter().chain(files.tables).map(Some).collect();
    let tables = chosen.into_iter().filter_map(|index| all.get_mut(index)?.take()).collect();
    Ok(TableDump { tables, notes, sources })
}

/// The tables of the words that are files.
fn files(words: &[String], take: Option<Take>) -> anyhow::Result<TableSet> {
    let mut all = TableSet::default();
    for path in words.iter().filter_map(|word| file(word)) {
        let (set, _) = tables::taking(&path, take)?;
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

/// The numbers of the tables that the words stand for, those of each word in turn and each table once; all of the machine when
/// there is no word. Tables of `files` are counted after those of the machine.
fn choose(own: &[SourceTable], files: &[SourceTable], words: &[String]) -> anyhow::Result<Vec<usize>> {
    if words.is_empty() {
        return Ok((0..own.len()).collect());
    }
    let (mut chosen, mut absent) = (Vec::<usize>::new(), Vec::new());
    for word in words {
        let found: Vec<usize> = match file(word) {
            Some(path) => (own.len()..)
                .zip(files)
                .filter_map(|(index, table)| table.origin.starts_with(&path).then_some(index))
                .collect(),
            None => (0..)
                .zip(own)
                .filter_map(|(index, table)| machine::is_called(table, word).then_some(index))
                .collect(),
        };
        if found.is_empty() {
            absent.push(word.as_str());
        }
        let new: Vec<usize> = found.into_iter().filter(|index| !chosen.contains(index)).collect();
        chosen.extend(new);
    }
    if absent.is_empty() { Ok(chosen) } else { Err(machine::absent(own, &absent)) }
}
