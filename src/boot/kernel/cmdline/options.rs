//! The options that Linux reads and that decide something about tables, memory or zones: one table.

use super::{Cmdline, Numa, Parameter, integer, memparse};
use crate::boot::kernel::release::{Change, Release};

/// Who reads an option, which decides how its name is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// `early_param`, or `__setup` with `=`: `-` and `_` are the same.
    Kernel,
    /// `__setup` without `=`: `-` and `_` are the same, and anything may follow the name.
    Start,
    /// A module's parameter: as [`Reader::Kernel`].
    Module,
    /// The decompressor or the EFI stub alone: to the letter.
    Decompressor,
    /// Whoever looks for the text, wherever it stands.
    Anywhere,
}

/// An option that the model knows.
pub struct Known {
    /// Its name, with `_`.
    pub name: &'static str,
    /// Who reads it.
    pub reader: Reader,
    /// What the first release that knows it has; `None` where all have it.
    pub since: Option<&'static Change>,
    /// What it does, in a few words.
    pub effect: &'static str,
    pub(super) take: fn(&mut Cmdline, &Parameter, Option<&Release>),
}

impl std::fmt::Debug for Known {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Known({})", self.name)
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Known) -> bool {
        self.name == other.name
    }
}

impl Eq for Known {}

impl Known {
    /// The option that a parameter is to the kernel; `None` where none is known.
    pub(super) fn of(parameter: &Parameter) -> Option<&'static Known> {
        OPTIONS.iter().find(|known| match known.reader {
            Reader::Start => parameter.name.starts_with(known.name),
            Reader::Decompressor | Reader::Anywhere => parameter.written == known.name,
            Reader::Kernel | Reader::Module => parameter.name == known.name,
        })
    }
}

/// Whether the rules are those of a release that has a change; without a release they are the newest.
fn has(release: Option<&Release>, change: &Change) -> bool {
    release.is_none_or(|release| release.has(change))
}

macro_rules! options {
    ($($name:literal $reader:ident $(since $since:ident)?, $effect:literal, $take:expr;)*) => {
        /// All options, each once.
        pub static OPTIONS: &[Known] = &[$(Known {
            name: $name,
            reader: Reader::$reader,
            since: options!(@since $($since)?),
            effect: $effect,
            take: $take,
        }),*];
    };
    (@since) => { None };
    (@since $since:ident) => { Some(Change::$since) };
}

/// For options that a stage asks for by name.
const ASKED: fn(&mut Cmdline, &Parameter, Option<&Release>) = |_, _, _| {};

