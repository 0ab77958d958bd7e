//! What differs between kernels. This is the only place that compares versions; every other stage reads a [`Release`].

use crate::boot::kernel::build::Build;
use crate::boot::kernel::config::{Config, Value};
use crate::boot::kernel::vendor::Vendor;
use crate::boot::stages::upgrade::{Lockdown, UpgradeRules};
use crate::boot::unpack::UnpackRules;
use crate::foreign::Foreign;
use crate::table::Identity;
use std::fmt;

/// The releases that recorded boots hold the model against.
pub const RECORDED: [Version; 11] =
    [v(5, 10), v(6, 1), v(6, 12), v(6, 16), v(6, 17), v(6, 18), v(6, 19), v(7, 0), v(7, 1), v(7, 2), v(7, 3)];

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

pub(super) const fn v(major: u16, minor: u16) -> Version {
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

/// What a change is about, where reports choose by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChangeArea {
    /// Which tables are installed, and what is said of them.
    Tables,
    /// Nodes and zones, in releases older than all recorded ones.
    Zones,
    /// Something else.
    Other,
}

/// A change of behaviour: not yet in `after`, in force in `by`. Where releases lie between, nobody looked.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// What changed, in a few words.
    pub what: &'static str,
    /// What it is about, beside other things.
    area: ChangeArea,
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
    ($($name:ident $area:ident: $what:literal, ($a:literal, $b:literal) => ($c:literal, $d:literal);)*) => {
        impl Change {
            $(#[doc = $what] pub const $name: &'static Change =
                &Change { what: $what, area: ChangeArea::$area, after: v($a, $b), by: v($c, $d) };)*
        }
        static CHANGES: &[&Change] = &[$(Change::$name),*];
    };
}

