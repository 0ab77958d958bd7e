//! What is to be said of a kernel's configuration: what of the boot it takes away.

use crate::boot::kernel::build::{Build, TableSource, unpacker_option};
use crate::boot::{NextBoot, Outcome};
use crate::container::initrd::held::View;
use crate::container::initrd::{Kind, segments};
use crate::finding::Finding;
use crate::finding::registry::{archive, image as rule};
use crate::foreign::Foreign;

/// The findings about a boot; `subject` names the configuration.
pub fn of(subject: &Foreign, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let build = &next.release().build;
    if !build.is_known {
        return Vec::new();
    }
    let has_files = outcome.upgrade.as_ref().is_some_and(|upgrade| !upgrade.files.is_empty());
    let mut all: Vec<Finding> = tables(subject, build).filter(|_| has_files).into_iter().collect();
    all.extend(next.initrd().and_then(|initrd| unpacking(subject, build, initrd)));
    all.extend(dsdt(subject, build));
    let mut note = |rule, message: Foreign| all.push(Finding::new(rule, subject, message));
    // Such a kernel does not heed the option, so what was asked for stands in the text alone.
    let asked = next.line().last("movable_node").is_some();
    let wants_movable = asked || outcome.numa.memory.iter().any(|entry| entry.hotpluggable);
    if !build.memory_hotplug && wants_movable {
        note(&rule::NO_HOTPLUG, "CONFIG_MEMORY_HOTPLUG is off".into());
    } else if !build.memory_hotremove && wants_movable {
        note(&rule::NO_HOTREMOVE, "CONFIG_MEMORY_HOTREMOVE is off".into());
    }
    if let Some(line) = &build.line {
        let how =
            if line.overrides { "in place of the boot loader's" } else { "in front of the boot loader's" };
        note(&rule::BUILT_IN_LINE, format!("\"{}\", {how}", line.text).into());
    }
    all
}

/// The rule for a kernel that does not look for tables in the boot loader's initrd.
pub fn tables(subject: &Foreign, build: &Build) -> Option<Finding> {
    let message = match build.tables {
        TableSource::Initrd => return None,
        TableSource::BuiltIn => "CONFIG_ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD is on",
        TableSource::Nowhere => "CONFIG_ACPI_TABLE_UPGRADE is off",
    };
    Some(Finding::new(&archive::NOT_CONFIGURED, subject, message))
}

/// The rule for the first part of an initrd that the kernel cannot unpack.
pub fn unpacking(subject: &Foreign, build: &Build, initrd: View<'_>) -> Option<Finding> {
    let known = build.unpacks.as_ref()?;
    let mut parts = segments(initrd);
    while let Ok(Some(part)) = parts.advance() {
        if let Kind::Compressed(format) = part.kind
            && let Some(option) = unpacker_option(format)
            && !known.contains(&format)
        {
            let at = part.range.start;
            let message = format!("the {format} data at {at:#x} need CONFIG_{option}, which is off");
            return Some(Finding::new(&rule::NOT_UNPACKABLE, subject, message));
        }
    }
    None
}

/// The rule for a kernel with a DSDT of its own.
pub fn dsdt(subject: &Foreign, build: &Build) -> Option<Finding> {
    let message = "CONFIG_ACPI_CUSTOM_DSDT_FILE is set";
    build.has_custom_dsdt.then(|| Finding::new(&rule::CUSTOM_DSDT, subject, message))
}
