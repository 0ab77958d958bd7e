//! `acpihp doctor`: was the last override seen, accepted and applied, and did the boot do as predicted?

use super::args::{Format, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::{Exit, settings};
use crate::app::boot::{BootRequest, Prepared, archive};
use crate::boot::derived::undo::{self, Undone};
use crate::boot::{self, Machine};
use crate::check::doctor::{self, Facts, Initrd, Log};
use crate::container::initrd::held::View;
use crate::foreign::Foreign;
use crate::report::{self, model::doctor::DoctorModel};
use crate::sink;
use crate::source::bootfiles::{self, Initrd as Found};
use crate::source::klog::{self, KernelText, LogFile};
use crate::source::root::Root;
use crate::source::{self, display, firmware, machine, running, tables};
use std::path::{Path, PathBuf};

/// Options of `acpihp doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// The initrd or unified kernel image that was booted [default: the boot loader's]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub initrd: Option<PathBuf>,
    /// The kernel's log of that boot (dmesg, journal text, or gzip of it) [default: the machine's]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub dmesg: Option<PathBuf>,
    /// The machine before the override, or its tables, which are the firmware's own: a capture, a folder or a dump
    #[arg(long, value_name = "DIR|TAR", value_hint = clap::ValueHint::AnyPath)]
    pub before: Option<PathBuf>,
    /// A copy of the machine's /proc and /sys: a folder or a tar archive of one [default: /]
    #[arg(long, value_name = "DIR|TAR", value_hint = clap::ValueHint::AnyPath, conflicts_with = "sample")]
    pub sysroot: Option<PathBuf>,
    /// A machine that acpihp carries itself; `list` shows them
    #[arg(long, value_name = "NAME")]
    pub sample: Option<String>,
    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub fn run(args: &DoctorArgs) -> anyhow::Result<Exit> {
    let machine =
        MachineArgs { sysroot: args.sysroot.clone(), sample: args.sample.clone(), ..MachineArgs::default() };
    if listed_samples(&machine)? {
        return Ok(Exit::Fine);
    }
    settings::standard_input_once(
        [&args.initrd, &args.dmesg, &args.before, &args.sysroot].into_iter().flatten(),
    )?;
    let inputs = Prepared::read(
        &machine.request(),
        &BootRequest { log: args.dmesg.clone(), ..BootRequest::default() },
    )?;
    let root = &inputs.root;
    if args.dmesg.is_none() {
        root.must_be_a_machine()?;
    }
    let log = log(args, root)?;
    let events = log.as_ref().map(|log| log.log.events.clone()).unwrap_or_default();

    let release = inputs.recorded.release.clone().unwrap_or_default();
    let line = inputs.recorded.command_line.clone().unwrap_or_default();
    let found = initrd(args, root, &release, &line)?;
    let own = &inputs.recorded.machine.firmware;
    let now = if events.tables.is_empty() { own.clone() } else { firmware::in_force(root, &events)? };
    let Undone { firmware, archive: taken } = match events.announced.is_empty() {
        true => Undone { firmware: own.clone(), archive: Vec::new() },
        false => undo::undo(&now, &events),
    };
    let knows_before = args.before.is_some() || events.replaced.is_empty() || !taken.is_empty();
    let firmware = match &args.before {
        Some(path) => match tables::with_root(path)? {
            (_, Some(root)) => machine::read(&root, None, None)?.machine.firmware,
            (set, None) => firmware::of_source(set.tables),
        },
        None => firmware,
    };
    let model = Machine { firmware, ..inputs.recorded.machine.clone() };
    // Without the initrd that was booted, the tables in force stand in for it.
    let stand_in = archive_of(&taken)?;
    let name = found.as_ref().map(|found| found.files.join(", "));
    let at_hand = found.as_ref().zip(name.as_deref()).map(|(found, name)| Initrd {
        name,
        how: &found.how,
        bytes: found.bytes.view(),
        len: found.len,
        hidden: found.hidden.as_deref(),
    });
    let last = &inputs.recorded.last;
    let booted = at_hand.map(|initrd| initrd.bytes).or(stand_in.as_ref().map(View::from));
    let mut next = inputs.next().with_initrd(booted, last.initrd.clone());
    if let Some(image) = &last.kernel {
        next = next.with_kernel_at(image.clone(), true);
    }
    if let Ok(log) = &log
        && log.is_whole()
        && events.locked_down.is_none()
        && !events.found.is_empty()
    {
        next = next.with_secure_boot(false).with_lockdown(false);
    }
    let outcome = boot::predict(&model, &next);
    let loaded = last.initrd.as_ref().map(|range| range.end - range.start);
    let knows_loaded = loaded.is_some() || root.len("sys/kernel/boot_params/data").is_some();
    let facts = Facts {
        log: log.map(|log| Log { events, is_whole: log.is_whole(), origin: log.origin }),
        lockdown: running::lockdown(root),
        initrd: at_hand,
        loaded: knows_loaded.then_some(loaded),
        now: &now,
        machine: &model,
        next: &next,
        outcome: &outcome,
        is_real: at_hand.is_some(),
        knows_before,
        zones: running::zones(root),
        blocks: running::blocks(root),
        block_size: running::block_size(root),
    };
    let report = doctor::examine(&facts);
    if let Some(found) = &found {
        let first = found.files.first().map_or("", String::as_str);
        source::initrd::intact(Path::new(first), &found.bytes)?;
    }
    let (kernel, line) = (next.release().name.clone(), Foreign::from(line));
    match args.output.format() {
        Format::Json => {
            let mut model = DoctorModel::of(&report, kernel, line);
            model.about = inputs.sources.clone().into();
            sink::stdout(|out| report::json(out, &model))?;
        }
        Format::Text => {
            sink::stdout(|out| report::doctor::write(out, &report, &kernel, &line, &inputs.sources))?
        }
    }
    Ok(if report.has_errors() { Exit::Findings } else { Exit::Fine })
}

/// The log that was given, or the machine's; the reason where there is none.
fn log(args: &DoctorArgs, root: &Root) -> anyhow::Result<Result<KernelText, String>> {
    if let Some(path) = &args.dmesg {
        return Ok(Ok(klog::from_file(LogFile { path, boot: None })?));
    }
    Ok(match klog::of(root) {
        Ok(Some(log)) => Ok(log),
        Ok(None) => Err("there is no log of the kernel".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}

/// The initrd that was given, or the boot loader's.
fn initrd(args: &DoctorArgs, root: &Root, release: &str, line: &str) -> anyhow::Result<Option<Found>> {
    let Some(path) = &args.initrd else { return Ok(bootfiles::find_initrd(root, release, line)?) };
    let read = source::initrd::read(path, 0)?;
    let len = read.bytes.view().len();
    Ok(Some(Found {
        files: vec![display(path)],
        how: "as given".to_owned(),
        bytes: read.bytes,
        len,
        hidden: None,
    }))
}

/// An archive of the tables in force that came from one; `None` without any.
fn archive_of(tables: &[boot::install::FirmwareTable]) -> anyhow::Result<Option<Vec<u8>>> {
    if tables.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = (0..tables.len()).map(|number| format!("{number}.aml")).collect();
    let files = names.iter().zip(tables).map(|(name, table)| (name.as_bytes(), table.bytes.as_slice()));
    Ok(Some(archive(files)?))
}
