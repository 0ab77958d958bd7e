//! What differs between kernels. This is the only place that compares versions; every other stage reads a [`Release`].

use super::build::Build;
use super::config::{Config, Value};
use super::unpack::UnpackRules;
use super::upgrade::{Lockdown, UpgradeRules};
use crate::foreign::Foreign;
use crate::table::Identity;
use std::fmt;

/// The releases that recorded boots hold the model against.
pub const RECORDED: [Version; 6] = [v(5, 10), v(6, 1), v(6, 12), v(6, 18), v(7, 2), v(7, 3)];

/// The oldest release that is modelled: the first that takes tables from the initrd.
pub const OLDEST: Version = v(3, 8);

/// Major and minor number of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 6 in 6.12.
    pub major: u16,
    /// 12 in 6.12.
    pub minor: u16,
}

const fn v(major: u16, minor: u16) -> Version {
    Version { major, minor }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// The place of a release in the row of all releases (3.0 was followed by 19 more, 4.0 by 20, 5.0 and 6.0 by 19).
    fn ordinal(self) -> i32 {
        let before = match self.major {
            0..=3 => 0,
            4 => 20,
            5 => 41,
            6 => 61,
            major => 81 + 20 * (i32::from(major) - 7),
        };
        before + i32::from(self.minor)
    }
}

/// A change of behaviour: not yet in `after`, in force in `by`. Where releases lie between, nobody looked.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// What changed, in a few words.
    pub what: &'static str,
    after: Version,
    by: Version,
}

impl Change {
    /// Whether the change is in force: known, or else as in the nearer of the two releases that were looked at.
    fn holds(&self, version: Version) -> bool {
        version >= self.by
            || (version > self.after
                && self.by.ordinal() - version.ordinal() <= version.ordinal() - self.after.ordinal())
    }

    /// The first release that is known to have it.
    pub fn first(&self) -> Version {
        self.by
    }

    fn is_uncertain(&self, version: Version) -> bool {
        self.after < version && version < self.by
    }
}

macro_rules! changes {
    ($($name:ident: $what:literal, ($a:literal, $b:literal) => ($c:literal, $d:literal);)*) => {
        $(pub(super) static $name: Change = Change { what: $what, after: v($a, $b), by: v($c, $d) };)*
        static CHANGES: &[&Change] = &[$(&$name),*];
    };
}

