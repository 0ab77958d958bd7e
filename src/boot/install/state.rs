//! What all flows share: the list and its slots, the way a table gets into it, and what is said on the way.

use super::firmware::{Entry, Firmware};
use super::{
    Archive, Boot, DSDT, EARLY_LIST_LEN, Event, FACS, Flow, Installation, Installed, Mark, Origin, Phase,
    SSDT, Step, TableOutcome, Unused, content, is_whole, lines, signature,
};
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::foreign::Foreign;
use crate::table::Signature;
use std::collections::HashMap;

/// What an attempt to install a table came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// It is in this slot, or one with the same bytes is.
    At(usize),
    /// It is not installed, and nobody is told: the caller's slot number keeps its last value.
    Silent,
    /// It cannot be installed, and the caller is told.
    Failed,
}

/// Which slot a table takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The next one.
    Next,
    /// One that was kept for it.
    Slot(usize),
}

#[derive(Clone)]
pub(super) struct State<'a> {
    pub(super) firmware: &'a Firmware,
    pub(super) archive: &'a Archive<'a>,
    pub(super) line: &'a Cmdline,
    pub(super) release: &'a Release,
    pub(super) flow: Flow,
    /// Tables of the firmware by address.
    pub(super) by_address: HashMap<u64, usize>,
    /// The slots; those that were kept for a table are empty until it comes.
    pub(super) list: Vec<Option<Installed>>,
    /// How many slots in front are kept for DSDT and FACS.
    pub(super) kept: usize,
    /// Accepted tables that were used or dropped.
    pub(super) used: Vec<bool>,
    outcomes: Vec<Option<TableOutcome>>,
    pub(super) done: Installation,
}

impl<'a> State<'a> {
    pub(super) fn new(boot: &Boot<'a>) -> Self {
        let count = boot.archive.tables.len();
        let kept = match boot.flow {
            Flow::Current => 0,
            // One for the DSDT and one for the FACS; 4.2 has one for each of two FACS.
            _ if boot.release.has(Change::TWO_FACS) && !boot.release.has(Change::MODERN_INSTALL) => 3,
            _ => 2,
        };
        let mut state = State {
            firmware: boot.firmware,
            archive: boot.archive,
            line: boot.line,
            release: boot.release,
            flow: boot.flow,
            by_address: boot.firmware.by_address(),
            list: vec![None; kept],
            kept,
            used: vec![false; count],
            outcomes: vec![None; count],
            done: Installation::default(),
        };
        for line in lines::options(boot.line, boot.release) {
            state.say(line);
        }
        state.mark_upgrade();
        state
    }

    pub(super) fn finish(mut self) -> Installation {
        self.done.slots = self.list.len();
        self.done.list = self.list.into_iter().flatten().collect();
        let unmatched = TableOutcome::Unused(Unused::NoMatch);
        self.done.outcomes = self.outcomes.into_iter().map(|fate| fate.unwrap_or(unmatched)).collect();
        self.done
    }

    /// Notes that the initrd is looked through for tables at this point.
    pub(super) fn mark_upgrade(&mut self) {
        let done = &mut self.done;
        done.upgrade_at =
            Mark { steps: done.trace.len(), log: done.log.len(), kernel_lines: done.kernel_lines.len() };
    }

