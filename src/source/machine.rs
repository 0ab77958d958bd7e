//! A machine from its tree: tables in the kernel's order, the firmware's memory map, and what the last boot tells of the
//! next one.

use super::bounds;
use super::klog::{self, KernelText, LogFile};
use super::root::Root;
use super::tables::TableSet;
use super::{SourceError, firmware, running};
use crate::boot::Machine;
use crate::boot::install::Firmware;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::places::LastBoot;
use crate::boot::running::block_size::SeenSize;
use crate::boot::stages::e820::FirmwareMap;
use crate::budget;
use crate::foreign::Foreign;
use crate::memory::arch::{Arch, Platform};
use crate::memory::memmap::{self, Entry, Kind};
use crate::memory::space::Space;
use crate::memory::{boot_params, cpuinfo, iomem, log};
use crate::table::Signature;
use std::ops::Range;

/// As much of /proc/cpuinfo as holds the first processor: the kernel takes its time for many.
const CPUINFO_HEAD: u64 = 16 << 10;

/// Where a machine has the command line of its kernel.
const COMMAND_LINE: &str = "proc/cmdline";

/// Where the firmware's memory map was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MapSource {
    /// What the boot loader handed over.
    BootParams,
    /// The log of an earlier boot.
    Log,
    /// The log of an earlier boot, which shows the map only as mem= and memmap= had left it.
    LogAfterOptions,
    /// /sys/firmware/memmap, which also lists memory that was added later.
    Memmap,
    /// Nowhere.
    #[default]
    None,
}

/// A machine as its tree tells it.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// What firmware gives to every boot.
    pub machine: Machine,
    /// Where the memory map was read.
    pub map_source: MapSource,
    /// RAM that the log's map lacks and other lines of it show; without a map where that is more than they give.
    pub lost: Option<log::LostRam>,
    /// Kernel release, as `uname -r` tells it.
    pub release: Option<String>,
    /// The last boot's command line.
    pub command_line: Option<String>,
    /// Where the last boot had kernel and initrd.
    pub last: LastBoot,
    /// What /proc/iomem calls System RAM, ascending; empty where it is not shown.
    pub system_ram: Vec<Range<u64>>,
    /// What firmware and boot loader had reserved in the last boot, where its log tells, with names.
    pub reserved: Vec<(Range<u64>, String)>,
    /// Whether the last boot replaced or added tables, so that the tree shows those.
    pub upgraded: bool,
    /// The tables that the last boot replaced, where its log tells: what firmware has in their place is not known.
    pub replaced: Vec<Signature>,
    /// How many tables the last boot added, where its log tells; they are left out.
    pub added: usize,
    /// The option that "Faking node" lines of the log stand for, where its command line does not have it.
    pub fake_nodes: Option<String>,
    /// Whether no table is at hand, and the log's lines about them were taken.
    pub tables_by_log: bool,
    /// The kernel's log of the last boot without its text, where it is at hand.
    pub log: Option<KernelText>,
    /// Whether that log was named, and not only found in the machine's tree.
    pub log_is_named: bool,
    /// Why it is not at hand; safe to print.
    pub no_log: Option<String>,
    /// What shows that the last boot is locked down, for another reason than its command line.
    pub locked_down: Option<Foreign>,
    /// Whether firmware booted with Secure Boot on.
    pub secure_boot: bool,
    /// How far the machine's physical addresses reach.
    pub space: Space,
    /// What was told of memory outside of that, and left out: who told, and the first range.
    pub outside: Vec<(&'static str, Range<u64>)>,
}

/// Which tables a machine has.
#[derive(Debug, Clone)]
pub enum TablesFrom<'a> {
    /// Those of its tree.
    Tree,
    /// Those of its tree, which were read already.
    Read(&'a TableSet),
    /// These, and not its own.
    Elsewhere(TableSet),
}

impl Recorded {
    /// Takes release and command line from the log, where it has them: the boot in question is the one that it is of.
    pub fn as_logged(&mut self) {
        let Some(KernelText { log, .. }) = &self.log else { return };
        let (release, line) =
            (log.release_or_image().map(str::to_owned), log.command_line().map(str::to_owned));
        self.release = release.or(self.release.take());
        self.command_line = line.or(self.command_line.take());
    }

    /// What memblock handed out in the last boot, where its log tells (`memblock=debug`).
    pub fn memblock(&self) -> &[log::MemblockLine] {
        self.log.as_ref().map_or(&[], |read| &read.log.memblock)
    }

