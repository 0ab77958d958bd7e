//! Was the last override seen, accepted and applied, and did the boot do as predicted? What `acpihp doctor` shows.

use super::boot::{BootRequest, Prepared, archive};
use super::machine::MachineRequest;
use crate::boot::derived::undo::{self, Undone};
use crate::boot::install::{Firmware, FirmwareTable};
use crate::boot::{self, Machine};
use crate::check::doctor::{self, Facts, Initrd, Log};
use crate::container::initrd::held::View;
use crate::foreign::Foreign;
use crate::memory::log::Events;
use crate::memory::log::KernelLog;
use crate::report::model::doctor::DoctorModel;
use crate::source::bootfiles::{self, Initrd as Found};
use crate::source::klog::KernelText;
use crate::source::machine::{self, TablesFrom};
use crate::source::{self, display, firmware, running, tables};
use std::path::{Path, PathBuf};

/// The boot to look at.
#[derive(Debug, Clone, Default)]
pub struct DoctorRequest {
    /// The machine; its log is of the boot to look at.
    pub machine: MachineRequest,
    /// Its kernel's release or image; the machine's where nothing is named.
    pub kernel: Option<PathBuf>,
    /// That kernel's configuration.
    pub config: Option<PathBuf>,
    /// The release whose rules it follows, where that is another one.
    pub rules_of: Option<String>,
    /// The boot's command line; that of the log, or else the machine's, where none is given.
    pub command_line: Option<String>,
    /// The initrd or unified kernel image that was booted; what the boot loader takes where none is given.
    pub initrd: Option<PathBuf>,
    /// The machine as it was before the override, or its tables.
    pub before: Option<PathBuf>,
}

/// Looks at a boot that was.
///
/// # Errors
/// [`super::UsageError`] for a kernel that is neither a release nor a file, [`source::SourceError`] for what cannot be read.
pub fn run(request: &DoctorRequest) -> anyhow::Result<DoctorModel> {
    let inputs = Prepared::read(
        &request.machine,
        &BootRequest {
            kernel: request.kernel.clone(),
            config: request.config.clone(),
            rules_of: request.rules_of.clone(),
            command_line: request.command_line.clone(),
            is_of_log: true,
            ..BootRequest::default()
        },
    )?;
    let root = &inputs.root;
    if !inputs.has_named_log() && !inputs.has_named_tables() {
        root.must_be_a_machine()?;
    }
    let log = inputs.recorded.log.as_ref();
    let events = log.map(|log| log.log.events.clone()).unwrap_or_default();
    let found = initrd(request, &inputs)?;
    let release = inputs.recorded.release.clone().unwrap_or_default();
    let disk = bootfiles::disk(root, &release, inputs.command_line(), found.as_ref())?;
    // Tables that were made of the log's lines are nothing to compare the log with.
    let nothing = Firmware::default();
    let own = if inputs.recorded.tables_by_log { &nothing } else { &inputs.recorded.machine.firmware };
    let now = match events.tables.is_empty() || inputs.has_named_tables() {
        true => own.clone(),
        false => firmware::in_force(root, &events)?,
    };
    let Undone { firmware, archive: taken } = match events.announced.is_empty() {
        true => Undone { firmware: own.clone(), archive: Vec::new() },
        false => undo::undo(&now, &events),
    };
    let knows_before = request.before.is_some() || events.replaced.is_empty() || !taken.is_empty();
    let firmware = request.before.as_deref().map_or(Ok(firmware), before)?;
    let model = Machine { firmware, ..inputs.recorded.machine.clone() };
    // Without the initrd that was booted, the tables in force stand in for it.
    let stand_in = archive_of(&taken)?;
    let name = found.as_ref().map(|found: &Found| Foreign::joined(&found.files, ", "));
    let at_hand = found.as_ref().zip(name.as_ref()).map(|(found, name)| Initrd {
        name,
        how: &found.how,
        bytes: found.bytes.view(),
        len: found.len,
        hidden: found.hidden.as_deref(),
    });
    let booted = at_hand.map(|initrd| initrd.bytes).or(stand_in.as_ref().map(View::from));
    let next = next(&inputs, booted, log.map(|log| (log, &events)));
    let outcome = boot::predict(&model, &next);
    let loaded = inputs.recorded.last.initrd.as_ref().map(|range| range.end - range.start);
    let knows_loaded = loaded.is_some() || root.len("sys/kernel/boot_params/data").is_some();
    let mut lines = vec![inputs.command_line().to_owned()];
    let logged = inputs.recorded.log.as_ref().and_then(|read| read.log.command_line().map(str::to_owned));
    lines.extend(logged.filter(|line| line != inputs.command_line()));
    let facts = Facts {
        log: log
            .map(|log| Log { is_whole: log.is_whole(), events: events.clone(), origin: log.origin.clone() })
            .ok_or_else(|| inputs.recorded.no_log.clone().unwrap_or_default().into()),
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
        disk: &disk,
        lines,
    };
    let report = doctor::examine(&facts);
    if let Some(found) = &found {
        let first = found.files.first().map_or("", String::as_str);
        source::initrd::intact(Path::new(first), &found.bytes)?;
    }
    let (kernel, line) = (next.release().name.clone(), Foreign::from(inputs.command_line()));
    Ok(DoctorModel::of(&report, inputs.sources.clone().into(), kernel, line))
}

/// The boot that was, with what is known of it now.
fn next<'a>(
    inputs: &'a Prepared,
    booted: Option<View<'a>>,
    log: Option<(&KernelText, &Events)>,
) -> boot::NextBoot<'a> {
    let last = &inputs.recorded.last;
    let mut next = inputs.next().with_initrd(booted, last.initrd.clone());
    if let Some(image) = &last.kernel {
        next = next.with_kernel_at(image.clone(), true);
    }
    let took_tables = |(log, events): &(&KernelText, &Events)| {
        log.is_whole() && events.locked_down.is_none() && !events.found.is_empty()
    };
    match log.is_some_and(|log| took_tables(&log)) {
        true => next.with_secure_boot(false).with_lockdown(false).with_lockdown_seen(None),
        false => next,
    }
}

/// The firmware's tables of a machine as it was before, or of a dump of them.
fn before(path: &Path) -> anyhow::Result<Firmware> {
    Ok(match tables::with_root(path)? {
        (set, Some(root)) => machine::read(&root, TablesFrom::Read(&set), None)?.machine.firmware,
        (set, None) => firmware::of_source(set, &KernelLog::default())?,
    })
}

/// The initrd that was given, or the boot loader's.
fn initrd(request: &DoctorRequest, inputs: &Prepared) -> anyhow::Result<Option<Found>> {
    let Some(path) = &request.initrd else {
        let release = inputs.recorded.release.clone().unwrap_or_default();
        return Ok(bootfiles::find_initrd(&inputs.root, &release, inputs.command_line())?);
    };
    let read = source::initrd::read(path, 0)?;
    let len = read.bytes.view().len();
    Ok(Some(Found {
        files: vec![display(path)],
        how: "as given".into(),
        bytes: read.bytes,
        len,
        hidden: None,
    }))
}

/// An archive of the tables in force that came from one; `None` without any.
fn archive_of(tables: &[FirmwareTable]) -> anyhow::Result<Option<Vec<u8>>> {
    if tables.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = (0..tables.len()).map(|number| format!("{number}.aml")).collect();
    let files = names.iter().zip(tables).map(|(name, table)| (name.as_bytes(), table.bytes.as_slice()));
    Ok(Some(archive(files)?))
}
