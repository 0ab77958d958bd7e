//! `acpihp edit`: changes exactly what is named in a table, and shows what comes of it.

use super::args::{Format, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::mkinitrd_override::{self, MkinitrdOverrideArgs};
use super::{Exit, UsageError, settings};
use crate::app::boot::{BootRequest, Prepared, archive};
use crate::app::kernel::{Asked, Otherwise, choose};
use crate::app::machine::{self as machines, Meant};
use crate::app::target::Target;
use crate::boot::kernel::build::NodeLimits;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::stages::srat;
use crate::boot::{self, derived::findings, derived::rows};
use crate::bytes::{escape, parse_size};
use crate::container::cpio::build::clean_name;
use crate::finding::{Finding, Severity};
use crate::report::model::edit::{EditModel, PlanModel};
use crate::report::model::mkinitrd_override::MkinitrdOverride;
use crate::report::model::sources::Sources;
use crate::report::{self, edit as text};
use crate::sink::{self, How, Output};
use crate::source::machine::MapSource;
use crate::source::{SourceError, display, file};
use crate::table::affinity_edit::{self, AffinityError, Memories};
use crate::table::edit::{Editor, Revision};
use std::collections::{BTreeSet, HashSet};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Options of `acpihp edit`.
#[derive(Debug, clap::Args)]
pub struct EditArgs {
    /// One of the machine's tables, such as SRAT, or a file with a binary table: ov.aml, ./SRAT
    #[arg(value_name = "TABLE", value_hint = clap::ValueHint::FilePath)]
    pub table: PathBuf,
    /// Set a field or a flag: `Oem ID=ME`, `Memory[3].Hot Pluggable=1`, `Reset Register.Address=0xcf9`
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// SRAT: mark memory hot-pluggable: node=N, pxm=N or range=START-END
    #[arg(long, value_name = "MEMORY")]
    pub hotplug: Vec<String>,
    /// SRAT: take the mark from memory
    #[arg(long, value_name = "MEMORY")]
    pub no_hotplug: Vec<String>,
    /// SRAT: split entries at the borders of a range
    #[arg(long, value_name = "START-END")]
    pub split: Vec<String>,
    /// SRAT: move memory to another proximity domain
    #[arg(long, value_name = "START-END=PXM")]
    pub r#move: Vec<String>,
    /// SLIT: set the distance between two localities; A>B=N sets the way from A to B alone
    #[arg(long, value_name = "A,B=N")]
    pub distance: Vec<String>,
    /// The new OEM revision: a number, or keep [default: one more, which Linux takes for newer]
    #[arg(long, value_name = "REVISION")]
    pub oem_revision: Option<String>,
    /// Write the table to FILE, which may be TABLE itself; - is standard output [default: show the changes and write nothing]
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Show nodes and zones of the next boot without and with the change
    #[arg(long)]
    pub plan: bool,
    /// Make an override archive with the table, as mkinitrd-override does; - is standard output
    #[arg(long, value_name = "IMG", value_hint = clap::ValueHint::FilePath)]
    pub override_to: Option<PathBuf>,
    /// The initrd that the archive comes in front of
    #[arg(long, value_name = "IMG", requires = "override_to", value_hint = clap::ValueHint::FilePath)]
    pub initrd: Option<PathBuf>,
    /// Kernel release of that boot, such as 6.1 or 6.12.111, or its image [default: the machine's]
    #[arg(long, value_name = "RELEASE|IMAGE", value_hint = clap::ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// That kernel's configuration [default: that of the image, or the one that is installed for the release]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Write the archive even if the kernel would refuse the table, or fail on it
    #[arg(long, requires = "override_to")]
    pub force: bool,
    /// Kernel command line of that boot [default: the machine's]
    #[arg(long, value_name = "TEXT", requires = "plan", allow_hyphen_values = true)]
    pub cmdline: Option<String>,
    /// The machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// The output.
    #[command(flatten)]
    pub format: OutputArgs,
}

/// The table to change.
struct Source {
    /// Its name in messages; safe to print.
    name: String,
    bytes: Vec<u8>,
    /// What a file of it is called.
    file: String,
}

/// Runs the subcommand.
pub fn run(args: &EditArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine)? {
        return Ok(Exit::Fine);
    }
    let is_stdout = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    let to_stdout = match (is_stdout(&args.output), is_stdout(&args.override_to)) {
        (true, true) => {
            let why = "standard output (-) takes the table or the archive, not both";
            return Err(UsageError(why.to_owned()).into());
        }
        (table, archive) => table || archive,
    };
    if to_stdout && io::stdout().is_terminal() {
        return Err(UsageError("binary data are nothing to show on a terminal: name a file".into()).into());
    }
    let open = |path: &Option<PathBuf>| path.as_deref().map(Output::open).transpose();
    let (output, archived) = (open(&args.output)?, open(&args.override_to)?);
    let streamed = output.iter().chain(&archived).any(Output::is_stream);
    let source = source(args)?;
    let place = |error: &dyn std::fmt::Display| UsageError(format!("{}: {error}", source.name));
    let mut editor = Editor::new(&source.bytes)
        .map_err(|error| SourceError::Empty { path: args.table.clone(), what: error.to_string() })?;
    change(args, &mut editor).map_err(|error| match error {
        Refusal::Usage(error) => error.into(),
        Refusal::Change(error) => place(&error).into(),
        Refusal::Other(error) => error,
    })?;
    let edited = editor.finish(revision(args)?).map_err(|error| place(&error))?;
    let mut model = EditModel::new(&source.name, &edited);
    model.about = Sources::default().with_tables(source.name.as_str()).into();
    if args.plan {
        model.plan = Some(plan(args, &source, &edited.after)?);
    }
    // What the kernel would not use is not written, as a table as little as in an archive.
    let archive = args.override_to.as_deref().map(|path| archive_args(args, path));
    let made = match archive.as_ref().zip(archived) {
        Some((archive, archived)) => Some(make_archive(args, archive, archived, &source, &edited.after)?),
        None => None,
    };
    let is_refused = made.as_ref().is_some_and(|(made, _)| !made.written);
    if let (Some(output), Some(path)) = (output.filter(|_| !is_refused), &args.output) {
        // In its place, the table must still be the one that was read.
        let read = output.version().filter(|_| settings::is_same_file(path, &args.table));
        output.write(How { read, ..How::default() }, |out| out.write_all(&edited.after))?;
        model.output = Some(display(path));
    }
    let show = |model: &EditModel, last: bool| {
        sink::tell(streamed, |out| match args.format.format() {
            Format::Json => report::json(out, model),
            Format::Text => text::write(out, model, last),
        })
    };
    let Some((archive, (made, findings))) = archive.zip(made) else {
        show(&model, true)?;
        return Ok(Exit::Fine);
    };
    if args.format.format() == Format::Text {
        show(&model, false)?;
        return mkinitrd_override::tell(&archive, &made, &findings, streamed);
    }
    let exit = mkinitrd_override::status(&made);
    model.archive = Some(made);
    show(&model, false)?;
    Ok(exit)
}