changes! {
    MANY_FILES: "64 instead of 10 archive files are examined", (3, 13) => (3, 18);
    CHUNKED_COPY: "the archive's tables are copied in pieces of 256 KiB; before, no more fitted", (3, 13) => (3, 18);
    MODERN_INSTALL: "tables are installed into a growing list, without fixed slots", (4, 2) => (4, 3);
    TWO_FACS: "both FACS that a FADT names are installed", (4, 1) => (4, 2);
    NARROW_FADT: "the FADT's narrow address of the DSDT wins over a wide one that differs", (3, 13) => (3, 19);
    WIDE_FADT: "the FADT's wide address of the DSDT wins over a narrow one that differs", (4, 1) => (4, 2);
    NULL_ENTRIES_SKIPPED: "empty root table entries are skipped", (3, 15) => (3, 16);
    APPENDED: "a root table entry takes a slot only if its table can be installed", (3, 15) => (3, 16);
    OVERRIDE_PLACE: "lines about overrides print where the copy lies, instead of where it is mapped", (3, 15) => (3, 16);
    HEX_ADDRESSES: "lines about tables print addresses with 0x and lengths with six digits", (3, 14) => (3, 15);
    VERIFICATION_LINE: "\"Early table checksum verification\" is announced", (3, 16) => (3, 17);
    NO_STATIC_SSDT: "acpi_no_static_ssdt is known", (3, 15) => (3, 16);
    FORCED_NARROW_FADT: "acpi_force_32bit_fadt_addr is known", (4, 9) => (4, 11);
    COPIES_DROPPED: "byte-identical copies of a table are taken off the list", (4, 13) => (4, 14);
    RESERVING_LINES: "\"Reserving ... table memory\" lines", (5, 9) => (5, 10);
    EXACT_IDENTITY: "an override needs the OEM ID and a newer OEM revision; other tables are added", (4, 6) => (4, 7);
    PREFIXED: "archive messages begin with \"ACPI: \"", (4, 6) => (4, 7);
    MOVABLE_NODE: "movable_node keeps hot-pluggable memory movable", (3, 13) => (3, 14);
    KASLR_READS_SRAT: "KASLR keeps out of hot-pluggable memory", (5, 0) => (5, 1);
    STUB_PLACES: "the EFI stub chooses the kernel's place, without a look at the SRAT", (6, 5) => (6, 6);
    LOCKDOWN: "lockdown refuses overrides", (5, 3) => (5, 4);
    LOCKDOWN_LATE: "lockdown is not armed yet when the archive is read", (6, 11) => (6, 12);
    FIRST_MIB: "the first MiB is reserved", (5, 12) => (5, 13);
    LOWEST_FIRST: "movable_node allocates from the lowest memory up", (5, 9) => (5, 10);
    ARCHIVE_IS_NVS: "the archive's copy is marked ACPI NVS instead of ACPI data", (5, 10) => (6, 1);
    MOVABLE_RESET: "a movable start at or above the node's end is dropped", (5, 9) => (5, 10);
    MIRROR_NEEDS_MIRROR: "kernelcore=mirror without mirrored memory is ignored", (6, 5) => (6, 6);
    CLIP_TO_RAM: "memory blocks are clipped to the first and last RAM", (6, 11) => (6, 12);
    ACPI_IN_MAX_PFN: "ACPI data counts for the highest page", (6, 1) => (6, 12);
    UNASSIGNED_TEST: "memory without a node is counted page by page", (6, 7) => (6, 8);
    LATE_GAP: "1 MiB without a node still passes", (6, 11) => (6, 12);
    NO_NODE_IS_MINUS_ONE: "memory without a node is listed as node -1", (6, 1) => (6, 12);
    FACS_ALWAYS: "hardware-reduced machines install a FACS", (6, 9) => (6, 10);
    MARKED_ENTRIES: "without CONFIG_MEMORY_HOTPLUG a hot-pluggable SRAT entry counts all the same", (5, 16) => (5, 17);
    CFMWS: "CXL windows become nodes", (5, 16) => (5, 17);
    CFMWS_RESERVED: "CXL windows set the block size", (6, 12) => (6, 16);
    CFMWS_NEEDS_CXL: "CXL windows count only with CONFIG_CXL_ACPI", (6, 18) => (7, 2);
    ONE_ENTRY_MAP: "a boot memory map of one entry is accepted", (6, 18) => (7, 2);
    MIRROR_NO_OVERLAP: "kernelcore=mirror cuts the Normal zone", (7, 2) => (7, 3);
    BIG_LOG_INFO: "a log record takes 112 instead of 88 bytes", (6, 18) => (7, 2);
    CPU_LINES_QUIET: "SRAT CPU lines are debug output", (6, 1) => (6, 12);
    BLOCK_ZONE_SPANS: "a memory block's zone is found by zone spans", (5, 10) => (6, 1);
    BLOCK_ZONE_REGIONS: "holes do not count for a memory block's nodes", (6, 16) => (6, 17);
    ONLINE_DEFAULT: "hot-added memory is brought online by default (Debian's configuration)", (6, 1) => (6, 12);
    ONLINE_POLICY: "memory_hotplug.online_policy exists", (5, 14) => (5, 15);
    MEMMAP_IN_EVERY_BLOCK: "memmap_on_memory counts for devices of several blocks", (6, 1) => (6, 12);
    RANGE_WORDING: "\"invalid memblk range for node\"", (7, 2) => (7, 3);
    ZERO_LENGTH_BARE: "\"Invalid zero length\" has no prefix", (6, 1) => (6, 12);
    MIRROR_OPTION: "kernelcore=mirror exists", (4, 5) => (4, 6);
    PERCENT_SIZES: "kernelcore= and movablecore= take percentages", (4, 16) => (4, 17);
    MAP_CONVERSIONS: "memmap= has the form with %", (4, 16) => (4, 17);
    KASLR_EVERYWHERE: "KASLR puts the kernel anywhere in memory", (4, 7) => (4, 8);
    FAKE_PER_NODE: "numa=fake=NU divides each node", (4, 18) => (4, 19);
    FAKE_MOVES_DOMAINS: "numa=fake= gives proximity domains to the nodes it makes", (6, 1) => (6, 12);
    TAKES_SUMS: "the unpacker takes 070702 archives and holds their sums", (5, 18) => (5, 19);
    STRICT_DIGITS: "the unpacker takes only hexadecimal digits in a cpio header", (6, 18) => (7, 2);
    NEEDS_NUL: "the unpacker wants a NUL behind each name (with the stable updates)", (5, 9) => (5, 10);
    SPACED_MAP: "memory map lines name \"System RAM\" and \"device reserved\"", (6, 18) => (7, 2);
}

