//! What a kernel was built to do: the switches of its configuration that the stages read. Without a configuration they are
//! as distributions set them.

use crate::boot::kernel::config::{Config, Value};
use crate::boot::running::online::OnlineState;
use crate::container::initrd::Compression;

/// Where a kernel looks for override tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TableSource {
    /// In the boot loader's initrd.
    #[default]
    Initrd,
    /// Only in the initramfs that is part of the kernel (CONFIG_ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD).
    BuiltIn,
    /// Nowhere (CONFIG_ACPI_TABLE_UPGRADE is off).
    Nowhere,
}

/// How many nodes a kernel knows, from CONFIG_NODES_SHIFT (distributions set 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeLimits {
    /// Nodes: 1 << CONFIG_NODES_SHIFT.
    pub max_nodes: u32,
}

impl Default for NodeLimits {
    fn default() -> Self {
        NodeLimits { max_nodes: 1 << 10 }
    }
}

impl NodeLimits {
    /// Proximity domains at or above this number are refused.
    pub fn max_pxm(&self) -> u32 {
        self.max_nodes.max(256)
    }

    /// How many memory blocks fit.
    pub fn max_blocks(&self) -> usize {
        2 * self.max_nodes as usize
    }
}

/// A command line that is part of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltInLine {
    /// Its text, as CONFIG_CMDLINE has it.
    pub text: String,
    /// Whether the boot loader's is ignored for it; else it stands in front of it.
    pub overrides: bool,
}

/// What a kernel was built to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Whether a configuration was read; else this is what distributions have.
    pub is_known: bool,
    /// Where override tables are looked for.
    pub tables: TableSource,
    /// The compressions of initrds that it unpacks; `None` when nobody knows.
    pub unpacks: Option<Vec<Compression>>,
    /// Whether a DSDT is built in, which takes the place of the firmware's.
    pub has_custom_dsdt: bool,
    /// Whether it reads the SRAT and knows nodes.
    pub numa: bool,
    /// How many nodes it knows.
    pub limits: NodeLimits,
    /// Whether it knows memory that comes and goes.
    pub memory_hotplug: bool,
    /// Whether memory can go.
    pub memory_hotremove: bool,
    /// Whether it adds the memory of ACPI's memory devices.
    pub acpi_memory: bool,
    /// The state of memory that is added later, where the configuration tells.
    pub added_state: Option<OnlineState>,
    /// Whether it has the zone DMA.
    pub zone_dma: bool,
    /// Whether it has the zone DMA32.
    pub zone_dma32: bool,
    /// Whether its image is put at a random place.
    pub randomizes: bool,
    /// Where it lies otherwise, in bytes.
    pub start: u64,
    /// Its place is a multiple of this, in bytes.
    pub align: u64,
    /// How much memory its decompressor looks for, in bytes; `None` when nobody looked at the image.
    pub room: Option<u64>,
    /// Whether page structures of large machines are set up late (CONFIG_DEFERRED_STRUCT_PAGE_INIT): while memory blocks are made,
    /// their nodes are then asked of memblock.
    pub deferred_pages: bool,
    /// What it has for its log unless more is asked for, in bytes.
    pub log_len: u64,
    /// What it reserves at the start of memory before 5.13, in KiB.
    pub reserve_low_kib: u64,
    /// The command line in it.
    pub line: Option<BuiltInLine>,
    /// Whether it is locked down from the start, whatever firmware and command line say.
    pub is_locked_down: bool,
    /// Whether Secure Boot locks it down: a change that distributions make.
    pub secure_boot_locks_down: bool,
}

impl Default for Build {
    fn default() -> Self {
        Build {
            is_known: false,
            tables: TableSource::Initrd,
            unpacks: None,
            has_custom_dsdt: false,
            numa: true,
            limits: NodeLimits::default(),
            memory_hotplug: true,
            memory_hotremove: true,
            acpi_memory: true,
            added_state: None,
            zone_dma: true,
            zone_dma32: true,
            randomizes: true,
            start: 16 << 20,
            align: 2 << 20,
            room: None,
            deferred_pages: true,
            log_len: 1 << 17,
            reserve_low_kib: 64,
            line: None,
            is_locked_down: false,
            secure_boot_locks_down: true,
        }
    }
}

