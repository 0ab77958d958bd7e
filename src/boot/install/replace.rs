//! The rule by which a table of the archive takes the place of one in the list: the release's matter, the same in all flows.

use super::firmware;
use super::state::State;
use super::{DSDT, Installed, Origin, Phase, Step, TableOutcome, lines};
use crate::boot::kernel::release::Change;
use crate::table::{HEADER_LEN, Header};

/// What comes of holding one table of the archive against a table of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReplaceOutcome {
    /// It was used or dropped before.
    Used,
    /// It is not newer.
    NotNewer,
    /// It takes the place.
    Replaces,
}

impl State<'_> {
    /// Holds every table of the archive against a header, in archive order, up to the first that replaces it.
    ///
    /// # Kernel
    /// `acpi_table_initrd_override` (4.7 and later): a table is marked as used when its identity matches, whatever
    /// its revision. `acpi_os_physical_table_override` (before): signature and OEM table ID decide, a table can replace
    /// several, and the search ends before a last table of no more than a header, unless it is the only one.
    fn verdicts(&self, existing: &Header, used: &mut [bool]) -> Vec<(usize, ReplaceOutcome)> {
        let total = self.archive.len();
        let (mut offset, mut found) = (0, Vec::new());
        for (candidate, table) in self.archive.tables.iter().enumerate() {
            let at = offset;
            offset += table.len();
            if !self.release.has(Change::EXACT_IDENTITY)
                && (self.archive.lost || at > 0 && at + HEADER_LEN >= total)
            {
                break;
            }
            let Some(new) = Header::parse(table) else { continue };
            if !self.release.is_meant_for(&new.identity(), &existing.identity()) {
                continue;
            }
            let verdict = if !self.release.has(Change::EXACT_IDENTITY) {
                ReplaceOutcome::Replaces
            } else {
                let was_used = used.get_mut(candidate).is_none_or(|used| std::mem::replace(used, true));
                match (was_used, existing.oem_revision >= new.oem_revision) {
                    (true, _) => ReplaceOutcome::Used,
                    (false, true) => ReplaceOutcome::NotNewer,
                    (false, false) => ReplaceOutcome::Replaces,
                }
            };
            found.push((candidate, verdict));
            if verdict == ReplaceOutcome::Replaces {
                break;
            }
        }
        found
    }

    /// The DSDT that the kernel was built with takes the place of the firmware's before the archive is asked. What is in it
    /// is not known.
    ///
    /// # Kernel
    /// `acpi_os_table_override` in drivers/acpi/osl.c and tables.c.
    fn replace_by_built_in(&mut self, slot: usize, old: Installed) {
        let bytes = self.bytes(old.origin);
        self.taint(bytes);
        self.say_override(lines::built_in_place(old.address, self.release));
        let why = "CONFIG_ACPI_CUSTOM_DSDT_FILE: it comes before the archive, whatever its identity";
        let event = "a DSDT that the kernel was built with replaces it, which is not known here";
        self.step(Phase::Override, "acpi_os_table_override", Some(slot), event, why);
    }

    /// What taints the kernel: a table that replaces this one.
    fn taint(&mut self, existing: &[u8]) {
        self.say_override(lines::taint(existing));
        if !self.done.tainted {
            self.done.tainted = true;
            self.say(lines::LOCK_DEBUGGING_OFF.to_owned());
        }
    }

    /// Replaces the table in a slot if there is one for it, and says so.
    pub(super) fn override_slot(&mut self, slot: usize) {
        let Some(installed) = self.at(slot) else { return };
        if self.release.build.has_custom_dsdt && self.name_at(slot) == Some(DSDT) {
            return self.replace_by_built_in(slot, installed);
        }
        if let Origin::Firmware(index) = installed.origin {
            self.done.visits.push(index);
        }
        let Some(existing) = firmware::header(self.bytes(installed.origin)) else { return };
        let mut used = std::mem::take(&mut self.used);
        let verdicts = self.verdicts(&existing, &mut used);
        self.used = used;
        let function = if self.release.has(Change::EXACT_IDENTITY) {
            "acpi_table_initrd_override"
        } else {
            "acpi_os_physical_table_override"
        };
        for (candidate, verdict) in verdicts {
            let revision =
                Header::parse(self.bytes(Origin::Archive(candidate))).map_or(0, |new| new.oem_revision);
            let (old, file) = (existing.oem_revision, self.file(candidate));
            let (event, why) = match verdict {
                ReplaceOutcome::Used => (
                    file + " is passed over",
                    "it has this identity, and was used or dropped before".to_owned(),
                ),
                ReplaceOutcome::NotNewer => (
                    file + " is dropped",
                    format!(
                        "it has this identity, but its OEM revision {revision:#x} is not newer than {old:#x}"
                    ),
                ),
                ReplaceOutcome::Replaces if self.release.has(Change::EXACT_IDENTITY) => (
                    file + " replaces it",
                    format!(
                        "signature, OEM ID and OEM table ID are the same, and OEM revision {revision:#x} is newer than {old:#x}"
                    ),
                ),
                ReplaceOutcome::Replaces => {
                    (file + " replaces it", "signature and OEM table ID are the same".to_owned())
                }
            };
            let step = Step {
                phase: Phase::Override,
                function,
                table: Some(slot),
                archive: None,
                event: event.into(),
                why: why.into(),
            };
            self.archive_step(candidate, step);
            match (verdict, installed.origin) {
                (ReplaceOutcome::NotNewer, Origin::Firmware(firmware)) => {
                    self.decide(candidate, TableOutcome::Dropped { firmware, revision: old });
                }
                (ReplaceOutcome::Replaces, _) => self.replace(slot, installed, candidate),
                _ => {}
            }
        }
    }

    fn replace(&mut self, slot: usize, old: Installed, candidate: usize) {
        let (new, address) = (self.bytes(Origin::Archive(candidate)), self.archive.address(candidate));
        if self.release.has(Change::EXACT_IDENTITY) {
            self.say_override(lines::announce_override(new));
        } else {
            self.taint(new);
        }
        self.say_override(lines::override_place(new, old.address, address, self.release));
        let replaced = match old.origin {
            Origin::Firmware(index) => Some(index),
            Origin::Archive(_) => old.replaced,
        };
        if let Some(index) = replaced {
            self.decide(candidate, TableOutcome::Override(index));
        }
        if let Some(place) = self.list.get_mut(slot) {
            *place = Some(Installed { origin: Origin::Archive(candidate), replaced, address, ..old });
        }
    }
}
