//! From wishes about memory to the smallest change that meets them.

pub mod search;

use super::UsageError;
use super::boot::{BootRequest, Prepared};
use super::compare::planned;
use super::machine::MachineRequest;
use super::map;
use crate::boot::{self, derived::findings, derived::rows};
use crate::bytes::{escape, size};
use crate::check::policy::{self, Assertion, BootFacts, Claim};
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::report::model::advise::{AdviseModel, StepModel, SumsModel, UnmetModel};
use crate::report::picture::Picture;
use crate::source::{display, file};
use search::{Candidate, FoundSteps, Mark, Tried};
use std::path::{Path, PathBuf};

/// What is wished for, and of which boot.
#[derive(Debug, Clone, Default)]
pub struct AdviseRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// Its next boot as it is.
    pub boot: BootRequest,
    /// Wishes, in the words of a policy.
    pub wants: Vec<String>,
    /// A file of them.
    pub policy: Option<PathBuf>,
    /// Where archive and table are to be written.
    pub output: Option<PathBuf>,
    /// The options that name machine and kernel, to be pasted: each a word.
    pub options: Vec<Foreign>,
}

/// The most that a policy has.
const LIMIT: u64 = 1 << 20;
/// The names of the files in the folder.
pub const TABLE: &str = "srat.aml";
/// The name of the archive, likewise.
pub const ARCHIVE: &str = "acpi.img";

/// The smallest change that was found, and what is to be told beside it.
#[derive(Debug)]
pub struct Advice {
    /// What is reported.
    pub view: AdviseModel,
    /// The table and the archive of it, where the marks change.
    pub files: Option<(Vec<u8>, Vec<u8>)>,
    /// Assertions of the policy that are about files and not about memory; safe to print.
    pub passed_over: Vec<String>,
}

/// Looks for the smallest change that meets all wishes. Nothing is written.
///
/// # Errors
/// [`UsageError`] for wishes that are none, [`crate::source::SourceError`] for what cannot be read or predicted.
pub fn run(request: &AdviseRequest) -> anyhow::Result<Advice> {
    let (wishes, passed_over) = wishes(request)?;
    let prepared = Prepared::read(&request.machine, &request.boot)?;
    map::required(&prepared)?;
    let found = search::search(&prepared, &wishes)?;
    prepared.intact()?;
    let view = view(request, &prepared, &wishes, &found);
    let files = found.best.table.filter(|_| !prepared.recorded.tables_by_log);
    Ok(Advice { view, files, passed_over })
}

/// The wishes, and what of a policy is about files.
fn wishes(request: &AdviseRequest) -> anyhow::Result<(Vec<Assertion>, Vec<String>)> {
    let (mut all, mut passed_over) = (Vec::new(), Vec::new());
    for want in &request.wants {
        let wrong =
            |why: &dyn std::fmt::Display| UsageError(format!("--want {}: {why}", escape(want.as_bytes())));
        let read = policy::parse(want).map_err(|error| wrong(&error))?;
        if read.is_empty() {
            return Err(wrong(&"it says nothing").into());
        }
        if read.iter().any(|assertion| !assertion.claim.is_about_nodes()) {
            return Err(wrong(&"it is about the files of an archive, expected one about memory").into());
        }
        all.extend(read);
    }
    if let Some(path) = &request.policy {
        let name = display(path);
        let bytes = file::read(path, LIMIT, "a policy")?;
        let text = String::from_utf8_lossy(&bytes);
        let read = policy::parse(&text).map_err(|error| UsageError(format!("{name}: {error}")))?;
        let (memory, files): (Vec<_>, Vec<_>) =
            read.into_iter().partition(|assertion| assertion.claim.is_about_nodes());
        passed_over.extend(files.into_iter().map(|assertion| assertion.text.text().into()));
        all.extend(memory);
    }
    match all.is_empty() {
        true => {
            Err(UsageError("no wish about memory: --want 'node 1 fully movable', or --policy FILE".into())
                .into())
        }
        false => Ok((all, passed_over)),
    }
}

