//! The early parameters: the command line as Linux reads it before there is memory to allocate.
//!
//! # Kernel
//! `parse_args` and `next_arg` (lib/cmdline.c, kernel/params.c), `memparse` (lib/cmdline.c), and the `early_param`
//! handlers named at each field; the same from 5.10 to 7.3.

use super::release::Release;
use std::fmt;

/// A size given in bytes or in percent; the last of each kind counts, and a percentage hides the bytes unless it is 0.
///
/// # Kernel
/// `cmdline_parse_core` in mm/page_alloc.c (5.10 to 6.1) and mm/mm_init.c (6.12 to 7.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoreSize {
    /// Whole pages' worth of bytes given; 0 when none.
    pub bytes: u64,
    /// Percentage given; 0 when none. Values above 100 are used as they are.
    pub percent: u64,
}

impl CoreSize {
    fn read(&mut self, text: &str) {
        let (number, rest) = number(text);
        if rest.starts_with('%') {
            self.percent = number;
        } else {
            self.bytes = memparse(text).0 & !0xfff;
            self.percent = 0;
        }
    }
}

impl fmt::Display for CoreSize {
    /// Writes it as an option's value, in the largest unit that fits.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.percent != 0 {
            return write!(out, "{}%", self.percent);
        }
        let units = [(40, "T"), (30, "G"), (20, "M"), (10, "K")];
        let whole = units.into_iter().find(|(shift, _)| self.bytes >> shift << shift == self.bytes);
        let (shift, unit) = whole.unwrap_or((0, ""));
        write!(out, "{}{unit}", self.bytes >> shift)
    }
}

/// One change that the command line makes to the memory map, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapChange {
    /// `memmap=exactmap`: all entries so far are dropped.
    Exact,
    /// `mem=N` or `memmap=N`: RAM at and above this address is removed.
    Limit(u64),
    /// `memmap=N@S`, `N#S`, `N$S`, `N!S`, `N%S+T`: an entry of this e820 type is added.
    Add {
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// e820 type number.
        kind: u32,
    },
    /// `memmap=N%S-F+T`: what has the type F gets the type T.
    Convert {
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// Type before.
        from: u32,
        /// Type after.
        to: u32,
    },
    /// `memmap=N%S-F` or `N%S`: entries of type F (or of any) are removed.
    Remove {
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// Type to remove; any when `None`.
        from: Option<u32>,
    },
}

/// `numa=`, the last one given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Numa {
    /// Not given, or without effect on nodes.
    #[default]
    On,
    /// `numa=off`: one node, nothing is read.
    Off,
    /// `numa=noacpi`: the SRAT is not read.
    NoAcpi,
}

