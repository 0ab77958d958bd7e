//! `acpihp simulate`: step by step, which tables end up installed, and why.

use super::args::{BootArgs, Format, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::{Exit, UsageError};
use crate::app::boot::Prepared;
use crate::boot::derived::compare::{self, Side};
use crate::boot::install::Flow;
use crate::boot::kernel::release::Release;
use crate::boot::{self, NextBoot, Outcome, derived::findings, derived::rows, derived::table_findings};
use crate::bytes::escape;
use crate::check::archive;
use crate::check::boot::files;
use crate::finding::Finding;
use crate::finding::registry::image;
use crate::report::model::simulate::{ComparisonModel, Run, Simulation};
use crate::report::{self};
use crate::sink;
use crate::source::SourceError;
use crate::source::machine::MapSource;
use clap::ValueEnum;

/// What `--compare` compares when nothing is said.
const BOTH_FLOWS: &str = "one-by-one,two-step";

/// Options of `acpihp simulate`.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    /// In which order tables are installed and replaced [default: the release's own]
    #[arg(long, value_name = "FLOW", value_enum, hide_possible_values = true)]
    pub flow: Option<FlowArg>,
    /// Two flows or releases side by side [default: one-by-one,two-step]
    #[arg(long, value_name = "A,B", num_args = 0..=1, default_missing_value = BOTH_FLOWS, conflicts_with = "flow")]
    pub compare: Option<String>,
    /// The machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// The boot.
    #[command(flatten)]
    pub boot: BootArgs,
    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The flows as the command line names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FlowArg {
    /// Since 4.3: a list that grows, each table replaced as it comes
    Current,
    /// Up to 4.2: fixed slots for DSDT and FACS, each table replaced as it comes
    OneByOne,
    /// The series of 2013: all tables first, the SRAT for memblock, then all replacements
    TwoStep,
}

impl From<FlowArg> for Flow {
    fn from(flow: FlowArg) -> Flow {
        match flow {
            FlowArg::Current => Flow::Current,
            FlowArg::OneByOne => Flow::OneByOne,
            FlowArg::TwoStep => Flow::TwoStep,
        }
    }
}

/// Runs the subcommand.
pub fn run(args: &SimulateArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine)? {
        return Ok(Exit::Fine);
    }
    let inputs = Prepared::read(&args.machine.request(), &args.boot.request()?)?;
    if inputs.machine().firmware.tables.is_empty() && !inputs.has_initrd() {
        let what = "no tables in sys/firmware/acpi/tables, and no initrd or --override with any";
        return Err(SourceError::Empty { path: inputs.root.path(""), what: what.to_owned() }.into());
    }
    let mut next = inputs.next();
    if let Some(flow) = args.flow {
        next = next.with_flow(flow.into());
    }
    let sides = args.compare.as_deref().map(|text| contenders(text, &next)).transpose()?;
    let outcome = boot::predict(inputs.machine(), &next);
    let mut simulation =
        Simulation::of(inputs.machine(), &outcome, &next, &all_findings(&inputs, &outcome, &next));
    if let Some([a, b]) = &sides {
        simulation.comparison = Some(comparison(&inputs, a, b));
    }
    simulation.about = inputs.sources.clone().into();
    inputs.intact()?;
    match args.output.format() {
        Format::Json => sink::stdout(|out| report::json(out, &simulation))?,
        Format::Text => sink::stdout(|out| report::simulate::write(out, &simulation))?,
    }
    Ok(Exit::Fine)
}

/// What is to be said of a boot's tables: of the installation itself, of what the kernel does not see of the initrd, and of
/// files that are not what they are meant to be.
fn all_findings(inputs: &Prepared, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let machine = inputs.machine();
    let mut all = deaths(inputs, outcome, next);
    all.extend(table_findings::of(machine, outcome, next));
    if let Some(initrd) = next.initrd() {
        let subject = "initrd";
        all.extend(archive::reachable(subject, initrd, next.release()));
    }
    let told = |finding: &Finding| all.iter().any(|known| known.rule == finding.rule);
    let found: Vec<Finding> =
        files::findings(machine, outcome, next).into_iter().filter(|finding| !told(finding)).collect();
    all.extend(found);
    all.extend(inputs.table_findings());
    // Of the kernel's configuration, what is not about tables is for plan to tell.
    let about_memory = [&image::NO_HOTPLUG, &image::NO_HOTREMOVE];
    let is_about_memory = |finding: &Finding| about_memory.contains(&finding.rule);
    all.extend(inputs.kernel_findings(outcome).into_iter().filter(|finding| !is_about_memory(finding)));
    all
}

/// What kills the boot before anyone sees the tables: an SRAT with a hole, say.
fn deaths(inputs: &Prepared, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    if inputs.recorded.map_source == MapSource::None {
        return Vec::new();
    }
    let rows = rows::rows(outcome, next);
    let mut all = findings::of(inputs.machine(), outcome, next, &rows);
    all.retain(Finding::is_death);
    all
}

/// The two boots of `--compare`: `A,B`, each a flow, a release or FLOW@RELEASE; `A` alone is held against the boot as it is.
fn contenders<'a>(text: &str, own: &NextBoot<'a>) -> Result<[NextBoot<'a>; 2], UsageError> {
    let wrong = |why: String| {
        let text = escape(text.as_bytes());
        UsageError(format!("--compare {text}: {why}"))
    };
    let read = |one: &str| -> Result<NextBoot<'a>, UsageError> {
        let mut next = own.clone();
        let (flow, release) = match one.split_once('@') {
            Some((flow, release)) => (Some(flow), Some(release)),
            None if one.starts_with(|first: char| first.is_ascii_digit()) => (None, Some(one)),
            None => (Some(one), None),
        };
        if let Some(release) = release {
            let release = Release::parse(release).map_err(|error| wrong(error.to_string()))?;
            next = own.of_kernel(own.kernel().as_release(release));
        }
        if let Some(name) = flow {
            let known = Flow::ALL.into_iter().find(|flow| flow.name() == name);
            let names = Flow::ALL.map(Flow::name).join(", ");
            next = next.with_flow(known.ok_or_else(|| {
                let name = escape(name.as_bytes());
                wrong(format!("{name:?} is no flow: expected {names}, a kernel release, or FLOW@RELEASE"))
            })?);
        }
        Ok(next)
    };
    match text.split(',').collect::<Vec<_>>().as_slice() {
        [one] => Ok([own.clone(), read(one)?]),
        [one, other] => Ok([read(one)?, read(other)?]),
        _ => Err(wrong("expected two, with a comma between".to_owned())),
    }
}

fn comparison(inputs: &Prepared, a: &NextBoot<'_>, b: &NextBoot<'_>) -> ComparisonModel {
    let machine = inputs.machine();
    let (of_a, of_b) = (boot::predict(machine, a), boot::predict(machine, b));
    let found = compare::compare(machine, Side { next: a, outcome: &of_a }, Side { next: b, outcome: &of_b });
    ComparisonModel::of(Run::of(machine, &of_a, a), Run::of(machine, &of_b, b), found)
}
