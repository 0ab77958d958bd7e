//! What is to be said of a kernel whose image has no configuration: how it was taken to be built, and which of the switches that
//! were assumed decide something in this very boot.

use crate::boot::derived::doubt::{Part, same};
use crate::boot::kernel::config::Config;
use crate::boot::kernel::{FoundConfig, ReleaseSource};
use crate::boot::{Machine, NextBoot, Outcome, predict};
use crate::finding::Finding;
use crate::finding::registry::image as rule;

/// Switches that the model reads, each with the opposite of what is assumed.
const OTHERWISE: [(&str, &str); 14] = [
    ("CONFIG_NUMA", "# CONFIG_NUMA is not set"),
    ("CONFIG_NODES_SHIFT", "CONFIG_NODES_SHIFT=6"),
    ("CONFIG_MEMORY_HOTPLUG", "# CONFIG_MEMORY_HOTPLUG is not set"),
    ("CONFIG_MEMORY_HOTREMOVE", "# CONFIG_MEMORY_HOTREMOVE is not set"),
    ("CONFIG_ACPI_TABLE_UPGRADE", "# CONFIG_ACPI_TABLE_UPGRADE is not set"),
    ("CONFIG_CXL_ACPI", "# CONFIG_CXL_ACPI is not set"),
    ("CONFIG_RANDOMIZE_BASE", "# CONFIG_RANDOMIZE_BASE is not set"),
    ("CONFIG_LOG_BUF_SHIFT", "CONFIG_LOG_BUF_SHIFT=20"),
    ("CONFIG_X86_RESERVE_LOW", "CONFIG_X86_RESERVE_LOW=640"),
    ("CONFIG_ZONE_DMA", "# CONFIG_ZONE_DMA is not set"),
    ("CONFIG_ZONE_DMA32", "# CONFIG_ZONE_DMA32 is not set"),
    ("CONFIG_DEFERRED_STRUCT_PAGE_INIT", "# CONFIG_DEFERRED_STRUCT_PAGE_INIT is not set"),
    ("CONFIG_SECURITY_LOCKDOWN_LSM_EARLY", "# CONFIG_SECURITY_LOCKDOWN_LSM_EARLY is not set"),
    ("CONFIG_NUMA_EMU", ""),
];

/// The switches that this answer hangs on, of those that were assumed.
pub fn switches(
    machine: &Machine,
    outcome: &Outcome<'_>,
    next: &NextBoot<'_>,
    part: Part,
) -> Vec<&'static str> {
    let decides = |(_, text): &&(&str, &str)| {
        let emulates =
            if next.release().fake.available { "# CONFIG_NUMA_EMU is not set" } else { "CONFIG_NUMA_EMU=y" };
        let text = if text.is_empty() { emulates } else { text };
        let found = FoundConfig { config: Config::parse(text), origin: Default::default() };
        let other = next.of_kernel(next.kernel().clone().built_with(found));
        !same((outcome, next), (&predict(machine, &other), &other), part)
    };
    OTHERWISE.iter().filter(decides).map(|(name, _)| *name).collect()
}

/// The finding, where the kernel is an image without a configuration, with none beside it.
pub fn finding(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, part: Part) -> Option<Finding> {
    let kernel = next.kernel();
    let (ReleaseSource::Image(path), None) = (kernel.source(), kernel.config()) else { return None };
    let release = kernel.release();
    let name = release.name.raw_text().into_owned();
    let assumed = match release.vendor().flavour(&name) {
        Some(flavour) => format!("the defaults of Debian's {flavour} kernels were used"),
        None => "the usual defaults of distributions were used".to_owned(),
    };
    let hangs = switches(machine, outcome, next, part);
    let hangs = match hangs.as_slice() {
        [] => "none of the switches known here changes this answer".to_owned(),
        hangs => format!("this answer depends on {}", hangs.join(", ")),
    };
    let message = format!("neither the image nor a file beside it has the configuration; {assumed}; {hangs}");
    Some(Finding::new(&rule::CONFIG_ASSUMED, path, message))
}
