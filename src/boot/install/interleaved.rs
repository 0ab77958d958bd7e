//! The flows in which a table is replaced before the next one is looked at: today's, and the one of 2013.
//!
//! They differ in the slots. Today the list grows, and DSDT and FACS follow the FADT. Up to 4.2 the first slots are kept for DSDT
//! and FACS, and the root table's entries begin behind them.

use super::fadt::Pointer;
use super::firmware;
use super::state::{Attempt, Place, State};
use super::{DSDT, EARLY_LIST_LEN, Event, FACP, FACS, Flow, OrderSource, Phase, Unused, lines};
use crate::boot::kernel::release::Change;
use crate::foreign::Foreign;
use crate::table::Signature;

const ROOT: &str = "acpi_tb_parse_root_table";
const FADT: &str = "acpi_tb_parse_fadt";

pub(super) fn run(state: &mut State<'_>) {
    let Some(walk) = state.begin(ROOT) else { return };
    // The kernel looks at the slot that the last attempt filled in, whether or not it was this entry's; the flow of 2013
    // looked at the entry's own.
    let own_only = state.flow != Flow::Current
        && (state.release.has(Change::MODERN_INSTALL) || state.slots_come_first());
    let mut last = None;
    for (number, entry) in walk.entries.iter().enumerate() {
        let why = state.why_listed(&walk, number);
        let Some(index) = state.known(ROOT, *entry, &why) else { continue };
        match state.whole(ROOT, Place::Next, index, why) {
            Attempt::At(slot) => last = Some(slot),
            Attempt::Silent if !own_only => {}
            Attempt::Silent | Attempt::Failed => continue,
        }
        if let Some(slot) = last.filter(|slot| state.name_at(*slot) == Some(FACP)) {
            state.fadt(slot);
        }
    }
    state.reserve();
}

impl State<'_> {
    /// Chooses the root table and says what is said before its first entry; `None` when there is none that the kernel
    /// takes.
    pub(super) fn begin(&mut self, function: &'static str) -> Option<firmware::Walk> {
        if self.release.has(Change::VERIFICATION_LINE) {
            let how = if self.verifies() { "enabled" } else { "disabled" };
            self.say(format!("ACPI: Early table checksum verification {how}"));
        }
        let mut walk = firmware::walk(self.firmware, self.line, self.release);
        let roots = &self.firmware.roots;
        if let Some(rsdp) = &roots.rsdp
            && let Some(line) = lines::rsdp(&rsdp.bytes, rsdp.address, self.release)
        {
            self.say(line);
        }
        let root = [&roots.rsdt, &roots.xsdt]
            .into_iter()
            .flatten()
            .find(|table| Some(table.signature()) == walk.chosen);
        if let Some(root) = root {
            self.say(lines::header(&root.bytes, root.address, self.release));
        }
        for (event, why) in &walk.notes {
            self.step(Phase::Install, function, None, event.clone(), why.clone());
        }
        if let Some(why) = &walk.failed {
            self.step(Phase::Install, function, None, Event::SwitchedOff, why.clone());
            self.leave_unused(Unused::AcpiOff);
            return None;
        }
        let room = EARLY_LIST_LEN.saturating_sub(self.kept);
        if self.slots_come_first() && walk.entries.len() > room {
            let lost = walk.entries.len() - room;
            self.step(Phase::Install, function, None, Event::CutOff(lost), Unused::NoRoom.why());
            walk.entries.truncate(room);
        }
        Some(walk)
    }

    /// Why a table stands where it does.
    pub(super) fn why_listed(&self, walk: &firmware::Walk, number: usize) -> Foreign {
        if let Some(root) = walk.root {
            return Foreign::from(format_args!("entry {number} of the ")) + root;
        }
        match self.firmware.order {
            OrderSource::RootTable => "its place in the recorded order",
            OrderSource::Log => "its place in the kernel's log",
            OrderSource::Given => "the order that was given",
            OrderSource::Usual => "the usual order: none was recorded",
        }
        .into()
    }

    /// Both halves of an installation: the table of the firmware goes into the list, and what the archive has for it takes
    /// its place. Where the flow has the halves apart, each prints the table's line.
    ///
    /// # Kernel
    /// `acpi_tb_install_standard_table` and `acpi_tb_install_table_with_override` (ACPICA); `acpi_tb_install_table` up to 3.15.
    pub(super) fn whole(
        &mut self,
        function: &'static str,
        place: Place,
        index: usize,
        why: Foreign,
    ) -> Attempt {
        let (attempt, is_new) = self.enter(function, place, index, why);
        if let (Attempt::At(slot), true) = (attempt, is_new) {
            if self.flow == Flow::TwoStep {
                self.say_header(slot);
            }
            self.override_slot(slot);
            self.say_header(slot);
        }
        attempt
    }

    /// The FADT in a slot brings in DSDT and FACS: into the next slots, or those that are kept for them.
    pub(super) fn fadt(&mut self, slot: usize) {
        let pointers = self.fadt_pointers(slot);
        let kept = |slot: usize| if self.kept > slot { Place::Slot(slot) } else { Place::Next };
        let places = [kept(0), kept(1), kept(2)];
        match pointers.dsdt {
            Some(pointer) => self.follow(DSDT, pointer, places[0]),
            None => self.step(Phase::Install, FADT, None, "no DSDT is installed", "the FADT names none"),
        }
        if self.kept == 2 || !self.release.has(Change::TWO_FACS) {
            pointers.one_facs.into_iter().for_each(|pointer| self.follow(FACS, pointer, places[1]));
            return;
        }
        for pointer in pointers.facs {
            let place = if pointer.field.starts_with("X_") { places[2] } else { places[1] };
            self.follow(FACS, pointer, place);
        }
    }

    fn follow(&mut self, kind: Signature, pointer: Pointer, place: Place) {
        let Some(index) = self.pointed(kind, pointer.address) else {
            let event = Event::NotKnown(kind, pointer.address);
            self.step(Phase::Install, FADT, None, event, pointer.why());
            return;
        };
        // The series sets the width in the half that installs, all others after the replacement.
        let width_of_firmware = self.firmware.tables.get(index).and_then(|table| table.bytes.get(8).copied());
        if let Attempt::At(slot) = self.whole(FADT, place, index, pointer.why().into()) {
            self.select(kind, slot);
            if kind == DSDT {
                match self.flow {
                    Flow::TwoStep => self.set_integer_width(width_of_firmware),
                    Flow::Current | Flow::OneByOne => self.set_integer_width(self.revision_at(slot)),
                }
            }
        }
    }
}