    /// What the log lacks of the lines that are used here; otherwise, whether it lacks those that would confirm what was read of it.
    pub fn log_gaps(&self) -> Vec<log::Gap> {
        let Some(KernelText { log, .. }) = &self.log else { return Vec::new() };
        let has_map = self.map_source == MapSource::Log;
        let mut all: Vec<log::Gap> = log.map_gap().filter(|_| has_map).into_iter().collect();
        if self.tables_by_log {
            all.extend(log.node_gaps());
        }
        if all.is_empty() && has_map && log.events.memory.is_empty() && self.machine.platform.is_modelled() {
            all.push(log::Gap::Zones);
        }
        all
    }

    /// The memory map as firmware gave it; empty where that is not known, also where options had changed the one that is.
    pub fn firmware_map(&self) -> &[Entry] {
        if self.map_source == MapSource::LogAfterOptions { &[] } else { &self.machine.map.entries }
    }
}

/// Reads a machine's tree, each file of it once. `log` takes the place of its log where it is given.
///
/// # Errors
/// [`SourceError`] when tables are there and cannot be read.
pub fn read(root: &Root, tables: TablesFrom<'_>, log: Option<LogFile<'_>>) -> Result<Recorded, SourceError> {
    let log_is_named = log.is_some() || matches!(root, Root::Log(_));
    let (read, no_log) = match log {
        Some(file) => (Some(klog::from_file(file)?), None),
        None => match klog::of(root) {
            Ok(Some(log)) => (Some(log), None),
            Ok(None) => (None, Some("there is no log of the kernel".to_owned())),
            // Whoever may not read the running system's log can still be told most.
            Err(error) if root.is_live() => (None, Some(error.to_string())),
            Err(error) => return Err(error),
        },
    };
    let read = read.map(|log| KernelText { text: String::new(), ..log });
    let silent = log::KernelLog::default();
    let log = read.as_ref().map_or(&silent, |read| &read.log);
    let params = root.bytes("sys/kernel/boot_params/data")?.as_deref().and_then(boot_params::parse);
    // An EFI stub that fills boot_params in itself leaves 0 there.
    let preferred_address =
        params.as_ref().map(|params| params.preferred_address).filter(|address| *address != 0);
    let (entries, map_source, lost) = memory_map(root, params.as_ref(), log);
    let params = params.unwrap_or_default();
    let tables_by_log = !matches!(tables, TablesFrom::Elsewhere(_)) && !firmware::has_tables(root);
    let firmware = match tables {
        TablesFrom::Elsewhere(set) => firmware::of_source(set, log)?,
        TablesFrom::Read(set) => firmware::of_tree(root, Some(set), log)?,
        TablesFrom::Tree => firmware::of_tree(root, None, log)?,
    };
    let platform = platform(root, log, &firmware);
    let nodes = setup_data(root)?;
    // Where the first node is, boot_params says; where the others are, nothing does.
    let first = params.setup_data.map(|start| {
        let len = nodes.first().map_or(0, |(_, data)| data.len() as u64);
        start..start.saturating_add(boot_params::SETUP_DATA_HEADER).saturating_add(len)
    });
    let extended = nodes.iter().filter(|(kind, _)| *kind == boot_params::SETUP_E820_EXT);
    let map = FirmwareMap {
        entries,
        extended: match map_source {
            MapSource::BootParams => extended.flat_map(|(_, data)| boot_params::map_entries(data)).collect(),
            _ => Vec::new(),
        },
        alt_mem_k: params.alt_mem_k,
        setup_data: first.into_iter().collect(),
        uncached: log.uncached.clone(),
    };
    let cpuinfo = root.head("proc/cpuinfo", CPUINFO_HEAD);
    let iomem = root.text("proc/iomem");
    let processor_has = |flag: &str| cpuinfo.as_deref().and_then(|text| cpuinfo::flag(text, flag));
    if root.len(COMMAND_LINE).is_some_and(|len| len > budget::COMMAND_LINE) {
        let (path, limit) = (root.path(COMMAND_LINE), budget::COMMAND_LINE);
        return Err(SourceError::TooLarge { path, limit, expected: "a kernel's command line" });
    }
    let trimmed =
        |name: &str| root.text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let command_line = trimmed(COMMAND_LINE);
    let fake_nodes = fake_nodes(log).filter(|_| command_line.is_none());
    let hypervisor = processor_has(cpuinfo::HYPERVISOR)
        .or(log.hypervisor)
        .or_else(|| firmware.is_virtual().then_some(true));
    let virtualization = hypervisor.map(|is| if is { "some" } else { "none" });
    let added = running::added(root, virtualization, platform.arch().name());
    let mut recorded = Recorded {
        machine: Machine {
            map,
            mirrored: log.efi.mirrored(),
            is_uefi: params.efi || !log.efi.0.is_empty() || !root.names("sys/firmware/efi").is_empty(),
            preferred_address,
            init_size: u64::from(params.init_size),
            gb_pages: processor_has(cpuinfo::GB_PAGES).or(log.gb_pages),
            hypervisor,
            added,
            block_size: None,
            efi: log.efi.clone(),
            x2apic: log.x2apic,
            kexec: None,
            platform,
            firmware,
        },
        map_source,
        lost,
        release: trimmed("proc/sys/kernel/osrelease").or_else(|| log.release_or_image().map(str::to_owned)),
        command_line: command_line.or_else(|| {
            let line = log.command_line()?.to_owned();
            Some(fake_nodes.as_ref().map_or(line.clone(), |added| format!("{line} {added}")))
        }),
        fake_nodes,
        last: LastBoot {
            kernel: iomem.as_deref().and_then(iomem::kernel_image),
            kernel_end: log.kernel_end().or_else(|| log.brk.iter().map(|range| range.start).min()),
            initrd: params.initrd.or(log.ramdisk.clone()),
            is_random: false,
        },
        system_ram: iomem.as_deref().map(iomem::system_ram).unwrap_or_default(),
        reserved: reserved(log),
        upgraded: log.upgraded,
        replaced: log.replaced.clone(),
        added: log.added.len(),
        tables_by_log,
        log: None,
        log_is_named,
        no_log,
        locked_down: locked_down(root, log),
        secure_boot: params.secure_boot || log.secure_boot,
        space: Space::of_cpuinfo(cpuinfo.as_deref()),
        outside: Vec::new(),
    };
    recorded.last.is_random =
        recorded.command_line.as_deref().is_some_and(|line| !Cmdline::parse(line).forbids_kaslr(true));
    recorded.machine.block_size = running::block_size(root).or(log.block_size).and_then(|bytes| {
        let release = Release::parse(recorded.release.as_deref()?).ok()?;
        let line = Cmdline::parse(recorded.command_line.as_deref().unwrap_or_default());
        Some(SeenSize { bytes, rule: release.large_blocks, changed_map: line.map_is_user_defined })
    });
    recorded.log = read;
    bounds::apply(&mut recorded);
    Ok(recorded)
}

