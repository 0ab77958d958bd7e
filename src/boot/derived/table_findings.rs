//! What an expert would point out about the tables of a boot: what keeps them from being installed or used, and what was
//! assumed.

use crate::boot::derived::doubt::{self, Part};
use crate::boot::install::{DSDT, Event, Flow, Installed, OrderSource, Origin, is_in_ram, sysfs_names};
use crate::boot::kernel::cmdline;
use crate::boot::kernel::release::{Change, LockdownRule};
use crate::boot::stages::upgrade;
use crate::boot::{Machine, NextBoot, Outcome, derived::compare};
use crate::bytes::{array_at, size, u32_at};
use crate::finding::Finding;
use crate::finding::registry::install as rule;
use crate::finding::registry::{archive, boot};
use crate::foreign::Foreign;
use crate::phrase;
use crate::table::rsdp::Rsdp;
use crate::table::{HEADER_LEN, Header, Signature};

/// The most that old kernels can copy.
const COPY_LIMIT: usize = 256 << 10;

/// The findings about a boot's tables, those that cost most first.
pub fn of(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let view = View { machine, outcome, next };
    let mut all = Vec::new();
    view.deaths(&mut all);
    view.installation(&mut all);
    view.in_ram(&mut all);
    view.archive(&mut all);
    view.early(&mut all);
    all.extend(cmdline::findings::of(next.line()));
    view.options(&mut all);
    view.inputs(&mut all);
    all
}

struct View<'a> {
    machine: &'a Machine,
    outcome: &'a Outcome<'a>,
    next: &'a NextBoot<'a>,
}