/// What lockdown does to an archive of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockdownRule {
    /// The kernel knows no lockdown.
    Unknown,
    /// A locked-down kernel refuses all overrides.
    Refuses,
    /// Lockdown is armed only after the archive has been read: it is applied.
    TooLate,
}

/// How `numa=fake=` works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FakeRules {
    /// Whether the kernel has it (CONFIG_NUMA_EMU): Debian's kernels do, but for the cloud flavour.
    pub available: bool,
    /// Whether `NU` divides each node; else U means nothing.
    pub knows_per_node: bool,
    /// Whether each node must come to N parts with `NU`; else the parts of all nodes so far count.
    pub counts_parts_per_node: bool,
    /// Whether the nodes it makes get the proximity domains, so that memory that is added later finds them.
    pub moves_domains: bool,
}

/// How the memory blocks of the SRAT are clipped before they are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// To [0, end of RAM).
    EndOfRam,
    /// To the first and the last byte of RAM.
    FirstAndLastRam,
}

/// When memory without a node makes Linux drop the whole SRAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// The pages below the end of RAM, less those in blocks, are 256 or more.
    Sums,
    /// 1 MiB or more has no node.
    Unassigned,
    /// More than 1 MiB has no node.
    UnassignedAboveMib,
}

/// How a memory block's zone is told for sysfs and offlining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockZone {
    /// By the first page of every 4 MiB.
    FirstPages,
    /// By zone spans; holes count for the first node.
    SpansHolesFirstNode,
    /// By zone spans; holes do not count.
    SpansRegions,
}

