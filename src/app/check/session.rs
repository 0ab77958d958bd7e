//! Inputs, the kernel and the firmware that they are for, and what is to be said of them together.

use super::found::{HandedOver, Input, Kind, Report};
use super::inputs::{Content, Firmware};
use super::{Read, unread};
use crate::app::kernel::ChosenKernel;
use crate::boot::NextBoot;
use crate::boot::derived::build_findings;
use crate::boot::install;
use crate::boot::install::order::{Rival, Rivals, rivals};
use crate::boot::kernel::build::TableSource;
use crate::boot::kernel::release::Release;
use crate::boot::stages::upgrade::{Examined, UpgradeRules};
use crate::check::across::Named;
use crate::check::archive::{ArchiveFile, Becomes};
use crate::check::image::Seen;
use crate::check::places::{self, Placed};
use crate::check::{self, archive, open};
use crate::container::initrd::held::{Held, View};
use crate::container::raw;
use crate::finding::{Finding, Findings, Judge, registry};
use crate::foreign::Foreign;
use crate::memory::memmap::Entry;
use crate::source::tables::TableSet;
use crate::source::{SourceTable, initrd as initrds};
use crate::table::{self, Signature};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// What the inputs are held against.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) next: &'a NextBoot<'a>,
    pub(super) firmware: Option<&'a Firmware>,
    /// Who judges how much a finding matters.
    pub(super) judge: Judge,
}

