//! `acpihp edit`: changes exactly what is named in a table, and shows what comes of it.

use super::args::{DetailArgs, Format, KernelArgs, LineArgs, MachineArgs, OutputArgs};
use super::boot::{self, listed_samples};
use super::map::{MapArgs, MapFormat};
use super::{Exit, UsageError, map, mkinitrd_override, settings};
use crate::app::edit::{self, Change, EditRequest, Memory};
use crate::app::mkinitrd_override::Put;
use crate::app::range::Given;
use crate::bytes::{escape, parse_size};
use crate::report::model::edit::EditModel;
use crate::report::picture::svg;
use crate::report::{self, edit as text};
use crate::sink::{self, How, Output};
use crate::table::edit::Revision;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Options of `acpihp edit`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("cmdline", |arg| arg.requires("plan")), mut_arg("append", |arg| arg.requires("plan")), mut_arg("map", |arg| arg.requires("plan")))]
pub(super) struct EditArgs {
    /// One of the machine's tables, such as SRAT, or a file with a table, binary or as text: ov.aml, ./SRAT, srat.dsl
    #[arg(value_name = "TABLE", value_hint = clap::ValueHint::FilePath)]
    pub table: PathBuf,
    /// Set a field or a flag: `Oem ID=ME`, `Memory[3].Hot Pluggable=1`, `Reset Register.Address=0xcf9`
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// SRAT: mark memory hot-pluggable: node=N, pxm=N or range=START-END
    #[arg(long, value_name = "MEMORY")]
    pub hotplug: Vec<String>,
    /// SRAT: remove the mark from memory
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
    /// The new OEM revision: a number, or keep [default: one more, which Linux takes for newer]; alone it fixes the checksum
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
    /// The kernel of that boot.
    #[command(flatten)]
    pub kernel: KernelArgs,
    /// Write the archive even if the kernel would refuse the table, or fail on it
    #[arg(long, requires = "override_to")]
    pub force: bool,
    /// The command line of that boot.
    #[command(flatten)]
    pub line: LineArgs,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub map: MapArgs,
    #[command(flatten)]
    pub format: OutputArgs<MapFormat>,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &EditArgs) -> anyhow::Result<Exit> {
    let format = args.format.format();
    if listed_samples(&args.machine.tree, format.or_text())? {
        return Ok(Exit::Fine);
    }
    if format == MapFormat::Svg && !args.plan {
        return Err(UsageError(
            "--format svg is for --plan: it draws the boots without and with the change".into(),
        )
        .into());
    }
    let detail = args.detail.of(format == MapFormat::Text)?;
    let is_stdout = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    let to_stdout = match (is_stdout(&args.output), is_stdout(&args.override_to)) {
        (true, true) => {
            let why = "standard output (-) takes the table or the archive, not both";
            return Err(UsageError(why.to_owned()).into());
        }
        (table, archive) => table || archive,
    };
    if to_stdout && io::stdout().is_terminal() {
        return Err(UsageError("refusing to write binary data to a terminal: name a file".into()).into());
    }
    let open = |path: &Option<PathBuf>| path.as_deref().map(Output::open).transpose();
    let (output, archived) = (open(&args.output)?, open(&args.override_to)?);
    let streamed = output.iter().chain(&archived).any(Output::is_stream);
    let request = EditRequest {
        table: args.table.clone(),
        machine: args.machine.request(),
        boot: boot::next(&args.kernel, &args.line),
        changes: changes(args)?,
        revision: revision(args)?,
        plan: args.plan,
    };
    let mut edited = edit::run(&request)?;
    let maps = edited.view.plan.as_ref().and_then(|plan| plan.maps.clone());
    let maps = format.drawn(maps.as_deref(), "the machine's boot is not modelled")?;
    for note in &edited.view.notes {
        sink::note(&note.text());
    }
    // What the kernel would not use is not written, as a table as little as in an archive.
    let made = match args.override_to.as_ref().zip(archived) {
        Some((path, output)) => {
            let put = Put {
                output: path.clone(),
                initrd: args.initrd.clone(),
                force: args.force,
                howto: None,
                mtime: settings::source_date_epoch()?.unwrap_or(0),
            };
            let _busy = sink::Busy::new("writing the archive");
            Some(edit::override_with(&request, &edited, &put, output)?)
        }
        None => None,
    };
    let is_refused = made.as_ref().is_some_and(|made| !made.written);
    if let (Some(output), Some(path)) = (output.filter(|_| !is_refused), &args.output) {
        // In its place, the table must still be the one that was read.
        let read = output.version().filter(|_| settings::is_same_file(path, &args.table));
        output.write(How { read, ..How::default() }, |out| out.write_all(&edited.bytes))?;
        edited.view.output = Some(path.as_path().into());
    }
    let show = |view: &EditModel, last: bool| {
        map::paint(streamed);
        sink::tell(streamed, |out| match (format, maps) {
            (MapFormat::Json, _) => report::json(out, view),
            (_, Some([without, with])) => svg::pair(out, [("without", without), ("with", with)]),
            (_, None) => text::write(out, view, args.map.look(), last, detail),
        })
    };
    let Some(made) = made else {
        show(&edited.view, true)?;
        return Ok(of_plan(&edited.view));
    };
    let plan = of_plan(&edited.view);
    let exit = if format == MapFormat::Text {
        show(&edited.view, false)?;
        mkinitrd_override::tell(Format::Text, &made, streamed, detail)?
    } else {
        mkinitrd_override::notes(&made);
        let exit = mkinitrd_override::status(&made);
        edited.view.archive = Some(made);
        show(&edited.view, false)?;
        exit
    };
    Ok(if matches!(exit, Exit::Fine) { plan } else { exit })
}

