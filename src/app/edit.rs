//! Changes exactly what is named in a table, and shows what comes of it. What `acpihp edit` does.

use super::UsageError;
use super::boot::{BootRequest, Prepared, archive};
use super::compare::planned;
use super::kernel::{Otherwise, choose};
use super::listing;
use super::machine::{self as machines, MachineRequest, Meant};
use super::map;
use super::mkinitrd_override::{self, Input, Put};
use super::target::Target;
use crate::boot::derived::findings;
use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::stages::srat;
use crate::bytes::escape;
use crate::container::cpio::build::clean_name;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::memory::arch::Arch;
use crate::report::model::edit::{EditModel, PlanModel};
use crate::report::model::mkinitrd_override::MkinitrdOverride;
use crate::report::model::plan::next::NextModel;
use crate::report::model::sources::{SourceKind, Sources};
use crate::report::picture::Picture;
use crate::sink::Output;
use crate::source::detect::{self, Kind};
use crate::source::{SourceError, file};
use crate::table::affinity_edit::{self, AffinityError, Memories};
use crate::table::edit::{Editor, Revision};
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::PathBuf;

/// What is to be changed in which table.
#[derive(Debug, Clone)]
pub struct EditRequest {
    /// One of the machine's tables, or a file.
    pub table: PathBuf,
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// The next boot; its kernel is the machine's where nothing is named.
    pub boot: BootRequest,
    /// The changes, in the order in which they are made.
    pub changes: Vec<Change>,
    /// The new OEM revision.
    pub revision: Revision,
    /// Whether to predict the next boot without and with the changes.
    pub plan: bool,
}

/// What is to become of a table: entries split, moved or marked, distances and fields set.
#[derive(Debug, Clone)]
pub enum Change {
    /// Splits entries of the SRAT at the ends of a range, in bytes.
    Split(Range<u64>),
    /// Moves memory of the SRAT to another proximity domain.
    Move(Range<u64>, u32),
    /// Marks memory of the SRAT hot-pluggable, or takes the mark from it.
    Hotplug(Memory, bool),
    /// Sets a distance of the SLIT.
    Distance {
        /// The locality that it is measured from.
        from: u64,
        /// The locality that it is measured to.
        to: u64,
        /// The distance.
        distance: u8,
        /// Whether the way back gets the same.
        both: bool,
    },
    /// Sets a field, by its path, to a value.
    Set(String, String),
}

/// Memory of the SRAT.
#[derive(Debug, Clone)]
pub enum Memory {
    /// That of a node, as the kernel numbers nodes.
    Node(u32),
    /// That of a proximity domain.
    Domain(u32),
    /// That of a range, in bytes.
    Range(Range<u64>),
}

/// A table with its changes.
#[derive(Debug)]
pub struct Edited {
    /// What is shown of it.
    pub view: EditModel,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What a file of it is called.
    file: Foreign,
}

/// The table to change.
struct Source {
    /// Its name in messages.
    name: Foreign,
    bytes: Vec<u8>,
    /// What a file of it is called.
    file: Foreign,
    /// What is worth a line.
    notes: Vec<Foreign>,
}

/// Makes the changes. Nothing is written.
///
/// # Errors
/// [`SourceError`] for what cannot be read, [`UsageError`] for changes that the table cannot take, [`super::AbsentError`] for a
/// table that the machine lacks.
pub fn run(request: &EditRequest) -> anyhow::Result<Edited> {
    let source = source(request)?;
    let place = |error: &dyn std::fmt::Display| UsageError(format!("{}: {error}", source.name.text()));
    let mut editor = Editor::new(&source.bytes).map_err(|error| SourceError::Empty {
        path: request.table.clone(),
        what: Foreign::of_text(&error),
    })?;
    for one in &request.changes {
        change(request, &mut editor, one).map_err(|error| match error {
            Refusal::Change(error) => place(&error).into(),
            Refusal::Other(error) => error,
        })?;
    }
    let edited = editor.finish(request.revision).map_err(|error| place(&error))?;
    let mut view = EditModel::new(&source.name, &edited);
    let mut sources = Sources::default();
    if request.plan {
        let (plan, of_boot) = plan(request, &source, &edited.after)?;
        (view.plan, sources) = (Some(plan), of_boot);
    }
    view.about = sources.with_tables(&source.name).into();
    view.notes = source.notes;
    Ok(Edited { view, bytes: edited.after, file: source.file })
}

/// Makes an archive of the changed table, compared with the machine whose table it is.
///
/// # Errors
/// As [`mkinitrd_override::run`].
pub fn override_with(
    request: &EditRequest,
    edited: &Edited,
    put: &Put,
    output: Output,
) -> anyhow::Result<MkinitrdOverride> {
    let name = clean_name(edited.file.raw(), &HashSet::new());
    let input =
        Input { subject: edited.view.table.clone(), bytes: edited.bytes.clone(), name, notes: Vec::new() };
    let target = Target::of_machine(&request.machine, &request.boot.asked())?;
    mkinitrd_override::archive(put, output, &[input], &target)
}

