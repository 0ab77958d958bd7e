//! `acpihp plan`: which memory goes to which node and zone, and why.

use super::Exit;
use super::args::{BootArgs, Format, MachineArgs, OutputArgs};
use super::boot::{self as inputs, Inputs};
use crate::boot::{self, early, findings, rows};
use crate::report::model::early::EarlyModel;
use crate::report::{self, model::plan::Plan};
use crate::sink;
use crate::source::{SourceError, machine::MapSource};

/// Options of `acpihp plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// Plan nodes and zones
    #[arg(long, required = true)]
    pub numa: bool,
    /// Show what memory is reserved before the SRAT is known, in boot order
    #[arg(long)]
    pub early: bool,
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
pub fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    if inputs::listed_samples(&args.machine)? {
        return Ok(Exit::Fine);
    }
    let inputs = Inputs::read(&args.machine, &args.boot)?;
    if inputs.recorded.map_source == MapSource::None {
        let what = "no memory map: neither sys/kernel/boot_params/data nor sys/firmware/memmap nor a kernel log (--dmesg)";
        return Err(SourceError::Empty { path: inputs.root.path(""), what: what.to_owned() }.into());
    }
    let next = inputs.next();
    let outcome = boot::predict(inputs.machine(), &next);
    let early = args.early.then(|| early::view(inputs.machine(), &next, &outcome));
    let rows = rows::rows(&outcome, &next);
    let mut findings = findings::of(inputs.machine(), &outcome, &next, &rows);
    findings.extend(inputs.findings(&outcome));
    match args.output.format() {
        Format::Json => {
            let mut plan = Plan::of(&outcome, &next, &rows, &findings);
            plan.early =
                early.as_ref().map(|early| EarlyModel::of(early, &inputs.recorded.memblock, &outcome));
            sink::stdout(|out| report::json(out, &plan))?;
        }
        Format::Text => sink::stdout(|out| match &early {
            Some(early) => report::early::write(out, early, &inputs.recorded.memblock, &outcome),
            None => report::plan::write(out, &outcome, &next, &rows, &findings),
        })?,
    }
    Ok(Exit::Fine)
}