/// What the command line says, as far as tables and zones go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cmdline {
    /// The text as given.
    pub text: String,
    /// `movable_node`, with any value.
    pub movable_node: bool,
    /// `kernelcore=` in bytes or percent.
    pub kernelcore: CoreSize,
    /// `movablecore=` in bytes or percent.
    pub movablecore: CoreSize,
    /// `kernelcore=mirror`.
    pub kernelcore_mirror: bool,
    /// `kernelcore` without a value: Linux does not survive it.
    pub kernelcore_without_value: bool,
    /// Changes to the memory map, in order.
    pub map: Vec<MapChange>,
    /// Whether an option made the map the user's, so that it must be a valid one.
    pub map_is_user_defined: bool,
    /// `numa=off` or `numa=noacpi`.
    pub numa: Numa,
    /// `numa=fake=` and what follows.
    pub numa_fake: Option<String>,
    /// `acpi=off`: no ACPI tables are used.
    pub acpi_off: bool,
    /// `acpi=rsdt`: the RSDT is walked even if there is an XSDT.
    pub acpi_rsdt: bool,
    /// `acpi_no_static_ssdt`: SSDTs are not installed during boot.
    pub acpi_no_static_ssdt: bool,
    /// `acpi_force_table_verification`: tables are verified when they are installed.
    pub acpi_force_table_verification: bool,
    /// `acpi_force_32bit_fadt_addr`: the FADT's 32-bit addresses win.
    pub acpi_force_32bit_fadt_addr: bool,
    /// `acpi=copy_dsdt`: the DSDT is copied to the kernel's memory before it is loaded.
    pub acpi_copy_dsdt: bool,
    /// `acpi_apic_instance=`: which MADT is read, counted from 1; 0 and 1 are the first.
    pub acpi_apic_instance: Option<i32>,
    /// `noinitrd`: the initrd is not unpacked. Its tables are found all the same.
    pub noinitrd: bool,
    /// `acpi_rsdp=`.
    pub acpi_rsdp: Option<u64>,
    /// `lockdown=integrity` or `lockdown=confidentiality`.
    pub lockdown: bool,
    /// `nokaslr`.
    pub nokaslr: bool,
    /// `efi=nosoftreserve`: memory that firmware keeps for a purpose is RAM like any other.
    pub no_soft_reserve: bool,
    /// `log_buf_len=`, rounded up to a power of two as Linux does.
    pub log_buf_len: Option<u64>,
    /// `crashkernel=` with any value.
    pub crashkernel: bool,
    /// `reservelow=` in KiB.
    pub reservelow_kib: Option<u64>,
    /// `hugepages=`, `hugepagesz=` and `default_hugepagesz=`, in order, as given.
    pub hugepages: Vec<(String, String)>,
    /// `memhp_default_state=`, the last valid one.
    pub memhp_default_state: Option<String>,
    /// `memory_hotplug.NAME=VALUE`, in order.
    pub memory_hotplug: Vec<(String, String)>,
    /// `memblock=debug`.
    pub memblock_debug: bool,
    /// Options that Linux ignores or refuses, with what it makes of them. For messages: escape before printing.
    pub ignored: Vec<(String, &'static str)>,
}

/// The parameters of a command line, in order, with their values: quotes may hold blanks, `--` ends them.
pub fn parameters(text: &str) -> impl Iterator<Item = (String, Option<String>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(is_space);
        let mut quoted = false;
        let end = rest
            .char_indices()
            .find(|(_, character)| {
                quoted ^= *character == '"';
                !quoted && is_space(*character)
            })
            .map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at(end);
        rest = after;
        if word.is_empty() || word == "--" {
            rest = "";
            return None;
        }
        // A quote before the name belongs to the whole word, one before the value to the value.
        let word = word.strip_prefix('"').map_or(word, |inner| inner.strip_suffix('"').unwrap_or(inner));
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let unquote = |value: &str| {
            value.strip_prefix('"').map_or(value, |inner| inner.strip_suffix('"').unwrap_or(inner)).to_owned()
        };
        Some((name.to_owned(), value.map(unquote)))
    })
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// A number as the kernel's `simple_strtoull` with base 0 reads it, and what follows it: hex after 0x, octal after 0, no
/// sign, 0 when there is no digit. Too large numbers wrap.
pub fn number(text: &str) -> (u64, &str) {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', next, ..] if next.is_ascii_hexdigit() => (16, text.get(2..).unwrap_or("")),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let end = digits.find(|character: char| !character.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let value = digits
        .chars()
        .filter_map(|digit| digit.to_digit(radix))
        .fold(0u64, |value, digit| value.wrapping_mul(radix.into()).wrapping_add(digit.into()));
    (value, rest)
}

/// A whole number as the kernel's `kstrtoint` with base 0 reads it: nothing may follow it, and it may have a sign.
pub(super) fn integer(text: &str) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (value, rest) = number(digits);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) || !rest.is_empty() {
        return None;
    }
    let value = i64::try_from(value).ok()?;
    i32::try_from(if negative { -value } else { value }).ok()
}

/// A number with one of the suffixes K, M, G, T, P, E, and what follows it. Too large numbers wrap.
pub fn memparse(text: &str) -> (u64, &str) {
    let (value, rest) = number(text);
    let shift = match rest.as_bytes().first().map(u8::to_ascii_uppercase) {
        Some(b'K') => 10,
        Some(b'M') => 20,
        Some(b'G') => 30,
        Some(b'T') => 40,
        Some(b'P') => 50,
        Some(b'E') => 60,
        _ => return (value, rest),
    };
    (value.wrapping_shl(shift), rest.get(1..).unwrap_or(""))
}

