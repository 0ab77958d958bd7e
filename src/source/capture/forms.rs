//! Files with one value or a few: each has a form that Linux gives it, and one of another form is left out.

use super::mask;
use crate::memory::memmap;
use std::borrow::Cow;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Numbers and lists of numbers, decimal or hexadecimal.
    Numbers,
    /// Words of which all are known; a number is one too.
    Words(&'static [&'static str]),
    /// The type of an entry of the firmware's memory map.
    MapType,
    /// The release of a kernel: letters, digits, `.`, `_`, `+`, `~`, `-`.
    Release,
    /// Where the firmware's tables are: `NAME=0x...` lines.
    Systab,
    /// What a vendor calls a machine or a part of it: not what has the form of a serial number.
    Name,
}

/// States of a memory block, and what is done with one that is added.
pub(super) const STATES: Form =
    Form::Words(&["online", "offline", "going-offline", "online_kernel", "online_movable"]);
/// Zones of a memory block.
pub(super) const ZONES: Form = Form::Words(&ZONE_NAMES);
/// Modes of lockdown.
pub(super) const LOCKDOWN: Form =
    Form::Words(&["none", "integrity", "confidentiality", "[none]", "[integrity]", "[confidentiality]"]);
/// Values of the parameters of memory_hotplug.
pub(super) const PARAMETERS: Form =
    Form::Words(&["Y", "N", "force", "online", "contig-zones", "auto-movable"]);
/// Architectures, as the kernel calls itself.
pub(super) const ARCHITECTURES: Form =
    Form::Words(&["x86_64", "aarch64", "riscv64", "loongarch64", "i386", "i586", "i686"]);

/// Names of zones; a block without one has `none`.
const ZONE_NAMES: [&str; 7] = ["DMA", "DMA32", "Normal", "HighMem", "Movable", "Device", "none"];
/// Tables that systab has.
///
/// # Kernel
/// `systab_show` in drivers/firmware/efi/efi.c, `efi_systab_show_arch` in arch/x86/platform/efi/efi.c; 3.10 to 7.3.
const SYSTAB: [&str; 9] = ["ACPI", "ACPI20", "SMBIOS", "SMBIOS3", "MPS", "HCDP", "BOOTINFO", "UGA", "SAL"];
/// Resources of /proc/iomem that have blanks or brackets in their names.
const RESOURCES: [&str; 27] = [
    "ACPI Non-volatile Storage",
    "ACPI Tables",
    "Adapter ROM",
    "Crash kernel",
    "Extension ROM",
    "Kernel bss",
    "Kernel code",
    "Kernel data",
    "Kernel rodata",
    "Keyboard",
    "Local APIC",
    "PCI conf1",
    "PCI mem",
    "Persistent Memory",
    "Persistent Memory (legacy)",
    "RAM buffer",
    "Soft Reserved",
    "System RAM",
    "System RAM (boot alias)",
    "System RAM (kmem)",
    "System RAM (virtio_mem)",
    "System ROM",
    "Unknown E820 type",
    "Unusable memory",
    "Video RAM area",
    "Video ROM",
    "Reserved",
];
/// Words in front of a number: a bridge, a timer.
const NUMBERED: [&str; 8] =
    ["CXL Window ", "HPET ", "IOAPIC ", "PCI Bus ", "PCI ECAM ", "PCI MMCONFIG ", "pnp ", "GART "];
/// The longest name of a cache, a driver or a device that stays.
const NAME_LEN: usize = 48;

impl Form {
    /// Whether a text has the form.
    pub(super) fn is_of(self, text: &str) -> bool {
        let mut words = text.split_ascii_whitespace();
        match self {
            Form::Numbers => words.all(is_number),
            Form::Words(known) => words.all(|word| known.contains(&word) || is_number(word)),
            Form::MapType => memmap::Kind::from_name(text.trim()).is_some(),
            Form::Release => {
                let release = text.trim_end();
                let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte);
                release.len() <= 64
                    && release.starts_with(|first: char| first.is_ascii_digit())
                    && release.bytes().all(is_sign)
            }
            Form::Systab => words.all(|line| {
                line.split_once('=').is_some_and(|(name, value)| SYSTAB.contains(&name) && is_number(value))
            }),
            Form::Name => text.len() <= 128 && !mask::foreign(text) && !mask::names_part(text),
        }
    }
}