/// Options for the compressions of an initrd.
const UNPACKERS: [(Compression, &str); 7] = [
    (Compression::Gzip, "RD_GZIP"),
    (Compression::Bzip2, "RD_BZIP2"),
    (Compression::Lzma, "RD_LZMA"),
    (Compression::Xz, "RD_XZ"),
    (Compression::Lzo, "RD_LZO"),
    (Compression::Lz4Legacy, "RD_LZ4"),
    (Compression::Zstd, "RD_ZSTD"),
];

/// The option for unpacking initrds that are compressed like that, without `CONFIG_`; `None` for what no kernel unpacks.
pub fn unpacker_option(format: Compression) -> Option<&'static str> {
    UNPACKERS.iter().find(|(known, _)| *known == format).map(|(_, option)| *option)
}

/// Options for the state of memory that is added, 6.12 and newer; before, there is one switch.
const ADDED_STATES: [(&str, OnlineState); 4] = [
    ("MHP_DEFAULT_ONLINE_TYPE_OFFLINE", OnlineState::Offline),
    ("MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO", OnlineState::Online),
    ("MHP_DEFAULT_ONLINE_TYPE_ONLINE_KERNEL", OnlineState::Kernel),
    ("MHP_DEFAULT_ONLINE_TYPE_ONLINE_MOVABLE", OnlineState::Movable),
];

/// Shifts beyond these make no sense.
const MOST_NODES_SHIFT: u64 = 10;
const MOST_LOG_SHIFT: u64 = 25;
const MOST_LOW_KIB: u64 = 640;

impl Build {
    /// What a configuration says. What it leaves open stays as distributions have it.
    ///
    /// # Kernel
    /// drivers/acpi/Kconfig, mm/Kconfig, arch/x86/Kconfig, init/Kconfig and security/lockdown/Kconfig, 5.10 to 7.3; before 4.7
    /// CONFIG_ACPI_INITRD_TABLE_OVERRIDE, before 4.14 CONFIG_MOVABLE_NODE.
    pub fn of(config: &Config) -> Build {
        let usual = Build::default();
        if config.is_empty() {
            return usual;
        }
        let on = |name: &str, usual: bool| config.is_on(name).unwrap_or(usual);
        let any_on = |names: [&str; 2]| names.iter().any(|name| config.is_on(name) == Some(true));
        let all_off = |names: [&str; 2]| names.iter().all(|name| config.is_off(name));
        let none = all_off(["ACPI_TABLE_UPGRADE", "ACPI_INITRD_TABLE_OVERRIDE"])
            // One of the two says that it is off, and the other does not exist in that release.
            || config.get("ACPI_TABLE_UPGRADE") == Some(&Value::No)
            || config.get("ACPI_INITRD_TABLE_OVERRIDE") == Some(&Value::No);
        let tables = if none && !any_on(["ACPI_TABLE_UPGRADE", "ACPI_INITRD_TABLE_OVERRIDE"]) {
            TableSource::Nowhere
        } else if on("ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD", false) {
            TableSource::BuiltIn
        } else {
            TableSource::Initrd
        };
        let hotplug = on("MEMORY_HOTPLUG", usual.memory_hotplug);
        let shift = config.number("NODES_SHIFT").filter(|shift| *shift <= MOST_NODES_SHIFT);
        let log_shift = config.number("LOG_BUF_SHIFT").filter(|shift| *shift <= MOST_LOG_SHIFT);
        let bytes = |name: &str, usual: u64| {
            config.number(name).filter(|number| *number != 0 && number % 4096 == 0).unwrap_or(usual)
        };
        let numa = on("NUMA", usual.numa);
        let text = config.text("CMDLINE").filter(|_| on("CMDLINE_BOOL", true)).unwrap_or_default();
        let overrides = on("CMDLINE_OVERRIDE", false) && on("CMDLINE_BOOL", true);
        let forced = any_on(["LOCK_DOWN_KERNEL_FORCE_INTEGRITY", "LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY"]);
        Build {
            is_known: true,
            tables,
            unpacks: config.is_whole().then(|| {
                let known = UNPACKERS.iter().filter(|(_, name)| config.is_on(name) == Some(true));
                known.map(|(format, _)| *format).collect()
            }),
            has_custom_dsdt: on("ACPI_CUSTOM_DSDT", false),
            numa: numa && on("ACPI_NUMA", usual.numa),
            limits: match shift {
                _ if !numa => NodeLimits { max_nodes: 1 },
                Some(shift) => NodeLimits { max_nodes: 1 << shift },
                None => usual.limits,
            },
            memory_hotplug: hotplug,
            memory_hotremove: hotplug && on("MEMORY_HOTREMOVE", usual.memory_hotremove),
            acpi_memory: hotplug && on("ACPI_HOTPLUG_MEMORY", usual.acpi_memory),
            added_state: added_state(config),
            zone_dma: on("ZONE_DMA", usual.zone_dma),
            zone_dma32: on("ZONE_DMA32", usual.zone_dma32),
            randomizes: on("RANDOMIZE_BASE", usual.randomizes),
            start: bytes("PHYSICAL_START", usual.start),
            align: bytes("PHYSICAL_ALIGN", usual.align).next_power_of_two(),
            room: None,
            deferred_pages: on("DEFERRED_STRUCT_PAGE_INIT", usual.deferred_pages),
            log_len: log_shift.map_or(usual.log_len, |shift| 1 << shift),
            reserve_low_kib: config
                .number("X86_RESERVE_LOW")
                .filter(|kib| *kib <= MOST_LOW_KIB)
                .unwrap_or(usual.reserve_low_kib),
            line: (overrides || !text.is_empty()).then(|| BuiltInLine { text: text.to_owned(), overrides }),
            is_locked_down: forced,
            secure_boot_locks_down: on("LOCK_DOWN_IN_EFI_SECURE_BOOT", usual.secure_boot_locks_down),
        }
    }

