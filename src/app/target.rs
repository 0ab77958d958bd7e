//! What an override archive is made for: a machine, or a kernel alone; and what that makes of it.

use super::boot::{BootRequest, Prepared};
use super::compare::NamedFiles;
use super::kernel::{Asked, ChosenKernel, Otherwise, choose};
use super::log;
use super::machine::{self as machines, MachineRequest};
use super::sources;
use crate::boot::install::order::Rivals;
use crate::boot::install::{Origin, TableOutcome};
use crate::boot::kernel::Kernel;
use crate::boot::kernel::release::Release;
use crate::boot::stages::upgrade::{Examined, examine};
use crate::boot::{NextBoot, derived::build_findings, derived::rows, predict};
use crate::check::across::Named;
use crate::check::doctor::known;
use crate::check::{against, archive, open};
use crate::finding::registry::boot as boot_rules;
use crate::finding::{Area, Finding, Severity};
use crate::foreign::Foreign;
use crate::report::model::sources::{Source, SourceKind, Sources};
use crate::source::SourceTable;
use crate::source::klog::LogFile;
use crate::source::machine::{self, MapSource, Recorded, TablesFrom};
use crate::source::root::Root;
use crate::source::tables::{self, TableSet};
use std::path::{Path, PathBuf};

/// The machine and the kernel that an archive is for.
#[derive(Debug)]
pub struct Target {
    /// The machine's name; `None` where there is none.
    pub name: Option<Foreign>,
    /// The firmware's tables, without those that are loaded at run time.
    pub tables: Vec<SourceTable>,
    /// Those of them of which nothing says which comes first.
    pub rivals: Vec<Rivals>,
    /// What is worth a line beside the report.
    pub notes: Vec<Foreign>,
    /// Where the tables were read.
    path: Option<PathBuf>,
    kernel: Kernel,
    about_kernel: Vec<Finding>,
    prepared: Option<Prepared>,
    is_named: bool,
}

/// What becomes of files on a target.
#[derive(Debug)]
pub struct TargetVerdict {
    /// What the kernel does with each file; `None` for those that it does not accept or that nothing is known of.
    pub fates: Vec<Option<TableOutcome>>,
    /// What is to be said.
    pub findings: Vec<Finding>,
}

impl Target {
    /// No machine: the kernel that was asked for, or the newest.
    ///
    /// # Errors
    /// As [`choose`].
    pub fn kernel_alone(asked: &Asked<'_>) -> anyhow::Result<Target> {
        let ChosenKernel { kernel, findings, .. } = choose(asked, &Otherwise::default())?;
        Ok(Target {
            name: None,
            tables: Vec::new(),
            rivals: Vec::new(),
            notes: Vec::new(),
            path: None,
            kernel,
            about_kernel: findings,
            prepared: None,
            is_named: is_asked(asked),
        })
    }

    /// The machine that a request names, or the running one.
    ///
    /// # Errors
    /// As [`choose`]; [`crate::source::SourceError`] when what was named cannot be read.
    pub fn of_machine(machine: &MachineRequest, asked: &Asked<'_>) -> anyhow::Result<Target> {
        let name = match (&machine.from, &machine.sample, &machine.sysroot, &machine.log) {
            (Some(path), ..) | (None, None, Some(path), _) | (None, None, None, Some(path)) => {
                path.as_path().into()
            }
            (None, Some(name), ..) => Foreign::from("sample ") + name.as_str(),
            (None, None, None, None) => return Target::running(asked),
        };
        let (root, set) = machines::with_log(machine)?;
        let log = machine.log_file().filter(|_| !matches!(root, Root::Log(_)));
        // Tables that were named stand in for the tree's own.
        let (own, named) = match set {
            Some(set) => (set.clone(), Some(set)),
            None => (tables::from_root(&root)?, None),
        };
        let has_tree = !matches!(root, Root::Nothing) || log.is_some();
        Target::new(name, (own, named), has_tree.then_some((root, log)), asked, true)
    }

    /// The machine that a file, a folder or a root is of.
    ///
    /// # Errors
    /// As [`Target::of_machine`].
    pub fn of_source(path: &Path, asked: &Asked<'_>) -> anyhow::Result<Target> {
        let (set, root) = tables::taking(path, asked.take)?;
        Target::new(path.into(), (set, None), root.map(|root| (root, None)), asked, true)
    }

    /// A machine that is read already, without its tables: they are no overrides of their own.
    ///
    /// # Errors
    /// As [`choose`].
    pub fn of_recorded(root: Root, recorded: Recorded, asked: &Asked<'_>) -> anyhow::Result<Target> {
        let name = root.path("").as_path().into();
        Target::with(name, TableSet::default(), Some((root, Some(recorded), (None, None))), asked, true)
    }