/// A number, or a list of numbers: `0x1f`, `8000000`, `0-3,7`, `-1`. At most what 64 bits hold in each.
fn is_number(word: &str) -> bool {
    word.split([',', '-']).all(|part| {
        let digits = part.strip_prefix("0x").unwrap_or(part);
        digits.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Whether a text is a name as programmers give one to a cache or a driver: letters, digits, `_`, `-`, `.`, `:`, `$`, and not of the
/// form of a serial number.
pub(super) fn is_plain_name(name: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:$".contains(&byte);
    (1..=NAME_LEN).contains(&name.len()) && name.bytes().all(is_sign) && !mask::names_part(name)
}

/// /proc/iomem: lines that are ranges, with names that are known or plain; `other` stands for others. Whether there were any.
pub(super) fn resources(text: &str) -> (String, bool) {
    let (mut out, mut any) = (String::with_capacity(text.len()), false);
    for line in text.lines() {
        let Some((range, name)) = line.split_once(" : ") else {
            any = true;
            continue;
        };
        if !is_number(range.trim()) {
            any = true;
            continue;
        }
        let numbered = |start: &str| {
            let rest = name.strip_prefix(start)?;
            let is_sign = |byte: u8| byte.is_ascii_hexdigit() || b":[]- bus.".contains(&byte);
            Some(rest.len() <= 24 && rest.bytes().all(is_sign))
        };
        let is_known = RESOURCES.contains(&name)
            || is_plain_name(name)
            || NUMBERED.iter().find_map(|start| numbered(start)).unwrap_or(false);
        any |= !is_known;
        for part in [range, " : ", if is_known { name } else { "other" }, "\n"] {
            out.push_str(part);
        }
    }
    (out, any)
}

/// /proc/zoneinfo: where zones that are known are, without the counters.
pub(super) fn zones(text: &str) -> String {
    const LINES: [&str; 4] = ["spanned", "present", "managed", "start_pfn:"];
    let mut in_zone = false;
    let is_kept = |line: &&str| {
        if let Some((node, name)) = line.strip_prefix("Node ").and_then(|rest| rest.split_once(", zone ")) {
            in_zone = is_number(node) && ZONE_NAMES.contains(&name.trim());
            return in_zone;
        }
        let mut words = line.split_ascii_whitespace();
        in_zone
            && words.next().is_some_and(|name| LINES.contains(&name))
            && words.next().is_some_and(is_number)
            && words.next().is_none()
    };
    text.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect()
}

/// The name of a slab cache, without the cgroup that old kernels add in brackets; `other` for one that is not plain.
pub(super) fn cache(name: &str) -> Cow<'_, str> {
    let name = name.split('(').next().unwrap_or_default();
    if is_plain_name(name) { name.into() } else { "other".into() }
}

/// Whether a link of sysfs leads to a node or a memory block.
pub(super) fn is_link(target: &str) -> bool {
    target.split('/').all(|part| {
        let kind = part.trim_end_matches(|digit: char| digit.is_ascii_digit());
        matches!(kind, "" | ".." | "sys" | "devices" | "system" | "node" | "memory")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_form_that_linux_gives_them() {
        for (form, text) in [
            (Form::Numbers, "0-3,7\n"),
            (Form::Numbers, "10 21\n"),
            (Form::Numbers, "0x8000000000000001\n"),
            (STATES, "going-offline\n"),
            (ZONES, "Normal Movable\n"),
            (LOCKDOWN, "none [integrity] confidentiality\n"),
            (PARAMETERS, "contig-zones\n"),
            (PARAMETERS, "301\n"),
            (ARCHITECTURES, "x86_64\n"),
            (Form::MapType, "Persistent Memory (legacy)\n"),
            (Form::Release, "6.12.117+deb12-amd64\n"),
            (Form::Systab, "ACPI20=0x7fbfa014\nSMBIOS3=0x7f9ee000\n"),
            (Form::Name, "ThinkPad X1 Carbon Gen 9\n"),
        ] {
            assert!(form.is_of(text), "{text}");
            let is_name = form == Form::Name;
            let other = format!("{}{}hunter2/x", text.trim(), if is_name { "://" } else { " " });
            assert!(!form.is_of(&other), "{other}");
            assert!(!form.is_of("52:54:00:12:34:56 x"), "{text}");
        }
    }

    #[test]
    fn resources_have_known_or_plain_names() {
        let text = "00001000-0009ffff : System RAM\n  000c0000-000dffff : PCI Bus 0000:00\n  00100000-00200000 : PNP0103:00\n\
                    b0000000-bfffffff : PCI ECAM 0000 [bus 00-ff]\nfec00000-fec003ff : IOAPIC 0\n  fd000000-fd0fffff : 0000:00:1f.2\n";
        assert_eq!(resources(text), (text.to_owned(), false));
        let other = "00001000-0009ffff : hunter2 of me\n  000c0000-000dffff : 0123456789abcdef0123456789abcdef\n\
                     hunter2 : System RAM\nhunter2\n00100000-00200000 : PCI Bus hunter2\n";
        let wanted = "00001000-0009ffff : other\n  000c0000-000dffff : other\n00100000-00200000 : other\n";
        assert_eq!(resources(other), (wanted.to_owned(), true));
    }

    #[test]
    fn zones_keep_where_they_are() {
        let text = "Node 0, zone      DMA\n  pages free     0\n        spanned  4095\n        present  3997\n  start_pfn:           1\n";
        let kept =
            "Node 0, zone      DMA\n        spanned  4095\n        present  3997\n  start_pfn:           1\n";
        assert_eq!(zones(text), kept);
        assert_eq!(zones(kept), kept);
        let other =
            "Node 0, zone hunter2\n        spanned  4095\nNode hunter2, zone DMA\n        present  1\n";
        assert_eq!(zones(other), "");
        assert_eq!(zones("Node 0, zone DMA\n spanned hunter2\n spanned 1 hunter2\n"), "Node 0, zone DMA\n");
    }

    #[test]
    fn caches_lose_cgroups_and_other_names() {
        assert_eq!(cache("inode_cache(12:pod-of-somebody)"), "inode_cache");
        assert_eq!(cache("kmalloc-rcl-64"), "kmalloc-rcl-64");
        assert_eq!(cache("who/knows"), "other");
        assert!(is_link("../../node/node0") && !is_link("../../node/hunter2") && !is_link("/home/me"));
    }
}