options! {
    "acpi" Kernel, "switches ACPI off, or chooses the root table", |line, parameter, _| match parameter.text() {
        "off" => line.acpi_off = true,
        "force" => line.acpi_off = false,
        "rsdt" => line.acpi_rsdt = true,
        "copy_dsdt" => line.acpi_copy_dsdt = true,
        _ => {}
    };
    "acpi_apic_instance" Kernel, "chooses one of several MADTs", |line, parameter, _| match integer(parameter.text()) {
        Some(instance) => line.acpi_apic_instance = Some(instance),
        None => line.ignored.push((parameter.shown(), "it is not a number")),
    };
    "acpi_force_32bit_fadt_addr" Kernel since FORCED_NARROW_FADT, "makes the FADT's 32-bit addresses win",
        |line, _, _| line.acpi_force_32bit_fadt_addr = true;
    "acpi_force_table_verification" Kernel since VERIFICATION_LINE, "verifies tables as they are installed",
        |line, _, _| line.acpi_force_table_verification = true;
    "acpi_no_memhotplug" Start, "keeps Linux from adding ACPI's memory devices", |line, _, _| line.acpi_no_memhotplug = true;
    "acpi_no_static_ssdt" Kernel since NO_STATIC_SSDT, "leaves SSDTs out", |line, _, _| line.acpi_no_static_ssdt = true;
    "acpi_rsdp" Kernel, "gives the RSDP's address", |line, parameter, _| {
        let digits = parameter.text().trim_start_matches("0x");
        line.acpi_rsdp = u64::from_str_radix(digits, 16).ok().filter(|address| *address != 0);
    };
    "cma" Kernel, "sets memory aside", ASKED;
    "crashkernel" Anywhere, "sets memory aside for a second kernel", ASKED;
    "default_hugepagesz" Kernel, "gives the size of huge pages", ASKED;
    "efi" Kernel, "nosoftreserve makes special-purpose memory usual RAM", |line, parameter, _| {
        line.no_soft_reserve |= parameter.text().split(',').any(|word| word == "nosoftreserve");
    };
    "hugepages" Kernel, "sets huge pages aside", ASKED;
    "hugepagesz" Kernel, "gives the size of huge pages", ASKED;
    "hugetlb_cma" Kernel, "sets memory aside for huge pages", ASKED;
    "kernelcore" Kernel, "keeps memory for the kernel", |line, parameter, release| match parameter.value.as_deref() {
        None => line.kernelcore_without_value = true,
        Some(list) if list.split(',').any(|token| token == "mirror") => {
            if has(release, Change::MIRROR_OPTION) {
                line.kernelcore_mirror = true;
            } else {
                line.kernelcore.read(list);
                line.ignored.push((parameter.shown(), "this release takes it for a size of 0"));
            }
        }
        Some(size) => line.kernelcore.read(size),
    };
    "lockdown" Kernel since LOCKDOWN, "locks the kernel down", |line, parameter, _| {
        line.lockdown |= matches!(parameter.text(), "integrity" | "confidentiality");
    };
    "log_buf_len" Kernel, "gives the size of the kernel's log", |line, parameter, _| {
        // Linux rounds to a power of two, takes no more than 2 GiB, and nothing that is smaller than what it has.
        let (size, _) = memparse(parameter.text());
        line.log_buf_len = size.checked_next_power_of_two().filter(|size| *size > 0 && *size <= 1 << 31);
    };
    "mem" Kernel, "limits RAM", |line, parameter, _| line.take_mem(parameter);
    "memblock" Kernel, "debug prints what memblock hands out", |line, parameter, _| {
        line.memblock_debug |= parameter.text().contains("debug");
    };
    "memhp_default_state" Kernel, "gives the state of added memory", |line, parameter, _| match parameter.text() {
        state @ ("offline" | "online" | "online_kernel" | "online_movable") => {
            line.memhp_default_state = Some(state.to_owned());
        }
        _ => line.ignored.push((parameter.shown(), "it is none of offline, online, online_kernel, online_movable")),
    };
    "memmap" Kernel, "changes the memory map", |line, parameter, release| match parameter.value.as_deref() {
        None => line.ignored.push((parameter.shown(), "it has no value")),
        Some(list) => {
            let conversions = has(release, Change::MAP_CONVERSIONS);
            list.split(',').for_each(|one| line.take_memmap(one, conversions));
        }
    };
    "memory_hotplug.auto_movable_numa_aware" Module, "asks each node for the ratio of movable memory", ASKED;
    "memory_hotplug.auto_movable_ratio" Module, "gives the ratio of movable memory", ASKED;
    "memory_hotplug.memmap_on_memory" Module, "puts page structures into added memory", ASKED;
    "memory_hotplug.online_policy" Module, "chooses the zone of added memory", ASKED;
    "movable_node" Kernel since MOVABLE_NODE, "makes hot-pluggable nodes movable", |line, _, _| line.movable_node = true;
    "movablecore" Kernel, "keeps memory movable", |line, parameter, _| match parameter.value.as_deref() {
        None => line.ignored.push((parameter.shown(), "it has no value")),
        Some(size) => line.movablecore.read(size),
    };
    "noinitrd" Start, "keeps the initrd from being unpacked", |line, _, _| line.noinitrd = true;
    "nokaslr" Decompressor, "leaves the kernel at its usual place", ASKED;
    // Linux compares only as many characters as the word has: numa=offline is numa=off.
    "numa" Kernel, "switches nodes off, or makes them up", |line, parameter, _| match parameter.text() {
        text if text.starts_with("off") => line.numa = Numa::Off,
        text if text.starts_with("noacpi") => {
            if line.numa != Numa::Off {
                line.numa = Numa::NoAcpi;
            }
        }
        text if text.starts_with("fake=") => line.numa_fake = text.strip_prefix("fake=").map(str::to_owned),
        text if text.starts_with("nohmat") => {}
        _ => line.ignored.push((parameter.shown(), "numa= knows off, noacpi, nohmat and fake=")),
    };
    "reservelow" Kernel, "reserves low memory", |line, parameter, _| {
        line.reservelow_kib = Some((memparse(parameter.text()).0 >> 10).clamp(4, 640));
    };
}

/// Names this short are one letter from too many others.
const SHORTEST: usize = 4;

/// The known option that a parameter is one edit away from, where it is none itself: a letter added, left out, changed or
/// changed places with its neighbour, or capitals.
pub(super) fn meant(parameter: &Parameter) -> Option<&'static Known> {
    if Known::of(parameter).is_some() || parameter.name.len() > 64 {
        return None;
    }
    let name = parameter.name.to_lowercase();
    let longer = OPTIONS.iter().filter(|known| known.name.len() >= SHORTEST);
    longer.into_iter().find(|known| is_one_edit(name.as_bytes(), known.name.as_bytes()))
}

/// Whether two names differ in one edit or none.
fn is_one_edit(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (a, b) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    match (a, b) {
        (a, [_, rest @ ..]) if a == rest => true,
        ([_, rest @ ..], b) if b == rest => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([first, second, a @ ..], [third, fourth, b @ ..]) => (first, second) == (fourth, third) && a == b,
        _ => a.is_empty() && b.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_holds_each_name_once() {
        assert!(OPTIONS.is_sorted_by(|one, next| one.name < next.name));
        assert!(OPTIONS.iter().all(|known| !known.name.contains('-') && !known.effect.is_empty()));
    }

    #[test]
    fn one_letter_away_is_found() {
        let meant = |written: &str| meant(&Parameter::new(written, None)).map(|known| known.name);
        for wrong in
            ["moveable_node", "moveable-node", "movable_nod", "movalbe_node", "Movable_Node", "movablenode"]
        {
            assert_eq!(meant(wrong), Some("movable_node"), "{wrong}");
        }
        assert_eq!(meant("hugepagess"), Some("hugepages"));
        assert_eq!(meant("crash-kernel"), Some("crashkernel"));
        assert_eq!(meant("no-kaslr"), Some("nokaslr"));
        for right in [
            "movable-node",
            "hugepages",
            "hugepagesz",
            "apic",
            "cmx",
            "quiet",
            "ro",
            "root",
            "movablenodes",
            "acpi_no_memhotplugs",
        ] {
            assert_eq!(meant(right), None, "{right}");
        }
    }
}
