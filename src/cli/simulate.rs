//! `acpihp simulate`: step by step, which tables end up installed, and why.

use super::args::{BootArgs, Format, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::{Exit, UsageError};
use crate::app::simulate::{self, Contender, SimulateRequest};
use crate::boot::install::Flow;
use crate::boot::kernel::release::Release;
use crate::bytes::escape;
use crate::report;
use crate::sink;
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
    let simulation = simulate::run(&SimulateRequest {
        machine: args.machine.request(),
        boot: args.boot.request()?,
        flow: args.flow.map(Flow::from),
        compare: args.compare.as_deref().map(contenders).transpose()?,
    })?;
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &simulation),
        Format::Text => report::simulate::write(out, &simulation),
    })?;
    Ok(Exit::Fine)
}

/// The two boots of `--compare`: `A,B`, each a flow, a release or FLOW@RELEASE; `A` alone is compared with the boot as it is.
fn contenders(text: &str) -> Result<[Contender; 2], UsageError> {
    let wrong = |why: String| UsageError(format!("--compare {}: {why}", escape(text.as_bytes())));
    let read = |one: &str| -> Result<Contender, UsageError> {
        let (flow, release) = match one.split_once('@') {
            Some((flow, release)) => (Some(flow), Some(release)),
            None if one.starts_with(|first: char| first.is_ascii_digit()) => (None, Some(one)),
            None => (Some(one), None),
        };
        let release = release.map(Release::parse).transpose().map_err(|error| wrong(error.to_string()))?;
        let flow = flow.map(|name| {
            let known = Flow::ALL.into_iter().find(|flow| flow.name() == name);
            let names = Flow::ALL.map(Flow::name).join(", ");
            known.ok_or_else(|| {
                let name = escape(name.as_bytes());
                wrong(format!("{name:?} is not a flow: expected {names}, a kernel release, or FLOW@RELEASE"))
            })
        });
        Ok(Contender { flow: flow.transpose()?, release })
    };
    match text.split(',').collect::<Vec<_>>().as_slice() {
        [one] => Ok([Contender::default(), read(one)?]),
        [one, other] => Ok([read(one)?, read(other)?]),
        _ => Err(wrong("expected two, with a comma between".to_owned())),
    }
}
