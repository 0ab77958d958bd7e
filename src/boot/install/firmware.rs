//! What the firmware offers: its tables, where they lie, and the root tables that name them.

use super::order::{Rival, Rivals, rivals};
use super::{DSDT, FACP, FACS};
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::foreign::Foreign;
use crate::table::fadt::Fadt;
use crate::table::root::{RSDT, Root, XSDT};
use crate::table::rsdp::{self, Rsdp};
use crate::table::{HEADER_LEN, Header, Signature};
use std::collections::{HashMap, HashSet};

/// A table of the firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareTable {
    /// Physical address, where it is known.
    pub address: Option<u64>,
    /// Its bytes as they were recorded; the header may claim more or fewer.
    pub bytes: Vec<u8>,
}

impl FirmwareTable {
    /// The signature: the first four bytes, zeros where they are missing.
    pub fn signature(&self) -> Signature {
        super::signature(&self.bytes)
    }

    /// The bytes up to the length in the header, or all where that claims more.
    pub fn content(&self) -> &[u8] {
        super::content(&self.bytes)
    }
}

/// What the order of the firmware's tables rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OrderSource {
    /// The machine's recorded root table.
    RootTable,
    /// The kernel's log of an earlier boot.
    Log,
    /// Who asks said it (`--root-order`).
    Given,
    /// Neither is there: FADT, DSDT and FACS first, then the order of names.
    #[default]
    Usual,
}

/// The pointer and the two lists that lead to all other tables, as far as they were recorded. Of a root table that only
/// the kernel's log tells of, the bytes are its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    /// The RSDP, which has no header of a table.
    pub rsdp: Option<FirmwareTable>,
    /// The RSDT: the list with addresses of 32 bits.
    pub rsdt: Option<FirmwareTable>,
    /// The XSDT: the list with addresses of 64 bits.
    pub xsdt: Option<FirmwareTable>,
}

/// The firmware's tables, and what their order rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Firmware {
    /// All tables, those of the root table in its order, DSDT and FACS where the FADT brings them in.
    pub tables: Vec<FirmwareTable>,
    /// What the order rests on.
    pub order: OrderSource,
    /// The pointer and the lists that lead to them, as far as they are known.
    pub roots: Roots,
    /// Tables of kinds of which nothing says the order, so that their numbers in /sys are not known.
    pub open: Vec<Rival>,
    /// Whether there may be a SRAT that is not among the tables.
    pub may_have_srat: bool,
}

impl Firmware {
    /// Tables of which nothing else tells. Their addresses count where they lead from one table to another; in many dumps they
    /// are zero or nonsense.
    pub fn of(tables: impl IntoIterator<Item = FirmwareTable>) -> Firmware {
        let mut roots = Roots::default();
        let mut rest: Vec<FirmwareTable> = Vec::new();
        for found in tables {
            let place = match found.bytes.get(..4) {
                _ if found.bytes.starts_with(&rsdp::SIGNATURE) => &mut roots.rsdp,
                Some(name) if name == RSDT.0 => &mut roots.rsdt,
                Some(name) if name == XSDT.0 => &mut roots.xsdt,
                _ => {
                    rest.push(found);
                    continue;
                }
            };
            // Firmware may leave an old RSDP beside the new one.
            let revision =
                |table: &FirmwareTable| Rsdp::parse(&table.bytes).map_or(0, |rsdp| rsdp.revision());
            if place.as_ref().is_none_or(|there| revision(there) < revision(&found)) {
                *place = Some(found);
            }
        }
        let addresses: HashSet<u64> = rest.iter().filter_map(|table| table.address).collect();
        let entries = [&roots.xsdt, &roots.rsdt].into_iter().flatten();
        let listed: Vec<u64> = entries
            .filter_map(|table| Root::parse(&table.bytes).ok())
            .flat_map(|root| root.entries().map(|(_, address)| address).collect::<Vec<_>>())
            .collect();
        let by_root = listed.iter().any(|address| addresses.contains(address));
        let by_fadt = rest.iter().filter_map(|table| Fadt::parse(&table.bytes).ok()).any(|fadt| {
            let dsdt = [fadt.x_dsdt(), fadt.dsdt().map(u64::from)];
            dsdt.into_iter().flatten().any(|address| address != 0 && addresses.contains(&address))
        });
        if !by_root && !by_fadt {
            rest.iter_mut().for_each(|table| table.address = None);
        }
        match by_root {
            true => Firmware { order: OrderSource::RootTable, roots, ..Firmware::in_usual_order(rest) },
            false => Firmware::in_usual_order(rest),
        }
    }