/// The table: the machine's, or that of a file.
fn source(args: &EditArgs) -> anyhow::Result<Source> {
    const EXPECTED: &str = "one binary ACPI table";
    let name = match machines::meant(&args.table) {
        Meant::Machine(name) => name,
        Meant::File(path) => {
            let file =
                path.file_name().map_or_else(|| "table.aml".to_owned(), |name| display(Path::new(name)));
            let bytes = file::read(&path, file::DEFAULT_LIMIT, EXPECTED)?;
            return Ok(Source { name: display(&path), bytes, file });
        }
    };
    let set = machines::tables(&args.machine.request())?;
    let found = machines::called(&set.tables, &name);
    if let [table, other, ..] = found.as_slice() {
        let shown = escape(name.as_bytes());
        let text = format!("{shown}: the machine has several ({}, {}, …); name one", table.name, other.name);
        return Err(UsageError(text).into());
    }
    let table = found.first().ok_or_else(|| machines::absent(&set.tables, &[&name]))?;
    let file = format!("{}.aml", table.name.to_lowercase());
    Ok(Source { name: table.name.clone(), bytes: table.bytes.clone(), file })
}

/// Why a change was not made: the option says nothing, or the table cannot take it.
enum Refusal {
    Usage(UsageError),
    Change(AffinityError),
    Other(anyhow::Error),
}