changes! {
    MANY_FILES Tables: "64 instead of 10 archive files are examined", (3, 13) => (3, 18);
    CHUNKED_COPY Tables: "the archive's tables are copied in pieces of 256 KiB; before, no more fitted", (3, 13) => (3, 18);
    MODERN_INSTALL Tables: "tables are installed into a growing list, without fixed slots", (4, 2) => (4, 3);
    TWO_FACS Tables: "both FACS that a FADT names are installed", (4, 1) => (4, 2);
    NARROW_FADT Tables: "the FADT's narrow address of the DSDT wins over a wide one that differs", (3, 13) => (3, 19);
    WIDE_FADT Tables: "the FADT's wide address of the DSDT wins over a narrow one that differs", (4, 1) => (4, 2);
    NULL_ENTRIES_SKIPPED Tables: "empty root table entries are skipped", (3, 15) => (3, 16);
    APPENDED Tables: "a root table entry takes a slot only if its table can be installed", (3, 15) => (3, 16);
    OVERRIDE_PLACE Tables: "lines about overrides print where the copy lies, instead of where it is mapped", (3, 15) => (3, 16);
    HEX_ADDRESSES Tables: "lines about tables print addresses with 0x and lengths with six digits", (3, 14) => (3, 15);
    VERIFICATION_LINE Tables: "\"Early table checksum verification\" is announced", (3, 16) => (3, 17);
    NO_STATIC_SSDT Tables: "acpi_no_static_ssdt is known", (3, 15) => (3, 16);
    FORCED_NARROW_FADT Tables: "acpi_force_32bit_fadt_addr is known", (4, 9) => (4, 11);
    COPIES_DROPPED Tables: "byte-identical copies of a table are taken off the list", (4, 13) => (4, 14);
    RESERVING_LINES Tables: "\"Reserving ... table memory\" lines", (5, 9) => (5, 10);
    EXACT_IDENTITY Tables: "an override needs the OEM ID and a newer OEM revision; other tables are added", (4, 6) => (4, 7);
    PREFIXED Other: "archive messages begin with \"ACPI: \"", (4, 6) => (4, 7);
    MOVABLE_NODE Zones: "movable_node keeps hot-pluggable memory movable", (3, 13) => (3, 14);
    KASLR_READS_SRAT Zones: "KASLR keeps out of hot-pluggable memory", (5, 0) => (5, 1);
    STUB_PLACES Other: "the EFI stub chooses the kernel's place, without a look at the SRAT", (6, 5) => (6, 6);
    LOCKDOWN Tables: "lockdown refuses overrides", (5, 3) => (5, 4);
    LOCKDOWN_LATE Tables: "lockdown is not armed yet when the archive is read", (6, 11) => (6, 12);
    FIRST_MIB Zones: "the first MiB is reserved", (5, 12) => (5, 13);
    LOWEST_FIRST Zones: "movable_node allocates from the lowest memory up", (5, 9) => (5, 10);
    ARCHIVE_IS_NVS Other: "the archive's copy is marked ACPI NVS instead of ACPI data", (5, 10) => (6, 1);
    MOVABLE_RESET Zones: "a movable start at or above the node's end is dropped", (5, 9) => (5, 10);
    MIRROR_NEEDS_MIRROR Other: "kernelcore=mirror without mirrored memory is ignored", (6, 5) => (6, 6);
    CLIP_TO_RAM Other: "memory blocks are clipped to the first and last RAM", (6, 11) => (6, 12);
    ACPI_IN_MAX_PFN Other: "ACPI data counts for the highest page", (6, 1) => (6, 12);
    UNASSIGNED_TEST Other: "memory without a node is counted page by page", (6, 7) => (6, 8);
    LATE_GAP Other: "1 MiB without a node still passes", (6, 11) => (6, 12);
    NO_NODE_IS_MINUS_ONE Other: "memory without a node is listed as node -1", (6, 1) => (6, 12);
    FACS_ALWAYS Tables: "hardware-reduced machines install a FACS", (6, 9) => (6, 10);
    MARKED_ENTRIES Other: "without CONFIG_MEMORY_HOTPLUG a hot-pluggable SRAT entry counts all the same", (5, 16) => (5, 17);
    CFMWS Zones: "CXL windows become nodes", (5, 16) => (5, 17);
    CFMWS_RESERVED Other: "CXL windows set the block size", (6, 12) => (6, 16);
    // Not narrower: every build of 6.19 to 7.1 that was to be had reads windows, so none was built without CONFIG_CXL_ACPI.
    CFMWS_NEEDS_CXL Other: "CXL windows count only with CONFIG_CXL_ACPI", (6, 18) => (7, 2);
    // Read in source: it came with the series that gave map lines their new words (SPACED_MAP); no firmware to boot from has such a map.
    ONE_ENTRY_MAP Other: "a boot memory map of one entry is accepted", (6, 19) => (7, 0);
    MIRROR_NO_OVERLAP Other: "kernelcore=mirror cuts the Normal zone", (7, 2) => (7, 3);
    BIG_LOG_INFO Other: "a log record takes 112 instead of 88 bytes", (6, 19) => (7, 0);
    CPU_LINES_QUIET Other: "SRAT CPU lines are debug output", (6, 1) => (6, 12);
    BLOCK_ZONE_SPANS Other: "a memory block's zone is found by zone spans", (5, 10) => (6, 1);
    BLOCK_ZONE_REGIONS Other: "holes do not count for a memory block's nodes", (6, 16) => (6, 17);
    ONLINE_POLICY Other: "memory_hotplug.online_policy exists", (5, 14) => (5, 15);
    MEMMAP_IN_EVERY_BLOCK Other: "memmap_on_memory counts for devices of several blocks", (6, 1) => (6, 12);
    RANGE_WORDING Other: "\"invalid memblk range for node\"", (7, 2) => (7, 3);
    ZERO_LENGTH_BARE Other: "\"Invalid zero length\" has no prefix", (6, 1) => (6, 12);
    MIRROR_OPTION Zones: "kernelcore=mirror exists", (4, 5) => (4, 6);
    PERCENT_SIZES Zones: "kernelcore= and movablecore= take percentages", (4, 16) => (4, 17);
    MAP_CONVERSIONS Zones: "memmap= has the form with %", (4, 16) => (4, 17);
    KASLR_EVERYWHERE Zones: "KASLR puts the kernel anywhere in memory", (4, 7) => (4, 8);
    FAKE_PER_NODE Zones: "numa=fake=NU divides each node", (4, 18) => (4, 19);
    FAKE_MOVES_DOMAINS Other: "numa=fake= gives proximity domains to the nodes it makes", (6, 1) => (6, 12);
    TAKES_SUMS Other: "the unpacker takes 070702 archives and holds their sums", (5, 18) => (5, 19);
    STRICT_DIGITS Other: "the unpacker takes only hexadecimal digits in a cpio header", (7, 1) => (7, 2);
    NEEDS_NUL Other: "the unpacker wants a NUL after each name (with the stable updates)", (5, 9) => (5, 10);
    SPACED_MAP Other: "memory map lines name \"System RAM\" and \"device reserved\"", (6, 19) => (7, 0);
    BLOCKS_DIVIDE_RAM Other: "large machines have the largest memory blocks that divide the end of RAM", (4, 16) => (4, 17);
    LARGEST_ON_BARE_METAL Other: "large machines without a hypervisor have memory blocks of 2 GiB", (5, 8) => (5, 9);
    KEXEC_TOP Other: "kexec puts a kernel into the highest memory", (6, 7) => (6, 8);
    DMA32_ENDS_WITH_RAM Other: "the range of zone DMA32 ends where RAM does", (3, 18) => (3, 19);
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

/// What a release makes of `numa=fake=`.
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
    /// By zone spans; holes count for a node.
    SpansAndHoles,
    /// By zone spans; holes do not count.
    SpansRegions,
}