    /// Tables whose order nothing tells: FADT, DSDT and FACS first, as they come in almost every machine, then as they are.
    pub fn in_usual_order(mut tables: Vec<FirmwareTable>) -> Firmware {
        tables.sort_by_key(|table| usual_rank(&table.bytes));
        Firmware { tables, ..Firmware::default() }
    }

    /// The same with this table before its rivals, and the number that each table has here, in its order.
    pub fn with_first(&self, rivals: &Rivals, first: usize) -> (Firmware, Vec<usize>) {
        let order = rivals.order(self.tables.len(), first);
        let tables = order.iter().filter_map(|index| self.tables.get(*index).cloned()).collect();
        (Firmware { tables, open: Vec::new(), roots: self.roots.clone(), ..*self }, order)
    }

    /// Tables of which nothing says which comes first, though it decides something.
    pub fn rivals(&self) -> Vec<Rivals> {
        let bytes = |rival: &Rival| Some((self.tables.get(rival.index)?.bytes.as_slice(), rival.clone()));
        rivals(self.open.iter().filter_map(bytes))
    }

    /// What a table is called whose number is not known; `None` for all others.
    pub fn label(&self, index: usize) -> Option<&Foreign> {
        self.open.iter().find(|rival| rival.index == index).map(|rival| &rival.name)
    }

    /// Tables by address.
    pub(super) fn by_address(&self) -> HashMap<u64, usize> {
        let mut all = HashMap::with_capacity(self.tables.len());
        for (index, table) in self.tables.iter().enumerate() {
            if let Some(address) = table.address {
                all.entry(address).or_insert(index);
            }
        }
        all
    }

    /// Whether the tables are those that a hypervisor makes. That they are not proves nothing: some hand out the host's.
    ///
    /// # Spec
    /// ACPI 6.0, 5.2.9: the FADT's Hypervisor Vendor Identity at offset 268. The WAET describes emulated devices.
    pub fn is_virtual(&self) -> bool {
        self.tables.iter().any(|table| {
            let signature = table.signature();
            let oem = table.bytes.get(10..16).unwrap_or_default();
            let named = signature == FACP
                && table.content().get(268..276).is_some_and(|id| id.iter().any(|byte| *byte != 0));
            signature.0 == *b"WAET" || named || VIRTUAL_OEMS.iter().any(|known| oem == known.as_slice())
        })
    }
}

/// OEM IDs of hypervisors' own tables: QEMU, VirtualBox, Hyper-V, Azure, Xen, VMware, Google, crosvm, Cloud Hypervisor, Firecracker,
/// bhyve, Parallels.
const VIRTUAL_OEMS: [&[u8; 6]; 13] = [
    b"BOCHS ",
    b"QEMU  ",
    b"VBOX  ",
    b"VRTUAL",
    b"MSFTVM",
    b"Xen\0\0\0",
    b"VMWARE",
    b"GOOGLE",
    b"CROSVM",
    b"CLOUDH",
    b"FIRECK",
    b"BHYVE ",
    b"PRLS  ",
];

