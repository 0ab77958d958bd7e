//! `acpihp plan`: which memory goes to which node and zone, and why.

use super::Exit;
use super::args::{BootArgs, Format, MachineArgs, OutputArgs};
use super::boot::{self as inputs, Inputs};
use crate::boot::{self, findings, rows};
use crate::report::{self, model::plan::Plan};
use crate::sink;
use crate::source::{SourceError, machine::MapSource};
use std::path::Path;

/// Options of `acpihp plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// Plan nodes and zones
    #[arg(long, required = true)]
    pub numa: bool,
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
        let path = args.machine.sysroot.as_deref().unwrap_or(Path::new("/")).to_owned();
        let what =
            "no memory map: neither sys/kernel/boot_params/data nor sys/firmware/memmap nor a kernel log";
        return Err(SourceError::Empty { path, what: what.to_owned() }.into());
    }
    let next = inputs.next();
    let outcome = boot::predict(inputs.machine(), &next);
    let rows = rows::rows(&outcome, &next);
    let mut findings = findings::of(inputs.machine(), &outcome, &next, &rows);
    findings.extend(inputs.findings(&outcome));
    match args.output.format() {
        Format::Json => {
            let plan = Plan::of(&outcome, &next, &rows, &findings);
            sink::stdout(|out| report::json(out, &plan))?;
        }
        Format::Text => sink::stdout(|out| report::plan::write(out, &outcome, &next, &rows, &findings))?,
    }
    Ok(Exit::Fine)
}