    /// The running machine; a note says so when its tables cannot be read.
    ///
    /// # Errors
    /// As [`choose`].
    pub fn running(asked: &Asked<'_>) -> anyhow::Result<Target> {
        let live = Root::live();
        match tables::from_root(&live) {
            Ok(set) => Target::new("this machine".into(), (set, None), Some((live, None)), asked, false),
            Err(error) => {
                let mut target = Target::kernel_alone(asked)?;
                target.notes.push(
                    Foreign::from("not compared with any firmware's tables: ")
                        + Foreign::of_text(&error)
                        + " (--against SRC names others)",
                );
                Ok(target)
            }
        }
    }

    /// The tables are those to compare with, and those that a boot has instead of the tree's own.
    fn new(
        name: Foreign,
        (mut set, mut named): (TableSet, Option<TableSet>),
        root: Option<(Root, Option<LogFile<'_>>)>,
        asked: &Asked<'_>,
        is_named: bool,
    ) -> anyhow::Result<Target> {
        for set in named.iter_mut().chain([&mut set]) {
            asked.order.apply(set)?;
        }
        let file = named.as_ref().map(|set| set.path.clone());
        let machine = root.map(|(root, log)| {
            let from = named.map_or(TablesFrom::Read(&set), TablesFrom::Elsewhere);
            // What else a tree has may not be for this user to read; then only its tables count.
            let recorded = machine::read(&root, from, log).ok();
            (root, recorded, (file, log.map(|log| log.path.to_owned())))
        });
        Target::with(name, set, machine, asked, is_named)
    }

    /// The same with what the machine's tree says, where it can be read, and the files of tables and of a log that are not its own.
    fn with(
        name: Foreign,
        mut set: TableSet,
        machine: Option<(Root, Option<Recorded>, NamedFiles)>,
        asked: &Asked<'_>,
        is_named: bool,
    ) -> anyhow::Result<Target> {
        let own = machine.as_ref().map(|(root, recorded, _)| (root, recorded.as_ref()));
        let ChosenKernel { kernel, findings, .. } = of_root(own, asked)?;
        let boot = BootRequest { chosen: Some(kernel.clone()), ..BootRequest::default() };
        let prepared = machine
            .and_then(|(root, recorded, named)| Prepared::of_recorded(root, recorded?, named, &boot).ok());
        let mut notes: Vec<Foreign> = set.notes.iter().map(|text| Foreign::from("note: ") + text).collect();
        if prepared.as_ref().is_some_and(|prepared| prepared.recorded.upgraded) {
            notes.push(
                name.clone()
                    + " was booted with an override: its tables are no longer all the firmware's own",
            );
        }
        // What was loaded at run time cannot be overridden.
        set.tables.retain(|table| !table.is_dynamic);
        let rivals = set.rivals();
        set.name_by_label();
        Ok(Target {
            name: Some(name),
            notes,
            path: Some(set.path),
            tables: set.tables.into_iter().chain(set.headers).collect(),
            rivals,
            kernel,
            about_kernel: findings,
            prepared,
            is_named: is_named || is_asked(asked),
        })
    }

    /// What the answer is made from.
    pub fn sources(&self) -> Sources {
        let mut sources = match &self.prepared {
            Some(prepared) => prepared.sources.clone(),
            None => sources::of_kernel(&self.kernel, None),
        };
        if self.prepared.is_some() {
            let of_kernel = sources::of_kernel(&self.kernel, sources.release.clone());
            (sources.release, sources.config) = (of_kernel.release, of_kernel.config);
        } else if let Some(path) = &self.path {
            sources.tables = Some(Source::at(SourceKind::File, path.as_os_str()));
        }
        sources
    }

    /// The kernel.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The machine and its next boot, where the target is one.
    pub fn prepared(&self) -> Option<&Prepared> {
        self.prepared.as_ref()
    }

    /// Whether firmware's tables are known.
    pub fn has_firmware(&self) -> bool {
        self.name.is_some()
    }

    /// The machine's next boot; without a machine, one of the kernel alone.
    pub fn next(&self) -> NextBoot<'_> {
        self.prepared.as_ref().map_or_else(|| NextBoot::new(self.kernel.clone(), ""), Prepared::next)
    }

