//! What an answer was made from, for the views.

use super::boot::BootRequest;
use crate::boot::kernel::{Kernel, ReleaseSource};
use crate::report::model::sources::{Source, SourceKind, Sources};
use crate::source::machine::{MapSource, Recorded};
use crate::source::root::Root;
use std::path::Path;

/// Release and configuration of a kernel; `machine` is the source of the machine's own release.
pub fn of_kernel(kernel: &Kernel, machine: Option<Source>) -> Sources {
    let release = match kernel.source() {
        ReleaseSource::Given => Source::of(SourceKind::Option),
        ReleaseSource::Image(path) => Source::at(SourceKind::Image, path),
        ReleaseSource::Config(path) => Source::at(SourceKind::Config, path),
        ReleaseSource::Machine => machine.unwrap_or_else(|| Source::of(SourceKind::Proc)),
        ReleaseSource::Newest => Source::of(SourceKind::Default),
    };
    let config = kernel.config().map(|found| Source::at(SourceKind::Config, &found.origin));
    Sources { release: Some(release), config, ..Sources::default() }
}

/// Where a boot of a machine was read; the files are that of tables that take the place of the tree's, that of a log that was
/// named, and the unified kernel image that gives the command line.
pub fn of_boot(
    root: &Root,
    recorded: &Recorded,
    boot: &BootRequest,
    kernel: &Kernel,
    (named, named_log, image): (Option<&Path>, Option<&Path>, Option<&Path>),
) -> Sources {
    let at = |kind, relative: &str| Source::at(kind, root.path(relative).as_os_str());
    let log = || match named_log {
        Some(path) => Source::at(SourceKind::Log, path.as_os_str()),
        None if matches!(root, Root::Log(_)) => at(SourceKind::Log, ""),
        None if root.is_live() => Source::at(SourceKind::Log, "/dev/kmsg"),
        None => at(SourceKind::Log, "var/log/dmesg"),
    };
    let logged =
        recorded.log.as_ref().filter(|_| boot.is_of_log && named_log.is_some()).map(|read| &read.log);
    let told = |relative: &str, is_known: bool, is_logged: bool| match root.text(relative) {
        _ if is_logged => log(),
        Some(text) if !text.trim().is_empty() => at(SourceKind::Proc, relative),
        _ if is_known => log(),
        _ => Source::of(SourceKind::Default),
    };
    Sources {
        log_lacks: recorded.log_gaps().iter().map(ToString::to_string).collect(),
        memory_map: match recorded.map_source {
            MapSource::BootParams => Some(at(SourceKind::BootParams, "sys/kernel/boot_params/data")),
            MapSource::Log | MapSource::LogAfterOptions => Some(log()),
            MapSource::Memmap => Some(at(SourceKind::Memmap, "sys/firmware/memmap")),
            MapSource::None => None,
        },
        tables: match named {
            Some(path) => Some(Source::at(SourceKind::File, path.as_os_str())),
            None if recorded.machine.firmware.tables.is_empty() => None,
            None if recorded.tables_by_log => Some(log()),
            None => Some(at(SourceKind::Sysfs, "sys/firmware/acpi/tables")),
        },
        command_line: Some(match (&boot.command_line, image) {
            (Some(_), _) => Source::of(SourceKind::Option),
            (None, Some(path)) => Source::at(SourceKind::Image, path.as_os_str()),
            (None, None) => told(
                "proc/cmdline",
                recorded.command_line.is_some(),
                logged.is_some_and(|log| log.command_line().is_some()),
            ),
        }),
        ..of_kernel(
            kernel,
            Some(told(
                "proc/sys/kernel/osrelease",
                recorded.release.is_some(),
                logged.is_some_and(|log| log.release_or_image().is_some()),
            )),
        )
    }
}
