//! What all flows share: the list, the rule by which a table of the archive replaces one of the firmware, and the
//! installation of what is left.

use super::firmware::{self, Firmware};
use super::{
    Archive, DSDT, EARLY_LIST_LEN, FACP, Fate, Installation, Installed, Origin, Phase, RSDT, SSDT, Step,
    Unused, XSDT, content, lines, signature,
};
use crate::boot::cmdline::Cmdline;
use crate::boot::release::Release;
use crate::bytes::escape;
use crate::table::{HEADER_LEN, Header, Identity, Signature};
use std::collections::HashMap;

/// What comes of holding one table of the archive against a table of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It was used or dropped before.
    Used,
    /// It is not newer.
    NotNewer,
    /// It takes the place.
    Replaces,
}

pub(super) struct State<'a> {
    pub(super) firmware: &'a Firmware,
    pub(super) archive: &'a Archive<'a>,
    pub(super) line: &'a Cmdline,
    pub(super) release: &'a Release,
    /// Tables of the firmware by address.
    pub(super) by_address: HashMap<u64, usize>,
    /// The slots; fixed slots are empty until they are filled.
    pub(super) list: Vec<Option<Installed>>,
    /// Accepted tables that were used or dropped.
    used: Vec<bool>,
    fates: Vec<Option<Fate>>,
    pub(super) done: Installation,
}

impl<'a> State<'a> {
    pub(super) fn new(
        firmware: &'a Firmware,
        archive: &'a Archive<'a>,
        line: &'a Cmdline,
        release: &'a Release,
    ) -> Self {
        let count = archive.tables.len();
        State {
            firmware,
            archive,
            line,
            release,
            by_address: firmware.by_address(),
            list: Vec::new(),
            used: vec![false; count],
            fates: vec![None; count],
            done: Installation::default(),
        }
    }