/// What the machine is: by its log, its processors, what the boot loader told, its tables, or the name of its kernel; x86-64 where
/// nothing shows it.
fn platform(root: &Root, log: &log::KernelLog, firmware: &Firmware) -> Platform {
    let line = root.text("proc/version").unwrap_or_default();
    let release = root.text("proc/sys/kernel/osrelease").unwrap_or_default();
    let of_boot = || root.len("sys/kernel/boot_params/data").map(|_| Arch::X86_64);
    let of_processor = || Arch::of_cpuinfo(&root.head("proc/cpuinfo", CPUINFO_HEAD)?);
    let of_release =
        || Arch::of_release(release.trim()).or_else(|| Arch::of_release(line.split_whitespace().nth(2)?));
    let of_tables = || Arch::of_tables(firmware.tables.iter().map(|table| table.bytes.as_slice()));
    if log.xen_pv {
        return Platform::XenPv;
    }
    let arch = log.arch.or_else(of_processor).or_else(of_boot).or_else(of_tables).or_else(of_release);
    Platform::of(arch.unwrap_or_default())
}

/// The option that "Faking node" lines stand for, where the command line does not have it.
fn fake_nodes(log: &log::KernelLog) -> Option<String> {
    let line = log.command_line()?;
    let has = line.split_whitespace().any(|word| word.starts_with("numa=fake="));
    let count = log.events.fake_nodes.len();
    (count > 0 && !has).then(|| format!("numa=fake={count}"))
}

/// What shows that the kernel is locked down, where its command line does not ask for that: the kernel itself, or its log where it
/// is not asked.
fn locked_down(root: &Root, log: &log::KernelLog) -> Option<Foreign> {
    let line = root.text("proc/cmdline").or_else(|| log.command_line().map(str::to_owned));
    if Cmdline::parse(&line.unwrap_or_default()).lockdown {
        return None;
    }
    match running::lockdown(root) {
        Some(mode) => {
            (mode != "none").then(|| Foreign::from(format!("/sys/kernel/security/lockdown says {mode}")))
        }
        None => log.locked_down.as_ref().map(|line| Foreign::from("the log says \"") + line.as_str() + "\""),
    }
}

