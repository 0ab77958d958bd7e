//! What every view begins with: who made it, by which model, and from what.

use crate::boot;
use crate::foreign::Foreign;
use serde::Serialize;

/// What stands in every view after the name of its contract.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct About {
    /// The program and its version.
    pub tool: &'static str,
    /// Version of the boot model: another one may predict otherwise from the same sources.
    pub model: u32,
    /// What the answer was made from.
    pub sources: Sources,
}

impl Default for About {
    fn default() -> Self {
        About::from(Sources::default())
    }
}

impl From<Sources> for About {
    fn from(sources: Sources) -> Self {
        About { tool: concat!("acpihp ", env!("CARGO_PKG_VERSION")), model: boot::MODEL_VERSION, sources }
    }
}

/// What an answer was made from; null where it needed no such thing, or there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sources {
    /// The firmware's memory map.
    pub memory_map: Option<Source>,
    /// The firmware's tables, or those that were looked at.
    pub tables: Option<Source>,
    /// The kernel's release.
    pub release: Option<Source>,
    /// Its configuration.
    pub config: Option<Source>,
    /// Its command line.
    pub command_line: Option<Source>,
    /// What the log lacks of the lines by which memory, tables and nodes are known: it was cut, or lines were lost.
    pub log_lacks: Vec<String>,
}

/// Where something was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Source {
    /// What kind of source that is.
    pub kind: SourceKind,
    /// The file or folder; null where there is none, as for an option.
    pub path: Option<Foreign>,
}

crate::phrase::words! {
    /// Where something was read.
    pub enum SourceKind {
        /// What the boot loader handed to the kernel: /sys/kernel/boot_params.
        BootParams = "boot_params",
        /// /sys/firmware/memmap.
        Memmap = "memmap",
        /// The log of a boot.
        Log = "log",
        /// /sys/firmware/acpi/tables of the machine or its copy.
        Sysfs = "sysfs",
        /// /proc of the machine or its copy.
        Proc = "proc",
        /// A file or folder that was named.
        File = "file",
        /// A kernel image or a unified kernel image.
        Image = "image",
        /// A kernel's configuration.
        Config = "config",
        /// An option of the command.
        Option = "option",
        /// Nothing told it: the newest release that the model knows, or an empty command line.
        Default = "default",
    }
}

/// Files that every machine and every copy of one has.
const OF_MACHINES: [&str; 6] = [
    "/sys/kernel/boot_params/data",
    "/sys/firmware/memmap",
    "/sys/firmware/acpi/tables",
    "/proc/sys/kernel/osrelease",
    "/proc/cmdline",
    "/var/log/dmesg",
];

impl Source {
    /// A file of a kind.
    pub fn at(kind: SourceKind, path: impl Into<Foreign>) -> Source {
        Source { kind, path: Some(path.into()) }
    }

    /// A source without a file.
    pub fn of(kind: SourceKind) -> Source {
        Source { kind, path: None }
    }

    /// In a few words, safe to print: of a file that every machine has, the machine; `None` where it is not known.
    fn words(&self) -> Option<String> {
        Some(match (self.kind, &self.path) {
            (_, Some(path)) => {
                let path = path.text();
                let of_machine = OF_MACHINES.iter().find_map(|place| path.strip_suffix(place));
                match of_machine.map(|root| root.trim_end_matches('/')) {
                    Some("") => "this machine".to_owned(),
                    Some(root) => root.to_owned(),
                    None => path.into_owned(),
                }
            }
            (SourceKind::Default, None) => return None,
            (SourceKind::Option, None) => "an option".to_owned(),
            (kind, None) => kind.to_string(),
        })
    }
}

impl Sources {
    /// Release and command line of a command that takes no machine: by option, or by default.
    pub fn of_release(given: bool) -> Sources {
        let kind = if given { SourceKind::Option } else { SourceKind::Default };
        Sources { release: Some(Source::of(kind)), ..Sources::default() }
    }

    /// The same, with tables from a file or folder.
    pub fn with_tables(mut self, path: impl Into<Foreign>) -> Sources {
        self.tables = Some(Source::at(SourceKind::File, path));
        self
    }

    /// Whether everything was read on the running machine, as it is.
    pub fn is_running(&self) -> bool {
        let is_its_own = |source: &Source| {
            source.path.as_ref().is_none_or(|path| {
                ["/proc/", "/sys/", "/var/log/", "/boot/", "/dev/kmsg"]
                    .iter()
                    .any(|start| path.raw().starts_with(start.as_bytes()))
            }) && source.kind != SourceKind::Option
        };
        self.named().all(|(_, source)| is_its_own(source))
    }

    /// Those that are there, with what they are of.
    fn named(&self) -> impl Iterator<Item = (&'static str, &Source)> {
        [
            ("memory map", &self.memory_map),
            ("tables", &self.tables),
            ("release", &self.release),
            ("configuration", &self.config),
            ("command line", &self.command_line),
        ]
        .into_iter()
        .filter_map(|(name, source)| Some((name, source.as_ref()?)))
    }

    /// One line that names them, those from one place together; safe to print.
    pub fn line(&self) -> String {
        let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
        for (name, source) in self.named() {
            let words = source.words();
            let name =
                if name == "memory map" { format!("{name} ({})", source.kind) } else { name.to_owned() };
            match groups.iter_mut().find(|(known, _)| *known == words) {
                Some((_, names)) => names.push(name),
                None => groups.push((words, vec![name])),
            }
        }
        let part = |(words, names): (Option<String>, Vec<String>)| match words {
            Some(words) => format!("{} from {words}", names.join(", ")),
            None => format!("{} not known", names.join(", ")),
        };
        groups.into_iter().map(part).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_source_is_not_known() {
        let sources = Sources { config: Some(Source::of(SourceKind::Option)), ..Sources::of_release(false) }
            .with_tables("a.aml");
        assert_eq!(sources.line(), "tables from a.aml; release not known; configuration from an option");
    }
}