fn view(
    request: &AdviseRequest,
    prepared: &Prepared,
    wishes: &[Assertion],
    found: &FoundSteps,
) -> AdviseModel {
    let FoundSteps { before, best, plain, tried, cut, hints } = found;
    let (remove, append): (Vec<&String>, Vec<&String>) =
        best.candidate.words.iter().partition(|word| word.starts_with('-'));
    let join = |words: &[&String]| words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" ");
    let folder = request.output.as_deref();
    let is_whole = !prepared.recorded.tables_by_log;
    let archive = best.table.as_ref().filter(|_| is_whole).and(folder).map(|folder| folder.join(ARCHIVE));
    AdviseModel {
        schema: "acpihp.advise/1",
        about: prepared.sources.clone().into(),
        met: best.unmet.is_empty(),
        nothing_to_do: best.candidate == Candidate::default(),
        append: join(&append),
        remove: remove
            .iter()
            .map(|word| word.trim_start_matches('-').trim_end_matches('=').to_owned())
            .collect(),
        archive: archive.map(|path| path.as_os_str().into()),
        steps: steps(request, best, is_whole),
        before: sums(&before.facts),
        after: sums(&best.facts),
        certainty: best.certainty,
        risks: risks(prepared, best),
        unmet: best
            .unmet
            .iter()
            .filter_map(|(index, why)| {
                Some(unmet(wishes.get(*index)?, why, best, plain.as_ref().unwrap_or(best), hints))
            })
            .collect(),
        tried: *tried,
        cut: *cut,
        maps: maps(prepared, best).map(Box::new),
    }
}

/// The maps of the boot as it is and of the one with the change.
fn maps(prepared: &Prepared, best: &Tried) -> Option<[Picture; 2]> {
    let (own, next) = (prepared.next(), best.next(prepared)?);
    Some([&own, &next].map(|next| Picture::of(&planned(prepared, next).1)))
}

fn sums(facts: &BootFacts) -> SumsModel {
    SumsModel {
        total: facts.total(),
        movable: facts.nodes.iter().map(|node| node.movable).sum(),
        grows_to: facts.grows_to,
        grows_movable: facts.grows_movable,
        nodes: facts.nodes.iter().map(|node| (node.node, node.total, node.movable).into()).collect(),
    }
}

/// Commands that can be pasted; where the machine's SRAT is not at hand as a whole, the first is for the machine itself.
fn steps(request: &AdviseRequest, best: &Tried, is_whole: bool) -> Vec<StepModel> {
    let mut steps = Vec::new();
    let candidate = &best.candidate;
    let place = |name: &str| {
        let folder = request.output.as_deref().unwrap_or(Path::new(""));
        Foreign::from(folder.join(name).as_path()).shell()
    };
    let options: Vec<String> = request.options.iter().map(Foreign::shell).collect();
    if !candidate.marks.is_empty() {
        let marks = candidate.marks.iter().map(|mark| match mark {
            Mark::Node(node) => format!("--hotplug node={node}"),
            Mark::Range(start, end) => format!("--hotplug range={start:#x}-{end:#x}"),
            Mark::NotNode(node) => format!("--no-hotplug node={node}"),
        });
        let mut words = vec!["acpihp edit SRAT".to_owned()];
        words.extend(marks);
        words.extend(options.iter().filter(|_| is_whole).cloned());
        words.push(format!("-o {} --override-to {}", place(TABLE), place(ARCHIVE)));
        let why = match is_whole {
            true => "the SRAT with these marks, and the archive that puts it in the firmware's place",
            false => {
                "on the machine itself, as a log shows its table in part: the SRAT with these marks, and the archive that \
                      puts it in the firmware's place"
            }
        };
        steps.push(StepModel { command: words.join(" ").into(), why: why.into() });
        let command =
            format!("acpihp mkinitrd-override {} -o {} --howto --force", place(TABLE), place(ARCHIVE));
        let why = "the lines with which the boot loader loads the archive before the initrd".into();
        steps.push(StepModel { command: command.into(), why });
    }
    if !candidate.words.is_empty() {
        let archive =
            if candidate.marks.is_empty() { String::new() } else { format!(" --initrd {}", place(ARCHIVE)) };
        let words: Vec<String> = std::iter::once("acpihp plan".to_owned()).chain(options).collect();
        let command =
            format!("{}{archive} --append {}", words.join(" "), Foreign::from(candidate.append()).shell());
        let why = format!("change the command line in the boot loader: {}", changes(&candidate.words));
        steps.push(StepModel { command: command.into(), why: why.into() });
    }
    steps
}

