//! Today's flow: one list that grows, and a table is replaced just before it is entered.

use super::fadt::Pointer;
use super::firmware::{self, Entry};
use super::state::State;
use super::{DSDT, EARLY_LIST_LEN, FACP, FACS, Installed, Origin, Phase, SSDT, Unused, lines};
use crate::table::Signature;

const ROOT: &str = "acpi_tb_parse_root_table";
const FADT: &str = "acpi_tb_parse_fadt";

/// What an attempt to install a table came to.
enum Attempt {
    /// It is in this slot, or one with the same bytes is.
    At(usize),
    /// It is not installed, and nobody is told: the caller's slot number keeps its last value.
    Silent,
    /// Its header cannot be read.
    Failed,
}

pub(super) fn run(state: &mut State<'_>) {
    let walk = state.begin(ROOT);
    if walk.failed.is_some() {
        return;
    }
    let name = walk.root.map_or_else(|| "root table".to_owned(), |name| name.to_string());
    // The kernel looks at the slot that the last attempt filled in, whether or not it was this entry's.
    let mut last = None;
    for (number, entry) in walk.entries.iter().enumerate() {
        let why = if walk.root.is_some() { format!("entry {number} of the {name}") } else { usual(state) };
        match state.entry(*entry, why) {
            Attempt::At(slot) => last = Some(slot),
            Attempt::Silent => {}
            Attempt::Failed => continue,
        }
        if let Some(slot) = last.filter(|slot| state.name_at(*slot) == Some(FACP)) {
            state.fadt(slot);
        }
    }
    state.reserve();
}

/// Why a table stands where it does when no root table was recorded.
fn usual(state: &State<'_>) -> String {
    use super::OrderSource::{Log, RootTable, Usual};
    match state.firmware.order {
        RootTable => "its place in the recorded order",
        Log => "its place in the kernel's log",
        Usual => "the usual order: none was recorded",
    }
    .to_owned()
}

impl State<'_> {
    /// Chooses the root table and says what is said before its first entry.
    pub(super) fn begin(&mut self, function: &'static str) -> firmware::Walk {
        if self.release.announces_verification {
            let how = if self.line.acpi_force_table_verification { "enabled" } else { "disabled" };
            self.say(format!("ACPI: Early table checksum verification {how}"));
        }
        let walk = firmware::walk(self.firmware, self.line, self.release);
        let roots = &self.firmware.roots;
        if let Some(rsdp) = &roots.rsdp
            && let Some(line) = lines::rsdp(&rsdp.bytes, rsdp.address, self.release)
        {
            self.say(line);
        }
        let root = [&roots.rsdt, &roots.xsdt]
            .into_iter()
            .flatten()
            .find(|table| Some(table.signature()) == walk.root);
        if let Some(root) = root {
            self.say(lines::header(&root.bytes, root.address, self.release));
        }
        for (event, why) in &walk.notes {
            self.step(Phase::Install, function, None, event.clone(), why.clone());
        }
        if let Some(why) = &walk.failed {
            self.step(
                Phase::Install,
                function,
                None,
                "no table is installed: ACPI is switched off",
                why.clone(),
            );
            self.leave_unused(Unused::AcpiOff);
        }
        walk
    }

    fn entry(&mut self, entry: Entry, why: String) -> Attempt {
        match entry {
            Entry::Null => {
                self.step(Phase::Install, ROOT, None, "an empty entry is skipped", why);
                Attempt::Failed
            }
            Entry::Unknown(address) => {
                let event = format!("what lies at {address:#x} is not known and left out");
                self.step(Phase::Install, ROOT, None, event, why);
                Attempt::Failed
            }
            Entry::Table(index) => self.standard(ROOT, index, why),
        }
    }

    /// Installs one table of the firmware, or what replaces it.
    ///
    /// # Kernel
    /// `acpi_tb_install_standard_table` and `acpi_tb_install_table_with_override`.
    fn standard(&mut self, function: &'static str, index: usize, why: String) -> Attempt {
        let Some(table) = self.firmware.tables.get(index) else { return Attempt::Failed };
        let (origin, address) = (Origin::Firmware(index), table.address);
        let (name, at) = (table.signature(), self.table_at(origin, address));
        if name == SSDT && self.line.acpi_no_static_ssdt {
            self.say_override(lines::ignoring(&table.bytes, address));
            self.step(
                Phase::Install,
                function,
                None,
                format!("{at} is not installed"),
                Unused::NoStaticSsdt.why(),
            );
            return Attempt::Silent;
        }
        if let Some(slot) = self.same_as_listed(&table.bytes) {
            let why = format!("slot {slot} has the same bytes (acpi_force_table_verification)");
            self.step(Phase::Install, function, Some(slot), format!("{at} is not installed"), why);
            return Attempt::At(slot);
        }
        let slot = self.list.len();
        if slot >= EARLY_LIST_LEN {
            self.step(Phase::Install, function, None, format!("{at} is lost"), Unused::NoRoom.why());
            return Attempt::Silent;
        }
        self.step(Phase::Install, function, Some(slot), at, why);
        self.list.push(Some(Installed { slot, origin, replaced: None, address, copy_of: None }));
        self.override_slot(slot);
        self.say_header(slot);
        Attempt::At(slot)
    }

    /// The FADT in a slot brings in DSDT and FACS; they take the next slots.
    fn fadt(&mut self, slot: usize) {
        let pointers = self.fadt_pointers(slot);
        match pointers.dsdt {
            Some(pointer) => self.follow(DSDT, pointer),
            None => self.step(Phase::Install, FADT, None, "no DSDT is installed", "the FADT names none"),
        }
        for pointer in pointers.facs {
            self.follow(FACS, pointer);
        }
    }

    fn follow(&mut self, kind: Signature, pointer: Pointer) {
        let Some(index) = self.pointed(kind, pointer.address) else {
            let event = format!("the {kind} at {:#x} is not known and left out", pointer.address);
            self.step(Phase::Install, FADT, None, event, pointer.why());
            return;
        };
        if let Attempt::At(slot) = self.standard(FADT, index, pointer.why()) {
            self.select(kind, slot);
            if kind == DSDT {
                self.set_integer_width(slot);
            }
        }
    }

    /// The memory of all tables so far is reserved.
    ///
    /// # Kernel
    /// `acpi_reserve_initial_tables` in drivers/acpi/tables.c.
    fn reserve(&mut self) {
        if !self.release.announces_reservations {
            return;
        }
        for table in self.list.iter().flatten().copied().collect::<Vec<_>>() {
            if let Some(address) = table.address {
                self.say(lines::reserving(self.bytes(table.origin), address));
            }
        }
    }
}