    /// The command line that the kernel acts on, from the boot loader's, or from /proc/cmdline: there it stands in front
    /// already.
    ///
    /// # Kernel
    /// `setup_arch` in arch/x86/kernel/setup.c (CONFIG_CMDLINE_BOOL), 5.10 to 7.3.
    pub fn command_line(&self, boot_loader: &str) -> String {
        match &self.line {
            None => boot_loader.to_owned(),
            Some(line) if line.overrides => line.text.clone(),
            Some(line) if boot_loader.is_empty() => line.text.clone(),
            Some(line) if begins_with(boot_loader, &line.text) => boot_loader.to_owned(),
            Some(line) => format!("{} {boot_loader}", line.text),
        }
    }
}

/// Whether the words of a command line begin with others.
fn begins_with(line: &str, start: &str) -> bool {
    line.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The state that memory gets that is added later.
fn added_state(config: &Config) -> Option<OnlineState> {
    let chosen = ADDED_STATES.iter().find(|(name, _)| config.get(name) == Some(&Value::Yes));
    let old = || match config.get("MEMORY_HOTPLUG_DEFAULT_ONLINE")? {
        Value::Yes => Some(OnlineState::Online),
        _ => Some(OnlineState::Offline),
    };
    chosen.map(|(_, state)| *state).or_else(old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::kernel::release::{LockdownRule, Release};

    /// A configuration that is whole, with these lines in it.
    fn config(lines: &str) -> Config {
        let rest: String = (0..300).map(|number| format!("CONFIG_X{number}=y\n")).collect();
        Config::parse(&format!("{rest}{lines}"))
    }

    fn build(lines: &str) -> Build {
        Build::of(&config(lines))
    }

    #[test]
    fn tables_are_looked_for_where_the_configuration_says() {
        let source = |lines: &str| build(lines).tables;
        assert_eq!(source("CONFIG_ACPI_TABLE_UPGRADE=y"), TableSource::Initrd);
        assert_eq!(source("CONFIG_ACPI_INITRD_TABLE_OVERRIDE=y"), TableSource::Initrd);
        assert_eq!(source("# CONFIG_ACPI_TABLE_UPGRADE is not set"), TableSource::Nowhere);
        assert_eq!(source(""), TableSource::Nowhere);
        let built_in = "CONFIG_ACPI_TABLE_UPGRADE=y\nCONFIG_ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD=y";
        assert_eq!(source(built_in), TableSource::BuiltIn);
        // A few lines only say what is in them.
        assert_eq!(Build::of(&Config::parse("CONFIG_NUMA=y")).tables, TableSource::Initrd);
        let off = Config::parse("# CONFIG_ACPI_TABLE_UPGRADE is not set");
        assert_eq!(Build::of(&off).tables, TableSource::Nowhere);
        assert_eq!(Build::of(&Config::default()), Build::default());
    }

    #[test]
    fn numbers_that_make_no_sense_are_left_out() {
        let odd = build(
            "CONFIG_NUMA=y\nCONFIG_ACPI_NUMA=y\nCONFIG_NODES_SHIFT=60\nCONFIG_PHYSICAL_START=0x123\nCONFIG_LOG_BUF_SHIFT=99\nCONFIG_PHYSICAL_ALIGN=0x300000",
        );
        assert_eq!(
            (odd.limits.max_nodes, odd.start, odd.log_len, odd.align),
            (1024, 16 << 20, 1 << 17, 4 << 20)
        );
        let good = build(
            "CONFIG_NUMA=y\nCONFIG_NODES_SHIFT=6\nCONFIG_PHYSICAL_START=0x2000000\nCONFIG_LOG_BUF_SHIFT=18",
        );
        assert_eq!(
            (good.limits.max_nodes, good.start, good.log_len, good.numa),
            (64, 32 << 20, 1 << 18, false)
        );
        assert_eq!(build("# CONFIG_NUMA is not set\nCONFIG_NODES_SHIFT=6").limits.max_nodes, 1);
        let low = ["CONFIG_X86_RESERVE_LOW=640", "CONFIG_X86_RESERVE_LOW=641", ""];
        assert_eq!(low.map(|line| build(line).reserve_low_kib), [640, 64, 64]);
    }

    #[test]
    fn the_state_of_added_memory_has_had_two_switches() {
        let state = |lines: &str| build(lines).added_state;
        assert_eq!(state("CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_MOVABLE=y"), Some(OnlineState::Movable));
        assert_eq!(state("CONFIG_MHP_DEFAULT_ONLINE_TYPE_OFFLINE=y"), Some(OnlineState::Offline));
        assert_eq!(state("CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE=y"), Some(OnlineState::Online));
        assert_eq!(state("# CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE is not set"), Some(OnlineState::Offline));
        assert_eq!(state(""), None);
    }

    #[test]
    fn command_lines_are_joined_or_replaced() {
        let line = |lines: &str| build(lines).command_line("quiet");
        assert_eq!(line(""), "quiet");
        assert_eq!(line("CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"movable_node\""), "movable_node quiet");
        assert_eq!(line("CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"quiet\""), "quiet");
        assert_eq!(line("CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"qui\""), "qui quiet");
        assert_eq!(line("# CONFIG_CMDLINE_BOOL is not set\nCONFIG_CMDLINE=\"x\""), "quiet");
        let only = "CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"a b\"\nCONFIG_CMDLINE_OVERRIDE=y";
        assert_eq!(line(only), "a b");
        assert_eq!(build("CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"a\"").command_line(""), "a");
    }

    #[test]
    fn a_release_loses_what_it_was_not_built_with() {
        let with = |release: &str, lines: &str| Release::parse(release).unwrap().built_with(&config(lines));
        let full = "CONFIG_MEMORY_HOTPLUG=y\nCONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_SECURITY_LOCKDOWN_LSM_EARLY=y\n\
                    CONFIG_DEFERRED_STRUCT_PAGE_INIT=y\nCONFIG_CXL_ACPI=m\n";
        let usual = Release::parse("6.1").unwrap();
        let built = with("6.1", full);
        assert_eq!(
            (built.movable_node, built.lockdown, built.block_zone),
            (true, usual.lockdown, usual.block_zone)
        );
        let bare = with("6.1", "");
        assert_eq!((bare.movable_node, bare.lockdown), (false, LockdownRule::Unknown));
        assert!(built.build.deferred_pages && !bare.build.deferred_pages);
        assert_eq!(with("6.1", "CONFIG_SECURITY_LOCKDOWN_LSM=y").lockdown, LockdownRule::TooLate);
        // Windows of CXL count without the driver up to 6.18.
        assert!(
            with("6.18", "").reads_cfmws && !with("7.2", "").reads_cfmws && with("7.2", full).reads_cfmws
        );
        assert!(with("4.10", "CONFIG_MEMORY_HOTPLUG=y\nCONFIG_MOVABLE_NODE=y").movable_node);
        assert!(!with("4.10", "CONFIG_MEMORY_HOTPLUG=y\n# CONFIG_MOVABLE_NODE is not set").movable_node);
    }
}
