//! The FADT's pointers: which DSDT and FACS it brings in.

use super::state::State;
use super::{DSDT, FACS, FirmwareTable};
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::table::Signature;
use crate::table::fadt::Fadt;

/// An address that the FADT gives, and the field that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) address: u64,
    pub(super) field: &'static str,
    /// The other field where it gives another address.
    pub(super) over: Option<(&'static str, u64)>,
}

impl Pointer {
    /// Why the table at this address is installed.
    pub(super) fn why(&self) -> String {
        match self.over {
            None => format!("the FADT's {}", self.field),
            Some((other, instead)) => format!("the FADT's {}, before its {other}, {instead:#x}", self.field),
        }
    }
}

/// What the FADT in force names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pointers {
    pub(super) dsdt: Option<Pointer>,
    /// Both FACS fields where they are set.
    pub(super) facs: Vec<Pointer>,
    /// The one FACS of kernels that know only one.
    pub(super) one_facs: Option<Pointer>,
}

/// Reads the pointers as far as the table reaches.
///
/// # Kernel
/// `acpi_tb_create_local_fadt` and `acpi_tb_select_address`: where both addresses are set and differ, the wide one is taken,
/// but the narrow one with `acpi_force_32bit_fadt_addr` and, for some releases up to 4.1, in any case.
pub(super) fn pointers(fadt: &[u8], line: &Cmdline, release: &Release) -> Pointers {
    let Ok(fadt) = Fadt::parse(fadt) else { return Pointers::default() };
    let narrow_wins = (line.acpi_force_32bit_fadt_addr && release.has(Change::FORCED_NARROW_FADT))
        || release.prefers_narrow_fadt;
    let set = |field, address: u64| (address != 0).then_some(Pointer { address, field, over: None });
    let select = |narrow: Option<Pointer>, wide: Option<Pointer>| match (narrow, wide) {
        (Some(narrow), Some(wide)) if narrow.address != wide.address => {
            let (taken, other) = if narrow_wins { (narrow, wide) } else { (wide, narrow) };
            Some(Pointer { over: Some((other.field, other.address)), ..taken })
        }
        (narrow, wide) => wide.or(narrow),
    };
    let narrow = |field, address: Option<u32>| set(field, address.unwrap_or(0).into());
    let wide = |field, address: Option<u64>| set(field, address.unwrap_or(0));
    let facs =
        [narrow("FIRMWARE_CTRL", fadt.firmware_ctrl()), wide("X_FIRMWARE_CTRL", fadt.x_firmware_ctrl())];
    let has_facs = !fadt.is_hw_reduced() || release.has(Change::FACS_ALWAYS);
    Pointers {
        dsdt: select(narrow("DSDT", fadt.dsdt()), wide("X_DSDT", fadt.x_dsdt())),
        one_facs: select(facs[0], facs[1]).filter(|_| has_facs),
        facs: facs.into_iter().flatten().filter(|_| has_facs).collect(),
    }
}

impl State<'_> {
    /// The firmware table at an address that the FADT gives. Where addresses are not known, the first table of that kind
    /// is meant.
    pub(super) fn pointed(&self, kind: Signature, address: u64) -> Option<usize> {
        let first = || {
            let of_kind = |table: &FirmwareTable| table.signature() == kind && table.address.is_none();
            self.firmware.tables.iter().position(of_kind)
        };
        self.by_address.get(&address).copied().or_else(first)
    }

    /// The pointers of the FADT in a slot.
    pub(super) fn fadt_pointers(&self, slot: usize) -> Pointers {
        let bytes = self.at(slot).map_or(&[][..], |table| self.bytes(table.origin));
        pointers(bytes, self.line, self.release)
    }

    /// Notes where the tables that the FADT selected stand.
    pub(super) fn select(&mut self, kind: Signature, slot: usize) {
        match kind {
            DSDT => self.done.dsdt = Some(slot),
            FACS if !self.done.facs.contains(&slot) => self.done.facs.push(slot),
            _ => {}
        }
    }
}