impl From<UsageError> for Refusal {
    fn from(error: UsageError) -> Self {
        Refusal::Usage(error)
    }
}

impl<E: Into<AffinityError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Refusal::Change(error.into())
    }
}

/// Makes the changes, borders first, so that what follows can name the parts.
fn change(args: &EditArgs, editor: &mut Editor) -> Result<(), Refusal> {
    let all = [&args.set, &args.hotplug, &args.no_hotplug, &args.split, &args.r#move, &args.distance];
    if all.iter().all(|list| list.is_empty()) && args.oem_revision.is_none() {
        return Err(UsageError("no change is asked for: --set, --hotplug, --no-hotplug, --split, --move, --distance or --oem-revision".into()).into());
    }
    for text in &args.split {
        affinity_edit::split(editor, &settings::range("--split", text)?)?;
    }
    for text in &args.r#move {
        let shown = escape(text.as_bytes());
        let wrong = || UsageError(format!("--move {shown}: expected START-END=PXM"));
        let (range, domain) = text.rsplit_once('=').ok_or_else(wrong)?;
        let domain = parse_size(domain).and_then(|domain| u32::try_from(domain).ok()).ok_or_else(wrong)?;
        affinity_edit::move_to(editor, &Memories::Range(settings::range("--move", range)?), domain)?;
    }
    for (option, list, on) in [("--hotplug", &args.hotplug, true), ("--no-hotplug", &args.no_hotplug, false)]
    {
        for text in list {
            for which in memories(args, option, text, editor.bytes())? {
                affinity_edit::hot_pluggable(editor, &which, on)?;
            }
        }
    }
    for text in &args.distance {
        let (from, to, distance, both) = distance(text)?;
        affinity_edit::distance(editor, from, to, distance, both)?;
    }
    for text in &args.set {
        let Some((path, value)) = text.split_once('=') else {
            return Err(UsageError(format!("--set {}: expected PATH=VALUE", escape(text.as_bytes()))).into());
        };
        editor.set(path.trim(), value.trim())?;
    }
    Ok(())
}

/// `node=N`, `pxm=N` or `range=START-END`. A node is that of the kernel's numbering, and can be several domains.
fn memories(args: &EditArgs, option: &str, text: &str, table: &[u8]) -> Result<Vec<Memories>, Refusal> {
    let shown = escape(text.as_bytes());
    let wrong = || UsageError(format!("{option} {shown}: expected node=N, pxm=N or range=START-END"));
    let number =
        |digits: &str| parse_size(digits).and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong);
    match text.split_once('=').ok_or_else(wrong)? {
        ("pxm", digits) => Ok(vec![Memories::Domain(number(digits)?)]),
        ("range", range) => Ok(vec![Memories::Range(settings::range(option, range)?)]),
        ("node", digits) => {
            let node = number(digits)?;
            let release = numbering(args).map_err(Refusal::Other)?;
            let tables = srat::Tables { srat: Some(table), ..srat::Tables::default() };
            let numa = srat::read(&tables, &Cmdline::default(), NodeLimits::default(), &release);
            let of_node = numa.memory.iter().filter(|memory| memory.node == node);
            let domains: BTreeSet<u32> = of_node.map(|memory| memory.pxm).collect();
            if domains.is_empty() {
                let nodes: BTreeSet<u32> = numa.memory.iter().map(|memory| memory.node).collect();
                let nodes = nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                return Err(UsageError(format!("{option} {shown}: nodes with memory are {nodes}")).into());
            }
            Ok(domains.into_iter().map(Memories::Domain).collect())
        }
        _ => Err(wrong().into()),
    }
}

/// The kernel whose numbers nodes have.
fn numbering(args: &EditArgs) -> anyhow::Result<Release> {
    let asked = Asked { kernel: args.kernel.as_deref(), config: args.config.as_deref(), ..Asked::default() };
    Ok(choose(&asked, &Otherwise::default())?.kernel.release().clone())
}

