//! The configuration that a kernel was built with: what of it decides about tables, nodes, zones and memory that is added.
//!
//! # Kernel
//! Kconfig's `.config` as it stands in /boot/config-RELEASE, /proc/config.gz and, with CONFIG_IKCONFIG, in the image.

use std::collections::BTreeMap;

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `=y`.
    Yes,
    /// `=m`.
    Module,
    /// `is not set`.
    No,
    /// A number, decimal or hexadecimal.
    Number(u64),
    /// A text, its quotes and backslashes taken off; it may hold anything.
    Text(String),
}

impl Value {
    fn parse(text: &str) -> Value {
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        };
        match (text, number) {
            ("y", _) => Value::Yes,
            ("m", _) => Value::Module,
            ("n", _) => Value::No,
            (_, Some(number)) => Value::Number(number),
            (text, None) => {
                let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
                let mut out = String::with_capacity(inner.len());
                let mut characters = inner.chars();
                while let Some(character) = characters.next() {
                    out.extend(if character == '\\' { characters.next() } else { Some(character) });
                }
                Value::Text(out)
            }
        }
    }
}

/// The options that are looked at, without `CONFIG_`. All others are passed over.
const OPTIONS: &[&str] = &[
    "64BIT",
    "ACPI",
    "ACPI_CUSTOM_DSDT",
    "ACPI_HOTPLUG_MEMORY",
    "ACPI_INITRD_TABLE_OVERRIDE",
    "ACPI_NUMA",
    "ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD",
    "ACPI_TABLE_UPGRADE",
    "BLK_DEV_INITRD",
    "CMDLINE",
    "CMDLINE_BOOL",
    "CMDLINE_OVERRIDE",
    "CXL_ACPI",
    "DEFERRED_STRUCT_PAGE_INIT",
    "KEXEC",
    "KEXEC_CORE",
    "LOCK_DOWN_IN_EFI_SECURE_BOOT",
    "LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY",
    "LOCK_DOWN_KERNEL_FORCE_INTEGRITY",
    "LOG_BUF_SHIFT",
    "MEMORY_HOTPLUG",
    "MEMORY_HOTPLUG_DEFAULT_ONLINE",
    "MEMORY_HOTREMOVE",
    "MHP_DEFAULT_ONLINE_TYPE_OFFLINE",
    "MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO",
    "MHP_DEFAULT_ONLINE_TYPE_ONLINE_KERNEL",
    "MHP_DEFAULT_ONLINE_TYPE_ONLINE_MOVABLE",
    "MOVABLE_NODE",
    "NODES_SHIFT",
    "NUMA",
    "NUMA_EMU",
    "PAGE_OWNER",
    "PHYSICAL_ALIGN",
    "PHYSICAL_START",
    "RANDOMIZE_BASE",
    "RD_BZIP2",
    "RD_GZIP",
    "RD_LZ4",
    "RD_LZMA",
    "RD_LZO",
    "RD_XZ",
    "RD_ZSTD",
    "SECURITY_LOCKDOWN_LSM",
    "SECURITY_LOCKDOWN_LSM_EARLY",
    "X86_64",
    "X86_RESERVE_LOW",
    "ZONE_DMA",
    "ZONE_DMA32",
];

/// Whether an option (without `CONFIG_`) is one that is looked at.
pub fn is_read(name: &str) -> bool {
    OPTIONS.binary_search(&name).is_ok()
}

/// Options that a text needs to have so that one that it lacks is off: a whole configuration has hundreds more.
const LEAST_LINES: usize = 200;

/// A kernel's configuration: its options, and what each is set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The version in its head: `6.12.117`, as the sources call themselves.
    pub version: Option<String>,
    /// How many options it has, all counted.
    pub lines: usize,
    /// Whether its text ends in the middle, as far as that shows.
    pub is_cut: bool,
    values: BTreeMap<&'static str, Value>,
}

impl Config {
    /// Reads a configuration. Lines that are none are passed over; of an option that comes twice the last one counts.
    pub fn parse(text: &str) -> Config {
        let mut config = Config::default();
        for line in text.lines() {
            let Some(option) = line.strip_prefix("CONFIG_") else {
                config.comment(line);
                continue;
            };
            let Some((name, value)) = option.split_once('=') else { continue };
            config.set(name, || Value::parse(value.trim_end()));
        }
        // A head promises all of a configuration; a few lines by hand may end as they like.
        let (has_head, ends) = (config.version.is_some(), text.is_empty() || text.ends_with('\n'));
        config.is_cut = !ends && (has_head || config.is_whole()) || has_head && !config.is_whole();
        config
    }

