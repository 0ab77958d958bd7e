//! `acpihp simulate`: step by step, which tables end up installed, and why.

use super::Exit;
use super::args::{BootArgs, Format, MachineArgs, OutputArgs};
use super::boot::{self as inputs, Inputs};
use crate::boot;
use crate::report::{self, model::simulate::Simulation};
use crate::sink;

/// Options of `acpihp simulate`.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
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

/// Runs the subcommand.
pub fn run(args: &SimulateArgs) -> anyhow::Result<Exit> {
    if inputs::listed_samples(&args.machine)? {
        return Ok(Exit::Fine);
    }
    let inputs = Inputs::read(&args.machine, &args.boot)?;
    let next = inputs.next();
    let outcome = boot::predict(inputs.machine(), &next);
    let simulation = Simulation::of(inputs.machine(), &outcome, &next, &[]);
    match args.output.format() {
        Format::Json => sink::stdout(|out| report::json(out, &simulation))?,
        Format::Text => sink::stdout(|out| report::simulate::write(out, &simulation))?,
    }
    Ok(Exit::Fine)
}