/// Where a table stands among those of which nobody knows the order: FADT, DSDT and FACS come first in almost every
/// machine.
pub fn usual_rank(table: &[u8]) -> u8 {
    match super::signature(table) {
        FACP => 0,
        DSDT => 1,
        FACS => 2,
        _ => 3,
    }
}

/// One entry of the root table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A null address.
    Null,
    /// This table of the firmware.
    Table(usize),
    /// An address at which nothing is known to be.
    Unknown(u64),
}

impl Entry {
    /// The table that it names, where it is known.
    pub(super) fn table(self) -> Option<usize> {
        match self {
            Entry::Table(index) => Some(index),
            Entry::Null | Entry::Unknown(_) => None,
        }
    }
}

/// Which root table the kernel walks, and what it finds there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Walk {
    /// `RSDT` or `XSDT`: the one that the kernel reads, where any was recorded.
    pub chosen: Option<Signature>,
    /// The same where its entries were recorded.
    pub root: Option<Signature>,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// What is to be said about the choice, with the reason.
    pub notes: Vec<(Foreign, Foreign)>,
    /// Why there is no list at all.
    pub failed: Option<Foreign>,
}

/// Chooses the root table and reads its entries. Where none was recorded, the tables' order stands in for it.
///
/// # Kernel
/// `acpi_tb_parse_root_table`: the XSDT if the RSDP has revision 2 or later and names one, unless `acpi=rsdt`. Up to 3.15
/// (`acpi_tb_check_xsdt`, `acpi_tb_validate_xsdt`) an XSDT with an empty entry makes the kernel take the RSDT instead.
pub(super) fn walk(firmware: &Firmware, line: &Cmdline, release: &Release) -> Walk {
    let mut walk = Walk { chosen: None, root: None, entries: Vec::new(), notes: Vec::new(), failed: None };
    let root = match choose(firmware, line, release, &mut walk.notes) {
        Chosen::Recorded(root) => {
            walk.chosen = Some(root.signature());
            Some(root)
        }
        Chosen::Other(root) => Some(root),
        Chosen::Unknown => None,
    };
    let listed = root.and_then(|table| Some((table, Root::parse(&table.bytes).ok()?)));
    if let Some((table, root)) = &listed {
        let (name, length) = (table.signature(), root.header.length as usize);
        let least = HEADER_LEN + if release.has(Change::APPENDED) { root.entry_len() } else { 0 };
        if length < least {
            let why = format_args!(" is {length} bytes long, and must have {least}");
            walk.failed = Some(Foreign::from("the ") + name + why);
            return walk;
        }
    }
    let by_address = firmware.by_address();
    let is_whole = |table: &FirmwareTable, root: &Root<'_>| table.bytes.len() >= root.header.length as usize;
    let header_alone = listed.filter(|(table, root)| !is_whole(table, root)).map(|(_, root)| root);
    let listed = listed.filter(|(table, root)| !by_address.is_empty() && is_whole(table, root));
    let Some((table, root)) = listed else {
        // Tables without a FADT are a part of what a machine has: then DSDT and FACS stand for themselves.
        let has_fadt = firmware.tables.iter().any(|table| table.signature() == FACP);
        let direct =
            |(_, table): &(usize, &FirmwareTable)| !has_fadt || !matches!(table.signature(), DSDT | FACS);
        let tables = firmware.tables.iter().enumerate().filter(direct);
        walk.entries = tables.map(|(index, _)| Entry::Table(index)).collect();
        if let Some(root) = header_alone
            && firmware.order != OrderSource::Usual
        {
            let (name, known) = (root.header.signature, walk.entries.len());
            let listed = (root.header.length as usize).saturating_sub(HEADER_LEN) / root.entry_len();
            if listed == known {
                walk.root = Some(name);
            } else {
                let has = format_args!(" has {listed} entries, and {known} of its tables are known");
                walk.notes.push((Foreign::from("the ") + name + has, "its length gives their number".into()));
            }
        }
        return walk;
    };
    let (name, length) = (table.signature(), root.header.length as usize);
    walk.root = Some(name);
    walk.entries = root
        .entries()
        .map(|(_, address)| match by_address.get(&address) {
            _ if address == 0 => Entry::Null,
            Some(index) => Entry::Table(*index),
            None => Entry::Unknown(address),
        })
        .collect();
    let trailing = root.trailing().len();
    if trailing > 0 {
        let size = root.entry_len();
        walk.notes.push((
            Foreign::from(format_args!("the last {trailing} bytes of the ")) + name + " are ignored",
            format!(
                "its entries are {size} bytes each, and {length} less the header is not a multiple of that"
            )
            .into(),
        ));
    }
    if !root.header.checksum_ok(&table.bytes) {
        let why = "the kernel warns of a root table's checksum and goes on";
        walk.notes.push((Foreign::from("the bytes of the ") + name + " do not sum to 0", why.into()));
    }
    walk
}