    fn comment(&mut self, line: &str) {
        let Some(comment) = line.strip_prefix("# ") else { return };
        if let Some(name) = comment.strip_prefix("CONFIG_").and_then(|text| text.strip_suffix(" is not set"))
        {
            self.set(name, || Value::No);
        } else if let Some(head) = comment.trim_end().strip_suffix(" Kernel Configuration")
            && self.version.is_none()
        {
            // "Linux/x86 6.1.192", in old releases "Linux/x86_64 3.10.0".
            let version = head.rsplit(' ').next().unwrap_or_default();
            let is_version = version.starts_with(|first: char| first.is_ascii_digit());
            self.version = (head.starts_with("Linux") && is_version).then(|| version.to_owned());
        }
    }

    fn set(&mut self, name: &str, value: impl FnOnce() -> Value) {
        self.lines = self.lines.saturating_add(1);
        if let Ok(place) = OPTIONS.binary_search(&name)
            && let Some(name) = OPTIONS.get(place)
        {
            self.values.insert(name, value());
        }
    }

    /// Whether this is a configuration at all.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Whether an option that it does not have is off, because it has all that are on.
    pub fn is_whole(&self) -> bool {
        self.lines >= LEAST_LINES
    }

    /// An option's value, by its name without `CONFIG_`; `None` where the text has no line that sets it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Whether an option is on, built in or as a module; `None` when the text does not tell.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Value::Yes | Value::Module) => Some(true),
            Some(_) => Some(false),
            None => self.is_whole().then_some(false),
        }
    }

    /// Whether an option is off: the text says so, or has all options that are on.
    pub fn is_off(&self, name: &str) -> bool {
        self.is_on(name) == Some(false)
    }

    /// The number that an option is set to; `None` where it is set to anything else, or not at all.
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The text that an option is set to, without quotes; `None` where it is set to anything else, or not at all.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_in_order() {
        assert!(OPTIONS.is_sorted());
    }

    #[test]
    fn a_configuration_is_read() {
        let text = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.12.117 Kernel Configuration\n#\n\
                    CONFIG_NUMA=y\nCONFIG_CXL_ACPI=m\n# CONFIG_RANDOMIZE_BASE is not set\nCONFIG_NODES_SHIFT=10\n\
                    CONFIG_PHYSICAL_START=0x1000000\nCONFIG_CMDLINE=\"a=\\\"b\\\" c\\\\d\"\nCONFIG_OTHER=y\r\nnoise\n";
        let config = Config::parse(text);
        assert_eq!((config.version.as_deref(), config.lines), (Some("6.12.117"), 7));
        assert_eq!([config.is_on("NUMA"), config.is_on("CXL_ACPI")], [Some(true), Some(true)]);
        assert_eq!(config.is_on("RANDOMIZE_BASE"), Some(false));
        assert_eq!(
            (config.number("NODES_SHIFT"), config.number("PHYSICAL_START")),
            (Some(10), Some(0x100_0000))
        );
        assert_eq!(config.text("CMDLINE"), Some("a=\"b\" c\\d"));
        // A part of a configuration leaves the rest open.
        assert_eq!((config.is_on("MEMORY_HOTPLUG"), config.is_whole()), (None, false));
        let whole: String = (0..LEAST_LINES).map(|number| format!("CONFIG_X{number}=y\n")).collect();
        assert!(Config::parse(&whole).is_off("MEMORY_HOTPLUG"));
        assert!(Config::parse("no configuration").is_empty());
    }

    #[test]
    fn odd_lines_are_no_options() {
        for line in
            ["CONFIG_NUMA", " CONFIG_NUMA=y", "#CONFIG_NUMA is not set", "# CONFIG_NUMA is", "CONFIG_=y"]
        {
            assert_eq!(Config::parse(line).get("NUMA"), None, "{line}");
        }
        assert_eq!(Config::parse("CONFIG_NUMA=n").is_on("NUMA"), Some(false));
        assert_eq!(Config::parse("CONFIG_CMDLINE=\"\\\"").text("CMDLINE"), Some(""));
        assert_eq!(Config::parse("CONFIG_NODES_SHIFT=99999999999999999999").number("NODES_SHIFT"), None);
    }
}
