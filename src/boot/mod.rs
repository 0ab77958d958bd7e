//! L2: the model of Linux' boot.
//!
//! [`predict`] takes a [`Machine`] and a [`NextBoot`] and calls the stages one after the other; each is a function from
//! values to values. The folders, in the order in which a boot meets them:
//!
//! - [`kernel`]: which kernel boots: its release, its configuration, its command line.
//! - [`stages`]: the boot itself up to the zones, one file per stage.
//! - [`install`]: the stage that makes the kernel's list of tables, in its three flows.
//! - [`unpack`]: what becomes of an initrd once the kernel unpacks it as a file system.
//! - [`running`]: memory blocks, and what adding memory and taking it offline does after the boot.
//! - [`derived`]: what is read off an [`Outcome`] afterwards: rows, findings, advice, comparisons. Nothing here decides
//!   what the boot does.

pub mod derived;
pub mod install;
pub mod kernel;
pub mod kexec;
mod next;
pub mod places;
pub mod running;
pub mod stages;
pub mod unpack;

use crate::bytes::u32_at;
use crate::memory::arch::Platform;
use crate::memory::efi::EfiMap;
use crate::memory::{PAGE_SIZE, Ranges};
use crate::table::{HEADER_LEN, Signature};
use install::{Archive, EarlySrat, Firmware, Installation, Origin};
use kernel::build::TableSource;
use kexec::Kexec;
pub use next::NextBoot;
use running::block_size;
use running::blocks::{self, Blocks};
use running::settings::Settings;
use stages::e820::{self, FirmwareMap, MemoryMap};
use stages::memblock::{self, Blocker, Given, Memblock, Reservation};
use stages::nodes::{self, Nodes, Region};
use stages::srat::{self, NumaInfo};
use stages::upgrade::{self, Upgrade};
use stages::zones::{self, Zones};
use stages::{kaslr, late};
use std::collections::BTreeSet;
use std::ops::Range;

/// Version of the model, which views carry: it rises when the same inputs can come to another outcome.
pub const MODEL_VERSION: u32 = 1;

/// A machine before the boot: what its firmware gives to every kernel.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// The firmware's tables, in the kernel's order as far as it is known.
    pub firmware: Firmware,
    /// The firmware's memory map, as the boot loader hands it over.
    pub map: FirmwareMap,
    /// Memory that firmware keeps in two copies.
    pub mirrored: Ranges,
    /// EFI's memory map, where a log told it; empty otherwise.
    pub efi: EfiMap,
    /// Whether the machine boots through UEFI.
    pub is_uefi: bool,
    /// Where the kernel lies without KASLR, where the boot loader told.
    pub preferred_address: Option<u64>,
    /// Bytes that the kernel's image takes from there while it unpacks itself; 0 when nobody knows.
    pub init_size: u64,
    /// Whether the processor has pages of 1 GiB; `None` when nobody knows: most have.
    pub gb_pages: Option<bool>,
    /// Whether there is a hypervisor: the processor, the log or the tables tell; `None` when none of them does.
    pub hypervisor: Option<bool>,
    /// The size of memory blocks in the last boot.
    pub block_size: Option<block_size::SeenSize>,
    /// How it is set to treat memory that is added.
    pub added: Settings,
    /// What the machine is. Only one platform is modelled: of all others the tables alone are true.
    pub platform: Platform,
    /// Where kexec puts the next kernel, where no firmware starts it.
    pub kexec: Option<Kexec>,
    /// Whether a log shows that firmware had switched the processors to x2APIC mode.
    pub x2apic: bool,
}

impl Machine {
    /// The same machine, whose next kernel is started by kexec: EFI has given up what it had, and the kernel lies elsewhere.
    #[must_use]
    pub fn by_kexec(self, kexec: Kexec) -> Machine {
        Machine {
            is_uefi: false,
            efi: EfiMap::default(),
            preferred_address: Some(kexec.kernel.start),
            init_size: kexec.kernel.end - kexec.kernel.start,
            map: FirmwareMap { setup_data: vec![kexec.setup_data.clone()], ..self.map },
            kexec: Some(kexec),
            ..self
        }
    }
}