    pub(super) fn finish(mut self) -> Installation {
        self.done.slots = self.list.len();
        self.done.list = self.list.into_iter().flatten().collect();
        let unmatched = Fate::Unused(Unused::NoMatch);
        self.done.fates = self.fates.into_iter().map(|fate| fate.unwrap_or(unmatched)).collect();
        self.done
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
    pub(super) fn file(&self, index: usize) -> String {
        self.archive.names.get(index).cloned().unwrap_or_else(|| format!("table {index} of the archive"))
    }

    pub(super) fn step(
        &mut self,
        phase: Phase,
        function: &'static str,
        table: Option<usize>,
        event: impl Into<String>,
        why: impl Into<String>,
    ) {
        let step = Step { phase, function, table, archive: None, event: event.into(), why: why.into() };
        self.done.trace.push(step);
    }

    /// A step about a table of the archive.
    fn archive_step(&mut self, index: usize, mut step: Step) {
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
        if let Some(table) = self.at(slot) {
            self.say(lines::header(self.bytes(table.origin), table.address, self.release));
        }
    }

    /// Says of all accepted tables that they are not used, and takes them out of the way.
    pub(super) fn leave_unused(&mut self, why: Unused) {
        self.fates.fill(Some(Fate::Unused(why)));
        self.used.fill(true);
    }

    fn decide(&mut self, candidate: usize, fate: Fate) {
        if let Some(place) = self.fates.get_mut(candidate) {
            place.get_or_insert(fate);
        }
    }

    /// Holds every table of the archive against a header, in archive order, up to the first that replaces it.
    ///
    /// # Kernel
    /// `acpi_table_initrd_override` (4.7 and later): a table is marked as used when its identity matches, whatever
    /// its revision. `acpi_os_physical_table_override` (before): signature and OEM table ID decide, a table can replace
    /// several, and a last table of no more than a header is not looked at.
    fn verdicts(&self, existing: &Header, used: &mut [bool]) -> Vec<(usize, Verdict)> {
        let total = self.archive.len();
        let (mut offset, mut found) = (0, Vec::new());
        for (candidate, table) in self.archive.tables.iter().enumerate() {
            let at = offset;
            offset += table.len();
            let Some(new) = Header::parse(table) else { continue };
            if !self.same(&existing.identity(), &new.identity()) {
                continue;
            }
            let verdict = if !self.release.exact_identity {
                if self.archive.lost || at + HEADER_LEN >= total {
                    continue;
                }
                Verdict::Replaces
            } else {
                let was_used = used.get_mut(candidate).is_none_or(|used| std::mem::replace(used, true));
                match (was_used, existing.oem_revision >= new.oem_revision) {
                    (true, _) => Verdict::Used,
                    (false, true) => Verdict::NotNewer,
                    (false, false) => Verdict::Replaces,
                }
            };
            found.push((candidate, verdict));
            if verdict == Verdict::Replaces {
                break;
            }
        }
        found
    }

    fn same(&self, one: &Identity, other: &Identity) -> bool {
        one.signature == other.signature
            && one.oem_table_id == other.oem_table_id
            && (!self.release.exact_identity || one.oem_id == other.oem_id)
    }

    /// Replaces the table in a slot if the archive has one for it, and says so.
    pub(super) fn override_slot(&mut self, slot: usize) {
        let Some(installed) = self.at(slot) else { return };
        let Some(existing) = firmware::header(self.bytes(installed.origin)) else { return };
        let mut used = std::mem::take(&mut self.used);
        let verdicts = self.verdicts(&existing, &mut used);
        self.used = used;
        let function = if self.release.exact_identity {
            "acpi_table_initrd_override"
        } else {
            "acpi_os_physical_table_override"
        };
        for (candidate, verdict) in verdicts {
            let revision =
                Header::parse(self.bytes(Origin::Archive(candidate))).map_or(0, |new| new.oem_revision);
            let (old, file) = (existing.oem_revision, self.file(candidate));
            let (event, why) = match verdict {
                Verdict::Used => (
                    format!("{file} is passed over"),
                    "it has this identity, and was used or dropped before".to_owned(),
                ),
                Verdict::NotNewer => (
                    format!("{file} is dropped"),
                    format!(
                        "it has this identity, but its OEM revision {revision:#x} is not newer than {old:#x}"
                    ),
                ),
                Verdict::Replaces if self.release.exact_identity => (
                    format!("{file} replaces it"),
                    format!(
                        "signature, OEM ID and OEM table ID are the same, and OEM revision {revision:#x} is newer than {old:#x}"
                    ),
                ),
                Verdict::Replaces => {
                    (format!("{file} replaces it"), "signature and OEM table ID are the same".to_owned())
                }
            };
            let step =
                Step { phase: Phase::Override, function, table: Some(slot), archive: None, event, why };
            self.archive_step(candidate, step);
            match (verdict, installed.origin) {
                (Verdict::NotNewer, Origin::Firmware(firmware)) => {
                    self.decide(candidate, Fate::Dropped { firmware, revision: old });
                }
                (Verdict::Replaces, _) => self.replace(slot, installed, candidate),
                _ => {}
            }
        }
    }

    fn replace(&mut self, slot: usize, old: Installed, candidate: usize) {
        let (new, address) = (self.bytes(Origin::Archive(candidate)), self.archive.address(candidate));
        self.done.tainted |= !self.release.exact_identity;
        self.say_override(lines::announce_override(new, self.release));
        self.say_override(lines::override_place(new, old.address, address, self.release));
        let replaced = match old.origin {
            Origin::Firmware(index) => Some(index),
            Origin::Archive(_) => old.replaced,
        };
        if let Some(index) = replaced {
            self.decide(candidate, Fate::Override(index));
        }
        if let Some(place) = self.list.get_mut(slot) {
            *place = Some(Installed { origin: Origin::Archive(candidate), replaced, address, ..old });
        }
    }

    /// What no firmware table wanted is installed behind them, unless the release only replaces.
    ///
    /// # Kernel
    /// `acpi_table_initrd_scan` in drivers/acpi/tables.c.
    pub(super) fn leftovers(&mut self) {
        const FUNCTION: &str = "acpi_table_initrd_scan";
        for index in 0..self.archive.tables.len() {
            let bytes = self.bytes(Origin::Archive(index));
            let (name, file) = (signature(bytes), self.file(index));
            let phase = Phase::InstallNew;
            if matches!(name, RSDT | XSDT) {
                self.decide(index, Fate::Unused(Unused::RootTable));
                self.step(phase, FUNCTION, None, format!("{file} is never used"), Unused::RootTable.why());
                continue;
            }
            if !self.release.installs_leftovers || self.used.get(index).copied().unwrap_or(true) {
                continue;
            }
            if let Some(used) = self.used.get_mut(index) {
                *used = true;
            }
            self.say_override(lines::announce_install(bytes));
            if name == SSDT && self.line.acpi_no_static_ssdt {
                self.say_override(lines::ignoring(bytes, self.archive.address(index)));
                self.decide(index, Fate::Unused(Unused::NoStaticSsdt));
                self.step(
                    phase,
                    FUNCTION,
                    None,
                    format!("{file} is not installed"),
                    Unused::NoStaticSsdt.why(),
                );
                continue;
            }
            if self.list.len() >= EARLY_LIST_LEN {
                self.decide(index, Fate::Unused(Unused::NoRoom));
                self.step(phase, FUNCTION, None, format!("{file} is lost"), Unused::NoRoom.why());
                continue;
            }
            if let Some(same) = self.same_as_listed(bytes) {
                self.decide(index, Fate::Unused(Unused::Copy));
                let why =
                    format!("the table in slot {same} has the same bytes (acpi_force_table_verification)");
                self.step(phase, FUNCTION, Some(same), format!("{file} is not installed"), why);
                continue;
            }
            self.decide(index, Fate::Install);
            let slot = self.list.len();
            let why = self.why_further(bytes);
            let ignored = self.ignored_as_further(name);
            let event = format!("{file} is installed{ignored}");
            let step = Step { phase, function: FUNCTION, table: Some(slot), archive: None, event, why };
            self.archive_step(index, step);
            let address = self.archive.address(index);
            let origin = Origin::Archive(index);
            self.list.push(Some(Installed { slot, origin, replaced: None, address, copy_of: None }));
            self.say_header(slot);
        }
    }

    /// The slot of a table with the same bytes, where the kernel verifies tables as it installs them.
    pub(super) fn same_as_listed(&self, table: &[u8]) -> Option<usize> {
        if !self.line.acpi_force_table_verification || !self.release.drops_copies {
            return None;
        }
        let same = |listed: &&Installed| content(self.bytes(listed.origin)) == content(table);
        self.list.iter().flatten().find(same).map(|listed| listed.slot)
    }

    /// Why a table of the archive replaces nothing: how it differs from the firmware's of its signature.
    fn why_further(&self, new: &[u8]) -> String {
        let none = |name: Signature| format!("the firmware has no {name}");
        let Some(new) = Header::parse(new) else { return String::new() };
        let of_kind: Vec<Header> = self
            .firmware
            .tables
            .iter()
            .filter_map(|table| Header::parse(&table.bytes))
            .filter(|header| header.signature == new.signature)
            .collect();
        let (Some(nearest), name) = (nearest(&of_kind, &new), new.signature) else {
            return none(new.signature);
        };
        if nearest.identity() == new.identity() {
            return format!("another file replaced the firmware's {name} already");
        }
        let differs = |what: &str, one: &[u8], other: &[u8]| {
            (one != other).then(|| format!("{what} \"{}\", not \"{}\"", escape(other), escape(one)))
        };
        let fields = [
            differs("OEM ID", &new.oem_id, &nearest.oem_id),
            differs("OEM table ID", &new.oem_table_id, &nearest.oem_table_id),
        ];
        let fields: Vec<String> = fields.into_iter().flatten().collect();
        if of_kind.len() > 1 {
            format!("no {name} of the firmware has its identity; the nearest has {}", fields.join(" and "))
        } else {
            format!("the firmware's {name} has {}", fields.join(" and "))
        }
    }

    /// What is added to the news of a further table where Linux will never look at it.
    fn ignored_as_further(&self, name: Signature) -> String {
        if matches!(&name.0, b"SSDT" | b"PSDT" | b"UEFI" | b"BERT") {
            return String::new();
        }
        let first = self.list.iter().flatten().find(|table| signature(self.bytes(table.origin)) == name);
        match (first, name) {
            (_, DSDT) => ", and never loaded as the FADT names the DSDT".to_owned(),
            (_, FACP) => ", and never read as only the root table brings in a FADT".to_owned(),
            (Some(first), _) => format!(", and ignored as Linux uses the first {name} (slot {})", first.slot),
            (None, _) => String::new(),
        }
    }

    /// How an event names a table of the firmware.
    pub(super) fn table_at(&self, origin: Origin, address: Option<u64>) -> String {
        let name = signature(self.bytes(origin));
        address.map_or_else(|| name.to_string(), |address| format!("{name} at {address:#x}"))
    }

    /// Sets the width of integers by the revision of the DSDT in force.
    pub(super) fn set_integer_width(&mut self, slot: usize) {
        let revision = self.at(slot).and_then(|table| self.bytes(table.origin).get(8).copied());
        self.done.aml_integer_bits = revision.map(|revision| if revision < 2 { 32 } else { 64 });
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
