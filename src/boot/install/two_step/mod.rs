//! The two-step flow: all tables of the firmware are installed before memblock hands out any memory, and replaced later, all in
//! one go. Between the two, [`early`] reads an SRAT, so that memblock can keep off what it marks.
//!
//! # Kernel
//! The series of August 2013 on linux-mm and linux-acpi ("Split acpi_tb_install_table() into two parts", "Initialize acpi
//! global root table list earlier" and those between and after), written for 3.11 and never merged. What replaces
//! what is the release's own rule here too.

pub mod early;

use super::state::{Attempt, Place, State};
use super::{FACP, Installed, Phase};
use early::EarlySrat;

const INSTALL: &str = "acpi_tb_root_table_install";
const OVERRIDE: &str = "acpi_tb_root_table_override";

pub(in crate::boot::install) fn run(state: &mut State<'_>, early: Option<&EarlySrat>) {
    let listed = install(state);
    early.into_iter().for_each(|early| tell(state, early));
    state.mark_upgrade();
    if !listed {
        return;
    }
    replace(state);
    state.reserve();
    let mut again = state.clone();
    replace(&mut again);
    let origin = |table: &Option<Installed>| table.map(|table| table.origin);
    let slots = (0..again.list.len().max(state.list.len()))
        .filter(|slot| again.list.get(*slot).and_then(origin) != state.list.get(*slot).and_then(origin));
    state.done.changed_by_second_call = Some(slots.collect());
}

/// With `acpi=off` step 1 lists nothing, but the initrd is still searched for an SRAT.
pub(in crate::boot::install) fn without_acpi(state: &mut State<'_>, early: &EarlySrat) {
    state.step(Phase::Install, INSTALL, None, "step 1: no table is listed", "acpi=off");
    tell(state, early);
    state.mark_upgrade();
}

fn tell(state: &mut State<'_>, early: &EarlySrat) {
    state.done.trace.extend(early.trace.iter().cloned());
    early.log.iter().for_each(|line| state.say_override(line.clone()));
}

/// Step 1: every entry of the root table gets its slot; the FADT is not read yet.
fn install(state: &mut State<'_>) -> bool {
    state.step(
        Phase::Install,
        INSTALL,
        None,
        "step 1: the firmware's tables are listed, none is replaced",
        "early_acpi_boot_table_init calls acpi_table_init_firmware, and that acpi_initialize_tables_firmware, \
         right after memblock_x86_fill",
    );
    let Some(walk) = state.begin(INSTALL) else { return false };
    for (number, entry) in walk.entries.iter().enumerate() {
        let why = state.why_listed(&walk, number);
        let Some(index) = state.known(INSTALL, *entry, &why) else { continue };
        if let (Attempt::At(slot), true) =
            state.enter("acpi_tb_install_table_firmware", Place::Next, index, why)
        {
            state.say_header(slot);
        }
    }
    state.step(
        Phase::Install,
        INSTALL,
        None,
        "the slots of DSDT and FACS are empty so far",
        "the FADT, which names them, is read in step 2",
    );
    true
}

/// Step 2: every slot is held against the archive, and the FADT that is in force then brings in DSDT and FACS.
fn replace(state: &mut State<'_>) {
    state.step(
        Phase::Override,
        OVERRIDE,
        None,
        "step 2: acpi_tb_install_table_override holds each slot against the archive",
        "acpi_boot_table_init calls acpi_table_init_override, and that acpi_initialize_tables_override",
    );
    for slot in state.kept..state.list.len() {
        if state.at(slot).is_none() {
            continue;
        }
        state.override_slot(slot);
        state.say_header(slot);
        if state.name_at(slot) == Some(FACP) {
            state.fadt(slot);
        }
    }
}