/// Whether two parameter names are the same to Linux: `-` and `_` are.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .all(|(a, b)| a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_')))
}

impl Cmdline {
    /// Reads a command line; nothing in it is an error, since Linux boots with any.
    pub fn parse(text: &str) -> Cmdline {
        let mut line = Cmdline { text: text.trim().to_owned(), ..Cmdline::default() };
        for (name, value) in parameters(text) {
            line.take(&name, value.as_deref());
        }
        line
    }

    /// The line as a release reads it: what came later is read as it was read then, or ignored, and said so.
    pub fn heeded_by(mut self, release: &Release) -> Cmdline {
        if self.movable_node && !release.movable_node {
            self.movable_node = false;
            self.ignore("movable_node", None, "this release does not know it");
        }
        if self.kernelcore_mirror && !release.knows_mirror {
            self.kernelcore_mirror = false;
            self.ignore("kernelcore", Some("mirror"), "this release takes it for a size of 0");
        }
        for size in [&mut self.kernelcore, &mut self.movablecore] {
            if size.percent > 0 && !release.knows_percent {
                // The number counts as bytes, which is less than a page.
                *size = CoreSize::default();
                self.ignored.push(("a percentage".into(), "this release takes it for so many bytes"));
            }
        }
        if !release.knows_map_conversions && self.text.contains("memmap=") {
            let before = std::mem::take(&mut self.map);
            self.map = before.into_iter().map(|change| self.converted_before(change)).collect();
        }
        self
    }

    /// Before it had a meaning, what follows the size and begins with % was not looked at.
    fn converted_before(&self, change: MapChange) -> MapChange {
        match change {
            MapChange::Convert { size, .. } | MapChange::Remove { size, .. } => MapChange::Limit(size),
            MapChange::Add { size, kind, .. } if !matches!(kind, 1 | 2 | 3 | 12) => MapChange::Limit(size),
            other => other,
        }
    }