impl Session<'_> {
    fn release(&self) -> &Release {
        self.next.release()
    }

    fn rules(&self) -> UpgradeRules {
        self.next.upgrade_rules()
    }

    /// Checks all inputs: each by itself, and what belongs together.
    pub(super) fn report(&self, all: &[Read]) -> Report {
        let mut inputs: Vec<Input> = all
            .iter()
            .map(|read| match &read.content {
                Ok(content) => self.input(&read.path, content),
                Err(error) => unread(&read.path, error),
            })
            .collect();
        // Tables in files of their own are those of one machine, as those of a folder are.
        let lone: Vec<Lone<'_>> =
            all.iter().enumerate().filter_map(|(index, read)| Lone::of(index, read)).collect();
        let placed: Vec<Placed<'_>> = lone.iter().map(Lone::placed).collect();
        let rivals = lone_rivals(&lone);
        let mut more = if lone.len() > 1 { of_one_machine(&placed, &rivals, &[]) } else { Vec::new() };
        let named: Vec<Named<'_>> = placed.iter().map(|placed| placed.named).collect();
        let (findings, all) = self.against(&named);
        more.extend(findings);
        for lone in &lone {
            if let Some(Input { kind: Kind::Table { becomes, .. }, .. }) = inputs.get_mut(lone.index) {
                *becomes = all.get(&lone.subject).cloned();
            }
        }
        let mut of: HashMap<usize, Findings> = HashMap::new();
        for finding in more {
            // What concerns a table of the firmware belongs to those that override.
            let owner = lone.iter().find(|lone| lone.subject == finding.subject).or(lone.first());
            if let Some(owner) = owner {
                of.entry(owner.index).or_default().merge([finding]);
            }
        }
        for (index, input) in inputs.iter_mut().enumerate() {
            if let Some(more) = of.remove(&index) {
                let mut findings: Findings = std::mem::take(&mut input.findings).into_iter().collect();
                findings.merge(more.into_vec());
                input.findings = findings.into_vec();
            }
        }
        Report {
            kernel: self.release().version.to_string().into(),
            judge: self.judge,
            inputs,
            ..Report::default()
        }
    }

    fn input(&self, path: &Path, content: &Content) -> Input {
        let subject = Foreign::from(path);
        let (kind, findings) = match content {
            Content::Archive(bytes) => {
                let (files, findings) = self.archive(&subject, bytes.view());
                (Kind::Archive(files), findings)
            }
            Content::Kernel(kernel) => {
                let build = kernel.kernel.build();
                let mut findings = kernel.findings.clone();
                findings.extend(build_findings::tables(&subject, build));
                findings.extend(build_findings::dsdt(&subject, build));
                let config = kernel.kernel.config().map(|config| config.origin.clone());
                (
                    Kind::Kernel {
                        release: kernel.kernel.release().name.clone(),
                        config,
                        tables: build.tables,
                    },
                    findings,
                )
            }
            Content::Image(image, initrds, own) => self.image(&subject, image, initrds, own.as_deref()),
            Content::Tables { set, root, map, .. } => {
                let (kind, mut findings) = self.tables(path, set, root.is_some(), map);
                findings.extend(set.findings.iter().cloned());
                (kind, findings)
            }
        };
        Input { path: path.to_owned(), kind, findings: findings.into_iter().collect::<Findings>().into_vec() }
    }

    /// An image, with the initrds that it hands over.
    fn image(
        &self,
        path: &Foreign,
        image: &initrds::Image,
        initrds: &[(HandedOver, Held<'static>)],
        own: Option<&ChosenKernel>,
    ) -> (Kind, Vec<Finding>) {
        let next = own.map(|own| self.next.of_kernel(own.kernel.clone()));
        let session = Session { next: next.as_ref().unwrap_or(self.next), ..*self };
        let (mut found, mut all, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (initrd, bytes)) in initrds.iter().enumerate() {
            let subject = match initrd.profiles.first() {
                Some(profile) if index > 0 => path.clone() + format_args!(": profile {profile}"),
                _ => path.clone(),
            };
            let (files, findings) = session.archive(&subject, bytes.view());
            let tables = files.iter().filter(|file| file.outcome == Examined::Accepted).count();
            seen.push(Seen { profiles: initrd.profiles.clone(), tables });
            all.push(HandedOver { files, ..initrd.clone() });
            found.extend(findings);
        }
        let mut findings = check::image::check(path, image, &seen);
        // That tables are only missing where another profile has them is said once.
        let has_tables = seen.iter().any(|seen| seen.tables > 0);
        found.retain(|finding: &Finding| !(has_tables && *finding.rule == registry::archive::NO_TABLES));
        findings.extend(found);
        findings.extend(own.iter().flat_map(|own| own.findings.iter().cloned()));
        let kind = Kind::Image {
            role: image.role,
            kernel: own.map(|own| own.kernel.release().version.to_string().into()),
            stub: image.stub.name.clone(),
            initrds: all,
        };
        (kind, findings)
    }

    /// What a table says by itself, as severe as it is for the judge.
    fn table(&self, table: &Named<'_>, is_firmware: bool) -> Vec<Finding> {
        let mut findings = check::table(table.subject, table.base, table.bytes);
        check::judge::settle(&mut findings, self.judge, raw::name(table.bytes), is_firmware);
        findings
    }

    /// Tables; those of a machine are no overrides of another one's.
    fn tables(&self, path: &Path, set: &TableSet, is_machine: bool, map: &[Entry]) -> (Kind, Vec<Finding>) {
        let subjects = subjects(path, set);
        let placed: Vec<Placed<'_>> = set
            .tables
            .iter()
            .zip(&subjects)
            .map(|(table, subject)| Placed { named: named(set, table, subject), address: table.address })
            .collect();
        let named: Vec<Named<'_>> = placed.iter().map(|placed| placed.named).collect();
        let mut findings: Vec<Finding> = named
            .iter()
            .flat_map(|table| self.table(table, only(path, set).is_none() && self.firmware.is_none()))
            .collect();
        if only(path, set).is_none() {
            let rivals = set.rivals();
            open::weigh(&mut findings, &named, &rivals, self.judge);
            findings.extend(of_one_machine(&placed, &rivals, map));
            if !is_machine {
                findings.extend(self.against(&named).0);
            }
            return (Kind::Tables(named.len()), findings);
        }
        let signature = named.first().map(|table| raw::name(table.bytes)).unwrap_or(table::rsdp::NAME);
        let build = &self.release().build;
        let overridable =
            build.tables == TableSource::Initrd && self.release().signatures.contains(&signature.0);
        // A table need not be meant for an override.
        let no = build_findings::tables(&path.into(), build);
        findings.extend(no.map(|finding| finding.with_severity(crate::finding::Severity::Warning)));
        let accepted = overridable && !archive::acceptable(&named, &self.rules()).0.is_empty();
        (Kind::Table { signature: signature.into(), overridable, accepted, becomes: None }, findings)
    }

    /// The files of an initrd that the kernel's early search finds, and what is to be said of them and of it.
    fn archive(&self, subject: &Foreign, bytes: View<'_>) -> (Vec<ArchiveFile>, Vec<Finding>) {
        let (files, mut findings) = archive::judge(subject, bytes, self.next, |named| self.against(named));
        for file in &files {
            let name = subject.clone() + ": " + &file.path;
            let signature = file.signature.as_ref().map_or(&[][..], Foreign::raw);
            let signature = Signature(crate::bytes::array_at(signature, 0).unwrap_or_default());
            let of_file = findings.iter_mut().filter(|finding| finding.subject == name);
            check::judge::settle(of_file, self.judge, signature, false);
        }
        (files, findings)
    }

    /// What becomes of tables that are to override those of the firmware, by their subjects, and what is to be said of that;
    /// nothing if there is no firmware to hold them against.
    fn against(&self, tables: &[Named<'_>]) -> archive::Compared {
        let Some(firmware) = self.firmware else { return Default::default() };
        let (accepted, mut findings) = archive::acceptable(tables, &self.rules());
        let rivals = &firmware.target.rivals;
        let firmware: Vec<Named<'_>> = firmware
            .target
            .tables
            .iter()
            .map(|table| Named { subject: table.name.raw(), base: 0, bytes: &table.bytes })
            .collect();
        let (more, becomes) = archive::beside(&accepted, &firmware, rivals, self.release());
        findings.extend(more);
        findings.extend(self.together(&accepted, &becomes));
        if !tables.is_empty() {
            findings.extend(self.firmware.iter().flat_map(|firmware| firmware.target.of_log()));
        }
        (findings, becomes)
    }
}

impl Session<'_> {
    /// What the tables that Linux ends up with say of each other, as far as the firmware's alone do not say the same.
    fn together(&self, accepted: &[Named<'_>], becomes: &HashMap<Foreign, Becomes>) -> Vec<Finding> {
        let Some(Firmware { target, map, .. }) = self.firmware else { return Vec::new() };
        let tables = &target.tables;
        let subject = |table: &SourceTable| target.name.clone().unwrap_or_default() + ": " + &table.name;
        let subjects: Vec<Foreign> = tables.iter().map(subject).collect();
        let before: Vec<Named<'_>> = tables
            .iter()
            .zip(&subjects)
            .map(|(table, subject)| Named { subject: subject.raw(), base: 0, bytes: &table.bytes })
            .collect();
        let mut after = before.clone();
        for table in accepted {
            match becomes.get(table.subject).map(|becomes| becomes.outcome) {
                Some(install::TableOutcome::Override(index)) => {
                    if let Some(place) = after.get_mut(index) {
                        *place = *table;
                    }
                }
                Some(install::TableOutcome::Install) => after.push(*table),
                Some(install::TableOutcome::Dropped { .. } | install::TableOutcome::Unused(_)) | None => {}
            }
        }
        // Those of an archive get new places, and lists of addresses do not change with them.
        let placed = |tables: &[Named<'_>]| {
            let placed: Vec<Placed<'_>> =
                tables.iter().map(|named| Placed { named: *named, address: None }).collect();
            of_one_machine(&placed, &[], map)
        };
        let old: HashSet<(&str, Foreign)> =
            placed(&before).into_iter().map(|finding| (finding.rule.code, finding.message)).collect();
        let mut new = placed(&after);
        // That a table is added beside one of its kind has a finding of its own.
        new.retain(|finding| {
            *finding.rule != registry::header::SEVERAL
                && !old.contains(&(finding.rule.code, finding.message.clone()))
        });
        new
    }
}

/// What the tables of one machine, of which `rivals` may each be first, say of each other, of their addresses and of its memory map;
/// an empty map is not known.
fn of_one_machine(placed: &[Placed<'_>], rivals: &[Rivals], map: &[Entry]) -> Vec<Finding> {
    let named: Vec<Named<'_>> = placed.iter().map(|placed| placed.named).collect();
    let mut findings = open::across(&named, rivals);
    findings.extend(places::check(placed, map));
    findings
}

/// An input that is a file with one table.
struct Lone<'a> {
    /// Its number among the inputs.
    index: usize,
    subject: Foreign,
    set: &'a TableSet,
    table: &'a SourceTable,
}

impl<'a> Lone<'a> {
    fn of(index: usize, read: &'a Read) -> Option<Lone<'a>> {
        let Ok(Content::Tables { set, .. }) = &read.content else { return None };
        Some(Lone { index, subject: read.path.as_path().into(), set, table: only(&read.path, set)? })
    }

    fn placed(&self) -> Placed<'_> {
        Placed { named: named(self.set, self.table, &self.subject), address: self.table.address }
    }
}

/// Which tables in files of their own may each be first: where not all have the names of sysfs, whose numbers are in order.
fn lone_rivals(lone: &[Lone<'_>]) -> Vec<Rivals> {
    let is_numbered = |one: &Lone<'_>| {
        let name = one.table.origin.file_name().unwrap_or_default();
        name.to_str().is_some_and(table::names::is_name)
    };
    if lone.iter().all(is_numbered) {
        return Vec::new();
    }
    let tables = lone.iter().enumerate();
    rivals(
        tables.map(|(index, one)| (one.table.bytes.as_slice(), Rival { index, name: one.subject.clone() })),
    )
}

/// The table of a file with one table.
fn only<'a>(path: &Path, set: &'a TableSet) -> Option<&'a SourceTable> {
    match set.tables.as_slice() {
        [table] if table.origin == path => Some(table),
        _ => None,
    }
}

fn named<'a>(set: &TableSet, table: &'a SourceTable, subject: &'a Foreign) -> Named<'a> {
    Named { subject: subject.raw(), base: set.base(table), bytes: &table.bytes }
}

/// How findings name the tables of an input: the file, and the table where the file has several.
fn subjects(path: &Path, set: &TableSet) -> Vec<Foreign> {
    let mut in_file: HashMap<&Path, usize> = HashMap::new();
    set.tables.iter().for_each(|table| *in_file.entry(&table.origin).or_default() += 1);
    let subject = |table: &SourceTable| {
        let alone = in_file.get(table.origin.as_path()) == Some(&1);
        let origin = Foreign::from(table.origin.as_path());
        if alone && (table.origin != path || set.tables.len() == 1) {
            return origin;
        }
        origin + ": " + &table.name
    };
    set.tables.iter().map(subject).collect()
}