impl View<'_> {
    fn deaths(&self, all: &mut Vec<Finding>) {
        let bytes = self.outcome.archive.len();
        if !self.next.release().has(Change::CHUNKED_COPY) && bytes > COPY_LIMIT {
            let message = format!("{} of tables are accepted", size(bytes as u64));
            all.push(Finding::new(&rule::COPY_TOO_LARGE, "archive", message));
        }
    }

    /// Tables that cannot be mapped once the system is up.
    fn in_ram(&self, all: &mut Vec<Finding>) {
        let firmware = &self.machine.firmware;
        let lost = self.outcome.installation.list.iter();
        let lost = lost.filter(|table| is_in_ram(table, firmware, &self.outcome.map.ram));
        let lost = lost.filter_map(|table| match table.origin {
            Origin::Firmware(index) => firmware.tables.get(index),
            Origin::Archive(_) => None,
        });
        for table in lost {
            let (name, at) = (table.signature(), table.address.unwrap_or_default());
            let more = if name == DSDT { "; no AML is loaded without it: no ACPI device works" } else { "" };
            let message = format!("it lies at {at:#x}, in RAM by this boot's memory map{more}");
            all.push(Finding::new(&rule::TABLE_IN_RAM, name, message));
        }
    }

    fn installation(&self, all: &mut Vec<Finding>) {
        let installation = &self.outcome.installation;
        let step = |wanted: fn(&Event) -> bool| {
            installation.trace.iter().find(|step| wanted(&step.event)).map(|step| step.why.clone())
        };
        if let Some(why) = step(|event| *event == Event::SwitchedOff) {
            all.push(Finding::new(&rule::ROOT_REFUSED, "root table", why));
            return;
        }
        let is_lost = |event: &&Event| matches!(event, Event::Lost(_) | Event::CutOff(_));
        let lost: Vec<&Event> = installation.trace.iter().map(|step| &step.event).filter(is_lost).collect();
        if let Some(first) = lost.first() {
            let more = phrase::more(lost.len() - 1);
            all.push(Finding::new(&rule::LIST_FULL, "list of tables", first.words() + more));
        }
        let fadt = self.find(b"FACP");
        if let (Some(fadt), None) = (fadt, installation.dsdt) {
            let why = step(|event| matches!(event, Event::NotKnown(DSDT, _)))
                .map_or_else(|| Foreign::from("it names none"), |why| why + " is where no table is known");
            let subject = format!("FADT in slot {}", fadt.slot);
            all.push(Finding::new(&rule::NO_DSDT, subject, why));
        }
    }

    fn find(&self, name: &[u8; 4]) -> Option<&Installed> {
        self.outcome.installation.list.iter().find(|table| self.bytes(table.origin).starts_with(name))
    }

    fn bytes(&self, origin: Origin) -> &[u8] {
        crate::boot::bytes_of(&self.machine.firmware, &self.outcome.archive, origin).unwrap_or_default()
    }

    fn subject(&self, index: usize) -> Foreign {
        let archive = &self.outcome.archive;
        let name = archive.names.get(index).cloned().unwrap_or_default();
        let table = archive.tables.get(index).and_then(|table| array_at(table, 0));
        name + " (" + Signature(table.unwrap_or_default()) + ")"
    }

    fn archive(&self, all: &mut Vec<Finding>) {
        let (line, release) = (self.next.line(), self.next.release());
        let accepted = self.outcome.upgrade.iter().flat_map(|upgrade| &upgrade.files);
        let accepted = accepted.filter(|file| file.outcome == upgrade::Examined::Accepted).count();
        if accepted == 0 {
            return;
        }
        if line.acpi_off {
            all.push(Finding::new(&rule::ACPI_OFF, "command line", "acpi=off"));
        }
        let locked = self.next.is_locked_down();
        let why = self.next.lockdown_reason();
        let message = phrase::count(accepted, "table is", "tables are");
        let message = Foreign::from(format!("{message} accepted; ")) + why;
        if self.outcome.upgrade.as_ref().is_some_and(|upgrade| upgrade.locked_down) {
            all.push(Finding::new(&archive::LOCKED_DOWN, "archive", message));
        } else if locked && release.lockdown == LockdownRule::TooLate {
            all.push(Finding::new(&rule::LOCKDOWN_LATE, "archive", message));
        }
        let archive = &self.outcome.archive;
        let mut before = 0usize;
        for (index, table) in archive.tables.iter().enumerate() {
            let (at, is_last) = (before, index + 1 == archive.tables.len());
            before += table.len();
            if !release.has(Change::EXACT_IDENTITY) && at > 0 && is_last && table.len() == HEADER_LEN {
                let message = format!("{HEADER_LEN} bytes, after {at} bytes of other tables");
                all.push(Finding::new(&rule::LAST_NOT_EXAMINED, self.subject(index), message));
            }
            self.candidates(index, all);
        }
    }

    /// Where several tables of the firmware share the identity that a file is meant for: all of them, in the order in which
    /// they meet it.
    fn candidates(&self, index: usize, all: &mut Vec<Finding>) {
        let Some(new) = self.outcome.archive.tables.get(index).and_then(|table| Header::parse(table)) else {
            return;
        };
        let installation = &self.outcome.installation;
        let names = sysfs_names(
            &installation.list,
            &self.machine.firmware,
            &self.outcome.archive,
            &self.outcome.map.ram,
        );
        let release = self.next.release();
        let same = |index: &usize| {
            let table = self.machine.firmware.tables.get(*index);
            let header = table.and_then(|table| crate::boot::install::firmware::header(&table.bytes));
            header.is_some_and(|header| release.is_meant_for(&new.identity(), &header.identity()))
        };
        let mut met: Vec<usize> = Vec::new();
        for index in installation.visits.iter().filter(|index| same(index)) {
            if !met.contains(index) {
                met.push(*index);
            }
        }
        if met.len() < 2 {
            return;
        }
        let place = |candidate: usize| {
            installation.list.iter().position(|table| {
                table.origin == Origin::Firmware(candidate) || table.replaced == Some(candidate)
            })
        };
        let name = |candidate: usize| {
            let name = place(candidate).and_then(|place| names.get(place).cloned().flatten());
            name.unwrap_or_else(|| new.signature.into())
        };
        let shown = |candidate: &usize| {
            let slot = place(*candidate).and_then(|place| installation.list.get(place));
            let slot = slot.map_or_else(String::new, |table| format!("slot {}, ", table.slot));
            let table = self.machine.firmware.tables.get(*candidate);
            let bytes = table.map_or(&[][..], |table| &table.bytes);
            let revision = Header::parse(bytes).map_or(0, |header| header.oem_revision);
            let length = u32_at(bytes, 4).unwrap_or(0);
            name(*candidate) + format_args!(" ({slot}{length} bytes, OEM revision {revision:#x})")
        };
        let hit: Vec<usize> = installation
            .list
            .iter()
            .filter(|table| table.origin == Origin::Archive(index))
            .filter_map(|table| table.replaced)
            .collect();
        let verdict = match hit.as_slice() {
            [] => "it replaces none of them".into(),
            [one] => Foreign::from("it hits ") + name(*one),
            several => Foreign::from(format_args!("it hits all {} of them", several.len())),
        };
        let list = Foreign::joined(met.iter().map(shown), ", ");
        let message = verdict + format_args!("; {} tables have these ids: ", met.len()) + list;
        all.push(Finding::new(&archive::AMBIGUOUS, self.subject(index), message));
    }

    fn early(&self, all: &mut Vec<Finding>) {
        if self.next.flow() != Flow::TwoStep {
            return;
        }
        let side = compare::Side { next: self.next, outcome: self.outcome };
        let early = compare::early_srat(self.machine, side);
        if early.holds == Some(false) {
            all.push(Finding::new(&rule::EARLY_SRAT_DIFFERS, "SRAT", early.why));
        }
        for fault in self.outcome.early_srat.iter().flat_map(|early| &early.faults) {
            all.push(Finding::new(&rule::SERIES_FLAW, "initrd", fault.text()));
        }
    }

    fn options(&self, all: &mut Vec<Finding>) {
        let (line, release) = (self.next.line(), self.next.release());
        let mut note = |rule, message: Foreign| all.push(Finding::new(rule, "command line", message));
        let madts = |table: &&Installed| self.bytes(table.origin).starts_with(b"APIC");
        if line.noinitrd && self.next.initrd().is_some() {
            note(
                &rule::OPTION_NO_EFFECT,
                "noinitrd: the initrd is not unpacked, and is searched for tables all the same".into(),
            );
        }
        if let Some(instance) = line.acpi_apic_instance
            && self.outcome.installation.list.iter().filter(madts).count() < 2
            && !line.acpi_off
        {
            note(
                &rule::OPTION_NO_EFFECT,
                format_args!("acpi_apic_instance={instance}: there are not several MADTs to choose from")
                    .into(),
            );
        }
        if line.acpi_copy_dsdt {
            note(
                &rule::OPTION_NO_EFFECT,
                "acpi=copy_dsdt: the DSDT is copied when it is loaded, after all overrides".into(),
            );
        }
        if let Some(address) = line.acpi_rsdp {
            let own = self.machine.firmware.roots.rsdp.as_ref().and_then(|rsdp| rsdp.address);
            let locked = self.next.is_locked_down();
            if locked && release.lockdown != LockdownRule::Unknown {
                note(
                    &rule::OPTION_NO_EFFECT,
                    format!("acpi_rsdp={address:#x}: refused under lockdown").into(),
                );
            } else if own == Some(address) {
                note(
                    &rule::OPTION_NO_EFFECT,
                    format!("acpi_rsdp={address:#x}: the RSDP is there anyway").into(),
                );
            } else {
                let own =
                    own.map_or_else(String::new, |own| format!(", and the recorded one is at {own:#x}"));
                note(&rule::OTHER_RSDP, format!("acpi_rsdp={address:#x}{own}").into());
            }
        }
        if line.acpi_rsdt {
            let rsdp = self.machine.firmware.roots.rsdp.as_ref();
            let rsdp = rsdp.and_then(|table| Rsdp::parse(&table.bytes).ok());
            if rsdp.is_some_and(|rsdp| rsdp.xsdt().unwrap_or(0) == 0) {
                note(&rule::OPTION_NO_EFFECT, "acpi=rsdt: the RSDP names no XSDT".into());
            }
        }
        for (option, why) in &line.ignored {
            if option.starts_with("acpi") {
                note(&boot::OPTION_IGNORED, format!("{option}: {why}").into());
            }
        }
    }

    fn inputs(&self, all: &mut Vec<Finding>) {
        all.extend(doubt::findings(self.machine, self.outcome, self.next, Part::Tables));
        let firmware = &self.machine.firmware;
        if firmware.order == OrderSource::Usual && !firmware.tables.is_empty() && self.next.initrd().is_some()
        {
            let message = "FADT, DSDT and FACS first, then by name; addresses are not known";
            all.push(Finding::new(&boot::UNKNOWN_ORDER, "tables", message));
        }
    }
}