/// The size of memory blocks where RAM ends at 64 GiB or above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargeBlocks {
    /// 2 GiB.
    Largest,
    /// The largest that divides the end of RAM.
    DividesRam,
    /// 2 GiB, but under a hypervisor the largest that divides the end of RAM.
    LargestOnBareMetal,
}

/// Whose rules a kernel follows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rules {
    /// The release that they are of.
    version: Version,
    vendor: Vendor,
    /// Changes taken for the opposite, to see what hangs on them.
    flipped: Vec<&'static Change>,
}

impl Rules {
    fn has(&self, change: &Change) -> bool {
        let holds = self.vendor.has(change, self.version).unwrap_or_else(|| change.holds(self.version));
        holds != self.flipped.contains(&change)
    }
}

/// A kernel release, and how it behaves where releases differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The release as it was given.
    pub name: Foreign,
    /// Its version: the number of the upstream release that it is made from.
    pub version: Version,
    rules: Rules,
    /// How many files of the archive are examined.
    pub max_files: usize,
    /// The signatures that an archive may hold.
    pub signatures: &'static [[u8; 4]],
    /// Whether the narrow address of the DSDT wins where the FADT gives two that differ.
    pub prefers_narrow_fadt: bool,
    /// What a locked down kernel does with tables of an initrd.
    pub lockdown: LockdownRule,
    /// The e820 type number of the archive's copy.
    pub archive_copy_kind: u32,
    /// Whether `movable_node` has its effects.
    pub movable_node: bool,
    /// Whether on UEFI the EFI stub chooses the kernel's place (6.6, and 6.1.y since early 2024); it looks at no SRAT.
    pub efi_stub_places: bool,
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
    /// Whether CXL windows (CEDT CFMWS) are read.
    pub reads_cfmws: bool,
    /// Whether CXL windows need CONFIG_CXL_ACPI.
    pub cfmws_needs_cxl: bool,
    /// How nodes are made up.
    pub fake: FakeRules,
    /// How a memory block's zone is told.
    pub block_zone: BlockZone,
    /// The size of memory blocks on large machines.
    pub large_blocks: LargeBlocks,
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
    #[error("\"{}\" is not a kernel release: expected something like 6.1 or 6.12.111", .0.text())]
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
        Ok(Release::of(text, version, Rules { version, vendor: Vendor::of(text), flipped: Vec::new() }))
    }

    /// The newest release that the model was held against.
    pub fn newest() -> Release {
        let newest = RECORDED.iter().copied().max().unwrap_or(OLDEST);
        let rules = Rules { version: newest, vendor: Vendor::Upstream, flipped: Vec::new() };
        Release::of(&newest.to_string(), newest, rules)
    }

    /// The same release, by the rules of another one.
    pub fn by_rules_of(&self, other: &Release) -> Release {
        Release::of(&self.name.raw_text(), self.version, other.rules.clone())
    }

    /// The same release, with a change taken for the opposite of what the rules have: to see what hangs on it.
    pub fn flipping(&self, change: &'static Change) -> Release {
        let mut rules = self.rules.clone();
        rules.flipped.push(change);
        Release::of(&self.name.raw_text(), self.version, rules)
    }

    fn of(text: &str, version: Version, rules: Rules) -> Release {
        let is = |change: &Change| rules.has(change);
        let of = rules.version;
        Release {
            name: text.into(),
            version,
            max_files: if is(Change::MANY_FILES) { 64 } else { 10 },
            signatures: crate::boot::kernel::signatures::taken_by((of.major, of.minor)),
            prefers_narrow_fadt: is(Change::NARROW_FADT) && !is(Change::WIDE_FADT),
            lockdown: match (is(Change::LOCKDOWN), is(Change::LOCKDOWN_LATE)) {
                (_, true) => LockdownRule::TooLate,
                (true, false) => LockdownRule::Refuses,
                (false, false) => LockdownRule::Unknown,
            },
            archive_copy_kind: if is(Change::ARCHIVE_IS_NVS) { 4 } else { 3 },
            movable_node: is(Change::MOVABLE_NODE),
            efi_stub_places: is(Change::STUB_PLACES) || of == v(6, 1),
            min_map_entries: if is(Change::ONE_ENTRY_MAP) { 1 } else { 2 },
            log_record_len: if is(Change::BIG_LOG_INFO) { 112 } else { 88 },
            clip: if is(Change::CLIP_TO_RAM) { Clip::FirstAndLastRam } else { Clip::EndOfRam },
            coverage: match (is(Change::UNASSIGNED_TEST), is(Change::LATE_GAP)) {
                (_, true) => Coverage::UnassignedAboveMib,
                (true, false) => Coverage::Unassigned,
                (false, false) => Coverage::Sums,
            },
            no_node: if is(Change::NO_NODE_IS_MINUS_ONE) { -1 } else { 1024 },
            reads_cfmws: is(Change::CFMWS),
            cfmws_needs_cxl: is(Change::CFMWS_NEEDS_CXL),
            fake: FakeRules {
                available: Vendor::of(text).emulates(version).unwrap_or(!text.ends_with("-cloud-amd64")),
                knows_per_node: is(Change::FAKE_PER_NODE),
                counts_parts_per_node: is(Change::FAKE_MOVES_DOMAINS),
                moves_domains: is(Change::FAKE_MOVES_DOMAINS),
            },
            block_zone: match (is(Change::BLOCK_ZONE_SPANS), is(Change::BLOCK_ZONE_REGIONS)) {
                (_, true) => BlockZone::SpansRegions,
                (true, false) => BlockZone::SpansAndHoles,
                (false, false) => BlockZone::FirstPages,
            },
            build: Build {
                log_len: Vendor::of(text).log_len(version).unwrap_or(Build::default().log_len),
                ..Build::default()
            },
            unpack: UnpackRules {
                takes_sums: is(Change::TAKES_SUMS),
                strict_digits: is(Change::STRICT_DIGITS),
                needs_nul: is(Change::NEEDS_NUL),
            },
            large_blocks: match (is(Change::BLOCKS_DIVIDE_RAM), is(Change::LARGEST_ON_BARE_METAL)) {
                (_, true) => LargeBlocks::LargestOnBareMetal,
                (true, false) => LargeBlocks::DividesRam,
                (false, false) => LargeBlocks::Largest,
            },
            uncertain: CHANGES.iter().copied().filter(|change| change.is_uncertain(of)).collect(),
            rules,
        }
    }

    /// Whether a change is in force.
    pub fn has(&self, change: &Change) -> bool {
        self.rules.has(change)
    }

    /// The release whose rules are used, as it was named: its own, unless another one was chosen.
    pub fn rules(&self) -> Version {
        self.rules.version
    }

    /// Who built it, by the form of its name.
    pub fn vendor(&self) -> Vendor {
        Vendor::of(&self.name.raw_text())
    }

    /// What concerns nodes and zones and came only after a release that is older than all recorded ones.
    pub fn not_yet_for_zones(&self) -> impl Iterator<Item = &'static str> + '_ {
        let oldest = RECORDED.iter().copied().min().unwrap_or(OLDEST);
        let later = move |change: &&&Change| {
            change.area == ChangeArea::Zones && change.by <= oldest && !self.rules.has(change)
        };
        CHANGES.iter().filter(later).map(|change| change.what)
    }

    /// The rules for taking tables from the initrd, in a boot that is locked down or not.
    pub fn upgrade_rules(&self, locked_down: bool) -> UpgradeRules {
        let lockdown = match (locked_down, self.lockdown) {
            (false, _) | (_, LockdownRule::Unknown) => Lockdown::Off,
            (true, LockdownRule::Refuses) => Lockdown::Refused,
            (true, LockdownRule::TooLate) => Lockdown::NotArmed,
        };
        UpgradeRules {
            limit: self.max_files,
            signatures: self.signatures,
            lockdown,
            prefixed: self.has(Change::PREFIXED),
        }
    }

    /// Whether a table of an archive can be meant for one of the firmware: signature and OEM table ID are the same, and the
    /// OEM ID where the release asks for it.
    pub fn is_meant_for(&self, new: &Identity, existing: &Identity) -> bool {
        new.signature == existing.signature
            && new.oem_table_id == existing.oem_table_id
            && (!self.has(Change::EXACT_IDENTITY) || new.oem_id == existing.oem_id)
    }

    /// Whether recorded boots of this very release stand behind the model.
    pub fn is_recorded(&self) -> bool {
        RECORDED.contains(&self.rules.version)
    }

    /// The recorded releases before and after it.
    pub fn neighbours(&self) -> (Option<Version>, Option<Version>) {
        let of = self.rules.version;
        let below = RECORDED.iter().copied().filter(|known| *known < of).max();
        (below, RECORDED.iter().copied().filter(|known| *known > of).min())
    }

    /// The recorded release whose rules are nearest.
    pub fn nearest_recorded(&self) -> Version {
        let distance = |other: &Version| (other.ordinal() - self.rules.version.ordinal()).abs();
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
        assert!(!at("6.9").has(Change::FACS_ALWAYS) && at("6.10").has(Change::FACS_ALWAYS));
        assert!(!at("6.3").has(Change::ACPI_IN_MAX_PFN) && at("6.9").has(Change::ACPI_IN_MAX_PFN));
        assert!(at("6.9").uncertain.iter().any(|change| change.what.contains("highest page")));
        let tables =
            |text: &str| at(text).uncertain.iter().filter(|change| change.area == ChangeArea::Tables).count();
        assert_eq!((tables("6.9"), tables("3.16")), (0, 3));
        assert_eq!(
            (
                at("3.8").max_files,
                at("4.6").has(Change::EXACT_IDENTITY),
                at("4.7").has(Change::EXACT_IDENTITY)
            ),
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