/// What the boot does, stage by stage.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// The memory map as Linux has it after all options.
    pub map: MemoryMap,
    /// What was taken from the initrd; `None` without an initrd.
    pub upgrade: Option<Upgrade<'a>>,
    /// The accepted tables where they were copied to.
    pub archive: Archive<'a>,
    /// The SRAT that was read before memory was handed out; only with the two-step flow.
    pub early_srat: Option<EarlySrat>,
    /// The list of tables.
    pub installation: Installation,
    /// Which table is the SRAT in force.
    pub srat: Option<Origin>,
    /// What the SRAT says.
    pub numa: NumaInfo,
    /// Nodes and their memory.
    pub nodes: Nodes,
    /// Everything reserved before the SRAT was used, in order.
    pub reserved: Vec<Reservation>,
    /// What took hot-pluggable marks away.
    pub blockers: Vec<Blocker>,
    /// RAM with nodes and the marks that are left: the "early memory node ranges".
    pub regions: Vec<Region>,
    /// The zones of each node, in page frames.
    pub zones: Zones,
    /// Where the kernel may come to lie: the prediction itself takes it at [`NextBoot::kernel_at`].
    pub kaslr: kaslr::Placement,
    /// Nodes that are online: with RAM, processors or initiators.
    pub online: BTreeSet<u32>,
    /// What memblock hands out once nodes are known, as far as it is modelled.
    pub late: Vec<Reservation>,
    /// The memory blocks that /sys shows, and which can go offline.
    pub blocks: Blocks,
}

/// Runs the stages in the kernel's order.
pub fn predict<'a>(machine: &Machine, next: &NextBoot<'a>) -> Outcome<'a> {
    let (line, release) = (next.line(), next.release());
    let map = e820::settle(&machine.map, line, next.kernel_at(), release);
    let given = Given {
        kernel: next.kernel_at().clone(),
        initrd: next.initrd_at().cloned(),
        setup_data: &machine.map.setup_data,
        soft_reserved: &map.soft_reserved,
        mirrored: machine.mirrored.clone(),
        others: next.reserve(),
    };
    let mut memblock = Memblock::start(&map.ram, &given, line, release);
    let nothing = Archive::default();
    let before = install::Boot {
        firmware: &machine.firmware,
        archive: &nothing,
        initrd: next.initrd(),
        line,
        release,
        flow: next.flow(),
    };
    let early_srat = EarlySrat::of(&before, &memblock.reserved);
    if let Some(early) = early_srat.as_ref().filter(|early| early.is_used) {
        memblock.keep_out_of(early.avoided());
    }
    let kernel_end = next.kernel_at().end.saturating_add(e820::BRK_SECTION);
    memblock.map_ram(
        &map.ram,
        map.max_pfn.saturating_mul(PAGE_SIZE),
        kernel_end,
        machine.gb_pages != Some(false),
    );
    memblock.allocate_log(line, release);
    memblock.move_initrd(&map.ram);

    let rules = next.upgrade_rules();
    let upgrade = next.initrd().map(|initrd| upgrade::upgrade(initrd, &rules));
    let upgrade = match release.build.tables {
        TableSource::Initrd => upgrade,
        TableSource::BuiltIn | TableSource::Nowhere => upgrade.map(Upgrade::not_configured),
    };
    let mut archive = copied(upgrade.as_ref(), &mut memblock, &map);
    if !machine.platform.is_modelled() {
        // There is memory for the copy; where, another architecture's rules say.
        (archive.base, archive.lost) = (None, false);
    }

    let boot = install::Boot { archive: &archive, ..before };
    let installation = install::install(&boot, early_srat.as_ref());
    for (name, range) in firmware_tables(&machine.firmware, &installation) {
        memblock.fix(range, memblock::Holder::AcpiTable(name.text().into_owned()));
    }

    let find = |name: &[u8; 4]| installed(&machine.firmware, &archive, &installation, name);
    let srat = find(b"SRAT");
    let madt = installation.madt.and_then(|slot| {
        let table = installation.list.iter().find(|table| table.slot == slot)?;
        bytes_of(&machine.firmware, &archive, table.origin)
    });
    let behind = srat.map_or_else(Vec::new, |(origin, _)| behind(&machine.firmware, &archive, origin));
    let inputs = srat::Tables {
        srat: srat.map(|(_, bytes)| bytes).filter(|bytes| bytes.len() > HEADER_LEN),
        is_unread: srat.is_some_and(|(_, bytes)| bytes.len() <= HEADER_LEN)
            || (srat.is_none() && (machine.firmware.may_have_srat || machine.firmware.tables.is_empty())),
        behind: &behind,
        slit: find(b"SLIT").map(|(_, bytes)| bytes),
        cedt: find(b"CEDT").map(|(_, bytes)| bytes),
        arch: machine.platform.arch(),
        x2apic: machine.x2apic || madt.is_some_and(srat::needs_x2apic),
    };
    let numa = srat::read(&inputs, line, next.limits(), release);
    if numa.distance_len > 0 {
        memblock.allocate_distances(numa.distance_len, &numa.hotpluggable);
    }
    let place = nodes::Place { ram: &map.ram, max_pfn: map.max_pfn, limits: next.limits(), line, release };
    let nodes = nodes::settle(&numa, &place);
    if nodes.refusal.is_some() {
        memblock.free_distances();
    }
    if let Some(fake) = &nodes.fake {
        memblock.replace_distances(fake.distance_len, &numa.hotpluggable);
    }
    let mut regions = nodes.regions.clone();
    let blockers = memblock::clear_marks(&mut regions, &nodes.blocks, &memblock.reserved);
    if line.kernelcore_mirror {
        // Only then Linux marks it, and keeps it apart.
        regions = nodes::cut(&regions, &machine.mirrored);
    }
    let zones = zones::settle(&regions, &machine.mirrored, map.max_pfn, line, release);
    let online = nodes::online(&nodes, &numa, madt);
    let mut outcome = Outcome {
        kaslr: kaslr::placement(machine, next, &nodes),
        srat: srat.map(|(origin, _)| origin),
        online,
        late: Vec::new(),
        blocks: Blocks::default(),
        reserved: memblock.reserved,
        map,
        upgrade,
        archive,
        early_srat,
        installation,
        numa,
        nodes,
        blockers,
        regions,
        zones,
    };
    outcome.late = late::allocations(&outcome, &machine.mirrored, line, release);
    outcome.blocks = blocks::settle(&outcome, machine, next);
    outcome
}