/// A kernel release, and how it behaves where releases differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The release as it was given.
    pub name: Foreign,
    /// Its version.
    pub version: Version,
    /// How many files of the archive are examined.
    pub max_files: usize,
    /// The signatures that an archive may hold.
    pub signatures: &'static [[u8; 4]],
    /// Whether the archive's messages begin with `ACPI: `.
    pub prefixed: bool,
    /// Whether an override must equal the firmware table in OEM ID too and be newer; else signature and OEM table ID do.
    pub exact_identity: bool,
    /// Whether archive tables that replace nothing are installed as further tables.
    pub installs_leftovers: bool,
    /// Whether the archive's tables are copied in pieces; else all of them must fit into 256 KiB.
    pub copies_in_chunks: bool,
    /// Whether tables go into a growing list (else DSDT and FACS have fixed slots in front).
    pub modern_install: bool,
    /// Whether both FACS that a FADT names are installed.
    pub two_facs: bool,
    /// Whether an empty root table entry is skipped. Before, it makes the kernel take the RSDT if the XSDT has it, and
    /// keeps a slot if the RSDT does.
    pub skips_null_entries: bool,
    /// Whether slots are taken one after the other as tables are installed; else each root table entry has its slot from
    /// the start.
    pub appends_tables: bool,
    /// Whether lines about tables print addresses as `0x` and 16 capital digits; else 16 small digits, as `%p` did.
    pub prints_hex_addresses: bool,
    /// Whether the line about an override prints the physical address of the new table; else the one it is mapped at.
    pub prints_override_place: bool,
    /// Whether the narrow address of the DSDT wins where the FADT gives two that differ.
    pub prefers_narrow_fadt: bool,
    /// Whether tables that are byte for byte the same as an earlier one are taken off the list.
    pub drops_copies: bool,
    /// Whether `acpi_force_table_verification` is known, and "Early table checksum verification" announced.
    pub announces_verification: bool,
    /// Whether `acpi_no_static_ssdt` is known.
    pub knows_no_static_ssdt: bool,
    /// Whether `acpi_force_32bit_fadt_addr` is known.
    pub knows_narrow_fadt_option: bool,
    /// Whether the reservation of the tables' memory is announced.
    pub announces_reservations: bool,
    /// What lockdown does.
    pub lockdown: LockdownRule,
    /// The e820 type number of the archive's copy.
    pub archive_copy_kind: u32,
    /// Whether a FACS is installed on hardware-reduced machines.
    pub facs_when_hardware_reduced: bool,
    /// Whether `movable_node` has its effects.
    pub movable_node: bool,
    /// Whether KASLR keeps out of memory that the firmware's SRAT calls hot-pluggable.
    pub kaslr_reads_srat: bool,
    /// Whether on UEFI the EFI stub chooses the kernel's place (6.6, and 6.1.y since early 2024); it looks at no SRAT.
    pub efi_stub_places: bool,
    /// Whether [0, 1 MiB) is reserved before tables are read; else [0, 64 KiB) and the BIOS area.
    pub reserves_first_mib: bool,
    /// Whether bottom-up allocation begins at the lowest memory; else above the kernel image.
    pub bottom_up_from_lowest: bool,
    /// Whether ACPI data counts for the highest page frame.
    pub max_pfn_counts_acpi: bool,
    /// The fewest entries a boot memory map may have.
    pub min_map_entries: usize,
    /// Bytes per record that `log_buf_len=` allocates beside the text (one record per 32 bytes, and 24 bytes more each).
    pub log_record_len: u64,
    /// How blocks are clipped.
    pub clip: Clip,
    /// How coverage is tested.
    pub coverage: Coverage,
    /// The node number under which memory without a node is listed.
    pub no_node: i64,
    /// Whether a kernel without memory hotplug leaves out SRAT entries that are marked hot-pluggable.
    pub drops_marked_entries: bool,
    /// Whether CXL windows (CEDT CFMWS) are read.
    pub reads_cfmws: bool,
    /// Whether CXL windows advise a block size and go straight to the reserved list.
    pub cfmws_advise_block_size: bool,
    /// Whether CXL windows need CONFIG_CXL_ACPI.
    pub cfmws_needs_cxl: bool,
    /// How nodes are made up.
    pub fake: FakeRules,
    /// Whether `kernelcore=mirror` is ignored when no memory is mirrored.
    pub mirror_needs_mirror: bool,
    /// Whether `kernelcore=mirror` exists; else it is a size of nothing.
    pub knows_mirror: bool,
    /// Whether sizes can be percentages; else the number counts as bytes.
    pub knows_percent: bool,
    /// Whether `memmap=N%S-F+T` exists; else it is a limit of N.
    pub knows_map_conversions: bool,
    /// Whether KASLR chooses among all memory; else among the first GiB.
    pub kaslr_everywhere: bool,
    /// Whether `kernelcore=mirror` ends the Normal zone where the movable one begins.
    pub mirror_no_overlap: bool,
    /// Whether a movable start at or above the node's end is dropped.
    pub movable_start_reset: bool,
    /// How a memory block's zone is told.
    pub block_zone: BlockZone,
    /// Whether hot-added memory comes online by default, in Debian's configuration.
    pub online_by_default: bool,
    /// Whether `memory_hotplug.online_policy` exists.
    pub has_online_policy: bool,
    /// Whether `memory_hotplug.memmap_on_memory` counts for devices of several blocks, and knows `force`.
    pub memmap_in_every_block: bool,
    /// Whether SRAT CPU lines are printed.
    pub prints_cpu_lines: bool,
    /// What it was built to do.
    pub build: Build,
    /// How the initrd is unpacked.
    pub unpack: UnpackRules,
    /// Changes that lie between the releases that were looked at, this one among them: the nearer one's rule is used.
    pub uncertain: Vec<&'static Change>,
}

/// Why a release is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// It does not begin with two numbers.
    #[error("\"{}\" is no kernel release: expected something like 6.1 or 6.12.111", .0.text())]
    Malformed(Foreign),
    /// It is older than what is modelled.
    #[error("{0} is older than {OLDEST}, the first kernel that takes ACPI tables from the initrd")]
    TooOld(Version),
}

