//! What no table of the firmware wanted is installed behind them, unless the release only replaces.

use super::state::State;
use super::{
    DSDT, EARLY_LIST_LEN, Event, FACP, Installed, Origin, Phase, RSDT, SSDT, Step, TableOutcome, Unused,
    XSDT, lines, signature,
};
use crate::boot::kernel::release::Change;
use crate::foreign::Foreign;
use crate::table::{Header, Signature};

const FUNCTION: &str = "acpi_table_initrd_scan";

impl State<'_> {
    /// Installs what is left of the archive.
    ///
    /// # Kernel
    /// `acpi_table_initrd_scan` in drivers/acpi/tables.c, 4.7 to 7.3.
    pub(super) fn leftovers(&mut self) {
        let phase = Phase::InstallNew;
        for index in 0..self.archive.tables.len() {
            let bytes = self.bytes(Origin::Archive(index));
            let (name, file) = (signature(bytes), self.file(index));
            if matches!(name, RSDT | XSDT) {
                self.decide(index, TableOutcome::Unused(Unused::RootTable));
                self.step(phase, FUNCTION, None, file + " is never used", Unused::RootTable.why());
                continue;
            }
            if !self.release.has(Change::EXACT_IDENTITY) || self.used.get(index).copied().unwrap_or(true) {
                continue;
            }
            if let Some(used) = self.used.get_mut(index) {
                *used = true;
            }
            self.say_override(lines::announce_install(bytes));
            if name == SSDT && self.line.acpi_no_static_ssdt {
                self.say_override(lines::ignoring(bytes, self.archive.address(index)));
                self.decide(index, TableOutcome::Unused(Unused::NoStaticSsdt));
                self.step(phase, FUNCTION, None, file + " is not installed", Unused::NoStaticSsdt.why());
                continue;
            }
            if self.list.len() >= EARLY_LIST_LEN {
                self.decide(index, TableOutcome::Unused(Unused::NoRoom));
                self.step(phase, FUNCTION, None, Event::Lost(file), Unused::NoRoom.why());
                continue;
            }
            if let Some(same) = self.same_as_listed(bytes) {
                self.decide(index, TableOutcome::Unused(Unused::Copy));
                let why =
                    format!("the table in slot {same} has the same bytes (acpi_force_table_verification)");
                self.step(phase, FUNCTION, Some(same), file + " is not installed", why);
                continue;
            }
            self.decide(index, TableOutcome::Install);
            let slot = self.list.len();
            let why = self.why_further(bytes);
            let ignored = self.ignored_as_further(name);
            let event = (file + " is installed" + ignored).into();
            let step = Step { phase, function: FUNCTION, table: Some(slot), archive: None, event, why };
            self.archive_step(index, step);
            let address = self.archive.address(index);
            let origin = Origin::Archive(index);
            self.list.push(Some(Installed { slot, origin, replaced: None, address, copy_of: None }));
            self.say_header(slot);
        }
    }

    /// Why a table of the archive replaces nothing: how it differs from the firmware's of its signature.
    fn why_further(&self, new: &[u8]) -> Foreign {
        let Some(new) = Header::parse(new) else { return Foreign::default() };
        let of_kind: Vec<Header> = self
            .firmware
            .tables
            .iter()
            .filter_map(|table| Header::parse(&table.bytes))
            .filter(|header| header.signature == new.signature)
            .collect();
        let (Some(nearest), name) = (nearest(&of_kind, &new), new.signature) else {
            return Foreign::from("the firmware has no ") + new.signature;
        };
        if nearest.identity() == new.identity() {
            return Foreign::from("another file replaced the firmware's ") + name + " already";
        }
        let differs = |what: &str, one: &[u8], other: &[u8]| {
            (one != other).then(|| Foreign::from(what) + " \"" + other + "\", not \"" + one + "\"")
        };
        let fields = [
            differs("OEM ID", &new.oem_id, &nearest.oem_id),
            differs("OEM table ID", &new.oem_table_id, &nearest.oem_table_id),
        ];
        let fields = Foreign::joined(fields.into_iter().flatten(), " and ");
        if of_kind.len() > 1 {
            Foreign::from("no ") + name + " of the firmware has its identity; the nearest has " + fields
        } else {
            Foreign::from("the firmware's ") + name + " has " + fields
        }
    }

    /// What is added to the news of a further table where Linux will never look at it.
    fn ignored_as_further(&self, name: Signature) -> Foreign {
        if matches!(&name.0, b"SSDT" | b"PSDT" | b"UEFI" | b"BERT") {
            return Foreign::default();
        }
        let first = self.list.iter().flatten().find(|table| signature(self.bytes(table.origin)) == name);
        match (first, name) {
            (_, DSDT) => ", and never loaded as the FADT names the DSDT".into(),
            (_, FACP) => ", and never read as only the root table brings in a FADT".into(),
            (Some(first), _) => {
                Foreign::from(", and ignored as Linux uses the first ")
                    + name
                    + format_args!(" (slot {})", first.slot)
            }
            (None, _) => Foreign::default(),
        }
    }
}

/// Of several tables of a kind, the one that shares most of the identity.
fn nearest<'h>(all: &'h [Header], new: &Header) -> Option<&'h Header> {
    all.iter().max_by_key(|header| {
        (
            header.identity() == new.identity(),
            header.oem_table_id == new.oem_table_id,
            header.oem_id == new.oem_id,
        )
    })
}