/// The accepted tables where the kernel copies them. Without a memory map nobody knows the place, or that there is none.
fn copied<'a>(upgrade: Option<&Upgrade<'a>>, memblock: &mut Memblock, map: &MemoryMap) -> Archive<'a> {
    let Some(upgrade) = upgrade else { return Archive::default() };
    let (mut tables, mut names) = (Vec::new(), Vec::new());
    for file in upgrade.accepted() {
        tables.push(file.entry.data);
        names.push(file.entry.table_name());
    }
    let mut archive = Archive { tables, names, base: None, lost: false };
    if !archive.is_empty() {
        archive.base = memblock.allocate_archive(archive.len() as u64);
        archive.lost = archive.base.is_none() && !map.ram.is_empty();
    }
    archive
}

/// The first table with a signature in the kernel's list: the only one that Linux looks at.
fn installed<'t>(
    firmware: &'t Firmware,
    archive: &Archive<'t>,
    installation: &Installation,
    name: &[u8; 4],
) -> Option<(Origin, &'t [u8])> {
    installation.list.iter().find_map(|table| {
        let bytes = bytes_of(firmware, archive, table.origin)?;
        bytes.starts_with(name).then_some((table.origin, bytes))
    })
}

/// The bytes of a table of the list.
fn bytes_of<'t>(firmware: &'t Firmware, archive: &Archive<'t>, origin: Origin) -> Option<&'t [u8]> {
    match origin {
        Origin::Firmware(index) => firmware.tables.get(index).map(|table| table.bytes.as_slice()),
        Origin::Archive(index) => archive.tables.get(index).copied(),
    }
}

/// What follows a table in memory, as far as that is known and one entry of a table can reach: the next files in the
/// archive's copy, or what else the firmware has there.
fn behind<'t>(firmware: &'t Firmware, archive: &Archive<'t>, origin: Origin) -> Vec<&'t [u8]> {
    let index = match origin {
        Origin::Archive(index) => {
            return archive.tables.get(index + 1..).unwrap_or_default().iter().take(8).copied().collect();
        }
        Origin::Firmware(index) => index,
    };
    let roots = [&firmware.roots.rsdt, &firmware.roots.xsdt].into_iter().flatten();
    let all = || firmware.tables.iter().chain(roots.clone());
    let after = |table: &install::FirmwareTable| table.address?.checked_add(table.bytes.len() as u64);
    let (mut out, mut end) = (Vec::new(), firmware.tables.get(index).and_then(after));
    let mut reached = 0;
    while reached < usize::from(u8::MAX)
        && let Some(next) =
            all().find(|table| end.is_some() && table.address == end && !table.bytes.is_empty())
    {
        out.push(next.bytes.as_slice());
        (reached, end) = (reached + next.bytes.len(), after(next));
    }
    out
}

/// Where the firmware's tables of the list lie, those that the archive replaced left out.
fn firmware_tables<'f>(
    firmware: &'f Firmware,
    installation: &'f Installation,
) -> impl Iterator<Item = (Signature, Range<u64>)> + use<'f> {
    installation.list.iter().filter_map(|table| {
        let Origin::Firmware(index) = table.origin else { return None };
        let known = firmware.tables.get(index)?;
        let address = known.address?;
        // Of a table whose content is not known, there is the header.
        let length = u32_at(&known.bytes, 4).map_or(0, u64::from).max(known.bytes.len() as u64);
        Some((known.signature(), address..address.checked_add(length)?))
    })
}