impl Release {
    /// The behaviour of a release such as `6.1`, `6.12.111` or `6.1.0-50-cloud-amd64`.
    ///
    /// # Errors
    /// [`ReleaseError`] when the text does not begin with MAJOR.MINOR, or names a kernel older than 3.8.
    pub fn parse(text: &str) -> Result<Release, ReleaseError> {
        let malformed = || ReleaseError::Malformed(text.chars().take(80).collect::<String>().into());
        let mut numbers = text.split(|character: char| !character.is_ascii_digit());
        let mut number =
            || numbers.next().and_then(|digits| digits.parse::<u16>().ok()).ok_or_else(malformed);
        let version = v(number()?, number()?);
        if !text.starts_with(&version.to_string()) || version.minor > 255 || version.major > 255 {
            return Err(malformed());
        }
        if version < OLDEST {
            return Err(ReleaseError::TooOld(version));
        }
        Ok(Release::of(version, text))
    }

    /// The newest release that the model was held against.
    pub fn newest() -> Release {
        let newest = RECORDED.iter().copied().max().unwrap_or(OLDEST);
        Release::of(newest, &newest.to_string())
    }

    fn of(version: Version, text: &str) -> Release {
        let is = |change: &Change| change.holds(version);
        Release {
            name: text.into(),
            version,
            max_files: if is(&MANY_FILES) { 64 } else { 10 },
            signatures: super::signatures::taken_by((version.major, version.minor)),
            prefixed: is(&PREFIXED),
            exact_identity: is(&EXACT_IDENTITY),
            installs_leftovers: is(&EXACT_IDENTITY),
            copies_in_chunks: is(&CHUNKED_COPY),
            modern_install: is(&MODERN_INSTALL),
            two_facs: is(&TWO_FACS),
            skips_null_entries: is(&NULL_ENTRIES_SKIPPED),
            appends_tables: is(&APPENDED),
            prints_hex_addresses: is(&HEX_ADDRESSES),
            prints_override_place: is(&OVERRIDE_PLACE),
            prefers_narrow_fadt: is(&NARROW_FADT) && !is(&WIDE_FADT),
            drops_copies: is(&COPIES_DROPPED),
            announces_verification: is(&VERIFICATION_LINE),
            knows_no_static_ssdt: is(&NO_STATIC_SSDT),
            knows_narrow_fadt_option: is(&FORCED_NARROW_FADT),
            announces_reservations: is(&RESERVING_LINES),
            lockdown: match (is(&LOCKDOWN), is(&LOCKDOWN_LATE)) {
                (_, true) => LockdownRule::TooLate,
                (true, false) => LockdownRule::Refuses,
                (false, false) => LockdownRule::Unknown,
            },
            archive_copy_kind: if is(&ARCHIVE_IS_NVS) { 4 } else { 3 },
            facs_when_hardware_reduced: is(&FACS_ALWAYS),
            movable_node: is(&MOVABLE_NODE),
            kaslr_reads_srat: is(&KASLR_READS_SRAT),
            efi_stub_places: is(&STUB_PLACES) || version == v(6, 1),
            reserves_first_mib: is(&FIRST_MIB),
            bottom_up_from_lowest: is(&LOWEST_FIRST),
            max_pfn_counts_acpi: is(&ACPI_IN_MAX_PFN),
            min_map_entries: if is(&ONE_ENTRY_MAP) { 1 } else { 2 },
            log_record_len: if is(&BIG_LOG_INFO) { 112 } else { 88 },
            clip: if is(&CLIP_TO_RAM) { Clip::FirstAndLastRam } else { Clip::EndOfRam },
            coverage: match (is(&UNASSIGNED_TEST), is(&LATE_GAP)) {
                (_, true) => Coverage::UnassignedAboveMib,
                (true, false) => Coverage::Unassigned,
                (false, false) => Coverage::Sums,
            },
            no_node: if is(&NO_NODE_IS_MINUS_ONE) { -1 } else { 1024 },
            drops_marked_entries: !is(&MARKED_ENTRIES),
            reads_cfmws: is(&CFMWS),
            cfmws_advise_block_size: is(&CFMWS_RESERVED),
            cfmws_needs_cxl: is(&CFMWS_NEEDS_CXL),
            fake: FakeRules {
                available: !text.ends_with("-cloud-amd64"),
                knows_per_node: is(&FAKE_PER_NODE),
                counts_parts_per_node: is(&FAKE_MOVES_DOMAINS),
                moves_domains: is(&FAKE_MOVES_DOMAINS),
            },
            mirror_needs_mirror: is(&MIRROR_NEEDS_MIRROR),
            knows_mirror: is(&MIRROR_OPTION),
            knows_percent: is(&PERCENT_SIZES),
            knows_map_conversions: is(&MAP_CONVERSIONS),
            kaslr_everywhere: is(&KASLR_EVERYWHERE),
            mirror_no_overlap: is(&MIRROR_NO_OVERLAP),
            movable_start_reset: is(&MOVABLE_RESET),
            block_zone: match (is(&BLOCK_ZONE_SPANS), is(&BLOCK_ZONE_REGIONS)) {
                (_, true) => BlockZone::SpansRegions,
                (true, false) => BlockZone::SpansHolesFirstNode,
                (false, false) => BlockZone::FirstPages,
            },
            online_by_default: is(&ONLINE_DEFAULT),
            has_online_policy: is(&ONLINE_POLICY),
            memmap_in_every_block: is(&MEMMAP_IN_EVERY_BLOCK),
            prints_cpu_lines: !is(&CPU_LINES_QUIET),
            build: Build::default(),
            unpack: UnpackRules {
                takes_sums: is(&TAKES_SUMS),
                strict_digits: is(&STRICT_DIGITS),
                needs_nul: is(&NEEDS_NUL),
            },
            uncertain: CHANGES.iter().copied().filter(|change| change.is_uncertain(version)).collect(),
        }
    }