/// The root table that the kernel walks.
enum Chosen<'f> {
    /// This one.
    Recorded(&'f FirmwareTable),
    /// One that was not recorded; this other one is taken to name the same tables.
    Other(&'f FirmwareTable),
    /// One that was not recorded.
    Unknown,
}

fn choose<'f>(
    firmware: &'f Firmware,
    line: &Cmdline,
    release: &Release,
    notes: &mut Vec<(Foreign, Foreign)>,
) -> Chosen<'f> {
    let Roots { rsdp, rsdt, xsdt } = &firmware.roots;
    let pointer = rsdp.as_ref().and_then(|table| Rsdp::parse(&table.bytes).ok());
    let mut note = |event: &str, why: &str| notes.push((event.into(), why.into()));
    let names_xsdt = match &pointer {
        Some(pointer) => pointer.revision() > 1 && pointer.xsdt().is_some_and(|address| address != 0),
        None => xsdt.is_some(),
    };
    if let Some(pointer) = &pointer
        && (!pointer.checksum_ok() || pointer.extended_checksum_ok() == Some(false))
    {
        note(
            "the RSDP's bytes do not sum to 0",
            "a search for it passes it over; firmware that hands it over is believed",
        );
    }
    let has_null = |table: &FirmwareTable| {
        Root::parse(&table.bytes).is_ok_and(|root| root.entries().any(|(_, address)| address == 0))
    };
    let (name, why, own, other) = if !names_xsdt {
        ("RSDT", "the RSDP names no XSDT, or is older than revision 2", rsdt, &None)
    } else if line.acpi_rsdt {
        ("RSDT", "acpi=rsdt", rsdt, xsdt)
    } else if !release.has(Change::NULL_ENTRIES_SKIPPED) && xsdt.as_ref().is_some_and(has_null) {
        let why = "the XSDT has an empty entry, for which kernels up to 3.15 drop it as a whole";
        ("RSDT", why, rsdt, &None)
    } else {
        ("XSDT", "the RSDP names it and has revision 2 or later", xsdt, rsdt)
    };
    let substitute =
        |name| format!("the {name} is walked; it is taken to name the same tables as the other one");
    match (own, other) {
        (Some(root), _) => {
            if pointer.is_some() || why == "acpi=rsdt" {
                note(&format!("the {name} is walked"), why);
            }
            Chosen::Recorded(root)
        }
        (None, Some(root)) => {
            note(&substitute(name), &format!("{why}, and none was recorded"));
            Chosen::Other(root)
        }
        (None, None) => {
            if name == "RSDT" && firmware.roots != Roots::default() || why == "acpi=rsdt" {
                note(&substitute(name), &format!("{why}, and none was recorded"));
            }
            Chosen::Unknown
        }
    }
}

/// The header of a table, unless it is a FACS, which has none.
pub(in crate::boot) fn header(table: &[u8]) -> Option<Header> {
    Header::parse(table).filter(|header| header.signature != FACS)
}