    pub(super) fn bytes(&self, origin: Origin) -> &'a [u8] {
        match origin {
            Origin::Firmware(index) => self.firmware.tables.get(index).map_or(&[], |table| &table.bytes),
            Origin::Archive(index) => self.archive.tables.get(index).copied().unwrap_or_default(),
        }
    }

    /// The table in a slot.
    pub(super) fn at(&self, slot: usize) -> Option<Installed> {
        self.list.get(slot).copied().flatten()
    }

    /// The signature of the table in a slot.
    pub(super) fn name_at(&self, slot: usize) -> Option<Signature> {
        self.at(slot).map(|table| signature(self.bytes(table.origin)))
    }

    /// A file of the archive as events name it.
    pub(super) fn file(&self, index: usize) -> Foreign {
        let name = self.archive.names.get(index).cloned();
        name.unwrap_or_else(|| Foreign::from(format_args!("table {index} of the archive")))
    }

    /// How an event names a table of the firmware.
    pub(super) fn table_at(&self, origin: Origin, address: Option<u64>) -> Foreign {
        let at = address.map_or_else(String::new, |address| format!(" at {address:#x}"));
        Foreign::from(signature(self.bytes(origin))) + at
    }

    pub(super) fn step(
        &mut self,
        phase: Phase,
        function: &'static str,
        table: Option<usize>,
        event: impl Into<Event>,
        why: impl Into<Foreign>,
    ) {
        let step = Step { phase, function, table, archive: None, event: event.into(), why: why.into() };
        self.done.trace.push(step);
    }

    /// A step about a table of the archive.
    pub(super) fn archive_step(&mut self, index: usize, mut step: Step) {
        step.archive = Some(index);
        self.done.trace.push(step);
    }

    /// A line of the kernel about its list.
    pub(super) fn say(&mut self, line: String) {
        self.done.kernel_lines.push(line);
    }

    /// A line of the kernel about the archive's tables.
    pub(super) fn say_override(&mut self, line: String) {
        self.done.log.push(line.clone());
        self.done.kernel_lines.push(line);
    }

    pub(super) fn say_header(&mut self, slot: usize) {
        // What a DSDT that is built in says of itself is not known.
        let is_built_in = self.release.build.has_custom_dsdt && self.name_at(slot) == Some(DSDT);
        if let Some(table) = self.at(slot).filter(|_| !is_built_in) {
            self.say(lines::header(self.bytes(table.origin), table.address, self.release));
        }
    }

    /// Says of all accepted tables that they are not used, and takes them out of the way.
    pub(super) fn leave_unused(&mut self, why: Unused) {
        self.outcomes.fill(Some(TableOutcome::Unused(why)));
        self.used.fill(true);
    }

    /// What becomes of a table of the archive, where nothing became of it before.
    pub(super) fn decide(&mut self, candidate: usize, fate: TableOutcome) {
        if let Some(place) = self.outcomes.get_mut(candidate) {
            place.get_or_insert(fate);
        }
    }

    /// Whether each entry of the root table has its slot from the start.
    pub(super) fn slots_come_first(&self) -> bool {
        self.flow != Flow::Current && !self.release.has(Change::APPENDED)
    }

    /// An entry of the root table that names no table which is known: gives the table's number if there is one.
    pub(super) fn known(&mut self, function: &'static str, entry: Entry, why: &Foreign) -> Option<usize> {
        match entry {
            Entry::Table(index) => Some(index),
            Entry::Null if self.release.has(Change::NULL_ENTRIES_SKIPPED) => {
                self.step(Phase::Install, function, None, "an empty entry is skipped", why);
                None
            }
            Entry::Null => {
                let slot = self.leave_empty();
                let why = why.clone() + "; kernels up to 3.15 complain of it and keep its slot";
                self.step(Phase::Install, function, Some(slot), "an empty entry: the slot stays empty", why);
                None
            }
            Entry::Unknown(address) => {
                let slot = self.leave_empty();
                let event = format!("what lies at {address:#x} is not known: the slot is shown empty");
                self.step(Phase::Install, function, Some(slot), event, why);
                None
            }
        }
    }

    fn leave_empty(&mut self) -> usize {
        self.list.push(None);
        self.list.len() - 1
    }

    /// Puts a table of the firmware into the list, as it is: [`Attempt::At`] tells the slot, and whether it was filled now.
    ///
    /// # Kernel
    /// `acpi_tb_install_standard_table` and `acpi_tb_install_fixed_table` (ACPICA), `acpi_tb_install_table` up to 3.15.
    pub(super) fn enter(
        &mut self,
        function: &'static str,
        place: Place,
        index: usize,
        why: Foreign,
    ) -> (Attempt, bool) {
        let Some(table) = self.firmware.tables.get(index) else { return (Attempt::Failed, false) };
        let (origin, address) = (Origin::Firmware(index), table.address);
        let (name, at) = (table.signature(), self.table_at(origin, address));
        let refused = |state: &mut Self, slot: Option<usize>, why: Foreign| {
            state.step(Phase::Install, function, slot, at.clone() + " is not installed", why);
        };
        if let Place::Slot(slot) = place
            && let wanted = if slot == 0 { DSDT } else { FACS }
            && name != wanted
        {
            let why = Foreign::from("what the FADT names as ") + wanted + " has another signature";
            refused(self, Some(slot), why);
            return (Attempt::Failed, false);
        }
        if name == SSDT && self.line.acpi_no_static_ssdt && self.release.has(Change::NO_STATIC_SSDT) {
            self.say_override(lines::ignoring(&table.bytes, address));
            refused(self, None, Unused::NoStaticSsdt.why().into());
            return (Attempt::Silent, false);
        }
        if let Some(slot) = self.same_as_listed(&table.bytes) {
            refused(
                self,
                Some(slot),
                format!("slot {slot} has the same bytes (acpi_force_table_verification)").into(),
            );
            return (Attempt::At(slot), false);
        }
        let slot = match place {
            Place::Slot(slot) => slot,
            Place::Next if self.list.len() < EARLY_LIST_LEN => {
                self.list.push(None);
                self.list.len() - 1
            }
            Place::Next => {
                self.step(Phase::Install, function, None, Event::Lost(at), Unused::NoRoom.why());
                let told = !self.release.has(Change::MODERN_INSTALL);
                return (if told { Attempt::Failed } else { Attempt::Silent }, false);
            }
        };
        self.step(Phase::Install, function, Some(slot), at, why);
        if let Some(entry) = self.list.get_mut(slot) {
            *entry = Some(Installed { slot, origin, replaced: None, address, copy_of: None });
        }
        (Attempt::At(slot), true)
    }

    /// The slot of a table with the same bytes, where the kernel verifies tables as it installs them.
    pub(super) fn same_as_listed(&self, table: &[u8]) -> Option<usize> {
        if !self.verifies() || !self.release.has(Change::COPIES_DROPPED) {
            return None;
        }
        let same = |listed: &&Installed| {
            let bytes = self.bytes(listed.origin);
            is_whole(bytes) && is_whole(table) && content(bytes) == content(table)
        };
        self.list.iter().flatten().find(same).map(|listed| listed.slot)
    }

    /// Whether tables are verified as they are installed.
    pub(super) fn verifies(&self) -> bool {
        self.line.acpi_force_table_verification && self.release.has(Change::VERIFICATION_LINE)
    }

    /// The revision of the table in a slot.
    pub(super) fn revision_at(&self, slot: usize) -> Option<u8> {
        self.at(slot).and_then(|table| self.bytes(table.origin).get(8).copied())
    }

    /// Sets the width of integers by the revision of a DSDT.
    pub(super) fn set_integer_width(&mut self, revision: Option<u8>) {
        self.done.aml_integer_bits = revision.map(|revision| if revision < 2 { 32 } else { 64 });
    }

    /// The memory of all tables so far is reserved, up to the first empty slot.
    ///
    /// # Kernel
    /// `acpi_reserve_initial_tables` in drivers/acpi/tables.c.
    pub(super) fn reserve(&mut self) {
        if !self.release.has(Change::RESERVING_LINES) {
            return;
        }
        let first_empty = self.list.iter().take(self.kept).position(Option::is_none);
        let reach = first_empty.unwrap_or(self.list.len());
        for table in self.list.iter().take(reach).flatten().copied().collect::<Vec<_>>() {
            if let Some(address) = table.address {
                self.say(lines::reserving(self.bytes(table.origin), address));
            }
        }
    }
}