    /// Whether a change is in force.
    pub fn has(&self, change: &Change) -> bool {
        change.holds(self.version)
    }

    /// What concerns nodes and zones and came only after a release that is older than all recorded ones.
    pub fn not_yet_for_zones(&self) -> impl Iterator<Item = &'static str> + '_ {
        const ABOUT_ZONES: [&Change; 11] = [
            &MOVABLE_NODE,
            &MIRROR_OPTION,
            &KASLR_EVERYWHERE,
            &PERCENT_SIZES,
            &MAP_CONVERSIONS,
            &FAKE_PER_NODE,
            &KASLR_READS_SRAT,
            &LOWEST_FIRST,
            &MOVABLE_RESET,
            &FIRST_MIB,
            &CFMWS,
        ];
        let oldest = RECORDED.iter().copied().min().unwrap_or(OLDEST);
        let later = move |change: &&&Change| change.by <= oldest && !change.holds(self.version);
        ABOUT_ZONES.iter().filter(later).map(|change| change.what)
    }

    /// Of the uncertain changes, those that decide which tables are installed and what is said of them.
    pub fn uncertain_for_tables(&self) -> impl Iterator<Item = &'static Change> + '_ {
        const ABOUT_TABLES: [&Change; 19] = [
            &MANY_FILES,
            &CHUNKED_COPY,
            &MODERN_INSTALL,
            &TWO_FACS,
            &NARROW_FADT,
            &WIDE_FADT,
            &NULL_ENTRIES_SKIPPED,
            &APPENDED,
            &OVERRIDE_PLACE,
            &HEX_ADDRESSES,
            &VERIFICATION_LINE,
            &NO_STATIC_SSDT,
            &FORCED_NARROW_FADT,
            &COPIES_DROPPED,
            &EXACT_IDENTITY,
            &RESERVING_LINES,
            &LOCKDOWN,
            &LOCKDOWN_LATE,
            &FACS_ALWAYS,
        ];
        self.uncertain.iter().copied().filter(|change| ABOUT_TABLES.contains(change))
    }

