//! `acpihp doctor`: was the last override seen, accepted and applied, and did the boot do as predicted?

use super::args::{CmdlineArgs, DetailArgs, Format, KernelArgs, MachineArgs, OutputArgs, ReleaseArgs};
use super::boot::listed_samples;
use super::{Exit, settings};
use crate::app::doctor::{self, DoctorRequest};
use crate::report;
use crate::sink;
use std::path::PathBuf;

/// Options of `acpihp doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// The initrd or unified kernel image that was booted [default: the boot loader's]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub initrd: Option<PathBuf>,
    /// The machine before the override, or its tables, which are the firmware's own: a capture, a folder or a dump
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub before: Option<PathBuf>,
    /// The kernel of that boot.
    #[command(flatten)]
    pub kernel: KernelArgs,
    #[command(flatten)]
    pub line: CmdlineArgs,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine.tree, args.output.format())? {
        return Ok(Exit::Fine);
    }
    let DoctorArgs { initrd, before, kernel, line, machine, output, detail } = args;
    let detail = detail.of(output.format() == Format::Text)?;
    let KernelArgs { release: ReleaseArgs { kernel, rules_of }, config } = kernel;
    let files = [initrd, before, kernel, config];
    settings::standard_input_once(files.into_iter().flatten().chain(machine.files()))?;
    let busy = sink::Busy::new("reading the machine");
    let view = doctor::run(&DoctorRequest {
        machine: machine.request(),
        kernel: kernel.clone(),
        config: config.clone(),
        rules_of: rules_of.clone(),
        command_line: line.cmdline.clone(),
        initrd: initrd.clone(),
        before: before.clone(),
    })?;
    drop(busy);
    match output.format() {
        Format::Json => sink::stdout(|out| report::json(out, &view))?,
        Format::Text => sink::stdout(|out| report::doctor::write(out, &view, detail))?,
    }
    Ok(if view.broken.is_some() { Exit::Findings } else { Exit::Fine })
}