/// Words that are added and taken away.
fn changes(words: &[String]) -> String {
    let parts = words.iter().map(|word| match word.strip_prefix('-') {
        Some(taken) => format!("take {taken} away"),
        None => format!("add {word}"),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What can go wrong with it.
fn risks(prepared: &Prepared, best: &Tried) -> Vec<Foreign> {
    let mut risks: Vec<Foreign> = best.doubts.iter().map(|doubt| Foreign::of_text(doubt)).collect();
    let Some(next) = best.next(prepared) else { return risks };
    let outcome = boot::predict(prepared.machine(), &next);
    let rows = rows::rows(&outcome, &next);
    let found = findings::of(prepared.machine(), &outcome, &next, &rows);
    let serious = found.iter().filter(|finding| finding.severity >= Severity::Warning);
    risks.extend(serious.map(|finding| {
        let code = Foreign::from(format_args!("[{}] ", finding.rule.code));
        code + &finding.subject + ": " + &finding.message
    }));
    if best.table.is_some() {
        risks.push(
            "a boot without the archive (another entry, a new initrd) has the firmware's marks again".into(),
        );
    }
    let movable: u64 = best.facts.nodes.iter().map(|node| node.movable).sum();
    if movable > 0 && best.candidate != Candidate::default() {
        let kept = best.facts.total().saturating_sub(movable);
        let (kept, movable) = (size(kept), size(movable));
        let words = format!(
            "{kept} are left to the kernel; pages of 1 GiB and CMA are not taken from the {movable} in ZONE_MOVABLE"
        );
        risks.push(words.into());
    }
    risks
}

/// A wish that is not met, and what comes nearest.
fn unmet(
    wish: &Assertion,
    why: &str,
    best: &Tried,
    plain: &Tried,
    hints: &[(&'static str, String)],
) -> UnmetModel {
    let blockers = match wish.claim {
        Claim::FullyMovable(node) => {
            plain.facts.blockers.iter().filter(|(of, _)| *of == node).map(|(_, name)| name.as_str()).collect()
        }
        Claim::RangeMovable(_) | Claim::AtLeast(_) => {
            plain.facts.blockers.iter().map(|(_, name)| name.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let why = match blockers.as_slice() {
        [] => why.to_owned(),
        names => {
            let mut names: Vec<&str> = names.to_vec();
            names.dedup();
            names.truncate(4);
            let hints = hints.iter().filter(|(name, _)| names.contains(name));
            let hints: String = hints.map(|(_, what)| format!("; {what}")).collect();
            format!("{why}; in the way: {}{hints}", names.join(", "))
        }
    };
    let why = match plain.facts.why_dead().filter(|_| best.facts.death.is_none()) {
        Some(death) => format!("{why}; with those marks {death}"),
        None => why,
    };
    let nearest = match best.candidate == Candidate::default() {
        true => "no change that is known comes nearer".to_owned(),
        false => {
            let marks = best.candidate.marks.len();
            let marked = match marks {
                0 => String::new(),
                1 => "one change of the SRAT's marks; ".to_owned(),
                more => format!("{more} changes of the SRAT's marks; "),
            };
            format!(
                "{marked}{}",
                if best.candidate.words.is_empty() {
                    "no change of the command line".to_owned()
                } else {
                    changes(&best.candidate.words)
                }
            )
        }
    };
    UnmetModel { want: wish.text.clone(), why: Foreign::of_text(&why), nearest: nearest.into() }
}