    /// The rules for taking tables from the initrd, in a boot that is locked down or not.
    pub fn upgrade_rules(&self, locked_down: bool) -> UpgradeRules {
        let lockdown = match (locked_down, self.lockdown) {
            (false, _) | (_, LockdownRule::Unknown) => Lockdown::Off,
            (true, LockdownRule::Refuses) => Lockdown::Refused,
            (true, LockdownRule::TooLate) => Lockdown::NotArmed,
        };
        UpgradeRules { limit: self.max_files, signatures: self.signatures, lockdown, prefixed: self.prefixed }
    }

    /// Whether a table of an archive can be meant for one of the firmware: signature and OEM table ID are the same, and the
    /// OEM ID where the release asks for it.
    pub fn is_meant_for(&self, new: &Identity, existing: &Identity) -> bool {
        new.signature == existing.signature
            && new.oem_table_id == existing.oem_table_id
            && (!self.exact_identity || new.oem_id == existing.oem_id)
    }

    /// Whether recorded boots of this very release stand behind the model.
    pub fn is_recorded(&self) -> bool {
        RECORDED.contains(&self.version)
    }

    /// The recorded release whose rules are nearest.
    pub fn nearest_recorded(&self) -> Version {
        let distance = |other: &Version| (other.ordinal() - self.version.ordinal()).abs();
        RECORDED.iter().copied().min_by_key(distance).unwrap_or(OLDEST)
    }
}

impl Release {
    /// The same release, built with a configuration.
    pub fn built_with(mut self, config: &Config) -> Release {
        let build = Build::of(config);
        self.movable_node &=
            build.memory_hotplug && !config.get("MOVABLE_NODE").is_some_and(|on| *on == Value::No);
        if self.cfmws_needs_cxl && config.is_off("CXL_ACPI") {
            self.reads_cfmws = false;
        }
        if self.block_zone == BlockZone::SpansHolesFirstNode && config.is_off("DEFERRED_STRUCT_PAGE_INIT") {
            self.block_zone = BlockZone::SpansRegions;
        }
        // Lockdown that comes with the other security modules comes after the tables.
        if self.lockdown == LockdownRule::Refuses && config.is_off("SECURITY_LOCKDOWN_LSM_EARLY") {
            let has_any = config.is_on("SECURITY_LOCKDOWN_LSM") == Some(true);
            self.lockdown = if has_any { LockdownRule::TooLate } else { LockdownRule::Unknown };
        }
        if let Some(available) = config.is_on("NUMA_EMU") {
            self.fake.available = available;
        }
        self.build = build;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_or_refused() {
        assert_eq!(Release::parse("6.1.0-50-cloud-amd64").unwrap().version, v(6, 1));
        assert_eq!(Release::parse("7.3-rc7").unwrap().version, v(7, 3));
        for bad in ["", "6", "six.one", "v6.1", "6..1", "-6.1", "6.999999", " 6.1"] {
            assert!(matches!(Release::parse(bad), Err(ReleaseError::Malformed(_))), "{bad}");
        }
        assert_eq!(Release::parse("2.6.32"), Err(ReleaseError::TooOld(v(2, 6))));
    }

    #[test]
    fn changes_hold_from_their_release_and_in_between_from_the_nearer() {
        let at = |text: &str| Release::parse(text).unwrap();
        assert_eq!(
            (at("5.10").lockdown, at("6.12").lockdown),
            (LockdownRule::Refuses, LockdownRule::TooLate)
        );
        assert!(at("6.1").uncertain.is_empty() && at("6.12").uncertain.is_empty());
        assert!(!at("6.9").facs_when_hardware_reduced && at("6.10").facs_when_hardware_reduced);
        assert!(!at("6.3").max_pfn_counts_acpi && at("6.9").max_pfn_counts_acpi);
        assert!(at("6.9").uncertain.iter().any(|change| change.what.contains("highest page")));
        assert!(
            at("6.9").uncertain_for_tables().next().is_none()
                && at("3.16").uncertain_for_tables().count() == 3
        );
        assert_eq!(
            (at("3.8").max_files, at("4.6").exact_identity, at("4.7").exact_identity),
            (10, false, true)
        );
        assert!(at("7.0").ordinal_is_after("6.19"));
    }

    impl Release {
        fn ordinal_is_after(&self, other: &str) -> bool {
            self.version.ordinal() == Release::parse(other).unwrap().version.ordinal() + 1
        }
    }
}
