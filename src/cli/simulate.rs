//! `acpihp simulate`: step by step, which tables end up installed, and why.

use super::args::{BootArgs, DetailArgs, Format, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::{Exit, scenario};
use crate::app::boot::BootRequest;
use crate::app::simulate::{self, SimulateRequest};
use crate::boot::install::Flow;
use crate::report;
use crate::sink;
use clap::ValueEnum;

/// What `--compare` compares when nothing is said.
const BOTH_FLOWS: &str = "one-by-one,two-step";

/// Options of `acpihp simulate`.
#[derive(Debug, clap::Args)]
pub(super) struct SimulateArgs {
    /// In which order tables are installed and replaced [default: the release's own]
    #[arg(long, value_name = "FLOW", value_enum, hide_possible_values = true)]
    pub flow: Option<FlowArg>,
    /// Two boots side by side: this one and one with OPTIONS, such as '--append movable_node --kernel 6.12'; or A,B, two kernels
    /// or flows [default: one-by-one,two-step]
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, default_missing_value = BOTH_FLOWS, conflicts_with = "flow")]
    pub compare: Option<String>,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub boot: BootArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
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

pub(super) fn run(args: &SimulateArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine.tree, args.output.format())? {
        return Ok(Exit::Fine);
    }
    let detail = args.detail.of(args.output.format() == Format::Text)?;
    let compare = args.compare.as_deref().map(|text| scenario::two("--compare", text, &args.boot));
    let simulation = simulate::run(&SimulateRequest {
        machine: args.machine.request(),
        boot: BootRequest { flow: args.flow.map(Flow::from), ..args.boot.request()? },
        compare: compare.transpose()?,
    })?;
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &simulation),
        Format::Text => report::simulate::write(out, &simulation, detail),
    })?;
    Ok(Exit::Fine)
}