    fn take(&mut self, name: &str, value: Option<&str>) {
        let is = |known: &str| same_name(name, known);
        let text = value.unwrap_or("");
        if is("movable_node") {
            self.movable_node = true;
        } else if is("kernelcore") {
            match value {
                None => self.kernelcore_without_value = true,
                Some(list) if list.split(',').any(|token| token == "mirror") => self.kernelcore_mirror = true,
                Some(size) => self.kernelcore.read(size),
            }
        } else if is("movablecore") {
            match value {
                None => self.ignore(name, value, "it has no value"),
                Some(size) => self.movablecore.read(size),
            }
        } else if is("mem") {
            self.take_mem(name, value);
        } else if is("memmap") {
            match value {
                None => self.ignore(name, value, "it has no value"),
                Some(list) => list.split(',').for_each(|one| self.take_memmap(one)),
            }
        } else if is("numa") {
            // Linux compares only as many characters as the word has: numa=offline is numa=off.
            if text.starts_with("off") {
                self.numa = Numa::Off;
            } else if text.starts_with("noacpi") {
                if self.numa != Numa::Off {
                    self.numa = Numa::NoAcpi;
                }
            } else if let Some(fake) = text.strip_prefix("fake=") {
                self.numa_fake = Some(fake.to_owned());
            } else if !text.starts_with("nohmat") {
                self.ignore(name, value, "numa= knows off, noacpi, nohmat and fake=");
            }
        } else if is("acpi") {
            match text {
                "off" => self.acpi_off = true,
                "force" => self.acpi_off = false,
                "rsdt" => self.acpi_rsdt = true,
                "copy_dsdt" => self.acpi_copy_dsdt = true,
                _ => {}
            }
        } else if is("acpi_no_static_ssdt") {
            self.acpi_no_static_ssdt = true;
        } else if is("acpi_force_table_verification") {
            self.acpi_force_table_verification = true;
        } else if is("acpi_force_32bit_fadt_addr") {
            self.acpi_force_32bit_fadt_addr = true;
        } else if is("acpi_apic_instance") {
            match integer(text) {
                Some(instance) => self.acpi_apic_instance = Some(instance),
                None => self.ignore(name, value, "it is no number"),
            }
        } else if is("noinitrd") {
            self.noinitrd = true;
        } else if is("acpi_rsdp") {
            let digits = text.trim_start_matches("0x");
            self.acpi_rsdp = u64::from_str_radix(digits, 16).ok().filter(|address| *address != 0);
        } else if is("lockdown") {
            self.lockdown |= matches!(text, "integrity" | "confidentiality");
        } else if is("nokaslr") {
            self.nokaslr = true;
        } else if is("efi") {
            self.no_soft_reserve |= text.split(',').any(|word| word == "nosoftreserve");
        } else if is("log_buf_len") {
            // Linux rounds to a power of two, takes no more than 2 GiB, and nothing that is smaller than what it has.
            let (size, _) = memparse(text);
            self.log_buf_len = size.checked_next_power_of_two().filter(|size| *size > 0 && *size <= 1 << 31);
        } else if is("crashkernel") {
            self.crashkernel |= value.is_some();
        } else if is("reservelow") {
            self.reservelow_kib = Some((memparse(text).0 >> 10).clamp(4, 640));
        } else if is("hugepages") || is("hugepagesz") || is("default_hugepagesz") {
            self.hugepages.push((name.replace('-', "_"), text.to_owned()));
        } else if is("memhp_default_state") {
            match text {
                "offline" | "online" | "online_kernel" | "online_movable" => {
                    self.memhp_default_state = Some(text.to_owned());
                }
                _ => self.ignore(name, value, "it is none of offline, online, online_kernel, online_movable"),
            }
        } else if is("memblock") {
            self.memblock_debug |= text.contains("debug");
        } else if let Some((module, parameter)) = name.split_once('.')
            && same_name(module, "memory_hotplug")
        {
            self.memory_hotplug.push((parameter.replace('-', "_"), text.to_owned()));
        }
    }

    fn ignore(&mut self, name: &str, value: Option<&str>, why: &'static str) {
        let shown = value.map_or_else(|| name.to_owned(), |value| format!("{name}={value}"));
        self.ignored.push((shown, why));
    }

    /// # Kernel
    /// `parse_memopt` in arch/x86/kernel/e820.c.
    fn take_mem(&mut self, name: &str, value: Option<&str>) {
        // The map counts as the user's even when the size is none.
        self.map_is_user_defined |= value.is_some_and(|text| text != "nopentium");
        match value.map(memparse) {
            Some((0, _)) | None => self.ignore(name, value, "it gives no size"),
            Some((limit, _)) => self.map.push(MapChange::Limit(limit)),
        }
    }

    /// # Kernel
    /// `parse_memmap_one` in arch/x86/kernel/e820.c.
    fn take_memmap(&mut self, one: &str) {
        if one.starts_with("exactmap") {
            self.map_is_user_defined = true;
            self.map.push(MapChange::Exact);
            return;
        }
        let (size, rest) = memparse(one);
        if rest.len() == one.len() {
            self.ignore("memmap", Some(one), "it does not begin with a size");
            return;
        }
        self.map_is_user_defined = true;
        let mut characters = rest.chars();
        let sign = characters.next();
        let (start, after) = memparse(characters.as_str());
        let add = |kind| MapChange::Add { start, size, kind };
        let change = match sign {
            Some('@') => add(1),
            Some('#') => add(3),
            Some('$') => add(2),
            Some('!') => add(12),
            Some('%') => match convert(start, size, after) {
                Some(change) => change,
                None => {
                    self.ignore("memmap", Some(one), "what follows the start is no -OLD+NEW");
                    return;
                }
            },
            _ => MapChange::Limit(size),
        };
        self.map.push(change);
    }
}