/// What a log shows of reservations at fixed addresses, in words. Boot services also show in EFI's map.
fn reserved(log: &log::KernelLog) -> Vec<(Range<u64>, String)> {
    const BOOT_SERVICES: &str = "EFI boot services";
    let mut all: Vec<(Range<u64>, String)> = log.fixed_reservations();
    let mut has_boot_services = false;
    for (_, name) in &mut all {
        has_boot_services |= name == "efi_reserve_boot_services";
        *name = match name.as_str() {
            "efi_reserve_boot_services" => BOOT_SERVICES.into(),
            "efi_memblock_x86_reserve_range" => "EFI memory map".into(),
            "efi_memattr_init" => "EFI memory attributes table".into(),
            "efi_tpm_eventlog_init" => "EFI event log of the TPM".into(),
            "efi_mokvar_table_init" => "EFI table of machine owner keys".into(),
            "efi_esrt_init" => "EFI system resource table".into(),
            "reserve_ibft_region" => "iSCSI boot firmware table".into(),
            "smp_scan_config" | "mpparse_find_mptable" | "smp_reserve_memory" => "MP table".into(),
            function => format!("memory reserved by {function}"),
        };
    }
    if !has_boot_services {
        all.extend(log.efi.boot_services().iter().map(|range| (range.clone(), BOOT_SERVICES.into())));
    }
    all
}

/// The boot loader's setup_data nodes in their order: type and data.
fn setup_data(root: &Root) -> Result<Vec<(u32, Vec<u8>)>, SourceError> {
    const NODES: &str = "sys/kernel/boot_params/setup_data";
    let mut nodes = Vec::new();
    for name in root.names(NODES) {
        let Some(number) = name.parse::<u32>().ok() else { continue };
        let Some(kind) = root.text(&format!("{NODES}/{name}/type")) else { continue };
        let kind = u32::from_str_radix(kind.trim().trim_start_matches("0x"), 16).unwrap_or(0);
        nodes.push((number, kind, root.bytes(&format!("{NODES}/{name}/data"))?.unwrap_or_default()));
    }
    nodes.sort_by_key(|(number, ..)| *number);
    Ok(nodes.into_iter().map(|(_, kind, data)| (kind, data)).collect())
}

/// The release of the kernel that a machine's tree tells of, as `uname -r` prints it; `None` where it does not.
pub fn release(root: &Root) -> Option<String> {
    let own = root.text("proc/sys/kernel/osrelease").map(|text| text.trim().to_owned());
    own.filter(|text| !text.is_empty())
        .or_else(|| klog::of(root).ok()??.log.release_or_image().map(str::to_owned))
}

/// The firmware's map from the best source there is, and what the log's lacks: boot_params has it as it was handed over;
/// /sys/firmware/memmap also lists memory that was added later.
fn memory_map(
    root: &Root,
    params: Option<&boot_params::BootParams>,
    log: &log::KernelLog,
) -> (Vec<Entry>, MapSource, Option<log::LostRam>) {
    if let Some(params) = params.filter(|params| !params.e820.is_empty()) {
        return (params.e820.clone(), MapSource::BootParams, None);
    }
    let mut lost = None;
    // A log that was searched for some word has some lines of the map, and not those that say what is RAM.
    let has_ram = |map: &[Entry]| map.iter().any(|entry| entry.kind == Kind::RAM);
    for map in [&log.e820, &log.xen_map] {
        if has_ram(map) {
            let (map, lacks) = log.whole(map);
            if lacks.as_ref().is_none_or(|lost| lost.is_filled) {
                return (map, MapSource::Log, lacks);
            }
            lost = lost.or(lacks);
        }
    }
    const MEMMAP: &str = "sys/firmware/memmap";
    let read = |name: &String| {
        let part = |part: &str| root.text(&format!("{MEMMAP}/{name}/{part}"));
        memmap::from_sysfs(&part("start")?, &part("end")?, &part("type")?)
    };
    let mut entries: Vec<Entry> = root.names(MEMMAP).iter().filter_map(read).collect();
    entries.sort_by_key(|entry| entry.start);
    match (entries.is_empty(), params) {
        (false, _) => (entries, MapSource::Memmap, None),
        (true, None) if has_ram(&log.user_map) && lost.is_none() => {
            (log.user_map.clone(), MapSource::LogAfterOptions, None)
        }
        // A map that was handed over and is empty: the kernel then falls back to what older calls told.
        (true, Some(_)) => (entries, MapSource::BootParams, None),
        (true, None) => (entries, MapSource::None, lost),
    }
}