/// The exit status of a plan that was asked for: 1 where the machine's boot is not modelled.
fn of_plan(view: &EditModel) -> Exit {
    let is_modelled = view.plan.as_ref().is_none_or(|plan| plan.modelled);
    if is_modelled { Exit::Fine } else { Exit::Findings }
}

/// The changes, borders first, so that what follows can name the parts.
fn changes(args: &EditArgs) -> Result<Vec<Change>, UsageError> {
    let mut all = Vec::new();
    for text in &args.split {
        all.push(Change::Split(Given::parse("--split", text)?.range));
    }
    for text in &args.r#move {
        let shown = escape(text.as_bytes());
        let wrong = || UsageError(format!("--move {shown}: expected START-END=PXM"));
        let (range, domain) = text.rsplit_once('=').ok_or_else(wrong)?;
        let domain = parse_size(domain).and_then(|domain| u32::try_from(domain).ok()).ok_or_else(wrong)?;
        all.push(Change::Move(Given::parse("--move", range)?.range, domain));
    }
    for (option, list, on) in [("--hotplug", &args.hotplug, true), ("--no-hotplug", &args.no_hotplug, false)]
    {
        for text in list {
            all.push(Change::Hotplug(memory(option, text)?, on));
        }
    }
    for text in &args.distance {
        all.push(distance(text)?);
    }
    for text in &args.set {
        let Some((path, value)) = text.split_once('=') else {
            return Err(UsageError(format!("--set {}: expected PATH=VALUE", escape(text.as_bytes()))));
        };
        all.push(Change::Set(path.trim().to_owned(), value.trim().to_owned()));
    }
    if all.is_empty() && args.oem_revision.is_none() {
        return Err(UsageError("no change is asked for: --set, --hotplug, --no-hotplug, --split, --move, --distance or --oem-revision".into()));
    }
    Ok(all)
}

/// `node=N`, `pxm=N` or `range=START-END`.
fn memory(option: &str, text: &str) -> Result<Memory, UsageError> {
    let shown = escape(text.as_bytes());
    let wrong = || UsageError(format!("{option} {shown}: expected node=N, pxm=N or range=START-END"));
    let number =
        |digits: &str| parse_size(digits).and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong);
    match text.split_once('=').ok_or_else(wrong)? {
        ("pxm", digits) => Ok(Memory::Domain(number(digits)?)),
        ("range", range) => Ok(Memory::Range(Given::parse(option, range)?.range)),
        ("node", digits) => Ok(Memory::Node(number(digits)?)),
        _ => Err(wrong()),
    }
}

/// `A,B=N` or `A>B=N`.
fn distance(text: &str) -> Result<Change, UsageError> {
    let wrong = || UsageError(format!("--distance {}: expected A,B=N or A>B=N", escape(text.as_bytes())));
    let (pair, distance) = text.split_once('=').ok_or_else(wrong)?;
    let (from, to, both) = match (pair.split_once(','), pair.split_once('>')) {
        (Some((from, to)), None) => (from, to, true),
        (None, Some((from, to))) => (from, to, false),
        _ => return Err(wrong()),
    };
    let number = |text: &str| parse_size(text.trim()).ok_or_else(wrong);
    let distance = u8::try_from(number(distance)?).map_err(|_| wrong())?;
    Ok(Change::Distance { from: number(from)?, to: number(to)?, distance, both })
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