fn convert(start: u64, size: u64, text: &str) -> Option<MapChange> {
    let (mut from, mut to, mut rest) = (0, 0, text);
    if let Some(after) = rest.strip_prefix('-') {
        (from, rest) = number(after);
    }
    if let Some(after) = rest.strip_prefix('+') {
        (to, rest) = number(after);
    }
    if !rest.is_empty() {
        return None;
    }
    let (from, to) = (from as u32, to as u32);
    Some(match (from, to) {
        (0, 0) => MapChange::Remove { start, size, from: None },
        (from, 0) => MapChange::Remove { start, size, from: Some(from) },
        (0, kind) => MapChange::Add { start, size, kind },
        (from, to) => MapChange::Convert { start, size, from, to },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_kernel_reads_them() {
        assert_eq!(memparse("64M$0x10000000"), (64 << 20, "$0x10000000"));
        assert_eq!(memparse("-1"), (0, "-1"));
        assert_eq!(number("010"), (8, ""));
        assert_eq!(number("0x"), (0, "x"));
        assert_eq!(memparse("1e"), (1 << 60, ""));
        assert_eq!(number("99999999999999999999").1, "");
    }

    #[test]
    fn an_instance_is_a_whole_number() {
        let read = |text: &str| Cmdline::parse(&format!("acpi_apic_instance={text}")).acpi_apic_instance;
        assert_eq!(
            [read("2"), read("0x10"), read("-1"), read("010")],
            [Some(2), Some(16), Some(-1), Some(8)]
        );
        for bad in ["", "x", "2x", "99999999999", "--1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn parameters_are_split_at_blanks_outside_quotes() {
        let all: Vec<_> = parameters(" a=1 b \"c=d e\" f=\"g h\"  -- movable_node").collect();
        let own = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(all, [own("a", Some("1")), own("b", None), own("c", Some("d e")), own("f", Some("g h"))]);
    }

    #[test]
    fn sizes_and_percentages_keep_their_own_state() {
        let line = Cmdline::parse("movablecore=300M movablecore=0% kernelcore=50.5% kernelcore=mirrorx");
        assert_eq!(line.movablecore, CoreSize { bytes: 300 << 20, percent: 0 });
        assert_eq!(line.kernelcore, CoreSize::default());
        assert!(!line.kernelcore_mirror);
        assert!(Cmdline::parse("kernelcore=1G,mirror").kernelcore_mirror);
        assert!(Cmdline::parse("movable-node").movable_node);
        assert!(Cmdline::parse("kernelcore").kernelcore_without_value);
    }

    #[test]
    fn old_releases_read_what_they_know() {
        let read =
            |release: &str, line: &str| Cmdline::parse(line).heeded_by(&Release::parse(release).unwrap());
        let line = "movable_node kernelcore=mirror movablecore=30% memmap=1G%4G-1+2";
        let (old, new) = (read("3.10", line), read("6.1", line));
        assert_eq!(
            (old.movable_node, old.kernelcore_mirror, old.movablecore),
            (false, false, CoreSize::default())
        );
        assert_eq!((old.map, old.ignored.len()), (vec![MapChange::Limit(1 << 30)], 3));
        assert_eq!((new.movable_node, new.kernelcore_mirror, new.movablecore.percent), (true, true, 30));
        assert!(new.ignored.is_empty());
    }

    #[test]
    fn map_changes_keep_their_order() {
        let line =
            Cmdline::parse("memmap=exactmap,639K@0 mem=2G memmap=16M$300M memmap=1M%4G-1+2 mem=0 memmap=x");
        assert_eq!(
            line.map,
            [
                MapChange::Exact,
                MapChange::Add { start: 0, size: 639 << 10, kind: 1 },
                MapChange::Limit(2 << 30),
                MapChange::Add { start: 300 << 20, size: 16 << 20, kind: 2 },
                MapChange::Convert { start: 4 << 30, size: 1 << 20, from: 1, to: 2 },
            ]
        );
        assert_eq!(line.ignored.len(), 2);
    }
}