    /// What becomes of files in archive order. What the kernel would not use is an error where the target was named; else the
    /// running machine's verdict is a warning.
    ///
    /// # Errors
    /// When the files do not fit into an archive.
    pub fn judge(&self, files: &[Named<'_>]) -> anyhow::Result<TargetVerdict> {
        let release = self.kernel.release();
        let accepts = |file: &&Named<'_>| examine(file.bytes, release.signatures) == Examined::Accepted;
        let accepted: Vec<Named<'_>> = files.iter().filter(accepts).copied().collect();
        let firmware: Vec<Named<'_>> = self
            .tables
            .iter()
            .map(|table| Named { subject: table.name.raw(), base: 0, bytes: &table.bytes })
            .collect();
        // What is not used meets no table of the firmware.
        let (of_accepted, about) = match self.next().uses_tables() {
            true => open::beside(&accepted, &firmware, &self.rivals, release),
            false => (vec![None; accepted.len()], Vec::new()),
        };
        let mut of_accepted = of_accepted.into_iter();
        let fates = files.iter().map(|file| if accepts(&file) { of_accepted.next().flatten() } else { None });
        let fates = fates.collect();
        // Without the firmware's tables, only what the files say of each other counts.
        let needs_firmware = |finding: &Finding| finding.rule.area == Area::Override;
        let about = about.into_iter().filter(|finding| self.has_firmware() || !needs_firmware(finding));
        let mut findings: Vec<Finding> = about.collect();
        findings.extend(self.about_kernel.iter().cloned());
        findings.extend(self.of_log());
        findings.extend(self.of_kernel(!accepted.is_empty()));
        findings.extend(self.srat(&accepted)?);
        if !self.is_named {
            for finding in &mut findings {
                finding.severity = finding.severity.min(Severity::Warning);
            }
        }
        for file in files.iter().filter(|file| !accepts(file)) {
            findings.extend(against::refusal(&file.subject.into(), file.bytes, release));
        }
        Ok(TargetVerdict { fates, findings })
    }

    /// What known lines mean of the log that is compared with, where one was named.
    pub fn of_log(&self) -> Vec<Finding> {
        let recorded = self.prepared.as_ref().map(|prepared| &prepared.recorded);
        let read =
            recorded.filter(|recorded| recorded.log_is_named).and_then(|recorded| recorded.log.as_ref());
        let Some(read) = read else { return Vec::new() };
        recorded.and_then(log::lost_tables).into_iter().chain(known::findings(&read.log.events)).collect()
    }

    /// What the kernel does to all files alike; `any` says whether it accepts one.
    fn of_kernel(&self, any: bool) -> Vec<Finding> {
        let origin = self.kernel.config().map(|config| config.origin.clone()).unwrap_or_default();
        let mut all: Vec<Finding> =
            build_findings::tables(&origin, self.kernel.build()).into_iter().collect();
        if any && self.next().refuses_tables() {
            all.push(archive::locked_down(&self.name.clone().unwrap_or("kernel".into()), &self.next()));
        }
        all
    }

    /// Whether Linux would discard a SRAT of the archive, where the machine's memory map says so.
    fn srat(&self, accepted: &[Named<'_>]) -> anyhow::Result<Option<Finding>> {
        let srat = accepted.iter().find(|file| file.bytes.starts_with(b"SRAT"));
        let prepared = self
            .prepared
            .as_ref()
            .filter(|one| one.recorded.map_source != MapSource::None && one.machine().platform.is_modelled());
        let (Some(prepared), Some(srat)) = (prepared, srat) else { return Ok(None) };
        let files: Vec<(&[u8], &[u8])> = accepted.iter().map(|file| (file.subject, file.bytes)).collect();
        let archive = super::boot::archive(files)?;
        let next = prepared.next_with(&archive);
        let outcome = predict(prepared.machine(), &next);
        let refusal =
            outcome.nodes.refusal.as_ref().filter(|_| {
                matches!(outcome.srat, Some(Origin::Archive(_))) && !rows::is_switched_off(&next)
            });
        Ok(refusal.map(|refusal| {
            Finding::new(&boot_rules::SRAT_REFUSED, srat.subject, rows::refusal_text(refusal))
        }))
    }
}

/// Whether a kernel is asked for.
fn is_asked(asked: &Asked<'_>) -> bool {
    asked.kernel.is_some() || asked.config.is_some()
}

/// The kernel that was asked for, or else that of a root.
fn of_root(own: Option<(&Root, Option<&Recorded>)>, asked: &Asked<'_>) -> anyhow::Result<ChosenKernel> {
    let release = own.and_then(|(root, recorded)| match recorded {
        Some(recorded) => recorded.release.clone(),
        None => machine::release(root),
    });
    let release = release.filter(|text| Release::parse(text).is_ok());
    choose(asked, &Otherwise { image: None, machine: own.map(|(root, _)| (root, release.as_deref())) })
}