/// `A,B=N` or `A>B=N`: from, to, distance, and whether both ways.
fn distance(text: &str) -> Result<(u64, u64, u8, bool), UsageError> {
    let wrong = || UsageError(format!("--distance {}: expected A,B=N or A>B=N", escape(text.as_bytes())));
    let (pair, distance) = text.split_once('=').ok_or_else(wrong)?;
    let (from, to, both) = match (pair.split_once(','), pair.split_once('>')) {
        (Some((from, to)), None) => (from, to, true),
        (None, Some((from, to))) => (from, to, false),
        _ => return Err(wrong()),
    };
    let number = |text: &str| parse_size(text.trim()).ok_or_else(wrong);
    let distance = u8::try_from(number(distance)?).map_err(|_| wrong())?;
    Ok((number(from)?, number(to)?, distance, both))
}

fn revision(args: &EditArgs) -> Result<Revision, UsageError> {
    let Some(text) = args.oem_revision.as_deref() else { return Ok(Revision::Raise) };
    if text == "keep" {
        return Ok(Revision::Keep);
    }
    let number = parse_size(text).and_then(|number| u32::try_from(number).ok());
    number.map(Revision::Set).ok_or_else(|| {
        UsageError(format!(
            "--oem-revision {}: expected a number up to 0xffffffff, or keep",
            escape(text.as_bytes())
        ))
    })
}

/// The zones of the next boot without and with the changed table.
fn plan(args: &EditArgs, source: &Source, table: &[u8]) -> anyhow::Result<PlanModel> {
    let boot = BootRequest {
        kernel: args.kernel.clone(),
        config: args.config.clone(),
        command_line: args.cmdline.clone(),
        ..BootRequest::default()
    };
    let inputs = Prepared::read(&args.machine.request(), &boot)?;
    if inputs.recorded.map_source == MapSource::None {
        let what = "no memory map to plan with: --sysroot, --sample or a capture has one".to_owned();
        return Err(SourceError::Empty { path: inputs.root.path(""), what }.into());
    }
    let archive = archive([(source.file.as_bytes(), table)])?;
    let (first, second) = (inputs.next(), inputs.next_with(&archive));
    let (old, new) = (boot::predict(inputs.machine(), &first), boot::predict(inputs.machine(), &second));
    let rows = rows::rows(&new, &second);
    let mut found = findings::of(inputs.machine(), &new, &second, &rows);
    found.retain(|finding| finding.severity >= Severity::Warning);
    Ok(PlanModel::new(inputs.release(), second.line(), [&old, &new], &rows, &found))
}

/// The machine whose table was changed, for the archive to be compared with.
fn target(args: &EditArgs) -> anyhow::Result<Target> {
    let kernel = Asked { kernel: args.kernel.as_deref(), config: args.config.as_deref(), ..Asked::default() };
    Target::of_machine(&args.machine.request(), &kernel)
}

/// What `mkinitrd-override` is asked for.
fn archive_args(args: &EditArgs, path: &Path) -> MkinitrdOverrideArgs {
    MkinitrdOverrideArgs {
        tables: Vec::new(),
        output: Some(path.to_owned()),
        initrd: args.initrd.clone(),
        remove: false,
        against: None,
        howto: false,
        force: args.force,
        kernel: args.kernel.clone(),
        config: args.config.clone(),
        format: args.format.clone(),
    }
}

/// Makes the archive, compared with the machine whose table was changed.
fn make_archive(
    args: &EditArgs,
    archive: &MkinitrdOverrideArgs,
    output: Output,
    source: &Source,
    table: &[u8],
) -> anyhow::Result<(MkinitrdOverride, Vec<Finding>)> {
    let name = clean_name(source.file.as_bytes(), &HashSet::new());
    let input = mkinitrd_override::Input { subject: source.name.clone(), bytes: table.to_vec(), name };
    let path = archive.output.as_deref().unwrap_or(Path::new("-"));
    let target = target(args)?;
    target.notes.iter().for_each(|text| mkinitrd_override::note(text));
    mkinitrd_override::archive(archive, path, output, &[input], &target)
}