/// The table: the machine's, or that of a file.
fn source(request: &EditRequest) -> anyhow::Result<Source> {
    const EXPECTED: &str = "one ACPI table, binary or as text with its bytes";
    let name = match machines::meant(&request.table) {
        Meant::Machine(name) => name,
        Meant::File(path) => {
            let file = path.file_name().map_or_else(|| "table.aml".into(), Foreign::from);
            let bytes = file::read(&path, file::DEFAULT_LIMIT, EXPECTED)?;
            let name = Foreign::from(path.as_path());
            if !matches!(detect::kind(&bytes), Kind::Text | Kind::Utf16(_)) {
                return Ok(Source { name, bytes, file, notes: Vec::new() });
            }
            let Some((table, notes)) = listing::one_table(&path, &bytes, request.machine.take)? else {
                let found = detect::describe(&bytes);
                return Err(SourceError::Content { path, offset: 0, found, expected: EXPECTED }.into());
            };
            let file = path.with_extension("aml");
            let file = file.file_name().unwrap_or_default().into();
            return Ok(Source { name, bytes: table, file, notes });
        }
    };
    let (set, kind) = machines::tables(&request.machine)?;
    if kind == SourceKind::Log {
        let what = "a log shows tables by their lines alone: change the table on the machine itself, or give it (--from, --sysroot)";
        return Err(SourceError::Empty { path: request.machine.path(), what: what.into() }.into());
    }
    let found = machines::called(&set.tables, &name);
    if let [table, other, ..] = found.as_slice() {
        let (shown, table, other) = (escape(name.as_bytes()), table.name.text(), other.name.text());
        let text = format!("{shown}: the machine has several ({table}, {other}, …); name one");
        return Err(UsageError(text).into());
    }
    let table = found.first().ok_or_else(|| machines::absent(&set.tables, &[&name]))?;
    let file = Foreign::from(table.name.raw().to_ascii_lowercase()) + ".aml";
    Ok(Source { name: table.name.clone(), bytes: table.bytes.clone(), file, notes: Vec::new() })
}

/// Why a change was not made: the table cannot take it, or something else is wrong.
enum Refusal {
    Change(AffinityError),
    Other(anyhow::Error),
}

impl<E: Into<AffinityError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Refusal::Change(error.into())
    }
}

fn change(request: &EditRequest, editor: &mut Editor, change: &Change) -> Result<(), Refusal> {
    match change {
        Change::Split(range) => affinity_edit::split(editor, range)?,
        Change::Move(range, domain) => {
            affinity_edit::move_to(editor, &Memories::Range(range.clone()), *domain)?;
        }
        Change::Hotplug(memory, on) => {
            let all = memories(request, memory, *on, editor.bytes()).map_err(Refusal::Other)?;
            for which in all {
                affinity_edit::hot_pluggable(editor, &which, *on)?;
            }
        }
        Change::Distance { from, to, distance, both } => {
            affinity_edit::distance(editor, *from, *to, *distance, *both)?;
        }
        Change::Set(path, value) => editor.set(path, value)?,
    }
    Ok(())
}

/// The memory that is meant. A node is that of the kernel's numbering, and can be several domains.
fn memories(request: &EditRequest, memory: &Memory, on: bool, table: &[u8]) -> anyhow::Result<Vec<Memories>> {
    let node = match memory {
        Memory::Domain(domain) => return Ok(vec![Memories::Domain(*domain)]),
        Memory::Range(range) => return Ok(vec![Memories::Range(range.clone())]),
        Memory::Node(node) => *node,
    };
    let release = numbering(request)?;
    let arch = arch(request, table);
    let tables = srat::Tables { srat: Some(table), arch, ..srat::Tables::default() };
    let numa = srat::read(&tables, &Cmdline::default(), NodeLimits::default(), &release);
    let of_node = numa.memory.iter().filter(|memory| memory.node == node);
    let domains: BTreeSet<u32> = of_node.map(|memory| memory.pxm).collect();
    if domains.is_empty() {
        let nodes: BTreeSet<u32> = numa.memory.iter().map(|memory| memory.node).collect();
        let nodes = nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let option = if on { "--hotplug" } else { "--no-hotplug" };
        return Err(UsageError(format!("{option} node={node}: nodes with memory are {nodes}")).into());
    }
    Ok(domains.into_iter().map(Memories::Domain).collect())
}

/// The architecture whose processors number the nodes: that of the machine, or what the table shows by itself.
fn arch(request: &EditRequest, table: &[u8]) -> Arch {
    let set = match machines::meant(&request.table) {
        Meant::Machine(_) => machines::tables(&request.machine).ok(),
        Meant::File(_) => None,
    };
    let tables = set.iter().flat_map(|(set, _)| &set.tables).map(|table| table.bytes.as_slice());
    Arch::of_tables(tables).or_else(|| Arch::of_srat(table)).unwrap_or_default()
}

/// The kernel whose numbers nodes have.
fn numbering(request: &EditRequest) -> anyhow::Result<Release> {
    Ok(choose(&request.boot.asked(), &Otherwise::default())?.kernel.release().clone())
}

/// The zones of the next boot without and with the changed table, and what that boot was read from.
fn plan(request: &EditRequest, source: &Source, table: &[u8]) -> anyhow::Result<(PlanModel, Sources)> {
    let inputs = Prepared::read(&request.machine, &request.boot)?;
    let sources = inputs.sources.clone();
    if let Some((_, finding)) = inputs.not_modelled() {
        return Ok((PlanModel::not_modelled(inputs.release(), inputs.next().line(), &finding), sources));
    }
    map::required(&inputs)?;
    let archive = archive([(source.file.raw(), table)])?;
    let (first, second) = (inputs.next(), inputs.next_with(&archive));
    let ((old, without), (new, with)) = (planned(&inputs, &first), planned(&inputs, &second));
    let mut found = findings::of(inputs.machine(), &new.outcome, &second, &new.rows);
    found.retain(|finding| finding.severity >= Severity::Warning);
    let boots = [&old.outcome, &new.outcome];
    let maps = [&without, &with].map(Picture::of);
    let plan = PlanModel::new(inputs.release(), second.line(), boots, &new.rows, &found, maps);
    Ok((PlanModel { next_steps: NextModel::of_change(&with), ..plan }, sources))
}
